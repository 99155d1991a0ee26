//! The two sides of a comparison: paths, revisions of git, what is staged, and the work tree.
//!
//! What exists as a path is one, whatever else has its name. A revision is asked for a workspace: the one that
//! `REVISION:PATH` names, else that of `--path`, else that of the other side, else the one around the current folder.

mod place;
mod spec;

use super::error::{CliError, usage};
use super::git::{GitTree, Repository, Revision, name};
use super::load::{self, Place};
use super::tree::{DISK, Disk, Tree};
use super::walk::is_workspace;
use place::{Where, place};
use precedent::workspace::Compiled;
pub use spec::Asked;
use spec::{Spec, exists, specs};
use std::path::{Path, PathBuf};

/// One side, found and not yet read.
pub struct Side {
    /// How reports name it: a path as it was written, `main (1a2b3c4)`, `the index`, `the work tree`.
    pub label: String,
    /// Whether it was found through git.
    pub of_git: bool,
    files: Files,
    place: Place,
    remarks: Vec<String>,
}

enum Files {
    Disk(Disk),
    Git(Box<GitTree>),
}

impl Side {
    /// Compiles it, under another profile than its own if one is asked for.
    pub fn compile(&self, profile: Option<&str>) -> Result<Compiled, CliError> {
        load::compile(self.tree(), self.place.clone(), profile)
    }

    /// What a reader should know beside the policies; complete once they are compiled.
    pub fn remarks(&self) -> Vec<String> {
        let left_out = match &self.files {
            Files::Git(tree) => tree.left_out(),
            Files::Disk(_) => Vec::new(),
        };
        self.remarks.iter().chain(&left_out).map(|remark| format!("{}: {remark}", self.label)).collect()
    }

    fn tree(&self) -> &dyn Tree {
        match &self.files {
            Files::Disk(disk) => disk,
            Files::Git(tree) => &**tree,
        }
    }
}

/// Finds both sides.
pub fn sides(asked: Asked<'_>) -> Result<[Side; 2], CliError> {
    let specs = specs(asked)?;
    if let [Spec::Path(old), Spec::Path(new)] = specs {
        if asked.path.is_some() {
            return Err(usage("two paths are compared as they are", "--path is for revisions".to_owned()));
        }
        return Ok([on_disk(old, true)?, on_disk(new, true)?]);
    }
    let repository = repository(asked.path, &specs)?;
    let finder = Finder { repository: &repository, path: asked.path };
    let found = [finder.find(&specs[0])?, finder.find(&specs[1])?];
    let [old, new] = &found;
    Ok([finder.side(old, new)?, finder.side(new, old)?])
}

/// Finds what a PATH stands for where a revision may stand too: the work tree's workspace in it, or `REVISION:PATH`.
pub fn one(path: &Path) -> Result<Side, CliError> {
    let spec = match path.to_str() {
        Some(name) if !exists(path.as_os_str()) => Spec::Name(name),
        _ => return on_disk(path, true),
    };
    let Some(repository) = Repository::around(Path::new("."))? else { return Err(CliError::NoSuchPath(path.into())) };
    let finder = Finder { repository: &repository, path: None };
    finder.side(&finder.find(&spec)?, &Found::WorkTree)
}

fn on_disk(path: &Path, repositories_below: bool) -> Result<Side, CliError> {
    let label = path.to_string_lossy().into_owned();
    let files = Files::Disk(Disk { repositories_below });
    Ok(Side { label, of_git: false, files, place: load::locate(Some(path))?, remarks: Vec::new() })
}

/// The repository around `--path`, else around the side that is a path, else around the current folder.
fn repository(path: Option<&Path>, specs: &[Spec<'_>]) -> Result<Repository, CliError> {
    let side = specs.iter().find_map(|spec| match spec {
        Spec::Path(path) => Some(*path),
        _ => None,
    });
    for path in [path, side].into_iter().flatten() {
        let folder = std::path::absolute(path).ok();
        let folder = folder.as_deref().and_then(|path| path.ancestors().find(|folder| folder.is_dir()));
        if let Some(found) = folder.map(Repository::around).transpose()?.flatten() {
            return Ok(found);
        }
    }
    if let Some(found) = Repository::around(Path::new("."))? {
        return Ok(found);
    }
    let help = "a revision is one of the git repository around the current folder, and there is none";
    Err(match specs.iter().find(|spec| matches!(spec, Spec::Name(_) | Spec::MergeBase(..))) {
        Some(Spec::Name(name) | Spec::MergeBase(name, _)) if *name != "HEAD" => {
            usage(format!("there is no `{name}`"), help.to_owned())
        }
        _ => usage("there is no git repository around the current folder", None),
    })
}

/// One side after its revision was found.
enum Found<'a> {
    Path(&'a Path),
    Revision(Revision, Option<PathBuf>),
    Index,
    WorkTree,
}

struct Finder<'a> {
    repository: &'a Repository,
    path: Option<&'a Path>,
}

impl Finder<'_> {
    fn find<'s>(&self, spec: &Spec<'s>) -> Result<Found<'s>, CliError> {
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

    /// The revision, and the path below the root of the repository, of `REVISION` or `REVISION:PATH`.
    fn revision(&self, text: &str) -> Result<(Revision, Option<PathBuf>), CliError> {
        let (name, path) = name::path(text);
        let Some(revision) = self.repository.revision(name)? else { return Err(self.neither(text, name)) };
        let path = match path {
            Some(path) if path == "." || path.starts_with("./") || path.starts_with("../") || path == ".." => {
                let outside = || usage(format!("`{path}` leads out of the repository"), None);
                Some(self.repository.below_root(Path::new(path)).ok_or_else(outside)?)
            }
            path => path.map(PathBuf::from),
        };
        Ok((revision, path))
    }

    fn neither(&self, text: &str, name: &str) -> CliError {
        let help = match (name::range(text), self.repository.meant(name)) {
            (Some(_), _) => "a range stands for OLD and NEW, and is given alone".to_owned(),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) if self.repository.is_shallow() => {
                format!("in a shallow clone, `git fetch --depth=1 origin {name}` fetches a branch that is not there")
            }
            (None, None) => "a path is a folder, a `.prec` file, or a compiled file; a revision is a branch, a tag or \
                             a commit of the repository around here"
                .to_owned(),
        };
        usage(format!("`{text}` is neither a file nor a revision"), help)
    }
}

/// Where the workspace of a side is.
impl Finder<'_> {
    fn side(&self, own: &Found<'_>, other: &Found<'_>) -> Result<Side, CliError> {
        let (label, tree) = match own {
            // What lies in another repository is in no revision of this one.
            Found::Path(path) => return on_disk(path, self.repository.below_root(path).is_none()),
            Found::WorkTree => return self.work_tree(self.whereabouts(own, other)?),
            Found::Revision(revision, path) => (revision.label(path.as_deref()), self.repository.tree(revision)),
            Found::Index => ("the index".to_owned(), self.repository.index()?),
        };
        let revision = match own {
            Found::Revision(revision, _) => &revision.label(None),
            _ => &label,
        };
        let (place, remark) = place(&tree, revision, self.whereabouts(own, other)?)?;
        Ok(Side {
            label,
            of_git: true,
            files: Files::Git(Box::new(tree)),
            place,
            remarks: remark.into_iter().collect(),
        })
    }

    fn work_tree(&self, place: Where) -> Result<Side, CliError> {
        let Some(root) = &self.repository.work_tree else {
            let help = "give NEW: `precedent diff OLD NEW`".to_owned();
            return Err(usage("the repository has no work tree to compare with", help));
        };
        if let Where::Here(Place::Folder(folder), _) | Where::Named(folder) = &place {
            self.checked_out(folder)?;
        }
        let place = match place {
            Where::Here(Place::Folder(path), _) => Place::Folder(root.join(path)),
            Where::Here(Place::File(path), _) => Place::File(root.join(path)),
            Where::Here(Place::CompiledFile(path), _) => Place::CompiledFile(root.join(path)),
            Where::Named(path) => load::locate(Some(&root.join(&path))).map_err(|error| match error {
                CliError::NoSuchPath(_) => usage(format!("there is no `{}` in the work tree", path.display()), None),
                error => error,
            })?,
        };
        let files = Files::Disk(Disk { repositories_below: false });
        Ok(Side { label: "the work tree".into(), of_git: true, files, place, remarks: Vec::new() })
    }

    /// Fails where a sparse checkout leaves out policy files of a workspace: they would look removed.
    fn checked_out(&self, folder: &Path) -> Result<(), CliError> {
        let index = self.repository.index()?;
        if !index.is_sparse() {
            return Ok(());
        }
        let (_, files) = load::files(&index, folder);
        let left_out: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
        let mut left_out = left_out.iter().filter(|path| index.is_left_out(path) && !self.is_there(path));
        match (left_out.next(), left_out.count()) {
            (None, _) => Ok(()),
            (Some(first), more) => {
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let help = "`git sparse-checkout add` checks it out; or compare with HEAD, or what is staged";
                Err(usage(format!("`{}`{more} is not checked out", first.display()), help.to_owned()))
            }
        }
    }

    fn is_there(&self, path: &Path) -> bool {
        self.repository.work_tree.as_ref().is_some_and(|root| DISK.has(&root.join(path)))
    }

    fn whereabouts(&self, own: &Found<'_>, other: &Found<'_>) -> Result<Where, CliError> {
        match (own, self.path, other) {
            (Found::Revision(_, Some(path)), _, _) => Ok(Where::Named(path.clone())),
            (_, Some(path), _) => self
                .here(path)?
                .ok_or_else(|| usage(format!("`{}` is not in the work tree of the repository", path.display()), None)),
            (_, None, Found::Revision(_, Some(path))) => Ok(Where::Named(path.clone())),
            (_, None, Found::Path(path)) => self.here(path)?.map_or_else(|| self.around_here(), Ok),
            _ => self.around_here(),
        }
    }

    /// A path of the disk in the repository, if it lies there.
    fn here(&self, path: &Path) -> Result<Option<Where>, CliError> {
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

    /// The nearest workspace upward from the current folder, not beyond the repository.
    fn around_here(&self) -> Result<Where, CliError> {
        let Some(root) = &self.repository.work_tree else {
            return Ok(Where::Here(Place::Folder(PathBuf::new()), true));
        };
        let Some(here) = self.repository.below_root(Path::new(".")) else {
            let help = "give --path, or name the folder as in `main:policies`".to_owned();
            return Err(usage("the current folder is not in the work tree of the repository", help));
        };
        let nearest = here.ancestors().find(|folder| is_workspace(DISK, &root.join(folder)));
        Ok(Where::Here(Place::Folder(nearest.unwrap_or(&here).to_owned()), nearest.is_some()))
    }
}
