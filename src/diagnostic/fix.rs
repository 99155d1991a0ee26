//! Applies fixes to texts: which of them can be applied together, what the texts are then, and
//! whether they have more errors than before.

use super::{Applicability, Diagnostic, Edit, Fix, Severity};
use crate::source::{FileId, Sources};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The first fix of each diagnostic, if it is safe, lies in files that may be edited and does not
/// touch the edits of a fix chosen before it. What is left out is reported again once the others
/// are applied.
pub fn choose<'d>(
    diagnostics: &'d [Diagnostic],
    sources: &Sources,
    editable: &BTreeSet<FileId>,
) -> Vec<&'d Fix> {
    let mut taken: BTreeMap<FileId, BTreeMap<u32, u32>> = BTreeMap::new();
    let mut chosen = Vec::new();
    let first = diagnostics.iter().filter_map(|diagnostic| diagnostic.fixes.first());
    for fix in first.filter(|fix| fix.applicability == Applicability::Safe) {
        let possible =
            |edit: &Edit| editable.contains(&edit.span.file) && sources.contains(edit.span);
        let changes =
            fix.edits.iter().any(|edit| sources.written(edit.span) != replacement(edit, sources));
        if !fix.edits.iter().all(possible) || !changes {
            continue;
        }
        let mut made = 0;
        for edit in &fix.edits {
            let file = taken.entry(edit.span.file).or_default();
            if !free(file, edit) {
                break;
            }
            file.insert(edit.span.start, edit.span.end);
            made += 1;
        }
        if made == fix.edits.len() {
            chosen.push(fix);
            continue;
        }
        // Each of them touched none of those taken before, so that it replaced none.
        for edit in &fix.edits[..made] {
            taken.entry(edit.span.file).or_default().remove(&edit.span.start);
        }
    }
    chosen
}

/// Whether an edit touches none of those taken, which are given by start and end. Two insertions at
/// one place touch, since their order would be a guess.
fn free(taken: &BTreeMap<u32, u32>, edit: &Edit) -> bool {
    let before = taken.range(..=edit.span.end).next_back();
    before.is_none_or(|(_, &end)| end < edit.span.start)
}

/// The new texts of the files that fixes edit, without byte order marks. The edits lie apart from
/// each other, as [`choose`] makes sure.
pub fn apply(fixes: &[&Fix], sources: &Sources) -> BTreeMap<FileId, String> {
    let mut edits: Vec<&Edit> = fixes.iter().flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    edits
        .chunk_by(|a, b| a.span.file == b.span.file)
        .filter_map(|edits| {
            let id = edits.first()?.span.file;
            let text = sources.file(id).written();
            let mut out = String::with_capacity(text.len());
            let mut done = 0;
            for edit in edits {
                out.push_str(&text[done..edit.span.start as usize]);
                out.push_str(&replacement(edit, sources));
                done = edit.span.end as usize;
            }
            out.push_str(&text[done..]);
            Some((id, out))
        })
        .collect()
}

/// The replacement of an edit, with the line ends of its file.
pub fn replacement<'e>(edit: &'e Edit, sources: &Sources) -> Cow<'e, str> {
    sources.file(edit.span.file).with_line_ends(&edit.replacement)
}

/// How many errors a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// Errors of syntax.
    pub syntax: usize,
    /// All errors, those of syntax included.
    pub all: usize,
}

/// Errors by path. Lints do not count, since they run only when nothing else is wrong.
pub fn errors(diagnostics: &[Diagnostic], sources: &Sources) -> BTreeMap<String, Errors> {
    let mut counts: BTreeMap<String, Errors> = BTreeMap::new();
    let errors = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error && !found.code.is_lint());
    for found in errors {
        let count = counts.entry(sources.file(found.primary.span.file).path.clone()).or_default();
        count.all += found.count;
        if found.code.is_syntax() {
            count.syntax += found.count;
        }
    }
    counts
}

/// The paths that have more errors after than before, or more errors of syntax.
pub fn grown(
    before: &BTreeMap<String, Errors>,
    after: &BTreeMap<String, Errors>,
) -> BTreeSet<String> {
    let more = |path: &str, now: &Errors| {
        let then = before.get(path).copied().unwrap_or_default();
        now.all > then.all || now.syntax > then.syntax
    };
    after.iter().filter(|(path, now)| more(path, now)).map(|(path, _)| path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::{SourceFile, Span};

    /// Two files; a finding for each fix, a fix being edits as (file, start, end, replacement).
    fn fixed(
        texts: [&str; 2],
        fixes: &[&[(u32, u32, u32, &str)]],
        editable: &[u32],
    ) -> (usize, [Option<String>; 2]) {
        let mut sources = Sources::new();
        let ids = texts.map(|text| sources.add(SourceFile::new("a.prec", text)));
        let findings: Vec<Diagnostic> = fixes
            .iter()
            .map(|edits| {
                let edit = |&(file, start, end, text): &(u32, u32, u32, &str)| Edit {
                    span: Span { file: FileId(file), start, end },
                    replacement: text.into(),
                };
                Diagnostic::new(Code::UNKNOWN_NAME, Span::file_start(ids[0]), "gone")
                    .fix("the first", edits.iter().map(edit).collect())
                    .fix(
                        "another",
                        vec![Edit { span: Span::file_start(ids[0]), replacement: "never".into() }],
                    )
            })
            .collect();
        let chosen = choose(&findings, &sources, &editable.iter().map(|&id| FileId(id)).collect());
        let mut texts = apply(&chosen, &sources);
        (chosen.len(), ids.map(|id| texts.remove(&id)))
    }

    #[test]
    fn edits_are_applied_in_any_order_and_across_files() {
        let fixes: &[&[_]] = &[&[(0, 4, 5, "Z"), (0, 0, 1, "X")], &[(1, 1, 1, "+"), (0, 2, 3, "")]];
        let expected = (2, [Some("XbdZ".into()), Some("q+".into())]);
        assert_eq!(fixed(["abcde", "q"], fixes, &[0, 1]), expected);
    }

    #[test]
    fn a_fix_that_touches_an_earlier_edit_is_left_out_whole() {
        let first: &[(u32, u32, u32, &str)] = &[(0, 1, 3, "X")];
        for later in [
            (0, 2, 4, "Y"),
            (0, 0, 2, "Y"),
            (0, 0, 5, "Y"),
            (0, 1, 3, "X"),
            (0, 1, 1, "Y"),
            (0, 3, 3, "Y"),
        ] {
            let (count, [a, b]) =
                fixed(["abcde", "q"], &[first, &[(1, 0, 0, "!"), later]], &[0, 1]);
            assert_eq!((count, a.as_deref(), b), (1, Some("aXde"), None), "{later:?}");
        }
        let (count, _) = fixed(["abcde", "q"], &[&[(0, 1, 3, "X"), (0, 2, 4, "Y")]], &[0, 1]);
        assert_eq!(count, 0, "a fix whose edits overlap");
        let (count, [a, _]) = fixed(["abcde", "q"], &[first, &[(0, 4, 5, "Y")]], &[0, 1]);
        assert_eq!((count, a.as_deref()), (2, Some("aXdY")));
    }

    #[test]
    fn a_fix_that_is_left_out_takes_no_place() {
        let fixes: &[&[_]] = &[
            &[(0, 4, 5, "X")],
            &[(0, 0, 1, "Y"), (1, 0, 0, "Y"), (0, 4, 4, "Y")],
            &[(0, 0, 2, "Z")],
        ];
        assert_eq!(fixed(["abcde", "q"], fixes, &[0, 1]), (2, [Some("ZcdX".into()), None]));
        // Many fixes of one file: no copy is made for each of what was taken before.
        let many: Vec<[(u32, u32, u32, &str); 1]> =
            (0..30_000).rev().map(|at| [(0, at * 2, at * 2 + 1, "b")]).collect();
        let many: Vec<&[(u32, u32, u32, &str)]> = many.iter().map(|fix| &fix[..]).collect();
        let (count, [text, _]) = fixed([&"a".repeat(60_000), "q"], &many, &[0]);
        assert_eq!((count, text), (30_000, Some("ba".repeat(30_000))));
    }

    #[test]
    fn files_that_may_not_be_edited_are_left_alone() {
        let fixes: &[&[_]] =
            &[&[(0, 0, 1, "X"), (1, 0, 1, "X")], &[(0, 1, 2, "Y")], &[(0, 3, 4, "d")]];
        assert_eq!(fixed(["abcd", "q"], fixes, &[0]), (1, [Some("aYcd".into()), None]));
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        let fixes: &[&[_]] = &[&[(0, 3, 3, "b\nc\r\n")], &[(1, 2, 2, "b\n")]];
        let (_, [a, b]) = fixed(["a\r\n", "a\nx\r\n"], fixes, &[0, 1]);
        assert_eq!((a.as_deref(), b.as_deref()), (Some("a\r\nb\r\nc\r\n"), Some("a\nb\nx\r\n")));
    }

    #[test]
    fn a_file_is_worse_with_more_errors_or_more_of_syntax() {
        let of = |syntax, all| BTreeMap::from([("a.prec".to_owned(), Errors { syntax, all })]);
        assert!(grown(&of(1, 2), &of(1, 2)).is_empty());
        assert!(grown(&of(1, 2), &of(0, 2)).is_empty());
        assert_eq!(grown(&of(1, 2), &of(2, 2)).len(), 1);
        assert_eq!(grown(&of(1, 2), &of(0, 3)).len(), 1);
        assert_eq!(grown(&BTreeMap::new(), &of(0, 1)).len(), 1);
    }
}
