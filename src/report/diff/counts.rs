//! The figures of a diff: its verdict, and how many cells changed of each permission and setting.

use crate::diff::Counts;
use crate::diff::Diff;
use crate::diff::Direction;
use crate::diff::rows::{Rows, account_weight, permission_weight};
use crate::report::diff::text::{Parts, Summary};
use crate::report::diff::view::View;
use crate::report::words::names::count;
use crate::text::escape_control_chars;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The order in which a reviewer reads: first what `gained` counts as a gain.
pub const READING_ORDER: [Direction; 6] = [
    Direction::Widened,
    Direction::Changed,
    Direction::Added,
    Direction::Narrowed,
    Direction::Removed,
    Direction::Follows,
];

/// Whether what moved so may be a gain.
pub fn may_gain(direction: Direction) -> bool {
    matches!(direction, Direction::Widened | Direction::Changed | Direction::Added)
}

/// How many cells of a permission, or of a setting or membership of accounts, changed.
#[derive(Clone, Debug)]
pub struct Tally {
    pub path: String,
    pub of_accounts: bool,
    pub counts: Counts,
}

/// What changed, gravest first: by how many cells of a direction there are, weighed, in
/// [`READING_ORDER`].
pub fn tallies(diff: &Diff, rows: &Rows) -> Vec<Tally> {
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
        for told in &row.changes {
            let path = match told.change.after {
                Some(_) => &diff.new_ir().profile.permissions[told.change.permission].path,
                None => &diff.old_ir().profile.permissions[told.change.old_permission].path,
            };
            add(false, path, permission_weight(diff, &told.change), row.direction, row.sessions);
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
    let gravity = |(tally, weight): &(Tally, u8)| {
        READING_ORDER
            .map(|direction| Reverse(tally.counts.of(direction).saturating_mul(u64::from(*weight))))
    };
    found.sort_by_cached_key(gravity);
    found.into_iter().map(|(tally, _)| tally).collect()
}

/// How a verdict is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictLevel {
    Fail,
    Warn,
    Pass,
}

#[derive(Clone, Debug)]
pub struct Verdict {
    pub level: VerdictLevel,
    pub text: String,
}

/// What a reader wants to know first. Without a gate, it is whether anybody may have gained
/// anything.
pub fn verdict(summary: &Summary, view: &View, parts: Parts) -> Verdict {
    if let Some(text) = summary.verdict() {
        let level = if summary.fails() { VerdictLevel::Fail } else { VerdictLevel::Pass };
        return Verdict { level, text };
    }
    let gains: Vec<String> = READING_ORDER
        .into_iter()
        .filter(|direction| may_gain(*direction) && total(summary, parts, *direction) > 0)
        .map(|direction| {
            format!("{} {}", count(total(summary, parts, direction), "cell"), direction.id())
        })
        .collect();
    let any = READING_ORDER.into_iter().any(|direction| total(summary, parts, direction) > 0);
    let (level, text) = if !gains.is_empty() {
        (VerdictLevel::Warn, format!("may be a gain: {}; no gate is set", gains.join(", ")))
    } else if !view.beyond.is_empty() {
        (VerdictLevel::Warn, "nobody gains anything that the matrix shows".into())
    } else if any {
        (VerdictLevel::Pass, "nobody gains anything".into())
    } else if !view.edits.is_empty() {
        (VerdictLevel::Pass, "no permission changes".into())
    } else {
        (VerdictLevel::Pass, "nothing changes".into())
    };
    Verdict { level, text }
}

/// How many cells of the parts that are shown moved so.
pub fn total(summary: &Summary, parts: Parts, direction: Direction) -> u64 {
    let of = |shown: bool, counts: &Counts| if shown { counts.of(direction) } else { 0 };
    of(parts.sessions, &summary.sessions) + of(parts.accounts, &summary.accounts)
}

/// How many cells moved so, in words: `1,124 permissions of sessions, 5 settings of accounts`.
pub fn told(summary: &Summary, parts: Parts, direction: Direction) -> String {
    let sides = [
        (parts.sessions, summary.sessions.of(direction), "permission", "sessions"),
        (parts.accounts, summary.accounts.of(direction), "setting", "accounts"),
    ];
    let told = sides.into_iter().filter(|(shown, cells, ..)| *shown && *cells > 0);
    told.map(|(_, cells, one, of)| format!("{} of {of}", count(cells, one)))
        .collect::<Vec<_>>()
        .join(", ")
}
