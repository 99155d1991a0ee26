//! The sheet `Access`: for each person, jump group and start method, what can be started and with
//! which permissions. Targets with the same answers are one row.

use super::{Entry, MAX_TEXT, Sheet};
use crate::matrix::parties::presence_text;
use crate::matrix::{Matrix, SubjectRef, TargetRef};
use crate::report::matrix::csv::source_fields;
use crate::text::quote;
use std::collections::BTreeMap;

/// From this weight on, a permission matters in a review.
const SEVERE: u8 = 4;

/// The targets that a row stands for: where they are found, how a session starts, what `start` is,
/// and who decides that, and the permissions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    place: String,
    method: String,
    presence: &'static str,
    start: String,
    by: String,
    location: String,
    permissions: Vec<String>,
}

/// What a class of subjects can start: targets, as indices of endpoints, by what is the same for
/// them.
type Rows = Vec<(Key, Vec<usize>)>;

/// What is the same for all endpoints of a class: `start`, who decides it and where, the
/// permissions.
#[derive(Clone)]
struct Answer {
    start: [String; 3],
    permissions: Vec<String>,
}

/// The permissions that are columns.
fn columns(matrix: &Matrix, asked: Option<&[usize]>) -> Vec<usize> {
    let entries = matrix.ir.profile.permissions.iter().enumerate();
    match asked {
        Some(asked) => asked.to_vec(),
        None => entries.filter(|(_, entry)| entry.weight >= SEVERE).map(|(at, _)| at).collect(),
    }
}

pub(super) fn sheet(matrix: &Matrix, asked: Option<&[usize]>) -> Sheet {
    let permissions = columns(matrix, asked);
    let fixed = [
        ("person", 24),
        ("kind", 8),
        ("name", 24),
        ("through", 30),
        ("place", 28),
        ("start method", 18),
        ("presence", 10),
        ("start", 24),
        ("decided by", 28),
        ("line", 34),
        ("targets", 9),
        ("which", 60),
    ];
    let mut sheet = Sheet::new("Access", &fixed, true);
    for &at in &permissions {
        sheet.columns.push((matrix.ir.profile.permissions[at].path.clone(), 18));
    }
    // Subjects of one class can start the same for the same reasons.
    let mut known: Vec<Option<Rows>> = vec![None; matrix.subject_classes.len()];
    for (subject, (of_subject, class)) in matrix.subjects.iter().enumerate() {
        let rows = known[*class as usize]
            .get_or_insert_with(|| of_class(matrix, subject, *class, &permissions));
        let (kind, display, through) = person(matrix, *of_subject);
        let parts = rows.iter().flat_map(|(key, targets)| {
            divided(matrix, targets).into_iter().map(move |(count, names)| (key, count, names))
        });
        for (key, count, names) in parts {
            let mut row: Vec<Entry> = vec![
                matrix.subject_name(*of_subject).into(),
                kind.into(),
                display.clone().into(),
                through.clone().into(),
                key.place.as_str().into(),
                key.method.as_str().into(),
                key.presence.into(),
                key.start.as_str().into(),
                key.by.as_str().into(),
                key.location.as_str().into(),
                Entry::Number(count),
                names.into(),
            ];
            row.extend(key.permissions.iter().map(|value| Entry::from(value.as_str())));
            sheet.rows.push(row);
        }
    }
    sheet
}

/// The names of targets, and how many they are: in several parts where one cell does not hold them,
/// since nobody decides about what is not named.
fn divided(matrix: &Matrix, targets: &[usize]) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    for at in targets {
        let name = listed(matrix.target_name(matrix.endpoints[*at].0.target));
        match parts.last_mut() {
            Some((count, names)) if names.len() + name.len() < MAX_TEXT / 2 => {
                *count += 1;
                names.push_str(", ");
                names.push_str(&name);
            }
            _ => parts.push((1, name)),
        }
    }
    parts
}

/// A name as a list has it: in quotes where it could be taken for several.
fn listed(name: &str) -> String {
    if name.contains([',', '"']) { quote(name) } else { name.to_owned() }
}

/// The kind of a subject, its full name, and the group policies that it is in.
fn person(matrix: &Matrix, subject: SubjectRef) -> (&'static str, String, String) {
    let SubjectRef::User(user) = subject else {
        return ("invite", String::new(), String::new());
    };
    let tables = &matrix.ir.tables;
    let display = tables.users[user.index()].display_name.as_deref().unwrap_or_default();
    let groups = &matrix.accounts.class(user).groups;
    let policies = groups.policies.iter().map(|id| &tables.group_policies[id.index()].object.name);
    let embassy = groups.embassy.iter().map(|id| &tables.embassies[id.index()].object.name);
    let names: Vec<String> = policies.chain(embassy).map(|name| listed(name)).collect();
    ("user", display.to_owned(), names.join(", "))
}

/// What subjects of a class can start, and with which permissions.
fn of_class(matrix: &Matrix, subject: usize, class: u32, permissions: &[usize]) -> Rows {
    let ir = &matrix.ir;
    let mut found: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    // Endpoints of one class have the same policies and begin at the same place.
    let mut answers: Vec<Option<Answer>> = vec![None; matrix.endpoint_classes.len()];
    for (at, (endpoint, endpoint_class)) in matrix.endpoints.iter().enumerate() {
        // Of pairs that nobody can start, there is nothing to keep or revoke.
        if !matrix.can_start(class, *endpoint_class) {
            continue;
        }
        let answer = answers[*endpoint_class as usize].get_or_insert_with(|| {
            let (stack, cells) = matrix.resolve(class, *endpoint_class);
            let value = |permission: &usize| {
                let cell = cells.cell(ir, &stack, endpoint.method, *permission);
                let ty = &ir.profile.permissions[*permission].ty;
                cell.value.map_or_else(|| "n/a".to_owned(), |value| ty.text(value))
            };
            let permissions = permissions.iter().map(value).collect();
            Answer { start: start(matrix, subject, at), permissions }
        });
        let Answer { start: [start, by, location], permissions } = answer.clone();
        let place = match endpoint.target {
            TargetRef::Portal(_) => "portal".to_owned(),
            TargetRef::JumpItem(id) => {
                let item = &ir.tables.jump_items[id.index()];
                match (item.group, item.owner) {
                    (Some(group), _) => ir.tables.jump_groups[group.index()].name.clone(),
                    (None, Some((owner, _))) => {
                        format!("list of {}", quote(&ir.tables.users[owner.index()].object.name))
                    }
                    (None, None) => "no jump group".to_owned(),
                }
            }
        };
        let method = ir.profile.methods[endpoint.method].label.clone();
        let presence = presence_text(endpoint.present);
        let key = Key { place, method, presence, start, by, location, permissions };
        found.entry(key).or_default().push(at);
    }
    found.into_iter().collect()
}

/// What `start` is, who decides it, and where.
fn start(matrix: &Matrix, subject: usize, endpoint: usize) -> [String; 3] {
    let ir = &matrix.ir;
    let (Some(starts), Some(cell)) = (&matrix.starts, matrix.start_cell(subject, endpoint)) else {
        return ["allow".to_owned(), String::new(), String::new()];
    };
    let is_invite = matches!(matrix.subjects[subject].0, SubjectRef::Invite(_));
    let by = match source_fields(ir, cell.by.source) {
        _ if is_invite => "users who can invite others",
        ("user", _) => "the user's account",
        ("profile", _) => "the product's default",
        (_, "") => "unknown",
        (_, policy) => policy,
    };
    let location = cell.by.span.map(|span| ir.location(span)).unwrap_or_default();
    [starts.text(cell.value), by.to_owned(), location]
}
