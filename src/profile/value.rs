//! Values of permissions and settings.

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
}

/// The strings that a set or a filter allows. Lists are sorted by bytes, without repeats. `except
/// []` is always [`Strings::Any`].
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
    pub fn only(items: Vec<String>) -> Self {
        Strings::Only(canonical(items))
    }

    /// All but these strings.
    pub fn except(items: Vec<String>) -> Self {
        if items.is_empty() { Strings::Any } else { Strings::Except(canonical(items)) }
    }

    /// Whether `other` allows everything that `self` allows, as far as that is known: a name and a
    /// hash may be those of the same file.
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

/// Whether a sorted list contains every item of another.
fn subset(inner: &[String], outer: &[String]) -> bool {
    inner.iter().all(|item| outer.binary_search(item).is_ok())
}

fn is_hash(item: &str) -> bool {
    item.starts_with("sha256:")
}
