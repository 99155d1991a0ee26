//! Whether a value, and what decided it, is as expected.

use crate::ir::*;
use crate::matrix::{Account, Decider, Matrix, Source, SubjectRef};
use crate::profile::{LayerKind, Type, Value};
use std::cmp::Ordering;

/// Whether a value is as expected. `n/a` equals only itself, and is not comparable to any value.
pub(super) fn holds(ir: &Ir, expectation: &Expectation, ty: &Type, value: Option<&Value>) -> bool {
    let equals = |expected: &Expected| match (expected, value) {
        (Expected::NotApplicable, None) => true,
        (Expected::Value(id), Some(value)) => ir.value(*id) == value,
        _ => false,
    };
    let against = |wanted: Ordering| {
        expectation.values.iter().all(|expected| match (expected, value) {
            (Expected::Value(id), Some(value)) => ty
                .compare(value, ir.value(*id))
                .is_some_and(|found| found == wanted || found == Ordering::Equal),
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

/// Whether an expectation asks which group policy chose the session policy: sessions of one class
/// may differ in that.
pub(super) fn asks_for_group(expectation: &Expectation) -> bool {
    matches!(expectation.from, Some(DecidedBy::GroupPolicy(_)))
}

/// Who chose the session policy of a subject for sessions of a method; `None` for an invite.
pub(super) fn chosen_by(matrix: &Matrix, subject: SubjectRef, method: usize) -> Option<Source> {
    match subject {
        SubjectRef::User(user) => {
            Some(matrix.accounts.session_policy(user, matrix.ir.profile.slot_of(method)).source)
        }
        SubjectRef::Invite(_) => None,
    }
}

/// Whether a cell of a session was decided by what the expectation names after `from`. `chosen_by`
/// is called only if the expectation names a group policy.
pub(super) fn decided(
    ir: &Ir,
    expectation: &Expectation,
    decider: Decider,
    chosen_by: impl FnOnce() -> Option<Source>,
) -> bool {
    let Some(from) = expectation.from else { return true };
    let last = ir.profile.layers.len() - 1;
    match (from, decider) {
        (DecidedBy::Method, found) => found == Decider::Method,
        (DecidedBy::Layer(layer), Decider::Policy(found, _)) => layer == found,
        (DecidedBy::Layer(layer), Decider::BuiltIn) => layer == last,
        (DecidedBy::SessionPolicy(policy), Decider::Policy(_, found)) => policy == found,
        (DecidedBy::GroupPolicy(group), Decider::Policy(layer, _)) => {
            let kind = ir.profile.layers[layer].kind;
            matches!(kind, LayerKind::GroupPolicy | LayerKind::Representative)
                && chosen_by() == Some(Source::GroupPolicy(group))
        }
        _ => false,
    }
}

/// What an expectation finds in an account.
pub(super) struct AccountResult {
    /// The actual value, as canonical text.
    pub text: String,
    pub source: Source,
    /// Whether value and decider are as expected.
    pub holds: bool,
}

/// Checks one account; `None` for an expectation that is not about accounts.
pub(super) fn in_account(
    account: &Account<'_, '_>,
    expectation: &Expectation,
) -> Option<AccountResult> {
    let ir = account.ir;
    let (text, source, value_holds) = match expectation.subject {
        Subject::Permission(_) => return None,
        Subject::SessionPolicy(slot) => {
            let chosen = account.session_policy(slot as usize);
            let text = chosen
                .assignment
                .as_ref()
                .map_or_else(|| "not defined".into(), |found| ir.assignment_text(found));
            let named =
                expectation.values.iter().any(|value| *value == Expected::Assignment(text.clone()));
            (text, chosen.source, named != (expectation.operator == Operator::NotIn))
        }
        Subject::Setting(entry) => {
            let setting = account.setting(entry as usize);
            let ty = &ir.profile.settings[entry as usize].ty;
            (
                ty.text(setting.value),
                setting.source,
                holds(ir, expectation, ty, Some(setting.value)),
            )
        }
    };
    let decided = match expectation.from {
        None => true,
        Some(DecidedBy::GroupPolicy(id)) => source == Source::GroupPolicy(id),
        Some(DecidedBy::Account) => source == Source::User,
        Some(DecidedBy::Profile) => source == Source::Profile,
        Some(_) => false,
    };
    Some(AccountResult { text, source, holds: value_holds && decided })
}
