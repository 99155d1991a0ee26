//! Rows and edits of a diff as blocks of Markdown.

use super::ALTERNATIVE;
use crate::diff::edits::EditId;
use crate::diff::{Direction, Side};
use crate::report::diff::view::{ChangeText, DeciderChange, EditText, RowText, View};
use crate::report::shown;
use crate::report::words::markup::{code, fence, prose};
use crate::review::Accepted;
use crate::text::count;
use std::collections::BTreeMap;

/// By edit: the row that shows its lines, which is the first one that names it.
#[derive(Default)]
pub(super) struct FirstRows(BTreeMap<EditId, usize>);

/// The most changes, and the most edits, of one row.
const MAX_CHANGES: usize = 20;
const MAX_EDITS: usize = 6;

/// A row as a block.
pub(super) fn row(view: &View, row: &RowText, number: usize, first_rows: &mut FirstRows) -> String {
    let mut out = format!(
        "\n**{number}. {}** `{}`  \n{}",
        row.counted(),
        row.review.fingerprint,
        prose(&row.who)
    );
    if let Some(target) = &row.target {
        out.push_str(&format!(" **×** {}", prose(target)));
    }
    out.push_str("\n\n");
    let denied_by = row.review.fails_gate().then(|| row.denied_by());
    out.push_str(&review(row.review.accepted.as_ref(), denied_by));
    changes(&mut out, row);
    let alternative = format!("{ALTERNATIVE}:");
    for (label, edits) in [("because", &row.because), (&*alternative, &row.alternative)] {
        for &id in edits.iter().take(MAX_EDITS) {
            let found = view.edit(id);
            let first = *first_rows.0.entry(id).or_insert(number);
            if first == number {
                out.push_str(&format!("\n{label} {}\n{}", prose(&found.what), edit_lines(found)));
            } else {
                out.push_str(&format!(
                    "\n{label} {} (lines shown in row **{first}**)\n",
                    prose(&found.what)
                ));
            }
        }
        if edits.len() > MAX_EDITS {
            out.push_str(&format!(
                "\n{label} {}\n",
                count((edits.len() - MAX_EDITS) as u64, "more edit")
            ));
        }
    }
    if let Some(example) = &row.example {
        let label = if row.direction == Direction::Removed { "in OLD" } else { "example" };
        out.push_str(&format!("\n{label} {}\n", code(example)));
    }
    out
}

fn changes(out: &mut String, row: &RowText) {
    let value = |value: Option<&str>| value.map(|value| code(&shown(value))).unwrap_or_default();
    // An account's setting has its words: `jump group "Databases"`.
    let path = |change: &ChangeText| {
        let path = shown(&change.path);
        if row.target.is_some() { code(&path) } else { prose(&path) }
    };
    let one = if row.target.is_some() { "permission" } else { "setting" };
    let listed = &row.changes[..row.changes.len().min(MAX_CHANGES)];
    match row.direction {
        Direction::Removed if listed.is_empty() => out.push_str("granted nothing\n"),
        _ if listed.is_empty() => out.push_str("grants nothing\n"),
        Direction::Added | Direction::Removed => {
            let granted = if row.direction == Direction::Added { "granted" } else { "was granted" };
            out.push_str(&format!("| {one} | {granted} |\n| :--- | :--- |\n"));
            for change in listed {
                let (_, found) = change.sides.as_ref().latest();
                out.push_str(&format!("| {} | {} |\n", path(change), value(Some(&found.value))));
            }
        }
        _ => {
            out.push_str(&format!("| {one} | before | after |\n| :--- | :--- | :--- |\n"));
            for change in listed {
                let (before, after) =
                    (value(change.value(Side::Old)), value(change.value(Side::New)));
                out.push_str(&format!("| {} | {before} | {after} |\n", path(change)));
            }
        }
    }
    if row.changes.len() > listed.len() {
        out.push_str(&format!(
            "\nand {}\n",
            count((row.changes.len() - listed.len()) as u64, &format!("more {one}"))
        ));
    }
    if let Some(rest) = row.nothing_more() {
        out.push_str(&format!("\n{rest}\n"));
    }
}

/// An edit by itself.
pub(super) fn edit(edit: &EditText) -> String {
    let Some(found) = &edit.review else {
        return format!("\n{}\n{}", prose(&edit.what), edit_lines(edit));
    };
    let review = review(edit.accepted(), edit.denied_by());
    let review = review.trim_end();
    let line_break = if review.is_empty() { "" } else { "  \n" };
    let what = format!("{} `{}`{line_break}{review}", prose(&edit.what), found.fingerprint);
    format!("\n{what}\n{}", edit_lines(edit))
}

/// Who accepted a row, or else which gates it fails.
fn review(accepted: Option<&Accepted>, denied_by: Option<String>) -> String {
    match (accepted, denied_by) {
        (Some(Accepted { by, why, .. }), _) => {
            format!("accepted by {}: {}\n\n", prose(&shown(by)), prose(&shown(why)))
        }
        (None, Some(gates)) => format!("**fails** {}\n\n", prose(&gates)),
        (None, None) => String::new(),
    }
}

/// The lines of an edit, each with its place.
fn edit_lines(edit: &EditText) -> String {
    if edit.lines.is_empty() {
        return String::new();
    }
    let mut lines: Vec<String> = Vec::new();
    for line in &edit.lines {
        lines.push(format!("{} {}  {}", line.sign(), shown(&line.location), line.text));
    }
    if edit.more > 0 {
        lines.push(format!("  and {}", count(edit.more as u64, "more line")));
    }
    format!("\n{}", fence("diff", &lines))
}

/// Sessions whose values stayed, with the permissions that another policy decides.
pub(super) fn decider_change(change: &DeciderChange) -> String {
    let mut out = format!(
        "\n**{}**  \n{} **×** {}\n\n",
        count(change.count, "session"),
        prose(&change.who),
        prose(&change.target)
    );
    out.push_str("| permissions | was decided by | is decided by |\n| :--- | :--- | :--- |\n");
    for (paths, by) in change.changes.iter().take(MAX_CHANGES) {
        let mut listed: Vec<String> =
            paths.iter().take(MAX_CHANGES).map(|path| code(&shown(path))).collect();
        if paths.len() > listed.len() {
            listed.push(format!("{} more", paths.len() - listed.len()));
        }
        out.push_str(&format!(
            "| {} | {} | {} |\n",
            listed.join(", "),
            prose(&by.old.by),
            prose(&by.new.by)
        ));
    }
    if change.changes.len() > MAX_CHANGES {
        out.push_str(&format!(
            "\nand {}\n",
            count((change.changes.len() - MAX_CHANGES) as u64, "more group")
        ));
    }
    out
}
