//! The CSV of a diff (language, section 5): a row for each cell that differs.

use crate::diff::Diff;
use crate::diff::accounts;
use crate::diff::sessions;
use crate::ir::Ir;
use crate::matrix::classes::presence_text;
use crate::matrix::{Decider, Matrix};
use crate::report::matrix::csv::{row, source_fields};
use std::io::{self, Write};

pub const SESSIONS_HEADER: &str = "subject_kind,subject,method,target_kind,target,presence,permission,before,after,direction,before_layer,before_policy,before_location,after_layer,after_policy,after_location\n";
pub const ACCOUNTS_HEADER: &str = "user,setting,before,after,direction,before_source,before_policy,before_location,after_source,after_policy,after_location\n";

/// A side of a changed cell as text: value, layer, policy and location; empty where the side has
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SideText {
    pub value: String,
    pub layer: String,
    pub policy: String,
    pub location: String,
}

impl SideText {
    pub fn of(
        diff: &Diff,
        new: bool,
        permission: usize,
        side: Option<&sessions::Side>,
    ) -> SideText {
        let Some(side) = side else { return SideText::default() };
        let ir = if new { diff.new_ir() } else { diff.old_ir() };
        let ty = &ir.profile.permissions[permission].ty;
        let value = diff
            .side_value(new, permission, side)
            .map_or_else(|| "n/a".into(), |value| ty.text(value));
        let layer = |at: usize| ir.profile.layers[at].kind.id().to_owned();
        match side.decider {
            Decider::Policy(at, id) => {
                let policy = ir.policy(id);
                let location = policy
                    .definition(permission)
                    .map(|definition| ir.location(definition.span))
                    .unwrap_or_default();
                SideText { value, layer: layer(at), policy: policy.object.name.clone(), location }
            }
            Decider::BuiltIn => SideText {
                value,
                layer: layer(ir.profile.layers.len() - 1),
                policy: String::new(),
                location: String::new(),
            },
            Decider::Method => SideText {
                value,
                layer: "method".into(),
                policy: String::new(),
                location: String::new(),
            },
        }
    }
}

/// Who and where, of the side that has it: NEW's names, OLD's for what is gone.
pub fn session_fields<'a>(
    diff: &'a Diff,
    subject: &sessions::Joint,
    endpoint: &sessions::Joint,
) -> [&'a str; 6] {
    let side = |new: Option<u32>| if new.is_some() { &diff.new } else { &diff.old };
    let matrix: &Matrix = side(subject.new);
    let at = subject.new.or(subject.old).unwrap_or_default();
    let subject = matrix.subjects[at as usize].0;
    let subject_name = matrix.subject_name(subject);
    let matrix: &Matrix = side(endpoint.new);
    let at = endpoint.new.or(endpoint.old).unwrap_or_default();
    let target = diff.target_name(endpoint);
    let endpoint = matrix.endpoints[at as usize].0;
    let method = &*matrix.ir.profile.methods[endpoint.method].id;
    [
        subject.kind(),
        subject_name,
        method,
        endpoint.target.kind(),
        target,
        presence_text(endpoint.present),
    ]
}

pub fn sessions(diff: &Diff, mut out: impl Write) -> io::Result<()> {
    out.write_all(SESSIONS_HEADER.as_bytes())?;
    let mut chunk = Vec::new();
    diff.each_session(|subject, endpoint, changes| {
        let [kind, name, method, target_kind, target, presence] =
            session_fields(diff, subject, endpoint);
        chunk.clear();
        for change in changes {
            let entry = match change.after {
                Some(_) => &diff.new_ir().profile.permissions[change.permission],
                None => &diff.old_ir().profile.permissions[change.old_permission],
            };
            let before = SideText::of(diff, false, change.old_permission, change.before.as_ref());
            let after = SideText::of(diff, true, change.permission, change.after.as_ref());
            let fields: [&str; 16] = [
                kind,
                name,
                method,
                target_kind,
                target,
                presence,
                &entry.path,
                &before.value,
                &after.value,
                change.direction.id(),
                &before.layer,
                &before.policy,
                &before.location,
                &after.layer,
                &after.policy,
                &after.location,
            ];
            row(&mut chunk, &fields);
        }
        out.write_all(&chunk)
    })
}

/// Source, policy and location of a side of a changed setting.
pub fn account_side<'t>(
    ir: &'t Ir,
    side: Option<&'t accounts::Side>,
) -> (&'t str, &'static str, &'t str, String) {
    match side {
        None => ("", "", "", String::new()),
        Some(side) => {
            let (source, policy) = source_fields(ir, side.source);
            (
                &side.value,
                source,
                policy,
                side.span.map(|span| ir.location(span)).unwrap_or_default(),
            )
        }
    }
}

pub fn accounts(diff: &Diff, mut out: impl Write) -> io::Result<()> {
    out.write_all(ACCOUNTS_HEADER.as_bytes())?;
    let mut chunk = Vec::new();
    diff.each_account(|at, changes| {
        let user = diff.subject_name(at);
        chunk.clear();
        for change in changes {
            let before = account_side(diff.old_ir(), change.before.as_ref());
            let after = account_side(diff.new_ir(), change.after.as_ref());
            let fields = [
                user,
                &change.setting,
                before.0,
                after.0,
                change.direction.id(),
                before.1,
                before.2,
                &before.3,
                after.1,
                after.2,
                &after.3,
            ];
            row(&mut chunk, &fields);
        }
        out.write_all(&chunk)
    })
}
