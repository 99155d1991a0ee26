//! Findings as SARIF 2.1.0, which code hosts show beside the code and track from commit to commit.

use super::{Code, Diagnostic, Fix, Label, fingerprint, fix, json, plain};
use crate::source::{FileId, Sources, Span};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What code hosts and editors call the root of the repository, which paths are relative to.
const BASE: &str = "%SRCROOT%";

/// One SARIF log with one run. Columns count characters; ends are exclusive.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let shown = json::limited(diagnostics);
    // Only the rules that occur, since all pages together are larger than most reports.
    let codes: BTreeSet<Code> = shown.iter().map(|found| found.code).collect();
    let rules: Vec<Code> = codes.into_iter().collect();
    let results: Vec<Value> = shown
        .iter()
        .zip(fingerprint::of(&shown, sources))
        .map(|(found, (hash, occurrence))| {
            result(found, sources, &rules, &format!("{hash:016x}:{occurrence}"))
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "precedent",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            // Without an address, so that the report is the same on every machine.
            "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn rule(code: Code) -> Value {
    // A page consists of a title, a description, and sections.
    let page = code.page();
    let body = page.split_once('\n').map_or(page, |(_, body)| body);
    let description = body.split("\n## ").next().unwrap_or(body).trim();
    json!({
        "id": code.id(),
        "name": code.name(),
        "shortDescription": {"text": code.summary()},
        "fullDescription": {"text": description, "markdown": description},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": code.default_severity().as_str()},
    })
}

fn result(found: &Diagnostic, sources: &Sources, rules: &[Code], fingerprint: &str) -> Value {
    let mut value = json!({
        "ruleId": found.code.id(),
        "ruleIndex": rules.binary_search(&found.code).unwrap_or_default(),
        "level": found.severity.as_str(),
        "message": text(&plain::message(found)),
        "locations": [location(&found.primary, sources)],
        "partialFingerprints": {"precedentLine/v1": fingerprint},
    });
    if !found.labels.is_empty() {
        value["relatedLocations"] =
            found.labels.iter().map(|label| location(label, sources)).collect();
    }
    if !found.fixes.is_empty() {
        value["fixes"] = found.fixes.iter().map(|fix| fix_json(fix, sources)).collect();
    }
    value
}

fn location(label: &Label, sources: &Sources) -> Value {
    let mut value = json!({"physicalLocation": {
        "artifactLocation": artifact(label.span.file, sources),
        "region": region(label.span, sources),
    }});
    if !label.message.is_empty() {
        value["message"] = text(&plain::line(&label.message));
    }
    value
}

fn fix_json(fix: &Fix, sources: &Sources) -> Value {
    let mut files: BTreeMap<FileId, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        files.entry(edit.span.file).or_default().push(json!({
            "deletedRegion": region(edit.span, sources),
            "insertedContent": {"text": fix::replacement(edit, sources)},
        }));
    }
    let changes = files
        .into_iter()
        .map(|(file, replacements)| {
            let artifact = artifact(file, sources);
            json!({"artifactLocation": artifact, "replacements": replacements})
        })
        .collect::<Vec<_>>();
    json!({"description": text(&plain::line(&fix.message)), "artifactChanges": changes})
}

/// A message. Brackets are escaped, so that a name in the policies cannot become a link.
fn text(message: &str) -> Value {
    let shown = if message.contains("](") {
        message.replace('[', "\\[").replace(']', "\\]")
    } else {
        message.to_owned()
    };
    json!({"text": shown})
}

fn artifact(file: FileId, sources: &Sources) -> Value {
    json!({"uri": uri(&sources.file(file).path), "uriBaseId": BASE})
}

/// A path as a relative URI reference: all but letters, digits, `-._~` and `/` is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte.into())
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn region(span: Span, sources: &Sources) -> Value {
    let file = sources.file(span.file);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Edit;
    use crate::source::SourceFile;

    fn log(text: &str, starts: &[u32]) -> Value {
        let mut sources = Sources::new();
        let file = sources.add(SourceFile::new("a b/ü:\u{1b}.prec", text));
        let at = |start: u32| Span { file, start, end: start + 1 };
        let findings: Vec<Diagnostic> = starts
            .iter()
            .map(|&start| {
                Diagnostic::new(Code::UNKNOWN_NAME, at(start), "no `[x](y)`\u{202e}")
                    .primary_message("here")
                    .label(at(0), "declared")
                    .help("write `z`")
                    .fix("write `z`", vec![Edit { span: at(start), replacement: "z\n".into() }])
            })
            .collect();
        serde_json::from_str(&render(&findings, &sources)).expect("JSON")
    }

    #[test]
    fn a_finding_is_a_result_with_its_rule() {
        let log = log("q\r\nü = x\r\n", &[8]);
        let run = &log["runs"][0];
        let rule = &run["tool"]["driver"]["rules"][0];
        assert_eq!((&rule["id"], &rule["name"]), (&json!("P0101"), &json!("unknown-name")));
        assert_eq!(rule["help"]["markdown"], Code::UNKNOWN_NAME.page());
        assert!(
            rule["fullDescription"]["text"]
                .as_str()
                .is_some_and(|text| text.starts_with("A name is used"))
        );
        let result = &run["results"][0];
        assert_eq!(result["message"]["text"], "no `\\[x\\](y)`\\u{202E}\nhelp: write `z`");
        let artifact = json!({"uri": "a%20b/%C3%BC%3A%1B.prec", "uriBaseId": "%SRCROOT%"});
        let region = json!({"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6});
        assert_eq!(
            result["locations"][0],
            json!({
                "physicalLocation": {"artifactLocation": artifact, "region": region},
                "message": {"text": "here"},
            })
        );
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "declared");
        assert_eq!(
            result["fixes"][0]["artifactChanges"],
            json!([{
                "artifactLocation": artifact,
                "replacements": [{"deletedRegion": region, "insertedContent": {"text": "z\r\n"}}],
            }])
        );
    }

    #[test]
    fn fingerprints_do_not_follow_line_numbers() {
        let prints = |log: Value| -> Vec<Value> {
            let results = log["runs"][0]["results"].as_array().cloned().unwrap_or_default();
            results.into_iter().map(|result| result["partialFingerprints"].clone()).collect()
        };
        let before = prints(log("x\nx\ny\n", &[0, 2, 4]));
        assert_eq!(before, prints(log("\n\n  x\n\n\tx\n y\n", &[4, 8, 11])));
        assert!(before[0] != before[1] && before[1] != before[2]);
    }

    #[test]
    fn no_findings_are_a_log_without_results() {
        let log: Value = serde_json::from_str(&render(&[], &Sources::new())).expect("JSON");
        assert_eq!(log["runs"][0]["results"], json!([]));
    }
}
