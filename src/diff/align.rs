//! Which objects of OLD and NEW are the same: those with the same id, then those with the same
//! name.

use super::side::{OneOrBoth, Side, Sided};
use crate::ir::{
    Ir, JumpItem, JumpPolicyId, MemberRole, Membership, MembershipKey, MembershipKind, Object, Role,
};
use crate::syntax::ast::DeclarationKind;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// For one kind: the index in NEW of each object of OLD, if it is there.
pub type Map = Vec<Option<u32>>;

/// The objects of one kind that OLD, NEW or both have, numbered: NEW's in their order, then those
/// that only OLD has.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Indices into OLD's and NEW's tables.
    pub pairs: Vec<OneOrBoth<u32>>,
    /// By index in OLD: the number of the pair. An object of NEW has its own index.
    pub of_old: Vec<u32>,
}

impl Pairs {
    /// Pairs the objects of OLD with those of NEW, of which there are so many.
    pub fn new(map: &Map, new: usize) -> Pairs {
        let mut pairs: Vec<OneOrBoth<u32>> = (0..new as u32).map(OneOrBoth::New).collect();
        let mut of_old = Vec::with_capacity(map.len());
        for (found, old) in map.iter().zip(0..) {
            of_old.push(found.unwrap_or(pairs.len() as u32));
            match found {
                Some(new) => {
                    pairs[*new as usize] = OneOrBoth::Both(Sided { old, new: *new });
                }
                None => pairs.push(OneOrBoth::Old(old)),
            }
        }
        Pairs { pairs, of_old }
    }

    /// The number of an object's pair, by its index on a side.
    pub fn number(&self, side: Side, index: u32) -> u32 {
        match side {
            Side::Old => self.of_old[index as usize],
            Side::New => index,
        }
    }

    /// Each pair with its number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, OneOrBoth<u32>)> + '_ {
        (0..).zip(self.pairs.iter().copied())
    }

    /// The pairs of objects that both sides have: indices into OLD's and NEW's tables.
    pub fn in_both(&self) -> impl Iterator<Item = Sided<u32>> + '_ {
        self.pairs.iter().filter_map(|pair| pair.both())
    }
}

/// Which objects, permissions and settings of OLD and NEW are the same.
#[derive(Clone, Debug, Default)]
pub struct Aligned {
    /// Users.
    pub users: Map,
    /// Invites.
    pub invites: Map,
    /// Jump items.
    pub jump_items: Map,
    /// Portals.
    pub portals: Map,
    /// Session policies, custom ones and the global default too.
    pub policies: Map,
    /// Group policies.
    pub group_policies: Map,
    /// Embassies.
    pub embassies: Map,
    /// Directory groups.
    pub directory_groups: Map,
    /// Jump item roles.
    pub roles: Map,
    /// Jump policies.
    pub jump_policies: Map,
    /// Jump groups.
    pub jump_groups: Map,
    teams: Map,
    jumpoints: Map,
    vault_account_groups: Map,
    vault_accounts: Map,
    /// (index in OLD, in NEW) of the permissions that both profiles have, in NEW's order.
    pub permissions: Vec<(usize, usize)>,
    /// (index in OLD, in NEW) of the settings that both profiles have, in NEW's order.
    pub settings: Vec<(usize, usize)>,
}

impl Aligned {
    /// Finds what is the same in two revisions.
    pub fn new(old: &Ir, new: &Ir) -> Self {
        let (a, b) = (&old.tables, &new.tables);
        let paths = |old: &[crate::profile::Entry], new: &[crate::profile::Entry]| {
            let position = |path: &str| old.iter().position(|entry| entry.path == path);
            new.iter()
                .enumerate()
                .filter_map(|(index, entry)| Some((position(&entry.path)?, index)))
                .collect()
        };
        Aligned {
            users: align(
                a.users.iter().map(|user| &user.object),
                b.users.iter().map(|user| &user.object),
            ),
            invites: align(
                a.invites.iter().map(|invite| &invite.object),
                b.invites.iter().map(|invite| &invite.object),
            ),
            jump_items: align_jump_items(old, new),
            portals: align(
                a.portals.iter().map(|portal| &portal.object),
                b.portals.iter().map(|portal| &portal.object),
            ),
            policies: align(
                a.policies.iter().map(|policy| &policy.object),
                b.policies.iter().map(|policy| &policy.object),
            ),
            group_policies: align(
                a.group_policies.iter().map(|group| &group.object),
                b.group_policies.iter().map(|group| &group.object),
            ),
            embassies: align(
                a.embassies.iter().map(|group| &group.object),
                b.embassies.iter().map(|group| &group.object),
            ),
            directory_groups: align(
                a.directory_groups.iter().map(|group| &group.object),
                b.directory_groups.iter().map(|group| &group.object),
            ),
            roles: align_roles(&a.roles, &b.roles),
            jump_policies: align(a.jump_policies.iter(), b.jump_policies.iter()),
            jump_groups: align(a.jump_groups.iter(), b.jump_groups.iter()),
            teams: align(a.teams.iter(), b.teams.iter()),
            jumpoints: align(a.jumpoints.iter(), b.jumpoints.iter()),
            vault_account_groups: align(
                a.vault_account_groups.iter(),
                b.vault_account_groups.iter(),
            ),
            vault_accounts: align(a.vault_accounts.iter(), b.vault_accounts.iter()),
            permissions: paths(&old.profile.permissions, &new.profile.permissions),
            settings: paths(&old.profile.settings, &new.profile.settings),
        }
    }

    /// By index in OLD, the objects of a kind that is paired by id and name alone.
    pub(super) fn map(&self, kind: DeclarationKind) -> Option<&Map> {
        use DeclarationKind as Kind;
        Some(match kind {
            Kind::User => &self.users,
            Kind::Invite => &self.invites,
            Kind::JumpItem => &self.jump_items,
            Kind::Portal => &self.portals,
            Kind::JumpItemRole => &self.roles,
            Kind::JumpPolicy => &self.jump_policies,
            Kind::JumpGroup => &self.jump_groups,
            Kind::Team => &self.teams,
            Kind::Jumpoint => &self.jumpoints,
            Kind::VaultAccountGroup => &self.vault_account_groups,
            Kind::VaultAccount => &self.vault_accounts,
            _ => return None,
        })
    }

    /// The object of a membership, numbered like [`Pairs`].
    pub fn member_object(&self, side: Side, new: &Ir, key: MembershipKey) -> (MembershipKind, u32) {
        let map = self.member_objects(key.kind());
        let index = key.index();
        let number = match (side, map.get(index).copied().flatten()) {
            (Side::New, _) => index as u32,
            (Side::Old, Some(at)) => at,
            (Side::Old, None) => (new.members(key.kind()).len() + index) as u32,
        };
        (key.kind(), number)
    }

    /// Whether two membership roles, of OLD and of NEW, are the same.
    pub fn same_member_role(&self, old: MemberRole, new: MemberRole) -> bool {
        match (old, new) {
            (
                MemberRole::JumpItemRole(old_role, old_policy),
                MemberRole::JumpItemRole(new_role, new_policy),
            ) => {
                let role = match (old_role, new_role) {
                    (Some(old), Some(new)) => self.roles[old.index()] == Some(new.0),
                    (old, new) => old == new,
                };
                role && self.is_same_jump_policy(old_policy, new_policy)
            }
            (old, new) => old == new,
        }
    }

    /// The same for roles of any two sides.
    pub fn same_roles(&self, a: (Side, Membership), b: (Side, Membership)) -> bool {
        match (a.0, b.0) {
            (Side::Old, Side::New) => self.same_member_role(a.1.role, b.1.role),
            (Side::New, Side::Old) => self.same_member_role(b.1.role, a.1.role),
            _ => a.1.role == b.1.role,
        }
    }

    fn is_same_jump_policy(&self, old: Option<JumpPolicyId>, new: Option<JumpPolicyId>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) => self.jump_policies[old.index()] == Some(new.0),
            (old, new) => old == new,
        }
    }

    /// Whether two memberships in a jump group, of OLD and of NEW, name the same jump policy, or
    /// none. Other memberships have none, and are not the same in that.
    pub fn same_jump_policy(&self, old: MemberRole, new: MemberRole) -> bool {
        match (old, new) {
            (MemberRole::JumpItemRole(_, old), MemberRole::JumpItemRole(_, new)) => {
                self.is_same_jump_policy(old, new)
            }
            _ => false,
        }
    }

    /// The objects of which a kind of membership makes members.
    pub fn member_objects(&self, kind: MembershipKind) -> &Map {
        match kind {
            MembershipKind::JumpGroup => &self.jump_groups,
            MembershipKind::Jumpoint => &self.jumpoints,
            MembershipKind::Team => &self.teams,
            MembershipKind::VaultAccountGroup => &self.vault_account_groups,
            MembershipKind::VaultAccount => &self.vault_accounts,
        }
    }
}

fn align<'o>(old: impl Iterator<Item = &'o Object>, new: impl Iterator<Item = &'o Object>) -> Map {
    let old: Vec<&Object> = old.collect();
    let new: Vec<&Object> = new.collect();
    let mut map = vec![None; old.len()];
    pair_by(&mut map, &old, &new, |object| object.id);
    pair_by(&mut map, &old, &new, |object| Some(&*object.name));
    map
}

/// The product counts the jump items of each kind by itself, so an id and a name stand for one item
/// of a kind. Where just one item of a name is left over on each side, its kind was changed.
fn align_jump_items(old: &Ir, new: &Ir) -> Map {
    fn items(ir: &Ir) -> Vec<(&str, &Object)> {
        let method = |item: &JumpItem| &*ir.profile.methods[item.method].id;
        ir.tables.jump_items.iter().map(|item| (method(item), &item.object)).collect()
    }
    let (old, new) = (items(old), items(new));
    let mut map = vec![None; old.len()];
    pair_by(&mut map, &old, &new, |(method, object)| Some((*method, object.id?)));
    pair_by(&mut map, &old, &new, |(method, object)| Some((*method, &*object.name)));
    pair_by(&mut map, &old, &new, |(_, object)| Some(&*object.name));
    map
}

/// Pairs what has no partner yet and has the same key, where it is the only such on its side.
fn pair_by<'o, T, K: Eq + std::hash::Hash>(
    map: &mut Map,
    old: &'o [T],
    new: &'o [T],
    key: impl Fn(&'o T) -> Option<K>,
) {
    let mut taken = vec![false; new.len()];
    for &at in map.iter().flatten() {
        taken[at as usize] = true;
    }
    // By key: one that is left over on each side, unless there are several.
    let mut left: FxHashMap<K, Sided<Option<OnlyOne>>> = FxHashMap::default();
    let mut note = |side: Side, at: u32, item: &'o T| {
        if let Some(key) = key(item) {
            let found = &mut left.entry(key).or_default()[side];
            *found = Some(if found.is_none() { OnlyOne::Is(at) } else { OnlyOne::Several });
        }
    };
    for (item, at) in old.iter().zip(0..).filter(|(_, at)| map[*at as usize].is_none()) {
        note(Side::Old, at, item);
    }
    for (item, at) in new.iter().zip(0..).filter(|(_, at)| !taken[*at as usize]) {
        note(Side::New, at, item);
    }
    for pair in left.into_values() {
        if let (Some(OnlyOne::Is(old)), Some(OnlyOne::Is(new))) = (pair.old, pair.new) {
            map[old as usize] = Some(new);
        }
    }
}

#[derive(Clone, Copy)]
enum OnlyOne {
    Is(u32),
    Several,
}

/// Pairs what was removed with what was added, where exactly one of each has the same content.
/// Returns the pairs.
pub(in crate::diff) fn by_content(
    map: &mut Map,
    new: usize,
    content: impl Fn(Side, u32) -> Option<String>,
) -> Vec<(u32, u32)> {
    let mut is_added = vec![true; new];
    map.iter().flatten().for_each(|&at| is_added[at as usize] = false);
    let removed = (0..map.len() as u32).filter(|&at| map[at as usize].is_none()).collect();
    let added = (0..new as u32).filter(|&at| is_added[at as usize]).collect();
    let alone: Sided<Vec<u32>> = Sided { old: removed, new: added };
    if alone.old.is_empty() || alone.new.is_empty() {
        return Vec::new();
    }
    let mut known: BTreeMap<String, Sided<Vec<u32>>> = BTreeMap::new();
    for (side, alone) in alone.into_array() {
        for at in alone {
            if let Some(text) = content(side, at) {
                known.entry(text).or_default()[side].push(at);
            }
        }
    }
    let mut pairs = Vec::new();
    for same in known.into_values() {
        if let ([old], [new]) = (&same.old[..], &same.new[..]) {
            map[*old as usize] = Some(*new);
            pairs.push((*old, *new));
        }
    }
    pairs
}

/// Jump item roles by id, then by name; of those left over, where exactly one on each side allows
/// the same, and neither has an id, it has another name.
fn align_roles(old: &[Role], new: &[Role]) -> Map {
    let mut map = align(old.iter().map(|role| &role.object), new.iter().map(|role| &role.object));
    let is_candidate = |role: &Role| role.object.id.is_none() && role.allows_at.is_some();
    let left_over =
        |at: usize, map: &Map| is_candidate(&new[at]) && !map.contains(&Some(at as u32));
    for at in 0..old.len() {
        let same = |other: &Role| other.allows == old[at].allows;
        if map[at].is_some() || !is_candidate(&old[at]) {
            continue;
        }
        let mut rivals = (0..old.len()).filter(|&other| {
            other != at && map[other].is_none() && is_candidate(&old[other]) && same(&old[other])
        });
        let found: Vec<usize> =
            (0..new.len()).filter(|&other| left_over(other, &map) && same(&new[other])).collect();
        if let [only] = found[..]
            && rivals.next().is_none()
        {
            map[at] = Some(only as u32);
        }
    }
    map
}
