//! The strings and comments of a text, found line by line without the grammar, since they are
//! needed of texts that have errors too.

use super::ast::Range;

/// What a piece of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A string with its quotes. One that is not closed goes on to the end of its line.
    String,
    /// A comment, from its `#` on, without blanks at its end.
    Comment,
}

/// The strings and comments of a text, in their order.
pub fn pieces(text: &str) -> impl Iterator<Item = (Piece, Range)> {
    let mut start = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let at = start;
        start += line.len();
        of_line(line).map(move |(piece, begin, end)| {
            (piece, Range { start: (at + begin) as u32, end: (at + end) as u32 })
        })
    })
}

/// Whether a string has both of its quotes. The texts in a compiled file need not be ones that were
/// parsed, so that a string in them may have no end.
pub fn is_whole(string: &str) -> bool {
    string.len() > 1 && string.chars().next() == string.chars().next_back()
}

/// The pieces of one line, by their bytes in it.
fn of_line(line: &str) -> impl Iterator<Item = (Piece, usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line[at..].find(['"', '\'', '#'])?;
        if line[start..].starts_with('#') {
            at = line.len();
            return Some((Piece::Comment, start, start + line[start..].trim_end().len()));
        }
        let end = end_of_string(line, start).unwrap_or(line.trim_end_matches(['\n', '\r']).len());
        at = end;
        Some((Piece::String, start, end))
    })
}

/// Where the string that starts at a quote ends, behind its other quote.
pub(crate) fn end_of_string(line: &str, start: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' => return None,
            byte if byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_end_with_their_line() {
        let text = "a \"x#\\\"\" 'y\"' # c \"z\"  \r\nb \"open\\\nc 'open # not\nd \"\\\" #\n# e";
        let found: Vec<_> = pieces(text)
            .map(|(piece, at)| (piece, &text[at.start as usize..at.end as usize]))
            .collect();
        assert_eq!(
            found,
            [
                (Piece::String, "\"x#\\\"\""),
                (Piece::String, "'y\"'"),
                (Piece::Comment, "# c \"z\""),
                (Piece::String, "\"open\\"),
                (Piece::String, "'open # not"),
                (Piece::String, "\"\\\" #"),
                (Piece::Comment, "# e"),
            ]
        );
    }
}
