//! What came of a search, as JSON: `precedent-repair/1`.

use super::{Found, Repair};
use crate::diff::{Counts, Direction};
use serde_json::{Map, Value, json};

fn counts(counts: &Counts) -> Value {
    let of = |one: Direction| (one.id().to_owned(), Value::from(counts.of(one)));
    Value::Object(Direction::ALL.into_iter().map(of).collect::<Map<_, _>>())
}

/// What edits change.
pub(super) fn change(repair: &Repair) -> Value {
    json!({
        "edits": repair.edits,
        "sessions": counts(&repair.sessions),
        "accounts": counts(&repair.accounts),
        "other_cells": repair.others,
        "ends_sessions": repair.ends_sessions,
        "failing_tests": repair.broken,
    })
}

/// What came of a search.
pub fn json(found: &Found) -> Value {
    let failing = found.failing.iter().map(|failing| {
        json!({ "found": failing.found, "example": failing.place, "count": failing.count })
    });
    json!({
        "schema": "precedent-repair/1",
        "holds": found.failing.is_empty() && found.unproven.is_none(),
        "unproven": found.unproven,
        "failing": failing.collect::<Vec<_>>(),
        "repairs": found.repairs.iter().map(change).collect::<Vec<_>>(),
        "tried": found.tried,
        "together": found.together,
        "cut": found.is_cut,
    })
}
