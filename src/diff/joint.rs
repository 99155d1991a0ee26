//! The subjects and endpoints of two matrices, by joint classes: a class of OLD with a class of
//! NEW.

use super::align::Aligned;
use super::counterfactual::Giver;
use super::edits::{Assigned, EditId, Edits, GrantEdits, MembershipPath, SubjectFacts, Versioned};
use super::{Diff, OneOrBoth, Side, Sided};
use crate::matrix::start::StartLayer;
use crate::matrix::{Endpoint, Matrix, SubjectRef, TargetRef};
use crate::semantics::start::Starter;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A subject or endpoint that OLD, NEW or both have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joint {
    /// Indices into the subjects or endpoints of the matrices.
    pub at: OneOrBoth<u32>,
    /// Index of its joint class.
    pub class: u32,
}

/// Subjects or endpoints that are of the same class on each side, and that the same edits touch.
#[derive(Clone, Debug)]
pub struct JointClass {
    /// Indices of their classes in the matrices.
    pub classes: OneOrBoth<u32>,
    /// Indices into [`Sessions::subjects`] or [`Sessions::endpoints`], ascending.
    pub members: Vec<u32>,
}

/// The sessions of OLD and NEW: every subject with every endpoint.
#[derive(Debug)]
pub struct Sessions {
    /// In the order of the matrix, by NEW's names (OLD's for what was removed).
    pub subjects: Vec<Joint>,
    /// In the order of the matrix, by NEW's names (OLD's for what was removed).
    pub endpoints: Vec<Joint>,
    /// By [`Joint::class`] of a subject.
    pub subject_classes: Vec<JointClass>,
    /// By [`Joint::class`] of an endpoint.
    pub endpoint_classes: Vec<JointClass>,
}
impl Sessions {
    /// Joins both sides. Sessions that differ in the edits that touch them are of different
    /// classes.
    pub(super) fn new(
        matrices: &Sided<Arc<Matrix>>,
        aligned: &Aligned,
        edits: &Edits,
        written: Option<&Diff>,
    ) -> Self {
        let mut touched = Signatures::default();
        let Sided { old, new } = matrices.as_ref().map(|_, matrix| &**matrix);
        let (subjects, subject_classes) = join(
            &old.subjects,
            &new.subjects,
            |subject| {
                Some(match subject {
                    SubjectRef::Invite(id) => {
                        SubjectRef::Invite(crate::ir::InviteId(aligned.invites[id.index()]?))
                    }
                    SubjectRef::User(id) => {
                        SubjectRef::User(crate::ir::UserId(aligned.users[id.index()]?))
                    }
                })
            },
            |side, subject| (subject.kind(), matrices[side].subject_name(*subject)),
            |at, found| {
                let written = written.map(|diff| {
                    let starter = starter_key(matrices, edits, found);
                    (diff.sessions.subjects[at as usize].class, starter)
                });
                touched.subject(edits, found.in_new(), written)
            },
        );
        // Methods are known by their ids: the profiles may differ.
        let methods: Vec<Option<usize>> =
            old.ir.profile.methods.iter().map(|method| new.ir.profile.method(&method.id)).collect();
        let (endpoints, endpoint_classes) = join(
            &old.endpoints,
            &new.endpoints,
            |endpoint| {
                let target = match endpoint.target {
                    TargetRef::JumpItem(id) => {
                        TargetRef::JumpItem(crate::ir::JumpItemId(aligned.jump_items[id.index()]?))
                    }
                    TargetRef::Portal(id) => {
                        TargetRef::Portal(crate::ir::PortalId(aligned.portals[id.index()]?))
                    }
                };
                Some(Endpoint {
                    method: methods[endpoint.method]?,
                    target,
                    present: endpoint.present,
                })
            },
            |side, endpoint: &Endpoint| {
                let method = &*matrices[side].ir.profile.methods[endpoint.method].id;
                let name = match side {
                    Side::Old => old_target_name(old, new, aligned, endpoint.target),
                    Side::New => new.target_name(endpoint.target),
                };
                (method, endpoint.target.kind(), name, endpoint.present)
            },
            |at, found| {
                let written = written.map(|diff| diff.sessions.endpoints[at as usize].class);
                touched.endpoint(edits, found, written)
            },
        );
        Sessions { subjects, endpoints, subject_classes, endpoint_classes }
    }
}

/// What distinguishes items of equal classes: the edits that touch them, and where. `None` is no
/// edit.
#[derive(Default)]
struct Signatures {
    groups: FxHashMap<SubjectKey, u32>,
    subjects: FxHashMap<(Option<u32>, u32, StarterKey), u32>,
    endpoints: FxHashMap<([Option<EditId>; 5], Option<u32>), u32>,
}

/// Who decides about starting sessions, of a user in OLD and in NEW. Where that is unknown, it
/// matters who decided.
type StarterKey = Sided<Option<Starter<(StartLayer, Giver)>>>;

/// The key of a subject, whose accounts tell.
fn starter_key(
    matrices: &Sided<Arc<Matrix>>,
    edits: &Edits,
    found: OneOrBoth<SubjectRef>,
) -> StarterKey {
    Sided::from_fn(|side| {
        let SubjectRef::User(user) = found.get(side)? else { return None };
        let matrix = &matrices[side];
        let starter = matrix.starts.as_ref()?.starter(&matrix.accounts.account(user), user);
        Some(starter.map(|by| (by.layer, edits.giver(side, by.source))))
    })
}

/// How a user is a member of groups, its own policies, and the edits of its own lines.
type SubjectKey =
    (Vec<(u32, Vec<MembershipPath>)>, [Versioned<Option<Assigned>>; 2], Option<GrantEdits>);

impl Signatures {
    /// Of a subject as it is in NEW. `written` is what tells it from others in what is not unknown.
    fn subject(
        &mut self,
        edits: &Edits,
        subject: Option<SubjectRef>,
        written: Option<(u32, StarterKey)>,
    ) -> Option<u32> {
        let edited = subject.and_then(|subject| self.edited_subject(edits, &subject));
        let Some((class, starter)) = written else { return edited };
        let next = self.subjects.len() as u32;
        Some(*self.subjects.entry((edited, class, starter)).or_insert(next))
    }

    /// By the edits of a subject of both sides, as it is in NEW.
    fn edited_subject(&mut self, edits: &Edits, subject: &SubjectRef) -> Option<u32> {
        match subject {
            SubjectRef::Invite(id) => edits.invite_policies[id.index()].edit.map(|edit| edit.0),
            SubjectRef::User(id) => match edits.user_facts(id.0, |_| (None, None)) {
                SubjectFacts::User { groups, own } => {
                    let next = self.groups.len() as u32;
                    let lines = edits.own.get(&id.0).cloned();
                    Some(*self.groups.entry((groups, own, lines)).or_insert(next))
                }
                SubjectFacts::Settled(_) | SubjectFacts::Invite(_) => None,
            },
        }
    }

    fn endpoint(
        &mut self,
        edits: &Edits,
        found: OneOrBoth<Endpoint>,
        written: Option<u32>,
    ) -> Option<u32> {
        let key = match found {
            OneOrBoth::Both(both) => {
                let facts = edits.endpoint_facts(&both.old, &both.new);
                let [place, jump_policy] = edits.place_edits(&both.new);
                [facts.item.edit, facts.portal.edit, None, place, jump_policy]
            }
            OneOrBoth::Old(removed) => {
                [None, None, edits.why_endpoint(Side::Old, &removed), None, None]
            }
            OneOrBoth::New(added) => {
                [None, None, edits.why_endpoint(Side::New, &added), None, None]
            }
        };
        let next = self.endpoints.len() as u32;
        let key = (key, written);
        (key != ([None; 5], None)).then(|| *self.endpoints.entry(key).or_insert(next))
    }
}

/// A target of OLD by NEW's name, if NEW has it: its sessions may have been removed all the same,
/// together with its kind.
pub(super) fn old_target_name<'a>(
    old: &'a Matrix,
    new: &'a Matrix,
    aligned: &Aligned,
    target: TargetRef,
) -> &'a str {
    let there = match target {
        TargetRef::JumpItem(id) => {
            aligned.jump_items[id.index()].map(|at| TargetRef::JumpItem(crate::ir::JumpItemId(at)))
        }
        TargetRef::Portal(id) => {
            aligned.portals[id.index()].map(|at| TargetRef::Portal(crate::ir::PortalId(at)))
        }
    };
    there.map_or_else(|| old.target_name(target), |target| new.target_name(target))
}

/// Joins two ordered lists. `translate` makes an item of OLD one of NEW; `key` orders the items of
/// a side in the merged list; items of equal classes with different signatures are kept apart.
fn join<T: Copy + Eq + std::hash::Hash, K: Ord>(
    old: &[(T, u32)],
    new: &[(T, u32)],
    translate: impl Fn(&T) -> Option<T>,
    key: impl Fn(Side, &T) -> K,
    mut signature: impl FnMut(u32, OneOrBoth<T>) -> Option<u32>,
) -> (Vec<Joint>, Vec<JointClass>) {
    let places: FxHashMap<T, u32> =
        new.iter().zip(0..).map(|((item, _), at)| (*item, at)).collect();
    let mut partner: Vec<Option<u32>> = vec![None; new.len()];
    let mut pairs: Vec<OneOrBoth<u32>> = Vec::new();
    for ((item, _), at) in old.iter().zip(0..) {
        match translate(item).and_then(|item| places.get(&item)) {
            Some(&place) => partner[place as usize] = Some(at),
            None => pairs.push(OneOrBoth::Old(at)),
        }
    }
    pairs.extend(partner.iter().zip(0..).map(|(old, new)| match *old {
        Some(old) => OneOrBoth::Both(Sided { old, new }),
        None => OneOrBoth::New(new),
    }));
    let items = Sided { old, new };
    // Of equal keys, what was removed comes first.
    pairs.sort_by_cached_key(|pair| {
        let (side, at) = pair.latest();
        (key(side, &items[side][at as usize].0), side)
    });
    let mut known: FxHashMap<(OneOrBoth<u32>, Option<u32>), u32> = FxHashMap::default();
    let mut classes: Vec<JointClass> = Vec::new();
    let mut joints = Vec::with_capacity(pairs.len());
    for (pair, index) in pairs.into_iter().zip(0..) {
        let own = pair.map(|side, at| items[side][at as usize].1);
        let signature = signature(index, pair.map(|side, at| items[side][at as usize].0));
        let class = *known.entry((own, signature)).or_insert_with(|| {
            classes.push(JointClass { classes: own, members: Vec::new() });
            classes.len() as u32 - 1
        });
        classes[class as usize].members.push(index);
        joints.push(Joint { at: pair, class });
    }
    (joints, classes)
}
