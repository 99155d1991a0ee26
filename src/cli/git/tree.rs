//! The files of a revision or of the index, as they would be checked out. They are read from the
//! object store, without converting line ends or running filters.

use super::index;
use super::items::{Folder, Item, Object, could_be_checked_out, find, is_below, join, push, split};
use gix::ObjectId;
use gix::bstr::{BStr, BString};
use gix::objs::tree::EntryKind;
use precedent::source::MAX_FILE_BYTES;
use precedent::workspace::ReadError;
use precedent::workspace::tree::{Entry, Kind, Real, Tree, Unresolved};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The most links that a path may go through, as on common systems.
const MAX_LINKS: usize = 40;
/// The longest path in bytes, and the longest target of a link.
const LONGEST_PATH: usize = 4096;

/// The items of a folder, ascending by name.
type Items = Rc<Vec<Item>>;

/// A revision or an index as a tree of files.
pub struct GitTree {
    repository: gix::Repository,
    root: Folder,
    index: Option<gix::worktree::Index>,
    /// Folders that were read, by their real paths.
    folders: RefCell<HashMap<BString, Result<Items, String>>>,
    left_out: RefCell<BTreeSet<String>>,
    /// The folder that everything should come from, and whether anything outside was used.
    home: RefCell<Option<BString>>,
    strayed: Cell<bool>,
    /// Whether an object was missing.
    incomplete: Cell<bool>,
}

impl GitTree {
    pub(super) fn of_tree(repository: gix::Repository, root: ObjectId) -> Self {
        Self::new(repository, Folder::Tree(root), None)
    }

    pub(super) fn of_index(repository: gix::Repository, index: gix::worktree::Index) -> Self {
        Self::new(repository, Folder::Index, Some(index))
    }

    fn new(repository: gix::Repository, root: Folder, index: Option<gix::worktree::Index>) -> Self {
        GitTree {
            repository,
            root,
            index,
            folders: RefCell::default(),
            left_out: RefCell::default(),
            home: RefCell::default(),
            strayed: Cell::default(),
            incomplete: Cell::default(),
        }
    }

    /// Whether another tree is of the same revision, or of one with the same files.
    pub fn is_same(&self, other: &GitTree) -> bool {
        match (&self.root, &other.root) {
            (Folder::Tree(own), Folder::Tree(other)) => own == other,
            _ => false,
        }
    }

    /// The object of a folder, if it exists. From now on, the tree records whether it
    /// [strays](Self::strayed) from this folder: if not, every revision in which the folder has the
    /// same object gives the same result.
    pub fn settle(&self, folder: &Path) -> Option<ObjectId> {
        let (real, None) = self.find(folder).ok()? else { return None };
        let object = match split(real.as_ref()) {
            None => self.root.clone(),
            Some((above, name)) => match find(&self.items(above).ok()?, name) {
                Some(Object::Folder(folder)) => folder.clone(),
                _ => return None,
            },
        };
        let straight: PathBuf = folder.components().collect();
        self.strayed.set(gix::path::into_bstr(straight).map_or(true, |path| *path != real));
        *self.home.borrow_mut() = Some(real);
        match object {
            Folder::Tree(id) => Some(id),
            Folder::Index => None,
        }
    }

    /// Whether anything outside the folder was used, such as the target of a link or a profile
    /// file.
    pub fn strayed(&self) -> bool {
        self.strayed.get()
    }

    /// Whether an object was missing, as in a partial clone.
    pub fn incomplete(&self) -> bool {
        self.incomplete.get()
    }

    /// Records that a name is looked up in a folder.
    fn looks_up(&self, folder: &BStr, name: &BStr) {
        if let Some(home) = &*self.home.borrow()
            && !is_below(folder, home.as_ref())
            && !is_below(home.as_ref(), join(folder, name).as_ref())
        {
            self.strayed.set(true);
        }
    }

    /// The folders in a folder, by name.
    pub fn folders(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok((real, None)) = self.find(folder) else { return Vec::new() };
        let items = self.items(real.as_ref()).unwrap_or_default();
        let folders = items.iter().filter(|item| matches!(item.object, Object::Folder(_)));
        let names = folders
            .filter(|item| could_be_checked_out(item.name.as_ref()))
            .map(|item| item.name.clone());
        names
            .filter_map(|name| gix::path::from_bstring(name).ok())
            .map(|name| folder.join(name))
            .collect()
    }

    /// For an index: whether a sparse checkout leaves files out of the working tree.
    pub fn is_sparse(&self) -> bool {
        self.index.as_ref().is_some_and(|index| index::is_sparse(index))
    }

    /// For an index: whether a sparse checkout leaves this file out.
    pub fn is_left_out(&self, path: &Path) -> bool {
        let path = gix::path::into_bstr(path);
        let index = self.index.as_ref();
        index.zip(path.ok()).is_some_and(|(index, path)| index::is_left_out(index, path.as_ref()))
    }

    /// What was left out, as notes for the reader.
    pub fn left_out(&self) -> Vec<String> {
        self.left_out.borrow().iter().cloned().collect()
    }

    fn leave_out(&self, what: &str, path: &BStr) {
        self.left_out.borrow_mut().insert(format!("{what} `{path}` is left out"));
    }

    /// The items of a folder by its real path.
    fn items(&self, path: &BStr) -> Result<Items, String> {
        if let Some(known) = self.folders.borrow().get(path) {
            return known.clone();
        }
        if path.len() > LONGEST_PATH {
            return Err("its path is too long".into());
        }
        let folder = match split(path) {
            None => self.root.clone(),
            Some((above, name)) => match find(&self.items(above)?, name) {
                Some(Object::Folder(folder)) => folder.clone(),
                Some(_) => return Err("it is not a folder".into()),
                None => return Err("it does not exist".into()),
            },
        };
        let items = self.read_folder(&folder, path).map(Rc::new);
        self.folders.borrow_mut().insert(path.to_owned(), items.clone());
        items
    }

    fn read_folder(&self, folder: &Folder, path: &BStr) -> Result<Vec<Item>, String> {
        let mut items = match (folder, &self.index) {
            (Folder::Tree(id), _) => self.read_tree(*id)?,
            (Folder::Index, Some(index)) => index::items(index, path),
            (Folder::Index, None) => Vec::new(),
        };
        items.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(items)
    }

    fn read_tree(&self, id: ObjectId) -> Result<Vec<Item>, String> {
        let data = self.object(id)?;
        let mut items = Vec::new();
        for entry in gix::objs::TreeRefIter::from_bytes(&data, id.kind()) {
            let entry = entry
                .map_err(|error| format!("the object {id} is corrupt: {}", super::words(&error)))?;
            let id = entry.oid.to_owned();
            let object = match entry.mode.kind() {
                EntryKind::Tree => Object::Folder(Folder::Tree(id)),
                EntryKind::Blob | EntryKind::BlobExecutable => Object::File(id),
                EntryKind::Link => Object::Link(id),
                EntryKind::Commit => Object::Submodule,
            };
            items.push(Item { name: entry.filename.to_owned(), object });
        }
        Ok(items)
    }

    fn size(&self, id: ObjectId) -> Result<u64, String> {
        match self.repository.try_find_header(id) {
            Ok(Some(header)) => Ok(header.size()),
            Ok(None) => Err(self.missing(id)),
            Err(error) => Err(super::words(&error)),
        }
    }

    fn object(&self, id: ObjectId) -> Result<Vec<u8>, String> {
        match self.repository.try_find_object(id) {
            Ok(Some(mut object)) => Ok(std::mem::take(&mut object.data)),
            Ok(None) => Err(self.missing(id)),
            Err(error) => Err(super::words(&error)),
        }
    }

    /// Records and describes an object that a partial clone does not have.
    fn missing(&self, id: ObjectId) -> String {
        self.incomplete.set(true);
        let remedy = "in a partial clone, `git fetch --refetch --no-filter` fetches it";
        format!("its object {} is not in this clone; {remedy}", id.to_hex_with_len(10))
    }

    /// The real path with all links followed, and its object unless it is a folder.
    fn find(&self, path: &Path) -> Result<(BString, Option<Object>), Unresolved> {
        let nowhere = |why: &str| Err(Unresolved::Nowhere(why.to_owned()));
        let mut rest = Vec::new();
        push(&mut rest, path)?;
        let mut real = BString::default();
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if name == ".." {
                match split(real.as_ref()).map(|(above, _)| above.len()) {
                    Some(above) => real.truncate(above),
                    None if rest.iter().all(|part| part == "..") => {
                        return Err(Unresolved::Unreadable(
                            "it leads to a folder above the repository".into(),
                        ));
                    }
                    None => return Err(Unresolved::Outside),
                }
                continue;
            }
            self.looks_up(real.as_ref(), name.as_ref());
            let items = self.items(real.as_ref()).map_err(Unresolved::Unreadable)?;
            match find(&items, name.as_ref()) {
                None => return nowhere("it does not exist"),
                Some(Object::Link(id)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Unresolved::Unreadable(
                            "it goes through too many links".into(),
                        ));
                    }
                    push(&mut rest, &self.link(*id).map_err(Unresolved::Unreadable)?)?;
                }
                Some(object) => {
                    real = join(real.as_ref(), name.as_ref());
                    if !matches!(object, Object::Folder(_)) {
                        return if rest.is_empty() {
                            Ok((real, Some(object.clone())))
                        } else {
                            nowhere("it is not a folder")
                        };
                    }
                }
            }
        }
        Ok((real, None))
    }

    fn link(&self, id: ObjectId) -> Result<PathBuf, String> {
        if self.size(id)? > LONGEST_PATH as u64 {
            return Err("the target of the link is too long".into());
        }
        gix::path::from_bstring(self.object(id)?).map_err(|error| super::words(&error))
    }
}

impl Tree for GitTree {
    fn entries(&self, folder: &Path) -> Result<Vec<Entry>, String> {
        let folder = gix::path::into_bstr(folder).map_err(|error| super::words(&error))?;
        let mut entries = Vec::new();
        for item in self.items(folder.as_ref())?.iter() {
            let kind = match item.object {
                _ if !could_be_checked_out(item.name.as_ref()) => {
                    Err("git does not check out such a name".into())
                }
                Object::Submodule => {
                    self.leave_out(
                        "the submodule",
                        join(folder.as_ref(), item.name.as_ref()).as_ref(),
                    );
                    continue;
                }
                Object::Folder(_) => Ok(Kind::Folder),
                Object::Link(_) => Ok(Kind::Link),
                Object::File(_) | Object::Unmerged => Ok(Kind::File),
            };
            let name =
                gix::path::from_bstring(item.name.clone()).map_err(|error| super::words(&error))?;
            entries.push(Entry { name: name.into_os_string(), kind });
        }
        Ok(entries)
    }

    fn has(&self, path: &Path) -> bool {
        let Some((folder, name)) = path.parent().zip(path.file_name()) else { return false };
        let (Ok((folder, None)), Ok(name)) = (self.find(folder), gix::path::os_str_into_bstr(name))
        else {
            return false;
        };
        self.looks_up(folder.as_ref(), name);
        self.items(folder.as_ref()).is_ok_and(|items| find(&items, name).is_some())
    }

    fn resolve(&self, path: &Path) -> Result<Real, Unresolved> {
        let (real, object) = self.find(path).inspect_err(|error| {
            if let (Unresolved::Outside, Ok(path)) = (error, gix::path::into_bstr(path)) {
                let note = format!("the link `{path}` leads out of the repository and is left out");
                self.left_out.borrow_mut().insert(note);
            }
        })?;
        if object == Some(Object::Submodule) {
            self.leave_out("the submodule", real.as_ref());
            return Err(Unresolved::Nowhere("it is a submodule".into()));
        }
        let path = gix::path::from_bstring(real)
            .map_err(|error| Unresolved::Unreadable(super::words(&error)))?;
        Ok(Real { path, is_folder: object.is_none() })
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let id = self.file(path).map_err(ReadError::Unreadable)?;
        // The size comes before the content, so a file that is too large is not unpacked.
        match self.size(id).map_err(ReadError::Unreadable)? {
            size if size > MAX_FILE_BYTES => Err(ReadError::TooLarge(size)),
            _ => self.object(id).map_err(ReadError::Unreadable),
        }
    }

    fn read_compiled(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.file(path).and_then(|id| self.object(id)).map_err(io::Error::other)
    }
}

impl GitTree {
    fn file(&self, path: &Path) -> Result<ObjectId, String> {
        match self.find(path).map_err(Unresolved::why)?.1 {
            Some(Object::File(id)) => Ok(id),
            Some(Object::Unmerged) => {
                Err("it has a merge conflict: resolve it, then `git add` the file".into())
            }
            _ => Err("it is not a regular file".into()),
        }
    }
}
