//! Accounts, by the group logic (docs/language.md, section 4.3). Users with the same group policies
//! form a class; the settings of a user's own account are added on demand.

use crate::ir::*;
use crate::profile::{Type, Value};
use crate::semantics::group_logic::{self, Deciding, LineKind};
use crate::semantics::members::{Groups, groups_of_users};
use crate::semantics::policy_lines;
use crate::semantics::start::DEFAULT_ROLE;
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
    /// The order of group policies, which is a guess: their lines differ, and it would have to tell
    /// which of them wins.
    GuessedOrder,
}

/// A jump item role, as an account has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FoundRole {
    /// The profile has no setting that would give one, or there is none to give.
    None,
    /// `no_access`.
    NoAccess,
    /// A declared role.
    Role(RoleId),
    /// Nobody has read which.
    Unknown,
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
    /// The first group that may give more memberships than are written, and the line that says so.
    unread: Option<(Source, Span)>,
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
    /// The resolved value; `None` is `n/a`: another setting, which it requires, has not the value
    /// that it needs.
    pub value: Option<&'a Value>,
    /// What decided it.
    pub source: Source,
    /// Whether the deciding line is final.
    pub is_final: bool,
    /// The deciding line; `None` for the profile's default.
    pub span: Option<Span>,
}

impl Setting<'_> {
    /// Its value as canonical source text, or `n/a`.
    pub fn text(&self, ty: &Type) -> String {
        self.value.map_or_else(|| "n/a".into(), |value| ty.text(value))
    }
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
                    classes.push(AccountClass::new(&ir, groups.clone(), |_, group| &*group.grants));
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

    /// The group policy or embassy whose session policy a user's sessions of a slot get, if one
    /// chose it.
    pub fn via(&self, user: UserId, slot: usize) -> Option<Source> {
        let slot = slot.min(self.ir.profile.slots() - 1);
        self.class(user).session_policy[slot].map(|(source, _)| source)
    }

    /// A setting of a user's account, by its index in the profile.
    pub fn setting(&self, user: UserId, setting: usize) -> Setting<'_> {
        self.account(user).setting(setting)
    }

    /// The memberships of a user's account, ascending by key.
    pub fn memberships(&self, user: UserId) -> Vec<(Source, Membership)> {
        self.account(user).memberships()
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

    /// The memberships, ascending by key. The account's own entry decides, or else those of the
    /// groups.
    pub fn memberships(&self) -> Vec<(Source, Membership)> {
        type Sourced = (Source, Membership);
        let mut by_key: BTreeMap<MembershipKey, (Option<Sourced>, Option<Sourced>)> =
            BTreeMap::new();
        for found in &self.class.memberships {
            by_key.entry(found.1.key).or_default().0 = Some(*found);
        }
        for own in &self.own.memberships {
            by_key.entry(own.key).or_default().1 = Some((Source::User, *own));
        }
        let decided = by_key.into_values();
        decided.filter_map(|(of_groups, own)| group_logic::membership(of_groups, own)).collect()
    }

    /// Who says that the account may have memberships that nobody has read, and where: its own line
    /// first, then those of the groups in their order.
    pub fn unread_memberships(&self) -> Option<(Source, Span)> {
        let own = self.own.memberships_unknown.map(|span| (Source::User, span));
        own.or(self.class.unread)
    }

    /// The jump item role of a membership in a jump group.
    pub fn role_of(&self, membership: &Membership) -> FoundRole {
        match membership.role {
            MemberRole::JumpItemRole(Some(role), _) => FoundRole::Role(role),
            MemberRole::JumpItemRole(None, _) => {
                let default = self.ir.profile.setting(DEFAULT_ROLE);
                default.map_or(FoundRole::None, |at| self.role_of_setting(&self.setting(at)))
            }
            MemberRole::Unknown if membership.key.kind() == MembershipKind::JumpGroup => {
                FoundRole::Unknown
            }
            MemberRole::Unknown
            | MemberRole::Team(_)
            | MemberRole::Vault(_)
            | MemberRole::Jumpoint => FoundRole::None,
        }
    }

    /// The jump item role that a setting names.
    pub fn role_of_setting(&self, setting: &Setting<'_>) -> FoundRole {
        match setting.value {
            Some(Value::Role(Some(name))) => {
                self.ir.role(name).map_or(FoundRole::None, FoundRole::Role)
            }
            Some(Value::Role(None)) => FoundRole::NoAccess,
            Some(Value::Unknown) => FoundRole::Unknown,
            _ => FoundRole::None,
        }
    }

    /// A setting, by its index in the profile.
    pub fn setting(&self, setting: usize) -> Setting<'a> {
        let profile = &self.ir.profile;
        let found = self.decided(setting);
        let Some(requirement) = &profile.settings[setting].requires else { return found };
        // A sound profile has no circle of requirements.
        let ty = &profile.settings[requirement.entry].ty;
        let value = match self.setting(requirement.entry).value {
            Some(Value::Unknown) => Some(&Value::Unknown),
            Some(value) if policy_lines::is_met_by(requirement, ty.first_word(value)) => {
                found.value
            }
            _ => None,
        };
        Setting { value, ..found }
    }

    /// A setting, whether or not what it requires is there.
    fn decided(&self, setting: usize) -> Setting<'a> {
        let own = self.own.setting(setting).map(|definition| (Source::User, *definition));
        match group_logic::setting(self.class.settings[setting], own) {
            Some((source, definition)) => Setting {
                value: Some(self.ir.value(definition.value)),
                source,
                is_final: definition.is_final,
                span: Some(definition.span),
            },
            None => {
                let value = Some(&self.ir.profile.settings[setting].default);
                Setting { value, source: Source::Profile, is_final: false, span: None }
            }
        }
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
        let guess = tables.guessed_order;
        let mut settings: Vec<_> = (0..ir.profile.settings.len() as u16)
            .map(|entry| Deciding::new(guess.map(|guess| guess.setting(entry))))
            .collect();
        let mut session_policy = [Deciding::new(guess.map(|guess| guess.session_policy())); 2];
        let mut memberships: BTreeMap<MembershipKey, Deciding<_>> = BTreeMap::new();
        let mut unread = None;
        for source in groups.sources() {
            let grants = match source {
                Source::GroupPolicy(id) => grants(source, &tables.group_policies[id.index()]),
                Source::Embassy(id) => grants(source, &tables.embassies[id.index()]),
                Source::User | Source::Profile | Source::GuessedOrder => continue,
            };
            for definition in &grants.settings {
                let entry = definition.entry as usize;
                let is_unknown = *ir.value(definition.value) == Value::Unknown;
                let line = LineKind { is_final: definition.is_final, is_unknown };
                settings[entry].add((source, *definition), line, |a, b| {
                    let [a, b] = [a, b].map(|(_, found)| ir.value(found.value));
                    ir.profile.settings[entry].ty.is_same(a, b)
                });
            }
            for (deciding, assignment) in session_policy.iter_mut().zip(grants.session_policy) {
                if let Some(found) = assignment {
                    let is_unknown = ir.is_unknown(&found);
                    let line = LineKind { is_final: found.is_final, is_unknown };
                    deciding.add((source, found), line, |a, b| a.1.policy == b.1.policy);
                }
            }
            unread = unread.or(grants.memberships_unknown.map(|span| (source, span)));
            for membership in &grants.memberships {
                let line = LineKind { is_final: membership.is_final, is_unknown: false };
                let key = membership.key;
                memberships
                    .entry(key)
                    .or_insert_with(|| Deciding::new(guess.map(|guess| guess.membership(key))))
                    .add((source, *membership), line, |a, b| a.1.role == b.1.role);
            }
        }
        AccountClass {
            groups,
            settings: settings.into_iter().map(Deciding::decided).collect(),
            session_policy: session_policy.map(Deciding::decided),
            memberships: memberships.into_values().filter_map(Deciding::decided).collect(),
            unread,
        }
    }
}

/// What a guessed order has in place of a line of a group policy.
impl GuessedOrder {
    fn setting(self, entry: u16) -> (Source, Definition) {
        let GuessedOrder { span, value, .. } = self;
        (Source::GuessedOrder, Definition { entry, value, is_final: false, span })
    }

    fn session_policy(self) -> (Source, Assignment) {
        let GuessedOrder { span, policy, .. } = self;
        (Source::GuessedOrder, Assignment { policy: Some(policy), is_final: false, span })
    }

    fn membership(self, key: MembershipKey) -> (Source, Membership) {
        let (role, span) = (MemberRole::Unknown, self.span);
        (Source::GuessedOrder, Membership { key, role, is_final: false, until: None, span })
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
