//! `precedent test --mutate`: small workspaces whose changes are known by hand. [`laws`] has random
//! ones whose text is changed, compiled and tested anew.

mod laws;

use crate::support::{compile, errors, ir, line_at, startable};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::policy_test::change::{LineChange, LineChanges, To};
use precedent::policy_test::lines::LineKind;
use precedent::policy_test::mutate::{Mutation, MutationOutcome};
use precedent::policy_test::{self, Outcome};
use std::sync::Arc;

/// Each change as `LINE → NEW VALUE: outcome`.
fn outcomes(text: &str, filter: &str) -> Vec<String> {
    outcomes_of(ir(&[("a.prec", text)]), filter)
}

fn outcomes_of(mut ir: Arc<Ir>, filter: &str) -> Vec<String> {
    let changes = LineChanges::new(&mut ir);
    let matrix = Matrix::new(&ir);
    assert!(policy_test::run(&matrix, filter).iter().all(Outcome::passed));
    let mut done = Vec::new();
    let mutation = Mutation::new(&matrix, &changes, filter, &mut |at| done.push(at));
    assert_eq!(
        done,
        (1..=changes.changes.len()).collect::<Vec<_>>(),
        "progress counts every change"
    );
    let lines = changes.changes.iter().zip(&mutation.outcomes).map(|(change, outcome)| {
        let line = line_at(&ir, &ir.location(changes.lines[change.line].span)).to_owned();
        let outcome = match outcome {
            MutationOutcome::Killed => "killed",
            MutationOutcome::Survived => "survived",
            MutationOutcome::Equivalent => "equivalent",
        };
        format!("{line} → {}: {outcome}", changes.text(&ir, change))
    });
    lines.collect()
}

const WEB: &str = r#"
session policy "Closed" {
  shell = deny
}
session policy "Open" {
  shell = allow
}
session policy "Unused" {
  shell = allow
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
test "web" {
  when jump item == "web"
  expect shell == deny
}
test "lab" {
  when jump item == "lab"
  expect shell == allow from user
}
"#;

#[test]
fn a_change_is_killed_by_the_tests_that_check_there() {
    assert_eq!(
        outcomes(WEB, ""),
        [
            "shell = deny → not defined: killed",
            "shell = deny → allow: killed",
            "shell = allow → not defined: killed",
            "shell = allow → deny: killed",
            "shell = allow → not defined: equivalent",
            "shell = allow → deny: equivalent",
            "session_policy = \"Open\" → not defined: killed",
            // The account has another session policy, and every session is as before.
            "session_policy = \"Open\" → \"Unused\": survived",
            "session_policy = \"Closed\" → none: killed",
            "session_policy = \"Closed\" → \"Open\": killed",
        ]
    );
    let of_web = outcomes(WEB, "web");
    assert_eq!(
        of_web[2..4],
        ["shell = allow → not defined: survived", "shell = allow → deny: survived"]
    );
    assert!(
        outcomes(WEB, "nothing").iter().all(|outcome| !outcome.ends_with("killed")),
        "without tests nothing is killed"
    );
}

#[test]
fn a_change_of_the_decider_alone_is_killed() {
    let same = WEB
        .replace("expect shell == allow from user", "expect shell == deny from user")
        .replace("allow", "deny");
    let outcomes = outcomes(&same, "");
    assert_eq!(
        outcomes[2], "shell = deny → not defined: killed",
        "the value is the product default's in both cases"
    );
    assert_eq!(
        outcomes[0], "shell = deny → not defined: equivalent",
        "the next layer sets the same value"
    );
}

#[test]
fn accounts_are_changed_by_the_rules_of_groups() {
    let text = r#"
user "ada" {
  reports.sessions = all_sessions
}
user "ben"
group policy "A" {
  members = [user "ada"]
  final reports.sessions = user_sessions
}
group policy "B" {
  members = [user "ada", user "ben"]
  reports.sessions = not_allowed
}
order group policies {
  "A"
  "B"
}
test "ada" {
  when user == "ada"
  expect reports.sessions == user_sessions
}
"#;
    let outcomes = outcomes(text, "");
    let of = |line: &str| {
        outcomes.iter().filter(|outcome| outcome.starts_with(line)).cloned().collect::<Vec<_>>()
    };
    assert!(
        of("reports.sessions = all").iter().all(|outcome| outcome.ends_with("equivalent")),
        "{outcomes:?}"
    );
    assert!(of("final").iter().all(|outcome| outcome.ends_with("killed")), "{outcomes:?}");
    assert!(
        of("reports.sessions = not").iter().any(|outcome| outcome.ends_with("survived")),
        "no test checks ben"
    );
    assert_eq!(outcomes.len(), 6);
}

/// A global default with these lines and all others that the compiler asks for.
fn complete(lines: &str) -> String {
    let text = format!("global default {{\n{lines}}}\n");
    let compiled = compile(&[("a.prec", &*text)]);
    let help = errors(&compiled.diagnostics)[0].help.clone().expect("the missing lines");
    let (_, missing) = help.split_once('\n').expect("the lines");
    format!("global default {{\n{lines}{missing}\n}}\n")
}

/// The paths of what changing a permission of the global default to its next value drops and adds.
fn included_changes(text: &str, permission: &str) -> [Vec<String>; 2] {
    let mut ir = ir(&[("a.prec", text)]);
    let changes = LineChanges::new(&mut ir);
    assert!(
        changes.changes.iter().all(|change| change.to != To::NotDefined),
        "a global default leaves nothing out"
    );
    let id = ir.tables.global_default.expect("a global default");
    let entry = ir.profile.permission(permission).expect("a permission") as u16;
    let of_entry = |change: &&LineChange| {
        let kind = &changes.lines[change.line].kind;
        matches!(kind, LineKind::Permission { entry: of_line, .. } if *of_line == entry)
    };
    let change = changes.changes.iter().find(of_entry).expect("a change");
    let changed = changes.policy(&ir, id, entry, change.to).expect("a policy");
    let path = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let dropped = changed.dropped.iter().map(|span| path(ir.sources.text(*span)));
    let added =
        changed.added.iter().map(|&entry| ir.profile.permissions[entry as usize].path.clone());
    [dropped.collect(), added.collect()]
}

#[test]
fn a_global_default_stays_complete() {
    let [dropped, added] = included_changes(&complete("  shell = deny\n"), "shell");
    assert_eq!(added, ["shell.commands"], "an allowed shell needs a line of its commands");
    assert_eq!(dropped, [""; 0]);
    // What must be added takes out in its turn what it does not go with.
    let text =
        complete("  screen_sharing = view_only\n  screen_sharing.auto_privacy_screen = on\n");
    let [dropped, added] = included_changes(&text, "screen_sharing");
    assert_eq!(added, ["screen_sharing.clipboard", "screen_sharing.endpoint_restrictions"]);
    assert_eq!(dropped, ["screen_sharing.auto_privacy_screen"]);
}

#[test]
fn what_requires_the_old_value_goes_with_it() {
    let text = r#"
session policy "P" {
  screen_sharing = view_and_control
  screen_sharing.clipboard = both_directions
  annotations = allow
}
user "ada" {
  session_policy = "P"
}
jump item "web" {
  kind = jump_client
}
"#;
    let mut ir = ir(&[("a.prec", text)]);
    let changes = LineChanges::new(&mut ir);
    let change = changes.changes[1];
    assert_eq!(changes.text(&ir, &change), "view_only");
    let LineKind::Permission { policy, entry, .. } = changes.lines[change.line].kind else {
        panic!("a permission")
    };
    let changed = changes.policy(&ir, policy, entry, change.to).expect("a policy");
    let dropped: Vec<&str> = changed.dropped.iter().map(|span| ir.sources.text(*span)).collect();
    assert_eq!(dropped, ["screen_sharing.clipboard = both_directions"]);
}

#[test]
fn one_line_of_many_jump_items_is_one_change() {
    let text = r#"
session policy "P" {
  shell = deny
}
session policy "Q" {
  shell = allow
}
user "ada"
jump items {
  kind = jump_client
  session_policy = "P"
  item "a"
  item "b"
  item "c" {
    session_policy = "Q"
  }
}
test "b" {
  when jump item == "b"
  expect shell == deny from jump_item
}
"#;
    let outcomes = outcomes(text, "");
    assert_eq!(
        outcomes[4..],
        [
            "session_policy = \"P\" → none: killed",
            "session_policy = \"P\" → \"Q\": killed",
            "session_policy = \"Q\" → none: survived",
            "session_policy = \"Q\" → \"P\": survived",
        ]
    );
}

#[test]
fn another_policy_changes_what_depends_on_it_too() {
    let text = r#"
session policy "Drive" {
  screen_sharing = view_and_control
}
session policy "Own" {
  screen_sharing.clipboard = both_directions
}
session policy "Watch" {
  screen_sharing = view_only
}
user "ada" {
  session_policy = "Own"
}
jump item "panel" {
  kind = jump_client
  session_policy = "Drive"
}
test "the clipboard works" {
  expect screen_sharing.clipboard == both_directions from user
}
"#;
    let outcomes = outcomes(text, "");
    let drive = outcomes
        .iter()
        .filter(|outcome| outcome.starts_with("session_policy = \"Drive\""))
        .collect::<Vec<_>>();
    assert_eq!(
        drive,
        [
            "session_policy = \"Drive\" → none: killed",
            "session_policy = \"Drive\" → \"Own\": killed"
        ]
    );
    let watch = outcomes
        .iter()
        .filter(|outcome| outcome.starts_with("screen_sharing = "))
        .collect::<Vec<_>>();
    assert_eq!(
        watch,
        [
            "screen_sharing = view_and_control → not defined: killed",
            "screen_sharing = view_and_control → view_only: killed",
            "screen_sharing = view_only → not defined: equivalent",
            "screen_sharing = view_only → view_and_control: equivalent",
        ]
    );
}

#[test]
fn a_change_of_who_chose_the_policy_is_killed_where_a_test_asks() {
    let text = r#"
session policy "P" {
  shell = allow
}
user "ada"
user "ben"
jump item "web" {
  kind = jump_client
}
group policy "A" {
  members = [user "ada"]
  session_policy = "P"
}
group policy "B" {
  members = [user "ada", user "ben"]
  session_policy = "P"
}
order group policies {
  "A"
  "B"
}
test "asks" {
  when user == "ada"
  expect shell == allow from group policy "B"
}
test "does not ask" {
  when user == "ada"
  expect shell == allow
}
"#;
    let of_groups = |filter: &str| outcomes(text, filter)[2..].to_vec();
    let line = "session_policy = \"P\" →";
    let of_a = [format!("{line} not defined: equivalent"), format!("{line} none: equivalent")];
    let of_b = |not_defined: &str| {
        [format!("{line} not defined: {not_defined}"), format!("{line} none: killed")]
    };
    assert_eq!(of_groups("asks"), [of_a.clone(), of_b("killed")].concat());
    // Ben loses the shell, but the test is only about ada.
    assert_eq!(of_groups("does not ask"), [of_a, of_b("survived")].concat());
}

/// Ada starts sessions in the lab by a membership of her own, Ben by that of his group, where the
/// roles of both may be changed.
const LAB: &str = r#"
jump item role "Start sessions" {
  allows = [start]
}
jump item role "View only" {
  allows = [view_report]
}
jump item role "Operate" {
  allows = [start, edit_tag]
}
jump policy "Business hours"
jump group "Lab"
jump group "Empty"
session policy "P" {
  shell = deny
}
jump item "web" {
  kind = jump_client
  group = "Lab"
}
user "ada" {
  jump group "Lab" as "Start sessions" with "Business hours" until 2027-01-31
}
user "ben"
group policy "Staff" {
  members = [user "ada", user "ben"]
  access.allowed = allow
  jump.jump_client = allow
  jump group "Empty" as "Start sessions"
  final jump group "Lab" as "View only"
  TEAM
}
"#;

/// The outcomes of the lab with some tests, without those of the session policy.
fn of_lab(tests: &str) -> Vec<String> {
    let text = LAB.replace("TEAM", "") + tests;
    let all = outcomes_of(startable(&[("a.prec", text)]), "");
    all.into_iter().filter(|outcome| !outcome.starts_with("shell")).collect()
}

/// What happens to the changes of the lab, in the order of its lines: of Ada's membership, of
/// `access.allowed`, of `jump.jump_client`, of the empty jump group, and of the group's membership.
fn ends(tests: &str) -> Vec<[&'static str; 2]> {
    let found = of_lab(tests);
    let end = |outcome: &String| match outcome.rsplit(' ').next() {
        Some("killed") => "killed",
        Some("survived") => "survived",
        _ => "equivalent",
    };
    found.chunks(2).map(|pair| [end(&pair[0]), end(&pair[1])]).collect()
}

const EQUIVALENT: [&str; 2] = ["equivalent"; 2];
const SURVIVED: [&str; 2] = ["survived"; 2];
const KILLED: [&str; 2] = ["killed"; 2];

#[test]
fn a_membership_is_taken_out_or_gets_a_role_that_starts_sessions_or_not() {
    let own = r#"jump group "Lab" as "Start sessions" with "Business hours" until 2027-01-31"#;
    let of_group = r#"final jump group "Lab" as "View only""#;
    let expected = [
        format!("{own} → removed: survived"),
        format!("{own} → as \"View only\" with \"Business hours\": survived"),
        "jump group \"Empty\" as \"Start sessions\" → removed: equivalent".to_owned(),
        "jump group \"Empty\" as \"Start sessions\" → as \"View only\": equivalent".to_owned(),
        // Nobody can start anything without the membership either.
        format!("{of_group} → removed: equivalent"),
        format!("{of_group} → as \"Operate\": survived"),
    ];
    let found: Vec<String> =
        of_lab("").into_iter().filter(|outcome| outcome.contains("jump group")).collect();
    assert_eq!(found, expected);
}

#[test]
fn without_another_role_a_membership_gets_the_default_role() {
    let text = r#"
jump item role "Start sessions" {
  allows = [start]
}
jump group "Lab"
user "ada" {
  jump group "Lab" as "Start sessions"
}
user "ben" {
  jump group "Lab" as default role
}
"#;
    let line = r#"jump group "Lab" as"#;
    let expected = [
        format!("{line} \"Start sessions\" → removed: equivalent"),
        format!("{line} \"Start sessions\" → as default role: equivalent"),
        format!("{line} default role → removed: equivalent"),
        format!("{line} default role → as \"Start sessions\": equivalent"),
    ];
    assert_eq!(outcomes(text, ""), expected, "no machine is in the lab");
}

#[test]
fn expectations_about_start_kill_what_changes_it() {
    let ada = "test \"ada\" {\n  when user == \"ada\"\n  expect start != deny\n}\n";
    let ben = "test \"ben\" {\n  when user == \"ben\"\n  expect start == deny\n}\n";
    assert_eq!(ends(ada), [KILLED, KILLED, KILLED, EQUIVALENT, ["equivalent", "survived"]]);
    assert_eq!(ends(ben), [SURVIVED, SURVIVED, SURVIVED, EQUIVALENT, ["equivalent", "killed"]]);
    // The same value, decided by another line.
    let by_group = "test \"ben\" {\n  when user == \"ben\"\n  \
                    expect start == deny from group policy \"Staff\"\n}\n";
    assert_eq!(ends(by_group)[4], KILLED);
}

#[test]
fn a_session_that_begins_must_meet_what_is_expected_of_permissions() {
    let test = "test \"shell\" {\n  when user == \"ben\"\n  expect shell == VALUE\n}\n";
    let of_ben = |value: &str| ends(&test.replace("VALUE", value))[4];
    assert_eq!(of_ben("allow"), ["equivalent", "killed"], "the product's default is `deny`");
    assert_eq!(of_ben("deny"), ["equivalent", "survived"]);
}

#[test]
fn invites_get_what_the_remaining_users_bring_along() {
    let invite = "invite \"i\" {\n  session_policy = \"P\"\n}\n";
    let hosts = "user \"eve\" {\n  access.allowed = allow\n  jump.jump_client = allow\n  \
                 session_management.invite_external = allow\n  \
                 jump group \"Lab\" as \"Operate\"\n}\n";
    let test = "test \"i\" {\n  when invite == \"i\"\n  expect start == allow\n}\n";
    let of_eve = |text: &str| {
        let all = of_lab(text);
        let of_eve: Vec<String> = all
            .into_iter()
            .skip(10)
            .filter(|outcome| !outcome.contains("session_policy"))
            .collect();
        of_eve
    };
    let one = of_eve(&[invite, hosts, test].concat());
    assert!(one.iter().all(|outcome| outcome.ends_with("killed")) && one.len() == 8, "{one:?}");
    let two = of_eve(&[invite, hosts, &hosts.replace("eve", "zoe"), test].concat());
    assert!(two.iter().all(|outcome| outcome.ends_with("survived")) && two.len() == 16, "{two:?}");
    // What an invite can do in a session that begins.
    let shell = "test \"i\" {\n  when invite == \"i\"\n  expect shell == allow\n}\n";
    let closed = hosts.replace("invite_external = allow", "invite_external = deny");
    let begins = of_eve(&[invite, &closed, shell].concat());
    assert_eq!(
        begins.iter().filter(|outcome| outcome.ends_with("killed")).collect::<Vec<_>>(),
        ["session_management.invite_external = deny → allow: killed"],
        "{begins:?}"
    );
}

#[test]
fn a_change_to_what_nobody_knows_is_killed() {
    let tests = "test \"ada\" {\n  when user == \"ada\"\n  expect start != deny\n}\n\
                 test \"ben\" {\n  when user == \"ben\"\n  expect start == unknown\n}\n";
    let text = LAB.replace("TEAM", "memberships = unknown") + tests;
    let found = outcomes_of(startable(&[("a.prec", text)]), "");
    let of = |line: &str| found.iter().filter(|outcome| outcome.contains(line)).collect::<Vec<_>>();
    // Ada might have another membership: that she can start sessions is then not proven.
    assert!(of("until").iter().all(|outcome| outcome.ends_with("killed")), "{found:?}");
    assert_eq!(
        of("final"),
        [
            "final jump group \"Lab\" as \"View only\" → removed: equivalent",
            "final jump group \"Lab\" as \"View only\" → as \"Operate\": killed",
        ]
    );
}

#[test]
fn a_setting_that_no_longer_applies_kills_what_is_expected_of_it() {
    let text = r#"
user "ada" {
  access.allowed = allow
  jump.shell_jump = allow
}
test "ada" {
  expect jump.shell_jump == allow
}
"#;
    let killed = |line: &str| format!("{line}: killed");
    assert_eq!(
        outcomes(text, ""),
        [
            killed("access.allowed = allow → not defined"),
            killed("access.allowed = allow → deny"),
            killed("jump.shell_jump = allow → not defined"),
            killed("jump.shell_jump = allow → deny"),
        ]
    );
}
