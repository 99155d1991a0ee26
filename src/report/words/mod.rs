//! What all reports say alike: names of sets, who decided, counts, colour, and the escaping of markup.

pub mod decider;
pub mod markup;
pub mod names;
mod style;

pub use style::Style;
