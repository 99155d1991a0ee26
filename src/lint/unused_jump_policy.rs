//! `unused-jump-policy`: a jump policy that restricts nobody.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.jump_policies.iter();
    let text = [
        "jump policy",
        "is part of no membership",
        "name it with `with` in a jump group membership, or remove it: it restricts nobody",
    ];
    unused(found, objects, &context.uses().jump_policies, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-jump-policy", "jump policy \"P\"\n"),
            ["jump policy `P` is part of no membership"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-jump-policy",
                "jump policy \"P\"\njump item role \"R\" {\n  allows = [start]\n}\njump group \"G\"\nuser \"ada\" {\n  jump group \"G\" as \"R\" with \"P\"\n}\n"
            ),
            [""; 0]
        );
    }
}
