//! Which sessions can be started: what users see of it in every command.

use crate::cli::{precedent, scratch, text};
use crate::support::{rows, sessions_csv, startable};
use precedent::matrix::Matrix;
use precedent::policy_test::{self, Outcome};

/// Two jump groups, one role that starts sessions and one that does not, and three users.
const SITE: &str = r#"
jump item role "Start" {
  allows = [start]
}
jump item role "View" {
  allows = [view_report]
}
jump policy "Hours"
jump group "Production"
jump group "Lab"
team "Servers"
session policy "Work" {
  shell = allow
}
group policy "Admins" {
  members = [user "ada", user "ben"]
  access.allowed = allow
  jump.shell_jump = allow
  jump.jump_client = allow
  session_management.invite_external = allow
  session_policy = "Work"
  jump group "Production" as "Start" with "Hours"
}
user "ada" {
  jump group "Lab" as "View"
  team "Servers" as member
}
user "ben" {
  roles.system = "Start"
  roles.teams = "Start"
  team "Servers" as lead
}
user "cy"
invite "Guest" {
  session_policy = "Work"
}
jump item "db01" {
  kind = jump_client
  group = "Production"
}
jump item "lab01" {
  kind = jump_client
  group = "Lab"
  jump_policy = "Hours"
}
jump item "notes" {
  kind = shell_jump
  owner = "ada"
}
jump item "kiosk" {
  kind = jump_client
}
"#;

fn starts(site: &str) -> Vec<String> {
    let found = rows(&sessions_csv(&startable(&[("a.prec", site)])));
    let starts = found.iter().filter(|row| row[6] == "start");
    starts.map(|row| format!("{} {} {} {} {}", row[1], row[4], row[7], row[8], row[11])).collect()
}

#[test]
fn the_matrix_has_the_pairs_that_can_be_started_and_says_why() {
    assert_eq!(
        starts(SITE),
        [
            "Guest db01 with \"Hours\" invite ",
            "Guest kiosk allow invite ",
            "Guest lab01 with \"Hours\" invite ",
            "Guest notes allow invite ",
            "ada db01 with \"Hours\" jump_group a.prec:22",
            "ada kiosk allow account a.prec:19",
            "ben db01 with \"Hours\" jump_group a.prec:22",
            "ben kiosk allow account a.prec:19",
            "ben lab01 with \"Hours\" jump_group a.prec:29",
            "ben notes allow jump_group a.prec:30",
        ]
    );
}

#[test]
fn what_the_profile_does_not_ask_is_not_asked() {
    let without = SITE.replace("  access.allowed = allow\n", "");
    assert_eq!(starts(&without), [""; 0]);
    let own =
        SITE.replace("roles.teams", "roles.personal").replace("user \"ben\" {", "user \"ben\" {\n");
    assert!(!starts(&own).iter().any(|row| row.starts_with("ben notes") && row.contains(":30")));
}

#[test]
fn tests_about_start_hold_over_all_pairs_and_others_over_sessions() {
    let outcome = |test: &str| {
        let ir = startable(&[("a.prec", format!("{SITE}test \"t\" {{\n{test}}}\n"))]);
        let matrix = Matrix::new(&ir);
        let outcomes = policy_test::run(&matrix, "");
        let [outcome] = &outcomes[..] else { panic!("one test") };
        let Outcome { selected, checked, .. } = *outcome;
        (outcome.passed(), outcome.is_empty(), selected, checked)
    };
    assert_eq!(outcome("  when user == \"cy\"\n  expect start == deny\n"), (true, false, 4, 0));
    assert_eq!(outcome("  when user == \"cy\"\n  expect shell == deny\n"), (true, true, 4, 0));
    let both = "  when user == \"cy\"\n  expect shell == deny\n  expect start == deny\n";
    assert_eq!(outcome(both), (true, false, 4, 0));
    let db = "  when jump item == \"db01\"\n  when user in group policy \"Admins\"\n";
    assert_eq!(outcome(&format!("{db}  expect start == allow\n")), (false, false, 2, 2));
    assert_eq!(outcome(&format!("{db}  expect start == with \"Hours\"\n")), (true, false, 2, 2));
    assert_eq!(outcome(&format!("{db}  expect start >= with \"Hours\"\n")), (true, false, 2, 2));
    assert_eq!(outcome(&format!("{db}  expect start <= deny\n")), (false, false, 2, 2));
    let from = "  expect start in [allow, with \"Hours\"] from group policy \"Admins\"\n";
    assert_eq!(outcome(&format!("{db}{from}")), (true, false, 2, 2));
    assert_eq!(
        outcome(&format!("{db}  expect start != deny from account\n")),
        (false, false, 2, 2)
    );
}

/// The status of `diff OLD NEW --deny GATE`.
fn gate(old: &str, new: &str, gate: &str) -> u8 {
    let (old, new) = (scratch(&[("a.prec", old)]), scratch(&[("a.prec", new)]));
    let run = precedent(&["diff", text(old.path()), text(new.path()), "--deny", gate]);
    u8::try_from(run.status).unwrap_or_else(|_| panic!("{}", run.stderr))
}

#[test]
fn nothing_that_lets_somebody_in_passes_a_gate() {
    let member = "user \"cy\" {\n  access.allowed = allow\n  jump.jump_client = allow\n";
    let changes = [
        // A membership, for an account that has everything else.
        (
            SITE.replace("user \"cy\"\n", &format!("{member}}}\n")),
            SITE.replace(
                "user \"cy\"\n",
                &format!("{member}  jump group \"Production\" as \"Start\"\n}}\n"),
            ),
        ),
        // A role that gains `start`.
        (SITE.to_owned(), SITE.replace("[view_report]", "[view_report, start]")),
        // A machine that moves into another jump group.
        (
            SITE.replace("  roles.system = \"Start\"\n", ""),
            SITE.replace("  roles.system = \"Start\"\n", "")
                .replace("group = \"Lab\"\n", "group = \"Production\"\n"),
        ),
        // A setting that a session needs.
        (SITE.replace("  access.allowed = allow\n", ""), SITE.to_owned()),
        // A jump policy that falls away.
        (SITE.to_owned(), SITE.replace(" with \"Hours\"", "")),
    ];
    for (old, new) in &changes {
        assert_eq!((gate(old, new, "gained"), gate(new, new, "gained")), (1, 0), "{new}");
        assert_eq!(gate(old, new, "gained start"), 1, "{new}");
        assert_eq!(gate(old, new, "gained for user \"nobody\""), 2);
    }
    let (old, new) = &changes[0];
    for gained in
        ["widened start", "added start", "added shell", "gained on jump group \"Production\""]
    {
        assert_eq!((gate(old, new, gained), gate(new, old, gained)), (1, 0), "{gained}");
    }
    assert_eq!(gate(old, new, "gained on jump group \"Lab\""), 0);
    assert_eq!((gate(new, old, "narrowed start"), gate(new, old, "removed shell")), (1, 1));
}

#[test]
fn simulate_says_what_would_have_to_change() {
    let site = scratch(&[("a.prec", SITE)]);
    let run = precedent(&[
        "simulate",
        text(site.path()),
        "--user",
        "ada",
        "--jump-item",
        "lab01",
        "--format",
        "json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["start"]["value"], "deny");
    assert_eq!(json["start"]["location"], "a.prec:25");
    let conditions = json["start"]["conditions"].as_array().expect("a list").iter();
    let found: Vec<String> = conditions
        .map(|found| format!("{} {} {}", found["condition"], found["holds"], found["value"]))
        .collect();
    assert_eq!(
        found,
        [
            "\"account.enabled\" true \"allow\"",
            "\"access.allowed\" true \"allow\"",
            "\"jump.jump_client\" true \"allow\"",
            "\"jump group\" false \"\\\"View\\\"\"",
        ]
    );
    let nobody = scratch(&[("a.prec", &*SITE.replace("  access.allowed = allow\n", ""))]);
    let run = precedent(&["matrix", text(nobody.path())]);
    assert_eq!(run.status, 0);
    assert!(
        run.stderr
            .contains("none of 16 pairs can be started: access.allowed is deny for 3 of 3 users"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_new_name_lets_nobody_in() {
    let renamed = SITE.replace("\"Work\"", "\"Daily work\"").replace("\"Start\"", "\"Begin\"");
    for asked in ["gained", "any"] {
        assert_eq!(gate(SITE, &renamed, asked), 0, "{asked}");
    }
    // What is named and changed at once is something else.
    let changed = renamed.replace("[start]", "[start, add]");
    assert_eq!(gate(SITE, &changed, "gained"), 1);
}

#[test]
fn a_diff_of_all_pairs_has_start_as_a_cell_like_others() {
    let new = SITE.replace("[view_report]", "[view_report, start]");
    let (old, new) = (scratch(&[("a.prec", SITE)]), scratch(&[("a.prec", &*new)]));
    let form = ["--rows", "each", "--format", "csv"];
    let starts = |more: &[&str]| {
        let paths = ["diff", text(old.path()), text(new.path())];
        let run = precedent(&[&paths, &form[..], more].concat());
        let found = rows(&run.stdout);
        let of_start = found.iter().filter(|row| row[6] == "start");
        let told: Vec<String> =
            of_start.map(|row| format!("{} {} {} {}", row[1], row[7], row[8], row[9])).collect();
        (found.len(), told)
    };
    let permissions = 1 + crate::support::profile("pra-25.3").permissions.len();
    let now = "ada  with \"Hours\" added";
    assert_eq!(starts(&[]), (permissions, vec![now.to_owned()]));
    let all = "ada deny with \"Hours\" widened";
    assert_eq!(starts(&["--sessions", "all"]), (1, vec![all.to_owned()]));
}
