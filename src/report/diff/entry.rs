//! The entries of a diff in words.

use super::effect::effect;
use super::names::Names;
use super::view::EditText;
use crate::diff::accounts::AccountChange;
use crate::diff::edits::{EditId, EditKind, SessionPart};
use crate::diff::entries::{Entry, EntryKind, RowId};
use crate::diff::texts::source_name;
use crate::diff::{Diff, Side};
use crate::review::{EntryReview, Reviewed};
use crate::text::{count, escape_control_chars, listed, quote};
use std::collections::BTreeSet;

/// The most names that a heading lists.
const MAX_NAMES: usize = 4;

/// Edits with what they do, in words.
#[derive(Clone, Debug)]
pub struct EntryText {
    /// What the entry is about.
    pub kind: EntryKind,
    /// What was edited.
    pub heading: String,
    /// `FILE:LINE` of the first edited line; empty if there is none.
    pub location: String,
    /// The edits.
    pub edits: Vec<EditId>,
    /// What they do, in one to a few lines.
    pub effect: Vec<String>,
    /// The rows, those that may be gains first.
    pub rows: Vec<RowId>,
    /// Rows of other entries that these edits would also cause.
    pub also: Vec<RowId>,
    /// What the gates and acceptances make of it.
    pub review: EntryReview,
}

impl EntryText {
    /// The gates that deny it, in words, with how much.
    pub fn denied_by(&self) -> String {
        let gates = self.review.denied_by.iter();
        let gates =
            gates.map(|denial| format!("{} ({})", denial.gate, count(denial.changes, "change")));
        escape_control_chars(&gates.collect::<Vec<_>>().join("; ")).into_owned()
    }
}

/// All entries in words; `edits` are the texts of all edits.
pub(super) fn entries(
    reviewed: &Reviewed,
    names: &mut Names,
    edits: &[EditText],
) -> Vec<EntryText> {
    let Reviewed { diff, rows, review } = reviewed;
    let all = rows.entries.iter().zip(&review.entries);
    let texts = all.map(|(entry, review)| {
        let lines = entry.edits.iter().flat_map(|id| &edits[id.0 as usize].lines);
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by_key(|line| line.side != Side::New);
        let mut effect = effect(diff, names, rows, entry);
        effect.extend(relations(reviewed, entry));
        EntryText {
            kind: entry.kind,
            heading: escape_control_chars(&heading(diff, entry, edits)).into_owned(),
            location: lines.first().map(|line| line.location.clone()).unwrap_or_default(),
            edits: entry.edits.clone(),
            effect,
            rows: entry.rows.clone(),
            also: entry.also.clone(),
            review: review.clone(),
        }
    });
    texts.collect()
}

fn heading(diff: &Diff, entry: &Entry, edits: &[EditText]) -> String {
    match entry.edits[..] {
        [] => "changes without an edit that explains them".into(),
        [only] => edit_heading(diff, only, edits),
        _ => {
            let parts = units(diff, &entry.edits);
            let parts = parts.iter().map(|unit| unit_heading(diff, unit, edits));
            parts.collect::<Vec<_>>().join(" + ")
        }
    }
}

/// Edits of one object next to each other, and of who moved.
fn units(diff: &Diff, edits: &[EditId]) -> Vec<Vec<EditId>> {
    let mut units: Vec<Vec<EditId>> = Vec::new();
    for id in edits {
        let one = |unit: &&mut Vec<EditId>| {
            let (known, edit) = (diff.edits.get(unit[0]), diff.edits.get(*id));
            let members = |id: &EditId| diff.edits.changed_members.get(id);
            let same_members = members(&unit[0]).is_some() && members(&unit[0]) == members(id);
            let same_object =
                (known.kind, &known.owner, &known.names) == (edit.kind, &edit.owner, &edit.names);
            same_members || (same_object && members(id).is_none())
        };
        match units.iter_mut().find(one) {
            Some(unit) => unit.push(*id),
            None => units.push(vec![*id]),
        }
    }
    units
}

fn unit_heading(diff: &Diff, unit: &[EditId], edits: &[EditText]) -> String {
    match *unit {
        [only] => edit_heading(diff, only, edits),
        [first, second] if diff.edits.changed_members.contains_key(&first) => {
            moved(diff, first, second)
        }
        _ => {
            let details: Vec<&str> = unit.iter().map(|id| &*edits[id.0 as usize].detail).collect();
            let owner = unit.first().map(|id| &*edits[id.0 as usize].owner).unwrap_or_default();
            format!("{owner}: {}", listed(&details, MAX_NAMES))
        }
    }
}

/// Who left one group for another.
fn moved(diff: &Diff, first: EditId, second: EditId) -> String {
    let is_added = |id: &EditId| !diff.edits.get(*id).lines.new.is_empty();
    let (from, to) = if is_added(&first) { (second, first) } else { (first, second) };
    let group = |id: EditId| {
        let edit = diff.edits.get(id);
        let names: Vec<String> = edit.names.iter().map(|name| quote(name)).collect();
        format!("{} {}", edit.owner, names.join(", "))
    };
    let members = diff.edits.changed_members.get(&to).map(Vec::as_slice).unwrap_or_default();
    format!("{} moved from {} to {}", listed(members, MAX_NAMES), group(from), group(to))
}

fn edit_heading(diff: &Diff, id: EditId, edits: &[EditText]) -> String {
    let edit = diff.edits.get(id);
    let names: Vec<String> = edit.names.iter().map(|name| quote(name)).collect();
    let many = edit.names.len() as u64;
    if let Some(members) = diff.edits.changed_members.get(&id) {
        let (one, some) = match edit.lines.new.is_empty() {
            true => ("leaves", "leave"),
            false => ("joins", "join"),
        };
        let verb = if members.len() == 1 { one } else { some };
        let group = format!("{} {}", edit.owner, names.join(", "));
        return format!("{} {verb} {group}", listed(members, MAX_NAMES));
    }
    if let Some(standing) = diff.edits.standing.get(&id) {
        let (new, preposition) = match edit.kind {
            EditKind::Removed => ("removed ", "from"),
            _ => ("new ", "in"),
        };
        let place = match &*standing.place {
            "" => String::new(),
            place if place.starts_with("no ") => format!(" with {place}"),
            place if standing.part == SessionPart::Invite => {
                format!(" with {place}")
            }
            place => format!(" {preposition} {place}"),
        };
        let objects = match many {
            1 => format!("{new}{} {}", edit.owner, names.join(", ")),
            _ => count(many, &format!("{new}{}", edit.owner)),
        };
        let listed = match many {
            1 => String::new(),
            _ => format!(": {}", listed(&names, MAX_NAMES)),
        };
        return format!("{objects}{place}{listed}");
    }
    edits[id.0 as usize].what.clone()
}

/// For a group policy that moved in the order: which ones decide now in place of which others.
fn relations(reviewed: &Reviewed, entry: &Entry) -> Option<String> {
    let Reviewed { diff, rows, .. } = reviewed;
    let is_order = |id: &EditId| diff.edits.get(*id).kind == EditKind::Order;
    if !entry.edits.iter().any(is_order) {
        return None;
    }
    let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
    for row in &entry.rows {
        match *row {
            RowId::Session(at) => {
                let row = &rows.sessions[at];
                let session = (
                    &diff.sessions.subjects[row.witness.0 as usize],
                    &diff.sessions.endpoints[row.witness.1 as usize],
                );
                for cell in &row.changes {
                    let by = cell
                        .change
                        .sides
                        .map(|side, cell| diff.decided_cell_text(side, session, Some(&cell)).via);
                    let by = by.options();
                    pairs.extend(by.old.zip(by.new));
                }
            }
            RowId::Account(at) => pairs
                .extend(rows.accounts[at].changes.iter().filter_map(|change| givers(diff, change))),
            RowId::Date(_) => {}
        }
    }
    pairs.retain(|(old, new)| old != new && !old.is_empty() && !new.is_empty());
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(old, new)| format!("{} in place of {}", quote(&new), quote(&old)))
        .collect();
    let text = format!(
        "the last one that defines something decides, which is now {}",
        listed(&pairs, MAX_NAMES)
    );
    (!pairs.is_empty()).then(|| escape_control_chars(&text).into_owned())
}

/// The group policies that gave a cell of an account before and after.
fn givers(diff: &Diff, change: &AccountChange) -> Option<(String, String)> {
    let by =
        change.sides.as_ref().map(|side, cell| source_name(diff.ir(side), cell.source).to_owned());
    let by = by.options();
    by.old.zip(by.new)
}
