//! Why `start` of invites changed. An invite gets into a session through any user who can start it,
//! so everything that touches one of them may be the cause.

use super::super::counterfactual_start::{StartFacts, StartWith, most_of};
use super::super::edits::{EditId, EndpointFacts};
use super::super::{Diff, Side};
use super::search::{ascending, explain, fit};
use super::{Cause, prefer};
use crate::matrix::SubjectRef;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// The users who may bring invites into the sessions of an endpoint.
struct Inviters<'d> {
    diff: &'d Diff,
    endpoint: &'d EndpointFacts,
    /// What users can start whom no edit touches, without repeats.
    untouched: Vec<StartWith>,
    touched: Vec<Inviter>,
}

/// A user, by number, and the edits that touch what it can start.
struct Inviter {
    user: u32,
    edits: Vec<EditId>,
    /// By those of them that are applied.
    known: RefCell<FxHashMap<Vec<EditId>, Option<StartWith>>>,
}

impl<'d> Inviters<'d> {
    fn new(diff: &'d Diff, endpoint: &'d EndpointFacts, users: &[(u32, Vec<EditId>)]) -> Self {
        let mut found = Inviters { diff, endpoint, untouched: Vec::new(), touched: Vec::new() };
        let facts = StartFacts { diff, applied: &[] };
        for (user, edits) in users {
            if edits.is_empty() {
                let value = facts.of_inviter(*user, endpoint);
                found.untouched.extend(value.filter(|value| !found.untouched.contains(value)));
            } else {
                let (edits, known) = (edits.clone(), RefCell::default());
                found.touched.push(Inviter { user: *user, edits, known });
            }
        }
        found
    }

    /// `start` of invites with some edits applied (ascending).
    fn start(&self, applied: &[EditId]) -> StartWith {
        let touched = self.touched.iter().filter_map(|inviter| self.of(inviter, applied));
        most_of(self.untouched.iter().cloned().chain(touched))
    }

    fn of(&self, inviter: &Inviter, applied: &[EditId]) -> Option<StartWith> {
        let edits = inviter.edits.iter().copied();
        let own: Vec<EditId> = edits.filter(|edit| applied.binary_search(edit).is_ok()).collect();
        let mut known = inviter.known.borrow_mut();
        let find = |own: &Vec<EditId>| {
            StartFacts { diff: self.diff, applied: own }.of_inviter(inviter.user, self.endpoint)
        };
        known.entry(own).or_insert_with_key(find).clone()
    }
}

/// `settings` are those of [`Diff::settings_of_start`].
pub(super) fn start_of_invite(diff: &Diff, settings: &[u16], endpoint: &EndpointFacts) -> Cause {
    let classes = diff.sessions.subject_classes.iter();
    let firsts = classes.filter_map(|class| class.members.first().copied());
    let is_user = |joint: &u32| {
        let (_, subject): (Side, SubjectRef) =
            diff.subject(&diff.sessions.subjects[*joint as usize]);
        matches!(subject, SubjectRef::User(_))
    };
    let with_edits = |joint: u32| {
        let user = diff.user_number(joint);
        let mut edits = diff.relevant_to_start(user, settings, endpoint);
        edits.sort_unstable();
        edits.dedup();
        (user, edits)
    };
    let users: Vec<(u32, Vec<EditId>)> = firsts.filter(is_user).map(with_edits).collect();
    let mut relevant: Vec<EditId> = users.iter().flat_map(|(_, edits)| edits).copied().collect();
    prefer(&diff.edits, &mut relevant);
    let all = ascending(&relevant);
    let inviters = Inviters::new(diff, endpoint, &users);
    // Where it is unknown on both sides, what is written has changed.
    let is_unknown = |applied: &[EditId]| inviters.start(applied) == StartWith::Unknown;
    let written = diff.written.as_deref().filter(|_| is_unknown(&[]) && is_unknown(&all));
    let written = written.map(|written| Inviters::new(written, endpoint, &users));
    let found = |applied: &[EditId]| {
        (inviters.start(applied), written.as_ref().map(|written| written.start(applied)))
    };
    let (before, after) = (found(&[]), found(&all));
    explain(&relevant, |applied| fit(found(applied) == after), |applied| found(applied) == before)
}
