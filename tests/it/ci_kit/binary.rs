//! Where the action takes its precedent from, what it asks of it, and what it makes of odd answers.

use super::runner::{Outcome, action_with, path_with, stand_in};
use super::{PullRequest, root, user};
use crate::cli::text;
use std::fs;

const REAL: &str = env!("CARGO_BIN_EXE_precedent");

fn pull_request() -> Option<PullRequest> {
    PullRequest::new(&[("a.prec", &user("user_sessions"))], &[("a.prec", &user("all_sessions"))])
}

/// The action with a stand-in for precedent, which a `case` on its first argument makes up.
fn with(pull_request: &PullRequest, cases: &str, inputs: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let script = format!("case $1 in\n{cases}\n*) exec '{REAL}' \"$@\" ;;\nesac");
    let binary = stand_in(folder.path(), "precedent", &script);
    pull_request.run(&[&[("path", "policies"), ("binary", text(&binary))], inputs].concat())
}

#[test]
fn an_answer_that_compares_nothing_has_not_passed() {
    let Some(pull_request) = pull_request() else { return };
    for (case, gate) in [
        ("diff) exit 0 ;;", "error"),
        ("diff) echo no such thing >&2; exit 0 ;;", "error"),
        ("diff) echo half a report; exit 2 ;;", "error"),
        ("diff) echo half a report; exit 101 ;;", "error"),
        ("diff) echo half a report; kill -9 $$ ;;", "error"),
        ("diff) exit 1 ;;", "error"),
        ("diff) echo a report; exit 1 ;;", "failed"),
    ] {
        let outcome = with(&pull_request, case, &[]);
        assert_eq!(outcome.output("gate"), gate, "{case}: {}", outcome.log);
        assert_eq!(outcome.status, if gate == "failed" { 1 } else { 2 }, "{case}: {}", outcome.log);
    }
    for case in
        ["check) exit 101 ;;", "check) kill -9 $$ ;;", "test) exit 0 ;;", "test) exit 101 ;;"]
    {
        let outcome = with(&pull_request, case, &[]);
        assert_eq!(outcome.status, 2, "{case}: {}", outcome.log);
    }
}

#[test]
fn acceptances_and_a_broken_old_side_are_handed_on() {
    let Some(pull_request) = pull_request() else { return };
    let log = pull_request.repository.path("asked");
    let case = format!(
        "diff) printf '%s\\n' \"$*\" >> '{}'\n\
         case $* in *--allow-broken-old*) echo nothing was compared; exit 0 ;; *) exit 1 ;; esac ;;",
        text(&log)
    );
    let inputs = [
        ("accept", "ok.toml\n\nsub/more.toml\n"),
        ("allow-broken-old", "true"),
        ("deny", "gained shell on x"),
    ];
    let outcome = with(&pull_request, &case, &inputs);
    assert_eq!(
        (outcome.status, outcome.verdicts()),
        (0, ["passed", "none", "not-compared", "unknown"])
    );
    assert!(
        outcome
            .commands
            .iter()
            .any(|(name, line)| name == "warning" && line.contains("nothing was compared"))
    );
    let base = &pull_request.base;
    assert_eq!(
        fs::read_to_string(&log).expect("what was asked"),
        format!(
            "diff --format markdown --path=./policies --allow-broken-old --deny=gained shell on x \
             --accept=./ok.toml --accept=./sub/more.toml -- {base}...HEAD\n\
             diff --of accounts --format csv --deny=any --path=./policies -- {base}...HEAD\n"
        )
    );
    // Asked of a precedent that can, the answer is its own.
    let outcome = with(&pull_request, "none) ;;", &[("accept", "no/such/file.toml")]);
    assert_eq!((outcome.status, outcome.output("gate")), (2, "error"), "{}", outcome.log);
}

#[test]
fn a_given_binary_must_be_a_precedent() {
    let Some(pull_request) = pull_request() else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let other = stand_in(folder.path(), "other", "echo something else");
    let failing = stand_in(folder.path(), "failing", "exit 3");
    for binary in [text(&other), text(&failing), "no-such-program", "no/such/program"] {
        let outcome = pull_request.run(&[("binary", binary)]);
        assert_eq!((outcome.status, outcome.output("gate")), (2, ""), "{binary}: {}", outcome.log);
        assert_eq!(outcome.errors().len(), 1, "{}", outcome.log);
    }
    // A name on the PATH, and a path from the folder of the step.
    let event = pull_request.event();
    let run = |binary: &str, environment: &[(&str, &str)]| {
        let inputs = [("path", "policies"), ("binary", binary)];
        action_with(
            &pull_request.repository.path("."),
            ("pull_request", &event),
            &inputs,
            environment,
        )
    };
    stand_in(folder.path(), "precedent-on-path", &format!("exec '{REAL}' \"$@\""));
    assert_eq!(
        run("precedent-on-path", &[("PATH", &path_with(folder.path()))]).output("gate"),
        "none"
    );
    fs::create_dir(pull_request.repository.path("tools")).expect("a folder");
    stand_in(&pull_request.repository.path("tools"), "precedent", &format!("exec '{REAL}' \"$@\""));
    assert_eq!(run("tools/precedent", &[]).output("gate"), "none");
}

#[test]
fn without_a_binary_one_is_built_from_the_action_and_nothing_of_the_checkout() {
    let Some(pull_request) = pull_request() else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let cargo = "pwd -P > \"$RUNNER_TEMP/cwd\"; echo \"$*\" > \"$RUNNER_TEMP/asked\"; test \"$1\" = install || exit 9\n\
                 mkdir -p \"$RUNNER_TEMP/precedent/bin\" && cp \"$REAL\" \"$RUNNER_TEMP/precedent/bin/precedent\"";
    stand_in(folder.path(), "cargo", cargo);
    let event = pull_request.event();
    let run = |path: &str| {
        let environment = [("PATH", path), ("REAL", REAL)];
        let inputs = [("path", "policies"), ("binary", "")];
        action_with(
            &pull_request.repository.path("."),
            ("pull_request", &event),
            &inputs,
            &environment,
        )
    };
    let outcome = run(&path_with(folder.path()));
    assert_eq!((outcome.status, outcome.output("gate")), (0, "none"), "{}", outcome.log);
    let left =
        |name: &str| fs::read_to_string(outcome.temporary.path().join(name)).expect("a file");
    let own = fs::canonicalize(root("")).expect("this repository");
    assert_eq!(
        left("cwd").trim_end(),
        text(&own),
        "cargo reads the configuration of the folder it is in"
    );
    assert!(left("asked").starts_with("install --locked --path . --root "), "{}", left("asked"));
    // A failing build is reported.
    stand_in(folder.path(), "cargo", "exit 101");
    let outcome = run(&path_with(folder.path()));
    assert_eq!((outcome.status, outcome.output("gate")), (2, ""), "{}", outcome.log);
    assert!(outcome.errors()[0].contains("could not be built"), "{}", outcome.log);
}
