//! Accounts, by the group logic (docs/language.md, section 4.3). Users with the same group policies
//! form a class; the settings of a user's own account are added on demand.

use crate::ir::*;
use crate::parallel;
use crate::profile::{Type, Value};
use crate::semantics::group_logic::{self, LineKind};
use crate::semantics::members::{Groups, groups_of_users};
use crate::semantics::policy_lines;
use crate::semantics::start::DEFAULT_ROLE;
use crate::source::Span;
use rustc_hash::FxHashMap;
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
    /// Ascending by setting; those that no group sets are not there.
    settings: Vec<(Source, Definition)>,
    /// By slot.
    session_policy: [Option<(Source, Assignment)>; 2],
    /// Ascending by key.
    memberships: Vec<(Source, Membership)>,
    /// The first group that may give more memberships than are written, and the line that says so.
    unread: Option<(Source, Span)>,
}

impl AccountClass {
    /// What the groups set, by the index of the setting.
    fn setting(&self, setting: usize) -> Option<(Source, Definition)> {
        let found = self.settings.binary_search_by_key(&setting, |(_, line)| line.entry.into());
        found.ok().map(|at| self.settings[at])
    }

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
        let mut known: FxHashMap<Groups, u32> = FxHashMap::default();
        let class_of = groups
            .into_iter()
            .map(|groups| {
                let next = known.len() as u32;
                *known.entry(groups).or_insert(next)
            })
            .collect();
        let mut groups: Vec<(Groups, u32)> = known.into_iter().collect();
        groups.sort_unstable_by_key(|(_, class)| *class);
        let class = |(groups, _)| AccountClass::new(&ir, groups, |_, group| &*group.grants);
        let classes = parallel::map(groups, class);
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
        let own = self.own.memberships.iter().map(|own| (Source::User, *own));
        let mut all: Vec<(Source, Membership)> =
            self.class.memberships.iter().copied().chain(own).collect();
        // Stable: where both give a membership, that of the groups comes first.
        all.sort_by_key(|(_, membership)| membership.key);
        let decide = |of_one: &[(Source, Membership)]| {
            let by = |own: bool| {
                of_one.iter().copied().find(|(source, _)| (*source == Source::User) == own)
            };
            group_logic::membership(by(false), by(true))
        };
        all.chunk_by(|a, b| a.1.key == b.1.key).filter_map(decide).collect()
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
        match group_logic::setting(self.class.setting(setting), own) {
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
        let grants = |source: Source| match source {
            Source::GroupPolicy(id) => {
                Some((source, grants(source, &tables.group_policies[id.index()])))
            }
            Source::Embassy(id) => Some((source, grants(source, &tables.embassies[id.index()]))),
            Source::User | Source::Profile | Source::GuessedOrder => None,
        };
        let given: Vec<(Source, &Grants)> =
            groups.sources().into_iter().filter_map(grants).collect();
        let settings = given.iter().flat_map(|(source, grants)| {
            grants.settings.iter().map(|definition| (*source, *definition))
        });
        let settings = decided(
            settings.collect(),
            |(_, definition)| definition.entry,
            |(_, definition)| LineKind {
                is_final: definition.is_final,
                is_unknown: *ir.value(definition.value) == Value::Unknown,
            },
            |entry| Some(guess?.setting(entry)),
            |a, b| {
                let [x, y] = [a, b].map(|(_, found)| ir.value(found.value));
                ir.profile.settings[a.1.entry as usize].ty.is_same(x, y)
            },
        );
        let session_policy = std::array::from_fn(|slot| {
            let lines = given.iter().filter_map(|(source, grants)| {
                let found = grants.session_policy[slot]?;
                let line = LineKind { is_final: found.is_final, is_unknown: ir.is_unknown(&found) };
                Some(((*source, found), line))
            });
            let guess = guess.map(|guess| guess.session_policy());
            group_logic::decides(lines, guess, |a, b| a.1.policy == b.1.policy)
        });
        let memberships = given.iter().flat_map(|(source, grants)| {
            grants.memberships.iter().map(|membership| (*source, *membership))
        });
        let memberships = decided(
            memberships.collect(),
            |(_, membership)| membership.key,
            |(_, membership)| LineKind { is_final: membership.is_final, is_unknown: false },
            |key| Some(guess?.membership(key)),
            |a, b| a.1.role == b.1.role,
        );
        let unread = given
            .iter()
            .find_map(|(source, grants)| grants.memberships_unknown.map(|span| (*source, span)));
        AccountClass { groups, settings, session_policy, memberships, unread }
    }
}

/// What decides among lines, key by key; ascending by key. The lines are in the order of their
/// groups.
fn decided<T: Copy, K: Ord>(
    mut lines: Vec<T>,
    key: impl Fn(&T) -> K,
    kind: impl Fn(&T) -> LineKind,
    guess: impl Fn(K) -> Option<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    lines.sort_by_key(&key);
    let runs = lines.chunk_by(|a, b| key(a) == key(b));
    let decided = runs.filter_map(|run| {
        let lines = run.iter().map(|line| (*line, kind(line)));
        group_logic::decides(lines, guess(key(&run[0])), &same)
    });
    let mut decided: Vec<T> = decided.collect();
    // There are as many of these as there are classes.
    decided.shrink_to_fit();
    decided
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
