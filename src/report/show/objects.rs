//! The objects of a kind, the texts that they can be found by, and the tests and gates that name
//! them.

use super::Kind;
use crate::ir::{DecidedBy, Expectation, Expected, ExpectedStart, Object, Selector, Test};
use crate::matrix::Matrix;
use crate::profile::Value;
use crate::text::quote;

/// An object, and its number among those of its kind.
#[derive(Clone, Copy)]
pub(super) struct Shown<'m> {
    pub kind: Kind,
    pub at: usize,
    pub object: &'m Object,
}

/// All objects of a kind, in the order of its list.
pub(super) fn all(matrix: &Matrix, kind: Kind) -> Vec<Shown<'_>> {
    let tables = &matrix.ir.tables;
    let objects: Vec<&Object> = match kind {
        Kind::SessionPolicy => {
            let policies = super::session_policies::named(matrix).into_iter();
            let shown = policies.map(|id| Shown {
                kind,
                at: id.index(),
                object: &matrix.ir.policy(id).object,
            });
            return shown.collect();
        }
        Kind::GroupPolicy => tables.group_policies.iter().map(|group| &group.object).collect(),
        Kind::Embassy => tables.embassies.iter().map(|group| &group.object).collect(),
        Kind::User => tables.users.iter().map(|user| &user.object).collect(),
        Kind::DirectoryGroup => tables.directory_groups.iter().map(|group| &group.object).collect(),
        Kind::Invite => tables.invites.iter().map(|invite| &invite.object).collect(),
        Kind::JumpItem => tables.jump_items.iter().map(|item| &item.object).collect(),
        Kind::JumpGroup => tables.jump_groups.iter().collect(),
        Kind::Role => tables.roles.iter().map(|role| &role.object).collect(),
        Kind::JumpPolicy => tables.jump_policies.iter().collect(),
        Kind::Portal => tables.portals.iter().map(|portal| &portal.object).collect(),
        Kind::Team | Kind::Jumpoint | Kind::VaultAccountGroup | Kind::VaultAccount => {
            let of = super::places::membership_kind(kind);
            of.map(|of| matrix.ir.members(of).iter().collect()).unwrap_or_default()
        }
    };
    objects.into_iter().enumerate().map(|(at, object)| Shown { kind, at, object }).collect()
}

impl<'m> Shown<'m> {
    /// The texts that it can be found by, each with its label.
    pub(super) fn texts(&self, matrix: &'m Matrix) -> Vec<(&'static str, &'m str)> {
        let tables = &matrix.ir.tables;
        let mut texts = vec![
            ("name", Some(self.object.name.as_str())),
            ("code name", self.object.code_name.as_deref()),
            ("description", self.object.description.as_deref()),
        ];
        match self.kind {
            Kind::User => {
                texts.push(("display name", tables.users[self.at].display_name.as_deref()));
            }
            Kind::JumpItem => {
                let item = &tables.jump_items[self.at];
                let group = item.group.map(|id| tables.jump_groups[id.index()].name.as_str());
                texts.extend([
                    ("tag", item.tag.as_deref()),
                    ("comments", item.comments.as_deref()),
                    ("jump group", group),
                ]);
            }
            _ => {}
        }
        texts.into_iter().filter_map(|(label, text)| Some((label, text?))).collect()
    }

    /// The tests and gates that name it: what they are, and where. They have to be decided about
    /// before it can be deleted.
    pub(super) fn named_by(&self, matrix: &Matrix) -> Vec<Vec<String>> {
        let tables = &matrix.ir.tables;
        let tests = tables.tests.iter().filter(|test| self.is_in_test(matrix, test));
        let tests = tests.map(|test| {
            let at = matrix.ir.location(test.object.span);
            vec!["test".to_owned(), test.object.name.clone(), at]
        });
        let name = quote(&self.object.name);
        let gates = tables.diff_deny.iter().filter(|gate| gate.contains(&name));
        let gates = gates.map(|gate| vec!["gate".to_owned(), gate.clone(), String::new()]);
        tests.chain(gates).collect()
    }

    fn is_in_test(&self, matrix: &Matrix, test: &Test) -> bool {
        test.when.iter().any(|when| self.is_selected(when.selector))
            || test.expect.iter().any(|expectation| self.is_expected(matrix, expectation))
    }

    fn is_selected(&self, selector: Selector) -> bool {
        let (kind, at) = match selector {
            Selector::User(id) => (Kind::User, id.index()),
            Selector::InGroupPolicy(id) => (Kind::GroupPolicy, id.index()),
            Selector::InDirectoryGroup(id) => (Kind::DirectoryGroup, id.index()),
            Selector::Invite(id) => (Kind::Invite, id.index()),
            Selector::InJumpGroup(id) => (Kind::JumpGroup, id.index()),
            Selector::InTeam(id) => (Kind::Team, id.index()),
            Selector::Portal(id) => (Kind::Portal, id.index()),
            Selector::JumpItems(first, last) => {
                let is_among = (first.index()..=last.index()).contains(&self.at);
                return self.kind == Kind::JumpItem && is_among;
            }
            Selector::Tag(_) | Selector::Method(_) | Selector::Presence(_) => return false,
        };
        (kind, at) == (self.kind, self.at)
    }

    /// Whether an expectation names it: as a value, or after `from`.
    fn is_expected(&self, matrix: &Matrix, expectation: &Expectation) -> bool {
        let decides = match expectation.from {
            Some(DecidedBy::SessionPolicy(id)) => Some((Kind::SessionPolicy, id.index())),
            Some(DecidedBy::GroupPolicy(id)) => Some((Kind::GroupPolicy, id.index())),
            _ => None,
        };
        let name = &self.object.name;
        let is_value = |value: &Expected| match value {
            Expected::Assignment(text) => self.kind == Kind::SessionPolicy && *text == quote(name),
            Expected::Value(id) => {
                let is_name =
                    |role: &Value| matches!(role, Value::Role(Some(role)) if role == name);
                self.kind == Kind::Role && is_name(matrix.ir.value(*id))
            }
            Expected::Start(ExpectedStart::With(policies)) => {
                let mut policies = policies.iter().map(|id| id.index());
                self.kind == Kind::JumpPolicy && policies.any(|at| at == self.at)
            }
            Expected::Start(_) | Expected::NotApplicable => false,
        };
        decides == Some((self.kind, self.at)) || expectation.values.iter().any(is_value)
    }
}
