//! The rows of a diff in words, once for all formats that people read. Everything here is text that
//! is safe on a terminal; a format escapes it once more for its own markup.

use crate::diff::Diff;
use crate::diff::Direction;
use crate::diff::accounts;
use crate::diff::accounts::What;
use crate::diff::edits::{Edit, EditId, Kind};
use crate::diff::rows::{AccountRow, DeciderRow, Rows, SessionRow};
use crate::diff::sessions;
use crate::ir::Ir;
use crate::matrix::Source;
use crate::report::diff::counts::{Tally, tallies};
use crate::report::diff::csv::{SideText, session_fields};
use crate::report::diff::names::Names;
use crate::report::diff::text::Parts;
use crate::report::words::decider::{decider, source};
use crate::source::Span;
use crate::text::{escape_control_chars, is_invisible_or_control, quote};

/// Rows of sessions or of accounts alike.
#[derive(Clone, Debug)]
pub struct Row {
    pub direction: Direction,
    /// What the row is known by, as long as it says the same: hexadecimal.
    pub fingerprint: String,
    pub who: String,
    /// Nothing for accounts.
    pub target: Option<String>,
    /// How many sessions or accounts.
    pub count: u64,
    pub changes: Vec<Change>,
    /// Of what one side lacks: how many permissions or settings give nothing, and are left out of
    /// `changes`.
    pub denied: usize,
    pub because: Vec<EditId>,
    /// Edits that would have been enough by themselves.
    pub also: Vec<EditId>,
    /// The gates that deny cells of the row, and how many; see [`crate::report::diff::judgement`].
    pub gates: Vec<Hit>,
    /// Who accepted the row, so that no gate denies it.
    pub accepted: Option<Accepted>,
    /// A command that simulates one of the sessions (in OLD, for a row of what is gone), if it can
    /// be pasted.
    pub example: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The gate's canonical text.
    pub gate: String,
    pub changes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub by: String,
    pub why: String,
    /// `FILE:LINE` of the acceptance.
    pub location: String,
}

#[derive(Clone, Debug)]
pub struct Change {
    /// A permission, or a setting or membership of an account.
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub was: Option<Decided>,
    pub now: Option<Decided>,
    /// Whether all sessions of the row have these deciders, or only the example.
    pub alike: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub by: String,
    /// `FILE:LINE`, or empty.
    pub location: String,
}

/// Sessions whose values stayed while their deciders changed.
#[derive(Clone, Debug)]
pub struct DeciderChange {
    pub who: String,
    pub target: String,
    pub count: u64,
    /// Permissions that the same decider took over from the same one.
    pub changes: Vec<(Vec<String>, Decided, Decided)>,
}

/// An edit with its lines.
#[derive(Clone, Debug)]
pub struct EditText {
    pub kind: Kind,
    /// What was edited of which object: `owner: detail`.
    pub what: String,
    pub owner: String,
    pub detail: String,
    /// OLD's lines, then NEW's.
    pub lines: Vec<Line>,
    /// How many lines are left out.
    pub more: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub is_new: bool,
    pub location: String,
    /// The line without the blanks around it.
    pub text: String,
}

/// A whole diff in words.
pub struct View {
    pub sessions: Vec<Row>,
    pub accounts: Vec<Row>,
    pub handed: Vec<DeciderChange>,
    /// By [`EditId`].
    pub edits: Vec<EditText>,
    /// Edits that changed no cell, and edits of what the matrix does not show.
    pub idle: Vec<EditId>,
    pub beyond: Vec<EditId>,
    /// What changed, gravest first.
    pub tallies: Vec<Tally>,
}

/// The most lines of an edit that are shown of each side.
const MAX_LINES: usize = 5;

impl View {
    pub fn new(diff: &Diff, rows: &Rows) -> View {
        let mut names = Names::new(diff);
        View {
            sessions: rows.sessions.iter().map(|row| session_row(diff, &mut names, row)).collect(),
            accounts: rows.accounts.iter().map(|row| account_row(diff, &mut names, row)).collect(),
            handed: rows.deciders.iter().map(|row| handed(diff, &mut names, row)).collect(),
            edits: diff.edits.list.iter().map(|edit| edit_text(diff, edit)).collect(),
            idle: rows.idle.clone(),
            beyond: rows.beyond.clone(),
            tallies: tallies(diff, rows),
        }
    }

    /// The rows of a direction: sessions, then accounts.
    pub fn rows(&self, parts: Parts, direction: Direction) -> Vec<&Row> {
        let sessions = self.sessions.iter().filter(|_| parts.sessions);
        let accounts = self.accounts.iter().filter(|_| parts.accounts);
        sessions.chain(accounts).filter(|row| row.direction == direction).collect()
    }

    pub fn edit(&self, id: EditId) -> &EditText {
        &self.edits[id.0 as usize]
    }
}

impl Row {
    /// What is left out of `changes`, in words.
    pub fn nothing_more(&self) -> Option<String> {
        let number = self.denied as u64;
        let text = match (self.target.is_some(), self.denied) {
            (_, 0) => return None,
            (true, 1) => "1 permission denies or does not apply".into(),
            (true, _) => {
                format!(
                    "{} deny or do not apply",
                    crate::report::words::names::count(number, "permission")
                )
            }
            (false, 1) => "1 setting has its least value".into(),
            (false, _) => {
                format!(
                    "{} have their least values",
                    crate::report::words::names::count(number, "setting")
                )
            }
        };
        Some(text)
    }
}

fn session_row(diff: &Diff, names: &mut Names, row: &SessionRow) -> Row {
    let one_sided = matches!(row.direction, Direction::Added | Direction::Removed);
    let mut changes = Vec::new();
    let mut denied = 0;
    for told in &row.changes {
        if one_sided && is_least(diff, &told.change) {
            denied += 1;
        } else {
            changes.push(session_change(diff, &told.change, told.alike));
        }
    }
    let removed = row.direction == Direction::Removed;
    Row {
        direction: row.direction,
        fingerprint: crate::report::diff::fingerprint::session(diff, row),
        who: names.who(removed, &row.subjects),
        target: Some(names.target(removed, &row.endpoints)),
        count: row.sessions,
        changes,
        denied,
        because: row.cause.edits.clone(),
        also: row.cause.also.clone(),
        gates: Vec::new(),
        accepted: None,
        example: example(diff, row.witness),
    }
}

/// Whether a cell that one side lacks grants nothing: it is the least value, or does not apply.
fn is_least(diff: &Diff, change: &sessions::Change) -> bool {
    let (new, ir, permission, side) = match (change.after, change.before) {
        (Some(side), _) => (true, diff.new_ir(), change.permission, side),
        (None, Some(side)) => (false, diff.old_ir(), change.old_permission, side),
        (None, None) => return true,
    };
    let least = ir.profile.permissions[permission].ty.least();
    diff.side_value(new, permission, &side).is_none_or(|value| least.as_ref() == Some(value))
}

fn session_change(diff: &Diff, change: &sessions::Change, alike: bool) -> Change {
    let side = |new: bool, permission: usize, side: Option<sessions::Side>| {
        let ir = if new { diff.new_ir() } else { diff.old_ir() };
        side.map(|side| {
            let text = SideText::of(diff, new, permission, Some(&side));
            // What does not apply is nobody's decision.
            let decided = match side.applies {
                true => Decided {
                    by: decider(ir, side.decider),
                    location: escape_control_chars(&text.location).into_owned(),
                },
                false => Decided { by: "it does not apply".into(), location: String::new() },
            };
            (text.value, decided)
        })
    };
    let before = side(false, change.old_permission, change.before);
    let after = side(true, change.permission, change.after);
    let entry = match change.after {
        Some(_) => &diff.new_ir().profile.permissions[change.permission],
        None => &diff.old_ir().profile.permissions[change.old_permission],
    };
    let split = |found: Option<(String, Decided)>| match found {
        Some((value, decided)) => (Some(escape_control_chars(&value).into_owned()), Some(decided)),
        None => (None, None),
    };
    let ((before, was), (after, now)) = (split(before), split(after));
    Change { path: entry.path.clone(), before, after, was, now, alike }
}

/// Whether a setting that one side lacks gives nothing: it has the least value, or is a session
/// policy that nobody chose.
fn gives_nothing(diff: &Diff, change: &accounts::Change) -> bool {
    let (ir, side) = match (&change.before, &change.after) {
        (None, Some(side)) => (diff.new_ir(), side),
        (Some(side), None) => (diff.old_ir(), side),
        _ => return false,
    };
    match change.what {
        What::Membership(..) => false,
        What::SessionPolicy(_) => side.source == Source::Profile,
        What::Setting(number) => {
            let (old, new) = diff.edits.settings.sides[number as usize];
            let at = if change.after.is_some() { new } else { old };
            let ty = at.map(|at| &ir.profile.settings[at as usize].ty);
            ty.and_then(|ty| Some(ty.text(&ty.least()?))).is_some_and(|least| least == side.value)
        }
    }
}

fn account_row(diff: &Diff, names: &mut Names, row: &AccountRow) -> Row {
    let told: Vec<&accounts::Change> =
        row.changes.iter().filter(|change| !gives_nothing(diff, change)).collect();
    Row {
        direction: row.direction,
        fingerprint: crate::report::diff::fingerprint::account(diff, row),
        who: names.users(row.direction == Direction::Removed, &row.users),
        target: None,
        count: row.users.len() as u64,
        denied: row.changes.len() - told.len(),
        changes: told.into_iter().map(|change| account_change(diff, change)).collect(),
        because: row.cause.edits.clone(),
        also: row.cause.also.clone(),
        gates: Vec::new(),
        accepted: None,
        example: None,
    }
}

fn account_change(diff: &Diff, change: &accounts::Change) -> Change {
    let value = |side: &Option<accounts::Side>| {
        side.as_ref().map(|side| escape_control_chars(&side.value).into_owned())
    };
    let decided = |ir: &Ir, side: &Option<accounts::Side>| {
        side.as_ref().map(|side| Decided {
            by: source(ir, side.source, side.is_final),
            location: side
                .span
                .map(|span| escape_control_chars(&ir.location(span)).into_owned())
                .unwrap_or_default(),
        })
    };
    Change {
        path: escape_control_chars(&change.setting).into_owned(),
        before: value(&change.before),
        after: value(&change.after),
        was: decided(diff.old_ir(), &change.before),
        now: decided(diff.new_ir(), &change.after),
        alike: true,
    }
}

fn handed(diff: &Diff, names: &mut Names, row: &DeciderRow) -> DeciderChange {
    let mut changes: Vec<(Vec<String>, Decided, Decided)> = Vec::new();
    for (permission, old_permission, before, after) in &row.changes {
        let side = |new: bool, permission: usize, side: &sessions::Side| {
            let ir = if new { diff.new_ir() } else { diff.old_ir() };
            let text = SideText::of(diff, new, permission, Some(side));
            Decided {
                by: decider(ir, side.decider),
                location: escape_control_chars(&text.location).into_owned(),
            }
        };
        let path = diff.new_ir().profile.permissions[*permission].path.clone();
        let (was, now) = (side(false, *old_permission, before), side(true, *permission, after));
        match changes.iter_mut().find(|known| known.1.by == was.by && known.2.by == now.by) {
            Some(known) => known.0.push(path),
            None => changes.push((vec![path], was, now)),
        }
    }
    DeciderChange {
        who: names.who(false, &row.subjects),
        target: names.target(false, &row.endpoints),
        count: row.sessions,
        changes,
    }
}

fn edit_text(diff: &Diff, edit: &Edit) -> EditText {
    let owner = match &edit.names[..] {
        [] => edit.owner.clone(),
        [name] => format!("{} {}", edit.owner, escape_control_chars(&quote(name))),
        names => crate::report::words::names::count(names.len() as u64, &edit.owner),
    };
    let detail = escape_control_chars(&edit.detail).into_owned();
    let what = if owner.is_empty() { detail.clone() } else { format!("{owner}: {detail}") };
    let mut lines: Vec<Line> = Vec::new();
    let mut more = 0;
    for (is_new, ir, spans) in [(false, diff.old_ir(), &edit.old), (true, diff.new_ir(), &edit.new)]
    {
        let mut own: Vec<Line> = Vec::new();
        // Several places may lie on one line.
        let mut spans: Vec<Span> = spans.clone();
        spans.sort_by_key(|span| (ir.sources.file(span.file).path.clone(), span.start));
        for span in spans {
            let location = escape_control_chars(&ir.location(span)).into_owned();
            if own.last().is_none_or(|last| last.location != location) {
                if own.len() < MAX_LINES {
                    own.push(Line { is_new, location, text: line_text(ir, span) });
                } else {
                    more += 1;
                }
            }
        }
        lines.extend(own);
    }
    // What was edited stands below the line that declares it.
    if edit.kind != Kind::MovedFile
        && lines.len() > 1
        && lines.iter().all(|line| line.text == lines[0].text)
    {
        lines.truncate(1);
    }
    EditText { kind: edit.kind, what, owner, detail, lines, more }
}

fn line_text(ir: &Ir, span: Span) -> String {
    let file = ir.sources.file(span.file);
    crate::report::shown(file.text[file.line_range(file.line(span.start))].trim())
}

/// The command that simulates one session; none if a name of it cannot be pasted into a shell.
fn example(diff: &Diff, witness: (u32, u32)) -> Option<String> {
    let (subject, endpoint) =
        (&diff.sessions.subjects[witness.0 as usize], &diff.sessions.endpoints[witness.1 as usize]);
    let [subject_kind, subject, method, target_kind, target, presence] =
        session_fields(diff, subject, endpoint);
    let mut arguments = format!(
        "precedent simulate --{subject_kind} {} --{} {}",
        argument(subject)?,
        target_kind.replace('_', "-"),
        argument(target)?
    );
    if target_kind == "portal" {
        arguments.push_str(&format!(" --method {method}"));
    }
    if !presence.is_empty() {
        arguments.push_str(&format!(" --presence {presence}"));
    }
    Some(arguments)
}

/// A name as one word of a shell.
fn argument(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@/+".contains(c);
    if name.chars().any(|c| is_invisible_or_control(c) || c.is_control()) || name.starts_with('-') {
        return None;
    }
    if !name.is_empty() && name.chars().all(plain) {
        return Some(name.to_owned());
    }
    Some(format!("'{}'", name.replace('\'', r"'\''")))
}
