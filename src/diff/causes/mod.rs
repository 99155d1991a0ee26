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

mod accounts;
mod search;

use super::counterfactual::{ResolvedCell, edits_of};
use super::counterfactual_start::{By, StartFacts, StartWith};
use super::edits::{
    EditId, Edits, EndpointFacts, Entries, MembershipPath, SessionPart, SubjectFacts,
};
use super::sessions::CellChange;
use super::{Diff, Side, Sided};
use crate::matrix::SubjectRef;
use crate::profile::Entry;
use rustc_hash::FxHashMap;
use search::{Fit, ascending, explain, fit};

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
    /// What the revisions would be without what is unknown in them.
    written: Option<Box<Causes<'d>>>,
}

impl<'d> Causes<'d> {
    /// Prepares to explain the cells of a diff.
    pub fn new(diff: &'d Diff) -> Self {
        let edits = &diff.edits;
        let chains =
            (0..edits.permissions.sides.len() as u16).map(|number| chain(edits, number)).collect();
        let written = diff.written.as_ref().map(|diff| Box::new(Causes::new(diff)));
        let (subjects, endpoints) = (FxHashMap::default(), FxHashMap::default());
        Causes { diff, subjects, endpoints, chains, written }
    }

    /// The cause of a change in the sessions of a joint pair of classes.
    pub fn session(&mut self, subject: u32, endpoint: u32, change: &CellChange) -> Cause {
        let diff = self.diff;
        let edits = &diff.edits;
        if !change.sides.is_both() {
            let exists = self.exists_on_both(subject, endpoint);
            return if exists {
                self.start(subject, endpoint)
            } else {
                self.one_sided(subject, endpoint)
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
        if before.is_unknown() && after.is_unknown() {
            return self.unknown_cell(subject, endpoint, number, relevant);
        }
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

    /// A cell that is unknown on both sides, and is decided by another policy, or would have
    /// another value by what is written.
    fn unknown_cell(
        &mut self,
        subject: u32,
        endpoint: u32,
        number: u16,
        mut relevant: Vec<EditId>,
    ) -> Cause {
        let (diff, edits) = (self.diff, &self.diff.edits);
        let (Some(Some(who)), Some(Some(at))) =
            (self.subjects.get(&subject), self.endpoints.get(&endpoint))
        else {
            return Cause::default();
        };
        let Some(written) = &mut self.written else { return Cause::default() };
        let known = written.diff;
        let (subject, endpoint) = known.same_pair(diff, subject, endpoint);
        let known_who =
            written.subjects.entry(subject).or_insert_with(|| subject_facts(known, subject));
        let known_at =
            written.endpoints.entry(endpoint).or_insert_with(|| endpoint_facts(known, endpoint));
        let (Some(known_who), Some(known_at)) = (known_who, known_at) else {
            return Cause::default();
        };
        relevant.extend(known_who.edits.iter().chain(&known_at.edits));
        for policy in known_who.policies.iter().chain(&known_at.policies) {
            let lines = self.chains[number as usize].iter();
            relevant.extend(
                lines.filter_map(|permission| edits.definitions.get(&(*policy, *permission))),
            );
        }
        prefer(edits, &mut relevant);
        let found = |applied: &[EditId]| {
            let whole = edits.cell(&who.facts, &at.facts, number, applied);
            let known = known.edits.cell(&known_who.facts, &known_at.facts, number, applied);
            whole.zip(known)
        };
        type Found<'a> = Option<(ResolvedCell<'a>, ResolvedCell<'a>)>;
        let same = |a: Found<'_>, b: Found<'_>| {
            let (Some(a), Some(b)) = (a, b) else { return false };
            a.0.is_unknown() && (a.0.by, a.0.via) == (b.0.by, b.0.via) && a.1.same(&b.1)
        };
        let (before, after) = (found(&[]), found(&ascending(&relevant)));
        explain(
            &relevant,
            |applied| fit(same(found(applied), after)),
            |applied| same(found(applied), before),
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
    fn one_sided(&self, subject: u32, endpoint: u32) -> Cause {
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
            found.extend(edits.only_on(part, diff.user_number(at)));
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
    let of = |diff: &Diff, applied: &[EditId]| StartFacts { diff, applied }.of_user(user, endpoint);
    let found = |applied: &[EditId]| of(diff, applied);
    let ((before, before_by), (after, by)) = (found(&[]), found(&all));
    if let (StartWith::Unknown, StartWith::Unknown, Some(written)) =
        (&before, &after, &diff.written)
    {
        let known = |applied: &[EditId]| of(written, applied).0;
        let is = |applied: &[EditId], by: By, value: &StartWith| {
            found(applied) == (StartWith::Unknown, by) && known(applied) == *value
        };
        let (known_before, known_after) = (known(&[]), known(&all));
        return explain(
            &relevant,
            |applied| fit(is(applied, by, &known_after)),
            |applied| is(applied, before_by, &known_before),
        );
    }
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
    let of =
        |diff: &Diff, applied: &[EditId]| StartFacts { diff, applied }.of_invite(&users, endpoint);
    // Where it is unknown on both sides, what is written has changed.
    let is_unknown = |applied: &[EditId]| of(diff, applied) == StartWith::Unknown;
    let written = diff.written.as_deref().filter(|_| is_unknown(&[]) && is_unknown(&all));
    let found =
        |applied: &[EditId]| (of(diff, applied), written.map(|written| of(written, applied)));
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
            relevant.extend(edits.guessed.edit);
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
