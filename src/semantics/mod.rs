//! What policies mean, written once: lowering, the resolver, lints, mutation and the causes of a
//! diff all call these functions (docs/language.md, 3.2 and 4).
//!
//! Nothing here knows classes, masks or two sides. A function takes the few facts that a rule is
//! about, as values of whatever type its caller keeps them in, so that each caller can apply the
//! rule to policies as they are, as they were, or as they would be with some edits applied.

pub mod group_logic;
pub mod layers;
pub mod members;
pub mod policy_lines;
pub mod start;
