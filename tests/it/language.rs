//! `docs/language.md`: each example compiles as the page says, and what the page says that it means
//! is what the compiler answers.
//!
//! The kinds of blocks, and their options:
//! - `prec`: a policy file. It has no errors, is in canonical layout, and its tests pass.
//! - `toml`: a manifest.
//! - `name=N`: other blocks may build on this one; `with=N,M`: this one builds on those.
//! - `error=P0204`: exactly these errors are found. `finds=P0503`: this advice is found. The text
//!   before the example names the codes, as readers do not see the options.
//! - `layout=free`: the example shows a layout that `fmt` would change.
//!
//! A table below a block whose columns are called as those of the CSV of `matrix` is looked up
//! there, row by row; a column `why` is for the reader.

use crate::cli::{Run, precedent, precedent_in, scratch, text};
use crate::pages::{Block, Page, table};
use crate::support::rows;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PAGE: &str = "language.md";
const OPTIONS: [&str; 5] = ["name", "with", "error", "finds", "layout"];

/// The blocks that others may name.
fn named<'b, 'p>(blocks: &'b [Block<'p>]) -> BTreeMap<&'p str, &'b Block<'p>> {
    let named = blocks.iter().filter_map(|block| Some((block.option("name")?, block)));
    let (names, count) = (named.clone().collect::<BTreeMap<_, _>>(), named.count());
    assert_eq!(names.len(), count, "two blocks have the same name");
    names
}

/// An example in a folder of its own, with what it builds on.
fn workspace(block: &Block<'_>, named: &BTreeMap<&str, &Block<'_>>) -> TempDir {
    let own = if block.kind() == "toml" { "precedent.toml" } else { "example.prec" };
    let mut files = vec![(own.to_owned(), block.text)];
    let (mut open, mut taken) = (block.options("with"), BTreeSet::new());
    while let Some(name) = open.pop() {
        if taken.insert(name) {
            let found = named.get(name).unwrap_or_else(|| panic!("no block is named `{name}`"));
            files.push((format!("{name}.prec"), found.text));
            open.extend(found.options("with"));
        }
    }
    scratch(&files.iter().map(|(path, text)| (&**path, *text)).collect::<Vec<_>>())
}

fn run(folder: &TempDir, arguments: &[&str]) -> Run {
    precedent_in(folder.path(), arguments)
}

/// The codes of the findings: of errors, and of all.
fn codes(folder: &TempDir) -> (BTreeSet<String>, BTreeSet<String>) {
    let found = run(folder, &["check", "--format", "json"]).stdout;
    let found: Vec<serde_json::Value> = serde_json::from_str(&found).expect("findings");
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let severe =
            |finding: &&serde_json::Value| wanted(finding["severity"].as_str().expect("one"));
        let code = |finding: &serde_json::Value| finding["code"].as_str().expect("a code").into();
        found.iter().filter(severe).map(code).collect()
    };
    (of(&|severity| severity == "error"), of(&|_| true))
}

/// What is wrong with an example, and with the table below it.
fn mistakes(block: &Block<'_>, folder: &TempDir) -> Vec<String> {
    let (errors, all) = codes(folder);
    let shown = || run(folder, &["check"]).stdout;
    let expected: BTreeSet<String> = block.options("error").into_iter().map(String::from).collect();
    if errors != expected {
        return vec![format!("the errors are {errors:?}:\n{}", shown())];
    }
    let mut mistakes = Vec::new();
    let finds = block.options("finds");
    let lost = finds.iter().filter(|code| !all.contains(**code));
    mistakes.extend(lost.map(|code| format!("{code} is not found:\n{}", shown())));
    // Comments that were to suppress something, and do not.
    let useless = ["P0528", "P0529", "P0530"];
    let useless = useless.iter().filter(|code| all.contains(**code) && !finds.contains(code));
    mistakes.extend(useless.map(|code| format!("{code} is found:\n{}", shown())));
    if block.kind() == "prec" && expected.is_empty() {
        let layout = run(folder, &["fmt", "--diff"]).stdout;
        if !layout.is_empty() && block.option("layout") != Some("free") {
            mistakes.push(format!("not in canonical layout:\n{layout}"));
        }
        let tests = run(folder, &["test"]);
        if block.text.contains("test \"") && tests.status != 0 {
            mistakes.push(tests.stdout);
        }
        mistakes.extend(wrong_answers(block, folder));
    }
    mistakes
}

/// Looks the rows of a table up in the matrix; those that are not there.
fn wrong_answers(block: &Block<'_>, folder: &TempDir) -> Vec<String> {
    let table = answers(block);
    let Some((header, answers)) = table.split_first() else { return Vec::new() };
    let of = if header[0] == "user" { "accounts" } else { "sessions" };
    // A table may be about what a session would allow that nobody can start.
    let form = ["matrix", "--of", of, "--rows", "each", "--format", "csv", "--sessions", "all"];
    let csv = run(folder, &form).stdout;
    let (columns, _) = csv.split_once('\n').expect("a header");
    let columns: Vec<&str> = columns.split(',').collect();
    let cells = rows(&csv);
    let asked: Vec<(usize, usize)> = (0..header.len())
        .filter(|&at| header[at] != "why")
        .map(|at| {
            let column = columns.iter().position(|column| *column == header[at]);
            (at, column.unwrap_or_else(|| panic!("no column is `{}`", header[at])))
        })
        .collect();
    let is_found = |answer: &&Vec<String>| {
        let fits = |row: &&Vec<String>| asked.iter().all(|&(at, column)| row[column] == answer[at]);
        cells.iter().filter(fits).count() == 1
    };
    let wrong = answers.iter().filter(|answer| !is_found(answer));
    wrong.map(|answer| format!("the matrix does not say: {answer:?}")).collect()
}

/// The table below a block, if it has the answers of the matrix.
fn answers(block: &Block<'_>) -> Vec<Vec<String>> {
    let table = table(block.after);
    let is_matrix = |header: &Vec<String>| ["user", "subject"].contains(&&*header[0]);
    if table.first().is_some_and(is_matrix) { table } else { Vec::new() }
}

#[test]
fn every_example_of_the_language_page_compiles_and_means_what_is_said() {
    let page = Page::read(PAGE);
    let blocks = page.blocks();
    let named = named(&blocks);
    let (mut examples, mut rows, mut wrong) = (0, 0, Vec::new());
    let mut before = "";
    // A picture is no example.
    for block in blocks.iter().filter(|block| block.kind() != "text") {
        block.assert_options(&OPTIONS);
        assert!(["prec", "toml"].contains(&block.kind()), "{PAGE}:{}: of which kind?", block.line);
        let folder = workspace(block, &named);
        let at = |mistake: String| format!("{PAGE}:{}: {mistake}", block.line);
        wrong.extend(mistakes(block, &folder).into_iter().map(at));
        let mut codes = ["error", "finds"].into_iter().flat_map(|option| block.options(option));
        wrong.extend(
            codes
                .find(|code| !before.contains(*code))
                .map(|code| at(format!("{code} is not said"))),
        );
        rows += answers(block).len().saturating_sub(1);
        examples += 1;
        before = block.after;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples >= 40 && rows >= 20, "{examples} examples, {rows} answers");
}

/// What each alternative of a rule of the grammar is called: `session policy` for `session_policy`.
fn alternatives(grammar: &str, rule: &str) -> Vec<String> {
    let (_, rest) = grammar.split_once(&format!("\n{rule} ")).expect("a rule");
    let (body, _) = rest.split_once('}').expect("its end");
    let (_, body) = body.split_once('{').expect("its body");
    body.split('|').map(|name| name.trim().replace('_', " ")).collect()
}

#[test]
fn the_language_page_shows_every_declaration_and_statement() {
    let page = Page::read(PAGE);
    let grammar = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/precedent.pest");
    let grammar = fs::read_to_string(grammar).expect("the grammar");
    let blocks = page.blocks();
    let is_example = |block: &&Block<'_>| block.kind() == "prec" && block.option("error").is_none();
    let examples = blocks.iter().filter(is_example);
    let lines: Vec<&str> = examples.flat_map(|block| block.text.lines()).collect();
    let rules = ["named_kind", "bare_kind", "order_kind", "member_kind"];
    let mut keywords: Vec<String> =
        rules.iter().flat_map(|rule| alternatives(&grammar, rule)).collect();
    keywords.extend(["final", "item", "when", "expect", "default"].map(String::from));
    assert!(keywords.len() >= 25, "{keywords:?}");
    for keyword in keywords {
        let shown = lines.iter().any(|line| {
            let rest = line.trim_start().strip_prefix(&*keyword);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        });
        assert!(shown, "no example of {PAGE} has a line that begins with `{keyword}`");
    }
}

#[test]
fn the_language_page_has_the_columns_of_the_csv() {
    let page = Page::read(PAGE);
    let (old, new) = ("examples/acme", "examples/acme-next");
    for (command, paths) in [("matrix", &[old][..]), ("diff", &[old, new])] {
        for of in ["sessions", "accounts"] {
            let form = ["--of", of, "--rows", "each", "--format", "csv"];
            let csv = precedent(&[&[command], paths, &form].concat()).stdout;
            let (header, _) = csv.split_once('\n').expect("a header");
            assert!(page.text.contains(&format!("| `{header}` |")), "{command} of {of}: {header}");
        }
    }
}

/// Comments of the source name sections of the page, as in `language 4.3`.
#[test]
fn comments_refer_to_sections_that_there_are() {
    let page = Page::read(PAGE);
    let heading = |line: &&str| line.starts_with("## ") || line.starts_with("### ");
    let number =
        |line: &str| line.trim_start_matches('#').trim().split(' ').next().map(String::from);
    let sections: BTreeSet<String> = page
        .text
        .lines()
        .filter(heading)
        .filter_map(number)
        .map(|n| n.trim_end_matches('.').into())
        .collect();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).expect("a text");
            for marker in ["language ", "docs/language.md, "] {
                for rest in source.split(marker).skip(1) {
                    let section: String =
                        rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
                    let section = section.trim_end_matches('.');
                    let known = section.is_empty() || sections.contains(section);
                    assert!(known, "{}: {PAGE} has no section {section}", text(&path));
                    seen += usize::from(!section.is_empty());
                }
            }
        }
    }
    assert!(seen >= 5, "{seen} comments refer to the page");
}
