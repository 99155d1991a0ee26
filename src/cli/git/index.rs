//! The folders of an index, which is a single list of paths.

use super::items::{Folder, Item, Object};
use gix::bstr::{BStr, BString, ByteSlice};
use gix::index::entry::{Flags, Mode, Stage};

/// The items of a folder, as staged.
pub(super) fn items(index: &gix::index::State, folder: &BStr) -> Vec<Item> {
    let prefix = if folder.is_empty() {
        BString::default()
    } else {
        [folder.as_bytes(), b"/"].concat().into()
    };
    let entries = index.entries();
    // Entries ascend by path.
    let first_from =
        |path: &[u8]| entries.partition_point(|entry| entry.path(index).as_bytes() < path);
    let mut items: Vec<Item> = Vec::new();
    let mut at = first_from(&prefix);
    while let Some(entry) = entries.get(at) {
        let Some(rest) = entry.path(index).strip_prefix(prefix.as_bytes()) else { break };
        let name = rest.find_byte(b'/').map_or(rest, |end| &rest[..end]);
        if name.len() == rest.len() {
            at += 1;
            let known = items.last().is_some_and(|item| item.name == name);
            // An intent-to-add entry has no content yet; an unmerged file has several entries.
            if !known && !entry.flags.contains(Flags::INTENT_TO_ADD) {
                items.push(Item { name: name.into(), object: object(entry) });
            }
            continue;
        }
        // A sparse index has a single entry for a folder that is not checked out; its name ends
        // with a slash.
        let whole = name.len() + 1 == rest.len() && entry.mode.contains(Mode::DIR);
        let folder = if whole { Folder::Tree(entry.id) } else { Folder::Index };
        items.push(Item { name: name.into(), object: Object::Folder(folder) });
        // `0` comes after `/`: the first entry after all of the folder's.
        at = first_from(&[prefix.as_bytes(), name, b"0"].concat());
    }
    items
}

/// Whether a sparse checkout leaves any file out.
pub(super) fn is_sparse(index: &gix::index::State) -> bool {
    index.entries().iter().any(|entry| entry.flags.contains(Flags::SKIP_WORKTREE))
}

/// Whether a sparse checkout leaves this file out, by itself or with one of its folders.
pub(super) fn is_left_out(index: &gix::index::State, path: &BStr) -> bool {
    let skipped = |path: &BStr| {
        let entry = index.entry_by_path(path);
        entry.is_some_and(|entry| entry.flags.contains(Flags::SKIP_WORKTREE))
    };
    let folders = path.find_iter("/").map(|at| path[..=at].as_bstr());
    folders.chain([path]).any(skipped)
}

fn object(entry: &gix::index::Entry) -> Object {
    match entry.mode {
        _ if entry.stage() != Stage::Unconflicted => Object::Unmerged,
        Mode::SYMLINK => Object::Link(entry.id),
        Mode::COMMIT => Object::Submodule,
        _ => Object::File(entry.id),
    }
}
