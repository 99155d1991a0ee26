//! What a cell would be with some of the edits alone.
//!
//! [`super::edits`] holds every fact that a session or account is resolved from, as it is in OLD
//! and in NEW. Here one cell is resolved from these facts, for any set of applied edits: none of
//! them is OLD, all of them is NEW. The tests hold both ends against the resolver itself.

use super::edits::{
    Assigned, EditId, Edits, EndpointFacts, GroupFacts, MembershipPath, SubjectFacts, Versioned,
    is_applied, same_value,
};
use crate::ir::{Definition, Grants, Membership, MembershipKind, PolicyId};
use crate::profile::{Entry, LayerKind, Profile, Value};

/// Who decided a cell: a layer and its policy by number; the profile's default; or the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Policy(LayerKind, u32),
    BuiltIn,
    Method,
}

/// A resolved cell.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// `None` is `n/a`; else the entry that gives the value its type.
    pub value: Option<(&'a Entry, &'a Value)>,
    pub by: By,
}

impl Found<'_> {
    /// Whether a reader would see the same value.
    pub fn same(&self, other: &Found<'_>) -> bool {
        match (self.value, other.value) {
            (None, None) => true,
            (Some((x, a)), Some((y, b))) => same_value((&x.ty, a), (&y.ty, b)),
            _ => false,
        }
    }
}

/// The policies that the layers contribute to one session.
struct Asked {
    layers: [Option<u32>; crate::matrix::session::MAX_LAYERS],
}

impl Edits {
    /// The side whose profile holds, with some edits applied.
    fn side(&self, applied: &[EditId]) -> bool {
        is_applied(self.profile, applied)
    }

    /// A permission of a session of both sides, by the permission's number. It must be one of the
    /// side's profile.
    pub fn cell(
        &self,
        subject: &SubjectFacts,
        endpoint: &EndpointFacts,
        permission: u16,
        applied: &[EditId],
    ) -> Option<Found<'_>> {
        let new = self.side(applied);
        let profile = &self.ir(new).profile;
        let method = if new { endpoint.method.1 } else { endpoint.method.0 };
        let asked = self.asked(profile, method, subject, endpoint, applied);
        let (old_at, new_at) = self.permissions.sides[permission as usize];
        let at = if new { new_at } else { old_at }?;
        Some(self.permission(new, method, &asked, at, applied))
    }

    fn permission(
        &self,
        new: bool,
        method: usize,
        asked: &Asked,
        at: u16,
        applied: &[EditId],
    ) -> Found<'_> {
        let profile = &self.ir(new).profile;
        let entry = &profile.permissions[at as usize];
        let (value, by) = self.decided(new, method, asked, at, applied);
        let applies = !entry.not_for.contains(&method)
            && entry.requires.as_ref().is_none_or(|requirement| {
                let parent = self.permission(new, method, asked, requirement.entry as u16, applied);
                parent.value.is_some_and(|(entry, value)| {
                    let word = entry.ty.first_word(value);
                    requirement.words.iter().any(|known| known == word)
                })
            });
        Found { value: Some(value).filter(|_| applies), by }
    }

    /// The value before it is asked whether the permission applies.
    fn decided(
        &self,
        new: bool,
        method: usize,
        asked: &Asked,
        at: u16,
        applied: &[EditId],
    ) -> ((&Entry, &Value), By) {
        let profile = &self.ir(new).profile;
        let entry = &profile.permissions[at as usize];
        if let Some((_, value)) = entry.fixed.iter().find(|(fixed, _)| *fixed == method) {
            return ((entry, value), By::Method);
        }
        let number = self.permissions.number(new, at);
        for (layer, policy) in profile.layers.iter().zip(asked.layers) {
            if let Some(policy) = policy
                && let Some(found) = self.line(policy, number, applied)
            {
                return (found, By::Policy(layer.kind, policy));
            }
        }
        ((entry, &entry.default), By::BuiltIn)
    }

    /// What a policy says of a permission.
    fn line(&self, policy: u32, permission: u16, applied: &[EditId]) -> Option<(&Entry, &Value)> {
        let (old, new) = self.policies.pairs[policy as usize];
        let edit = self.definitions.get(&(policy, permission)).copied();
        let (old_at, new_at) = self.permissions.sides[permission as usize];
        let (ir, policy, at) = if is_applied(edit, applied) {
            (&self.new, new, new_at)
        } else {
            (&self.old, old, old_at)
        };
        let found: &Definition = ir.policy(PolicyId(policy?)).definition(at? as usize)?;
        Some((&ir.profile.permissions[found.entry as usize], ir.value(found.value)))
    }

    fn asked(
        &self,
        profile: &Profile,
        method: usize,
        subject: &SubjectFacts,
        endpoint: &EndpointFacts,
        applied: &[EditId],
    ) -> Asked {
        let policy = |found: Option<Assigned>| found.and_then(|found| found.policy);
        let slot = profile.slot_of(method);
        let (mut invite, mut group, mut own) = (None, None, None);
        match subject {
            SubjectFacts::Invite(fact) => invite = policy(fact.get(applied)),
            SubjectFacts::Settled(slots) => (group, own) = slots[slot],
            SubjectFacts::User { groups, own: lines } => {
                group = self.chosen(groups, applied, |facts| {
                    let found = facts.policy[slot].get(applied)?;
                    Some((found, found.is_final))
                });
                own = lines[slot].get(applied);
            }
        }
        let portal = endpoint.portal.get(applied).or_else(|| self.default_portal.get(applied));
        let layer = |kind: LayerKind| match kind {
            LayerKind::Invite => invite,
            LayerKind::JumpItem => policy(endpoint.item.get(applied)),
            LayerKind::Portal => {
                policy(portal.and_then(|at| self.portal_policies[at as usize].get(applied)))
            }
            LayerKind::GroupPolicy => policy(group),
            LayerKind::User => policy(own),
            LayerKind::Representative => match subject {
                SubjectFacts::Invite(_) if profile.has_layer(LayerKind::Invite) => None,
                SubjectFacts::Invite(_) => invite,
                _ => policy(group.or(own)),
            },
            LayerKind::GlobalDefault => self.global_default(),
        };
        let mut layers = [None; crate::matrix::session::MAX_LAYERS];
        for (found, kind) in layers.iter_mut().zip(&profile.layers) {
            *found = layer(kind.kind);
        }
        Asked { layers }
    }

    /// The number of the global default: its lines say on which side it is there.
    pub fn global_default(&self) -> Option<u32> {
        let old = || self.old.tables.global_default.map(|id| self.policies.number(false, id.0));
        self.new.tables.global_default.map(|id| id.0).or_else(old)
    }

    /// The group logic: the first final one of a user's groups decides, else the last that grants.
    fn chosen<T: Copy>(
        &self,
        groups: &[(u32, Vec<MembershipPath>)],
        applied: &[EditId],
        grant: impl Fn(&GroupFacts) -> Option<(T, bool)>,
    ) -> Option<T> {
        let is_in = |ways: &[MembershipPath]| {
            ways.iter().any(|way| way.entry.get(applied) && way.inside.get(applied))
        };
        let mut asked: Vec<(super::edits::Rank, &GroupFacts)> = Vec::with_capacity(groups.len());
        for (number, ways) in groups {
            let facts = &self.groups[*number as usize];
            if is_in(ways) {
                asked.push((facts.rank(applied), facts));
            }
        }
        // Who is in an embassy is in nothing else; between two revisions it may be in both.
        if let Some((_, embassy)) = asked.iter().find(|(_, facts)| facts.is_embassy) {
            return grant(embassy).map(|(found, _)| found);
        }
        asked.sort_by_key(|(rank, _)| *rank);
        let mut found = None;
        for (_, facts) in asked {
            if let Some((value, is_final)) = grant(facts) {
                found = Some(value);
                if is_final {
                    break;
                }
            }
        }
        found
    }

    /// A setting of an account of both sides, by the setting's number.
    pub fn setting(&self, user: u32, setting: u16, applied: &[EditId]) -> Option<(&Entry, &Value)> {
        let new = self.side(applied);
        let (old_at, new_at) = self.settings.sides[setting as usize];
        let at = if new { new_at } else { old_at }?;
        let line = |is_new: bool, grants: Option<&Grants>| {
            let number = if is_new { new_at } else { old_at }?;
            let lines = &grants?.settings;
            let found =
                lines.binary_search_by_key(&number, |line| line.entry).ok().map(|at| lines[at])?;
            let ir = self.ir(is_new);
            Some(((&ir.profile.settings[number as usize], ir.value(found.value)), found.is_final))
        };
        let found = self.chosen(self.groups_of(user), applied, |facts| {
            let is_new = is_applied(facts.grants.settings.get(&setting).copied(), applied);
            let side = facts.group(self.ir(is_new), is_new);
            line(is_new, side.map(|group| &group.grants))
        });
        found
            .or_else(|| {
                let is_new = is_applied(
                    self.own_edit(user, |own| own.settings.get(&setting).copied()),
                    applied,
                );
                line(is_new, self.user_grants_of(user, is_new)).map(|(found, _)| found)
            })
            .or_else(|| {
                let entry = &self.ir(new).profile.settings[at as usize];
                Some((entry, &entry.default))
            })
    }

    /// A session policy setting of an account of both sides.
    pub fn session_policy(
        &self,
        user: u32,
        slot: usize,
        applied: &[EditId],
    ) -> Option<Option<u32>> {
        let found = self.chosen(self.groups_of(user), applied, |facts| {
            let found = facts.policy[slot].get(applied)?;
            Some((found.policy, found.is_final))
        });
        found.or_else(|| {
            let edit = self.own_edit(user, |own| own.policy[slot]);
            let is_new = is_applied(edit, applied);
            let line = self.user_grants_of(user, is_new)?.session_policy[slot]?;
            Some(line.policy.map(|policy| self.policies.number(is_new, policy.0)))
        })
    }

    /// A membership of an account of both sides, and the side that its role is of.
    pub fn granted_membership(
        &self,
        user: u32,
        key: (MembershipKind, u32),
        number: impl Fn(bool, &Membership) -> (MembershipKind, u32),
        applied: &[EditId],
    ) -> Option<(bool, Membership)> {
        let line = |is_new: bool, grants: Option<&Grants>| {
            let found = grants?.memberships.iter().find(|found| number(is_new, found) == key)?;
            Some((is_new, *found))
        };
        let is_new =
            is_applied(self.own_edit(user, |own| own.memberships.get(&key).copied()), applied);
        line(is_new, self.user_grants_of(user, is_new)).or_else(|| {
            self.chosen(self.groups_of(user), applied, |facts| {
                let is_new = is_applied(facts.grants.memberships.get(&key).copied(), applied);
                let side = facts.group(self.ir(is_new), is_new);
                let found = line(is_new, side.map(|group| &group.grants))?;
                Some((found, found.1.is_final))
            })
        })
    }

    pub fn groups_of(&self, user: u32) -> &[(u32, Vec<MembershipPath>)] {
        self.ways.get(&user).map_or(&[], Vec::as_slice)
    }

    fn own_edit(
        &self,
        user: u32,
        edit: impl Fn(&super::edits::GrantEdits) -> Option<EditId>,
    ) -> Option<EditId> {
        self.own.get(&user).and_then(edit)
    }

    fn user_grants_of(&self, user: u32, new: bool) -> Option<&Grants> {
        let (old_at, new_at) = self.users.pairs[user as usize];
        let at = if new { new_at } else { old_at }?;
        Some(&self.ir(new).tables.users[at as usize].grants)
    }
}

/// The edits among some facts.
pub fn edits_of<T>(facts: &[Versioned<T>]) -> impl Iterator<Item = EditId> + '_ {
    facts.iter().filter_map(|fact| fact.edit)
}
