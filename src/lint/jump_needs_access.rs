//! `jump-needs-access`: settings that allow something, but require another setting which no account
//! has that they decide for. They have no effect. Which settings require which, the profile says.

use super::alike::{alike, grants_something, written};
use super::context::Context;
use super::lines::group_text;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, UserId};
use crate::matrix::Source;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A line, and whom it decides for.
struct Line {
    span: Span,
    setting: usize,
    /// An account in which it has no effect.
    example: UserId,
    users: u64,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    // Lines of one group that lack the same have one cause, and so have those of users' own
    // accounts.
    let mut causes: BTreeMap<(Source, usize), Vec<Line>> = BTreeMap::new();
    for ((source, span, setting), line) in without_effect(context) {
        let Some(requirement) = &context.ir.profile.settings[setting].requires else { continue };
        if !sink.is_suppressed(span) {
            causes.entry((source, requirement.entry)).or_default().push(line);
        }
    }
    for ((source, _), lines) in causes {
        let Some(first) = lines.first() else { continue };
        sink.add_unsuppressed(first.span, |code| {
            let found = Diagnostic::new(code, first.span, message(context.ir, source, &lines));
            let found = explained(context, found, first);
            let others = lines.iter().skip(1).take(MAX_LABELS);
            others
                .fold(found, |found, line| found.label(line.span, "this never takes effect either"))
        });
    }
}

fn message(ir: &Ir, source: Source, lines: &[Line]) -> String {
    let settings: BTreeSet<usize> = lines.iter().map(|line| line.setting).collect();
    let paths = settings.iter().map(|setting| format!("`{}`", ir.profile.settings[*setting].path));
    let several = settings.len() > 1;
    let users = match source {
        // Each line is that of one user.
        Source::User => lines.iter().map(|line| line.example).collect::<BTreeSet<_>>().len() as u64,
        _ => lines.iter().map(|line| line.users).max().unwrap_or_default(),
    };
    let users = count(users, &ir.profile.terminology.user);
    let (of, end) = match source {
        Source::User => (format!("set directly on {users}"), String::new()),
        _ => (format!("of {}", group_text(ir, source)), format!(" ({users})")),
    };
    format!(
        "{} {of} never {} effect: {} {}, which the account does not have{end}",
        list(paths),
        if several { "take" } else { "takes" },
        if several { "they need" } else { "it needs" },
        lines.first().map_or_else(String::new, |line| needed(ir, line.setting)),
    )
}

/// `access.allowed = allow`, which a setting requires.
fn needed(ir: &Ir, setting: usize) -> String {
    let Some(requirement) = &ir.profile.settings[setting].requires else { return String::new() };
    let path = &ir.profile.settings[requirement.entry].path;
    let lines = requirement.words.iter().map(|word| format!("`{path} = {word}`"));
    lines.collect::<Vec<_>>().join(" or ")
}

/// Points at the line that keeps the required setting from having its value.
fn explained(context: &Context<'_>, found: Diagnostic, line: &Line) -> Diagnostic {
    let ir = context.ir;
    let Some(requirement) = &ir.profile.settings[line.setting].requires else { return found };
    let required = &ir.profile.settings[requirement.entry];
    let decided = context.matrix.accounts.setting(line.example, requirement.entry);
    let help = format!("add {} where these accounts get it", needed(ir, line.setting));
    match decided.span {
        Some(span) => {
            let here = format!("`{}` is `{}` here", required.path, decided.text(&required.ty));
            found.label(span, here).help(format!("{help}, or remove what has no effect"))
        }
        None => found.help(format!(
            "{help}, or remove what has no effect: nothing sets it, and its default is `{}`",
            required.ty.text(&required.default)
        )),
    }
}

/// The lines that decide for some account, but have an effect in none.
fn without_effect(context: &Context<'_>) -> BTreeMap<(Source, Span, usize), Line> {
    let ir = context.ir;
    let settings = ir.profile.settings.iter().enumerate();
    let settings: Vec<usize> =
        settings.filter(|(_, entry)| entry.requires.is_some()).map(|(at, _)| at).collect();
    let mut decided: BTreeMap<(Source, Span, usize), (Line, bool)> = BTreeMap::new();
    if settings.is_empty() {
        return BTreeMap::new();
    }
    for alike in alike(context) {
        let account = context.matrix.accounts.account(alike.example);
        for &setting in &settings {
            let found = account.setting(setting);
            let Some(span) = found.span else { continue };
            let value = written(ir, alike.example, found.source, setting);
            if !value.is_some_and(|value| grants_something(ir, setting, value)) {
                continue;
            }
            let new = || (Line { span, setting, example: alike.example, users: 0 }, false);
            let (line, has_effect) =
                decided.entry((found.source, span, setting)).or_insert_with(new);
            line.users += alike.users;
            *has_effect |= found.value.is_some();
        }
    }
    let lines = decided.into_iter().filter(|(_, (_, has_effect))| !has_effect);
    lines.map(|(key, (line, _))| (key, line)).collect()
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    const LINT: &str = "jump-needs-access";

    fn text(lines: &str, own: &str) -> String {
        format!(
            "user \"ada\" {{\n{own}}}\nuser \"ben\"\n\
             group policy \"G\" {{\n  members = [user \"ada\", user \"ben\"]\n{lines}}}\n"
        )
    }

    #[test]
    fn settings_without_the_one_that_they_require_are_one_finding() {
        let lines = "  jump.jump_client = allow\n  jump.shell_jump = allow\n  \
                     jump.remote_rdp = deny\n";
        let expected = "`jump.jump_client`, `jump.shell_jump` of group policy `G` never take \
            effect: they need `access.allowed = allow`, which the account does not have (2 users)";
        assert_eq!(messages(LINT, &text(lines, "")), [expected]);
        let allowed = format!("{lines}  access.allowed = allow\n");
        assert_eq!(messages(LINT, &text(&allowed, "")), [""; 0]);
        let unread = format!("{lines}  access.allowed = unknown\n");
        assert_eq!(messages(LINT, &text(&unread, "")), [""; 0]);
    }

    #[test]
    fn one_account_in_which_it_has_an_effect_is_enough() {
        let lines = "  jump.jump_client = allow\n";
        assert_eq!(messages(LINT, &text(lines, "  access.allowed = allow\n")), [""; 0]);
    }

    #[test]
    fn the_line_that_denies_is_shown() {
        let own = "  jump.jump_client = allow\n";
        let found = findings(LINT, &text("  access.allowed = deny\n", own));
        let expected = "`jump.jump_client` set directly on 1 user never takes effect: it needs \
            `access.allowed = allow`, which the account does not have";
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, expected);
        assert_eq!(found[0].labels[0].message, "`access.allowed` is `deny` here");
    }

    #[test]
    fn what_is_suppressed_is_left_out() {
        let lines = "  jump.jump_client = allow # allow(jump-needs-access): comes in May\n";
        assert_eq!(messages(LINT, &text(lines, "")), [""; 0]);
    }
}
