//! Expectations about `start`, which hold over all selected pairs, whether or not they can be
//! started.

use super::expect::asks_whether_unknown;
use super::{Counterexample, Failure, SelectedClass};
use crate::ir::*;
use crate::matrix::start::StartLayer;
use crate::matrix::{Matrix, Source, StartCell, StartValue, Starts};
use std::cmp::Ordering;

/// Failures by their reasons.
type Failures = Vec<((String, String), Failure)>;

/// The pairs of two classes that do not meet the expectation. They all have the same value, but not
/// the same decider.
pub(super) fn failures(
    matrix: &Matrix,
    expectation: &Expectation,
    index: usize,
    (&subject_class, subjects): SelectedClass<'_>,
    (&endpoint_class, endpoints): SelectedClass<'_>,
) -> Failures {
    let Some(starts) = &matrix.starts else { return Vec::new() };
    let value = matrix.start(subject_class, endpoint_class);
    let found = starts.text(value);
    let expected = as_expected(starts, value);
    let unproven = is_unproven(&matrix.ir, expectation, &expected);
    let fail = |reason: String, subject: usize, endpoint: usize, count: u64| {
        let counterexample = Counterexample::Session(subject, endpoint);
        let (expectation, found_text) = (index, found.clone());
        let failure = Failure { expectation, found: found_text, counterexample, count, unproven };
        ((found.clone(), reason), failure)
    };
    if unproven || !holds(expectation, &expected) {
        let count = (subjects.len() * endpoints.len()) as u64;
        return vec![fail(String::new(), subjects[0], endpoints[0], count)];
    }
    let Some(from) = expectation.from else { return Vec::new() };
    let mut failures = Vec::new();
    for &subject in subjects {
        for &endpoint in endpoints {
            let Some(cell) = matrix.start_cell(subject, endpoint) else { continue };
            if !decided(from, &cell) {
                let reason = format!("{:?} {:?}", cell.by.layer, cell.by.source);
                failures.push(fail(reason, subject, endpoint, 1));
            }
        }
    }
    failures
}

pub(super) fn decided(from: DecidedBy, cell: &StartCell) -> bool {
    match from {
        DecidedBy::Account => cell.by.layer == StartLayer::Account,
        DecidedBy::JumpGroup => cell.by.layer == StartLayer::JumpGroup,
        DecidedBy::Invite => cell.by.layer == StartLayer::Invite,
        DecidedBy::GroupPolicy(id) => cell.by.source == Source::GroupPolicy(id),
        DecidedBy::Layer(_)
        | DecidedBy::Method
        | DecidedBy::SessionPolicy(_)
        | DecidedBy::Profile => false,
    }
}

/// A value as an expectation names it.
pub(super) fn as_expected(starts: &Starts, value: StartValue) -> ExpectedStart {
    match value {
        StartValue::Deny => ExpectedStart::Deny,
        StartValue::Allow => ExpectedStart::Allow,
        StartValue::Unknown => ExpectedStart::Unknown,
        StartValue::With(list) => ExpectedStart::With(starts.policies(list).to_vec()),
    }
}

/// Whether nobody knows if a value is as expected.
fn is_unproven(ir: &Ir, expectation: &Expectation, value: &ExpectedStart) -> bool {
    *value == ExpectedStart::Unknown && !asks_whether_unknown(ir, expectation)
}

/// Whether a value is known to be as expected.
pub(super) fn is_met(ir: &Ir, expectation: &Expectation, value: &ExpectedStart) -> bool {
    !is_unproven(ir, expectation, value) && holds(expectation, value)
}

/// Whether a value is as expected.
fn holds(expectation: &Expectation, value: &ExpectedStart) -> bool {
    let values = || {
        expectation.values.iter().filter_map(|expected| match expected {
            Expected::Start(start) => Some(compare(value, start)),
            _ => None,
        })
    };
    let equal = |found: Option<Ordering>| found == Some(Ordering::Equal);
    match expectation.operator {
        Operator::Equal | Operator::In => values().any(equal),
        Operator::NotEqual | Operator::NotIn => !values().any(equal),
        Operator::AtMost => values().all(|found| found.is_some_and(Ordering::is_le)),
        Operator::AtLeast => values().all(|found| found.is_some_and(Ordering::is_ge)),
    }
}

/// `deny` < `with …` < `allow`; different jump policies do not compare.
fn compare(found: &ExpectedStart, expected: &ExpectedStart) -> Option<Ordering> {
    let rank = |value: &ExpectedStart| match value {
        ExpectedStart::Deny => Some(0),
        ExpectedStart::With(_) => Some(1),
        ExpectedStart::Allow => Some(2),
        ExpectedStart::Unknown => None,
    };
    if found == expected {
        return Some(Ordering::Equal);
    }
    match rank(found)?.cmp(&rank(expected)?) {
        Ordering::Equal => None,
        different => Some(different),
    }
}
