//! Mutation testing: which changes of a line make a test fail.
//!
//! Each line is changed in turn. A change is killed if a test that passed now fails. If none fails
//! and no value changes that a test could expect (no `start` of any pair, no permission of any
//! session, no setting and no session policy of any account), it is equivalent: no test of values
//! could kill it. Otherwise it survives: nothing would stop someone who makes it.
//!
//! Nothing is compiled again. Only the sessions and accounts that the changed line can affect are
//! resolved anew, by classes, and only for the expectations about what may have changed. Which
//! sessions then begin, and which end, is found in `starters.rs`.

use super::accounts::ChangedAccounts;
use super::affected::{
    AffectedSessions, Pair, Reassigned, Selection, by_accounts, by_invite, by_jump_items,
    by_portal, places,
};
use super::change::{LineChange, LineChanges, To};
use super::lines::{LineKind, Owner};
use super::starters::StartTests;
use super::{Over, Share, expect, select, tests};
use crate::ir::*;
use crate::matrix::session::bits;
use crate::matrix::{Account, Cell, Cells, Matrix, Rules, Source, Stack, SubjectRef};
use crate::semantics::policy_lines;
use rustc_hash::FxHashMap;

/// What a change does to the tests, ascending: of several parts of a change, the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MutationOutcome {
    /// No value changes that a test could expect.
    Equivalent,
    /// A value changes, and all tests still pass.
    Survived,
    /// A test fails.
    Killed,
}

/// The outcomes of all changes.
#[derive(Clone, Debug)]
pub struct Mutation<'c> {
    /// The changes that were tried.
    pub changes: &'c LineChanges,
    /// By change.
    pub outcomes: Vec<MutationOutcome>,
}

impl<'c> Mutation<'c> {
    /// Tries the changes on the tests whose name contains a text, all of which must pass.
    /// `progress` is called with the number of changes done.
    pub fn new(
        matrix: &Matrix,
        changes: &'c LineChanges,
        filter: &str,
        progress: &mut dyn FnMut(usize),
    ) -> Mutation<'c> {
        let mut run = Run::new(matrix, changes, filter);
        let outcomes = changes.changes.iter().zip(1..).map(|(change, done)| {
            let outcome = run.outcome(change);
            progress(done);
            outcome
        });
        Mutation { changes, outcomes: outcomes.collect() }
    }

    /// The changes with an outcome.
    pub fn of(&self, outcome: MutationOutcome) -> impl Iterator<Item = &'c LineChange> {
        self.changes
            .changes
            .iter()
            .zip(&self.outcomes)
            .filter(move |(_, of_change)| **of_change == outcome)
            .map(|(change, _)| change)
    }

    /// The mutation score: how many of the changes that are not equivalent are killed.
    pub fn score(&self) -> Share {
        let part = self.of(MutationOutcome::Killed).count() as u64;
        Share { part, whole: part + self.of(MutationOutcome::Survived).count() as u64 }
    }
}

struct Run<'m> {
    matrix: &'m Matrix,
    changes: &'m LineChanges,
    over_sessions: Vec<(&'m Test, Selection)>,
    over_accounts: Vec<&'m Test>,
    /// `None` for a profile without `start`.
    starts: Option<StartTests<'m>>,
    all: Selection,
    /// By permission: itself and all that depend on it.
    dependents: Vec<u128>,
    /// By class of accounts.
    members: Vec<Vec<UserId>>,
    /// By jump item: its first endpoint.
    places: Vec<usize>,
    /// The matrix's, with the policy that is being changed replaced.
    rules: Rules,
    /// The outcomes for sessions that get other policies, by the tests that select some of them.
    /// Many lines affect the same sessions in the same way.
    known: FxHashMap<(AffectedSessions, Vec<usize>), MutationOutcome>,
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
    /// The permissions that the change may affect.
    permissions: u128,
}

impl<'c> Policies<'c> {
    fn cell(&self, cells: &Cells, stack: &Stack, method: usize, permission: usize) -> Cell<'c> {
        cells.cell_by(self.ir, stack, method, permission, |id| match self.changed {
            Some(changed) if changed.id == id => changed.policy,
            _ => self.ir.policy(id),
        })
    }

    /// The permissions that may be decided differently in some sessions, as far as that is known
    /// without resolving them.
    fn changed_permissions(&self) -> u128 {
        self.changed.map_or(self.rules.all(), |changed| changed.permissions)
    }
}

impl<'m> Run<'m> {
    fn new(matrix: &'m Matrix, changes: &'m LineChanges, filter: &str) -> Self {
        let (accounts, sessions): (Vec<_>, Vec<_>) =
            tests(matrix, filter).partition(|test| select::over(test) == Over::Accounts);
        let mut members = vec![Vec::new(); matrix.accounts.classes.len()];
        for user in (0..matrix.ir.tables.users.len() as u32).map(UserId) {
            members[matrix.accounts.class_of(user) as usize].push(user);
        }
        Run {
            matrix,
            changes,
            starts: StartTests::new(matrix, sessions.iter().copied()),
            over_sessions: sessions
                .into_iter()
                .map(|test| (test, Selection::by(matrix, test)))
                .collect(),
            over_accounts: accounts,
            all: Selection::all(matrix),
            dependents: dependents(&matrix.ir),
            members,
            places: places(matrix),
            rules: matrix.rules.clone(),
            known: FxHashMap::default(),
        }
    }

    fn outcome(&mut self, change: &LineChange) -> MutationOutcome {
        let (matrix, to) = (self.matrix, change.to);
        let changes = self.changes;
        match &changes.lines[change.line].kind {
            LineKind::Permission { policy, entry, .. } => self.of_policy(*policy, *entry, to),
            kind @ (LineKind::Setting { owner, .. }
            | LineKind::Membership { owner, .. }
            | LineKind::SessionPolicy { owner, .. }) => self.of_grants(*owner, kind, to),
            LineKind::Invite(id) => self.of_reassigned(by_invite(matrix, *id, to)),
            LineKind::JumpItems(items) => {
                self.of_reassigned(by_jump_items(matrix, &self.places, items, to))
            }
            LineKind::Portal(id) => self.of_reassigned(by_portal(matrix, *id, to)),
        }
    }

    fn of_policy(&mut self, id: PolicyId, entry: u16, to: To) -> MutationOutcome {
        let ir = &self.matrix.ir;
        let Some(changed) = self.changes.policy(ir, id, entry, to) else {
            return MutationOutcome::Equivalent;
        };
        let value = |policy: &Policy, entry| policy.definition(entry).map(|line| line.value);
        let permissions = (0..ir.profile.permissions.len())
            .filter(|&entry| value(ir.policy(id), entry) != value(&changed.policy, entry))
            .fold(0, |permissions, entry| permissions | self.dependents[entry]);
        self.rules.replace(ir, id, &changed.policy);
        let changed = ChangedOne { id, policy: &changed.policy, permissions };
        let policies = Policies { ir, rules: &self.rules, changed: Some(changed) };
        let tests: Vec<usize> = (0..self.over_sessions.len()).collect();
        let outcome = self.of_affected(&AffectedSessions::With(id), &tests, policies);
        self.rules.replace(ir, id, ir.policy(id));
        outcome
    }

    fn of_grants(&mut self, owner: Owner, kind: &LineKind, to: To) -> MutationOutcome {
        let grants = self.changes.grants(&self.matrix.ir, owner, kind, to);
        let accounts = ChangedAccounts::new(self.matrix, &self.members, owner, &grants);
        let outcome = outcome(
            || self.accounts_kill(&accounts, kind),
            || self.accounts_change(&accounts, kind),
        );
        if outcome == MutationOutcome::Killed {
            return outcome;
        }
        outcome.max(match (kind, &mut self.starts) {
            (LineKind::SessionPolicy { .. }, _) => {
                self.of_reassigned(by_accounts(self.matrix, &accounts))
            }
            (LineKind::Setting { entry, .. }, Some(starts)) if starts.depend_on(*entry) => {
                starts.outcome(&accounts)
            }
            (LineKind::Membership { .. }, Some(starts)) => starts.outcome(&accounts),
            _ => outcome,
        })
    }

    /// For sessions of subjects or endpoints that get other policies.
    fn of_reassigned(&mut self, reassigned: Vec<Reassigned>) -> MutationOutcome {
        let mut outcome = MutationOutcome::Equivalent;
        for reassigned in reassigned {
            let selects =
                |at: &usize| reassigned.is_selected(self.matrix, self.over_sessions[*at].0);
            let tests: Vec<usize> = (0..self.over_sessions.len()).filter(selects).collect();
            let key = (reassigned.affected, tests);
            let known = self.known.get(&key).copied();
            let found = known.unwrap_or_else(|| self.of_affected(&key.0, &key.1, self.policies()));
            self.known.insert(key, found);
            outcome = outcome.max(found);
            if outcome == MutationOutcome::Killed {
                break;
            }
        }
        outcome
    }

    fn of_affected(
        &self,
        affected: &AffectedSessions,
        tests: &[usize],
        policies: Policies<'_>,
    ) -> MutationOutcome {
        outcome(
            || self.sessions_kill(affected, tests, policies),
            || self.sessions_change(affected, policies),
        )
    }

    /// The session policies as they are.
    fn policies(&self) -> Policies<'_> {
        Policies { ir: &self.matrix.ir, rules: &self.matrix.rules, changed: None }
    }

    fn accounts_kill(&self, accounts: &ChangedAccounts<'_>, kind: &LineKind) -> bool {
        let is_about = |expectation: &&Expectation| match (kind, expectation.subject) {
            // What requires the setting may no longer apply.
            (LineKind::Setting { entry, .. }, Subject::Setting(expected)) => {
                let mut decides = expect::with_required(&self.matrix.ir, expected as usize);
                decides.any(|at| at == *entry as usize)
            }
            (LineKind::SessionPolicy { slots, .. }, Subject::SessionPolicy(slot)) => {
                slots[slot as usize]
            }
            _ => false,
        };
        self.over_accounts.iter().any(|test| {
            test.expect.iter().filter(is_about).any(|expectation| {
                let selected =
                    |user| select::selects(self.matrix, &test.when, SubjectRef::User(user));
                let holds = |user| {
                    expect::in_account(&accounts.account(user), expectation)
                        .is_none_or(|it| it.holds && !it.unproven)
                };
                accounts.users.iter().any(|&user| selected(user) && !holds(user))
            })
        })
    }

    fn accounts_change(&self, accounts: &ChangedAccounts<'_>, kind: &LineKind) -> bool {
        let ir = &self.matrix.ir;
        let policy = |account: &Account<'_, '_>, slot| {
            account
                .session_policy(slot)
                .assignment
                .map(|assignment| ir.assignment_text(&assignment))
        };
        accounts.users.iter().any(|&user| {
            let (before, after) = (self.matrix.accounts.account(user), accounts.account(user));
            match kind {
                LineKind::Setting { entry, .. } => {
                    before.setting(*entry as usize).value != after.setting(*entry as usize).value
                }
                LineKind::SessionPolicy { slots, .. } => (0..ir.profile.slots())
                    .any(|slot| slots[slot] && policy(&before, slot) != policy(&after, slot)),
                // That is a matter of what the accounts can start.
                LineKind::Membership { .. } => false,
                LineKind::Permission { .. }
                | LineKind::Invite(_)
                | LineKind::JumpItems(_)
                | LineKind::Portal(_) => false,
            }
        })
    }

    /// Whether a test fails in an affected session.
    fn sessions_kill(
        &self,
        affected: &AffectedSessions,
        tests: &[usize],
        policies: Policies<'_>,
    ) -> bool {
        tests.iter().map(|&at| &self.over_sessions[at]).any(|(test, selection)| {
            let expected = test.expect.iter().filter_map(|expectation| match expectation.subject {
                Subject::Permission(entry) if policies.changed_permissions() >> entry & 1 == 1 => {
                    Some((expectation, entry as usize))
                }
                _ => None,
            });
            let expected: Vec<(&Expectation, usize)> = expected.collect();
            !expected.is_empty()
                && affected.any(self.matrix, selection, |pair| {
                    let after = policies.rules.resolve(&pair.after, pair.method);
                    let differing = self.differing(pair, &after, policies);
                    expected.iter().any(|(expectation, permission)| {
                        // A cell that the same policy decides as before is as expected, unless the
                        // expectation asks who chose the policy.
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
        if !expect::is_met(ir, expectation, &ir.profile.permissions[permission].ty, cell.value) {
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
                    !select::selects(self.matrix, &test.when, subject)
                        || decided(expect::chosen_by(self.matrix, subject, pair.method))
                })
            }
        }
    }

    /// Whether a cell of an affected session gets another value.
    fn sessions_change(&self, affected: &AffectedSessions, policies: Policies<'_>) -> bool {
        affected.any(self.matrix, &self.all, |pair| {
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
            Some(changed) => changed.permissions,
            None => {
                let before = self.matrix.rules.resolve(&pair.before, pair.method);
                before.differing(&pair.before, after, &pair.after)
            }
        }
    }
}

fn outcome(kill: impl FnOnce() -> bool, change: impl FnOnce() -> bool) -> MutationOutcome {
    if kill() {
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
