//! The semantic diff, one format a file.

pub mod counts;
pub mod csv;
mod fingerprint;
pub mod html;
pub mod json;
pub mod judgement;
pub mod markdown;
mod markdown_rows;
pub mod names;
pub mod source_diff;
pub mod text;
pub mod uncompared;
pub mod view;
