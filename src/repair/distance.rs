//! How far a failure is from what is asked for, where that takes several edits: a session whose
//! account lacks a setting and a role starts with neither of them alone.

use super::Trial;
use super::trial::Failing;
use crate::ir::{Expectation, Subject};
use crate::matrix::{Matrix, SubjectRef};
use crate::policy_test::Counterexample;
use crate::profile::{Entry, Requirement, Value};
use crate::semantics::policy_lines::is_met_by;
use crate::semantics::start::Holds;

/// The first failure of a trial, to be looked at again after a further edit.
pub(super) struct Aim<'t> {
    failing: &'t Failing,
    expectation: &'t Expectation,
}

impl<'t> Aim<'t> {
    pub(super) fn of(trial: &'t Trial) -> Option<Aim<'t>> {
        let (expectation, _) = super::place(trial)?;
        Some(Aim { failing: trial.failing.first()?, expectation })
    }

    /// What is missing at the place of the failure: conditions of `start`, or values that what was
    /// asked for requires. No edit that is tried adds an object, or takes one away, so the place is
    /// the same one in every trial.
    pub(super) fn distance(&self, matrix: &Matrix) -> usize {
        match (self.failing.example, self.expectation.subject) {
            (Counterexample::Session(subject, endpoint), Subject::Start) => {
                unmet_conditions(matrix, subject, endpoint)
            }
            (Counterexample::Session(subject, endpoint), Subject::Permission(permission)) => {
                missing_permissions(matrix, (subject, endpoint), permission.into())
            }
            (Counterexample::Account(user), Subject::Setting(setting)) => {
                let entries = &matrix.ir.profile.settings;
                missing(entries, setting.into(), |at| matrix.accounts.setting(user, at).value)
            }
            _ => 0,
        }
    }
}

fn unmet_conditions(matrix: &Matrix, subject: usize, endpoint: usize) -> usize {
    let (Some(starts), SubjectRef::User(user)) = (&matrix.starts, matrix.subjects[subject].0)
    else {
        return 0;
    };
    let account = matrix.accounts.account(user);
    let conditions = starts.conditions(&account, user, &matrix.endpoints[endpoint].0);
    conditions.iter().filter(|condition| condition.holds != Holds::Yes).count()
}

fn missing_permissions(
    matrix: &Matrix,
    (subject, endpoint): (usize, usize),
    permission: usize,
) -> usize {
    let (endpoint, class) = &matrix.endpoints[endpoint];
    let (stack, cells) = matrix.resolve(matrix.subjects[subject].1, *class);
    let entries = &matrix.ir.profile.permissions;
    missing(entries, permission, |at| cells.cell(&matrix.ir, &stack, endpoint.method, at).value)
}

/// How many of the entries that one requires, and that those require, have other values.
fn missing<'v>(entries: &[Entry], of: usize, value: impl Fn(usize) -> Option<&'v Value>) -> usize {
    let next = |found: &&Requirement| entries[found.entry].requires.as_ref();
    let required = std::iter::successors(entries[of].requires.as_ref(), next);
    let is_met = |found: &Requirement| {
        let ty = &entries[found.entry].ty;
        value(found.entry).is_some_and(|value| is_met_by(found, ty.first_word(value)))
    };
    required.take(entries.len()).filter(|found| !is_met(found)).count()
}
