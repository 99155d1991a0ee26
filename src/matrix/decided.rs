//! What each session policy decides: in how many sessions, for how many people and targets, and by
//! which of its lines.

use super::classes::Matrix;
use super::pairs::{Policies, PolicyPair, SubjectsAt};
use super::session::NONE;
use super::start::StartValue;
use crate::ir::PolicyId;
use std::collections::{BTreeMap, BTreeSet};

/// What a session policy decides in the sessions of a matrix.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// In how many sessions it decides something that applies.
    pub sessions: u64,
    /// How many users and invites have such sessions.
    pub people: u64,
    /// How many jump items and portals do.
    pub targets: u64,
    /// By permission: in how many sessions its line decides.
    pub lines: Vec<u64>,
}

/// What each of some session policies decides, in the order of the policies.
pub fn decided(matrix: &Matrix, policies: &[PolicyId]) -> Vec<Decided> {
    let groups = Policies::new(matrix);
    let subjects_at = SubjectsAt::new(matrix, &groups);
    let rows = Places::rows(matrix);
    let entrances = |classes: &[u32]| {
        Places::of(matrix, classes.iter().map(|class| matrix.entrance(*class) as usize))
    };
    let places: Vec<Places> =
        groups.endpoints.iter().map(|group| entrances(&group.classes)).collect();
    let mut found: Vec<Found> = policies.iter().map(|_| Found::new(matrix)).collect();
    let mut at = vec![usize::MAX; matrix.ir.tables.policies.len()];
    policies.iter().zip(0..).for_each(|(policy, number)| at[policy.index()] = number);
    groups.each_pair(matrix, |pair| {
        for (policy, mask) in deciding(&pair) {
            let number = at[policy as usize];
            if number != usize::MAX {
                let members = |class: usize| matrix.endpoint_classes[class].members.len() as u64;
                let sessions = subjects_at.sessions(matrix, &pair, members);
                if sessions > 0 {
                    let there = (subjects_at.of_pair(matrix, &pair), &places[pair.at.1]);
                    found[number].add(matrix, &pair, (mask, sessions), there, &rows);
                }
            }
        }
    });
    found.into_iter().map(|found| found.counted(matrix)).collect()
}

/// The policies of a pair that decide something that applies, and what.
fn deciding(pair: &PolicyPair<'_>) -> Vec<(u32, u128)> {
    let mut found: Vec<(u32, u128)> = Vec::new();
    for (layer, &policy) in pair.stack.iter().enumerate() {
        let left_out = pair.cells.not_applicable | pair.cells.fixed;
        let mask = pair.cells.decided_by_layer[layer] & !left_out;
        if policy == NONE || mask == 0 {
            continue;
        }
        // A policy may be in several layers.
        match found.iter_mut().find(|(known, _)| *known == policy) {
            Some((_, known)) => *known |= mask,
            None => found.push((policy, mask)),
        }
    }
    found
}

/// What was found for one policy.
struct Found {
    sessions: u64,
    lines: Vec<u64>,
    /// By class.
    subjects: Vec<bool>,
    /// By class.
    endpoints: Vec<bool>,
}

impl Found {
    fn new(matrix: &Matrix) -> Found {
        Found {
            sessions: 0,
            lines: vec![0; matrix.ir.profile.permissions.len()],
            subjects: vec![false; matrix.subject_classes.len()],
            endpoints: vec![false; matrix.endpoint_classes.len()],
        }
    }

    fn add(
        &mut self,
        matrix: &Matrix,
        pair: &PolicyPair<'_>,
        (mask, sessions): (u128, u64),
        (subjects_at, places): (&[u32], &Places),
        rows: &[Places],
    ) {
        self.sessions += sessions;
        for (permission, count) in self.lines.iter_mut().enumerate() {
            *count += if mask >> permission & 1 == 1 { sessions } else { 0 };
        }
        for &class in &pair.subjects.classes {
            self.subjects[class as usize] |= rows[class as usize].meets(places);
        }
        for &class in &pair.endpoints.classes {
            self.endpoints[class as usize] |= subjects_at[matrix.entrance(class) as usize] > 0;
        }
    }

    fn counted(self, matrix: &Matrix) -> Decided {
        let subjects = matrix.subject_classes.iter().zip(&self.subjects);
        let people = subjects.filter(|(_, has)| **has).map(|(class, _)| class.members.len() as u64);
        let endpoints = self.endpoints.iter().zip(0..);
        let endpoints = endpoints.filter(|(has, _)| **has).map(|(_, class)| class);
        let (people, targets) = (people.sum(), matrix.target_count(endpoints));
        Decided { sessions: self.sessions, people, targets, lines: self.lines }
    }
}

/// Counts the people who have sessions at some places.
pub struct PeopleAt {
    rows: Vec<Places>,
    /// Many targets are entered at the same places.
    known: BTreeMap<BTreeSet<u32>, u64>,
}

impl PeopleAt {
    /// Prepares to count.
    pub fn new(matrix: &Matrix) -> PeopleAt {
        PeopleAt { rows: Places::rows(matrix), known: BTreeMap::new() }
    }

    /// How many users and invites have sessions at one of some entrances or at several.
    pub fn count(&mut self, matrix: &Matrix, entrances: BTreeSet<u32>) -> u64 {
        let rows = &self.rows;
        let count = |entrances: &BTreeSet<u32>| {
            let places = Places::of(matrix, entrances.iter().map(|at| *at as usize));
            let classes = matrix.subject_classes.iter().zip(rows);
            let there = classes.filter(|(_, row)| row.meets(&places));
            there.map(|(class, _)| class.members.len() as u64).sum()
        };
        if let Some(known) = self.known.get(&entrances) {
            return *known;
        }
        let people = count(&entrances);
        self.known.insert(entrances, people);
        people
    }
}

/// A set of places where sessions begin, as bits.
struct Places(Vec<u64>);

impl Places {
    fn of(matrix: &Matrix, places: impl Iterator<Item = usize>) -> Places {
        let mut bits = vec![0; matrix.entrances().div_ceil(64)];
        places.for_each(|place| bits[place / 64] |= 1 << (place % 64));
        Places(bits)
    }

    /// By class of subjects: where they have sessions.
    fn rows(matrix: &Matrix) -> Vec<Places> {
        let row = |class: u32| {
            let starts = matrix.start_row(class).into_iter().enumerate();
            let having = starts.filter(|(_, start)| matrix.all_pairs || *start != StartValue::Deny);
            Places::of(matrix, having.map(|(place, _)| place))
        };
        (0..matrix.subject_classes.len() as u32).map(row).collect()
    }

    fn meets(&self, other: &Places) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }
}
