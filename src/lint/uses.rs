//! Which objects of the inventory are used, for the lints about unused ones.

use super::lines::{LineValue, lines};
use super::sink::LintSink;
use super::text::{MAX_PLACES, count, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::*;
use crate::profile::Value;

/// By table and object: whether something uses it.
pub(super) struct Uses {
    pub policies: Vec<bool>,
    pub directory_groups: Vec<bool>,
    pub jump_groups: Vec<bool>,
    pub teams: Vec<bool>,
    pub jumpoints: Vec<bool>,
    pub vault_account_groups: Vec<bool>,
    pub vault_accounts: Vec<bool>,
    pub roles: Vec<bool>,
    pub jump_policies: Vec<bool>,
}

impl Uses {
    pub(super) fn new(ir: &Ir) -> Self {
        let tables = &ir.tables;
        let mut uses = Uses {
            policies: vec![false; tables.policies.len()],
            directory_groups: vec![false; tables.directory_groups.len()],
            jump_groups: vec![false; tables.jump_groups.len()],
            teams: vec![false; tables.teams.len()],
            jumpoints: vec![false; tables.jumpoints.len()],
            vault_account_groups: vec![false; tables.vault_account_groups.len()],
            vault_accounts: vec![false; tables.vault_accounts.len()],
            roles: vec![false; tables.roles.len()],
            jump_policies: vec![false; tables.jump_policies.len()],
        };
        for group in tables.group_policies.iter().chain(&tables.embassies) {
            group
                .members
                .directory_groups
                .iter()
                .for_each(|(id, _)| uses.directory_groups[id.index()] = true);
            uses.grants(&group.grants);
        }
        tables.users.iter().for_each(|user| uses.grants(&user.grants));
        tables.invites.iter().for_each(|invite| uses.assignment(Some(&invite.session_policy)));
        tables.portals.iter().for_each(|portal| uses.assignment(portal.session_policy.as_ref()));
        for item in &tables.jump_items {
            item.session_policy.iter().for_each(|assignment| uses.assignment(assignment.as_ref()));
            if let Some(group) = item.group {
                uses.jump_groups[group.index()] = true;
            }
            if let Some(policy) = item.jump_policy {
                uses.jump_policies[policy.index()] = true;
            }
        }
        for value in &tables.values {
            if let Value::Role(Some(name)) = value
                && let Ok(at) = tables.roles.binary_search_by(|role| role.object.name.cmp(name))
            {
                uses.roles[at] = true;
            }
        }
        uses.bases(&tables.policies);
        uses
    }

    /// What a used policy is a copy of is used through it.
    fn bases(&mut self, policies: &[Policy]) {
        for at in 0..policies.len() {
            let mut next = policies[at].like.filter(|_| self.policies[at]);
            while let Some((base, _)) = next.filter(|(base, _)| !self.policies[base.index()]) {
                self.policies[base.index()] = true;
                next = policies[base.index()].like;
            }
        }
    }

    fn assignment(&mut self, assignment: Option<&Assignment>) {
        if let Some(policy) = assignment.and_then(|assignment| assignment.policy) {
            self.policies[policy.index()] = true;
        }
    }

    fn grants(&mut self, grants: &Grants) {
        for line in lines(grants) {
            match line.value {
                LineValue::SessionPolicy(Some(policy)) => self.policies[policy.index()] = true,
                LineValue::Membership(MemberRole::JumpItemRole(role, policy)) => {
                    if let Some(role) = role {
                        self.roles[role.index()] = true;
                    }
                    if let Some(policy) = policy {
                        self.jump_policies[policy.index()] = true;
                    }
                }
                _ => {}
            }
        }
        for membership in &grants.memberships {
            let table = match membership.key.kind() {
                MembershipKind::JumpGroup => &mut self.jump_groups,
                MembershipKind::Jumpoint => &mut self.jumpoints,
                MembershipKind::Team => &mut self.teams,
                MembershipKind::VaultAccountGroup => &mut self.vault_account_groups,
                MembershipKind::VaultAccount => &mut self.vault_accounts,
            };
            table[membership.key.index()] = true;
        }
    }
}

/// How a lint words its finding about unused objects: for one, and for several.
pub(super) struct UnusedText<'t> {
    /// What the kind of object is called; its name follows in the message.
    pub term: &'t str,
    /// What the message says before the objects.
    pub before: &'t str,
    /// What it says after them.
    pub after: [&'t str; 2],
    pub help: [&'t str; 2],
}

/// Reports the objects that nothing uses, all in one finding.
pub(super) fn unused<'a>(
    sink: &mut LintSink<'_>,
    objects: impl Iterator<Item = &'a Object>,
    used: &[bool],
    text: UnusedText<'_>,
) {
    report_together(sink, objects.zip(used).filter(|(_, used)| !**used).map(|(o, _)| o), text);
}

/// Reports objects that have the same defect in one finding at the first of them.
pub(super) fn report_together<'a>(
    sink: &mut LintSink<'_>,
    objects: impl Iterator<Item = &'a Object>,
    UnusedText { term, before, after, help }: UnusedText<'_>,
) {
    let mut objects: Vec<&Object> =
        objects.filter(|object| !sink.is_suppressed(object.span)).collect();
    objects.sort_by_key(|object| (object.span.file, object.span.start));
    let Some((first, others)) = objects.split_first() else { return };
    sink.add_unsuppressed(first.span, |code| {
        if others.is_empty() {
            let message = format!("{before}{term} {}{}", name(first), after[0]);
            return Diagnostic::new(code, first.span, message).help(help[0]);
        }
        let names = list(objects.iter().map(|object| name(object)));
        let message = format!("{before}{}{}: {names}", count(objects.len() as u64, term), after[1]);
        let diagnostic = Diagnostic::new(code, first.span, message).help(help[1]);
        let others = others.iter().take(MAX_PLACES);
        others.fold(diagnostic, |diagnostic, other| diagnostic.label(other.span, "another one"))
    });
}
