//! `prompt-blocks-unattended`: in an unattended session nobody is at the endpoint to answer a
//! prompt. Where no answer counts as a refusal, the tool can't be used. The product documentation
//! advises not to prompt there, or to allow the tool by default. The profile says which permissions
//! these are.

use super::context::Context;
use super::sink::LintSink;
use super::text::{count, list};
use crate::diagnostic::{Code, Diagnostic};
use crate::profile::Profile;
use crate::profile::lint_facts::{Condition, Prompt, UnattendedPrompts};
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Blocked {
    sessions: u64,
    /// The permissions that prompt.
    prompts: BTreeSet<usize>,
    /// A line that turns a prompt on, or else one that allows the tool.
    line: Option<Span>,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let Some(facts) = &ir.profile.lint_facts.prompt_blocks_unattended else { return };
    for (refusal, blocked) in blocked(context, facts) {
        let block = ir.tables.global_default.map(|id| ir.policy(id).object.span);
        let place = refusal.or(blocked.line).or(block);
        let span = place.unwrap_or(Span::file_start(FileId(0)));
        sink.add(span, |code| diagnostic(context, facts, code, span, &blocked));
    }
}

/// By the line that refuses, or none where it is the default: the sessions whose prompts nobody can
/// answer.
fn blocked(context: &Context<'_>, facts: &UnattendedPrompts) -> BTreeMap<Option<Span>, Blocked> {
    let (ir, permissions) = (context.ir, &context.ir.profile.permissions);
    let empty = context.endpoints_that(|endpoint| {
        !ir.profile.methods[endpoint.method].attended && endpoint.present != Some(true)
    });
    let mut blocked: BTreeMap<Option<Span>, Blocked> = BTreeMap::new();
    context.each_pair(|pair, _| {
        let sessions = context.sessions_with(pair, |class| empty[class]);
        if sessions == 0 {
            return;
        }
        let cell = |permission: usize| pair.cells.cell(ir, &pair.stack, pair.method, permission);
        let is_met = |condition: &Condition| {
            let value = cell(condition.entry).value;
            value.is_some_and(|value| condition.is_met(permissions, value))
        };
        if !is_met(&facts.refused) {
            return;
        }
        // The prompt for a tool that is denied never appears.
        let is_used = |tool: usize| {
            let least = permissions[tool].ty.least();
            cell(tool).value.is_some_and(|value| least.as_ref() != Some(value))
        };
        let appears = |prompt: &&Prompt| is_met(&prompt.shown) && prompt.tool.is_none_or(is_used);
        let prompts: Vec<&Prompt> = facts.prompts.iter().filter(appears).collect();
        let Some(first) = prompts.first() else { return };
        let line = |permission: usize| cell(permission).definition.map(|line| line.span);
        let entry = blocked.entry(line(facts.refused.entry)).or_default();
        entry.sessions += sessions;
        entry.prompts.extend(prompts.iter().map(|prompt| prompt.shown.entry));
        entry.line = entry.line.or(line(first.shown.entry)).or(first.tool.and_then(line));
    });
    blocked
}

fn diagnostic(
    context: &Context<'_>,
    facts: &UnattendedPrompts,
    code: Code,
    span: Span,
    blocked: &Blocked,
) -> Diagnostic {
    let profile = &context.ir.profile;
    let message = format!(
        "nobody can answer {} in {}, and an unanswered prompt counts as `{}`",
        list(blocked.prompts.iter().map(|prompt| format!("`{}`", context.permission(*prompt)))),
        count(blocked.sessions, "unattended session"),
        facts.refused.words.join("` or `")
    );
    let fixes = [turned_off(profile, &facts.prompts), accepted(profile, &facts.refused)];
    let fixes: Vec<String> = fixes.into_iter().flatten().collect();
    let help = match fixes.is_empty() {
        true => "turn the prompts off for unattended sessions".to_owned(),
        false => format!("for unattended sessions, write {}", fixes.join(" or ")),
    };
    let diagnostic = Diagnostic::new(code, span, message).help(format!(
        "{help}; the `session_policy.absent` of a {} applies to these sessions only",
        profile.terminology.jump_item
    ));
    match blocked.line.filter(|line| *line != span) {
        Some(line) => diagnostic.label(line, "this leads to the prompt"),
        None => diagnostic,
    }
}

/// A line that turns prompts off by what it implies: `prompting.mode = none`.
fn turned_off(profile: &Profile, prompts: &[Prompt]) -> Option<String> {
    prompts.iter().find_map(|prompt| {
        let implication = profile.permissions[prompt.shown.entry].implied_by.as_ref()?;
        let shown = |value| prompt.shown.is_met(&profile.permissions, value);
        let (word, _) = implication.values.iter().find(|(_, value)| !shown(value))?;
        Some(format!("`{} = {word}`", profile.permissions[implication.entry].path))
    })
}

/// A line with which no answer counts as consent: `prompting.default = allow`.
fn accepted(profile: &Profile, refused: &Condition) -> Option<String> {
    let entry = &profile.permissions[refused.entry];
    let words = entry.ty.words().into_iter();
    let word = words.rev().find(|word| !refused.words.iter().any(|refused| refused == word))?;
    Some(format!("`{} = {word}`", entry.path))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    fn text(answer: &str, tool: &str) -> String {
        format!(
            "profile \"rs-25.3\"\nsession policy \"A\" {{\n  screen_sharing = {tool}\n  \
             prompting.mode = all\n  prompting.default = {answer}\n}}\n\
             user \"ada\" {{\n  session_policy = \"A\"\n}}\njump item \"web\" {{\n  kind = \
             jump_client\n}}\n"
        )
    }

    #[test]
    fn a_prompt_that_nobody_answers_is_found() {
        let expected = "nobody can answer `prompting.screen_sharing` in 1 unattended session, and \
            an unanswered prompt counts as `deny`";
        assert_eq!(messages("prompt-blocks-unattended", &text("deny", "view_only")), [expected]);
    }

    #[test]
    fn a_default_of_allow_or_a_denied_tool_is_fine() {
        assert_eq!(messages("prompt-blocks-unattended", &text("allow", "view_only")), [""; 0]);
        assert_eq!(messages("prompt-blocks-unattended", &text("deny", "deny")), [""; 0]);
    }
}
