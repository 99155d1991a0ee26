//! `unused-jumpoint`: a jumpoint that nobody may use.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.jumpoints.iter();
    let text = ["jumpoint", "is open to nobody", "give somebody a membership, or remove it"];
    unused(found, objects, &context.uses().jumpoints, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-jumpoint", "jumpoint \"J\"\n"),
            ["jumpoint `J` is open to nobody"]
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
