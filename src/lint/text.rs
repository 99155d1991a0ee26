//! How lints word what they have in common.

use crate::ir::Object;
use crate::syntax::text::visible;

/// How many names a message gives before it counts the rest.
const MOST_NAMES: usize = 3;

/// How many places beside the first a finding points at.
pub(super) const MOST_LABELS: usize = 3;

pub(super) fn name(object: &Object) -> String {
    format!("`{}`", visible(&object.name))
}

/// The first few of some names, and how many there are beside them.
pub(super) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    let mut shown =
        names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    if names.len() > MOST_NAMES {
        shown.push_str(&format!(" and {} more", names.len() - MOST_NAMES));
    }
    shown
}

/// The same of things one of which it is each time.
pub(super) fn either<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    match names.split_last() {
        Some((last, others @ [_, ..])) if names.len() <= MOST_NAMES => {
            format!("{} or {}", list(others), last.as_ref())
        }
        _ => list(names),
    }
}

/// `1 user`, `12 users`.
pub(super) fn count(number: u64, word: &str) -> String {
    if number == 1 {
        return format!("1 {word}");
    }
    match word.strip_suffix('y') {
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {word}s"),
    }
}
