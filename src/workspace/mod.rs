//! The library's face: a workspace's files in, the checked IR and all findings out.

pub mod manifest;

use crate::diagnostic::{self, Code, Diagnostic, has_errors, suggest};
use crate::ir::{Ir, Level};
use crate::profile::{self, BUILTIN, DEFAULT_PROFILE, Profile};
use crate::source::{FileId, MAX_FILE_BYTES, SourceFile, Sources, Span};
use crate::syntax::ast::DeclarationKind;
use crate::text::{escape_control_chars, unquote};
use crate::{lint, lower, syntax};
use manifest::Manifest;
use std::sync::Arc;

/// A file as it was found: its path relative to the workspace, with `/`, and its bytes or why there
/// are none.
#[derive(Clone, Debug)]
pub struct RawFile {
    pub path: String,
    pub content: Result<Vec<u8>, ReadError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The system's words.
    Unreadable(String),
    /// Its size in bytes.
    TooLarge(u64),
    /// A link to a folder that it lies in. Nothing is lost by passing over it.
    LinkLoop,
}

/// All that belongs to a workspace.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub manifest: Option<RawFile>,
    pub files: Vec<RawFile>,
}

/// What came of a workspace.
#[derive(Debug)]
pub struct Compiled {
    pub sources: Sources,
    /// There if no finding is an error.
    pub ir: Option<Arc<Ir>>,
    /// In order of path and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether something could not be read at all, apart from what it says.
    pub fn unreadable(&self) -> bool {
        self.diagnostics.iter().any(|finding| finding.code == Code::UNREADABLE)
    }
}

/// Takes a file in. What is not UTF-8 in it has a finding and is read as replacement characters; a
/// file with a NUL is no text at all, and is a source that ends there.
fn source(sources: &mut Sources, findings: &mut Vec<Diagnostic>, raw: RawFile) -> Option<FileId> {
    let path = raw.path;
    let bytes = match raw.content {
        Ok(bytes) => bytes,
        Err(error) => {
            let span = Span::file_start(sources.add(SourceFile::new(path, "")));
            findings.push(match error {
                ReadError::Unreadable(why) => Diagnostic::new(
                    Code::UNREADABLE,
                    span,
                    format!("this cannot be read: {}", escape_control_chars(&why)),
                )
                .help("nothing is decided about the workspace until all of it can be read"),
                ReadError::TooLarge(size) => too_large(span, size),
                ReadError::LinkLoop => Diagnostic::new(
                    Code::LINK_LOOP,
                    span,
                    "this link leads back to a folder above it",
                )
                .help("it is passed over: what it leads to is read already"),
            });
            return None;
        }
    };
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let size = bytes.len() as u64;
        let span = Span::file_start(sources.add(SourceFile::new(path, "")));
        findings.push(too_large(span, size));
        return None;
    }
    if let Some(nul) = memchr::memchr(0, &bytes) {
        let text = String::from_utf8_lossy(&bytes[..nul]).into_owned();
        let id = sources.add(SourceFile::new(path, text));
        let end = sources.file(id).text.len() as u32;
        let found = Diagnostic::new(
            Code::NOT_TEXT,
            Span { file: id, start: end, end },
            "this file holds a NUL character, so it is no text",
        );
        findings.push(found.help("save the file as UTF-8"));
        return None;
    }
    let (text, broken) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        // The rest of the file is read all the same, so that its names are known.
        Err(error) => (
            String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Some(error.utf8_error().valid_up_to()),
        ),
    };
    let bom = u32::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8() as u32;
    let id = sources.add(SourceFile::new(path, text));
    if let Some(at) = broken {
        let start = (at as u32).saturating_sub(bom);
        let span =
            Span { file: id, start, end: start + char::REPLACEMENT_CHARACTER.len_utf8() as u32 };
        findings.push(
            Diagnostic::new(Code::NOT_TEXT, span, "this file is not UTF-8 text from here on")
                .help("save the file as UTF-8"),
        );
    }
    Some(id)
}

/// Takes one file in, for what is done to a file alone: its id unless it is no text at all, and
/// what is wrong.
pub fn add_file(sources: &mut Sources, raw: RawFile) -> (Option<FileId>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let id = source(sources, &mut findings, raw);
    (id, findings)
}

/// Whether a line holds something that was no UTF-8: what is found there has that as its cause.
fn on_broken_line(sources: &Sources, span: Span) -> bool {
    let file = sources.file(span.file);
    file.text[file.line_range(file.line(span.start))].contains(char::REPLACEMENT_CHARACTER)
}

fn too_large(span: Span, size: u64) -> Diagnostic {
    const MIB: u64 = 1024 * 1024;
    let (size, most) = (size.div_ceil(MIB), MAX_FILE_BYTES / MIB);
    Diagnostic::new(
        Code::TOO_LARGE,
        span,
        format!("this file has {size} MiB, and {most} MiB is the most"),
    )
    .help("split it: all files of a workspace are one namespace")
}

/// Compiles a workspace. `load_profile` is asked for the profile file of a path that the workspace
/// names.
pub fn compile(input: Input, load_profile: &mut dyn FnMut(&str) -> RawFile) -> Compiled {
    compile_under(input, None, load_profile)
}

/// Compiles a workspace under another profile than the one that it names, to see what an upgrade
/// changes. Its claim about the order of layers is then not checked: it speaks of its own profile.
pub fn compile_under(
    input: Input,
    asked: Option<&str>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Compiled {
    let mut compiled = compile_without_lints(input, asked, load_profile);
    if let Some(ir) = &compiled.ir {
        compiled.diagnostics.extend(lint::lint(ir));
        if has_errors(&compiled.diagnostics) {
            compiled.ir = None;
        }
        diagnostic::sort(&mut compiled.diagnostics, &compiled.sources);
    }
    compiled
}

/// Compiles for what the policies mean alone: advice, also where a manifest makes errors of it, is
/// left out.
pub fn compile_without_lints(
    input: Input,
    asked: Option<&str>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Compiled {
    let mut sources = Sources::new();
    let mut findings = Vec::new();
    let mut raw_files = input.files;
    raw_files.sort_by(|a, b| a.path.cmp(&b.path));
    let no_files = raw_files.is_empty();
    let count = raw_files.len();
    let ids: Vec<FileId> =
        raw_files.into_iter().filter_map(|raw| source(&mut sources, &mut findings, raw)).collect();
    // What could not be taken in may declare what other files use.
    let whole = ids.len() == count;
    let not_text: Vec<FileId> = findings
        .iter()
        .filter(|found| found.code == Code::NOT_TEXT)
        .map(|found| found.primary.span.file)
        .collect();
    let mut trees = Vec::with_capacity(ids.len());
    for id in ids {
        let (tree, more) = syntax::parse(id, sources.file(id));
        let garbled = not_text.contains(&id);
        findings.extend(
            more.into_iter()
                .filter(|found| !(garbled && on_broken_line(&sources, found.primary.span))),
        );
        trees.push(tree);
    }
    let manifest_id = input.manifest.and_then(|raw| source(&mut sources, &mut findings, raw));
    let manifest = manifest_id.map_or_else(Manifest::default, |id| {
        let (mut manifest, more) = manifest::read(id, sources.file(id));
        let garbled = findings
            .iter()
            .any(|found| found.code == Code::NOT_TEXT && found.primary.span.file == id);
        manifest.broken |= garbled;
        let sound = |span: Span| !(garbled && on_broken_line(&sources, span));
        manifest.profile = manifest.profile.filter(|(_, span)| sound(*span));
        findings.extend(more.into_iter().filter(|found| sound(found.primary.span)));
        manifest
    });
    if no_files && let Some(id) = manifest_id {
        findings.push(
            Diagnostic::new(Code::NO_FILES, Span::file_start(id), "the workspace has no policy file")
                .help("policy files end in `.prec`; which ones belong to the workspace is said by `policies`"),
        );
    }
    let mut named: Vec<(String, Span)> = manifest.profile.clone().into_iter().collect();
    for tree in &trees {
        for declaration in tree
            .declarations
            .iter()
            .filter(|declaration| declaration.kind == DeclarationKind::Profile)
        {
            if let Some(name) = declaration.name
                && let Ok(text) = unquote(sources.text(name.in_file(tree.id)))
            {
                named.push((text.into_owned(), name.in_file(tree.id)));
            }
        }
    }
    // The part of a manifest that could not be read may name the profile: then nothing is known of
    // any value.
    let unknown = manifest.broken && named.is_empty() && asked.is_none();
    let claims = asked.is_none();
    if let Some(asked) = asked {
        named = vec![(asked.to_owned(), Span::file_start(FileId(0)))];
    }
    let profile = if unknown {
        None
    } else {
        choose_profile(&mut sources, &mut findings, &named, load_profile)
    };
    let mut ir = None;
    if let Some(profile) = profile {
        let mentions = mentions(&manifest);
        let scope =
            lower::Scope { is_complete: whole, is_own_profile: claims, mentions: &mentions };
        let (mut tables, more) = lower::lower(&trees, &sources, &profile, scope);
        findings.extend(more);
        if claims {
            findings.extend(gate_findings(&manifest, &profile));
        }
        drop(trees);
        tables.lints = manifest.lints;
        tables.lints.sort();
        tables.diff_deny = manifest.deny.iter().map(|denial| denial.gate.text()).collect();
        if !has_errors(&findings) {
            ir = Some(Arc::new(Ir { profile, sources: sources.clone(), tables }));
        }
    }
    diagnostic::sort(&mut findings, &sources);
    Compiled { sources, ir, diagnostics: findings }
}

/// What the manifest's gates name.
fn mentions(manifest: &Manifest) -> Vec<lower::Mention<'_>> {
    let names = manifest
        .deny
        .iter()
        .flat_map(|denial| denial.gate.names().map(move |found| (denial, found)));
    names
        .map(|(denial, (kind, scope))| lower::Mention {
            kind,
            name: &scope.name,
            span: denial.place(&scope.at),
        })
        .collect()
}

/// What of the manifest's gates the profile does not have.
fn gate_findings(manifest: &Manifest, profile: &Profile) -> Vec<Diagnostic> {
    let of = |denial: &manifest::Denial| {
        let mistakes = [denial.gate.path_mistake(profile), denial.gate.target_mistake(profile)];
        mistakes.into_iter().flatten().map(|mistake| denial.finding(mistake)).collect::<Vec<_>>()
    };
    manifest.deny.iter().flat_map(of).collect()
}

/// The findings of an IR that was read back: what its lints say.
pub fn recheck(ir: Arc<Ir>) -> Compiled {
    let mut diagnostics = lint::lint(&ir);
    diagnostic::sort(&mut diagnostics, &ir.sources);
    let sources = ir.sources.clone();
    let ir = (!has_errors(&diagnostics)).then_some(ir);
    Compiled { sources, ir, diagnostics }
}

/// The level that a workspace gives a lint.
pub fn level(ir: &Ir, code: Code) -> Level {
    let set = ir.tables.lints.iter().find(|(name, _)| name == code.name());
    let default = if code.is_off_by_default() { Level::Allow } else { Level::Warn };
    set.map_or(default, |(_, level)| *level)
}

fn choose_profile(
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
    named: &[(String, Span)],
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Option<Profile> {
    let Some((name, span)) = named.first() else { return profile::builtin(DEFAULT_PROFILE) };
    if let Some((other, other_span)) = named.iter().find(|(other, _)| other != name) {
        let message = format!(
            "two profiles are named: `{}` and `{}`",
            escape_control_chars(name),
            escape_control_chars(other)
        );
        findings.push(
            Diagnostic::new(Code::TWO_PROFILES, *other_span, message)
                .primary_message("here another one is named")
                .label(*span, "here one is named")
                .help("a workspace has one profile: remove one of the two lines"),
        );
    }
    if let Some(profile) = profile::builtin(name) {
        return Some(profile);
    }
    if !name.ends_with(".toml") {
        let ids = BUILTIN.iter().map(|(id, _)| *id);
        let known = ids.clone().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let found = Diagnostic::new(
            Code::UNKNOWN_PROFILE,
            *span,
            format!("there is no profile `{}`", escape_control_chars(name)),
        );
        let found = match suggest::closest(name, ids) {
            // No fix: two versions of a product are alike in name and not in meaning.
            Some(meant) => {
                found.help(format!("did you mean `{meant}`? the built-in profiles are {known}"))
            }
            None => found.help(format!(
                "the built-in profiles are {known}; the path of a profile file ends in `.toml`"
            )),
        };
        findings.push(found);
        return None;
    }
    let raw = load_profile(name);
    if let Err(ReadError::Unreadable(why)) = &raw.content {
        let message = format!(
            "the profile file `{}` cannot be read: {}",
            escape_control_chars(name),
            escape_control_chars(why)
        );
        findings.push(
            Diagnostic::new(Code::UNKNOWN_PROFILE, *span, message)
                .help("its path is relative to the workspace's folder"),
        );
        return None;
    }
    let id = source(sources, findings, raw)?;
    let (profile, more) = profile::load(id, sources.file(id));
    findings.extend(more);
    profile
}
