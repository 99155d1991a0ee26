//! `shadowed-setting` for accounts: a line of a group policy that decides for none of its members,
//! or lines of users whose group policies define the same.

use super::context::Context;
use super::dead_lines::DeadLine;
use super::lines::{GrantLine, GroupLine, Key, group_text, key_text, lines};
use super::sink::LintSink;
use super::text::{MAX_LABELS, MAX_PLACES, count, either, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Assignment, User, UserId};
use crate::matrix::Source;
use crate::profile::LayerKind;
use crate::semantics::group_logic;
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    of_group_policies(context, sink);
    of_users(context, sink);
}

fn of_group_policies(context: &Context<'_>, sink: &mut LintSink<'_>) {
    // Lines of one group policy that the same group policies shadow have one cause.
    let mut causes: BTreeMap<(Source, Vec<Source>), Vec<&DeadLine>> = BTreeMap::new();
    for line in context.dead_lines().iter().filter(|line| !line.by_final) {
        if !sink.is_suppressed(line.span) {
            let by = line.shadowing_lines.iter().map(|(source, _)| *source).collect();
            causes.entry((line.source, by)).or_default().push(line);
        }
    }
    for ((source, by), dead) in causes {
        let Some(first) = dead.first() else { continue };
        sink.add_unsuppressed(first.span, |code| {
            let users = DeadLine::users(context.accounts(), dead.iter().copied());
            let message = format!(
                "{} of {} never {} effect: {} always overrides it ({})",
                list(dead.iter().map(|line| format!("`{}`", key_text(context.ir, line.key)))),
                group_text(context.ir, source),
                if dead.len() == 1 { "takes" } else { "take" },
                either(by.iter().map(|other| group_text(context.ir, *other))),
                count(users, &context.ir.profile.terminology.user)
            );
            let diagnostic = Diagnostic::new(code, first.span, message).help(
                "the first final line decides, or else the last line: remove this line, or change \
                 the order of the group policies",
            );
            let shadowing_lines = first.shadowing_lines.iter().take(MAX_LABELS);
            let diagnostic = shadowing_lines.fold(diagnostic, |diagnostic, (_, span)| {
                diagnostic.label(*span, "this decides instead")
            });
            let others = dead.iter().skip(1).take(MAX_LABELS);
            others.fold(diagnostic, |diagnostic, line| {
                diagnostic.label(line.span, "this never takes effect either")
            })
        });
    }
}

/// Lines of users that lines of their group policies override.
#[derive(Default)]
struct Overridden {
    /// The group policies that decide instead, each with a line.
    by: BTreeMap<Source, Span>,
    /// The first few overridden lines.
    spans: Vec<Span>,
    users: u64,
}

/// What users define themselves although their group policies define it too.
fn of_users(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let mut causes: BTreeMap<Key, Overridden> = BTreeMap::new();
    for (user, index) in ir.tables.users.iter().zip((0..).map(UserId)) {
        let class = context.matrix.accounts.class_of(index) as usize;
        for (line, decides) in overridden(context, user, class) {
            if sink.is_suppressed(line.span) {
                continue;
            }
            let cause = causes.entry(line.key).or_default();
            cause.by.entry(decides.source).or_insert(decides.line.span);
            cause.users += 1;
            if cause.spans.len() < MAX_PLACES {
                cause.spans.push(line.span);
            }
        }
    }
    for (key, Overridden { by, mut spans, users }) in causes {
        spans.sort_by_key(|span| (span.file, span.start));
        let Some(&span) = spans.first() else { continue };
        sink.add_unsuppressed(span, |code| {
            let message = format!(
                "`{}` set directly on {} never takes effect: {} {} it",
                key_text(ir, key),
                count(users, &ir.profile.terminology.user),
                list(by.keys().map(|source| group_text(ir, *source))),
                if by.len() == 1 { "overrides" } else { "override" }
            );
            let diagnostic = Diagnostic::new(code, span, message).help(
                "a direct setting applies only where no group policy of the account defines it: \
                 remove one of the two",
            );
            let diagnostic = by
                .values()
                .take(MAX_PLACES)
                .fold(diagnostic, |diagnostic, by| diagnostic.label(*by, "this decides instead"));
            spans.iter().skip(1).fold(diagnostic, |diagnostic, span| {
                diagnostic.label(*span, "this never takes effect either")
            })
        });
    }
}

/// The lines of a user that never decide, each with the line of a group policy that does.
fn overridden(context: &Context<'_>, user: &User, class: usize) -> Vec<(GrantLine, GroupLine)> {
    let accounts = context.accounts();
    let own_layer = context.ir.profile.has_layer(LayerKind::User);
    // One line can set the policy of both slots. It never decides if it decides in neither.
    let mut last: Option<(Span, Source)> = None;
    let mut overridden = Vec::new();
    for line in lines(&user.grants).filter(|line| groups_win(line.key, own_layer)) {
        let Some(groups) = accounts.of_key(class, line.key) else { continue };
        let Some(decides) = groups.decider().map(|at| *groups.at(at)) else { continue };
        if matches!(line.key, Key::SessionPolicy(_)) {
            let is_line = |slot: &&Option<Assignment>| slot.is_some_and(|it| it.span == line.span);
            let slots = user.grants.session_policy.iter().filter(is_line).count();
            let of_groups = (0..2).map(Key::SessionPolicy);
            let of_groups = of_groups.filter(|key| accounts.of_key(class, *key).is_some()).count();
            let cause = Some((line.span, decides.source));
            if slots > of_groups || last == cause {
                continue;
            }
            last = cause;
        }
        overridden.push((line, decides));
    }
    overridden
}

/// Whether a line of the group policies wins against the user's own line for the same key.
fn groups_win(key: Key, own_layer: bool) -> bool {
    let (of_groups, own) = (Some(true), Some(false));
    let winner = match key {
        // Where users have a layer of their own, both policies are part of the session.
        Key::SessionPolicy(_) if own_layer => own,
        Key::SessionPolicy(_) | Key::Setting(_) => group_logic::setting(of_groups, own),
        Key::Membership(_) => group_logic::membership(of_groups, own),
    };
    winner == of_groups
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    fn text(first: &str, second_members: &str, own: &str) -> String {
        format!(
            "user \"ada\" {{\n{own}}}\nuser \"ben\"\n\
             group policy \"A\" {{\n  members = [user \"ada\", user \"ben\"]\n  {first}\n}}\n\
             group policy \"B\" {{\n  members = [{second_members}]\n  reports.sessions = \
             user_sessions\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        )
    }

    #[test]
    fn a_line_that_a_later_one_always_overrides_is_found() {
        let both = "user \"ada\", user \"ben\"";
        let expected = "`reports.sessions` of group policy `A` never takes effect: group policy \
            `B` always overrides it (2 users)";
        assert_eq!(
            messages("shadowed-setting", &text("reports.sessions = all_sessions", both, "")),
            [expected]
        );
        let one = text("reports.sessions = all_sessions", "user \"ada\"", "");
        assert_eq!(messages("shadowed-setting", &one), [""; 0]);
    }

    #[test]
    fn what_users_set_directly_is_overridden_by_their_groups() {
        let expected = "`reports.sessions` set directly on 1 user never takes effect: group \
            policy `B` overrides it";
        let own = "  reports.sessions = all_sessions\n";
        assert_eq!(
            messages(
                "shadowed-setting",
                &text("administration.admin = allow", "user \"ada\"", own)
            ),
            [expected]
        );
        assert_eq!(
            messages(
                "shadowed-setting",
                &text("administration.admin = allow", "user \"ben\"", own)
            ),
            [""; 0]
        );
    }

    #[test]
    fn what_several_group_policies_override_is_one_finding() {
        let own = "  reports.sessions = all_sessions\n";
        let text = text("administration.admin = allow", "user \"ada\"", own)
            .replace("user \"ben\"\n", &format!("user \"ben\" {{\n{own}}}\n"))
            .replace("order group policies {\n", "order group policies {\n  \"C\"\n")
            + "group policy \"C\" {\n  members = [user \"ben\"]\n  reports.sessions = \
               user_sessions\n}\n";
        assert_eq!(
            messages("shadowed-setting", &text),
            ["`reports.sessions` set directly on 2 users never takes effect: group policy `C`, \
              group policy `B` override it"]
        );
    }
}
