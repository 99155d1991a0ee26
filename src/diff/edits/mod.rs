//! What was edited between OLD and NEW, as facts that hold in one of the two.
//!
//! An *edit* is one line that was added, removed or changed, or lines of one kind that were edited
//! alike: fifty jump items that now take policy B for policy A are one edit. A *fact* is what a
//! session or account is resolved from: its value in OLD, its value in NEW, and the edit that took
//! it from one to the other. With a set of edits applied, every fact has one of its two values:
//! that is how [`super::counterfactual`] asks what would be without an edit.
//!
//! Objects are the same by id, then by name (see [`super::align`]). Where a policy, group policy or
//! directory group was removed and another one with exactly the same content was added, they are
//! taken for one that was renamed. Users, invites, jump items and portals never are: which person
//! or machine something is, is not guessed.

mod accounts;
mod dates;
mod endpoints;
mod groups;
mod inventory;
mod kind;
mod lasting;
mod metadata;
mod policies;

use super::align::{Aligned, Map, Pairs};
use super::{OneOrBoth, Side, Sided};
use crate::ir::Ir;
use crate::profile::{Entry, Type, Value};
use crate::source::Span;
pub use accounts::{Grant, GrantEdits, MembershipPath, SubjectFacts};
pub use dates::{DateOwner, Dated, LaterDate};
pub use endpoints::EndpointFacts;
pub use groups::{GroupFacts, Rank};
pub use inventory::Standing;
pub use kind::{EditKind, Reach};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// An edit, by its place in [`Edits::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EditId(pub u32);

/// A line that was added, removed or changed, or lines of one kind that were edited alike.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What was edited.
    pub kind: EditKind,
    /// What the edited objects are, such as `session policy`; empty where there is only one.
    pub owner: String,
    /// The names of the edited objects.
    pub names: Vec<String>,
    /// What of them was edited, such as the path of a permission.
    pub detail: String,
    /// The lines in OLD and in NEW.
    pub lines: Sided<Vec<Span>>,
}

/// What something is in OLD and in NEW, and the edit between them if they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versioned<T> {
    /// What it is in OLD.
    pub old: T,
    /// What it is in NEW.
    pub new: T,
    /// The edit that makes the difference.
    pub edit: Option<EditId>,
}

impl<T: Copy> Versioned<T> {
    /// A fact that no edit changes.
    pub fn fixed(value: T) -> Self {
        Versioned { old: value, new: value, edit: None }
    }

    /// What it is with some edits applied (ascending).
    pub fn get(&self, applied: &[EditId]) -> T {
        match side_with(self.edit, applied) {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }
}

impl Versioned<bool> {
    /// Whether something is there, with the edits that remove it (OLD) and add it (NEW).
    fn presence<T>(found: &OneOrBoth<T>, edits: &Sided<Option<EditId>>) -> Self {
        let edit = found.only_side().and_then(|side| edits[side]);
        match found {
            OneOrBoth::Old(_) => Versioned { old: true, new: false, edit },
            OneOrBoth::New(_) => Versioned { old: false, new: true, edit },
            OneOrBoth::Both(_) => Versioned { old: true, new: true, edit },
        }
    }
}

/// The side on which a fact is looked up, with some edits applied (ascending): OLD until its edit
/// is one of them. What was not edited is as it is in NEW.
pub fn side_with(edit: Option<EditId>, applied: &[EditId]) -> Side {
    match edit {
        Some(edit) if applied.binary_search(&edit).is_err() => Side::Old,
        _ => Side::New,
    }
}

/// A `session_policy` line: the number of the policy, `None` for `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Assigned {
    /// The number of the policy's pair.
    pub policy: Option<u32>,
    /// Whether the line is `final`.
    pub is_final: bool,
}

/// Permissions, or settings, of both profiles, numbered: NEW's, then those that only OLD has.
#[derive(Clone, Debug)]
pub struct Entries {
    /// The number of each entry of OLD's profile. An entry of NEW's has its own index.
    pub of_old: Vec<u16>,
    /// By number: the index in OLD's and in NEW's profile.
    pub sides: Vec<OneOrBoth<u16>>,
}

impl Entries {
    fn new(old: &[Entry], new: &[Entry], common: &[(usize, usize)]) -> Entries {
        let mut sides: Vec<OneOrBoth<u16>> = (0..new.len() as u16).map(OneOrBoth::New).collect();
        let mut in_new: Vec<Option<u16>> = vec![None; old.len()];
        for &(old, new) in common {
            sides[new] = OneOrBoth::Both(Sided { old: old as u16, new: new as u16 });
            in_new[old] = Some(new as u16);
        }
        let of_old = in_new.into_iter().zip(0..).map(|(number, at)| {
            number.unwrap_or_else(|| {
                sides.push(OneOrBoth::Old(at));
                sides.len() as u16 - 1
            })
        });
        let of_old = of_old.collect();
        Entries { of_old, sides }
    }

    /// The number of an entry, by its index on a side.
    pub fn number(&self, side: Side, entry: u16) -> u16 {
        match side {
            Side::Old => self.of_old[entry as usize],
            Side::New => entry,
        }
    }

    /// The index of an entry on a side, by its number.
    pub fn on(&self, side: Side, number: u16) -> Option<u16> {
        self.sides[number as usize].get(side)
    }
}

/// All edits, and the facts that they change. Objects are numbered as in [`Pairs`].
#[derive(Clone, Debug)]
pub struct Edits {
    /// The policies of OLD.
    pub old: Arc<Ir>,
    /// The policies of NEW.
    pub new: Arc<Ir>,
    /// By [`EditId`].
    pub list: Vec<Edit>,
    /// The permissions of both profiles.
    pub permissions: Entries,
    /// The account settings of both profiles.
    pub settings: Entries,
    /// The users of both sides.
    pub users: Pairs,
    /// The invites of both sides.
    pub invites: Pairs,
    /// The jump items of both sides.
    pub jump_items: Pairs,
    /// The portals of both sides.
    pub portals: Pairs,
    /// The directory groups of both sides, renamed ones paired.
    pub directory_groups: Pairs,
    /// Of the edits that added or removed members: the members, as their lists write them.
    pub changed_members: FxHashMap<EditId, Vec<String>>,
    /// By directory group: the edits that removed members (OLD has them) and added some (NEW).
    directory_edits: Vec<Sided<Option<EditId>>>,
    /// The session policies of both sides, renamed ones paired.
    pub policies: Pairs,
    /// The same, as it was found.
    policy_map: Map,
    /// By policy and permission: the edit of its line.
    pub definitions: FxHashMap<(u32, u16), EditId>,
    /// By policy: whether any line of it was edited.
    pub edited_policies: Vec<bool>,
    /// By policy: the edit that only renamed it.
    pub renamed_policies: FxHashMap<u32, EditId>,
    /// Group policies, then embassies.
    pub groups: Vec<GroupFacts>,
    /// Which of them are the same on both sides: group policies, and embassies.
    pub(super) group_pairs: [Pairs; 2],
    /// Whether the order of group policies is a guess.
    pub guessed: Versioned<bool>,
    /// By user: how it is a member of groups, if an edit touches any of that.
    pub membership_paths: FxHashMap<u32, Vec<(u32, Vec<MembershipPath>)>>,
    /// By user: the edits of its own lines.
    pub own: FxHashMap<u32, GrantEdits>,
    /// By invite: its session policy.
    pub invite_policies: Vec<Versioned<Option<Assigned>>>,
    /// By jump item and slot (a person present, or absent).
    pub item_policies: FxHashMap<(u32, u8), EditId>,
    /// By jump item: the edit of the portal that it names.
    pub item_portals: FxHashMap<u32, EditId>,
    /// By jump item: the edit of its kind.
    pub item_kinds: FxHashMap<u32, EditId>,
    /// By jump item: the edit of its jump group or owner.
    pub item_places: FxHashMap<u32, EditId>,
    /// By jump item: the edit of its jump policy.
    pub item_jump_policies: FxHashMap<u32, EditId>,
    /// The dates that moved later or fell away.
    pub later_dates: Vec<LaterDate>,
    /// The jump policies of both sides.
    pub jump_policies: Pairs,
    /// The jump item roles of both sides.
    pub roles: Pairs,
    /// By jump item role: the edit of what it allows.
    pub role_edits: FxHashMap<u32, EditId>,
    /// By portal: its session policy.
    pub portal_policies: Vec<Versioned<Option<Assigned>>>,
    /// The default portal, by its number.
    pub default_portal: Versioned<Option<u32>>,
    /// The edits that removed or added parts of sessions, by their numbers.
    only_on: FxHashMap<(SessionPart, u32), EditId>,
    /// Of these edits: what their objects share with others.
    pub standing: FxHashMap<EditId, Standing>,
    /// The edit of the product's profile.
    pub profile: Option<EditId>,
}

/// A kind of object that sessions are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionPart {
    /// A user, who starts sessions.
    User,
    /// An invite, whose guest joins sessions.
    Invite,
    /// A jump item, the target of sessions.
    JumpItem,
    /// A portal, the target of sessions.
    Portal,
}

impl SessionPart {
    /// Subjects, then targets.
    pub const ALL: [SessionPart; 4] =
        [SessionPart::User, SessionPart::Invite, SessionPart::JumpItem, SessionPart::Portal];
}

impl Edits {
    /// Finds all edits between two revisions.
    pub fn new(old: &Arc<Ir>, new: &Arc<Ir>, aligned: &Aligned) -> Edits {
        let mut edits = Edits::without_edits(old, new, aligned);
        edits.match_policies(aligned);
        edits.match_groups(aligned);
        edits.definitions();
        edits.group_grants(aligned);
        edits.user_grants(aligned);
        edits.assignments();
        edits.group_members();
        edits.directory_members();
        edits.order();
        edits.guess();
        edits.targets(aligned);
        edits.added_and_removed();
        edits.renamed_objects();
        edits.profile();
        edits.memberships_of_touched_users();
        edits.metadata(aligned);
        edits
    }

    /// What is there on both sides, before it is compared.
    fn without_edits(old: &Arc<Ir>, new: &Arc<Ir>, aligned: &Aligned) -> Edits {
        let (a, b) = (&old.tables, &new.tables);
        let none = Versioned::fixed(None);
        Edits {
            old: Arc::clone(old),
            new: Arc::clone(new),
            list: Vec::new(),
            permissions: Entries::new(
                &old.profile.permissions,
                &new.profile.permissions,
                &aligned.permissions,
            ),
            settings: Entries::new(&old.profile.settings, &new.profile.settings, &aligned.settings),
            users: Pairs::new(&aligned.users, b.users.len()),
            invites: Pairs::new(&aligned.invites, b.invites.len()),
            jump_items: Pairs::new(&aligned.jump_items, b.jump_items.len()),
            portals: Pairs::new(&aligned.portals, b.portals.len()),
            directory_groups: Pairs::default(),
            changed_members: FxHashMap::default(),
            directory_edits: Vec::new(),
            policies: Pairs::default(),
            policy_map: Map::default(),
            definitions: FxHashMap::default(),
            edited_policies: Vec::new(),
            renamed_policies: FxHashMap::default(),
            groups: Vec::new(),
            group_pairs: Default::default(),
            guessed: Versioned::fixed(false),
            membership_paths: FxHashMap::default(),
            own: FxHashMap::default(),
            invite_policies: vec![none; a.invites.len() + b.invites.len()],
            item_policies: FxHashMap::default(),
            item_portals: FxHashMap::default(),
            item_kinds: FxHashMap::default(),
            item_places: FxHashMap::default(),
            item_jump_policies: FxHashMap::default(),
            later_dates: Vec::new(),
            jump_policies: Pairs::new(&aligned.jump_policies, b.jump_policies.len()),
            roles: Pairs::new(&aligned.roles, b.roles.len()),
            role_edits: FxHashMap::default(),
            portal_policies: vec![none; a.portals.len() + b.portals.len()],
            default_portal: Versioned::fixed(None),
            only_on: FxHashMap::default(),
            standing: FxHashMap::default(),
            profile: None,
        }
    }

    /// The same edits between the same revisions without what is unknown in them.
    pub(super) fn without_unknown(&self, written: &Sided<Arc<Ir>>) -> Edits {
        let mut edits = self.clone();
        let is_unknown =
            |found: &Assigned| found.policy.is_some_and(|policy| self.is_unknown_policy(policy));
        let known = |found: Option<Assigned>| found.filter(|found| !is_unknown(found));
        for fact in edits.groups.iter_mut().flat_map(|group| &mut group.policy) {
            *fact = Versioned { old: known(fact.old), new: known(fact.new), edit: fact.edit };
        }
        edits.guessed = Versioned::fixed(false);
        edits.old = Arc::clone(&written.old);
        edits.new = Arc::clone(&written.new);
        edits
    }

    /// An edit by its id.
    pub fn get(&self, id: EditId) -> &Edit {
        &self.list[id.0 as usize]
    }

    /// The policies of a side.
    pub fn ir(&self, side: Side) -> &Ir {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    /// The policies of both sides, to be read while edits are added.
    fn irs(&self) -> Sided<Arc<Ir>> {
        Sided { old: Arc::clone(&self.old), new: Arc::clone(&self.new) }
    }

    fn add(&mut self, edit: Edit) -> EditId {
        self.list.push(edit);
        EditId(self.list.len() as u32 - 1)
    }

    /// Adds an edit, or its lines to the one of the same key.
    fn merge(&mut self, known: &mut FxHashMap<String, EditId>, key: String, edit: Edit) -> EditId {
        if let Some(&id) = known.get(&key) {
            let into = &mut self.list[id.0 as usize];
            into.names.extend(edit.names);
            into.lines.old.extend(edit.lines.old);
            into.lines.new.extend(edit.lines.new);
            return id;
        }
        let id = self.add(edit);
        known.insert(key, id);
        id
    }

    /// An assignment by the number of its policy.
    pub fn assigned(
        &self,
        side: Side,
        assignment: Option<crate::ir::Assignment>,
    ) -> Option<Assigned> {
        let found = assignment?;
        let policy = found.policy.map(|policy| self.policies.number(side, policy.0));
        Some(Assigned { policy, is_final: found.is_final })
    }
}

/// Whether two values, each of its own type, are the same: in their text, or in what they allow.
pub fn same_value(old: (&Type, &Value), new: (&Type, &Value)) -> bool {
    if old.0 == new.0 {
        return new.0.is_same(old.1, new.1);
    }
    let translated = super::translate(old.0, new.0, old.1);
    old.0.text(old.1) == new.0.text(new.1)
        || translated.is_some_and(|old| new.0.is_same(&old, new.1))
}
