//! What lints share: the matrix, built once, and facts about it that several lints need. Facts are
//! computed when a lint first asks for them; lints run side by side, so that another one may wait
//! for that. What computes a fact must not use [`crate::parallel`] itself: its thread could take on
//! the lint that waits.

use super::dead_lines::{DeadLine, dead_lines};
use super::lines::AccountLines;
use super::uses::Uses;
use crate::ir::*;
use crate::matrix::pairs::{Policies, PolicyPair, SubjectsAt};
use crate::matrix::session::NONE;
use crate::matrix::{Endpoint, Matrix};
use crate::text::Date;
use std::sync::{Arc, OnceLock};

pub(super) use crate::matrix::session::bits;

pub(super) struct Context<'a> {
    pub ir: &'a Ir,
    pub matrix: Matrix,
    /// The day that dates are compared with.
    pub as_of: Option<Date>,
    policies: Policies,
    subjects_at: OnceLock<SubjectsAt>,
    session_counts: OnceLock<Vec<u64>>,
    sessions: OnceLock<Sessions>,
    accounts: OnceLock<AccountLines>,
    dead_lines: OnceLock<Vec<DeadLine>>,
    uses: OnceLock<Uses>,
}

/// Of how many pairs the sessions are kept: 64 MB.
const MAX_COUNTS: usize = 8_000_000;

/// What policies do in all sessions together.
pub(super) struct Sessions {
    /// By policy: whether it is in a layer of any pair of a subject and an endpoint.
    pub is_asked: Vec<bool>,
    /// By policy: in how many sessions it is in a layer.
    pub asked: Vec<u64>,
    /// By policy: the permissions that it decides for some pair.
    pub decided: Vec<u128>,
}

impl<'a> Context<'a> {
    pub(super) fn new(ir: &'a Arc<Ir>, as_of: Option<Date>) -> Self {
        let matrix = Matrix::new(ir);
        let policies = Policies::new(&matrix);
        let (subjects_at, session_counts, sessions) = Default::default();
        let (accounts, dead_lines, uses) = Default::default();
        Context {
            ir,
            matrix,
            as_of,
            policies,
            subjects_at,
            session_counts,
            sessions,
            accounts,
            dead_lines,
            uses,
        }
    }

    /// Goes through all sessions of the matrix, taking those with the same policies together, with
    /// their number.
    pub(super) fn each_pair(&self, mut look: impl FnMut(&PolicyPair<'_>, u64)) {
        self.each_possible_pair(|pair, sessions| {
            if sessions > 0 {
                look(pair, sessions);
            }
        });
    }

    /// The same with those that nobody can start: their policies may matter one day.
    pub(super) fn each_possible_pair(&self, mut look: impl FnMut(&PolicyPair<'_>, u64)) {
        let known = self.session_counts().iter().copied();
        let mut known = known.map(Some).chain(std::iter::repeat(None));
        self.policies.each_pair(&self.matrix, |pair| {
            look(&pair, known.next().flatten().unwrap_or_else(|| self.sessions_of(&pair)));
        });
    }

    /// How many sessions each pair has, in their order; empty where there are too many pairs to
    /// keep that.
    fn session_counts(&self) -> &[u64] {
        self.session_counts.get_or_init(|| {
            let slot = |method: usize| self.ir.profile.slot_of(method);
            let endpoints = self.policies.endpoints.iter();
            let pairs = endpoints.map(|found| self.policies.subjects[slot(found.method)].len());
            let mut counts = Vec::new();
            if pairs.sum::<usize>() <= MAX_COUNTS {
                let add = |pair: PolicyPair<'_>| counts.push(self.sessions_of(&pair));
                self.policies.each_pair(&self.matrix, add);
            }
            counts
        })
    }

    fn sessions_of(&self, pair: &PolicyPair<'_>) -> u64 {
        let classes = &self.matrix.endpoint_classes;
        self.sessions_with(pair, |class| classes[class].members.len() as u64)
    }

    /// How many sessions a pair has, where `endpoints` says how many endpoints of a class count.
    pub(super) fn sessions_with(
        &self,
        pair: &PolicyPair<'_>,
        endpoints: impl Fn(usize) -> u64,
    ) -> u64 {
        self.subjects_at().sessions(&self.matrix, pair, endpoints)
    }

    fn subjects_at(&self) -> &SubjectsAt {
        self.subjects_at.get_or_init(|| SubjectsAt::new(&self.matrix, &self.policies))
    }

    /// The first session of a pair, as indices of subject and endpoint.
    pub(super) fn first_session(&self, pair: &PolicyPair<'_>) -> Option<(u32, u32)> {
        let Matrix { subject_classes, endpoint_classes, .. } = &self.matrix;
        let sessions = pair.endpoints.classes.iter().flat_map(|&to| {
            let subjects = pair.subjects.classes.iter();
            let having = subjects.filter(move |class| self.matrix.has_sessions(**class, to));
            having.filter_map(move |&class| {
                let endpoint = endpoint_classes[to as usize].members.first()?;
                let subject = subject_classes[class as usize].members.first()?;
                Some((*subject, *endpoint))
            })
        });
        sessions.min()
    }

    /// By endpoint class: how many of its endpoints are as asked.
    pub(super) fn endpoints_that(&self, is: impl Fn(&Endpoint) -> bool) -> Vec<u64> {
        let classes = self.matrix.endpoint_classes.iter().map(|class| {
            let is = |at: &&u32| is(&self.matrix.endpoints[**at as usize].0);
            class.members.iter().filter(is).count() as u64
        });
        classes.collect()
    }

    pub(super) fn sessions(&self) -> &Sessions {
        self.sessions.get_or_init(|| {
            let count = self.ir.tables.policies.len();
            let mut sessions = Sessions {
                is_asked: vec![false; count],
                asked: vec![0; count],
                decided: vec![0; count],
            };
            self.each_possible_pair(|pair, of_pair| {
                for (layer, &policy) in
                    pair.stack.iter().enumerate().filter(|(_, policy)| **policy != NONE)
                {
                    let policy = policy as usize;
                    sessions.is_asked[policy] = true;
                    // A policy in two layers of a session counts once.
                    if !pair.stack[..layer].contains(&(policy as u32)) {
                        sessions.asked[policy] += of_pair;
                    }
                    sessions.decided[policy] |=
                        pair.cells.decided_by_layer[layer] & !pair.cells.fixed;
                }
            });
            sessions
        })
    }

    /// The lines of the group policies and embassies of each class of users.
    pub(super) fn accounts(&self) -> &AccountLines {
        self.accounts.get_or_init(|| AccountLines::new(self.ir, &self.matrix.accounts))
    }

    /// Lines of group policies that decide for none of their members.
    pub(super) fn dead_lines(&self) -> &[DeadLine] {
        self.dead_lines.get_or_init(|| dead_lines(self.accounts()))
    }

    pub(super) fn uses(&self) -> &Uses {
        self.uses.get_or_init(|| Uses::new(self.ir))
    }

    pub(super) fn permission(&self, permission: usize) -> &'a str {
        &self.ir.profile.permissions[permission].path
    }

    /// `shell = allow`, as the policy sets it.
    pub(super) fn permission_line(&self, definition: &Definition) -> String {
        let entry = &self.ir.profile.permissions[definition.entry as usize];
        format!("{} = {}", entry.path, entry.ty.text(self.ir.value(definition.value)))
    }

    /// `session policy `Servers``, or what else a policy is called.
    pub(super) fn policy_text(&self, id: PolicyId) -> String {
        let policy = self.ir.policy(id);
        let term = &self.ir.profile.terminology.session_policy;
        match policy.kind {
            PolicyKind::Named => format!("{term} {}", super::text::name(&policy.object)),
            PolicyKind::Custom => format!("a `custom` {term}"),
            PolicyKind::Unknown => format!("an `unknown` {term}"),
            PolicyKind::GlobalDefault => "the global default".into(),
        }
    }
}
