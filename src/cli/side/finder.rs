//! Finds the files that an argument names: revisions by name, workspaces by path.

use super::place::{Where, place};
use super::spec::Spec;
use super::{Files, SideInput, on_disk};
use crate::cli::disk::{DISK, Disk};
use crate::cli::error::{About, CliError, failure};
use crate::cli::git::{Repository, Revision, name};
use crate::cli::load;
use precedent::diagnostic::suggest;
use precedent::workspace::files::Place;
use precedent::workspace::files::is_workspace;
use precedent::workspace::tree::Tree;
use std::path::{Path, PathBuf};

/// One side, with its revision looked up.
pub(super) enum Found<'a> {
    Path(&'a Path),
    Revision(Revision, Option<PathBuf>),
    Index,
    WorkTree,
}

/// Finds the sides of one comparison.
pub(super) struct Finder<'a> {
    pub repository: &'a Repository,
    pub path: Option<&'a Path>,
}

impl Finder<'_> {
    pub(super) fn find<'s>(&self, spec: &Spec<'s>) -> Result<Found<'s>, CliError> {
        Ok(match spec {
            Spec::Path(path) => Found::Path(path),
            Spec::Index => Found::Index,
            Spec::WorkTree => Found::WorkTree,
            Spec::Name(text) => {
                let (revision, path) = self.revision(text)?;
                Found::Revision(revision, path)
            }
            Spec::MergeBase(a, b) => {
                let ((a, path), (b, _)) = (self.revision(a)?, self.revision(b)?);
                Found::Revision(self.repository.merge_base(&a, &b)?, path)
            }
        })
    }

    /// The revision, and the path below the root of the repository, of `REVISION` or
    /// `REVISION:PATH`.
    fn revision(&self, text: &str) -> Result<(Revision, Option<PathBuf>), CliError> {
        let (name, path) = name::path(text);
        let Some(revision) = self.repository.revision(name)? else {
            return Err(self.neither(text, name));
        };
        let path = match path {
            Some(path)
                if path == "."
                    || path.starts_with("./")
                    || path.starts_with("../")
                    || path == ".." =>
            {
                let outside = || {
                    let message = format!("`{path}` is outside the repository");
                    failure(About::NotInRevision, message, None)
                };
                Some(self.repository.below_root(Path::new(path)).ok_or_else(outside)?)
            }
            path => path.map(PathBuf::from),
        };
        Ok((revision, path))
    }

    fn neither(&self, text: &str, name: &str) -> CliError {
        if self.repository.knows(name) {
            let help = "the repository may be damaged, or not have everything: see `git fsck`";
            let message = format!("the commit that `{text}` names cannot be read");
            return failure(About::IncompleteClone, message, help.to_owned());
        }
        let meant = self.repository.suggestion(name).map(|known| suggest::question(&known, name));
        let help = match (name::range(text), meant) {
            (Some(_), _) => "a range is both OLD and NEW: it must be the only argument".to_owned(),
            (None, meant) if self.repository.is_shallow() => {
                let fetch = fetch(name);
                let meant = meant.map(|meant| format!("{meant} ")).unwrap_or_default();
                format!("{meant}this clone is shallow, and may lack it: {fetch}")
            }
            (None, Some(meant)) => meant,
            (None, None) => "a path is a folder, a `.prec` file, or a compiled file; \
                             a revision is a branch, a tag or a commit of this repository"
                .to_owned(),
        };
        failure(About::UnknownRevision, format!("`{text}` is neither a path nor a revision"), help)
    }
}

/// How a branch or tag gets into a clone that lacks it.
fn fetch(name: &str) -> String {
    match name.strip_prefix("origin/") {
        Some(branch) => format!("`git fetch origin {branch}:refs/remotes/{name}` fetches it"),
        None => format!(
            "`git fetch --depth=1 origin {name}` fetches it, and it is called `FETCH_HEAD` then"
        ),
    }
}

/// Where the workspace of a side is.
impl Finder<'_> {
    pub(super) fn side(&self, own: &Found<'_>, other: &Found<'_>) -> Result<SideInput, CliError> {
        let (label, tree) = match own {
            // A path in another repository is in no revision of this one.
            Found::Path(path) => return self.on_disk(path),
            Found::WorkTree => return self.work_tree(self.whereabouts(own, other)?),
            Found::Revision(revision, path) => {
                (revision.label(path.as_deref()), self.repository.tree(revision))
            }
            Found::Index => ("the index".to_owned(), self.repository.index()?),
        };
        let revision = match own {
            Found::Revision(revision, _) => &revision.label(None),
            _ => &label,
        };
        let (place, note) = place(&tree, revision, self.whereabouts(own, other)?)?;
        Ok(SideInput {
            of_git: true,
            notes: note.into_iter().collect(),
            ..SideInput::new(label, Files::Git(Box::new(tree)), place)
        })
    }

    /// A path that is compared with a revision. Of a path in the repository, what git ignores is
    /// left out, unless it is the path itself.
    fn on_disk(&self, path: &Path) -> Result<SideInput, CliError> {
        let Some(below_root) = self.repository.below_root(path) else {
            return on_disk(path, true);
        };
        let is_ignored = !self.repository.ignored(std::iter::once(&*below_root))?.is_empty();
        let repository = (!is_ignored).then(|| self.repository.clone());
        Ok(SideInput { repository, ..on_disk(path, false)? })
    }

    pub(super) fn work_tree(&self, place: Where) -> Result<SideInput, CliError> {
        let Some(root) = &self.repository.work_tree else {
            let help = "give NEW: `precedent diff OLD NEW`".to_owned();
            let message = "the repository is bare: it has no work tree to compare with";
            return Err(failure(About::Repository, message, help));
        };
        if let Where::Here(Place::Folder(folder), _) | Where::Named(folder) = &place {
            self.checked_out(folder)?;
        }
        let place = match place {
            Where::Here(Place::Folder(path), _) => Place::Folder(root.join(path)),
            Where::Here(Place::File(path), _) => Place::File(root.join(path)),
            Where::Here(Place::CompiledFile(path), _) => Place::CompiledFile(root.join(path)),
            Where::Named(path) => {
                load::locate(Some(&root.join(&path))).map_err(|error| match error {
                    CliError::NoSuchPath(_) => {
                        let message =
                            format!("there is no `{}` in the working tree", path.display());
                        failure(About::NotInRevision, message, None)
                    }
                    error => error,
                })?
            }
        };
        let files = Files::Disk(Disk { repositories_below: false });
        Ok(SideInput {
            of_git: true,
            repository: Some(self.repository.clone()),
            ..SideInput::new("the working tree".into(), files, place)
        })
    }

    /// Fails if a sparse checkout leaves out policy files of a workspace, which would look removed.
    fn checked_out(&self, folder: &Path) -> Result<(), CliError> {
        let index = self.repository.index()?;
        if !index.is_sparse() {
            return Ok(());
        }
        let files = precedent::workspace::files::files(&index, folder).files;
        let policies = files.iter().filter(|file| file.is_policy());
        let left_out: Vec<PathBuf> = policies.map(|file| folder.join(&file.path)).collect();
        let mut left_out =
            left_out.iter().filter(|path| index.is_left_out(path) && !self.is_there(path));
        match (left_out.next(), left_out.count()) {
            (None, _) => Ok(()),
            (Some(first), more) => {
                let more =
                    if more > 0 { format!(" and {more} more are") } else { " is".to_owned() };
                let help = "check it out with `git sparse-checkout add`, \
                            or compare with HEAD or the index";
                let message = format!("`{}`{more} not checked out", first.display());
                Err(failure(About::IncompleteClone, message, help.to_owned()))
            }
        }
    }

    fn is_there(&self, path: &Path) -> bool {
        self.repository.work_tree.as_ref().is_some_and(|root| DISK.has(&root.join(path)))
    }

    fn whereabouts(&self, own: &Found<'_>, other: &Found<'_>) -> Result<Where, CliError> {
        match (own, self.path, other) {
            (Found::Revision(_, Some(path)), _, _) => Ok(Where::Named(path.clone())),
            (_, Some(path), _) => self.here(path)?.ok_or_else(|| {
                let message =
                    format!("`{}` is not in the working tree of the repository", path.display());
                failure(About::NotInRevision, message, None)
            }),
            (_, None, Found::Revision(_, Some(path))) => Ok(Where::Named(path.clone())),
            (_, None, Found::Path(path)) => self.here(path)?.map_or_else(|| self.around_here(), Ok),
            _ => self.around_here(),
        }
    }

    /// A path on disk as a place in the repository, if it is inside.
    pub(super) fn here(&self, path: &Path) -> Result<Option<Where>, CliError> {
        if self.repository.work_tree.is_none() {
            return Ok(path.is_relative().then(|| Where::Named(path.into())));
        }
        if !path.exists() {
            return Ok(self.repository.below_root(path).map(Where::Named));
        }
        let below_root = |path: &Path| self.repository.below_root(path);
        let place = load::locate(Some(path))?;
        let has_manifest = matches!(&place, Place::Folder(folder) if is_workspace(DISK, folder));
        let place = match place {
            Place::Folder(path) => below_root(&path).map(Place::Folder),
            Place::File(path) => below_root(&path).map(Place::File),
            Place::CompiledFile(path) => below_root(&path).map(Place::CompiledFile),
        };
        Ok(place.map(|place| Where::Here(place, has_manifest)))
    }

    /// The nearest workspace upward from the current folder, but inside the repository.
    pub(super) fn around_here(&self) -> Result<Where, CliError> {
        let Some(root) = &self.repository.work_tree else {
            return Ok(Where::Here(Place::Folder(PathBuf::new()), true));
        };
        // Outside of the working tree of a repository that the environment names, git is as if at
        // its root.
        let root_of_named = || self.repository.is_named.then(PathBuf::new);
        let Some(here) = self.repository.below_root(Path::new(".")).or_else(root_of_named) else {
            let help = "give `--path`, or name the folder, as in `main:policies`".to_owned();
            let message = "the current folder is not in the working tree of the repository";
            return Err(failure(About::NotInRevision, message, help));
        };
        let nearest = here.ancestors().find(|folder| is_workspace(DISK, &root.join(folder)));
        Ok(Where::Here(Place::Folder(nearest.unwrap_or(&here).to_owned()), nearest.is_some()))
    }
}
