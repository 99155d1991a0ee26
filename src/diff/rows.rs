//! A diff in rows that read like rules: who × where × which permissions, that changed in the same
//! way because of the same edits. Each changed cell is in exactly one row.

use super::accounts::{AccountCell, AccountChange};
use super::causes::{Cause, CauseId, Causes};
use super::changed::{ChangedPairs, Numbers};
use super::cover::{Cell, cover};
use super::edits::{EditId, EditKind, Reach};
use super::entries::{Entry, entries};
use super::joint::JointClass;
use super::sessions::{CellChange, CellSide, PermissionSide};
use super::{Diff, Direction, OneOrBoth, Side, Sided};
use crate::matrix::{Decider, SubjectRef};
use crate::parallel;
use crate::profile::LayerKind;
use rustc_hash::{FxHashMap, FxHashSet};

/// Sessions whose cells changed in one direction, from the same values to the same values, by the
/// same cause.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// How the values moved.
    pub direction: Direction,
    /// The edits that moved them.
    pub cause: Cause,
    /// Joint classes of subjects.
    pub subjects: Vec<u32>,
    /// Joint classes of endpoints.
    pub endpoints: Vec<u32>,
    /// In the order of permissions.
    pub changes: Vec<RowChange>,
    /// How many sessions: all subjects with all endpoints.
    pub sessions: u64,
    /// One of the sessions: its joint subject and endpoint, the first in the order of the matrix.
    pub witness: (u32, u32),
}

/// A change as it is in the witness of a row.
#[derive(Clone, Copy, Debug)]
pub struct RowChange {
    /// The changed cell.
    pub change: CellChange,
    /// Whether the row's other sessions have the same deciders, on both sides.
    pub alike: bool,
}

/// Accounts that changed likewise.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// How the values moved.
    pub direction: Direction,
    /// The edits that moved them.
    pub cause: Cause,
    /// Joint subjects, in the order of names.
    pub users: Vec<u32>,
    /// As they are for the first user.
    pub changes: Vec<AccountChange>,
}

/// Sessions whose cells kept their values while another policy decides them.
#[derive(Clone, Debug)]
pub struct DeciderRow {
    /// Joint classes of subjects.
    pub subjects: Vec<u32>,
    /// Joint classes of endpoints.
    pub endpoints: Vec<u32>,
    /// The cells before and after, as they are in the witness.
    pub changes: Vec<Sided<PermissionSide>>,
    /// How many sessions: all subjects with all endpoints.
    pub sessions: u64,
    /// One of the sessions: its joint subject and endpoint.
    pub witness: (u32, u32),
}

/// All rows of a diff, by direction, then the most severe first.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Rows of sessions.
    pub sessions: Vec<SessionRow>,
    /// Rows of accounts.
    pub accounts: Vec<AccountRow>,
    /// Sessions where only the deciders changed.
    pub deciders: Vec<DeciderRow>,
    /// All of these rows, by the edits that caused them.
    pub entries: Vec<Entry>,
    /// Edits that changed no cell.
    pub no_effect: Vec<EditId>,
    /// Edits of what the matrix does not show.
    pub outside_matrix: Vec<EditId>,
}

/// Cells by direction and cause.
#[derive(Default)]
struct Gathered {
    numbers: FxHashMap<(Direction, CauseId), u32>,
    cells: Vec<Vec<Cell>>,
}

impl Gathered {
    /// Takes a cell in; returns the number of its direction and cause.
    fn add(&mut self, direction: Direction, cause: CauseId, cell: Cell) -> u32 {
        let at = *self.numbers.entry((direction, cause)).or_insert_with(|| {
            self.cells.push(Vec::new());
            self.cells.len() as u32 - 1
        });
        self.cells[at as usize].push(cell);
        at
    }

    fn in_order(self, causes: &Causes<'_>) -> Vec<(Direction, Cause, u32, Vec<Cell>)> {
        let mut cells = self.cells;
        let numbers = self.numbers.into_iter();
        let mut keys: Vec<(Direction, Cause, u32)> = numbers
            .map(|((direction, cause), at)| (direction, causes.get(cause).clone(), at))
            .collect();
        keys.sort_unstable();
        keys.into_iter()
            .map(|(direction, cause, at)| {
                (direction, cause, at, std::mem::take(&mut cells[at as usize]))
            })
            .collect()
    }
}

impl Rows {
    /// Finds the causes of all changes, and gathers the changes into rows.
    pub fn new(diff: &Diff) -> Rows {
        let (sessions, (accounts, deciders)) = parallel::join(
            || session_rows(diff, &mut Causes::new(diff)),
            || (account_rows(diff, &mut Causes::new(diff)), decider_rows(diff)),
        );
        let mut rows = Rows { sessions, accounts, deciders, ..Rows::default() };
        rows.entries = entries(diff, &rows);
        let effective: FxHashSet<EditId> =
            rows.entries.iter().flat_map(|entry| &entry.edits).copied().collect();
        let ids = (0..diff.edits.list.len() as u32).map(EditId);
        let (outside_matrix, no_effect): (Vec<EditId>, Vec<EditId>) =
            ids.filter(|id| !effective.contains(id)).partition(|&id| {
                let kind = diff.edits.get(id).kind;
                // Another profile may tell another order of the values from now on.
                kind.reach() == Reach::OutsideMatrix || kind == EditKind::Profile
            });
        Rows { outside_matrix, no_effect, ..rows }
    }
}

fn is_one_sided(change: &CellChange) -> bool {
    !change.sides.is_both()
}

/// The deciders of the sides that have a cell.
type Deciders = OneOrBoth<Option<Decider>>;

fn deciders(change: &CellChange) -> Deciders {
    change.sides.map(|_, cell| match cell {
        CellSide::Permission(cell) => Some(cell.decider),
        CellSide::Start(_) => None,
    })
}

fn session_rows(diff: &Diff, causes: &mut Causes<'_>) -> Vec<SessionRow> {
    let mut kinds = Kinds::default();
    let mut gathered = Gathered::default();
    // By direction and cause, and by kind: the deciders, as long as they are the same ones.
    let mut alike: FxHashMap<(u32, u32), Option<Deciders>> = FxHashMap::default();
    let pairs = ChangedPairs::new(diff);
    let mut by_kind = pairs.by_kind();
    for subject in 0..diff.sessions.subject_classes.len() as u32 {
        let changed = by_kind
            .of_subject(subject, |endpoint| kinds.of_cells(diff, diff.changes(subject, endpoint)));
        for (endpoint, cells) in changed {
            for (change, kind) in cells.iter() {
                let cause = causes.session(subject, endpoint, change);
                let at = gathered.add(change.direction, cause, [subject, endpoint, *kind]);
                let known = alike.entry((at, *kind)).or_insert(Some(deciders(change)));
                if *known != Some(deciders(change)) {
                    *known = None;
                }
            }
        }
    }
    let mut rows = Vec::new();
    let covered = parallel::map(gathered.in_order(causes), |(direction, cause, at, cells)| {
        (direction, cause, at, cover(&cells, |axis, at| members(diff, axis, at)))
    });
    for (direction, cause, at, boxes) in covered {
        for found in boxes {
            let [subjects, endpoints, wanted] = found.sides;
            let witness = witness(diff, &subjects, &endpoints);
            let (subject, endpoint) = classes_of(diff, witness);
            let mut changes = Vec::new();
            for change in diff
                .changes(subject, endpoint)
                .into_iter()
                .filter(|change| change.direction == direction)
            {
                if is_one_sided(&change) {
                    changes.push(RowChange { change, alike: false });
                    continue;
                }
                let kind = kinds.of_cell(diff, &change);
                if wanted.binary_search(&kind).is_ok() {
                    let alike = alike.get(&(at, kind)).is_some_and(Option::is_some);
                    changes.push(RowChange { change, alike });
                }
            }
            let sessions = sessions(diff, &subjects, &endpoints);
            rows.push(SessionRow {
                direction,
                cause: cause.clone(),
                subjects,
                endpoints,
                changes,
                sessions,
                witness,
            });
        }
    }
    rows.sort_by_cached_key(|row| {
        let severity = row.sessions * u64::from(weight(diff, &row.changes));
        let first = row.changes.first().map(|cell| cell.change.permission());
        (row.direction, std::cmp::Reverse(severity), row.witness, first)
    });
    rows
}

/// The weight of the most severe permission.
fn weight(diff: &Diff, changes: &[RowChange]) -> u8 {
    changes.iter().map(|cell| permission_weight(diff, &cell.change)).max().unwrap_or(1)
}

/// Whoever can start a session has everything that waits behind it.
const START_WEIGHT: u8 = 5;

/// The weight of a permission, from the profile.
pub fn permission_weight(diff: &Diff, change: &CellChange) -> u8 {
    let (side, cell) = change.sides.latest();
    let weight = |permission: usize| diff.ir(side).profile.permissions[permission].weight;
    cell.permission().map_or(START_WEIGHT, weight)
}

/// What must be equal for cells to be in one row: the permission, and the value on each side that
/// has the cell (by the number of its text).
type CellKind = OneOrBoth<(Option<usize>, u32)>;

/// The kinds of cells, and of whole sessions that one side lacks.
#[derive(Default)]
struct Kinds {
    numbers: Numbers<Vec<CellKind>>,
    texts: Numbers<String>,
}

impl Kinds {
    /// Numbers the changed cells of some sessions. Sessions that one side lacks are kept whole:
    /// their first cell stands for all.
    fn of_cells(&mut self, diff: &Diff, changes: Vec<CellChange>) -> Vec<(CellChange, u32)> {
        if let Some(first) = changes.first()
            && changes.iter().all(is_one_sided)
        {
            let whole = changes.iter().map(|change| self.kind(diff, change)).collect();
            return vec![(*first, self.numbers.of(whole))];
        }
        changes.into_iter().map(|change| (change, self.of_cell(diff, &change))).collect()
    }

    fn of_cell(&mut self, diff: &Diff, change: &CellChange) -> u32 {
        let kind = self.kind(diff, change);
        self.numbers.of(vec![kind])
    }

    fn kind(&mut self, diff: &Diff, change: &CellChange) -> CellKind {
        change
            .sides
            .map(|side, cell| (cell.permission(), self.texts.of(diff.cell_text(side, &cell))))
    }
}

fn members(diff: &Diff, axis: usize, at: u32) -> u64 {
    match axis {
        0 => diff.sessions.subject_classes[at as usize].members.len() as u64,
        1 => diff.sessions.endpoint_classes[at as usize].members.len() as u64,
        _ => 1,
    }
}

fn sessions(diff: &Diff, subjects: &[u32], endpoints: &[u32]) -> u64 {
    let count = |axis: usize, classes: &[u32]| {
        classes.iter().map(|&at| members(diff, axis, at)).sum::<u64>()
    };
    count(0, subjects) * count(1, endpoints)
}

/// The first session of some classes.
fn witness(diff: &Diff, subjects: &[u32], endpoints: &[u32]) -> (u32, u32) {
    let first = |classes: &[u32], table: &[JointClass]| {
        classes
            .iter()
            .filter_map(|&class| table[class as usize].members.first().copied())
            .min()
            .unwrap_or_default()
    };
    (
        first(subjects, &diff.sessions.subject_classes),
        first(endpoints, &diff.sessions.endpoint_classes),
    )
}

fn classes_of(diff: &Diff, (subject, endpoint): (u32, u32)) -> (u32, u32) {
    (
        diff.sessions.subjects[subject as usize].class,
        diff.sessions.endpoints[endpoint as usize].class,
    )
}

fn account_rows(diff: &Diff, causes: &mut Causes<'_>) -> Vec<AccountRow> {
    type Kind = (AccountCell, OneOrBoth<String>);
    let mut kinds: Numbers<Kind> = Numbers::default();
    let mut gathered = Gathered::default();
    let kind = |change: &AccountChange| {
        (change.cell, change.sides.as_ref().map(|_, cell| cell.value.clone()))
    };
    let done: Result<(), std::convert::Infallible> = diff.each_account(|joint, changes| {
        let user = diff.user_number(joint);
        for change in changes {
            let cause = causes.account(user, change);
            let cause = causes.id(cause);
            let cell = [joint, 0, kinds.of(kind(change))];
            gathered.add(change.direction, cause, cell);
        }
        Ok(())
    });
    let Ok(()) = done;
    let mut rows = Vec::new();
    for (direction, cause, _, cells) in gathered.in_order(causes) {
        for found in cover(&cells, |_, _| 1) {
            let [users, _, wanted] = found.sides;
            let mut changes =
                users.first().map(|&first| diff.account_changes(first)).unwrap_or_default();
            changes.retain(|change| {
                change.direction == direction && wanted.contains(&kinds.of(kind(change)))
            });
            rows.push(AccountRow { direction, cause: cause.clone(), users, changes });
        }
    }
    rows.sort_by_cached_key(|row| {
        let weight =
            row.changes.iter().map(|change| account_weight(diff, change)).max().unwrap_or(1);
        let severity = row.users.len() as u64 * u64::from(weight);
        (
            row.direction,
            std::cmp::Reverse(severity),
            row.users.first().copied(),
            row.changes.first().map(|change| change.cell),
        )
    });
    rows
}

/// The weight of a setting, from the profile; session policies and memberships are of middle
/// weight.
pub fn account_weight(diff: &Diff, change: &AccountChange) -> u8 {
    match change.cell {
        AccountCell::Setting(number) => {
            let (side, at) = diff.edits.settings.sides[number as usize].latest();
            diff.ir(side).profile.settings[at as usize].weight
        }
        AccountCell::SessionPolicy(_)
        | AccountCell::Membership(..)
        | AccountCell::SettingAllows(_)
        | AccountCell::GroupAllows(_) => 3,
    }
}

fn decider_rows(diff: &Diff) -> Vec<DeciderRow> {
    let mut kinds = Numbers::default();
    let mut cells: Vec<Cell> = Vec::new();
    let pairs = ChangedPairs::new(diff);
    let mut by_kind = pairs.by_kind();
    for subject in 0..diff.sessions.subject_classes.len() as u32 {
        let changed = by_kind.of_subject(subject, |endpoint| {
            let changes = diff.other_deciders(subject, endpoint).into_iter();
            changes.map(|change| kinds.of(decider_kind(diff, &change))).collect()
        });
        for (endpoint, found) in changed {
            cells.extend(found.iter().map(|kind| [subject, endpoint, *kind]));
        }
    }
    let mut rows: Vec<DeciderRow> = Vec::new();
    for found in cover(&cells, |axis, at| members(diff, axis, at)) {
        let [subjects, endpoints, wanted] = found.sides;
        let witness = witness(diff, &subjects, &endpoints);
        let (subject, endpoint) = classes_of(diff, witness);
        let mut changes = diff.other_deciders(subject, endpoint);
        changes.retain(|change| wanted.contains(&kinds.of(decider_kind(diff, change))));
        let sessions = sessions(diff, &subjects, &endpoints);
        rows.push(DeciderRow { subjects, endpoints, changes, sessions, witness });
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.sessions), row.witness));
    rows
}

/// A decider that can be compared between the sides.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum NumberedDecider {
    /// The layer's index in its profile, and the number of its policy.
    Policy(usize, u32),
    BuiltIn,
    Method,
}

/// What must be equal for changed deciders to be in one row.
fn decider_kind(diff: &Diff, change: &Sided<PermissionSide>) -> Sided<(usize, NumberedDecider)> {
    change.map(|side, cell| {
        let decider = match cell.decider {
            Decider::Policy(layer, id) => {
                NumberedDecider::Policy(layer, diff.edits.policies.number(side, id.0))
            }
            Decider::BuiltIn => NumberedDecider::BuiltIn,
            Decider::Method => NumberedDecider::Method,
        };
        (cell.permission, decider)
    })
}

impl Diff {
    /// Whether two deciders of OLD and of NEW are the same.
    pub fn same_decider(&self, old: Decider, new: Decider) -> bool {
        match (old, new) {
            (Decider::Policy(a, x), Decider::Policy(b, y)) => {
                let kind = |side: Side, layer: usize| self.ir(side).profile.layers[layer].kind;
                kind(Side::Old, a) == kind(Side::New, b)
                    && self.edits.policies.number(Side::Old, x.0) == y.0
            }
            (a, b) => a == b,
        }
    }

    /// The layer of a decider of a side; the last one for the default of the product.
    pub(super) fn decider_layer(&self, side: Side, decider: Decider) -> LayerKind {
        match decider {
            Decider::Policy(layer, _) => self.ir(side).profile.layers[layer].kind,
            Decider::BuiltIn | Decider::Method => LayerKind::GlobalDefault,
        }
    }

    /// The number of the user of a joint subject, as [`super::edits`] has it.
    pub fn user_number(&self, joint: u32) -> u32 {
        match self.subject(&self.sessions.subjects[joint as usize]) {
            (side, SubjectRef::User(id)) => self.edits.users.number(side, id.0),
            (side, SubjectRef::Invite(id)) => self.edits.invites.number(side, id.0),
        }
    }
}
