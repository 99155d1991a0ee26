//! `outside inventory`: what a change of the inventory alone explains passes.

use crate::cli::{Run, precedent, scratch, text};
use crate::generate::{Plan, declarations, revisions};
use crate::laws::law;
use crate::support::{checked, compile_input, diff_csv, errors, raw, rows};
use precedent::diff::Diff;
use precedent::diff::rows::Rows;
use precedent::ir::{Ir, file};
use precedent::matrix::Matrix;
use precedent::review::Review;
use precedent::review::gate::{self, Gates};
use precedent::review::{Reviewed, acceptance::Acceptances};
use precedent::workspace::{Compiled, Input};
use std::collections::BTreeSet;
use std::sync::Arc;

const POLICIES: &str = r#"jump item role "Start" {
  allows = [start]
}
session policy "Work" {
  shell = allow
}
group policy "Admins" {
  members = [directory group "Ops", user "bob" until 2026-07-01]
  access.allowed = allow
  jump.jump_client = allow
  session_policy = "Work"
  jump group "Desktops" as "Start"
}
"#;

const INVENTORY: &str = r#"jump group "Desktops"
jump group "Servers"
user "ada"
user "bob"
user "cy" {
  expires = 2026-07-02
}
directory group "Ops" {
  members = ["ada"]
}
jump item "pc1" {
  kind = jump_client
  group = "Desktops"
}
jump item "db1" {
  kind = jump_client
  group = "Servers"
}
"#;

const MANIFEST: &str = "[diff]\ninventory = [\"inventory/**\"]\n";

fn site(policies: &str, inventory: &str, manifest: &str) -> tempfile::TempDir {
    scratch(&[
        ("policies/a.prec", policies),
        ("inventory/b.prec", inventory),
        ("precedent.toml", manifest),
    ])
}

fn diff(old: &tempfile::TempDir, new: &tempfile::TempDir, more: &[&str]) -> Run {
    precedent(&[&["diff", text(old.path()), text(new.path())], more].concat())
}

/// The exit status of a gate, without and with `outside inventory`.
fn gates(policies: &str, inventory: &str, gate: &str) -> [i32; 2] {
    let old = site(POLICIES, INVENTORY, MANIFEST);
    let new = site(policies, inventory, MANIFEST);
    let outside = format!("{gate} outside inventory");
    [gate, &outside].map(|gate| {
        let run = diff(&old, &new, &["--deny", gate]);
        assert_eq!(run.stderr, "");
        run.status
    })
}

#[test]
fn one_more_machine_in_a_group_with_standing_rules_passes() {
    let more = format!(
        "{INVENTORY}jump item \"pc2\" {{\n  kind = jump_client\n  group = \"Desktops\"\n}}\n"
    );
    assert_eq!(gates(POLICIES, &more, "gained"), [1, 0]);
    assert_eq!(gates(POLICIES, &more, "any"), [1, 0]);
    // So do a person who joins the group in the directory, and a machine that moves.
    let joined = INVENTORY.replace("members = [\"ada\"]", "members = [\"ada\", \"cy\"]");
    assert_eq!(gates(POLICIES, &joined, "gained"), [1, 0]);
    let moved = INVENTORY.replace("group = \"Servers\"", "group = \"Desktops\"");
    assert_eq!(gates(POLICIES, &moved, "gained"), [1, 0]);
    let gone = INVENTORY
        .replace("jump item \"pc1\" {\n  kind = jump_client\n  group = \"Desktops\"\n}\n", "");
    assert_eq!(gates(POLICIES, &gone, "removed"), [1, 0]);
}

#[test]
fn what_the_policies_change_fails_wherever_the_inventory_leads() {
    let servers = POLICIES.replace(
        "  jump group \"Desktops\"",
        "  jump group \"Servers\" as \"Start\"\n  jump group \"Desktops\"",
    );
    assert_eq!(gates(&servers, INVENTORY, "gained"), [1, 1]);
    let wider = POLICIES.replace("shell = allow", "shell = allow\n  file_transfer = both");
    assert_eq!(gates(&wider, INVENTORY, "gained"), [1, 1]);
    // A machine that comes with a new rule is not explained by the machine alone: MIX has the
    // machine and not the rule.
    let more = format!(
        "{INVENTORY}jump item \"pc2\" {{\n  kind = jump_client\n  group = \"Desktops\"\n}}\n"
    );
    assert_eq!(gates(&wider, &more, "gained on jump item \"pc2\""), [1, 1]);
    assert_eq!(gates(&wider, &more, "gained shell"), [1, 0]);
    assert_eq!(gates(&wider, &more, "gained start"), [1, 0]);
    assert_eq!(gates(&wider, &more, "gained file_transfer on jump item \"pc2\""), [1, 1]);
}

#[test]
fn a_date_in_the_inventory_is_inventory() {
    let later = INVENTORY.replace("2026-07-02", "2027-01-01");
    assert_eq!(gates(POLICIES, &later, "gained"), [1, 0]);
    let policies = POLICIES.replace("2026-07-01", "2027-01-01");
    assert_eq!(gates(&policies, INVENTORY, "gained"), [1, 1]);
}

#[test]
fn inventory_is_what_both_sides_call_so_and_only_where_that_compiles() {
    let more = format!(
        "{INVENTORY}jump item \"pc2\" {{\n  kind = jump_client\n  group = \"Desktops\"\n}}\n"
    );
    let gate = ["--deny", "gained outside inventory"];
    let old = site(POLICIES, INVENTORY, MANIFEST);
    assert_eq!(diff(&old, &site(POLICIES, &more, MANIFEST), &gate).status, 0);
    for manifest in
        ["", "[diff]\ninventory = [\"stock/**\"]\n", "[diff]\ninventory = [\"*.prec\"]\n"]
    {
        let new = site(POLICIES, &more, manifest);
        assert_eq!(diff(&old, &new, &gate).status, 1, "{manifest}");
        let bare = site(POLICIES, INVENTORY, manifest);
        assert_eq!(diff(&bare, &site(POLICIES, &more, MANIFEST), &gate).status, 1, "{manifest}");
    }
    // NEW's inventory uses a group that OLD's policies do not declare: nothing is left out.
    let group = "jump group \"Kiosks\"\n";
    let uses = more.replace("group = \"Servers\"", "group = \"Kiosks\"");
    let new = site(&format!("{POLICIES}{group}"), &uses, MANIFEST);
    let run = diff(&old, &new, &gate);
    assert_eq!(run.status, 1);
    let why = "(nothing is left out, since OLD with the inventory of NEW has errors)";
    assert!(run.stdout.replace('\n', " ").contains(why), "{}", run.stdout);
    // The manifest can say it, and a compiled file carries it.
    let deny = "[diff]\ndeny = [\"gained outside inventory\"]\ninventory = [\"inventory/**\"]\n";
    let (old, new) = (site(POLICIES, INVENTORY, deny), site(POLICIES, &more, deny));
    assert_eq!(diff(&old, &new, &[]).status, 0);
    let wider =
        site(&POLICIES.replace("= allow\n}", "= allow\n  registry = allow\n}"), &more, deny);
    assert_eq!(diff(&old, &wider, &[]).status, 1);
    let folder = scratch(&[]);
    let compiled = |name: &str, of: &tempfile::TempDir| {
        let file = folder.path().join(name);
        assert_eq!(precedent(&["compile", text(of.path()), "-o", text(&file)]).status, 0);
        text(&file).to_owned()
    };
    let [old, new, wider] =
        [("old", &old), ("new", &new), ("wider", &wider)].map(|(name, of)| compiled(name, of));
    assert_eq!(precedent(&["diff", &old, &new]).status, 0);
    assert_eq!(precedent(&["diff", &old, &wider]).status, 1);
}

/// The files of a plan: what people and machines there are is inventory.
fn files(plan: &Plan) -> [(String, String); 2] {
    let (mut inventory, mut policies) = (String::new(), String::new());
    for declaration in declarations(plan) {
        let kinds =
            ["user ", "invite ", "directory group ", "jump item \"", "jump item '", "jump group "];
        let is_inventory = kinds.iter().any(|kind| declaration.starts_with(kind));
        *if is_inventory { &mut inventory } else { &mut policies } += &declaration;
    }
    [("inventory/i.prec".into(), inventory), ("policies/p.prec".into(), policies)]
}

fn compile(files: &[(String, String)]) -> Compiled {
    let manifest = "sessions = \"all\"\n[diff]\ninventory = [\"inventory/**\"]\n";
    compile_input(Input {
        manifest: Some(raw("precedent.toml", manifest)),
        files: files.iter().map(|(path, text)| raw(path, text.as_str())).collect(),
    })
}

/// How many cells a gate denies: counted, and by the rows of a report.
fn denied(old: &Arc<Ir>, new: &Arc<Ir>, gate: &str) -> (u64, u64) {
    let asked = [gate::parse(gate).expect("a gate")];
    let diff = Arc::new(Diff::new(&Arc::new(Matrix::new(old)), &Arc::new(Matrix::new(new))));
    let gates = Gates::new(&diff, &asked);
    let count = diff.session_counts(&gates).1[0] + diff.account_counts(&gates).1[0];
    let rows = Arc::new(Rows::new(&diff));
    let reviewed = Reviewed::new(Arc::clone(&diff), rows, &asked, &Acceptances::default());
    let Review { sessions, accounts, .. } = &reviewed.review;
    let denials = sessions.iter().chain(accounts).flat_map(|row| &row.denied_by);
    (count, denials.map(|denial| denial.changes).sum())
}

/// The cells of both kinds that differ, as gates see them: a session that nobody can start has no
/// `start`.
fn cells(old: &Arc<Ir>, new: &Arc<Ir>) -> BTreeSet<Vec<String>> {
    let (sessions, accounts) = diff_csv(old, new);
    let of = |csv: &str, key: usize| -> Vec<Vec<String>> {
        let ends = |value: &str| value.is_empty() || value == "deny";
        let is_cell = |row: &&Vec<String>| row[6] != "start" || !ends(&row[7]) || !ends(&row[8]);
        rows(csv).iter().filter(is_cell).map(|row| row[..key].to_vec()).collect()
    };
    of(&sessions, 7).into_iter().chain(of(&accounts, 2)).collect()
}

#[test]
fn what_is_left_out_is_what_the_mix_of_the_texts_has_as_new_has_it() {
    for profile in ["pra-25.3", "rs-25.3", "bomgar-15.1"] {
        law(24, revisions(profile, profile), |(old, new)| {
            let (old, new) = (files(&old), files(&new));
            let mix = compile(&[new[0].clone(), old[1].clone()]);
            let (old, new) = (checked(compile(&old)), checked(compile(&new)));
            let all = cells(&old, &new);
            let left = if errors(&mix.diagnostics).is_empty() {
                let mix = checked(mix);
                let rest = cells(&mix, &new);
                all.iter().filter(|cell| rest.contains(*cell)).count()
            } else {
                all.len()
            };
            let left = left as u64;
            assert_eq!(denied(&old, &new, "any outside inventory"), (left, left));
            let all = all.len() as u64;
            assert_eq!(denied(&old, &new, "any"), (all, all));
            let read = |ir: &Arc<Ir>| {
                let bytes = crate::support::written(|out| file::write(ir, out));
                Arc::new(file::read(bytes.as_bytes()).expect("a compiled file"))
            };
            let found = denied(&read(&old), &read(&new), "any outside inventory");
            assert_eq!(found, (left, left), "of compiled files");
        });
    }
}
