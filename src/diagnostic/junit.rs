//! Findings as a JUnit report, which most build servers show.

use super::{Diagnostic, Severity, json, plain};
use crate::source::Sources;
use crate::text::escape_control_chars;

/// One test case for each file with findings: errors are failures, other findings are output.
/// Without findings, there is one case that passes, since many tools reject a report without cases.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let shown = json::limited(diagnostics);
    // Findings are sorted by path, so this keeps the order of files.
    let files: Vec<&[Diagnostic]> =
        shown.chunk_by(|a, b| a.primary.span.file == b.primary.span.file).collect();
    let failed = files.iter().filter(|found| super::has_errors(found)).count();
    let tests = files.len().max(1);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"precedent check\" tests=\"{tests}\" failures=\"{failed}\" \
         errors=\"0\">\n"
    );
    if files.is_empty() {
        out.push_str("<testcase name=\"no findings\" classname=\"precedent check\"/>\n");
    }
    for found in files {
        case(&mut out, found, sources);
    }
    out.push_str("</testsuite>\n</testsuites>\n");
    out
}

/// The findings of one file.
fn case(out: &mut String, findings: &[Diagnostic], sources: &Sources) {
    let Some(first) = findings.first() else { return };
    let path = attribute(&sources.file(first.primary.span.file).path);
    out.push_str(&format!(
        "<testcase name=\"{path}\" classname=\"precedent check\" file=\"{path}\">\n"
    ));
    let (errors, others): (Vec<_>, Vec<_>) =
        findings.iter().partition(|found| found.severity == Severity::Error);
    for found in errors {
        out.push_str(&format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>\n",
            found.code.id(),
            attribute(&found.message),
            body(found, sources)
        ));
    }
    if !others.is_empty() {
        let bodies: Vec<String> = others.into_iter().map(|found| body(found, sources)).collect();
        out.push_str(&format!("<system-out>{}</system-out>\n", bodies.join("\n")));
    }
    out.push_str("</testcase>\n");
}

fn body(found: &Diagnostic, sources: &Sources) -> String {
    let span = found.primary.span;
    let file = sources.file(span.file);
    let start = file.line_column(span.start);
    let head = format!(
        "{}:{}:{}: {}[{}]: ",
        escape_control_chars(&file.path),
        start.line,
        start.column,
        found.severity.as_str(),
        found.code.id()
    );
    let message = plain::message_with_places(found, sources);
    message
        .split('\n')
        .enumerate()
        .map(|(at, line)| if at == 0 { xml(&head) + &xml(line) } else { xml(line) })
        .collect::<Vec<_>>()
        .join("\n")
}

fn attribute(text: &str) -> String {
    xml(&escape_control_chars(text))
}

/// Text in XML: what XML has no character for is replaced.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}')
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
    fn a_case_for_each_file_with_findings() {
        let mut sources = Sources::new();
        let a = sources.add(SourceFile::new("a\u{1b}\"<.prec", "x\n"));
        let b = sources.add(SourceFile::new("b.prec", "x\n"));
        let at = |file| Span { file, start: 0, end: 1 };
        let findings = [
            Diagnostic::new(Code::UNKNOWN_NAME, at(a), "`<x>` & \"y\"").help("one\ntwo"),
            Diagnostic::new(Code::TEST_WITHOUT_EXPECT, at(a), "proves nothing\u{ffff}"),
            Diagnostic::new(Code::TEST_WITHOUT_EXPECT, at(b), "here too"),
        ];
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="precedent check" tests="2" failures="1" errors="0">
<testcase name="a\u{1B}&quot;&lt;.prec" classname="precedent check" file="a\u{1B}&quot;&lt;.prec">
<failure type="P0101" message="`&lt;x&gt;` &amp; &quot;y&quot;">a\u{1B}&quot;&lt;.prec:1:1: error[P0101]: `&lt;x&gt;` &amp; &quot;y&quot;
help: one
two</failure>
<system-out>a\u{1B}&quot;&lt;.prec:1:1: warning[P0502]: proves nothing�</system-out>
</testcase>
<testcase name="b.prec" classname="precedent check" file="b.prec">
<system-out>b.prec:1:1: warning[P0502]: here too</system-out>
</testcase>
</testsuite>
</testsuites>
"#;
        assert_eq!(render(&findings, &sources), expected);
    }

    #[test]
    fn no_findings_are_one_case_that_passes() {
        let text = render(&[], &Sources::new());
        assert!(
            text.contains("tests=\"1\" failures=\"0\"")
                && text.contains("<testcase name=\"no findings\"")
        );
    }
}
