//! The fewest things that shadow another one everywhere: a small set cover.

use std::collections::{BTreeMap, BTreeSet};

/// How many things the searches of one lint may look at before they settle for nearly the fewest.
/// Realistic workspaces need a few thousand in all.
pub(super) const MAX_LOOKS: usize = 20_000_000;

/// The fewest things such that every set contains one of them. Each set holds the alternatives at
/// one place. The result is deterministic where several choices are equally small.
pub(super) fn cover<T: Copy + Ord>(sets: BTreeSet<Vec<T>>, looks: &mut usize) -> Vec<T> {
    let sets: Vec<Vec<T>> = sets.into_iter().filter(|set| !set.is_empty()).collect();
    let mut fewest = greedy(&sets);
    for size in 1..fewest.len() {
        let mut chosen = Vec::with_capacity(size);
        if search(&sets, size, &mut chosen, looks) {
            fewest = chosen;
            break;
        }
    }
    fewest.sort_unstable();
    fewest
}

/// Takes the thing that serves most places until all are served. The result is rarely much larger
/// than necessary.
fn greedy<T: Copy + Ord>(sets: &[Vec<T>]) -> Vec<T> {
    let mut open: Vec<&Vec<T>> = sets.iter().collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let mut counts: BTreeMap<T, usize> = BTreeMap::new();
        open.iter()
            .flat_map(|set| set.iter())
            .for_each(|thing| *counts.entry(*thing).or_default() += 1);
        // `rev` makes the first of equally frequent ones win.
        let Some((&best, _)) = counts.iter().rev().max_by_key(|(_, count)| **count) else { break };
        chosen.push(best);
        open.retain(|set| !set.contains(&best));
    }
    chosen
}

/// Whether at most `left` things suffice besides those chosen. One of the smallest uncovered set
/// has to be among them.
fn search<T: Copy + Ord>(
    sets: &[Vec<T>],
    left: usize,
    chosen: &mut Vec<T>,
    looks: &mut usize,
) -> bool {
    let open = sets
        .iter()
        .filter(|set| !set.iter().any(|thing| chosen.contains(thing)))
        .min_by_key(|set| set.len());
    let Some(open) = open else { return true };
    let enough = looks.checked_sub(sets.iter().map(Vec::len).sum());
    *looks = enough.unwrap_or(0);
    if left == 0 || enough.is_none() {
        return false;
    }
    for &thing in open {
        chosen.push(thing);
        if search(sets, left - 1, chosen, looks) {
            return true;
        }
        chosen.pop();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sets: &[&[u8]]) -> Vec<u8> {
        let mut looks = MAX_LOOKS;
        cover(sets.iter().map(|set| set.to_vec()).collect(), &mut looks)
    }

    #[test]
    fn one_that_serves_everywhere_is_enough() {
        assert_eq!(of(&[&[1, 2], &[2, 3]]), [2]);
        assert_eq!(of(&[&[1], &[2, 3]]), [1, 2]);
        assert_eq!(of(&[]), [0; 0]);
    }

    #[test]
    fn the_one_that_serves_most_need_not_be_among_the_fewest() {
        // 1 serves four places, and then two more are needed; 2 and 3 serve all six.
        let sets: &[&[u8]] = &[&[1, 2], &[1, 2, 4], &[1, 3], &[1, 3, 4], &[2, 5], &[3, 6]];
        assert_eq!(of(sets), [2, 3]);
        let hurried = cover(sets.iter().map(|set| set.to_vec()).collect(), &mut 3);
        assert_eq!(hurried.len(), 3, "without time to look it is nearly the fewest");
    }
}
