//! The integration tests: one binary, so that the library is linked once.

mod dice;
mod generate;
mod hostile;
mod laws;
mod naive;
mod support;
