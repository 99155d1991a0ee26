//! The results of policy tests: as text, as JSON, and as JUnit for CI.

use crate::diagnostic::junit::xml;
use crate::ir::Subject;
use crate::matrix::Matrix;
use crate::policy_test::coverage::Coverage;
use crate::policy_test::mutate::Mutation;
use crate::policy_test::{Counterexample, Failure, Outcome, Over, Share};
use crate::report::Style;
use crate::report::matrix::simulate::{self, Session};
use crate::report::policy_test::lines::put;
use crate::report::policy_test::{coverage, mutation};
use crate::report::shown;
use crate::report::words::names::plain;
use crate::text::layout::hanging;
use crate::text::{count, number};
use serde_json::{Value, json};

/// What the lines below a test begin with.
const INDENT: &str = "          ";

/// What was measured besides the results, each with the minimum that must be reached, in tenths of
/// a percent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measures<'m> {
    /// The coverage, if it was asked for.
    pub coverage: Option<(&'m Coverage, Option<u32>)>,
    /// The outcomes of mutation, if they were asked for. `None` inside if it was skipped, because
    /// not all tests pass.
    pub mutation: Option<(Option<&'m Mutation<'m>>, Option<u32>)>,
}

impl Measures<'_> {
    /// Whether something was measured, and all minimums are reached.
    pub fn passed(&self) -> bool {
        let reached = |share: Share, minimum: Option<u32>| {
            share.whole > 0 && minimum.is_none_or(|minimum| share.reaches(minimum))
        };
        self.coverage.is_none_or(|(coverage, minimum)| reached(coverage.share(), minimum))
            && self.mutation.is_none_or(|(mutation, minimum)| {
                mutation.is_some_and(|mutation| reached(mutation.score(), minimum))
            })
    }
}

/// `1 session`, `12 accounts`: a number of what a test selects.
fn of_kind(outcome: &Outcome<'_>, number: u64) -> String {
    let kind = match outcome.over {
        Over::Sessions => "session",
        Over::Accounts => "account",
    };
    count(number, kind)
}

/// Why a test that does not pass proves nothing, if that is the reason.
fn proves_nothing(outcome: &Outcome<'_>) -> Option<String> {
    if outcome.is_empty() {
        return Some(format!("it looks at no session: {}", outcome.nothing_to_check()));
    }
    let kind = match outcome.over {
        Over::Sessions => "session",
        Over::Accounts => "account",
    };
    (outcome.selected == 0)
        .then(|| format!("no {kind} matches its `when` lines, so it proves nothing"))
}

/// The line of an expectation as it was written.
fn written(matrix: &Matrix, outcome: &Outcome<'_>, failure: &Failure) -> String {
    let span = outcome.test.expect[failure.expectation].span;
    shown(matrix.ir.sources.text(span).trim())
}

fn location(matrix: &Matrix, outcome: &Outcome<'_>, failure: &Failure) -> String {
    shown(&matrix.ir.location(outcome.test.expect[failure.expectation].span))
}

/// A line for each test. Below a test that fails, each reason with the number of failures and the
/// first counterexample. Then the measures.
pub fn text(
    matrix: &Matrix,
    outcomes: &[Outcome<'_>],
    measures: Measures<'_>,
    style: Style,
) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        let name = shown(&outcome.test.object.name);
        let line = match outcome.checked {
            checked if checked == outcome.selected => {
                format!("{name} ({})", of_kind(outcome, outcome.selected))
            }
            checked => format!(
                "{name} ({}; {} more cannot be started)",
                of_kind(outcome, checked),
                number(outcome.selected - checked)
            ),
        };
        if outcome.is_empty() && outcome.passed() {
            put(&mut out, "empty     ", &format!("{name} ({})", outcome.nothing_to_check()), style);
            continue;
        }
        if outcome.passed() {
            put(&mut out, "passed    ", &line, style);
            continue;
        }
        let label = if outcome.is_unproven() { "UNPROVEN  " } else { "FAILED    " };
        out.push_str(&style.alarm(&hanging(label, &line, style.width)));
        out.push('\n');
        if let Some(why) = proves_nothing(outcome) {
            let place = shown(&matrix.ir.location(outcome.test.object.span));
            put(&mut out, INDENT, &format!("{why} · {place}"), style);
        }
        for failure in &outcome.failures {
            failed(&mut out, matrix, outcome, failure, style);
        }
    }
    out.push_str(&format!("\n{}\n", style.bold(&summary(outcomes))));
    if let Some((coverage, minimum)) = measures.coverage {
        out.push_str(&format!("\n{}", coverage::text(&matrix.ir, coverage, minimum, style)));
    }
    match measures.mutation {
        Some((Some(mutation), minimum)) => {
            out.push_str(&format!("\n{}", mutation::text(&matrix.ir, mutation, minimum, style)));
        }
        Some((None, _)) => {
            out.push_str(&format!("\n{}\n", hanging("", mutation::NOT_TRIED, style.width)))
        }
        None => {}
    }
    out
}

/// `5 tests passed`, `3 passed, 1 empty, 1 FAILED, 1 UNPROVEN`.
fn summary(outcomes: &[Outcome<'_>]) -> String {
    if outcomes.is_empty() {
        return "there is no test".into();
    }
    let count_of = |is: &dyn Fn(&Outcome<'_>) -> bool| {
        outcomes.iter().filter(|outcome| is(outcome)).count() as u64
    };
    let empty = count_of(&|outcome| outcome.is_empty() && outcome.passed());
    let passed = count_of(&|outcome| outcome.passed());
    let unproven = count_of(&|outcome| outcome.is_unproven());
    let failed = outcomes.len() as u64 - passed - unproven;
    let rest = [(empty, "empty"), (failed, "FAILED"), (unproven, "UNPROVEN")];
    let rest: Vec<String> = rest
        .into_iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, word)| format!(", {} {word}", number(many)))
        .collect();
    match rest.is_empty() {
        true => format!("{} passed", count(passed, "test")),
        false => format!("{} passed{}", number(passed - empty), rest.concat()),
    }
}

fn failed(
    out: &mut String,
    matrix: &Matrix,
    outcome: &Outcome<'_>,
    failure: &Failure,
    style: Style,
) {
    let line =
        format!("{} · {}", written(matrix, outcome, failure), location(matrix, outcome, failure));
    put(out, INDENT, &line, style);
    let found = format!("found {} in {}", shown(&failure.found), of_kind(outcome, failure.count));
    match failure.counterexample {
        Counterexample::Account(user) => {
            let name = plain(&matrix.ir.tables.users[user.index()].object.name);
            put(out, INDENT, &format!("{found}; for example, {name}"), style);
        }
        Counterexample::Session(at_subject, at) => {
            put(out, INDENT, &format!("{found}; for example:"), style);
            let subject = outcome.test.expect[failure.expectation].subject;
            let inner = Style { width: style.width.saturating_sub(INDENT.len()), ..style };
            let session = Session { subject: at_subject, endpoint: at };
            let trace = match subject {
                Subject::Permission(permission) => {
                    simulate::permission_text(matrix, session, permission as usize, inner)
                }
                _ => simulate::start_text(matrix, session, inner),
            };
            for line in trace.lines() {
                out.push_str(format!("{INDENT}{line}").trim_end());
                out.push('\n');
            }
        }
    }
}

fn example(matrix: &Matrix, failure: &Failure) -> Value {
    match failure.counterexample {
        Counterexample::Account(user) => {
            json!({"user": matrix.ir.tables.users[user.index()].object.name})
        }
        Counterexample::Session(subject, endpoint) => {
            let (subject, endpoint) = (matrix.subjects[subject].0, &matrix.endpoints[endpoint].0);
            json!(simulate::session_fields(matrix, subject, endpoint))
        }
    }
}

/// JSON, schema `precedent-test/1`: see `docs/json.md`.
pub fn json(
    matrix: &Matrix,
    outcomes: &[Outcome<'_>],
    measures: Measures<'_>,
) -> serde_json::Result<String> {
    let tests = outcomes.iter().map(|outcome| {
        let failures = outcome.failures.iter().map(|failure| {
            let span = outcome.test.expect[failure.expectation].span;
            json!({
                "expectation": matrix.ir.sources.text(span).trim(),
                "location": matrix.ir.location(span),
                "found": failure.found,
                "unproven": failure.unproven,
                "count": failure.count,
                "counterexample": example(matrix, failure),
            })
        });
        let over = match outcome.over {
            Over::Sessions => "sessions",
            Over::Accounts => "accounts",
        };
        json!({
            "name": outcome.test.object.name,
            "location": matrix.ir.location(outcome.test.object.span),
            "passed": outcome.passed(),
            "over": over,
            "selected": outcome.selected,
            "checked": outcome.checked,
            "empty": outcome.is_empty(),
            "unproven": outcome.is_unproven(),
            "failures": failures.collect::<Vec<_>>(),
        })
    });
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    let unproven = outcomes.iter().filter(|outcome| outcome.is_unproven()).count();
    let mut document = json!({
        "schema": "precedent-test/1",
        "passed": passed,
        "failed": outcomes.len() - passed - unproven,
        "unproven": unproven,
        "tests": tests.collect::<Vec<_>>(),
    });
    if let Some((coverage, minimum)) = measures.coverage {
        document["coverage"] = coverage::json(&matrix.ir, coverage, minimum);
    }
    if let Some((mutation, minimum)) = measures.mutation {
        document["mutation"] =
            mutation.map_or(Value::Null, |mutation| mutation::json(&matrix.ir, mutation, minimum));
    }
    crate::text::json::pretty(&document)
}

/// JUnit XML: a suite for the tests, and one for each measure.
pub fn junit(matrix: &Matrix, outcomes: &[Outcome<'_>], measures: Measures<'_>) -> String {
    let errors = outcomes.iter().filter(|outcome| outcome.is_unproven()).count();
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count() - errors;
    // Programs that read these reports reject one without cases.
    let none = usize::from(outcomes.is_empty());
    let is_skipped = |outcome: &Outcome<'_>| outcome.is_empty() && outcome.passed();
    let skipped = outcomes.iter().filter(|outcome| is_skipped(outcome)).count() + none;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"precedent\" tests=\"{}\" failures=\"{failed}\" errors=\"{errors}\" \
         skipped=\"{skipped}\">\n",
        outcomes.len() + none
    );
    if outcomes.is_empty() {
        out.push_str(
            "<testcase name=\"no tests\" classname=\"precedent\">\
             <skipped message=\"there is no test\"/></testcase>\n",
        );
    }
    for outcome in outcomes {
        let file = &matrix.ir.sources.file(outcome.test.object.span.file).path;
        let name = xml(&outcome.test.object.name);
        out.push_str(&format!("<testcase name=\"{name}\" classname=\"{}\">", xml(file)));
        if let Some(why) = proves_nothing(outcome) {
            let kind = if is_skipped(outcome) { "skipped" } else { "failure" };
            out.push_str(&format!("<{kind} message=\"{}\"/>", xml(&why)));
        }
        for failure in &outcome.failures {
            let line = written(matrix, outcome, failure);
            let count = of_kind(outcome, failure.count);
            let message = format!("{line}: found {} in {count}", failure.found);
            let place =
                format!("{} {}", location(matrix, outcome, failure), example(matrix, failure));
            let (message, place) = (xml(&message), xml(&place));
            out.push_str(&match failure.unproven {
                true => {
                    format!("<error type=\"unproven\" message=\"{message}\">{place}</error>")
                }
                false => format!("<failure message=\"{message}\">{place}</failure>"),
            });
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("</testsuite>\n");
    if let Some((coverage, minimum)) = measures.coverage {
        out.push_str(&coverage::junit(&matrix.ir, coverage, minimum));
    }
    if let Some((Some(mutation), minimum)) = measures.mutation {
        out.push_str(&mutation::junit(&matrix.ir, mutation, minimum));
    }
    out.push_str("</testsuites>\n");
    out
}
