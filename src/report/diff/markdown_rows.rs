//! Entries and edits of a diff as blocks of Markdown.

use crate::diff::Direction;
use crate::diff::entries::EntryKind;
use crate::report::diff::entry::EntryText;
use crate::report::diff::row_words::{Item, Shared, items, one_who, verb};
use crate::report::diff::view::{EditText, RowText, View};
use crate::report::shown;
use crate::report::words::markup::{code, fence, prose};
use crate::review::{Accepted, Parts};
use crate::text::count;

/// The most edits of an entry whose lines are shown.
const MAX_EDITS: usize = 6;
/// The most changes of one row.
const MAX_CHANGES: usize = 40;

/// An entry as blocks, of which the gains are in plain sight.
pub(super) struct PlainEntry {
    /// What was edited, and what that does.
    pub head: String,
    /// The rows that may be gains.
    pub gains: Vec<String>,
    /// How many of them there is room for.
    pub shown: usize,
    /// Other rows, to be folded away.
    pub others: Vec<String>,
    /// How many other rows there are in all, those that the head tells about left out.
    pub folded: usize,
    /// How many rows there are, gains and others.
    pub rows: usize,
}

impl PlainEntry {
    /// An entry by its number in the report.
    pub(super) fn new(view: &View, entry: &EntryText, number: usize, parts: Parts) -> PlainEntry {
        // What others under the same rules have is said in the head.
        let stands_with_others = entry.kind == EntryKind::Inventory;
        let (gains, others): (Vec<&RowText>, Vec<&RowText>) = view
            .rows_of(entry, parts)
            .into_iter()
            .partition(|row| row.may_gain && !stands_with_others);
        // Whom all rows are about is said once, in the head.
        let whom = one_who(&view.rows_of(entry, parts));
        PlainEntry {
            head: head(view, entry, number),
            shown: 0,
            rows: gains.len() + if stands_with_others { 0 } else { others.len() },
            gains: gains_list(&gains, whom),
            // What only follows from the others, or is said of others, is in the whole report.
            others: others
                .iter()
                .filter(|found| found.direction != Direction::Follows && !stands_with_others)
                .map(|found| row(found, &items(found), whom))
                .collect(),
            folded: if stands_with_others { 0 } else { others.len() },
        }
    }

    /// How many units what is in plain sight takes.
    pub(super) fn units(&self) -> usize {
        let texts = std::iter::once(&self.head).chain(&self.gains[..self.shown]);
        texts.map(|text| text.chars().map(char::len_utf16).sum::<usize>()).sum()
    }
}

fn head(view: &View, entry: &EntryText, number: usize) -> String {
    let mut out = format!("\n**{number}. {}**", prose(&entry.heading));
    if !entry.location.is_empty() {
        out.push_str(&format!(" · {}", code(&shown(&entry.location))));
    }
    out.push_str("  \n");
    for line in &entry.effect {
        out.push_str(&format!("{}  \n", prose(line)));
    }
    let denied_by = entry.review.fails_gate().then(|| entry.denied_by());
    let is_reviewed = denied_by.is_some() || entry.review.accepted.is_some();
    if is_reviewed {
        let review = review(entry.review.accepted.as_ref(), denied_by);
        out.push_str(&format!("{} · `{}`  \n", review.trim_end(), entry.review.fingerprint));
    }
    if !entry.also.is_empty() {
        let rows = count(entry.also.len() as u64, "row");
        out.push_str(&format!("would also by itself cause {rows} of other edits  \n"));
    }
    let shown = entry.edits.iter().take(MAX_EDITS);
    let mut lines: Vec<String> = shown.flat_map(|id| lines(view.edit(*id))).collect();
    if let Some(more) = entry.edits.len().checked_sub(MAX_EDITS).filter(|more| *more > 0) {
        lines.push(format!("  and {}", count(more as u64, "more edited line")));
    }
    // The heading says it all where an object was added or removed.
    if !lines.is_empty() && entry.edits.iter().any(|id| !view.edit(*id).is_one_sided()) {
        out.push_str(&format!("\n{}", fence("diff", &lines)));
    }
    out.push('\n');
    out
}

/// Rows that may be gains as items of a list; what all new sessions have in common comes first.
fn gains_list(rows: &[&RowText], whom: Option<&str>) -> Vec<String> {
    let shared = Shared::new(rows);
    let common = (!shared.common.is_empty())
        .then(|| format!("- all new sessions: {}\n", item_list(&shared.common, true)));
    let has_common = common.is_some();
    let rows = shared.rows.iter().map(|(found, items)| match items.is_empty() && has_common {
        true => row_head(found, whom) + "\n",
        false => row(found, items, whom),
    });
    common.into_iter().chain(rows).collect()
}

/// A row as an item of a list.
fn row(row: &RowText, items: &[Item], whom: Option<&str>) -> String {
    let listed = match items.is_empty() {
        true => "nothing that is granted".into(),
        false => item_list(items, row.target.is_some()),
    };
    format!("{}: {listed}\n", row_head(row, whom))
}

fn row_head(row: &RowText, whom: Option<&str>) -> String {
    let mut out = format!("- {} · **{}**", verb(row.direction), row.counted());
    if whom != Some(&row.who) {
        out.push_str(&format!(" {}", prose(&row.who)));
    }
    if let Some(target) = &row.target {
        out.push_str(&format!(" × {}", prose(target)));
    }
    if row.review.accepted.is_some() {
        out.push_str(" (accepted)");
    }
    out
}

fn item_list(items: &[Item], of_sessions: bool) -> String {
    let text = |item: &Item| match (of_sessions, item.value.is_empty()) {
        (true, _) => code(&item.text()),
        // An account's setting has its words: `jump group "Databases"`.
        (false, true) => prose(&item.path),
        (false, false) => format!("{} {}", prose(&item.path), code(&item.value)),
    };
    let more = items.len().saturating_sub(MAX_CHANGES);
    let listed: Vec<String> = items[..items.len() - more].iter().map(text).collect();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", listed.join(", "))
}

/// An edit by itself.
pub(super) fn edit(edit: &EditText) -> String {
    let lines = lines(edit);
    let lines =
        if lines.is_empty() { String::new() } else { format!("\n{}", fence("diff", &lines)) };
    format!("\n{}\n{lines}", prose(&edit.what))
}

/// Who accepted a row, or else which gates it fails.
fn review(accepted: Option<&Accepted>, denied_by: Option<String>) -> String {
    match (accepted, denied_by) {
        (Some(Accepted { by, why, until, .. }), _) => {
            let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
            format!("accepted by {}{until}: {}\n\n", prose(&shown(by)), prose(&shown(why)))
        }
        (None, Some(gates)) => format!("**fails** {}\n\n", prose(&gates)),
        (None, None) => String::new(),
    }
}

/// The lines of an edit, each with its place.
fn lines(edit: &EditText) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in &edit.lines {
        lines.push(format!("{} {}  {}", line.sign(), shown(&line.location), line.text));
    }
    if edit.more > 0 {
        lines.push(format!("  and {}", count(edit.more as u64, "more line")));
    }
    lines
}
