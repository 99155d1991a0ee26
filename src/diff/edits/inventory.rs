//! Users, invites, jump items and portals that one side alone has. Those that stand under the same
//! rules are one edit: three machines of one kind, in one jump group, with the same policies.

use super::super::align::Pairs;
use super::super::{OneOrBoth, Side, Sided};
use super::{Edit, EditId, EditKind, Edits, SessionPart};
use crate::ir::{
    Grants, Group, Ir, JumpGroupId, JumpItem, JumpPolicyId, Object, PolicyId, PortalId, UserId,
};
use crate::semantics::members::{Groups, groups_of_users};
use crate::source::Span;
use crate::text::{listed, quote};
use rustc_hash::{FxHashMap, FxHashSet};

/// The most group policies that are named.
const MAX_GROUPS: usize = 3;

/// What objects that one side alone has share with objects of that side that both have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The kind of object.
    pub part: SessionPart,
    /// Where they stand, such as `jump group "Workstations"`; empty where that says nothing.
    pub place: String,
    /// How many objects that both sides have stand under the same rules: whatever holds for those
    /// holds for these.
    pub peers: u64,
    /// How many objects that both sides have stand in the same place, under whatever rules.
    pub neighbours: u64,
}

/// All that decides what an object gives or gets in sessions. Objects of one kind and side with
/// equal rules have equal cells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Rules {
    /// Of a user who sets nothing and owns nothing.
    Groups(Groups),
    Invite(Option<PolicyId>),
    JumpItem {
        method: usize,
        group: Option<JumpGroupId>,
        owner: Option<UserId>,
        jump_policy: Option<JumpPolicyId>,
        portal: Option<PortalId>,
        policies: [Option<PolicyId>; 2],
    },
    /// Of an object that is like no other.
    Alone(usize),
}

impl Edits {
    /// Objects whose sessions one side lacks.
    pub(super) fn added_and_removed(&mut self) {
        let irs = self.irs();
        let groups = irs.as_ref().map(|_, ir| groups_of_users(&ir.tables));
        for part in SessionPart::ALL {
            for side in Side::BOTH {
                let rules = RulesOf::new(&irs[side], &groups[side], part);
                self.one_sided_objects(part, side, &rules);
            }
        }
    }

    fn one_sided_objects(&mut self, part: SessionPart, side: Side, rules: &RulesOf<'_>) {
        let pairs = self.pairs_of(part);
        let mut alone: Vec<(u32, usize)> = Vec::new();
        let mut known: FxHashMap<Rules, u64> = FxHashMap::default();
        let mut neighbours: FxHashMap<String, u64> = FxHashMap::default();
        let one_sided = pairs.pairs.iter().any(|pair| pair.only_side() == Some(side));
        for (number, pair) in pairs.iter().filter(|_| one_sided) {
            match pair {
                OneOrBoth::Both(both) => {
                    let at = both[side] as usize;
                    *known.entry(rules.of(at)).or_default() += 1;
                    *neighbours.entry(rules.place(at)).or_default() += 1;
                }
                OneOrBoth::Old(at) | OneOrBoth::New(at) if pair.only_side() == Some(side) => {
                    alone.push((number, at as usize));
                }
                _ => {}
            }
        }
        let mut merged: FxHashMap<(Rules, String), EditId> = FxHashMap::default();
        for (number, at) in alone {
            let object = rules.object(at);
            let found = (rules.of(at), rules.dated_place(at));
            let id = match merged.get(&found) {
                Some(&id) => {
                    let edit = &mut self.list[id.0 as usize];
                    edit.names.push(object.name.clone());
                    edit.lines[side].push(object.span);
                    id
                }
                None => {
                    let id = self.add(one_sided_edit(rules, side, object));
                    let place = found.1.clone();
                    let peers = known.get(&found.0).copied().unwrap_or_default();
                    let neighbours = neighbours.get(&rules.place(at)).copied().unwrap_or_default();
                    self.standing.insert(id, Standing { part, place, peers, neighbours });
                    merged.insert(found, id);
                    id
                }
            };
            self.only_on.insert((part, number), id);
        }
    }

    /// Objects that both sides have under different names, by their ids. No cell changes, but a name
    /// may have become that of somebody else.
    pub(super) fn renamed_objects(&mut self) {
        let irs = self.irs();
        for part in SessionPart::ALL {
            let pairs = self.pairs_of(part).pairs.iter();
            let both = pairs.filter_map(|pair| match pair {
                OneOrBoth::Both(both) => {
                    Some(both.as_ref().map(|side, at| object(&irs[side], part, *at as usize)))
                }
                _ => None,
            });
            let renamed: Vec<Sided<&Object>> =
                both.filter(|both| both.old.name != both.new.name).collect();
            for Sided { old, new } in renamed {
                let owner = owner_words(&irs.new, part).to_owned();
                self.renamed(&owner, (&old.name, old.span), (&new.name, new.span));
            }
        }
    }

    fn pairs_of(&self, part: SessionPart) -> &Pairs {
        match part {
            SessionPart::User => &self.users,
            SessionPart::Invite => &self.invites,
            SessionPart::JumpItem => &self.jump_items,
            SessionPart::Portal => &self.portals,
        }
    }

    /// The edit that added or removed an object, by its number, if one side alone has it.
    pub fn only_on(&self, part: SessionPart, number: u32) -> Option<EditId> {
        self.only_on.get(&(part, number)).copied()
    }
}

fn object(ir: &Ir, part: SessionPart, at: usize) -> &Object {
    let tables = &ir.tables;
    match part {
        SessionPart::User => &tables.users[at].object,
        SessionPart::Invite => &tables.invites[at].object,
        SessionPart::JumpItem => &tables.jump_items[at].object,
        SessionPart::Portal => &tables.portals[at].object,
    }
}

/// What the product calls the objects of a kind.
fn owner_words(ir: &Ir, part: SessionPart) -> &str {
    let words = &ir.profile.terminology;
    match part {
        SessionPart::User => &words.user,
        SessionPart::Invite => &words.invite,
        SessionPart::JumpItem => &words.jump_item,
        SessionPart::Portal => &words.portal,
    }
}

fn one_sided_edit(rules: &RulesOf<'_>, side: Side, object: &Object) -> Edit {
    let owner = owner_words(rules.ir, rules.part).to_owned();
    let (kind, detail) = match side {
        Side::Old => (EditKind::Removed, "removed"),
        Side::New => (EditKind::Added, "added"),
    };
    let mut lines: Sided<Vec<Span>> = Sided::default();
    lines[side].push(object.span);
    let names = vec![object.name.clone()];
    Edit { kind, owner, names, detail: detail.into(), lines }
}

/// The rules of the objects of one kind and side.
struct RulesOf<'a> {
    ir: &'a Ir,
    groups: &'a [Groups],
    part: SessionPart,
    owners: FxHashSet<UserId>,
}

impl<'a> RulesOf<'a> {
    fn new(ir: &'a Ir, groups: &'a [Groups], part: SessionPart) -> Self {
        let items = ir.tables.jump_items.iter();
        let owners = items.filter_map(|item| item.owner.map(|(owner, _)| owner)).collect();
        RulesOf { ir, groups, part, owners }
    }

    fn object(&self, at: usize) -> &'a Object {
        object(self.ir, self.part, at)
    }

    fn of(&self, at: usize) -> Rules {
        let tables = &self.ir.tables;
        match self.part {
            SessionPart::User => {
                let owns = self.owners.contains(&UserId(at as u32));
                match owns || !sets_nothing(&tables.users[at].grants) {
                    true => Rules::Alone(at),
                    false => Rules::Groups(self.groups[at].clone()),
                }
            }
            SessionPart::Invite => Rules::Invite(tables.invites[at].session_policy.policy),
            SessionPart::JumpItem => {
                let item: &JumpItem = &tables.jump_items[at];
                Rules::JumpItem {
                    method: item.method,
                    group: item.group,
                    owner: item.owner.map(|(owner, _)| owner),
                    jump_policy: item.jump_policy,
                    portal: item.portal,
                    policies: item.session_policy.map(|line| line?.policy),
                }
            }
            SessionPart::Portal => Rules::Alone(at),
        }
    }

    /// Where an object stands, in words.
    fn place(&self, at: usize) -> String {
        self.place_with(at, |_| String::new())
    }

    /// The same with the days on which a user's memberships end.
    fn dated_place(&self, at: usize) -> String {
        self.place_with(at, |group| {
            let dates = &group.members.users_until;
            let found = dates.iter().find(|(user, _)| user.index() == at);
            found.map(|(_, until)| format!(" until {}", until.0)).unwrap_or_default()
        })
    }

    /// Where an object stands; `ending` is what follows the group of a user.
    fn place_with(&self, at: usize, ending: impl Fn(&Group) -> String) -> String {
        let (tables, words) = (&self.ir.tables, &self.ir.profile.terminology);
        match self.part {
            SessionPart::User => {
                let Groups { policies, embassy } = &self.groups[at];
                let name =
                    |group: &Group| format!("{}{}", quote(&group.object.name), ending(group));
                let names: Vec<String> = policies.iter().map(|id| name(&tables[*id])).collect();
                match (embassy, &names[..]) {
                    (Some(id), _) => format!("embassy {}", name(&tables[*id])),
                    (None, []) => format!("no {}", words.group_policy),
                    (None, [only]) => format!("{} {only}", words.group_policy),
                    (None, _) => format!("group policies {}", listed(&names, MAX_GROUPS)),
                }
            }
            SessionPart::JumpItem => {
                let item = &tables.jump_items[at];
                match (item.group, item.owner) {
                    (Some(group), _) => format!("jump group {}", quote(&tables[group].name)),
                    (None, Some((owner, _))) => {
                        format!("the list of {}", quote(&tables[owner].object.name))
                    }
                    (None, None) => "no jump group".into(),
                }
            }
            SessionPart::Invite => {
                let policy = tables.invites[at].session_policy.policy;
                let policy = policy.map(|id| &self.ir.policy(id).object.name);
                policy
                    .map(|name| format!("{} {}", words.session_policy, quote(name)))
                    .unwrap_or_default()
            }
            SessionPart::Portal => String::new(),
        }
    }
}

fn sets_nothing(grants: &Grants) -> bool {
    grants.settings.is_empty()
        && grants.memberships.is_empty()
        && grants.memberships_unknown.is_none()
        && grants.session_policy == [None; 2]
}
