//! Groups sessions whose permissions are identical in value, decider and line. For a permission
//! that does not apply, the decider is ignored.

use super::classes::Matrix;
use super::session::{Cells, Stack};
use super::start::StartValue;
use rustc_hash::FxHashMap;

/// Subject classes × endpoint classes, all of whose sessions have identical permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// Ascending.
    pub subject_classes: Vec<u32>,
    /// Ascending.
    pub endpoint_classes: Vec<u32>,
}

/// Sessions with identical permissions.
#[derive(Clone, Debug)]
pub struct Block {
    /// The first of its sessions, as classes. All others have the same permissions.
    pub witness: (u32, u32),
    /// All of its sessions; rectangles do not overlap.
    pub rectangles: Vec<Rectangle>,
    /// How many sessions it has.
    pub sessions: u64,
}

/// The blocks of a matrix, in the order of their first sessions.
pub fn blocks(matrix: &Matrix) -> Vec<Block> {
    let visible = matrix.visible;
    let pairs = group(matrix, |pair, stack, cells| {
        let applies = visible & !cells.not_applicable;
        let (not_applicable, fixed) = (cells.not_applicable & visible, cells.fixed & visible);
        let effective = cells.effective(stack, applies);
        let start = matrix.shows_start.then(|| matrix.start(pair.0, pair.1));
        let unknown = cells.unknown & visible;
        Some((start, effective, matrix.via(pair, &effective), not_applicable, fixed, unknown))
    });
    pairs.into_iter().map(|(_, pairs)| block(matrix, &pairs)).collect()
}

/// Pairs of classes whose sessions the matrix has, by a key of their cells, in the order of their
/// first pairs. Pairs without a key are left out.
pub fn group<K: std::hash::Hash + Eq + Clone>(
    matrix: &Matrix,
    key: impl Fn((u32, u32), &Stack, &Cells) -> Option<K>,
) -> Vec<(K, Vec<(u32, u32)>)> {
    let mut known: FxHashMap<K, usize> = FxHashMap::default();
    let mut groups: Vec<(K, Vec<(u32, u32)>)> = Vec::new();
    for subject in 0..matrix.subject_classes.len() as u32 {
        let starts = matrix.start_row(subject);
        for endpoint in 0..matrix.endpoint_classes.len() as u32 {
            let start = starts[matrix.entrance(endpoint) as usize];
            let begins = matrix.all_pairs || start != StartValue::Deny;
            if !begins || !matrix.is_kept(subject, endpoint) {
                continue;
            }
            let (stack, cells) = matrix.resolve(subject, endpoint);
            let Some(key) = key((subject, endpoint), &stack, &cells) else { continue };
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

/// Covers pairs (ascending) with rectangles: subjects with the same endpoints are combined.
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
