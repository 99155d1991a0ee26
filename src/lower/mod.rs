//! Turns syntax trees into the IR: resolves names across files, types values, and checks
//! assignments and orders. One run reports everything that is wrong with a workspace.

mod assign;
mod collect;
mod copies;
pub mod filter;
mod group;
mod inventory;
mod jump_items;
mod membership;
mod names;
mod order;
mod permissions;
mod statements;
mod test;
mod values;
mod wrong_type;

use crate::diagnostic::suggest;
use crate::diagnostic::{Code, Diagnostic, Edit, Findings};
use crate::ir::*;
use crate::profile::{Entry, Profile, Value};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{self, DeclarationKind, Range};
use crate::text::{BadEscape, escape_control_chars, unquote};
use collect::Collected;
use rustc_hash::FxHashMap;

/// What lowering knows about the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'m> {
    /// All files of the workspace could be read. Otherwise, undeclared names are not reported.
    pub is_complete: bool,
    /// The profile is the one that the workspace names, so a declared order of layers is checked.
    pub is_own_profile: bool,
    /// Names that the manifest uses.
    pub mentions: &'m [Mention<'m>],
}

/// The name of an object, used outside of the policy files.
#[derive(Clone, Copy, Debug)]
pub struct Mention<'m> {
    /// The kind of object.
    pub kind: DeclarationKind,
    /// Its name.
    pub name: &'m str,
    /// Where the name is used.
    pub span: Span,
}

/// Lowers all files of a workspace under a profile. The tables are complete only if none of the
/// diagnostics is an error.
pub fn lower(
    files: &[&ast::File],
    sources: &Sources,
    profile: &Profile,
    scope: Scope<'_>,
) -> (Tables, Vec<Diagnostic>) {
    let mut lower = Lower::new(sources, profile);
    lower.is_complete = scope.is_complete;
    lower.all(files, scope.is_own_profile);
    lower.mentions(scope.mentions);
    lower.report_unresolved_names();
    lower.tables.policies.shrink_to_fit();
    (lower.tables, lower.findings.into_vec())
}

/// A place where a declared name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The kind of object.
    pub kind: DeclarationKind,
    /// Where the name is written, quotes included.
    pub span: Span,
}

/// The places where names are used in all files of a workspace, in order of file and place. Names
/// that are not declared have none, but may be used elsewhere too.
pub fn uses(files: &[&ast::File], sources: &Sources, profile: &Profile) -> Vec<Use> {
    let mut lower = Lower::new(sources, profile);
    lower.uses = Some(Vec::new());
    lower.all(files, true);
    let mut uses = lower.uses.unwrap_or_default();
    // A default of a block is read again for each of its items.
    uses.sort_by_key(|found| (found.span, found.kind));
    uses.dedup();
    uses
}

struct Lower<'a> {
    sources: &'a Sources,
    profile: &'a Profile,
    /// Whether all files of the workspace could be read.
    is_complete: bool,
    /// Whether a question is read, and no policies, so that nothing can be declared.
    is_question: bool,
    names: Collected<'a>,
    permissions: FxHashMap<&'a str, usize>,
    settings: FxHashMap<&'a str, usize>,
    findings: Findings,
    unresolved: names::UnresolvedNames,
    /// The places where declared names are used, if they are asked for.
    uses: Option<Vec<Use>>,
    value_ids: FxHashMap<Value, ValueId>,
    /// What copies of session policies take over, by those that have copies to come.
    inheritable: FxHashMap<PolicyId, copies::Inheritable>,
    tables: Tables,
    /// How many more names "did you mean" may compare, since malicious input could need billions.
    suggestions: usize,
}

impl<'a> Lower<'a> {
    /// The word that is probably meant. A finding that is not kept needs none.
    fn meant<'w>(
        &self,
        span: Span,
        written: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) -> Option<suggest::Suggestion<'w>> {
        if self.findings.is_full(span.file) {
            return None;
        }
        suggest::suggestion(suggest::Kind::Words, written, words)
    }

    fn new(sources: &'a Sources, profile: &'a Profile) -> Self {
        let by_path = |entries: &'a [Entry]| {
            entries.iter().enumerate().map(|(index, entry)| (&*entry.path, index)).collect()
        };
        Lower {
            sources,
            profile,
            is_question: false,
            is_complete: true,
            names: Collected::default(),
            permissions: by_path(&profile.permissions),
            settings: by_path(&profile.settings),
            findings: Findings::default(),
            unresolved: names::UnresolvedNames::default(),
            uses: None,
            value_ids: FxHashMap::default(),
            inheritable: FxHashMap::default(),
            tables: Tables::default(),
            suggestions: 2_000_000,
        }
    }

    fn all(&mut self, files: &[&'a ast::File], is_own_profile: bool) {
        self.collect(files);
        self.session_policies();
        self.global_default();
        self.inventory();
        self.group_policies();
        if is_own_profile {
            self.order_of_layers();
        }
        self.tests();
    }

    fn text(&self, file: FileId, range: Range) -> &'a str {
        self.sources.text(range.in_file(file))
    }

    /// Whether a text stands in other marks than the compiler reads there, which is a finding of its
    /// own: what kind of value is meant shows once they are corrected.
    fn is_in_other_marks(&self, span: Span) -> bool {
        let file = self.sources.file(span.file);
        let range = span.start as usize..span.end as usize;
        file.text.as_bytes()[range.clone()] != file.written().as_bytes()[range]
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.findings.push(Diagnostic::new(code, span, message));
    }

    /// The content of a quoted string. Invalid escapes are reported.
    fn string(&mut self, file: FileId, range: Range) -> Option<std::borrow::Cow<'a, str>> {
        match unquote(self.text(file, range)) {
            Ok(text) => Some(text),
            Err(bad) => {
                self.bad_escapes(file, range, &bad);
                None
            }
        }
    }

    /// Reports the invalid escapes of a string, all in one finding.
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
            "{}; for Windows paths and regular expressions, use '…', where a backslash is an \
             ordinary character",
            first.message
        ));
        let raw = self.text(file, range);
        let inner = &raw[1..raw.len() - 1];
        // If no backslash is part of a valid escape, they all are probably ordinary characters.
        let literal = inner.matches('\\').count() == bad.len()
            && !inner.contains('\'')
            && !inner.contains("\\u{");
        let edit = Edit { span: range.in_file(file), replacement: format!("'{inner}'") };
        self.findings.push(if literal { found.fix("use '…'", vec![edit]) } else { found });
    }

    /// What the profile's product calls a kind of object: its keywords, unless the profile says
    /// otherwise.
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

    /// Reports undeclared names of the manifest. There is no fix, since strings of the manifest
    /// have other escapes than those of the language.
    fn mentions(&mut self, mentions: &[Mention<'_>]) {
        for &Mention { kind, name, span } in mentions {
            let lacks_kind = kind == DeclarationKind::Portal && !self.profile.portals;
            if lacks_kind || self.names.find(kind, name).is_some() || self.may_be_declared(name) {
                continue;
            }
            let message =
                format!("there is no {} `{}`", self.terminology(kind), escape_control_chars(name));
            let help = match self.suggest_name(kind, name) {
                Some((meant, _)) => suggest::question(&meant, name),
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
