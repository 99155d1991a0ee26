//! Changes of the files of a workspace: shown as a patch, or written.

use super::error::CliError;
use super::write::{self, Rewrite, Rewritten};
use precedent::text::line_diff::patch;
use precedent::text::{escape_control_chars, escape_in_lines};
use precedent::workspace::manifest;
use precedent::workspace::{Input, RawFile};
use std::path::Path;

/// Files with their old and their new content, in the order of their paths.
pub struct FileChanges(Vec<FileChange>);

struct FileChange {
    path: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// The policy files of a workspace, and its manifest.
pub fn files_of(input: &Input) -> impl Iterator<Item = &RawFile> {
    input.files.iter().chain(&input.manifest)
}

impl FileChanges {
    /// What differs between two states of the same files.
    pub fn between(before: &Input, after: &Input) -> FileChanges {
        let pairs = files_of(before).zip(files_of(after));
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
        FileChanges(changes)
    }

    /// How many files change.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the manifest is among the changed files.
    pub fn change_manifest(&self) -> bool {
        self.0.iter().any(|change| change.path == manifest::FILE_NAME)
    }

    /// The changes as one unified diff, with a folder before the paths: empty, or with a `/` at the
    /// end.
    pub fn patch(&self, folder: &str) -> String {
        let one = |change: &FileChange| {
            let (before, after) =
                (String::from_utf8_lossy(&change.before), String::from_utf8_lossy(&change.after));
            let path = format!("{folder}{}", change.path);
            let name = escape_control_chars(&path);
            escape_in_lines(&patch(&name, &before, &after)).into_owned()
        };
        self.0.iter().map(one).collect()
    }

    /// Whether a patch shows some of the text in another way than it is.
    pub fn have_hidden_characters(&self) -> bool {
        let is_changed = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            escape_in_lines(&text) != text
        };
        self.0.iter().any(|change| is_changed(&change.before) || is_changed(&change.after))
    }

    /// Writes the changed files below the workspace folder, unless one has changed since it was
    /// read.
    pub fn write(&self, root: &Path) -> Result<Rewritten, CliError> {
        let files = self.0.iter().map(|change| Rewrite {
            path: root.join(&change.path),
            before: &change.before,
            after: &change.after,
        });
        write::rewrite(&files.collect::<Vec<_>>())
    }
}
