//! What a change of accounts does to who can start which sessions.
//!
//! Users who get everything from the same groups are looked at once, and of the places where
//! sessions begin only those where a user may have something else than before. What invites get
//! follows from how many users bring what along: those whom a change affects are taken out of the
//! count and added again as they are after it.

use super::accounts::ChangedAccounts;
use super::mutate::MutationOutcome;
use super::{expect, select, start};
use crate::ir::*;
use crate::matrix::start::{StartDecider, for_invite, most};
use crate::matrix::{Matrix, StartCell, StartValue, Starts};
use crate::semantics::start::{
    DEFAULT_ROLE, Entrance, INVITE_EXTERNAL, PERSONAL_ROLE, Place, SYSTEM_ROLE, Starter, TEAMS_ROLE,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// How many users have which value.
type Counts = BTreeMap<StartValue, i64>;

/// The tests of sessions, as far as it matters to them who can start which.
pub(super) struct StartTests<'m> {
    matrix: &'m Matrix,
    starts: &'m Starts,
    /// By setting: whether it may matter to who can start what.
    relevant: Vec<bool>,
    tests: Vec<StartTest<'m>>,
    /// By entrance: what invites get from how many users. Empty where there are no invites.
    for_invites: Vec<Counts>,
}

/// One test.
struct StartTest<'m> {
    /// By subject: whether the test selects it.
    subjects: Vec<bool>,
    /// By entrance: the classes of endpoints that the test selects there.
    endpoints: Vec<Vec<u32>>,
    /// What it expects of `start`.
    starts: Vec<&'m Expectation>,
    /// What it expects of permissions, by their indices.
    permissions: Vec<(&'m Expectation, usize)>,
    /// By class of subjects and entrance: whether the permissions are as expected in the sessions
    /// that begin there.
    known: FxHashMap<(u32, u32), bool>,
}

/// `start` at one entrance after a change.
struct Change {
    entrance: u32,
    value: ExpectedStart,
    /// Who decides it; `None` for invites, of which nobody does.
    by: Option<StartCell>,
    /// Whether sessions begin there that nobody could start before.
    begins: bool,
    /// Whether the value is another one than before.
    differs: bool,
}

/// Where a user may have something else after a change than before.
struct Differing {
    /// By method: whether the settings say otherwise that it asks for.
    methods: Vec<bool>,
    /// The jump groups where the membership is another one.
    groups: FxHashSet<JumpGroupId>,
    /// Whether the role is another one where there is no membership.
    all_groups: bool,
    /// Whether the role may be another one at the items in the lists of users.
    owners: bool,
}

impl<'m> StartTests<'m> {
    /// `None` for a profile without `start`.
    pub(super) fn new(matrix: &'m Matrix, tests: impl Iterator<Item = &'m Test>) -> Option<Self> {
        let starts = matrix.starts.as_ref()?;
        Some(StartTests {
            matrix,
            starts,
            relevant: relevant(&matrix.ir),
            tests: tests.map(|test| StartTest::new(matrix, starts, test)).collect(),
            for_invites: for_invites(matrix, starts),
        })
    }

    /// Whether a setting may matter to who can start what.
    pub(super) fn depend_on(&self, setting: u16) -> bool {
        self.relevant[setting as usize]
    }

    /// What a change of accounts does to `start`, and to the sessions that begin with it.
    pub(super) fn outcome(&mut self, accounts: &ChangedAccounts<'_>) -> MutationOutcome {
        let mut outcome = MutationOutcome::Equivalent;
        let mut gains: FxHashMap<u32, Counts> = FxHashMap::default();
        for users in self.alike(&accounts.users) {
            let Some(&first) = users.first() else { continue };
            let before = self.starts.starter(&self.matrix.accounts.account(first), first);
            let after = self.starts.starter(&accounts.account(first), first);
            if before == after {
                continue;
            }
            let changes = self.of_users(&before, &after, users.len() as i64, &mut gains);
            let subjects: Vec<usize> = users.iter().map(|it| subject(self.matrix, *it)).collect();
            if self.kill(&subjects, &changes) {
                return MutationOutcome::Killed;
            }
            if changes.iter().any(|change| change.differs) {
                outcome = MutationOutcome::Survived;
            }
        }
        let changes = self.of_invites(&gains);
        let invites: Vec<usize> = (0..self.matrix.ir.tables.invites.len()).collect();
        if self.kill(&invites, &changes) {
            return MutationOutcome::Killed;
        }
        if changes.is_empty() { outcome } else { MutationOutcome::Survived }
    }

    /// Whether a test fails because of what some subjects, who are alike, can start after a change.
    fn kill(&mut self, subjects: &[usize], changes: &[Change]) -> bool {
        !changes.is_empty()
            && self.tests.iter_mut().any(|test| test.fails(self.matrix, subjects, changes))
    }

    /// Users by what they can start: those who have everything from the same groups together.
    fn alike(&self, users: &[UserId]) -> Vec<Vec<UserId>> {
        let mut known: FxHashMap<u32, usize> = FxHashMap::default();
        let mut alike: Vec<Vec<UserId>> = Vec::new();
        for &user in users {
            let class = self.matrix.shared_class(subject(self.matrix, user));
            match class.and_then(|class| known.get(&class)) {
                Some(&at) => alike[at].push(user),
                None => {
                    known.extend(class.map(|class| (class, alike.len())));
                    alike.push(vec![user]);
                }
            }
        }
        alike
    }

    /// The entrances where some users, who are alike, have another value than before, or where
    /// something else decides. Adds to `gains` what invites get from more of them, or from fewer.
    fn of_users(
        &self,
        before: &Starter<StartDecider>,
        after: &Starter<StartDecider>,
        users: i64,
        gains: &mut FxHashMap<u32, Counts>,
    ) -> Vec<Change> {
        let differing = Differing::new(before, after);
        let counts_invites = !self.for_invites.is_empty();
        let all = counts_invites && before.invites != after.invites;
        let mut changes = Vec::new();
        for entrance in 0..self.starts.entrances() as u32 {
            if !all && !differing.has(self.starts.entrance(entrance)) {
                continue;
            }
            let [old, new] = [before, after].map(|it| self.starts.cell_at(it, entrance));
            let given = [(old.value, before.invites, -users), (new.value, after.invites, users)];
            for (value, may_bring, users) in given.into_iter().filter(|_| counts_invites) {
                let here = gains.entry(entrance).or_default();
                *here.entry(for_invite(value, may_bring)).or_default() += users;
            }
            if old != new {
                changes.push(Change {
                    entrance,
                    value: start::as_expected(self.starts, new.value),
                    by: Some(new),
                    begins: old.value == StartValue::Deny && new.value != StartValue::Deny,
                    differs: old.value != new.value,
                });
            }
        }
        changes
    }

    /// The entrances where invites get something else than before.
    fn of_invites(&self, gains: &FxHashMap<u32, Counts>) -> Vec<Change> {
        let changed = gains.iter().filter_map(|(&entrance, gains)| {
            let mut counts = self.for_invites[entrance as usize].clone();
            for (value, users) in gains {
                *counts.entry(*value).or_default() += users;
            }
            let there = counts.into_iter().filter(|(_, users)| *users > 0);
            let after = most(there.map(|(value, _)| value));
            let before = start::as_expected(self.starts, self.starts.value_for_invite(entrance));
            let begins = before == ExpectedStart::Deny;
            let change = Change { entrance, value: after, by: None, begins, differs: true };
            (before != change.value).then_some(change)
        });
        changed.collect()
    }
}

impl Differing {
    fn new(before: &Starter<StartDecider>, after: &Starter<StartDecider>) -> Self {
        let all_groups = before.system != after.system || before.unread != after.unread;
        let owners = all_groups
            || before.teams != after.teams
            || before.personal != after.personal
            || before.ranks != after.ranks;
        let role = |starter: &Starter<StartDecider>, group: JumpGroupId| {
            let at = starter.groups.binary_search_by_key(&group, |role| role.group).ok();
            at.map(|at| starter.groups[at])
        };
        let groups = before.groups.iter().chain(&after.groups).map(|role| role.group);
        let pairs = before.settings.iter().zip(&after.settings);
        Differing {
            methods: pairs.map(|(before, after)| before != after).collect(),
            groups: groups.filter(|group| role(before, *group) != role(after, *group)).collect(),
            all_groups,
            owners,
        }
    }

    fn has(&self, entrance: Entrance) -> bool {
        self.methods[entrance.method]
            || match entrance.place {
                Place::JumpGroup(group) => self.all_groups || self.groups.contains(&group),
                Place::Owner(_) => self.owners,
                Place::Open => false,
            }
    }
}

impl<'m> StartTest<'m> {
    fn new(matrix: &Matrix, starts: &Starts, test: &'m Test) -> Self {
        let subjects = matrix.subjects.iter();
        let mut endpoints = vec![Vec::new(); starts.entrances()];
        for class in select::endpoints(matrix, test).into_keys() {
            endpoints[matrix.entrance(class) as usize].push(class);
        }
        let of_start = test.expect.iter().filter(|found| found.subject == Subject::Start);
        let permissions = test.expect.iter().filter_map(|found| match found.subject {
            Subject::Permission(entry) => Some((found, entry as usize)),
            Subject::Start | Subject::Setting(_) | Subject::SessionPolicy(_) => None,
        });
        StartTest {
            subjects: subjects
                .map(|(subject, _)| select::selects(matrix, &test.when, *subject))
                .collect(),
            endpoints,
            starts: of_start.collect(),
            permissions: permissions.collect(),
            known: FxHashMap::default(),
        }
    }

    /// Whether the test fails because of what some subjects, who are alike, can start after a
    /// change.
    fn fails(&mut self, matrix: &Matrix, subjects: &[usize], changes: &[Change]) -> bool {
        let is_here = |change: &&Change| !self.endpoints[change.entrance as usize].is_empty();
        let here: Vec<&Change> = changes.iter().filter(is_here).collect();
        if here.is_empty() {
            return false;
        }
        let selected = subjects.iter().copied().filter(|at| self.subjects[*at]);
        let selected: Vec<usize> = selected.collect();
        let is_met = |change: &Change, expectation: &Expectation| {
            start::is_met(&matrix.ir, expectation, &change.value)
                && match (expectation.from, &change.by) {
                    (Some(from), Some(cell)) => start::decided(from, cell),
                    // Of what invites can start, the same decides as before.
                    (None, _) | (_, None) => true,
                }
        };
        let as_expected =
            |change: &&Change| self.starts.iter().all(|expected| is_met(change, expected));
        let begins = here.iter().filter(|change| change.begins);
        !selected.is_empty()
            && (!here.iter().all(as_expected) || {
                let entrances: Vec<u32> = begins.map(|change| change.entrance).collect();
                self.fails_in_new_sessions(matrix, &selected, &entrances)
            })
    }

    /// Whether the test fails in a session of some subjects that begins at some entrances, and that
    /// the matrix did not have before.
    fn fails_in_new_sessions(
        &mut self,
        matrix: &Matrix,
        subjects: &[usize],
        entrances: &[u32],
    ) -> bool {
        if matrix.all_pairs || entrances.is_empty() || self.permissions.is_empty() {
            return false;
        }
        let classes: FxHashSet<u32> = subjects.iter().map(|at| matrix.subjects[*at].1).collect();
        classes.into_iter().any(|class| {
            entrances.iter().any(|&entrance| {
                let known = self.known.get(&(class, entrance)).copied();
                let holds = known.unwrap_or_else(|| self.holds(matrix, class, entrance));
                self.known.insert((class, entrance), holds);
                !holds
            })
        })
    }

    /// Whether permissions are as expected in all sessions of a class of subjects that begin at an
    /// entrance.
    fn holds(&self, matrix: &Matrix, class: u32, entrance: u32) -> bool {
        let ir = &matrix.ir;
        let Some(&first) = matrix.subject_classes[class as usize].members.first() else {
            return true;
        };
        let subject = matrix.subjects[first as usize].0;
        self.endpoints[entrance as usize].iter().all(|&endpoint| {
            let (stack, cells) = matrix.resolve(class, endpoint);
            let method = matrix.endpoint_classes[endpoint as usize].method;
            self.permissions.iter().all(|&(expectation, permission)| {
                let cell = cells.cell(ir, &stack, method, permission);
                let ty = &ir.profile.permissions[permission].ty;
                // Members of a class agree in what chose their session policy.
                let chosen_by = || expect::chosen_by(matrix, subject, method);
                expect::is_met(ir, expectation, ty, cell.value)
                    && expect::decided(ir, expectation, cell.decider, chosen_by)
            })
        })
    }
}

/// The index of a user among the subjects, which are the invites and then the users.
fn subject(matrix: &Matrix, user: UserId) -> usize {
    matrix.ir.tables.invites.len() + user.index()
}

/// By setting: whether it may matter to who can start what. That is so for the settings that the
/// profile asks for, those that name roles, and all that these require.
fn relevant(ir: &Ir) -> Vec<bool> {
    let profile = &ir.profile;
    let mut relevant = vec![false; profile.settings.len()];
    let conditions = profile
        .start
        .iter()
        .flat_map(|start| start.all.iter().chain(start.methods.iter().flatten()));
    let asked = conditions.flat_map(|condition| condition.any.iter().map(|part| part.setting));
    let named = [DEFAULT_ROLE, PERSONAL_ROLE, TEAMS_ROLE, SYSTEM_ROLE, INVITE_EXTERNAL];
    let named = named.into_iter().filter_map(|path| profile.setting(path));
    for setting in asked.chain(named) {
        expect::with_required(ir, setting).for_each(|at| relevant[at] = true);
    }
    relevant
}

/// By entrance: what invites get from how many users.
fn for_invites(matrix: &Matrix, starts: &Starts) -> Vec<Counts> {
    if matrix.ir.tables.invites.is_empty() {
        return Vec::new();
    }
    let mut counts = vec![Counts::new(); starts.entrances()];
    for (class, at) in matrix.subject_classes.iter().zip(0u32..) {
        let Some(may_bring) = matrix.brings_invites(at) else { continue };
        for (counts, value) in counts.iter_mut().zip(matrix.start_row(at)) {
            *counts.entry(for_invite(value, may_bring)).or_default() += class.members.len() as i64;
        }
    }
    counts
}
