//! The fewest things that shadow another one everywhere: a small set cover.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// How many things the searches of one lint may look at before they settle for nearly the fewest.
/// Realistic workspaces need a few thousand in all.
pub(super) const MAX_LOOKS: usize = 20_000_000;

/// The fewest things such that every set contains one of them. Each set holds the alternatives at
/// one place. The result is deterministic where several choices are equally small.
pub(super) fn cover<T: Copy + Ord>(sets: BTreeSet<Vec<T>>, looks: &mut usize) -> Vec<T> {
    let sets: Vec<Vec<T>> = sets.into_iter().filter(|set| !set.is_empty()).collect();
    let mut fewest = greedy(&sets);
    for size in 1..fewest.len() {
        if *looks == 0 {
            break;
        }
        let mut chosen = Vec::with_capacity(size);
        if search(&sets, size, &mut chosen, looks) {
            fewest = chosen;
            break;
        }
    }
    fewest.sort_unstable();
    fewest
}

/// Takes the thing that serves most places until all are served, and of equally frequent ones the
/// first. The result is rarely much larger than necessary.
fn greedy<T: Copy + Ord>(sets: &[Vec<T>]) -> Vec<T> {
    // By thing: in how many open sets it is, and in which sets at all.
    let mut places: BTreeMap<T, (usize, Vec<usize>)> = BTreeMap::new();
    for (place, set) in sets.iter().enumerate() {
        for thing in set {
            let (count, places) = places.entry(*thing).or_default();
            *count += 1;
            places.push(place);
        }
    }
    // A count in the heap may be too high by now: counts only become lower.
    let mut heap: BinaryHeap<(usize, Reverse<T>)> =
        places.iter().map(|(thing, (count, _))| (*count, Reverse(*thing))).collect();
    let mut is_open = vec![true; sets.len()];
    let mut chosen = Vec::new();
    while let Some((known, Reverse(thing))) = heap.pop() {
        let Some((count, of_thing)) = places.get_mut(&thing) else { continue };
        if *count == 0 {
            continue;
        }
        if *count < known {
            heap.push((*count, Reverse(thing)));
            continue;
        }
        chosen.push(thing);
        for place in std::mem::take(of_thing) {
            if std::mem::replace(&mut is_open[place], false) {
                for other in &sets[place] {
                    if let Some((count, _)) = places.get_mut(other) {
                        *count -= 1;
                    }
                }
            }
        }
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
