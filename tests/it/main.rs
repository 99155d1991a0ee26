//! The integration tests: one binary, so that the library is linked once.

mod bad_input;
mod dice;
mod documents;
mod extremes;
mod generate;
mod hostile;
mod laws;
mod naive;
mod support;
