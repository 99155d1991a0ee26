//! The integration tests: one binary, so that the library is linked once.

mod dice;
mod generate;
mod laws;
mod naive;
mod support;
