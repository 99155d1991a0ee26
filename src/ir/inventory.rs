//! Which files hold inventory: those that the manifest's `[diff] inventory` matches.

use super::Ir;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// A pattern of paths: `*` does not match `/`.
///
/// # Errors
///
/// If the pattern is invalid.
pub fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

impl Ir {
    /// The patterns of the manifest for files with inventory. Invalid ones, which only a compiled
    /// file from elsewhere can have, match nothing.
    pub fn inventory(&self) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for glob in self.tables.inventory.iter().filter_map(|pattern| glob(pattern).ok()) {
            set.add(glob);
        }
        set.build().unwrap_or_default()
    }
}
