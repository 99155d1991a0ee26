//! Users, directory groups, invites, jump items, portals, and the objects that are names alone.

use super::Lower;
use super::assign::Place;
use super::collect::Declared;
use super::group::GrantLines;
use super::statements::{Head, Once};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::ir::*;
use crate::profile::Target;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Body, DeclarationKind, ListItem, Range, Statement, What};

/// The lines of a jump item, or of the block that it stands in.
#[derive(Clone, Default)]
struct ItemLines {
    kind: Option<(usize, Span)>,
    /// A `kind` line is there, but could not be read.
    kind_attempted: bool,
    group: Option<ObjectId>,
    tag: Option<String>,
    description: Option<String>,
    portal: Option<(PortalId, Span)>,
    /// Present and absent.
    session_policy: [Option<Assignment>; 2],
    /// `.present` or `.absent` is written: only for methods that tell.
    presence: Option<Span>,
}

impl<'a> Lower<'a> {
    pub(super) fn inventory(&mut self) {
        self.tables.jump_groups = self.plain_objects(DeclarationKind::JumpGroup, "jump groups");
        self.tables.jump_policies =
            self.plain_objects(DeclarationKind::JumpPolicy, "jump policies");
        self.tables.teams = self.plain_objects(DeclarationKind::Team, "teams");
        self.tables.jumpoints = self.plain_objects(DeclarationKind::Jumpoint, "jumpoints");
        self.tables.vault_account_groups =
            self.plain_objects(DeclarationKind::VaultAccountGroup, "vault account groups");
        self.roles();
        self.portals();
        self.users();
        self.directory_groups();
        self.invites();
        self.jump_items();
    }

    /// Objects with nothing but a head; `extra` takes the statements that a kind has besides.
    fn objects(
        &mut self,
        kind: DeclarationKind,
        body: &str,
        extra: &mut dyn FnMut(&mut Self, usize, FileId, &'a Statement) -> bool,
    ) -> Vec<Object> {
        let declared = self.names.shared(kind);
        let mut objects = Vec::with_capacity(declared.len());
        for (index, declared) in declared.iter().enumerate() {
            let mut head = Head::default();
            let mut once = Once::default();
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
                if let What::Assign { path, value } = &statement.what
                    && self.head(&mut head, &mut once, declared.file, *path, value)
                {
                    self.no_final(
                        declared.file,
                        statement,
                        "only settings of group policies can be final",
                    );
                    continue;
                }
                if !extra(self, index, declared.file, statement) {
                    self.unknown_line(declared.file, statement, body, &["id", "description"]);
                }
            }
            objects.push(head.object(declared));
        }
        objects
    }

    fn unknown_line(&mut self, file: FileId, statement: &Statement, body: &str, known: &[&str]) {
        match &statement.what {
            What::Assign { value: ast::Value::Broken(_), .. } => {}
            What::Assign { path, .. } => {
                self.unknown_path(file, *path, body, known);
            }
            _ => self.misplaced(file, statement, body),
        }
    }

    fn plain_objects(&mut self, kind: DeclarationKind, plural: &str) -> Vec<Object> {
        let body = format!("a {}", super::kind_words(kind));
        let objects = self.objects(kind, &body, &mut |_, _, _, _| false);
        self.unique_ids(plural, objects.iter());
        objects
    }

    fn roles(&mut self) {
        let mut allows = vec![
            (Vec::new(), None::<Range>);
            self.names.table(DeclarationKind::JumpItemRole).len()
        ];
        let objects = self.objects(
            DeclarationKind::JumpItemRole,
            "a jump item role",
            &mut |lower, index, file, statement| {
                let What::Assign { path, value } = &statement.what else { return false };
                if lower.text(file, *path) != "allows" {
                    return false;
                }
                match allows[index].1 {
                    Some(first) => lower.set_twice(file, "allows", *path, first),
                    None => {
                        allows[index] = (
                            lower.words(file, *path, value, &ROLE_ACTIONS).unwrap_or_default(),
                            Some(*path),
                        )
                    }
                }
                true
            },
        );
        self.unique_ids("jump item roles", objects.iter());
        self.tables.roles = objects
            .into_iter()
            .zip(allows)
            .map(|(object, (allows, _))| Role { object, allows })
            .collect();
    }

    fn portals(&mut self) {
        let count = self.names.table(DeclarationKind::Portal).len();
        let mut defaults: Vec<Option<Range>> = vec![None; count];
        let mut policies: Vec<(Option<Assignment>, Option<Range>)> = vec![(None, None); count];
        let objects = self.objects(
            DeclarationKind::Portal,
            "a portal",
            &mut |lower, index, file, statement| match &statement.what {
                What::Word(range) if lower.text(file, *range) == "default" => {
                    match defaults[index] {
                        Some(first) => lower.set_twice(file, "default", *range, first),
                        None => defaults[index] = Some(*range),
                    }
                    true
                }
                What::Assign { path, value } if lower.text(file, *path) == "session_policy" => {
                    lower.no_final(file, statement, "only settings of group policies can be final");
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
            },
        );
        self.unique_ids("portals", objects.iter());
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
                "a second portal is the default one",
            )
            .here("this one too")
            .label(marked[0], "this one is the default already")
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
            let mut head = Head::default();
            let mut once = Once::default();
            let mut lines = GrantLines::default();
            let mut display_name = None;
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
                if let What::Assign { path, value } = &statement.what {
                    if self.text(file, *path) == "display_name" {
                        if self.once(&mut once, file, *path) {
                            display_name = self.string_value(file, *path, value);
                        }
                        continue;
                    }
                    if self.head(&mut head, &mut once, file, *path, value) {
                        continue;
                    }
                }
                self.grant_line(&mut lines, Place::User, file, statement);
            }
            self.tables.users.push(User {
                object: head.object(declared),
                display_name,
                grants: lines.finish(),
            });
        }
        let mut ids: Vec<Object> = Vec::new();
        ids.extend(
            self.tables
                .users
                .iter()
                .filter(|user| user.object.id.is_some())
                .map(|user| user.object.clone()),
        );
        self.unique_ids("users", ids.iter());
    }

    fn directory_groups(&mut self) {
        let mut members = vec![
            (Vec::new(), None::<Range>);
            self.names.table(DeclarationKind::DirectoryGroup).len()
        ];
        let objects = self.objects(
            DeclarationKind::DirectoryGroup,
            "a directory group",
            &mut |lower, index, file, statement| {
                let What::Assign { path, value } = &statement.what else { return false };
                if lower.text(file, *path) != "members" {
                    return false;
                }
                match members[index].1 {
                    Some(first) => lower.set_twice(file, "members", *path, first),
                    None => members[index] = (lower.user_list(file, *path, value), Some(*path)),
                }
                true
            },
        );
        self.unique_ids("directory groups", objects.iter());
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
                ListItem::User(range) => {
                    // Known all the same, so that a wrong name is found in the same run.
                    self.name(DeclarationKind::User, file, *range);
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        range.in_file(file),
                        "the members of a directory group are users, by name alone",
                    )
                    .help("remove `user` before the name");
                    self.findings.push(found);
                }
                ListItem::DirectoryGroup(range) => {
                    let found =
                        Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), "a directory group holds users alone")
                            .help("list the users; a group policy can have several directory groups as members");
                    self.findings.push(found);
                }
                ListItem::Value(value) => {
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        value.range().in_file(file),
                        "the members of a directory group are names in quotes",
                    )
                    .help("write `\"john.doe\"`");
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
        let objects = self.objects(
            DeclarationKind::Invite,
            "an invite",
            &mut |lower, index, file, statement| match &statement.what {
                What::Assign { path, value } if lower.text(file, *path) == "session_policy" => {
                    lower.no_final(file, statement, "only settings of group policies can be final");
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
                _ => false,
            },
        );
        self.unique_ids("invites", objects.iter());
        for ((object, (session_policy, at)), declared) in
            objects.into_iter().zip(policies).zip(declared.iter())
        {
            if at.is_none() {
                let name = crate::syntax::text::visible(&object.name).into_owned();
                let found = Diagnostic::new(
                    Code::MISSING_STATEMENT,
                    declared.header.in_file(declared.file),
                    format!("the invite `{name}` has no session policy"),
                )
                .help("an invite stands for a session policy: add `session_policy = \"Name\"`");
                self.findings.push(found);
            }
            if let Some(session_policy) = session_policy {
                self.tables.invites.push(Invite { object, session_policy });
            }
        }
    }

    fn jump_items(&mut self) {
        let blocks = self.item_blocks();
        let declared = self.names.shared(DeclarationKind::JumpItem);
        self.tables.jump_items.reserve(declared.len());
        for declared in declared.iter() {
            let defaults = declared.block.and_then(|block| blocks.get(&std::ptr::from_ref(block)));
            let item = self.jump_item(declared, defaults);
            self.tables.jump_items.extend(item);
        }
        let ids: Vec<Object> = self
            .tables
            .jump_items
            .iter()
            .filter(|item| item.object.id.is_some())
            .map(|item| item.object.clone())
            .collect();
        self.unique_ids("jump items", ids.iter());
    }

    /// The defaults of each `jump items` block, by its body.
    fn item_blocks(&mut self) -> std::collections::HashMap<*const Body, ItemLines> {
        let mut blocks = std::collections::HashMap::new();
        for (file, declaration) in self.names.of(DeclarationKind::JumpItems) {
            let Some(body) = &declaration.body else { continue };
            let mut lines = ItemLines::default();
            let mut head = Head::default();
            self.item_lines(&mut lines, &mut head, file, body, true);
            if head.id.is_some()
                && let Some(statement) = body.statements.iter().find(
                    |statement| matches!(&statement.what, What::Assign { path, .. } if self.text(file, *path) == "id"),
                )
            {
                let found = Diagnostic::new(
                    Code::MISPLACED,
                    statement.range.in_file(file),
                    "an `id` cannot be a default for several jump items",
                )
                .help("give each item its own: `item \"db01\" {` with the `id` inside");
                self.findings.push(found);
            }
            lines.description = head.description;
            blocks.insert(std::ptr::from_ref(body), lines);
        }
        blocks
    }

    fn jump_item(
        &mut self,
        declared: &Declared<'a>,
        defaults: Option<&ItemLines>,
    ) -> Option<JumpItem> {
        let file = declared.file;
        let mut lines = defaults.cloned().unwrap_or_default();
        let default_presence = lines.presence;
        let mut head = Head::default();
        if let Some(body) = declared.body {
            self.item_lines(&mut lines, &mut head, file, body, false);
        }
        head.description = head.description.or(lines.description.take());
        let header = declared.header.in_file(file);
        let Some((method, kind_span)) = lines.kind else {
            if !lines.kind_attempted {
                let name = crate::syntax::text::visible(&declared.name).into_owned();
                let found = Diagnostic::new(
                    Code::MISSING_STATEMENT,
                    header,
                    format!("the jump item `{name}` has no kind"),
                )
                .help(format!("add `kind = …`, one of {}", self.item_kinds()));
                self.findings.push(found);
            }
            return None;
        };
        let found = &self.profile.methods[method];
        if let Some(span) = lines.presence.filter(|_| !found.presence) {
            let message = format!("a {} does not tell whether a person is present", found.label);
            let mut finding = Diagnostic::new(Code::NOT_IN_PROFILE, span, message)
                .label(kind_span, "of this kind")
                .help("write `session_policy` alone: it holds for every session");
            if Some(span) == default_presence && declared.block.is_some() {
                finding = finding.label(header, "this item takes the line as its default");
            }
            self.findings.push(finding);
        }
        if let Some((_, span)) = lines.portal.filter(|_| !found.portal_choice) {
            let message = format!("a {} has no choice of portal", found.label);
            let finding = Diagnostic::new(Code::NOT_IN_PROFILE, span, message)
                .label(kind_span, "of this kind")
                .help("remove the line: its sessions belong to the default portal");
            self.findings.push(finding);
        }
        let presence = found.presence;
        let mut session_policy = lines.session_policy;
        if !presence {
            session_policy[1] = None;
        }
        Some(JumpItem {
            object: head.object(declared),
            method,
            group: lines.group,
            tag: lines.tag,
            portal: lines.portal.map(|(portal, _)| portal),
            session_policy,
        })
    }

    fn item_kinds(&self) -> String {
        let kinds = self.profile.methods.iter().filter(|method| method.target == Target::JumpItem);
        kinds.map(|method| format!("`{}`", method.id)).collect::<Vec<_>>().join(", ")
    }

    /// Reads the lines of a jump item, or of a block (whose `item` lines are other declarations),
    /// over defaults.
    fn item_lines(
        &mut self,
        lines: &mut ItemLines,
        head: &mut Head,
        file: FileId,
        body: &'a Body,
        block: bool,
    ) {
        let mut once = Once::default();
        let mut slots: [Option<Range>; 2] = [None, None];
        let what = if block { "a `jump items` block" } else { "a jump item" };
        for statement in &body.statements {
            let (path, value) = match &statement.what {
                What::Item { .. } if block => continue,
                What::Assign { path, value } => (*path, value),
                _ => {
                    self.misplaced(file, statement, what);
                    continue;
                }
            };
            self.no_final(file, statement, "only settings of group policies can be final");
            let written = self.text(file, path);
            match written {
                "kind" => {
                    if self.once(&mut once, file, path) {
                        lines.kind_attempted = true;
                        lines.kind = self
                            .item_kind(file, path, value)
                            .map(|kind| (kind, value.range().in_file(file)));
                    }
                }
                "group" => {
                    if self.once(&mut once, file, path) {
                        lines.group = self
                            .named_object(DeclarationKind::JumpGroup, file, path, value)
                            .map(ObjectId);
                    }
                }
                "tag" => {
                    if self.once(&mut once, file, path) {
                        lines.tag = self.string_value(file, path, value);
                    }
                }
                "portal" if self.profile.portals => {
                    if self.once(&mut once, file, path) {
                        let portal = self.named_object(DeclarationKind::Portal, file, path, value);
                        lines.portal =
                            portal.map(|portal| (PortalId(portal), statement.range.in_file(file)));
                    }
                }
                "portal" => {
                    let message = format!("{} has no portals", self.profile.label);
                    let found = Diagnostic::new(Code::NOT_IN_PROFILE, path.in_file(file), message)
                        .help("remove the line");
                    self.findings.push(found);
                }
                "session_policy" | "session_policy.present" | "session_policy.absent" => {
                    let (first, last) = match written {
                        "session_policy.present" => (0, 0),
                        "session_policy.absent" => (1, 1),
                        _ => (0, 1),
                    };
                    let told = self.profile.methods.iter().any(|method| method.presence);
                    if written != "session_policy" && !told {
                        let message = format!(
                            "{} does not tell whether a person is present",
                            self.profile.label
                        );
                        let found =
                            Diagnostic::new(Code::NOT_IN_PROFILE, path.in_file(file), message)
                                .help("write `session_policy` alone: it holds for every session");
                        self.findings.push(found);
                        continue;
                    }
                    if let Some(earlier) = slots[first].or(slots[last]) {
                        self.set_twice(file, written, path, earlier);
                        continue;
                    }
                    if written != "session_policy" {
                        lines.presence.get_or_insert(path.in_file(file));
                        // An item's own line over a block's default: the default is no longer what
                        // is meant.
                        if !block && slots == [None, None] {
                            lines.presence = Some(path.in_file(file));
                        }
                    } else if !block {
                        lines.presence = None;
                    }
                    let assignment = self.assignment(Place::JumpItem, file, statement, value);
                    slots[first..=last].fill(Some(path));
                    lines.session_policy[first..=last].fill(assignment);
                }
                _ if self.head(head, &mut once, file, path, value) => {}
                _ if matches!(value, ast::Value::Broken(_)) => {}
                _ => {
                    let known =
                        ["kind", "group", "session_policy", "tag", "description", "id", "portal"];
                    let known = if self.profile.portals { &known[..] } else { &known[..6] };
                    if self.unknown_path(file, path, what, known) == Some(0) {
                        lines.kind_attempted = true;
                    }
                }
            }
        }
    }

    /// A value that is the name of a declared object.
    fn named_object(
        &mut self,
        kind: DeclarationKind,
        file: FileId,
        path: Range,
        value: &ast::Value,
    ) -> Option<u32> {
        match value {
            ast::Value::String(range) => self.name(kind, file, *range),
            _ => {
                let expected = format!("the name of a {} in quotes", super::kind_words(kind));
                self.wrong_type(file, path, value, &expected)
            }
        }
    }

    fn item_kind(&mut self, file: FileId, path: Range, value: &ast::Value) -> Option<usize> {
        let ast::Value::Word(range) = value else {
            return self.wrong_type(file, path, value, "a word such as `jump_client`");
        };
        let word = self.text(file, *range);
        let found = self
            .profile
            .method(word)
            .filter(|&method| self.profile.methods[method].target == Target::JumpItem);
        if found.is_none() {
            let kinds: Vec<&str> = self
                .profile
                .methods
                .iter()
                .filter(|method| method.target == Target::JumpItem)
                .map(|method| &*method.id)
                .collect();
            let span = range.in_file(file);
            let finding = Diagnostic::new(
                Code::UNKNOWN_VALUE,
                span,
                format!("{} has no jump items of the kind `{word}`", self.profile.label),
            );
            let meant = suggest::meant(suggest::Kind::Words, word, kinds.iter().copied());
            let finding = finding
                .did_you_mean(span, meant, || format!("the kinds are {}", self.item_kinds()));
            self.findings.push(finding);
        }
        found
    }
}
