//! The checked policies of a workspace: names are resolved, values are typed, defaults are
//! explicit.
//!
//! Tables are sorted by name (group policies by their order), so the order of files and
//! declarations has no effect. Every index is inside its table, and every value has the type of its
//! entry. [`mod@file`] writes and reads the JSON form, and checks all of this for files from
//! elsewhere.

pub mod file;
mod ids;
pub mod inventory;
mod lookup;
mod maybe;
mod test;
mod validate;
mod written;

pub use ids::*;
pub use maybe::{MaybeAssignments, MaybeGrants, RareText};
pub use test::*;

use crate::profile::{Profile, Value};
use crate::source::{Sources, Span};
use crate::syntax::ast::{DeclarationKind, MembershipKind as Kind};
use crate::text::Date;
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
    /// The name that the product's API uses, for kinds of objects that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_name: Option<RareText>,
    /// A text for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<RareText>,
}

/// A day up to which something is meant to last, and the place that says so. It is for readers and
/// for the lint `expired`; nothing is resolved from it.
pub type Deadline = (Date, Span);

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
    /// `session_policy = unknown`: which policy it is, nobody has read yet. It has no name, and
    /// each of its definitions is unknown, at the line of the assignment.
    Unknown,
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
    /// The policy that it is a copy of, and the line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<(PolicyId, Span)>,
    /// Where it may be assigned.
    pub available: Available,
    /// The line `others = unknown`: permissions that the body does not mention are unknown, and are
    /// among the definitions with this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Span>,
    /// Sorted by permission. Those that a copy takes over have the span of the line in the policy
    /// that sets them.
    pub definitions: Vec<Definition>,
    /// Permissions and lines of the policy that it is a copy of, which fell away because they would
    /// be an error in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<(u16, Span)>,
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
    /// A vault account.
    VaultAccount(VaultAccountId),
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
            MembershipKind::VaultAccount => MembershipKey::VaultAccount(VaultAccountId(index)),
        }
    }

    /// The kind of object.
    pub fn kind(self) -> MembershipKind {
        match self {
            MembershipKey::JumpGroup(_) => MembershipKind::JumpGroup,
            MembershipKey::Jumpoint(_) => MembershipKind::Jumpoint,
            MembershipKey::Team(_) => MembershipKind::Team,
            MembershipKey::VaultAccountGroup(_) => MembershipKind::VaultAccountGroup,
            MembershipKey::VaultAccount(_) => MembershipKind::VaultAccount,
        }
    }

    /// The object's position in its kind's table.
    pub fn index(self) -> usize {
        match self {
            MembershipKey::JumpGroup(id) => id.index(),
            MembershipKey::Jumpoint(id) => id.index(),
            MembershipKey::Team(id) => id.index(),
            MembershipKey::VaultAccountGroup(id) => id.index(),
            MembershipKey::VaultAccount(id) => id.index(),
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
    /// Vault accounts.
    VaultAccount,
}

impl MembershipKind {
    /// What declares such objects.
    pub fn declaration(self) -> DeclarationKind {
        match self {
            MembershipKind::JumpGroup => DeclarationKind::JumpGroup,
            MembershipKind::Jumpoint => DeclarationKind::Jumpoint,
            MembershipKind::Team => DeclarationKind::Team,
            MembershipKind::VaultAccountGroup => DeclarationKind::VaultAccountGroup,
            MembershipKind::VaultAccount => DeclarationKind::VaultAccount,
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
            Kind::VaultAccount => MembershipKind::VaultAccount,
        }
    }
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// A declared jump item role, or `None` for the default role of the account; and a jump policy
    /// if any.
    JumpItemRole(Option<RoleId>, Option<JumpPolicyId>),
    /// Index into [`TEAM_ROLES`].
    Team(u8),
    /// Index into [`VAULT_ROLES`]; of a vault account group, and of a vault account.
    Vault(u8),
    /// May use the jumpoint; there are no roles.
    Jumpoint,
    /// Of a resolved account alone: the order of group policies would have to tell, and is a guess.
    Unknown,
}

/// The roles of a team membership.
pub const TEAM_ROLES: [&str; 3] = ["member", "lead", "manager"];
/// The roles of a membership in a vault account group or a vault account.
pub const VAULT_ROLES: [&str; 2] = ["inject", "inject_and_check_out"];
pub use crate::profile::ROLE_ACTIONS;

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
    /// The day after which it is meant to be removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Deadline>,
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
    /// The line `others = unknown`: settings and session policies that the body does not mention
    /// are unknown, and are among these with this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Span>,
    /// The line `memberships = unknown`: there may be more than these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memberships_unknown: Option<Span>,
}

/// `order group policies, unknown {`: nobody has read which group policy stands above which. What
/// depends on that has these in place of a line of a group policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuessedOrder {
    /// The line of the order.
    pub span: Span,
    /// An unknown session policy.
    pub policy: PolicyId,
    /// The value `unknown`.
    pub value: ValueId,
}

/// The members of a group policy or an embassy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// Sorted, without repeats, each with the place that names it.
    pub users: Vec<(UserId, Span)>,
    /// Sorted, without repeats, each with the place that names it.
    pub directory_groups: Vec<(DirectoryGroupId, Span)>,
    /// The days after which some of the users are meant to be removed; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users_until: Vec<(UserId, Deadline)>,
    /// The days after which some of the directory groups are meant to be removed; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directory_groups_until: Vec<(DirectoryGroupId, Deadline)>,
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
    pub grants: MaybeGrants,
}

/// A user, who has an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// The user's full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<RareText>,
    /// The day on which the account is meant to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Deadline>,
    /// What the user's own account sets.
    pub grants: MaybeGrants,
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
    /// The day on which it is meant to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Deadline>,
}

/// An endpoint that sessions can be started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JumpItem {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Index into the profile's methods.
    pub method: usize,
    /// Its jump group, in place of which it may have an owner.
    pub group: Option<JumpGroupId>,
    /// The user whose personal list it is in, and the line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<(UserId, Span)>,
    /// The jump policy that applies where a membership names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump_policy: Option<JumpPolicyId>,
    /// A text by which items can be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Box<str>>,
    /// The product's comments on the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<RareText>,
    /// The portal that its sessions use; `None` for the default one.
    pub portal: Option<PortalId>,
    /// For sessions with a person present and absent; only the first where the method cannot tell.
    pub session_policy: MaybeAssignments,
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
    /// The line that says so; `None` where the role has none, and allows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allows_at: Option<Span>,
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
    /// What an order of group policies that is a guess leaves open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guessed_order: Option<GuessedOrder>,
    /// Embassies.
    pub embassies: Vec<Group>,
    /// Users.
    pub users: Vec<User>,
    /// Directory groups.
    pub directory_groups: Vec<DirectoryGroup>,
    /// Invites.
    pub invites: Vec<Invite>,
    /// Jump items, those of `jump items` blocks included; sorted by name and method, since items of
    /// different methods may have one name.
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
    /// Vault accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vault_accounts: Vec<Object>,
    /// The tags that tests select by, in the order of their first use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Tests.
    pub tests: Vec<Test>,
    /// Which pairs of a subject and an endpoint the matrix has.
    #[serde(default)]
    pub sessions: SessionScope,
    /// Levels of lints that the manifest sets, by name.
    pub lints: Vec<(String, Level)>,
    /// The gates of the manifest: which changes make a diff fail.
    pub diff_deny: Vec<String>,
    /// The files whose edits gates may leave out: patterns of paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inventory: Vec<String>,
}

/// Which pairs of a subject and an endpoint count as sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionScope {
    /// Those that can be started.
    #[default]
    Startable,
    /// All of them.
    All,
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
