//! Gates over dates: a day that moves later, or falls away, lets somebody keep what they have.
//! Dates are no cells, so that gates count each such date once.

use super::evaluator::{GateEvaluator, Gates, Named, ScopeMembers};
use super::{Deny, Scope, Selector};
use crate::diff::edits::{DateOwner, Dated, LaterDate};
use crate::diff::{Diff, Direction, Side};
use crate::ir::{MembershipKind, UserId};
use crate::matrix::SubjectRef;
use crate::semantics::members::members;
use rustc_hash::FxHashSet;

impl Gates {
    /// Whether each gate denies that a date moved later.
    pub fn of_date(&self, diff: &Diff, date: &LaterDate) -> Vec<u64> {
        let denies = |evaluator: &GateEvaluator| {
            let outside = self.outside(evaluator);
            evaluator.denies_date(diff, date)
                && outside.is_none_or(|outside| outside.has_date(diff, date))
        };
        self.evaluators().map(|evaluator| u64::from(denies(evaluator))).collect()
    }
}

impl Diff {
    /// How many dates that moved later each gate denies.
    pub fn date_counts(&self, gates: &Gates) -> Vec<u64> {
        let mut denied = vec![0; gates.evaluators().count()];
        for date in &self.edits.later_dates {
            for (denied, own) in denied.iter_mut().zip(gates.of_date(self, date)) {
                *denied += own;
            }
        }
        denied
    }
}

impl GateEvaluator {
    fn denies_date(&self, diff: &Diff, date: &LaterDate) -> bool {
        let hits = match self.gate.deny {
            Deny::Any | Deny::Gained => true,
            Deny::Direction(direction) => direction == Direction::Changed,
        };
        let of_target = match (&self.gate.target, date.dated) {
            (None, _) => true,
            (Some(_), Dated::Membership(MembershipKind::JumpGroup, group)) => {
                self.jump_groups.contains(&group)
            }
            (Some(_), _) => false,
        };
        let of_subject = |scope: &Scope| names_owner(diff, scope, date) || self.affects(diff, date);
        hits && self.gate.path.is_none()
            && of_target
            && self.gate.subject.as_ref().is_none_or(of_subject)
    }

    /// Whether somebody in the scope is affected, on either side.
    fn affects(&self, diff: &Diff, date: &LaterDate) -> bool {
        let ScopeMembers::Some { each, .. } = &self.subjects else { return true };
        let users = affected_users(diff, date);
        let joints = diff.sessions.subjects.iter().zip(each).zip(0..);
        let mut inside = joints.filter(|((_, inside), _)| **inside);
        inside.any(|((joint, _), at)| {
            let number = diff.user_number(at);
            match (diff.subject(joint).1, date.owner) {
                (SubjectRef::User(_), _) => users.contains(&number),
                (SubjectRef::Invite(_), DateOwner::Invite(invite)) => number == invite,
                (SubjectRef::Invite(_), _) => false,
            }
        })
    }
}

/// Whether a scope names what the date is written in, which may have no members.
fn names_owner(diff: &Diff, scope: &Scope, date: &LaterDate) -> bool {
    let named = Named::new(diff, scope);
    Side::BOTH.into_iter().any(|side| match (scope.selector, date.owner, date.dated) {
        (Selector::GroupPolicy, DateOwner::Group(at), _) => {
            let group = &diff.edits.groups[at];
            !group.is_embassy && group.at.get(side).is_some_and(|at| named.has(side, at))
        }
        _ => false,
    })
}

/// The numbers of the users who keep something up to a date.
fn affected_users(diff: &Diff, date: &LaterDate) -> FxHashSet<u32> {
    let edits = &diff.edits;
    let mut users = FxHashSet::default();
    for side in Side::BOTH {
        let ir = diff.ir(side);
        let mut add = |user: UserId| {
            users.insert(edits.users.number(side, user.0));
        };
        match (date.owner, date.dated) {
            (DateOwner::Group(at), Dated::Membership(..)) => {
                let group = edits.groups[at].group(ir, side);
                group.into_iter().flat_map(|group| members(&ir.tables, group)).for_each(add);
            }
            (DateOwner::Group(_), Dated::DirectoryGroup(number)) => {
                let groups = edits.directory_groups.pairs[number as usize].get(side);
                let groups = groups.map(|at| &ir.tables.directory_groups[at as usize]);
                let members = groups.into_iter().flat_map(|group| &group.members);
                members.for_each(|(user, _)| add(*user));
            }
            _ => {}
        }
    }
    match (date.owner, date.dated) {
        (DateOwner::User(user), _) | (_, Dated::Member(user)) => {
            users.insert(user);
        }
        _ => {}
    }
    users
}
