//! Where a workspace is in a revision.

use crate::cli::error::{CliError, usage};
use crate::cli::git::GitTree;
use precedent::workspace::files::Place;
use precedent::workspace::files::is_workspace;
use precedent::workspace::manifest;
use precedent::workspace::tree::{Tree, Unresolved};
use std::path::{Path, PathBuf};

/// Where a workspace is in the repository.
#[derive(Clone, Debug)]
pub(super) enum Where {
    /// As somebody names it: what stands there may differ from revision to revision.
    Named(PathBuf),
    /// As the disk has it, and whether there is a manifest there.
    Here(Place, bool),
}

/// A workspace in a revision, and what should be said of where it is.
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
            return Err(usage(format!("{shown} cannot be read in {label}: {why}"), None));
        }
        Err(_) => {
            let help = match elsewhere(tree).as_slice() {
                [] => "if the policies are new, compare with an empty folder: `precedent diff \"$(mktemp -d)\" NEW`"
                    .into(),
                found => format!("there, {}: name the folder as in `main:policies`", manifests(found)),
            };
            return Err(usage(format!("there is no {shown} in {label}"), help));
        }
    };
    Ok(match (&place, real.is_folder) {
        (Where::Here(Place::Folder(_), true), true) if !is_workspace(tree, &real.path) => {
            // A workspace that has moved would look like an empty one.
            let found = elsewhere(tree);
            let remark =
                format!("no `{}` in {shown}, but {}", manifest::FILE_NAME, manifests(&found));
            (Place::Folder(real.path), (!found.is_empty()).then_some(remark))
        }
        (_, true) => (Place::Folder(real.path), None),
        (Where::Here(Place::File(_), _), false) => (Place::File(real.path), None),
        (_, false) => (Place::of_file(tree, &real.path), None),
    })
}

/// The folders of a revision that have a manifest, some of many.
pub fn elsewhere(tree: &GitTree) -> Vec<PathBuf> {
    /// Nobody waits for a list of all workspaces.
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

pub fn manifests(folders: &[PathBuf]) -> String {
    let folders: Vec<String> = folders.iter().map(|folder| shown(folder)).collect();
    format!("`{}` is in {}", manifest::FILE_NAME, folders.join(", "))
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { "`.`".to_owned() } else { format!("`{}`", folder.display()) }
}
