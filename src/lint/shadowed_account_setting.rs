//! `shadowed-setting`, for accounts: a line of a group policy that decides for none of its members,
//! or of users whose group policies define the same.

use super::context::Context;
use super::dead_lines::DeadLine;
use super::found::Found;
use super::lines::{Key, group_text, key_text, lines, winner};
use super::text::{MAX_LABELS, count, either, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Assignment, UserId};
use crate::matrix::Source;
use crate::profile::LayerKind;
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    of_group_policies(context, found);
    of_users(context, found);
}

fn of_group_policies(context: &Context<'_>, found: &mut Found<'_>) {
    // Lines of one group policy that the same group policies hide have one cause.
    let mut causes: BTreeMap<(Source, Vec<Source>), Vec<&DeadLine>> = BTreeMap::new();
    for line in context.dead_lines().iter().filter(|line| !line.by_final) {
        if !found.is_silenced(line.span) {
            let by = line.shadowing_lines.iter().map(|(source, _)| *source).collect();
            causes.entry((line.source, by)).or_default().push(line);
        }
    }
    for ((source, by), dead) in causes {
        let Some(first) = dead.first() else { continue };
        found.add_anyway(first.span, |code| {
            let message = format!(
                "{} of {} never {}: {} always decides in its place ({})",
                list(dead.iter().map(|line| format!("`{}`", key_text(context.ir, line.key)))),
                group_text(context.ir, source),
                if dead.len() == 1 { "decides" } else { "decide" },
                either(by.iter().map(|other| group_text(context.ir, *other))),
                count(DeadLine::users(context, dead.iter().copied()), "user")
            );
            let found = Diagnostic::new(code, first.span, message).help(
                "the first final line decides, else the last one: remove this line, or change the order of the group policies",
            );
            let shadowing_lines = first.shadowing_lines.iter().take(MAX_LABELS);
            let found = shadowing_lines.fold(found, |found, (_, span)| found.label(*span, "this decides in its place"));
            let others = dead.iter().skip(1).take(MAX_LABELS);
            others.fold(found, |found, line| found.label(line.span, "this never decides either"))
        });
    }
}

/// What users define themselves, and their groups define too. Memberships of their own always
/// decide, and so does their session policy where it has a layer of its own.
fn of_users(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let own_layer = ir.profile.has_layer(LayerKind::User);
    let classes = context.accounts();
    let mut causes: BTreeMap<(Source, Key), (Span, Vec<Span>, u64)> = BTreeMap::new();
    for (index, user) in ir.tables.users.iter().enumerate() {
        let class = &classes[context.matrix.accounts.class_of(UserId(index as u32)) as usize];
        // One line may set the policy of both slots: it never decides if it does so in neither.
        let mut last: Option<(Span, Source)> = None;
        for line in lines(&user.grants) {
            let can_hide = match line.key {
                Key::Setting(_) => true,
                Key::SessionPolicy(_) => !own_layer,
                Key::Membership(_) => false,
            };
            let Some(groups) = class.by_key.get(&line.key).filter(|_| can_hide) else { continue };
            if found.is_silenced(line.span) {
                continue;
            }
            let decides = groups[winner(groups)];
            let both = |slot: &Option<Assignment>| slot.is_some_and(|slot| slot.span == line.span);
            let slots = user.grants.session_policy.iter().filter(|slot| both(slot)).count();
            let hidden_slots =
                (0..2).filter(|slot| class.by_key.contains_key(&Key::SessionPolicy(*slot))).count();
            let is_policy = matches!(line.key, Key::SessionPolicy(_));
            if is_policy
                && (slots > hidden_slots
                    || last.replace((line.span, decides.source))
                        == Some((line.span, decides.source)))
            {
                continue;
            }
            let (_, spans, users) = causes
                .entry((decides.source, line.key))
                .or_insert_with(|| (decides.line.span, Vec::new(), 0));
            *users += 1;
            if spans.len() <= MAX_LABELS {
                spans.push(line.span);
            }
        }
    }
    for ((source, key), (decides, spans, users)) in causes {
        let Some(&span) = spans.first() else { continue };
        found.add_anyway(span, |code| {
            let message = format!(
                "the own `{}` of {} never decides: {} defines it for them",
                key_text(ir, key),
                count(users, "user"),
                group_text(ir, source)
            );
            let found = Diagnostic::new(code, span, message).label(decides, "this decides in its place").help(
                "a user's own settings hold only where no group policy of the user defines them: remove one of the two",
            );
            spans.iter().skip(1).fold(found, |found, span| found.label(*span, "this does not decide either"))
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    fn text(first: &str, second_members: &str, own: &str) -> String {
        format!(
            "user \"ada\" {{\n{own}}}\nuser \"ben\"\n\
             group policy \"A\" {{\n  members = [user \"ada\", user \"ben\"]\n  {first}\n}}\n\
             group policy \"B\" {{\n  members = [{second_members}]\n  reports.sessions = user_sessions\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        )
    }

    #[test]
    fn a_line_that_a_later_one_always_beats_is_found() {
        let both = "user \"ada\", user \"ben\"";
        let expected = "`reports.sessions` of group policy `A` never decides: group policy `B` always decides in its place (2 users)";
        assert_eq!(
            messages("shadowed-setting", &text("reports.sessions = all_sessions", both, "")),
            [expected]
        );
        let one = text("reports.sessions = all_sessions", "user \"ada\"", "");
        assert_eq!(messages("shadowed-setting", &one), [""; 0]);
    }

    #[test]
    fn what_users_set_themselves_is_hidden_by_their_groups() {
        let expected = "the own `reports.sessions` of 1 user never decides: group policy `B` defines it for them";
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
}
