//! Files of `precedent diff --accept FILE`: rows that somebody has looked at, which no gate denies
//! any more.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceFile, Span};
use crate::text::escape_control_chars;
use crate::toml_text::{Codes, Reader, Table};
use std::collections::BTreeMap;

const CODES: Codes =
    Codes { syntax: Code::ACCEPT_SYNTAX, key: Code::ACCEPT_KEY, value: Code::ACCEPT_VALUE };

/// Hexadecimal digits of what a row is known by: 128 bits, so that nobody who chooses names can
/// make two rows of one fingerprint.
pub const FINGERPRINT_DIGITS: usize = 32;

fn is_fingerprint(text: &str) -> bool {
    text.len() == FINGERPRINT_DIGITS
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// An accepted row.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// Its fingerprint, and where that stands.
    pub row: String,
    pub span: Span,
    pub by: String,
    pub why: String,
}

/// Reads a file; what is wrong in it has a finding, and the rest holds.
pub fn read(file: FileId, source: &SourceFile) -> (Vec<Acceptance>, Vec<Diagnostic>) {
    let mut reader = Reader::new(file, CODES);
    let mut found = Vec::new();
    let table = reader.parse(source);
    let syntax = reader.findings.len();
    reader.only_keys(&table, &["accept"]);
    if let Some(list) = table.get("accept").and_then(|value| reader.array(value)) {
        for entry in list {
            let span = reader.span(entry);
            if let Some(entry) = reader.table(entry) {
                found.extend(acceptance(&mut reader, entry, span));
            }
        }
    }
    if syntax > 0 {
        // What else is found in half a text mostly follows from the first error.
        reader.findings.truncate(syntax);
        found.clear();
    }
    (found, reader.findings)
}

fn acceptance(reader: &mut Reader, entry: &Table<'_>, span: Span) -> Option<Acceptance> {
    reader.only_keys(entry, &["row", "by", "why"]);
    let row =
        text(reader, entry, span, "row", "the fingerprint that the diff shows beside the row");
    let by = text(reader, entry, span, "by", "who has looked at the row");
    let why = text(reader, entry, span, "why", "the reason for which it is accepted");
    let (row, row_span) = row?;
    if !is_fingerprint(&row) {
        let message = format!("`{}` is no fingerprint of a row", escape_control_chars(&row));
        reader.value_error(row_span, message).help =
            Some("copy it from the diff, such as `0123456789abcdef0123456789abcdef`".into());
        return None;
    }
    Some(Acceptance { row, span: row_span, by: by?.0, why: why?.0 })
}

/// A key that must be there and say something.
fn text(
    reader: &mut Reader,
    entry: &Table<'_>,
    span: Span,
    key: &str,
    what: &str,
) -> Option<(String, Span)> {
    let Some(value) = entry.get(key) else {
        reader.key_error(span, format!("this acceptance has no `{key}`")).help =
            Some(format!("`{key}` is {what}"));
        return None;
    };
    let place = reader.span(value);
    let text = reader.string(value)?.trim();
    if text.is_empty() {
        reader.value_error(place, format!("`{key}` says nothing")).help =
            Some(format!("`{key}` is {what}"));
        return None;
    }
    Some((text.to_owned(), place))
}

/// The findings of rows that are accepted more than once, in whichever files.
pub fn twice(acceptances: &[Acceptance]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut found = Vec::new();
    for Acceptance { row, span, .. } in acceptances {
        match first.get(&**row) {
            Some(known) => found.push(
                Diagnostic::new(
                    Code::ACCEPT_TWICE,
                    *span,
                    format!("the row `{row}` is accepted twice"),
                )
                .primary_message("accepted again here")
                .label(*known, "first accepted here")
                .help("remove one of the two"),
            ),
            None => {
                first.insert(row, *span);
            }
        }
    }
    found
}

/// The finding of a row that the diff does not have.
pub fn stale(acceptance: &Acceptance) -> Diagnostic {
    let message = format!("the accepted row `{}` does not occur in the diff", acceptance.row);
    Diagnostic::new(Code::ACCEPT_STALE, acceptance.span, message)
        .help("remove it: left lying around, it would let the same change pass unseen another time")
}
