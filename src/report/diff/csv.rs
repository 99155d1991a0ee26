//! The CSV of a diff (docs/language.md, section 5): a line for each cell that differs.

use crate::diff::accounts::AccountCellSide;
use crate::diff::{Diff, Side};
use crate::report::matrix::csv::{row, source_fields};
use std::io::{self, Write};

/// The first line of the CSV of sessions.
pub const SESSIONS_HEADER: &str = "subject_kind,subject,method,target_kind,target,presence,\
    permission,before,after,direction,before_layer,before_policy,before_via,before_location,\
    after_layer,after_policy,after_via,after_location\n";
/// The first line of the CSV of accounts.
pub const ACCOUNTS_HEADER: &str = "user,setting,before,after,direction,before_source,\
    before_policy,before_location,after_source,after_policy,after_location\n";

/// Writes a line for each cell of a session that differs.
pub fn sessions(diff: &Diff, mut out: impl Write) -> io::Result<()> {
    out.write_all(SESSIONS_HEADER.as_bytes())?;
    let mut chunk = Vec::new();
    diff.each_session(|subject, endpoint, changes| {
        let session = diff.session_text(subject, endpoint);
        chunk.clear();
        for change in changes {
            let sides = change.sides.options();
            let text = |side: Side| {
                diff.decided_cell_text(side, (subject, endpoint), sides.as_ref()[side].as_ref())
            };
            let (before, after) = (text(Side::Old), text(Side::New));
            let fields: [&str; 18] = [
                session.subject_kind,
                session.subject,
                session.method,
                session.target_kind,
                session.target,
                session.presence,
                diff.path(change),
                &before.value,
                &after.value,
                change.direction.id(),
                &before.layer,
                &before.policy,
                &before.via,
                &before.location,
                &after.layer,
                &after.policy,
                &after.via,
                &after.location,
            ];
            row(&mut chunk, &fields);
        }
        out.write_all(&chunk)
    })
}

/// A cell of an account on one side: value, source, policy and location; all empty where the side
/// has no such cell.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountCellText<'d> {
    pub value: &'d str,
    pub source: &'static str,
    pub policy: &'d str,
    pub location: String,
}

impl<'d> AccountCellText<'d> {
    pub(super) fn of(diff: &'d Diff, side: Side, cell: Option<&'d AccountCellSide>) -> Self {
        let Some(cell) = cell else { return AccountCellText::default() };
        let ir = diff.ir(side);
        let (source, policy) = source_fields(ir, cell.source);
        let location = cell.span.map(|span| ir.location(span)).unwrap_or_default();
        AccountCellText { value: &cell.value, source, policy, location }
    }
}

/// Writes a line for each cell of an account that differs.
pub fn accounts(diff: &Diff, mut out: impl Write) -> io::Result<()> {
    out.write_all(ACCOUNTS_HEADER.as_bytes())?;
    let mut chunk = Vec::new();
    diff.each_account(|at, changes| {
        let user = diff.subject_name(at);
        chunk.clear();
        for change in changes {
            let sides = change.sides.as_ref().options();
            let before = AccountCellText::of(diff, Side::Old, sides.old);
            let after = AccountCellText::of(diff, Side::New, sides.new);
            let fields = [
                user,
                &change.setting,
                before.value,
                after.value,
                change.direction.id(),
                before.source,
                before.policy,
                &before.location,
                after.source,
                after.policy,
                &after.location,
            ];
            row(&mut chunk, &fields);
        }
        out.write_all(&chunk)
    })
}
