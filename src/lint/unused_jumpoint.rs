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

    #[test]
    fn several_are_one_finding_without_those_that_a_comment_excuses() {
        let text = "jumpoint \"A\"\njumpoint \"B\" # allow(unused-jumpoint): next week\n\
                    jumpoint \"C\"\njumpoint \"D\"\njumpoint \"E\"\n";
        assert_eq!(
            messages("unused-jumpoint", text),
            ["nobody has access to 4 jumpoints: `A`, `C`, `D` and 1 more"]
        );
    }
}
