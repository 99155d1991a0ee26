//! Rows of a diff for a terminal: in full, or as much of them as may be a gain.

use super::ALTERNATIVE;
use crate::diff::{Direction, Side};
use crate::report::Style;
use crate::report::diff::row_words::{Item, Shared, one_who, verb};
use crate::report::diff::view::{ChangeText, DeciderChange, RowText, View};
use crate::report::shown;
use crate::review::Accepted;
use crate::text::layout::{hanging, width};
use crate::text::{count, escape_control_chars};

/// A row with all that is known of it.
pub(super) fn row(out: &mut String, view: &View, row: &RowText, number: usize, style: Style) {
    let title = format!("   row {number}: {} {}", row.counted(), row.direction.id());
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
    for id in &row.alternative {
        labelled(out, ALTERNATIVE, &view.edit(*id).what, style);
    }
    if let Some(example) = &row.example {
        let label =
            if row.direction == Direction::Removed { "   in OLD    " } else { "   example   " };
        let line = hanging(label, example, style.width);
        out.push_str(&style.dim(&line));
        out.push('\n');
    }
}

/// The rows of an entry that may be gains, in as few lines as that takes.
pub(super) fn gains(out: &mut String, rows: &[&RowText], style: Style) {
    let (shared, whom) = (Shared::new(rows), one_who(rows));
    let list = |items: &[Item]| items.iter().map(Item::text).collect::<Vec<_>>().join(", ");
    if !shared.common.is_empty() {
        let text = format!("all new sessions: {}", list(&shared.common));
        out.push_str(&hanging("   + ", &text, style.width));
        out.push('\n');
    }
    for (row, items) in &shared.rows {
        let target = row.target.as_ref().map(|target| format!(" × {target}")).unwrap_or_default();
        let accepted = if row.review.accepted.is_some() { " (accepted)" } else { "" };
        let verb = verb(row.direction);
        let who = if whom.is_some() { String::new() } else { format!(": {}", row.who) };
        let title = format!("{verb} · {}{who}{target}{accepted}", row.counted());
        out.push_str(&style.bold(&hanging("   + ", &title, style.width)));
        out.push('\n');
        if !items.is_empty() {
            out.push_str(&hanging("     ", &list(items), style.width));
            out.push('\n');
        } else if shared.common.is_empty() {
            out.push_str("     nothing that is granted\n");
        }
    }
}

/// Who accepted a row or an entry, or else which gates it fails.
pub(super) fn review(
    out: &mut String,
    accepted: Option<&Accepted>,
    denied_by: Option<String>,
    style: Style,
) {
    if let Some(Accepted { by, why, location, until }) = accepted {
        let location = escape_control_chars(location);
        let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
        let text = format!("by {}{until}: {} ({location})", shown(by), shown(why));
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

/// Sessions whose values stayed while their deciders changed.
pub(super) fn decider_change(out: &mut String, change: &DeciderChange, style: Style) {
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
