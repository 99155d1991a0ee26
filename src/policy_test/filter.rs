//! Narrows a matrix to what the conditions and expectations of a filter select. They mean what they
//! mean in a test: what is kept is what a test with these lines would look at, and find to hold.

use super::expect::{self, asks_whether_unknown, chosen_by, in_account};
use super::{select, start};
use crate::ir::*;
use crate::matrix::start::StartDecider;
use crate::matrix::{Matrix, StartValue};
use crate::profile::{UNKNOWN, Value};
use crate::semantics::start::Starter;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Leaves out the subjects and endpoints that the conditions do not select.
pub fn select(matrix: &mut Matrix, filter: &Filter) {
    if filter.when.is_empty() {
        return;
    }
    let by_any = |selects: &dyn Fn(&[When]) -> bool| {
        filter.when.iter().all(|any| any.iter().any(|when| selects(std::slice::from_ref(when))))
    };
    let subjects = matrix.subjects.iter();
    let subjects: Vec<bool> = subjects
        .map(|(subject, _)| by_any(&|when| select::selects(matrix, when, *subject)))
        .collect();
    let endpoints = matrix.endpoints.iter();
    let endpoints: Vec<bool> = endpoints
        .map(|(endpoint, _)| by_any(&|when| select::selects_endpoint(matrix, when, endpoint)))
        .collect();
    matrix.select(|at| subjects[at].then_some(()), |at| endpoints[at].then_some(()));
}

/// Whether something meets expectations: `None` where something unknown would have to tell.
fn all_met(expectations: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut is_known = true;
    for met in expectations {
        match met {
            Some(false) => return Some(false),
            Some(true) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(true)
}

/// Keeps the accounts for which all expectations hold. Returns how many are left out because of
/// something unknown, and nothing else.
pub fn keep_accounts(matrix: &mut Matrix, filter: &Filter) -> u64 {
    if filter.holds.is_empty() {
        return 0;
    }
    let holds = |user: u32| {
        let account = matrix.accounts.account(UserId(user));
        all_met(filter.holds.iter().map(|expectation| {
            let Some(found) = in_account(&account, expectation) else { return Some(false) };
            let is_known = found.text != UNKNOWN || asks_whether_unknown(&matrix.ir, expectation);
            is_known.then_some(found.holds)
        }))
    };
    let users: Vec<Option<bool>> = (0..matrix.ir.tables.users.len() as u32).map(holds).collect();
    // Subjects are the invites, then the users.
    let invites = matrix.ir.tables.invites.len();
    let is_in = |at: usize| matrix.subjects[at].1 as usize;
    let has = |at: usize| !matrix.subject_classes[is_in(at)].members.is_empty();
    let of_subject = |at: usize| match at.checked_sub(invites) {
        Some(user) if has(at) => users[user],
        _ => Some(false),
    };
    let found: Vec<Option<bool>> = (0..matrix.subjects.len()).map(of_subject).collect();
    matrix.select(|at| (found[at] == Some(true)).then_some(()), |_| Some(()));
    found.iter().filter(|found| found.is_none()).count() as u64
}

/// Keeps the sessions for which all expectations hold. Returns how many are left out because of
/// something unknown, and nothing else.
pub fn keep_sessions(matrix: &mut Matrix, filter: &Filter) -> u64 {
    if filter.holds.is_empty() {
        return 0;
    }
    let deciders = DecidersOfStart::new(matrix, &filter.holds);
    if !deciders.asked.is_empty() {
        let keys: Vec<Option<u32>> = deciders.keys();
        let endpoints: Vec<bool> = (matrix.endpoints.iter())
            .map(|(_, class)| !matrix.endpoint_classes[*class as usize].members.is_empty())
            .collect();
        matrix.select(|at| keys[at], |at| endpoints[at].then_some(()));
    }
    let unknown = Cell::new(0);
    matrix.keep(|matrix, class| {
        let found = row(matrix, class, &filter.holds);
        let subjects = matrix.subject_classes[class as usize].members.len() as u64;
        let endpoints = matrix.endpoint_classes.iter().zip(&found);
        let open = endpoints.filter(|(_, found)| found.is_none());
        let open = open.map(|(class, _)| class.members.len() as u64).sum::<u64>();
        unknown.set(unknown.get() + subjects * open);
        found.into_iter().map(|found| found == Some(true)).collect()
    });
    unknown.get()
}

/// By class of endpoints: whether all expectations hold for the sessions of a class of subjects.
/// `None` where something unknown would have to tell.
fn row(matrix: &Matrix, class: u32, holds: &[Expectation]) -> Vec<Option<bool>> {
    let endpoints = matrix.endpoint_classes.iter().zip(0u32..);
    let Some(&first) = matrix.subject_classes[class as usize].members.first() else {
        return endpoints.map(|_| Some(false)).collect();
    };
    let starts = matrix.start_row(class);
    let asks_for_decider =
        |found: &Expectation| found.subject == Subject::Start && found.from.is_some();
    let starter =
        if holds.iter().any(asks_for_decider) { matrix.starter(first as usize) } else { None };
    let kept = endpoints.map(|(found, at)| {
        let value = starts[matrix.entrance(at) as usize];
        let Some(&there) = found.members.first() else { return Some(false) };
        if !matrix.all_pairs && value == StartValue::Deny {
            return Some(false);
        }
        let session = Session { matrix, pair: (class, at), witness: (first as usize, there) };
        all_met(holds.iter().map(|expectation| match expectation.subject {
            Subject::Permission(permission) => session.meets(expectation, permission as usize),
            Subject::Start => session.starts(expectation, value, starter.as_ref()),
            Subject::Setting(_) | Subject::SessionPolicy(_) => Some(false),
        }))
    });
    kept.collect()
}

/// The sessions of two classes, with the first of them.
struct Session<'m> {
    matrix: &'m Matrix,
    pair: (u32, u32),
    witness: (usize, u32),
}

impl Session<'_> {
    /// Whether an expectation about a permission holds. Members of a class agree in what chose
    /// their session policy.
    fn meets(&self, expectation: &Expectation, permission: usize) -> Option<bool> {
        let (matrix, ir) = (self.matrix, &self.matrix.ir);
        let (stack, cells) = matrix.resolve(self.pair.0, self.pair.1);
        let method = matrix.endpoint_classes[self.pair.1 as usize].method;
        let cell = cells.cell(ir, &stack, method, permission);
        let ty = &ir.profile.permissions[permission].ty;
        let subject = matrix.subjects[self.witness.0].0;
        let is_unknown = cell.value == Some(&Value::Unknown);
        if is_unknown && !asks_whether_unknown(ir, expectation) {
            return None;
        }
        let value_holds = expect::holds(ir, expectation, ty, cell.value);
        let chosen_by = || chosen_by(matrix, subject, method);
        Some(value_holds && expect::decided(ir, expectation, cell.decider, chosen_by))
    }

    fn starts(
        &self,
        expectation: &Expectation,
        value: StartValue,
        starter: Option<&Starter<StartDecider>>,
    ) -> Option<bool> {
        let matrix = self.matrix;
        let Some(starts) = &matrix.starts else { return Some(false) };
        if value == StartValue::Unknown && !asks_whether_unknown(&matrix.ir, expectation) {
            return None;
        }
        let is_decided = || match expectation.from {
            None => true,
            Some(from) => is_decided(matrix, from, self.witness, starter),
        };
        let value = start::as_expected(starts, value);
        Some(start::is_met(&matrix.ir, expectation, &value) && is_decided())
    }
}

/// Whether `start` of a session, by indices, was decided by what an expectation names after `from`.
fn is_decided(
    matrix: &Matrix,
    from: DecidedBy,
    (subject, endpoint): (usize, u32),
    starter: Option<&Starter<StartDecider>>,
) -> bool {
    let cell = match (&matrix.starts, starter) {
        (Some(starts), Some(starter)) => {
            Some(starts.cell_of(starter, &matrix.endpoints[endpoint as usize].0))
        }
        _ => matrix.start_cell(subject, endpoint as usize),
    };
    cell.is_some_and(|cell| start::decided(from, &cell))
}

/// What expectations name after `from` that `start` has to be decided by. Subjects of one class can
/// differ in it.
struct DecidersOfStart<'m> {
    matrix: &'m Matrix,
    asked: Vec<DecidedBy>,
    /// An endpoint of each place where sessions begin.
    entrances: Vec<u32>,
}

impl<'m> DecidersOfStart<'m> {
    fn new(matrix: &'m Matrix, holds: &[Expectation]) -> Self {
        let of_start = holds.iter().filter(|found| found.subject == Subject::Start);
        let classes = matrix.endpoint_classes.iter().zip(0..);
        let mut first: FxHashMap<u32, u32> = FxHashMap::default();
        for (class, at) in classes {
            if let Some(&member) = class.members.first() {
                first.entry(matrix.entrance(at)).or_insert(member);
            }
        }
        let mut entrances: Vec<u32> = first.into_values().collect();
        entrances.sort_unstable();
        let asked = of_start.filter_map(|found| found.from).collect();
        DecidersOfStart { matrix, asked, entrances }
    }

    /// By subject: equal numbers where the same expectations hold in the same places; `None` for
    /// one that is left out.
    fn keys(&self) -> Vec<Option<u32>> {
        let matrix = self.matrix;
        let mut known: FxHashMap<Vec<bool>, u32> = FxHashMap::default();
        // Users who set nothing themselves have the same deciders if they are in the same groups.
        let mut shared: FxHashMap<u32, u32> = FxHashMap::default();
        let mut keys = Vec::with_capacity(matrix.subjects.len());
        for (at, (_, class)) in matrix.subjects.iter().enumerate() {
            if matrix.subject_classes[*class as usize].members.is_empty() {
                keys.push(None);
                continue;
            }
            let group = matrix.shared_class(at);
            let found = group.and_then(|group| shared.get(&group)).copied();
            let key = found.unwrap_or_else(|| {
                let next = known.len() as u32;
                *known.entry(self.decided(at)).or_insert(next)
            });
            if let Some(group) = group {
                shared.insert(group, key);
            }
            keys.push(Some(key));
        }
        keys
    }

    fn decided(&self, subject: usize) -> Vec<bool> {
        let starter = self.matrix.starter(subject);
        let places = self.entrances.iter().flat_map(|endpoint| {
            let session = (subject, *endpoint);
            let starter = starter.as_ref();
            self.asked.iter().map(move |from| is_decided(self.matrix, *from, session, starter))
        });
        places.collect()
    }
}
