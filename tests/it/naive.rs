//! The meaning of the language (its section 4), written down a second time in the simplest way: one
//! cell at a time, no classes, no masks. The fast resolver is compared with this one, so nothing
//! here may call it.

pub mod coverage;
pub mod start;

use precedent::ir::*;
use precedent::profile::{LayerKind, Target, Value};
use precedent::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Sources of settings that are no group policy: the user's own account, and the product.
const OWN: [&str; 2] = ["user", ""];
const PROFILE: [&str; 2] = ["profile", ""];

#[derive(Clone, Copy)]
pub enum Subject {
    Invite(usize),
    User(usize),
}

#[derive(Clone, Copy)]
pub enum To {
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
    via: String,
    location: String,
}

/// The rows of `matrix --rows each --format csv`.
pub fn sessions(ir: &Arc<Ir>) -> Vec<Vec<String>> {
    let mut rows: Vec<([String; 6], Option<usize>, [String; 5])> = Vec::new();
    for session in all_sessions(ir) {
        let key = key(ir, &session);
        if let Some(found) = start::start(ir, session.subject, session.method, session.to) {
            if found.value == "deny" && ir.tables.sessions == SessionScope::Startable {
                continue;
            }
            let [layer, policy, location] = found.decider;
            rows.push((key.clone(), None, [found.value, layer, policy, String::new(), location]));
        }
        for (permission, entry) in ir.profile.permissions.iter().enumerate() {
            let Decision { value, layer, policy, via, location } = decide(ir, &session, permission);
            let value = value.map_or("n/a".into(), |value| entry.ty.text(&value));
            let cell = [value, layer.into(), policy, via, location];
            rows.push((key.clone(), Some(permission), cell));
        }
    }
    rows.sort();
    let path = |permission: Option<usize>| {
        permission.map_or("start".into(), |at| ir.profile.permissions[at].path.clone())
    };
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
        let [policy, via, location] = std::array::from_fn(|_| String::new());
        decision = Decision { value, layer: "method", policy, via, location };
    }
    if entry.not_for.contains(&session.method) {
        decision.value = None;
    }
    if let Some(requirement) = &entry.requires {
        let ty = &ir.profile.permissions[requirement.entry].ty;
        let required = decide(ir, session, requirement.entry).value.map(|value| ty.text(&value));
        let word = required.as_deref().and_then(|text| text.split(' ').next());
        if word == Some("unknown") && decision.value.is_some() {
            decision.value = Some(Value::Unknown);
        } else if !word.is_some_and(|word| requirement.words.iter().any(|known| known == word)) {
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
            via: via(ir, session, layer.kind),
            location: location(ir, line.span),
        };
    }
    let value = Some(ir.profile.permissions[permission].default.clone());
    let [policy, via, location] = std::array::from_fn(|_| String::new());
    Decision { value, layer: "global_default", policy, via, location }
}

/// The group policy or embassy whose `session_policy` is the policy of a layer.
fn via(ir: &Arc<Ir>, session: &Session, layer: LayerKind) -> String {
    let slot = usize::from(ir.profile.split && !ir.profile.methods[session.method].attended);
    match (layer, session.subject) {
        (LayerKind::GroupPolicy | LayerKind::Representative, Subject::User(user)) => {
            let chosen = policy_by_groups(ir, user, slot);
            chosen.map_or(String::new(), |([_, name], _)| name.to_owned())
        }
        _ => String::new(),
    }
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
            policy_by_groups(ir, user, slot).map(|(_, found)| found)
        }
        (LayerKind::User, Subject::User(user), _) => tables.users[user].grants.session_policy[slot],
        (LayerKind::Representative, Subject::User(user), _) => {
            let chosen = policy_by_groups(ir, user, slot).map(|(_, found)| found);
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

/// What a line of a group policy answers.
#[derive(Clone, Copy)]
struct Line<A> {
    answer: A,
    is_final: bool,
    is_unknown: bool,
}

/// 4.3, rules 1 and 2, and 4.7: the first final answer, else the last one, with the group that gives
/// it; the first that nobody has read, where no final one stands above it. With a guessed order
/// nothing stands above anything: `guess` answers where the answers differ.
fn by_groups<A: Copy>(
    ir: &Arc<Ir>,
    user: usize,
    line: impl Fn(&Grants) -> Option<Line<A>>,
    same: impl Fn(A, A) -> bool,
    guess: impl Fn(GuessedOrder) -> A,
) -> Option<([&str; 2], A)> {
    let groups = groups(ir, user).into_iter();
    let lines: Vec<([&str; 2], Line<A>)> = groups
        .filter_map(|(source, group)| Some(([source, &*group.object.name], line(&group.grants)?)))
        .collect();
    let guessed = ir.tables.guessed_order;
    let first_final = lines.iter().position(|(_, line)| line.is_final);
    let before = match guessed {
        Some(_) => lines.len(),
        None => first_final.unwrap_or(lines.len()),
    };
    let open = lines[..before].iter().find(|(_, line)| line.is_unknown && !line.is_final);
    if let Some((source, line)) = open {
        return Some((*source, line.answer));
    }
    let known: Vec<_> =
        lines.iter().filter(|(_, line)| line.is_final == first_final.is_some()).collect();
    if let Some(guessed) = guessed
        && known.iter().any(|(_, line)| !same(line.answer, known[0].1.answer))
    {
        return Some((["group_policy", ""], guess(guessed)));
    }
    let decides = if first_final.is_some() { known.first() } else { known.last() };
    decides.map(|(source, line)| (*source, line.answer))
}

/// The session policy that the group policies choose.
fn policy_by_groups(ir: &Arc<Ir>, user: usize, slot: usize) -> Option<([&str; 2], Assignment)> {
    let line = |grants: &Grants| {
        let answer = grants.session_policy[slot]?;
        let kind = answer.policy.map(|id| ir.tables.policies[id.index()].kind);
        let is_unknown = kind == Some(PolicyKind::Unknown);
        Some(Line { answer, is_final: answer.is_final, is_unknown })
    };
    let guess = |guessed: GuessedOrder| Assignment {
        policy: Some(guessed.policy),
        is_final: false,
        span: guessed.span,
    };
    by_groups(ir, user, line, |a, b| a.policy == b.policy, guess)
}

/// The rows of `matrix --of accounts --rows each --format csv`.
pub fn accounts(ir: &Arc<Ir>) -> Vec<Vec<String>> {
    let mut users: Vec<usize> = (0..ir.tables.users.len()).collect();
    users.sort_by_key(|&user| &ir.tables.users[user].object.name);
    users.into_iter().flat_map(|user| account(ir, user)).collect()
}

fn account(ir: &Arc<Ir>, user: usize) -> Vec<Vec<String>> {
    let own = &ir.tables.users[user];
    let row = |setting: &str,
               value: &str,
               source: [&str; 2],
               is_final: bool,
               span: Option<Span>|
     -> Vec<String> {
        let location = span.map_or(String::new(), |span| location(ir, span));
        let is_final = if is_final { "final" } else { "" };
        [&own.object.name, setting, value, source[0], source[1], is_final, &location]
            .map(str::to_owned)
            .to_vec()
    };
    let mut rows = Vec::new();
    for slot in 0..if ir.profile.split { 2 } else { 1 } {
        let chosen = policy_by_groups(ir, user, slot);
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
    // What the role of a setting or membership allows has a row after it.
    let allows = |given: &[String], role: start::Role| {
        let mut row = given.to_vec();
        row[1] = format!("{} allows", row[1]);
        (row[2], row[6]) = match role {
            start::Role::None => return None,
            start::Role::Unknown => ("unknown".into(), String::new()),
            start::Role::Of(role) => {
                let role = &ir.tables.roles[role];
                let words = role.allows.iter().map(|action| ROLE_ACTIONS[*action as usize]);
                let words = format!("[{}]", words.collect::<Vec<_>>().join(", "));
                (words, role.allows_at.map_or(String::new(), |span| location(ir, span)))
            }
        };
        Some(row)
    };
    for (at, entry) in ir.profile.settings.iter().enumerate() {
        let found = start::setting(ir, user, at);
        let value = found.value.as_ref().map_or("n/a".into(), |value| entry.ty.text(value));
        let source = [&*found.source[0], &*found.source[1]];
        let line = row(&entry.path, &value, source, found.is_final, found.span);
        // A setting that nobody has read names no role.
        let allows = match start::role_named(ir, &found) {
            start::Role::Unknown => None,
            role => allows(&line, role),
        };
        rows.push(line);
        rows.extend(allows);
    }
    let given = groups(ir, user).into_iter().map(|(_, group)| &*group.grants).chain([&*own.grants]);
    let keys: BTreeSet<MembershipKey> =
        given.flat_map(|grants| &grants.memberships).map(|found| found.key).collect();
    let mut memberships = Vec::new();
    for key in keys {
        // Of memberships, the user's own entry comes first.
        let Some((source, found)) = start::membership(ir, user, key) else { continue };
        let line = row(
            &ir.membership_text(key),
            &ir.member_role_text(found.role),
            [&source[0], &source[1]],
            found.is_final,
            Some(found.span),
        );
        let is_of_group = matches!(found.key, MembershipKey::JumpGroup(_));
        let allows = match is_of_group {
            true => allows(&line, start::role_of(ir, user, &found)),
            false => None,
        };
        memberships.push((line, allows));
    }
    memberships.sort();
    for (line, allows) in memberships {
        rows.push(line);
        rows.extend(allows);
    }
    rows
}

fn location(ir: &Arc<Ir>, span: Span) -> String {
    let file = ir.sources.file(span.file);
    let line = file.text[..span.start as usize].matches('\n').count() + 1;
    format!("{}:{line}", file.path)
}
