//! The library as another program uses it: files in memory, questions, a comparison.

use precedent::workspace::tree::{Memory, Tree};
use precedent::{Comparison, Policies, Workspace};
use std::path::Path;

const SITE: &str = "\
session policy \"Staff\" {
  screen_sharing = view_only
  shell = deny
}

group policy \"Everyone\" {
  members = [user \"ada\"]
  reports.sessions = user_sessions
  session_policy = \"Staff\"
  access.allowed = allow
  jump.jump_client = allow
}

user \"ada\"

jump item \"db01\" {
  kind = jump_client
}
";

fn policies(files: &[(&str, &str)]) -> Policies {
    Workspace::from_texts(files.iter().copied()).policies().expect("policies without errors")
}

#[test]
fn policies_can_be_kept_and_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let site = policies(&[("site.prec", SITE)]);
    shared(&site);
    let copy = site.clone();
    let asked = std::thread::spawn(move || {
        copy.cell("ada", "db01", "shell").map(|cell| cell.to_string()).expect("a cell")
    });
    assert_eq!(asked.join().expect("an answer"), "shell = deny (site.prec:3)");
    assert_eq!(site.sessions().count(), 1);
}

#[test]
fn one_cell_can_be_asked_by_names() {
    let site = policies(&[("site.prec", SITE)]);
    let cell = site.cell("ada", "db01", "screen_sharing").expect("a cell");
    assert_eq!((cell.value(), cell.location()), ("view_only".into(), Some("site.prec:2".into())));
    let session = site.sessions().next().expect("a session");
    let all: Vec<String> = session.cells().map(|cell| cell.to_string()).collect();
    assert!(all.contains(&cell.to_string()), "{all:?}");
    let setting = site.setting("ada", "reports.sessions").expect("a setting");
    assert_eq!(setting.span.map(|span| site.ir().location(span)), Some("site.prec:8".into()));
}

#[test]
fn a_name_that_is_not_there_is_an_error_with_the_closest_one() {
    let site = policies(&[("site.prec", SITE)]);
    let error = |user, item, permission| {
        site.cell(user, item, permission).expect_err("no such name").to_string()
    };
    assert_eq!(error("adda", "db01", "shell"), r#"there is no user "adda"; did you mean "ada"?"#);
    assert_eq!(error("ada", "web07", "shell"), r#"there is no jump item "web07""#);
    let permission = error("ada", "db01", "shel");
    assert_eq!(permission, r#"there is no permission "shel"; did you mean "shell"?"#);
    let hostile = error("a\u{202e}\"", "db01", "shell");
    assert_eq!(hostile, r#"there is no user "a\u{202E}\"""#);
}

#[test]
fn policies_with_errors_are_rejected_with_all_of_them() {
    let files = [("a.prec", "user \"ada\" {\n  reports.sessions = al\n}\nx\n")];
    let workspace = Workspace::from_texts(files);
    let errors = workspace.policies().expect_err("errors").errors;
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("a.prec:2: error[P0202]: "), "{errors:?}");
    assert_eq!(workspace.diagnostics().len(), 2);
}

#[test]
fn a_manifest_in_memory_decides_which_files_belong() {
    let manifest = "policies = [\"policies/*.prec\"]\nprofile = \"own.toml\"\n";
    let own = include_str!("../../examples/gpo-like/gpo.toml");
    let files = [
        ("precedent.toml", manifest),
        ("own.toml", own),
        ("policies/a.prec", "user \"ada\"\n"),
        ("drafts/b.prec", "this is not a policy\n"),
        ("policies/other/precedent.toml", ""),
    ];
    let site = policies(&files);
    assert_eq!(site.ir().tables.users.len(), 1);
    assert!(!precedent::profile::BUILTIN.iter().any(|(id, _)| *id == site.ir().profile.id));
}

#[test]
fn a_comparison_can_be_kept_and_reviewed_more_than_once() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let comparison = {
        let old = policies(&[("site.prec", SITE)]);
        let new = policies(&[("site.prec", &SITE.replace("shell = deny", "shell = allow"))]);
        Comparison::new(&old, &new)
    };
    shared(&comparison);
    let review = |gate: &str| {
        let gate = gate.parse().expect("a gate");
        comparison.review(&[gate], &Default::default()).review.summary.fails()
    };
    assert!(review("gained"));
    assert!(!review("gained file_transfer"));
    assert!("gained what".parse::<precedent::Gate>().is_ok(), "names are checked by a review");
    assert!("gains".parse::<precedent::Gate>().is_err());
}

#[test]
fn memory_is_a_tree_like_any_other() {
    let tree = Memory::new([("a/b/c.prec", "c"), ("a/d.prec", "d")]);
    let names = |folder: &str| {
        let entries = tree.entries(Path::new(folder)).expect("a folder");
        entries.iter().map(|entry| entry.name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        [names(""), names("a"), names("a/b")],
        [vec!["a"], vec!["b", "d.prec"], vec!["c.prec"]]
    );
    assert!(tree.has(Path::new("a/b")) && !tree.has(Path::new("a/c")));
    assert!(tree.resolve(Path::new("a")).is_ok_and(|real| real.is_folder));
    assert!(tree.resolve(Path::new("x")).is_err());
    assert_eq!(tree.read(Path::new("a/d.prec")), Ok(b"d".to_vec()));
}
