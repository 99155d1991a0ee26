//! The revisions of a git repository as trees of files. Only this module uses gix.
//!
//! Nothing is written, not even a refreshed index; no program, hook or filter is run, and nothing
//! is fetched. Only the repository's own configuration is read, regardless of its owner: it is
//! needed for upstream branches, and no program that it names is run. `GIT_DIR`, `GIT_WORK_TREE`
//! and `GIT_INDEX_FILE` mean what they mean to git, so that a hook sees the commit being made.

mod history;
mod ignored;
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
#[derive(Clone)]
pub struct Repository {
    inner: gix::Repository,
    /// The real path of the working tree; a bare repository has none.
    pub work_tree: Option<PathBuf>,
    /// Whether the environment names it (`GIT_DIR`), so that it need not be around the current
    /// folder.
    pub is_named: bool,
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
        // Where the user's own list of ignored files may be.
        permissions.env.home = gix::sec::Permission::Allow;
        permissions.env.xdg_config_home = gix::sec::Permission::Allow;
        let options =
            gix::open::Options::default().permissions(permissions).filter_config_section(|_| true);
        let by_trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
        let found = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
            folder, discovery, by_trust,
        );
        let named = std::env::var_os("GIT_DIR");
        let mut inner = match (found, &named) {
            (Ok(found), _) => found.to_thread_local(),
            (Err(error), Some(named)) => {
                let named = Path::new(named).display();
                let why = match error.classify().is_not_found() {
                    true => "is not a git repository".to_owned(),
                    false => format!("cannot be read as a git repository: {}", words(&error)),
                };
                return Err(failure(
                    About::Repository,
                    format!("`{named}`, which the environment variable GIT_DIR names, {why}"),
                    None,
                ));
            }
            (Err(error), None) if error.classify().is_not_found() => return Ok(None),
            (Err(error), None) => {
                return Err(failed("the git repository cannot be read", &error));
            }
        };
        // The commits and folders that lead to a file are read many times, and each is stored as a
        // difference from others.
        inner.object_cache_size_if_unset(OBJECT_CACHE);
        inner.objects.set_pack_cache(|| {
            Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE))
        });
        let work_tree = work_tree(&inner, named.is_some())?;
        Ok(Some(Repository { inner, work_tree, is_named: named.is_some() }))
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

/// The real path of the working tree. Where the environment names a repository and nothing says
/// where its working tree is, that is the current folder, as it is to git.
fn work_tree(inner: &gix::Repository, is_named: bool) -> Result<Option<PathBuf>, CliError> {
    let config = inner.config_snapshot();
    let configured = config.string("core.worktree");
    let in_environment = std::env::var_os("GIT_WORK_TREE").is_some();
    let is_said =
        configured.is_some() || in_environment || config.boolean("core.bare") == Some(true);
    // Where the environment names the repository by a relative path, its own setting is not in
    // `workdir`. It is relative to the folder of the repository.
    let own = configured.as_ref().and_then(|path| gix::path::from_bstr(path).ok());
    let own = own.filter(|_| !in_environment).map(|path| inner.git_dir().join(path));
    let folder = match inner.workdir() {
        _ if is_named && !is_said => Some(Path::new(".")),
        folder => folder.or(own.as_deref()),
    };
    let real = folder.map(|folder| {
        std::fs::canonicalize(folder).map_err(|error| {
            let folder = folder.display();
            let message = format!("the working tree `{folder}` cannot be read: {error}");
            let help = "GIT_WORK_TREE, or `core.worktree` in the configuration of the repository, \
                        says where it is";
            failure(About::Repository, message, help.to_owned())
        })
    });
    real.transpose()
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
    line(&error.probable_cause().to_string())
}

fn line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end_matches(['.', ':']);
    line.to_owned()
}
