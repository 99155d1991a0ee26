//! The lines of an account, in the order of the contract: session policies, settings, memberships by bytes.

use crate::ir::UserId;
use crate::resolve::{Matrix, Source};
use crate::source::Span;

/// One setting or membership of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    pub setting: String,
    pub value: String,
    pub source: Source,
    pub is_final: bool,
    pub span: Option<Span>,
}

/// All users, by name.
pub fn users(matrix: &Matrix<'_>) -> impl Iterator<Item = UserId> + use<> {
    (0..matrix.ir.tables.users.len() as u32).map(UserId)
}

pub fn name<'a>(matrix: &Matrix<'a>, user: UserId) -> &'a str {
    &matrix.ir.tables.users[user.index()].object.name
}

pub fn lines(matrix: &Matrix<'_>, user: UserId) -> Vec<Line> {
    let ir = matrix.ir;
    let accounts = &matrix.accounts;
    let mut lines = Vec::with_capacity(ir.profile.settings.len() + 2);
    for slot in 0..ir.profile.slots() {
        let chosen = accounts.session_policy(user, slot);
        lines.push(Line {
            setting: ir.profile.slot_path(slot).to_owned(),
            value: chosen.assignment.as_ref().map_or_else(|| "not defined".into(), |found| ir.assignment_text(found)),
            source: chosen.source,
            is_final: chosen.assignment.is_some_and(|found| found.is_final),
            span: chosen.assignment.map(|found| found.span),
        });
    }
    for (at, entry) in ir.profile.settings.iter().enumerate() {
        let setting = accounts.setting(user, at);
        lines.push(Line {
            setting: entry.path.clone(),
            value: entry.ty.text(setting.value),
            source: setting.source,
            is_final: setting.is_final,
            span: setting.span,
        });
    }
    let mut memberships: Vec<Line> = accounts
        .memberships(user)
        .into_iter()
        .map(|(source, membership)| Line {
            setting: ir.membership_text(membership.key),
            value: ir.member_role_text(membership.role),
            source,
            is_final: membership.is_final,
            span: Some(membership.span),
        })
        .collect();
    memberships.sort_by(|a, b| a.setting.cmp(&b.setting));
    lines.extend(memberships);
    lines
}
