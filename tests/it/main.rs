//! The integration tests: one binary, so that the library is linked once.
//!
//! | module | what it holds the compiler to |
//! | --- | --- |
//! | `documents` | the worked examples of the products' documents |
//! | `laws` | what holds for every workspace, tried on random ones (`generate`) and against `naive` |
//! | `layout` | what `fmt` makes of files: `tests/corpus/fmt`, and random ones |
//! | `hostile`, `extremes` | arbitrary, damaged and enormous input |
//! | `cli`, `check_formats` | the binary as its user meets it |
//! | `bad_input` | the findings of `tests/corpus/check` |
//! | `examples`, `explain`, `gallery` | what people read: `examples/`, the pages of `precedent explain`, `docs/diagnostics.md` |
//! | `tidy` | the source itself |
//!
//! `dice`, `support`, `sarif` and `xml` are what the others are made with.

// The library touches no file, by lint; its tests may.
#![allow(clippy::disallowed_methods)]

mod bad_input;
mod check_formats;
mod cli;
mod dice;
mod documents;
mod examples;
mod explain;
mod extremes;
mod gallery;
mod generate;
mod hostile;
mod laws;
mod layout;
mod naive;
mod sarif;
mod support;
mod tidy;
mod xml;
