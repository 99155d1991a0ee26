//! What a row of a diff is known by: a digest of who, where, and from which value to which. It
//! stays as long as the row says the same and the same follows from it, wherever the lines of its
//! policies are.

use crate::diff::edits::{EditId, LaterDate};
use crate::diff::entries::Entry;
use crate::diff::joint::JointClass;
use crate::diff::rows::{AccountRow, SessionRow};
use crate::diff::sessions::CellChange;
use crate::diff::{Diff, Direction};
use crate::review::acceptance::FINGERPRINT_DIGITS;
use crate::semantics::policy_lines;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The fingerprints of a diff's rows. Many rows are about the same subjects or endpoints, of which
/// there may be many, so the digest of each list is made once.
pub(super) struct Fingerprints<'d> {
    diff: &'d Diff,
    /// By joint classes.
    subjects: FxHashMap<Vec<u32>, ListDigest>,
    /// By joint classes.
    endpoints: FxHashMap<Vec<u32>, ListDigest>,
}

type ListDigest = [u8; 32];

struct Fingerprint(Sha256);

impl Fingerprint {
    fn new(kind: &str, direction: &str) -> Self {
        let mut new = Fingerprint(Sha256::new());
        new.add(kind);
        new.add(direction);
        new
    }

    /// Adds a text with its length, so that no two lists of texts have the same digest.
    fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn add_list(&mut self, list: &ListDigest) {
        self.0.update(list);
    }

    fn digest(self) -> ListDigest {
        self.0.finalize().into()
    }

    fn finish(self) -> String {
        let digest = self.digest();
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..FINGERPRINT_DIGITS]
            .to_owned()
    }
}

fn members(classes: &[u32], table: &[JointClass]) -> Vec<u32> {
    let mut members: Vec<u32> =
        classes.iter().flat_map(|&class| &table[class as usize].members).copied().collect();
    members.sort_unstable();
    members
}

impl<'d> Fingerprints<'d> {
    pub(super) fn new(diff: &'d Diff) -> Self {
        Fingerprints { diff, subjects: FxHashMap::default(), endpoints: FxHashMap::default() }
    }

    /// The fingerprint of a row of sessions.
    pub(super) fn session(&mut self, row: &SessionRow) -> String {
        let diff = self.diff;
        let mut found = Fingerprint::new("sessions", row.direction.id());
        let subjects = self.subjects.entry(row.subjects.clone());
        found.add_list(subjects.or_insert_with(|| subjects_digest(diff, row)));
        let endpoints = self.endpoints.entry(row.endpoints.clone());
        found.add_list(endpoints.or_insert_with(|| endpoints_digest(diff, row)));
        found.add("what");
        for cell in &row.changes {
            found.add(diff.path(&cell.change));
            values(diff, &cell.change).iter().for_each(|value| found.add(value));
        }
        followers(diff, row, &mut found);
        found.finish()
    }
}

fn subjects_digest(diff: &Diff, row: &SessionRow) -> ListDigest {
    let mut found = Fingerprint(Sha256::new());
    let endpoint = &diff.sessions.endpoints[row.witness.1 as usize];
    for at in members(&row.subjects, &diff.sessions.subject_classes) {
        let text = diff.session_text(&diff.sessions.subjects[at as usize], endpoint);
        found.add(text.subject_kind);
        found.add(text.subject);
    }
    found.digest()
}

fn endpoints_digest(diff: &Diff, row: &SessionRow) -> ListDigest {
    let mut found = Fingerprint(Sha256::new());
    let subject = &diff.sessions.subjects[row.witness.0 as usize];
    for at in members(&row.endpoints, &diff.sessions.endpoint_classes) {
        let text = diff.session_text(subject, &diff.sessions.endpoints[at as usize]);
        [text.method, text.target_kind, text.target, text.presence]
            .iter()
            .for_each(|field| found.add(field));
    }
    found.digest()
}

/// The values before and after; empty where a side has no such cell.
fn values(diff: &Diff, change: &CellChange) -> [String; 2] {
    let texts = change.sides.map(|side, cell| diff.cell_text(side, &cell)).options();
    [texts.old.unwrap_or_default(), texts.new.unwrap_or_default()]
}

/// What follows in these sessions from the row's permissions: to accept the row is to accept that
/// too.
fn followers(diff: &Diff, row: &SessionRow, found: &mut Fingerprint) {
    let entries = &diff.new_ir().profile.permissions;
    let of_row = |permission: usize| {
        row.changes.iter().any(|cell| cell.change.permission() == Some(permission))
    };
    let profile = &diff.new_ir().profile;
    let depends = |permission: usize| policy_lines::ancestors(profile, permission).any(of_row);
    let dependents: Vec<bool> = (0..entries.len()).map(depends).collect();
    if !dependents.contains(&true)
        || row.direction == Direction::Added
        || row.direction == Direction::Removed
    {
        return;
    }
    let mut sessions: BTreeMap<(usize, [String; 2]), u64> = BTreeMap::new();
    for &subject in &row.subjects {
        for &endpoint in &row.endpoints {
            let members = diff.sessions.subject_classes[subject as usize].members.len() as u64
                * diff.sessions.endpoint_classes[endpoint as usize].members.len() as u64;
            for change in diff.changes(subject, endpoint) {
                let Some(permission) = change.permission() else { continue };
                if change.direction == Direction::Follows && dependents[permission] {
                    let values = values(diff, &change);
                    *sessions.entry((permission, values)).or_default() += members;
                }
            }
        }
    }
    for ((permission, [before, after]), sessions) in sessions {
        [&*entries[permission].path, &before, &after, &sessions.to_string()]
            .iter()
            .for_each(|text| found.add(text));
    }
}

/// The fingerprint of a row of accounts.
pub(super) fn account(diff: &Diff, row: &AccountRow) -> String {
    let mut found = Fingerprint::new("accounts", row.direction.id());
    row.users.iter().for_each(|&user| found.add(diff.subject_name(user)));
    found.add("what");
    for change in &row.changes {
        found.add(&change.setting);
        let values = change.sides.as_ref().map(|_, cell| &*cell.value).options();
        found.add(values.old.unwrap_or_default());
        found.add(values.new.unwrap_or_default());
        // Of a cell that is unknown on both sides: what is behind it.
        for (_, cell) in change.sides.as_ref().options().into_array() {
            found.add(cell.and_then(|cell| cell.otherwise.as_deref()).unwrap_or_default());
        }
    }
    found.finish()
}

/// The fingerprint of an entry: of its edits, and of all that they do. A wider effect of the same
/// edits has another one.
pub(super) fn entry<'f>(diff: &Diff, entry: &Entry, rows: impl Iterator<Item = &'f str>) -> String {
    let mut found = Fingerprint::new("entry", "");
    // The numbers of edits depend on what else was edited.
    let words = |id: &EditId| {
        let edit = diff.edits.get(*id);
        (edit.kind.id(), &edit.owner, &edit.names, &edit.detail)
    };
    let mut edits: Vec<_> = entry.edits.iter().map(words).collect();
    edits.sort_unstable();
    for (kind, owner, names, detail) in edits {
        found.add(kind);
        found.add(owner);
        names.iter().for_each(|name| found.add(name));
        found.add(detail);
    }
    let mut rows: Vec<&str> = rows.collect();
    rows.sort_unstable();
    rows.into_iter().for_each(|row| found.add(row));
    found.finish()
}

/// The fingerprint of a date that moved later.
pub(super) fn date(diff: &Diff, date: &LaterDate) -> String {
    let mut found = Fingerprint::new("dates", Direction::Changed.id());
    let edit = diff.edits.get(date.edit);
    found.add(&edit.owner);
    edit.names.iter().for_each(|name| found.add(name));
    found.add(&edit.detail);
    found.finish()
}
