//! The lines of group policies, embassies and users as the group logic sees them: each gives a
//! value to one key.

use crate::ir::*;
use crate::matrix::{Accounts, Source};
use crate::profile::Value;
use crate::semantics::group_logic::{self, LineKind};
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// What an account gets independently of everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// By slot.
    SessionPolicy(u8),
    Setting(u16),
    Membership(MembershipKey),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LineValue {
    SessionPolicy(Option<PolicyId>),
    Setting(ValueId),
    Membership(MemberRole),
}

/// A line of a group policy, an embassy or a user.
#[derive(Clone, Copy, Debug)]
pub(super) struct GrantLine {
    pub key: Key,
    pub value: LineValue,
    pub is_final: bool,
    pub span: Span,
}

impl GrantLine {
    /// Lines that say `unknown` are left out.
    pub(super) fn kind(&self) -> LineKind {
        LineKind { is_final: self.is_final, is_unknown: false }
    }
}

/// A line of a group policy or an embassy, with its place in the group logic.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupLine {
    pub source: Source,
    pub line: GrantLine,
}

/// What a class of users gets from its groups.
pub(super) struct ClassLines {
    pub users: u64,
    /// By key: the lines that give it, in the order of their group policies. Never empty.
    pub by_key: BTreeMap<Key, Vec<GroupLine>>,
}

pub(super) fn lines(grants: &Grants) -> impl Iterator<Item = GrantLine> {
    let policies = grants.session_policy.iter().zip(0u8..).filter_map(|(assignment, slot)| {
        let Assignment { policy, is_final, span } = (*assignment)?;
        Some(GrantLine {
            key: Key::SessionPolicy(slot),
            value: LineValue::SessionPolicy(policy),
            is_final,
            span,
        })
    });
    let settings = grants.settings.iter().map(|&Definition { entry, value, is_final, span }| {
        GrantLine { key: Key::Setting(entry), value: LineValue::Setting(value), is_final, span }
    });
    let memberships =
        grants.memberships.iter().map(|&Membership { key, role, is_final, span, .. }| {
            let value = LineValue::Membership(role);
            GrantLine { key: Key::Membership(key), value, is_final, span }
        });
    policies.chain(settings).chain(memberships)
}

pub(super) fn class_lines(ir: &Ir, accounts: &Accounts) -> Vec<ClassLines> {
    let mut classes: Vec<ClassLines> = accounts
        .classes
        .iter()
        .map(|class| {
            let mut by_key: BTreeMap<Key, Vec<GroupLine>> = BTreeMap::new();
            let policies = class.groups.policies.iter().map(|id| Source::GroupPolicy(*id));
            for source in policies.chain(class.groups.embassy.map(Source::Embassy)) {
                let Some(group) = group(ir, source) else { continue };
                for line in lines(&group.grants) {
                    by_key.entry(line.key).or_default().push(GroupLine { source, line });
                }
            }
            ClassLines { users: 0, by_key }
        })
        .collect();
    leave_out_open(ir, &mut classes);
    for user in 0..ir.tables.users.len() as u32 {
        classes[accounts.class_of(UserId(user)) as usize].users += 1;
    }
    classes
}

/// Leaves out what cannot be told as long as something is unknown: which of some lines decides, and
/// whether one of them decides anywhere.
fn leave_out_open(ir: &Ir, classes: &mut [ClassLines]) {
    let is_unknown = |group: &GroupLine| match group.line.value {
        LineValue::Setting(value) => *ir.value(value) == Value::Unknown,
        LineValue::SessionPolicy(policy) => {
            policy.is_some_and(|policy| ir.policy(policy).kind == PolicyKind::Unknown)
        }
        LineValue::Membership(_) => false,
    };
    let guessed = ir.tables.guessed_order.is_some();
    let mut open: FxHashSet<Span> = FxHashSet::default();
    loop {
        let known = open.len();
        for class in &mut *classes {
            class.by_key.retain(|_, lines| {
                let is_open = (guessed && lines.len() > 1)
                    || lines
                        .iter()
                        .any(|group| is_unknown(group) || open.contains(&group.line.span));
                if is_open {
                    open.extend(lines.iter().map(|group| group.line.span));
                }
                !is_open
            });
        }
        if open.len() == known {
            return;
        }
    }
}

/// The group policy or embassy that a source is.
pub(super) fn group(ir: &Ir, source: Source) -> Option<&Group> {
    match source {
        Source::GroupPolicy(id) => ir.tables.group_policies.get(id.index()),
        Source::Embassy(id) => ir.tables.embassies.get(id.index()),
        Source::User | Source::Profile | Source::GuessedOrder => None,
    }
}

/// Which of a key's lines decides for the members; `None` only where there are no lines.
pub(super) fn decider(lines: &[GroupLine]) -> Option<usize> {
    let kinds = lines.iter().map(|group| group.line.kind());
    group_logic::decides(kinds.enumerate(), None, |_, _| false)
}

/// A key as the user wrote it.
pub(super) fn key_text(ir: &Ir, key: Key) -> String {
    match key {
        Key::SessionPolicy(slot) => ir.profile.slot_path(slot as usize).into(),
        Key::Setting(entry) => ir.profile.settings[entry as usize].path.clone(),
        Key::Membership(key) => ir.membership_text(key),
    }
}

/// `group policy `Vendors``, as messages name it.
pub(super) fn group_text(ir: &Ir, source: Source) -> String {
    let term = match source {
        Source::Embassy(_) => "embassy",
        _ => &ir.profile.terminology.group_policy,
    };
    group(ir, source)
        .map(|group| format!("{term} {}", super::text::name(&group.object)))
        .unwrap_or_default()
}
