//! Lines that differ between two texts, as unified diffs show them.

use rustc_hash::FxHashMap;
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{DiffOp, group_diff_ops};
use std::fmt::Write;
use std::ops::Range;

/// Lines of context around what differs.
const CONTEXT: usize = 3;

/// Lines that differ, with some around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk<'t> {
    /// `@@ -1,7 +1,7 @@`
    pub header: String,
    /// Each with its sign (`-`, `+` or a blank), and with its line end.
    pub lines: Vec<(char, &'t str)>,
}

/// Compares two texts line by line.
pub fn hunks<'t>(before: &'t str, after: &'t str) -> Vec<Hunk<'t>> {
    let (old, new) = (Lines::of(before), Lines::of(after));
    let groups = group_diff_ops(operations(&old, &new), CONTEXT);
    let hunk = |group: Vec<DiffOp>| {
        let header = header(&group);
        Hunk { header, lines: lines(&group, &old, &new).collect() }
    };
    groups.into_iter().map(hunk).collect()
}

/// A unified diff of a file, which `patch` and `git apply` read; empty if nothing differs.
pub fn patch(name: &str, before: &str, after: &str) -> String {
    let mut patch = String::new();
    let (old, new) = (Lines::of(before), Lines::of(after));
    // Written hunk by hunk: all lines of a large file may differ.
    for group in group_diff_ops(operations(&old, &new), CONTEXT) {
        if patch.is_empty() {
            patch = format!("--- {name}\n+++ {name}\n");
        }
        _ = writeln!(patch, "{}", header(&group));
        for (sign, line) in lines(&group, &old, &new) {
            patch.push(sign);
            patch.push_str(line);
            if !line.ends_with('\n') {
                patch.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    patch
}

/// The lines of a text by where they start, each with its line end: a line of a large file takes a
/// few bytes here.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<u32>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1);
        let starts = std::iter::once(0).chain(ends).filter(|at| (*at as usize) < text.len());
        Lines { text, starts: starts.collect() }
    }

    fn get(&self, at: usize) -> &'t str {
        let end = self.starts.get(at + 1).map_or(self.text.len(), |end| *end as usize);
        &self.text[self.starts[at] as usize..end]
    }
}

/// The lines of a hunk, each with its sign.
fn lines<'a, 't>(
    group: &'a [DiffOp],
    old: &'a Lines<'t>,
    new: &'a Lines<'t>,
) -> impl Iterator<Item = (char, &'t str)> + use<'a, 't> {
    group.iter().flat_map(move |operation| {
        let is_equal = matches!(operation, DiffOp::Equal { .. });
        let removed = if is_equal { 0..0 } else { operation.old_range() };
        let sign = if is_equal { ' ' } else { '+' };
        let removed = removed.map(|at| ('-', old.get(at)));
        removed.chain(operation.new_range().map(move |at| (sign, new.get(at))))
    })
}

fn header(group: &[DiffOp]) -> String {
    let range = |of: fn(&DiffOp) -> Range<usize>| {
        let first = group.first().map_or(0, |first| of(first).start);
        first..group.last().map_or(first, |last| of(last).end)
    };
    let (old, new) = (range(DiffOp::old_range), range(DiffOp::new_range));
    format!("@@ -{} +{} @@", place(&old), place(&new))
}

/// How many lines of each text are compared at a time, so that memory is bounded: the steps of the
/// comparison take far more than the lines.
const WINDOW: usize = 250_000;

fn operations(old: &Lines<'_>, new: &Lines<'_>) -> Vec<DiffOp> {
    let (old, new) = numbered(old, new);
    operations_by(&old, &new, WINDOW)
}

/// Compares window by window. Each begins where the last equal lines of the one before end.
fn operations_by(old: &[u32], new: &[u32], window: usize) -> Vec<DiffOp> {
    let mut all = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    loop {
        let old_end = old.len().min(old_at + window);
        let new_end = new.len().min(new_at + window);
        let mut found = differences(old, old_at..old_end, new, new_at..new_end);
        let is_last = old_end == old.len() && new_end == new.len();
        if !is_last {
            let is_equal = |operation: &DiffOp| matches!(operation, DiffOp::Equal { .. });
            let settled = found.iter().rposition(is_equal).map_or(found.len(), |at| at + 1);
            found.truncate(settled);
        }
        if let Some(last) = found.last() {
            (old_at, new_at) = (last.old_range().end, last.new_range().end);
        }
        join(&mut all, found);
        if is_last {
            return all;
        }
    }
}

/// Adds the operations of the next window. Equal lines on both sides of its start are one run.
fn join(all: &mut Vec<DiffOp>, found: Vec<DiffOp>) {
    let mut found = found.into_iter().peekable();
    if let Some(DiffOp::Equal { len, .. }) = all.last_mut()
        && let Some(DiffOp::Equal { len: more, .. }) = found.peek()
    {
        *len += more;
        found.next();
    }
    all.extend(found);
}

/// Lines are compared by number. `similar` compiles its algorithms anew for each kind of input, of
/// which there is only this one.
fn differences(
    old: &[u32],
    old_range: Range<usize>,
    new: &[u32],
    new_range: Range<usize>,
) -> Vec<DiffOp> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut found, old, old_range, new, new_range);
    found.into_inner().into_inner().into_ops()
}

/// Numbers for the lines of two texts: equal ones for equal lines.
fn numbered<'t>(old: &Lines<'t>, new: &Lines<'t>) -> (Vec<u32>, Vec<u32>) {
    let mut numbers: FxHashMap<&'t str, u32> = FxHashMap::default();
    let mut of = |lines: &Lines<'t>| {
        let mut number = |at| {
            let next = numbers.len() as u32;
            *numbers.entry(lines.get(at)).or_insert(next)
        };
        (0..lines.starts.len()).map(&mut number).collect()
    };
    (of(old), of(new))
}

/// The place of some lines in a header: the first one and how many, or the one before if there is
/// none.
fn place(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_has_hunks_with_context() {
        let before: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let after = before.replace("2\n3\n", "2\nthree\n").replace("18\n", "");
        let expected = "\
--- a
+++ a
@@ -1,6 +1,6 @@
 1
 2
-3
+three
 4
 5
 6
@@ -15,6 +15,5 @@
 15
 16
 17
-18
 19
 20
";
        assert_eq!(patch("a", &before, &after), expected);
        assert_eq!(patch("a", &before, &before), "");
    }

    #[test]
    fn windows_find_what_the_whole_texts_have_in_common() {
        // Every seventh line is another one, and a few are gone or new.
        let old: Vec<u32> = (0..200).collect();
        let mut new: Vec<u32> =
            old.iter().map(|n| if n % 7 == 0 { n + 1000 } else { *n }).collect();
        new.drain(90..95);
        new.splice(20..20, 2000..2004);
        let whole = operations_by(&old, &new, 1000);
        for window in [8, 13, 50, 199, 200] {
            let found = operations_by(&old, &new, window);
            let equal = |operations: &[DiffOp]| -> usize {
                let equal = operations.iter().filter(|op| matches!(op, DiffOp::Equal { .. }));
                equal.map(|op| op.old_range().len()).sum()
            };
            assert_eq!(equal(&found), equal(&whole), "{window}");
            let runs =
                |pair: &[DiffOp]| matches!(pair, [DiffOp::Equal { .. }, DiffOp::Equal { .. }]);
            assert!(!found.windows(2).any(runs), "{window}: {found:?}");
            let mut ends = (0, 0);
            for operation in &found {
                assert_eq!((operation.old_range().start, operation.new_range().start), ends);
                ends = (operation.old_range().end, operation.new_range().end);
            }
            assert_eq!(ends, (old.len(), new.len()));
        }
        // Nothing in common in a window, and one text far longer than the other.
        for (old, new) in [(0..30, 100..103), (0..3, 100..130), (0..0, 0..30)] {
            let (old, new): (Vec<u32>, Vec<u32>) = (old.collect(), new.collect());
            let last = operations_by(&old, &new, 4).pop().expect("an operation");
            assert_eq!((last.old_range().end, last.new_range().end), (old.len(), new.len()));
        }
    }

    #[test]
    fn texts_may_be_empty_and_lines_may_have_no_end() {
        let added = "--- a\n+++ a\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n";
        assert_eq!(patch("a", "", "x"), added);
        let removed = "--- a\n+++ a\n@@ -1,2 +0,0 @@\n-x\r\n-y\n";
        assert_eq!(patch("a", "x\r\ny\n", ""), removed);
        let ended = "--- a\n+++ a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n";
        assert_eq!(patch("a", "x", "x\n"), ended);
    }
}
