//! A product: its layers, session methods, permissions and settings. Profiles are data (TOML),
//! built in or the user's own; [`load`] reads and checks one.

mod builtin;
mod check;
pub mod lint_facts;
mod read;
mod read_lint_facts;
mod read_types;
pub mod types;
pub mod value;

pub use builtin::{BUILTIN, builtin};
pub use check::sound;
pub use lint_facts::LintFacts;
pub use read::load;
pub use types::{Order, Type};
pub use value::{Strings, Value};

use serde::{Deserialize, Serialize};

/// The most permissions, and the most settings, that a profile may have: a set of them is one
/// machine word pair.
pub const MAX_ENTRIES: usize = 128;
/// The profile of a workspace that names none.
pub const DEFAULT_PROFILE: &str = "pra-25.3";

/// Where a layer's policy comes from. The order of layers is the profile's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    Invite,
    JumpItem,
    Portal,
    GroupPolicy,
    User,
    Representative,
    GlobalDefault,
}

impl LayerKind {
    pub const ALL: [LayerKind; 7] = [
        LayerKind::Invite,
        LayerKind::JumpItem,
        LayerKind::Portal,
        LayerKind::GroupPolicy,
        LayerKind::User,
        LayerKind::Representative,
        LayerKind::GlobalDefault,
    ];

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

    pub fn find(id: &str) -> Option<LayerKind> {
        LayerKind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub kind: LayerKind,
    pub label: String,
}

/// What a method's sessions go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A jump item of this kind.
    JumpItem,
    /// Any portal.
    Portal,
    /// The default portal alone.
    DefaultPortal,
}

impl Target {
    pub fn id(self) -> &'static str {
        match self {
            Target::JumpItem => "jump_item",
            Target::Portal => "portal",
            Target::DefaultPortal => "default_portal",
        }
    }
}

/// A way to start a session; for jump items it is their kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    pub id: String,
    pub label: String,
    pub target: Target,
    pub attended: bool,
    /// Whether sessions with and without a person at the endpoint are told apart.
    pub presence: bool,
    /// Whether jump items of this kind may name a portal.
    pub portal_choice: bool,
}

/// A permission that must have one of some values for another to have a meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Index of the required permission.
    pub entry: usize,
    /// First words, one of which the required permission's value must begin with.
    pub words: Vec<String>,
}

/// A permission that gives this one its value in the same policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Implication {
    /// Index of the implying permission.
    pub entry: usize,
    /// Pairs of the implying permission's word and the value that this one then has.
    pub values: Vec<(String, Value)>,
}

/// A permission of sessions, or a setting of accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub path: String,
    pub label: String,
    pub doc: String,
    #[serde(rename = "type")]
    pub ty: Type,
    pub default: Value,
    pub requires: Option<Requirement>,
    pub implied_by: Option<Implication>,
    /// Indices of the methods in whose sessions the permission does not apply.
    pub not_for: Vec<usize>,
    /// Pairs of a method's index and the value that it fixes.
    pub fixed: Vec<(usize, Value)>,
    /// Not confirmed by any document of the product.
    pub unconfirmed: bool,
    /// Gravity of a grant for a reviewer, 1 to 5.
    pub weight: u8,
}

/// What the product calls the things that the language has keywords for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminology {
    pub user: String,
    pub invite: String,
    pub group_policy: String,
    pub session_policy: String,
    pub jump_item: String,
    pub jump_group: String,
    pub jump_policy: String,
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub id: String,
    pub label: String,
    pub terminology: Terminology,
    /// Attended and unattended sessions take different policies of users and group policies.
    pub split: bool,
    pub portals: bool,
    pub embassies: bool,
    /// Where no session policy is available to users, a custom one must define every permission.
    pub custom_complete: bool,
    /// Highest first; the last is the global default.
    pub layers: Vec<Layer>,
    pub methods: Vec<Method>,
    pub permissions: Vec<Entry>,
    pub settings: Vec<Entry>,
    /// What lints need to know about the product. Compiled files of older versions have none.
    #[serde(default)]
    pub lint_facts: LintFacts,
}

impl Profile {
    pub fn method(&self, id: &str) -> Option<usize> {
        self.methods.iter().position(|method| method.id == id)
    }

    pub fn permission(&self, path: &str) -> Option<usize> {
        self.permissions.iter().position(|entry| entry.path == path)
    }

    pub fn setting(&self, path: &str) -> Option<usize> {
        self.settings.iter().position(|entry| entry.path == path)
    }

    pub fn has_layer(&self, kind: LayerKind) -> bool {
        self.layers.iter().any(|layer| layer.kind == kind)
    }

    /// How many session policies a user or group policy has: one, or an attended and an unattended
    /// one.
    pub fn slots(&self) -> usize {
        if self.split { 2 } else { 1 }
    }

    /// Which of those policies the sessions of a method take.
    pub fn slot_of(&self, method: usize) -> usize {
        usize::from(self.split && !self.methods[method].attended)
    }

    /// The paths by which a slot's policy is set and shown.
    pub fn slot_path(&self, slot: usize) -> &'static str {
        match (self.split, slot) {
            (false, _) => "session_policy",
            (true, 0) => "session_policy.attended",
            (true, _) => "session_policy.unattended",
        }
    }
}
