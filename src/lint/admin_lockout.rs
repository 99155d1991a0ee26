//! `admin-lockout`: a site that nobody administers can't be mended from inside. A workspace that
//! sets no setting of accounts at all says nothing about accounts, and is left alone.

use super::context::Context;
use super::found::Found;
use super::text::count;
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, UserId};

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let Some(admin) = ir.profile.setting("administration.admin") else { return };
    let users = ir.tables.users.len();
    if users == 0 || !describes_accounts(ir) {
        return;
    }
    let enabled = ir.profile.setting("account.enabled");
    let allows = |user: u32, setting: usize| {
        let value = context.matrix.accounts.setting(UserId(user), setting).value;
        ir.profile.settings[setting].ty.first_word(value) == "allow"
    };
    let administers =
        |user: u32| allows(user, admin) && enabled.is_none_or(|enabled| allows(user, enabled));
    if (0..users as u32).any(administers) {
        return;
    }
    // The line that takes it away is the best place; else a group policy, the likeliest place to
    // give it.
    let groups = || ir.tables.group_policies.iter().chain(&ir.tables.embassies);
    let all =
        groups().map(|group| &group.grants).chain(ir.tables.users.iter().map(|user| &user.grants));
    let line = all.flat_map(|grants| &grants.settings).find(|line| line.entry as usize == admin);
    let place = groups()
        .map(|group| group.object.span)
        .chain(ir.tables.users.iter().map(|user| user.object.span));
    let Some(span) = line.map(|line| line.span).into_iter().chain(place).next() else { return };
    found.add(span, |code| {
        let message = format!("none of {} is an administrator", count(users as u64, "account"));
        Diagnostic::new(code, span, message).help(
            "nobody could change a policy any more: write `administration.admin = allow` in a group policy of the \
             administrators, and see that no group policy below takes it away",
        )
    });
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
        let found = messages("admin-lockout", &text("administration.admin = deny"));
        assert_eq!(found, ["none of 2 accounts is an administrator"]);
        assert_eq!(messages("admin-lockout", &text("reports.sessions = all_sessions")), [""; 0]);
        assert_eq!(messages("admin-lockout", &text("account.enabled = deny")).len(), 1);
        assert_eq!(messages("admin-lockout", "user \"ada\"\n"), [""; 0]);
    }
}
