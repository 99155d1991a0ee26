//! Workspaces: which files belong together, compiling them, and what a program may ask of the
//! result.

pub mod compile;
pub mod files;
pub mod manifest;
pub mod tree;

pub use compile::*;
