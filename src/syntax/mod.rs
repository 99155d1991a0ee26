//! Parses text into a tree, and prints a tree as canonical text. Parsing never fails: it returns a
//! tree of everything that could be parsed, and findings for the rest.

pub mod ast;
mod errors;
mod keywords;
mod parser;
pub mod printer;

pub use parser::{parse, parse_condition, parse_expectation};
