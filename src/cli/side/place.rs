//! Where a workspace is in a revision.

use crate::cli::error::{About, CliError, failure};
use crate::cli::git::GitTree;
use precedent::workspace::files::Place;
use precedent::workspace::files::is_workspace;
use precedent::workspace::manifest;
use precedent::workspace::tree::{Tree, Unresolved};
use std::path::{Path, PathBuf};

/// Where a workspace is in the repository.
#[derive(Clone, Debug)]
pub(super) enum Where {
    /// A path from the command line. What it is may differ from revision to revision.
    Named(PathBuf),
    /// What it is on disk, and whether there is a manifest.
    Here(Place, bool),
}

/// Finds a workspace in a revision. The text is a note for the reader about where it is.
pub(super) fn place(
    tree: &GitTree,
    label: &str,
    place: Where,
) -> Result<(Place, Option<String>), CliError> {
    let path = match &place {
        Where::Named(path)
        | Where::Here(Place::Folder(path) | Place::File(path) | Place::CompiledFile(path), _) => {
            path
        }
    };
    let shown = shown(path);
    let real = match tree.resolve(path) {
        Ok(real) => real,
        Err(Unresolved::Unreadable(why)) => {
            let message = format!("{shown} cannot be read in {label}: {why}");
            return Err(failure(About::NotInRevision, message, None));
        }
        Err(_) => {
            let help = match elsewhere(tree).as_slice() {
                [] => "if the policies are new, compare with an empty file: \
                       `touch empty.prec`, then `precedent diff empty.prec NEW`"
                    .into(),
                found => format!("{}: name the folder, as in `main:policies`", manifests(found)),
            };
            let message = format!("there is no {shown} in {label}");
            return Err(failure(About::NotInRevision, message, help));
        }
    };
    Ok(match (&place, real.is_folder) {
        (Where::Here(Place::Folder(_), true), true) if !is_workspace(tree, &real.path) => {
            // Without this note, a workspace that has moved would look like an empty one.
            let found = elsewhere(tree);
            let note =
                format!("no `{}` in {shown}, but {}", manifest::FILE_NAME, manifests(&found));
            (Place::of_folder(tree, &real.path), (!found.is_empty()).then_some(note))
        }
        (_, true) => (Place::of_folder(tree, &real.path), None),
        (Where::Here(Place::File(_), _), false) => (Place::File(real.path), None),
        (_, false) => (Place::of_file(tree, &real.path), None),
    })
}

/// Folders of a revision that have a manifest: the first few.
pub fn elsewhere(tree: &GitTree) -> Vec<PathBuf> {
    /// Bounds the search, which is only for a hint.
    const MAX_FOLDERS: usize = 2_000;
    const MAX_NAMED: usize = 3;
    let mut open = std::collections::VecDeque::from([PathBuf::new()]);
    let mut found = Vec::new();
    for _ in 0..MAX_FOLDERS {
        let Some(folder) = open.pop_front() else { break };
        open.extend(tree.folders(&folder));
        if is_workspace(tree, &folder) {
            found.push(folder);
        }
        if found.len() == MAX_NAMED {
            break;
        }
    }
    found
}

/// Says where the manifests are.
pub fn manifests(folders: &[PathBuf]) -> String {
    let folders: Vec<String> = folders.iter().map(|folder| shown(folder)).collect();
    format!("`{}` is in {}", manifest::FILE_NAME, folders.join(", "))
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { "`.`".to_owned() } else { format!("`{}`", folder.display()) }
}
