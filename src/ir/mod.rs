//! The checked policies of a workspace: names are resolved, values are typed, defaults are
//! explicit.
//!
//! Tables are sorted by name (group policies by their order), so the order of files and
//! declarations has no effect. Every index is inside its table, and every value has the type of its
//! entry. [`mod@file`] writes and reads the JSON form, and checks all of this for files from
//! elsewhere.

pub mod file;
mod ids;
mod test;
mod validate;

pub use ids::*;
pub use test::*;

use crate::profile::{Profile, Value};
use crate::source::{Sources, Span};
use crate::syntax::ast::{DeclarationKind, MembershipKind as Kind};
use serde::{Deserialize, Serialize};

/// What every declared object has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// The declared name.
    pub name: String,
    /// Keywords and name of the declaration.
    pub span: Span,
    /// The product's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// A text for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One line that gives a permission or a setting a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u16, ValueId, bool, Span)", into = "(u16, ValueId, bool, Span)")]
pub struct Definition {
    /// Index into the profile's permissions (in a session policy) or settings.
    pub entry: u16,
    /// The value.
    pub value: ValueId,
    /// Whether it overrides the group policies below.
    pub is_final: bool,
    /// The line.
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

/// How a session policy is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// `session policy "Name" {`
    Named,
    /// `session_policy = custom {`
    Custom,
    /// `global default {`
    GlobalDefault,
}

/// Where a session policy may be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Available {
    /// To users, group policies and embassies.
    pub users: bool,
    /// To invites.
    pub invites: bool,
    /// To jump items.
    pub jump_items: bool,
}

/// A session policy. Its definitions are sorted by permission. Implied permissions are included,
/// with the span of the line that implies them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// How it is declared.
    pub kind: PolicyKind,
    /// The name of a named policy; `custom`, or `global default`.
    #[serde(flatten)]
    pub object: Object,
    /// The name that the product's API uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_name: Option<String>,
    /// Where it may be assigned.
    pub available: Available,
    /// Sorted by permission.
    pub definitions: Vec<Definition>,
}

/// `session_policy = …`: a policy, or explicitly none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The policy; `None` for `session_policy = none`.
    pub policy: Option<PolicyId>,
    /// Whether it overrides the group policies below.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// The line, without the body of a custom policy.
    pub span: Span,
}

/// The object that a membership is in. Of two memberships of an account with the same key, one
/// overrides the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "object", rename_all = "snake_case")]
pub enum MembershipKey {
    /// A jump group.
    JumpGroup(JumpGroupId),
    /// A jumpoint.
    Jumpoint(JumpointId),
    /// A team.
    Team(TeamId),
    /// A vault account group.
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
    /// Jump groups.
    JumpGroup,
    /// Jumpoints.
    Jumpoint,
    /// Teams.
    Team,
    /// Vault account groups.
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
    /// May use the jumpoint; there are no roles.
    Jumpoint,
}

/// The roles of a team membership.
pub const TEAM_ROLES: [&str; 3] = ["member", "lead", "manager"];
/// The roles of a vault account group membership.
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

/// One line that makes an account a member of something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// What the account is a member of.
    pub key: MembershipKey,
    /// What the member may do there.
    pub role: MemberRole,
    /// Whether it overrides the group policies below.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// The line.
    pub span: Span,
}

/// The settings, session policies and memberships that a group policy, an embassy or a user gives
/// an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grants {
    /// Sorted by setting.
    pub settings: Vec<Definition>,
    /// By slot: one session policy, or the attended and the unattended one.
    pub session_policy: [Option<Assignment>; 2],
    /// Sorted by key.
    pub memberships: Vec<Membership>,
}

/// The members of a group policy or an embassy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// Sorted, without repeats, each with the place that names it.
    pub users: Vec<(UserId, Span)>,
    /// Sorted, without repeats, each with the place that names it.
    pub directory_groups: Vec<(DirectoryGroupId, Span)>,
}

/// A group policy, or an embassy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Its line in `order group policies`, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered_at: Option<Span>,
    /// Whom it applies to.
    pub members: Members,
    /// What it gives them.
    pub grants: Grants,
}

/// A user, who has an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// The user's full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What the user's own account sets.
    pub grants: Grants,
}

/// Users as a directory groups them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectoryGroup {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Sorted, without repeats, each with the place that names it.
    pub members: Vec<(UserId, Span)>,
}

/// An invite for an external person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// What it permits; always a policy.
    pub session_policy: Assignment,
}

/// An endpoint that sessions can be started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JumpItem {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Index into the profile's methods.
    pub method: usize,
    /// Its jump group.
    pub group: Option<JumpGroupId>,
    /// A text by which items can be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The portal that its sessions use; `None` for the default one.
    pub portal: Option<PortalId>,
    /// For sessions with a person present and absent; only the first where the method cannot tell.
    pub session_policy: [Option<Assignment>; 2],
}

/// A portal where customers start sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portal {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Whether jump items without a portal use it.
    pub is_default: bool,
    /// The policy of its layer.
    pub session_policy: Option<Assignment>,
}

/// A jump item role: what a member of a jump group may do with its items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Sorted indices into [`ROLE_ACTIONS`].
    pub allows: Vec<u8>,
}

/// The checked policies of a workspace.
#[derive(Clone, Debug)]
pub struct Ir {
    /// The product that they are for.
    pub profile: Profile,
    /// The texts that they come from.
    pub sources: Sources,
    /// Everything that they declare.
    pub tables: Tables,
}

/// Everything that a workspace declares. Tables are sorted by name unless they say otherwise, and
/// are indexed by the id types.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// The values of all definitions, without repeats, in the order of their first use.
    pub values: Vec<Value>,
    /// Session policies: the named ones, then the others in the order of lowering.
    pub policies: Vec<Policy>,
    /// The policy of the `global default` block; `None` for the profile's defaults.
    pub global_default: Option<PolicyId>,
    /// Group policies in their order, top to bottom.
    pub group_policies: Vec<Group>,
    /// Embassies.
    pub embassies: Vec<Group>,
    /// Users.
    pub users: Vec<User>,
    /// Directory groups.
    pub directory_groups: Vec<DirectoryGroup>,
    /// Invites.
    pub invites: Vec<Invite>,
    /// Jump items, those of `jump items` blocks included.
    pub jump_items: Vec<JumpItem>,
    /// Portals.
    pub portals: Vec<Portal>,
    /// Jump groups.
    pub jump_groups: Vec<Object>,
    /// Jump item roles.
    pub roles: Vec<Role>,
    /// Jump policies.
    pub jump_policies: Vec<Object>,
    /// Teams.
    pub teams: Vec<Object>,
    /// Jumpoints.
    pub jumpoints: Vec<Object>,
    /// Vault account groups.
    pub vault_account_groups: Vec<Object>,
    /// Tests.
    pub tests: Vec<Test>,
    /// Levels of lints that the manifest sets, by name.
    pub lints: Vec<(String, Level)>,
    /// The gates of the manifest: which changes make a diff fail.
    pub diff_deny: Vec<String>,
}

/// What happens to the findings of a lint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// They are not reported.
    Allow,
    /// They are reported at the lint's own severity.
    Warn,
    /// They are errors.
    Deny,
}

impl Ir {
    /// A value of a definition.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.tables[id]
    }

    /// A session policy.
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.tables[id]
    }

    /// `FILE:LINE` of a span.
    pub fn location(&self, span: Span) -> String {
        self.sources.location(span)
    }

    /// The table of the objects that memberships of a kind are in.
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

    /// A membership as reports write it: `jump group "Production"`.
    pub fn membership_text(&self, key: MembershipKey) -> String {
        format!("{} {}", key.kind().words(), crate::text::quote(&self.member_object(key).name))
    }

    /// The role of a membership: `as "Start sessions" with "Business hours"`, `as lead`, or
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

    /// The policy of an assignment: `"Name"`, `none` or `custom`.
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
