//! Finds the files of a workspace: the policy files below its folder that its manifest includes.

use super::compile::Input;
use super::manifest::{self, Manifest};
use super::read::{RawFile, ReadError};
use super::tree::{Kind, Tree, Unresolved, raw_file};
use crate::source::{FileId, SourceFile};
use globset::GlobSet;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the policies are, before any of them is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder, with a manifest or without.
    Folder(PathBuf),
    /// A policy file that is a workspace by itself.
    File(PathBuf),
    /// A file that `precedent compile` wrote.
    CompiledFile(PathBuf),
}

impl Place {
    /// What a file stands for: a policy file for the workspace around it that takes it in, else for
    /// a workspace by itself; any other file is one that was compiled.
    pub fn of_file(tree: &dyn Tree, path: &Path) -> Place {
        if path.extension().is_none_or(|extension| extension != "prec") {
            return Place::CompiledFile(path.into());
        }
        if let Some(root) = path.ancestors().skip(1).find(|folder| is_workspace(tree, folder)) {
            let relative = path.strip_prefix(root).map(slashes).unwrap_or_default();
            if policies(&read_manifest(tree, root)).is_match(&relative) {
                return Place::Folder(root.into());
            }
        }
        Place::File(path.into())
    }
}

/// The manifest of a folder, if it has one, and the policy files that belong to it.
pub fn files(tree: &dyn Tree, root: &Path) -> Input {
    let manifest = is_workspace(tree, root).then(|| read_manifest(tree, root));
    let globs = manifest.as_ref().map_or_else(|| Manifest::default().policies, policies);
    Input { files: walk(tree, root, globs), manifest }
}

/// A policy file that is a workspace by itself.
pub fn single_file(tree: &dyn Tree, path: &Path) -> Input {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Input { manifest: None, files: vec![raw_file(tree, path, name.unwrap_or_default())] }
}

fn read_manifest(tree: &dyn Tree, root: &Path) -> RawFile {
    raw_file(tree, &root.join(manifest::FILE_NAME), manifest::FILE_NAME.into())
}

/// Which files a manifest takes in. One that cannot be read takes in what it would by default, so
/// that the files are checked in the same run.
fn policies(manifest: &RawFile) -> GlobSet {
    let text = manifest.content.as_ref().ok().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let read =
        text.map(|text| manifest::read(FileId(0), &SourceFile::new(manifest::FILE_NAME, text)));
    read.map_or_else(|| Manifest::default().policies, |(manifest, _)| manifest.policies)
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// All policy files below a folder that belong to its workspace.
fn walk(tree: &dyn Tree, root: &Path, globs: GlobSet) -> Vec<RawFile> {
    let mut walk =
        Walk { tree, globs, found: Vec::new(), links: Vec::new(), seen: BTreeSet::new() };
    match tree.resolve(root) {
        Ok(real) => {
            walk.seen.insert(real.path.clone());
            walk.folder(&real.path, "");
            walk.follow_links();
        }
        Err(error) => walk.unreadable("", error.why()),
    }
    walk.found
}

/// Whether a folder has a manifest, which makes it a workspace.
pub fn is_workspace(tree: &dyn Tree, folder: &Path) -> bool {
    tree.has(&folder.join(manifest::FILE_NAME))
}

/// Collects the policy files below a folder. Real folders come first, then links to anything that
/// was not read yet.
struct Walk<'t> {
    tree: &'t dyn Tree,
    globs: GlobSet,
    found: Vec<RawFile>,
    /// Links that are not followed yet: where each is, and its path for reports.
    links: Vec<(PathBuf, String)>,
    /// Real paths of folders and policy files that were read.
    seen: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    /// Walks a real folder. `shown` is its path below the root, empty or ending with a slash.
    fn folder(&mut self, real: &Path, shown: &str) {
        let mut open = vec![(real.to_owned(), shown.to_owned())];
        while let Some((folder, shown)) = open.pop() {
            let entries = match self.tree.entries(&folder) {
                Ok(entries) => entries,
                Err(why) => {
                    self.unreadable(&shown, why);
                    continue;
                }
            };
            for entry in entries {
                let path = folder.join(&entry.name);
                let name = format!("{shown}{}", entry.name.to_string_lossy());
                match entry.kind {
                    Ok(Kind::Link) => self.links.push((path, name)),
                    Ok(Kind::Folder) => {
                        // `.git` belongs to git, and a folder with a manifest is another workspace.
                        let skipped = entry.name == ".git" || is_workspace(self.tree, &path);
                        if !skipped && self.seen.insert(path.clone()) {
                            open.push((path, format!("{name}/")));
                        }
                    }
                    Ok(Kind::File) => self.file(path, name),
                    Err(why) => self.unreadable(&name, why),
                }
            }
        }
    }

    fn file(&mut self, path: PathBuf, name: String) {
        if self.globs.is_match(&name) && self.seen.insert(path.clone()) {
            let content = self.tree.read(&path);
            self.found.push(RawFile { path: name, content });
        }
    }

    fn follow_links(&mut self) {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for (link, name) in links {
                let real = match self.tree.resolve(&link) {
                    Ok(real) => real,
                    // A dangling link matters only if its name is that of a policy file.
                    Err(error) if self.globs.is_match(&name) => {
                        self.unreadable(&name, error.why());
                        continue;
                    }
                    Err(Unresolved::Nowhere(_) | Unresolved::Outside) => continue,
                    Err(Unresolved::Unreadable(_)) => {
                        self.found.push(RawFile { path: name, content: Err(ReadError::LinkLoop) });
                        continue;
                    }
                };
                if link.starts_with(&real.path) {
                    self.found.push(RawFile { path: name, content: Err(ReadError::LinkLoop) });
                } else if !real.is_folder {
                    self.file(real.path, name);
                } else if !is_workspace(self.tree, &real.path)
                    && self.seen.insert(real.path.clone())
                {
                    self.folder(&real.path, &format!("{name}/"));
                }
            }
        }
    }

    fn unreadable(&mut self, shown: &str, why: String) {
        let path = match shown.trim_end_matches('/') {
            "" => ".",
            path => path,
        };
        self.found.push(RawFile { path: path.into(), content: Err(ReadError::Unreadable(why)) });
    }
}
