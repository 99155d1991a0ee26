//! Why a cell of an account changed.

use super::super::Side;
use super::super::accounts::{AccountCell, AccountChange};
use super::super::align::Aligned;
use super::super::counterfactual::Giver;
use super::super::counterfactual_start::{Allowed, StartFacts};
use super::super::edits::{EditId, Grant, SessionPart, same_value};
use super::search::{Fit, ascending, explain, fit};
use super::{Cause, Causes, chain_of_setting, edits_of_paths, prefer};
use crate::ir::{MemberRole, Membership, MembershipKind};
use crate::profile::{Entry, Value};

impl<'d> Causes<'d> {
    /// The edits that a cell of an account can depend on, in the order of preference.
    fn relevant_to_account(&self, user: u32, cell: AccountCell) -> Vec<EditId> {
        let edits = &self.diff.edits;
        let settings = |numbers: Vec<u16>| numbers.into_iter().map(Grant::Setting);
        let asked: Vec<Grant> = match cell {
            AccountCell::SessionPolicy(slot) => vec![Grant::Policy(slot)],
            AccountCell::Membership(kind, number) => vec![Grant::Membership((kind, number))],
            AccountCell::Setting(setting) | AccountCell::SettingAllows(setting) => {
                settings(chain_of_setting(edits, setting)).collect()
            }
            AccountCell::GroupAllows(group) => {
                let membership = Grant::Membership((MembershipKind::JumpGroup, group));
                settings(self.diff.default_role_settings()).chain([membership]).collect()
            }
        };
        let mut relevant: Vec<EditId> = edits.profile.into_iter().collect();
        if matches!(cell, AccountCell::SettingAllows(_) | AccountCell::GroupAllows(_)) {
            relevant.extend(edits.role_edits.values());
        }
        if !edits.groups_of(user).is_empty() {
            relevant.extend(edits.guessed.edit);
        }
        for (group, paths) in edits.groups_of(user) {
            let facts = &edits.groups[*group as usize];
            if edits.has_say(&self.diff.aligned, facts, |what| asked.contains(&what)) {
                relevant.extend(edits_of_paths(paths));
                relevant.extend(facts.moved);
                relevant.extend(asked.iter().filter_map(|what| facts.grants.get(what)));
            }
        }
        let own = edits.own.get(&user).into_iter();
        relevant.extend(own.flat_map(|own| asked.iter().filter_map(|what| own.get(what))));
        prefer(edits, &mut relevant);
        relevant
    }

    /// The cause of a change of an account; its user is given by number.
    pub fn account(&self, user: u32, change: &AccountChange) -> Cause {
        let edits = &self.diff.edits;
        if !edits.users.pairs[user as usize].is_both() {
            return Cause::of(edits.only_on(SessionPart::User, user));
        }
        let relevant = self.relevant_to_account(user, change.cell);
        let all = ascending(&relevant);
        let aligned = &self.diff.aligned;
        let found = |applied: &[EditId]| self.account_cell(user, change.cell, applied);
        let (before, after) = (found(&[]), found(&all));
        if let (Some(a), Some(b)) = (&before, &after)
            && a.is_unknown()
            && b.is_unknown()
        {
            return self.unknown_account(user, change.cell, &relevant);
        }
        let by = |found: &Option<AccountValue<'_>>| found.as_ref().map(|found| found.by);
        explain(
            &relevant,
            |applied| {
                let found = found(applied);
                match same_account_cell(aligned, &found, &after) {
                    true if by(&found) == by(&after) => Fit::Decider,
                    true => Fit::Value,
                    false => Fit::No,
                }
            },
            |applied| same_account_cell(aligned, &found(applied), &before),
        )
    }

    /// A cell that is unknown on both sides, and is decided by another line, or would have another
    /// value by what is written.
    fn unknown_account(&self, user: u32, cell: AccountCell, relevant: &[EditId]) -> Cause {
        let Some(written) = &self.written else { return Cause::default() };
        let found = |applied: &[EditId]| {
            let [whole, known] =
                [self, &**written].map(|causes| causes.account_cell(user, cell, applied));
            (whole, known)
        };
        let aligned = &self.diff.aligned;
        let same = |a: &(Option<AccountValue<'_>>, _), b: &(Option<AccountValue<'_>>, _)| {
            let by = |found: &Option<AccountValue<'_>>| found.as_ref().map(|found| found.by);
            let is_unknown = a.0.as_ref().is_some_and(AccountValue::is_unknown);
            is_unknown && by(&a.0) == by(&b.0) && same_account_cell(aligned, &a.1, &b.1)
        };
        let (before, after) = (found(&[]), found(&ascending(relevant)));
        explain(
            relevant,
            |applied| fit(same(&found(applied), &after)),
            |applied| same(&found(applied), &before),
        )
    }

    /// A cell of an account of both sides with some edits applied; `None` where there is none.
    fn account_cell(
        &self,
        user: u32,
        cell: AccountCell,
        applied: &[EditId],
    ) -> Option<AccountValue<'d>> {
        let edits = &self.diff.edits;
        let (value, by) = match cell {
            AccountCell::Setting(setting) => {
                let found = edits.setting(user, setting, applied)?;
                let (entry, value) = found.value;
                (CellValue::Setting(entry, value), (found.by, found.is_final))
            }
            AccountCell::SessionPolicy(slot) => {
                let found = edits.session_policy(user, slot, applied)?;
                let is_unknown = found.value.is_some_and(|policy| edits.is_unknown_policy(policy));
                (CellValue::Policy(found.value, is_unknown), (found.by, found.is_final))
            }
            AccountCell::SettingAllows(_) | AccountCell::GroupAllows(_) => {
                let found = StartFacts { diff: self.diff, applied }.allowed(user, cell)?;
                (CellValue::Allows(found.value), (found.by, found.is_final))
            }
            AccountCell::Membership(kind, number) => {
                let aligned = &self.diff.aligned;
                let found = edits.granted_membership(aligned, user, (kind, number), applied)?;
                let (side, membership) = found.value;
                (CellValue::Membership(side, membership), (found.by, found.is_final))
            }
        };
        Some(AccountValue { value, by })
    }
}

/// A cell of an account, and who decided it: whose line it is, and whether that is final.
struct AccountValue<'d> {
    value: CellValue<'d>,
    by: (Giver, bool),
}

enum CellValue<'d> {
    Setting(&'d Entry, Option<&'d Value>),
    /// By number, and whether it is an unknown one.
    Policy(Option<u32>, bool),
    Allows(Allowed<'d>),
    /// And the side that its role is of.
    Membership(Side, Membership),
}

impl AccountValue<'_> {
    fn is_unknown(&self) -> bool {
        match &self.value {
            CellValue::Setting(_, value) => *value == Some(&Value::Unknown),
            CellValue::Policy(_, is_unknown) => *is_unknown,
            CellValue::Allows(allowed) => *allowed == Allowed::Unknown,
            CellValue::Membership(_, membership) => membership.role == MemberRole::Unknown,
        }
    }
}

/// Whether a reader would see the same value.
fn same_account_cell(
    aligned: &Aligned,
    a: &Option<AccountValue<'_>>,
    b: &Option<AccountValue<'_>>,
) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a.is_none() && b.is_none() };
    match (&a.value, &b.value) {
        (CellValue::Setting(x, Some(a)), CellValue::Setting(y, Some(b))) => {
            same_value((&x.ty, a), (&y.ty, b))
        }
        (CellValue::Setting(_, a), CellValue::Setting(_, b)) => a.is_none() && b.is_none(),
        (CellValue::Policy(a, x), CellValue::Policy(b, y)) => a == b || (*x && *y),
        (CellValue::Allows(a), CellValue::Allows(b)) => a == b,
        (CellValue::Membership(x, a), CellValue::Membership(y, b)) => {
            aligned.same_roles((*x, *a), (*y, *b))
        }
        _ => false,
    }
}
