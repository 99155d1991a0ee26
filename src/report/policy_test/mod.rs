//! Outcomes, coverage and mutation of policy tests: for people, for programs, and as JUnit for CI.

mod coverage;
mod lines;
mod mutation;
mod text;

pub use text::*;
