//! Which sessions can be started, by whom, and who decided that (docs/language.md, 4.6).
//!
//! Users whose accounts say the same about starting sessions share a class, whoever said it to
//! them; so do targets that are found in the same place. Who decided is worked out on demand.

use super::account::{Account, Accounts, FoundRole, Setting, Source};
use super::invited::Most;
pub use super::invited::{for_invite, most};
use super::parties::{Endpoint, SubjectRef, TargetRef};
use crate::ir::*;
use crate::profile::{SettingIs, UNKNOWN, Value};
use crate::semantics::start::{
    DEFAULT_ROLE, Entrance, GroupRole, Holds, INVITE_EXTERNAL, Owner, PERSONAL_ROLE, Place, Ranks,
    SYSTEM_ROLE, Started, Starter, TEAMS_ROLE, all_of, one_of,
};
use crate::source::Span;
use crate::text::quote;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The place of `start` among [`ROLE_ACTIONS`].
const START: u8 = 0;

/// The resolved value of `start`, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StartValue {
    /// The session cannot be started.
    Deny,
    /// Only as jump policies allow: an index into [`Starts::policies`].
    With(u32),
    /// Nobody has read what would tell.
    Unknown,
    /// It can be started.
    Allow,
}

/// What a condition was decided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartLayer {
    /// A setting of the account.
    Account,
    /// The role in the place where the target is found.
    JumpGroup,
    /// The users who can bring the invite in.
    Invite,
}

impl StartLayer {
    /// The word for it in the machine interface.
    pub fn id(self) -> &'static str {
        match self {
            StartLayer::Account => "account",
            StartLayer::JumpGroup => "jump_group",
            StartLayer::Invite => "invite",
        }
    }
}

/// Who decided a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StartDecider {
    /// What kind of thing did.
    pub layer: StartLayer,
    /// Whose line it is.
    pub source: Source,
    /// The line; `None` for a default of the product.
    pub span: Option<Span>,
    /// Of `jump_group`: the role.
    pub role: FoundRole,
    /// The setting whose value decided: a condition, or one that names the role where no membership
    /// does; its index in the profile.
    pub setting: Option<usize>,
}

impl StartDecider {
    /// That of an invite, or of a session that nothing is asked for.
    fn nobody(layer: StartLayer) -> Self {
        let role = FoundRole::None;
        StartDecider { layer, source: Source::Profile, span: None, role, setting: None }
    }
}

/// `start` of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StartCell {
    /// Whether the session can be started.
    pub value: StartValue,
    /// Who decided.
    pub by: StartDecider,
}

/// One condition of starting a session, as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The path of a setting, or `jump group`.
    pub name: String,
    /// Whether it is met.
    pub holds: Holds,
    /// The value of the setting, or the role, as canonical source text.
    pub value: String,
    /// Who decided it.
    pub by: StartDecider,
}

/// The settings of a profile that say which role a user has where no membership does.
#[derive(Debug)]
struct RoleSettings {
    default: Option<usize>,
    personal: Option<usize>,
    teams: Option<usize>,
    system: Option<usize>,
    invite_external: Option<usize>,
}

/// Which sessions of an IR can be started. There is none for a profile without `start`.
#[derive(Debug)]
pub struct Starts {
    ir: Arc<Ir>,
    settings: RoleSettings,
    /// The users who have items in their personal lists: their ranks, and who says that they may
    /// have memberships that nobody has read.
    owners: FxHashMap<UserId, (Ranks, Option<StartDecider>)>,
    /// What accounts say about starting sessions, without repeats.
    starters: Vec<Starter<()>>,
    /// Where sessions begin, without repeats.
    entrances: Vec<Entrance>,
    /// The places of the entrances, without repeats.
    places: Vec<Place>,
    /// By entrance: the index of its place.
    place_of: Vec<u32>,
    /// By entrance: what an invite gets there.
    invites: Vec<StartValue>,
    /// Lists of jump policies, ascending; first those of one, by the policy.
    policies: Vec<Vec<JumpPolicyId>>,
}

/// The classes that [`Starts`] finds.
pub(super) struct StartClasses {
    pub starts: Starts,
    /// By user: the index of what its account says.
    pub of_user: Vec<u32>,
    /// By endpoint: the index of its entrance.
    pub of_endpoint: Vec<u32>,
}

impl Starts {
    /// Finds what accounts say, and the places of targets; `None` for a profile without `start`.
    pub(super) fn find(
        ir: &Arc<Ir>,
        accounts: &Accounts,
        endpoints: &[Endpoint],
    ) -> Option<StartClasses> {
        ir.profile.start.as_ref()?;
        let setting = |path: &str| ir.profile.setting(path);
        let single = (0..ir.tables.jump_policies.len() as u32).map(|at| vec![JumpPolicyId(at)]);
        let mut starts = Starts {
            ir: Arc::clone(ir),
            settings: RoleSettings {
                default: setting(DEFAULT_ROLE),
                personal: setting(PERSONAL_ROLE),
                teams: setting(TEAMS_ROLE),
                system: setting(SYSTEM_ROLE),
                invite_external: setting(INVITE_EXTERNAL),
            },
            owners: FxHashMap::default(),
            starters: Vec::new(),
            entrances: Vec::new(),
            places: Vec::new(),
            place_of: Vec::new(),
            invites: Vec::new(),
            policies: single.collect(),
        };
        starts.owners = starts.find_owners(accounts);
        let of_endpoint = starts.find_entrances(endpoints);
        let of_user = starts.find_starters(accounts);
        if !ir.tables.invites.is_empty() {
            starts.resolve_invites();
        }
        Some(StartClasses { starts, of_user, of_endpoint })
    }

    fn find_owners(&self, accounts: &Accounts) -> FxHashMap<UserId, (Ranks, Option<StartDecider>)> {
        let owners = self.ir.tables.jump_items.iter().filter_map(|item| item.owner);
        let facts = owners.map(|(owner, _)| {
            let account = accounts.account(owner);
            (owner, (ranks(&account), unread(&account)))
        });
        facts.collect()
    }

    fn find_entrances(&mut self, endpoints: &[Endpoint]) -> Vec<u32> {
        let mut known: FxHashMap<Entrance, u32> = FxHashMap::default();
        let mut of_endpoint = Vec::with_capacity(endpoints.len());
        for endpoint in endpoints {
            let entrance = entrance(&self.ir, endpoint);
            of_endpoint.push(*known.entry(entrance).or_insert_with(|| {
                self.entrances.push(entrance);
                self.entrances.len() as u32 - 1
            }));
        }
        let mut known: FxHashMap<Place, u32> = FxHashMap::default();
        for entrance in &self.entrances {
            self.place_of.push(*known.entry(entrance.place).or_insert_with(|| {
                self.places.push(entrance.place);
                self.places.len() as u32 - 1
            }));
        }
        of_endpoint
    }

    /// By entrance: what an account gets there. The roles are asked for once for each place, since
    /// many entrances differ in the method alone.
    fn row_of(&self, starter: &Starter<()>) -> impl Iterator<Item = StartValue> {
        let owner = |owner| self.owner(owner, |_| ());
        let roles: Vec<_> = self.places.iter().map(|&at| starter.role(at, owner)).collect();
        self.entrances.iter().zip(&self.place_of).map(move |(&entrance, &place)| {
            value(&starter.start_with(entrance, roles[place as usize]))
        })
    }

    /// By entrance: what a class of users gets there.
    pub(super) fn row(&self, starter: u32) -> Vec<StartValue> {
        self.row_of(&self.starters[starter as usize]).collect()
    }

    fn find_starters(&mut self, accounts: &Accounts) -> Vec<u32> {
        let mut known: FxHashMap<Starter<()>, u32> = FxHashMap::default();
        // Users who set nothing themselves have what their groups give them, but for the items in
        // their own lists.
        let mut by_account_class: FxHashMap<u32, u32> = FxHashMap::default();
        let mut of_user = Vec::with_capacity(self.ir.tables.users.len());
        for user in (0..self.ir.tables.users.len() as u32).map(UserId) {
            let grants = &self.ir.tables.users[user.index()].grants;
            let shared = grants.settings.is_empty()
                && grants.memberships.is_empty()
                && grants.memberships_unknown.is_none()
                && !self.owners.contains_key(&user);
            let account_class = accounts.class_of(user);
            if shared && let Some(&found) = by_account_class.get(&account_class) {
                of_user.push(found);
                continue;
            }
            let starter = self.starter(&accounts.account(user), user).values();
            let found = *known.entry(starter).or_insert_with_key(|starter| {
                self.starters.push(starter.clone());
                self.starters.len() as u32 - 1
            });
            if shared {
                by_account_class.insert(account_class, found);
            }
            of_user.push(found);
        }
        of_user
    }

    /// An invite gets the most that a user has who can bring it in.
    fn resolve_invites(&mut self) {
        let mut most: Vec<Most> = self.entrances.iter().map(|_| Most::default()).collect();
        // Entrances of one place stand together, so that its role is asked for once. Where an
        // invite gets in without conditions, nobody gives it more.
        let mut open: Vec<u32> = (0..self.entrances.len() as u32).collect();
        open.sort_by_key(|&at| self.place_of[at as usize]);
        for host in self.starters.iter().filter(|starter| starter.invites != Holds::No) {
            let mut last = None;
            open.retain(|&at| {
                let (entrance, place) = (self.entrances[at as usize], self.place_of[at as usize]);
                let role = match last {
                    Some((known, role)) if known == place => role,
                    _ => host.role(entrance.place, |owner| self.owner(owner, |_| ())),
                };
                last = Some((place, role));
                let value = for_invite(value(&host.start_with(entrance, role)), host.invites);
                most[at as usize].add(value);
                value != StartValue::Allow
            });
        }
        let mut known: FxHashMap<Vec<JumpPolicyId>, u32> = FxHashMap::default();
        for most in most {
            let value = match most.found() {
                ExpectedStart::Deny => StartValue::Deny,
                ExpectedStart::Unknown => StartValue::Unknown,
                ExpectedStart::Allow => StartValue::Allow,
                ExpectedStart::With(list) => StartValue::With(match list.as_slice() {
                    [only] => only.0,
                    _ => *known.entry(list).or_insert_with_key(|list| {
                        self.policies.push(list.clone());
                        self.policies.len() as u32 - 1
                    }),
                }),
            };
            self.invites.push(value);
        }
    }

    /// How many entrances there are.
    pub fn entrances(&self) -> usize {
        self.entrances.len()
    }

    /// Where sessions begin, by its index.
    pub fn entrance(&self, at: u32) -> Entrance {
        self.entrances[at as usize]
    }

    /// What a class of users has at an entrance, by their indices.
    pub(super) fn value(&self, starter: u32, entrance: u32) -> StartValue {
        let starter = &self.starters[starter as usize];
        self.value_of(starter, self.entrances[entrance as usize], |_| ())
    }

    /// Whether a class of users may bring invites in.
    pub(super) fn brings_invites_of(&self, starter: u32) -> Holds {
        self.starters[starter as usize].invites
    }

    /// What invites have at an entrance, by its index.
    pub fn value_for_invite(&self, entrance: u32) -> StartValue {
        self.invites[entrance as usize]
    }

    fn value_of<D: Copy>(
        &self,
        starter: &Starter<D>,
        entrance: Entrance,
        by: impl Fn(StartDecider) -> D,
    ) -> StartValue {
        value(&starter.start(entrance, |owner| self.owner(owner, &by)))
    }

    fn owner<D>(&self, owner: UserId, by: impl Fn(StartDecider) -> D) -> Owner<'_, D> {
        match self.owners.get(&owner) {
            Some((ranks, unread)) => Owner { ranks, unread: unread.map(by) },
            None => Owner { ranks: &[], unread: None },
        }
    }

    /// Whether a user has jump items in a list of its own.
    pub fn is_owner(&self, user: UserId) -> bool {
        self.owners.contains_key(&user)
    }

    /// The jump policies of [`StartValue::With`], ascending.
    pub fn policies(&self, list: u32) -> &[JumpPolicyId] {
        &self.policies[list as usize]
    }

    /// A value as canonical source text: `deny`, `with "Business hours"`, `unknown`, `allow`.
    pub fn text(&self, value: StartValue) -> String {
        match value {
            StartValue::Deny => "deny".into(),
            StartValue::Unknown => UNKNOWN.into(),
            StartValue::Allow => "allow".into(),
            StartValue::With(list) => {
                let names = self.policies(list).iter().map(|id| quote(&self.ir.tables[*id].name));
                format!("with {}", names.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// `start` of a session, with who decided it. `invite` is the value for an invite.
    pub(super) fn cell(
        &self,
        accounts: &Accounts,
        subject: SubjectRef,
        endpoint: &Endpoint,
        invite: StartValue,
    ) -> StartCell {
        match subject {
            SubjectRef::Invite(_) => {
                StartCell { value: invite, by: StartDecider::nobody(StartLayer::Invite) }
            }
            SubjectRef::User(user) => {
                let starter = self.starter(&accounts.account(user), user);
                self.cell_of(&starter, endpoint)
            }
        }
    }

    /// `start` of a session of the user that [`Starts::starter`] was called for.
    pub fn cell_of(&self, starter: &Starter<StartDecider>, endpoint: &Endpoint) -> StartCell {
        self.cell_in(starter, entrance(&self.ir, endpoint))
    }

    /// The same by the index of an entrance.
    pub fn cell_at(&self, starter: &Starter<StartDecider>, entrance: u32) -> StartCell {
        self.cell_in(starter, self.entrances[entrance as usize])
    }

    fn cell_in(&self, starter: &Starter<StartDecider>, entrance: Entrance) -> StartCell {
        let started = starter.start(entrance, |owner| self.owner(owner, |by| by));
        StartCell {
            value: value(&started),
            by: started.by.unwrap_or(StartDecider::nobody(StartLayer::Account)),
        }
    }

    /// What an account says about starting sessions, and who said it.
    pub fn starter(&self, account: &Account<'_, '_>, user: UserId) -> Starter<StartDecider> {
        let profile = &self.ir.profile;
        let asked = profile.start.as_ref();
        let for_all = asked.and_then(|start| {
            all_of(start.all.iter().filter_map(|condition| self.condition(account, &condition.any)))
        });
        let settings = (0..profile.methods.len()).map(|method| {
            let of_method = asked.and_then(|start| start.methods.get(method));
            let own = of_method.into_iter().flatten();
            let own = own.filter_map(|condition| self.condition(account, &condition.any));
            all_of(for_all.into_iter().chain(own))
        });
        let default = self.role(account, self.settings.default);
        let groups = account.memberships().into_iter().filter_map(|(source, membership)| {
            let MembershipKey::JumpGroup(group) = membership.key else { return None };
            let (role, jump_policy) = match membership.role {
                MemberRole::JumpItemRole(role, jump_policy) => {
                    (role.map_or(default.1.role, FoundRole::Role), jump_policy)
                }
                _ => (FoundRole::Unknown, None),
            };
            let by = StartDecider {
                layer: StartLayer::JumpGroup,
                source,
                span: Some(membership.span),
                role,
                setting: None,
            };
            Some(GroupRole { group, starts: self.starts(role), jump_policy, by })
        });
        Starter {
            settings: settings.collect(),
            invites: self.brings_invites(account),
            groups: groups.collect(),
            unread: unread(account),
            personal: self.role(account, self.settings.personal),
            user: self.owners.contains_key(&user).then_some(user),
            teams: self.role(account, self.settings.teams),
            system: self.role(account, self.settings.system),
            ranks: self.relevant_ranks(account),
        }
    }

    /// Ranks matter only in teams of users who have items in their own lists.
    fn relevant_ranks(&self, account: &Account<'_, '_>) -> Ranks {
        if self.owners.is_empty() {
            return Ranks::new();
        }
        let mut ranks = ranks(account);
        ranks.retain(|(team, _)| {
            let in_team = |owned: &Ranks| owned.binary_search_by_key(team, |at| at.0).is_ok();
            self.owners.values().any(|(owned, _)| in_team(owned))
        });
        ranks
    }

    fn brings_invites(&self, account: &Account<'_, '_>) -> Holds {
        let Some(at) = self.settings.invite_external else { return Holds::Yes };
        let wanted = SettingIs { setting: at, values: vec!["allow".to_owned()] };
        self.setting_holds(&account.setting(at), &wanted)
    }

    fn condition(
        &self,
        account: &Account<'_, '_>,
        any: &[SettingIs],
    ) -> Option<(Holds, StartDecider)> {
        one_of(any.iter().map(|wanted| {
            let setting = account.setting(wanted.setting);
            (self.setting_holds(&setting, wanted), by_account(wanted.setting, &setting))
        }))
    }

    fn setting_holds(&self, setting: &Setting<'_>, wanted: &SettingIs) -> Holds {
        let ty = &self.ir.profile.settings[wanted.setting].ty;
        let Some(value) = setting.value else { return Holds::No };
        if *value == Value::Unknown {
            return Holds::Unknown;
        }
        let word = ty.first_word(value);
        wanted.values.iter().any(|known| known == word).into()
    }

    /// The role that a setting gives, and whether it allows starting sessions.
    fn role(&self, account: &Account<'_, '_>, setting: Option<usize>) -> (Holds, StartDecider) {
        let Some(at) = setting else {
            return (Holds::No, StartDecider::nobody(StartLayer::JumpGroup));
        };
        let setting = account.setting(at);
        let role = account.role_of_setting(&setting);
        let layer = StartLayer::JumpGroup;
        (self.starts(role), StartDecider { layer, role, ..by_account(at, &setting) })
    }

    fn starts(&self, role: FoundRole) -> Holds {
        match role {
            FoundRole::Role(id) => self.ir.tables[id].allows.contains(&START).into(),
            FoundRole::None | FoundRole::NoAccess => Holds::No,
            FoundRole::Unknown => Holds::Unknown,
        }
    }

    /// Every condition of a user's session, in the order in which they are asked.
    pub fn conditions(
        &self,
        account: &Account<'_, '_>,
        user: UserId,
        endpoint: &Endpoint,
    ) -> Vec<Condition> {
        let profile = &self.ir.profile;
        let Some(start) = &profile.start else { return Vec::new() };
        let asked =
            start.all.iter().chain(start.methods.get(endpoint.method).into_iter().flatten());
        let settings = asked.flat_map(|condition| &condition.any).map(|wanted| {
            let setting = account.setting(wanted.setting);
            let entry = &profile.settings[wanted.setting];
            Condition {
                name: entry.path.clone(),
                holds: self.setting_holds(&setting, wanted),
                value: setting.text(&entry.ty),
                by: by_account(wanted.setting, &setting),
            }
        });
        let mut conditions: Vec<Condition> = settings.collect();
        let starter = self.starter(account, user);
        let place = entrance(&self.ir, endpoint).place;
        if let (Some((holds, by)), _) = starter.role(place, |owner| self.owner(owner, |by| by)) {
            let value = match holds {
                Holds::Unknown => UNKNOWN.into(),
                Holds::Yes | Holds::No => self.role_text(by.role),
            };
            conditions.push(Condition { name: "jump group".into(), holds, value, by });
        }
        conditions
    }

    fn role_text(&self, role: FoundRole) -> String {
        match role {
            FoundRole::None => String::new(),
            FoundRole::NoAccess => "no_access".into(),
            FoundRole::Unknown => UNKNOWN.into(),
            FoundRole::Role(id) => quote(&self.ir.tables[id].object.name),
        }
    }
}

fn value<D>(started: &Started<D>) -> StartValue {
    match started.holds {
        Holds::No => StartValue::Deny,
        Holds::Unknown => StartValue::Unknown,
        Holds::Yes => {
            started.jump_policy.map_or(StartValue::Allow, |policy| StartValue::With(policy.0))
        }
    }
}

fn by_account(at: usize, setting: &Setting<'_>) -> StartDecider {
    let (layer, role) = (StartLayer::Account, FoundRole::None);
    StartDecider { layer, source: setting.source, span: setting.span, role, setting: Some(at) }
}

/// The ranks of an account in its teams, ascending by team.
fn ranks(account: &Account<'_, '_>) -> Ranks {
    let memberships = account.memberships().into_iter();
    let ranks = memberships.filter_map(|(_, membership)| match (membership.key, membership.role) {
        (MembershipKey::Team(team), MemberRole::Team(rank)) => Some((team, Some(rank))),
        (MembershipKey::Team(team), _) => Some((team, None)),
        _ => None,
    });
    ranks.collect()
}

/// Who says that an account may have memberships that nobody has read.
fn unread(account: &Account<'_, '_>) -> Option<StartDecider> {
    let (source, span) = account.unread_memberships()?;
    let (layer, role) = (StartLayer::JumpGroup, FoundRole::Unknown);
    Some(StartDecider { layer, source, span: Some(span), role, setting: None })
}

/// Where a session with an endpoint begins.
pub fn entrance(ir: &Ir, endpoint: &Endpoint) -> Entrance {
    let (place, jump_policy) = match endpoint.target {
        TargetRef::Portal(_) => (Place::Open, None),
        TargetRef::JumpItem(id) => {
            let item = &ir.tables.jump_items[id.index()];
            let place = match (item.group, item.owner) {
                (Some(group), _) => Place::JumpGroup(group),
                (None, Some((owner, _))) => Place::Owner(owner),
                (None, None) => Place::Open,
            };
            (place, item.jump_policy)
        }
    };
    Entrance { method: endpoint.method, place, jump_policy }
}
