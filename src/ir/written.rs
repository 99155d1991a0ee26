//! The policies without what nobody has read: what they would be if each `unknown` were Not Defined
//! (docs/language.md, 4.7).

use super::*;

impl Ir {
    /// Whether anything is unknown.
    pub fn has_unknown(&self) -> bool {
        let tables = &self.tables;
        let groups = tables.group_policies.iter().chain(&tables.embassies);
        let mut grants =
            groups.map(|group| &*group.grants).chain(tables.users.iter().map(|user| &*user.grants));
        tables.guessed_order.is_some()
            || tables.values.contains(&Value::Unknown)
            || grants.any(|grants| grants.memberships_unknown.is_some())
    }

    /// The same policies without what is unknown: values are Not Defined, assignments are left out,
    /// memberships are those that are written, and the order is right. All tables have the same
    /// entries at the same places.
    pub fn without_unknown(&self) -> Ir {
        let mut ir = self.clone();
        let is_known = |line: &Definition| *self.value(line.value) != Value::Unknown;
        let tables = &mut ir.tables;
        tables.guessed_order = None;
        for policy in &mut tables.policies {
            policy.definitions.retain(is_known);
            policy.others = None;
        }
        let leave_out = |assignment: &mut Option<Assignment>| {
            if assignment.as_ref().is_some_and(|found| self.is_unknown(found)) {
                *assignment = None;
            }
        };
        let groups = tables.group_policies.iter_mut().chain(&mut tables.embassies);
        let users = tables.users.iter_mut().filter_map(|user| user.grants.written_mut());
        for grants in groups.filter_map(|group| group.grants.written_mut()).chain(users) {
            grants.settings.retain(is_known);
            grants.session_policy.iter_mut().for_each(leave_out);
            grants.others = None;
            grants.memberships_unknown = None;
        }
        for item in &mut tables.jump_items {
            if let Some(assignments) = item.session_policy.written_mut() {
                assignments.iter_mut().for_each(leave_out);
            }
        }
        for portal in &mut tables.portals {
            leave_out(&mut portal.session_policy);
        }
        // An invite keeps its assignment: the unknown policy has no definitions any more.
        ir
    }
}
