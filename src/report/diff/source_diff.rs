//! The texts that were edited, as a unified diff.

use crate::report::words::markup::{truncate, visible_line};
use crate::source::{SourceFile, Sources};
use crate::text::line_diff;
use std::collections::BTreeMap;

/// A file that differs. A path is missing where the side has no such file.
#[derive(Clone, Debug)]
pub struct FileDiff {
    /// The path in OLD.
    pub old: Option<String>,
    /// The path in NEW.
    pub new: Option<String>,
    /// What differs.
    pub hunks: Vec<Hunk>,
    /// How many lines were removed.
    pub removed: usize,
    /// How many lines were added.
    pub added: usize,
}

/// Lines that differ, with some around them.
#[derive(Clone, Debug)]
pub struct Hunk {
    /// `@@ -1,7 +1,7 @@`
    pub header: String,
    /// Each with its sign (`-`, `+` or a blank).
    pub lines: Vec<(char, String)>,
}

/// The most characters of a line.
const MAX_CHARACTERS: usize = 300;

/// All files whose texts differ, by path. A file that only moved has no hunks. Line ends make no
/// difference.
pub fn files(old: &Sources, new: &Sources) -> Vec<FileDiff> {
    let mut sides: BTreeMap<&str, [Option<&SourceFile>; 2]> = BTreeMap::new();
    for (at, sources) in [old, new].into_iter().enumerate() {
        for (_, file) in sources.iter() {
            sides.entry(&file.path).or_default()[at] = Some(file);
        }
    }
    sides.retain(|_, [old, new]| old.map(|file| &file.text) != new.map(|file| &file.text));
    let mut removed: Vec<&SourceFile> =
        sides.values().filter(|side| side[1].is_none()).filter_map(|side| side[0]).collect();
    let mut moved: BTreeMap<&str, &SourceFile> = BTreeMap::new();
    for added in sides.values().filter(|side| side[0].is_none()).filter_map(|side| side[1]) {
        if let Some(at) = removed.iter().position(|file| file.text == added.text) {
            moved.insert(&added.path, removed.remove(at));
        }
    }
    let from: Vec<&str> = moved.values().map(|file| &*file.path).collect();
    let differ = sides.into_iter().filter(|(path, _)| !from.contains(path));
    differ
        .filter_map(|(path, [old, new])| compared(moved.get(path).copied().or(old), new))
        .collect()
}

fn compared(old: Option<&SourceFile>, new: Option<&SourceFile>) -> Option<FileDiff> {
    let text = |file: Option<&SourceFile>| {
        file.map(|file| file.text.replace("\r\n", "\n")).unwrap_or_default()
    };
    let path = |file: Option<&SourceFile>| file.map(|file| file.path.clone());
    let (before, after) = (text(old), text(new));
    let mut found =
        FileDiff { old: path(old), new: path(new), hunks: Vec::new(), removed: 0, added: 0 };
    for hunk in line_diff::hunks(&before, &after) {
        let lines = hunk.lines.into_iter().map(|(sign, line)| {
            found.removed += usize::from(sign == '-');
            found.added += usize::from(sign == '+');
            let line = visible_line(line.trim_end_matches('\n'));
            (sign, truncate(&line, MAX_CHARACTERS).into_owned())
        });
        found.hunks.push(Hunk { header: hunk.header, lines: lines.collect() });
    }
    (!found.hunks.is_empty() || found.old != found.new).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Sources {
        let mut sources = Sources::new();
        files.iter().for_each(|(path, text)| {
            sources.add(SourceFile::new(*path, *text));
        });
        sources
    }

    #[test]
    fn files_are_edited_moved_added_or_removed() {
        let old = sources(&[
            ("a", "1\n2\n"),
            ("b", "same\n"),
            ("c", "removed"),
            ("e", "x\r\n"),
            ("from", "whole\n"),
        ]);
        let new = sources(&[
            ("a", "1\n3\n"),
            ("b", "same\n"),
            ("d", "added\n"),
            ("e", "x\n"),
            ("to", "whole\n"),
        ]);
        let found = files(&old, &new);
        let listed: Vec<_> = found
            .iter()
            .map(|file| {
                (
                    file.old.as_deref(),
                    file.new.as_deref(),
                    file.removed,
                    file.added,
                    file.hunks.len(),
                )
            })
            .collect();
        assert_eq!(
            listed,
            [
                (Some("a"), Some("a"), 1, 1, 1),
                (Some("c"), None, 1, 0, 1),
                (None, Some("d"), 0, 1, 1),
                (Some("from"), Some("to"), 0, 0, 0),
            ]
        );
        let lines: Vec<_> =
            found[0].hunks[0].lines.iter().map(|(sign, line)| (*sign, &**line)).collect();
        assert_eq!(
            (&*found[0].hunks[0].header, &lines[..]),
            ("@@ -1,2 +1,2 @@", &[(' ', "1"), ('-', "2"), ('+', "3")][..])
        );
    }
}
