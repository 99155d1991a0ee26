//! Reports: one format a file, each a stream from classes.

pub mod accounts;
pub mod csv;
pub mod diff_csv;
mod style;

pub use style::Style;
