//! `no-global-default`: a workspace without a `global default` block. The product always has one,
//! so what falls through all layers is resolved from the defaults of the profile, which the site
//! may have changed.

use super::context::Context;
use super::sink::LintSink;
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyKind;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let tables = &context.ir.tables;
    if tables.global_default.is_some() {
        return;
    }
    let policies = tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Named);
    let policies = policies.map(|policy| policy.object.span);
    let groups = tables.group_policies.iter().chain(&tables.embassies);
    let groups = groups.map(|group| group.object.span);
    let users = tables.users.iter().map(|user| user.object.span);
    let Some(first) = policies.chain(groups).chain(users).min() else { return };
    sink.add(first, |code| {
        Diagnostic::new(code, first, "there is no `global default` block")
            .primary_message("the policies of this workspace begin here")
            .help(
                "what no policy defines has the default of the profile, whatever the site says: \
                 add `global default {`, with what the product shows there, or with `others = \
                 unknown`",
            )
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    const LINT: &str = "no-global-default";

    #[test]
    fn policies_without_a_global_default_are_found_once() {
        let text = "team \"T\"\nuser \"ada\"\nsession policy \"P\"\n";
        let found = findings(LINT, text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "there is no `global default` block");
        assert_eq!(found[0].primary.span.start, 9);
        assert_eq!(messages(LINT, "team \"T\"\njump group \"G\"\n"), [""; 0]);
    }

    #[test]
    fn a_block_in_which_everything_is_unknown_is_one() {
        let text = "user \"ada\"\nglobal default {\n  others = unknown\n}\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_first_declaration() {
        let text = "# allow(no-global-default): nothing is left open\nuser \"ada\"\nuser \"ben\"\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }
}
