//! Diagnostics as JSON for programs: docs/language.md, section 5, `check`.

use super::{Diagnostic, Severity};
use crate::source::{Sources, Span};
use serde::Serialize;
use std::borrow::Cow;

/// How many diagnostics are written at most; the last one then counts the rest.
pub const MAX: usize = 1000;

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    labels: Vec<Label<'a>>,
    help: Option<&'a str>,
    fixes: Vec<Fix<'a>>,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    message: &'a str,
    applicability: &'static str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
}

/// Diagnostics as a JSON array. Lines and columns count from 1, columns in characters; ends are
/// exclusive.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let shown = limited(diagnostics);
    let findings: Vec<Finding<'_>> = shown.iter().map(|found| finding(found, sources)).collect();
    crate::text::json::pretty(&findings).unwrap_or_else(|_| "[]\n".into())
}

/// The diagnostics that any format for programs writes: at most [`MAX`].
pub(super) fn limited(diagnostics: &[Diagnostic]) -> Cow<'_, [Diagnostic]> {
    if diagnostics.len() <= MAX {
        return Cow::Borrowed(diagnostics);
    }
    // Those that already stand for others are counted with the others.
    let (single, counts): (Vec<_>, Vec<_>) = diagnostics.iter().partition(|found| found.count == 1);
    let (kept, mut others) = super::most_severe(&single, MAX - 1);
    others.extend(counts);
    Cow::Owned(kept.into_iter().cloned().chain(overflow(&others)).collect())
}

/// One diagnostic that counts those that were left out.
fn overflow(others: &[&Diagnostic]) -> Option<Diagnostic> {
    let first = others.first()?;
    let severity = others.iter().map(|found| found.severity).max().unwrap_or(Severity::Note);
    let count = others.iter().map(|found| found.count).sum();
    Some(Diagnostic { severity, ..Diagnostic::overflow(first.primary.span, count) })
}

fn finding<'a>(found: &'a Diagnostic, sources: &'a Sources) -> Finding<'a> {
    let all = std::iter::once(&found.primary)
        .filter(|label| !label.message.is_empty())
        .chain(&found.labels);
    Finding {
        code: found.code.id(),
        severity: found.severity.as_str(),
        message: &found.message,
        place: place(found.primary.span, sources),
        labels: all
            .map(|label| Label { place: place(label.span, sources), message: &label.message })
            .collect(),
        help: found.help.as_deref(),
        fixes: found
            .fixes
            .iter()
            .map(|fix| Fix {
                message: &fix.message,
                applicability: fix.applicability.as_str(),
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Edit {
                        place: place(edit.span, sources),
                        replacement: &edit.replacement,
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn place(span: Span, sources: &Sources) -> Place<'_> {
    let file = sources.file(span.file);
    let start = file.line_column(span.start);
    let end = file.line_column(span.end);
    Place {
        file: &file.path,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
