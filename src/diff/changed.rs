//! Which joint pairs of classes may have changed. A large site has many pairs of classes and few
//! kinds of them: pairs whose sessions are made of the same policies and can be started alike have
//! the same changes. So each kind is compared once, and pairs that no edit touches are passed over.

use super::joint::JointClass;
use super::{Diff, OneOrBoth, Side, Sided};
use crate::matrix::session::{NONE, Stack};
use crate::matrix::{Matrix, StartValue};
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::rc::Rc;

/// How many values are kept for kinds of pairs; about 40 MB of changes.
const MAX_KEPT: usize = 300_000;

/// Equal for pairs of classes whose sessions have the same cells on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PairKind {
    subject: u32,
    endpoint: u32,
    starts: Starts,
}

/// `start` on the sides that have the sessions.
type Starts = Sided<Option<StartValue>>;

/// Goes through the joint pairs of classes of a diff that may have changed.
#[derive(Debug)]
pub struct ChangedPairs<'d> {
    diff: &'d Diff,
    subjects: Parts,
    endpoints: Parts,
    /// By joint class of endpoints: the index of its entrances.
    entrances_of: Vec<u32>,
    /// Where sessions begin in OLD and in NEW, without repeats.
    entrances: Vec<Sided<Option<u32>>>,
    /// The joint classes of endpoints that some edit touches.
    touched: Vec<u32>,
}

/// What classes of subjects, or of endpoints, contribute to sessions.
#[derive(Debug)]
struct Parts {
    /// By joint class: equal for those that contribute the same policies on both sides.
    numbers: Vec<u32>,
    /// How many numbers there are.
    count: usize,
    /// By joint class: whether both sides have it, and no edit touches what it contributes.
    is_same: Vec<bool>,
}

impl<'d> ChangedPairs<'d> {
    /// Finds what the classes of a diff contribute.
    pub fn new(diff: &'d Diff) -> Self {
        let sessions = &diff.sessions;
        let subjects = Parts::new(diff, &sessions.subject_classes, |matrix, class| {
            (0, matrix.subject_classes[class as usize].stacks)
        });
        let endpoints = Parts::new(diff, &sessions.endpoint_classes, |matrix, class| {
            let class = &matrix.endpoint_classes[class as usize];
            (class.method, [class.stack; 2])
        });
        let (mut numbers, mut entrances) = (FxHashMap::default(), Vec::new());
        let entrances_of = sessions.endpoint_classes.iter().map(|class| {
            let entrances_of_class = class.classes.options();
            let entrances_of_class =
                entrances_of_class.map(|side, class| Some(diff.matrix(side).entrance(class?)));
            *numbers.entry(entrances_of_class).or_insert_with(|| {
                entrances.push(entrances_of_class);
                entrances.len() as u32 - 1
            })
        });
        let entrances_of = entrances_of.collect();
        let touched = (0..).zip(&endpoints.is_same).filter(|(_, same)| !**same);
        let touched = touched.map(|(class, _)| class).collect();
        ChangedPairs { diff, subjects, endpoints, entrances_of, entrances, touched }
    }

    /// What is found for each pair is kept by its kind.
    pub fn by_kind<T>(&self) -> ByKind<'_, T> {
        ByKind { pairs: self, known: FxHashMap::default(), kept: 0 }
    }

    /// The joint classes of endpoints where sessions of a joint class of subjects may have changed,
    /// ascending. Everywhere else no cell and no decider has.
    fn candidates(&self, subject: u32, starts: &[Starts]) -> Vec<u32> {
        let all = 0..self.entrances_of.len() as u32;
        if !self.subjects.is_same[subject as usize] {
            return all.collect();
        }
        let has_moved = |starts: &Starts| match (starts.old, starts.new) {
            (Some(old), Some(new)) => self.diff.start_direction(old, new).is_some(),
            (None, None) => false,
            _ => true,
        };
        let moved: Vec<bool> = starts.iter().map(has_moved).collect();
        if !moved.contains(&true) {
            return self.touched.clone();
        }
        let may_differ = |endpoint: &u32| {
            let at = *endpoint as usize;
            !self.endpoints.is_same[at] || moved[self.entrances_of[at] as usize]
        };
        all.filter(may_differ).collect()
    }

    /// By entrances: what a joint class of subjects has there, on the sides that have the sessions.
    fn starts(&self, subject: u32) -> Vec<Starts> {
        let classes = self.diff.sessions.subject_classes[subject as usize].classes.options();
        let rows = classes.map(|side, class| Some(self.diff.matrix(side).start_row(class?)));
        let start = |side: Side, entrance: Option<u32>| {
            let start = rows[side].as_ref()?[entrance? as usize];
            (self.diff.all_pairs || start != StartValue::Deny).then_some(start)
        };
        self.entrances.iter().map(|entrances| entrances.map(start)).collect()
    }
}

impl Parts {
    fn new(
        diff: &Diff,
        classes: &[JointClass],
        contribution: impl Fn(&Matrix, u32) -> (usize, [Stack; 2]),
    ) -> Parts {
        if diff.written.is_some() {
            // What an unknown cell would be is looked up pair by pair.
            let numbers = (0..classes.len() as u32).collect();
            return Parts { numbers, count: classes.len(), is_same: vec![false; classes.len()] };
        }
        let mut numbers = Numbers::default();
        let of = |class: &JointClass| {
            class.classes.map(|side, class| contribution(diff.matrix(side), class))
        };
        let (numbers_of, is_same) = classes
            .iter()
            .map(|class| {
                let found = of(class);
                let is_same = match found {
                    OneOrBoth::Both(Sided { old: (_, old), new: (_, new) }) => {
                        let slots = old.iter().zip(&new);
                        diff.edits.profile.is_none()
                            && slots.into_iter().all(|(old, new)| diff.is_untouched(old, new))
                    }
                    OneOrBoth::Old(_) | OneOrBoth::New(_) => false,
                };
                (numbers.of(found), is_same)
            })
            .unzip();
        Parts { numbers: numbers_of, count: numbers.0.len(), is_same }
    }
}

impl Diff {
    /// Whether two lists of policies, of OLD and of NEW, are the same ones, none of which was
    /// edited.
    pub(super) fn is_untouched(&self, old: &Stack, new: &Stack) -> bool {
        old.iter().zip(new).all(|(&old, &new)| match (old, new) {
            (NONE, NONE) => true,
            (NONE, _) | (_, NONE) => false,
            _ => {
                let number = self.edits.policies.number(Side::Old, old);
                number == new && !self.edits.edited_policies[number as usize]
            }
        })
    }
}

/// Numbers values in the order in which they are first seen.
#[derive(Debug)]
pub(super) struct Numbers<T>(FxHashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Numbers(FxHashMap::default())
    }
}

impl<T: Hash + Eq> Numbers<T> {
    pub(super) fn of(&mut self, thing: T) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(thing).or_insert(next)
    }
}

/// What was found for kinds of pairs.
#[derive(Debug)]
pub struct ByKind<'p, T> {
    pairs: &'p ChangedPairs<'p>,
    known: FxHashMap<PairKind, Rc<[T]>>,
    kept: usize,
}

impl<T> ByKind<'_, T> {
    /// The joint classes of endpoints, ascending, where something is found for a joint class of
    /// subjects. `find` is asked for the first pair of each kind; it finds nothing for a pair that
    /// has not changed.
    pub fn of_subject(
        &mut self,
        subject: u32,
        mut find: impl FnMut(u32) -> Vec<T>,
    ) -> Vec<(u32, Rc<[T]>)> {
        let pairs = self.pairs;
        let starts = pairs.starts(subject);
        let candidates = pairs.candidates(subject, &starts);
        if candidates.is_empty() {
            return Vec::new();
        }
        // The kinds of one subject differ in the endpoint and in `start`, of which there are few.
        let mut distinct: Numbers<Starts> = Numbers::default();
        let start_of: Vec<u32> = starts.iter().map(|starts| distinct.of(*starts)).collect();
        let mut of_kind: Vec<Option<Rc<[T]>>> =
            vec![None; distinct.0.len() * pairs.endpoints.count];
        let mut found = Vec::new();
        for endpoint in candidates {
            let entrances = pairs.entrances_of[endpoint as usize] as usize;
            if starts[entrances].presence().is_none() {
                continue;
            }
            let part = pairs.endpoints.numbers[endpoint as usize];
            let at = start_of[entrances] as usize * pairs.endpoints.count + part as usize;
            let of_pair = of_kind[at].get_or_insert_with(|| {
                let subject = pairs.subjects.numbers[subject as usize];
                let kind = PairKind { subject, endpoint: part, starts: starts[entrances] };
                self.known(kind, || find(endpoint))
            });
            if !of_pair.is_empty() {
                found.push((endpoint, Rc::clone(of_pair)));
            }
        }
        found
    }

    /// What is known of a kind, or else is found now. If too much is known, all is forgotten: where
    /// there are so many kinds, few of them come again.
    fn known(&mut self, kind: PairKind, find: impl FnOnce() -> Vec<T>) -> Rc<[T]> {
        if let Some(known) = self.known.get(&kind) {
            return Rc::clone(known);
        }
        let found: Rc<[T]> = find().into();
        if self.kept > MAX_KEPT {
            self.known.clear();
            self.kept = 0;
        }
        self.kept += found.len() + 1;
        self.known.insert(kind, Rc::clone(&found));
        found
    }
}
