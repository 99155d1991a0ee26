//! Group policies and embassies: which are the same, what they grant, who is in them, and how they
//! moved.

use super::super::align::{Aligned, Map, Pairs};
use super::policies::by_content;
use super::{Assigned, Edit, EditId, Edits, GrantEdits, Kind, Versioned};
use crate::ir::{Group, Ir};
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A place in the order of group policies: behind which of those that did not move; and among those
/// behind the same one, the ones that moved (in NEW's order) before the ones that did not yet (in
/// OLD's).
pub type Rank = (u32, u8, u32);

/// A group policy or embassy of OLD, NEW or both.
#[derive(Debug)]
pub struct GroupFacts {
    /// Its indices in the tables, which for group policies are their order.
    pub old_at: Option<u32>,
    pub new_at: Option<u32>,
    pub is_embassy: bool,
    pub old_rank: Rank,
    pub new_rank: Rank,
    pub moved: Option<EditId>,
    pub policy: [Versioned<Option<Assigned>>; 2],
    pub grants: GrantEdits,
    members_added: Option<EditId>,
    members_removed: Option<EditId>,
}

impl GroupFacts {
    /// The group itself on a side that has it.
    pub fn group<'i>(&self, ir: &'i Ir, new: bool) -> Option<&'i Group> {
        let at = if new { self.new_at } else { self.old_at }? as usize;
        let groups = if self.is_embassy { &ir.tables.embassies } else { &ir.tables.group_policies };
        Some(&groups[at])
    }

    /// Whether an edit touches what its members get.
    fn touched(&self) -> bool {
        self.moved.is_some()
            || !self.grants.is_empty()
            || self.members_added.is_some()
            || self.members_removed.is_some()
    }

    pub fn rank(&self, applied: &[EditId]) -> Rank {
        if super::is_applied(self.moved, applied) && self.new_at.is_some() {
            self.new_rank
        } else {
            self.old_rank
        }
    }
}

/// How one group lists one user: in OLD, in NEW.
type Listed = BTreeMap<u32, (bool, bool)>;

impl Edits {
    /// Directory groups, group policies and embassies; see [`super`].
    pub(super) fn match_groups(&mut self, aligned: &Aligned) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        let (old, new) = (&old_ir.tables, &new_ir.tables);
        let mut directory = aligned.directory_groups.clone();
        let content = |new: bool, at: u32| {
            let group = &self.ir(new).tables.directory_groups[at as usize];
            let members: Vec<u32> =
                group.members.iter().map(|(user, _)| self.users.number(new, user.0)).collect();
            (!members.is_empty()).then(|| format!("{members:?}"))
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
            let (a, b, map) = match is_embassy {
                false => (&old.group_policies, &new.group_policies, &aligned.group_policies),
                true => (&old.embassies, &new.embassies, &aligned.embassies),
            };
            let mut map: Map = map.clone();
            let renamed = by_content(&mut map, b.len(), |new, at| {
                self.content(aligned, new, if new { &b[at as usize] } else { &a[at as usize] })
            });
            for (old, new) in renamed {
                let (old, new) = (&a[old as usize].object, &b[new as usize].object);
                let words = self.group_words(is_embassy);
                self.renamed(&words, (&old.name, old.span), (&new.name, new.span));
            }
            for (_, old_at, new_at) in Pairs::new(&map, b.len()).iter() {
                self.groups.push(GroupFacts {
                    old_at,
                    new_at,
                    is_embassy,
                    old_rank: (0, 0, 0),
                    new_rank: (0, 0, 0),
                    moved: None,
                    policy: [Versioned::fixed(None); 2],
                    grants: GrantEdits::default(),
                    members_added: None,
                    members_removed: None,
                });
            }
        }
    }

    /// The name of a group: NEW's, or OLD's for what is gone.
    fn group_name(&self, at: usize) -> Option<String> {
        let group = &self.groups[at];
        let found = group.group(&self.new, true).or_else(|| group.group(&self.old, false))?;
        Some(found.object.name.clone())
    }

    pub(super) fn group_words(&self, is_embassy: bool) -> String {
        if is_embassy {
            "embassy".into()
        } else {
            self.new.profile.terminology.group_policy.clone()
        }
    }

    fn renamed(&mut self, owner: &str, before: (&str, Span), after: (&str, Span)) {
        self.add(Edit {
            kind: Kind::Renamed,
            owner: owner.to_owned(),
            names: vec![after.0.to_owned()],
            detail: format!("was {}", crate::text::quote(before.0)),
            old: vec![before.1],
            new: vec![after.1],
        });
    }

    /// What a group says, apart from its name; nothing for one that grants nothing to nobody.
    fn content(&self, aligned: &Aligned, new: bool, group: &Group) -> Option<String> {
        let ir = self.ir(new);
        let users: Vec<u32> =
            group.members.users.iter().map(|(user, _)| self.users.number(new, user.0)).collect();
        let mut directory: Vec<u32> = group
            .members
            .directory_groups
            .iter()
            .map(|(id, _)| self.directory_groups.number(new, id.0))
            .collect();
        directory.sort_unstable();
        let policies = group.grants.session_policy.map(|found| self.assigned(new, found));
        let settings: Vec<String> = group
            .grants
            .settings
            .iter()
            .map(|found| {
                let entry = &ir.profile.settings[found.entry as usize];
                format!(
                    "{} {} {}",
                    entry.path,
                    entry.ty.text(ir.value(found.value)),
                    found.is_final
                )
            })
            .collect();
        let memberships: Vec<String> = group
            .grants
            .memberships
            .iter()
            .map(|found| {
                let object = aligned.member_object(new, &self.new, found.key);
                format!("{object:?} {} {}", ir.member_role_text(found.role), found.is_final)
            })
            .collect();
        let empty = users.is_empty()
            && directory.is_empty()
            && settings.is_empty()
            && memberships.is_empty();
        (!empty)
            .then(|| format!("{users:?} {directory:?} {policies:?} {settings:?} {memberships:?}"))
    }

    /// Who came into a group and who left it. Users that one side lacks come and go with
    /// themselves.
    pub(super) fn group_members(&mut self) {
        for at in 0..self.groups.len() {
            let (group, is_embassy) = (&self.groups[at], self.groups[at].is_embassy);
            let mut users: BTreeMap<u32, (Option<Span>, Option<Span>)> = BTreeMap::new();
            let mut directory: BTreeMap<u32, (Option<Span>, Option<Span>)> = BTreeMap::new();
            for new in [false, true] {
                if let Some(members) = group.group(self.ir(new), new).map(|group| &group.members) {
                    let put = |known: &mut (Option<Span>, Option<Span>), span| {
                        *if new { &mut known.1 } else { &mut known.0 } = Some(span);
                    };
                    for (user, span) in &members.users {
                        put(users.entry(self.users.number(new, user.0)).or_default(), *span);
                    }
                    for (id, span) in &members.directory_groups {
                        put(
                            directory.entry(self.directory_groups.number(new, id.0)).or_default(),
                            *span,
                        );
                    }
                }
            }
            users.retain(|&user, _| self.in_both(user));
            let moved = users
                .into_values()
                .chain(directory.into_values())
                .filter(|(old, new)| old.is_some() != new.is_some());
            let (mut old, mut new): (Vec<Span>, Vec<Span>) = (Vec::new(), Vec::new());
            for (before, after) in moved {
                old.extend(before);
                new.extend(after);
            }
            let (left, joined) = (listed(&self.old, &old), listed(&self.new, &new));
            let name = self.group_name(at);
            let sides = (group.old_at.is_some(), group.new_at.is_some());
            let owner = whole(sides, self.group_words(is_embassy));
            let edit = |detail: String, old: Vec<Span>, new: Vec<Span>| Edit {
                kind: Kind::Members,
                owner: owner.clone(),
                names: name.clone().into_iter().collect(),
                detail,
                old,
                new,
            };
            if !new.is_empty() {
                let edit = edit(format!("members added: {joined}"), Vec::new(), new);
                self.groups[at].members_added = Some(self.add(edit));
            }
            if !old.is_empty() {
                let edit = edit(format!("members removed: {left}"), old, Vec::new());
                self.groups[at].members_removed = Some(self.add(edit));
            }
        }
    }

    /// Whether a user is of both sides.
    pub(super) fn in_both(&self, user: u32) -> bool {
        matches!(self.users.pairs[user as usize], (Some(_), Some(_)))
    }

    /// Group policies that moved in the order: all but the longest list of those that kept their
    /// order.
    pub(super) fn order(&mut self) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        let count = self.groups.iter().filter(|group| !group.is_embassy).count();
        let places = |at: usize| (self.groups[at].old_at, self.groups[at].new_at);
        let mut common: Vec<(u32, u32, usize)> =
            (0..count).filter_map(|at| Some((places(at).0?, places(at).1?, at))).collect();
        common.sort_unstable();
        let stable = longest_ascending(&common.iter().map(|&(_, new, _)| new).collect::<Vec<_>>());
        let stable: Vec<(u32, u32, usize)> = stable.into_iter().map(|at| common[at]).collect();
        let kept: FxHashSet<usize> = stable.iter().map(|&(_, _, at)| at).collect();
        for at in 0..count {
            let rank = |place: Option<u32>, new: bool| {
                let Some(place) = place else { return (0, 0, 0) };
                let before = stable
                    .partition_point(|&(old, now, _)| if new { now } else { old } <= place)
                    as u32;
                match (kept.contains(&at), new) {
                    (true, _) => (before, 0, 0),
                    (false, true) => (before, 1, place),
                    (false, false) => (before, 2, place),
                }
            };
            let group = &mut self.groups[at];
            let (old_rank, new_rank) = (rank(group.old_at, false), rank(group.new_at, true));
            group.old_rank = if group.old_at.is_some() { old_rank } else { new_rank };
            group.new_rank = if group.new_at.is_some() { new_rank } else { old_rank };
            let group = &self.groups[at];
            let (Some(old), Some(new)) = (group.group(&old_ir, false), group.group(&new_ir, true))
            else {
                continue;
            };
            if !kept.contains(&at) {
                let up = new_rank < old_rank;
                let edit = Edit {
                    kind: Kind::Order,
                    owner: self.group_words(false),
                    names: vec![new.object.name.clone()],
                    detail: if up { "moved up in the order" } else { "moved down in the order" }
                        .into(),
                    old: old.ordered_at.into_iter().collect(),
                    new: new.ordered_at.into_iter().collect(),
                };
                self.groups[at].moved = Some(self.add(edit));
            }
        }
    }

    /// How the users that some edit of groups touches are members, group by group.
    pub(super) fn memberships_of_touched_users(&mut self) {
        let mut touched = vec![false; self.users.pairs.len()];
        for group in self.groups.iter().filter(|group| group.touched()) {
            for new in [false, true] {
                let ir = self.ir(new);
                if let Some(members) = group.group(ir, new).map(|group| &group.members) {
                    let through = members
                        .directory_groups
                        .iter()
                        .flat_map(|(id, _)| &ir.tables.directory_groups[id.index()].members);
                    for (user, _) in members.users.iter().chain(through) {
                        touched[self.users.number(new, user.0) as usize] = true;
                    }
                }
            }
        }
        self.directory_touched(&mut touched);
        self.own.keys().for_each(|&user| touched[user as usize] = true);
        let directory = self.directory_listed(&touched);
        let touched: Vec<bool> =
            (0..touched.len()).map(|user| touched[user] && self.in_both(user as u32)).collect();
        for (number, group) in (0u32..).zip(&self.groups) {
            let mut direct: Listed = BTreeMap::new();
            let mut entries: Listed = BTreeMap::new();
            for new in [false, true] {
                if let Some(members) = group.group(self.ir(new), new).map(|group| &group.members) {
                    let put = |known: &mut (bool, bool)| {
                        *if new { &mut known.1 } else { &mut known.0 } = true
                    };
                    for (user, _) in &members.users {
                        let user = self.users.number(new, user.0);
                        if touched[user as usize] {
                            put(direct.entry(user).or_default());
                        }
                    }
                    for (id, _) in &members.directory_groups {
                        put(entries.entry(self.directory_groups.number(new, id.0)).or_default());
                    }
                }
            }
            let fact = |(old, new): (bool, bool)| Versioned {
                old,
                new,
                edit: if old == new {
                    None
                } else if new {
                    group.members_added
                } else {
                    group.members_removed
                },
            };
            let mut ways: BTreeMap<u32, Vec<super::MembershipPath>> = BTreeMap::new();
            for (user, listed) in direct {
                ways.entry(user).or_default().push(super::MembershipPath {
                    entry: fact(listed),
                    inside: Versioned::fixed(true),
                });
            }
            for (id, listed) in entries {
                for &(user, inside) in directory.get(&id).into_iter().flatten() {
                    if touched[user as usize] {
                        ways.entry(user)
                            .or_default()
                            .push(super::MembershipPath { entry: fact(listed), inside });
                    }
                }
            }
            for (user, found) in ways {
                self.ways.entry(user).or_default().push((number, found));
            }
        }
        for (user, _) in touched.iter().enumerate().filter(|(_, touched)| **touched) {
            self.ways.entry(user as u32).or_default();
        }
    }
}

/// What an object is called whose lines came or went with it, by whether it is in OLD and in NEW.
pub(super) fn whole(sides: (bool, bool), words: String) -> String {
    match sides {
        (false, true) => format!("new {words}"),
        (true, false) => format!("removed {words}"),
        _ => words,
    }
}

/// Some members as their lists write them, the first few.
pub(super) fn listed(ir: &Ir, places: &[Span]) -> String {
    const MAX: usize = 3;
    let shown: Vec<&str> = places.iter().take(MAX).map(|place| ir.sources.text(*place)).collect();
    let more = places.len().saturating_sub(MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", shown.join(", "))
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
