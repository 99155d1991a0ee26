//! What the action says of pull requests, and that nothing passes which was not compared.

use super::{GATE, PullRequest, runner, user};
use crate::cli::text;
use crate::repository::Repository;
use std::process::Command;

const MARKER: &str = "<!-- precedent-diff -->\n";

#[test]
fn a_pull_request_that_changes_nobody_passes() {
    let own = user("user_sessions");
    let commented = format!("# a remark\n{own}");
    let before = [("precedent.toml", GATE), ("a.prec", &own)];
    let Some(pull_request) = PullRequest::new(&before, &[("a.prec", &commented)]) else { return };
    let outcome = pull_request.run(&[("deny", "gained\nnarrowed\n\n")]);
    assert_eq!(outcome.status, 0, "{}", outcome.log);
    assert_eq!(outcome.verdicts(), ["passed", "none", "passed", "false"]);
    assert_eq!(outcome.errors(), [""; 0]);
    assert!(outcome.comment().starts_with(MARKER), "{}", outcome.comment());
    assert!(outcome.summary.contains("| gate | passed |"), "{}", outcome.summary);
    assert!(outcome.summary.contains(MARKER), "{}", outcome.summary);
    assert!(outcome.output("comment-file").starts_with(text(outcome.temporary.path())));
}

#[test]
fn a_gain_fails_where_it_is_denied() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    let ungated = pull_request.run(&[]);
    assert_eq!((ungated.status, ungated.verdicts()), (0, ["passed", "none", "none", "true"]));
    let gated = pull_request.run(&[("deny", "removed\ngained")]);
    assert_eq!(
        (gated.status, gated.verdicts()),
        (1, ["passed", "none", "failed", "true"]),
        "{}",
        gated.log
    );
    assert_eq!(gated.errors().len(), 1);
    assert!(gated.errors()[0].contains("the gate failed"), "{}", gated.log);
    assert!(gated.comment().contains("reports.sessions"), "{}", gated.comment());
    assert!(
        gated.summary.contains("reports.sessions") && gated.summary.contains("| gate | failed |")
    );
    // The other way round nobody gains.
    let Some(narrower) = PullRequest::new(&[("a.prec", &all)], &[("a.prec", &own)]) else { return };
    let outcome = narrower.run(&[("deny", "gained")]);
    assert_eq!((outcome.status, outcome.verdicts()), (0, ["passed", "none", "passed", "true"]));
    // An invalid gate does not pass.
    let outcome = narrower.run(&[("deny", "gaind")]);
    assert_eq!((outcome.status, outcome.verdicts()), (2, ["passed", "none", "error", "unknown"]));
}

#[test]
fn a_pull_request_cannot_switch_off_its_gate() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let before = [("precedent.toml", GATE), ("a.prec", &own)];
    let Some(pull_request) = PullRequest::new(&before, &[("precedent.toml", ""), ("a.prec", &all)])
    else {
        return;
    };
    assert_eq!(pull_request.run(&[]).output("gate"), "failed");
}

#[test]
fn a_policy_with_errors_is_annotated_and_compared_with_nothing() {
    let own = user("user_sessions");
    let Some(broken) =
        PullRequest::new(&[("a.prec", &own)], &[("a.prec", "user \"u\" {\n  shell =\n}\n")])
    else {
        return;
    };
    let outcome = broken.run(&[("deny", "gained")]);
    assert_eq!((outcome.status, outcome.verdicts()), (2, ["failed", "error", "error", "unknown"]));
    assert!(
        outcome.errors()[0].starts_with("::error file=policies/a.prec,line=2,"),
        "{}",
        outcome.log
    );
    assert!(
        outcome.comment().starts_with(&format!("{MARKER}**Not compared")),
        "{}",
        outcome.comment()
    );
    assert!(outcome.summary.contains("| check | failed, errors: "), "{}", outcome.summary);
    // The other side counts as well.
    let Some(repaired) =
        PullRequest::new(&[("a.prec", "user \"u\" {\n  shell =\n}\n")], &[("a.prec", &own)])
    else {
        return;
    };
    let outcome = repaired.run(&[]);
    assert_eq!((outcome.status, outcome.verdicts()), (2, ["passed", "none", "error", "unknown"]));
    assert!(outcome.log.contains("does not compile"), "{}", outcome.log);
}

#[test]
fn a_test_that_does_not_hold_fails_and_its_counterexample_is_in_the_summary() {
    let own = user("user_sessions");
    let test = "test \"nobody <sees>\" {\n  expect reports.sessions == not_allowed\n}\n";
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("t.prec", test)]) else {
        return;
    };
    let outcome = pull_request.run(&[]);
    assert_eq!(
        (outcome.status, outcome.verdicts()),
        (1, ["passed", "failed", "none", "false"]),
        "{}",
        outcome.log
    );
    assert!(outcome.summary.contains("nobody &lt;sees&gt;"), "{}", outcome.summary);
}

#[test]
fn a_shallow_clone_needs_the_base_and_says_so() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    pull_request.repository.git(&["branch", "merged"]);
    for (depth, status, gate) in [("1", 2, "error"), ("2", 1, "failed")] {
        let clone = tempfile::tempdir().expect("a scratch folder");
        let url = pull_request.repository.url();
        let depth = format!("--depth={depth}");
        pull_request.repository.git(&[
            "clone",
            "--quiet",
            &depth,
            "-b",
            "merged",
            &url,
            text(clone.path()),
        ]);
        let outcome = pull_request.run_in(clone.path(), &[("deny", "gained")]);
        assert_eq!(
            (outcome.status, outcome.output("gate")),
            (status, gate),
            "{depth}: {}",
            outcome.log
        );
        assert_eq!(outcome.log.contains("git fetch"), status == 2, "{}", outcome.log);
        assert_eq!(outcome.comment().contains("git fetch"), status == 2, "{}", outcome.comment());
    }
}

#[test]
fn what_others_did_to_the_base_is_not_the_pull_requests() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("new.prec", "user \"n\"\n")])
    else {
        return;
    };
    // The base was widened by others after the event was created.
    pull_request.repository.git(&["switch", "--quiet", "main"]);
    pull_request.repository.write("policies/a.prec", &all);
    pull_request.repository.commit("others");
    pull_request.merge();
    let merged = pull_request.run(&[("deny", "widened")]);
    assert_eq!(
        (merged.status, merged.verdicts()),
        (0, ["passed", "none", "passed", "true"]),
        "{}",
        merged.log
    );
    // The head is compared with its merge base, even if the event names a newer base.
    pull_request.repository.git(&["switch", "--quiet", "--detach", "topic"]);
    let base = pull_request.repository.git(&["rev-parse", "main"]);
    let pull_request = PullRequest { base, ..pull_request };
    let head = pull_request.run(&[("deny", "widened,narrowed")]);
    assert_eq!(
        (head.status, head.verdicts()),
        (0, ["passed", "none", "passed", "true"]),
        "{}",
        head.log
    );
}

#[test]
fn what_is_checked_out_must_be_the_pull_request() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    pull_request.repository.git(&["switch", "--quiet", "main"]);
    let outcome = pull_request.run(&[("deny", "gained")]);
    assert_eq!(
        (outcome.status, outcome.verdicts()),
        (2, ["error", "error", "error", "unknown"]),
        "{}",
        outcome.log
    );
    assert!(outcome.errors()[0].contains("is not from this pull request"), "{}", outcome.log);
    // Who names both sides says what is compared.
    let outcome = pull_request.run(&[("deny", "gained"), ("base", "main"), ("head", "topic")]);
    assert_eq!((outcome.status, outcome.output("gate")), (1, "failed"), "{}", outcome.log);
    let event = pull_request.event();
    let inputs = [("path", "policies"), ("base", "main"), ("head", "topic")];
    let outcome = runner::action(
        &pull_request.repository.path("."),
        ("pull_request_target", &event),
        &inputs,
    );
    assert_eq!((outcome.status, outcome.output("gate")), (2, "error"), "{}", outcome.log);
}

#[test]
fn other_events_have_a_base_or_none() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    let checkout = pull_request.repository.path(".");
    let inputs = [("path", "policies"), ("deny", "gained")];
    let push = runner::action(
        &checkout,
        ("push", &serde_json::json!({ "before": pull_request.base })),
        &inputs,
    );
    assert_eq!(
        (push.status, push.verdicts()),
        (0, ["passed", "none", "skipped", "unknown"]),
        "{}",
        push.log
    );
    assert_eq!(push.output("comment-file"), "");
    assert!(
        push.commands
            .iter()
            .any(|(name, line)| name == "notice" && line.contains("no gate was checked"))
    );
    let merged = pull_request.repository.git(&["rev-parse", "HEAD"]);
    let group =
        serde_json::json!({ "merge_group": { "base_sha": pull_request.base, "head_sha": merged } });
    let queued = runner::action(&checkout, ("merge_group", &group), &inputs);
    assert_eq!((queued.status, queued.output("gate")), (1, "failed"), "{}", queued.log);
}

#[test]
fn what_cannot_be_read_has_not_passed() {
    let own = user("user_sessions");
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("b.prec", "")]) else {
        return;
    };
    let elsewhere = pull_request.run(&[("path", "no/such/folder")]);
    assert_eq!(
        (elsewhere.status, elsewhere.verdicts()),
        (2, ["error", "error", "error", "unknown"])
    );
    let nowhere = pull_request.run(&[("base", "no-such-branch")]);
    assert_eq!((nowhere.status, nowhere.verdicts()), (2, ["passed", "none", "error", "unknown"]));
    for wrong in [
        ("comment-limit", "many"),
        ("allow-broken-old", "yes"),
        ("working-directory", "no/such/folder"),
    ] {
        let outcome = pull_request.run(&[wrong]);
        assert_ne!(outcome.status, 0, "{wrong:?}");
        assert_eq!(outcome.output("gate"), "error", "{wrong:?}");
    }
    let no_repository = tempfile::tempdir().expect("a scratch folder");
    let outcome = pull_request.run_in(no_repository.path(), &[]);
    assert_ne!(outcome.status, 0);
    assert_eq!(outcome.output("gate"), "error");
}

/// A pattern that takes in no file on either side, under which every gate would pass.
#[test]
fn what_looked_at_nothing_has_not_passed() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let gated = |pattern: &str| format!("policies = [\"{pattern}\"]\n{GATE}");
    let test = "test \"t\" {\n  expect reports.sessions == not_allowed\n}\n";
    for (pattern, status, verdicts) in [
        ("./*.prec", 1, ["passed", "failed", "failed", "true"]),
        ("Policies/*.prec", 2, ["error", "error", "error", "unknown"]),
        ("policies/*.prec", 2, ["error", "error", "error", "unknown"]),
        ("old", 2, ["error", "error", "error", "unknown"]),
    ] {
        let before = [("a.prec", &*own), ("t.prec", test), ("precedent.toml", &*gated(pattern))];
        let Some(pull_request) = PullRequest::new(&before, &[("a.prec", &all)]) else { return };
        let outcome = pull_request.run(&[]);
        assert_eq!((outcome.status, outcome.verdicts()), (status, verdicts), "{pattern}");
        let broken_too = pull_request.run(&[("allow-broken-old", "true")]);
        assert_ne!(broken_too.output("gate"), "passed", "{pattern}");
        assert_eq!(broken_too.status, status, "{pattern}");
    }
}

#[test]
fn paths_are_of_the_working_directory_and_annotations_of_the_repository() {
    let Some(pull_request) =
        PullRequest::new(&[("eu/a.prec", "user \"u\"\n")], &[("eu/a.prec", "broken\n")])
    else {
        return;
    };
    let inputs = [("working-directory", "policies"), ("path", "eu"), ("comment-file", "body.md")];
    let outcome = pull_request.run(&inputs);
    assert!(outcome.errors()[0].starts_with("::error file=policies/eu/a.prec,"), "{}", outcome.log);
    assert!(pull_request.repository.path("policies/body.md").is_file());
    // The checkout may itself be in a folder of the job's.
    let job = tempfile::tempdir().expect("a scratch folder");
    let target = job.path().join("checkout");
    Repository::new()
        .map(|git| git.git(&["clone", "--quiet", &pull_request.repository.url(), text(&target)]));
    let outcome = pull_request
        .run_in(job.path(), &[("working-directory", "checkout"), ("path", "policies/eu")]);
    assert!(outcome.errors()[0].starts_with("::error file=policies/eu/a.prec,"), "{}", outcome.log);
}

#[test]
fn a_comment_keeps_below_its_limit() {
    let values = ["not_allowed", "user_sessions", "team_sessions", "all_sessions"];
    let named =
        |number: usize| user(values[number % 4]).replace("\"u\"", &format!("\"é{number}\""));
    let wide: String = (0..40).map(named).collect();
    let Some(pull_request) = PullRequest::new(&[("a.prec", "")], &[("a.prec", &wide)]) else {
        return;
    };
    let whole = pull_request.run(&[]).comment();
    let cut = pull_request.run(&[("comment-limit", "400")]);
    let comment = cut.comment();
    assert!(whole.chars().count() > 400 && comment.chars().count() <= 400, "{comment}");
    assert!(comment.starts_with(&format!("{MARKER}**This comment is truncated")), "{comment}");
    assert!(comment.contains("more lines are left out"), "{comment}");
    assert!(cut.summary.contains(&whole), "the summary has room");
    // What just has room is left alone. Characters count, and not bytes.
    assert!(whole.len() > whole.chars().count(), "{whole}");
    let limit = whole.chars().count().to_string();
    assert_eq!(pull_request.run(&[("comment-limit", &limit)]).comment(), whole);
}

#[test]
fn a_shell_that_checks_scripts_finds_nothing_in_them() {
    if !super::is_there("shellcheck") {
        return super::skipped("the scripts of the kit", "shellcheck");
    }
    let scripts = ["ci/action.sh", "ci/install.sh", "ci/comment.sh"].map(super::root);
    let output = Command::new("shellcheck").args(scripts).output().expect("shellcheck starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
