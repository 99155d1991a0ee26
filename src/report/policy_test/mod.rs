//! Results, coverage and mutation score of policy tests: as text, as JSON, and as JUnit for CI.

mod coverage;
mod lines;
mod mutation;
mod text;

pub use text::*;
