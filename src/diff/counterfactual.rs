//! What a cell would be with only some of the edits.
//!
//! [`super::edits`] holds every fact that a session or account is resolved from, as it is in OLD
//! and in NEW. Here one cell is resolved from these facts with any set of edits applied: none of
//! them is OLD, all of them is NEW. What the facts mean is [`crate::semantics`], as for the
//! matrices; the tests check that both ends agree with those.

use super::Side;
use super::edits::{
    Assigned, EditId, Edits, EndpointFacts, GrantEdits, GroupFacts, MembershipPath, Rank,
    SubjectFacts, Versioned, same_value, side_with,
};
use crate::ir::{Definition, Grants, Membership, MembershipKind, PolicyId};
use crate::matrix::session::MAX_LAYERS;
use crate::profile::{Entry, LayerKind, Profile, Value};
use crate::semantics::layers::{Contributions, portal};
use crate::semantics::{group_logic, policy_lines};

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

/// A cell with some edits applied.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedCell<'a> {
    /// `None` is `n/a`; else the value, with the entry that gives it its type.
    pub value: Option<(&'a Entry, &'a Value)>,
    /// Who decides it.
    pub by: DecidedBy,
}

impl ResolvedCell<'_> {
    /// Whether a reader would see the same value.
    pub fn same(&self, other: &ResolvedCell<'_>) -> bool {
        match (self.value, other.value) {
            (None, None) => true,
            (Some((x, a)), Some((y, b))) => same_value((&x.ty, a), (&y.ty, b)),
            _ => false,
        }
    }
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
        ResolvedCell { value: Some(value).filter(|_| applies), by }
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
        subject: &SubjectFacts,
        endpoint: &EndpointFacts,
        permission: u16,
        applied: &[EditId],
    ) -> Option<ResolvedCell<'_>> {
        let side = self.profile_side(applied);
        let profile = &self.ir(side).profile;
        let method = endpoint.method[side];
        let found = self.contributions(profile.slot_of(method), subject, endpoint, applied);
        let mut layers = [None; MAX_LAYERS];
        for (policy, layer) in layers.iter_mut().zip(&profile.layers) {
            *policy = found.of_layer(profile, layer.kind).and_then(|found| found.policy);
        }
        let session = Session { edits: self, applied, side, method, layers };
        Some(session.permission(self.permissions.on(side, permission)?))
    }

    /// The line of a policy for a permission, both by number.
    fn line(&self, policy: u32, permission: u16, applied: &[EditId]) -> Option<(&Entry, &Value)> {
        let edit = self.definitions.get(&(policy, permission)).copied();
        let side = side_with(edit, applied);
        let policy = self.policies.pairs[policy as usize].get(side)?;
        let at = self.permissions.on(side, permission)?;
        let ir = self.ir(side);
        let found: &Definition = ir.policy(PolicyId(policy)).definition(at as usize)?;
        Some((&ir.profile.permissions[found.entry as usize], ir.value(found.value)))
    }

    fn contributions(
        &self,
        slot: usize,
        subject: &SubjectFacts,
        endpoint: &EndpointFacts,
        applied: &[EditId],
    ) -> Contributions<Assigned> {
        let own_portal = endpoint.portal.get(applied);
        let portal = portal(own_portal, self.default_portal.get(applied));
        let global_default = self.global_default();
        let mut found = Contributions {
            jump_item: endpoint.item.get(applied),
            portal: portal.and_then(|at| self.portal_policies[at as usize].get(applied)),
            global_default: global_default
                .map(|policy| Assigned { policy: Some(policy), is_final: false }),
            ..Contributions::default()
        };
        match subject {
            SubjectFacts::Invite(fact) => found.invite = fact.get(applied),
            SubjectFacts::Settled(slots) => (found.group_policies, found.user) = slots[slot],
            SubjectFacts::User { groups, own } => {
                found.group_policies = self.decided_by_groups(groups, applied, |facts| {
                    let found = facts.policy[slot].get(applied)?;
                    Some((found, found.is_final))
                });
                found.user = own[slot].get(applied);
            }
        }
        found
    }

    /// The number of the global default: its lines say on which side it is there.
    pub fn global_default(&self) -> Option<u32> {
        let number = |side: Side| {
            let id = self.ir(side).tables.global_default?;
            Some(self.policies.number(side, id.0))
        };
        number(Side::New).or_else(|| number(Side::Old))
    }

    /// What decides among the grants of a user's groups, each with whether it is final.
    fn decided_by_groups<T: Copy>(
        &self,
        groups: &[(u32, Vec<MembershipPath>)],
        applied: &[EditId],
        grant: impl Fn(&GroupFacts) -> Option<(T, bool)>,
    ) -> Option<T> {
        let is_in = |paths: &[MembershipPath]| {
            paths.iter().any(|path| path.entry.get(applied) && path.inside.get(applied))
        };
        let mut asked: Vec<(Rank, &GroupFacts)> = Vec::with_capacity(groups.len());
        for (number, paths) in groups {
            let facts = &self.groups[*number as usize];
            if is_in(paths) {
                asked.push((facts.rank(applied), facts));
            }
        }
        // A member of an embassy is in no other group; between two revisions it may be in both.
        if let Some((_, embassy)) = asked.iter().find(|(_, facts)| facts.is_embassy) {
            return group_logic::decides(grant(embassy));
        }
        asked.sort_by_key(|(rank, _)| *rank);
        group_logic::decides(asked.into_iter().filter_map(|(_, facts)| grant(facts)))
    }

    /// A setting of an account of both sides, by the setting's number; `None` if the profile does
    /// not have it. Its value is `None` for `n/a`.
    pub fn setting(
        &self,
        user: u32,
        setting: u16,
        applied: &[EditId],
    ) -> Option<(&Entry, Option<&Value>)> {
        let side = self.profile_side(applied);
        let at = self.settings.on(side, setting)?;
        let requirement = self.ir(side).profile.settings[at as usize].requires.as_ref();
        let applies = requirement.is_none_or(|requirement| {
            let number = self.settings.number(side, requirement.entry as u16);
            let required = self.setting(user, number, applied);
            required.is_some_and(|(entry, value)| {
                value.is_some_and(|value| {
                    policy_lines::is_met_by(requirement, entry.ty.first_word(value))
                })
            })
        });
        let (entry, value) = self.decided_setting(user, setting, applied)?;
        Some((entry, Some(value).filter(|_| applies)))
    }

    /// A setting, whether or not what it requires is there.
    fn decided_setting(
        &self,
        user: u32,
        setting: u16,
        applied: &[EditId],
    ) -> Option<(&Entry, &Value)> {
        let side = self.profile_side(applied);
        let at = self.settings.on(side, setting)?;
        let line = |side: Side, grants: Option<&Grants>| {
            let at = self.settings.on(side, setting)?;
            let lines = &grants?.settings;
            let found = lines[lines.binary_search_by_key(&at, |line| line.entry).ok()?];
            let ir = self.ir(side);
            Some(((&ir.profile.settings[at as usize], ir.value(found.value)), found.is_final))
        };
        let of_groups = self.decided_by_groups(self.groups_of(user), applied, |facts| {
            let side = side_with(facts.grants.settings.get(&setting).copied(), applied);
            line(side, facts.group(self.ir(side), side).map(|group| &group.grants))
        });
        let edit = self.own_edit(user, |own| own.settings.get(&setting).copied());
        let own_side = side_with(edit, applied);
        let own = line(own_side, self.user_grants_of(user, own_side)).map(|(found, _)| found);
        group_logic::setting(of_groups, own).or_else(|| {
            let entry = &self.ir(side).profile.settings[at as usize];
            Some((entry, &entry.default))
        })
    }

    /// The session policy of a slot of an account of both sides, by number: `Some(None)` is `none`.
    pub fn session_policy(
        &self,
        user: u32,
        slot: usize,
        applied: &[EditId],
    ) -> Option<Option<u32>> {
        let of_groups = self.decided_by_groups(self.groups_of(user), applied, |facts| {
            let found = facts.policy[slot].get(applied)?;
            Some((found, found.is_final))
        });
        let side = side_with(self.own_edit(user, |own| own.policy[slot]), applied);
        let line = self.user_grants_of(user, side).and_then(|grants| grants.session_policy[slot]);
        let own = self.assigned(side, line);
        group_logic::setting(of_groups, own).map(|found| found.policy)
    }

    /// A membership of an account of both sides, and the side that its role is of.
    pub fn granted_membership(
        &self,
        user: u32,
        key: (MembershipKind, u32),
        number: impl Fn(Side, &Membership) -> (MembershipKind, u32),
        applied: &[EditId],
    ) -> Option<(Side, Membership)> {
        let line = |side: Side, grants: Option<&Grants>| {
            let found = grants?.memberships.iter().find(|found| number(side, found) == key)?;
            Some((side, *found))
        };
        let edit = self.own_edit(user, |own| own.memberships.get(&key).copied());
        let side = side_with(edit, applied);
        let own = line(side, self.user_grants_of(user, side));
        let of_groups = self.decided_by_groups(self.groups_of(user), applied, |facts| {
            let side = side_with(facts.grants.memberships.get(&key).copied(), applied);
            let grants = facts.group(self.ir(side), side).map(|group| &group.grants);
            let found = line(side, grants)?;
            Some((found, found.1.is_final))
        });
        group_logic::membership(of_groups, own)
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
