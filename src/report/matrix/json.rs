//! The matrix as JSON, in the schema `precedent-matrix/1` of `docs/json.md`.

use crate::ir::Ir;
use crate::matrix::blocks::{Rectangle, blocks};
use crate::matrix::{Cell, Decider, Matrix, Source};
use crate::report::matrix::accounts;
use crate::report::matrix::csv::source_fields;
use crate::report::matrix::simulate::session_fields;
use crate::report::matrix::start::{self, StartLine, StartLines};
use crate::text::json::Visible;
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Identifies the form of the document.
pub const SCHEMA: &str = "precedent-matrix/1";

/// Writes a document whose last member is a list, one item at a time, so that memory use does not
/// grow with the list.
pub(super) struct Stream<W> {
    out: W,
    empty: bool,
}

impl<W: Write> Stream<W> {
    /// `head` is an object; the list goes under `key`.
    pub(super) fn new(mut out: W, head: &Value, key: &str) -> io::Result<Self> {
        let mut shown = Vec::new();
        serde_json::to_writer(Visible(&mut shown), head)?;
        let head = String::from_utf8(shown).unwrap_or_default();
        let head = head.strip_suffix('}').unwrap_or(&head);
        write!(out, "{head},\n\"{key}\":[")?;
        Ok(Stream { out, empty: true })
    }

    pub(super) fn item(&mut self, item: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.empty { b"\n" } else { b",\n" })?;
        self.empty = false;
        Ok(serde_json::to_writer(Visible(&mut self.out), item)?)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")
    }
}

pub(super) fn head(matrix: &Matrix, of: &str, rows: &str) -> Value {
    json!({"schema": SCHEMA, "profile": matrix.ir.profile.id, "of": of, "rows": rows})
}

/// Some permissions of a session. In a group, a permission that does not apply has no decider,
/// because the sessions of the group may differ in it.
pub(super) fn permissions(
    matrix: &Matrix,
    pair: (u32, u32),
    start: Option<&StartLine>,
    permissions: impl Iterator<Item = usize>,
    grouped: bool,
) -> Vec<Value> {
    let ir = &matrix.ir;
    let (stack, cells) = &matrix.resolve(pair.0, pair.1);
    let method = matrix.endpoint_classes[pair.1 as usize].method;
    let via = matrix.via(pair, stack);
    let start = start.map(|line| {
        let mut value = start::json(matrix, &line.cell);
        if grouped {
            value["others"] = line.others.into();
        }
        value
    });
    let permissions = permissions.map(|permission| {
        let cell = cells.cell(ir, stack, method, permission);
        if cell.value.is_none() && grouped {
            let path = &ir.profile.permissions[permission].path;
            return json!({
                "permission": path, "value": "n/a", "layer": "", "policy": "", "via": "",
                "location": "",
            });
        }
        self::permission(ir, permission, &cell, via)
    });
    start.into_iter().chain(permissions).collect()
}

/// One permission of a session.
pub(in crate::report) fn permission(
    ir: &Ir,
    permission: usize,
    cell: &Cell<'_>,
    via: Option<Source>,
) -> Value {
    let entry = &ir.profile.permissions[permission];
    let last = ir.profile.layers.len() - 1;
    let (layer, policy) = match cell.decider {
        Decider::Method => ("method", ""),
        Decider::BuiltIn => (ir.profile.layers[last].kind.id(), ""),
        Decider::Policy(layer, id) => {
            (ir.profile.layers[layer].kind.id(), &*ir.policy(id).object.name)
        }
    };
    json!({
        "permission": entry.path,
        "value": cell.value.map_or_else(|| "n/a".into(), |value| entry.ty.text(value)),
        "layer": layer,
        "policy": policy,
        "via": via_field(ir, cell.decider, via),
        "location": cell.definition.map(|line| ir.location(line.span)).unwrap_or_default(),
    })
}

/// The group policy or embassy that brought the deciding policy in; empty for all other layers.
fn via_field(ir: &Ir, decider: Decider, via: Option<Source>) -> &str {
    match (decider, via) {
        (Decider::Policy(layer, _), Some(via)) if ir.profile.layers[layer].kind.is_of_groups() => {
            source_fields(ir, via).1
        }
        _ => "",
    }
}

/// Groups of sessions with identical permissions, over classes that are listed once.
pub fn sessions_grouped(matrix: &Matrix, out: impl Write) -> io::Result<()> {
    let mut head = head(matrix, "sessions", "grouped");
    head["sessions"] = matrix.sessions().into();
    head["subject_classes"] = (matrix.subject_classes.iter())
        .map(|class| {
            let subjects = class.members.iter().map(|&at| {
                let subject = matrix.subjects[at as usize].0;
                json!({"subject_kind": subject.kind(), "subject": matrix.subject_name(subject)})
            });
            Value::Array(subjects.collect())
        })
        .collect();
    head["endpoint_classes"] = (matrix.endpoint_classes.iter())
        .map(|class| {
            let endpoints = class.members.iter().map(|&at| {
                let endpoint = &matrix.endpoints[at as usize].0;
                json!({
                    "method": matrix.ir.profile.methods[endpoint.method].id,
                    "target_kind": endpoint.target.kind(),
                    "target": matrix.target_name(endpoint.target),
                    "presence": crate::matrix::parties::presence_text(endpoint.present),
                })
            });
            Value::Array(endpoints.collect())
        })
        .collect();
    let mut stream = Stream::new(out, &head, "blocks")?;
    let mut starts = StartLines::new(matrix);
    for block in blocks(matrix) {
        let start = starts.of_block(&block);
        let rectangles = block.rectangles.iter().map(|rectangle| {
            let Rectangle { subject_classes, endpoint_classes } = rectangle;
            json!({"subject_classes": subject_classes, "endpoint_classes": endpoint_classes})
        });
        stream.item(&json!({
            "sessions": block.sessions,
            "rectangles": rectangles.collect::<Vec<_>>(),
            "permissions": permissions(
                matrix,
                block.witness,
                start.as_ref(),
                matrix.visible_permissions(),
                true,
            ),
        }))?;
    }
    stream.finish()
}

/// Each session by itself.
pub fn sessions_each(matrix: &Matrix, out: impl Write) -> io::Result<()> {
    let mut stream = Stream::new(out, &head(matrix, "sessions", "each"), "sessions")?;
    let starts = StartLines::new(matrix);
    for (row, &(subject, subject_class)) in matrix.subjects.iter().enumerate() {
        for (column, (endpoint, endpoint_class)) in matrix.endpoints.iter().enumerate() {
            let pair = (subject_class, *endpoint_class);
            if !matrix.has_sessions(pair.0, pair.1) {
                continue;
            }
            let start = starts.of_session(row, column);
            stream.item(&json!({
                "session": session_fields(matrix, subject, endpoint),
                "permissions": permissions(
                    matrix,
                    pair,
                    start.as_ref(),
                    matrix.visible_permissions(),
                    false,
                ),
            }))?;
        }
    }
    stream.finish()
}

fn settings(matrix: &Matrix, lines: &[accounts::AccountLine]) -> Vec<Value> {
    lines.iter().map(|line| setting(&matrix.ir, line)).collect()
}

/// One setting or membership of an account.
pub(in crate::report) fn setting(ir: &Ir, line: &accounts::AccountLine) -> Value {
    let (source, policy) = source_fields(ir, line.source);
    json!({
        "setting": line.setting,
        "value": line.value,
        "source": source,
        "policy": policy,
        "final": line.is_final,
        "location": line.span.map(|span| ir.location(span)).unwrap_or_default(),
    })
}

/// Accounts in groups with identical settings.
pub fn accounts_grouped(matrix: &Matrix, out: impl Write) -> io::Result<()> {
    let mut stream = Stream::new(out, &head(matrix, "accounts", "grouped"), "blocks")?;
    for group in accounts::groups(matrix) {
        let users: Vec<&str> =
            group.users.iter().map(|user| accounts::name(matrix, *user)).collect();
        let settings = settings(matrix, &accounts::lines(matrix, group.first()));
        stream.item(&json!({"users": users, "settings": settings}))?;
    }
    stream.finish()
}

/// Each account by itself.
pub fn accounts_each(matrix: &Matrix, out: impl Write) -> io::Result<()> {
    let mut stream = Stream::new(out, &head(matrix, "accounts", "each"), "accounts")?;
    for user in accounts::users(matrix) {
        let lines = accounts::lines(matrix, user);
        stream.item(
            &json!({"user": accounts::name(matrix, user), "settings": settings(matrix, &lines)}),
        )?;
    }
    stream.finish()
}
