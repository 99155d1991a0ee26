//! What accounts can be members of beside jump groups, jump policies, and invites.

use super::inventory::{all_grants, kind};
use super::objects::Shown;
use super::people::sessions_by_class;
use super::{Kind, Page, UNUSED, date, final_word, unused};
use crate::ir::{
    Invite, InviteId, JumpItem, JumpPolicyId, MemberRole, MembershipKey, MembershipKind, Object,
    UserId,
};
use crate::matrix::{Matrix, SubjectRef};
use crate::text::number;

/// The columns of a list.
type Columns = Vec<&'static str>;

/// The kind of a membership in objects of a kind that is shown.
pub(super) fn membership_kind(kind: Kind) -> Option<MembershipKind> {
    Some(match kind {
        Kind::Team => MembershipKind::Team,
        Kind::Jumpoint => MembershipKind::Jumpoint,
        Kind::VaultAccountGroup => MembershipKind::VaultAccountGroup,
        Kind::VaultAccount => MembershipKind::VaultAccount,
        _ => return None,
    })
}

/// The columns of the lines that give memberships.
pub(super) const LINE_COLUMNS: [&str; 6] = ["kind", "name", "role", "final", "until", "at"];

/// The lines that give memberships that `is_it` knows, by these columns.
pub(super) fn lines(
    matrix: &Matrix,
    is_it: impl Fn(MembershipKey, MemberRole) -> bool,
) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let mut rows = Vec::new();
    for (kind, name, grants) in all_grants(matrix) {
        for line in grants.memberships.iter().filter(|line| is_it(line.key, line.role)) {
            rows.push(vec![
                kind.to_owned(),
                name.to_owned(),
                ir.member_role_text(line.role),
                final_word(line.is_final),
                date(line.until.as_ref()),
                ir.location(line.span),
            ]);
        }
    }
    rows
}

/// The accounts that have a membership: name, role, and the day after which it ends.
fn members(matrix: &Matrix, key: MembershipKey) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let users = ir.tables.users.iter().zip(0..);
    let row = |(user, at): (&crate::ir::User, u32)| {
        let memberships = matrix.accounts.memberships(UserId(at));
        let (_, found) = memberships.into_iter().find(|(_, found)| found.key == key)?;
        let until = date(found.until.as_ref());
        Some(vec![user.object.name.clone(), ir.member_role_text(found.role), until])
    };
    users.filter_map(row).collect()
}

/// The objects of a kind that accounts are members of.
pub(super) fn list(matrix: &Matrix, shown: Kind) -> (Columns, Vec<Vec<String>>) {
    let Some(of) = membership_kind(shown) else { return Default::default() };
    let row = |(object, at): (&Object, u32)| {
        let key = MembershipKey::new(of, at);
        let memberships = lines(matrix, |found, _| found == key).len();
        vec![
            object.name.clone(),
            number(memberships as u64),
            number(members(matrix, key).len() as u64),
            unused(matrix, memberships == 0, Shown { kind: shown, at: at as usize, object }),
        ]
    };
    let rows = matrix.ir.members(of).iter().zip(0..).map(row).collect();
    (vec!["name", "memberships", "people", UNUSED], rows)
}

/// The objects of such a kind with a name.
pub(super) fn pages(matrix: &Matrix, shown: Kind, name: &str) -> Vec<Page> {
    let Some(of) = membership_kind(shown) else { return Vec::new() };
    let objects = matrix.ir.members(of).iter().zip(0..);
    let page = |(object, at): (&Object, u32)| {
        let key = MembershipKey::new(of, at);
        let mut page = Page::of(matrix, shown, object);
        page.table("memberships", &LINE_COLUMNS, lines(matrix, |found, _| found == key));
        page.table("people", &["name", "role", "until"], members(matrix, key));
        page
    };
    objects.filter(|(object, _)| object.name == name).map(page).collect()
}

fn has_policy(role: MemberRole, id: JumpPolicyId) -> bool {
    matches!(role, MemberRole::JumpItemRole(_, Some(policy)) if policy == id)
}

/// The jump items that have a jump policy themselves.
fn items_with(matrix: &Matrix, id: JumpPolicyId) -> Vec<Vec<String>> {
    let items = matrix.ir.tables.jump_items.iter();
    let items = items.filter(|item| item.jump_policy == Some(id));
    let row = |item: &JumpItem| vec![item.object.name.clone(), kind(matrix, item)];
    items.map(row).collect()
}

pub(super) fn jump_policies(matrix: &Matrix) -> (Columns, Vec<Vec<String>>) {
    let row = |(policy, at): (&Object, u32)| {
        let id = JumpPolicyId(at);
        let memberships = lines(matrix, |_, role| has_policy(role, id)).len();
        let items = items_with(matrix, id).len();
        vec![
            policy.name.clone(),
            number(memberships as u64),
            number(items as u64),
            unused(
                matrix,
                memberships + items == 0,
                Shown { kind: Kind::JumpPolicy, at: at as usize, object: policy },
            ),
        ]
    };
    let rows = matrix.ir.tables.jump_policies.iter().zip(0..).map(row).collect();
    (vec!["name", "memberships", "jump items", UNUSED], rows)
}

pub(super) fn jump_policy_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let policies = matrix.ir.tables.jump_policies.iter().zip(0..);
    let page = |(policy, at): (&Object, u32)| {
        let id = JumpPolicyId(at);
        let mut page = Page::of(matrix, Kind::JumpPolicy, policy);
        page.table("memberships", &LINE_COLUMNS, lines(matrix, |_, role| has_policy(role, id)));
        page.table("jump items", &["name", "kind"], items_with(matrix, id));
        page
    };
    policies.filter(|(policy, _)| policy.name == name).map(page).collect()
}

/// How many sessions an invite has.
fn sessions_of(matrix: &Matrix, id: InviteId) -> u64 {
    let subject = SubjectRef::Invite(id);
    let class = matrix.subjects.iter().find(|(found, _)| *found == subject);
    class.map_or(0, |(_, class)| sessions_by_class(matrix)[*class as usize])
}

pub(super) fn invites(matrix: &Matrix) -> (Columns, Vec<Vec<String>>) {
    let row = |(invite, at): (&Invite, u32)| {
        vec![
            invite.object.name.clone(),
            matrix.ir.assignment_text(&invite.session_policy),
            number(sessions_of(matrix, InviteId(at))),
            invite.expires.map(|until| until.0.to_string()).unwrap_or_default(),
        ]
    };
    let rows = matrix.ir.tables.invites.iter().zip(0..).map(row).collect();
    (vec!["name", "session policy", "sessions", "expires"], rows)
}

pub(super) fn invite_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let ir = &matrix.ir;
    let invites = ir.tables.invites.iter().zip(0..);
    let page = |(invite, at): (&Invite, u32)| {
        let mut page = Page::of(matrix, Kind::Invite, &invite.object);
        let policy = &invite.session_policy;
        let policy = format!("{}, at {}", ir.assignment_text(policy), ir.location(policy.span));
        page.fact("session policy", Some(policy));
        page.fact("expires", invite.expires.map(|until| until.0.to_string()));
        page.fact("sessions", Some(number(sessions_of(matrix, InviteId(at)))));
        page
    };
    invites.filter(|(invite, _)| invite.object.name == name).map(page).collect()
}
