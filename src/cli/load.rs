//! From PATH to a compiled workspace: which files belong to it, and reading them.

use super::disk::DISK;
use super::error::{CliError, usage};
use precedent::ir::file;
use precedent::workspace::files::{self, Place, is_workspace};
use precedent::workspace::tree::Tree;
use precedent::workspace::{self, Compiled, Input, RawFile};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// Compiles the workspace around the current folder.
pub fn around_here() -> Result<Compiled, CliError> {
    compile(DISK, locate(None)?, None)
}

/// Compiles what is at a place of a tree, under another profile than its own if one is asked for.
pub fn compile(tree: &dyn Tree, place: Place, profile: Option<&str>) -> Result<Compiled, CliError> {
    match Workspace::at(tree, place) {
        Ok(mut workspace) => {
            let input = std::mem::take(&mut workspace.input);
            Ok(workspace.compile(input, profile))
        }
        Err(_) if profile.is_some() => Err(usage(
            "a compiled file keeps its profile",
            "give the folder that it was compiled from".to_owned(),
        )),
        Err(path) => compiled_file(tree, &path),
    }
}

/// The files of a workspace as they were read, and the folder that their paths are relative to.
pub struct Workspace<'t> {
    tree: &'t dyn Tree,
    pub root: PathBuf,
    pub input: Input,
}

impl<'t> Workspace<'t> {
    /// Reads the files of a workspace; `Err` is the path of a compiled file, which has none.
    pub fn at(tree: &'t dyn Tree, place: Place) -> Result<Self, PathBuf> {
        match place {
            Place::Folder(root) => {
                let input = files::files(tree, &root);
                Ok(Workspace { tree, root, input })
            }
            Place::File(path) => {
                let input = files::single_file(tree, &path);
                let root = path.parent().map(Path::to_owned).unwrap_or_default();
                Ok(Workspace { tree, root, input })
            }
            Place::CompiledFile(path) => Err(path),
        }
    }

    /// Compiles these files, or what became of them; profile files are read from the folder.
    pub fn compile(&self, input: Input, profile: Option<&str>) -> Compiled {
        workspace::compile_under(input, profile, &mut |path| self.profile(path))
    }

    /// The same for what the policies mean alone.
    pub fn compile_without_lints(&self, input: Input) -> Compiled {
        workspace::compile_without_lints(input, None, &mut |path| self.profile(path))
    }

    fn profile(&self, path: &str) -> RawFile {
        RawFile { path: path.into(), content: self.tree.read(&self.root.join(path)) }
    }
}

/// What a PATH of the disk stands for; without one, the workspace around the current folder.
pub fn locate(path: Option<&Path>) -> Result<Place, CliError> {
    let Some(path) = path else { return Ok(Place::Folder(nearest()?)) };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CliError::NoSuchPath(path.into()));
        }
        Err(error) => return Err(CliError::Unreadable { path: path.into(), error }),
    };
    if metadata.is_dir() {
        return Ok(Place::Folder(path.into()));
    }
    let absolute =
        absolute(path).map_err(|error| CliError::Unreadable { path: path.into(), error })?;
    Ok(Place::of_file(DISK, &absolute))
}

/// The path of a file from the root of the disk. What is above `x/../a.prec` is not `x`.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name))
            if folder.components().any(|part| part == Component::ParentDir) =>
        {
            Ok(fs::canonicalize(folder)?.join(name))
        }
        _ => std::path::absolute(path),
    }
}

/// The nearest folder upward from the current one that has a manifest, else the current one.
fn nearest() -> Result<PathBuf, CliError> {
    let here = std::env::current_dir()
        .map_err(|error| CliError::Unreadable { path: ".".into(), error })?;
    let root = here.ancestors().find(|folder| is_workspace(DISK, folder));
    Ok(root.unwrap_or(&here).to_owned())
}

pub fn compiled_file(tree: &dyn Tree, path: &Path) -> Result<Compiled, CliError> {
    let bytes = tree
        .read_compiled(path)
        .map_err(|error| CliError::Unreadable { path: path.into(), error })?;
    match file::read(&bytes) {
        Ok(ir) => Ok(workspace::recheck(Arc::new(ir))),
        Err(file::ReadError::NotIr) => Err(CliError::NotAPolicy(path.into())),
        Err(file::ReadError::OtherSchema(schema)) => {
            Err(CliError::OtherSchema { path: path.into(), schema })
        }
        Err(file::ReadError::Broken(why)) => Err(CliError::BrokenIr { path: path.into(), why }),
    }
}

/// The policy files of a PATH, and the folder that their paths are relative to. A file stands for
/// itself alone.
pub fn policy_files(path: Option<&Path>) -> Result<(PathBuf, Vec<RawFile>), CliError> {
    let root = match path {
        Some(path) if path.is_dir() => path.to_owned(),
        Some(path) if !DISK.has(path) => return Err(CliError::NoSuchPath(path.into())),
        Some(path) if path.extension().is_some_and(|extension| extension == "prec") => {
            let root = path.parent().map(Path::to_owned).unwrap_or_default();
            return Ok((root, files::single_file(DISK, path).files));
        }
        Some(path) => return Err(CliError::NotAPolicy(path.into())),
        None => nearest()?,
    };
    let mut files = files::files(DISK, &root).files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((root, files))
}

/// The way from the current folder to another: empty, or with `/` at its end.
pub fn path_from_cwd(folder: &Path) -> String {
    let (Ok(here), Ok(there)) = (fs::canonicalize("."), fs::canonicalize(folder)) else {
        return String::new();
    };
    let shared = here.components().zip(there.components()).take_while(|(a, b)| a == b).count();
    let up = here.components().skip(shared).map(|_| "../".to_owned());
    let down = there
        .components()
        .skip(shared)
        .map(|part| format!("{}/", part.as_os_str().to_string_lossy()));
    up.chain(down).collect()
}
