//! On random histories: the newest commit whose parent has the cell otherwise, found by looking at
//! every one.

use super::blame_in;
use crate::dice::Dice;
use crate::generate::{Plan, plan, workspace};
use crate::laws::law;
use crate::repository::Repository;
use crate::support::{BUILTIN, ir, rows, sessions_csv};
use proptest::prelude::any;
use std::collections::BTreeMap;

/// Values by session and permission.
type Cells = BTreeMap<[String; 7], String>;

fn cells(files: &[(String, String)]) -> Cells {
    let key = |row: &[String]| -> [String; 7] { std::array::from_fn(|at| row[at].clone()) };
    rows(&sessions_csv(&ir(files))).iter().map(|row| (key(row), row[7].clone())).collect()
}

fn check(first: &Plan, seed: u64) {
    let Some(repository) = Repository::new() else { return };
    let mut dice = Dice::of(seed, "history");
    let mut history: Vec<Cells> = Vec::new();
    let mut plans = vec![first.clone()];
    for number in 0..6u64 {
        // A new revision, or one that was there before.
        let plan = match dice.below(3) {
            0 if number > 0 => plans[dice.below(plans.len())].clone(),
            _ => Plan { revision: dice.next() | 1, ..first.clone() },
        };
        let files = workspace(&plan);
        plans.push(plan);
        for path in policy_files(&repository) {
            std::fs::remove_file(repository.path(&path)).expect("a file");
        }
        files.iter().for_each(|(path, text)| repository.write(path, text));
        repository.commit(&number.to_string());
        history.push(cells(&files));
    }
    let Some(last) = history.last() else { return };
    let sessions: Vec<[String; 6]> = last
        .keys()
        .filter(|key| key[6] == "shell")
        .map(|key| std::array::from_fn(|at| key[at].clone()))
        .collect();
    if sessions.is_empty() {
        return;
    }
    for _ in 0..3 {
        let session = &sessions[dice.below(sessions.len())];
        let [subject_kind, subject, method, target_kind, target, presence] = session;
        let (who, to) = (
            format!("--{subject_kind}={subject}"),
            format!("--{}={target}", target_kind.replace('_', "-")),
        );
        let method = format!("--method={method}");
        let presence = format!("--presence={presence}");
        let mut arguments = vec![&*who, &*to, &*method];
        if !session[5].is_empty() {
            arguments.push(&presence);
        }
        let found = blame_in(&repository.path("."), &arguments);
        let permissions = last.keys().filter(|key| key[..6] == session[..]);
        assert_eq!(found.len(), permissions.clone().count());
        for key in permissions {
            let value = |at: usize| history[at].get(key);
            let newest =
                (1..history.len()).rev().find(|&at| value(at - 1) != value(at)).unwrap_or(0);
            let before = newest.checked_sub(1).and_then(value).map_or("-", String::as_str);
            let expected = format!("{}: commit {newest}, {before} > {}", key[6], last[key]);
            assert!(found.contains(&expected), "{expected:?} is not among {found:#?}");
        }
    }
}

/// The policy files at the root of a repository.
fn policy_files(repository: &Repository) -> Vec<String> {
    let entries = std::fs::read_dir(repository.path(".")).expect("the folder");
    let names =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".prec")).collect()
}

#[test]
fn blame_equals_a_plain_scan() {
    for profile in BUILTIN {
        law(3, (plan(profile), any::<u64>()), |(plan, seed)| {
            check(&Plan { ids: false, ..plan }, seed)
        });
    }
}
