//! Who and where: subjects and endpoints, in the order of the matrix, and their classes.

use super::account::Accounts;
use super::session::{Cells, EMPTY_STACK, Rules, Stack};
use crate::ir::*;
use crate::profile::{LayerKind, Target};
use rustc_hash::FxHashMap;
use std::hash::Hash;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubjectRef {
    Invite(InviteId),
    User(UserId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetRef {
    JumpItem(JumpItemId),
    Portal(PortalId),
}

/// What a session goes to, and how: method, target and presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub method: usize,
    pub target: TargetRef,
    /// Where the method tells: whether a person is present.
    pub present: Option<bool>,
}

/// Subjects with the same policies.
#[derive(Clone, Debug)]
pub struct SubjectClass {
    /// By slot (attended, unattended): the policies of the layers that belong to the subject.
    pub stacks: [Stack; 2],
    /// Indices into [`Matrix::subjects`], ascending.
    pub members: Vec<u32>,
}

/// Endpoints with the same method and policies.
#[derive(Clone, Debug)]
pub struct EndpointClass {
    pub method: usize,
    /// The policies of the layers that belong to the target, and of the global default.
    pub stack: Stack,
    /// Indices into [`Matrix::endpoints`], ascending.
    pub members: Vec<u32>,
}

/// All sessions of an IR, by classes.
#[derive(Debug)]
pub struct Matrix<'a> {
    pub ir: &'a Ir,
    pub rules: Rules,
    pub accounts: Accounts<'a>,
    /// In the order of the matrix, each with its class.
    pub subjects: Vec<(SubjectRef, u32)>,
    pub endpoints: Vec<(Endpoint, u32)>,
    /// Numbered by their first members.
    pub subject_classes: Vec<SubjectClass>,
    pub endpoint_classes: Vec<EndpointClass>,
    /// The permissions that reports show, as a mask: all, unless [`Matrix::only`] says otherwise.
    pub shown: u128,
}

impl<'a> Matrix<'a> {
    pub fn new(ir: &'a Ir) -> Self {
        let accounts = Accounts::new(ir);
        let layers = Layers::new(ir);
        let mut subjects = Numbered::new();
        for index in 0..ir.tables.invites.len() as u32 {
            let subject = SubjectRef::Invite(InviteId(index));
            subjects.add(subject, layers.subject(&accounts, subject));
        }
        for index in 0..ir.tables.users.len() as u32 {
            let subject = SubjectRef::User(UserId(index));
            subjects.add(subject, layers.subject(&accounts, subject));
        }
        let mut endpoints = Numbered::new();
        for endpoint in all_endpoints(ir) {
            endpoints.add(endpoint, (endpoint.method, layers.target(endpoint)));
        }
        let rules = Rules::new(ir);
        Matrix {
            ir,
            shown: rules.all(),
            rules,
            accounts,
            subject_classes: subjects.classes(|stacks, members| SubjectClass { stacks, members }),
            endpoint_classes: endpoints.classes(|(method, stack), members| EndpointClass { method, stack, members }),
            subjects: subjects.items,
            endpoints: endpoints.items,
        }
    }

    /// Reports show these permissions alone, by their indices, and sessions that differ in others are equal.
    pub fn only(&mut self, permissions: &[usize]) {
        self.shown = permissions.iter().fold(0, |shown, permission| shown | 1 << permission);
    }

    /// The permissions that reports show, in the profile's order.
    pub fn shown_permissions(&self) -> impl Iterator<Item = usize> + use<> {
        let shown = self.shown;
        (0..self.ir.profile.permissions.len()).filter(move |permission| shown >> permission & 1 == 1)
    }

    /// The policies that a session of two classes is made of.
    pub fn stack(&self, subject_class: u32, endpoint_class: u32) -> Stack {
        let endpoint = &self.endpoint_classes[endpoint_class as usize];
        let subject = &self.subject_classes[subject_class as usize].stacks[self.ir.profile.slot_of(endpoint.method)];
        // A layer belongs to one of the two sides, and the other has `NONE` there, which is the largest number.
        std::array::from_fn(|layer| subject[layer].min(endpoint.stack[layer]))
    }

    pub fn resolve(&self, subject_class: u32, endpoint_class: u32) -> (Stack, Cells) {
        let stack = self.stack(subject_class, endpoint_class);
        let method = self.endpoint_classes[endpoint_class as usize].method;
        (stack, self.rules.resolve(&stack, method))
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> u64 {
        self.subjects.len() as u64 * self.endpoints.len() as u64
    }

    pub fn subject_name(&self, subject: SubjectRef) -> &'a str {
        match subject {
            SubjectRef::Invite(id) => &self.ir.tables.invites[id.index()].object.name,
            SubjectRef::User(id) => &self.ir.tables.users[id.index()].object.name,
        }
    }

    pub fn target_name(&self, target: TargetRef) -> &'a str {
        match target {
            TargetRef::JumpItem(id) => &self.ir.tables.jump_items[id.index()].object.name,
            TargetRef::Portal(id) => &self.ir.tables.portals[id.index()].object.name,
        }
    }
}

impl SubjectRef {
    pub fn kind(self) -> &'static str {
        match self {
            SubjectRef::Invite(_) => "invite",
            SubjectRef::User(_) => "user",
        }
    }
}

impl TargetRef {
    pub fn kind(self) -> &'static str {
        match self {
            TargetRef::JumpItem(_) => "jump_item",
            TargetRef::Portal(_) => "portal",
        }
    }
}

/// `present`, `absent`, or nothing where the method does not tell.
pub fn presence_text(present: Option<bool>) -> &'static str {
    match present {
        Some(true) => "present",
        Some(false) => "absent",
        None => "",
    }
}

/// Endpoints in the order of the matrix: method, kind of target, name, presence, each by bytes.
fn all_endpoints(ir: &Ir) -> Vec<Endpoint> {
    let methods = &ir.profile.methods;
    let mut endpoints = Vec::with_capacity(ir.tables.jump_items.len());
    let mut by_method: Vec<Vec<u32>> = vec![Vec::new(); methods.len()];
    for (index, item) in ir.tables.jump_items.iter().enumerate() {
        by_method[item.method].push(index as u32);
    }
    let mut order: Vec<usize> = (0..methods.len()).collect();
    order.sort_by(|&a, &b| methods[a].id.cmp(&methods[b].id));
    for method in order {
        let mut add = |target: TargetRef| {
            let told: &[Option<bool>] = if methods[method].presence { &[Some(false), Some(true)] } else { &[None] };
            endpoints.extend(told.iter().map(|&present| Endpoint { method, target, present }));
        };
        match methods[method].target {
            Target::JumpItem => by_method[method].iter().for_each(|&index| add(TargetRef::JumpItem(JumpItemId(index)))),
            target => {
                for (index, portal) in ir.tables.portals.iter().enumerate() {
                    if target == Target::Portal || portal.is_default {
                        add(TargetRef::Portal(PortalId(index as u32)));
                    }
                }
            }
        }
    }
    endpoints
}

/// What each layer of the profile contributes (language 4.2).
struct Layers<'a> {
    ir: &'a Ir,
    default_portal: Option<PortalId>,
}

impl<'a> Layers<'a> {
    fn new(ir: &'a Ir) -> Self {
        let default_portal =
            ir.tables.portals.iter().position(|portal| portal.is_default).map(|at| PortalId(at as u32));
        Layers { ir, default_portal }
    }

    fn stack(&self, policy: impl Fn(LayerKind) -> Option<PolicyId>) -> Stack {
        let mut stack = EMPTY_STACK;
        for (at, layer) in self.ir.profile.layers.iter().enumerate() {
            if let Some(id) = policy(layer.kind) {
                stack[at] = id.0;
            }
        }
        stack
    }

    fn subject(&self, accounts: &Accounts<'_>, subject: SubjectRef) -> [Stack; 2] {
        std::array::from_fn(|slot| match subject {
            SubjectRef::Invite(id) => {
                let policy = self.ir.tables.invites[id.index()].session_policy.policy;
                let in_place = self.ir.profile.has_layer(LayerKind::Invite);
                self.stack(|layer| match layer {
                    LayerKind::Invite => policy,
                    LayerKind::Representative if !in_place => policy,
                    _ => None,
                })
            }
            SubjectRef::User(id) => {
                let slot = slot.min(self.ir.profile.slots() - 1);
                let (group, own) = accounts.contributions(id, slot);
                let policy = |assignment: Option<Assignment>| assignment.and_then(|assignment| assignment.policy);
                self.stack(|layer| match layer {
                    LayerKind::GroupPolicy => policy(group),
                    LayerKind::User => policy(own),
                    // A defined setting of the groups replaces the user's own whole, `none` too.
                    LayerKind::Representative => policy(group.or(own)),
                    _ => None,
                })
            }
        })
    }

    fn target(&self, endpoint: Endpoint) -> Stack {
        let tables = &self.ir.tables;
        let (item, portal) = match endpoint.target {
            TargetRef::JumpItem(id) => {
                let item = &tables.jump_items[id.index()];
                let slot = usize::from(endpoint.present == Some(false));
                (item.session_policy[slot], item.portal.or(self.default_portal))
            }
            TargetRef::Portal(id) => (None, Some(id)),
        };
        let portal = portal.and_then(|id| tables.portals[id.index()].session_policy);
        self.stack(|layer| match layer {
            LayerKind::JumpItem => item.and_then(|assignment| assignment.policy),
            LayerKind::Portal => portal.and_then(|assignment| assignment.policy),
            LayerKind::GlobalDefault => tables.global_default,
            _ => None,
        })
    }
}

/// Items and the classes that they fall into, numbered in the order of their first items.
struct Numbered<T, K> {
    items: Vec<(T, u32)>,
    known: FxHashMap<K, u32>,
    keys: Vec<K>,
}

impl<T, K: Copy + Eq + Hash> Numbered<T, K> {
    fn new() -> Self {
        Numbered { items: Vec::new(), known: FxHashMap::default(), keys: Vec::new() }
    }

    fn add(&mut self, item: T, key: K) {
        let keys = &mut self.keys;
        let class = *self.known.entry(key).or_insert_with(|| {
            keys.push(key);
            keys.len() as u32 - 1
        });
        self.items.push((item, class));
    }

    fn classes<C>(&self, make: impl Fn(K, Vec<u32>) -> C) -> Vec<C> {
        let mut members = vec![Vec::new(); self.keys.len()];
        for (index, (_, class)) in self.items.iter().enumerate() {
            members[*class as usize].push(index as u32);
        }
        self.keys.iter().zip(members).map(|(&key, members)| make(key, members)).collect()
    }
}
