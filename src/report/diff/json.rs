//! A diff as JSON, schema `precedent-diff/2`: see `docs/json.md`.

use crate::diff::Counts;
use crate::diff::Diff;
use crate::diff::Direction;
use crate::diff::accounts;
use crate::diff::causes::Cause;
use crate::diff::edits::EditId;
use crate::diff::rows::{AccountRow, Rows, SessionRow};
use crate::diff::sessions;
use crate::report::diff::csv::{SideText, account_side, session_fields};
use crate::report::diff::text::{Parts, Summary};
use crate::report::diff::view::{self, View};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

pub const SCHEMA: &str = "precedent-diff/2";

fn counts(counts: &Counts) -> Value {
    Value::Object(
        Direction::ALL
            .iter()
            .map(|direction| (direction.id().to_owned(), counts.of(*direction).into()))
            .collect(),
    )
}

/// The whole report: rows with their causes, or every session and account.
pub fn json(
    diff: &Diff,
    told: Option<(&Rows, &View)>,
    summary: &Summary,
    parts: Parts,
    mut out: impl Write,
) -> io::Result<()> {
    let mut document = Map::new();
    document.insert("schema".into(), SCHEMA.into());
    document.insert(
        "profile".into(),
        json!({"old": diff.old_ir().profile.id, "new": diff.new_ir().profile.id}),
    );
    document.insert("compared".into(), true.into());
    document.insert("rows".into(), if told.is_none() { "each" } else { "grouped" }.into());
    let mut summaries = Map::new();
    if parts.sessions {
        summaries.insert("sessions".into(), counts(&summary.sessions));
    }
    if parts.accounts {
        summaries.insert("accounts".into(), counts(&summary.accounts));
    }
    summaries.insert("only_old".into(), summary.only_old.clone().into());
    summaries.insert("only_new".into(), summary.only_new.clone().into());
    document.insert("summary".into(), Value::Object(summaries));
    document.insert("gate".into(), gate(summary));
    if parts.sessions {
        let sessions =
            told.map_or_else(|| sessions_each(diff), |(rows, view)| session_rows(diff, rows, view));
        document.insert("sessions".into(), sessions);
    }
    if parts.accounts {
        let accounts =
            told.map_or_else(|| accounts_each(diff), |(rows, view)| account_rows(diff, rows, view));
        document.insert("accounts".into(), accounts);
    }
    if let Some((rows, view)) = told {
        if parts.sessions {
            document.insert("decided_otherwise".into(), view.handed.iter().map(handed).collect());
        }
        document.insert("edits".into(), view.edits.iter().map(edit).collect());
        document.insert("without_effect".into(), ids(&rows.idle));
        document.insert("not_in_matrix".into(), ids(&rows.beyond));
    }
    serde_json::to_writer_pretty(&mut out, &Value::Object(document))?;
    out.write_all(b"\n")
}

fn gate(summary: &Summary) -> Value {
    let denied =
        summary.denied.iter().map(|(gate, changes)| json!({"deny": gate, "changes": changes}));
    let unchecked = summary.unchecked.iter().map(|(gate, why)| json!({"deny": gate, "why": why}));
    let stale =
        summary.stale.iter().map(|(row, location)| json!({"row": row, "location": location}));
    json!({
        "failed": summary.fails(),
        "denied": denied.collect::<Vec<_>>(),
        "unchecked": unchecked.collect::<Vec<_>>(),
        "accepted_rows": summary.accepted,
        "stale": stale.collect::<Vec<_>>(),
    })
}

/// What the gates say of a row, and who accepted it.
fn judged(row: &view::Row) -> (Value, Value) {
    let denied =
        row.gates.iter().map(|hit| json!({"deny": hit.gate, "changes": hit.changes})).collect();
    let accepted = row.accepted.as_ref();
    let accepted =
        accepted.map(|found| json!({"by": found.by, "why": found.why, "location": found.location}));
    (denied, accepted.into())
}

fn session_change(diff: &Diff, change: &sessions::Change) -> Value {
    let before = change
        .before
        .is_some()
        .then(|| SideText::of(diff, false, change.old_permission, change.before.as_ref()));
    let after = change
        .after
        .is_some()
        .then(|| SideText::of(diff, true, change.permission, change.after.as_ref()));
    let side = |side: Option<SideText>| {
        side.map(
            |side| json!({"value": side.value, "layer": side.layer, "policy": side.policy, "location": side.location}),
        )
    };
    let entry = match change.after {
        Some(_) => &diff.new_ir().profile.permissions[change.permission],
        None => &diff.old_ir().profile.permissions[change.old_permission],
    };
    json!({"permission": entry.path, "direction": change.direction.id(), "before": side(before), "after": side(after)})
}

fn session(diff: &Diff, subject: &sessions::Joint, endpoint: &sessions::Joint) -> Value {
    let [subject_kind, subject, method, target_kind, target, presence] =
        session_fields(diff, subject, endpoint);
    json!({
        "subject_kind": subject_kind, "subject": subject, "method": method, "target_kind": target_kind, "target": target,
        "presence": presence,
    })
}

/// Edits by their places in `edits`.
fn ids(edits: &[EditId]) -> Value {
    edits.iter().map(|id| Value::from(id.0)).collect()
}

fn cause(cause: &Cause) -> (Value, Value) {
    (ids(&cause.edits), ids(&cause.also))
}

fn edit(edit: &view::EditText) -> Value {
    let lines = |is_new: bool| -> Value {
        let own = edit.lines.iter().filter(|line| line.is_new == is_new);
        own.map(|line| json!({"location": line.location, "text": line.text})).collect()
    };
    json!({
        "kind": edit.kind.id(), "what": edit.what, "old": lines(false), "new": lines(true), "more_lines": edit.more,
    })
}

fn handed(handed: &view::DeciderChange) -> Value {
    let changes = handed.changes.iter().map(|(permissions, was, now)| {
        let side =
            |decided: &view::Decided| json!({"by": decided.by, "location": decided.location});
        json!({"permissions": permissions, "before": side(was), "after": side(now)})
    });
    json!({"who": handed.who, "where": handed.target, "sessions": handed.count, "changes": changes.collect::<Vec<_>>()})
}

fn session_rows(diff: &Diff, rows: &Rows, view: &View) -> Value {
    rows.sessions
        .iter()
        .zip(&view.sessions)
        .map(|(row, told)| session_row(diff, row, told))
        .collect()
}

/// What rows of sessions and of accounts both have, and their own.
fn with_head(told: &view::Row, because: &Cause, own: Value) -> Value {
    let (because, also) = cause(because);
    let (denied, accepted) = judged(told);
    let mut row = json!({
        "direction": told.direction.id(),
        "fingerprint": told.fingerprint,
        "who": told.who,
        "because": because,
        "also": also,
        "denied": denied,
        "accepted": accepted,
    });
    if let (Value::Object(row), Value::Object(own)) = (&mut row, own) {
        row.extend(own);
    }
    row
}

fn session_row(diff: &Diff, row: &SessionRow, told: &view::Row) -> Value {
    let subjects = members(&row.subjects, &diff.sessions.subject_classes);
    let endpoints = members(&row.endpoints, &diff.sessions.endpoint_classes);
    let joint = |(subject, endpoint): (u32, u32)| {
        (&diff.sessions.subjects[subject as usize], &diff.sessions.endpoints[endpoint as usize])
    };
    let (first_subject, first_endpoint) = joint(row.witness);
    let own = json!({
        "where": told.target,
        "sessions": row.sessions,
        "changes": row.changes.iter().map(|told| session_change(diff, &told.change)).collect::<Vec<_>>(),
        "witness": session(diff, first_subject, first_endpoint),
        "subjects": subjects.iter().map(|&at| {
            let [kind, name, ..] = session_fields(diff, &diff.sessions.subjects[at], first_endpoint);
            json!({"subject_kind": kind, "subject": name})
        }).collect::<Vec<_>>(),
        "endpoints": endpoints.iter().map(|&at| {
            let fields = session_fields(diff, first_subject, &diff.sessions.endpoints[at]);
            let [_, _, method, kind, target, presence] = fields;
            json!({"method": method, "target_kind": kind, "target": target, "presence": presence})
        }).collect::<Vec<_>>(),
    });
    with_head(told, &row.cause, own)
}

fn members(classes: &[u32], table: &[sessions::JointClass]) -> Vec<usize> {
    let mut members: Vec<usize> = classes
        .iter()
        .flat_map(|&class| &table[class as usize].members)
        .map(|&at| at as usize)
        .collect();
    members.sort_unstable();
    members
}

fn sessions_each(diff: &Diff) -> Value {
    let mut rows = Vec::new();
    let done: Result<(), std::convert::Infallible> =
        diff.each_session(|subject, endpoint, changes| {
            let changes: Vec<Value> =
                changes.iter().map(|change| session_change(diff, change)).collect();
            rows.push(json!({"session": session(diff, subject, endpoint), "changes": changes}));
            Ok(())
        });
    let Ok(()) = done;
    rows.into()
}

fn account_change(diff: &Diff, change: &accounts::Change) -> Value {
    let side = |new: bool, side: Option<&accounts::Side>| {
        let found = side?;
        let ir = if new { diff.new_ir() } else { diff.old_ir() };
        let (value, source, policy, location) = account_side(ir, side);
        Some(
            json!({"value": value, "source": source, "policy": policy, "final": found.is_final, "location": location}),
        )
    };
    json!({
        "setting": change.setting,
        "direction": change.direction.id(),
        "before": side(false, change.before.as_ref()),
        "after": side(true, change.after.as_ref()),
    })
}

fn account_rows(diff: &Diff, rows: &Rows, view: &View) -> Value {
    let row = |(row, told): (&AccountRow, &view::Row)| {
        let own = json!({
            "changes": row.changes.iter().map(|change| account_change(diff, change)).collect::<Vec<_>>(),
            "users": row.users.iter().map(|&user| diff.subject_name(user)).collect::<Vec<_>>(),
        });
        with_head(told, &row.cause, own)
    };
    rows.accounts.iter().zip(&view.accounts).map(row).collect()
}

fn accounts_each(diff: &Diff) -> Value {
    let mut rows = Vec::new();
    let done: Result<(), std::convert::Infallible> = diff.each_account(|at, changes| {
        let user = diff.subject_name(at);
        let changes: Vec<Value> =
            changes.iter().map(|change| account_change(diff, change)).collect();
        rows.push(json!({"user": user, "changes": changes}));
        Ok(())
    });
    let Ok(()) = done;
    rows.into()
}
