//! Whether a value, and what decided it, is as expected.

use crate::ir::*;
use crate::matrix::{Account, Decider, Matrix, Source, SubjectRef};
use crate::profile::{LayerKind, Type, UNKNOWN, Value};
use std::cmp::Ordering;

/// Whether a value is as expected. `n/a` grants nothing: it is at most any value, and counts as the
/// least value of its type beside itself.
pub(super) fn holds(ir: &Ir, expectation: &Expectation, ty: &Type, value: Option<&Value>) -> bool {
    let is_least = |value: &Value| ty.least().is_some_and(|least| ty.is_same(&least, value));
    let equals = |expected: &Expected| match (expected, value) {
        (Expected::NotApplicable, None) => true,
        (Expected::Value(id), Some(value)) => ty.is_same(value, ir.value(*id)),
        (Expected::Value(id), None) => is_least(ir.value(*id)),
        _ => false,
    };
    let against = |wanted: Ordering| {
        expectation.values.iter().all(|expected| match (expected, value) {
            (Expected::Value(id), Some(value)) => ty
                .compare(value, ir.value(*id))
                .is_some_and(|found| found == wanted || found == Ordering::Equal),
            (Expected::Value(id), None) => wanted == Ordering::Less || is_least(ir.value(*id)),
            (Expected::NotApplicable, None) => true,
            _ => false,
        })
    };
    match expectation.operator {
        Operator::Equal | Operator::In => expectation.values.iter().any(equals),
        Operator::NotEqual | Operator::NotIn => !expectation.values.iter().any(equals),
        Operator::AtMost => against(Ordering::Less),
        Operator::AtLeast => against(Ordering::Greater),
    }
}

/// Whether a value is known to be as expected.
pub(super) fn is_met(ir: &Ir, expectation: &Expectation, ty: &Type, value: Option<&Value>) -> bool {
    let is_proven = value != Some(&Value::Unknown) || asks_whether_unknown(ir, expectation);
    is_proven && holds(ir, expectation, ty, value)
}

/// A setting, and those that it requires, directly or not.
pub(super) fn with_required(ir: &Ir, setting: usize) -> impl Iterator<Item = usize> + '_ {
    let settings = &ir.profile.settings;
    let required = move |at: &usize| settings[*at].requires.as_ref().map(|found| found.entry);
    // A sound profile has no circle of requirements.
    std::iter::successors(Some(setting), required).take(settings.len())
}

/// Whether an expectation asks whether the value is unknown, by `== unknown` or `!= unknown`. Any
/// other one cannot be decided where the value is unknown.
pub(super) fn asks_whether_unknown(ir: &Ir, expectation: &Expectation) -> bool {
    if !matches!(expectation.operator, Operator::Equal | Operator::NotEqual) {
        return false;
    }
    match &expectation.values[..] {
        [Expected::Value(id)] => *ir.value(*id) == Value::Unknown,
        [Expected::Start(start)] => *start == ExpectedStart::Unknown,
        [Expected::Assignment(text)] => text == UNKNOWN,
        _ => false,
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
    /// Whether nobody knows that, because the value is unknown.
    pub unproven: bool,
}

/// Checks one account; `None` for an expectation that is not about accounts.
pub(super) fn in_account(
    account: &Account<'_, '_>,
    expectation: &Expectation,
) -> Option<AccountResult> {
    let ir = account.ir;
    let (text, source, value_holds) = match expectation.subject {
        Subject::Permission(_) | Subject::Start => return None,
        Subject::SessionPolicy(slot) => {
            let chosen = account.session_policy(slot as usize);
            let text = chosen
                .assignment
                .as_ref()
                .map_or_else(|| "not defined".into(), |found| ir.assignment_text(found));
            let named =
                expectation.values.iter().any(|value| *value == Expected::Assignment(text.clone()));
            let negated = matches!(expectation.operator, Operator::NotEqual | Operator::NotIn);
            (text, chosen.source, named != negated)
        }
        Subject::Setting(entry) => {
            let setting = account.setting(entry as usize);
            let ty = &ir.profile.settings[entry as usize].ty;
            (setting.text(ty), setting.source, holds(ir, expectation, ty, setting.value))
        }
    };
    let decided = match expectation.from {
        None => true,
        Some(DecidedBy::GroupPolicy(id)) => source == Source::GroupPolicy(id),
        Some(DecidedBy::Account) => source == Source::User,
        Some(DecidedBy::Profile) => source == Source::Profile,
        Some(_) => false,
    };
    let unproven = text == UNKNOWN && !asks_whether_unknown(ir, expectation);
    Some(AccountResult { text, source, holds: value_holds && decided, unproven })
}

#[cfg(test)]
mod tests {
    use super::holds;
    use crate::ir::Subject;
    use crate::profile::Value;
    use crate::workspace::{Input, RawFile, ReadError, compile};

    /// Whether an expectation about a value of a permission holds; `None` is `n/a`.
    fn check(expectation: &str, value: Option<&str>) -> bool {
        let text = format!("user \"ada\"\ntest \"t\" {{\n  expect {expectation}\n}}\n");
        let file = RawFile { path: "a.prec".into(), content: Ok(text.into_bytes()) };
        let input = Input { manifest: None, files: vec![file] };
        let mut none = |path: &str| RawFile {
            path: path.into(),
            content: Err(ReadError::Unreadable("no such file".into())),
        };
        let ir = compile(input, &mut none).ir.expect("an IR");
        let expectation = &ir.tables.tests[0].expect[0];
        let Subject::Permission(entry) = expectation.subject else { panic!("a permission") };
        let ty = &ir.profile.permissions[entry as usize].ty;
        let value: Option<Value> = value.map(|word| ty.word(word).expect("a value"));
        holds(&ir, expectation, ty, value.as_ref())
    }

    #[test]
    fn what_does_not_apply_is_at_most_anything_and_at_least_the_least() {
        for held in [
            "screen_sharing <= deny",
            "screen_sharing <= view_only",
            "screen_sharing == deny",
            "screen_sharing >= deny",
            "screen_sharing in [deny, view_only]",
            "screen_sharing in [view_only, n/a]",
            "screen_sharing == n/a",
            "screen_sharing != view_only",
            "screen_sharing not in [view_only, view_and_control]",
            "file_transfer.user_paths == only []",
            "file_transfer.user_paths <= any",
        ] {
            assert!(check(held, None), "{held}");
        }
        for failed in [
            "screen_sharing == view_only",
            "screen_sharing >= view_only",
            "screen_sharing in [view_only, view_and_control]",
            "screen_sharing != n/a",
            "screen_sharing != deny",
            "screen_sharing not in [deny]",
            "file_transfer.user_paths == any",
            "session_end.action == do_nothing",
        ] {
            assert!(!check(failed, None), "{failed}");
        }
        assert!(!check("screen_sharing == n/a", Some("deny")));
        assert!(!check("screen_sharing <= n/a", Some("deny")));
        assert!(check("screen_sharing != n/a", Some("deny")));
    }
}
