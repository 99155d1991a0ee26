//! The disk as a tree of files.

use precedent::source::MAX_FILE_BYTES;
use precedent::workspace::ReadError;
use precedent::workspace::tree::{Entry, Kind, Real, Tree, Unresolved};
use std::path::Path;
use std::{fs, io};

/// What the system shows.
#[derive(Debug)]
pub struct Disk {
    /// Whether folders that are repositories of their own belong to the tree, which they never do
    /// in a revision.
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
