//! Values of permissions and settings.

use serde::{Deserialize, Serialize};

/// A value, apart from the type that gives it a text: see [`super::Type::text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Index into the words of the type: of a switch `deny` and `allow`, else the profile's list.
    Word(u16),
    /// Seconds, of a duration that is not one of the type's words.
    Duration(u64),
    Integer(u64),
    /// Of a set or a filter.
    Strings(Strings),
    /// The name of a declared jump item role; `None` is `no_access`.
    Role(Option<String>),
}

/// Which strings a set or a filter lets through. Lists are sorted by bytes and without repeats;
/// `except []` is always written [`Strings::Any`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strings {
    Only(Vec<String>),
    Except(Vec<String>),
    Any,
}

impl Strings {
    pub fn only(items: Vec<String>) -> Self {
        Strings::Only(canonical(items))
    }

    pub fn except(items: Vec<String>) -> Self {
        if items.is_empty() { Strings::Any } else { Strings::Except(canonical(items)) }
    }

    /// Whether everything that `self` lets through, `other` lets through too, as far as that is
    /// known: whether a name and a hash stand for the same file is not.
    pub fn within(&self, other: &Strings) -> bool {
        match (self, other) {
            (_, Strings::Any) => true,
            (Strings::Any, _) | (Strings::Except(_), Strings::Only(_)) => false,
            (Strings::Only(inner), Strings::Only(outer)) => subset(inner, outer),
            (Strings::Except(inner), Strings::Except(outer)) => subset(outer, inner),
            (Strings::Only(allowed), Strings::Except(denied)) => allowed.iter().all(|name| {
                denied.iter().all(|other| name != other && is_hash(name) == is_hash(other))
            }),
        }
    }
}

fn canonical(mut items: Vec<String>) -> Vec<String> {
    items.sort_unstable();
    items.dedup();
    items
}

/// Whether each item of a sorted list stands in another.
fn subset(inner: &[String], outer: &[String]) -> bool {
    inner.iter().all(|item| outer.binary_search(item).is_ok())
}

fn is_hash(item: &str) -> bool {
    item.starts_with("sha256:")
}
