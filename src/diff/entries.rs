//! A diff by edit, as whoever reads a pull request thinks of it: each edit with the rows that it
//! causes. Every row stands under exactly one entry.

use super::Diff;
use super::Direction;
use super::causes::Cause;
use super::edits::{EditId, EditKind};
use super::rows::{AccountRow, Rows, SessionRow, account_weight, permission_weight};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// One edit, or edits that are one to a reader: lines of one policy, or somebody who moved from
    /// one group to another.
    Edit,
    /// What several edits do together, and none of them does alone.
    Together,
    /// New people and machines that stand under the same rules as others, or ones that are gone.
    Inventory,
}

/// A row of a diff, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowId {
    /// In [`Rows::sessions`].
    Session(usize),
    /// In [`Rows::accounts`].
    Account(usize),
    /// A date that moved later, in [`later_dates`](super::edits::Edits::later_dates).
    Date(usize),
}

/// Edits with the rows that they cause.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is about.
    pub kind: EntryKind,
    /// The edits, ascending.
    pub edits: Vec<EditId>,
    /// The rows, those that may be gains first.
    pub rows: Vec<RowId>,
    /// Rows of other entries that these edits would also cause.
    pub also: Vec<RowId>,
}

/// The order of rows within an entry: what may be a gain before what is lost.
const ORDER: [Direction; 6] = [
    Direction::Added,
    Direction::Widened,
    Direction::Changed,
    Direction::Removed,
    Direction::Narrowed,
    Direction::Follows,
];

/// The entries of a diff, of which `rows` has all but these: edits, the most severe first; then
/// what several of them do together; then inventory.
pub fn entries(diff: &Diff, rows: &Rows) -> Vec<Entry> {
    let units = units(diff);
    let unit_of = |edits: &[EditId]| -> BTreeSet<EditId> {
        edits.iter().map(|edit| units.get(edit).copied().unwrap_or(*edit)).collect()
    };
    let mut found: BTreeMap<BTreeSet<EditId>, Vec<RowId>> = BTreeMap::new();
    let mut also: BTreeMap<EditId, Vec<RowId>> = BTreeMap::new();
    let sessions = rows.sessions.iter().map(|row| &row.cause).zip((0..).map(RowId::Session));
    let accounts = rows.accounts.iter().map(|row| &row.cause).zip((0..).map(RowId::Account));
    for (cause, row) in sessions.chain(accounts) {
        let own = unit_of(&cause.edits);
        for other in unit_of(&cause.alternative).difference(&own) {
            also.entry(*other).or_default().push(row);
        }
        found.entry(own).or_default().push(row);
    }
    follow(rows, &mut found);
    for (date, at) in diff.edits.later_dates.iter().zip(0..) {
        found.entry(BTreeSet::from([date.edit])).or_default().push(RowId::Date(at));
    }
    // An edit that is never needed, but would suffice, is an entry of its own.
    for unit in also.keys() {
        found.entry(BTreeSet::from([*unit])).or_default();
    }
    let mut entries: Vec<Entry> = found
        .into_iter()
        .map(|(of, mut rows_of)| {
            rows_of.sort_by_key(|row| place(direction(rows, *row)));
            let also = match of.first() {
                Some(only) if of.len() == 1 => also.remove(only).unwrap_or_default(),
                _ => Vec::new(),
            };
            // A line of a policy that causes none of these rows is told elsewhere.
            let own = rows_of.iter().filter_map(|row| Some(&cause(rows, *row)?.edits));
            let other = also.iter().filter_map(|row| Some(&cause(rows, *row)?.alternative));
            let dates = rows_of.iter().filter_map(|row| match row {
                RowId::Date(at) => Some(diff.edits.later_dates[*at].edit),
                _ => None,
            });
            let edits: BTreeSet<EditId> =
                own.chain(other).flatten().copied().chain(dates).collect();
            let is_own = |edit: &EditId| of.contains(units.get(edit).unwrap_or(edit));
            let edits: Vec<EditId> = edits.into_iter().filter(is_own).collect();
            Entry { kind: kind(diff, &edits, of.len()), edits, rows: rows_of, also }
        })
        .collect();
    entries.sort_by_cached_key(|entry| {
        let (gains, losses) = severity(diff, rows, entry);
        (entry.kind, Reverse(gains), Reverse(losses), entry.edits.clone())
    });
    entries
}

/// Moves what only follows from several edits to the one of them that has other rows.
fn follow(rows: &Rows, found: &mut BTreeMap<BTreeSet<EditId>, Vec<RowId>>) {
    let follows = |row: &RowId| direction(rows, *row) == Direction::Follows;
    let alone: BTreeSet<EditId> = found
        .iter()
        .filter(|(edits, own)| edits.len() == 1 && !own.iter().all(follows))
        .flat_map(|(edits, _)| edits.iter().copied())
        .collect();
    let mut moved: Vec<(EditId, RowId)> = Vec::new();
    for (edits, own) in found.iter_mut().filter(|(edits, _)| edits.len() > 1) {
        if let Some(to) = edits.intersection(&alone).next() {
            own.retain(|row| {
                let stays = !follows(row);
                moved.extend((!stays).then_some((*to, *row)));
                stays
            });
        }
    }
    found.retain(|_, own| !own.is_empty());
    for (to, row) in moved {
        found.entry(BTreeSet::from([to])).or_default().push(row);
    }
}

fn place(direction: Direction) -> usize {
    ORDER.iter().position(|other| *other == direction).unwrap_or(ORDER.len())
}

/// The direction of a row.
pub fn direction(rows: &Rows, row: RowId) -> Direction {
    match row {
        RowId::Session(at) => rows.sessions[at].direction,
        RowId::Account(at) => rows.accounts[at].direction,
        RowId::Date(_) => Direction::Changed,
    }
}

/// Why a row changed; dates are no cells, and have no cause.
fn cause(rows: &Rows, row: RowId) -> Option<&Cause> {
    match row {
        RowId::Session(at) => Some(&rows.sessions[at].cause),
        RowId::Account(at) => Some(&rows.accounts[at].cause),
        RowId::Date(_) => None,
    }
}

/// Edits that are one to a reader: lines of one policy, or who was taken out of one group and put
/// into another of the same kind. By the later edit: the first one.
fn units(diff: &Diff) -> BTreeMap<EditId, EditId> {
    let edits = &diff.edits;
    let mut units = BTreeMap::new();
    let mut by_members: BTreeMap<(u8, &[String]), Vec<EditId>> = BTreeMap::new();
    for (id, members) in &edits.changed_members {
        by_members.entry((edits.get(*id).kind.rank(), members)).or_default().push(*id);
    }
    let is_added = |id: &EditId| !edits.get(*id).lines.new.is_empty();
    for mut ids in by_members.into_values() {
        ids.sort_unstable();
        // Otherwise it is not known from where to where.
        if let [first, second] = ids[..]
            && is_added(&first) != is_added(&second)
            && edits.get(first).names != edits.get(second).names
        {
            units.insert(second, first);
        }
    }
    let mut by_object: BTreeMap<(u8, &str, &[String]), EditId> = BTreeMap::new();
    for (edit, id) in edits.list.iter().zip((0..).map(EditId)) {
        if matches!(edit.kind, EditKind::Permission | EditKind::Setting) {
            let object = (edit.kind.rank(), &*edit.owner, &*edit.names);
            let first = *by_object.entry(object).or_insert(id);
            if first != id {
                units.insert(id, first);
            }
        }
    }
    units
}

fn kind(diff: &Diff, edits: &[EditId], units: usize) -> EntryKind {
    let of_inventory = |id: &EditId| match diff.edits.get(*id).kind {
        EditKind::Removed => true,
        EditKind::Added => diff.edits.standing.get(id).is_some_and(|found| found.peers > 0),
        _ => false,
    };
    match units {
        _ if !edits.is_empty() && edits.iter().all(of_inventory) => EntryKind::Inventory,
        0 | 1 => EntryKind::Edit,
        _ => EntryKind::Together,
    }
}

/// How much may be gained and how much is lost: cells, by the weights of their permissions.
fn severity(diff: &Diff, rows: &Rows, entry: &Entry) -> (u64, u64) {
    let (mut gains, mut losses) = (0, 0);
    for row in &entry.rows {
        let cells = match row {
            RowId::Session(at) => of_sessions(diff, &rows.sessions[*at]),
            RowId::Account(at) => of_accounts(diff, &rows.accounts[*at]),
            RowId::Date(_) => 1,
        };
        match direction(rows, *row) {
            Direction::Added | Direction::Widened | Direction::Changed => gains += cells,
            Direction::Removed | Direction::Narrowed => losses += cells,
            Direction::Follows => {}
        }
    }
    (gains, losses)
}

fn of_sessions(diff: &Diff, row: &SessionRow) -> u64 {
    let weights = row.changes.iter().map(|cell| u64::from(permission_weight(diff, &cell.change)));
    row.sessions * weights.sum::<u64>()
}

fn of_accounts(diff: &Diff, row: &AccountRow) -> u64 {
    let weights = row.changes.iter().map(|change| u64::from(account_weight(diff, change)));
    row.users.len() as u64 * weights.sum::<u64>()
}
