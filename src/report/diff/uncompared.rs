//! The reports where nothing could be compared, because OLD does not compile and that was allowed.

use crate::report::diff::csv::{ACCOUNTS_HEADER, SESSIONS_HEADER};
use crate::report::diff::json::SCHEMA;
use crate::report::diff::markdown::MARKER;
use serde_json::json;

/// What all formats say.
pub const TEXT: &str = "NOTHING WAS COMPARED, and no gate was evaluated: OLD does not compile or \
 cannot be read, which \
    --allow-broken-old permits";

/// A comment on a pull request.
pub fn markdown() -> String {
    format!("{MARKER}\n### ⛔ {TEXT}\n")
}

/// A page with nothing else.
pub fn html() -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Precedent diff: not \
         compared</title>\n</head>\n<body>\n<h1>{TEXT}</h1>\n</body>\n</html>\n"
    )
}

/// The JSON document, with the keys that do not need a comparison.
pub fn json(new_profile: &str) -> String {
    let document = json!({
        "schema": SCHEMA,
        "profile": {"old": null, "new": new_profile},
        "compared": false,
        "gate": {"failed": false, "denied": [], "unevaluable": [], "accepted_rows": 0, "stale": []},
    });
    format!("{document:#}\n")
}

/// The first line of the CSV of accounts or of sessions.
pub fn csv(accounts: bool) -> &'static str {
    if accounts { ACCOUNTS_HEADER } else { SESSIONS_HEADER }
}
