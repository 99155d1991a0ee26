//! Gates over a diff: which changes each of them denies, counted by classes.
//!
//! What a scope names is looked for in OLD and in NEW, and what was inside of it on either side is
//! inside: a change cannot leave a gate by moving a machine to another group. What is named on one
//! side and gone on the other may be there under another name, so whatever of its kind only that
//! other side has counts as it, unless their ids prove otherwise.

use super::{Deny, Gate, Scope, Selector, objects, parse};
use crate::diff::Counts;
use crate::diff::Diff;
use crate::diff::Direction;
use crate::diff::accounts;
use crate::diff::align::{Map, Pairs};
use crate::diff::rows::{AccountRow, SessionRow};
use crate::diff::sessions::{Change, Joint, JointClass};
use crate::ir::{Ir, Object};
use crate::matrix::{Matrix, SubjectRef, TargetRef};
use rustc_hash::FxHashSet;

/// Gates as they are held over one diff.
#[derive(Debug, Default)]
pub struct Gates {
    judges: Vec<GateEvaluator>,
    /// Gates of compiled files that this version cannot read, and why.
    unread: Vec<(String, String)>,
}

#[derive(Debug)]
struct GateEvaluator {
    gate: Gate,
    /// Why it cannot be checked in full.
    gap: Option<String>,
    /// The index of its permission in OLD's and in NEW's profile.
    permission: [Option<usize>; 2],
    subjects: ScopeMembers,
    endpoints: ScopeMembers,
}

/// Which of the joint subjects or endpoints are inside of a scope.
#[derive(Debug)]
enum ScopeMembers {
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

    fn is(&self, joint: u32) -> bool {
        match self {
            ScopeMembers::All => true,
            ScopeMembers::Some { each, .. } => each[joint as usize],
        }
    }

    fn count(&self, class: u32, classes: &[JointClass]) -> u64 {
        match self {
            ScopeMembers::All => classes[class as usize].members.len() as u64,
            ScopeMembers::Some { of_class, .. } => of_class[class as usize],
        }
    }
}

/// Whether the policies are gone, as they are where a manifest no longer finds them. That is no
/// revision to compare.
fn lost(old: &Ir, new: &Ir) -> bool {
    let has_files = |ir: &Ir| ir.sources.iter().any(|(_, file)| file.path.ends_with(".prec"));
    has_files(old) && !has_files(new)
}

impl GateEvaluator {
    fn new(diff: &Diff, gate: Gate) -> GateEvaluator {
        let (old, new) = (diff.old_ir(), diff.new_ir());
        let permission = [old, new]
            .map(|ir| gate.path.as_ref().and_then(|(path, _)| ir.profile.permission(path)));
        let subjects =
            gate.subject.as_ref().map_or(ScopeMembers::All, |scope| subjects(diff, scope));
        let endpoints =
            gate.target.as_ref().map_or(ScopeMembers::All, |scope| endpoints(diff, scope));
        let gap =
            gate.gap(old, new).or_else(|| lost(old, new).then(|| "NEW has no policy file".into()));
        GateEvaluator { gap, permission, subjects, endpoints, gate }
    }

    fn session(&self, diff: &Diff, change: &Change) -> bool {
        let of_path = self.gate.path.is_none()
            || match change.after {
                Some(_) => self.permission[1] == Some(change.permission),
                None => self.permission[0] == Some(change.old_permission),
            };
        // A gate of one permission does not hear of the one that it depends on: there, what comes
        // to apply is a gain.
        let comes = self.gate.deny == Deny::Gained
            && self.gate.path.is_some()
            && change.direction == Direction::Follows
            && diff.may_gain(change);
        of_path && (comes || self.gate.deny.hits(change.direction, || diff.may_gain(change)))
    }

    fn account(&self, change: &accounts::Change) -> bool {
        let of_path = match (&self.gate.path, change.what) {
            (None, _) => true,
            (Some(_), accounts::What::Membership(..)) => false,
            (Some((path, _)), accounts::What::SessionPolicy(_)) if path == "session_policy" => true,
            (Some((path, _)), _) => change.setting == *path,
        };
        of_path
            && self.gate.target.is_none()
            && self.gate.deny.hits(change.direction, || change.may_gain)
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
                gates.judges.push(GateEvaluator::new(diff, gate));
            }
        };
        asked.iter().for_each(|gate| add(&mut gates, gate.clone()));
        for text in diff.old_ir().tables.diff_deny.iter().chain(&diff.new_ir().tables.diff_deny) {
            match parse(text) {
                Ok(gate) => add(&mut gates, gate),
                Err(mistake) => {
                    let unread = (text.clone(), mistake.message);
                    if !gates.unread.contains(&unread) {
                        gates.unread.push(unread);
                    }
                }
            }
        }
        gates
    }

    /// The texts of the gates, in the order of all counts.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.judges.iter().map(|judge| judge.gate.text())
    }

    /// The gates that cannot be checked in full, and why.
    pub fn gaps(&self) -> Vec<(String, String)> {
        let own =
            self.judges.iter().filter_map(|judge| Some((judge.gate.text(), judge.gap.clone()?)));
        own.chain(self.unread.iter().cloned()).collect()
    }

    /// How many cells of a row each gate denies.
    pub fn of_session_row(&self, diff: &Diff, row: &SessionRow) -> Vec<u64> {
        let of = |judge: &GateEvaluator| {
            let count = |inside: &ScopeMembers, classes: &[u32], table: &[JointClass]| {
                classes.iter().map(|&class| inside.count(class, table)).sum::<u64>()
            };
            let changes =
                row.changes.iter().filter(|told| judge.session(diff, &told.change)).count() as u64;
            changes
                * count(&judge.subjects, &row.subjects, &diff.sessions.subject_classes)
                * count(&judge.endpoints, &row.endpoints, &diff.sessions.endpoint_classes)
        };
        self.judges.iter().map(of).collect()
    }

    pub fn of_account_row(&self, row: &AccountRow) -> Vec<u64> {
        let of = |judge: &GateEvaluator| {
            let changes = row.changes.iter().filter(|change| judge.account(change)).count() as u64;
            changes * row.users.iter().filter(|&&user| judge.subjects.is(user)).count() as u64
        };
        self.judges.iter().map(of).collect()
    }
}

impl Diff {
    /// How many cells changed, by direction, and how many of them each gate denies.
    pub fn session_counts(&self, gates: &Gates) -> (Counts, Vec<u64>) {
        let mut counts = Counts::default();
        let mut denied = vec![0; gates.judges.len()];
        let (subjects, endpoints) =
            (&self.sessions.subject_classes, &self.sessions.endpoint_classes);
        for subject in 0..subjects.len() as u32 {
            for endpoint in 0..endpoints.len() as u32 {
                let changes = self.changes(subject, endpoint);
                if changes.is_empty() {
                    continue;
                }
                let all = (ScopeMembers::All.count(subject, subjects))
                    * ScopeMembers::All.count(endpoint, endpoints);
                changes.iter().for_each(|change| counts.add(change.direction, all));
                for (judge, denied) in gates.judges.iter().zip(&mut denied) {
                    let sessions = judge.subjects.count(subject, subjects)
                        * judge.endpoints.count(endpoint, endpoints);
                    if sessions > 0 {
                        *denied += sessions
                            * changes.iter().filter(|change| judge.session(self, change)).count()
                                as u64;
                    }
                }
            }
        }
        (counts, denied)
    }

    pub fn account_counts(&self, gates: &Gates) -> (Counts, Vec<u64>) {
        let mut counts = Counts::default();
        let mut denied = vec![0; gates.judges.len()];
        let done: Result<(), std::convert::Infallible> = self.each_account(|user, changes| {
            changes.iter().for_each(|change| counts.add(change.direction, 1));
            for (judge, denied) in
                gates.judges.iter().zip(&mut denied).filter(|(judge, _)| judge.subjects.is(user))
            {
                *denied += changes.iter().filter(|change| judge.account(change)).count() as u64;
            }
            Ok(())
        });
        let Ok(()) = done;
        (counts, denied)
    }
}

/// The objects of OLD and of NEW that a name may stand for.
struct Named([FxHashSet<u32>; 2]);

impl Named {
    fn new(diff: &Diff, scope: &Scope) -> Named {
        let aligned = &diff.aligned;
        let map = match scope.selector {
            Selector::JumpItem => &aligned.jump_items,
            Selector::JumpGroup => &aligned.jump_groups,
            Selector::Portal => &aligned.portals,
            Selector::User => &aligned.users,
            Selector::Invite => &aligned.invites,
            Selector::GroupPolicy => &aligned.group_policies,
            Selector::DirectoryGroup => &aligned.directory_groups,
            // Of the profile, and never an object.
            Selector::Method => return Named(Default::default()),
        };
        let [old, new] =
            [diff.old_ir(), diff.new_ir()].map(|ir| objects(&ir.tables, scope.selector));
        Named::among(&old, &new, map, &scope.name)
    }

    fn among(old: &[&Object], new: &[&Object], map: &Map, name: &str) -> Named {
        let mut back: Map = vec![None; new.len()];
        for (found, at) in map.iter().zip(0..) {
            if let Some(found) = found {
                back[*found as usize] = Some(at);
            }
        }
        let mut named = [FxHashSet::default(), FxHashSet::default()];
        let sides = [(0, old, new, map, &back), (1, new, old, &back, map)];
        for (side, own, others, to, from) in sides {
            let Some(at) = own.iter().position(|object| object.name == name) else { continue };
            named[side].insert(at as u32);
            let may_be = |other: &Object| own[at].id.is_none() || other.id.is_none();
            match to[at] {
                Some(other) => {
                    named[1 - side].insert(other);
                }
                None => named[1 - side].extend(
                    (0..others.len())
                        .filter(|&at| from[at].is_none() && may_be(others[at]))
                        .map(|at| at as u32),
                ),
            }
        }
        Named(named)
    }

    fn has(&self, new: bool, index: u32) -> bool {
        self.0[usize::from(new)].contains(&index)
    }
}

fn subjects(diff: &Diff, scope: &Scope) -> ScopeMembers {
    let named = Named::new(diff, scope);
    // Whether a subject of one side is inside there.
    let is = |new: bool, matrix: &Matrix, at: u32| match (
        scope.selector,
        matrix.subjects[at as usize].0,
    ) {
        (Selector::User, SubjectRef::User(id)) => named.has(new, id.0),
        (Selector::Invite, SubjectRef::Invite(id)) => named.has(new, id.0),
        (Selector::GroupPolicy, SubjectRef::User(id)) => {
            matrix.accounts.class(id).groups.policies.iter().any(|group| named.has(new, group.0))
        }
        (Selector::DirectoryGroup, SubjectRef::User(id)) => {
            named.0[usize::from(new)].iter().any(|&group| {
                let members = &matrix.ir.tables.directory_groups[group as usize].members;
                members.binary_search_by_key(&id, |(member, _)| *member).is_ok()
            })
        }
        _ => false,
    };
    ScopeMembers::new(&diff.sessions.subjects, diff.sessions.subject_classes.len(), |joint| {
        joint.old.is_some_and(|at| is(false, &diff.old, at))
            || joint.new.is_some_and(|at| is(true, &diff.new, at))
    })
}

fn endpoints(diff: &Diff, scope: &Scope) -> ScopeMembers {
    let named = Named::new(diff, scope);
    let is_target = |new: bool, ir: &Ir, target: TargetRef| match (scope.selector, target) {
        (Selector::JumpItem, TargetRef::JumpItem(id)) => named.has(new, id.0),
        (Selector::JumpGroup, TargetRef::JumpItem(id)) => {
            ir.tables.jump_items[id.index()].group.is_some_and(|group| named.has(new, group.0))
        }
        (Selector::Portal, TargetRef::Portal(id)) => named.has(new, id.0),
        _ => false,
    };
    ScopeMembers::new(&diff.sessions.endpoints, diff.sessions.endpoint_classes.len(), |joint| {
        let (new, matrix, at) = match joint.new {
            Some(at) => (true, &diff.new, at),
            None => (false, &diff.old, joint.old.unwrap_or_default()),
        };
        let endpoint = matrix.endpoints[at as usize].0;
        if scope.selector == Selector::Method {
            return matrix.ir.profile.methods[endpoint.method].id == scope.name;
        }
        // The target's other side too: its sessions there may be of another method.
        let (old_target, new_target) = both_sides(diff, new, endpoint.target);
        old_target.is_some_and(|target| is_target(false, diff.old_ir(), target))
            || new_target.is_some_and(|target| is_target(true, diff.new_ir(), target))
    })
}

/// A target as OLD and as NEW has it.
fn both_sides(diff: &Diff, new: bool, target: TargetRef) -> (Option<TargetRef>, Option<TargetRef>) {
    let pair = |pairs: &Pairs, index: u32| pairs.pairs[pairs.number(new, index) as usize];
    match target {
        TargetRef::JumpItem(id) => {
            let (old, new) = pair(&diff.edits.jump_items, id.0);
            let item = |at: u32| TargetRef::JumpItem(crate::ir::JumpItemId(at));
            (old.map(item), new.map(item))
        }
        TargetRef::Portal(id) => {
            let (old, new) = pair(&diff.edits.portals, id.0);
            let portal = |at: u32| TargetRef::Portal(crate::ir::PortalId(at));
            (old.map(portal), new.map(portal))
        }
    }
}
