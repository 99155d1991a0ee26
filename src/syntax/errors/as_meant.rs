//! Texts that can be read once their words are in lower case, or a sign is another one.

use super::super::ast::Range;
use super::super::pieces::pieces;
use super::{is_bare_text, slice};
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::source::{FileId, Span};
use crate::text::escape_control_chars;

/// A word in the letters that words of the language have.
pub(super) fn in_plain_letters(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A membership whose name stands without quotes: `team Servers as member`.
pub(super) fn bare_membership(text: &str, file: FileId, range: Range) -> Option<Diagnostic> {
    const KINDS: [&str; 5] =
        ["team", "jump group", "jumpoint", "vault account group", "vault account"];
    let written = slice(text, range);
    let kind = KINDS.into_iter().find(|kind| {
        written.strip_prefix(kind).is_some_and(|rest| rest.starts_with([' ', '\t']))
    })?;
    let rest = written[kind.len()..].trim_start();
    let start = written.len() - rest.len();
    let mut edits = Vec::new();
    let name = name_in(rest)?;
    let mut quote = |at: usize, name: &str| {
        let begin = range.start + at as u32;
        let place = Range { start: begin, end: begin + name.len() as u32 }.in_file(file);
        edits.push(Edit { span: place, replacement: format!("\"{name}\"") });
        place
    };
    let place = quote(start, name);
    // The role of a jump group and its jump policy are names too.
    let is_name = |name: &str| kind == "jump group" && !["default role", ""].contains(&name);
    for word in [" as ", " with "] {
        let Some(at) = rest.find(word).map(|at| at + word.len()) else { continue };
        if let Some(name) = name_in(&rest[at..]).filter(|name| is_name(name)) {
            quote(start + at, name);
        }
    }
    let message = format!("expected a name in quotes after `{kind}`, found `{name}`");
    let found = Diagnostic::new(Code::UNEXPECTED, place, message)
        .help(format!("names are strings: write `{kind} \"{name}\"`"))
        .fix("put it in quotes", edits);
    Some(found)
}

/// The name without quotes that a text begins with, up to the next word of a membership.
fn name_in(text: &str) -> Option<&str> {
    let ends = [" as ", " with ", " until ", " #"].map(|word| text.find(word));
    let name = text[..ends.into_iter().flatten().min().unwrap_or(text.len())].trim_end();
    let is_of_name = |c: char| c.is_alphanumeric() || " -_.&/".contains(c);
    (!name.is_empty() && name.chars().all(is_of_name)).then_some(name)
}

/// The word that a value stands for that has capitals, or `-` in place of `_`.
pub(crate) fn plain_word(written: &str) -> Option<String> {
    const MAX: usize = 100;
    let plain = (written.len() <= MAX).then(|| in_plain_letters(written))?;
    (plain != written && is_word(&plain)).then_some(plain)
}

/// Proposes how a condition or expectation is written that can be read once its words are in lower
/// case and `=` is `==`, such as `expect shell = ALLOW`.
pub(in crate::syntax) fn as_meant(
    found: Diagnostic,
    written: &str,
    span: Span,
    reads: impl Fn(&str) -> bool,
) -> Diagnostic {
    let mut edits = Vec::new();
    let mut right = String::new();
    let mut at = 0;
    let end = Range { start: written.len() as u32, end: written.len() as u32 };
    for string in pieces(written).map(|(_, piece)| piece).chain([end]) {
        for (start, word) in words(&written[at..string.start as usize]) {
            let meant = if word == "=" { Some("==".to_owned()) } else { plain_word(word) };
            let start = span.start + (at + start) as u32;
            let place = Span { start, end: start + word.len() as u32, ..span };
            edits.extend(meant.clone().map(|replacement| Edit { span: place, replacement }));
            right.push_str(meant.as_deref().unwrap_or(word));
        }
        right.push_str(slice(written, string));
        at = string.end as usize;
    }
    if edits.is_empty() || !reads(&right) {
        return found;
    }
    let help = format!("write `{}`", escape_control_chars(&right));
    found.help(help.clone()).fix(help, edits)
}

/// A condition whose name stands without quotes, such as `when user == john.doe`.
pub(in crate::syntax) fn name_in_quotes(
    written: &str,
    span: Span,
    reads: impl Fn(&str) -> bool,
) -> Option<Diagnostic> {
    const MAX: usize = 300;
    if written.len() > MAX {
        return None;
    }
    let quoted = |at: usize| format!("{}\"{}\"", &written[..at], &written[at..]);
    let starts = written.rmatch_indices([' ', '\t', '=']).map(|(at, _)| at + 1);
    let mut starts = starts.take_while(|at| is_bare_text(&written[*at..]));
    let at = starts.find(|at| reads(&quoted(*at)))?;
    let mut before = written[..at].split_whitespace();
    let takes_word = before.clone().any(|word| matches!(word, "method" | "presence"));
    if takes_word || before.next_back() == Some("in") {
        return None;
    }
    let name = &written[at..];
    let place =
        Span { start: span.start + at as u32, end: span.start + written.len() as u32, ..span };
    let found =
        Diagnostic::new(Code::UNEXPECTED, place, format!("`{name}` is a name without quotes"))
            .help(format!("names are strings: write `{}`", quoted(at)));
    // Two conditions are two lines.
    let is_one = name.split(' ').all(|word| !["and", "or"].contains(&word));
    Some(match is_one {
        true => found.fix_replace("put it in quotes", place, format!("\"{name}\"")),
        false => found,
    })
}

/// Words, the signs between them, and the blanks between those, each with its place.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let kind = |c: char| match c {
        '_' | '-' => 0,
        _ if c.is_alphanumeric() => 0,
        _ if c.is_whitespace() => 1,
        '=' | '!' | '<' | '>' => 2,
        _ => 3,
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = &text[start..];
        let of = kind(rest.chars().next()?);
        at += rest.find(|c| kind(c) != of).unwrap_or(rest.len());
        Some((start, &text[start..at]))
    })
}
