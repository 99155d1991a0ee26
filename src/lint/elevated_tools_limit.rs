//! `elevated-tools-limit`: tools that are allowed in sessions with nobody at the endpoint, where
//! the product limits them because another permission is denied. The profile says which these are.

use super::context::Context;
use super::sink::LintSink;
use super::text::{count, list};
use crate::diagnostic::{Code, Diagnostic};
use crate::profile::lint_facts::{Condition, LimitedTools};
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Limited {
    sessions: u64,
    /// The permissions of the tools.
    tools: BTreeSet<usize>,
    /// A line that allows one of them.
    line: Option<Span>,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let Some(facts) = &ir.profile.lint_facts.elevated_tools_limit else { return };
    for (limit, limited) in limited(context, facts) {
        let block = ir.tables.global_default.map(|id| ir.policy(id).object.span);
        let place = limit.or(limited.line).or(block);
        let span = place.unwrap_or(Span::file_start(FileId(0)));
        sink.add(span, |code| diagnostic(context, facts, code, span, &limited));
    }
}

/// By the line that limits, or none where it is the default: the sessions with nobody there that it
/// limits.
fn limited(context: &Context<'_>, facts: &LimitedTools) -> BTreeMap<Option<Span>, Limited> {
    let (ir, permissions) = (context.ir, &context.ir.profile.permissions);
    let absent = context.endpoints_that(|endpoint| endpoint.present == Some(false));
    let mut limited: BTreeMap<Option<Span>, Limited> = BTreeMap::new();
    context.each_pair(|pair, _| {
        let sessions = context.sessions_with(pair, |class| absent[class]);
        if sessions == 0 {
            return;
        }
        let cell = |permission: usize| pair.cells.cell(ir, &pair.stack, pair.method, permission);
        let is_met = |condition: &Condition| {
            let value = cell(condition.entry).value;
            value.is_some_and(|value| condition.is_met(permissions, value))
        };
        if !is_met(&facts.limited) {
            return;
        }
        // What the method fixes, no policy allows.
        let is_fixed = |tool: usize| pair.cells.fixed >> tool & 1 == 1;
        let allowed = |tool: &&Condition| is_met(tool) && !is_fixed(tool.entry);
        let tools: Vec<usize> = facts.tools.iter().filter(allowed).map(|tool| tool.entry).collect();
        let Some(&first) = tools.first() else { return };
        let line = |permission: usize| cell(permission).definition.map(|line| line.span);
        let entry = limited.entry(line(facts.limited.entry)).or_default();
        entry.sessions += sessions;
        entry.tools.extend(tools);
        entry.line = entry.line.or(line(first));
    });
    limited
}

fn diagnostic(
    context: &Context<'_>,
    facts: &LimitedTools,
    code: Code,
    span: Span,
    limited: &Limited,
) -> Diagnostic {
    let path = context.permission(facts.limited.entry);
    let message = format!(
        "{} {} limited in {} with nobody present, because `{path}` is `{}`",
        list(limited.tools.iter().map(|tool| format!("`{}`", context.permission(*tool)))),
        if limited.tools.len() == 1 { "is" } else { "are" },
        count(limited.sessions, "session"),
        facts.limited.words.join("` or `")
    );
    let diagnostic = Diagnostic::new(code, span, message).help(format!(
        "set `{path}` to something else for these sessions, or deny the tools there; the \
         `session_policy.absent` of a {} applies to these sessions only",
        context.ir.profile.terminology.jump_item
    ));
    match limited.line.filter(|line| *line != span) {
        Some(line) => diagnostic.label(line, "this allows it"),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    const LINT: &str = "elevated-tools-limit";

    fn text(lines: &str, kind: &str) -> String {
        format!(
            "profile \"rs-25.3\"\nsession policy \"A\" {{\n{lines}}}\n\
             user \"ada\" {{\n  session_policy = \"A\"\n}}\n\
             jump item \"web\" {{\n  kind = {kind}\n}}\n"
        )
    }

    #[test]
    fn tools_that_are_limited_with_nobody_there_are_found() {
        let lines = "  shell = allow\n  registry = allow\n  elevated_tools = deny\n";
        let found = findings(LINT, &text(lines, "jump_client"));
        assert_eq!(found.len(), 1);
        let expected = "`shell`, `registry` are limited in 1 session with nobody present, because \
            `elevated_tools` is `deny`";
        assert_eq!(found[0].message, expected);
        assert_eq!(found[0].labels[0].message, "this allows it");
        let allowed = lines.replace("elevated_tools = deny", "elevated_tools = allow");
        assert_eq!(messages(LINT, &text(&allowed, "jump_client")), [""; 0]);
    }

    #[test]
    fn a_method_that_does_not_tell_who_is_there_says_nothing() {
        assert_eq!(messages(LINT, &text("  shell = allow\n", "local_jump")), [""; 0]);
        assert_eq!(messages(LINT, &text("  shell = allow\n", "jump_client")).len(), 1);
    }

    #[test]
    fn the_policy_of_sessions_with_nobody_there_counts() {
        let text = text("  shell = allow\n", "jump_client").replace(
            "kind = jump_client\n",
            "kind = jump_client\n  session_policy.absent = \"B\"\n",
        ) + "session policy \"B\" {\n  shell = deny\n}\n";
        assert_eq!(messages(LINT, &text), [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_line_that_limits() {
        let lines = "  shell = allow\n  elevated_tools = deny # allow(P0538): on purpose\n";
        assert_eq!(messages(LINT, &text(lines, "jump_client")), [""; 0]);
    }
}
