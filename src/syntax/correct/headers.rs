//! Corrects headers: the `{` of a body on a line of its own, and a name whose other quote is
//! missing.

use super::super::ast::DeclarationKind;
use super::{Corrector, span};
use crate::diagnostic::{Applicability, Code, Diagnostic};
use crate::text::escape_control_chars;
use std::ops::Range;

/// How many braces of a line may be the one that opens a body.
const MAX_BRACES: usize = 8;

/// Whether a line, without its comment, could be followed by the `{` of its body.
fn may_have_body(code: &str) -> bool {
    let declares = DeclarationKind::all().any(|kind| {
        let rest = code.strip_prefix(kind.words());
        rest.is_some_and(|rest| {
            !rest.starts_with(|next: char| next == '_' || next.is_alphanumeric())
        })
    });
    let statement = code.trim_start();
    let is_item = statement.strip_prefix("item").is_some_and(|rest| rest.starts_with([' ', '\t']));
    let is_custom = statement.ends_with("custom") && statement.contains('=');
    (declares || is_item || is_custom) && !code.contains(['{', '}', '['])
}

impl Corrector<'_> {
    /// Notes a line that a `{` on the next line may belong to; `end` is where its comment begins.
    pub(super) fn note_header(&mut self, start: usize, end: usize) {
        let code = self.text[start..end].trim_end();
        if !code.is_empty() {
            self.header = Some(start..start + code.len());
        }
    }

    /// A `{` on a line of its own: it is read as the end of its header.
    pub(super) fn brace_alone(&mut self, at: usize, line_end: usize) {
        let header = self.header.take().filter(|header| may_have_body(&self.text[header.clone()]));
        let Some(header) = header else { return };
        let is_inner = self.text[header.clone()].starts_with([' ', '\t']);
        let code = if is_inner { Code::UNEXPECTED } else { Code::NOT_A_DECLARATION };
        let rest = self.text[at + 1..line_end].trim();
        let removed = match rest {
            "" => self.text[..at].rfind('\n').unwrap_or(at)..line_end,
            _ => at..at + 1,
        };
        // The line end before it may be CR LF.
        let removed = match self.text[..removed.start].ends_with('\r') {
            true => removed.start - 1..removed.end,
            false => removed,
        };
        let edits = vec![self.edit(header.end..header.end, " {"), self.edit(removed, "")];
        let place = span(at..at + 1).in_file(self.id);
        let found = Diagnostic::new(code, place, "unexpected `{` on a line of its own")
            .help("write the `{` at the end of the line that it belongs to")
            .fix("move it to the end of the line above", edits);
        self.findings.push(found);
        self.out()[header.end..at].fill(b' ');
        self.changed.retain(|line| line.start < header.start as u32);
        self.changed.push(header.start as u32..line_end as u32);
    }

    /// The name in a header with `{` at its end has no other quote: the rest is read as a body.
    pub(super) fn open_name(&mut self, line: &Range<usize>, at: usize) {
        let text = &self.text[line.clone()];
        // The last brace with nothing or a comment behind it.
        let braces = text.rmatch_indices('{').map(|(brace, _)| brace);
        let ends_header = |brace: &usize| {
            let rest = text[brace + 1..].trim();
            rest.is_empty() || rest.starts_with('#')
        };
        let Some(brace) = braces.take(MAX_BRACES).filter(ends_header).last() else { return };
        let before = &text[..brace];
        let end = line.start + before.trim_end().len();
        let has_blank = end < line.start + before.len();
        if !has_blank || end <= at + 1 || !may_have_body(&self.text[line.start..at]) {
            return;
        }
        let quote = &self.text[at..at + 1];
        let place = span(at..line.start + brace + 1).in_file(self.id);
        let closed = escape_control_chars(&self.text[at..end]);
        let found = Diagnostic::new(Code::UNTERMINATED_STRING, place, "unterminated string")
            .primary_message(format!("this `{quote}` is never closed"))
            .help(format!("close the name: `{closed}{quote} {{`"))
            .fix_with(
                Applicability::Unsafe,
                format!("write `{quote}` after the name"),
                vec![self.edit(end..end, quote)],
            );
        self.findings.push(found);
        self.put(end..end + 1, quote, false);
    }
}
