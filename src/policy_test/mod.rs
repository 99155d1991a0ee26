//! The `test` blocks of a workspace, over every session or account that they select (language 4.5).
//!
//! Selected sessions are taken by classes: equal sessions are looked at once, and counted. How much
//! the tests hold fast is asked in two ways: which lines decide something that they look at
//! ([`coverage`]), and which changes of a line they notice ([`mutate`]).

mod accounts;
pub mod change;
pub mod coverage;
mod expect;
pub mod lines;
pub mod mutate;
mod next;
mod select;
mod share;
mod touched;

pub use share::Share;

use crate::ir::*;
use crate::matrix::Matrix;
use expect::{asks_for_group, chosen_by, decided, holds, in_account};
use std::collections::BTreeMap;

/// What came of one test.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    pub test: &'a Test,
    /// How many sessions or accounts it selects.
    pub selected: u64,
    pub over: Over,
    /// In the order of the expectations; none if the test passed, or selects nothing.
    pub failures: Vec<Failure>,
}

/// What a test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    Sessions,
    Accounts,
}

/// Sessions or accounts that fail one expectation for the same reason.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Index into the test's expectations.
    pub expectation: usize,
    /// The value that was found, as canonical text, or `n/a`.
    pub found: String,
    /// The first of them in the order of the matrix.
    pub counterexample: Counterexample,
    pub count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counterexample {
    /// Indices of the subject and the endpoint.
    Session(usize, usize),
    Account(UserId),
}

impl Outcome<'_> {
    /// A test that selects nothing proves nothing, so it does not pass.
    pub fn passed(&self) -> bool {
        self.selected > 0 && self.failures.is_empty()
    }
}

/// The tests whose name holds a text.
fn tests<'a>(matrix: &'a Matrix, filter: &str) -> impl Iterator<Item = &'a Test> {
    matrix.ir.tables.tests.iter().filter(move |test| test.object.name.contains(filter))
}

/// Runs the tests whose name holds a text.
pub fn run<'a>(matrix: &'a Matrix, filter: &str) -> Vec<Outcome<'a>> {
    let outcome = |test| match select::over(test) {
        Over::Accounts => over_account(matrix, test),
        Over::Sessions => over_session(matrix, test),
    };
    tests(matrix, filter).map(outcome).collect()
}

fn over_session<'a>(matrix: &Matrix, test: &'a Test) -> Outcome<'a> {
    let (subjects, endpoints) = (select::subjects(matrix, test), select::endpoints(matrix, test));
    let size = |classes: &select::ByClass| classes.values().map(Vec::len).sum::<usize>() as u64;
    let mut outcome = Outcome {
        test,
        selected: size(&subjects) * size(&endpoints),
        over: Over::Sessions,
        failures: Vec::new(),
    };
    for (index, expectation) in test.expect.iter().enumerate() {
        let Subject::Permission(permission) = expectation.subject else { continue };
        let mut reasons: BTreeMap<(String, String), Failure> = BTreeMap::new();
        for (&subject_class, subject_members) in &subjects {
            for (&endpoint_class, endpoint_members) in &endpoints {
                let count = (subject_members.len() * endpoint_members.len()) as u64;
                let first = (subject_members[0], endpoint_members[0]);
                let subject = matrix.subjects[first.0].0;
                let (stack, cells) = matrix.resolve(subject_class, endpoint_class);
                let method = matrix.endpoint_classes[endpoint_class as usize].method;
                let cell = cells.cell(&matrix.ir, &stack, method, permission as usize);
                let ty = &matrix.ir.profile.permissions[permission as usize].ty;
                let value_holds = holds(&matrix.ir, expectation, ty, cell.value);
                let is_decided = |subject| {
                    decided(&matrix.ir, expectation, cell.decider, || {
                        chosen_by(matrix, subject, method)
                    })
                };
                if value_holds && !asks_for_group(expectation) && is_decided(subject) {
                    continue;
                }
                let failing: Vec<usize> = subject_members
                    .iter()
                    .copied()
                    .filter(|&at| !(value_holds && is_decided(matrix.subjects[at].0)))
                    .collect();
                let Some(&first_subject) = failing.first() else { continue };
                let found = cell.value.map_or_else(|| "n/a".into(), |value| ty.text(value));
                let reason = (found.clone(), format!("{:?}", cell.decider));
                let example = Counterexample::Session(first_subject, first.1);
                let count = count / subject_members.len() as u64 * failing.len() as u64;
                merge(
                    &mut reasons,
                    reason,
                    Failure { expectation: index, found, counterexample: example, count },
                );
            }
        }
        outcome.failures.extend(ordered(reasons));
    }
    outcome
}

fn over_account<'a>(matrix: &Matrix, test: &'a Test) -> Outcome<'a> {
    let users = select::users(matrix, test);
    let mut outcome =
        Outcome { test, selected: users.len() as u64, over: Over::Accounts, failures: Vec::new() };
    for (index, expectation) in test.expect.iter().enumerate() {
        let mut reasons: BTreeMap<(String, String), Failure> = BTreeMap::new();
        for &user in &users {
            let Some(found) = in_account(&matrix.accounts.account(user), expectation) else {
                continue;
            };
            if !found.holds {
                let reason = (found.text.clone(), format!("{:?}", found.source));
                let counterexample = Counterexample::Account(user);
                let failure =
                    Failure { expectation: index, found: found.text, counterexample, count: 1 };
                merge(&mut reasons, reason, failure);
            }
        }
        outcome.failures.extend(ordered(reasons));
    }
    outcome
}

fn merge(
    reasons: &mut BTreeMap<(String, String), Failure>,
    reason: (String, String),
    failure: Failure,
) {
    let rank = |example: Counterexample| match example {
        Counterexample::Session(subject, endpoint) => (subject, endpoint),
        Counterexample::Account(user) => (user.index(), 0),
    };
    match reasons.get_mut(&reason) {
        Some(known) => {
            known.count += failure.count;
            if rank(failure.counterexample) < rank(known.counterexample) {
                known.counterexample = failure.counterexample;
            }
        }
        None => {
            reasons.insert(reason, failure);
        }
    }
}

/// The most frequent reason first.
fn ordered(reasons: BTreeMap<(String, String), Failure>) -> Vec<Failure> {
    let mut failures: Vec<Failure> = reasons.into_values().collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    failures
}
