//! Sets of subjects and endpoints in few words: a whole group by its name, else the first names and
//! a count.

use crate::ir::{Group, Ir};
use crate::matrix::classes::presence_text;
use crate::matrix::{Endpoint, Matrix, SubjectRef, TargetRef};
pub use crate::text::counts::{count, number};
use crate::text::{escape_control_chars, quote};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The most parts that a set is told in, before "and 12 more".
const MAX_PARTS: usize = 3;

/// A set that has a name, such as a group policy's members.
struct Named {
    label: String,
    /// Ascending.
    members: Vec<u32>,
    /// The classes that the members are in, ascending.
    classes: Vec<u32>,
}

/// Tells sets of one kind of thing, each given as classes.
pub struct Namer {
    named: Vec<Named>,
    /// By item: its name as shown.
    names: Vec<String>,
    /// By class: its items, ascending.
    classes: Vec<Vec<u32>>,
    known: FxHashMap<Vec<u32>, String>,
}

impl Namer {
    /// Names for sets of subjects: everyone, all users, all invites, group policies, directory
    /// groups.
    pub fn subjects(matrix: &Matrix) -> Namer {
        let subjects: Vec<SubjectRef> =
            matrix.subjects.iter().map(|(subject, _)| *subject).collect();
        let classes = matrix.subject_classes.iter().map(|class| class.members.clone()).collect();
        let names = subjects.iter().map(|subject| match subject {
            SubjectRef::Invite(_) => format!("invite {}", plain(matrix.subject_name(*subject))),
            SubjectRef::User(_) => plain(matrix.subject_name(*subject)),
        });
        Namer::new(named_subjects(&matrix.ir, &subjects), names.collect(), classes)
    }

    /// Names for sets of endpoints: all, the jump items of a kind, jump groups, the sessions of a
    /// portal.
    pub fn endpoints(matrix: &Matrix) -> Namer {
        let endpoints: Vec<Endpoint> =
            matrix.endpoints.iter().map(|(endpoint, _)| *endpoint).collect();
        let classes = matrix.endpoint_classes.iter().map(|class| class.members.clone()).collect();
        let names = endpoints
            .iter()
            .map(|endpoint| endpoint_text(matrix, endpoint, matrix.target_name(endpoint.target)));
        Namer::new(named_endpoints(matrix, &endpoints), names.collect(), classes)
    }

    pub(in crate::report) fn new(
        named: Vec<(String, Vec<u32>)>,
        names: Vec<String>,
        classes: Vec<Vec<u32>>,
    ) -> Namer {
        let mut class_of = vec![0; names.len()];
        for (class, members) in classes.iter().enumerate() {
            members.iter().for_each(|&member| class_of[member as usize] = class as u32);
        }
        let named =
            named.into_iter().filter(|(_, members)| members.len() > 1).map(|(label, members)| {
                let classes: BTreeSet<u32> =
                    members.iter().map(|&member| class_of[member as usize]).collect();
                Named { label, members, classes: classes.into_iter().collect() }
            });
        Namer { named: named.collect(), names, classes, known: FxHashMap::default() }
    }

    /// The items of some classes, ascending.
    pub fn members(&self, classes: &[u32]) -> Vec<u32> {
        let mut members: Vec<u32> =
            classes.iter().flat_map(|&class| &self.classes[class as usize]).copied().collect();
        members.sort_unstable();
        members
    }

    pub fn name(&self, item: u32) -> &str {
        &self.names[item as usize]
    }

    /// The items of some classes (ascending) in few words.
    pub fn describe(&mut self, classes: &[u32]) -> String {
        if let Some(known) = self.known.get(classes) {
            return known.clone();
        }
        let text = self.words(classes);
        self.known.insert(classes.to_vec(), text.clone());
        text
    }

    fn words(&self, classes: &[u32]) -> String {
        let within =
            |named: &Named| named.classes.iter().all(|class| classes.binary_search(class).is_ok());
        self.told(self.members(classes), within)
    }

    /// Some items (ascending) in few words.
    pub fn describe_members(&self, members: Vec<u32>) -> String {
        let within = |named: &Named| {
            named.members.iter().all(|member| members.binary_search(member).is_ok())
        };
        self.told(members.clone(), within)
    }

    fn told(&self, members: Vec<u32>, within: impl Fn(&Named) -> bool) -> String {
        let (parts, more) = self.parts(&members, within);
        if more == 0 && parts.len() == 1 {
            return parts.concat();
        }
        if members.len() >= LEAST_ALL_BUT
            && let Some((label, lacking)) = self.all_but(&members)
            && (more > 0 || lacking.len() < parts.len())
        {
            return format!("{label} but {}", listed(lacking));
        }
        match more {
            0 => listed(parts),
            _ => format!("{} and {} more", parts.join(", "), number(more as u64)),
        }
    }

    /// Some items as a few parts, and how many are left out.
    fn parts(&self, members: &[u32], within: impl Fn(&Named) -> bool) -> (Vec<String>, usize) {
        let fits = |named: &&Named| named.members.len() <= members.len() && within(named);
        let mut inside: Vec<&Named> = self.named.iter().filter(fits).collect();
        // The first of the largest: the candidates come with the plainest first.
        inside.sort_by_key(|named| std::cmp::Reverse(named.members.len()));
        let mut parts = Vec::new();
        let mut rest = members.to_vec();
        for named in inside {
            let left: Vec<u32> = rest
                .iter()
                .filter(|member| named.members.binary_search(member).is_err())
                .copied()
                .collect();
            // A group is worth its name if it says more than one of those that are left.
            if rest.len() - left.len() > 1 && parts.len() < MAX_PARTS {
                parts.push(named.label.clone());
                rest = left;
            }
        }
        let room = MAX_PARTS.saturating_sub(parts.len()).max(1);
        let shown = if rest.len() == room + 1 { room + 1 } else { room };
        parts.extend(rest.iter().take(shown).map(|&member| self.names[member as usize].clone()));
        (parts, rest.len().saturating_sub(shown))
    }

    /// The smallest named set around some items, and what it has besides, if that is told whole:
    /// `all 58 users but ada and ben`.
    fn all_but(&self, members: &[u32]) -> Option<(String, Vec<String>)> {
        let around = |named: &&Named| {
            // Most of it, or "but" says more than it.
            named.members.len() > members.len()
                && named.members.len() < 2 * members.len()
                && members.iter().all(|member| named.members.binary_search(member).is_ok())
        };
        let mut around: Vec<&Named> = self.named.iter().filter(around).collect();
        around.sort_by_key(|named| named.members.len());
        around.into_iter().find_map(|named| {
            let lacking: Vec<u32> = named
                .members
                .iter()
                .filter(|member| members.binary_search(member).is_err())
                .copied()
                .collect();
            let within = |named: &Named| {
                named.members.iter().all(|member| lacking.binary_search(member).is_ok())
            };
            let (parts, more) = self.parts(&lacking, within);
            (more == 0).then(|| (named.label.clone(), parts))
        })
    }
}

/// The fewest members of a set that "all but" is said of.
const LEAST_ALL_BUT: usize = 4;

/// A name without quotes where it can be told from the text around it.
pub fn plain(name: &str) -> String {
    let simple =
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._-@\\".contains(c));
    if simple && !name.ends_with('.') {
        name.to_owned()
    } else {
        escape_control_chars(&quote(name)).into_owned()
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(mut parts: Vec<String>) -> String {
    match parts.pop() {
        Some(last) if !parts.is_empty() => format!("{} and {last}", parts.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// An endpoint by its target's name, with what else tells it from others.
pub fn endpoint_text(matrix: &Matrix, endpoint: &Endpoint, target: &str) -> String {
    let name = plain(target);
    let presence = presence_text(endpoint.present);
    match (endpoint.target, presence) {
        (TargetRef::JumpItem(_), "") => name,
        (TargetRef::JumpItem(_), presence) => format!("{name} ({presence})"),
        (TargetRef::Portal(_), _) => {
            format!("portal {name} by {}", matrix.ir.profile.methods[endpoint.method].id)
        }
    }
}

fn quoted(words: &str, name: &str) -> String {
    format!("{words} {}", escape_control_chars(&quote(name)))
}

/// Sets of subjects that have a name, the plainest first.
pub(in crate::report) fn named_subjects(
    ir: &Ir,
    subjects: &[SubjectRef],
) -> Vec<(String, Vec<u32>)> {
    let tables = &ir.tables;
    let words = &ir.profile.terminology;
    let invites = tables.invites.len() as u32;
    let all = subjects.len() as u32;
    let users = u64::from(all - invites);
    let mut named = Vec::new();
    if invites > 0 && users > 0 {
        let label = format!(
            "everyone ({} and {})",
            count(users, &words.user),
            count(u64::from(invites), &words.invite)
        );
        named.push((label, (0..all).collect()));
    }
    if users > 0 {
        named.push((format!("all {}", count(users, &words.user)), (invites..all).collect()));
    }
    if invites > 0 {
        named.push((
            format!("all {}", count(u64::from(invites), &words.invite)),
            (0..invites).collect(),
        ));
    }
    // Subjects are the invites by name, then the users by name.
    let groups = named_users(ir).into_iter().skip(1);
    named.extend(
        groups
            .map(|(label, users)| (label, users.into_iter().map(|user| user + invites).collect())),
    );
    named
}

/// Named sets of users, as indices of users: all, then the members of groups.
pub(in crate::report) fn named_users(ir: &Ir) -> Vec<(String, Vec<u32>)> {
    let tables = &ir.tables;
    let words = &ir.profile.terminology;
    let all = tables.users.len() as u32;
    let mut named =
        vec![(format!("all {}", count(u64::from(all), &words.user)), (0..all).collect())];
    let mut group = |kind: &str, name: &str, members: BTreeSet<u32>| {
        let label =
            format!("{} ({})", quoted(kind, name), count(members.len() as u64, &words.user));
        named.push((label, members.into_iter().collect()));
    };
    for found in tables.group_policies.iter() {
        group(&words.group_policy, &found.object.name, members_of(ir, found));
    }
    for found in &tables.embassies {
        group("embassy", &found.object.name, members_of(ir, found));
    }
    for found in &tables.directory_groups {
        group(
            "directory group",
            &found.object.name,
            found.members.iter().map(|(user, _)| user.0).collect(),
        );
    }
    named
}

fn members_of(ir: &Ir, group: &Group) -> BTreeSet<u32> {
    let through = group
        .members
        .directory_groups
        .iter()
        .flat_map(|(id, _)| &ir.tables.directory_groups[id.index()].members);
    group.members.users.iter().chain(through).map(|(user, _)| user.0).collect()
}

/// Sets of endpoints that have a name, the plainest first.
pub(in crate::report) fn named_endpoints(
    matrix: &Matrix,
    endpoints: &[Endpoint],
) -> Vec<(String, Vec<u32>)> {
    let ir = &matrix.ir;
    let words = &ir.profile.terminology;
    let select = |wanted: &dyn Fn(&Endpoint) -> bool| -> Vec<u32> {
        endpoints
            .iter()
            .zip(0..)
            .filter(|(endpoint, _)| wanted(endpoint))
            .map(|(_, at)| at)
            .collect()
    };
    let item = |endpoint: &Endpoint| match endpoint.target {
        TargetRef::JumpItem(id) => Some(&ir.tables.jump_items[id.index()]),
        TargetRef::Portal(_) => None,
    };
    let items = ir.tables.jump_items.len() as u64;
    let all_items = format!("all {}", count(items, &words.jump_item));
    let mut named = Vec::new();
    if !ir.tables.portals.is_empty() {
        named.push((format!("{all_items} and all portals"), select(&|_| true)));
        named.push(("all portals".into(), select(&|endpoint| item(endpoint).is_none())));
    }
    named.push((all_items, select(&|endpoint| item(endpoint).is_some())));
    let presences = [(Some(true), " with a person present"), (Some(false), " with nobody present")];
    for (present, when) in presences {
        named.push((
            format!("all {}{when}", count(items, &words.jump_item)),
            select(&|endpoint| endpoint.present == present),
        ));
    }
    for (method, found) in ir.profile.methods.iter().enumerate() {
        let members = select(&|endpoint| endpoint.method == method && item(endpoint).is_some());
        named.push((
            format!("all {} of the kind {}", number(members.len() as u64), found.id),
            members,
        ));
    }
    let mut by_group: Vec<Vec<u32>> = vec![Vec::new(); ir.tables.jump_groups.len()];
    for (endpoint, at) in endpoints.iter().zip(0..) {
        if let Some(group) = item(endpoint).and_then(|item| item.group) {
            by_group[group.index()].push(at);
        }
    }
    for (group, members) in ir.tables.jump_groups.iter().zip(by_group) {
        let targets: BTreeSet<TargetRef> =
            members.iter().map(|&at| endpoints[at as usize].target).collect();
        let size = count(targets.len() as u64, &words.jump_item);
        named.push((format!("{} ({size})", quoted(&words.jump_group, &group.name)), members));
    }
    for (at, portal) in ir.tables.portals.iter().enumerate() {
        let members = select(
            &|endpoint| matches!(endpoint.target, TargetRef::Portal(id) if id.index() == at),
        );
        named.push((quoted(&words.portal, &portal.object.name), members));
    }
    named
}
