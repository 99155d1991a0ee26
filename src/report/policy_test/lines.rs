//! Lines of the policies by the declaration that they stand in, the largest groups first, cut with
//! a count.

use crate::diagnostic::junit::xml;
use crate::ir::Ir;
use crate::policy_test::Share;
use crate::policy_test::lines::Line;
use crate::report::Style;
use crate::report::shown;
use crate::report::words::names::{count, number};
use crate::text::escape_control_chars;
use crate::text::layout::hanging;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The most declarations that are told.
const MAX_GROUPS: usize = 10;
/// The most rows of one declaration.
const MAX_ROWS: usize = 5;
/// The most lines of output of a JUnit suite.
const MAX_OUTPUT: usize = 1000;

/// The most characters of a value.
const MAX_VALUE: usize = 60;

/// A row: its line, and what is said of it.
pub(super) type Row<'l> = (&'l Line, String);

/// `12.5%` of tenths of a percent.
pub(super) fn percent(tenths: u32) -> String {
    match tenths % 10 {
        0 => format!("{}%", tenths / 10),
        rest => format!("{}.{rest}%", tenths / 10),
    }
}

/// Tells rows by declaration. `head` is said over the rows of one, by how it is shown and how many
/// they are.
pub(super) fn grouped(
    out: &mut String,
    ir: &Ir,
    rows: Vec<Row<'_>>,
    head: impl Fn(&str, usize) -> String,
    style: Style,
) {
    let mut groups: BTreeMap<String, Vec<Row<'_>>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.0.declaration(ir)).or_default().push(row);
    }
    let mut groups: Vec<(String, Vec<Row<'_>>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| (Reverse(rows.len()), rows[0].0.span));
    for (declaration, rows) in groups.iter().take(MAX_GROUPS) {
        put(out, "  ", &head(&shown(declaration), rows.len()), style);
        let most = if rows.len() == MAX_ROWS + 1 { MAX_ROWS + 1 } else { MAX_ROWS };
        for (line, text) in rows.iter().take(most) {
            put(
                out,
                &format!("    {}  ", shown(&ir.location(line.span))),
                &escape_control_chars(text),
                style,
            );
        }
        if let Some(more) = rows.len().checked_sub(most).filter(|more| *more > 0) {
            put(out, "    ", &format!("and {} more", number(more as u64)), style);
        }
    }
    let cut = groups.get(MAX_GROUPS..).unwrap_or_default();
    if !cut.is_empty() {
        let lines: usize = cut.iter().map(|(_, rows)| rows.len()).sum();
        let declarations = count(cut.len() as u64, "more declaration");
        let text = format!(
            "and {declarations} with {}; `--format json` has all",
            count(lines as u64, "line")
        );
        put(out, "  ", &text, style);
    }
}

/// A text hanging under its label.
pub(super) fn put(out: &mut String, label: &str, text: &str, style: Style) {
    out.push_str(&hanging(label, text, style.width));
    out.push('\n');
}

/// Whether a share is as large as an option asks for, in the words of a test.
pub(super) fn gate(out: &mut String, share: Share, least: Option<u32>, option: &str, style: Style) {
    let Some(least) = least else { return };
    let asked = format!("{option} {}", percent(least).trim_end_matches('%'));
    if share.reaches(least) {
        put(out, "passed  ", &asked, style);
    } else {
        let text = format!("{asked}: {} is less", percent(share.tenths()));
        out.push_str(&style.alarm(&hanging("FAILED  ", &text, style.width)));
        out.push('\n');
    }
}

/// What every measure says of its share.
pub(super) fn share_json(share: Share, least: Option<u32>) -> serde_json::Map<String, Value> {
    let tenths = |tenths: u32| json!(f64::from(tenths) / 10.0);
    let mut out = serde_json::Map::new();
    out.insert("percent".into(), tenths(share.tenths()));
    out.insert("least".into(), least.map_or(Value::Null, tenths));
    out.insert("passed".into(), json!(least.is_none_or(|least| share.reaches(least))));
    out
}

pub(super) fn line_json(ir: &Ir, line: &Line) -> serde_json::Map<String, Value> {
    let mut out = serde_json::Map::new();
    out.insert("location".into(), json!(ir.location(line.span)));
    out.insert("declaration".into(), json!(line.declaration(ir)));
    out.insert("setting".into(), json!(line.setting(ir)));
    out.insert("value".into(), json!(line.value(ir)));
    out
}

/// `shell = deny`
pub(super) fn written(ir: &Ir, line: &Line) -> String {
    format!("{} = {}", line.setting(ir), cut(&line.value(ir)))
}

/// A value that leaves room for what is said beside it.
pub(super) fn cut(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}

/// A JUnit suite of one case, which passes unless a share is less than was asked for; the lines are
/// its output.
pub(super) fn junit_suite(
    name: &str,
    summary: &str,
    lines: &[String],
    share: Share,
    least: Option<u32>,
) -> String {
    let enough = least.is_none_or(|least| share.reaches(least));
    let message =
        least.map(|least| format!("{} is less than {}", percent(share.tenths()), percent(least)));
    let failure = match message.filter(|_| !enough) {
        Some(message) => format!("<failure message=\"{message}\"/>"),
        None => String::new(),
    };
    let mut output = vec![xml(summary)];
    output.extend(lines.iter().take(MAX_OUTPUT).map(|line| xml(&escape_control_chars(line))));
    if let Some(more) = lines.len().checked_sub(MAX_OUTPUT).filter(|more| *more > 0) {
        output.push(format!("and {} more", number(more as u64)));
    }
    format!(
        "<testsuite name=\"precedent {name}\" tests=\"1\" failures=\"{}\">\n<testcase name=\"{name}\" classname=\"precedent\">\
         {failure}<system-out>{}</system-out></testcase>\n</testsuite>\n",
        u8::from(!enough),
        output.join("\n")
    )
}
