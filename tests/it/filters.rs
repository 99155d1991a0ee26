//! `precedent matrix --when SELECTOR --holds EXPECTATION`: what is kept is what a test with these
//! lines looks at and finds to hold, in every format.

use crate::cli::{Run, precedent, scratch, text};
use crate::dice::Dice;
use crate::generate::{Plan, expectations, plan, workspace};
use crate::laws::{law, plain};
use crate::naive;
use crate::support::{BUILTIN, ir, rows, startable, written};
use precedent::ir::{Ir, Test};
use precedent::lower::filter::{Asked, filter};
use precedent::matrix::Matrix;
use precedent::policy_test::filter as narrow;
use precedent::profile::Entry;
use precedent::report::matrix::{csv, json};
use precedent::text::{quote, unquote};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SITE: &str = r#"
jump item role "Start" {
  allows = [start]
}
jump policy "Hours"
jump group "Production"
jump group "Lab"
team "Servers"
session policy "Work" {
  shell = allow
}
session policy "Look" {
  shell = deny
}
session policy "Unread" {
  others = unknown
}
group policy "Admins" {
  members = [user "ada", user "ben", user "cy"]
  access.allowed = allow
  jump.jump_client = allow
  session_management.invite_external = allow
  session_policy = "Work"
  jump group "Production" as "Start"
  jump group "Lab" as "Start" with "Hours"
}
user "ada" {
  team "Servers" as lead
  reports.sessions = all_sessions
}
user "ben"
user "cy" {
  jump group "Lab" as "Start"
}
user "dora"
invite "Guest" {
  session_policy = "Look"
}
jump item "db01" {
  kind = jump_client
  group = "Production"
  tag = "db"
}
jump item "db02" {
  kind = jump_client
  group = "Production"
  session_policy = "Unread"
}
jump item "lab01" {
  kind = jump_client
  group = "Lab"
  session_policy = "Look"
}
"#;

fn matrix(site: &str, more: &[&str]) -> Run {
    let site = scratch(&[("a.prec", site)]);
    precedent(&[&["matrix", text(site.path())], more].concat())
}

/// The sessions that are kept, or the accounts, as `SUBJECT TARGET`.
fn kept(more: &[&str]) -> Vec<String> {
    let run = matrix(SITE, &[&["--rows", "each", "--format", "csv"], more].concat());
    assert_eq!(run.status, 0, "{more:?}");
    let is_note = |line: &str| {
        line.contains(" unknown: ") || line.contains(" left out, since something unknown ")
    };
    assert!(run.stderr.lines().all(is_note), "{more:?}: {}", run.stderr);
    let of_accounts = run.stdout.starts_with("user,setting");
    let name = |row: &Vec<String>| match of_accounts {
        true => row[0].clone(),
        false => format!("{} {}", row[1], row[4]),
    };
    let mut kept: Vec<String> = rows(&run.stdout).iter().map(name).collect();
    kept.dedup();
    kept
}

#[test]
fn what_is_kept_is_what_a_test_would_find_to_hold() {
    let db = ["--when", "jump item in jump group \"Production\""];
    let shell = ["--holds", "shell == allow"];
    assert_eq!(kept(&[&db[..], &shell].concat()), ["ada db01", "ben db01", "cy db01"]);
    assert_eq!(kept(&["--when", "tag == 'db'", "--holds", "shell != allow"]), ["Guest db01"]);
    // What nobody has read is neither the one nor the other.
    let [least, unknown] = ["shell <= deny", "shell == unknown"];
    assert_eq!(kept(&[&db[..], &["--holds", least]].concat()), ["Guest db01", "Guest db02"]);
    assert_eq!(
        kept(&[&db[..], &["--holds", unknown]].concat()),
        ["ada db02", "ben db02", "cy db02"]
    );
    assert_eq!(kept(&["--when", "user in team \"Servers\"", shell[0], shell[1]]), ["ada db01"]);
    let both = ["--when", "user != \"ada\"", "--when", "jump item != \"db02\""];
    assert_eq!(
        kept(&both),
        ["ben db01", "ben lab01", "cy db01", "cy lab01"],
        "an invite is no user"
    );
}

#[test]
fn start_is_a_permission_like_others() {
    let lab = ["--when", "jump item == \"lab01\"", "--holds"];
    let of_lab = |more: &str| kept(&[&lab[..], &[more]].concat());
    assert_eq!(of_lab("start == allow"), ["Guest lab01", "cy lab01"]);
    assert_eq!(of_lab("start <= with \"Hours\""), ["ada lab01", "ben lab01"]);
    assert_eq!(of_lab("start != deny from group policy \"Admins\""), ["ada lab01", "ben lab01"]);
    assert_eq!(of_lab("start != deny from jump_group"), ["ada lab01", "ben lab01", "cy lab01"]);
    let all = [&lab[..], &["start == deny", "--sessions", "all"]].concat();
    assert_eq!(kept(&all), ["dora lab01"]);
    let run = matrix(SITE, &["--holds", "start in [deny]"]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`--holds start in [deny]` would keep nothing"), "{}", run.stderr);
    assert!(run.stderr.contains("`--sessions all`"), "{}", run.stderr);
    let everywhere = SITE.to_owned() + "test \"t\" {\n  expect start != allow\n}\n";
    let site = scratch(&[("a.prec", &*everywhere), ("precedent.toml", "sessions = \"all\"\n")]);
    assert_eq!(precedent(&["matrix", text(site.path()), "--holds", "start == deny"]).status, 0);
}

#[test]
fn accounts_are_kept_by_their_settings() {
    let of = |more: &[&str]| kept(&[&["--of", "accounts"], more].concat());
    assert_eq!(of(&["--holds", "reports.sessions == all_sessions"]), ["ada"]);
    assert_eq!(of(&["--when", "user not in group policy \"Admins\""]), ["dora"]);
    let both = ["--when", "user in team \"Servers\"", "--holds", "access.allowed == allow"];
    assert_eq!(of(&both), ["ada"]);
    assert_eq!(of(&["--holds", "session_policy == \"Work\""]), ["ada", "ben", "cy"]);
    for form in ["text", "markdown", "json", "csv"] {
        for rows in ["each", "grouped"] {
            let asked = ["--of", "accounts", "--rows", rows, "--format", form];
            let run = matrix(SITE, &[&asked[..], &both].concat());
            assert_eq!(run.status, 0);
            assert!(run.stdout.contains("ada") && !run.stdout.contains("ben"), "{}", run.stdout);
        }
    }
    let run = matrix(SITE, &["--of", "accounts", "--when", "user == 'ada'"]);
    assert!(run.stdout.contains(" · 1 account\n"), "{}", run.stdout);
}

#[test]
fn every_format_shows_the_same_part() {
    let asked = ["--when", "user == \"ada\"", "--holds", "shell == allow", "--permission", "shell"];
    for form in ["text", "markdown", "json", "csv"] {
        for rows in ["each", "grouped"] {
            let run = matrix(SITE, &[&asked[..], &["--rows", rows, "--format", form]].concat());
            assert_eq!(run.status, 0);
            assert!(run.stdout.contains("ada") && run.stdout.contains("db01"), "{}", run.stdout);
            for absent in ["ben", "dora", "db02", "lab01", "registry", "start"] {
                assert!(!run.stdout.contains(absent), "{absent} in\n{}", run.stdout);
            }
        }
    }
    let asked = ["--holds", "shell == allow", "--permission", "shell"];
    let run = matrix(SITE, &asked);
    assert!(run.stdout.contains("who    ada, ben and cy\n"), "{}", run.stdout);
    let run = matrix(SITE, &["--when", "user == \"ada\"", "--permission", "start"]);
    assert!(run.stdout.contains(" · 3 sessions in 2 groups"), "{}", run.stdout);
}

#[test]
fn what_keeps_nothing_prints_the_header() {
    let asked = ["--holds", "shell == allow", "--when", "invite == \"Guest\"", "--format", "csv"];
    let run = matrix(SITE, &[&asked[..], &["--rows", "each"]].concat());
    let header = csv::SESSIONS_HEADER;
    assert_eq!((run.status, &*run.stdout, &*run.stderr), (0, header, ""));
    let run = matrix(SITE, &["--when", "user == \"dora\"", "--format", "csv", "--rows", "each"]);
    assert_eq!((run.status, &*run.stdout), (0, header));
    assert_eq!(
        run.stderr,
        "none of 3 pairs can be started: access.allowed is deny for 1 of 1 user\n"
    );
    let accounts = ["--of", "accounts", "--holds", "reports.sessions == user_sessions"];
    let run = matrix(SITE, &[&accounts[..], &["--format", "csv", "--rows", "each"]].concat());
    assert_eq!((run.status, &*run.stdout), (0, csv::ACCOUNTS_HEADER));
}

#[test]
fn a_filter_that_says_nothing_is_wrong_usage() {
    let wrong = |more: &[&str]| {
        let run = matrix(SITE, more);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{more:?}: {}", run.stderr);
        run.stderr
    };
    let found = wrong(&["--when", "user == \"adda\""]);
    assert!(found.contains("there is no user `adda`"), "{found}");
    assert!(found.contains("--when:1:9"), "{found}");
    assert!(found.contains("did you mean `ada`?"), "{found}");
    let found = wrong(&["--holds", "shel == allow"]);
    assert!(found.contains("did you mean `shell`?") && found.contains("--holds:1:1"), "{found}");
    let found = wrong(&["--holds", "shell == alow"]);
    assert!(found.contains("did you mean `allow`?") && found.contains("--holds:1:10"), "{found}");
    for (option, text, said) in [
        ("--when", "", "invalid condition"),
        ("--when", "user", "invalid condition"),
        ("--when", "shell == allow", "invalid condition"),
        ("--when", "user <= \"ada\"", "invalid condition"),
        ("--when", "user == \"ada", "is never closed"),
        ("--when", "user == \"ada\" or user == \"ben\"", "the condition ends before this"),
        ("--when", "user == \"ada\"\nuser == \"ben\"", "unexpected text on another line"),
        ("--when", "jump item in jump group \"Nope\"", "`precedent show jump group` lists all"),
        ("--when", "method == rdp", "has no method `rdp`"),
        ("--holds", "shell", "invalid expectation"),
        ("--holds", "start == with \"Nights\"", "there is no jump policy `Nights`"),
        ("--holds", "shell == allow from nowhere", "invalid decider `nowhere`"),
        ("--holds", "shell >= unknown", "`unknown` is not ordered"),
        ("--holds", "access.allowed == allow", "add `--of accounts`"),
    ] {
        let found = wrong(&[option, text]);
        assert!(found.contains(said), "{text}: {found}");
    }
    let accounts = |more: &[&str]| wrong(&[&["--of", "accounts"], more].concat());
    assert!(accounts(&["--holds", "shell == allow"]).contains("is about sessions"));
    assert!(accounts(&["--when", "jump item == \"db01\""]).contains("does not select accounts"));
    assert!(accounts(&["--when", "method == jump_client"]).contains("does not select accounts"));
}

#[test]
fn no_list_of_names_is_cut_in_csv() {
    let items: Vec<String> = (0..40)
        .map(|at| {
            format!("jump item \"m{at:02}\" {{\n  kind = jump_client\n  tag = \"{at}\"\n}}\n")
        })
        .collect();
    let site = format!("{SITE}{}", items.concat());
    let asked = ["--when", "user == \"ada\"", "--when", "tag != \"7\"", "--when"];
    let run = matrix(
        &site,
        &[&asked[..], &["jump item not in jump group \"Lab\"", "--format", "csv"]].concat(),
    );
    for at in (0..40).filter(|at| *at != 7) {
        assert!(run.stdout.contains(&format!("m{at:02}")), "m{at:02} in {}", run.stdout);
    }
    assert!(!run.stdout.contains(" more"), "{}", run.stdout);
    let run = matrix(SITE, &["--of", "accounts", "--format", "csv"]);
    assert!(!run.stdout.contains(" more"), "{}", run.stdout);
}

#[test]
fn a_compiled_file_is_filtered_like_its_workspace() {
    let site = scratch(&[("a.prec", SITE)]);
    let file = site.path().join("site.json");
    assert_eq!(precedent(&["compile", text(site.path()), "-o", text(&file)]).status, 0);
    let asked = ["--when", "jump item == 'db01'", "--holds", "shell == allow"];
    let [there, here] = [text(&file), text(site.path())]
        .map(|path| precedent(&[&["matrix", path], &asked[..]].concat()));
    assert_eq!((there.status, &there.stdout), (0, &here.stdout), "{}", there.stderr);
}

/// The arguments of a line of a shell, in which only single quotes are used.
fn arguments(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            1 => found.push(part.to_owned()),
            _ => found.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    found
}

#[test]
fn the_commands_of_the_page_and_the_help_run() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/matrix.md"));
    let help = precedent(&["matrix", "--help"]).stdout.replace("\\\n    ", "");
    let mut seen = 0;
    for line in page.expect("the page").lines().chain(help.lines()) {
        let Some(command) = line.trim().strip_prefix("precedent matrix ") else { continue };
        // A workbook is always written to a file, which `help` does.
        if command.contains("--format xlsx") {
            continue;
        }
        // What is written to a file is printed here.
        let command = command.split(" > ").next().and_then(|line| line.split(" -o ").next());
        let command = command.unwrap_or_default();
        let words = arguments(command);
        let words: Vec<&str> = words.iter().map(|word| &**word).collect();
        let run = precedent(&[&["matrix"], &words[..]].concat());
        assert_eq!((run.status, &*run.stderr), (0, ""), "{line}");
        let kept = run.stdout.lines().count();
        assert!(kept > 1, "nothing is kept by {line}");
        seen += 1;
    }
    assert!(seen >= 10, "{seen} commands");
}

/// A line of a test after its first word.
fn after<'t>(test: &'t str, word: &str) -> Vec<String> {
    let lines = test.lines().filter_map(|line: &'t str| line.trim_start().strip_prefix(word));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// An expectation as the text that it is, asked of one row. `key` columns come before the value.
fn meets(ir: &Arc<Ir>, expectation: &str, row: &[String], key: usize) -> bool {
    let (path, rest) = expectation.split_once(' ').expect("a path");
    let (claim, from) = match rest.split_once(" from ") {
        Some((claim, from)) => (claim, Some(from)),
        None => (rest, None),
    };
    let entries = ir.profile.permissions.iter().chain(&ir.profile.settings);
    let entry = entries.into_iter().find(|entry| entry.path == path);
    let kind = entry.and_then(|entry| entry.ty.entries()).unwrap_or_default();
    let least = entry.and_then(|entry: &Entry| Some(entry.ty.text(&entry.ty.least()?)));
    let value = &row[key];
    let is = |wanted: &str| {
        plain(kind, wanted) == plain(kind, value)
            || value == "n/a"
                && least.as_deref().is_some_and(|least| plain(kind, least) == plain(kind, wanted))
    };
    // What is unknown is only known to be that.
    let asks_whether_unknown = ["== unknown", "!= unknown"].contains(&claim);
    if value == "unknown" && !asks_whether_unknown {
        return false;
    }
    let value_holds = match claim.split_once(' ').expect("an operator") {
        ("==", wanted) => is(wanted),
        ("!=", wanted) => !is(wanted),
        // Both values of the list come from rows, so that no comma can be told from another.
        ("in", list) => {
            let list = list.trim_start_matches('[').trim_end_matches(']');
            let cuts = list.match_indices(", ").map(|(at, _)| at);
            cuts.into_iter().any(|at| {
                let bracket =
                    |part: &str| match part.matches('[').count() > part.matches(']').count() {
                        true => format!("{part}]"),
                        false => part.to_owned(),
                    };
                is(&bracket(&list[..at])) || is(&bracket(&list[at + 2..]))
            })
        }
        other => panic!("an operator: {other:?}"),
    };
    let name = |quoted: &str| unquote(quoted).expect("a name").into_owned();
    let is_decided = |from: &str| match (from.split_once(" policy "), key) {
        (Some(("session", policy)), _) => row[9] == name(policy),
        (Some((_, policy)), 2) => row[3] == "group_policy" && row[4] == name(policy),
        (Some((_, policy)), _) if row[6] == "start" => row[9] == name(policy),
        (Some((_, policy)), _) => row[10] == name(policy),
        (None, 2) => row[3] == from,
        (None, _) => row[8] == from,
    };
    value_holds && from.is_none_or(is_decided)
}

/// The rows that a filter keeps, by the naive resolver: all rows of what is selected and for which
/// every expectation holds.
fn naive_rows(
    ir: &Arc<Ir>,
    with_tests: &Arc<Ir>,
    test: &Test,
    holds: &[String],
) -> Vec<Vec<String>> {
    let of_accounts = test.expect.iter().any(|found| !found.subject.is_of_sessions());
    let (all, width, key) = match of_accounts {
        true => (naive::accounts(ir), 1, 2),
        false => (naive::sessions(ir), 6, 7),
    };
    let selected = match of_accounts {
        true => naive::coverage::selected_users(with_tests, test),
        false => naive::coverage::selected_sessions(with_tests, test),
    };
    let mut by_key: BTreeMap<Vec<String>, Vec<Vec<String>>> = BTreeMap::new();
    for row in all {
        by_key.entry(row[..width].to_vec()).or_default().push(row);
    }
    by_key.retain(|found, rows| {
        selected.contains(found)
            && holds.iter().all(|expectation| {
                let path = expectation.split(' ').next().expect("a path");
                let row = rows.iter().find(|row| row[key - 1] == path).expect("a row");
                meets(ir, expectation, row, key)
            })
    });
    by_key.into_values().flatten().collect()
}

/// The sessions of a grouped report, as the columns before the permission.
fn grouped(matrix: &Matrix) -> BTreeSet<Vec<String>> {
    let text = written(|out| json::sessions_grouped(matrix, out));
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let member = |of: &str, class: &serde_json::Value, keys: &[&str]| -> Vec<Vec<String>> {
        let members = json[of][class.as_u64().expect("a class") as usize].as_array();
        let field = |member: &serde_json::Value, key: &str| {
            member[key].as_str().expect("a text").to_owned()
        };
        let fields = |member| keys.iter().map(|key| field(member, key)).collect();
        members.expect("a class").iter().map(fields).collect()
    };
    let mut found = BTreeSet::new();
    for block in json["blocks"].as_array().expect("blocks") {
        let before = found.len();
        for rectangle in block["rectangles"].as_array().expect("rectangles") {
            for subject in rectangle["subject_classes"].as_array().expect("classes") {
                for endpoint in rectangle["endpoint_classes"].as_array().expect("classes") {
                    let who = member("subject_classes", subject, &["subject_kind", "subject"]);
                    let keys = ["method", "target_kind", "target", "presence"];
                    let there = member("endpoint_classes", endpoint, &keys);
                    for who in &who {
                        found.extend(there.iter().map(|there| [&who[..], there].concat()));
                    }
                }
            }
        }
        assert_eq!((found.len() - before) as u64, block["sessions"].as_u64().expect("a number"));
    }
    found
}

/// A test about `start`, made around one of its cells.
fn of_start(ir: &Arc<Ir>, seed: u64) -> Option<String> {
    let mut dice = Dice::of(seed, "start");
    let mut cells = naive::sessions(ir);
    cells.retain(|row| row[6] == "start" && !row[7].starts_with("with "));
    let row = cells.get(dice.below(cells.len()))?;
    let from = match (dice.below(3), &*row[9]) {
        (0, _) => format!(" from {}", row[8]),
        (1, policy) if !policy.is_empty() && row[8] != "invite" => {
            let is_group =
                ir.tables.group_policies.iter().any(|group| group.object.name == *policy);
            if is_group { format!(" from group policy {}", quote(policy)) } else { String::new() }
        }
        _ => String::new(),
    };
    let is = ["==", "!="][dice.below(2)];
    Some(format!("test \"start\" {{\n  expect start {is} {}{from}\n}}\n", row[7]))
}

#[test]
fn the_rows_kept_are_those_for_which_the_naive_evaluation_holds() {
    for profile in BUILTIN {
        law(12, plan(profile), |plan| {
            let unknown = [0, 0, 20][(plan.seed % 3) as usize];
            let plan = Plan { unknown, ..plan };
            let files = workspace(&plan);
            for compiled in [ir(&files), startable(&files)] {
                let mut tests = expectations::tests(&compiled, plan.seed, 6);
                tests += &of_start(&compiled, plan.seed).unwrap_or_default();
                let mut all = files.clone();
                all.push(("tests.prec".into(), tests.clone()));
                let with_tests = startable(&all);
                for test in tests.split_inclusive("\n}\n") {
                    let name = test.split('"').nth(1).expect("a name");
                    let known = with_tests.tables.tests.iter();
                    let known = known.into_iter().find(|found| found.object.name == name);
                    check(&compiled, &with_tests, known.expect("a test"), test);
                }
            }
        });
    }
}

/// `with_tests` are the same policies with the test, whose ids are theirs.
fn check(ir: &Arc<Ir>, with_tests: &Arc<Ir>, test: &Test, text: &str) {
    let (when, holds) = (after(text, "when "), after(text, "expect "));
    let asked = |option, text: String| Asked { option, text };
    let when: Vec<Vec<Asked>> = when.into_iter().map(|text| vec![asked("--when", text)]).collect();
    let asked_holds: Vec<Asked> = holds.iter().map(|text| asked("--holds", text.clone())).collect();
    let found = filter(ir.as_ref().clone(), &when, &asked_holds);
    assert!(found.findings.is_empty(), "{text}: {:?}", found.findings);
    let mut matrix = Matrix::new(&Arc::new(found.ir));
    narrow::select(&mut matrix, &found.filter);
    let expected = naive_rows(ir, with_tests, test, &holds);
    if test.expect.iter().any(|found| !found.subject.is_of_sessions()) {
        narrow::keep_accounts(&mut matrix, &found.filter);
        assert_eq!(rows(&written(|out| csv::accounts(&matrix, out))), expected, "{text}");
        return;
    }
    narrow::keep_sessions(&mut matrix, &found.filter);
    assert_eq!(rows(&written(|out| csv::sessions(&matrix, out))), expected, "{text}");
    let keys: BTreeSet<Vec<String>> = expected.iter().map(|row| row[..6].to_vec()).collect();
    assert_eq!(grouped(&matrix), keys, "{text}");
    assert_eq!(matrix.sessions(), keys.len() as u64, "{text}");
}
