//! `duplicate-policy`: two named session policies with the same content drift apart as soon as
//! someone changes one of them.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::{Object, PolicyKind};
use rustc_hash::FxHashMap;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let mut known: FxHashMap<_, usize> = FxHashMap::default();
    let mut equal: Vec<Vec<&Object>> = Vec::new();
    let named = context.ir.tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Named);
    for policy in named
        .filter(|policy| !policy.definitions.is_empty() && !sink.is_suppressed(policy.object.span))
    {
        let content: Vec<_> =
            policy.definitions.iter().map(|line| (line.entry, line.value)).collect();
        let available =
            [policy.available.users, policy.available.invites, policy.available.jump_items];
        let at = *known.entry((content, available)).or_insert(equal.len());
        if at == equal.len() {
            equal.push(Vec::new());
        }
        equal[at].push(&policy.object);
    }
    for mut policies in equal {
        policies.sort_by_key(|policy| policy.span);
        let [first, others @ ..] = &policies[..] else { continue };
        if others.is_empty() {
            continue;
        }
        sink.add_unsuppressed(first.span, |code| {
            let term = &context.ir.profile.terminology.session_policy;
            let message = format!(
                "{} are identical: {}",
                count(policies.len() as u64, term),
                list(policies.iter().map(|policy| name(policy)))
            );
            let diagnostic = Diagnostic::new(code, first.span, message)
                .help("assign one of them everywhere: a change to only one is easy to miss");
            let others = others.iter().take(MAX_LABELS);
            others.fold(diagnostic, |diagnostic, policy| {
                diagnostic.label(policy.span, "identical to the first one")
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn equal_policies_are_found() {
        let text = "session policy \"A\" {\n  shell = deny\n}\n\
            session policy \"B\" {\n  shell = deny\n}\n\
                    session policy \"C\" {\n  shell = allow\n}\n";
        assert_eq!(
            messages("duplicate-policy", text),
            ["2 session policies are identical: `A`, `B`"]
        );
    }
}
