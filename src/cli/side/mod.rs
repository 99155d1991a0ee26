//! The two sides of a comparison: paths, revisions of git, what is staged, and the work tree.
//!
//! What exists as a path is one, whatever else has its name. A revision is asked for a workspace:
//! the one that `REVISION:PATH` names, else that of `--path`, else that of the other side, else the
//! one around the current folder.

mod finder;
mod place;
mod spec;

use super::disk::Disk;
use super::error::{CliError, usage};
use super::git::{GitTree, Id, Repository};
use super::load;
use finder::{Finder, Found};
use place::Where;
pub use place::{elsewhere, manifests};
use precedent::workspace::Compiled;
use precedent::workspace::files::Place;
use precedent::workspace::tree::Tree;
pub use spec::Asked;
use spec::{Spec, exists, specs};
use std::path::Path;

/// One side, found and not yet read.
pub struct Side {
    /// How reports name it: a path as it was written, `main (1a2b3c4)`, `the index`, `the work
    /// tree`.
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
        self.remarks
            .iter()
            .chain(&left_out)
            .map(|remark| format!("{}: {remark}", self.label))
            .collect()
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
            return Err(usage(
                "two paths are compared as they are",
                "--path is for revisions".to_owned(),
            ));
        }
        return Ok([on_disk(old, true)?, on_disk(new, true)?]);
    }
    let repository = repository(asked.path, &[&specs[0], &specs[1]])?;
    let finder = Finder { repository: &repository, path: asked.path };
    let found = [finder.find(&specs[0])?, finder.find(&specs[1])?];
    let [old, new] = &found;
    Ok([finder.side(old, new)?, finder.side(new, old)?])
}

/// Finds what a PATH stands for where a revision may stand too: the work tree's workspace in it, or
/// `REVISION:PATH`.
pub fn one(path: &Path) -> Result<Side, CliError> {
    let spec = match path.to_str() {
        Some(name) if !exists(path.as_os_str()) => Spec::Name(name),
        _ => return on_disk(path, true),
    };
    let Some(repository) = Repository::around(Path::new("."))? else {
        return Err(CliError::NoSuchPath(path.into()));
    };
    let finder = Finder { repository: &repository, path: None };
    finder.side(&finder.find(&spec)?, &Found::WorkTree)
}

/// Where looking back through history begins.
pub struct Start {
    pub repository: Repository,
    pub side: Side,
    /// The workspace in revisions.
    pub place: Place,
    /// The commit that the side is, unless it is the work tree.
    pub commit: Option<Id>,
}

/// Finds where history begins for a PATH, or for a revision of which it is asked; without one,
/// around the current folder.
pub fn start(path: Option<&Path>) -> Result<Start, CliError> {
    let spec = match path {
        Some(path) if exists(path.as_os_str()) => Spec::Path(path),
        Some(path) => path.to_str().map_or(Spec::Path(path), Spec::Name),
        None => Spec::WorkTree,
    };
    let repository = repository(None, &[&spec])?;
    let finder = Finder { repository: &repository, path: None };
    let found = match (&spec, &repository.work_tree) {
        (Spec::WorkTree, None) => finder.find(&Spec::Name("HEAD"))?,
        (spec, _) => finder.find(spec)?,
    };
    let (side, place, commit) = match &found {
        Found::Revision(revision, _) => {
            let side = finder.side(&found, &Found::WorkTree)?;
            let no_history =
                || usage(format!("{} is a tree, which has no history", side.label), None);
            let commit = revision.commit().ok_or_else(no_history)?;
            let place = side.place.clone();
            (side, place, Some(commit))
        }
        found => {
            let outside = |path: &Path| {
                usage(format!("`{}` is in no work tree of git", path.display()), None)
            };
            let place = match found {
                Found::Path(path) => finder.here(path)?.ok_or_else(|| outside(path))?,
                _ => finder.around_here()?,
            };
            let Where::Here(in_tree, _) = place.clone() else {
                return Err(outside(path.unwrap_or(Path::new("."))));
            };
            (finder.work_tree(place)?, in_tree, None)
        }
    };
    if matches!(place, Place::CompiledFile(_)) {
        return Err(usage(
            "a compiled file has no history",
            "give the folder that it was compiled from".to_owned(),
        ));
    }
    Ok(Start { repository, side, place, commit })
}

fn on_disk(path: &Path, repositories_below: bool) -> Result<Side, CliError> {
    let label = path.to_string_lossy().into_owned();
    let files = Files::Disk(Disk { repositories_below });
    Ok(Side { label, of_git: false, files, place: load::locate(Some(path))?, remarks: Vec::new() })
}

/// The repository around `--path`, else around the side that is a path, else around the current
/// folder.
fn repository(path: Option<&Path>, specs: &[&Spec<'_>]) -> Result<Repository, CliError> {
    let side = specs.iter().find_map(|spec| match spec {
        Spec::Path(path) => Some(*path),
        _ => None,
    });
    for path in [path, side].into_iter().flatten() {
        let folder = std::path::absolute(path).ok();
        let folder =
            folder.as_deref().and_then(|path| path.ancestors().find(|folder| folder.is_dir()));
        if let Some(found) = folder.map(Repository::around).transpose()?.flatten() {
            return Ok(found);
        }
    }
    if let Some(found) = Repository::around(Path::new("."))? {
        return Ok(found);
    }
    let help =
        "a revision is one of the git repository around the current folder, and there is none";
    Err(match specs.iter().find(|spec| matches!(spec, Spec::Name(_) | Spec::MergeBase(..))) {
        Some(Spec::Name(name) | Spec::MergeBase(name, _)) if *name != "HEAD" => {
            usage(format!("there is no `{name}`"), help.to_owned())
        }
        _ => usage("there is no git repository around the current folder", None),
    })
}
