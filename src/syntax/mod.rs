//! Text to tree. Parsing never fails: it returns a tree of all that could be read, and findings about the rest.

pub mod ast;
mod mend;
mod parser;
pub mod text;

pub use parser::parse;
