//! A diff as JSON, schema `precedent-diff/3`: see `docs/json.md`.

use crate::diff::accounts::AccountChange;
use crate::diff::edits::EditId;
use crate::diff::entries::{EntryKind, RowId};
use crate::diff::joint::{Joint, JointClass};
use crate::diff::rows::{AccountRow, SessionRow};
use crate::diff::sessions::CellChange;
use crate::diff::{Counts, Diff, Direction, Side};
use crate::report::diff::csv::AccountCellText;
use crate::report::diff::entry::EntryText;
use crate::report::diff::view::{self, View};
use crate::review::{Accepted, Parts, Reviewed, RowReview, Summary};
use crate::text::json::Visible;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The schema of the document.
pub const SCHEMA: &str = "precedent-diff/3";

/// Writes the whole report: rows with their causes.
pub fn json(reviewed: &Reviewed, parts: Parts, out: impl Write) -> io::Result<()> {
    let Reviewed { diff, rows, review } = reviewed;
    let view = View::new(reviewed);
    let mut document = head(diff, &review.summary, parts, "grouped");
    if parts.sessions {
        let rows = rows.sessions.iter().zip(&view.sessions);
        let rows = rows.map(|(row, text)| session_row(diff, row, text));
        document.insert("sessions".into(), rows.collect());
    }
    if parts.accounts {
        let rows = rows.accounts.iter().zip(&view.accounts);
        let rows = rows.map(|(row, text)| account_row(diff, row, text));
        document.insert("accounts".into(), rows.collect());
    }
    if parts.sessions {
        let changes = view.decider_changes.iter().map(decider_change);
        document.insert("decider_changes".into(), changes.collect());
    }
    document.insert("edits".into(), view.edits.iter().map(edit).collect());
    document
        .insert("entries".into(), view.entries.iter().map(|found| entry(found, parts)).collect());
    document.insert("no_effect".into(), ids(&rows.no_effect));
    document.insert("outside_matrix".into(), ids(&rows.outside_matrix));
    write(document, out)
}

/// Writes every session and account that changed, without rows and causes.
pub fn json_each(diff: &Diff, summary: &Summary, parts: Parts, out: impl Write) -> io::Result<()> {
    let mut document = head(diff, summary, parts, "each");
    if parts.sessions {
        document.insert("sessions".into(), sessions_each(diff));
    }
    if parts.accounts {
        document.insert("accounts".into(), accounts_each(diff));
    }
    write(document, out)
}

fn write(document: Map<String, Value>, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(Visible(&mut out), &Value::Object(document))?;
    out.write_all(b"\n")
}

fn counts(counts: &Counts) -> Value {
    Value::Object(
        Direction::ALL
            .iter()
            .map(|direction| (direction.id().to_owned(), counts.of(*direction).into()))
            .collect(),
    )
}

/// What all documents have.
fn head(diff: &Diff, summary: &Summary, parts: Parts, rows: &str) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("schema".into(), SCHEMA.into());
    document.insert(
        "profile".into(),
        json!({"old": diff.old_ir().profile.id, "new": diff.new_ir().profile.id}),
    );
    document.insert("compared".into(), true.into());
    document.insert("rows".into(), rows.into());
    let mut summaries = Map::new();
    if parts.sessions {
        summaries.insert("sessions".into(), counts(&summary.sessions));
    }
    if parts.accounts {
        summaries.insert("accounts".into(), counts(&summary.accounts));
    }
    summaries.insert("only_old".into(), summary.only.old.clone().into());
    summaries.insert("only_new".into(), summary.only.new.clone().into());
    if let Some(amounts) = summary.unknown {
        let amount =
            |(permissions, settings)| json!({"permissions": permissions, "settings": settings});
        let found = json!({"old": amount(amounts.old), "new": amount(amounts.new)});
        summaries.insert("unknown".into(), found);
    }
    document.insert("summary".into(), Value::Object(summaries));
    document.insert("gate".into(), gate(summary));
    document
}

fn gate(summary: &Summary) -> Value {
    let denied =
        summary.gates.iter().map(|found| json!({"deny": found.gate, "changes": found.denied}));
    let unevaluable =
        summary.unevaluable.iter().map(|found| json!({"deny": found.gate, "reason": found.reason}));
    let stale = summary
        .stale
        .iter()
        .map(|found| json!({found.of.word(): found.fingerprint, "location": found.location}));
    json!({
        "failed": summary.fails(),
        "denied": denied.collect::<Vec<_>>(),
        "unevaluable": unevaluable.collect::<Vec<_>>(),
        "accepted_rows": summary.accepted_rows,
        "stale": stale.collect::<Vec<_>>(),
    })
}

fn session_change(diff: &Diff, session: (&Joint, &Joint), change: &CellChange) -> Value {
    let sides = change.sides.map(|side, cell| {
        let text = diff.decided_cell_text(side, session, Some(&cell));
        json!({
            "value": text.value,
            "layer": text.layer,
            "policy": text.policy,
            "via": text.via,
            "location": text.location,
        })
    });
    let sides = sides.options();
    json!({
        "permission": diff.path(change),
        "direction": change.direction.id(),
        "before": sides.old,
        "after": sides.new,
    })
}

fn session(diff: &Diff, subject: &Joint, endpoint: &Joint) -> Value {
    let text = diff.session_text(subject, endpoint);
    json!({
        "subject_kind": text.subject_kind,
        "subject": text.subject,
        "method": text.method,
        "target_kind": text.target_kind,
        "target": text.target,
        "presence": text.presence,
    })
}

/// Edits by their places in `edits`.
fn ids(edits: &[EditId]) -> Value {
    edits.iter().map(|id| Value::from(id.0)).collect()
}

fn edit(edit: &view::EditText) -> Value {
    let lines = |side: Side| -> Value {
        let own = edit.lines.iter().filter(|line| line.side == side);
        own.map(|line| json!({"location": line.location, "text": line.text})).collect()
    };
    let mut document = json!({
        "kind": edit.kind.id(),
        "what": edit.what,
        "old": lines(Side::Old),
        "new": lines(Side::New),
        "more_lines": edit.more,
    });
    if let (Value::Object(document), Some(found)) = (&mut document, &edit.review) {
        document.extend(review(found));
    }
    document
}

/// Edits with what they do. Rows are given by their places in `sessions` and `accounts`, and dates
/// that moved later by the place of their edit.
fn entry(entry: &EntryText, parts: Parts) -> Value {
    let places = |rows: &[RowId]| {
        let (mut sessions, mut accounts) = (Vec::new(), Vec::new());
        for row in rows {
            match *row {
                RowId::Session(at) if parts.sessions => sessions.push(at),
                RowId::Account(at) if parts.accounts => accounts.push(at),
                _ => {}
            }
        }
        (sessions, accounts)
    };
    let ((sessions, accounts), (also_sessions, also_accounts)) =
        (places(&entry.rows), places(&entry.also));
    let denied = entry.review.denied_by.iter();
    let denied: Value =
        denied.map(|denial| json!({"deny": denial.gate, "changes": denial.changes})).collect();
    json!({
        "kind": match entry.kind {
            EntryKind::Edit => "edit",
            EntryKind::Together => "together",
            EntryKind::Inventory => "inventory",
        },
        "what": entry.heading,
        "location": entry.location,
        "edits": ids(&entry.edits),
        "effect": entry.effect,
        "sessions": sessions,
        "accounts": accounts,
        "also": {"sessions": also_sessions, "accounts": also_accounts},
        "fingerprint": entry.review.fingerprint,
        "denied": denied,
        "accepted": accepted(entry.review.accepted.as_ref()),
    })
}

/// Who accepted an edit or a row.
fn accepted(accepted: Option<&Accepted>) -> Value {
    let found = accepted.map(|found| {
        json!({
            "by": found.by,
            "why": found.why,
            "until": found.until.map(|until| until.to_string()),
            "location": found.location,
        })
    });
    found.into()
}

fn decider_change(change: &view::DeciderChange) -> Value {
    let changes = change.changes.iter().map(|(permissions, by)| {
        let by = by.as_ref().map(|_, by| json!({"by": by.by, "location": by.location}));
        json!({"permissions": permissions, "before": by.old, "after": by.new})
    });
    json!({
        "who": change.who,
        "where": change.target,
        "sessions": change.count,
        "changes": changes.collect::<Vec<_>>(),
    })
}

/// What the gates and acceptances make of a row.
fn review(review: &RowReview) -> Map<String, Value> {
    let denied = review.denied_by.iter();
    let denied: Value =
        denied.map(|denial| json!({"deny": denial.gate, "changes": denial.changes})).collect();
    let mut keys = Map::new();
    keys.insert("fingerprint".into(), review.fingerprint.clone().into());
    keys.insert("denied".into(), denied);
    keys.insert("accepted".into(), accepted(review.accepted.as_ref()));
    keys
}

/// What rows of sessions and of accounts have in common, and their own.
fn with_head(row: &view::RowText, own: Value) -> Value {
    let mut document = json!({
        "direction": row.direction.id(),
        "who": row.who,
        "because": ids(&row.because),
        "alternative": ids(&row.alternative),
    });
    if let (Value::Object(document), Value::Object(own)) = (&mut document, own) {
        document.extend(review(&row.review));
        document.extend(own);
    }
    document
}

fn session_row(diff: &Diff, row: &SessionRow, text: &view::RowText) -> Value {
    let sessions = &diff.sessions;
    let subject = &sessions.subjects[row.witness.0 as usize];
    let endpoint = &sessions.endpoints[row.witness.1 as usize];
    let changes =
        row.changes.iter().map(|cell| session_change(diff, (subject, endpoint), &cell.change));
    let subjects = members(&row.subjects, &sessions.subject_classes).into_iter().map(|at| {
        let text = diff.session_text(&sessions.subjects[at], endpoint);
        json!({"subject_kind": text.subject_kind, "subject": text.subject})
    });
    let endpoints = members(&row.endpoints, &sessions.endpoint_classes).into_iter().map(|at| {
        let text = diff.session_text(subject, &sessions.endpoints[at]);
        json!({
            "method": text.method,
            "target_kind": text.target_kind,
            "target": text.target,
            "presence": text.presence,
        })
    });
    let own = json!({
        "where": text.target,
        "sessions": row.sessions,
        "changes": changes.collect::<Vec<_>>(),
        "witness": session(diff, subject, endpoint),
        "subjects": subjects.collect::<Vec<_>>(),
        "endpoints": endpoints.collect::<Vec<_>>(),
    });
    with_head(text, own)
}

fn members(classes: &[u32], table: &[JointClass]) -> Vec<usize> {
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
            let changes: Vec<Value> = changes
                .iter()
                .map(|change| session_change(diff, (subject, endpoint), change))
                .collect();
            rows.push(json!({"session": session(diff, subject, endpoint), "changes": changes}));
            Ok(())
        });
    let Ok(()) = done;
    rows.into()
}

fn account_change(diff: &Diff, change: &AccountChange) -> Value {
    let sides = change.sides.as_ref().map(|side, cell| {
        let text = AccountCellText::of(diff, side, Some(cell));
        json!({
            "value": text.value,
            "source": text.source,
            "policy": text.policy,
            "final": cell.is_final,
            "location": text.location,
        })
    });
    let sides = sides.options();
    json!({
        "setting": change.setting,
        "direction": change.direction.id(),
        "before": sides.old,
        "after": sides.new,
    })
}

fn account_row(diff: &Diff, row: &AccountRow, text: &view::RowText) -> Value {
    let changes = row.changes.iter().map(|change| account_change(diff, change));
    let users = row.users.iter().map(|&user| diff.subject_name(user));
    let own = json!({
        "changes": changes.collect::<Vec<_>>(),
        "users": users.collect::<Vec<_>>(),
    });
    with_head(text, own)
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
