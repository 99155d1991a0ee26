//! The two sides of a comparison: paths, git revisions, the index, and the working tree.
//!
//! An argument that exists as a path is a path, even if a revision has the same name. The workspace
//! within a revision is the one that `REVISION:PATH` names, or else `--path`, or else the other
//! side, or else the workspace of the current folder.

mod finder;
mod place;
mod spec;

use super::disk::Disk;
use super::error::{About, CliError, failure, usage};
use super::git::{GitTree, Id, Repository};
use super::{load, sparse};
use finder::{Finder, Found};
use place::Where;
pub use place::{elsewhere, manifests};
use precedent::source::Sources;
use precedent::text::count;
use precedent::workspace::files::Place;
use precedent::workspace::tree::Tree;
use precedent::workspace::{Compiled, Input, RawFile};
pub use spec::Asked;
use spec::{Spec, exists, specs};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

/// One side, found but not read yet.
pub struct SideInput {
    /// How reports name it: a path as written, `main (1a2b3c4)`, `the index`, or `the working
    /// tree`.
    pub label: String,
    /// Whether it was found through git.
    pub of_git: bool,
    files: Files,
    place: Place,
    notes: Vec<String>,
    /// The repository that the other side is a revision of: what git ignores is left out then.
    repository: Option<Repository>,
    /// The real path of the only file or folder of the workspace that counts.
    only: Option<PathBuf>,
    ignored: RefCell<Vec<String>>,
}

enum Files {
    Disk(Disk),
    Git(Box<GitTree>),
}

impl SideInput {
    fn new(label: String, files: Files, place: Place) -> Self {
        SideInput {
            label,
            of_git: false,
            files,
            place,
            notes: Vec::new(),
            repository: None,
            only: None,
            ignored: RefCell::default(),
        }
    }

    /// Whether it is a compiled file.
    pub fn is_compiled(&self) -> bool {
        matches!(self.place, Place::CompiledFile(_))
    }

    /// Compiles it, with another profile than its own if one is given.
    pub fn compile(&self, profile: Option<&str>) -> Result<Compiled, CliError> {
        let narrow = |root: &Path, input: &mut Input| self.narrow(root, input);
        load::compile(self.tree(), self.place.clone(), profile, &narrow)
    }

    /// Leaves out files that do not belong to this side.
    fn narrow(&self, root: &Path, input: &mut Input) -> Result<(), CliError> {
        if let (Files::Disk(_), Place::Folder(_)) = (&self.files, &self.place) {
            input.files.extend(sparse::left_out(root));
        }
        if let Some(only) = &self.only {
            let root = match &self.files {
                Files::Disk(_) => fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
                Files::Git(_) => root.to_owned(),
            };
            input.files.retain(|file| file.is_policy() && root.join(&file.path).starts_with(only));
        }
        let Some(repository) = &self.repository else { return Ok(()) };
        let below_root = |file: &RawFile| {
            let path = root.join(&file.path);
            // A link is in the folder that it stands in, wherever it leads.
            let folder = repository.below_root(path.parent()?)?;
            Some(folder.join(path.file_name()?))
        };
        let policies = || input.files.iter().filter(|file| file.is_policy());
        let paths: Vec<PathBuf> = policies().filter_map(below_root).collect();
        let ignored = repository.ignored(paths.iter().map(PathBuf::as_path))?;
        let is_ignored = |file: &RawFile| {
            file.is_policy() && below_root(file).is_some_and(|path| ignored.contains(&path))
        };
        let (out, kept) = std::mem::take(&mut input.files).into_iter().partition(is_ignored);
        input.files = kept;
        *self.ignored.borrow_mut() = left_out(&out);
        Ok(())
    }

    /// What a reader should know besides the policies. Complete only after compiling.
    pub fn notes(&self) -> Vec<String> {
        let left_out = match &self.files {
            Files::Git(tree) => tree.left_out(),
            Files::Disk(_) => Vec::new(),
        };
        let ignored = self.ignored.borrow();
        let notes = self.notes.iter().chain(&left_out).chain(&*ignored);
        notes.map(|note| format!("{}: {note}", self.label)).collect()
    }

    /// The files on disk that its sources were read from.
    pub fn files_on_disk(&self, sources: &Sources) -> Vec<PathBuf> {
        match &self.files {
            Files::Disk(_) => load::files_of(&self.place, sources),
            Files::Git(_) => Vec::new(),
        }
    }

    /// The way to a folder on disk that the paths of its files are relative to: empty, or with a
    /// `/` at the end.
    pub fn folder_on_disk(&self) -> String {
        let folder = match (&self.files, &self.place) {
            (Files::Disk(_), Place::Folder(root)) => root.as_path(),
            // The path of a file is absolute; the label is as it was typed.
            (Files::Disk(_), Place::File(_)) => {
                Path::new(&self.label).parent().unwrap_or(Path::new(""))
            }
            _ => Path::new(""),
        };
        match &*folder.to_string_lossy() {
            "" | "." => String::new(),
            folder => format!("{}/", folder.trim_end_matches('/')),
        }
    }

    fn tree(&self) -> &dyn Tree {
        match &self.files {
            Files::Disk(disk) => disk,
            Files::Git(tree) => &**tree,
        }
    }
}

/// A note about files that git ignores, if there are any.
fn left_out(files: &[RawFile]) -> Vec<String> {
    const NAMED: usize = 3;
    if files.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<String> = files.iter().map(|file| format!("`{}`", file.path)).collect();
    names.sort();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let (files, are) = (count(files.len() as u64, "policy file"), is_or_are(files.len()));
    vec![format!("{files} that git ignores {are} left out: {}", names.join(", "))]
}

fn is_or_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// Finds both sides.
pub fn sides(asked: Asked<'_>) -> Result<[SideInput; 2], CliError> {
    let specs = specs(asked)?;
    if let [Spec::Path(old), Spec::Path(new)] = specs {
        if asked.path.is_some() {
            return Err(usage(
                "`--path` cannot be combined with two paths",
                "it names the workspace within revisions".to_owned(),
            ));
        }
        let mut sides = [on_disk(old, true)?, on_disk(new, true)?];
        set_apart([old, new], &mut sides);
        return Ok(sides);
    }
    let repository = repository(asked.path, &[&specs[0], &specs[1]])?;
    let finder = Finder { repository: &repository, path: asked.path };
    let found = [finder.find(&specs[0])?, finder.find(&specs[1])?];
    let [old, new] = &found;
    let mut sides = [finder.side(old, new)?, finder.side(new, old)?];
    if let [Found::Revision(_, Some(old)), Found::Revision(_, Some(new))] = [old, new] {
        set_apart_in_git([old, new], &mut sides);
    }
    Ok(sides)
}

/// Finds what a PATH means; without one, the workspace of the current folder.
pub fn at(path: Option<&Path>) -> Result<SideInput, CliError> {
    match path {
        Some(path) => one(path),
        None => {
            let files = Files::Disk(Disk { repositories_below: true });
            Ok(SideInput::new(".".to_owned(), files, load::locate(None)?))
        }
    }
}

/// Finds what a PATH means that may also be a revision: the workspace of the current folder in it,
/// or `REVISION:PATH`.
fn one(path: &Path) -> Result<SideInput, CliError> {
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

/// Where a walk through history begins.
pub struct Start {
    pub repository: Repository,
    pub side: SideInput,
    /// The workspace within revisions.
    pub place: Place,
    /// The commit of the side, unless it is the working tree.
    pub commit: Option<Id>,
}

/// Finds where a walk through history begins for a path or a revision; without one, for the
/// workspace of the current folder.
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
            let no_history = || {
                let message = format!("{} is a tree, and a tree has no history", side.label);
                failure(About::NoHistory, message, None)
            };
            let commit = revision.commit().ok_or_else(no_history)?;
            let place = side.place.clone();
            (side, place, Some(commit))
        }
        found => {
            let outside = |path: &Path| {
                let message =
                    format!("`{}` is not in the working tree of a git repository", path.display());
                failure(About::Repository, message, None)
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
        let help = "give the folder that it was compiled from".to_owned();
        return Err(failure(About::NoHistory, "a compiled file has no history", help));
    }
    Ok(Start { repository, side, place, commit })
}

fn on_disk(path: &Path, repositories_below: bool) -> Result<SideInput, CliError> {
    let label = path.to_string_lossy().into_owned();
    let files = Files::Disk(Disk { repositories_below });
    Ok(SideInput::new(label, files, load::locate(Some(path))?))
}

/// Two files or folders of one workspace stand for themselves here: compared as the workspace that
/// they belong to, they would be one and the same.
fn set_apart(paths: [&Path; 2], sides: &mut [SideInput; 2]) {
    let [Place::Folder(old), Place::Folder(new)] = sides.each_ref().map(|side| &side.place) else {
        return;
    };
    let real = |path: &Path| fs::canonicalize(path).ok();
    let [Some(old_path), Some(new_path)] = paths.map(real) else { return };
    if real(old).is_none() || real(old) != real(new) || old_path == new_path {
        return;
    }
    let [old, new] = sides;
    old.only = Some(old_path);
    new.only = Some(new_path);
}

/// The same for two files or folders of one revision.
fn set_apart_in_git(paths: [&Path; 2], sides: &mut [SideInput; 2]) {
    let [old, new] = sides;
    let (Files::Git(old_tree), Files::Git(new_tree)) = (&old.files, &new.files) else { return };
    let real = |tree: &GitTree, path: &Path| tree.resolve(path).ok().map(|real| real.path);
    let (Some(old_path), Some(new_path)) = (real(old_tree, paths[0]), real(new_tree, paths[1]))
    else {
        return;
    };
    let is_one = matches!(old.place, Place::Folder(_)) && old.place == new.place;
    if is_one && old_tree.is_same(new_tree) && old_path != new_path {
        old.only = Some(old_path);
        new.only = Some(new_path);
    }
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
    let help = "revisions need a git repository, and the current folder is not in one";
    Err(match specs.iter().find(|spec| matches!(spec, Spec::Name(_) | Spec::MergeBase(..))) {
        Some(Spec::Name(name) | Spec::MergeBase(name, _)) if *name != "HEAD" => {
            let message = format!("no such file or folder: `{name}`");
            failure(About::UnknownRevision, message, help.to_owned())
        }
        _ => failure(About::Repository, "the current folder is not in a git repository", None),
    })
}
