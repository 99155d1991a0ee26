//! Why a cell changed: the edits that made it.
//!
//! The cause of a cell is a smallest set of edits which, applied to OLD alone, give the cell the
//! value that it has in NEW: each of them is needed, so all are named. Among sets of the same size
//! those come first that also give the cell the decider that it has in NEW; then those of more
//! specific edits (by [`EditKind::rank`](super::edits::EditKind::rank), then in the order of NEW's
//! tables). Where NEW without these edits would still not be as OLD was, a smallest set of others
//! that must be taken back too is named beside them: the *alternative*, which would also suffice.
//!
//! Only edits that a cell can depend on are tried. Where they are so many that not all sets of a
//! size can be, edits are dropped one by one from all of them as long as the value stays, and the
//! smallest set within what is left is taken.

use super::accounts::{AccountCell, AccountChange};
use super::counterfactual::edits_of;
use super::counterfactual_start::StartFacts;
use super::edits::{
    EditId, Edits, EndpointFacts, Entries, GrantEdits, MembershipPath, SessionPart, SubjectFacts,
    same_value,
};
use super::sessions::CellChange;
use super::{Diff, Side, Sided, align::Aligned};
use crate::ir::{Membership, MembershipKind};
use crate::matrix::SubjectRef;
use crate::profile::Entry;
use rustc_hash::FxHashMap;

/// The edits that made a change, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// A smallest set of edits that makes the change.
    pub edits: Vec<EditId>,
    /// Edits that would also suffice, without those.
    pub alternative: Vec<EditId>,
}

impl Cause {
    fn of(edits: impl IntoIterator<Item = EditId>) -> Cause {
        Cause { edits: edits.into_iter().collect(), alternative: Vec::new() }
    }
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
        return Cause::of([*only]);
    }
    let edits = smallest(relevant, &fit);
    let others: Vec<EditId> =
        relevant.iter().copied().filter(|edit| !edits.contains(edit)).collect();
    let alternative = smallest(&others, &|dropped| {
        let applied: Vec<EditId> =
            others.iter().copied().filter(|edit| !dropped.contains(edit)).collect();
        if as_in_old(&ascending(&applied)) { Fit::Decider } else { Fit::No }
    });
    Cause { edits, alternative }
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
    /// Prepares to explain the cells of a diff.
    pub fn new(diff: &'d Diff) -> Self {
        let edits = &diff.edits;
        let chains =
            (0..edits.permissions.sides.len() as u16).map(|number| chain(edits, number)).collect();
        Causes { diff, subjects: FxHashMap::default(), endpoints: FxHashMap::default(), chains }
    }

    /// The cause of a change in the sessions of a joint pair of classes.
    pub fn session(&mut self, subject: u32, endpoint: u32, change: &CellChange) -> Cause {
        let diff = self.diff;
        let edits = &diff.edits;
        if let Some(side) = change.sides.only_side() {
            let exists = self.exists_on_both(subject, endpoint);
            return if exists {
                self.start(subject, endpoint)
            } else {
                self.one_sided(subject, endpoint, side)
            };
        }
        let who = self.subjects.entry(subject).or_insert_with(|| subject_facts(diff, subject));
        let at = self.endpoints.entry(endpoint).or_insert_with(|| endpoint_facts(diff, endpoint));
        let (Some(who), Some(at)) = (who, at) else { return Cause::default() };
        let Some(permission) = change.permission() else {
            return self.start(subject, endpoint);
        };
        let number = permission as u16;
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

    /// Whether both sides have the subject and the endpoint of a joint pair of classes.
    fn exists_on_both(&self, subject: u32, endpoint: u32) -> bool {
        let sessions = &self.diff.sessions;
        sessions.subject_classes[subject as usize].classes.is_both()
            && sessions.endpoint_classes[endpoint as usize].classes.is_both()
    }

    /// Why sessions that exist on both sides can be started on one of them alone, or otherwise than
    /// before.
    fn start(&mut self, subject: u32, endpoint: u32) -> Cause {
        let diff = self.diff;
        let at = self.endpoints.entry(endpoint).or_insert_with(|| endpoint_facts(diff, endpoint));
        let Some(at) = at else { return Cause::default() };
        let joint = diff.sessions.subject_classes[subject as usize].members.first();
        let Some(&joint) = joint else { return Cause::default() };
        let (_, who) = diff.subject(&diff.sessions.subjects[joint as usize]);
        match who {
            SubjectRef::User(_) => start_of_user(diff, diff.user_number(joint), &at.facts),
            SubjectRef::Invite(_) => start_of_invite(diff, &at.facts),
        }
    }

    /// Sessions that one side lacks: because of their subject, their endpoint, or both.
    fn one_sided(&self, subject: u32, endpoint: u32, side: Side) -> Cause {
        let (diff, sessions, edits) = (self.diff, &self.diff.sessions, &self.diff.edits);
        let subject = sessions.subject_classes[subject as usize].members.first();
        let endpoint = sessions.endpoint_classes[endpoint as usize].members.first();
        let mut found: Vec<EditId> = Vec::new();
        if let Some(&at) = subject
            && !sessions.subjects[at as usize].at.is_both()
        {
            let part = match diff.subject(&sessions.subjects[at as usize]).1 {
                SubjectRef::User(_) => SessionPart::User,
                SubjectRef::Invite(_) => SessionPart::Invite,
            };
            found.extend(edits.only_on.get(&(side, part)));
        }
        if let Some(&at) = endpoint
            && let Some(own) = sessions.endpoints[at as usize].at.only_side()
        {
            let (_, endpoint) = diff.endpoint(&sessions.endpoints[at as usize]);
            found.extend(edits.why_endpoint(own, &endpoint));
        }
        found.sort_unstable();
        found.dedup();
        Cause::of(found)
    }

    /// The edits that a cell of an account can depend on, in the order of preference.
    fn relevant_to_account(&self, user: u32, cell: AccountCell) -> Vec<EditId> {
        let edits = &self.diff.edits;
        let cells: Vec<AccountCell> = match cell {
            AccountCell::Setting(setting) => {
                chain_of_setting(edits, setting).into_iter().map(AccountCell::Setting).collect()
            }
            AccountCell::SettingAllows(setting) => {
                chain_of_setting(edits, setting).into_iter().map(AccountCell::Setting).collect()
            }
            AccountCell::GroupAllows(group) => {
                let membership = AccountCell::Membership(MembershipKind::JumpGroup, group);
                let default = self.diff.default_role_settings();
                default.into_iter().map(AccountCell::Setting).chain([membership]).collect()
            }
            other => vec![other],
        };
        let mut relevant: Vec<EditId> = edits.profile.into_iter().collect();
        if matches!(cell, AccountCell::SettingAllows(_) | AccountCell::GroupAllows(_)) {
            relevant.extend(edits.role_edits.values());
        }
        for (group, paths) in edits.groups_of(user) {
            let facts = &edits.groups[*group as usize];
            relevant.extend(edits_of_paths(paths));
            relevant.extend(facts.moved);
            relevant.extend(cells.iter().filter_map(|cell| grant_of(&facts.grants, *cell)));
        }
        let own = edits.own.get(&user);
        relevant.extend(
            own.into_iter().flat_map(|own| cells.iter().filter_map(|cell| grant_of(own, *cell))),
        );
        prefer(edits, &mut relevant);
        relevant
    }

    /// The cause of a change of an account; its user is given by number.
    pub fn account(&self, user: u32, change: &AccountChange) -> Cause {
        let edits = &self.diff.edits;
        if let Some(side) = edits.users.pairs[user as usize].only_side() {
            return Cause::of(edits.only_on.get(&(side, SessionPart::User)).copied());
        }
        let relevant = self.relevant_to_account(user, change.cell);
        let all = ascending(&relevant);
        let aligned = &self.diff.aligned;
        match change.cell {
            AccountCell::Setting(setting) => {
                let found = |applied: &[EditId]| edits.setting(user, setting, applied);
                let same =
                    |applied: &[EditId], as_in: &[EditId]| match (found(applied), found(as_in)) {
                        (Some((x, Some(a))), Some((y, Some(b)))) => {
                            same_value((&x.ty, a), (&y.ty, b))
                        }
                        (Some((_, a)), Some((_, b))) => a.is_none() && b.is_none(),
                        _ => false,
                    };
                explain(&relevant, |applied| fit(same(applied, &all)), |applied| same(applied, &[]))
            }
            AccountCell::SessionPolicy(slot) => {
                let found = |applied: &[EditId]| edits.session_policy(user, slot, applied);
                let (before, after) = (found(&[]), found(&all));
                explain(
                    &relevant,
                    |applied| fit(found(applied) == after),
                    |applied| found(applied) == before,
                )
            }
            AccountCell::SettingAllows(_) | AccountCell::GroupAllows(_) => {
                let found = |applied: &[EditId]| {
                    StartFacts { diff: self.diff, applied }.allowed(user, change.cell)
                };
                let (before, after) = (found(&[]), found(&all));
                explain(
                    &relevant,
                    |applied| fit(found(applied) == after),
                    |applied| found(applied) == before,
                )
            }
            AccountCell::Membership(kind, number) => {
                let found = |applied: &[EditId]| {
                    let key = |side: Side, membership: &Membership| {
                        aligned.member_object(side, &edits.new, membership.key)
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

fn fit(same: bool) -> Fit {
    if same { Fit::Decider } else { Fit::No }
}

/// A membership and the side that it is of.
type FoundMembership = Option<(Side, Membership)>;

fn same_membership(aligned: &Aligned, a: FoundMembership, b: FoundMembership) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some((Side::Old, old)), Some((Side::New, new)))
        | (Some((Side::New, new)), Some((Side::Old, old))) => {
            aligned.same_member_role(old.role, new.role)
        }
        (Some((_, a)), Some((_, b))) => a.role == b.role,
        _ => false,
    }
}

fn grant_of(grants: &GrantEdits, cell: AccountCell) -> Option<EditId> {
    match cell {
        AccountCell::SessionPolicy(slot) => grants.policy[slot],
        AccountCell::Setting(setting) => grants.settings.get(&setting).copied(),
        AccountCell::Membership(kind, number) => grants.memberships.get(&(kind, number)).copied(),
        // They have no lines of their own.
        AccountCell::SettingAllows(_) | AccountCell::GroupAllows(_) => None,
    }
}

/// The edits of the ways in which a user is a member of a group.
fn edits_of_paths(paths: &[MembershipPath]) -> impl Iterator<Item = EditId> + '_ {
    paths.iter().flat_map(|path| [path.entry.edit, path.inside.edit]).flatten()
}

/// Puts edits in the order in which they are preferred, each once.
fn prefer(edits: &Edits, relevant: &mut Vec<EditId>) {
    relevant.sort_unstable_by_key(|&id| (edits.get(id).kind.rank(), id));
    relevant.dedup();
}

/// The numbers of a permission and of all that it depends on, in either profile.
fn chain(edits: &Edits, number: u16) -> Vec<u16> {
    let of = |side: Side| &*edits.ir(side).profile.permissions;
    requirements(&edits.permissions, Sided { old: of(Side::Old), new: of(Side::New) }, number)
}

/// The same of a setting.
pub(super) fn chain_of_setting(edits: &Edits, number: u16) -> Vec<u16> {
    let of = |side: Side| &*edits.ir(side).profile.settings;
    requirements(&edits.settings, Sided { old: of(Side::Old), new: of(Side::New) }, number)
}

fn requirements(numbers: &Entries, entries: Sided<&[Entry]>, number: u16) -> Vec<u16> {
    let mut found = vec![number];
    let mut at = 0;
    while let Some(&number) = found.get(at) {
        for (side, at) in numbers.sides[number as usize].options().into_array() {
            let entries = entries[side];
            if let Some(requirement) = at.and_then(|at| entries[at as usize].requires.as_ref()) {
                let parent = numbers.number(side, requirement.entry as u16);
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
        }
        at += 1;
    }
    found
}

fn start_of_user(diff: &Diff, user: u32, endpoint: &EndpointFacts) -> Cause {
    let mut relevant = diff.relevant_to_start(user, endpoint);
    prefer(&diff.edits, &mut relevant);
    let all = ascending(&relevant);
    let found = |applied: &[EditId]| StartFacts { diff, applied }.of_user(user, endpoint);
    let ((before, _), (after, by)) = (found(&[]), found(&all));
    explain(
        &relevant,
        |applied| match found(applied) {
            (value, found) if value == after && found == by => Fit::Decider,
            (value, _) if value == after => Fit::Value,
            _ => Fit::No,
        },
        |applied| found(applied).0 == before,
    )
}

/// An invite gets into a session through any user who can start it, so everything that touches one
/// of them may be the cause.
fn start_of_invite(diff: &Diff, endpoint: &EndpointFacts) -> Cause {
    let classes = diff.sessions.subject_classes.iter();
    let firsts = classes.filter_map(|class| class.members.first().copied());
    let is_user = |joint: &u32| {
        let (_, subject) = diff.subject(&diff.sessions.subjects[*joint as usize]);
        matches!(subject, SubjectRef::User(_))
    };
    let users: Vec<u32> = firsts.filter(is_user).map(|joint| diff.user_number(joint)).collect();
    let mut relevant: Vec<EditId> =
        users.iter().flat_map(|&user| diff.relevant_to_start(user, endpoint)).collect();
    prefer(&diff.edits, &mut relevant);
    let all = ascending(&relevant);
    let found = |applied: &[EditId]| StartFacts { diff, applied }.of_invite(&users, endpoint);
    let (before, after) = (found(&[]), found(&all));
    explain(&relevant, |applied| fit(found(applied) == after), |applied| found(applied) == before)
}

fn subject_facts(diff: &Diff, class: u32) -> Option<Subject> {
    let edits = &diff.edits;
    let first = *diff.sessions.subject_classes[class as usize].members.first()?;
    let (subject, _) =
        diff.new.subjects[diff.sessions.subjects[first as usize].at.in_new()? as usize];
    let facts = match subject {
        SubjectRef::Invite(id) => SubjectFacts::Invite(edits.invite_policies[id.index()]),
        SubjectRef::User(id) => edits.user_facts(id.0, |slot| {
            let slot = slot.min(diff.new.ir.profile.slots() - 1);
            let (group, own) = diff.new.accounts.account(id).contributions(slot);
            let assigned = |found: Option<crate::ir::Assignment>| edits.assigned(Side::New, found);
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
            for (group, paths) in groups {
                let group = &edits.groups[*group as usize];
                relevant.extend(edits_of_paths(paths));
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
    let at = diff.sessions.endpoints[first as usize].at.both()?;
    let endpoint = at.map(|side, at| diff.matrix(side).endpoints[at as usize].0);
    let facts = edits.endpoint_facts(&endpoint.old, &endpoint.new);
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
