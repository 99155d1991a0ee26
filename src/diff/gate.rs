//! What makes a diff fail.

use super::Direction;
use crate::diagnostic::suggest;

/// One thing that a diff must not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deny {
    Direction(Direction),
    /// Any difference at all.
    Any,
    /// Whatever is not proven to be no gain: widened, changed, an added cell whose value is not the type's least,
    /// an added membership.
    Gained,
}

impl Deny {
    /// The words that may be written.
    pub const WORDS: [&str; 8] = ["gained", "any", "widened", "narrowed", "changed", "added", "removed", "follows"];

    /// A word of the gate; else help on what was meant.
    pub fn parse(word: &str) -> Result<Deny, String> {
        match word {
            "gained" => Ok(Deny::Gained),
            "any" => Ok(Deny::Any),
            _ => Direction::ALL.into_iter().find(|direction| direction.id() == word).map(Deny::Direction).ok_or_else(
                || match suggest::closest(word, Deny::WORDS) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("one of {}", Deny::WORDS.map(|word| format!("`{word}`")).join(", ")),
                },
            ),
        }
    }

    pub fn id(self) -> &'static str {
        match self {
            Deny::Direction(direction) => direction.id(),
            Deny::Any => "any",
            Deny::Gained => "gained",
        }
    }

    /// Whether a change of a direction is denied; `gain` says of an added one whether it may be a gain.
    pub fn hits(self, direction: Direction, gain: bool) -> bool {
        match self {
            Deny::Direction(denied) => denied == direction,
            Deny::Any => true,
            Deny::Gained => match direction {
                Direction::Widened | Direction::Changed => true,
                Direction::Added => gain,
                Direction::Narrowed | Direction::Removed | Direction::Follows => false,
            },
        }
    }
}
