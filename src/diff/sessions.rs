//! Sessions of two matrices, by joint classes: which of their cells changed.

use super::changed::ChangedPairs;
use super::edits::same_value;
use super::joint::{Joint, JointClass, old_target_name};
use super::{Diff, Direction, OneOrBoth, Side, Sided, by_itself, is_least_of_both};
use crate::ir::JumpPolicyId;
use crate::matrix::session::Cell;
use crate::matrix::{Cells, Decider, Endpoint, Matrix, Stack, StartValue, SubjectRef};
use crate::profile::{LayerKind, START, Value};
use crate::semantics::policy_lines::is_met_by;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// A cell on one side: enough to find its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellSide {
    /// Whether the session can be started. Who decides that is known only of a single session.
    Start(StartValue),
    /// A permission.
    Permission(PermissionSide),
}

impl CellSide {
    /// The index of the permission in the profile of the cell's side; `None` for `start`, which
    /// comes before all of them.
    pub fn permission(&self) -> Option<usize> {
        match self {
            CellSide::Start(_) => None,
            CellSide::Permission(cell) => Some(cell.permission),
        }
    }
}

/// A permission on one side: equal only where value and decider are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PermissionSide {
    /// Index of the permission in the profile of its side.
    pub permission: usize,
    /// Who decides it.
    pub decider: Decider,
    /// Whether the permission applies; if not, the value is `n/a`.
    pub applies: bool,
    /// Whether the value is unknown, be it because what it requires is.
    is_unknown: bool,
    /// The method, where it is the decider.
    method: Option<usize>,
}

/// A cell that differs, or that one side alone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CellChange {
    /// How its value moved.
    pub direction: Direction,
    /// The cell before and after.
    pub sides: OneOrBoth<CellSide>,
}

impl CellChange {
    /// The permission: its index in NEW's profile, or in OLD's where only OLD has the session;
    /// `None` for `start`.
    pub fn permission(&self) -> Option<usize> {
        self.sides.latest().1.permission()
    }
}

/// The sessions of a joint pair of classes on one side.
struct Resolved {
    stack: Stack,
    cells: Cells,
    method: usize,
}

impl Resolved {
    fn of(matrix: &Matrix, (subject, endpoint): (u32, u32)) -> Resolved {
        let (stack, cells) = matrix.resolve(subject, endpoint);
        Resolved { stack, cells, method: matrix.endpoint_classes[endpoint as usize].method }
    }

    fn cell<'m>(&self, matrix: &'m Matrix, permission: usize) -> Cell<'m> {
        self.cells.cell(&matrix.ir, &self.stack, self.method, permission)
    }

    fn side(&self, permission: usize, cell: &Cell<'_>) -> PermissionSide {
        let method = (cell.decider == Decider::Method).then_some(self.method);
        let (decider, applies) = (cell.decider, cell.value.is_some());
        let is_unknown = cell.value == Some(&Value::Unknown);
        PermissionSide { permission, decider, applies, is_unknown, method }
    }

    /// All permissions, of sessions that the other side lacks.
    fn all(&self, matrix: &Matrix, side: Side, changes: &mut Vec<CellChange>) {
        let direction = Direction::one_sided(side);
        changes.extend((0..matrix.ir.profile.permissions.len()).map(|permission| {
            let cell = self.side(permission, &self.cell(matrix, permission));
            CellChange { direction, sides: OneOrBoth::only(side, CellSide::Permission(cell)) }
        }));
    }
}

/// The sessions of a joint pair of classes on the sides that have them.
struct Present {
    /// The classes of the matrix.
    pair: (u32, u32),
    /// `None` for a profile without `start`.
    start: Option<StartValue>,
}

impl Diff {
    /// The subject of a joint subject: NEW's, or OLD's where it was removed.
    pub fn subject(&self, joint: &Joint) -> (Side, SubjectRef) {
        let (side, at) = joint.at.latest();
        (side, self.matrix(side).subjects[at as usize].0)
    }

    /// The endpoint of a joint endpoint: NEW's, or OLD's where it was removed.
    pub fn endpoint(&self, joint: &Joint) -> (Side, Endpoint) {
        let (side, at) = joint.at.latest();
        (side, self.matrix(side).endpoints[at as usize].0)
    }

    /// The name of a joint endpoint's target: NEW's, or OLD's where it was removed.
    pub fn target_name(&self, endpoint: &Joint) -> &str {
        match self.endpoint(endpoint) {
            (Side::New, endpoint) => self.new.target_name(endpoint.target),
            (Side::Old, endpoint) => {
                old_target_name(&self.old, &self.new, &self.aligned, endpoint.target)
            }
        }
    }

    /// The cells that differ in the sessions of a joint pair of classes, in the order of
    /// permissions.
    pub fn changes(&self, subject: u32, endpoint: u32) -> Vec<CellChange> {
        let classes = (subject, endpoint);
        let subject = &self.sessions.subject_classes[subject as usize];
        let endpoint = &self.sessions.endpoint_classes[endpoint as usize];
        let found = Sided::from_fn(|side| self.present(side, subject, endpoint));
        let mut changes = Vec::new();
        let starts = found.as_ref().map(|_, found| found.as_ref().and_then(|found| found.start));
        // What a change of an unknown cell would be without what is unknown.
        let hidden: Option<Vec<CellChange>> = self.written.as_ref().map(|written| {
            let (subject, endpoint) = written.same_pair(self, classes.0, classes.1);
            written.changes(subject, endpoint)
        });
        changes.extend(
            self.start_change(starts).or_else(|| {
                self.unknown_start_change(starts, subject, endpoint, hidden.as_deref()?)
            }),
        );
        let resolved = |side: Side, found: &Present| Resolved::of(self.matrix(side), found.pair);
        match (&found.old, &found.new) {
            (Some(_), Some(_)) if hidden.is_none() && self.untouched(subject, endpoint) => {}
            (Some(before), Some(after)) => {
                let same_via = |kind: LayerKind| {
                    !kind.is_of_groups() || self.same_via(before.pair, after.pair)
                };
                let is_hidden = |permission: usize, old: Decider, new: Decider| {
                    let hidden = hidden.iter().flatten();
                    !self.same_decider(old, new)
                        || !same_via(self.decider_layer(Side::New, new))
                        || hidden.map(CellChange::permission).any(|at| at == Some(permission))
                };
                let (before, after) = (resolved(Side::Old, before), resolved(Side::New, after));
                self.moved(&before, &after, is_hidden, &mut changes);
            }
            (Some(before), None) => {
                resolved(Side::Old, before).all(&self.old, Side::Old, &mut changes);
            }
            (None, Some(after)) => {
                resolved(Side::New, after).all(&self.new, Side::New, &mut changes);
            }
            (None, None) => {}
        }
        changes
    }

    /// The sessions of a joint pair of classes on a side, if it has them.
    fn present(&self, side: Side, subject: &JointClass, endpoint: &JointClass) -> Option<Present> {
        let matrix = self.matrix(side);
        let pair = (subject.classes.get(side)?, endpoint.classes.get(side)?);
        let start = matrix.start(pair.0, pair.1);
        (self.all_pairs || start != StartValue::Deny)
            .then_some(Present { pair, start: matrix.starts.is_some().then_some(start) })
    }

    fn start_change(&self, starts: Sided<Option<StartValue>>) -> Option<CellChange> {
        let sides = starts.presence()?;
        let direction = match sides {
            OneOrBoth::Both(Sided { old, new }) => self.start_direction(old, new)?,
            OneOrBoth::Old(_) => Direction::Removed,
            OneOrBoth::New(_) => Direction::Added,
        };
        Some(CellChange { direction, sides: sides.map(|_, value| CellSide::Start(value)) })
    }

    /// A change of `start` that is unknown on both sides: another condition decides it, or it would
    /// be another one without what is unknown.
    fn unknown_start_change(
        &self,
        starts: Sided<Option<StartValue>>,
        subject: &JointClass,
        endpoint: &JointClass,
        hidden: &[CellChange],
    ) -> Option<CellChange> {
        let sides = starts.both()?;
        if sides.old != StartValue::Unknown || sides.new != StartValue::Unknown {
            return None;
        }
        let is_hidden = hidden.iter().any(|change| change.permission().is_none());
        // All members of the classes have the same decider.
        let decider = |side: Side| {
            let subject = self.sessions.subjects[*subject.members.first()? as usize];
            let endpoint = self.sessions.endpoints[*endpoint.members.first()? as usize];
            let (subject, endpoint) = (subject.at.get(side)?, endpoint.at.get(side)?);
            let by = self.matrix(side).start_cell(subject as usize, endpoint as usize)?.by;
            Some((by.layer, self.edits.giver(side, by.source)))
        };
        (is_hidden || decider(Side::Old) != decider(Side::New)).then(|| CellChange {
            direction: Direction::Changed,
            sides: OneOrBoth::Both(sides.map(|_, value| CellSide::Start(value))),
        })
    }

    /// The joint classes that a pair of classes of another diff of the same subjects and endpoints
    /// has in this one.
    pub(super) fn same_pair(&self, other: &Diff, subject: u32, endpoint: u32) -> (u32, u32) {
        let (ours, theirs) = (&self.sessions, &other.sessions);
        let subject = theirs.subject_classes[subject as usize].members[0] as usize;
        let endpoint = theirs.endpoint_classes[endpoint as usize].members[0] as usize;
        (ours.subjects[subject].class, ours.endpoints[endpoint].class)
    }

    /// Whether the same group policy chose the session policies of a pair of classes on both sides.
    fn same_via(&self, old: (u32, u32), new: (u32, u32)) -> bool {
        let via = |side: Side, pair: (u32, u32)| {
            let matrix = self.matrix(side);
            let method = matrix.endpoint_classes[pair.1 as usize].method;
            let slot = matrix.ir.profile.slot_of(method);
            let source = matrix.subject_classes[pair.0 as usize].via[slot]?;
            Some(self.edits.giver(side, source))
        };
        via(Side::Old, old) == via(Side::New, new)
    }

    /// How `start` moved, if it did: `deny` < `with …` < `allow`.
    pub fn start_direction(&self, old: StartValue, new: StartValue) -> Option<Direction> {
        match (old, new) {
            (StartValue::With(before), StartValue::With(after)) => {
                (!self.same_jump_policies(before, after)).then_some(Direction::Changed)
            }
            (old, new) if old == new => None,
            (StartValue::Unknown, _) | (_, StartValue::Unknown) => Some(Direction::Changed),
            (old, new) if old < new => Some(Direction::Widened),
            _ => Some(Direction::Narrowed),
        }
    }

    /// Whether two lists of jump policies, of OLD and of NEW, are the same objects.
    fn same_jump_policies(&self, old: u32, new: u32) -> bool {
        let (Some(before), Some(after)) = (&self.old.starts, &self.new.starts) else {
            return false;
        };
        let partner = |id: &JumpPolicyId| self.aligned.jump_policies[id.index()];
        let mut before: Vec<Option<u32>> = before.policies(old).iter().map(partner).collect();
        before.sort_unstable();
        let after = after.policies(new).iter().map(|id| Some(id.0));
        before.into_iter().eq(after)
    }

    /// Whether the sessions of a joint pair of classes are made of the same policies, none of which
    /// was edited.
    pub(super) fn untouched(&self, subject: &JointClass, endpoint: &JointClass) -> bool {
        let (Some(subject), Some(endpoint)) = (subject.classes.both(), endpoint.classes.both())
        else {
            return false;
        };
        let old = self.old.stack(subject.old, endpoint.old);
        let new = self.new.stack(subject.new, endpoint.new);
        self.edits.profile.is_none() && self.is_untouched(&old, &new)
    }

    /// `is_hidden` tells whether an unknown cell of both sides has changed, from its permission and
    /// its deciders.
    fn moved(
        &self,
        before: &Resolved,
        after: &Resolved,
        is_hidden: impl Fn(usize, Decider, Decider) -> bool,
        changes: &mut Vec<CellChange>,
    ) {
        let (old_entries, new_entries) =
            (&self.old.ir.profile.permissions, &self.new.ir.profile.permissions);
        for &(old_permission, permission) in &self.aligned.permissions {
            let old_cell = before.cell(&self.old, old_permission);
            let new_cell = after.cell(&self.new, permission);
            let (old_type, new_type) =
                (&old_entries[old_permission].ty, &new_entries[permission].ty);
            let direction = match (old_cell.value, new_cell.value) {
                (None, None) => continue,
                (Some(Value::Unknown), Some(Value::Unknown)) => {
                    match is_hidden(permission, old_cell.decider, new_cell.decider) {
                        true => Direction::Changed,
                        false => continue,
                    }
                }
                (Some(old), Some(new)) if same_value((old_type, old), (new_type, new)) => continue,
                (Some(old), Some(new)) => Direction::of((old_type, old), (new_type, new)),
                (Some(Value::Unknown), None) | (None, Some(Value::Unknown)) => Direction::Changed,
                (Some(old), None) => {
                    match self.follows_parent(Side::Old, old_permission, (before, after)) {
                        true => Direction::Follows,
                        false => by_itself(Side::Old, old_type, new_type, old),
                    }
                }
                (None, Some(new)) => {
                    match self.follows_parent(Side::New, permission, (before, after)) {
                        true => Direction::Follows,
                        false => by_itself(Side::New, new_type, old_type, new),
                    }
                }
            };
            let old = before.side(old_permission, &old_cell);
            let new = after.side(permission, &new_cell);
            let sides = OneOrBoth::Both(Sided { old, new });
            changes.push(CellChange {
                direction,
                sides: sides.map(|_, cell| CellSide::Permission(cell)),
            });
        }
    }

    /// Whether a permission applies on one side alone because the permission that it depends on
    /// there has another value on the other side. Otherwise the profiles differ in where it applies.
    fn follows_parent(
        &self,
        side: Side,
        permission: usize,
        (before, after): (&Resolved, &Resolved),
    ) -> bool {
        if self.edits.profile.is_none() {
            return true;
        }
        let Some(requirement) = &self.ir(side).profile.permissions[permission].requires else {
            return false;
        };
        let of_side = |pair: &(usize, usize)| match side {
            Side::Old => pair.0,
            Side::New => pair.1,
        };
        let mut pairs = self.aligned.permissions.iter();
        let Some(&(old, new)) = pairs.find(|pair| of_side(pair) == requirement.entry) else {
            return false;
        };
        let (ty, value) = match side {
            Side::Old => {
                (&self.new.ir.profile.permissions[new].ty, after.cell(&self.new, new).value)
            }
            Side::New => {
                (&self.old.ir.profile.permissions[old].ty, before.cell(&self.old, old).value)
            }
        };
        value.is_none_or(|value| !is_met_by(requirement, ty.first_word(value)))
    }

    /// The cells of a joint pair of classes that both sides have with the same value, decided by
    /// another policy.
    pub fn other_deciders(&self, subject: u32, endpoint: u32) -> Vec<Sided<PermissionSide>> {
        let subject = &self.sessions.subject_classes[subject as usize];
        let endpoint = &self.sessions.endpoint_classes[endpoint as usize];
        if self.untouched(subject, endpoint) {
            return Vec::new();
        }
        let present = Sided::from_fn(|side| self.present(side, subject, endpoint));
        let Some(present) = present.both() else { return Vec::new() };
        let Sided { old: before, new: after } =
            present.map(|side, found| Resolved::of(self.matrix(side), found.pair));
        let mut found = Vec::new();
        for &(old_permission, permission) in &self.aligned.permissions {
            let old = before.cell(&self.old, old_permission);
            let new = after.cell(&self.new, permission);
            let types = (
                &self.old.ir.profile.permissions[old_permission].ty,
                &self.new.ir.profile.permissions[permission].ty,
            );
            let same = match (old.value, new.value) {
                // It has changed.
                (Some(Value::Unknown), Some(Value::Unknown)) => false,
                (Some(a), Some(b)) => same_value((types.0, a), (types.1, b)),
                // A permission that does not apply is not decided by anyone.
                _ => false,
            };
            if same && !self.same_decider(old.decider, new.decider) {
                found.push(Sided {
                    old: before.side(old_permission, &old),
                    new: after.side(permission, &new),
                });
            }
        }
        found
    }

    /// The value of a permission on a side; `None` is `n/a`.
    pub fn permission_value(&self, side: Side, cell: &PermissionSide) -> Option<&Value> {
        if cell.is_unknown {
            return Some(&Value::Unknown);
        }
        let ir = self.ir(side);
        let entry = &ir.profile.permissions[cell.permission];
        let value = match cell.decider {
            Decider::Policy(_, id) => ir
                .policy(id)
                .definition(cell.permission)
                .map(|definition| ir.value(definition.value)),
            Decider::BuiltIn => Some(&entry.default),
            Decider::Method => entry
                .fixed
                .iter()
                .find(|(method, _)| Some(*method) == cell.method)
                .map(|(_, value)| value),
        };
        value.filter(|_| cell.applies)
    }

    /// The path of a changed permission, as the side names it that has it last.
    pub fn path(&self, change: &CellChange) -> &str {
        let (side, cell) = change.sides.latest();
        let path = |permission: usize| &*self.ir(side).profile.permissions[permission].path;
        cell.permission().map_or(START, path)
    }

    /// Whether a cell grants nothing: it has the least value of its type, or does not apply.
    pub fn grants_nothing(&self, side: Side, cell: &CellSide) -> bool {
        match cell {
            CellSide::Start(value) => *value == StartValue::Deny,
            CellSide::Permission(cell) => {
                let value = self.permission_value(side, cell);
                value.is_none_or(|value| self.is_least(side, cell.permission, value))
            }
        }
    }

    /// Whether a value is the least one of a permission, on both sides if both have it: a new
    /// profile cannot make a grant out to be none.
    fn is_least(&self, side: Side, permission: usize, value: &Value) -> bool {
        let ty = |side: Side, at: usize| &self.ir(side).profile.permissions[at].ty;
        let own = ty(side, permission);
        let pair = self.aligned.permissions.iter().find(|(old, new)| match side {
            Side::Old => *old == permission,
            Side::New => *new == permission,
        });
        let other = pair.map(|&(old, new)| match side {
            Side::Old => ty(Side::New, new),
            Side::New => ty(Side::Old, old),
        });
        is_least_of_both(own, other, value)
    }

    /// Whether a cell that is added, or that did not apply before, may be a gain.
    pub fn may_gain(&self, change: &CellChange) -> bool {
        change.sides.in_new().is_some_and(|cell| !self.grants_nothing(Side::New, &cell))
    }

    /// Calls back for each session with changes, in the order of the matrix.
    pub fn each_session<E>(
        &self,
        mut take: impl FnMut(&Joint, &Joint, &[CellChange]) -> Result<(), E>,
    ) -> Result<(), E> {
        type Row = Rc<[(u32, Rc<[CellChange]>)]>;
        let pairs = ChangedPairs::new(self);
        let mut by_kind = pairs.by_kind();
        let mut known: FxHashMap<u32, Row> = FxHashMap::default();
        for subject in &self.sessions.subjects {
            let row = known.entry(subject.class).or_insert_with(|| {
                let class = subject.class;
                by_kind.of_subject(class, |endpoint| self.changes(class, endpoint)).into()
            });
            let row = Rc::clone(row);
            let mut endpoints: Vec<(u32, usize)> = row
                .iter()
                .enumerate()
                .flat_map(|(at, (class, _))| {
                    self.sessions.endpoint_classes[*class as usize]
                        .members
                        .iter()
                        .map(move |&member| (member, at))
                })
                .collect();
            endpoints.sort_unstable();
            for (endpoint, at) in endpoints {
                take(subject, &self.sessions.endpoints[endpoint as usize], &row[at].1)?;
            }
        }
        Ok(())
    }
}
