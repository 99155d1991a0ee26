//! `hidden-character`: a string, a comment or the path of a file contains characters that cannot be
//! seen, that change the order in which text is shown, or that look like a space. What reviewers
//! read is then not what the compiler reads. Outside of strings and comments, such characters are
//! errors.

use super::sink::LintSink;
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::pieces::{Piece, is_whole, pieces};
use crate::text::characters::{describe, is_odd_blank};
use crate::text::{is_invisible_or_control, quote, unquote};

pub(super) fn lint(sources: &Sources, sink: &mut LintSink<'_>) {
    for (id, file) in sources.iter() {
        // Nearly every file can be passed over without a look at its lines.
        let is_plain = |byte: u8| matches!(byte, b'\n' | b' '..=b'~');
        let is_read = [".prec", ".toml"].iter().any(|end| file.path.ends_with(end));
        if is_read && !file.path.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            of_path(id, file, sink);
        }
        if is_read && !file.text.bytes().all(is_plain) {
            of_file(id, file, sink);
        }
    }
}

/// Reviewers read the path of a file too: it says whose policies these are.
fn of_path(id: FileId, file: &SourceFile, sink: &mut LintSink<'_>) {
    let hidden: Vec<char> = file.path.chars().filter(|c| is_hidden_in_string(*c)).collect();
    if let Some(first) = hidden.first() {
        let span = Span::file_start(id);
        sink.add(span, |code| {
            finding(code, span, "file's path", *first, hidden.len()).help("rename it")
        });
    }
}

fn of_file(id: FileId, file: &SourceFile, sink: &mut LintSink<'_>) {
    for (piece, place) in pieces(&file.text) {
        let text = &file.text[place.start as usize..place.end as usize];
        let is_hidden: fn(char) -> bool = match piece {
            Piece::String => is_hidden_in_string,
            Piece::Comment => is_hidden_in_comment,
        };
        let mut hidden: Vec<char> =
            text.chars().filter(|character| is_hidden(*character)).collect();
        let Some(&first) = hidden.first() else { continue };
        let count = hidden.len();
        hidden.dedup();
        let span = place.in_file(id);
        sink.add(span, |code| match piece {
            Piece::String if file.path.ends_with(".toml") => {
                finding(code, span, "string", first, count)
                    .help("write it as an escape, such as `\\u00A0`, or remove it")
            }
            Piece::String => in_string(code, span, text, first, count),
            Piece::Comment => in_comment(code, span, text, first, count),
        });
    }
}

fn is_hidden_in_string(character: char) -> bool {
    is_invisible_or_control(character) || is_odd_blank(character)
}

/// A comment means nothing, so only what makes it look like another text counts: emoji and some
/// scripts are joined by characters without a shape.
fn is_hidden_in_comment(character: char) -> bool {
    let joins = matches!(character, '\u{200c}' | '\u{200d}' | '\t');
    is_invisible_or_control(character) && !joins
}

/// Characters that some programs take for the end of a line.
fn ends_lines(character: char) -> bool {
    matches!(character, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn what_it_does(character: char) -> &'static str {
    match character {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "it changes the order in which the text is shown"
        }
        ends if ends_lines(ends) => "some programs show the rest on another line",
        blank if is_odd_blank(blank) || blank == '\t' => "it looks like a space",
        _ => "it cannot be seen",
    }
}

fn finding(code: Code, span: Span, piece: &str, first: char, count: usize) -> Diagnostic {
    let more = match count {
        1 => String::new(),
        _ => format!(" and {} more such characters", count - 1),
    };
    let more = if count == 2 { " and another such character".to_owned() } else { more };
    let message = format!("this {piece} contains {}{more}", describe(first));
    Diagnostic::new(code, span, message).primary_message(what_it_does(first))
}

fn in_string(code: Code, span: Span, text: &str, first: char, count: usize) -> Diagnostic {
    let found = finding(code, span, "string", first, count);
    let Some(Ok(content)) = is_whole(text).then(|| unquote(text)) else { return found };
    let escaped: String = escaped(&quote(&content));
    let as_escape = vec![Edit { span, replacement: escaped.clone() }];
    let escape = format!("write `{escaped}`");
    let blank = |c: char| is_odd_blank(c) || c == '\t';
    if !text.chars().filter(|c| is_hidden_in_string(*c)).all(blank) {
        return found
            .help("write it as an escape, so that it can be seen, or remove it")
            .fix(escape, as_escape);
    }
    // A space is most likely meant, and makes it another name.
    let plain: String = text.chars().map(|c| if blank(c) { ' ' } else { c }).collect();
    found
        .help("write a space, or an escape if this character is meant")
        .fix_with(Applicability::Unsafe, "write spaces", vec![Edit { span, replacement: plain }])
        .fix(escape, as_escape)
}

/// A string in its canonical form, with escapes for what would be hidden in it.
fn escaped(canonical: &str) -> String {
    let mut out = String::with_capacity(canonical.len() + 8);
    for character in canonical.chars() {
        match is_hidden_in_string(character) {
            true => out.push_str(&format!("\\u{{{:X}}}", u32::from(character))),
            false => out.push(character),
        }
    }
    out
}

fn in_comment(code: Code, span: Span, text: &str, first: char, count: usize) -> Diagnostic {
    let found = finding(code, span, "comment", first, count);
    let without = |in_place: &dyn Fn(char) -> Option<char>| -> String {
        let kept = text.chars().filter_map(|c| match is_hidden_in_comment(c) {
            true => in_place(c),
            false => Some(c),
        });
        kept.collect()
    };
    // What stands after it may be a line that readers see, and that counts for nothing.
    if text.trim_end().contains(ends_lines) {
        let lines = without(&|c| ends_lines(c).then_some('\n'));
        let edit = Edit { span, replacement: lines.trim_end().to_owned() };
        return found
            .help("if the rest is to be a line of its own, start one; else remove the character")
            .fix_with(Applicability::Unsafe, "start a new line", vec![edit]);
    }
    let plain = without(&|_| None);
    found.help("remove it").fix_replace("remove it", span, plain.trim_end())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{compiled, messages};
    use crate::ir::file;
    use crate::workspace::recheck;
    use std::sync::Arc;

    fn found(text: &str) -> Vec<String> {
        messages("hidden-character", &format!("global default {{\n  others = unknown\n}}\n{text}"))
    }

    #[test]
    fn strings_and_comments_are_searched() {
        assert_eq!(
            found("user \"ada\u{202e}\" # safe \u{202e}} wolla = llehs \u{2066}\n"),
            [
                "this string contains U+202E (right-to-left override)",
                "this comment contains U+202E (right-to-left override) and another such character",
            ]
        );
        assert_eq!(
            found("user \"ada\u{a0}l\" # caf\u{e9}\u{a0}!\n"),
            ["this string contains U+00A0 (no-break space)"]
        );
        assert_eq!(
            found("user \"a\tb\" # a\tb\n# ok\u{2028}shell = deny\r\n"),
            ["this string contains U+0009 (tab)", "this comment contains U+2028 (line separator)",]
        );
        assert_eq!(found("user \"\\u{202E}\" # \u{1f468}\u{200d}\u{1f469}\r\n"), [""; 0]);
        let family = "user \"\u{1f468}\u{200d}\u{1f469}\"\n";
        assert_eq!(found(family), ["this string contains U+200D (zero width joiner)"]);
    }

    #[test]
    fn the_escape_is_the_same_name() {
        let text = "user 'C:\\x\u{200b}\"'\n";
        let found = compiled(text, "").diagnostics;
        let found = found.iter().find(|found| found.code.name() == "hidden-character");
        let fix = found.and_then(|found| found.fixes.first()).expect("a fix");
        assert_eq!(fix.edits[0].replacement, "\"C:\\\\x\\u{200B}\\\"\"");
    }

    #[test]
    fn a_string_in_a_compiled_file_may_have_no_end() {
        let ir = compiled("user \"ada\"\n# a\n# b\n# \\t\n", "").ir.expect("an IR");
        let mut bytes = Vec::new();
        file::write(&ir, &mut bytes).expect("memory takes all");
        let text = String::from_utf8(bytes).expect("text");
        let text = text.replace("# a", "\\\"");
        let text = text.replace("# b", "\\\"\u{202e}");
        let read = file::read(text.as_bytes()).expect("an IR that can be read back");
        let found = recheck(Arc::new(read), None).diagnostics;
        let found: Vec<&str> = found.iter().map(|found| &*found.message).collect();
        let expected = "this string contains U+202E (right-to-left override)";
        assert!(found.contains(&expected), "{found:?}");
    }
}
