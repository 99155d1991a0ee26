//! What holds for every workspace, tried on random ones of every built-in profile. A law is worth
//! more than a list of examples: most mistakes in resolving and comparing break one of these.
//!
//! The choices are the same in every run; `PROPTEST_CASES=500 cargo test laws` tries more of them.

use crate::generate::{self, Plan, declarations, files, plan, revisions, workspace};
use crate::support::{
    BUILTIN, accounts_csv, checked, compile, diff_csv, ir, line_at, profile, rows, sessions_csv,
    startable, written,
};
use crate::{dice::Dice, naive};
use precedent::ir::{Ir, file};
use precedent::profile::{EntryKind, Profile, Type};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tries a law on values of a strategy, the same ones in every run.
pub fn law<S: Strategy>(cases: u32, strategy: S, holds: impl Fn(S::Value)) {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    let cases = asked.unwrap_or(cases);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let done = runner.run(&strategy, |value| {
        holds(value);
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}

/// Cases of each profile.
const EACH: u32 = 12;

fn for_each_profile(holds: impl Fn(Plan)) {
    BUILTIN.iter().for_each(|profile| law(EACH, plan(profile), &holds));
}

/// Those of which some lines say `unknown`.
fn partly_unknown(plan: Plan) -> Plan {
    Plan { unknown: 20, ..plan }
}

/// Pairs of revisions: of one profile, and of a product before and after an upgrade.
fn for_each_revision(holds: impl Fn(Plan, Plan)) {
    let upgrades = [("pra-25.2", "pra-25.3"), ("rs-25.2", "rs-25.3")];
    for (old, new) in BUILTIN.map(|profile| (profile, profile)).into_iter().chain(upgrades) {
        law(EACH, revisions(old, new), |(a, b)| holds(a, b));
    }
}

fn assert_rows(found: &[Vec<String>], expected: &[Vec<String>], plan: &Plan) {
    let text = || {
        generate::workspace(plan)
            .iter()
            .map(|(path, text)| format!("── {path}\n{text}"))
            .collect::<String>()
    };
    for (found, expected) in found.iter().zip(expected) {
        assert!(found == expected, "found\n  {found:?}\nexpected\n  {expected:?}\nin\n{}", text());
    }
    assert_eq!(found.len(), expected.len(), "rows, in\n{}", text());
}

#[test]
fn fast_equals_naive() {
    for_each_profile(|plan| {
        let ir = ir(&workspace(&plan));
        assert_rows(&rows(&sessions_csv(&ir)), &naive::sessions(&ir), &plan);
        assert_rows(&rows(&accounts_csv(&ir)), &naive::accounts(&ir), &plan);
        let ir = startable(&workspace(&plan));
        assert_rows(&rows(&sessions_csv(&ir)), &naive::sessions(&ir), &plan);
    });
}

#[test]
fn fast_equals_naive_where_something_is_unknown() {
    for_each_profile(|plan| {
        let plan = partly_unknown(plan);
        let ir = ir(&workspace(&plan));
        assert_rows(&rows(&sessions_csv(&ir)), &naive::sessions(&ir), &plan);
        assert_rows(&rows(&accounts_csv(&ir)), &naive::accounts(&ir), &plan);
        let ir = startable(&workspace(&plan));
        assert_rows(&rows(&sessions_csv(&ir)), &naive::sessions(&ir), &plan);
    });
}

/// Both matrices, with the text of the deciding line in place of where it stands.
fn without_places(ir: &Arc<Ir>) -> Vec<Vec<String>> {
    let mut all = [rows(&sessions_csv(ir)), rows(&accounts_csv(ir))].concat();
    for row in &mut all {
        if let Some(location) = row.last_mut() {
            *location = line_at(ir, location).to_owned();
        }
    }
    all
}

#[test]
fn the_order_of_files_and_declarations_changes_nothing_but_places() {
    for_each_profile(|plan| {
        let declarations = declarations(&plan);
        let (a, b) = (ir(&files(&declarations, plan.seed)), ir(&files(&declarations, !plan.seed)));
        assert_rows(&without_places(&b), &without_places(&a), &plan);
        let (sessions, accounts) = diff_csv(&a, &b);
        assert_eq!(
            (rows(&sessions).len(), rows(&accounts).len()),
            (0, 0),
            "moved declarations differ: {sessions}{accounts}"
        );
    });
}

#[test]
fn nothing_differs_from_itself() {
    for_each_profile(|plan| {
        let ir = ir(&workspace(&plan));
        let (sessions, accounts) = diff_csv(&ir, &ir);
        assert_eq!((rows(&sessions).len(), rows(&accounts).len()), (0, 0), "{sessions}{accounts}");
    });
}

#[test]
fn a_new_name_under_the_same_id_is_no_difference() {
    for_each_profile(|plan| {
        let old = Plan { ids: true, ..plan };
        let (a, b) = (ir(&workspace(&old)), ir(&workspace(&Plan { renamed: true, ..old.clone() })));
        let (sessions, accounts) = diff_csv(&a, &b);
        assert_eq!(
            (rows(&sessions).len(), rows(&accounts).len()),
            (0, 0),
            "{sessions}{accounts}{old:?}"
        );
    });
}

/// A row of a diff as the diff the other way round has it. `key` is how many columns come before
/// `before`.
fn mirrored(row: &[String], key: usize) -> Vec<String> {
    let direction = match &*row[key + 2] {
        "widened" => "narrowed",
        "narrowed" => "widened",
        "added" => "removed",
        "removed" => "added",
        same => same,
    };
    let (before, after, sides) = (&row[key], &row[key + 1], &row[key + 3..]);
    let (old, new) = sides.split_at(sides.len() / 2);
    [&row[..key], &[after.clone(), before.clone(), direction.into()], new, old].concat()
}

#[test]
fn a_diff_mirrors_the_diff_the_other_way_round() {
    for_each_revision(|old, new| {
        let (a, b) = (ir(&workspace(&old)), ir(&workspace(&new)));
        let (there, back) = (diff_csv(&a, &b), diff_csv(&b, &a));
        for (there, back, key) in [(there.0, back.0, 7), (there.1, back.1, 2)] {
            let back: Vec<_> = rows(&back).iter().map(|row| mirrored(row, key)).collect();
            assert_rows(&rows(&there), &back, &new);
        }
    });
}

/// How a value moved, by the words of its type alone; `None` where it has no words.
fn direction(ty: &Type, before: &str, after: &str) -> Option<&'static str> {
    let order = ty.order();
    let reaches = |from: &str, to: &str| {
        let mut open = vec![from];
        while let Some(word) = open.pop() {
            open.extend(order.iter().filter(|(low, _)| *low == word).map(|(_, high)| *high));
            if word == to {
                return true;
            }
        }
        false
    };
    let words = ty.words();
    if !words.contains(&before) || !words.contains(&after) {
        return None;
    }
    Some(if reaches(before, after) {
        "widened"
    } else if reaches(after, before) {
        "narrowed"
    } else {
        "changed"
    })
}

/// How `start`, or what a role allows, moved.
fn wider(before: &str, after: &str) -> Option<&'static str> {
    let rank = |start: &str| match start {
        "deny" => Some(0),
        "allow" => Some(2),
        start => start.starts_with("with ").then_some(1),
    };
    let list = |allows: &str| -> Vec<String> {
        let inside = allows.trim_matches(['[', ']']);
        inside.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (narrows, widens) = match (rank(before), rank(after)) {
        _ if before.is_empty() => return Some("added"),
        _ if after.is_empty() => return Some("removed"),
        (Some(before), Some(after)) => (after < before, before < after),
        _ => {
            let (before, after) = (list(before), list(after));
            let within = |a: &[String], b: &[String]| a.iter().all(|word| b.contains(word));
            (within(&after, &before), within(&before, &after))
        }
    };
    Some(match (narrows, widens) {
        (true, false) => "narrowed",
        (false, true) => "widened",
        _ => "changed",
    })
}

/// The text of a list without what makes no difference: the case of file names, the writing of
/// folders, and folders inside of others.
pub fn plain(kind: EntryKind, value: &str) -> Vec<String> {
    if !value.ends_with(']') || !matches!(kind, EntryKind::FileNames | EntryKind::Folders) {
        return vec![value.to_owned()];
    }
    let mut parts = Vec::new();
    let mut characters = value.chars();
    let word: String = characters.by_ref().take_while(|c| *c != '[').collect();
    while characters.by_ref().any(|c| c == '"') {
        let mut entry = String::new();
        while let Some(character) = characters.next().filter(|c| *c != '"') {
            entry.push(match character {
                '\\' => characters.next().expect("an escaped character"),
                plain => plain,
            });
        }
        parts.push(match kind {
            EntryKind::FileNames => entry.to_lowercase(),
            _ => entry.replace('\\', "/").trim_end_matches('/').to_owned() + "/",
        });
    }
    parts.sort();
    parts.dedup();
    if kind == EntryKind::Folders {
        let all = parts.clone();
        parts.retain(|part| !all.iter().any(|above| above != part && part.starts_with(above)));
    }
    parts.push(word);
    parts
}

/// A diff, made of the rows of the two matrices. `key` columns come before the value, and three
/// after it are kept.
fn by_rows(
    old: &[Vec<String>],
    new: &[Vec<String>],
    key: usize,
    skipped: Option<usize>,
    profile: &Profile,
) -> BTreeMap<Vec<String>, (Vec<String>, Vec<String>)> {
    let mut cells: BTreeMap<Vec<String>, (Vec<String>, Vec<String>)> = BTreeMap::new();
    let side = |row: &[String]| {
        row[key..]
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != skipped)
            .map(|(_, text)| text.clone())
            .collect()
    };
    for row in old {
        cells.entry(row[..key].to_vec()).or_default().0 = side(row);
    }
    for row in new {
        cells.entry(row[..key].to_vec()).or_default().1 = side(row);
    }
    cells.retain(|key, (before, after)| match (before.first(), after.first()) {
        (Some(before), Some(after)) => {
            let path = &key[key.len() - 1];
            let entries = profile.permissions.iter().chain(&profile.settings);
            let entry = entries.into_iter().find(|entry| entry.path == *path);
            let kind = entry.and_then(|entry| entry.ty.entries()).unwrap_or_default();
            plain(kind, before) != plain(kind, after)
        }
        (before, after) => before != after,
    });
    cells
}

#[test]
fn a_diff_has_just_the_cells_in_which_the_matrices_differ() {
    for_each_revision(|old, new| {
        let profile = profile(new.profile);
        let (a, b) = (ir(&workspace(&old)), ir(&workspace(&new)));
        let (sessions, accounts) = diff_csv(&a, &b);
        let sessions = (
            rows(&sessions),
            by_rows(&rows(&sessions_csv(&a)), &rows(&sessions_csv(&b)), 7, None, profile),
        );
        let accounts = (
            rows(&accounts),
            by_rows(&rows(&accounts_csv(&a)), &rows(&accounts_csv(&b)), 2, Some(3), profile),
        );
        for ((diff, expected), key, deciders) in [(sessions, 7, 4), (accounts, 2, 3)] {
            assert_eq!(diff.len(), expected.len(), "rows of {old:?} and {new:?}");
            for row in diff {
                let (before, after) = &expected[&row[..key]];
                let text =
                    |side: &Vec<String>, at: usize| side.get(at).cloned().unwrap_or_default();
                let sides = [before, after]
                    .map(|side| (1..=deciders).map(|at| text(side, at)).collect::<Vec<_>>());
                assert_eq!(row[key + 3..], sides.concat(), "the deciders of {row:?}");
                assert_eq!(
                    row[key..key + 2],
                    [text(before, 0), text(after, 0)],
                    "the values of {row:?}"
                );
                let entry = profile
                    .permissions
                    .iter()
                    .chain(&profile.settings)
                    .find(|entry| entry.path == row[key - 1]);
                let start_or_allows = row[key - 1] == "start" || row[key - 1].ends_with(" allows");
                let expected = match (&*row[key], &*row[key + 1]) {
                    (before, after) if start_or_allows => wider(before, after),
                    ("", _) => Some("added"),
                    (_, "") => Some("removed"),
                    ("n/a", _) | (_, "n/a") => Some("follows"),
                    (before, after) => {
                        entry.map_or(Some("changed"), |entry| direction(&entry.ty, before, after))
                    }
                };
                assert!(
                    expected.is_none_or(|expected| expected == row[key + 2]),
                    "{row:?} should be {expected:?}"
                );
            }
        }
    });
}

/// Each cell that is unknown on both sides has changed exactly if another line decides it, or if it
/// would have another value without what is unknown.
#[test]
fn what_is_unknown_on_both_sides_hides_no_change() {
    for_each_revision(|old, new| {
        let [a, b] = [old, new].map(|plan| ir(&workspace(&partly_unknown(plan))));
        let (sessions, accounts) = diff_csv(&a, &b);
        let known = |ir: &Arc<Ir>| Arc::new(ir.without_unknown());
        let [known_a, known_b] = [known(&a), known(&b)];
        for (diff, csv, key, deciders) in [
            (sessions, sessions_csv as fn(&Arc<Ir>) -> String, 7, 7..11),
            (accounts, accounts_csv, 2, 2..6),
        ] {
            let table = |ir: &Arc<Ir>| -> BTreeMap<Vec<String>, Vec<String>> {
                rows(&csv(ir)).into_iter().map(|row| (row[..key].to_vec(), row)).collect()
            };
            let [before, after, known_before, known_after] =
                [&a, &b, &known_a, &known_b].map(table);
            let changed: Vec<Vec<String>> = rows(&diff)
                .into_iter()
                .filter(|row| row[key] == "unknown" && row[key + 1] == "unknown")
                .map(|row| {
                    assert_eq!(row[key + 2], "changed");
                    row[..key].to_vec()
                })
                .collect();
            let is_unknown =
                |row: Option<&Vec<String>>| row.is_some_and(|row| row[key] == "unknown");
            let decider = |row: &[String]| row[deciders.start + 1..deciders.end].to_vec();
            let expected: Vec<Vec<String>> = after
                .iter()
                .filter(|(cell, row)| is_unknown(Some(row)) && is_unknown(before.get(*cell)))
                .filter(|(cell, row)| {
                    let value = |table: &BTreeMap<Vec<String>, Vec<String>>| {
                        table.get(*cell).map(|row| row[key].clone())
                    };
                    decider(row) != decider(&before[*cell])
                        || value(&known_before) != value(&known_after)
                })
                .map(|(cell, _)| cell.clone())
                .collect();
            let mut found = changed;
            found.sort();
            assert_eq!(found, expected);
        }
    });
}

fn compiled(ir: &Arc<Ir>) -> String {
    written(|out| file::write(ir, out))
}

#[test]
fn a_compiled_workspace_reads_back_as_it_was() {
    for_each_revision(|old, new| {
        let (a, b) = (ir(&workspace(&old)), ir(&workspace(&new)));
        let text = compiled(&a);
        let read = Arc::new(file::read(text.as_bytes()).expect("a compiled workspace"));
        assert!(compiled(&read) == text, "written again, it differs");
        assert!(
            sessions_csv(&read) == sessions_csv(&a) && accounts_csv(&read) == accounts_csv(&a),
            "its matrix differs"
        );
        assert!(
            diff_csv(&read, &b) == diff_csv(&a, &b) && diff_csv(&b, &read) == diff_csv(&b, &a),
            "its diff differs"
        );
    });
}

#[test]
fn what_nobody_defines_is_decided_by_the_global_default() {
    for_each_profile(|plan| {
        let profile = profile(plan.profile);
        let permission = Dice::of(plan.seed, "undefined").below(profile.permissions.len());
        let implying = profile.permissions[permission]
            .implied_by
            .as_ref()
            .map(|implication| implication.entry);
        let undefined = [permission].into_iter().chain(implying).collect();
        let plan = Plan { undefined, ..plan };
        let found = rows(&sessions_csv(&checked(compile(&workspace(&plan)))));
        for row in found.iter().filter(|row| row[6] == profile.permissions[permission].path) {
            assert!(["global_default", "method"].contains(&&*row[8]), "{row:?}");
        }
    });
}
