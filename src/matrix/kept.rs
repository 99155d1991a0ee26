//! A part of a matrix: some of its subjects and endpoints, and some of their sessions.

use super::classes::{EndpointClass, Matrix, SubjectClass};
use super::parties::SubjectRef;
use crate::ir::UserId;
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// By class of subjects and class of endpoints: whether their sessions are kept, as bits.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    rows: Vec<Vec<u64>>,
}

impl Kept {
    pub(super) fn has(&self, subject_class: u32, endpoint_class: u32) -> bool {
        let bits = self.rows[subject_class as usize][endpoint_class as usize / 64];
        bits >> (endpoint_class % 64) & 1 == 1
    }
}

impl Matrix {
    /// Leaves out subjects and endpoints, by their indices, and divides the classes of those that
    /// stay by keys. The key `None` leaves one out. Indices stay what they are: what is left out
    /// falls into a class without members.
    pub fn select<S: Hash + Eq, E: Hash + Eq>(
        &mut self,
        subject: impl Fn(usize) -> Option<S>,
        endpoint: impl Fn(usize) -> Option<E>,
    ) {
        let old = std::mem::take(&mut self.subject_classes);
        let make = |class: u32, members| SubjectClass { members, ..old[class as usize].clone() };
        self.subject_classes = divide(&mut self.subjects, subject, make);
        let old = std::mem::take(&mut self.endpoint_classes);
        let make = |class: u32, members| EndpointClass { members, ..old[class as usize].clone() };
        self.endpoint_classes = divide(&mut self.endpoints, endpoint, make);
        self.kept = None;
    }

    /// Keeps only sessions of some pairs of classes.
    pub fn keep(&mut self, row: impl Fn(&Matrix, u32) -> Vec<bool>) {
        let subjects = 0..self.subject_classes.len() as u32;
        let bits = |row: Vec<bool>| -> Vec<u64> {
            let word = |bits: &[bool]| {
                bits.iter().rev().fold(0, |word, &kept| word << 1 | u64::from(kept))
            };
            row.chunks(64).map(word).collect()
        };
        let mut used =
            (vec![false; self.subject_classes.len()], vec![false; self.endpoint_classes.len()]);
        let rows = subjects.map(|class| {
            let row = row(self, class);
            used.0[class as usize] = row.contains(&true);
            used.1.iter_mut().zip(&row).for_each(|(used, kept)| *used |= kept);
            bits(row)
        });
        self.kept = Some(Kept { rows: rows.collect() });
        // Who has no session that is kept is left out.
        for (class, _) in self.subject_classes.iter_mut().zip(used.0).filter(|(_, used)| !used) {
            class.members.clear();
        }
        for (class, _) in self.endpoint_classes.iter_mut().zip(used.1).filter(|(_, used)| !used) {
            class.members.clear();
        }
    }

    /// Whether the sessions of two classes are in the part of the matrix that is kept.
    pub fn is_kept(&self, subject_class: u32, endpoint_class: u32) -> bool {
        let has = |kept: &Kept| kept.has(subject_class, endpoint_class);
        let [subjects, endpoints] = [
            &self.subject_classes[subject_class as usize].members,
            &self.endpoint_classes[endpoint_class as usize].members,
        ];
        !subjects.is_empty() && !endpoints.is_empty() && self.kept.as_ref().is_none_or(has)
    }

    /// Whether anything was left out.
    pub fn is_part(&self) -> bool {
        self.kept.is_some()
            || self.subject_classes.iter().any(|class| class.members.is_empty())
            || self.endpoint_classes.iter().any(|class| class.members.is_empty())
    }

    /// Whether a user is in the part of the matrix that is kept.
    pub fn has_user(&self, user: UserId) -> bool {
        // Subjects are the invites, then the users.
        let (_, class) = self.subjects[self.ir.tables.invites.len() + user.index()];
        !self.subject_classes[class as usize].members.is_empty()
    }

    /// The account class of a user who sets nothing of it itself, and has no jump items in a list
    /// of its own: for all users of one such class, the same lines decide what they can start.
    pub fn shared_class(&self, subject: usize) -> Option<u32> {
        let SubjectRef::User(user) = self.subjects[subject].0 else { return None };
        let grants = &self.ir.tables.users[user.index()].grants;
        let sets_nothing = grants.settings.is_empty()
            && grants.memberships.is_empty()
            && grants.memberships_unknown.is_none();
        let owns = self.starts.as_ref().is_some_and(|starts| starts.is_owner(user));
        (sets_nothing && !owns).then(|| self.accounts.class_of(user))
    }
}

/// Divides classes by keys of their members, and numbers the new ones by their first members.
fn divide<T, K: Hash + Eq, C>(
    items: &mut [(T, u32)],
    key: impl Fn(usize) -> Option<K>,
    make: impl Fn(u32, Vec<u32>) -> C,
) -> Vec<C> {
    let mut known: FxHashMap<(u32, K), u32> = FxHashMap::default();
    let mut classes: Vec<(u32, Vec<u32>)> = Vec::new();
    let mut left_out = Vec::new();
    for (at, (_, class)) in items.iter_mut().enumerate() {
        let Some(key) = key(at) else {
            left_out.push(at);
            continue;
        };
        let old = *class;
        *class = *known.entry((old, key)).or_insert_with(|| {
            classes.push((old, Vec::new()));
            classes.len() as u32 - 1
        });
        classes[*class as usize].1.push(at as u32);
    }
    if let Some(&first) = left_out.first() {
        let old = items[first].1;
        for at in left_out {
            items[at].1 = classes.len() as u32;
        }
        classes.push((old, Vec::new()));
    }
    classes.into_iter().map(|(old, members)| make(old, members)).collect()
}
