//! What the cells of joint classes of subjects and endpoints can depend on.

use super::super::counterfactual::{SubjectPolicies, edits_of};
use super::super::counterfactual_start::{By, RoleAt, StartFacts, StartWith};
use super::super::edits::{Assigned, EditId, Edits, EndpointFacts, SubjectFacts, Versioned};
use super::super::{Diff, Side, Sided};
use super::edits_of_paths;
use crate::ir::Assignment;
use crate::matrix::SubjectRef;
use crate::semantics::start::Holds;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

/// What the cells of a class of subjects can depend on, and what was found for it. Its cells are
/// asked for with the same few sets of edits again and again.
pub(super) struct Subject {
    pub facts: SubjectFacts,
    pub edits: Vec<EditId>,
    /// Edited policies that may be its.
    pub policies: Vec<u32>,
    /// By those of its edits that are applied.
    contributions: RefCell<FxHashMap<Vec<EditId>, SubjectPolicies>>,
    settings: RefCell<Settings>,
    /// What its settings that `start` asks for depend on, ascending.
    settings_edits: OnceCell<Vec<EditId>>,
}

pub(super) struct Endpoint {
    pub facts: EndpointFacts,
    pub edits: Vec<EditId>,
    pub policies: Vec<u32>,
}

/// What the session policies of a class of subjects come from. Classes with equal keys have the
/// same causes where the endpoint is the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SubjectKey {
    Settled([(Option<Assigned>, Option<Assigned>); 2]),
    Class(u32),
}

/// The same of a class of endpoints: the method, the policy of the jump item, the portal.
pub(super) type EndpointKey = (Sided<usize>, Versioned<Option<Assigned>>, Versioned<Option<u32>>);

/// Where the sessions of a class of endpoints begin, in OLD and in NEW, and the edits of that.
pub(super) type PlaceKey = (Sided<u32>, [Option<EditId>; 2]);

/// By applied edits and method: what a user's settings say about starting sessions.
type Settings = FxHashMap<Vec<EditId>, FxHashMap<Sided<usize>, Option<(Holds, By)>>>;

impl Subject {
    pub(super) fn is_invite(&self) -> bool {
        matches!(self.facts, SubjectFacts::Invite(_))
    }

    pub(super) fn key(&self, class: u32) -> SubjectKey {
        match self.facts {
            SubjectFacts::Settled(slots) => SubjectKey::Settled(slots),
            SubjectFacts::Invite(_) | SubjectFacts::User { .. } => SubjectKey::Class(class),
        }
    }

    /// The policies that it contributes with some edits applied.
    pub(super) fn contributions(&self, edits: &Edits, applied: &[EditId]) -> SubjectPolicies {
        let mut known = self.contributions.borrow_mut();
        let own: Cow<'_, [EditId]> = match applied.iter().all(|edit| self.edits.contains(edit)) {
            true => Cow::Borrowed(applied),
            false => applied.iter().copied().filter(|edit| self.edits.contains(edit)).collect(),
        };
        if let Some(known) = known.get(&*own) {
            return *known;
        }
        let found = edits.subject_policies(&self.facts, &own);
        known.insert(own.into_owned(), found);
        found
    }
}

/// Asks for `start` of a user at an endpoint with many sets of edits. Its parts depend on few of
/// them.
pub(super) struct StartOf<'q> {
    diff: &'q Diff,
    user: u32,
    endpoint: &'q EndpointFacts,
    subject: &'q Subject,
    /// What the role at the endpoint depends on, ascending.
    role_edits: Vec<EditId>,
    /// By those of them that are applied.
    roles: RefCell<FxHashMap<Vec<EditId>, RoleAt>>,
}

impl<'q> StartOf<'q> {
    /// The user is given by number; `settings` are those of [`Diff::settings_of_start`], and
    /// `of_roles` those of [`Diff::settings_of_roles`].
    pub(super) fn new(
        diff: &'q Diff,
        subject: &'q Subject,
        user: u32,
        endpoint: &'q EndpointFacts,
        (settings, of_roles): (&[u16], &[u16]),
    ) -> Self {
        subject.settings_edits.get_or_init(|| diff.relevant_to_settings(user, settings));
        let mut role_edits = diff.relevant_to_start(user, of_roles, endpoint);
        role_edits.sort_unstable();
        StartOf { diff, user, endpoint, subject, role_edits, roles: RefCell::default() }
    }

    /// With some edits applied (ascending).
    pub(super) fn with(&self, applied: &[EditId]) -> (StartWith, By) {
        let (diff, user, endpoint) = (self.diff, self.user, self.endpoint);
        let own = among(applied, self.subject.settings_edits.get().map_or(&[], Vec::as_slice));
        let mut known = self.subject.settings.borrow_mut();
        let find = || StartFacts { diff, applied: &own }.settings_of(user, endpoint);
        let settings = match known.get_mut(&own) {
            Some(of_edits) => *of_edits.entry(endpoint.method).or_insert_with(find),
            None => {
                let found = find();
                known.entry(own).or_default().insert(endpoint.method, found);
                found
            }
        };
        let mut roles = self.roles.borrow_mut();
        let find = |own: &Vec<EditId>| StartFacts { diff, applied: own }.role(user, endpoint);
        let role = *roles.entry(among(applied, &self.role_edits)).or_insert_with_key(find);
        StartFacts { diff, applied }.of_parts(endpoint, settings, role)
    }
}

/// Those of some edits that are among others; both ascend.
fn among(edits: &[EditId], others: &[EditId]) -> Vec<EditId> {
    edits.iter().copied().filter(|edit| others.binary_search(edit).is_ok()).collect()
}

impl Endpoint {
    pub(super) fn key(&self) -> EndpointKey {
        (self.facts.method, self.facts.item, self.facts.portal)
    }
}

/// Where the sessions of a joint class of endpoints begin that both sides have.
pub(super) fn place(diff: &Diff, class: u32) -> Option<PlaceKey> {
    let joint = &diff.sessions.endpoint_classes[class as usize];
    let entrances = joint.classes.both()?.map(|side, class| diff.matrix(side).entrance(class));
    let first = diff.sessions.endpoints[*joint.members.first()? as usize].at.in_new()?;
    let (endpoint, _) = diff.new.endpoints[first as usize];
    Some((entrances, diff.edits.place_edits(&endpoint)))
}

/// `None` for subjects that NEW lacks.
pub(super) fn subject_facts(diff: &Diff, class: u32) -> Option<Subject> {
    let edits = &diff.edits;
    let first = *diff.sessions.subject_classes[class as usize].members.first()?;
    let (subject, _) =
        diff.new.subjects[diff.sessions.subjects[first as usize].at.in_new()? as usize];
    let facts = match subject {
        SubjectRef::Invite(id) => SubjectFacts::Invite(edits.invite_policies[id.index()]),
        SubjectRef::User(id) => edits.user_facts(id.0, |slot| {
            let slot = slot.min(diff.new.ir.profile.slots() - 1);
            let (group, own) = diff.new.accounts.account(id).contributions(slot);
            let assigned = |found: Option<Assignment>| edits.assigned(Side::New, found);
            (assigned(group), assigned(own))
        }),
    };
    let mut policies = Vec::new();
    let mut relevant = Vec::new();
    let mut takes = |found: Option<Assigned>| policies.extend(found.and_then(|found| found.policy));
    match &facts {
        SubjectFacts::Invite(fact) => {
            relevant.extend(fact.edit);
            [fact.old, fact.new].into_iter().for_each(takes);
        }
        SubjectFacts::Settled(slots) => {
            slots.iter().flat_map(|&(group, own)| [group, own]).for_each(takes)
        }
        SubjectFacts::User { groups, own } => {
            relevant.extend(edits.guessed.edit);
            for (group, paths) in groups {
                let group = &edits.groups[*group as usize];
                relevant.extend(edits_of_paths(paths));
                relevant.extend(group.moved);
                relevant.extend(edits_of(&group.policy));
                group.policy.iter().flat_map(|fact| [fact.old, fact.new]).for_each(&mut takes);
            }
            relevant.extend(edits_of(own));
            own.iter().flat_map(|fact| [fact.old, fact.new]).for_each(takes);
        }
    }
    let (contributions, settings, settings_edits) = Default::default();
    let policies = edited(edits, policies);
    Some(Subject { facts, edits: relevant, policies, contributions, settings, settings_edits })
}

pub(super) fn endpoint_facts(diff: &Diff, class: u32) -> Option<Endpoint> {
    let edits = &diff.edits;
    let first = *diff.sessions.endpoint_classes[class as usize].members.first()?;
    let at = diff.sessions.endpoints[first as usize].at.both()?;
    let endpoint = at.map(|side, at| diff.matrix(side).endpoints[at as usize].0);
    let facts = edits.endpoint_facts(&endpoint.old, &endpoint.new);
    let portals =
        [facts.portal.old, facts.portal.new, edits.default_portal.old, edits.default_portal.new];
    let portals = portals.iter().flatten().map(|&portal| edits.portal_policies[portal as usize]);
    let facts_of: Vec<_> = portals.chain([facts.item]).collect();
    let relevant: Vec<EditId> =
        edits_of(&facts_of).chain(facts.portal.edit).chain(edits.default_portal.edit).collect();
    let mut policies: Vec<u32> = facts_of
        .iter()
        .flat_map(|fact| [fact.old, fact.new])
        .flatten()
        .filter_map(|found| found.policy)
        .collect();
    policies.extend(edits.global_default());
    Some(Endpoint { facts, edits: relevant, policies: edited(edits, policies) })
}

fn edited(edits: &Edits, mut policies: Vec<u32>) -> Vec<u32> {
    policies.sort_unstable();
    policies.dedup();
    policies.retain(|&policy| edits.edited_policies[policy as usize]);
    policies
}
