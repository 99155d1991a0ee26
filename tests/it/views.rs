//! `precedent matrix --by person|machine`: the same cells as each session by itself, each once.

use crate::cli::{Run, precedent, scratch, text};
use crate::generate::{Plan, plan, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, ir, rows, startable, written};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::matrix::by_party::Party;
use precedent::report::matrix::{by_party, csv};
use serde_json::Value;
use std::sync::Arc;

/// All cells that a view shows, in the columns of the CSV, ascending.
fn cells_of_view(ir: &Arc<Ir>, party: Party, all_pairs: bool) -> Vec<Vec<String>> {
    let mut matrix = Matrix::new(ir);
    matrix.all_pairs = all_pairs;
    matrix.divide_by_deciders_of_start();
    let view = written(|out| by_party::json(&matrix, party, out));
    let view: Value = serde_json::from_str(&view).expect("JSON");
    let mut cells = Vec::new();
    for group in view["groups"].as_array().expect("groups") {
        let mut in_group = 0;
        for entry in group["entries"].as_array().expect("entries") {
            let list = |key: &str| {
                let list = if entry[key].is_null() { &group[key] } else { &entry[key] };
                list.as_array().expect("a list").clone()
            };
            for subject in list("subjects") {
                for endpoint in list("endpoints") {
                    for permission in entry["permissions"].as_array().expect("permissions") {
                        cells.push(cell(&subject, &endpoint, permission));
                        in_group += u64::from(permission["permission"] == "shell");
                    }
                }
            }
        }
        assert_eq!(group["sessions"], in_group, "each session has a shell, or lacks one");
    }
    cells.sort();
    cells
}

fn cell(subject: &Value, endpoint: &Value, permission: &Value) -> Vec<String> {
    let field = |of: &Value, key: &str| of[key].as_str().expect("a text").to_owned();
    vec![
        field(subject, "subject_kind"),
        field(subject, "subject"),
        field(endpoint, "method"),
        field(endpoint, "target_kind"),
        field(endpoint, "target"),
        field(endpoint, "presence"),
        field(permission, "permission"),
        field(permission, "value"),
        field(permission, "layer"),
        field(permission, "policy"),
        field(permission, "via"),
        field(permission, "location"),
    ]
}

/// The cells of each session by itself, without the deciders of what does not apply.
fn cells_of_sessions(ir: &Arc<Ir>, all_pairs: bool) -> Vec<Vec<String>> {
    let mut matrix = Matrix::new(ir);
    matrix.all_pairs = all_pairs;
    let mut cells = rows(&written(|out| csv::sessions(&matrix, out)));
    for cell in &mut cells {
        if cell[7] == "n/a" {
            cell[8..].iter_mut().for_each(String::clear);
        }
    }
    cells.sort();
    cells
}

fn same_cells(ir: &Arc<Ir>) {
    for all_pairs in [false, true] {
        let each = cells_of_sessions(ir, all_pairs);
        for party in [Party::Person, Party::Machine] {
            let view = cells_of_view(ir, party, all_pairs);
            assert_eq!(view.len(), each.len(), "{party:?}");
            for (view, each) in view.iter().zip(&each) {
                assert_eq!(view, each, "{party:?}");
            }
        }
    }
}

#[test]
fn views_show_each_cell_once() {
    for profile in BUILTIN {
        law(8, plan(profile), |plan| same_cells(&ir(&workspace(&plan))));
        let unknown = |plan: Plan| Plan { unknown: 20, ..plan };
        law(4, plan(profile), |plan| same_cells(&startable(&workspace(&unknown(plan)))));
    }
}

fn acme(more: &[&str]) -> Run {
    let run = precedent(&[&["matrix", "examples/acme"], more].concat());
    assert_eq!(run.status, 0, "{more:?}: {}", run.stderr);
    run
}

#[test]
fn one_question_is_one_command() {
    let long = acme(&[
        "--when",
        "jump item in jump group \"Databases\"",
        "--holds",
        "shell == allow",
        "--rows",
        "each",
        "--format",
        "csv",
    ]);
    let holds = ["--holds", "shell == allow"];
    let short = ["--jump-group", "Databases"];
    let short = acme(&[&short[..], &holds, &["--rows", "each", "--format", "csv"]].concat());
    assert_eq!(long.stdout, short.stdout);
    assert!(short.stdout.lines().count() > 1);
}

const SITE: &str = r#"
jump item role "Start" {
  allows = [start]
}
jump group "Production"
team "Servers"
directory group "Staff" {
  members = ["ada"]
}
session policy "Work" {
  shell = allow
}
group policy "Admins" {
  members = [user "ada", user "ben", user "cy"]
  access.allowed = allow
  jump.jump_client = allow
  jump.shell_jump = allow
  session_management.invite_external = allow
  session_policy = "Work"
  jump group "Production" as "Start"
}
user "ada" {
  team "Servers" as lead
}
user "ben"
user "cy" {
  jump group "Production" as "Start"
}
invite "Guest" {
  session_policy = "Work"
}
jump item "db01" {
  kind = jump_client
  group = "Production"
  tag = "db"
}
jump item "sw\"1" {
  kind = shell_jump
  group = "Production"
}
"#;

fn site(more: &[&str]) -> Run {
    let folder = scratch(&[("a.prec", SITE)]);
    precedent(&[&["matrix", text(folder.path())], more].concat())
}

/// The sessions that are kept, as `SUBJECT TARGET`.
fn kept(more: &[&str]) -> Vec<String> {
    let run = site(&[more, &["--rows", "each", "--format", "csv"]].concat());
    assert_eq!(run.status, 0, "{more:?}: {}", run.stderr);
    let mut found: Vec<String> =
        rows(&run.stdout).iter().map(|row| format!("{} {}", row[1], row[4])).collect();
    found.dedup();
    found
}

#[test]
fn each_value_of_a_short_form_is_enough_and_all_forms_narrow() {
    let all = ["Guest db01", "Guest sw\"1", "ada db01", "ada sw\"1"];
    assert_eq!(kept(&["--user", "ada", "--invite", "Guest"]), all);
    assert_eq!(kept(&["--user", "ada", "--user", "ben", "--tag", "db"]), ["ada db01", "ben db01"]);
    assert_eq!(kept(&["--directory-group", "Staff", "--jump-item", "sw\"1"]), ["ada sw\"1"]);
    assert_eq!(kept(&["--team", "Servers", "--method", "shell_jump"]), ["ada sw\"1"]);
    let admins = ["--group-policy", "Admins", "--when", "user != \"ada\"", "--tag", "db"];
    assert_eq!(kept(&admins), ["ben db01", "cy db01"]);
    assert_eq!(kept(&["--jump-group", "Production", "--user", "cy", "--tag", "x"]), [""; 0]);
    let run = site(&["--of", "accounts", "--user", "cy", "--rows", "each", "--format", "csv"]);
    assert!(run.stdout.lines().skip(1).all(|line| line.starts_with("cy,")), "{}", run.stdout);
}

#[test]
fn a_wrong_short_form_is_told_with_its_option() {
    let run = site(&["--user", "adda"]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("there is no user `adda`"), "{}", run.stderr);
    assert!(run.stderr.contains("--user:1:9") && run.stderr.contains("ada"), "{}", run.stderr);
    for asked in [["--tag", "DB"], ["--when", "tag == \"DB\""]] {
        let told = site(&asked).stderr;
        assert!(told.contains("no jump item has the tag `DB`; did you mean `db`?"), "{told}");
    }
    let run = site(&["--of", "accounts", "--tag", "db"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("`--tag` does not select accounts"), "{}", run.stderr);
    for other in [&["--of", "accounts"][..], &["--rows", "each"], &["--format", "csv"]] {
        let run = site(&[&["--by", "person"], other].concat());
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains("`--by` cannot be combined with"), "{}", run.stderr);
    }
}

#[test]
fn people_are_grouped_by_what_gives_them_something() {
    let asked = ["--by", "person", "--group-policy", "Admins", "--permission", "start,shell"];
    let run = site(&[&asked[..], &["--tag", "db"]].concat());
    let expected = r#"BeyondTrust Privileged Remote Access 25.3 · 3 people, 3 sessions, in 2 groups

1. 2 people, 2 sessions
   who    ada and ben

   where  db01
   start  allow  group policy "Admins" · a.prec:20
   Group Policy · "Work", through group policy "Admins"
     shell  allow  a.prec:11

2. 1 person, 1 session
   who    cy

   where  db01
   start  allow  the user's own account · a.prec:27
"#;
    assert!(run.stdout.starts_with(expected), "{}", run.stdout);
    let run = site(&["--by", "machine", "--jump-item", "db01", "--names", "--format", "markdown"]);
    assert!(run.stdout.contains("ada, ben and cy"), "{}", run.stdout);
}
