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

/// The parts of the library in the order of their imports: a part may use what stands before it.
/// Parts of one row use none of each other.
const PARTS: [&[&str]; 16] = [
    &["text", "parallel"],
    &["source"],
    &["diagnostic"],
    &["syntax"],
    &["toml_text"],
    &["profile"],
    &["ir"],
    &["semantics"],
    &["lower"],
    &["matrix"],
    &["lint", "policy_test", "diff"],
    &["review"],
    &["report"],
    &["workspace"],
    &["edit"],
    &["repair"],
];

/// The row of a part.
fn rank(part: &str) -> Option<usize> {
    PARTS.iter().position(|row| row.contains(&part))
}

/// The parts that a text names in paths such as `crate::ir::Ir` or `crate::{ir, lint::level}`. Its
/// comments and tests do not count.
fn imports(text: &str) -> Vec<String> {
    let own = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
    let code: String = own
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join(" ");
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` and `precedent_crate::` are something else.
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut items = vec![String::new()];
                for character in list.chars() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => items.push(String::new()),
                        _ => {}
                    }
                    if let Some(item) = items.last_mut().filter(|_| character != ',') {
                        item.push(character);
                    }
                }
                found.extend(items.iter().map(|item| word(item)));
            }
        }
    }
    found
}

/// Imports against the order, each with its file.
fn against_the_order(files: &[(PathBuf, String)], source: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in files {
        let below = path.strip_prefix(source).expect("a path below").to_string_lossy().into_owned();
        let part = below.split(['/', '.', '\\']).next().unwrap_or_default();
        let Some(own) = rank(part) else {
            wrong.push(format!("{below}: `{part}` is in no row"));
            continue;
        };
        for other in imports(text).iter().filter(|other| *other != part) {
            match rank(other) {
                Some(other) if other < own => {}
                _ => wrong.push(format!("{below}: `{part}` imports `{other}`")),
            }
        }
    }
    wrong
}

/// The files of the library, without those that only its tests have.
fn library() -> Vec<(PathBuf, String)> {
    let source = root().join("src");
    let kept = |path: &Path| {
        let top = |name: &str| path == source.join(name);
        !path.starts_with(source.join("cli")) && !top("lib.rs") && !top("main.rs")
    };
    let mut found = files(&source, "rs");
    found.retain(|(path, _)| kept(path) && !path.ends_with("lint/testing.rs"));
    found
}

#[test]
fn imports_point_one_way() {
    let wrong = against_the_order(&library(), &root().join("src"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_against_the_order_is_found() {
    let source = root().join("src");
    for (file, line, found) in [
        ("diff/planted.rs", "use crate::report::words::Style;", "`diff` imports `report`"),
        ("text/planted.rs", "use crate::{source::Span, text};", "`text` imports `source`"),
        (
            "lint/planted.rs",
            "fn f() { crate::policy_test::run(); }",
            "`lint` imports `policy_test`",
        ),
        ("planted.rs", "use crate::ir::Ir;", "`planted` is in no row"),
    ] {
        let mut files = library();
        files.push((source.join(file), format!("//! A file.\n{line}\n")));
        let wrong = against_the_order(&files, &source);
        assert_eq!(wrong, [format!("{file}: {found}")], "{line}");
    }
    let comment = "//! See crate::report.\n// crate::report\nuse crate::ir::Ir;\n";
    assert_eq!(imports(comment), ["ir"], "comments do not count");
}

#[test]
fn the_pages_show_the_order_of_imports() {
    let rows: Vec<String> = PARTS.iter().map(|row| row.join(", ")).collect();
    let order = format!("`{}`", rows.join(" ← "));
    for page in ["src/lib.rs", "docs/architecture.md"] {
        let text = fs::read_to_string(root().join(page)).expect("a page");
        let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "//!").collect();
        assert!(words.join(" ").contains(&order), "{page} shows another order than {order}");
    }
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("a page");
    for part in PARTS.iter().flat_map(|row| row.iter()) {
        assert!(page.contains(&format!("\n| `{part}` | ")), "the page has no row for `{part}`");
    }
}
