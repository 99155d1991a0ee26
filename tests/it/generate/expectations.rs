//! Random policy tests about a workspace that is there: narrow and broad ones, true ones and false
//! ones.

use crate::dice::Dice;
use crate::support::{accounts_csv, rows, sessions_csv};
use precedent::ir::Ir;
use precedent::text::quote;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A file of tests of permissions and settings. Each is made around one cell of the matrix, so that
/// many of them hold.
pub fn tests(ir: &Arc<Ir>, seed: u64, count: usize) -> String {
    let mut sessions = rows(&sessions_csv(ir));
    sessions.retain(|row| row[6] != "start");
    written(ir, sessions, "generated", seed, count)
}

/// The same with expectations about `start`, alone and beside others. The IR is one whose sessions
/// are all pairs.
pub fn with_start(ir: &Arc<Ir>, seed: u64, count: usize) -> String {
    written(ir, rows(&sessions_csv(ir)), "generated start", seed, count)
}

fn written(
    ir: &Arc<Ir>,
    sessions: Vec<Vec<String>>,
    name: &str,
    seed: u64,
    count: usize,
) -> String {
    let mut accounts = rows(&accounts_csv(ir));
    // What a role allows cannot be expected.
    accounts.retain(|row| !row[1].ends_with(" allows"));
    let mut dice = Dice::of(seed, "expectations");
    let mut out = String::new();
    for number in 0..count {
        let lines = match (sessions.is_empty(), accounts.is_empty()) {
            (true, true) => break,
            (no_sessions, no_accounts) if no_sessions || !no_accounts && dice.chance(30) => {
                of_account(ir, &accounts, &mut dice)
            }
            _ => of_sessions(ir, &sessions, &accounts, &mut dice),
        };
        out += &format!(
            "test \"{name} {number}\" {{\n{}}}\n",
            lines.iter().map(|line| format!("  {line}\n")).collect::<String>()
        );
    }
    out
}

/// Conditions on users, some of which the user meets.
fn of_user(ir: &Arc<Ir>, user: &str, dice: &mut Dice) -> Vec<String> {
    let mut lines = Vec::new();
    if dice.chance(40) {
        lines.push(format!("when user == {}", quote(user)));
    }
    let groups = ir.tables.group_policies.iter().map(|group| ("group policy", &group.object.name));
    let directory =
        ir.tables.directory_groups.iter().map(|group| ("directory group", &group.object.name));
    let teams = ir.tables.teams.iter().map(|team| ("team", &team.name));
    for (kind, name) in groups.chain(directory).chain(teams) {
        if dice.chance(10) {
            lines.push(format!(
                "when user {} {kind} {}",
                ["in", "not in"][dice.below(2)],
                quote(name)
            ));
        }
    }
    lines
}

fn of_sessions(
    ir: &Arc<Ir>,
    sessions: &[Vec<String>],
    accounts: &[Vec<String>],
    dice: &mut Dice,
) -> Vec<String> {
    let first = dice.below(sessions.len());
    let [kind, subject, method, target_kind, target, presence] = &sessions[first][..6] else {
        return Vec::new();
    };
    let mut lines = match &**kind {
        "user" => of_user(ir, subject, dice),
        _ if dice.chance(60) => vec![format!("when invite == {}", quote(subject))],
        _ => Vec::new(),
    };
    let target_is = format!("when {} == {}", target_kind.replace('_', " "), quote(target));
    lines.extend(dice.chance(40).then_some(target_is));
    lines.extend(dice.chance(30).then(|| format!("when method == {method}")));
    lines.extend(
        (!presence.is_empty() && dice.chance(30)).then(|| format!("when presence == {presence}")),
    );
    for group in &ir.tables.jump_groups {
        let is = ["in", "not in"][dice.below(2)];
        lines.extend(
            dice.chance(10)
                .then(|| format!("when jump item {is} jump group {}", quote(&group.name))),
        );
    }
    let tags = ir.tables.jump_items.iter().filter_map(|item| item.tag.as_deref());
    for tag in tags.collect::<BTreeSet<_>>() {
        let is = ["==", "!="][dice.below(2)];
        lines.extend(dice.chance(10).then(|| format!("when tag {is} {}", quote(tag))));
    }
    let same = |row: &&Vec<String>| row[..6] == sessions[first][..6];
    let cells: Vec<&Vec<String>> = sessions.iter().filter(same).collect();
    let start = cells.iter().find(|row| row[6] == "start").copied();
    for _ in 0..1 + dice.below(4) {
        let cell = match start {
            Some(start) if dice.chance(50) => start,
            _ => cells[dice.below(cells.len())],
        };
        if cell[6] == "start" {
            lines.push(of_start(ir, cell, sessions, dice));
            continue;
        }
        let (path, value, layer, policy) = (&cell[6], &cell[7], &cell[8], &cell[9]);
        let named = !["", "custom", "global default"].contains(&&**policy);
        let chosen =
            accounts.iter().find(|row| row[0] == *subject && row[1].starts_with("session_policy"));
        let from = match (dice.below(6), chosen) {
            (0, _) => format!(" from {layer}"),
            (1, _) if named => format!(" from session policy {}", quote(policy)),
            (2, Some(chosen)) if chosen[3] == "group_policy" && !chosen[4].is_empty() => {
                format!(" from group policy {}", quote(&chosen[4]))
            }
            _ => String::new(),
        };
        lines.push(format!("expect {path} {}{from}", operation(value, sessions, path, 6, dice)));
    }
    lines
}

/// What a cell of `start` meets.
fn of_start(ir: &Arc<Ir>, cell: &[String], sessions: &[Vec<String>], dice: &mut Dice) -> String {
    let (value, layer, policy) = (&cell[7], &cell[8], &cell[9]);
    let is_group = ir.tables.group_policies.iter().any(|group| group.object.name == *policy);
    let from = match dice.below(4) {
        0 => format!(" from {layer}"),
        1 if is_group => format!(" from group policy {}", quote(policy)),
        _ => String::new(),
    };
    // An unknown value has no order, and names of jump policies stand in no list.
    let ordered = value != "unknown" && dice.chance(30);
    let operation = match ordered {
        true => format!("{} {value}", ["<=", ">="][dice.below(2)]),
        false => operation(value, sessions, "start", 6, dice),
    };
    match operation.contains(" [") && operation.contains("with ") {
        true => format!("expect start == {value}{from}"),
        false => format!("expect start {operation}{from}"),
    }
}

fn of_account(ir: &Arc<Ir>, accounts: &[Vec<String>], dice: &mut Dice) -> Vec<String> {
    let settings: Vec<&Vec<String>> = accounts.iter().filter(|row| !row[1].contains('"')).collect();
    let row = settings[dice.below(settings.len())];
    let from = match (&*row[3], dice.chance(30)) {
        // A guessed order decides without any of them.
        ("group_policy", true) if !row[4].is_empty() => {
            format!(" from group policy {}", quote(&row[4]))
        }
        (source @ ("user" | "profile"), true) => format!(" from {source}"),
        _ => String::new(),
    };
    let mut lines = of_user(ir, &row[0], dice);
    lines.push(format!(
        "expect {} {}{from}",
        row[1],
        operation(&row[2], accounts, &row[1], 1, dice)
    ));
    lines
}

/// What a cell meets: `== value`, one of several, or none of others.
fn operation(
    value: &str,
    rows: &[Vec<String>],
    path: &str,
    column: usize,
    dice: &mut Dice,
) -> String {
    let others: Vec<&str> =
        rows.iter().filter(|row| row[column] == path).map(|row| &*row[column + 1]).collect();
    let other = others[dice.below(others.len())];
    match dice.below(5) {
        // A list takes no `not defined`.
        0 if ![value, other].contains(&"not defined") => format!("in [{value}, {other}]"),
        1 if other != value => format!("!= {other}"),
        _ => format!("== {value}"),
    }
}
