//! Fixes on texts that somebody broke in one place, with comments wherever they may stand: apart from
//! the place that it corrects, a fix loses no comment, no string and no line, and what it corrects is not
//! found again.

use crate::dice::Dice;
use crate::generate::{plan, workspace};
use crate::laws::law;
use crate::layout::mess::{Extra, mess};
use crate::layout::tokens::{Kind, Token, scan};
use crate::support::{BUILTIN, compile, drawn};
use precedent::diagnostic::{Applicability, Code, Diagnostic, Fix, fix};
use precedent::source::Sources;
use precedent::syntax::pieces::{Piece, pieces};
use precedent::workspace::Compiled;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Breaks a text at one of its tokens, in a way that people do.
fn slip(text: &str, dice: &mut Dice) -> Option<String> {
    let tokens = scan(text);
    let pick = |wanted: &dyn Fn(&Token<'_>) -> bool, dice: &mut Dice| {
        let found: Vec<&Token<'_>> = tokens.iter().filter(|token| wanted(token)).collect();
        (!found.is_empty()).then(|| *found[dice.below(found.len())])
    };
    let put = |at: std::ops::Range<usize>, with: &str| {
        Some(format!("{}{with}{}", &text[..at.start], &text[at.end..]))
    };
    let sign = |sign: &'static str| move |token: &Token<'_>| token.is(sign);
    let word = |token: &Token<'_>| token.kind == Kind::Word && token.text.len() > 3;
    let string = |token: &Token<'_>| token.kind == Kind::String;
    match dice.below(17) {
        0 => pick(&sign(","), dice).and_then(|t| put(t.start..t.end(), "")),
        1 => pick(&sign(","), dice).and_then(|t| put(t.start..t.end(), ",,")),
        2 => pick(&sign("["), dice).and_then(|t| put(t.end()..t.end(), "\n # gone\n , ")),
        3 => pick(&sign("]"), dice).and_then(|t| put(t.start..t.end(), "")),
        4 => pick(&sign("}"), dice).and_then(|t| put(t.start..t.end(), "")),
        5 => pick(&sign("{"), dice).and_then(|t| put(t.start..t.end(), " # here\n{")),
        6 => pick(&sign("{"), dice).and_then(|t| put(t.start..t.end(), "\n{")),
        7 => pick(&sign("="), dice)
            .and_then(|t| put(t.start..t.end(), [":", ":=", "=="][dice.below(3)])),
        8 => pick(&sign("="), dice).and_then(|t| put(t.start..t.end(), "")),
        // In marks that are none of the language, what follows a `#` is no comment either.
        9 => pick(&|t| string(t) && !t.text.contains('#'), dice).and_then(|t| {
            put(t.start..t.end(), &format!("\u{201c}{}\u{201d}", &t.text[1..t.text.len() - 1]))
        }),
        10 => pick(&string, dice).and_then(|t| put(t.end() - 1..t.end(), "")),
        11 => pick(&string, dice).and_then(|t| put(t.start..t.end(), &t.text[1..t.text.len() - 1])),
        12 => pick(&word, dice).and_then(|t| put(t.end()..t.end(), "\u{a0}")),
        13 => pick(&word, dice).and_then(|t| put(t.start + 1..t.start + 2, "")),
        15 => pick(&string, dice)
            .and_then(|t| put(t.start..t.start, ["//", "--", "// "][dice.below(3)])),
        14 => pick(&word, dice).and_then(|t| put(t.end()..t.end(), ";")),
        _ => pick(&|t: &Token<'_>| t.kind == Kind::Comment, dice)
            .and_then(|t| put(t.start..t.start + 1, ["//", "--", "/*"][dice.below(3)])),
    }
}

/// The comments of a text without their sign, and its strings, each with how often it is there.
fn parts(text: &str) -> (BTreeMap<&str, usize>, usize) {
    let mut comments = BTreeMap::new();
    let mut strings = 0;
    for (piece, at) in pieces(text) {
        let written = &text[at.start as usize..at.end as usize];
        match piece {
            Piece::Comment => {
                *comments.entry(written.trim_start_matches('#').trim()).or_default() += 1
            }
            Piece::String => strings += 1,
        }
    }
    (comments, strings)
}

/// What may be gone with the place that a fix corrects.
fn assert_keeps(before: &str, after: &str, fix: &Fix, sources: &Sources) {
    let said = || format!("`{}` makes\n{after}\n── from\n{before}", fix.message);
    let (mut old, new) = (parts(before), parts(after));
    // What follows the sign of a comment of another language was taken for code.
    if fix.message.contains("`#`") {
        old = Default::default();
    }
    for (comment, count) in &old.0 {
        assert!(new.0.get(comment) >= Some(count), "the comment {comment:?} is gone: {}", said());
    }
    let replaced: Vec<&str> = fix.edits.iter().map(|edit| sources.text(edit.span)).collect();
    let is_string = |text: &&&str| text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']);
    let gone = replaced.iter().filter(is_string).count();
    assert!(new.1 + gone >= old.1, "a string is gone: {}", said());
    for (edit, text) in fix.edits.iter().zip(&replaced) {
        let rest = text.trim();
        let lines = text.matches('\n').count() > edit.replacement.matches('\n').count();
        assert!(!lines || rest.is_empty() || rest == "{", "a line is gone: {}", said());
    }
}

/// How often something is found. Of several bodies that are open at one place, a `}` closes the inner
/// one, whichever was meant, so they count together.
fn errors_like(found: &Diagnostic, compiled: &Compiled) -> usize {
    let same = |other: &&Diagnostic| {
        let is_brace = found.code == Code::MISSING_BRACE;
        other.code == found.code && (is_brace || other.message == found.message)
    };
    compiled.diagnostics.iter().filter(same).map(|other| other.count).sum()
}

fn assert_fixes_hold(broken: &str) {
    let compiled = compile(&[("a.prec", broken)]);
    for found in &compiled.diagnostics {
        for fix in &found.fixes {
            let (id, after) = fix::apply(&[fix], &compiled.sources).pop_first().expect("a text");
            let before = compiled.sources.file(id).written();
            assert_keeps(before, &after, fix, &compiled.sources);
            // A `}` may close a block that could not be parsed and is open as well.
            let other = |other: &Diagnostic| other.code.is_syntax() && other.code != found.code;
            let is_hidden =
                found.code == Code::MISSING_BRACE && compiled.diagnostics.iter().any(other);
            if fix.applicability == Applicability::Safe && !is_hidden {
                let fixed = compile(&[("a.prec", &after)]);
                assert!(
                    errors_like(found, &fixed) < errors_like(found, &compiled),
                    "`{}` does not correct it:\n{}\n{}── in\n{after}",
                    fix.message,
                    drawn(std::slice::from_ref(found), &compiled.sources),
                    drawn(&fixed.diagnostics, &fixed.sources),
                );
            }
        }
    }
}

#[test]
fn a_fix_loses_nothing_but_what_it_corrects() {
    for profile in BUILTIN {
        law(8, (plan(profile), any::<u64>()), |(plan, seed)| {
            let mut dice = Dice::of(seed, "slip");
            let text: String = workspace(&plan).into_iter().map(|(_, text)| text).collect();
            let messy = mess(&text, Extra::CommentsAndBlankLines, &mut dice);
            for _ in 0..4 {
                if let Some(broken) = slip(&messy, &mut dice) {
                    assert_fixes_hold(&broken);
                }
            }
        });
    }
}

#[test]
fn fixes_look_at_comments() {
    for (text, fixed) in [
        (
            "session policy \"A\" {\n  screen_sharing.applications = except [\n    # \"cmd.exe\"\n    , \"powershell.exe\"\n  ]\n}\n",
            "session policy \"A\" {\n  screen_sharing.applications = except [\n    # \"cmd.exe\"\n    \"powershell.exe\"\n  ]\n}\n",
        ),
        (
            "directory group \"A\" {\n  members = [\n    \"ann\", # team lead\n    , \"bob\",\n  ]\n}\n",
            "directory group \"A\" {\n  members = [\n    \"ann\", # team lead\n    \"bob\",\n  ]\n}\n",
        ),
        (
            "directory group \"A\" {\n  members = [\"ann\", Bob # here\n}\n",
            "directory group \"A\" {\n  members = [\"ann\", Bob] # here\n}\n",
        ),
        (
            "directory group \"A\" {\n  members = [\n    \"ann\" # team lead\n    \"bob\",\n  ]\n}\n",
            "directory group \"A\" {\n  members = [\n    \"ann\", # team lead\n    \"bob\",\n  ]\n}\n",
        ),
        (
            "user \"ann\" # lead\n\n# more\n{ # in\n}\n",
            "user \"ann\" { # lead\n\n# more\n # in\n}\n",
        ),
        ("user \"ann\"\r\n{\r\n}\r\n", "user \"ann\" {\r\n}\r\n"),
    ] {
        let compiled = compile(&[("a.prec", text)]);
        let fixes: Vec<&Fix> =
            compiled.diagnostics.iter().filter_map(|found| found.fixes.first()).collect();
        let after = fix::apply(&fixes, &compiled.sources).pop_first().map(|(_, text)| text);
        assert_eq!(after.as_deref(), Some(fixed));
    }
}
