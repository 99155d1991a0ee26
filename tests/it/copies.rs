//! Session policies that are copies of others: what they take over, what falls away, and where it
//! stands.

use crate::support::ir;
use precedent::ir::{Ir, Policy};

/// The lines of a policy as `path = value @ LINE`, for paths with a prefix.
fn lines(ir: &Ir, policy: &Policy, prefix: &str) -> Vec<String> {
    let line = |found: &precedent::ir::Definition| {
        let entry = &ir.profile.permissions[found.entry as usize];
        let value = entry.ty.text(ir.value(found.value));
        let line = ir.sources.file(found.span.file).line(found.span.start);
        entry.path.starts_with(prefix).then(|| format!("{} = {value} @ {line}", entry.path))
    };
    policy.definitions.iter().filter_map(line).collect()
}

fn policy<'i>(ir: &'i Ir, name: &str) -> &'i Policy {
    let mut policies = ir.tables.policies.iter();
    policies.find(|policy| policy.object.name == name).expect("a policy")
}

fn compiled(text: &str) -> std::sync::Arc<Ir> {
    ir(&[("a.prec", text)])
}

#[test]
fn own_lines_replace_inherited_ones_and_not_defined_takes_them_away() {
    let ir = compiled(
        "session policy \"Copy\" {\n  like \"Base\"\n  shell = deny\n  registry = not defined\n}\n\
         session policy \"Base\" {\n  shell = allow\n  registry = allow\n  annotations = deny\n}\n\
         session policy \"Deep\" {\n  like \"Copy\"\n}\n",
    );
    let copy = policy(&ir, "Copy");
    assert_eq!(lines(&ir, copy, ""), ["annotations = deny @ 9", "shell = deny @ 3"]);
    assert_eq!(copy.like.map(|(base, _)| &*ir.policy(base).object.name), Some("Base"));
    assert_eq!(lines(&ir, policy(&ir, "Deep"), ""), ["annotations = deny @ 9", "shell = deny @ 3"]);
}

#[test]
fn a_line_whose_requirement_is_set_to_something_else_falls_away_for_good() {
    let ir = compiled(
        "session policy \"Base\" {\n  screen_sharing = view_and_control\n  \
         screen_sharing.clipboard = both_directions\n}\n\
         session policy \"View\" {\n  like \"Base\"\n  screen_sharing = view_only\n}\n\
         session policy \"Control\" {\n  like \"View\"\n  screen_sharing = view_and_control\n}\n\
         session policy \"Open\" {\n  like \"Base\"\n  screen_sharing = not defined\n}\n",
    );
    let of = |name: &str| lines(&ir, policy(&ir, name), "");
    assert_eq!(of("View"), ["screen_sharing = view_only @ 7"]);
    assert_eq!(policy(&ir, "View").dropped.len(), 1);
    assert_eq!(of("Control"), ["screen_sharing = view_and_control @ 11"]);
    assert_eq!(of("Open"), ["screen_sharing.clipboard = both_directions @ 3"]);
}

#[test]
fn what_is_implied_follows_from_the_lines_of_the_copy() {
    let ir = compiled(
        "profile \"rs-25.3\"\n\
         session policy \"Base\" {\n  prompting.mode = all\n}\n\
         session policy \"Same\" {\n  like \"Base\"\n}\n\
         session policy \"None\" {\n  like \"Base\"\n  prompting.mode = none\n}\n\
         session policy \"Away\" {\n  like \"Base\"\n  prompting.mode = not defined\n}\n",
    );
    let of = |name: &str| lines(&ir, policy(&ir, name), "prompting.");
    assert_eq!(of("Same"), of("Base"));
    assert!(of("Base").len() > 2);
    assert!(
        of("None").iter().skip(1).all(|line| line.ends_with("= never @ 10")),
        "{:?}",
        of("None")
    );
    assert_eq!(of("Away"), [""; 0]);
}

#[test]
fn custom_policies_copy_too() {
    let ir = compiled(
        "session policy \"Base\" {\n  available = [invites]\n  shell = allow\n  registry = allow\n}\n\
         user \"ada\" {\n  session_policy = custom {\n    like \"Base\"\n    registry = deny\n  }\n}\n",
    );
    assert_eq!(lines(&ir, policy(&ir, "custom"), ""), ["shell = allow @ 3", "registry = deny @ 9"]);
}

#[test]
fn an_inherited_unknown_falls_away_beside_a_line_that_implies_a_value() {
    let text = "profile \"rs-25.3\"\n\
        session policy \"B\" {\n  prompting.registry = unknown\n}\n\
        session policy \"C\" {\n  like \"B\"\n  prompting.mode = all\n}\n";
    let compiled = crate::support::compile(&[("a.prec", text)]);
    let errors = crate::support::errors(&compiled.diagnostics);
    assert!(errors.is_empty(), "{errors:?}");
}
