//! The promise of the gate `gained`: whenever somebody can do more in NEW than in OLD, it fails.

use crate::generate::{Plan, names_taken_over, revisions, workspace};
use crate::laws::law;
use crate::naive;
use crate::support::{BUILTIN, diff_csv, rows, startable};
use precedent::diff::Diff;
use precedent::ir::{Ir, Object, Tables};
use precedent::matrix::Matrix;
use precedent::profile::{Entry, Type};
use precedent::review::gate::{self, Gates};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const UPGRADES: [(&str, &str); 2] = [("pra-25.2", "pra-25.3"), ("rs-25.2", "rs-25.3")];

/// Whether one word of a type is at most another.
fn at_most(ty: &Type, low: &str, high: &str) -> bool {
    let order = ty.order();
    let mut open = vec![low];
    while let Some(word) = open.pop() {
        if word == high {
            return true;
        }
        open.extend(order.iter().filter(|(below, _)| *below == word).map(|(_, above)| *above));
    }
    false
}

/// Whether a value may be more than the one before it, as far as the words of its type tell.
/// `n/a` only follows from what it depends on.
fn is_more(ty: &Type, before: Option<&str>, after: &str) -> bool {
    let least = ty.least().map(|least| ty.text(&least));
    match before {
        _ if after == "n/a" || least.as_deref() == Some(after) => false,
        None => true,
        Some(before) if before == after || before == "n/a" => false,
        Some(before) if before == "unknown" || after == "unknown" => true,
        Some(before) => ty.words().contains(&after) && !at_most(ty, after, before),
    }
}

/// `start` of a session that there is: more than before, as far as it compares.
fn starts_more(before: Option<&str>, after: &str) -> bool {
    let rank = |value: &str| match value {
        "allow" => 2,
        "unknown" => 3,
        _ => 1,
    };
    before.is_none_or(|before| before != after && rank(after) >= rank(before))
}

/// Cells by what they are of: the key, then the value.
fn cells(rows: Vec<Vec<String>>, key: usize) -> BTreeMap<Vec<String>, String> {
    rows.into_iter().map(|row| (row[..key].to_vec(), row[key].clone())).collect()
}

/// Lists of objects that cells are named after. Each comes with what tells objects of one id apart.
fn named(tables: &mut Tables) -> Vec<Vec<(usize, &mut Object)>> {
    fn plain<'o>(objects: impl Iterator<Item = &'o mut Object>) -> Vec<(usize, &'o mut Object)> {
        objects.map(|object| (0, object)).collect()
    }
    vec![
        plain(tables.users.iter_mut().map(|user| &mut user.object)),
        plain(tables.invites.iter_mut().map(|invite| &mut invite.object)),
        plain(tables.portals.iter_mut().map(|portal| &mut portal.object)),
        tables.jump_items.iter_mut().map(|item| (item.method, &mut item.object)).collect(),
        plain(tables.jump_groups.iter_mut()),
        plain(tables.jump_policies.iter_mut()),
        plain(tables.teams.iter_mut()),
        plain(tables.jumpoints.iter_mut()),
        plain(tables.vault_account_groups.iter_mut()),
        plain(tables.vault_accounts.iter_mut()),
    ]
}

/// OLD with the names that its objects have in NEW, as the contract pairs them: by id; of those
/// left over, by name. What NEW does not have gets a name that nothing in NEW has.
fn with_names_of_new(old: &Arc<Ir>, new: &Arc<Ir>) -> Arc<Ir> {
    let mut renamed = Ir::clone(old);
    let mut new = new.tables.clone();
    for (old, new) in named(&mut renamed.tables).into_iter().zip(named(&mut new)) {
        let mut left: BTreeSet<usize> = (0..new.len()).collect();
        let mut names: Vec<Option<String>> = vec![None; old.len()];
        for by_id in [true, false] {
            for (at, (kind, object)) in old.iter().enumerate() {
                let is_same = |other: &usize| {
                    let (other_kind, other) = &new[*other];
                    let same_id = object.id.is_some() && object.id == other.id;
                    kind == other_kind && if by_id { same_id } else { object.name == other.name }
                };
                if names[at].is_none()
                    && let Some(found) = left.iter().copied().find(is_same)
                {
                    left.remove(&found);
                    names[at] = Some(new[found].1.name.clone());
                }
            }
        }
        for ((_, object), name) in old.into_iter().zip(names) {
            object.name = name.unwrap_or_else(|| format!("only in OLD: {}", object.name));
        }
    }
    Arc::new(renamed)
}

/// What somebody can do in NEW that it could not in OLD, by the naive resolver: the keys of cells of
/// sessions, and of accounts.
fn more(old: &Arc<Ir>, new: &Arc<Ir>) -> [Vec<Vec<String>>; 2] {
    let old = &with_names_of_new(old, new);
    let [before, after] = [old, new].map(|ir| cells(naive::sessions(ir), 7));
    let both = |entries: &[Entry], path: &str| entries.iter().any(|entry| entry.path == path);
    let sessions = after.iter().filter(|(key, value)| {
        let (path, before) = (&key[6], before.get(*key).map(String::as_str));
        if path == "start" {
            return starts_more(before, value);
        }
        let entry = new.profile.permissions.iter().find(|entry| entry.path == *path);
        let entry = entry.expect("a permission");
        // What the other product does not have is not compared.
        both(&old.profile.permissions, path) && is_more(&entry.ty, before, value)
    });
    let sessions = sessions.map(|(key, _)| key.clone()).collect();
    let [before, after] = [old, new].map(|ir| cells(naive::accounts(ir), 2));
    let words = |text: &str| -> Vec<String> {
        let inside = text.trim_matches(['[', ']']);
        inside.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let accounts = after.iter().filter(|(key, value)| {
        let before = before.get(*key).map(String::as_str);
        if let Some(given) = key[1].strip_suffix(" allows") {
            let before = words(before.unwrap_or_default());
            // The roles of a setting that the other product does not have are not compared.
            let compared = !given.starts_with("roles.") || both(&old.profile.settings, given);
            return compared && words(value).iter().any(|word| !before.contains(word));
        }
        if key[1].contains('"') {
            return before.is_none();
        }
        let entry = new.profile.settings.iter().find(|entry| entry.path == key[1]);
        entry.is_some_and(|entry| {
            both(&old.profile.settings, &key[1]) && is_more(&entry.ty, before, value)
        })
    });
    [sessions, accounts.map(|(key, _)| key.clone()).collect()]
}

/// The cells of a diff that may be gains, as its CSV has them.
fn may_be_gains(csv: &str, key: usize) -> BTreeSet<Vec<String>> {
    let gain = |row: &Vec<String>| ["widened", "changed", "added"].contains(&&*row[key + 2]);
    rows(csv).into_iter().filter(gain).map(|row| row[..key].to_vec()).collect()
}

/// How many cells are gains, and how many the gate `gained` denies. Each gain is a row.
fn gains_and_denied(old: &Arc<Ir>, new: &Arc<Ir>, of: &dyn Fn() -> String) -> (u64, u64) {
    let [sessions, accounts] = more(old, new);
    let csv = diff_csv(old, new);
    for (found, rows) in
        [(&sessions, may_be_gains(&csv.0, 7)), (&accounts, may_be_gains(&csv.1, 2))]
    {
        let missing = found.iter().find(|key| !rows.contains(*key));
        assert!(missing.is_none(), "{missing:?} is a gain, and no row of the diff: {}", of());
    }
    let [before, after] = [old, new].map(|ir| Arc::new(Matrix::new(ir)));
    let diff = Diff::new(&before, &after);
    let gained = gate::parse("gained").expect("a gate");
    let gates = Gates::new(&diff, &[gained]);
    let denied = diff.session_counts(&gates).1[0] + diff.account_counts(&gates).1[0];
    let gains = (sessions.len() + accounts.len()) as u64;
    assert!(gains <= denied, "{gains} gains, and the gate denies {denied}: {}", of());
    (gains, denied)
}

/// Tries the law on pairs of revisions; returns how many had a gain, and how many passed the gate.
fn tried<S: Strategy<Value = (Plan, Plan)>>(cases: u32, unknown: usize, pairs: S) -> (u32, u32) {
    let seen = Cell::new((0, 0));
    law(cases, pairs, |(a, b)| {
        let ir = |plan: &Plan| startable(&workspace(&Plan { unknown, ..plan.clone() }));
        let (found, denied) = gains_and_denied(&ir(&a), &ir(&b), &|| format!("{a:?} {b:?}"));
        let (gains, passes) = seen.get();
        seen.set((gains + u32::from(found > 0), passes + u32::from(denied == 0)));
    });
    seen.get()
}

#[test]
fn whoever_can_do_more_makes_the_gate_fail() {
    let (mut gains, mut passes) = (0, 0);
    for (old, new) in BUILTIN.map(|profile| (profile, profile)).into_iter().chain(UPGRADES) {
        for (cases, unknown) in [(16, 0), (8, 20)] {
            let found = tried(cases, unknown, revisions(old, new));
            (gains, passes) = (gains + found.0, passes + found.1);
            let found = tried(cases, unknown, names_taken_over(old, new));
            (gains, passes) = (gains + found.0, passes + found.1);
        }
    }
    assert!(gains > 20 && passes > 5, "too few cases tell: {gains} gains, {passes} passes");
}
