//! What each layer of the profile contributes to a session (language 4.2): the assignment of the
//! subject or of the endpoint that names its policy.

use super::account::Accounts;
use super::classes::{Endpoint, SubjectRef, TargetRef};
use super::session::{EMPTY_STACK, Stack};
use crate::ir::*;
use crate::profile::LayerKind;
use std::sync::Arc;

#[derive(Debug)]
pub struct Layers {
    ir: Arc<Ir>,
    default_portal: Option<PortalId>,
}

impl Layers {
    pub fn new(ir: Arc<Ir>) -> Self {
        let default_portal = ir
            .tables
            .portals
            .iter()
            .position(|portal| portal.is_default)
            .map(|at| PortalId(at as u32));
        Layers { ir, default_portal }
    }

    /// The assignment that a subject has in a layer, by slot.
    pub fn of_subject(
        &self,
        accounts: &Accounts,
        subject: SubjectRef,
        slot: usize,
        layer: LayerKind,
    ) -> Option<Assignment> {
        match subject {
            SubjectRef::Invite(id) => {
                self.of_invite(self.ir.tables.invites[id.index()].session_policy, layer)
            }
            SubjectRef::User(id) => {
                let (group, own) =
                    accounts.account(id).contributions(slot.min(self.ir.profile.slots() - 1));
                of_user(group, own, layer)
            }
        }
    }

    fn of_invite(&self, assignment: Assignment, layer: LayerKind) -> Option<Assignment> {
        match layer {
            LayerKind::Invite => Some(assignment),
            LayerKind::Representative if !self.ir.profile.has_layer(LayerKind::Invite) => {
                Some(assignment)
            }
            _ => None,
        }
    }

    /// The assignment that an endpoint has in a layer.
    pub fn of_endpoint(&self, endpoint: &Endpoint, layer: LayerKind) -> Option<Assignment> {
        match layer {
            LayerKind::JumpItem => match endpoint.target {
                TargetRef::JumpItem(id) => {
                    let slot = usize::from(endpoint.present == Some(false));
                    self.ir.tables.jump_items[id.index()].session_policy[slot]
                }
                TargetRef::Portal(_) => None,
            },
            LayerKind::Portal => {
                self.ir.tables.portals[self.portal(endpoint)?.index()].session_policy
            }
            _ => None,
        }
    }

    /// The portal that an endpoint belongs to.
    pub fn portal(&self, endpoint: &Endpoint) -> Option<PortalId> {
        match endpoint.target {
            TargetRef::JumpItem(id) => {
                self.ir.tables.jump_items[id.index()].portal.or(self.default_portal)
            }
            TargetRef::Portal(id) => Some(id),
        }
    }

    /// By slot: the policies of an invite with this assignment.
    pub fn invite_stacks(&self, assignment: Assignment) -> [Stack; 2] {
        [self.stack(|layer| self.of_invite(assignment, layer)); 2]
    }

    /// The policies of a user with what its groups and itself contribute to a slot.
    pub fn user_stack(&self, group: Option<Assignment>, own: Option<Assignment>) -> Stack {
        self.stack(|layer| of_user(group, own, layer))
    }

    pub(super) fn subject_stacks(&self, accounts: &Accounts, subject: SubjectRef) -> [Stack; 2] {
        match subject {
            SubjectRef::Invite(id) => {
                self.invite_stacks(self.ir.tables.invites[id.index()].session_policy)
            }
            SubjectRef::User(id) => {
                let account = accounts.account(id);
                std::array::from_fn(|slot| {
                    let (group, own) = account.contributions(slot.min(self.ir.profile.slots() - 1));
                    self.user_stack(group, own)
                })
            }
        }
    }

    pub(super) fn endpoint_stack(&self, endpoint: &Endpoint) -> Stack {
        let mut stack = self.stack(|layer| self.of_endpoint(endpoint, layer));
        if let (Some(last), Some(policy)) =
            (self.at(LayerKind::GlobalDefault), self.ir.tables.global_default)
        {
            stack[last] = policy.0;
        }
        stack
    }

    /// The place of a layer in the profile's order.
    pub fn at(&self, kind: LayerKind) -> Option<usize> {
        self.ir.profile.layers.iter().position(|layer| layer.kind == kind)
    }

    fn stack(&self, assignment: impl Fn(LayerKind) -> Option<Assignment>) -> Stack {
        let mut stack = EMPTY_STACK;
        for (at, layer) in self.ir.profile.layers.iter().enumerate() {
            if let Some(policy) = assignment(layer.kind).and_then(|assignment| assignment.policy) {
                stack[at] = policy.0;
            }
        }
        stack
    }
}

fn of_user(
    group: Option<Assignment>,
    own: Option<Assignment>,
    layer: LayerKind,
) -> Option<Assignment> {
    match layer {
        LayerKind::GroupPolicy => group,
        LayerKind::User => own,
        // A defined setting of the groups replaces the user's own whole, `none` too.
        LayerKind::Representative => group.or(own),
        _ => None,
    }
}
