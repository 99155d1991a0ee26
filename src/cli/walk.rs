//! Finds the policy files of a workspace: those below its folder that its manifest includes.

use super::tree::{Kind, Tree, Unresolved};
use globset::GlobSet;
use precedent::workspace::manifest;
use precedent::workspace::{RawFile, ReadError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// All policy files below a folder that belong to its workspace.
pub fn walk(tree: &dyn Tree, root: &Path, globs: GlobSet) -> Vec<RawFile> {
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
