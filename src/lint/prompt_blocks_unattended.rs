//! `prompt-blocks-unattended`: an unattended session, nobody at the endpoint, a prompt that must be
//! answered, and `deny` for no answer: the tool can't be used. The documents advise to prompt for
//! nothing there, or to default to `allow`.

use super::context::Context;
use super::found::Found;
use super::text::{count, list};
use crate::diagnostic::Diagnostic;
use crate::profile::Profile;
use crate::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The permissions `prompting.<tool>`, each with its tool if that is a permission.
fn prompts(profile: &Profile) -> Vec<(usize, u16, Option<usize>)> {
    let entries = profile.permissions.iter().enumerate();
    let prompts = entries.filter_map(|(at, entry)| {
        let tool = entry.path.strip_prefix("prompting.")?;
        let always = entry.ty.words().iter().position(|word| *word == "always")?;
        Some((at, always as u16, profile.permission(tool)))
    });
    prompts.collect()
}

#[derive(Default)]
struct Blocked {
    sessions: u64,
    tools: BTreeSet<usize>,
    /// A line that asks, or else one that grants what is asked about.
    prompt: Option<Span>,
}

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let (ir, matrix) = (context.ir, &context.matrix);
    let Some(default) = ir.profile.permission("prompting.default") else { return };
    let prompts = prompts(&ir.profile);
    // By endpoint class: how many of its endpoints have nobody there.
    let nobody: Vec<u64> = matrix
        .endpoint_classes
        .iter()
        .map(|class| {
            let unattended = !ir.profile.methods[class.method].attended;
            let is_empty =
                |at: &&u32| unattended && matrix.endpoints[**at as usize].0.present != Some(true);
            class.members.iter().filter(is_empty).count() as u64
        })
        .collect();
    let mut blocked: BTreeMap<Option<Span>, Blocked> = BTreeMap::new();
    context.each_pair(|pair| {
        let endpoints = nobody[pair.endpoint_class];
        if endpoints == 0 {
            return;
        }
        let cell = |permission: usize| pair.cells.cell(ir, &pair.stack, pair.method, permission);
        let is = |permission: usize, word: &str| {
            let ty = &ir.profile.permissions[permission].ty;
            cell(permission).value.is_some_and(|value| ty.first_word(value) == word)
        };
        if !is(default, "deny") {
            return;
        }
        // A prompt for a tool that is withheld never shows.
        let shows = |tool: Option<usize>| {
            tool.is_none_or(|tool| {
                let least = ir.profile.permissions[tool].ty.least();
                cell(tool).value.is_some_and(|value| least.as_ref() != Some(value))
            })
        };
        let asked =
            prompts.iter().filter(|(prompt, _, tool)| is(*prompt, "always") && shows(*tool));
        let asked: Vec<_> = asked.collect();
        let Some((first, _, tool)) = asked.first() else { return };
        let line = |permission: usize| cell(permission).definition.map(|line| line.span);
        let entry = blocked.entry(line(default)).or_default();
        entry.sessions += pair.subjects * endpoints;
        entry.tools.extend(asked.iter().map(|(prompt, ..)| *prompt));
        entry.prompt = entry.prompt.or(line(*first)).or(tool.and_then(line));
    });
    for (line, Blocked { sessions, tools, prompt }) in blocked {
        let block = ir.tables.global_default.map(|id| ir.policy(id).object.span);
        let span = line.or(prompt).or(block).unwrap_or(Span::file_start(FileId(0)));
        found.add(span, |code| {
            let message = format!(
                "nobody is there to answer {} in {}, and no answer counts as `deny`",
                list(tools.iter().map(|tool| format!("`{}`", context.permission(*tool)))),
                count(sessions, "unattended session")
            );
            let found = Diagnostic::new(code, span, message).help(
                "for unattended sessions write `prompting.mode = none`, or `prompting.default = allow`; a jump item's `session_policy.absent` speaks of them alone",
            );
            match prompt.filter(|prompt| *prompt != span) {
                Some(prompt) => found.label(prompt, "this asks"),
                None => found,
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    fn text(answer: &str, tool: &str) -> String {
        format!(
            "profile \"rs-25.3\"\nsession policy \"A\" {{\n  screen_sharing = {tool}\n  prompting.mode = all\n  \
             prompting.default = {answer}\n}}\n\
             user \"ada\" {{\n  session_policy = \"A\"\n}}\njump item \"web\" {{\n  kind = jump_client\n}}\n"
        )
    }

    #[test]
    fn a_prompt_that_nobody_answers_is_found() {
        let expected = "nobody is there to answer `prompting.screen_sharing` in 1 unattended session, and no answer \
                        counts as `deny`";
        assert_eq!(messages("prompt-blocks-unattended", &text("deny", "view_only")), [expected]);
    }

    #[test]
    fn a_default_of_allow_or_a_withheld_tool_is_fine() {
        assert_eq!(messages("prompt-blocks-unattended", &text("allow", "view_only")), [""; 0]);
        assert_eq!(messages("prompt-blocks-unattended", &text("deny", "deny")), [""; 0]);
    }
}
