//! `unused-directory-group`: a directory group that leads into no group policy.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.directory_groups.iter().map(|group| &group.object);
    let text = [
        "directory group",
        "is a member of no group policy",
        "add it to the members of a group policy, or remove it: its people get nothing from it",
    ];
    unused(found, objects, &context.uses().directory_groups, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-directory-group", "directory group \"D\"\n"),
            ["directory group `D` is a member of no group policy"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-directory-group",
                "directory group \"D\"\ngroup policy \"G\" {\n  members = [directory group \"D\"]\n}\n"
            ),
            [""; 0]
        );
    }
}
