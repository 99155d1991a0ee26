//! The revisions of a git repository as trees of files. Only this module uses gix.
//!
//! Nothing is written, not even a refreshed index; no program, hook or filter is run, and nothing
//! is fetched. Only the repository's own configuration is read, regardless of its owner: it is
//! needed for upstream branches, and no program that it names is run. `GIT_DIR`, `GIT_WORK_TREE`
//! and `GIT_INDEX_FILE` mean what they mean to git, so that a hook sees the commit being made.

mod history;
mod index;
mod items;
pub mod name;
mod revision;
mod tree;

use super::error::{About, CliError, failure};
pub use history::{Folder, Id, Parents};
pub use revision::Revision;
use std::path::{Path, PathBuf};
pub use tree::GitTree;

/// Bytes of objects to cache, complete ones and packed parts.
const OBJECT_CACHE: usize = 4 << 20;
const PACK_CACHE: usize = 16 << 20;

/// A git repository.
pub struct Repository {
    inner: gix::Repository,
    /// The real path of the working tree; a bare repository has none.
    pub work_tree: Option<PathBuf>,
}

impl Repository {
    /// The repository around a folder, if there is one.
    pub fn around(folder: &Path) -> Result<Option<Repository>, CliError> {
        let discovery = gix::discover::upwards::Options {
            match_ceiling_dir_or_error: false,
            ..Default::default()
        };
        let mut permissions = gix::open::Permissions::isolated();
        permissions.env.git_prefix = gix::sec::Permission::Allow;
        permissions.env.objects = gix::sec::Permission::Allow;
        let options =
            gix::open::Options::default().permissions(permissions).filter_config_section(|_| true);
        let by_trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
        let found = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
            folder, discovery, by_trust,
        );
        let mut inner = match found {
            Ok(found) => found.to_thread_local(),
            Err(error) if error.classify().is_not_found() => return Ok(None),
            Err(error) => return Err(failed("the git repository cannot be read", &error)),
        };
        // The commits and folders that lead to a file are read many times, and each is stored as a
        // difference from others.
        inner.object_cache_size_if_unset(OBJECT_CACHE);
        inner.objects.set_pack_cache(|| {
            Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE))
        });
        let work_tree = inner.workdir().and_then(|folder| std::fs::canonicalize(folder).ok());
        Ok(Some(Repository { inner, work_tree }))
    }

    /// A path on disk as a path below the root of the repository, if it is in the working tree.
    pub fn below_root(&self, path: &Path) -> Option<PathBuf> {
        let work_tree = self.work_tree.as_ref()?;
        let real = real_path_of_missing(path)?;
        real.strip_prefix(work_tree).ok().map(Path::to_owned)
    }

    /// Whether older history was not fetched.
    pub fn is_shallow(&self) -> bool {
        self.inner.is_shallow().unwrap_or(false)
    }
}

/// The real path of something that may not exist, such as a folder that only another revision has.
fn real_path_of_missing(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let (there, real) = absolute
        .ancestors()
        .find_map(|folder| Some((folder, std::fs::canonicalize(folder).ok()?)))?;
    let rest = absolute.strip_prefix(there).ok()?;
    let mut real = real;
    for part in rest.components() {
        match part {
            std::path::Component::ParentDir => drop(real.pop()),
            part => real.push(part),
        }
    }
    Some(real)
}

/// An error of the object store, with its own message.
fn failed(what: &str, error: &gix::Error) -> CliError {
    failure(About::Repository, format!("{what}: {}", words(error)), None)
}

/// The cause of an error, as one line.
fn words(error: &gix::Error) -> String {
    let text = error.probable_cause().to_string();
    let line = text.lines().next().unwrap_or_default().trim_end_matches(['.', ':']);
    line.to_owned()
}
