//! `widening-override`: in a session, the first layer that defines a permission decides. A layer
//! that allows what every lower layer denies overrules all of them, which readers of the lower
//! layers do not see.

use super::context::{Context, bits};
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Definition, Ir, Policy, PolicyId};
use crate::matrix::session::NONE;
use std::collections::BTreeMap;

#[derive(Default)]
struct Override {
    sessions: u64,
    /// By permission: a policy below that denies it.
    permissions: BTreeMap<usize, u32>,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    for (policy, Override { sessions, permissions }) in overrides(context) {
        let policy = PolicyId(policy);
        let lines: Vec<_> = permissions
            .iter()
            .filter_map(|(permission, below)| {
                let line = context.ir.policy(policy).definition(*permission)?;
                (!sink.is_suppressed(line.span)).then_some((line, PolicyId(*below)))
            })
            .collect();
        let Some(&(first, _)) = lines.first() else { continue };
        sink.add_unsuppressed(first.span, |code| {
            let message = format!(
                "{} allows what every lower layer denies, in {}: {}",
                context.policy_text(policy),
                count(sessions, "session"),
                list(lines.iter().map(|(line, _)| format!("`{}`", context.permission_line(line))))
            );
            let diagnostic = Diagnostic::new(code, first.span, message).help(
                "make sure this is intended; otherwise leave the permission not defined here, so \
                 that a lower layer decides",
            );
            lines.iter().take(MAX_LABELS).fold(
                diagnostic,
                |diagnostic, (line, below)| match context
                    .ir
                    .policy(*below)
                    .definition(line.entry as usize)
                {
                    Some(lower) => diagnostic
                        .label(lower.span, format!("{} denies it", context.policy_text(*below))),
                    None => diagnostic,
                },
            )
        });
    }
}

/// By policy: what it allows against all layers below it.
fn overrides(context: &Context<'_>) -> BTreeMap<u32, Override> {
    let rules = &context.matrix.rules;
    let last = context.ir.profile.layers.len() - 1;
    let denied: Vec<u128> =
        context.ir.tables.policies.iter().map(|policy| denied(context.ir, policy)).collect();
    let mut overrides: BTreeMap<u32, Override> = BTreeMap::new();
    context.each_pair(|pair, sessions| {
        let mut sessions_of: Option<u32> = None;
        for layer in 0..last {
            let policy = pair.stack[layer];
            let decides =
                pair.cells.decided_by_layer[layer] & !pair.cells.not_applicable & !pair.cells.fixed;
            if policy == NONE || decides == 0 {
                continue;
            }
            // A global default usually denies, so at least one layer between must deny too.
            let between = pair.stack[layer + 1..last]
                .iter()
                .fold(0, |all, below| all | rules.defined(*below));
            let mut wider = decides & between & !denied[policy as usize];
            for &below in pair.stack[layer + 1..=last].iter().filter(|below| **below != NONE) {
                wider &= denied[below as usize] | !rules.defined(below);
            }
            if wider == 0 {
                continue;
            }
            let entry = overrides.entry(policy).or_default();
            if sessions_of.replace(policy) != Some(policy) {
                entry.sessions += sessions;
            }
            let known =
                entry.permissions.keys().fold(0u128, |known, permission| known | 1 << permission);
            for permission in bits(wider & !known) {
                let mut below = pair.stack[layer + 1..last].iter();
                if let Some(&below) =
                    below.find(|below| rules.defined(**below) >> permission & 1 == 1)
                {
                    entry.permissions.insert(permission, below);
                }
            }
        }
    });
    overrides
}

/// The permissions that a policy defines as the least privileged value.
fn denied(ir: &Ir, policy: &Policy) -> u128 {
    let least = |line: &&Definition| ir.profile.permissions[line.entry as usize].ty.least();
    let lines =
        policy.definitions.iter().filter(|line| least(line).as_ref() == Some(ir.value(line.value)));
    lines.fold(0, |mask, line| mask | 1 << line.entry)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn only_what_a_layer_between_denies_is_found() {
        let text = |own: &str| {
            format!(
                "session policy \"Server\" {{\n  shell = allow\n}}\n\
                 session policy \"Own\" {{\n  {own}\n}}\n\
                 user \"ada\" {{\n  session_policy = \"Own\"\n}}\n\
                 jump item \"web\" {{\n  kind = jump_client\n  session_policy = \"Server\"\n}}\n"
            )
        };
        let expected = [
            "session policy `Server` allows what every lower layer denies, in 1 session: `shell = \
             allow`",
        ];
        assert_eq!(messages("widening-override", &text("shell = deny")), expected);
        assert_eq!(messages("widening-override", &text("shell = allow")), [""; 0]);
        let text = |own: &str| text(own).replace("shell = allow", "file_transfer = both");
        assert_eq!(messages("widening-override", &text("file_transfer = deny")).len(), 1);
        assert_eq!(
            messages("widening-override", &text("file_transfer = upload")),
            [""; 0],
            "it is not denied"
        );
        assert_eq!(messages("widening-override", &text("registry = deny")), [""; 0]);
    }
}
