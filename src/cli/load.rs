//! Finds the workspace that PATH means, and reads and compiles its files.

use super::disk::DISK;
use super::error::{CliError, usage};
use precedent::ir::{Ir, file};
use precedent::text::Date;
use precedent::workspace::files::{self, Place, is_workspace};
use precedent::workspace::tree::Tree;
use precedent::workspace::{self, Compiled, Input, RawFile};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// Compiles the workspace of the current folder.
pub fn around_here() -> Result<Compiled, CliError> {
    compile(DISK, locate(None)?, None)
}

/// Compiles the workspace at a place, with another profile than its own if one is given.
pub fn compile(tree: &dyn Tree, place: Place, profile: Option<&str>) -> Result<Compiled, CliError> {
    match Workspace::at(tree, place) {
        Ok(mut workspace) => {
            let input = std::mem::take(&mut workspace.input);
            let mut load = |path: &str| workspace.profile(path);
            Ok(workspace::compile_for_use(input, profile, &mut load))
        }
        Err(_) if profile.is_some() => Err(usage(
            "a compiled file cannot be compiled with another profile",
            "give the folder that it was compiled from".to_owned(),
        )),
        Err(path) => Ok(workspace::recheck_for_use(read_compiled_file(tree, &path)?)),
    }
}

/// The files of a workspace, and the folder that their paths are relative to.
pub struct Workspace<'t> {
    tree: &'t dyn Tree,
    pub root: PathBuf,
    pub input: Input,
    /// The day that dates are compared with.
    pub as_of: Option<Date>,
}

impl<'t> Workspace<'t> {
    /// Reads the files of a workspace. `Err` is the path of a compiled file.
    pub fn at(tree: &'t dyn Tree, place: Place) -> Result<Self, PathBuf> {
        match place {
            Place::Folder(root) => {
                let input = files::files(tree, &root);
                Ok(Workspace { tree, root, input, as_of: None })
            }
            Place::File(path) => {
                let input = files::single_file(tree, &path);
                let root = path.parent().map(Path::to_owned).unwrap_or_default();
                Ok(Workspace { tree, root, input, as_of: None })
            }
            Place::CompiledFile(path) => Err(path),
        }
    }

    /// Compiles these files, or edited versions of them. Profile files are read from the folder.
    pub fn compile(&self, input: Input, profile: Option<&str>) -> Compiled {
        workspace::compile_as_of(input, profile, self.as_of, &mut |path| self.profile(path))
    }

    /// The same without lints.
    pub fn compile_without_lints(&self, input: Input) -> Compiled {
        workspace::compile_without_lints(input, None, &mut |path| self.profile(path))
    }

    fn profile(&self, path: &str) -> RawFile {
        RawFile { path: path.into(), content: self.tree.read(&self.root.join(path)) }
    }
}

/// What a path on disk means; without one, the workspace of the current folder.
pub fn locate(path: Option<&Path>) -> Result<Place, CliError> {
    let Some(path) = path else { return Ok(Place::Folder(nearest()?)) };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CliError::NoSuchPath(path.into()));
        }
        Err(error) => return Err(CliError::Unreadable { path: path.into(), error }),
    };
    if metadata.is_dir() && is_workspace(DISK, path) {
        return Ok(Place::Folder(path.into()));
    }
    let absolute =
        absolute(path).map_err(|error| CliError::Unreadable { path: path.into(), error })?;
    if metadata.is_dir() {
        return Ok(match Place::of_folder(DISK, &absolute) {
            // Messages name the folder as it was given.
            Place::Folder(root) if root == absolute => Place::Folder(path.into()),
            place => place,
        });
    }
    Ok(Place::of_file(DISK, &absolute))
}

/// The absolute path of a file. The folder of `x/../a.prec` is not `x`.
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

/// The nearest folder with a manifest, upward from the current one, or else the current one.
fn nearest() -> Result<PathBuf, CliError> {
    let here = std::env::current_dir()
        .map_err(|error| CliError::Unreadable { path: ".".into(), error })?;
    let root = here.ancestors().find(|folder| is_workspace(DISK, folder));
    Ok(root.unwrap_or(&here).to_owned())
}

/// Reads and checks a compiled file.
pub fn compiled_file(
    tree: &dyn Tree,
    path: &Path,
    as_of: Option<Date>,
) -> Result<Compiled, CliError> {
    Ok(workspace::recheck(read_compiled_file(tree, path)?, as_of))
}

fn read_compiled_file(tree: &dyn Tree, path: &Path) -> Result<Arc<Ir>, CliError> {
    let bytes = tree
        .read_compiled(path)
        .map_err(|error| CliError::Unreadable { path: path.into(), error })?;
    match file::read(&bytes) {
        Ok(ir) => Ok(Arc::new(ir)),
        Err(file::ReadError::NotIr) => Err(CliError::NotAPolicy(path.into())),
        Err(file::ReadError::OtherSchema(schema)) => {
            Err(CliError::UnknownSchema { path: path.into(), schema })
        }
        Err(file::ReadError::Broken(why)) => {
            Err(CliError::InvalidCompiledFile { path: path.into(), why })
        }
    }
}

/// The policy files at a path, and the folder that their paths are relative to. A file means only
/// itself here, a folder the workspace that it belongs to.
pub fn policy_files(path: Option<&Path>) -> Result<(PathBuf, Vec<RawFile>), CliError> {
    let root = match path {
        Some(path) if path.is_dir() => match locate(Some(path))? {
            Place::Folder(root) => root,
            Place::File(file) | Place::CompiledFile(file) => file,
        },
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
    if files.is_empty() {
        let help = "policy files end in `.prec`; `policies` in `precedent.toml` says which of them \
                    belong to the workspace";
        return Err(usage("the workspace has no policy file", help.to_owned()));
    }
    Ok((root, files))
}
