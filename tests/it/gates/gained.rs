//! The promise of the gate `gained`: whenever somebody can do more in NEW than in OLD, it fails.

use crate::generate::{Plan, revisions, workspace};
use crate::laws::law;
use crate::naive;
use crate::support::{BUILTIN, startable};
use precedent::diff::Diff;
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::profile::{Entry, Type};
use precedent::review::gate::{self, Gates};
use std::cell::Cell;
use std::collections::BTreeMap;
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

/// What somebody can do in NEW that it could not in OLD, by the naive resolver.
fn more(old: &Arc<Ir>, new: &Arc<Ir>) -> Option<String> {
    let [before, after] = [old, new].map(|ir| cells(naive::sessions(ir), 7));
    let both = |entries: &[Entry], path: &str| entries.iter().any(|entry| entry.path == path);
    let sessions = after.iter().find(|(key, value)| {
        let (path, before) = (&key[6], before.get(*key).map(String::as_str));
        if path == "start" {
            return starts_more(before, value);
        }
        let entry = new.profile.permissions.iter().find(|entry| entry.path == *path);
        let entry = entry.expect("a permission");
        // What the other product does not have is not compared.
        both(&old.profile.permissions, path) && is_more(&entry.ty, before, value)
    });
    if let Some((key, value)) = sessions {
        return Some(format!("{key:?} is {value}"));
    }
    let [before, after] = [old, new].map(|ir| cells(naive::accounts(ir), 2));
    let words = |text: &str| -> Vec<String> {
        let inside = text.trim_matches(['[', ']']);
        inside.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let accounts = after.iter().find(|(key, value)| {
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
    accounts.map(|(key, value)| format!("{key:?} is {value}"))
}

#[test]
fn whoever_can_do_more_makes_the_gate_fail() {
    let seen = Cell::new((0, 0));
    for (old, new) in BUILTIN.map(|profile| (profile, profile)).into_iter().chain(UPGRADES) {
        for (cases, unknown) in [(16, 0), (8, 20)] {
            law(cases, revisions(old, new), |(a, b)| {
                let ir = |plan: &Plan| startable(&workspace(&Plan { unknown, ..plan.clone() }));
                let (old, new) = (ir(&a), ir(&b));
                let [before, after] = [&old, &new].map(|ir| Arc::new(Matrix::new(ir)));
                let diff = Diff::new(&before, &after);
                let gained = gate::parse("gained").expect("a gate");
                let gates = Gates::new(&diff, &[gained]);
                let denied = diff.session_counts(&gates).1[0] + diff.account_counts(&gates).1[0];
                let found = more(&old, &new);
                assert!(
                    found.is_none() || denied > 0,
                    "{found:?}, and the gate passes: {a:?} {b:?}"
                );
                let (gains, passes) = seen.get();
                seen.set((gains + u32::from(found.is_some()), passes + u32::from(denied == 0)));
            });
        }
    }
    let (gains, passes) = seen.get();
    assert!(gains > 20 && passes > 5, "too few cases tell: {gains} gains, {passes} passes");
}
