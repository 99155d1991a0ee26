//! The checked policies of a workspace: names are bound, values are typed, defaults are explicit.
//!
//! Tables are sorted by name (group policies by their order), so neither the order of files nor of
//! declarations shows. A reference is an index into a table that has it; a definition's value is
//! one of its entry's type. [`mod@file`] writes and reads the JSON form and checks all of that for
//! a file from outside.

pub mod file;
mod validate;

use crate::profile::{Profile, Value};
use crate::source::{Sources, Span};
use crate::syntax::ast::{DeclarationKind, MembershipKind as Kind};
use serde::{Deserialize, Serialize};

/// Declares an index type for each table, so that no table is indexed with another one's index.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $table:ident: $entry:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(
                Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            )]
            #[serde(transparent)]
            pub struct $name(pub u32);

            impl $name {
                /// The position in the table.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }

            impl std::ops::Index<$name> for Tables {
                type Output = $entry;

                fn index(&self, id: $name) -> &$entry {
                    &self.$table[id.index()]
                }
            }
        )*
    };
}

ids! {
    /// Identifies a value of [`Tables::values`].
    ValueId => values: Value;
    /// Identifies a session policy of [`Tables::policies`].
    PolicyId => policies: Policy;
    /// Identifies a user of [`Tables::users`].
    UserId => users: User;
    /// Identifies a group policy of [`Tables::group_policies`]; lower ids are above.
    GroupPolicyId => group_policies: Group;
    /// Identifies an embassy of [`Tables::embassies`].
    EmbassyId => embassies: Group;
    /// Identifies a directory group of [`Tables::directory_groups`].
    DirectoryGroupId => directory_groups: DirectoryGroup;
    /// Identifies an invite of [`Tables::invites`].
    InviteId => invites: Invite;
    /// Identifies a jump item of [`Tables::jump_items`].
    JumpItemId => jump_items: JumpItem;
    /// Identifies a portal of [`Tables::portals`].
    PortalId => portals: Portal;
    /// Identifies a jump group of [`Tables::jump_groups`].
    JumpGroupId => jump_groups: Object;
    /// Identifies a jump item role of [`Tables::roles`].
    RoleId => roles: Role;
    /// Identifies a jump policy of [`Tables::jump_policies`].
    JumpPolicyId => jump_policies: Object;
    /// Identifies a team of [`Tables::teams`].
    TeamId => teams: Object;
    /// Identifies a jumpoint of [`Tables::jumpoints`].
    JumpointId => jumpoints: Object;
    /// Identifies a vault account group of [`Tables::vault_account_groups`].
    VaultAccountGroupId => vault_account_groups: Object;
}

/// What every declared object has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    pub name: String,
    /// Keywords and name of the declaration.
    pub span: Span,
    /// The product's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One line that gives a permission or a setting a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u16, ValueId, bool, Span)", into = "(u16, ValueId, bool, Span)")]
pub struct Definition {
    /// Index into the profile's permissions (in a session policy) or settings.
    pub entry: u16,
    pub value: ValueId,
    pub is_final: bool,
    pub span: Span,
}

impl From<(u16, ValueId, bool, Span)> for Definition {
    fn from((entry, value, is_final, span): (u16, ValueId, bool, Span)) -> Self {
        Definition { entry, value, is_final, span }
    }
}

impl From<Definition> for (u16, ValueId, bool, Span) {
    fn from(definition: Definition) -> Self {
        (definition.entry, definition.value, definition.is_final, definition.span)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    Named,
    Custom,
    GlobalDefault,
}

/// Where a session policy may be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Available {
    pub users: bool,
    pub invites: bool,
    pub jump_items: bool,
}

/// A session policy. Its definitions ascend by permission; what is implied stands there too, at the
/// implying line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    pub kind: PolicyKind,
    /// The name of a named policy; `custom`, or `global default`.
    #[serde(flatten)]
    pub object: Object,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_name: Option<String>,
    pub available: Available,
    pub definitions: Vec<Definition>,
}

/// `session_policy = …`: a policy, or deliberately none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    pub policy: Option<PolicyId>,
    #[serde(default, rename = "final")]
    pub is_final: bool,
    pub span: Span,
}

/// The object that a membership is in. Of two memberships of an account with the same key, one
/// overrides the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "object", rename_all = "snake_case")]
pub enum MembershipKey {
    JumpGroup(JumpGroupId),
    Jumpoint(JumpointId),
    Team(TeamId),
    VaultAccountGroup(VaultAccountGroupId),
}

impl MembershipKey {
    /// The key of the object at a position of its kind's table.
    pub fn new(kind: MembershipKind, index: u32) -> Self {
        match kind {
            MembershipKind::JumpGroup => MembershipKey::JumpGroup(JumpGroupId(index)),
            MembershipKind::Jumpoint => MembershipKey::Jumpoint(JumpointId(index)),
            MembershipKind::Team => MembershipKey::Team(TeamId(index)),
            MembershipKind::VaultAccountGroup => {
                MembershipKey::VaultAccountGroup(VaultAccountGroupId(index))
            }
        }
    }

    /// The kind of object.
    pub fn kind(self) -> MembershipKind {
        match self {
            MembershipKey::JumpGroup(_) => MembershipKind::JumpGroup,
            MembershipKey::Jumpoint(_) => MembershipKind::Jumpoint,
            MembershipKey::Team(_) => MembershipKind::Team,
            MembershipKey::VaultAccountGroup(_) => MembershipKind::VaultAccountGroup,
        }
    }

    /// The object's position in its kind's table.
    pub fn index(self) -> usize {
        match self {
            MembershipKey::JumpGroup(id) => id.index(),
            MembershipKey::Jumpoint(id) => id.index(),
            MembershipKey::Team(id) => id.index(),
            MembershipKey::VaultAccountGroup(id) => id.index(),
        }
    }
}

/// The kinds of objects that an account can be a member of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipKind {
    JumpGroup,
    Jumpoint,
    Team,
    VaultAccountGroup,
}

impl MembershipKind {
    /// What declares such objects.
    pub fn declaration(self) -> DeclarationKind {
        match self {
            MembershipKind::JumpGroup => DeclarationKind::JumpGroup,
            MembershipKind::Jumpoint => DeclarationKind::Jumpoint,
            MembershipKind::Team => DeclarationKind::Team,
            MembershipKind::VaultAccountGroup => DeclarationKind::VaultAccountGroup,
        }
    }

    /// The keywords of such objects: `jump group`.
    pub fn words(self) -> &'static str {
        self.declaration().words()
    }
}

impl From<Kind> for MembershipKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::JumpGroup => MembershipKind::JumpGroup,
            Kind::Jumpoint => MembershipKind::Jumpoint,
            Kind::Team => MembershipKind::Team,
            Kind::VaultAccountGroup => MembershipKind::VaultAccountGroup,
        }
    }
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// A declared jump item role, and a jump policy if any.
    JumpItemRole(RoleId, Option<JumpPolicyId>),
    /// Index into [`TEAM_ROLES`].
    Team(u8),
    /// Index into [`VAULT_ROLES`].
    Vault(u8),
    Jumpoint,
}

pub const TEAM_ROLES: [&str; 3] = ["member", "lead", "manager"];
pub const VAULT_ROLES: [&str; 2] = ["inject", "inject_and_check_out"];
/// What a jump item role may allow.
pub const ROLE_ACTIONS: [&str; 11] = [
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
];

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    pub key: MembershipKey,
    pub role: MemberRole,
    #[serde(default, rename = "final")]
    pub is_final: bool,
    pub span: Span,
}

/// What a group policy, an embassy or a user gives an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grants {
    /// Ascending by setting.
    pub settings: Vec<Definition>,
    /// By slot: the one, or the attended and the unattended session policy.
    pub session_policy: [Option<Assignment>; 2],
    /// Ascending by key.
    pub memberships: Vec<Membership>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// Ascending, each once, with the place that names it.
    pub users: Vec<(UserId, Span)>,
    pub directory_groups: Vec<(DirectoryGroupId, Span)>,
}

/// A group policy, or an embassy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    #[serde(flatten)]
    pub object: Object,
    /// Its line in `order group policies`, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_at: Option<Span>,
    pub members: Members,
    pub grants: Grants,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    #[serde(flatten)]
    pub object: Object,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    pub grants: Grants,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectoryGroup {
    #[serde(flatten)]
    pub object: Object,
    /// Ascending, each once, with the place that names it.
    pub members: Vec<(UserId, Span)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    #[serde(flatten)]
    pub object: Object,
    pub session_policy: Assignment,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JumpItem {
    #[serde(flatten)]
    pub object: Object,
    /// Index into the profile's methods.
    pub method: usize,
    pub group: Option<JumpGroupId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    pub portal: Option<PortalId>,
    /// For a person present and absent; the first alone where the method does not tell.
    pub session_policy: [Option<Assignment>; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portal {
    #[serde(flatten)]
    pub object: Object,
    pub is_default: bool,
    pub session_policy: Option<Assignment>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    #[serde(flatten)]
    pub object: Object,
    /// Indices into [`ROLE_ACTIONS`], ascending.
    pub allows: Vec<u8>,
}

/// What a `when` line selects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    User(UserId),
    InGroupPolicy(GroupPolicyId),
    InDirectoryGroup(DirectoryGroupId),
    Invite(InviteId),
    JumpItem(JumpItemId),
    InJumpGroup(JumpGroupId),
    Portal(PortalId),
    Method(usize),
    /// `true` for `present`.
    Presence(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    pub selector: Selector,
    pub negated: bool,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    AtMost,
    AtLeast,
    In,
    NotIn,
}

/// What an `expect` line looks at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Permission(u16),
    Setting(u16),
    /// The session policy of a slot.
    SessionPolicy(u8),
}

/// A value that an expectation names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    NotApplicable,
    Value(ValueId),
    /// Of a session policy setting: its canonical text.
    Assignment(String),
}

/// Who must have decided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// Index into the profile's layers.
    Layer(usize),
    Method,
    SessionPolicy(PolicyId),
    GroupPolicy(GroupPolicyId),
    /// The user's own account.
    Account,
    /// The profile's default for a setting.
    Profile,
}

/// `==` and `!=` are written as `in` and `not in` with one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    pub subject: Subject,
    pub operator: Operator,
    pub values: Vec<Expected>,
    pub from: Option<DecidedBy>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    #[serde(flatten)]
    pub object: Object,
    pub when: Vec<When>,
    pub expect: Vec<Expectation>,
}

/// A whole workspace.
#[derive(Clone, Debug)]
pub struct Ir {
    pub profile: Profile,
    pub sources: Sources,
    pub tables: Tables,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// Each value that some definition has, once.
    pub values: Vec<Value>,
    pub policies: Vec<Policy>,
    pub global_default: Option<PolicyId>,
    /// In their order, top to bottom.
    pub group_policies: Vec<Group>,
    pub embassies: Vec<Group>,
    pub users: Vec<User>,
    pub directory_groups: Vec<DirectoryGroup>,
    pub invites: Vec<Invite>,
    pub jump_items: Vec<JumpItem>,
    pub portals: Vec<Portal>,
    pub jump_groups: Vec<Object>,
    pub roles: Vec<Role>,
    pub jump_policies: Vec<Object>,
    pub teams: Vec<Object>,
    pub jumpoints: Vec<Object>,
    pub vault_account_groups: Vec<Object>,
    pub tests: Vec<Test>,
    /// Levels of lints that the manifest sets, by name.
    pub lints: Vec<(String, Level)>,
    /// What makes a diff fail, as the manifest says.
    pub diff_deny: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Allow,
    Warn,
    Deny,
}

impl Ir {
    pub fn value(&self, id: ValueId) -> &Value {
        &self.tables[id]
    }

    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.tables[id]
    }

    /// `FILE:LINE` of a span.
    pub fn location(&self, span: Span) -> String {
        self.sources.location(span)
    }

    /// The objects that memberships of a kind are in.
    pub fn members(&self, kind: MembershipKind) -> &[Object] {
        match kind {
            MembershipKind::JumpGroup => &self.tables.jump_groups,
            MembershipKind::Jumpoint => &self.tables.jumpoints,
            MembershipKind::Team => &self.tables.teams,
            MembershipKind::VaultAccountGroup => &self.tables.vault_account_groups,
        }
    }

    /// The object that a membership is in.
    pub fn member_object(&self, key: MembershipKey) -> &Object {
        match key {
            MembershipKey::JumpGroup(id) => &self.tables[id],
            MembershipKey::Jumpoint(id) => &self.tables[id],
            MembershipKey::Team(id) => &self.tables[id],
            MembershipKey::VaultAccountGroup(id) => &self.tables[id],
        }
    }

    /// A membership as reports show it: `jump group "Production"`.
    pub fn membership_text(&self, key: MembershipKey) -> String {
        format!("{} {}", key.kind().words(), crate::text::quote(&self.member_object(key).name))
    }

    /// What a membership gives: `as "Start sessions" with "Business hours"`, `as lead`, or
    /// `member`.
    pub fn member_role_text(&self, role: MemberRole) -> String {
        use crate::text::quote;
        match role {
            MemberRole::JumpItemRole(role, None) => {
                format!("as {}", quote(&self.tables[role].object.name))
            }
            MemberRole::JumpItemRole(role, Some(policy)) => format!(
                "as {} with {}",
                quote(&self.tables[role].object.name),
                quote(&self.tables[policy].name)
            ),
            MemberRole::Team(role) => format!("as {}", TEAM_ROLES[role as usize]),
            MemberRole::Vault(role) => format!("as {}", VAULT_ROLES[role as usize]),
            MemberRole::Jumpoint => "member".into(),
        }
    }

    /// A session policy setting's value: `"Name"`, `none` or `custom`.
    pub fn assignment_text(&self, assignment: &Assignment) -> String {
        match assignment.policy.map(|policy| self.policy(policy)) {
            None => "none".into(),
            Some(policy) if policy.kind == PolicyKind::Custom => "custom".into(),
            Some(policy) => crate::text::quote(&policy.object.name),
        }
    }
}

impl Policy {
    /// The definition of a permission, if the policy has one.
    pub fn definition(&self, permission: usize) -> Option<&Definition> {
        let at = self
            .definitions
            .binary_search_by_key(&permission, |definition| definition.entry as usize)
            .ok()?;
        Some(&self.definitions[at])
    }
}

impl Grants {
    /// The definition of a setting, if there is one.
    pub fn setting(&self, setting: usize) -> Option<&Definition> {
        let at = self
            .settings
            .binary_search_by_key(&setting, |definition| definition.entry as usize)
            .ok()?;
        Some(&self.settings[at])
    }
}
