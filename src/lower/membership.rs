//! Memberships in jump groups, jumpoints, teams, vault account groups and vault accounts.

use super::Lower;
use super::assign::Place;
use super::group::GrantLines;
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::ir::*;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, DeclarationKind, Range, Statement};
use crate::text::escape_control_chars;

impl<'a> Lower<'a> {
    /// A line that makes an account a member of something.
    pub(super) fn membership_line(
        &mut self,
        lines: &mut GrantLines,
        place: Place,
        file: FileId,
        statement: &Statement,
        written: &ast::Membership,
    ) {
        let object = self.name(written.kind.declaration(), file, written.name);
        let role = self.member_role(file, written);
        let until = self.until(file, written.until);
        let (Some(object), Some(role)) = (object, role) else { return };
        let key = MembershipKey::new(written.kind.into(), object);
        let at = Range { start: written.keyword.start, end: written.name.end };
        if let Some(&(_, first)) = lines.membership_places.iter().find(|(known, _)| *known == key) {
            self.set_twice(file, self.text(file, at), at, first);
            return;
        }
        lines.membership_places.push((key, at));
        let is_final = statement.is_final.is_some() && place == Place::GroupPolicy;
        lines.grants.memberships.push(Membership {
            key,
            role,
            is_final,
            until,
            span: statement.range.in_file(file),
        });
    }

    fn member_role(&mut self, file: FileId, written: &ast::Membership) -> Option<MemberRole> {
        if let (Some(policy), true) =
            (written.jump_policy, written.kind != ast::MembershipKind::JumpGroup)
        {
            let words = written.kind.declaration().words();
            let message = format!("a {words} membership cannot have a jump policy");
            let found = Diagnostic::new(Code::UNEXPECTED, policy.in_file(file), message)
                .help("only a `jump group` membership takes `with`");
            self.findings.push(found);
        }
        let at = Range { start: written.keyword.start, end: written.name.end }.in_file(file);
        match written.kind {
            ast::MembershipKind::Team => {
                self.listed_role(file, written, at, &TEAM_ROLES).map(MemberRole::Team)
            }
            ast::MembershipKind::VaultAccountGroup | ast::MembershipKind::VaultAccount => {
                self.listed_role(file, written, at, &VAULT_ROLES).map(MemberRole::Vault)
            }
            ast::MembershipKind::Jumpoint => {
                let Some(role) = written.role else { return Some(MemberRole::Jumpoint) };
                let span = Span { start: at.end, ..at }.to(role.in_file(file));
                let message = "a jumpoint membership cannot have a role";
                let found = Diagnostic::new(Code::UNEXPECTED, span, message)
                    .help("remove `as` and the word after it")
                    .fix_replace("remove it", span, "");
                self.findings.push(found);
                None
            }
            ast::MembershipKind::JumpGroup => {
                // Both names are resolved, so that each unknown one is reported in the same run.
                let policy = written
                    .jump_policy
                    .map(|range| self.name(DeclarationKind::JumpPolicy, file, range));
                let role = self.jump_item_role(file, written, at);
                let policy = match policy {
                    None => None,
                    Some(found) => Some(JumpPolicyId(found?)),
                };
                Some(MemberRole::JumpItemRole(role?, policy))
            }
        }
    }

    /// A role that is a word: its index in `known`.
    fn listed_role(
        &mut self,
        file: FileId,
        written: &ast::Membership,
        at: Span,
        known: &[&str],
    ) -> Option<u8> {
        let words = written.kind.declaration().words();
        let list = || known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
        let Some(range) = written.role else {
            let example = known[0];
            let edit =
                Edit { span: Span { start: at.end, ..at }, replacement: format!(" as {example}") };
            let message = format!("this {words} membership has no role");
            let found = Diagnostic::new(Code::MISSING_STATEMENT, at, message)
                .help(format!("write `as` and one of {}", list()))
                // Which role it should be is a decision.
                .fix_with(Applicability::Unsafe, format!("add `as {example}`"), vec![edit]);
            self.findings.push(found);
            return None;
        };
        let word = self.text(file, range);
        let index = known.iter().position(|known| *known == word);
        if index.is_none() {
            let span = range.in_file(file);
            let message =
                format!("invalid role `{}` for a {words} membership", escape_control_chars(word));
            let unquoted = word.trim_matches(['"', '\'']);
            if let Some(role) = known.iter().find(|known| **known == unquoted) {
                let found = Diagnostic::new(Code::UNKNOWN_VALUE, span, message)
                    .help(format!("this role is a word: write `{role}` without quotes"))
                    .fix_replace(format!("write `{role}`"), span, *role);
                self.findings.push(found);
                return None;
            }
            let suggestion = self.meant(span, unquoted, known.iter().copied());
            let found = Diagnostic::new(Code::UNKNOWN_VALUE, span, message).did_you_mean(
                span,
                suggestion,
                || format!("write one of {}", list()),
            );
            self.findings.push(found);
        }
        index.map(|index| index as u8)
    }

    /// A role that is the name of a jump item role, or `None` within for the default role.
    fn jump_item_role(
        &mut self,
        file: FileId,
        written: &ast::Membership,
        at: Span,
    ) -> Option<Option<RoleId>> {
        let Some(range) = written.role else {
            let message = "this jump group membership has no role";
            let help = "write `as` and the name of a jump item role in quotes, such as `as \
                        \"Start sessions\"`, or `as default role`";
            self.findings.push(Diagnostic::new(Code::MISSING_STATEMENT, at, message).help(help));
            return None;
        };
        let text = self.text(file, range);
        if text.split_whitespace().eq(["default", "role"]) {
            return self.default_role(file, range).then_some(None);
        }
        if !text.starts_with(['"', '\'']) {
            let words = DeclarationKind::JumpItemRole.words();
            let message = format!("expected the name of a {words} in quotes, found `{text}`");
            let found = Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), message)
                .help("declare a jump item role and write its name in quotes");
            self.findings.push(found);
            return None;
        }
        self.name(DeclarationKind::JumpItemRole, file, range).map(|role| Some(RoleId(role)))
    }

    /// Whether the product has default roles; otherwise, reports `as default role`.
    fn default_role(&mut self, file: FileId, range: Range) -> bool {
        let has_roles = self.profile.settings.iter().any(|entry| entry.path.starts_with("roles."));
        if !has_roles {
            let message = format!("{} has no default roles", self.profile.label);
            let found = Diagnostic::new(Code::NOT_IN_PROFILE, range.in_file(file), message)
                .help("write the name of a jump item role in quotes");
            self.findings.push(found);
        }
        has_roles
    }
}
