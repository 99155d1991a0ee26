//! Jump items, declared alone or in blocks with defaults.

use super::Lower;
use super::assign::Place;
use super::collect::Declared;

use super::statements::{CommonFields, SeenKeys};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::ir::*;
use crate::profile::{Profile, Target};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Body, DeclarationKind, Range, Statement, What};
use crate::text::escape_control_chars;
use std::collections::BTreeMap;

/// The lines of a jump item, or of a block with defaults.
#[derive(Clone, Default)]
struct ItemLines {
    kind: Option<(usize, Span)>,
    /// There is a `kind` line, possibly an invalid one.
    kind_attempted: bool,
    /// A line of its own replaces the other one of the defaults.
    group: Option<JumpGroupId>,
    owner: Option<(UserId, Span)>,
    jump_policy: Option<JumpPolicyId>,
    tag: Option<String>,
    comments: Option<String>,
    description: Option<String>,
    portal: Option<(PortalId, Span)>,
    /// Present and absent.
    session_policy: [Option<Assignment>; 2],
    /// The first line with `.present` or `.absent`, which need a method that can tell.
    presence: Option<Span>,
}

impl<'a> Lower<'a> {
    pub(super) fn jump_items(&mut self) {
        let blocks = self.item_blocks();
        let declared = self.names.shared(DeclarationKind::JumpItem);
        self.tables.jump_items.reserve(declared.len());
        for declared in declared.iter() {
            let defaults = declared.block.and_then(|block| blocks.get(&std::ptr::from_ref(block)));
            let item = self.jump_item(declared, defaults);
            self.tables.jump_items.extend(item);
        }
        self.unique_jump_items();
        self.unique_item_ids();
    }

    /// Sorts the jump items, and reports those that have the name and the method of another one.
    fn unique_jump_items(&mut self) {
        let mut items = std::mem::take(&mut self.tables.jump_items);
        // In place: there may be millions, and no two have one place.
        items.sort_unstable_by(|a, b| {
            (&a.object.name, a.method, a.object.span).cmp(&(
                &b.object.name,
                b.method,
                b.object.span,
            ))
        });
        let mut twice = Vec::new();
        items.dedup_by(|later, first| {
            let same = (&later.object.name, later.method) == (&first.object.name, first.method);
            if same {
                twice.push((later.object.span, first.object.span, later.method));
            }
            same
        });
        self.tables.jump_items = items;
        for (again, first, method) in twice {
            let written = escape_control_chars(self.sources.text(again));
            let message = format!("the jump item in `{written}` is declared twice");
            let kind = &self.profile.methods[method].id;
            let found = Diagnostic::new(Code::DECLARED_TWICE, again, message)
                .primary_message("declared again here")
                .label(first, "first declared here")
                .help(format!(
                    "rename one of them or merge the two: the name of a jump item must be unique \
                     among those of the kind `{kind}`"
                ));
            self.findings.push(found);
        }
    }

    /// Reports ids that two jump items of one method have: the product counts each kind by itself.
    fn unique_item_ids(&mut self) {
        let mut by_method: BTreeMap<usize, Vec<Object>> = BTreeMap::new();
        for item in self.tables.jump_items.iter().filter(|item| item.object.id.is_some()) {
            by_method.entry(item.method).or_default().push(item.object.clone());
        }
        for objects in by_method.into_values() {
            self.unique_ids(DeclarationKind::JumpItem, objects.iter());
        }
    }

    /// The defaults of each `jump items` block, by its body.
    fn item_blocks(&mut self) -> std::collections::HashMap<*const Body, ItemLines> {
        let mut blocks = std::collections::HashMap::new();
        for (file, declaration) in self.names.of(DeclarationKind::JumpItems) {
            let Some(body) = declaration.body.as_deref() else { continue };
            let mut lines = ItemLines::default();
            let mut common = CommonFields::default();
            self.item_lines(&mut lines, &mut common, file, body, true);
            let is_id = |statement: &&Statement| match &statement.what {
                What::Assign { path, .. } => self.text(file, *path) == "id",
                _ => false,
            };
            if common.id.is_some()
                && let Some(statement) = body.statements.iter().find(is_id)
            {
                let found = Diagnostic::new(
                    Code::MISPLACED,
                    statement.range.in_file(file),
                    "an `id` cannot be a default for several jump items",
                )
                .help("set the id of each item in a body of its own: `item \"db01\" {`");
                self.findings.push(found);
            }
            lines.description = common.description;
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
        let mut common = CommonFields::default();
        if let Some(body) = declared.body {
            self.item_lines(&mut lines, &mut common, file, body, false);
        }
        common.description = common.description.or(lines.description.take());
        let header = declared.header.in_file(file);
        let Some((method, kind_span)) = lines.kind else {
            if !lines.kind_attempted {
                let name = escape_control_chars(&declared.name).into_owned();
                let found = Diagnostic::new(
                    Code::MISSING_STATEMENT,
                    header,
                    format!("jump item `{name}` has no `kind`"),
                )
                .help(format!("add `kind = …`, one of {}", listed(item_kinds(self.profile))));
                self.findings.push(found);
            }
            return None;
        };
        let found = &self.profile.methods[method];
        if let Some(span) = lines.presence.filter(|_| !found.presence) {
            let message = format!("a {} cannot tell whether a person is present", found.label);
            let mut finding = Diagnostic::new(Code::NOT_IN_PROFILE, span, message)
                .label(kind_span, "the kind is set here")
                .help("write `session_policy`, which applies to every session");
            if Some(span) == default_presence && declared.block.is_some() {
                finding = finding.label(header, "this item uses the line as its default");
            }
            self.findings.push(finding);
        }
        if let Some((_, span)) = lines.portal.filter(|_| !found.portal_choice) {
            let message = format!("a {} cannot choose a portal", found.label);
            let finding = Diagnostic::new(Code::NOT_IN_PROFILE, span, message)
                .label(kind_span, "the kind is set here")
                .help("remove the line; its sessions use the default portal");
            self.findings.push(finding);
        }
        let presence = found.presence;
        let mut session_policy = lines.session_policy;
        if !presence {
            session_policy[1] = None;
        }
        Some(JumpItem {
            object: common.object(declared),
            method,
            group: lines.group,
            owner: lines.owner,
            jump_policy: lines.jump_policy,
            tag: lines.tag.map(Into::into),
            comments: lines.comments.map(Into::into),
            portal: lines.portal.map(|(portal, _)| portal),
            session_policy: session_policy.into(),
        })
    }

    /// Lowers the lines of a jump item or of a block, over defaults. The `item` lines of a block
    /// are declarations of their own.
    fn item_lines(
        &mut self,
        lines: &mut ItemLines,
        common: &mut CommonFields,
        file: FileId,
        body: &'a Body,
        block: bool,
    ) {
        let mut seen = SeenKeys::default();
        let mut slots: [Option<Range>; 2] = [None, None];
        let mut place = None;
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
                    if self.first_time(&mut seen, file, path) {
                        lines.kind_attempted = true;
                        lines.kind = self
                            .item_kind(file, path, value)
                            .map(|kind| (kind, value.range().in_file(file)));
                    }
                }
                "group" | "owner" => {
                    if self.first_time(&mut seen, file, path)
                        && self.group_or_owner(&mut place, file, path)
                    {
                        self.item_place(lines, file, statement, path, value);
                    }
                }
                "jump_policy" => {
                    if self.first_time(&mut seen, file, path) {
                        lines.jump_policy = self
                            .named_object(DeclarationKind::JumpPolicy, file, path, value)
                            .map(JumpPolicyId);
                    }
                }
                "tag" => {
                    if self.first_time(&mut seen, file, path) {
                        lines.tag = self.string_value(file, path, value);
                    }
                }
                "comments" => {
                    if self.first_time(&mut seen, file, path) {
                        lines.comments = self.string_value(file, path, value);
                    }
                }
                "portal" if self.profile.portals => {
                    if self.first_time(&mut seen, file, path) {
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
                    let can_tell = self.profile.methods.iter().any(|method| method.presence);
                    if written != "session_policy" && !can_tell {
                        let message = format!(
                            "{} cannot tell whether a person is present",
                            self.profile.label
                        );
                        let found =
                            Diagnostic::new(Code::NOT_IN_PROFILE, path.in_file(file), message)
                                .help("write `session_policy`, which applies to every session");
                        self.findings.push(found);
                        continue;
                    }
                    if let Some(earlier) = slots[first].or(slots[last]) {
                        self.set_twice(file, written, path, earlier);
                        continue;
                    }
                    if written != "session_policy" {
                        lines.presence.get_or_insert(path.in_file(file));
                        // The item's own line replaces the default of its block.
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
                _ if self.common_field(common, &mut seen, file, path, value) => {}
                _ if value.is_missing(path) => {}
                _ => {
                    let known = [
                        "kind",
                        "group",
                        "owner",
                        "session_policy",
                        "jump_policy",
                        "tag",
                        "comments",
                        "description",
                        "id",
                        "portal",
                    ];
                    let known = if self.profile.portals { &known[..] } else { &known[..9] };
                    let meant = self.unknown_path(file, path, what, known);
                    if meant.is_some_and(|(at, _)| at == 0) {
                        lines.kind_attempted = true;
                    }
                }
            }
        }
    }

    /// Whether a `group` or `owner` line is the only one of the two; otherwise, reports it.
    fn group_or_owner(&mut self, place: &mut Option<Range>, file: FileId, path: Range) -> bool {
        let Some(first) = *place else {
            *place = Some(path);
            return true;
        };
        let message = "a jump item cannot have both `group` and `owner`";
        let found = Diagnostic::new(Code::SET_TWICE, path.in_file(file), message)
            .primary_message(format!("`{}` is set here", self.text(file, path)))
            .label(first.in_file(file), format!("`{}` is set here", self.text(file, first)))
            .help(
                "keep one of the two: a jump item is either in a jump group or in the personal \
                 list of a user",
            );
        self.findings.push(found);
        false
    }

    /// `group = "…"` or `owner = "…"`, each of which replaces the other one of the defaults.
    fn item_place(
        &mut self,
        lines: &mut ItemLines,
        file: FileId,
        statement: &Statement,
        path: Range,
        value: &ast::Value,
    ) {
        (lines.group, lines.owner) = match self.text(file, path) {
            "group" => {
                let group = self.named_object(DeclarationKind::JumpGroup, file, path, value);
                (group.map(JumpGroupId), None)
            }
            _ => {
                let owner = self.named_object(DeclarationKind::User, file, path, value);
                (None, owner.map(|owner| (UserId(owner), statement.range.in_file(file))))
            }
        };
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
            let (span, profile) = (range.in_file(file), self.profile);
            let kinds = || item_kinds(profile);
            self.findings.push_with(span, || {
                let message = format!("{} has no jump items of kind `{word}`", profile.label);
                let suggestion = suggest::suggestion(suggest::Kind::Words, word, kinds());
                Diagnostic::new(Code::UNKNOWN_VALUE, span, message).did_you_mean(
                    span,
                    suggestion,
                    || format!("the kinds are {}", listed(kinds())),
                )
            });
        }
        found
    }
}

/// The methods that jump items can have.
fn item_kinds(profile: &Profile) -> impl Iterator<Item = &str> {
    let kinds = profile.methods.iter().filter(|method| method.target == Target::JumpItem);
    kinds.map(|method| &*method.id)
}

fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
