//! What is inside of a scope: whatever is not proven to be outside.

use crate::support::{checked, compile_input, ir, raw};
use precedent::diff::Diff;
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::review::gate::{self, Gates};
use precedent::workspace::Input;
use std::sync::Arc;

/// How many cells a gate denies, and why it cannot be evaluated in full.
pub fn denied(old: &Arc<Ir>, new: &Arc<Ir>, gate: &str) -> (u64, Vec<String>) {
    let asked = [gate::parse(gate).unwrap_or_else(|mistake| panic!("{gate}: {}", mistake.message))];
    let (old, new) = (Arc::new(Matrix::new(old)), Arc::new(Matrix::new(new)));
    let diff = Diff::new(&old, &new);
    let gates = Gates::new(&diff, &asked);
    let count = diff.session_counts(&gates).1[0]
        + diff.account_counts(&gates).1[0]
        + diff.date_counts(&gates)[0];
    (count, gates.unevaluable().into_iter().map(|gate| gate.reason).collect())
}

pub fn count(old: &str, new: &str, gate: &str) -> u64 {
    let (old, new) = (ir(&[("a.prec", old)]), ir(&[("a.prec", new)]));
    let (count, reasons) = denied(&old, &new, gate);
    assert!(reasons.is_empty(), "{reasons:?}");
    count
}

const BASE: &str = r#"session policy "open" {
  shell = allow
}
user "ada"
user "bob"
directory group "D" {
  members = ["ada"]
}
group policy "G" {
  members = [directory group "D"]
}
invite "I" {
  session_policy = "open"
}
jump group "P"
jump group "Q"
jump item "in" {
  kind = jump_client
  group = "P"
}
jump item "out" {
  kind = jump_client
  group = "Q"
}
jump item "no" {
  kind = local_jump
}
"#;

/// The base with each item open, and other replacements.
fn opened(replace: &[(&str, &str)]) -> String {
    let mut text = BASE.replace("  kind = ", "  session_policy = \"open\"\n  kind = ");
    for (from, to) in replace {
        assert!(text.contains(from), "there is no {from:?}");
        text = text.replace(from, to);
    }
    text
}

#[test]
fn each_part_of_a_gate_leaves_something_out() {
    let new = opened(&[]);
    for (gate, expected) in [
        // Two users and three items; the invite had it.
        ("gained", 6),
        ("any", 6),
        ("widened shell", 6),
        ("gained file_transfer", 0),
        ("narrowed", 0),
        ("gained on jump item \"in\"", 2),
        ("gained shell on jump group 'P'", 2),
        ("gained on method jump_client", 4),
        ("gained for user \"ada\"", 3),
        ("gained for invite \"I\"", 0),
        ("gained for group policy \"G\"", 3),
        ("gained for directory group \"D\"", 3),
        ("gained on jump group \"Q\" for group policy \"G\"", 1),
        ("gained session_policy", 0),
        ("gained reports.sessions", 0),
    ] {
        assert_eq!(count(BASE, &new, gate), expected, "{gate}");
    }
}

#[test]
fn settings_are_of_accounts_and_targets_of_sessions() {
    let new = BASE.replace(
        "directory group \"D\"]\n",
        "directory group \"D\"]\n  session_policy = \"open\"\n  reports.sessions = user_sessions\n  team \"T\" as lead\n",
    ) + "team \"T\"\n";
    for (gate, expected) in [
        ("any for user \"ada\"", 6),
        ("any session_policy", 1),
        ("widened reports.sessions", 1),
        ("widened reports.sessions for user \"bob\"", 0),
        ("gained for group policy \"G\"", 6),
        ("any on jump item \"in\"", 1),
        ("any on method local_jump", 1),
        ("widened shell", 3),
        ("added", 1),
    ] {
        assert_eq!(count(BASE, &new, gate), expected, "{gate}");
    }
}

#[test]
fn nothing_leaves_a_gate_by_moving() {
    let gate = "gained shell on jump group \"P\"";
    // Out of the group, into it, and with another method, whose sessions are new ones.
    assert_eq!(count(BASE, &opened(&[("group = \"P\"", "group = \"Q\"")]), gate), 2);
    assert_eq!(count(BASE, &opened(&[("group = \"Q\"", "group = \"P\"")]), gate), 4);
    let moved =
        opened(&[("kind = jump_client\n  group = \"P\"", "kind = local_jump\n  group = \"Q\"")]);
    assert_eq!(count(BASE, &moved, gate), 3, "the invite's session is new too");
    // Out of the group policy, and out of the directory group.
    for from in ["members = [directory group \"D\"]", "members = [\"ada\"]"] {
        let left = opened(&[(from, "members = []")]);
        assert_eq!(count(BASE, &left, "gained for group policy \"G\""), 3, "{from}");
    }
}

#[test]
fn nothing_leaves_a_gate_by_another_name() {
    let more = "jump item \"new\" {\n  kind = jump_client\n  group = \"R\"\n  session_policy = \"open\"\n}\n";
    let renamed = opened(&[("\"P\"", "\"R\"")]) + more;
    // The machine that was in it counts, and so does a new one in what may be the same group.
    let shell = "gained shell on jump group \"P\" for user \"bob\"";
    assert_eq!(count(BASE, &renamed, shell), 2);
    // NEW's name is as good as OLD's.
    assert_eq!(count(BASE, &renamed, "gained shell on jump group \"R\" for user \"bob\""), 2);
    // Two ids prove that the group is another one; one id is no proof.
    let with = |text: &str, id: &str| {
        text.replace("jump group \"P\"\n", &format!("jump group \"P\" {{\n  id = {id}\n}}\n"))
    };
    let old = with(BASE, "1");
    let other = renamed.replace("jump group \"R\"\n", "jump group \"R\" {\n  id = 2\n}\n");
    assert_eq!(count(&old, &other, shell), 1);
    assert_eq!(count(&old, &renamed, shell), 2);
    // The same id is the same group, and what else is new is not.
    let same = renamed.replace("jump group \"R\"\n", "jump group \"R\" {\n  id = 1\n}\n");
    assert_eq!(count(&old, &same, shell), 2);
    // A user who comes as another one goes may be that one.
    let came = opened(&[("user \"bob\"", "user \"eve\"")]);
    assert!(count(BASE, &came, "gained shell for user \"bob\"") > 0);
    assert_eq!(count(BASE, &(BASE.to_owned() + "user \"eve\"\n"), "any for user \"bob\""), 0);
}

#[test]
fn what_one_product_does_not_have_is_not_passed_over() {
    let [old, new] = ["pra-25.3", "rs-25.3"]
        .map(|profile| ir(&[("a.prec", format!("profile \"{profile}\"\nuser \"u\"\n"))]));
    let only = |a: &Ir, b: &Ir| {
        let paths = a.profile.permissions.iter().map(|entry| &entry.path);
        paths
            .into_iter()
            .find(|path| b.profile.permission(path).is_none())
            .expect("a path of one alone")
            .clone()
    };
    for (path, side) in [(only(&old, &new), "NEW"), (only(&new, &old), "OLD")] {
        let (_, reasons) = denied(&old, &new, &format!("gained {path}"));
        let [reason] = &reasons[..] else { panic!("{path} has {reasons:?}") };
        assert!(
            reason.starts_with(&format!("in {side}, ")) && reason.ends_with(&format!("`{path}`")),
            "{reason}"
        );
    }
    // What can be checked is: the sessions that are gone had the permission.
    let gone = ir(&[(
        "a.prec",
        "profile \"pra-25.3\"\nuser \"u\"\njump item \"j\" {\n  kind = jump_client\n}\n",
    )]);
    assert_eq!(denied(&gone, &new, &format!("removed {}", only(&old, &new))).0, 1);
    // Nobody could start sessions with it, so that gates see no `start` there.
    assert_eq!(
        denied(&gone, &new, "removed on jump item \"j\"").0,
        gone.profile.permissions.len() as u64
    );
    // A method that one product alone has is one: sessions without it are not there.
    assert_eq!(denied(&old, &new, "gained on method support_button").1, [""; 0]);
}

#[test]
fn a_gate_of_either_manifest_holds_over_both_sides() {
    let with = |text: &str, deny: &str| {
        let manifest =
            Some(raw("precedent.toml", format!("sessions = \"all\"\n[diff]\ndeny = [{deny}]\n")));
        checked(compile_input(Input { manifest, files: vec![raw("a.prec", text)] }))
    };
    let new = opened(&[]);
    let gate = "'gained on jump group \"P\"', \"any  for  user 'bob'\"";
    for (old, new) in [
        (with(BASE, gate), with(&new, "")),
        (with(BASE, ""), with(&new, gate)),
        (with(BASE, gate), with(&new, gate)),
    ] {
        let (old, new) = (Arc::new(Matrix::new(&old)), Arc::new(Matrix::new(&new)));
        let diff = Diff::new(&old, &new);
        let gates = Gates::new(&diff, &[]);
        assert_eq!(
            gates.texts().collect::<Vec<_>>(),
            ["gained on jump group \"P\"", "any for user \"bob\""]
        );
        assert_eq!(diff.session_counts(&gates).1, [2, 3]);
    }
}

/// Two teams, a tag, and a membership that a group policy overrides.
const TEAMS: &str = r#"session policy "open" {
  shell = allow
}
team "Blue"
team "Red"
user "ada" {
  team "Blue" as lead
}
user "bob"
user "cy"
group policy "G" {
  members = [user "bob"]
  team "Blue" as member
}
jump item "in" {
  kind = jump_client
  tag = "pci"
}
jump item "out" {
  kind = jump_client
  tag = "PCI"
}
jump item "no" {
  kind = jump_client
}
"#;

#[test]
fn tags_and_teams_count_as_either_side_has_them() {
    let new = TEAMS.replace("  kind = ", "  session_policy = \"open\"\n  kind = ");
    for (gate, expected) in [
        ("gained", 9),
        ("gained on tag \"pci\"", 3),
        ("gained for team \"Blue\"", 6),
        ("gained for team \"Red\"", 0),
        ("gained shell on tag \"PCI\" for team \"Blue\"", 2),
    ] {
        assert_eq!(count(TEAMS, &new, gate), expected, "{gate}");
    }
    // Out of the tag, into it, out of the team, and into it: in each case it stays in the scope.
    let untagged = new.replace("  tag = \"pci\"\n", "");
    assert_eq!(count(TEAMS, &untagged, "gained on tag \"pci\""), 3);
    let tagged = new.replace("\"PCI\"", "\"pci\"");
    assert_eq!(count(TEAMS, &tagged, "gained on tag \"pci\""), 6);
    let left = new.replace("  team \"Blue\" as lead\n", "  display_name = \"Ada\"\n");
    assert_eq!(count(TEAMS, &left, "gained shell for team \"Blue\""), 6);
    let joined = new.replace("user \"cy\"\n", "user \"cy\" {\n  team \"Red\" as manager\n}\n");
    assert_eq!(count(TEAMS, &joined, "gained shell for team \"Red\""), 3);
    // The membership itself is gained too.
    assert_eq!(count(TEAMS, &joined, "gained for team \"Red\""), 4);
    assert_eq!(count(TEAMS, &joined, "gained on tag \"pci\" for team \"Red\""), 1);
}

#[test]
fn a_tag_that_no_jump_item_has_fails_the_gate() {
    let (old, new) = (ir(&[("a.prec", BASE)]), ir(&[("a.prec", BASE)]));
    let (count, reasons) = denied(&old, &new, "gained on tag \"prodution\"");
    assert_eq!(count, 0);
    assert_eq!(reasons, ["neither OLD nor NEW has a jump item with the tag `prodution`"]);
}
