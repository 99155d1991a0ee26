//! Files of `precedent diff --accept FILE`: rows that somebody has reviewed, which no longer fail a
//! gate.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::text::escape_control_chars;
use crate::toml_text::{Codes, Reader, Table};
use std::collections::BTreeMap;

const CODES: Codes =
    Codes { syntax: Code::ACCEPT_SYNTAX, key: Code::ACCEPT_KEY, value: Code::ACCEPT_VALUE };

/// The hexadecimal digits of a fingerprint: 128 bits, so that nobody can choose names that give two
/// rows the same one.
pub const FINGERPRINT_DIGITS: usize = 32;

fn is_fingerprint(text: &str) -> bool {
    text.len() == FINGERPRINT_DIGITS
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// An accepted row.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// Its fingerprint.
    pub row: String,
    /// Where the fingerprint is written.
    pub span: Span,
    /// Who has reviewed the row.
    pub by: String,
    /// The reason for which it is accepted.
    pub why: String,
}

/// The acceptances of some files, and the files.
#[derive(Clone, Debug, Default)]
pub struct Acceptances {
    /// The acceptances, in the order of the files.
    pub list: Vec<Acceptance>,
    /// The files.
    pub sources: Sources,
}

/// Reads a file: its acceptances, and what is wrong with it. An entry with an error is left out.
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
        // In a file that is only partly read, most other findings follow from the first error.
        reader.findings.truncate(syntax);
        found.clear();
    }
    (found, reader.findings)
}

fn acceptance(reader: &mut Reader, entry: &Table<'_>, span: Span) -> Option<Acceptance> {
    reader.only_keys(entry, &["row", "by", "why"]);
    let row =
        text(reader, entry, span, "row", "the fingerprint that the diff shows beside the row");
    let by = text(reader, entry, span, "by", "who has reviewed the row");
    let why = text(reader, entry, span, "why", "the reason for which it is accepted");
    let (row, row_span) = row?;
    if !is_fingerprint(&row) {
        let message = format!("invalid fingerprint `{}`", escape_control_chars(&row));
        reader.value_error(row_span, message).help =
            Some("copy it from the diff, such as `0123456789abcdef0123456789abcdef`".into());
        return None;
    }
    Some(Acceptance { row, span: row_span, by: by?.0, why: why?.0 })
}

/// A key that must be there, and not empty.
fn text(
    reader: &mut Reader,
    entry: &Table<'_>,
    span: Span,
    key: &str,
    what: &str,
) -> Option<(String, Span)> {
    let Some(value) = entry.get(key) else {
        reader.key_error(span, format!("missing key `{key}`")).help =
            Some(format!("`{key}` is {what}"));
        return None;
    };
    let place = reader.span(value);
    let text = reader.string(value)?.trim();
    if text.is_empty() {
        reader.value_error(place, format!("`{key}` is empty")).help =
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
        .help("remove it: left in place, it would let the same change pass without review later")
}
