//! Which changes of a line the tests notice: for people, for programs, and as JUnit for CI.

use crate::ir::Ir;
use crate::policy_test::change::{Change, To};
use crate::policy_test::lines::{Line, What};
use crate::policy_test::mutate::{Mutation, MutationOutcome};
use crate::profile::{Strings, Value};
use crate::report::Style;
use crate::report::policy_test::lines::{
    Row, cut, gate, grouped, junit_suite, line_json, percent, put, share_json, written,
};
use crate::report::words::names::{count, number};
use crate::text::quote;
use serde_json::{Value as Json, json};

/// What is said where nothing was changed.
pub const NOT_TRIED: &str =
    "no line was changed: that a change is noticed can be told only by tests that pass";

/// The changes that nobody notices by declaration, the largest groups first, and the total at the
/// end. `least` is what `--min-noticed` asks for, in tenths of a percent.
pub fn text(ir: &Ir, mutation: &Mutation<'_>, least: Option<u32>, style: Style) -> String {
    let mut out = String::new();
    let share = mutation.share();
    let rows = survivors(ir, mutation);
    if !rows.is_empty() {
        out.push_str(&format!("{}\n", style.bold("changes that no test notices")));
        grouped(&mut out, ir, rows, |declaration, _| declaration.to_owned(), style);
        out.push('\n');
    }
    let nothing = mutation.of(MutationOutcome::Equivalent).count() as u64;
    if nothing > 0 {
        let verb = if nothing == 1 { "changes" } else { "change" };
        let text =
            format!("{} that {verb} no value of any session or account", count(nothing, "change"));
        put(&mut out, "not counted: ", &text, style);
        out.push('\n');
    }
    out.push_str(&format!("{}\n", style.bold(&summary(mutation))));
    gate(&mut out, share, least, "--min-noticed", style);
    out
}

fn summary(mutation: &Mutation<'_>) -> String {
    let share = mutation.share();
    let changes = count(share.whole, "change");
    format!(
        "mutation {}: the tests notice {} of {changes}",
        percent(share.tenths()),
        number(share.part)
    )
}

/// A row for each line with changes that survive: `shell = deny → not defined or allow`.
fn survivors<'m>(ir: &Ir, mutation: &'m Mutation<'_>) -> Vec<Row<'m>> {
    let survived: Vec<&Change> = mutation.of(MutationOutcome::Survived).collect();
    let rows = survived.chunk_by(|a, b| a.line == b.line).map(|changes| {
        let line = &mutation.changes.lines[changes[0].line];
        let to: Vec<String> = changes.iter().map(|change| to(ir, mutation, change)).collect();
        (line, format!("{} → {}", written(ir, line), to.join(" or ")))
    });
    rows.collect()
}

/// What a line is changed to, with what the change takes along.
fn to(ir: &Ir, mutation: &Mutation<'_>, change: &Change) -> String {
    let line = &mutation.changes.lines[change.line];
    let text = cut(&item(ir, line, change.to).unwrap_or_else(|| mutation.changes.text(ir, change)));
    let What::Permission { policy, entry, .. } = line.what else { return text };
    let changed = mutation.changes.policy(ir, policy, entry, change.to);
    match changed.map_or(0, |changed| changed.dropped.len()) as u64 {
        0 => text,
        1 => format!("{text} (without the line that requires it)"),
        more => format!("{text} (without the {} that require it)", count(more, "line")),
    }
}

/// The item that a list gains or loses, so that nobody has to compare the lists.
fn item(ir: &Ir, line: &Line, to: To) -> Option<String> {
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
pub fn json(ir: &Ir, mutation: &Mutation<'_>, least: Option<u32>) -> Json {
    let share = mutation.share();
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
    let mut out = share_json(share, least);
    out.insert("noticed".into(), json!(share.part));
    out.insert("changes".into(), json!(share.whole));
    out.insert("survived".into(), json!(changes(MutationOutcome::Survived)));
    out.insert("without_effect".into(), json!(changes(MutationOutcome::Equivalent)));
    Json::Object(out)
}

/// A suite of one case, which passes unless less is noticed than was asked for.
pub fn junit(ir: &Ir, mutation: &Mutation<'_>, least: Option<u32>) -> String {
    let lines = survivors(ir, mutation).into_iter();
    let lines: Vec<String> =
        lines.map(|(line, text)| format!("{}: {text}", ir.location(line.span))).collect();
    junit_suite("mutation", &summary(mutation), &lines, mutation.share(), least)
}
