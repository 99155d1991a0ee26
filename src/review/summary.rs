//! How much changed, and what each gate says of it.

use super::acceptance::Of;
use super::gate::Gates;
use crate::diff::{Counts, Diff, Direction, Side, Sided};
use crate::matrix::Unknowns;
use crate::parallel;
use crate::profile::Entry;

/// Which parts of a diff a report covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The sessions.
    pub sessions: bool,
    /// The accounts.
    pub accounts: bool,
    /// The sessions where only who decides has changed.
    pub deciders: bool,
    /// Every row in full, with who decides it.
    pub details: bool,
}

/// Sessions and accounts, without those where only who decides has changed.
impl Default for Parts {
    fn default() -> Self {
        Parts { sessions: true, accounts: true, deciders: false, details: false }
    }
}

/// The counts of a diff, and the results of its gates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many cells of sessions changed.
    pub sessions: Counts,
    /// How many cells of accounts changed.
    pub accounts: Counts,
    /// Permissions and settings that one of the two profiles alone has, which are not compared.
    pub only: Sided<Vec<String>>,
    /// What is unknown on each side, if anything is: permissions of sessions, and settings and
    /// memberships of accounts.
    pub unknown: Option<Sided<(u64, u64)>>,
    /// What each gate denies.
    pub gates: Vec<GateResult>,
    /// Gates that cannot be evaluated in full, which fails them.
    pub unevaluable: Vec<UnevaluableGate>,
    /// How many rows are accepted.
    pub accepted_rows: u64,
    /// Acceptances of edits and rows that do not occur.
    pub stale: Vec<StaleAcceptance>,
}

/// What a gate denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateResult {
    /// The gate's canonical text.
    pub gate: String,
    /// How many changes it denies, without those of accepted rows.
    pub denied: u64,
    /// How many changes of accepted rows it would deny.
    pub accepted: u64,
    /// Whether it should leave out what inventory explains, and cannot: OLD with NEW's inventory
    /// has errors.
    pub keeps_inventory: bool,
}

/// A gate that cannot be evaluated in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnevaluableGate {
    /// Its text.
    pub gate: String,
    /// Why it cannot be evaluated.
    pub reason: String,
}

/// An acceptance of an edit or row that does not occur in the diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleAcceptance {
    /// Its place in the list of acceptances.
    pub index: usize,
    /// Whether it is of an edit or of a row.
    pub of: Of,
    /// The fingerprint.
    pub fingerprint: String,
    /// `FILE:LINE` of the acceptance.
    pub location: String,
}

impl Summary {
    /// Counts changes, and what each gate denies of them; nothing is accepted.
    pub fn new(diff: &Diff, gates: &Gates) -> Summary {
        let ((sessions, of_sessions), (accounts, of_accounts)) =
            parallel::join(|| diff.session_counts(gates), || diff.account_counts(gates));
        let of_dates = diff.date_counts(gates);
        let denied =
            of_sessions.iter().zip(&of_accounts).zip(&of_dates).map(|((a, b), c)| a + b + c);
        let results = gates.texts().zip(gates.keep_inventory()).zip(denied);
        let results = results.map(|((gate, keeps_inventory), denied)| GateResult {
            gate,
            denied,
            accepted: 0,
            keeps_inventory,
        });
        Summary {
            sessions,
            accounts,
            only: Sided::from_fn(|side| only_on(diff, side)),
            gates: results.collect(),
            unknown: unknown(diff),
            unevaluable: gates.unevaluable(),
            accepted_rows: 0,
            stale: Vec::new(),
        }
    }

    /// Whether the gates fail: one denies a change or cannot be evaluated, or an accepted row does
    /// not occur.
    pub fn fails(&self) -> bool {
        self.gates.iter().any(|gate| gate.denied > 0)
            || !self.unevaluable.is_empty()
            || !self.stale.is_empty()
    }

    /// How many cells moved in a direction, of the parts that are shown.
    pub fn total(&self, parts: Parts, direction: Direction) -> u64 {
        let of = |shown: bool, counts: &Counts| if shown { counts.of(direction) } else { 0 };
        of(parts.sessions, &self.sessions) + of(parts.accounts, &self.accounts)
    }
}

/// How much is unknown on each side.
fn unknown(diff: &Diff) -> Option<Sided<(u64, u64)>> {
    let found = Sided::from_fn(|side| {
        let found = Unknowns::new(diff.matrix(side));
        (found.permissions, found.settings)
    });
    (found != Sided::default()).then_some(found)
}

/// The permissions and settings that the profile of one side alone has.
fn only_on(diff: &Diff, side: Side) -> Vec<String> {
    let (own, other) = (&diff.ir(side).profile, &diff.ir(side.other()).profile);
    let only = |own: &[Entry], other: &[Entry]| -> Vec<String> {
        let only = own.iter().filter(|entry| !other.iter().any(|known| known.path == entry.path));
        only.map(|entry| entry.path.clone()).collect()
    };
    [only(&own.permissions, &other.permissions), only(&own.settings, &other.settings)].concat()
}
