//! `unused-role`: no membership and no setting uses a jump item role.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.roles.iter().map(|role| &role.object);
    let text = UnusedText {
        term: "jump item role",
        before: "",
        after: [
            " is not used by any membership or setting",
            " are not used by any membership or setting",
        ],
        help: [
            "use it in a membership or in a setting that takes a role, or remove it",
            "use them in memberships or in settings that take a role, or remove them",
        ],
    };
    unused(sink, objects, &context.uses().roles, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-role", "jump item role \"R\" {\n  allows = [start]\n}\n"),
            ["jump item role `R` is not used by any membership or setting"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-role",
                "jump item role \"R\" {\n  allows = [start]\n}\njump group \"G\"\n\
                 user \"ada\" {\n  jump group \"G\" as \"R\"\n}\n"
            ),
            [""; 0]
        );
    }
}
