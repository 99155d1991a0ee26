//! A diff as JSON, schema `precedent-diff/1`: see `docs/json.md`.

use super::diff_csv::{SideText, account_side, session_fields};
use super::diff_groups;
use super::diff_text::{Parts, Summary};
use crate::diff::{Counts, Diff, Direction, accounts, sessions};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

pub const SCHEMA: &str = "precedent-diff/1";

fn counts(counts: &Counts) -> Value {
    Value::Object(
        Direction::ALL.iter().map(|direction| (direction.id().to_owned(), counts.of(*direction).into())).collect(),
    )
}

/// The whole report. `each` lists every session and account, else those with equal changes stand together.
pub fn json(diff: &Diff<'_>, summary: &Summary, parts: Parts, each: bool, mut out: impl Write) -> io::Result<()> {
    let mut document = Map::new();
    document.insert("schema".into(), SCHEMA.into());
    document.insert("profile".into(), json!({"old": diff.old_ir().profile.id, "new": diff.new_ir().profile.id}));
    document.insert("rows".into(), if each { "each" } else { "grouped" }.into());
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
    let denied = summary.denied.iter().map(|(word, hits)| json!({"deny": word, "changes": hits}));
    document.insert("gate".into(), json!({"failed": summary.fails(), "denied": denied.collect::<Vec<_>>()}));
    if parts.sessions {
        document.insert("sessions".into(), if each { sessions_each(diff) } else { sessions_grouped(diff) });
    }
    if parts.accounts {
        document.insert("accounts".into(), if each { accounts_each(diff) } else { accounts_grouped(diff) });
    }
    serde_json::to_writer_pretty(&mut out, &Value::Object(document))?;
    out.write_all(b"\n")
}

fn session_change(diff: &Diff<'_>, change: &sessions::Change) -> Value {
    let before =
        change.before.is_some().then(|| SideText::of(diff, false, change.old_permission, change.before.as_ref()));
    let after = change.after.is_some().then(|| SideText::of(diff, true, change.permission, change.after.as_ref()));
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

fn session(diff: &Diff<'_>, subject: &sessions::Joint, endpoint: &sessions::Joint) -> Value {
    let [subject_kind, subject, method, target_kind, target, presence] = session_fields(diff, subject, endpoint);
    json!({
        "subject_kind": subject_kind, "subject": subject, "method": method, "target_kind": target_kind, "target": target,
        "presence": presence,
    })
}

fn sessions_grouped(diff: &Diff<'_>) -> Value {
    let groups = diff_groups::sessions(diff).into_iter().map(|group| {
        let rectangles = group.rectangles.iter().map(|rectangle| {
            let subjects = members(&rectangle.subject_classes, &diff.sessions.subject_classes);
            let endpoints = members(&rectangle.endpoint_classes, &diff.sessions.endpoint_classes);
            let (first_subject, first_endpoint) =
                (diff.sessions.subjects[subjects[0]], diff.sessions.endpoints[endpoints[0]]);
            let fields = |subject: usize, endpoint: usize| {
                session_fields(diff, &diff.sessions.subjects[subject], &diff.sessions.endpoints[endpoint])
            };
            json!({
                "subjects": subjects.iter().map(|&at| {
                    let [kind, name, ..] = fields(at, endpoints[0]);
                    json!({"subject_kind": kind, "subject": name})
                }).collect::<Vec<_>>(),
                "endpoints": endpoints.iter().map(|&at| {
                    let [_, _, method, kind, target, presence] = fields(subjects[0], at);
                    json!({"method": method, "target_kind": kind, "target": target, "presence": presence})
                }).collect::<Vec<_>>(),
                "witness": session(diff, &first_subject, &first_endpoint),
            })
        });
        json!({
            "direction": group.direction.id(),
            "sessions": group.sessions,
            "rectangles": rectangles.collect::<Vec<_>>(),
            "changes": group.changes.iter().map(|change| session_change(diff, change)).collect::<Vec<_>>(),
        })
    });
    groups.collect()
}

fn members(classes: &[u32], table: &[sessions::JointClass]) -> Vec<usize> {
    let mut members: Vec<usize> =
        classes.iter().flat_map(|&class| &table[class as usize].members).map(|&at| at as usize).collect();
    members.sort_unstable();
    members
}

fn sessions_each(diff: &Diff<'_>) -> Value {
    let mut rows = Vec::new();
    let done: Result<(), std::convert::Infallible> = diff.each_session(|subject, endpoint, changes| {
        let changes: Vec<Value> = changes.iter().map(|change| session_change(diff, change)).collect();
        rows.push(json!({"session": session(diff, subject, endpoint), "changes": changes}));
        Ok(())
    });
    let Ok(()) = done;
    rows.into()
}

fn account_change(diff: &Diff<'_>, change: &accounts::Change) -> Value {
    let side = |new: bool, side: Option<&accounts::Side>| {
        let found = side?;
        let ir = if new { diff.new_ir() } else { diff.old_ir() };
        let (value, source, policy, location) = account_side(ir, side);
        Some(json!({"value": value, "source": source, "policy": policy, "final": found.is_final, "location": location}))
    };
    json!({
        "setting": change.setting,
        "direction": change.direction.id(),
        "before": side(false, change.before.as_ref()),
        "after": side(true, change.after.as_ref()),
    })
}

fn accounts_grouped(diff: &Diff<'_>) -> Value {
    let groups = diff_groups::accounts(diff).into_iter().map(|group| {
        json!({
            "direction": group.direction.id(),
            "users": group.users,
            "changes": group.changes.iter().map(|change| account_change(diff, change)).collect::<Vec<_>>(),
        })
    });
    groups.collect()
}

fn accounts_each(diff: &Diff<'_>) -> Value {
    let mut rows = Vec::new();
    let done: Result<(), std::convert::Infallible> = diff.each_account(|at, changes| {
        let user = diff.subject_name(at);
        let changes: Vec<Value> = changes.iter().map(|change| account_change(diff, change)).collect();
        rows.push(json!({"user": user, "changes": changes}));
        Ok(())
    });
    let Ok(()) = done;
    rows.into()
}
