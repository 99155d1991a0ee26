//! `dependent-without-parent`: a policy sets a permission and leaves the one that it depends on Not
//! Defined. Another layer may define that, but the product's pages offer the field only beside the
//! one that it depends on.

use super::context::Context;
use super::found::Found;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::{PolicyId, PolicyKind};

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
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
            .filter(|(line, _)| !found.is_silenced(line.span))
            .collect();
        let Some(&(first, parent)) = lines.first() else { continue };
        found.add_anyway(first.span, |code| {
            let message = format!(
                "{} sets {} and leaves not defined what {} on: `{}` depends on `{}`",
                context.policy_text(PolicyId(index as u32)),
                count(lines.len() as u64, "permission"),
                if lines.len() == 1 { "it depends" } else { "they depend" },
                context.permission(first.entry as usize),
                context.permission(parent)
            );
            let found = Diagnostic::new(code, first.span, message).help(
                "set the required permission in the same policy: the product's pages offer the field only then, and \
                 what it comes to hangs on whatever another layer says",
            );
            let others = lines.iter().skip(1).take(MAX_LABELS);
            others.fold(found, |found, (line, parent)| {
                found.label(line.span, format!("depends on `{}`", context.permission(*parent)))
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_dependent_permission_needs_its_parent_beside_it() {
        let policy =
            |line: &str| format!("session policy \"A\" {{\n  shell.commands = any\n{line}}}\n");
        let found = messages("dependent-without-parent", &policy(""));
        let expected = "session policy `A` sets 1 permission and leaves not defined what it depends on: \
                        `shell.commands` depends on `shell`";
        assert_eq!(found, [expected]);
        assert_eq!(messages("dependent-without-parent", &policy("  shell = allow\n")), [""; 0]);
    }
}
