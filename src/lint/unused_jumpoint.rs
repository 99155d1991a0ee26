//! `unused-jumpoint`: nobody has access to a jumpoint.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.jumpoints.iter();
    let text = UnusedText {
        term: "jumpoint",
        before: "nobody has access to ",
        after: ["", ""],
        help: ["add a membership, or remove it", "add memberships, or remove them"],
    };
    unused(sink, objects, &context.uses().jumpoints, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-jumpoint", "jumpoint \"J\"\n"),
            ["nobody has access to jumpoint `J`"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages("unused-jumpoint", "jumpoint \"J\"\nuser \"ada\" {\n  jumpoint \"J\"\n}\n"),
            [""; 0]
        );
    }
}
