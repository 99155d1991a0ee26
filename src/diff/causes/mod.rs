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
mod facts;
mod invites;
mod search;

use super::counterfactual::ResolvedCell;
use super::counterfactual_start::{By, StartFacts, StartWith};
use super::edits::{EditId, Edits, EndpointFacts, Entries, MembershipPath, SessionPart};
use super::sessions::CellChange;
use super::{Diff, OneOrBoth, Side, Sided};
use crate::matrix::SubjectRef;
use crate::profile::Entry;
use facts::{
    Endpoint, EndpointKey, PlaceKey, StartOf, Subject, SubjectKey, endpoint_facts, place,
    subject_facts,
};
use invites::start_of_invite;
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

/// Identifies a cause that [`Causes`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CauseId(u32);

/// Explains the cells of a diff, class by class.
pub struct Causes<'d> {
    diff: &'d Diff,
    /// The class of subjects that was asked for last.
    subject: Option<(u32, Option<Subject>)>,
    endpoints: FxHashMap<u32, Option<Endpoint>>,
    /// By permission: its number, and those of what it depends on.
    chains: Vec<Vec<u16>>,
    /// The settings that `start` asks for.
    settings_of_start: Vec<u16>,
    /// The settings that name roles.
    settings_of_roles: Vec<u16>,
    /// What the revisions would be without what is unknown in them.
    written: Option<Box<Causes<'d>>>,
    /// All causes that were found, without repeats.
    list: Vec<Cause>,
    numbers: FxHashMap<Cause, CauseId>,
    known: FxHashMap<Question, CauseId>,
}

/// Cells with equal questions have the same cause.
#[derive(PartialEq, Eq, Hash)]
enum Question {
    /// By permission.
    Permission(SubjectKey, EndpointKey, usize),
    /// Whole sessions that can be started now, by why they can be.
    Added(SubjectKey, EndpointKey, CauseId),
    /// By class of subjects; `None` for all invites, which can start the same sessions.
    Start(Option<u32>, PlaceKey),
}

/// How many answers are kept. Classes of subjects come one after another, and most questions are
/// about one of them.
const MAX_KNOWN: usize = 1_000_000;

impl<'d> Causes<'d> {
    /// Prepares to explain the cells of a diff.
    pub fn new(diff: &'d Diff) -> Self {
        let edits = &diff.edits;
        let chains =
            (0..edits.permissions.sides.len() as u16).map(|number| chain(edits, number)).collect();
        let written = diff.written.as_ref().map(|diff| Box::new(Causes::new(diff)));
        let settings_of_start = diff.settings_of_start();
        let settings_of_roles = diff.settings_of_roles();
        let (list, endpoints, numbers, known) = Default::default();
        Causes {
            diff,
            subject: None,
            endpoints,
            chains,
            settings_of_start,
            settings_of_roles,
            written,
            list,
            numbers,
            known,
        }
    }

    /// A cause by its id.
    pub fn get(&self, id: CauseId) -> &Cause {
        &self.list[id.0 as usize]
    }

    /// The id of a cause.
    pub fn id(&mut self, cause: Cause) -> CauseId {
        *self.numbers.entry(cause).or_insert_with_key(|cause| {
            self.list.push(cause.clone());
            CauseId(self.list.len() as u32 - 1)
        })
    }

    /// The cause of a change in the sessions of a joint pair of classes.
    pub fn session(&mut self, subject: u32, endpoint: u32, change: &CellChange) -> CauseId {
        self.load(subject, endpoint);
        let cause = self.known_or_found(subject, endpoint, change);
        match change.sides {
            OneOrBoth::New(_) if self.exists_on_both(subject, endpoint) => {
                self.of_added(subject, endpoint, cause)
            }
            _ => cause,
        }
    }

    fn known_or_found(&mut self, subject: u32, endpoint: u32, change: &CellChange) -> CauseId {
        let question = self.question(subject, endpoint, change);
        if let Some(known) = question.as_ref().and_then(|question| self.known.get(question)) {
            return *known;
        }
        let cause = self.find(subject, endpoint, change);
        self.keep(question, cause)
    }

    fn keep(&mut self, question: Option<Question>, cause: Cause) -> CauseId {
        let id = self.id(cause);
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
        }
        self.known.extend(question.map(|question| (question, id)));
        id
    }

    /// The cause of whole sessions that can be started now: what opened them, and edits without which
    /// they would allow less. Else the edit of a policy would seem to do nothing there, and what it
    /// allows to come from a membership alone.
    fn of_added(&mut self, subject: u32, endpoint: u32, started: CauseId) -> CauseId {
        let edits = &self.diff.edits;
        let Some((who, at)) = self.facts(subject, endpoint) else { return started };
        let question = Question::Added(who.key(subject), at.key(), started);
        if let Some(known) = self.known.get(&question) {
            return *known;
        }
        let cause = &self.list[started.0 as usize];
        let others = |number: u16| {
            let mut relevant = self.relevant_to(number, who, at);
            relevant.retain(|edit| !cause.edits.contains(edit));
            relevant
        };
        let numbers = 0..self.chains.len() as u16;
        let cell = |number: u16, applied: &[EditId]| {
            let applied = ascending(&[applied, &*cause.edits].concat());
            edits.cell(&who.contributions(edits, &applied), &at.facts, number, &applied)
        };
        let is = |number: u16, applied: &[EditId], value: &ResolvedCell<'_>| {
            cell(number, applied).is_some_and(|found| found.same(value))
        };
        let mut more = Vec::new();
        let mut allowed = Vec::new();
        for number in numbers {
            let mut relevant = others(number);
            if relevant.is_empty() {
                continue;
            }
            prefer(edits, &mut relevant);
            let sides = cell(number, &[]).zip(cell(number, &relevant));
            let Some((before, after)) = sides.filter(|(old, new)| new.allows_more_than(old)) else {
                continue;
            };
            let with = |applied: &[EditId]| fit(is(number, applied, &after));
            more.extend(explain(&relevant, with, |applied| is(number, applied, &before)).edits);
            allowed.push((number, after));
        }
        prefer(edits, &mut more);
        // What one permission needs may be enough for another one.
        for edit in more.clone().into_iter().rev() {
            let without: Vec<EditId> = more.iter().copied().filter(|one| *one != edit).collect();
            if allowed.iter().all(|(number, after)| is(*number, &without, after)) {
                more = without;
            }
        }
        let needed = ascending(&[&*cause.edits, &*more].concat());
        let alternative = cause.alternative.clone();
        self.keep(Some(question), Cause { edits: needed, alternative })
    }

    /// The edits that a permission, by number, can depend on.
    fn relevant_to(&self, number: u16, who: &Subject, at: &Endpoint) -> Vec<EditId> {
        let edits = &self.diff.edits;
        let mut relevant: Vec<EditId> =
            who.edits.iter().chain(&at.edits).copied().chain(edits.profile).collect();
        for policy in who.policies.iter().chain(&at.policies) {
            let lines = self.chains[number as usize].iter();
            relevant.extend(
                lines.filter_map(|permission| edits.definitions.get(&(*policy, *permission))),
            );
        }
        relevant
    }

    fn load(&mut self, subject: u32, endpoint: u32) {
        let diff = self.diff;
        if self.subject.as_ref().is_none_or(|(class, _)| *class != subject) {
            self.subject = Some((subject, subject_facts(diff, subject)));
        }
        self.endpoints.entry(endpoint).or_insert_with(|| endpoint_facts(diff, endpoint));
    }

    /// The facts of a pair of classes, if they were loaded and both sides have them.
    fn facts(&self, subject: u32, endpoint: u32) -> Option<(&Subject, &Endpoint)> {
        let (class, who) = self.subject.as_ref()?;
        let at = self.endpoints.get(&endpoint)?;
        Some((who.as_ref().filter(|_| *class == subject)?, at.as_ref()?))
    }

    /// What the cause of a change depends on; `None` where it is not looked up.
    fn question(&self, subject: u32, endpoint: u32, change: &CellChange) -> Option<Question> {
        // What is unknown hides more than the facts tell.
        if self.written.is_some() || !self.exists_on_both(subject, endpoint) {
            return None;
        }
        match change.permission().filter(|_| change.sides.is_both()) {
            Some(permission) => {
                let (who, at) = self.facts(subject, endpoint)?;
                Some(Question::Permission(who.key(subject), at.key(), permission))
            }
            None => {
                let (who, _) = self.facts(subject, endpoint)?;
                let subject = (!who.is_invite()).then_some(subject);
                Some(Question::Start(subject, place(self.diff, endpoint)?))
            }
        }
    }

    fn find(&mut self, subject: u32, endpoint: u32, change: &CellChange) -> Cause {
        if !self.exists_on_both(subject, endpoint) {
            return self.one_sided(subject, endpoint);
        }
        match change.permission().filter(|_| change.sides.is_both()) {
            Some(permission) => self.permission(subject, endpoint, permission as u16),
            None => self.start(subject, endpoint),
        }
    }

    /// Why a permission, by number, changed.
    fn permission(&mut self, subject: u32, endpoint: u32, number: u16) -> Cause {
        let edits = &self.diff.edits;
        let Some((who, at)) = self.facts(subject, endpoint) else { return Cause::default() };
        let mut relevant = self.relevant_to(number, who, at);
        prefer(edits, &mut relevant);
        let cell = |applied: &[EditId]| {
            edits.cell(&who.contributions(edits, applied), &at.facts, number, applied)
        };
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
        let Some(written) = &mut self.written else { return Cause::default() };
        let known = written.diff;
        let (known_subject, known_endpoint) = known.same_pair(diff, subject, endpoint);
        written.load(known_subject, known_endpoint);
        let (Some((who, at)), Some(written)) = (self.facts(subject, endpoint), &self.written)
        else {
            return Cause::default();
        };
        let Some((known_who, known_at)) = written.facts(known_subject, known_endpoint) else {
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
            let whole = edits.cell(&who.contributions(edits, applied), &at.facts, number, applied);
            let contributions = known_who.contributions(&known.edits, applied);
            let known = known.edits.cell(&contributions, &known_at.facts, number, applied);
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
    fn start(&self, subject: u32, endpoint: u32) -> Cause {
        let diff = self.diff;
        let Some((class, at)) = self.facts(subject, endpoint) else { return Cause::default() };
        let joint = diff.sessions.subject_classes[subject as usize].members.first();
        let Some(&joint) = joint else { return Cause::default() };
        let (_, who) = diff.subject(&diff.sessions.subjects[joint as usize]);
        match who {
            SubjectRef::User(_) => self.start_of_user(class, diff.user_number(joint), &at.facts),
            SubjectRef::Invite(_) => start_of_invite(diff, &self.settings_of_start, &at.facts),
        }
    }

    fn start_of_user(&self, class: &Subject, user: u32, endpoint: &EndpointFacts) -> Cause {
        let diff = self.diff;
        let mut relevant = diff.relevant_to_start(user, &self.settings_of_start, endpoint);
        prefer(&diff.edits, &mut relevant);
        let all = ascending(&relevant);
        let settings = (&*self.settings_of_start, &*self.settings_of_roles);
        let start = StartOf::new(diff, class, user, endpoint, settings);
        let found = |applied: &[EditId]| start.with(applied);
        let ((before, before_by), (after, by)) = (found(&[]), found(&all));
        if let (StartWith::Unknown, StartWith::Unknown, Some(written)) =
            (&before, &after, &diff.written)
        {
            let known = |applied: &[EditId]| {
                StartFacts { diff: written, applied }.of_user(user, endpoint).0
            };
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
