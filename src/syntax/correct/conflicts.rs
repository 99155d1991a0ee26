//! Conflicts that a merge left in a text: the lines that git, Mercurial and Jujutsu put around the
//! versions of both sides.

use super::span;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileId;
use std::ops::Range;

/// One conflict, by its marks. A lone mark is a conflict too: somebody removed the others.
pub(super) struct Conflict {
    start: Range<usize>,
    /// Where the version ends that is kept: at `|||||||`, `=======` or, without those, right after
    /// the start.
    middle: Option<Range<usize>>,
    /// The `=======` after a `|||||||`, between which the common ancestor stands.
    after_ancestor: Option<Range<usize>>,
    end: Option<Range<usize>>,
    /// Whether it stands inside of another conflict, whose finding speaks of it too.
    is_inner: bool,
}

/// What a line says about a conflict.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Start,
    Middle,
    End,
}

/// The least length of a mark. Git makes longer ones where `conflict-marker-size` says so, and a
/// formatter may have indented them.
const LENGTH: usize = 7;

fn mark(line: &str) -> Option<Mark> {
    let line = line.trim_matches([' ', '\t', '\n', '\r']);
    let sign = line.chars().next().filter(char::is_ascii)?;
    let rest = line.trim_start_matches(sign);
    let is_mark = line.len() - rest.len() >= LENGTH && (rest.is_empty() || rest.starts_with(' '));
    match sign {
        _ if !is_mark => None,
        '<' => Some(Mark::Start),
        '=' | '|' => Some(Mark::Middle),
        '>' => Some(Mark::End),
        _ => None,
    }
}

/// The conflicts in a text.
pub(super) fn find(text: &str) -> Vec<Conflict> {
    // Most texts have none of them, and are searched for nothing else.
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .all(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_none())
    {
        return Vec::new();
    }
    let mut at = 0;
    let mut conflicts: Vec<Conflict> = Vec::new();
    // Those that are not closed yet, the innermost last.
    let mut open: Vec<usize> = Vec::new();
    for line in text.split_inclusive('\n') {
        let place = at..at + line.trim_end().len();
        at += line.len();
        let Some(mark) = mark(line) else { continue };
        match (mark, open.last().map(|at| &mut conflicts[*at])) {
            (Mark::Middle, Some(innermost)) if innermost.middle.is_some() => {
                innermost.after_ancestor.get_or_insert(place);
            }
            (Mark::Middle, Some(innermost)) => innermost.middle = Some(place),
            (Mark::End, Some(innermost)) => {
                innermost.end = Some(place);
                open.pop();
            }
            _ => {
                if mark != Mark::End {
                    open.push(conflicts.len());
                }
                conflicts.push(Conflict {
                    start: place,
                    middle: None,
                    after_ancestor: None,
                    end: None,
                    is_inner: false,
                });
            }
        }
    }
    let mut outer_end = 0;
    for conflict in &mut conflicts {
        conflict.is_inner = conflict.start.start < outer_end;
        let end = conflict.end.as_ref().map_or(0, |end| end.end);
        outer_end = outer_end.max(end);
    }
    conflicts
}

impl Conflict {
    /// What is not read: the marks, and the versions after the first one.
    pub(super) fn left_out(&self, text: &str) -> Vec<Range<usize>> {
        let start = self.start.clone();
        let (first, second) = match (&self.middle, &self.end) {
            (Some(middle), Some(end)) => (start, Some(middle.start..end.end)),
            (None, Some(end)) => (start.start..end.end, None),
            // Where the conflict ends is not known, so that no line of it is left out.
            (Some(middle), None) => (start, Some(middle.clone())),
            (None, None) => (start, None),
        };
        let ranges = std::iter::once(first).chain(second);
        ranges.filter(|range| range.end <= text.len()).collect()
    }

    /// The finding, unless that of an outer conflict says it already.
    pub(super) fn finding(&self, id: FileId) -> Option<Diagnostic> {
        if self.is_inner {
            return None;
        }
        let place = span(self.start.clone()).in_file(id);
        let mut found = Diagnostic::new(Code::MERGE_CONFLICT, place, "unresolved merge conflict")
            .help(
                "decide which lines hold, and remove the others together with the lines of `<`, \
                 `=` and `>`",
            );
        if self.middle.is_some() && self.end.is_some() {
            found = found.primary_message("the lines of one side begin here");
        }
        let other = "and those of another side here";
        let of_middle = if self.after_ancestor.is_some() {
            "those that both sides began with here"
        } else {
            other
        };
        for (place, says) in [(&self.middle, of_middle), (&self.after_ancestor, other)] {
            if let Some(place) = place {
                found = found.label(span(place.clone()).in_file(id), says);
            }
        }
        if let Some(end) = &self.end {
            found = found.label(span(end.clone()).in_file(id), "the conflict ends here");
        }
        Some(found)
    }
}
