//! What an entry of a diff does, in a few lines: first what somebody gains, and last what is lost.

use super::names::Names;
use super::view::{grants_nothing, may_gain_of_account};
use crate::diff::accounts::{AccountCell, AccountCellSide, AccountChange};
use crate::diff::edits::SessionPart;
use crate::diff::entries::{Entry, EntryKind, RowId};
use crate::diff::joint::JointClass;
use crate::diff::rows::{RowChange, Rows, SessionRow, account_weight, permission_weight};
use crate::diff::sessions::CellSide;
use crate::diff::{Diff, Direction, Side};
use crate::matrix::{Source, StartValue, SubjectRef};
use crate::profile::{Type, Value};
use crate::text::{count, escape_control_chars, listed, number};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What may be a gain, since the values do not compare.
const POSSIBLY: &str = "which may be a gain";

/// The most permissions, settings or memberships that a line names.
const MAX_NAMED: usize = 4;

/// The most characters of a line that several clauses share.
const MAX_LINE: usize = 320;

/// The most actions of a role that a line names.
const MAX_ACTIONS: usize = 3;

/// Sessions, as joint classes of subjects with sets of joint classes of endpoints.
#[derive(Default)]
struct SessionSet {
    endpoints_of: FxHashMap<u32, Vec<u64>>,
}

impl SessionSet {
    fn add(&mut self, diff: &Diff, row: &SessionRow) {
        let words = diff.sessions.endpoint_classes.len().div_ceil(64);
        let mut bits = vec![0u64; words];
        for at in &row.endpoints {
            bits[*at as usize / 64] |= 1 << (at % 64);
        }
        for subject in &row.subjects {
            let known = self.endpoints_of.entry(*subject).or_insert_with(|| vec![0; words]);
            known.iter_mut().zip(&bits).for_each(|(known, own)| *known |= own);
        }
    }

    fn subjects(&self) -> Vec<u32> {
        let mut found: Vec<u32> = self.endpoints_of.keys().copied().collect();
        found.sort_unstable();
        found
    }

    fn endpoints(&self) -> Vec<u32> {
        let mut all: Vec<u64> = Vec::new();
        for bits in self.endpoints_of.values() {
            all.resize(bits.len(), 0);
            all.iter_mut().zip(bits).for_each(|(all, own)| *all |= own);
        }
        set_bits(&all).collect()
    }

    fn count(&self, diff: &Diff) -> u64 {
        let size = |table: &[JointClass], at: u32| table[at as usize].members.len() as u64;
        let sessions = &diff.sessions;
        let of_subject = |(subject, bits): (&u32, &Vec<u64>)| {
            let endpoints = set_bits(bits).map(|at| size(&sessions.endpoint_classes, at));
            size(&sessions.subject_classes, *subject) * endpoints.sum::<u64>()
        };
        self.endpoints_of.iter().map(of_subject).sum()
    }
}

fn set_bits(words: &[u64]) -> impl Iterator<Item = u32> + '_ {
    let bits = words.iter().zip(0u32..);
    bits.flat_map(|(word, at)| {
        (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
    })
}

/// What moved alike in an entry: the sessions, and what of them, the most severe first.
#[derive(Default)]
struct Moved {
    sessions: SessionSet,
    /// By path: its weight.
    paths: FxHashMap<String, u8>,
    alike: Alike,
    /// Whether nobody knows of some of the sessions whether they can be started.
    maybe: bool,
}

/// Whether what is told of several rows together holds for each of them. A line must not say that
/// everybody gains all of something where some gain one part of it and others another.
#[derive(Default)]
struct Alike {
    /// Of the first row: whom it is about, and what of them.
    first: Option<(Vec<u32>, BTreeSet<String>)>,
    others_who: bool,
    others_what: bool,
}

impl Alike {
    fn add(&mut self, who: &[u32], what: BTreeSet<String>) {
        let mut who = who.to_vec();
        who.sort_unstable();
        match &self.first {
            None => self.first = Some((who, what)),
            Some((first_who, first_what)) => {
                self.others_who |= *first_who != who;
                self.others_what |= *first_what != what;
            }
        }
    }

    /// Behind several people, where not all of them have all of it.
    fn between_them(&self) -> &'static str {
        if self.others_what && self.others_who { ", between them," } else { "" }
    }

    /// Before the number of sessions, where not all of it is in all of them.
    fn up_to(&self) -> &'static str {
        if self.others_what { "up to " } else { "" }
    }
}

impl Moved {
    fn add(&mut self, diff: &Diff, row: &SessionRow) {
        self.sessions.add(diff, row);
        let mut paths = BTreeSet::new();
        for cell in row.changes.iter().filter(|cell| says_something(diff, cell)) {
            let path = match (cell.change.permission(), row.direction) {
                (None, Direction::Widened) => "start under fewer conditions".to_owned(),
                (None, Direction::Narrowed) => "start without conditions".to_owned(),
                _ => diff.path(&cell.change).to_owned(),
            };
            paths.insert(path.clone());
            self.paths.insert(path, permission_weight(diff, &cell.change));
        }
        self.alike.add(&row.subjects, paths);
        self.maybe |= row.changes.iter().any(|cell| {
            let (_, cell) = cell.change.sides.latest();
            cell == CellSide::Start(StartValue::Unknown)
        });
    }

    fn named(&self) -> String {
        named(self.paths.iter().map(|(path, weight)| (Reverse(*weight), path.clone())).collect())
    }

    fn is_empty(&self) -> bool {
        self.sessions.endpoints_of.is_empty()
    }
}

/// Whether a cell is worth a word: not where one side lacks it and it grants nothing there.
fn says_something(diff: &Diff, cell: &RowChange) -> bool {
    let only = cell.change.sides.only_side();
    only.is_none_or(|side| {
        cell.change.permission().is_some()
            && !diff.grants_nothing(side, &cell.change.sides.latest().1)
    })
}

fn named(mut paths: Vec<(Reverse<u8>, String)>) -> String {
    paths.sort();
    let paths: Vec<String> =
        paths.into_iter().map(|(_, path)| escape_control_chars(&path).into_owned()).collect();
    listed(&paths, MAX_NAMED)
}

/// Whether a cell of an account is worth a word: not where one side lacks it, and it grants nothing
/// there or is as every account has it that nobody sets up.
fn is_told(diff: &Diff, users: &[u32], change: &AccountChange) -> bool {
    let (_, cell) = change.sides.as_ref().latest();
    let is_default = !change.sides.is_both() && cell.source == Source::Profile;
    !grants_nothing(diff, change) && !is_default && !is_now_unknown(diff, users, change)
}

/// Whether what the role of a setting allows is gone only because the role is unknown now, or new
/// because it no longer is: the setting tells that.
fn is_now_unknown(diff: &Diff, users: &[u32], change: &AccountChange) -> bool {
    let AccountCell::SettingAllows(number) = change.cell else { return false };
    let Some(side) = change.sides.only_side() else { return false };
    let other = side.other();
    let user = users.first().and_then(|user| {
        let at = diff.sessions.subjects[*user as usize].at.get(other)?;
        match diff.matrix(other).subjects[at as usize].0 {
            SubjectRef::User(id) => Some(id),
            SubjectRef::Invite(_) => None,
        }
    });
    let setting = diff.edits.settings.on(other, number);
    user.zip(setting).is_some_and(|(user, setting)| {
        let found = diff.matrix(other).accounts.setting(user, setting as usize);
        found.value == Some(&Value::Unknown)
    })
}

/// A setting or membership of an account in a sentence; of what a role allows, what came or went.
/// Where `deny` is what gives more, it is named: nobody gains `account.disabled`.
fn setting_words(diff: &Diff, change: &AccountChange) -> String {
    let Some(given_by) = change.setting.strip_suffix(" allows") else {
        let settings = &diff.ir(Side::New).profile.settings;
        let entry = settings.iter().find(|entry| entry.path == change.setting);
        let is_reversed =
            entry.is_some_and(|entry| matches!(entry.ty, Type::Switch { reversed: true }));
        let value = if is_reversed { " = deny" } else { "" };
        return format!("{}{value}", change.setting);
    };
    let actions = |value: Option<&AccountCellSide>| -> Vec<String> {
        let value = value.map(|cell| cell.value.trim_matches(['[', ']'])).unwrap_or_default();
        value.split(", ").filter(|action| !action.is_empty()).map(str::to_owned).collect()
    };
    let sides = change.sides.as_ref().options();
    let (old, new) = (actions(sides.old), actions(sides.new));
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|action| !b.contains(action)).cloned().collect()
    };
    let changed = match change.direction {
        Direction::Narrowed | Direction::Removed => only(&old, &new),
        _ => only(&new, &old),
    };
    let role = if given_by.contains('"') { "the role in " } else { "" };
    match &changed[..] {
        [] => format!("what {role}{given_by} allows"),
        _ => format!("{} through {role}{given_by}", listed(&changed, MAX_ACTIONS)),
    }
}

/// The users of an entry whose accounts moved alike, and what of them.
#[derive(Default)]
struct MovedAccounts {
    users: Vec<u32>,
    settings: FxHashMap<String, u8>,
    alike: Alike,
}

impl MovedAccounts {
    fn add(&mut self, diff: &Diff, users: &[u32], changes: &[&AccountChange]) {
        let told = || changes.iter().filter(|change| is_told(diff, users, change));
        if told().next().is_none() {
            return;
        }
        self.users.extend(users);
        self.alike.add(users, told().map(|change| change.setting.clone()).collect());
        for change in told() {
            // What the role of a membership allows comes with the membership.
            let membership = change.setting.strip_suffix(" allows");
            let comes_with = matches!(change.cell, AccountCell::GroupAllows(_))
                && membership.is_some_and(|name| changes.iter().any(|other| other.setting == name));
            if !comes_with {
                self.settings.insert(setting_words(diff, change), account_weight(diff, change));
            }
        }
    }

    fn users(&self) -> Vec<u32> {
        let mut users = self.users.clone();
        users.sort_unstable();
        users.dedup();
        users
    }

    fn named(&self) -> String {
        named(self.settings.iter().map(|(path, weight)| (Reverse(*weight), path.clone())).collect())
    }
}

/// A part of a line: who, and what of them.
struct Clause {
    who: String,
    /// Whether that is one person.
    one: bool,
    /// What they do, for one person and for several.
    says: [String; 2],
}

/// The lines of an entry.
pub(super) fn effect(diff: &Diff, names: &mut Names, rows: &Rows, entry: &Entry) -> Vec<String> {
    let mut effect = Effect::new(diff, names, rows, entry);
    if entry.kind == EntryKind::Inventory
        && let Some(line) = effect.inventory(entry)
    {
        return vec![line];
    }
    effect.lines()
}

struct Effect<'d, 'n> {
    diff: &'d Diff,
    names: &'n mut Names,
    /// By direction, in the order of [`Direction::ALL`].
    sessions: [Moved; 6],
    accounts: [MovedAccounts; 6],
    /// What changed of accounts that is no gain.
    neutral: MovedAccounts,
    /// How many dates moved later.
    dates: u64,
}

impl<'d, 'n> Effect<'d, 'n> {
    fn new(diff: &'d Diff, names: &'n mut Names, rows: &Rows, entry: &Entry) -> Self {
        let (sessions, accounts, neutral) = Default::default();
        let mut effect = Effect { diff, names, sessions, accounts, neutral, dates: 0 };
        for row in &entry.rows {
            match *row {
                RowId::Session(at) => {
                    let row = &rows.sessions[at];
                    effect.sessions[row.direction as usize].add(diff, row);
                }
                RowId::Account(at) => {
                    let row = &rows.accounts[at];
                    let (gains, others): (Vec<&AccountChange>, Vec<&AccountChange>) =
                        row.changes.iter().partition(|change| may_gain_of_account(change));
                    effect.accounts[row.direction as usize].add(diff, &row.users, &gains);
                    effect.neutral.add(diff, &row.users, &others);
                }
                RowId::Date(_) => effect.dates += 1,
            }
        }
        effect
    }

    fn lines(&mut self) -> Vec<String> {
        use Direction::{Added, Changed, Narrowed, Removed, Widened};
        let mut gains = joined([self.of_sessions(Added)]);
        gains.extend(joined([self.of_sessions(Widened), self.of_sessions(Changed)]));
        gains.extend(joined([Added, Widened, Changed].map(|moved| self.of_accounts(moved))));
        let of_sessions = [Removed, Narrowed].map(|moved| self.of_sessions(moved));
        let of_accounts = [Removed, Narrowed].map(|moved| self.of_accounts(moved));
        let neutral = self.of_neutral();
        let losses = joined(of_sessions.into_iter().chain(of_accounts).chain([neutral]));
        let mut lines = Vec::new();
        if self.dates > 0 {
            lines.push("what ends on that day lasts longer".to_owned());
        }
        match (gains.is_empty() && self.dates == 0, losses.is_empty()) {
            (true, true) => {
                let follows = &self.sessions[Direction::Follows as usize];
                if !follows.is_empty() {
                    let sessions = count(follows.sessions.count(self.diff), "session");
                    lines.push(format!("what applies changes in {sessions}: {}", follows.named()));
                }
            }
            (true, false) => {
                lines.push("nobody gains anything".into());
                lines.extend(losses);
            }
            (false, true) => {
                lines.extend(gains);
                lines.push("nobody loses anything".into());
            }
            (false, false) => lines.extend(gains.into_iter().chain(losses)),
        }
        lines
    }

    fn of_sessions(&mut self, direction: Direction) -> Option<Clause> {
        let moved = &self.sessions[direction as usize];
        if moved.is_empty() {
            return None;
        }
        let subjects = moved.sessions.subjects();
        let side = if direction == Direction::Removed { Side::Old } else { Side::New };
        let who = self.names.who(side, &subjects);
        let people: usize = subjects
            .iter()
            .map(|&at| self.diff.sessions.subject_classes[at as usize].members.len())
            .sum();
        let sessions = moved.sessions.count(self.diff);
        let (named, sessions_text) = (moved.named(), count(sessions, "session"));
        let in_sessions = format!("{}{sessions_text}", moved.alike.up_to());
        let who = format!("{who}{}", moved.alike.between_them());
        let both = |text: String| [text.clone(), text];
        let verbs = |one: &str, many: &str, rest: String| {
            [format!("{one} {rest}"), format!("{many} {rest}")]
        };
        let target = |names: &mut Names| names.target(side, &moved.sessions.endpoints());
        let says = match direction {
            Direction::Added => {
                let with = match (named.is_empty(), moved.alike.others_what) {
                    (true, _) => String::new(),
                    (false, false) => format!(", with {named}"),
                    (false, true) => format!(", with (not in all of them) {named}"),
                };
                let can = if moved.maybe { "may be able to start" } else { "can start" };
                let target = target(self.names);
                // Who is new had none before.
                let is_new = |at: &u32| {
                    let class = &self.diff.sessions.subject_classes[*at as usize];
                    !class.classes.is_both()
                };
                let more = match (subjects.iter().all(is_new), sessions) {
                    (true, _) => sessions_text,
                    (false, 1) => "1 more session".into(),
                    (false, _) => format!("{} more sessions", number(sessions)),
                };
                both(format!("{can} {more}: {target}{with}"))
            }
            Direction::Removed => {
                let target = target(self.names);
                both(format!("can no longer start {sessions_text}: {target}"))
            }
            Direction::Widened => verbs("gains", "gain", format!("{named} in {in_sessions}")),
            Direction::Narrowed => verbs("loses", "lose", format!("{named} in {in_sessions}")),
            _ => verbs(
                "gets",
                "get",
                format!("different values of {named} in {in_sessions}, {POSSIBLY}"),
            ),
        };
        Some(Clause { who, one: people == 1, says })
    }

    fn of_accounts(&mut self, direction: Direction) -> Option<Clause> {
        let moved = &self.accounts[direction as usize];
        let users = moved.users();
        if moved.settings.is_empty() {
            return None;
        }
        let side = if direction == Direction::Removed { Side::Old } else { Side::New };
        let who = self.names.users(side, &users);
        let (named, one) = (moved.named(), users.len() == 1);
        let who = format!("{who}{}", moved.alike.between_them());
        let verbs = |one: &str, many: &str| [one, many].map(|verb| format!("{verb} {named}"));
        let says = match direction {
            Direction::Added | Direction::Widened => verbs("gains", "gain"),
            Direction::Removed | Direction::Narrowed => verbs("loses", "lose"),
            _ => ["gets", "get"]
                .map(|verb| format!("{verb} different values of {named}, {POSSIBLY}")),
        };
        Some(Clause { who, one, says })
    }

    /// What is only told otherwise now, such as a membership with another role.
    fn of_neutral(&mut self) -> Option<Clause> {
        let users = self.neutral.users();
        if self.neutral.settings.is_empty() {
            return None;
        }
        let who = self.names.users(Side::New, &users);
        let named = self.neutral.named();
        let says = ["has", "have"].map(|verb| format!("{verb} {named} with another role"));
        Some(Clause { who, one: users.len() == 1, says })
    }

    /// What new objects that stand under the rules of others give or get, or what those that are
    /// gone did.
    fn inventory(&mut self, entry: &Entry) -> Option<String> {
        let [edit] = entry.edits[..] else { return None };
        let standing = self.diff.edits.standing.get(&edit)?;
        let objects = self.diff.edits.get(edit).names.len() as u64;
        let (direction, can) = match self.diff.edits.get(edit).lines.new.is_empty() {
            true => (Direction::Removed, "could"),
            false => (Direction::Added, "can"),
        };
        let moved = &self.sessions[direction as usize].sessions;
        let sessions = moved.count(self.diff);
        let of_subjects = matches!(standing.part, SessionPart::User | SessionPart::Invite);
        let on = if of_subjects { "like" } else { "as on" };
        let owner = &self.diff.edits.get(edit).owner;
        let others = |number_of: u64| count(number_of, &format!("other {owner}"));
        let as_others = match (direction, standing.peers, standing.neighbours) {
            (Direction::Removed, ..) => String::new(),
            (_, 1, 1) => format!(", {on} the other {owner}"),
            (_, peers, all) if peers == all => format!(", {on} the {}", others(all)),
            (_, peers, all) => format!(", {on} {} of the {}", number(peers), others(all)),
        };
        Some(match (of_subjects, sessions) {
            (true, 0) => format!("{can} start no session{as_others}"),
            (false, 0) => format!("nobody {can} start sessions there{as_others}"),
            (true, _) => {
                let each = if objects == 1 { "" } else { " each" };
                let sessions = count(sessions / objects.max(1), "session");
                format!("{can} start {sessions}{each}{as_others}")
            }
            (false, _) => {
                let who = self.subjects(&moved.subjects());
                format!("{who} {can} start sessions there{as_others}")
            }
        })
    }

    /// `40 people and 2 invites`
    fn subjects(&self, classes: &[u32]) -> String {
        let sessions = &self.diff.sessions;
        let (mut people, mut invites) = (0, 0);
        for class in classes {
            for at in &sessions.subject_classes[*class as usize].members {
                match self.diff.subject(&sessions.subjects[*at as usize]).1 {
                    SubjectRef::User(_) => people += 1,
                    SubjectRef::Invite(_) => invites += 1,
                }
            }
        }
        let people_text =
            if people == 1 { "1 person".to_owned() } else { format!("{} people", number(people)) };
        match (people, invites) {
            (0, invites) => count(invites, "invite"),
            (_, 0) => people_text,
            (_, invites) => format!("{people_text} and {}", count(invites, "invite")),
        }
    }
}

/// Clauses as lines; what the same people do is one line.
fn joined(clauses: impl IntoIterator<Item = Option<Clause>>) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for Clause { who, one, says } in clauses.into_iter().flatten() {
        let says = &says[usize::from(!one)];
        let fits = |line: &str| line.chars().count() + says.chars().count() < MAX_LINE;
        match lines.iter_mut().find(|(known, line)| *known == who && fits(line)) {
            Some((_, line)) => line.push_str(&format!("; {says}")),
            None => lines.push((who.clone(), format!("{who} {says}"))),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}
