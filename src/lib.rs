//! Precedent compiles the session and group policies of privileged remote-access products.
//!
//! # The way of the data
//!
//! ```text
//! files ─ source ─ syntax ──── lower ────── ir ──── resolve ──── diff ─┐
//!  text   FileId   pest→AST    names bound  checked  permission   two   ├─ report ─ text, markdown, html, csv, json
//!         Span     + errors    values typed policy   matrix       of    │
//!                  never       defaults     (serde)  + who        them ─┘
//!                  fails       explicit              decided
//!                      └──────────┴─ diagnostic (code, severity, labels, help, fixes) ─ text, json, github, sarif, …
//! ```
//!
//! One direction only: `source ← diagnostic ← syntax ← profile ← ir ← lower ← resolve ← lint,
//! policy_test, diff ← report`, then this face ([`workspace`], [`manifest`], [`acceptance`]), then
//! the command line in `main.rs`. A stage returns a value *and* diagnostics: bad input is no
//! exception. After [`lower`], the type of the IR makes the earlier errors unrepresentable.
//!
//! | folder | what it does | what it must not do |
//! | --- | --- | --- |
//! | [`source`] | files, spans, lines and columns | read files |
//! | [`diagnostic`] | findings as data, the table of codes, one format a file, applying fixes | know what a policy is |
//! | [`syntax`] | text to tree; the grammar is `grammar/precedent.pest` | bind names, know the profile |
//! | [`profile`] | a product as data: layers, methods, permissions, settings | know a product by name |
//! | [`lower`] | trees to the IR: names bound, values typed | resolve |
//! | [`ir`] | the checked policies; its JSON form | hold anything unchecked |
//! | [`lint`] | advice on policies that compile | change what they mean |
//! | [`resolve`] | who may do what, by classes | allocate in its inner loop, touch strings |
//! | [`policy_test`] | the `test` blocks, over all that they select; which lines they cover, which changes they detect | know how it is shown |
//! | [`diff`] | two matrices side by side, and the edits that made each change | know how it is shown |
//! | [`acceptance`] | the rows of a diff that somebody has accepted | know who that may be |
//! | [`report`] | one format a file, from classes | compute |
//! | [`manifest`] | `precedent.toml` as data | look at policies |
//! | [`workspace`] | the face: files in, the checked IR and all findings out | read files |
//!
//! The library touches no file, environment, clock or terminal (`clippy.toml` forbids it); the
//! command line does.

pub mod diagnostic;
pub mod diff;
pub mod ir;
pub mod lint;
pub mod lower;
pub mod matrix;
pub mod policy_test;
pub mod profile;
pub mod report;
pub mod review;
pub mod semantics;
pub mod source;
pub mod syntax;
pub mod text;
mod toml_text;
pub mod workspace;
