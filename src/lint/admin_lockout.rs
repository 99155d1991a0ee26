//! `admin-lockout`: without an administrator, nobody can repair a site from inside. The profile
//! says which setting makes an administrator. A workspace that sets no account settings at all does
//! not describe its accounts, and has no such finding.

use super::context::Context;
use super::sink::LintSink;
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, UserId};
use crate::profile::lint_facts::{AdminLockout, Condition};
use crate::source::Span;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let Some(AdminLockout { administrator, enabled }) = &ir.profile.lint_facts.admin_lockout else {
        return;
    };
    let users = ir.tables.users.len();
    if users == 0 || !describes_accounts(ir) {
        return;
    }
    let is_met = |user: u32, condition: &Condition| {
        let value = context.matrix.accounts.setting(UserId(user), condition.entry).value;
        value.is_some_and(|value| condition.is_met(&ir.profile.settings, value))
    };
    let administers = |user: u32| {
        is_met(user, administrator) && enabled.as_ref().is_none_or(|enabled| is_met(user, enabled))
    };
    if (0..users as u32).any(administers) {
        return;
    }
    let Some(span) = place(ir, administrator.entry) else { return };
    sink.add(span, |code| {
        let message = match users {
            1 => "the only account is not an administrator".to_owned(),
            _ => format!("none of the {users} accounts is an administrator"),
        };
        let path = &ir.profile.settings[administrator.entry].path;
        let value = administrator.words.first().map_or("", |word| word);
        Diagnostic::new(code, span, message).help(format!(
            "nobody could change a policy: set `{path} = {value}` in a group policy for \
             administrators, and make sure that no group policy below it overrides this",
        ))
    });
}

/// The line that takes the setting away is the best place to report. Where nothing sets it, that is
/// a group policy, where it would most likely be set.
fn place(ir: &Ir, setting: usize) -> Option<Span> {
    let groups = || ir.tables.group_policies.iter().chain(&ir.tables.embassies);
    let users = || ir.tables.users.iter();
    let grants = groups().map(|group| &*group.grants).chain(users().map(|user| &*user.grants));
    let mut lines = grants.flat_map(|grants| &grants.settings);
    let line = lines.find(|line| line.entry as usize == setting).map(|line| line.span);
    let mut objects = groups().map(|group| &group.object).chain(users().map(|user| &user.object));
    line.or_else(|| objects.next().map(|object| object.span))
}

fn describes_accounts(ir: &Ir) -> bool {
    let tables = &ir.tables;
    let mut groups = tables.group_policies.iter().chain(&tables.embassies);
    groups.any(|group| !group.grants.settings.is_empty())
        || tables.users.iter().any(|user| !user.grants.settings.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_site_without_administrators_is_found() {
        let text = |last: &str| {
            format!(
                "user \"ada\" {{\n  administration.admin = allow\n}}\nuser \"ben\"\n\
                 group policy \"G\" {{\n  members = [user \"ada\"]\n  {last}\n}}\n"
            )
        };
        let reported = messages("admin-lockout", &text("administration.admin = deny"));
        assert_eq!(reported, ["none of the 2 accounts is an administrator"]);
        assert_eq!(messages("admin-lockout", &text("reports.sessions = all_sessions")), [""; 0]);
        assert_eq!(messages("admin-lockout", &text("account.enabled = deny")).len(), 1);
        assert_eq!(messages("admin-lockout", "user \"ada\"\n"), [""; 0]);
    }
}
