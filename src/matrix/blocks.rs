//! Sessions with equal cells (value, decider and line of every permission), as few blocks. Who
//! would have decided a permission that does not apply makes no difference.

use super::classes::Matrix;
use super::session::{Cells, Stack};
use rustc_hash::FxHashMap;

/// Subject classes × endpoint classes, all of whose sessions have equal cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// Ascending.
    pub subject_classes: Vec<u32>,
    /// Ascending.
    pub endpoint_classes: Vec<u32>,
}

/// Sessions with equal cells.
#[derive(Clone, Debug)]
pub struct Block {
    /// One of its sessions, as classes: all others have the same cells.
    pub witness: (u32, u32),
    /// All of its sessions; no two rectangles share one.
    pub rectangles: Vec<Rectangle>,
    /// How many sessions it has.
    pub sessions: u64,
}

/// The blocks of a matrix, in the order of their first sessions.
pub fn blocks(matrix: &Matrix) -> Vec<Block> {
    let shown = matrix.shown;
    let pairs = group(matrix, |stack, cells| {
        let applies = shown & !cells.not_applicable;
        Some((cells.effective(stack, applies), cells.not_applicable & shown, cells.fixed & shown))
    });
    pairs.into_iter().map(|(_, pairs)| block(matrix, &pairs)).collect()
}

/// Pairs of classes by a key of their cells, in the order of their first pairs. Pairs without a key
/// are left out.
pub fn group<K: std::hash::Hash + Eq + Clone>(
    matrix: &Matrix,
    key: impl Fn(&Stack, &Cells) -> Option<K>,
) -> Vec<(K, Vec<(u32, u32)>)> {
    let mut known: FxHashMap<K, usize> = FxHashMap::default();
    let mut groups: Vec<(K, Vec<(u32, u32)>)> = Vec::new();
    for subject in 0..matrix.subject_classes.len() as u32 {
        for endpoint in 0..matrix.endpoint_classes.len() as u32 {
            let (stack, cells) = matrix.resolve(subject, endpoint);
            let Some(key) = key(&stack, &cells) else { continue };
            let at = *known.entry(key).or_insert_with_key(|key| {
                groups.push((key.clone(), Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push((subject, endpoint));
        }
    }
    groups
}

fn block(matrix: &Matrix, pairs: &[(u32, u32)]) -> Block {
    let sessions = pairs.iter().map(|&(subject, endpoint)| {
        let subjects = matrix.subject_classes[subject as usize].members.len() as u64;
        subjects * matrix.endpoint_classes[endpoint as usize].members.len() as u64
    });
    Block { witness: pairs[0], rectangles: rectangles(pairs), sessions: sessions.sum() }
}

/// Covers pairs (ascending) by rectangles: subjects with the same endpoints go together.
pub fn rectangles(pairs: &[(u32, u32)]) -> Vec<Rectangle> {
    let mut rectangles: Vec<Rectangle> = Vec::new();
    let mut known: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
    for row in pairs.chunk_by(|a, b| a.0 == b.0) {
        let endpoint_classes: Vec<u32> = row.iter().map(|&(_, endpoint)| endpoint).collect();
        match known.get(&endpoint_classes) {
            Some(&at) => rectangles[at].subject_classes.push(row[0].0),
            None => {
                known.insert(endpoint_classes.clone(), rectangles.len());
                rectangles.push(Rectangle { subject_classes: vec![row[0].0], endpoint_classes });
            }
        }
    }
    rectangles
}
