//! `implicit-not-defined`: a session policy does not mention some permissions. The lint is off by
//! default. It is for teams that want every permission written down, `not defined` ones too, so
//! that readers see that nobody forgot them.

use super::context::Context;
use super::sink::LintSink;
use super::text::{count, list};
use crate::diagnostic::Diagnostic;
use crate::ir::{Policy, PolicyId, PolicyKind};
use crate::source::FileId;
use crate::syntax::ast::{Body, DeclarationKind, Value, What};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
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
            sink.add(span, |code| {
                let message = format!(
                    "{} does not mention {}: {}",
                    context.policy_text(policy_id),
                    count(missing.len() as u64, "permission"),
                    list(missing.iter().map(|path| format!("`{path}`")))
                );
                Diagnostic::new(code, span, message).help(format!(
                    "write a line such as `{} = not defined` for each: it means the same, and \
                     shows that it was a decision",
                    missing[0]
                ))
            });
        }
    }
}

/// By the place where a session policy begins: the paths that its body mentions.
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
    let mut paths_at = BTreeMap::new();
    for declaration in &tree.declarations {
        if declaration.kind == DeclarationKind::SessionPolicy {
            paths_at.insert(
                declaration.keyword.start,
                declaration.body.as_deref().map(paths).unwrap_or_default(),
            );
        }
        for statement in declaration.body.iter().flat_map(|body| &body.statements) {
            if let What::Assign { value: Value::Custom { word, body }, .. } = &statement.what {
                paths_at.insert(word.start, paths(body));
            }
        }
    }
    paths_at
}

#[cfg(test)]
mod tests {
    use super::super::testing::{compiled, messages};

    #[test]
    fn missing_permissions_are_reported_and_written_ones_are_not() {
        let all = crate::profile::builtin("pra-25.3").expect("a built-in profile");
        let lines = |skip: usize| {
            let entries = all.permissions.iter().skip(skip);
            entries.map(|entry| format!("  {} = not defined\n", entry.path)).collect::<String>()
        };
        let policy = |skip: usize| format!("session policy \"A\" {{\n{}}}\n", lines(skip));
        assert_eq!(messages("implicit-not-defined", &policy(0)), [""; 0]);
        let expected = ["session policy `A` does not mention 1 permission: `elevated_tools`"];
        assert_eq!(messages("implicit-not-defined", &policy(1)), expected);
        let lints = compiled(&policy(1), "").diagnostics;
        assert!(
            lints.iter().all(|finding| finding.code.name() != "implicit-not-defined"),
            "it is off by default"
        );
    }
}
