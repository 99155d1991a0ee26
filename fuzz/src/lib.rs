//! What each fuzz target does with its bytes. The tests of the product try the same functions on the
//! inputs that once failed (`tests/corpus/fuzz`).

mod targets;

pub use targets::*;
