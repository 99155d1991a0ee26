//! What a text says plainly although the language has no such thing: blanks and quotation marks of
//! word processors, letters of other scripts in keywords, comments and signs of other languages,
//! and conflicts that a merge left behind. Each is an error with a fix where there is one. The
//! parser then reads what the fix would make of the text, so that the rest is checked in the same
//! run.

mod comments;
mod conflicts;
mod headers;
mod line;
mod words;

use super::ast::Range;
use crate::diagnostic::{Code, Diagnostic, Edit, Findings, Label};
use crate::source::{FileId, SourceFile};
use crate::text::characters;
use std::collections::BTreeMap;

/// A text as the parser reads it, and what differs from what is written.
pub(super) struct Corrected {
    /// As long as the text that is written, with the same characters at the same bytes but for
    /// those that were corrected.
    pub text: String,
    /// The lines that differ, by their bytes.
    pub lines: Vec<std::ops::Range<u32>>,
    pub findings: Vec<Diagnostic>,
}

/// Corrects a text. `None` if there is nothing to correct, as in nearly every file.
pub(super) fn correct(id: FileId, text: &str) -> Option<Corrected> {
    let mut corrector = Corrector {
        id,
        text,
        is_plain: text.bytes().all(is_plain),
        out: Vec::new(),
        findings: Findings::default(),
        blanks: BTreeMap::new(),
        changed: Vec::new(),
        has_no_close: [false; 2],
        header: None,
        open_lists: 0,
    };
    corrector.line_ends();
    corrector.conflicts();
    corrector.lines();
    corrector.odd_blanks();
    let mut findings = corrector.findings.into_vec();
    if findings.is_empty() {
        return None;
    }
    let is_whole = |edit: &Edit| {
        let ends = [edit.span.start, edit.span.end];
        ends.iter().all(|end| text.is_char_boundary(*end as usize))
    };
    for found in &mut findings {
        to_whole_characters(found, |_| text);
        let is_sound = found.fixes.iter().all(|fix| fix.edits.iter().all(is_whole));
        debug_assert!(is_sound, "{found:?}");
        found.fixes.retain(|fix| fix.edits.iter().all(is_whole));
    }
    // Only ASCII characters are put in the place of whole characters, so it is UTF-8.
    let out = if corrector.out.is_empty() { text.as_bytes().to_vec() } else { corrector.out };
    let text = String::from_utf8(out).unwrap_or_else(|_| text.to_owned());
    Some(Corrected { text, lines: corrector.changed, findings })
}

struct Corrector<'t> {
    id: FileId,
    text: &'t str,
    /// Whether it has nothing but ASCII that is used in policies, as nearly every text.
    is_plain: bool,
    /// The corrected text; empty as long as nothing is corrected.
    out: Vec<u8>,
    findings: Findings,
    /// The runs of blanks that are no spaces, by character, and by whether they stand between two
    /// lines: a text that was pasted has many.
    blanks: BTreeMap<(char, bool), Vec<Range>>,
    changed: Vec<std::ops::Range<u32>>,
    /// Whether no end of a comment follows, by its kind, so that it is not searched for again.
    has_no_close: [bool; 2],
    /// The last line that is not blank, without its comment.
    header: Option<std::ops::Range<usize>>,
    /// How many lists are open where a line is read.
    open_lists: usize,
}

/// Whether a byte is neither a mark of a word processor, nor a part of one, nor the end of a line
/// for other programs.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\t' | b'\r' | b' '..=b'~') && byte != b'`'
}

impl Corrector<'_> {
    /// The corrected text so far.
    fn out(&mut self) -> &mut Vec<u8> {
        if self.out.is_empty() {
            self.out.extend_from_slice(self.text.as_bytes());
        }
        &mut self.out
    }

    /// Puts ASCII text in the place of a range, with spaces after it, or before it, up to the
    /// length of the range. What is longer than the range is cut, which its finding makes no secret
    /// of.
    fn put(&mut self, range: std::ops::Range<usize>, with: &str, at_end: bool) {
        let with = &with.as_bytes()[..with.len().min(range.len())];
        let before = if at_end { range.len() - with.len() } else { 0 };
        let place = &mut self.out()[range];
        place.fill(b' ');
        place[before..before + with.len()].copy_from_slice(with);
    }

    /// Overwrites a range with spaces, but for its line ends.
    fn blank_out(&mut self, range: std::ops::Range<usize>) {
        for byte in &mut self.out()[range] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn edit(&self, range: std::ops::Range<usize>, replacement: impl Into<String>) -> Edit {
        Edit { span: span(range).in_file(self.id), replacement: replacement.into() }
    }

    /// A text without a single line feed, in which carriage returns end the lines.
    fn line_ends(&mut self) {
        let bytes = self.text.as_bytes();
        if memchr::memchr(b'\n', bytes).is_some() || memchr::memchr(b'\r', bytes).is_none() {
            return;
        }
        let places: Vec<usize> = memchr::memchr_iter(b'\r', bytes).collect();
        for at in &places {
            self.out()[*at] = b'\n';
        }
        let first = span(places[0]..places[0] + 1).in_file(self.id);
        let message = "the lines of this file end with U+000D (carriage return) alone";
        let edits = places.iter().take(MAX_EDITS + 1);
        let edits = edits.map(|at| self.edit(*at..at + 1, "\n")).collect();
        let found = Diagnostic::new(Code::WRONG_CHARACTER, first, message)
            .help("a line ends with a line feed, or with a carriage return and a line feed");
        let found = with_fix(found, "end the lines with line feeds", edits);
        self.findings.push(found);
    }

    fn conflicts(&mut self) {
        for conflict in conflicts::find(self.text) {
            for range in conflict.left_out(self.text) {
                self.blank_out(range);
            }
            if let Some(found) = conflict.finding(self.id) {
                self.findings.push(found);
            }
        }
    }

    fn lines(&mut self) {
        let mut at = 0;
        let mut open_comment = None;
        let text = self.text;
        for whole in text.split_inclusive('\n') {
            let line = whole.strip_suffix("\r\n").or_else(|| whole.strip_suffix('\n'));
            let end = at + line.unwrap_or(whole).len();
            // What is left out of a conflict, and a text without line feeds, is corrected already.
            let lines = match self.out.get(at..at + whole.len()) {
                Some(corrected) if corrected != whole.as_bytes() => {
                    self.corrected_lines(at, at + whole.len())
                }
                _ => std::iter::once(at..end).collect(),
            };
            for line in lines {
                open_comment = self.line(line, open_comment);
            }
            let range = at..at + whole.len();
            let is_noted = self.changed.last().is_some_and(|last| last.end as usize > at);
            let differs =
                self.out.get(range.clone()).is_some_and(|corrected| corrected != whole.as_bytes());
            if differs && !is_noted {
                self.changed.push(range.start as u32..range.end as u32);
            }
            at = range.end;
        }
        if let Some(start) = open_comment {
            self.unclosed_comment(start);
        }
    }

    /// The lines of a range that was corrected: none of a conflict's, and those that carriage
    /// returns end.
    fn corrected_lines(&self, start: usize, end: usize) -> Vec<std::ops::Range<usize>> {
        let mut at = start;
        let mut lines = Vec::new();
        for line in self.out[start..end].split_inclusive(|byte| *byte == b'\n') {
            if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                let length = line.len() - usize::from(line.ends_with(b"\n"));
                lines.push(at..at + length);
            }
            at += line.len();
        }
        lines
    }

    /// Reports the blanks that are no spaces, each character once.
    fn odd_blanks(&mut self) {
        for ((character, is_line_end), places) in std::mem::take(&mut self.blanks) {
            let (is_not, why, help, title, right) = match is_line_end {
                true => (
                    "does not end a line",
                    "other programs may show a new line after this",
                    "a line ends with a line feed",
                    "start new lines",
                    "\n",
                ),
                false => (
                    "is not a space",
                    "it looks like one, or cannot be seen",
                    "only spaces and tabs separate words; write a space",
                    "write spaces",
                    " ",
                ),
            };
            let edits = places.iter().take(MAX_EDITS + 1);
            let edits = edits
                .map(|at| Edit { span: at.in_file(self.id), replacement: right.into() })
                .collect();
            let what = characters::describe(character);
            let message = match places.len() {
                1 => format!("{what} {is_not}"),
                count => format!("{what} {is_not}; it stands in {count} places"),
            };
            let span = places[0].in_file(self.id);
            let mut found = Diagnostic::new(Code::WRONG_CHARACTER, span, message)
                .primary_message(why)
                .help(help);
            found = with_fix(found, title, edits);
            for place in places.iter().skip(1).take(MAX_LABELS) {
                found = found.label(place.in_file(self.id), "here too");
            }
            self.findings.push(found);
        }
    }
}

/// The most edits of one fix. What has more places is hardly a text that somebody wrote, and half
/// of such a fix would leave a file that is neither one nor the other.
const MAX_EDITS: usize = 500_000;

fn with_fix(mut found: Diagnostic, title: &str, edits: Vec<Edit>) -> Diagnostic {
    if edits.len() <= MAX_EDITS {
        return found.fix(title, edits);
    }
    let rest = "there are too many of them for a fix: replace them in an editor";
    found.help = Some(match found.help {
        Some(help) => format!("{help}; {rest}"),
        None => rest.to_owned(),
    });
    found
}

/// How many places besides the first one a finding points at.
const MAX_LABELS: usize = 3;

fn span(range: std::ops::Range<usize>) -> Range {
    Range { start: range.start as u32, end: range.end as u32 }
}

/// Settles what a finding of the parser, or of a later stage, says of lines that were corrected:
/// its places are moved to whole characters, and its fixes wait until the text is corrected.
pub(crate) fn settle<'s>(found: &mut Diagnostic, file: impl Fn(FileId) -> &'s SourceFile) {
    to_whole_characters(found, |id| file(id).written());
    let waits = |edit: &Edit| file(edit.span.file).is_corrected(edit.span.start, edit.span.end);
    found.fixes.retain(|fix| !fix.edits.iter().any(waits));
}

fn to_whole_characters<'s>(found: &mut Diagnostic, written: impl Fn(FileId) -> &'s str) {
    let labels = std::iter::once(&mut found.primary).chain(&mut found.labels);
    for Label { span, .. } in labels {
        let written = written(span.file);
        while !written.is_char_boundary(span.start as usize) {
            span.start -= 1;
        }
        while !written.is_char_boundary(span.end as usize) {
            span.end += 1;
        }
    }
}
