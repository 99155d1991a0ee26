//! Reports: one format a file, each a stream from classes.

pub mod accounts;
pub mod blame;
pub mod catalog;
pub mod csv;
mod decider;
pub mod diff_counts;
pub mod diff_csv;
pub mod diff_html;
pub mod diff_json;
pub mod diff_markdown;
mod diff_markdown_rows;
pub mod diff_names;
pub mod diff_text;
pub mod diff_view;
mod fingerprint;
pub mod judgement;
mod layout;
pub mod markdown;
pub mod markup;
pub mod matrix_json;
pub mod matrix_text;
pub mod names;
pub mod simulate;
pub mod source_diff;
mod style;
mod test_coverage;
mod test_lines;
mod test_mutation;
pub mod tests;
pub mod uncompared;

pub use style::Style;

/// A text from the policies as it is shown on a terminal: nothing in it acts, and it is not
/// endless.
fn shown(text: &str) -> String {
    const MOST: usize = 120;
    let text = crate::syntax::text::visible(text);
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}
