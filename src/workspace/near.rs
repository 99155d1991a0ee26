//! Names that are nearly right: files that look like policies or manifests and are not read, and
//! patterns that take in no file on account of a letter.

use super::manifest;
use super::tree::{Kind, Tree};
use crate::diagnostic::suggest;
use crate::ir::inventory::glob;
use crate::text::look_alike::plain;
use globset::GlobBuilder;
use std::path::Path;

/// Why a pattern takes in no file, as far as that can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NearMiss {
    /// Files match it, and `exclude` leaves them all out: one of them.
    Excluded {
        /// The path of such a file.
        file: String,
    },
    /// Files match it but for the case of letters: one of them, and the pattern that matches all of
    /// them.
    OtherCase {
        /// The path of such a file.
        file: String,
        /// The pattern in the case of the files, if one matches them all.
        pattern: Option<String>,
    },
    /// Files match it but for its ending, which is nearly the right one: the pattern that matches
    /// them.
    OtherEnding {
        /// The pattern with the right ending.
        pattern: String,
    },
    /// A folder that it names is not there, but perhaps one of a similar name.
    NoFolder {
        /// The folder.
        folder: String,
        /// The other folder.
        close: Option<String>,
    },
}

/// What some editors add to the name of every text.
const TEXT_ENDING: &str = ".txt";

/// A name without the ending that an editor has added.
fn without_text_ending(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(TEXT_ENDING.len())?;
    name.get(at..)?.eq_ignore_ascii_case(TEXT_ENDING).then(|| &name[..at])
}

/// The name that a file should have to be a policy file, if it only lacks that by the case of its
/// ending, by what cannot be seen in it, or by another ending after it.
pub(super) fn as_policy(name: &str) -> Option<String> {
    if let Some(name) = without_text_ending(name) {
        return name.ends_with(".prec").then(|| name.to_owned());
    }
    let at = name.rfind(|character: char| plain(character.encode_utf8(&mut [0; 4])) == ".")?;
    let (stem, ending) = name.split_at(at);
    let is_meant = ending != ".prec" && plain(ending).eq_ignore_ascii_case(".prec");
    is_meant.then(|| format!("{stem}.prec"))
}

/// Whether the name of a file is nearly that of a manifest.
pub(super) fn is_like_manifest(name: &str) -> bool {
    if name == manifest::FILE_NAME {
        return false;
    }
    let plain = plain(name).to_ascii_lowercase();
    let plain = plain.strip_prefix('.').unwrap_or(&plain);
    let plain = without_text_ending(plain).unwrap_or(plain);
    let Some((stem, ending)) = plain.rsplit_once('.') else { return false };
    // A name with more words or a number is another file: one for another site, or a copy.
    let is_close = || {
        stem.bytes().all(|byte| byte.is_ascii_lowercase())
            && strsim::damerau_levenshtein(stem, "precedent") <= 2
    };
    ["toml", "tml", "tom", "yaml", "yml"].contains(&ending) && is_close()
}

/// The files in a folder whose names are nearly that of a manifest.
pub(super) fn like_manifests(tree: &dyn Tree, folder: &Path) -> Vec<String> {
    let entries = tree.entries(folder).unwrap_or_default().into_iter();
    let files = entries.filter(|entry| entry.kind != Ok(Kind::Folder));
    let names = files.map(|entry| entry.name.to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| is_like_manifest(name)).collect();
    names.sort();
    names
}

/// Why a pattern takes in none of the files below a folder.
pub(super) fn near_miss(
    tree: &dyn Tree,
    root: &Path,
    pattern: &str,
    files: &[&str],
) -> Option<NearMiss> {
    let mut any_case = GlobBuilder::new(pattern);
    let any_case = any_case.literal_separator(true).case_insensitive(true).build().ok()?;
    let any_case = any_case.compile_matcher();
    let hits: Vec<&str> = files.iter().copied().filter(|file| any_case.is_match(file)).collect();
    let is_match = glob(pattern).ok().map(|glob| glob.compile_matcher());
    let exact = hits.iter().filter(|hit| is_match.as_ref().is_some_and(|glob| glob.is_match(hit)));
    if let Some(file) = exact.min() {
        return Some(NearMiss::Excluded { file: (*file).to_owned() });
    }
    if let Some(file) = hits.iter().min() {
        let respelled = respelled(pattern, file);
        let is_match = glob(&respelled).ok().map(|glob| glob.compile_matcher());
        let fits = is_match.is_some_and(|matcher| hits.iter().all(|hit| matcher.is_match(hit)));
        let pattern = (fits && respelled != pattern).then_some(respelled);
        return Some(NearMiss::OtherCase { file: (*file).to_owned(), pattern });
    }
    let renamed = with_policy_ending(pattern).and_then(|renamed| glob(&renamed).ok());
    let renamed = renamed.filter(|glob| {
        let matcher = glob.compile_matcher();
        files.iter().any(|file| matcher.is_match(file))
    });
    if let Some(renamed) = renamed {
        return Some(NearMiss::OtherEnding { pattern: renamed.glob().to_owned() });
    }
    missing_folder(tree, root, pattern)
}

/// A pattern whose ending is nearly that of policy files, with theirs.
fn with_policy_ending(pattern: &str) -> Option<String> {
    let (stem, ending) = pattern.rsplit_once('.')?;
    let is_close = strsim::damerau_levenshtein(&ending.to_ascii_lowercase(), "prec") <= 2;
    (is_close && ending.len() > 2 && ending != "prec").then(|| format!("{stem}.prec"))
}

/// A pattern with the names of a path that it matches but for the case of letters.
fn respelled(pattern: &str, path: &str) -> String {
    let mut names = path.split('/');
    let mut is_aligned = true;
    let part = |part: &str| {
        is_aligned &= part != "**";
        let name = names.next().filter(|_| is_aligned);
        match name {
            Some(name) if name.eq_ignore_ascii_case(part) => name.to_owned(),
            _ => as_policy(part).unwrap_or_else(|| part.to_owned()),
        }
    };
    pattern.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The first folder that a pattern names by a plain name and that is not there.
fn missing_folder(tree: &dyn Tree, root: &Path, pattern: &str) -> Option<NearMiss> {
    let (folders, _) = pattern.rsplit_once('/')?;
    let mut there = root.to_owned();
    let mut shown = String::new();
    for name in folders.split('/').take_while(|name| !name.contains(['*', '?', '[', '{'])) {
        let inside = there.join(name);
        if !tree.has(&inside) {
            let entries = tree.entries(&there).unwrap_or_default().into_iter();
            let others = entries.filter(|entry| entry.kind == Ok(Kind::Folder));
            let others: Vec<String> =
                others.map(|entry| entry.name.to_string_lossy().into_owned()).collect();
            let close = suggest::closest(name, others.iter().map(String::as_str));
            let close = close.map(|close| format!("{shown}{close}"));
            return Some(NearMiss::NoFolder { folder: format!("{shown}{name}"), close });
        }
        there = inside;
        shown = format!("{shown}{name}/");
    }
    None
}
