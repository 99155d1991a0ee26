//! Files of a workspace on disk that a sparse checkout of git leaves out. They are told as files
//! that cannot be read: what nobody looked at does not pass.

use super::disk::DISK;
use super::git::Repository;
use precedent::workspace::files;
use precedent::workspace::tree::Tree;
use precedent::workspace::{RawFile, ReadError};
use std::fs;
use std::path::Path;

/// The policy files of the workspace in a folder that are in git's index, and not on the disk.
pub fn left_out(root: &Path) -> Vec<RawFile> {
    if has_patterns(root) { not_checked_out(root).unwrap_or_default() } else { Vec::new() }
}

/// Whether git was ever told to leave files out here. Asking git itself takes longer than most
/// checks do.
fn has_patterns(root: &Path) -> bool {
    let Ok(root) = fs::canonicalize(root) else { return false };
    let Some(folder) = root.ancestors().find(|folder| DISK.has(&folder.join(".git"))) else {
        return false;
    };
    let git = folder.join(".git");
    // In a further working tree, it is a file that names the folder.
    let git = match fs::read_to_string(&git) {
        Ok(text) => folder.join(text.trim().trim_start_matches("gitdir: ")),
        Err(_) => git,
    };
    DISK.has(&git.join("info").join("sparse-checkout"))
}

fn not_checked_out(root: &Path) -> Option<Vec<RawFile>> {
    let repository = Repository::around(root).ok()??;
    let folder = repository.below_root(root)?;
    let index = repository.index().ok().filter(|index| index.is_sparse())?;
    let all = files::files(&index, &folder).files.into_iter().filter(RawFile::is_policy);
    let missing = all.filter(|file| {
        index.is_left_out(&folder.join(&file.path)) && !DISK.has(&root.join(&file.path))
    });
    let told = missing.map(|file| {
        let why = "it is not checked out; `git sparse-checkout add` with its folder does that";
        RawFile { content: Err(ReadError::Unreadable(why.to_owned())), ..file }
    });
    Some(told.collect())
}
