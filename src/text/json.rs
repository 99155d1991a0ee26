//! JSON as other programs read it and people see it: what cannot be seen in a text is an escape,
//! which means the same.

use super::is_invisible_or_control;
use serde::Serialize;
use std::io::{self, Write};

/// A document on several lines, with a line end.
///
/// # Errors
///
/// Fails if a value cannot be JSON.
pub fn pretty(document: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::new();
    serde_json::to_writer_pretty(Visible(&mut out), document)?;
    out.push(b'\n');
    // What is written is JSON, and so UTF-8.
    Ok(String::from_utf8(out).unwrap_or_default())
}

/// Takes JSON, in parts that end where characters end, and writes what cannot be seen in its
/// strings as escapes. Outside of strings, JSON has nothing but ASCII.
#[derive(Debug)]
pub struct Visible<W>(
    /// What it is written to.
    pub W,
);

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_plain = |text: &&str| text.is_ascii() || !text.chars().any(is_hidden);
        match std::str::from_utf8(bytes).ok().filter(|text| !is_plain(text)) {
            None => self.0.write_all(bytes)?,
            Some(text) => {
                let mut units = [0; 2];
                for character in text.chars() {
                    match is_hidden(character) {
                        true => character
                            .encode_utf16(&mut units)
                            .iter()
                            .try_for_each(|unit| write!(self.0, "\\u{unit:04x}"))?,
                        false => write!(self.0, "{character}")?,
                    }
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn is_hidden(character: char) -> bool {
    !character.is_ascii() && is_invisible_or_control(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_an_escape_that_means_the_same() {
        let text = "a\u{202e}b\u{85}c\u{e0041}é\u{200b}\n";
        let written = pretty(&[text]).expect("JSON");
        assert_eq!(written, "[\n  \"a\\u202eb\\u0085c\\udb40\\udc41é\\u200b\\n\"\n]\n");
        let read: Vec<String> = serde_json::from_str(&written).expect("JSON");
        assert_eq!(read, [text]);
    }
}
