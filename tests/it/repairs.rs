//! `precedent repair` and `precedent order`: what is proposed does what is said of it, and no single
//! edit is missed.

use crate::cli::{precedent, scratch, text};
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, compile_input, diff_csv, raw, sessions_csv};
use precedent::edit::Edits;
use precedent::ir::{Ir, PolicyKind};
use precedent::matrix::Matrix;
use precedent::policy_test;
use precedent::repair::{self, Question, Repair, Workshop};
use precedent::text::quote;
use precedent::workspace::Input;
use std::fs;
use std::sync::Arc;

const SITE: &str = "\
jump item role \"Start\" {
  allows = [start]
}
jump group \"Prod\"
jump policy \"Hours\"
session policy \"Staff\" {
  shell = allow
  file_transfer = both
  file_transfer.user_paths = only ['C:\\a']
}
session policy \"View\" {
  screen_sharing = view_only
}
group policy \"G\" {
  members = [user \"ada\", user \"bob\"]
  session_policy = \"Staff\"
  account.enabled = allow
  access.allowed = allow
  jump.jump_client = allow
  jump group \"Prod\" as \"Start\"
}
group policy \"H\" {
  members = [user \"bob\"]
  final reports.sessions = not_allowed
}
order group policies {
  \"G\"
  \"H\"
}
user \"ada\"
user \"bob\"
jump item \"db01\" {
  kind = jump_client
  group = \"Prod\"
}
test \"bob keeps the shell\" {
  when user == \"bob\"
  expect shell == allow
}
";

fn input(text: &str) -> Input {
    Input { manifest: None, files: vec![raw("a.prec", text)] }
}

fn search(text: &str, lines: &str) -> repair::Found {
    let question = Question::Lines(vec![lines.to_owned()]);
    let input = input(text);
    let workshop = Workshop::new(&input, None, &question).expect("a question");
    repair::search(&workshop, &|_, _| {})
}

fn edits(repairs: &[Repair]) -> Vec<String> {
    repairs.iter().map(|repair| repair.edits.join(" + ")).collect()
}

#[test]
fn the_least_harmful_edit_comes_first() {
    let found = search(SITE, "  when user == \"ada\"\n  expect shell == deny\n");
    assert_eq!((found.count(), found.together), (1, 1));
    let all = edits(&found.repairs);
    // It takes the shell away from ada alone; the policy is bob's as well, whose test would fail.
    assert_eq!(all[0], "remove-member group policy \"G\" user \"ada\"", "{all:#?}");
    for edit in [
        "set session policy \"Staff\" shell = deny",
        "unset session policy \"Staff\" shell",
        "assign jump item \"db01\" \"View\"",
        "set group policy \"G\" session_policy = none",
        "set group policy \"G\" access.allowed = deny",
        "unset group policy \"G\" jump group \"Prod\"",
        "set jump item role \"Start\" allows = []",
    ] {
        let is_single = edit != "assign jump item \"db01\" \"View\"";
        assert_eq!(all.iter().any(|one| one == edit), is_single, "{edit}\n{all:#?}");
    }
    let breaks = found.repairs.iter().find(|one| one.edits[0].contains("\"Staff\" shell = deny"));
    assert_eq!(breaks.map(|one| &one.broken[..]), Some(&["bob keeps the shell".to_owned()][..]));
}

#[test]
fn what_an_edit_makes_meaningless_goes_with_it() {
    let found = search(SITE, "  expect file_transfer == deny\n");
    let all = edits(&found.repairs);
    let follows = "set session policy \"Staff\" file_transfer = deny + \
                   unset session policy \"Staff\" file_transfer.user_paths";
    assert!(all.iter().any(|one| one == follows), "{all:#?}");
}

#[test]
fn several_edits_are_searched_for_where_one_does_not_suffice() {
    let second = "session policy \"Other\" {\n  shell = allow\n}\nuser \"eve\" {\n  session_policy = \"Other\"\n  \
                  account.enabled = allow\n  access.allowed = allow\n  jump.jump_client = allow\n  \
                  jump group \"Prod\" as \"Start\"\n}\ntest \"work goes on\" {\n  expect start == allow\n}\n";
    let found = search(&format!("{SITE}{second}"), "  expect shell == deny\n");
    let best = &found.repairs[0];
    // The test about bob fails whatever is done.
    assert_eq!(best.broken, ["bob keeps the shell"]);
    assert_eq!(best.edits.len(), 2, "{:?}", best.edits);
    let none = search(
        SITE,
        "  when user == \"ada\"\n  expect reports.sessions == not_allowed\n  expect reports.sessions == all_sessions\n",
    );
    assert!(none.repairs.is_empty());
    let holds = search(SITE, "  expect annotations == deny\n");
    assert!(holds.failing.is_empty() && holds.repairs.is_empty());
}

/// The policies with edits.
fn with(input: &Input, ir: &Ir, edits: &[String]) -> Option<Arc<Ir>> {
    let edits = Edits::read([("edits".to_owned(), edits.join("\n"))]).ok()?;
    compile_input(edits.apply(input, &ir.profile).ok()?.input).ir
}

/// A random workspace with a test that its users have no shell, if it has sessions with one.
fn cases(count: u32, holds: impl Fn(&Input, &Arc<Ir>)) {
    for profile in BUILTIN {
        law(count, plan(profile), |plan| {
            let files = workspace(&plan).into_iter().map(|(path, text)| raw(&path, text)).collect();
            let input = Input { manifest: None, files };
            if let Some(ir) = compile_input(input.clone()).ir {
                holds(&input, &ir);
            }
        });
    }
}

#[test]
fn each_repair_repairs_and_no_line_that_would_is_missed() {
    cases(3, |input, ir| {
        let lines = "  expect shell == deny\n".to_owned();
        let Ok(workshop) = Workshop::new(input, None, &Question::Lines(vec![lines.clone()])) else {
            return;
        };
        let found = repair::search(&workshop, &|_, _| {});
        let mut asked = input.clone();
        asked.files.push(raw("~q.prec", format!("test \"~q\" {{\n{lines}}}\n")));
        let is_met = |edits: &[String]| {
            let Some(after) = with(&asked, ir, edits) else { return false };
            let matrix = Matrix::new(&after);
            let outcomes = policy_test::run(&matrix, "~q");
            outcomes.iter().all(|outcome| outcome.selected > 0 && outcome.failures.is_empty())
        };
        for repair in found.repairs.iter().take(5) {
            assert!(is_met(&repair.edits), "{:?}", repair.edits);
        }
        if found.failing.is_empty() {
            return;
        }
        // Every line about any permission in any named session policy, whether or not it seems to matter.
        let single: Vec<&str> = found
            .repairs
            .iter()
            .filter(|repair| repair.edits.len() == 1)
            .map(|repair| &*repair.edits[0])
            .collect();
        for policy in ir.tables.policies.iter().filter(|one| one.kind == PolicyKind::Named) {
            for path in ["shell", "screen_sharing", "file_transfer"] {
                for value in ["deny", "allow"] {
                    let name = quote(&policy.object.name);
                    let edit = format!("set session policy {name} {path} = {value}");
                    assert!(
                        single.contains(&&*edit) || !is_met(std::slice::from_ref(&edit)),
                        "{edit} is missed; found: {single:#?}"
                    );
                }
            }
        }
    });
}

#[test]
fn a_swap_that_changes_nothing_changes_nothing() {
    cases(6, |input, ir| {
        let Ok(workshop) = Workshop::new(input, None, &Question::Lines(Vec::new())) else { return };
        let report = repair::order(&workshop, &|_, _| {});
        assert_eq!(report.swaps.len() + 1, ir.tables.group_policies.len().max(1));
        for swap in &report.swaps {
            let edit =
                format!("move group policy {} below {}", quote(&swap.above), quote(&swap.below));
            let after = with(input, ir, &[edit]).expect("policies");
            let (sessions, accounts) = diff_csv(ir, &after);
            let rows = sessions.lines().count() + accounts.lines().count() - 2;
            assert!(swap.change.is_some() || rows == 0, "{} {}", swap.above, swap.below);
            let values = |ir: &Arc<Ir>| {
                let csv = sessions_csv(ir);
                let fields = |line: &str| line.split(',').take(8).collect::<Vec<_>>().join(",");
                csv.lines().map(fields).collect::<Vec<_>>()
            };
            if swap.in_both == 0 {
                assert_eq!(values(ir), values(&after));
            }
        }
    });
}

#[test]
fn the_commands_say_what_they_found() {
    let folder = scratch(&[("a.prec", SITE)]);
    let path = text(folder.path());
    let run = |arguments: &[&str]| precedent(&[arguments, &["--path", path]].concat());
    let found = run(&["repair", "--user", "ada", "--expect", "shell == deny"]);
    assert_eq!(found.status, 0, "{}", found.stderr);
    let first = format!(
        "1. precedent edit --path {path} 'remove-member group policy \"G\" user \"ada\"'\n"
    );
    assert!(found.stdout.contains(&first), "{}", found.stdout);
    let json = run(&["repair", "--user", "ada", "--expect", "shell == deny", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["schema"], "precedent-repair/1");
    assert_eq!(json["repairs"][0]["edits"][0], "remove-member group policy \"G\" user \"ada\"");
    let holds = run(&["repair", "--expect", "annotations == deny"]);
    assert_eq!(
        (holds.status, &*holds.stdout),
        (0, "it holds already: there is nothing to repair\n")
    );
    let both = ["repair", "--user", "ada", "--user", "bob", "--expect", "shell == deny"];
    assert!(run(&both).stdout.contains("fails 1 time, such as bob"));
    let none = [
        "repair",
        "--expect",
        "reports.sessions == not_allowed",
        "--expect",
        "reports.sessions == all_sessions",
    ];
    let none = run(&none);
    assert_eq!(none.status, 1);
    assert!(none.stdout.contains("no edit was found"), "{}", none.stdout);
    for wrong in [
        &["repair"][..],
        &["repair", "--expect", "shel == deny"],
        &["repair", "--test", "bob"],
        &["repair", "--when", "user != \"ada\"", "--user", "ada", "--expect", "shell == deny"],
    ] {
        assert_eq!(run(wrong).status, 2, "{wrong:?}");
    }
    let order = run(&["order"]);
    assert!(
        order.stdout.contains("\"G\"  ↔  \"H\"  1 member in both  nothing"),
        "{}",
        order.stdout
    );
    assert!(order.stdout.contains("reports.sessions"), "{}", order.stdout);
    let failing = scratch(&[("a.prec", &SITE.replace("shell == allow\n}", "shell == deny\n}"))]);
    let tested = precedent(&["test", text(failing.path())]);
    assert!(tested.stderr.contains("--test 'bob keeps the shell'`"), "{}", tested.stderr);
}

/// What a compiled file stands for is what its texts mean; nothing is written to it.
#[test]
fn compiled_files_and_revisions_are_asked_like_their_folders() {
    let folder = scratch(&[
        ("w/a.prec", &SITE.replace('\n', "\r\n")),
        ("w/precedent.toml", "profile = \"site.toml\"\ninclude = [\"../shared\"]\n"),
        ("w/site.toml", "extends = \"pra-25.3\"\nid = \"site\"\nlabel = \"Site\"\n"),
        ("shared/b.prec", "team \"T\" # a comment\n"),
    ]);
    let workspace = folder.path().join("w");
    let compiled = folder.path().join("w.json");
    let [path, file] = [&workspace, &compiled].map(|path| text(path));
    let made = precedent(&["compile", path, "-o", file]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let edit = "set group policy \"G\" reports.sessions = not_allowed";
    for asked in [
        &["order"][..],
        &["repair", "--user", "ada", "--expect", "shell == deny", "--format", "json"],
        &["edit", edit],
    ] {
        let [folder, compiled] =
            [path, file].map(|path| precedent(&[asked, &["--path", path]].concat()));
        assert_eq!(compiled.status, folder.status, "{asked:?}: {}", compiled.stderr);
        assert_eq!(compiled.stdout, folder.stdout, "{asked:?}");
    }
    let written = precedent(&["edit", "--write", edit, "--path", file]);
    assert_eq!(written.status, 2);
    assert!(written.stderr.contains("a compiled file is not edited"), "{}", written.stderr);
    let json = fs::read_to_string(&compiled).expect("a compiled file");
    let other = json.replace("team \\\"T\\\" # a", "team \\\"U\\\" # a");
    assert_ne!(json, other);
    fs::write(&compiled, other).expect("a file");
    for command in ["order", "edit"] {
        let edit: &[&str] = if command == "edit" { &[edit] } else { &[] };
        let run = precedent(&[&[command, "--path", file], edit].concat());
        assert_eq!(run.status, 2, "{}", run.stdout);
        assert!(run.stderr.contains("do not mean what else is in it"), "{}", run.stderr);
    }
}

#[test]
fn nothing_is_proven_where_no_session_can_be_started() {
    let site = SITE.to_owned()
        + "user \"eve\"\ntest \"eve\" {\n  when user == \"eve\"\n  expect shell == allow\n}\n";
    let folder = scratch(&[("a.prec", &site)]);
    let ask =
        |more: &[&str]| precedent(&[&["repair", "--path", text(folder.path())], more].concat());
    let why = "nothing is proven: the only session that it selects cannot be started";
    for asked in [&["--user", "eve", "--expect", "shell == allow"][..], &["--test", "eve"]] {
        let found = ask(asked);
        assert_eq!(found.status, 1, "{asked:?}");
        assert!(found.stdout.starts_with(why), "{}", found.stdout);
        let json: serde_json::Value =
            serde_json::from_str(&ask(&[asked, &["--format", "json"]].concat()).stdout)
                .expect("JSON");
        assert_eq!((&json["holds"], json["unproven"].is_string()), (&false.into(), true));
    }
    assert_eq!(ask(&["--user", "bob", "--expect", "shell == allow"]).status, 0);
}

/// A session takes a setting and a membership, and neither of them alone makes anything better.
#[test]
fn what_takes_two_edits_at_one_place_is_found() {
    let site = SITE.replace("  jump.jump_client = allow\n  jump group \"Prod\" as \"Start\"\n", "");
    let found = search(&site, "  when user == \"ada\"\n  expect start == allow\n");
    assert_eq!(found.count(), 1);
    let expected = "set user \"ada\" jump group \"Prod\" as \"Start\" + \
                    set user \"ada\" jump.jump_client = allow";
    let all = edits(&found.repairs);
    assert_eq!(all.first().map(String::as_str), Some(expected), "{all:#?}");
    // The same where a permission requires another one.
    let question = "  when user == \"ada\"\n  expect screen_sharing.clipboard == both_directions\n";
    let found =
        search(&SITE.replace("session_policy = \"Staff\"", "session_policy = \"View\""), question);
    let all = edits(&found.repairs);
    let expected = "set session policy \"View\" screen_sharing = view_and_control + \
                    set session policy \"View\" screen_sharing.clipboard = both_directions";
    assert!(all.iter().any(|repair| repair == expected), "{all:#?}");
}

/// Where the group policy and the account could say the same, the edit of the account is shown
/// first, and each pair of edits in one order.
#[test]
fn the_line_of_one_user_is_mended_rather_than_that_of_many() {
    let site = SITE
        .replace("  account.enabled = allow\n", "")
        .replace("user \"ada\"\n", "user \"ada\" {\n  account.enabled = deny\n}\n");
    assert_ne!(site, SITE);
    let found = search(&site, "  when user == \"ada\"\n  expect account.enabled == allow\n");
    let all = edits(&found.repairs);
    let own = ["set user \"ada\" account.enabled = allow", "unset user \"ada\" account.enabled"];
    assert_eq!(all[..2], own, "{all:#?}");
    assert!(all.contains(&"set group policy \"G\" account.enabled = allow".to_owned()), "{all:#?}");
    let question = "  when user == \"ada\"\n  expect start == allow\n";
    let site = site.replace("  jump.jump_client = allow\n", "");
    let all = edits(&search(&site, question).repairs);
    let sorted = |repair: &String| {
        let mut parts: Vec<&str> = repair.split(" + ").collect();
        parts.sort_unstable();
        parts.join(" + ")
    };
    let mut seen: Vec<String> = all.iter().map(sorted).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all.len(), "{all:#?}");
    assert!(all[0].split(" + ").all(|edit| edit.contains("user \"ada\"")), "{all:#?}");
}
