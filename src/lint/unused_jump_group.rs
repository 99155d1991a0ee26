//! `unused-jump-group`: a jump group has neither jump items nor members.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.jump_groups.iter();
    let text = UnusedText {
        term: &context.ir.profile.terminology.jump_group,
        before: "",
        after: [" has neither jump items nor members", " have neither jump items nor members"],
        help: [
            "add jump items to it, give someone a membership, or remove it",
            "add jump items to them, give someone a membership, or remove them",
        ],
    };
    unused(sink, objects, &context.uses().jump_groups, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-jump-group", "jump group \"G\"\n"),
            ["jump group `G` has neither jump items nor members"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-jump-group",
                "jump group \"G\"\njump item \"web\" {\n  kind = jump_client\n  group = \"G\"\n}\n"
            ),
            [""; 0]
        );
    }
}
