//! Text helpers that every layer uses: quoting and escapes, durations, counts, and escaping for
//! terminals.

pub mod characters;
mod date;
pub mod json;
pub mod layout;
pub mod line_diff;
pub mod look_alike;

pub use date::Date;
use std::borrow::Cow;

/// An invalid escape, by its bytes in the quoted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEscape {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What is wrong with it.
    pub message: String,
}

/// The text of a quoted string, which is given as written, quotes included. `'…'` has no escapes.
///
/// # Errors
///
/// Returns all invalid escapes, if there are any.
pub fn unquote(raw: &str) -> Result<Cow<'_, str>, Vec<BadEscape>> {
    // The parser has reported a name without quotes.
    if !raw.starts_with(['"', '\'']) {
        return Ok(Cow::Borrowed(raw));
    }
    let inner = &raw[1..raw.len() - 1];
    if raw.starts_with('\'') || !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let mut out = String::with_capacity(inner.len());
    let mut bad = Vec::new();
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match escape(rest) {
            Ok((character, length)) => {
                out.push(character);
                length
            }
            Err((length, message)) => {
                let start = 1 + inner.len() - rest.len();
                bad.push(BadEscape { start, end: start + length, message });
                if bad.len() == MAX_BAD_ESCAPES {
                    break;
                }
                length
            }
        };
        rest = &rest[length..];
    }
    out.push_str(rest);
    if bad.is_empty() { Ok(Cow::Owned(out)) } else { Err(bad) }
}

/// How many bad escapes of one string are told.
const MAX_BAD_ESCAPES: usize = 100;

/// Reads the escape at the start of `text`: its character and length, or the length and what is
/// wrong with it.
fn escape(text: &str) -> Result<(char, usize), (usize, String)> {
    let Some(letter) = text[1..].chars().next() else {
        return Err((1, "a backslash must be followed by the character that it escapes".into()));
    };
    let length = 1 + letter.len_utf8();
    match letter {
        '\\' | '"' => Ok((letter, length)),
        'n' => Ok(('\n', length)),
        't' => Ok(('\t', length)),
        'u' => {
            let digits = text[2..]
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'))
                .map(|(digits, _)| digits);
            let Some(digits) = digits.filter(|digits| {
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
            }) else {
                return Err((
                    length,
                    "`\\u` is followed by hexadecimal digits in braces, as in `\\u{1F510}`".into(),
                ));
            };
            let length = length + digits.len() + 2;
            let number =
                (digits.len() <= 6).then(|| u32::from_str_radix(digits, 16).ok()).flatten();
            match number.and_then(char::from_u32) {
                Some(character) => Ok((character, length)),
                None => Err((length, "this number is not a Unicode character".into())),
            }
        }
        _ => Err((
            length,
            "the supported escapes are `\\\\`, `\\\"`, `\\n`, `\\t` and `\\u{…}`".into(),
        )),
    }
}

/// The canonical form of a string: double quotes, the language's escapes, `\u{…}` for other control
/// characters.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            hidden if is_invisible_or_control(hidden) => {
                out.push_str(&format!("\\u{{{:X}}}", u32::from(hidden)))
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

/// A text as one word of a command line.
pub fn in_shell(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=+@,".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// An option and its value, as they are typed on a command line; `None` where the value has a
/// character that nobody sees, or that a terminal acts on.
pub fn option_in_shell(option: &str, value: &str) -> Option<String> {
    if value.chars().any(is_invisible_or_control) {
        return None;
    }
    // A value such as `--help` would be taken for an option.
    let gap = if value.starts_with('-') { '=' } else { ' ' };
    Some(format!("--{option}{gap}{}", in_shell(value)))
}

/// The canonical form of a duration in seconds: the largest unit that divides it.
pub fn duration(seconds: u64) -> String {
    match seconds {
        s if s % 3600 == 0 && s > 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 && s > 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// The seconds of a duration as written, such as `900s`. `None` if it is not a duration or too
/// large.
pub fn parse_duration(text: &str) -> Option<u64> {
    let unit = text.len() - text.len().min(1);
    let factor = match text.get(unit..)? {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    parse_integer(&text[..unit])?.checked_mul(factor)
}

/// The language's own writing of a duration that is written as people do, such as `15min`. `None`
/// if it has no unit that can mean only one thing.
pub fn duration_as_meant(written: &str) -> Option<String> {
    let digits = written.len() - written.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = written.split_at(digits);
    let factor = match &*unit.to_ascii_lowercase() {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 24 * 3600,
        "w" | "week" | "weeks" => 7 * 24 * 3600,
        _ => return None,
    };
    Some(duration(parse_integer(number)?.checked_mul(factor)?))
}

/// An integer as written, which consists of digits.
pub fn parse_integer(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A number with its digits in groups of three: `12,345`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and what is counted, given in the singular: `1 session`, `1,200 group policies`.
pub fn count(number_of: u64, one: &str) -> String {
    match number_of {
        1 => format!("1 {one}"),
        _ => format!("{} {}", number(number_of), plural(one)),
    }
}

/// Names in a sentence: `a, b and c`; if there are more than a number of them, the first ones and
/// how many more: `a, b, c and 4 more`.
pub fn listed<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let join = |names: &[S]| names.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    // One name takes no more room than its count.
    if names.len() > most + 1 {
        return format!(
            "{} and {} more",
            join(&names[..most]),
            number((names.len() - most) as u64)
        );
    }
    match names.split_last() {
        Some((last, others @ [_, ..])) => format!("{} and {}", join(others), last.as_ref()),
        _ => join(names),
    }
}

/// The regular plural of an English noun, or of a term that ends in one.
pub fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if one.ends_with(['s', 'x']) || one.ends_with("ch") || one.ends_with("sh") => {
            format!("{one}es")
        }
        _ => format!("{one}s"),
    }
}

/// A name or other text as it can be shown on a terminal or in a message: control characters, line
/// separators and characters that change the direction of text are escaped.
pub fn escape_control_chars(text: &str) -> Cow<'_, str> {
    if is_printable_ascii(text) || !text.chars().any(is_invisible_or_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            hostile if is_invisible_or_control(hostile) => {
                out.push_str(&format!("\\u{{{:X}}}", u32::from(hostile)))
            }
            plain => out.push(plain),
        }
    }
    Cow::Owned(out)
}

/// Lines as they can be shown: what [`escape_control_chars`] escapes, but for tabs and line ends.
pub fn escape_in_lines(text: &str) -> Cow<'_, str> {
    let is_line = |character: char| matches!(character, '\n' | '\t');
    if !text.chars().any(|character| is_invisible_or_control(character) && !is_line(character)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_line = character == '\r' && characters.peek().is_none_or(|next| *next == '\n');
        match character {
            plain if is_line(plain) || ends_line => out.push(plain),
            hidden if is_invisible_or_control(hidden) => {
                out.push_str(&format!("\\u{{{:X}}}", u32::from(hidden)))
            }
            plain => out.push(plain),
        }
    }
    Cow::Owned(out)
}

/// Whether a text has nothing but spaces and visible ASCII characters, one byte and one column
/// each. Nearly all texts are of this kind, and need no closer look.
pub fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a character would act on a terminal or be invisible: control characters, changes of the
/// direction of text, line separators, tags, and letters without a shape.
pub fn is_invisible_or_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_name_says_is_never_read_by_a_shell() {
        let option = |name| super::option_in_shell("user", name);
        for (name, typed) in [
            ("ada.l@x-y", "--user ada.l@x-y"),
            ("$(touch x)", "--user '$(touch x)'"),
            ("`id`", "--user '`id`'"),
            ("it's; rm", "--user 'it'\\''s; rm'"),
            ("--help", "--user=--help"),
            ("", "--user ''"),
            ("~root", "--user '~root'"),
            ("é!", "--user 'é!'"),
        ] {
            assert_eq!(option(name).as_deref(), Some(typed));
        }
        assert_eq!(option("a\nb"), None);
        assert_eq!(option("a\u{202e}b"), None);
    }

    use super::*;

    #[test]
    fn escapes_are_read_and_written() {
        assert_eq!(unquote(r#""a\\b\"\n\t\u{1F510}""#).expect("escapes"), "a\\b\"\n\t\u{1F510}");
        assert_eq!(unquote(r"'C:\new\u'").expect("no escapes"), r"C:\new\u");
        assert_eq!(quote("a\\b\"\n\t\u{1}\u{7f}é"), r#""a\\b\"\n\t\u{1}\u{7F}é""#);
        let bad = unquote(r#""\x \u{} \u{110000} \u{12""#).expect_err("no escapes");
        assert_eq!(
            bad.iter().map(|b| (b.start, b.end)).collect::<Vec<_>>(),
            [(1, 3), (4, 6), (9, 19), (20, 22)]
        );
    }

    #[test]
    fn counts_have_separators_and_plurals() {
        for (number_of, one, text) in [
            (0, "session", "0 sessions"),
            (1, "group policy", "1 group policy"),
            (1234, "group policy", "1,234 group policies"),
            (2, "directory entry", "2 directory entries"),
            (2, "survey", "2 surveys"),
            (2, "fix", "2 fixes"),
            (2, "match", "2 matches"),
            (1_000_000, "cell", "1,000,000 cells"),
        ] {
            assert_eq!(count(number_of, one), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        for character in
            ['\u{1b}', '\u{ad}', '\u{61c}', '\u{202e}', '\u{2066}', '\u{3164}', '\u{e0041}']
        {
            assert_eq!(
                escape_control_chars(&format!("a{character}")),
                format!("a\\u{{{:X}}}", u32::from(character))
            );
        }
        let lines = "-a\u{202e}\tb\r\n+a\rb\n";
        assert_eq!(escape_in_lines(lines), "-a\\u{202E}\tb\r\n+a\\u{D}b\n");
        assert_eq!(
            escape_control_chars("Zoë Ångström ❤️ 漢字 עברית"),
            "Zoë Ångström ❤️ 漢字 עברית"
        );
    }

    #[test]
    fn durations_take_the_largest_unit_that_divides_them() {
        for (text, seconds, canonical) in
            [("900s", 900, "15m"), ("8h", 28800, "8h"), ("90m", 5400, "90m"), ("0s", 0, "0s")]
        {
            assert_eq!(parse_duration(text), Some(seconds));
            assert_eq!(duration(seconds), canonical);
        }
        for text in ["", "s", "5", "5d", "99999999999999999999s", "9999999999999999999h"] {
            assert!(parse_duration(text).is_none() || text == "s", "{text}");
        }
    }
}
