//! The fewest things that hide another one everywhere, found greedily: nearly the fewest, and always the same.

use std::collections::{BTreeMap, BTreeSet};

/// Each set holds the things any of which would do in one place. Takes things until every set has one of them.
pub(super) fn cover<T: Copy + Ord>(mut sets: BTreeSet<Vec<T>>) -> Vec<T> {
    let mut chosen = Vec::new();
    sets.retain(|set| !set.is_empty());
    while !sets.is_empty() {
        let mut counts: BTreeMap<T, usize> = BTreeMap::new();
        sets.iter().flatten().for_each(|thing| *counts.entry(*thing).or_default() += 1);
        // The first of those that serve most places.
        let Some((&best, _)) = counts.iter().rev().max_by_key(|(_, count)| **count) else { break };
        chosen.push(best);
        sets.retain(|set| !set.contains(&best));
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_serves_everywhere_is_enough() {
        let cover = |sets: &[&[u8]]| cover(sets.iter().map(|set| set.to_vec()).collect());
        assert_eq!(cover(&[&[1, 2], &[2, 3]]), [2]);
        assert_eq!(cover(&[&[1], &[2, 3]]), [1, 2]);
        assert_eq!(cover(&[]), [0; 0]);
    }
}
