//! A diff for a terminal: the verdict; each edit with what it does, to whom, and what of it may be
//! a gain; then the edits that change nothing, and the counts.

use super::{DECIDER_CHANGES, INVENTORY, NO_EFFECT, OUTSIDE_MATRIX, TOGETHER};
use crate::diff::edits::EditId;
use crate::diff::entries::EntryKind;
use crate::diff::{Counts, Direction, Side};
use crate::report::Style;
use crate::report::diff::entry::EntryText;
use crate::report::diff::text_rows::{decider_change, gains, review, row};
use crate::report::diff::view::{EditText, RowText, View};
use crate::report::words::unknown::unknown_change;
use crate::review::{Parts, Reviewed, Summary, VerdictLevel};
use crate::text::layout::{hanging, width};
use crate::text::{count, number};

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
    let verdict = reviewed.verdict(parts);
    let line = hanging("", &verdict.plain(), style.width);
    let mut out = match verdict.level {
        VerdictLevel::Fail => style.alarm(&line),
        VerdictLevel::Warn | VerdictLevel::Pass => style.bold(&line),
    };
    out.push('\n');
    entries(&mut out, view, parts, style);
    let handed_over = view.decider_changes.len();
    if parts.deciders && handed_over > 0 {
        heading(&mut out, DECIDER_CHANGES, style);
        view.decider_changes.iter().for_each(|change| decider_change(&mut out, change, style));
    } else if parts.sessions && handed_over > 0 {
        let groups = count(handed_over as u64, "group");
        let text = format!("{DECIDER_CHANGES}: {groups} of sessions, shown by --deciders");
        out.push_str(&format!("\n{}\n", hanging("", &text, style.width)));
    }
    for (ids, title) in [(&view.outside_matrix, OUTSIDE_MATRIX), (&view.no_effect, NO_EFFECT)] {
        if !ids.is_empty() {
            heading(&mut out, title, style);
            out.push('\n');
            listed_edits(&mut out, view, ids, style);
        }
    }
    out.push('\n');
    out.push_str(&totals(summary, parts, style));
    if parts.details {
        tallies(&mut out, view, parts, style);
    }
    out
}

/// The counts, and what is not compared.
fn totals(summary: &Summary, parts: Parts, style: Style) -> String {
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

/// The counts of each permission, and of each setting and membership of accounts.
fn tallies(out: &mut String, view: &View, parts: Parts, style: Style) {
    let is_shown = |of_accounts| if of_accounts { parts.accounts } else { parts.sessions };
    for tally in view.tallies.iter().filter(|tally| is_shown(tally.of_accounts)) {
        let label = format!("   {}  ", tally.path);
        out.push_str(&hanging(&label, &counts(&tally.counts), style.width));
        out.push('\n');
    }
}

/// All entries, each with those of its rows that are shown.
fn entries(out: &mut String, view: &View, parts: Parts, style: Style) {
    let mut kind = EntryKind::Edit;
    let mut rows_before = 0;
    for (found, number) in view.shown_entries(parts).into_iter().zip(1..) {
        if found.kind != kind {
            kind = found.kind;
            let title = if kind == EntryKind::Inventory { INVENTORY } else { TOGETHER };
            heading(out, title, style);
        }
        entry(out, view, found, (number, rows_before), parts, style);
        rows_before += view.rows_of(found, parts).len();
    }
}

fn entry(
    out: &mut String,
    view: &View,
    entry: &EntryText,
    (number, rows_before): (usize, usize),
    parts: Parts,
    style: Style,
) {
    let title = hanging(&format!("{number}. "), &entry.heading, style.width);
    out.push_str(&format!("\n{}\n", style.bold(&title)));
    for id in entry.edits.iter().take(MAX_EDITS) {
        edit_lines(out, view.edit(*id), "   ", style);
    }
    if let Some(more) = entry.edits.len().checked_sub(MAX_EDITS).filter(|more| *more > 0) {
        out.push_str(&format!("     and {}\n", count(more as u64, "more edited line")));
    }
    for line in &entry.effect {
        out.push_str(&hanging("   ", line, style.width));
        out.push('\n');
    }
    let accepted = entry.review.accepted.as_ref();
    let denied_by = entry.review.fails_gate().then(|| entry.denied_by());
    review(out, accepted, denied_by, style);
    if !entry.review.denied_by.is_empty() || accepted.is_some() {
        out.push_str(&style.dim(&format!("   edit      {}\n", entry.review.fingerprint)));
    }
    let rows = view.rows_of(entry, parts);
    if parts.details {
        for (found, at) in rows.iter().zip(1..) {
            row(out, view, found, rows_before + at, style);
        }
    } else {
        // What others under the same rules have is said above.
        let stands_with_others = entry.kind == EntryKind::Inventory;
        let (may_gain_rows, others): (Vec<&RowText>, Vec<&RowText>) =
            rows.into_iter().partition(|row| row.may_gain && !stands_with_others);
        if !may_gain_rows.is_empty() {
            out.push('\n');
        }
        gains(out, &may_gain_rows, style);
        if !others.is_empty() {
            let rows = count(
                others.len() as u64,
                if may_gain_rows.is_empty() { "row" } else { "more row" },
            );
            let what = if stands_with_others { "" } else { ", none of which is a gain" };
            out.push_str(&style.dim(&format!("   {rows}{what}: --details\n")));
        }
    }
    let also = entry.also.iter().filter(|row| view.is_shown(**row, parts)).count() as u64;
    if also > 0 {
        let text = format!("would also by itself cause {} of other edits", count(also, "row"));
        out.push_str(&style.dim(&hanging("   ", &text, style.width)));
        out.push('\n');
    }
}

fn heading(out: &mut String, title: &str, style: Style) {
    let text = format!("\n── {title} ──\n");
    out.push_str(&style.bold(&text));
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
            _ if line.is_context => text,
            Side::New => style.bold(&text),
            Side::Old => style.dim(&text),
        });
        out.push('\n');
    }
    if edit.more > 0 {
        out.push_str(&format!("{indent}  and {} more\n", count(edit.more as u64, "line")));
    }
}

/// The most edits of an entry whose lines are shown.
const MAX_EDITS: usize = 6;

/// The most edits of a kind that are listed.
const MAX_LISTED: usize = 20;

/// Edits of one object are listed together.
fn listed_edits(out: &mut String, view: &View, ids: &[EditId], style: Style) {
    let edits: Vec<&EditText> = ids.iter().map(|&id| view.edit(id)).collect();
    let together = |a: &&EditText, b: &&EditText| {
        a.kind == b.kind && a.owner == b.owner && !a.owner.is_empty()
    };
    let groups: Vec<&[&EditText]> = edits.chunk_by(together).collect();
    for group in groups.iter().take(MAX_LISTED) {
        if let [edit] = group {
            out.push_str(&hanging("   ", &edit.what, style.width));
            out.push('\n');
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
