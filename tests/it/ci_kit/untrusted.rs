//! Names that would like to be scripts, commands to the runner, outputs or markup. A pull request
//! chooses them all.

use super::runner::{Outcome, action};
use super::{PullRequest, user};
use crate::cli::text;

/// The commands that the action itself gives.
fn assert_own_commands_alone(outcome: &Outcome) {
    for (name, line) in &outcome.commands {
        let known = match &**name {
            "group" | "endgroup" => {
                line.starts_with("::group::precedent ") || line == "::endgroup::"
            }
            "error" | "warning" | "notice" => {
                let prefix = [format!("::{name} title=precedent::"), format!("::{name} file=")];
                prefix.iter().any(|prefix| line.starts_with(prefix))
            }
            _ => false,
        };
        assert!(known, "a command that the action never gives: {line}");
    }
    let mut names: Vec<&str> = outcome.outputs.keys().map(|name| &**name).collect();
    names.sort_unstable();
    assert_eq!(names, ["changed", "check", "comment-file", "gate", "tests"]);
}

/// A Markdown text without its blocks and spans of code, in which nothing acts. What the spans
/// themselves may hold is for the tests of the format.
fn outside_code(text: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => out.extend(line.split('`').step_by(2).chain(["\n"])),
        }
    }
    out
}

#[test]
fn names_of_policies_are_text_in_log_summary_and_comment() {
    let names = [
        "::error::forged",
        "\\n::error::forged",
        "##[add-mask]forged",
        "::stop-commands::forged",
        "</pre><img src=x>",
        "$(touch ran)`touch ran`",
        "gate=passed",
    ];
    let policies: String = names
        .iter()
        .map(|name| user("all_sessions").replace("\"u\"", &format!("\"{name}\"")))
        .collect();
    let test =
        |name: &&str| format!("test \"{name}\" {{\n  expect reports.sessions == not_allowed\n}}\n");
    let tests: String = names.iter().map(test).collect();
    let Some(gained) =
        PullRequest::new(&[("a.prec", "")], &[("a.prec", &policies), ("t.prec", &tests)])
    else {
        return;
    };
    let outcome = gained.run(&[("deny", "gained")]);
    assert_eq!(
        (outcome.status, outcome.verdicts()),
        (1, ["passed", "failed", "failed", "true"]),
        "{}",
        outcome.log
    );
    assert_own_commands_alone(&outcome);
    assert!(outcome.log.contains("##[add-mask]forged"), "the names are there: {}", outcome.log);
    for text in [&outcome.comment(), &outcome.summary] {
        assert!(!outside_code(text).contains("<img"), "{text}");
    }
    // The report is the format's; what the action itself shows is the output of the tests.
    let (_, tests) =
        outcome.summary.split_once("<summary>tests</summary>").expect("the output of the tests");
    assert!(tests.contains("&lt;/pre&gt;&lt;img") && !tests.contains("<img"), "{tests}");
    assert_eq!(tests.matches("</pre>").count(), 1, "{tests}");
    assert!(!gained.repository.path("ran").exists());
    // The same names in findings, which are annotations, and in what could not be compared.
    let broken: String = names
        .iter()
        .map(|name| format!("group policy \"{name}\" {{\n  shell = allow\n}}\n"))
        .collect();
    let Some(broken) = PullRequest::new(&[("a.prec", "")], &[("a.prec", &broken)]) else { return };
    let outcome = broken.run(&[]);
    assert_eq!((outcome.status, outcome.verdicts()), (2, ["failed", "error", "error", "unknown"]));
    assert_own_commands_alone(&outcome);
    assert!(outcome.errors().iter().any(|line| line.starts_with("::error file=policies/a.prec,")));
    assert!(!outcome.comment().contains("<img"), "{}", outcome.comment());
    assert_eq!(outcome.comment().matches("</pre>").count(), 1, "{}", outcome.comment());
}

#[cfg(unix)]
#[test]
fn names_of_files_are_text_in_annotations() {
    let names = [
        "$(touch ran).prec",
        "a\n::error::forged.prec",
        "b\r::debug::forged.prec",
        "::warning::c,line=9.prec",
    ];
    let files: Vec<(&str, &str)> =
        names.iter().map(|name| (*name, "user \"u\" {\n  shell =\n}\n")).collect();
    let Some(pull_request) = PullRequest::new(&[("x.prec", "")], &files) else { return };
    let outcome = pull_request.run(&[]);
    assert_eq!((outcome.status, outcome.output("check")), (2, "failed"), "{}", outcome.log);
    assert_own_commands_alone(&outcome);
    let forged = outcome.errors().iter().filter(|line| line.contains("forged")).count();
    assert!(forged >= 2, "the files have findings: {}", outcome.log);
    assert!(!pull_request.repository.path("ran").exists());
}

#[test]
fn names_of_revisions_and_paths_are_no_scripts() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    let branch = "-$(touch${IFS}ran);touch${IFS}ran;`touch${IFS}ran`'\"&touch${IFS}ran";
    pull_request.repository.git(&["update-ref", &format!("refs/heads/{branch}"), "main"]);
    let deny = [("deny", "gained")];
    let outcome = pull_request.run(&[&deny[..], &[("base", branch)]].concat());
    assert_eq!((outcome.status, outcome.output("gate")), (1, "failed"), "{}", outcome.log);
    assert_own_commands_alone(&outcome);
    let nowhere = "no\n::error::forged\ngate=passed $(touch ran)";
    for input in ["base", "head", "deny", "path"] {
        let outcome =
            pull_request.run(&[&deny[..], &[("base", "main"), (input, nowhere)]].concat());
        assert_eq!(
            (outcome.status, outcome.output("gate")),
            (2, "error"),
            "{input}: {}",
            outcome.log
        );
        assert_own_commands_alone(&outcome);
    }
    // What looks like an option is none.
    for (input, value) in
        [("base", "--help"), ("head", "--help"), ("path", "--help"), ("path", "-h")]
    {
        let outcome = pull_request.run(&[&deny[..], &[("base", "main"), (input, value)]].concat());
        assert_eq!(
            (outcome.status, outcome.output("gate")),
            (2, "error"),
            "{input}: {}",
            outcome.log
        );
    }
    assert!(!pull_request.repository.path("ran").exists());
}

#[test]
fn an_output_holds_whatever_a_path_holds() {
    let Some(pull_request) = PullRequest::new(&[("a.prec", "")], &[("a.prec", "user \"u\"\n")])
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = format!("{}/body\ngate=forged\nEOF\nchanged<<EOF\nforged\nEOF", text(folder.path()));
    let outcome = pull_request.run(&[("comment-file", &file)]);
    assert_eq!(
        (outcome.status, outcome.verdicts()),
        (0, ["passed", "none", "none", "true"]),
        "{}",
        outcome.log
    );
    assert_eq!(outcome.output("comment-file"), file);
    assert!(outcome.comment().starts_with("<!-- precedent-diff -->\n"));
}

/// A path of the checkout wins over a revision of the same name, so the names of the sides could be
/// taken.
#[test]
fn no_folder_of_the_checkout_stands_in_for_a_side() {
    let (own, all) = (user("user_sessions"), user("all_sessions"));
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    let base = &pull_request.base;
    for name in [base.clone(), "HEAD".into(), "main".into()] {
        pull_request.repository.write(&format!("{name}/a.prec"), &all);
        pull_request.repository.write(&format!("{name}/policies/a.prec"), &all);
    }
    // A branch that has the id of the base for a name.
    pull_request.repository.git(&["update-ref", &format!("refs/heads/{base}"), "topic"]);
    for inputs in [&[("deny", "gained")][..], &[("deny", "gained"), ("base", "main")]] {
        let outcome = pull_request.run(inputs);
        assert_eq!((outcome.status, outcome.output("gate")), (1, "failed"), "{}", outcome.log);
    }
    pull_request.repository.write(&format!("{base}...HEAD/a.prec"), &all);
    let outcome = pull_request.run(&[("deny", "gained")]);
    assert_eq!((outcome.status, outcome.output("gate")), (2, "error"), "{}", outcome.log);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_checkout_is_not_written_through() {
    let Some(pull_request) = PullRequest::new(&[("a.prec", "")], &[("a.prec", "user \"u\"\n")])
    else {
        return;
    };
    pull_request.repository.write("precious", "precious");
    pull_request.repository.link("precious", "body.md");
    let outcome = pull_request.run(&[("comment-file", "body.md")]);
    assert!(outcome.comment().starts_with("<!-- precedent-diff -->\n"), "{}", outcome.log);
    assert_eq!(
        std::fs::read_to_string(pull_request.repository.path("precious")).expect("a file"),
        "precious"
    );
}

#[test]
fn a_repository_of_others_is_not_asked_for_programs() {
    let own = user("user_sessions");
    let all = user("all_sessions");
    let Some(pull_request) = PullRequest::new(&[("a.prec", &own)], &[("a.prec", &all)]) else {
        return;
    };
    // Programs that a checkout can bring along are on no PATH.
    for name in ["precedent", "git", "awk", "cargo"] {
        pull_request.repository.write(name, "#!/bin/sh\ntouch ran\n");
        pull_request.repository.git(&["add", "--chmod=+x", name]);
    }
    let event = ("pull_request", &pull_request.event());
    let outcome = action(
        &pull_request.repository.path("."),
        event,
        &[("path", "policies"), ("deny", "gained")],
    );
    assert_eq!((outcome.status, outcome.output("gate")), (1, "failed"), "{}", outcome.log);
    assert!(!pull_request.repository.path("ran").exists());
}
