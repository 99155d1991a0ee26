//! Which sessions someone can start: a user starts a session with a jump item through a membership
//! in its jump group. Jump items outside any group, portals and invites are within everyone's
//! reach, because nothing restricts them.

use super::context::{Context, Pair};
use crate::ir::{JumpGroupId, MembershipKey, UserId};
use crate::matrix::{SubjectRef, TargetRef};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

type Group = Option<JumpGroupId>;

pub(super) struct Reach<'c> {
    context: &'c Context<'c>,
    /// By slot and subject stack: how many of its subjects can use each jump group; for no group,
    /// all of them.
    subjects: [Vec<FxHashMap<Group, u64>>; 2],
    /// By endpoint class: how many of its endpoints are in each jump group.
    endpoints: Vec<BTreeMap<Group, u64>>,
}

impl<'c> Reach<'c> {
    /// `None` where the workspace has no jump group memberships.
    pub(super) fn new(context: &'c Context<'c>) -> Option<Self> {
        let tables = &context.ir.tables;
        let grants =
            tables.group_policies.iter().chain(&tables.embassies).map(|group| &group.grants);
        let mut memberships = grants
            .chain(tables.users.iter().map(|user| &user.grants))
            .flat_map(|grants| &grants.memberships);
        memberships.find(|membership| matches!(membership.key, MembershipKey::JumpGroup(_)))?;
        let subjects = std::array::from_fn(|slot| {
            let stacks = context.subject_stacks[slot].iter();
            stacks.map(|stack| subjects(context, &stack.classes)).collect()
        });
        let matrix = &context.matrix;
        let classes = matrix.endpoint_classes.iter().map(|class| {
            let mut groups = BTreeMap::new();
            for &member in &class.members {
                *groups
                    .entry(group_of(context, matrix.endpoints[member as usize].0.target))
                    .or_default() += 1;
            }
            groups
        });
        Some(Reach { context, subjects, endpoints: classes.collect() })
    }

    fn slot(&self, pair: &Pair) -> usize {
        self.context.ir.profile.slot_of(pair.method)
    }

    /// How many of a pair's sessions someone can start.
    pub(super) fn sessions(&self, pair: &Pair) -> u64 {
        let subjects = &self.subjects[self.slot(pair)][pair.subject_stack];
        let groups = self.endpoints[pair.endpoint_class].iter();
        groups.map(|(group, endpoints)| endpoints * subjects.get(group).copied().unwrap_or(0)).sum()
    }

    /// A subject of the pair and an endpoint that it can reach, as indices of the matrix.
    pub(super) fn example(&self, pair: &Pair) -> Option<(u32, u32)> {
        let (context, matrix) = (self.context, &self.context.matrix);
        let slot = self.slot(pair);
        let counts = &self.subjects[slot][pair.subject_stack];
        let group_at =
            |endpoint: u32| group_of(context, matrix.endpoints[endpoint as usize].0.target);
        let mut endpoints = matrix.endpoint_classes[pair.endpoint_class].members.iter().copied();
        let endpoint = endpoints
            .find(|endpoint| counts.get(&group_at(*endpoint)).is_some_and(|count| *count > 0))?;
        let group = group_at(endpoint);
        let classes = context.subject_stacks[slot][pair.subject_stack].classes.iter();
        let mut subjects =
            classes.flat_map(|class| &matrix.subject_classes[*class as usize].members).copied();
        let subject =
            subjects.find(|subject| match (matrix.subjects[*subject as usize].0, group) {
                (SubjectRef::User(user), Some(_)) => {
                    groups_of(context, user).any(|known| Some(known) == group)
                }
                _ => true,
            })?;
        Some((subject, endpoint))
    }
}

fn group_of(context: &Context<'_>, target: TargetRef) -> Group {
    match target {
        TargetRef::JumpItem(id) => context.ir.tables.jump_items[id.index()].group,
        TargetRef::Portal(_) => None,
    }
}

/// The jump groups that an account is a member of, each once.
fn groups_of<'c>(context: &'c Context<'_>, user: UserId) -> impl Iterator<Item = JumpGroupId> + 'c {
    let own = &context.ir.tables.users[user.index()].grants.memberships;
    let jump_group = |key: MembershipKey| match key {
        MembershipKey::JumpGroup(group) => Some(group),
        _ => None,
    };
    let given = context.matrix.accounts.class(user).membership_keys();
    let given = given.filter(|key| own.binary_search_by_key(key, |own| own.key).is_err());
    own.iter().map(|membership| membership.key).chain(given).filter_map(jump_group)
}

fn subjects(context: &Context<'_>, classes: &[u32]) -> FxHashMap<Group, u64> {
    let matrix = &context.matrix;
    let mut counts: FxHashMap<Group, u64> = FxHashMap::default();
    let mut invites = 0;
    for &subject in
        classes.iter().flat_map(|class| &matrix.subject_classes[*class as usize].members)
    {
        *counts.entry(None).or_default() += 1;
        match matrix.subjects[subject as usize].0 {
            SubjectRef::User(user) => groups_of(context, user)
                .for_each(|group| *counts.entry(Some(group)).or_default() += 1),
            SubjectRef::Invite(_) => invites += 1,
        }
    }
    if invites > 0 {
        (0..context.ir.tables.jump_groups.len() as u32)
            .for_each(|group| *counts.entry(Some(JumpGroupId(group))).or_default() += invites);
    }
    counts
}
