//! What a diff means for a pull request: which rows the gates deny, and which of those somebody has
//! accepted.

pub mod acceptance;
mod fingerprint;
pub mod gate;
mod summary;
mod verdict;

pub use summary::{GateResult, Parts, StaleAcceptance, Summary, UnevaluableGate};
pub use verdict::{READING_ORDER, Verdict, VerdictLevel, VerdictText, may_gain};

use crate::diff::Diff;
use crate::diff::rows::Rows;
use acceptance::Acceptances;
use gate::{Gate, Gates};
use std::sync::Arc;

/// A diff with its rows and what its gates and acceptances make of them: all that a report needs.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// The two revisions.
    pub diff: Arc<Diff>,
    /// What changed, with causes.
    pub rows: Arc<Rows>,
    /// What that means for a pull request.
    pub review: Review,
}

impl Reviewed {
    /// Reviews a diff: by the gates that are asked for and those of both manifests, and by what
    /// somebody has accepted.
    pub fn new(
        diff: Arc<Diff>,
        rows: Arc<Rows>,
        asked: &[Gate],
        acceptances: &Acceptances,
    ) -> Reviewed {
        let gates = Gates::new(&diff, asked);
        let review = Review::new(&diff, &rows, &gates, acceptances);
        Reviewed { diff, rows, review }
    }

    /// What a reader wants to know first.
    pub fn verdict(&self, parts: Parts) -> Verdict {
        self.review.summary.verdict().unwrap_or_else(|| verdict::without_gates(self, parts))
    }
}

/// What the gates and acceptances make of a diff.
#[derive(Clone, Debug)]
pub struct Review {
    /// The counts, and the result of each gate.
    pub summary: Summary,
    /// By row of sessions.
    pub sessions: Vec<RowReview>,
    /// By row of accounts.
    pub accounts: Vec<RowReview>,
    /// By date that moved later or fell away, in the order of
    /// [`later_dates`](crate::diff::edits::Edits::later_dates).
    pub dates: Vec<RowReview>,
}

/// What the gates and acceptances make of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReview {
    /// What the row is known by as long as it says the same: hexadecimal digits.
    pub fingerprint: String,
    /// The gates that deny cells of the row, accepted or not.
    pub denied_by: Vec<Denial>,
    /// Who accepted the row.
    pub accepted: Option<Accepted>,
}

impl RowReview {
    /// Whether a gate denies the row and nobody has accepted it.
    pub fn fails_gate(&self) -> bool {
        !self.denied_by.is_empty() && self.accepted.is_none()
    }
}

/// A gate that denies cells of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The gate's canonical text.
    pub gate: String,
    /// How many cells of the row it denies.
    pub changes: u64,
}

/// An acceptance of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Who accepted it.
    pub by: String,
    /// For which reason.
    pub why: String,
    /// `FILE:LINE` of the acceptance.
    pub location: String,
}

impl Review {
    fn new(diff: &Diff, rows: &Rows, gates: &Gates, acceptances: &Acceptances) -> Review {
        let mut reviewer = Reviewer {
            summary: Summary::new(diff, gates),
            acceptances,
            occurs: vec![false; acceptances.list.len()],
        };
        let sessions = rows.sessions.iter().map(|row| {
            reviewer.row(fingerprint::session(diff, row), gates.of_session_row(diff, row))
        });
        let sessions = sessions.collect();
        let accounts = rows
            .accounts
            .iter()
            .map(|row| reviewer.row(fingerprint::account(diff, row), gates.of_account_row(row)));
        let accounts = accounts.collect();
        let dates = diff.edits.later_dates.iter();
        let dates = dates
            .map(|date| reviewer.row(fingerprint::date(diff, date), gates.of_date(diff, date)));
        let dates = dates.collect();
        Review { summary: reviewer.finish(), sessions, accounts, dates }
    }
}

struct Reviewer<'a> {
    summary: Summary,
    acceptances: &'a Acceptances,
    /// By acceptance: whether its row occurs.
    occurs: Vec<bool>,
}

impl Reviewer<'_> {
    /// Reviews a row of which each gate denies so many cells. Those of an accepted row no longer
    /// count.
    fn row(&mut self, fingerprint: String, denied: Vec<u64>) -> RowReview {
        let list = &self.acceptances.list;
        let at = list.iter().position(|acceptance| acceptance.row == fingerprint);
        let accepted = at.map(|at| Accepted {
            by: list[at].by.clone(),
            why: list[at].why.clone(),
            location: self.acceptances.sources.location(list[at].span),
        });
        if let Some(at) = at {
            self.occurs[at] = true;
            self.summary.accepted_rows += 1;
        }
        let mut denied_by = Vec::new();
        for (result, changes) in self.summary.gates.iter_mut().zip(denied) {
            if changes > 0 {
                denied_by.push(Denial { gate: result.gate.clone(), changes });
            }
            if accepted.is_some() {
                result.denied -= changes;
                result.accepted += changes;
            }
        }
        RowReview { fingerprint, denied_by, accepted }
    }

    fn finish(mut self) -> Summary {
        let stale = self.acceptances.list.iter().enumerate().filter(|(at, _)| !self.occurs[*at]);
        self.summary.stale = stale
            .map(|(index, acceptance)| StaleAcceptance {
                index,
                row: acceptance.row.clone(),
                location: self.acceptances.sources.location(acceptance.span),
            })
            .collect();
        self.summary
    }
}
