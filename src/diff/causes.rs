//! Why a cell changed: the edits that made it.
//!
//! The cause of a cell is a smallest set of edits which, applied to OLD alone, give the cell the
//! value that it has in NEW: each of them is needed, so all are named. Among sets of the same size
//! those come first that also give the cell the decider that it has in NEW; then those of the
//! earlier edits (kinds in the order of [`Kind`](super::edits::Kind), then in the order of NEW's
//! tables). Where NEW without these edits would still not be as OLD was, a smallest set of others
//! that must go too is named beside them: each would have been enough.
//!
//! Only edits that a cell can depend on are tried. Where they are so many that not all sets of a
//! size can be, edits are dropped one by one from all of them, as long as the value stays, and what
//! is left is made smallest in itself.

use super::accounts::{self, What};
use super::counterfactual::edits_of;
use super::edits::{EditId, Edits, EndpointFacts, INVITES, SubjectFacts, USERS};
use super::sessions::{self, Joint};
use super::{Diff, align::Aligned};
use crate::ir::UserId;
use crate::matrix::{Matrix, SubjectRef};
use rustc_hash::FxHashMap;

/// The edits that made a change, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    pub edits: Vec<EditId>,
    /// Edits that would have been enough without those.
    pub also: Vec<EditId>,
}

/// The most sets of one size that are tried.
const MAX_SETS: u64 = 5_000;
/// A set of this size is searched whole for a smaller one inside of it.
const MAX_EXHAUSTIVE: usize = 12;

/// How well a set of edits explains a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// The same value.
    Value,
    /// And the same decider.
    Decider,
}

/// A smallest of the accepted sets of some edits (in order of preference); see the module.
fn smallest(edits: &[EditId], accept: &impl Fn(&[EditId]) -> Fit) -> Vec<EditId> {
    for size in 0..=edits.len() {
        if sets(edits.len(), size) > MAX_SETS && edits.len() > MAX_EXHAUSTIVE {
            break;
        }
        if let Some(found) = smallest_of_size(edits, size, accept) {
            return found;
        }
    }
    let mut left: Vec<EditId> = edits.to_vec();
    for edit in edits.iter().rev() {
        let without: Vec<EditId> = left.iter().copied().filter(|other| other != edit).collect();
        if accept(&ascending(&without)) != Fit::No {
            left = without;
        }
    }
    if left.len() < edits.len() && left.len() <= MAX_EXHAUSTIVE {
        smallest(&left, accept)
    } else {
        ascending(&left)
    }
}

fn smallest_of_size(
    edits: &[EditId],
    size: usize,
    accept: &impl Fn(&[EditId]) -> Fit,
) -> Option<Vec<EditId>> {
    let mut chosen: Vec<usize> = (0..size).collect();
    let mut found = None;
    loop {
        let set = ascending(&chosen.iter().map(|&at| edits[at]).collect::<Vec<_>>());
        match accept(&set) {
            Fit::Decider => return Some(set),
            Fit::Value if found.is_none() => found = Some(set),
            _ => {}
        }
        // The next choice in order: move the last one that can move.
        let Some(place) =
            (0..size).rev().find(|&place| chosen[place] + (size - place) < edits.len())
        else {
            return found;
        };
        chosen[place] += 1;
        for later in place + 1..size {
            chosen[later] = chosen[later - 1] + 1;
        }
    }
}

fn ascending(edits: &[EditId]) -> Vec<EditId> {
    let mut edits = edits.to_vec();
    edits.sort_unstable();
    edits
}

/// How many sets of a size there are.
fn sets(of: usize, size: usize) -> u64 {
    (0..size).fold(1u64, |sets, at| sets.saturating_mul((of - at) as u64) / (at as u64 + 1))
}

/// Finds the cause of a change that is there with all `relevant` edits and not without them.
fn explain(
    relevant: &[EditId],
    fit: impl Fn(&[EditId]) -> Fit,
    as_in_old: impl Fn(&[EditId]) -> bool,
) -> Cause {
    if let [only] = relevant {
        return Cause { edits: vec![*only], also: Vec::new() };
    }
    let edits = smallest(relevant, &fit);
    let others: Vec<EditId> =
        relevant.iter().copied().filter(|edit| !edits.contains(edit)).collect();
    let also = smallest(&others, &|dropped| {
        let applied: Vec<EditId> =
            others.iter().copied().filter(|edit| !dropped.contains(edit)).collect();
        if as_in_old(&ascending(&applied)) { Fit::Decider } else { Fit::No }
    });
    Cause { edits, also }
}

/// What the cells of a class of subjects can depend on.
struct Subject {
    facts: SubjectFacts,
    edits: Vec<EditId>,
    /// Edited policies that may be its.
    policies: Vec<u32>,
}

struct Endpoint {
    facts: EndpointFacts,
    edits: Vec<EditId>,
    policies: Vec<u32>,
}

/// Explains the cells of a diff, class by class.
pub struct Causes<'d> {
    diff: &'d Diff,
    subjects: FxHashMap<u32, Option<Subject>>,
    endpoints: FxHashMap<u32, Option<Endpoint>>,
    /// By permission: its number, and those of what it depends on.
    chains: Vec<Vec<u16>>,
}

impl<'d> Causes<'d> {
    pub fn new(diff: &'d Diff) -> Self {
        let edits = &diff.edits;
        let chains =
            (0..edits.permissions.sides.len() as u16).map(|number| chain(edits, number)).collect();
        Causes { diff, subjects: FxHashMap::default(), endpoints: FxHashMap::default(), chains }
    }

    /// The cause of a change in the sessions of a joint pair of classes.
    pub fn session(&mut self, subject: u32, endpoint: u32, change: &sessions::Change) -> Cause {
        let diff = self.diff;
        let edits = &diff.edits;
        if change.before.is_none() || change.after.is_none() {
            return self.one_sided(subject, endpoint, change.after.is_some());
        }
        let who = self.subjects.entry(subject).or_insert_with(|| subject_facts(diff, subject));
        let at = self.endpoints.entry(endpoint).or_insert_with(|| endpoint_facts(diff, endpoint));
        let (Some(who), Some(at)) = (who, at) else { return Cause::default() };
        let number = change.permission as u16;
        let mut relevant: Vec<EditId> =
            who.edits.iter().chain(&at.edits).copied().chain(edits.profile).collect();
        for policy in who.policies.iter().chain(&at.policies) {
            let lines = self.chains[number as usize].iter();
            relevant.extend(
                lines.filter_map(|permission| edits.definitions.get(&(*policy, *permission))),
            );
        }
        prefer(edits, &mut relevant);
        let cell = |applied: &[EditId]| edits.cell(&who.facts, &at.facts, number, applied);
        let all = ascending(&relevant);
        let (Some(before), Some(after)) = (cell(&[]), cell(&all)) else { return Cause::default() };
        explain(
            &relevant,
            |applied| match cell(applied) {
                Some(found) if found.same(&after) && found.by == after.by => Fit::Decider,
                Some(found) if found.same(&after) => Fit::Value,
                _ => Fit::No,
            },
            |applied| cell(applied).is_some_and(|found| found.same(&before)),
        )
    }

    /// Sessions that one side lacks: because of their subject, their endpoint, or both.
    fn one_sided(&self, subject: u32, endpoint: u32, new: bool) -> Cause {
        let (sessions, edits) = (&self.diff.sessions, &self.diff.edits);
        let of = |side: &[Option<EditId>; 4], other: &[Option<EditId>; 4], kind: usize| {
            if new { side[kind] } else { other[kind] }
        };
        let joint =
            |members: &[u32], items: &[Joint]| members.first().map(|&at| items[at as usize]);
        let subject =
            joint(&sessions.subject_classes[subject as usize].members, &sessions.subjects);
        let endpoint =
            joint(&sessions.endpoint_classes[endpoint as usize].members, &sessions.endpoints);
        let mut found: Vec<EditId> = Vec::new();
        if let Some(Joint { old, new: after, .. }) = subject
            && old.is_some() != after.is_some()
        {
            let reference = match (old, after) {
                (_, Some(at)) => self.diff.new.subjects[at as usize].0,
                (at, None) => self.diff.old.subjects[at.unwrap_or_default() as usize].0,
            };
            let kind = if matches!(reference, SubjectRef::User(_)) { USERS } else { INVITES };
            found.extend(of(&edits.added, &edits.removed, kind));
        }
        match endpoint {
            Some(Joint { old: None, new: Some(at), .. }) => {
                found.extend(edits.why_endpoint(true, &self.diff.new.endpoints[at as usize].0));
            }
            Some(Joint { old: Some(at), new: None, .. }) => {
                found.extend(edits.why_endpoint(false, &self.diff.old.endpoints[at as usize].0));
            }
            _ => {}
        }
        found.sort_unstable();
        found.dedup();
        Cause { edits: found, also: Vec::new() }
    }

    /// The cause of a change of an account; its user is given by number.
    pub fn account(&self, user: u32, change: &accounts::Change) -> Cause {
        let edits = &self.diff.edits;
        match edits.users.pairs[user as usize] {
            (None, _) => {
                return Cause { edits: edits.added[USERS].into_iter().collect(), also: Vec::new() };
            }
            (_, None) => {
                return Cause {
                    edits: edits.removed[USERS].into_iter().collect(),
                    also: Vec::new(),
                };
            }
            _ => {}
        }
        let mut relevant: Vec<EditId> = edits.profile.into_iter().collect();
        for (group, ways) in edits.groups_of(user) {
            let facts = &edits.groups[*group as usize];
            relevant
                .extend(ways.iter().flat_map(|way| [way.entry.edit, way.inside.edit]).flatten());
            relevant.extend(facts.moved);
            relevant.extend(grant_of(&facts.grants, change.what));
        }
        relevant.extend(edits.own.get(&user).and_then(|own| grant_of(own, change.what)));
        prefer(edits, &mut relevant);
        let all = ascending(&relevant);
        let aligned = &self.diff.aligned;
        match change.what {
            What::Setting(setting) => {
                let found = |applied: &[EditId]| edits.setting(user, setting, applied);
                let same =
                    |applied: &[EditId], as_in: &[EditId]| match (found(applied), found(as_in)) {
                        (Some(a), Some(b)) => {
                            super::edits::same_value((&a.0.ty, a.1), (&b.0.ty, b.1))
                        }
                        _ => false,
                    };
                explain(&relevant, |applied| fit(same(applied, &all)), |applied| same(applied, &[]))
            }
            What::SessionPolicy(slot) => {
                if let Some(renamed) = self.renamed(user, slot) {
                    return Cause { edits: vec![renamed], also: Vec::new() };
                }
                let found = |applied: &[EditId]| edits.session_policy(user, slot, applied);
                let (before, after) = (found(&[]), found(&all));
                explain(
                    &relevant,
                    |applied| fit(found(applied) == after),
                    |applied| found(applied) == before,
                )
            }
            What::Membership(kind, number) => {
                let found = |applied: &[EditId]| {
                    let key = |new: bool, membership: &crate::ir::Membership| {
                        aligned.member_object(new, &edits.new, membership.key)
                    };
                    edits.granted_membership(user, (kind, number), key, applied)
                };
                let (before, after) = (found(&[]), found(&all));
                explain(
                    &relevant,
                    |applied| fit(same_membership(aligned, found(applied), after)),
                    |applied| same_membership(aligned, found(applied), before),
                )
            }
        }
    }
}

impl Causes<'_> {
    /// The edit that renamed the session policy of an account of both sides, if that is all that
    /// changed.
    fn renamed(&self, user: u32, slot: usize) -> Option<EditId> {
        let edits = &self.diff.edits;
        let (old, new) = edits.users.pairs[user as usize];
        let chosen = |is_new: bool, matrix: &Matrix, at: Option<u32>| {
            let slot = slot.min(matrix.ir.profile.slots() - 1);
            edits
                .assigned(is_new, matrix.accounts.session_policy(UserId(at?), slot).assignment)?
                .policy
        };
        let policy = chosen(true, &self.diff.new, new)?;
        let same = chosen(false, &self.diff.old, old) == Some(policy);
        edits.renamed_policies.get(&policy).copied().filter(|_| same)
    }
}

fn fit(same: bool) -> Fit {
    if same { Fit::Decider } else { Fit::No }
}

/// A membership and the side that it is of.
type Sided = Option<(bool, crate::ir::Membership)>;

fn same_membership(aligned: &Aligned, a: Sided, b: Sided) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some((false, old)), Some((true, new))) | (Some((true, new)), Some((false, old))) => {
            aligned.same_member_role(old.role, new.role)
        }
        (Some((_, a)), Some((_, b))) => a.role == b.role,
        _ => false,
    }
}

fn grant_of(grants: &super::edits::GrantEdits, what: What) -> Option<EditId> {
    match what {
        What::SessionPolicy(slot) => grants.policy[slot],
        What::Setting(setting) => grants.settings.get(&setting).copied(),
        What::Membership(kind, number) => grants.memberships.get(&(kind, number)).copied(),
    }
}

/// Puts edits in the order in which they are preferred, each once.
fn prefer(edits: &Edits, relevant: &mut Vec<EditId>) {
    relevant.sort_unstable_by_key(|&id| (edits.get(id).kind, id));
    relevant.dedup();
}

/// The numbers of a permission and of all that it depends on, in either profile.
fn chain(edits: &Edits, number: u16) -> Vec<u16> {
    let mut found = vec![number];
    let mut at = 0;
    while let Some(&number) = found.get(at) {
        let (old, new) = edits.permissions.sides[number as usize];
        for (is_new, side) in [(false, old), (true, new)] {
            let requires = side.and_then(|side| {
                edits.ir(is_new).profile.permissions[side as usize].requires.as_ref()
            });
            if let Some(requirement) = requires {
                let parent = edits.permissions.number(is_new, requirement.entry as u16);
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
        }
        at += 1;
    }
    found
}

fn subject_facts(diff: &Diff, class: u32) -> Option<Subject> {
    let edits = &diff.edits;
    let first = *diff.sessions.subject_classes[class as usize].members.first()?;
    let (subject, _) = diff.new.subjects[diff.sessions.subjects[first as usize].new? as usize];
    let facts = match subject {
        SubjectRef::Invite(id) => SubjectFacts::Invite(edits.invite_policies[id.index()]),
        SubjectRef::User(id) => edits.user_facts(id.0, |slot| {
            let slot = slot.min(diff.new.ir.profile.slots() - 1);
            let (group, own) = diff.new.accounts.account(id).contributions(slot);
            let assigned = |found: Option<crate::ir::Assignment>| edits.assigned(true, found);
            (assigned(group), assigned(own))
        }),
    };
    let mut policies = Vec::new();
    let mut relevant = Vec::new();
    let mut takes = |found: Option<super::edits::Assigned>| {
        policies.extend(found.and_then(|found| found.policy))
    };
    match &facts {
        SubjectFacts::Invite(fact) => {
            relevant.extend(fact.edit);
            [fact.old, fact.new].into_iter().for_each(takes);
        }
        SubjectFacts::Settled(slots) => {
            slots.iter().flat_map(|&(group, own)| [group, own]).for_each(takes)
        }
        SubjectFacts::User { groups, own } => {
            for (group, ways) in groups {
                let group = &edits.groups[*group as usize];
                relevant.extend(
                    ways.iter().flat_map(|way| [way.entry.edit, way.inside.edit]).flatten(),
                );
                relevant.extend(group.moved);
                relevant.extend(edits_of(&group.policy));
                group.policy.iter().flat_map(|fact| [fact.old, fact.new]).for_each(&mut takes);
            }
            relevant.extend(edits_of(own));
            own.iter().flat_map(|fact| [fact.old, fact.new]).for_each(takes);
        }
    }
    Some(Subject { facts, edits: relevant, policies: edited(edits, policies) })
}

fn endpoint_facts(diff: &Diff, class: u32) -> Option<Endpoint> {
    let edits = &diff.edits;
    let first = *diff.sessions.endpoint_classes[class as usize].members.first()?;
    let joint = diff.sessions.endpoints[first as usize];
    let (old, new) =
        (diff.old.endpoints[joint.old? as usize].0, diff.new.endpoints[joint.new? as usize].0);
    let facts = edits.endpoint_facts(&old, &new);
    let portals =
        [facts.portal.old, facts.portal.new, edits.default_portal.old, edits.default_portal.new];
    let portals = portals.iter().flatten().map(|&portal| edits.portal_policies[portal as usize]);
    let facts_of: Vec<_> = portals.chain([facts.item]).collect();
    let relevant: Vec<EditId> =
        edits_of(&facts_of).chain(facts.portal.edit).chain(edits.default_portal.edit).collect();
    let mut policies: Vec<u32> = facts_of
        .iter()
        .flat_map(|fact| [fact.old, fact.new])
        .flatten()
        .filter_map(|found| found.policy)
        .collect();
    policies.extend(edits.global_default());
    Some(Endpoint { facts, edits: relevant, policies: edited(edits, policies) })
}

fn edited(edits: &Edits, mut policies: Vec<u32>) -> Vec<u32> {
    policies.sort_unstable();
    policies.dedup();
    policies.retain(|&policy| edits.edited_policies[policy as usize]);
    policies
}
