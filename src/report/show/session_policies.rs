//! Session policies: where they are assigned, and what they decide.

use super::objects::Shown;
use super::{Kind, Page, UNUSED, final_word, of_all, unused};
use crate::ir::{Assignment, Policy, PolicyId, PolicyKind};
use crate::matrix::Matrix;
use crate::matrix::decided::{Decided, decided};
use crate::report::people_text;
use crate::text::{count, number, quote};

/// An assignment of a policy: the kind and the name of what has it, the path, and the line.
struct Use<'m> {
    kind: &'static str,
    name: &'m str,
    path: &'static str,
    assignment: Assignment,
}

/// All assignments, by what has them.
fn uses(matrix: &Matrix) -> Vec<Use<'_>> {
    let (tables, profile) = (&matrix.ir.tables, &matrix.ir.profile);
    let mut found = Vec::new();
    let mut slots = |kind, name, slots: &[Option<Assignment>; 2]| {
        for (slot, assignment) in slots.iter().enumerate() {
            found.extend(assignment.map(|assignment| Use {
                kind,
                name,
                path: profile.slot_path(slot),
                assignment,
            }));
        }
    };
    for group in &tables.group_policies {
        slots("group policy", &*group.object.name, &group.grants.session_policy);
    }
    for group in &tables.embassies {
        slots("embassy", &*group.object.name, &group.grants.session_policy);
    }
    for user in &tables.users {
        slots("user", &*user.object.name, &user.grants.session_policy);
    }
    let whole = "session_policy";
    for item in &tables.jump_items {
        let [present, absent] = *item.session_policy;
        let name = &*item.object.name;
        let of = |assignment: Assignment, path| Use { kind: "jump item", name, path, assignment };
        let path = if absent.is_some() { "session_policy.present" } else { whole };
        found.extend(present.map(|assignment| of(assignment, path)));
        found.extend(absent.map(|assignment| of(assignment, "session_policy.absent")));
    }
    for portal in &tables.portals {
        let name = &*portal.object.name;
        let of = |assignment| Use { kind: "portal", name, path: whole, assignment };
        found.extend(portal.session_policy.map(of));
    }
    for invite in &tables.invites {
        let (name, assignment) = (&*invite.object.name, invite.session_policy);
        found.push(Use { kind: "invite", name, path: whole, assignment });
    }
    found
}

/// Named policies, and the global default: by name and id.
pub(super) fn named(matrix: &Matrix) -> Vec<PolicyId> {
    let all = (0..matrix.ir.tables.policies.len() as u32).map(PolicyId);
    let is_shown = |id: &PolicyId| {
        matches!(matrix.ir.policy(*id).kind, PolicyKind::Named | PolicyKind::GlobalDefault)
    };
    all.filter(is_shown).collect()
}

fn copies(matrix: &Matrix, of: PolicyId) -> Vec<&str> {
    let policies = matrix.ir.tables.policies.iter();
    let copies = policies.filter(|policy| policy.like.is_some_and(|(base, _)| base == of));
    copies.map(|policy| &*policy.object.name).collect()
}

pub(super) fn list(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let policies = named(matrix);
    let uses = uses(matrix);
    let row = |(id, found): (&PolicyId, Decided)| {
        let policy = matrix.ir.policy(*id);
        let places = uses.iter().filter(|found| found.assignment.policy == Some(*id)).count();
        let copies = copies(matrix, *id).len();
        let shown = Shown { kind: Kind::SessionPolicy, at: id.index(), object: &policy.object };
        let is_unused = policy.kind == PolicyKind::Named && places + copies == 0;
        vec![
            policy.object.name.clone(),
            number(places as u64),
            number(copies as u64),
            number(found.people),
            number(found.targets),
            number(found.sessions),
            unused(matrix, is_unused, shown),
        ]
    };
    let rows = policies.iter().zip(decided(matrix, &policies)).map(row).collect();
    let columns = ["name", "assigned", "copies", "people", "targets", "sessions", UNUSED];
    (columns.to_vec(), rows)
}

pub(super) fn pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let wanted = named(matrix).into_iter();
    let wanted = wanted.filter(|id| matrix.ir.policy(*id).object.name == name);
    wanted.map(|id| page(matrix, id)).collect()
}

fn page(matrix: &Matrix, id: PolicyId) -> Page {
    let ir = &matrix.ir;
    let policy = ir.policy(id);
    let found = decided(matrix, &[id]).pop().unwrap_or_default();
    let mut page = Page::of(matrix, Kind::SessionPolicy, &policy.object);
    if policy.kind == PolicyKind::Named {
        page.fact("available to", Some(available(policy)));
    }
    let base = policy.like.map(|(base, _)| quote(&ir.policy(base).object.name));
    page.fact("copy of", base);
    let copies = copies(matrix, id);
    let copies: Vec<String> = copies.into_iter().map(quote).collect();
    page.fact("copies", (!copies.is_empty()).then(|| copies.join(", ")));
    let sessions = of_all(found.sessions, matrix.sessions(), "session");
    let people = people_text(found.people);
    let targets = count(found.targets, "target");
    page.fact("decides in", Some(format!("{sessions}: {people}, {targets}")));
    let uses = uses(matrix);
    let uses = uses.iter().filter(|found| found.assignment.policy == Some(id));
    let row = |found: &Use<'_>| {
        vec![
            found.kind.to_owned(),
            found.name.to_owned(),
            found.path.to_owned(),
            final_word(found.assignment.is_final),
            ir.location(found.assignment.span),
        ]
    };
    let columns = ["kind", "name", "as", "final", "at"];
    page.table("assigned to", &columns, uses.map(row).collect());
    let lines = policy.definitions.iter().map(|line| {
        let entry = &ir.profile.permissions[line.entry as usize];
        let sessions = found.lines[line.entry as usize];
        vec![
            entry.path.clone(),
            entry.ty.text(ir.value(line.value)),
            if sessions == 0 { "never".to_owned() } else { number(sessions) },
            ir.location(line.span),
        ]
    });
    let columns = ["permission", "value", "sessions that it decides", "at"];
    page.table("lines", &columns, lines.collect());
    page
}

fn available(policy: &Policy) -> String {
    let available = policy.available;
    let to = [
        (available.users, "users and group policies"),
        (available.invites, "invites"),
        (available.jump_items, "jump items"),
    ];
    let to: Vec<&str> = to.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    if to.is_empty() { "nothing".to_owned() } else { to.join(", ") }
}
