//! `unused-team`: a team that nobody is in.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.teams.iter();
    let text = ["team", "has no members", "make somebody a member, or remove it"];
    unused(found, objects, &context.uses().teams, text);
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
