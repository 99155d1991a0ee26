//! What lints share: the matrix, built once, and facts about it that several lints need. Facts are
//! computed when a lint first asks for them.

use super::dead_lines::{DeadLine, dead_lines};
use super::lines::{ClassLines, class_lines};
use super::uses::Uses;
use crate::ir::*;
use crate::matrix::session::{NONE, merged};
use crate::matrix::{Cells, Endpoint, Matrix, Stack, StartValue};
use crate::text::Date;
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::sync::Arc;

pub(super) use crate::matrix::session::bits;

pub(super) struct Context<'a> {
    pub ir: &'a Ir,
    pub matrix: Matrix,
    /// The day that dates are compared with.
    pub as_of: Option<Date>,
    /// By slot: each stack that some subject has there.
    pub subject_stacks: [Vec<SubjectStack>; 2],
    /// By class of subjects and place: whether sessions can be started.
    starts: OnceCell<Vec<Vec<StartValue>>>,
    sessions: OnceCell<Sessions>,
    accounts: OnceCell<Vec<ClassLines>>,
    dead_lines: OnceCell<Vec<DeadLine>>,
    uses: OnceCell<Uses>,
}

/// Subjects that contribute the same policies to sessions of a slot.
pub(super) struct SubjectStack {
    pub stack: Stack,
    pub classes: Vec<u32>,
}

/// Sessions of one method with the same policies.
pub(super) struct Pair {
    pub stack: Stack,
    pub cells: Cells,
    pub method: usize,
    pub endpoint_class: usize,
    /// The classes of subjects that have sessions, and how many subjects these are.
    pub classes: Vec<u32>,
    pub subjects: u64,
    pub sessions: u64,
}

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
        let subject_stacks = std::array::from_fn(|slot| {
            let mut known: FxHashMap<Stack, usize> = FxHashMap::default();
            let mut stacks: Vec<SubjectStack> = Vec::new();
            for (class, index) in matrix.subject_classes.iter().zip(0..) {
                let at = *known.entry(class.stacks[slot]).or_insert_with_key(|stack| {
                    stacks.push(SubjectStack { stack: *stack, classes: Vec::new() });
                    stacks.len() - 1
                });
                stacks[at].classes.push(index);
            }
            stacks
        });
        let (starts, sessions, accounts, dead_lines, uses) = Default::default();
        Context { ir, matrix, as_of, subject_stacks, starts, sessions, accounts, dead_lines, uses }
    }

    /// Goes through all sessions of the matrix, taking those with the same policies together.
    pub(super) fn each_pair(&self, mut look: impl FnMut(&Pair)) {
        self.each_possible_pair(|pair| {
            if pair.sessions > 0 {
                look(pair);
            }
        });
    }

    /// The same with those that nobody can start: their policies may matter one day.
    pub(super) fn each_possible_pair(&self, mut look: impl FnMut(&Pair)) {
        for (endpoint_class, endpoint) in self.matrix.endpoint_classes.iter().enumerate() {
            let method = endpoint.method;
            let stacks = &self.subject_stacks[self.ir.profile.slot_of(method)];
            for SubjectStack { stack: subject, classes } in stacks {
                let stack = merged(subject, &endpoint.stack);
                let cells = self.matrix.rules.resolve(&stack, method);
                let has = |class: &u32| self.has_sessions(*class, endpoint_class);
                let classes: Vec<u32> = classes.iter().copied().filter(has).collect();
                let subject_classes = &self.matrix.subject_classes;
                let members = |class: &u32| subject_classes[*class as usize].members.len() as u64;
                let subjects: u64 = classes.iter().map(members).sum();
                let sessions = subjects * endpoint.members.len() as u64;
                look(&Pair { stack, cells, method, endpoint_class, classes, subjects, sessions });
            }
        }
    }

    fn has_sessions(&self, subject_class: u32, endpoint_class: usize) -> bool {
        let starts = self.starts.get_or_init(|| {
            let classes = 0..self.matrix.subject_classes.len() as u32;
            classes.map(|class| self.matrix.start_row(class)).collect()
        });
        let entrance = self.matrix.entrance(endpoint_class as u32) as usize;
        self.matrix.all_pairs || starts[subject_class as usize][entrance] != StartValue::Deny
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
            self.each_possible_pair(|pair| {
                for (layer, &policy) in
                    pair.stack.iter().enumerate().filter(|(_, policy)| **policy != NONE)
                {
                    let policy = policy as usize;
                    sessions.is_asked[policy] = true;
                    // A policy in two layers of a session counts once.
                    if !pair.stack[..layer].contains(&(policy as u32)) {
                        sessions.asked[policy] += pair.sessions;
                    }
                    sessions.decided[policy] |=
                        pair.cells.decided_by_layer[layer] & !pair.cells.fixed;
                }
            });
            sessions
        })
    }

    /// The lines of the group policies and embassies of each class of users.
    pub(super) fn accounts(&self) -> &[ClassLines] {
        self.accounts.get_or_init(|| class_lines(self.ir, &self.matrix.accounts))
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
