//! The resolved matrix and single sessions, one format per file.

pub mod accounts;
pub mod by_party;
pub mod csv;
pub mod json;
pub mod markdown;
pub mod simulate;
mod simulate_start;
pub(in crate::report) mod start;
pub mod text;
