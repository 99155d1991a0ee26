//! Files of `precedent diff --accept FILE`: edits and rows that somebody has reviewed, which no
//! longer fail a gate.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::text::Date;
use crate::text::{escape_control_chars, is_invisible_or_control};
use crate::toml_text::{Codes, Reader, Table, Value};
use std::collections::BTreeMap;

const CODES: Codes =
    Codes { syntax: Code::ACCEPT_SYNTAX, key: Code::ACCEPT_KEY, value: Code::ACCEPT_VALUE };

/// The hexadecimal digits of a fingerprint: 128 bits, so that nobody can choose names that give two
/// rows or edits the same one.
pub const FINGERPRINT_DIGITS: usize = 32;

fn is_fingerprint(text: &str) -> bool {
    text.len() == FINGERPRINT_DIGITS
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// What an acceptance is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// An edit, with all rows that it causes.
    Edit,
    /// One row.
    Row,
}

impl Of {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Of::Edit => "edit",
            Of::Row => "row",
        }
    }
}

/// An accepted edit or row.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// What is accepted.
    pub of: Of,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Where the fingerprint is written.
    pub span: Span,
    /// Who has reviewed it.
    pub by: String,
    /// The reason for which it is accepted.
    pub why: String,
    /// The last day on which it holds, and where that is written.
    pub until: Option<(Date, Span)>,
}

/// The acceptances of some files, and the files.
#[derive(Clone, Debug, Default)]
pub struct Acceptances {
    /// The acceptances, in the order of the files.
    pub list: Vec<Acceptance>,
    /// The files.
    pub sources: Sources,
}

impl Acceptances {
    /// Takes out the acceptances that ended before a day, and reports each block of them.
    pub fn expire(&mut self, as_of: Date) -> Vec<Diagnostic> {
        let is_over = |found: &Acceptance| found.until.is_some_and(|(until, _)| until < as_of);
        let mut ended: Vec<(Date, Span)> = self
            .list
            .iter()
            .filter(|found| is_over(found))
            .filter_map(|found| found.until)
            .collect();
        ended.dedup();
        self.list.retain(|found| !is_over(found));
        let findings = ended.into_iter().map(|(until, span)| {
            let message = format!("this acceptance ended on {until}, before {as_of}");
            Diagnostic::new(Code::ACCEPT_EXPIRED, span, message)
                .help("review the change again, and set a later day or remove the acceptance")
        });
        findings.collect()
    }
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
                found.extend(block(&mut reader, entry, span).unwrap_or_default());
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

/// The acceptances of one block: of an edit, of some rows, or both.
fn block(reader: &mut Reader, entry: &Table<'_>, span: Span) -> Option<Vec<Acceptance>> {
    reader.only_keys(entry, &["edit", "rows", "by", "why", "until"]);
    let mut fingerprints: Vec<(Of, String, Span)> = Vec::new();
    if let Some(value) = entry.get("edit") {
        let (span, text) = (reader.span(value), reader.string(value).map(str::to_owned));
        fingerprints.extend(text.map(|text| (Of::Edit, text, span)));
    }
    for value in entry.get("rows").and_then(|value| reader.array(value)).into_iter().flatten() {
        let (span, text) = (reader.span(value), reader.string(value).map(str::to_owned));
        fingerprints.extend(text.map(|text| (Of::Row, text, span)));
    }
    if fingerprints.is_empty() && !entry.contains_key("edit") {
        let message = "neither `edit` nor `rows` names what is accepted";
        let help = "`edit` is the fingerprint that the diff shows beside an edit; `rows` lists \
                    those of rows";
        reader.key_error(span, message).help = Some(help.into());
    }
    let by = text(reader, entry, span, "by", "who has reviewed it");
    let why = text(reader, entry, span, "why", "the reason for which it is accepted");
    let until = until(reader, entry);
    fingerprints.retain(|(_, text, span)| {
        let is_valid = is_fingerprint(text);
        if !is_valid {
            let message = format!("invalid fingerprint `{}`", escape_control_chars(text));
            reader.value_error(*span, message).help =
                Some("copy it from the diff, such as `0123456789abcdef0123456789abcdef`".into());
        }
        is_valid
    });
    let (by, why, until) = (by?, why?, until?);
    let acceptance = |(of, fingerprint, span)| {
        let (by, why) = (by.clone(), why.clone());
        Acceptance { of, fingerprint, span, by, why, until }
    };
    Some(fingerprints.into_iter().map(acceptance).collect())
}

/// The last day on which a block holds. `None` is an error.
fn until(reader: &mut Reader, entry: &Table<'_>) -> Option<Option<(Date, Span)>> {
    let Some(value) = entry.get("until") else { return Some(None) };
    let span = reader.span(value);
    let text = match value.get_ref() {
        // A date of TOML is written as ours is.
        Value::Datetime(date) => date.to_string(),
        _ => reader.string(value)?.to_owned(),
    };
    let Some(date) = Date::parse(&text) else {
        let message = format!("`{}` is not a date", escape_control_chars(&text));
        reader.value_error(span, message).help = Some("write it as `2026-12-31`".into());
        return None;
    };
    Some(Some((date, span)))
}

/// A key that must be there, and not empty.
fn text(
    reader: &mut Reader,
    entry: &Table<'_>,
    span: Span,
    key: &str,
    what: &str,
) -> Option<String> {
    let Some(value) = entry.get(key) else {
        reader.key_error(span, format!("missing key `{key}`")).help =
            Some(format!("`{key}` is {what}"));
        return None;
    };
    let place = reader.span(value);
    let text = reader.string(value)?.trim();
    let is_seen = |c: char| !c.is_whitespace() && !is_invisible_or_control(c);
    if !text.contains(is_seen) {
        reader.value_error(place, format!("`{key}` is empty")).help =
            Some(format!("`{key}` is {what}"));
        return None;
    }
    Some(text.to_owned())
}

/// The findings of edits and rows that are accepted more than once, in whichever files.
pub fn twice(acceptances: &[Acceptance]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<(Of, &str), Span> = BTreeMap::new();
    let mut found = Vec::new();
    for Acceptance { of, fingerprint, span, .. } in acceptances {
        match first.get(&(*of, &**fingerprint)) {
            Some(known) => found.push(
                Diagnostic::new(
                    Code::ACCEPT_TWICE,
                    *span,
                    format!("the {} `{fingerprint}` is accepted twice", of.word()),
                )
                .primary_message("accepted again here")
                .label(*known, "first accepted here")
                .help("remove one of the two"),
            ),
            None => {
                first.insert((*of, fingerprint), *span);
            }
        }
    }
    found
}

/// The finding of an edit or row that the diff does not have.
pub fn stale(acceptance: &Acceptance) -> Diagnostic {
    let (word, fingerprint) = (acceptance.of.word(), &acceptance.fingerprint);
    let message = format!("the accepted {word} `{fingerprint}` does not occur in the diff");
    Diagnostic::new(Code::ACCEPT_STALE, acceptance.span, message)
        .help("remove it: left in place, it would let the same change pass without review later")
}
