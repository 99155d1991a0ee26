//! `user-without-group-policy`: users whom no group policy (or embassy) reaches. Where a workspace
//! has no group policies at all there is nothing to be in.

use super::context::Context;
use super::found::Found;
use super::text::{MAX_LABELS, count, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::UserId;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
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
    let users: Vec<_> = users.filter(|user| !found.is_silenced(user.span)).collect();
    let Some(first) = users.first() else { return };
    found.add_anyway(first.span, |code| {
        let is = if users.len() == 1 { "is" } else { "are" };
        let count = count(users.len() as u64, "user");
        let message = format!("{count} of {} {is} in no group policy: {}", tables.users.len(), list(users.iter().map(|user| name(user))));
        let found = Diagnostic::new(code, first.span, message)
            .help("add them to the members of one, or remove accounts that nobody needs: what they may do is said nowhere else");
        users.iter().skip(1).take(MAX_LABELS).fold(found, |found, user| found.label(user.span, "another one"))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn users_whom_no_group_policy_reaches_are_counted() {
        let text = "user \"ada\"\nuser \"ben\"\nuser \"cid\"\ngroup policy \"G\" {\n  members = [user \"ben\"]\n}\n";
        let expected = ["2 users of 3 are in no group policy: `ada`, `cid`"];
        assert_eq!(messages("user-without-group-policy", text), expected);
    }
}
