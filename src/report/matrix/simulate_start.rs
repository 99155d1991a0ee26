//! Whether a simulated session can be started: every condition, and the lines that would have to
//! change.

use super::csv::source_fields;
use super::simulate::Session;
use crate::matrix::account::FoundRole;
use crate::matrix::start::{Condition, StartDecider, StartLayer, entrance};
use crate::matrix::{Matrix, Source, StartValue, SubjectRef};
use crate::report::words::decider::{PRODUCT_DEFAULT, source};
use crate::report::words::names::plain;
use crate::report::{Style, shown};
use crate::semantics::start::{Holds, Place};
use crate::text::layout::{hanging, pad, width};
use crate::text::quote;
use serde::Serialize;

/// `start` of one session, for the JSON.
#[derive(Serialize)]
pub(super) struct StartFields {
    value: String,
    layer: &'static str,
    policy: String,
    location: String,
    conditions: Vec<ConditionFields>,
}

#[derive(Serialize)]
struct ConditionFields {
    condition: String,
    holds: Option<bool>,
    value: String,
    layer: &'static str,
    policy: String,
    location: String,
}

/// `None` for a profile without `start`.
pub(super) fn fields(matrix: &Matrix, session: Session) -> Option<StartFields> {
    let starts = matrix.starts.as_ref()?;
    let cell = matrix.start_cell(session.subject, session.endpoint)?;
    let conditions = conditions(matrix, session).into_iter().map(|condition| ConditionFields {
        condition: condition.name,
        holds: match condition.holds {
            Holds::Yes => Some(true),
            Holds::No => Some(false),
            Holds::Unknown => None,
        },
        value: condition.value,
        layer: condition.by.layer.id(),
        policy: source_fields(&matrix.ir, condition.by.source).1.to_owned(),
        location: location(matrix, &condition.by),
    });
    Some(StartFields {
        value: starts.text(cell.value),
        layer: cell.by.layer.id(),
        policy: source_fields(&matrix.ir, cell.by.source).1.to_owned(),
        location: location(matrix, &cell.by),
        conditions: conditions.collect(),
    })
}

fn conditions(matrix: &Matrix, session: Session) -> Vec<Condition> {
    let (endpoint, _) = &matrix.endpoints[session.endpoint];
    match (&matrix.starts, matrix.subjects[session.subject].0) {
        (Some(starts), SubjectRef::User(user)) => {
            starts.conditions(&matrix.accounts.account(user), user, endpoint)
        }
        _ => Vec::new(),
    }
}

fn location(matrix: &Matrix, by: &StartDecider) -> String {
    by.span.map(|span| matrix.ir.location(span)).unwrap_or_default()
}

/// The first paragraph of a simulation; empty for a profile without `start`.
pub(super) fn text(matrix: &Matrix, session: Session, style: Style) -> String {
    let (Some(starts), Some(cell)) =
        (&matrix.starts, matrix.start_cell(session.subject, session.endpoint))
    else {
        return String::new();
    };
    let value = shown(&starts.text(cell.value));
    let painted = match cell.value {
        StartValue::Deny => style.deny(&value),
        _ => style.grant(&value),
    };
    let mut out = format!("\n{}  {painted}\n", style.bold("start"));
    let is_invite = matches!(matrix.subjects[session.subject].0, SubjectRef::Invite(_));
    if is_invite {
        let words = match cell.value {
            StartValue::Deny => "no user who may invite others can start this session",
            _ => "the most that a user has who may invite others",
        };
        out.push_str(&hanging("  ", words, style.width));
        out.push('\n');
        return out;
    }
    let rows: Vec<[String; 3]> = conditions(matrix, session)
        .iter()
        .map(|condition| {
            let place = place(matrix, condition);
            [name(matrix, session, condition), value_text(matrix, condition), place]
        })
        .collect();
    let column = |at: usize| rows.iter().map(|row| width(&row[at])).max().unwrap_or(0);
    let widths = (column(0), column(1));
    for (row, condition) in rows.iter().zip(conditions(matrix, session)) {
        let mark = match condition.holds {
            Holds::Yes => style.grant("✓"),
            Holds::No => style.deny("✗"),
            Holds::Unknown => style.dim("?"),
        };
        let [name, value, place] = row;
        let (name_pad, value_pad) = (pad(name, widths.0), pad(value, widths.1));
        let head = format!("  {mark} {name}{name_pad}  {value}");
        let used = 4 + widths.0 + 2 + widths.1 + 2;
        if used + width(place) <= style.width {
            out.push_str(&format!("{head}{value_pad}  {}\n", style.dim(place)));
        } else {
            out.push_str(&format!("{head}\n"));
            out.push_str(&style.dim(&hanging("      ", place, style.width)));
            out.push('\n');
        }
    }
    out
}

/// Whether a session cannot be started.
pub(super) fn is_denied(matrix: &Matrix, session: Session) -> bool {
    let cell = matrix.start_cell(session.subject, session.endpoint);
    cell.is_some_and(|cell| cell.value == StartValue::Deny)
}

/// What a condition asks for: a setting, or the role in the place where the target is found.
fn name(matrix: &Matrix, session: Session, condition: &Condition) -> String {
    if condition.by.layer != StartLayer::JumpGroup {
        return condition.name.clone();
    }
    let (ir, (endpoint, _)) = (&matrix.ir, &matrix.endpoints[session.endpoint]);
    match entrance(ir, endpoint).place {
        Place::JumpGroup(id) => {
            shown(&format!("role in jump group {}", quote(&ir.tables[id].name)))
        }
        Place::Owner(id) => {
            shown(&format!("role for items of {}", plain(&ir.tables[id].object.name)))
        }
        Place::Open => condition.name.clone(),
    }
}

/// The value of a setting, or the role and whether it allows starting sessions.
fn value_text(matrix: &Matrix, condition: &Condition) -> String {
    let value = shown(&condition.value);
    let setting = condition.by.setting.map(|at| &matrix.ir.profile.settings[at]);
    let required = setting.and_then(|setting| setting.requires.as_ref());
    match (condition.by.role, condition.holds) {
        (FoundRole::Role(_), Holds::No) => format!("{value}, which does not allow start"),
        (FoundRole::None, Holds::No) if value == "n/a" && required.is_some() => {
            let paths = required.map(|found| &*matrix.ir.profile.settings[found.entry].path);
            format!("{value}, as it requires {}", paths.unwrap_or_default())
        }
        _ => value,
    }
}

/// Who decided a condition, and where.
fn place(matrix: &Matrix, condition: &Condition) -> String {
    let by = match condition.by.source {
        Source::Profile => PRODUCT_DEFAULT.to_owned(),
        found => source(&matrix.ir, found, false),
    };
    // Without a membership, a setting names the role: it is what would have to change.
    let by = match condition.by.setting.filter(|_| condition.by.layer == StartLayer::JumpGroup) {
        Some(at) => format!("{}: {by}", matrix.ir.profile.settings[at].path),
        None => by,
    };
    match location(matrix, &condition.by) {
        location if location.is_empty() => by,
        location => format!("{by} · {}", shown(&location)),
    }
}
