//! The verdict on a diff, in one line.

use super::{Parts, Reviewed, Summary};
use crate::diff::Direction;
use crate::text::count;
use crate::text::escape_control_chars;

/// The order in which a reviewer reads: first which sessions there are that were not there before,
/// with all that waits behind them, and which are gone; then what changed within the others.
pub const READING_ORDER: [Direction; 6] = [
    Direction::Added,
    Direction::Removed,
    Direction::Widened,
    Direction::Changed,
    Direction::Narrowed,
    Direction::Follows,
];

/// Whether a change in a direction may be a gain.
pub fn may_gain(direction: Direction) -> bool {
    matches!(direction, Direction::Widened | Direction::Changed | Direction::Added)
}

/// How a verdict is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictLevel {
    /// A gate fails.
    Fail,
    /// No gate fails, but somebody should look at it.
    Warn,
    /// All is well.
    Pass,
}

/// A piece of a verdict's text; control characters are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerdictText {
    /// Words.
    Words(String),
    /// A gate, or the file of an acceptance: what somebody else wrote, to be set apart as code.
    Code(String),
}

/// What a reader wants to know first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How it is meant.
    pub level: VerdictLevel,
    /// What it says, for formats that set code apart in their own way.
    pub text: Vec<VerdictText>,
}

impl Verdict {
    fn new(level: VerdictLevel) -> Verdict {
        Verdict { level, text: Vec::new() }
    }

    fn words(mut self, words: impl Into<String>) -> Verdict {
        self.text.push(VerdictText::Words(words.into()));
        self
    }

    fn code(mut self, code: &str) -> Verdict {
        self.text.push(VerdictText::Code(escape_control_chars(code).into_owned()));
        self
    }

    /// The text with code in backticks.
    pub fn plain(&self) -> String {
        let piece = |piece: &VerdictText| match piece {
            VerdictText::Words(words) => words.clone(),
            VerdictText::Code(code) => format!("`{code}`"),
        };
        self.text.iter().map(piece).collect()
    }
}

impl Summary {
    /// The verdict of the gates; `None` if there is none, and nothing is wrong with an acceptance.
    pub fn verdict(&self) -> Option<Verdict> {
        if self.fails() {
            return Some(self.failed());
        }
        if self.gates.is_empty() {
            return None;
        }
        let mut verdict = Verdict::new(VerdictLevel::Pass).words("passed: ");
        let mut unmatched = self.gates.iter().filter(|gate| gate.accepted == 0).peekable();
        let has_unmatched = unmatched.peek().is_some();
        for (at, result) in unmatched.enumerate() {
            let before = if at == 0 { "no change matches " } else { " or " };
            verdict = verdict.words(before).code(&result.gate);
        }
        let accepted = self.gates.iter().filter(|gate| gate.accepted > 0);
        for (at, result) in accepted.enumerate() {
            let separator = if at > 0 || has_unmatched { "; " } else { "" };
            let (of, verb) = match result.accepted {
                1 => ("the change that matches ".to_owned(), " is accepted"),
                changes => {
                    (format!("the {} that match ", count(changes, "change")), " are accepted")
                }
            };
            verdict = verdict.words(format!("{separator}{of}")).code(&result.gate).words(verb);
        }
        Some(verdict)
    }

    fn failed(&self) -> Verdict {
        let mut verdict = Verdict::new(VerdictLevel::Fail).words("FAILED: ");
        let mut separator = "";
        for result in self.gates.iter().filter(|gate| gate.denied > 0) {
            let match_ = if result.denied == 1 { "matches" } else { "match" };
            let changes = count(result.denied, "change");
            verdict = verdict.words(format!("{separator}{changes} {match_} ")).code(&result.gate);
            if result.keeps_inventory {
                let why = " (nothing is left out, since OLD with the inventory of NEW has errors)";
                verdict = verdict.words(why);
            }
            separator = "; ";
        }
        for gate in &self.unevaluable {
            let reason = escape_control_chars(&gate.reason);
            verdict = verdict.words(format!("{separator}cannot evaluate ")).code(&gate.gate);
            verdict = verdict.words(format!(" ({reason})"));
            separator = "; ";
        }
        for (at, stale) in self.stale.iter().enumerate() {
            let before = match at {
                0 => format!("{separator}accepted, but not in the diff: {} (", stale.fingerprint),
                _ => format!(", {} (", stale.fingerprint),
            };
            verdict = verdict.words(before).code(&stale.location).words(")");
        }
        verdict
    }
}

/// Where there is no gate: whether anybody may have gained anything, as far as it is shown.
pub(super) fn without_gates(reviewed: &Reviewed, parts: Parts) -> Verdict {
    let summary = &reviewed.review.summary;
    let mut gains: Vec<String> = READING_ORDER
        .into_iter()
        .filter(|direction| may_gain(*direction) && summary.total(parts, *direction) > 0)
        .map(|direction| {
            format!("{} {}", count(summary.total(parts, direction), "cell"), direction.id())
        })
        .collect();
    // What ends later is had for longer, although no cell differs today.
    let later = reviewed.diff.edits.later_dates.len() as u64;
    gains.extend((later > 0).then(|| count(later, "later date")));
    let any = READING_ORDER.into_iter().any(|direction| summary.total(parts, direction) > 0);
    let (level, text) = if !gains.is_empty() {
        (VerdictLevel::Warn, format!("possible gains: {} (no gate is set)", gains.join(", ")))
    } else if !reviewed.rows.outside_matrix.is_empty() {
        (VerdictLevel::Warn, "no gains in the matrix, but some edits need manual review".into())
    } else if any {
        (VerdictLevel::Pass, "no gains".into())
    } else if !reviewed.diff.edits.list.is_empty() {
        (VerdictLevel::Pass, "no permission changes".into())
    } else {
        (VerdictLevel::Pass, "no changes".into())
    };
    Verdict::new(level).words(text)
}
