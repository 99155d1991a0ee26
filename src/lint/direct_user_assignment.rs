//! `direct-user-assignment`: the product documentation advises to define what users can do in group
//! policies, and to assign things to single users only as exceptions.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, name};
use crate::diagnostic::Diagnostic;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let users = context.ir.tables.users.iter().filter_map(|user| {
        let policy =
            user.grants.session_policy.iter().flatten().map(|assignment| assignment.span).next();
        let setting = user.grants.settings.first().map(|line| line.span);
        Some((user, policy.or(setting)?))
    });
    let is_suppressed = |span| sink.is_suppressed(span);
    let users: Vec<_> = users
        .filter(|(user, span)| !is_suppressed(*span) && !is_suppressed(user.object.span))
        .collect();
    let Some(&(_, first)) = users.first() else { return };
    sink.add_unsuppressed(first, |code| {
        let term = &context.ir.profile.terminology.user;
        let all = count(context.ir.tables.users.len() as u64, term);
        let has = if users.len() == 1 { "has" } else { "have" };
        let message = format!(
            "{} of {all} {has} settings or a session policy assigned directly",
            users.len()
        );
        let diagnostic = Diagnostic::new(code, first, message).help(
            "define them in a group policy, where one line serves everyone who needs it, and keep \
             direct assignments for exceptions",
        );
        let others = users.iter().skip(1).take(MAX_LABELS);
        others.fold(diagnostic, |diagnostic, (user, span)| {
            diagnostic.label(*span, format!("{term} {} as well", name(&user.object)))
        })
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn users_with_something_of_their_own_are_counted() {
        let text = "user \"ada\" {\n  reports.sessions = all_sessions\n}\nuser \"ben\"\n\
                    user \"cid\" {\n  session_policy = none # allow(direct-user-assignment): must \
                    have none\n}\n";
        assert_eq!(
            messages("direct-user-assignment", text),
            ["1 of 3 users has settings or a session policy assigned directly"]
        );
    }
}
