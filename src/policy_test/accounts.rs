//! The accounts that a change of a group policy, an embassy or a user affects, after the change.

use super::lines::Owner;
use crate::ir::*;
use crate::matrix::account::AccountClass;
use crate::matrix::{Account, Matrix, Source};
use rustc_hash::FxHashMap;

/// Accounts after a change of one object.
pub(super) struct ChangedAccounts<'c> {
    matrix: &'c Matrix,
    /// The classes of accounts whose groups changed.
    classes: FxHashMap<u32, AccountClass>,
    /// What the user itself defines, if that is what changed.
    own: Option<&'c Grants>,
    pub users: Vec<UserId>,
}

impl<'c> ChangedAccounts<'c> {
    /// `members` are the users of each class of accounts, and `grants` what the owner defines after
    /// the change.
    pub(super) fn new(
        matrix: &'c Matrix,
        members: &[Vec<UserId>],
        owner: Owner,
        grants: &'c Grants,
    ) -> Self {
        let mut accounts =
            ChangedAccounts { matrix, classes: FxHashMap::default(), own: None, users: Vec::new() };
        let changed = match owner {
            Owner::User(id) => {
                accounts.own = Some(grants);
                accounts.users.push(id);
                return accounts;
            }
            Owner::GroupPolicy(id) => Source::GroupPolicy(id),
            Owner::Embassy(id) => Source::Embassy(id),
        };
        for (class, number) in matrix.accounts.classes.iter().zip(0u32..) {
            let has = match changed {
                Source::GroupPolicy(id) => class.groups.policies.contains(&id),
                Source::Embassy(id) => class.groups.embassy == Some(id),
                Source::User | Source::Profile | Source::GuessedOrder => false,
            };
            if has {
                let grants_of = |source, group: &'c Group| {
                    if source == changed { grants } else { &group.grants }
                };
                let class = AccountClass::new(&matrix.ir, class.groups.clone(), grants_of);
                accounts.classes.insert(number, class);
                accounts.users.extend(&members[number as usize]);
            }
        }
        accounts
    }

    pub(super) fn account(&self, user: UserId) -> Account<'_, '_> {
        let known = self.matrix.accounts.account(user);
        let class = self.classes.get(&self.matrix.accounts.class_of(user));
        Account {
            ir: known.ir,
            class: class.unwrap_or(known.class),
            own: self.own.unwrap_or(known.own),
        }
    }
}
