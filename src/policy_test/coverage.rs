//! Which lines decide something that a test looks at.
//!
//! An expectation looks at one permission of every session, or one setting of every account, that
//! its test selects. A line is covered if it decides such a cell, whether the expectation is met or
//! not. So is the assignment by which the deciding policy came, and an assignment of `none` that
//! was asked first and passed the question on. What does not apply because of another permission is
//! decided by the line that decides that one.
//!
//! A line that decides in no session and no account (because others always come first, or because
//! nobody has its policy) is not counted: no test could cover it, and `precedent check` finds it
//! for what it is.

use super::lines::{Line, What, lines, memberships};
use super::select::{self, ByClass};
use super::{Over, Share, tests};
use crate::ir::*;
use crate::matrix::session::bits;
use crate::matrix::{Account, Cells, Matrix};
use crate::profile::Profile;
use crate::source::Span;
use rustc_hash::FxHashSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It decides something that a test looks at.
    Covered,
    /// It decides something, but nothing that a test looks at.
    Uncovered,
    /// It decides in no session and no account.
    Unreached,
}

#[derive(Clone, Debug)]
pub struct Coverage {
    /// In order of place.
    pub lines: Vec<(Line, State)>,
    /// How many memberships there are. They are not counted: no expectation can look at one.
    pub memberships: u64,
}

impl Coverage {
    /// By the tests whose name holds a text.
    pub fn new(matrix: &Matrix, filter: &str) -> Self {
        let ir = &matrix.ir;
        let (covered, reached) = (by_tests(matrix, filter), by_anything(matrix));
        let state = |line: &Line| match () {
            () if covered.has(ir, line) => State::Covered,
            () if reached.has(ir, line) => State::Uncovered,
            () => State::Unreached,
        };
        let lines = lines(ir)
            .into_iter()
            .map(|line| (state(&line), line))
            .map(|(state, line)| (line, state));
        Coverage { lines: lines.collect(), memberships: memberships(ir) }
    }

    pub fn of(&self, state: State) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |(_, found)| *found == state).map(|(line, _)| line)
    }

    /// How many of the lines that a test could cover are covered.
    pub fn share(&self) -> Share {
        let part = self.of(State::Covered).count() as u64;
        Share { part, whole: part + self.of(State::Uncovered).count() as u64 }
    }
}

/// What decided some cells.
struct Deciders {
    /// By session policy: the permissions.
    permissions: Vec<u128>,
    /// Settings of accounts, and assignments.
    lines: FxHashSet<Span>,
}

/// What decides the cells that tests look at.
fn by_tests(matrix: &Matrix, filter: &str) -> Deciders {
    let mut found = Deciders::new(&matrix.ir);
    for test in tests(matrix, filter) {
        match select::over(test) {
            Over::Accounts => {
                for user in select::users(matrix, test) {
                    let account = matrix.accounts.account(user);
                    test.expect
                        .iter()
                        .for_each(|expectation| found.account(&account, expectation.subject));
                }
            }
            Over::Sessions => {
                let looked =
                    test.expect.iter().fold(0, |looked, expectation| match expectation.subject {
                        Subject::Permission(entry) => looked | 1 << entry,
                        Subject::Setting(_) | Subject::SessionPolicy(_) => looked,
                    });
                if looked != 0 {
                    let (subjects, endpoints) =
                        (select::subjects(matrix, test), select::endpoints(matrix, test));
                    found.sessions(matrix, &subjects, &endpoints, looked);
                }
            }
        }
    }
    found
}

/// What decides any cell at all.
fn by_anything(matrix: &Matrix) -> Deciders {
    let mut found = Deciders::new(&matrix.ir);
    let subjects = select::by_class(&matrix.subjects, |_| true);
    let endpoints = select::by_class(&matrix.endpoints, |_| true);
    found.sessions(matrix, &subjects, &endpoints, matrix.rules.all());
    let profile = &matrix.ir.profile;
    for user in 0..matrix.ir.tables.users.len() as u32 {
        let account = matrix.accounts.account(UserId(user));
        (0..profile.slots())
            .for_each(|slot| found.account(&account, Subject::SessionPolicy(slot as u8)));
        (0..profile.settings.len())
            .for_each(|entry| found.account(&account, Subject::Setting(entry as u16)));
    }
    found
}

impl Deciders {
    fn new(ir: &Ir) -> Self {
        Deciders { permissions: vec![0; ir.tables.policies.len()], lines: FxHashSet::default() }
    }

    fn has(&self, ir: &Ir, line: &Line) -> bool {
        match &line.what {
            What::Permission { policy, .. } => {
                // What the line implies in its policy, it decides too.
                let defined = ir
                    .policy(*policy)
                    .definitions
                    .iter()
                    .filter(|defined| defined.span == line.span);
                let defined = defined.fold(0, |mask, defined| mask | 1 << defined.entry);
                self.permissions[policy.index()] & defined != 0
            }
            _ => self.lines.contains(&line.span),
        }
    }

    fn account(&mut self, account: &Account<'_, '_>, looked: Subject) {
        let span = match looked {
            Subject::Permission(_) => None,
            Subject::Setting(entry) => account.setting(entry as usize).span,
            Subject::SessionPolicy(slot) => {
                account.session_policy(slot as usize).assignment.map(|found| found.span)
            }
        };
        self.lines.extend(span);
    }

    /// Some permissions of the sessions of some subjects with some endpoints.
    fn sessions(&mut self, matrix: &Matrix, subjects: &ByClass, endpoints: &ByClass, looked: u128) {
        let profile = &matrix.ir.profile;
        // Which layers decided, by the classes of the two sides: their assignments are not a matter
        // of the class.
        let mut of_subject = vec![[0u8; 2]; matrix.subject_classes.len()];
        let mut of_endpoint = vec![0u8; matrix.endpoint_classes.len()];
        for &subject in subjects.keys() {
            for &endpoint in endpoints.keys() {
                let (stack, cells) = matrix.resolve(subject, endpoint);
                let method = matrix.endpoint_classes[endpoint as usize].method;
                let heard = heard(profile, &cells, method, looked) & !cells.fixed;
                let mut open = heard;
                let mut layers = 0;
                for (layer, taken) in cells
                    .decided_by_layer
                    .iter()
                    .enumerate()
                    .filter(|(_, taken)| *taken & heard != 0)
                {
                    self.permissions[stack[layer] as usize] |= taken & heard;
                    open &= !taken;
                    layers |= 1 << layer;
                }
                // What no layer takes is the last one's, whose built-in default has no line.
                layers |= u8::from(open != 0) << (profile.layers.len() - 1);
                of_subject[subject as usize][profile.slot_of(method)] |= layers;
                of_endpoint[endpoint as usize] |= layers;
            }
        }
        for (&class, members) in subjects {
            for (slot, &layers) in
                of_subject[class as usize].iter().enumerate().filter(|(_, layers)| **layers != 0)
            {
                for &at in members {
                    let subject = matrix.subjects[at].0;
                    self.assignments(profile, layers, |layer| {
                        matrix.layers.of_subject(&matrix.accounts, subject, slot, layer)
                    });
                }
            }
        }
        for (&class, members) in endpoints {
            for &at in members {
                let endpoint = &matrix.endpoints[at].0;
                self.assignments(profile, of_endpoint[class as usize], |layer| {
                    matrix.layers.of_endpoint(endpoint, layer)
                });
            }
        }
    }

    /// The assignments by which layers decided. One of `none` decided that layers after it were
    /// asked.
    fn assignments(
        &mut self,
        profile: &Profile,
        layers: u8,
        assignment: impl Fn(crate::profile::LayerKind) -> Option<Assignment>,
    ) {
        for (at, layer) in profile.layers.iter().enumerate() {
            let Some(Assignment { policy, span, .. }) = assignment(layer.kind) else { continue };
            let decided = if policy.is_some() { layers >> at & 1 == 1 } else { layers >> at > 1 };
            self.lines.extend(decided.then_some(span));
        }
    }
}

/// The permissions whose deciders make the cells of others what they are: themselves, or the
/// required one of those that do not apply because of it.
fn heard(profile: &Profile, cells: &Cells, method: usize, looked: u128) -> u128 {
    let mut heard = looked & !cells.not_applicable;
    for permission in bits(looked & cells.not_applicable) {
        let mut at = Some(permission);
        while let Some(found) = at.filter(|found| cells.not_applicable >> found & 1 == 1) {
            let entry = &profile.permissions[found];
            // The method alone is to blame.
            let by_method = entry.not_for.contains(&method);
            at =
                entry.requires.as_ref().filter(|_| !by_method).map(|requirement| requirement.entry);
        }
        heard |= at.map_or(0, |found| 1 << found);
    }
    heard
}
