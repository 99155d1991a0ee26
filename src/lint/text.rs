//! Wording that lints share.

use crate::ir::Object;
pub(super) use crate::text::count;
use crate::text::escape_control_chars;

/// How many names a message lists before it counts the rest.
const MAX_NAMES: usize = 3;

/// How many places besides the first one a finding points at.
pub(super) const MAX_LABELS: usize = 3;

/// The same of a finding about many objects with one defect. Reports draw fewer.
pub(super) const MAX_PLACES: usize = 100;

pub(super) fn name(object: &Object) -> String {
    format!("`{}`", escape_control_chars(&object.name))
}

/// The first few names, separated by commas, and how many more there are.
pub(super) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    let mut text =
        names.iter().take(MAX_NAMES).map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    if names.len() > MAX_NAMES {
        text.push_str(&format!(" and {} more", names.len() - MAX_NAMES));
    }
    text
}

/// The same for alternatives: `a, b or c`.
pub(super) fn either<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<S> = names.into_iter().collect();
    match names.split_last() {
        Some((last, others @ [_, ..])) if names.len() <= MAX_NAMES => {
            format!("{} or {}", list(others), last.as_ref())
        }
        _ => list(names),
    }
}
