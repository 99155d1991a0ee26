//! What came of the policy tests: for people, for programs, and as JUnit for CI.

use crate::diagnostic::junit::xml;
use crate::ir::Subject;
use crate::matrix::Matrix;
use crate::policy_test::coverage::Coverage;
use crate::policy_test::mutate::Mutation;
use crate::policy_test::{Counterexample, Failure, Outcome, Over, Share};
use crate::report::Style;
use crate::report::matrix::simulate::{self, Session};
use crate::report::policy_test::coverage;
use crate::report::policy_test::mutation;
use crate::report::shown;
use crate::report::words::names::{count, plain};
use crate::text::layout::hanging;
use serde_json::{Value, json};

/// What was measured beside the outcomes, each with what was asked for at the least, in tenths of a
/// percent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measures<'m> {
    pub coverage: Option<(&'m Coverage, Option<u32>)>,
    /// Without a mutation inside, it was asked for but not tried: not all tests pass.
    pub mutation: Option<(Option<&'m Mutation<'m>>, Option<u32>)>,
}

impl Measures<'_> {
    /// Whether everything that was asked for is there.
    pub fn passed(&self) -> bool {
        let enough =
            |share: Share, least: Option<u32>| least.is_none_or(|least| share.reaches(least));
        self.coverage.is_none_or(|(coverage, least)| enough(coverage.share(), least))
            && self.mutation.is_none_or(|(mutation, least)| {
                mutation.is_some_and(|mutation| enough(mutation.share(), least))
            })
    }
}

fn selected(outcome: &Outcome<'_>) -> String {
    let one = match outcome.over {
        Over::Sessions => "session",
        Over::Accounts => "account",
    };
    count(outcome.selected, one)
}

/// The line of an expectation as it was written.
fn written(matrix: &Matrix, outcome: &Outcome<'_>, failure: &Failure) -> String {
    let span = outcome.test.expect[failure.expectation].span;
    shown(matrix.ir.sources.text(span).trim())
}

fn location(matrix: &Matrix, outcome: &Outcome<'_>, failure: &Failure) -> String {
    shown(&matrix.ir.location(outcome.test.expect[failure.expectation].span))
}

/// A line for each test, and under one that does not hold the smallest counterexample and how many
/// there are. Then what was measured.
pub fn text(
    matrix: &Matrix,
    outcomes: &[Outcome<'_>],
    measures: Measures<'_>,
    style: Style,
) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        let name = shown(&outcome.test.object.name);
        if outcome.passed() {
            out.push_str(&hanging(
                "passed  ",
                &format!("{name} ({})", selected(outcome)),
                style.width,
            ));
            out.push('\n');
            continue;
        }
        out.push_str(&style.alarm(&hanging(
            "FAILED  ",
            &format!("{name} ({})", selected(outcome)),
            style.width,
        )));
        out.push('\n');
        if outcome.selected == 0 {
            let place = shown(&matrix.ir.location(outcome.test.object.span));
            out.push_str(&hanging(
                "        ",
                &format!("it selects nothing, so it proves nothing · {place}"),
                style.width,
            ));
            out.push('\n');
        }
        for failure in &outcome.failures {
            failed(&mut out, matrix, outcome, failure, style);
        }
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count() as u64;
    let failed = outcomes.len() as u64 - passed;
    let summary = match failed {
        0 => format!("{} passed", count(passed, "test")),
        failed => format!("{passed} passed, {failed} FAILED"),
    };
    out.push_str(&format!("\n{}\n", style.bold(&summary)));
    if let Some((coverage, least)) = measures.coverage {
        out.push_str(&format!("\n{}", coverage::text(&matrix.ir, coverage, least, style)));
    }
    match measures.mutation {
        Some((Some(mutation), least)) => {
            out.push_str(&format!("\n{}", mutation::text(&matrix.ir, mutation, least, style)));
        }
        Some((None, _)) => {
            out.push_str(&format!("\n{}\n", hanging("", mutation::NOT_TRIED, style.width)))
        }
        None => {}
    }
    out
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
    out.push_str(&hanging("        ", &line, style.width));
    out.push('\n');
    let others = match failure.count - 1 {
        0 => String::new(),
        more => {
            format!(", and {} more for the same reason", crate::report::words::names::number(more))
        }
    };
    match failure.counterexample {
        Counterexample::Account(user) => {
            let name = plain(&matrix.ir.tables.users[user.index()].object.name);
            let found = format!("{name} has {}{others}", shown(&failure.found));
            out.push_str(&hanging("        ", &found, style.width));
            out.push('\n');
        }
        Counterexample::Session(subject, endpoint) => {
            out.push_str(&hanging(
                "        ",
                &format!("found {}{others}; the first:", shown(&failure.found)),
                style.width,
            ));
            out.push('\n');
            let Subject::Permission(permission) = outcome.test.expect[failure.expectation].subject
            else {
                return;
            };
            let inner = Style { width: style.width.saturating_sub(8), ..style };
            let trace = simulate::text(
                matrix,
                Session { subject, endpoint },
                Some(permission as usize),
                inner,
            );
            for line in trace.lines() {
                out.push_str(format!("        {line}").trim_end());
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
            json!({
                "expectation": matrix.ir.sources.text(outcome.test.expect[failure.expectation].span).trim(),
                "location": matrix.ir.location(outcome.test.expect[failure.expectation].span),
                "found": failure.found,
                "count": failure.count,
                "counterexample": example(matrix, failure),
            })
        });
        json!({
            "name": outcome.test.object.name,
            "location": matrix.ir.location(outcome.test.object.span),
            "passed": outcome.passed(),
            "over": match outcome.over { Over::Sessions => "sessions", Over::Accounts => "accounts" },
            "selected": outcome.selected,
            "failures": failures.collect::<Vec<_>>(),
        })
    });
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    let mut document = json!({
        "schema": "precedent-test/1",
        "passed": passed,
        "failed": outcomes.len() - passed,
        "tests": tests.collect::<Vec<_>>(),
    });
    if let Some((coverage, least)) = measures.coverage {
        document["coverage"] = coverage::json(&matrix.ir, coverage, least);
    }
    if let Some((mutation, least)) = measures.mutation {
        document["mutation"] =
            mutation.map_or(Value::Null, |mutation| mutation::json(&matrix.ir, mutation, least));
    }
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// JUnit XML: a suite of the tests, and one for each measure.
pub fn junit(matrix: &Matrix, outcomes: &[Outcome<'_>], measures: Measures<'_>) -> String {
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"precedent\" tests=\"{}\" failures=\"{failed}\">\n",
        outcomes.len()
    );
    for outcome in outcomes {
        let file = &matrix.ir.sources.file(outcome.test.object.span.file).path;
        let name = xml(&outcome.test.object.name);
        out.push_str(&format!("<testcase name=\"{name}\" classname=\"{}\">", xml(file)));
        if outcome.selected == 0 {
            out.push_str("<failure message=\"it selects nothing, so it proves nothing\"/>");
        }
        for failure in &outcome.failures {
            let line = written(matrix, outcome, failure);
            let message = format!("{line}: found {} in {}", failure.found, failure.count);
            let place =
                format!("{} {}", location(matrix, outcome, failure), example(matrix, failure));
            out.push_str(&format!(
                "<failure message=\"{}\">{}</failure>",
                xml(&message),
                xml(&place)
            ));
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("</testsuite>\n");
    if let Some((coverage, least)) = measures.coverage {
        out.push_str(&coverage::junit(&matrix.ir, coverage, least));
    }
    if let Some((Some(mutation), least)) = measures.mutation {
        out.push_str(&mutation::junit(&matrix.ir, mutation, least));
    }
    out.push_str("</testsuites>\n");
    out
}
