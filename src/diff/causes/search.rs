//! The smallest set of edits that makes a change.

use super::super::edits::EditId;
use super::Cause;

/// The most sets of one size that are tried.
const MAX_SETS: u64 = 1_000;
/// A set of this size is searched whole for a smaller one inside of it.
const MAX_EXHAUSTIVE: usize = 12;

/// How well a set of edits explains a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// The same value.
    Value,
    /// And the same decider.
    Decider,
}

/// A smallest of the accepted sets of some edits (in order of preference); see the module.
fn smallest(edits: &[EditId], accept: &mut impl FnMut(&[EditId]) -> Fit) -> Vec<EditId> {
    for size in 0..=edits.len() {
        if sets(edits.len(), size) > MAX_SETS && edits.len() > MAX_EXHAUSTIVE {
            break;
        }
        if let Some(found) = smallest_of_size(edits, size, accept) {
            return found;
        }
    }
    let mut left: Vec<EditId> = edits.to_vec();
    for edit in edits.iter().rev() {
        let without: Vec<EditId> = left.iter().copied().filter(|other| other != edit).collect();
        if accept(&ascending(&without)) != Fit::No {
            left = without;
        }
    }
    if left.len() < edits.len() && left.len() <= MAX_EXHAUSTIVE {
        smallest(&left, accept)
    } else {
        ascending(&left)
    }
}

fn smallest_of_size(
    edits: &[EditId],
    size: usize,
    accept: &mut impl FnMut(&[EditId]) -> Fit,
) -> Option<Vec<EditId>> {
    let mut chosen: Vec<usize> = (0..size).collect();
    let mut found = None;
    let mut set = Vec::with_capacity(size);
    loop {
        set.clear();
        set.extend(chosen.iter().map(|&at| edits[at]));
        set.sort_unstable();
        match accept(&set) {
            Fit::Decider => return Some(set),
            Fit::Value if found.is_none() => found = Some(set.clone()),
            _ => {}
        }
        // The next choice in order: move the last one that can move.
        let Some(place) =
            (0..size).rev().find(|&place| chosen[place] + (size - place) < edits.len())
        else {
            return found;
        };
        chosen[place] += 1;
        for later in place + 1..size {
            chosen[later] = chosen[later - 1] + 1;
        }
    }
}

pub(super) fn ascending(edits: &[EditId]) -> Vec<EditId> {
    let mut edits = edits.to_vec();
    edits.sort_unstable();
    edits
}

/// How many sets of a size there are.
fn sets(of: usize, size: usize) -> u64 {
    (0..size).fold(1u64, |sets, at| sets.saturating_mul((of - at) as u64) / (at as u64 + 1))
}

/// Finds the cause of a change that is there with all `relevant` edits and not without them.
pub(super) fn explain(
    relevant: &[EditId],
    fit: impl Fn(&[EditId]) -> Fit,
    as_in_old: impl Fn(&[EditId]) -> bool,
) -> Cause {
    if let [only] = relevant {
        return Cause::of([*only]);
    }
    let edits = smallest(relevant, &mut |applied: &[EditId]| fit(applied));
    let others: Vec<EditId> =
        relevant.iter().copied().filter(|edit| !edits.contains(edit)).collect();
    let (in_order, mut applied) = (ascending(&others), Vec::with_capacity(others.len()));
    let alternative = smallest(&others, &mut |dropped: &[EditId]| {
        applied.clear();
        applied.extend(in_order.iter().filter(|edit| !dropped.contains(edit)));
        if as_in_old(&applied) { Fit::Decider } else { Fit::No }
    });
    Cause { edits, alternative }
}

pub(super) fn fit(same: bool) -> Fit {
    if same { Fit::Decider } else { Fit::No }
}
