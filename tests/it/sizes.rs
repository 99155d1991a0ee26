//! What is too large, or too broken, to be read to its end: the rest is given up, told, and taken for
//! something that may declare any name.

use crate::support::{compile, errors};
use precedent::diagnostic::{Code, Diagnostic};

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|found| found.code.name()).collect()
}

/// Of the policies in another file, the name that the rest of a file declares is not reported.
const ELSEWHERE: &str = "group policy \"Staff\" {\n  members = [user \"late\"]\n}\n\
                         order group policies, last defined wins {\n  \"Staff\"\n}\n";

#[test]
fn a_file_of_something_else_is_given_up() {
    let log = "2026-11-26 10:15:02 connection accepted\n".repeat(100_100);
    let compiled = compile(&[("a.prec", &*format!("{log}user \"late\"\n")), ("b.prec", ELSEWHERE)]);
    let found = errors(&compiled.diagnostics);
    let message = "too many lines are no declarations: the rest of the file is not read";
    let is_rest = |found: &&Diagnostic| found.message == message;
    assert_eq!(
        found.iter().filter(is_rest).map(|found| found.code).collect::<Vec<_>>(),
        [Code::TOO_LARGE]
    );
    assert!(!codes(&found).contains(&"unknown-name"), "{:?}", codes(&found));
}

#[test]
fn a_declaration_that_is_too_long_is_told_and_what_follows_may_declare_anything() {
    let member = "    user \"u\",\n";
    let members = member.repeat(1_300_000);
    // A few declarations before it are read all the same.
    let before = "team \"A\"\nteam \"B\"\nteam \"C\"\n";
    let text =
        format!("{before}group policy \"A\" {{\n  members = [\n{members}  ]\n}}\nuser \"late\"\n");
    let compiled = compile(&[("a.prec", &*text), ("b.prec", ELSEWHERE)]);
    let found = errors(&compiled.diagnostics);
    assert_eq!(codes(&found), ["too-large"]);
    let (place, start) = (found[0].primary.span, before.len() as u32);
    assert_eq!((place.start, place.end), (start, start + "group policy \"A\" {".len() as u32));
}

#[test]
fn half_a_million_members_are_not_too_many() {
    let members: String = (0..500_000).map(|at| format!("    user \"u{at}\",\n")).collect();
    let text = format!("group policy \"A\" {{\n  members = [\n{members}  ]\n}}\n");
    let (tree, found) =
        precedent::syntax::parse(precedent::source::FileId(0), &source("a.prec", text));
    assert!(found.is_empty() && tree.is_complete, "{:?}", codes(&found));
}

fn source(path: &str, text: String) -> precedent::source::SourceFile {
    precedent::source::SourceFile::new(path, text)
}

#[test]
fn one_string_has_no_more_findings_than_a_reader_can_use() {
    let text = format!("user \"{}\"\n", "\\q".repeat(5_000));
    let found = errors(&compile(&[("a.prec", &*text)]).diagnostics);
    assert!((1..=100).contains(&found.len()), "{}", found.len());
}
