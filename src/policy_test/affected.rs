//! The sessions that a change of a line affects, by classes, with their policies before and after
//! the change.

use super::accounts::ChangedAccounts;
use super::change::To;
use super::select;
use crate::ir::*;
use crate::matrix::session::{NONE, merged};
use crate::matrix::{Endpoint, Matrix, Source, Stack, TargetRef};
use crate::profile::LayerKind;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum AffectedSessions {
    /// Those with a policy that itself has changed.
    With(PolicyId),
    /// Those of subjects of one class that get other policies. By slot: the policies, and who
    /// chooses them after the change.
    Subjects { class: u32, stacks: [Stack; 2], chosen_by: [Option<Source>; 2] },
    /// Those of endpoints of one class that get other policies.
    Endpoints { class: u32, stack: Stack },
}

/// Subjects or endpoints (indices into the matrix's) that get other policies.
pub(super) struct Reassigned {
    pub affected: AffectedSessions,
    pub members: Vec<usize>,
}

/// Sessions of two classes.
pub(super) struct Pair {
    pub subject_class: u32,
    pub method: usize,
    pub before: Stack,
    pub after: Stack,
    /// Who chooses the session policy of the user after the change; `None` if that has not changed.
    pub chosen_by: Option<Option<Source>>,
}

/// Classes of sessions: all of them, or those that a test selects.
pub(super) struct Selection {
    subjects: Vec<u32>,
    endpoints: Vec<u32>,
}

impl Selection {
    pub(super) fn by(matrix: &Matrix, test: &Test) -> Self {
        Selection {
            subjects: select::subjects(matrix, test).into_keys().collect(),
            endpoints: select::endpoints(matrix, test).into_keys().collect(),
        }
    }

    pub(super) fn all(matrix: &Matrix) -> Self {
        Selection {
            subjects: (0..matrix.subject_classes.len() as u32).collect(),
            endpoints: (0..matrix.endpoint_classes.len() as u32).collect(),
        }
    }
}

impl Reassigned {
    /// Whether a test selects sessions of them.
    pub(super) fn is_selected(&self, matrix: &Matrix, test: &Test) -> bool {
        self.members.iter().any(|&at| match self.affected {
            AffectedSessions::With(_) => true,
            AffectedSessions::Subjects { .. } => {
                select::selects(matrix, &test.when, matrix.subjects[at].0)
            }
            AffectedSessions::Endpoints { .. } => {
                select::selects_endpoint(matrix, &test.when, &matrix.endpoints[at].0)
            }
        })
    }
}

pub(super) fn by_invite(matrix: &Matrix, id: InviteId, to: To) -> Vec<Reassigned> {
    let policy = if let To::Policy(policy) = to { policy } else { None };
    let assignment = Assignment { policy, ..matrix.ir.tables.invites[id.index()].session_policy };
    // Subjects are the invites and then the users.
    let at = id.index();
    let stacks = matrix.layers.invite_stacks(assignment);
    let affected =
        AffectedSessions::Subjects { class: matrix.subjects[at].1, stacks, chosen_by: [None; 2] };
    vec![Reassigned { affected, members: vec![at] }]
}

pub(super) fn by_accounts(matrix: &Matrix, accounts: &ChangedAccounts<'_>) -> Vec<Reassigned> {
    let slots = [0, matrix.ir.profile.slots() - 1];
    let mut reassigned: BTreeMap<AffectedSessions, Vec<usize>> = BTreeMap::new();
    for &user in &accounts.users {
        let account = accounts.account(user);
        let stacks = slots.map(|slot| {
            let (group, own) = account.contributions(slot);
            matrix.layers.user_stack(group, own)
        });
        let chosen_by = slots.map(|slot| Some(account.session_policy(slot).source));
        let at = matrix.ir.tables.invites.len() + user.index();
        let class = matrix.subjects[at].1;
        reassigned
            .entry(AffectedSessions::Subjects { class, stacks, chosen_by })
            .or_default()
            .push(at);
    }
    reassigned.into_iter().map(|(affected, members)| Reassigned { affected, members }).collect()
}

/// For a line that assigns the policy of some jump items, each with its slot. `places` are the
/// first endpoints of the jump items.
pub(super) fn by_jump_items(
    matrix: &Matrix,
    places: &[usize],
    items: &[(JumpItemId, usize)],
    to: To,
) -> Vec<Reassigned> {
    let endpoints = items.iter().flat_map(|&(id, slot)| {
        let own = matrix.endpoints[places[id.index()]..].iter().zip(places[id.index()]..);
        let own =
            own.take_while(move |((endpoint, _), _)| endpoint.target == TargetRef::JumpItem(id));
        own.filter(move |((endpoint, _), _)| usize::from(endpoint.present == Some(false)) == slot)
    });
    by_endpoints(matrix, LayerKind::JumpItem, to, endpoints.map(|(_, at)| at))
}

/// By jump item: the index of its first endpoint. The endpoints of a jump item are adjacent.
pub(super) fn places(matrix: &Matrix) -> Vec<usize> {
    let mut places = vec![matrix.endpoints.len(); matrix.ir.tables.jump_items.len()];
    for (at, (endpoint, _)) in matrix.endpoints.iter().enumerate().rev() {
        if let TargetRef::JumpItem(id) = endpoint.target {
            places[id.index()] = at;
        }
    }
    places
}

pub(super) fn by_portal(matrix: &Matrix, id: PortalId, to: To) -> Vec<Reassigned> {
    let of_portal = |endpoint: &Endpoint| matrix.layers.portal(endpoint) == Some(id);
    let endpoints = (0..matrix.endpoints.len()).filter(|&at| of_portal(&matrix.endpoints[at].0));
    by_endpoints(matrix, LayerKind::Portal, to, endpoints)
}

fn by_endpoints(
    matrix: &Matrix,
    layer: LayerKind,
    to: To,
    endpoints: impl Iterator<Item = usize>,
) -> Vec<Reassigned> {
    let Some(layer) = matrix.layers.at(layer) else { return Vec::new() };
    let policy = if let To::Policy(Some(id)) = to { id.0 } else { NONE };
    let mut classes = select::ByClass::new();
    for at in endpoints {
        classes.entry(matrix.endpoints[at].1).or_default().push(at);
    }
    let reassigned = classes.into_iter().map(|(class, members)| {
        let mut stack = matrix.endpoint_classes[class as usize].stack;
        stack[layer] = policy;
        Reassigned { affected: AffectedSessions::Endpoints { class, stack }, members }
    });
    reassigned.collect()
}

impl AffectedSessions {
    /// Whether some affected sessions among those selected meet a condition.
    pub(super) fn any(
        &self,
        matrix: &Matrix,
        selection: &Selection,
        mut is_met: impl FnMut(&Pair) -> bool,
    ) -> bool {
        let Selection { subjects, endpoints } = selection;
        match self {
            AffectedSessions::With(policy) => any_with(matrix, selection, *policy, is_met),
            AffectedSessions::Subjects { class, stacks, chosen_by } => {
                let mut endpoints =
                    endpoints.iter().filter(|endpoint| matrix.has_sessions(*class, **endpoint));
                endpoints.any(|&endpoint_class| {
                    let endpoint = &matrix.endpoint_classes[endpoint_class as usize];
                    let slot = matrix.ir.profile.slot_of(endpoint.method);
                    is_met(&Pair {
                        subject_class: *class,
                        method: endpoint.method,
                        before: matrix.stack(*class, endpoint_class),
                        after: merged(&stacks[slot], &endpoint.stack),
                        chosen_by: Some(chosen_by[slot]),
                    })
                })
            }
            AffectedSessions::Endpoints { class, stack } => {
                let method = matrix.endpoint_classes[*class as usize].method;
                let slot = matrix.ir.profile.slot_of(method);
                let mut subjects =
                    subjects.iter().filter(|subject| matrix.has_sessions(**subject, *class));
                subjects.any(|&subject_class| {
                    is_met(&Pair {
                        subject_class,
                        method,
                        before: matrix.stack(subject_class, *class),
                        after: merged(
                            &matrix.subject_classes[subject_class as usize].stacks[slot],
                            stack,
                        ),
                        chosen_by: None,
                    })
                })
            }
        }
    }
}

/// Whether some selected sessions with a policy meet a condition.
fn any_with(
    matrix: &Matrix,
    Selection { subjects, endpoints }: &Selection,
    policy: PolicyId,
    mut is_met: impl FnMut(&Pair) -> bool,
) -> bool {
    let has = |stack: &Stack| stack.contains(&policy.0);
    let of_endpoint = |class: &u32| has(&matrix.endpoint_classes[*class as usize].stack);
    let with: Vec<u32> = endpoints.iter().copied().filter(of_endpoint).collect();
    subjects.iter().any(|&subject_class| {
        let of_subject = matrix.subject_classes[subject_class as usize].stacks.iter().any(has);
        (if of_subject { endpoints } else { &with }).iter().any(|&endpoint_class| {
            let stack = matrix.stack(subject_class, endpoint_class);
            let method = matrix.endpoint_classes[endpoint_class as usize].method;
            let (before, after) = (stack, stack);
            let pair = Pair { subject_class, method, before, after, chosen_by: None };
            has(&stack) && matrix.has_sessions(subject_class, endpoint_class) && is_met(&pair)
        })
    })
}
