//! Who may do what: the meaning of the IR (docs/language.md, 4).
//!
//! A user is, for resolving, only the policies that apply to it; so is a jump item. Those with the
//! same policies are one class ([`classes`]). Each pair of classes is resolved once, on masks of a
//! bit a permission ([`session`]).

pub mod account;
pub mod blocks;
pub mod classes;
pub mod layers;
pub mod session;

pub use account::{Account, Accounts, Setting, Source};
pub use classes::{Endpoint, Matrix, SubjectRef, TargetRef};
pub use layers::Layers;
pub use session::{Cell, Cells, Decider, Rules, Stack};
