//! Gates over a diff: which changes each of them denies, counted by classes.
//!
//! What a scope names is looked for in OLD and in NEW, and whatever was in the scope on either side
//! is in it: a change cannot escape a gate by moving a machine to another group. An object that one
//! side alone has may be on the other one under another name, so whatever of its kind only that
//! other side has counts as it, unless their ids prove otherwise.

use super::inventory::OutsideInventory;
use super::{Deny, Gate, Scope, Selector, objects, parse};
use crate::diff::accounts::{AccountCell, AccountChange};
use crate::diff::align::Map;
use crate::diff::changed::ChangedPairs;
use crate::diff::joint::{Joint, JointClass};
use crate::diff::rows::{AccountRow, SessionRow};
use crate::diff::sessions::{CellChange, CellSide};
use crate::diff::{Counts, Diff, Direction, OneOrBoth, Side, Sided};
use crate::ir::{
    DirectoryGroupId, Ir, JumpGroupId, JumpItemId, MembershipKey, MembershipKind, Object, PortalId,
};
use crate::matrix::{StartValue, SubjectRef, TargetRef};
use crate::parallel;
use crate::profile::START;
use crate::review::UnevaluableGate;
use crate::semantics::members::is_in_directory_group;
use rustc_hash::FxHashSet;
use std::ops::Range;

/// Gates as they apply to one diff.
#[derive(Debug, Default)]
pub struct Gates {
    evaluators: Vec<GateEvaluator>,
    /// What is left where gates leave out inventory; `None` if no gate does, or nothing can be left
    /// out.
    outside: Option<OutsideInventory>,
    /// Gates of compiled files that this version cannot read.
    unread: Vec<UnevaluableGate>,
}

#[derive(Debug)]
pub(super) struct GateEvaluator {
    pub(super) gate: Gate,
    /// Why it cannot be evaluated in full.
    unevaluable: Option<String>,
    /// The index of its permission in each profile.
    permission: Sided<Option<usize>>,
    pub(super) subjects: ScopeMembers,
    pub(super) endpoints: ScopeMembers,
    /// The jump groups that its target names, by their numbers.
    pub(super) jump_groups: FxHashSet<u32>,
}

/// Which of the joint subjects or endpoints are in a scope.
#[derive(Debug)]
pub(super) enum ScopeMembers {
    All,
    /// Each one, and how many of each class.
    Some {
        each: Vec<bool>,
        of_class: Vec<u64>,
    },
}

impl ScopeMembers {
    fn new(joints: &[Joint], classes: usize, is_inside: impl Fn(&Joint) -> bool) -> ScopeMembers {
        let each: Vec<bool> = joints.iter().map(is_inside).collect();
        let mut of_class = vec![0; classes];
        for joint in joints.iter().zip(&each).filter(|(_, inside)| **inside).map(|(joint, _)| joint)
        {
            of_class[joint.class as usize] += 1;
        }
        ScopeMembers::Some { each, of_class }
    }

    fn contains(&self, joint: u32) -> bool {
        match self {
            ScopeMembers::All => true,
            ScopeMembers::Some { each, .. } => each[joint as usize],
        }
    }

    /// How many of some joints are in the scope.
    pub(super) fn of_members(&self, members: &[u32]) -> u64 {
        match self {
            ScopeMembers::All => members.len() as u64,
            ScopeMembers::Some { each, .. } => {
                members.iter().filter(|&&member| each[member as usize]).count() as u64
            }
        }
    }

    fn count(&self, class: u32, classes: &[JointClass]) -> u64 {
        match self {
            ScopeMembers::All => classes[class as usize].members.len() as u64,
            ScopeMembers::Some { of_class, .. } => of_class[class as usize],
        }
    }
}

/// The directions in which gates see a change: where a session begins or ends, its `start` both
/// moves and is added or removed, whether or not the diff shows sessions that cannot be started.
/// To gates, a pair that nobody can start on either side has no `start`.
fn directions(change: &CellChange) -> Vec<Direction> {
    let start = |cell: CellSide| match cell {
        CellSide::Start(value) => Some(value),
        CellSide::Permission(_) => None,
    };
    let sides = change.sides.map(|_, cell| start(cell)).options();
    let [before, after] = [sides.old, sides.new].map(Option::flatten);
    match (before, after) {
        (None, None) => vec![change.direction],
        (None, Some(StartValue::Deny)) | (Some(StartValue::Deny), None) => Vec::new(),
        (None | Some(StartValue::Deny), Some(after)) if after != StartValue::Deny => {
            let unknown = after == StartValue::Unknown;
            vec![if unknown { Direction::Changed } else { Direction::Widened }, Direction::Added]
        }
        (Some(before), None | Some(StartValue::Deny)) if before != StartValue::Deny => {
            let unknown = before == StartValue::Unknown;
            vec![if unknown { Direction::Changed } else { Direction::Narrowed }, Direction::Removed]
        }
        _ => vec![change.direction],
    }
}

/// Whether policy files have no declaration, as the file of a command that failed.
fn declares_nothing(ir: &Ir) -> bool {
    let text = |path: &str, text: &str| {
        let lines = text.lines().map(str::trim);
        path.ends_with(".prec")
            && lines.into_iter().any(|line| !line.is_empty() && !line.starts_with('#'))
    };
    !ir.sources.iter().any(|(_, file)| text(&file.path, &file.text))
}

/// The side without any policy file, as happens where a manifest does not find them. Such a
/// revision cannot be compared.
fn side_without_files(old: &Ir, new: &Ir) -> Option<Side> {
    let has_files = |ir: &Ir| ir.sources.iter().any(|(_, file)| file.path.ends_with(".prec"));
    [(Side::New, new), (Side::Old, old)]
        .into_iter()
        .find(|(_, ir)| !has_files(ir))
        .map(|found| found.0)
}

impl GateEvaluator {
    fn new(diff: &Diff, gate: Gate) -> GateEvaluator {
        let (old, new) = (diff.old_ir(), diff.new_ir());
        let permission = Sided { old, new }
            .map(|_, ir| gate.path.as_ref().and_then(|(path, _)| ir.profile.permission(path)));
        let subjects =
            gate.subject.as_ref().map_or(ScopeMembers::All, |scope| subjects(diff, scope));
        let endpoints =
            gate.target.as_ref().map_or(ScopeMembers::All, |scope| endpoints(diff, scope));
        let unevaluable =
            gate.unevaluable(old, new).or_else(|| match side_without_files(old, new) {
                Some(side) => Some(format!("{} has no policy file", side.label())),
                None => [old, new].into_iter().all(declares_nothing).then(|| {
                    "there is nothing to compare: neither side declares anything".to_owned()
                }),
            });
        let jump_groups = gate.target.as_ref().map(|scope| jump_groups(diff, scope));
        let jump_groups = jump_groups.unwrap_or_default();
        GateEvaluator { unevaluable, permission, subjects, endpoints, jump_groups, gate }
    }

    /// Whether the gate denies a change of a session in its scope.
    fn denies(&self, diff: &Diff, change: &CellChange) -> bool {
        let (side, cell) = change.sides.latest();
        let of_path = match (&self.gate.path, cell.permission()) {
            (None, _) => true,
            (Some((path, _)), None) => path == START,
            (Some(_), Some(permission)) => self.permission[side] == Some(permission),
        };
        let mut directions = directions(change).into_iter();
        // A gate on a dependent permission alone does not see the change of the permission that it
        // depends on, so that coming to apply counts as a gain there.
        let comes_to_apply = self.gate.deny == Deny::Gained
            && self.gate.path.is_some()
            && change.direction == Direction::Follows
            && diff.may_gain(change);
        of_path
            && (comes_to_apply
                || directions.any(|moved| self.gate.deny.hits(moved, || diff.may_gain(change))))
    }

    /// Whether the gate denies a change of an account in its scope.
    fn denies_account(&self, change: &AccountChange) -> bool {
        let of_path = match (&self.gate.path, change.cell) {
            (None, _) => true,
            (Some(_), AccountCell::Membership(..) | AccountCell::GroupAllows(_)) => false,
            (Some((path, _)), AccountCell::SessionPolicy(_)) if path == "session_policy" => true,
            // What the role of a setting allows belongs to the setting.
            (Some((path, _)), AccountCell::SettingAllows(_)) => {
                change.setting.strip_suffix(" allows") == Some(path)
            }
            (Some((path, _)), _) => change.setting == *path,
        };
        let of_target = match (&self.gate.target, change.cell) {
            (None, _) => true,
            (
                Some(_),
                AccountCell::Membership(MembershipKind::JumpGroup, group)
                | AccountCell::GroupAllows(group),
            ) => self.jump_groups.contains(&group),
            (Some(_), _) => false,
        };
        let hits = match (self.gate.deny, change.direction) {
            (Deny::Gained, Direction::Changed | Direction::Removed) => change.may_gain,
            // As of sessions, coming to apply counts for a gate on that setting.
            (Deny::Gained, Direction::Follows) => self.gate.path.is_some() && change.may_gain,
            (deny, direction) => deny.hits(direction, || change.may_gain),
        };
        of_path && of_target && hits
    }
}

impl Gates {
    /// The gates that were asked for, and those of both manifests: a change cannot switch off its
    /// own gate.
    pub fn new(diff: &Diff, asked: &[Gate]) -> Gates {
        let mut gates = Gates::default();
        let mut seen: FxHashSet<String> = FxHashSet::default();
        let mut add = |gates: &mut Gates, gate: Gate| {
            if seen.insert(gate.text()) {
                gates.evaluators.push(GateEvaluator::new(diff, gate));
            }
        };
        asked.iter().for_each(|gate| add(&mut gates, gate.clone()));
        for text in diff.old_ir().tables.diff_deny.iter().chain(&diff.new_ir().tables.diff_deny) {
            match parse(text) {
                Ok(gate) => add(&mut gates, gate),
                Err(mistake) => {
                    let unread = UnevaluableGate { gate: text.clone(), reason: mistake.message };
                    if !gates.unread.contains(&unread) {
                        gates.unread.push(unread);
                    }
                }
            }
        }
        if gates.evaluators.iter().any(|evaluator| evaluator.gate.outside_inventory) {
            gates.outside = OutsideInventory::of(diff);
        }
        gates
    }

    /// What is left for a gate that leaves out inventory.
    pub(super) fn outside(&self, evaluator: &GateEvaluator) -> Option<&OutsideInventory> {
        self.outside.as_ref().filter(|_| evaluator.gate.outside_inventory)
    }

    /// How many cells a gate denies of some changes in the sessions of a joint pair of classes.
    fn denied_cells<'c>(
        &self,
        evaluator: &GateEvaluator,
        diff: &Diff,
        (subject, endpoint): (u32, u32),
        changes: impl Iterator<Item = &'c CellChange>,
    ) -> u64 {
        let sessions = evaluator.subjects.count(subject, &diff.sessions.subject_classes)
            * evaluator.endpoints.count(endpoint, &diff.sessions.endpoint_classes);
        if sessions == 0 {
            return 0;
        }
        let denied: Vec<&CellChange> =
            changes.filter(|change| evaluator.denies(diff, change)).collect();
        match self.outside(evaluator) {
            Some(outside) => outside.cells(evaluator, (subject, endpoint), &denied),
            None => sessions * denied.len() as u64,
        }
    }

    /// Whether a gate denies a change of the account of a joint subject.
    fn denies_account(&self, evaluator: &GateEvaluator, user: u32, change: &AccountChange) -> bool {
        let is_left =
            || self.outside(evaluator).is_none_or(|outside| outside.has_account(user, change));
        evaluator.denies_account(change) && is_left()
    }

    /// By gate: whether it should leave out what inventory explains, and cannot.
    pub fn keep_inventory(&self) -> impl Iterator<Item = bool> {
        let cannot = self.outside.is_none();
        self.evaluators.iter().map(move |found| found.gate.outside_inventory && cannot)
    }

    pub(super) fn evaluators(&self) -> impl Iterator<Item = &GateEvaluator> {
        self.evaluators.iter()
    }

    /// The texts of the gates, in the order of all counts.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.evaluators.iter().map(|evaluator| evaluator.gate.text())
    }

    /// The gates that cannot be evaluated in full.
    pub fn unevaluable(&self) -> Vec<UnevaluableGate> {
        let own = self.evaluators.iter().filter_map(|evaluator| {
            let reason = evaluator.unevaluable.clone()?;
            Some(UnevaluableGate { gate: evaluator.gate.text(), reason })
        });
        own.chain(self.unread.iter().cloned()).collect()
    }

    /// How many cells of a row of sessions each gate denies.
    pub fn of_session_row(&self, diff: &Diff, row: &SessionRow) -> Vec<u64> {
        let of = |evaluator: &GateEvaluator| {
            if self.outside(evaluator).is_some() {
                let pairs = row.subjects.iter().flat_map(|subject| {
                    row.endpoints.iter().map(move |endpoint| (*subject, *endpoint))
                });
                let changes = || row.changes.iter().map(|cell| &cell.change);
                return pairs.map(|pair| self.denied_cells(evaluator, diff, pair, changes())).sum();
            }
            let count = |inside: &ScopeMembers, classes: &[u32], table: &[JointClass]| {
                classes.iter().map(|&class| inside.count(class, table)).sum::<u64>()
            };
            let changes =
                row.changes.iter().filter(|cell| evaluator.denies(diff, &cell.change)).count()
                    as u64;
            changes
                * count(&evaluator.subjects, &row.subjects, &diff.sessions.subject_classes)
                * count(&evaluator.endpoints, &row.endpoints, &diff.sessions.endpoint_classes)
        };
        self.evaluators.iter().map(of).collect()
    }

    /// How many cells of a row of accounts each gate denies.
    pub fn of_account_row(&self, row: &AccountRow) -> Vec<u64> {
        let of = |evaluator: &GateEvaluator| {
            let users = row.users.iter().filter(|&&user| evaluator.subjects.contains(user));
            let denied = users.map(|&user| {
                let denies = |change: &&AccountChange| self.denies_account(evaluator, user, change);
                row.changes.iter().filter(denies).count() as u64
            });
            denied.sum()
        };
        self.evaluators.iter().map(of).collect()
    }
}

/// How many classes of subjects are counted at a time. Each part compares kinds of pairs anew.
const PART: u32 = 4096;

impl Diff {
    /// How many cells of sessions changed, by direction, and how many of them each gate denies.
    pub fn session_counts(&self, gates: &Gates) -> (Counts, Vec<u64>) {
        let pairs = ChangedPairs::new(self);
        let subjects = self.sessions.subject_classes.len() as u32;
        let parts = (0..subjects).step_by(PART as usize);
        let parts = parts.map(|first| first..subjects.min(first + PART)).collect();
        let found = parallel::map(parts, |part| self.counts_of_part(gates, &pairs, part));
        let mut counts = Counts::default();
        let mut denied = vec![0; gates.evaluators.len()];
        for (of_part, denied_of_part) in found {
            for direction in Direction::ALL {
                counts.add(direction, of_part.of(direction));
            }
            denied.iter_mut().zip(denied_of_part).for_each(|(all, more)| *all += more);
        }
        (counts, denied)
    }

    /// The same of some classes of subjects.
    fn counts_of_part(
        &self,
        gates: &Gates,
        pairs: &ChangedPairs<'_>,
        part: Range<u32>,
    ) -> (Counts, Vec<u64>) {
        let mut counts = Counts::default();
        let mut denied = vec![0; gates.evaluators.len()];
        let (subjects, endpoints) =
            (&self.sessions.subject_classes, &self.sessions.endpoint_classes);
        let mut by_kind = pairs.by_kind();
        for subject in part {
            let changed = by_kind.of_subject(subject, |endpoint| self.changes(subject, endpoint));
            for (endpoint, changes) in changed {
                let all = (ScopeMembers::All.count(subject, subjects))
                    * ScopeMembers::All.count(endpoint, endpoints);
                changes.iter().for_each(|change| counts.add(change.direction, all));
                for (evaluator, denied) in gates.evaluators.iter().zip(&mut denied) {
                    let pair = (subject, endpoint);
                    *denied += gates.denied_cells(evaluator, self, pair, changes.iter());
                }
            }
        }
        (counts, denied)
    }

    /// How many cells of accounts changed, by direction, and how many of them each gate denies.
    pub fn account_counts(&self, gates: &Gates) -> (Counts, Vec<u64>) {
        let mut counts = Counts::default();
        let mut denied = vec![0; gates.evaluators.len()];
        let done: Result<(), std::convert::Infallible> = self.each_account(|user, changes| {
            changes.iter().for_each(|change| counts.add(change.direction, 1));
            for (evaluator, denied) in gates.evaluators.iter().zip(&mut denied) {
                if evaluator.subjects.contains(user) {
                    let denies =
                        |change: &&AccountChange| gates.denies_account(evaluator, user, change);
                    *denied += changes.iter().filter(denies).count() as u64;
                }
            }
            Ok(())
        });
        let Ok(()) = done;
        (counts, denied)
    }
}

/// The objects of OLD and of NEW that a name may refer to, by their indices.
pub(super) struct Named(Sided<FxHashSet<u32>>);

impl Named {
    pub(super) fn new(diff: &Diff, scope: &Scope) -> Named {
        let aligned = &diff.aligned;
        let map = match scope.selector {
            Selector::JumpItem => &aligned.jump_items,
            Selector::JumpGroup => &aligned.jump_groups,
            Selector::Portal => &aligned.portals,
            Selector::User => &aligned.users,
            Selector::Invite => &aligned.invites,
            Selector::GroupPolicy => &aligned.group_policies,
            Selector::DirectoryGroup => &aligned.directory_groups,
            Selector::Team => aligned.member_objects(MembershipKind::Team),
            // Methods and tags are not declared.
            Selector::Method | Selector::Tag => return Named(Sided::default()),
        };
        let objects = Sided::from_fn(|side| objects(&diff.ir(side).tables, scope.selector));
        Named::among(objects.as_ref().map(|_, objects| &objects[..]), map, &scope.name)
    }

    fn among(objects: Sided<&[&Object]>, map: &Map, name: &str) -> Named {
        let mut partners: Sided<Map> =
            Sided { old: map.clone(), new: vec![None; objects.new.len()] };
        for (found, at) in map.iter().zip(0..) {
            if let Some(found) = found {
                partners.new[*found as usize] = Some(at);
            }
        }
        let mut named: Sided<FxHashSet<u32>> = Sided::default();
        for side in Side::BOTH {
            let (own, others) = (objects[side], objects[side.other()]);
            // A name stands for the jump items of all methods.
            for at in (0..own.len()).filter(|&at| own[at].name == name) {
                named[side].insert(at as u32);
                let may_be = |other: &Object| own[at].id.is_none() || other.id.is_none();
                match partners[side][at] {
                    Some(other) => {
                        named[side.other()].insert(other);
                    }
                    None => {
                        let unpaired = (0..others.len()).filter(|&at| {
                            partners[side.other()][at].is_none() && may_be(others[at])
                        });
                        named[side.other()].extend(unpaired.map(|at| at as u32));
                    }
                }
            }
        }
        Named(named)
    }

    pub(super) fn has(&self, side: Side, index: u32) -> bool {
        self.0[side].contains(&index)
    }
}

fn subjects(diff: &Diff, scope: &Scope) -> ScopeMembers {
    let named = Named::new(diff, scope);
    // Whether a subject of one side is in the scope there.
    let is = |side: Side, at: u32| {
        let matrix = diff.matrix(side);
        match (scope.selector, matrix.subjects[at as usize].0) {
            (Selector::User, SubjectRef::User(id)) => named.has(side, id.0),
            (Selector::Invite, SubjectRef::Invite(id)) => named.has(side, id.0),
            (Selector::GroupPolicy, SubjectRef::User(id)) => {
                let groups = &matrix.accounts.class(id).groups.policies;
                groups.iter().any(|group| named.has(side, group.0))
            }
            (Selector::DirectoryGroup, SubjectRef::User(id)) => {
                let mut groups = named.0[side].iter().map(|&group| DirectoryGroupId(group));
                groups.any(|group| is_in_directory_group(&matrix.ir.tables, group, id))
            }
            (Selector::Team, SubjectRef::User(id)) => {
                let memberships = matrix.accounts.memberships(id);
                memberships.iter().any(|(_, membership)| match membership.key {
                    MembershipKey::Team(team) => named.has(side, team.0),
                    _ => false,
                })
            }
            _ => false,
        }
    };
    ScopeMembers::new(&diff.sessions.subjects, diff.sessions.subject_classes.len(), |joint| {
        Side::BOTH.into_iter().any(|side| joint.at.get(side).is_some_and(|at| is(side, at)))
    })
}

/// The numbers of the jump groups that a scope names, as cells of accounts have them.
fn jump_groups(diff: &Diff, scope: &Scope) -> FxHashSet<u32> {
    if scope.selector != Selector::JumpGroup {
        return FxHashSet::default();
    }
    let named = Named::new(diff, scope).0;
    let number = |side: Side, group: u32| {
        let key = MembershipKey::JumpGroup(JumpGroupId(group));
        diff.aligned.member_object(side, diff.new_ir(), key).1
    };
    let numbers = Side::BOTH
        .into_iter()
        .flat_map(|side| named[side].iter().map(move |group| (side, *group)).collect::<Vec<_>>());
    numbers.map(|(side, group)| number(side, group)).collect()
}

fn endpoints(diff: &Diff, scope: &Scope) -> ScopeMembers {
    let named = Named::new(diff, scope);
    let is_target = |side: Side, target: TargetRef| match (scope.selector, target) {
        (Selector::JumpItem, TargetRef::JumpItem(id)) => named.has(side, id.0),
        (Selector::JumpGroup, TargetRef::JumpItem(id)) => {
            let group = diff.ir(side).tables.jump_items[id.index()].group;
            group.is_some_and(|group| named.has(side, group.0))
        }
        (Selector::Tag, TargetRef::JumpItem(id)) => {
            diff.ir(side).tables.jump_items[id.index()].tag.as_deref() == Some(&*scope.name)
        }
        (Selector::Portal, TargetRef::Portal(id)) => named.has(side, id.0),
        _ => false,
    };
    ScopeMembers::new(&diff.sessions.endpoints, diff.sessions.endpoint_classes.len(), |joint| {
        let (side, endpoint) = diff.endpoint(joint);
        if scope.selector == Selector::Method {
            return diff.ir(side).profile.methods[endpoint.method].id == scope.name;
        }
        // The target's other side too: its sessions there may be of another method.
        let target = both_sides(diff, side, endpoint.target);
        Side::BOTH
            .into_iter()
            .any(|side| target.get(side).is_some_and(|target| is_target(side, target)))
    })
}

/// The target of a side, as OLD and as NEW has it.
fn both_sides(diff: &Diff, side: Side, target: TargetRef) -> OneOrBoth<TargetRef> {
    match target {
        TargetRef::JumpItem(id) => {
            let pairs = &diff.edits.jump_items;
            let pair = pairs.pairs[pairs.number(side, id.0) as usize];
            pair.map(|_, at| TargetRef::JumpItem(JumpItemId(at)))
        }
        TargetRef::Portal(id) => {
            let pairs = &diff.edits.portals;
            let pair = pairs.pairs[pairs.number(side, id.0) as usize];
            pair.map(|_, at| TargetRef::Portal(PortalId(at)))
        }
    }
}
