//! Divides the text of a large file where a declaration ends, so that its parts can be parsed at
//! the same time.

use std::ops::Range;

/// How long a part is at least, in bytes: long enough that dividing costs nothing, and short enough
/// that several cores have work.
pub(super) const LENGTH: usize = 256 * 1024;

/// The parts of a text, in their order. Each but the last ends after a line that consists of `}`
/// alone: between declarations, if the part has no error. Whatever reads the text before that line
/// reads it alike whether or not the rest is there, since nothing but a comment or the text of a
/// line with an error can contain it.
pub(super) fn divide(text: &str, length: usize) -> Vec<Range<usize>> {
    let closing = memchr::memmem::Finder::new(b"\n}");
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut at = length;
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| closing.find(rest)) {
        let after = at + found + 2;
        let rest = &text[after..];
        let Some(end) = ["\n", "\r\n"].iter().find(|end| rest.starts_with(**end)) else {
            at = after;
            continue;
        };
        chunks.push(start..after + end.len());
        start = after + end.len();
        at = start + length;
    }
    chunks.push(start..text.len());
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_after_a_brace_on_a_line_of_its_own() {
        let text = "a {\n}\nb {\r\n  }\n} # no\n}\r\nc {\n}";
        let parts: Vec<&str> = divide(text, 1).into_iter().map(|part| &text[part]).collect();
        assert_eq!(parts, ["a {\n}\n", "b {\r\n  }\n} # no\n}\r\n", "c {\n}"]);
        assert_eq!(divide("", 1).len(), 1);
        assert_eq!(divide("é\n}\n", 1).len(), 2);
    }
}
