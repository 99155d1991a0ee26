//! What group policies, embassies and users grant, who is in directory groups, and how a user is a
//! member of groups.

use super::super::align::Aligned;
use super::super::{OneOrBoth, Side, Sided};
use super::groups::{MAX_MEMBERS, whole};
use super::{Assigned, Edit, EditId, EditKind, Edits, Versioned, same_value};
use crate::ir::{Assignment, Definition, Grants, Group, Membership, MembershipKind};
use crate::source::Span;
use crate::text::listed;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The edits of the lines of one group policy, embassy or user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GrantEdits {
    /// By the number of the setting.
    pub settings: BTreeMap<u16, EditId>,
    /// By the kind and the number of the object.
    pub memberships: BTreeMap<(MembershipKind, u32), EditId>,
    /// By slot.
    pub policy: [Option<EditId>; 2],
    /// Of the line `memberships = unknown`.
    pub unread: Option<EditId>,
}

impl GrantEdits {
    /// Whether no line was edited.
    pub fn is_empty(&self) -> bool {
        *self == GrantEdits::default()
    }

    /// The edit of the line that grants something.
    pub fn get(&self, what: &Grant) -> Option<EditId> {
        match what {
            Grant::Setting(number) => self.settings.get(number).copied(),
            Grant::Policy(slot) => self.policy[*slot],
            Grant::Membership(key) => self.memberships.get(key).copied(),
            Grant::Unread => self.unread,
        }
    }

    /// The edits of all lines.
    pub fn iter(&self) -> impl Iterator<Item = EditId> + '_ {
        let policies = self.policy.iter().flatten();
        let lines = self.settings.values().chain(self.memberships.values());
        lines.chain(policies).chain(&self.unread).copied()
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
    /// An invite, with its session policy.
    Invite(Versioned<Option<Assigned>>),
    /// A user whose policies no edit changes: by slot, what the groups choose, and its own.
    Settled([(Option<Assigned>, Option<Assigned>); 2]),
    /// A user with policies that some edit changes.
    User {
        /// Each group that it is or was a member of and that has a say in its policies, and how.
        groups: Vec<(u32, Vec<MembershipPath>)>,
        /// Its own policies, by slot.
        own: [Versioned<Option<Assigned>>; 2],
    },
}

/// A line that grants something and differs: what is granted, its lines, and how it reads on both
/// sides.
struct Granted {
    what: Grant,
    lines: OneOrBoth<Span>,
    reads: String,
    finality: &'static str,
}

/// What is said of a line that both sides have, and that became `final` or no longer is.
fn finality(is_final: Option<Sided<bool>>) -> &'static str {
    match is_final {
        Some(Sided { old: false, new: true }) => ", now final",
        Some(Sided { old: true, new: false }) => ", no longer final",
        _ => "",
    }
}

impl Granted {
    fn spans(&self) -> Sided<Vec<Span>> {
        self.lines.options().map(|_, line| line.into_iter().collect())
    }
}

/// What a line of a group or user grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A setting, by number.
    Setting(u16),
    /// The session policy of a slot.
    Policy(usize),
    /// A membership, by the kind and the number of the object.
    Membership((MembershipKind, u32)),
    /// Memberships that nobody has read.
    Unread,
}

impl Edits {
    pub(super) fn group_grants(&mut self, aligned: &Aligned) {
        let irs = self.irs();
        for at in 0..self.groups.len() {
            let facts = &self.groups[at];
            let group = facts.at.map(|side, _| facts.group(&irs[side], side));
            let group = group.options().map(|_, group| group.flatten());
            let Some(object) = group.new.or(group.old).map(|group| &group.object) else { continue };
            let words = whole(&facts.at, self.group_words(facts.is_embassy));
            let mut found = GrantEdits::default();
            for granted in self.granted(aligned, group.map(|_, group| Some(&*group?.grants))) {
                let (kind, what) = self.grant_words(&granted.what);
                let detail = format!("{what}{}", granted.finality);
                let edit = Edit {
                    kind,
                    owner: words.clone(),
                    names: vec![object.name.clone()],
                    detail,
                    lines: granted.spans(),
                };
                let id = self.add(edit);
                found.put(&granted.what, id);
            }
            for slot in 0..2 {
                let assigned = group.map(|side, group: Option<&Group>| {
                    self.assigned(side, group.and_then(|group| group.grants.session_policy[slot]))
                });
                let edit = found.policy[slot];
                self.groups[at].policy[slot] =
                    Versioned { old: assigned.old, new: assigned.new, edit };
            }
            self.groups[at].grants = found;
        }
    }

    /// Users whose lines were edited alike are one edit.
    pub(super) fn user_grants(&mut self, aligned: &Aligned) {
        let mut known = FxHashMap::default();
        let owner = self.new.profile.terminology.user.clone();
        let irs = self.irs();
        for number in 0..self.users.pairs.len() as u32 {
            let Some(user) = self.users.pairs[number as usize].both() else { continue };
            let user = user.map(|side, at| &irs[side].tables.users[at as usize]);
            let granted = self.granted(aligned, user.map(|_, user| Some(&*user.grants)));
            if granted.is_empty() {
                continue;
            }
            let mut found = GrantEdits::default();
            for granted in granted {
                let (kind, what) = self.grant_words(&granted.what);
                let detail = format!("{what}{}", granted.finality);
                let key = format!("{detail}\n{}", granted.reads);
                let edit = Edit {
                    kind,
                    owner: owner.clone(),
                    names: vec![user.new.object.name.clone()],
                    detail,
                    lines: granted.spans(),
                };
                let id = self.merge(&mut known, key, edit);
                found.put(&granted.what, id);
            }
            self.own.insert(number, found);
        }
    }

    fn grant_words(&self, what: &Grant) -> (EditKind, String) {
        match what {
            Grant::Setting(number) => {
                let (side, at) = self.settings.sides[*number as usize].latest();
                let path = &self.ir(side).profile.settings[at as usize].path;
                (EditKind::Setting, path.clone())
            }
            Grant::Policy(slot) => {
                (EditKind::Assignment, self.new.profile.slot_path(*slot).to_owned())
            }
            Grant::Unread => (EditKind::Membership, "memberships".to_owned()),
            Grant::Membership((kind, number)) => {
                let new = self.new.members(*kind);
                let object = match (*number as usize).checked_sub(new.len()) {
                    None => &new[*number as usize],
                    Some(at) => &self.old.members(*kind)[at],
                };
                (
                    EditKind::Membership,
                    format!("{} {}", kind.words(), crate::text::quote(&object.name)),
                )
            }
        }
    }

    /// The lines that differ between what OLD and NEW grant.
    fn granted(&self, aligned: &Aligned, grants: Sided<Option<&Grants>>) -> Vec<Granted> {
        let mut found = self.granted_settings(grants);
        found.extend(self.granted_memberships(aligned, grants));
        let unread = grants.map(|_, grants| grants.and_then(|found| found.memberships_unknown));
        if let Some(lines) = unread.presence()
            && !lines.is_both()
        {
            let reads = format!("unread {:?}", lines.only_side());
            found.push(Granted { what: Grant::Unread, lines, reads, finality: "" });
        }
        for slot in 0..2 {
            let line = grants.map(|_, grants| grants.and_then(|found| found.session_policy[slot]));
            let assigned = line.map(|side, line| self.assigned(side, line));
            if let Some(lines) = line.presence()
                && assigned.differs()
            {
                found.push(Granted {
                    what: Grant::Policy(slot),
                    lines: lines.map(|_, line| line.span),
                    reads: format!("{assigned:?}"),
                    finality: finality(line.both().map(|both| both.map(|_, line| line.is_final))),
                });
            }
        }
        found
    }

    fn granted_settings(&self, grants: Sided<Option<&Grants>>) -> Vec<Granted> {
        let mut settings: BTreeMap<u16, Sided<Option<&Definition>>> = BTreeMap::new();
        for (side, grants) in grants.into_array() {
            for definition in grants.map_or(&[][..], |grants| &grants.settings) {
                let number = self.settings.number(side, definition.entry);
                settings.entry(number).or_default()[side] = Some(definition);
            }
        }
        let mut found = Vec::new();
        for (number, lines) in settings {
            let typed = |side: Side, line: &Definition| {
                let ir = self.ir(side);
                (&ir.profile.settings[line.entry as usize].ty, ir.value(line.value))
            };
            let same = lines.both().is_some_and(|both| {
                both.old.is_final == both.new.is_final
                    && same_value(typed(Side::Old, both.old), typed(Side::New, both.new))
            });
            let finality = finality(lines.both().map(|both| both.map(|_, line| line.is_final)));
            if let Some(lines) = lines.presence()
                && !same
            {
                let reads = lines.map(|side, line| {
                    let (ty, value) = typed(side, line);
                    (line.is_final, ty.text(value))
                });
                found.push(Granted {
                    what: Grant::Setting(number),
                    lines: lines.map(|_, line| line.span),
                    reads: format!("{reads:?}"),
                    finality,
                });
            }
        }
        found
    }

    fn granted_memberships(
        &self,
        aligned: &Aligned,
        grants: Sided<Option<&Grants>>,
    ) -> Vec<Granted> {
        type Lines<'g> = Sided<Option<&'g Membership>>;
        let mut memberships: BTreeMap<(MembershipKind, u32), Lines<'_>> = BTreeMap::new();
        for (side, grants) in grants.into_array() {
            for membership in grants.map_or(&[][..], |grants| &grants.memberships) {
                let key = aligned.member_object(side, &self.new, membership.key);
                memberships.entry(key).or_default()[side] = Some(membership);
            }
        }
        let mut found = Vec::new();
        for (key, lines) in memberships {
            let same = lines.both().is_some_and(|both| {
                both.old.is_final == both.new.is_final
                    && aligned.same_member_role(both.old.role, both.new.role)
            });
            let finality = finality(lines.both().map(|both| both.map(|_, line| line.is_final)));
            if let Some(lines) = lines.presence()
                && !same
            {
                let reads = lines
                    .map(|side, line| (line.is_final, self.ir(side).member_role_text(line.role)));
                found.push(Granted {
                    what: Grant::Membership(key),
                    lines: lines.map(|_, line| line.span),
                    reads: format!("{reads:?}"),
                    finality,
                });
            }
        }
        found
    }

    /// Assignments of invites; portals have theirs beside what else they are.
    pub(super) fn assignments(&mut self) {
        let mut known = FxHashMap::default();
        for number in 0..self.invites.pairs.len() as u32 {
            let pair = self.invites.pairs[number as usize];
            let line = |side: Side, at: u32| -> Assignment {
                self.ir(side).tables.invites[at as usize].session_policy
            };
            let lines = pair.map(line);
            let assigned = lines.options().map(|side, line| self.assigned(side, line));
            let mut edit = None;
            if let (Some(lines), Some(new)) = (lines.both(), pair.in_new())
                && assigned.differs()
            {
                let found = Edit {
                    kind: EditKind::Assignment,
                    owner: self.new.profile.terminology.invite.clone(),
                    names: vec![self.new.tables.invites[new as usize].object.name.clone()],
                    detail: "session_policy".into(),
                    lines: lines.map(|_, line| vec![line.span]),
                };
                edit = Some(self.merge(&mut known, format!("{assigned:?}"), found));
            }
            self.invite_policies[number as usize] =
                Versioned { old: assigned.old, new: assigned.new, edit };
        }
    }

    /// Who was added to a directory group, and who was removed from it.
    pub(super) fn directory_members(&mut self) {
        for number in 0..self.directory_groups.pairs.len() as u32 {
            let mut spans: Sided<Vec<Span>> = Sided::default();
            for (user, listed) in self.directory_sides(number) {
                if let Some(side) = listed.only_side()
                    && self.in_both(user)
                {
                    spans[side].extend(listed.get(side));
                }
            }
            let (side, at) = self.directory_groups.pairs[number as usize].latest();
            let name = self.ir(side).tables.directory_groups[at as usize].object.name.clone();
            self.directory_edits.push(Sided::default());
            // Additions are listed first.
            for (side, word) in [(Side::New, "added"), (Side::Old, "removed")] {
                let own = std::mem::take(&mut spans[side]);
                if own.is_empty() {
                    continue;
                }
                let mut lines = Sided::default();
                let members = self.member_texts(side, &own);
                let detail = format!("members {word}: {}", listed(&members, MAX_MEMBERS));
                lines[side] = own;
                let id = self.add(Edit {
                    kind: EditKind::DirectoryMembers,
                    owner: "directory group".into(),
                    names: vec![name.clone()],
                    detail,
                    lines,
                });
                self.changed_members.insert(id, members);
                self.directory_edits[number as usize][side] = Some(id);
            }
        }
    }

    /// The members of a directory group by user, with their places in OLD and NEW.
    fn directory_sides(&self, number: u32) -> BTreeMap<u32, OneOrBoth<Span>> {
        let mut members: BTreeMap<u32, Sided<Option<Span>>> = BTreeMap::new();
        for (side, at) in self.directory_groups.pairs[number as usize].options().into_array() {
            if let Some(at) = at {
                for (user, span) in &self.ir(side).tables.directory_groups[at as usize].members {
                    let number = self.users.number(side, user.0);
                    members.entry(number).or_default()[side] = Some(*span);
                }
            }
        }
        members.into_iter().filter_map(|(user, listed)| Some((user, listed.presence()?))).collect()
    }

    /// Marks the users whom an edit of a directory group touches.
    pub(super) fn directory_touched(&self, touched: &mut [bool]) {
        for (number, edits) in (0..).zip(&self.directory_edits) {
            if edits.old.is_some() || edits.new.is_some() {
                for (user, listed) in self.directory_sides(number) {
                    touched[user as usize] |= !listed.is_both();
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
            let facts = sides.map(|(user, listed)| (user, Versioned::presence(&listed, edits)));
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
        let Some(groups) = self.membership_paths.get(&user) else {
            return SubjectFacts::Settled([settled(0), settled(1)]);
        };
        let edits = self.own.get(&user);
        let own = std::array::from_fn(|slot| {
            let line = self.users.pairs[user as usize].options().map(|side, at| {
                let user = at.map(|at| &self.ir(side).tables.users[at as usize]);
                self.assigned(side, user.and_then(|user| user.grants.session_policy[slot]))
            });
            Versioned {
                old: line.old,
                new: line.new,
                edit: edits.and_then(|edits| edits.policy[slot]),
            }
        });
        let matters = |group: u32| self.groups[group as usize].gives_policies();
        let groups = groups.iter().filter(|(group, _)| matters(*group)).cloned().collect();
        SubjectFacts::User { groups, own }
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
            Grant::Unread => self.unread = Some(id),
        }
    }
}
