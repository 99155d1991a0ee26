//! What the order of group policies decides: what a swap of two neighbours would change, and what
//! would change without each `final`.

use super::{Repair, Workshop};
use crate::ir::{Ir, MembershipKey, Tables};
use crate::parallel;
use crate::report::Style;
use crate::semantics::members::members;
use crate::text::layout::{Cell, Table};
use crate::text::{count, escape_control_chars, quote};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the order decides.
#[derive(Debug)]
pub struct OrderReport {
    /// From top to bottom.
    pub swaps: Vec<Swap>,
    /// In the order of the group policies.
    pub finals: Vec<Final>,
}

/// Two neighbours in the order.
#[derive(Debug)]
pub struct Swap {
    /// The one that stands above.
    pub above: String,
    /// The one that stands below.
    pub below: String,
    /// How many users are members of both.
    pub in_both: usize,
    /// What changes if they are swapped; `None` for nothing at all.
    pub change: Option<Repair>,
}

/// A `final` line.
#[derive(Debug)]
pub struct Final {
    /// Its group policy.
    pub group_policy: String,
    /// What it sets: a path, or a membership.
    pub sets: String,
    /// `FILE:LINE`.
    pub location: String,
    /// How many members it binds.
    pub members: usize,
    /// What changes if it is not final; `None` for nothing at all.
    pub change: Option<Repair>,
}

/// Tries each swap, and each `final` line without its `final`. `progress` is called with the number
/// of tries so far, and how many there will be.
pub fn order(workshop: &Workshop<'_>, progress: &dyn Fn(usize, usize)) -> OrderReport {
    let ir = &workshop.old.ir;
    let tables = &ir.tables;
    let of_group: Vec<BTreeSet<u32>> = tables
        .group_policies
        .iter()
        .map(|group| members(tables, group).map(|user| user.0).collect())
        .collect();
    let mut edits = Vec::new();
    let mut swaps = Vec::new();
    for (at, pair) in tables.group_policies.windows(2).enumerate() {
        let [above, below] = [&pair[0], &pair[1]].map(|group| group.object.name.clone());
        let in_both = of_group[at].intersection(&of_group[at + 1]).count();
        // Only the order of group policies that somebody is in decides anything.
        let edit = format!("move group policy {} below {}", quote(&above), quote(&below));
        edits.push((in_both > 0).then_some(edit));
        swaps.push(Swap { above, below, in_both, change: None });
    }
    let mut finals = Vec::new();
    for (group, users) in tables.group_policies.iter().zip(&of_group) {
        for (sets, span) in final_lines(ir, tables, &group.grants) {
            let name = group.object.name.clone();
            let edit = format!("unset group policy {} final {sets}", quote(&name));
            edits.push((!users.is_empty()).then_some(edit));
            let (location, members) = (ir.location(span), users.len());
            finals.push(Final { group_policy: name, sets, location, members, change: None });
        }
    }
    let mut changes = tried(workshop, edits, progress).into_iter();
    swaps.iter_mut().for_each(|swap| swap.change = changes.next().flatten());
    finals.iter_mut().for_each(|line| line.change = changes.next().flatten());
    OrderReport { swaps, finals }
}

/// What each edit changes; `None` for nothing.
fn tried(
    workshop: &Workshop<'_>,
    edits: Vec<Option<String>>,
    progress: &dyn Fn(usize, usize),
) -> Vec<Option<Repair>> {
    let all = edits.len();
    let mut found = Vec::with_capacity(all);
    for portion in edits.chunks(16) {
        progress(found.len(), all);
        found.extend(parallel::map(portion.to_vec(), |edit| {
            let trial = workshop.attempt(&[edit?])?;
            let repair = Repair::new(&trial, workshop, 0);
            (repair.others > 0 || !repair.broken.is_empty()).then_some(repair)
        }));
    }
    found
}

/// What the final lines of a group policy set, each with its place.
fn final_lines(
    ir: &Ir,
    tables: &Tables,
    grants: &crate::ir::Grants,
) -> Vec<(String, crate::source::Span)> {
    let mut lines = Vec::new();
    for line in grants.settings.iter().filter(|line| line.is_final) {
        lines.push((ir.profile.settings[line.entry as usize].path.clone(), line.span));
    }
    for (slot, assignment) in grants.session_policy.iter().enumerate() {
        if let Some(assignment) = assignment.filter(|assignment| assignment.is_final) {
            let is_both = grants.session_policy.iter().flatten().count() == 2
                && grants.session_policy[0].map(|one| one.span)
                    == grants.session_policy[1].map(|one| one.span);
            match is_both {
                true if slot == 1 => {}
                true => lines.push(("session_policy".to_owned(), assignment.span)),
                false => lines.push((ir.profile.slot_path(slot).to_owned(), assignment.span)),
            }
        }
    }
    for membership in grants.memberships.iter().filter(|membership| membership.is_final) {
        let words = membership.key.kind().words();
        let name = &name_of(tables, membership.key);
        lines.push((format!("{words} {}", quote(name)), membership.span));
    }
    lines.sort_by_key(|(_, span)| *span);
    lines
}

fn name_of(tables: &Tables, key: MembershipKey) -> String {
    let objects = tables.objects(key.kind().declaration());
    objects.get(key.index()).map(|object| object.name.clone()).unwrap_or_default()
}

/// The report as text.
pub fn order_text(report: &OrderReport, style: Style) -> String {
    let mut out = format!("{}\n", style.bold("order of group policies: what a swap would change"));
    let mut table = Table::new(3, style.width);
    let name = |name: &str| Cell::new(escape_control_chars(&quote(name)).into_owned());
    for swap in &report.swaps {
        let change = match (&swap.change, swap.in_both) {
            (Some(change), _) => super::text::change(change),
            (None, 0) => "nothing: nobody is in both".to_owned(),
            (None, _) => "nothing".to_owned(),
        };
        let both = count(swap.in_both as u64, "member");
        table.row(vec![
            name(&swap.above),
            Cell::new("↔"),
            name(&swap.below),
            Cell::new(format!("{both} in both")),
            Cell::new(change),
        ]);
    }
    table.render(&mut out);
    if report.swaps.is_empty() {
        out.push_str("   there are no two group policies\n");
    }
    out.push_str(&format!("\n{}\n", style.bold("final lines: what would change without `final`")));
    let mut table = Table::new(3, style.width);
    for line in &report.finals {
        let change = line.change.as_ref().map_or("nothing".to_owned(), super::text::change);
        table.row(vec![
            name(&line.group_policy),
            Cell::new(escape_control_chars(&line.sets).into_owned()),
            Cell::new(count(line.members as u64, "member")),
            Cell::painted(escape_control_chars(&line.location).into_owned(), |text| {
                style.dim(text)
            }),
            Cell::new(change),
        ]);
    }
    table.render(&mut out);
    if report.finals.is_empty() {
        out.push_str("   no line is final\n");
    }
    out
}

/// The report as JSON: `precedent-order/1`.
pub fn order_json(report: &OrderReport) -> Value {
    let change = |change: &Option<Repair>| change.as_ref().map(super::json::change);
    let swaps = report.swaps.iter().map(|swap| {
        json!({
            "above": swap.above,
            "below": swap.below,
            "in_both": swap.in_both,
            "change": change(&swap.change),
        })
    });
    let finals = report.finals.iter().map(|line| {
        json!({
            "group_policy": line.group_policy,
            "sets": line.sets,
            "location": line.location,
            "members": line.members,
            "change": change(&line.change),
        })
    });
    json!({
        "schema": "precedent-order/1",
        "swaps": swaps.collect::<Vec<_>>(),
        "finals": finals.collect::<Vec<_>>(),
    })
}
