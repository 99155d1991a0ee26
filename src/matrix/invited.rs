//! What an invite gets: the most that one of the users has who can bring it in.

use super::start::StartValue;
use crate::ir::{ExpectedStart, JumpPolicyId};
use crate::semantics::start::Holds;
use std::collections::BTreeSet;

/// What an invite gets from a user who has a value, and who may bring invites in or not.
pub fn for_invite(value: StartValue, may_bring: Holds) -> StartValue {
    match (value, may_bring) {
        (StartValue::Deny, _) | (_, Holds::No) => StartValue::Deny,
        (_, Holds::Unknown) => StartValue::Unknown,
        (value, Holds::Yes) => value,
    }
}

/// The most that an invite gets from several users: of different jump policies, all.
pub fn most(values: impl IntoIterator<Item = StartValue>) -> ExpectedStart {
    let mut most = Most::default();
    values.into_iter().for_each(|value| most.add(value));
    most.found()
}

/// The most of some values so far.
#[derive(Default)]
pub(super) struct Most {
    /// Of `with`, any: which ones they are is kept apart.
    value: Option<StartValue>,
    policies: BTreeSet<JumpPolicyId>,
}

impl Most {
    pub(super) fn add(&mut self, value: StartValue) {
        let value = match value {
            StartValue::With(policy) => {
                self.policies.insert(JumpPolicyId(policy));
                StartValue::With(0)
            }
            other => other,
        };
        self.value = self.value.max(Some(value));
    }

    pub(super) fn found(self) -> ExpectedStart {
        match self.value {
            None | Some(StartValue::Deny) => ExpectedStart::Deny,
            Some(StartValue::Unknown) => ExpectedStart::Unknown,
            Some(StartValue::Allow) => ExpectedStart::Allow,
            Some(StartValue::With(_)) => ExpectedStart::With(self.policies.into_iter().collect()),
        }
    }
}
