//! Which changes of a line the tests notice.
//!
//! Each line is changed in turn. A change is noticed if a test that held no longer does. If none
//! does and the change gives no cell of a session or an account another value, it changes nothing:
//! `precedent diff` would be empty, and no test of values could notice it. Else it survives:
//! whoever makes it is not told.
//!
//! Nothing is compiled anew. Only the sessions and accounts that the changed line reaches are
//! resolved again, by classes, and only for the expectations that look at what may have changed.

use super::accounts::ChangedAccounts;
use super::change::{Change, Changes, To};
use super::lines::{Owner, What};
use super::touched::{
    Looking, Moved, Pair, Touched, by_accounts, by_invite, by_jump_items, by_portal, places,
};
use super::{Over, Share, expect, select, tests};
use crate::ir::*;
use crate::matrix::session::bits;
use crate::matrix::{Account, Cell, Cells, Matrix, Rules, Source, Stack, SubjectRef};
use crate::semantics::policy_lines;
use rustc_hash::FxHashMap;

/// In the order in which one outweighs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MutationOutcome {
    Equivalent,
    Survived,
    Killed,
}

/// What came of all changes.
#[derive(Clone, Debug)]
pub struct Mutation<'c> {
    pub changes: &'c Changes,
    /// By change.
    pub outcomes: Vec<MutationOutcome>,
}

impl<'c> Mutation<'c> {
    /// Tries the changes on the tests whose name holds a text, all of which pass. `progress` is
    /// told how many are done.
    pub fn new(
        matrix: &Matrix,
        changes: &'c Changes,
        filter: &str,
        progress: &mut dyn FnMut(usize),
    ) -> Mutation<'c> {
        let mut trial = Trial::new(matrix, changes, filter);
        let outcomes = changes.changes.iter().zip(1..).map(|(change, done)| {
            let outcome = trial.outcome(change);
            progress(done);
            outcome
        });
        Mutation { changes, outcomes: outcomes.collect() }
    }

    pub fn of(&self, outcome: MutationOutcome) -> impl Iterator<Item = &'c Change> {
        self.changes
            .changes
            .iter()
            .zip(&self.outcomes)
            .filter(move |(_, found)| **found == outcome)
            .map(|(change, _)| change)
    }

    /// How many of the changes that change something are noticed.
    pub fn share(&self) -> Share {
        let part = self.of(MutationOutcome::Killed).count() as u64;
        Share { part, whole: part + self.of(MutationOutcome::Survived).count() as u64 }
    }
}

struct Trial<'m> {
    matrix: &'m Matrix,
    changes: &'m Changes,
    over_sessions: Vec<(&'m Test, Looking)>,
    over_accounts: Vec<&'m Test>,
    at_all: Looking,
    /// By permission: itself and all that depend on it.
    dependents: Vec<u128>,
    /// By class of accounts.
    members: Vec<Vec<UserId>>,
    /// By jump item: its first endpoint.
    places: Vec<usize>,
    /// The matrix's own, but for the policy that is being changed.
    rules: Rules,
    /// What came of sessions with other policies, by the tests over sessions that select some of
    /// them: many lines change the like of each other.
    known: FxHashMap<(Touched, Vec<usize>), MutationOutcome>,
}

/// Session policies as they are after a change.
#[derive(Clone, Copy)]
struct Policies<'c> {
    ir: &'c Ir,
    rules: &'c Rules,
    changed: Option<ChangedOne<'c>>,
}

/// The one that has changed.
#[derive(Clone, Copy)]
struct ChangedOne<'c> {
    id: PolicyId,
    policy: &'c Policy,
    /// The permissions that it may matter to.
    affected: u128,
}

impl<'c> Policies<'c> {
    fn cell(&self, cells: &Cells, stack: &Stack, method: usize, permission: usize) -> Cell<'c> {
        cells.cell_by(self.ir, stack, method, permission, |id| match self.changed {
            Some(changed) if changed.id == id => changed.policy,
            _ => self.ir.policy(id),
        })
    }

    /// The permissions that may be decided otherwise in some sessions, if it can be known without
    /// looking at them.
    fn affected(&self) -> u128 {
        self.changed.map_or(self.rules.all(), |changed| changed.affected)
    }
}

impl<'m> Trial<'m> {
    fn new(matrix: &'m Matrix, changes: &'m Changes, filter: &str) -> Self {
        let (accounts, sessions): (Vec<_>, Vec<_>) =
            tests(matrix, filter).partition(|test| select::over(test) == Over::Accounts);
        let mut members = vec![Vec::new(); matrix.accounts.classes.len()];
        for user in (0..matrix.ir.tables.users.len() as u32).map(UserId) {
            members[matrix.accounts.class_of(user) as usize].push(user);
        }
        Trial {
            matrix,
            changes,
            over_sessions: sessions
                .into_iter()
                .map(|test| (test, Looking::by(matrix, test)))
                .collect(),
            over_accounts: accounts,
            at_all: Looking::at_all(matrix),
            dependents: dependents(&matrix.ir),
            members,
            places: places(matrix),
            rules: matrix.rules.clone(),
            known: FxHashMap::default(),
        }
    }

    fn outcome(&mut self, change: &Change) -> MutationOutcome {
        let (matrix, to) = (self.matrix, change.to);
        let changes = self.changes;
        match &changes.lines[change.line].what {
            What::Permission { policy, entry, .. } => self.of_policy(*policy, *entry, to),
            what @ (What::Setting { owner, .. } | What::SessionPolicy { owner, .. }) => {
                self.of_grants(*owner, what, to)
            }
            What::Invite(id) => self.of_moved(by_invite(matrix, *id, to)),
            What::JumpItems(items) => self.of_moved(by_jump_items(matrix, &self.places, items, to)),
            What::Portal(id) => self.of_moved(by_portal(matrix, *id, to)),
        }
    }

    fn of_policy(&mut self, id: PolicyId, entry: u16, to: To) -> MutationOutcome {
        let ir = &self.matrix.ir;
        let Some(changed) = self.changes.policy(ir, id, entry, to) else {
            return MutationOutcome::Equivalent;
        };
        let value = |policy: &Policy, entry| policy.definition(entry).map(|line| line.value);
        let affected = (0..ir.profile.permissions.len())
            .filter(|&entry| value(ir.policy(id), entry) != value(&changed.policy, entry))
            .fold(0, |affected, entry| affected | self.dependents[entry]);
        self.rules.replace(ir, id, &changed.policy);
        let changed = ChangedOne { id, policy: &changed.policy, affected };
        let policies = Policies { ir, rules: &self.rules, changed: Some(changed) };
        let tests: Vec<usize> = (0..self.over_sessions.len()).collect();
        let outcome = self.of_touched(&Touched::With(id), &tests, policies);
        self.rules.replace(ir, id, ir.policy(id));
        outcome
    }

    fn of_grants(&mut self, owner: Owner, what: &What, to: To) -> MutationOutcome {
        let grants = self.changes.grants(&self.matrix.ir, owner, what, to);
        let accounts = ChangedAccounts::new(self.matrix, &self.members, owner, &grants);
        let outcome = outcome(
            || self.accounts_notice(&accounts, what),
            || self.accounts_change(&accounts, what),
        );
        match what {
            What::SessionPolicy { .. } if outcome != MutationOutcome::Killed => {
                outcome.max(self.of_moved(by_accounts(self.matrix, &accounts)))
            }
            _ => outcome,
        }
    }

    /// Sessions of subjects or endpoints that get other policies.
    fn of_moved(&mut self, moved: Vec<Moved>) -> MutationOutcome {
        let mut outcome = MutationOutcome::Equivalent;
        for moved in moved {
            let selects = |at: &usize| moved.is_selected(self.matrix, self.over_sessions[*at].0);
            let tests: Vec<usize> = (0..self.over_sessions.len()).filter(selects).collect();
            let key = (moved.touched, tests);
            let known = self.known.get(&key).copied();
            let found = known.unwrap_or_else(|| self.of_touched(&key.0, &key.1, self.policies()));
            self.known.insert(key, found);
            outcome = outcome.max(found);
            if outcome == MutationOutcome::Killed {
                break;
            }
        }
        outcome
    }

    fn of_touched(
        &self,
        touched: &Touched,
        tests: &[usize],
        policies: Policies<'_>,
    ) -> MutationOutcome {
        outcome(
            || self.sessions_notice(touched, tests, policies),
            || self.sessions_change(touched, policies),
        )
    }

    /// The session policies as they are.
    fn policies(&self) -> Policies<'_> {
        Policies { ir: &self.matrix.ir, rules: &self.matrix.rules, changed: None }
    }

    fn accounts_notice(&self, accounts: &ChangedAccounts<'_>, what: &What) -> bool {
        let looks = |expectation: &&Expectation| match (what, expectation.subject) {
            (What::Setting { entry, .. }, Subject::Setting(looked)) => *entry == looked,
            (What::SessionPolicy { slots, .. }, Subject::SessionPolicy(slot)) => {
                slots[slot as usize]
            }
            _ => false,
        };
        self.over_accounts.iter().any(|test| {
            test.expect.iter().filter(looks).any(|expectation| {
                let selected = |user| select::selects(self.matrix, test, SubjectRef::User(user));
                let holds = |user| {
                    expect::in_account(&accounts.account(user), expectation)
                        .is_none_or(|it| it.holds)
                };
                accounts.users.iter().any(|&user| selected(user) && !holds(user))
            })
        })
    }

    fn accounts_change(&self, accounts: &ChangedAccounts<'_>, what: &What) -> bool {
        let ir = &self.matrix.ir;
        let policy = |account: &Account<'_, '_>, slot| {
            account
                .session_policy(slot)
                .assignment
                .map(|assignment| ir.assignment_text(&assignment))
        };
        accounts.users.iter().any(|&user| {
            let (before, after) = (self.matrix.accounts.account(user), accounts.account(user));
            match what {
                What::Setting { entry, .. } => {
                    before.setting(*entry as usize).value != after.setting(*entry as usize).value
                }
                What::SessionPolicy { slots, .. } => (0..ir.profile.slots())
                    .any(|slot| slots[slot] && policy(&before, slot) != policy(&after, slot)),
                What::Permission { .. }
                | What::Invite(_)
                | What::JumpItems(_)
                | What::Portal(_) => false,
            }
        })
    }

    /// Whether a test finds something else than it expects in a touched session.
    fn sessions_notice(&self, touched: &Touched, tests: &[usize], policies: Policies<'_>) -> bool {
        tests.iter().map(|&at| &self.over_sessions[at]).any(|(test, looking)| {
            let looked = test.expect.iter().filter_map(|expectation| match expectation.subject {
                Subject::Permission(entry) if policies.affected() >> entry & 1 == 1 => {
                    Some((expectation, entry as usize))
                }
                _ => None,
            });
            let looked: Vec<(&Expectation, usize)> = looked.collect();
            !looked.is_empty()
                && touched.any(self.matrix, looking, |pair| {
                    let after = policies.rules.resolve(&pair.after, pair.method);
                    let differing = self.differing(pair, &after, policies);
                    looked.iter().any(|(expectation, permission)| {
                        // What the same policy decides as before is as expected, but for who chose
                        // the policy.
                        (differing >> permission & 1 == 1 || expect::asks_for_group(expectation))
                            && {
                                let cell =
                                    policies.cell(&after, &pair.after, pair.method, *permission);
                                !self.holds(test, expectation, pair, *permission, &cell)
                            }
                    })
                })
        })
    }

    fn holds(
        &self,
        test: &Test,
        expectation: &Expectation,
        pair: &Pair,
        permission: usize,
        cell: &Cell<'_>,
    ) -> bool {
        let ir = &self.matrix.ir;
        if !expect::holds(ir, expectation, &ir.profile.permissions[permission].ty, cell.value) {
            return false;
        }
        let decided = |chosen_by: Option<Source>| {
            expect::decided(ir, expectation, cell.decider, || chosen_by)
        };
        match pair.chosen_by {
            _ if !expect::asks_for_group(expectation) => decided(None),
            Some(chosen_by) => decided(chosen_by),
            None => {
                let members =
                    self.matrix.subject_classes[pair.subject_class as usize].members.iter();
                let mut subjects = members.map(|&at| self.matrix.subjects[at as usize].0);
                subjects.all(|subject| {
                    !select::selects(self.matrix, test, subject)
                        || decided(expect::chosen_by(self.matrix, subject, pair.method))
                })
            }
        }
    }

    /// Whether a cell of a touched session gets another value.
    fn sessions_change(&self, touched: &Touched, policies: Policies<'_>) -> bool {
        touched.any(self.matrix, &self.at_all, |pair| {
            let before = self.matrix.rules.resolve(&pair.before, pair.method);
            let after = policies.rules.resolve(&pair.after, pair.method);
            bits(self.differing(pair, &after, policies)).any(|permission| {
                let before = self.policies().cell(&before, &pair.before, pair.method, permission);
                before.value != policies.cell(&after, &pair.after, pair.method, permission).value
            })
        })
    }

    /// The permissions that may not be the same before and after a change.
    fn differing(&self, pair: &Pair, after: &Cells, policies: Policies<'_>) -> u128 {
        match policies.changed {
            Some(changed) => changed.affected,
            None => {
                let before = self.matrix.rules.resolve(&pair.before, pair.method);
                before.differing(&pair.before, after, &pair.after)
            }
        }
    }
}

fn outcome(notice: impl FnOnce() -> bool, change: impl FnOnce() -> bool) -> MutationOutcome {
    if notice() {
        MutationOutcome::Killed
    } else if change() {
        MutationOutcome::Survived
    } else {
        MutationOutcome::Equivalent
    }
}

/// By permission: itself and all permissions that require it, directly or not.
fn dependents(ir: &Ir) -> Vec<u128> {
    let entries = &ir.profile.permissions;
    let mut masks = vec![0u128; entries.len()];
    for child in 0..entries.len() {
        masks[child] |= 1 << child;
        policy_lines::ancestors(&ir.profile, child).for_each(|at| masks[at] |= 1 << child);
    }
    masks
}
