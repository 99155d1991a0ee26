//! Changes that are the same, together: for the text, Markdown and JSON of a diff.

use super::names::{Namer, endpoint_text, named_endpoints, named_subjects, plain};
use crate::diff::{Diff, Direction, accounts, sessions};
use crate::resolve::blocks::{Rectangle, rectangles};
use crate::resolve::{Endpoint, Matrix, SubjectRef};
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Sessions with equal changes in one direction. Classes are joint ones.
pub struct SessionGroup {
    pub direction: Direction,
    pub changes: Vec<sessions::Change>,
    pub rectangles: Vec<Rectangle>,
    pub sessions: u64,
}

/// Accounts with equal changes in one direction.
pub struct AccountGroup {
    pub direction: Direction,
    pub changes: Vec<accounts::Change>,
    /// By name.
    pub users: Vec<String>,
}

/// Changes of a class or user, apart by direction, gravest first.
fn by_direction<C: Clone>(
    changes: &[C],
    direction: impl Fn(&C) -> Direction,
) -> impl Iterator<Item = (Direction, Vec<C>)> {
    Direction::ALL.into_iter().filter_map(move |wanted| {
        let same: Vec<C> = changes.iter().filter(|change| direction(change) == wanted).cloned().collect();
        (!same.is_empty()).then_some((wanted, same))
    })
}

/// Values by key, in the order of first keys.
fn gather<K: Hash + Eq + Clone, V>(groups: &mut Vec<(K, Vec<V>)>, known: &mut FxHashMap<K, usize>, key: K, value: V) {
    let at = *known.entry(key).or_insert_with_key(|key| {
        groups.push((key.clone(), Vec::new()));
        groups.len() - 1
    });
    groups[at].1.push(value);
}

/// All changes of sessions: gravest direction first, within it the most sessions first.
pub fn sessions(diff: &Diff<'_>) -> Vec<SessionGroup> {
    let (mut groups, mut known) = (Vec::new(), FxHashMap::default());
    for subject in 0..diff.sessions.subject_classes.len() as u32 {
        for endpoint in 0..diff.sessions.endpoint_classes.len() as u32 {
            let changes = diff.changes(subject, endpoint);
            for key in by_direction(&changes, |change| change.direction) {
                gather(&mut groups, &mut known, key, (subject, endpoint));
            }
        }
    }
    let size = |&(subject, endpoint): &(u32, u32)| {
        let subjects = diff.sessions.subject_classes[subject as usize].members.len() as u64;
        subjects * diff.sessions.endpoint_classes[endpoint as usize].members.len() as u64
    };
    let mut groups: Vec<SessionGroup> = groups
        .into_iter()
        .map(|((direction, changes), pairs)| SessionGroup {
            direction,
            changes,
            sessions: pairs.iter().map(size).sum(),
            rectangles: rectangles(&pairs),
        })
        .collect();
    groups.sort_by_key(|group| (group.direction, std::cmp::Reverse(group.sessions)));
    groups
}

/// All changes of accounts, ordered likewise.
pub fn accounts(diff: &Diff<'_>) -> Vec<AccountGroup> {
    let (mut groups, mut known) = (Vec::new(), FxHashMap::default());
    let done: Result<(), std::convert::Infallible> = diff.each_account(|at, changes| {
        let user = diff.subject_name(at);
        for key in by_direction(changes, |change| change.direction) {
            gather(&mut groups, &mut known, key, user.to_owned());
        }
        Ok(())
    });
    let Ok(()) = done;
    let mut groups: Vec<AccountGroup> =
        groups.into_iter().map(|((direction, changes), users)| AccountGroup { direction, changes, users }).collect();
    groups.sort_by_key(|group| (group.direction, std::cmp::Reverse(group.users.len())));
    groups
}

/// Names for joint classes of subjects: groups as they are in NEW.
pub fn subject_namer(diff: &Diff<'_>) -> Namer {
    let places = places(&diff.sessions.subjects, diff.new.subjects.len());
    let subjects: Vec<SubjectRef> = diff.new.subjects.iter().map(|(subject, _)| *subject).collect();
    let named = translate(named_subjects(diff.new.ir, &subjects), &places);
    let names = diff.sessions.subjects.iter().map(|joint| {
        let (matrix, at) = side(diff, joint);
        let subject = matrix.subjects[at].0;
        match subject {
            SubjectRef::Invite(_) => {
                format!("{} {}", matrix.ir.profile.words.invite, plain(matrix.subject_name(subject)))
            }
            SubjectRef::User(_) => plain(matrix.subject_name(subject)),
        }
    });
    let classes = diff.sessions.subject_classes.iter().map(|class| class.members.clone());
    Namer::new(named, names.collect(), classes.collect())
}

/// Names for joint classes of endpoints.
pub fn endpoint_namer(diff: &Diff<'_>) -> Namer {
    let places = places(&diff.sessions.endpoints, diff.new.endpoints.len());
    let endpoints: Vec<Endpoint> = diff.new.endpoints.iter().map(|(endpoint, _)| *endpoint).collect();
    let named = translate(named_endpoints(diff.new, &endpoints), &places);
    let names = diff.sessions.endpoints.iter().map(|joint| {
        let (matrix, at) = side(diff, joint);
        endpoint_text(matrix, &matrix.endpoints[at].0, diff.target_name(joint))
    });
    let classes = diff.sessions.endpoint_classes.iter().map(|class| class.members.clone());
    Namer::new(named, names.collect(), classes.collect())
}

/// The side that names a joint item: NEW, or OLD for what is gone.
fn side<'d, 'a>(diff: &'d Diff<'a>, joint: &sessions::Joint) -> (&'d Matrix<'a>, usize) {
    match joint.new {
        Some(at) => (diff.new, at as usize),
        None => (diff.old, joint.old.unwrap_or_default() as usize),
    }
}

/// By index in NEW: the index among the joint items.
fn places(joints: &[sessions::Joint], count: usize) -> Vec<u32> {
    let mut places = vec![0; count];
    for (joint, at) in joints.iter().zip(0..) {
        if let Some(new) = joint.new {
            places[new as usize] = at;
        }
    }
    places
}

fn translate(named: Vec<(String, Vec<u32>)>, places: &[u32]) -> Vec<(String, Vec<u32>)> {
    let translated = named.into_iter().map(|(label, members)| {
        let mut members: Vec<u32> = members.into_iter().map(|member| places[member as usize]).collect();
        members.sort_unstable();
        (label, members)
    });
    translated.collect()
}
