//! Corrects words and signs: characters that cannot be seen, and those of other scripts that have
//! the shape of an ASCII character.

use super::{Corrector, span};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::DeclarationKind;
use crate::text::characters::{ascii_meaning, ascii_shape, describe, is_odd_blank, quotation_mark};
use crate::text::{escape_control_chars, is_invisible_or_control};
use std::ops::Range;

/// Whether a character can stand in a word, whatever the language makes of it.
fn is_of_word(character: char) -> bool {
    let is_ascii_word = character.is_ascii_alphanumeric() || matches!(character, '_' | '.');
    let is_blank = is_odd_blank(character) || matches!(character, ' ' | '\t' | '\n');
    let is_other = !character.is_ascii() || character.is_ascii_control();
    is_ascii_word || is_other && !is_blank && quotation_mark(character).is_none()
}

/// What a character of a word stands for.
fn plain(character: char) -> Option<char> {
    match character {
        ascii if ascii.is_ascii() && !ascii.is_ascii_control() => Some(ascii),
        unseen if is_invisible_or_control(unseen) => None,
        other => Some(ascii_meaning(other).or_else(|| ascii_shape(other)).unwrap_or(other)),
    }
}

/// The word or, where characters stand in place of the spaces of a keyword, the words.
fn meant(written: &str) -> String {
    let is_plain = |character: char| plain(character) == Some(character);
    let apart: String = written.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    let is_keyword = || {
        let words = format!(" {apart} ");
        let mut kinds = DeclarationKind::all().flat_map(|kind| [kind.words(), kind.plural()]);
        kinds.any(|kind| format!(" {kind} ").contains(&words)) || follow_each_other(&apart)
    };
    match apart != written && apart.contains(|c: char| c != ' ') && is_keyword() {
        true => apart,
        false => written.chars().filter_map(plain).collect(),
    }
}

/// Whether a text is words of the language that stand one after the other, such as `when user`. A
/// word with something unseen in it is one word instead.
fn follow_each_other(apart: &str) -> bool {
    let words: Vec<&str> = apart.split(' ').filter(|word| !word.is_empty()).collect();
    let follows = |pair: &[&str]| {
        let next = pair[1];
        let is_path = next.starts_with(|c: char| c.is_ascii_lowercase());
        match pair[0] {
            "not" => ["defined", "in"].contains(&next),
            "when" => {
                let subjects = ["user", "invite", "jump", "portal", "method", "tag", "presence"];
                subjects.contains(&next)
            }
            "final" | "expect" => is_path,
            "as" => ["default", "lead", "member", "manager"].contains(&next),
            "default" => next == "role",
            "until" => next.starts_with(|c: char| c.is_ascii_digit()),
            "user" | "item" => ["in", "not"].contains(&next),
            "in" => ["team", "jump", "group", "directory"].contains(&next),
            "lead" | "member" | "manager" => next == "until",
            _ => false,
        }
    };
    words.len() > 1 && words.windows(2).all(follows)
}

impl Corrector<'_> {
    /// Corrects the word around a place. Returns where it ends; `None` if it is the sign of a
    /// comment.
    pub(super) fn word(&mut self, line: &Range<usize>, at: usize) -> Option<usize> {
        let text = self.text;
        let before = text[line.start..at].trim_end_matches(is_of_word).len();
        let start = line.start + before;
        let end = line.end - text[at..line.end].trim_start_matches(is_of_word).len();
        let written = &text[start..end];
        let meant = meant(written);
        // A dash by itself is no sign of the language, whatever its shape.
        let is_sign = |c: char| c.is_alphanumeric() || "={}[],#!<>:".contains(c);
        if meant == written || !meant.is_empty() && !meant.contains(is_sign) {
            return Some(end);
        }
        if self.findings.is_full(self.id) {
            self.findings.drop_one(span(start..end).in_file(self.id));
        } else {
            let mut found = self.wrong_word(start, written, &meant);
            // A comment would hide what was perhaps meant to be read.
            if meant.contains('#') && (self.open_lists > 0 || !meant.starts_with('#')) {
                found.fixes.clear();
                found = found.help("remove it, or write `#` where a comment begins");
            }
            self.findings.push(found);
        }
        let is_in_list = self.open_lists > 0;
        // What stands for another character is no longer than it, so this fits.
        let place = &mut self.out()[start..end];
        place.fill(b' ');
        if is_in_list && meant == "#" {
            return Some(end);
        }
        place[..meant.len()].copy_from_slice(meant.as_bytes());
        let comment = meant.find('#').map(|_| start..line.end);
        match comment {
            Some(rest) => {
                self.blank_out(rest);
                None
            }
            None => Some(end),
        }
    }

    fn wrong_word(&self, start: usize, written: &str, meant: &str) -> Diagnostic {
        let wrong = |(_, character): &(usize, char)| plain(*character) != Some(*character);
        let are_apart = meant.contains(' ');
        let places: Vec<(usize, char)> = written.char_indices().filter(wrong).collect();
        let (at, first) = places.first().copied().unwrap_or_default();
        let what = describe(first);
        let message = match plain(first) {
            None => format!("{what} cannot be seen, and does not belong here"),
            Some(_) if are_apart => format!("{what} stands in place of a space"),
            Some(meant) if ascii_meaning(first) == Some(meant) => {
                format!("{what} stands in place of `{meant}`")
            }
            Some(shape) => format!("{what} looks like `{shape}`, and is another character"),
        };
        let more = match places.len() {
            0 | 1 => String::new(),
            count => format!("; there are {count} such characters in this word"),
        };
        let edits = places.iter().take(super::MAX_EDITS + 1).map(|(at, character)| {
            let replacement: String = match are_apart {
                true => " ".to_owned(),
                false => plain(*character).into_iter().collect(),
            };
            self.edit(start + at..start + at + character.len_utf8(), replacement)
        });
        let edits = edits.collect();
        let help = match meant {
            "" => "remove it".to_owned(),
            meant => format!("write `{}`", escape_control_chars(meant)),
        };
        let place = start + at..start + at + first.len_utf8();
        let message = format!("{message}{more}");
        let found = Diagnostic::new(Code::WRONG_CHARACTER, span(place).in_file(self.id), message)
            .help(help.clone());
        super::with_fix(found, &help, edits)
    }
}
