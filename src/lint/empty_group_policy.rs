//! `empty-group-policy`: a group policy without members, or one that defines nothing for them.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, report_together};
use crate::ir::{Grants, Group};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let groups = &context.ir.tables.group_policies;
    let term = &*context.ir.profile.terminology.group_policy;
    let empty = groups.iter().filter(|group| has_no_members(group));
    let text = UnusedText {
        term,
        before: "",
        after: [" has no members", " have no members"],
        help: [
            "write `members = [user \"name\", directory group \"name\"]`, or remove it, also from \
             the order: it has no effect",
            "write `members = [user \"name\", directory group \"name\"]`, or remove them, also \
             from the order: they have no effect",
        ],
    };
    report_together(sink, empty.map(|group| &group.object), text);
    let idle =
        groups.iter().filter(|group| !has_no_members(group) && defines_nothing(&group.grants));
    let text = UnusedText {
        term,
        before: "",
        after: [" defines nothing for its members", " define nothing for their members"],
        help: [
            "write what its members get, or remove it, also from the order: it has no effect",
            "write what their members get, or remove them, also from the order: they have no \
             effect",
        ],
    };
    report_together(sink, idle.map(|group| &group.object), text);
}

fn has_no_members(group: &Group) -> bool {
    group.members.users.is_empty() && group.members.directory_groups.is_empty()
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
