//! The sessions of a matrix from the side of one of their parties: what people can do where, or who
//! can do what on a machine.
//!
//! Parties with the same rows are shown together. A row of a large site may have thousands of
//! classes, so only its digest is kept while others are compared with it, and it is made again when
//! it is asked for.

use super::blocks::Shown;
use super::classes::Matrix;
use super::session::Decider;
use super::start::{StartCell, StartDecider, StartValue};
use super::{Source, SubjectRef};
use crate::semantics::start::Starter;
use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::hash::{Hash, Hasher};

/// A party of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// Users and invites.
    Person,
    /// Jump items and portals.
    Machine,
}

/// Classes of a party with the same rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Ascending.
    pub classes: Vec<u32>,
    /// How many sessions its members have.
    pub sessions: u64,
}

/// What a group has with some classes of the other party: all that holds for all of them, and not
/// for any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Ascending.
    pub others: Vec<u32>,
    /// One of the pairs, by class of subjects and of endpoints: the others have the same values and
    /// deciders.
    pub witness: (u32, u32),
    /// `start` of the witness, and who decided it, if it belongs to the entry.
    pub start: Option<StartCell>,
    /// The permissions of the entry, as a mask.
    pub permissions: u128,
    /// Those of them that do not apply, whose deciders differ.
    pub not_applicable: u128,
}

/// What is said of a session: equal where value and decider are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Statement {
    Start(StartCell),
    NotApplicable(usize),
    /// The permission, its decider, the method if that is the decider, what brought its policy in,
    /// and whether it is unknown because of another permission.
    Permission(usize, Decider, Option<usize>, Option<Source>, bool),
}

/// The sessions of a matrix by a party.
pub struct ByParty<'m> {
    matrix: &'m Matrix,
    party: Party,
    shown: Shown,
    /// By class of subjects and entrance.
    starts: FxHashMap<(u32, u32), Option<StartCell>>,
    starters: FxHashMap<u32, Option<Starter<StartDecider>>>,
}

/// Pairs with the same statements: the number of what is shown of them, what brought their policy
/// in, and `start`.
type Kind = (u32, Option<Source>, Option<StartCell>);

impl<'m> ByParty<'m> {
    /// Prepares to go through a matrix whose classes agree in who decides `start`: see
    /// [`Matrix::divide_by_deciders_of_start`].
    pub fn new(matrix: &'m Matrix, party: Party) -> Self {
        let (starts, starters) = Default::default();
        ByParty { matrix, party, shown: Shown::new(matrix), starts, starters }
    }

    /// The groups of the party that have sessions, in the order of their first members.
    pub fn groups(&mut self) -> Vec<Group> {
        let mut found: IndexMap<[u8; 32], Group> = IndexMap::new();
        for class in 0..self.own_classes() {
            let row = self.row(class);
            if row.is_empty() {
                continue;
            }
            let sessions = self.own_members(class) * self.sessions_of(&row);
            let group = found
                .entry(digest(&row))
                .or_insert_with(|| Group { classes: Vec::new(), sessions: 0 });
            group.classes.push(class);
            group.sessions += sessions;
        }
        found.into_values().collect()
    }

    /// What a group has: first the entry with `start`, then the ones with the most sessions.
    pub fn entries(&mut self, group: &Group) -> Vec<Entry> {
        let Some(&class) = group.classes.first() else { return Vec::new() };
        let row = self.row(class);
        let entry = |(others, statements): (Vec<u32>, Vec<Statement>)| {
            let witness = self.pair(class, others[0]);
            let mut entry =
                Entry { others, witness, start: None, permissions: 0, not_applicable: 0 };
            for statement in statements {
                match statement {
                    Statement::Start(cell) => entry.start = Some(cell),
                    Statement::NotApplicable(at) => {
                        entry.permissions |= 1 << at;
                        entry.not_applicable |= 1 << at;
                    }
                    Statement::Permission(at, ..) => entry.permissions |= 1 << at,
                }
            }
            entry
        };
        let mut entries: Vec<Entry> = row.into_iter().map(entry).collect();
        entries.sort_by_cached_key(|entry| {
            let sessions = self.other_members(&entry.others);
            (entry.start.is_none(), std::cmp::Reverse(sessions), entry.others.clone())
        });
        entries
    }

    /// How many members of the other party some classes have.
    pub fn other_members(&self, others: &[u32]) -> u64 {
        let members = |at: &u32| match self.party {
            Party::Person => self.matrix.endpoint_classes[*at as usize].members.len() as u64,
            Party::Machine => self.matrix.subject_classes[*at as usize].members.len() as u64,
        };
        others.iter().map(members).sum()
    }

    fn own_classes(&self) -> u32 {
        match self.party {
            Party::Person => self.matrix.subject_classes.len() as u32,
            Party::Machine => self.matrix.endpoint_classes.len() as u32,
        }
    }

    fn own_members(&self, class: u32) -> u64 {
        match self.party {
            Party::Person => self.matrix.subject_classes[class as usize].members.len() as u64,
            Party::Machine => self.matrix.endpoint_classes[class as usize].members.len() as u64,
        }
    }

    fn pair(&self, own: u32, other: u32) -> (u32, u32) {
        match self.party {
            Party::Person => (own, other),
            Party::Machine => (other, own),
        }
    }

    /// How many members of the other party a row is about.
    fn sessions_of(&self, row: &[(Vec<u32>, Vec<Statement>)]) -> u64 {
        let mut others: Vec<u32> = row.iter().flat_map(|(others, _)| others).copied().collect();
        others.sort_unstable();
        others.dedup();
        self.other_members(&others)
    }

    /// What a class has with which classes of the other party, each statement once.
    fn row(&mut self, class: u32) -> Vec<(Vec<u32>, Vec<Statement>)> {
        let matrix = self.matrix;
        let others = match self.party {
            Party::Person => matrix.endpoint_classes.len() as u32,
            Party::Machine => matrix.subject_classes.len() as u32,
        };
        // Few kinds of pairs meet in one row.
        let mut kinds: IndexMap<Kind, Vec<u32>> = IndexMap::new();
        for other in 0..others {
            let (subject, endpoint) = self.pair(class, other);
            if self.other_members(&[other]) == 0 || !matrix.has_sessions(subject, endpoint) {
                continue;
            }
            let (number, via) = self.shown.with_via(matrix, subject, endpoint);
            let start = self.start(subject, endpoint);
            kinds.entry((number, via, start)).or_default().push(other);
        }
        let mut of_statement: IndexMap<Statement, Vec<u32>> = IndexMap::new();
        for ((_, via, start), others) in kinds {
            let mut add = |statement: Statement| {
                of_statement.entry(statement).or_default().extend(&others);
            };
            start.map(Statement::Start).into_iter().for_each(&mut add);
            self.statements(self.pair(class, others[0]), via, &mut add);
        }
        let mut row: IndexMap<Vec<u32>, Vec<Statement>> = IndexMap::new();
        for (statement, mut others) in of_statement {
            others.sort_unstable();
            row.entry(others).or_default().push(statement);
        }
        row.into_iter().collect()
    }

    fn statements(
        &self,
        (subject, endpoint): (u32, u32),
        via: Option<Source>,
        add: &mut impl FnMut(Statement),
    ) {
        let matrix = self.matrix;
        let (stack, cells) = matrix.resolve(subject, endpoint);
        let method = matrix.endpoint_classes[endpoint as usize].method;
        for permission in matrix.visible_permissions() {
            if cells.not_applicable >> permission & 1 == 1 {
                add(Statement::NotApplicable(permission));
                continue;
            }
            let decider = cells.decider(&stack, permission);
            let method = (decider == Decider::Method).then_some(method);
            let is_of_groups = match decider {
                Decider::Policy(layer, _) => matrix.ir.profile.layers[layer].kind.is_of_groups(),
                Decider::BuiltIn | Decider::Method => false,
            };
            let unknown = cells.unknown >> permission & 1 == 1;
            let via = via.filter(|_| is_of_groups);
            add(Statement::Permission(permission, decider, method, via, unknown));
        }
    }

    /// `start` of a pair of classes, and who decided it; `None` where it is not shown.
    fn start(&mut self, subject: u32, endpoint: u32) -> Option<StartCell> {
        let matrix = self.matrix;
        let starts = matrix.starts.as_ref().filter(|_| matrix.shows_start)?;
        let entrance = matrix.entrance(endpoint);
        if let Some(known) = self.starts.get(&(subject, entrance)) {
            return *known;
        }
        let who = *matrix.subject_classes[subject as usize].members.first()? as usize;
        let place = *matrix.endpoint_classes[endpoint as usize].members.first()? as usize;
        let starter = self.starters.entry(subject).or_insert_with(|| matrix.starter(who));
        let cell = match starter {
            Some(starter) => Some(starts.cell_of(starter, &matrix.endpoints[place].0)),
            None => matrix.start_cell(who, place),
        };
        self.starts.insert((subject, entrance), cell);
        cell
    }
}

/// Equal for equal rows.
fn digest(row: &[(Vec<u32>, Vec<Statement>)]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for (others, statements) in row {
        digest.update((others.len() as u64).to_le_bytes());
        others.iter().for_each(|other| digest.update(other.to_le_bytes()));
        digest.update((statements.len() as u64).to_le_bytes());
        for statement in statements {
            // What is hashed has a definite form, whatever the hasher makes of it.
            let mut bytes = Bytes(&mut digest);
            statement.hash(&mut bytes);
        }
    }
    digest.finalize().into()
}

/// Takes what is hashed into a digest that does not repeat itself.
struct Bytes<'d>(&'d mut Sha256);

impl Hasher for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

impl Matrix {
    /// Divides the classes of subjects until all members of a class have the same deciders of
    /// `start` wherever they have sessions.
    pub fn divide_by_deciders_of_start(&mut self) {
        if !self.shows_start || self.starts.is_none() {
            return;
        }
        let mut places: FxHashMap<u32, u32> = FxHashMap::default();
        for (class, at) in self.endpoint_classes.iter().zip(0..) {
            if let Some(&member) = class.members.first() {
                places.entry(self.entrance(at)).or_insert(member);
            }
        }
        let mut places: Vec<u32> = places.into_values().collect();
        places.sort_unstable();
        let mut known: FxHashMap<Vec<Option<StartDecider>>, u32> = FxHashMap::default();
        // Users who set nothing themselves have the same deciders if they are in the same groups.
        let mut shared: FxHashMap<u32, u32> = FxHashMap::default();
        let mut keys = Vec::with_capacity(self.subjects.len());
        for (at, (subject, class)) in self.subjects.iter().enumerate() {
            let is_in = !self.subject_classes[*class as usize].members.is_empty();
            if let (true, SubjectRef::Invite(_)) = (is_in, subject) {
                keys.push(Some(u32::MAX));
                continue;
            }
            let group = self.shared_class(at);
            let key = group.and_then(|group| shared.get(&group)).copied();
            let key = is_in.then(|| {
                key.unwrap_or_else(|| {
                    let next = known.len() as u32;
                    *known.entry(self.deciders_of_start(at, &places)).or_insert(next)
                })
            });
            if let (Some(group), Some(key)) = (group, key) {
                shared.insert(group, key);
            }
            keys.push(key);
        }
        let endpoints: Vec<bool> = (self.endpoints.iter())
            .map(|(_, class)| !self.endpoint_classes[*class as usize].members.is_empty())
            .collect();
        self.select(|at| keys[at], |at| endpoints[at].then_some(()));
    }

    /// Who decides `start` of a user at some endpoints, where there are sessions.
    fn deciders_of_start(&self, subject: usize, places: &[u32]) -> Vec<Option<StartDecider>> {
        let (Some(starts), Some(starter)) = (&self.starts, self.starter(subject)) else {
            return Vec::new();
        };
        let cells = places.iter().map(|place| {
            let cell = starts.cell_of(&starter, &self.endpoints[*place as usize].0);
            (self.all_pairs || cell.value != StartValue::Deny).then_some(cell.by)
        });
        cells.collect()
    }
}
