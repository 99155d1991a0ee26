//! The changes that mutation testing makes: taking a line out, or replacing its value by the next
//! one.
//!
//! After a change the workspace still compiles. Where the compiler would ask for more, the change
//! includes it: lines of the same policy that require the old value are dropped, and what a global
//! default must then set is added with the profile's default. Changes that other lines of the
//! policy rule out are not made.

use super::lines::{LineKind, Owner, ValueLine, is_implied, lines};
use super::next::{candidates, cyclic};
use crate::ir::*;
use crate::profile::Value;
use crate::semantics::policy_lines;
use crate::semantics::start::DEFAULT_ROLE;
use crate::source::Span;
use crate::text::quote;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a line is changed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// The line is taken out.
    NotDefined,
    /// Another value of the permission or setting.
    Value(ValueId),
    /// Another session policy, or none.
    Policy(Option<PolicyId>),
    /// Another jump item role, or the default role.
    Role(Option<RoleId>),
}

/// A change of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineChange {
    /// Index into [`LineChanges::lines`].
    pub line: usize,
    /// What the line is changed to.
    pub to: To,
}

/// All changes of a workspace, each of one line, in order of place.
#[derive(Clone, Debug)]
pub struct LineChanges {
    /// All lines that define a value, in order of place.
    pub lines: Vec<ValueLine>,
    /// The changes, in the order of their lines.
    pub changes: Vec<LineChange>,
    /// The ids of all values.
    ids: FxHashMap<Value, ValueId>,
}

/// A session policy after a change, and what the change includes besides its line.
#[derive(Clone, Debug)]
pub struct ChangedPolicy {
    /// The policy with all lines that it then has.
    pub policy: Policy,
    /// Lines that required the old value.
    pub dropped: Vec<Span>,
    /// Permissions that the policy must set now, with the profile's default.
    pub added: Vec<u16>,
}

impl LineChanges {
    /// Finds all changes. Values that lines are changed to are added to the IR's table of values.
    pub fn new(ir: &mut Arc<Ir>) -> Self {
        let ir = Arc::make_mut(ir);
        let ids = ir.tables.values.iter().cloned().zip((0..).map(ValueId)).collect();
        let mut changes = LineChanges { lines: lines(ir), changes: Vec::new(), ids };
        for entry in 0..ir.profile.permissions.len() {
            let entry = &ir.profile.permissions[entry];
            let implied = entry.implied_by.iter().flat_map(|implication| &implication.values);
            let values: Vec<Value> =
                implied.map(|(_, value)| value.clone()).chain([entry.default.clone()]).collect();
            for value in values {
                changes.id(ir, value);
            }
        }
        for line in 0..changes.lines.len() {
            let to = changes.of_line(ir, line);
            changes.changes.extend(to.into_iter().map(|to| LineChange { line, to }));
        }
        changes
    }

    fn id(&mut self, ir: &mut Ir, value: Value) -> ValueId {
        let next = ValueId(ir.tables.values.len() as u32);
        *self.ids.entry(value).or_insert_with_key(|value| {
            ir.tables.values.push(value.clone());
            next
        })
    }

    /// Not Defined, if that is allowed here, and the next value that is allowed here.
    fn of_line(&mut self, ir: &mut Ir, line: usize) -> Vec<To> {
        match self.lines[line].kind {
            LineKind::Permission { policy, entry, .. } => {
                let Some(definition) = self.lines[line].definition(ir).copied() else {
                    return Vec::new();
                };
                let next = self.next_values(
                    ir,
                    definition,
                    &ir.profile.permissions[entry as usize].ty.clone(),
                );
                let is_allowed = |to: &To| self.policy(ir, policy, entry, *to).is_some();
                [To::NotDefined]
                    .into_iter()
                    .filter(is_allowed)
                    .chain(next.into_iter().find(is_allowed))
                    .collect()
            }
            LineKind::Setting { entry, .. } => {
                let Some(definition) = self.lines[line].definition(ir).copied() else {
                    return Vec::new();
                };
                let next = self.next_values(
                    ir,
                    definition,
                    &ir.profile.settings[entry as usize].ty.clone(),
                );
                [To::NotDefined].into_iter().chain(next.into_iter().next()).collect()
            }
            LineKind::Membership { owner, .. } => {
                let membership = self.lines[line].membership(ir);
                let next = membership.and_then(|found| next_role(ir, owner, found.role));
                [To::NotDefined].into_iter().chain(next.map(To::Role)).collect()
            }
            LineKind::SessionPolicy { .. } => {
                let next = self.next_policy(ir, line, |available| available.users);
                [To::NotDefined].into_iter().chain(next).collect()
            }
            LineKind::Invite(_) => self
                .next_policy(ir, line, |available| available.invites)
                .filter(|to| *to != To::Policy(None))
                .into_iter()
                .collect(),
            // Taking the line out means the same as `none`, except in a block with a default.
            LineKind::JumpItems(_) => self.none_or_next(ir, line, |available| available.jump_items),
            LineKind::Portal(_) => self.none_or_next(ir, line, |_| true),
        }
    }

    fn next_values(
        &mut self,
        ir: &mut Ir,
        definition: Definition,
        ty: &crate::profile::Type,
    ) -> Vec<To> {
        let roles: Vec<&str> = ir.tables.roles.iter().map(|role| &*role.object.name).collect();
        let values = candidates(ty, ir.value(definition.value), &roles);
        values.into_iter().map(|value| To::Value(self.id(ir, value))).collect()
    }

    fn none_or_next(
        &self,
        ir: &Ir,
        line: usize,
        available: impl Fn(&Available) -> bool,
    ) -> Vec<To> {
        let none = To::Policy(None);
        let now =
            To::Policy(self.lines[line].assignment(ir).and_then(|assignment| assignment.policy));
        let next = self.next_policy(ir, line, available).filter(|next| *next != none);
        [none].into_iter().filter(|none| *none != now).chain(next).collect()
    }

    /// The next policy by name that can be assigned instead of the line's; `none` where there is no
    /// other one.
    fn next_policy(
        &self,
        ir: &Ir,
        line: usize,
        available: impl Fn(&Available) -> bool,
    ) -> Option<To> {
        let now = self.lines[line].assignment(ir)?.policy;
        let named = ir.tables.policies.iter().zip((0..).map(PolicyId));
        let others = named.filter(|(policy, id)| {
            policy.kind == PolicyKind::Named && available(&policy.available) && Some(*id) != now
        });
        let others: Vec<PolicyId> = others.map(|(_, id)| id).collect();
        let next = others.iter().find(|id| Some(**id) > now).or(others.first()).copied();
        (next.is_some() || now.is_some()).then_some(To::Policy(next))
    }

    /// A session policy with one line changed; `None` if the compiler would reject it.
    pub fn policy(&self, ir: &Ir, id: PolicyId, entry: u16, to: To) -> Option<ChangedPolicy> {
        let old = ir.policy(id);
        let span = old.definition(entry as usize)?.span;
        let complete = must_be_complete(ir, old);
        let others =
            old.definitions.iter().filter(|line| line.entry != entry && !is_implied(ir, old, line));
        let mut lines: Vec<Definition> = others.copied().collect();
        match to {
            To::Value(value) => lines.push(Definition { entry, value, is_final: false, span }),
            To::NotDefined if complete => return None,
            To::NotDefined | To::Policy(_) | To::Role(_) => {}
        }
        let written = lines.iter().fold(0u128, |written, line| written | 1 << line.entry);
        let (mut dropped, mut added) = (Vec::new(), Vec::new());
        loop {
            self.imply(ir, &mut lines)?;
            let (all, known) = (lines.clone(), dropped.len());
            lines.retain(|line| {
                let keep = written >> line.entry & 1 == 0 || !conflicts(ir, &all, line);
                dropped.extend((!keep).then_some(line.span));
                keep
            });
            if dropped.len() > known {
                continue;
            }
            let next = || {
                let is_open = |entry| definition(&lines, entry).is_none();
                policy_lines::next_missing(&ir.profile, |at| value_in(ir, &lines, at), is_open)
            };
            let Some(entry) = complete.then(next).flatten() else { break };
            let value = *self.ids.get(&ir.profile.permissions[entry].default)?;
            let entry = entry as u16;
            added.push(entry);
            lines.push(Definition { entry, value, is_final: false, span });
        }
        lines.sort_by_key(|line| line.entry);
        Some(ChangedPolicy { policy: Policy { definitions: lines, ..old.clone() }, dropped, added })
    }

    /// Adds what lines imply; `None` if a line contradicts that.
    fn imply(&self, ir: &Ir, lines: &mut Vec<Definition>) -> Option<()> {
        for entry in 0..ir.profile.permissions.len() {
            let value = |at| value_in(ir, lines, at);
            let Some((by, value)) = policy_lines::implied(&ir.profile, entry, value) else {
                continue;
            };
            let span = definition(lines, by)?.span;
            let value = *self.ids.get(value)?;
            match definition(lines, entry) {
                Some(own) if own.value != value => return None,
                Some(_) => {}
                None => {
                    lines.push(Definition { entry: entry as u16, value, is_final: false, span })
                }
            }
        }
        Some(())
    }

    /// What an owner defines, with one line changed.
    pub fn grants(&self, ir: &Ir, owner: Owner, kind: &LineKind, to: To) -> Grants {
        let mut grants = owner.grants(ir).clone();
        match kind {
            LineKind::Setting { entry, .. } => match to {
                To::Value(value) => grants
                    .settings
                    .iter_mut()
                    .filter(|line| line.entry == *entry)
                    .for_each(|line| line.value = value),
                To::NotDefined | To::Policy(_) | To::Role(_) => {
                    grants.settings.retain(|line| line.entry != *entry)
                }
            },
            LineKind::Membership { group, .. } => {
                let key = MembershipKey::JumpGroup(*group);
                let here = grants.memberships.iter_mut().filter(|line| line.key == key);
                match to {
                    To::Role(role) => here.for_each(|line| line.role = with_role(line.role, role)),
                    To::NotDefined | To::Value(_) | To::Policy(_) => {
                        grants.memberships.retain(|line| line.key != key)
                    }
                }
            }
            LineKind::SessionPolicy { slots, .. } => {
                for (slot, _) in slots.iter().enumerate().filter(|(_, has)| **has) {
                    grants.session_policy[slot] = match to {
                        To::Policy(policy) => grants.session_policy[slot]
                            .map(|assignment| Assignment { policy, ..assignment }),
                        To::NotDefined | To::Value(_) | To::Role(_) => None,
                    };
                }
            }
            LineKind::Permission { .. }
            | LineKind::Invite(_)
            | LineKind::JumpItems(_)
            | LineKind::Portal(_) => {}
        }
        grants
    }

    /// What a line is changed to, as canonical text.
    pub fn text(&self, ir: &Ir, change: &LineChange) -> String {
        let line = &self.lines[change.line];
        match (change.to, &line.kind) {
            (To::NotDefined, LineKind::Membership { .. }) => "removed".into(),
            (To::NotDefined, _) => "not defined".into(),
            (To::Role(role), _) => {
                let now = line.membership(ir).map(|membership| membership.role);
                now.map(|now| ir.member_role_text(with_role(now, role))).unwrap_or_default()
            }
            (To::Policy(None), _) => "none".into(),
            (To::Policy(Some(id)), _) => quote(&ir.policy(id).object.name),
            (To::Value(value), LineKind::Setting { entry, .. }) => {
                ir.profile.settings[*entry as usize].ty.text(ir.value(value))
            }
            (To::Value(value), LineKind::Permission { entry, .. }) => {
                ir.profile.permissions[*entry as usize].ty.text(ir.value(value))
            }
            (To::Value(_), _) => String::new(),
        }
    }
}

/// The role of a membership with another jump item role: its jump policy stays.
fn with_role(now: MemberRole, role: Option<RoleId>) -> MemberRole {
    match now {
        MemberRole::JumpItemRole(_, jump_policy) => MemberRole::JumpItemRole(role, jump_policy),
        other => other,
    }
}

/// What the role of a membership in a jump group is changed to: the next one by name that says
/// otherwise whether sessions can be started, else the next one, else the default role.
fn next_role(ir: &Ir, owner: Owner, now: MemberRole) -> Option<Option<RoleId>> {
    let MemberRole::JumpItemRole(now, _) = now else { return None };
    let default = ir.profile.setting(DEFAULT_ROLE);
    let starts = |role: Option<RoleId>| {
        let role = role.or(default.and_then(|at| default_role(ir, owner, at)));
        role.is_some_and(|id| ir.allows_start(id))
    };
    let others = cyclic(ir.tables.roles.len(), now.map(|id| id.index()));
    let others: Vec<RoleId> = others.map(|at| RoleId(at as u32)).collect();
    let differs = |other: &&RoleId| starts(Some(**other)) != starts(now);
    match others.iter().find(differs).or(others.first()) {
        Some(other) => Some(Some(*other)),
        None => (default.is_some() && now.is_some()).then_some(None),
    }
}

/// The role that memberships as the default role most likely have: the one that the owner itself
/// says, else the profile's.
fn default_role(ir: &Ir, owner: Owner, setting: usize) -> Option<RoleId> {
    let own = owner.grants(ir).setting(setting).map(|line| ir.value(line.value));
    match own.unwrap_or(&ir.profile.settings[setting].default) {
        Value::Role(Some(name)) => ir.role(name),
        _ => None,
    }
}

/// Whether a policy must define every permission.
fn must_be_complete(ir: &Ir, policy: &Policy) -> bool {
    let for_users = |policy: &Policy| policy.kind == PolicyKind::Named && policy.available.users;
    match policy.kind {
        PolicyKind::Named | PolicyKind::Unknown => false,
        PolicyKind::GlobalDefault => true,
        PolicyKind::Custom => {
            ir.profile.custom_complete && !ir.tables.policies.iter().any(for_users)
        }
    }
}

fn definition(lines: &[Definition], entry: usize) -> Option<&Definition> {
    lines.iter().find(|line| line.entry as usize == entry)
}

/// Whether the product could not hold a line beside the others.
fn conflicts(ir: &Ir, lines: &[Definition], line: &Definition) -> bool {
    let permission = line.entry as usize;
    let requirement = ir.profile.permissions[permission].requires.as_ref();
    let required = requirement.and_then(|requirement| value_in(ir, lines, requirement.entry));
    required.is_some_and(|required| {
        policy_lines::conflicts(&ir.profile, permission, ir.value(line.value), required)
    })
}

/// The value that a policy's lines set for a permission.
fn value_in<'i>(ir: &'i Ir, lines: &[Definition], entry: usize) -> Option<&'i Value> {
    definition(lines, entry).map(|line| ir.value(line.value))
}
