//! What a cell would be with only some of the edits.
//!
//! [`super::edits`] holds every fact that a session or account is resolved from, as it is in OLD
//! and in NEW. Here one cell is resolved from these facts with any set of edits applied: none of
//! them is OLD, all of them is NEW. What the facts mean is [`crate::semantics`], as for the
//! matrices; the tests check that both ends agree with those.

use super::Side;
use super::align::Aligned;
use super::edits::{
    Assigned, EditId, Edits, EndpointFacts, GrantEdits, GroupFacts, MembershipPath, Rank,
    SubjectFacts, Versioned, same_value, side_with,
};
use crate::ir::{
    Definition, Grants, MemberRole, Membership, MembershipKey, MembershipKind, PolicyId, PolicyKind,
};
use crate::matrix::Source;
use crate::matrix::session::MAX_LAYERS;
use crate::profile::{Entry, LayerKind, Profile, Value};
use crate::semantics::group_logic::{self, LineKind};
use crate::semantics::layers::{Contributions, portal};
use crate::semantics::policy_lines;
use std::cmp::Ordering;

/// Who decides a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// A layer, with its policy by number.
    Policy(LayerKind, u32),
    /// The default of the product.
    BuiltIn,
    /// The method, which fixes the permission.
    Method,
}

/// Whose line a user has something from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Giver {
    /// A group policy or embassy, by number.
    Group(u32),
    /// The user's own account.
    Own,
    /// Nobody's: it is the default of the product.
    Default,
    /// Nobody's: the order would have to tell, and is a guess.
    GuessedOrder,
}

/// A cell with some edits applied.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedCell<'a> {
    /// `None` is `n/a`; else the value, with the entry that gives it its type.
    pub value: Option<(&'a Entry, &'a Value)>,
    /// Who decides it.
    pub by: DecidedBy,
    /// What brought in the policy of the layers of group policies.
    pub via: Option<Giver>,
}

/// A line that sets something for a user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given<T> {
    /// What it says.
    pub value: T,
    /// Whose line it is.
    pub by: Giver,
    /// Whether the line is final.
    pub is_final: bool,
}

impl ResolvedCell<'_> {
    /// Whether the value may allow what another one does not.
    pub fn allows_more_than(&self, other: &ResolvedCell<'_>) -> bool {
        match (self.value, other.value) {
            (None, _) => false,
            (Some((entry, value)), None) => entry.ty.least().as_ref() != Some(value),
            (Some((entry, value)), Some((_, other))) => {
                let order = entry.ty.compare(other, value);
                value != other && !matches!(order, Some(Ordering::Greater | Ordering::Equal))
            }
        }
    }

    /// Whether the value is unknown.
    pub fn is_unknown(&self) -> bool {
        self.value.is_some_and(|(_, value)| *value == Value::Unknown)
    }

    /// Whether a reader would see the same value.
    pub fn same(&self, other: &ResolvedCell<'_>) -> bool {
        match (self.value, other.value) {
            (None, None) => true,
            (Some((x, a)), Some((y, b))) => same_value((&x.ty, a), (&y.ty, b)),
            _ => false,
        }
    }
}

/// The policies that a subject contributes to sessions, with some edits applied.
#[derive(Clone, Copy, Debug)]
pub struct SubjectPolicies {
    invite: Option<Assigned>,
    slots: [SlotPolicies; 2],
}

#[derive(Clone, Copy, Debug, Default)]
struct SlotPolicies {
    group_policies: Option<Assigned>,
    via: Option<Giver>,
    user: Option<Assigned>,
}

/// A session with some edits applied.
struct Session<'a, 's> {
    edits: &'a Edits,
    applied: &'s [EditId],
    /// The side whose profile is the product's.
    side: Side,
    method: usize,
    /// By layer of the profile: the policy that it contributes, by number.
    layers: [Option<u32>; MAX_LAYERS],
    via: Option<Giver>,
}

impl<'a> Session<'a, '_> {
    fn profile(&self) -> &'a Profile {
        &self.edits.ir(self.side).profile
    }

    /// A permission of the profile.
    fn permission(&self, at: u16) -> ResolvedCell<'a> {
        let entry = &self.profile().permissions[at as usize];
        let (mut value, by) = self.decided(at);
        let requirement = entry.requires.as_ref();
        let required = requirement.and_then(|found| self.permission(found.entry as u16).value);
        if required.is_some_and(|(_, value)| *value == Value::Unknown) {
            value.1 = &Value::Unknown;
        }
        let applies = !entry.not_for.contains(&self.method)
            && entry.requires.as_ref().is_none_or(|requirement| {
                required.is_some_and(|(entry, value)| {
                    *value == Value::Unknown
                        || policy_lines::is_met_by(requirement, entry.ty.first_word(value))
                })
            });
        let via = self.via.filter(|_| match by {
            DecidedBy::Policy(layer, _) => layer.is_of_groups(),
            DecidedBy::BuiltIn | DecidedBy::Method => false,
        });
        ResolvedCell { value: Some(value).filter(|_| applies), by, via }
    }

    /// The value and its decider, whether or not the permission applies.
    fn decided(&self, at: u16) -> ((&'a Entry, &'a Value), DecidedBy) {
        let profile = self.profile();
        let entry = &profile.permissions[at as usize];
        if let Some((_, value)) = entry.fixed.iter().find(|(fixed, _)| *fixed == self.method) {
            return ((entry, value), DecidedBy::Method);
        }
        let number = self.edits.permissions.number(self.side, at);
        for (layer, policy) in profile.layers.iter().zip(self.layers) {
            if let Some(policy) = policy
                && let Some(found) = self.edits.line(policy, number, self.applied)
            {
                return (found, DecidedBy::Policy(layer.kind, policy));
            }
        }
        ((entry, &entry.default), DecidedBy::BuiltIn)
    }
}

impl Edits {
    /// The side whose profile is the product's, with some edits applied.
    fn profile_side(&self, applied: &[EditId]) -> Side {
        side_with(self.profile, applied)
    }

    /// A permission of a session of both sides, by the permission's number; `None` if the profile
    /// does not have it.
    pub fn cell(
        &self,
        subject: &SubjectPolicies,
        endpoint: &EndpointFacts,
        permission: u16,
        applied: &[EditId],
    ) -> Option<ResolvedCell<'_>> {
        let side = self.profile_side(applied);
        let profile = &self.ir(side).profile;
        let method = endpoint.method[side];
        let slot = profile.slot_of(method);
        let (found, via) = self.contributions(slot, subject, endpoint, applied);
        let mut layers = [None; MAX_LAYERS];
        for (policy, layer) in layers.iter_mut().zip(&profile.layers) {
            *policy = found.of_layer(profile, layer.kind).and_then(|found| found.policy);
        }
        let session = Session { edits: self, applied, side, method, layers, via };
        Some(session.permission(self.permissions.on(side, permission)?))
    }

    /// The line of a policy for a permission, both by number.
    fn line(&self, policy: u32, permission: u16, applied: &[EditId]) -> Option<(&Entry, &Value)> {
        let pair = self.policies.pairs[policy as usize];
        let side = match self.definitions.get(&(policy, permission)) {
            Some(edit) => side_with(Some(*edit), applied),
            None => pair.only_side().unwrap_or(Side::New),
        };
        let policy = pair.get(side)?;
        let at = self.permissions.on(side, permission)?;
        let ir = self.ir(side);
        let found: &Definition = ir.policy(PolicyId(policy)).definition(at as usize)?;
        Some((&ir.profile.permissions[found.entry as usize], ir.value(found.value)))
    }

    /// What a subject contributes.
    pub fn subject_policies(&self, subject: &SubjectFacts, applied: &[EditId]) -> SubjectPolicies {
        let mut found = SubjectPolicies { invite: None, slots: Default::default() };
        for (slot, of_slot) in found.slots.iter_mut().enumerate() {
            match subject {
                SubjectFacts::Invite(fact) => found.invite = fact.get(applied),
                SubjectFacts::Settled(slots) => {
                    (of_slot.group_policies, of_slot.user) = slots[slot];
                }
                SubjectFacts::User { groups, own } => {
                    let of_groups = self.policy_of_groups(groups, slot, applied);
                    of_slot.group_policies = of_groups.map(|found| found.value);
                    of_slot.via = of_groups.map(|found| found.by);
                    of_slot.user = own[slot].get(applied);
                }
            }
        }
        found
    }

    fn contributions(
        &self,
        slot: usize,
        subject: &SubjectPolicies,
        endpoint: &EndpointFacts,
        applied: &[EditId],
    ) -> (Contributions<Assigned>, Option<Giver>) {
        let SlotPolicies { group_policies, via, user } = subject.slots[slot];
        let own_portal = endpoint.portal.get(applied);
        let portal = portal(own_portal, self.default_portal.get(applied));
        let global_default = self.global_default();
        let found = Contributions {
            invite: subject.invite,
            group_policies,
            user,
            jump_item: endpoint.item.get(applied),
            portal: portal.and_then(|at| self.portal_policies[at as usize].get(applied)),
            global_default: global_default
                .map(|policy| Assigned { policy: Some(policy), is_final: false }),
        };
        (found, via)
    }

    /// The session policy that a user's groups choose for a slot.
    fn policy_of_groups(
        &self,
        groups: &[(u32, Vec<MembershipPath>)],
        slot: usize,
        applied: &[EditId],
    ) -> Option<Given<Assigned>> {
        let grant = |facts: &GroupFacts| {
            let found = facts.policy[slot].get(applied)?;
            Some((found, self.line_kind(found)))
        };
        let guess = |side: Side| {
            let guessed = self.ir(side).tables.guessed_order?;
            let policy = Some(self.policies.number(side, guessed.policy.0));
            Some(Assigned { policy, is_final: false })
        };
        self.decided_by_groups(groups, applied, grant, guess, |a, b| a.policy == b.policy)
    }

    fn line_kind(&self, found: Assigned) -> LineKind {
        let is_unknown = found.policy.is_some_and(|number| self.is_unknown_policy(number));
        LineKind { is_final: found.is_final, is_unknown }
    }

    /// Whether a policy, by number, is one that nobody has read.
    pub(super) fn is_unknown_policy(&self, number: u32) -> bool {
        let (side, at) = self.policies.pairs[number as usize].latest();
        self.ir(side).policy(PolicyId(at)).kind == PolicyKind::Unknown
    }

    /// Whose line a source of a side is.
    pub(super) fn giver(&self, side: Side, source: Source) -> Giver {
        match source {
            Source::GroupPolicy(id) => Giver::Group(self.group_number(side, false, id.0)),
            Source::Embassy(id) => Giver::Group(self.group_number(side, true, id.0)),
            Source::User => Giver::Own,
            Source::Profile => Giver::Default,
            Source::GuessedOrder => Giver::GuessedOrder,
        }
    }

    /// The number of the global default: its lines say on which side it is there.
    pub fn global_default(&self) -> Option<u32> {
        let number = |side: Side| {
            let id = self.ir(side).tables.global_default?;
            Some(self.policies.number(side, id.0))
        };
        number(Side::New).or_else(|| number(Side::Old))
    }

    /// What decides among the grants of a user's groups. `guess` makes what a guessed order of a
    /// side has in place of a grant, and `same` tells whether two grants are alike.
    fn decided_by_groups<T: Copy>(
        &self,
        groups: &[(u32, Vec<MembershipPath>)],
        applied: &[EditId],
        grant: impl Fn(&GroupFacts) -> Option<(T, LineKind)>,
        guess: impl Fn(Side) -> Option<T>,
        same: impl Fn(&T, &T) -> bool,
    ) -> Option<Given<T>> {
        let is_in = |paths: &[MembershipPath]| {
            paths.iter().any(|path| path.entry.get(applied) && path.inside.get(applied))
        };
        let mut asked: Vec<(Rank, u32, &GroupFacts)> = Vec::with_capacity(groups.len());
        for (number, paths) in groups {
            let facts = &self.groups[*number as usize];
            if is_in(paths) {
                asked.push((facts.rank(applied), *number, facts));
            }
        }
        // A member of an embassy is in no other group; between two revisions it may be in both.
        if let Some(at) = asked.iter().position(|(_, _, facts)| facts.is_embassy) {
            asked = vec![asked.swap_remove(at)];
        }
        asked.sort_by_key(|(rank, ..)| *rank);
        let lines = asked.into_iter().filter_map(|(_, number, facts)| {
            let (value, line) = grant(facts)?;
            let by = Giver::Group(number);
            Some((Given { value, by, is_final: line.is_final }, line))
        });
        let guess = self.guessed.get(applied).then(|| {
            let value = guess(side_with(self.guessed.edit, applied))?;
            Some(Given { value, by: Giver::GuessedOrder, is_final: false })
        });
        group_logic::decides(lines, guess.flatten(), |a, b| same(&a.value, &b.value))
    }

    /// A setting of an account of both sides, by the setting's number; `None` if the profile does
    /// not have it. Its value is `None` for `n/a`.
    pub fn setting(
        &self,
        user: u32,
        setting: u16,
        applied: &[EditId],
    ) -> Option<Given<(&Entry, Option<&Value>)>> {
        let side = self.profile_side(applied);
        let at = self.settings.on(side, setting)?;
        let Given { value: (entry, value), by, is_final } =
            self.decided_setting(user, setting, applied)?;
        let given = |value| Some(Given { value: (entry, value), by, is_final });
        let Some(requirement) = &self.ir(side).profile.settings[at as usize].requires else {
            return given(Some(value));
        };
        let number = self.settings.number(side, requirement.entry as u16);
        let (required, found) = self.setting(user, number, applied)?.value;
        given(match found {
            Some(Value::Unknown) => Some(&Value::Unknown),
            Some(found) if policy_lines::is_met_by(requirement, required.ty.first_word(found)) => {
                Some(value)
            }
            _ => None,
        })
    }

    /// A setting, whether or not what it requires is there.
    fn decided_setting(
        &self,
        user: u32,
        setting: u16,
        applied: &[EditId],
    ) -> Option<Given<(&Entry, &Value)>> {
        let side = self.profile_side(applied);
        let at = self.settings.on(side, setting)?;
        let line = |side: Side, grants: Option<&Grants>| {
            let at = self.settings.on(side, setting)?;
            let lines = &grants?.settings;
            let found = lines[lines.binary_search_by_key(&at, |line| line.entry).ok()?];
            let ir = self.ir(side);
            Some(((&ir.profile.settings[at as usize], ir.value(found.value)), found.is_final))
        };
        let grant = |facts: &GroupFacts| {
            let side = side_with(facts.grants.settings.get(&setting).copied(), applied);
            let grants = facts.group(self.ir(side), side).map(|group| &*group.grants);
            let (found, is_final) = line(side, grants)?;
            Some((found, LineKind { is_final, is_unknown: *found.1 == Value::Unknown }))
        };
        let entry = &self.ir(side).profile.settings[at as usize];
        let guess = |_| Some((entry, &Value::Unknown));
        let same =
            |a: &(&Entry, &Value), b: &(&Entry, &Value)| same_value((&a.0.ty, a.1), (&b.0.ty, b.1));
        let of_groups = self.decided_by_groups(self.groups_of(user), applied, grant, guess, same);
        let edit = self.own_edit(user, |own| own.settings.get(&setting).copied());
        let own_side = side_with(edit, applied);
        let own = line(own_side, self.user_grants_of(user, own_side));
        let own = own.map(|(value, _)| Given { value, by: Giver::Own, is_final: false });
        group_logic::setting(of_groups, own).or_else(|| {
            let value = (entry, &entry.default);
            Some(Given { value, by: Giver::Default, is_final: false })
        })
    }

    /// The session policy of a slot of an account of both sides, by number: `Some(None)` is `none`.
    pub fn session_policy(
        &self,
        user: u32,
        slot: usize,
        applied: &[EditId],
    ) -> Option<Given<Option<u32>>> {
        let of_groups = self.policy_of_groups(self.groups_of(user), slot, applied);
        let side = side_with(self.own_edit(user, |own| own.policy[slot]), applied);
        let line = self.user_grants_of(user, side).and_then(|grants| grants.session_policy[slot]);
        let own = self.assigned(side, line);
        let own = own.map(|value| Given { value, by: Giver::Own, is_final: false });
        group_logic::setting(of_groups, own).map(|found| {
            let Given { value, by, is_final } = found;
            Given { value: value.policy, by, is_final }
        })
    }

    /// A membership of an account of both sides, and the side that its role is of.
    pub fn granted_membership(
        &self,
        aligned: &Aligned,
        user: u32,
        key: (MembershipKind, u32),
        applied: &[EditId],
    ) -> Option<Given<(Side, Membership)>> {
        let line = |side: Side, grants: Option<&Grants>| {
            let is_it =
                |found: &&Membership| aligned.member_object(side, &self.new, found.key) == key;
            Some((side, *grants?.memberships.iter().find(is_it)?))
        };
        let edit = self.own_edit(user, |own| own.memberships.get(&key).copied());
        let side = side_with(edit, applied);
        let own = line(side, self.user_grants_of(user, side));
        let own = own.map(|value| Given { value, by: Giver::Own, is_final: false });
        let grant = |facts: &GroupFacts| {
            let side = side_with(facts.grants.memberships.get(&key).copied(), applied);
            let grants = facts.group(self.ir(side), side).map(|group| &*group.grants);
            let found = line(side, grants)?;
            Some((found, LineKind { is_final: found.1.is_final, is_unknown: false }))
        };
        let guess = |side: Side| {
            let span = self.ir(side).tables.guessed_order?.span;
            let count = self.new.members(key.0).len() as u32;
            let key = MembershipKey::new(key.0, key.1.checked_sub(count).unwrap_or(key.1));
            let role = MemberRole::Unknown;
            Some((side, Membership { key, role, is_final: false, until: None, span }))
        };
        let same = |a: &(Side, Membership), b: &(Side, Membership)| aligned.same_roles(*a, *b);
        let of_groups = self.decided_by_groups(self.groups_of(user), applied, grant, guess, same);
        group_logic::membership(of_groups, own)
    }

    /// Who says that a user may have memberships that nobody has read.
    pub fn unread_memberships(&self, user: u32, applied: &[EditId]) -> Option<Giver> {
        let side = side_with(self.own_edit(user, |own| own.unread), applied);
        let own = self.user_grants_of(user, side).and_then(|own| own.memberships_unknown);
        if own.is_some() {
            return Some(Giver::Own);
        }
        let grant = |facts: &GroupFacts| {
            let side = side_with(facts.grants.unread, applied);
            let group = facts.group(self.ir(side), side)?;
            group.grants.memberships_unknown?;
            // The first one counts.
            Some(((), LineKind { is_final: true, is_unknown: false }))
        };
        let first =
            self.decided_by_groups(self.groups_of(user), applied, grant, |_| None, |(), ()| true);
        first.map(|found| found.by)
    }

    /// The groups that a user is or was a member of, and how; empty if no edit touches any of that.
    pub fn groups_of(&self, user: u32) -> &[(u32, Vec<MembershipPath>)] {
        self.membership_paths.get(&user).map_or(&[], Vec::as_slice)
    }

    fn own_edit(&self, user: u32, edit: impl Fn(&GrantEdits) -> Option<EditId>) -> Option<EditId> {
        self.own.get(&user).and_then(edit)
    }

    fn user_grants_of(&self, user: u32, side: Side) -> Option<&Grants> {
        let at = self.users.pairs[user as usize].get(side)?;
        Some(&self.ir(side).tables.users[at as usize].grants)
    }
}

/// The edits among some facts.
pub fn edits_of<T>(facts: &[Versioned<T>]) -> impl Iterator<Item = EditId> + '_ {
    facts.iter().filter_map(|fact| fact.edit)
}
