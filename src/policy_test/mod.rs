//! The `test` blocks of a workspace, over every session or account that they select
//! (docs/language.md, 4.5).
//!
//! Sessions are selected by classes: identical ones are checked once, and counted. The strength of
//! the tests is measured in two ways: which lines decide something that they check ([`coverage`]),
//! and which changes of a line make them fail ([`mutate`]).

mod accounts;
mod affected;
pub mod change;
pub mod coverage;
mod expect;
pub mod filter;
pub mod lines;
pub mod mutate;
mod next;
mod select;
mod share;
mod start;
mod starters;

pub use share::Share;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::*;
use crate::matrix::Matrix;
use crate::profile::Value;
use crate::text::{escape_control_chars, number};
use expect::{asks_for_group, asks_whether_unknown, chosen_by, decided, holds, in_account};
use std::collections::{BTreeMap, BTreeSet};

/// The result of one test.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// The test.
    pub test: &'a Test,
    /// How many sessions or accounts it selects. Sessions count here whether or not they can be
    /// started.
    pub selected: u64,
    /// How many of the selected sessions the matrix has; of a test of accounts, all of them.
    pub checked: u64,
    /// Whether these are sessions or accounts.
    pub over: Over,
    /// In the order of the expectations; empty if the test passed or selects nothing.
    pub failures: Vec<Failure>,
    /// Whether it fails because it is empty, see [`deny`].
    pub is_denied: bool,
}

/// Whether a test is about sessions or accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It expects permissions of sessions.
    Sessions,
    /// It expects settings of accounts.
    Accounts,
}

/// Sessions or accounts that fail one expectation for the same reason.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Index into the test's expectations.
    pub expectation: usize,
    /// The actual value, as canonical text, or `n/a`.
    pub found: String,
    /// The first of them in the order of the matrix.
    pub counterexample: Counterexample,
    /// How many sessions or accounts fail.
    pub count: u64,
    /// Whether the value is unknown, so that it is not known whether they meet the expectation.
    pub unproven: bool,
}

/// A session or an account that does not meet an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counterexample {
    /// Indices of the subject and the endpoint.
    Session(usize, usize),
    /// The account of a user.
    Account(UserId),
}

impl Outcome<'_> {
    /// Whether the test passed. A test that selects nothing proves nothing, so it does not pass.
    pub fn passed(&self) -> bool {
        self.selected > 0 && self.failures.is_empty() && !self.is_denied
    }

    /// Whether it did not pass only because some values are unknown.
    pub fn is_unproven(&self) -> bool {
        !self.failures.is_empty() && self.failures.iter().all(|failure| failure.unproven)
    }

    /// Why a test that is empty has proven nothing.
    pub fn nothing_to_check(&self) -> String {
        match self.selected {
            1 => "the only session that it selects cannot be started".into(),
            many => format!("none of the {} sessions that it selects can be started", number(many)),
        }
    }

    /// Whether it is met without looking at any session: it expects something of sessions, none of
    /// those that it selects can be started, and it does not say that they cannot.
    pub fn is_empty(&self) -> bool {
        let denies = |expectation: &Expectation| {
            expectation.subject == Subject::Start
                && matches!(expectation.operator, Operator::Equal | Operator::In)
                && expectation.values == [Expected::Start(ExpectedStart::Deny)]
        };
        let of_permissions =
            |expectation: &Expectation| matches!(expectation.subject, Subject::Permission(_));
        self.selected > 0
            && self.failures.is_empty()
            && self.checked == 0
            && self.test.expect.iter().any(of_permissions)
            && !self.test.expect.iter().any(denies)
    }
}

/// The findings of the lint `empty-test`: tests that are met without looking at any session.
pub fn empty(outcomes: &[Outcome<'_>]) -> Vec<Diagnostic> {
    let empty = outcomes.iter().filter(|outcome| outcome.is_empty());
    let findings = empty.map(|outcome| {
        let object = &outcome.test.object;
        let message = format!(
            "test `{}` looks at no session: {}",
            escape_control_chars(&object.name),
            outcome.nothing_to_check()
        );
        Diagnostic::new(Code::EMPTY_TEST, object.span, message).help(
            "`precedent simulate` says what a session lacks; if nobody is meant to start these, \
             add `expect start == deny`",
        )
    });
    findings.collect()
}

/// Makes tests fail that have a finding which is an error.
pub fn deny(outcomes: &mut [Outcome<'_>], findings: &[Diagnostic]) {
    let errors = findings.iter().filter(|found| found.severity == Severity::Error);
    for place in errors.map(|found| found.primary.span) {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.test.object.span == place) {
            outcome.is_denied = true;
        }
    }
}

/// The tests whose name contains a text.
fn tests<'a>(matrix: &'a Matrix, filter: &str) -> impl Iterator<Item = &'a Test> {
    matrix.ir.tables.tests.iter().filter(move |test| test.object.name.contains(filter))
}

/// Runs the tests whose name contains a text.
pub fn run<'a>(matrix: &'a Matrix, filter: &str) -> Vec<Outcome<'a>> {
    let outcome = |test| match select::over(test) {
        Over::Accounts => over_account(matrix, test),
        Over::Sessions => over_session(matrix, test),
    };
    tests(matrix, filter).map(outcome).collect()
}

/// The names of tests that pass on one side, and fail or look at no session on the other.
pub fn broken(old: &Matrix, new: &Matrix) -> Vec<String> {
    let is_good = |outcome: &Outcome<'_>| outcome.passed() && !outcome.is_empty();
    let before = run(old, "");
    let passed: BTreeSet<&str> =
        before.iter().filter(|one| is_good(one)).map(|one| &*one.test.object.name).collect();
    let after = run(new, "").into_iter().filter(|one| !is_good(one));
    let names = after.map(|one| one.test.object.name.clone());
    names.filter(|name| passed.contains(&**name)).collect()
}

fn over_session<'a>(matrix: &Matrix, test: &'a Test) -> Outcome<'a> {
    let (subjects, endpoints) = (select::subjects(matrix, test), select::endpoints(matrix, test));
    let size = |classes: &select::ByClass| classes.values().map(Vec::len).sum::<usize>() as u64;
    let selected = size(&subjects) * size(&endpoints);
    let mut checked = 0;
    for (subject_class, subjects) in &subjects {
        for (endpoint_class, endpoints) in &endpoints {
            if matrix.has_sessions(*subject_class, *endpoint_class) {
                checked += (subjects.len() * endpoints.len()) as u64;
            }
        }
    }
    let mut outcome = Outcome {
        test,
        selected,
        checked,
        over: Over::Sessions,
        failures: Vec::new(),
        is_denied: false,
    };
    for (index, expectation) in test.expect.iter().enumerate() {
        let mut reasons: BTreeMap<(String, String), Failure> = BTreeMap::new();
        for subjects in &subjects {
            for endpoints in &endpoints {
                let failures = match expectation.subject {
                    Subject::Permission(permission) => {
                        let permission = permission as usize;
                        let check = SessionCheck { matrix, expectation, index, permission };
                        check.failure(subjects, endpoints).into_iter().collect()
                    }
                    Subject::Start => {
                        start::failures(matrix, expectation, index, subjects, endpoints)
                    }
                    Subject::Setting(_) | Subject::SessionPolicy(_) => Vec::new(),
                };
                for (reason, failure) in failures {
                    merge(&mut reasons, reason, failure);
                }
            }
        }
        outcome.failures.extend(ordered(reasons));
    }
    outcome
}

/// A class of subjects or endpoints, with its selected members as indices into the matrix's.
type SelectedClass<'c> = (&'c u32, &'c Vec<usize>);

/// An expectation about a permission.
struct SessionCheck<'c> {
    matrix: &'c Matrix,
    expectation: &'c Expectation,
    /// Index of the expectation in its test.
    index: usize,
    permission: usize,
}

impl SessionCheck<'_> {
    /// The sessions of two classes that do not meet the expectation, if there are any. Sessions
    /// with the same actual value and decider fail for the same reason.
    fn failure(
        &self,
        (&subject_class, subjects): SelectedClass<'_>,
        (&endpoint_class, endpoints): SelectedClass<'_>,
    ) -> Option<((String, String), Failure)> {
        let (matrix, ir) = (self.matrix, &self.matrix.ir);
        if !matrix.has_sessions(subject_class, endpoint_class) {
            return None;
        }
        let (stack, cells) = matrix.resolve(subject_class, endpoint_class);
        let method = matrix.endpoint_classes[endpoint_class as usize].method;
        let cell = cells.cell(ir, &stack, method, self.permission);
        let ty = &ir.profile.permissions[self.permission].ty;
        let unproven =
            cell.value == Some(&Value::Unknown) && !asks_whether_unknown(ir, self.expectation);
        let value_holds = !unproven && holds(ir, self.expectation, ty, cell.value);
        let is_decided = |at: usize| {
            let subject = matrix.subjects[at].0;
            let chosen_by = || chosen_by(matrix, subject, method);
            decided(ir, self.expectation, cell.decider, chosen_by)
        };
        // Members of a class can differ only in the group policy that chose their session policy.
        if value_holds && !asks_for_group(self.expectation) && is_decided(subjects[0]) {
            return None;
        }
        let fails = |at: &usize| !(value_holds && is_decided(*at));
        let failing: Vec<usize> = subjects.iter().copied().filter(fails).collect();
        let found = cell.value.map_or_else(|| "n/a".into(), |value| ty.text(value));
        let failure = Failure {
            expectation: self.index,
            found: found.clone(),
            counterexample: Counterexample::Session(*failing.first()?, endpoints[0]),
            count: (failing.len() * endpoints.len()) as u64,
            unproven,
        };
        Some(((found, format!("{:?}", cell.decider)), failure))
    }
}

fn over_account<'a>(matrix: &Matrix, test: &'a Test) -> Outcome<'a> {
    let users = select::users(matrix, test);
    let selected = users.len() as u64;
    let (over, checked) = (Over::Accounts, selected);
    let mut outcome =
        Outcome { test, selected, checked, over, failures: Vec::new(), is_denied: false };
    for (index, expectation) in test.expect.iter().enumerate() {
        let mut reasons: BTreeMap<(String, String), Failure> = BTreeMap::new();
        for &user in &users {
            let Some(actual) = in_account(&matrix.accounts.account(user), expectation) else {
                continue;
            };
            let unproven = actual.unproven;
            if unproven || !actual.holds {
                let reason = (actual.text.clone(), format!("{:?}", actual.source));
                let counterexample = Counterexample::Account(user);
                let (found, count) = (actual.text, 1);
                let failure =
                    Failure { expectation: index, found, counterexample, count, unproven };
                merge(&mut reasons, reason, failure);
            }
        }
        outcome.failures.extend(ordered(reasons));
    }
    outcome
}

/// Adds a failure to those for the same reason, keeping the first counterexample.
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
