//! Few boxes that hold a set of cells, each cell in one of them.
//!
//! A cell has three coordinates: a class of subjects, a class of endpoints, a change. The fewest boxes are intractable,
//! so this is a greedy cover. Coordinates that have the same cells are first made one, which loses nothing: what is left
//! is small. Then the box that holds the most cells (weighed by members) is taken, again and again, out of those that
//! grow from one cell along the three axes in each of their six orders; among equals the first cell's, the first order's.
//! Where more than [`MOST_SEEDS`] cells are left, boxes grow from the first of them alone.

use rustc_hash::{FxHashMap, FxHashSet};

pub type Cell = [u32; 3];

/// The product of three sets of coordinates, each ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cuboid {
    pub sides: [Vec<u32>; 3],
}

/// The most cells from each of which boxes are grown.
pub const MOST_SEEDS: usize = 256;

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Covers cells, each of which is given once. `weight` tells how much a coordinate of an axis counts for.
pub fn cover(cells: &[Cell], weight: impl Fn(usize, u32) -> u64) -> Vec<Cuboid> {
    let mut cells = cells.to_vec();
    // By axis and representative: the coordinates that it stands for.
    let alike = [0, 1, 2].map(|axis| merge_axis(&mut cells, axis));
    let weight_of = |axis: usize, at: u32| alike[axis][&at].iter().map(|&member| weight(axis, member)).sum::<u64>();
    let mut left: FxHashSet<Cell> = cells.iter().copied().collect();
    let mut found = Vec::new();
    let mut from = 0;
    while !left.is_empty() {
        while from < cells.len() && !left.contains(&cells[from]) {
            from += 1;
        }
        let seeds = if left.len() <= MOST_SEEDS { usize::MAX } else { 1 };
        let open = cells[from..].iter().filter(|cell| left.contains(*cell)).take(seeds);
        let mut best: Option<(u64, Cuboid)> = None;
        for seed in open {
            for order in ORDERS {
                let grown = grow(*seed, order, &left, &cells);
                let size = (0..3).map(|axis| grown.sides[axis].iter().map(|&at| weight_of(axis, at)).sum::<u64>());
                let size = size.fold(1, u64::saturating_mul);
                if best.as_ref().is_none_or(|(most, _)| size > *most) {
                    best = Some((size, grown));
                }
            }
        }
        let Some((_, grown)) = best else { break };
        for &a in &grown.sides[0] {
            for &b in &grown.sides[1] {
                for &c in &grown.sides[2] {
                    left.remove(&[a, b, c]);
                }
            }
        }
        let mut whole = Cuboid::default();
        for (axis, side) in grown.sides.iter().enumerate() {
            whole.sides[axis] = side.iter().flat_map(|at| &alike[axis][at]).copied().collect();
            whole.sides[axis].sort_unstable();
        }
        found.push(whole);
    }
    found
}

/// Makes the coordinates of an axis that have the same cells one: the least stands for all. Leaves the cells ascending.
fn merge_axis(cells: &mut Vec<Cell>, axis: usize) -> FxHashMap<u32, Vec<u32>> {
    let others = |cell: &Cell| match axis {
        0 => (cell[1], cell[2]),
        1 => (cell[0], cell[2]),
        _ => (cell[0], cell[1]),
    };
    cells.sort_unstable_by_key(|cell| (cell[axis], others(cell)));
    let mut known: FxHashMap<Vec<(u32, u32)>, u32> = FxHashMap::default();
    let mut alike: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut kept = Vec::new();
    for run in cells.chunk_by(|a, b| a[axis] == b[axis]) {
        let rest: Vec<(u32, u32)> = run.iter().map(others).collect();
        let at = run[0][axis];
        let representative = *known.entry(rest).or_insert(at);
        if representative == at {
            kept.extend_from_slice(run);
        }
        alike.entry(representative).or_default().push(at);
    }
    kept.sort_unstable();
    *cells = kept;
    alike
}

/// Grows a box of open cells from one cell, along each axis in turn as far as it goes.
fn grow(seed: Cell, order: [usize; 3], open: &FxHashSet<Cell>, cells: &[Cell]) -> Cuboid {
    let mut grown = Cuboid { sides: seed.map(|at| vec![at]) };
    for (step, axis) in order.into_iter().enumerate() {
        let fixed = &order[step + 1..];
        // Only cells that lie with the seed on the axes that are still to come can be joined.
        let mut candidates: Vec<u32> = cells
            .iter()
            .filter(|cell| fixed.iter().all(|&other| cell[other] == seed[other]))
            .map(|cell| cell[axis])
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|&at| {
            let mut sides = grown.sides.clone();
            sides[axis] = vec![at];
            sides[0].iter().all(|&a| sides[1].iter().all(|&b| sides[2].iter().all(|&c| open.contains(&[a, b, c]))))
        });
        grown.sides[axis] = candidates;
    }
    grown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(cells: &[Cell]) -> Vec<Cuboid> {
        cover(cells, |_, _| 1)
    }

    #[test]
    fn a_whole_product_is_one_box() {
        let mut cells = Vec::new();
        for a in [3, 5] {
            for b in [1, 2, 9] {
                cells.extend([[a, b, 0], [a, b, 7]]);
            }
        }
        assert_eq!(boxes(&cells), [Cuboid { sides: [vec![3, 5], vec![1, 2, 9], vec![0, 7]] }]);
        assert_eq!(boxes(&[]), []);
    }

    #[test]
    fn a_cross_takes_its_longer_arm_whole() {
        let cells: Vec<Cell> = (0..5).map(|at| [2, at, 0]).chain([0, 1, 3].map(|at| [at, 2, 0])).collect();
        let expected = [[vec![2], vec![0, 1, 2, 3, 4], vec![0]], [vec![0, 1, 3], vec![2], vec![0]]];
        assert_eq!(boxes(&cells), expected.map(|sides| Cuboid { sides }));
    }
}
