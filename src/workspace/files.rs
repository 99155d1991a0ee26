//! Finds the files of a workspace: the policy files below its folder that its manifest includes.

use super::compile::Input;
use super::manifest::{self, Manifest, has_hidden_part};
use super::near;
use super::read::{BadInclude, RawFile, ReadError};
use super::tree::{Entry, Kind, Tree, Unresolved, raw_file};
use crate::source::{FileId, MAX_TOML_BYTES, SourceFile};
use crate::text::look_alike::plain;
use std::collections::BTreeSet;
use std::ffi::OsStr;
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
            if parsed(&read_manifest(tree, root)).takes(&relative) {
                return Place::Folder(root.into());
            }
        }
        Place::File(path.into())
    }

    /// What a folder stands for: without a manifest of its own, for the workspace around it that
    /// takes in a file below it, if there is one.
    pub fn of_folder(tree: &dyn Tree, path: &Path) -> Place {
        let around = path.ancestors().find(|folder| is_workspace(tree, folder));
        let Some(root) = around.filter(|root| *root != path) else {
            return Place::Folder(path.into());
        };
        let below = path.strip_prefix(root).map(slashes).unwrap_or_default() + "/";
        let mut files = files(tree, root).files.into_iter();
        let takes_some = files.any(|file| file.is_policy() && file.path.starts_with(&below));
        Place::Folder(if takes_some { root.into() } else { path.into() })
    }
}

/// The manifest of a folder, if it has one, and the policy files that belong to it.
pub fn files(tree: &dyn Tree, root: &Path) -> Input {
    let raw = is_workspace(tree, root).then(|| read_manifest(tree, root));
    let manifest = raw.as_ref().map_or_else(Manifest::default, parsed);
    Input { files: walk(tree, root, manifest), manifest: raw }
}

/// A policy file that is a workspace by itself.
pub fn single_file(tree: &dyn Tree, path: &Path) -> Input {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Input { manifest: None, files: vec![raw_file(tree, path, name.unwrap_or_default())] }
}

fn read_manifest(tree: &dyn Tree, root: &Path) -> RawFile {
    raw_file(tree, &root.join(manifest::FILE_NAME), manifest::FILE_NAME.into())
}

/// The content of a manifest. One that cannot be read takes in what it would by default, so that
/// the files are checked in the same run.
fn parsed(manifest: &RawFile) -> Manifest {
    let small = |bytes: &&Vec<u8>| bytes.len() as u64 <= MAX_TOML_BYTES;
    let bytes = manifest.content.as_ref().ok().filter(small);
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let read =
        text.map(|text| manifest::read(FileId(0), &SourceFile::new(manifest::FILE_NAME, text)));
    read.map_or_else(Manifest::default, |(manifest, _)| manifest)
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// All policy files that belong to the workspace of a folder.
fn walk(tree: &dyn Tree, root: &Path, manifest: Manifest) -> Vec<RawFile> {
    let include = manifest.include.clone();
    let mut walk = Walk {
        tree,
        manifest,
        is_included: false,
        found: Vec::new(),
        links: Vec::new(),
        through: Vec::new(),
        seen: BTreeSet::new(),
        passed_over: Vec::new(),
        left: BTreeSet::new(),
        again: 0,
        met: 0,
    };
    match tree.resolve(root) {
        Ok(real) => {
            walk.seen.insert(real.path.clone());
            walk.folder(&real.path, "");
            walk.follow_links();
            walk.nearly_named_above(root);
            walk.patterns_without_files(&real.path);
            walk.is_included = true;
            for (folder, _) in include {
                if let Err(why) = walk.include(&real.path, &folder) {
                    walk.found
                        .push(RawFile { path: folder, content: Err(ReadError::Include(why)) });
                }
            }
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
    manifest: Manifest,
    /// The folder is one of `include`, of which all policy files belong to the workspace.
    is_included: bool,
    found: Vec<RawFile>,
    /// Links that are not followed yet.
    links: Vec<Link>,
    /// Where the links are that led to the folder that is walked.
    through: Vec<PathBuf>,
    /// Real paths of folders and policy files that were read.
    seen: BTreeSet<PathBuf>,
    /// Policy files that no pattern takes in.
    passed_over: Vec<String>,
    /// The real paths of those that no pattern took in yet: by way of a link, one may.
    left: BTreeSet<PathBuf>,
    /// How often a folder was walked again, under another name.
    again: usize,
    /// How often a policy file was met that belongs to the workspace, be it for the second time.
    met: usize,
}

/// How often folders are walked again for what is left in them: a few folders full of links to each
/// other have more names than anybody has time for.
const MOST_AGAIN: usize = 1000;

/// A link that is not followed yet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    /// Where it is.
    path: PathBuf,
    /// Its path for reports.
    name: String,
    /// Where the links are that led to its folder.
    through: Vec<PathBuf>,
}

impl Walk<'_> {
    /// Whether a file belongs to the workspace, by its path for reports.
    fn takes(&self, name: &str) -> bool {
        if !self.is_included {
            return self.manifest.takes(name);
        }
        name.ends_with(".prec") && !has_hidden_part(name) && !self.manifest.exclude.is_match(name)
    }

    /// Whether an entry is hidden, and no pattern spells its dot out.
    fn is_hidden(&self, name: &OsStr) -> bool {
        let bytes = name.as_encoded_bytes();
        // Nothing is called so in a folder, and what pretends to be is reported.
        let is_name = name != "." && name != ".." && !bytes.contains(&b'/');
        let is_hidden = bytes.starts_with(b".") && is_name;
        is_hidden && (self.is_included || !self.manifest.takes_hidden() || name == ".git")
    }

    /// Whether a folder is another workspace, or another checkout of a repository.
    fn is_another(&self, folder: &Path) -> bool {
        is_workspace(self.tree, folder) || self.tree.has(&folder.join(".git"))
    }

    /// Reads the files below an included folder, which is given by the way from the workspace.
    fn include(&mut self, root: &Path, folder: &str) -> Result<(), BadInclude> {
        let mut target = root.to_owned();
        for part in folder.split('/') {
            match part {
                "" | "." => {}
                ".." if target.file_name().is_some() => {
                    target.pop();
                }
                ".." => return Err(BadInclude::Outside),
                part => target.push(part),
            }
        }
        // A tree of relative paths is a revision or a memory, whose root is the outermost folder.
        let mut above = root.ancestors();
        let repository = above.find(|folder| self.tree.has(&folder.join(".git")));
        let outermost = repository.or(root.parent().filter(|_| root.is_absolute()));
        if outermost.is_some_and(|outermost| !target.starts_with(outermost)) {
            return Err(BadInclude::Outside);
        }
        if root.starts_with(&target) {
            return Err(BadInclude::Circle);
        }
        // Another checkout inside of this one is another repository.
        let mut inside = target.ancestors().take_while(|folder| Some(*folder) != outermost);
        if outermost.is_some() && inside.any(|folder| self.tree.has(&folder.join(".git"))) {
            return Err(BadInclude::Outside);
        }
        let real = self.tree.resolve(&target).map_err(|_| BadInclude::Missing)?;
        if !real.is_folder {
            return Err(BadInclude::Missing);
        }
        // A folder of the workspace may be one that its patterns leave out.
        if !self.seen.insert(real.path.clone()) && !real.path.starts_with(root) {
            return Err(BadInclude::Twice);
        }
        let met = self.met;
        self.folder(&real.path, &format!("{folder}/"));
        self.follow_links();
        if self.met > met { Ok(()) } else { Err(BadInclude::Empty) }
    }

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
                self.note_nearly_named(&entry, &shown);
                if self.is_hidden(&entry.name) {
                    continue;
                }
                let path = folder.join(&entry.name);
                let name = format!("{shown}{}", entry.name.to_string_lossy());
                match entry.kind {
                    Ok(Kind::Link) => {
                        self.links.push(Link { path, name, through: self.through.clone() });
                    }
                    Ok(Kind::Folder) => {
                        if !self.is_another(&path) && self.is_worth_a_look(&path) {
                            open.push((path, format!("{name}/")));
                        }
                    }
                    Ok(Kind::File) => self.file(path, name),
                    Err(why) => self.unreadable(&name, why),
                }
            }
        }
    }

    /// Whether a folder was not walked yet, or has policy files that no pattern took in under the
    /// names that they have had so far.
    fn is_worth_a_look(&mut self, folder: &Path) -> bool {
        if self.seen.insert(folder.to_owned()) {
            return true;
        }
        let mut left = self.left.range(folder.to_owned()..);
        let has_left = left.next().is_some_and(|file| file.starts_with(folder));
        self.again += usize::from(has_left);
        has_left
    }

    fn file(&mut self, path: PathBuf, name: String) {
        let is_taken = self.takes(&name);
        self.met += usize::from(is_taken);
        if !is_taken {
            if name.ends_with(".prec") && !self.seen.contains(&path) {
                self.left.insert(path);
            }
            if name.ends_with(".prec") || near::as_policy(&name).is_some() {
                self.passed_over.push(name);
            }
        } else if self.seen.insert(path.clone()) {
            self.left.remove(&path);
            let content = self.tree.read(&path);
            self.found.push(RawFile { path: name, content });
        }
    }

    /// Notes a file that would be a policy file or a manifest but for letters of its path.
    fn note_nearly_named(&mut self, entry: &Entry, shown: &str) {
        if entry.kind == Ok(Kind::Folder) {
            return;
        }
        let name = entry.name.to_string_lossy();
        let path = format!("{shown}{name}");
        if near::is_like_manifest(&name) {
            if !self.manifest.exclude.is_match(&path) {
                self.nearly_named(path, manifest::FILE_NAME.into(), true);
            }
        } else if let Some(right) = near::as_policy(&name) {
            let is_meant = self.takes(&format!("{shown}{right}"))
                || !has_hidden_part(&path) && self.manifest.policies.is_match(&path);
            if is_meant && !self.manifest.exclude.is_match(&path) {
                self.nearly_named(path, right, false);
            }
        } else if name.ends_with(".prec") && !path.is_ascii() && !self.takes(&path) {
            let plain = plain(&path);
            if plain != path && self.takes(&plain) && !self.manifest.exclude.is_match(&path) {
                self.nearly_named(path, plain, false);
            }
        }
    }

    fn nearly_named(&mut self, path: String, name: String, is_manifest: bool) {
        let content = Err(ReadError::NearlyNamed { name, is_manifest });
        self.found.push(RawFile { path, content });
    }

    /// Notes what would be the manifest of a workspace around a folder that has none, up to the
    /// root of the repository.
    fn nearly_named_above(&mut self, root: &Path) {
        let is_root =
            |folder: &Path| folder.as_os_str().is_empty() || self.tree.has(&folder.join(".git"));
        if is_workspace(self.tree, root) || !root.ancestors().any(is_root) || is_root(root) {
            return;
        }
        let mut up = String::new();
        for folder in root.ancestors().skip(1) {
            up.push_str("../");
            for name in near::like_manifests(self.tree, folder) {
                self.nearly_named(format!("{up}{name}"), manifest::FILE_NAME.into(), true);
            }
            if is_workspace(self.tree, folder) || self.tree.has(&folder.join(".git")) {
                return;
            }
        }
    }

    /// Looks for the cause where a pattern takes in no file.
    fn patterns_without_files(&mut self, root: &Path) {
        let mut has_file = vec![false; self.manifest.patterns.len()];
        for file in self.found.iter().filter(|file| file.is_policy()) {
            for at in self.manifest.policies.matches(&file.path) {
                // The default pattern is not one of the manifest's.
                if let Some(has_file) = has_file.get_mut(at) {
                    *has_file = true;
                }
            }
        }
        if has_file.iter().all(|has_file| *has_file) {
            return;
        }
        let taken = self.found.iter().filter(|file| file.is_policy()).map(|file| &*file.path);
        let files: Vec<&str> = taken.chain(self.passed_over.iter().map(String::as_str)).collect();
        let patterns = self.manifest.patterns.iter().zip(has_file).filter(|(_, has)| !has);
        let misses: Vec<RawFile> = patterns
            .filter_map(|((pattern, _), _)| {
                let why = near::near_miss(self.tree, root, pattern, &files)?;
                Some(RawFile { path: pattern.clone(), content: Err(ReadError::Pattern(why)) })
            })
            .collect();
        self.found.extend(misses);
    }

    fn follow_links(&mut self) {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for Link { path: link, name, through } in links {
                let real = match self.tree.resolve(&link) {
                    Ok(real) => real,
                    // A dangling link matters only if its name is that of a policy file.
                    Err(error) if self.takes(&name) => {
                        self.unreadable(&name, error.why());
                        continue;
                    }
                    Err(Unresolved::Nowhere(_) | Unresolved::Outside) => continue,
                    Err(Unresolved::Unreadable(_)) => {
                        self.found.push(RawFile { path: name, content: Err(ReadError::LinkLoop) });
                        continue;
                    }
                };
                // A folder that links lead out of and back into has been walked on the way.
                let is_round = through.iter().any(|link| link.starts_with(&real.path));
                if link.starts_with(&real.path) || self.again > MOST_AGAIN {
                    self.found.push(RawFile { path: name, content: Err(ReadError::LinkLoop) });
                } else if !real.is_folder {
                    self.file(real.path, name);
                } else if !is_round
                    && !self.is_another(&real.path)
                    && self.is_worth_a_look(&real.path)
                {
                    self.through = through;
                    self.through.push(link);
                    self.folder(&real.path, &format!("{name}/"));
                    self.through.clear();
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
