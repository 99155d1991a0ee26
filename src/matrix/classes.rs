//! Subjects and endpoints in the order of the matrix, and their classes.

use super::account::Accounts;
use super::layers::Layers;
use super::parties::{Endpoint, SubjectRef, TargetRef, all_endpoints};
use super::session::{Cells, Rules, Stack, merged};
use crate::ir::{InviteId, Ir, UserId};
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::Arc;

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
    /// Index into the profile's methods.
    pub method: usize,
    /// The policies of the layers that belong to the target, and of the global default.
    pub stack: Stack,
    /// Indices into [`Matrix::endpoints`], ascending.
    pub members: Vec<u32>,
}

/// All sessions of an IR, by classes.
#[derive(Debug)]
pub struct Matrix {
    /// The checked policies.
    pub ir: Arc<Ir>,
    /// The profile and all policies as masks.
    pub rules: Rules,
    /// All accounts, by classes.
    pub accounts: Accounts,
    /// What each layer contributes.
    pub layers: Layers,
    /// In the order of the matrix, each with the index of its class.
    pub subjects: Vec<(SubjectRef, u32)>,
    /// In the order of the matrix, each with the index of its class.
    pub endpoints: Vec<(Endpoint, u32)>,
    /// Numbered by their first members.
    pub subject_classes: Vec<SubjectClass>,
    /// Numbered by their first members.
    pub endpoint_classes: Vec<EndpointClass>,
    /// The permissions that reports show, as a mask: all, unless [`Matrix::retain_permissions`] was
    /// called.
    pub visible: u128,
}

impl Matrix {
    /// Finds the classes of subjects and endpoints. No session is resolved yet.
    pub fn new(ir: &Arc<Ir>) -> Self {
        let accounts = Accounts::new(Arc::clone(ir));
        let layers = Layers::new(Arc::clone(ir));
        let mut subjects = Interner::new();
        for index in 0..ir.tables.invites.len() as u32 {
            let subject = SubjectRef::Invite(InviteId(index));
            subjects.add(subject, layers.subject_stacks(&accounts, subject));
        }
        for index in 0..ir.tables.users.len() as u32 {
            let subject = SubjectRef::User(UserId(index));
            subjects.add(subject, layers.subject_stacks(&accounts, subject));
        }
        let mut endpoints = Interner::new();
        for endpoint in all_endpoints(ir) {
            endpoints.add(endpoint, (endpoint.method, layers.endpoint_stack(&endpoint)));
        }
        let rules = Rules::new(ir);
        Matrix {
            ir: Arc::clone(ir),
            visible: rules.all(),
            rules,
            accounts,
            layers,
            subject_classes: subjects.classes(|stacks, members| SubjectClass { stacks, members }),
            endpoint_classes: endpoints.classes(|(method, stack), members| EndpointClass {
                method,
                stack,
                members,
            }),
            subjects: subjects.items,
            endpoints: endpoints.items,
        }
    }

    /// Makes reports show only these permissions, by their indices. Sessions that differ only in
    /// others then count as identical.
    pub fn retain_permissions(&mut self, permissions: &[usize]) {
        self.visible = permissions.iter().fold(0, |visible, permission| visible | 1 << permission);
    }

    /// The permissions that reports show, in the profile's order.
    pub fn visible_permissions(&self) -> impl Iterator<Item = usize> + use<> {
        let visible = self.visible;
        (0..self.ir.profile.permissions.len())
            .filter(move |permission| visible >> permission & 1 == 1)
    }

    /// The policies that a session of two classes is made of.
    pub fn stack(&self, subject_class: u32, endpoint_class: u32) -> Stack {
        let endpoint = &self.endpoint_classes[endpoint_class as usize];
        let subject = &self.subject_classes[subject_class as usize].stacks
            [self.ir.profile.slot_of(endpoint.method)];
        merged(subject, &endpoint.stack)
    }

    /// Resolves the sessions of two classes: their policies, and which layer decides what.
    pub fn resolve(&self, subject_class: u32, endpoint_class: u32) -> (Stack, Cells) {
        let stack = self.stack(subject_class, endpoint_class);
        let method = self.endpoint_classes[endpoint_class as usize].method;
        (stack, self.rules.resolve(&stack, method))
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> u64 {
        self.subjects.len() as u64 * self.endpoints.len() as u64
    }

    /// The name of a user or invite.
    pub fn subject_name(&self, subject: SubjectRef) -> &str {
        match subject {
            SubjectRef::Invite(id) => &self.ir.tables.invites[id.index()].object.name,
            SubjectRef::User(id) => &self.ir.tables.users[id.index()].object.name,
        }
    }

    /// The name of a jump item or portal.
    pub fn target_name(&self, target: TargetRef) -> &str {
        match target {
            TargetRef::JumpItem(id) => &self.ir.tables.jump_items[id.index()].object.name,
            TargetRef::Portal(id) => &self.ir.tables.portals[id.index()].object.name,
        }
    }
}

/// Items and the classes that they fall into, numbered in the order of their first items.
struct Interner<T, K> {
    items: Vec<(T, u32)>,
    known: FxHashMap<K, u32>,
    keys: Vec<K>,
}

impl<T, K: Copy + Eq + Hash> Interner<T, K> {
    fn new() -> Self {
        Interner { items: Vec::new(), known: FxHashMap::default(), keys: Vec::new() }
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
