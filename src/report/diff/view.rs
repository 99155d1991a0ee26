//! The rows of a diff in words, once for all formats that people read. Everything here is text that
//! is safe on a terminal; each format escapes it for its own markup.

use crate::diagnostic::suggest;
use crate::diff::accounts::{AccountCell, AccountCellSide, AccountChange};
use crate::diff::edits::{Edit, EditId, EditKind};
use crate::diff::entries::RowId;
use crate::diff::joint::Joint;
use crate::diff::rows::{AccountRow, DeciderRow, RowChange, SessionRow};
use crate::diff::sessions::{CellSide, PermissionSide};
use crate::diff::{Diff, Direction, OneOrBoth, Side, Sided};
use crate::ir::Ir;
use crate::matrix::Source;
use crate::matrix::parties::simulate_command;
use crate::matrix::start::StartLayer;
use crate::profile::UNKNOWN;
use crate::report::diff::counts::{Tally, tallies};
use crate::report::diff::entry::{EntryText, entries};
use crate::report::diff::names::Names;
use crate::report::words::decider::{decider_via, source};
use crate::review::{Accepted, Parts, Reviewed, RowReview, may_gain};
use crate::source::Span;
use crate::text::{count, number};
use crate::text::{escape_control_chars, quote};

/// Rows of sessions or of accounts alike.
#[derive(Clone, Debug)]
pub struct RowText {
    /// How the values moved.
    pub direction: Direction,
    /// Whether something of it may be a gain.
    pub may_gain: bool,
    /// The users and invites.
    pub who: String,
    /// The jump items and portals; `None` for accounts.
    pub target: Option<String>,
    /// How many sessions or accounts.
    pub count: u64,
    /// What changed.
    pub changes: Vec<ChangeText>,
    /// Of what one side lacks: how many permissions or settings grant nothing, and are left out of
    /// `changes`.
    pub grants_nothing: usize,
    /// The edits that made the change.
    pub because: Vec<EditId>,
    /// Edits that would also suffice.
    pub alternative: Vec<EditId>,
    /// What the gates and acceptances make of it.
    pub review: RowReview,
    /// A command that simulates one of the sessions (in OLD, for removed ones), if it can be
    /// pasted.
    pub example: Option<String>,
}

/// A changed cell.
#[derive(Clone, Debug)]
pub struct ChangeText {
    /// A permission, or a setting or membership of an account.
    pub path: String,
    /// What it was and what it is.
    pub sides: OneOrBoth<ValueText>,
    /// Whether all sessions of the row have these deciders, or only the example.
    pub alike: bool,
}

impl ChangeText {
    /// The value on a side, if the side has the cell.
    pub fn value(&self, side: Side) -> Option<&str> {
        self.sides.as_ref().get(side).map(|found| &*found.value)
    }

    /// Who decides on a side, if the side has the cell.
    pub fn decided(&self, side: Side) -> Option<&Decided> {
        self.sides.as_ref().get(side).map(|found| &found.decided)
    }
}

/// A value and who decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueText {
    /// The value, or `n/a`.
    pub value: String,
    /// Who decides it.
    pub decided: Decided,
}

/// Who decides a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The policy and its layer, in words.
    pub by: String,
    /// `FILE:LINE`, or empty.
    pub location: String,
}

/// Sessions whose values stayed while their deciders changed.
#[derive(Clone, Debug)]
pub struct DeciderChange {
    /// The users and invites.
    pub who: String,
    /// The jump items and portals.
    pub target: String,
    /// How many sessions.
    pub count: u64,
    /// Permissions that the same decider took over from the same one.
    pub changes: Vec<(Vec<String>, Sided<Decided>)>,
}

/// An edit with its lines.
#[derive(Clone, Debug)]
pub struct EditText {
    /// What was edited.
    pub kind: EditKind,
    /// What was edited of which object: `owner: detail`.
    pub what: String,
    /// The object.
    pub owner: String,
    /// What of it was edited.
    pub detail: String,
    /// OLD's lines, then NEW's.
    pub lines: Vec<EditLine>,
    /// How many lines are left out.
    pub more: usize,
    /// What the gates and acceptances make of it, if it is a date that moved later: nothing else
    /// that is no cell of the matrix is reviewed by itself.
    pub review: Option<RowReview>,
}

/// A line of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditLine {
    /// The side that has it.
    pub side: Side,
    /// `FILE:LINE`.
    pub location: String,
    /// The line without the blanks around it.
    pub text: String,
    /// Whether both sides have this line: it declares what was edited below it.
    pub is_context: bool,
}

impl EditLine {
    /// The sign of the line in a unified diff.
    pub fn sign(&self) -> char {
        match self.side {
            _ if self.is_context => ' ',
            Side::Old => '-',
            Side::New => '+',
        }
    }
}

/// A whole diff in words.
pub struct View {
    /// By row of sessions.
    pub sessions: Vec<RowText>,
    /// By row of accounts.
    pub accounts: Vec<RowText>,
    /// Sessions where only the deciders changed.
    pub decider_changes: Vec<DeciderChange>,
    /// By [`EditId`].
    pub edits: Vec<EditText>,
    /// The edits with what they do, in the order of the report.
    pub entries: Vec<EntryText>,
    /// Edits that changed no cell.
    pub no_effect: Vec<EditId>,
    /// Edits of what the matrix does not show.
    pub outside_matrix: Vec<EditId>,
    /// What changed, the most severe first.
    pub tallies: Vec<Tally>,
}

/// The most lines of an edit that are shown of each side.
const MAX_LINES: usize = 5;

impl View {
    /// Puts a reviewed diff in words.
    pub fn new(reviewed: &Reviewed) -> View {
        let Reviewed { diff, rows, review } = reviewed;
        let mut names = Names::new(diff);
        let sessions = rows.sessions.iter().zip(&review.sessions);
        let accounts = rows.accounts.iter().zip(&review.accounts);
        let mut edits: Vec<EditText> =
            diff.edits.list.iter().map(|edit| edit_text(diff, edit)).collect();
        for (date, review) in diff.edits.later_dates.iter().zip(&review.dates) {
            edits[date.edit.0 as usize].review = Some(review.clone());
        }
        let entries = entries(reviewed, &mut names, &edits);
        View {
            entries,
            sessions: sessions
                .map(|(row, review)| session_row(diff, &mut names, row, review))
                .collect(),
            accounts: accounts
                .map(|(row, review)| account_row(diff, &mut names, row, review))
                .collect(),
            decider_changes: rows
                .deciders
                .iter()
                .map(|row| decider_change(diff, &mut names, row))
                .collect(),
            edits,
            no_effect: rows.no_effect.clone(),
            outside_matrix: rows.outside_matrix.clone(),
            tallies: tallies(diff, rows),
        }
    }

    /// The entries that have something to show, in their order.
    pub fn shown_entries(&self, parts: Parts) -> Vec<&EntryText> {
        let shown = |entry: &&EntryText| {
            entry.rows.iter().chain(&entry.also).any(|row| self.is_shown(*row, parts))
        };
        self.entries.iter().filter(shown).collect()
    }

    /// Whether a row is in the parts that are shown.
    pub fn is_shown(&self, row: RowId, parts: Parts) -> bool {
        match row {
            RowId::Session(_) => parts.sessions,
            RowId::Account(_) => parts.accounts,
            RowId::Date(_) => true,
        }
    }

    /// The rows of an entry, those that may be gains first.
    pub fn rows_of(&self, entry: &EntryText, parts: Parts) -> Vec<&RowText> {
        let rows = entry.rows.iter().filter(|row| self.is_shown(**row, parts));
        rows.filter_map(|row| match *row {
            RowId::Session(at) => Some(&self.sessions[at]),
            RowId::Account(at) => Some(&self.accounts[at]),
            RowId::Date(_) => None,
        })
        .collect()
    }

    /// The rows of a direction: sessions, then accounts.
    pub fn rows(&self, parts: Parts, direction: Direction) -> Vec<&RowText> {
        let sessions = self.sessions.iter().filter(|_| parts.sessions);
        let accounts = self.accounts.iter().filter(|_| parts.accounts);
        sessions.chain(accounts).filter(|row| row.direction == direction).collect()
    }

    /// An edit by its id.
    pub fn edit(&self, id: EditId) -> &EditText {
        &self.edits[id.0 as usize]
    }
}

impl EditText {
    /// The gates that deny it, in words, if it fails one.
    pub fn denied_by(&self) -> Option<String> {
        let review = self.review.as_ref().filter(|review| review.fails_gate())?;
        let gates: Vec<&str> = review.denied_by.iter().map(|denial| &*denial.gate).collect();
        Some(escape_control_chars(&gates.join("; ")).into_owned())
    }

    /// Whether it added or removed an object as a whole.
    pub fn is_one_sided(&self) -> bool {
        matches!(self.kind, EditKind::Added | EditKind::Removed)
    }

    /// Who accepted it.
    pub fn accepted(&self) -> Option<&Accepted> {
        self.review.as_ref()?.accepted.as_ref()
    }
}

impl RowText {
    /// The sessions or accounts of the row, counted.
    pub fn counted(&self) -> String {
        count(self.count, if self.target.is_some() { "session" } else { "account" })
    }

    /// What is left out of `changes`, in words.
    pub fn nothing_more(&self) -> Option<String> {
        let number = self.grants_nothing as u64;
        let text = match (self.target.is_some(), self.grants_nothing) {
            (_, 0) => return None,
            (true, 1) => "1 permission grants nothing or is not applicable".into(),
            (true, _) => {
                format!("{} grant nothing or are not applicable", count(number, "permission"))
            }
            (false, 1) => "1 setting has its least value".into(),
            (false, _) => format!("{} have their least values", count(number, "setting")),
        };
        Some(text)
    }

    /// How many cells the row has.
    fn cells(&self) -> u64 {
        self.count * (self.changes.len() + self.grants_nothing) as u64
    }

    /// The gates that deny the row, in words.
    pub fn denied_by(&self) -> String {
        let cells = self.cells();
        let gates = self.review.denied_by.iter().map(|denial| match denial.changes == cells {
            true => denial.gate.clone(),
            false => {
                let (changes, of) = (number(denial.changes), number(cells));
                format!("{} ({changes} of {of} changes)", denial.gate)
            }
        });
        escape_control_chars(&gates.collect::<Vec<_>>().join("; ")).into_owned()
    }
}

fn session_row(diff: &Diff, names: &mut Names, row: &SessionRow, review: &RowReview) -> RowText {
    let side = names_of(row.direction);
    let changes: Vec<&RowChange> = row
        .changes
        .iter()
        .filter(|cell| {
            let only = cell.change.sides.only_side();
            only.is_none_or(|side| !diff.grants_nothing(side, &cell.change.sides.latest().1))
        })
        .collect();
    RowText {
        direction: row.direction,
        may_gain: may_gain(row.direction),
        who: names.who(side, &row.subjects),
        target: Some(names.target(side, &row.endpoints)),
        count: row.sessions,
        grants_nothing: row.changes.len() - changes.len(),
        changes: changes.into_iter().map(|cell| session_change(diff, row.witness, cell)).collect(),
        because: row.cause.edits.clone(),
        alternative: row.cause.alternative.clone(),
        review: review.clone(),
        example: example(diff, row.witness),
    }
}

/// The side whose groups name the members of a row.
fn names_of(direction: Direction) -> Side {
    match direction {
        Direction::Removed => Side::Old,
        _ => Side::New,
    }
}

/// A change as it is in a session of its row.
fn session_change(diff: &Diff, witness: (u32, u32), cell: &RowChange) -> ChangeText {
    // Of a cell that is unknown on both sides, a reader wants to know what changed behind it.
    let both = cell.change.sides.both();
    let written = both
        .filter(|both| {
            both.as_ref()
                .into_array()
                .iter()
                .all(|(side, cell)| diff.cell_text(*side, cell) == UNKNOWN)
        })
        .map(|both| both.map(|side, cell| diff.written_text(side, witness, &cell)))
        .filter(|written| written.old != written.new);
    let sides = cell.change.sides.map(|side, cell| {
        let decided = match cell {
            CellSide::Start(_) => start_decided(diff, side, witness),
            CellSide::Permission(cell) if cell.applies => decided(diff, side, witness, &cell),
            // A permission that does not apply is not decided by anyone.
            CellSide::Permission(_) => {
                Decided { by: "not applicable".into(), location: String::new() }
            }
        };
        let mut value = escape_control_chars(&diff.cell_text(side, &cell)).into_owned();
        if let Some(written) = written.as_ref().and_then(|written| written[side].as_ref()) {
            value = format!("{value} (otherwise {})", escape_control_chars(written));
        }
        ValueText { value, decided }
    });
    let sides = told_apart(sides);
    ChangeText { path: diff.path(&cell.change).to_owned(), sides, alike: cell.alike }
}

/// Says how two values differ that a reader cannot tell apart.
fn told_apart(sides: OneOrBoth<ValueText>) -> OneOrBoth<ValueText> {
    let OneOrBoth::Both(mut both) = sides else { return sides };
    if both.old.value == both.new.value {
        // Names of two objects, one of which may have taken the name of the other.
        if both.new.value.contains('"') {
            both.new.value.push_str(" (another object of that name)");
        }
    } else {
        let difference = suggest::unseen_difference(&both.new.value, &both.old.value);
        if !difference.is_empty() {
            both.new.value.push_str(&format!(" ({})", difference.trim_start()));
        }
    }
    OneOrBoth::Both(both)
}

/// Who decides a cell of a session, and where.
fn decided(diff: &Diff, side: Side, witness: (u32, u32), cell: &PermissionSide) -> Decided {
    let session = session(diff, witness);
    let whole = CellSide::Permission(*cell);
    let text = diff.decided_cell_text(side, session, Some(&whole));
    Decided {
        by: decider_via(diff.ir(side), cell.decider, diff.via(side, session, cell)),
        location: escape_control_chars(&text.location).into_owned(),
    }
}

/// The joint subject and endpoint of a session.
fn session(diff: &Diff, (subject, endpoint): (u32, u32)) -> (&Joint, &Joint) {
    let sessions = &diff.sessions;
    (&sessions.subjects[subject as usize], &sessions.endpoints[endpoint as usize])
}

/// Who decides whether a session can be started, and where.
fn start_decided(diff: &Diff, side: Side, witness: (u32, u32)) -> Decided {
    let ir = diff.ir(side);
    let Some(found) = diff.start_cell(side, session(diff, witness)) else {
        return Decided { by: String::new(), location: String::new() };
    };
    let by = match (found.by.layer, found.by.source) {
        (StartLayer::Invite, _) => "users who may invite others".into(),
        (_, found) => source(ir, found, false),
    };
    let location = found.by.span.map(|span| ir.location(span)).unwrap_or_default();
    Decided { by, location: escape_control_chars(&location).into_owned() }
}

/// Whether a setting that one side lacks grants nothing: it has the least value, or is a session
/// policy that is not set anywhere.
pub(super) fn grants_nothing(diff: &Diff, change: &AccountChange) -> bool {
    let Some(side) = change.sides.only_side() else { return false };
    let (_, cell) = change.sides.as_ref().latest();
    match change.cell {
        AccountCell::Membership(..) => false,
        AccountCell::SettingAllows(_) | AccountCell::GroupAllows(_) => cell.value == "[]",
        AccountCell::SessionPolicy(_) => cell.source == Source::Profile,
        AccountCell::Setting(number) => {
            let at = diff.edits.settings.on(side, number);
            let ty = at.map(|at| &diff.ir(side).profile.settings[at as usize].ty);
            ty.and_then(|ty| Some(ty.text(&ty.least()?))).is_some_and(|least| least == cell.value)
        }
    }
}

/// Whether a change of an account may be a gain, as gates see it.
pub(super) fn may_gain_of_account(change: &AccountChange) -> bool {
    change.direction != Direction::Changed || change.may_gain
}

fn account_row(diff: &Diff, names: &mut Names, row: &AccountRow, review: &RowReview) -> RowText {
    let changes: Vec<&AccountChange> =
        row.changes.iter().filter(|change| !grants_nothing(diff, change)).collect();
    RowText {
        direction: row.direction,
        // A membership that only has another role is told by what the role allows.
        may_gain: may_gain(row.direction) && row.changes.iter().any(may_gain_of_account),
        who: names.users(names_of(row.direction), &row.users),
        target: None,
        count: row.users.len() as u64,
        grants_nothing: row.changes.len() - changes.len(),
        changes: changes.into_iter().map(|change| account_change(diff, change)).collect(),
        because: row.cause.edits.clone(),
        alternative: row.cause.alternative.clone(),
        review: review.clone(),
        example: None,
    }
}

fn account_change(diff: &Diff, change: &AccountChange) -> ChangeText {
    let sides = change.sides.as_ref().map(|side, cell: &AccountCellSide| {
        let ir = diff.ir(side);
        let location = cell.span.map(|span| ir.location(span)).unwrap_or_default();
        let value = match &cell.otherwise {
            Some(otherwise) => format!("{} (otherwise {otherwise})", cell.value),
            None => cell.value.clone(),
        };
        ValueText {
            value: escape_control_chars(&value).into_owned(),
            decided: Decided {
                by: source(ir, cell.source, cell.is_final),
                location: escape_control_chars(&location).into_owned(),
            },
        }
    });
    let sides = told_apart(sides);
    ChangeText { path: escape_control_chars(&change.setting).into_owned(), sides, alike: true }
}

fn decider_change(diff: &Diff, names: &mut Names, row: &DeciderRow) -> DeciderChange {
    let mut changes: Vec<(Vec<String>, Sided<Decided>)> = Vec::new();
    for cell in &row.changes {
        let path = diff.new_ir().profile.permissions[cell.new.permission].path.clone();
        let by = cell.map(|side, cell| decided(diff, side, row.witness, &cell));
        let same = |known: &Sided<Decided>| known.old.by == by.old.by && known.new.by == by.new.by;
        match changes.iter_mut().find(|(_, known)| same(known)) {
            Some((paths, _)) => paths.push(path),
            None => changes.push((vec![path], by)),
        }
    }
    DeciderChange {
        who: names.who(Side::New, &row.subjects),
        target: names.target(Side::New, &row.endpoints),
        count: row.sessions,
        changes,
    }
}

fn edit_text(diff: &Diff, edit: &Edit) -> EditText {
    let owner = match &edit.names[..] {
        [] => edit.owner.clone(),
        [name] => format!("{} {}", edit.owner, escape_control_chars(&quote(name))),
        names => count(names.len() as u64, &edit.owner),
    };
    let detail = escape_control_chars(&edit.detail).into_owned();
    let what = if owner.is_empty() { detail.clone() } else { format!("{owner}: {detail}") };
    let mut lines: Vec<EditLine> = Vec::new();
    let mut more = 0;
    for (side, spans) in edit.lines.as_ref().into_array() {
        let ir = diff.ir(side);
        let mut own: Vec<EditLine> = Vec::new();
        // Several places may lie on one line.
        let mut spans: Vec<Span> = spans.clone();
        spans.sort_by_key(|span| (ir.sources.file(span.file).path.clone(), span.start));
        for span in spans {
            let location = escape_control_chars(&ir.location(span)).into_owned();
            if own.last().is_none_or(|last| last.location != location) {
                if own.len() < MAX_LINES {
                    let text = line_text(ir, span);
                    own.push(EditLine { side, location, text, is_context: false });
                } else {
                    more += 1;
                }
            }
        }
        lines.extend(own);
    }
    // What was edited is below the line that declares it, which is the same on both sides.
    if !matches!(edit.kind, EditKind::MovedFile | EditKind::Order)
        && lines.len() > 1
        && lines.iter().all(|line| line.text == lines[0].text)
    {
        let is_context = lines.iter().any(|line| line.side == Side::Old)
            && lines.iter().any(|line| line.side == Side::New);
        // NEW's place is where a reader will look.
        lines.drain(..if is_context { lines.len() - 1 } else { 0 });
        lines.truncate(1);
        lines[0].is_context = is_context;
    }
    EditText { kind: edit.kind, what, owner, detail, lines, more, review: None }
}

fn line_text(ir: &Ir, span: Span) -> String {
    let file = ir.sources.file(span.file);
    crate::report::shown(file.text[file.line_range(file.line(span.start))].trim())
}

/// The command that simulates one session on the side that has it.
fn example(diff: &Diff, witness: (u32, u32)) -> Option<String> {
    let (subject, endpoint) =
        (&diff.sessions.subjects[witness.0 as usize], &diff.sessions.endpoints[witness.1 as usize]);
    let session = diff.session_text(subject, endpoint);
    let (side, at) = diff.endpoint(endpoint);
    simulate_command(diff.ir(side), (session.subject_kind, session.subject), at)
}
