//! The lines that define a value, which coverage counts and mutation changes.
//!
//! A line is a definition of a permission in a session policy (named, custom, or the global
//! default), a definition of a setting in a group policy, an embassy or a user, an assignment of a
//! session policy to any object, or a membership in a jump group, which decides `start` of the
//! sessions there. A line that defines several things (what it implies, the policy of both slots,
//! the policy of all jump items of a block) is one line.
//!
//! Other memberships (teams, jumpoints, vault account groups, vault accounts) are not lines,
//! because no expectation can check one; they are only counted. Neither is what says who or where
//! (`members`, `kind`, `group`, `portal`, the orders), which has no value that a test could expect.

use crate::ir::*;
use crate::profile::Type;
use crate::semantics::policy_lines;
use crate::source::Span;
use crate::text::quote;
use rustc_hash::FxHashMap;

/// An object that defines settings of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A group policy.
    GroupPolicy(GroupPolicyId),
    /// An embassy.
    Embassy(EmbassyId),
    /// A user, with what is assigned directly.
    User(UserId),
}

impl Owner {
    /// Its name and place.
    pub fn object(self, ir: &Ir) -> &Object {
        match self {
            Owner::GroupPolicy(id) => &ir.tables.group_policies[id.index()].object,
            Owner::Embassy(id) => &ir.tables.embassies[id.index()].object,
            Owner::User(id) => &ir.tables.users[id.index()].object,
        }
    }

    /// What it defines.
    pub fn grants(self, ir: &Ir) -> &Grants {
        match self {
            Owner::GroupPolicy(id) => &ir.tables.group_policies[id.index()].grants,
            Owner::Embassy(id) => &ir.tables.embassies[id.index()].grants,
            Owner::User(id) => &ir.tables.users[id.index()].grants,
        }
    }
}

/// A line that defines a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueLine {
    /// The text from the beginning of the line's statement to its end.
    pub span: Span,
    /// What it defines.
    pub kind: LineKind,
}

/// What a line defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A permission of a session policy.
    Permission {
        /// The session policy.
        policy: PolicyId,
        /// Index of the permission.
        entry: u16,
        /// The object that the session policy belongs to, if it is a custom one.
        owner: Option<Owner>,
    },
    /// A setting of accounts.
    Setting {
        /// The object that defines it.
        owner: Owner,
        /// Index of the setting.
        entry: u16,
    },
    /// A membership in a jump group, in a profile that says which sessions can be started.
    Membership {
        /// The object that defines it.
        owner: Owner,
        /// The jump group.
        group: JumpGroupId,
    },
    /// The session policy of an account.
    SessionPolicy {
        /// The object that assigns it.
        owner: Owner,
        /// Whether the line assigns the policy of each slot.
        slots: [bool; 2],
    },
    /// The session policy of an invite.
    Invite(InviteId),
    /// The session policy of jump items, each with the slot (present, absent) that this line
    /// assigns. Never empty.
    JumpItems(Vec<(JumpItemId, usize)>),
    /// The session policy of a portal.
    Portal(PortalId),
}

/// All lines that define a value, in order of place.
pub fn lines(ir: &Ir) -> Vec<ValueLine> {
    let tables = &ir.tables;
    let mut lines = Vec::new();
    let mut customs: FxHashMap<PolicyId, Owner> = FxHashMap::default();
    for owner in owners(ir) {
        let grants = owner.grants(ir);
        let settings = grants.settings.iter();
        lines.extend(settings.map(|line| ValueLine {
            span: line.span,
            kind: LineKind::Setting { owner, entry: line.entry },
        }));
        lines.extend(grants.memberships.iter().filter_map(|membership| {
            let group = decides_start(ir, membership)?;
            let kind = LineKind::Membership { owner, group };
            Some(ValueLine { span: membership.span, kind })
        }));
        for (slot, assignment) in grants.session_policy.iter().enumerate() {
            let Some(assignment) = assignment else { continue };
            customs.extend(assignment.policy.map(|policy| (policy, owner)));
            let same = |other: &Option<Assignment>| {
                other.is_some_and(|other| other.span == assignment.span)
            };
            let slots = [same(&grants.session_policy[0]), same(&grants.session_policy[1])];
            if slots.iter().position(|slot| *slot) == Some(slot) {
                lines.push(ValueLine {
                    span: assignment.span,
                    kind: LineKind::SessionPolicy { owner, slots },
                });
            }
        }
    }
    for (policy, id) in tables.policies.iter().zip((0..).map(PolicyId)) {
        let owner = customs.get(&id).copied().filter(|_| policy.kind == PolicyKind::Custom);
        let written = policy.definitions.iter().filter(|line| !is_implied(ir, policy, line));
        lines.extend(written.map(|line| ValueLine {
            span: line.span,
            kind: LineKind::Permission { policy: id, entry: line.entry, owner },
        }));
    }
    for (invite, id) in tables.invites.iter().zip((0..).map(InviteId)) {
        lines.push(ValueLine { span: invite.session_policy.span, kind: LineKind::Invite(id) });
    }
    lines.extend(of_jump_items(ir));
    for (portal, id) in tables.portals.iter().zip((0..).map(PortalId)) {
        lines.extend(
            portal
                .session_policy
                .map(|assignment| ValueLine { span: assignment.span, kind: LineKind::Portal(id) }),
        );
    }
    lines.sort_by_key(|line| line.span);
    lines
}

fn owners(ir: &Ir) -> impl Iterator<Item = Owner> + use<> {
    let tables = &ir.tables;
    let groups =
        (0..tables.group_policies.len() as u32).map(|id| Owner::GroupPolicy(GroupPolicyId(id)));
    let embassies = (0..tables.embassies.len() as u32).map(|id| Owner::Embassy(EmbassyId(id)));
    groups.chain(embassies).chain((0..tables.users.len() as u32).map(|id| Owner::User(UserId(id))))
}

/// One line may be the default of a whole block of jump items.
fn of_jump_items(ir: &Ir) -> Vec<ValueLine> {
    let mut known: FxHashMap<Span, usize> = FxHashMap::default();
    let mut lines: Vec<(Span, Vec<(JumpItemId, usize)>)> = Vec::new();
    for (item, id) in ir.tables.jump_items.iter().zip((0..).map(JumpItemId)) {
        for (slot, assignment) in item.session_policy.iter().enumerate() {
            let Some(assignment) = assignment else { continue };
            let at = *known.entry(assignment.span).or_insert_with(|| {
                lines.push((assignment.span, Vec::new()));
                lines.len() - 1
            });
            lines[at].1.push((id, slot));
        }
    }
    lines
        .into_iter()
        .map(|(span, items)| ValueLine { span, kind: LineKind::JumpItems(items) })
        .collect()
}

/// Whether a definition of a policy was not written, but implied by the line of another one.
pub(super) fn is_implied(ir: &Ir, policy: &Policy, definition: &Definition) -> bool {
    let value = |entry| policy.definition(entry).map(|line| ir.value(line.value));
    let by = policy_lines::implied(&ir.profile, definition.entry as usize, value);
    by.and_then(|(by, _)| policy.definition(by)).is_some_and(|by| by.span == definition.span)
}

/// The jump group of a membership that says which sessions can be started.
fn decides_start(ir: &Ir, membership: &Membership) -> Option<JumpGroupId> {
    match membership.key {
        MembershipKey::JumpGroup(group) if ir.profile.start.is_some() => Some(group),
        _ => None,
    }
}

/// How many memberships of group policies, embassies and users no test can check.
pub fn unchecked_memberships(ir: &Ir) -> u64 {
    let all = owners(ir).flat_map(|owner| &owner.grants(ir).memberships);
    all.filter(|membership| decides_start(ir, membership).is_none()).count() as u64
}

impl ValueLine {
    /// The permission or setting, as it is written; of a membership, what it is in.
    pub fn setting(&self, ir: &Ir) -> String {
        match &self.kind {
            LineKind::Permission { entry, .. } => {
                ir.profile.permissions[*entry as usize].path.clone()
            }
            LineKind::Setting { entry, .. } => ir.profile.settings[*entry as usize].path.clone(),
            LineKind::Membership { group, .. } => {
                ir.membership_text(MembershipKey::JumpGroup(*group))
            }
            // There are several ways to write it, so the source text says which one it is.
            _ => {
                let written = ir.sources.text(self.span).split('=').next().unwrap_or_default();
                written.split_whitespace().next_back().unwrap_or("session_policy").to_owned()
            }
        }
    }

    /// What the line defines, if it is a permission or a setting.
    pub fn definition<'i>(&self, ir: &'i Ir) -> Option<&'i Definition> {
        match &self.kind {
            LineKind::Permission { policy, entry, .. } => {
                ir.policy(*policy).definition(*entry as usize)
            }
            LineKind::Setting { owner, entry } => owner.grants(ir).setting(*entry as usize),
            _ => None,
        }
    }

    /// The membership, if the line defines one.
    pub fn membership<'i>(&self, ir: &'i Ir) -> Option<&'i Membership> {
        let LineKind::Membership { owner, group } = self.kind else { return None };
        let key = MembershipKey::JumpGroup(group);
        owner.grants(ir).memberships.iter().find(|membership| membership.key == key)
    }

    /// The value, as canonical text; of a membership, its role.
    pub fn value(&self, ir: &Ir) -> String {
        let text =
            |ty: &Type| self.definition(ir).map(|definition| ty.text(ir.value(definition.value)));
        let text = match &self.kind {
            LineKind::Permission { entry, .. } => text(&ir.profile.permissions[*entry as usize].ty),
            LineKind::Setting { entry, .. } => text(&ir.profile.settings[*entry as usize].ty),
            LineKind::Membership { .. } => {
                self.membership(ir).map(|membership| ir.member_role_text(membership.role))
            }
            _ => self.assignment(ir).map(|assignment| ir.assignment_text(&assignment)),
        };
        text.unwrap_or_default()
    }

    /// The session policy that the line assigns, if it is such a line.
    pub fn assignment(&self, ir: &Ir) -> Option<Assignment> {
        match &self.kind {
            LineKind::Permission { .. }
            | LineKind::Setting { .. }
            | LineKind::Membership { .. } => None,
            LineKind::SessionPolicy { owner, slots } => {
                owner.grants(ir).session_policy[usize::from(!slots[0])]
            }
            LineKind::Invite(id) => Some(ir.tables.invites[id.index()].session_policy),
            LineKind::JumpItems(items) => {
                let (id, slot) = items.first()?;
                ir.tables.jump_items[id.index()].session_policy[*slot]
            }
            LineKind::Portal(id) => ir.tables.portals[id.index()].session_policy,
        }
    }

    /// The declaration that the line is part of: `session policy "Vendors"`.
    pub fn declaration(&self, ir: &Ir) -> String {
        let terms = &ir.profile.terminology;
        let named = |kind: &str, object: &Object| format!("{kind} {}", quote(&object.name));
        let of_owner = |owner: Owner| match owner {
            Owner::GroupPolicy(_) => named(&terms.group_policy, owner.object(ir)),
            Owner::Embassy(_) => named("embassy", owner.object(ir)),
            Owner::User(_) => named(&terms.user, owner.object(ir)),
        };
        match &self.kind {
            LineKind::Permission { policy, owner, .. } => match ir.policy(*policy).kind {
                PolicyKind::Named => named(&terms.session_policy, &ir.policy(*policy).object),
                PolicyKind::GlobalDefault => "global default".into(),
                PolicyKind::Custom => match owner {
                    Some(owner) => format!("custom policy of {}", of_owner(*owner)),
                    None => "custom policy".into(),
                },
                PolicyKind::Unknown => "unknown policy".into(),
            },
            LineKind::Setting { owner, .. }
            | LineKind::Membership { owner, .. }
            | LineKind::SessionPolicy { owner, .. } => of_owner(*owner),
            LineKind::Invite(id) => named(&terms.invite, &ir.tables.invites[id.index()].object),
            LineKind::Portal(id) => named(&terms.portal, &ir.tables.portals[id.index()].object),
            LineKind::JumpItems(items) => {
                let name = |id: &JumpItemId| {
                    named(&terms.jump_item, &ir.tables.jump_items[id.index()].object)
                };
                let others = items.iter().filter(|(id, _)| *id != items[0].0).count();
                match items.first() {
                    Some((id, _)) if others > 0 => format!("{} and others", name(id)),
                    first => first.map(|(id, _)| name(id)).unwrap_or_default(),
                }
            }
        }
    }
}
