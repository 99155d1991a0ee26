//! 4.6: which sessions can be started, one pair at a time.

use super::{OWN, PROFILE, Subject, To, by_groups, location};
use precedent::ir::*;
use precedent::profile::Value;
use precedent::source::Span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// `start` of a pair: its value as text, and the columns `layer`, `policy` and `location`.
pub struct Start {
    pub value: String,
    pub decider: [String; 3],
}

/// What a condition says, and whose line says so.
struct Answer {
    holds: bool,
    layer: &'static str,
    source: [String; 2],
    span: Option<Span>,
}

/// A setting of an account as 4.3 resolves it, `None` for `n/a`.
pub struct Resolved {
    pub value: Option<Value>,
    pub source: [String; 2],
    pub is_final: bool,
    pub span: Option<Span>,
}

pub fn setting(ir: &Arc<Ir>, user: usize, at: usize) -> Resolved {
    let own = &ir.tables.users[user].grants;
    let line =
        |grants: &Grants| grants.settings.iter().find(|line| line.entry as usize == at).copied();
    let chosen = by_groups(ir, user, |grants| line(grants).map(|line| (line, line.is_final)));
    let chosen = chosen.or(line(own).map(|line| (OWN, line)));
    let entry = &ir.profile.settings[at];
    let (mut value, source, is_final, span) = match chosen {
        Some((source, line)) => {
            let value = ir.tables.values[line.value.index()].clone();
            (Some(value), source, line.is_final, Some(line.span))
        }
        None => (Some(entry.default.clone()), PROFILE, false, None),
    };
    if let Some(requirement) = &entry.requires {
        let ty = &ir.profile.settings[requirement.entry].ty;
        let required = setting(ir, user, requirement.entry).value.map(|value| ty.text(&value));
        if !required.is_some_and(|required| requirement.words.contains(&required)) {
            value = None;
        }
    }
    Resolved { value, source: source.map(str::to_owned), is_final, span }
}

/// A membership of an account: the user's own entry, else what the group policies give.
pub fn membership(
    ir: &Arc<Ir>,
    user: usize,
    key: MembershipKey,
) -> Option<([String; 2], Membership)> {
    let own = &ir.tables.users[user].grants;
    let entry = |grants: &Grants| grants.memberships.iter().find(|found| found.key == key).copied();
    let given = by_groups(ir, user, |grants| entry(grants).map(|found| (found, found.is_final)));
    let (source, found) = entry(own).map(|found| (OWN, found)).or(given)?;
    Some((source.map(str::to_owned), found))
}

/// The role of a membership, the default one included.
pub fn role_of(ir: &Arc<Ir>, user: usize, membership: &Membership) -> Option<usize> {
    match membership.role {
        MemberRole::JumpItemRole(Some(role), _) => Some(role.index()),
        MemberRole::JumpItemRole(None, _) => {
            role_named(ir, &setting(ir, user, ir.profile.setting("roles.default")?))
        }
        _ => None,
    }
}

pub fn role_named(ir: &Arc<Ir>, setting: &Resolved) -> Option<usize> {
    let Some(Value::Role(Some(name))) = &setting.value else { return None };
    ir.tables.roles.iter().position(|role| role.object.name == *name)
}

fn starts(ir: &Arc<Ir>, role: Option<usize>) -> bool {
    role.is_some_and(|role| {
        ir.tables.roles[role].allows.iter().any(|action| ROLE_ACTIONS[*action as usize] == "start")
    })
}

/// The role that a setting names, as condition 2.
fn by_setting(ir: &Arc<Ir>, user: usize, path: &str) -> Answer {
    let Some(at) = ir.profile.setting(path) else {
        let source = PROFILE.map(str::to_owned);
        return Answer { holds: false, layer: "jump_group", source, span: None };
    };
    let found = setting(ir, user, at);
    let holds = starts(ir, role_named(ir, &found));
    Answer { holds, layer: "jump_group", source: found.source, span: found.span }
}

fn ranks_above(ir: &Arc<Ir>, user: usize, owner: usize) -> bool {
    (0..ir.tables.teams.len() as u32).any(|team| {
        let rank =
            |user: usize| match membership(ir, user, MembershipKey::Team(TeamId(team)))?.1.role {
                MemberRole::Team(rank) => Some(rank),
                _ => None,
            };
        matches!((rank(user), rank(owner)), (Some(own), Some(other)) if own > other)
    })
}

/// `start` of a user, with the jump policies that apply.
fn of_user(ir: &Arc<Ir>, user: usize, method: usize, to: To) -> (Answer, Option<usize>) {
    let start = ir.profile.start.as_ref().expect("a profile with `start`");
    let mut answers = Vec::new();
    for condition in start.all.iter().chain(&start.methods[method]) {
        let mut parts = condition.any.iter().map(|part| {
            let found = setting(ir, user, part.setting);
            let ty = &ir.profile.settings[part.setting].ty;
            let text = found.value.as_ref().map(|value| ty.text(value));
            let holds = text.is_some_and(|text| part.values.contains(&text));
            Answer { holds, layer: "account", source: found.source, span: found.span }
        });
        let first = parts.next().expect("a part");
        let answer =
            if first.holds { first } else { parts.find(|part| part.holds).unwrap_or(first) };
        answers.push(answer);
    }
    let mut policy = None;
    if let To::JumpItem(at) = to {
        let item = &ir.tables.jump_items[at];
        policy = item.jump_policy.map(|policy| policy.index());
        match (item.group, item.owner) {
            (Some(group), _) => {
                let key = MembershipKey::JumpGroup(group);
                answers.push(match membership(ir, user, key) {
                    Some((source, found)) => {
                        if let MemberRole::JumpItemRole(_, Some(own)) = found.role {
                            policy = Some(own.index());
                        }
                        let holds = starts(ir, role_of(ir, user, &found));
                        Answer { holds, layer: "jump_group", source, span: Some(found.span) }
                    }
                    None => by_setting(ir, user, "roles.system"),
                });
            }
            (None, Some((owner, _))) => {
                let path = match owner.index() {
                    owner if owner == user => "roles.personal",
                    owner if ranks_above(ir, user, owner) => "roles.teams",
                    _ => "roles.system",
                };
                answers.push(by_setting(ir, user, path));
            }
            (None, None) => {}
        }
    }
    let source = PROFILE.map(str::to_owned);
    let nothing = Answer { holds: true, layer: "account", source, span: None };
    let at = answers.iter().position(|answer| !answer.holds);
    let decided = match at {
        Some(at) => answers.swap_remove(at),
        None => answers.pop().unwrap_or(nothing),
    };
    (decided, policy)
}

/// The value of a user as text, as invites compare it: deny, with, allow.
fn value(ir: &Arc<Ir>, names: &BTreeSet<usize>, holds: bool, free: bool) -> String {
    if !holds {
        return "deny".into();
    }
    if free {
        return "allow".into();
    }
    let name = |at: &usize| precedent::text::quote(&ir.tables.jump_policies[*at].name);
    format!("with {}", names.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// `start` of a pair; `None` for a profile without it.
pub fn start(ir: &Arc<Ir>, subject: Subject, method: usize, to: To) -> Option<Start> {
    ir.profile.start.as_ref()?;
    Some(match subject {
        Subject::User(user) => {
            let (answer, policy) = of_user(ir, user, method, to);
            let names = policy.into_iter().collect();
            let location = answer.span.map_or(String::new(), |span| location(ir, span));
            Start {
                value: value(ir, &names, answer.holds, policy.is_none()),
                decider: [answer.layer.into(), answer.source[1].clone(), location],
            }
        }
        Subject::Invite(_) => {
            let invites = ir.profile.setting("session_management.invite_external");
            let brings = |user: &usize| {
                invites.is_none_or(|at| {
                    let ty = &ir.profile.settings[at].ty;
                    setting(ir, *user, at).value.is_some_and(|value| ty.text(&value) == "allow")
                })
            };
            let hosts = (0..ir.tables.users.len()).filter(brings);
            let started: Vec<Option<usize>> = hosts
                .map(|user| of_user(ir, user, method, to))
                .filter(|(answer, _)| answer.holds)
                .map(|(_, policy)| policy)
                .collect();
            let names = started.iter().copied().flatten().collect();
            let free = started.contains(&None);
            Start {
                value: value(ir, &names, !started.is_empty(), free),
                decider: ["invite".into(), String::new(), String::new()],
            }
        }
    })
}
