//! Accounts of two matrices: settings, session policies and memberships, user by user.

use super::edits::same_value;
use super::trace::Previous;
use super::{Diff, Direction, OneOrBoth, Side, Sided, by_itself, is_least_of_both};
use crate::ir::{Assignment, Ir, MembershipKey, MembershipKind, PolicyKind, UserId};
use crate::matrix::{AccountRow, Matrix, RowOf, RowValue, Source, SubjectRef};
use crate::profile::{Type, Value};
use crate::semantics::policy_lines::is_met_by;
use crate::semantics::start::SYSTEM_ROLE;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// A setting, session policy or membership of an account on one side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountCellSide {
    /// Its value as text.
    pub value: String,
    /// Who sets it.
    pub source: Source,
    /// Whether the line that sets it is `final`.
    pub is_final: bool,
    /// The line that sets it; `None` for a default.
    pub span: Option<Span>,
    /// Where the cell is unknown on both sides: what it would be without what is unknown, if that
    /// differs between them.
    pub otherwise: Option<String>,
}

/// A cell of an account that differs, or that one side alone has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountChange {
    /// Which cell of the account.
    pub cell: AccountCell,
    /// Its name, as NEW has it (OLD for what was removed): a setting's path, or such as
    /// `team "Servers"`.
    pub setting: String,
    /// How its value moved.
    pub direction: Direction,
    /// The cell before and after.
    pub sides: OneOrBoth<AccountCellSide>,
    /// Whether it may be a gain: not an added cell with the least value, nor one that applies no
    /// longer, nor another role in a jump group, since what that allows is a cell of its own.
    pub may_gain: bool,
}

/// A cell of an account, as [`super::edits`] numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountCell {
    /// The session policy of a slot.
    SessionPolicy(usize),
    /// A setting, by its number.
    Setting(u16),
    /// What the role of a setting allows, by the number of the setting.
    SettingAllows(u16),
    /// A membership, by the kind and the number of the object.
    Membership(MembershipKind, u32),
    /// What the role of a membership allows, by the number of the jump group.
    GroupAllows(u32),
}

/// The cells of one account, ascending by key.
type AccountRows<'a> = Vec<(Key, AccountRow<'a>)>;

/// Session policies, settings in the profile's order, memberships.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    SessionPolicy(&'static str),
    /// Its place in the profile, and whether this is what its role allows.
    Setting(usize, bool),
    /// Its object, by number, and whether this is what its role allows. Two objects, of OLD and of
    /// NEW, may have one name.
    Membership(MembershipKind, u32, bool),
}

/// A changed row in words.
fn in_words(ir: &Ir, row: &AccountRow<'_>, otherwise: Option<String>) -> AccountCellSide {
    let AccountRow { source, is_final, span, .. } = *row;
    AccountCellSide { value: row.text(ir), source, is_final, span, otherwise }
}

fn find<'r, 'a>(rows: &'r AccountRows<'a>, key: &Key) -> Option<&'r AccountRow<'a>> {
    let at = rows.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
    Some(&rows[at].1)
}

/// Whether a user sets nothing of its account itself.
fn sets_nothing(matrix: &Matrix, user: UserId) -> bool {
    let grants = &matrix.ir.tables.users[user.index()].grants;
    grants.settings.is_empty()
        && grants.memberships.is_empty()
        && grants.session_policy == [None; 2]
}

impl Diff {
    /// Calls back for each user of OLD or NEW with changes, by name: its place among the joint
    /// subjects, and what changed.
    pub fn each_account<E>(
        &self,
        mut take: impl FnMut(u32, &[AccountChange]) -> Result<(), E>,
    ) -> Result<(), E> {
        // Users who set nothing themselves have only what their groups give them, so those of the
        // same groups have the same changes.
        let mut known: FxHashMap<(u32, u32), Rc<Vec<AccountChange>>> = FxHashMap::default();
        for at in 0..self.sessions.subjects.len() as u32 {
            let changes = match self.user_of(at) {
                None => continue,
                Some(OneOrBoth::Both(both))
                    if sets_nothing(&self.old, both.old) && sets_nothing(&self.new, both.new) =>
                {
                    let classes = (
                        self.old.accounts.class_of(both.old),
                        self.new.accounts.class_of(both.new),
                    );
                    let changes = known
                        .entry(classes)
                        .or_insert_with(|| Rc::new(self.account(OneOrBoth::Both(both))));
                    Rc::clone(changes)
                }
                Some(user) => Rc::new(self.account(user)),
            };
            if !changes.is_empty() {
                take(at, &changes)?;
            }
        }
        Ok(())
    }

    /// What changed of the account of a joint subject.
    pub fn account_changes(&self, joint: u32) -> Vec<AccountChange> {
        self.user_of(joint).map(|user| self.account(user)).unwrap_or_default()
    }

    /// The user that a joint subject is; `None` for an invite, which has no account.
    fn user_of(&self, joint: u32) -> Option<OneOrBoth<UserId>> {
        let found = self.sessions.subjects[joint as usize].at.map(|side, at| {
            match self.matrix(side).subjects[at as usize].0 {
                SubjectRef::User(id) => Some(id),
                SubjectRef::Invite(_) => None,
            }
        });
        let sides = found.options();
        OneOrBoth::from_options(sides.old.flatten(), sides.new.flatten())
    }

    /// The name of a joint subject: NEW's, or OLD's where it was removed.
    pub fn subject_name(&self, joint: u32) -> &str {
        let (side, subject) = self.subject(&self.sessions.subjects[joint as usize]);
        self.matrix(side).subject_name(subject)
    }

    /// What some cells of an account were, by what their lines begin with.
    pub(super) fn trace_account(
        &self,
        old: UserId,
        new: UserId,
        cells: &[String],
    ) -> Vec<Previous> {
        let before = self.rows(Side::Old, old, true);
        let after = self.rows(Side::New, new, true);
        // OLD's memberships are compared under NEW's names, but traced further under their own.
        let own = |key: &Key| {
            let memberships = self.old.accounts.memberships(old).into_iter();
            let mut same = memberships.filter(|(_, membership)| {
                let (kind, number) =
                    self.aligned.member_object(Side::Old, &self.new.ir, membership.key);
                *key == Key::Membership(kind, number, false)
            });
            same.next().map(|(_, membership)| self.old.ir.membership_text(membership.key))
        };
        let previous = |cell: &String| {
            let (key, after) =
                after.iter().find(|(key, _)| self.setting_text(Side::New, key) == *cell)?;
            let before = find(&before, key)?;
            Some(match self.direction(before, after) {
                Some(_) => Previous::Other(before.text(&self.old.ir)),
                None => Previous::Same(own(key).unwrap_or_else(|| cell.clone())),
            })
        };
        cells.iter().map(|cell| previous(cell).unwrap_or(Previous::Absent)).collect()
    }

    fn account(&self, user: OneOrBoth<UserId>) -> Vec<AccountChange> {
        let both = user.is_both();
        let rows =
            |side: Side| user.get(side).map(|user| self.rows(side, user, both)).unwrap_or_default();
        let (before, after) = (rows(Side::Old), rows(Side::New));
        let lists = Sided { old: &before, new: &after };
        let mut changes: Vec<(Key, AccountChange)> = Vec::new();
        for (key, after) in &after {
            changes.extend(match find(&before, key) {
                None => self.one_sided(both, Side::New, key, after),
                Some(before) => self.changed(user, key, lists, before, after),
            });
        }
        for (key, row) in before.iter().filter(|(key, _)| find(&after, key).is_none()) {
            let removed = self.one_sided(both, Side::Old, key, row).map(|(key, mut change)| {
                change.may_gain = both && self.system_allows_more(&before, &key, &after);
                (key, change)
            });
            changes.extend(removed);
        }
        changes.sort_by_cached_key(|(key, _)| match *key {
            Key::Membership(kind, number, allows) => {
                (true, None, self.member_text(kind, number), number, allows)
            }
            other => (false, Some(other), String::new(), 0, false),
        });
        changes.into_iter().map(|(_, change)| change).collect()
    }

    /// The change between two rows of one key, if there is one.
    fn changed(
        &self,
        user: OneOrBoth<UserId>,
        key: &Key,
        lists: Sided<&AccountRows<'_>>,
        before: &AccountRow<'_>,
        after: &AccountRow<'_>,
    ) -> Option<(Key, AccountChange)> {
        let (old, new) = (&self.old.ir, &self.new.ir);
        let (direction, otherwise) = match before.is_unknown(old) && after.is_unknown(new) {
            true => self.unknown_direction(user, key, before, after)?,
            false => (self.direction(before, after)?, None),
        };
        let direction = match (direction, &before.value, &after.value) {
            (
                Direction::Follows,
                RowValue::Setting(old, Some(value)),
                RowValue::Setting(new, _),
            ) if !self.setting_follows(Side::Old, key, lists) => {
                by_itself(Side::Old, old, new, value)
            }
            (
                Direction::Follows,
                RowValue::Setting(old, _),
                RowValue::Setting(new, Some(value)),
            ) if !self.setting_follows(Side::New, key, lists) => {
                by_itself(Side::New, new, old, value)
            }
            (other, ..) => other,
        };
        let (old_otherwise, new_otherwise) = otherwise.unzip();
        let may_gain = match (before.value, after.value) {
            (RowValue::Membership(old), RowValue::Membership(new)) => {
                !self.aligned.same_jump_policy(old, new)
            }
            // It comes to apply, or no longer does.
            (RowValue::Setting(other, _), RowValue::Setting(own, value))
                if direction == Direction::Follows =>
            {
                value.is_some_and(|value| !is_least_of_both(own, Some(other), value))
            }
            _ => true,
        };
        let sides = Sided {
            old: in_words(old, before, old_otherwise),
            new: in_words(new, after, new_otherwise),
        };
        let change = AccountChange {
            cell: self.cell(Side::New, after.cell),
            setting: self.setting_text(Side::New, key),
            direction,
            sides: OneOrBoth::Both(sides),
            may_gain,
        };
        Some((*key, change))
    }

    /// How a row changed that is unknown on both sides: it has if another line decides it, or if it
    /// would have another value without what is unknown, which is told then.
    fn unknown_direction(
        &self,
        user: OneOrBoth<UserId>,
        key: &Key,
        before: &AccountRow<'_>,
        after: &AccountRow<'_>,
    ) -> Option<(Direction, Option<(String, String)>)> {
        let decider =
            |side: Side, row: &AccountRow<'_>| (self.edits.giver(side, row.source), row.is_final);
        let same_decider = decider(Side::Old, before) == decider(Side::New, after);
        let hidden = || {
            let (written, user) = (self.written.as_deref()?, user.both()?);
            let (before, after) =
                (written.rows(Side::Old, user.old, true), written.rows(Side::New, user.new, true));
            let (before, after) = (find(&before, key), find(&after, key));
            let differ = match (before, after) {
                (None, None) => false,
                (Some(before), Some(after)) => written.direction(before, after).is_some(),
                _ => true,
            };
            let value = |side: Side, row: Option<&AccountRow<'_>>| {
                row.map_or_else(|| "nothing".to_owned(), |row| row.text(written.ir(side)))
            };
            differ.then(|| (value(Side::Old, before), value(Side::New, after)))
        };
        let hidden = hidden();
        (!same_decider || hidden.is_some()).then_some((Direction::Changed, hidden))
    }

    /// The name of a cell, where `side` is that of the settings.
    fn setting_text(&self, side: Side, key: &Key) -> String {
        let (text, allows) = match *key {
            Key::SessionPolicy(path) => (path.to_owned(), false),
            Key::Setting(at, allows) => (self.ir(side).profile.settings[at].path.clone(), allows),
            Key::Membership(kind, number, allows) => (self.member_text(kind, number), allows),
        };
        if allows { format!("{text} allows") } else { text }
    }

    /// How two rows of one key differ, if they do.
    fn direction(&self, before: &AccountRow<'_>, after: &AccountRow<'_>) -> Option<Direction> {
        match (&before.value, &after.value) {
            (RowValue::Setting(old_type, old), RowValue::Setting(new_type, new)) => {
                if let (Some(Value::Role(Some(old))), Some(Value::Role(Some(new)))) = (old, new) {
                    return (!self.same_role(old, new)).then_some(Direction::Changed);
                }
                match (old, new) {
                    (None, None) => None,
                    (Some(old), Some(new)) => (!same_value((old_type, old), (new_type, new)))
                        .then(|| Direction::of((old_type, old), (new_type, new))),
                    _ if *old == Some(&Value::Unknown) || *new == Some(&Value::Unknown) => {
                        Some(Direction::Changed)
                    }
                    _ => Some(Direction::Follows),
                }
            }
            (RowValue::SessionPolicy(old), RowValue::SessionPolicy(new)) => {
                let named = |side: Side, found: &Option<Assignment>| {
                    let ir = self.ir(side);
                    found
                        .and_then(|found| found.policy)
                        .filter(|&id| ir.policy(id).kind != PolicyKind::Custom)
                };
                let changed = match (named(Side::Old, old), named(Side::New, new)) {
                    // A policy that only has another name is the same.
                    (Some(old), Some(new)) => self.edits.policies.number(Side::Old, old.0) != new.0,
                    _ => before.text(&self.old.ir) != after.text(&self.new.ir),
                };
                changed.then_some(Direction::Changed)
            }
            (RowValue::Allows(Some((_, old))), RowValue::Allows(Some((_, new)))) => {
                let within = |a: &[u8], b: &[u8]| a.iter().all(|action| b.contains(action));
                match (within(old, new), within(new, old)) {
                    (true, true) => None,
                    (true, false) => Some(Direction::Widened),
                    (false, true) => Some(Direction::Narrowed),
                    (false, false) => Some(Direction::Changed),
                }
            }
            (RowValue::Membership(old), RowValue::Membership(new)) => {
                (!self.aligned.same_member_role(*old, *new)).then_some(Direction::Changed)
            }
            _ => Some(Direction::Changed),
        }
    }

    /// Whether two names of jump item roles, of OLD and of NEW, are of the same object.
    fn same_role(&self, old: &str, new: &str) -> bool {
        let place = |ir: &Ir, name: &str| {
            ir.tables.roles.binary_search_by(|role| (*role.object.name).cmp(name)).ok()
        };
        match (place(&self.old.ir, old), place(&self.new.ir, new)) {
            (Some(old), Some(new)) => self.aligned.roles[old] == Some(new as u32),
            _ => old == new,
        }
    }

    /// The cells of an account. OLD's are keyed as NEW has them where both sides are compared.
    fn rows(&self, side: Side, user: UserId, compared: bool) -> AccountRows<'_> {
        let matrix = self.matrix(side);
        let profile = &matrix.ir.profile;
        // NEW's settings are the keys; OLD's are found by their paths, unless there is nothing to
        // compare them with.
        let mut settings: Vec<Option<usize>> = vec![None; profile.settings.len()];
        match side {
            Side::Old if compared => {
                self.aligned.settings.iter().for_each(|&(own, key)| settings[own] = Some(key));
            }
            _ => settings = (0..settings.len()).map(Some).collect(),
        }
        let key = |cell: RowOf| {
            Some(match cell {
                RowOf::SessionPolicy(slot) => Key::SessionPolicy(profile.slot_path(slot)),
                RowOf::Setting(at) => Key::Setting(settings[at]?, false),
                RowOf::SettingAllows(at) => Key::Setting(settings[at]?, true),
                RowOf::Membership(key) => {
                    let (kind, number) = self.aligned.member_object(side, &self.new.ir, key);
                    Key::Membership(kind, number, false)
                }
                RowOf::MembershipAllows(key) => {
                    let (kind, number) = self.aligned.member_object(side, &self.new.ir, key);
                    Key::Membership(kind, number, true)
                }
            })
        };
        let rows = matrix.accounts.account(user).rows().into_iter();
        let mut rows: AccountRows<'_> =
            rows.filter_map(|row| Some((key(row.cell)?, row))).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows
    }

    /// A cell of a side, as [`super::edits`] numbers it.
    fn cell(&self, side: Side, cell: RowOf) -> AccountCell {
        let setting = |at: usize| self.edits.settings.number(side, at as u16);
        let object = |key: MembershipKey| self.aligned.member_object(side, &self.new.ir, key);
        match cell {
            RowOf::SessionPolicy(slot) => AccountCell::SessionPolicy(slot),
            RowOf::Setting(at) => AccountCell::Setting(setting(at)),
            RowOf::SettingAllows(at) => AccountCell::SettingAllows(setting(at)),
            RowOf::Membership(key) => {
                let (kind, number) = object(key);
                AccountCell::Membership(kind, number)
            }
            RowOf::MembershipAllows(key) => AccountCell::GroupAllows(object(key).1),
        }
    }

    /// A membership by NEW's name of its object, so that a renamed one stays the same; by OLD's for
    /// what was removed.
    fn member_text(&self, kind: MembershipKind, number: u32) -> String {
        let in_new = self.new.ir.members(kind).len() as u32;
        let key = |at: u32| MembershipKey::new(kind, at);
        match number.checked_sub(in_new) {
            None => self.new.ir.membership_text(key(number)),
            Some(at) => self.old.ir.membership_text(key(at)),
        }
    }

    /// A cell that one side alone has. A setting that only one profile has is no change of an
    /// account that both sides have.
    fn one_sided(
        &self,
        both: bool,
        side: Side,
        key: &Key,
        row: &AccountRow<'_>,
    ) -> Option<(Key, AccountChange)> {
        let may_be_on_one_side = matches!(key, Key::Membership(..) | Key::Setting(_, true));
        if both && !may_be_on_one_side {
            return None;
        }
        let may_gain = side == Side::New
            && match &row.value {
                RowValue::Setting(ty, value) => value.is_some_and(|value| {
                    let in_old = self.old_type(key);
                    !is_least_of_both(ty, in_old, value)
                }),
                RowValue::Allows(allows) => allows.is_none_or(|(_, allows)| !allows.is_empty()),
                RowValue::SessionPolicy(_) | RowValue::Membership(_) => true,
            };
        let change = AccountChange {
            cell: self.cell(side, row.cell),
            // Settings are those of NEW where both sides have the account.
            setting: self.setting_text(if both { Side::New } else { side }, key),
            direction: match side {
                Side::Old => Direction::Removed,
                Side::New => Direction::Added,
            },
            sides: OneOrBoth::only(side, in_words(self.ir(side), row, None)),
            may_gain,
        };
        Some((*key, change))
    }

    /// Whether a setting applies on one side alone because the setting that it depends on there has
    /// another value on the other side. Otherwise the profiles differ in where it applies.
    fn setting_follows(&self, side: Side, key: &Key, lists: Sided<&AccountRows<'_>>) -> bool {
        if self.edits.profile.is_none() {
            return true;
        }
        let Key::Setting(at, false) = key else { return true };
        let aligned = &self.aligned.settings;
        let key_of = |old: usize| aligned.iter().find(|pair| pair.0 == old).map(|pair| pair.1);
        let own = match side {
            Side::Old => aligned.iter().find(|pair| pair.1 == *at).map(|pair| pair.0),
            Side::New => Some(*at),
        };
        let settings = &self.ir(side).profile.settings;
        let Some(requirement) = own.and_then(|own| settings[own].requires.as_ref()) else {
            return false;
        };
        let (parent, other) = match side {
            Side::Old => (key_of(requirement.entry), lists.new),
            Side::New => (Some(requirement.entry), lists.old),
        };
        match parent.and_then(|at| find(other, &Key::Setting(at, false))).map(|row| &row.value) {
            Some(RowValue::Setting(ty, value)) => {
                value.is_none_or(|value| !is_met_by(requirement, ty.first_word(value)))
            }
            _ => false,
        }
    }

    /// Whether a membership of a jump group that falls away makes room for a role that allows
    /// something else: without one, `roles.system` says what the user may do there.
    fn system_allows_more(
        &self,
        before: &AccountRows<'_>,
        key: &Key,
        after: &AccountRows<'_>,
    ) -> bool {
        let Key::Membership(MembershipKind::JumpGroup, number, false) = *key else { return false };
        let settings = &self.new.ir.profile.settings;
        let system = settings.iter().position(|entry| entry.path == SYSTEM_ROLE);
        let allows = |rows: &AccountRows<'_>, key: Key| match find(rows, &key).map(|row| row.value)
        {
            // Without a row, it is a default role that allows nothing.
            None => Some(Vec::new()),
            Some(RowValue::Allows(allows)) => allows.map(|(_, actions)| actions.to_vec()),
            Some(_) => None,
        };
        let is_unknown = |at: usize| {
            let row = find(after, &Key::Setting(at, false));
            row.is_none_or(|row| row.is_unknown(&self.new.ir))
        };
        let now = system.map(|at| match is_unknown(at) {
            true => None,
            false => allows(after, Key::Setting(at, true)),
        });
        let of_group = Key::Membership(MembershipKind::JumpGroup, number, true);
        match (allows(before, of_group), now) {
            (_, None) => false,
            (Some(old), Some(Some(new))) => !new.iter().all(|action| old.contains(action)),
            // What nobody has read may be more.
            _ => true,
        }
    }

    /// The type that OLD's profile has for a setting of NEW's.
    fn old_type(&self, key: &Key) -> Option<&Type> {
        let Key::Setting(at, false) = key else { return None };
        let (old, _) = self.aligned.settings.iter().find(|(_, new)| new == at)?;
        Some(&self.old.ir.profile.settings[*old].ty)
    }
}
