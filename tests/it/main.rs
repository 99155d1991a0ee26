//! The integration tests: one binary, so that the library is linked once.
//!
//! | module | what it holds the compiler to |
//! | --- | --- |
//! | `documents` | the worked examples of the products' documents |
//! | `laws` | what holds for every workspace, tried on random ones (`generate`) and against `naive` |
//! | `hostile`, `extremes` | arbitrary, damaged and enormous input |
//! | `cli`, `check_formats` | the binary as its user meets it |
//! | `ci_kit` | the action, the hooks and the templates for CI, run as far as a machine without those services can |
//! | `git` | revisions as sides of a diff, in real repositories (`repository`) |
//! | `bad_input` | the findings of `tests/corpus/check` |
//! | `examples`, `explain` | what people read: `examples/`, and the pages of `precedent explain` |
//! | `tidy` | the source itself |

// The library touches no file, by lint; its tests may.
#![allow(clippy::disallowed_methods)]

mod bad_input;
mod causes;
mod check_formats;
mod ci_kit;
mod cli;
mod dice;
mod documents;
mod examples;
mod explain;
mod extremes;
mod generate;
mod git;
mod hostile;
mod laws;
mod naive;
mod repository;
mod support;
mod tidy;
