//! Syntax trees to the IR: names are bound across files, values typed, assignments and orders
//! checked. Every finding of a workspace is made in one run; the IR is there if none of them is an
//! error.

mod assign;
mod collect;
mod group;
mod inventory;
mod jump_items;
mod names;
mod order;
mod permissions;
mod statements;
mod test;
mod values;

use crate::diagnostic::{Code, Diagnostic, Edit, Findings};
use crate::ir::*;
use crate::profile::{Profile, Value};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{self, DeclarationKind, Range};
use crate::text::{BadEscape, escape_control_chars, unquote};
use collect::Collected;
use rustc_hash::FxHashMap;

/// What lowering may conclude.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'m> {
    /// All files of the workspace are there. If some could not be read, nothing is said about names
    /// that nobody declares.
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
pub fn lower(
    files: &[ast::File],
    sources: &Sources,
    profile: &Profile,
    scope: Scope<'_>,
) -> (Tables, Vec<Diagnostic>) {
    let mut lower = Lower {
        sources,
        profile,
        whole: scope.whole,
        names: Collected::default(),
        permissions: profile
            .permissions
            .iter()
            .enumerate()
            .map(|(index, entry)| (&*entry.path, index))
            .collect(),
        settings: profile
            .settings
            .iter()
            .enumerate()
            .map(|(index, entry)| (&*entry.path, index))
            .collect(),
        findings: Findings::default(),
        uses: names::UnresolvedNames::default(),
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
    lower.report_unresolved_names();
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
    uses: names::UnresolvedNames,
    value_ids: FxHashMap<Value, ValueId>,
    tables: Tables,
    /// How many comparisons "did you mean" may still make: hostile input could ask for billions.
    suggestions: usize,
}

impl<'a> Lower<'a> {
    fn text(&self, file: FileId, range: Range) -> &'a str {
        self.sources.text(range.in_file(file))
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.findings.push(Diagnostic::new(code, span, message));
    }

    /// The content of a quoted string. Bad escapes are reported once, where names are collected or
    /// here.
    fn string(&mut self, file: FileId, range: Range) -> Option<std::borrow::Cow<'a, str>> {
        match unquote(self.text(file, range)) {
            Ok(text) => Some(text),
            Err(bad) => {
                self.bad_escapes(file, range, &bad);
                None
            }
        }
    }

    /// One finding for a string, however many escapes in it do not exist.
    fn bad_escapes(&mut self, file: FileId, range: Range, bad: &[BadEscape]) {
        let Some((first, others)) = bad.split_first() else { return };
        let span = |escape: &BadEscape| Span {
            file,
            start: range.start + escape.start as u32,
            end: range.start + escape.end as u32,
        };
        let written = escape_control_chars(self.sources.text(span(first)));
        let found =
            Diagnostic::new(Code::BAD_ESCAPE, span(first), format!("invalid escape `{written}`"));
        let found = others.iter().take(3).fold(found, |found, escape| {
            found.label(
                span(escape),
                format!(
                    "`{}` is invalid too",
                    escape_control_chars(self.sources.text(span(escape)))
                ),
            )
        });
        let found = found.help(format!(
            "{}; for Windows paths and regular expressions, use '…', where a backslash is an ordinary character",
            first.message
        ));
        let raw = self.text(file, range);
        let inner = &raw[1..raw.len() - 1];
        // Where each backslash stands for itself, that is what must be meant.
        let literal = inner.matches('\\').count() == bad.len()
            && !inner.contains('\'')
            && !inner.contains("\\u{");
        let edit = Edit { span: range.in_file(file), replacement: format!("'{inner}'") };
        self.findings.push(if literal { found.fix("use '…'", vec![edit]) } else { found });
    }

    /// What the profile's product calls a kind of object: the keyword, where the profile does not
    /// say otherwise.
    fn terminology(&self, kind: DeclarationKind) -> &'a str {
        let words = &self.profile.terminology;
        match kind {
            DeclarationKind::User => &words.user,
            DeclarationKind::Invite => &words.invite,
            DeclarationKind::GroupPolicy => &words.group_policy,
            DeclarationKind::SessionPolicy => &words.session_policy,
            DeclarationKind::JumpItem => &words.jump_item,
            DeclarationKind::JumpGroup => &words.jump_group,
            DeclarationKind::JumpPolicy => &words.jump_policy,
            DeclarationKind::Portal => &words.portal,
            other => other.words(),
        }
    }

    /// Names of the manifest are checked by themselves: its strings are not the language's, so no
    /// fix fits both.
    fn mentions(&mut self, mentions: &[Mention<'_>]) {
        for &Mention { kind, name, span } in mentions {
            let lacks_kind = kind == DeclarationKind::Portal && !self.profile.portals;
            if lacks_kind || self.names.find(kind, name).is_some() || self.may_be_declared(name) {
                continue;
            }
            let message =
                format!("there is no {} `{}`", self.terminology(kind), escape_control_chars(name));
            let help = match self.suggest_name(kind, name) {
                Some((meant, _)) => format!("did you mean `{}`?", escape_control_chars(&meant)),
                None => "a gate on something that does not exist could never fail".into(),
            };
            self.findings.push(Diagnostic::new(Code::MANIFEST_VALUE, span, message).help(help));
        }
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
