//! Names for sets of subjects and endpoints, in few words: a whole group by its name, otherwise the
//! first few names and a count of the others.

use crate::ir::{Group, Ir};
use crate::matrix::{Endpoint, Matrix, SubjectRef, TargetRef};
use crate::semantics::members::members;
use crate::text::{count, escape_control_chars, is_invisible_or_control, number, plural, quote};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// The most parts that describe a set before "and 12 more", where people read it.
const MAX_PARTS: usize = 3;

/// The most subjects of a part of the matrix that are always listed by name.
const MAX_LISTED: usize = 30;

/// What a set is called, which depends on where in a description it stands.
#[derive(Clone, Debug)]
pub(in crate::report) struct SetName {
    /// By itself: `all 1,500 jump items`.
    alone: String,
    /// Before "except": `all jump items`. The exceptions have counts of their own.
    before_except: String,
    /// After "except": `the 370 Shell Jump items`.
    after_except: String,
}

impl From<String> for SetName {
    fn from(name: String) -> Self {
        SetName { alone: name.clone(), before_except: name.clone(), after_except: name }
    }
}

impl SetName {
    /// All things of a kind, named in the singular.
    fn all(number_of: u64, one: &str) -> Self {
        match number_of {
            1 => format!("the only {one}").into(),
            _ => SetName {
                alone: match number_of {
                    2 => format!("both {}", plural(one)),
                    _ => format!("all {}", count(number_of, one)),
                },
                before_except: format!("all {}", plural(one)),
                after_except: format!("the {}", count(number_of, one)),
            },
        }
    }

    fn map(self, form: impl Fn(String) -> String) -> Self {
        SetName {
            alone: form(self.alone),
            before_except: form(self.before_except),
            after_except: form(self.after_except),
        }
    }

    fn and(self, other: SetName) -> Self {
        SetName {
            alone: format!("{} and {}", self.alone, other.alone),
            before_except: format!("{} and {}", self.before_except, other.before_except),
            after_except: format!("{} and {}", self.after_except, other.after_except),
        }
    }
}

/// Sets with their names; the members ascend.
pub(in crate::report) type NamedSets = Vec<(SetName, Vec<u32>)>;

/// A set that has a name, such as a group policy's members.
struct Named {
    name: SetName,
    /// Ascending.
    members: Vec<u32>,
    /// The classes that the members are in, ascending.
    classes: Vec<u32>,
}

/// Describes sets of one kind of thing, each given as classes.
pub struct Namer {
    named: Vec<Named>,
    /// By item: its name as reports show it.
    names: Vec<String>,
    /// By class: its items, ascending.
    classes: Vec<Vec<u32>>,
    known: FxHashMap<Vec<u32>, String>,
    max_parts: usize,
    /// Sets of up to so many are listed item by item, even if they have a name.
    max_listed: usize,
}

impl Namer {
    /// The same, but what has no name as a whole is listed in full: for programs.
    pub fn uncut(self) -> Namer {
        Namer { max_parts: usize::MAX, ..self }
    }

    /// The same, but each item is listed by its name.
    pub fn in_full(self) -> Namer {
        Namer { max_listed: usize::MAX, ..self }
    }

    /// Of the subjects and of the endpoints of a matrix, in full or in few words.
    pub fn of_both(matrix: &Matrix, in_full: bool) -> (Namer, Namer) {
        let names = (Namer::subjects(matrix), Namer::endpoints(matrix));
        if in_full { (names.0.in_full(), names.1.in_full()) } else { names }
    }

    /// Names sets of subjects: everyone, all users, all invites, group policies, directory groups.
    pub fn subjects(matrix: &Matrix) -> Namer {
        let subjects: Vec<SubjectRef> =
            matrix.subjects.iter().map(|(subject, _)| *subject).collect();
        let classes = matrix.subject_classes.iter().map(|class| class.members.clone()).collect();
        let names = subjects.iter().map(|subject| subject_text(matrix, *subject));
        let namer = Namer::new(named_subjects(&matrix.ir, &subjects), names.collect(), classes);
        // Who asks for a part of the matrix wants to know who is in it.
        Namer { max_listed: if matrix.is_part() { MAX_LISTED } else { 0 }, ..namer }
    }

    /// Names sets of endpoints: all of them, the jump items of a kind, jump groups, the sessions of
    /// a portal.
    pub fn endpoints(matrix: &Matrix) -> Namer {
        let endpoints: Vec<Endpoint> =
            matrix.endpoints.iter().map(|(endpoint, _)| *endpoint).collect();
        let classes = matrix.endpoint_classes.iter().map(|class| class.members.clone()).collect();
        let names = endpoints.iter().map(|endpoint| {
            let name = endpoint_text(matrix, endpoint, matrix.target_name(endpoint.target));
            (name, &*matrix.ir.profile.methods[endpoint.method].label)
        });
        let names = told_apart(names.collect());
        Namer::new(named_endpoints(matrix, &endpoints), names, classes)
    }

    pub(in crate::report) fn new(
        named: NamedSets,
        names: Vec<String>,
        classes: Vec<Vec<u32>>,
    ) -> Namer {
        // Items that are left out of the matrix are in no class.
        let mut class_of = vec![u32::MAX; names.len()];
        for (class, members) in classes.iter().enumerate() {
            members.iter().for_each(|&member| class_of[member as usize] = class as u32);
        }
        let named =
            named.into_iter().filter(|(_, members)| members.len() > 1).map(|(name, members)| {
                let classes: BTreeSet<u32> =
                    members.iter().map(|&member| class_of[member as usize]).collect();
                Named { name, members, classes: classes.into_iter().collect() }
            });
        Namer {
            named: named.collect(),
            names,
            classes,
            known: FxHashMap::default(),
            max_parts: MAX_PARTS,
            max_listed: 0,
        }
    }

    /// The items of some classes, ascending.
    pub fn members(&self, classes: &[u32]) -> Vec<u32> {
        let mut members: Vec<u32> =
            classes.iter().flat_map(|&class| &self.classes[class as usize]).copied().collect();
        members.sort_unstable();
        members
    }

    /// The name of one item.
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
        let members = self.members(classes);
        if members.len() <= self.max_listed {
            return listed(members.iter().map(|&at| self.names[at as usize].clone()).collect());
        }
        self.describe_within(members, within)
    }

    /// Some items (ascending) in few words.
    pub fn describe_members(&self, members: Vec<u32>) -> String {
        let within = |named: &Named| {
            named.members.iter().all(|member| members.binary_search(member).is_ok())
        };
        self.describe_within(members.clone(), within)
    }

    /// Describes some items; `within` says whether a named set is a part of them.
    fn describe_within(&self, members: Vec<u32>, within: impl Fn(&Named) -> bool) -> String {
        let (parts, more) = self.parts(&members, within, |name| &name.alone);
        if more == 0 && parts.len() == 1 {
            return parts.concat();
        }
        if members.len() >= MIN_EXCEPT
            && self.max_parts == MAX_PARTS
            && let Some((all, exceptions)) = self.all_except(&members)
            && (more > 0 || exceptions.len() < parts.len())
        {
            return format!("{all} except {}", listed(exceptions));
        }
        match more {
            0 => listed(parts),
            _ => format!("{} and {} more", parts.join(", "), number(more as u64)),
        }
    }

    /// Some items as a few parts, and how many are left out.
    fn parts(
        &self,
        members: &[u32],
        within: impl Fn(&Named) -> bool,
        form: impl Fn(&SetName) -> &String,
    ) -> (Vec<String>, usize) {
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
            // A group's name is worth its room if it covers more than one of the remaining items.
            if rest.len() - left.len() > 1 && parts.len() < self.max_parts {
                parts.push(form(&named.name).clone());
                rest = left;
            }
        }
        let room = self.max_parts.saturating_sub(parts.len()).max(1);
        let shown = if rest.len() == room.saturating_add(1) { rest.len() } else { room };
        parts.extend(rest.iter().take(shown).map(|&member| self.names[member as usize].clone()));
        (parts, rest.len().saturating_sub(shown))
    }

    /// The smallest named set around some items, and its other items, if these can be named in
    /// full: `all users except ada and ben`.
    fn all_except(&self, members: &[u32]) -> Option<(String, Vec<String>)> {
        let around = |named: &&Named| {
            // The items must be most of it, or there are more exceptions than items.
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
            let (parts, more) = self.parts(&lacking, within, |name| &name.after_except);
            (more == 0).then(|| (named.name.before_except.clone(), parts))
        })
    }
}

/// The fewest members of a set that is described by its exceptions.
const MIN_EXCEPT: usize = 4;

/// A name, without quotes where it cannot be confused with the text around it.
pub fn plain(name: &str) -> String {
    // Some letters, such as U+3164, cannot be seen.
    let is_seen = |c: char| c.is_alphanumeric() && !is_invisible_or_control(c);
    let simple = !name.is_empty() && name.chars().all(|c| is_seen(c) || "._-@\\".contains(c));
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

/// How many sessions or accounts there are, and how many groups of identical ones they form:
/// `4,440 sessions in 148 groups with identical permissions`.
pub fn grouping_text(total: u64, one: &str, groups: usize, parts: &str) -> String {
    let total_text = count(total, one);
    match groups {
        0 => total_text,
        1 if total == 1 => total_text,
        1 => format!("{total_text}, all with identical {parts}"),
        _ => format!("{total_text} in {} with identical {parts}", count(groups as u64, "group")),
    }
}

/// A subject by its name: `ada`, `access invite "Audit firm"`.
pub fn subject_text(matrix: &Matrix, subject: SubjectRef) -> String {
    let name = plain(matrix.subject_name(subject));
    match subject {
        SubjectRef::Invite(_) => format!("{} {name}", matrix.ir.profile.terminology.invite),
        SubjectRef::User(_) => name,
    }
}

/// An endpoint by its target's name, with what else tells it from others: `db01`,
/// `desk7 (nobody present)`, `public portal Staff by Session Key`.
pub fn endpoint_text(matrix: &Matrix, endpoint: &Endpoint, target: &str) -> String {
    let place = place_text(matrix, endpoint, target);
    match endpoint.target {
        TargetRef::JumpItem(_) => place,
        TargetRef::Portal(_) => {
            format!("{place} by {}", matrix.ir.profile.methods[endpoint.method].label)
        }
    }
}

/// The names of endpoints, each given with its method, which is named where several endpoints of
/// other methods have the same name.
pub(in crate::report) fn told_apart(names: Vec<(String, &str)>) -> Vec<String> {
    let mut methods: FxHashMap<&str, &str> = FxHashMap::default();
    let mut repeated: FxHashSet<&str> = FxHashSet::default();
    for (name, method) in &names {
        if *methods.entry(name).or_insert(method) != *method {
            repeated.insert(name);
        }
    }
    let name = |(name, method): &(String, &str)| match repeated.contains(&**name) {
        true => format!("{name} by {method}"),
        false => name.clone(),
    };
    names.iter().map(name).collect()
}

/// A session's target, and whether a person is there, without the method.
fn place_text(matrix: &Matrix, endpoint: &Endpoint, target: &str) -> String {
    let name = match endpoint.target {
        TargetRef::JumpItem(_) => plain(target),
        TargetRef::Portal(_) => {
            format!("{} {}", matrix.ir.profile.terminology.portal, plain(target))
        }
    };
    match endpoint.present {
        Some(true) => format!("{name} (person present)"),
        Some(false) => format!("{name} (nobody present)"),
        None => name,
    }
}

/// A session in one line: `user ada → db01 by Remote RDP`.
pub fn session_text(matrix: &Matrix, subject: SubjectRef, endpoint: &Endpoint) -> String {
    let profile = &matrix.ir.profile;
    let kind = match subject {
        SubjectRef::Invite(_) => &profile.terminology.invite,
        SubjectRef::User(_) => &profile.terminology.user,
    };
    let who = plain(matrix.subject_name(subject));
    let place = place_text(matrix, endpoint, matrix.target_name(endpoint.target));
    format!("{kind} {who} → {place} by {}", profile.methods[endpoint.method].label)
}

fn quoted(words: &str, name: &str) -> String {
    format!("{words} {}", escape_control_chars(&quote(name)))
}

/// Sets of subjects that have a name, the most general first.
pub(in crate::report) fn named_subjects(ir: &Ir, subjects: &[SubjectRef]) -> NamedSets {
    let terms = &ir.profile.terminology;
    let invites = ir.tables.invites.len() as u32;
    let all = subjects.len() as u32;
    let users = u64::from(all - invites);
    let mut named = NamedSets::new();
    if invites > 0 && users > 0 {
        let name = SetName {
            alone: format!(
                "everyone ({} and {})",
                count(users, &terms.user),
                count(u64::from(invites), &terms.invite)
            ),
            ..SetName::from("everyone".to_owned())
        };
        named.push((name, (0..all).collect()));
    }
    if users > 0 {
        named.push((SetName::all(users, &terms.user), (invites..all).collect()));
    }
    if invites > 0 {
        named.push((SetName::all(u64::from(invites), &terms.invite), (0..invites).collect()));
    }
    // Subjects are the invites by name, then the users by name.
    let groups = named_users(ir).into_iter().skip(1);
    named.extend(
        groups.map(|(name, users)| (name, users.into_iter().map(|user| user + invites).collect())),
    );
    named
}

/// Named sets of users, as indices of users: all, then the members of groups.
pub(in crate::report) fn named_users(ir: &Ir) -> NamedSets {
    let tables = &ir.tables;
    let terms = &ir.profile.terminology;
    let all = tables.users.len() as u32;
    let mut named = vec![(SetName::all(u64::from(all), &terms.user), (0..all).collect())];
    let mut group = |kind: &str, name: &str, members: BTreeSet<u32>| {
        let size = count(members.len() as u64, &terms.user);
        let name = format!("{} ({size})", quoted(kind, name));
        named.push((name.into(), members.into_iter().collect()));
    };
    for found in tables.group_policies.iter() {
        group(&terms.group_policy, &found.object.name, members_of(ir, found));
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
    members(&ir.tables, group).map(|user| user.0).collect()
}

/// Sets of endpoints that have a name, the most general first.
pub(in crate::report) fn named_endpoints(matrix: &Matrix, endpoints: &[Endpoint]) -> NamedSets {
    let ir = &matrix.ir;
    let terms = &ir.profile.terminology;
    let select = |wanted: &dyn Fn(&Endpoint) -> bool| -> Vec<u32> {
        let numbered = endpoints.iter().zip(0..);
        numbered.filter(|(endpoint, _)| wanted(endpoint)).map(|(_, at)| at).collect()
    };
    // An item with and without a person present is one item.
    let targets = |members: &[u32]| {
        let targets: BTreeSet<TargetRef> =
            members.iter().map(|&at| endpoints[at as usize].target).collect();
        targets.len() as u64
    };
    let item = |endpoint: &Endpoint| match endpoint.target {
        TargetRef::JumpItem(id) => Some(&ir.tables.jump_items[id.index()]),
        TargetRef::Portal(_) => None,
    };
    let all_items = SetName::all(ir.tables.jump_items.len() as u64, &terms.jump_item);
    let mut named = NamedSets::new();
    if !ir.tables.portals.is_empty() {
        let all_portals = SetName::all(ir.tables.portals.len() as u64, &terms.portal);
        let everything = all_items.clone().and(all_portals.clone());
        named.push((everything, select(&|_| true)));
        named.push((all_portals, select(&|endpoint| item(endpoint).is_none())));
    }
    named.push((all_items, select(&|endpoint| item(endpoint).is_some())));
    for (present, when) in [(true, "with a person present"), (false, "with nobody present")] {
        let members =
            select(&|endpoint| endpoint.present == Some(present) && item(endpoint).is_some());
        let name = SetName::all(targets(&members), &terms.jump_item);
        named.push((name.map(|text| format!("{text} {when}")), members));
    }
    for (method, found) in ir.profile.methods.iter().enumerate() {
        let members = select(&|endpoint| endpoint.method == method && item(endpoint).is_some());
        let one = item_of_kind(&found.label, &terms.jump_item);
        named.push((SetName::all(targets(&members), &one), members));
    }
    let mut by_group: Vec<Vec<u32>> = vec![Vec::new(); ir.tables.jump_groups.len()];
    for (endpoint, at) in endpoints.iter().zip(0..) {
        if let Some(group) = item(endpoint).and_then(|item| item.group) {
            by_group[group.index()].push(at);
        }
    }
    for (group, members) in ir.tables.jump_groups.iter().zip(by_group) {
        let size = count(targets(&members), &terms.jump_item);
        let name = format!("{} ({size})", quoted(&terms.jump_group, &group.name));
        named.push((name.into(), members));
    }
    for (at, portal) in ir.tables.portals.iter().enumerate() {
        let members = select(
            &|endpoint| matches!(endpoint.target, TargetRef::Portal(id) if id.index() == at),
        );
        named.push((quoted(&terms.portal, &portal.object.name).into(), members));
    }
    named
}

/// What one jump item of a kind is called: `Shell Jump item`, from the method's label and the
/// product's term.
fn item_of_kind(method: &str, jump_item: &str) -> String {
    if method.eq_ignore_ascii_case(jump_item) {
        return method.to_owned();
    }
    let noun = jump_item.rsplit(' ').next().unwrap_or(jump_item);
    format!("{method} {noun}")
}
