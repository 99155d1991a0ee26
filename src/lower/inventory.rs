//! Users, directory groups, invites, portals, and the objects that have nothing but a name.

use super::Lower;
use super::assign::Place;

use super::group::GrantLines;
use super::statements::{CommonFields, SeenKeys, has_code_name};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::*;

use crate::source::{FileId, Span};
use crate::syntax::ast::{self, DeclarationKind, ListItem, Range, Statement, What};

/// The lines of an object of the inventory.
fn known_lines(kind: DeclarationKind) -> &'static [&'static str] {
    match kind {
        DeclarationKind::JumpItemRole => &["allows", "id", "description"],
        DeclarationKind::Portal => &["default", "session_policy", "id", "description"],
        DeclarationKind::DirectoryGroup => &["members", "id", "description"],
        DeclarationKind::Invite => &["session_policy", "expires", "id", "description"],
        kind if has_code_name(kind) => &["id", "code_name", "description"],
        _ => &["id", "description"],
    }
}

impl<'a> Lower<'a> {
    pub(super) fn inventory(&mut self) {
        self.tables.jump_groups = self.plain_objects(DeclarationKind::JumpGroup);
        self.tables.jump_policies = self.plain_objects(DeclarationKind::JumpPolicy);
        self.tables.teams = self.plain_objects(DeclarationKind::Team);
        self.tables.jumpoints = self.plain_objects(DeclarationKind::Jumpoint);
        self.tables.vault_account_groups = self.plain_objects(DeclarationKind::VaultAccountGroup);
        self.tables.vault_accounts = self.plain_objects(DeclarationKind::VaultAccount);
        self.roles();
        self.portals();
        self.users();
        self.directory_groups();
        self.invites();
        self.jump_items();
    }

    /// Objects with an `id` and a `description`. `extra` handles the other statements of the kind,
    /// and returns whether it knows the statement.
    fn objects(
        &mut self,
        kind: DeclarationKind,
        extra: &mut dyn FnMut(&mut Self, usize, FileId, &'a Statement) -> bool,
    ) -> Vec<Object> {
        let declared = self.names.shared(kind);
        let body = kind.with_article();
        let known = known_lines(kind);
        let mut objects = Vec::with_capacity(declared.len());
        for (index, declared) in declared.iter().enumerate() {
            let mut common = CommonFields::of(kind);
            let mut seen = SeenKeys::default();
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
                if let What::Assign { path, value } = &statement.what
                    && self.common_field(&mut common, &mut seen, declared.file, *path, value)
                {
                    self.no_final(
                        declared.file,
                        statement,
                        "only settings of group policies can be final",
                    );
                    continue;
                }
                if !extra(self, index, declared.file, statement) {
                    self.unknown_line(declared.file, statement, &body, known);
                }
            }
            objects.push(common.object(declared));
        }
        self.unique_ids(kind, objects.iter());
        objects
    }

    fn unknown_line(&mut self, file: FileId, statement: &Statement, body: &str, known: &[&str]) {
        match &statement.what {
            What::Assign { path, value } if value.is_missing(*path) => {}
            What::Assign { path, .. } => {
                self.unknown_path(file, *path, body, known);
            }
            _ => self.misplaced(file, statement, body),
        }
    }

    fn plain_objects(&mut self, kind: DeclarationKind) -> Vec<Object> {
        self.objects(kind, &mut |_, _, _, _| false)
    }

    fn roles(&mut self) {
        let mut allows = vec![
            (Vec::new(), None::<(Range, Span)>);
            self.names.table(DeclarationKind::JumpItemRole).len()
        ];
        let objects =
            self.objects(DeclarationKind::JumpItemRole, &mut |lower, index, file, statement| {
                let What::Assign { path, value } = &statement.what else { return false };
                if lower.text(file, *path) != "allows" {
                    return false;
                }
                match allows[index].1 {
                    Some((first, _)) => lower.set_twice(file, "allows", *path, first),
                    None => {
                        allows[index] = (
                            lower
                                .words(file, *path, value, lower.profile.role_actions())
                                .unwrap_or_default(),
                            Some((*path, path.in_file(file).to(value.range().in_file(file)))),
                        )
                    }
                }
                true
            });
        self.tables.roles = objects
            .into_iter()
            .zip(allows)
            .map(|(object, (allows, at))| Role { object, allows, allows_at: at.map(|(_, at)| at) })
            .collect();
    }

    fn portals(&mut self) {
        let count = self.names.table(DeclarationKind::Portal).len();
        let mut defaults: Vec<Option<Range>> = vec![None; count];
        let mut policies: Vec<(Option<Assignment>, Option<Range>)> = vec![(None, None); count];
        let objects =
            self.objects(DeclarationKind::Portal, &mut |lower, index, file, statement| {
                match &statement.what {
                    What::Word(range) if lower.text(file, *range) == "default" => {
                        match defaults[index] {
                            Some(first) => lower.set_twice(file, "default", *range, first),
                            None => defaults[index] = Some(*range),
                        }
                        true
                    }
                    What::Assign { path, value } if lower.text(file, *path) == "session_policy" => {
                        lower.no_final(
                            file,
                            statement,
                            "only settings of group policies can be final",
                        );
                        match policies[index].1 {
                            Some(first) => lower.set_twice(file, "session_policy", *path, first),
                            None => {
                                policies[index] = (
                                    lower.assignment(Place::Portal, file, statement, value),
                                    Some(*path),
                                )
                            }
                        }
                        true
                    }
                    _ => false,
                }
            });
        let files: Vec<FileId> = self
            .names
            .table(DeclarationKind::Portal)
            .iter()
            .map(|declared| declared.file)
            .collect();
        let mut marked: Vec<Span> = defaults
            .iter()
            .zip(&files)
            .filter_map(|(at, file)| Some(at.as_ref()?.in_file(*file)))
            .collect();
        marked.sort_unstable();
        for again in marked.iter().skip(1) {
            let found = Diagnostic::new(
                Code::TWO_DEFAULT_PORTALS,
                *again,
                "a second portal is marked `default`",
            )
            .primary_message("marked here too")
            .label(marked[0], "first marked here")
            .help("remove `default` from all but one of them");
            self.findings.push(found);
        }
        self.tables.portals = objects
            .into_iter()
            .zip(defaults.iter().zip(policies))
            .map(|(object, (default, (session_policy, _)))| Portal {
                object,
                is_default: default.is_some(),
                session_policy,
            })
            .collect();
    }

    fn users(&mut self) {
        let declared = self.names.shared(DeclarationKind::User);
        self.tables.users.reserve(declared.len());
        for declared in declared.iter() {
            let file = declared.file;
            let mut common = CommonFields::default();
            let mut seen = SeenKeys::default();
            let mut lines = GrantLines::default();
            let mut display_name = None;
            let mut expires = None;
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
                if let What::Assign { path, value } = &statement.what {
                    let key = self.text(file, *path);
                    if matches!(key, "display_name" | "expires") {
                        if !self.first_time(&mut seen, file, *path) {
                        } else if key == "expires" {
                            expires = self.deadline(file, *path, value);
                        } else {
                            display_name = self.string_value(file, *path, value);
                        }
                        continue;
                    }
                    if self.common_field(&mut common, &mut seen, file, *path, value) {
                        continue;
                    }
                }
                self.grant_line(&mut lines, Place::User, file, statement);
            }
            let grants = self.finish_grants(lines).into();
            self.tables.users.push(User {
                object: common.object(declared),
                display_name: display_name.map(String::into),
                expires,
                grants,
            });
        }
        let ids = Self::with_ids(self.tables.users.iter().map(|user| &user.object));
        self.unique_ids(DeclarationKind::User, ids.iter());
    }

    fn directory_groups(&mut self) {
        let mut members = vec![
            (Vec::new(), None::<Range>);
            self.names.table(DeclarationKind::DirectoryGroup).len()
        ];
        let objects =
            self.objects(DeclarationKind::DirectoryGroup, &mut |lower, index, file, statement| {
                let What::Assign { path, value } = &statement.what else { return false };
                if lower.text(file, *path) != "members" {
                    return false;
                }
                match members[index].1 {
                    Some(first) => lower.set_twice(file, "members", *path, first),
                    None => members[index] = (lower.user_list(file, *path, value), Some(*path)),
                }
                true
            });
        self.tables.directory_groups = objects
            .into_iter()
            .zip(members)
            .map(|(object, (members, _))| DirectoryGroup { object, members })
            .collect();
    }

    /// `["john.doe", "jane.roe"]`
    fn user_list(&mut self, file: FileId, path: Range, value: &ast::Value) -> Vec<(UserId, Span)> {
        let ast::Value::List(list) = value else {
            self.wrong_type::<()>(file, path, value, "a list of users such as `[\"john.doe\"]`");
            return Vec::new();
        };
        let mut users = Vec::with_capacity(list.items.len());
        for item in &list.items {
            match item {
                ListItem::Value(ast::Value::String(range)) => {
                    let user = self.name(DeclarationKind::User, file, *range);
                    users.extend(user.map(|user| (UserId(user), range.in_file(file))));
                }
                ListItem::Value(ast::Value::Broken(_)) => {}
                ListItem::User(member) => {
                    // Resolved all the same, so that an unknown name is reported in the same run.
                    self.name(DeclarationKind::User, file, member.name);
                    let span = member.in_file(file);
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        span,
                        "expected the name of a user without `user`",
                    )
                    .help(
                        "a directory group can only contain users: remove `user` before the name",
                    );
                    let before = &self.sources.file(file).text[..span.start as usize];
                    let word = before.trim_end_matches([' ', '\t']).strip_suffix("user");
                    let word = word.map(|before| Span {
                        start: before.len() as u32,
                        end: span.start,
                        ..span
                    });
                    self.findings.push(match word.filter(|_| member.until.is_none()) {
                        Some(word) => found.fix_replace("remove `user`", word, ""),
                        None => found,
                    });
                }
                ListItem::DirectoryGroup(range) => {
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        range.in_file(file),
                        "a directory group \
                         can only contain users",
                    )
                    .help(
                        "list the users; a group policy can have several directory \
                             groups as members",
                    );
                    self.findings.push(found);
                }
                ListItem::Value(value) => {
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        value.range().in_file(file),
                        "expected the name of a user in quotes",
                    )
                    .help("write a name such as `\"john.doe\"`");
                    self.findings.push(found);
                }
            }
        }
        users.sort_unstable();
        users.dedup_by_key(|(user, _)| *user);
        users
    }

    fn invites(&mut self) {
        let declared = self.names.shared(DeclarationKind::Invite);
        let mut policies: Vec<(Option<Assignment>, Option<Range>)> =
            vec![(None, None); declared.len()];
        let mut expires: Vec<(Option<Deadline>, Option<Range>)> =
            vec![(None, None); declared.len()];
        let objects =
            self.objects(DeclarationKind::Invite, &mut |lower, index, file, statement| {
                match &statement.what {
                    What::Assign { path, value } if lower.text(file, *path) == "session_policy" => {
                        lower.no_final(
                            file,
                            statement,
                            "only settings of group policies can be final",
                        );
                        match policies[index].1 {
                            Some(first) => lower.set_twice(file, "session_policy", *path, first),
                            None => {
                                policies[index] = (
                                    lower.assignment(Place::Invite, file, statement, value),
                                    Some(*path),
                                )
                            }
                        }
                        true
                    }
                    What::Assign { path, value } if lower.text(file, *path) == "expires" => {
                        match expires[index].1 {
                            Some(first) => lower.set_twice(file, "expires", *path, first),
                            None => {
                                expires[index] = (lower.deadline(file, *path, value), Some(*path))
                            }
                        }
                        true
                    }
                    _ => false,
                }
            });
        let lines = policies.into_iter().zip(expires);
        for ((object, ((session_policy, at), (expires, _))), declared) in
            objects.into_iter().zip(lines).zip(declared.iter())
        {
            if at.is_none() {
                let name = crate::text::escape_control_chars(&object.name).into_owned();
                let found = Diagnostic::new(
                    Code::MISSING_STATEMENT,
                    declared.header.in_file(declared.file),
                    format!("the invite `{name}` has no session policy"),
                )
                .help("add `session_policy = \"Name\"`");
                self.findings.push(found);
            }
            if let Some(session_policy) = session_policy {
                self.tables.invites.push(Invite { object, session_policy, expires });
            }
        }
    }

    /// A value that is the name of a declared object.
    pub(super) fn named_object(
        &mut self,
        kind: DeclarationKind,
        file: FileId,
        path: Range,
        value: &ast::Value,
    ) -> Option<u32> {
        match value {
            ast::Value::String(range) => self.name(kind, file, *range),
            _ => {
                let expected = format!("the name of a {} in quotes", kind.words());
                self.wrong_type(file, path, value, &expected)
            }
        }
    }
}
