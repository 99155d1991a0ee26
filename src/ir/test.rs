//! Tests of policies: docs/language.md, 4.5.

use super::{
    DirectoryGroupId, GroupPolicyId, InviteId, JumpGroupId, JumpItemId, JumpPolicyId, Object,
    PolicyId, PortalId, TagId, TeamId, UserId, ValueId,
};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// What a `when` line selects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Selector {
    /// One user.
    User(UserId),
    /// The members of a group policy.
    InGroupPolicy(GroupPolicyId),
    /// The members of a directory group.
    InDirectoryGroup(DirectoryGroupId),
    /// One invite.
    Invite(InviteId),
    /// All jump items of one name, whatever their methods: the first and the last one.
    JumpItems(JumpItemId, JumpItemId),
    /// The items of a jump group.
    InJumpGroup(JumpGroupId),
    /// The users who have a membership of a team, of any rank.
    InTeam(TeamId),
    /// The items with a tag.
    Tag(TagId),
    /// One portal.
    Portal(PortalId),
    /// Index into the profile's methods.
    Method(usize),
    /// Whether a person is present at the endpoint.
    Presence(bool),
}

/// A `when` line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// What it selects.
    pub selector: Selector,
    /// Whether it selects everything else instead.
    pub negated: bool,
    /// The line.
    pub span: Span,
}

/// How an expectation compares. `==` with one value means what `in` means, but for an unknown
/// value: `== unknown` and `!= unknown` can always be decided, `in [unknown]` cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// What an `expect` line is about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Whether sessions can be started.
    Start,
    /// Index into the profile's permissions.
    Permission(u16),
    /// Index into the profile's settings.
    Setting(u16),
    /// The session policy of a slot.
    SessionPolicy(u8),
}

impl Subject {
    /// Whether it is about sessions, and not about accounts.
    pub fn is_of_sessions(self) -> bool {
        matches!(self, Subject::Start | Subject::Permission(_))
    }
}

/// A value of `start` in an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedStart {
    /// `deny`
    Deny,
    /// `with "Business hours"`, ascending.
    With(Vec<JumpPolicyId>),
    /// `unknown`
    Unknown,
    /// `allow`
    Allow,
}

/// A value in an expectation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// `n/a`: the permission does not apply.
    NotApplicable,
    /// A value of the permission or setting.
    Value(ValueId),
    /// A value of `start`.
    Start(ExpectedStart),
    /// The canonical text of an assignment, for a session policy.
    Assignment(String),
}

/// What must have decided the value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// Index into the profile's layers.
    Layer(usize),
    /// The method fixes the permission, or the permission does not apply to it.
    Method,
    /// A session policy, in any layer.
    SessionPolicy(PolicyId),
    /// A group policy.
    GroupPolicy(GroupPolicyId),
    /// The user's own account; of `start`, any setting of the account.
    Account,
    /// Of `start`: the role in the jump group, or in whatever place the target is found.
    JumpGroup,
    /// Of `start`: users who bring an invite in.
    Invite,
    /// The profile's default for a setting.
    Profile,
}

/// An `expect` line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// What it is about.
    pub subject: Subject,
    /// How the value is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub values: Vec<Expected>,
    /// What must have decided it, if that matters.
    pub from: Option<DecidedBy>,
    /// The line.
    pub span: Span,
}

impl Expectation {
    /// Whether it can hold only for sessions that cannot be started.
    pub fn holds_only_for_denied(&self) -> bool {
        let deny = |value: &Expected| *value == Expected::Start(ExpectedStart::Deny);
        match self.operator {
            Operator::Equal | Operator::In => {
                !self.values.is_empty() && self.values.iter().all(deny)
            }
            Operator::AtMost => self.values.iter().any(deny),
            Operator::NotEqual | Operator::NotIn | Operator::AtLeast => false,
        }
    }
}

/// A choice of sessions or accounts, in the words of the tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// What is selected: of each list, at least one condition.
    pub when: Vec<Vec<When>>,
    /// What must be true of everything that is kept.
    pub holds: Vec<Expectation>,
}

impl Selector {
    /// Whether it selects users, by whatever of them.
    pub fn is_of_users(self) -> bool {
        matches!(
            self,
            Selector::User(_)
                | Selector::InGroupPolicy(_)
                | Selector::InDirectoryGroup(_)
                | Selector::InTeam(_)
        )
    }
}

/// A test of the policies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// What it is called.
    #[serde(flatten)]
    pub object: Object,
    /// Its conditions, all of which select.
    pub when: Vec<When>,
    /// What must be true for everything that is selected.
    pub expect: Vec<Expectation>,
}
