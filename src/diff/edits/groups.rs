//! Group policies and embassies: which are the same, what they grant, who is in them, and how their
//! order changed.

use super::super::align::{Aligned, Map, Pairs, by_content};
use super::super::{OneOrBoth, Side, Sided};
use super::policies::lines_text;
use super::{
    Assigned, Edit, EditId, EditKind, Edits, Grant, GrantEdits, MembershipPath, Versioned,
};
use crate::ir::{Grants, Group, Ir, MemberRole, PolicyKind};
use crate::profile::Value;
use crate::semantics::members::members;
use crate::source::Span;
use crate::text::listed;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// The most members, or group policies that another one moved past, that an edit names.
pub(super) const MAX_MEMBERS: usize = 3;

/// A place in the order of group policies: first, how many of those that did not move come before
/// it; then, among those after the same one, 0 for that one itself, 1 for one that has moved there
/// and 2 for one that is still to move away; last, the place in the order of NEW or of OLD.
pub type Rank = (u32, u8, u32);

/// A group policy or embassy of OLD, NEW or both.
#[derive(Clone, Debug)]
pub struct GroupFacts {
    /// Its indices in the tables, which for group policies are their order.
    pub at: OneOrBoth<u32>,
    /// Whether it is an embassy.
    pub is_embassy: bool,
    /// Its place in the order of each side; a side that lacks it has the other one's.
    pub rank: Sided<Rank>,
    /// The edit that moved it in the order.
    pub moved: Option<EditId>,
    /// The session policies that it assigns, by slot.
    pub policy: [Versioned<Option<Assigned>>; 2],
    /// The edits of its lines.
    pub grants: GrantEdits,
    /// The edits that removed members (OLD has them) and added some (NEW).
    members: Sided<Option<EditId>>,
}

impl GroupFacts {
    /// The group itself on a side that has it.
    pub fn group<'i>(&self, ir: &'i Ir, side: Side) -> Option<&'i Group> {
        let at = self.at.get(side)? as usize;
        let groups = if self.is_embassy { &ir.tables.embassies } else { &ir.tables.group_policies };
        Some(&groups[at])
    }

    /// Whether an edit touches what its members get.
    fn touched(&self) -> bool {
        self.moved.is_some()
            || !self.grants.is_empty()
            || self.members.old.is_some()
            || self.members.new.is_some()
    }

    /// Whether it has a say in one of the session policies of its members, in OLD or in NEW. The
    /// members of an embassy are in no other group, whatever it grants.
    pub fn gives_policies(&self) -> bool {
        self.is_embassy || self.policy.iter().any(|fact| fact.old.is_some() || fact.new.is_some())
    }

    /// Its place in the order with some edits applied.
    pub fn rank(&self, applied: &[EditId]) -> Rank {
        self.rank[super::side_with(self.moved, applied)]
    }
}

/// What a group lists, by number, and in which list of which side.
type Listed = BTreeMap<u32, Sided<Option<Span>>>;

impl Edits {
    /// Directory groups, group policies and embassies; see [`super`].
    pub(super) fn match_groups(&mut self, aligned: &Aligned) {
        let irs = self.irs();
        let (old, new) = (&irs.old.tables, &irs.new.tables);
        let mut directory = aligned.directory_groups.clone();
        let content = |side: Side, at: u32| {
            let group = &self.ir(side).tables.directory_groups[at as usize];
            let mut members: Vec<u32> =
                group.members.iter().map(|(user, _)| self.users.number(side, user.0)).collect();
            members.sort_unstable();
            let is_candidate = group.object.id.is_none() && !members.is_empty();
            is_candidate.then(|| format!("{members:?}"))
        };
        let renamed = by_content(&mut directory, new.directory_groups.len(), content);
        self.directory_groups = Pairs::new(&directory, new.directory_groups.len());
        for (a, b) in renamed {
            let (a, b) = (
                &old.directory_groups[a as usize].object,
                &new.directory_groups[b as usize].object,
            );
            self.renamed("directory group", (&a.name, a.span), (&b.name, b.span));
        }
        for is_embassy in [false, true] {
            let map = if is_embassy { &aligned.embassies } else { &aligned.group_policies };
            let groups = irs.as_ref().map(|_, ir| match is_embassy {
                false => &ir.tables.group_policies,
                true => &ir.tables.embassies,
            });
            let mut map: Map = map.clone();
            // Embassies are not paired by what is in them.
            let renamed = match is_embassy {
                true => Vec::new(),
                false => by_content(&mut map, groups.new.len(), |side, at| {
                    self.content(aligned, side, &groups[side][at as usize])
                }),
            };
            for (old, new) in renamed {
                let (old, new) = (&groups.old[old as usize], &groups.new[new as usize]);
                self.match_nameless(Sided { old, new });
                let (old, new) = (&old.object, &new.object);
                let words = self.group_words(is_embassy);
                self.renamed(&words, (&old.name, old.span), (&new.name, new.span));
            }
            let pairs = Pairs::new(&map, groups.new.len());
            for (_, at) in pairs.iter() {
                self.groups.push(GroupFacts {
                    at,
                    is_embassy,
                    rank: Sided::default(),
                    moved: None,
                    policy: [Versioned::fixed(None); 2],
                    grants: GrantEdits::default(),
                    members: Sided::default(),
                });
            }
            self.group_pairs[usize::from(is_embassy)] = pairs;
        }
    }

    /// Whether a group has a say in something that its members may get, in OLD or in NEW. Only the
    /// edits of such groups can be the cause of what they get.
    pub fn has_say(
        &self,
        aligned: &Aligned,
        group: &GroupFacts,
        is_asked: impl Fn(Grant) -> bool,
    ) -> bool {
        group.is_embassy
            || Side::BOTH.into_iter().any(|side| {
                let found = group.group(self.ir(side), side);
                found.is_some_and(|group| self.grants(aligned, side, &group.grants).any(&is_asked))
            })
    }

    /// What the lines of a group or user of a side grant.
    fn grants(
        &self,
        aligned: &Aligned,
        side: Side,
        grants: &Grants,
    ) -> impl Iterator<Item = Grant> {
        let settings = grants.settings.iter();
        let settings = settings.map(move |line| self.settings.number(side, line.entry));
        let memberships = grants.memberships.iter();
        let memberships =
            memberships.map(move |line| aligned.member_object(side, &self.new, line.key));
        let slots = (0..2).filter(|slot| grants.session_policy[*slot].is_some());
        let unread = grants.memberships_unknown.map(|_| Grant::Unread);
        let lines = settings.map(Grant::Setting).chain(memberships.map(Grant::Membership));
        lines.chain(slots.map(Grant::Policy)).chain(unread)
    }

    /// The number of a group policy or embassy of a side, by its place in the table.
    pub(in super::super) fn group_number(&self, side: Side, is_embassy: bool, at: u32) -> u32 {
        let before = if is_embassy { self.group_pairs[0].pairs.len() as u32 } else { 0 };
        before + self.group_pairs[usize::from(is_embassy)].number(side, at)
    }

    /// The name of a group: NEW's, or OLD's where it was removed.
    fn group_name(&self, at: usize) -> Option<String> {
        let group = &self.groups[at];
        let (side, _) = group.at.latest();
        Some(group.group(self.ir(side), side)?.object.name.clone())
    }

    pub(super) fn group_words(&self, is_embassy: bool) -> String {
        if is_embassy {
            "embassy".into()
        } else {
            self.new.profile.terminology.group_policy.clone()
        }
    }

    pub(super) fn renamed(&mut self, owner: &str, before: (&str, Span), after: (&str, Span)) {
        self.add(Edit {
            kind: EditKind::Renamed,
            owner: owner.to_owned(),
            names: vec![after.0.to_owned()],
            detail: format!("was {}", crate::text::quote(before.0)),
            lines: Sided { old: vec![before.1], new: vec![after.1] },
        });
    }

    /// Whom a group lists and what it grants, apart from its name; `None` for an empty one, and for
    /// one with an id.
    fn content(&self, aligned: &Aligned, side: Side, group: &Group) -> Option<String> {
        let ir = self.ir(side);
        let mut users: Vec<u32> =
            group.members.users.iter().map(|(user, _)| self.users.number(side, user.0)).collect();
        users.sort_unstable();
        let mut directory: Vec<u32> = group
            .members
            .directory_groups
            .iter()
            .map(|(id, _)| self.directory_groups.number(side, id.0))
            .collect();
        directory.sort_unstable();
        let policies = group.grants.session_policy.map(|found| {
            let found = found?;
            let policy = found.policy.map(|id| ir.policy(id));
            let assigned = match policy {
                // It belongs to this group alone.
                Some(own) if matches!(own.kind, PolicyKind::Custom | PolicyKind::Unknown) => {
                    format!("{:?} {}", own.kind, lines_text(ir, own))
                }
                _ => format!("{:?}", self.assigned(side, Some(found))),
            };
            Some((assigned, found.is_final))
        });
        let settings: Vec<String> = group
            .grants
            .settings
            .iter()
            .map(|found| {
                let entry = &ir.profile.settings[found.entry as usize];
                let value = match ir.value(found.value) {
                    Value::Role(Some(name)) => match ir.role(name) {
                        Some(role) => format!("role {}", self.roles.number(side, role.0)),
                        None => name.clone(),
                    },
                    value => entry.ty.same_text(value),
                };
                format!("{} {value} {}", entry.path, found.is_final)
            })
            .collect();
        let memberships: Vec<String> = group
            .grants
            .memberships
            .iter()
            .map(|found| {
                let object = aligned.member_object(side, &self.new, found.key);
                let role = match found.role {
                    MemberRole::JumpItemRole(role, policy) => format!(
                        "{:?} {:?}",
                        role.map(|role| self.roles.number(side, role.0)),
                        policy.map(|policy| self.jump_policies.number(side, policy.0))
                    ),
                    role => ir.member_role_text(role),
                };
                format!("{object:?} {role} {}", found.is_final)
            })
            .collect();
        let unread = group.grants.memberships_unknown.is_some();
        let empty = users.is_empty()
            && directory.is_empty()
            && settings.is_empty()
            && memberships.is_empty()
            && policies.iter().all(Option::is_none)
            && !unread;
        (!empty && group.object.id.is_none()).then(|| {
            format!("{users:?} {directory:?} {policies:?} {settings:?} {memberships:?} {unread}")
        })
    }

    /// The users and the directory groups that a group lists, with their places.
    fn listed_by(&self, group: &GroupFacts) -> (Listed, Listed) {
        let (mut users, mut directory) = (Listed::new(), Listed::new());
        for side in Side::BOTH {
            let Some(group) = group.group(self.ir(side), side) else { continue };
            for (user, span) in &group.members.users {
                users.entry(self.users.number(side, user.0)).or_default()[side] = Some(*span);
            }
            for (id, span) in &group.members.directory_groups {
                let number = self.directory_groups.number(side, id.0);
                directory.entry(number).or_default()[side] = Some(*span);
            }
        }
        (users, directory)
    }

    /// Who was added to a group and who was removed from it. Users that one side lacks are added or
    /// removed by edits of their own.
    pub(super) fn group_members(&mut self) {
        for at in 0..self.groups.len() {
            let group = &self.groups[at];
            let (mut users, directory) = self.listed_by(group);
            users.retain(|&user, _| self.in_both(user));
            let mut spans: Sided<Vec<Span>> = Sided::default();
            for listed in users.into_values().chain(directory.into_values()) {
                if let Some(listed) = listed.presence()
                    && let Some(side) = listed.only_side()
                {
                    spans[side].extend(listed.get(side));
                }
            }
            let names: Vec<String> = self.group_name(at).into_iter().collect();
            let owner = whole(&group.at, self.group_words(group.is_embassy));
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
                    kind: EditKind::Members,
                    owner: owner.clone(),
                    names: names.clone(),
                    detail,
                    lines,
                });
                self.changed_members.insert(id, members);
                self.groups[at].members[side] = Some(id);
            }
        }
    }

    /// Members as their lists write them.
    pub(super) fn member_texts(&self, side: Side, places: &[Span]) -> Vec<String> {
        places.iter().map(|place| self.ir(side).sources.text(*place).to_owned()).collect()
    }

    /// Whether a user is of both sides.
    pub(super) fn in_both(&self, user: u32) -> bool {
        self.users.pairs[user as usize].is_both()
    }

    /// Group policies that moved in the order: all but the longest list of those that kept their
    /// order.
    pub(super) fn order(&mut self) {
        let irs = self.irs();
        let count = self.groups.iter().filter(|group| !group.is_embassy).count();
        let mut common: Vec<(Sided<u32>, usize)> =
            (0..count).filter_map(|at| Some((self.groups[at].at.both()?, at))).collect();
        common.sort_unstable();
        let in_new: Vec<u32> = common.iter().map(|(places, _)| places.new).collect();
        let stable: Vec<(Sided<u32>, usize)> =
            longest_ascending(&in_new).into_iter().map(|at| common[at]).collect();
        let kept: FxHashSet<usize> = stable.iter().map(|&(_, at)| at).collect();
        for at in 0..count {
            let rank = self.groups[at].at.map(|side, place| {
                let before = stable.partition_point(|(places, _)| places[side] <= place) as u32;
                match (kept.contains(&at), side) {
                    (true, _) => (before, 0, 0),
                    (false, Side::New) => (before, 1, place),
                    (false, Side::Old) => (before, 2, place),
                }
            });
            let rank = match rank {
                OneOrBoth::Both(both) => both,
                OneOrBoth::Old(only) | OneOrBoth::New(only) => Sided { old: only, new: only },
            };
            let group = &mut self.groups[at];
            group.rank = rank;
            if kept.contains(&at) || !group.at.is_both() {
                continue;
            }
            let group = irs.as_ref().map(|side, ir| self.groups[at].group(ir, side));
            let Some(group) = group.both() else { continue };
            let detail = self.order_detail(at, &rank);
            let edit = Edit {
                kind: EditKind::Order,
                owner: self.group_words(false),
                names: vec![group.new.object.name.clone()],
                detail,
                lines: group.map(|_, group| group.ordered_at.into_iter().collect()),
            };
            self.groups[at].moved = Some(self.add(edit));
        }
    }

    /// Where a group policy moved to in the order: past which others that both sides have.
    fn order_detail(&self, at: usize, rank: &Sided<Rank>) -> String {
        let place = |side: Side, at: usize| self.groups[at].at.get(side);
        let above = |side: Side, other: usize| place(side, at) < place(side, other);
        let is_up = rank.new < rank.old;
        // Others that moved too may have passed it the other way, which is told of them.
        let passed = (0..self.groups.len()).filter(|&other| {
            let group = &self.groups[other];
            let compared = !group.is_embassy && group.at.is_both();
            compared && above(Side::Old, other) != is_up && above(Side::New, other) == is_up
        });
        // The nearest of them first.
        let mut passed: Vec<usize> = passed.collect();
        let distance = |other: usize| {
            let places = [at, other].map(|at| place(Side::New, at).unwrap_or_default());
            places[0].abs_diff(places[1])
        };
        passed.sort_by_key(|&other| distance(other));
        let names: Vec<String> = passed
            .into_iter()
            .filter_map(|other| Some(crate::text::quote(&self.group_name(other)?)))
            .collect();
        let (moved, now) = match is_up {
            true => ("up", "above"),
            false => ("down", "below"),
        };
        match &names[..] {
            [] => format!("moved {moved} in the order"),
            _ => format!("moved {moved} in the order, now {now} {}", listed(&names, MAX_MEMBERS)),
        }
    }

    /// Whether the order is a guess.
    pub(super) fn guess(&mut self) {
        let lines = self.irs().map(|_, ir| ir.tables.guessed_order.map(|guessed| guessed.span));
        let is_guess = lines.as_ref().map(|_, line| line.is_some());
        let edit = (is_guess.old != is_guess.new).then(|| {
            self.add(Edit {
                kind: EditKind::Order,
                owner: "order of group policies".into(),
                names: Vec::new(),
                detail: if is_guess.new { "now a guess" } else { "no longer a guess" }.into(),
                lines: lines.map(|_, line| line.into_iter().collect()),
            })
        });
        self.guessed = Versioned { old: is_guess.old, new: is_guess.new, edit };
    }

    /// The users that some edit of groups touches.
    fn touched_users(&self) -> Vec<bool> {
        let mut touched = vec![false; self.users.pairs.len()];
        let all = self.guessed.edit.is_some();
        for group in self.groups.iter().filter(|group| all || group.touched()) {
            for side in Side::BOTH {
                let ir = self.ir(side);
                let group = group.group(ir, side).into_iter();
                for user in group.flat_map(|group| members(&ir.tables, group)) {
                    touched[self.users.number(side, user.0) as usize] = true;
                }
            }
        }
        self.directory_touched(&mut touched);
        self.own.keys().for_each(|&user| touched[user as usize] = true);
        touched
    }

    /// How the users that some edit of groups touches are members, group by group.
    pub(super) fn memberships_of_touched_users(&mut self) {
        let touched = self.touched_users();
        let directory = self.directory_listed(&touched);
        let touched: Vec<bool> =
            (0..touched.len()).map(|user| touched[user] && self.in_both(user as u32)).collect();
        for (number, group) in (0u32..).zip(&self.groups) {
            let (direct, entries) = self.listed_by(group);
            let entry = |listed: Sided<Option<Span>>| {
                let listed = listed.presence()?;
                Some(Versioned::presence(&listed, &group.members))
            };
            let mut paths: BTreeMap<u32, Vec<MembershipPath>> = BTreeMap::new();
            for (user, listed) in direct.into_iter().filter(|(user, _)| touched[*user as usize]) {
                let inside = Versioned::fixed(true);
                let path = entry(listed).map(|entry| MembershipPath { entry, inside });
                paths.entry(user).or_default().extend(path);
            }
            for (id, listed) in entries {
                for &(user, inside) in directory.get(&id).into_iter().flatten() {
                    if touched[user as usize] {
                        let path = entry(listed).map(|entry| MembershipPath { entry, inside });
                        paths.entry(user).or_default().extend(path);
                    }
                }
            }
            for (user, found) in paths {
                self.membership_paths.entry(user).or_default().push((number, found));
            }
        }
        for (user, _) in touched.iter().enumerate().filter(|(_, touched)| **touched) {
            self.membership_paths.entry(user as u32).or_default();
        }
    }
}

/// What an object is called whose lines were added or removed together with it.
pub(super) fn whole<T>(presence: &OneOrBoth<T>, words: String) -> String {
    match presence {
        OneOrBoth::New(_) => format!("new {words}"),
        OneOrBoth::Old(_) => format!("removed {words}"),
        OneOrBoth::Both(_) => words,
    }
}

/// Indices of a longest ascending run of a list of different numbers, the first found by patience.
fn longest_ascending(numbers: &[u32]) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (at, &number) in numbers.iter().enumerate() {
        let place = ends.partition_point(|&end| numbers[end] < number);
        before[at] = place.checked_sub(1).map(|last| ends[last]);
        match ends.get_mut(place) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run: Vec<usize> =
        std::iter::successors(ends.last().copied(), |&at| before[at]).collect();
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::longest_ascending;

    #[test]
    fn what_moved_is_the_least_that_explains_an_order() {
        assert_eq!(longest_ascending(&[0, 1, 2]), [0, 1, 2]);
        // The last one moved to the top: the others kept their order.
        assert_eq!(longest_ascending(&[2, 0, 1]), [1, 2]);
        assert_eq!(longest_ascending(&[]), [0; 0]);
    }
}
