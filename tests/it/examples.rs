//! The workspaces in `examples/` are what a newcomer reads first: they must compile, mean
//! something, and give what is written down beside them.

use crate::cli::{precedent, text};
use crate::naive;
use crate::support::{accounts_csv, drawn, errors, raw, rows, sessions_csv};
use precedent::ir::Ir;
use precedent::source::{FileId, SourceFile};
use precedent::workspace::manifest;
use precedent::workspace::{self, Input};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The policy files below a folder, as its manifest takes them in, with paths relative to it.
fn input(root: &Path) -> Input {
    let text = fs::read_to_string(root.join(manifest::FILE_NAME)).ok();
    let globs = match &text {
        Some(text) => {
            manifest::read(FileId(0), &SourceFile::new(manifest::FILE_NAME, &**text)).0.policies
        }
        None => manifest::Manifest::default().policies,
    };
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let shown =
                path.strip_prefix(root).expect("a path below").to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                open.push(path);
            } else if globs.is_match(&shown) {
                files.push(raw(&shown, fs::read(&path).expect("a file")));
            }
        }
    }
    Input { manifest: text.map(|text| raw(manifest::FILE_NAME, text)), files }
}

fn compiled(case: &str) -> Arc<Ir> {
    let root = examples().join(case);
    let compiled = workspace::compile(input(&root), &mut |path| {
        raw(path, fs::read(root.join(path)).expect("a profile file"))
    });
    let wrong = errors(&compiled.diagnostics);
    assert!(wrong.is_empty(), "{case} has errors:\n{}", drawn(&wrong, &compiled.sources));
    compiled.ir.expect("an IR, as there is no error")
}

#[test]
fn every_example_compiles_and_means_what_the_language_says() {
    let mut cases: Vec<_> = fs::read_dir(examples())
        .expect("examples")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(cases.len() >= 3, "the examples are there");
    for case in cases {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        let ir = compiled(&name);
        assert!(case.join("README.md").is_file(), "{name} says what it shows");
        assert!(rows(&accounts_csv(&ir)) == naive::accounts(&ir), "the accounts of {name}");
        // Naive resolving takes its time: a part of the sessions of a large example will do.
        if ir.tables.users.len() * ir.tables.jump_items.len() < 2_000 {
            assert!(rows(&sessions_csv(&ir)) == naive::sessions(&ir), "the sessions of {name}");
        }
    }
}

fn expected(path: &str) -> String {
    fs::read_to_string(examples().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn quickstart_gives_what_is_written_down() {
    let ir = compiled("quickstart");
    assert_eq!(sessions_csv(&ir), expected("quickstart/expected/sessions.csv"));
    assert_eq!(accounts_csv(&ir), expected("quickstart/expected/accounts.csv"));
}

#[test]
fn the_questions_of_the_acme_page_have_the_answers_that_it_gives() {
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme");
    let page = fs::read_to_string(acme.join("README.md")).expect("a page");
    let questions = page.lines().filter_map(|line| line.strip_prefix("| `--user "));
    let questions: Vec<&str> =
        questions.map(|line| line.split('`').next().unwrap_or_default()).collect();
    let answers = [
        ("ext.lucia.ferrari --jump-item mssql-erp", "screen_sharing", "view_only"),
        ("noah.feldman --jump-item srv-app01", "shell", "deny"),
        ("olga.petrova --jump-item lx-web01", "canned_scripts", "deny"),
        ("keiko.tanaka --jump-item srv-app01", "screen_sharing", "view_only"),
        ("nadia.benali --jump-item hsm01-console", "shell", "= allow"),
        ("noah.feldman --jump-item lab-win01", "shell", "allow"),
        ("keiko.tanaka --jump-item kiosk-hq-entrance", "screen_sharing", "view_and_control"),
        ("sofia.lindqvist --jump-item srv-app01", "shell", "allow"),
    ];
    assert_eq!(questions, answers.map(|(question, ..)| question));
    for (question, permission, value) in answers {
        let asked: Vec<&str> =
            ["simulate", text(&acme), "--user"].into_iter().chain(question.split(' ')).collect();
        let shown = precedent(&asked).stdout;
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = format!("{permission} {value}");
        assert!(shown.contains("\nstart  ") && !shown.contains("\nstart  deny"), "{shown}");
        assert!(
            shown.lines().any(|line| words(line).starts_with(&expected)),
            "{question}\n{shown}"
        );
    }
}
