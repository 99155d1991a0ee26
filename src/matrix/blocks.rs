//! Groups sessions whose permissions are identical in value, decider and line. For a permission
//! that does not apply, the decider is ignored.

use super::account::Source;
use super::classes::Matrix;
use super::pairs::Policies;
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
    /// The same number for blocks that differ in nothing but `start`.
    pub permissions: u32,
    /// All of its sessions; rectangles do not overlap.
    pub rectangles: Vec<Rectangle>,
    /// How many sessions it has.
    pub sessions: u64,
}

/// The blocks of a matrix, in the order of their first sessions.
pub fn blocks(matrix: &Matrix) -> Vec<Block> {
    let shown = Shown::new(matrix);
    let mut permissions: FxHashMap<(u32, Option<Source>), u32> = FxHashMap::default();
    let mut known: FxHashMap<(u32, Option<StartValue>), usize> = FxHashMap::default();
    let mut groups: Vec<(u32, Vec<(u32, u32)>)> = Vec::new();
    for subject in 0..matrix.subject_classes.len() as u32 {
        let starts = matrix.start_row(subject);
        for endpoint in 0..matrix.endpoint_classes.len() as u32 {
            let start = starts[matrix.entrance(endpoint) as usize];
            let begins = matrix.all_pairs || start != StartValue::Deny;
            if !begins || !matrix.is_kept(subject, endpoint) {
                continue;
            }
            let next = permissions.len() as u32;
            let shown = shown.with_via(matrix, subject, endpoint);
            let number = *permissions.entry(shown).or_insert(next);
            let key = (number, matrix.shows_start.then_some(start));
            let at = *known.entry(key).or_insert_with(|| {
                groups.push((number, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push((subject, endpoint));
        }
    }
    groups.into_iter().map(|(number, pairs)| block(matrix, number, &pairs)).collect()
}

/// What reports show of the sessions of each pair of policies, numbered without repeats.
pub(super) struct Shown {
    /// By slot and class of subjects: its row.
    rows: Vec<Vec<u32>>,
    /// By class of endpoints: its column.
    columns: Vec<u32>,
    /// By column and row: the number of what is shown, and whether a policy of groups decides some
    /// of it.
    cells: Vec<Vec<(u32, bool)>>,
    slots: Vec<usize>,
}

impl Shown {
    pub(super) fn new(matrix: &Matrix) -> Shown {
        let policies = Policies::new(matrix);
        let mut known = FxHashMap::default();
        let mut cells = vec![Vec::new(); policies.endpoints.len()];
        policies.each_pair(matrix, |pair| {
            let visible = matrix.visible;
            let found = pair.cells;
            let effective = found.effective(&pair.stack, visible & !found.not_applicable);
            let masks =
                [found.not_applicable, found.fixed, found.unknown].map(|bits| bits & visible);
            let next = known.len() as u32;
            let number = *known.entry((effective, masks)).or_insert(next);
            cells[pair.at.1].push((number, matrix.is_of_groups(&effective)));
        });
        Shown {
            rows: policies.subject_groups(matrix.subject_classes.len()),
            columns: policies.endpoint_groups(matrix.endpoint_classes.len()),
            cells,
            slots: matrix
                .endpoint_classes
                .iter()
                .map(|class| matrix.ir.profile.slot_of(class.method))
                .collect(),
        }
    }

    /// The number of what is shown of the sessions of two classes, and what brought a policy in
    /// that decides some of it.
    pub(super) fn with_via(
        &self,
        matrix: &Matrix,
        subject: u32,
        endpoint: u32,
    ) -> (u32, Option<Source>) {
        let slot = self.slots[endpoint as usize];
        let row = self.rows[slot][subject as usize];
        let (number, of_groups) =
            self.cells[self.columns[endpoint as usize] as usize][row as usize];
        let via = matrix.subject_classes[subject as usize].via[slot];
        (number, via.filter(|_| of_groups))
    }
}

fn block(matrix: &Matrix, permissions: u32, pairs: &[(u32, u32)]) -> Block {
    let sessions = pairs.iter().map(|&(subject, endpoint)| {
        let subjects = matrix.subject_classes[subject as usize].members.len() as u64;
        subjects * matrix.endpoint_classes[endpoint as usize].members.len() as u64
    });
    Block {
        witness: pairs[0],
        permissions,
        rectangles: rectangles(pairs),
        sessions: sessions.sum(),
    }
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
