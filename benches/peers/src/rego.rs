//! regorus: a Rego policy that is compiled once and asked many times. The organisation is its data.

use crate::peer::{Peer, Question, Unit};
use crate::site::Site;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};
use serde_json::{Map, json};
use std::collections::BTreeMap;

const POLICY: &str = include_str!("site.rego");

/// Which of the engines of regorus runs the policy.
#[derive(Clone, Copy, Debug)]
pub enum Runs {
    /// The interpreter of the syntax tree.
    Interpreted,
    /// The virtual machine.
    Compiled,
}

enum Running {
    Interpreted(Engine),
    Compiled(RegoVM),
}

/// One entry point of the policy.
pub struct Rego {
    running: Running,
    unit: Unit,
    entry: &'static str,
    paths: Vec<Value>,
    users: Vec<Value>,
    jump_items: Vec<Value>,
}

impl Rego {
    pub fn new(site: &Site, runs: Runs, unit: Unit) -> Rego {
        let entry = match unit {
            Unit::Cell => "data.site.cell",
            Unit::Session => "data.site.session",
            Unit::Row => "data.site.row",
        };
        let data = Value::from(data(site));
        let mut engine = Engine::new();
        engine.add_policy("site.rego".into(), POLICY.into()).expect("a policy");
        engine.add_data(data.clone()).expect("data beside the policy");
        let compiled = engine.compile_with_entrypoint(&entry.into()).expect("a compiled policy");
        let running = match runs {
            Runs::Interpreted => Running::Interpreted(engine),
            Runs::Compiled => {
                let program = Compiler::compile_from_policy(&compiled, &[entry]);
                let mut machine = RegoVM::new_with_policy(compiled);
                machine.load_program(program.expect("a program"));
                machine.set_data(data).expect("data beside the program");
                // All sessions of a user take more than the machine allows by itself.
                machine.set_max_instructions(usize::MAX);
                Running::Compiled(machine)
            }
        };
        let value = |text: &String| Value::from(text.as_str());
        Rego {
            running,
            unit,
            entry,
            paths: site.permissions.iter().map(|permission| value(&permission.path)).collect(),
            users: site.users.iter().map(|user| value(&user.name)).collect(),
            jump_items: site.jump_items.iter().map(|item| value(&item.name)).collect(),
        }
    }

    fn ask(&mut self, input: Value) -> Value {
        match &mut self.running {
            Running::Interpreted(engine) => {
                engine.set_input(input);
                engine.eval_rule(self.entry.to_owned()).expect("an answer")
            }
            Running::Compiled(machine) => {
                machine.set_input(input);
                machine.execute_entry_point_by_name(self.entry).expect("an answer")
            }
        }
    }
}

impl Peer for Rego {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn answer(&mut self, question: Question, answers: &mut Vec<String>) {
        let mut input = BTreeMap::from([("user".into(), self.users[question.user].clone())]);
        if self.unit != Unit::Row {
            input.insert("jump_item".into(), self.jump_items[question.jump_item].clone());
        }
        if self.unit == Unit::Cell {
            input.insert("permission".into(), self.paths[question.permission].clone());
        }
        let found = self.ask(Value::from(input));
        let mut add = |session: &Value| {
            answers.extend(self.paths.iter().map(|path| text(&session[path])));
        };
        match self.unit {
            Unit::Cell => answers.push(text(&found)),
            Unit::Session => add(&found),
            Unit::Row => self.jump_items.iter().for_each(|item| add(&found[item])),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_string().map_or_else(|_| format!("no text: {value}"), |text| text.to_string())
}

/// Objects wherever something is looked up by a key.
fn data(site: &Site) -> serde_json::Value {
    let policy = |at: usize| site.session_policies[at].name.as_str();
    let path = |at: usize| site.permissions[at].path.as_str();
    let mut users: Vec<serde_json::Value> = site
        .users
        .iter()
        .map(|user| {
            let mut own = json!({ "directory_groups": [], "group_policies": [] });
            if let Some(at) = user.session_policy {
                own["session_policy"] = policy(at).into();
            }
            own
        })
        .collect();
    let mut add = |user: usize, key: &str, value: serde_json::Value| {
        users[user][key].as_array_mut().expect("a list").push(value);
    };
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); site.directory_groups.len()];
    for group in &site.directory_groups {
        group.users.iter().for_each(|user| add(*user, "directory_groups", (*group.name).into()));
    }
    for (place, group) in site.group_policies.iter().enumerate() {
        group.users.iter().for_each(|user| add(*user, "group_policies", place.into()));
        group.directory_groups.iter().for_each(|group| places[*group].push(place));
    }
    let groups = site.directory_groups.iter().zip(places);
    let group_policies: Vec<serde_json::Value> = site
        .group_policies
        .iter()
        .map(|group| match group.assigns {
            Some((at, is_final)) => json!({ "session_policy": policy(at), "final": is_final }),
            None => json!({}),
        })
        .collect();
    let session_policies = site.session_policies.iter().map(|policy| {
        let lines = policy.defines.iter().enumerate();
        let lines = lines.filter_map(|(at, value)| Some((path(at).into(), json!(value.as_ref()?))));
        (policy.name.clone(), lines.collect::<Map<_, _>>())
    });
    let jump_items = site.jump_items.iter().map(|item| {
        let mut own = json!({ "kind": item.kind });
        if let Some(at) = item.session_policy {
            own["session_policy"] = policy(at).into();
        }
        (item.name.clone(), own)
    });
    let dependent = site.permissions.iter().filter(|permission| !permission.requires.is_empty());
    let requirements = dependent.map(|permission| {
        let required = permission.requires.iter().map(|(at, values)| {
            let values = values.iter().map(|value| (value.clone(), json!(true)));
            json!({ "permission": path(*at), "values": values.collect::<Map<_, _>>() })
        });
        (permission.path.clone(), json!(required.collect::<Vec<_>>()))
    });
    let defaults = site.defaults.iter().enumerate();
    json!({
        "users": site.users.iter().map(|user| user.name.clone()).zip(users).collect::<Map<_, _>>(),
        "directory_groups": groups
            .map(|(group, places)| (group.name.clone(), json!(places)))
            .collect::<Map<_, _>>(),
        "group_policies": group_policies,
        "session_policies": session_policies
            .map(|(name, lines)| (name, lines.into()))
            .collect::<Map<_, _>>(),
        "defaults": defaults.map(|(at, value)| (path(at).into(), json!(value))).collect::<Map<_, _>>(),
        "jump_items": jump_items.collect::<Map<_, _>>(),
        "kinds": kinds(site),
        "requirements": requirements.collect::<Map<_, _>>(),
    })
}

fn kinds(site: &Site) -> serde_json::Value {
    let mut kinds = json!({});
    for item in &site.jump_items {
        if kinds.get(&item.kind).is_some() {
            continue;
        }
        let mut kind = json!({ "fixed": {}, "without": {} });
        for permission in &site.permissions {
            for (_, value) in permission.fixed.iter().filter(|(of, _)| *of == item.kind) {
                kind["fixed"][&permission.path] = json!(value);
            }
            if permission.not_for.contains(&item.kind) {
                kind["without"][&permission.path] = json!("n/a");
            }
        }
        kinds[&item.kind] = kind;
    }
    kinds
}
