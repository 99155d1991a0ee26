//! The permissions of a session policy: named, custom, or the global default.

use super::Lower;
use super::statements::{CommonFields, SeenKeys};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::ir::*;
use crate::profile::Value;
use crate::semantics::policy_lines;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Body, DeclarationKind, Range, Statement, What};

/// The permission lines of one body, from which definitions are made.
#[derive(Default, PartialEq)]
pub(super) struct Lines {
    pub(super) definitions: Vec<Definition>,
    /// Where each permission is set, even if its value is invalid.
    places: Vec<(usize, Range)>,
    /// Permissions that are explicitly `not defined`.
    pub(super) not_defined: Vec<(usize, Span)>,
    /// Permissions with an invalid line, which are not reported as missing.
    pub(super) attempted: u128,
    /// Permissions that are defined by a line of the policy that this one is a copy of.
    pub(super) inherited: u128,
    /// The line `others = unknown`, and its path where it is this body's own.
    pub(super) others: Option<Span>,
    others_path: Option<Range>,
    /// Lines of that policy that fell away.
    pub(super) dropped: Vec<(u16, Span)>,
}

impl Lines {
    /// The permissions that the body has a line for.
    pub(super) fn mentioned(&self) -> u128 {
        self.places.iter().fold(self.attempted, |bits, (entry, _)| bits | 1 << entry)
    }

    fn definition(&self, entry: usize) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.entry as usize == entry)
    }
}

const AVAILABLE: [&str; 3] = ["users", "invites", "jump_items"];

impl<'a> Lower<'a> {
    /// Named session policies. Their ids are their positions in the table of names.
    pub(super) fn session_policies(&mut self) {
        let declared = self.names.shared(DeclarationKind::SessionPolicy);
        let mut likes = Vec::with_capacity(declared.len());
        let mut bodies = Vec::with_capacity(declared.len());
        // The global default is one of them too.
        self.tables.policies.reserve_exact(declared.len() + 1);
        for declared in declared.iter() {
            let mut like = None;
            let mut common = CommonFields::of(DeclarationKind::SessionPolicy);
            let mut seen = SeenKeys::default();
            let mut lines = Lines::default();
            let mut available = Available { users: true, invites: true, jump_items: true };
            let file = declared.file;
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
                if self.like_line(&mut like, file, statement) {
                    continue;
                }
                let What::Assign { path, value } = &statement.what else {
                    self.misplaced(file, statement, "a session policy");
                    continue;
                };
                self.no_final(
                    file,
                    statement,
                    "only settings, `session_policy` and memberships \
                 of a group policy can be final",
                );
                match self.text(file, *path) {
                    "available" => {
                        if self.first_time(&mut seen, file, *path)
                            && let Some(words) = self.words(file, *path, value, &AVAILABLE)
                        {
                            let has = |index| words.contains(&index);
                            available =
                                Available { users: has(0), invites: has(1), jump_items: has(2) };
                        }
                    }
                    _ if self.common_field(&mut common, &mut seen, file, *path, value) => {}
                    _ => self.permission_line(&mut lines, file, *path, value, PolicyKind::Named),
                }
            }
            likes.push(like);
            // Most copies have no line of their own, and there may be very many of them.
            bodies.push((lines != Lines::default()).then(|| Box::new(lines)));
            self.tables.policies.push(Policy {
                kind: PolicyKind::Named,
                object: common.object(declared),
                like: None,
                available,
                others: None,
                definitions: Vec::new(),
                dropped: Vec::new(),
            });
        }
        let order = self.bases_first(&mut likes);
        let mut copies_left = self.copies_left(&likes);
        for at in order {
            let mut lines = bodies[at].take().map_or_else(Lines::default, |lines| *lines);
            self.inherit(&mut lines, likes[at]);
            if copies_left[at] > 0 {
                self.inheritable.insert(PolicyId(at as u32), Self::inheritable(&lines));
            }
            if let Some(base) = likes[at].and_then(|like| like.base) {
                copies_left[base.index()] -= 1;
                if copies_left[base.index()] == 0 {
                    self.inheritable.remove(&base);
                }
            }
            self.complete(&mut lines);
            let dropped = std::mem::take(&mut lines.dropped);
            let others = lines.others;
            let definitions = self.definitions(lines);
            let like = likes[at].and_then(|like| Some((like.base?, like.span)));
            let policy = &mut self.tables.policies[at];
            (policy.like, policy.definitions, policy.dropped) = (like, definitions, dropped);
            policy.others = others;
        }
        let objects = Self::with_ids(self.tables.policies.iter().map(|policy| &policy.object));
        self.unique_ids(DeclarationKind::SessionPolicy, objects.iter());
    }

    pub(super) fn global_default(&mut self) {
        let blocks = self.names.of(DeclarationKind::GlobalDefault);
        for &(file, declaration) in blocks.iter().skip(1) {
            let (first_file, first) = blocks[0];
            let found = Diagnostic::new(
                Code::DECLARED_TWICE,
                declaration.keyword.in_file(file),
                "`global default` is declared twice",
            )
            .primary_message("declared again here")
            .label(first.keyword.in_file(first_file), "first declared here")
            .help("move all of its lines into one block");
            self.findings.push(found);
        }
        let Some(&(file, declaration)) = blocks.first() else { return };
        let Some(body) = &declaration.body else { return };
        let mut common = CommonFields::default();
        let mut seen = SeenKeys::default();
        let mut lines = Lines::default();
        for statement in &body.statements {
            let What::Assign { path, value } = &statement.what else {
                self.misplaced(file, statement, "the global default");
                continue;
            };
            self.no_final(
                file,
                statement,
                "the global default is the last layer, so `final` would have no effect",
            );
            match self.text(file, *path) {
                "description" => {
                    self.common_field(&mut common, &mut seen, file, *path, value);
                }
                _ => {
                    self.permission_line(&mut lines, file, *path, value, PolicyKind::GlobalDefault)
                }
            }
        }
        self.complete(&mut lines);
        let missing = self.missing(&lines);
        if !missing.is_empty() {
            let keyword = declaration.keyword.in_file(file);
            let message =
                format!("the global default does not set {}", count(missing.len(), "permission"));
            let found =
                self.missing_lines(Code::GLOBAL_INCOMPLETE, keyword, message, &missing, file, body);
            self.findings.push(found);
        }
        let others = lines.others;
        let definitions = self.definitions(lines);
        let object = Object {
            name: "global default".into(),
            span: declaration.keyword.in_file(file),
            id: None,
            code_name: None,
            description: common.description.map(String::into),
        };
        let available = Available { users: false, invites: false, jump_items: false };
        self.tables.global_default = Some(PolicyId(self.tables.policies.len() as u32));
        self.tables.policies.push(Policy {
            kind: PolicyKind::GlobalDefault,
            object,
            like: None,
            available,
            others,
            definitions,
            dropped: Vec::new(),
        });
    }

    /// The body of `session_policy = custom {`.
    pub(super) fn custom_policy(
        &mut self,
        file: FileId,
        word: Range,
        body: &'a Body,
        complete: bool,
    ) -> PolicyId {
        let mut lines = Lines::default();
        let mut like = None;
        for statement in &body.statements {
            if !self.like_line(&mut like, file, statement) {
                self.custom_line(&mut lines, file, statement);
            }
        }
        self.inherit(&mut lines, like);
        self.complete(&mut lines);
        if complete {
            let missing = self.missing(&lines);
            if !missing.is_empty() {
                let message = format!(
                    "this custom policy does not set {}",
                    count(missing.len(), "permission")
                );
                let found = self.missing_lines(
                    Code::CUSTOM_INCOMPLETE,
                    word.in_file(file),
                    message,
                    &missing,
                    file,
                    body,
                );
                self.findings.push(found);
            }
        }
        let dropped = std::mem::take(&mut lines.dropped);
        let others = lines.others;
        let definitions = self.definitions(lines);
        let id = PolicyId(self.tables.policies.len() as u32);
        let object = Object {
            name: "custom".into(),
            span: word.in_file(file),
            id: None,
            code_name: None,
            description: None,
        };
        let available = Available { users: false, invites: false, jump_items: false };
        self.tables.policies.push(Policy {
            kind: PolicyKind::Custom,
            object,
            like: like.and_then(|like| Some((like.base?, like.span))),
            available,
            others,
            definitions,
            dropped,
        });
        id
    }

    fn custom_line(&mut self, lines: &mut Lines, file: FileId, statement: &'a Statement) {
        match &statement.what {
            What::Assign { path, value } => {
                self.no_final(
                    file,
                    statement,
                    "make the whole assignment final: `final session_policy = custom {`",
                );
                self.permission_line(lines, file, *path, value, PolicyKind::Custom);
            }
            _ => self.misplaced(file, statement, "a custom session policy"),
        }
    }

    fn permission_line(
        &mut self,
        lines: &mut Lines,
        file: FileId,
        path: Range,
        value: &'a ast::Value,
        kind: PolicyKind,
    ) {
        if self.text(file, path) == "others" {
            match lines.others_path {
                Some(first) => self.set_twice(file, "others", path, first),
                None => {
                    lines.others_path = Some(path);
                    lines.others = self.only_unknown(file, path, value);
                }
            }
            return;
        }
        let Some(&entry) = self.permissions.get(self.text(file, path)) else {
            if value.is_missing(path) {
                return;
            }
            let body = match kind {
                PolicyKind::Named => "a session policy",
                PolicyKind::Custom | PolicyKind::Unknown => "a custom session policy",
                PolicyKind::GlobalDefault => "the global default",
            };
            let mut known: Vec<&str> =
                self.profile.permissions.iter().map(|entry| &*entry.path).collect();
            if kind == PolicyKind::Named {
                known.extend(["available", "code_name", "description", "id"]);
            }
            if let Some((entry, applicability)) = self
                .unknown_path(file, path, body, &known)
                .filter(|(entry, _)| *entry < self.profile.permissions.len())
            {
                lines.attempted |= 1 << entry;
                // Of a guess, the value may be right for what is meant.
                if applicability == Applicability::Safe {
                    self.check_value(file, &self.profile.permissions[entry], value);
                }
            }
            return;
        };
        if let Some(&(_, first)) = lines.places.iter().find(|(known, _)| *known == entry) {
            self.set_twice(file, &self.profile.permissions[entry].path, path, first);
            return;
        }
        lines.places.push((entry, path));
        let span = path.in_file(file).to(value.range().in_file(file));
        if let ast::Value::NotDefined(range) = value {
            lines.not_defined.push((entry, span));
            if kind == PolicyKind::GlobalDefault {
                let profile_entry = &self.profile.permissions[entry];
                let default = profile_entry.ty.text(&profile_entry.default);
                let message =
                    format!("`{}` is `not defined` in the global default", profile_entry.path);
                let found = Diagnostic::new(Code::GLOBAL_NOT_DEFINED, range.in_file(file), message)
                    .help(format!(
                        "the global default is the last layer, so it must define every \
                     permission; the profile's default is `{default}`"
                    ))
                    .fix_replace(format!("write `{default}`"), range.in_file(file), default);
                self.findings.push(found);
                lines.attempted |= 1 << entry;
            }
            return;
        }
        let profile = self.profile;
        match self.typed(file, &profile.permissions[entry], value) {
            Some(value) => {
                let value = self.value_id(value);
                lines.definitions.push(Definition {
                    entry: entry as u16,
                    value,
                    is_final: false,
                    span,
                });
            }
            None => lines.attempted |= 1 << entry,
        }
    }

    /// The value that another permission of the same policy implies for this one.
    pub(super) fn implied(&self, lines: &Lines, entry: usize) -> Option<(Value, Definition)> {
        let value = |at| self.value_in(lines, at);
        let (by, value) = policy_lines::implied(self.profile, entry, value)?;
        Some((value.clone(), *lines.definition(by)?))
    }

    pub(super) fn value_in(&self, lines: &Lines, entry: usize) -> Option<&Value> {
        lines.definition(entry).map(|line| &self.tables.values[line.value.index()])
    }

    /// Adds what the lines say of other permissions: those that they imply, those that an unknown
    /// one may imply, and those of `others = unknown`.
    fn complete(&mut self, lines: &mut Lines) {
        self.imply(lines);
        let values = &self.tables.values;
        let is_unknown = |line: &Definition| values[line.value.index()] == Value::Unknown;
        // A table of values without `unknown` tells everybody that nothing is.
        if lines.others.is_none() && !lines.definitions.iter().any(is_unknown) {
            return;
        }
        let unknown = self.value_id(Value::Unknown);
        for (entry, found) in self.profile.permissions.iter().enumerate() {
            let is_mentioned = lines.definition(entry).is_some()
                || lines.attempted & (1 << entry) != 0
                || lines.not_defined.iter().any(|(known, _)| *known == entry);
            if is_mentioned {
                continue;
            }
            let implying = found.implied_by.as_ref().and_then(|by| lines.definition(by.entry));
            let may_imply = implying.filter(|line| line.value == unknown).map(|line| line.span);
            if let Some(span) = may_imply.or(lines.others) {
                let entry = entry as u16;
                lines.definitions.push(Definition { entry, value: unknown, is_final: false, span });
            }
        }
    }

    /// The policy of `session_policy = unknown`, in which each permission is unknown.
    pub(super) fn unknown_policy(&mut self, span: Span) -> PolicyId {
        let value = self.value_id(Value::Unknown);
        let all = 0..self.profile.permissions.len() as u16;
        let definitions =
            all.map(|entry| Definition { entry, value, is_final: false, span }).collect();
        let id = PolicyId(self.tables.policies.len() as u32);
        self.tables.policies.push(Policy {
            kind: PolicyKind::Unknown,
            object: Object {
                name: String::new(),
                span,
                id: None,
                code_name: None,
                description: None,
            },
            like: None,
            available: Available { users: false, invites: false, jump_items: false },
            others: None,
            definitions,
            dropped: Vec::new(),
        });
        id
    }

    /// Adds implied permissions, and reports lines that contradict them.
    fn imply(&mut self, lines: &mut Lines) {
        for entry in 0..self.profile.permissions.len() {
            let Some((value, by)) = self.implied(lines, entry) else { continue };
            let profile_entry = &self.profile.permissions[entry];
            let contradicting = match lines.definition(entry) {
                Some(own)
                    if profile_entry.ty.is_same(&self.tables.values[own.value.index()], &value) =>
                {
                    continue;
                }
                Some(own) => Some(own.span),
                None => lines
                    .not_defined
                    .iter()
                    .find(|(known, _)| *known == entry)
                    .map(|(_, span)| *span),
            };
            if let Some(span) = contradicting {
                let implying = self.sources.text(by.span).to_owned();
                let value = profile_entry.ty.text(&value);
                let implied_by = match lines.inherited & (1 << by.entry) {
                    0 => "implied by this line of the same policy",
                    _ => "implied by this line, which the policy takes over",
                };
                let message = format!(
                    "`{}` must be `{value}`, because of `{}`",
                    profile_entry.path,
                    crate::text::escape_control_chars(&implying)
                );
                let found = Diagnostic::new(Code::IMPLIED, span, message)
                    .primary_message("this contradicts it")
                    .label(by.span, implied_by)
                    .help(format!("remove this line, or write `{} = {value}`", profile_entry.path));
                self.findings.push(found);
                continue;
            }
            // An invalid line may have set it.
            if lines.attempted & (1 << entry) == 0 {
                let value = self.value_id(value);
                lines.definitions.push(Definition {
                    entry: entry as u16,
                    value,
                    is_final: false,
                    span: by.span,
                });
            }
        }
    }

    /// The permissions that a complete policy must set and does not set. Missing permissions count
    /// as set to the profile's default, so that adding all of the lines at once fixes the policy.
    fn missing(&self, lines: &Lines) -> Vec<usize> {
        let mut missing: Vec<usize> = Vec::new();
        loop {
            let value = |at: usize| match self.value_in(lines, at) {
                None if missing.contains(&at) => Some(&self.profile.permissions[at].default),
                value => value,
            };
            let is_open = |at: usize| {
                lines.definition(at).is_none()
                    && lines.attempted & (1 << at) == 0
                    && !missing.contains(&at)
            };
            let Some(next) = policy_lines::next_missing(self.profile, value, is_open) else {
                break;
            };
            missing.push(next);
        }
        missing.sort_unstable();
        missing
    }

    fn missing_lines(
        &self,
        code: Code,
        at: Span,
        message: String,
        missing: &[usize],
        file: FileId,
        body: &Body,
    ) -> Diagnostic {
        let text = &self.sources.file(file).text;
        let close = body.close.map_or(body.open.end, |close| close.start) as usize;
        let line_start = text[..close].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[line_start..close];
        let alone = body.close.is_some() && indent.trim().is_empty();
        let lines: Vec<String> = missing
            .iter()
            .map(|&entry| &self.profile.permissions[entry])
            .map(|entry| format!("{} = {}", entry.path, entry.ty.text(&entry.default)))
            .collect();
        let found = Diagnostic::new(code, at, message).help(format!(
            "add these lines, shown with the profile's defaults:\n{}",
            lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
        ));
        let edit = |start: usize, replacement: String| {
            vec![Edit { span: Span { file, start: start as u32, end: start as u32 }, replacement }]
        };
        // The profile's defaults are what an incomplete global default results in; what a custom
        // policy should say is for its author to decide.
        let applicability = Applicability::safe_if(code == Code::GLOBAL_INCOMPLETE);
        if alone {
            let replacement = lines.iter().map(|line| format!("{indent}  {line}\n")).collect();
            found.fix_with(applicability, "add the missing lines", edit(line_start, replacement))
        } else if body.close.is_some() && text[body.open.end as usize..close].trim().is_empty() {
            let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
            found.fix_with(
                applicability,
                "add the missing lines",
                edit(close, format!("\n{lines}")),
            )
        } else {
            found
        }
    }

    /// Checks the requirements and puts the definitions in order.
    fn definitions(&mut self, mut lines: Lines) -> Vec<Definition> {
        for &(entry, _) in &lines.places {
            let profile_entry = &self.profile.permissions[entry];
            let Some(requirement) = &profile_entry.requires else { continue };
            let (Some(own), Some(parent)) =
                (lines.definition(entry), lines.definition(requirement.entry))
            else {
                continue;
            };
            let parent_entry = &self.profile.permissions[requirement.entry];
            let parent_value = &self.tables.values[parent.value.index()];
            // What nobody has read yet counts as Not Defined here; and what is itself unknown may
            // be nothing at all.
            let own_value = &self.tables.values[own.value.index()];
            if [own_value, parent_value].contains(&&Value::Unknown) {
                continue;
            }
            if !policy_lines::conflicts(self.profile, entry, own_value, parent_value) {
                continue;
            }
            let words: Vec<String> =
                requirement.words.iter().map(|word| format!("`{word}`")).collect();
            let words = words.join(" or ");
            let message =
                format!("`{}` requires `{}` to be {words}", profile_entry.path, parent_entry.path);
            let found = Diagnostic::new(Code::REQUIREMENT, own.span, message)
                .primary_message("has no effect in this policy")
                .label(
                    parent.span,
                    format!(
                        "`{}` is `{}` here",
                        parent_entry.path,
                        parent_entry.ty.text(parent_value)
                    ),
                )
                .help(format!("remove this line, or set `{}` to {words}", parent_entry.path));
            self.findings.push(found);
        }
        lines.definitions.sort_by_key(|definition| definition.entry);
        lines.definitions.shrink_to_fit();
        lines.definitions
    }
}

/// `1 permission`, `3 permissions`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
