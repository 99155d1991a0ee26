//! Precedent compiles the session and group policies of privileged remote-access products, and says
//! who may do what on which machine, which line decided it, and what a change does to whom.
//!
//! ```
//! use precedent::{Comparison, Gate, Workspace, report};
//! # const PEOPLE: &str = "user \"ada\" {\n  session_policy = \"Staff\"\n  access.allowed = allow\n  jump.jump_client = allow\n}\njump item \"db01\" {\n  kind = jump_client\n}\n";
//! # const BEFORE: &str = "session policy \"Staff\" {\n  shell = deny\n}\n";
//! # const AFTER: &str = "session policy \"Staff\" {\n  shell = allow\n}\n";
//!
//! let old = Workspace::from_texts([("people.prec", PEOPLE), ("policies.prec", BEFORE)]);
//! let new = Workspace::from_texts([("people.prec", PEOPLE), ("policies.prec", AFTER)]);
//! let (old, new) = (old.policies()?, new.policies()?);
//!
//! let gates: [Gate; 1] = ["gained shell".parse()?];
//! let reviewed = Comparison::new(&old, &new).review(&gates, &Default::default());
//! println!("{}", report::diff::markdown(&reviewed, Default::default())); // a pull request comment
//! assert!(reviewed.review.summary.fails());
//!
//! let cell = new.cell("ada", "db01", "shell")?;
//! assert_eq!(cell.to_string(), "shell = allow (policies.prec:2)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The parts
//!
//! ```text
//! files ─ source ─ syntax ──── lower ────── ir ──── matrix ──── diff ─── review ──┐
//!  text   FileId   pest→AST    names bound  checked  classes,   two of   gates,   ├─ report
//!         Span     + errors    values typed policies who        them,    accepted │  text, json,
//!                  never       defaults     (serde)  decided    causes            ┘  markdown, …
//!                  fails       explicit      │
//!                     └──────────┴─ diagnostics (code, severity, labels, help, fixes)
//! ```
//!
//! Imports point one way: `text, parallel ← source ← diagnostic ← syntax ← toml_text ← profile ←
//! ir ← semantics ← lower ← matrix ← lint, policy_test, diff ← review ← report ← workspace ← edit ←
//! repair`, then the command line. `docs/architecture.md` says what each part does and must not do;
//! a test holds the imports against this order. A stage returns a value *and* diagnostics. After
//! [`lower`], the types of the IR make the earlier errors unrepresentable.
//!
//! The library touches no file, environment, clock or terminal (`clippy.toml` forbids it); the
//! command line does.

#![deny(missing_docs, unreachable_pub)]

// What pest derives names this crate, as pest is built without its feature `std` (whose guard of
// the stack needs a C compiler, and costs a fifth of parsing; our grammar does not nest).
extern crate alloc;

pub mod diagnostic;
pub mod diff;
pub mod edit;
pub mod ir;
pub mod lint;
pub mod lower;
pub mod matrix;
mod parallel;
pub mod policy_test;
pub mod profile;
pub mod repair;
pub mod report;
pub mod review;
pub mod semantics;
pub mod source;
pub mod syntax;
pub mod text;
mod toml_text;
pub mod workspace;

pub use review::gate::Gate;
pub use workspace::{Comparison, Policies, Workspace};
