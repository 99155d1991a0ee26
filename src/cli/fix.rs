//! `precedent check --fix` and `--diff`: rounds of fixing in memory, and writing what came of them.

use super::error::CliError;
use super::load::Workspace;
use super::write::{self, Rewrite};
use precedent::diagnostic::{Code, Diagnostic, fix};
use precedent::source::FileId;
use precedent::syntax;
use precedent::text::escape_control_chars;
use precedent::workspace::manifest;
use precedent::workspace::{Compiled, Input, RawFile};
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A fix can uncover a finding that has one too; a chain longer than this goes nowhere.
const MAX_ROUNDS: usize = 10;

/// What fixing came to. Nothing is written yet.
pub struct Fixed {
    pub fixes: usize,
    pub changes: Vec<Change>,
    /// Files that have certain fixes and could not be read after them either: they stay as they
    /// are.
    unreadable: BTreeSet<String>,
    /// What is left when the changes are made.
    pub compiled: Compiled,
}

/// A file that would be another.
pub struct Change {
    path: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Applies fixes until there are none, no more than so often. A file that still has errors of
/// syntax then is left alone, and all is done again without it.
pub fn fix(workspace: &Workspace<'_>, compiled: Compiled) -> Fixed {
    let mut unreadable = BTreeSet::new();
    let mut state = State { input: workspace.input.clone(), compiled, held: BTreeSet::new() };
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
            return Fixed { fixes, changes, unreadable, compiled: state.compiled };
        }
        unreadable.extend(broken.iter().cloned());
        state.held.extend(broken);
        state.input = workspace.input.clone();
        state.compiled = workspace.compile(state.input.clone(), None);
    }
}

/// Whether a file of a workspace cannot be read as what it is.
fn is_broken(compiled: &Compiled, path: &str) -> bool {
    let mut files = compiled.sources.iter().filter(|(_, file)| file.path == path);
    if path == manifest::FILE_NAME {
        return files.any(|(id, _)| {
            let of_it = |found: &&Diagnostic| {
                found.primary.span.file == id && found.code == Code::MANIFEST_SYNTAX
            };
            compiled.diagnostics.iter().any(|found| of_it(&found))
        });
    }
    files.any(|(id, file)| !syntax::parse(id, file).1.is_empty())
}

struct State {
    input: Input,
    compiled: Compiled,
    /// Paths of files that fixing made worse: they stay as they are.
    held: BTreeSet<String>,
}

impl State {
    /// Applies the fixes that go together, and says how many they were. Files that would get worse
    /// are left out.
    fn round(&mut self, workspace: &Workspace<'_>) -> usize {
        loop {
            let (sources, findings) = (&self.compiled.sources, &self.compiled.diagnostics);
            let editable = editable(&self.input);
            let free = |path: &String| editable.contains(path) && !self.held.contains(path);
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
            // Where only files that were not edited got worse, any of the edits may be the cause.
            let (worse, others): (Vec<String>, Vec<String>) =
                texts.into_keys().partition(|path| grown.contains(path));
            self.held.extend(if worse.is_empty() { others } else { worse });
        }
    }
}

fn files(input: &Input) -> impl Iterator<Item = &RawFile> {
    input.files.iter().chain(&input.manifest)
}

/// The paths of the policy files and the manifest that are text all through. What only looks like a
/// path (a name that is no UTF-8, one that two files share) is none.
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

/// The input with other texts for some of its files. A byte order mark stays, since sources know
/// nothing of it.
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

fn changes(before: &Input, after: &Input) -> Vec<Change> {
    let pairs = files(before).zip(files(after));
    let mut changes: Vec<Change> = pairs
        .filter_map(|(before, after)| match (&before.content, &after.content) {
            (Ok(old), Ok(new)) if old != new => {
                Some(Change { path: before.path.clone(), before: old.clone(), after: new.clone() })
            }
            _ => None,
        })
        .collect();
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

impl Fixed {
    /// `3 fixes in 2 files`.
    pub fn summary(&self) -> String {
        let count = |count: usize, one: &str, many: &str| {
            format!("{count} {}", if count == 1 { one } else { many })
        };
        let done = format!(
            "{} in {}",
            count(self.fixes, "fix", "fixes"),
            count(self.changes.len(), "file", "files")
        );
        let left: Vec<String> = self
            .unreadable
            .iter()
            .map(|path| format!("`{}`", escape_control_chars(path)))
            .collect();
        match left.len() {
            0 => done,
            1 => format!(
                "{done}; {} is left alone, as it could not be read after its fixes either",
                left[0]
            ),
            _ => format!(
                "{done}; {} are left alone, as they could not be read after their fixes either",
                left.join(", ")
            ),
        }
    }

    /// The changes as one unified diff.
    pub fn diff(&self) -> String {
        let one = |change: &Change| {
            let (before, after) =
                (String::from_utf8_lossy(&change.before), String::from_utf8_lossy(&change.after));
            let name = escape_control_chars(&change.path);
            TextDiff::from_lines(&before, &after).unified_diff().header(&name, &name).to_string()
        };
        self.changes.iter().map(one).collect()
    }

    pub fn write(&self, root: &Path) -> Result<(), CliError> {
        let files = self.changes.iter().map(|change| Rewrite {
            path: root.join(&change.path),
            before: &change.before,
            after: &change.after,
        });
        write::rewrite(&files.collect::<Vec<_>>())
    }
}
