//! Where the loader reads files from: the disk here, a revision in [`super::git`].

use precedent::source::MAX_FILE_BYTES;
use precedent::workspace::ReadError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A tree of files that is only read. On disk, paths are those of the system; in a revision, they
/// are relative to the root of the repository.
pub trait Tree {
    /// The entries of a folder in any order, or why it cannot be read.
    fn entries(&self, folder: &Path) -> Result<Vec<Entry>, String>;
    /// Whether something with this name exists, even if it is a link without a target.
    fn has(&self, path: &Path) -> bool;
    /// Where a path leads when all links are followed.
    fn resolve(&self, path: &Path) -> Result<Real, Unresolved>;
    /// The bytes of a file; links are followed.
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError>;
    /// The bytes of a compiled file, which can be of any size and may be a pipe.
    fn read_compiled(&self, path: &Path) -> io::Result<Vec<u8>>;
}

pub struct Entry {
    pub name: OsString,
    pub kind: Result<Kind, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that is neither a folder nor a link.
    File,
    Folder,
    Link,
}

/// A path without links in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Real {
    pub path: PathBuf,
    pub is_folder: bool,
}

/// Why a path cannot be resolved.
#[derive(Debug, PartialEq, Eq)]
pub enum Unresolved {
    Nowhere(String),
    /// It leads out of the repository, whose revisions do not have the target.
    Outside,
    /// Such as a link that leads to itself.
    Unreadable(String),
}

impl Unresolved {
    /// The reason, for a message.
    pub fn why(self) -> String {
        match self {
            Unresolved::Nowhere(why) | Unresolved::Unreadable(why) => why,
            Unresolved::Outside => "it leads out of the repository".into(),
        }
    }
}

/// The files of the system.
#[derive(Debug)]
pub struct Disk {
    /// Whether folders that are repositories of their own belong to the tree, which they never do in
    /// a revision.
    pub repositories_below: bool,
}

/// The disk, with nested repositories.
pub const DISK: &Disk = &Disk { repositories_below: true };

impl Tree for Disk {
    fn entries(&self, folder: &Path) -> Result<Vec<Entry>, String> {
        let words = |error: io::Error| error.to_string();
        let kind = |kind: fs::FileType| match kind {
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_dir() => Kind::Folder,
            _ => Kind::File,
        };
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(words)? {
            let entry = entry.map_err(words)?;
            let kind = entry.file_type().map(kind).map_err(words);
            let left_out = !self.repositories_below
                && kind == Ok(Kind::Folder)
                && self.has(&entry.path().join(".git"));
            if !left_out {
                entries.push(Entry { name: entry.file_name(), kind });
            }
        }
        Ok(entries)
    }

    fn has(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }

    fn resolve(&self, path: &Path) -> Result<Real, Unresolved> {
        match fs::canonicalize(path) {
            Ok(real) => Ok(Real { is_folder: real.is_dir(), path: real }),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Err(Unresolved::Nowhere(error.to_string()))
            }
            Err(error) => Err(Unresolved::Unreadable(error.to_string())),
        }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let unreadable = |error: io::Error| ReadError::Unreadable(error.to_string());
        let metadata = fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(ReadError::Unreadable("it is not a regular file".into()));
        }
        if metadata.len() > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge(metadata.len()));
        }
        fs::read(path).map_err(unreadable)
    }

    fn read_compiled(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }
}
