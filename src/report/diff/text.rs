//! A diff for a terminal: counts first, then what is widened, narrowed, changed, added and removed,
//! who and where, and because of which edits; then the edits that change nothing.

use super::{ALTERNATIVE, DECIDER_CHANGES, NO_EFFECT, OUTSIDE_MATRIX};
use crate::diff::edits::EditId;
use crate::diff::{Counts, Direction, Side};
use crate::report::Style;
use crate::report::diff::acceptance_template::acceptance_template;
use crate::report::diff::view::{ChangeText, DeciderChange, EditText, RowText, View};
use crate::report::shown;
use crate::report::words::unknown::unknown_change;
use crate::review::{Accepted, Parts, READING_ORDER, Reviewed, Summary};
use crate::text::escape_control_chars;
use crate::text::layout::{hanging, width};
use crate::text::{count, number};
use std::collections::BTreeMap;

fn counts(counts: &Counts) -> String {
    if counts.total() == 0 {
        return "no change".into();
    }
    let parts = Direction::ALL.into_iter().filter(|direction| counts.of(*direction) > 0);
    parts
        .map(|direction| format!("{} {}", number(counts.of(direction)), direction.id()))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The whole report.
pub fn text(reviewed: &Reviewed, parts: Parts, style: Style) -> String {
    let view = &View::new(reviewed);
    let summary = &reviewed.review.summary;
    let mut out = head(summary, parts, style);
    rows(&mut out, view, parts, style);
    let handed_over = view.decider_changes.len();
    if parts.deciders && handed_over > 0 {
        heading(&mut out, DECIDER_CHANGES, false, style);
        view.decider_changes.iter().for_each(|change| decider_change(&mut out, change, style));
    } else if parts.sessions && handed_over > 0 {
        let groups = count(handed_over as u64, "group");
        let text = format!("{DECIDER_CHANGES}: {groups} of sessions, shown by --deciders");
        out.push_str(&format!("\n{}\n", hanging("", &text, style.width)));
    }
    for (ids, title) in [(&view.outside_matrix, OUTSIDE_MATRIX), (&view.no_effect, NO_EFFECT)] {
        if !ids.is_empty() {
            heading(&mut out, title, false, style);
            out.push('\n');
            listed_edits(&mut out, view, ids, style);
        }
    }
    if let Some(verdict) = summary.verdict() {
        out.push('\n');
        let verdict = hanging("", &verdict.plain(), style.width);
        out.push_str(&if summary.fails() { style.alarm(&verdict) } else { style.bold(&verdict) });
        out.push('\n');
    }
    let template = acceptance_template(view, style.width);
    if !template.is_empty() {
        let how = "to accept these rows after review, save the following to a file, fill in `by` and \
                   `why`, and pass it with --accept";
        out.push_str(&format!("\n{}\n{template}", hanging("", how, style.width)));
    }
    out
}

/// The counts, and what is not compared.
fn head(summary: &Summary, parts: Parts, style: Style) -> String {
    let mut out = String::new();
    for (is_shown, label, found) in [
        (parts.sessions, "sessions  ", &summary.sessions),
        (parts.accounts, "accounts  ", &summary.accounts),
    ] {
        if is_shown {
            out.push_str(&style.bold(&hanging(label, &counts(found), style.width)));
            out.push('\n');
        }
    }
    if let Some(amounts) = summary.unknown {
        let text = unknown_change(amounts);
        out.push_str(&hanging("unknown   ", &text, style.width));
        out.push('\n');
    }
    for (side, paths) in summary.only.as_ref().into_array() {
        if !paths.is_empty() {
            let label = format!("only in {}'s product  ", side.label());
            out.push_str(&hanging(&label, &paths.join(", "), style.width));
            out.push('\n');
        }
    }
    out
}

/// All rows, by direction.
fn rows(out: &mut String, view: &View, parts: Parts, style: Style) {
    let mut number = 0;
    let mut first_rows = FirstRows::default();
    for direction in READING_ORDER {
        for (is_shown, rows, what) in [
            (parts.sessions, &view.sessions, "sessions"),
            (parts.accounts, &view.accounts, "accounts"),
        ] {
            let mut rows =
                rows.iter().filter(|row| is_shown && row.direction == direction).peekable();
            if rows.peek().is_some() {
                let title = match (direction, what) {
                    (Direction::Added, "sessions") => "new sessions".to_owned(),
                    (Direction::Removed, "sessions") => "sessions that are gone".to_owned(),
                    _ => format!("{} in {what}", direction.id()),
                };
                heading(out, &title, direction == Direction::Widened, style);
            }
            for found in rows {
                number += 1;
                row(out, view, found, number, &mut first_rows, style);
            }
        }
    }
}

fn heading(out: &mut String, title: &str, alarm: bool, style: Style) {
    let text = format!("\n── {title} ──\n");
    out.push_str(&if alarm { style.alarm(&text) } else { style.bold(&text) });
}

/// By edit: the row that shows its lines, which is the first one that names it.
type FirstRows = BTreeMap<EditId, usize>;

fn row(
    out: &mut String,
    view: &View,
    row: &RowText,
    number: usize,
    first_rows: &mut FirstRows,
    style: Style,
) {
    let title = format!("{number}. {}", row.counted());
    let fingerprint = style.dim(&row.review.fingerprint);
    out.push_str(&format!("\n{}  {fingerprint}\n", style.bold(&title)));
    labelled(out, "who", &row.who, style);
    if let Some(target) = &row.target {
        labelled(out, "where", target, style);
    }
    let denied_by = row.review.fails_gate().then(|| row.denied_by());
    review(out, row.review.accepted.as_ref(), denied_by, style);
    match row.direction {
        Direction::Added | Direction::Removed if row.target.is_some() => {
            added_or_removed(out, row, style)
        }
        _ => {
            changes(out, row, style);
            if let Some(rest) = row.nothing_more() {
                out.push_str(&style.dim(&format!("   {rest}\n")));
            }
        }
    }
    for (label, edits) in [("because", &row.because), (ALTERNATIVE, &row.alternative)] {
        for &id in edits {
            let edit = view.edit(id);
            let first = *first_rows.entry(id).or_insert(number);
            if first == number || edit.lines.is_empty() {
                labelled(out, label, &edit.what, style);
                edit_lines(out, edit, "             ", style);
            } else {
                labelled(out, label, &format!("{} (lines shown in row {first})", edit.what), style);
            }
        }
    }
    if let Some(example) = &row.example {
        let label =
            if row.direction == Direction::Removed { "   in OLD    " } else { "   example   " };
        let line = hanging(label, example, style.width);
        out.push_str(&style.dim(&line));
        out.push('\n');
    }
}

/// Who accepted a row, or else which gates it fails.
fn review(out: &mut String, accepted: Option<&Accepted>, denied_by: Option<String>, style: Style) {
    if let Some(Accepted { by, why, location }) = accepted {
        let location = escape_control_chars(location);
        let text = format!("by {}: {} ({location})", shown(by), shown(why));
        labelled(out, "accepted", &text, style);
    } else if let Some(gates) = denied_by {
        let line = hanging("   FAILED    ", &gates, style.width);
        out.push_str(&style.alarm(&line));
        out.push('\n');
    }
}

fn labelled(out: &mut String, label: &str, text: &str, style: Style) {
    out.push_str(&hanging(&format!("   {label:<8}  "), text, style.width));
    out.push('\n');
}

/// Permissions that moved alike, one a line, with their deciders once below them.
fn changes(out: &mut String, row: &RowText, style: Style) {
    let by = |change: &ChangeText, side: Side| change.decided(side).map(|found| found.by.clone());
    for run in row.changes.chunk_by(|a, b| {
        Side::BOTH.into_iter().all(|side| by(a, side) == by(b, side)) && a.alike == b.alike
    }) {
        for change in run {
            moved(out, row.direction, change, style);
        }
        let Some(first) = run.first() else { continue };
        let for_example = if first.alike { "" } else { ", in the example" };
        for (word, side) in [("was", Side::Old), ("now", Side::New)] {
            let Some(decided) = first.decided(side) else { continue };
            let places = places(
                run.iter().filter_map(|change| change.decided(side)).map(|found| &*found.location),
            );
            let place = if places.is_empty() { String::new() } else { format!(" · {places}") };
            let text = format!("{}{place}{for_example}", decided.by);
            out.push_str(&style.dim(&hanging(&format!("      {word}  "), &text, style.width)));
            out.push('\n');
        }
    }
}

/// `policies/a.prec:3, 7 and 2 more`
fn places<'l>(locations: impl Iterator<Item = &'l str>) -> String {
    const MAX: usize = 4;
    let mut distinct: Vec<&str> = Vec::new();
    for location in locations.filter(|location| !location.is_empty()) {
        if !distinct.contains(&location) {
            distinct.push(location);
        }
    }
    let mut out = String::new();
    let mut file = "";
    for location in distinct.iter().take(MAX) {
        let (own, line) = location.rsplit_once(':').unwrap_or((location, ""));
        let separator = if out.is_empty() { "" } else { ", " };
        out.push_str(&if own == file {
            format!("{separator}{line}")
        } else {
            format!("{separator}{location}")
        });
        file = own;
    }
    if distinct.len() > MAX {
        out.push_str(&format!(" and {} more", distinct.len() - MAX));
    }
    out
}

fn moved(out: &mut String, direction: Direction, change: &ChangeText, style: Style) {
    let (before, after) = (change.value(Side::Old).map(shown), change.value(Side::New).map(shown));
    let painted = |text: &str| match direction {
        Direction::Widened => style.grant(text),
        Direction::Narrowed => style.deny(text),
        _ => text.to_owned(),
    };
    let (plain, painted) = match (&before, &after) {
        (Some(before), Some(after)) => {
            (format!("{before} → {after}"), format!("{before} → {}", painted(after)))
        }
        (found, other) => {
            let text = found.clone().or(other.clone()).unwrap_or_default();
            (text.clone(), text)
        }
    };
    let path = shown(&change.path);
    let line = format!("   {path}  {plain}");
    if width(&line) <= style.width {
        out.push_str(&format!("   {}  {painted}", style.bold(&path)));
    } else {
        let broken = hanging("      ", line.trim_start(), style.width);
        out.push_str("   ");
        out.push_str(broken.trim_start());
    }
    out.push('\n');
}

/// Whole sessions that one side lacks: what they grant, and how many permissions grant nothing.
fn added_or_removed(out: &mut String, row: &RowText, style: Style) {
    let granted = row.changes.iter().map(|change| {
        let (_, found) = change.sides.as_ref().latest();
        format!("{} = {}", change.path, shown(&found.value))
    });
    let granted: Vec<String> = granted.collect();
    let granted = if granted.is_empty() { "nothing".to_owned() } else { granted.join(", ") };
    let label = if row.direction == Direction::Added { "grants" } else { "granted" };
    labelled(out, label, &granted, style);
    if let Some(rest) = row.nothing_more() {
        out.push_str(&style.dim(&format!("             {rest}\n")));
    }
}

/// The lines of an edit, as a diff shows them.
fn edit_lines(out: &mut String, edit: &EditText, indent: &str, style: Style) {
    for line in &edit.lines {
        let label = format!("{indent}{} {}  ", line.sign(), line.location);
        let text = format!("{label}{}", line.text);
        let text = if width(&text) <= style.width {
            text
        } else {
            format!(
                "{}\n{}",
                label.trim_end(),
                hanging(&format!("{indent}    "), &line.text, style.width)
            )
        };
        out.push_str(&match line.side {
            Side::New => style.bold(&text),
            Side::Old => style.dim(&text),
        });
        out.push('\n');
    }
    if edit.more > 0 {
        out.push_str(&format!("{indent}  and {} more\n", count(edit.more as u64, "line")));
    }
}

/// The most edits of a kind that are listed.
const MAX_LISTED: usize = 20;

/// Edits of one object are listed together.
fn listed_edits(out: &mut String, view: &View, ids: &[EditId], style: Style) {
    let edits: Vec<&EditText> = ids.iter().map(|&id| view.edit(id)).collect();
    let together = |a: &&EditText, b: &&EditText| {
        let is_reviewed = a.review.is_some() || b.review.is_some();
        a.kind == b.kind && a.owner == b.owner && !a.owner.is_empty() && !is_reviewed
    };
    let groups: Vec<&[&EditText]> = edits.chunk_by(together).collect();
    for group in groups.iter().take(MAX_LISTED) {
        if let [edit] = group {
            out.push_str(&hanging("   ", &edit.what, style.width));
            if let Some(review) = &edit.review {
                out.push_str(&format!("  {}", style.dim(&review.fingerprint)));
            }
            out.push('\n');
            review(out, edit.accepted(), edit.denied_by(), style);
            edit_lines(out, edit, "     ", style);
        } else if let Some(first) = group.first() {
            let details: Vec<&str> = group.iter().map(|edit| &*edit.detail).collect();
            out.push_str(&hanging(
                "   ",
                &format!("{}: {}", first.owner, details.join(", ")),
                style.width,
            ));
            out.push('\n');
        }
    }
    let more: usize = groups.iter().skip(MAX_LISTED).map(|group| group.len()).sum();
    if more > 0 {
        out.push_str(&format!("   and {} more\n", number(more as u64)));
    }
}

fn decider_change(out: &mut String, change: &DeciderChange, style: Style) {
    out.push_str(&format!("\n{}\n", style.bold(&count(change.count, "session"))));
    labelled(out, "who", &change.who, style);
    labelled(out, "where", &change.target, style);
    for (paths, by) in &change.changes {
        out.push_str(&hanging("   ", &paths.join(", "), style.width));
        out.push('\n');
        for (word, decided) in [("was", &by.old), ("now", &by.new)] {
            let label = format!("      {word}  ");
            out.push_str(&style.dim(&hanging(&label, &decided.by, style.width)));
            out.push('\n');
        }
    }
}
