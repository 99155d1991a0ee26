//! Findings in the diagnostic format of reviewdog, which puts them into code reviews.

use super::{Diagnostic, Edit, Severity, fix, json, plain};
use crate::source::{Sources, Span};
use serde_json::{Value, json};

/// One JSON document. In this format, columns count bytes from 1; ends are exclusive.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let shown = json::limited(diagnostics);
    let document = json!({
        "source": {"name": "precedent"},
        "diagnostics": shown.iter().map(|found| diagnostic(found, sources)).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn diagnostic(found: &Diagnostic, sources: &Sources) -> Value {
    let severity = match found.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Note => "INFO",
    };
    let labels = std::iter::once(&found.primary)
        .filter(|label| !label.message.is_empty())
        .chain(&found.labels);
    let related: Vec<Value> = labels
        .map(|label| {
            let location = location(label.span, sources);
            json!({"message": plain::line(&label.message), "location": location})
        })
        .collect();
    json!({
        "message": plain::message(found),
        "location": location(found.primary.span, sources),
        "severity": severity,
        "code": {"value": found.code.id()},
        "suggestions": suggestions(found, sources),
        "related_locations": related,
    })
}

/// Fixes with one edit of the finding's own file. Of other fixes, reviewdog would apply only a
/// part.
fn suggestions(found: &Diagnostic, sources: &Sources) -> Vec<Value> {
    let single = found.fixes.iter().filter_map(|fix| match fix.edits.as_slice() {
        [edit] if edit.span.file == found.primary.span.file => Some(edit),
        _ => None,
    });
    single
        .map(|edit: &Edit| {
            let text = fix::replacement(edit, sources);
            json!({"range": range(edit.span, sources), "text": text})
        })
        .collect()
}

fn location(span: Span, sources: &Sources) -> Value {
    json!({"path": sources.file(span.file).path, "range": range(span, sources)})
}

fn range(span: Span, sources: &Sources) -> Value {
    let file = sources.file(span.file);
    let position = |offset: u32| {
        let line = file.line(offset);
        json!({"line": line, "column": offset as usize - file.line_range(line).start + 1})
    };
    json!({"start": position(span.start), "end": position(span.end)})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::SourceFile;

    #[test]
    fn columns_count_bytes_and_only_whole_fixes_are_suggested() {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a\u{1b}.prec", "x\r\né = y\r\n"));
        let at = |start, end| Span { file, start, end };
        let edit = |start, end| Edit { span: at(start, end), replacement: "z\n".into() };
        let found = Diagnostic::new(Code::UNKNOWN_NAME, at(8, 9), "no \u{202e}`y`")
            .label(at(0, 1), "near this")
            .help("did you mean `z`?")
            .fix("one", vec![edit(8, 9)])
            .fix("two", vec![edit(0, 1), edit(8, 9)]);
        let text = render(&[found], &sources);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(document["source"]["name"], "precedent");
        let found = &document["diagnostics"][0];
        let range = json!({"start": {"line": 2, "column": 6}, "end": {"line": 2, "column": 7}});
        assert_eq!(found["location"], json!({"path": "a\u{1b}.prec", "range": range}));
        assert_eq!(found["message"], "no \\u{202E}`y`\nhelp: did you mean `z`?");
        assert_eq!(found["severity"], "ERROR");
        assert_eq!(found["code"]["value"], "P0101");
        assert_eq!(found["suggestions"], json!([{"range": range, "text": "z\r\n"}]));
        assert_eq!(found["related_locations"][0]["message"], "near this");
    }
}
