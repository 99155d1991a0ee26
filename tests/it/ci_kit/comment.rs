//! The comment on the pull request, which is written with a token that may write, from a file that
//! nobody trusts.

use super::runner::{commands, path_with, stand_in};
use super::{is_there, pairs, root, skipped, yaml};
use serde_json::{Value as Json, json};
use std::fs;
use std::process::Command;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const BODY: &str = "<!-- precedent-diff -->\n**gate passed**\n";

/// What GitHub has and the finished run left, before the step.
struct Before<'a> {
    pulls: Json,
    comments: Json,
    body: Option<&'a [u8]>,
    event: &'a str,
    branch: &'a str,
}

impl Default for Before<'_> {
    fn default() -> Self {
        Before {
            pulls: json!([{ "number": 7, "head": { "sha": COMMIT } }]),
            comments: json!([]),
            body: Some(BODY.as_bytes()),
            event: "pull_request",
            branch: "topic",
        }
    }
}

struct After {
    status: i32,
    log: String,
    /// The calls of `gh`, an argument a line, and what was sent with the last one.
    calls: Vec<String>,
    sent: Option<Json>,
}

/// Runs the step of `ci/comment/action.yml` with a stand-in for `gh`; `None` where there is no jq.
fn step(before: &Before) -> Option<After> {
    if !is_there("jq") {
        skipped("the comment of the action", "jq");
        return None;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("pulls"), before.pulls.to_string()).expect("a file");
    // As gh prints pages.
    fs::write(file("comments"), format!("[]\n{}", before.comments)).expect("a file");
    if let Some(body) = before.body {
        fs::write(file("body"), body).expect("a file");
    }
    let gh = "cd \"$RUNNER_TEMP\"; printf '%s\\n' \"$@\" '' >> calls\n\
              while [ $# -gt 0 ]; do\n\
              case $1 in */pulls) cat pulls ;; */issues/*/comments) cat comments ;; --input) cp \"$2\" sent ;; esac\n\
              shift; done";
    stand_in(folder.path(), "gh", gh);
    let action = yaml("ci/comment/action.yml");
    let step = &action["runs"]["steps"][0];
    let mut command = Command::new("sh");
    for (name, value) in pairs(&step["env"]) {
        command.env(
            name,
            match value.as_str().expect("an expression") {
                "${{ inputs.token }}" => "token".into(),
                "${{ inputs.body-file }}" => file("body").into_os_string(),
                "${{ github.event.workflow_run.event }}" => before.event.into(),
                "${{ github.event.workflow_run.head_sha }}" => COMMIT.into(),
                "${{ github.event.workflow_run.head_branch }}" => before.branch.into(),
                "${{ github.event.workflow_run.head_repository.owner.login }}" => "eve".into(),
                other => panic!("{other} is nothing that a run has"),
            },
        );
    }
    command.args(["-e", "-c", step["run"].as_str().expect("a script")]).current_dir(folder.path());
    command.env("GITHUB_ACTION_PATH", root("ci/comment")).env("GITHUB_REPOSITORY", "acme/policies");
    command.env("RUNNER_TEMP", folder.path()).env("PATH", path_with(folder.path()));
    let output = command.output().expect("sh starts");
    let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let calls = fs::read_to_string(file("calls")).unwrap_or_default();
    let sent = fs::read(file("sent"))
        .ok()
        .map(|sent| serde_json::from_slice(&sent).expect("JSON is sent"));
    Some(After {
        status: output.status.code().expect("sh is not killed"),
        log,
        calls: calls.split_terminator("\n\n").map(str::to_owned).collect(),
        sent,
    })
}

#[test]
fn a_first_comment_is_written_and_a_second_one_replaces_it() {
    let Some(first) = step(&Before::default()) else { return };
    assert_eq!(first.status, 0, "{}", first.log);
    assert_eq!(
        first.calls[2].lines().take(4).collect::<Vec<_>>(),
        ["api", "--method", "POST", "repos/acme/policies/issues/7/comments"]
    );
    let sent = first.sent.expect("a body");
    let body = sent["body"].as_str().expect("a text");
    assert!(body.starts_with("<!-- precedent-diff -->\n_For commit 0123456789ab, "), "{body}");
    assert!(body.ends_with("\n**gate passed**\n"), "{body}");
    let comments = json!([
        { "id": 1, "user": { "login": "eve" }, "body": BODY },
        { "id": 2, "user": { "login": "github-actions[bot]" }, "body": format!("others quote {BODY}") },
        { "id": 3, "user": { "login": "github-actions[bot]" }, "body": BODY },
        { "id": 4, "user": { "login": "github-actions[bot]" }, "body": BODY },
    ]);
    let second = step(&Before { comments, ..Before::default() }).expect("jq is there");
    assert_eq!(second.status, 0, "{}", second.log);
    assert!(
        second.calls[2]
            .starts_with("api\n--method\nPATCH\nrepos/acme/policies/issues/comments/3\n")
    );
}

#[test]
fn the_pull_request_is_the_one_that_github_names() {
    let branch = "$(touch ran)&state=closed\n-x";
    let Some(asked) = step(&Before { branch, ..Before::default() }) else { return };
    assert_eq!(asked.status, 0, "{}", asked.log);
    assert!(
        asked.calls[0].contains(&format!("-f\nstate=open\n-f\nhead=eve:{branch}")),
        "{}",
        asked.calls[0]
    );
    let moved = json!([{ "number": 7, "head": { "sha": "f".repeat(40) } }]);
    let none = step(&Before { pulls: moved, ..Before::default() }).expect("jq is there");
    assert_eq!((none.status, none.calls.len(), none.sent), (0, 1, None), "{}", none.log);
    let two = json!([{ "number": 7, "head": { "sha": COMMIT } }, { "number": 8, "head": { "sha": COMMIT } }]);
    let several = step(&Before { pulls: two, ..Before::default() }).expect("jq is there");
    assert_eq!(
        (several.status, several.calls.len(), several.sent),
        (2, 1, None),
        "{}",
        several.log
    );
}

#[test]
fn what_is_no_body_is_not_written() {
    let long = format!("<!-- precedent-diff -->\n{}", "é".repeat(65_000));
    let bodies = [
        None,
        Some(&b""[..]),
        Some(b"::error::forged\n"),
        Some(b" <!-- precedent-diff -->"),
        Some(long.as_bytes()),
    ];
    for body in bodies {
        let Some(after) = step(&Before { body, ..Before::default() }) else { return };
        assert_eq!((after.status, after.calls.len(), after.sent), (2, 0, None), "{}", after.log);
        assert_eq!(commands(&after.log).len(), 1, "{}", after.log);
    }
    let push = step(&Before { event: "push", ..Before::default() }).expect("jq is there");
    assert_eq!((push.status, push.calls.len()), (2, 0), "{}", push.log);
    // Bytes that are no text, and quotes, arrive as text.
    let odd = b"<!-- precedent-diff -->\n\xff\"}\\u0000::error::forged";
    let odd = step(&Before { body: Some(odd), ..Before::default() }).expect("jq is there");
    assert_eq!(odd.status, 0, "{}", odd.log);
    let sent = odd.sent.expect("a body");
    assert!(
        sent["body"].as_str().expect("a text").ends_with("\u{fffd}\"}\\u0000::error::forged"),
        "{sent}"
    );
    assert!(commands(&odd.log).is_empty(), "{}", odd.log);
}
