//! What the source itself must keep to, so that it stays a house that one can find one's way in.

use precedent::diagnostic::Code;
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a source file, its tests not counted.
const MAX_LINES: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files of an extension below a folder, by path.
fn files(folder: &Path, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push((path.clone(), fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{} has files", folder.display());
    found
}

#[test]
fn no_source_file_is_too_long() {
    for folder in ["src", "tests"] {
        for (path, text) in files(&root().join(folder), "rs") {
            let own = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
            let lines = own.lines().count();
            assert!(lines <= MAX_LINES, "{} has {lines} lines: split it", path.display());
        }
    }
}

#[test]
fn nothing_is_left_to_be_done() {
    const LEFT: [&str; 4] = ["todo!", "unimplemented!", "FIXME", "dbg!"];
    for (path, text) in files(&root().join("src"), "rs") {
        for (line, number) in text.lines().zip(1..) {
            let found = LEFT.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{}:{number}: {line}", path.display());
        }
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    for (path, text) in files(&root().join("src"), "rs") {
        assert!(text.starts_with("//! "), "{} begins with no `//!`", path.display());
    }
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    for code in Code::all() {
        let (page, title) = (code.page(), format!("# {}: {}\n", code.id(), code.name()));
        assert!(page.starts_with(&title), "the page of {} begins with {title:?}", code.id());
        assert!(page.contains("\n## Why\n"), "the page of {} says why", code.id());
        let paragraphs = page.split("\n\n").filter(|text| !text.starts_with("```"));
        for words in paragraphs.flat_map(|text| text.split('`').skip(1).step_by(2)) {
            assert!(!words.contains("-\n"), "the page of {} breaks `{words}`", code.id());
        }
    }
    for (path, _) in files(&root().join("src/diagnostic/docs"), "md") {
        let id = path.file_stem().expect("a name").to_string_lossy();
        assert!(Code::all().any(|code| code.id() == id), "no code has the page {}", path.display());
    }
}
