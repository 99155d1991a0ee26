//! Reports: one format a file, each a stream from classes.

pub mod blame;
pub mod catalog;
pub mod diff;
pub mod matrix;
pub mod policy_test;
pub mod words;

pub use words::Style;

/// A text from the policies as it is shown on a terminal: nothing in it acts, and it is not
/// endless.
fn shown(text: &str) -> String {
    const MAX: usize = 120;
    let text = crate::text::escape_control_chars(text);
    match text.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}
