//! What is unknown in the matrices, and which declarations leave it so (docs/language.md, 4.7).

use super::account::Source;
use super::classes::Matrix;
use super::parties::{SubjectRef, TargetRef};
use super::session::{Cells, Decider, bits};
use super::start::{StartDecider, StartValue};
use crate::ir::*;
use crate::profile::Value;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// A declaration that leaves something unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What is declared, as the product calls it: `group policy`.
    pub kind: String,
    /// Its name; empty for the global default and for the order of group policies.
    pub name: String,
    /// Keywords and name of the declaration.
    pub span: Span,
    /// How many permissions of sessions are unknown because of it, `start` included.
    pub permissions: u64,
    /// How many settings and memberships of accounts.
    pub settings: u64,
}

/// What is unknown in the matrices of sessions and accounts.
#[derive(Clone, Debug, Default)]
pub struct Unknowns {
    /// How many permissions of sessions are unknown, `start` included.
    pub permissions: u64,
    /// How many settings and memberships of accounts.
    pub settings: u64,
    /// The declarations that leave them unknown, those that leave most first.
    pub holders: Vec<Holder>,
}

impl Unknowns {
    /// Counts what is unknown in the sessions and accounts of a matrix.
    pub fn new(matrix: &Matrix) -> Unknowns {
        if !matrix.ir.has_unknown() {
            return Unknowns::default();
        }
        let mut counting = Counting::new(matrix);
        counting.sessions();
        counting.accounts();
        counting.found.holders.retain(|found| found.permissions + found.settings > 0);
        counting
            .found
            .holders
            .sort_by_key(|found| (Reverse(found.permissions), Reverse(found.settings), found.span));
        counting.found
    }
}

impl Unknowns {
    /// Leaves out settings and memberships.
    pub fn keep_permissions(&mut self) {
        self.settings = 0;
        self.holders.iter_mut().for_each(|holder| holder.settings = 0);
        self.holders.retain(|holder| holder.permissions > 0);
    }

    /// Leaves out permissions.
    pub fn keep_settings(&mut self) {
        self.permissions = 0;
        self.holders.iter_mut().for_each(|holder| holder.permissions = 0);
        self.holders.retain(|holder| holder.settings > 0);
        self.holders.sort_by_key(|holder| (Reverse(holder.settings), holder.span));
    }
}

struct Counting<'m> {
    matrix: &'m Matrix,
    found: Unknowns,
    /// By place of the declaration: the index of its holder.
    known: FxHashMap<Span, usize>,
    /// The holders of the policies that leave something unknown.
    of_policy: FxHashMap<PolicyId, usize>,
}

impl<'m> Counting<'m> {
    fn new(matrix: &'m Matrix) -> Self {
        let (ir, terms) = (&matrix.ir, &matrix.ir.profile.terminology);
        let (found, known) = (Unknowns::default(), FxHashMap::default());
        let mut counting = Counting { matrix, found, known, of_policy: FxHashMap::default() };
        // What a guessed order leaves unknown is not the doing of a policy.
        if let Some(guessed) = ir.tables.guessed_order {
            counting.order(guessed.span);
        }
        let is_unknown = |line: &Definition| *ir.value(line.value) == Value::Unknown;
        for (policy, id) in ir.tables.policies.iter().zip(0..) {
            if !policy.definitions.iter().any(is_unknown) {
                continue;
            }
            let term = match policy.kind {
                PolicyKind::GlobalDefault => "global default",
                _ => &terms.session_policy,
            };
            let name = match policy.kind {
                PolicyKind::Named => &*policy.object.name,
                _ => "",
            };
            let holder = counting.holder(term, name, policy.object.span);
            counting.of_policy.insert(PolicyId(id), holder);
        }
        // The others belong to what they are assigned to.
        let tables = &ir.tables;
        let mut assigned = |term: &str, object: &Object, lines: &[Option<Assignment>]| {
            for policy in lines.iter().flatten().filter_map(|line| line.policy) {
                let is_own =
                    matches!(ir.policy(policy).kind, PolicyKind::Custom | PolicyKind::Unknown);
                if is_own && counting.of_policy.contains_key(&policy) {
                    let holder = counting.holder(term, &object.name, object.span);
                    counting.of_policy.insert(policy, holder);
                }
            }
        };
        for group in &tables.group_policies {
            assigned(&terms.group_policy, &group.object, &group.grants.session_policy);
        }
        for group in &tables.embassies {
            assigned("embassy", &group.object, &group.grants.session_policy);
        }
        for user in &tables.users {
            assigned(&terms.user, &user.object, &user.grants.session_policy);
        }
        for invite in &tables.invites {
            assigned(&terms.invite, &invite.object, &[Some(invite.session_policy)]);
        }
        for item in &tables.jump_items {
            assigned(&terms.jump_item, &item.object, &*item.session_policy);
        }
        for portal in &tables.portals {
            assigned(&terms.portal, &portal.object, &[portal.session_policy]);
        }
        if let Some(guessed) = tables.guessed_order {
            let holder = counting.order(guessed.span);
            counting.of_policy.insert(guessed.policy, holder);
        }
        counting
    }

    fn order(&mut self, span: Span) -> usize {
        self.holder("order of group policies", "", span)
    }

    fn holder(&mut self, kind: &str, name: &str, span: Span) -> usize {
        let holders = &mut self.found.holders;
        *self.known.entry(span).or_insert_with(|| {
            let (kind, name) = (kind.to_owned(), name.to_owned());
            holders.push(Holder { kind, name, span, permissions: 0, settings: 0 });
            holders.len() - 1
        })
    }

    /// The declaration of a line of an account. `users` are those whose own line it may be.
    fn of_source(&mut self, source: Source, line: Option<Span>, users: &[UserId]) -> Option<usize> {
        let (tables, terms) = (&self.matrix.ir.tables, &self.matrix.ir.profile.terminology);
        let (term, object) = match source {
            Source::GroupPolicy(id) => (&*terms.group_policy, &tables[id].object),
            Source::Embassy(id) => ("embassy", &tables[id].object),
            Source::User => {
                let says = |user: &&UserId| {
                    let own = &tables.users[user.index()].grants;
                    line.is_some() && own.memberships_unknown == line
                };
                let user = users.iter().find(says).or(users.first())?;
                (&*terms.user, &tables.users[user.index()].object)
            }
            Source::Profile => return None,
            Source::GuessedOrder => return line.map(|span| self.order(span)),
        };
        Some(self.holder(term, &object.name, object.span))
    }

    fn sessions(&mut self) {
        let matrix = self.matrix;
        for (class, subject) in (0..).zip(&matrix.subject_classes) {
            let starts = matrix.start_row(class);
            let mut open = Vec::new();
            for (at, endpoint) in (0..).zip(&matrix.endpoint_classes) {
                let start = starts[matrix.entrance(at) as usize];
                let begins = matrix.all_pairs || start != StartValue::Deny;
                if !begins || !matrix.is_kept(class, at) {
                    continue;
                }
                let sessions = (subject.members.len() * endpoint.members.len()) as u64;
                if start == StartValue::Unknown && matrix.shows_start {
                    self.found.permissions += sessions;
                    open.extend(endpoint.members.first().map(|first| (*first, endpoint)));
                }
                let (stack, cells) = matrix.resolve(class, at);
                let method = endpoint.method;
                for permission in bits(cells.unknown & matrix.visible) {
                    self.found.permissions += sessions;
                    let root = self.root(&cells, permission);
                    let cell = cells.cell(&matrix.ir, &stack, method, root);
                    if let Decider::Policy(_, id) = cell.decider
                        && let Some(holder) = self.of_policy.get(&id)
                    {
                        self.found.holders[*holder].permissions += sessions;
                    }
                }
            }
            if open.is_empty() {
                continue;
            }
            for &member in &subject.members {
                for (endpoint, class) in &open {
                    let by = self.start_decider(member, *endpoint);
                    if let Some(holder) = by.and_then(|by| self.of_start(member, *endpoint, &by)) {
                        let endpoints = class.members.len() as u64;
                        self.found.holders[holder].permissions += endpoints;
                    }
                }
            }
        }
    }

    fn start_decider(&self, subject: u32, endpoint: u32) -> Option<StartDecider> {
        self.matrix.start_cell(subject as usize, endpoint as usize).map(|cell| cell.by)
    }

    fn of_start(&mut self, subject: u32, endpoint: u32, by: &StartDecider) -> Option<usize> {
        let SubjectRef::User(user) = self.matrix.subjects[subject as usize].0 else { return None };
        let owner = match self.matrix.endpoints[endpoint as usize].0.target {
            TargetRef::JumpItem(id) => self.matrix.ir.tables.jump_items[id.index()].owner,
            TargetRef::Portal(_) => None,
        };
        let users: Vec<UserId> = [user].into_iter().chain(owner.map(|(owner, _)| owner)).collect();
        self.of_source(by.source, by.span, &users)
    }

    /// The permission because of which one is unknown: the farthest of those that it requires.
    fn root(&self, cells: &Cells, permission: usize) -> usize {
        let entries = &self.matrix.ir.profile.permissions;
        let parent = |at: &usize| entries[*at].requires.as_ref().map(|found| found.entry);
        let unknown = |at: &usize| cells.unknown >> *at & 1 == 1;
        let chain = std::iter::successors(Some(permission), |at| parent(at).filter(&unknown));
        chain.take(entries.len()).last().unwrap_or(permission)
    }

    fn accounts(&mut self) {
        let matrix = self.matrix;
        // Users who set nothing themselves have what their groups give them.
        let mut by_class: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (at, (subject, class)) in matrix.subjects.iter().enumerate() {
            let SubjectRef::User(user) = *subject else { continue };
            if matrix.subject_classes[*class as usize].members.is_empty() {
                continue;
            }
            let own = &matrix.ir.tables.users[user.index()].grants.session_policy;
            let shared = matrix.shared_class(at).filter(|_| *own == [None; 2]);
            let known = shared.and_then(|class| by_class.get(&class)).cloned();
            let holders = known.unwrap_or_else(|| self.account(user));
            self.found.settings += holders.len() as u64;
            for &holder in &holders {
                self.found.holders[holder].settings += 1;
            }
            if let Some(class) = shared {
                by_class.insert(class, holders);
            }
        }
    }

    /// Of each unknown setting and membership of an account: the declaration that leaves it so.
    fn account(&mut self, user: UserId) -> Vec<usize> {
        let matrix = self.matrix;
        let (account, entries) = (matrix.accounts.account(user), &matrix.ir.profile.settings);
        let mut lines: Vec<(Source, Option<Span>)> = Vec::new();
        for slot in 0..matrix.ir.profile.slots() {
            let chosen = account.session_policy(slot);
            let line = chosen.assignment.filter(|line| matrix.ir.is_unknown(line));
            lines.extend(line.map(|line| (chosen.source, Some(line.span))));
        }
        let is_unknown = |at: &usize| account.setting(*at).value == Some(&Value::Unknown);
        let parent = |at: &usize| entries[*at].requires.as_ref().map(|found| found.entry);
        for at in (0..entries.len()).filter(is_unknown) {
            let chain = std::iter::successors(Some(at), |at| parent(at).filter(&is_unknown));
            let setting = account.setting(chain.take(entries.len()).last().unwrap_or(at));
            lines.push((setting.source, setting.span));
        }
        for (source, membership) in account.memberships() {
            let is_unknown = membership.role == MemberRole::Unknown;
            lines.extend(is_unknown.then_some((source, Some(membership.span))));
        }
        let holders = lines.into_iter();
        holders.filter_map(|(source, line)| self.of_source(source, line, &[user])).collect()
    }
}
