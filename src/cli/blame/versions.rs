//! The policies of commits, each compiled once however many commits have them.

use crate::cli::error::{CliError, usage};
use crate::cli::git::{Folder, GitTree, Id, Repository};
use crate::cli::load::Workspace;
use crate::cli::side::{elsewhere, manifests};
use precedent::ir::Ir;
use precedent::workspace::files::Place;
use precedent::workspace::files::is_workspace;
use precedent::workspace::tree::Tree;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub enum Version {
    Compiled(Arc<Ir>),
    Broken,
    /// The workspace does not exist.
    Absent,
}

/// The most versions that are kept: a change and its revert are seldom far apart, and each is as
/// large as its policies.
const MAX_KEPT: usize = 8;

pub struct Versions<'r> {
    pub repository: &'r Repository,
    place: Place,
    folder: PathBuf,
    objects: Folder<'r>,
    newest: Option<Id>,
    /// The last used at the end.
    kept: Vec<Kept>,
    pub remarks: Vec<String>,
}

struct Kept {
    folder: Id,
    whole: Id,
    /// Whether more than the folder was looked at.
    strayed: bool,
    version: Rc<Version>,
}

impl<'r> Versions<'r> {
    /// For the policies at a place, in the commits that lead to one.
    pub fn new(repository: &'r Repository, place: Place, newest: Option<Id>) -> Self {
        let folder = match &place {
            Place::Folder(folder) => folder.clone(),
            Place::File(path) | Place::CompiledFile(path) => {
                path.parent().map(PathBuf::from).unwrap_or_default()
            }
        };
        let objects = Folder::new(repository, &folder);
        Versions {
            repository,
            place,
            folder,
            objects,
            newest,
            kept: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// The version of a commit. Equal ones are the same one.
    pub fn at(&mut self, commit: Id) -> Result<Rc<Version>, CliError> {
        let (folder, whole) = self.objects.at(commit)?;
        let same = |kept: &Kept| match kept.strayed {
            true => kept.whole == whole,
            false => Some(kept.folder) == folder,
        };
        let kept = match self.kept.iter().position(same) {
            Some(at) => self.kept.remove(at),
            None => {
                let tree = self.repository.tree_of(commit)?;
                let Some(folder) = tree.settle(&self.folder) else {
                    self.remark_absence(&tree, commit)?;
                    return Ok(Rc::new(Version::Absent));
                };
                let version = Rc::new(self.compile(&tree, commit)?);
                Kept { folder, whole, strayed: tree.strayed(), version }
            }
        };
        let version = Rc::clone(&kept.version);
        if self.kept.len() == MAX_KEPT {
            self.kept.remove(0);
        }
        self.kept.push(kept);
        Ok(version)
    }

    fn compile(&self, tree: &GitTree, commit: Id) -> Result<Version, CliError> {
        if matches!(&self.place, Place::File(path) if !tree.has(path)) {
            return Ok(Version::Absent);
        }
        let Ok(mut workspace) = Workspace::at(tree, self.place.clone()) else {
            return Ok(Version::Absent);
        };
        let input = std::mem::take(&mut workspace.input);
        let compiled = workspace.compile_without_lints(input);
        if tree.incomplete() {
            let short = self.repository.describe(commit)?.short;
            let help = "a partial clone fetches the rest with `git fetch --refetch --no-filter`"
                .to_owned();
            return Err(usage(format!("the policies of {short} are not all in this clone"), help));
        }
        Ok(compiled.ir.map_or(Version::Broken, Version::Compiled))
    }

    /// A workspace that has moved begins where it came to be; where it was before is worth a word.
    fn remark_absence(&mut self, tree: &GitTree, commit: Id) -> Result<(), CliError> {
        let Some(newest) = self.newest.filter(|_| self.remarks.is_empty()) else { return Ok(()) };
        let newest = self.repository.tree_of(newest)?;
        let gone: Vec<PathBuf> =
            elsewhere(tree).into_iter().filter(|folder| !is_workspace(&newest, folder)).collect();
        if !gone.is_empty() {
            let short = self.repository.describe(commit)?.short;
            let (folder, there) = (self.folder.display(), manifests(&gone));
            self.remarks.push(format!(
                "{short} has no `{folder}`, but {there}: `{short}:PATH` looks back from there"
            ));
        }
        Ok(())
    }
}
