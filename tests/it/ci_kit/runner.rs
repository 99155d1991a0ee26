//! As much of a runner of GitHub Actions as a composite action of shell steps needs.

use super::{pairs, root, yaml};
use crate::cli::text;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run of the action left.
pub struct Outcome {
    pub status: i32,
    /// Standard output, then standard error, of each step.
    pub log: String,
    /// The commands in the log that the runner acts on, as (name, whole line).
    pub commands: Vec<(String, String)>,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    pub temporary: tempfile::TempDir,
}

impl Outcome {
    pub fn output(&self, name: &str) -> &str {
        &self.outputs[name]
    }

    /// The verdicts: check, tests, gate, changed.
    pub fn verdicts(&self) -> [&str; 4] {
        ["check", "tests", "gate", "changed"].map(|name| self.output(name))
    }

    pub fn comment(&self) -> String {
        fs::read_to_string(self.output("comment-file")).expect("a comment body")
    }

    pub fn errors(&self) -> Vec<&str> {
        self.commands.iter().filter(|(name, _)| name == "error").map(|(_, line)| &**line).collect()
    }
}

/// Runs `action.yml` in a checkout, with the binary of these tests unless the inputs name another.
pub fn action(checkout: &Path, event: (&str, &Json), inputs: &[(&str, &str)]) -> Outcome {
    let binary = [("binary", env!("CARGO_BIN_EXE_precedent"))];
    action_with(checkout, event, &[&binary, inputs].concat(), &[])
}

pub fn action_with(
    checkout: &Path,
    (event_name, event): (&str, &Json),
    inputs: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> Outcome {
    let action = yaml("action.yml");
    let mut values = BTreeMap::from([("github.event".to_owned(), event.to_string())]);
    for (name, input) in pairs(&action["inputs"]) {
        values.insert(
            format!("inputs.{name}"),
            input["default"].as_str().expect("a default").to_owned(),
        );
    }
    for (name, value) in inputs {
        values
            .insert(format!("inputs.{name}"), (*value).to_owned())
            .expect("an input that there is");
    }
    let temporary = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str| temporary.path().join(name);
    fs::write(file("event.json"), event.to_string()).expect("an event");
    let (mut log, mut status, mut summary) = (String::new(), 0, String::new());
    for step in action["runs"]["steps"].as_vec().expect("steps") {
        assert_eq!(step["shell"].as_str(), Some("sh"));
        fs::write(file("step.sh"), step["run"].as_str().expect("a script")).expect("a script");
        let files = [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("GITHUB_ENV", "env"),
        ];
        let mut command = Command::new("sh");
        for (variable, name) in files {
            fs::write(file(name), "").expect("a file");
            command.env(variable, file(name));
        }
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_"))
        {
            command.env_remove(name);
        }
        command.arg("-e").arg(file("step.sh")).current_dir(checkout);
        command.env("GITHUB_ACTION_PATH", root("")).env("GITHUB_WORKSPACE", checkout);
        command.env("GITHUB_EVENT_NAME", event_name).env("GITHUB_EVENT_PATH", file("event.json"));
        command.env("RUNNER_TEMP", temporary.path()).env("GITHUB_ACTIONS", "true");
        command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
        command.envs(environment.iter().copied());
        for (name, value) in pairs(&step["env"]) {
            command.env(name, evaluated(value.as_str().expect("a text"), &values));
        }
        let output = command.output().expect("sh starts");
        log.push_str(&String::from_utf8_lossy(&output.stdout));
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        status = output.status.code().expect("sh is not killed");
        summary.push_str(&fs::read_to_string(file("summary")).expect("a summary"));
        assert_eq!(
            fs::read_to_string(file("env")).expect("a file"),
            "",
            "no variable is set for later steps"
        );
        if let Some(id) = step["id"].as_str() {
            for (name, value) in
                file_commands(&fs::read_to_string(file("output")).expect("outputs"))
            {
                values.insert(format!("steps.{id}.outputs.{name}"), value);
            }
        }
        if status != 0 {
            break;
        }
    }
    let outputs = pairs(&action["outputs"]).into_iter();
    let outputs = outputs.map(|(name, output)| {
        (name, evaluated(output["value"].as_str().expect("a text"), &values))
    });
    Outcome {
        status,
        commands: commands(&log),
        outputs: outputs.collect(),
        log,
        summary,
        temporary,
    }
}

/// A text with its expressions replaced. Those that name nothing that these tests know fail.
fn evaluated(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").expect("the end of an expression");
        let known = expression.split("||").map(|name| value(name.trim(), values));
        out.push_str(&known.into_iter().find(|value| !value.is_empty()).unwrap_or_default());
        out.push_str(rest);
    }
    out
}

fn value(name: &str, values: &BTreeMap<String, String>) -> String {
    if let Some(path) = name.strip_prefix("github.event.") {
        let event: Json = serde_json::from_str(&values["github.event"]).expect("an event");
        let found = event.pointer(&format!("/{}", path.replace('.', "/"))).and_then(Json::as_str);
        return found.unwrap_or_default().to_owned();
    }
    // An output that no step has set is empty; an input that nobody declared is a mistake.
    values.get(name).cloned().unwrap_or_else(|| {
        assert!(name.starts_with("steps."), "`{name}` is nothing that an action knows");
        String::new()
    })
}

/// The pairs of a file such as `GITHUB_OUTPUT`, read as the runner does: `name=value`, or
/// `name<<DELIMITER`.
fn file_commands(text: &str) -> Vec<(String, String)> {
    let mut lines = text.split_terminator('\n');
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if let Some((name, delimiter)) =
            line.split_once("<<").filter(|(name, _)| !name.contains('='))
        {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            found.push((name.to_owned(), value.join("\n")));
        } else {
            let (name, value) =
                line.split_once('=').unwrap_or_else(|| panic!("no output: {line:?}"));
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

/// The commands of a log that a runner would act on: `::name …::` at the start of a line, `##[name
/// …]` anywhere in one, and none while they are stopped.
pub fn commands(log: &str) -> Vec<(String, String)> {
    let mut stopped_by: Option<String> = None;
    let mut found = Vec::new();
    for line in log.split(['\n', '\r']) {
        let start = line.trim_start();
        let named = start.strip_prefix("::").filter(|rest| rest.contains("::"));
        let older = line.split_once("##[").map(|(_, rest)| rest).filter(|rest| rest.contains(']'));
        let Some(rest) = named.or(older) else { continue };
        let end = rest.find([' ', ':', ']']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        match &stopped_by {
            Some(token) if *token == name => stopped_by = None,
            Some(_) => {}
            None if name == "stop-commands" => {
                stopped_by = start.rsplit("::").next().map(str::to_owned)
            }
            None => found.push((name, line.to_owned())),
        }
    }
    assert_eq!(stopped_by, None, "commands are heeded again at the end");
    found
}

/// A program of a name, which is a shell script, in a folder for the front of the PATH.
pub fn stand_in(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    let made = Command::new("chmod").args(["+x", text(&path)]).status().expect("chmod starts");
    assert!(made.success());
    path
}

/// The PATH with a folder before it.
pub fn path_with(folder: &Path) -> String {
    format!("{}:{}", text(folder), std::env::var("PATH").expect("a PATH"))
}

#[test]
fn the_runner_of_these_tests_knows_commands_when_it_sees_them() {
    let names = |log: &str| commands(log).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(
        names("::error file=a::x\n  ::group::y\na ::error::no\n::nothing"),
        ["error", "group"]
    );
    assert_eq!(names("text ##[add-mask]x\r::debug::y"), ["add-mask", "debug"]);
    assert_eq!(names("::stop-commands::t\n::error::x\n##[error]x\n::t::\n::error::y"), ["error"]);
    assert_eq!(
        file_commands("a=1\nb<<X\n1\na=2\nX\n"),
        [("a".into(), "1".into()), ("b".into(), "1\na=2".into())]
    );
}
