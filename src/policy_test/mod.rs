//! The `test` blocks of a workspace, over every session or account that they select (language 4.5).
//!
//! Selected sessions are taken by classes: equal sessions are looked at once, and counted.

use crate::ir::*;
use crate::profile::{Type, Value};
use crate::resolve::account::Setting;
use crate::resolve::{Decider, Endpoint, Matrix, Source, SubjectRef, TargetRef};
use std::cmp::Ordering;
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

/// Runs the tests whose name holds a text.
pub fn run<'a>(matrix: &Matrix<'a>, filter: &str) -> Vec<Outcome<'a>> {
    let tests = matrix.ir.tables.tests.iter().filter(|test| test.object.name.contains(filter));
    tests.map(|test| outcome(matrix, test)).collect()
}

fn outcome<'a>(matrix: &Matrix<'a>, test: &'a Test) -> Outcome<'a> {
    let over_accounts = test.expect.iter().any(|expectation| !matches!(expectation.subject, Subject::Permission(_)));
    if over_accounts { over_account(matrix, test) } else { over_session(matrix, test) }
}

fn over_session<'a>(matrix: &Matrix<'a>, test: &'a Test) -> Outcome<'a> {
    let subjects =
        by_class(&matrix.subjects, |subject| test.when.iter().all(|when| selects_subject(matrix, when, *subject)));
    let endpoints =
        by_class(&matrix.endpoints, |endpoint| test.when.iter().all(|when| selects_endpoint(matrix, when, endpoint)));
    let size = |classes: &BTreeMap<u32, Vec<usize>>| classes.values().map(Vec::len).sum::<usize>() as u64;
    let mut outcome =
        Outcome { test, selected: size(&subjects) * size(&endpoints), over: Over::Sessions, failures: Vec::new() };
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
                let cell = cells.cell(matrix.ir, &stack, method, permission as usize);
                let ty = &matrix.ir.profile.permissions[permission as usize].ty;
                let value_holds = holds(matrix.ir, expectation, ty, cell.value);
                // Who chose a group's policy is not a matter of the class: ask each subject.
                let from_group = matches!(expectation.from, Some(DecidedBy::GroupPolicy(_)));
                if value_holds && !from_group && decided(matrix, expectation, subject, method, cell.decider) {
                    continue;
                }
                let failing: Vec<usize> = subject_members
                    .iter()
                    .copied()
                    .filter(|&at| {
                        !(value_holds && decided(matrix, expectation, matrix.subjects[at].0, method, cell.decider))
                    })
                    .collect();
                let Some(&first_subject) = failing.first() else { continue };
                let found = cell.value.map_or_else(|| "n/a".into(), |value| ty.text(value));
                let reason = (found.clone(), format!("{:?}", cell.decider));
                let example = Counterexample::Session(first_subject, first.1);
                let count = count / subject_members.len() as u64 * failing.len() as u64;
                merge(&mut reasons, reason, Failure { expectation: index, found, counterexample: example, count });
            }
        }
        outcome.failures.extend(ordered(reasons));
    }
    outcome
}

fn over_account<'a>(matrix: &Matrix<'a>, test: &'a Test) -> Outcome<'a> {
    let users: Vec<UserId> = (0..matrix.ir.tables.users.len() as u32)
        .map(UserId)
        .filter(|&user| test.when.iter().all(|when| selects_subject(matrix, when, SubjectRef::User(user))))
        .collect();
    let mut outcome = Outcome { test, selected: users.len() as u64, over: Over::Accounts, failures: Vec::new() };
    for (index, expectation) in test.expect.iter().enumerate() {
        let mut reasons: BTreeMap<(String, String), Failure> = BTreeMap::new();
        for &user in &users {
            let (found, source, value_holds) = account_value(matrix, expectation, user);
            let decided = match expectation.from {
                None => true,
                Some(DecidedBy::GroupPolicy(id)) => source == Source::GroupPolicy(id),
                Some(DecidedBy::Account) => source == Source::User,
                Some(DecidedBy::Profile) => source == Source::Profile,
                Some(_) => false,
            };
            if !(value_holds && decided) {
                let reason = (found.clone(), format!("{source:?}"));
                let failure =
                    Failure { expectation: index, found, counterexample: Counterexample::Account(user), count: 1 };
                merge(&mut reasons, reason, failure);
            }
        }
        outcome.failures.extend(ordered(reasons));
    }
    outcome
}

/// The value of what an expectation looks at, who decided it, and whether it is as expected.
fn account_value(matrix: &Matrix<'_>, expectation: &Expectation, user: UserId) -> (String, Source, bool) {
    let ir = matrix.ir;
    match expectation.subject {
        Subject::SessionPolicy(slot) => {
            let chosen = matrix.accounts.session_policy(user, slot as usize);
            let found =
                chosen.assignment.as_ref().map_or_else(|| "not defined".into(), |found| ir.assignment_text(found));
            let named = expectation.values.iter().any(|value| *value == Expected::Assignment(found.clone()));
            let holds = if expectation.operator == Operator::NotIn { !named } else { named };
            (found, chosen.source, holds)
        }
        Subject::Setting(entry) | Subject::Permission(entry) => {
            let Setting { value, source, .. } = matrix.accounts.setting(user, entry as usize);
            let ty = &ir.profile.settings[entry as usize].ty;
            (ty.text(value), source, holds(ir, expectation, ty, Some(value)))
        }
    }
}

fn merge(reasons: &mut BTreeMap<(String, String), Failure>, reason: (String, String), failure: Failure) {
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

/// Selected items by their class, as indices, ascending.
fn by_class<T>(items: &[(T, u32)], selects: impl Fn(&T) -> bool) -> BTreeMap<u32, Vec<usize>> {
    let mut classes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, (item, class)) in items.iter().enumerate() {
        if selects(item) {
            classes.entry(*class).or_default().push(at);
        }
    }
    classes
}

/// Whether a condition lets a subject through. `!=` and `not in` select among the same kind.
fn selects_subject(matrix: &Matrix<'_>, when: &When, subject: SubjectRef) -> bool {
    let tables = &matrix.ir.tables;
    match (when.selector, subject) {
        (Selector::User(id), SubjectRef::User(user)) => (id == user) != when.negated,
        (Selector::InGroupPolicy(id), SubjectRef::User(user)) => {
            matrix.accounts.class(user).groups.policies.contains(&id) != when.negated
        }
        (Selector::InDirectoryGroup(id), SubjectRef::User(user)) => {
            let members = &tables.directory_groups[id.index()].members;
            members.binary_search_by_key(&user, |(member, _)| *member).is_ok() != when.negated
        }
        (Selector::Invite(id), SubjectRef::Invite(invite)) => (id == invite) != when.negated,
        (Selector::User(_) | Selector::InGroupPolicy(_) | Selector::InDirectoryGroup(_) | Selector::Invite(_), _) => {
            false
        }
        _ => true,
    }
}

fn selects_endpoint(matrix: &Matrix<'_>, when: &When, endpoint: &Endpoint) -> bool {
    match (when.selector, endpoint.target) {
        (Selector::JumpItem(id), TargetRef::JumpItem(item)) => (id == item) != when.negated,
        (Selector::InJumpGroup(id), TargetRef::JumpItem(item)) => {
            (matrix.ir.tables.jump_items[item.index()].group == Some(id)) != when.negated
        }
        (Selector::Portal(id), TargetRef::Portal(portal)) => (id == portal) != when.negated,
        (Selector::JumpItem(_) | Selector::InJumpGroup(_) | Selector::Portal(_), _) => false,
        (Selector::Method(method), _) => (method == endpoint.method) != when.negated,
        (Selector::Presence(present), _) => endpoint.present.is_some_and(|found| (found == present) != when.negated),
        _ => true,
    }
}

/// Whether a value is as expected. `n/a` equals only itself, and is neither above nor below another.
fn holds(ir: &Ir, expectation: &Expectation, ty: &Type, value: Option<&Value>) -> bool {
    let equals = |expected: &Expected| match (expected, value) {
        (Expected::NotApplicable, None) => true,
        (Expected::Value(id), Some(value)) => ir.value(*id) == value,
        _ => false,
    };
    let against = |wanted: Ordering| {
        expectation.values.iter().all(|expected| match (expected, value) {
            (Expected::Value(id), Some(value)) => {
                ty.compare(value, ir.value(*id)).is_some_and(|found| found == wanted || found == Ordering::Equal)
            }
            _ => false,
        })
    };
    match expectation.operator {
        Operator::In => expectation.values.iter().any(equals),
        Operator::NotIn => !expectation.values.iter().any(equals),
        Operator::AtMost => against(Ordering::Less),
        Operator::AtLeast => against(Ordering::Greater),
    }
}

/// Whether a session's cell was decided by whom the expectation says.
fn decided(
    matrix: &Matrix<'_>,
    expectation: &Expectation,
    subject: SubjectRef,
    method: usize,
    decider: Decider,
) -> bool {
    let Some(from) = expectation.from else { return true };
    let last = matrix.ir.profile.layers.len() - 1;
    match (from, decider) {
        (DecidedBy::Method, found) => found == Decider::Method,
        (DecidedBy::Layer(layer), Decider::Policy(found, _)) => layer == found,
        (DecidedBy::Layer(layer), Decider::BuiltIn) => layer == last,
        (DecidedBy::SessionPolicy(policy), Decider::Policy(_, found)) => policy == found,
        (DecidedBy::GroupPolicy(group), Decider::Policy(layer, _)) => {
            use crate::profile::LayerKind;
            let by_group =
                matches!(matrix.ir.profile.layers[layer].kind, LayerKind::GroupPolicy | LayerKind::Representative);
            let slot = matrix.ir.profile.slot_of(method);
            by_group
                && matches!(subject, SubjectRef::User(user)
                    if matrix.accounts.session_policy(user, slot).source == Source::GroupPolicy(group))
        }
        _ => false,
    }
}
