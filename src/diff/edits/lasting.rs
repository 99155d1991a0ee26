//! Memberships that last longer by another way than the one with the date: somebody who was in a
//! group policy up to a day is now also in it through a directory group, say. No date was edited
//! there, but what would have ended on that day no longer does.

use super::super::align::Aligned;
use super::super::{OneOrBoth, Side, Sided};
use super::dates::{DateOwner, Dated, LaterDate, has_dates};
use super::{Edit, EditId, EditKind, Edits};
use crate::ir::{Grants, Group, Ir, MembershipKind, PolicyId, PolicyKind};
use crate::profile::Value;
use crate::source::Span;
use crate::text::{Date, quote};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What a user has for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Held {
    /// Being in a group policy or embassy, by its place in [`Edits::groups`].
    Group(usize),
    /// A membership, by its kind and the number of its object.
    Membership(MembershipKind, u32),
    /// A value of a setting, by the numbers of both.
    Setting(u16, u32),
    /// A session policy, by its slot and its number.
    SessionPolicy(usize, u32),
}

/// The numbers of the values that lines of settings have, by how they are written.
type Values = BTreeMap<String, u32>;

/// What a line gives.
enum Line {
    /// A setting, by its number, and its value.
    Setting(u16, String),
    /// A session policy, by its slot and its number.
    SessionPolicy(usize, u32),
}

impl Line {
    fn number(self, values: &mut Values) -> Held {
        match self {
            Line::Setting(setting, text) => {
                let next = values.len() as u32;
                Held::Setting(setting, *values.entry(text).or_insert(next))
            }
            Line::SessionPolicy(slot, policy) => Held::SessionPolicy(slot, policy),
        }
    }

    /// The same for values that have numbers.
    fn numbered(self, values: &Values) -> Option<Held> {
        Some(match self {
            Line::Setting(setting, text) => Held::Setting(setting, *values.get(&text)?),
            Line::SessionPolicy(slot, policy) => Held::SessionPolicy(slot, policy),
        })
    }
}

/// Up to which day something lasts; `None` is for good. And the line that says so.
type End = (Option<Date>, Span);

/// By user, by its number, and by what the user has.
type Ends = BTreeMap<(u32, Held), End>;

/// The later of two ends.
fn later(a: End, b: End) -> End {
    match (a.0, b.0) {
        (None, _) => a,
        (_, None) => b,
        (Some(x), Some(y)) => {
            if x >= y {
                a
            } else {
                b
            }
        }
    }
}

/// The earlier of two ends: something within something else.
fn earlier(a: End, b: End) -> End {
    if later(a, b) == a { b } else { a }
}

fn add(ends: &mut Ends, key: (u32, Held), end: End) {
    ends.entry(key).and_modify(|known| *known = later(*known, end)).or_insert(end);
}

impl Edits {
    /// What lasts longer though no date of it was edited; after [`Edits::dates`].
    pub(super) fn lasting(&mut self, aligned: &Aligned) {
        if !has_dates(&self.old) {
            return;
        }
        let Sided { mut old, mut new } = Sided::from_fn(|side| self.ends(side, aligned));
        let mut values = Values::new();
        let users = self.for_a_while(&old);
        for (side, ends) in [(Side::Old, &mut old), (Side::New, &mut new)] {
            self.add_lines(side, &users, &mut values, ends);
        }
        let mut known: FxHashMap<String, EditId> = FxHashMap::default();
        // The groups in which a user is for longer.
        let mut stays: BTreeSet<(u32, usize)> = BTreeSet::new();
        for (key, before) in &old {
            let (user, held) = *key;
            let Some(after) = new.get(key) else { continue };
            let lasts = later(*before, *after).0 != before.0;
            if !lasts || self.is_told(aligned, &values, user, held) {
                continue;
            }
            if let Held::Group(at) = held {
                stays.insert((user, at));
            }
            let mut of_user = stays.range((user, 0)..=(user, usize::MAX));
            let is_line = matches!(held, Held::Setting(..) | Held::SessionPolicy(..));
            if is_line && of_user.any(|(_, at)| self.gives(aligned, &values, *at, held)) {
                continue;
            }
            let OneOrBoth::Both(places) = self.users.pairs[user as usize] else { continue };
            let text =
                |end: Option<Date>| end.map_or_else(|| "none".into(), |date| date.to_string());
            let detail = format!(
                "{} until {} → {}",
                self.held_words(held, &values),
                text(before.0),
                text(after.0)
            );
            let edit = Edit {
                kind: EditKind::Date,
                owner: self.new.profile.terminology.user.clone(),
                names: vec![self.new.tables.users[places.new as usize].object.name.clone()],
                detail: detail.clone(),
                lines: Sided { old: vec![before.1], new: vec![after.1] },
            };
            let edit = self.merge(&mut known, detail, edit);
            let dated = match held {
                Held::Group(at) => Dated::InGroup(at),
                Held::Membership(kind, number) => Dated::Membership(kind, number),
                Held::Setting(..) | Held::SessionPolicy(..) => Dated::Line,
            };
            self.later_dates.push(LaterDate { edit, owner: DateOwner::User(user), dated });
        }
    }

    fn held_words(&self, held: Held, values: &Values) -> String {
        match held {
            Held::Group(at) => {
                let group = &self.groups[at];
                let (side, _) = group.at.latest();
                let name = group.group(self.ir(side), side).map(|group| quote(&group.object.name));
                let words = self.group_words(group.is_embassy);
                format!("in {words} {}", name.unwrap_or_default())
            }
            Held::Membership(kind, number) => {
                let new = self.new.members(kind);
                let object = match (number as usize).checked_sub(new.len()) {
                    None => &new[number as usize],
                    Some(at) => &self.old.members(kind)[at],
                };
                format!("{} {}", kind.words(), quote(&object.name))
            }
            Held::Setting(number, value) => {
                let (side, at) = self.settings.sides[number as usize].latest();
                let path = &self.ir(side).profile.settings[at as usize].path;
                let value = values.iter().find(|(_, number)| **number == value);
                format!("{path} = {}", value.map(|(text, _)| &**text).unwrap_or_default())
            }
            Held::SessionPolicy(slot, number) => {
                let (side, at) = self.policies.pairs[number as usize].latest();
                let ir = self.ir(side);
                let policy = ir.policy(PolicyId(at));
                let name = match policy.kind {
                    PolicyKind::Custom => "custom".to_owned(),
                    _ => quote(&policy.object.name),
                };
                format!("{} = {}", ir.profile.slot_path(slot), name)
            }
        }
    }

    /// Whether a date that was edited tells that a user keeps something for longer.
    fn is_told(&self, aligned: &Aligned, values: &Values, user: u32, held: Held) -> bool {
        self.later_dates.iter().any(|date| match (date.owner, date.dated) {
            (DateOwner::User(owner), Dated::Membership(kind, number)) => {
                owner == user && held == Held::Membership(kind, number)
            }
            (DateOwner::Group(at), Dated::Membership(kind, number)) => {
                let group = self.groups[at].group(&self.new, Side::New);
                let is_member = |group| {
                    members(&self.new, group)
                        .any(|(member, _)| self.users.number(Side::New, member) == user)
                };
                held == Held::Membership(kind, number) && group.is_some_and(is_member)
            }
            (DateOwner::Group(at), Dated::Member(member)) => {
                member == user && self.gives(aligned, values, at, held)
            }
            (DateOwner::Group(at), Dated::DirectoryGroup(number)) => {
                let group = self.directory_groups.pairs[number as usize].get(Side::New);
                let members =
                    group.map(|at| &self.new.tables.directory_groups[at as usize].members);
                let is_member = members.is_some_and(|members| {
                    members.iter().any(|(member, _)| self.users.number(Side::New, member.0) == user)
                });
                is_member && self.gives(aligned, values, at, held)
            }
            _ => false,
        })
    }

    /// Whether being in a group gives something.
    fn gives(&self, aligned: &Aligned, values: &Values, at: usize, held: Held) -> bool {
        let group = self.groups[at].group(&self.new, Side::New);
        match held {
            Held::Group(other) => at == other,
            Held::Membership(kind, number) => group.is_some_and(|group| {
                group.grants.memberships.iter().any(|found| {
                    aligned.member_object(Side::New, &self.new, found.key) == (kind, number)
                })
            }),
            Held::Setting(..) | Held::SessionPolicy(..) => group.is_some_and(|group| {
                let mut lines = self.lines(Side::New, &group.grants);
                lines.any(|(line, _)| line.numbered(values) == Some(held))
            }),
        }
    }

    /// The users who are in some group up to a day.
    fn for_a_while(&self, ends: &Ends) -> BTreeSet<u32> {
        let in_group = ends.iter().filter(|((_, held), _)| matches!(held, Held::Group(_)));
        in_group.filter(|(_, end)| end.0.is_some()).map(|((user, _), _)| *user).collect()
    }

    /// Adds what some users have by lines of their groups and of their own.
    fn add_lines(&self, side: Side, users: &BTreeSet<u32>, values: &mut Values, ends: &mut Ends) {
        let ir = self.ir(side);
        let mut add_to = |user: u32, grants: &Grants, end: Option<End>| {
            for (line, span) in self.lines(side, grants) {
                let held = line.number(values);
                add(ends, (user, held), end.unwrap_or((None, span)));
            }
        };
        for facts in &self.groups {
            let Some(group) = facts.group(ir, side) else { continue };
            for (user, end) in members(ir, group) {
                let user = self.users.number(side, user);
                if users.contains(&user) {
                    add_to(user, &group.grants, Some(end));
                }
            }
        }
        for (user, at) in ir.tables.users.iter().zip(0..) {
            let number = self.users.number(side, at);
            if users.contains(&number) {
                add_to(number, &user.grants, None);
            }
        }
    }

    /// What the lines of an account or group give, but for values that grant nothing or that nobody
    /// knows.
    fn lines<'g>(
        &'g self,
        side: Side,
        grants: &'g Grants,
    ) -> impl Iterator<Item = (Line, Span)> + 'g {
        let ir = self.ir(side);
        let settings = grants.settings.iter().filter_map(move |line| {
            let ty = &ir.profile.settings[line.entry as usize].ty;
            let value = ir.value(line.value);
            let grants = *value != Value::Unknown && ty.least().as_ref() != Some(value);
            let number = self.settings.number(side, line.entry);
            grants.then(|| (Line::Setting(number, ty.text(value)), line.span))
        });
        let policies = grants.session_policy.iter().enumerate().filter_map(move |(slot, found)| {
            let found = found.as_ref()?;
            let number = self.policies.number(side, found.policy?.0);
            Some((Line::SessionPolicy(slot, number), found.span))
        });
        settings.chain(policies)
    }

    /// Until when users have what they have, on a side.
    fn ends(&self, side: Side, aligned: &Aligned) -> Ends {
        let ir = self.ir(side);
        let mut ends = Ends::new();
        for (at, facts) in self.groups.iter().enumerate() {
            let Some(group) = facts.group(ir, side) else { continue };
            for (user, end) in members(ir, group) {
                let user = self.users.number(side, user);
                add(&mut ends, (user, Held::Group(at)), end);
                for found in &group.grants.memberships {
                    let (kind, number) = aligned.member_object(side, &self.new, found.key);
                    let own = (found.until.map(|until| until.0), found.span);
                    add(&mut ends, (user, Held::Membership(kind, number)), earlier(end, own));
                }
            }
        }
        for (user, at) in ir.tables.users.iter().zip(0..) {
            let number = self.users.number(side, at);
            for found in &user.grants.memberships {
                let (kind, object) = aligned.member_object(side, &self.new, found.key);
                let own = (found.until.map(|until| until.0), found.span);
                add(&mut ends, (number, Held::Membership(kind, object)), own);
            }
        }
        ends
    }
}

/// The members of a group by each way in which they are in it, with the end of that way.
fn members<'i>(ir: &'i Ir, group: &'i Group) -> impl Iterator<Item = (u32, End)> + 'i {
    let members = &group.members;
    let direct = members.users.iter().map(|(user, place)| {
        let date = members.users_until.binary_search_by_key(user, |(user, _)| *user);
        (user.0, (date.ok().map(|at| members.users_until[at].1.0), *place))
    });
    let through = members.directory_groups.iter().flat_map(|(id, place)| {
        let until = &members.directory_groups_until;
        let date = until.binary_search_by_key(id, |(id, _)| *id);
        let end = (date.ok().map(|at| until[at].1.0), *place);
        let own = &ir.tables.directory_groups[id.index()].members;
        own.iter().map(move |(user, _)| (user.0, end))
    });
    direct.chain(through)
}
