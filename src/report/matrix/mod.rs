//! The resolved matrix and single sessions, one format per file.

pub mod accounts;
pub mod csv;
pub mod json;
pub mod markdown;
pub mod simulate;
pub mod text;
