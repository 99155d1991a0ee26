//! Revisions of git, in real repositories.
//!
//! | module | what it tries |
//! | --- | --- |
//! | `environment` | what the environment and the repository say about where things are, and what is ignored |
//! | `names` | every way to name what is compared, and what is said of names that lead to nothing |
//! | `kinds` | worktrees, bare, shallow, partial and sparse ones, submodules, the index |
//! | `reading` | a revision is what its files are; reading it writes, runs and unpacks nothing else |

mod environment;
mod kinds;
mod names;
mod reading;

use crate::repository::Repository;

/// An account with a setting; revisions differ in its value.
fn user(value: &str) -> String {
    format!("user \"u\" {{\n  reports.sessions = {value}\n}}\n")
}

const NONE: &str = "not_allowed";
const OWN: &str = "user_sessions";
const TEAM: &str = "team_sessions";
const ALL: &str = "all_sessions";

fn change(before: &str, after: &str) -> Vec<String> {
    vec![format!("u reports.sessions {before} {after}")]
}

/// `main` with three commits and `topic`, which left it after the first and has one of its own.
fn forked() -> Option<Repository> {
    let repository = Repository::new()?;
    repository.write("policies/precedent.toml", "");
    repository.write("policies/a.prec", user(NONE));
    repository.commit("begin");
    repository.git(&["switch", "--quiet", "-c", "topic"]);
    repository.write("policies/a.prec", user(OWN));
    repository.commit("topic");
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("policies/a.prec", user(TEAM));
    repository.commit("second");
    repository.write("policies/a.prec", user(ALL));
    repository.commit("third");
    Some(repository)
}

/// Makes `topic` of the repository, as a remote of itself, the upstream of `main`.
fn upstream(repository: &Repository) {
    repository.git(&["remote", "add", "origin", "."]);
    repository.git(&["fetch", "--quiet", "origin"]);
    repository.git(&["branch", "--quiet", "--set-upstream-to=origin/topic", "main"]);
}
