//! Text to tree, and a tree to canonical text. Parsing never fails: it returns a tree of all that
//! could be read, and findings about the rest.

pub mod ast;
mod errors;
mod keywords;
mod parser;
pub mod printer;

pub use parser::parse;
