//! Sessions of two matrices, by joint classes: a class of OLD with a class of NEW.

use super::align::Aligned;
use super::edits::{Assigned, EditId, Edits, MembershipPath, SubjectFacts, Versioned, same_value};
use super::{Diff, Direction};
use crate::matrix::session::{Cell, NONE};
use crate::matrix::{Cells, Decider, Endpoint, Matrix, Stack, SubjectRef, TargetRef};
use crate::profile::Value;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// A subject or endpoint that OLD, NEW or both have: indices into the matrices, and its joint
/// class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joint {
    pub old: Option<u32>,
    pub new: Option<u32>,
    pub class: u32,
}

/// A joint class: the classes of both sides, and its members.
#[derive(Clone, Debug)]
pub struct JointClass {
    pub old: Option<u32>,
    pub new: Option<u32>,
    /// Indices into [`Sessions::subjects`] or [`Sessions::endpoints`], ascending.
    pub members: Vec<u32>,
}

#[derive(Debug)]
pub struct Sessions {
    /// In the order of the matrix, under NEW's names (OLD's for what is gone).
    pub subjects: Vec<Joint>,
    pub endpoints: Vec<Joint>,
    pub subject_classes: Vec<JointClass>,
    pub endpoint_classes: Vec<JointClass>,
}

/// One side of a changed cell: enough to find its value, and equal only where value and decider
/// are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    pub decider: Decider,
    pub applies: bool,
    /// The method, where it is the decider.
    method: Option<usize>,
}

/// A cell that differs. Permissions are indices of NEW's profile, of OLD's for what only OLD has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    pub permission: usize,
    /// Index of the permission in OLD's profile.
    pub old_permission: usize,
    pub direction: Direction,
    pub before: Option<Side>,
    pub after: Option<Side>,
}

impl Sessions {
    /// Joins both sides. Sessions that differ in the edits that touch them are of different
    /// classes.
    pub(super) fn new(old: &Matrix, new: &Matrix, aligned: &Aligned, edits: &Edits) -> Self {
        let mut touched = Signatures::default();
        let (subjects, subject_classes) = join(
            &old.subjects,
            &new.subjects,
            |subject| {
                Some(match subject {
                    SubjectRef::Invite(id) => {
                        SubjectRef::Invite(crate::ir::InviteId(aligned.invites[id.index()]?))
                    }
                    SubjectRef::User(id) => {
                        SubjectRef::User(crate::ir::UserId(aligned.users[id.index()]?))
                    }
                })
            },
            |side, subject| (subject.kind(), if side { new } else { old }.subject_name(*subject)),
            |_, subject| touched.subject(edits, subject?),
        );
        // Methods are known by their ids: the profiles may differ.
        let methods: Vec<Option<usize>> =
            old.ir.profile.methods.iter().map(|method| new.ir.profile.method(&method.id)).collect();
        let (endpoints, endpoint_classes) = join(
            &old.endpoints,
            &new.endpoints,
            |endpoint| {
                let target = match endpoint.target {
                    TargetRef::JumpItem(id) => {
                        TargetRef::JumpItem(crate::ir::JumpItemId(aligned.jump_items[id.index()]?))
                    }
                    TargetRef::Portal(id) => {
                        TargetRef::Portal(crate::ir::PortalId(aligned.portals[id.index()]?))
                    }
                };
                Some(Endpoint {
                    method: methods[endpoint.method]?,
                    target,
                    present: endpoint.present,
                })
            },
            |side, endpoint: &Endpoint| {
                let matrix = if side { new } else { old };
                let method = &*matrix.ir.profile.methods[endpoint.method].id;
                let name = if side {
                    new.target_name(endpoint.target)
                } else {
                    old_target_name(old, new, aligned, endpoint.target)
                };
                (method, endpoint.target.kind(), name, endpoint.present)
            },
            |old, new| touched.endpoint(edits, old, new),
        );
        Sessions { subjects, endpoints, subject_classes, endpoint_classes }
    }
}

/// What tells items of equal classes apart: the edits that touch them, and where. `None` is no
/// edit.
#[derive(Default)]
struct Signatures {
    groups: FxHashMap<SubjectKey, u32>,
    endpoints: FxHashMap<[Option<EditId>; 3], u32>,
}

/// How a user is a member of groups, and its own policies.
type SubjectKey = (Vec<(u32, Vec<MembershipPath>)>, [Versioned<Option<Assigned>>; 2]);

impl Signatures {
    /// Of a subject of both sides, as it is in NEW.
    fn subject(&mut self, edits: &Edits, subject: &SubjectRef) -> Option<u32> {
        match subject {
            SubjectRef::Invite(id) => edits.invite_policies[id.index()].edit.map(|edit| edit.0),
            SubjectRef::User(id) => match edits.user_facts(id.0, |_| (None, None)) {
                SubjectFacts::User { groups, own } => {
                    let next = self.groups.len() as u32;
                    Some(*self.groups.entry((groups, own)).or_insert(next))
                }
                SubjectFacts::Settled(_) | SubjectFacts::Invite(_) => None,
            },
        }
    }

    fn endpoint(
        &mut self,
        edits: &Edits,
        old: Option<&Endpoint>,
        new: Option<&Endpoint>,
    ) -> Option<u32> {
        let key = match (old, new) {
            (Some(old), Some(new)) => {
                let facts = edits.endpoint_facts(old, new);
                [facts.item.edit, facts.portal.edit, None]
            }
            (Some(gone), None) => [None, None, edits.why_endpoint(false, gone)],
            (None, came) => [None, None, came.and_then(|came| edits.why_endpoint(true, came))],
        };
        let next = self.endpoints.len() as u32;
        (key != [None; 3]).then(|| *self.endpoints.entry(key).or_insert(next))
    }
}

/// A target of OLD by NEW's name, if NEW has it: its sessions may be gone all the same, with its
/// kind.
fn old_target_name<'a>(
    old: &'a Matrix,
    new: &'a Matrix,
    aligned: &Aligned,
    target: TargetRef,
) -> &'a str {
    let there = match target {
        TargetRef::JumpItem(id) => {
            aligned.jump_items[id.index()].map(|at| TargetRef::JumpItem(crate::ir::JumpItemId(at)))
        }
        TargetRef::Portal(id) => {
            aligned.portals[id.index()].map(|at| TargetRef::Portal(crate::ir::PortalId(at)))
        }
    };
    there.map_or_else(|| old.target_name(target), |target| new.target_name(target))
}

/// Joins two ordered lists. `translate` makes an item of OLD one of NEW; `key` orders items of a
/// side (`true` is NEW) for the merged list.
fn join<T: Copy + Eq + std::hash::Hash, K: Ord>(
    old: &[(T, u32)],
    new: &[(T, u32)],
    translate: impl Fn(&T) -> Option<T>,
    key: impl Fn(bool, &T) -> K,
    mut signature: impl FnMut(Option<&T>, Option<&T>) -> Option<u32>,
) -> (Vec<Joint>, Vec<JointClass>) {
    let places: FxHashMap<T, u32> =
        new.iter().zip(0..).map(|((item, _), at)| (*item, at)).collect();
    let mut partner: Vec<Option<u32>> = vec![None; new.len()];
    let mut gone = Vec::new();
    for ((item, _), at) in old.iter().zip(0..) {
        match translate(item).and_then(|item| places.get(&item)) {
            Some(&place) => partner[place as usize] = Some(at),
            None => gone.push((Some(at), None)),
        }
    }
    let mut pairs: Vec<(Option<u32>, Option<u32>)> = gone;
    pairs.extend(partner.iter().zip(0..).map(|(old, at)| (*old, Some(at))));
    pairs.sort_by_cached_key(|&(before, after)| match after {
        Some(at) => (key(true, &new[at as usize].0), true),
        None => (key(false, &old[before.unwrap_or_default() as usize].0), false),
    });
    type Key = (Option<u32>, Option<u32>, Option<u32>);
    let mut known: FxHashMap<Key, u32> = FxHashMap::default();
    let mut classes: Vec<JointClass> = Vec::new();
    let mut joints = Vec::with_capacity(pairs.len());
    for ((old_at, new_at), index) in pairs.into_iter().zip(0..) {
        let pair = (old_at.map(|at| old[at as usize].1), new_at.map(|at| new[at as usize].1));
        let item = |side: &'_ [(T, u32)], at: Option<u32>| at.map(|at| side[at as usize].0);
        let (before, after) = (item(old, old_at), item(new, new_at));
        let signature = signature(before.as_ref(), after.as_ref());
        let class = *known.entry((pair.0, pair.1, signature)).or_insert_with(|| {
            classes.push(JointClass { old: pair.0, new: pair.1, members: Vec::new() });
            classes.len() as u32 - 1
        });
        classes[class as usize].members.push(index);
        joints.push(Joint { old: old_at, new: new_at, class });
    }
    (joints, classes)
}

/// What a side of a joint pair of classes is made of.
struct Resolved {
    stack: Stack,
    cells: Cells,
    method: usize,
}

impl Resolved {
    fn of(matrix: &Matrix, subject: Option<u32>, endpoint: Option<u32>) -> Option<Resolved> {
        let (subject, endpoint) = (subject?, endpoint?);
        let (stack, cells) = matrix.resolve(subject, endpoint);
        Some(Resolved { stack, cells, method: matrix.endpoint_classes[endpoint as usize].method })
    }

    fn cell<'m>(&self, matrix: &'m Matrix, permission: usize) -> Cell<'m> {
        self.cells.cell(&matrix.ir, &self.stack, self.method, permission)
    }

    fn side(&self, cell: &Cell<'_>) -> Side {
        let method = (cell.decider == Decider::Method).then_some(self.method);
        Side { decider: cell.decider, applies: cell.value.is_some(), method }
    }
}

impl Diff {
    /// The name of a joint endpoint's target: NEW's, or OLD's for what is gone.
    pub fn target_name(&self, endpoint: &Joint) -> &str {
        match (endpoint.new, endpoint.old) {
            (Some(at), _) => self.new.target_name(self.new.endpoints[at as usize].0.target),
            (None, at) => {
                let target = self.old.endpoints[at.unwrap_or_default() as usize].0.target;
                old_target_name(&self.old, &self.new, &self.aligned, target)
            }
        }
    }

    /// The cells that differ in the sessions of a joint pair of classes, in the order of
    /// permissions.
    pub fn changes(&self, subject: u32, endpoint: u32) -> Vec<Change> {
        let subject = &self.sessions.subject_classes[subject as usize];
        let endpoint = &self.sessions.endpoint_classes[endpoint as usize];
        if self.untouched(subject, endpoint) {
            return Vec::new();
        }
        let before = Resolved::of(&self.old, subject.old, endpoint.old);
        let after = Resolved::of(&self.new, subject.new, endpoint.new);
        match (before, after) {
            (Some(before), Some(after)) => self.moved(&before, &after),
            (Some(before), None) => (0..self.old.ir.profile.permissions.len())
                .map(|permission| {
                    let side = before.side(&before.cell(&self.old, permission));
                    Change {
                        permission,
                        old_permission: permission,
                        direction: Direction::Removed,
                        before: Some(side),
                        after: None,
                    }
                })
                .collect(),
            (None, Some(after)) => (0..self.new.ir.profile.permissions.len())
                .map(|permission| {
                    let side = after.side(&after.cell(&self.new, permission));
                    Change {
                        permission,
                        old_permission: permission,
                        direction: Direction::Added,
                        before: None,
                        after: Some(side),
                    }
                })
                .collect(),
            (None, None) => Vec::new(),
        }
    }

    /// Whether the sessions of a joint pair of classes are made of the same policies, none of which
    /// was edited.
    pub(super) fn untouched(&self, subject: &JointClass, endpoint: &JointClass) -> bool {
        let (Some(a), Some(b), Some(x), Some(y)) =
            (subject.old, endpoint.old, subject.new, endpoint.new)
        else {
            return false;
        };
        let (old, new) = (self.old.stack(a, b), self.new.stack(x, y));
        self.edits.profile.is_none()
            && old.iter().zip(&new).all(|(&old, &new)| match (old, new) {
                (NONE, NONE) => true,
                (NONE, _) | (_, NONE) => false,
                _ => {
                    let number = self.edits.policies.number(false, old);
                    number == new && !self.edits.edited_policies[number as usize]
                }
            })
    }

    fn moved(&self, before: &Resolved, after: &Resolved) -> Vec<Change> {
        let (old_entries, new_entries) =
            (&self.old.ir.profile.permissions, &self.new.ir.profile.permissions);
        let mut changes = Vec::new();
        for &(old_permission, permission) in &self.aligned.permissions {
            let old_cell = before.cell(&self.old, old_permission);
            let new_cell = after.cell(&self.new, permission);
            let (old_type, new_type) =
                (&old_entries[old_permission].ty, &new_entries[permission].ty);
            let direction = match (old_cell.value, new_cell.value) {
                (None, None) => continue,
                (Some(old), Some(new)) if old_type == new_type && old == new => continue,
                (Some(old), Some(new))
                    if old_type != new_type && old_type.text(old) == new_type.text(new) =>
                {
                    continue;
                }
                (Some(old), Some(new)) => Direction::of((old_type, old), (new_type, new)),
                _ => Direction::Follows,
            };
            changes.push(Change {
                permission,
                old_permission,
                direction,
                before: Some(before.side(&old_cell)),
                after: Some(after.side(&new_cell)),
            });
        }
        changes
    }

    /// The cells of a joint pair of classes that both sides have with the same value, decided by
    /// another policy.
    pub fn other_deciders(&self, subject: u32, endpoint: u32) -> Vec<(usize, usize, Side, Side)> {
        let subject = &self.sessions.subject_classes[subject as usize];
        let endpoint = &self.sessions.endpoint_classes[endpoint as usize];
        if self.untouched(subject, endpoint) {
            return Vec::new();
        }
        let (Some(before), Some(after)) = (
            Resolved::of(&self.old, subject.old, endpoint.old),
            Resolved::of(&self.new, subject.new, endpoint.new),
        ) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for &(old_permission, permission) in &self.aligned.permissions {
            let old = before.cell(&self.old, old_permission);
            let new = after.cell(&self.new, permission);
            let types = (
                &self.old.ir.profile.permissions[old_permission].ty,
                &self.new.ir.profile.permissions[permission].ty,
            );
            let same = match (old.value, new.value) {
                (Some(a), Some(b)) => same_value((types.0, a), (types.1, b)),
                // What does not apply is nobody's decision.
                _ => false,
            };
            if same && !self.same_decider(old.decider, new.decider) {
                found.push((permission, old_permission, before.side(&old), after.side(&new)));
            }
        }
        found
    }

    /// The value of one side of a change; `None` is `n/a`.
    pub fn side_value(&self, new: bool, permission: usize, side: &Side) -> Option<&Value> {
        let ir = if new { &self.new.ir } else { &self.old.ir };
        let entry = &ir.profile.permissions[permission];
        let value = match side.decider {
            Decider::Policy(_, id) => {
                ir.policy(id).definition(permission).map(|definition| ir.value(definition.value))
            }
            Decider::BuiltIn => Some(&entry.default),
            Decider::Method => entry
                .fixed
                .iter()
                .find(|(method, _)| Some(*method) == side.method)
                .map(|(_, value)| value),
        };
        value.filter(|_| side.applies)
    }

    /// Whether a change may be a gain, for added ones: its value is not the type's least.
    pub fn may_gain(&self, change: &Change) -> bool {
        let Some(side) = &change.after else { return false };
        let least = self.new.ir.profile.permissions[change.permission].ty.least();
        self.side_value(true, change.permission, side)
            .is_some_and(|value| least.as_ref() != Some(value))
    }

    /// Calls back for each session with changes, in the order of the matrix.
    pub fn each_session<E>(
        &self,
        mut take: impl FnMut(&Joint, &Joint, &[Change]) -> Result<(), E>,
    ) -> Result<(), E> {
        type Row = Rc<Vec<(u32, Vec<Change>)>>;
        let mut known: FxHashMap<u32, Row> = FxHashMap::default();
        for subject in &self.sessions.subjects {
            let row = known.entry(subject.class).or_insert_with(|| {
                let endpoints = 0..self.sessions.endpoint_classes.len() as u32;
                let changes =
                    endpoints.map(|endpoint| (endpoint, self.changes(subject.class, endpoint)));
                Rc::new(changes.filter(|(_, changes)| !changes.is_empty()).collect())
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
