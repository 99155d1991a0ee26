//! `custom-policy`: the documents advise to make session policies apart and assign them by name, so
//! that one sees what is applied.

use super::context::Context;
use super::found::Found;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyKind;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let custom = ir.tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Custom);
    let mut places: Vec<_> =
        custom.map(|policy| policy.object.span).filter(|span| !found.is_silenced(*span)).collect();
    places.sort_by_key(|span| (ir.sources.file(span.file).path.as_str(), span.start));
    let Some(&first) = places.first() else { return };
    found.add_anyway(first, |code| {
        let has = if places.len() == 1 { "has" } else { "have" };
        let message = format!("{} {has} no name", count(places.len() as u64, "session policy"));
        let found = Diagnostic::new(code, first, message).help(
            "declare a `session policy` and assign it by its name: it can be assigned again, and the name says what is applied",
        );
        places.iter().skip(1).take(MAX_LABELS).fold(found, |found, span| found.label(*span, "another one"))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn custom_policies_are_counted() {
        let text = "user \"ada\" {\n  session_policy = custom {\n    shell = allow\n  }\n}\n\
                    user \"ben\" {\n  # allow(custom-policy): a test account\n  session_policy = custom {\n    shell = deny\n  }\n}\n";
        assert_eq!(messages("custom-policy", text), ["1 session policy has no name"]);
    }
}
