//! The examples on the pages of `precedent explain`: the one under `## Wrong` must raise the page's
//! code, and the one under `## Right` must not. A page that differs from the compiler would mislead
//! readers just when they need help.

use crate::support::{drawn, errors, raw};
use precedent::diagnostic::Code;
use precedent::edit::{Edits, Refused};
use precedent::lint;
use precedent::matrix::Matrix;
use precedent::policy_test;
use precedent::review::acceptance;
use precedent::source::{FileId, SourceFile, Sources};
use precedent::text::Date;
use precedent::workspace::manifest;
use precedent::workspace::{Compiled, Input, ReadError, compile, compile_as_of};

/// Codes that no text on a page can raise. Their pages say how to fix the problem instead.
pub const WITHOUT_EXAMPLE: [&str; 8] =
    ["P0009", "P0010", "P0012", "P0013", "P0406", "P0425", "P0426", "P0544"];

/// A fenced example: the words after the fence, and the text.
pub struct Example<'p> {
    pub kind: &'p str,
    pub text: String,
}

/// The one example of a section.
pub fn example<'p>(code: Code, page: &'p str, section: &str) -> Example<'p> {
    let heading = format!("\n## {section}\n");
    let (_, body) = page
        .split_once(&heading)
        .unwrap_or_else(|| panic!("the page of {} has no `## {section}`", code.id()));
    let body = body.split("\n## ").next().unwrap_or_default();
    let mut fences = body.split("\n```");
    let found =
        fences.nth(1).unwrap_or_else(|| panic!("`## {section}` of {} has no example", code.id()));
    let (kind, text) = found.split_once('\n').unwrap_or_default();
    assert_eq!(fences.count(), 1, "`## {section}` of {} has one example", code.id());
    Example { kind, text: format!("{text}\n") }
}

/// Compiles an example as its kind says: a policy file, a manifest beside one, a profile file, or a
/// file of acceptances.
pub fn compiled(code: Code, example: &Example<'_>) -> Compiled {
    let text = &*example.text;
    let unreadable = |path: &str| precedent::workspace::RawFile {
        path: path.into(),
        content: Err(ReadError::Unreadable("no such file".into())),
    };
    match example.kind {
        "prec" => {
            // A lint that is off by default says something only where the manifest asks for it.
            let asks = format!("[lints]\n{} = \"warn\"\n", code.name());
            let manifest = code.is_off_by_default().then(|| raw(manifest::FILE_NAME, asks));
            let input = Input { manifest, files: vec![raw("a.prec", text)] };
            let as_of = Date::new(2027, 1, 1);
            let mut compiled = compile_as_of(input, None, as_of, &mut |path| unreadable(path));
            if code == Code::EMPTY_TEST
                && let Some(ir) = &compiled.ir
            {
                // `precedent test` finds it.
                let matrix = Matrix::new(ir);
                let empty = policy_test::empty(&policy_test::run(&matrix, ""));
                compiled.diagnostics.extend(lint::admitted(ir, code, empty));
            }
            compiled
        }
        "toml" => {
            // A policy file is there, and the manifest may take it in or not.
            let (read, _) = manifest::read(FileId(0), &SourceFile::new(manifest::FILE_NAME, text));
            let files = if read.policies.is_match("a.prec") {
                vec![raw("a.prec", "team \"Servers\"\n")]
            } else {
                vec![]
            };
            let manifest = Some(raw(manifest::FILE_NAME, text));
            compile(Input { manifest, files }, &mut |path| unreadable(path))
        }
        "toml profile" => {
            let manifest = Some(raw(manifest::FILE_NAME, "profile = \"profile.toml\"\n"));
            let input = Input { manifest, files: vec![raw("a.prec", "team \"Servers\"\n")] };
            compile(input, &mut |path| {
                if path == "profile.toml" { raw(path, text) } else { unreadable(path) }
            })
        }
        "toml accept" => {
            let mut sources = Sources::new();
            let id = sources.add(SourceFile::new("accepted.toml", text));
            let (list, mut diagnostics) = acceptance::read(id, sources.file(id));
            diagnostics.extend(acceptance::twice(&list));
            Compiled { sources, ir: None, diagnostics }
        }
        "edit" => edited(text),
        other => panic!("an example of {} is {other:?}", code.id()),
    }
}

/// What comes of edits to a small workspace, each of which is a finding where it cannot be made.
fn edited(edits: &str) -> Compiled {
    const POLICIES: &str = "jump item role \"Start sessions\" {\n  allows = [start]\n}\n\
        jump policy \"Business hours\"\njump group \"Production\"\nuser \"ada\" {\n  \
        jump group \"Production\" as \"Start sessions\" with \"Business hours\"\n}\n";
    let input = Input { manifest: None, files: vec![raw("a.prec", POLICIES)] };
    let mut profile = |path: &str| raw(path, "");
    let refused = |refused: Refused| Compiled {
        sources: refused.sources,
        ir: None,
        diagnostics: refused.findings,
    };
    let edits = match Edits::read([("edit".to_owned(), edits.to_owned())]) {
        Ok(edits) => edits,
        Err(found) => return refused(found),
    };
    let old = compile(input.clone(), &mut profile).ir.expect("policies without errors");
    match edits.apply(&input, &old.profile) {
        Ok(applied) => compile(applied.input, &mut profile),
        Err(mut found) => refused(found.remove(0)),
    }
}

#[test]
fn wrong_examples_raise_the_code_of_their_page() {
    for code in Code::all().filter(|code| !WITHOUT_EXAMPLE.contains(&code.id())) {
        let compiled = compiled(code, &example(code, code.page(), "Wrong"));
        let found = compiled.diagnostics.iter().any(|found| found.code == code);
        assert!(
            found,
            "{} is not raised:\n{}",
            code.id(),
            drawn(&compiled.diagnostics, &compiled.sources)
        );
    }
}

#[test]
fn wrong_examples_show_one_mistake_alone() {
    for code in Code::all().filter(|code| !WITHOUT_EXAMPLE.contains(&code.id())) {
        let compiled = compiled(code, &example(code, code.page(), "Wrong"));
        let others: Vec<_> =
            errors(&compiled.diagnostics).into_iter().filter(|found| found.code != code).collect();
        assert!(
            others.is_empty(),
            "beside {} there is:\n{}",
            code.id(),
            drawn(&others, &compiled.sources)
        );
    }
}

#[test]
fn right_examples_are_fine() {
    for code in Code::all().filter(|code| !WITHOUT_EXAMPLE.contains(&code.id())) {
        let compiled = compiled(code, &example(code, code.page(), "Right"));
        let wrong = |found: &precedent::diagnostic::Diagnostic| found.code == code;
        let mut left = errors(&compiled.diagnostics);
        left.extend(compiled.diagnostics.iter().filter(|found| wrong(found)).cloned());
        assert!(
            left.is_empty(),
            "`## Right` of {} has:\n{}",
            code.id(),
            drawn(&left, &compiled.sources)
        );
    }
}

#[test]
fn pages_without_examples_say_how_to_fix_the_problem() {
    for id in WITHOUT_EXAMPLE {
        let code = Code::find(id).expect("a code");
        let heading = "\n## How to fix it\n";
        assert!(code.page().contains(heading), "the page of {id} has no `## How to fix it`");
    }
}
