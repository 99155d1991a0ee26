//! `custom-policy`: the product documentation advises to create session policies separately and to
//! assign them by name, so that readers see what applies.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyKind;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let custom = ir.tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Custom);
    let mut places: Vec<_> =
        custom.map(|policy| policy.object.span).filter(|span| !sink.is_suppressed(*span)).collect();
    places.sort_by_key(|span| (ir.sources.file(span.file).path.as_str(), span.start));
    let Some(&first) = places.first() else { return };
    sink.add_unsuppressed(first, |code| {
        let term = &ir.profile.terminology.session_policy;
        let has = if places.len() == 1 { "has" } else { "have" };
        let message = format!("{} {has} no name", count(places.len() as u64, term));
        let diagnostic = Diagnostic::new(code, first, message).help(
            "declare a `session policy` and assign it by name: it can be reused, and its name says \
             what applies",
        );
        let others = places.iter().skip(1).take(MAX_LABELS);
        others.fold(diagnostic, |diagnostic, span| diagnostic.label(*span, "another one"))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn custom_policies_are_counted() {
        let text = "user \"ada\" {\n  session_policy = custom {\n    shell = allow\n  }\n}\n\
                    user \"ben\" {\n  # allow(custom-policy): a test account\n  session_policy = \
                    custom {\n    shell = deny\n  }\n}\n";
        assert_eq!(messages("custom-policy", text), ["1 session policy has no name"]);
    }
}
