//! `global-default-decides`: what no policy decides falls to the global default. The product's
//! documents call this a gap that an administrator should look at.

use super::context::{Context, Pair, bits};
use super::found::Found;
use super::reach::Reach;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::Object;
use crate::matrix::classes::presence_text;
use crate::matrix::{SubjectRef, TargetRef};
use crate::text::{escape_control_chars, quote};
use std::cmp::Reverse;

/// What is found in all sessions.
struct Gaps {
    sessions: u64,
    /// How many of them reach people, if that is known.
    reached: Option<u64>,
    /// By permission: in how many sessions nobody else decides it.
    by_permission: Vec<u64>,
    /// A session with as many of them as any, as a subject and an endpoint of the matrix.
    example: Option<(u32, u32)>,
}

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let gaps = gaps(context);
    let Some((subject, endpoint)) = gaps.example else { return };
    let example = Example::new(context, subject, endpoint);
    let block = ir.tables.global_default.map(|id| ir.policy(id));
    let span = block.map_or(example.target.span, |block| block.object.span);
    found.add(span, |code| {
        let mut most: Vec<(u64, usize)> = gaps
            .by_permission
            .iter()
            .copied()
            .zip(0..)
            .filter(|(sessions, _)| *sessions > 0)
            .collect();
        most.sort_by_key(|&(sessions, permission)| (Reverse(sessions), permission));
        let reached = match gaps.reached {
            Some(reached) => format!(", {reached} of which somebody can start"),
            None => String::new(),
        };
        let message = format!(
            "nobody but the global default decides {} in {} of {}{reached}",
            count(most.len() as u64, "permission"),
            gaps.sessions,
            count(context.matrix.sessions(), "session"),
        );
        let found = Diagnostic::new(code, span, message).help(help(context, &most, &example));
        let here = format!("for one, in a session of {} here", example.subject);
        match block {
            None => found.primary_message(here),
            Some(block) => {
                let granted = most.iter().filter_map(|&(sessions, permission)| {
                    let line = block.definition(permission)?;
                    let least = ir.profile.permissions[permission].ty.least()?;
                    (*ir.value(line.value) != least).then_some((line.span, sessions))
                });
                let found = granted.take(MAX_LABELS).fold(found, |found, (line, sessions)| {
                    found.label(line, format!("granted so in {}", count(sessions, "session")))
                });
                found.label(example.target.span, here)
            }
        }
    });
}

fn gaps(context: &Context<'_>) -> Gaps {
    let (ir, matrix) = (context.ir, &context.matrix);
    let last = ir.profile.layers.len() - 1;
    let reach = Reach::new(context);
    let mut gaps = Gaps {
        sessions: 0,
        reached: reach.as_ref().map(|_| 0),
        by_permission: vec![0; ir.profile.permissions.len()],
        example: None,
    };
    // Whether the example's session reaches people, and how many permissions are open in it.
    let mut best = (false, 0);
    context.each_pair(|pair| {
        let cells = &pair.cells;
        let others = cells.decided_by_layer[..last].iter().fold(0, |all, taken| all | taken);
        let gap = matrix.rules.all() & !others & !cells.not_applicable & !cells.fixed;
        if gap == 0 || pair.sessions == 0 {
            return;
        }
        gaps.sessions += pair.sessions;
        bits(gap).for_each(|permission| gaps.by_permission[permission] += pair.sessions);
        let reached = reach.as_ref().map_or(0, |reach| reach.sessions(pair));
        if let Some(all) = &mut gaps.reached {
            *all += reached;
        }
        let rank = (reached > 0, gap.count_ones());
        if rank > best {
            best = rank;
            let within =
                reach.as_ref().filter(|_| reached > 0).and_then(|reach| reach.example(pair));
            gaps.example = within.or_else(|| any_session(context, pair));
        }
    });
    gaps
}

fn any_session(context: &Context<'_>, pair: &Pair) -> Option<(u32, u32)> {
    let stack =
        &context.subject_stacks[context.ir.profile.slot_of(pair.method)][pair.subject_stack];
    let class = &context.matrix.subject_classes[*stack.classes.first()? as usize];
    Some((
        *class.members.first()?,
        *context.matrix.endpoint_classes[pair.endpoint_class].members.first()?,
    ))
}

/// One session to look at.
struct Example<'a> {
    target: &'a Object,
    /// `user `ada``.
    subject: String,
    /// The arguments of `simulate`.
    arguments: String,
}

impl<'a> Example<'a> {
    fn new(context: &Context<'a>, subject: u32, endpoint: u32) -> Self {
        let (ir, matrix) = (context.ir, &context.matrix);
        let (subject, endpoint) =
            (matrix.subjects[subject as usize].0, matrix.endpoints[endpoint as usize].0);
        let name = matrix.subject_name(subject);
        let mut arguments = format!("--{} {}", subject.kind(), argument(name));
        let words = match subject {
            SubjectRef::User(_) => &ir.profile.terminology.user,
            SubjectRef::Invite(_) => &ir.profile.terminology.invite,
        };
        let target = match endpoint.target {
            TargetRef::JumpItem(id) => {
                let item = &ir.tables.jump_items[id.index()].object;
                arguments.push_str(&format!(" --jump-item {}", argument(&item.name)));
                item
            }
            TargetRef::Portal(id) => {
                let portal = &ir.tables.portals[id.index()].object;
                let method = &ir.profile.methods[endpoint.method].id;
                arguments
                    .push_str(&format!(" --portal {} --method {method}", argument(&portal.name)));
                portal
            }
        };
        if endpoint.present.is_some() {
            arguments.push_str(&format!(" --presence {}", presence_text(endpoint.present)));
        }
        Example { target, subject: format!("{words} `{}`", escape_control_chars(name)), arguments }
    }
}

/// A name as it is typed on a command line.
fn argument(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._-@".contains(c));
    if plain { name.to_owned() } else { escape_control_chars(&quote(name)).into_owned() }
}

fn help(context: &Context<'_>, most: &[(u64, usize)], example: &Example<'_>) -> String {
    let named = most
        .iter()
        .take(3)
        .map(|&(sessions, at)| format!("`{}` in {sessions}", context.permission(at)));
    let more = match most.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "most often {}{more}\ndefine them in a policy of a layer above; one session to look at:\n  \
         precedent simulate {}",
        named.collect::<Vec<_>>().join(", "),
        example.arguments
    )
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    fn text(more: &str) -> String {
        let complete = "elevated_tools leave_session_running file_transfer system_information registry canned_scripts \
                        session_end.override screen_sharing";
        let lines: String =
            complete.split_whitespace().map(|path| format!("  {path} = deny\n")).collect();
        format!(
            "session policy \"All but the shell\" {{\n{lines}  session_end.action = lock\n}}\n\
             jump group \"G\"\njump item role \"R\"\nuser \"ada\"\nuser \"ben\"\n\
             jump items {{\n  kind = jump_client\n  group = \"G\"\n  session_policy = \"All but the shell\"\n  \
             item \"web\"\n  item \"db\"\n}}\n{more}"
        )
    }

    #[test]
    fn what_nobody_decides_is_counted_with_a_session_to_look_at() {
        let found = findings("global-default-decides", &text(""));
        assert_eq!(
            found[0].message,
            "nobody but the global default decides 1 permission in 4 of 4 sessions"
        );
        assert_eq!(found[0].primary.message, "for one, in a session of user `ada` here");
        assert!(
            found[0]
                .help
                .as_ref()
                .is_some_and(|help| help.contains("simulate --user ada --jump-item db"))
        );
    }

    #[test]
    fn sessions_that_a_membership_opens_reach_people() {
        let members =
            "group policy \"P\" {\n  members = [user \"ben\"]\n  jump group \"G\" as \"R\"\n}\n";
        let found = findings("global-default-decides", &text(members));
        let expected = "nobody but the global default decides 1 permission in 4 of 4 sessions, 2 of which somebody can start";
        assert_eq!(found[0].message, expected);
        assert_eq!(found[0].primary.message, "for one, in a session of user `ben` here");
    }

    #[test]
    fn what_the_global_default_grants_is_pointed_at() {
        let block = |shell: &str| {
            let withheld = "elevated_tools leave_session_running file_transfer system_information registry \
                            canned_scripts session_end.override screen_sharing";
            let lines: String =
                withheld.split_whitespace().map(|path| format!("  {path} = deny\n")).collect();
            let commands = if shell == "allow" { "  shell.commands = any\n" } else { "" };
            text(&format!(
                "global default {{\n{lines}  session_end.action = lock\n  shell = {shell}\n{commands}}}\n"
            ))
        };
        let labels = |shell: &str| {
            let found = findings("global-default-decides", &block(shell));
            found[0].labels.iter().map(|label| label.message.clone()).collect::<Vec<_>>()
        };
        let example = "for one, in a session of user `ada` here";
        assert_eq!(labels("deny"), [example]);
        assert_eq!(labels("allow"), ["granted so in 4 sessions", example]);
        assert_eq!(messages("global-default-decides", "user \"ada\"\n"), [""; 0]);
    }
}
