//! Reports: one format per file. Long reports are written as a stream, block by block.

pub mod blame;
pub mod catalog;
mod csp;
pub mod diff;
mod gaps;
pub mod matrix;
mod numbered;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod policy_test;
pub mod show;
pub mod site;
pub mod words;
#[cfg(feature = "xlsx")]
pub mod xlsx;

pub use words::Style;

/// A text from the policies as reports show it: control characters are escaped, so that it cannot
/// act on a terminal, and its length is bounded.
fn shown(text: &str) -> String {
    const MAX: usize = 120;
    words::markup::truncate(&crate::text::escape_control_chars(text), MAX).into_owned()
}

/// `1 person`, `12 people`
fn people_text(people: u64) -> String {
    match people {
        1 => "1 person".to_owned(),
        _ => format!("{} people", crate::text::number(people)),
    }
}
