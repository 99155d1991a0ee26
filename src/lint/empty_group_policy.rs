//! `empty-group-policy`: a group policy without members, or one that gives its members nothing.

use super::context::Context;
use super::found::Found;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::Grants;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    for group in &context.ir.tables.group_policies {
        let (says, mend) =
            if group.members.users.is_empty() && group.members.directory_groups.is_empty() {
                ("has no members", "write `members = [user \"name\", directory group \"name\"]`")
            } else if gives_nothing(&group.grants) {
                ("gives its members nothing", "write what its members get")
            } else {
                continue;
            };
        let span = group.object.span;
        found.add(span, |code| {
            Diagnostic::new(code, span, format!("group policy {} {says}", name(&group.object)))
                .help(format!(
                    "{mend}, or remove it, from the order too: it changes nothing for anybody"
                ))
        });
    }
}

fn gives_nothing(grants: &Grants) -> bool {
    grants.settings.is_empty()
        && grants.memberships.is_empty()
        && grants.session_policy.iter().all(Option::is_none)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn both_kinds_of_empty_are_found() {
        let text = "user \"ada\"\ngroup policy \"A\" {\n  session_policy = none\n}\n\
                    group policy \"B\" {\n  members = [user \"ada\"]\n}\norder group policies {\n  \"A\"\n  \"B\"\n}\n";
        let expected =
            ["group policy `A` has no members", "group policy `B` gives its members nothing"];
        assert_eq!(messages("empty-group-policy", text), expected);
    }
}
