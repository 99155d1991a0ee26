//! Sessions with the same policies. What can be started divides subjects and endpoints into more
//! classes than their policies do; but the policies and the method alone decide the cells. So each
//! pair of policies is resolved once for all the classes that have it.

use super::classes::Matrix;
use super::session::{Cells, Stack, merged};
use super::start::StartValue;
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Subjects that contribute the same policies to the sessions of a slot.
#[derive(Clone, Debug)]
pub struct SubjectGroup {
    /// The policies of the layers that belong to the subject.
    pub stack: Stack,
    /// Indices into [`Matrix::subject_classes`], ascending.
    pub classes: Vec<u32>,
}

/// Endpoints of one method that contribute the same policies.
#[derive(Clone, Debug)]
pub struct EndpointGroup {
    /// Index into the profile's methods.
    pub method: usize,
    /// The policies of the layers that belong to the target, and of the global default.
    pub stack: Stack,
    /// Indices into [`Matrix::endpoint_classes`], ascending.
    pub classes: Vec<u32>,
}

/// The classes of a matrix by their policies.
#[derive(Clone, Debug)]
pub struct Policies {
    /// By slot, in the order of their first classes.
    pub subjects: Vec<Vec<SubjectGroup>>,
    /// In the order of their first classes.
    pub endpoints: Vec<EndpointGroup>,
}

/// All pairs of a subject and an endpoint, of one method, that have the same policies.
#[derive(Clone, Copy, Debug)]
pub struct PolicyPair<'p> {
    /// The policies.
    pub stack: Stack,
    /// Which layer decides what.
    pub cells: Cells,
    /// Index into the profile's methods.
    pub method: usize,
    /// Indices: that of the subjects among those of the method's slot, and that of the endpoints.
    pub at: (usize, usize),
    /// The subjects.
    pub subjects: &'p SubjectGroup,
    /// The endpoints.
    pub endpoints: &'p EndpointGroup,
}

impl Policies {
    /// Finds which classes have the same policies.
    pub fn new(matrix: &Matrix) -> Self {
        let subjects = (0..matrix.ir.profile.slots()).map(|slot| {
            let stacks = matrix.subject_classes.iter().map(|class| class.stacks[slot]);
            let groups = grouped(stacks).into_iter();
            groups.map(|(stack, classes)| SubjectGroup { stack, classes }).collect()
        });
        let keys = matrix.endpoint_classes.iter().map(|class| (class.method, class.stack));
        let endpoints = grouped(keys)
            .into_iter()
            .map(|((method, stack), classes)| EndpointGroup { method, stack, classes })
            .collect();
        Policies { subjects: subjects.collect(), endpoints }
    }

    /// By slot and class of subjects, of which there are so many: the index of its group.
    pub fn subject_groups(&self, classes: usize) -> Vec<Vec<u32>> {
        let of_slot = |groups: &Vec<SubjectGroup>| {
            group_of(groups.iter().map(|group| &group.classes), classes)
        };
        self.subjects.iter().map(of_slot).collect()
    }

    /// By class of endpoints, of which there are so many: the index of its group.
    pub fn endpoint_groups(&self, classes: usize) -> Vec<u32> {
        group_of(self.endpoints.iter().map(|group| &group.classes), classes)
    }

    /// Resolves each pair once: endpoints in their order, and for each the subjects in theirs.
    pub fn each_pair(&self, matrix: &Matrix, mut look: impl FnMut(PolicyPair<'_>)) {
        for (endpoint_at, endpoints) in self.endpoints.iter().enumerate() {
            let method = endpoints.method;
            let of_slot = &self.subjects[matrix.ir.profile.slot_of(method)];
            for (subject_at, subjects) in of_slot.iter().enumerate() {
                let stack = merged(&subjects.stack, &endpoints.stack);
                let cells = matrix.rules.resolve(&stack, method);
                let at = (subject_at, endpoint_at);
                look(PolicyPair { stack, cells, method, at, subjects, endpoints });
            }
        }
    }
}

/// By slot, group of subjects and place: how many of the subjects have sessions there.
#[derive(Clone, Debug)]
pub struct SubjectsAt {
    /// By slot: one group of subjects after another.
    at: Vec<Vec<u32>>,
    entrances: usize,
}

impl SubjectsAt {
    /// Counts the subjects of each group at each place.
    pub fn new(matrix: &Matrix, policies: &Policies) -> Self {
        let entrances = matrix.entrances();
        let group_of = policies.subject_groups(matrix.subject_classes.len());
        let groups = policies.subjects.iter().map(Vec::len);
        let mut at: Vec<Vec<u32>> = groups.map(|groups| vec![0; groups * entrances]).collect();
        for class in 0..matrix.subject_classes.len() {
            let members = matrix.subject_classes[class].members.len() as u32;
            let row = matrix.start_row(class as u32).into_iter().enumerate();
            let having = row.filter(|(_, start)| matrix.all_pairs || *start != StartValue::Deny);
            for (entrance, _) in having {
                for (at, group_of) in at.iter_mut().zip(&group_of) {
                    at[group_of[class] as usize * entrances + entrance] += members;
                }
            }
        }
        SubjectsAt { at, entrances }
    }

    /// By entrance: how many subjects of a pair have sessions there.
    pub fn of_pair(&self, matrix: &Matrix, pair: &PolicyPair<'_>) -> &[u32] {
        let subjects = &self.at[matrix.ir.profile.slot_of(pair.method)];
        &subjects[pair.at.0 * self.entrances..][..self.entrances]
    }

    /// How many sessions a pair has, where `endpoints` says how many endpoints of a class count.
    pub fn sessions(
        &self,
        matrix: &Matrix,
        pair: &PolicyPair<'_>,
        endpoints: impl Fn(usize) -> u64,
    ) -> u64 {
        let subjects = self.of_pair(matrix, pair);
        let sessions = pair.endpoints.classes.iter().map(|&class| {
            u64::from(subjects[matrix.entrance(class) as usize]) * endpoints(class as usize)
        });
        sessions.sum()
    }
}

/// By class: the index of the group that has it.
fn group_of<'g>(groups: impl Iterator<Item = &'g Vec<u32>>, classes: usize) -> Vec<u32> {
    let mut group_of = vec![0; classes];
    for (group, at) in groups.zip(0..) {
        group.iter().for_each(|class| group_of[*class as usize] = at);
    }
    group_of
}

/// The numbers of equal keys, in the order of their first ones.
fn grouped<K: Copy + Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<(K, Vec<u32>)> {
    let mut known: FxHashMap<K, usize> = FxHashMap::default();
    let mut groups: Vec<(K, Vec<u32>)> = Vec::new();
    for (key, number) in keys.zip(0..) {
        let at = *known.entry(key).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(number);
    }
    groups
}
