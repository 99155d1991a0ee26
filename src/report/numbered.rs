//! Numbers for what reports that hold a whole matrix have once: policies of subjects and of
//! endpoints, and places where sessions begin.

use crate::matrix::Matrix;
use crate::matrix::session::Stack;
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Things by their numbers, each once.
pub(in crate::report) struct Numbered<T> {
    numbers: FxHashMap<T, u32>,
    /// By number.
    pub things: Vec<T>,
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    pub(in crate::report) fn new() -> Self {
        Numbered { numbers: FxHashMap::default(), things: Vec::new() }
    }

    /// The number of a thing, which may be new.
    pub(in crate::report) fn number(&mut self, thing: T) -> u32 {
        if let Some(known) = self.numbers.get(&thing) {
            return *known;
        }
        let number = self.things.len() as u32;
        self.things.push(thing.clone());
        self.numbers.insert(thing, number);
        number
    }
}

/// The policies of subjects and of endpoints: the permissions of a session depend on these two
/// alone.
pub(in crate::report) struct Stacks {
    /// The different ones of subjects.
    pub subjects: Vec<Stack>,
    /// By class of subjects and slot.
    pub of_subjects: Vec<[u32; 2]>,
    /// The different ones of endpoints, with the method.
    pub endpoints: Vec<(usize, Stack)>,
    /// By class of endpoints.
    pub of_endpoints: Vec<u32>,
}

impl Stacks {
    pub(in crate::report) fn new(matrix: &Matrix) -> Stacks {
        let mut subjects = Numbered::new();
        let mut endpoints = Numbered::new();
        let of_subject = |stack| subjects.number(stack);
        let mut of_subject = of_subject;
        let of_subjects =
            matrix.subject_classes.iter().map(|class| class.stacks.map(&mut of_subject)).collect();
        let of_endpoints = matrix
            .endpoint_classes
            .iter()
            .map(|class| endpoints.number((class.method, class.stack)))
            .collect();
        Stacks { subjects: subjects.things, of_subjects, endpoints: endpoints.things, of_endpoints }
    }
}

/// By place where sessions begin: an endpoint that is found there.
pub(in crate::report) fn endpoint_of_place(matrix: &Matrix) -> Vec<usize> {
    let mut places = vec![0; matrix.entrances()];
    for (class, at) in matrix.endpoint_classes.iter().zip(0..) {
        if let Some(&member) = class.members.first() {
            places[matrix.entrance(at) as usize] = member as usize;
        }
    }
    places
}
