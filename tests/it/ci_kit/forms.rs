//! The YAML of the kit and of its documentation: that it is YAML, and keeps to what makes it safe.

use super::{pairs, parsed, root, yaml};
use std::fs;
use yaml_rust2::Yaml;

/// The workflow that tests Precedent itself.
const OWN_WORKFLOW: &str = ".github/workflows/ci.yml";

fn documentation() -> String {
    fs::read_to_string(root("docs/ci.md")).expect("docs/ci.md")
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = text.split("```");
    blocks.next();
    let inside = blocks.step_by(2).filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    inside.map(str::to_owned).collect()
}

/// The steps of an action or a workflow.
fn steps(yaml: &Yaml) -> Vec<&Yaml> {
    let of_jobs = pairs(&yaml["jobs"])
        .into_iter()
        .flat_map(|(_, job)| job["steps"].as_vec().into_iter().flatten());
    yaml["runs"]["steps"].as_vec().into_iter().flatten().chain(of_jobs).collect()
}

fn workflows() -> Vec<Yaml> {
    blocks(&documentation(), "yaml")
        .iter()
        .map(|block| parsed(block))
        .filter(|yaml| !yaml["jobs"].is_badvalue())
        .collect()
}

#[test]
fn no_script_holds_an_expression() {
    let mut scripts = 0;
    let own = [yaml("action.yml"), yaml("ci/comment/action.yml"), yaml(OWN_WORKFLOW)];
    for yaml in own.iter().chain(&workflows()) {
        for step in steps(yaml) {
            let Some(script) = step["run"].as_str() else { continue };
            assert!(!script.contains("${{"), "{script}");
            scripts += 1;
        }
    }
    assert!(scripts >= 3, "{scripts} scripts");
}

#[test]
fn inputs_and_outputs_are_described_here_and_in_the_documentation() {
    let (action, documentation) = (yaml("action.yml"), documentation());
    for part in ["inputs", "outputs"] {
        for (name, field) in pairs(&action[part]) {
            assert!(!field["description"].as_str().unwrap_or_default().is_empty(), "{name}");
            assert!(
                documentation.contains(&format!("| `{name}` |")),
                "docs/ci.md documents `{name}`"
            );
        }
    }
}

#[test]
fn the_workflows_of_the_documentation_are_safe_for_forks() {
    let workflows = workflows();
    assert_eq!(workflows.len(), 2, "one that compares, one that comments");
    let inputs = [
        ("precedent@", yaml("action.yml")),
        ("precedent/ci/comment@", yaml("ci/comment/action.yml")),
    ];
    for workflow in &workflows {
        assert!(workflow["on"]["pull_request_target"].is_badvalue());
        let permissions = pairs(&workflow["permissions"]);
        assert!(!permissions.is_empty(), "permissions are named");
        let writes = permissions.iter().any(|(_, value)| value.as_str() == Some("write"));
        let checks_out = steps(workflow)
            .iter()
            .any(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("checkout")));
        assert_ne!(
            writes, checks_out,
            "what may write looks at nothing of the pull request but an artifact"
        );
        assert_eq!(writes, !workflow["on"]["workflow_run"].is_badvalue());
        let mut used = 0;
        for step in steps(workflow) {
            let Some(uses) = step["uses"].as_str() else { continue };
            let Some((_, action)) = inputs.iter().find(|(name, _)| uses.contains(name)) else {
                continue;
            };
            used += 1;
            for (name, _) in pairs(&step["with"]) {
                assert!(!action["inputs"][&*name].is_badvalue(), "{uses} has no input `{name}`");
            }
        }
        assert_eq!(used, 1, "a step of the kit");
    }
}

#[test]
fn the_hooks_of_the_documentation_are_there() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let ids: Vec<&str> =
        hooks.as_vec().expect("hooks").iter().filter_map(|hook| hook["id"].as_str()).collect();
    let mut named = 0;
    for block in blocks(&documentation(), "yaml") {
        let config = parsed(&block);
        for hook in config["repos"]
            .as_vec()
            .into_iter()
            .flatten()
            .flat_map(|repo| repo["hooks"].as_vec())
            .flatten()
        {
            let id = hook["id"].as_str().expect("an id");
            assert!(ids.contains(&id), "there is no hook `{id}`");
            named += 1;
        }
    }
    assert!(named >= 3, "{named} hooks");
}

#[test]
fn the_template_of_gitlab_is_documented() {
    let (template, documentation) = (yaml("ci/gitlab.yml"), documentation());
    for (name, _) in pairs(&template["variables"]) {
        assert!(documentation.contains(&*name), "docs/ci.md documents `{name}`");
    }
    let jobs: Vec<String> = pairs(&template).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        jobs,
        ["variables", ".precedent", "precedent-check", "precedent-test", "precedent-diff"]
    );
}

#[test]
fn our_own_workflow_runs_what_decides_and_can_only_read() {
    let workflow = yaml(OWN_WORKFLOW);
    let permissions = pairs(&workflow["permissions"]);
    assert_eq!(permissions, [("contents".to_owned(), &Yaml::String("read".into()))]);
    for (name, job) in pairs(&workflow["jobs"]) {
        assert!(job["permissions"].is_badvalue(), "{name} asks for more");
        assert!(job["timeout-minutes"].as_i64().is_some(), "{name} can run for hours");
    }
    let steps = steps(&workflow);
    let uses = steps.iter().filter_map(|step| step["uses"].as_str());
    for action in uses {
        let (_, version) = action.split_once('@').expect("a version");
        let major = version.strip_prefix('v').unwrap_or_default();
        assert!(major.parse::<u32>().is_ok(), "{action} names no major version");
    }
    let scripts: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(scripts.contains(&".ci/run"), "{scripts:?}");
}

#[test]
fn the_forms_for_issues_are_yaml_and_ask_for_something() {
    for form in ["bug", "product", "idea"] {
        let form = yaml(&format!(".github/ISSUE_TEMPLATE/{form}.yml"));
        assert!(form["name"].as_str().is_some() && form["description"].as_str().is_some());
        let body = form["body"].as_vec().expect("a body");
        let required = |item: &&Yaml| item["validations"]["required"].as_bool() == Some(true);
        assert!(body.iter().filter(required).count() >= 2, "{form:?}");
    }
}
