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
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let groups = group_diff_ops(operations(&old, &new), CONTEXT);
    let hunk = |group: Vec<DiffOp>| {
        let (first, last) = (group.first()?, group.last()?);
        let whole = |of: fn(&DiffOp) -> Range<usize>| of(first).start..of(last).end;
        let (old_range, new_range) = (whole(DiffOp::old_range), whole(DiffOp::new_range));
        let header = format!("@@ -{} +{} @@", place(&old_range), place(&new_range));
        let mut lines = Vec::new();
        for operation in &group {
            let (old, new) = (&old[operation.old_range()], &new[operation.new_range()]);
            if let DiffOp::Equal { .. } = operation {
                lines.extend(new.iter().map(|line| (' ', *line)));
            } else {
                lines.extend(old.iter().map(|line| ('-', *line)));
                lines.extend(new.iter().map(|line| ('+', *line)));
            }
        }
        Some(Hunk { header, lines })
    };
    groups.into_iter().filter_map(hunk).collect()
}

/// A unified diff of a file, which `patch` and `git apply` read; empty if nothing differs.
pub fn patch(name: &str, before: &str, after: &str) -> String {
    let mut patch = String::new();
    for hunk in hunks(before, after) {
        if patch.is_empty() {
            patch = format!("--- {name}\n+++ {name}\n");
        }
        _ = writeln!(patch, "{}", hunk.header);
        for (sign, line) in hunk.lines {
            _ = write!(patch, "{sign}{line}");
            if !line.ends_with('\n') {
                patch.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    patch
}

/// Lines are compared by number. `similar` compiles its algorithms anew for each kind of input, of
/// which there is only this one.
fn operations<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<DiffOp> {
    let mut numbers: FxHashMap<&'t str, u32> = FxHashMap::default();
    let mut numbered = |lines: &[&'t str]| -> Vec<u32> {
        let number = |line: &&'t str| {
            let next = numbers.len() as u32;
            *numbers.entry(line).or_insert(next)
        };
        lines.iter().map(number).collect()
    };
    let (old, new) = (&numbered(old)[..], &numbered(new)[..]);
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut found, old, 0..old.len(), new, 0..new.len());
    found.into_inner().into_inner().into_ops()
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
    fn texts_may_be_empty_and_lines_may_have_no_end() {
        let added = "--- a\n+++ a\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n";
        assert_eq!(patch("a", "", "x"), added);
        let removed = "--- a\n+++ a\n@@ -1,2 +0,0 @@\n-x\r\n-y\n";
        assert_eq!(patch("a", "x\r\ny\n", ""), removed);
        let ended = "--- a\n+++ a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n";
        assert_eq!(patch("a", "x", "x\n"), ended);
    }
}
