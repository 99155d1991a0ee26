//! What makes a diff fail. A gate says which changes are denied, and may say of what, where and for
//! whom: `gained shell on jump group "Production" for directory group "Contractors"`.

mod check;
mod evaluator;
mod parse;

use crate::diff::Direction;
use crate::syntax::ast::DeclarationKind;
use crate::text::quote;
pub use check::{Mistake, objects};
pub use evaluator::Gates;
pub use parse::{parse, split};
use std::ops::Range;

/// Which changes are denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deny {
    Direction(Direction),
    /// Any difference at all.
    Any,
    /// Whatever is not proven to be no gain: widened, changed, an added cell whose value is not the
    /// type's least, an added membership.
    Gained,
}

impl Deny {
    /// The words that may be written.
    pub const WORDS: [&str; 8] =
        ["gained", "any", "widened", "narrowed", "changed", "added", "removed", "follows"];

    fn find(word: &str) -> Option<Deny> {
        match word {
            "gained" => Some(Deny::Gained),
            "any" => Some(Deny::Any),
            _ => Direction::ALL
                .into_iter()
                .find(|direction| direction.id() == word)
                .map(Deny::Direction),
        }
    }

    pub fn id(self) -> &'static str {
        match self {
            Deny::Direction(direction) => direction.id(),
            Deny::Any => "any",
            Deny::Gained => "gained",
        }
    }

    /// Whether a change of a direction is denied; `gain` says of an added one whether it may be a
    /// gain.
    pub fn hits(self, direction: Direction, gain: impl FnOnce() -> bool) -> bool {
        match self {
            Deny::Direction(denied) => denied == direction,
            Deny::Any => true,
            Deny::Gained => match direction {
                Direction::Widened | Direction::Changed => true,
                Direction::Added => gain(),
                Direction::Narrowed | Direction::Removed | Direction::Follows => false,
            },
        }
    }
}

/// What a scope names, in the words of a test's `when` lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    JumpItem,
    JumpGroup,
    Portal,
    Method,
    User,
    Invite,
    GroupPolicy,
    DirectoryGroup,
}

impl Selector {
    /// What comes after `on`, and after `for`.
    const TARGETS: [Selector; 4] =
        [Selector::JumpItem, Selector::JumpGroup, Selector::Portal, Selector::Method];
    const SUBJECTS: [Selector; 4] =
        [Selector::User, Selector::Invite, Selector::GroupPolicy, Selector::DirectoryGroup];

    pub fn words(self) -> &'static str {
        match self {
            Selector::JumpItem => "jump item",
            Selector::JumpGroup => "jump group",
            Selector::Portal => "portal",
            Selector::Method => "method",
            Selector::User => "user",
            Selector::Invite => "invite",
            Selector::GroupPolicy => "group policy",
            Selector::DirectoryGroup => "directory group",
        }
    }

    /// What declares objects of that kind; methods are the profile's.
    pub fn declaration(self) -> Option<DeclarationKind> {
        Some(match self {
            Selector::JumpItem => DeclarationKind::JumpItem,
            Selector::JumpGroup => DeclarationKind::JumpGroup,
            Selector::Portal => DeclarationKind::Portal,
            Selector::Method => return None,
            Selector::User => DeclarationKind::User,
            Selector::Invite => DeclarationKind::Invite,
            Selector::GroupPolicy => DeclarationKind::GroupPolicy,
            Selector::DirectoryGroup => DeclarationKind::DirectoryGroup,
        })
    }
}

/// A name in a gate.
#[derive(Clone, Debug)]
pub struct Scope {
    pub selector: Selector,
    pub name: String,
    /// Where it stands in the gate's text, quotes included.
    pub at: Range<usize>,
}

#[derive(Clone, Debug)]
pub struct Gate {
    pub deny: Deny,
    /// A permission, or a setting of accounts, and where it stands in the gate's text.
    pub path: Option<(String, Range<usize>)>,
    /// Only sessions with such a target.
    pub target: Option<Scope>,
    /// Only sessions and accounts of such a subject.
    pub subject: Option<Scope>,
}

impl Gate {
    /// The canonical text: equal gates have the same.
    pub fn text(&self) -> String {
        let mut text = self.deny.id().to_owned();
        if let Some((path, _)) = &self.path {
            text.push_str(&format!(" {path}"));
        }
        for (word, scope) in [("on", &self.target), ("for", &self.subject)] {
            if let Some(Scope { selector, name, .. }) = scope {
                let name = if *selector == Selector::Method { name.clone() } else { quote(name) };
                text.push_str(&format!(" {word} {} {name}", selector.words()));
            }
        }
        text
    }

    /// Where its path and its names stand in its text.
    pub fn parts(&self) -> impl Iterator<Item = &Range<usize>> {
        let scopes = [&self.target, &self.subject].into_iter().flatten().map(|scope| &scope.at);
        self.path.iter().map(|(_, at)| at).chain(scopes)
    }

    /// The names of declared objects.
    pub fn names(&self) -> impl Iterator<Item = (DeclarationKind, &Scope)> {
        let scopes = [&self.target, &self.subject].into_iter().flatten();
        scopes.filter_map(|scope| Some((scope.selector.declaration()?, scope)))
    }
}
