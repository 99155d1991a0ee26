//! Resolves names. Names that cannot be used are collected, so that all uses of one name are
//! reported in one finding.

use super::collect::Declared;
use super::{Lower, Use};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, suggest};
use crate::ir::PolicyId;
use crate::source::{FileId, Span};
use crate::syntax::ast::{DeclarationKind, List, ListItem, Range, Value, What};
use crate::text::look_alike::{Case, appearance, is_unseen};
use crate::text::{escape_control_chars, quote};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Uses of names that cannot be used, by the reason.
#[derive(Default)]
pub(super) struct UnresolvedNames {
    /// Names that are not declared.
    unknown: BTreeMap<(DeclarationKind, String), Occurrences>,
    /// Session policies, with the word that their `available` does not contain.
    unavailable: BTreeMap<(PolicyId, &'static str), Occurrences>,
}

#[derive(Default)]
struct Occurrences {
    count: usize,
    /// The first places.
    first: Vec<Span>,
}

/// How many places one finding shows.
const MAX_PLACES: usize = 4;

impl Occurrences {
    fn add(&mut self, span: Span) {
        self.count += 1;
        let at = self.first.partition_point(|known| *known < span);
        if at < MAX_PLACES {
            self.first.insert(at, span);
            self.first.truncate(MAX_PLACES);
        }
    }

    /// A finding at the first use, with the number of the others and some of their places.
    fn diagnostic(&self, code: Code, message: String, verb: &str) -> Diagnostic {
        let found = Diagnostic::new(code, self.first[0], message);
        if self.count == 1 {
            return found;
        }
        let found =
            found.primary_message(format!("{verb} here, and {} more", times(self.count - 1)));
        self.first[1..]
            .iter()
            .fold(found, |found, span| found.label(*span, format!("{verb} here too")))
    }
}

/// Declared names of one kind by what they look like: which one it is, or `None` for several.
#[derive(Default)]
struct LookAlikes {
    kind: Option<DeclarationKind>,
    by_appearance: FxHashMap<String, Option<usize>>,
}

impl LookAlikes {
    /// The one declared name that looks like another name, but for the case of letters. Names of
    /// one kind come one after the other.
    fn find(
        &mut self,
        kind: DeclarationKind,
        declared: &[Declared<'_>],
        name: &str,
    ) -> Option<usize> {
        if self.kind != Some(kind) {
            self.kind = Some(kind);
            self.by_appearance.clear();
            for (index, one) in declared.iter().enumerate() {
                let known = self.by_appearance.entry(appearance(&one.name, Case::Counts));
                let known = known.or_insert(Some(index));
                // Of one name there may be items of several methods.
                *known = known.filter(|known| declared[*known].name == one.name);
                // A tab is shown as `\t`, which may be what a name has in its place.
                let shown = escape_control_chars(&one.name);
                if shown.contains('\\') {
                    self.by_appearance.entry(shown.into_owned()).or_insert(Some(index));
                }
            }
        }
        let found = |key: &str| self.by_appearance.get(key).copied().flatten();
        found(&appearance(name, Case::Counts)).or_else(|| found(&escape_control_chars(name)))
    }
}

fn times(count: usize) -> Cow<'static, str> {
    match count {
        1 => "once".into(),
        2 => "twice".into(),
        count => format!("{count} times").into(),
    }
}

impl<'a> Lower<'a> {
    /// Resolves a quoted name. An undeclared one is kept for [`Lower::report_unresolved_names`].
    pub(super) fn name(
        &mut self,
        kind: DeclarationKind,
        file: FileId,
        range: Range,
    ) -> Option<u32> {
        let name = self.string(file, range)?;
        if let Some(index) = self.names.find(kind, &name) {
            self.used(kind, range.in_file(file));
            return Some(index);
        }
        if !self.may_be_declared(&name) {
            self.unresolved
                .unknown
                .entry((kind, name.into_owned()))
                .or_default()
                .add(range.in_file(file));
        }
        None
    }

    /// Notes a place where a declared name is used.
    pub(super) fn used(&mut self, kind: DeclarationKind, span: Span) {
        if let Some(uses) = &mut self.uses {
            uses.push(Use { kind, span });
        }
    }

    /// Whether an unknown name may be declared in a text that could not be parsed or read.
    pub(super) fn may_be_declared(&self, name: &str) -> bool {
        !self.is_complete || self.names.unparsed_headers.contains(name)
    }

    /// Notes that a session policy is assigned where its `available` does not contain the word.
    pub(super) fn unavailable(&mut self, policy: PolicyId, word: &'static str, span: Span) {
        self.unresolved.unavailable.entry((policy, word)).or_default().add(span);
    }

    pub(super) fn report_unresolved_names(&mut self) {
        let UnresolvedNames { unknown, unavailable } = std::mem::take(&mut self.unresolved);
        let mut look_alikes = LookAlikes::default();
        for ((kind, name), uses) in unknown {
            self.report_unknown(kind, &name, &uses, &mut look_alikes);
        }
        for ((policy, word), uses) in unavailable {
            let declared = &self.names.table(DeclarationKind::SessionPolicy)[policy.index()];
            let mut lines = declared.body.into_iter().flat_map(|body| &body.statements);
            let available = lines.find_map(|line| match &line.what {
                What::Assign { path, value } if self.text(declared.file, *path) == "available" => {
                    Some(value)
                }
                _ => None,
            });
            let place = available.map_or(declared.header, Value::range).in_file(declared.file);
            let message = format!(
                "the session policy `{}` is not available to {word}",
                escape_control_chars(&declared.name)
            );
            let found = uses
                .diagnostic(Code::NOT_AVAILABLE, message, "assigned")
                .label(place, format!("`{word}` is missing here"))
                .help(format!("add `{word}` to `available`, or assign another policy"));
            // Somebody left the word out, perhaps on purpose.
            let edit = match available {
                Some(Value::List(list)) => Some(one_more(list, word, declared.file)),
                _ => None,
            };
            self.findings.push(match edit {
                Some(edit) => {
                    let title = format!("add `{word}` to `available`");
                    found.fix_with(Applicability::Unsafe, title, vec![edit])
                }
                None => found,
            });
        }
    }

    fn report_unknown(
        &mut self,
        kind: DeclarationKind,
        name: &str,
        uses: &Occurrences,
        look_alikes: &mut LookAlikes,
    ) {
        let message =
            format!("there is no {} `{}`", self.terminology(kind), escape_control_chars(name));
        let found = uses.diagnostic(Code::UNKNOWN_NAME, message, "used");
        let look_alike = look_alikes.find(kind, self.names.table(kind), name);
        let suggested = match look_alike {
            Some(index) => {
                let meant: String = self.names.table(kind)[index].name.clone().into();
                // A name that can be told apart from this one may be somebody else's.
                let applicability = Applicability::safe_if(is_unseen(&meant, name));
                Some((meant, applicability))
            }
            None => self.suggest_name(kind, name),
        };
        let found = match suggested {
            Some((suggestion, applicability)) => {
                let quoted = quote(&suggestion);
                let edits =
                    uses.first.iter().map(|span| Edit { span: *span, replacement: quoted.clone() });
                let found = found.help(suggest::question(&suggestion, name));
                if uses.count <= MAX_PLACES {
                    found.fix_with(applicability, format!("write {quoted}"), edits.collect())
                } else {
                    found
                }
            }
            None if name.trim().is_empty() => found.help(match kind {
                DeclarationKind::SessionPolicy => {
                    "a name has at least one character; where no \
                    policy is to be assigned, write `none` without quotes"
                }
                _ => "a name has at least one character",
            }),
            None if kind == DeclarationKind::SessionPolicy && name.eq_ignore_ascii_case("none") => {
                found.help("to assign no policy, write `none` without quotes; otherwise declare it")
            }
            None if kind == DeclarationKind::SessionPolicy
                && name.eq_ignore_ascii_case("custom") =>
            {
                found.help("a session policy of its own is a body without quotes: `custom {`")
            }
            None if self.is_question => {
                found.help(format!("`precedent show {}` lists all", kind.words()))
            }
            None => found.help(format!(
                "declare it with `{} {}`",
                kind.words(),
                escape_control_chars(&quote(name))
            )),
        };
        self.findings.push(found);
    }

    /// A declared name that is close to this one.
    pub(super) fn suggest_name(
        &mut self,
        kind: DeclarationKind,
        name: &str,
    ) -> Option<(String, Applicability)> {
        let table = self.names.table(kind);
        self.suggestions = self.suggestions.checked_sub(table.len())?;
        let names = table.iter().map(|declared| &*declared.name);
        let of_people = matches!(
            kind,
            DeclarationKind::User | DeclarationKind::Invite | DeclarationKind::DirectoryGroup
        );
        let names_of = if of_people { suggest::Kind::People } else { suggest::Kind::Names };
        suggest::suggestion(names_of, name, names)
            .map(|found| (found.text.to_owned(), found.applicability))
    }
}

/// The edit that adds a word at the end of a list.
fn one_more(list: &List, word: &str, file: FileId) -> Edit {
    let last = list.items.iter().rev().find_map(|item| match item {
        ListItem::Value(value) => Some(value.range()),
        ListItem::User(_) | ListItem::DirectoryGroup(_) => None,
    });
    let (at, replacement) = match last {
        Some(last) => (last.end, format!(", {word}")),
        None => (list.range.start + 1, word.to_owned()),
    };
    Edit { span: Range { start: at, end: at }.in_file(file), replacement }
}
