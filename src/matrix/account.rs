//! Accounts: the group logic (language 4.3). Users with the same group policies are one class; what
//! a user sets itself is laid over the class when it is asked for.

use crate::ir::*;
use crate::profile::Value;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Who decided a setting of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    GroupPolicy(GroupPolicyId),
    Embassy(EmbassyId),
    User,
    Profile,
}

/// The group policies of a user in their order, or its embassy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Groups {
    pub policies: Vec<GroupPolicyId>,
    pub embassy: Option<EmbassyId>,
}

/// What a class of users gets from its groups, each with the group.
#[derive(Clone, Debug)]
pub struct AccountClass {
    pub groups: Groups,
    /// By setting.
    settings: Vec<Option<(Source, Definition)>>,
    /// By slot.
    session_policy: [Option<(Source, Assignment)>; 2],
    /// Ascending by key.
    memberships: Vec<(Source, Membership)>,
}

impl AccountClass {
    /// What the groups make its users members of, ascending.
    pub fn membership_keys(&self) -> impl Iterator<Item = MembershipKey> + '_ {
        self.memberships.iter().map(|(_, membership)| membership.key)
    }
}

/// All accounts of an IR, by classes.
#[derive(Debug)]
pub struct Accounts {
    ir: Arc<Ir>,
    pub classes: Vec<AccountClass>,
    /// By user.
    class_of: Vec<u32>,
}

/// One account: what its groups give it, and what it sets itself.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a, 'c> {
    pub ir: &'a Ir,
    pub class: &'c AccountClass,
    pub own: &'c Grants,
}

/// A setting of one account: its value and who decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting<'a> {
    pub value: &'a Value,
    pub source: Source,
    pub is_final: bool,
    pub span: Option<Span>,
}

/// The session policy setting of one account; `assignment` is `None` where nobody defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChosenPolicy {
    pub assignment: Option<Assignment>,
    pub source: Source,
}

impl Accounts {
    pub fn new(ir: Arc<Ir>) -> Self {
        let groups = groups_of_users(&ir);
        let mut classes = Vec::new();
        let mut known: FxHashMap<Groups, u32> = FxHashMap::default();
        let class_of = groups
            .into_iter()
            .map(|groups| {
                *known.entry(groups).or_insert_with_key(|groups| {
                    classes.push(AccountClass::new(&ir, groups.clone(), |_, group| &group.grants));
                    classes.len() as u32 - 1
                })
            })
            .collect();
        Accounts { ir, classes, class_of }
    }

    pub fn class_of(&self, user: UserId) -> u32 {
        self.class_of[user.index()]
    }

    pub fn class(&self, user: UserId) -> &AccountClass {
        &self.classes[self.class_of(user) as usize]
    }

    pub fn account(&self, user: UserId) -> Account<'_, '_> {
        Account {
            ir: &self.ir,
            class: self.class(user),
            own: &self.ir.tables.users[user.index()].grants,
        }
    }

    /// The session policy that the group logic chooses for a slot.
    pub fn session_policy(&self, user: UserId, slot: usize) -> ChosenPolicy {
        self.account(user).session_policy(slot)
    }

    pub fn setting(&self, user: UserId, setting: usize) -> Setting<'_> {
        self.account(user).setting(setting)
    }

    /// The memberships of an account, ascending by key: the user's own entry decides, else the
    /// groups'.
    pub fn memberships(&self, user: UserId) -> Vec<(Source, Membership)> {
        let own = &self.ir.tables.users[user.index()].grants.memberships;
        let from_groups = &self.class(user).memberships;
        let mut all: Vec<_> = own.iter().map(|membership| (Source::User, *membership)).collect();
        let given = |membership: &Membership| {
            own.binary_search_by_key(&membership.key, |own| own.key).is_err()
        };
        all.extend(from_groups.iter().filter(|(_, membership)| given(membership)));
        all.sort_by_key(|(_, membership)| membership.key);
        all
    }
}

impl<'a> Account<'a, '_> {
    /// The session policy that the group logic chooses for a slot.
    pub fn session_policy(&self, slot: usize) -> ChosenPolicy {
        match (self.class.session_policy[slot], self.own.session_policy[slot]) {
            (Some((source, assignment)), _) => {
                ChosenPolicy { assignment: Some(assignment), source }
            }
            (None, Some(assignment)) => {
                ChosenPolicy { assignment: Some(assignment), source: Source::User }
            }
            (None, None) => ChosenPolicy { assignment: None, source: Source::Profile },
        }
    }

    /// What the groups, and the user itself, contribute to sessions of a slot.
    pub fn contributions(&self, slot: usize) -> (Option<Assignment>, Option<Assignment>) {
        (
            self.class.session_policy[slot].map(|(_, assignment)| assignment),
            self.own.session_policy[slot],
        )
    }

    pub fn setting(&self, setting: usize) -> Setting<'a> {
        if let Some((source, definition)) = self.class.settings[setting] {
            return self.defined(source, definition);
        }
        match self.own.setting(setting) {
            Some(definition) => self.defined(Source::User, *definition),
            None => {
                let value = &self.ir.profile.settings[setting].default;
                Setting { value, source: Source::Profile, is_final: false, span: None }
            }
        }
    }

    fn defined(&self, source: Source, definition: Definition) -> Setting<'a> {
        let value = self.ir.value(definition.value);
        Setting { value, source, is_final: definition.is_final, span: Some(definition.span) }
    }
}

/// Each user's group policies, direct or through directory groups, in their order; or its embassy.
fn groups_of_users(ir: &Ir) -> Vec<Groups> {
    let tables = &ir.tables;
    let mut groups = vec![Groups::default(); tables.users.len()];
    let members = |group: &'_ Group, take: &mut dyn FnMut(UserId)| {
        group.members.users.iter().for_each(|(user, _)| take(*user));
        for (directory_group, _) in &group.members.directory_groups {
            tables.directory_groups[directory_group.index()]
                .members
                .iter()
                .for_each(|(user, _)| take(*user));
        }
    };
    for (rank, group) in tables.group_policies.iter().enumerate() {
        let id = GroupPolicyId(rank as u32);
        members(group, &mut |user| {
            let policies = &mut groups[user.index()].policies;
            if policies.last() != Some(&id) {
                policies.push(id);
            }
        });
    }
    for (index, embassy) in tables.embassies.iter().enumerate() {
        members(embassy, &mut |user| groups[user.index()].embassy = Some(EmbassyId(index as u32)));
    }
    groups
}

impl AccountClass {
    /// The group logic: the first final one decides, else the last that defines. `grants` says what
    /// a group gives.
    pub fn new<'g>(
        ir: &'g Ir,
        groups: Groups,
        grants: impl Fn(Source, &'g Group) -> &'g Grants,
    ) -> Self {
        let tables = &ir.tables;
        let mut settings: Vec<Option<(Source, Definition)>> = vec![None; ir.profile.settings.len()];
        let mut locked = 0u128;
        let mut session_policy: [Option<(Source, Assignment)>; 2] = [None; 2];
        let mut memberships: std::collections::BTreeMap<MembershipKey, (Source, Membership)> =
            Default::default();
        let sources = match groups.embassy {
            Some(id) => vec![(Source::Embassy(id), &tables.embassies[id.index()])],
            None => {
                let group = |id: &GroupPolicyId| {
                    (Source::GroupPolicy(*id), &tables.group_policies[id.index()])
                };
                groups.policies.iter().map(group).collect()
            }
        };
        for (source, group) in sources {
            let grants = grants(source, group);
            for definition in &grants.settings {
                let bit = 1 << definition.entry;
                if locked & bit == 0 {
                    settings[definition.entry as usize] = Some((source, *definition));
                    locked |= if definition.is_final { bit } else { 0 };
                }
            }
            for (slot, assignment) in grants.session_policy.iter().enumerate() {
                if let Some(assignment) = assignment
                    && !session_policy[slot].is_some_and(|(_, earlier)| earlier.is_final)
                {
                    session_policy[slot] = Some((source, *assignment));
                }
            }
            for membership in &grants.memberships {
                if !memberships.get(&membership.key).is_some_and(|(_, earlier)| earlier.is_final) {
                    memberships.insert(membership.key, (source, *membership));
                }
            }
        }
        AccountClass {
            groups,
            settings,
            session_policy,
            memberships: memberships.into_values().collect(),
        }
    }
}
