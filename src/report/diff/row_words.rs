//! What changed in the rows of an entry, in as few words as that takes.

use crate::diff::{Direction, Side};
use crate::profile::START;
use crate::report::diff::view::{ChangeText, RowText};
use crate::report::shown;

/// A change of a cell: what changed, and from what to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// A permission, or a setting or membership of an account.
    pub path: String,
    /// Its value, or both of them; empty where the path says it all.
    pub value: String,
}

impl Item {
    /// Path and value with a blank between them.
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.path, self.value).trim_end().to_owned()
    }
}

/// What a row does to those that it is about.
pub(super) fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Added => "new",
        Direction::Widened => "gains",
        Direction::Changed => "changed",
        Direction::Removed => "gone",
        Direction::Narrowed => "loses",
        Direction::Follows => "follows",
    }
}

/// Whom several rows are about, if that is the same for all of them.
pub(super) fn one_who<'v>(rows: &[&'v RowText]) -> Option<&'v str> {
    let [first, rest @ ..] = rows else { return None };
    (!rest.is_empty() && rest.iter().all(|row| row.who == first.who)).then_some(&*first.who)
}

/// The changes of a row.
pub(super) fn items(row: &RowText) -> Vec<Item> {
    row.changes.iter().filter_map(|change| item(row.direction, change)).collect()
}

fn item(direction: Direction, change: &ChangeText) -> Option<Item> {
    let path = shown(&change.path);
    let value = |side: Side| change.value(side).map(shown).unwrap_or_default();
    let one_sided = || {
        let (_, found) = change.sides.as_ref().latest();
        match (&*change.path, &*found.value) {
            // That a session can be started without any restriction goes without saying.
            (START, "allow") => None,
            (_, "allow") => Some(String::new()),
            (_, value) => Some(shown(value)),
        }
    };
    let value = match (direction, &*value(Side::Old), &*value(Side::New)) {
        (Direction::Added, ..) => one_sided()?,
        // What it was matters less than that it is gone.
        (Direction::Removed, ..) => one_sided().map(|_| String::new())?,
        (Direction::Widened, "deny", "allow") | (Direction::Narrowed, "allow", "deny") => {
            String::new()
        }
        (_, before, after) => format!("{before} → {after}"),
    };
    Some(Item { path, value })
}

/// Rows that one side alone has, such as new sessions: what all of them have in common, and of each
/// what only it has.
pub(super) struct Shared<'v> {
    pub common: Vec<Item>,
    pub rows: Vec<(&'v RowText, Vec<Item>)>,
}

/// The fewest items in common that are worth a line.
const MIN_COMMON: usize = 3;

impl<'v> Shared<'v> {
    /// Divides the items of rows. Those of accounts have nothing in common.
    pub(super) fn new(rows: &[&'v RowText]) -> Shared<'v> {
        let mut own: Vec<(&RowText, Vec<Item>)> =
            rows.iter().map(|row| (*row, items(row))).collect();
        let is_new = |row: &RowText| row.direction == Direction::Added && row.target.is_some();
        let of_new: Vec<&Vec<Item>> =
            own.iter().filter(|(row, _)| is_new(row)).map(|(_, items)| items).collect();
        let mut common: Vec<Item> = match &of_new[..] {
            [first, rest @ ..] if !rest.is_empty() => first
                .iter()
                .filter(|item| rest.iter().all(|items| items.contains(item)))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        if common.len() < MIN_COMMON {
            common.clear();
        }
        for (_, items) in own.iter_mut().filter(|(row, _)| is_new(row)) {
            items.retain(|item| !common.contains(item));
        }
        Shared { common, rows: own }
    }
}
