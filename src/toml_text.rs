//! Reads TOML documents (the manifest, profile files, acceptances) with the places of their parts.
//! Each invalid key or value is reported, and reading continues.

use crate::diagnostic::{Code, Diagnostic, Edit, suggest};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax;
use crate::text::escape_control_chars;
use std::ops::Range;
use toml::Spanned;
pub(crate) use toml::de::{DeTable as Table, DeValue as Value};

/// The codes of findings about one kind of document.
#[derive(Clone, Copy)]
pub(crate) struct Codes {
    /// For a text that is not TOML.
    pub syntax: Code,
    /// For an unknown or missing key.
    pub key: Code,
    /// For an invalid value.
    pub value: Code,
}

/// Reads one document and collects findings about it.
pub(crate) struct Reader {
    file: FileId,
    codes: Codes,
    /// The findings so far.
    pub findings: Vec<Diagnostic>,
}

impl Reader {
    /// A reader of a file.
    pub(crate) fn new(file: FileId, codes: Codes) -> Self {
        Reader { file, codes, findings: Vec::new() }
    }

    /// Parses the text as far as it is TOML. Only the first error is reported, since most others
    /// follow from it.
    pub(crate) fn parse<'t>(&mut self, source: &'t SourceFile) -> Table<'t> {
        let (table, errors) = Table::parse_recoverable(&source.text);
        // What cannot be seen explains an error better than the words of the parser.
        let misread = match errors.is_empty() {
            true => Vec::new(),
            false => syntax::misread(self.file, &source.text),
        };
        if !misread.is_empty() {
            self.findings.extend(misread);
            return table.into_inner();
        }
        for error in errors.iter().take(1) {
            let span = self.clamp(error.span().unwrap_or(0..0), &source.text);
            let message = format!("invalid TOML: {}", escape_control_chars(error.message()));
            self.findings.push(
                Diagnostic::new(self.codes.syntax, span, message)
                    .help("see https://toml.io for the syntax"),
            );
        }
        table.into_inner()
    }

    /// A span of the document, on character boundaries even if the parser's range is not.
    fn clamp(&self, range: Range<usize>, text: &str) -> Span {
        let start = floor(text, range.start);
        let end = floor(text, range.end).max(start);
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    /// The place of a part.
    pub(crate) fn span<T>(&self, spanned: &Spanned<T>) -> Span {
        Span { file: self.file, start: spanned.span().start as u32, end: spanned.span().end as u32 }
    }

    /// The place of a part of a string's value. If it cannot be found, the place of the string.
    pub(crate) fn inside(
        &self,
        span: Span,
        source: &SourceFile,
        value: &str,
        part: Range<usize>,
    ) -> Span {
        let raw = &source.text[span.start as usize..span.end as usize];
        let place = |at: usize| Some(span.start + written_before(raw, value, at)? as u32);
        match (place(part.start), place(part.end)) {
            (Some(start), Some(end)) if start < end => Span { start, end, ..span },
            _ => span,
        }
    }

    /// Reports an unknown or missing key.
    pub(crate) fn key_error(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::new(self.codes.key, span, message))
    }

    /// Reports an invalid value.
    pub(crate) fn value_error(
        &mut self,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Diagnostic::new(self.codes.value, span, message))
    }

    /// Adds a finding.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.findings.push(diagnostic);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Reports the unknown keys of a table.
    pub(crate) fn only_keys(&mut self, table: &Table<'_>, known: &[&str]) {
        for key in table.keys() {
            let written = key.get_ref();
            if !known.contains(&&**written) {
                let span = self.span(key);
                let suggestion =
                    suggest::suggestion(suggest::Kind::Words, written, known.iter().copied());
                let list =
                    || known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                let found = Diagnostic::new(
                    self.codes.key,
                    span,
                    format!("unknown key `{}`", escape_control_chars(written)),
                );
                self.push(
                    found.did_you_mean(span, suggestion, || format!("expected one of {}", list())),
                );
            }
        }
    }

    /// A string. Reports any other value.
    pub(crate) fn string<'t>(&mut self, value: &'t Spanned<Value<'_>>) -> Option<&'t str> {
        match value.get_ref() {
            Value::String(text) => Some(text),
            other => {
                let span = self.span(value);
                self.value_error(span, format!("expected a string, found {}", kind(other)));
                None
            }
        }
    }

    /// A boolean. Reports any other value.
    pub(crate) fn boolean(&mut self, value: &Spanned<Value<'_>>) -> Option<bool> {
        if let Value::Boolean(boolean) = value.get_ref() {
            return Some(*boolean);
        }
        let span = self.span(value);
        self.value_error(
            span,
            format!("expected `true` or `false`, found {}", kind(value.get_ref())),
        );
        None
    }

    /// A table. Reports any other value.
    pub(crate) fn table<'t, 'i>(&mut self, value: &'t Spanned<Value<'i>>) -> Option<&'t Table<'i>> {
        if let Value::Table(table) = value.get_ref() {
            return Some(table);
        }
        let span = self.span(value);
        self.value_error(span, format!("expected a table, found {}", kind(value.get_ref())));
        None
    }

    /// The items of an array. Reports any other value.
    pub(crate) fn array<'t, 'i>(
        &mut self,
        value: &'t Spanned<Value<'i>>,
    ) -> Option<impl Iterator<Item = &'t Spanned<Value<'i>>> + use<'t, 'i>> {
        if let Value::Array(array) = value.get_ref() {
            return Some(array.iter());
        }
        let span = self.span(value);
        self.value_error(span, format!("expected a list, found {}", kind(value.get_ref())));
        None
    }

    /// The strings of an array, with their places. Reports any other value.
    pub(crate) fn strings<'t>(&mut self, value: &'t Spanned<Value<'_>>) -> Vec<(Span, &'t str)> {
        if let Value::String(_) = value.get_ref() {
            let span = self.span(value);
            let at = |place: u32, bracket: &str| Edit {
                span: Span { start: place, end: place, ..span },
                replacement: bracket.into(),
            };
            let found = Diagnostic::new(self.codes.value, span, "expected a list, found a string")
                .help("a list stands in square brackets, even where it has one item")
                .fix("add the brackets", vec![at(span.start, "["), at(span.end, "]")]);
            self.push(found);
            return Vec::new();
        }
        let Some(items) = self.array(value) else { return Vec::new() };
        items.filter_map(|item| Some((self.span(item), self.string(item)?))).collect()
    }
}

/// How many bytes of a TOML string, including its quote, are before a place of its value. `None`
/// for strings of several lines.
fn written_before(raw: &str, value: &str, at: usize) -> Option<usize> {
    let escapes = raw.starts_with('"');
    if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
        return None;
    }
    let mut rest = raw.get(1..)?;
    for character in value.get(..at)?.chars() {
        let length = match rest
            .strip_prefix('\\')
            .filter(|_| escapes)
            .and_then(|rest| rest.chars().next())
        {
            Some('u') => 6,
            Some('U') => 10,
            Some('x') => 4,
            Some(_) => 2,
            None => character.len_utf8(),
        };
        rest = rest.get(length..)?;
    }
    Some(raw.len() - rest.len())
}

fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
