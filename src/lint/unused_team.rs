//! `unused-team`: a team has no members.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.teams.iter();
    let text = UnusedText {
        term: "team",
        before: "",
        after: [" has no members", " have no members"],
        help: ["add a membership, or remove it", "add memberships, or remove them"],
    };
    unused(sink, objects, &context.uses().teams, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(messages("unused-team", "team \"T\"\n"), ["team `T` has no members"]);
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages("unused-team", "team \"T\"\nuser \"ada\" {\n  team \"T\" as lead\n}\n"),
            [""; 0]
        );
    }
}
