//! What was written, with the place of each part. Nothing is bound, typed or unescaped here.
//!
//! A tree holds places only; the text is taken from the source when it is needed, so a tree is a
//! few bytes for each byte of source. `Range` is a span within the one file that the tree is of.

pub use super::keywords::DeclarationKind;
use crate::source::{FileId, Span};

/// A half-open range of bytes in the tree's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: u32,
    pub end: u32,
}

impl Range {
    pub fn in_file(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}

/// One file. Parsing never fails: what could not be read is left out and has a diagnostic.
#[derive(Clone, Debug)]
pub struct File {
    pub id: FileId,
    pub declarations: Vec<Declaration>,
    /// Lines that may have begun a declaration but could not be read: a name in them is not
    /// reported as undeclared.
    pub unparsed_headers: Vec<Range>,
}

#[derive(Clone, Debug)]
pub struct Declaration {
    pub kind: DeclarationKind,
    /// The keywords.
    pub keyword: Range,
    /// The name, quotes included; `None` for kinds that have none.
    pub name: Option<Range>,
    /// What follows the comma of an order.
    pub suffix: Option<Range>,
    /// `None` where the braces are left out.
    pub body: Option<Body>,
}

impl Declaration {
    /// Keywords and name: the place that stands for the declaration in a finding.
    pub fn header(&self) -> Range {
        Range {
            start: self.keyword.start,
            end: self.name.map_or(self.keyword.end, |name| name.end),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Body {
    pub open: Range,
    pub statements: Vec<Statement>,
    /// `None` where the closing brace is missing.
    pub close: Option<Range>,
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub range: Range,
    pub is_final: Option<Range>,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// `path = value`
    Assign {
        path: Range,
        value: Value,
    },
    /// `jump group "Production" as "Start sessions" with "Business hours"`
    Membership(Box<Membership>),
    /// `item "db01" { … }`
    Item {
        name: Range,
        body: Option<Box<Body>>,
    },
    /// A name alone on its line.
    Entry(Range),
    /// A word alone on its line.
    Word(Range),
    When(Box<When>),
    Expect(Box<Expect>),
}

impl What {
    /// The body within a statement, of `custom` or of an item.
    pub fn body(&self) -> Option<&Body> {
        match self {
            What::Assign { value: Value::Custom { body, .. }, .. } => Some(body),
            What::Item { body, .. } => body.as_deref(),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Value {
    String(Range),
    Word(Range),
    Number(Range),
    NotDefined(Range),
    /// `only [...]`, `except [...]`
    Strings {
        word: Range,
        list: Box<List>,
    },
    List(Box<List>),
    Custom {
        word: Range,
        body: Box<Body>,
    },
    /// Something that could not be read and was reported.
    Broken(Range),
}

impl Value {
    pub fn range(&self) -> Range {
        match self {
            Value::String(range)
            | Value::Word(range)
            | Value::Number(range)
            | Value::NotDefined(range)
            | Value::Broken(range)
            | Value::Custom { word: range, .. } => *range,
            Value::Strings { word, list } => Range { start: word.start, end: list.range.end },
            Value::List(list) => list.range,
        }
    }
}

#[derive(Clone, Debug)]
pub struct List {
    pub range: Range,
    pub items: Vec<ListItem>,
}

#[derive(Clone, Debug)]
pub enum ListItem {
    Value(Value),
    /// `user "john.doe"`
    User(Range),
    /// `directory group "CN=Servers"`
    DirectoryGroup(Range),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipKind {
    JumpGroup,
    Team,
    Jumpoint,
    VaultAccountGroup,
}

impl MembershipKind {
    /// What declares the objects that such memberships are in.
    pub fn declaration(self) -> DeclarationKind {
        match self {
            MembershipKind::JumpGroup => DeclarationKind::JumpGroup,
            MembershipKind::Team => DeclarationKind::Team,
            MembershipKind::Jumpoint => DeclarationKind::Jumpoint,
            MembershipKind::VaultAccountGroup => DeclarationKind::VaultAccountGroup,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Membership {
    pub kind: MembershipKind,
    pub keyword: Range,
    pub name: Range,
    /// After `as`: a string or a word.
    pub role: Option<Range>,
    /// After `with`: a string.
    pub jump_policy: Option<Range>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    User,
    Invite,
    JumpItem,
    Portal,
    Method,
    Presence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    AtMost,
    AtLeast,
    In,
    NotIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    GroupPolicy,
    DirectoryGroup,
    JumpGroup,
}

impl Scope {
    /// What declares the groups of this kind.
    pub fn declaration(self) -> DeclarationKind {
        match self {
            Scope::GroupPolicy => DeclarationKind::GroupPolicy,
            Scope::DirectoryGroup => DeclarationKind::DirectoryGroup,
            Scope::JumpGroup => DeclarationKind::JumpGroup,
        }
    }
}

#[derive(Clone, Debug)]
pub struct When {
    pub subject: Subject,
    pub subject_range: Range,
    pub operator: Operator,
    pub operator_range: Range,
    pub scope: Option<Scope>,
    /// A string or a word.
    pub operand: Range,
}

#[derive(Clone, Debug)]
pub struct Expect {
    pub path: Range,
    pub operator: Operator,
    pub operator_range: Range,
    pub value: Value,
    pub from: Option<FromClause>,
}

#[derive(Clone, Copy, Debug)]
pub enum FromClause {
    Layer(Range),
    SessionPolicy(Range),
    GroupPolicy(Range),
}
