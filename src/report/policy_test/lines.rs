//! What the reports on coverage and mutation share: lines grouped by declaration, the largest
//! groups first and cut to a readable length, percentages, and minimums.

use crate::diagnostic::junit::xml;
use crate::ir::Ir;
use crate::policy_test::Share;
use crate::policy_test::lines::{LineKind, ValueLine};
use crate::report::Style;
use crate::report::shown;
use crate::text::escape_control_chars;
use crate::text::layout::hanging;
use crate::text::{count, number};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The most declarations in a text.
const MAX_GROUPS: usize = 10;
/// The most rows of one declaration.
const MAX_ROWS: usize = 5;
/// The most lines of output of a JUnit suite.
const MAX_OUTPUT: usize = 1000;

/// Why a share of nothing reaches no minimum.
const NOTHING_MEASURED: &str = "there was nothing to measure";
/// The most characters of a value.
const MAX_VALUE: usize = 60;

/// A row: its line, and the text about it.
pub(super) type Row<'l> = (&'l ValueLine, String);

/// Tenths of a percent as text: `12.5%`.
pub(super) fn percent(tenths: u32) -> String {
    match tenths % 10 {
        0 => format!("{}%", tenths / 10),
        rest => format!("{}.{rest}%", tenths / 10),
    }
}

/// Writes rows by declaration. `heading` is called with the declaration and the number of its rows.
pub(super) fn grouped(
    out: &mut String,
    ir: &Ir,
    rows: Vec<Row<'_>>,
    heading: impl Fn(&str, usize) -> String,
    style: Style,
) {
    let mut groups: BTreeMap<String, Vec<Row<'_>>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.0.declaration(ir)).or_default().push(row);
    }
    let mut groups: Vec<(String, Vec<Row<'_>>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| (Reverse(rows.len()), rows[0].0.span));
    for (declaration, rows) in groups.iter().take(MAX_GROUPS) {
        put(out, "  ", &heading(&shown(declaration), rows.len()), style);
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
    let rest = groups.get(MAX_GROUPS..).unwrap_or_default();
    if !rest.is_empty() {
        let lines: usize = rest.iter().map(|(_, rows)| rows.len()).sum();
        let declarations = count(rest.len() as u64, "more declaration");
        let text = format!(
            "and {declarations} with {}; `--format json` lists all",
            count(lines as u64, "line")
        );
        put(out, "  ", &text, style);
    }
}

/// Writes a text that is indented below its label.
pub(super) fn put(out: &mut String, label: &str, text: &str, style: Style) {
    out.push_str(&hanging(label, text, style.width));
    out.push('\n');
}

/// Writes whether a share reaches the minimum that an option sets, as for a test.
pub(super) fn gate(
    out: &mut String,
    share: Share,
    minimum: Option<u32>,
    option: &str,
    style: Style,
) {
    let asked =
        minimum.map(|minimum| format!("{option} {}: ", percent(minimum).trim_end_matches('%')));
    let asked = asked.unwrap_or_default();
    if share.whole > 0 && minimum.is_none_or(|minimum| share.reaches(minimum)) {
        if minimum.is_some() {
            put(out, "passed    ", asked.trim_end_matches(": "), style);
        }
    } else {
        let text = match share.whole {
            0 => format!("{asked}{NOTHING_MEASURED}"),
            _ => format!("{asked}{} is below the minimum", percent(share.tenths())),
        };
        out.push_str(&style.alarm(&hanging("FAILED    ", &text, style.width)));
        out.push('\n');
    }
}

/// The keys that coverage and mutation have in common.
pub(super) fn share_json(share: Share, minimum: Option<u32>) -> serde_json::Map<String, Value> {
    let tenths = |tenths: u32| json!(f64::from(tenths) / 10.0);
    let mut out = serde_json::Map::new();
    out.insert("percent".into(), tenths(share.tenths()));
    out.insert("minimum".into(), minimum.map_or(Value::Null, tenths));
    out.insert(
        "passed".into(),
        json!(share.whole > 0 && minimum.is_none_or(|minimum| share.reaches(minimum))),
    );
    out
}

pub(super) fn line_json(ir: &Ir, line: &ValueLine) -> serde_json::Map<String, Value> {
    let mut out = serde_json::Map::new();
    out.insert("location".into(), json!(ir.location(line.span)));
    out.insert("declaration".into(), json!(line.declaration(ir)));
    out.insert("setting".into(), json!(line.setting(ir)));
    out.insert("value".into(), json!(line.value(ir)));
    out
}

/// `shell = deny`, `jump group "Lab" as "Start sessions"`
pub(super) fn written(ir: &Ir, line: &ValueLine) -> String {
    let between = if matches!(line.kind, LineKind::Membership { .. }) { "" } else { "= " };
    format!("{} {between}{}", line.setting(ir), truncate(&line.value(ir)))
}

/// A value, cut to a length that leaves room for other text on the line.
pub(super) fn truncate(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}

/// A JUnit suite with one case, which fails if a share is below the minimum. The lines are its
/// output.
pub(super) fn junit_suite(
    name: &str,
    summary: &str,
    lines: &[String],
    share: Share,
    minimum: Option<u32>,
) -> String {
    let enough = share.whole > 0 && minimum.is_none_or(|minimum| share.reaches(minimum));
    let message = match (share.whole, minimum) {
        (0, _) => NOTHING_MEASURED.to_owned(),
        (_, minimum) => {
            let minimum = percent(minimum.unwrap_or_default());
            format!("{} is below the minimum of {minimum}", percent(share.tenths()))
        }
    };
    let failure = if enough { String::new() } else { format!("<failure message=\"{message}\"/>") };
    let mut output = vec![xml(summary)];
    output.extend(lines.iter().take(MAX_OUTPUT).map(|line| xml(&escape_control_chars(line))));
    if let Some(more) = lines.len().checked_sub(MAX_OUTPUT).filter(|more| *more > 0) {
        output.push(format!("and {} more", number(more as u64)));
    }
    format!(
        "<testsuite name=\"precedent {name}\" tests=\"1\" failures=\"{}\">\n\
         <testcase name=\"{name}\" \
         classname=\"precedent\">{failure}<system-out>{}</system-out></testcase>\n</testsuite>\n",
        u8::from(!enough),
        output.join("\n")
    )
}
