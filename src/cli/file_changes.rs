//! Changes of the files of a workspace: shown as a patch, or written.

use super::error::CliError;
use super::write::{self, Rewrite, Rewritten};
use precedent::text::escape_control_chars;
use precedent::text::line_diff::patch;
use precedent::workspace::manifest;
use precedent::workspace::{Input, RawFile};
use std::collections::HashMap;
use std::path::Path;

/// Files with their old and their new content, in the order of their paths.
pub struct FileChanges(Vec<FileChange>);

struct FileChange {
    path: String,
    /// `None` for a new file.
    before: Option<Vec<u8>>,
    after: Vec<u8>,
}

/// The policy files of a workspace, and its manifest.
pub fn files_of(input: &Input) -> impl Iterator<Item = &RawFile> {
    input.files.iter().chain(&input.manifest)
}

impl FileChanges {
    /// What differs between two states of the same files, of which the later one may have more.
    pub fn between(before: &Input, after: &Input) -> FileChanges {
        let old: HashMap<&str, &RawFile> =
            files_of(before).map(|file| (&*file.path, file)).collect();
        let change = |new: &RawFile| {
            let (old, after) = (old.get(&*new.path), new.content.as_ref().ok()?);
            let before = match old {
                Some(old) => Some(old.content.as_ref().ok()?),
                None => None,
            };
            (before != Some(after)).then(|| FileChange {
                path: new.path.clone(),
                before: before.cloned(),
                after: after.clone(),
            })
        };
        let mut changes: Vec<FileChange> = files_of(after).filter_map(change).collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        FileChanges(changes)
    }

    /// How many files change.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The paths of new files.
    pub fn created(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|change| change.before.is_none()).map(|change| &*change.path)
    }

    /// The paths of files of included folders.
    pub fn included(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|change| &*change.path).filter(|path| path.starts_with("../"))
    }

    /// Whether the manifest is among the changed files.
    pub fn change_manifest(&self) -> bool {
        self.0.iter().any(|change| change.path == manifest::FILE_NAME)
    }

    /// The changes as one unified diff, with a folder before the paths: empty, or with a `/` at the
    /// end.
    pub fn patch(&self, folder: &str) -> String {
        let one = |change: &FileChange| {
            let before = change.before.as_deref().unwrap_or_default();
            let (before, after) =
                (String::from_utf8_lossy(before), String::from_utf8_lossy(&change.after));
            let path = format!("{folder}{}", change.path);
            let name = escape_control_chars(&path);
            let mut patch = patch(&name, &before, &after);
            if change.before.is_none() {
                patch = patch.replacen(&format!("--- {name}\n"), "--- /dev/null\n", 1);
            }
            patch
        };
        self.0.iter().map(one).collect()
    }

    /// Writes the changed files below the workspace folder, unless one has changed since it was
    /// read.
    pub fn write(&self, root: &Path) -> Result<Rewritten, CliError> {
        let files = self.0.iter().map(|change| Rewrite {
            path: root.join(&change.path),
            before: change.before.as_deref(),
            after: &change.after,
        });
        write::rewrite(&files.collect::<Vec<_>>())
    }
}
