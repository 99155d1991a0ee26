//! Corrects one line: its blanks, quotation marks, comments and signs outside of strings and
//! comments.

use super::super::ast::{DeclarationKind, Range as Place};
use super::super::pieces::end_of_string;
use super::{Corrector, comments, span};
use crate::diagnostic::{Code, Diagnostic};
use crate::text::characters::{describe, is_odd_blank, quotation_mark};
use crate::text::escape_control_chars;
use std::ops::Range;

/// Characters that other programs take for the end of a line.
const LINE_SEPARATORS: [char; 5] = ['\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// How many characters tell on which side of a line's end something stands.
const MAX_LOOK: usize = 200;

/// How the reading of a line ends.
enum End {
    /// With the line, and perhaps inside of a comment that began here.
    Open(Option<usize>),
    /// Before the end: what is written after this place should be a line of its own.
    NextLine(usize),
}

impl Corrector<'_> {
    /// Corrects a line. `open` is where a comment started that a line before did not close; the
    /// result says the same for the next line.
    pub(super) fn line(&mut self, line: Range<usize>, open: Option<usize>) -> Option<usize> {
        let mut open = open;
        let mut rest = line;
        // A character that other programs show as the end of a line may stand between two lines.
        loop {
            match self.part_of_line(rest.clone(), open) {
                End::Open(start) => return start,
                End::NextLine(at) => (rest, open) = (at..rest.end, None),
            }
        }
    }

    fn part_of_line(&mut self, line: Range<usize>, open: Option<usize>) -> End {
        let mut at = line.start;
        if let Some(start) = open {
            let Some(end) = self.block_end(start, &line) else { return End::Open(open) };
            at = end;
            self.close_comment(start, at, line.end);
        }
        let first = at;
        // Perhaps a typographic mark was meant to close a string of the line.
        let typographic = !self.is_plain && {
            let end = self.next_separator(first..line.end);
            self.has_quotation_mark(first..end) && !self.closes(first..end)
        };
        let mut code_end = None;
        while at < line.end {
            let byte = self.text.as_bytes()[at];
            match byte {
                b'#' => {
                    code_end = Some(at);
                    break;
                }
                b'"' | b'\'' => match self.string(&line, at, typographic) {
                    Some(end) => at = end,
                    None => {
                        self.open_name(&line, at);
                        break;
                    }
                },
                b'{' if self.text[first..at].trim().is_empty() => {
                    self.brace_alone(at, line.end);
                    at += 1;
                }
                b';' | b'%' | b'R' if self.open_lists == 0 && self.begins(first..at) => {
                    match comments::first_sign(&self.text[at..line.end]) {
                        Some(sign) => {
                            self.line_comment(&line, at, sign);
                            break;
                        }
                        None => at += 1,
                    }
                }
                b'/' | b'-' | b'<' => match comments::sign(self.text, line.start, at) {
                    Some("/*" | "<!--") => match self.block_comment(&line, at) {
                        Some(end) => at = end,
                        None if self.is_closed_below(at, line.end) => return End::Open(Some(at)),
                        None => {
                            self.unclosed_comment(at);
                            self.blank_out(at..line.end);
                            break;
                        }
                    },
                    Some(sign) => match self.line_comment(&line, at, sign) {
                        Some(end) => at = end,
                        None => break,
                    },
                    None => at += 1,
                },
                b'[' => {
                    self.open_lists += 1;
                    at += 1;
                }
                b']' => {
                    self.open_lists = self.open_lists.saturating_sub(1);
                    at += 1;
                }
                // No list goes on after the brace that ends its body.
                b'}' => {
                    self.open_lists = 0;
                    at += 1;
                }
                b'\t' => at += 1,
                b'`' | ..=0x1f | 0x7f.. => {
                    if let Some(end) = self.line_separator(&line, at) {
                        self.sign(first..at);
                        self.note_header(first, at);
                        return End::NextLine(end);
                    }
                    match self.character(&line, at) {
                        Some(end) => at = end,
                        None => break,
                    }
                }
                _ => at += 1,
            }
        }
        self.sign(first..line.end);
        self.note_header(first, code_end.unwrap_or(line.end));
        End::Open(None)
    }

    /// Whether what stands before a place in its line is an indentation.
    fn begins(&self, before: Range<usize>) -> bool {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        before.len() <= MAX_LOOK && self.text.as_bytes()[before].iter().all(is_blank)
    }

    /// A character at a place that separates lines in other programs, with code before it and the
    /// beginning of another line after it. Returns where that begins.
    fn line_separator(&mut self, line: &Range<usize>, at: usize) -> Option<usize> {
        let character = self.text[at..].chars().next().filter(|c| LINE_SEPARATORS.contains(c))?;
        let rest = &self.text[at..line.end];
        let run = at..line.end - rest.trim_start_matches(character).len();
        let before = &self.text[line.start..at];
        // A line may be megabytes long, and have such a character everywhere.
        let near = before.char_indices().rev().nth(MAX_LOOK).map_or(0, |(near, _)| near);
        let before = before[near..].trim_end();
        let last_word = before.rsplit([' ', '\t']).next().unwrap_or_default();
        let goes_on = before.ends_with(['=', ',', '[', '<', '>', '!'])
            || ["as", "from", "in", "not", "until", "with"].contains(&last_word);
        let is_whole = before.contains(['"', '\'', '=', ']', '{', '}']) && !goes_on;
        if self.open_lists > 0 || !is_whole || !begins_line(&self.text[run.end..line.end]) {
            return None;
        }
        self.blank_out(run.clone());
        self.out()[at] = b'\n';
        self.blanks.entry((character, true)).or_default().push(span(run.clone()));
        Some(run.end)
    }

    /// Where the next character that separates lines in other programs stands, or the end: a line
    /// may be megabytes long, and have them everywhere.
    fn next_separator(&self, part: Range<usize>) -> usize {
        let text = &self.text[part.clone()];
        // Most of its lines are ASCII, which takes no look at each character.
        let found = match text.is_ascii() {
            true => memchr::memchr2(b'\x0b', b'\x0c', text.as_bytes()),
            false => text.find(LINE_SEPARATORS),
        };
        found.map_or(part.end, |at| part.start + at)
    }

    fn has_quotation_mark(&self, range: Range<usize>) -> bool {
        let text = &self.text[range];
        match text.is_ascii() {
            true => memchr::memchr(b'`', text.as_bytes()).is_some(),
            false => text.chars().any(|character| quotation_mark(character).is_some()),
        }
    }

    /// Whether all strings of a part of a line are closed, as it is written.
    fn closes(&self, part: Range<usize>) -> bool {
        let line = &self.text[part];
        let mut at = 0;
        while let Some(length) = line[at..].find(['"', '\'', '#']) {
            if line[at + length..].starts_with('#') {
                return true;
            }
            let Some(end) = end_of_string(line, at + length) else { return false };
            at = end;
        }
        true
    }

    /// Whether the end of the comment that begins at a place follows after its line.
    fn is_closed_below(&mut self, start: usize, line_end: usize) -> bool {
        let block = comments::block_at(self.text, start);
        let (_, close) = comments::BLOCKS[block];
        let has_no_close = self.has_no_close[block] || !self.text[line_end..].contains(close);
        self.has_no_close[block] = has_no_close;
        !has_no_close
    }

    /// Where the string that starts at a place ends. If `typographic` is set, a typographic mark
    /// closes it too, and is corrected.
    fn string(&mut self, line: &Range<usize>, at: usize, typographic: bool) -> Option<usize> {
        if !typographic {
            return end_of_string(&self.text[..line.end], at);
        }
        self.closed_by_any(line, at, 1)
    }

    /// A string that begins with a mark of a number of bytes and that the next mark of the kind
    /// closes.
    fn closed_by_any(&mut self, line: &Range<usize>, at: usize, length: usize) -> Option<usize> {
        let open = self.text[at..].chars().next()?;
        let kind = quotation_mark(open).unwrap_or(open);
        let is_close = |close: char| close == kind || quotation_mark(close) == Some(kind);
        let inner = &self.text[at + length..line.end];
        // The mark in `o’neil` is an apostrophe. In double marks, one within a word leaves open
        // where the string was meant to end.
        let is_in_word = |place: usize, close: char| {
            open != kind && inner[place + close.len_utf8()..].starts_with(char::is_alphanumeric)
        };
        let mut closing = inner.char_indices().filter(|(_, close)| is_close(*close));
        let (end, close) = match kind {
            '"' => closing.next().filter(|(place, close)| !is_in_word(*place, *close)),
            _ => closing.find(|(place, close)| !is_in_word(*place, *close)),
        }?;
        let inner = &inner[..end];
        let end = at + length + end;
        let whole = at..end + close.len_utf8();
        if open == kind && close == kind {
            return Some(whole.end);
        }
        // A backslash stands for itself in what was not meant as a string of this language.
        let quote = if inner.contains(['\\', '"']) && !inner.contains('\'') { "'" } else { "\"" };
        let wrong = if open == kind { close } else { open };
        let place = if open == kind { end..whole.end } else { at..at + length };
        if self.findings.is_full(self.id) {
            self.findings.drop_one(span(place).in_file(self.id));
        } else {
            let right = format!("{quote}{inner}{quote}");
            let found = wrong_mark(self, place, wrong)
                .help(format!("write `{}`", escape_control_chars(&right)))
                .fix(
                    format!("write `{quote}`"),
                    vec![self.edit(at..at + length, quote), self.edit(end..whole.end, quote)],
                );
            self.findings.push(found);
        }
        self.put(at..at + length, quote, true);
        self.put(end..whole.end, quote, false);
        Some(whole.end)
    }

    /// A character that no word of the language has. Returns where to go on; `None` if the rest of
    /// the line is a comment.
    fn character(&mut self, line: &Range<usize>, at: usize) -> Option<usize> {
        let character = self.text[at..].chars().next()?;
        let end = at + character.len_utf8();
        if is_odd_blank(character) {
            let rest = self.text[at..line.end].trim_start_matches(character);
            let run = at..line.end - rest.len();
            self.blank_out(run.clone());
            self.blanks.entry((character, false)).or_default().push(span(run.clone()));
            return Some(run.end);
        }
        if quotation_mark(character).is_some() {
            let length = character.len_utf8();
            // No string begins within a word.
            let is_in_word = self.text[line.start..at].ends_with(char::is_alphanumeric);
            let end_of_string =
                if is_in_word { None } else { self.closed_by_any(line, at, length) };
            if let Some(end) = end_of_string {
                return Some(end);
            }
            let found = wrong_mark(self, at..end, character)
                .help("names stand in straight quotes, such as `\"Name\"`");
            self.findings.push(found);
            return Some(end);
        }
        self.word(line, at)
    }

    /// A sign of other languages after the path of a line, in place of `=`.
    fn sign(&mut self, line: Range<usize>) {
        let corrected = match self.out.get(line.clone()) {
            Some(corrected) => std::str::from_utf8(corrected),
            None => Ok(&self.text[line.clone()]),
        };
        let Ok(corrected) = corrected else { return };
        let Some((path, sign)) = misplaced_sign(corrected) else { return };
        let path = corrected[path].to_owned();
        let rest = corrected[sign.end..].trim();
        let after = if corrected[sign.end..].starts_with([' ', '\t']) { "" } else { " " };
        let before = if corrected[..sign.start].ends_with([' ', '\t']) { "" } else { " " };
        let written = &corrected[sign.clone()];
        let message = format!("expected `=` after `{path}`, found `{written}`");
        let value = match rest.split(" #").next().map(str::trim) {
            None | Some("") => "…".to_owned(),
            // What ends a line elsewhere is a finding of its own.
            Some(value) => value.trim_end_matches([',', ';', ' ']).chars().take(40).collect(),
        };
        let place = line.start + sign.start..line.start + sign.end;
        // A character that only looks like the sign has a finding, and is corrected first.
        if self.text.get(place.clone()) != Some(written) {
            self.put(place, "=", false);
            return;
        }
        let found =
            Diagnostic::new(Code::UNEXPECTED, span(place.clone()).in_file(self.id), message)
                .help(format!("write `{path} = {}`", escape_control_chars(&value)))
                .fix("write `=`", vec![self.edit(place.clone(), format!("{before}={after}"))]);
        self.findings.push(found);
        self.put(place, "=", false);
    }
}

fn wrong_mark(corrector: &Corrector<'_>, place: Range<usize>, mark: char) -> Diagnostic {
    let what = if mark == '`' { "a backtick".to_owned() } else { describe(mark) };
    let message = format!("{what} is not a quotation mark of the language");
    let place: Place = span(place);
    Diagnostic::new(Code::WRONG_CHARACTER, place.in_file(corrector.id), message)
}

/// Whether a text could be a line of its own: a declaration, a statement, or a closing brace.
pub(super) fn begins_line(text: &str) -> bool {
    let text = &text[..text.char_indices().nth(MAX_LOOK).map_or(text.len(), |(end, _)| end)];
    let text = text.trim_start_matches(|c: char| is_odd_blank(c) || c == ' ' || c == '\t');
    let is_path = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let first = &text[..text.find(|c| !is_path(c)).unwrap_or(text.len())];
    let rest = text[first.len()..].trim_start();
    let sets = rest.starts_with('=') && !rest.starts_with("==");
    let words = text.split(['"', '\'', '{']).next().unwrap_or_default().trim_end();
    let is_statement = matches!(first, "final" | "when" | "expect") && !rest.is_empty();
    let is_named = words != text.trim_end()
        && (DeclarationKind::find(words).is_some() || matches!(words, "item" | "like"));
    text.starts_with('}') || !first.is_empty() && (sets || is_statement || is_named)
}

/// The path that a line sets, and a sign after it that is not `=`.
fn misplaced_sign(line: &str) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = line.as_bytes();
    let run = |at: usize, is_part: fn(u8) -> bool| {
        let length = bytes[at..].iter().position(|byte| !is_part(*byte));
        length.map_or(bytes.len(), |length| at + length)
    };
    let skip = |at: usize| run(at, |byte| matches!(byte, b' ' | b'\t'));
    let mut start = skip(0);
    if let Some(rest) =
        line[start..].strip_prefix("final").filter(|rest| rest.starts_with([' ', '\t']))
    {
        start = skip(line.len() - rest.len());
    }
    let path = start..run(start, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'));
    let at = skip(path.end);
    let sign = at..match ["→", "⇒"].into_iter().find(|arrow| line[at..].starts_with(arrow)) {
        Some(arrow) => at + arrow.len(),
        None => run(at, |byte| matches!(byte, b':' | b'=' | b'-' | b'>')),
    };
    const SIGNS: [&str; 9] = [":", ":=", "==", "=>", "->", "::", "::=", "→", "⇒"];
    if !SIGNS.contains(&&line[sign.clone()]) {
        return None;
    }
    let begins = line[path.clone()].starts_with(|c: char| c.is_ascii_lowercase());
    let keyword = ["when", "expect", "like", "item"].contains(&&line[path.clone()])
        || DeclarationKind::find(&line[path.clone()]).is_some();
    (begins && !keyword).then_some((path, sign))
}
