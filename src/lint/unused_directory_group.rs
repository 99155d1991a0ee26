//! `unused-directory-group`: a directory group is not a member of any group policy.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.directory_groups.iter().map(|group| &group.object);
    let text = UnusedText {
        term: "directory group",
        before: "",
        after: [" is not a member of any group policy", " are not members of any group policy"],
        help: [
            "add it to the members of a group policy, or remove it: it has no effect",
            "add them to the members of a group policy, or remove them: they have no effect",
        ],
    };
    unused(sink, objects, &context.uses().directory_groups, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-directory-group", "directory group \"D\"\n"),
            ["directory group `D` is not a member of any group policy"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-directory-group",
                "directory group \"D\"\ngroup policy \"G\" {\n  members = [directory group \
                 \"D\"]\n}\n"
            ),
            [""; 0]
        );
    }
}
