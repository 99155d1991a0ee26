//! A tree of files to read, whatever it is made of: a disk, a revision of a repository, an archive,
//! or the buffers of an editor. Which files belong to a workspace is decided over this trait, so
//! that all of them share one answer.

use super::read::{RawFile, ReadError};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Files and folders that are only read. Paths are the tree's own: of the disk those of the system,
/// of a revision those below the root of the repository.
pub trait Tree {
    /// What stands in a folder, in any order, or why that is not known.
    fn entries(&self, folder: &Path) -> Result<Vec<Entry>, String>;
    /// Whether there is something of this name, be it a link that leads nowhere.
    fn has(&self, path: &Path) -> bool;
    /// Where a path leads when every link on the way is followed.
    fn resolve(&self, path: &Path) -> Result<Real, Unresolved>;
    /// The bytes of a file; links are followed.
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError>;
    /// The bytes of a compiled file, which may have any size and come through a pipe.
    fn read_compiled(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// What stands in a folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in the folder.
    pub name: OsString,
    /// What it is, or why that is not known.
    pub kind: Result<Kind, String>,
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that is neither a folder nor a link.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
}

/// A path without links in it, and what stands there.
#[derive(Debug, PartialEq, Eq)]
pub struct Real {
    /// The tree's path of it.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Why a path leads to nothing that can be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// Nothing has this path; the system's own words.
    Nowhere(String),
    /// It leads out of the tree.
    Outside,
    /// Such as a link that leads to itself; the system's own words.
    Unreadable(String),
}

impl Unresolved {
    /// The reason, in words.
    pub fn why(self) -> String {
        match self {
            Unresolved::Nowhere(why) | Unresolved::Unreadable(why) => why,
            Unresolved::Outside => "it leads out of the repository".into(),
        }
    }
}

/// Files in memory, by their paths from the root, with `/` between folders.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// A tree of these files.
    pub fn new<P, T>(files: impl IntoIterator<Item = (P, T)>) -> Memory
    where
        P: Into<PathBuf>,
        T: Into<Vec<u8>>,
    {
        let files = files.into_iter().map(|(path, content)| (path.into(), content.into()));
        Memory { files: files.collect() }
    }

    /// The names that stand directly in a folder, each with whether it is a folder itself.
    fn names(&self, folder: &Path) -> BTreeMap<OsString, bool> {
        let below = self.files.keys().filter_map(|path| path.strip_prefix(folder).ok());
        below
            .filter_map(|path| {
                let mut parts = path.components();
                let name = parts.next()?.as_os_str().to_owned();
                Some((name, parts.next().is_some()))
            })
            .collect()
    }
}

impl Tree for Memory {
    fn entries(&self, folder: &Path) -> Result<Vec<Entry>, String> {
        let entry = |(name, is_folder)| {
            let kind = if is_folder { Kind::Folder } else { Kind::File };
            Entry { name, kind: Ok(kind) }
        };
        Ok(self.names(folder).into_iter().map(entry).collect())
    }

    fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path) || !self.names(path).is_empty()
    }

    fn resolve(&self, path: &Path) -> Result<Real, Unresolved> {
        let is_folder = !self.files.contains_key(path);
        // The root is there even when it is empty.
        if is_folder && !path.as_os_str().is_empty() && self.names(path).is_empty() {
            return Err(Unresolved::Nowhere("no such file".into()));
        }
        Ok(Real { path: path.to_owned(), is_folder })
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let found = self.files.get(path).cloned();
        found.ok_or_else(|| ReadError::Unreadable("no such file".into()))
    }

    fn read_compiled(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A file of a tree as the compiler takes it, under the path that findings name it by.
pub fn raw_file(tree: &dyn Tree, path: &Path, name: String) -> RawFile {
    RawFile { path: name, content: tree.read(path) }
}
