//! `unused-session-policy`: a session policy does nothing until it is assigned, and its name
//! promises something.

use super::context::Context;
use super::found::Found;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyKind;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let policies = context.ir.tables.policies.iter().zip(&context.uses().policies);
    for (policy, _) in policies.filter(|(policy, used)| policy.kind == PolicyKind::Named && !**used)
    {
        let span = policy.object.span;
        found.add(span, |code| {
            let message = format!("session policy {} is assigned to nothing", name(&policy.object));
            Diagnostic::new(code, span, message)
                .help("a session policy does nothing until it is assigned: assign it, or remove it")
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_policy_that_nothing_has_is_found() {
        let text = "session policy \"A\" {\n  shell = deny\n}\nsession policy \"B\" {\n  shell = deny\n}\n\
                    user \"ada\" {\n  session_policy = \"B\"\n}\n";
        assert_eq!(
            messages("unused-session-policy", text),
            ["session policy `A` is assigned to nothing"]
        );
    }
}
