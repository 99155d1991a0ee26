//! The canonical layout. Files of `tests/corpus/fmt` have what comes of them in `expected`, and
//! laws are tried on them and on random workspaces: the layout is its own layout, says what was
//! said, and keeps each comment at its place.

mod command;
pub mod mess;
pub mod tokens;

use crate::dice::Dice;
use crate::generate::{plan, workspace};
use crate::hostile::damage;
use crate::laws::law;
use crate::support::{BUILTIN, assert_sound, compile_input, drawn, raw};
use mess::{Extra, mess};
use precedent::diagnostic::{Code, Diagnostic};
use precedent::source::{FileId, SourceFile, Sources};
use precedent::syntax::{self, ast::DeclarationKind, printer};
use precedent::workspace::{Compiled, Input};
use proptest::prelude::*;
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use tokens::{Kind, comments, is_list_gap, said, scan};

/// A text in canonical layout, or what keeps it from having one.
fn try_format(text: &str) -> Result<String, String> {
    let mut sources = Sources::new();
    let id = sources.add(SourceFile::new("a.prec", text));
    let (tree, findings) = syntax::parse(id, sources.file(id));
    if findings.is_empty() {
        Ok(printer::print(&tree, sources.file(id)))
    } else {
        Err(drawn(&findings, &sources))
    }
}

fn formatted(text: &str) -> String {
    try_format(text).unwrap_or_else(|findings| panic!("{findings}in\n{text}"))
}

/// What holds for the layout of any text; returns it.
fn assert_laid_out(text: &str) -> String {
    let after = formatted(text);
    let before = text.strip_prefix('\u{feff}').unwrap_or(text);
    assert!(formatted(&after) == after, "laid out again, it differs:\n{after}── from\n{before}");
    assert_eq!(said(&after), said(before), "it says something else:\n{after}── from\n{before}");
    assert_eq!(comments(&after), comments(before), "comments moved:\n{after}── from\n{before}");
    assert!(after.is_empty() || after.ends_with('\n'), "the last line ends");
    let mut blank = true;
    for line in after.lines() {
        let code = line.split('#').next().unwrap_or_default();
        assert!(!code.contains('\r') && line.trim_end() == line, "{line:?} in\n{after}");
        let indent = code.len() - code.trim_start().len();
        assert!(indent.is_multiple_of(2) && !line[..indent].contains('\t'), "{line:?} in\n{after}");
        assert!(!(blank && line.is_empty()), "two blank lines, or one at the start:\n{after}");
        blank = line.is_empty();
    }
    assert!(after.is_empty() || !blank, "a blank line at the end:\n{after}");
    after
}

fn unified(a: &str, b: &str) -> String {
    precedent::text::line_diff::patch("", a, b)
}

/// Compiles with all lints, those too that are off by default.
fn compiled(files: &[(String, String)]) -> Compiled {
    // What is hidden in a string is an escape in the canonical layout, and hidden no more.
    let lints = Code::lints().filter(|code| *code != Code::HIDDEN_CHARACTER);
    let lints = lints.map(|code| format!("{} = \"warn\"\n", code.name()));
    let manifest = format!("[lints]\nhidden-character = \"allow\"\n{}", lints.collect::<String>());
    let files = files.iter().map(|(path, text)| raw(path, text.as_str())).collect();
    let compiled = compile_input(Input { manifest: Some(raw("precedent.toml", manifest)), files });
    assert_sound(&compiled);
    compiled
}

/// The tables of an IR without places: keys named `span` or `…_at`, and three numbers at the
/// end of an array.
fn without_places(mut json: Json) -> Json {
    match &mut json {
        Json::Array(items) => {
            let is_span = |item: &Json| {
                item.as_array()
                    .is_some_and(|span| span.len() == 3 && span.iter().all(Json::is_number))
            };
            if items.len() > 1 && items.last().is_some_and(is_span) {
                items.pop();
            }
            items.iter_mut().for_each(|item| *item = without_places(item.take()));
        }
        Json::Object(fields) => {
            for place in ["span", "others", "memberships_unknown", "order_unknown"] {
                fields.remove(place);
            }
            fields.retain(|key, _| !key.ends_with("_at"));
            fields.values_mut().for_each(|field| *field = without_places(field.take()));
        }
        _ => {}
    }
    json
}

/// Whether two workspaces mean the same: one IR, and the same said about it.
fn assert_same_meaning(a: &[(String, String)], b: &[(String, String)]) {
    let [a, b] = [compiled(a), compiled(b)];
    let said = |compiled: &Compiled| {
        let one = |found: &Diagnostic| {
            (found.code, found.severity, found.message.clone(), found.labels.len())
        };
        let mut said: Vec<_> = compiled.diagnostics.iter().map(one).collect();
        said.sort();
        said
    };
    let found = [&a, &b].map(|compiled| drawn(&compiled.diagnostics, &compiled.sources));
    assert!(said(&a) == said(&b), "the findings differ:\n{}── and\n{}", found[0], found[1]);
    let tables = |compiled: &Compiled| {
        let tables = compiled.ir.as_ref().map(|ir| serde_json::to_value(&ir.tables).expect("JSON"));
        tables.map(without_places)
    };
    assert!(tables(&a) == tables(&b), "the checked policies differ");
}

#[test]
fn any_layout_of_a_workspace_comes_to_one_that_means_the_same() {
    for profile in BUILTIN {
        law(12, (plan(profile), any::<u64>()), |(plan, seed)| {
            let mut dice = Dice::of(seed, "mess");
            let files = workspace(&plan);
            let messy = |extra, dice: &mut Dice| -> Vec<(String, String)> {
                files.iter().map(|(path, text)| (path.clone(), mess(text, extra, dice))).collect()
            };
            let laid_out = |files: &[(String, String)]| -> Vec<(String, String)> {
                files.iter().map(|(path, text)| (path.clone(), assert_laid_out(text))).collect()
            };
            // Where nothing is added that a layout keeps, it is the same layout.
            for ((path, text), (_, plain)) in files.iter().zip(messy(Extra::Nothing, &mut dice)) {
                let [a, b] = [assert_laid_out(text), assert_laid_out(&plain)];
                assert!(a == b, "{path} has two layouts:\n{}── from\n{plain}", unified(&a, &b));
            }
            let rich = messy(Extra::CommentsAndBlankLines, &mut dice);
            assert_same_meaning(&rich, &laid_out(&rich));
        });
    }
}

/// What is broken and can be read all the same need not mean anything, but it has a layout.
#[test]
fn whatever_can_be_read_has_a_layout() {
    for profile in BUILTIN {
        let read = Cell::new(0);
        law(40, (plan(profile), any::<u64>()), |(plan, seed)| {
            let mut dice = Dice::of(seed, "damage");
            for (_, text) in workspace(&plan) {
                let text = damage(&mess(&text, Extra::CommentsAndBlankLines, &mut dice), &mut dice);
                if try_format(&text).is_ok() {
                    read.set(read.get() + 1);
                    assert_laid_out(&text);
                }
            }
        });
        assert!(read.get() > 10, "{} texts could be read", read.get());
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/fmt")
}

/// The files of the corpus, by name.
fn corpus() -> Vec<(String, String)> {
    let paths =
        fs::read_dir(folder()).expect("the corpus").map(|entry| entry.expect("a file").path());
    let paths = paths.filter(|path| path.is_file());
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut files: Vec<_> =
        paths.map(|path| (name(&path), fs::read_to_string(&path).expect("a text"))).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus is there");
    files
}

/// `UPDATE_EXPECTED=1` writes what is expected.
#[test]
fn the_corpus_comes_to_what_stands_beside_it() {
    for (name, text) in corpus() {
        let after = assert_laid_out(&text);
        let path = folder().join("expected").join(&name);
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&path, &after).expect("written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(after == expected, "{name} is laid out otherwise:\n{after}");
        assert_same_meaning(&[("a.prec".into(), text)], &[("a.prec".into(), after)]);
    }
}

#[test]
fn the_corpus_has_every_declaration_with_comments_in_and_around_it() {
    let mut bare: BTreeSet<DeclarationKind> = BTreeSet::new();
    let mut full: BTreeSet<DeclarationKind> = BTreeSet::new();
    for (_, text) in corpus() {
        let file = SourceFile::new("a.prec", text);
        let (tree, _) = syntax::parse(FileId(0), &file);
        let comments: Vec<u32> =
            printer::comments(&file.text).iter().map(|comment| file.line(comment.start)).collect();
        for declaration in &tree.declarations {
            let header = file.line(declaration.keyword.start);
            let commented = |line: u32| comments.contains(&line);
            match &declaration.body {
                None if commented(header) && commented(header - 1) => {
                    bare.insert(declaration.kind);
                }
                Some(body) => {
                    let close = file.line(body.close.expect("a closed body").start);
                    let statements =
                        body.statements.iter().map(|statement| file.line(statement.range.start));
                    let around = [header - 1, header, close - 1, close].into_iter();
                    if around.chain(statements).all(commented) {
                        full.insert(declaration.kind);
                    }
                }
                None => {}
            }
        }
    }
    use DeclarationKind::*;
    let bodies = [
        SessionPolicy,
        GlobalDefault,
        GroupPolicy,
        OrderGroupPolicies,
        OrderSessionLayers,
        User,
        DirectoryGroup,
        Invite,
        JumpItem,
        JumpItems,
        JumpGroup,
        JumpItemRole,
        JumpPolicy,
        Team,
        Jumpoint,
        VaultAccountGroup,
        VaultAccount,
        Portal,
        Embassy,
        Test,
    ];
    for kind in bodies {
        assert!(full.contains(&kind), "no {kind:?} has comments in all places");
    }
    for kind in [
        Profile,
        SessionPolicy,
        User,
        JumpGroup,
        JumpPolicy,
        Team,
        Jumpoint,
        VaultAccountGroup,
        VaultAccount,
    ] {
        assert!(bare.contains(&kind), "no {kind:?} without a body has comments around it");
    }
}

/// A comment, a blank line or a line end of Windows at each place of the corpus where one may
/// stand.
#[test]
fn what_is_put_anywhere_into_the_corpus_stays_there() {
    let mut places = 0;
    for (name, text) in corpus() {
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let tokens = scan(text);
        let mut put = |at: usize, what: &str| {
            places += 1;
            let text = format!("{}{what}{}", &text[..at], &text[at..]);
            assert!(
                comments(&text).iter().any(|(comment, _)| comment == "# here"),
                "{name}: {text}"
            );
            assert_laid_out(&text);
        };
        put(0, "# here\n");
        put(text.len(), "\n# here");
        for (before, after) in tokens.iter().zip(&tokens[1..]) {
            if is_list_gap(before, after) {
                if before.kind != Kind::Comment
                    && !matches!(after.kind, Kind::Comment | Kind::LineEnd)
                {
                    put(before.end(), " # here\n");
                    put(before.end(), "\r\n\t# here\r\n\r\n");
                }
            } else if after.kind == Kind::LineEnd
                && before.kind != Kind::Comment
                && before.kind != Kind::LineEnd
            {
                put(after.start, "\t# here \t");
            }
            if after.kind == Kind::LineEnd {
                put(after.end(), "# here\n");
                put(after.end(), " \n\n    # here\n\n\n");
            }
        }
    }
    assert!(places > 1000, "{places} places");
}
