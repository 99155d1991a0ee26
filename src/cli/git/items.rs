//! The content of git folders, and paths in them: bytes, with `/` between names.

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use precedent::workspace::tree::Unresolved;
use std::path::{Component, Path};

/// What a name refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Object {
    File(ObjectId),
    Link(ObjectId),
    Folder(Folder),
    Submodule,
    /// In the index: a file with a merge conflict.
    Unmerged,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Tree(ObjectId),
    /// In the index, which has no objects for folders unless it is sparse.
    Index,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub name: BString,
    pub object: Object,
}

/// The object of a name among the items of a folder.
pub(super) fn find<'i>(items: &'i [Item], name: &BStr) -> Option<&'i Object> {
    let at = items.binary_search_by(|item| item.name.as_bstr().cmp(name)).ok()?;
    Some(&items[at].object)
}

/// The folder and the name of a path; none for the root.
pub(super) fn split(path: &BStr) -> Option<(&BStr, &BStr)> {
    if path.is_empty() {
        return None;
    }
    match path.rfind_byte(b'/') {
        Some(at) => Some((path[..at].as_bstr(), path[at + 1..].as_bstr())),
        None => Some((BStr::new(""), path)),
    }
}

/// Whether a path is a folder or below it.
pub(super) fn is_below(path: &BStr, folder: &BStr) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

pub(super) fn join(folder: &BStr, name: &BStr) -> BString {
    if folder.is_empty() {
        name.to_owned()
    } else {
        [folder.as_bytes(), b"/", name.as_bytes()].concat().into()
    }
}

/// Puts the parts of a path on a stack, the first on top.
pub(super) fn push(stack: &mut Vec<BString>, path: &Path) -> Result<(), Unresolved> {
    let outside = |_| Unresolved::Outside;
    for part in path.components().rev() {
        match part {
            Component::Normal(name) => {
                stack.push(gix::path::os_str_into_bstr(name).map_err(outside)?.to_owned())
            }
            Component::ParentDir => stack.push("..".into()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(Unresolved::Outside),
        }
    }
    Ok(())
}

/// Whether a name in a tree is valid on a disk: a tree object may be made by hand.
pub(super) fn could_be_checked_out(name: &BStr) -> bool {
    !matches!(name.as_bytes(), b"" | b"." | b"..") && !name.contains(&b'/') && !name.contains(&0)
}
