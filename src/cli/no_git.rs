//! Stands in for `git` in a build without the feature of that name: there is never a repository, so
//! nothing of it can be called, and an argument that names a revision gets an error that says why.

#[path = "git/name.rs"]
pub mod name;

use super::error::{About, CliError, failure};
use precedent::workspace::ReadError;
use precedent::workspace::tree::{Entry, Real, Tree, Unresolved};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

/// A repository, of which this build has none.
#[derive(Clone)]
pub struct Repository {
    pub work_tree: Option<PathBuf>,
    pub is_named: bool,
    never: Infallible,
}

/// A revision of it.
pub struct Revision(Infallible);

/// The files of a revision.
pub struct GitTree(Infallible);

/// The id of a commit.
pub type Id = Infallible;

fn without_git() -> CliError {
    let message = "this build of precedent cannot read git revisions";
    let help = "build it with the feature `git`, which is on by default".to_owned();
    failure(About::Repository, message, help)
}

/// `precedent blame`, which needs them.
pub mod blame {
    use crate::cli::error::CliError;
    use crate::cli::output::Output;

    /// Show since when a session or account has its permissions, and who changed them
    #[derive(clap::Args)]
    pub struct Arguments {
        #[arg(num_args = 0.., trailing_var_arg = true, allow_hyphen_values = true)]
        any: Vec<String>,
    }

    pub fn run(_: &Arguments, _: &mut Output) -> Result<u8, CliError> {
        Err(super::without_git())
    }
}

impl Repository {
    pub fn around(folder: &Path) -> Result<Option<Repository>, CliError> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        if !folder.ancestors().any(|folder| folder.join(".git").exists()) {
            return Ok(None);
        }
        Err(without_git())
    }

    pub fn below_root(&self, _: &Path) -> Option<PathBuf> {
        match self.never {}
    }

    pub fn ignored<'p>(
        &self,
        _: impl Iterator<Item = &'p Path>,
    ) -> Result<BTreeSet<PathBuf>, CliError> {
        match self.never {}
    }

    pub fn is_shallow(&self) -> bool {
        match self.never {}
    }

    pub fn revision(&self, _: &str) -> Result<Option<Revision>, CliError> {
        match self.never {}
    }

    pub fn merge_base(&self, _: &Revision, _: &Revision) -> Result<Revision, CliError> {
        match self.never {}
    }

    pub fn suggestion(&self, _: &str) -> Option<String> {
        match self.never {}
    }

    pub fn knows(&self, _: &str) -> bool {
        match self.never {}
    }

    pub fn tree(&self, _: &Revision) -> GitTree {
        match self.never {}
    }

    pub fn index(&self) -> Result<GitTree, CliError> {
        match self.never {}
    }
}

impl Revision {
    pub fn label(&self, _: Option<&Path>) -> String {
        match self.0 {}
    }

    pub fn commit(&self) -> Option<Id> {
        match self.0 {}
    }
}

impl GitTree {
    pub fn is_same(&self, _: &GitTree) -> bool {
        match self.0 {}
    }

    pub fn folders(&self, _: &Path) -> Vec<PathBuf> {
        match self.0 {}
    }

    pub fn is_sparse(&self) -> bool {
        match self.0 {}
    }

    pub fn is_left_out(&self, _: &Path) -> bool {
        match self.0 {}
    }

    pub fn left_out(&self) -> Vec<String> {
        match self.0 {}
    }
}

impl Tree for GitTree {
    fn entries(&self, _: &Path) -> Result<Vec<Entry>, String> {
        match self.0 {}
    }

    fn has(&self, _: &Path) -> bool {
        match self.0 {}
    }

    fn resolve(&self, _: &Path) -> Result<Real, Unresolved> {
        match self.0 {}
    }

    fn read(&self, _: &Path) -> Result<Vec<u8>, ReadError> {
        match self.0 {}
    }

    fn read_compiled(&self, _: &Path) -> std::io::Result<Vec<u8>> {
        match self.0 {}
    }
}
