//! From PATH to a compiled workspace: which files belong to it, and reading them.

use super::error::{CliError, usage};
use precedent::ir::file;
use precedent::manifest::{self, Manifest};
use precedent::source::{FileId, MAX_FILE_BYTES, SourceFile};
use precedent::workspace::{self, Compiled, Input, RawFile, ReadError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Compiles what a PATH stands for; without one, what is around the current folder.
pub fn load(path: Option<&Path>) -> Result<Compiled, CliError> {
    load_under(path, None)
}

/// The same, under another profile than the one that the workspace names.
pub fn load_under(path: Option<&Path>, profile: Option<&str>) -> Result<Compiled, CliError> {
    match find(path)? {
        Found::Workspace(mut workspace) => {
            let input = std::mem::take(&mut workspace.input);
            Ok(workspace.compile(input, profile))
        }
        Found::CompiledFile(_) if profile.is_some() => {
            Err(usage("a compiled file keeps its profile", "give the folder that it was compiled from".to_owned()))
        }
        Found::CompiledFile(path) => compiled_file(&path),
    }
}

/// What a PATH stands for.
pub enum Found {
    Workspace(Workspace),
    CompiledFile(PathBuf),
}

/// The files of a workspace as they were read, and the folder that their paths are relative to.
pub struct Workspace {
    pub root: PathBuf,
    pub input: Input,
}

impl Workspace {
    /// Compiles these files, or what became of them; profile files are read from the folder.
    pub fn compile(&self, input: Input, profile: Option<&str>) -> Compiled {
        workspace::compile_under(input, profile, &mut |path| RawFile {
            path: path.into(),
            content: read(&self.root.join(path)),
        })
    }
}

/// Finds what a PATH stands for and reads its policy files; without one, those around the current folder.
pub fn find(path: Option<&Path>) -> Result<Found, CliError> {
    let Some(path) = path else {
        let here = std::env::current_dir().map_err(|error| CliError::Unreadable { path: ".".into(), error })?;
        let root = here.ancestors().find(|folder| is_manifest(folder)).unwrap_or(&here);
        return Ok(Found::Workspace(folder(root)));
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(CliError::NoSuchPath(path.into())),
        Err(error) => return Err(CliError::Unreadable { path: path.into(), error }),
    };
    if metadata.is_dir() {
        return Ok(Found::Workspace(folder(path)));
    }
    if path.extension().is_some_and(|extension| extension == "prec") {
        return policy_file(path).map(Found::Workspace);
    }
    Ok(Found::CompiledFile(path.into()))
}

fn is_manifest(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(manifest::FILE_NAME)).is_ok()
}

pub fn compiled_file(path: &Path) -> Result<Compiled, CliError> {
    let bytes = fs::read(path).map_err(|error| CliError::Unreadable { path: path.into(), error })?;
    match file::read(&bytes) {
        Ok(ir) => Ok(workspace::recheck(ir)),
        Err(file::ReadError::NotIr) => Err(CliError::NotAPolicy(path.into())),
        Err(file::ReadError::OtherSchema(schema)) => Err(CliError::OtherSchema { path: path.into(), schema }),
        Err(file::ReadError::Broken(why)) => Err(CliError::BrokenIr { path: path.into(), why }),
    }
}

/// The policy files of a PATH, and the folder that their paths are relative to. A file stands for itself alone.
pub fn policy_files(path: Option<&Path>) -> Result<(PathBuf, Vec<RawFile>), CliError> {
    let here = || std::env::current_dir().map_err(|error| CliError::Unreadable { path: ".".into(), error });
    let root = match path {
        Some(path) if path.is_dir() => path.to_owned(),
        Some(path) if fs::symlink_metadata(path).is_err() => return Err(CliError::NoSuchPath(path.into())),
        Some(path) if path.extension().is_some_and(|extension| extension == "prec") => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let root = path.parent().map(Path::to_owned).unwrap_or_default();
            return Ok((root, vec![RawFile { path: name, content: read(path) }]));
        }
        Some(path) => return Err(CliError::NotAPolicy(path.into())),
        None => {
            let here = here()?;
            here.ancestors().find(|folder| is_manifest(folder)).unwrap_or(&here).to_owned()
        }
    };
    let manifest = is_manifest(&root).then(|| read_manifest(&root));
    let mut files = walk(&root, manifest.as_ref());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((root, files))
}

/// A file stands for the workspace that takes it in, else it is one by itself.
fn policy_file(path: &Path) -> Result<Workspace, CliError> {
    let absolute = std::path::absolute(path).map_err(|error| CliError::Unreadable { path: path.into(), error })?;
    if let Some(root) = absolute.ancestors().skip(1).find(|folder| is_manifest(folder)) {
        let manifest = read_manifest(root);
        let relative = absolute.strip_prefix(root).map(slashes).unwrap_or_default();
        if policies(&manifest).is_match(&relative) {
            return Ok(folder(root));
        }
    }
    let name = absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let files = vec![RawFile { path: name, content: read(path) }];
    let root = absolute.parent().unwrap_or(Path::new(".")).to_owned();
    Ok(Workspace { root, input: Input { manifest: None, files } })
}

fn folder(root: &Path) -> Workspace {
    let manifest = is_manifest(root).then(|| read_manifest(root));
    let files = walk(root, manifest.as_ref());
    Workspace { root: root.to_owned(), input: Input { manifest, files } }
}

/// All policy files below a folder that belong to its workspace.
fn walk(root: &Path, manifest: Option<&RawFile>) -> Vec<RawFile> {
    let globs = manifest.map_or_else(|| Manifest::default().policies, policies);
    let mut walk = Walk { globs, found: Vec::new(), links: Vec::new(), seen: BTreeSet::new() };
    if let Ok(real) = fs::canonicalize(root) {
        walk.seen.insert(real.clone());
        walk.folder(&real, "");
        walk.follow_links();
    } else {
        let content =
            fs::canonicalize(root).map(|_| Vec::new()).map_err(|error| ReadError::Unreadable(error.to_string()));
        walk.found.push(RawFile { path: ".".into(), content });
    }
    walk.found
}

fn read_manifest(root: &Path) -> RawFile {
    RawFile { path: manifest::FILE_NAME.into(), content: read(&root.join(manifest::FILE_NAME)) }
}

/// Which files a manifest takes in. One that cannot be read takes in what it would by default, so that the files
/// are checked in the same run.
fn policies(manifest: &RawFile) -> globset::GlobSet {
    let text = manifest.content.as_ref().ok().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let read = text.map(|text| manifest::read(FileId(0), &SourceFile::new(manifest::FILE_NAME, text)));
    read.map_or_else(|| Manifest::default().policies, |(manifest, _)| manifest.policies)
}

pub fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let unreadable = |error: io::Error| ReadError::Unreadable(error.to_string());
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(ReadError::Unreadable("it is no regular file".into()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge(metadata.len()));
    }
    fs::read(path).map_err(unreadable)
}

/// The way from the current folder to another: empty, or with `/` at its end.
pub fn way_to(folder: &Path) -> String {
    let (Ok(here), Ok(there)) = (fs::canonicalize("."), fs::canonicalize(folder)) else { return String::new() };
    let shared = here.components().zip(there.components()).take_while(|(a, b)| a == b).count();
    let up = here.components().skip(shared).map(|_| "../".to_owned());
    let down = there.components().skip(shared).map(|part| format!("{}/", part.as_os_str().to_string_lossy()));
    up.chain(down).collect()
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Collects the policy files below a folder. Real folders are walked first; then links, to what was not read yet.
struct Walk {
    globs: globset::GlobSet,
    found: Vec<RawFile>,
    /// Links that are still to be followed: the real folder that each stands in, and its shown path.
    links: Vec<(PathBuf, String)>,
    /// Real paths of folders and policy files that were read.
    seen: BTreeSet<PathBuf>,
}

impl Walk {
    /// Walks a real folder; `shown` is its path below the root, with a slash at its end unless empty.
    fn folder(&mut self, real: &Path, shown: &str) {
        let mut open = vec![(real.to_owned(), shown.to_owned())];
        while let Some((folder, shown)) = open.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.unreadable(shown.trim_end_matches('/'), &error);
                    continue;
                }
            };
            for entry in entries {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        self.unreadable(shown.trim_end_matches('/'), &error);
                        continue;
                    }
                };
                let path = entry.path();
                let name = format!("{shown}{}", entry.file_name().to_string_lossy());
                match entry.file_type() {
                    Ok(kind) if kind.is_symlink() => self.links.push((path, name)),
                    Ok(kind) if kind.is_dir() => {
                        // Version control keeps its own; a manifest makes another workspace.
                        let skipped = entry.file_name() == ".git" || is_manifest(&path);
                        if !skipped && self.seen.insert(path.clone()) {
                            open.push((path, format!("{name}/")));
                        }
                    }
                    Ok(_) => self.file(path, name),
                    Err(error) => self.unreadable(&name, &error),
                }
            }
        }
    }

    fn file(&mut self, path: PathBuf, name: String) {
        if self.globs.is_match(&name) && self.seen.insert(path.clone()) {
            let content = read(&path);
            self.found.push(RawFile { path: name, content });
        }
    }

    fn follow_links(&mut self) {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for (link, name) in links {
                let real = match fs::canonicalize(&link) {
                    Ok(real) => real,
                    // A link that leads nowhere loses nothing, unless it stands for a policy file.
                    Err(error) if self.globs.is_match(&name) => {
                        self.unreadable(&name, &error);
                        continue;
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(_) => {
                        self.found.push(RawFile { path: name, content: Err(ReadError::LinkLoop) });
                        continue;
                    }
                };
                if link.starts_with(&real) {
                    self.found.push(RawFile { path: name, content: Err(ReadError::LinkLoop) });
                } else if real.is_dir() {
                    if !is_manifest(&real) && self.seen.insert(real.clone()) {
                        self.folder(&real, &format!("{name}/"));
                    }
                } else {
                    self.file(real, name);
                }
            }
        }
    }

    fn unreadable(&mut self, shown: &str, error: &io::Error) {
        let path = if shown.is_empty() { "." } else { shown };
        self.found.push(RawFile { path: path.into(), content: Err(ReadError::Unreadable(error.to_string())) });
    }
}
