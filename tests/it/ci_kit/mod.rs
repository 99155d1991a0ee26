//! The CI kit: `action.yml` and what it runs, the hooks of pre-commit, the GitLab template, and the
//! examples of `docs/ci.md`.
//!
//! | module | what it tries |
//! | --- | --- |
//! | `runner` | as much of a runner of GitHub Actions as the action needs: expressions, files, commands in the log |
//! | `verdicts` | what the action says of pull requests, and of what cannot be compared |
//! | `untrusted` | names that would like to be scripts, commands or outputs |
//! | `binary` | where the action takes its precedent from, and what it asks of it |
//! | `comment` | the comment on the pull request, with a stand-in for `gh` |
//! | `elsewhere` | GitLab's scripts, the hooks with and without pre-commit, other CI |
//! | `forms` | the YAML itself |

mod binary;
mod comment;
mod elsewhere;
mod forms;
mod runner;
mod untrusted;
mod verdicts;

use crate::repository::Repository;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of the kit.
fn yaml(path: &str) -> Yaml {
    parsed(&std::fs::read_to_string(root(path)).expect("a file of the kit"))
}

fn parsed(text: &str) -> Yaml {
    let mut documents =
        YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(documents.len(), 1, "one document");
    documents.remove(0)
}

/// The pairs of a mapping, as text.
fn pairs(yaml: &Yaml) -> Vec<(String, &Yaml)> {
    let Some(hash) = yaml.as_hash() else { return Vec::new() };
    hash.iter().map(|(key, value)| (key.as_str().expect("a key").to_owned(), value)).collect()
}

/// Says, past the capture of test output, that a test could not run here.
fn skipped(what: &str, lacks: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {what}: there is no {lacks} on this machine");
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

const GATE: &str = "[diff]\ndeny = [\"gained\"]\n";

/// A user with a setting, whose value revisions differ in.
fn user(value: &str) -> String {
    format!("user \"u\" {{\n  reports.sessions = {value}\n}}\n")
}

/// A pull request to `main`: its base, its head, and the merge that GitHub would check out, which
/// is checked out.
struct PullRequest {
    repository: Repository,
    base: String,
    head: String,
}

impl PullRequest {
    /// Files of `policies/` before, and what the pull request makes of them.
    fn new(before: &[(&str, &str)], after: &[(&str, &str)]) -> Option<PullRequest> {
        let repository = Repository::new()?;
        let write = |files: &[(&str, &str)]| {
            files
                .iter()
                .for_each(|(path, text)| repository.write(&format!("policies/{path}"), text));
        };
        repository.write("README", "");
        write(before);
        repository.commit("base");
        repository.git(&["switch", "--quiet", "-c", "topic"]);
        write(after);
        repository.commit("change");
        let base = repository.git(&["rev-parse", "main"]);
        let head = repository.git(&["rev-parse", "topic"]);
        let pull_request = PullRequest { repository, base, head };
        pull_request.merge();
        Some(pull_request)
    }

    /// Checks out a merge of the head into `main`, as it is now.
    fn merge(&self) {
        self.repository.git(&["switch", "--quiet", "--detach", "main"]);
        self.repository.git(&["merge", "--quiet", "--no-ff", "--no-edit", "topic"]);
    }

    fn event(&self) -> serde_json::Value {
        serde_json::json!({ "pull_request": { "base": { "sha": self.base }, "head": { "sha": self.head } } })
    }

    fn run(&self, inputs: &[(&str, &str)]) -> runner::Outcome {
        self.run_in(&self.repository.path("."), inputs)
    }

    fn run_in(&self, checkout: &Path, inputs: &[(&str, &str)]) -> runner::Outcome {
        let policies = [("path", "policies")];
        runner::action(checkout, ("pull_request", &self.event()), &[&policies, inputs].concat())
    }
}
