//! `global-default-decides`: permissions that no other policy defines fall through to the global
//! default. The product documentation calls this a gap that administrators should review.

use super::context::{Context, bits};
use super::sink::LintSink;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::Object;
use crate::matrix::parties::simulate_command;
use crate::matrix::{SubjectRef, TargetRef};
use crate::text::escape_control_chars;
use std::cmp::Reverse;

/// What falls through to the global default in all sessions.
struct Gaps {
    /// All sessions.
    all: u64,
    /// Those in which something falls through.
    sessions: u64,
    /// By permission: in how many sessions it falls through.
    by_permission: Vec<u64>,
    /// A session where the most permissions fall through: indices of its subject and endpoint in
    /// the matrix.
    example: Option<(u32, u32)>,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let gaps = gaps(context);
    let Some((subject, endpoint)) = gaps.example else { return };
    let example = Example::new(context, subject, endpoint);
    let block = ir.tables.global_default.map(|id| ir.policy(id));
    let span = block.map_or(example.target.span, |block| block.object.span);
    sink.add(span, |code| {
        let mut most: Vec<(u64, usize)> = gaps
            .by_permission
            .iter()
            .copied()
            .zip(0..)
            .filter(|(sessions, _)| *sessions > 0)
            .collect();
        most.sort_by_key(|&(sessions, permission)| (Reverse(sessions), permission));
        let diagnostic = Diagnostic::new(code, span, message(&gaps, most.len()))
            .help(help(context, &most, &example));
        let text = format!("for example, {} on this {}", example.subject, example.target_term);
        let Some(block) = block else { return diagnostic.primary_message(text) };
        let allowed = most.iter().filter_map(|&(sessions, permission)| {
            let line = block.definition(permission)?;
            let least = ir.profile.permissions[permission].ty.least()?;
            (*ir.value(line.value) != least).then_some((line.span, sessions))
        });
        let diagnostic =
            allowed.take(MAX_LABELS).fold(diagnostic, |diagnostic, (line, sessions)| {
                diagnostic.label(line, format!("applies in {}", count(sessions, "session")))
            });
        diagnostic.label(example.target.span, text)
    });
}

fn message(gaps: &Gaps, permissions: usize) -> String {
    let all = gaps.all;
    let sessions = match gaps.sessions {
        1 if all == 1 => "the only session".to_owned(),
        2 if all == 2 => "both sessions".to_owned(),
        some if some == all => format!("all {}", count(all, "session")),
        some => format!("{some} of {}", count(all, "session")),
    };
    let (count, fall) = match permissions {
        1 => ("1 permission".to_owned(), "falls"),
        many => (count(many as u64, "permission"), "fall"),
    };
    format!("{count} {fall} through to the global default in {sessions}")
}

fn gaps(context: &Context<'_>) -> Gaps {
    let (ir, matrix) = (context.ir, &context.matrix);
    let last = ir.profile.layers.len() - 1;
    let by_permission = vec![0; ir.profile.permissions.len()];
    let mut gaps = Gaps { all: 0, sessions: 0, by_permission, example: None };
    // How many permissions fall through in the example.
    let mut best = 0;
    context.each_pair(|pair, sessions| {
        gaps.all += sessions;
        let cells = &pair.cells;
        let others = cells.decided_by_layer[..last].iter().fold(0, |all, taken| all | taken);
        let gap = matrix.rules.all() & !others & !cells.not_applicable & !cells.fixed;
        if gap == 0 {
            return;
        }
        gaps.sessions += sessions;
        bits(gap).for_each(|permission| gaps.by_permission[permission] += sessions);
        if gap.count_ones() > best {
            best = gap.count_ones();
            gaps.example = context.first_session(pair);
        }
    });
    gaps
}

/// A session to trace.
struct Example<'a> {
    target: &'a Object,
    /// What the product calls the target: `jump item`.
    target_term: &'a str,
    /// With what the product calls it: `user `ada``.
    subject: String,
    /// The command that traces it, unless a name cannot be typed.
    command: Option<String>,
}

impl<'a> Example<'a> {
    fn new(context: &Context<'a>, subject: u32, endpoint: u32) -> Self {
        let (ir, matrix) = (context.ir, &context.matrix);
        let (subject, endpoint) =
            (matrix.subjects[subject as usize].0, matrix.endpoints[endpoint as usize].0);
        let name = matrix.subject_name(subject);
        let command = simulate_command(ir, (subject.kind(), name), endpoint);
        let terms = &ir.profile.terminology;
        let subject_term = match subject {
            SubjectRef::User(_) => &terms.user,
            SubjectRef::Invite(_) => &terms.invite,
        };
        let (target, target_term) = match endpoint.target {
            TargetRef::JumpItem(id) => {
                let item = &ir.tables.jump_items[id.index()].object;
                (item, &terms.jump_item)
            }
            TargetRef::Portal(id) => {
                let portal = &ir.tables.portals[id.index()].object;
                (portal, &terms.portal)
            }
        };
        let subject = format!("{subject_term} `{}`", escape_control_chars(name));
        Example { target, target_term, subject, command }
    }
}

fn help(context: &Context<'_>, most: &[(u64, usize)], example: &Example<'_>) -> String {
    let named = most.iter().take(3).map(|&(sessions, at)| {
        format!("`{}` ({})", context.permission(at), count(sessions, "session"))
    });
    let more = match most.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let see = example.command.as_ref().map(|command| {
        format!("; to see one of these sessions, run in the folder of the workspace\n  {command}")
    });
    format!(
        "most often {}{more}\ndefine them in a policy of another layer{}",
        named.collect::<Vec<_>>().join(", "),
        see.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    fn text(more: &str) -> String {
        let complete = "elevated_tools leave_session_running file_transfer system_information \
            registry canned_scripts session_end.override screen_sharing annotations";
        let lines: String =
            complete.split_whitespace().map(|path| format!("  {path} = deny\n")).collect();
        format!(
            "session policy \"All but the shell\" {{\n{lines}  session_end.action = lock\n}}\n\
             jump group \"G\"\njump item role \"R\"\nuser \"ada\"\nuser \"ben\"\n\
             jump items {{\n  kind = jump_client\n  group = \"G\"\n  session_policy = \"All but \
             the shell\"\n  item \"web\"\n  item \"db\"\n}}\n{more}"
        )
    }

    #[test]
    fn what_falls_through_is_counted_with_an_example() {
        let findings = findings("global-default-decides", &text(""));
        assert_eq!(
            findings[0].message,
            "1 permission falls through to the global default in all 4 sessions"
        );
        assert_eq!(findings[0].primary.message, "for example, user `ada` on this jump item");
        assert!(
            findings[0]
                .help
                .as_ref()
                .is_some_and(|help| help.contains("simulate --user ada --jump-item db"))
        );
    }

    #[test]
    fn what_the_global_default_allows_is_labelled() {
        let block = |shell: &str| {
            let denied = "elevated_tools leave_session_running file_transfer system_information \
                registry canned_scripts session_end.override screen_sharing annotations";
            let lines: String =
                denied.split_whitespace().map(|path| format!("  {path} = deny\n")).collect();
            let commands = if shell == "allow" { "  shell.commands = any\n" } else { "" };
            text(&format!(
                "global default {{\n{lines}  session_end.action = lock\n  shell = {shell}\n\
                 {commands}}}\n"
            ))
        };
        let labels = |shell: &str| {
            let findings = findings("global-default-decides", &block(shell));
            findings[0].labels.iter().map(|label| label.message.clone()).collect::<Vec<_>>()
        };
        let example = "for example, user `ada` on this jump item";
        assert_eq!(labels("deny"), [example]);
        assert_eq!(labels("allow"), ["applies in 4 sessions", example]);
        assert_eq!(messages("global-default-decides", "user \"ada\"\n"), [""; 0]);
    }
}
