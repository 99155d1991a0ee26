//! Comments of other languages: `//`, `--`, `/* … */`.

use super::{Corrector, span};
use crate::diagnostic::{Code, Diagnostic};
use std::ops::Range;

/// The most lines of a comment that a fix rewrites.
const MAX_LINES: usize = 1000;

/// Whether a comment of another language starts at a place of a line, and how long its sign is.
pub(super) fn sign(text: &str, line_start: usize, at: usize) -> Option<&'static str> {
    let sign = ["//", "/*", "--"].into_iter().find(|sign| text[at..].starts_with(sign))?;
    let before = text[line_start..at].chars().next_back();
    // `--` inside a word, and the `//` of a web address, start no comment.
    let can_start = before.is_none_or(|before| match sign {
        "--" => before.is_whitespace() || "{}[],;".contains(before),
        _ => before != ':',
    });
    can_start.then_some(sign)
}

impl Corrector<'_> {
    /// A comment to the end of the line. Returns where to go on if it may be something else.
    pub(super) fn line_comment(
        &mut self,
        line: &Range<usize>,
        at: usize,
        sign: &str,
    ) -> Option<usize> {
        let text = &self.text[at..line.end];
        let signs = text.len() - text.trim_start_matches(&sign[..1]).len();
        let place = at..at + signs;
        let found = wrong_sign(self, place.clone(), sign);
        if self.may_be_text(line, &place) {
            let help = format!(
                "a comment starts with `#`; a text with `{sign}` in it is written in quotation marks"
            );
            self.findings.push(found.help(help));
            // What it belongs to may go on after it, so only this part is left out.
            let end = self.text[at..line.end].find([',', ']']).map_or(line.end, |end| at + end);
            let before = self.text[line.start..at].trim_end();
            let is_all = before.is_empty() || before.ends_with(['[', ',']);
            let end = end + usize::from(is_all && self.text[end..line.end].starts_with(','));
            self.blank_out(at..end);
            return Some(end);
        }
        self.findings.push(found.fix("write `#`", vec![self.edit(place, "#")]));
        self.blank_out(at..line.end);
        None
    }

    /// Whether the signs at a place may belong to a text without quotation marks, such as a path, or
    /// end a list: then a comment would leave out more than was meant.
    fn may_be_text(&self, line: &Range<usize>, place: &Range<usize>) -> bool {
        let before = &self.text[line.start..place.start];
        let after = &self.text[place.end..line.end];
        if self.open_lists > 0 {
            return after.contains([',', ']', '"', '\'']);
        }
        let is_glued =
            before.ends_with(|last: char| !last.is_whitespace() && !"{}[],;\"'".contains(last));
        let hides_string = after.trim_start().starts_with(['"', '\'']);
        is_glued || hides_string && !before.trim().is_empty()
    }

    /// `/*` at a place of a line. Returns where the comment ends if that is on the same line.
    pub(super) fn block_comment(&mut self, line: &Range<usize>, at: usize) -> Option<usize> {
        let length = self.text[at + 2..line.end].find("*/")?;
        let end = at + 2 + length + 2;
        self.close_comment(at, end, line.end);
        Some(end)
    }

    /// Reports a comment from `/*` to the end of `*/`, and reads on as if it were not there.
    pub(super) fn close_comment(&mut self, start: usize, end: usize, line_end: usize) {
        let found = wrong_sign(self, start..start + 2, "/*");
        let rest = self.text[end..line_end].trim_start();
        let lines = self.text[start..end].matches('\n').take(MAX_LINES).count();
        let found = if !(rest.is_empty() || rest.starts_with('#')) || lines == MAX_LINES {
            found
        } else {
            let mut edits = vec![self.edit(start..start + 2, "#")];
            let mut at = start + 2;
            for (number, line) in self.text[start + 2..end - 2].split_inclusive('\n').enumerate() {
                let text = line.trim_start_matches([' ', '\t']);
                let begin = at + line.len() - text.len();
                if number > 0 && !text.trim().is_empty() {
                    edits.push(self.edit(begin..begin, "# "));
                }
                at += line.len();
            }
            let last = self.text[..end - 2].trim_end_matches([' ', '\t']).len().max(start + 2);
            edits.push(self.edit(last..end, ""));
            found.fix("write `#` at the start of the comment", edits)
        };
        self.findings.push(found);
        self.blank_out(start..end);
    }

    /// A `/*` without a `*/`: only its own line is taken for a comment.
    pub(super) fn unclosed_comment(&mut self, start: usize) {
        let found = wrong_sign(self, start..start + 2, "/*").primary_message("it is never closed");
        self.findings.push(found);
    }
}

fn wrong_sign(corrector: &Corrector<'_>, place: Range<usize>, sign: &str) -> Diagnostic {
    let message = format!("`{sign}` does not start a comment");
    Diagnostic::new(Code::UNEXPECTED, span(place).in_file(corrector.id), message)
        .help("comments start with `#`, and end with their line")
}
