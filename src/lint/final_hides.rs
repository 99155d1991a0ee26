//! `final-hides`: a `final` makes a later group policy's line dead: that line decides for none of
//! its members. Where it decides for some, the `final` does what it is for.

use super::context::Context;
use super::dead_lines::DeadLine;
use super::found::Found;
use super::lines::{group_text, key_text};
use super::text::{MAX_LABELS, count, either, list};
use crate::diagnostic::Diagnostic;
use crate::matrix::Source;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let mut causes: BTreeMap<&[(Source, Span)], Vec<&DeadLine>> = BTreeMap::new();
    for line in
        context.dead_lines().iter().filter(|line| line.by_final && !found.is_silenced(line.span))
    {
        causes.entry(&line.shadowing_lines).or_default().push(line);
    }
    for (finals, dead) in causes {
        let (Some(first), Some((_, place))) = (dead.first(), finals.first()) else { continue };
        // Whoever wrote the `final` may have said there that it is meant.
        if found.is_silenced(*place) {
            continue;
        }
        found.add_anyway(first.span, |code| {
            let keys: BTreeSet<String> = dead.iter().map(|line| format!("`{}`", key_text(ir, line.key))).collect();
            let message = format!(
                "{} of {} {} dead: the `final` of {} above decides for every member ({})",
                list(keys.iter()),
                list(dead.iter().map(|line| group_text(ir, line.source)).collect::<BTreeSet<_>>()),
                if dead.len() == 1 { "is" } else { "are" },
                either(finals.iter().map(|(source, _)| group_text(ir, *source))),
                count(DeadLine::users(context, dead.iter().copied()), "user")
            );
            let found = Diagnostic::new(code, first.span, message).primary_message("this decides for nobody").help(
                "remove this line; or if it is meant to hold, remove the `final`, or leave these users out of its group policy",
            );
            let found = finals
                .iter()
                .take(MAX_LABELS)
                .fold(found, |found, (_, span)| found.label(*span, "this decides in its place"));
            let others = dead.iter().skip(1).take(MAX_LABELS);
            others.fold(found, |found, line| found.label(line.span, "this decides for nobody either"))
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    fn text(members_below: &str, last: &str) -> String {
        format!(
            "user \"ada\"\nuser \"ben\"\n\
             group policy \"A\" {{\n  members = [user \"ada\"]\n  final reports.sessions = user_sessions\n}}\n\
             group policy \"B\" {{\n  members = [{members_below}]\n  reports.sessions = all_sessions\n}}\n\
             group policy \"C\" {{\n  members = [user \"ada\"]\n  {last}\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n  \"C\"\n}}\n"
        )
    }

    #[test]
    fn what_a_final_leaves_no_member_is_dead() {
        let expected = "`reports.sessions` of group policy `B` is dead: the `final` of group policy `A` above decides \
                        for every member (1 user)";
        let text = text("user \"ada\"", "administration.admin = deny");
        assert_eq!(messages("final-hides", &text), [expected]);
        assert_eq!(findings("final-hides", &text)[0].labels.len(), 1, "both places are shown");
        assert_eq!(messages("shadowed-setting", &text), [""; 0], "one cause, one finding");
    }

    #[test]
    fn one_final_is_one_cause() {
        let expected = "`reports.sessions` of group policy `B`, group policy `C` are dead: the `final` of group \
                        policy `A` above decides for every member (1 user)";
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
    fn what_decides_for_some_member_lives() {
        let text = text("user \"ada\", user \"ben\"", "administration.admin = deny");
        assert_eq!(messages("final-hides", &text), [""; 0]);
    }

    #[test]
    fn the_final_may_say_that_it_is_meant() {
        let text = text("user \"ada\"", "administration.admin = deny").replace(
            "user_sessions\n",
            "user_sessions # allow(final-hides): until the training ends\n",
        );
        assert_eq!(messages("final-hides", &text), [""; 0]);
        assert_eq!(messages("unused-silence", &text), [""; 0]);
    }
}
