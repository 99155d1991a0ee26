//! Wrong policies. `tests/corpus/check/*.prec` are policy files with the expected findings beside
//! the offending lines: `#! CODE "part of the message"`, several one after the other. `#!^` means
//! the line above, `#!^^` for the one above that, where a comment on the line itself would
//! change what is wrong with it. Every error must be expected and no other; of warnings, those that
//! a file expects.

use crate::support::{assert_sound, compile, compile_input, drawn, raw};
use precedent::diagnostic::{Applicability, Code, Diagnostic, Severity};
use precedent::review::gate;
use precedent::source::{FileId, SourceFile};
use precedent::syntax;
use precedent::workspace::{Compiled, Input};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[derive(Debug)]
struct Expected {
    line: u32,
    code: String,
    part: String,
}

/// The files of the corpus, by name.
pub fn corpus() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/check");
    let mut files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("the corpus")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            (
                path.file_name().expect("a name").to_string_lossy().into_owned(),
                fs::read_to_string(&path).expect("a text"),
            )
        })
        .collect();
    files.sort();
    assert!(files.len() > 20, "the corpus is there");
    files
}

fn expectations(name: &str, text: &str) -> Vec<Expected> {
    let mut all = Vec::new();
    for (line, number) in text.lines().zip(1u32..) {
        let Some((_, comment)) = line.split_once("#!") else { continue };
        let rest = comment.trim_start_matches('^');
        let line = number - (comment.len() - rest.len()) as u32;
        let mut rest = rest.trim();
        assert!(!rest.is_empty(), "{name}:{number} expects nothing");
        while !rest.is_empty() {
            let (code, part) = rest
                .split_once(" \"")
                .unwrap_or_else(|| panic!("{name}:{number} has no `CODE \"part\"`: {comment}"));
            // A part may hold quotes: it ends where the next code begins, or at the end.
            let end = part.find("\" P0").unwrap_or(part.len() - 1);
            let (part, next) = (&part[..end], &part[end + 1..]);
            assert!(
                Code::find(code).is_some(),
                "{name}:{number} expects a code that does not exist: {code}"
            );
            all.push(Expected { line, code: code.into(), part: part.into() });
            rest = next.trim();
        }
    }
    all
}

fn line_of(compiled: &Compiled, found: &Diagnostic) -> u32 {
    let span = found.primary.span;
    compiled.sources.file(span.file).line(span.start)
}

/// What is missing and what is too much in one file.
fn differences(name: &str, text: &str) -> Vec<String> {
    let compiled = compile(&[(name, text)]);
    assert_sound(&compiled);
    let mut expected = expectations(name, text);
    let looked_for = |found: &Diagnostic, expected: &[Expected]| {
        found.severity == Severity::Error || expected.iter().any(|one| one.code == found.code.id())
    };
    let findings: Vec<&Diagnostic> =
        compiled.diagnostics.iter().filter(|found| looked_for(found, &expected)).collect();
    let mut differences = Vec::new();
    for found in findings {
        let line = line_of(&compiled, found);
        let same = |one: &Expected| {
            one.line == line && one.code == found.code.id() && found.message.contains(&one.part)
        };
        match expected.iter().position(same) {
            Some(at) => drop(expected.remove(at)),
            None => differences.push(format!(
                "{name}:{line} is not expected: {} \"{}\"",
                found.code.id(),
                found.message
            )),
        }
    }
    differences.extend(
        expected
            .iter()
            .map(|one| format!("{name}:{} is not found: {} \"{}\"", one.line, one.code, one.part)),
    );
    differences
}

#[test]
fn the_corpus_has_just_the_findings_that_it_expects() {
    let differences: Vec<String> =
        corpus().iter().flat_map(|(name, text)| differences(name, text)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_corpus_shows_every_code_that_one_file_can_show() {
    let mut shown = BTreeSet::new();
    for (name, text) in corpus() {
        shown.extend(expectations(&name, &text).into_iter().map(|one| one.code));
    }
    // Of bytes, of reading, of the manifest and of profile files: not of the text of one policy
    // file. Lints show theirs in their own files, and on their pages.
    let elsewhere = |id: &str| {
        ["P0009", "P0010", "P0012", "P0013"].contains(&id)
            || id.starts_with("P04")
            || id.starts_with("P05")
    };
    let missing: Vec<&str> =
        Code::all().map(Code::id).filter(|id| !elsewhere(id) && !shown.contains(*id)).collect();
    assert!(missing.is_empty(), "no file of the corpus shows {missing:?}");
}

/// A text with a fix applied.
fn fixed(text: &str, fix: &precedent::diagnostic::Fix) -> String {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.replacement);
    }
    text
}

#[test]
fn a_fix_removes_its_finding() {
    let mut wrong = Vec::new();
    for (name, text) in corpus() {
        let compiled = compile(&[(&name, &text)]);
        let count = |compiled: &Compiled, like: &Diagnostic| {
            compiled
                .diagnostics
                .iter()
                .filter(|found| found.code == like.code && found.message == like.message)
                .count()
        };
        for found in &compiled.diagnostics {
            for fix in &found.fixes {
                let after = compile(&[(&name, fixed(&text, fix))]);
                let left = count(&after, found);
                if left >= count(&compiled, found) {
                    let only = [found.clone()];
                    wrong.push(format!(
                        "{}: {:?}\n{}",
                        fix.message,
                        fix.edits,
                        drawn(&only, &compiled.sources)
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} fixes leave their finding:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_name_that_looks_like_a_declared_one_is_told_apart() {
    for (declared, used, difference) in [
        ("Jos\u{e9}", "Jose\u{301}", "it has U+00E9 in place of `e` U+0301"),
        ("ada lovelace", "ada\u{a0}lovelace", "it has U+0020 in place of U+00A0"),
        ("admin", "\u{430}dmin", "it has `a` in place of U+0430"),
        ("web", "web ", "it has no U+0020 there"),
    ] {
        let text = format!(
            "user \"{declared}\"\nuser \"ben\"\ngroup policy \"G\" {{\n  members = [user \
             \"{used}\"]\n}}\n"
        );
        let compiled = compile(&[("a.prec", &text)]);
        let found = compiled.diagnostics.iter().find(|found| found.code == Code::UNKNOWN_NAME);
        let found = found.expect("an unknown name");
        let expected = format!("did you mean `{declared}`? {difference}");
        assert_eq!(found.help.as_deref(), Some(&*expected));
        let fixed = fixed(&text, &found.fixes[0]);
        assert!(compile(&[("a.prec", &fixed)]).ir.is_some(), "{fixed}");
    }
    // Of two that look alike, neither is meant for sure.
    let text = "user \"admin\"\nuser \"\u{430}dmin\"\ngroup policy \"G\" {\n  members = [user \
                \"\u{430}dm\u{456}n\"]\n}\n";
    let compiled = compile(&[("a.prec", text)]);
    let found = compiled.diagnostics.iter().find(|found| found.code == Code::UNKNOWN_NAME);
    let found = found.expect("an unknown name");
    assert_eq!(
        found.help.as_deref(),
        Some("did you mean `\u{430}dmin`? it has `i` in place of U+0456")
    );
    assert_eq!(found.fixes[0].applicability, Applicability::Unsafe);
}

#[test]
fn files_that_are_something_else_say_what_they_are() {
    let utf_16: Vec<u8> =
        "\u{feff}user \"ada\"\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n";
    for (bytes, message) in [
        (utf_16, "this file is UTF-16 text"),
        (pointer.into(), "this file is a pointer of Git LFS, not the file itself"),
        (b"\0GITCRYPT\0\x8f\x11".to_vec(), "this file is encrypted by git-crypt"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6238".to_vec(), "this file is encrypted by Ansible Vault"),
    ] {
        for name in ["a.prec", "precedent.toml"] {
            let file = raw(name, bytes.clone());
            let input = match name {
                "a.prec" => Input { manifest: None, files: vec![file] },
                _ => Input { manifest: Some(file), files: vec![raw("a.prec", "user \"ada\"\n")] },
            };
            let compiled = compile_input(input);
            let found: Vec<&str> = errors_of(&compiled);
            assert_eq!(found, [message], "{name}");
        }
    }
}

#[test]
fn a_conflict_in_the_manifest_is_one_finding() {
    let manifest =
        "<<<<<<< HEAD\nprofile = \"pra-25.3\"\n=======\nprofile = \"pra-25.2\"\n>>>>>>> x\n";
    let input = Input {
        manifest: Some(raw("precedent.toml", manifest)),
        files: vec![raw("a.prec", "user \"ada\"\n")],
    };
    assert_eq!(errors_of(&compile_input(input)), ["unresolved merge conflict"]);
}

#[test]
fn a_conflict_with_the_common_ancestor_says_which_lines_are_whose() {
    let text =
        "<<<<<<< HEAD\nteam \"a\"\n||||||| base\nteam \"b\"\n=======\nteam \"c\"\n>>>>>>> new\n";
    let compiled = compile(&[("a.prec", text)]);
    let [found] = &compiled.diagnostics[..] else { panic!("{:#?}", compiled.diagnostics) };
    let written = |at: usize| &text[at..at + 7];
    let labels: Vec<(&str, &str)> = found
        .labels
        .iter()
        .map(|label| (written(label.span.start as usize), &*label.message))
        .collect();
    assert_eq!(
        labels,
        [
            ("|||||||", "those that both sides began with here"),
            ("=======", "and those of another side here"),
            (">>>>>>>", "the conflict ends here"),
        ]
    );
}

fn errors_of(compiled: &Compiled) -> Vec<&str> {
    let errors = compiled.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| &*found.message).collect()
}

#[test]
fn odd_characters_are_named_wherever_text_is_read() {
    let with = |manifest: &str| {
        let input = Input {
            manifest: Some(raw("precedent.toml", manifest)),
            files: vec![raw("a.prec", "user \"ada\"\n")],
        };
        errors_of(&compile_input(input)).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let quote = "U+201C (left double quotation mark) is not a quotation mark";
    assert_eq!(with("policies = [\u{201c}*.prec\u{201d}]\n"), [format!("{quote} of the language")]);
    let space = "U+00A0 (no-break space) is not a space";
    assert_eq!(with("profile\u{a0}= \"pra-25.3\"\n"), [space]);
    let said = |found: Vec<Diagnostic>| found.into_iter().map(|found| found.message).next();
    let asked = |text: &str| {
        let file = SourceFile::new("--when", text);
        said(syntax::parse_condition(FileId(0), &file).1)
    };
    assert_eq!(asked("user == \u{201c}ada\u{201d}"), Some(format!("{quote} of the language")));
    assert_eq!(asked("user\u{a0}== \"ada\"").as_deref(), Some(space));
    let mistake = |text: &str| gate::parse(text).err().map(|mistake| mistake.message);
    assert_eq!(mistake("gained on jump group \u{201c}P\u{201d}").as_deref(), Some(quote));
    assert_eq!(mistake("gained\u{a0}shell").as_deref(), Some(space));
    assert_eq!(mistake("gained for user \"it\u{2019}s\""), None);
}
