//! What group policies, embassies and users grant, who is in directory groups, and how a user is a
//! member of groups.

use super::super::align::Aligned;
use super::groups::{listed, whole};
use super::{Assigned, Edit, EditId, Edits, Kind, Versioned, same_value};
use crate::ir::{Assignment, Grants, Ir, MembershipKind};
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The edits of the lines of one group policy, embassy or user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantEdits {
    /// By setting.
    pub settings: BTreeMap<u16, EditId>,
    pub memberships: BTreeMap<(MembershipKind, u32), EditId>,
    /// By slot.
    pub policy: [Option<EditId>; 2],
}

impl GrantEdits {
    pub fn is_empty(&self) -> bool {
        *self == GrantEdits::default()
    }

    pub fn iter(&self) -> impl Iterator<Item = EditId> + '_ {
        let policies = self.policy.iter().flatten();
        self.settings.values().chain(self.memberships.values()).chain(policies).copied()
    }
}

/// One way in which a user is a member of a group: listed itself, or through a directory group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MembershipPath {
    /// Whether the group lists it.
    pub entry: Versioned<bool>,
    /// Whether the user is in what is listed.
    pub inside: Versioned<bool>,
}

/// What the policies of a subject come from.
#[derive(Clone, Debug)]
pub enum SubjectFacts {
    Invite(Versioned<Option<Assigned>>),
    /// A user whose policies no edit changes: by slot, what the groups choose, and its own.
    Settled([(Option<Assigned>, Option<Assigned>); 2]),
    User {
        /// Each group that it is or was a member of, and how.
        groups: Vec<(u32, Vec<MembershipPath>)>,
        own: [Versioned<Option<Assigned>>; 2],
    },
}

/// A line that grants something and differs: what is granted, its lines, and how it reads on both
/// sides.
struct Granted {
    what: Grant,
    old: Option<Span>,
    new: Option<Span>,
    reads: String,
}

enum Grant {
    Setting(u16),
    Policy(usize),
    Membership((MembershipKind, u32)),
}

impl Edits {
    pub(super) fn group_grants(&mut self, aligned: &Aligned) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        for at in 0..self.groups.len() {
            let group = &self.groups[at];
            let is_embassy = group.is_embassy;
            let (old, new) = (group.group(&old_ir, false), group.group(&new_ir, true));
            let Some(object) = new.or(old).map(|group| &group.object) else { continue };
            let words = whole((old.is_some(), new.is_some()), self.group_words(is_embassy));
            let mut found = GrantEdits::default();
            for granted in self.granted(
                aligned,
                old.map(|group| &group.grants),
                new.map(|group| &group.grants),
            ) {
                let (kind, detail) = self.grant_words(&granted.what);
                let edit = Edit {
                    kind,
                    owner: words.clone(),
                    names: vec![object.name.clone()],
                    detail,
                    old: granted.old.into_iter().collect(),
                    new: granted.new.into_iter().collect(),
                };
                let id = self.add(edit);
                found.put(&granted.what, id);
            }
            for slot in 0..2 {
                let side = |new: bool, group: Option<&crate::ir::Group>| {
                    self.assigned(new, group.and_then(|group| group.grants.session_policy[slot]))
                };
                self.groups[at].policy[slot] = Versioned {
                    old: side(false, old),
                    new: side(true, new),
                    edit: found.policy[slot],
                };
            }
            self.groups[at].grants = found;
        }
    }

    /// Users whose lines were edited alike are one edit.
    pub(super) fn user_grants(&mut self, aligned: &Aligned) {
        let mut known = FxHashMap::default();
        let owner = self.new.profile.terminology.user.clone();
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        for number in 0..self.users.pairs.len() as u32 {
            let (Some(old), Some(new)) = self.users.pairs[number as usize] else { continue };
            let (old, new) =
                (&old_ir.tables.users[old as usize], &new_ir.tables.users[new as usize]);
            let granted = self.granted(aligned, Some(&old.grants), Some(&new.grants));
            if granted.is_empty() {
                continue;
            }
            let mut found = GrantEdits::default();
            for granted in granted {
                let (kind, detail) = self.grant_words(&granted.what);
                let key = format!("{detail}\n{}", granted.reads);
                let edit = Edit {
                    kind,
                    owner: owner.clone(),
                    names: vec![new.object.name.clone()],
                    detail,
                    old: granted.old.into_iter().collect(),
                    new: granted.new.into_iter().collect(),
                };
                let id = self.merge(&mut known, key, edit);
                found.put(&granted.what, id);
            }
            self.own.insert(number, found);
        }
    }

    fn grant_words(&self, what: &Grant) -> (Kind, String) {
        match what {
            Grant::Setting(number) => {
                let path = match self.settings.sides[*number as usize] {
                    (_, Some(at)) => &self.new.profile.settings[at as usize].path,
                    (at, None) => &self.old.profile.settings[at.unwrap_or_default() as usize].path,
                };
                (Kind::Setting, path.clone())
            }
            Grant::Policy(slot) => (Kind::Assignment, self.new.profile.slot_path(*slot).to_owned()),
            Grant::Membership((kind, number)) => {
                let new = self.new.members(*kind);
                let object = match (*number as usize).checked_sub(new.len()) {
                    None => &new[*number as usize],
                    Some(at) => &self.old.members(*kind)[at],
                };
                (Kind::Membership, format!("{} {}", kind.words(), crate::text::quote(&object.name)))
            }
        }
    }

    /// The lines that differ between what OLD and NEW grant.
    fn granted(
        &self,
        aligned: &Aligned,
        old: Option<&Grants>,
        new: Option<&Grants>,
    ) -> Vec<Granted> {
        let mut found = Vec::new();
        let sides = [(false, old), (true, new)];
        let mut settings: BTreeMap<u16, [Option<&crate::ir::Definition>; 2]> = BTreeMap::new();
        let mut memberships: BTreeMap<(MembershipKind, u32), [Option<&crate::ir::Membership>; 2]> =
            BTreeMap::new();
        for (is_new, grants) in sides {
            if let Some(grants) = grants {
                for definition in &grants.settings {
                    let number = self.settings.number(is_new, definition.entry);
                    settings.entry(number).or_default()[usize::from(is_new)] = Some(definition);
                }
                for membership in &grants.memberships {
                    let key = aligned.member_object(is_new, &self.new, membership.key);
                    memberships.entry(key).or_default()[usize::from(is_new)] = Some(membership);
                }
            }
        }
        for (number, [old, new]) in settings {
            let value = |ir: &Ir, found: Option<&crate::ir::Definition>| {
                found.map(|found| {
                    let ty = &ir.profile.settings[found.entry as usize].ty;
                    format!(
                        "{}{}",
                        if found.is_final { "final " } else { "" },
                        ty.text(ir.value(found.value))
                    )
                })
            };
            let same = match (old, new) {
                (Some(a), Some(b)) => {
                    let ty = |ir: &'_ Ir, at: u16| ir.profile.settings[at as usize].ty.clone();
                    a.is_final == b.is_final
                        && same_value(
                            (&ty(&self.old, a.entry), self.old.value(a.value)),
                            (&ty(&self.new, b.entry), self.new.value(b.value)),
                        )
                }
                _ => false,
            };
            if !same {
                let reads = format!("{:?} {:?}", value(&self.old, old), value(&self.new, new));
                let (old, new) = (old.map(|found| found.span), new.map(|found| found.span));
                found.push(Granted { what: Grant::Setting(number), old, new, reads });
            }
        }
        for (key, [old, new]) in memberships {
            let same = match (old, new) {
                (Some(a), Some(b)) => {
                    a.is_final == b.is_final && aligned.same_member_role(a.role, b.role)
                }
                _ => false,
            };
            if !same {
                let text = |ir: &Ir, found: Option<&crate::ir::Membership>| {
                    found.map(|found| (found.is_final, ir.member_role_text(found.role)))
                };
                let reads = format!("{:?} {:?}", text(&self.old, old), text(&self.new, new));
                let (old, new) = (old.map(|found| found.span), new.map(|found| found.span));
                found.push(Granted { what: Grant::Membership(key), old, new, reads });
            }
        }
        for slot in 0..2 {
            let line =
                |grants: Option<&Grants>| grants.and_then(|grants| grants.session_policy[slot]);
            let (a, b) = (self.assigned(false, line(old)), self.assigned(true, line(new)));
            if a != b {
                let (old, new) =
                    (line(old).map(|found| found.span), line(new).map(|found| found.span));
                found.push(Granted {
                    what: Grant::Policy(slot),
                    old,
                    new,
                    reads: format!("{a:?} {b:?}"),
                });
            }
        }
        found
    }

    /// Assignments of invites; portals have theirs beside what else they are.
    pub(super) fn assignments(&mut self) {
        let mut known = FxHashMap::default();
        for number in 0..self.invites.pairs.len() as u32 {
            let (old, new) = self.invites.pairs[number as usize];
            let line = |ir: &Ir, at: Option<u32>| -> Option<Assignment> {
                Some(ir.tables.invites[at? as usize].session_policy)
            };
            let (before, after) = (line(&self.old, old), line(&self.new, new));
            let (a, b) = (self.assigned(false, before), self.assigned(true, after));
            let mut edit = None;
            if let (Some(before), Some(after), Some(new)) = (before, after, new)
                && a != b
            {
                let found = Edit {
                    kind: Kind::Assignment,
                    owner: self.new.profile.terminology.invite.clone(),
                    names: vec![self.new.tables.invites[new as usize].object.name.clone()],
                    detail: "session_policy".into(),
                    old: vec![before.span],
                    new: vec![after.span],
                };
                edit = Some(self.merge(&mut known, format!("{a:?} {b:?}"), found));
            }
            self.invite_policies[number as usize] = Versioned { old: a, new: b, edit };
        }
    }

    /// Who came into a directory group and who left it.
    pub(super) fn directory_members(&mut self) {
        for number in 0..self.directory_groups.pairs.len() as u32 {
            let members = self.directory_sides(number);
            let (mut old, mut new): (Vec<Span>, Vec<Span>) = (Vec::new(), Vec::new());
            for (user, (before, after)) in members {
                if self.in_both(user) && before.is_some() != after.is_some() {
                    old.extend(before);
                    new.extend(after);
                }
            }
            let (a, b) = self.directory_groups.pairs[number as usize];
            let name = match (a, b) {
                (_, Some(at)) => &self.new.tables.directory_groups[at as usize].object.name,
                (at, None) => {
                    &self.old.tables.directory_groups[at.unwrap_or_default() as usize].object.name
                }
            };
            let (left, joined) = (listed(&self.old, &old), listed(&self.new, &new));
            let edit = |detail: String, old: Vec<Span>, new: Vec<Span>| Edit {
                kind: Kind::DirectoryMembers,
                owner: "directory group".into(),
                names: vec![name.clone()],
                detail,
                old,
                new,
            };
            let added = (!new.is_empty())
                .then(|| edit(format!("members added: {joined}"), Vec::new(), new));
            let removed = (!old.is_empty())
                .then(|| edit(format!("members removed: {left}"), old, Vec::new()));
            let added = added.map(|edit| self.add(edit));
            let removed = removed.map(|edit| self.add(edit));
            self.directory_edits.push((added, removed));
        }
    }

    /// The members of a directory group by user, with their places in OLD and NEW.
    fn directory_sides(&self, number: u32) -> BTreeMap<u32, (Option<Span>, Option<Span>)> {
        let mut members: BTreeMap<u32, (Option<Span>, Option<Span>)> = BTreeMap::new();
        let (old, new) = self.directory_groups.pairs[number as usize];
        for (is_new, side) in [(false, old), (true, new)] {
            if let Some(at) = side {
                for (user, span) in &self.ir(is_new).tables.directory_groups[at as usize].members {
                    let known = members.entry(self.users.number(is_new, user.0)).or_default();
                    *if is_new { &mut known.1 } else { &mut known.0 } = Some(*span);
                }
            }
        }
        members
    }

    /// Marks the users whom an edit of a directory group touches.
    pub(super) fn directory_touched(&self, touched: &mut [bool]) {
        for (number, edits) in (0..).zip(&self.directory_edits) {
            if edits.0.is_some() || edits.1.is_some() {
                for (user, (old, new)) in self.directory_sides(number) {
                    touched[user as usize] |= old.is_some() != new.is_some();
                }
            }
        }
    }

    /// By directory group: the touched users in it, and whether they are in it in OLD and in NEW.
    pub(super) fn directory_listed(
        &self,
        touched: &[bool],
    ) -> FxHashMap<u32, Vec<(u32, Versioned<bool>)>> {
        let mut listed = FxHashMap::default();
        if !touched.contains(&true) {
            return listed;
        }
        for (number, edits) in (0..).zip(&self.directory_edits) {
            let sides = self
                .directory_sides(number)
                .into_iter()
                .filter(|(user, _)| touched[*user as usize]);
            let facts = sides.map(|(user, (old, new))| {
                let (old, new) = (old.is_some(), new.is_some());
                let edit = if old == new {
                    None
                } else if new {
                    edits.0
                } else {
                    edits.1
                };
                (user, Versioned { old, new, edit })
            });
            listed.insert(number, facts.collect());
        }
        listed
    }

    /// What the policies of a subject of both sides come from.
    pub fn user_facts(
        &self,
        user: u32,
        settled: impl Fn(usize) -> (Option<Assigned>, Option<Assigned>),
    ) -> SubjectFacts {
        let Some(groups) = self.ways.get(&user) else {
            return SubjectFacts::Settled([settled(0), settled(1)]);
        };
        let edits = self.own.get(&user);
        let own = std::array::from_fn(|slot| {
            let (old, new) = self.users.pairs[user as usize];
            let line = |new: bool, at: Option<u32>| {
                let user = at.map(|at| &self.ir(new).tables.users[at as usize]);
                self.assigned(new, user.and_then(|user| user.grants.session_policy[slot]))
            };
            Versioned {
                old: line(false, old),
                new: line(true, new),
                edit: edits.and_then(|edits| edits.policy[slot]),
            }
        });
        SubjectFacts::User { groups: groups.clone(), own }
    }
}

impl GrantEdits {
    fn put(&mut self, what: &Grant, id: EditId) {
        match what {
            Grant::Setting(number) => {
                self.settings.insert(*number, id);
            }
            Grant::Policy(slot) => self.policy[*slot] = Some(id),
            Grant::Membership(key) => {
                self.memberships.insert(*key, id);
            }
        }
    }
}
