//! Rows and causes of a diff: what holds for every pair of revisions, and what single lines do.

use crate::generate::{revisions, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, ir};
use precedent::diff::edits::{EditId, SubjectFacts};
use precedent::diff::rows::Rows;
use precedent::diff::{Diff, Direction};
use precedent::ir::UserId;
use precedent::resolve::{Matrix, SubjectRef};
use std::collections::BTreeMap;

const UPGRADES: [(&str, &str); 2] = [("pra-25.2", "pra-25.3"), ("rs-25.2", "rs-25.3")];

fn for_each_revision(cases: u32, holds: impl Fn(&Diff<'_>)) {
    for (old, new) in BUILTIN.map(|profile| (profile, profile)).into_iter().chain(UPGRADES) {
        law(cases, revisions(old, new), |(a, b)| {
            let (old, new) = (ir(&workspace(&a)), ir(&workspace(&b)));
            let (old, new) = (Matrix::new(&old), Matrix::new(&new));
            holds(&Diff::new(&old, &new));
        });
    }
}

/// What the policies of a joint subject of both sides come from.
fn facts_of(diff: &Diff<'_>, at: usize) -> Option<SubjectFacts> {
    let joint = diff.sessions.subjects[at];
    let (_, new) = (joint.old?, joint.new?);
    Some(match diff.new.subjects[new as usize].0 {
        SubjectRef::Invite(id) => SubjectFacts::Invite(diff.edits.invite_policies[id.index()]),
        SubjectRef::User(id) => diff.edits.user_facts(id.0, |slot| {
            let slot = slot.min(diff.new.ir.profile.slots() - 1);
            let (group, own) = diff.new.accounts.contributions(id, slot);
            (diff.edits.assigned(true, group), diff.edits.assigned(true, own))
        }),
    })
}

fn all_edits(diff: &Diff<'_>) -> Vec<EditId> {
    (0..diff.edits.list.len() as u32).map(EditId).collect()
}

#[test]
fn no_edit_is_old_and_all_edits_are_new() {
    for_each_revision(12, |diff| {
        let all = all_edits(diff);
        for (at, subject) in diff.sessions.subjects.iter().enumerate() {
            let Some(facts) = facts_of(diff, at) else { continue };
            for endpoint in &diff.sessions.endpoints {
                let (Some(old), Some(new)) = (endpoint.old, endpoint.new) else { continue };
                let (old, new) = (diff.old.endpoints[old as usize], diff.new.endpoints[new as usize]);
                let target = diff.edits.endpoint_facts(&old.0, &new.0);
                for &(old_permission, permission) in &diff.aligned.permissions {
                    for (matrix, class, (item, endpoint_class), entry, applied) in [
                        (diff.old, subject.old.expect("both sides"), old, old_permission, &[][..]),
                        (diff.new, subject.new.expect("both sides"), new, permission, &all[..]),
                    ] {
                        let (stack, cells) = matrix.resolve(matrix.subjects[class as usize].1, endpoint_class);
                        let cell = cells.cell(matrix.ir, &stack, item.method, entry);
                        let found = diff.edits.cell(&facts, &target, permission as u16, applied).expect("a common one");
                        assert_eq!(
                            found.value.map(|(_, value)| value),
                            cell.value,
                            "{} of {}",
                            matrix.ir.profile.permissions[entry].path,
                            diff.subject_name(at as u32)
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn no_edit_is_an_account_of_old_and_all_edits_are_one_of_new() {
    for_each_revision(12, |diff| {
        let all = all_edits(diff);
        // Of users whom no edit touches, nothing but their own lines is known.
        for (user, old, new) in diff.edits.users.iter().filter(|(user, ..)| diff.edits.ways.contains_key(user)) {
            for (matrix, at, applied) in [(diff.old, old, &[][..]), (diff.new, new, &all[..])] {
                let is_new = !applied.is_empty() || all.is_empty();
                let id = UserId(at.expect("a user of both sides"));
                for setting in 0..matrix.ir.profile.settings.len() {
                    let found = diff.edits.setting(user, diff.edits.settings.number(is_new, setting as u16), applied);
                    assert_eq!(found.map(|(_, value)| value), Some(matrix.accounts.setting(id, setting).value));
                }
                for slot in 0..matrix.ir.profile.slots() {
                    let chosen = matrix.accounts.session_policy(id, slot).assignment;
                    let chosen = diff.edits.assigned(is_new, chosen).map(|found| found.policy);
                    assert_eq!(diff.edits.session_policy(user, slot, applied), chosen);
                }
                for (_, membership) in matrix.accounts.memberships(id) {
                    let number = |new: bool, found: &precedent::ir::Membership| {
                        diff.aligned.member_object(new, diff.edits.new, found.key)
                    };
                    let key = number(is_new, &membership);
                    let found = diff.edits.granted_membership(user, key, number, applied);
                    assert_eq!(found.map(|(_, found)| found.role), Some(membership.role));
                }
            }
        }
    });
}

#[test]
fn every_changed_cell_is_in_one_row_with_a_cause() {
    for_each_revision(12, |diff| {
        let found = Rows::new(diff);
        let mut expected: BTreeMap<(u32, u32, usize, Direction), u32> = BTreeMap::new();
        let place = |list: &[precedent::diff::sessions::Joint], joint: &precedent::diff::sessions::Joint| {
            list.iter().position(|other| other == joint).expect("a joint of the diff") as u32
        };
        let done: Result<(), ()> = diff.each_session(|subject, endpoint, changes| {
            let (subject, endpoint) =
                (place(&diff.sessions.subjects, subject), place(&diff.sessions.endpoints, endpoint));
            for change in changes {
                *expected.entry((subject, endpoint, change.permission, change.direction)).or_default() += 1;
            }
            Ok(())
        });
        done.expect("nothing fails");
        let mut told: BTreeMap<(u32, u32, usize, Direction), u32> = BTreeMap::new();
        for row in &found.sessions {
            assert!(!row.cause.edits.is_empty(), "a {} row has no cause", row.direction.id());
            assert!(!row.changes.is_empty());
            let mut sessions = 0;
            for &subject in &row.subjects {
                for &endpoint in &row.endpoints {
                    for &at in &diff.sessions.subject_classes[subject as usize].members {
                        for &to in &diff.sessions.endpoint_classes[endpoint as usize].members {
                            sessions += 1;
                            for precedent::diff::rows::Told { change, .. } in &row.changes {
                                *told.entry((at, to, change.permission, row.direction)).or_default() += 1;
                            }
                        }
                    }
                }
            }
            assert_eq!(sessions, row.sessions);
        }
        assert_eq!(told, expected);
        let mut expected: BTreeMap<(u32, String, Direction), u32> = BTreeMap::new();
        let done: Result<(), ()> = diff.each_account(|user, changes| {
            for change in changes {
                *expected.entry((user, change.setting.clone(), change.direction)).or_default() += 1;
            }
            Ok(())
        });
        done.expect("nothing fails");
        let mut told = BTreeMap::new();
        for row in &found.accounts {
            assert!(!row.cause.edits.is_empty(), "{:?} has no cause", row.changes);
            for &user in &row.users {
                for change in &row.changes {
                    *told.entry((user, change.setting.clone(), change.direction)).or_default() += 1;
                }
            }
        }
        assert_eq!(told, expected);
    });
}

#[test]
fn a_cause_is_enough_and_none_of_it_is_too_much() {
    for_each_revision(12, |diff| {
        for row in Rows::new(diff).sessions {
            if matches!(row.direction, Direction::Added | Direction::Removed) {
                continue;
            }
            let facts = facts_of(diff, row.witness.0 as usize).expect("a subject of both sides");
            let joint = diff.sessions.endpoints[row.witness.1 as usize];
            let old = diff.old.endpoints[joint.old.expect("both sides") as usize].0;
            let new = diff.new.endpoints[joint.new.expect("both sides") as usize].0;
            let target = diff.edits.endpoint_facts(&old, &new);
            let all = all_edits(diff);
            for precedent::diff::rows::Told { change, .. } in &row.changes {
                let cell = |applied: &[EditId]| {
                    diff.edits.cell(&facts, &target, change.permission as u16, applied).expect("a common permission")
                };
                let after = cell(&all);
                assert!(cell(&row.cause.edits).same(&after), "{:?} is not enough", row.cause);
                for at in 0..1u32 << row.cause.edits.len().min(8) {
                    let some = row.cause.edits.iter().enumerate().filter(|(place, _)| at >> place & 1 == 1);
                    let some: Vec<EditId> = some.map(|(_, edit)| *edit).collect();
                    assert!(some.len() == row.cause.edits.len() || !cell(&some).same(&after), "{some:?} would do");
                }
                let without: Vec<EditId> = all
                    .iter()
                    .copied()
                    .filter(|edit| !row.cause.edits.contains(edit) && !row.cause.also.contains(edit))
                    .collect();
                assert!(cell(&without).same(&cell(&[])), "without {:?} it still changes", row.cause);
            }
        }
    });
}
