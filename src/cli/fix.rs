//! `precedent check --fix` and `--diff`: applies fixes in memory, round by round, and writes the
//! result.

use super::error::CliError;
use super::load::Workspace;
use super::write::{self, Rewrite, Rewritten};
use precedent::diagnostic::{Code, Diagnostic, fix};
use precedent::source::FileId;
use precedent::syntax;
use precedent::text::{count, escape_control_chars};
use precedent::workspace::manifest;
use precedent::workspace::{Compiled, Input, RawFile};
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A fix can reveal a finding that has a fix too. A longer chain than this does not end.
const MAX_ROUNDS: usize = 10;

/// The result of fixing. Nothing is written yet.
pub struct Fixed {
    pub fixes: usize,
    pub changes: Vec<FileChange>,
    /// Files with safe fixes that still have syntax errors after them. They are left unchanged.
    unparsed: BTreeSet<String>,
    /// The workspace as it is after the changes.
    pub compiled: Compiled,
}

/// A file with its old and its new content.
pub struct FileChange {
    path: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Applies fixes until there are none, or the limit of rounds is reached. If a file still has
/// syntax errors then, everything is done again without touching it.
pub fn fix(workspace: &Workspace<'_>, compiled: Compiled) -> Fixed {
    let mut unparsed = BTreeSet::new();
    let mut state = State { input: workspace.input.clone(), compiled, excluded: BTreeSet::new() };
    loop {
        let mut fixes = 0;
        for _ in 0..MAX_ROUNDS {
            match state.round(workspace) {
                0 => break,
                count => fixes += count,
            }
        }
        let changes = changes(&workspace.input, &state.input);
        let broken = changes
            .iter()
            .map(|change| &change.path)
            .filter(|path| is_broken(&state.compiled, path));
        let broken: Vec<String> = broken.cloned().collect();
        if broken.is_empty() {
            return Fixed { fixes, changes, unparsed, compiled: state.compiled };
        }
        unparsed.extend(broken.iter().cloned());
        state.excluded.extend(broken);
        state.input = workspace.input.clone();
        state.compiled = workspace.compile(state.input.clone(), None);
    }
}

/// Whether a policy file, or the manifest, has syntax errors.
fn is_broken(compiled: &Compiled, path: &str) -> bool {
    let mut files = compiled.sources.iter().filter(|(_, file)| file.path == path);
    if path == manifest::FILE_NAME {
        return files.any(|(id, _)| {
            let in_manifest = |finding: &Diagnostic| {
                finding.primary.span.file == id && finding.code == Code::MANIFEST_SYNTAX
            };
            compiled.diagnostics.iter().any(in_manifest)
        });
    }
    files.any(|(id, file)| !syntax::parse(id, file).1.is_empty())
}

struct State {
    input: Input,
    compiled: Compiled,
    /// Paths of files that fixes made worse. They are left unchanged.
    excluded: BTreeSet<String>,
}

impl State {
    /// Applies all compatible fixes, and returns how many they were. Files that would get worse are
    /// excluded.
    fn round(&mut self, workspace: &Workspace<'_>) -> usize {
        loop {
            let (sources, findings) = (&self.compiled.sources, &self.compiled.diagnostics);
            let editable = editable(&self.input);
            let free = |path: &String| editable.contains(path) && !self.excluded.contains(path);
            let ids: BTreeSet<FileId> =
                sources.iter().filter(|(_, file)| free(&file.path)).map(|(id, _)| id).collect();
            let chosen = fix::choose(findings, sources, &ids);
            if chosen.is_empty() {
                return 0;
            }
            let texts: BTreeMap<String, String> = fix::apply(&chosen, sources)
                .into_iter()
                .map(|(id, text)| (sources.file(id).path.clone(), text))
                .collect();
            let input = with_texts(&self.input, &texts);
            let compiled = workspace.compile(input.clone(), None);
            let before = fix::errors(findings, sources);
            let grown = fix::grown(&before, &fix::errors(&compiled.diagnostics, &compiled.sources));
            if grown.is_empty() {
                let count = chosen.len();
                (self.input, self.compiled) = (input, compiled);
                return count;
            }
            // If only files without edits got worse, any of the edits may be the cause.
            let (worse, others): (Vec<String>, Vec<String>) =
                texts.into_keys().partition(|path| grown.contains(path));
            self.excluded.extend(if worse.is_empty() { others } else { worse });
        }
    }
}

fn files(input: &Input) -> impl Iterator<Item = &RawFile> {
    input.files.iter().chain(&input.manifest)
}

/// The paths of the policy files and the manifest that are valid text. A path that is ambiguous
/// (not UTF-8, or shared by two files) is left out.
fn editable(input: &Input) -> BTreeSet<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files(input) {
        *seen.entry(&file.path).or_default() += 1;
    }
    let is_text = |bytes: &Vec<u8>| std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
    files(input)
        .filter(|file| file.path.ends_with(".prec") || file.path == manifest::FILE_NAME)
        .filter(|file| {
            seen.get(&*file.path) == Some(&1) && !file.path.contains(char::REPLACEMENT_CHARACTER)
        })
        .filter(|file| file.content.as_ref().is_ok_and(is_text))
        .map(|file| file.path.clone())
        .collect()
}

/// The input with new texts for some of its files. A byte order mark is kept: the texts do not
/// include it.
fn with_texts(input: &Input, texts: &BTreeMap<String, String>) -> Input {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let mut input = input.clone();
    for file in input.files.iter_mut().chain(&mut input.manifest) {
        if let (Some(text), Ok(bytes)) = (texts.get(&file.path), &mut file.content) {
            bytes.truncate(if bytes.starts_with(MARK) { MARK.len() } else { 0 });
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    input
}

fn changes(before: &Input, after: &Input) -> Vec<FileChange> {
    let pairs = files(before).zip(files(after));
    let mut changes: Vec<FileChange> = pairs
        .filter_map(|(before, after)| match (&before.content, &after.content) {
            (Ok(old), Ok(new)) if old != new => Some(FileChange {
                path: before.path.clone(),
                before: old.clone(),
                after: new.clone(),
            }),
            _ => None,
        })
        .collect();
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

impl Fixed {
    /// `3 fixes in 2 files`.
    pub fn summary(&self) -> String {
        let done = format!(
            "{} in {}",
            count(self.fixes as u64, "fix"),
            count(self.changes.len() as u64, "file")
        );
        let left: Vec<String> =
            self.unparsed.iter().map(|path| format!("`{}`", escape_control_chars(path))).collect();
        match left.len() {
            0 => done,
            1 => format!(
                "{done}; {} is unchanged, because it would still have syntax errors",
                left[0]
            ),
            _ => format!(
                "{done}; {} are unchanged, because they would still have syntax errors",
                left.join(", ")
            ),
        }
    }

    /// The same, with what came of the workspace afterwards.
    pub fn with_compiled(self, compiled: Compiled) -> Fixed {
        Fixed { compiled, ..self }
    }

    /// Whether the manifest is among the changed files.
    pub fn changes_manifest(&self) -> bool {
        self.changes.iter().any(|change| change.path == manifest::FILE_NAME)
    }

    /// The changes as one unified diff, with a folder before the paths: empty, or with a `/` at the
    /// end.
    pub fn diff(&self, folder: &str) -> String {
        let one = |change: &FileChange| {
            let (before, after) =
                (String::from_utf8_lossy(&change.before), String::from_utf8_lossy(&change.after));
            let path = format!("{folder}{}", change.path);
            let name = escape_control_chars(&path);
            TextDiff::from_lines(&before, &after).unified_diff().header(&name, &name).to_string()
        };
        self.changes.iter().map(one).collect()
    }

    /// Writes the changed files below the workspace folder, unless one has changed since it was
    /// read.
    pub fn write(&self, root: &Path) -> Result<Rewritten, CliError> {
        let files = self.changes.iter().map(|change| Rewrite {
            path: root.join(&change.path),
            before: &change.before,
            after: &change.after,
        });
        write::rewrite(&files.collect::<Vec<_>>())
    }
}
