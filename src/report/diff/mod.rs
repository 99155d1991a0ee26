//! The reports on a diff, one format a file. Each takes a finished [`Reviewed`], so that none can
//! be written before the gates and acceptances are applied; CSV lists cells, to which those do not
//! apply.
//!
//! [`Reviewed`]: crate::review::Reviewed

mod acceptance_template;
mod counts;
pub mod csv;
mod effect;
pub mod entry;
pub mod html;
pub mod json;
pub mod markdown;
mod markdown_rows;
pub mod names;
mod row_words;
pub mod source_diff;
pub mod text;
mod text_rows;
pub mod uncompared;
pub mod view;

pub use acceptance_template::acceptance_template;
pub use counts::Tally;
pub use html::html;
pub use json::{json, json_each};
pub use markdown::markdown;
pub use text::text;

/// What was called an alternative cause, before its edits.
const ALTERNATIVE: &str = "would also suffice";
/// The title of what several edits do together.
const TOGETHER: &str = "only by several edits together";
/// The title of people and machines that are new or gone.
const INVENTORY: &str = "people and machines under standing rules";
/// The title of the edits that the gates cannot see.
const OUTSIDE_MATRIX: &str = "not covered by gates: review manually";
/// The title of the edits that change nobody's permissions.
const NO_EFFECT: &str = "edits without effect on existing users";
/// The title of the sessions where only the deciders changed.
const DECIDER_CHANGES: &str = "unchanged values now decided by another policy";
