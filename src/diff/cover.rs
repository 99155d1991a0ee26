//! Covers a set of cells with few boxes, each cell in exactly one of them.
//!
//! A cell has three coordinates: a class of subjects, a class of endpoints, a change. Finding the
//! fewest boxes is intractable, so this is a greedy cover. Coordinates with the same cells are
//! first merged, which loses nothing and leaves a small problem. Then boxes are grown from single
//! cells, along the three axes in each of their six orders, and the one with the most cells
//! (weighted by members) is taken, until no cell is left; among equal ones that of the first cell
//! and the first order. While more than [`MAX_SEEDS`] cells are left, boxes are grown from the
//! first one only.

use rustc_hash::{FxHashMap, FxHashSet};

/// A cell, by its coordinates.
pub type Cell = [u32; 3];

/// The product of three sets of coordinates, each ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cuboid {
    /// By axis.
    pub sides: [Vec<u32>; 3],
}

/// The most cells from each of which boxes are grown.
pub const MAX_SEEDS: usize = 256;

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Covers cells, each of which is given once. `weight` is what a coordinate of an axis counts for.
pub fn cover(cells: &[Cell], weight: impl Fn(usize, u32) -> u64) -> Vec<Cuboid> {
    let mut cells = cells.to_vec();
    // By axis: the coordinates that each representative was merged from.
    let alike = [0, 1, 2].map(|axis| merge_axis(&mut cells, axis));
    let weight_of = |axis: usize, at: u32| {
        alike[axis][&at].iter().map(|&member| weight(axis, member)).sum::<u64>()
    };
    let mut open = Open::new(&cells);
    // By cell: the largest box that grows from it. It stays so until one of its cells is taken. As
    // there may be millions of cells, few of which have boxes, these are found by the cells'
    // numbers.
    let mut largest: FxHashMap<usize, (u64, Cuboid)> = FxHashMap::default();
    let mut found = Vec::new();
    let mut from = 0;
    loop {
        while from < cells.len() && !open.contains(cells[from]) {
            from += 1;
        }
        let seeds = if open.cells.len() <= MAX_SEEDS { usize::MAX } else { 1 };
        let mut best: Option<(u64, usize)> = None;
        for at in (from..cells.len()).filter(|&at| open.contains(cells[at])).take(seeds) {
            let (size, _) =
                largest.entry(at).or_insert_with(|| largest_from(cells[at], &open, &weight_of));
            if best.is_none_or(|(most, _)| *size > most) {
                best = Some((*size, at));
            }
        }
        let Some((_, taken)) = best.and_then(|(_, at)| largest.remove(&at)) else { return found };
        open.take(&taken);
        largest.retain(|_, (_, other)| !other.meets(&taken));
        let mut whole = Cuboid::default();
        for (axis, side) in taken.sides.iter().enumerate() {
            whole.sides[axis] = side.iter().flat_map(|at| &alike[axis][at]).copied().collect();
            whole.sides[axis].sort_unstable();
        }
        found.push(whole);
    }
}

impl Cuboid {
    fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        let [a, b, c] = &self.sides;
        a.iter().flat_map(move |&a| b.iter().flat_map(move |&b| c.iter().map(move |&c| [a, b, c])))
    }

    fn meets(&self, other: &Cuboid) -> bool {
        self.sides
            .iter()
            .zip(&other.sides)
            .all(|(own, other)| own.iter().any(|at| other.binary_search(at).is_ok()))
    }
}

/// The cells that are in no box yet.
struct Open {
    cells: FxHashSet<Cell>,
    /// By axis and the two other coordinates: the coordinates of all cells on that line, ascending.
    lines: [FxHashMap<(u32, u32), Vec<u32>>; 3],
}

impl Open {
    fn new(cells: &[Cell]) -> Open {
        let mut lines: [FxHashMap<(u32, u32), Vec<u32>>; 3] = Default::default();
        for cell in cells {
            for (axis, lines) in lines.iter_mut().enumerate() {
                lines.entry(others(cell, axis)).or_default().push(cell[axis]);
            }
        }
        Open { cells: cells.iter().copied().collect(), lines }
    }

    fn contains(&self, cell: Cell) -> bool {
        self.cells.contains(&cell)
    }

    fn take(&mut self, taken: &Cuboid) {
        for cell in taken.cells() {
            self.cells.remove(&cell);
        }
    }

    /// Grows a box from one open cell, along each axis in turn as far as it goes.
    fn grow(&self, seed: Cell, order: [usize; 3]) -> Cuboid {
        let mut grown = Cuboid { sides: seed.map(|at| vec![at]) };
        for axis in order {
            // What can be joined lies on a line with the seed.
            let line = self.lines[axis].get(&others(&seed, axis)).map_or(&[][..], Vec::as_slice);
            let mut slice = Cuboid { sides: grown.sides.clone() };
            let joined = line.iter().copied().filter(|&at| {
                slice.sides[axis] = vec![at];
                slice.cells().all(|cell| self.contains(cell))
            });
            grown.sides[axis] = joined.collect();
        }
        grown
    }
}

/// The largest box that grows from a cell, and what it weighs; of equals the first order's.
fn largest_from(seed: Cell, open: &Open, weight: &impl Fn(usize, u32) -> u64) -> (u64, Cuboid) {
    let mut best: Option<(u64, Cuboid)> = None;
    for order in ORDERS {
        let grown = open.grow(seed, order);
        let sums =
            (0..3).map(|axis| grown.sides[axis].iter().map(|&at| weight(axis, at)).sum::<u64>());
        let size = sums.fold(1, u64::saturating_mul);
        if best.as_ref().is_none_or(|(most, _)| size > *most) {
            best = Some((size, grown));
        }
    }
    best.unwrap_or_default()
}

fn others(cell: &Cell, axis: usize) -> (u32, u32) {
    match axis {
        0 => (cell[1], cell[2]),
        1 => (cell[0], cell[2]),
        _ => (cell[0], cell[1]),
    }
}

/// Merges the coordinates of an axis that have the same cells into the least of them. Leaves the
/// cells ascending.
fn merge_axis(cells: &mut Vec<Cell>, axis: usize) -> FxHashMap<u32, Vec<u32>> {
    cells.sort_unstable_by_key(|cell| (cell[axis], others(cell, axis)));
    let mut known: FxHashMap<Vec<(u32, u32)>, u32> = FxHashMap::default();
    let mut alike: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut kept = Vec::new();
    for run in cells.chunk_by(|a, b| a[axis] == b[axis]) {
        let rest: Vec<(u32, u32)> = run.iter().map(|cell| others(cell, axis)).collect();
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
        let cells: Vec<Cell> =
            (0..5).map(|at| [2, at, 0]).chain([0, 1, 3].map(|at| [at, 2, 0])).collect();
        let expected = [[vec![2], vec![0, 1, 2, 3, 4], vec![0]], [vec![0, 1, 3], vec![2], vec![0]]];
        assert_eq!(boxes(&cells), expected.map(|sides| Cuboid { sides }));
    }

    /// The fewest boxes that hold a set of cells of a 3 × 3 × 2 grid, each cell in one of them: by
    /// trying all.
    fn fewest(left: u32, boxes: &[u32], most: usize) -> usize {
        if left == 0 || most == 0 {
            return 0;
        }
        let first = left & left.wrapping_neg();
        let fits = boxes.iter().filter(|&&held| held & first != 0 && held & !left == 0);
        fits.map(|held| 1 + fewest(left & !held, boxes, most - 1)).min().unwrap_or(usize::MAX)
    }

    #[test]
    fn the_greedy_cover_is_near_the_best_one() {
        let bit = |[a, b, c]: Cell| 1u32 << (a * 6 + b * 2 + c);
        let grid: Vec<Cell> =
            (0..3).flat_map(|a| (0..3).flat_map(move |b| (0..2).map(move |c| [a, b, c]))).collect();
        let mut all_boxes = Vec::new();
        for (a, b, c) in
            (1..8u32).flat_map(|a| (1..8u32).flat_map(move |b| (1..4u32).map(move |c| (a, b, c))))
        {
            let inside = |cell: &&Cell| {
                a >> cell[0] & 1 == 1 && b >> cell[1] & 1 == 1 && c >> cell[2] & 1 == 1
            };
            all_boxes.push(
                grid.iter().filter(inside).map(|cell| bit(*cell)).fold(0, |held, bit| held | bit),
            );
        }
        let (mut greedy, mut best, mut seed) = (0, 0, 1u64);
        for _ in 0..300 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let set = (seed >> 40) as u32 & (seed >> 20) as u32 & 0x3_ffff | (seed >> 46) as u32;
            let cells: Vec<Cell> =
                grid.iter().copied().filter(|cell| set & bit(*cell) != 0).collect();
            let found = boxes(&cells);
            let held = found.iter().map(|found| {
                let [a, b, c] = &found.sides;
                let held = grid.iter().filter(|cell| {
                    a.contains(&cell[0]) && b.contains(&cell[1]) && c.contains(&cell[2])
                });
                held.map(|cell| bit(*cell)).fold(0, |held, bit| held | bit)
            });
            let held: Vec<u32> = held.collect();
            let whole = cells.iter().map(|cell| bit(*cell)).fold(0, |held, bit| held | bit);
            assert_eq!(held.iter().fold(0, |all, held| all | held), whole);
            assert_eq!(
                held.iter().map(|held| held.count_ones()).sum::<u32>(),
                whole.count_ones(),
                "boxes overlap"
            );
            let fewest = fewest(whole, &all_boxes, found.len());
            assert!(
                found.len() <= fewest + 2,
                "{} boxes, {fewest} would do: {cells:?}",
                found.len()
            );
            greedy += found.len();
            best += fewest;
        }
        assert!(best > 500 && greedy * 100 <= best * 110, "{greedy} boxes where {best} would do");
    }
}
