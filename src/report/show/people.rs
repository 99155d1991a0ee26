//! Users and directory groups.

use super::objects::Shown;
use super::{Kind, Page, UNUSED, date, of_all, unused};
use crate::ir::{Deadline, DirectoryGroup, DirectoryGroupId, Grants, Group, User, UserId};
use crate::matrix::{Matrix, Source, StartValue, SubjectRef, TargetRef};
use crate::report::matrix::accounts::{self, AccountLine};
use crate::report::words::decider::source;
use crate::text::{count, number, quote};
use std::collections::{BTreeMap, BTreeSet};

/// By class of subjects: how many sessions each of its members has.
pub(super) fn sessions_by_class(matrix: &Matrix) -> Vec<u64> {
    let mut endpoints_at = vec![0; matrix.entrances()];
    for (class, at) in matrix.endpoint_classes.iter().zip(0..) {
        endpoints_at[matrix.entrance(at) as usize] += class.members.len() as u64;
    }
    let of_class = |class: u32| {
        let row = matrix.start_row(class).into_iter().zip(&endpoints_at);
        let begins = |start: StartValue| matrix.all_pairs || start != StartValue::Deny;
        row.filter(|(start, _)| begins(*start)).map(|(_, endpoints)| endpoints).sum()
    };
    (0..matrix.subject_classes.len() as u32).map(of_class).collect()
}

fn class_of(matrix: &Matrix, user: UserId) -> u32 {
    // Subjects are the invites by name, then the users by name.
    matrix.subjects[matrix.ir.tables.invites.len() + user.index()].1
}

pub(super) fn users(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let sessions = sessions_by_class(matrix);
    let row = |(user, id): (&User, u32)| {
        let groups = &matrix.accounts.class(UserId(id)).groups;
        let embassy = groups.embassy.map(|at| &matrix.ir.tables.embassies[at.index()].object.name);
        let expires = user.expires.map(|until| until.0.to_string());
        vec![
            user.object.name.clone(),
            user.display_name.as_deref().unwrap_or_default().to_owned(),
            number(groups.policies.len() as u64),
            embassy.cloned().unwrap_or_default(),
            number(sessions[class_of(matrix, UserId(id)) as usize]),
            expires.unwrap_or_default(),
        ]
    };
    let rows = matrix.ir.tables.users.iter().zip(0..).map(row).collect();
    (vec!["name", "display name", "group policies", "embassy", "sessions", "expires"], rows)
}

pub(super) fn user_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let users = matrix.ir.tables.users.iter().zip(0..);
    let wanted = users.filter(|(user, _)| user.object.name == name);
    wanted.map(|(user, at)| user_page(matrix, user, UserId(at))).collect()
}

fn user_page(matrix: &Matrix, user: &User, id: UserId) -> Page {
    let ir = &matrix.ir;
    let mut page = Page::of(matrix, Kind::User, &user.object);
    page.fact("display name", user.display_name.as_deref());
    page.fact("expires", user.expires.map(|until| until.0.to_string()));
    let groups = &matrix.accounts.class(id).groups;
    let embassy = groups.embassy.map(|at| &ir.tables.embassies[at.index()].object.name);
    page.fact("embassy", embassy.map(|name| quote(name)));
    let sessions = sessions_by_class(matrix)[class_of(matrix, id) as usize];
    let all = matrix.endpoints.len() as u64;
    page.fact("can start", Some(of_all(sessions, all, "session")));
    let row = |at: &crate::ir::GroupPolicyId| {
        let group = &ir.tables.group_policies[at.index()];
        let ways = ways_into(matrix, id, group);
        let by: Vec<&str> = ways.iter().map(|(by, _)| *by).collect();
        // It lasts as long as the longest of them.
        let until: Option<Vec<&Deadline>> = ways.iter().map(|(_, until)| *until).collect();
        let until = date(until.unwrap_or_default().into_iter().max());
        vec![group.object.name.clone(), number(at.index() as u64 + 1), by.join(", "), until]
    };
    let columns = ["name", "position", "through", "until"];
    page.table("group policies, from the top", &columns, groups.policies.iter().map(row).collect());
    let (lines, defaults) = accounts::lines_set(matrix, id);
    let memberships = matrix.accounts.memberships(id);
    let until = |line: &AccountLine| {
        let mut found = memberships.iter().map(|(_, membership)| membership);
        let found = found.find(|found| ir.membership_text(found.key) == line.setting);
        date(found.and_then(|found| found.until.as_ref()))
    };
    let row = |line: &AccountLine| {
        vec![
            line.setting.clone(),
            line.value.clone(),
            source(ir, line.source, line.is_final),
            until(line),
            losers(matrix, id, line).join(", "),
            line.span.map(|span| ir.location(span)).unwrap_or_default(),
        ]
    };
    let columns = ["setting", "value", "decided by", "until", "also set by", "at"];
    page.table("settings and memberships", &columns, lines.iter().map(row).collect());
    page.fact("product defaults", Some(count(defaults, "other setting")));
    page.table("can start", &["where", "how", "targets"], starts(matrix, id));
    page
}

/// By what a user is in a group policy, and the day after which each ends.
fn ways_into<'m>(
    matrix: &'m Matrix,
    id: UserId,
    group: &'m Group,
) -> Vec<(&'m str, Option<&'m Deadline>)> {
    let members = &group.members;
    let listed = members.users.iter().filter(|(user, _)| *user == id).map(|_| {
        let until = members.users_until.iter().find(|(user, _)| *user == id);
        ("listed itself", until.map(|(_, until)| until))
    });
    let through = members.directory_groups.iter().filter_map(|(at, _)| {
        let directory = &matrix.ir.tables.directory_groups[at.index()];
        let is_in = directory.members.iter().any(|(user, _)| *user == id);
        let until = members.directory_groups_until.iter().find(|(dated, _)| dated == at);
        is_in.then(|| (&*directory.object.name, until.map(|(_, until)| until)))
    });
    listed.chain(through).collect()
}

/// Who sets the same for a user and does not decide, and to what.
fn losers(matrix: &Matrix, user: UserId, line: &AccountLine) -> Vec<String> {
    let ir = &matrix.ir;
    let profile = &ir.profile;
    let slot = (0..profile.slots()).find(|slot| profile.slot_path(*slot) == line.setting);
    let text = |grants: &Grants| match (slot, profile.setting(&line.setting)) {
        (Some(slot), _) => {
            grants.session_policy[slot].as_ref().map(|found| ir.assignment_text(found))
        }
        (None, Some(at)) => {
            let found = grants.setting(at)?;
            Some(profile.settings[at].ty.text(ir.value(found.value)))
        }
        (None, None) => {
            let mut memberships = grants.memberships.iter();
            let found = memberships.find(|found| ir.membership_text(found.key) == line.setting)?;
            Some(ir.member_role_text(found.role))
        }
    };
    let policies = matrix.accounts.class(user).groups.policies.iter();
    let policies = policies
        .map(|id| (Source::GroupPolicy(*id), &*ir.tables.group_policies[id.index()].grants));
    let own = (Source::User, &*ir.tables.users[user.index()].grants);
    let others = policies.chain([own]).filter(|(found, _)| *found != line.source);
    let others = others.filter_map(|(found, grants)| Some((found, text(grants)?)));
    others.map(|(found, text)| format!("{}: {text}", source(ir, found, false))).collect()
}

/// How many sessions a user can start in each jump group or through each portal, by method.
fn starts(matrix: &Matrix, user: UserId) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let subject = class_of(matrix, user);
    let mut found: BTreeMap<(String, usize), BTreeSet<TargetRef>> = BTreeMap::new();
    for (endpoint, class) in &matrix.endpoints {
        if !matrix.has_sessions(subject, *class) {
            continue;
        }
        let place = match endpoint.target {
            TargetRef::Portal(id) => {
                format!("portal {}", quote(&ir.tables.portals[id.index()].object.name))
            }
            TargetRef::JumpItem(id) => {
                let item = &ir.tables.jump_items[id.index()];
                match (item.group, item.owner) {
                    (Some(group), _) => {
                        let name = &ir.tables.jump_groups[group.index()].name;
                        format!("jump group {}", quote(name))
                    }
                    (None, Some((owner, _))) => {
                        let name = &ir.tables.users[owner.index()].object.name;
                        format!("personal jump items of {}", quote(name))
                    }
                    (None, None) => "no jump group".to_owned(),
                }
            }
        };
        found.entry((place, endpoint.method)).or_default().insert(endpoint.target);
    }
    let row = |((place, method), targets): ((String, usize), BTreeSet<TargetRef>)| {
        vec![place, ir.profile.methods[method].label.clone(), number(targets.len() as u64)]
    };
    found.into_iter().map(row).collect()
}

/// The group policies and embassies that list a directory group: kind, name and place.
fn listed_by(matrix: &Matrix, id: DirectoryGroupId) -> Vec<Vec<String>> {
    let ir = &matrix.ir;
    let groups = ir.tables.group_policies.iter().map(|group| ("group policy", group));
    let groups = groups.chain(ir.tables.embassies.iter().map(|group| ("embassy", group)));
    let row = |(kind, group): (&str, &crate::ir::Group)| {
        let listed = group.members.directory_groups.iter().find(|(found, _)| *found == id);
        listed.map(|(_, span)| vec![kind.to_owned(), group.object.name.clone(), ir.location(*span)])
    };
    groups.filter_map(row).collect()
}

pub(super) fn directory_groups(matrix: &Matrix) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let row = |(group, id): (&DirectoryGroup, u32)| {
        let listed = listed_by(matrix, DirectoryGroupId(id)).len();
        vec![
            group.object.name.clone(),
            number(group.members.len() as u64),
            number(listed as u64),
            unused(
                matrix,
                listed == 0,
                Shown { kind: Kind::DirectoryGroup, at: id as usize, object: &group.object },
            ),
        ]
    };
    let rows = matrix.ir.tables.directory_groups.iter().zip(0..).map(row).collect();
    (vec!["name", "members", "listed by", UNUSED], rows)
}

pub(super) fn directory_group_pages(matrix: &Matrix, name: &str) -> Vec<Page> {
    let ir = &matrix.ir;
    let groups = ir.tables.directory_groups.iter().zip(0..);
    let page = |(group, id): (&DirectoryGroup, u32)| {
        let mut page = Page::of(matrix, Kind::DirectoryGroup, &group.object);
        let listed = listed_by(matrix, DirectoryGroupId(id));
        page.table("listed by", &["kind", "name", "at"], listed);
        let row = |(user, span): &(UserId, crate::source::Span)| {
            let subject = SubjectRef::User(*user);
            vec![matrix.subject_name(subject).to_owned(), ir.location(*span)]
        };
        page.table("members", &["user", "at"], group.members.iter().map(row).collect());
        page
    };
    groups.filter(|(group, _)| group.object.name == name).map(page).collect()
}
