//! `unused-session-policy`: a session policy has no effect until it is assigned.

use super::context::Context;
use super::sink::LintSink;
use super::uses::{UnusedText, report_together};
use crate::ir::PolicyKind;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let policies = context.ir.tables.policies.iter().zip(&context.uses().policies);
    let unused = policies.filter(|(policy, used)| policy.kind == PolicyKind::Named && !**used);
    let text = UnusedText {
        term: &context.ir.profile.terminology.session_policy,
        before: "",
        after: [" is never assigned", " are never assigned"],
        help: [
            "a session policy has no effect until it is assigned: assign it, or remove it",
            "a session policy has no effect until it is assigned: assign them, or remove them",
        ],
    };
    report_together(sink, unused.map(|(policy, _)| &policy.object), text);
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn what_an_assigned_policy_is_a_copy_of_is_used() {
        let text = "session policy \"A\" {\n  shell = deny\n}\n\
            session policy \"B\" {\n  like \"A\"\n}\n\
            session policy \"C\" {\n  like \"B\"\n}\n\
            session policy \"D\" {\n  like \"A\"\n}\n\
            user \"ada\" {\n  session_policy = \"C\"\n}\n";
        assert_eq!(
            messages("unused-session-policy", text),
            ["session policy `D` is never assigned"]
        );
    }

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
