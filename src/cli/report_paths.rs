//! Which folder the paths in a report for another program are relative to.

use std::fs;
use std::path::{Path, PathBuf};

/// The path from the root of the repository to a folder in it: empty, or ending with `/`. Code
/// hosts show a file only by its path from there, wherever the command was run.
///
/// Outside of a repository, it is the path from the current folder if the folder lies below that.
/// Otherwise it is empty, since no program could follow a path that leads upward.
pub fn from_repository(folder: &Path) -> String {
    let Ok(folder) = fs::canonicalize(folder) else { return String::new() };
    // A worktree or a submodule has a file `.git`, and any other repository a folder.
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned);
    let root = root.or_else(|| current().filter(|here| folder.starts_with(here)));
    match root.as_deref().and_then(|root| folder.strip_prefix(root).ok()) {
        Some(below) => joined(below.components().map(|part| part.as_os_str().to_string_lossy())),
        None => String::new(),
    }
}

/// The path from the current folder to another: empty, or ending with `/`. reviewdog adds the path
/// from the root of the repository to the current folder itself.
pub fn from_current(folder: &Path) -> String {
    let (Some(here), Ok(there)) = (current(), fs::canonicalize(folder)) else {
        return String::new();
    };
    let shared = here.components().zip(there.components()).take_while(|(a, b)| a == b).count();
    let up = here.components().skip(shared).map(|_| "..".into());
    let down = there.components().skip(shared).map(|part| part.as_os_str().to_string_lossy());
    joined(up.chain(down))
}

fn joined<'p>(parts: impl Iterator<Item = std::borrow::Cow<'p, str>>) -> String {
    parts.map(|part| format!("{part}/")).collect()
}

fn current() -> Option<PathBuf> {
    fs::canonicalize(".").ok()
}
