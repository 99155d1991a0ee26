//! A diff as Markdown, for a comment on a pull request: see `docs/diff.md`.
//!
//! A comment has room for 65,536 characters. What is always there comes first (verdict, counts,
//! edits outside the matrix), then rows as long as there is room, then the rest. Once a row has no
//! room, no row after it is shown: what is left out is counted in its place.

use super::{DECIDER_CHANGES, NO_EFFECT, OUTSIDE_MATRIX};
use crate::diff::edits::EditId;
use crate::diff::{Counts, Direction};
use crate::report::diff::counts::count_text;
use crate::report::diff::markdown_rows::{FirstRows, decider_change, edit, row};
use crate::report::diff::source_diff::{self, FileDiff};
use crate::report::diff::view::{RowText, View};
use crate::report::shown;
use crate::report::words::markup::{code, fence, prose};
use crate::report::words::unknown::unknown_change;
use crate::review::{Parts, READING_ORDER, Reviewed, Summary, VerdictLevel, VerdictText, may_gain};
use crate::text::{count, number};

/// The first line, by which a bot knows the comment that it is to replace.
pub const MARKER: &str = "<!-- precedent-diff -->";
/// The most UTF-16 units of a comment; never fewer than its characters.
pub const MAX: usize = 64_000;
/// Room that is kept for the heading and the end of a section, and for what is left out of it.
const SECTION: usize = 500;
/// The most permissions, edits and groups of sessions of a list.
const MAX_TALLIES: usize = 12;
const MAX_LISTED: usize = 20;
/// The most units of the source diff, and of the edits outside the matrix.
const MAX_SOURCE: usize = 16_000;
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
    page.push(&head(reviewed, view, parts));
    page.push(&outside_matrix(view));
    rows(&mut page, view, &reviewed.review.summary, parts);
    if parts.sessions {
        let changes = &view.decider_changes;
        let blocks: Vec<String> = changes.iter().take(MAX_LISTED).map(decider_change).collect();
        list(&mut page, DECIDER_CHANGES, "group of sessions", changes.len(), &blocks, 2 * SECTION);
    }
    let no_effect: Vec<String> =
        view.no_effect.iter().take(MAX_LISTED).map(|id| edit(view.edit(*id))).collect();
    list(&mut page, NO_EFFECT, "edit", view.no_effect.len(), &no_effect, SECTION);
    let files =
        source_diff::files(&reviewed.diff.old_ir().sources, &reviewed.diff.new_ir().sources);
    page.push(&source(&files, page.units));
    page.out
}

/// The rows by direction, as far as there is room.
fn rows(page: &mut Page, view: &View, summary: &Summary, parts: Parts) {
    // One for each direction, and those after the rows.
    let mut sections = READING_ORDER.len() + 3;
    let mut first_rows = FirstRows::default();
    let mut number = 0;
    let mut is_full = false;
    for direction in READING_ORDER {
        sections -= 1;
        let rows = view.rows(parts, direction);
        if rows.is_empty() {
            continue;
        }
        let title = format!(
            "{}: {} in {}",
            direction.id(),
            count_text(summary, parts, direction),
            count(rows.len() as u64, "row")
        );
        page.push(&opening(direction, &title, rows.len()));
        let mut shown = 0;
        for &found in &rows {
            let text =
                if is_full { String::new() } else { row(view, found, number + 1, &mut first_rows) };
            is_full |= !page.has_room(&text, (sections + 1) * SECTION);
            if is_full {
                break;
            }
            page.push(&text);
            number += 1;
            shown += 1;
        }
        page.push(&left_out(&rows[shown..]));
        page.push(if direction == Direction::Widened { "" } else { "\n</details>\n" });
    }
}

/// The marker, the verdict and the counts.
fn head(reviewed: &Reviewed, view: &View, parts: Parts) -> String {
    let summary = &reviewed.review.summary;
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
    let mut out = format!("{MARKER}\n### {sign} {text}\n");
    if READING_ORDER.into_iter().any(|direction| summary.total(parts, direction) > 0) {
        out.push_str(&table(view, summary, parts));
    }
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

/// The beginning of a section: widened rows are never folded, and other possible gains only where
/// there are many.
fn opening(direction: Direction, title: &str, rows: usize) -> String {
    const SHORT: usize = 10;
    if direction == Direction::Widened {
        return format!("\n#### {title}\n");
    }
    let open = if may_gain(direction) && rows <= SHORT { " open" } else { "" };
    format!("\n<details{open}>\n<summary>{title}</summary>\n")
}

fn left_out(rows: &[&RowText]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let of = |sessions: bool| {
        rows.iter().filter(|row| row.target.is_some() == sessions).map(|row| row.count).sum::<u64>()
    };
    let members: Vec<String> = [(of(true), "session"), (of(false), "account")]
        .into_iter()
        .filter(|(members, _)| *members > 0)
        .map(|(members, one)| count(members, one))
        .collect();
    format!(
        "\n**… and {} ({}) not shown**; {WHOLE}\n",
        count(rows.len() as u64, "more row"),
        members.join(", ")
    )
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

/// The edited texts, as far as there is room.
fn source(files: &[FileDiff], used: usize) -> String {
    if files.is_empty() {
        return String::new();
    }
    let sum = |of: fn(&FileDiff) -> usize| number(files.iter().map(of).sum::<usize>() as u64);
    let (added, removed) = (sum(|file| file.added), sum(|file| file.removed));
    let mut out = format!(
        "\n<details>\n<summary>source: {}, {added} added and {removed} removed lines</summary>\n\n",
        count(files.len() as u64, "file")
    );
    let room = MAX.saturating_sub(used + SECTION).min(MAX_SOURCE);
    let all: Vec<String> = files.iter().flat_map(file_lines).collect();
    let mut kept = all.len();
    // The fence may grow with the lines, so that it is counted again.
    let mut block = fence("diff", &all[..kept]);
    while units(&block) > room && kept > 0 {
        let longer = units(&block) - room;
        let mut freed = 0;
        while kept > 0 && freed < longer {
            kept -= 1;
            freed += units(&all[kept]) + 1;
        }
        block = fence("diff", &all[..kept]);
    }
    if kept > 0 {
        out.push_str(&block);
    }
    out.push_str(&more(all.len() - kept, "line"));
    out.push_str("\n</details>\n");
    out
}

fn file_lines(file: &FileDiff) -> Vec<String> {
    let path =
        |path: &Option<String>| path.as_deref().map_or_else(|| "/dev/null".to_owned(), shown);
    let mut lines = vec![format!("--- {}", path(&file.old)), format!("+++ {}", path(&file.new))];
    for hunk in &file.hunks {
        lines.push(hunk.header.clone());
        lines.extend(hunk.lines.iter().map(|(sign, line)| format!("{sign}{line}")));
    }
    lines
}
