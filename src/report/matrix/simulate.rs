//! One session: the answer of every layer, and which one decided (`simulate` in section 5 of the
//! language).

use super::csv;
use super::simulate_start::{self as start, StartFields};
use crate::ir::{Ir, PolicyId};
use crate::matrix::parties::presence_text;
use crate::matrix::session::NONE;
use crate::matrix::{Cells, Decider, Endpoint, Matrix, Stack, SubjectRef};
use crate::profile::Value;
use crate::report::Style;
use crate::report::matrix::text::deciders;
use crate::report::shown;
use crate::report::words::decider::paint;
use crate::report::words::names;
use crate::text::layout::{hanging, pad, width};
use crate::text::quote;
use serde::Serialize;

/// One session of a matrix, by indices of its subject and endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Index into [`Matrix::subjects`].
    pub subject: usize,
    /// Index into [`Matrix::endpoints`].
    pub endpoint: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    session: SessionFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<StartFields>,
    permissions: Vec<Permission>,
}

#[derive(Serialize)]
pub(in crate::report) struct SessionFields<'a> {
    subject_kind: &'static str,
    subject: &'a str,
    method: &'a str,
    target_kind: &'static str,
    target: &'a str,
    presence: &'static str,
}

#[derive(Serialize)]
struct Permission {
    permission: String,
    value: String,
    layer: String,
    policy: String,
    via: String,
    location: String,
    asked: Vec<Asked>,
}

/// What one layer answers for a permission.
#[derive(Serialize)]
struct Asked {
    layer: &'static str,
    policy: String,
    via: String,
    answer: String,
    location: String,
    decided: bool,
    /// The answer as a value, which its colour depends on.
    #[serde(skip)]
    value: Option<Value>,
}

pub(in crate::report) fn session_fields<'a>(
    matrix: &'a Matrix,
    subject: SubjectRef,
    endpoint: &Endpoint,
) -> SessionFields<'a> {
    SessionFields {
        subject_kind: subject.kind(),
        subject: matrix.subject_name(subject),
        method: &matrix.ir.profile.methods[endpoint.method].id,
        target_kind: endpoint.target.kind(),
        target: matrix.target_name(endpoint.target),
        presence: presence_text(endpoint.present),
    }
}

fn permissions(matrix: &Matrix, session: Session, only: Option<&[usize]>) -> Vec<Permission> {
    let (_, subject_class) = matrix.subjects[session.subject];
    let (endpoint, endpoint_class) = &matrix.endpoints[session.endpoint];
    let (stack, cells) = matrix.resolve(subject_class, *endpoint_class);
    (0..matrix.ir.profile.permissions.len())
        .filter(|permission| only.is_none_or(|only| only.contains(permission)))
        .map(|permission| {
            self::permission(matrix, subject_class, (&stack, &cells), endpoint.method, permission)
        })
        .collect()
}

fn permission(
    matrix: &Matrix,
    subject_class: u32,
    (stack, cells): (&Stack, &Cells),
    method: usize,
    permission: usize,
) -> Permission {
    let ir = &matrix.ir;
    let entry = &ir.profile.permissions[permission];
    let cell = cells.cell(ir, stack, method, permission);
    let (layer, policy) = match cell.decider {
        Decider::Method => ("method", String::new()),
        Decider::BuiltIn => ("global_default", String::new()),
        Decider::Policy(layer, id) => {
            (ir.profile.layers[layer].kind.id(), ir.policy(id).object.name.clone())
        }
    };
    let last = ir.profile.layers.len() - 1;
    let class = &matrix.subject_classes[subject_class as usize];
    let brought_by = class.via[ir.profile.slot_of(method)]
        .map(|via| csv::source_fields(ir, via).1.to_owned())
        .unwrap_or_default();
    let via = |layer: usize| match ir.profile.layers[layer].kind.is_of_groups() {
        true if stack[layer] != NONE => brought_by.clone(),
        _ => String::new(),
    };
    let asked = ir.profile.layers.iter().enumerate().map(|(at, layer)| {
        let policy = (stack[at] != NONE).then(|| ir.policy(PolicyId(stack[at])));
        let definition = policy.and_then(|policy| policy.definition(permission));
        let by_policy = matches!(cell.decider, Decider::Policy(decider, _) if decider == at);
        // The last layer always answers: if its policy does not, with the default of the profile.
        let built_in = definition.is_none() && at == last;
        let value = definition
            .map(|definition| ir.value(definition.value))
            .or(built_in.then_some(&entry.default));
        Asked {
            layer: layer.kind.id(),
            policy: policy
                .filter(|_| !built_in)
                .map(|policy| policy.object.name.clone())
                .unwrap_or_default(),
            via: via(at),
            answer: match (value, policy) {
                (Some(value), _) => entry.ty.text(value),
                (None, Some(_)) => "not defined".into(),
                (None, None) => "no policy".into(),
            },
            location: definition.map(|definition| ir.location(definition.span)).unwrap_or_default(),
            decided: by_policy || built_in && cell.decider == Decider::BuiltIn,
            value: value.cloned(),
        }
    });
    Permission {
        permission: entry.path.clone(),
        value: cell.value.map_or_else(|| "n/a".into(), |value| entry.ty.text(value)),
        layer: layer.into(),
        policy,
        via: match cell.decider {
            Decider::Policy(layer, _) => via(layer),
            Decider::BuiltIn | Decider::Method => String::new(),
        },
        location: cell
            .definition
            .map(|definition| ir.location(definition.span))
            .unwrap_or_default(),
        asked: asked.collect(),
    }
}

/// The JSON of the machine interface. `only` picks permissions by their indices; `None` means all.
pub fn json(
    matrix: &Matrix,
    session: Session,
    only: Option<&[usize]>,
) -> serde_json::Result<String> {
    let (subject, _) = matrix.subjects[session.subject];
    let (endpoint, _) = &matrix.endpoints[session.endpoint];
    let document = Document {
        session: session_fields(matrix, subject, endpoint),
        start: start::fields(matrix, session),
        permissions: permissions(matrix, session, only),
    };
    crate::text::json::pretty(&document)
}

/// A session in one line: who, where and how.
pub(in crate::report) fn title(matrix: &Matrix, session: Session) -> String {
    let (subject, _) = matrix.subjects[session.subject];
    let (endpoint, _) = &matrix.endpoints[session.endpoint];
    names::session_text(matrix, subject, endpoint)
}

/// What of a session is shown.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'p> {
    /// The values of all permissions, by what decided them.
    Deciders,
    /// What every layer answers, for all permissions.
    AllLayers,
    /// The same for some permissions, by their indices.
    Permissions(&'p [usize]),
}

/// Whether a session can be started, and its permissions. Where the answers of all layers are
/// shown, the deciding one is marked, and those that it shadows are dimmed.
pub fn text(matrix: &Matrix, session: Session, shown: Shown<'_>, style: Style) -> String {
    let mut out = start_text(matrix, session, style);
    let permissions = match shown {
        Shown::Deciders => deciders_text(matrix, session, style),
        Shown::AllLayers => permissions_text(matrix, session, None, style),
        Shown::Permissions(only) => permissions_text(matrix, session, Some(only), style),
    };
    if !permissions.is_empty() && start::is_denied(matrix, session) {
        let words = "this session cannot be started; if it could, it would have these permissions:";
        out.push_str(&format!("\n{}\n", hanging("", words, style.width)));
    }
    out.push_str(&permissions);
    out
}

fn deciders_text(matrix: &Matrix, session: Session, style: Style) -> String {
    let classes = (matrix.subjects[session.subject].1, matrix.endpoints[session.endpoint].1);
    let mut out = "\n".to_owned();
    deciders(&mut out, matrix, classes, matrix.visible_permissions(), style);
    let more = "for what every layer answers, add --all-layers or --permission";
    out.push_str(&format!("\n{}\n", style.dim(&hanging("", more, style.width))));
    out
}

/// Who and where, and whether the session can be started.
pub(in crate::report) fn start_text(matrix: &Matrix, session: Session, style: Style) -> String {
    let mut out = heading(matrix, session, style);
    out.push_str(&start::text(matrix, session, style));
    out
}

/// Who and where, and one permission.
pub(in crate::report) fn permission_text(
    matrix: &Matrix,
    session: Session,
    permission: usize,
    style: Style,
) -> String {
    let mut out = heading(matrix, session, style);
    out.push_str(&permissions_text(matrix, session, Some(&[permission]), style));
    out
}

fn heading(matrix: &Matrix, session: Session, style: Style) -> String {
    format!("{}\n", style.bold(&hanging("", &title(matrix, session), style.width)))
}

fn permissions_text(
    matrix: &Matrix,
    session: Session,
    only: Option<&[usize]>,
    style: Style,
) -> String {
    let ir = &matrix.ir;
    let (endpoint, _) = &matrix.endpoints[session.endpoint];
    let method = &ir.profile.methods[endpoint.method];
    let mut out = String::new();
    for found in permissions(matrix, session, only) {
        let Some(at) = ir.profile.permission(&found.permission) else { continue };
        let entry = &ir.profile.permissions[at];
        let value = shown(&found.value);
        let not_applicable = found.value == "n/a";
        let painted = if not_applicable { style.dim(&value) } else { style.bold(&value) };
        out.push_str(&format!("\n{}  {painted}\n", style.bold(&found.permission)));
        if not_applicable {
            out.push_str(&hanging("  ", &why_not(ir, endpoint.method, at), style.width));
            out.push('\n');
        }
        if found.layer == "method" {
            out.push_str(&format!("  {} fixed for {}\n", style.alarm("▶"), method.label));
        }
        answers(&mut out, ir, entry, &found, style);
    }
    out
}

/// The answers of all layers for one permission.
fn answers(
    out: &mut String,
    ir: &Ir,
    entry: &crate::profile::Entry,
    found: &Permission,
    style: Style,
) {
    let label = |asked: &Asked| {
        ir.profile
            .layers
            .iter()
            .find(|layer| layer.kind.id() == asked.layer)
            .map_or("", |layer| &layer.label)
    };
    let labels = found.asked.iter().map(|asked| width(label(asked))).max().unwrap_or(0);
    let answers = found
        .asked
        .iter()
        .map(|asked| width(&shown(&asked.answer)))
        .filter(|&w| w <= 24)
        .max()
        .unwrap_or(0);
    // Answers after the deciding one have no effect, nor does any if the method decides.
    let mut is_shadowed = found.layer == "method";
    for asked in &found.asked {
        let answer = shown(&asked.answer);
        let mark = if asked.decided { "▶" } else { " " };
        let policy =
            if asked.policy.is_empty() { String::new() } else { shown(&quote(&asked.policy)) };
        let via = match asked.via.is_empty() {
            true => String::new(),
            false => shown(&format!("via {}", quote(&asked.via))),
        };
        let place = [policy, via, shown(&asked.location)]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        let note = if is_shadowed && asked.value.is_some() { "shadowed" } else { "" };
        let place = [place.as_str(), note]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        let head = format!("  {mark} {}{}  ", label(asked), pad(label(asked), labels));
        let painted = if asked.decided {
            paint(style, &entry.ty, asked.value.as_ref(), &answer)
        } else {
            answer.clone()
        };
        let used = width(&head) + width(&answer).max(answers) + 2;
        let line = if place.is_empty() {
            format!("{head}{painted}")
        } else if used + width(&place) <= style.width {
            format!("{head}{painted}{}  {place}", pad(&answer, answers))
        } else {
            format!("{head}{painted}\n{}", hanging(&" ".repeat(6 + labels), &place, style.width))
        };
        let line = line.trim_end();
        let plain = is_shadowed || asked.value.is_none();
        out.push_str(&if plain && !asked.decided { style.dim(line) } else { line.to_owned() });
        out.push('\n');
        is_shadowed |= asked.decided;
    }
}

/// Why a permission does not apply.
fn why_not(ir: &Ir, method: usize, permission: usize) -> String {
    let entry = &ir.profile.permissions[permission];
    if entry.not_for.contains(&method) {
        return format!("not applicable to {} sessions", ir.profile.methods[method].label);
    }
    match &entry.requires {
        Some(requirement) => {
            let words = requirement
                .words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(" or ");
            format!(
                "not applicable: requires `{}` to be {words}",
                ir.profile.permissions[requirement.entry].path
            )
        }
        None => "not applicable".into(),
    }
}
