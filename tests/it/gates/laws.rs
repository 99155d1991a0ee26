//! Gates against the same written down in the simplest way: cell by cell, from the CSV of the diff
//! and the tables.

use crate::dice::Dice;
use crate::generate::{Plan, revisions, workspace};
use crate::laws::law;
use crate::support::{BUILTIN, diff_csv, ir, rows};
use precedent::diff::Diff;
use precedent::diff::rows::Rows;
use precedent::ir::{Group, Ir, MembershipKind, Object};
use precedent::matrix::Matrix;
use precedent::profile::Entry;
use precedent::review::gate::Deny;
use precedent::review::gate::{self, Gate, Gates, Scope, Selector, objects};
use precedent::text::quote;
use proptest::prelude::*;
use std::sync::Arc;

const UPGRADES: [(&str, &str); 2] = [("pra-25.2", "pra-25.3"), ("rs-25.2", "rs-25.3")];

/// A gate on something that one of the sides has, or on something near it.
fn random_gate(dice: &mut Dice, old: &Arc<Ir>, new: &Arc<Ir>) -> String {
    let side = if dice.chance(50) { old } else { new };
    let mut text = Deny::WORDS[dice.below(Deny::WORDS.len())].to_owned();
    let entries: Vec<&Entry> =
        side.profile.permissions.iter().chain(&side.profile.settings).collect();
    match dice.below(6) {
        0 => text.push_str(" session_policy"),
        1..=2 => text.push_str(&format!(" {}", entries[dice.below(entries.len())].path)),
        _ => {}
    }
    let targets = [
        Selector::JumpItem,
        Selector::JumpGroup,
        Selector::Portal,
        Selector::Tag,
        Selector::Method,
    ];
    let subjects = [
        Selector::User,
        Selector::Invite,
        Selector::GroupPolicy,
        Selector::DirectoryGroup,
        Selector::Team,
    ];
    for (word, selectors) in [("on", targets), ("for", subjects)] {
        let selector = selectors[dice.below(5)];
        let side = if dice.chance(50) { old } else { new };
        let names: Vec<String> = match selector {
            Selector::Method => {
                side.profile.methods.iter().map(|method| method.id.clone()).collect()
            }
            Selector::Tag => {
                let tags = side.tables.jump_items.iter().filter_map(|item| item.tag.as_deref());
                tags.map(quote).collect()
            }
            _ => objects(&side.tables, selector).iter().map(|object| quote(&object.name)).collect(),
        };
        if dice.chance(50) && !names.is_empty() {
            text.push_str(&format!(
                " {word} {} {}",
                selector.words(),
                names[dice.below(names.len())]
            ));
        }
    }
    text
}

/// The object of the other side that is the same: by id, then by name.
fn partner(own: &[&Object], at: usize, others: &[&Object]) -> Option<usize> {
    let same_id = |a: &Object, b: &Object| a.id.is_some() && a.id == b.id;
    let by_id = others.iter().position(|other| same_id(own[at], other));
    by_id.or_else(|| {
        let taken = |other: &Object| own.iter().any(|own| same_id(own, other));
        others.iter().position(|other| other.name == own[at].name && !taken(other))
    })
}

/// Whether an object of one side is meant by a name: it has it, is the same as one that has it, or
/// may be.
fn is_meant(own: &[&Object], at: usize, others: &[&Object], name: &str) -> bool {
    if own[at].name == name {
        return true;
    }
    let Some(named) = others.iter().position(|other| other.name == name) else { return false };
    match partner(own, at, others) {
        Some(same) => same == named,
        None => {
            partner(others, named, own).is_none()
                && (own[at].id.is_none() || others[named].id.is_none())
        }
    }
}

/// One side, beside the other one.
struct Side<'s> {
    own: &'s Ir,
    other: &'s Ir,
}

impl Side<'_> {
    fn meant(&self, scope: &Scope, at: usize) -> bool {
        let [own, others] = [self.own, self.other].map(|ir| objects(&ir.tables, scope.selector));
        is_meant(&own, at, &others, &scope.name)
    }

    /// The index of an object that the report calls by NEW's name, or by OLD's if it is gone.
    fn index(&self, selector: Selector, name: &str, is_new: bool) -> Option<usize> {
        let [own, others] = [self.own, self.other].map(|ir| objects(&ir.tables, selector));
        let named = |list: &[&Object]| list.iter().position(|object| object.name == name);
        match (is_new, named(&others)) {
            (false, Some(at)) => partner(&others, at, &own),
            _ => named(&own),
        }
    }

    fn subject(&self, scope: &Scope, kind: &str, name: &str, is_new: bool) -> bool {
        let own = if kind == "user" { Selector::User } else { Selector::Invite };
        let Some(at) = self.index(own, name, is_new) else { return false };
        if scope.selector == own {
            return self.meant(scope, at);
        }
        let tables = &self.own.tables;
        let in_directory = |group: usize| {
            kind == "user"
                && tables.directory_groups[group].members.iter().any(|(user, _)| user.index() == at)
        };
        let in_group = |group: &Group| {
            kind == "user" && group.members.users.iter().any(|(user, _)| user.index() == at)
                || group
                    .members
                    .directory_groups
                    .iter()
                    .any(|(group, _)| in_directory(group.index()))
        };
        match scope.selector {
            Selector::GroupPolicy => tables
                .group_policies
                .iter()
                .enumerate()
                .any(|(at, group)| self.meant(scope, at) && in_group(group)),
            Selector::DirectoryGroup => (0..tables.directory_groups.len())
                .any(|at| self.meant(scope, at) && in_directory(at)),
            Selector::Team if kind == "user" => {
                let groups = tables.group_policies.iter().chain(&tables.embassies);
                let given = groups.filter(|group| in_group(group)).map(|group| &*group.grants);
                let all = given.chain([&*tables.users[at].grants]);
                let mut keys = all.flat_map(|grants| &grants.memberships).map(|found| found.key);
                keys.any(|key| key.kind() == MembershipKind::Team && self.meant(scope, key.index()))
            }
            _ => false,
        }
    }

    fn target(&self, scope: &Scope, method: &str, kind: &str, name: &str, is_new: bool) -> bool {
        if scope.selector == Selector::Method {
            return scope.name == method;
        }
        let own = if kind == "jump_item" { Selector::JumpItem } else { Selector::Portal };
        let Some(at) = self.index(own, name, is_new) else { return false };
        match scope.selector {
            Selector::Tag => {
                own == Selector::JumpItem
                    && self.own.tables.jump_items[at].tag.as_deref() == Some(&*scope.name)
            }
            Selector::JumpGroup if own == Selector::JumpItem => self.own.tables.jump_items[at]
                .group
                .is_some_and(|group| self.meant(scope, group.index())),
            selector => selector == own && self.meant(scope, at),
        }
    }
}

fn denies(deny: Deny, of_path: bool, direction: &str, entry: Option<&Entry>, after: &str) -> bool {
    let is_gain = || {
        let least = entry.and_then(|entry| entry.ty.least().map(|least| entry.ty.text(&least)));
        let is_least = match (&entry, least) {
            (Some(_), least) => least.is_some_and(|least| least == after),
            // `start`, and what a role allows.
            (None, _) => ["deny", "[]"].contains(&after),
        };
        after != "n/a" && !is_least
    };
    match deny {
        Deny::Any => true,
        Deny::Direction(denied) => denied.id() == direction,
        Deny::Gained => {
            let comes = direction == "added" || direction == "follows" && of_path;
            ["widened", "changed"].contains(&direction) || comes && is_gain()
        }
    }
}

/// The directions in which gates see a row of sessions: where a session begins or ends, `start`
/// moves and is added or removed.
fn directions(row: &[String]) -> Vec<&str> {
    let ends = |value: &str| value.is_empty() || value == "deny";
    match (&*row[6], ends(&row[7]), ends(&row[8])) {
        ("start", true, false) => vec!["widened", "added"],
        ("start", false, true) => vec!["narrowed", "removed"],
        // Nobody can start it on either side: to gates, it has no `start`.
        ("start", true, true) => Vec::new(),
        _ => vec![&row[9]],
    }
}

/// Whether a membership in a jump group has the same jump policy before and after.
fn same_jump_policy(old: &Ir, new: &Ir, row: &[String]) -> bool {
    let policy = |ir: &Ir, text: &str| {
        let (_, name) = text.split_once(" with ")?;
        let all = &ir.tables.jump_policies;
        let found = all.iter().find(|policy| precedent::text::quote(&policy.name) == name);
        found.map(|policy| (policy.id, policy.name.clone()))
    };
    match (policy(old, &row[2]), policy(new, &row[3])) {
        (Some((Some(a), _)), Some((Some(b), _))) => a == b,
        (a, b) => a.map(|(_, name)| name) == b.map(|(_, name)| name),
    }
}

/// How many cells of the two CSV reports a gate denies.
fn naive(
    gate: &Gate,
    old: &Arc<Ir>,
    new: &Arc<Ir>,
    (sessions, accounts): (&[Vec<String>], &[Vec<String>]),
) -> u64 {
    let sides = [(Side { own: old, other: new }, false), (Side { own: new, other: old }, true)];
    let path = gate.path.as_ref().map(|(path, _)| &**path);
    let subject = |kind: &str, name: &str| {
        gate.subject.as_ref().is_none_or(|scope| {
            sides.iter().any(|(side, new)| side.subject(scope, kind, name, *new))
        })
    };
    let of_sessions = sessions.iter().filter(|row| {
        let entry = new.profile.permissions.iter().find(|entry| entry.path == row[6]);
        let target = gate.target.as_ref().is_none_or(|scope| {
            sides.iter().any(|(side, new)| side.target(scope, &row[2], &row[3], &row[4], *new))
        });
        path.is_none_or(|path| path == row[6])
            && target
            && subject(&row[0], &row[1])
            && directions(row)
                .iter()
                .any(|direction| denies(gate.deny, gate.path.is_some(), direction, entry, &row[8]))
    });
    let of_accounts = accounts.iter().filter(|row| {
        let entry = new.profile.settings.iter().find(|entry| entry.path == row[1]);
        let of_path = |path: &str| {
            path == row[1]
                || path == "session_policy"
                    && row[1].starts_with("session_policy")
                    && !row[1].contains('"')
                || row[1].strip_suffix(" allows") == Some(path)
        };
        let group = row[1].strip_suffix(" allows").unwrap_or(&row[1]);
        let of_target = |scope: &Scope| {
            scope.selector == Selector::JumpGroup
                && sides.iter().any(|(side, _)| {
                    let names = side.own.tables.jump_groups.iter().enumerate();
                    let mut meant = names.filter(|(at, _)| side.meant(scope, *at));
                    meant.any(|(_, found)| group == format!("jump group {}", quote(&found.name)))
                })
        };
        let another_role = gate.deny == Deny::Gained
            && row[1].starts_with("jump group ")
            && row[4] == "changed"
            && !row[1].ends_with(" allows")
            && same_jump_policy(old, new, row);
        gate.target.as_ref().is_none_or(of_target)
            && !another_role
            && path.is_none_or(of_path)
            && subject("user", &row[0])
            && denies(gate.deny, gate.path.is_some(), &row[4], entry, &row[3])
    });
    (of_sessions.count() + of_accounts.count()) as u64
}

#[test]
fn a_gate_denies_what_it_denies_cell_by_cell_and_row_by_row() {
    let hits = std::cell::Cell::new([0; 3]);
    for (old_profile, new_profile) in
        BUILTIN.map(|profile| (profile, profile)).into_iter().chain(UPGRADES)
    {
        let strategy = (revisions(old_profile, new_profile), any::<u64>(), 0..3u8);
        law(12, strategy, |((a, b), seed, renamed)| {
            let b = Plan { renamed: renamed == 0, ..b };
            let (old, new) = (ir(&workspace(&a)), ir(&workspace(&b)));
            let mut dice = Dice::of(seed, "gates");
            let asked: Vec<Gate> = (0..20)
                .map(|_| random_gate(&mut dice, &old, &new))
                .map(|text| {
                    gate::parse(&text)
                        .unwrap_or_else(|mistake| panic!("{text}: {}", mistake.message))
                })
                .collect();
            let (old_matrix, new_matrix) =
                (Arc::new(Matrix::new(&old)), Arc::new(Matrix::new(&new)));
            let diff = Diff::new(&old_matrix, &new_matrix);
            let gates = Gates::new(&diff, &asked);
            let (of_sessions, of_accounts) =
                (diff.session_counts(&gates).1, diff.account_counts(&gates).1);
            let (sessions, accounts) = diff_csv(&old, &new);
            let (sessions, accounts) = (rows(&sessions), rows(&accounts));
            let told = Rows::new(&diff);
            let of_rows: Vec<Vec<u64>> =
                (told.sessions.iter().map(|row| gates.of_session_row(&diff, row)))
                    .chain(told.accounts.iter().map(|row| gates.of_account_row(row)))
                    .collect();
            for (at, text) in gates.texts().enumerate() {
                let gate = gate::parse(&text).expect("canonical text");
                let expected = naive(&gate, &old, &new, (&sessions, &accounts));
                assert_eq!(
                    of_sessions[at] + of_accounts[at],
                    expected,
                    "{text}\nof {a:?}\nand {b:?}"
                );
                assert_eq!(
                    of_rows.iter().map(|hits| hits[at]).sum::<u64>(),
                    expected,
                    "rows by {text}"
                );
                let scopes =
                    usize::from(gate.target.is_some()) + usize::from(gate.subject.is_some());
                let mut seen = hits.get();
                seen[scopes] += u32::from(expected > 0);
                hits.set(seen);
            }
        });
    }
    // Gates that deny nothing would agree about everything.
    assert!(
        hits.get().iter().all(|&hits| hits > 10),
        "too few gates deny anything: {:?}",
        hits.get()
    );
}

/// Pieces that mean something in a gate.
const PIECES: [&str; 26] = [
    "gained",
    "any",
    "gaind",
    " ",
    "  ",
    "\t",
    "on ",
    "for ",
    "jump ",
    "group ",
    "policy ",
    "item ",
    "user ",
    "method ",
    "portal ",
    "shell",
    ".",
    "\"",
    "'",
    "\\",
    "\\u{41}",
    "\"a, b\" ",
    "'c' ",
    ",",
    "é",
    "\u{202e}",
];

#[test]
fn any_text_is_a_gate_that_reads_back_or_a_mistake_in_it() {
    law(2000, prop::collection::vec(0..PIECES.len(), 0..12), |pieces| {
        let text: String = pieces.iter().map(|&at| PIECES[at]).collect();
        assert_eq!(gate::split(&text).join(","), text);
        match gate::parse(&text) {
            Ok(gate) => {
                let canonical = gate.text();
                assert_eq!(gate::parse(&canonical).expect("canonical text").text(), canonical);
            }
            Err(mistake) => {
                assert!(
                    text.get(mistake.at.clone()).is_some(),
                    "{:?} is no place of {text:?}",
                    mistake.at
                );
                assert!(!mistake.message.is_empty() && !mistake.help.is_empty());
            }
        }
    });
}
