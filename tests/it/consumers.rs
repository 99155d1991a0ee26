//! What the published formats ask of the reports that other programs read. SARIF has a file of its
//! own.
//!
//! No validator of JSON Schema is used: the schemas of SARIF and of GitLab's reports would have to
//! be kept here, and reviewdog's and GitHub's formats have none.

use crate::cli::{precedent, scratch, text};
use crate::sarif::Form::{Array, Number, Object, Text};
use crate::sarif::{Key, MAY, MUST, check};
use crate::xml;
use serde_json::Value;
use std::collections::BTreeSet;

const LINES: &[Key] = &[Key("begin", MUST, Number(1)), Key("end", MAY, Number(1))];
const LOCATION: &[Key] = &[Key("path", MUST, Text(&[])), Key("lines", MUST, Object(LINES))];
const SEVERITIES: &[&str] = &["info", "minor", "major", "critical", "blocker"];

/// An issue of Code Climate with what GitLab asks for beside it. (`categories` is an array of texts.)
const ISSUE: &[Key] = &[
    Key("type", MUST, Text(&["issue"])),
    Key("check_name", MUST, Text(&[])),
    Key("description", MUST, Text(&[])),
    Key("severity", MUST, Text(SEVERITIES)),
    Key("fingerprint", MUST, Text(&[])),
    Key("location", MUST, Object(LOCATION)),
    Key("content", MAY, Object(&[Key("body", MUST, Text(&[]))])),
    Key("other_locations", MAY, Array(LOCATION, 1, false)),
];
const CATEGORIES: &[&str] = &[
    "Bug Risk",
    "Clarity",
    "Compatibility",
    "Complexity",
    "Duplication",
    "Performance",
    "Security",
    "Style",
];

/// Panics where a text is no code quality report as GitLab documents it.
pub fn assert_code_climate(text: &str) {
    let mut issues: Value = serde_json::from_str(text).expect("Code Climate issues are JSON");
    let mut fingerprints = BTreeSet::new();
    for issue in issues.as_array_mut().expect("an array of issues") {
        let categories = issue.as_object_mut().and_then(|issue| issue.remove("categories"));
        let categories: Vec<String> =
            serde_json::from_value(categories.expect("categories")).expect("texts");
        assert!(!categories.is_empty());
        assert!(categories.iter().all(|category| CATEGORIES.contains(&&**category)));
        check(issue, &Object(ISSUE), "issue");
        let path = issue["location"]["path"].as_str().unwrap_or_default();
        assert!(!path.starts_with('/') && !path.starts_with("./"), "{path} is relative");
        assert!(!issue["description"].as_str().unwrap_or_default().contains('\n'));
        assert!(fingerprints.insert(issue["fingerprint"].to_string()), "{issue} stands alone");
    }
}

const POSITION: &[Key] = &[Key("line", MUST, Number(1)), Key("column", MAY, Number(1))];
const RANGE: &[Key] = &[Key("start", MUST, Object(POSITION)), Key("end", MAY, Object(POSITION))];
const PLACE: &[Key] = &[Key("path", MUST, Text(&[])), Key("range", MAY, Object(RANGE))];
const RELATED: &[Key] = &[Key("message", MAY, Text(&[])), Key("location", MUST, Object(PLACE))];
const SUGGESTION: &[Key] = &[Key("range", MUST, Object(RANGE)), Key("text", MUST, Text(&[]))];
const DIAGNOSTIC: &[Key] = &[
    Key("message", MUST, Text(&[])),
    Key("location", MUST, Object(PLACE)),
    Key("severity", MUST, Text(&["ERROR", "WARNING", "INFO"])),
    Key("code", MAY, Object(&[Key("value", MUST, Text(&[])), Key("url", MAY, Text(&[]))])),
    Key("suggestions", MAY, Array(SUGGESTION, 0, false)),
    Key("related_locations", MAY, Array(RELATED, 0, false)),
];
const RESULT: &[Key] = &[
    Key("source", MUST, Object(&[Key("name", MUST, Text(&["precedent"]))])),
    Key("diagnostics", MUST, Array(DIAGNOSTIC, 0, false)),
];

/// Panics where a text is no `DiagnosticResult` as reviewdog's `rdf.proto` has it.
pub fn assert_rdjson(text: &str) {
    check(&serde_json::from_str(text).expect("rdjson is JSON"), &Object(RESULT), "result");
}

/// Panics where a line of a text is no workflow command that annotates a place.
pub fn assert_annotations(text: &str) {
    for line in text.lines() {
        let command = line.strip_prefix("::").unwrap_or_else(|| panic!("no command: {line}"));
        let (head, message) = command.split_once("::").expect("a message");
        let (kind, properties) = head.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&kind), "{line}");
        let properties: Vec<(&str, &str)> = properties
            .split(',')
            .map(|property| property.split_once('=').expect("a value"))
            .collect();
        let of = |key: &str| properties.iter().find(|(known, _)| *known == key).map(|(_, v)| *v);
        let number = |key: &str| of(key).map(|text| text.parse::<u32>().expect("a number"));
        for (key, value) in &properties {
            assert!(
                ["file", "line", "endLine", "col", "endColumn", "title"].contains(key),
                "{line}"
            );
            assert!(!value.contains(':'), "{line}");
            assert_escaped(value, &["25", "0D", "0A", "3A", "2C"]);
        }
        assert_escaped(message, &["25", "0D", "0A"]);
        assert!(!message.is_empty() && of("file").is_some_and(|file| !file.is_empty()), "{line}");
        assert!(number("line") >= Some(1) && number("endLine") >= number("line"), "{line}");
        // The runner accepts columns only within a line.
        assert!(number("col").is_none() || number("line") == number("endLine"), "{line}");
    }
}

fn assert_escaped(text: &str, known: &[&str]) {
    for part in text.split('%').skip(1) {
        assert!(part.get(..2).is_some_and(|code| known.contains(&code)), "`%` in {text}");
    }
}

/// Panics where a text is no JUnit report as Jenkins and GitLab read it: suites with counts that
/// are right, and cases with names that are unique.
pub fn assert_junit(text: &str) {
    xml::assert_well_formed(text);
    let mut names = BTreeSet::new();
    for suite in text.split("<testsuite ").skip(1) {
        let attribute = |text: &str, key: &str| -> Option<String> {
            let (_, value) = text.split_once(&format!("{key}=\""))?;
            value.split_once('"').map(|(value, _)| value.to_owned())
        };
        let (head, _) = suite.split_once('>').expect("a tag ends");
        let count = |key: &str| attribute(head, key).map_or(0, |n| n.parse().expect("a number"));
        let cases: Vec<&str> = suite.split("<testcase ").skip(1).collect();
        let having = |tag: &str| cases.iter().filter(|case| case.contains(tag)).count();
        assert!(!cases.is_empty(), "a suite has cases: {head}");
        assert_eq!(count("tests"), cases.len(), "{head}");
        let failures =
            cases.iter().filter(|case| case.contains("<failure") && !case.contains("<error"));
        assert_eq!(count("failures"), failures.count(), "{head}");
        assert_eq!(count("errors"), having("<error"), "{head}");
        assert_eq!(count("skipped"), having("<skipped"), "{head}");
        for case in cases {
            let name = (attribute(case, "name"), attribute(case, "classname"));
            assert!(name.0.is_some() && name.1.is_some(), "{case}");
            assert!(names.insert(name), "two cases have one name: {case}");
        }
    }
}

/// Characters that change the order of what is shown are escapes in every JSON, and in what is said
/// about arguments.
#[test]
fn what_cannot_be_seen_is_an_escape_in_json_and_in_usage_errors() {
    let name = "a\u{202e}b\u{e0041}";
    let folder = scratch(&[(
        "a.prec",
        &format!("user \"{name}\"\njump item \"j\" {{\n  kind = jump_client\n}}\n"),
    )]);
    let at = text(folder.path());
    let hidden = |text: &str| text.contains(['\u{202e}', '\u{e0041}']);
    for arguments in [
        &["check", "--format", "json", at][..],
        &["compile", at, "-o", "-"],
        &["matrix", "--sessions", "all", "--format", "json", at],
        &["matrix", "--of", "accounts", "--format", "json", at],
        &["show", "user", "--path", at, "--format", "json"],
        &["simulate", at, "--user", name, "--jump-item", "j", "--format", "json"],
        &["diff", at, at, "--format", "json"],
    ] {
        let run = precedent(arguments);
        assert!(!hidden(&run.stdout) && !hidden(&run.stderr), "{arguments:?}");
        let read: serde_json::Result<serde_json::Value> = serde_json::from_str(&run.stdout);
        let read = read.unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}", run.stdout));
        assert!(!read.is_null());
    }
    for arguments in [&[name][..], &["check", "--format", name], &["diff", at, at, "--deny", name]]
    {
        let run = precedent(arguments);
        assert_eq!(run.status, 2);
        assert!(!hidden(&run.stderr) && run.stderr.contains("\\u{202E}"), "{}", run.stderr);
    }
}

/// A file that is an argument by itself is small, or another one than was meant.
#[test]
fn a_very_large_profile_or_file_of_edits_is_not_read() {
    let large = "#".repeat(9 * 1024 * 1024);
    let folder = scratch(&[("a.prec", "user \"u\"\n"), ("p.toml", &large), ("edits", &large)]);
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    for (arguments, most) in [
        (vec!["catalog".to_owned(), path("p.toml")], "1 MiB"),
        (
            vec!["edit".to_owned(), format!("--path={}", path("")), "--from".into(), path("edits")],
            "8 MiB",
        ),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(|one| &**one).collect();
        let run = precedent(&arguments);
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert!(
            run.stderr.contains(&format!("is larger than {most}, the maximum")),
            "{}",
            run.stderr
        );
    }
}
