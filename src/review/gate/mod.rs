//! What makes a diff fail. A gate says which changes are denied, and may be limited to a
//! permission, to targets and to subjects: `gained shell on jump group "Production" for directory
//! group "Contractors"`.

mod check;
mod dates;
mod evaluator;
mod inventory;
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
    /// Changes in one direction.
    Direction(Direction),
    /// Any difference at all.
    Any,
    /// Everything that may be a gain: widened, changed, an added cell whose value is not the type's
    /// least, an added membership.
    Gained,
}

impl Deny {
    /// All words for it.
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

    /// The word for it.
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
    /// A jump item.
    JumpItem,
    /// The jump items of a jump group.
    JumpGroup,
    /// A portal.
    Portal,
    /// The jump items with a tag.
    Tag,
    /// All targets of a method.
    Method,
    /// A user.
    User,
    /// An invite.
    Invite,
    /// The members of a group policy.
    GroupPolicy,
    /// The members of a directory group.
    DirectoryGroup,
    /// Who has a membership of a team, of any rank.
    Team,
}

impl Selector {
    /// What comes after `on`, and after `for`.
    const TARGETS: [Selector; 5] = [
        Selector::JumpItem,
        Selector::JumpGroup,
        Selector::Portal,
        Selector::Tag,
        Selector::Method,
    ];
    const SUBJECTS: [Selector; 5] = [
        Selector::User,
        Selector::Invite,
        Selector::GroupPolicy,
        Selector::DirectoryGroup,
        Selector::Team,
    ];

    /// The words before the name.
    pub fn words(self) -> &'static str {
        match self {
            Selector::JumpItem => "jump item",
            Selector::JumpGroup => "jump group",
            Selector::Portal => "portal",
            Selector::Tag => "tag",
            Selector::Method => "method",
            Selector::User => "user",
            Selector::Invite => "invite",
            Selector::GroupPolicy => "group policy",
            Selector::DirectoryGroup => "directory group",
            Selector::Team => "team",
        }
    }

    /// What declares objects of that kind; `None` for methods, which the profile has, and for tags,
    /// which are texts.
    pub fn declaration(self) -> Option<DeclarationKind> {
        Some(match self {
            Selector::JumpItem => DeclarationKind::JumpItem,
            Selector::JumpGroup => DeclarationKind::JumpGroup,
            Selector::Portal => DeclarationKind::Portal,
            Selector::Method | Selector::Tag => return None,
            Selector::User => DeclarationKind::User,
            Selector::Invite => DeclarationKind::Invite,
            Selector::GroupPolicy => DeclarationKind::GroupPolicy,
            Selector::DirectoryGroup => DeclarationKind::DirectoryGroup,
            Selector::Team => DeclarationKind::Team,
        })
    }
}

/// A name in a gate.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What it is a name of.
    pub selector: Selector,
    /// The name, without quotes.
    pub name: String,
    /// Its place in the gate's text, in bytes, quotes included.
    pub at: Range<usize>,
}

/// Which changes are denied, and of what, where and for whom.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Which changes.
    pub deny: Deny,
    /// A permission or an account setting, and its place in the gate's text.
    pub path: Option<(String, Range<usize>)>,
    /// Only sessions with such a target.
    pub target: Option<Scope>,
    /// Only sessions and accounts of such a subject.
    pub subject: Option<Scope>,
    /// Whether what inventory alone explains is left out.
    pub outside_inventory: bool,
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
        if self.outside_inventory {
            text.push_str(" outside inventory");
        }
        text
    }

    /// The places of its path and its names in its text.
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
