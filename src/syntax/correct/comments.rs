//! Comments of other languages: `//`, `--`, `/* … */`, `<!-- … -->`; and `;`, `%` and `REM` where a
//! line begins with them.

use super::line::begins_line;
use super::{Corrector, span};
use crate::diagnostic::{Code, Diagnostic};
use std::ops::Range;

/// The most lines of a comment that a fix rewrites.
const MAX_LINES: usize = 1000;

/// Whether a comment of another language starts at a place of a line, and how long its sign is.
pub(super) fn sign(text: &str, line_start: usize, at: usize) -> Option<&'static str> {
    let sign = ["//", "/*", "--", "<!--"].into_iter().find(|sign| text[at..].starts_with(sign))?;
    let before = text[line_start..at].chars().next_back();
    // `--` inside a word, and the `//` of a web address, start no comment.
    let can_start = before.is_none_or(|before| match sign {
        "--" => before.is_whitespace() || "{}[],;".contains(before),
        _ => before != ':',
    });
    can_start.then_some(sign)
}

/// Whether a line begins with the sign of a comment that means something else within one. A `;` may
/// also end the line before.
pub(super) fn first_sign(text: &str) -> Option<&'static str> {
    let sign = [";", "%", "REM"].into_iter().find(|sign| text.starts_with(sign))?;
    let rest = text[sign.len()..].trim_start_matches(&sign[..1]);
    let is_apart = sign != "REM" || rest.starts_with([' ', '\t']);
    (is_apart && !rest.trim().is_empty() && !begins_line(rest)).then_some(sign)
}

/// The two ends of comments that may go over several lines.
pub(super) const BLOCKS: [(&str, &str); 2] = [("/*", "*/"), ("<!--", "-->")];

/// Which of [`BLOCKS`] begins at a place.
pub(super) fn block_at(text: &str, at: usize) -> usize {
    BLOCKS.iter().position(|(open, _)| text[at..].starts_with(open)).unwrap_or_default()
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
        let signs = match sign.len() {
            1 | 2 => text.len() - text.trim_start_matches(&sign[..1]).len(),
            length => length,
        };
        let place = at..at + signs;
        let found = wrong_sign(self, place.clone(), sign);
        if self.may_be_text(line, &place) {
            let help = format!(
                "a comment starts with `#`; a text with `{sign}` in it is written in quotation \
                 marks"
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
        // In `--shell = deny`, perhaps a line and no comment was meant.
        let is_option = sign == "--" && text[signs..].starts_with(|c: char| !c.is_whitespace());
        // A brace at the end most likely opens a body, and would be part of the comment.
        let has_brace = text.trim_end().ends_with('{');
        self.findings.push(match is_option || has_brace {
            true => found,
            false => found.fix("write `#`", vec![self.edit(place, "#")]),
        });
        let brace = if has_brace { text.trim_end().len() - 1 } else { text.len() };
        self.blank_out(at..at + brace);
        None
    }

    /// Whether the signs at a place may belong to a text without quotation marks, such as a path,
    /// or end a list: then a comment would leave out more than was meant.
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

    /// A comment of several lines begins at a place of a line. Returns where it ends if that is on
    /// the same line.
    pub(super) fn block_comment(&mut self, line: &Range<usize>, at: usize) -> Option<usize> {
        let (open, close) = BLOCKS[block_at(self.text, at)];
        let inside = at + open.len();
        let end = inside + self.text[inside..line.end].find(close)? + close.len();
        self.close_comment(at, end, line.end);
        Some(end)
    }

    /// Where the comment ends that a line before began, if it ends in this line.
    pub(super) fn block_end(&self, start: usize, line: &Range<usize>) -> Option<usize> {
        let (_, close) = BLOCKS[block_at(self.text, start)];
        let length = self.text[line.clone()].find(close)?;
        Some(line.start + length + close.len())
    }

    /// Reports a comment from its first sign to the end of its last one, and reads on as if it were
    /// not there.
    pub(super) fn close_comment(&mut self, start: usize, end: usize, line_end: usize) {
        let (open, close) = BLOCKS[block_at(self.text, start)];
        let (first, last) = (start + open.len(), end - close.len());
        let found = wrong_sign(self, start..first, open);
        let rest = self.text[end..line_end].trim_start();
        let lines = self.text[start..end].matches('\n').take(MAX_LINES).count();
        // Looked for no farther than needed: a line may be megabytes long, and have many comments.
        let before = self.text[..start].trim_end_matches([' ', '\t']);
        let indent = &self.text[before.len()..start];
        let is_first = before.is_empty() || before.ends_with('\n');
        let is_last = rest.is_empty() || rest.starts_with('#');
        // Code after the comment goes to a line of its own, if no code is before it.
        let breaks = !is_last && is_first;
        let found = if !(is_last || breaks) || lines == MAX_LINES {
            found
        } else {
            let mut edits = vec![self.edit(start..first, "#")];
            let mut at = first;
            for (number, line) in self.text[first..last].split_inclusive('\n').enumerate() {
                let text = line.trim_start_matches([' ', '\t']);
                let begin = at + line.len() - text.len();
                if number > 0 && !text.trim().is_empty() {
                    edits.push(self.edit(begin..begin, "# "));
                }
                at += line.len();
            }
            let last = self.text[..last].trim_end_matches([' ', '\t']).len().max(first);
            match breaks {
                true => edits.push(self.edit(last..line_end - rest.len(), format!("\n{indent}"))),
                false => edits.push(self.edit(last..end, "")),
            }
            found.fix("write `#` at the start of the comment", edits)
        };
        self.findings.push(found);
        self.blank_out(start..end);
    }

    /// A comment without an end: only its own line is taken for one.
    pub(super) fn unclosed_comment(&mut self, start: usize) {
        let (open, _) = BLOCKS[block_at(self.text, start)];
        let place = start..start + open.len();
        let found = wrong_sign(self, place, open).primary_message("it is never closed");
        self.findings.push(found);
    }
}

fn wrong_sign(corrector: &Corrector<'_>, place: Range<usize>, sign: &str) -> Diagnostic {
    let message = format!("`{sign}` does not start a comment");
    Diagnostic::new(Code::UNEXPECTED, span(place).in_file(corrector.id), message)
        .help("comments start with `#`, and end with their line")
}
