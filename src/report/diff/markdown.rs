//! A diff as Markdown, for a comment on a pull request: see `docs/diff.md`.
//!
//! A comment has room for 65,536 characters. First in it are the verdict and the edits with what
//! they do, where everything that may be a gain is in plain sight; other rows are folded away, as
//! far as there is room for them. What is left out is counted in its place.

use super::{DECIDER_CHANGES, INVENTORY, NO_EFFECT, OUTSIDE_MATRIX, TOGETHER};
use crate::diff::edits::EditId;
use crate::diff::entries::EntryKind;
use crate::diff::{Counts, Direction};
use crate::report::diff::markdown_rows::{PlainEntry, edit};
use crate::report::diff::view::View;
use crate::report::shown;
use crate::report::words::markup::{code, prose};
use crate::report::words::unknown::unknown_change;
use crate::review::{Parts, READING_ORDER, Reviewed, Summary, VerdictLevel, VerdictText};
use crate::text::{count, number};

/// The first line, by which a bot knows the comment that it is to replace.
pub const MARKER: &str = "<!-- precedent-diff -->";
/// The most UTF-16 units of a comment; never fewer than its characters.
pub const MAX: usize = 64_000;
/// Room that is kept for the heading and the end of a section, and for what is left out of it.
const SECTION: usize = 500;
/// The most permissions, edits and groups of sessions of a list.
const MAX_TALLIES: usize = 4;
const MAX_LISTED: usize = 20;
/// The most units of the edits outside the matrix.
const MAX_OUTSIDE_MATRIX: usize = 8_000;

const WHOLE: &str = "the whole report: `precedent diff OLD NEW --format html`";

/// The comment as far as it is written.
struct Page {
    out: String,
    units: usize,
}

impl Page {
    fn push(&mut self, text: &str) {
        self.units += units(text);
        self.out.push_str(text);
    }

    fn has_room(&self, text: &str, kept: usize) -> bool {
        self.units + units(text) + kept <= MAX
    }
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The whole report.
pub fn markdown(reviewed: &Reviewed, parts: Parts) -> String {
    let view = &View::new(reviewed);
    let mut page = Page { out: String::new(), units: 0 };
    page.push(&head(reviewed, parts));
    let rest = rest(reviewed, view, parts);
    let reserved = units(&rest) + units(&outside_matrix(view));
    entries(&mut page, view, parts, reserved);
    page.push(&outside_matrix(view));
    page.push(&rest);
    page.out
}

/// The edits with what they do: first what must be seen of all of them, then what is folded, as far
/// as there is room.
fn entries(page: &mut Page, view: &View, parts: Parts, reserved: usize) {
    let shown = view.shown_entries(parts);
    let mut plain: Vec<PlainEntry> = Vec::new();
    let mut room = MAX.saturating_sub(page.units + reserved + SECTION);
    for (found, number) in shown.iter().zip(1..) {
        let mut text = PlainEntry::new(view, found, number, parts);
        let units_of = units(&text.head) + SECTION;
        if units_of > room {
            break;
        }
        room -= units_of;
        let fit = text.gains.iter().take_while(|gain| {
            let own = units(gain);
            let fits = own <= room;
            room = room.saturating_sub(own);
            fits
        });
        text.shown = fit.count();
        if text.shown < text.gains.len() {
            room = 0;
        }
        plain.push(text);
    }
    // The room for the notes on what is left out was counted with each.
    let mut room = MAX.saturating_sub(page.units + reserved + SECTION);
    room = room.saturating_sub(plain.iter().map(PlainEntry::units).sum());
    let mut kind = EntryKind::Edit;
    for (entry, found) in plain.iter().zip(&shown) {
        if found.kind != kind {
            kind = found.kind;
            let title = if kind == EntryKind::Inventory { INVENTORY } else { TOGETHER };
            page.push(&format!("\n#### {title}\n"));
        }
        page.push(&entry.head);
        entry.gains[..entry.shown].iter().for_each(|gain| page.push(gain));
        page.push(&more(entry.gains.len() - entry.shown, "row"));
        page.push(&folded(entry, &mut room));
    }
    let left = &shown[plain.len()..];
    if !left.is_empty() {
        let rows =
            left.iter().map(|entry| PlainEntry::new(view, entry, 0, parts).rows).sum::<usize>();
        let (edits, rows) = (count(left.len() as u64, "more edit"), count(rows as u64, "row"));
        page.push(&format!("\n**… and {edits} ({rows}) not shown**; {WHOLE}\n"));
    }
}

/// The rows that are no gains, folded away, as far as there is room.
fn folded(entry: &PlainEntry, room: &mut usize) -> String {
    if entry.folded == 0 {
        return String::new();
    }
    let rows = count(entry.folded as u64, "row");
    let rows = if entry.gains.is_empty() { rows } else { format!("{rows} more") };
    let mut out = format!("\n<details>\n<summary>{rows}, none of which is a gain</summary>\n\n");
    let mut shown = 0;
    for row in &entry.others {
        if units(&out) + units(row) > *room {
            break;
        }
        out.push_str(row);
        shown += 1;
    }
    if shown < entry.folded {
        let rows = count((entry.folded - shown) as u64, "row");
        let why = if shown == entry.others.len() { ", which only follow from these" } else { "" };
        out.push_str(&format!("- {rows} not listed here{why}\n"));
    }
    out.push_str("\n</details>\n");
    *room = room.saturating_sub(units(&out));
    out
}

/// What comes after the edits: those without effect, other deciders, and the counts.
fn rest(reviewed: &Reviewed, view: &View, parts: Parts) -> String {
    let summary = &reviewed.review.summary;
    let mut page = Page { out: String::new(), units: MAX / 2 };
    let handed_over = view.decider_changes.len() as u64;
    if parts.sessions && handed_over > 0 {
        let groups = count(handed_over, "group");
        page.push(&format!("\n{DECIDER_CHANGES}: {groups} of sessions; {WHOLE}\n"));
    }
    let no_effect: Vec<String> =
        view.no_effect.iter().take(MAX_LISTED).map(|id| edit(view.edit(*id))).collect();
    list(&mut page, NO_EFFECT, "edit", view.no_effect.len(), &no_effect, SECTION);
    if READING_ORDER.into_iter().any(|direction| summary.total(parts, direction) > 0) {
        let table = table(view, summary, parts);
        page.push(&format!("\n<details>\n<summary>counts</summary>\n{table}\n</details>\n"));
    }
    page.push(&not_compared(summary));
    page.out
}

/// The marker and the verdict.
fn head(reviewed: &Reviewed, parts: Parts) -> String {
    let verdict = reviewed.verdict(parts);
    let sign = match verdict.level {
        VerdictLevel::Fail => "⛔",
        VerdictLevel::Warn => "⚠️",
        VerdictLevel::Pass => "✅",
    };
    let piece = |piece: &VerdictText| match piece {
        VerdictText::Words(words) => prose(words),
        VerdictText::Code(text) => code(text),
    };
    let text: String = verdict.text.iter().map(piece).collect();
    format!("{MARKER}\n### {sign} {text}\n")
}

/// How much is unknown, and what only one product has.
fn not_compared(summary: &Summary) -> String {
    let mut out = String::new();
    if let Some(amounts) = summary.unknown {
        out.push_str(&format!("\nUnknown: {}.\n", unknown_change(amounts)));
    }
    for (side, paths) in summary.only.as_ref().into_array() {
        if !paths.is_empty() {
            let listed: Vec<String> =
                paths.iter().take(MAX_LISTED).map(|path| code(&shown(path))).collect();
            let more = paths.len() - listed.len();
            let more = if more == 0 {
                String::new()
            } else {
                format!(" and {} more", number(more as u64))
            };
            let (side, listed) = (side.label(), listed.join(", "));
            out.push_str(&format!("\nOnly in the product of {side}: {listed}{more}.\n"));
        }
    }
    out
}

fn table(view: &View, summary: &Summary, parts: Parts) -> String {
    // A direction that nothing moved in has no column.
    let columns: Vec<Direction> = READING_ORDER
        .into_iter()
        .filter(|direction| summary.total(parts, *direction) > 0)
        .collect();
    let mut out = String::from("\n| cells |");
    columns.iter().for_each(|direction| out.push_str(&format!(" {} |", direction.id())));
    out.push_str("\n| :--- |");
    columns.iter().for_each(|_| out.push_str(" ---: |"));
    let mut line = |title: &str, counts: &Counts| {
        out.push_str(&format!("\n| {title} |"));
        for direction in &columns {
            let cells = counts.of(*direction);
            out.push_str(&if cells == 0 { " |".into() } else { format!(" {} |", number(cells)) });
        }
    };
    for (is_shown, title, counts) in [
        (parts.sessions, "**sessions**", &summary.sessions),
        (parts.accounts, "**accounts**", &summary.accounts),
    ] {
        if is_shown && counts.total() > 0 {
            line(title, counts);
        }
    }
    let tallies: Vec<_> = view
        .tallies
        .iter()
        .filter(|tally| if tally.of_accounts { parts.accounts } else { parts.sessions })
        .collect();
    let most = if tallies.len() == MAX_TALLIES + 1 { MAX_TALLIES + 1 } else { MAX_TALLIES };
    for tally in tallies.iter().take(most) {
        line(
            &if tally.of_accounts { prose(&shown(&tally.path)) } else { code(&shown(&tally.path)) },
            &tally.counts,
        );
    }
    let mut rest = Counts::default();
    for tally in tallies.iter().skip(most) {
        READING_ORDER
            .into_iter()
            .for_each(|direction| rest.add(direction, tally.counts.of(direction)));
    }
    if tallies.len() > most {
        line(&format!("and {} more", number((tallies.len() - most) as u64)), &rest);
    }
    out.push('\n');
    out
}

/// Edits of what the matrix does not show.
fn outside_matrix(view: &View) -> String {
    if view.outside_matrix.is_empty() {
        return String::new();
    }
    let mut out = format!("\n#### {OUTSIDE_MATRIX}\n");
    let shown = listed(&mut out, view, &view.outside_matrix, MAX_OUTSIDE_MATRIX);
    out.push_str(&more(view.outside_matrix.len() - shown, "edit"));
    out
}

/// Writes edits as long as there is room; returns how many.
fn listed(out: &mut String, view: &View, ids: &[EditId], most: usize) -> usize {
    let mut room = most;
    for (at, id) in ids.iter().enumerate() {
        let text = edit(view.edit(*id));
        if units(&text) > room {
            return at;
        }
        room -= units(&text);
        out.push_str(&text);
    }
    ids.len()
}

fn more(left: usize, one: &str) -> String {
    if left == 0 {
        String::new()
    } else {
        format!("\n**… and {} not shown**; {WHOLE}\n", count(left as u64, &format!("more {one}")))
    }
}

/// A folded list of `all` blocks, of which some are given, as far as there is room.
fn list(page: &mut Page, title: &str, one: &str, all: usize, blocks: &[String], kept: usize) {
    if all == 0 {
        return;
    }
    page.push(&format!("\n<details>\n<summary>{title}: {}</summary>\n", plural(all, one)));
    let mut shown = 0;
    for block in blocks {
        if !page.has_room(block, kept + SECTION) {
            break;
        }
        page.push(block);
        shown += 1;
    }
    page.push(&more(all - shown, one));
    page.push("\n</details>\n");
}

/// `1 group of sessions`, `3 groups of sessions`.
fn plural(number_of: usize, one: &str) -> String {
    let (first, rest) = one.split_once(' ').unwrap_or((one, ""));
    format!("{} {rest}", count(number_of as u64, first)).trim_end().to_owned()
}
