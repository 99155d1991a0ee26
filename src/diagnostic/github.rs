//! Findings as workflow commands of GitHub Actions, which become annotations beside the changed
//! lines.

use super::{Diagnostic, Severity, json, plain};
use crate::source::Sources;
use crate::text::is_invisible_or_control;
use std::cmp::Reverse;

/// One command per line. Errors come first, since GitHub only shows the first few annotations of a
/// step.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut sorted = diagnostics.to_vec();
    sorted.sort_by_key(|found| Reverse(found.severity));
    json::limited(&sorted).iter().map(|found| command(found, sources)).collect()
}

fn command(found: &Diagnostic, sources: &Sources) -> String {
    let word = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let span = found.primary.span;
    let file = sources.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    // GitHub accepts columns only for a place within one line.
    let place = if start.line == end.line {
        format!(
            "line={},col={},endLine={},endColumn={}",
            start.line, start.column, end.line, end.column
        )
    } else {
        format!("line={},endLine={}", start.line, end.line)
    };
    let title = format!("{} {}", found.code.id(), found.code.name());
    let message = plain::message_with_places(found, sources);
    format!(
        "::{word} file={},{place},title={}::{}\n",
        escape(&file.path, &[':', ',']),
        escape(&title, &[':', ',']),
        escape(&message, &[])
    )
}

/// Escapes a text for the runner. Characters that would act on a terminal are escaped visibly.
fn escape(text: &str, more: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' | '\r' | '\n' => out.push_str(&format!("%{:02X}", u32::from(character))),
            separator if more.contains(&separator) => {
                out.push_str(&format!("%{:02X}", u32::from(separator)))
            }
            hostile if is_invisible_or_control(hostile) => {
                out.push_str(&format!("\\u{{{:X}}}", u32::from(hostile)))
            }
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{SourceFile, Span};

    #[test]
    fn errors_come_first_and_everything_is_escaped() {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a,b:100%\n\u{1b}.prec", "é = x\ny\n"));
        let at = |start, end| Span { file, start, end };
        let findings = [
            Diagnostic::new(Code::TEST_WITHOUT_EXPECT, at(0, 8), "a warning"),
            Diagnostic::new(Code::UNKNOWN_NAME, at(5, 6), "100% of `x`, gone")
                .primary_message("here")
                .help("one:\n  two"),
        ];
        assert_eq!(
            render(&findings, &sources),
            "::error file=a%2Cb%3A100%25%0A\\u{1B}.prec,line=1,col=5,endLine=1,endColumn=6,title=P0101 unknown-name::\
             100%25 of `x`, gone%0Ahelp: one:%0A  two%0Aa,b:100%25\\n\\u{1B}.prec:1: here\n\
             ::warning file=a%2Cb%3A100%25%0A\\u{1B}.prec,line=1,endLine=2,title=P0502 \
             test-without-expect::a warning\n"
        );
        assert_eq!(render(&[], &sources), "");
    }

    #[test]
    fn no_more_than_a_thousand_are_written() {
        let mut sources = Sources::new();
        let span = Span::file_start(sources.add(SourceFile::new("a.prec", "")));
        let findings = vec![Diagnostic::new(Code::UNKNOWN_NAME, span, "gone"); 1200];
        let text = render(&findings, &sources);
        assert_eq!(text.lines().count(), json::MAX);
        assert!(text.contains("::201 more findings are not shown"), "the rest is counted");
    }
}
