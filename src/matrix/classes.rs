//! Subjects and endpoints in the order of the matrix, and their classes.

use super::account::{Accounts, Source};
use super::kept::Kept;
use super::layers::Layers;
use super::parties::{Endpoint, SubjectRef, TargetRef, all_endpoints};
use super::session::{Cells, NONE, Rules, Stack, merged};
use super::start::{StartCell, StartClasses, StartDecider, StartValue, Starts};
use crate::ir::{InviteId, Ir, SessionScope, UserId};
use crate::semantics::start::{Holds, Starter};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

/// Subjects with the same policies.
#[derive(Clone, Debug)]
pub struct SubjectClass {
    /// By slot (attended, unattended): the policies of the layers that belong to the subject.
    pub stacks: [Stack; 2],
    /// By slot: the group policy or embassy that brought in the policy of its layer.
    pub via: [Option<Source>; 2],
    /// What users can start: an index into the classes of [`Starts`]. `None` for invites.
    pub(super) starter: Option<u32>,
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
    /// Where the target is found: an index into the entrances of [`Starts`].
    pub(super) entrance: u32,
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
    /// Which sessions can be started; `None` for a profile that does not say.
    pub starts: Option<Starts>,
    /// Whether pairs that cannot be started count as sessions, too.
    pub all_pairs: bool,
    /// The sessions that [`Matrix::keep`] kept; `None` where it was not called.
    pub(super) kept: Option<Kept>,
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
    /// Whether reports show `start`.
    pub shows_start: bool,
}

impl Matrix {
    /// Finds the classes of subjects and endpoints. No session is resolved yet.
    pub fn new(ir: &Arc<Ir>) -> Self {
        let accounts = Accounts::new(Arc::clone(ir));
        let layers = Layers::new(Arc::clone(ir));
        let all = all_endpoints(ir);
        let (starts, starter_of, entrance_of) = match Starts::find(ir, &accounts, &all) {
            Some(StartClasses { starts, of_user, of_endpoint }) => {
                (Some(starts), of_user, of_endpoint)
            }
            None => (None, Vec::new(), Vec::new()),
        };
        let mut subjects = Interner::new();
        for index in 0..ir.tables.invites.len() as u32 {
            let subject = SubjectRef::Invite(InviteId(index));
            subjects.add(subject, (layers.subject_stacks(&accounts, subject), [None; 2], None));
        }
        for user in (0..ir.tables.users.len() as u32).map(UserId) {
            let subject = SubjectRef::User(user);
            let via = std::array::from_fn(|slot| accounts.via(user, slot));
            let starter = Some(starter_of.get(user.index()).copied().unwrap_or_default());
            subjects.add(subject, (layers.subject_stacks(&accounts, subject), via, starter));
        }
        let mut endpoints = Interner::new();
        for (at, endpoint) in all.into_iter().enumerate() {
            let entrance = entrance_of.get(at).copied().unwrap_or_default();
            endpoints.add(endpoint, (endpoint.method, layers.endpoint_stack(&endpoint), entrance));
        }
        let rules = Rules::new(ir);
        Matrix {
            ir: Arc::clone(ir),
            visible: rules.all(),
            shows_start: starts.is_some(),
            starts,
            kept: None,
            all_pairs: ir.tables.sessions == SessionScope::All,
            rules,
            accounts,
            layers,
            subject_classes: subjects.classes(|(stacks, via, starter), members| SubjectClass {
                stacks,
                via,
                starter,
                members,
            }),
            endpoint_classes: endpoints.classes(|(method, stack, entrance), members| {
                EndpointClass { method, stack, entrance, members }
            }),
            subjects: subjects.items,
            endpoints: endpoints.items,
        }
    }

    /// Whether subjects of a class can start sessions with endpoints of another. Without `start` in
    /// the profile, all can.
    pub fn start(&self, subject_class: u32, endpoint_class: u32) -> StartValue {
        let Some(starts) = &self.starts else { return StartValue::Allow };
        let entrance = self.endpoint_classes[endpoint_class as usize].entrance;
        match self.subject_classes[subject_class as usize].starter {
            Some(starter) => starts.value(starter, entrance),
            None => starts.value_for_invite(entrance),
        }
    }

    /// By entrance: what subjects of a class can start there. Going through all endpoints of one
    /// class of subjects, this is asked once for each place and not for each endpoint.
    pub fn start_row(&self, subject_class: u32) -> Vec<StartValue> {
        let Some(starts) = &self.starts else { return vec![StartValue::Allow] };
        let entrances = 0..self.entrances() as u32;
        match self.subject_classes[subject_class as usize].starter {
            Some(starter) => starts.row(starter),
            None => entrances.map(|at| starts.value_for_invite(at)).collect(),
        }
    }

    /// Whether the sessions of two classes can be started, as far as is known.
    pub fn can_start(&self, subject_class: u32, endpoint_class: u32) -> bool {
        self.start(subject_class, endpoint_class) != StartValue::Deny
    }

    /// Whether the matrix has the sessions of two classes.
    pub fn has_sessions(&self, subject_class: u32, endpoint_class: u32) -> bool {
        self.is_kept(subject_class, endpoint_class)
            && (self.all_pairs || self.can_start(subject_class, endpoint_class))
    }

    /// What a user's account says about starting sessions, by the index of the subject; `None` for
    /// an invite, and for a profile without `start`.
    pub fn starter(&self, subject: usize) -> Option<Starter<StartDecider>> {
        let starts = self.starts.as_ref()?;
        match self.subjects[subject].0 {
            SubjectRef::Invite(_) => None,
            SubjectRef::User(user) => Some(starts.starter(&self.accounts.account(user), user)),
        }
    }

    /// Whether the users of a class may bring invites into the sessions that they can start; `None`
    /// for invites, and for a profile without `start`.
    pub fn brings_invites(&self, subject_class: u32) -> Option<Holds> {
        let starter = self.subject_classes[subject_class as usize].starter?;
        Some(self.starts.as_ref()?.brings_invites_of(starter))
    }

    /// How many places there are where sessions begin.
    pub fn entrances(&self) -> usize {
        self.starts.as_ref().map_or(1, Starts::entrances)
    }

    /// Where the sessions of a class of endpoints begin: equal numbers for the same place.
    pub fn entrance(&self, endpoint_class: u32) -> u32 {
        self.endpoint_classes[endpoint_class as usize].entrance
    }

    /// `start` of one session, by indices, and who decided it; `None` for a profile without
    /// `start`.
    pub fn start_cell(&self, subject: usize, endpoint: usize) -> Option<StartCell> {
        let starts = self.starts.as_ref()?;
        let ((subject, subject_class), (endpoint, class)) =
            (self.subjects[subject], &self.endpoints[endpoint]);
        let invite = match subject {
            SubjectRef::Invite(_) => self.start(subject_class, *class),
            SubjectRef::User(_) => StartValue::Deny,
        };
        Some(starts.cell(&self.accounts, subject, endpoint, invite))
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

    /// The group policy or embassy that brought in a policy of a session's stack, if one did.
    pub fn via(&self, pair: (u32, u32), stack: &Stack) -> Option<Source> {
        let method = self.endpoint_classes[pair.1 as usize].method;
        let via = self.subject_classes[pair.0 as usize].via[self.ir.profile.slot_of(method)]?;
        self.is_of_groups(stack).then_some(via)
    }

    /// Whether a session's stack has a policy that a group policy or embassy brings in.
    pub(super) fn is_of_groups(&self, stack: &Stack) -> bool {
        let mut layers = self.ir.profile.layers.iter().zip(stack);
        layers.any(|(layer, policy)| layer.kind.is_of_groups() && *policy != NONE)
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> u64 {
        let mut endpoints_at = vec![0; self.entrances()];
        for class in &self.endpoint_classes {
            endpoints_at[class.entrance as usize] += class.members.len() as u64;
        }
        let mut sessions = 0;
        for (subjects, at) in self.subject_classes.iter().zip(0..) {
            let row = self.start_row(at);
            let begins = |start: StartValue| self.all_pairs || start != StartValue::Deny;
            let of_subject: u64 = if self.kept.is_none() {
                row.iter()
                    .zip(&endpoints_at)
                    .filter(|(start, _)| begins(**start))
                    .map(|(_, n)| n)
                    .sum()
            } else {
                let endpoints = self.endpoint_classes.iter().zip(0..);
                let kept = endpoints.filter(|(class, to)| {
                    begins(row[class.entrance as usize]) && self.is_kept(at, *to)
                });
                kept.map(|(class, _)| class.members.len() as u64).sum()
            };
            sessions += subjects.members.len() as u64 * of_subject;
        }
        sessions
    }

    /// How many pairs of a subject and an endpoint there are, whether or not they can be started.
    pub fn pairs(&self) -> u64 {
        let subjects = self.subject_classes.iter().map(|class| class.members.len() as u64);
        let endpoints = self.endpoint_classes.iter().map(|class| class.members.len() as u64);
        subjects.sum::<u64>() * endpoints.sum::<u64>()
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
    /// The indices of keys, found by their hashes: keys are large, and there may be one per user.
    known: HashTable<u32>,
    keys: Vec<K>,
}

impl<T, K: Copy + Eq + Hash> Interner<T, K> {
    fn new() -> Self {
        Interner { items: Vec::new(), known: HashTable::new(), keys: Vec::new() }
    }

    fn add(&mut self, item: T, key: K) {
        let keys = &mut self.keys;
        let hash = |key: &K| FxBuildHasher.hash_one(key);
        let same = |class: &u32| keys[*class as usize] == key;
        let class = match self.known.entry(hash(&key), same, |class| hash(&keys[*class as usize])) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let class = keys.len() as u32;
                place.insert(class);
                keys.push(key);
                class
            }
        };
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
