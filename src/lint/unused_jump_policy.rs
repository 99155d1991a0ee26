//! `unused-jump-policy`: neither a membership nor a jump item uses a jump policy.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.jump_policies.iter();
    let text = UnusedText {
        term: &context.ir.profile.terminology.jump_policy,
        before: "",
        after: [
            " is not used by any membership or jump item",
            " are not used by any membership or jump item",
        ],
        help: [
            "add it to a jump group membership after `with`, or to a jump item, or remove it: it \
             restricts nobody",
            "add them to jump group memberships after `with`, or to jump items, or remove them: \
             they restrict nobody",
        ],
    };
    unused(sink, objects, &context.uses().jump_policies, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-jump-policy", "jump policy \"P\"\n"),
            ["jump policy `P` is not used by any membership or jump item"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-jump-policy",
                "jump policy \"P\"\njump item role \"R\" {\n  allows = [start]\n}\n\
                 jump group \"G\"\nuser \"ada\" {\n  jump group \"G\" as \"R\" with \"P\"\n}\n"
            ),
            [""; 0]
        );
    }

    #[test]
    fn one_that_a_jump_item_uses_is_not() {
        assert_eq!(
            messages(
                "unused-jump-policy",
                "jump policy \"P\"\njump item \"db01\" {\n  kind = shell_jump\n  \
                 jump_policy = \"P\"\n}\n"
            ),
            [""; 0]
        );
    }
}
