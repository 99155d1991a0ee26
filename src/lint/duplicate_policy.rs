//! `duplicate-policy`: two named session policies with equal content drift apart when somebody changes one.

use super::context::Context;
use super::found::Found;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyKind;
use rustc_hash::FxHashMap;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let mut known = FxHashMap::default();
    let named = context.ir.tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Named);
    for policy in named.filter(|policy| !policy.definitions.is_empty()) {
        let content: Vec<_> = policy.definitions.iter().map(|line| (line.entry, line.value)).collect();
        let available = [policy.available.users, policy.available.invites, policy.available.jump_items];
        let first = *known.entry((content, available)).or_insert(policy);
        if !std::ptr::eq(first, policy) {
            let span = policy.object.span;
            found.add(span, |code| {
                let message =
                    format!("session policies {} and {} say the same", name(&first.object), name(&policy.object));
                Diagnostic::new(code, span, message)
                    .label(first.object.span, "the first one")
                    .help("assign one of them everywhere: a change to one alone would be easy to miss")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn equal_policies_are_found() {
        let text = "session policy \"A\" {\n  shell = deny\n}\nsession policy \"B\" {\n  shell = deny\n}\n\
                    session policy \"C\" {\n  shell = allow\n}\n";
        assert_eq!(messages("duplicate-policy", text), ["session policies `A` and `B` say the same"]);
    }
}
