//! `precedent show`: what belongs to an object, what uses it, and what it decides.

use crate::cli::{precedent, scratch, text};
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, rows, startable, written};
use precedent::ir::PolicyId;
use precedent::matrix::Matrix;
use precedent::matrix::decided::decided;
use precedent::report::matrix::csv;
use precedent::report::show::{self, Kind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SITE: &str = r#"
jump item role "Start" {
  allows = [start]
}
jump item role "Spare"
jump group "Production"
jump group "Empty"
directory group "Staff" {
  members = ["ada"]
}
directory group "Nobody"
directory group "Later"
session policy "Work" {
  description = "What work needs."
  shell = allow
  registry = deny
}
session policy "Copy" {
  like "Work"
}
session policy "Never"
session policy "Tested"
group policy "Admins" {
  members = [user "ben", directory group "Staff"]
  access.allowed = allow
  jump.jump_client = allow
  final session_policy = "Work"
  jump group "Production" as "Start"
}
group policy "Below" {
  members = [user "ben"]
  session_policy = "Copy"
}
group policy "Idle"
group policy "Waiting" {
  members = [directory group "Later"]
  access.allowed = allow
}
order group policies, last defined wins {
  "Admins"
  "Below"
  "Idle"
  "Waiting"
}
user "ada" {
  reports.sessions = all_sessions
}
user "ben"
jump item "db01" {
  kind = jump_client
  group = "Production"
  tag = "db"
  session_policy = "Work"
}
jump item "web01" {
  kind = jump_client
  group = "Production"
}
test "work" {
  when user == "ada"
  expect shell == allow from session policy "Work"
}
test "accounts" {
  expect session_policy != "Tested"
}
"#;

fn show(more: &[&str]) -> String {
    let folder = scratch(&[("a.prec", SITE)]);
    let run = precedent(&[&["show", "--path", text(folder.path())], more].concat());
    assert_eq!(run.status, 0, "{more:?}: {}", run.stderr);
    run.stdout
}

fn pages(more: &[&str]) -> Vec<Value> {
    let text = show(&[more, &["--format", "json"]].concat());
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found["schema"], "precedent-show/1");
    found["pages"].as_array().expect("pages").clone()
}

/// The rows of a table of the first page, as texts separated by ` | `.
fn table(more: &[&str], title: &str, columns: &[&str]) -> Vec<String> {
    let pages = pages(more);
    let tables = pages[0]["tables"].as_array().expect("tables");
    let table = tables.iter().find(|table| table["title"] == title).expect("the table");
    let text = |row: &Value| {
        let cells = columns.iter().map(|column| row[*column].as_str().expect("a text"));
        cells.collect::<Vec<_>>().join(" | ")
    };
    table["rows"].as_array().expect("rows").iter().map(text).collect()
}

/// What can be deleted of a kind.
fn unused(kind: &str) -> Vec<String> {
    let rows = table(&[kind], "all", &["can be deleted", "name"]);
    rows.into_iter().filter_map(|row| row.strip_prefix("yes | ").map(str::to_owned)).collect()
}

/// A kind is named in the words of the language, too, as `edit` takes it.
#[test]
fn a_kind_has_an_id_and_words() {
    let run = |words: &[&str]| {
        let arguments = ["show", "--path", "examples/acme"];
        precedent(&[&arguments, words].concat())
    };
    let by_id = run(&["role", "Start sessions"]);
    assert_eq!((by_id.status, &by_id.stderr[..]), (0, ""));
    assert_eq!(run(&["jump", "item", "role", "Start sessions"]).stdout, by_id.stdout);
    assert_eq!(run(&["jump item role", "Start sessions"]).stdout, by_id.stdout);
    assert_eq!(run(&["session", "policy"]).stdout, run(&["session-policy"]).stdout);
    for (words, told) in [
        (&["sesion-policy"][..], "did you mean `session-policy`?"),
        (&["session"], "kinds are session-policy, group-policy,"),
        (&["group", "policy", "Service", "desk"], "stands in quotes: \"Service desk\""),
        (&["user", "amara.okafor", "--unused"], "take no name"),
    ] {
        let run = run(words);
        assert_eq!(run.status, 2, "{words:?}");
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
}

#[test]
fn what_nothing_uses_can_be_deleted() {
    assert_eq!(unused("session-policy"), ["Never"], "a test names `Tested`");
    assert_eq!(unused("group-policy"), ["Idle"]);
    assert_eq!(unused("directory-group"), ["Nobody"]);
    assert_eq!(unused("jump-group"), ["Empty"]);
    assert_eq!(unused("role"), ["Spare"]);
}

/// The kinds and names of all objects that a filter finds, and where it found them.
fn found(more: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages(more) {
        for row in page["tables"][0]["rows"].as_array().expect("rows") {
            let place = row.get("found in").and_then(Value::as_str).unwrap_or_default();
            let [kind, name] =
                [&page["title"], &row["name"]].map(|text| text.as_str().expect("text"));
            found.push(format!("{kind} {name} {place}").trim_end().to_owned());
        }
    }
    found
}

#[test]
fn what_can_be_deleted_is_one_list() {
    let all = [
        "session policies Never",
        "group policies Idle",
        "directory groups Nobody",
        "jump groups Empty",
        "jump item roles Spare",
    ];
    assert_eq!(found(&["--unused"]), all);
    assert_eq!(found(&["role", "--unused"]), all[4..]);
    assert_eq!(found(&["--unused", "--find", "id"]), ["group policies Idle name"]);
    assert_eq!(found(&["user", "--unused"]), [""; 0]);
    let folder = scratch(&[("a.prec", "user \"ada\"\n")]);
    let run = precedent(&["show", "--path", text(folder.path()), "--unused"]);
    assert_eq!((run.status, &*run.stdout), (0, ""));
    assert_eq!(run.stderr, "nothing can be deleted without effect\n");
}

#[test]
fn objects_are_found_by_their_texts() {
    assert_eq!(
        found(&["--find", "PROD"]),
        [
            "jump items db01 jump group: Production",
            "jump items web01 jump group: Production",
            "jump groups Production name",
        ]
    );
    assert_eq!(found(&["jump-item", "--find", "db"]), ["jump items db01 name; tag: db"]);
    assert_eq!(
        found(&["--find", "what work"]),
        ["session policies Work description: What work needs."]
    );
    assert_eq!(found(&["--find", "nowhere"]), [""; 0]);
    let run = precedent(&["show", "user", "ada", "--find", "x"]);
    assert_eq!(run.status, 2, "{}", run.stdout);
}

/// What would be broken without an object cannot be deleted without effect.
#[test]
fn tests_that_name_an_object_are_shown() {
    let named = |more: &[&str]| table(more, "named by", &["kind", "name"]);
    assert_eq!(named(&["session-policy", "Work"]), ["test | work"]);
    assert_eq!(named(&["session-policy", "Tested"]), ["test | accounts"]);
    assert_eq!(named(&["user", "ada"]), ["test | work"]);
    assert!(!show(&["user", "ben"]).contains("named by"));
    let site = format!(
        "{SITE}jump policy \"Hours\"\njump policy \"Night\"\ntest \"others\" {{\n  \
         expect roles.default != \"Spare\"\n}}\ntest \"starts\" {{\n  \
         when jump item == \"db01\"\n  expect start != with \"Hours\"\n}}\n"
    );
    let manifest = "[diff]\ndeny = ['gained on jump group \"Empty\"']\n";
    let folder = scratch(&[("a.prec", &*site), ("precedent.toml", manifest)]);
    let path = text(folder.path());
    let run = |more: &[&str]| precedent(&[&["show", "--path", path], more].concat()).stdout;
    let unused = run(&["--unused"]);
    assert!(unused.contains("Night") && unused.contains("Idle"), "{unused}");
    for name in ["Hours", "Spare", "Empty"] {
        assert!(!unused.contains(name), "{name}\n{unused}");
    }
    assert!(run(&["role", "Spare"]).contains("test  others"));
    assert!(run(&["jump-policy", "Hours"]).contains("test  starts"));
    assert!(run(&["jump-item", "db01"]).contains("test  starts"));
    assert!(run(&["jump-group", "Empty"]).contains("gate  gained on jump group \"Empty\""));
}

#[test]
fn a_session_policy_says_what_it_decides() {
    let work = ["session-policy", "Work"];
    assert_eq!(
        table(&work, "assigned to", &["kind", "name", "final"]),
        ["group policy | Admins | final", "jump item | db01 | "]
    );
    assert_eq!(
        table(&work, "lines", &["permission", "value", "sessions that it decides"]),
        ["shell | allow | 4", "registry | deny | 4"]
    );
    let page = &pages(&work)[0];
    assert_eq!(page["facts"]["decides in"], "4 of 4 sessions: 2 people, 2 targets");
    assert_eq!(page["facts"]["copies"], "\"Copy\"");
    assert_eq!(page["facts"]["description"], "What work needs.");
    let copy = table(&["session-policy", "Copy"], "lines", &["sessions that it decides"]);
    assert!(copy.iter().all(|sessions| sessions == "never"), "{copy:?}");
}

#[test]
fn a_group_policy_says_to_whom_it_gives_something() {
    let admins = ["group-policy", "Admins"];
    assert_eq!(table(&admins, "members", &["user", "through"]), ["ada | Staff", "ben | "]);
    let columns = ["what", "final", "decides for", "overrides below for"];
    let gives = table(&admins, "gives", &columns);
    assert_eq!(gives[0], "session_policy | final | 2 | 1");
    assert!(gives.contains(&"access.allowed |  | 2 | ".to_owned()), "{gives:?}");
    let below = table(&["group-policy", "Below"], "gives", &columns);
    assert_eq!(below, ["session_policy |  | 0 | "]);
    let text = show(&admins);
    assert!(text.contains("   position  1 of 4, from the top\n"), "{text}");
}

#[test]
fn an_embassy_says_whom_it_has_and_what_it_gives_them() {
    let of = ["show", "--path", "examples/bomgar-classic", "embassy"];
    let list = precedent(&of).stdout;
    assert!(list.contains("Kestrel Tills  2        7\n"), "{list}");
    let page = precedent(&[&of[..], &["Kestrel Tills"]].concat()).stdout;
    for line in [
        "members      2 users",
        "kestrel.amy   policies/group-policies.prec:84",
        "jump group \"Shops\"",
    ] {
        assert!(page.contains(line), "{page}");
    }
    assert!(!page.contains("overrides below"), "{page}");
}

#[test]
fn a_user_and_a_machine_say_what_can_be_started() {
    let ben = ["user", "ben"];
    let groups = table(&ben, "group policies, from the top", &["name", "through"]);
    assert_eq!(groups, ["Admins | listed itself", "Below | listed itself"]);
    let settings = table(&ben, "settings and memberships", &["setting", "also set by"]);
    assert_eq!(settings[0], "session_policy | group policy \"Below\": \"Copy\"");
    assert_eq!(table(&ben, "can start", &["where", "targets"]), ["jump group \"Production\" | 2"]);
    let who = table(&["jump-item", "db01"], "can be started by", &["start", "people", "who"]);
    assert_eq!(who, ["allow | 2 people | both users"]);
    assert!(show(&["jump-item"]).contains("db01"), "a list");
}

#[test]
fn an_unknown_name_has_a_proposal() {
    let folder = scratch(&[("a.prec", "user \"amara\"\n")]);
    let run = precedent(&["show", "--path", text(folder.path()), "user", "amarra"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("there is no user `amarra`"), "{}", run.stderr);
    assert!(run.stderr.contains("`amara`"), "{}", run.stderr);
}

#[test]
fn lists_are_cut_in_text_alone() {
    let users: String = (0..40).map(|at| format!("user \"user{at:02}\"\n")).collect();
    let folder = scratch(&[("a.prec", &*users)]);
    let show = |more: &[&str]| {
        precedent(&[&["show", "--path", text(folder.path()), "user"], more].concat()).stdout
    };
    let cut = show(&[]);
    assert!(cut.contains("and 10 more; `--names` lists all\n") && !cut.contains("user39"), "{cut}");
    for all in [&["--names"][..], &["--format", "markdown"], &["--format", "json"]] {
        assert!(show(all).contains("user39"), "{all:?}");
    }
}

/// What policies decide by their names, from each session by itself.
#[test]
fn what_is_counted_is_what_the_sessions_say() {
    for profile in BUILTIN {
        law(8, plan(profile), |plan| {
            let ir = startable(&workspace(&plan));
            let matrix = Matrix::new(&ir);
            let policies: Vec<PolicyId> = (0..ir.tables.policies.len() as u32)
                .map(PolicyId)
                .filter(|id| !["custom", "unknown"].contains(&&*ir.policy(*id).object.name))
                .collect();
            let mut sessions: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
            let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
            for row in rows(&written(|out| csv::sessions(&matrix, out))) {
                if row[6] != "start" && row[7] != "n/a" {
                    sessions.entry(row[9].clone()).or_default().insert(row[..6].to_vec());
                    *lines.entry((row[9].clone(), row[6].clone())).or_default() += 1;
                }
            }
            for (id, found) in policies.iter().zip(decided(&matrix, &policies)) {
                let name = &ir.policy(*id).object.name;
                let expected = sessions.get(name).cloned().unwrap_or_default();
                let different = |key: fn(&Vec<String>) -> [&str; 3]| {
                    expected.iter().map(key).collect::<BTreeSet<_>>().len() as u64
                };
                let people = different(|row| [&row[0], &row[1], ""]);
                // Items of one name have different methods; a portal may have several.
                let targets = different(|row| match &*row[3] {
                    "portal" => [&row[3], &row[4], ""],
                    _ => [&row[3], &row[4], &row[2]],
                });
                assert_eq!(found.sessions, expected.len() as u64, "{name}");
                assert_eq!((found.people, found.targets), (people, targets));
                for (at, count) in found.lines.iter().enumerate() {
                    let path = ir.profile.permissions[at].path.clone();
                    let expected = lines.get(&(name.clone(), path)).copied();
                    assert_eq!(*count, expected.unwrap_or_default(), "{name}");
                }
            }
        });
    }
}

/// The people of a jump group are those of all of its items, and not those of its busiest one.
#[test]
fn people_are_counted_over_all_items_of_a_jump_group() {
    for profile in BUILTIN {
        law(8, plan(profile), |plan| {
            let ir = startable(&workspace(&plan));
            let matrix = Matrix::new(&ir);
            let groups: BTreeMap<&str, &str> = ir
                .tables
                .jump_items
                .iter()
                .filter_map(|item| {
                    let group = &ir.tables.jump_groups[item.group?.index()].name;
                    Some((&*item.object.name, &**group))
                })
                .collect();
            let mut people: BTreeMap<(&str, String), BTreeSet<[String; 2]>> = BTreeMap::new();
            for row in rows(&written(|out| csv::sessions(&matrix, out))) {
                let person = [row[0].clone(), row[1].clone()];
                if row[3] != "portal" {
                    people.entry(("item", row[4].clone())).or_default().insert(person.clone());
                    if let Some(group) = groups.get(&*row[4]) {
                        people.entry(("group", (*group).to_owned())).or_default().insert(person);
                    }
                }
            }
            for (kind, what) in [(Kind::JumpItem, "item"), (Kind::JumpGroup, "group")] {
                let table = &show::list(&matrix, kind).tables[0];
                let column = table.columns.iter().position(|name| *name == "people");
                let names: Vec<&String> = table.rows.iter().map(|row| &row[0]).collect();
                for row in &table.rows {
                    // Items of one name are told apart by their methods.
                    if names.iter().filter(|name| ***name == row[0]).count() == 1 {
                        let expected = people.get(&(what, row[0].clone())).map_or(0, BTreeSet::len);
                        assert_eq!(row[column.expect("people")], expected.to_string(), "{row:?}");
                    }
                }
            }
        });
    }
}

#[test]
fn what_accounts_are_members_of_says_who_is() {
    const MORE: &str = "team \"T\"\nteam \"None\"\njumpoint \"J\"\njump policy \"Hours\"\njump policy \"Night\"\n\
        jump policy \"Spare\"\nvault account \"sa\"\nvault account group \"G\"\njump group \"P\"\n\
        jump item role \"R\" {\n  allows = [start]\n}\n\
        user \"ada\" {\n  team \"T\" as lead\n  jumpoint \"J\"\n  vault account \"sa\" as inject\n}\n\
        user \"bob\"\n\
        group policy \"All\" {\n  members = [user \"ada\", user \"bob\"]\n  team \"T\" as member\n  \
        jump group \"P\" as \"R\" with \"Hours\"\n}\n\
        jump item \"db\" {\n  kind = shell_jump\n  group = \"P\"\n  jump_policy = \"Night\"\n}\n\
        session policy \"Guests\" {\n  shell = deny\n}\n\
        invite \"Guest\" {\n  session_policy = \"Guests\"\n  expires = 2027-01-31\n}\n";
    let folder = scratch(&[("a.prec", MORE)]);
    let path = text(folder.path());
    let show = |more: &[&str]| {
        let run = precedent(&[&["show", "--path", path, "--format", "markdown"], more].concat());
        assert_eq!(run.status, 0, "{more:?}: {}", run.stderr);
        run.stdout
    };
    for (arguments, rows) in [
        (&["team"][..], &["| None | 0 | 0 | yes |", "| T | 2 | 2 | "][..]),
        // The own entry decides.
        (&["team", "T"], &["| ada | as lead |", "| bob | as member |", "| user | ada | as lead |"]),
        (&["jumpoint"], &["| J | 1 | 1 | "]),
        (&["vault-account"], &["| sa | 1 | 1 | "]),
        (&["vault-account-group"], &["| G | 0 | 0 | yes |"]),
        (
            &["jump-policy"],
            &["| Hours | 1 | 0 | ", "| Night | 0 | 1 | ", "| Spare | 0 | 0 | yes |"],
        ),
        (&["jump-policy", "Night"], &["| db | Shell Jump |"]),
        (&["invite"], &["| Guest | `\"Guests\"` | 0 | `2027-01-31` |"]),
        (&["invite", "Guest"], &["2027-01-31", "at `a.prec:33`"]),
    ] {
        let shown = show(arguments);
        for row in rows {
            assert!(
                shown.contains(row.trim_end_matches("| ").trim_end()),
                "{arguments:?}: {row}\n{shown}"
            );
        }
    }
    let unknown = precedent(&["show", "--path", path, "teem"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("`team`"), "{}", unknown.stderr);
}

#[test]
fn the_days_on_which_memberships_end_are_shown() {
    let folder = scratch(&[(
        "a.prec",
        "jump item role \"Start\" {\n  allows = [start]\n}\njump group \"P\"\n\
         directory group \"D\" {\n  members = [\"ada\"]\n}\n\
         user \"ada\" {\n  expires = 2031-01-01\n}\n\
         group policy \"G\" {\n  members = [user \"ada\" until 2030-06-01, directory group \"D\" until 2030-07-01]\n  \
         jump group \"P\" as \"Start\" until 2030-08-01\n}\n",
    )]);
    let show = |more: &[&str]| {
        let run = precedent(
            &[&["show", "--path", text(folder.path()), "--format", "json"], more].concat(),
        );
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    let user = show(&["user", "ada"]);
    for day in ["2031-01-01", "\"until\": \"2030-07-01\"", "\"until\": \"2030-08-01\""] {
        assert!(user.contains(day), "{day}\n{user}");
    }
    assert!(!user.contains("2030-06-01"), "the longer of two ways counts");
    for of in [["jump-group", "P"], ["group-policy", "G"]] {
        let page = show(&of);
        assert!(page.contains("\"until\": \"2030-08-01\""), "{page}");
    }
}

#[test]
fn jump_items_of_one_name_are_told_apart() {
    let folder = scratch(&[(
        "a.prec",
        "jump group \"P\"\njump item \"x\" {\n  kind = jump_client\n  group = \"P\"\n}\n\
         jump item \"x\" {\n  kind = shell_jump\n  group = \"P\"\n}\n\
         jump item \"y\" {\n  kind = shell_jump\n  group = \"P\"\n}\nuser \"ada\"\n",
    )]);
    for by in ["person", "machine"] {
        let shown =
            precedent(&["matrix", text(folder.path()), "--sessions", "all", "--by", by, "--names"]);
        for name in ["x by Jump Client", "x by Shell Jump"] {
            assert!(shown.stdout.contains(name), "{}{}", shown.stdout, shown.stderr);
        }
        assert!(!shown.stdout.contains("y by"), "{}", shown.stdout);
    }
}
