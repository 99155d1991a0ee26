//! Types values: turns a value as written into a value of a type.

use super::Lower;
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, suggest};
use crate::profile::entries::{EntryKind, EntryProblem, HASH};
use crate::profile::{Entry, Strings, Type, UNKNOWN, Value};
use crate::source::{FileId, Span};
use crate::syntax;
use crate::syntax::ast::{self, DeclarationKind, List, ListItem, Range};
use crate::text;

/// Words of other systems, and of the product's pages, for `not defined`.
const NOT_DEFINED: [&str; 10] = [
    "undefined",
    "notdefined",
    "not_set",
    "unset",
    "unspecified",
    "inherit",
    "inherited",
    "null",
    "nil",
    "default",
];

impl<'a> Lower<'a> {
    /// Types the value of a permission or setting. Reports an invalid one and returns `None`. `not
    /// defined` is not a value, so callers handle it first.
    pub(super) fn typed(
        &mut self,
        file: FileId,
        entry: &Entry,
        written: &ast::Value,
    ) -> Option<Value> {
        let ty = &entry.ty;
        let range = written.range();
        match written {
            ast::Value::Broken(range) => {
                self.misread(file, entry, *range);
                None
            }
            ast::Value::Word(range) => {
                let word = self.text(file, *range);
                if word == UNKNOWN {
                    return Some(Value::Unknown);
                }
                ty.word(word).or_else(|| self.unknown_word(file, entry, *range, word, word))
            }
            ast::Value::Number(range) => self.number(file, entry, *range),
            ast::Value::String(range) if matches!(ty, Type::Role) => {
                self.name(DeclarationKind::JumpItemRole, file, *range)?;
                Some(Value::Role(Some(self.string(file, *range)?.into_owned())))
            }
            ast::Value::String(range) if self.is_in_other_marks(range.in_file(file)) => None,
            ast::Value::String(range) => {
                let content = self.string(file, *range)?;
                let message =
                    format!("expected {} for `{}`, found a string", ty.expected(), entry.path);
                let mut found = Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), message);
                let words: Vec<&str> = ty.words().into_iter().chain(["not defined"]).collect();
                let close = || {
                    self.meant(range.in_file(file), &content, words.iter().copied())
                        .map(|close| close.text)
                        .or_else(|| suggest::containing(&content, words.iter().copied()))
                };
                found = if words.contains(&&*content) {
                    found.help("values that are words are written without quotes").fix_replace(
                        format!("write `{content}`"),
                        range.in_file(file),
                        content.into_owned(),
                    )
                } else if let Some(close) = close() {
                    let edit = Edit { span: range.in_file(file), replacement: close.into() };
                    found
                        .help(format!("did you mean `{close}`? values are written without quotes"))
                        .fix_with(Applicability::Unsafe, format!("write `{close}`"), vec![edit])
                } else {
                    found.help(format!("write {}", ty.expected()))
                };
                self.findings.push(found);
                None
            }
            ast::Value::Strings { word, list } => {
                let except = self.text(file, *word) == "except";
                if !matches!((ty, except), (Type::Set { .. }, false) | (Type::Filter { .. }, _)) {
                    let message = format!(
                        "expected {} for `{}`, found `{}`",
                        ty.expected(),
                        entry.path,
                        self.text(file, *word)
                    );
                    let found = Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), message);
                    self.findings.push(found.help(format!("write {}", ty.expected())));
                    return None;
                }
                let kind = ty.entries().unwrap_or_default();
                let items = self.strings(file, entry, list)?;
                Some(Value::Strings(if except {
                    Strings::except(items, kind)
                } else {
                    Strings::only(items, kind)
                }))
            }
            ast::Value::List(list) if matches!(ty, Type::Set { .. } | Type::Filter { .. }) => {
                let at = Range { end: list.range.start, ..list.range };
                let edit = Edit { span: at.in_file(file), replacement: "only ".into() };
                let message =
                    format!("expected {} for `{}`, found a list", ty.expected(), entry.path);
                let found = Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), message);
                // For a filter, the list may as well contain what is denied.
                let help = match ty {
                    Type::Filter { .. } => {
                        "write `only [...]` to allow nothing else, or `except [...]` to allow \
                         everything else"
                    }
                    _ => "write `only [...]` to allow nothing else",
                };
                self.findings.push(found.help(help).fix_with(
                    Applicability::safe_if(matches!(ty, Type::Set { .. })),
                    "insert `only`",
                    vec![edit],
                ));
                None
            }
            ast::Value::List(_)
            | ast::Value::With { .. }
            | ast::Value::Custom { .. }
            | ast::Value::Date(_)
            | ast::Value::NotDefined(_) => {
                let what = match written {
                    ast::Value::List(_) => "a list",
                    ast::Value::With { .. } => "jump policies",
                    ast::Value::Date(_) => "a date",
                    ast::Value::Custom { .. } => "a `custom` body",
                    _ => "`not defined`",
                };
                let message =
                    format!("expected {} for `{}`, found {what}", ty.expected(), entry.path);
                let found = Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), message);
                self.findings.push(found.help(format!("write {}", ty.expected())));
                None
            }
        }
    }

    /// Reports an invalid value of a path that is misspelled, so that one run reports both.
    pub(super) fn check_value(&mut self, file: FileId, entry: &Entry, written: &ast::Value) {
        if !matches!(written, ast::Value::NotDefined(_)) {
            self.typed(file, entry, written);
        }
    }

    /// A value that the parser could not read, and has reported. Where more is known of it with the
    /// type, what is reported here replaces that: a word in other letters than those of the
    /// language that is none of the type's in the right letters either, and a number that the
    /// products' APIs have for a word.
    fn misread(&mut self, file: FileId, entry: &Entry, range: Range) {
        let written = self.text(file, range);
        let span = range.in_file(file);
        let found = || {
            let message = format!("invalid value `{written}` for `{}`", entry.path);
            Diagnostic::new(Code::UNKNOWN_VALUE, span, message)
        };
        if written == "-1" {
            let found = match api_word(&entry.ty, written) {
                Some(word) => api_number(found(), span, written, word),
                None => found().help(format!("write {}", entry.ty.expected())),
            };
            self.findings.push(found);
            return;
        }
        if self.is_role(entry, written) {
            self.findings.push(in_quotes(found(), span, written));
            return;
        }
        let Some(word) = syntax::plain_word(written) else { return };
        if word != UNKNOWN && entry.ty.word(&word).is_none() {
            self.unknown_word(file, entry, range, written, &word);
        }
    }

    /// Whether a text without quotes is the name of a role, where a role is expected.
    fn is_role(&self, entry: &Entry, written: &str) -> bool {
        let declared = || self.names.find(DeclarationKind::JumpItemRole, written);
        matches!(entry.ty, Type::Role) && declared().is_some()
    }

    /// Reports a word that the type does not have. `word` is the word in plain letters.
    fn unknown_word(
        &mut self,
        file: FileId,
        entry: &Entry,
        range: Range,
        written: &str,
        word: &str,
    ) -> Option<Value> {
        let ty = &entry.ty;
        let span = range.in_file(file);
        let words = ty.words();
        let message = format!("invalid value `{written}` for `{}`", entry.path);
        let mut found = Diagnostic::new(Code::UNKNOWN_VALUE, span, message);
        // `account.disabled = enabled` says neither `allow` nor `deny`.
        let says_state = word.starts_with("enable") || word.starts_with("disable");
        let boolean = match word {
            _ if says_state && entry.path.contains("disabled") => None,
            "allow" | "true" | "yes" | "on" | "enable" | "enabled" | "allowed" => Some("allow"),
            "false" | "no" | "off" | "disable" | "disabled" | "denied" | "not_allowed" => {
                Some("deny")
            }
            _ => None,
        };
        found = match boolean
            .filter(|switch| matches!(ty, Type::Switch { .. }) && words.contains(switch))
        {
            Some(switch) => found
                .help(format!("a switch is `deny` or `allow`: write `{switch}`"))
                .fix_replace(format!("write `{switch}`"), span, switch),
            None if self.is_role(entry, written) => in_quotes(found, span, written),
            None if matches!(word, "not_defined" | "notdefined") => found
                .help("write it as two words: `not defined`")
                .fix_replace("write `not defined`", span, "not defined"),
            None if NOT_DEFINED.contains(&word) => found
                .help("write `not defined` where a policy leaves the decision to others")
                .fix_with(
                    Applicability::Unsafe,
                    "write `not defined`",
                    vec![Edit { span, replacement: "not defined".into() }],
                ),
            None => {
                let suggestion = self.meant(span, word, words.iter().copied());
                let suggestion = suggestion.or_else(|| {
                    let text = suggest::containing(word, words.iter().copied())?;
                    Some(suggest::Suggestion::new(text, word, Applicability::Unsafe))
                });
                found.did_you_mean(span, suggestion, || match word {
                    "only" | "except" => format!("add a list: `{word} [\"…\"]`"),
                    _ if boolean == Some("allow") && matches!(ty, Type::Choice { .. }) => {
                        let least = ty.least().map(|least| ty.text(&least));
                        let ways = words.iter().filter(|word| Some(**word) != least.as_deref());
                        let ways =
                            ways.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
                        format!("there is more than one way to allow it: write one of {ways}")
                    }
                    _ => format!("write {}", ty.expected()),
                })
            }
        };
        self.findings.push(found);
        None
    }

    fn number(&mut self, file: FileId, entry: &Entry, range: Range) -> Option<Value> {
        let ty = &entry.ty;
        let written = self.text(file, range);
        let span = range.in_file(file);
        let digits = written.bytes().all(|byte| byte.is_ascii_digit());
        let value = match ty {
            Type::Integer { .. } if digits => text::parse_integer(written).map(Value::Integer),
            Type::Duration { .. } => text::parse_duration(written).map(|seconds| {
                ty.word(&text::duration(seconds)).unwrap_or(Value::Duration(seconds))
            }),
            _ => None,
        };
        let in_range = value.as_ref().is_some_and(|value| match value {
            Value::Duration(_) => ty.range().is_some() && ty.holds(value),
            _ => ty.holds(value),
        });
        if in_range {
            return value;
        }
        let shape = match ty {
            Type::Integer { .. } => digits,
            Type::Duration { .. } => {
                !digits
                    && matches!(
                        written.trim_start_matches(|c: char| c.is_ascii_digit()),
                        "s" | "m" | "h"
                    )
            }
            _ => false,
        };
        let (code, message) = match shape {
            true if ty.range().is_some() => {
                (Code::OUT_OF_RANGE, format!("`{written}` is out of range for `{}`", entry.path))
            }
            true => {
                (Code::UNKNOWN_VALUE, format!("invalid value `{written}` for `{}`", entry.path))
            }
            false => (
                Code::WRONG_TYPE,
                format!(
                    "expected {} for `{}`, found `{}`",
                    ty.expected(),
                    entry.path,
                    text::escape_control_chars(written)
                ),
            ),
        };
        let mut help = format!("write {}", ty.expected());
        if matches!(ty, Type::Duration { .. }) && digits {
            // Only what may be written is proposed: 15 seconds are no value of most settings.
            let units = ["s", "m", "h"].map(|unit| format!("{written}{unit}"));
            let meant = units.iter().find(|text| is_duration_of(ty, text));
            help = match meant {
                Some(meant) => format!("a duration needs a unit, such as `{meant}`; {help}"),
                None => format!("a duration needs a unit; {help}"),
            };
        }
        let mut found = Diagnostic::new(code, span, message).help(help);
        if let Some(word) = api_word(ty, written) {
            found = api_number(found, span, written, word);
        }
        if let Some(right) = duration_as_meant(ty, written) {
            let help = format!("a duration ends with `s`, `m` or `h`: write `{right}`");
            found = found.help(help).fix_replace(format!("write `{right}`"), span, right);
        }
        self.findings.push(found);
        None
    }

    /// The strings of a list. Reports those that are no entries of the permission or setting.
    fn strings(&mut self, file: FileId, entry: &Entry, list: &List) -> Option<Vec<String>> {
        let kind = entry.ty.entries().unwrap_or_default();
        let mut items = Vec::with_capacity(list.items.len());
        let mut sound = true;
        for item in &list.items {
            match item {
                ListItem::Value(ast::Value::String(range)) => match self.string(file, *range) {
                    Some(text) => {
                        // Doubts are left to lints, which can be turned off.
                        let problem = kind.problem(&text).filter(|problem| problem.is_error());
                        if let Some(problem) = problem {
                            sound = false;
                            self.invalid_entry(entry, range.in_file(file), &text, problem);
                        }
                        items.push(text.into_owned());
                    }
                    None => sound = false,
                },
                // The parser has reported what is no string.
                _ => sound = false,
            }
        }
        sound.then_some(items)
    }

    fn invalid_entry(&mut self, entry: &Entry, span: Span, written: &str, problem: EntryProblem) {
        let shown = text::escape_control_chars(written);
        let path = &entry.path;
        let name = written.rfind(':').map_or(0, |at| at + 1);
        let digits = &written[name..];
        let is_sha256 = ["sha256:", "sha-256:"].contains(&&*written[..name].to_lowercase());
        let found = |message: String| Diagnostic::new(Code::INVALID_ENTRY, span, message);
        let hash = format!("{HASH}{digits}");
        let found = match problem {
            EntryProblem::Hash
                if (is_sha256 || name == 0) && EntryKind::FileNames.problem(&hash).is_none() =>
            {
                let fixed = text::quote(&hash);
                found(format!("invalid hash `{shown}` in `{path}`"))
                    .help(format!("a hash begins with `{HASH}` in lower case"))
                    .fix_with(
                        // Without the name of the function, it may be a file of that name.
                        Applicability::safe_if(is_sha256),
                        format!("write `{HASH}`"),
                        vec![Edit { span, replacement: fixed }],
                    )
            }
            EntryProblem::Hash => found(format!("invalid hash `{shown}` in `{path}`"))
                .help(format!("a hash is `{HASH}` and 64 hexadecimal digits")),
            EntryProblem::Path if written.contains(['\t', '\n']) => {
                // The name is what was written, where `\t` was meant as a folder and a letter.
                let raw = self.sources.text(span).trim_matches('"');
                let name = raw.rsplit(['/', '\\', ':']).next().unwrap_or_default();
                let sign =
                    if written.contains('\t') { "`\\t` is a tab" } else { "`\\n` ends a line" };
                let shown = text::escape_control_chars(raw);
                let found =
                    found(format!("`{shown}` in `{path}` is not the name of a file: {sign}"))
                        .help("write the name of the executable without its path");
                match raw.contains('\\') && EntryKind::FileNames.problem(name).is_none() {
                    true => found.fix_with(
                        Applicability::Unsafe,
                        format!("write `{}`", text::escape_control_chars(name)),
                        vec![Edit { span, replacement: text::quote(name) }],
                    ),
                    false => found,
                }
            }
            EntryProblem::Path => {
                let name = written.rsplit(['/', '\\', ':']).next().unwrap_or_default();
                let found = found(format!("`{shown}` in `{path}` is not the name of a file"))
                    .help("write the name of the executable without its path");
                match EntryKind::FileNames.problem(name) {
                    // A name allows more than the path.
                    None => found.fix_with(
                        Applicability::Unsafe,
                        format!("write `{}`", text::escape_control_chars(name)),
                        vec![Edit { span, replacement: text::quote(name) }],
                    ),
                    Some(_) => found,
                }
            }
            _ => found(format!("empty file name in `{path}`")).help(
                "write the name of an executable, or remove this entry; `only []` is the empty \
                 list",
            ),
        };
        self.findings.push(found);
    }

    /// The place of a line whose only value is `unknown`; others are reported.
    pub(super) fn only_unknown(
        &mut self,
        file: FileId,
        path: Range,
        value: &ast::Value,
    ) -> Option<Span> {
        let whole = path.in_file(file).to(value.range().in_file(file));
        match value {
            ast::Value::Word(word) if self.text(file, *word) == UNKNOWN => Some(whole),
            ast::Value::Broken(_) => None,
            _ => {
                let span = value.range().in_file(file);
                let message = format!("`{}` can only be `unknown`", self.text(file, path));
                let found = Diagnostic::new(Code::WRONG_TYPE, span, message)
                    .help("remove the line where nothing is unknown");
                self.findings.push(found);
                None
            }
        }
    }

    /// The indices of the words of a list, each of which must be one of `known`; sorted, without
    /// repeats.
    pub(super) fn words(
        &mut self,
        file: FileId,
        path: Range,
        value: &ast::Value,
        known: &[&str],
    ) -> Option<Vec<u8>> {
        let ast::Value::List(list) = value else {
            let expected = format!(
                "a list of words such as `[{}]`",
                known.first().copied().unwrap_or_default()
            );
            return self.wrong_type(file, path, value, &expected);
        };
        let mut found_words = Vec::new();
        for item in &list.items {
            match item {
                ListItem::Value(ast::Value::Word(range)) => {
                    let word = self.text(file, *range);
                    match known.iter().position(|known| *known == word) {
                        Some(index) => found_words.push((index as u8, *range)),
                        None => {
                            let span = range.in_file(file);
                            let found = Diagnostic::new(
                                Code::UNKNOWN_VALUE,
                                span,
                                format!("invalid value `{word}` for `{}`", self.text(file, path)),
                            );
                            let suggestion = self.meant(span, word, known.iter().copied());
                            let list = || {
                                known
                                    .iter()
                                    .map(|known| format!("`{known}`"))
                                    .collect::<Vec<_>>()
                                    .join(", ")
                            };
                            self.findings.push(found.did_you_mean(span, suggestion, || {
                                format!("expected one of {}", list())
                            }));
                        }
                    }
                }
                ListItem::Value(ast::Value::Broken(_)) => {}
                ListItem::Value(value) => {
                    let found = Diagnostic::new(
                        Code::WRONG_TYPE,
                        value.range().in_file(file),
                        "expected a word",
                    )
                    .help(format!(
                        "write words without quotes, such as `{}`",
                        known.first().copied().unwrap_or_default()
                    ));
                    self.findings.push(found);
                }
                ListItem::User(range) | ListItem::DirectoryGroup(range) => {
                    self.error(Code::WRONG_TYPE, range.in_file(file), "expected a word");
                }
            }
        }
        found_words.sort_by_key(|(index, range)| (*index, range.start));
        let is_role = self.text(file, path) == "allows";
        for pair in found_words.windows(2).filter(|pair| is_role && pair[0].0 == pair[1].0) {
            let [(_, first), (_, again)] = [pair[0], pair[1]];
            let message = format!("`{}` is listed twice", self.text(file, again));
            let found = Diagnostic::new(Code::SET_TWICE, again.in_file(file), message)
                .primary_message("listed again here")
                .label(first.in_file(file), "first listed here")
                .help("remove one of the two");
            self.findings.push(found);
        }
        found_words.dedup_by_key(|(index, _)| *index);
        Some(found_words.into_iter().map(|(index, _)| index).collect())
    }
}

/// A duration that is written with another unit than those of the language, and that the type has.
fn duration_as_meant(ty: &Type, written: &str) -> Option<String> {
    let right = text::duration_as_meant(written).filter(|right| right != written)?;
    (matches!(ty, Type::Duration { .. }) && is_duration_of(ty, &right)).then_some(right)
}

/// Whether a text is a duration that a permission or setting can have.
fn is_duration_of(ty: &Type, text: &str) -> bool {
    let Some(seconds) = text::parse_duration(text) else { return false };
    ty.word(text).is_some_and(|value| ty.holds(&value))
        || ty.range().is_some() && ty.holds(&Value::Duration(seconds))
}

/// The word for which the products' APIs have a number.
fn api_word(ty: &Type, written: &str) -> Option<&'static str> {
    let word = match written {
        "-1" => "site_default",
        "0" => "never",
        _ => return None,
    };
    (matches!(ty, Type::Duration { .. }) && ty.word(word).is_some()).then_some(word)
}

/// Says so. Whether the number was meant like that is for a person to say.
fn api_number(found: Diagnostic, span: Span, written: &str, word: &str) -> Diagnostic {
    let edit = Edit { span, replacement: word.into() };
    found.help(format!("write `{word}`, which the product's API writes as {written}")).fix_with(
        Applicability::Unsafe,
        format!("write `{word}`"),
        vec![edit],
    )
}

/// The name of a declared role, without its quotes.
fn in_quotes(found: Diagnostic, span: Span, name: &str) -> Diagnostic {
    let right = text::quote(name);
    found
        .help(format!("names are written in quotes: `{}`", text::escape_control_chars(&right)))
        .fix_replace("put it in quotes", span, right)
}
