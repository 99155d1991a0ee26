//! Who can do what: the meaning of the IR (docs/language.md, section 4).
//!
//! For resolving, only the policies that apply to a user or a jump item matter. Those with the same
//! policies form a class ([`classes`]), as far as they can start the same sessions
//! ([`start`]). Each pair of classes is resolved once, on masks with one
//! bit per permission ([`session`]).

pub mod account;
pub mod account_row;
pub mod blocks;
pub mod by_party;
pub mod classes;
pub mod decided;
mod invited;
mod kept;
pub mod layers;
pub mod pairs;
pub mod parties;
pub mod session;
pub mod start;
pub mod unknown;

pub use account::{Account, Accounts, Setting, Source};
pub use account_row::{AccountRow, RowOf, RowValue};
pub use classes::Matrix;
pub use layers::Layers;
pub use parties::{Endpoint, SubjectRef, TargetRef};
pub use session::{Cell, Cells, Decider, Rules, Stack};
pub use start::{StartCell, StartValue, Starts};
pub use unknown::Unknowns;
