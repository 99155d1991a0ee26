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
#[derive(Default)]
pub(super) struct Lines {
    definitions: Vec<Definition>,
    /// Where each permission is set, even if its value is invalid.
    places: Vec<(usize, Range)>,
    /// Permissions that are explicitly `not defined`.
    not_defined: Vec<(usize, Span)>,
    /// Permissions with an invalid line, which are not reported as missing.
    attempted: u128,
}

impl Lines {
    fn definition(&self, entry: usize) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.entry as usize == entry)
    }
}

const AVAILABLE: [&str; 3] = ["users", "invites", "jump_items"];

impl<'a> Lower<'a> {
    /// Named session policies. Their ids are their positions in the table of names.
    pub(super) fn session_policies(&mut self) {
        for declared in self.names.shared(DeclarationKind::SessionPolicy).iter() {
            let mut common = CommonFields::default();
            let mut seen = SeenKeys::default();
            let mut lines = Lines::default();
            let mut code_name = None;
            let mut available = Available { users: true, invites: true, jump_items: true };
            let file = declared.file;
            for statement in declared.body.iter().flat_map(|body| &body.statements) {
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
                    "code_name" => {
                        if self.first_time(&mut seen, file, *path) {
                            code_name = self.string_value(file, *path, value);
                        }
                    }
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
            self.imply(&mut lines);
            let definitions = self.definitions(lines);
            let object = common.object(declared);
            self.tables.policies.push(Policy {
                kind: PolicyKind::Named,
                object,
                code_name,
                available,
                definitions,
            });
        }
        let objects: Vec<Object> =
            self.tables.policies.iter().map(|policy| policy.object.clone()).collect();
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
        self.imply(&mut lines);
        let missing = self.missing(&lines);
        if !missing.is_empty() {
            let keyword = declaration.keyword.in_file(file);
            let message =
                format!("the global default does not set {}", count(missing.len(), "permission"));
            let found =
                self.missing_lines(Code::GLOBAL_INCOMPLETE, keyword, message, &missing, file, body);
            self.findings.push(found);
        }
        let definitions = self.definitions(lines);
        let object = Object {
            name: "global default".into(),
            span: declaration.keyword.in_file(file),
            id: None,
            description: common.description,
        };
        let available = Available { users: false, invites: false, jump_items: false };
        self.tables.global_default = Some(PolicyId(self.tables.policies.len() as u32));
        self.tables.policies.push(Policy {
            kind: PolicyKind::GlobalDefault,
            object,
            code_name: None,
            available,
            definitions,
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
        for statement in &body.statements {
            self.custom_line(&mut lines, file, statement);
        }
        self.imply(&mut lines);
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
        let definitions = self.definitions(lines);
        let id = PolicyId(self.tables.policies.len() as u32);
        let object =
            Object { name: "custom".into(), span: word.in_file(file), id: None, description: None };
        let available = Available { users: false, invites: false, jump_items: false };
        self.tables.policies.push(Policy {
            kind: PolicyKind::Custom,
            object,
            code_name: None,
            available,
            definitions,
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
        let Some(&entry) = self.permissions.get(self.text(file, path)) else {
            if matches!(value, ast::Value::Broken(_)) {
                return;
            }
            let body = match kind {
                PolicyKind::Named => "a session policy",
                PolicyKind::Custom => "a custom session policy",
                PolicyKind::GlobalDefault => "the global default",
            };
            let mut known: Vec<&str> =
                self.profile.permissions.iter().map(|entry| &*entry.path).collect();
            if kind == PolicyKind::Named {
                known.extend(["available", "code_name", "description"]);
            }
            if let Some(entry) = self
                .unknown_path(file, path, body, &known)
                .filter(|entry| *entry < self.profile.permissions.len())
            {
                lines.attempted |= 1 << entry;
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
    fn implied(&self, lines: &Lines, entry: usize) -> Option<(Value, Definition)> {
        let value = |at| self.value_in(lines, at);
        let (by, value) = policy_lines::implied(self.profile, entry, value)?;
        Some((value.clone(), *lines.definition(by)?))
    }

    fn value_in(&self, lines: &Lines, entry: usize) -> Option<&Value> {
        lines.definition(entry).map(|line| &self.tables.values[line.value.index()])
    }

    /// Adds implied permissions, and reports lines that contradict them.
    fn imply(&mut self, lines: &mut Lines) {
        for entry in 0..self.profile.permissions.len() {
            let Some((value, by)) = self.implied(lines, entry) else { continue };
            let profile_entry = &self.profile.permissions[entry];
            let contradicting = match lines.definition(entry) {
                Some(own) if self.tables.values[own.value.index()] == value => continue,
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
                let message = format!(
                    "`{}` must be `{value}`, because of `{}`",
                    profile_entry.path,
                    crate::text::escape_control_chars(&implying)
                );
                let found = Diagnostic::new(Code::IMPLIED, span, message)
                    .primary_message("this contradicts it")
                    .label(by.span, "implied by this line of the same policy")
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
            if policy_lines::satisfies(self.profile, entry, parent_value) {
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
        lines.definitions
    }
}

/// `1 permission`, `3 permissions`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
