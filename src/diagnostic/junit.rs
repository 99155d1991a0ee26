//! Findings as a JUnit report, which most build servers show.

use super::{Diagnostic, Severity, json, plain};
use crate::source::Sources;
use crate::text::{escape_control_chars, is_invisible_or_control};
use std::collections::BTreeMap;

/// One test case for each finding: an error fails, and what a warning or a note says is the output
/// of a case that passes. Without findings, there is one case that passes, since many tools reject
/// a report without cases.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    suite("precedent check", diagnostics, sources)
}

/// The same under another name than that of the command `check`.
pub fn suite(name: &str, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let shown = json::limited(diagnostics);
    let failed = shown.iter().filter(|found| found.severity == Severity::Error).count();
    let tests = shown.len().max(1);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" \
         skipped=\"0\">\n"
    );
    if shown.is_empty() {
        out.push_str(&format!("<testcase name=\"no findings\" classname=\"{name}\"/>\n"));
    }
    // Programs that read these reports take cases with the same name for one.
    let mut names = BTreeMap::new();
    for found in shown.iter() {
        let title = title(found, sources);
        let known = names.entry(title.clone()).and_modify(|count| *count += 1).or_insert(1);
        let title = if *known == 1 { title } else { format!("{title} ({known})") };
        case(&mut out, name, &title, found, sources);
    }
    out.push_str("</testsuite>\n</testsuites>\n");
    out
}

/// `a.prec:3:5: P0101 unknown-name`: what a list of test cases shows.
fn title(found: &Diagnostic, sources: &Sources) -> String {
    let file = sources.file(found.primary.span.file);
    let start = file.line_column(found.primary.span.start);
    let code = found.code;
    format!("{}:{}:{}: {} {}", file.path, start.line, start.column, code.id(), code.name())
}

fn case(out: &mut String, suite: &str, title: &str, found: &Diagnostic, sources: &Sources) {
    let file = sources.file(found.primary.span.file);
    out.push_str(&format!(
        "<testcase name=\"{}\" classname=\"{suite}\" file=\"{}\" line=\"{}\">\n",
        attribute(title),
        attribute(&file.path),
        file.line(found.primary.span.start)
    ));
    let body = body(found, sources);
    match found.severity {
        Severity::Error => out.push_str(&format!(
            "<failure type=\"{}\" message=\"{}\">{body}</failure>\n",
            found.code.id(),
            attribute(&found.message),
        )),
        Severity::Warning | Severity::Note => {
            out.push_str(&format!("<system-out>{body}</system-out>\n"))
        }
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
            hidden if is_invisible_or_control(hidden) => {
                out.push_str(&escape_control_chars(hidden.encode_utf8(&mut [0; 4])));
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
    fn a_case_for_each_finding() {
        let mut sources = Sources::new();
        let a = sources.add(SourceFile::new("a\u{1b}\"<.prec", "x\n"));
        let b = sources.add(SourceFile::new("b.prec", "x\n"));
        let at = |file| Span { file, start: 0, end: 1 };
        let findings = [
            Diagnostic::new(Code::UNKNOWN_NAME, at(a), "`<x>` & \"y\"").help("one\ntwo"),
            Diagnostic::new(Code::TEST_WITHOUT_EXPECT, at(b), "proves nothing\u{ffff}"),
            Diagnostic::new(Code::TEST_WITHOUT_EXPECT, at(b), "here\u{202e} too"),
        ];
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="precedent check" tests="3" failures="1" errors="0" skipped="0">
<testcase name="a\u{1B}&quot;&lt;.prec:1:1: P0101 unknown-name" classname="precedent check" file="a\u{1B}&quot;&lt;.prec" line="1">
<failure type="P0101" message="`&lt;x&gt;` &amp; &quot;y&quot;">a\u{1B}&quot;&lt;.prec:1:1: error[P0101]: `&lt;x&gt;` &amp; &quot;y&quot;
help: one
two</failure>
</testcase>
<testcase name="b.prec:1:1: P0502 test-without-expect" classname="precedent check" file="b.prec" line="1">
<system-out>b.prec:1:1: warning[P0502]: proves nothing�</system-out>
</testcase>
<testcase name="b.prec:1:1: P0502 test-without-expect (2)" classname="precedent check" file="b.prec" line="1">
<system-out>b.prec:1:1: warning[P0502]: here\u{202E} too</system-out>
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
