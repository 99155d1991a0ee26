//! Findings about text that cannot be parsed: what was expected there, in the terms of the language
//! rather than of the grammar, and a fix where there is a safe one.

mod as_meant;
mod headers;
mod lists;
mod memberships;

use super::ast::Range;
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::{FileId, Span};
use crate::syntax::pieces::{Piece, is_whole, pieces};
use crate::text::characters::quotation_mark;
use crate::text::{duration_as_meant, escape_control_chars};
pub(crate) use as_meant::plain_word;
pub(super) use as_meant::{as_meant, name_in_quotes};
use as_meant::{in_plain_letters, is_word};
pub(super) use headers::{header, header_tail, looks_like_setting, not_a_declaration};
pub(super) use lists::{
    bad_list_item, bad_string, bare_strings, empty_item, has_sign, is_no_item, missing_comma,
    nearly_strings, no_brackets, round_brackets, shifted_quotes, strings_word, unclosed_list,
    wrong_close,
};
pub(super) use memberships::{clauses, membership_with_sign};

const NOT_DEFINED: &str = "not defined";

const STATEMENT_HELP: &str = "a statement is `path = value`, such as `shell = deny`, a \
 membership, such as `team \"Servers\" as member`, or one of the lines that are specific to this \
 kind of body";

fn slice(text: &str, range: Range) -> &str {
    &text[range.start as usize..range.end as usize]
}

/// The part of a range that lies on its first line.
pub(super) fn first_line(range: Range, text: &str) -> Range {
    let line = slice(text, range).split('\n').next().unwrap_or_default();
    Range { end: range.start + line.trim_end().len() as u32, ..range }
}

/// The text as it is quoted in a message, which is not longer than a line.
fn excerpt(text: &str) -> String {
    const MAX: usize = 40;
    let text = text.trim();
    match text.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", escape_control_chars(&text[..at])),
        None => escape_control_chars(text).into_owned(),
    }
}

/// The indentation of the line of an offset.
pub(super) fn indent_of(text: &str, offset: usize) -> &str {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// A finding about a string without a closing quote, if the text contains one.
pub(super) fn unterminated(text: &str, file: FileId, range: Range) -> Option<Diagnostic> {
    let written = slice(text, range);
    let mut characters = written.char_indices();
    while let Some((at, quote)) = characters.next() {
        match quote {
            '#' => return None,
            '"' | '\'' => {}
            _ => continue,
        }
        let mut closed = false;
        while let Some((_, character)) = characters.next() {
            match character {
                '\\' if quote == '"' => {
                    characters.next();
                }
                _ if character == quote => {
                    closed = true;
                    break;
                }
                _ => {}
            }
        }
        if !closed {
            let place = Range { start: range.start + at as u32, end: range.end };
            return Some(
                Diagnostic::new(
                    Code::UNTERMINATED_STRING,
                    place.in_file(file),
                    "unterminated string",
                )
                .primary_message(format!("this `{quote}` is never closed"))
                .help(help_to_close(quote, &text[..range.end as usize])),
            );
        }
    }
    None
}

/// `text` ends where the line does. A string before the one that is open may have the cause.
fn help_to_close(quote: char, text: &str) -> &'static str {
    let near = text.char_indices().rev().nth(200).map_or(0, |(at, _)| at);
    let string = text[near..].rsplit('\n').next().unwrap_or_default();
    match quote {
        '"' if string.contains("\\\"") => {
            "in double quotes, `\\\"` is a quotation mark and not the end of the string: for a text \
             that ends with a backslash, use single quotes, such as `'C:\\'`"
        }
        '\'' if string.contains("\\'") => {
            "single quotes have no escapes: write a text with a `'` in double quotes"
        }
        _ => "close the string; it cannot span lines, so write a line break as `\\n`",
    }
}

pub(super) fn stray_brace(text: &str, file: FileId, range: Range) -> Diagnostic {
    let span = Range { end: range.start + 1, ..range }.in_file(file);
    let found = Diagnostic::new(Code::STRAY_BRACE, span, "unexpected closing `}`");
    if slice(text, range).trim() == "}" {
        found.help("remove it, or check whether a body above was closed too early")
    } else {
        found.help("the body above is already closed")
    }
}

/// A `{` on a line of its own that belongs to no line before it.
fn brace_alone(file: FileId, range: Range, code: Code) -> Diagnostic {
    Diagnostic::new(code, range.in_file(file), "unexpected `{` on a line of its own")
        .help("write the `{` at the end of the line that it belongs to")
}

/// A condition of a test, or of a filter, that cannot be parsed.
pub(super) fn invalid_condition(span: Span) -> Diagnostic {
    Diagnostic::new(Code::UNEXPECTED, span, "invalid condition").help(
        "conditions are `when user == \"u\"`, `when user in group policy \"G\"`, `when user in \
         directory group \"D\"`, `when user in team \"T\"`, `when invite == \"I\"`, `when jump \
         item == \"J\"`, `when jump item in jump group \"P\"`, `when portal == \"E\"`, `when tag \
         == \"x\"`, `when method == jump_client`, `when presence == present`; each can be negated \
         with `!=` or `not in`",
    )
}

/// An expectation of a test, or of a filter, that cannot be parsed.
pub(super) fn invalid_expectation(span: Span) -> Diagnostic {
    Diagnostic::new(Code::UNEXPECTED, span, "invalid expectation").help(
        "write `expect PATH == VALUE`, with one of `==` `!=` `<=` `>=` `in [..]` `not in [..]`, \
         optionally followed by `from …`, which says what must have decided the value",
    )
}

/// A line of a body that is not a statement.
pub(super) fn bad_statement(text: &str, file: FileId, range: Range) -> Diagnostic {
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let span = range.in_file(file);
    let found = |message: String| Diagnostic::new(Code::UNEXPECTED, span, message);
    let first = written
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .next()
        .unwrap_or_default();
    let rest = written[first.len()..].trim_start();
    let path_like = !first.is_empty()
        && first.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c));
    match first {
        "when" => return invalid_condition(span),
        "expect" => return invalid_expectation(span),
        "like" if !rest.starts_with(['=', ':']) => {
            return found("expected a name in quotes after `like`".into())
                .help("write `like \"Name\"`, with the name of a session policy");
        }
        "item" => {
            return found("expected a name in quotes after `item`".into())
                .help("write `item \"db01\"`");
        }
        _ => {}
    }
    if written == "{" {
        return brace_alone(file, range, Code::UNEXPECTED);
    }
    if let Some((path, _)) = written.split_once('=') {
        let path = path.trim_end();
        let right = path.replace('-', "_");
        let is_path = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
        if path.contains('-') && path_like && right.chars().all(is_path) {
            let place = Range { end: range.start + path.len() as u32, ..range }.in_file(file);
            let message = format!("invalid path `{}`", excerpt(path));
            return Diagnostic::new(Code::UNEXPECTED, place, message)
                .help("the words of a path are joined by `_`")
                .fix_replace(format!("write `{right}`"), place, right);
        }
    }
    if let Some(found) = words_of_path(text, file, range) {
        return found;
    }
    if let Some(found) = as_meant::bare_membership(text, file, range) {
        return found;
    }
    if path_like && !rest.is_empty() {
        let start = range.start + first.len() as u32;
        let place = Range { start, end: start };
        let after = Range { start: range.start + (written.len() - rest.len()) as u32, ..range }
            .in_file(file);
        let message = format!("expected `=` after `{}`", excerpt(first));
        if rest.starts_with("+=") || rest.starts_with("-=") {
            let message = format!("{message}, found `{}`", &rest[..2]);
            return Diagnostic::new(Code::UNEXPECTED, after, message).help(
                "a line sets the whole value, in place of that of the layers below: write `=`, and \
                 everything that it is to contain",
            );
        }
        let found = Diagnostic::new(Code::UNEXPECTED, after, message)
            .primary_message("`=` is missing before this");
        return if is_value_of(first, rest) {
            let right = format!("{first} = {rest}");
            found.help(format!("write `{}`", excerpt(&right))).fix(
                "add the `=`",
                vec![Edit { span: place.in_file(file), replacement: " =".into() }],
            )
        } else {
            found.help(STATEMENT_HELP)
        };
    }
    if let Some(upper) =
        written.split([' ', '=']).next().filter(|word| word.chars().any(char::is_uppercase))
    {
        let path = upper.to_lowercase().replace('-', "_");
        let found = found(format!("expected a statement, found `{}`", excerpt(written)))
            .help(format!("paths are written in lower case: `{}`", escape_control_chars(&path)));
        let is_path = path.split('.').all(is_word);
        let value = written[upper.len()..].trim_start().strip_prefix('=');
        let is_statement = is_path && value.is_some_and(|value| !value.starts_with(['=', '>']));
        let place = Range { end: range.start + upper.len() as u32, ..range }.in_file(file);
        return match is_statement {
            true => found.fix_replace(format!("write `{path}`"), place, path),
            false => found,
        };
    }
    found(format!("expected a statement, found `{}`", excerpt(written))).help(STATEMENT_HELP)
}

/// Whether a text after a path without a `=` is its value: a word or number, or what a path that is
/// not one of the profile takes.
fn is_value_of(path: &str, text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    let is_string = |quote: char| {
        let inner = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains([quote, '\\']))
    };
    let is_date = text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    !text.is_empty()
        && (text.chars().all(is_plain)
            || path == "expires" && is_date
            || takes_text(path) && (is_string('"') || is_string('\'')))
}

/// A path whose words have blanks between them, such as `display name = "Ada"`, or around its dots.
fn words_of_path(text: &str, file: FileId, range: Range) -> Option<Diagnostic> {
    let (path, value) = slice(text, range).split_once('=')?;
    let path = path.trim_end();
    let parts: Vec<&str> = path.split('.').map(str::trim).collect();
    let words: Vec<&str> = path.split_whitespace().collect();
    let has_dots = words.len() > 1 && parts.len() > 1 && parts.iter().all(|part| is_word(part));
    let is_statement = words.first().is_some_and(|word| ["final", "not"].contains(word));
    let has_words = (2..=4).contains(&words.len()) && words.iter().all(|word| is_word(word));
    if !(has_words || has_dots) || is_statement {
        return None;
    }
    if value.is_empty() || value.starts_with(['=', '>']) {
        return None;
    }
    let (right, help) = match has_dots {
        true => (parts.join("."), "a path has no blanks around its dots"),
        false => (words.join("_"), "the words of a path are joined by `_`"),
    };
    let place = Range { end: range.start + path.len() as u32, ..range };
    let message = format!("invalid path `{}`", excerpt(path));
    let found = Diagnostic::new(Code::UNEXPECTED, place.in_file(file), message);
    const OWN: [&str; 5] =
        ["display_name", "code_name", "session_policy", "jump_policy", "jump_group"];
    // Of what else two words stand for, the profile may know more.
    if !has_dots && !OWN.contains(&&*right) {
        return Some(found.help("the words of a path are joined by `_` or `.`"));
    }
    Some(found.help(help).fix_replace(format!("write `{right}`"), place.in_file(file), right))
}

/// A path in quotes: `"shell" = deny`. `after` is what follows the string.
pub(super) fn quoted_path(
    text: &str,
    file: FileId,
    string: Range,
    after: Range,
) -> Option<Diagnostic> {
    let path = slice(text, string).get(1..slice(text, string).len().checked_sub(1)?)?;
    let is_path = path.split('.').all(is_word);
    let sign = slice(text, after);
    if !is_path || !sign.starts_with('=') || sign.starts_with("==") {
        return None;
    }
    let place = string.in_file(file);
    let found = Diagnostic::new(Code::UNEXPECTED, place, "a path stands without quotes")
        .help(format!("write `{path} {}`", excerpt(sign)))
        .fix_replace("remove the quotes", place, path);
    Some(found)
}

/// The path of a line whose words have blanks between them, if a profile may know what is meant.
pub(super) fn spaced_path(text: &str, file: FileId, range: Range) -> Option<Range> {
    let first = slice(text, range).split([' ', '\t']).next()?;
    if ["expect", "item", "like", "when"].contains(&first) {
        return None;
    }
    let found = words_of_path(text, file, range).filter(|found| found.fixes.is_empty())?;
    let Span { start, end, .. } = found.primary.span;
    Some(Range { start, end })
}

/// A line of `order group policies` that is not a name in quotes.
pub(super) fn bad_entry(text: &str, file: FileId, range: Range) -> Diagnostic {
    let written = slice(text, range);
    if let Some((before, name)) = numbered_entry(text, range) {
        let place = Range { end: name.start, ..range }.in_file(file);
        let message = format!("unexpected `{}` before a name", slice(text, before).trim());
        return Diagnostic::new(Code::UNEXPECTED, before.in_file(file), message)
            .help(format!("an order has one name per line: write `{}`", excerpt(slice(text, name))))
            // With numbers, the order may be another one than that of the lines.
            .fix_with(
                Applicability::safe_if(
                    !slice(text, before).starts_with(|c: char| c.is_ascii_digit()),
                ),
                "write the name alone",
                vec![Edit { span: place, replacement: String::new() }],
            );
    }
    let name = written.trim_end_matches([',', ';', ' ', '\t']);
    let is_plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '&' | '/'));
    if !is_plain {
        return bad_statement(text, file, range);
    }
    let message = format!("expected a name in quotes, found `{}`", excerpt(name));
    Diagnostic::new(Code::UNEXPECTED, range.in_file(file), message)
        .help(format!("names are strings: write `\"{name}\"`"))
        .fix_replace("put the name in quotes", range.in_file(file), format!("\"{name}\""))
}

/// A name of an order with a number, a dash, or the kind of the object before it: where that stands,
/// and the name.
pub(super) fn numbered_entry(text: &str, range: Range) -> Option<(Range, Range)> {
    let written = slice(text, range);
    let (piece, name) = pieces(written).next()?;
    let before = written[..name.start as usize].trim_end();
    let number = before.trim_end_matches(['.', ')', ':']);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let fits = is_number || ["-", "*", "group policy", "policy"].contains(&before);
    let is_all = piece == Piece::String && name.end as usize == written.len();
    let of_line = |at: Range| Range { start: range.start + at.start, end: range.start + at.end };
    let before = Range { start: 0, end: before.len() as u32 };
    (fits && is_all && is_whole(slice(written, name))).then(|| (of_line(before), of_line(name)))
}

/// The path that an invalid line starts with, if there is one.
pub(super) fn leading_path(text: &str, range: Range) -> Option<Range> {
    let written = slice(text, range);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let length = written.find(|c| !plain(c)).unwrap_or(written.len());
    (length > 0).then_some(Range { start: range.start, end: range.start + length as u32 })
}

/// The text after `path =` is not a value.
pub(super) fn bad_value(text: &str, file: FileId, path: Range, range: Range) -> Diagnostic {
    let path_text = slice(text, path);
    if range.start == range.end {
        return Diagnostic::new(
            Code::UNEXPECTED,
            path.in_file(file),
            format!("expected a value after `{path_text} =`"),
        )
        .help("write a value, or remove the line, which has the same effect as `not defined`");
    }
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let found = Diagnostic::new(
        Code::UNEXPECTED,
        range.in_file(file),
        format!("invalid value `{}` for `{path_text}`", excerpt(written)),
    );
    if written.starts_with('-') && written[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return found.help(
            "there are no negative numbers: what the product's API writes as -1 is \
             `site_default`, and what it writes as 0 is `never`, where a setting has them",
        );
    }
    if let Some(number) = grouped_digits(written) {
        let place = range.in_file(file);
        return found.help(format!("a number has digits alone: write `{number}`")).fix_replace(
            format!("write `{number}`"),
            place,
            number,
        );
    }
    if written.ends_with('{') {
        return found.help("only `custom` has a body: `session_policy = custom {`");
    }
    let word = written.trim_end_matches([';', ',']);
    let lower = in_plain_letters(word);
    if lower.replace('_', " ") == NOT_DEFINED {
        let fix = format!("write `{NOT_DEFINED}`");
        return found.help("write it in lower case: `not defined`").fix_replace(
            fix,
            range.in_file(file),
            NOT_DEFINED,
        );
    }
    let ident = is_word(&lower);
    // Some paths expect a name, which needs quotes; elsewhere capitals are a typing error.
    let is_text = is_bare_text(word);
    let named = takes_text(path_text);
    let first = lower.split([' ', '_']).next().unwrap_or_default();
    let is_policy = path_text.starts_with("session_policy")
        && (ident && !matches!(&*lower, "none" | "custom")
            || is_text && !["not", "none", "custom"].contains(&first));
    if named && is_text || is_policy {
        return found
            .help(format!("names and texts are written in quotes: `\"{word}\"`"))
            .fix_replace("put it in quotes", range.in_file(file), format!("\"{word}\""));
    }
    if ident && lower != word {
        return found
            .help(format!("values are written in lower case, with `_`: `{lower}`"))
            .fix_replace(format!("write `{lower}`"), range.in_file(file), lower);
    }
    found.help(
        "a value is a word such as `allow`, a string in quotes, a number, a duration such \
     as `15m`, a list in square brackets, or `not defined`",
    )
}

/// A number whose digits stand in groups, such as `1,000`, without the signs between them.
fn grouped_digits(written: &str) -> Option<String> {
    const MAX: usize = 30;
    let groups: Vec<&str> =
        written.get(..MAX.min(written.len()))?.split(['_', ',', '\'']).collect();
    let is_group = |group: &&str| {
        (1..=3).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_number = groups.len() > 1
        && written.len() <= MAX
        && groups.iter().all(is_group)
        && groups[1..].iter().all(|group| group.len() == 3);
    is_number.then(|| groups.concat())
}

/// Whether a path expects a name or a text.
pub(super) fn takes_text(path: &str) -> bool {
    matches!(
        path,
        "group"
            | "owner"
            | "portal"
            | "jump_policy"
            | "tag"
            | "comments"
            | "code_name"
            | "display_name"
            | "description"
    )
}

/// Whether what stands where a text is expected can only be that text without quotes.
pub(super) fn is_bare_text(text: &str) -> bool {
    let is_other = |c: char| "\"'\\#{}[]=".contains(c) || quotation_mark(c).is_some();
    !text.is_empty() && !text.contains(|c: char| c.is_control() || is_other(c))
}

/// A number with its unit after a blank, such as `15 min`.
pub(super) fn unit_apart(
    text: &str,
    file: FileId,
    path: Range,
    number: Range,
    rest: Range,
) -> Option<Diagnostic> {
    let (number_text, unit) = (slice(text, number), slice(text, rest));
    let right = duration_as_meant(&format!("{number_text}{unit}"))?;
    let whole = Range { end: rest.end, ..number };
    let message =
        format!("invalid value `{number_text} {}` for `{}`", excerpt(unit), slice(text, path));
    let found = Diagnostic::new(Code::UNEXPECTED, whole.in_file(file), message)
        .help(format!("a duration is a number with its unit, without a blank: write `{right}`"))
        .fix_replace(format!("write `{right}`"), whole.in_file(file), right);
    Some(found)
}

/// Text after what a line says, which may be a sign that ends lines in other languages.
pub(super) fn trailing(text: &str, file: FileId, range: Range, message: &str) -> Diagnostic {
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let before = text[..range.start as usize].trim_end_matches([' ', '\t']);
    // Brackets that nothing opens, in whatever number.
    let closes = before.ends_with(']') && !written.contains(|c: char| !"])},; \t".contains(c));
    if matches!(written, ";" | ",") || closes {
        let place = Range { start: before.len() as u32, end: range.end }.in_file(file);
        let message = format!("unexpected `{}`", excerpt(written));
        let help = match closes {
            true => "the list ends before this",
            false => "a line has no sign at its end",
        };
        return Diagnostic::new(Code::UNEXPECTED, range.in_file(file), message)
            .help(help)
            .fix_replace("remove it", place, "");
    }
    Diagnostic::new(
        Code::UNEXPECTED,
        range.in_file(file),
        format!("expected the end of the line, found `{}`", excerpt(written)),
    )
    .primary_message(message)
    .help("write each statement on a line of its own; comments start with `#`")
}

/// A finding about an unterminated string in the rest of the line.
pub(super) fn unterminated_on_line(text: &str, file: FileId, at: Range) -> Option<Diagnostic> {
    let rest = window(text, at.start);
    let end = at.start + rest.len() as u32;
    unterminated(text, file, Range { start: at.start, end })
}

/// What stands on a line from a place on, without a comment.
pub(super) fn rest_of_line(text: &str, start: u32) -> Range {
    let rest = &text[start as usize..];
    let line = rest.split('\n').next().unwrap_or_default();
    let code = line.split('#').next().unwrap_or_default().trim_end();
    Range { start, end: start + code.len() as u32 }
}

/// The rest of the line after a place, or the first part of it, since a line may be megabytes long.
fn window(text: &str, start: u32) -> &str {
    let mut end = (start as usize + 200).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let is_truncated = end < text.len();
    let rest = &text[start as usize..end];
    match rest.find('\n') {
        Some(at) => rest[..at].trim_end(),
        // A string may end after the window.
        None if is_truncated => "",
        None => rest.trim_end(),
    }
}
