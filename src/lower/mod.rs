//! Syntax trees to the IR: names are bound across files, values typed, assignments and orders checked. Every
//! finding of a workspace is made in one run; the IR is there if none of them is an error.

mod assign;
mod collect;
mod group;
mod inventory;
mod order;
mod permissions;
mod statements;
mod test;
mod values;

use crate::diagnostic::{Code, Diagnostic, Findings};
use crate::ir::*;
use crate::profile::{Profile, Value};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{self, DeclarationKind, Range};
use crate::syntax::text::visible;
use collect::Collected;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What lowering may conclude.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'m> {
    /// All files of the workspace are there. If some could not be read, nothing is said about names that nobody
    /// declares.
    pub whole: bool,
    /// The profile is the workspace's own, so its claim about the order of layers is checked.
    pub claims: bool,
    /// Names that the manifest uses.
    pub mentions: &'m [Mention<'m>],
}

/// The name of an object, used outside of the policy files.
#[derive(Clone, Copy, Debug)]
pub struct Mention<'m> {
    pub kind: DeclarationKind,
    pub name: &'m str,
    pub span: Span,
}

/// Lowers all files of a workspace under a profile.
pub fn lower(files: &[ast::File], sources: &Sources, profile: &Profile, scope: Scope<'_>) -> (Tables, Vec<Diagnostic>) {
    let mut lower = Lower {
        sources,
        profile,
        whole: scope.whole,
        names: Collected::default(),
        permissions: profile.permissions.iter().enumerate().map(|(index, entry)| (&*entry.path, index)).collect(),
        settings: profile.settings.iter().enumerate().map(|(index, entry)| (&*entry.path, index)).collect(),
        findings: Findings::default(),
        unknown: BTreeMap::new(),
        value_ids: FxHashMap::default(),
        tables: Tables::default(),
        suggestions: 2_000_000,
    };
    lower.collect(files);
    lower.session_policies();
    lower.global_default();
    lower.inventory();
    lower.group_policies();
    if scope.claims {
        lower.order_of_layers();
    }
    lower.tests();
    lower.mentions(scope.mentions);
    lower.report_unknown();
    (lower.tables, lower.findings.into_vec())
}

struct Lower<'a> {
    sources: &'a Sources,
    profile: &'a Profile,
    /// Whether all files of the workspace are there.
    whole: bool,
    names: Collected<'a>,
    permissions: FxHashMap<&'a str, usize>,
    settings: FxHashMap<&'a str, usize>,
    findings: Findings,
    /// Uses of names that nobody declares: one finding a name, whatever the number of uses.
    unknown: BTreeMap<(DeclarationKind, String), Uses>,
    value_ids: FxHashMap<Value, ValueId>,
    tables: Tables,
    /// How many comparisons "did you mean" may still make: hostile input could ask for billions.
    suggestions: usize,
}

struct Uses {
    count: usize,
    /// The first ones by place.
    first: Vec<Span>,
}

/// How many places of one finding are shown.
const MOST_PLACES: usize = 4;

impl<'a> Lower<'a> {
    fn text(&self, file: FileId, range: Range) -> &'a str {
        self.sources.text(range.in_file(file))
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.findings.push(Diagnostic::new(code, span, message));
    }

    /// The content of a quoted string. Bad escapes are reported once, where names are collected or here.
    fn string(&mut self, file: FileId, range: Range) -> Option<std::borrow::Cow<'a, str>> {
        match crate::syntax::text::unquote(self.text(file, range)) {
            Ok(text) => Some(text),
            Err(bad) => {
                for escape in bad {
                    let start = range.start + escape.start as u32;
                    let span = Span { file, start, end: range.start + escape.end as u32 };
                    let written = self.sources.text(span);
                    let message = format!("there is no escape `{}`", visible(written));
                    let found = Diagnostic::new(Code::BAD_ESCAPE, span, message).help(format!(
                        "{}; a string in '…' has no escapes at all, for Windows paths and regular expressions",
                        escape.message
                    ));
                    self.findings.push(found);
                }
                None
            }
        }
    }

    /// The object that a quoted name stands for. An undeclared one is kept for [`Lower::report_unknown`].
    fn name(&mut self, kind: DeclarationKind, file: FileId, range: Range) -> Option<u32> {
        let name = self.string(file, range)?;
        if let Some(index) = self.names.find(kind, &name) {
            return Some(index);
        }
        if self.may_be_lost(&name) {
            return None;
        }
        let span = range.in_file(file);
        let uses = self.unknown.entry((kind, name.into_owned())).or_insert(Uses { count: 0, first: Vec::new() });
        uses.count += 1;
        let at = uses.first.partition_point(|known| *known < span);
        if at < MOST_PLACES {
            uses.first.insert(at, span);
            uses.first.truncate(MOST_PLACES);
        }
        None
    }

    /// Whether a name that is not declared may be so in what could not be read.
    fn may_be_lost(&self, name: &str) -> bool {
        !self.whole || self.names.lost.contains(name)
    }

    fn report_unknown(&mut self) {
        for ((kind, name), uses) in std::mem::take(&mut self.unknown) {
            let words = kind_words(kind);
            let span = uses.first[0];
            let message = format!("there is no {} `{}`", self.product_words(kind), visible(&name));
            let mut found = Diagnostic::new(Code::UNKNOWN_NAME, span, message);
            if uses.count > 1 {
                found = found.here(format!("used here and {} times more", uses.count - 1));
                for span in &uses.first[1..] {
                    found = found.label(*span, "used here too");
                }
            }
            let meant = self.suggest_name(kind, &name);
            found = match meant {
                Some(meant) => {
                    let quoted = crate::syntax::text::quote(&meant);
                    let edits = uses
                        .first
                        .iter()
                        .map(|span| crate::diagnostic::Edit { span: *span, replacement: quoted.clone() });
                    let found = found.help(format!("did you mean {quoted}?"));
                    if uses.count <= MOST_PLACES {
                        found.fix(format!("write {quoted}"), edits.collect())
                    } else {
                        found
                    }
                }
                None => found.help(format!("declare it: `{words} {}`", visible(&crate::syntax::text::quote(&name)))),
            };
            self.findings.push(found);
        }
    }

    /// What the profile's product calls a kind of object: the keyword, where the profile does not say otherwise.
    fn product_words(&self, kind: DeclarationKind) -> &'a str {
        let words = &self.profile.words;
        match kind {
            DeclarationKind::User => &words.user,
            DeclarationKind::Invite => &words.invite,
            DeclarationKind::GroupPolicy => &words.group_policy,
            DeclarationKind::SessionPolicy => &words.session_policy,
            DeclarationKind::JumpItem => &words.jump_item,
            DeclarationKind::JumpGroup => &words.jump_group,
            DeclarationKind::JumpPolicy => &words.jump_policy,
            DeclarationKind::Portal => &words.portal,
            other => kind_words(other),
        }
    }

    /// Names of the manifest are checked by themselves: its strings are not the language's, so no fix fits both.
    fn mentions(&mut self, mentions: &[Mention<'_>]) {
        for &Mention { kind, name, span } in mentions {
            let lacks_kind = kind == DeclarationKind::Portal && !self.profile.portals;
            if lacks_kind || self.names.find(kind, name).is_some() || self.may_be_lost(name) {
                continue;
            }
            let message = format!("there is no {} `{}`", self.product_words(kind), visible(name));
            let help = match self.suggest_name(kind, name) {
                Some(meant) => format!("did you mean `{}`?", visible(&meant)),
                None => "a gate that names nothing could not fail".into(),
            };
            self.findings.push(Diagnostic::new(Code::MANIFEST_VALUE, span, message).help(help));
        }
    }

    fn suggest_name(&mut self, kind: DeclarationKind, name: &str) -> Option<String> {
        let table = self.names.table(kind);
        self.suggestions = self.suggestions.checked_sub(table.len())?;
        crate::diagnostic::suggest::closest(name, table.iter().map(|declared| &*declared.name)).map(str::to_owned)
    }

    fn value_id(&mut self, value: Value) -> ValueId {
        let next = ValueId(self.tables.values.len() as u32);
        match self.value_ids.entry(value) {
            std::collections::hash_map::Entry::Occupied(known) => *known.get(),
            std::collections::hash_map::Entry::Vacant(new) => {
                self.tables.values.push(new.key().clone());
                *new.insert(next)
            }
        }
    }
}

/// What a kind of declaration is called, which is also what it begins with.
fn kind_words(kind: DeclarationKind) -> &'static str {
    match kind {
        DeclarationKind::Profile => "profile",
        DeclarationKind::SessionPolicy => "session policy",
        DeclarationKind::GlobalDefault => "global default",
        DeclarationKind::GroupPolicy => "group policy",
        DeclarationKind::OrderGroupPolicies => "order group policies",
        DeclarationKind::OrderSessionLayers => "order session layers",
        DeclarationKind::User => "user",
        DeclarationKind::DirectoryGroup => "directory group",
        DeclarationKind::Invite => "invite",
        DeclarationKind::JumpItem => "jump item",
        DeclarationKind::JumpItems => "jump items",
        DeclarationKind::JumpGroup => "jump group",
        DeclarationKind::JumpItemRole => "jump item role",
        DeclarationKind::JumpPolicy => "jump policy",
        DeclarationKind::Team => "team",
        DeclarationKind::Jumpoint => "jumpoint",
        DeclarationKind::VaultAccountGroup => "vault account group",
        DeclarationKind::Portal => "portal",
        DeclarationKind::Embassy => "embassy",
        DeclarationKind::Test => "test",
    }
}
