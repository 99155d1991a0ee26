//! Text in HTML: nothing in it is markup, and what cannot be seen is made visible.

use crate::report::words::markup::pieces;
use crate::text::{escape_control_chars, is_invisible_or_control};

/// A text, between tags or between the quotes of an attribute. Tabs stay.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push('\t'),
            hostile if is_invisible_or_control(hostile) => {
                out.push_str(&escape_control_chars(hostile.encode_utf8(&mut [0; 4])))
            }
            plain => out.push(plain),
        }
    }
    out
}

/// Words with names in them, which are set apart.
pub(super) fn prose(text: &str) -> String {
    let pieces = pieces(text).into_iter();
    pieces
        .map(
            |(is_name, piece)| {
                if is_name { format!("<b>{}</b>", escaped(piece)) } else { escaped(piece) }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_set_apart_and_escaped() {
        assert_eq!(
            prose("group policy \"<a>\" (2 users)"),
            "group policy <b>&quot;&lt;a&gt;&quot;</b> (2 users)"
        );
        assert_eq!(escaped("a\u{202e}\t'&"), "a\\u{202E}\t&#39;&amp;");
    }
}
