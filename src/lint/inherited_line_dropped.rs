//! `inherited-line-dropped`: lines of a session policy that a copy of it does not take over,
//! because they would be an error there. That is how copies work, so the lint is off by default.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::Policy;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    for policy in ir.tables.policies.iter().filter(|policy| !policy.dropped.is_empty()) {
        let Some((base, span)) = policy.like else { continue };
        sink.add(span, |code| {
            let dropped = policy.dropped.iter();
            let paths =
                dropped.map(|(entry, _)| format!("`{}`", context.permission((*entry).into())));
            let message = format!(
                "{} of {} fell away in this copy: {}",
                count(policy.dropped.len() as u64, "line"),
                context.policy_text(base),
                list(paths)
            );
            let diagnostic = Diagnostic::new(code, span, message).help(
                "what they require or follow from is set to something else in the copy: write the \
                 value that you want here, or change that one",
            );
            let causes =
                policy.dropped.iter().filter_map(|(entry, _)| cause(context, policy, *entry));
            let labels = policy.dropped.iter().map(|(_, line)| (*line, "this fell away"));
            labels
                .take(MAX_LABELS)
                .chain(causes.take(MAX_LABELS))
                .fold(diagnostic, |diagnostic, (place, text)| diagnostic.label(place, text))
        });
    }
}

/// The line of the copy that keeps a permission from being taken over.
fn cause(
    context: &Context<'_>,
    policy: &Policy,
    entry: u16,
) -> Option<(crate::source::Span, &'static str)> {
    let entry = context.ir.profile.permissions.get(usize::from(entry))?;
    let required = entry.requires.as_ref()?.entry;
    let line = policy.definition(required)?;
    Some((line.span, "this is why"))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    const LINT: &str = "inherited-line-dropped";

    fn text(own: &str) -> String {
        format!(
            "session policy \"Base\" {{\n  file_transfer = both\n  \
             file_transfer.user_paths = only [\"C:\\\\Transfer\"]\n}}\n\
             session policy \"Copy\" {{\n  like \"Base\"\n{own}}}\n"
        )
    }

    #[test]
    fn lines_that_a_copy_does_not_take_over_are_found() {
        let found = findings(LINT, &text("  file_transfer = deny\n"));
        assert_eq!(found.len(), 1);
        let expected =
            "1 line of session policy `Base` fell away in this copy: `file_transfer.user_paths`";
        assert_eq!(found[0].message, expected);
        let labels: Vec<&str> = found[0].labels.iter().map(|label| &*label.message).collect();
        assert_eq!(labels, ["this fell away", "this is why"]);
        assert_eq!(messages(LINT, &text("  file_transfer = upload\n")), [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_line_that_copies() {
        let text = text("  file_transfer = deny\n")
            .replace("like \"Base\"", "like \"Base\" # allow(inherited-line-dropped): no files");
        assert_eq!(messages(LINT, &text), [""; 0]);
    }
}
