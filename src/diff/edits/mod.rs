//! What was edited between OLD and NEW, as facts that hold in one of the two.
//!
//! An *edit* is one line that was added, removed or changed, or lines of one kind that were edited
//! alike: fifty jump items that now take policy B for policy A are one edit. A *fact* is what a
//! session or account is resolved from: its value in OLD, its value in NEW, and the edit that took
//! it from one to the other. With a set of edits applied, every fact has one of its two values:
//! that is how [`super::counterfactual`] asks what would be without an edit.
//!
//! Objects are the same by id, then by name (see [`super::align`]). Policies, group policies and
//! directory groups that are gone and others that came with the very same content are the same
//! renamed. Never so users, invites, jump items and portals: who or which machine something is, is
//! not guessed.

mod accounts;
mod endpoints;
mod groups;
mod metadata;
mod policies;

use super::align::{Aligned, Pairs};
use crate::ir::Ir;
use crate::profile::{Entry, Type, Value};
use crate::source::Span;
pub use accounts::{GrantEdits, MembershipPath, SubjectFacts};
pub use endpoints::EndpointFacts;
pub use groups::{GroupFacts, Rank};
use rustc_hash::FxHashMap;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EditId(pub u32);

/// What was edited. The order is that of edits, and so of preference where several sets of edits
/// explain a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A line of a session policy or the global default.
    Permission,
    /// A line that gives accounts a setting.
    Setting,
    /// A line that makes accounts members of a jump group, team, jumpoint or vault account group.
    Membership,
    /// A `session_policy` line.
    Assignment,
    /// Who is in a group policy or an embassy.
    Members,
    /// Who is in a directory group.
    DirectoryMembers,
    /// A group policy moved in the order.
    Order,
    /// Which portal a jump item names.
    Portal,
    DefaultPortal,
    /// The kind of a jump item, which is the method of its sessions.
    JumpItemKind,
    Added,
    Removed,
    Profile,
    /// What a jump item role allows.
    Role,
    /// The jump group of a jump item.
    JumpGroup,
    Availability,
    Renamed,
    /// An object that is nothing but a name to the matrix came or is gone.
    Declaration,
    /// Descriptions, tags, code names, display names, ids.
    Words,
    MovedFile,
    Test,
    Manifest,
}

/// How far an edit can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It may change a cell of the matrix.
    Matrix,
    /// It decides on something that the matrix does not show.
    Beyond,
    /// It changes nobody's permissions.
    Nothing,
}

impl Kind {
    pub fn id(self) -> &'static str {
        match self {
            Kind::Permission => "permission",
            Kind::Setting => "setting",
            Kind::Membership => "membership",
            Kind::Assignment => "assignment",
            Kind::Members => "members",
            Kind::DirectoryMembers => "directory_members",
            Kind::Order => "order",
            Kind::Portal => "portal",
            Kind::DefaultPortal => "default_portal",
            Kind::JumpItemKind => "kind",
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Profile => "profile",
            Kind::Role => "role",
            Kind::JumpGroup => "jump_group",
            Kind::Availability => "availability",
            Kind::Renamed => "renamed",
            Kind::Declaration => "declaration",
            Kind::Words => "words",
            Kind::MovedFile => "moved",
            Kind::Test => "test",
            Kind::Manifest => "manifest",
        }
    }

    pub fn reach(self) -> Reach {
        match self {
            Kind::Role | Kind::JumpGroup => Reach::Beyond,
            kind if kind >= Kind::Availability => Reach::Nothing,
            _ => Reach::Matrix,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Edit {
    pub kind: Kind,
    /// What the edited objects are (`session policy`; nothing for what there is one of), and their
    /// names.
    pub owner: String,
    pub names: Vec<String>,
    /// What of them was edited.
    pub detail: String,
    /// The lines in OLD and in NEW.
    pub old: Vec<Span>,
    pub new: Vec<Span>,
}

/// What something is in OLD and in NEW, and the edit between them if they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versioned<T> {
    pub old: T,
    pub new: T,
    pub edit: Option<EditId>,
}

impl<T: Copy> Versioned<T> {
    /// A fact that no edit changes.
    pub fn fixed(value: T) -> Self {
        Versioned { old: value, new: value, edit: None }
    }

    pub fn get(&self, applied: &[EditId]) -> T {
        if is_applied(self.edit, applied) { self.new } else { self.old }
    }
}

/// Whether an edit is among the applied ones (ascending). What was not edited is as it is in NEW.
pub fn is_applied(edit: Option<EditId>, applied: &[EditId]) -> bool {
    edit.is_none_or(|edit| applied.binary_search(&edit).is_ok())
}

/// A `session_policy` line: the number of the policy, `None` for `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Assigned {
    pub policy: Option<u32>,
    pub is_final: bool,
}

/// Permissions, or settings, of both profiles, numbered: NEW's, then those that only OLD has.
#[derive(Clone, Debug)]
pub struct Entries {
    pub of_old: Vec<u16>,
    /// By number: the index in OLD and in NEW.
    pub sides: Vec<(Option<u16>, Option<u16>)>,
}

impl Entries {
    fn new(old: &[Entry], new: &[Entry], common: &[(usize, usize)]) -> Entries {
        let mut sides: Vec<(Option<u16>, Option<u16>)> =
            (0..new.len() as u16).map(|at| (None, Some(at))).collect();
        let mut of_old = vec![u16::MAX; old.len()];
        for &(old, new) in common {
            sides[new].0 = Some(old as u16);
            of_old[old] = new as u16;
        }
        for (number, at) in of_old.iter_mut().zip(0..) {
            if *number == u16::MAX {
                *number = sides.len() as u16;
                sides.push((Some(at), None));
            }
        }
        Entries { of_old, sides }
    }

    pub fn number(&self, new: bool, entry: u16) -> u16 {
        if new { entry } else { self.of_old[entry as usize] }
    }
}

/// All edits, and the facts that they change. Objects are numbered as in [`Pairs`].
#[derive(Debug)]
pub struct Edits {
    pub old: Arc<Ir>,
    pub new: Arc<Ir>,
    pub list: Vec<Edit>,
    pub permissions: Entries,
    pub settings: Entries,
    pub users: Pairs,
    pub invites: Pairs,
    pub jump_items: Pairs,
    pub portals: Pairs,
    pub directory_groups: Pairs,
    /// By directory group: who came into it, who left it.
    directory_edits: Vec<(Option<EditId>, Option<EditId>)>,
    pub policies: Pairs,
    /// By policy and permission: the edit of its line.
    pub definitions: FxHashMap<(u32, u16), EditId>,
    /// By policy: whether any line of it was edited.
    pub edited_policies: Vec<bool>,
    /// By policy: the edit that only renamed it.
    pub renamed_policies: FxHashMap<u32, EditId>,
    /// Group policies, then embassies.
    pub groups: Vec<GroupFacts>,
    /// By user: how it is a member of groups, if an edit touches any of that.
    pub ways: FxHashMap<u32, Vec<(u32, Vec<MembershipPath>)>>,
    /// By user: the edits of its own lines.
    pub own: FxHashMap<u32, GrantEdits>,
    pub invite_policies: Vec<Versioned<Option<Assigned>>>,
    /// By jump item and slot (a person present, or absent).
    pub item_policies: FxHashMap<(u32, u8), EditId>,
    pub item_portals: FxHashMap<u32, EditId>,
    pub item_kinds: FxHashMap<u32, EditId>,
    pub portal_policies: Vec<Versioned<Option<Assigned>>>,
    pub default_portal: Versioned<Option<u32>>,
    /// By kind of object: users, invites, jump items, portals.
    pub added: [Option<EditId>; 4],
    pub removed: [Option<EditId>; 4],
    pub profile: Option<EditId>,
}

/// Kinds of objects that make sessions, as indices of [`Edits::added`].
pub const USERS: usize = 0;
pub const INVITES: usize = 1;
pub const JUMP_ITEMS: usize = 2;
pub const PORTALS: usize = 3;

impl Edits {
    pub fn new(old: &Arc<Ir>, new: &Arc<Ir>, aligned: &Aligned) -> Edits {
        let (a, b) = (&old.tables, &new.tables);
        let none = Versioned::fixed(None);
        let mut edits = Edits {
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
            directory_edits: Vec::new(),
            policies: Pairs::default(),
            definitions: FxHashMap::default(),
            edited_policies: Vec::new(),
            renamed_policies: FxHashMap::default(),
            groups: Vec::new(),
            ways: FxHashMap::default(),
            own: FxHashMap::default(),
            invite_policies: vec![none; a.invites.len() + b.invites.len()],
            item_policies: FxHashMap::default(),
            item_portals: FxHashMap::default(),
            item_kinds: FxHashMap::default(),
            portal_policies: vec![none; a.portals.len() + b.portals.len()],
            default_portal: Versioned::fixed(None),
            added: [None; 4],
            removed: [None; 4],
            profile: None,
        };
        edits.match_policies(aligned);
        edits.match_groups(aligned);
        edits.definitions();
        edits.group_grants(aligned);
        edits.user_grants(aligned);
        edits.assignments();
        edits.group_members();
        edits.directory_members();
        edits.order();
        edits.targets();
        edits.added_and_removed();
        edits.profile();
        edits.memberships_of_touched_users();
        edits.rest(aligned);
        edits
    }

    pub fn get(&self, id: EditId) -> &Edit {
        &self.list[id.0 as usize]
    }

    pub fn ir(&self, new: bool) -> &Ir {
        if new { &self.new } else { &self.old }
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
            into.old.extend(edit.old);
            into.new.extend(edit.new);
            return id;
        }
        let id = self.add(edit);
        known.insert(key, id);
        id
    }

    /// An assignment by the number of its policy.
    pub fn assigned(
        &self,
        new: bool,
        assignment: Option<crate::ir::Assignment>,
    ) -> Option<Assigned> {
        let found = assignment?;
        let policy = found.policy.map(|policy| self.policies.number(new, policy.0));
        Some(Assigned { policy, is_final: found.is_final })
    }
}

/// Whether two values, each of its own type, are the same to a reader.
pub fn same_value(old: (&Type, &Value), new: (&Type, &Value)) -> bool {
    if old.0 == new.0 { old.1 == new.1 } else { old.0.text(old.1) == new.0.text(new.1) }
}
