//! The cells of one account: its session policies, settings and memberships, and what the roles
//! allow that it has. Most of them are the same for many accounts, so they are put into words only
//! where somebody reads them.

use super::account::{Account, FoundRole, Source};
use crate::ir::{Assignment, Ir, MemberRole, MembershipKey, RoleId};
use crate::profile::{Type, UNKNOWN, Value};
use crate::source::Span;

/// A cell of an account, and who decided it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccountRow<'a> {
    /// Which cell it is.
    pub cell: RowOf,
    /// What it says.
    pub value: RowValue<'a>,
    /// Who decided.
    pub source: Source,
    /// Whether the deciding line is final.
    pub is_final: bool,
    /// The deciding line; none for a product default.
    pub span: Option<Span>,
}

/// Which cell of an account a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowOf {
    /// The session policy of a slot.
    SessionPolicy(usize),
    /// A setting, by its index in the profile.
    Setting(usize),
    /// What the role allows that a setting gives.
    SettingAllows(usize),
    /// A membership.
    Membership(MembershipKey),
    /// What the role of a membership allows.
    MembershipAllows(MembershipKey),
}

/// What a cell of an account says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowValue<'a> {
    /// `None` where no line chooses a policy.
    SessionPolicy(Option<Assignment>),
    /// `None` is `n/a`.
    Setting(&'a Type, Option<&'a Value>),
    /// The role of a membership.
    Membership(MemberRole),
    /// The role, and what it allows: indices into [`crate::ir::ROLE_ACTIONS`], ascending. `None` is
    /// a role that nobody has read.
    Allows(Option<(RoleId, &'a [u8])>),
}

impl<'a> AccountRow<'a> {
    /// Whether it is unknown.
    pub fn is_unknown(&self, ir: &Ir) -> bool {
        match self.value {
            RowValue::SessionPolicy(found) => found.is_some_and(|found| ir.is_unknown(&found)),
            RowValue::Setting(_, value) => value == Some(&Value::Unknown),
            RowValue::Membership(role) => role == MemberRole::Unknown,
            RowValue::Allows(role) => role.is_none(),
        }
    }

    /// Its value as canonical source text, or `not defined`, or `n/a`.
    pub fn text(&self, ir: &Ir) -> String {
        match self.value {
            RowValue::SessionPolicy(found) => {
                found.map_or_else(|| "not defined".into(), |found| ir.assignment_text(&found))
            }
            RowValue::Setting(ty, value) => {
                value.map_or_else(|| "n/a".into(), |value| ty.text(value))
            }
            RowValue::Membership(role) => ir.member_role_text(role),
            RowValue::Allows(role) => {
                role.map_or_else(|| UNKNOWN.into(), |(role, _)| ir.allows_text(role))
            }
        }
    }

    /// Its name: a setting's path, or such as `jump group "Production"`, or one of these with
    /// ` allows`.
    pub fn name(&self, ir: &Ir) -> String {
        match self.cell {
            RowOf::SessionPolicy(slot) => ir.profile.slot_path(slot).to_owned(),
            RowOf::Setting(at) => ir.profile.settings[at].path.clone(),
            RowOf::SettingAllows(at) => allows_text(&ir.profile.settings[at].path),
            RowOf::Membership(key) => ir.membership_text(key),
            RowOf::MembershipAllows(key) => allows_text(&ir.membership_text(key)),
        }
    }

    /// The row below one that gives a role: what that role allows.
    fn allows(&self, ir: &'a Ir, cell: RowOf, role: Option<RoleId>) -> AccountRow<'a> {
        let declared = role.map(|role| (role, &ir.tables[role]));
        AccountRow {
            cell,
            value: RowValue::Allows(declared.map(|(role, declared)| (role, &*declared.allows))),
            span: declared.and_then(|(_, declared)| declared.allows_at),
            ..*self
        }
    }
}

/// What a row is called that says what a role allows.
pub fn allows_text(given: &str) -> String {
    format!("{given} allows")
}

impl<'a> Account<'a, '_> {
    /// All cells: session policies, settings in the profile's order, memberships ascending by key.
    /// What a role allows follows the cell that gives it.
    pub fn rows(&self) -> Vec<AccountRow<'a>> {
        let profile = &self.ir.profile;
        let mut rows = Vec::with_capacity(profile.settings.len() + 8);
        rows.extend((0..profile.slots()).map(|slot| self.session_policy_row(slot)));
        for at in 0..profile.settings.len() {
            self.setting_rows(at, &mut rows);
        }
        self.membership_rows(&mut rows);
        rows
    }

    fn session_policy_row(&self, slot: usize) -> AccountRow<'a> {
        let chosen = self.session_policy(slot);
        AccountRow {
            cell: RowOf::SessionPolicy(slot),
            value: RowValue::SessionPolicy(chosen.assignment),
            source: chosen.source,
            is_final: chosen.assignment.is_some_and(|found| found.is_final),
            span: chosen.assignment.map(|found| found.span),
        }
    }

    fn setting_rows(&self, at: usize, rows: &mut Vec<AccountRow<'a>>) {
        let setting = self.setting(at);
        let row = AccountRow {
            cell: RowOf::Setting(at),
            value: RowValue::Setting(&self.ir.profile.settings[at].ty, setting.value),
            source: setting.source,
            is_final: setting.is_final,
            span: setting.span,
        };
        rows.push(row);
        let role = match setting.value {
            Some(Value::Role(Some(name))) => self.ir.role(name),
            _ => None,
        };
        rows.extend(role.map(|role| row.allows(self.ir, RowOf::SettingAllows(at), Some(role))));
    }

    fn membership_rows(&self, rows: &mut Vec<AccountRow<'a>>) {
        for (source, membership) in self.memberships() {
            let row = AccountRow {
                cell: RowOf::Membership(membership.key),
                value: RowValue::Membership(membership.role),
                source,
                is_final: membership.is_final,
                span: Some(membership.span),
            };
            rows.push(row);
            let role = match self.role_of(&membership) {
                FoundRole::Role(role) => Some(role),
                FoundRole::Unknown => None,
                FoundRole::None | FoundRole::NoAccess => continue,
            };
            rows.push(row.allows(self.ir, RowOf::MembershipAllows(membership.key), role));
        }
    }
}
