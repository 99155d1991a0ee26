//! `unused-vault-account-group`: nobody has access to a vault account group.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, unused};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let objects = context.ir.tables.vault_account_groups.iter();
    let text = UnusedText {
        term: "vault account group",
        before: "nobody has access to ",
        after: ["", ""],
        help: ["add a membership, or remove it", "add memberships, or remove them"],
    };
    unused(sink, objects, &context.uses().vault_account_groups, text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn one_that_nothing_uses_is_found() {
        assert_eq!(
            messages("unused-vault-account-group", "vault account group \"V\"\n"),
            ["nobody has access to vault account group `V`"]
        );
    }

    #[test]
    fn one_that_is_used_is_not() {
        assert_eq!(
            messages(
                "unused-vault-account-group",
                "vault account group \"V\"\nuser \"ada\" {\n  vault account group \"V\" as \
                 inject\n}\n"
            ),
            [""; 0]
        );
    }
}
