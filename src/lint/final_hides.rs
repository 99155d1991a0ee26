//! `final-hides`: because of a `final`, a line of a later group policy decides for none of its
//! members. Where the line still decides for some of them, the `final` does what it is meant to do.

use super::context::Context;
use super::dead_lines::DeadLine;
use super::lines::{group_text, key_text};
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, either, list};
use crate::diagnostic::Diagnostic;
use crate::matrix::Source;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let mut causes: BTreeMap<&[(Source, Span)], Vec<&DeadLine>> = BTreeMap::new();
    for line in
        context.dead_lines().iter().filter(|line| line.by_final && !sink.is_suppressed(line.span))
    {
        causes.entry(&line.shadowing_lines).or_default().push(line);
    }
    for (finals, dead) in causes {
        let (Some(first), Some((_, place))) = (dead.first(), finals.first()) else { continue };
        // The comment may also be at the `final`, whose author knows the reason.
        if sink.is_suppressed(*place) {
            continue;
        }
        sink.add_unsuppressed(first.span, |code| {
            let keys: BTreeSet<String> =
                dead.iter().map(|line| format!("`{}`", key_text(ir, line.key))).collect();
            let users = DeadLine::users(context.accounts(), dead.iter().copied());
            let message = format!(
                "{} of {} never {} effect: the `final` of {} above decides for every member ({})",
                list(keys.iter()),
                list(dead.iter().map(|line| group_text(ir, line.source)).collect::<BTreeSet<_>>()),
                if dead.len() == 1 { "takes" } else { "take" },
                either(finals.iter().map(|(source, _)| group_text(ir, *source))),
                count(users, &ir.profile.terminology.user)
            );
            let diagnostic = Diagnostic::new(code, first.span, message)
                .primary_message("this never takes effect")
                .help(
                    "remove this line; or, if it should apply, remove the `final`, or remove these \
                     users from the group policy with the `final`",
                );
            let finals = finals.iter().take(MAX_LABELS);
            let diagnostic = finals.fold(diagnostic, |diagnostic, (_, span)| {
                diagnostic.label(*span, "this decides instead")
            });
            let others = dead.iter().skip(1).take(MAX_LABELS);
            others.fold(diagnostic, |diagnostic, line| {
                diagnostic.label(line.span, "this never takes effect either")
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    fn text(members_below: &str, last: &str) -> String {
        format!(
            "user \"ada\"\nuser \"ben\"\n\
             group policy \"A\" {{\n  members = [user \"ada\"]\n  final reports.sessions = \
             user_sessions\n}}\n\
             group policy \"B\" {{\n  members = [{members_below}]\n  reports.sessions = \
             all_sessions\n}}\n\
             group policy \"C\" {{\n  members = [user \"ada\"]\n  {last}\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n  \"C\"\n}}\n"
        )
    }

    #[test]
    fn a_line_that_a_final_overrides_for_all_members_is_found() {
        let expected = "`reports.sessions` of group policy `B` never takes effect: the `final` of \
            group policy `A` above decides for every member (1 user)";
        let text = text("user \"ada\"", "administration.admin = deny");
        assert_eq!(messages("final-hides", &text), [expected]);
        assert_eq!(findings("final-hides", &text)[0].labels.len(), 1, "both places are shown");
        assert_eq!(messages("shadowed-setting", &text), [""; 0], "one cause, one finding");
    }

    #[test]
    fn one_final_is_one_cause() {
        let expected = "`reports.sessions` of group policy `B`, group policy `C` never take \
            effect: the `final` of group policy `A` above decides for every member (1 user)";
        assert_eq!(
            messages("final-hides", &text("user \"ada\"", "reports.sessions = all_sessions")),
            [expected]
        );
        assert_eq!(
            messages("final-hides", &text("user \"ada\"", "final reports.sessions = all_sessions")),
            [expected]
        );
    }

    #[test]
    fn a_line_that_decides_for_some_member_is_fine() {
        let text = text("user \"ada\", user \"ben\"", "administration.admin = deny");
        assert_eq!(messages("final-hides", &text), [""; 0]);
    }

    #[test]
    fn a_comment_at_the_final_suppresses_it() {
        let text = text("user \"ada\"", "administration.admin = deny").replace(
            "user_sessions\n",
            "user_sessions # allow(final-hides): until the training ends\n",
        );
        assert_eq!(messages("final-hides", &text), [""; 0]);
        assert_eq!(messages("unused-suppression", &text), [""; 0]);
    }
}
