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
use crate::diff::entries::RowId;
use crate::diff::rows::Rows;
use crate::text::Date;
use acceptance::{Acceptances, Of};
use fingerprint::Fingerprints;
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

    /// Whether a gate denies an entry that nobody has accepted.
    pub fn fails_gate(&self) -> bool {
        self.review.entries.iter().any(EntryReview::fails_gate)
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
    /// By entry.
    pub entries: Vec<EntryReview>,
}

/// What the gates and acceptances make of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// An acceptance of a row, or of an entry with all its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Who accepted it.
    pub by: String,
    /// For which reason.
    pub why: String,
    /// The last day on which that holds.
    pub until: Option<Date>,
    /// `FILE:LINE` of the acceptance.
    pub location: String,
}

/// What the gates and acceptances make of an entry as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryReview {
    /// What the entry is known by as long as its edits and all that they do are the same.
    pub fingerprint: String,
    /// Who accepted it with all its rows.
    pub accepted: Option<Accepted>,
    /// The gates that deny cells of it which nobody has accepted, in the order of the gates.
    pub denied_by: Vec<Denial>,
}

impl EntryReview {
    /// Whether a gate denies something of it that nobody has accepted.
    pub fn fails_gate(&self) -> bool {
        !self.denied_by.is_empty()
    }
}

impl Review {
    fn new(diff: &Diff, rows: &Rows, gates: &Gates, acceptances: &Acceptances) -> Review {
        let mut reviewer = Reviewer {
            summary: Summary::new(diff, gates),
            acceptances,
            occurs: vec![false; acceptances.list.len()],
        };
        let mut review = Review {
            summary: Summary::default(),
            sessions: vec![RowReview::default(); rows.sessions.len()],
            accounts: vec![RowReview::default(); rows.accounts.len()],
            dates: vec![RowReview::default(); diff.edits.later_dates.len()],
            entries: Vec::with_capacity(rows.entries.len()),
        };
        let mut fingerprints = Fingerprints::new(diff);
        for entry in &rows.entries {
            let found = entry.rows.iter().map(|row| match *row {
                RowId::Session(at) => {
                    let row = &rows.sessions[at];
                    (fingerprints.session(row), gates.of_session_row(diff, row))
                }
                RowId::Account(at) => {
                    let row = &rows.accounts[at];
                    (fingerprint::account(diff, row), gates.of_account_row(row))
                }
                RowId::Date(at) => {
                    let date = &diff.edits.later_dates[at];
                    (fingerprint::date(diff, date), gates.of_date(diff, date))
                }
            });
            let found: Vec<(String, Vec<u64>)> = found.collect();
            let of_rows = found.iter().map(|(fingerprint, _)| &**fingerprint);
            let fingerprint = fingerprint::entry(diff, entry, of_rows);
            let accepted = reviewer.accepted(Of::Edit, &fingerprint);
            let mut denied_by: Vec<Denial> = Vec::new();
            for (row, (fingerprint, denied)) in entry.rows.iter().zip(found) {
                let of_row = reviewer.row(fingerprint, denied, accepted.as_ref());
                if of_row.fails_gate() {
                    add_denials(&mut denied_by, &of_row.denied_by);
                }
                match *row {
                    RowId::Session(at) => review.sessions[at] = of_row,
                    RowId::Account(at) => review.accounts[at] = of_row,
                    RowId::Date(at) => review.dates[at] = of_row,
                }
            }
            review.entries.push(EntryReview { fingerprint, accepted, denied_by });
        }
        review.summary = reviewer.finish();
        review
    }

    /// What was made of a row.
    pub fn row(&self, row: RowId) -> &RowReview {
        match row {
            RowId::Session(at) => &self.sessions[at],
            RowId::Account(at) => &self.accounts[at],
            RowId::Date(at) => &self.dates[at],
        }
    }
}

fn add_denials(all: &mut Vec<Denial>, more: &[Denial]) {
    for denial in more {
        match all.iter_mut().find(|known| known.gate == denial.gate) {
            Some(known) => known.changes += denial.changes,
            None => all.push(denial.clone()),
        }
    }
}

struct Reviewer<'a> {
    summary: Summary,
    acceptances: &'a Acceptances,
    /// By acceptance: whether what it accepts occurs.
    occurs: Vec<bool>,
}

impl Reviewer<'_> {
    /// The acceptance of an edit or row, if there is one.
    fn accepted(&mut self, of: Of, fingerprint: &str) -> Option<Accepted> {
        let mut list = self.acceptances.list.iter();
        let at = list.position(|found| found.of == of && found.fingerprint == fingerprint)?;
        self.occurs[at] = true;
        let found = &self.acceptances.list[at];
        Some(Accepted {
            by: found.by.clone(),
            why: found.why.clone(),
            until: found.until.map(|(until, _)| until),
            location: self.acceptances.sources.location(found.span),
        })
    }

    /// Reviews a row of which each gate denies so many cells. Those of an accepted row no longer
    /// count. `with_entry` is the acceptance of its whole entry.
    fn row(
        &mut self,
        fingerprint: String,
        denied: Vec<u64>,
        with_entry: Option<&Accepted>,
    ) -> RowReview {
        let own = self.accepted(Of::Row, &fingerprint);
        let accepted = own.or_else(|| with_entry.cloned());
        self.summary.accepted_rows += u64::from(accepted.is_some());
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
                of: acceptance.of,
                fingerprint: acceptance.fingerprint.clone(),
                location: self.acceptances.sources.location(acceptance.span),
            })
            .collect();
        self.summary
    }
}
