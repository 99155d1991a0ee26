//! A diff by edit: every row stands under exactly one entry, and accepting all entries accepts all
//! that gates deny.

use crate::generate::{revisions, workspace};
use crate::laws::law;
use crate::support::ir;
use precedent::diff::Diff;
use precedent::diff::edits::{EditId, SessionPart};
use precedent::diff::entries::RowId;
use precedent::diff::rows::Rows;
use precedent::ir::Ir;
use precedent::matrix::{Matrix, SubjectRef, TargetRef};
use precedent::report::diff::acceptance_template;
use precedent::review::acceptance::{Acceptances, read};
use precedent::review::gate::parse;
use precedent::review::{Parts, Reviewed};
use precedent::source::{SourceFile, Sources};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn reviewed(old: &Arc<Ir>, new: &Arc<Ir>, accepted: &Acceptances) -> Reviewed {
    let diff = Arc::new(Diff::new(&Arc::new(Matrix::new(old)), &Arc::new(Matrix::new(new))));
    let rows = Arc::new(Rows::new(&diff));
    Reviewed::new(diff, rows, &[parse("any").expect("a gate")], accepted)
}

/// What a template accepts, once somebody has filled it in.
fn filled(template: &str) -> Acceptances {
    let text =
        template.replace("by = \"\"", "by = \"Jane\"").replace("why = \"\"", "why = \"agreed\"");
    let mut sources = Sources::new();
    let id = sources.add(SourceFile::new("accepted.toml", &text));
    let (list, findings) = read(id, sources.file(id));
    assert!(findings.is_empty(), "{findings:?} in\n{text}");
    Acceptances { list, sources }
}

#[test]
fn every_row_stands_under_exactly_one_entry_and_all_entries_accept_everything() {
    for (old, new) in [("pra-25.3", "pra-25.3"), ("rs-25.3", "rs-25.3"), ("pra-25.2", "pra-25.3")] {
        law(24, revisions(old, new), |(a, b)| {
            let (old, new) = (ir(&workspace(&a)), ir(&workspace(&b)));
            let found = reviewed(&old, &new, &Acceptances::default());
            let rows = &found.rows;
            let mut seen: BTreeSet<RowId> = BTreeSet::new();
            let mut told: BTreeSet<EditId> = BTreeSet::new();
            for entry in &rows.entries {
                assert!(entry.rows.iter().all(|row| seen.insert(*row)), "a row of two entries");
                assert!(!entry.rows.is_empty() || !entry.also.is_empty());
                told.extend(&entry.edits);
            }
            let dates = found.diff.edits.later_dates.len();
            assert_eq!(seen.len(), rows.sessions.len() + rows.accounts.len() + dates);
            // Every edit is told: with what it does, or among those that do nothing.
            let rest: BTreeSet<EditId> =
                rows.no_effect.iter().chain(&rows.outside_matrix).copied().collect();
            assert!(told.is_disjoint(&rest));
            assert_eq!(told.len() + rest.len(), found.diff.edits.list.len());
            let prints: BTreeSet<&str> =
                found.review.entries.iter().map(|entry| &*entry.fingerprint).collect();
            assert_eq!(prints.len(), rows.entries.len(), "fingerprints are told apart");
            // The template has a block for all that fails, and nothing fails once it is filled in.
            let (blocks, template) = acceptance_template(&found);
            let fails = found.review.entries.iter().filter(|entry| entry.fails_gate()).count();
            assert_eq!(blocks, fails);
            let again = reviewed(&old, &new, &filled(&template));
            let verdict = again.verdict(Parts::default()).plain();
            assert!(!again.review.summary.fails(), "{verdict}");
        });
    }
}

/// The classes of the sessions of each object of NEW, by the names that only its kind has.
fn classes(matrix: &Matrix, part: SessionPart) -> Vec<(String, Vec<u32>)> {
    let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    match part {
        SessionPart::User | SessionPart::Invite => {
            for (subject, class) in &matrix.subjects {
                let is_user = matches!(subject, SubjectRef::User(_));
                if is_user == (part == SessionPart::User) {
                    found.entry(matrix.subject_name(*subject).into()).or_default().push(*class);
                }
            }
        }
        SessionPart::JumpItem | SessionPart::Portal => {
            for (endpoint, class) in &matrix.endpoints {
                let is_item = matches!(endpoint.target, TargetRef::JumpItem(_));
                if is_item == (part == SessionPart::JumpItem) {
                    let method = &matrix.ir.profile.methods[endpoint.method].id;
                    let name = format!("{} {method}", matrix.target_name(endpoint.target));
                    found.entry(name).or_default().push(*class);
                }
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn new_objects_under_the_rules_of_others_have_the_same_sessions_as_those() {
    let seen = Cell::new(0);
    for profile in ["pra-25.3", "rs-25.3", "bomgar-15.1"] {
        law(48, revisions(profile, profile), |(a, b)| {
            let (old, new) = (ir(&workspace(&a)), ir(&workspace(&b)));
            let found = reviewed(&old, &new, &Acceptances::default());
            let edits = &found.diff.edits;
            for (id, standing) in &edits.standing {
                let edit = edits.get(*id);
                if edit.lines.new.is_empty() || standing.peers == 0 {
                    continue;
                }
                assert!(standing.peers <= standing.neighbours);
                let all = classes(&found.diff.new, standing.part);
                let is_new = |name: &str| {
                    edit.names.iter().any(|new| name == new || name.starts_with(&format!("{new} ")))
                };
                let (new, others): (Vec<_>, Vec<_>) =
                    all.iter().partition(|(name, _)| is_new(name));
                for (name, classes) in new {
                    let same = others.iter().filter(|(_, other)| other == classes).count() as u64;
                    assert!(same >= standing.peers, "{name}: {same} < {}", standing.peers);
                    seen.set(seen.get() + 1);
                }
            }
        });
    }
    assert!(seen.get() > 0, "nothing was looked at");
}
