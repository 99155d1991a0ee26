//! Jump items, jump groups, jump item roles and portals.

use super::objects::Shown;
use super::{Kind, Page, UNUSED, places, unused};
use crate::ir::{
    Grants, JumpGroupId, JumpItem, JumpItemId, MemberRole, MembershipKey, Object, Portal, PortalId,
    Role, RoleId,
};
use crate::matrix::decided::PeopleAt;
use crate::matrix::{Matrix, TargetRef};
use crate::profile::Value;
use crate::report::people_text;
use crate::report::words::names::Namer;
use crate::text::number;
use std::collections::{BTreeMap, BTreeSet};

/// By jump item: the places where its sessions begin.
fn entrances_by_item(matrix: &Matrix) -> Vec<BTreeSet<u32>> {
    let mut found = vec![BTreeSet::new(); matrix.ir.tables.jump_items.len()];
    for (endpoint, class) in &matrix.endpoints {
        if let TargetRef::JumpItem(id) = endpoint.target {
            found[id.index()].insert(matrix.entrance(*class));
        }
    }
    found
}

/// By jump item: how many people have sessions with it.
fn people_by_item(matrix: &Matrix) -> Vec<u64> {
    let mut people = PeopleAt::new(matrix);
    let items = entrances_by_item(matrix).into_iter();
    items.map(|entrances| people.count(matrix, entrances)).collect()
}

/// By jump group: how many people have sessions with some of its items.
fn people_by_group(matrix: &Matrix) -> Vec<u64> {
    let mut entrances = vec![BTreeSet::new(); matrix.ir.tables.jump_groups.len()];
    for (item, more) in matrix.ir.tables.jump_items.iter().zip(entrances_by_item(matrix)) {
        if let Some(group) = item.group {
            entrances[group.index()].extend(more);
        }
    }
    let mut people = PeopleAt::new(matrix);
    entrances.into_iter().map(|entrances| people.count(matrix, entrances)).collect()
}

fn group_name(matrix: &Matrix, item: &JumpItem) -> Option<String> {
    item.group.map(|id| matrix.ir.tables.jump_groups[id.index()].name.clone())
}

pub(super) fn kind(matrix: &Matrix, item: &JumpItem) -> String {
    matrix.ir.profile.methods[item.method].label.clone()
}

pub(super) fn jump_items(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let people = people_by_item(matrix);
    let row = |(item, people): (&JumpItem, &u64)| {
        vec![
            item.object.name.clone(),
            kind(matrix, item),
            group_name(matrix, item).unwrap_or_default(),
            item.tag.as_deref().unwrap_or_default().to_owned(),
            number(*people),
        ]
    };
    let rows = matrix.ir.tables.jump_items.iter().zip(&people).map(row).collect();
    (vec!["name", "kind", "jump group", "tag", "people"], rows)
}

pub(super) fn jump_item_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let items = matrix.ir.tables.jump_items.iter().zip(0..);
    let wanted = items.filter(|(item, _)| item.object.name == name);
    wanted.map(|(item, at)| jump_item_page(matrix, item, JumpItemId(at))).collect()
}

fn jump_item_page(matrix: &Matrix, item: &JumpItem, id: JumpItemId) -> Page {
    let ir = &matrix.ir;
    let mut page = Page::of(matrix, Kind::JumpItem, &item.object);
    page.fact("kind", Some(kind(matrix, item)));
    page.fact("jump group", group_name(matrix, item));
    let owner = item.owner.map(|(owner, _)| ir.tables.users[owner.index()].object.name.clone());
    page.fact("owner", owner);
    let policy = item.jump_policy.map(|id| ir.tables.jump_policies[id.index()].name.clone());
    page.fact("jump policy", policy);
    page.fact("tag", item.tag.as_deref());
    page.fact("comments", item.comments.as_deref());
    let portal = item.portal.map(|id| ir.tables.portals[id.index()].object.name.clone());
    page.fact("portal", portal);
    let labels = match item.session_policy[1] {
        Some(_) => ["session policy, present", "session policy, absent"],
        None => ["session policy", ""],
    };
    for (label, assignment) in labels.into_iter().zip(&*item.session_policy) {
        page.fact(label, assignment.as_ref().map(|found| ir.assignment_text(found)));
    }
    let mut names = Namer::subjects(matrix);
    let mut rows = Vec::new();
    for (endpoint, class) in &matrix.endpoints {
        if endpoint.target != TargetRef::JumpItem(id) {
            continue;
        }
        let presence = crate::matrix::parties::presence_text(endpoint.present);
        let mut by_start: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for subject in 0..matrix.subject_classes.len() as u32 {
            if matrix.has_sessions(subject, *class) {
                let start = matrix.start(subject, *class);
                let start = matrix.starts.as_ref().map(|starts| starts.text(start));
                by_start.entry(start.unwrap_or_default()).or_default().push(subject);
            }
        }
        for (start, classes) in by_start {
            let people = names.members(&classes).len() as u64;
            let who = names.describe(&classes);
            rows.push(vec![start, presence.to_owned(), people_text(people), who]);
        }
    }
    page.table("can be started by", &["start", "presence", "people", "who"], rows);
    page
}

/// The lines that give memberships in jump groups and roles: the kind and the name of what has
/// them.
pub(super) fn all_grants(matrix: &Matrix) -> impl Iterator<Item = (&'static str, &str, &Grants)> {
    let tables = &matrix.ir.tables;
    let policies = tables.group_policies.iter();
    let policies = policies.map(|group| ("group policy", &*group.object.name, &*group.grants));
    let embassies = tables.embassies.iter();
    let embassies = embassies.map(|group| ("embassy", &*group.object.name, &*group.grants));
    let users = tables.users.iter();
    let users = users.map(|user| ("user", &*user.object.name, &*user.grants));
    policies.chain(embassies).chain(users)
}

/// Who gives memberships in a jump group.
fn memberships(matrix: &Matrix, id: JumpGroupId) -> Vec<Vec<String>> {
    places::lines(matrix, |key, _| key == MembershipKey::JumpGroup(id))
}

pub(super) fn jump_groups(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let people = people_by_group(matrix);
    let row = |(group, id): (&Object, u32)| {
        let items = matrix.ir.tables.jump_items.iter();
        let items = items.filter(|item| item.group == Some(JumpGroupId(id))).count();
        let memberships = memberships(matrix, JumpGroupId(id)).len();
        vec![
            group.name.clone(),
            number(items as u64),
            number(memberships as u64),
            number(people[id as usize]),
            unused(
                matrix,
                items == 0 && memberships == 0,
                Shown { kind: Kind::JumpGroup, at: id as usize, object: group },
            ),
        ]
    };
    let rows = matrix.ir.tables.jump_groups.iter().zip(0..).map(row).collect();
    (vec!["name", "jump items", "memberships", "people", UNUSED], rows)
}

pub(super) fn jump_group_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let groups = matrix.ir.tables.jump_groups.iter().zip(0..);
    let page = |(group, id): (&Object, u32)| {
        let mut page = Page::of(matrix, Kind::JumpGroup, group);
        page.table("memberships", &places::LINE_COLUMNS, memberships(matrix, JumpGroupId(id)));
        let people = people_by_item(matrix);
        let items = matrix.ir.tables.jump_items.iter().zip(people);
        let items = items.filter(|(item, _)| item.group == Some(JumpGroupId(id)));
        let rows = items.map(|(item, people)| {
            let tag = item.tag.clone().unwrap_or_default();
            vec![item.object.name.clone(), kind(matrix, item), tag.into(), number(people)]
        });
        page.table("jump items", &["name", "kind", "tag", "people"], rows.collect());
        page
    };
    groups.filter(|(group, _)| group.name == name).map(page).collect()
}

/// Where a role is used: kind, name, what has it, place.
fn role_uses(matrix: &Matrix, id: RoleId, name: &str) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let rows = all_grants(matrix).flat_map(|(kind, owner, grants)| {
        let memberships = grants.memberships.iter().filter(
            |line| matches!(line.role, MemberRole::JumpItemRole(Some(role), _) if role == id),
        );
        let memberships = memberships.map(|line| (ir.membership_text(line.key), line.span));
        let is_it = |value: &Value| matches!(value, Value::Role(Some(role)) if role == name);
        let settings = grants.settings.iter().filter(|line| is_it(ir.value(line.value)));
        let settings =
            settings.map(|line| (ir.profile.settings[line.entry as usize].path.clone(), line.span));
        let row = |(what, span)| vec![kind.to_owned(), owner.to_owned(), what, ir.location(span)];
        memberships.chain(settings).map(row).collect::<Vec<_>>()
    });
    rows.collect()
}

pub(super) fn roles(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let row = |(role, id): (&Role, u32)| {
        let uses = role_uses(matrix, RoleId(id), &role.object.name).len();
        vec![
            role.object.name.clone(),
            matrix.ir.allows_text(RoleId(id)),
            number(uses as u64),
            unused(
                matrix,
                uses == 0,
                Shown { kind: Kind::Role, at: id as usize, object: &role.object },
            ),
        ]
    };
    let rows = matrix.ir.tables.roles.iter().zip(0..).map(row).collect();
    (vec!["name", "allows", "uses", UNUSED], rows)
}

pub(super) fn role_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let roles = matrix.ir.tables.roles.iter().zip(0..);
    let page = |(role, id): (&Role, u32)| {
        let mut page = Page::of(matrix, Kind::Role, &role.object);
        page.fact("allows", Some(matrix.ir.allows_text(RoleId(id))));
        let columns = ["kind", "name", "what", "at"];
        page.table("used by", &columns, role_uses(matrix, RoleId(id), name));
        page
    };
    roles.filter(|(role, _)| role.object.name == name).map(page).collect()
}

fn items_of(matrix: &Matrix, id: PortalId, portal: &Portal) -> Vec<Vec<String>> {
    let items = matrix.ir.tables.jump_items.iter();
    let is_of =
        |item: &&JumpItem| item.portal == Some(id) || item.portal.is_none() && portal.is_default;
    let row = |item: &JumpItem| vec![item.object.name.clone(), kind(matrix, item)];
    items.filter(is_of).map(row).collect()
}

pub(super) fn portals(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let ir = &matrix.ir;
    let row = |(portal, id): (&Portal, u32)| {
        let policy = portal.session_policy.map(|found| ir.assignment_text(&found));
        vec![
            portal.object.name.clone(),
            if portal.is_default { "yes".to_owned() } else { String::new() },
            policy.unwrap_or_default(),
            number(items_of(matrix, PortalId(id), portal).len() as u64),
        ]
    };
    let rows = ir.tables.portals.iter().zip(0..).map(row).collect();
    (vec!["name", "default", "session policy", "jump items"], rows)
}

pub(super) fn portal_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let ir = &matrix.ir;
    let portals = ir.tables.portals.iter().zip(0..);
    let page = |(portal, id): (&Portal, u32)| {
        let mut page = Page::of(matrix, Kind::Portal, &portal.object);
        page.fact("default", portal.is_default.then_some("yes"));
        let policy = portal
            .session_policy
            .map(|found| format!("{}, at {}", ir.assignment_text(&found), ir.location(found.span)));
        page.fact("session policy", policy);
        let items = items_of(matrix, PortalId(id), portal);
        page.table("jump items", &["name", "kind"], items);
        page
    };
    portals.filter(|(portal, _)| portal.object.name == name).map(page).collect()
}
