//! `escape-in-path`: what is plainly a Windows path or account contains `\t` or `\n`, which is a
//! tab or a line feed in a string with `"`.

use super::sink::LintSink;
use crate::diagnostic::{Applicability, Diagnostic, Edit};
use crate::source::Sources;
use crate::syntax::pieces::{Piece, is_whole, pieces};
use crate::text::escape_control_chars;

/// Keys whose strings are prose of several lines.
const PROSE: [&str; 2] = ["description", "comments"];

pub(super) fn lint(sources: &Sources, sink: &mut LintSink<'_>) {
    for (id, file) in sources.iter() {
        let has_escape = || ["\\t", "\\n"].iter().any(|escape| file.text.contains(escape));
        if !file.path.ends_with(".prec") || !has_escape() {
            continue;
        }
        for (piece, place) in pieces(&file.text) {
            let text = &file.text[place.start as usize..place.end as usize];
            if piece != Piece::String || !text.starts_with('"') || !is_whole(text) {
                continue;
            }
            let start = file.line_range(file.line(place.start)).start;
            let before = file.text[start..place.start as usize].trim_end();
            let key = before.strip_suffix('=').map(str::trim);
            let is_prose = key.is_some_and(|key| PROSE.contains(&key));
            let Some(meant) = meant(&text[1..text.len() - 1], is_prose) else { continue };
            let span = place.in_file(id);
            sink.add(span, |code| {
                let escape = match (has(text, b't'), has(text, b'n')) {
                    (true, true) => "`\\t` and `\\n` are a tab and a line feed",
                    (true, false) => "`\\t` is a tab",
                    _ => "`\\n` is a line feed",
                };
                let shown = escape_control_chars(&meant);
                Diagnostic::new(code, span, format!("{escape} in this string"))
                    .primary_message(format!("this is not `{shown}`"))
                    .help(format!("write `'{shown}'`: single quotes have no escapes"))
                    .fix_with(
                        // It is another name then, which is for a person to say.
                        Applicability::Unsafe,
                        format!("write `'{shown}'`"),
                        vec![Edit { span, replacement: format!("'{meant}'") }],
                    )
            });
        }
    }
}

/// Whether a string contains an escape of a letter that is not itself escaped.
fn has(raw: &str, letter: u8) -> bool {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        match bytes[at] {
            b'\\' if bytes[at + 1] == letter => return true,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    false
}

/// The path or account that a string with a tab or a line feed was meant as. `raw` is the string as
/// it is written, without its quotes.
fn meant(raw: &str, is_prose: bool) -> Option<String> {
    if !(has(raw, b't') || has(raw, b'n'))
        || raw.contains('\'')
        || raw.contains("\\\"")
        || raw.contains("\\u{")
    {
        return None;
    }
    // A command or a sentence may have a path in it. Where that has its backslashes doubled, other
    // escapes are meant as such.
    let has_path = |word: &str| {
        (has(word, b't') || has(word, b'n')) && !word.contains("\\\\") && is_windows_path(word)
    };
    let is_path = is_windows_path(raw) || raw.split(' ').any(has_path);
    if !is_path && (is_prose || !is_account(raw)) {
        return None;
    }
    // Some of its backslashes may be escaped; those at the start of `\\server` stand for
    // themselves.
    let (share, rest) = match raw.strip_prefix("\\\\") {
        Some(rest) => ("\\\\", rest.strip_prefix("\\\\").unwrap_or(rest)),
        None => ("", raw),
    };
    Some(format!("{share}{}", rest.replace("\\\\", "\\")))
}

/// `C:\…`, `\\server\…`, `%TEMP%\…`, `.\…`
fn is_windows_path(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    let drive = bytes.len() > 3 && bytes[0].is_ascii_alphabetic() && raw[1..].starts_with(":\\");
    let share = raw.strip_prefix("\\\\").is_some_and(|rest| {
        rest.trim_start_matches('\\').starts_with(|first: char| first.is_ascii_alphanumeric())
    });
    let variable = raw.strip_prefix('%').is_some_and(|rest| {
        rest.split_once("%\\").is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_()".contains(c))
        })
    });
    drive || share || variable || raw.starts_with(".\\") || raw.starts_with("..\\")
}

/// `DOMAIN\name`
fn is_account(raw: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "._$-".contains(c);
    let parts = raw.split_once('\\');
    parts.is_some_and(|(domain, name)| {
        !domain.is_empty() && name.len() > 1 && domain.chars().chain(name.chars()).all(of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::messages;
    use super::*;

    #[test]
    fn paths_and_accounts_are_told_from_other_texts() {
        for (raw, expected) in [
            (r"CORP\tom", Some(r"CORP\tom")),
            (r"CORP\nancy", Some(r"CORP\nancy")),
            (r"C:\temp", Some(r"C:\temp")),
            (r"C:\\new\tools", Some(r"C:\new\tools")),
            (r"\\srv\new", Some(r"\\srv\new")),
            (r"\\\\srv\\share\new", Some(r"\\srv\share\new")),
            (r"%TEMP%\new", Some(r"%TEMP%\new")),
            (r"dir C:\temp /s", Some(r"dir C:\temp /s")),
            (r"CORP\\tom", None),
            (r"C:\\temp", None),
            (r"ls\t-l x", None),
            (r"a line\nanother line", None),
        ] {
            assert_eq!(meant(raw, false).as_deref(), expected, "{raw}");
        }
        assert_eq!(meant(r"Line\nNext", true), None);
        assert_eq!(meant(r"As in C:\\x.\nNext", true), None);
        assert_eq!(meant(r"See C:\temp first", true).as_deref(), Some(r"See C:\temp first"));
        assert_eq!(meant(r"C:\temp", true).as_deref(), Some(r"C:\temp"));
    }

    #[test]
    fn each_string_has_a_finding() {
        let text = "global default {\n  others = unknown\n}\nuser \"CORP\\tom\" {\n  \
                    description = \"Line\\nNext\"\n  display_name = \"CORP\\nick\"\n}\nuser 'CORP\\nancy'\n";
        assert_eq!(
            messages("escape-in-path", text),
            ["`\\t` is a tab in this string", "`\\n` is a line feed in this string"]
        );
    }
}
