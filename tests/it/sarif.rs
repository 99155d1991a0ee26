//! What the schema of SARIF 2.1.0 asks of the part of it that is written here: which keys an object
//! may have and must have, what is in them, and which arrays hold nothing twice.

use serde_json::Value;

pub enum Form {
    /// One of these words; any text if there are none.
    Text(&'static [&'static str]),
    /// A number from 1, or from 0.
    Number(u64),
    Object(&'static [Key]),
    /// An array of objects, with the fewest that there may be, and whether no two may be equal.
    Array(&'static [Key], usize, bool),
    /// An object of texts with any keys.
    Texts,
}

use Form::*;

pub struct Key(pub &'static str, pub bool, pub Form);

pub const MUST: bool = true;
pub const MAY: bool = false;
const LEVELS: &[&str] = &["none", "note", "warning", "error"];

const MESSAGE: &[Key] = &[Key("text", MUST, Text(&[])), Key("markdown", MAY, Text(&[]))];
const ARTIFACT: &[Key] =
    &[Key("uri", MUST, Text(&[])), Key("uriBaseId", MUST, Text(&["%SRCROOT%"]))];
const BASES: &[Key] =
    &[Key("%SRCROOT%", MUST, Object(&[Key("description", MUST, Object(MESSAGE))]))];
const REGION: &[Key] = &[
    Key("startLine", MUST, Number(1)),
    Key("startColumn", MUST, Number(1)),
    Key("endLine", MUST, Number(1)),
    Key("endColumn", MUST, Number(1)),
];
const PLACE: &[Key] =
    &[Key("artifactLocation", MUST, Object(ARTIFACT)), Key("region", MUST, Object(REGION))];
const LOCATION: &[Key] =
    &[Key("physicalLocation", MUST, Object(PLACE)), Key("message", MAY, Object(MESSAGE))];
const REPLACEMENT: &[Key] =
    &[Key("deletedRegion", MUST, Object(REGION)), Key("insertedContent", MAY, Object(MESSAGE))];
const CHANGE: &[Key] = &[
    Key("artifactLocation", MUST, Object(ARTIFACT)),
    Key("replacements", MUST, Array(REPLACEMENT, 1, false)),
];
const FIX: &[Key] = &[
    Key("description", MAY, Object(MESSAGE)),
    Key("artifactChanges", MUST, Array(CHANGE, 1, true)),
];
const RESULT: &[Key] = &[
    Key("ruleId", MUST, Text(&[])),
    Key("ruleIndex", MUST, Number(0)),
    Key("level", MUST, Text(LEVELS)),
    Key("message", MUST, Object(MESSAGE)),
    Key("locations", MUST, Array(LOCATION, 1, false)),
    Key("relatedLocations", MAY, Array(LOCATION, 0, true)),
    Key("partialFingerprints", MUST, Texts),
    Key("fixes", MAY, Array(FIX, 0, true)),
];
const RULE: &[Key] = &[
    Key("id", MUST, Text(&[])),
    Key("name", MUST, Text(&[])),
    Key("shortDescription", MUST, Object(MESSAGE)),
    Key("fullDescription", MUST, Object(MESSAGE)),
    Key("help", MUST, Object(MESSAGE)),
    Key("defaultConfiguration", MUST, Object(&[Key("level", MUST, Text(LEVELS))])),
];
const DRIVER: &[Key] = &[
    Key("name", MUST, Text(&["precedent"])),
    Key("version", MUST, Text(&[])),
    Key("semanticVersion", MUST, Text(&[])),
    Key("rules", MUST, Array(RULE, 0, true)),
];
const RUN: &[Key] = &[
    Key("tool", MUST, Object(&[Key("driver", MUST, Object(DRIVER))])),
    Key("originalUriBaseIds", MUST, Object(BASES)),
    Key("columnKind", MUST, Text(&["unicodeCodePoints"])),
    Key("results", MUST, Array(RESULT, 0, false)),
];
const LOG: &[Key] = &[
    Key("$schema", MUST, Text(&["https://json.schemastore.org/sarif-2.1.0.json"])),
    Key("version", MUST, Text(&["2.1.0"])),
    Key("runs", MUST, Array(RUN, 1, false)),
];

/// Panics where a value has not a form; `at` says which value it is.
pub fn check(value: &Value, form: &Form, at: &str) {
    match form {
        Text(words) => {
            let text = value.as_str().unwrap_or_else(|| panic!("{at} is a text: {value}"));
            assert!(words.is_empty() || words.contains(&text), "{at} is {text:?}");
        }
        Number(least) => {
            assert!(value.as_u64().is_some_and(|number| number >= *least), "{at} is {value}")
        }
        Object(keys) => {
            let fields = value.as_object().unwrap_or_else(|| panic!("{at} is an object: {value}"));
            for key in fields.keys() {
                assert!(keys.iter().any(|Key(known, ..)| known == key), "{at} has a key `{key}`");
            }
            for Key(key, must, form) in *keys {
                assert!(!must || fields.contains_key(*key), "{at} lacks `{key}`");
                fields
                    .get(*key)
                    .into_iter()
                    .for_each(|value| check(value, form, &format!("{at}.{key}")));
            }
        }
        Array(keys, least, unique) => {
            let items = value.as_array().unwrap_or_else(|| panic!("{at} is an array: {value}"));
            assert!(items.len() >= *least, "{at} has {} items", items.len());
            for (index, item) in items.iter().enumerate() {
                check(item, &Object(keys), &format!("{at}[{index}]"));
                assert!(!unique || !items[..index].contains(item), "{at} has {item} twice");
            }
        }
        Texts => {
            let fields = value.as_object().unwrap_or_else(|| panic!("{at} is an object: {value}"));
            fields.values().for_each(|value| check(value, &Text(&[]), at));
        }
    }
}

/// Panics where a text is no SARIF log as the schema has it, or its parts do not belong together.
pub fn assert_valid(text: &str) {
    let log: Value = serde_json::from_str(text).expect("SARIF is JSON");
    check(&log, &Object(LOG), "log");
    let run = &log["runs"][0];
    for result in run["results"].as_array().into_iter().flatten() {
        let index = result["ruleIndex"].as_u64().unwrap_or_default() as usize;
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"], result["ruleId"],
            "a result has its own rule"
        );
    }
    let mut open = vec![&log];
    while let Some(value) = open.pop() {
        if let Some(uri) = value.get("uri").and_then(Value::as_str) {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
            assert!(
                uri.bytes().all(plain) && !uri.starts_with('/'),
                "{uri} is a relative reference"
            );
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
}
