//! The meaning of the language (its section 4), written down a second time in the simplest way: one
//! cell at a time, no classes, no masks. The fast resolver is compared with this one, so nothing
//! here may call it.

pub mod coverage;

use precedent::ir::*;
use precedent::profile::{LayerKind, Target, Value};
use precedent::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone, Copy)]
enum Subject {
    Invite(usize),
    User(usize),
}

#[derive(Clone, Copy)]
enum To {
    JumpItem(usize),
    Portal(usize),
}

struct Session {
    subject: Subject,
    method: usize,
    to: To,
    present: Option<bool>,
}

/// What a cell is, and who made it so.
struct Decision {
    /// `None` is `n/a`.
    value: Option<Value>,
    layer: &'static str,
    policy: String,
    location: String,
}

/// The rows of `matrix --rows each --format csv`.
pub fn sessions(ir: &Arc<Ir>) -> Vec<Vec<String>> {
    let mut rows: Vec<([String; 6], usize, [String; 4])> = Vec::new();
    for session in all_sessions(ir) {
        for (permission, entry) in ir.profile.permissions.iter().enumerate() {
            let Decision { value, layer, policy, location } = decide(ir, &session, permission);
            let value = value.map_or("n/a".into(), |value| entry.ty.text(&value));
            rows.push((key(ir, &session), permission, [value, layer.into(), policy, location]));
        }
    }
    rows.sort();
    let path = |permission: usize| ir.profile.permissions[permission].path.clone();
    rows.into_iter()
        .map(|(key, permission, rest)| [&key[..], &[path(permission)], &rest].concat())
        .collect()
}

fn all_sessions(ir: &Arc<Ir>) -> Vec<Session> {
    let tables = &ir.tables;
    let mut ends: Vec<(usize, To)> = Vec::new();
    ends.extend(
        tables.jump_items.iter().enumerate().map(|(at, item)| (item.method, To::JumpItem(at))),
    );
    for (method, found) in ir.profile.methods.iter().enumerate() {
        for (at, portal) in tables.portals.iter().enumerate() {
            let exists = match found.target {
                Target::JumpItem => false,
                Target::Portal => true,
                Target::DefaultPortal => portal.is_default,
            };
            ends.extend(exists.then_some((method, To::Portal(at))));
        }
    }
    let users = (0..tables.users.len()).map(Subject::User);
    let invites = (0..tables.invites.len()).map(Subject::Invite);
    let mut sessions = Vec::new();
    for subject in users.chain(invites) {
        for &(method, to) in &ends {
            let told = ir.profile.methods[method].presence;
            let presence: &[Option<bool>] = if told { &[Some(true), Some(false)] } else { &[None] };
            sessions.extend(presence.iter().map(|&present| Session {
                subject,
                method,
                to,
                present,
            }));
        }
    }
    sessions
}

/// subject_kind, subject, method, target_kind, target, presence
fn key(ir: &Arc<Ir>, session: &Session) -> [String; 6] {
    let tables = &ir.tables;
    let (kind, subject) = match session.subject {
        Subject::User(at) => ("user", &tables.users[at].object.name),
        Subject::Invite(at) => ("invite", &tables.invites[at].object.name),
    };
    let (target_kind, target) = match session.to {
        To::JumpItem(at) => ("jump_item", &tables.jump_items[at].object.name),
        To::Portal(at) => ("portal", &tables.portals[at].object.name),
    };
    let presence = match session.present {
        Some(true) => "present",
        Some(false) => "absent",
        None => "",
    };
    let method = &ir.profile.methods[session.method].id;
    [kind, subject, method, target_kind, target, presence].map(str::to_owned)
}

/// 4.2: the layers, then what the method changes, then what the permission depends on.
fn decide(ir: &Arc<Ir>, session: &Session, permission: usize) -> Decision {
    let entry = &ir.profile.permissions[permission];
    let mut decision = by_layers(ir, session, permission);
    if let Some((_, value)) = entry.fixed.iter().find(|(method, _)| *method == session.method) {
        let value = Some(value.clone());
        decision =
            Decision { value, layer: "method", policy: String::new(), location: String::new() };
    }
    if entry.not_for.contains(&session.method) {
        decision.value = None;
    }
    if let Some(requirement) = &entry.requires {
        let ty = &ir.profile.permissions[requirement.entry].ty;
        let required = decide(ir, session, requirement.entry).value.map(|value| ty.text(&value));
        let word = required.as_deref().and_then(|text| text.split(' ').next());
        if !word.is_some_and(|word| requirement.words.iter().any(|known| known == word)) {
            decision.value = None;
        }
    }
    decision
}

fn by_layers(ir: &Arc<Ir>, session: &Session, permission: usize) -> Decision {
    for layer in &ir.profile.layers {
        let Some(id) = policy_of(ir, session, layer.kind) else { continue };
        let policy = &ir.tables.policies[id.index()];
        let Some(line) = policy.definitions.iter().find(|line| line.entry as usize == permission)
        else {
            continue;
        };
        return Decision {
            value: Some(ir.tables.values[line.value.index()].clone()),
            layer: layer.kind.id(),
            policy: policy.object.name.clone(),
            location: location(ir, line.span),
        };
    }
    let value = Some(ir.profile.permissions[permission].default.clone());
    Decision { value, layer: "global_default", policy: String::new(), location: String::new() }
}

fn policy_of(ir: &Arc<Ir>, session: &Session, layer: LayerKind) -> Option<PolicyId> {
    match layer {
        LayerKind::GlobalDefault => ir.tables.global_default,
        _ => assignment_of(ir, session, layer)?.policy,
    }
}

/// The table of 4.2: what each layer but the last contributes.
fn assignment_of(ir: &Arc<Ir>, session: &Session, layer: LayerKind) -> Option<Assignment> {
    let tables = &ir.tables;
    // Attended or unattended is the method's, whoever sits at the endpoint.
    let slot = usize::from(ir.profile.split && !ir.profile.methods[session.method].attended);
    match (layer, session.subject, session.to) {
        (LayerKind::Invite, Subject::Invite(at), _) => Some(tables.invites[at].session_policy),
        (LayerKind::JumpItem, _, To::JumpItem(at)) => {
            tables.jump_items[at].session_policy[usize::from(session.present == Some(false))]
        }
        (LayerKind::Portal, _, To::Portal(at)) => tables.portals[at].session_policy,
        (LayerKind::Portal, _, To::JumpItem(at)) => {
            let named = tables.jump_items[at].portal.map(|portal| &tables.portals[portal.index()]);
            let default = tables.portals.iter().find(|portal| portal.is_default);
            named.or(default).and_then(|portal| portal.session_policy)
        }
        (LayerKind::GroupPolicy, Subject::User(user), _) => {
            by_groups(ir, user, |grants| assigned(grants, slot)).map(|(_, found)| found)
        }
        (LayerKind::User, Subject::User(user), _) => tables.users[user].grants.session_policy[slot],
        (LayerKind::Representative, Subject::User(user), _) => {
            let chosen =
                by_groups(ir, user, |grants| assigned(grants, slot)).map(|(_, found)| found);
            chosen.or(tables.users[user].grants.session_policy[slot])
        }
        (LayerKind::Representative, Subject::Invite(at), _) => {
            Some(tables.invites[at].session_policy)
        }
        _ => None,
    }
}

/// The embassy of a user alone, or its group policies from top to bottom.
fn groups(ir: &Arc<Ir>, user: usize) -> Vec<(&'static str, &Group)> {
    let is_user = |(member, _): &(UserId, Span)| member.index() == user;
    let has = |group: &&Group| {
        let mut directory_groups = group
            .members
            .directory_groups
            .iter()
            .map(|(id, _)| &ir.tables.directory_groups[id.index()]);
        group.members.users.iter().any(is_user)
            || directory_groups.any(|found| found.members.iter().any(is_user))
    };
    if let Some(embassy) = ir.tables.embassies.iter().find(has) {
        return vec![("embassy", embassy)];
    }
    ir.tables.group_policies.iter().filter(has).map(|group| ("group_policy", group)).collect()
}

/// 4.3, rules 1 and 2: the first final answer, else the last one, with the group that gives it.
fn by_groups<A: Copy>(
    ir: &Arc<Ir>,
    user: usize,
    answer: impl Fn(&Grants) -> Option<(A, bool)>,
) -> Option<([&str; 2], A)> {
    let groups = groups(ir, user).into_iter();
    let answers: Vec<_> = groups
        .filter_map(|(source, group)| Some(([source, &*group.object.name], answer(&group.grants)?)))
        .collect();
    let first_final = answers.iter().find(|(_, (_, is_final))| *is_final);
    first_final.or(answers.last()).map(|&(group, (answer, _))| (group, answer))
}

fn assigned(grants: &Grants, slot: usize) -> Option<(Assignment, bool)> {
    grants.session_policy[slot].map(|found| (found, found.is_final))
}

/// The rows of `matrix --of accounts --rows each --format csv`.
pub fn accounts(ir: &Arc<Ir>) -> Vec<Vec<String>> {
    let mut users: Vec<usize> = (0..ir.tables.users.len()).collect();
    users.sort_by_key(|&user| &ir.tables.users[user].object.name);
    users.into_iter().flat_map(|user| account(ir, user)).collect()
}

fn account(ir: &Arc<Ir>, user: usize) -> Vec<Vec<String>> {
    let own = &ir.tables.users[user];
    let row =
        |setting: &str, value: &str, source: [&str; 2], is_final: bool, span: Option<Span>| {
            let location = span.map_or(String::new(), |span| location(ir, span));
            let is_final = if is_final { "final" } else { "" };
            [&own.object.name, setting, value, source[0], source[1], is_final, &location]
                .map(str::to_owned)
                .to_vec()
        };
    const OWN: [&str; 2] = ["user", ""];
    const PROFILE: [&str; 2] = ["profile", ""];
    let mut rows = Vec::new();
    for slot in 0..if ir.profile.split { 2 } else { 1 } {
        let chosen = by_groups(ir, user, |grants| assigned(grants, slot));
        let chosen = chosen.or(own.grants.session_policy[slot].map(|found| (OWN, found)));
        let path = match (ir.profile.split, slot) {
            (false, _) => "session_policy",
            (true, 0) => "session_policy.attended",
            (true, _) => "session_policy.unattended",
        };
        rows.push(match chosen {
            Some((source, found)) => {
                row(path, &ir.assignment_text(&found), source, found.is_final, Some(found.span))
            }
            None => row(path, "not defined", PROFILE, false, None),
        });
    }
    for (at, entry) in ir.profile.settings.iter().enumerate() {
        let line = |grants: &Grants| {
            grants.settings.iter().find(|line| line.entry as usize == at).copied()
        };
        let chosen = by_groups(ir, user, |grants| line(grants).map(|line| (line, line.is_final)));
        let chosen = chosen.or(line(&own.grants).map(|line| (OWN, line)));
        rows.push(match chosen {
            Some((source, line)) => {
                let value = entry.ty.text(&ir.tables.values[line.value.index()]);
                row(&entry.path, &value, source, line.is_final, Some(line.span))
            }
            None => row(&entry.path, &entry.ty.text(&entry.default), PROFILE, false, None),
        });
    }
    let given = groups(ir, user).into_iter().map(|(_, group)| &group.grants).chain([&own.grants]);
    let keys: BTreeSet<MembershipKey> =
        given.flat_map(|grants| &grants.memberships).map(|found| found.key).collect();
    let mut memberships = Vec::new();
    for key in keys {
        let entry =
            |grants: &Grants| grants.memberships.iter().find(|found| found.key == key).copied();
        // Of memberships, the user's own entry comes first.
        let by_groups =
            by_groups(ir, user, |grants| entry(grants).map(|found| (found, found.is_final)));
        if let Some((source, found)) = entry(&own.grants).map(|found| (OWN, found)).or(by_groups) {
            memberships.push(row(
                &ir.membership_text(key),
                &ir.member_role_text(found.role),
                source,
                found.is_final,
                Some(found.span),
            ));
        }
    }
    memberships.sort();
    rows.extend(memberships);
    rows
}

fn location(ir: &Arc<Ir>, span: Span) -> String {
    let file = ir.sources.file(span.file);
    let line = file.text[..span.start as usize].matches('\n').count() + 1;
    format!("{}:{line}", file.path)
}
