//! Finds the workspace that PATH means, and reads and compiles its files.

use super::disk::DISK;
use super::error::{CliError, escaped, has_ending_in_capitals, usage};
use super::sparse;
use precedent::ir::{Ir, file};
use precedent::source::Sources;
use precedent::syntax::KnownTrees;
use precedent::text::Date;
use precedent::workspace::files::{self, Place, is_workspace};
use precedent::workspace::tree::{Tree, raw_file};
use precedent::workspace::{self, Compiled, Input, RawFile};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// What messages call the text of standard input.
pub const STANDARD_INPUT: &str = "<stdin>";

/// Compiles the workspace at a place, with another profile than its own if one is given. The files
/// that it is made of may be narrowed down, given the folder that their paths are relative to.
pub fn compile(
    tree: &dyn Tree,
    place: Place,
    profile: Option<&str>,
    narrow: &dyn Fn(&Path, &mut Input) -> Result<(), CliError>,
) -> Result<Compiled, CliError> {
    match Workspace::at(tree, place) {
        Ok(mut workspace) => {
            let mut input = std::mem::take(&mut workspace.input);
            narrow(&workspace.root, &mut input)?;
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
    /// Whether it is a policy file by itself.
    pub is_file: bool,
    /// Whether its files can be written.
    pub is_on_disk: bool,
    /// The day that dates are compared with.
    pub as_of: Option<Date>,
}

impl<'t> Workspace<'t> {
    /// A workspace of these files, which are on no disk.
    pub fn of(tree: &'t dyn Tree, input: Input) -> Self {
        let root = PathBuf::new();
        Workspace { tree, root, input, is_file: false, is_on_disk: false, as_of: None }
    }

    /// Reads the files of a workspace. `Err` is the path of a compiled file.
    pub fn at(tree: &'t dyn Tree, place: Place) -> Result<Self, PathBuf> {
        match place {
            Place::Folder(root) => {
                let input = files::files(tree, &root);
                Ok(Workspace { tree, root, input, is_file: false, is_on_disk: true, as_of: None })
            }
            Place::File(path) => {
                let input = files::single_file(tree, &path);
                let root = path.parent().map(Path::to_owned).unwrap_or_default();
                Ok(Workspace { tree, root, input, is_file: true, is_on_disk: true, as_of: None })
            }
            Place::CompiledFile(path) => Err(path),
        }
    }

    /// Reads the files of a workspace on disk. `Err` is the path of a compiled file.
    pub fn on_disk(place: Place) -> Result<Workspace<'static>, PathBuf> {
        let mut workspace = Workspace::at(DISK, place)?;
        if !workspace.is_file {
            workspace.input.files.extend(sparse::left_out(&workspace.root));
        }
        Ok(workspace)
    }

    /// The same workspace with other files.
    pub fn with(&self, input: Input) -> Workspace<'t> {
        Workspace { tree: self.tree, root: self.root.clone(), input, ..*self }
    }

    /// The files as they are now.
    pub fn read_again(&self) -> Input {
        let again =
            |file: &RawFile| raw_file(self.tree, &self.root.join(&file.path), file.path.clone());
        Input {
            manifest: self.input.manifest.as_ref().map(again),
            files: self.input.files.iter().map(again).collect(),
        }
    }

    /// Compiles these files, or edited versions of them. Profile files are read from the folder.
    pub fn compile(&self, input: Input, profile: Option<&str>) -> Compiled {
        workspace::compile_as_of(input, profile, self.as_of, &mut |path| self.profile(path))
    }

    /// The same for those who want to use the policies.
    pub fn compile_for_use(&self, input: Input) -> Compiled {
        workspace::compile_for_use(input, None, &mut |path| self.profile(path))
    }

    /// The same without lints. Files that are known from another version are not parsed again.
    pub fn compile_without_lints(&self, input: Input, known: &mut KnownTrees) -> Compiled {
        workspace::compile_without_lints(input, None, Some(known), &mut |path| self.profile(path))
    }

    fn profile(&self, path: &str) -> RawFile {
        RawFile { path: path.into(), content: self.tree.read(&self.root.join(path)) }
    }
}

/// The files that were read for what is at a place.
pub fn files_of(place: &Place, sources: &Sources) -> Vec<PathBuf> {
    match place {
        Place::Folder(root) => sources.iter().map(|(_, file)| root.join(&file.path)).collect(),
        Place::File(path) | Place::CompiledFile(path) => vec![path.clone()],
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

/// Policy files, and the folder that their paths are relative to.
pub struct PolicyFiles {
    pub root: PathBuf,
    pub files: Vec<RawFile>,
}

/// The policy files at some paths, each file once; without a path, those of the current folder's
/// workspace. A file means only itself here, a folder the workspace that it belongs to.
pub fn policy_files(paths: &[PathBuf]) -> Result<Vec<PolicyFiles>, CliError> {
    let mut found = match paths {
        [] => vec![below(nearest()?)?],
        paths => paths.iter().map(|path| at_path(path)).collect::<Result<_, _>>()?,
    };
    let mut seen = BTreeSet::new();
    for PolicyFiles { root, files } in &mut found {
        files.retain(|file| {
            let path = root.join(&file.path);
            seen.insert(fs::canonicalize(&path).unwrap_or(path))
        });
    }
    Ok(found)
}

fn at_path(path: &Path) -> Result<PolicyFiles, CliError> {
    if path.is_dir() {
        return match locate(Some(path))? {
            Place::Folder(root) | Place::File(root) | Place::CompiledFile(root) => below(root),
        };
    }
    if !DISK.has(path) {
        return Err(CliError::NoSuchPath(path.into()));
    }
    if path.extension().is_none_or(|extension| extension != "prec") {
        return Err(match read_compiled_file(DISK, path) {
            Err(CliError::NotAPolicy(path)) if !has_ending_in_capitals(&path) => usage(
                format!("`{}` is not a policy file", escaped(&path)),
                "policy files end in `.prec`; other files have no layout here".to_owned(),
            ),
            Err(error @ (CliError::NotAPolicy(_) | CliError::Unreadable { .. })) => error,
            Ok(_) | Err(_) => usage(
                format!("`{}` is a compiled file, which has no layout", escaped(path)),
                "format the folder that it was compiled from".to_owned(),
            ),
        });
    }
    let root = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok(PolicyFiles { root, files: files::single_file(DISK, path).files })
}

fn below(root: PathBuf) -> Result<PolicyFiles, CliError> {
    let mut files = files::files(DISK, &root).files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if !files.iter().any(RawFile::is_policy) {
        let help = "policy files end in `.prec`; `policies` in `precedent.toml` says which of them \
                    belong to the workspace";
        return Err(usage("the workspace has no policy file", help.to_owned()));
    }
    Ok(PolicyFiles { root, files })
}

/// The workspace of a text that came through standard input: the one that the file belongs to whose
/// text it is, with it in that file's place; without the name of a file, the text alone.
pub fn standard_input(
    text: Vec<u8>,
    filename: Option<&Path>,
) -> Result<Workspace<'static>, CliError> {
    let alone = |path: String, root: PathBuf| {
        let files = vec![RawFile { path, content: Ok(text.clone()) }];
        let input = Input { manifest: None, files };
        Workspace { tree: DISK, root, input, is_file: false, is_on_disk: true, as_of: None }
    };
    let Some(filename) = filename else {
        return Ok(alone(STANDARD_INPUT.to_owned(), PathBuf::from(".")));
    };
    let path = absolute(filename)
        .map_err(|error| CliError::Unreadable { path: filename.into(), error })?;
    let root = match Place::of_file(DISK, &path) {
        Place::CompiledFile(_) => {
            let message = format!("`{}` is not the name of a `.prec` file", filename.display());
            return Err(usage(message, None));
        }
        Place::File(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let root = path.parent().map(Path::to_owned).unwrap_or_default();
            return Ok(alone(name.unwrap_or_default(), root));
        }
        Place::Folder(root) => root,
    };
    let mut input = files::files(DISK, &root);
    let name = path.strip_prefix(&root).unwrap_or(&path);
    let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
    let name = name.join("/");
    input.files.retain(|file| file.path != name);
    input.files.push(RawFile { path: name, content: Ok(text) });
    Ok(Workspace { tree: DISK, root, input, is_file: false, is_on_disk: true, as_of: None })
}
