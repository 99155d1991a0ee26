//! How many cells changed of each permission and setting.

use crate::diff::rows::{Rows, account_weight, permission_weight};
use crate::diff::{Counts, Diff, Direction};
use crate::review::{Parts, READING_ORDER, Summary};
use crate::text::count;
use crate::text::escape_control_chars;
use std::cmp::Reverse;
use std::collections::HashMap;

/// How many cells of a permission, or of a setting or membership of accounts, changed.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The permission, setting or membership.
    pub path: String,
    /// Whether it is of accounts.
    pub of_accounts: bool,
    /// How many cells of it changed.
    pub counts: Counts,
}

/// What changed, the most severe first: by the number of cells of each direction, times the weight,
/// in [`READING_ORDER`].
pub(super) fn tallies(diff: &Diff, rows: &Rows) -> Vec<Tally> {
    let mut found: Vec<(Tally, u8)> = Vec::new();
    let mut known: HashMap<(bool, String), usize> = HashMap::new();
    let mut add = |of_accounts: bool, path: &str, weight: u8, direction: Direction, cells: u64| {
        let at = *known.entry((of_accounts, path.to_owned())).or_insert_with(|| {
            let path = escape_control_chars(path).into_owned();
            found.push((Tally { path, of_accounts, counts: Counts::default() }, weight));
            found.len() - 1
        });
        found[at].0.counts.add(direction, cells);
    };
    for row in &rows.sessions {
        for cell in &row.changes {
            let (path, weight) = (diff.path(&cell.change), permission_weight(diff, &cell.change));
            add(false, path, weight, row.direction, row.sessions);
        }
    }
    for row in &rows.accounts {
        for change in &row.changes {
            add(
                true,
                &change.setting,
                account_weight(diff, change),
                row.direction,
                row.users.len() as u64,
            );
        }
    }
    let severity = |(tally, weight): &(Tally, u8)| {
        READING_ORDER
            .map(|direction| Reverse(tally.counts.of(direction).saturating_mul(u64::from(*weight))))
    };
    found.sort_by_cached_key(severity);
    found.into_iter().map(|(tally, _)| tally).collect()
}

/// How many cells moved in a direction, in words: `1,124 permissions of sessions, 5 settings of
/// accounts`.
pub(super) fn count_text(summary: &Summary, parts: Parts, direction: Direction) -> String {
    let counts = [
        (parts.sessions, summary.sessions.of(direction), "permission", "sessions"),
        (parts.accounts, summary.accounts.of(direction), "setting", "accounts"),
    ];
    let shown = counts.into_iter().filter(|(shown, cells, ..)| *shown && *cells > 0);
    shown
        .map(|(_, cells, one, of)| format!("{} of {of}", count(cells, one)))
        .collect::<Vec<_>>()
        .join(", ")
}
