//! `unused-vault-account-group`: a vault account group that nobody may use.

use super::context::Context;
use super::found::Found;
use super::uses::unused;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let objects = context.ir.tables.vault_account_groups.iter();
    let text =
        ["vault account group", "is open to nobody", "give somebody a membership, or remove it"];
    unused(found, objects, &context.uses().vault_account_groups, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-vault-account-group", "vault account group \"V\"\n"),
            ["vault account group `V` is open to nobody"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-vault-account-group",
                "vault account group \"V\"\nuser \"ada\" {\n  vault account group \"V\" as inject\n}\n"
            ),
            [""; 0]
        );
    }
}
