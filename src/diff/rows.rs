//! A diff in rows that read like rules: who × where × which permissions, that changed in the same
//! way because of the same edits. Each changed cell stands in exactly one row.

use super::accounts::{self, What};
use super::causes::{Cause, Causes};
use super::cover::{Cell, cover};
use super::edits::{EditId, Reach};
use super::sessions::{Change, Side};
use super::{Diff, Direction};
use crate::matrix::session::NONE;
use crate::matrix::{Decider, SubjectRef};
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::Hash;

/// Sessions whose cells changed in one direction, from the same values to the same values, by the
/// same cause.
#[derive(Clone, Debug)]
pub struct SessionRow {
    pub direction: Direction,
    pub cause: Cause,
    /// Joint classes.
    pub subjects: Vec<u32>,
    pub endpoints: Vec<u32>,
    /// In the order of permissions.
    pub changes: Vec<RowChange>,
    pub sessions: u64,
    /// One of the sessions: its joint subject and endpoint, the first in the order of the matrix.
    pub witness: (u32, u32),
}

/// A change as it is in the witness of a row.
#[derive(Clone, Copy, Debug)]
pub struct RowChange {
    pub change: Change,
    /// Whether the row's other sessions have the same deciders, on both sides.
    pub alike: bool,
}

/// Accounts that changed likewise.
#[derive(Clone, Debug)]
pub struct AccountRow {
    pub direction: Direction,
    pub cause: Cause,
    /// Joint subjects, in the order of names.
    pub users: Vec<u32>,
    /// As they are for the first user.
    pub changes: Vec<accounts::Change>,
}

/// Sessions whose cells kept their values while who decides them changed.
#[derive(Clone, Debug)]
pub struct DeciderRow {
    pub subjects: Vec<u32>,
    pub endpoints: Vec<u32>,
    /// (permission, OLD's permission, before, after), as they are in the witness.
    pub changes: Vec<(usize, usize, Side, Side)>,
    pub sessions: u64,
    pub witness: (u32, u32),
}

/// All rows of a diff, gravest first.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub sessions: Vec<SessionRow>,
    pub accounts: Vec<AccountRow>,
    pub deciders: Vec<DeciderRow>,
    /// Edits that changed no cell.
    pub idle: Vec<EditId>,
    /// Edits of what the matrix does not show.
    pub beyond: Vec<EditId>,
}

/// Things by number, in the order in which they were first seen.
struct Numbers<T> {
    known: FxHashMap<T, u32>,
}

impl<T: Hash + Eq> Numbers<T> {
    fn new() -> Self {
        Numbers { known: FxHashMap::default() }
    }

    fn of(&mut self, thing: T) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry(thing).or_insert(next)
    }
}

/// Cells by direction and cause.
#[derive(Default)]
struct Gathered {
    numbers: FxHashMap<(Direction, Cause), u32>,
    cells: Vec<Vec<Cell>>,
}

impl Gathered {
    /// Takes a cell in; returns the number of its direction and cause.
    fn add(&mut self, direction: Direction, cause: Cause, cell: Cell) -> u32 {
        let at = *self.numbers.entry((direction, cause)).or_insert_with(|| {
            self.cells.push(Vec::new());
            self.cells.len() as u32 - 1
        });
        self.cells[at as usize].push(cell);
        at
    }

    fn in_order(self) -> Vec<(Direction, Cause, u32, Vec<Cell>)> {
        let mut cells = self.cells;
        let mut keys: Vec<_> = self.numbers.into_iter().collect();
        keys.sort_unstable();
        keys.into_iter()
            .map(|((direction, cause), at)| {
                (direction, cause, at, std::mem::take(&mut cells[at as usize]))
            })
            .collect()
    }
}

impl Rows {
    pub fn new(diff: &Diff) -> Rows {
        let mut causes = Causes::new(diff);
        let sessions = session_rows(diff, &mut causes);
        let accounts = account_rows(diff, &causes);
        let deciders = decider_rows(diff);
        let causes =
            sessions.iter().map(|row| &row.cause).chain(accounts.iter().map(|row| &row.cause));
        let at_work: FxHashSet<EditId> =
            causes.flat_map(|cause| cause.edits.iter().chain(&cause.also)).copied().collect();
        let ids = (0..diff.edits.list.len() as u32).map(EditId);
        let (beyond, rest): (Vec<EditId>, Vec<EditId>) =
            ids.partition(|&id| diff.edits.get(id).kind.reach() == Reach::Beyond);
        let idle = rest.into_iter().filter(|id| !at_work.contains(id)).collect();
        Rows { sessions, accounts, deciders, idle, beyond }
    }
}

fn is_one_sided(change: &Change) -> bool {
    change.before.is_none() || change.after.is_none()
}

/// The deciders of both sides.
type Deciders = (Option<Decider>, Option<Decider>);

fn deciders(change: &Change) -> Deciders {
    (change.before.map(|side| side.decider), change.after.map(|side| side.decider))
}

fn session_rows(diff: &Diff, causes: &mut Causes<'_>) -> Vec<SessionRow> {
    let mut kinds = Numbers::new();
    let mut gathered = Gathered::default();
    let mut texts = Numbers::new();
    // By direction and cause, and by kind: the deciders, as long as they are the same ones.
    let mut alike: FxHashMap<(u32, u32), Option<Deciders>> = FxHashMap::default();
    for subject in 0..diff.sessions.subject_classes.len() as u32 {
        for endpoint in 0..diff.sessions.endpoint_classes.len() as u32 {
            let changes = diff.changes(subject, endpoint);
            // Sessions that one side lacks are told whole.
            if let Some(first) = changes.first().filter(|change| is_one_sided(change)) {
                let cause = causes.session(subject, endpoint, first);
                let whole =
                    changes.iter().map(|change| kind_of(diff, &mut texts, change)).collect();
                gathered.add(first.direction, cause, [subject, endpoint, kinds.of(whole)]);
                continue;
            }
            for change in changes {
                let cause = causes.session(subject, endpoint, &change);
                let kind = kinds.of(vec![kind_of(diff, &mut texts, &change)]);
                let at = gathered.add(change.direction, cause, [subject, endpoint, kind]);
                let known = alike.entry((at, kind)).or_insert(Some(deciders(&change)));
                if *known != Some(deciders(&change)) {
                    *known = None;
                }
            }
        }
    }
    let mut rows = Vec::new();
    for (direction, cause, at, cells) in gathered.in_order() {
        for found in cover(&cells, |axis, at| members(diff, axis, at)) {
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
                let kind = kinds.of(vec![kind_of(diff, &mut texts, &change)]);
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
        let gravity = row.sessions * u64::from(weight(diff, &row.changes));
        let first = row.changes.first().map(|told| told.change.permission);
        (row.direction, std::cmp::Reverse(gravity), row.witness, first)
    });
    rows
}

/// The weight of the gravest permission.
fn weight(diff: &Diff, changes: &[RowChange]) -> u8 {
    changes.iter().map(|told| permission_weight(diff, &told.change)).max().unwrap_or(1)
}

/// The gravity of a permission.
pub fn permission_weight(diff: &Diff, change: &Change) -> u8 {
    match change.after {
        Some(_) => diff.new.ir.profile.permissions[change.permission].weight,
        None => diff.old.ir.profile.permissions[change.old_permission].weight,
    }
}

/// What must be equal for cells to be told together: the permission, and the values (whose texts
/// have numbers).
fn kind_of(
    diff: &Diff,
    texts: &mut Numbers<Option<String>>,
    change: &Change,
) -> (usize, usize, u32, u32) {
    let mut text = |new: bool, permission: usize, side: Option<&Side>| {
        let ir = if new { &diff.new.ir } else { &diff.old.ir };
        let value = side.and_then(|side| diff.side_value(new, permission, side));
        texts.of(value.map(|value| ir.profile.permissions[permission].ty.text(value)))
    };
    let before = text(false, change.old_permission, change.before.as_ref());
    let after = text(true, change.permission, change.after.as_ref());
    (change.permission, change.old_permission, before, after)
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
    let first = |classes: &[u32], table: &[super::sessions::JointClass]| {
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

fn account_rows(diff: &Diff, causes: &Causes<'_>) -> Vec<AccountRow> {
    type Kind = (What, Option<String>, Option<String>);
    let mut kinds: Numbers<Kind> = Numbers::new();
    let mut gathered = Gathered::default();
    let kind = |change: &accounts::Change| {
        let value = |side: &Option<accounts::Side>| side.as_ref().map(|side| side.value.clone());
        (change.what, value(&change.before), value(&change.after))
    };
    let done: Result<(), std::convert::Infallible> = diff.each_account(|joint, changes| {
        let user = diff.user_number(joint);
        for change in changes {
            let cause = causes.account(user, change);
            let cell = [joint, 0, kinds.of(kind(change))];
            gathered.add(change.direction, cause, cell);
        }
        Ok(())
    });
    let Ok(()) = done;
    let mut rows = Vec::new();
    for (direction, cause, _, cells) in gathered.in_order() {
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
        let gravity = row.users.len() as u64 * u64::from(weight);
        (
            row.direction,
            std::cmp::Reverse(gravity),
            row.users.first().copied(),
            row.changes.first().map(|change| change.what),
        )
    });
    rows
}

/// The gravity of a setting; what makes a member is of middle weight.
pub fn account_weight(diff: &Diff, change: &accounts::Change) -> u8 {
    match change.what {
        What::Setting(number) => match diff.edits.settings.sides[number as usize] {
            (_, Some(at)) => diff.new.ir.profile.settings[at as usize].weight,
            (at, None) => diff.old.ir.profile.settings[at.unwrap_or_default() as usize].weight,
        },
        What::SessionPolicy(_) | What::Membership(..) => 3,
    }
}

fn decider_rows(diff: &Diff) -> Vec<DeciderRow> {
    let mut kinds = Numbers::new();
    let mut cells: Vec<Cell> = Vec::new();
    for subject in 0..diff.sessions.subject_classes.len() as u32 {
        for endpoint in 0..diff.sessions.endpoint_classes.len() as u32 {
            for change in diff.other_deciders(subject, endpoint) {
                cells.push([subject, endpoint, kinds.of(decider_kind(diff, &change))]);
            }
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

/// A layer and the number of its policy; `None` is the built-in default.
type DeciderNumber = Option<(usize, u32)>;

fn decider_kind(
    diff: &Diff,
    change: &(usize, usize, Side, Side),
) -> (usize, usize, DeciderNumber, DeciderNumber) {
    let (permission, old_permission, before, after) = change;
    (
        *permission,
        *old_permission,
        diff.decider_number(false, before.decider),
        diff.decider_number(true, after.decider),
    )
}

impl Diff {
    /// A decider as a layer (of its side) and the number of a policy; `None` is the built-in
    /// default or the method.
    fn decider_number(&self, new: bool, decider: Decider) -> DeciderNumber {
        match decider {
            Decider::Policy(layer, id) => Some((layer, self.edits.policies.number(new, id.0))),
            Decider::BuiltIn => None,
            Decider::Method => Some((usize::MAX, NONE)),
        }
    }

    /// Whether two deciders of OLD and of NEW are the same.
    pub fn same_decider(&self, old: Decider, new: Decider) -> bool {
        match (old, new) {
            (Decider::Policy(a, x), Decider::Policy(b, y)) => {
                let kind = |ir: &crate::ir::Ir, layer: usize| ir.profile.layers[layer].kind;
                kind(&self.old.ir, a) == kind(&self.new.ir, b)
                    && self.edits.policies.number(false, x.0) == y.0
            }
            (a, b) => a == b,
        }
    }

    /// The number of the user of a joint subject, as [`super::edits`] has it.
    pub fn user_number(&self, joint: u32) -> u32 {
        let joint = self.sessions.subjects[joint as usize];
        let user = |subject: SubjectRef| match subject {
            SubjectRef::User(id) => id.0,
            SubjectRef::Invite(id) => id.0,
        };
        match (joint.new, joint.old) {
            (Some(at), _) => user(self.new.subjects[at as usize].0),
            (None, at) => {
                let id = user(self.old.subjects[at.unwrap_or_default() as usize].0);
                self.edits.users.number(false, id)
            }
        }
    }
}
