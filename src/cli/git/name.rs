//! The syntax of revisions on the command line: ranges, and paths within a revision.

/// Two revisions in one argument: `A..B`, or `A...B`, which begins at their merge base.
#[derive(Debug, PartialEq, Eq)]
pub struct Range<'t> {
    /// Empty if it is left out; `to` likewise.
    pub from: &'t str,
    pub to: &'t str,
    pub from_merge_base: bool,
}

/// The revisions of a range. A `..` that is part of a path does not make a range.
pub fn range(text: &str) -> Option<Range<'_>> {
    text.match_indices("..").find_map(|(at, dots)| {
        let (from, rest) = (&text[..at], &text[at + dots.len()..]);
        let from_merge_base = rest.starts_with('.');
        let to = &rest[usize::from(from_merge_base)..];
        let in_path = from.ends_with([':', '/']) || to.starts_with('/');
        (!in_path).then_some(Range { from, to, from_merge_base })
    })
}

/// The revision and the path of `REVISION:PATH`. A `:` within braces is part of the revision.
pub fn path(text: &str) -> (&str, Option<&str>) {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_from_paths() {
        let parts = |text: &'static str| {
            range(text)
                .map(|range| (range.from.to_string(), range.from_merge_base, range.to.to_string()))
        };
        let is =
            |from: &str, merge_base, to: &str| Some((from.to_owned(), merge_base, to.to_owned()));
        assert_eq!(parts("main..HEAD"), is("main", false, "HEAD"));
        assert_eq!(parts("main..."), is("main", true, ""));
        assert_eq!(parts("..dev"), is("", false, "dev"));
        assert_eq!(parts("a:x...b:y"), is("a:x", true, "b:y"));
        assert_eq!(parts("v1.2"), None);
        assert_eq!(parts("HEAD:../x"), None);
        assert_eq!(parts("HEAD:x/.."), None);
        assert_eq!(parts("HEAD:.."), None);
        assert_eq!(parts("HEAD:../x..main:../y"), is("HEAD:../x", false, "main:../y"));
    }

    #[test]
    fn a_path_stands_after_a_colon_outside_of_braces() {
        assert_eq!(path("main:a:b"), ("main", Some("a:b")));
        assert_eq!(path("HEAD:"), ("HEAD", Some("")));
        assert_eq!(path("HEAD^{/a: b}"), ("HEAD^{/a: b}", None));
        assert_eq!(path("main@{12:30}:x"), ("main@{12:30}", Some("x")));
    }
}
