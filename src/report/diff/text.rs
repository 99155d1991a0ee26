//! A diff for people: counts first, then what is widened, narrowed, changed, added and removed, who
//! and where, and because of which edits; then the edits that change nothing.

use crate::diff::Counts;
use crate::diff::Direction;
use crate::diff::edits::EditId;
use crate::report::Style;
use crate::report::diff::judgement;
use crate::report::diff::view::{Accepted, Change, Decided, DeciderChange, EditText, Row, View};
use crate::report::shown;
use crate::report::words::names::{count, number};
use crate::text::escape_control_chars;
use crate::text::layout::{hanging, width};

/// Which parts of a diff are shown.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub sessions: bool,
    pub accounts: bool,
    /// Where only who decides has changed.
    pub deciders: bool,
}

/// The counts of a diff, and what its gate found.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub sessions: Counts,
    pub accounts: Counts,
    /// Permissions and settings that one of the two profiles alone has.
    pub only_old: Vec<String>,
    pub only_new: Vec<String>,
    /// By gate: how many changes it denies, those of accepted rows left out.
    pub denied: Vec<(String, u64)>,
    /// Gates that cannot be checked in full, and why.
    pub unchecked: Vec<(String, String)>,
    /// How many rows are accepted.
    pub accepted: u64,
    /// Accepted rows that do not occur, and where each is accepted.
    pub stale: Vec<(String, String)>,
}

impl Summary {
    /// Whether the gate fails.
    pub fn fails(&self) -> bool {
        self.denied.iter().any(|(_, hits)| *hits > 0)
            || !self.unchecked.is_empty()
            || !self.stale.is_empty()
    }

    /// The gate's verdict, if there is a gate.
    pub fn verdict(&self) -> Option<String> {
        let failed = self.denied.iter().filter(|(_, hits)| *hits > 0);
        let mut failed: Vec<String> = failed
            .map(|(gate, hits)| {
                format!("{} ({})", escape_control_chars(gate), count(*hits, "change"))
            })
            .collect();
        for (gate, why) in &self.unchecked {
            failed.push(format!("{} cannot be checked ({why})", escape_control_chars(gate)));
        }
        if !self.stale.is_empty() {
            let rows = self
                .stale
                .iter()
                .map(|(row, location)| format!("{row} ({})", escape_control_chars(location)));
            failed
                .push(format!("accepted, but not there: {}", rows.collect::<Vec<_>>().join(", ")));
        }
        if !failed.is_empty() {
            return Some(format!("gate FAILED: {}", failed.join(", ")));
        }
        let gates: Vec<_> =
            self.denied.iter().map(|(gate, _)| escape_control_chars(gate)).collect();
        let accepted = match self.accepted {
            0 => String::new(),
            rows => format!("; accepted: {}", count(rows, "row")),
        };
        (!gates.is_empty())
            .then(|| format!("gate passed: nothing is {}{accepted}", gates.join(", or ")))
    }
}

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
pub fn text(view: &View, summary: &Summary, parts: Parts, style: Style) -> String {
    let mut out = String::new();
    if parts.sessions {
        out.push_str(&style.bold(&hanging("sessions  ", &counts(&summary.sessions), style.width)));
        out.push('\n');
    }
    if parts.accounts {
        out.push_str(&style.bold(&hanging("accounts  ", &counts(&summary.accounts), style.width)));
        out.push('\n');
    }
    for (word, paths) in [
        ("only OLD's product has  ", &summary.only_old),
        ("only NEW's product has  ", &summary.only_new),
    ] {
        if !paths.is_empty() {
            out.push_str(&hanging(word, &paths.join(", "), style.width));
            out.push('\n');
        }
    }
    let mut number = 0;
    let mut told = RowChange::default();
    for direction in Direction::ALL {
        for (there, rows, what) in [
            (parts.sessions, &view.sessions, "sessions"),
            (parts.accounts, &view.accounts, "accounts"),
        ] {
            let mut rows = rows.iter().filter(|row| there && row.direction == direction).peekable();
            if rows.peek().is_some() {
                heading(
                    &mut out,
                    &format!("{} in {what}", direction.id()),
                    direction == Direction::Widened,
                    style,
                );
            }
            for found in rows {
                number += 1;
                row(&mut out, view, found, number, &mut told, style);
            }
        }
    }
    if parts.deciders && !view.handed.is_empty() {
        heading(&mut out, "the same value, decided by another policy", false, style);
        view.handed.iter().for_each(|handed| decider_changes(&mut out, handed, style));
    } else if parts.sessions && !view.handed.is_empty() {
        let rows = count(view.handed.len() as u64, "group");
        let text = format!(
            "the same value, decided by another policy: {rows} of sessions, shown by --deciders"
        );
        out.push_str(&format!("\n{}\n", hanging("", &text, style.width)));
    }
    for (ids, title) in [
        (&view.beyond, "what the matrix does not show: look at this yourself"),
        (&view.idle, "what changes no permission of sessions and accounts that both sides have"),
    ] {
        if !ids.is_empty() {
            heading(&mut out, title, false, style);
            out.push('\n');
            listed_edits(&mut out, view, ids, style);
        }
    }
    if let Some(verdict) = summary.verdict() {
        out.push('\n');
        let verdict = hanging("", &verdict, style.width);
        out.push_str(&if summary.fails() { style.alarm(&verdict) } else { style.bold(&verdict) });
        out.push('\n');
    }
    let offer = judgement::offer(view, style.width);
    if !offer.is_empty() {
        let how = "to accept what is denied, once it is reviewed: fill this in, and give the file with --accept";
        out.push_str(&format!("\n{}\n{offer}", hanging("", how, style.width)));
    }
    out
}

fn heading(out: &mut String, title: &str, alarm: bool, style: Style) {
    let text = format!("\n── {title} ──\n");
    out.push_str(&if alarm { style.alarm(&text) } else { style.bold(&text) });
}

/// The row that shows the lines of an edit: the first one that names it.
type RowChange = std::collections::BTreeMap<EditId, usize>;

fn row(
    out: &mut String,
    view: &View,
    row: &Row,
    number: usize,
    told: &mut RowChange,
    style: Style,
) {
    let what = if row.target.is_some() { "session" } else { "account" };
    let title = format!("{number}. {}", count(row.count, what));
    out.push_str(&format!("\n{}  {}\n", style.bold(&title), style.dim(&row.fingerprint)));
    labelled(out, "who", &row.who, style);
    if let Some(target) = &row.target {
        labelled(out, "where", target, style);
    }
    if let Some(Accepted { by, why, location }) = &row.accepted {
        labelled(
            out,
            "accepted",
            &format!("by {}: {} ({})", shown(by), shown(why), escape_control_chars(location)),
            style,
        );
    } else if row.is_denied() {
        let line = hanging("   DENIED    ", &format!("by {}", row.denied_by()), style.width);
        out.push_str(&style.alarm(&line));
        out.push('\n');
    }
    match row.direction {
        Direction::Added | Direction::Removed if row.target.is_some() => {
            come_or_gone(out, row, style)
        }
        _ => {
            changes(out, row, style);
            if let Some(rest) = row.nothing_more() {
                out.push_str(&style.dim(&format!("   {rest}\n")));
            }
        }
    }
    for (label, edits) in [("because", &row.because), ("and also", &row.also)] {
        for &id in edits {
            let edit = view.edit(id);
            let first = *told.entry(id).or_insert(number);
            if first == number || edit.lines.is_empty() {
                labelled(out, label, &edit.what, style);
                edit_lines(out, edit, "             ", style);
            } else {
                labelled(out, label, &format!("{} (lines at {first})", edit.what), style);
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

fn labelled(out: &mut String, label: &str, text: &str, style: Style) {
    out.push_str(&hanging(&format!("   {label:<8}  "), text, style.width));
    out.push('\n');
}

/// Permissions that moved alike stand on one line each, their deciders once below them.
fn changes(out: &mut String, row: &Row, style: Style) {
    for run in row.changes.chunk_by(|a, b| {
        a.was.as_ref().map(|by| &by.by) == b.was.as_ref().map(|by| &by.by)
            && a.now.as_ref().map(|by| &by.by) == b.now.as_ref().map(|by| &by.by)
            && a.alike == b.alike
    }) {
        for change in run {
            moved(out, row.direction, change, style);
        }
        let Some(first) = run.first() else { continue };
        let places = |side: fn(&Change) -> Option<&Decided>| {
            places(run.iter().filter_map(|change| side(change)).map(|decided| &*decided.location))
        };
        let for_example = if first.alike { "" } else { ", in the example" };
        let sides: [(&str, Option<&Decided>, String); 2] = [
            ("was", first.was.as_ref(), places(|change| change.was.as_ref())),
            ("now", first.now.as_ref(), places(|change| change.now.as_ref())),
        ];
        for (word, decided, places) in sides {
            if let Some(decided) = decided {
                let place = if places.is_empty() { String::new() } else { format!(" · {places}") };
                let text = format!("{}{place}{for_example}", decided.by);
                out.push_str(&style.dim(&hanging(&format!("      {word}  "), &text, style.width)));
                out.push('\n');
            }
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

fn moved(out: &mut String, direction: Direction, change: &Change, style: Style) {
    let value = |value: &Option<String>| value.as_deref().map(shown);
    let (before, after) = (value(&change.before), value(&change.after));
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

/// Whole sessions that one side lacks: what they grant, and how many permissions they do not.
fn come_or_gone(out: &mut String, row: &Row, style: Style) {
    let granted = row.changes.iter().map(|change| {
        let value = change
            .after
            .as_ref()
            .or(change.before.as_ref())
            .map(|value| shown(value))
            .unwrap_or_default();
        format!("{} = {value}", change.path)
    });
    let granted: Vec<String> = granted.collect();
    let granted = if granted.is_empty() { "nothing".to_owned() } else { granted.join(", ") };
    labelled(
        out,
        if row.direction == Direction::Added { "grants" } else { "granted" },
        &granted,
        style,
    );
    if let Some(rest) = row.nothing_more() {
        out.push_str(&style.dim(&format!("             {rest}\n")));
    }
}

/// The lines of an edit, as a diff shows them.
fn edit_lines(out: &mut String, edit: &EditText, indent: &str, style: Style) {
    for line in &edit.lines {
        let sign = if line.is_new { '+' } else { '-' };
        let label = format!("{indent}{sign} {}  ", line.location);
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
        out.push_str(&if line.is_new { style.bold(&text) } else { style.dim(&text) });
        out.push('\n');
    }
    if edit.more > 0 {
        out.push_str(&format!("{indent}  and {} more\n", count(edit.more as u64, "line")));
    }
}

/// The most edits of a kind that are listed.
const MAX_LISTED: usize = 20;

/// Edits of one object stand together.
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

fn decider_changes(out: &mut String, handed: &DeciderChange, style: Style) {
    out.push_str(&format!("\n{}\n", style.bold(&count(handed.count, "session"))));
    labelled(out, "who", &handed.who, style);
    labelled(out, "where", &handed.target, style);
    for (paths, was, now) in &handed.changes {
        out.push_str(&hanging("   ", &paths.join(", "), style.width));
        out.push('\n');
        for (word, decided) in [("was", was), ("now", now)] {
            out.push_str(&style.dim(&hanging(
                &format!("      {word}  "),
                &decided.by,
                style.width,
            )));
            out.push('\n');
        }
    }
}
