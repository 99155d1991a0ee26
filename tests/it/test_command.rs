//! `precedent test` from the outside: what it prints, and its exit status.

use crate::cli::{precedent, scratch};
use serde_json::Value;
use std::path::Path;

const WORLD: &str = r#"
session policy "Closed" {
  shell = deny
}

session policy "Open" {
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

team "T"

user "ben" {
  team "T" as member
}

test "web has no shell" {
  when jump item == "web"
  expect shell == deny
}
"#;

fn text(path: &Path) -> &str {
    path.to_str().expect("a scratch path is UTF-8")
}

/// Runs `precedent test` on a workspace of one file: exit status and output.
fn test(world: &str, arguments: &[&str]) -> (i32, String) {
    let folder = scratch(&[("a.prec", world), ("precedent.toml", "sessions = \"all\"\n")]);
    let run = precedent(&[&["test", text(folder.path())], arguments].concat());
    let is_offer = |line: &str| line.starts_with("for edits after which it passes, try ");
    assert!(run.stderr.lines().all(is_offer), "a pipe gets no progress: {}", run.stderr);
    (run.status, run.stdout)
}

#[test]
fn coverage_is_listed_by_file_and_declaration_with_the_total_at_the_end() {
    let (status, out) = test(WORLD, &["--coverage"]);
    let expected = r#"passed    web has no shell (2 sessions)

1 test passed

covered lines by file
  50%  2 of 4  a.prec

lines that no test covers
  session policy "Open": 1 of 1 line
    a.prec:7  shell = allow
  user "ada": 1 of 1 line
    a.prec:11  session_policy = "Open"

not counted: 1 membership that no test can check

coverage 50%: tests cover 2 of 4 lines
"#;
    assert_eq!((status, &*out), (0, expected));
}

#[test]
fn mutation_is_listed_by_declaration_with_the_total_at_the_end() {
    let (status, out) = test(WORLD, &["--mutate"]);
    let expected = r#"passed    web has no shell (2 sessions)

1 test passed

surviving changes: all tests still pass
  session policy "Open"
    a.prec:7  shell = allow → not defined or deny
  user "ada"
    a.prec:11  session_policy = "Open" → not defined or "Closed"

mutation score 50%: tests kill 4 of 8 changes
"#;
    assert_eq!((status, &*out), (0, expected), "survivors are for information");
}

#[test]
fn a_change_of_a_list_names_the_item() {
    let paths: Vec<String> = (0..30).map(|at| format!("\"C:/{at}\"")).collect();
    let world = format!(
        r#"session policy "P" {{
  screen_sharing = view_only
  screen_sharing.applications = except ["a.exe", "b.exe"]
  file_transfer = both
  file_transfer.endpoint_paths = only [{}]
}}
user "ada" {{
  session_policy = "P"
}}
jump item "web" {{
  kind = jump_client
}}
"#,
        paths.join(", ")
    );
    let (_, out) = test(&world, &["--mutate"]);
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        out.contains(r#"= except ["a.exe", "b.exe"] → not defined or without "a.exe" a.prec"#),
        "{out}"
    );
    assert!(
        out.contains(r#"… → not defined or with "another" user"#),
        "a long value is cut, the change is not: {out}"
    );
}

#[test]
fn gates_are_asked_for() {
    let ends = |arguments: &[&str], status, end: &str| {
        let found = test(WORLD, arguments);
        assert_eq!(found.0, status, "{arguments:?}");
        assert!(found.1.ends_with(end), "{arguments:?}: {}", found.1);
    };
    ends(&["--min-coverage", "50"], 0, "4 lines\npassed    --min-coverage 50\n");
    ends(
        &["--min-coverage", "50.1"],
        1,
        "4 lines\nFAILED    --min-coverage 50.1: 50% is below the minimum\n",
    );
    ends(&["--coverage", "--min-coverage", "0"], 0, "passed    --min-coverage 0\n");
    ends(&["--min-killed", "50"], 0, "changes\npassed    --min-killed 50\n");
    ends(
        &["--mutate", "--min-killed", "51"],
        1,
        "changes\nFAILED    --min-killed 51: 50% is below the minimum\n",
    );
    ends(
        &["--min-coverage", "60", "--mutate"],
        1,
        "mutation score 50%: tests kill 4 of 8 changes\n",
    );
    for wrong in [["--min-coverage", "101"], ["--min-coverage", "x"], ["--min-killed", "50%"]] {
        let run = precedent(&["test", "examples/acme", wrong[0], wrong[1]]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{wrong:?}");
    }
}

#[test]
fn only_the_chosen_tests_are_measured() {
    let more = format!(
        "{WORLD}test \"lab has one\" {{\n  when jump item == \"lab\"\n  when user == \"ada\"\n  expect shell == allow\n}}\n"
    );
    let last =
        |arguments: &[&str]| test(&more, arguments).1.lines().last().unwrap_or_default().to_owned();
    assert_eq!(last(&["--coverage"]), "coverage 100%: tests cover 4 of 4 lines");
    assert_eq!(last(&["--coverage", "--filter", "web"]), "coverage 50%: tests cover 2 of 4 lines");
    assert_eq!(last(&["--mutate"]), "mutation score 100%: tests kill 8 of 8 changes");
    assert_eq!(
        last(&["--mutate", "--filter", "lab has"]),
        "mutation score 50%: tests kill 4 of 8 changes"
    );
}

#[test]
fn a_failing_test_is_measured_but_not_mutated() {
    let (status, out) =
        test(&WORLD.replace("shell == deny", "shell == allow"), &["--coverage", "--mutate"]);
    assert_eq!(status, 1);
    assert!(out.contains("0 passed, 1 FAILED") && out.contains("coverage 50%"), "{out}");
    assert!(out.ends_with("\nmutation was skipped: it needs tests that all pass\n"), "{out}");
    let (status, out) = test(
        &WORLD
            .replace("\"web\"\n  expect", "\"web\"\n  when user == \"web\"\n  expect")
            .replace("team \"T\"\n", "team \"T\"\nuser \"web\"\n"),
        &["--min-killed", "0"],
    );
    assert_eq!(status, 0, "{out}");
}

#[test]
fn nobody_misreads_a_clean_run() {
    for arguments in
        [&[][..], &["--coverage"], &["--mutate"], &["--min-coverage", "1", "--min-killed", "1"]]
    {
        let (status, out) = test(WORLD, arguments);
        assert_eq!(status, 0);
        assert!(out.contains("passed") && !out.to_lowercase().contains("fail"), "{out}");
    }
}

#[test]
fn a_long_list_is_cut_with_a_count() {
    let policy = |at: usize| {
        let lines: String = [
            "shell",
            "registry",
            "canned_scripts",
            "session_end.override",
            "elevated_tools",
            "leave_session_running",
            "system_information",
        ]
        .iter()
        .take(if at == 0 { 6 } else { 7 })
        .map(|path| format!("  {path} = allow\n"))
        .collect();
        format!(
            "session policy \"P{at}\" {{\n{lines}}}\nuser \"u{at}\" {{\n  session_policy = \"P{at}\"\n}}\n"
        )
    };
    let world: String = (0..12).map(policy).collect();
    let (_, out) = test(
        &format!("{world}jump item \"web\" {{\n  kind = jump_client\n}}\n"),
        &["--coverage", "--mutate"],
    );
    assert!(out.contains("  session policy \"P1\": 7 of 7 lines\n"), "{out}");
    assert!(out.contains("    and 2 more\n") && !out.contains("and 1 more"), "{out}");
    assert!(
        out.contains("  and 14 more declarations with 25 lines; `--format json` lists all\n"),
        "{out}"
    );
}

#[test]
fn programs_get_all_of_it() {
    let (status, out) = test(WORLD, &["--min-coverage", "50.5", "--mutate", "--format", "json"]);
    assert_eq!(status, 1);
    let json: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["schema"], "precedent-test/1");
    let coverage = &json["coverage"];
    let at = |key: &str| coverage[key].to_string();
    assert_eq!(
        ["covered", "lines", "percent", "minimum", "passed", "memberships"].map(at),
        ["2", "4", "50.0", "50.5", "false", "1"]
    );
    let line: Value = serde_json::json!({
        "location": "a.prec:7", "declaration": "session policy \"Open\"", "setting": "shell", "value": "allow"
    });
    assert_eq!(coverage["uncovered"][0], line);
    assert_eq!(coverage["unreached"], serde_json::json!([]));
    let mutation = &json["mutation"];
    let at = |key: &str| mutation[key].to_string();
    assert_eq!(
        ["killed", "changes", "percent", "minimum", "passed"].map(at),
        ["4", "8", "50.0", "null", "true"]
    );
    let survived = mutation["survived"].as_array().expect("a list");
    let to: Vec<&Value> = survived.iter().map(|change| &change["to"]).collect();
    assert_eq!(to, [&Value::Null, &"deny".into(), &Value::Null, &"\"Closed\"".into()]);
    assert_eq!(survived[0]["location"], "a.prec:7");
    let (_, plain) = test(WORLD, &["--format", "json"]);
    assert!(!plain.contains("coverage") && !plain.contains("mutation"), "{plain}");
    let (_, failing) =
        test(&WORLD.replace("shell == deny", "shell == allow"), &["--mutate", "--format", "json"]);
    let json: Value = serde_json::from_str(&failing).expect("JSON");
    assert!(
        json.as_object()
            .is_some_and(|json| json["mutation"].is_null() && json.contains_key("mutation"))
    );
}

#[test]
fn build_servers_get_a_suite_for_each() {
    let (_, out) = test(WORLD, &["--min-coverage", "80", "--mutate", "--format", "junit"]);
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="precedent" tests="1" failures="0" errors="0" skipped="0">
<testcase name="web has no shell" classname="a.prec"></testcase>
</testsuite>
<testsuite name="precedent coverage" tests="1" failures="1">
<testcase name="coverage" classname="precedent"><failure message="50% is below the minimum of 80%"/><system-out>coverage 50%: tests cover 2 of 4 lines
a.prec:7: shell = allow
a.prec:11: session_policy = &quot;Open&quot;</system-out></testcase>
</testsuite>
<testsuite name="precedent mutation" tests="1" failures="0">
<testcase name="mutation" classname="precedent"><system-out>mutation score 50%: tests kill 4 of 8 changes
a.prec:7: shell = allow → not defined or deny
a.prec:11: session_policy = &quot;Open&quot; → not defined or &quot;Closed&quot;</system-out></testcase>
</testsuite>
</testsuites>
"#;
    assert_eq!(out, expected);
}

#[test]
fn hostile_names_do_not_act_on_a_terminal() {
    let hostile =
        WORLD.replace("\"Open\"", "\"\\u{1b}[31m\\u{202E}\"").replace("web has", "\\u{1b}[31m has");
    for format in ["text", "junit"] {
        let (status, out) = test(&hostile, &["--coverage", "--mutate", "--format", format]);
        assert_eq!(status, 0);
        assert!(!out.contains(['\u{1b}', '\u{202e}']), "{out}");
    }
}

#[test]
fn a_filter_that_fits_no_test_is_a_mistake() {
    let run = crate::cli::precedent(&["test", "examples/acme", "--filter", "zzz"]);
    assert_eq!((run.status, &*run.stdout), (2, ""));
    assert!(run.stderr.contains("there is no test whose name contains `zzz`"), "{}", run.stderr);
}

/// A test whose only session cannot be started: ada's account lacks what a session needs.
const EMPTY: &str = r#"
user "ada"

jump group "G"

jump item "web" {
  kind = jump_client
  group = "G"
}

test "nobody looks" { # here
  when user == "ada"
  expect shell == deny
}
"#;

#[test]
fn an_empty_test_is_reported_at_the_level_of_the_manifest() {
    let run = |manifest: &str, comment: &str| {
        let text = EMPTY.replace("# here", comment);
        let folder = scratch(&[("precedent.toml", manifest), ("a.prec", &text)]);
        precedent(&["test", &folder.path().to_string_lossy()])
    };
    let found = "warning[P0542]: test `nobody looks` looks at no session: the only session that it \
                 selects cannot be started";
    let warned = run("", "");
    assert_eq!(warned.status, 0, "{}", warned.stderr);
    assert!(warned.stderr.contains(found), "{}", warned.stderr);
    assert!(warned.stdout.starts_with("empty     nobody looks"), "{}", warned.stdout);
    let denied = run("[lints]\nempty-test = \"deny\"\n", "");
    assert_eq!(denied.status, 1, "{}", denied.stderr);
    assert!(denied.stderr.contains("error[P0542]"), "{}", denied.stderr);
    assert!(denied.stdout.starts_with("FAILED    nobody looks"), "{}", denied.stdout);
    let reason = "it looks at no session: the only session that it selects cannot be started";
    assert!(denied.stdout.contains("it looks at no session"), "{}", denied.stdout);
    let manifest = ("precedent.toml", "[lints]\nempty-test = \"deny\"\n");
    let folder = scratch(&[manifest, ("a.prec", EMPTY)]);
    let report = |format: &str| {
        precedent(&["test", "--format", format, &folder.path().to_string_lossy()]).stdout
    };
    let junit = report("junit");
    assert!(junit.contains("failures=\"1\" errors=\"0\" skipped=\"0\""), "{junit}");
    assert!(junit.contains(&format!("<failure message=\"{reason}\"/>")), "{junit}");
    let json = report("json");
    assert!(json.contains("\"failed\": 1") && json.contains("\"passed\": false"), "{json}");
    let reason = "# allow(empty-test): ada starts next week";
    for quiet in [
        run("[lints]\nempty-test = \"allow\"\n", ""),
        run("[lints]\nempty-test = \"deny\"\n", reason),
    ] {
        assert_eq!((quiet.status, &*quiet.stderr), (0, ""), "{}", quiet.stdout);
    }
    let folder = scratch(&[("a.prec", &*EMPTY.replace("# here", reason))]);
    let check = precedent(&["check", &folder.path().to_string_lossy()]);
    assert!(!check.stdout.contains("unused-suppression"), "{}", check.stdout);
}

/// A build server takes a report without cases for one that was not written.
#[test]
fn a_junit_report_is_never_empty() {
    let site = |text: &str| crate::cli::scratch(&[("a.prec", text)]);
    let report = |folder: &tempfile::TempDir| {
        let folder = crate::cli::text(folder.path());
        let run = crate::cli::precedent(&["test", folder, "--format", "junit"]);
        crate::consumers::assert_junit(&run.stdout);
        (run.status, run.stdout)
    };
    let (_, none) = report(&site("user \"a\"\n"));
    assert!(none.contains("<skipped message=\"there is no test\"/>"), "{none}");
    let (status, broken) = report(&site("user \"a\" {\n  shell = allow\n}\nuser \"a\"\n"));
    assert_eq!((status, broken.matches("<failure type=").count()), (1, 2), "{broken}");
}
