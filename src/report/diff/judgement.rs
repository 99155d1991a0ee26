//! What the gates say of a diff: which rows they deny, which of those are accepted, and the counts
//! of both.

use crate::diff::Diff;
use crate::diff::rows::Rows;
use crate::profile::Entry;
use crate::report::diff::text::Summary;
use crate::report::diff::view::{Accepted, Hit, Row, View};
use crate::review::acceptance::Acceptance;
use crate::review::gate::Gates;
use crate::source::Sources;
use crate::text::layout::width;
use crate::text::quote;

/// Counts changes, and what each gate denies of them.
pub fn summary(diff: &Diff, gates: &Gates) -> Summary {
    let (sessions, of_sessions) = diff.session_counts(gates);
    let (accounts, of_accounts) = diff.account_counts(gates);
    let hits = of_sessions.iter().zip(&of_accounts).map(|(a, b)| a + b);
    let lacks = |a: &[Entry], b: &[Entry]| -> Vec<String> {
        let only = a.iter().filter(|entry| !b.iter().any(|other| other.path == entry.path));
        only.map(|entry| entry.path.clone()).collect()
    };
    let (old, new) = (&diff.old_ir().profile, &diff.new_ir().profile);
    Summary {
        only_old: [lacks(&old.permissions, &new.permissions), lacks(&old.settings, &new.settings)]
            .concat(),
        only_new: [lacks(&new.permissions, &old.permissions), lacks(&new.settings, &old.settings)]
            .concat(),
        sessions,
        accounts,
        denied: gates.texts().zip(hits).collect(),
        unchecked: gates.gaps(),
        accepted: 0,
        stale: Vec::new(),
    }
}

/// Marks the rows that gates deny. Those that are accepted no longer count; the acceptances of rows
/// that are not there are returned by their places.
pub fn judge(
    view: &mut View,
    (diff, rows): (&Diff, &Rows),
    gates: &Gates,
    (acceptances, sources): (&[Acceptance], &Sources),
    summary: &mut Summary,
) -> Vec<usize> {
    let mut stale: Vec<bool> = vec![true; acceptances.len()];
    let mut mark = |row: &mut Row, hits: Vec<u64>| {
        let accepted = acceptances.iter().position(|acceptance| acceptance.row == row.fingerprint);
        if let Some(at) = accepted {
            stale[at] = false;
            let Acceptance { by, why, span, .. } = &acceptances[at];
            row.accepted = Some(Accepted {
                by: by.clone(),
                why: why.clone(),
                location: sources.location(*span),
            });
        }
        for ((gate, left), changes) in
            summary.denied.iter_mut().zip(hits).filter(|(_, changes)| *changes > 0)
        {
            row.gates.push(Hit { gate: gate.clone(), changes });
            if accepted.is_some() {
                *left -= changes;
            }
        }
        if accepted.is_some() {
            summary.accepted += 1;
        }
    };
    for (row, found) in view.sessions.iter_mut().zip(&rows.sessions) {
        mark(row, gates.of_session_row(diff, found));
    }
    for (row, found) in view.accounts.iter_mut().zip(&rows.accounts) {
        mark(row, gates.of_account_row(found));
    }
    let stale: Vec<usize> =
        stale.iter().enumerate().filter(|(_, stale)| **stale).map(|(at, _)| at).collect();
    summary.stale = stale
        .iter()
        .map(|&at| (acceptances[at].row.clone(), sources.location(acceptances[at].span)))
        .collect();
    stale
}

impl Row {
    /// Whether a gate denies the row and nobody has accepted it.
    pub fn is_denied(&self) -> bool {
        !self.gates.is_empty() && self.accepted.is_none()
    }

    /// How many cells the row has.
    pub fn cells(&self) -> u64 {
        self.count * (self.changes.len() + self.denied) as u64
    }

    /// By which gates the row is denied, in words.
    pub fn denied_by(&self) -> String {
        let gate = |hit: &Hit| match hit.changes == self.cells() {
            true => hit.gate.clone(),
            false => {
                let (changes, of) = (
                    crate::report::words::names::number(hit.changes),
                    crate::report::words::names::number(self.cells()),
                );
                format!("{} ({changes} of {of} changes)", hit.gate)
            }
        };
        let gates = self.gates.iter().map(gate).collect::<Vec<_>>().join("; ");
        crate::text::escape_control_chars(&gates).into_owned()
    }
}

/// The most rows that are offered to be accepted.
const MAX_OFFERED: usize = 20;

/// Lines for a file of acceptances that lack nothing but who and why; empty if no row is denied.
pub fn offer(view: &View, columns: usize) -> String {
    let mut denied = view.sessions.iter().chain(&view.accounts).filter(|row| row.is_denied());
    let mut out = String::new();
    for row in denied.by_ref().take(MAX_OFFERED) {
        let what = if row.target.is_some() { "session" } else { "account" };
        let where_ = row.target.as_ref().map(|target| format!(", {target}")).unwrap_or_default();
        let remark = format!(
            "{} in {}: {}{where_}",
            row.direction.id(),
            crate::report::words::names::count(row.count, what),
            row.who
        );
        out.push_str(&format!("\n{}\n[[accept]]\n", cut(&format!("# {remark}"), columns)));
        out.push_str(&format!("row = {}\nby = \"\"\nwhy = \"\"\n", quote(&row.fingerprint)));
    }
    let more = denied.count() as u64;
    if more > 0 {
        out.push_str(&format!(
            "\n# and {} more\n",
            crate::report::words::names::count(more, "row")
        ));
    }
    out
}

/// A text that fits on one line.
fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if width(&out) + width(character.encode_utf8(&mut [0; 4])) >= columns {
            break;
        }
        out.push(character);
    }
    out + "…"
}
