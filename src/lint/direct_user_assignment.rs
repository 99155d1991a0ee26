//! `direct-user-assignment`: the documents advise to define what users may do in group policies,
//! and to keep what a single user has for exceptions.

use super::context::Context;
use super::found::Found;
use super::text::{MAX_LABELS, count, name};
use crate::diagnostic::Diagnostic;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let users = context.ir.tables.users.iter().filter_map(|user| {
        let policy =
            user.grants.session_policy.iter().flatten().map(|assignment| assignment.span).next();
        let setting = user.grants.settings.first().map(|line| line.span);
        Some((user, policy.or(setting)?))
    });
    let users: Vec<_> = users
        .filter(|(user, span)| !found.is_silenced(*span) && !found.is_silenced(user.object.span))
        .collect();
    let Some(&(_, first)) = users.first() else { return };
    found.add_anyway(first, |code| {
        let all = context.ir.tables.users.len();
        let has = if users.len() == 1 { "has" } else { "have" };
        let message =
            format!("{} of {all} {has} settings or a session policy of their own", count(users.len() as u64, "user"));
        let found = Diagnostic::new(code, first, message)
            .help("give it in a group policy: one line then serves all who need it, and direct ones stay exceptions");
        users
            .iter()
            .skip(1)
            .take(MAX_LABELS)
            .fold(found, |found, (user, span)| found.label(*span, format!("user {} too", name(&user.object))))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn users_with_something_of_their_own_are_counted() {
        let text = "user \"ada\" {\n  reports.sessions = all_sessions\n}\nuser \"ben\"\n\
                    user \"cid\" {\n  session_policy = none # allow(direct-user-assignment): must have none\n}\n";
        assert_eq!(
            messages("direct-user-assignment", text),
            ["1 user of 3 has settings or a session policy of their own"]
        );
    }
}
