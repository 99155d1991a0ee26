//! Edits of dates: up to which day memberships, members, users and invites are meant to last.
//! Nothing is resolved from a date, but a later one lets somebody keep what they have.

use super::super::align::Aligned;
use super::super::{Side, Sided};
use super::{Edit, EditId, EditKind, Edits};
use crate::ir::{Deadline, Grants, Group, Ir, MembershipKind};
use crate::source::Span;
use std::collections::BTreeMap;

/// What has dates, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateOwner {
    /// A group policy or embassy: its place in [`Edits::groups`].
    Group(usize),
    /// A user.
    User(u32),
    /// An invite.
    Invite(u32),
}

/// What may have a date there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dated {
    /// The user or invite: `expires`.
    Itself,
    /// A membership, by the number of its object.
    Membership(MembershipKind, u32),
    /// A user among the members.
    Member(u32),
    /// A directory group among the members.
    DirectoryGroup(u32),
    /// Being in a group policy or embassy, by whatever way: its place in [`Edits::groups`].
    InGroup(usize),
    /// What a line of a group policy gives, by whatever line.
    Line,
}

/// A date that is later in NEW, or that NEW lacks: somebody keeps something for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaterDate {
    /// The edit of the date, which is of no other date.
    pub edit: EditId,
    /// Where the date is written.
    pub owner: DateOwner,
    /// What of it has the date.
    pub dated: Dated,
}

/// The date of something that is there, with the place of the date or of that which has none.
struct Found {
    date: Option<Deadline>,
    place: Span,
    /// How reports name what has the date; empty for the owner itself.
    words: String,
}

type Dates = BTreeMap<(DateOwner, Dated), Found>;

impl Edits {
    pub(super) fn dates(&mut self, aligned: &Aligned) {
        if !has_dates(&self.old) && !has_dates(&self.new) {
            return;
        }
        let Sided { old, new } = Sided::from_fn(|side| self.dates_of(side, aligned));
        for ((owner, dated), found) in &new {
            let Some(before) = old.get(&(*owner, *dated)) else { continue };
            let dates = Sided { old: before, new: found };
            let text = dates.map(|_, found| match found.date {
                Some((date, _)) => date.to_string(),
                None => "none".to_owned(),
            });
            if text.old == text.new {
                continue;
            }
            let (words, name) = self.dated_owner(*owner);
            let detail = match dated {
                Dated::Itself => format!("expires {} → {}", text.old, text.new),
                _ => format!("{} until {} → {}", found.words, text.old, text.new),
            };
            let lines = dates.map(|_, found| vec![found.date.map_or(found.place, |date| date.1)]);
            let edit = self.add(Edit {
                kind: EditKind::Date,
                owner: words,
                names: vec![name],
                detail,
                lines,
            });
            // Without a date, it lasts.
            let is_later = match dates.map(|_, found| found.date.map(|(date, _)| date)) {
                Sided { old: Some(old), new: Some(new) } => old < new,
                Sided { old, new } => old.is_some() && new.is_none(),
            };
            if is_later {
                self.later_dates.push(LaterDate { edit, owner: *owner, dated: *dated });
            }
        }
    }

    fn dated_owner(&self, owner: DateOwner) -> (String, String) {
        let (tables, terms) = (&self.new.tables, &self.new.profile.terminology);
        match owner {
            DateOwner::Group(at) => {
                let group = &self.groups[at];
                let found = group.group(&self.new, Side::New);
                let name = found.map(|group| group.object.name.clone()).unwrap_or_default();
                (self.group_words(group.is_embassy), name)
            }
            DateOwner::User(at) => {
                (terms.user.clone(), tables.users[at as usize].object.name.clone())
            }
            DateOwner::Invite(at) => {
                (terms.invite.clone(), tables.invites[at as usize].object.name.clone())
            }
        }
    }

    /// Everything of a side that may have a date.
    fn dates_of(&self, side: Side, aligned: &Aligned) -> Dates {
        let mut dates = Dates::new();
        let tables = &self.ir(side).tables;
        let itself = |date, place| Found { date, place, words: String::new() };
        for (user, at) in tables.users.iter().zip(0..) {
            let owner = DateOwner::User(self.users.number(side, at));
            dates.insert((owner, Dated::Itself), itself(user.expires, user.object.span));
            self.dates_of_grants(&mut dates, side, aligned, owner, &user.grants);
        }
        for (invite, at) in tables.invites.iter().zip(0..) {
            let owner = DateOwner::Invite(self.invites.number(side, at));
            dates.insert((owner, Dated::Itself), itself(invite.expires, invite.object.span));
        }
        for (at, group) in self.groups.iter().enumerate() {
            if let Some(group) = group.group(self.ir(side), side) {
                let owner = DateOwner::Group(at);
                self.dates_of_grants(&mut dates, side, aligned, owner, &group.grants);
                self.dates_of_members(&mut dates, side, owner, group);
            }
        }
        dates
    }

    fn dates_of_grants(
        &self,
        dates: &mut Dates,
        side: Side,
        aligned: &Aligned,
        owner: DateOwner,
        grants: &Grants,
    ) {
        for membership in &grants.memberships {
            let (kind, number) = aligned.member_object(side, &self.new, membership.key);
            let words = self.ir(side).membership_text(membership.key);
            let found = Found { date: membership.until, place: membership.span, words };
            dates.insert((owner, Dated::Membership(kind, number)), found);
        }
    }

    fn dates_of_members(&self, dates: &mut Dates, side: Side, owner: DateOwner, group: &Group) {
        use crate::text::quote;
        let tables = &self.ir(side).tables;
        let members = &group.members;
        for (user, place) in &members.users {
            let date = members.users_until.binary_search_by_key(user, |(user, _)| *user);
            let date = date.ok().map(|at| members.users_until[at].1);
            let words = format!("user {}", quote(&tables[*user].object.name));
            let number = self.users.number(side, user.0);
            dates.insert((owner, Dated::Member(number)), Found { date, place: *place, words });
        }
        for (id, place) in &members.directory_groups {
            let until = &members.directory_groups_until;
            let date = until.binary_search_by_key(id, |(id, _)| *id);
            let date = date.ok().map(|at| until[at].1);
            let words = format!("directory group {}", quote(&tables[*id].object.name));
            let number = self.directory_groups.number(side, id.0);
            let dated = Dated::DirectoryGroup(number);
            dates.insert((owner, dated), Found { date, place: *place, words });
        }
    }
}

pub(super) fn has_dates(ir: &Ir) -> bool {
    let tables = &ir.tables;
    let dated = |grants: &Grants| grants.memberships.iter().any(|found| found.until.is_some());
    let groups = tables.group_policies.iter().chain(&tables.embassies);
    tables.users.iter().any(|user| user.expires.is_some() || dated(&user.grants))
        || tables.invites.iter().any(|invite| invite.expires.is_some())
        || groups.into_iter().any(|group| {
            let members = &group.members;
            dated(&group.grants)
                || !members.users_until.is_empty()
                || !members.directory_groups_until.is_empty()
        })
}
