//! What a row of a diff is known by: a digest of who, where, and from which value to which. It
//! stays as long as the row says the same, and the same follows from it, wherever the lines of its
//! policies stand.

use crate::diff::Diff;
use crate::diff::Direction;
use crate::diff::rows::{AccountRow, SessionRow};
use crate::diff::sessions::JointClass;
use crate::report::diff::csv::{SideText, session_fields};
use crate::review::acceptance::FINGERPRINT_DIGITS;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

struct Fingerprint(Sha256);

impl Fingerprint {
    fn new(kind: &str, direction: &str) -> Self {
        let mut new = Fingerprint(Sha256::new());
        new.add(kind);
        new.add(direction);
        new
    }

    /// Texts are told apart by their lengths.
    fn add(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn finish(self) -> String {
        let digest = self.0.finalize();
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

pub fn session(diff: &Diff, row: &SessionRow) -> String {
    let mut found = Fingerprint::new("sessions", row.direction.id());
    let (first_subject, first_endpoint) = (
        &diff.sessions.subjects[row.witness.0 as usize],
        &diff.sessions.endpoints[row.witness.1 as usize],
    );
    for at in members(&row.subjects, &diff.sessions.subject_classes) {
        let fields = session_fields(diff, &diff.sessions.subjects[at as usize], first_endpoint);
        fields[..2].iter().for_each(|field| found.add(field));
    }
    found.add("where");
    for at in members(&row.endpoints, &diff.sessions.endpoint_classes) {
        let fields = session_fields(diff, first_subject, &diff.sessions.endpoints[at as usize]);
        fields[2..].iter().for_each(|field| found.add(field));
    }
    found.add("what");
    for told in &row.changes {
        let change = &told.change;
        let path = match change.after {
            Some(_) => &diff.new_ir().profile.permissions[change.permission].path,
            None => &diff.old_ir().profile.permissions[change.old_permission].path,
        };
        found.add(path);
        found.add(&SideText::of(diff, false, change.old_permission, change.before.as_ref()).value);
        found.add(&SideText::of(diff, true, change.permission, change.after.as_ref()).value);
    }
    followers(diff, row, &mut found);
    found.finish()
}

/// What follows in these sessions from the row's permissions: to accept the row is to accept that
/// too.
fn followers(diff: &Diff, row: &SessionRow, found: &mut Fingerprint) {
    let entries = &diff.new_ir().profile.permissions;
    let of_row =
        |permission: usize| row.changes.iter().any(|told| told.change.permission == permission);
    let depends = |permission: usize| {
        let parent = |at: usize| entries[at].requires.as_ref().map(|requirement| requirement.entry);
        std::iter::successors(parent(permission), |&at| parent(at)).take(entries.len()).any(of_row)
    };
    let dependents: Vec<bool> = (0..entries.len()).map(depends).collect();
    if !dependents.contains(&true)
        || row.direction == Direction::Added
        || row.direction == Direction::Removed
    {
        return;
    }
    let mut sessions: BTreeMap<(usize, String, String), u64> = BTreeMap::new();
    for &subject in &row.subjects {
        for &endpoint in &row.endpoints {
            let members = diff.sessions.subject_classes[subject as usize].members.len() as u64
                * diff.sessions.endpoint_classes[endpoint as usize].members.len() as u64;
            for change in diff.changes(subject, endpoint) {
                if change.direction == Direction::Follows && dependents[change.permission] {
                    let before =
                        SideText::of(diff, false, change.old_permission, change.before.as_ref())
                            .value;
                    let after =
                        SideText::of(diff, true, change.permission, change.after.as_ref()).value;
                    *sessions.entry((change.permission, before, after)).or_default() += members;
                }
            }
        }
    }
    for ((permission, before, after), sessions) in sessions {
        [&*entries[permission].path, &before, &after, &sessions.to_string()]
            .iter()
            .for_each(|text| found.add(text));
    }
}

pub fn account(diff: &Diff, row: &AccountRow) -> String {
    let mut found = Fingerprint::new("accounts", row.direction.id());
    row.users.iter().for_each(|&user| found.add(diff.subject_name(user)));
    found.add("what");
    for change in &row.changes {
        found.add(&change.setting);
        for side in [&change.before, &change.after] {
            found.add(side.as_ref().map_or("", |side| &side.value));
        }
    }
    found.finish()
}
