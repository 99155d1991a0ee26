//! The syntax tree: what is written, with the place of each part. Names are not resolved, values
//! not typed and strings not unescaped here.
//!
//! A tree contains places only, and the text is taken from the source when it is needed. That keeps
//! it to a few bytes for each byte of source. `Range` is a span within the file of the tree.

pub use super::keywords::DeclarationKind;
use crate::source::{FileId, Span};

/// A half-open range of bytes in the tree's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Range {
    /// The span of this range.
    pub fn in_file(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}

/// One file. What could not be parsed is left out and has a diagnostic.
#[derive(Clone, Debug)]
pub struct File {
    /// The file that the ranges are in.
    pub id: FileId,
    /// Its declarations, in their order.
    pub declarations: Vec<Declaration>,
    /// Lines that may have started a declaration but could not be parsed. Names in them are not
    /// reported as undeclared.
    pub unparsed_headers: Vec<Range>,
    /// Whether all of the file was read. If not, it has an error, and may declare any name.
    pub is_complete: bool,
}

/// One declaration.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it declares.
    pub kind: DeclarationKind,
    /// The keywords.
    pub keyword: Range,
    /// The name, quotes included; `None` for kinds that have none.
    pub name: Option<Range>,
    /// What follows the keywords of an order.
    pub order: Option<Box<OrderHeader>>,
    /// `None` where the braces are left out.
    pub body: Option<Box<Body>>,
}

/// What follows the keywords of an order. Few declarations have it, so it is kept apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderHeader {
    /// The word `unknown` after the comma.
    pub unknown: Option<Range>,
    /// The text after the comma that says how the order is read.
    pub suffix: Option<Range>,
}

impl Declaration {
    /// What follows the keywords of an order; nothing for other kinds.
    pub fn order(&self) -> OrderHeader {
        self.order.as_deref().copied().unwrap_or_default()
    }

    /// Keywords and name, which is where findings about the declaration point.
    pub fn header(&self) -> Range {
        Range {
            start: self.keyword.start,
            end: self.name.map_or(self.keyword.end, |name| name.end),
        }
    }
}

/// The braces after a header, and the statements between them.
#[derive(Clone, Debug)]
pub struct Body {
    /// The opening brace.
    pub open: Range,
    /// The statements, in their order.
    pub statements: Box<[Statement]>,
    /// `None` where the closing brace is missing.
    pub close: Option<Range>,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its first line, without a comment.
    pub range: Range,
    /// The word `final` before it.
    pub is_final: Option<Range>,
    /// What it says.
    pub what: What,
}

/// The kinds of statements.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum What {
    /// `path = value`
    Assign {
        /// What is set.
        path: Range,
        /// What it is set to.
        value: Value,
    },
    /// `jump group "Production" as "Start sessions" with "Business hours"`
    Membership(Box<Membership>),
    /// `item "db01" { … }`
    Item {
        /// The name, quotes included.
        name: Range,
        /// `None` where the braces are left out.
        body: Option<Box<Body>>,
    },
    /// `like "Base"`: the name, quotes included.
    Like(Range),
    /// A name on a line of its own.
    Entry(Range),
    /// A word on a line of its own.
    Word(Range),
    /// `when user == "john.doe"`
    When(Box<When>),
    /// `expect shell == deny`
    Expect(Box<Expect>),
}

impl What {
    /// The body of a statement: that of `custom` or of an item.
    pub fn body(&self) -> Option<&Body> {
        match self {
            What::Assign { value: Value::Custom { body, .. }, .. } => Some(body),
            What::Item { body, .. } => body.as_deref(),
            _ => None,
        }
    }
}

/// A value as written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// A string, quotes included.
    String(Range),
    /// A word such as `allow`.
    Word(Range),
    /// An integer or a duration.
    Number(Range),
    /// A date, which may be one that does not exist.
    Date(Range),
    /// `not defined`
    NotDefined(Range),
    /// `only [...]`, `except [...]`
    Strings {
        /// The word before the list.
        word: Range,
        /// The list.
        list: Box<List>,
    },
    /// `with "A", "B"`, which only an expectation about `start` has.
    With {
        /// The whole.
        range: Range,
        /// The names, quotes included.
        names: Vec<Range>,
    },
    /// `[...]`
    List(Box<List>),
    /// `custom { ... }`
    Custom {
        /// The word `custom`.
        word: Range,
        /// The permissions.
        body: Box<Body>,
    },
    /// Something that could not be parsed and has been reported.
    Broken(Range),
}

impl Value {
    /// Its place, without the body of `custom`.
    pub fn range(&self) -> Range {
        match self {
            Value::String(range)
            | Value::Word(range)
            | Value::Number(range)
            | Value::Date(range)
            | Value::NotDefined(range)
            | Value::Broken(range)
            | Value::With { range, .. }
            | Value::Custom { word: range, .. } => *range,
            Value::Strings { word, list } => Range { start: word.start, end: list.range.end },
            Value::List(list) => list.range,
        }
    }

    /// Whether only the path could be read, so that it may not be a path at all: `path` is the first
    /// word of a line that could not be parsed, or no value follows it.
    pub fn is_missing(&self, path: Range) -> bool {
        matches!(self, Value::Broken(at) if at.start <= path.start || at.start == at.end)
    }
}

/// A list in square brackets.
#[derive(Clone, Debug)]
pub struct List {
    /// From bracket to bracket.
    pub range: Range,
    /// The items, in their order.
    pub items: Vec<ListItem>,
}

/// An item of a list.
#[derive(Clone, Debug)]
pub enum ListItem {
    /// A value.
    Value(Value),
    /// `user "john.doe"`
    User(Member),
    /// `directory group "CN=Servers"`
    DirectoryGroup(Member),
}

/// A member, without the kind before it.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The name, quotes included.
    pub name: Range,
    /// After `until`: a date, or what stands in its place.
    pub until: Option<Range>,
}

impl Member {
    /// The place of the name.
    pub fn in_file(self, file: FileId) -> Span {
        self.name.in_file(file)
    }

    /// From the name to the date, if there is one.
    pub fn range(self) -> Range {
        Range { start: self.name.start, end: self.until.map_or(self.name.end, |date| date.end) }
    }
}

/// What a membership is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipKind {
    /// A jump group.
    JumpGroup,
    /// A team.
    Team,
    /// A jumpoint.
    Jumpoint,
    /// A vault account group.
    VaultAccountGroup,
    /// A vault account.
    VaultAccount,
}

impl MembershipKind {
    /// What declares the objects that such memberships are in.
    pub fn declaration(self) -> DeclarationKind {
        match self {
            MembershipKind::JumpGroup => DeclarationKind::JumpGroup,
            MembershipKind::Team => DeclarationKind::Team,
            MembershipKind::Jumpoint => DeclarationKind::Jumpoint,
            MembershipKind::VaultAccountGroup => DeclarationKind::VaultAccountGroup,
            MembershipKind::VaultAccount => DeclarationKind::VaultAccount,
        }
    }
}

/// A line that makes an account a member of something.
#[derive(Clone, Debug)]
pub struct Membership {
    /// What the membership is in.
    pub kind: MembershipKind,
    /// The keywords of that kind.
    pub keyword: Range,
    /// The name, quotes included.
    pub name: Range,
    /// After `as`: a string, a word, or `default role`.
    pub role: Option<Range>,
    /// After `with`: a string.
    pub jump_policy: Option<Range>,
    /// After `until`: a date, or what stands in its place.
    pub until: Option<Range>,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The user of a session or an account.
    User,
    /// The invite of a session.
    Invite,
    /// The jump item of a session.
    JumpItem,
    /// The portal of a session.
    Portal,
    /// The method by which a session starts.
    Method,
    /// Whether a person is present at the endpoint.
    Presence,
    /// The tag of the jump item of a session.
    Tag,
}

/// How a condition or an expectation compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What a condition with `in` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `in group policy "Name"`
    GroupPolicy,
    /// `in directory group "Name"`
    DirectoryGroup,
    /// `in jump group "Name"`
    JumpGroup,
    /// `in team "Name"`
    Team,
}

impl Scope {
    /// What declares the groups of this kind.
    pub fn declaration(self) -> DeclarationKind {
        match self {
            Scope::GroupPolicy => DeclarationKind::GroupPolicy,
            Scope::DirectoryGroup => DeclarationKind::DirectoryGroup,
            Scope::JumpGroup => DeclarationKind::JumpGroup,
            Scope::Team => DeclarationKind::Team,
        }
    }
}

/// A condition of a test.
#[derive(Clone, Debug)]
pub struct When {
    /// What it is about.
    pub subject: Subject,
    /// The place of the subject.
    pub subject_range: Range,
    /// How it compares.
    pub operator: Operator,
    /// The place of the operator.
    pub operator_range: Range,
    /// The kind of group after `in`.
    pub scope: Option<Scope>,
    /// A string or a word.
    pub operand: Range,
}

/// An expectation of a test.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The permission or setting.
    pub path: Range,
    /// How its value is compared.
    pub operator: Operator,
    /// The place of the operator.
    pub operator_range: Range,
    /// What it is compared with.
    pub value: Value,
    /// What must have decided it.
    pub from: Option<FromClause>,
}

/// The text after `from`.
#[derive(Clone, Copy, Debug)]
pub enum FromClause {
    /// A word: a layer, `method`, `account` or `profile`.
    Layer(Range),
    /// The name of a session policy.
    SessionPolicy(Range),
    /// The name of a group policy.
    GroupPolicy(Range),
}
