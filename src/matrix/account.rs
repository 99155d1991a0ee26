//! Accounts, by the group logic (docs/language.md, section 4.3). Users with the same group policies
//! form a class; the settings of a user's own account are added on demand.

use crate::ir::*;
use crate::profile::Value;
use crate::semantics::group_logic::{self, Deciding};
use crate::semantics::members::{Groups, groups_of_users};
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What decided a setting of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A group policy of the user.
    GroupPolicy(GroupPolicyId),
    /// The embassy of the user.
    Embassy(EmbassyId),
    /// The user's own account.
    User,
    /// No policy: the default of the profile.
    Profile,
}

/// What a class of users gets from its groups, each entry with its group.
#[derive(Clone, Debug)]
pub struct AccountClass {
    /// The groups of all users of the class.
    pub groups: Groups,
    /// By setting.
    settings: Vec<Option<(Source, Definition)>>,
    /// By slot.
    session_policy: [Option<(Source, Assignment)>; 2],
    /// Ascending by key.
    memberships: Vec<(Source, Membership)>,
}

impl AccountClass {
    /// The memberships that the groups give, ascending by key.
    pub fn membership_keys(&self) -> impl Iterator<Item = MembershipKey> + '_ {
        self.memberships.iter().map(|(_, membership)| membership.key)
    }
}

/// All accounts of an IR, by classes.
#[derive(Debug)]
pub struct Accounts {
    ir: Arc<Ir>,
    /// Numbered by their first users.
    pub classes: Vec<AccountClass>,
    /// By user.
    class_of: Vec<u32>,
}

/// One account: what it gets from its groups, and what it sets itself.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a, 'c> {
    /// The checked policies.
    pub ir: &'a Ir,
    /// What it gets from its groups.
    pub class: &'c AccountClass,
    /// What it sets itself.
    pub own: &'c Grants,
}

/// A setting of one account: its value, and what decided it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting<'a> {
    /// The resolved value.
    pub value: &'a Value,
    /// What decided it.
    pub source: Source,
    /// Whether the deciding line is final.
    pub is_final: bool,
    /// The deciding line; `None` for the profile's default.
    pub span: Option<Span>,
}

/// The session policy setting of one account. `assignment` is `None` if it is not defined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChosenPolicy {
    /// The deciding line.
    pub assignment: Option<Assignment>,
    /// What decided it.
    pub source: Source,
}

impl Accounts {
    /// Finds the classes, and resolves the group policies of each.
    pub fn new(ir: Arc<Ir>) -> Self {
        let groups = groups_of_users(&ir.tables);
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

    /// The index of a user's class.
    pub fn class_of(&self, user: UserId) -> u32 {
        self.class_of[user.index()]
    }

    /// A user's class.
    pub fn class(&self, user: UserId) -> &AccountClass {
        &self.classes[self.class_of(user) as usize]
    }

    /// A user's account.
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

    /// A setting of a user's account, by its index in the profile.
    pub fn setting(&self, user: UserId, setting: usize) -> Setting<'_> {
        self.account(user).setting(setting)
    }

    /// The memberships of an account, ascending by key. The user's own entry decides, or else those
    /// of the groups.
    pub fn memberships(&self, user: UserId) -> Vec<(Source, Membership)> {
        type Sourced = (Source, Membership);
        let mut by_key: BTreeMap<MembershipKey, (Option<Sourced>, Option<Sourced>)> =
            BTreeMap::new();
        for found in &self.class(user).memberships {
            by_key.entry(found.1.key).or_default().0 = Some(*found);
        }
        for own in &self.ir.tables.users[user.index()].grants.memberships {
            by_key.entry(own.key).or_default().1 = Some((Source::User, *own));
        }
        let decided = by_key.into_values();
        decided.filter_map(|(of_groups, own)| group_logic::membership(of_groups, own)).collect()
    }
}

impl<'a> Account<'a, '_> {
    /// The session policy that the group logic chooses for a slot.
    pub fn session_policy(&self, slot: usize) -> ChosenPolicy {
        let own = self.own.session_policy[slot].map(|assignment| (Source::User, assignment));
        match group_logic::setting(self.class.session_policy[slot], own) {
            Some((source, assignment)) => ChosenPolicy { assignment: Some(assignment), source },
            None => ChosenPolicy { assignment: None, source: Source::Profile },
        }
    }

    /// What the groups and the account itself contribute to sessions of a slot.
    pub fn contributions(&self, slot: usize) -> (Option<Assignment>, Option<Assignment>) {
        (
            self.class.session_policy[slot].map(|(_, assignment)| assignment),
            self.own.session_policy[slot],
        )
    }

    /// A setting, by its index in the profile.
    pub fn setting(&self, setting: usize) -> Setting<'a> {
        let own = self.own.setting(setting).map(|definition| (Source::User, *definition));
        match group_logic::setting(self.class.settings[setting], own) {
            Some((source, definition)) => self.defined(source, definition),
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

impl AccountClass {
    /// Resolves the groups in their order. `grants` says what a group gives.
    pub fn new<'g>(
        ir: &'g Ir,
        groups: Groups,
        grants: impl Fn(Source, &'g Group) -> &'g Grants,
    ) -> Self {
        let tables = &ir.tables;
        let mut settings = vec![Deciding::default(); ir.profile.settings.len()];
        let mut session_policy = [Deciding::default(); 2];
        let mut memberships: BTreeMap<MembershipKey, Deciding<_>> = BTreeMap::new();
        for source in groups.sources() {
            let grants = match source {
                Source::GroupPolicy(id) => grants(source, &tables.group_policies[id.index()]),
                Source::Embassy(id) => grants(source, &tables.embassies[id.index()]),
                Source::User | Source::Profile => continue,
            };
            for definition in &grants.settings {
                settings[definition.entry as usize].add((source, *definition), definition.is_final);
            }
            for (deciding, assignment) in session_policy.iter_mut().zip(grants.session_policy) {
                if let Some(assignment) = assignment {
                    deciding.add((source, assignment), assignment.is_final);
                }
            }
            for membership in &grants.memberships {
                memberships
                    .entry(membership.key)
                    .or_default()
                    .add((source, *membership), membership.is_final);
            }
        }
        AccountClass {
            groups,
            settings: settings.into_iter().map(Deciding::decided).collect(),
            session_policy: session_policy.map(Deciding::decided),
            memberships: memberships.into_values().filter_map(Deciding::decided).collect(),
        }
    }
}

impl Groups {
    /// The groups and the account, in the order in which they are considered.
    fn sources(&self) -> Vec<Source> {
        match self.embassy {
            Some(id) => vec![Source::Embassy(id)],
            None => self.policies.iter().copied().map(Source::GroupPolicy).collect(),
        }
    }
}
