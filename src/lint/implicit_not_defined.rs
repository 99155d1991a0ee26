//! `implicit-not-defined`: off by default. For teams that want every permission of a session policy
//! written, `not defined` too, so that a reader sees that nobody forgot it.

use super::context::Context;
use super::found::Found;
use super::text::{count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Policy, PolicyId, PolicyKind};
use crate::source::FileId;
use crate::syntax::ast::{Body, DeclarationKind, Value, What};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let mut by_file: BTreeMap<FileId, Vec<(PolicyId, &Policy)>> = BTreeMap::new();
    for (policy, index) in ir.tables.policies.iter().zip(0..) {
        if policy.kind != PolicyKind::GlobalDefault {
            by_file.entry(policy.object.span.file).or_default().push((PolicyId(index), policy));
        }
    }
    for (id, policies) in by_file {
        let file = ir.sources.file(id);
        let written = written(id, file);
        for (policy_id, policy) in policies {
            let Some(written) = written.get(&policy.object.span.start) else { continue };
            let entries = ir.profile.permissions.iter().zip(0u16..);
            let missing: Vec<&str> = entries
                .filter(|(entry, at)| {
                    !written.contains(&*entry.path) && policy.definition(*at as usize).is_none()
                })
                .map(|(entry, _)| &*entry.path)
                .collect();
            if missing.is_empty() {
                continue;
            }
            let span = policy.object.span;
            found.add(span, |code| {
                let message = format!(
                    "{} leaves {} out: {}",
                    context.policy_text(policy_id),
                    count(missing.len() as u64, "permission"),
                    list(missing.iter().map(|path| format!("`{path}`")))
                );
                Diagnostic::new(code, span, message).help(
                    "write a line such as `shell = not defined` for each: it means the same and shows that it is meant",
                )
            });
        }
    }
}

/// By where a session policy begins: the paths that its body writes.
fn written(id: FileId, file: &crate::source::SourceFile) -> BTreeMap<u32, BTreeSet<&str>> {
    let (tree, _) = crate::syntax::parse(id, file);
    let text =
        |range: crate::syntax::ast::Range| &file.text[range.start as usize..range.end as usize];
    let paths = |body: &Body| {
        let assigned = body.statements.iter().filter_map(|statement| match statement.what {
            What::Assign { path, .. } => Some(text(path)),
            _ => None,
        });
        assigned.collect::<BTreeSet<&str>>()
    };
    let mut found = BTreeMap::new();
    for declaration in &tree.declarations {
        if declaration.kind == DeclarationKind::SessionPolicy {
            found.insert(
                declaration.keyword.start,
                declaration.body.as_ref().map(paths).unwrap_or_default(),
            );
        }
        for statement in declaration.body.iter().flat_map(|body| &body.statements) {
            if let What::Assign { value: Value::Custom { word, body }, .. } = &statement.what {
                found.insert(word.start, paths(body));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{compiled, messages};

    #[test]
    fn what_is_left_out_is_told_and_what_is_written_is_not() {
        let all = crate::profile::builtin("pra-25.3").expect("a built-in profile");
        let lines = |skip: usize| {
            let entries = all.permissions.iter().skip(skip);
            entries.map(|entry| format!("  {} = not defined\n", entry.path)).collect::<String>()
        };
        let policy = |skip: usize| format!("session policy \"A\" {{\n{}}}\n", lines(skip));
        assert_eq!(messages("implicit-not-defined", &policy(0)), [""; 0]);
        let expected = ["session policy `A` leaves 1 permission out: `elevated_tools`"];
        assert_eq!(messages("implicit-not-defined", &policy(1)), expected);
        let lints = compiled(&policy(1), "").diagnostics;
        assert!(
            lints.iter().all(|found| found.code.name() != "implicit-not-defined"),
            "it is off by default"
        );
    }
}
