//! Group policies and embassies: who is in them, and what they give and to whom.

use super::objects::Shown;
use super::{Kind, Page, UNUSED, date, final_word, unused};
use crate::ir::{EmbassyId, Grants, Group, GroupPolicyId, UserId};
use crate::matrix::{Matrix, Source};
use crate::semantics::members::members;
use crate::text::{count, number};
use std::collections::BTreeSet;

fn members_of(matrix: &Matrix, group: &Group) -> BTreeSet<UserId> {
    members(&matrix.ir.tables, group).collect()
}

fn lines(grants: &Grants) -> usize {
    grants.settings.len()
        + grants.memberships.len()
        + grants.session_policy.iter().flatten().count()
        + usize::from(grants.memberships_unknown.is_some())
}

pub(super) fn list(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let row = |(at, group): (usize, &Group)| {
        let mut row = row(matrix, Kind::GroupPolicy, at, group);
        row.insert(1, number(at as u64 + 1));
        row
    };
    let rows = matrix.ir.tables.group_policies.iter().enumerate().map(row).collect();
    (vec!["name", "position", "members", "lines", UNUSED], rows)
}

pub(super) fn embassies(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let all = matrix.ir.tables.embassies.iter().enumerate();
    let rows = all.map(|(at, group)| row(matrix, Kind::Embassy, at, group)).collect();
    (vec!["name", "members", "lines", UNUSED], rows)
}

fn row(matrix: &Matrix, kind: Kind, at: usize, group: &Group) -> Vec<String> {
    let members = members_of(matrix, group).len();
    let lines = lines(&group.grants);
    // A directory group without members here may have some tomorrow.
    let listed = &group.members;
    let lists_nobody = listed.users.is_empty() && listed.directory_groups.is_empty();
    let is_unused = lists_nobody || lines == 0;
    vec![
        group.object.name.clone(),
        number(members as u64),
        number(lines as u64),
        unused(matrix, is_unused, Shown { kind, at, object: &group.object }),
    ]
}

pub(super) fn pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let groups = matrix.ir.tables.group_policies.iter().zip(0..);
    let wanted = groups.filter(|(group, _)| group.object.name == name);
    wanted.map(|(group, at)| page(matrix, GroupPolicyId(at), group)).collect()
}

pub(super) fn embassy_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let groups = matrix.ir.tables.embassies.iter().zip(0..);
    let wanted = groups.filter(|(group, _)| group.object.name == name);
    let page = |(group, at): (&Group, u32)| {
        let page = Page::of(matrix, Kind::Embassy, &group.object);
        with_members(matrix, page, Source::Embassy(EmbassyId(at)), group)
    };
    wanted.map(page).collect()
}

fn page(matrix: &Matrix, id: GroupPolicyId, group: &Group) -> Page {
    let mut page = Page::of(matrix, Kind::GroupPolicy, &group.object);
    let all = number(matrix.ir.tables.group_policies.len() as u64);
    let position = format!("{} of {all}, from the top", number(id.index() as u64 + 1));
    page.fact("position", Some(position));
    with_members(matrix, page, Source::GroupPolicy(id), group)
}

/// A page with who is in a group, and what it gives them.
fn with_members(matrix: &Matrix, mut page: Page, own: Source, group: &Group) -> Page {
    let users = members_of(matrix, group);
    page.fact("members", Some(count(users.len() as u64, "user")));
    page.table("members", &["user", "through", "until", "at"], member_rows(matrix, group));
    let columns = ["what", "value", "final", "until", "decides for", "overrides below for", "at"];
    page.table("gives", &columns, gives(matrix, own, group, &users));
    page
}

/// The members by each way in which they are in a group policy.
fn member_rows(matrix: &Matrix, group: &Group) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let name = |user: &UserId| ir.tables.users[user.index()].object.name.clone();
    let members = &group.members;
    let direct = members.users.iter().map(|(user, span)| {
        let until = members.users_until.iter().find(|(dated, _)| dated == user);
        let until = date(until.map(|(_, until)| until));
        vec![name(user), String::new(), until, ir.location(*span)]
    });
    let through = members.directory_groups.iter().flat_map(|(id, span)| {
        let directory = &ir.tables.directory_groups[id.index()];
        let until = members.directory_groups_until.iter().find(|(dated, _)| dated == id);
        let until = date(until.map(|(_, until)| until));
        let row = move |(user, _): &(UserId, _)| {
            vec![name(user), directory.object.name.clone(), until.clone(), ir.location(*span)]
        };
        directory.members.iter().map(row).collect::<Vec<_>>()
    });
    let mut rows: Vec<Vec<String>> = direct.chain(through).collect();
    rows.sort();
    rows
}

/// What each line gives, for how many members it decides, and for how many it overrides a group
/// policy below.
fn gives(
    matrix: &Matrix,
    own: Source,
    group: &Group,
    users: &BTreeSet<UserId>,
) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let decides = |is_own: &dyn Fn(UserId) -> bool| {
        number(users.iter().filter(|user| is_own(**user)).count() as u64)
    };
    // Group policies below, of a member, that set the same. Nothing is below an embassy.
    let overrides = |is_final: bool, sets: &dyn Fn(&Grants) -> bool| {
        let Source::GroupPolicy(id) = own else { return String::new() };
        let below = |user: &&UserId| {
            let policies = &matrix.accounts.class(**user).groups.policies;
            policies
                .iter()
                .any(|other| *other > id && sets(&ir.tables.group_policies[other.index()].grants))
        };
        match is_final {
            true => number(users.iter().filter(below).count() as u64),
            false => String::new(),
        }
    };
    let mut rows = Vec::new();
    let grants = &group.grants;
    for (slot, assignment) in grants.session_policy.iter().enumerate() {
        let Some(assignment) = assignment else { continue };
        rows.push(vec![
            ir.profile.slot_path(slot).to_owned(),
            ir.assignment_text(assignment),
            final_word(assignment.is_final),
            String::new(),
            decides(&|user| matrix.accounts.session_policy(user, slot).source == own),
            overrides(assignment.is_final, &|other| other.session_policy[slot].is_some()),
            ir.location(assignment.span),
        ]);
    }
    for line in &grants.settings {
        let at = line.entry as usize;
        let entry = &ir.profile.settings[at];
        rows.push(vec![
            entry.path.clone(),
            entry.ty.text(ir.value(line.value)),
            final_word(line.is_final),
            String::new(),
            decides(&|user| matrix.accounts.setting(user, at).source == own),
            overrides(line.is_final, &|other| other.setting(at).is_some()),
            ir.location(line.span),
        ]);
    }
    for line in &grants.memberships {
        let is_it = |found: &(Source, crate::ir::Membership)| found.1.key == line.key;
        rows.push(vec![
            ir.membership_text(line.key),
            ir.member_role_text(line.role),
            final_word(line.is_final),
            date(line.until.as_ref()),
            decides(&|user| {
                let memberships = matrix.accounts.memberships(user);
                memberships.iter().find(|found| is_it(found)).is_some_and(|found| found.0 == own)
            }),
            overrides(line.is_final, &|other| {
                other.memberships.iter().any(|found| found.key == line.key)
            }),
            ir.location(line.span),
        ]);
    }
    if let Some(span) = grants.memberships_unknown {
        let rest = ["memberships", "unknown", "", "", "", ""].map(str::to_owned);
        rows.push(rest.into_iter().chain([ir.location(span)]).collect());
    }
    rows
}
