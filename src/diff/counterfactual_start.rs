//! Whether a session could be started with only some of the edits, and the edits that this can
//! depend on. What the facts mean is [`crate::semantics::start`], as for the matrices.

use super::accounts::AccountCell;
use super::counterfactual::{Given, Giver};
use super::edits::{EditId, EndpointFacts, Grant, GrantEdits, SessionPart, side_with};
use super::{Diff, Side, Sided};
use crate::ir::{JumpGroupId, JumpItem, Membership, MembershipKey, MembershipKind, RoleId, UserId};
use crate::ir::{MemberRole, TeamId};
use crate::matrix::Source;
use crate::profile::{Condition, Entry, Profile, Value};
use crate::semantics::start::{
    DEFAULT_ROLE, INVITE_EXTERNAL, PERSONAL_ROLE, SYSTEM_ROLE, TEAMS_ROLE,
};
use crate::semantics::start::{Holds, Ranks, all_of, one_of, ranks_above, role_at_others};

/// `start` with some edits applied, from least to most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartWith {
    /// The session cannot be started.
    Deny,
    /// Only as these jump policies allow, by their numbers, ascending.
    With(Vec<u32>),
    /// Nobody has read what would tell.
    Unknown,
    /// It can be started.
    Allow,
}

/// What decided it, and whose line that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Nothing is asked.
    Nothing,
    /// A setting, by its number.
    Setting(u16, Giver),
    /// The role of a membership, be it one that nobody has read.
    Membership(Giver),
}

/// Whether the role that counts at an endpoint allows starting sessions, if one is asked for, and
/// the jump policy of the membership that gives it, by number.
pub(super) type RoleAt = (Option<(Holds, By)>, Option<u32>);

/// The settings that name roles.
const ROLES: [&str; 4] = [DEFAULT_ROLE, PERSONAL_ROLE, TEAMS_ROLE, SYSTEM_ROLE];

/// `start` of an invite: the most that one of some users has.
pub fn most_of(values: impl Iterator<Item = StartWith>) -> StartWith {
    let mut most = StartWith::Deny;
    let mut policies = Vec::new();
    for value in values {
        if let StartWith::With(own) = &value {
            policies.extend(own);
        }
        most = most.max(value);
    }
    policies.sort_unstable();
    policies.dedup();
    if matches!(most, StartWith::With(_)) { StartWith::With(policies) } else { most }
}

/// A diff with some of its edits applied.
#[derive(Clone, Copy, Debug)]
pub struct StartFacts<'d, 's> {
    /// What is compared.
    pub diff: &'d Diff,
    /// The edits, ascending.
    pub applied: &'s [EditId],
}

impl<'d> StartFacts<'d, '_> {
    /// The side whose profile is the product's.
    fn side(&self) -> Side {
        side_with(self.diff.edits.profile, self.applied)
    }

    fn profile(&self) -> &'d Profile {
        &self.diff.ir(self.side()).profile
    }

    /// `start` of a user, by number, at an endpoint of both sides.
    pub fn of_user(&self, user: u32, endpoint: &EndpointFacts) -> (StartWith, By) {
        self.of_parts(endpoint, self.settings_of(user, endpoint), self.role(user, endpoint))
    }

    /// What the settings of a user say that the method of an endpoint asks for.
    pub(super) fn settings_of(&self, user: u32, endpoint: &EndpointFacts) -> Option<(Holds, By)> {
        let start = self.profile().start.as_ref()?;
        let conditions = start.conditions(endpoint.method[self.side()]);
        all_of(conditions.filter_map(|condition| self.condition(user, condition)))
    }

    /// The same as [`Self::of_user`], from what [`Self::settings_of`] and [`Self::role`] found.
    pub(super) fn of_parts(
        &self,
        endpoint: &EndpointFacts,
        settings: Option<(Holds, By)>,
        (role, membership_policy): RoleAt,
    ) -> (StartWith, By) {
        if self.profile().start.is_none() {
            return (StartWith::Allow, By::Nothing);
        }
        let decided = all_of(settings.into_iter().chain(role));
        let by = decided.map_or(By::Nothing, |(_, by)| by);
        let value = match decided.map_or(Holds::Yes, |(holds, _)| holds) {
            Holds::No => StartWith::Deny,
            Holds::Unknown => StartWith::Unknown,
            Holds::Yes => match membership_policy.or_else(|| self.item_policy(endpoint)) {
                Some(policy) => StartWith::With(vec![policy]),
                None => StartWith::Allow,
            },
        };
        (value, by)
    }

    /// What invites can start at an endpoint of both sides through a user, by number; `None` if
    /// nothing.
    pub fn of_inviter(&self, user: u32, endpoint: &EndpointFacts) -> Option<StartWith> {
        if !self.exists(user) {
            return None;
        }
        let brings = match self.number_of(INVITE_EXTERNAL) {
            Some(setting) => self.setting_is(user, setting, "allow"),
            None => Holds::Yes,
        };
        if brings == Holds::No {
            return None;
        }
        match self.of_user(user, endpoint).0 {
            StartWith::Deny => None,
            _ if brings == Holds::Unknown => Some(StartWith::Unknown),
            value => Some(value),
        }
    }

    /// A user that one side alone has is there if the edit that adds it is applied, or the one that
    /// removes it is not.
    fn exists(&self, user: u32) -> bool {
        let edits = &self.diff.edits;
        let only = edits.users.pairs[user as usize].only_side();
        only.is_none_or(|side| {
            let edit = edits.only_on(SessionPart::User, user);
            edit.is_none_or(|edit| self.applied.binary_search(&edit).is_ok() == (side == Side::New))
        })
    }

    fn condition(&self, user: u32, condition: &Condition) -> Option<(Holds, By)> {
        one_of(condition.any.iter().map(|wanted| {
            let number = self.diff.edits.settings.number(self.side(), wanted.setting as u16);
            let settings = &self.profile().settings;
            let Some(found) = self.setting(user, number) else {
                return (Holds::No, By::Nothing);
            };
            let holds = match found.value.1 {
                Some(Value::Unknown) => Holds::Unknown,
                value => value.is_some_and(|value| wanted.is_met(settings, value)).into(),
            };
            (holds, By::Setting(number, found.by))
        }))
    }

    fn setting_is(&self, user: u32, number: u16, word: &str) -> Holds {
        match self.setting(user, number).map(|found| found.value) {
            Some((_, Some(Value::Unknown))) => Holds::Unknown,
            Some((entry, Some(value))) => (entry.ty.first_word(value) == word).into(),
            _ => Holds::No,
        }
    }

    fn number_of(&self, path: &str) -> Option<u16> {
        let at = self.profile().setting(path)?;
        Some(self.diff.edits.settings.number(self.side(), at as u16))
    }

    /// A setting of a user; its value is `None` for `n/a`.
    fn setting(&self, user: u32, number: u16) -> Option<Given<(&'d Entry, Option<&'d Value>)>> {
        let edits = &self.diff.edits;
        if edits.membership_paths.contains_key(&user) {
            return edits.setting(user, number, self.applied);
        }
        // No edit touches the user, but for the profile.
        let (side, at) = self.user_at(user)?;
        let setting = edits.settings.on(side, number)? as usize;
        let matrix = self.diff.matrix(side);
        let found = matrix.accounts.setting(at, setting);
        let value = (&matrix.ir.profile.settings[setting], found.value);
        let by = self.diff.edits.giver(side, found.source);
        Some(Given { value, by, is_final: found.is_final })
    }

    /// A user as the side has it whose profile is the product's, or else as the other has it.
    fn user_at(&self, user: u32) -> Option<(Side, UserId)> {
        let pair = self.diff.edits.users.pairs[user as usize];
        let side = self.side();
        let found = pair.get(side).map(|at| (side, UserId(at)));
        found.or_else(|| pair.only_side().map(|side| (side, UserId(pair.latest().1))))
    }

    /// A membership of a user, by the number of the object, and the side that its role is of.
    fn membership(
        &self,
        user: u32,
        key: (MembershipKind, u32),
    ) -> Option<Given<(Side, Membership)>> {
        let (edits, aligned) = (&self.diff.edits, &self.diff.aligned);
        if edits.membership_paths.contains_key(&user) {
            return edits.granted_membership(aligned, user, key, self.applied);
        }
        let (side, at) = self.user_at(user)?;
        let memberships = self.diff.matrix(side).accounts.memberships(at);
        let is_it = |found: &&(Source, Membership)| {
            aligned.member_object(side, &edits.new, found.1.key) == key
        };
        let &(source, found) = memberships.iter().find(is_it)?;
        let by = self.diff.edits.giver(side, source);
        Some(Given { value: (side, found), by, is_final: found.is_final })
    }

    /// Who says that a user may have memberships that nobody has read.
    fn unread(&self, user: u32) -> Option<Giver> {
        if self.diff.edits.membership_paths.contains_key(&user) {
            return self.diff.edits.unread_memberships(user, self.applied);
        }
        let (side, at) = self.user_at(user)?;
        let (source, _) = self.diff.matrix(side).accounts.account(at).unread_memberships()?;
        Some(self.diff.edits.giver(side, source))
    }

    /// Whether the role that counts at an endpoint allows starting sessions, if one is asked for,
    /// and the jump policy of the membership that gives it.
    pub(super) fn role(&self, user: u32, endpoint: &EndpointFacts) -> RoleAt {
        let Some((side, item)) = self.item(endpoint) else { return (None, None) };
        if let Some(group) = item.group {
            let (role, policy) = self.role_in_group(user, self.jump_group(side, group));
            return match (role.0, self.unread(user)) {
                (Holds::No, Some(by)) => (Some((Holds::Unknown, By::Membership(by))), None),
                _ => (Some(role), policy),
            };
        }
        let Some((owner, _)) = item.owner else { return (None, None) };
        let owner = self.diff.edits.users.number(side, owner.0);
        if owner == user {
            return (Some(self.role_of_setting(user, PERSONAL_ROLE)), None);
        }
        let above = ranks_above(&self.ranks(user), &self.ranks(owner));
        let [teams, system] =
            [TEAMS_ROLE, SYSTEM_ROLE].map(|path| self.role_of_setting(user, path));
        let unread = self.unread(user).or_else(|| self.unread(owner)).map(By::Membership);
        (Some(role_at_others(above, teams, system, unread)), None)
    }

    /// Whether the role that a user has in a jump group by what is written allows starting
    /// sessions, and the jump policy of the membership that gives it.
    fn role_in_group(&self, user: u32, group: u32) -> ((Holds, By), Option<u32>) {
        let Some(found) = self.membership(user, (MembershipKind::JumpGroup, group)) else {
            return (self.role_of_setting(user, SYSTEM_ROLE), None);
        };
        let by = By::Membership(found.by);
        let (side, Membership { role, .. }) = found.value;
        let MemberRole::JumpItemRole(role, policy) = role else {
            return ((Holds::Unknown, by), None);
        };
        let starts = match role {
            Some(role) => self.starts(side, role).into(),
            None => self.role_of_setting(user, DEFAULT_ROLE).0,
        };
        let policies = &self.diff.edits.jump_policies;
        ((starts, by), policy.map(|policy| policies.number(side, policy.0)))
    }

    /// The jump item of an endpoint, as the side has it that places it.
    fn item(&self, endpoint: &EndpointFacts) -> Option<(Side, &'d JumpItem)> {
        let edits = &self.diff.edits;
        let number = endpoint.jump_item?;
        let side = side_with(edits.item_places.get(&number).copied(), self.applied);
        let at = edits.jump_items.pairs[number as usize].get(side)?;
        Some((side, &self.diff.ir(side).tables.jump_items[at as usize]))
    }

    /// The jump policy of the jump item of an endpoint.
    fn item_policy(&self, endpoint: &EndpointFacts) -> Option<u32> {
        let edits = &self.diff.edits;
        let number = endpoint.jump_item?;
        let side = side_with(edits.item_jump_policies.get(&number).copied(), self.applied);
        let at = edits.jump_items.pairs[number as usize].get(side)?;
        let policy = self.diff.ir(side).tables.jump_items[at as usize].jump_policy?;
        Some(edits.jump_policies.number(side, policy.0))
    }

    fn jump_group(&self, side: Side, group: JumpGroupId) -> u32 {
        let key = MembershipKey::JumpGroup(group);
        self.diff.aligned.member_object(side, &self.diff.edits.new, key).1
    }

    /// Whether a role of a side allows starting sessions.
    fn starts(&self, side: Side, role: RoleId) -> bool {
        self.role_allows(side, role).contains(&0)
    }

    /// What a role of a side allows.
    fn role_allows(&self, side: Side, role: RoleId) -> &'d [u8] {
        let edits = &self.diff.edits;
        let number = edits.roles.number(side, role.0);
        let pair = edits.roles.pairs[number as usize];
        let edit = edits.role_edits.get(&number).copied();
        let side = pair.only_side().unwrap_or_else(|| side_with(edit, self.applied));
        let at = pair.get(side).unwrap_or(role.0);
        &self.diff.ir(side).tables.roles[at as usize].allows
    }

    /// What the role allows that a setting names, if it names one, and whose line says so.
    fn allowed_by_setting(&self, user: u32, number: u16) -> Option<Given<Allowed<'d>>> {
        let Given { value: (_, value), by, is_final } = self.setting(user, number)?;
        let given = |value| Some(Given { value, by, is_final });
        match value {
            Some(Value::Unknown) => given(Allowed::Unknown),
            // The name is that of the side whose line it is; a renamed role has one on each.
            Some(Value::Role(Some(name))) => {
                let role = Side::BOTH.into_iter().rev().find_map(|side| {
                    let role = self.diff.ir(side).role(name)?;
                    Some(self.role_allows(side, role))
                });
                given(role.map_or(Allowed::NoRole, Allowed::Role))
            }
            _ => given(Allowed::NoRole),
        }
    }

    /// What the role of a setting or of a membership in a jump group allows, and whose line gives
    /// the role; `None` for other cells of an account, and where nothing gives one.
    pub fn allowed(&self, user: u32, cell: AccountCell) -> Option<Given<Allowed<'d>>> {
        match cell {
            AccountCell::SettingAllows(number) => self.allowed_by_setting(user, number),
            AccountCell::GroupAllows(group) => {
                let Given { value: (side, found), by, is_final } =
                    self.membership(user, (MembershipKind::JumpGroup, group))?;
                let value = match found.role {
                    MemberRole::JumpItemRole(Some(role), _) => {
                        Allowed::Role(self.role_allows(side, role))
                    }
                    MemberRole::JumpItemRole(None, _) => {
                        self.allowed_by_setting(user, self.number_of(DEFAULT_ROLE)?)?.value
                    }
                    _ => Allowed::Unknown,
                };
                Some(Given { value, by, is_final })
            }
            _ => None,
        }
    }

    fn role_of_setting(&self, user: u32, path: &str) -> (Holds, By) {
        let found = self.number_of(path).and_then(|number| {
            let found = self.allowed_by_setting(user, number)?;
            Some((found.value.starts(), By::Setting(number, found.by)))
        });
        found.unwrap_or((Holds::No, By::Nothing))
    }

    fn ranks(&self, user: u32) -> Ranks {
        let edits = &self.diff.edits;
        let all = edits.new.tables.teams.len() + edits.old.tables.teams.len();
        let mut ranks = Ranks::new();
        for number in 0..all as u32 {
            if let Some(found) = self.membership(user, (MembershipKind::Team, number)) {
                let rank = match found.value.1.role {
                    MemberRole::Team(rank) => Some(rank),
                    _ => None,
                };
                ranks.push((TeamId(number), rank));
            }
        }
        ranks
    }
}

/// What a role allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed<'d> {
    /// There is no role.
    NoRole,
    /// Nobody has read which role it is.
    Unknown,
    /// Indices into [`crate::ir::ROLE_ACTIONS`].
    Role(&'d [u8]),
}

impl Allowed<'_> {
    fn starts(self) -> Holds {
        match self {
            Allowed::NoRole => Holds::No,
            Allowed::Unknown => Holds::Unknown,
            Allowed::Role(allows) => allows.contains(&0).into(),
        }
    }
}

impl Diff {
    /// The edits that `start` of a user can depend on at an endpoint.
    /// `settings` are those of [`Diff::settings_of_start`].
    pub(super) fn relevant_to_start(
        &self,
        user: u32,
        settings: &[u16],
        endpoint: &EndpointFacts,
    ) -> Vec<EditId> {
        let edits = &self.edits;
        let mut found: Vec<EditId> = edits.profile.into_iter().collect();
        found.extend(edits.role_edits.values());
        let item = endpoint.jump_item;
        found.extend(item.and_then(|item| edits.item_places.get(&item)));
        found.extend(item.and_then(|item| edits.item_jump_policies.get(&item)));
        self.relevant_lines(user, settings, Some(endpoint), &mut found);
        for owner in self.owners(endpoint).into_iter().filter(|owner| *owner != user) {
            self.relevant_lines(owner, &[], Some(endpoint), &mut found);
        }
        found.extend(edits.only_on(SessionPart::User, user));
        found
    }

    /// The edits that some settings of a user can depend on, ascending.
    pub(super) fn relevant_to_settings(&self, user: u32, settings: &[u16]) -> Vec<EditId> {
        let mut found: Vec<EditId> = self.edits.profile.into_iter().collect();
        self.relevant_lines(user, settings, None, &mut found);
        found.extend(self.edits.only_on(SessionPart::User, user));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The edits of the lines that give a user some settings, or memberships that matter at an
    /// endpoint.
    fn relevant_lines(
        &self,
        user: u32,
        settings: &[u16],
        endpoint: Option<&EndpointFacts>,
        found: &mut Vec<EditId>,
    ) {
        let edits = &self.edits;
        let groups = endpoint.map(|endpoint| self.jump_groups(endpoint)).unwrap_or_default();
        let has_owner = endpoint.is_some_and(|endpoint| !self.owners(endpoint).is_empty());
        let matters = |key: &(MembershipKind, u32)| match key.0 {
            MembershipKind::Team => has_owner,
            MembershipKind::JumpGroup => groups.contains(&key.1),
            _ => false,
        };
        let of_lines = |lines: &GrantEdits, found: &mut Vec<EditId>| {
            found.extend(settings.iter().filter_map(|setting| lines.settings.get(setting)));
            found.extend(lines.unread);
            let memberships = lines.memberships.iter().filter(|(key, _)| matters(key));
            found.extend(memberships.map(|(_, edit)| *edit));
        };
        if !edits.groups_of(user).is_empty() {
            found.extend(edits.guessed.edit);
        }
        let is_asked = |what: Grant| match what {
            Grant::Setting(number) => settings.contains(&number),
            Grant::Membership(key) => matters(&key),
            Grant::Unread => true,
            Grant::Policy(_) => false,
        };
        for (group, paths) in edits.groups_of(user) {
            let facts = &edits.groups[*group as usize];
            if !edits.has_say(&self.aligned, facts, is_asked) {
                continue;
            }
            let inside = paths.iter().flat_map(|path| [path.entry.edit, path.inside.edit]);
            found.extend(inside.flatten().chain(facts.moved));
            of_lines(&facts.grants, found);
        }
        if let Some(own) = edits.own.get(&user) {
            of_lines(own, found);
        }
    }

    /// The numbers of all settings that `start` asks for, and of what they require.
    pub(super) fn settings_of_start(&self) -> Vec<u16> {
        self.settings_with_required(|profile| {
            let start = profile.start.iter();
            let conditions =
                start.flat_map(|start| start.all.iter().chain(start.methods.iter().flatten()));
            let asked = conditions.flat_map(|condition| &condition.any).map(|is| is.setting);
            let named = ROLES.iter().chain([&INVITE_EXTERNAL]);
            asked.chain(named.filter_map(|path| profile.setting(path))).collect()
        })
    }

    /// The numbers of the settings that name roles, and of what they require.
    pub(super) fn settings_of_roles(&self) -> Vec<u16> {
        self.settings_with_required(|profile| {
            ROLES.iter().filter_map(|path| profile.setting(path)).collect()
        })
    }

    /// The numbers of the setting that names the role of memberships `as default role`, and of what
    /// it requires.
    pub(super) fn default_role_settings(&self) -> Vec<u16> {
        self.settings_with_required(|profile| profile.setting(DEFAULT_ROLE).into_iter().collect())
    }

    fn settings_with_required(&self, of: impl Fn(&Profile) -> Vec<usize>) -> Vec<u16> {
        let mut found: Vec<u16> = Vec::new();
        for side in Side::BOTH {
            for setting in of(&self.ir(side).profile) {
                let number = self.edits.settings.number(side, setting as u16);
                found.extend(super::causes::chain_of_setting(&self.edits, number));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn item_sides<T>(
        &self,
        endpoint: &EndpointFacts,
        of: impl Fn(Side, &JumpItem) -> Option<T>,
    ) -> Vec<T> {
        let Some(number) = endpoint.jump_item else { return Vec::new() };
        let pair = self.edits.jump_items.pairs[number as usize];
        let items = Sided::from_fn(|side| {
            let at = pair.get(side)?;
            of(side, &self.ir(side).tables.jump_items[at as usize])
        });
        [items.old, items.new].into_iter().flatten().collect()
    }

    /// The numbers of the jump groups of an endpoint, in OLD and in NEW.
    fn jump_groups(&self, endpoint: &EndpointFacts) -> Vec<u32> {
        self.item_sides(endpoint, |side, item| {
            let key = MembershipKey::JumpGroup(item.group?);
            Some(self.aligned.member_object(side, &self.edits.new, key).1)
        })
    }

    /// The numbers of the users who own an endpoint, in OLD and in NEW.
    fn owners(&self, endpoint: &EndpointFacts) -> Vec<u32> {
        self.item_sides(endpoint, |side, item| Some(self.edits.users.number(side, item.owner?.0.0)))
    }
}
