//! Profiles, which describe a product: its layers, session methods, permissions and settings. A
//! profile is a TOML file, built in or written by users. [`load`] reads and checks one.

mod builtin;
mod check;
pub mod entries;
pub mod lint_facts;
mod read;
mod read_links;
mod read_lint_facts;
mod read_start;
mod read_types;
pub mod start;
pub mod types;
pub mod value;

pub use builtin::{BUILTIN, builtin};
pub use check::sound;
pub use entries::{EntryKind, EntryProblem};
pub use lint_facts::LintFacts;
pub use read::load;
pub use start::{Condition, SettingIs, Start};
pub use types::{Order, Type, UNKNOWN};
pub use value::{Strings, Value};

use serde::{Deserialize, Serialize};

/// How many permissions, and how many settings, a profile may have: a set of them is a `u128`.
pub const MAX_ENTRIES: usize = 128;
/// The permission that every session has before all others: whether it can be started.
pub const START: &str = "start";
/// What jump item roles may allow. Compiled files hold the indices, so a new one comes last.
pub const ROLE_ACTIONS: [&str; 13] = [
    "start",
    "add",
    "remove",
    "assign_jump_group",
    "edit_tag",
    "edit_comments",
    "edit_jump_policy",
    "edit_session_policy",
    "edit_identity",
    "edit_behavior",
    "view_report",
    "edit_public_portal",
    "edit_support_button",
];
/// The first of [`ROLE_ACTIONS`] that only products with portals have.
const PORTAL_ROLE_ACTIONS: usize = 11;
/// The profile of a workspace that does not name one.
pub const DEFAULT_PROFILE: &str = "pra-25.3";

/// Where the policy of a layer comes from. The profile decides the order of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// The session's invite.
    Invite,
    /// The session's jump item.
    JumpItem,
    /// The session's portal.
    Portal,
    /// The group policies of the user.
    GroupPolicy,
    /// The user's own account.
    User,
    /// The group policies and the account of the user, as one layer.
    Representative,
    /// The global default, which is always the last layer.
    GlobalDefault,
}

impl LayerKind {
    /// All kinds.
    pub const ALL: [LayerKind; 7] = [
        LayerKind::Invite,
        LayerKind::JumpItem,
        LayerKind::Portal,
        LayerKind::GroupPolicy,
        LayerKind::User,
        LayerKind::Representative,
        LayerKind::GlobalDefault,
    ];

    /// The word for it in profiles and policies.
    pub fn id(self) -> &'static str {
        match self {
            LayerKind::Invite => "invite",
            LayerKind::JumpItem => "jump_item",
            LayerKind::Portal => "portal",
            LayerKind::GroupPolicy => "group_policy",
            LayerKind::User => "user",
            LayerKind::Representative => "representative",
            LayerKind::GlobalDefault => "global_default",
        }
    }

    /// Whether the group logic chooses its policy, at least where a group policy defines one.
    pub fn is_of_groups(self) -> bool {
        matches!(self, LayerKind::GroupPolicy | LayerKind::Representative)
    }

    /// The kind with an id.
    pub fn find(id: &str) -> Option<LayerKind> {
        LayerKind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// A layer: one of the places that may decide a permission of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Where its policy comes from.
    pub kind: LayerKind,
    /// The product's term for it.
    pub label: String,
}

/// The target of a method's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A jump item of this kind.
    JumpItem,
    /// Any portal.
    Portal,
    /// The default portal.
    DefaultPortal,
}

impl Target {
    /// The word for it in profiles.
    pub fn id(self) -> &'static str {
        match self {
            Target::JumpItem => "jump_item",
            Target::Portal => "portal",
            Target::DefaultPortal => "default_portal",
        }
    }
}

/// A way to start a session. For jump items, it is their kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The word for it in policies.
    pub id: String,
    /// The product's term for it.
    pub label: String,
    /// What its sessions go to.
    pub target: Target,
    /// Whether its sessions are attended.
    pub attended: bool,
    /// Whether it can tell sessions with a person at the endpoint from those without one.
    pub presence: bool,
    /// Whether jump items of this kind may name a portal.
    pub portal_choice: bool,
}

/// A permission that another one depends on, and the values that it must have; or a setting that
/// another setting depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Index of the required permission or setting.
    pub entry: usize,
    /// Words, one of which the value of the required one must start with.
    pub words: Vec<String>,
}

/// A permission that implies the value of another one in the same policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Implication {
    /// Index of the implying permission.
    pub entry: usize,
    /// Pairs of a word of the implying permission and the value that it implies.
    pub values: Vec<(String, Value)>,
}

/// A permission of sessions, or a setting of accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The path by which policies set it.
    pub path: String,
    /// The product's term for it.
    pub label: String,
    /// What it is, for reviewers.
    pub doc: String,
    /// The values that it can have.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Its value where no policy defines it.
    pub default: Value,
    /// The permission that it depends on; for a setting, the setting.
    pub requires: Option<Requirement>,
    /// The permission that may imply its value.
    pub implied_by: Option<Implication>,
    /// Indices of the methods to whose sessions the permission does not apply.
    pub not_for: Vec<usize>,
    /// Pairs of the index of a method and the value that it fixes.
    pub fixed: Vec<(usize, Value)>,
    /// Whether no document of the product confirms it.
    pub unconfirmed: bool,
    /// How severe it is to grant it, from 1 to 5.
    pub weight: u8,
}

/// The product's terms for what the language has keywords for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminology {
    /// For a `user`.
    pub user: String,
    /// For an `invite`.
    pub invite: String,
    /// For a `group policy`.
    pub group_policy: String,
    /// For a `session policy`.
    pub session_policy: String,
    /// For a `jump item`.
    pub jump_item: String,
    /// For a `jump group`.
    pub jump_group: String,
    /// For a `jump policy`.
    pub jump_policy: String,
    /// For a `portal`.
    pub portal: String,
}

impl Default for Terminology {
    fn default() -> Self {
        Terminology {
            user: "user".into(),
            invite: "invite".into(),
            group_policy: "group policy".into(),
            session_policy: "session policy".into(),
            jump_item: "jump item".into(),
            jump_group: "jump group".into(),
            jump_policy: "jump policy".into(),
            portal: "portal".into(),
        }
    }
}

/// A product and release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The name by which a workspace selects it.
    pub id: String,
    /// The name of the product and its release.
    pub label: String,
    /// The product's terms.
    pub terminology: Terminology,
    /// Whether users and group policies have an attended and an unattended session policy.
    pub split: bool,
    /// Whether the product has portals.
    pub portals: bool,
    /// Whether the product has embassies.
    pub embassies: bool,
    /// Whether a custom policy must define every permission if no session policy is available to
    /// users.
    pub custom_complete: bool,
    /// The layers, from the one that decides first to the global default.
    pub layers: Vec<Layer>,
    /// The methods by which sessions start.
    pub methods: Vec<Method>,
    /// The permissions of sessions.
    pub permissions: Vec<Entry>,
    /// The settings of accounts.
    pub settings: Vec<Entry>,
    /// What an account needs before a session can start. Without it, the product has no `start`,
    /// and every session can start. Compiled files of older versions have none.
    #[serde(default)]
    pub start: Option<Start>,
    /// What lints need to know about the product. Compiled files of older versions have none.
    #[serde(default)]
    pub lint_facts: LintFacts,
}

impl Profile {
    /// The index of a method.
    pub fn method(&self, id: &str) -> Option<usize> {
        self.methods.iter().position(|method| method.id == id)
    }

    /// The index of a permission.
    pub fn permission(&self, path: &str) -> Option<usize> {
        self.permissions.iter().position(|entry| entry.path == path)
    }

    /// The index of a setting.
    pub fn setting(&self, path: &str) -> Option<usize> {
        self.settings.iter().position(|entry| entry.path == path)
    }

    /// What a jump item role of the product may allow: the first of [`ROLE_ACTIONS`], which end
    /// with those about portals.
    pub fn role_actions(&self) -> &'static [&'static str] {
        if self.portals { &ROLE_ACTIONS } else { &ROLE_ACTIONS[..PORTAL_ROLE_ACTIONS] }
    }

    /// Replaces the methods. What is said about a method goes to the new one with its id.
    fn replace_methods(&mut self, methods: Vec<Method>) {
        let old = std::mem::replace(&mut self.methods, methods);
        let moved: Vec<Option<usize>> = old.iter().map(|method| self.method(&method.id)).collect();
        for entry in self.permissions.iter_mut().chain(&mut self.settings) {
            entry.not_for = entry.not_for.iter().filter_map(|&method| moved[method]).collect();
            entry.not_for.sort_unstable();
            entry.fixed.retain_mut(|(method, _)| match moved[*method] {
                Some(new) => {
                    *method = new;
                    true
                }
                None => false,
            });
            entry.fixed.sort_by_key(|(method, _)| *method);
        }
        if let Some(start) = &mut self.start {
            let mut new = vec![Vec::new(); self.methods.len()];
            for (conditions, at) in std::mem::take(&mut start.methods).into_iter().zip(&moved) {
                if let Some(at) = *at {
                    new[at] = conditions;
                }
            }
            start.methods = new;
        }
    }

    /// Whether the product has a layer.
    pub fn has_layer(&self, kind: LayerKind) -> bool {
        self.layers.iter().any(|layer| layer.kind == kind)
    }

    /// How many session policies a user or group policy has: one, or an attended and an unattended
    /// one.
    pub fn slots(&self) -> usize {
        if self.split { 2 } else { 1 }
    }

    /// Which of those policies apply to the sessions of a method.
    pub fn slot_of(&self, method: usize) -> usize {
        usize::from(self.split && !self.methods[method].attended)
    }

    /// The path by which the policy of a slot is set and shown.
    pub fn slot_path(&self, slot: usize) -> &'static str {
        match (self.split, slot) {
            (false, _) => "session_policy",
            (true, 0) => "session_policy.attended",
            (true, _) => "session_policy.unattended",
        }
    }
}
