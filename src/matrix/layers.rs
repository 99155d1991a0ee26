//! What each layer of the profile contributes to a session (docs/language.md, 4.2): the assignment
//! of the subject or of the endpoint that names its policy.

use super::account::Accounts;
use super::parties::{Endpoint, SubjectRef, TargetRef};
use super::session::{EMPTY_STACK, Stack};
use crate::ir::*;
use crate::profile::LayerKind;
use crate::semantics::layers::{self, Contributions};
use std::sync::Arc;

/// The objects of the policies by the layers that they contribute to.
#[derive(Debug)]
pub struct Layers {
    ir: Arc<Ir>,
    default_portal: Option<PortalId>,
}

impl Layers {
    /// Looks up what all sessions share.
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
        self.subject(accounts, subject, slot).of_layer(&self.ir.profile, layer)
    }

    fn subject(
        &self,
        accounts: &Accounts,
        subject: SubjectRef,
        slot: usize,
    ) -> Contributions<Assignment> {
        match subject {
            SubjectRef::Invite(id) => of_invite(self.ir.tables.invites[id.index()].session_policy),
            SubjectRef::User(id) => {
                let slot = slot.min(self.ir.profile.slots() - 1);
                let (group_policies, user) = accounts.account(id).contributions(slot);
                Contributions { group_policies, user, ..Contributions::default() }
            }
        }
    }

    /// The assignment that an endpoint has in a layer.
    pub fn of_endpoint(&self, endpoint: &Endpoint, layer: LayerKind) -> Option<Assignment> {
        self.endpoint(endpoint).of_layer(&self.ir.profile, layer)
    }

    fn endpoint(&self, endpoint: &Endpoint) -> Contributions<Assignment> {
        let tables = &self.ir.tables;
        let jump_item = match endpoint.target {
            TargetRef::JumpItem(id) => {
                let slot = usize::from(endpoint.present == Some(false));
                tables.jump_items[id.index()].session_policy[slot]
            }
            TargetRef::Portal(_) => None,
        };
        let portal =
            self.portal(endpoint).and_then(|portal| tables.portals[portal.index()].session_policy);
        Contributions { jump_item, portal, ..Contributions::default() }
    }

    /// The portal that an endpoint belongs to.
    pub fn portal(&self, endpoint: &Endpoint) -> Option<PortalId> {
        let named = match endpoint.target {
            TargetRef::JumpItem(id) => self.ir.tables.jump_items[id.index()].portal,
            TargetRef::Portal(id) => Some(id),
        };
        layers::portal(named, self.default_portal)
    }

    /// By slot: the policies of an invite with this assignment.
    pub fn invite_stacks(&self, assignment: Assignment) -> [Stack; 2] {
        [self.stack(&of_invite(assignment)); 2]
    }

    /// The policies of a user, given what its groups and its account contribute to a slot.
    pub fn user_stack(&self, group: Option<Assignment>, own: Option<Assignment>) -> Stack {
        self.stack(&Contributions { group_policies: group, user: own, ..Contributions::default() })
    }

    pub(super) fn subject_stacks(&self, accounts: &Accounts, subject: SubjectRef) -> [Stack; 2] {
        std::array::from_fn(|slot| self.stack(&self.subject(accounts, subject, slot)))
    }

    pub(super) fn endpoint_stack(&self, endpoint: &Endpoint) -> Stack {
        let mut stack = self.stack(&self.endpoint(endpoint));
        // The global default belongs to no object that assigns it.
        if let (Some(last), Some(policy)) =
            (self.at(LayerKind::GlobalDefault), self.ir.tables.global_default)
        {
            stack[last] = policy.0;
        }
        stack
    }

    /// The index of a layer in the profile.
    pub fn at(&self, kind: LayerKind) -> Option<usize> {
        self.ir.profile.layers.iter().position(|layer| layer.kind == kind)
    }

    fn stack(&self, contributions: &Contributions<Assignment>) -> Stack {
        let mut stack = EMPTY_STACK;
        for (at, layer) in self.ir.profile.layers.iter().enumerate() {
            let assignment = contributions.of_layer(&self.ir.profile, layer.kind);
            if let Some(policy) = assignment.and_then(|assignment| assignment.policy) {
                stack[at] = policy.0;
            }
        }
        stack
    }
}

fn of_invite(assignment: Assignment) -> Contributions<Assignment> {
    Contributions { invite: Some(assignment), ..Contributions::default() }
}
