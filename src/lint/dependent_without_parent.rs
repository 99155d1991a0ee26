//! `dependent-without-parent`: a policy sets a permission but leaves the one that it depends on Not
//! Defined. Another layer may define that one, but the product shows the field only if that
//! permission is set.

use super::context::Context;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::{PolicyId, PolicyKind};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    for (index, policy) in ir.tables.policies.iter().enumerate() {
        if policy.kind == PolicyKind::GlobalDefault {
            continue;
        }
        let alone = |entry: u16| {
            let requirement = ir.profile.permissions[entry as usize].requires.as_ref()?;
            policy.definition(requirement.entry).is_none().then_some(requirement.entry)
        };
        let lines: Vec<_> = policy
            .definitions
            .iter()
            .filter_map(|line| Some((line, alone(line.entry)?)))
            .filter(|(line, _)| !sink.is_suppressed(line.span))
            .collect();
        let Some(&(first, parent)) = lines.first() else { continue };
        sink.add_unsuppressed(first.span, |code| {
            let message = format!(
                "{} sets {} without {} on: `{}` depends on `{}`",
                context.policy_text(PolicyId(index as u32)),
                count(lines.len() as u64, "permission"),
                if lines.len() == 1 { "the one it depends" } else { "the ones they depend" },
                context.permission(first.entry as usize),
                context.permission(parent)
            );
            let diagnostic = Diagnostic::new(code, first.span, message).help(
                "set the required permission in the same policy: the product offers the field only \
                 next to it, and its effect depends on another layer",
            );
            let others = lines.iter().skip(1).take(MAX_LABELS);
            others.fold(diagnostic, |diagnostic, (line, parent)| {
                let message = format!("depends on `{}`", context.permission(*parent));
                diagnostic.label(line.span, message)
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_dependent_permission_needs_its_parent_next_to_it() {
        let policy =
            |line: &str| format!("session policy \"A\" {{\n  shell.commands = any\n{line}}}\n");
        let reported = messages("dependent-without-parent", &policy(""));
        let expected = "session policy `A` sets 1 permission without the one it depends on: \
            `shell.commands` depends on `shell`";
        assert_eq!(reported, [expected]);
        assert_eq!(messages("dependent-without-parent", &policy("  shell = allow\n")), [""; 0]);
    }
}
