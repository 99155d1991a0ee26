//! Which lines decide what tests look at, one cell at a time.

use super::*;
use std::sync::Arc;

type Lines = BTreeSet<String>;

/// The lines, as `FILE:LINE`, that decide something that a test looks at.
pub fn covered(ir: &Arc<Ir>) -> Lines {
    let mut lines = Lines::new();
    for test in &ir.tables.tests {
        for expectation in &test.expect {
            match expectation.subject {
                precedent::ir::Subject::Permission(entry) => {
                    for session in
                        all_sessions(ir).iter().filter(|session| selected(ir, test, session))
                    {
                        of_cell(ir, session, entry as usize, &mut lines);
                    }
                }
                precedent::ir::Subject::Start => {
                    for session in
                        all_sessions(ir).iter().filter(|session| selected(ir, test, session))
                    {
                        of_start(ir, session, &mut lines);
                    }
                }
                of_account => {
                    for user in
                        (0..ir.tables.users.len()).filter(|user| user_selected(ir, test, *user))
                    {
                        lines.extend(of_account_cell(ir, user, of_account));
                    }
                }
            }
        }
    }
    lines
}

/// The lines that decide anything at all.
pub fn reached(ir: &Arc<Ir>) -> Lines {
    use precedent::ir::Subject::{SessionPolicy, Setting};
    let mut lines = Lines::new();
    for session in all_sessions(ir) {
        of_start(ir, &session, &mut lines);
        (0..ir.profile.permissions.len())
            .for_each(|entry| of_cell(ir, &session, entry, &mut lines));
    }
    for user in 0..ir.tables.users.len() {
        let slots = (0..ir.profile.slots()).map(|slot| SessionPolicy(slot as u8));
        let settings = (0..ir.profile.settings.len()).map(|entry| Setting(entry as u16));
        lines.extend(slots.chain(settings).filter_map(|looked| of_account_cell(ir, user, looked)));
    }
    lines
}

fn of_start(ir: &Arc<Ir>, session: &Session, lines: &mut Lines) {
    let Some(start) = start::start(ir, session.subject, session.method, session.to) else { return };
    let [_, _, location] = start.decider;
    lines.extend(Some(location).filter(|location| !location.is_empty()));
}

fn of_cell(ir: &Arc<Ir>, session: &Session, permission: usize, lines: &mut Lines) {
    let entry = &ir.profile.permissions[permission];
    if entry.not_for.contains(&session.method) {
        return;
    }
    // What does not apply because of another permission is that one's doing.
    if let Some(requirement) = &entry.requires
        && decide(ir, session, permission).value.is_none()
    {
        return of_cell(ir, session, requirement.entry, lines);
    }
    if entry.fixed.iter().any(|(method, _)| *method == session.method) {
        return;
    }
    for layer in &ir.profile.layers {
        let assignment = assignment_of(ir, session, layer.kind);
        let assigned = assignment.map(|assignment| location(ir, assignment.span));
        match policy_of(ir, session, layer.kind).map(|id| &ir.tables.policies[id.index()]) {
            // A deliberate `none` passes the question on.
            None => lines.extend(assigned),
            Some(policy) => {
                if let Some(line) =
                    policy.definitions.iter().find(|line| line.entry as usize == permission)
                {
                    lines.insert(location(ir, line.span));
                    lines.extend(assigned);
                    return;
                }
            }
        }
    }
}

fn of_account_cell(ir: &Arc<Ir>, user: usize, looked: precedent::ir::Subject) -> Option<String> {
    let own = &ir.tables.users[user].grants;
    let answer = |grants: &Grants| match looked {
        precedent::ir::Subject::SessionPolicy(slot) => {
            let found = grants.session_policy[slot as usize]?;
            Some((found.span, found.is_final))
        }
        precedent::ir::Subject::Setting(entry) => grants
            .settings
            .iter()
            .find(|line| line.entry == entry)
            .map(|line| (line.span, line.is_final)),
        precedent::ir::Subject::Permission(_) | precedent::ir::Subject::Start => None,
    };
    let line = |grants: &Grants| {
        let (answer, is_final) = answer(grants)?;
        Some(Line { answer, is_final, is_unknown: false })
    };
    let of_groups = by_groups(ir, user, line, |a, b| a == b, |guessed| guessed.span);
    let span = of_groups.map(|(_, span)| span).or(answer(own).map(|(span, _)| span));
    span.map(|span| location(ir, span))
}

/// The users that a test selects, each as the first column of its rows.
pub fn selected_users(ir: &Arc<Ir>, test: &Test) -> BTreeSet<Vec<String>> {
    let users = (0..ir.tables.users.len()).filter(|user| user_selected(ir, test, *user));
    users.map(|user| vec![ir.tables.users[user].object.name.clone()]).collect()
}

/// The pairs that a test selects, each as the columns before the permission.
pub fn selected_sessions(ir: &Arc<Ir>, test: &Test) -> BTreeSet<Vec<String>> {
    let sessions = all_sessions(ir);
    let selected = sessions.iter().filter(|session| selected(ir, test, session));
    selected.map(|session| key(ir, session).to_vec()).collect()
}

fn user_selected(ir: &Arc<Ir>, test: &Test, user: usize) -> bool {
    test.when.iter().all(|when| subject_selected(ir, when, &Subject::User(user)) != Some(false))
}

/// `None` where the condition is not about subjects.
fn subject_selected(ir: &Arc<Ir>, when: &When, subject: &Subject) -> Option<bool> {
    let is = match (when.selector, subject) {
        (Selector::User(id), Subject::User(user)) => id.index() == *user,
        (Selector::InGroupPolicy(id), Subject::User(user)) => {
            let name = &ir.tables.group_policies[id.index()].object.name;
            groups(ir, *user)
                .iter()
                .any(|(kind, group)| *kind == "group_policy" && group.object.name == *name)
        }
        (Selector::InDirectoryGroup(id), Subject::User(user)) => ir.tables.directory_groups
            [id.index()]
        .members
        .iter()
        .any(|(member, _)| member.index() == *user),
        (Selector::InTeam(id), Subject::User(user)) => {
            let own = &*ir.tables.users[*user].grants;
            let groups = groups(ir, *user).into_iter().map(|(_, group)| &*group.grants);
            let mut all = groups.chain([own]).flat_map(|grants| &grants.memberships);
            all.any(|found| found.key == MembershipKey::Team(id))
        }
        (Selector::Invite(id), Subject::Invite(invite)) => id.index() == *invite,
        (
            Selector::User(_)
            | Selector::InGroupPolicy(_)
            | Selector::InDirectoryGroup(_)
            | Selector::InTeam(_),
            Subject::Invite(_),
        )
        | (Selector::Invite(_), Subject::User(_)) => return Some(false),
        _ => return None,
    };
    Some(is != when.negated)
}

fn selected(ir: &Arc<Ir>, test: &Test, session: &Session) -> bool {
    test.when.iter().all(|when| {
        let of_subject = subject_selected(ir, when, &session.subject);
        let is = match (when.selector, session.to) {
            (Selector::JumpItems(first, _), To::JumpItem(item)) => {
                let name = |item: usize| &ir.tables.jump_items[item].object.name;
                name(first.index()) == name(item)
            }
            (Selector::InJumpGroup(id), To::JumpItem(item)) => {
                ir.tables.jump_items[item].group == Some(id)
            }
            (Selector::Tag(id), To::JumpItem(item)) => {
                ir.tables.jump_items[item].tag.as_deref() == Some(&ir.tables.tags[id.index()])
            }
            (Selector::Portal(id), To::Portal(portal)) => id.index() == portal,
            (
                Selector::JumpItems(..) | Selector::InJumpGroup(_) | Selector::Tag(_),
                To::Portal(_),
            )
            | (Selector::Portal(_), To::JumpItem(_)) => return false,
            (Selector::Method(method), _) => method == session.method,
            (Selector::Presence(present), _) => match session.present {
                Some(found) => found == present,
                None => return false,
            },
            _ => return of_subject != Some(false),
        };
        is != when.negated
    })
}
