//! What is said where nothing could be compared, because OLD does not compile and that was allowed.

use super::diff_csv::{ACCOUNTS_HEADER, SESSIONS_HEADER};
use super::{diff_json, markdown::cell};
use serde_json::json;

pub const TEXT: &str = "NOTHING WAS COMPARED, and no gate was checked: OLD does not compile or cannot be read, and \
    --allow-broken-old lets that pass";

pub fn markdown() -> String {
    format!("**{}**\n", cell(TEXT))
}

/// The document of `precedent diff --format json`, without what there is nothing to say of.
pub fn json(new_profile: &str) -> String {
    let document = json!({
        "schema": diff_json::SCHEMA,
        "profile": {"old": null, "new": new_profile},
        "compared": false,
        "gate": {"failed": false, "denied": [], "unchecked": [], "accepted_rows": 0, "stale": []},
    });
    format!("{document:#}\n")
}

pub fn csv(accounts: bool) -> &'static str {
    if accounts { ACCOUNTS_HEADER } else { SESSIONS_HEADER }
}
