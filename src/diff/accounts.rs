//! Accounts of two matrices: settings, session policies and memberships, user by user.

use super::edits::same_value;
use super::trace::Previous;
use super::{Diff, Direction, OneOrBoth, Side, Sided, is_least_of_both};
use crate::ir::{
    Ir, MemberRole, Membership, MembershipKey, MembershipKind, PolicyKind, RoleId, UserId,
};
use crate::matrix::account::FoundRole;
use crate::matrix::{Matrix, Source, SubjectRef};
use crate::profile::{Type, UNKNOWN, Value};
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
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
    /// Whether it may be a gain: not an added cell with the least value, nor another role in a jump
    /// group, since what that allows is a cell of its own.
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

/// A cell of an account as it is compared.
struct SettingRow<'a> {
    cell: AccountCell,
    side: AccountCellSide,
    typed: Typed<'a>,
}

enum Typed<'a> {
    /// `None` is `n/a`.
    Setting(&'a Type, Option<&'a Value>),
    /// The policy's index, for a named one.
    SessionPolicy(Option<u32>),
    Membership(MemberRole),
    /// What a role allows: indices into [`crate::ir::ROLE_ACTIONS`], ascending.
    /// `None` is a role that nobody has read.
    Allows(Option<&'a [u8]>),
}

impl SettingRow<'_> {
    fn is_unknown(&self) -> bool {
        self.side.value == UNKNOWN
    }
}

/// Session policies, settings in the profile's order, memberships by bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    SessionPolicy(&'static str),
    /// Its place in the profile, its path, and whether this is what its role allows.
    Setting(usize, String, bool),
    /// Its name, the number of its object, and whether this is what its role allows. Two objects, of
    /// OLD and of NEW, may have one name.
    Membership(String, u32, bool),
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
        let own = |cell: &str| {
            let memberships = self.old.accounts.memberships(old).into_iter();
            let mut same = memberships
                .filter(|(_, membership)| self.membership_key(Side::Old, membership) == cell);
            same.next().map(|(_, membership)| self.old.ir.membership_text(membership.key))
        };
        let previous = |cell: &String| {
            let (key, after) = after.iter().find(|(key, _)| Self::setting_text(key) == *cell)?;
            let before = before.get(key)?;
            Some(match self.direction(before, after) {
                Some(_) => Previous::Other(before.side.value.clone()),
                None => Previous::Same(own(cell).unwrap_or_else(|| cell.clone())),
            })
        };
        cells.iter().map(|cell| previous(cell).unwrap_or(Previous::Absent)).collect()
    }

    fn account(&self, user: OneOrBoth<UserId>) -> Vec<AccountChange> {
        let both = user.is_both();
        let rows =
            |side: Side| user.get(side).map(|user| self.rows(side, user, both)).unwrap_or_default();
        let (mut before, after) = (rows(Side::Old), rows(Side::New));
        let mut changes: Vec<(Key, AccountChange)> = Vec::new();
        for (key, after) in after {
            match before.remove(&key) {
                None => changes.extend(self.one_sided(both, Side::New, key, after)),
                Some(mut before) => {
                    let mut after = after;
                    let direction = match before.is_unknown() && after.is_unknown() {
                        true => self.unknown_direction(user, &key, &mut before, &mut after),
                        false => self.direction(&before, &after),
                    };
                    if let Some(direction) = direction {
                        let setting = Self::setting_text(&key);
                        let sides = OneOrBoth::Both(Sided { old: before.side, new: after.side });
                        let cell = after.cell;
                        let may_gain = match (&before.typed, &after.typed) {
                            (Typed::Membership(old), Typed::Membership(new)) => {
                                !self.aligned.same_jump_policy(*old, *new)
                            }
                            _ => true,
                        };
                        let change = AccountChange { cell, setting, direction, sides, may_gain };
                        changes.push((key, change));
                    }
                }
            }
        }
        for (key, before) in before {
            changes.extend(self.one_sided(both, Side::Old, key, before));
        }
        changes.sort_by(|a, b| a.0.cmp(&b.0));
        changes.into_iter().map(|(_, change)| change).collect()
    }

    /// The same of a row that is unknown on both sides: it has changed if another line decides it,
    /// or if it would have another value without what is unknown, which the rows then tell.
    fn unknown_direction(
        &self,
        user: OneOrBoth<UserId>,
        key: &Key,
        before: &mut SettingRow<'_>,
        after: &mut SettingRow<'_>,
    ) -> Option<Direction> {
        let decider = |side: Side, row: &SettingRow<'_>| {
            (self.edits.giver(side, row.side.source), row.side.is_final)
        };
        let same_decider = decider(Side::Old, before) == decider(Side::New, after);
        let hidden = || {
            let (written, user) = (self.written.as_deref()?, user.both()?);
            let row = |side: Side, user: UserId| written.rows(side, user, true).remove(key);
            let rows = (row(Side::Old, user.old), row(Side::New, user.new));
            let differ = match &rows {
                (None, None) => false,
                (Some(before), Some(after)) => written.direction(before, after).is_some(),
                _ => true,
            };
            let value = |row: Option<SettingRow<'_>>| {
                row.map_or_else(|| "nothing".to_owned(), |row| row.side.value)
            };
            differ.then(|| (value(rows.0), value(rows.1)))
        };
        let hidden = hidden();
        let changed = !same_decider || hidden.is_some();
        (before.side.otherwise, after.side.otherwise) = hidden.unzip();
        changed.then_some(Direction::Changed)
    }

    fn setting_text(key: &Key) -> String {
        match key {
            Key::SessionPolicy(path) => (*path).to_owned(),
            Key::Setting(_, text, false) | Key::Membership(text, _, false) => text.clone(),
            Key::Setting(_, text, true) | Key::Membership(text, _, true) => {
                format!("{text} allows")
            }
        }
    }

    /// How two rows of one key differ, if they do.
    fn direction(&self, before: &SettingRow<'_>, after: &SettingRow<'_>) -> Option<Direction> {
        match (&before.typed, &after.typed) {
            (Typed::Setting(old_type, old), Typed::Setting(new_type, new)) => {
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
            (Typed::SessionPolicy(Some(old)), Typed::SessionPolicy(Some(new))) => {
                // A policy that only has another name is the same.
                let same = self.edits.policies.number(Side::Old, *old) == *new;
                (!same).then_some(Direction::Changed)
            }
            (Typed::SessionPolicy(_), Typed::SessionPolicy(_)) => {
                (before.side.value != after.side.value).then_some(Direction::Changed)
            }
            (Typed::Allows(Some(old)), Typed::Allows(Some(new))) => {
                let within = |a: &[u8], b: &[u8]| a.iter().all(|action| b.contains(action));
                match (within(old, new), within(new, old)) {
                    (true, true) => None,
                    (true, false) => Some(Direction::Widened),
                    (false, true) => Some(Direction::Narrowed),
                    (false, false) => Some(Direction::Changed),
                }
            }
            (Typed::Membership(old), Typed::Membership(new)) => {
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
    fn rows(&self, side: Side, user: UserId, compared: bool) -> BTreeMap<Key, SettingRow<'_>> {
        let mut rows = BTreeMap::new();
        self.session_policy_rows(side, user, &mut rows);
        self.setting_rows(side, user, compared, &mut rows);
        self.membership_rows(side, user, &mut rows);
        rows
    }

    fn session_policy_rows<'a>(
        &'a self,
        side: Side,
        user: UserId,
        rows: &mut BTreeMap<Key, SettingRow<'a>>,
    ) {
        let matrix = self.matrix(side);
        let ir = &matrix.ir;
        for slot in 0..ir.profile.slots() {
            let chosen = matrix.accounts.session_policy(user, slot);
            let value = chosen
                .assignment
                .as_ref()
                .map_or_else(|| "not defined".into(), |found| ir.assignment_text(found));
            let named = chosen
                .assignment
                .and_then(|found| found.policy)
                .filter(|&id| ir.policy(id).kind != PolicyKind::Custom);
            let row = SettingRow {
                cell: AccountCell::SessionPolicy(slot),
                side: AccountCellSide {
                    value,
                    source: chosen.source,
                    is_final: chosen.assignment.is_some_and(|found| found.is_final),
                    span: chosen.assignment.map(|found| found.span),
                    otherwise: None,
                },
                typed: Typed::SessionPolicy(named.map(|id| id.0)),
            };
            rows.insert(Key::SessionPolicy(ir.profile.slot_path(slot)), row);
        }
    }

    fn setting_rows<'a>(
        &'a self,
        side: Side,
        user: UserId,
        compared: bool,
        rows: &mut BTreeMap<Key, SettingRow<'a>>,
    ) {
        let matrix = self.matrix(side);
        let ir = &matrix.ir;
        // NEW's settings are the keys; OLD's are found by their paths, unless there is nothing to
        // compare them with.
        let settings: Vec<(usize, usize)> = match side {
            Side::Old if compared => self.aligned.settings.clone(),
            _ => (0..ir.profile.settings.len()).map(|at| (at, at)).collect(),
        };
        for (own, key) in settings {
            let setting = matrix.accounts.setting(user, own);
            let entry = &ir.profile.settings[own];
            let row = SettingRow {
                cell: AccountCell::Setting(self.edits.settings.number(side, own as u16)),
                side: AccountCellSide {
                    value: setting.text(&entry.ty),
                    source: setting.source,
                    is_final: setting.is_final,
                    span: setting.span,
                    otherwise: None,
                },
                typed: Typed::Setting(&entry.ty, setting.value),
            };
            let role = match setting.value {
                Some(Value::Role(Some(name))) => ir.role(name),
                _ => None,
            };
            if let Some(role) = role {
                let AccountCell::Setting(number) = row.cell else { continue };
                let cell = AccountCell::SettingAllows(number);
                let allows = self.allows(side, cell, &row.side, Some(role));
                rows.insert(Key::Setting(key, entry.path.clone(), true), allows);
            }
            rows.insert(Key::Setting(key, entry.path.clone(), false), row);
        }
    }

    fn membership_rows<'a>(
        &'a self,
        side: Side,
        user: UserId,
        rows: &mut BTreeMap<Key, SettingRow<'a>>,
    ) {
        let matrix = self.matrix(side);
        let account = matrix.accounts.account(user);
        for (source, membership) in account.memberships() {
            let (kind, number) = self.aligned.member_object(side, &self.new.ir, membership.key);
            let row = SettingRow {
                cell: AccountCell::Membership(kind, number),
                side: AccountCellSide {
                    value: matrix.ir.member_role_text(membership.role),
                    source,
                    is_final: membership.is_final,
                    span: Some(membership.span),
                    otherwise: None,
                },
                typed: Typed::Membership(membership.role),
            };
            let key = self.membership_key(side, &membership);
            let role = match account.role_of(&membership) {
                FoundRole::Role(role) => Some(Some(role)),
                FoundRole::Unknown => Some(None),
                FoundRole::None | FoundRole::NoAccess => None,
            };
            if let Some(role) = role {
                let cell = AccountCell::GroupAllows(number);
                let allows = self.allows(side, cell, &row.side, role);
                rows.insert(Key::Membership(key.clone(), number, true), allows);
            }
            rows.insert(Key::Membership(key, number, false), row);
        }
    }

    /// The row of what a role allows, which belongs to the row that gives the role. `None` is a
    /// role that nobody has read.
    fn allows(
        &self,
        side: Side,
        cell: AccountCell,
        given: &AccountCellSide,
        role: Option<RoleId>,
    ) -> SettingRow<'_> {
        let ir = self.ir(side);
        let declared = role.map(|role| &ir.tables[role]);
        let side = AccountCellSide {
            value: role.map_or_else(|| UNKNOWN.into(), |role| ir.allows_text(role)),
            span: declared.and_then(|declared| declared.allows_at),
            ..given.clone()
        };
        SettingRow { cell, side, typed: Typed::Allows(declared.map(|declared| &*declared.allows)) }
    }

    /// A membership by NEW's name of its object, so that a renamed one stays the same.
    fn membership_key(&self, side: Side, membership: &Membership) -> String {
        let key = membership.key;
        let in_new = match side {
            Side::New => Some(key.index() as u32),
            Side::Old => {
                self.aligned.member_objects(key.kind()).get(key.index()).copied().flatten()
            }
        };
        match in_new {
            Some(at) => self.new.ir.membership_text(MembershipKey::new(key.kind(), at)),
            None => self.old.ir.membership_text(key),
        }
    }

    /// A cell that one side alone has. A setting that only one profile has is no change of an account
    /// that both sides have.
    fn one_sided(
        &self,
        both: bool,
        side: Side,
        key: Key,
        row: SettingRow<'_>,
    ) -> Option<(Key, AccountChange)> {
        let may_be_on_one_side = matches!(key, Key::Membership(..) | Key::Setting(_, _, true));
        if both && !may_be_on_one_side {
            return None;
        }
        let may_gain = side == Side::New
            && match &row.typed {
                Typed::Setting(ty, value) => value.is_some_and(|value| {
                    let in_old = self.old_type(&key);
                    !is_least_of_both(ty, in_old, value)
                }),
                Typed::Allows(allows) => allows.is_none_or(|allows| !allows.is_empty()),
                Typed::SessionPolicy(_) | Typed::Membership(_) => true,
            };
        let change = AccountChange {
            cell: row.cell,
            setting: Diff::setting_text(&key),
            direction: match side {
                Side::Old => Direction::Removed,
                Side::New => Direction::Added,
            },
            sides: OneOrBoth::only(side, row.side),
            may_gain,
        };
        Some((key, change))
    }

    /// The type that OLD's profile has for a setting of NEW's.
    fn old_type(&self, key: &Key) -> Option<&Type> {
        let Key::Setting(at, _, false) = key else { return None };
        let (old, _) = self.aligned.settings.iter().find(|(_, new)| new == at)?;
        Some(&self.old.ir.profile.settings[*old].ty)
    }
}
