//! What a diff means for a pull request: gates, and the rows that somebody has accepted.

pub mod acceptance;
pub mod gate;
