//! Rows and causes of a diff: what holds for every pair of revisions, and what single lines do.

use crate::dice::Dice;
use crate::generate::{Plan, declarations, plan, revisions, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, accounts_csv, compile, ir, rows, sessions_csv};
use precedent::diff::causes::Cause;
use precedent::diff::edits::{EditId, SubjectFacts};
use precedent::diff::rows::Rows;
use precedent::diff::{Diff, Direction, Side};
use precedent::ir::{Ir, UserId};
use precedent::matrix::{Matrix, SubjectRef};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const UPGRADES: [(&str, &str); 2] = [("pra-25.2", "pra-25.3"), ("rs-25.2", "rs-25.3")];

fn for_each_revision(cases: u32, holds: impl Fn(&Diff)) {
    for (old, new) in BUILTIN.map(|profile| (profile, profile)).into_iter().chain(UPGRADES) {
        for (cases, unknown) in [(cases, 0), (cases / 2, 20)] {
            law(cases, revisions(old, new), |(a, b)| {
                let ir = |plan: Plan| ir(&workspace(&Plan { unknown, ..plan }));
                let [old, new] = [a, b].map(|plan| Arc::new(Matrix::new(&ir(plan))));
                holds(&Diff::new(&old, &new));
            });
        }
    }
}

/// What the policies of a joint subject of both sides come from.
pub fn facts_of(diff: &Diff, at: usize) -> Option<SubjectFacts> {
    let at = diff.sessions.subjects[at].at.both()?;
    Some(match diff.new.subjects[at.new as usize].0 {
        SubjectRef::Invite(id) => SubjectFacts::Invite(diff.edits.invite_policies[id.index()]),
        SubjectRef::User(id) => diff.edits.user_facts(id.0, |slot| {
            let slot = slot.min(diff.new.ir.profile.slots() - 1);
            let (group, own) = diff.new.accounts.account(id).contributions(slot);
            (diff.edits.assigned(Side::New, group), diff.edits.assigned(Side::New, own))
        }),
    })
}

fn all_edits(diff: &Diff) -> Vec<EditId> {
    (0..diff.edits.list.len() as u32).map(EditId).collect()
}

#[test]
fn no_edit_is_old_and_all_edits_are_new() {
    for_each_revision(12, |diff| {
        let all = all_edits(diff);
        for (at, subject) in diff.sessions.subjects.iter().enumerate() {
            let Some(facts) = facts_of(diff, at) else { continue };
            for endpoint in &diff.sessions.endpoints {
                let Some(own) = endpoint.at.both() else { continue };
                let (old, new) =
                    (diff.old.endpoints[own.old as usize], diff.new.endpoints[own.new as usize]);
                let classes = subject.at.both().expect("both sides");
                let target = diff.edits.endpoint_facts(&old.0, &new.0);
                for &(old_permission, permission) in &diff.aligned.permissions {
                    for (matrix, class, (item, endpoint_class), entry, applied) in [
                        (&diff.old, classes.old, old, old_permission, &[][..]),
                        (&diff.new, classes.new, new, permission, &all[..]),
                    ] {
                        let (stack, cells) =
                            matrix.resolve(matrix.subjects[class as usize].1, endpoint_class);
                        let cell = cells.cell(&matrix.ir, &stack, item.method, entry);
                        let facts = diff.edits.subject_policies(&facts, applied);
                        let found = diff
                            .edits
                            .cell(&facts, &target, permission as u16, applied)
                            .expect("a common one");
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
        for (user, at) in diff
            .edits
            .users
            .iter()
            .filter(|(user, _)| diff.edits.membership_paths.contains_key(user))
        {
            let at = at.both().expect("a user of both sides");
            for (own, applied) in [(Side::Old, &[][..]), (Side::New, &all[..])] {
                let matrix = diff.matrix(own);
                let side =
                    if applied.is_empty() && !all.is_empty() { Side::Old } else { Side::New };
                let id = UserId(at[own]);
                for setting in 0..matrix.ir.profile.settings.len() {
                    let found = diff.edits.setting(
                        user,
                        diff.edits.settings.number(side, setting as u16),
                        applied,
                    );
                    assert_eq!(
                        found.map(|found| found.value.1),
                        Some(matrix.accounts.setting(id, setting).value)
                    );
                }
                for slot in 0..matrix.ir.profile.slots() {
                    let chosen = matrix.accounts.session_policy(id, slot).assignment;
                    let chosen = diff.edits.assigned(side, chosen).map(|found| found.policy);
                    let found = diff.edits.session_policy(user, slot, applied);
                    assert_eq!(found.map(|found| found.value), chosen);
                }
                for (_, membership) in matrix.accounts.memberships(id) {
                    let aligned = &diff.aligned;
                    let key = aligned.member_object(side, &diff.edits.new, membership.key);
                    let found = diff.edits.granted_membership(aligned, user, key, applied);
                    assert_eq!(found.map(|found| found.value.1.role), Some(membership.role));
                }
            }
        }
    });
}

#[test]
fn every_changed_cell_is_in_one_row_with_a_cause() {
    for_each_revision(12, |diff| {
        let found = Rows::new(diff);
        let mut expected: BTreeMap<(u32, u32, Option<usize>, Direction), u32> = BTreeMap::new();
        let place = |list: &[precedent::diff::joint::Joint],
                     joint: &precedent::diff::joint::Joint| {
            list.iter().position(|other| other == joint).expect("a joint of the diff") as u32
        };
        let done: Result<(), ()> = diff.each_session(|subject, endpoint, changes| {
            let (subject, endpoint) = (
                place(&diff.sessions.subjects, subject),
                place(&diff.sessions.endpoints, endpoint),
            );
            for change in changes {
                *expected
                    .entry((subject, endpoint, change.permission(), change.direction))
                    .or_default() += 1;
            }
            Ok(())
        });
        done.expect("nothing fails");
        let mut told: BTreeMap<(u32, u32, Option<usize>, Direction), u32> = BTreeMap::new();
        for row in &found.sessions {
            assert!(!row.cause.edits.is_empty(), "a {} row has no cause", row.direction.id());
            assert!(!row.changes.is_empty());
            let mut sessions = 0;
            for &subject in &row.subjects {
                for &endpoint in &row.endpoints {
                    for &at in &diff.sessions.subject_classes[subject as usize].members {
                        for &to in &diff.sessions.endpoint_classes[endpoint as usize].members {
                            sessions += 1;
                            for precedent::diff::rows::RowChange { change, .. } in &row.changes {
                                *told
                                    .entry((at, to, change.permission(), row.direction))
                                    .or_default() += 1;
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
            let subject = row.witness.0 as usize;
            let at = diff.sessions.endpoints[row.witness.1 as usize].at.both().expect("both sides");
            let old = diff.old.endpoints[at.old as usize].0;
            let new = diff.new.endpoints[at.new as usize].0;
            // What is known of the session, in a diff.
            let known = |diff: &Diff| {
                let facts = facts_of(diff, subject).expect("a subject of both sides");
                (facts, diff.edits.endpoint_facts(&old, &new))
            };
            let (facts, target) = known(diff);
            let written = diff.written.as_deref().map(|written| (written, known(written)));
            let all = all_edits(diff);
            for precedent::diff::rows::RowChange { change, .. } in &row.changes {
                // `start` has a law of its own.
                let Some(permission) = change.permission() else { continue };
                let cell = |applied: &[EditId]| {
                    let facts = diff.edits.subject_policies(&facts, applied);
                    diff.edits
                        .cell(&facts, &target, permission as u16, applied)
                        .expect("a common permission")
                };
                let is_hidden = cell(&[]).is_unknown() && cell(&all).is_unknown();
                // Of a cell that is unknown on both sides, the decider counts, and what is written.
                let same = |a: &[EditId], b: &[EditId]| {
                    let written_cell = |applied: &[EditId]| {
                        let (diff, (facts, target)) = written.as_ref()?;
                        let facts = diff.edits.subject_policies(facts, applied);
                        diff.edits.cell(&facts, target, permission as u16, applied)
                    };
                    let decider = |applied: &[EditId]| (cell(applied).by, cell(applied).via);
                    cell(a).same(&cell(b))
                        && (!is_hidden
                            || decider(a) == decider(b)
                                && written_cell(a)
                                    .zip(written_cell(b))
                                    .is_some_and(|(a, b)| a.same(&b)))
                };
                assert!(same(&row.cause.edits, &all), "{:?} is not enough", row.cause);
                for at in 0..1u32 << row.cause.edits.len().min(8) {
                    let some = row
                        .cause
                        .edits
                        .iter()
                        .enumerate()
                        .filter(|(place, _)| at >> place & 1 == 1);
                    let some: Vec<EditId> = some.map(|(_, edit)| *edit).collect();
                    assert!(
                        some.len() == row.cause.edits.len() || !same(&some, &all),
                        "{some:?} would do"
                    );
                }
                let without: Vec<EditId> = all
                    .iter()
                    .copied()
                    .filter(|edit| {
                        !row.cause.edits.contains(edit) && !row.cause.alternative.contains(edit)
                    })
                    .collect();
                assert!(same(&without, &[]), "without {:?} it still changes", row.cause);
            }
        }
    });
}

/// A text edit of one line of a workspace: it is left out, reads otherwise, or stands before
/// another line.
#[derive(Clone, Debug)]
enum LineEdit {
    Drop(usize),
    Write(usize, String),
    Move(usize, usize),
}

impl LineEdit {
    fn line(&self) -> usize {
        match self {
            LineEdit::Drop(line) | LineEdit::Write(line, _) | LineEdit::Move(line, _) => *line,
        }
    }
}

/// The lines of a workspace after some edits, each with the line that it was.
fn edited(lines: &[&str], edits: &[&LineEdit]) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> =
        lines.iter().map(|line| (*line).to_owned()).enumerate().collect();
    for edit in edits {
        let place =
            |out: &[(usize, String)], line: usize| out.iter().position(|(at, _)| *at == line);
        let Some(at) = place(&out, edit.line()) else { continue };
        match edit {
            LineEdit::Drop(_) => {
                out.remove(at);
            }
            LineEdit::Write(_, text) => out[at].1.clone_from(text),
            LineEdit::Move(_, before) => {
                let moved = out.remove(at);
                let to = place(&out, *before).unwrap_or(at);
                out.insert(to, moved);
            }
        }
    }
    out
}

/// Edits of different lines, chosen by a seed: of settings and permissions, and of the order of
/// group policies.
fn line_edits(lines: &[&str], seed: u64) -> Vec<LineEdit> {
    let mut dice = Dice::of(seed, "line edits");
    let mut found = Vec::new();
    let order = lines.iter().position(|line| line.starts_with("order group policies"));
    if let Some(first) = order.map(|at| at + 1)
        && dice.chance(60)
    {
        let count = lines[first..].iter().take_while(|line| **line != "}").count();
        let (line, before) = (first + dice.below(count), first + dice.below(count));
        if count > 1 && line != before {
            found.push(LineEdit::Move(line, before));
        }
    }
    let path = |line: &str| {
        line.trim_start()
            .strip_prefix("final ")
            .unwrap_or(line.trim_start())
            .split(" = ")
            .next()
            .map(str::to_owned)
    };
    let settings: Vec<usize> = (0..lines.len())
        .filter(|&at| {
            lines[at].contains(" = ")
                && !lines[at].ends_with(['{', '[', ','])
                && !lines[at].contains("members")
        })
        .collect();
    for _ in 0..8 {
        if settings.is_empty() || found.len() >= 4 {
            break;
        }
        let line = settings[dice.below(settings.len())];
        if found.iter().any(|edit| edit.line() == line) {
            continue;
        }
        let alike: Vec<usize> =
            settings.iter().copied().filter(|&at| path(lines[at]) == path(lines[line])).collect();
        match dice.below(3) {
            0 => found.push(LineEdit::Drop(line)),
            _ => {
                let text = lines[alike[dice.below(alike.len())]];
                if text.trim() != lines[line].trim() {
                    found.push(LineEdit::Write(line, text.to_owned()));
                }
            }
        }
    }
    found
}

type Table = BTreeMap<Vec<String>, String>;

/// The values of a workspace by session and permission, and by user and setting; nothing if it does
/// not compile.
fn values(lines: &[(usize, String)]) -> Option<(Arc<Ir>, Table, Table)> {
    let text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    let ir = compile(&[("a.prec", text)]).ir?;
    let table = |csv: String, key: usize| -> Table {
        rows(&csv).into_iter().map(|row| (row[..key].to_vec(), row[key].clone())).collect()
    };
    let (sessions, accounts) = (table(sessions_csv(&ir), 7), table(accounts_csv(&ir), 2));
    Some((ir, sessions, accounts))
}

#[test]
fn the_lines_that_a_cause_names_are_the_ones_that_did_it() {
    let tried = Cell::new(0);
    for profile in BUILTIN {
        law(25, (plan(profile), any::<u64>()), |(plan, seed)| {
            let text = declarations(&plan).concat().replace("\r\n", "\n");
            let lines: Vec<&str> = text.lines().collect();
            let edits = line_edits(&lines, seed);
            let apply = |some: &BTreeSet<usize>| {
                let chosen: Vec<&LineEdit> = some.iter().map(|&at| &edits[at]).collect();
                edited(&lines, &chosen)
            };
            let all: BTreeSet<usize> = (0..edits.len()).collect();
            let old_lines = apply(&BTreeSet::new());
            let new_lines = apply(&all);
            let (Some(old), Some(new)) = (values(&old_lines), values(&new_lines)) else { return };
            let (a, b) = (Arc::new(Matrix::new(&old.0)), Arc::new(Matrix::new(&new.0)));
            let diff = Diff::new(&a, &b);
            let rows = Rows::new(&diff);
            // Which of the text edits an edit of the diff is.
            let texts = |ids: &[EditId]| -> BTreeSet<usize> {
                let lines = ids.iter().flat_map(|id| {
                    let edit = diff.edits.get(*id);
                    let line = |lines: &[(usize, String)], ir: &Arc<Ir>, span| {
                        let place = ir.location(span);
                        let line: usize = place
                            .rsplit(':')
                            .next()
                            .and_then(|line| line.parse().ok())
                            .expect("a line");
                        lines[line - 1].0
                    };
                    let removed = edit.lines.old.iter().map(|&span| line(&old_lines, &old.0, span));
                    let added = edit.lines.new.iter().map(|&span| line(&new_lines, &new.0, span));
                    removed.chain(added).collect::<Vec<_>>()
                });
                lines.filter_map(|line| edits.iter().position(|edit| edit.line() == line)).collect()
            };
            let check = |cause: &Cause, key: &Vec<String>, over_accounts: bool| {
                let table = |found: &(Arc<Ir>, Table, Table)| {
                    if over_accounts {
                        found.2.get(key).cloned()
                    } else {
                        found.1.get(key).cloned()
                    }
                };
                let (because, alternative) = (texts(&cause.edits), texts(&cause.alternative));
                // A group policy that moves past another is told as the one or the other; both say
                // the same.
                if because.len() != cause.edits.len()
                    || alternative.len() != cause.alternative.len()
                {
                    return;
                }
                let text =
                    || format!("{edits:#?}\n{because:?} {alternative:?} of {key:?} in\n{text}");
                if let Some(found) = values(&apply(&because)) {
                    assert_eq!(table(&found), table(&new), "these are not enough: {}", text());
                    tried.set(tried.get() + 1);
                }
                for one in &because {
                    let some = because.iter().copied().filter(|edit| edit != one).collect();
                    if let Some(found) = values(&apply(&some)) {
                        assert_ne!(
                            table(&found),
                            table(&new),
                            "these would do without {one}: {}",
                            text()
                        );
                    }
                }
                let rest = all
                    .iter()
                    .copied()
                    .filter(|edit| !because.contains(edit) && !alternative.contains(edit))
                    .collect();
                if let Some(found) = values(&apply(&rest)) {
                    assert_eq!(table(&found), table(&old), "it changes without these: {}", text());
                }
            };
            for row in &rows.sessions {
                let (subject, endpoint) = (
                    &diff.sessions.subjects[row.witness.0 as usize],
                    &diff.sessions.endpoints[row.witness.1 as usize],
                );
                let session = diff.session_text(subject, endpoint).fields().map(str::to_owned);
                for cell in row.changes.iter().take(2) {
                    let path = diff.path(&cell.change).to_owned();
                    check(&row.cause, &[&session[..], &[path]].concat(), false);
                }
            }
            for row in &rows.accounts {
                for change in row.changes.iter().take(2) {
                    check(
                        &row.cause,
                        &vec![diff.subject_name(row.users[0]).to_owned(), change.setting.clone()],
                        true,
                    );
                }
            }
        });
    }
    assert!(tried.get() > 50, "only {} causes could be tried", tried.get());
}
