//! `unused-jump-group`: a jump group in which nothing lies and to which nobody has access.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.jump_groups.iter();
    let text = [
        "jump group",
        "has neither jump items nor members",
        "put jump items into it, give somebody a membership, or remove it: it protects nothing",
    ];
    unused(found, objects, &context.uses().jump_groups, text);
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
