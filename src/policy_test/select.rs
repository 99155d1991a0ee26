//! Which sessions and accounts the conditions of a test or a filter select.

use super::Over;
use crate::ir::*;
use crate::matrix::{Endpoint, Matrix, SubjectRef, TargetRef};
use crate::semantics::members::is_in_directory_group;
use std::collections::BTreeMap;

/// Subjects or endpoints by their class, as indices, ascending.
pub(super) type ByClass = BTreeMap<u32, Vec<usize>>;

/// A test with an expectation about an account setting is about accounts.
pub(super) fn over(test: &Test) -> Over {
    let of_account = |expectation: &Expectation| !expectation.subject.is_of_sessions();
    if test.expect.iter().any(of_account) { Over::Accounts } else { Over::Sessions }
}

pub(super) fn subjects(matrix: &Matrix, test: &Test) -> ByClass {
    by_class(&matrix.subjects, |subject| selects(matrix, &test.when, *subject))
}

pub(super) fn endpoints(matrix: &Matrix, test: &Test) -> ByClass {
    by_class(&matrix.endpoints, |endpoint| selects_endpoint(matrix, &test.when, endpoint))
}

pub(super) fn users(matrix: &Matrix, test: &Test) -> Vec<UserId> {
    let all = (0..matrix.ir.tables.users.len() as u32).map(UserId);
    all.filter(|&user| selects(matrix, &test.when, SubjectRef::User(user))).collect()
}

pub(super) fn by_class<T>(items: &[(T, u32)], selects: impl Fn(&T) -> bool) -> ByClass {
    let mut classes = ByClass::new();
    for (at, (item, class)) in items.iter().enumerate() {
        if selects(item) {
            classes.entry(*class).or_default().push(at);
        }
    }
    classes
}

/// Whether a subject meets all conditions. `!=` and `not in` still select subjects of the same kind
/// only.
pub(super) fn selects(matrix: &Matrix, when: &[When], subject: SubjectRef) -> bool {
    let tables = &matrix.ir.tables;
    when.iter().all(|when| match (when.selector, subject) {
        (Selector::User(id), SubjectRef::User(user)) => (id == user) != when.negated,
        (Selector::InGroupPolicy(id), SubjectRef::User(user)) => {
            matrix.accounts.class(user).groups.policies.contains(&id) != when.negated
        }
        (Selector::InDirectoryGroup(id), SubjectRef::User(user)) => {
            is_in_directory_group(tables, id, user) != when.negated
        }
        (Selector::InTeam(id), SubjectRef::User(user)) => {
            let key = MembershipKey::Team(id);
            let memberships = matrix.accounts.memberships(user);
            memberships.iter().any(|(_, membership)| membership.key == key) != when.negated
        }
        (Selector::Invite(id), SubjectRef::Invite(invite)) => (id == invite) != when.negated,
        (
            Selector::User(_)
            | Selector::InGroupPolicy(_)
            | Selector::InDirectoryGroup(_)
            | Selector::InTeam(_)
            | Selector::Invite(_),
            _,
        ) => false,
        _ => true,
    })
}

pub(super) fn selects_endpoint(matrix: &Matrix, when: &[When], endpoint: &Endpoint) -> bool {
    when.iter().all(|when| match (when.selector, endpoint.target) {
        (Selector::JumpItems(first, last), TargetRef::JumpItem(item)) => {
            (first..=last).contains(&item) != when.negated
        }
        (Selector::InJumpGroup(id), TargetRef::JumpItem(item)) => {
            (matrix.ir.tables.jump_items[item.index()].group == Some(id)) != when.negated
        }
        (Selector::Tag(id), TargetRef::JumpItem(item)) => {
            let tag = &matrix.ir.tables.jump_items[item.index()].tag;
            (tag.as_deref() == Some(&*matrix.ir.tables[id])) != when.negated
        }
        (Selector::Portal(id), TargetRef::Portal(portal)) => (id == portal) != when.negated,
        (
            Selector::JumpItems(..)
            | Selector::InJumpGroup(_)
            | Selector::Tag(_)
            | Selector::Portal(_),
            _,
        ) => false,
        (Selector::Method(method), _) => (method == endpoint.method) != when.negated,
        (Selector::Presence(present), _) => {
            endpoint.present.is_some_and(|found| (found == present) != when.negated)
        }
        _ => true,
    })
}
