//! Text in HTML: nothing in it is markup, and what cannot be seen is made visible.

use crate::report::words::markup::pieces;
use crate::text::{escape_control_chars, is_invisible_or_control};
use sha2::{Digest, Sha256};

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

/// What a content security policy knows an inline style or script by.
pub(super) fn hash(content: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(content.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn names_are_set_apart_and_escaped() {
        assert_eq!(
            prose("group policy \"<a>\" (2 users)"),
            "group policy <b>&quot;&lt;a&gt;&quot;</b> (2 users)"
        );
        assert_eq!(escaped("a\u{202e}\t'&"), "a\\u{202E}\t&#39;&amp;");
    }
}
