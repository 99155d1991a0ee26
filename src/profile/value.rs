//! Values of permissions and settings.

use super::EntryKind;
use serde::{Deserialize, Serialize};

/// A value. Its text depends on its type: see [`super::Type::text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Index into the words of the type: `deny` and `allow` for a switch, else the list of the
    /// profile.
    Word(u16),
    /// A duration in seconds that is not one of the type's words.
    Duration(u64),
    /// A number.
    Integer(u64),
    /// The value of a set or a filter.
    Strings(Strings),
    /// The name of a declared jump item role; `None` is `no_access`.
    Role(Option<String>),
    /// A value that nobody has read yet: `unknown`, of any type. Resolving takes it for a value
    /// like others, which is not all that it means: what requires an unknown permission is not
    /// marked as unknown yet, nor is what an unknown line of a group policy may leave to others.
    Unknown,
}

/// The strings that a set or a filter allows. Lists are sorted by bytes, without entries that are
/// the same as an earlier one. `except []` is always [`Strings::Any`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strings {
    /// Only these.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
    /// All.
    Any,
}

impl Strings {
    /// Only these strings.
    pub fn only(items: Vec<String>, kind: EntryKind) -> Self {
        Strings::Only(kind.canonical(items))
    }

    /// All but these strings.
    pub fn except(items: Vec<String>, kind: EntryKind) -> Self {
        if items.is_empty() { Strings::Any } else { Strings::Except(kind.canonical(items)) }
    }

    /// Whether `other` allows everything that `self` allows, as far as that is known.
    pub fn within(&self, other: &Strings, kind: EntryKind) -> bool {
        match (self, other) {
            (_, Strings::Any) => true,
            (Strings::Any, _) | (Strings::Except(_), Strings::Only(_)) => false,
            (Strings::Only(inner), Strings::Only(outer)) => kind.all_within(inner, outer),
            (Strings::Except(inner), Strings::Except(outer)) => kind.all_within(outer, inner),
            (Strings::Only(allowed), Strings::Except(denied)) => kind.are_apart(allowed, denied),
        }
    }
}
