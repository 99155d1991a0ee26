//! Findings as issues of Code Climate, which GitLab shows as code quality in merge requests.

use super::{Diagnostic, Severity, fingerprint, json, plain};
use crate::source::Sources;
use serde_json::{Value, json};

/// One JSON array. The fingerprints are unique, and stay as they are when lines above are added or
/// removed.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let shown = json::limited(diagnostics);
    let issues: Vec<Value> = shown
        .iter()
        .zip(fingerprint::of(&shown, sources))
        .map(|(found, (hash, occurrence))| {
            issue(found, sources, &format!("{hash:016x}{occurrence:08x}"))
        })
        .collect();
    format!("{:#}\n", Value::Array(issues))
}

fn issue(found: &Diagnostic, sources: &Sources, fingerprint: &str) -> Value {
    // An error keeps the policies from being used; advice never does.
    let (severity, category) = match found.severity {
        Severity::Error => ("critical", "Bug Risk"),
        Severity::Warning => ("minor", "Bug Risk"),
        Severity::Note => ("info", "Clarity"),
    };
    let span = found.primary.span;
    let file = sources.file(span.file);
    let mut issue = json!({
        "type": "issue",
        "check_name": format!("{} {}", found.code.id(), found.code.name()),
        // One line; what to do about it is in the content.
        "description": plain::line(&found.message),
        "categories": [category],
        "severity": severity,
        "fingerprint": fingerprint,
        "location": {
            "path": file.path,
            "lines": {"begin": file.line(span.start), "end": file.line(span.end)},
        },
    });
    if let Some(help) = &found.help {
        issue["content"] = json!({"body": plain::text(help)});
    }
    let labels = found.labels.iter().map(|label| {
        let file = sources.file(label.span.file);
        let (begin, end) = (file.line(label.span.start), file.line(label.span.end));
        json!({"path": file.path, "lines": {"begin": begin, "end": end}})
    });
    let labels: Vec<Value> = labels.collect();
    if !labels.is_empty() {
        issue["other_locations"] = labels.into();
    }
    issue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{FileId, SourceFile, Span};

    fn issues(text: &str, starts: &[u32]) -> Vec<Value> {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a b/ü.prec", text));
        let findings: Vec<Diagnostic> = starts
            .iter()
            .map(|&start| {
                Diagnostic::new(Code::UNKNOWN_NAME, at(file, start), "no `x`\n\u{202e}")
                    .help("write `y`:\n  y")
                    .label(at(file, 0), "declared")
            })
            .collect();
        let issues: Value = serde_json::from_str(&render(&findings, &sources)).expect("JSON");
        issues.as_array().expect("an array").clone()
    }

    fn at(file: FileId, start: u32) -> Span {
        Span { file, start, end: start + 1 }
    }

    #[test]
    fn a_finding_is_an_issue() {
        let issues = issues("x\ny = x\n", &[6]);
        let fingerprint = issues[0]["fingerprint"].clone();
        let lines = |line: u32| json!({"begin": line, "end": line});
        assert_eq!(
            issues[0],
            json!({
                "type": "issue",
                "check_name": "P0101 unknown-name",
                "description": "no `x`\\n\\u{202E}",
                "categories": ["Bug Risk"],
                "severity": "critical",
                "fingerprint": fingerprint,
                "location": {"path": "a b/ü.prec", "lines": lines(2)},
                "content": {"body": "write `y`:\n  y"},
                "other_locations": [{"path": "a b/ü.prec", "lines": lines(1)}],
            })
        );
    }

    #[test]
    fn fingerprints_are_unique_and_do_not_follow_line_numbers() {
        let prints = |issues: Vec<Value>| -> Vec<Value> {
            issues.into_iter().map(|issue| issue["fingerprint"].clone()).collect()
        };
        let before = prints(issues("x\nx\ny\n", &[0, 2, 4]));
        assert_eq!(before, prints(issues("\n\n  x\n\n\tx\n y\n", &[4, 8, 11])));
        assert!(before[0] != before[1] && before[1] != before[2] && before[0] != before[2]);
    }

    #[test]
    fn no_findings_are_an_empty_array() {
        assert_eq!(render(&[], &Sources::new()), "[]\n");
    }
}
