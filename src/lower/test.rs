//! `test` blocks (docs/language.md, 4.5): their conditions and expectations.

use super::Lower;
use super::statements::{CommonFields, SeenKeys};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::ir::*;
use crate::profile::{Entry, LayerKind, START, Type, Value};
use crate::source::FileId;
use crate::syntax::ast::{self, DeclarationKind, FromClause, ListItem, Range, Scope, What};

impl<'a> Lower<'a> {
    pub(super) fn tests(&mut self) {
        let declared = self.names.shared(DeclarationKind::Test);
        self.tables.tests.reserve_exact(declared.len());
        for declared in declared.iter() {
            let file = declared.file;
            let mut common = CommonFields::default();
            let mut seen = SeenKeys::default();
            let mut test = Test {
                object: CommonFields::default().object(declared),
                when: Vec::new(),
                expect: Vec::new(),
            };
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
                self.no_final(file, statement, "only settings of group policies can be final");
                match &statement.what {
                    What::When(when) => {
                        let found = self.when(file, when, statement.range);
                        test.when.extend(found);
                    }
                    What::Expect(expect) => {
                        let found = self.expect(file, expect, statement.range);
                        test.expect.extend(found);
                    }
                    What::Assign { path, value } if self.text(file, *path) == "description" => {
                        self.common_field(&mut common, &mut seen, file, *path, value);
                    }
                    What::Assign { path, value } if value.is_missing(*path) => {}
                    What::Assign { path, .. } => {
                        self.unknown_path(
                            file,
                            *path,
                            "a test",
                            &["when", "expect", "description"],
                        );
                    }
                    _ => self.misplaced(file, statement, "a test"),
                }
            }
            test.object.description = common.description.map(String::into);
            self.sessions_or_accounts(&test);
            test.when.shrink_to_fit();
            test.expect.shrink_to_fit();
            self.tables.tests.push(test);
        }
    }

    /// Reports tests that mix sessions and accounts. Tests of settings can only select users.
    fn sessions_or_accounts(&mut self, test: &Test) {
        let over_account = |expectation: &&Expectation| !expectation.subject.is_of_sessions();
        let Some(account) = test.expect.iter().find(over_account) else { return };
        if let Some(session) = test.expect.iter().find(|expectation| !over_account(expectation)) {
            let found = Diagnostic::new(
                Code::MISPLACED,
                session.span,
                "a test cannot mix permissions of sessions and settings of accounts",
            )
            .primary_message("this is a permission of sessions")
            .label(account.span, "this is a setting of accounts")
            .help("split it into two tests");
            self.findings.push(found);
        }
        for when in &test.when {
            if !when.selector.is_of_users() {
                let found = Diagnostic::new(
                    Code::MISPLACED,
                    when.span,
                    "a test of account settings can only select users",
                )
                .primary_message("this selects sessions")
                .label(account.span, "this is a setting of accounts")
                .help("remove the condition, or expect a permission of sessions");
                self.findings.push(found);
            }
        }
    }

    pub(super) fn when(&mut self, file: FileId, when: &ast::When, range: Range) -> Option<When> {
        use ast::{Operator as Op, Subject as On};
        let quoted = self.text(file, when.operand).starts_with(['"', '\'']);
        let negated = matches!(when.operator, Op::NotEqual | Op::NotIn);
        let inside = matches!(when.operator, Op::In | Op::NotIn);
        let bad = |lower: &mut Self, help: &str| -> Option<Selector> {
            let found = Diagnostic::new(Code::UNEXPECTED, range.in_file(file), "invalid condition")
                .help(help);
            lower.findings.push(found);
            None
        };
        if matches!(when.operator, Op::AtMost | Op::AtLeast) {
            bad(self, "conditions use `==`, `!=`, `in` or `not in`");
            return None;
        }
        let by_name = !inside && when.scope.is_none() && quoted;
        let selector = match (when.subject, when.scope) {
            (On::User, None) if by_name => self
                .name(DeclarationKind::User, file, when.operand)
                .map(|id| Selector::User(UserId(id))),
            (On::User, Some(Scope::GroupPolicy)) if inside => {
                self.rank(file, when.operand).map(Selector::InGroupPolicy)
            }
            (On::User, Some(Scope::DirectoryGroup)) if inside => self
                .name(DeclarationKind::DirectoryGroup, file, when.operand)
                .map(|id| Selector::InDirectoryGroup(DirectoryGroupId(id))),
            (On::User, Some(Scope::Team)) if inside => self
                .name(DeclarationKind::Team, file, when.operand)
                .map(|id| Selector::InTeam(TeamId(id))),
            (On::User, _) => bad(
                self,
                "write `when user == \"name\"`, `when user in group policy \"name\"`, `when user \
                 in directory group \"name\"` or `when user in team \"name\"`",
            ),
            (On::Tag, None) if by_name => self.tag(file, when.operand),
            (On::Tag, _) => bad(self, "write `when tag == \"text\"`"),
            (On::Invite, None) if by_name => self.invite(file, when.operand),
            (On::Invite, _) => bad(self, "write `when invite == \"name\"`"),
            (On::JumpItem, None) if by_name => self.item(file, when.operand),
            (On::JumpItem, Some(Scope::JumpGroup)) if inside => self
                .name(DeclarationKind::JumpGroup, file, when.operand)
                .map(|id| Selector::InJumpGroup(JumpGroupId(id))),
            (On::JumpItem, _) => bad(
                self,
                "write `when jump item == \"name\"` or `when jump item in jump group \"name\"`",
            ),
            (On::Portal, None) if by_name && self.profile.portals => self
                .name(DeclarationKind::Portal, file, when.operand)
                .map(|id| Selector::Portal(PortalId(id))),
            (On::Portal, _) if !self.profile.portals => {
                let message = format!("{} has no portals", self.profile.label);
                self.findings.push(
                    Diagnostic::new(
                        Code::NOT_IN_PROFILE,
                        when.subject_range.in_file(file),
                        message,
                    )
                    .help("remove the condition"),
                );
                None
            }
            (On::Portal, _) => bad(self, "write `when portal == \"name\"`"),
            (On::Method, None) if !inside && !quoted => self.method(file, when.operand),
            (On::Method, _) => bad(self, "write `when method == jump_client`"),
            (On::Presence, None) if !inside && !quoted => match self.text(file, when.operand) {
                "present" => Some(Selector::Presence(true)),
                "absent" => Some(Selector::Presence(false)),
                _ => bad(self, "presence is `present` or `absent`"),
            },
            (On::Presence, _) => bad(self, "write `when presence == present`"),
        };
        selector.map(|selector| When { selector, negated, span: range.in_file(file) })
    }

    /// A group policy by its place in the order.
    fn rank(&mut self, file: FileId, range: Range) -> Option<GroupPolicyId> {
        self.name(DeclarationKind::GroupPolicy, file, range)?;
        let name = self.string(file, range)?;
        let rank = self.tables.group_policies.iter().position(|group| group.object.name == name)?;
        Some(GroupPolicyId(rank as u32))
    }

    /// An invite by its position in the IR, which lacks invites with errors.
    fn invite(&mut self, file: FileId, range: Range) -> Option<Selector> {
        self.name(DeclarationKind::Invite, file, range)?;
        let name = self.string(file, range)?;
        let at = self
            .tables
            .invites
            .binary_search_by(|invite| (*invite.object.name).cmp(&*name))
            .ok()?;
        Some(Selector::Invite(InviteId(at as u32)))
    }

    fn item(&mut self, file: FileId, range: Range) -> Option<Selector> {
        self.name(DeclarationKind::JumpItem, file, range)?;
        let name = self.string(file, range)?;
        let items = &self.tables.jump_items;
        let first = items.partition_point(|item| *item.object.name < *name);
        let end = items.partition_point(|item| *item.object.name <= *name);
        // Jump items with errors are not in the table.
        let last = end.checked_sub(1).filter(|&last| first <= last)?;
        Some(Selector::JumpItems(JumpItemId(first as u32), JumpItemId(last as u32)))
    }

    fn tag(&mut self, file: FileId, range: Range) -> Option<Selector> {
        let tag = self.string(file, range)?;
        let tags = &mut self.tables.tags;
        let at = tags.iter().position(|known| **known == *tag).unwrap_or(tags.len());
        if at == tags.len() {
            tags.push(tag.into_owned());
        }
        Some(Selector::Tag(TagId(at as u32)))
    }

    fn method(&mut self, file: FileId, range: Range) -> Option<Selector> {
        let word = self.text(file, range);
        let found = self.profile.method(word);
        if found.is_none() {
            let span = range.in_file(file);
            let finding = Diagnostic::new(
                Code::UNKNOWN_VALUE,
                span,
                format!("{} has no method `{word}`", self.profile.label),
            );
            let methods = &self.profile.methods;
            let suggestion = suggest::suggestion(
                suggest::Kind::Words,
                word,
                methods.iter().map(|method| &*method.id),
            );
            let ids = || {
                methods
                    .iter()
                    .map(|method| format!("`{}`", method.id))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            self.findings.push(
                finding.did_you_mean(span, suggestion, || format!("the methods are {}", ids())),
            );
        }
        found.map(Selector::Method)
    }

    pub(super) fn expect(
        &mut self,
        file: FileId,
        expect: &'a ast::Expect,
        range: Range,
    ) -> Option<Expectation> {
        let path = self.text(file, expect.path);
        let profile = self.profile;
        let subject = match (self.permissions.get(path), self.settings.get(path), path) {
            (.., START) if profile.start.is_some() => Subject::Start,
            (Some(&entry), ..) => Subject::Permission(entry as u16),
            (_, Some(&entry), _) => Subject::Setting(entry as u16),
            (.., "session_policy.attended") if profile.split => Subject::SessionPolicy(0),
            (.., "session_policy.unattended") if profile.split => Subject::SessionPolicy(1),
            (.., "session_policy") if !profile.split => Subject::SessionPolicy(0),
            _ => {
                let entries = profile.permissions.iter().chain(&profile.settings);
                let start = profile.start.iter().map(|_| START);
                let known: Vec<&str> = start.chain(entries.map(|entry| &*entry.path)).collect();
                self.unknown_path(file, expect.path, "the profile", &known);
                return None;
            }
        };
        let entry = match subject {
            Subject::Permission(entry) => Some(&profile.permissions[entry as usize]),
            Subject::Setting(entry) => Some(&profile.settings[entry as usize]),
            Subject::SessionPolicy(_) | Subject::Start => None,
        };
        let operator = match expect.operator {
            ast::Operator::Equal => Operator::Equal,
            ast::Operator::NotEqual => Operator::NotEqual,
            ast::Operator::In => Operator::In,
            ast::Operator::NotIn => Operator::NotIn,
            ast::Operator::AtMost => Operator::AtMost,
            ast::Operator::AtLeast => Operator::AtLeast,
        };
        if matches!(operator, Operator::AtMost | Operator::AtLeast) {
            let is_ordered = |entry: &Entry| {
                !entry.ty.order().is_empty()
                    || matches!(entry.ty, Type::Set { .. } | Type::Filter { .. })
            };
            let ordered = subject == Subject::Start || entry.is_some_and(is_ordered);
            if !ordered {
                let message = format!("the values of `{path}` are not ordered");
                let found =
                    Diagnostic::new(Code::WRONG_TYPE, expect.operator_range.in_file(file), message)
                        .help("use `==`, `!=`, `in [..]` or `not in [..]`");
                self.findings.push(found);
                return None;
            }
        }
        let listed = matches!(expect.operator, ast::Operator::In | ast::Operator::NotIn);
        let values = match (&expect.value, listed) {
            (ast::Value::List(list), true) => {
                let mut values = Vec::new();
                for item in &list.items {
                    match item {
                        ListItem::Value(value) => values.push(self.expected(file, subject, value)?),
                        ListItem::User(range) | ListItem::DirectoryGroup(range) => {
                            self.error(Code::WRONG_TYPE, range.in_file(file), "expected a value");
                            return None;
                        }
                    }
                }
                values
            }
            (value, true) => {
                self.wrong_type::<()>(
                    file,
                    expect.path,
                    value,
                    "a list in square brackets after `in`",
                );
                return None;
            }
            (value, false) => vec![self.expected(file, subject, value)?],
        };
        let unknown = |expected: &&Expected| match expected {
            Expected::Value(id) => self.tables.values[id.index()] == Value::Unknown,
            _ => false,
        };
        if matches!(operator, Operator::AtMost | Operator::AtLeast)
            && values.iter().any(|expected| unknown(&expected))
        {
            let span = expect.operator_range.in_file(file);
            let found = Diagnostic::new(Code::WRONG_TYPE, span, "`unknown` is not ordered")
                .help("use `==` or `!=`");
            self.findings.push(found);
            return None;
        }
        let from = match expect.from {
            None => None,
            Some(clause) => Some(self.decided_by(file, clause, subject)?),
        };
        Some(Expectation { subject, operator, values, from, span: range.in_file(file) })
    }

    fn expected(&mut self, file: FileId, subject: Subject, value: &ast::Value) -> Option<Expected> {
        if subject == Subject::Start {
            return self.expected_start(file, value).map(Expected::Start);
        }
        if let ast::Value::Word(range) = value
            && self.text(file, *range) == "n/a"
        {
            return Some(Expected::NotApplicable);
        }
        let profile = self.profile;
        let entry = match subject {
            Subject::Permission(entry) => Some(&profile.permissions[entry as usize]),
            Subject::Setting(entry) => Some(&profile.settings[entry as usize]),
            Subject::SessionPolicy(_) | Subject::Start => None,
        };
        match entry {
            Some(entry) => {
                let value = self.typed(file, entry, value)?;
                Some(Expected::Value(self.value_id(value)))
            }
            None => match value {
                ast::Value::String(range) => {
                    self.name(DeclarationKind::SessionPolicy, file, *range)?;
                    let name = self.string(file, *range)?;
                    Some(Expected::Assignment(crate::text::quote(&name)))
                }
                ast::Value::NotDefined(_) => Some(Expected::Assignment("not defined".into())),
                ast::Value::Word(range)
                    if matches!(self.text(file, *range), "none" | "custom" | "unknown") =>
                {
                    Some(Expected::Assignment(self.text(file, *range).to_owned()))
                }
                other => {
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        other.range().in_file(file),
                        "expected a session policy",
                    )
                    .help("write a name in quotes, `none`, `custom`, `unknown` or `not defined`");
                    self.findings.push(found);
                    None
                }
            },
        }
    }

    /// `allow`, `deny` or `with "NAME", …`.
    fn expected_start(&mut self, file: FileId, value: &ast::Value) -> Option<ExpectedStart> {
        match value {
            ast::Value::Word(range) => match self.text(file, *range) {
                "deny" => return Some(ExpectedStart::Deny),
                "allow" => return Some(ExpectedStart::Allow),
                "unknown" => return Some(ExpectedStart::Unknown),
                _ => {}
            },
            ast::Value::With { names, .. } => {
                let mut policies: Vec<JumpPolicyId> = names
                    .iter()
                    .map(|name| self.name(DeclarationKind::JumpPolicy, file, *name))
                    .map(|found| found.map(JumpPolicyId))
                    .collect::<Option<_>>()?;
                policies.sort_unstable();
                policies.dedup();
                return Some(ExpectedStart::With(policies));
            }
            _ => {}
        }
        let span = value.range().in_file(file);
        let found = Diagnostic::new(Code::WRONG_TYPE, span, "invalid value for `start`")
            .help("write `allow`, `deny`, or `with` and the names of jump policies");
        self.findings.push(found);
        None
    }

    fn decided_by(
        &mut self,
        file: FileId,
        clause: FromClause,
        subject: Subject,
    ) -> Option<DecidedBy> {
        match clause {
            FromClause::SessionPolicy(range) => {
                let policy = self.name(DeclarationKind::SessionPolicy, file, range)?;
                Some(DecidedBy::SessionPolicy(PolicyId(policy)))
            }
            FromClause::GroupPolicy(range) => self.rank(file, range).map(DecidedBy::GroupPolicy),
            FromClause::Layer(range) => {
                let word = self.text(file, range);
                let over_account = !subject.is_of_sessions();
                let of_start = subject == Subject::Start;
                let found = match word {
                    "account" if of_start => Some(DecidedBy::Account),
                    "jump_group" if of_start => Some(DecidedBy::JumpGroup),
                    "invite" if of_start => Some(DecidedBy::Invite),
                    _ if of_start => None,
                    "user" if over_account => Some(DecidedBy::Account),
                    "profile" if over_account => Some(DecidedBy::Profile),
                    "method" if !over_account => Some(DecidedBy::Method),
                    _ if over_account => None,
                    _ => LayerKind::find(word)
                        .and_then(|kind| {
                            self.profile.layers.iter().position(|layer| layer.kind == kind)
                        })
                        .map(DecidedBy::Layer),
                };
                if found.is_none() {
                    let layers = self.profile.layers.iter().map(|layer| layer.kind.id());
                    let known: Vec<&str> = match (over_account, of_start) {
                        (true, _) => vec!["user", "profile"],
                        (_, true) => vec!["account", "jump_group", "invite"],
                        _ => layers.chain(["method"]).collect(),
                    };
                    let span = range.in_file(file);
                    let finding = Diagnostic::new(
                        Code::UNKNOWN_VALUE,
                        span,
                        format!("invalid decider `{word}` after `from`"),
                    );
                    let suggestion =
                        suggest::suggestion(suggest::Kind::Words, word, known.iter().copied());
                    let list =
                        || known.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
                    let help = || {
                        format!(
                            "write {}, `session policy \"name\"` or `group policy \"name\"`",
                            list()
                        )
                    };
                    self.findings.push(finding.did_you_mean(span, suggestion, help));
                }
                found
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{DEFAULT_PROFILE, builtin};
    use crate::source::{SourceFile, Sources};
    use crate::syntax;

    #[test]
    fn tests_take_no_more_memory_than_they_need() {
        let text: String = (0..100)
            .map(|at| {
                format!("test \"{at}\" {{\n  when user == \"a\"\n  expect shell == deny\n}}\n")
            })
            .collect();
        let mut sources = Sources::new();
        let id = sources.add(SourceFile::new("a.prec", format!("user \"a\"\n{text}")));
        let (tree, _) = syntax::parse(id, sources.file(id));
        let profile = builtin(DEFAULT_PROFILE).expect("the default profile");
        let mut lower = Lower::new(&sources, &profile);
        lower.all(&[&tree], true);
        let tests = &lower.tables.tests;
        assert_eq!((tests.len(), tests.capacity()), (100, 100));
        let of = |test: &Test| (test.when.capacity(), test.expect.capacity());
        assert!(tests.iter().all(|test| of(test) == (1, 1)));
    }
}
