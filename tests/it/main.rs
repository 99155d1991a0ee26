//! The integration tests: one binary, so that the library is linked once.
//!
//! | module | what it holds the compiler to |
//! | --- | --- |
//! | `documents` | the worked examples of the products' documents |
//! | `help` | the commands that `--help` and the pages show |
//! | `laws` | what holds for every workspace, tried on random ones (`generate`) and against `naive` |
//! | `causes`, `gates` | rows of a diff, their causes, and what may not pass |
//! | `layout` | what `fmt` makes of files: `tests/corpus/fmt`, and random ones |
//! | `hostile`, `extremes`, `sizes` | arbitrary, damaged and enormous input |
//! | `edits`, `edit_command` | edits of the text: what they write, leave alone and refuse |
//! | `copies` | session policies that are copies of others |
//! | `filters`, `views` | parts of the matrix, and the matrix from the side of people and machines |
//! | `coverage`, `mutation` | coverage and mutation score of policy tests |
//! | `cli`, `check_formats`, `test_command` | the binary as its user meets it |
//! | `files`, `faults` | which files are read and written, and what is left where writing fails |
//! | `ci_kit` | the action, the hooks and the templates for CI, run as far as a machine without those services can |
//! | `git` | revisions as sides of a diff, in real repositories (`repository`) |
//! | `blame` | which commit made a value what it is, over scripted and random histories |
//! | `bad_input` | the findings of `tests/corpus/check` |
//! | `diff_markdown`, `diff_html` | the formats of a diff that people read: sound whatever the names are |
//! | `language`, `first_site` | the examples of `docs/language.md`, and `docs/first-site.md` from its top to its end |
//! | `facade` | the library as another program uses it |
//! | `examples`, `explain`, `gallery` | what people read: `examples/`, the pages of `precedent explain`, `docs/diagnostics.md` |
//! | `readme` | what a newcomer meets first: the README, the quickstart, and links that lead somewhere |
//! | `renames` | objects that only have another name in a diff |
//! | `workspaces` | which files belong to a workspace |
//! | `remedies` | what a finding proposes removes it |
//! | `repairs` | `repair` and `order` |
//! | `reports` | reports that people read, each as a whole |
//! | `review` | the matrix as a workbook |
//! | `show` | single objects, and all of a kind |
//! | `site` | the matrix as a page to look at |
//! | `tables` | the matrix as tables for engines that answer SQL |
//! | `tidy` | the source itself |
//!
//! `consumers`, `dice`, `pages`, `support`, `sarif` and `xml` are what the others are made with.

// The library touches no file, by lint; its tests may.
#![allow(clippy::disallowed_methods)]

mod bad_input;
mod blame;
mod builtin_profiles;
mod causes;
mod check_formats;
mod ci_kit;
mod cli;
mod consumers;
mod copies;
mod coverage;
mod dice;
mod diff_html;
mod diff_markdown;
mod documents;
mod edit_command;
mod edit_parts;
mod edits;
mod entries;
mod examples;
mod explain;
mod extremes;
mod facade;
mod faults;
mod files;
mod filters;
mod first_site;
mod fixes;
mod fuzz;
mod gallery;
mod gates;
mod generate;
mod git;
mod guesses;
mod help;
mod history;
mod hostile;
mod language;
mod laws;
mod layout;
mod mutation;
mod naive;
mod one_cause;
mod one_round;
mod pages;
mod readme;
mod remedies;
mod renames;
mod repairs;
mod reports;
mod repository;
mod review;
mod sarif;
mod show;
mod site;
mod sizes;
mod start;
mod start_causes;
mod support;
mod tables;
mod test_command;
mod tidy;
mod unknown;
mod views;
mod workspaces;
mod xml;
