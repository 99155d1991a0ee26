//! Reads a profile file. Its form is described in `docs/profiles.md`.

use super::builtin::from_toml;
use super::check;
use super::read_links::Entries;
use super::types::Type;
use super::value::Value;
use super::*;
use crate::diagnostic::{Code, Diagnostic, has_errors, suggest};
use crate::source::{FileId, SourceFile, Span};
use crate::text;
use crate::toml_text::{self, Codes, Reader, Table};
use toml::Spanned;

const CODES: Codes =
    Codes { syntax: Code::PROFILE_SYNTAX, key: Code::PROFILE_KEY, value: Code::PROFILE_VALUE };

pub(super) type TomlValue<'t> = Spanned<toml_text::Value<'t>>;

/// Reads and checks a profile. If it cannot be used, the result is `None` and a finding says why.
pub fn load(file: FileId, source: &SourceFile) -> (Option<Profile>, Vec<Diagnostic>) {
    let mut loader = Loader { reader: Reader::new(file, CODES), places: check::Places::new(file) };
    let table = loader.reader.parse(source);
    let profile = if loader.reader.findings.is_empty() { loader.profile(&table) } else { None };
    let Loader { reader, places } = loader;
    let mut findings = reader.findings;
    let profile = profile.filter(|_| !has_errors(&findings));
    if let Some(profile) = &profile {
        check::check(profile, &places, &mut findings);
    }
    (profile.filter(|_| !has_errors(&findings)), findings)
}

pub(super) struct Loader {
    pub(super) reader: Reader,
    places: check::Places,
}

/// An entry whose paths are not resolved yet.
struct RawEntry<'t> {
    entry: Entry,
    requires: Option<RawLink<'t, Placed<'t>>>,
    implied_by: Option<RawLink<'t, (Span, String, &'t str)>>,
}

/// A text of the file, with its place.
pub(super) type Placed<'t> = (Span, &'t str);

/// The path of another permission, and the values that matter.
pub(super) struct RawLink<'t, V> {
    pub path: Placed<'t>,
    pub values: Vec<V>,
}

impl Loader {
    fn profile(&mut self, table: &Table<'_>) -> Option<Profile> {
        const KEYS: &[&str] = &[
            "id",
            "label",
            "extends",
            "split",
            "portals",
            "embassies",
            "custom_complete",
            "words",
            "layers",
            "methods",
            "permissions",
            "settings",
            "start",
            "lints",
        ];
        self.reader.only_keys(table, KEYS);
        let base = match table.get("extends") {
            Some(value) => Some(self.base(value)?),
            None => None,
        };
        let id = self.required(table, "id", self.places.whole)?;
        if table.get("extends").is_none() {
            for key in ["layers", "methods", "permissions"] {
                if !table.contains_key(key) {
                    let whole = self.places.whole;
                    self.reader.key_error(whole, format!("missing key `{key}`"));
                }
            }
        }
        let mut profile = base.unwrap_or_else(|| Profile {
            id: String::new(),
            label: id.clone(),
            terminology: Terminology::default(),
            split: false,
            portals: false,
            embassies: false,
            custom_complete: false,
            layers: Vec::new(),
            methods: Vec::new(),
            permissions: Vec::new(),
            settings: Vec::new(),
            start: None,
            lint_facts: LintFacts::default(),
        });
        profile.id = id;
        if let Some(label) = table.get("label") {
            profile.label = self.reader.string(label)?.to_owned();
        }
        let flags = [
            ("split", &mut profile.split),
            ("portals", &mut profile.portals),
            ("embassies", &mut profile.embassies),
            ("custom_complete", &mut profile.custom_complete),
        ];
        for (key, flag) in flags {
            if let Some(value) = table.get(key) {
                *flag = self.reader.boolean(value).unwrap_or_default();
            }
        }
        if let Some(value) = table.get("words") {
            self.words(value, &mut profile.terminology);
        }
        if let Some(value) = table.get("layers") {
            profile.layers = self.layers(value);
        }
        if let Some(value) = table.get("methods") {
            let methods = self.methods(value);
            profile.replace_methods(methods);
        }
        for (key, is_permission) in [("permissions", true), ("settings", false)] {
            if let Some(value) = table.get(key) {
                self.entries(value, &mut profile, is_permission);
            }
        }
        if let Some(value) = table.get("start") {
            self.start(value, &mut profile);
        }
        if let Some(value) = table.get("lints") {
            self.lint_facts(value, &mut profile);
        }
        Some(profile)
    }

    fn base(&mut self, value: &TomlValue<'_>) -> Option<Profile> {
        let span = self.reader.span(value);
        let written = self.reader.string(value)?;
        let base = from_toml(written);
        if base.is_none() {
            let suggestion = suggest::closest(written, BUILTIN.iter().map(|(id, _)| *id));
            let help = match suggestion {
                Some(meant) => suggest::question(meant, written),
                None => "`extends` takes the id of a built-in profile".into(),
            };
            let found = Diagnostic::new(
                Code::UNKNOWN_PROFILE,
                span,
                format!("unknown built-in profile `{}`", text::escape_control_chars(written)),
            );
            self.reader.push(found.help(help));
        }
        base
    }

    pub(super) fn required(&mut self, table: &Table<'_>, key: &str, whole: Span) -> Option<String> {
        match table.get(key) {
            Some(value) => {
                let span = self.reader.span(value);
                let text = self.reader.string(value)?;
                if text.trim().is_empty() {
                    self.reader.value_error(span, format!("`{key}` cannot be empty"));
                    return None;
                }
                Some(text.to_owned())
            }
            None => {
                self.reader.key_error(whole, format!("missing key `{key}`")).help =
                    Some(format!("add `{key} = \"…\"`"));
                None
            }
        }
    }

    fn words(&mut self, value: &TomlValue<'_>, words: &mut Terminology) {
        let Some(table) = self.reader.table(value) else { return };
        let fields: [(&str, &mut String); 8] = [
            ("user", &mut words.user),
            ("invite", &mut words.invite),
            ("group_policy", &mut words.group_policy),
            ("session_policy", &mut words.session_policy),
            ("jump_item", &mut words.jump_item),
            ("jump_group", &mut words.jump_group),
            ("jump_policy", &mut words.jump_policy),
            ("portal", &mut words.portal),
        ];
        let keys: Vec<&str> = fields.iter().map(|(key, _)| *key).collect();
        self.reader.only_keys(table, &keys);
        for (key, word) in fields {
            if let Some(text) = table.get(key).and_then(|value| self.reader.string(value)) {
                *word = text.to_owned();
            }
        }
    }

    /// The tables of a list, each with its span.
    pub(super) fn tables<'t, 'i>(
        &mut self,
        value: &'t TomlValue<'i>,
    ) -> Vec<(Span, &'t Table<'i>)> {
        let Some(items) = self.reader.array(value) else { return Vec::new() };
        items.filter_map(|item| Some((self.reader.span(item), self.reader.table(item)?))).collect()
    }

    fn layers(&mut self, value: &TomlValue<'_>) -> Vec<Layer> {
        let mut layers = Vec::new();
        self.places.layers_all = self.reader.span(value);
        for (whole, table) in self.tables(value) {
            self.reader.only_keys(table, &["id", "label"]);
            let Some(id) = self.required(table, "id", whole) else { continue };
            let span = table.get("id").map_or(whole, |value| self.reader.span(value));
            let Some(kind) = LayerKind::find(&id) else {
                let known = LayerKind::ALL.map(LayerKind::id);
                let help = match suggest::closest(&id, known) {
                    Some(meant) => suggest::question(meant, &id),
                    None => {
                        format!("the layers are {}", known.map(|id| format!("`{id}`")).join(", "))
                    }
                };
                self.reader
                    .value_error(
                        span,
                        format!("unknown layer `{}`", text::escape_control_chars(&id)),
                    )
                    .help = Some(help);
                continue;
            };
            let label = table
                .get("label")
                .and_then(|value| self.reader.string(value))
                .unwrap_or(kind.id())
                .to_owned();
            self.places.layers.push(span);
            layers.push(Layer { kind, label });
        }
        layers
    }

    fn methods(&mut self, value: &TomlValue<'_>) -> Vec<Method> {
        let mut methods = Vec::new();
        for (whole, table) in self.tables(value) {
            self.reader.only_keys(
                table,
                &["id", "label", "target", "attended", "presence", "portal_choice"],
            );
            let Some(id) = self.required(table, "id", whole) else { continue };
            let span = table.get("id").map_or(whole, |value| self.reader.span(value));
            self.identifier(&id, span);
            let label = table
                .get("label")
                .and_then(|value| self.reader.string(value))
                .unwrap_or(&id)
                .to_owned();
            let target = match self.required(table, "target", whole).as_deref() {
                Some("jump_item") | None => Target::JumpItem,
                Some("portal") => Target::Portal,
                Some("default_portal") => Target::DefaultPortal,
                Some(other) => {
                    let span = table.get("target").map_or(whole, |value| self.reader.span(value));
                    self.reader
                        .value_error(
                            span,
                            format!("invalid target `{}`", text::escape_control_chars(other)),
                        )
                        .help =
                        Some("the targets are `jump_item`, `portal` and `default_portal`".into());
                    Target::JumpItem
                }
            };
            let mut flag = |key: &str| {
                table.get(key).and_then(|value| self.reader.boolean(value)).unwrap_or_default()
            };
            let (attended, presence, portal_choice) =
                (flag("attended"), flag("presence"), flag("portal_choice"));
            self.places.methods.push(span);
            methods.push(Method { id, label, target, attended, presence, portal_choice });
        }
        methods
    }

    pub(super) fn identifier(&mut self, id: &str, span: Span) {
        let plain = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            self.reader
                .value_error(
                    span,
                    format!("invalid identifier `{}`", text::escape_control_chars(id)),
                )
                .help = Some(
                "an identifier is a lower-case letter, followed by lower-case letters, digits and \
                 `_`"
                .into(),
            );
        }
    }

    fn entries(&mut self, value: &TomlValue<'_>, profile: &mut Profile, is_permission: bool) {
        let mut raw_entries = Vec::new();
        let tables = self.tables(value);
        if tables.len() > MAX_ENTRIES {
            let what = if is_permission { "permissions" } else { "settings" };
            let message = format!("this profile has {} {what}", tables.len());
            let span = self.reader.span(value);
            self.reader.push(
                Diagnostic::new(Code::PROFILE_BROKEN, span, message)
                    .help(format!("at most {MAX_ENTRIES} are supported")),
            );
            return;
        }
        for (whole, table) in tables {
            if let Some(raw) = self.entry(table, whole, profile, is_permission) {
                raw_entries.push((whole, raw));
            }
        }
        // Entries with a path of the base profile replace its entries; the others are added.
        let mut bound = Vec::new();
        for (whole, raw) in raw_entries {
            let entries =
                if is_permission { &mut profile.permissions } else { &mut profile.settings };
            let places = if is_permission {
                &mut self.places.permissions
            } else {
                &mut self.places.settings
            };
            let index = match entries.iter().position(|entry| entry.path == raw.entry.path) {
                Some(index) if places.contains_key(&index) => {
                    let first = places[&index];
                    let message = format!("`{}` is listed twice", raw.entry.path);
                    self.reader.push(
                        Diagnostic::new(Code::PROFILE_BROKEN, whole, message)
                            .label(first, "first listed here"),
                    );
                    continue;
                }
                Some(index) => {
                    entries[index] = raw.entry;
                    index
                }
                None => {
                    entries.push(raw.entry);
                    entries.len() - 1
                }
            };
            places.insert(index, whole);
            bound.push((index, raw.requires, raw.implied_by));
        }
        for (index, requires, implied_by) in bound {
            let entries = match is_permission {
                true => Entries::permissions(profile),
                false => Entries::settings(profile),
            };
            let requires = requires.and_then(|link| self.requirement(entries, link));
            let implied_by = implied_by.and_then(|link| self.implication(entries, index, link));
            let entries =
                if is_permission { &mut profile.permissions } else { &mut profile.settings };
            entries[index].requires = requires;
            entries[index].implied_by = implied_by;
        }
    }

    fn entry<'t>(
        &mut self,
        table: &'t Table<'_>,
        whole: Span,
        profile: &Profile,
        is_permission: bool,
    ) -> Option<RawEntry<'t>> {
        const KEYS: &[&str] = &[
            "path",
            "label",
            "doc",
            "type",
            "values",
            "order",
            "default",
            "range",
            "entries",
            "unconfirmed",
            "weight",
            "requires",
            "implied_by",
            "only_for_methods",
            "not_for_methods",
            "fixed_for_methods",
        ];
        let known = if is_permission { KEYS } else { &KEYS[..12] };
        self.reader.only_keys(table, known);
        let path = self.required(table, "path", whole)?;
        let span = self.span_of(table, "path", whole);
        path.split('.').for_each(|part| self.identifier(part, span));
        let label = self.required(table, "label", whole)?;
        let doc = self.required(table, "doc", whole)?;
        let ty = self.ty(table, whole)?;
        let default = match table.get("default") {
            Some(value) => {
                let span = self.reader.span(value);
                let written = self.reader.string(value)?;
                self.value_of(&ty, written, span)?
            }
            None => match ty.usual_default() {
                Some(default) => default,
                None => {
                    self.reader.key_error(
                        whole,
                        format!("`{path}` has no least privileged value, so it needs a `default`"),
                    );
                    return None;
                }
            },
        };
        let unconfirmed = table
            .get("unconfirmed")
            .and_then(|value| self.reader.boolean(value))
            .unwrap_or_default();
        let weight = self.weight(table);
        let not_for = self.not_for(table, profile);
        let fixed = self.fixed(table, &ty, profile);
        let requires = table.get("requires").and_then(|value| {
            let inner = self.reader.table(value)?;
            self.reader.only_keys(inner, &["path", "values"]);
            let span = self.reader.span(value);
            let (Some(path), Some(values)) = (inner.get("path"), inner.get("values")) else {
                self.reader.key_error(span, "`requires` needs `path` and `values`");
                return None;
            };
            Some(RawLink {
                path: (self.reader.span(path), self.reader.string(path)?),
                values: self.reader.strings(values),
            })
        });
        let implied_by = table.get("implied_by").and_then(|value| {
            let inner = self.reader.table(value)?;
            self.reader.only_keys(inner, &["path", "values"]);
            let span = self.reader.span(value);
            let (Some(path), Some(values)) = (inner.get("path"), inner.get("values")) else {
                self.reader.key_error(span, "`implied_by` needs `path` and `values`");
                return None;
            };
            let values = self.pairs(values);
            Some(RawLink { path: (self.reader.span(path), self.reader.string(path)?), values })
        });
        let entry = Entry {
            path,
            label,
            doc,
            ty,
            default,
            requires: None,
            implied_by: None,
            not_for,
            fixed,
            unconfirmed,
            weight,
        };
        Some(RawEntry { entry, requires, implied_by })
    }

    pub(super) fn span_of(&self, table: &Table<'_>, key: &str, whole: Span) -> Span {
        table.get(key).map_or(whole, |value| self.reader.span(value))
    }

    /// The keys and values of a table of strings.
    fn pairs<'t>(&mut self, value: &'t TomlValue<'_>) -> Vec<(Span, String, &'t str)> {
        let Some(table) = self.reader.table(value) else { return Vec::new() };
        table
            .iter()
            .filter_map(|(key, value)| {
                Some((
                    self.reader.span(value),
                    key.get_ref().to_string(),
                    self.reader.string(value)?,
                ))
            })
            .collect()
    }

    fn weight(&mut self, table: &Table<'_>) -> u8 {
        let Some(value) = table.get("weight") else { return 1 };
        let weight = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        match weight {
            Some(weight @ 1..=5) => weight,
            _ => {
                let span = self.reader.span(value);
                self.reader.value_error(span, "expected a number from 1 to 5");
                1
            }
        }
    }

    pub(super) fn method(&mut self, profile: &Profile, id: &str, span: Span) -> Option<usize> {
        let found = profile.method(id);
        if found.is_none() {
            let suggestion = suggest::closest(id, profile.methods.iter().map(|method| &*method.id));
            let help = suggestion.map(|meant| suggest::question(meant, id));
            self.reader
                .value_error(span, format!("unknown method `{}`", text::escape_control_chars(id)))
                .help = help;
        }
        found
    }

    fn not_for(&mut self, table: &Table<'_>, profile: &Profile) -> Vec<usize> {
        let listed = |loader: &mut Self, key: &str| -> Option<Vec<usize>> {
            let value = table.get(key)?;
            let ids = loader.reader.strings(value);
            Some(
                ids.into_iter().filter_map(|(span, id)| loader.method(profile, id, span)).collect(),
            )
        };
        let not_for = listed(self, "not_for_methods");
        let only_for = listed(self, "only_for_methods");
        match (not_for, only_for) {
            (Some(_), Some(_)) => {
                let span = self.span_of(table, "only_for_methods", self.places.whole);
                self.reader
                    .key_error(span, "`only_for_methods` and `not_for_methods` cannot be combined");
                Vec::new()
            }
            (Some(mut not_for), None) => {
                not_for.sort_unstable();
                not_for.dedup();
                not_for
            }
            (None, Some(only_for)) => {
                (0..profile.methods.len()).filter(|method| !only_for.contains(method)).collect()
            }
            (None, None) => Vec::new(),
        }
    }

    fn fixed(&mut self, table: &Table<'_>, ty: &Type, profile: &Profile) -> Vec<(usize, Value)> {
        let Some(value) = table.get("fixed_for_methods") else { return Vec::new() };
        let mut fixed: Vec<(usize, Value)> = self
            .pairs(value)
            .into_iter()
            .filter_map(|(span, id, value)| {
                Some((self.method(profile, &id, span)?, self.value_of(ty, value, span)?))
            })
            .collect();
        fixed.sort_by_key(|(method, _)| *method);
        fixed
    }
}
