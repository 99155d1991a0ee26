//! Why nobody can start any session.

use crate::matrix::{Matrix, SubjectRef};
use crate::semantics::start::Holds;
use crate::text::{count, number};
use std::collections::BTreeMap;

/// Where no pair of a subject and a target can be started: says so, with the condition that fails
/// most often. `None` where some can, or where there are no pairs.
pub fn none_can_be_started(matrix: &Matrix) -> Option<String> {
    let starts = matrix.starts.as_ref()?;
    let (subjects, endpoints) = (&matrix.subject_classes, &matrix.endpoint_classes);
    let can = |subject: usize| {
        let mut endpoints = (0..endpoints.len()).map(|endpoint| (subject as u32, endpoint as u32));
        endpoints.any(|pair| matrix.is_kept(pair.0, pair.1) && matrix.can_start(pair.0, pair.1))
    };
    if matrix.pairs() == 0 || (0..subjects.len()).any(can) {
        return None;
    }
    let none = format!("none of {} can be started", count(matrix.pairs(), "pair"));
    let mut users = 0;
    // By condition and value: how many pairs, and how many users.
    let mut failing: BTreeMap<(usize, String, String), (u64, u64)> = BTreeMap::new();
    for class in subjects {
        let first = class.members.first().map(|at| matrix.subjects[*at as usize].0);
        let Some(SubjectRef::User(user)) = first else { continue };
        let members = class.members.len() as u64;
        users += members;
        let account = matrix.accounts.account(user);
        let mut of_user: BTreeMap<(usize, String, String), u64> = BTreeMap::new();
        for class in endpoints {
            let Some(at) = class.members.first() else { continue };
            let endpoint = &matrix.endpoints[*at as usize].0;
            let conditions = starts.conditions(&account, user, endpoint);
            for (place, condition) in conditions.into_iter().enumerate() {
                if condition.holds == Holds::No {
                    let key = (place, condition.name, condition.value);
                    *of_user.entry(key).or_default() += class.members.len() as u64;
                }
            }
        }
        for (key, pairs) in of_user {
            let found = failing.entry(key).or_default();
            *found = (found.0 + pairs * members, found.1 + members);
        }
    }
    // The first of several that fail equally often.
    let most = failing.iter().rev().max_by_key(|(_, (pairs, _))| *pairs);
    let Some(((_, name, value), (_, affected))) = most else { return Some(none) };
    let who = format!("{} of {}", number(*affected), count(users, "user"));
    Some(match name.as_str() {
        "jump group" => format!("{none}: {who} have no role there that allows start"),
        setting => format!("{none}: {setting} is {value} for {who}"),
    })
}
