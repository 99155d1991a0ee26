//! The scripts of the GitLab template, and the hooks of pre-commit, with it and without.

use super::runner::path_with;
use super::{GATE, PullRequest, is_there, pairs, root, skipped, user, yaml};
use crate::cli::text;
use crate::repository::Repository;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BINARY: &str = env!("CARGO_BIN_EXE_precedent");

/// The folder of the binary, for the front of the PATH.
fn path() -> String {
    path_with(Path::new(BINARY).parent().expect("a folder"))
}

/// A job of the template as a runner of GitLab runs it; its status and log.
fn job(checkout: &Path, name: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let template = yaml("ci/gitlab.yml");
    let job = &template[name];
    assert_eq!(job["extends"].as_str(), Some(".precedent"));
    let before = template[".precedent"]["before_script"].as_vec().expect("a script");
    let lines = before.iter().chain(job["script"].as_vec().expect("a script"));
    let script: Vec<&str> = lines.map(|line| line.as_str().expect("a line")).collect();
    let mut command = Command::new("sh");
    command.args(["-e", "-c", &script.join("\n")]).current_dir(checkout).env("PATH", path());
    for (name, value) in pairs(&template["variables"]) {
        command.env(name, value.as_str().expect("a text"));
    }
    let output = command.envs(variables.iter().copied()).output().expect("sh starts");
    let log = [output.stdout, output.stderr].concat();
    (output.status.code().expect("sh is not killed"), String::from_utf8_lossy(&log).into_owned())
}

#[test]
fn gitlab_compares_a_merge_request_with_what_it_is_merged_into() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else { return };
    let checkout = request.repository.path(".");
    let body = request.repository.path("precedent-comment.md");
    let base = ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &*request.base);
    let path = ("PRECEDENT_PATH", "policies");
    let (status, log) = job(&checkout, "precedent-diff", &[base, path]);
    assert_eq!(status, 0, "{log}");
    assert!(fs::read_to_string(&body).expect("a body").contains("reports.sessions"));
    let (status, log) =
        job(&checkout, "precedent-diff", &[base, path, ("PRECEDENT_DENY", "gained")]);
    assert_eq!(status, 1, "{log}");
    // Nothing passes that is not compared.
    for wrong in [
        &[path][..],
        &[path, ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")],
        &[path, ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123456789012345678901234567890123456789")],
        &[base, ("PRECEDENT_PATH", "no/such/folder")],
        &[base, path, ("PRECEDENT_DENY", "gaind")],
    ] {
        let (status, log) = job(&checkout, "precedent-diff", wrong);
        assert_eq!(status, 2, "{wrong:?}: {log}");
        assert!(log.contains("no base") || log.contains("not compared"), "{log}");
    }
    // Of merged results, the first parent is the base, whatever the merge request left long ago.
    request.repository.git(&["switch", "--quiet", "main"]);
    request.repository.write("policies/a.prec", &all);
    request.repository.commit("others");
    request.repository.git(&["merge", "--quiet", "--no-ff", "--no-edit", "topic"]);
    let target = request.repository.git(&["rev-parse", "HEAD^1"]);
    let merged =
        [base, path, ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &target), ("PRECEDENT_DENY", "any")];
    let (status, log) = job(&checkout, "precedent-diff", &merged);
    assert_eq!(status, 0, "{log}");
}

/// Neither a job of checks, nor of tests, nor of a gate passes where there is no policy file.
#[test]
fn gitlab_passes_nothing_that_looked_at_nothing() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let manifest = format!("policies = [\"Policies/*.prec\"]\n{GATE}");
    let before = [("a.prec", &*own), ("precedent.toml", &*manifest)];
    let Some(request) = PullRequest::new(&before, &[("a.prec", &all)]) else { return };
    let checkout = request.repository.path(".");
    let base = ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &*request.base);
    for name in ["precedent-check", "precedent-test", "precedent-diff"] {
        let (status, log) = job(&checkout, name, &[base, ("PRECEDENT_PATH", "policies")]);
        assert_eq!(status, 2, "{name}: {log}");
        assert!(log.contains("has no policy file"), "{name}: {log}");
    }
}

#[test]
fn gitlab_gets_reports_of_findings_and_tests() {
    let test = "test \"nobody sees\" {\n  expect reports.sessions == not_allowed\n}\n";
    let own = user("user_sessions");
    let Some(request) = PullRequest::new(&[("a.prec", &own)], &[("t.prec", test)]) else { return };
    let checkout = request.repository.path("policies");
    assert_eq!(job(&checkout, "precedent-check", &[]).0, 0);
    let (status, log) = job(&checkout, "precedent-test", &[]);
    assert_eq!(status, 1, "{log}");
    for (report, failures) in [("precedent-check.xml", false), ("precedent-test.xml", true)] {
        let report = fs::read_to_string(checkout.join(report)).expect("a report");
        assert!(report.starts_with("<?xml") && report.contains("<failure") == failures, "{report}");
    }
    request.repository.write("policies/t.prec", "broken\n");
    let (status, log) = job(&checkout, "precedent-check", &[]);
    assert_eq!((status, log.contains("t.prec")), (1, true), "{log}");
    assert_eq!(job(&checkout, "precedent-test", &[]).0, 1);
    // Where the policies do not compile, that is what the tests fail by.
    for name in ["precedent-check.xml", "precedent-test.xml"] {
        let report = fs::read_to_string(checkout.join(name)).expect("a report");
        crate::consumers::assert_junit(&report);
        assert!(report.contains("<failure type=\"P00"), "{report}");
    }
    // GitLab asks for paths from the root of the repository, which the job runs in.
    let quality = fs::read_to_string(checkout.join("precedent-check.json")).expect("a report");
    crate::consumers::assert_code_climate(&quality);
    assert!(quality.contains("\"path\": \"policies/t.prec\""), "{quality}");
}

/// The entries of the hooks by id, and those that are the same but for the language.
fn hooks() -> Vec<(String, String, String)> {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_vec().expect("hooks").iter();
    let field =
        |hook: &yaml_rust2::Yaml, name: &str| hook[name].as_str().expect("a text").to_owned();
    hooks.map(|hook| (field(hook, "id"), field(hook, "entry"), field(hook, "language"))).collect()
}

#[test]
fn every_hook_is_there_in_both_languages() {
    let hooks = hooks();
    let ids: Vec<&str> =
        hooks.iter().filter(|(.., language)| language == "rust").map(|(id, ..)| &**id).collect();
    assert_eq!(ids, ["precedent-check", "precedent-test", "precedent-fmt"]);
    for (id, entry, _) in hooks.iter().filter(|(.., language)| language == "rust") {
        assert!(hooks.contains(&(format!("{id}-system"), entry.clone(), "system".into())), "{id}");
    }
    assert_eq!(hooks.len(), 6);
}

#[test]
fn the_entries_of_the_hooks_do_what_a_hook_must() {
    let Some(repository) = Repository::new() else { return };
    let run = |id: &str| -> i32 {
        let (_, entry, _) = hooks().into_iter().find(|(found, ..)| found == id).expect("a hook");
        let words: Vec<&str> = entry.split(' ').collect();
        assert_eq!(words[0], "precedent");
        repository.precedent(&words[1..]).status
    };
    repository.write("a.prec", "user   \"u\"\n");
    assert_eq!((run("precedent-check"), run("precedent-test")), (0, 0));
    assert_eq!(run("precedent-fmt"), 0);
    assert_eq!(fs::read_to_string(repository.path("a.prec")).expect("a file"), "user \"u\"\n");
    repository.write("t.prec", "test \"t\" {\n  expect reports.sessions == all_sessions\n}\n");
    assert_eq!((run("precedent-check"), run("precedent-test")), (0, 1));
    repository.write("t.prec", "broken\n");
    assert_eq!((run("precedent-check"), run("precedent-test")), (1, 1));
}

/// The hooks of the binary at hand, by pre-commit itself. Those that build one differ from them in
/// the language alone.
#[test]
fn pre_commit_runs_the_hooks() {
    if !is_there("pre-commit") {
        return skipped("the hooks by pre-commit itself", "pre-commit");
    }
    let (Some(kit), Some(policies)) = (Repository::new(), Repository::new()) else { return };
    kit.write(
        ".pre-commit-hooks.yaml",
        fs::read(root(".pre-commit-hooks.yaml")).expect("the hooks"),
    );
    kit.commit("hooks");
    let revision = kit.git(&["rev-parse", "HEAD"]);
    let hook = |id: &str| format!("      - id: {id}-system\n        args: [policies]\n");
    let hooks = ["precedent-check", "precedent-test", "precedent-fmt"].map(hook).concat();
    let config =
        format!("repos:\n  - repo: {}\n    rev: {revision}\n    hooks:\n{hooks}", kit.url());
    policies.write(".pre-commit-config.yaml", config);
    policies.write("policies/precedent.toml", GATE);
    policies.write("policies/a.prec", user("user_sessions"));
    policies.write("policies/b.prec", "team \"t\"\n");
    let home = tempfile::tempdir().expect("a scratch folder");
    let run = || -> Output {
        policies.git(&["add", "--all"]);
        let mut command = Command::new("pre-commit");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_"))
        {
            command.env_remove(name);
        }
        command
            .args(["run", "--color", "never"])
            .current_dir(policies.path("."))
            .env("PATH", path());
        command.env("PRE_COMMIT_HOME", text(home.path())).output().expect("pre-commit starts")
    };
    // Whether a commit would go through, and what is said of the hooks in their order.
    let verdicts = || -> (bool, Vec<String>) {
        let output = run();
        let log = String::from_utf8_lossy(&output.stdout);
        let hook = |line: &str| {
            line.starts_with("precedent ").then(|| line.rsplit('.').next().map(str::to_owned))
        };
        (output.status.success(), log.lines().filter_map(|line| hook(line).flatten()).collect())
    };
    let [passed, failed] = ["Passed", "Failed"].map(str::to_owned);
    assert_eq!(verdicts(), (true, vec![passed.clone(), passed.clone(), passed.clone()]));
    policies.write("policies/a.prec", user("user_sessions").replace("user \"u\"", "user    \"u\""));
    assert_eq!(
        verdicts(),
        (false, vec![passed.clone(), passed.clone(), failed.clone()]),
        "a layout"
    );
    assert_eq!(
        fs::read_to_string(policies.path("policies/a.prec")).expect("a file"),
        user("user_sessions")
    );
    policies.write("policies/c.prec", "user \"v\" {\n  team \"t\" as member\n}\n");
    assert_eq!(verdicts(), (true, vec![passed.clone(), passed.clone(), passed.clone()]));
    policies.commit("policies");
    // A commit that only removes a file calls the hooks too.
    fs::remove_file(policies.path("policies/b.prec")).expect("removed");
    let (goes, said) = verdicts();
    assert_eq!((goes, &said[..2]), (false, &[failed.clone(), failed][..]));
}
