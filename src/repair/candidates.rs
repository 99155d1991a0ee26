//! The edits that could make an expectation hold where it fails: each is about something that the
//! failing session or account depends on.

use super::{Trial, place};
use crate::ir::*;
use crate::matrix::session::NONE;
use crate::matrix::{Endpoint, Matrix, Source, SubjectRef, TargetRef};
use crate::policy_test::Counterexample;
use crate::profile::{Entry, LayerKind, Type};
use crate::semantics::members::is_in_directory_group;
use crate::semantics::policy_lines;
use crate::text::quote;
use std::collections::BTreeSet;

/// The edits for the first failure of a trial, ascending.
pub(super) fn candidates(trial: &Trial) -> Vec<String> {
    let Some((expectation, example)) = place(trial) else { return Vec::new() };
    let mut writer = Writer { matrix: &trial.matrix, expectation, edits: BTreeSet::new() };
    match example {
        Counterexample::Account(user) => writer.account(user),
        Counterexample::Session(subject, endpoint) => writer.session(subject, endpoint),
    }
    writer.edits.into_iter().collect()
}

/// Whether an action of a role is to start sessions.
fn is_start(at: &u8) -> bool {
    ROLE_ACTIONS[*at as usize] == crate::profile::START
}

struct Writer<'t> {
    matrix: &'t Matrix,
    expectation: &'t Expectation,
    edits: BTreeSet<String>,
}

/// Who gives an account something.
#[derive(Clone, Copy)]
enum Owner {
    GroupPolicy(GroupPolicyId),
    Embassy(EmbassyId),
    User(UserId),
}

impl<'t> Writer<'t> {
    fn tables(&self) -> &'t Tables {
        &self.matrix.ir.tables
    }

    fn add(&mut self, edit: String) {
        self.edits.insert(edit);
    }

    fn owner(&self, owner: Owner) -> (String, &'t Grants) {
        let tables = self.tables();
        let (words, object, grants) = match owner {
            Owner::GroupPolicy(id) => {
                let group = &tables.group_policies[id.index()];
                ("group policy", &group.object, &*group.grants)
            }
            Owner::Embassy(id) => {
                let group = &tables.embassies[id.index()];
                ("embassy", &group.object, &*group.grants)
            }
            Owner::User(id) => {
                let user = &tables.users[id.index()];
                ("user", &user.object, &*user.grants)
            }
        };
        (format!("{words} {}", quote(&object.name)), grants)
    }

    /// All that gives a user something: its group policies or its embassy, and the account.
    fn owners(&self, user: UserId) -> Vec<Owner> {
        let groups = &self.matrix.accounts.class(user).groups;
        let policies = groups.policies.iter().map(|id| Owner::GroupPolicy(*id));
        let embassy = groups.embassy.map(Owner::Embassy);
        policies.chain(embassy).chain([Owner::User(user)]).collect()
    }

    /// The values that are tried for a permission or setting.
    fn values(&self, entry: &Entry, is_expected: bool) -> Vec<String> {
        let mut values: Vec<String> = match &entry.ty {
            Type::Set { .. } | Type::Filter { .. } => vec!["any".into(), "only []".into()],
            Type::Role => {
                let names = self.tables().roles.iter().map(|role| quote(&role.object.name));
                names.chain(["no_access".to_owned()]).collect()
            }
            ty => ty.words().into_iter().map(str::to_owned).collect(),
        };
        if is_expected {
            values.extend(self.expectation.values.iter().filter_map(|value| match value {
                Expected::Value(id) => Some(entry.ty.text(self.matrix.ir.value(*id))),
                _ => None,
            }));
        }
        values
    }

    fn account(&mut self, user: UserId) {
        match self.expectation.subject {
            Subject::Setting(entry) => self.setting(user, entry as usize, true),
            Subject::SessionPolicy(slot) => self.assignments_of_user(user, slot as usize),
            Subject::Start | Subject::Permission(_) => {}
        }
        self.groups(user);
    }

    /// A line of an owner: with `final` too where that can be, and only so where the present line
    /// is final, since giving that up is an edit of its own.
    fn set(&mut self, owner: Owner, object: &str, is_final: bool, line: &str) {
        if !is_final {
            self.add(format!("set {object} {line}"));
        }
        if matches!(owner, Owner::GroupPolicy(_)) {
            self.add(format!("set {object} final {line}"));
        }
    }

    /// A setting and those that it requires.
    fn setting(&mut self, user: UserId, entry: usize, is_expected: bool) {
        let settings = &self.matrix.ir.profile.settings;
        let required = |at: &usize| settings[*at].requires.as_ref().map(|found| found.entry);
        let chain = std::iter::successors(Some(entry), required).take(settings.len());
        for (at, place) in chain.zip(0..) {
            let values = self.values(&settings[at], is_expected && place == 0);
            let path = &settings[at].path;
            for owner in self.owners(user) {
                let (object, grants) = self.owner(owner);
                let is_final = grants.setting(at).is_some_and(|line| line.is_final);
                for value in &values {
                    self.set(owner, &object, is_final, &format!("{path} = {value}"));
                }
                if let Some(line) = grants.setting(at) {
                    self.add(format!("unset {object} {path}"));
                    if line.is_final {
                        self.add(format!("unset {object} final {path}"));
                    }
                }
            }
        }
    }

    /// Which groups a user is in, and in which order they stand.
    fn groups(&mut self, user: UserId) {
        let tables = self.tables();
        let name = quote(&tables.users[user.index()].object.name);
        let groups = &self.matrix.accounts.class(user).groups;
        for (group, id) in tables.group_policies.iter().zip((0..).map(GroupPolicyId)) {
            let object = format!("group policy {}", quote(&group.object.name));
            if !groups.policies.contains(&id) {
                if groups.embassy.is_none() {
                    self.add(format!("add-member {object} user {name}"));
                }
                continue;
            }
            if group.members.users.iter().any(|(member, _)| *member == user) {
                self.add(format!("remove-member {object} user {name}"));
            }
            for (directory, _) in &group.members.directory_groups {
                if is_in_directory_group(tables, *directory, user) {
                    let brings = &tables.directory_groups[directory.index()].object.name;
                    let brings = format!("directory group {}", quote(brings));
                    self.add(format!("remove-member {object} {brings}"));
                    self.add(format!("remove-member {brings} user {name}"));
                }
            }
            for other in groups.policies.iter().filter(|other| **other != id) {
                let other = quote(&tables.group_policies[other.index()].object.name);
                self.add(format!("move {object} above {other}"));
                self.add(format!("move {object} below {other}"));
            }
        }
    }

    fn session(&mut self, subject: usize, endpoint: usize) {
        let (subject, subject_class) = self.matrix.subjects[subject];
        let (endpoint, endpoint_class) = self.matrix.endpoints[endpoint];
        if let Subject::Permission(permission) = self.expectation.subject {
            let stack = self.matrix.stack(subject_class, endpoint_class);
            let via = self.matrix.via((subject_class, endpoint_class), &stack);
            for (layer, policy) in stack.into_iter().enumerate() {
                if policy != NONE {
                    let id = PolicyId(policy);
                    self.permissions(id, layer, subject, via, permission as usize);
                }
            }
            self.assignments(subject, &endpoint);
        }
        self.start(subject, &endpoint);
        if let SubjectRef::User(user) = subject {
            self.groups(user);
        }
    }

    /// The lines of a session policy on which a permission depends.
    fn permissions(
        &mut self,
        id: PolicyId,
        layer: usize,
        subject: SubjectRef,
        via: Option<Source>,
        permission: usize,
    ) {
        let ir = &self.matrix.ir;
        let policy = ir.policy(id);
        let object = match policy.kind {
            PolicyKind::Named => format!("session policy {}", quote(&policy.object.name)),
            PolicyKind::GlobalDefault => "global default".to_owned(),
            PolicyKind::Unknown => return,
            PolicyKind::Custom => {
                let of_groups = ir.profile.layers[layer].kind != LayerKind::User;
                let owner = match (via, subject) {
                    (Some(Source::GroupPolicy(group)), _) if of_groups => Owner::GroupPolicy(group),
                    (Some(Source::Embassy(embassy)), _) if of_groups => Owner::Embassy(embassy),
                    (_, SubjectRef::User(user)) => Owner::User(user),
                    _ => return,
                };
                format!("custom of {}", self.owner(owner).0)
            }
        };
        let profile = &ir.profile;
        let chain = [permission].into_iter().chain(policy_lines::ancestors(profile, permission));
        let mut entries: Vec<usize> = chain.collect();
        let implying = |at: &usize| profile.permissions[*at].implied_by.as_ref();
        let implying: Vec<usize> = entries.iter().filter_map(implying).map(|by| by.entry).collect();
        entries.extend(implying);
        for entry in entries {
            let path = &profile.permissions[entry].path;
            for value in self.values(&profile.permissions[entry], entry == permission) {
                self.add(format!("set {object} {path} = {value}"));
            }
            if policy.definition(entry).is_some() && policy.kind != PolicyKind::GlobalDefault {
                self.add(format!("unset {object} {path}"));
            }
        }
    }

    /// The session policies that could be assigned in place of the present ones.
    fn assignments(&mut self, subject: SubjectRef, endpoint: &Endpoint) {
        match endpoint.target {
            TargetRef::JumpItem(id) => {
                let object = self.jump_item(id);
                for value in self.assignable(|available| available.jump_items) {
                    self.add(format!("assign {object} {value}"));
                }
            }
            TargetRef::Portal(id) => {
                let object = &self.tables().portals[id.index()].object;
                let object = format!("portal {}", quote(&object.name));
                for value in self.assignable(|_| true) {
                    self.add(format!("assign {object} {value}"));
                }
            }
        }
        match subject {
            SubjectRef::Invite(id) => {
                let object = &self.tables().invites[id.index()].object;
                let object = format!("invite {}", quote(&object.name));
                for value in self.assignable(|available| available.invites) {
                    self.add(format!("assign {object} {value}"));
                }
            }
            SubjectRef::User(user) => {
                let slot = self.matrix.ir.profile.slot_of(endpoint.method);
                self.assignments_of_user(user, slot);
            }
        }
    }

    fn assignable(&self, to: impl Fn(Available) -> bool) -> Vec<String> {
        let named = self.tables().policies.iter();
        let named = named.filter(|one| one.kind == PolicyKind::Named && to(one.available));
        named.map(|one| quote(&one.object.name)).chain(["none".to_owned()]).collect()
    }

    fn assignments_of_user(&mut self, user: UserId, slot: usize) {
        let profile = &self.matrix.ir.profile;
        let mut paths = vec!["session_policy".to_owned()];
        if profile.slots() > 1 {
            paths.push(profile.slot_path(slot).to_owned());
        }
        let values = self.assignable(|available| available.users);
        for owner in self.owners(user) {
            let (object, grants) = self.owner(owner);
            for path in &paths {
                let is_final = grants.session_policy[slot].is_some_and(|one| one.is_final);
                for value in &values {
                    self.set(owner, &object, is_final, &format!("{path} = {value}"));
                }
                if let Some(assignment) = grants.session_policy[slot] {
                    self.add(format!("unset {object} {path}"));
                    if assignment.is_final {
                        self.add(format!("unset {object} final {path}"));
                    }
                }
            }
        }
    }

    fn jump_item(&self, id: JumpItemId) -> String {
        let items = &self.tables().jump_items;
        let item = &items[id.index()];
        let name = &item.object.name;
        let object = format!("jump item {}", quote(name));
        match items.iter().filter(|other| other.object.name == *name).count() {
            1 => object,
            _ => format!("{object} method {}", self.matrix.ir.profile.methods[item.method].id),
        }
    }

    /// What decides whether the session can be started.
    fn start(&mut self, subject: SubjectRef, endpoint: &Endpoint) {
        let ir = &self.matrix.ir;
        let Some(start) = &ir.profile.start else { return };
        if let SubjectRef::User(user) = subject {
            let parts = start.conditions(endpoint.method).flat_map(|condition| &condition.any);
            let settings: BTreeSet<usize> = parts.map(|part| part.setting).collect();
            let roles = ir.profile.settings.iter().enumerate();
            let roles = roles.filter(|(_, entry)| entry.path.starts_with("roles."));
            for setting in settings.into_iter().chain(roles.map(|(at, _)| at)) {
                self.setting(user, setting, false);
            }
        }
        let TargetRef::JumpItem(id) = endpoint.target else { return };
        let item = &self.tables().jump_items[id.index()];
        let object = self.jump_item(id);
        for group in &self.tables().jump_groups {
            self.add(format!("set {object} group = {}", quote(&group.name)));
        }
        let is_of_start = self.expectation.subject == Subject::Start;
        let policies: Vec<String> =
            self.tables().jump_policies.iter().map(|policy| quote(&policy.name)).collect();
        if is_of_start {
            policies.iter().for_each(|name| self.add(format!("set {object} jump_policy = {name}")));
            if item.jump_policy.is_some() {
                self.add(format!("unset {object} jump_policy"));
            }
        }
        self.roles();
        if let (SubjectRef::User(user), Some(group)) = (subject, item.group) {
            let with = if is_of_start { &policies[..] } else { &[] };
            self.memberships(user, group, with);
        }
    }

    /// Whether roles allow starting sessions.
    fn roles(&mut self) {
        for role in &self.tables().roles {
            let mut words: Vec<&str> = role
                .allows
                .iter()
                .filter(|at| !is_start(at))
                .map(|at| ROLE_ACTIONS[*at as usize])
                .collect();
            if !role.allows.iter().any(is_start) {
                words.insert(0, crate::profile::START);
            }
            let name = quote(&role.object.name);
            self.add(format!("set jump item role {name} allows = [{}]", words.join(", ")));
        }
    }

    /// The memberships of a user in a jump group.
    fn memberships(&mut self, user: UserId, group: JumpGroupId, policies: &[String]) {
        let key = MembershipKey::JumpGroup(group);
        let line = format!("jump group {}", quote(&self.tables().jump_groups[group.index()].name));
        for owner in self.owners(user) {
            let (object, grants) = self.owner(owner);
            let here = grants.memberships.iter().find(|membership| membership.key == key);
            let with = here.and_then(|membership| match membership.role {
                MemberRole::JumpItemRole(_, policy) => policy,
                _ => None,
            });
            let now = with.map(|id| quote(&self.tables().jump_policies[id.index()].name));
            let now = now.map(|name| format!(" with {name}")).unwrap_or_default();
            let is_final = here.is_some_and(|membership| membership.is_final);
            let is_final = if is_final { "final " } else { "" };
            let until = here.and_then(|membership| membership.until.as_ref());
            let until = until.map(|until| format!(" until {}", until.0)).unwrap_or_default();
            for role in &self.tables().roles {
                let name = quote(&role.object.name);
                let as_role = format!("set {object} {is_final}{line} as {name}");
                self.add(format!("{as_role}{now}{until}"));
                // A jump policy says nothing beside a role that does not start sessions.
                let starts = role.allows.iter().any(is_start);
                for policy in policies.iter().filter(|_| starts) {
                    self.add(format!("{as_role} with {policy}{until}"));
                }
            }
            if here.is_some() {
                self.add(format!("unset {object} {line}"));
            }
        }
    }
}
