//! What is said where nothing could be compared, because OLD does not compile and that was allowed.

use crate::report::diff::csv::{ACCOUNTS_HEADER, SESSIONS_HEADER};
use crate::report::diff::json;
use crate::report::diff::markdown::MARKER;
use serde_json::json;

pub const TEXT: &str = "NOTHING WAS COMPARED, and no gate was checked: OLD does not compile or cannot be read, and \
    --allow-broken-old lets that pass";

pub fn markdown() -> String {
    format!("{MARKER}\n### ⛔ {TEXT}\n")
}

/// A page that says just this.
pub fn html() -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Precedent diff: not compared</title>\n</head>\n<body>\n<h1>{TEXT}</h1>\n</body>\n</html>\n"
    )
}

/// The document of `precedent diff --format json`, without what there is nothing to say of.
pub fn json(new_profile: &str) -> String {
    let document = json!({
        "schema": json::SCHEMA,
        "profile": {"old": null, "new": new_profile},
        "compared": false,
        "gate": {"failed": false, "denied": [], "unchecked": [], "accepted_rows": 0, "stale": []},
    });
    format!("{document:#}\n")
}

pub fn csv(accounts: bool) -> &'static str {
    if accounts { ACCOUNTS_HEADER } else { SESSIONS_HEADER }
}
