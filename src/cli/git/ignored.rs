//! Files of the working tree that git leaves out: ignored, and not tracked.

use super::{Repository, failed};
use crate::cli::error::CliError;
use gix::bstr::BString;
use gix::config::{File, Source, tree::Core};
use gix::worktree::stack::state::ignore::Source as Patterns;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

impl Repository {
    /// Those of some paths below the root of the repository that git ignores. What is tracked is
    /// never ignored.
    pub fn ignored<'p>(
        &self,
        paths: impl Iterator<Item = &'p Path>,
    ) -> Result<BTreeSet<PathBuf>, CliError> {
        let unreadable =
            |error: gix::Error| failed("the files that git ignores cannot be determined", &error);
        let mut repository = self.inner.clone();
        repository.set_workdir(self.work_tree.clone()).map_err(unreadable)?;
        let own = repository.config_snapshot().string(Core::EXCLUDES_FILE).is_some();
        if let Some(file) = users_file().filter(|_| !own) {
            let mut config = repository.config_snapshot_mut();
            config.set_value(&Core::EXCLUDES_FILE, &*file).map_err(unreadable)?;
            config.commit().map_err(unreadable)?;
        }
        let index = repository.index_or_empty().map_err(unreadable)?;
        let patterns = Patterns::WorktreeThenIdMappingIfNotSkipped;
        let mut stack = repository.excludes(&index, None, patterns).map_err(unreadable)?;
        let mut ignored = BTreeSet::new();
        for path in paths {
            let is_tracked = gix::path::into_bstr(path)
                .is_ok_and(|path| index.entry_by_path(path.as_ref()).is_some());
            if !is_tracked && stack.at_path(path, None).map_err(unreadable)?.is_excluded() {
                ignored.insert(path.to_owned());
            }
        }
        Ok(ignored)
    }
}

/// The file with patterns that the user's own configuration names. Of this configuration, nothing
/// else is read.
fn users_file() -> Option<BString> {
    let of = |source: Source| {
        let path = source.storage_location(&mut |name| std::env::var_os(name))?;
        let file = File::from_path_no_includes(path, source).ok()?;
        file.string(Core::EXCLUDES_FILE)
    };
    of(Source::User).or_else(|| of(Source::Git))
}
