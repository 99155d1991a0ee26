//! `user-without-group-policy`: users who are not members of any group policy or embassy. A
//! workspace without group policies has no such finding.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::UserId;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let tables = &context.ir.tables;
    if tables.group_policies.is_empty() && tables.embassies.is_empty() {
        return;
    }
    let in_none = |user: u32| {
        let groups = &context.matrix.accounts.class(UserId(user)).groups;
        groups.policies.is_empty() && groups.embassy.is_none()
    };
    let users = (0u32..)
        .zip(&tables.users)
        .filter(|(index, _)| in_none(*index))
        .map(|(_, user)| &user.object);
    let users: Vec<_> = users.filter(|user| !sink.is_suppressed(user.span)).collect();
    let Some(first) = users.first() else { return };
    sink.add_unsuppressed(first.span, |code| {
        let terms = &context.ir.profile.terminology;
        let message = format!(
            "{} of {} {} not in any {}: {}",
            users.len(),
            count(tables.users.len() as u64, &terms.user),
            if users.len() == 1 { "is" } else { "are" },
            terms.group_policy,
            list(users.iter().map(|user| name(user)))
        );
        let diagnostic = Diagnostic::new(code, first.span, message).help(
            "add them to a group policy, or remove accounts that are no longer needed: what they \
             can do is not defined anywhere else",
        );
        let others = users.iter().skip(1).take(MAX_LABELS);
        others.fold(diagnostic, |diagnostic, user| diagnostic.label(user.span, "another one"))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn users_without_a_group_policy_are_counted() {
        let text = "user \"ada\"\nuser \"ben\"\nuser \"cid\"\n\
            group policy \"G\" {\n  members = [user \"ben\"]\n}\n";
        let expected = ["2 of 3 users are not in any group policy: `ada`, `cid`"];
        assert_eq!(messages("user-without-group-policy", text), expected);
    }
}
