//! `unused-role`: a jump item role that no membership and no setting names.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.roles.iter().map(|role| &role.object);
    let text = [
        "jump item role",
        "is given to nobody",
        "name it in a membership or a `roles` setting, or remove it",
    ];
    unused(found, objects, &context.uses().roles, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-role", "jump item role \"R\" {\n  allows = [start]\n}\n"),
            ["jump item role `R` is given to nobody"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-role",
                "jump item role \"R\" {\n  allows = [start]\n}\njump group \"G\"\nuser \"ada\" {\n  jump group \"G\" as \"R\"\n}\n"
            ),
            [""; 0]
        );
    }
}
