//! Accounts of two matrices: settings, session policies and memberships, user by user.

use super::trace::Before;
use super::{Diff, Direction};
use crate::ir::{Ir, MemberRole, Membership, MembershipKind, UserId};
use crate::matrix::{Matrix, Source, SubjectRef};
use crate::profile::{Type, Value};
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One side of a changed setting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    pub value: String,
    pub source: Source,
    pub is_final: bool,
    pub span: Option<Span>,
}

/// A setting or membership that differs, under NEW's name (OLD's for what is gone).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    pub what: What,
    pub setting: String,
    pub direction: Direction,
    pub before: Option<Side>,
    pub after: Option<Side>,
    /// Of an added one: whether it may be a gain.
    pub may_gain: bool,
}

/// What of an account a row is about, as [`super::edits`] numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// The session policy of a slot.
    SessionPolicy(usize),
    Setting(u16),
    Membership(MembershipKind, u32),
}

/// A row of an account as it is compared: its key orders rows as the contract does.
struct Row<'a> {
    what: What,
    side: Side,
    typed: Typed<'a>,
}

enum Typed<'a> {
    Setting(&'a Type, &'a Value),
    /// The policy's index, for a named one.
    SessionPolicy(Option<u32>),
    Membership(MemberRole),
}

/// Session policies, settings in the profile's order, memberships by bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    SessionPolicy(&'static str),
    /// Its place in the profile, and its path.
    Setting(usize, String),
    Membership(String),
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
        mut take: impl FnMut(u32, &[Change]) -> Result<(), E>,
    ) -> Result<(), E> {
        // Users who set nothing themselves have what their groups give them: those of the same
        // groups are alike.
        let mut known: FxHashMap<(u32, u32), Rc<Vec<Change>>> = FxHashMap::default();
        for at in 0..self.sessions.subjects.len() as u32 {
            let changes = match self.user_sides(at) {
                (None, None) => continue,
                (Some(old), Some(new))
                    if sets_nothing(&self.old, old) && sets_nothing(&self.new, new) =>
                {
                    let classes =
                        (self.old.accounts.class_of(old), self.new.accounts.class_of(new));
                    Rc::clone(
                        known
                            .entry(classes)
                            .or_insert_with(|| Rc::new(self.account(Some(old), Some(new)))),
                    )
                }
                (old, new) => Rc::new(self.account(old, new)),
            };
            if !changes.is_empty() {
                take(at, &changes)?;
            }
        }
        Ok(())
    }

    /// What changed of the account of a joint subject.
    pub fn account_changes(&self, joint: u32) -> Vec<Change> {
        let (old, new) = self.user_sides(joint);
        self.account(old, new)
    }

    /// The user that a joint subject is, in OLD and in NEW.
    fn user_sides(&self, joint: u32) -> (Option<UserId>, Option<UserId>) {
        let joint = self.sessions.subjects[joint as usize];
        let user = |matrix: &Matrix, at: Option<u32>| match matrix.subjects[at? as usize].0 {
            SubjectRef::User(id) => Some(id),
            SubjectRef::Invite(_) => None,
        };
        (user(&self.old, joint.old), user(&self.new, joint.new))
    }

    /// The name of a joint subject: NEW's, or OLD's for what is gone.
    pub fn subject_name(&self, joint: u32) -> &str {
        let joint = self.sessions.subjects[joint as usize];
        match (joint.new, joint.old) {
            (Some(at), _) => self.new.subject_name(self.new.subjects[at as usize].0),
            (None, at) => {
                self.old.subject_name(self.old.subjects[at.unwrap_or_default() as usize].0)
            }
        }
    }

    /// What some settings of an account were, by what their lines begin with.
    pub(super) fn follow_account(&self, old: UserId, new: UserId, cells: &[String]) -> Vec<Before> {
        let (before, after) = (self.rows(false, old, true), self.rows(true, new, true));
        // Memberships of OLD stand under NEW's names, and are followed further under their own.
        let own = |cell: &str| {
            let memberships = self.old.accounts.memberships(old).into_iter();
            let mut same = memberships
                .filter(|(_, membership)| self.membership_key(false, membership) == cell);
            same.next().map(|(_, membership)| self.old.ir.membership_text(membership.key))
        };
        let fate = |cell: &String| {
            let (key, after) = after.iter().find(|(key, _)| Self::setting_text(key) == *cell)?;
            let before = before.get(key)?;
            Some(match self.direction(before, after) {
                Some(_) => Before::Other(before.side.value.clone()),
                None => Before::Same(own(cell).unwrap_or_else(|| cell.clone())),
            })
        };
        cells.iter().map(|cell| fate(cell).unwrap_or(Before::Absent)).collect()
    }

    fn account(&self, old: Option<UserId>, new: Option<UserId>) -> Vec<Change> {
        let mut before = old.map(|user| self.rows(false, user, new.is_some())).unwrap_or_default();
        let after = new.map(|user| self.rows(true, user, true)).unwrap_or_default();
        // Settings that only one profile has are no change of an account that both have.
        let both = old.is_some() && new.is_some();
        let mut changes: Vec<(Key, Change)> = Vec::new();
        for (key, after) in after {
            match before.remove(&key) {
                None if both && !matches!(key, Key::Membership(_)) => {}
                None => {
                    let may_gain = match &after.typed {
                        Typed::Setting(ty, value) => ty.least().as_ref() != Some(*value),
                        Typed::SessionPolicy(_) | Typed::Membership(_) => true,
                    };
                    let setting = Self::setting_text(&key);
                    changes.push((
                        key,
                        Change {
                            what: after.what,
                            setting,
                            direction: Direction::Added,
                            before: None,
                            after: Some(after.side),
                            may_gain,
                        },
                    ));
                }
                Some(before) => {
                    if let Some(direction) = self.direction(&before, &after) {
                        let setting = Self::setting_text(&key);
                        let change = Change {
                            what: after.what,
                            setting,
                            direction,
                            before: Some(before.side),
                            after: Some(after.side),
                            may_gain: false,
                        };
                        changes.push((key, change));
                    }
                }
            }
        }
        for (key, before) in before {
            if both && !matches!(key, Key::Membership(_)) {
                continue;
            }
            let setting = Self::setting_text(&key);
            let change = Change {
                what: before.what,
                setting,
                direction: Direction::Removed,
                before: Some(before.side),
                after: None,
                may_gain: false,
            };
            changes.push((key, change));
        }
        changes.sort_by(|a, b| a.0.cmp(&b.0));
        changes.into_iter().map(|(_, change)| change).collect()
    }

    fn setting_text(key: &Key) -> String {
        match key {
            Key::SessionPolicy(path) => (*path).to_owned(),
            Key::Setting(_, text) | Key::Membership(text) => text.clone(),
        }
    }

    /// How two rows of one key differ, if they do.
    fn direction(&self, before: &Row<'_>, after: &Row<'_>) -> Option<Direction> {
        match (&before.typed, &after.typed) {
            (Typed::Setting(old_type, old), Typed::Setting(new_type, new)) => {
                if let (Value::Role(Some(old)), Value::Role(Some(new))) = (old, new) {
                    return (!self.same_role(old, new)).then_some(Direction::Changed);
                }
                (before.side.value != after.side.value)
                    .then(|| Direction::of((old_type, old), (new_type, new)))
            }
            (Typed::SessionPolicy(Some(old)), Typed::SessionPolicy(Some(new))) => {
                let same = self.aligned.policies[*old as usize] == Some(*new);
                (!same).then_some(Direction::Changed)
            }
            (Typed::SessionPolicy(_), Typed::SessionPolicy(_)) => {
                (before.side.value != after.side.value).then_some(Direction::Changed)
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

    fn rows(&self, new: bool, user: UserId, compared: bool) -> BTreeMap<Key, Row<'_>> {
        let matrix = if new { &self.new } else { &self.old };
        let ir = &matrix.ir;
        let mut rows = BTreeMap::new();
        for slot in 0..ir.profile.slots() {
            let chosen = matrix.accounts.session_policy(user, slot);
            let value = chosen
                .assignment
                .as_ref()
                .map_or_else(|| "not defined".into(), |found| ir.assignment_text(found));
            let named =
                chosen.assignment.and_then(|found| found.policy).filter(|_| value.starts_with('"'));
            let side = Side {
                value,
                source: chosen.source,
                is_final: chosen.assignment.is_some_and(|found| found.is_final),
                span: chosen.assignment.map(|found| found.span),
            };
            let typed = Typed::SessionPolicy(named.map(|id| id.0));
            let what = What::SessionPolicy(slot);
            rows.insert(Key::SessionPolicy(ir.profile.slot_path(slot)), Row { what, side, typed });
        }
        // NEW's settings are the keys; OLD's are found by their paths, unless there is nothing to
        // compare them with.
        let both: Vec<(usize, usize)> = match new || !compared {
            true => (0..ir.profile.settings.len()).map(|at| (at, at)).collect(),
            false => self.aligned.settings.clone(),
        };
        for (own, key) in both {
            let setting = matrix.accounts.setting(user, own);
            let entry = &ir.profile.settings[own];
            let side = Side {
                value: entry.ty.text(setting.value),
                source: setting.source,
                is_final: setting.is_final,
                span: setting.span,
            };
            rows.insert(
                Key::Setting(key, entry.path.clone()),
                Row {
                    what: What::Setting(self.edits.settings.number(new, own as u16)),
                    side,
                    typed: Typed::Setting(&entry.ty, setting.value),
                },
            );
        }
        for (source, membership) in matrix.accounts.memberships(user) {
            let side = Side {
                value: ir.member_role_text(membership.role),
                source,
                is_final: membership.is_final,
                span: Some(membership.span),
            };
            let (kind, number) = self.aligned.member_object(new, &self.new.ir, membership.key);
            rows.insert(
                Key::Membership(self.membership_key(new, &membership)),
                Row {
                    what: What::Membership(kind, number),
                    side,
                    typed: Typed::Membership(membership.role),
                },
            );
        }
        rows
    }

    /// A membership by NEW's name of its object, so that a renamed one stays the same.
    fn membership_key(&self, new: bool, membership: &Membership) -> String {
        let key = membership.key;
        match (new, self.aligned.member_objects(key.kind()).get(key.index())) {
            (false, Some(Some(at))) => {
                self.new.ir.membership_text(crate::ir::MembershipKey::new(key.kind(), *at))
            }
            (true, _) => self.new.ir.membership_text(key),
            (false, _) => self.old.ir.membership_text(key),
        }
    }
}
