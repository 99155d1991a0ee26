//! The policies of each commit. Identical ones are compiled only once.

use crate::cli::error::{About, CliError, failure};
use crate::cli::git::{Folder, GitTree, Id, Repository};
use crate::cli::load::Workspace;
use crate::cli::side::{elsewhere, manifests};
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::syntax::KnownTrees;
use precedent::workspace::files::Place;
use precedent::workspace::files::is_workspace;
use precedent::workspace::tree::Tree;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// The policies of a commit.
pub enum Version {
    /// All pairs of them: a permission is followed through versions in which the session could not
    /// be started.
    Compiled(Arc<Matrix>),
    /// They do not compile.
    Broken,
    /// The workspace does not exist.
    Absent,
}

impl Version {
    /// A version that compiles.
    pub fn new(ir: &Arc<Ir>) -> Version {
        let mut matrix = Matrix::new(ir);
        matrix.all_pairs = true;
        Version::Compiled(Arc::new(matrix))
    }
}

/// The most versions to keep in memory. Few are enough, because a change and its revert are usually
/// close together, and each version takes as much memory as its policies.
const MAX_KEPT: usize = 8;

/// Compiles the versions of a workspace on demand.
pub struct Versions<'r> {
    pub repository: &'r Repository,
    place: Place,
    folder: PathBuf,
    objects: Folder<'r>,
    newest: Option<Id>,
    /// Most recently used last.
    kept: Vec<Kept>,
    known: KnownTrees,
    /// What a reader should know about the history.
    pub notes: Vec<String>,
}

struct Kept {
    folder: Id,
    whole: Id,
    /// Whether anything outside the folder was used.
    strayed: bool,
    version: Rc<Version>,
}

impl<'r> Versions<'r> {
    /// For the policies at a place, in the history of the newest commit.
    pub fn new(repository: &'r Repository, place: Place, newest: Option<Id>) -> Self {
        let folder = match &place {
            Place::Folder(folder) => folder.clone(),
            Place::File(path) | Place::CompiledFile(path) => {
                path.parent().map(PathBuf::from).unwrap_or_default()
            }
        };
        let objects = Folder::new(repository, &folder);
        let (kept, known, notes) = Default::default();
        Versions { repository, place, folder, objects, newest, kept, known, notes }
    }

    /// The version of a commit. Identical versions are the same pointer.
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
                    self.note_absence(&tree, commit)?;
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

    fn compile(&mut self, tree: &GitTree, commit: Id) -> Result<Version, CliError> {
        if matches!(&self.place, Place::File(path) if !tree.has(path)) {
            return Ok(Version::Absent);
        }
        let Ok(mut workspace) = Workspace::at(tree, self.place.clone()) else {
            return Ok(Version::Absent);
        };
        let input = std::mem::take(&mut workspace.input);
        let compiled = workspace.compile_without_lints(input, &mut self.known);
        if tree.incomplete() {
            let short = self.repository.describe(commit)?.short;
            let help =
                "in a partial clone, `git fetch --refetch --no-filter` fetches the rest".to_owned();
            let message = format!("the policies of {short} are not all in this clone");
            return Err(failure(About::IncompleteClone, message, help));
        }
        Ok(compiled.ir.map_or(Version::Broken, |ir| Version::new(&ir)))
    }

    /// If the workspace was moved, its history begins with the move. Notes where it was before.
    fn note_absence(&mut self, tree: &GitTree, commit: Id) -> Result<(), CliError> {
        let Some(newest) = self.newest.filter(|_| self.notes.is_empty()) else { return Ok(()) };
        let newest = self.repository.tree_of(newest)?;
        let former: Vec<PathBuf> =
            elsewhere(tree).into_iter().filter(|folder| !is_workspace(&newest, folder)).collect();
        if !former.is_empty() {
            let short = self.repository.describe(commit)?.short;
            let (folder, there) = (self.folder.display(), manifests(&former));
            self.notes.push(format!(
                "{short} has no `{folder}`, but {there}: use `{short}:PATH` to continue from there"
            ));
        }
        Ok(())
    }
}
