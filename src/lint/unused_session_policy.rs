//! `unused-session-policy`: a session policy has no effect until it is assigned.

use super::context::Context;
use super::sink::LintSink;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyKind;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let policies = context.ir.tables.policies.iter().zip(&context.uses().policies);
    for (policy, _) in policies.filter(|(policy, used)| policy.kind == PolicyKind::Named && !**used)
    {
        let span = policy.object.span;
        sink.add(span, |code| {
            let term = &context.ir.profile.terminology.session_policy;
            Diagnostic::new(
                code,
                span,
                format!("{term} {} is never assigned", name(&policy.object)),
            )
            .help("a session policy has no effect until it is assigned: assign it, or remove it")
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_policy_that_is_never_assigned_is_found() {
        let text = "session policy \"A\" {\n  shell = deny\n}\n\
            session policy \"B\" {\n  shell = deny\n}\n\
                    user \"ada\" {\n  session_policy = \"B\"\n}\n";
        assert_eq!(
            messages("unused-session-policy", text),
            ["session policy `A` is never assigned"]
        );
    }
}
