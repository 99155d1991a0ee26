//! Reads the manifest, `precedent.toml`: the profile of a workspace, its policy files, the levels
//! of lints, and the gates of diffs.

use super::patterns::{self, Key};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, suggest};
use crate::ir::inventory::glob;
use crate::ir::{Level, SessionScope};
use crate::review::gate::{self, Gate, Mistake};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::ast::DeclarationKind;
use crate::text::escape_control_chars;
use crate::toml_text::{Codes, Reader};
use globset::{Glob, GlobSet};
use std::ops::Range;

/// The name of the file, in the root folder of a workspace.
pub const FILE_NAME: &str = "precedent.toml";

const CODES: Codes =
    Codes { syntax: Code::MANIFEST_SYNTAX, key: Code::MANIFEST_KEY, value: Code::MANIFEST_VALUE };

/// The content of a manifest.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// A built-in profile or the path of a profile file, and its place in the manifest.
    pub profile: Option<(String, Span)>,
    /// The policy files, as paths relative to the manifest's folder.
    pub policies: GlobSet,
    /// The patterns of `policies` in their order, as written without a leading `./`, with their
    /// places; empty where the manifest has none.
    pub patterns: Vec<(String, Span)>,
    /// Files that are never part of the workspace.
    pub exclude: GlobSet,
    /// Folders whose policy files are read as if they stood here.
    pub include: Vec<(String, Span)>,
    /// The files whose edits gates may leave out: patterns.
    pub inventory: Vec<String>,
    /// Which pairs of a subject and a target count as sessions.
    pub sessions: SessionScope,
    /// The levels of lints, by name.
    pub lints: Vec<(String, Level)>,
    /// Which changes make a diff fail.
    pub deny: Vec<Denial>,
    /// The text is not TOML, so the rest of the fields may be incomplete.
    pub broken: bool,
}

/// A gate, with the places of the names in it.
#[derive(Clone, Debug)]
pub struct Denial {
    /// The gate.
    pub gate: Gate,
    /// The places of its parts, by their positions in the text of the gate.
    places: Vec<(Range<usize>, Span)>,
    span: Span,
}

impl Denial {
    /// The place of a part of the gate.
    pub fn place(&self, part: &Range<usize>) -> Span {
        self.places.iter().find(|(at, _)| at == part).map_or(self.span, |(_, place)| *place)
    }

    /// The place of an object's name in the gate, if it names the object.
    pub fn place_of(&self, kind: DeclarationKind, name: &str) -> Option<Span> {
        let mut names = self.gate.names();
        let (_, scope) = names.find(|(of, scope)| *of == kind && scope.name == name)?;
        Some(self.place(&scope.at))
    }

    /// The gate as a TOML string with another name for an object, and what it stands in place of;
    /// `None` if it does not name the object.
    pub fn renamed(&self, kind: DeclarationKind, old: &str, new: &str) -> Option<(String, Span)> {
        self.place_of(kind, old)?;
        let mut gate = self.gate.clone();
        for scope in [&mut gate.target, &mut gate.subject].into_iter().flatten() {
            if scope.selector.declaration() == Some(kind) && scope.name == old {
                new.clone_into(&mut scope.name);
            }
        }
        Some((toml_string(&gate.text()), self.span))
    }

    /// The finding about a mistake in the gate.
    pub fn finding(&self, mistake: Mistake) -> Diagnostic {
        finding(self.place(&mistake.at), mistake)
    }
}

/// A text as a string of TOML, without escapes if that is possible.
fn toml_string(text: &str) -> String {
    match text.contains('\'') || text.contains(|c: char| c.is_control()) {
        true => serde_json::to_string(text).unwrap_or_default(),
        false => format!("'{text}'"),
    }
}

fn finding(span: Span, mistake: Mistake) -> Diagnostic {
    let found = Diagnostic::new(Code::MANIFEST_VALUE, span, mistake.message).help(mistake.help);
    match mistake.suggestion {
        // Otherwise, the place is the whole string.
        Some(suggestion) if mistake.at.len() == (span.end - span.start) as usize => {
            // A misspelled word is corrected. Another word, such as `reports.sessions` in place of
            // `sessions`, would be a gate on something else, which lets gains pass.
            let is_misspelled = suggestion.len().abs_diff(mistake.at.len()) <= 2;
            let applicability = Applicability::safe_if(is_misspelled);
            let edit = Edit { span, replacement: suggestion.clone() };
            found.fix_with(applicability, format!("write `{suggestion}`"), vec![edit])
        }
        _ => found,
    }
}

impl Manifest {
    /// Whether a file belongs to the workspace, by its path from the manifest's folder. Hidden
    /// files and folders do only where a pattern spells the dot out.
    pub fn takes(&self, path: &str) -> bool {
        if self.exclude.is_match(path) || !path.ends_with(".prec") {
            return false;
        }
        if !has_hidden_part(path) {
            return self.policies.is_match(path);
        }
        let mut matches = self.policies.matches(path).into_iter();
        matches.any(|at| self.patterns.get(at).is_some_and(|(text, _)| spells_out(text, path)))
    }

    /// Whether some pattern spells out the dot of a hidden file or folder.
    pub fn takes_hidden(&self) -> bool {
        self.patterns.iter().any(|(pattern, _)| has_hidden_part(pattern))
    }
}

/// Whether each hidden name in a path is one for which a pattern has a part that begins with a dot.
fn spells_out(pattern: &str, path: &str) -> bool {
    let dotted = pattern.split('/').filter(|part| part.starts_with('.'));
    let dotted: Vec<_> = dotted.filter_map(|part| Glob::new(part).ok()).collect();
    let dotted: Vec<_> = dotted.iter().map(Glob::compile_matcher).collect();
    let mut hidden = path.split('/').filter(|part| has_hidden_part(part));
    hidden.all(|name| dotted.iter().any(|matcher| matcher.is_match(name)))
}

/// Whether a name in a path or pattern begins with a dot.
pub(super) fn has_hidden_part(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') && part != "." && part != "..")
}

impl Default for Manifest {
    fn default() -> Self {
        Manifest {
            profile: None,
            patterns: Vec::new(),
            exclude: GlobSet::empty(),
            include: Vec::new(),
            inventory: Vec::new(),
            policies: default_policies(),
            sessions: SessionScope::default(),
            lints: Vec::new(),
            deny: Vec::new(),
            broken: false,
        }
    }
}

fn default_policies() -> GlobSet {
    patterns::set(glob("**/*.prec").ok().iter())
}

/// Reads a manifest. Invalid parts are reported and left out.
pub fn read(file: FileId, source: &SourceFile) -> (Manifest, Vec<Diagnostic>) {
    let mut reader = Reader::new(file, CODES);
    let mut manifest = Manifest::default();
    let table = reader.parse(source);
    let syntax = reader.findings.len();
    manifest.broken = syntax > 0;
    reader.only_keys(
        &table,
        &["profile", "policies", "exclude", "include", "sessions", "lints", "diff"],
    );
    if let Some(value) = table.get("profile") {
        let span = reader.span(value);
        manifest.profile = reader.string(value).map(|profile| (profile.to_owned(), span));
    }
    if let Some(value) = table.get("policies") {
        let written = reader.strings(value);
        let patterns = patterns::read(&mut reader, source, written, Key::Policies);
        manifest.policies = patterns::set(patterns.iter().map(|(glob, _)| glob));
        manifest.patterns =
            patterns.into_iter().map(|(glob, span)| (glob.glob().to_owned(), span)).collect();
    }
    if let Some(value) = table.get("exclude") {
        let written = reader.strings(value);
        let patterns = patterns::read(&mut reader, source, written, Key::Other);
        manifest.exclude = patterns::set(patterns.iter().map(|(glob, _)| glob));
    }
    if let Some(value) = table.get("include") {
        let written = reader.strings(value);
        manifest.include = patterns::folders(&mut reader, written);
    }
    if let Some(value) = table.get("sessions") {
        let span = reader.span(value);
        match reader.string(value) {
            Some("startable") => manifest.sessions = SessionScope::Startable,
            Some("all") => manifest.sessions = SessionScope::All,
            Some(other) => {
                let message = format!("invalid value `{}`", escape_control_chars(other));
                reader.value_error(span, message).help =
                    Some("expected `startable` or `all`".into());
            }
            None => {}
        }
    }
    if let Some(lints) = table.get("lints").and_then(|value| reader.table(value)) {
        for (name, level) in lints {
            let span = reader.span(name);
            let known = Code::lints().any(|code| code.name() == &**name.get_ref());
            if !known {
                unknown_lint(&mut reader, span, name.get_ref());
            }
            let level_span = reader.span(level);
            match reader.string(level) {
                Some("allow") => manifest.lints.push((name.get_ref().to_string(), Level::Allow)),
                Some("warn") => manifest.lints.push((name.get_ref().to_string(), Level::Warn)),
                Some("deny") => manifest.lints.push((name.get_ref().to_string(), Level::Deny)),
                Some(other) => {
                    let message = format!("invalid level `{}`", escape_control_chars(other));
                    reader.value_error(level_span, message).help =
                        Some("expected `allow`, `warn` or `deny`".into());
                }
                None => {}
            }
        }
    }
    if let Some(diff) = table.get("diff").and_then(|value| reader.table(value)) {
        reader.only_keys(diff, &["deny", "inventory"]);
        if let Some(value) = diff.get("inventory") {
            let written = reader.strings(value);
            let patterns = patterns::read(&mut reader, source, written, Key::Other);
            manifest.inventory =
                patterns.into_iter().map(|(glob, _)| glob.glob().to_owned()).collect();
        }
        if let Some(value) = diff.get("deny") {
            for (span, text) in reader.strings(value) {
                let place = |at: &Range<usize>| reader.inside(span, source, text, at.clone());
                match gate::parse(text) {
                    Ok(gate) => {
                        let parts = gate.parts().map(|at| (at.clone(), place(at))).collect();
                        manifest.deny.push(Denial { gate, places: parts, span });
                    }
                    Err(mistake) => {
                        let found = finding(place(&mistake.at), mistake);
                        reader.push(found);
                    }
                }
            }
        }
    }
    if manifest.broken {
        // Most other findings about an incomplete text follow from the first error.
        reader.findings.truncate(syntax);
    }
    (manifest, reader.findings)
}

fn unknown_lint(reader: &mut Reader, span: Span, name: &str) {
    let suggestion = suggest::suggestion(suggest::Kind::Words, name, Code::lints().map(Code::name));
    let found = Diagnostic::new(
        Code::MANIFEST_KEY,
        span,
        format!("unknown lint `{}`", escape_control_chars(name)),
    );
    reader.push(found.did_you_mean(span, suggestion, || {
        "`precedent explain` lists all codes; those of lints start with `P05`".to_owned()
    }));
}
