//! Characters that are not what they look like: blanks that are no spaces, typographic quotation
//! marks, and letters and signs that have the shape of an ASCII character.

use unicode_security::skeleton;

/// The characters that texts are most often damaged by, with their names in Unicode.
const NAMES: &[(char, &str)] = &[
    ('\t', "tab"),
    ('\u{b}', "vertical tab"),
    ('\u{c}', "form feed"),
    ('\r', "carriage return"),
    ('\u{1b}', "escape"),
    ('\u{85}', "next line"),
    ('\u{a0}', "no-break space"),
    ('\u{ad}', "soft hyphen"),
    ('\u{b4}', "acute accent"),
    ('\u{1680}', "ogham space mark"),
    ('\u{2002}', "en space"),
    ('\u{2003}', "em space"),
    ('\u{2007}', "figure space"),
    ('\u{2009}', "thin space"),
    ('\u{200a}', "hair space"),
    ('\u{200b}', "zero width space"),
    ('\u{200c}', "zero width non-joiner"),
    ('\u{200d}', "zero width joiner"),
    ('\u{200e}', "left-to-right mark"),
    ('\u{200f}', "right-to-left mark"),
    ('\u{2018}', "left single quotation mark"),
    ('\u{2019}', "right single quotation mark"),
    ('\u{201a}', "single low-9 quotation mark"),
    ('\u{201c}', "left double quotation mark"),
    ('\u{201d}', "right double quotation mark"),
    ('\u{201e}', "double low-9 quotation mark"),
    ('\u{2028}', "line separator"),
    ('\u{2029}', "paragraph separator"),
    ('\u{202a}', "left-to-right embedding"),
    ('\u{202b}', "right-to-left embedding"),
    ('\u{202c}', "pop directional formatting"),
    ('\u{202d}', "left-to-right override"),
    ('\u{202e}', "right-to-left override"),
    ('\u{202f}', "narrow no-break space"),
    ('\u{205f}', "medium mathematical space"),
    ('\u{2060}', "word joiner"),
    ('\u{2066}', "left-to-right isolate"),
    ('\u{2067}', "right-to-left isolate"),
    ('\u{2068}', "first strong isolate"),
    ('\u{2069}', "pop directional isolate"),
    ('\u{2800}', "braille pattern blank"),
    ('\u{3000}', "ideographic space"),
    ('\u{feff}', "zero width no-break space, a byte order mark"),
];

/// A character by its code point, and its name where it is known: `U+00A0 (no-break space)`.
pub fn describe(character: char) -> String {
    let code = u32::from(character);
    match NAMES.iter().find(|(known, _)| *known == character) {
        Some((_, name)) => format!("U+{code:04X} ({name})"),
        None => format!("U+{code:04X}"),
    }
}

/// Whether a character looks like a space, or ends a line for some programs, and is neither a space
/// nor a tab nor a line feed.
pub fn is_odd_blank(character: char) -> bool {
    character.is_whitespace() && !matches!(character, ' ' | '\t' | '\n')
        || matches!(character, '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// The quotation mark of the language that a typographic one, or one of another language, stands
/// for.
pub fn quotation_mark(character: char) -> Option<char> {
    match character {
        '\u{ab}' | '\u{bb}' | '\u{2033}' | '\u{301d}'..='\u{301f}' | '\u{ff02}' => Some('"'),
        '\u{201c}'..='\u{201f}' => Some('"'),
        '`' | '\u{b4}' | '\u{2032}' | '\u{2039}' | '\u{203a}' | '\u{ff07}' => Some('\''),
        '\u{2018}'..='\u{201b}' => Some('\''),
        _ => None,
    }
}

/// The zeros of other scripts, each of which the other digits follow.
const ZEROS: [char; 17] = [
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}',
    '\u{1810}',
];

/// The ASCII digit or comma that a sign of another script stands for, whatever its shape.
pub fn ascii_meaning(character: char) -> Option<char> {
    if matches!(
        character,
        '\u{60c}' | '\u{3001}' | '\u{fe10}' | '\u{fe11}' | '\u{fe50}' | '\u{fe51}' | '\u{ff64}'
    ) {
        return Some(',');
    }
    let digit = |zero: &char| u32::from(character).checked_sub(u32::from(*zero));
    let digit = ZEROS.iter().filter_map(digit).find(|digit| *digit < 10)?;
    char::from_digit(digit, 10)
}

/// The ASCII character that another one has the shape of, such as `a` for a Cyrillic letter and `=`
/// for the sign in full width.
pub fn ascii_shape(character: char) -> Option<char> {
    match character {
        ascii if ascii.is_ascii() => None,
        full_width @ '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(full_width) - 0xfee0),
        other => {
            let mut shape = skeleton(other.encode_utf8(&mut [0; 4])).collect::<Vec<char>>();
            shape.pop().filter(|last| shape.is_empty() && last.is_ascii_graphic())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_named_and_told_apart() {
        assert_eq!(describe('\u{a0}'), "U+00A0 (no-break space)");
        assert_eq!(describe('\u{1f600}'), "U+1F600");
        for blank in ['\u{a0}', '\u{202f}', '\u{3000}', '\u{85}', '\u{b}', '\u{c}', '\r'] {
            assert!(is_odd_blank(blank), "{blank:?}");
        }
        assert!([' ', '\t', '\n', 'a', '\u{200b}'].iter().all(|plain| !is_odd_blank(*plain)));
        assert_eq!(
            ['\u{201c}', '\u{2019}', '`', '"'].map(quotation_mark),
            [Some('"'), Some('\''), Some('\''), None]
        );
        assert_eq!(
            ['\u{435}', '\u{ff1d}', '\u{ff5b}', 'e', '\u{e9}', '\u{6f22}'].map(ascii_shape),
            [Some('e'), Some('='), Some('{'), None, None, None]
        );
        assert_eq!(
            ['\u{661}', '\u{6f9}', '\u{3001}', '\u{e59}', 'e', '1', '\u{66a}'].map(ascii_meaning),
            [Some('1'), Some('9'), Some(','), Some('9'), None, None, None]
        );
    }
}
