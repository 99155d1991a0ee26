//! `docs/diagnostics.md`: every code, and its finding as it looks on the wrong example of its page.
//! It is made here; `UPDATE_EXPECTED=1` writes it.

use crate::cli::precedent;
use crate::explain::{WITHOUT_EXAMPLE, compiled, example};
use crate::support::{compile_input, raw};
use precedent::diagnostic::{Code, render};
use precedent::review::acceptance;
use precedent::source::{FileId, SourceFile, Sources};
use precedent::workspace::manifest;
use precedent::workspace::{Compiled, Input, RawFile, ReadError};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const INTRODUCTION: &str = "\
# Diagnostics

<!-- Made by `UPDATE_EXPECTED=1 cargo test gallery` from the codes and their pages. -->

Every finding has a stable code. A code is never renumbered, and never used again for something else. Here is each
of them, with its finding as a terminal shows it for a small wrong example. The whole page of a code (what it means,
why the product is so, a wrong and a right example) is linked, and `precedent explain CODE` prints it.

A finding of level error makes `check` exit with 1, and keeps the other commands from working with the policies.
Warnings and notes do not.
";

/// The beginning of the ids, the title of the group, and what is to be said about it.
const GROUPS: [(&str, &str, &str); 6] = [
    (
        "P00",
        "Text",
        "A file cannot be read as policies. What can be read of it is checked all the same.",
    ),
    (
        "P01",
        "Names",
        "Names are those of declared objects; paths are the profile's permissions and settings.",
    ),
    (
        "P02",
        "Values",
        "A line sets something to a value that it cannot have there, or a line is missing.",
    ),
    (
        "P03",
        "Order and assignment",
        "What stands where: the orders, who is given which session policy, and what the product has at all.",
    ),
    (
        "P04",
        "Manifest, profile file and acceptances",
        "`precedent.toml`, the profile file that it may name (see [profiles](profiles.md)), and reviewed rows of a diff (see [gates](gates.md)).",
    ),
    (
        "P05",
        "Lints",
        "Advice on policies that compile. The manifest sets the level of each, and a comment suppresses it at one place: \
         see [lints](lints.md). Those that are off say nothing until the manifest asks for them.",
    ),
];

/// The findings of a code on the wrong example of its page, or on what no example can show.
fn shown(code: Code) -> Compiled {
    let unreadable = |content| RawFile { path: "a.prec".into(), content };
    let file = match code.id() {
        "P0009" => raw("a.prec", b"user \"zo\xeb\"\n".as_slice()),
        "P0010" => unreadable(Err(ReadError::TooLarge(300_000_000))),
        "P0012" => unreadable(Err(ReadError::Unreadable("Permission denied (os error 13)".into()))),
        "P0425" => return stale_acceptance(),
        "P0013" => RawFile { path: "policies/all".into(), content: Err(ReadError::LinkLoop) },
        _ => return compiled(code, &example(code, code.page(), "Wrong")),
    };
    assert!(WITHOUT_EXAMPLE.contains(&code.id()));
    compile_input(Input { manifest: None, files: vec![file] })
}

/// An acceptance of a row that is not there.
fn stale_acceptance() -> Compiled {
    let mut sources = Sources::new();
    let text = "[[accept]]\nrow = \"5f0e9c3b7a1d48265f0e9c3b7a1d4826\"\nby = \"Jane Doe\"\nwhy = \"agreed in CHG-1234\"\n";
    let id = sources.add(SourceFile::new("accepted.toml", text));
    let (found, _) = acceptance::read(id, sources.file(id));
    Compiled { diagnostics: found.iter().map(acceptance::stale).collect(), sources, ir: None }
}

/// What a code means: the first paragraph of its page, on one line.
fn meaning(code: Code) -> String {
    code.page().split("\n\n").nth(1).unwrap_or_default().replace('\n', " ")
}

fn level(code: Code) -> String {
    let level = code.default_severity().as_str();
    if code.is_off_by_default() { format!("{level}, off by default") } else { level.to_owned() }
}

fn gallery() -> String {
    let mut out = String::from(INTRODUCTION);
    for (beginning, title, _) in GROUPS {
        writeln!(out, "\n**{title}**\n\n| code | level | |\n| --- | --- | --- |").expect("memory");
        for code in Code::all().filter(|code| code.id().starts_with(beginning)) {
            let (id, name) = (code.id(), code.name());
            let anchor = format!("{}-{name}", id.to_lowercase());
            writeln!(out, "| [{id} `{name}`](#{anchor}) | {} | {} |", level(code), code.summary())
                .expect("memory");
        }
    }
    for (beginning, title, about) in GROUPS {
        writeln!(out, "\n## {title}\n\n{about}").expect("memory");
        for code in Code::all().filter(|code| code.id().starts_with(beginning)) {
            let Compiled { sources, diagnostics, .. } = shown(code);
            let findings: Vec<_> =
                diagnostics.into_iter().filter(|found| found.code == code).collect();
            assert!(!findings.is_empty(), "{} shows nothing", code.id());
            let drawn =
                render::render(&findings, &sources, render::Options { color: false, width: 80 });
            assert!(!drawn.contains("```"), "{} would end its block", code.id());
            writeln!(
                out,
                "\n### {id}: {name}\n\n{level}: {summary}.\n\n{meaning}\n\n```text\n{drawn}\n```\n\n\
                 [The page of {id}](../src/diagnostic/docs/{id}.md)",
                id = code.id(),
                name = code.name(),
                level = level(code),
                summary = code.summary(),
                meaning = meaning(code),
                drawn = drawn.trim_end(),
            )
            .expect("memory");
        }
    }
    out
}

#[test]
fn the_gallery_shows_what_the_compiler_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md");
    let made = gallery();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, &made).expect("written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == made,
        "docs/diagnostics.md is stale: run the tests with UPDATE_EXPECTED=1 and read the change"
    );
}

#[test]
fn explain_lists_all_codes_and_prints_each_page() {
    let listed = precedent(&["explain"]).stdout;
    assert_eq!(listed.lines().count(), Code::all().count());
    for (line, code) in listed.lines().zip(Code::all()) {
        for part in [code.id(), code.name(), code.default_severity().as_str(), code.summary()] {
            assert!(line.contains(part), "{line} lacks {part}");
        }
    }
    for written in ["P0204", "p0204", "requirement-not-met"] {
        assert_eq!(precedent(&["explain", written]).stdout, Code::REQUIREMENT.page());
    }
}

/// What `docs/lints.md` shows is what holds: its manifest is read, and its suppressions name lints.
#[test]
fn the_page_on_lints_names_lints_that_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lints.md");
    let page = fs::read_to_string(path).expect("a page");
    let (_, manifest) = page.split_once("```toml\n").expect("a manifest");
    let (manifest, _) = manifest.split_once("```").expect("its end");
    let (read, findings) =
        manifest::read(FileId(0), &SourceFile::new(manifest::FILE_NAME, manifest));
    assert_eq!((read.lints.len(), findings.len()), (3, 0), "{findings:?}");
    let suppressions = page.split("# allow(").skip(1).filter_map(|rest| rest.split_once(')'));
    let names: Vec<&str> = suppressions.flat_map(|(names, _)| names.split(", ")).collect();
    assert_eq!(names.len(), 4);
    for name in names {
        assert!(Code::find(name).is_some_and(Code::is_lint), "there is no lint `{name}`");
    }
}

#[test]
fn every_code_is_in_one_group() {
    for code in Code::all() {
        let groups =
            GROUPS.iter().filter(|(beginning, ..)| code.id().starts_with(beginning)).count();
        assert_eq!(groups, 1, "{}", code.id());
    }
}
