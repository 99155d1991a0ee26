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
    for line in text.split_inclusive('\n') {
        let place = at..at + line.trim_end().len();
        at += line.len();
        let open = conflicts.last_mut().filter(|last| last.end.is_none());
        match (mark(line), open) {
            (None, _) => {}
            (Some(Mark::Middle), Some(open)) if open.middle.is_some() => {
                open.after_ancestor.get_or_insert(place);
            }
            (Some(Mark::Middle), Some(open)) => open.middle = Some(place),
            (Some(Mark::End), Some(open)) => open.end = Some(place),
            (Some(_), _) => conflicts.push(Conflict {
                start: place,
                middle: None,
                after_ancestor: None,
                end: None,
            }),
        }
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

    pub(super) fn finding(&self, id: FileId) -> Diagnostic {
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
        found
    }
}
