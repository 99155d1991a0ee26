//! Text for Markdown: no name from the policies can forge markup, mention a person, or become a
//! link.
//!
//! Escaping is not enough. Services that show Markdown look for `@name`, `#12`, `owner/repo#12`,
//! commit ids and addresses in the text *after* rendering, when an escaped character is the plain
//! character again. They skip code. So everything that is not obviously a word or a count is
//! written as code, and a quoted name as one piece of code.

use crate::text::escape_control_chars;
use std::borrow::Cow;

/// The most characters of a text that are shown in prose.
const MAX_PROSE: usize = 400;

/// At most `max` characters; `…` stands for the rest.
pub fn truncate(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

/// Words and names on one line, for any place except the start of a line; table cells too.
pub fn prose(text: &str) -> String {
    let text = escape_control_chars(text);
    let text = truncate(&text, MAX_PROSE);
    pieces(&text)
        .into_iter()
        .map(|(is_name, piece)| if is_name { code(piece) } else { piece.to_owned() })
        .collect()
}

/// A text of the documentation, whole and on one line, for table cells too: what it has in
/// backticks is code, and the rest is prose.
pub fn document(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its other half stands for itself.
    let paired = parts.len() % 2 == 1;
    let parts = parts.into_iter().enumerate().map(|(at, part)| match at % 2 {
        1 if paired => code(part),
        _ => {
            let text = escape_control_chars(part);
            // Punctuation beside code is not a name.
            let body = text.trim_start_matches(['.', ',', ';', ':', ')', '\'']);
            let (before, body) = match at {
                0 => ("", &*text),
                _ => text.split_at(text.len() - body.len()),
            };
            let words = body.trim_end_matches('(');
            let after = &body[words.len()..];
            let pieces = pieces(words).into_iter();
            // A word of documentation may have a hyphen, as in `read-only`.
            let is_letters = |part: &str| is_plain(part) && part.chars().all(char::is_alphabetic);
            let is_word = |part: &str| part.split('-').all(is_letters);
            let words = pieces.map(|(is_name, part)| match is_name && !is_word(part) {
                true => code(part),
                false => part.into(),
            });
            format!("{before}{}{after}", words.collect::<String>())
        }
    });
    parts.collect::<Vec<_>>().join(if paired { "" } else { "`` ` ``" })
}

/// Splits a text into names (or anything else that is not a plain word; `true`) and the text
/// between them (`false`).
pub fn pieces(text: &str) -> Vec<(bool, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (blanks, after) = rest.split_at(rest.len() - rest.trim_start_matches(' ').len());
        let (word, after) = after.split_at(word_length(after));
        pieces.push((false, blanks));
        // Punctuation around a name is not part of it.
        let inner = word.strip_prefix('(').unwrap_or(word);
        let name = inner.trim_end_matches([',', ';', ':', ')']);
        if is_plain(word) {
            pieces.push((false, word));
        } else if name.is_empty() {
            pieces.push((true, word));
        } else {
            pieces.extend([
                (false, &word[..word.len() - inner.len()]),
                (true, name),
                (false, &inner[name.len()..]),
            ]);
        }
        rest = after;
    }
    pieces.retain(|(_, piece)| !piece.is_empty());
    pieces
}

/// The length of the first word. A quoted text is one word, with what directly follows it.
fn word_length(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// Whether a word consists of letters only or is a count, with punctuation around it.
fn is_plain(word: &str) -> bool {
    // Punctuation stands alone where it follows a text that is code.
    if ["×", "→", "·", "…", ";", ",", "(", ")"].contains(&word) {
        return true;
    }
    let inner = word.strip_prefix('(').unwrap_or(word);
    let letters = inner.trim_end_matches([',', ';', ':', '.', ')', '…']);
    // An apostrophe is part of a word, as in `user's`.
    let is_word = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    if letters.split('\'').all(is_word) {
        // Seven hexadecimal digits or more may be a commit id.
        return letters.len() < 7 || !letters.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    // A version, such as `25.3`.
    let numbers: Vec<&str> = inner.split('.').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if numbers.len() == 2 && letters.len() < 7 && numbers.iter().all(is_number) {
        return true;
    }
    // No punctuation after the digits: `1.` and `1)` begin lists.
    let digits = inner.trim_end_matches(',');
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
        && digits.split(',').all(|group| group.len() < 7)
}

/// A text as code; table cells too.
pub fn code(text: &str) -> String {
    // A pipe would end a table cell even inside code.
    escape_control_chars(text).split('|').map(span).collect::<Vec<_>>().join("&#124;")
}

fn span(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(text) + 1);
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if text.starts_with(edge) || text.ends_with(edge) { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Lines as a block of code, with control characters escaped except for tabs.
pub fn fence(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| visible_line(line)).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or_default();
    let ticks = "`".repeat((longest + 1).max(3));
    format!("{ticks}{language}\n{}\n{ticks}\n", lines.join("\n"))
}

/// A source line with control characters escaped except for tabs.
pub fn visible_line(line: &str) -> String {
    line.split('\t').map(escape_control_chars).collect::<Vec<_>>().join("\t")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_code_and_words_stay_words() {
        for (text, markdown) in [
            (
                r#"group policy "Level 2" (7 users) and 12 more"#,
                r#"group policy `"Level 2"` (7 users) and 12 more"#,
            ),
            (r#"session policy "A": shell"#, r#"session policy `"A"`: shell"#),
            ("ada, tomasz.zielinski and @all", "ada, `tomasz.zielinski` and `@all`"),
            ("1,234,567 sessions", "1,234,567 sessions"),
            ("deadbeef facade 1234567", "`deadbeef` facade `1234567`"),
            (
                "#12 GH-12 www.a.b a@b, o/r#1 :x: 1. 1) -",
                "`#12` `GH-12` `www.a.b` `a@b`, `o/r#1` `:x`: `1.` `1`) `-`",
            ),
            ("([x](y)) ):", "(`[x](y`)) `):`"),
            (r#""a \" b" c"#, r#"`"a \" b"` c"#),
            ("`", "`` ` ``"),
            ("a|b|", "`a`&#124;`b`&#124;"),
            ("; 4 changes match ", "; 4 changes match "),
        ] {
            assert_eq!(prose(text), markdown);
        }
    }

    #[test]
    fn documentation_has_its_own_code() {
        for (text, markdown) in [
            (
                "the user's own `a_b` or read-only `x|y`.",
                "the user's own `a_b` or read-only `x`&#124;`y`.",
            ),
            ("`a`'s (`b`), or `c`: (", "`a`'s (`b`), or `c`: ("),
            ("a ` b", "a `` ` `` b"),
            ("see <b> @all `#1`", "see `<b>` `@all` `#1`"),
        ] {
            assert_eq!(document(text), markdown);
        }
        let long = "word ".repeat(500);
        assert_eq!(document(&long), long);
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let block = fence("diff", &["+ ````".into(), "- \u{202e}\tx".into()]);
        assert_eq!(block, "`````diff\n+ ````\n- \\u{202E}\tx\n`````\n");
    }
}
