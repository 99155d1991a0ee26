//! Which commit made a value what it is: scripted histories with known answers, and random ones
//! against a plain scan.

mod histories;
mod law;
mod merges;

use crate::cli::precedent_in;
use crate::repository::Repository;
use serde_json::Value as Json;
use std::path::Path;

/// The answers of `blame --format json`, as `permission: kind subjects (before)` each.
fn blame_in(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let run = precedent_in(folder, &[&["blame", "--format", "json"], arguments].concat());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}");
    let document: Json = serde_json::from_str(&run.stdout).expect("blame prints JSON");
    assert_eq!(document["schema"], "precedent-blame/1");
    let cells =
        document["permissions"].as_array().or(document["settings"].as_array()).expect("cells");
    cells.iter().map(answer).collect()
}

fn answer(cell: &Json) -> String {
    let (name, origin) =
        (cell["permission"].as_str().or(cell["setting"].as_str()), &cell["origin"]);
    let subject =
        |commit: &Json| commit["subject"].as_str().unwrap_or("the working tree").to_owned();
    let commits: Vec<String> =
        origin["commits"].as_array().expect("commits").iter().map(subject).collect();
    let kind = origin["kind"].as_str().expect("a kind");
    let by = if origin["merge"].is_null() {
        String::new()
    } else {
        format!(" by {}", subject(&origin["merge"]))
    };
    let before = match (origin["before"].as_str(), &origin["before_known"]) {
        (Some(value), _) => value.to_owned(),
        (None, Json::Bool(true)) => "-".to_owned(),
        (None, _) => "?".to_owned(),
    };
    let value = cell["value"].as_str().expect("a value");
    format!("{}: {kind} {}{by}, {before} > {value}", name.expect("a name"), commits.join(", "))
}

impl Repository {
    fn blame(&self, arguments: &[&str]) -> Vec<String> {
        blame_in(&self.path("."), arguments)
    }

    /// One permission of ada's session at web01.
    fn blame_one(&self, permission: &str) -> String {
        let found =
            self.blame(&["--user", "ada", "--jump-item", "web01", "--permission", permission]);
        let [one] = &found[..] else { panic!("{found:?}") };
        one.strip_prefix(&format!("{permission}: ")).expect("the permission").to_owned()
    }
}

/// A small site: ada at web01, whose session policy says this of the shell.
fn site(shell: &str) -> String {
    format!(
        "session policy \"P\" {{\n  shell = {shell}\n}}\nuser \"ada\" {{\n  session_policy = \"P\"\n}}\n\
         jump item \"web01\" {{\n  kind = jump_client\n}}\n"
    )
}
