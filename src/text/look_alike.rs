//! Names that readers cannot tell apart: they differ in the case of letters, in white space, in how
//! accents are composed, or in letters of other scripts that have the same shape (Unicode Technical
//! Standard 39).

use super::characters::{ascii_shape, is_odd_blank};
use super::is_invisible_or_control;
use std::sync::LazyLock;
use unicode_security::skeleton;

/// Whether the case of letters counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `A` is not `a`.
    Counts,
    /// It is.
    Ignored,
}

/// What ASCII characters look like, since nearly all names consist of them.
static ASCII: LazyLock<Vec<String>> = LazyLock::new(|| {
    (0..128u8).map(|byte| skeleton(&char::from(byte).to_string()).collect()).collect()
});

/// A hash of bytes that come one by one, as short names do.
#[derive(Clone, Copy, Default)]
struct Fingerprint(u64);

impl Fingerprint {
    fn add(&mut self, text: &str) {
        for byte in text.as_bytes() {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

/// What a reader sees of a name. Names with the same appearance look alike, and so do those that
/// have the same one without regard to case: `I` looks like `l`, and means the same as `i`.
pub fn appearance(name: &str, case: Case) -> String {
    let mut shown = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(word);
    }
    if case == Case::Ignored {
        shown = shown.to_lowercase();
    }
    match shown.is_ascii() {
        true => shown.bytes().map(|byte| &*ASCII[usize::from(byte)]).collect(),
        false => skeleton(&shown).collect(),
    }
}

/// What a careful reader sees of a name: as [`appearance`], but `0` is not `O`, and `m` is not
/// `rn`. Names with the same one cannot be told apart by looking.
pub fn seen(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !shown.is_empty() {
            shown.push(' ');
        }
        for character in word.chars() {
            match character.is_ascii() {
                true => shown.push(character),
                false => shown.extend(skeleton(character.encode_utf8(&mut [0; 4]))),
            }
        }
    }
    shown
}

/// What a reader takes a text for who expects ASCII: characters that look like an ASCII one are that
/// one, what cannot be seen falls away, and so do blanks at the ends.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match ascii_of(character) {
            Some(ascii) => plain.push(ascii),
            None if is_invisible_or_control(character) => {}
            None if is_odd_blank(character) => plain.push(' '),
            None => plain.push(character),
        }
    }
    plain.trim().to_owned()
}

/// The ASCII character that a character is, or that it looks like.
fn ascii_of(character: char) -> Option<char> {
    let is_itself = character.is_ascii_graphic() || character == ' ';
    if is_itself { Some(character) } else { ascii_shape(character) }
}

/// The first letter in a word of ASCII letters that is none of them and looks like one, and what it
/// looks like: U+0441 in a `cmd` that has it in place of `c`. Latin letters that are not ASCII, such
/// as `é` and U+0131, belong there.
pub fn disguised(text: &str) -> Option<(char, char)> {
    if text.is_ascii() {
        return None;
    }
    let mut words = text.split(|character: char| !character.is_alphanumeric());
    words.find_map(|word| {
        let is_mixed = word.chars().any(|character| character.is_ascii_alphabetic());
        let mut others = word.chars().filter(|character| is_mixed && !is_latin(*character));
        others.find_map(|character| {
            let shape = ascii_of(character).filter(char::is_ascii_alphanumeric)?;
            Some((character, shape))
        })
    })
}

/// Whether a character is in the Latin script, as texts in some language have it, or ASCII.
fn is_latin(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{2ff}'
            | '\u{1e00}'..='\u{1eff}'
            | '\u{2c60}'..='\u{2c7f}'
            | '\u{a720}'..='\u{a7ff}'
    )
}

/// Whether two names cannot be told apart by looking, however carefully.
pub fn is_unseen(a: &str, b: &str) -> bool {
    seen(a) == seen(b)
}

/// What stands for the appearances of a name, with regard to case and without it: names whose
/// appearances are the same share a number, and others very rarely do.
pub fn fingerprints(name: &str) -> [u64; 2] {
    let of = |case: Case| {
        let mut made = Fingerprint::default();
        if !name.is_ascii() {
            made.add(&appearance(name, case));
            return made.0;
        }
        let ascii = &*ASCII;
        for (at, word) in name.split_whitespace().enumerate() {
            if at > 0 {
                made.add(" ");
            }
            for byte in word.bytes() {
                let byte = if case == Case::Counts { byte } else { byte.to_ascii_lowercase() };
                made.add(&ascii[usize::from(byte)]);
            }
        }
        made.0
    };
    let exact = of(Case::Counts);
    // Most names have no capitals, so that both are the same.
    let is_small = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    [exact, if is_small { exact } else { of(Case::Ignored) }]
}

/// Whether two names look alike, with regard to case or without it.
pub fn look_alike(a: &str, b: &str) -> bool {
    [Case::Counts, Case::Ignored].iter().any(|case| appearance(a, *case) == appearance(b, *case))
}

/// What a name has that another one has not, for a sentence such as "it has …".
pub fn difference(name: &str, other: &str) -> String {
    // Where nothing can be seen, a letter of another case is another character all the same.
    let is_unseen = is_unseen(name, other);
    let (name, other): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
    let same =
        |(a, b): &(&char, &char)| a == b || !is_unseen && a.to_lowercase().eq(b.to_lowercase());
    let start = name.iter().zip(&other).take_while(same).count();
    let (name, other) = (&name[start..], &other[start..]);
    let end = name.iter().rev().zip(other.iter().rev()).take_while(same).count();
    let (name, other) = (&name[..name.len() - end], &other[..other.len() - end]);
    match (name, other) {
        ([], []) => "letters of another case".into(),
        ([], missing) => format!("no {} there", codes(missing)),
        (more, []) => format!("{} as well", codes(more)),
        (here, there) => format!("{} in place of {}", codes(here), codes(there)),
    }
}

/// The first few characters: those that anybody can read as they are, the others by their numbers.
fn codes(characters: &[char]) -> String {
    const MAX: usize = 4;
    let shown = characters.iter().take(MAX).map(|character| match character {
        plain if plain.is_ascii_graphic() => format!("`{plain}`"),
        other => format!("U+{:04X}", u32::from(*other)),
    });
    let shown: Vec<String> = shown.collect();
    let rest = if characters.len() > MAX { " …" } else { "" };
    format!("{}{rest}", shown.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_have_one_appearance() {
        for (a, b) in [
            ("Jos\u{e9}", "Jose\u{301}"),
            ("ada lovelace", "ada\u{a0}lovelace"),
            ("admin", "\u{430}dmin"),
            ("web01", "web01 "),
            ("John.Doe", "john.doe"),
            ("\u{410}dmin", "admin"),
            ("ada\u{200b}", "ada"),
            ("srv-Il", "srv-lI"),
            ("a  b", "a b"),
        ] {
            assert!(look_alike(a, b), "{a:?} {b:?}");
            let (one, other) = (fingerprints(a), fingerprints(b));
            assert!(one[0] == other[0] || one[1] == other[1], "{a:?} {b:?}");
        }
        for (a, b) in [("web01", "web02"), ("ada", "adb"), ("a b", "ab"), ("DBA", "DBB"), ("", "a")]
        {
            assert!(!look_alike(a, b), "{a:?} {b:?}");
            let (one, other) = (fingerprints(a), fingerprints(b));
            assert!(one[0] != other[0] && one[1] != other[1], "{a:?} {b:?}");
        }
    }

    #[test]
    fn differences_name_the_characters() {
        assert_eq!(difference("\u{430}dmin", "admin"), "U+0430 in place of `a`");
        assert_eq!(difference("Jose\u{301}", "Jos\u{e9}"), "`e` U+0301 in place of U+00E9");
        assert_eq!(difference("web01 ", "web01"), "U+0020 as well");
        assert_eq!(difference("web01", " web01"), "no U+0020 there");
        assert_eq!(difference("john.doe", "John.Doe"), "letters of another case");
        assert_eq!(
            difference("\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}a", "b"),
            "U+00A0 U+00A0 U+00A0 U+00A0 … in place of `b`"
        );
        assert_eq!(difference("aa", "aaa"), "no `a` there");
        assert_eq!(difference("\u{2126}", "\u{3a9}"), "U+2126 in place of U+03A9");
        assert_eq!(difference("\u{212a}1", "K1"), "U+212A in place of `K`");
    }

    #[test]
    fn what_a_careful_reader_sees_is_no_reason_to_guess() {
        for (a, b) in [
            ("Jos\u{e9}", "Jose\u{301}"),
            ("\u{430}dmin", "admin"),
            ("ada\u{200b}", "ada"),
            ("ada\u{a0}b", "ada  b "),
            ("\u{2126}", "\u{3a9}"),
        ] {
            assert!(is_unseen(a, b), "{a:?} {b:?}");
        }
        for (a, b) in
            [("srv1l", "srvl1"), ("admln", "adm1n"), ("rn", "m"), ("aO", "a0"), ("A", "a")]
        {
            assert!(!is_unseen(a, b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn letters_that_pass_for_ascii_are_found_in_words_of_it() {
        assert_eq!(disguised("\u{441}md.exe"), Some(('\u{441}', 'c')));
        assert_eq!(disguised("pr\u{43e}d"), Some(('\u{43e}', 'o')));
        assert_eq!(disguised("\u{ff43}md"), Some(('\u{ff43}', 'c')));
        assert_eq!(disguised("a\u{212a}"), Some(('\u{212a}', 'K')));
        let group = "\u{413}\u{440}\u{443}\u{43f}\u{43f}\u{430} IT";
        for text in ["I\u{15f}\u{131}k", "Stra\u{df}e", group, "N\u{ba} 1", "\u{212a}1 on a", "cmd"]
        {
            assert_eq!(disguised(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_taken_for_what_it_looks_like() {
        assert_eq!(plain("b.pr\u{435}c"), "b.prec");
        assert_eq!(plain("b\u{200b}.prec "), "b.prec");
        assert_eq!(plain("b\u{ff0e}\u{ff50}rec"), "b.prec");
        assert_eq!(plain("a\u{a0}b"), "a b");
        assert_eq!(plain("\u{416}.prec"), "\u{416}.prec");
    }
}
