//! What all reports share: names of sets and of deciders, colour, and the escaping of markup.

pub mod decider;
pub mod markup;
pub mod names;
pub mod start;
mod style;
pub mod unknown;

pub use style::Style;
