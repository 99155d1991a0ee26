//! `empty-group-policy`: a group policy without members, or one that defines nothing for them.

use super::context::Context;
use super::sink::LintSink;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::Grants;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    for group in &context.ir.tables.group_policies {
        let no_members =
            group.members.users.is_empty() && group.members.directory_groups.is_empty();
        let (problem, fix) = if no_members {
            ("has no members", "write `members = [user \"name\", directory group \"name\"]`")
        } else if defines_nothing(&group.grants) {
            ("defines nothing for its members", "write what its members get")
        } else {
            continue;
        };
        let span = group.object.span;
        sink.add(span, |code| {
            let term = &context.ir.profile.terminology.group_policy;
            let message = format!("{term} {} {problem}", name(&group.object));
            let help = format!("{fix}, or remove it, also from the order: it has no effect");
            Diagnostic::new(code, span, message).help(help)
        });
    }
}

fn defines_nothing(grants: &Grants) -> bool {
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
                    group policy \"B\" {\n  members = [user \"ada\"]\n}\n\
                    order group policies {\n  \"A\"\n  \"B\"\n}\n";
        let expected =
            ["group policy `A` has no members", "group policy `B` defines nothing for its members"];
        assert_eq!(messages("empty-group-policy", text), expected);
    }
}
