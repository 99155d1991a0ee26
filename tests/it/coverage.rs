//! `precedent test --coverage`: small workspaces whose covered lines are known, and random ones of
//! which every cell is checked.

use crate::generate::{expectations, plan, workspace};
use crate::laws::law;
use crate::naive;
use crate::support::{BUILTIN, ir, line_at};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::policy_test::coverage::{Coverage, State};
use precedent::policy_test::lines::{LineKind, ValueLine};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The texts of the lines in a state.
fn lines(ir: &Arc<Ir>, filter: &str, state: State) -> Vec<String> {
    let coverage = Coverage::new(&Matrix::new(ir), filter);
    coverage.of(state).map(|line| line_at(ir, &ir.location(line.span)).to_owned()).collect()
}

fn world(text: &str) -> Arc<Ir> {
    ir(&[("a.prec", text)])
}

const WEB: &str = r#"
session policy "Closed" {
  shell = deny
  registry = deny
}

session policy "Open" {
  shell = allow
  canned_scripts = allow
}

user "ada" {
  session_policy = "Open"
}

jump item "web" {
  kind = jump_client
  session_policy = "Closed"
}

jump item "lab" {
  kind = jump_client
}
"#;

#[test]
fn a_line_is_covered_if_it_decides_what_a_test_checks() {
    let ir = world(&format!(
        "{WEB}test \"web\" {{\n  when jump item == \"web\"\n  expect shell == deny\n}}\n\
         test \"lab\" {{\n  when jump item == \"lab\"\n  expect canned_scripts != deny\n}}\n"
    ));
    let coverage = Coverage::new(&Matrix::new(&ir), "");
    assert_eq!((coverage.share().part, coverage.share().whole), (4, 6));
    let covered = [
        "shell = deny",
        "canned_scripts = allow",
        "session_policy = \"Open\"",
        "session_policy = \"Closed\"",
    ];
    assert_eq!(lines(&ir, "", State::Covered), covered);
    assert_eq!(lines(&ir, "", State::Uncovered), ["registry = deny", "shell = allow"]);
    assert_eq!(lines(&ir, "", State::Unreached), [""; 0]);
    assert_eq!(
        lines(&ir, "web", State::Covered),
        ["shell = deny", "session_policy = \"Closed\""],
        "of one test alone"
    );
    assert_eq!(lines(&ir, "nothing", State::Covered), [""; 0]);
}

#[test]
fn a_failing_expectation_covers_too() {
    let ir = world(&format!(
        "{WEB}test \"web\" {{\n  when jump item == \"web\"\n  expect shell == allow\n}}\n"
    ));
    assert_eq!(lines(&ir, "", State::Covered), ["shell = deny", "session_policy = \"Closed\""]);
}

#[test]
fn lines_without_effect_are_listed_apart() {
    let always_closed = WEB
        .replace("kind = jump_client\n}", "kind = jump_client\n  session_policy = \"Closed\"\n}");
    let ir = world(&format!("{always_closed}session policy \"Nobody\" {{\n  shell = allow\n}}\n"));
    assert_eq!(lines(&ir, "", State::Unreached), ["shell = allow", "shell = allow"]);
    let share = Coverage::new(&Matrix::new(&ir), "").share();
    assert_eq!((share.part, share.whole), (0, 6), "and not counted");
}

#[test]
fn a_deliberate_none_is_covered_where_a_lower_layer_decides() {
    let text = r#"
session policy "P" {
  shell = deny
}
user "ada" {
  session_policy = "P"
}
jump items {
  kind = jump_client
  session_policy = none
  item "a"
  item "b"
}
test "t" {
  when jump item == "b"
  expect EXPECTED
}
"#;
    let covered =
        |expected: &str| lines(&world(&text.replace("EXPECTED", expected)), "", State::Covered);
    assert_eq!(
        covered("shell == deny"),
        ["shell = deny", "session_policy = \"P\"", "session_policy = none"]
    );
    assert_eq!(
        covered("registry == deny"),
        ["session_policy = none"],
        "the product default has no line"
    );
}

#[test]
fn what_does_not_apply_is_decided_by_what_it_requires() {
    let text = r#"
session policy "Watch" {
  screen_sharing = view_only
}
session policy "Own" {
  screen_sharing.clipboard = both_directions
}
user "ada" {
  session_policy = "Own"
}
jump item "panel" {
  kind = jump_client
  session_policy = "Watch"
}
test "t" {
  expect screen_sharing.clipboard == n/a
}
"#;
    let ir = world(text);
    assert_eq!(
        lines(&ir, "", State::Covered),
        ["screen_sharing = view_only", "session_policy = \"Watch\""]
    );
    assert_eq!(
        lines(&ir, "", State::Unreached),
        ["screen_sharing.clipboard = both_directions"],
        "the line has no effect anywhere"
    );
}

#[test]
fn what_the_method_fixes_no_line_decides() {
    let text = "session policy \"P\" {\n  shell = deny\n}\nuser \"ada\"\n\
                jump item \"switch\" {\n  kind = shell_jump\n  session_policy = \"P\"\n}\n\
                test \"t\" {\n  expect shell == allow from method\n}\n";
    let ir = world(text);
    assert_eq!(lines(&ir, "", State::Covered), [""; 0]);
    assert_eq!(lines(&ir, "", State::Unreached), ["shell = deny", "session_policy = \"P\""]);
}

#[test]
fn group_policies_are_covered_by_the_rules_of_groups() {
    let text = r#"
session policy "P" {
  shell = deny
}
session policy "Q" {
  shell = allow
}
user "ada" {
  reports.sessions = all_sessions
}
jump item "web" {
  kind = jump_client
}
group policy "A" {
  members = [user "ada"]
  final reports.sessions = user_sessions
  session_policy = "P"
  team "T" as member
}
group policy "B" {
  members = [user "ada"]
  reports.sessions = not_allowed
  session_policy = "Q"
}
order group policies {
  "A"
  "B"
}
team "T"
test "accounts" {
  expect reports.sessions == user_sessions
}
test "chosen" {
  expect session_policy == "Q"
}
test "sessions" {
  expect shell == allow
}
"#;
    let ir = world(text);
    assert_eq!(lines(&ir, "accounts", State::Covered), ["final reports.sessions = user_sessions"]);
    assert_eq!(lines(&ir, "chosen", State::Covered), ["session_policy = \"Q\""]);
    assert_eq!(lines(&ir, "sessions", State::Covered), ["shell = allow", "session_policy = \"Q\""]);
    let unreached = [
        "shell = deny",
        "reports.sessions = all_sessions",
        "session_policy = \"P\"",
        "reports.sessions = not_allowed",
    ];
    assert_eq!(lines(&ir, "", State::Unreached), unreached);
    assert_eq!(Coverage::new(&Matrix::new(&ir), "").unchecked_memberships, 1);
}

/// Ada starts sessions in the lab by a membership of her own, Ben by that of his group; Cora may not
/// start any session.
const LAB: &str = r#"
jump item role "Start sessions" {
  allows = [start]
}
jump item role "View only" {
  allows = [view_report]
}
jump group "Lab"
jump group "Empty"
team "T"
jump item "switch" {
  kind = shell_jump
  group = "Lab"
}
user "ada" {
  jump group "Lab" as "Start sessions"
}
user "ben"
user "cora"
group policy "Staff" {
  members = [user "ada", user "ben"]
  access.allowed = allow
  jump.shell_jump = allow
  jump group "Lab" as "View only"
  jump group "Empty" as "Start sessions"
  team "T" as lead
}
group policy "Guests" {
  members = [user "cora"]
  access.allowed = deny
  jump group "Lab" as "Start sessions"
}
order group policies {
  "Staff"
  "Guests"
}
test "ada starts" {
  when user == "ada"
  expect start == allow
}
test "ben does not" {
  when user == "ben"
  expect start == deny from jump_group
}
test "cora does not" {
  when user == "cora"
  expect start != allow
}
test "permissions" {
  expect shell != n/a
}
"#;

#[test]
fn a_membership_is_covered_if_it_decides_a_start_that_a_test_checks() {
    let ir = world(LAB);
    let own = "jump group \"Lab\" as \"Start sessions\"";
    let of_staff = "jump group \"Lab\" as \"View only\"";
    assert_eq!(lines(&ir, "ada", State::Covered), [own]);
    assert_eq!(lines(&ir, "ben", State::Covered), [of_staff]);
    assert_eq!(lines(&ir, "cora", State::Covered), ["access.allowed = deny"]);
    assert_eq!(lines(&ir, "permissions", State::Covered), [""; 0], "these look at no `start`");
    assert_eq!(
        lines(&ir, "", State::Uncovered),
        ["access.allowed = allow", "jump.shell_jump = allow"],
        "with the role, all other conditions are met"
    );
    // No machine is in one jump group, and in the other Cora's settings come first.
    let unreached = ["jump group \"Empty\" as \"Start sessions\"", own];
    assert_eq!(lines(&ir, "", State::Unreached), unreached);
    assert_eq!(Coverage::new(&Matrix::new(&ir), "").unchecked_memberships, 1, "of the team");
}

#[test]
fn a_line_decides_what_it_implies() {
    let text = r#"
profile "rs-25.3"
session policy "P" {
  prompting.mode = all
}
user "ada" {
  session_policy = "P"
}
jump item "desk" {
  kind = jump_client
}
test "t" {
  expect prompting.shell == always
}
"#;
    let ir = world(text);
    assert_eq!(lines(&ir, "", State::Covered), ["prompting.mode = all", "session_policy = \"P\""]);
    assert_eq!(
        lines(&ir, "", State::Uncovered),
        [""; 0],
        "both halves of the assignment are one line"
    );
}

#[test]
fn coverage_agrees_with_a_check_of_every_cell() {
    let (covered_lines, memberships) = (Cell::new(0), Cell::new(0));
    for profile in BUILTIN {
        law(12, plan(profile), |plan| {
            let mut files = workspace(&plan);
            let tests = expectations::with_start(&ir(&files), plan.seed, 6);
            files.push(("tests.prec".into(), tests));
            let ir = ir(&files);
            let coverage = Coverage::new(&Matrix::new(&ir), "");
            let found = |state| {
                coverage.of(state).map(|line| ir.location(line.span)).collect::<BTreeSet<_>>()
            };
            let (covered, reached) = (naive::coverage::covered(&ir), naive::coverage::reached(&ir));
            assert_eq!(found(State::Covered), covered, "{plan:?}");
            assert_eq!(found(State::Uncovered), &reached - &covered, "{plan:?}");
            assert!(found(State::Unreached).is_disjoint(&reached), "{plan:?}");
            covered_lines.set(covered_lines.get() + covered.len());
            let of_groups = |line: &&ValueLine| matches!(line.kind, LineKind::Membership { .. });
            let of_groups = coverage.of(State::Covered).filter(of_groups).count();
            memberships.set(memberships.get() + of_groups);
        });
    }
    let (lines, memberships) = (covered_lines.get(), memberships.get());
    assert!(lines > 500, "{lines} lines of random tests are covered");
    assert!(memberships >= 20, "{memberships} memberships of random tests are covered");
}
