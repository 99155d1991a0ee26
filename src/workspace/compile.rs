//! A workspace's files in, the checked IR and all findings out.

use super::manifest::{self, Manifest};
use super::near::NearMiss;
use super::patterns;
use super::read::{BadInclude, Content, RawFile, ReadError, add_file, is_on_broken_line};
use crate::diagnostic::{
    self, Applicability, Code, Diagnostic, Edit, Severity, has_errors, suggest,
};
use crate::ir::inventory::glob;
use crate::ir::{Ir, Level, Tables};
use crate::profile::{self, BUILTIN, DEFAULT_PROFILE, Profile};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::KnownTrees;
use crate::syntax::ast::{DeclarationKind, File};
use crate::text::{Date, escape_control_chars, quote, unquote};
use crate::{lint, lower, syntax};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All that belongs to a workspace.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its `precedent.toml`, if it has one.
    pub manifest: Option<RawFile>,
    /// Its policy files, in any order.
    pub files: Vec<RawFile>,
}

impl Input {
    /// The same files with new texts for some of them, by path. A byte order mark is kept: the
    /// texts do not include it.
    pub fn with_texts(&self, texts: &BTreeMap<String, String>) -> Input {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        let with_text = |file: &RawFile| match (texts.get(&file.path), &file.content) {
            (Some(text), Ok(bytes)) => {
                let mark = if bytes.starts_with(MARK) { MARK } else { &[] };
                let content = Ok([mark, text.as_bytes()].concat());
                RawFile { path: file.path.clone(), content }
            }
            _ => file.clone(),
        };
        Input {
            manifest: self.manifest.as_ref().map(with_text),
            files: self.files.iter().map(with_text).collect(),
        }
    }
}

/// What came of a workspace.
#[derive(Debug)]
pub struct Compiled {
    /// The files that findings name places in.
    pub sources: Sources,
    /// There if no finding is an error.
    pub ir: Option<Arc<Ir>>,
    /// In order of path and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether something could not be read at all, apart from what it says.
    pub fn unreadable(&self) -> bool {
        let mut findings = self.diagnostics.iter();
        self.has_no_files() || findings.any(|finding| finding.code == Code::UNREADABLE)
    }

    /// The findings about what the workspace leaves out, which matter to whoever uses its policies.
    pub fn left_out(&self) -> Vec<Diagnostic> {
        let findings = self.diagnostics.iter();
        let about =
            |found: &&Diagnostic| found.code == Code::NO_FILES || found.code == Code::NEARLY_NAMED;
        findings.filter(about).cloned().collect()
    }

    /// Whether there is no policy file.
    pub fn has_no_files(&self) -> bool {
        let mut findings = self.diagnostics.iter();
        findings.any(|found| found.code == Code::NO_FILES && found.severity == Severity::Error)
    }
}

/// Compiles a workspace. `load_profile` is asked for the profile file of a path that the workspace
/// names.
pub fn compile(input: Input, load_profile: &mut dyn FnMut(&str) -> RawFile) -> Compiled {
    compile_under(input, None, load_profile)
}

/// Compiles a workspace under another profile than the one that it names, to see what an upgrade
/// changes. Its claim about the order of layers is then not checked, since it is about its own
/// profile.
pub fn compile_under(
    input: Input,
    asked: Option<&str>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Compiled {
    compile_as_of(input, asked, None, load_profile)
}

/// Compiles a workspace for those who want to use its policies: lints are run only as far as the
/// manifest makes them errors. If one finds something, the findings of all of them are there.
pub fn compile_for_use(
    input: Input,
    asked: Option<&str>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Compiled {
    linted(compile_without_lints(input, asked, None, load_profile), lint::lint_for_use)
}

/// Compiles a workspace, and reports the dates in it that lie before a day.
pub fn compile_as_of(
    input: Input,
    asked: Option<&str>,
    as_of: Option<Date>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Compiled {
    let (mut compiled, levels) = compile_with_levels(input, asked, None, load_profile);
    if let (None, Some(levels)) = (&compiled.ir, levels) {
        compiled.diagnostics.extend(texts_linted(&compiled, &levels));
        diagnostic::sort(&mut compiled.diagnostics, &compiled.sources);
    }
    linted(compiled, |ir| lint::lint(ir, as_of))
}

/// What lints say of the texts of a workspace with errors. Fixes of other findings come first.
fn texts_linted(compiled: &Compiled, levels: &[(String, Level)]) -> Vec<Diagnostic> {
    let sources = &compiled.sources;
    let mut findings = lint::lint_texts(sources, levels, &compiled.diagnostics);
    findings.iter_mut().for_each(|found| syntax::settle(found, |id| sources.file(id)));
    findings
}

/// Adds the findings of lints.
fn linted(mut compiled: Compiled, lint: impl Fn(&Arc<Ir>) -> Vec<Diagnostic>) -> Compiled {
    if let Some(ir) = &compiled.ir {
        compiled.diagnostics.extend(lint(ir));
        if has_errors(&compiled.diagnostics) {
            compiled.ir = None;
        }
        diagnostic::sort(&mut compiled.diagnostics, &compiled.sources);
    }
    compiled
}

/// Compiles for what the policies mean alone: lints are left out, also those that the manifest
/// makes errors. Files that are known from another version are not parsed again.
pub fn compile_without_lints(
    input: Input,
    asked: Option<&str>,
    known: Option<&mut KnownTrees>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> Compiled {
    compile_with_levels(input, asked, known, load_profile).0
}

/// The same, with the levels that the manifest sets for lints; `None` if it cannot be read whole.
fn compile_with_levels(
    input: Input,
    asked: Option<&str>,
    known: Option<&mut KnownTrees>,
    load_profile: &mut dyn FnMut(&str) -> RawFile,
) -> (Compiled, Option<Vec<(String, Level)>>) {
    let mut input = input;
    let is_named = |file: &mut RawFile| {
        matches!(file.content, Err(ReadError::NearlyNamed { .. } | ReadError::LinkLoop))
    };
    let noticed: Vec<RawFile> = input.files.extract_if(.., is_named).collect();
    let mut compiler =
        Compiler { sources: Sources::new(), findings: Vec::new(), known, levels: None };
    let ir = compiler.compile(input, asked, load_profile);
    let own_sources = compiler.sources.clone();
    // The compiled policies do not come from these files.
    for raw in noticed {
        compiler.add(raw, Content::Policies);
    }
    let Compiler { sources, mut findings, levels, .. } = compiler;
    diagnostic::sort(&mut findings, &sources);
    let ir = ir.filter(|_| !has_errors(&findings));
    let ir = ir.map(|(profile, tables)| Arc::new(Ir { profile, sources: own_sources, tables }));
    (Compiled { sources, ir, diagnostics: findings }, levels)
}

/// What the stages before the IR share.
struct Compiler<'k> {
    sources: Sources,
    findings: Vec<Diagnostic>,
    known: Option<&'k mut KnownTrees>,
    /// Those of lints, once the manifest is read.
    levels: Option<Vec<(String, Level)>>,
}

impl Compiler<'_> {
    fn compile(
        &mut self,
        input: Input,
        asked: Option<&str>,
        load_profile: &mut dyn FnMut(&str) -> RawFile,
    ) -> Option<(Profile, Tables)> {
        let (mut files, noticed): (Vec<RawFile>, Vec<RawFile>) =
            input.files.into_iter().partition(RawFile::is_policy);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let count = files.len();
        let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
        let trees = self.trees(files);
        let manifest_id = input.manifest.and_then(|raw| self.add(raw, Content::Toml));
        let manifest = manifest_id.map_or_else(Manifest::default, |id| self.manifest(id));
        self.levels = (!manifest.broken).then(|| manifest.lints.clone());
        self.includes(&manifest, &noticed);
        // What the patterns of a broken manifest take in means nothing.
        if !manifest.broken {
            self.patterns_without_files(&manifest, &paths, &noticed);
        }
        if count == 0 && !manifest.broken {
            self.no_files(manifest_id);
        }
        let named = match asked {
            Some(asked) => vec![(asked.to_owned(), Span::file_start(FileId(0)))],
            None => self.named_profiles(&manifest, &trees),
        };
        // The part of a manifest that could not be read may name the profile: then nothing is known
        // of any value.
        if manifest.broken && named.is_empty() {
            return None;
        }
        let before = self.findings.len();
        let profile = self.choose_profile(&named, load_profile);
        let sources = &self.sources;
        let about_profile = self.findings.iter_mut().skip(before);
        about_profile.for_each(|found| syntax::settle(found, |id| sources.file(id)));
        let profile = profile?;
        let mentions = mentions(&manifest);
        let scope = lower::Scope {
            // A file that could not be read may declare what other files use.
            is_complete: trees.len() == count && trees.iter().all(|tree| tree.is_complete),
            is_own_profile: asked.is_none(),
            mentions: &mentions,
        };
        let trees: Vec<&File> = trees.iter().map(|tree| &**tree).collect();
        let (mut tables, mut found) = lower::lower(&trees, &self.sources, &profile, scope);
        found.iter_mut().for_each(|found| syntax::settle(found, |id| self.sources.file(id)));
        self.replace_syntax_errors(&found);
        self.findings.extend(found);
        if asked.is_none() {
            self.findings.extend(gate_findings(&manifest, &profile));
        }
        tables.sessions = manifest.sessions;
        tables.diff_deny = manifest.deny.iter().map(|denial| denial.gate.text()).collect();
        tables.inventory = manifest.inventory;
        tables.lints = manifest.lints;
        tables.lints.sort();
        Some((profile, tables))
    }

    /// Drops what the parser says of a value or a path that it could not read where more is known
    /// of it now.
    fn replace_syntax_errors(&mut self, found: &[Diagnostic]) {
        let says_more =
            |found: &&Diagnostic| matches!(found.code, Code::UNKNOWN_VALUE | Code::UNKNOWN_SETTING);
        let known = found.iter().filter(says_more).map(|found| found.primary.span);
        let known: BTreeSet<Span> = known.collect();
        self.findings
            .retain(|old| old.code != Code::UNEXPECTED || !known.contains(&old.primary.span));
    }

    /// Reports folders that cannot be included, and those that have nothing to include.
    fn includes(&mut self, manifest: &Manifest, bad: &[RawFile]) {
        for file in bad {
            let Err(ReadError::Include(why)) = file.content else { continue };
            let written = manifest.include.iter().filter(|(folder, _)| *folder == file.path);
            for (folder, span) in written.take(1) {
                let message =
                    format!("the folder `{}` {}", escape_control_chars(folder), why.words());
                let (code, help) = match why {
                    BadInclude::Empty => (
                        Code::NO_FILES,
                        "policy files end in `.prec`; those that `exclude` matches, hidden ones, \
                         and those of a workspace below the folder are not included",
                    ),
                    _ => (Code::BAD_GLOB, "`include` takes other folders of the same repository"),
                };
                self.findings.push(Diagnostic::new(code, *span, message).help(help));
            }
        }
    }

    /// Reports that there is nothing to check. Without a manifest, the place is the folder.
    fn no_files(&mut self, manifest: Option<FileId>) {
        let place = manifest.unwrap_or_else(|| self.sources.add(SourceFile::new(".", "")));
        let message = "the workspace has no policy file";
        let found = Diagnostic::new(Code::NO_FILES, Span::file_start(place), message).help(
            "policy files end in `.prec`; in `precedent.toml`, `policies` says which of them \
             belong to the workspace, and `exclude` which do not",
        );
        self.findings.push(Diagnostic { severity: Severity::Error, ..found });
    }

    /// Reports each pattern of the manifest that takes in no file.
    fn patterns_without_files(
        &mut self,
        manifest: &Manifest,
        paths: &[String],
        noticed: &[RawFile],
    ) {
        let mut has_file = vec![false; manifest.patterns.len()];
        for path in paths {
            for at in manifest.policies.matches(path) {
                // The default pattern is not one of the manifest's.
                if let Some(has_file) = has_file.get_mut(at) {
                    *has_file = true;
                }
            }
        }
        for ((pattern, span), _) in manifest.patterns.iter().zip(has_file).filter(|(_, has)| !has) {
            let why = noticed.iter().filter(|file| file.path == *pattern).find_map(|file| {
                match &file.content {
                    Err(ReadError::Pattern(why)) => Some(why),
                    _ => None,
                }
            });
            let message =
                format!("the pattern `{}` matches no policy file", escape_control_chars(pattern));
            let found = Diagnostic::new(Code::NO_FILES, *span, message);
            // Policies that compile would mean something else with more files.
            let applicability = Applicability::safe_if(paths.is_empty());
            self.findings.push(explained(found, *span, why, applicability));
        }
        self.parts_without_files(manifest, paths);
    }

    /// Reports each part between the braces of a pattern that takes in no file, where others do.
    fn parts_without_files(&mut self, manifest: &Manifest, paths: &[String]) {
        for (pattern, span) in manifest.patterns.iter().filter(|(pattern, _)| pattern.contains('{'))
        {
            let takes_in = |part: &str| {
                let matcher = glob(part).ok().map(|glob| glob.compile_matcher());
                matcher.is_none_or(|part| paths.iter().any(|path| part.is_match(path)))
            };
            if !takes_in(pattern) {
                continue;
            }
            for (part, _) in patterns::parts(pattern).iter().filter(|(_, alone)| !takes_in(alone)) {
                let message = format!(
                    "the part `{}` of the pattern `{}` matches no policy file",
                    escape_control_chars(part),
                    escape_control_chars(pattern)
                );
                let found = Diagnostic::new(Code::NO_FILES, *span, message);
                self.findings.push(found.help("correct the name, or remove it from the pattern"));
            }
        }
    }

    fn add(&mut self, raw: RawFile, content: Content) -> Option<FileId> {
        let (id, found) = add_file(&mut self.sources, raw, content);
        self.findings.extend(found);
        id
    }

    /// Whether a file has bytes that are not UTF-8.
    fn is_garbled(&self, id: FileId) -> bool {
        let of_file = |found: &&Diagnostic| found.primary.span.file == id;
        self.findings.iter().filter(of_file).any(|found| found.code == Code::NOT_TEXT)
    }

    /// Keeps findings, but for those that only follow from bytes that are not UTF-8.
    fn keep(&mut self, id: FileId, mut found: Vec<Diagnostic>) {
        if self.is_garbled(id) {
            found.retain(|found| !is_on_broken_line(&self.sources, found.primary.span));
        }
        self.findings.extend(found);
    }

    /// Parses files. One that is not text at all has no tree.
    fn trees(&mut self, files: Vec<RawFile>) -> Vec<Arc<File>> {
        let ids: Vec<FileId> =
            files.into_iter().filter_map(|raw| self.add(raw, Content::Policies)).collect();
        let read = syntax::read(&mut self.sources, &ids, self.known.as_deref_mut());
        let keep = |(id, (tree, found))| {
            self.keep(id, found);
            tree
        };
        ids.into_iter().zip(read).map(keep).collect()
    }

    fn manifest(&mut self, id: FileId) -> Manifest {
        let (mut manifest, found) = manifest::read(id, self.sources.file(id));
        if self.is_garbled(id) {
            manifest.broken = true;
            let sources = &self.sources;
            manifest.profile.take_if(|(_, span)| is_on_broken_line(sources, *span));
        }
        self.keep(id, found);
        manifest
    }

    /// The profiles that the manifest and the policy files name, each with its place.
    fn named_profiles(&self, manifest: &Manifest, trees: &[Arc<File>]) -> Vec<(String, Span)> {
        let mut named: Vec<(String, Span)> = manifest.profile.clone().into_iter().collect();
        for tree in trees {
            let declarations = tree.declarations.iter();
            let profiles = declarations.filter(|found| found.kind == DeclarationKind::Profile);
            for name in profiles.filter_map(|declaration| declaration.name) {
                let span = name.in_file(tree.id);
                if let Ok(text) = unquote(self.sources.text(span)) {
                    named.push((text.into_owned(), span));
                }
            }
        }
        named
    }

    /// The one profile of the workspace.
    fn choose_profile(
        &mut self,
        named: &[(String, Span)],
        load_profile: &mut dyn FnMut(&str) -> RawFile,
    ) -> Option<Profile> {
        let Some((name, span)) = named.first() else { return profile::builtin(DEFAULT_PROFILE) };
        if let Some((other, other_span)) = named.iter().find(|(other, _)| other != name) {
            let [name, other] = [name, other].map(|name| escape_control_chars(name));
            let message = format!("two profiles are named: `{name}` and `{other}`");
            let found = Diagnostic::new(Code::TWO_PROFILES, *other_span, message)
                .primary_message("another one is named here")
                .label(*span, "one is named here")
                .help("a workspace has one profile: remove one of the two lines");
            self.findings.push(found);
        }
        if let Some(profile) = profile::builtin(name) {
            return Some(profile);
        }
        if !name.ends_with(".toml") {
            self.findings.push(unknown_profile(name, *span));
            return None;
        }
        let raw = load_profile(name);
        if let Err(ReadError::Unreadable(why)) = &raw.content {
            let [name, why] = [name, why].map(|text| escape_control_chars(text));
            let message = format!("cannot read the profile file `{name}`: {why}");
            let found = Diagnostic::new(Code::UNKNOWN_PROFILE, *span, message)
                .help("its path is relative to the workspace's folder");
            self.findings.push(found);
            return None;
        }
        let id = self.add(raw, Content::Toml)?;
        let (profile, found) = profile::load(id, self.sources.file(id));
        self.findings.extend(found);
        profile
    }
}

fn unknown_profile(name: &str, span: Span) -> Diagnostic {
    let ids = BUILTIN.iter().map(|(id, _)| *id);
    let known = ids.clone().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let message = format!("there is no profile `{}`", escape_control_chars(name));
    let help = match suggest::closest(name, ids) {
        // No fix: two versions of a product are alike in name and not in meaning.
        Some(close) => {
            let question = suggest::question(close, name);
            format!("{question} the built-in profiles are {known}")
        }
        None => {
            format!("the built-in profiles are {known}; the path of a profile file ends in `.toml`")
        }
    };
    Diagnostic::new(Code::UNKNOWN_PROFILE, span, message).help(help)
}

/// Adds why a pattern takes in no file.
fn explained(
    found: Diagnostic,
    span: Span,
    why: Option<&NearMiss>,
    applicability: Applicability,
) -> Diagnostic {
    match why {
        Some(NearMiss::Excluded { file }) => {
            let file = escape_control_chars(file);
            found.help(format!("`exclude` leaves out whatever it matches, such as `{file}`"))
        }
        Some(NearMiss::OtherCase { file, pattern }) => {
            let file = escape_control_chars(file);
            let found =
                found.help(format!("upper and lower case differ: there is a file `{file}`"));
            match pattern {
                Some(right) => {
                    let edit = Edit { span, replacement: quote(right) };
                    found.fix_with(applicability, format!("write `{right}`"), vec![edit])
                }
                None => found,
            }
        }
        Some(NearMiss::OtherEnding { pattern }) => {
            let edit = Edit { span, replacement: quote(pattern) };
            found.help("policy files end in `.prec`").fix_with(
                applicability,
                format!("write `{pattern}`"),
                vec![edit],
            )
        }
        Some(NearMiss::NoFolder { folder, close }) => found.help(match close {
            Some(close) => {
                let question = suggest::question(close, folder);
                format!("there is no folder `{}`; {question}", escape_control_chars(folder))
            }
            None => format!("there is no folder `{}`", escape_control_chars(folder)),
        }),
        None => found.help(
            "upper and lower case differ, policy files end in `.prec`, and `*` does not match \
             files in subfolders: write `**/` for those",
        ),
    }
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

/// The findings of an IR that was read back: what its lints say, about dates before a day too.
pub fn recheck(ir: Arc<Ir>, as_of: Option<Date>) -> Compiled {
    linted(read_back(ir), |ir| lint::lint(ir, as_of))
}

/// The same for those who want to use the policies; see [`compile_for_use`].
pub fn recheck_for_use(ir: Arc<Ir>) -> Compiled {
    linted(read_back(ir), lint::lint_for_use)
}

fn read_back(ir: Arc<Ir>) -> Compiled {
    Compiled { sources: ir.sources.clone(), ir: Some(ir), diagnostics: Vec::new() }
}
