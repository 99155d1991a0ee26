//! Dates: what lasts longer is a gain, which no cell of the matrix shows.

use super::scopes::count;
use crate::cli::{precedent, scratch, text};
use serde_json::Value as Json;

const DATED: &str = r#"team "T"
jump item role "Start" {
  allows = [start]
}
jump group "P"
jump group "Q"
directory group "D" {
  members = ["cy"]
}
session policy "open" {
  shell = allow
}
user "ada" {
  expires = 2026-06-30
  jump group "P" as "Start" until 2026-07-01
}
user "bob" {
  team "T" as member
}
user "cy"
group policy "G" {
  members = [user "bob" until 2026-07-02, directory group "D" until 2026-07-03]
  jump group "Q" as "Start" until 2026-07-04
}
group policy "Nobody" {
  jump group "P" as "Start" until 2026-07-05
}
order group policies {
  "G"
  "Nobody"
}
invite "I" {
  session_policy = "open"
  expires = 2026-07-06
}
"#;

/// What gates count of a later, an earlier and no date in place of one.
fn moved(date: &str, gate: &str) -> [u64; 3] {
    let place = DATED.lines().find(|line| line.contains(date)).expect("a date");
    let later = DATED.replace(date, "2027-01-01");
    let earlier = DATED.replace(date, "2026-01-01");
    let without = if place.contains("expires") {
        DATED.replace(&format!("{place}\n"), "")
    } else {
        DATED.replace(&format!(" until {date}"), "")
    };
    [later, earlier, without].map(|new| count(DATED, &new, gate))
}

#[test]
fn a_later_date_is_changed_to_gates_and_an_earlier_one_is_nothing() {
    for day in ["06-30", "07-01", "07-02", "07-03", "07-04", "07-05", "07-06"] {
        let date = format!("2026-{day}");
        for gate in ["gained", "changed", "any"] {
            assert_eq!(moved(&date, gate), [1, 0, 1], "{gate} of {date}");
        }
        for gate in ["widened", "added", "gained start", "gained reports.sessions", "any shell"] {
            assert_eq!(moved(&date, gate), [0; 3], "{gate} of {date}");
        }
    }
    assert_eq!(count(DATED, DATED, "any"), 0);
    // A date where there was none shortens it.
    let none = DATED.replace(" until 2026-07-01", "");
    assert_eq!(count(&none, DATED, "any"), 0);
}

#[test]
fn a_date_belongs_to_who_keeps_what_it_ends() {
    let of = |date: &str, gate: &str| moved(&format!("2026-{date}"), gate)[0] == 1;
    for (date, gate, expected) in [
        ("06-30", "gained for user \"ada\"", true),
        ("06-30", "gained for user \"bob\"", false),
        ("06-30", "gained on jump group \"P\"", false),
        ("07-01", "gained for user \"ada\"", true),
        ("07-01", "gained on jump group \"P\" for user \"ada\"", true),
        ("07-01", "gained on jump group \"Q\"", false),
        ("07-02", "gained for user \"bob\"", true),
        ("07-02", "gained for team \"T\"", true),
        ("07-02", "gained for user \"cy\"", false),
        ("07-02", "gained for group policy \"G\"", true),
        ("07-02", "gained for group policy \"Nobody\"", false),
        ("07-02", "gained on jump group \"Q\"", false),
        ("07-03", "gained for directory group \"D\"", true),
        ("07-03", "gained for user \"cy\"", true),
        ("07-03", "gained for team \"T\"", false),
        ("07-04", "gained on jump group \"Q\"", true),
        ("07-04", "gained on jump group \"Q\" for team \"T\"", true),
        ("07-04", "gained for user \"cy\"", true),
        ("07-04", "gained for user \"ada\"", false),
        ("07-04", "gained on method jump_client", false),
        ("07-05", "gained for group policy \"Nobody\"", true),
        ("07-05", "gained for user \"ada\"", false),
        ("07-06", "gained for invite \"I\"", true),
        ("07-06", "gained for user \"ada\"", false),
    ] {
        assert_eq!(of(date, gate), expected, "{gate} of {date}");
    }
}

#[test]
fn a_later_date_fails_the_gate_until_somebody_accepts_it() {
    let later = DATED.replace("2026-07-04", "2026-12-31");
    let (old, new) = (scratch(&[("a.prec", DATED)]), scratch(&[("a.prec", &*later)]));
    let diff = |more: &[&str]| {
        let sides = ["diff", text(old.path()), text(new.path()), "--deny", "gained"];
        precedent(&[&sides, more].concat())
    };
    let without_gate = precedent(&["diff", text(old.path()), text(new.path())]);
    let verdict = "possible gains: 1 later date (no gate is set)\n";
    assert!(without_gate.stdout.starts_with(verdict), "{}", without_gate.stdout);
    let run = diff(&[]);
    assert_eq!(run.status, 1);
    let what = "group policy \"G\": jump group \"Q\" until 2026-07-04 → 2026-12-31";
    assert!(run.stdout.contains(what), "{}", run.stdout);
    assert!(run.stdout.contains("   FAILED    gained (1 change)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("FAILED: 1 change matches `gained`"), "{}", run.stdout);
    let json: Json = serde_json::from_str(&diff(&["--format", "json"]).stdout).expect("JSON");
    let entry = &json["entries"][0];
    assert_eq!((&entry["what"], &entry["denied"][0]["deny"]), (&what.into(), &"gained".into()));
    let row = entry["fingerprint"].as_str().expect("a fingerprint");
    assert!(run.stdout.contains(row), "{}", run.stdout);
    for format in ["markdown", "html"] {
        let shown = diff(&["--format", format]).stdout;
        assert!(shown.contains(row) && shown.contains("fails"), "{shown}");
    }
    for rows in ["grouped", "each"] {
        let csv = diff(&["--format", "csv", "--of", "accounts", "--rows", rows]);
        assert_eq!((csv.status, csv.stdout.lines().count()), (1, 1), "{}", csv.stdout);
        assert!(csv.stderr.contains("1 change matches `gained`"), "{}", csv.stderr);
    }
    let accept = format!("[[accept]]\nedit = \"{row}\"\nby = \"Eve\"\nwhy = \"extended\"\n");
    let file = scratch(&[("ok.toml", &*accept)]);
    let file = file.path().join("ok.toml");
    let accepted = |format: &str| diff(&["--accept", text(&file), "--format", format]);
    for format in ["text", "markdown", "html", "json", "csv"] {
        let run = accepted(format);
        assert_eq!(run.status, 0, "{format}: {}{}", run.stdout, run.stderr);
        assert!(format == "csv" || run.stdout.contains("extended"), "{format}: {}", run.stdout);
    }
    assert!(accepted("text").stdout.contains("the change that matches `gained` is accepted"));
    // It is another row once the date is another one.
    let even_later = scratch(&[("a.prec", &*DATED.replace("2026-07-04", "2028-01-01"))]);
    let sides = ["diff", text(old.path()), text(even_later.path())];
    let run = precedent(&[&sides[..], &["--deny", "gained", "--accept", text(&file)]].concat());
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("P0425"), "{}", run.stderr);
}

#[test]
fn what_lasts_longer_by_another_way_fails_the_gate() {
    let site = |members: &str, other: &str, own: &str| {
        format!(
            "jump group \"Q\"\njump item role \"R\" {{\n  allows = [start]\n}}\n\
             directory group \"D\" {{\n  members = [\"temp\"]\n}}\n\
             user \"temp\" {{\n{own}}}\nuser \"eve\"\n\
             group policy \"G\" {{\n  members = [{members}]\n  jump group \"Q\" as \"R\"\n}}\n\
             group policy \"H\" {{\n  members = [user \"eve\"{other}]\n  jump group \"Q\" as \"R\"\n}}\n\
             order group policies {{\n  \"G\"\n  \"H\"\n}}\n"
        )
    };
    let dated = "user \"temp\" until 2026-12-10";
    let group = "directory group \"D\"";
    let own = "  jump group \"Q\" as \"R\"\n";
    let own_dated = "  jump group \"Q\" as \"R\" until 2026-12-10\n";
    let cases = [
        // The same person through a directory group, in place of the line with the date or beside it.
        (site(dated, "", ""), site(group, "", ""), 1),
        (site(dated, "", ""), site(&format!("{dated}, {group}"), "", ""), 1),
        (site(dated, "", ""), site(dated, ", user \"temp\"", ""), 1),
        (site(dated, "", ""), site(dated, "", own), 1),
        (site("user \"eve\"", "", own_dated), site(group, "", own_dated), 1),
        // It ends on the same day, or lasted before.
        (site(dated, "", ""), site(&format!("{group} until 2026-12-10"), "", ""), 0),
        (site(dated, "", ""), site(dated, "", own_dated), 0),
        (site(&format!("{dated}, {group}"), "", ""), site(group, "", ""), 0),
        (site(group, "", own_dated), site(group, "", ""), 0),
    ];
    for (at, (old, new, status)) in cases.iter().enumerate() {
        let (old, new) = (scratch(&[("a.prec", &**old)]), scratch(&[("a.prec", &**new)]));
        let run =
            |gate: &str| precedent(&["diff", text(old.path()), text(new.path()), "--deny", gate]);
        let found = run("gained");
        assert_eq!(found.status, *status, "{at}: {}{}", found.stdout, found.stderr);
        assert_eq!(run("gained on jump group \"Q\"").status, *status, "{at}");
        assert_eq!(run("gained for user \"eve\"").status, 0, "{at}");
        assert_eq!(found.stdout.contains("until 2026-12-10 → none"), *status == 1, "{at}");
    }
}
