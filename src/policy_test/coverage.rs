//! Coverage: which lines decide something that a test checks.
//!
//! An expectation checks one permission of every session, or one setting of every account, that its
//! test selects. A line is covered if it decides such a cell, whether the expectation is met or
//! not. So are the assignment of the deciding policy, and an assignment of `none` in an upper layer
//! that left the decision to a lower one. If a permission does not apply because of another one,
//! the line that decides the other one is covered. An expectation about `start` covers the setting
//! or membership that decides it in a pair.
//!
//! Lines that decide in no session, no account and no pair, because others always come first or
//! because nobody has their policy, are not counted: no test could cover them.

use super::lines::{LineKind, ValueLine, lines, unchecked_memberships};
use super::select::{self, ByClass};
use super::{Over, Share, tests};
use crate::ir::*;
use crate::matrix::session::bits;
use crate::matrix::{Account, Cells, Matrix};
use crate::profile::Profile;
use crate::semantics::policy_lines;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Whether a line is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It decides something that a test checks.
    Covered,
    /// It decides something, but nothing that a test checks.
    Uncovered,
    /// It decides in no session, no account and no pair.
    Unreached,
}

/// The coverage of a workspace's lines by tests.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// All lines with their states, in order of place.
    pub lines: Vec<(ValueLine, State)>,
    /// The number of memberships that are not counted, because no expectation can check one.
    pub unchecked_memberships: u64,
}

impl Coverage {
    /// The coverage by the tests whose name contains a text.
    pub fn new(matrix: &Matrix, filter: &str) -> Self {
        let ir = &matrix.ir;
        let (covered, reached) = (by_tests(matrix, filter), by_anything(matrix));
        let state = |line: &ValueLine| match () {
            () if covered.has(ir, line) => State::Covered,
            () if reached.has(ir, line) => State::Uncovered,
            () => State::Unreached,
        };
        let lines = lines(ir)
            .into_iter()
            .map(|line| (state(&line), line))
            .map(|(state, line)| (line, state));
        Coverage { lines: lines.collect(), unchecked_memberships: unchecked_memberships(ir) }
    }

    /// The lines in a state.
    pub fn of(&self, state: State) -> impl Iterator<Item = &ValueLine> {
        self.lines.iter().filter(move |(_, of_line)| *of_line == state).map(|(line, _)| line)
    }

    /// How many of the lines that a test could cover are covered.
    pub fn share(&self) -> Share {
        let part = self.of(State::Covered).count() as u64;
        Share { part, whole: part + self.of(State::Uncovered).count() as u64 }
    }
}

/// The lines that decide some cells.
struct Deciders {
    /// By session policy: the permissions.
    permissions: Vec<u128>,
    /// Settings of accounts, memberships, and assignments.
    lines: FxHashSet<Span>,
}

/// The layers that decided some cells, as bits: by class of subjects and slot, and by class of
/// endpoints.
struct DecidingLayers {
    of_subject: Vec<[u8; 2]>,
    of_endpoint: Vec<u8>,
}

/// What decides the cells that tests check.
fn by_tests(matrix: &Matrix, filter: &str) -> Deciders {
    let mut deciders = Deciders::new(&matrix.ir);
    for test in tests(matrix, filter) {
        match select::over(test) {
            Over::Accounts => {
                for user in select::users(matrix, test) {
                    let account = matrix.accounts.account(user);
                    test.expect
                        .iter()
                        .for_each(|expectation| deciders.account(&account, expectation.subject));
                }
            }
            Over::Sessions => {
                let checked =
                    test.expect.iter().fold(0, |checked, expectation| match expectation.subject {
                        Subject::Permission(entry) => checked | 1 << entry,
                        Subject::Setting(_) | Subject::SessionPolicy(_) | Subject::Start => checked,
                    });
                let (subjects, endpoints) =
                    (select::subjects(matrix, test), select::endpoints(matrix, test));
                if checked != 0 {
                    deciders.sessions(matrix, &subjects, &endpoints, checked);
                }
                if test.expect.iter().any(|found| found.subject == Subject::Start) {
                    deciders.starts(matrix, &subjects, &endpoints);
                }
            }
        }
    }
    deciders
}

/// What decides any cell.
fn by_anything(matrix: &Matrix) -> Deciders {
    let mut deciders = Deciders::new(&matrix.ir);
    let subjects = select::by_class(&matrix.subjects, |_| true);
    let endpoints = select::by_class(&matrix.endpoints, |_| true);
    deciders.sessions(matrix, &subjects, &endpoints, matrix.rules.all());
    deciders.starts(matrix, &subjects, &endpoints);
    let profile = &matrix.ir.profile;
    for user in 0..matrix.ir.tables.users.len() as u32 {
        let account = matrix.accounts.account(UserId(user));
        (0..profile.slots())
            .for_each(|slot| deciders.account(&account, Subject::SessionPolicy(slot as u8)));
        (0..profile.settings.len())
            .for_each(|entry| deciders.account(&account, Subject::Setting(entry as u16)));
    }
    deciders
}

impl Deciders {
    fn new(ir: &Ir) -> Self {
        Deciders { permissions: vec![0; ir.tables.policies.len()], lines: FxHashSet::default() }
    }

    fn has(&self, ir: &Ir, line: &ValueLine) -> bool {
        match &line.kind {
            LineKind::Permission { policy, .. } => {
                // The line also decides what it implies in its policy.
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

    fn account(&mut self, account: &Account<'_, '_>, checked: Subject) {
        let span = match checked {
            Subject::Permission(_) | Subject::Start => None,
            Subject::Setting(entry) => account.setting(entry as usize).span,
            Subject::SessionPolicy(slot) => {
                account.session_policy(slot as usize).assignment.map(|assignment| assignment.span)
            }
        };
        self.lines.extend(span);
    }

    /// Adds what decides whether some subjects can start sessions with some endpoints.
    fn starts(&mut self, matrix: &Matrix, subjects: &ByClass, endpoints: &ByClass) {
        let Some(starts) = &matrix.starts else { return };
        let entrances: BTreeSet<u32> =
            endpoints.keys().map(|class| matrix.entrance(*class)).collect();
        // For all users who have everything from the same groups, the same lines decide.
        let mut known = FxHashSet::default();
        for &subject in subjects.values().flatten() {
            if matrix.shared_class(subject).is_some_and(|class| !known.insert(class)) {
                continue;
            }
            let Some(starter) = matrix.starter(subject) else { continue };
            let cells = entrances.iter().map(|entrance| starts.cell_at(&starter, *entrance));
            self.lines.extend(cells.filter_map(|cell| cell.by.span));
        }
    }

    /// Adds what decides some permissions of the sessions of some subjects with some endpoints.
    fn sessions(
        &mut self,
        matrix: &Matrix,
        subjects: &ByClass,
        endpoints: &ByClass,
        checked: u128,
    ) {
        let profile = &matrix.ir.profile;
        let layers = self.policies(matrix, subjects, endpoints, checked);
        // Members of a class have the same policies, but not by the same assignments.
        for (&class, members) in subjects {
            for (slot, &layers) in layers.of_subject[class as usize]
                .iter()
                .enumerate()
                .filter(|(_, layers)| **layers != 0)
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
                self.assignments(profile, layers.of_endpoint[class as usize], |layer| {
                    matrix.layers.of_endpoint(endpoint, layer)
                });
            }
        }
    }

    /// Adds the permissions that session policies decide. The layers that decided, by classes.
    fn policies(
        &mut self,
        matrix: &Matrix,
        subjects: &ByClass,
        endpoints: &ByClass,
        checked: u128,
    ) -> DecidingLayers {
        let profile = &matrix.ir.profile;
        let mut deciding = DecidingLayers {
            of_subject: vec![[0; 2]; matrix.subject_classes.len()],
            of_endpoint: vec![0; matrix.endpoint_classes.len()],
        };
        for &subject in subjects.keys() {
            for &endpoint in endpoints.keys() {
                if !matrix.has_sessions(subject, endpoint) {
                    continue;
                }
                let (stack, cells) = matrix.resolve(subject, endpoint);
                let method = matrix.endpoint_classes[endpoint as usize].method;
                let relevant = relevant(profile, &cells, method, checked) & !cells.fixed;
                let mut undecided = relevant;
                let mut layers = 0;
                for (layer, taken) in cells
                    .decided_by_layer
                    .iter()
                    .enumerate()
                    .filter(|(_, taken)| *taken & relevant != 0)
                {
                    self.permissions[stack[layer] as usize] |= taken & relevant;
                    undecided &= !taken;
                    layers |= 1 << layer;
                }
                // What no layer decides is the last layer's, whose product default has no line.
                layers |= u8::from(undecided != 0) << (profile.layers.len() - 1);
                deciding.of_subject[subject as usize][profile.slot_of(method)] |= layers;
                deciding.of_endpoint[endpoint as usize] |= layers;
            }
        }
        deciding
    }

    /// Adds the assignments of the policies of layers that decided. An assignment of `none` counts
    /// if a lower layer decided, since it left the decision to that one.
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

/// The permissions whose deciders determine the checked cells: the checked permissions themselves,
/// or, where they do not apply because of a required one, the required one.
fn relevant(profile: &Profile, cells: &Cells, method: usize, checked: u128) -> u128 {
    let mut relevant = checked & !cells.not_applicable;
    for permission in bits(checked & cells.not_applicable) {
        let required = policy_lines::ancestors(profile, permission);
        for at in std::iter::once(permission).chain(required) {
            if cells.not_applicable >> at & 1 == 0 {
                relevant |= 1 << at;
                break;
            }
            // The method alone is the reason.
            if profile.permissions[at].not_for.contains(&method) {
                break;
            }
        }
    }
    relevant
}
