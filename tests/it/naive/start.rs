//! 4.6: which sessions can be started, one pair at a time.

use super::{Line, OWN, PROFILE, Subject, To, by_groups, location};
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

/// What a condition says (`None` is unknown), and whose line says so.
#[derive(Clone)]
struct Answer {
    holds: Option<bool>,
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

/// A role, as an account has it.
#[derive(Clone, Copy)]
pub enum Role {
    None,
    Unknown,
    Of(usize),
}

pub fn setting(ir: &Arc<Ir>, user: usize, at: usize) -> Resolved {
    let own = &ir.tables.users[user].grants;
    let entry = &ir.profile.settings[at];
    let line =
        |grants: &Grants| grants.settings.iter().find(|line| line.entry as usize == at).copied();
    let value = |line: Definition| ir.tables.values[line.value.index()].clone();
    let of_group = |grants: &Grants| {
        let answer = line(grants)?;
        let is_unknown = value(answer) == Value::Unknown;
        Some(Line { answer, is_final: answer.is_final, is_unknown })
    };
    let guess = |guessed: GuessedOrder| {
        let GuessedOrder { span, value, .. } = guessed;
        Definition { entry: at as u16, value, is_final: false, span }
    };
    let same = |a, b| entry.ty.is_same(&value(a), &value(b));
    let chosen = by_groups(ir, user, of_group, same, guess);
    let chosen = chosen.or(line(own).map(|line| (OWN, line)));
    let (mut found, source, is_final, span) = match chosen {
        Some((source, line)) => (Some(value(line)), source, line.is_final, Some(line.span)),
        None => (Some(entry.default.clone()), PROFILE, false, None),
    };
    if let Some(requirement) = &entry.requires {
        let ty = &ir.profile.settings[requirement.entry].ty;
        let required = setting(ir, user, requirement.entry).value.map(|value| ty.text(&value));
        if required.as_deref() == Some("unknown") {
            found = Some(Value::Unknown);
        } else if !required.is_some_and(|required| requirement.words.contains(&required)) {
            found = None;
        }
    }
    Resolved { value: found, source: source.map(str::to_owned), is_final, span }
}

/// A membership of an account: the user's own entry, else what the group policies give.
pub fn membership(
    ir: &Arc<Ir>,
    user: usize,
    key: MembershipKey,
) -> Option<([String; 2], Membership)> {
    let own = &ir.tables.users[user].grants;
    let entry = |grants: &Grants| grants.memberships.iter().find(|found| found.key == key).copied();
    let of_group = |grants: &Grants| {
        let answer = entry(grants)?;
        Some(Line { answer, is_final: answer.is_final, is_unknown: false })
    };
    let guess = |guessed: GuessedOrder| {
        let (role, span) = (MemberRole::Unknown, guessed.span);
        Membership { key, role, is_final: false, until: None, span }
    };
    let given = by_groups(ir, user, of_group, |a, b| a.role == b.role, guess);
    let (source, found) = entry(own).map(|found| (OWN, found)).or(given)?;
    Some((source.map(str::to_owned), found))
}

/// The role of a membership, the default one included.
pub fn role_of(ir: &Arc<Ir>, user: usize, membership: &Membership) -> Role {
    match membership.role {
        MemberRole::JumpItemRole(Some(role), _) => Role::Of(role.index()),
        MemberRole::JumpItemRole(None, _) => match ir.profile.setting("roles.default") {
            Some(at) => role_named(ir, &setting(ir, user, at)),
            None => Role::None,
        },
        MemberRole::Unknown => Role::Unknown,
        _ => Role::None,
    }
}

pub fn role_named(ir: &Arc<Ir>, setting: &Resolved) -> Role {
    let name = match &setting.value {
        Some(Value::Role(Some(name))) => name,
        Some(Value::Unknown) => return Role::Unknown,
        _ => return Role::None,
    };
    let at = ir.tables.roles.iter().position(|role| role.object.name == *name);
    at.map_or(Role::None, Role::Of)
}

fn starts(ir: &Arc<Ir>, role: Role) -> Option<bool> {
    let action = |action: &u8| ROLE_ACTIONS[*action as usize] == "start";
    match role {
        Role::None => Some(false),
        Role::Unknown => None,
        Role::Of(role) => Some(ir.tables.roles[role].allows.iter().any(action)),
    }
}

/// The role that a setting names, as condition 2.
fn by_setting(ir: &Arc<Ir>, user: usize, path: &str) -> Answer {
    let Some(at) = ir.profile.setting(path) else {
        let source = PROFILE.map(str::to_owned);
        return Answer { holds: Some(false), layer: "jump_group", source, span: None };
    };
    let found = setting(ir, user, at);
    let holds = starts(ir, role_named(ir, &found));
    Answer { holds, layer: "jump_group", source: found.source, span: found.span }
}

/// The line that says that nobody has read all memberships of a user: its own, else that of the
/// first group policy.
fn unread(ir: &Arc<Ir>, user: usize) -> Option<Answer> {
    let answer = |source: [&str; 2], span: Span| {
        let source = source.map(str::to_owned);
        Answer { holds: None, layer: "jump_group", source, span: Some(span) }
    };
    let own = ir.tables.users[user].grants.memberships_unknown.map(|span| answer(OWN, span));
    own.or_else(|| {
        super::groups(ir, user).into_iter().find_map(|(source, group)| {
            let span = group.grants.memberships_unknown?;
            Some(answer([source, &*group.object.name], span))
        })
    })
}

/// Whether a user ranks above another by what is written; `None` where that hangs on a guess.
fn ranks_above(ir: &Arc<Ir>, user: usize, owner: usize) -> Option<bool> {
    let mut guessed = false;
    for team in 0..ir.tables.teams.len() as u32 {
        let rank = |user| membership(ir, user, MembershipKey::Team(TeamId(team)));
        let (Some((_, own)), Some((_, other))) = (rank(user), rank(owner)) else { continue };
        match (own.role, other.role) {
            (MemberRole::Team(own), MemberRole::Team(other)) if own > other => return Some(true),
            (MemberRole::Team(_), MemberRole::Team(_)) => {}
            _ => guessed = true,
        }
    }
    if guessed { None } else { Some(false) }
}

/// Condition 2 for an item in the list of somebody else.
fn at_others(ir: &Arc<Ir>, user: usize, owner: usize) -> Answer {
    let above = ranks_above(ir, user, owner);
    let (teams, system) =
        (by_setting(ir, user, "roles.teams"), by_setting(ir, user, "roles.system"));
    if above == Some(true) {
        return teams;
    }
    if teams.holds == system.holds {
        return system;
    }
    if let Some(unread) = unread(ir, user).or_else(|| unread(ir, owner)) {
        return unread;
    }
    match above {
        None => Answer { holds: None, ..teams },
        Some(_) => system,
    }
}

/// `start` of a user, with the jump policies that apply.
fn of_user(ir: &Arc<Ir>, user: usize, method: usize, to: To) -> (Answer, Option<usize>) {
    let start = ir.profile.start.as_ref().expect("a profile with `start`");
    let mut answers = Vec::new();
    for condition in start.all.iter().chain(&start.methods[method]) {
        let parts: Vec<Answer> = condition
            .any
            .iter()
            .map(|part| {
                let found = setting(ir, user, part.setting);
                let ty = &ir.profile.settings[part.setting].ty;
                let text = found.value.as_ref().map(|value| ty.text(value));
                let holds = match text.as_deref() {
                    Some("unknown") => None,
                    text => Some(text.is_some_and(|text| part.values.iter().any(|v| v == text))),
                };
                Answer { holds, layer: "account", source: found.source, span: found.span }
            })
            .collect();
        let that = |holds: Option<bool>| parts.iter().find(|part| part.holds == holds);
        answers.push(that(Some(true)).or(that(None)).unwrap_or(&parts[0]).clone());
    }
    let mut policy = None;
    if let To::JumpItem(at) = to {
        let item = &ir.tables.jump_items[at];
        policy = item.jump_policy.map(|policy| policy.index());
        match (item.group, item.owner) {
            (Some(group), _) => {
                let key = MembershipKey::JumpGroup(group);
                let mut answer = match membership(ir, user, key) {
                    Some((source, found)) => {
                        if let MemberRole::JumpItemRole(_, Some(own)) = found.role {
                            policy = Some(own.index());
                        }
                        let holds = starts(ir, role_of(ir, user, &found));
                        Answer { holds, layer: "jump_group", source, span: Some(found.span) }
                    }
                    None => by_setting(ir, user, "roles.system"),
                };
                if answer.holds == Some(false) {
                    answer = unread(ir, user).unwrap_or(answer);
                }
                answers.push(answer);
            }
            (None, Some((owner, _))) if owner.index() == user => {
                answers.push(by_setting(ir, user, "roles.personal"));
            }
            (None, Some((owner, _))) => answers.push(at_others(ir, user, owner.index())),
            (None, None) => {}
        }
    }
    let source = PROFILE.map(str::to_owned);
    let nothing = Answer { holds: Some(true), layer: "account", source, span: None };
    let that = |holds: Option<bool>| answers.iter().find(|answer| answer.holds == holds);
    let decided = that(Some(false)).or(that(None)).or(answers.last()).unwrap_or(&nothing).clone();
    (decided, policy)
}

/// The values of some users as one text: the greatest of deny, with, unknown and allow.
fn greatest(ir: &Arc<Ir>, found: &[(Option<bool>, Option<usize>)]) -> String {
    let any = |holds: Option<bool>| found.iter().filter(move |(found, _)| *found == holds);
    if any(Some(true)).any(|(_, policy)| policy.is_none()) {
        return "allow".into();
    }
    if any(None).next().is_some() {
        return "unknown".into();
    }
    let names: BTreeSet<usize> = any(Some(true)).filter_map(|(_, policy)| *policy).collect();
    if names.is_empty() {
        return "deny".into();
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
            let location = answer.span.map_or(String::new(), |span| location(ir, span));
            Start {
                value: greatest(ir, &[(answer.holds, policy)]),
                decider: [answer.layer.into(), answer.source[1].clone(), location],
            }
        }
        Subject::Invite(_) => {
            let invites = ir.profile.setting("session_management.invite_external");
            let brings = |user: usize| {
                let Some(at) = invites else { return Some(true) };
                match setting(ir, user, at)
                    .value
                    .map(|value| ir.profile.settings[at].ty.text(&value))
                {
                    Some(value) if value == "unknown" => None,
                    value => Some(value.as_deref() == Some("allow")),
                }
            };
            let found: Vec<(Option<bool>, Option<usize>)> = (0..ir.tables.users.len())
                .map(|user| {
                    let (answer, policy) = of_user(ir, user, method, to);
                    let holds = match (brings(user), answer.holds) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (Some(true), Some(true)) => Some(true),
                        _ => None,
                    };
                    (holds, policy)
                })
                .collect();
            Start {
                value: greatest(ir, &found),
                decider: ["invite".into(), String::new(), String::new()],
            }
        }
    })
}
