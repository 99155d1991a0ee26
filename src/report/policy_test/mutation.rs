//! The outcomes of mutation testing: as text, as JSON, and as JUnit for CI.

use crate::ir::Ir;
use crate::policy_test::change::{LineChange, To};
use crate::policy_test::lines::{LineKind, ValueLine};
use crate::policy_test::mutate::{Mutation, MutationOutcome};
use crate::profile::{Strings, Value};
use crate::report::Style;
use crate::report::policy_test::lines::{
    Row, gate, grouped, junit_suite, line_json, percent, put, share_json, truncate, written,
};
use crate::text::quote;
use crate::text::{count, number};
use serde_json::{Value as Json, json};

/// The report if nothing was changed.
pub(super) const NOT_TRIED: &str = "mutation was skipped: it needs tests that all pass";

/// The changes that survive by declaration, the largest groups first, and the total at the end.
/// `minimum` is the value of `--min-killed`, in tenths of a percent.
pub(super) fn text(ir: &Ir, mutation: &Mutation<'_>, minimum: Option<u32>, style: Style) -> String {
    let mut out = String::new();
    let rows = survivors(ir, mutation);
    if !rows.is_empty() {
        out.push_str(&format!("{}\n", style.bold("surviving changes: all tests still pass")));
        grouped(&mut out, ir, rows, |declaration, _| declaration.to_owned(), style);
        out.push('\n');
    }
    let equivalent = mutation.of(MutationOutcome::Equivalent).count() as u64;
    if equivalent > 0 {
        let changes = count(equivalent, "change");
        let text = format!("{changes} without effect on anything that a test could check");
        put(&mut out, "not counted: ", &text, style);
        out.push('\n');
    }
    out.push_str(&format!("{}\n", style.bold(&summary(mutation))));
    gate(&mut out, mutation.score(), minimum, "--min-killed", style);
    out
}

fn summary(mutation: &Mutation<'_>) -> String {
    let score = mutation.score();
    let changes = count(score.whole, "change");
    let killed = number(score.part);
    format!("mutation score {}: tests kill {killed} of {changes}", percent(score.tenths()))
}

/// A row for each line with changes that survive: `shell = deny → not defined or allow`.
fn survivors<'m>(ir: &Ir, mutation: &'m Mutation<'_>) -> Vec<Row<'m>> {
    let survived: Vec<&LineChange> = mutation.of(MutationOutcome::Survived).collect();
    let rows = survived.chunk_by(|a, b| a.line == b.line).map(|changes| {
        let line = &mutation.changes.lines[changes[0].line];
        let to: Vec<String> = changes.iter().map(|change| to(ir, mutation, change)).collect();
        (line, format!("{} → {}", written(ir, line), to.join(" or ")))
    });
    rows.collect()
}

/// What a line is changed to, and the lines that are dropped with it.
fn to(ir: &Ir, mutation: &Mutation<'_>, change: &LineChange) -> String {
    let line = &mutation.changes.lines[change.line];
    let text =
        truncate(&item(ir, line, change.to).unwrap_or_else(|| mutation.changes.text(ir, change)));
    let LineKind::Permission { policy, entry, .. } = line.kind else { return text };
    let changed = mutation.changes.policy(ir, policy, entry, change.to);
    match changed.map_or(0, |changed| changed.dropped.len()) as u64 {
        0 => text,
        1 => format!("{text} (also removes the line that depends on it)"),
        more => format!("{text} (without the {} that require it)", count(more, "line")),
    }
}

/// The item that a list gains or loses, which is easier to read than two lists.
fn item(ir: &Ir, line: &ValueLine, to: To) -> Option<String> {
    use Strings::{Except, Only};
    let (To::Value(after), Some(before)) = (to, line.definition(ir)) else { return None };
    match (ir.value(before.value), ir.value(after)) {
        (Value::Strings(Only(before)), Value::Strings(Only(after)))
        | (Value::Strings(Except(before)), Value::Strings(Except(after))) => {
            let lacks = |list: &[String], of: &[String]| {
                of.iter().find(|item| !list.contains(item)).map(|item| quote(item))
            };
            let gained = lacks(before, after).map(|item| format!("with {item}"));
            gained.or(lacks(after, before).map(|item| format!("without {item}")))
        }
        _ => None,
    }
}

/// The value of the key `mutation`: see `docs/json.md`.
pub(super) fn json(ir: &Ir, mutation: &Mutation<'_>, minimum: Option<u32>) -> Json {
    let score = mutation.score();
    let changes = |outcome| {
        let changes = mutation.of(outcome).map(|change| {
            let mut out = line_json(ir, &mutation.changes.lines[change.line]);
            let to = if change.to == To::NotDefined {
                Json::Null
            } else {
                json!(mutation.changes.text(ir, change))
            };
            out.insert("to".into(), to);
            out
        });
        changes.collect::<Vec<_>>()
    };
    let mut out = share_json(score, minimum);
    out.insert("killed".into(), json!(score.part));
    out.insert("changes".into(), json!(score.whole));
    out.insert("survived".into(), json!(changes(MutationOutcome::Survived)));
    out.insert("equivalent".into(), json!(changes(MutationOutcome::Equivalent)));
    Json::Object(out)
}

/// A suite with one case, which fails if the mutation score is below the minimum.
pub(super) fn junit(ir: &Ir, mutation: &Mutation<'_>, minimum: Option<u32>) -> String {
    let lines = survivors(ir, mutation).into_iter();
    let lines: Vec<String> =
        lines.map(|(line, text)| format!("{}: {text}", ir.location(line.span))).collect();
    junit_suite("mutation", &summary(mutation), &lines, mutation.score(), minimum)
}
