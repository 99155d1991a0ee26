//! Reports: one format a file, each a stream from classes.

pub mod accounts;
pub mod blame;
pub mod catalog;
pub mod csv;
mod decider;
pub mod diff_csv;
pub mod diff_groups;
pub mod diff_json;
pub mod diff_markdown;
pub mod diff_text;
mod layout;
pub mod markdown;
pub mod matrix_json;
pub mod matrix_text;
pub mod names;
pub mod simulate;
mod style;
pub mod tests;

pub use style::Style;

/// A text from the policies as it is shown on a terminal: nothing in it acts, and it is not endless.
fn shown(text: &str) -> String {
    const MOST: usize = 120;
    let text = crate::syntax::text::visible(text);
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}
