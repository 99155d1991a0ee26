//! The accounts that a change of a group policy, an embassy or a user reaches, as they then are.

use super::lines::Owner;
use crate::ir::*;
use crate::matrix::account::AccountClass;
use crate::matrix::{Account, Matrix, Source};
use rustc_hash::FxHashMap;

pub(super) struct ChangedAccounts<'c> {
    matrix: &'c Matrix,
    /// Classes of accounts that come out differently.
    classes: FxHashMap<u32, AccountClass>,
    /// What the user itself grants, if that is what was changed.
    own: Option<&'c Grants>,
    pub users: Vec<UserId>,
}

impl<'c> ChangedAccounts<'c> {
    /// `members` are the users of each class of accounts, `grants` what the owner now grants.
    pub fn new(
        matrix: &'c Matrix,
        members: &[Vec<UserId>],
        owner: Owner,
        grants: &'c Grants,
    ) -> Self {
        let mut found =
            ChangedAccounts { matrix, classes: FxHashMap::default(), own: None, users: Vec::new() };
        let changed = match owner {
            Owner::User(id) => {
                found.own = Some(grants);
                found.users.push(id);
                return found;
            }
            Owner::GroupPolicy(id) => Source::GroupPolicy(id),
            Owner::Embassy(id) => Source::Embassy(id),
        };
        for (class, number) in matrix.accounts.classes.iter().zip(0u32..) {
            let has = match changed {
                Source::GroupPolicy(id) => class.groups.policies.contains(&id),
                Source::Embassy(id) => class.groups.embassy == Some(id),
                Source::User | Source::Profile => false,
            };
            if has {
                let grants_of = |source, group: &'c Group| {
                    if source == changed { grants } else { &group.grants }
                };
                let class = AccountClass::new(&matrix.ir, class.groups.clone(), grants_of);
                found.classes.insert(number, class);
                found.users.extend(&members[number as usize]);
            }
        }
        found
    }

    pub fn account(&self, user: UserId) -> Account<'_, '_> {
        let known = self.matrix.accounts.account(user);
        let class = self.classes.get(&self.matrix.accounts.class_of(user));
        Account {
            ir: known.ir,
            class: class.unwrap_or(known.class),
            own: self.own.unwrap_or(known.own),
        }
    }
}
