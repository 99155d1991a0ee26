//! "Did you mean": the known word or name that is closest to what was written, and whether it is
//! safe to write it.

use super::Applicability;
use crate::text::escape_control_chars;
use crate::text::look_alike::{self, Case};

/// A candidate that is close to what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion<'a> {
    /// The candidate.
    pub text: &'a str,
    /// Whether a fix may write it without asking.
    pub applicability: Applicability,
    /// How the two differ where that cannot be seen: ` it has …`.
    pub difference: String,
}

impl<'a> Suggestion<'a> {
    /// A candidate for what was written.
    pub fn new(text: &'a str, written: &str, applicability: Applicability) -> Self {
        Suggestion { text, applicability, difference: unseen_difference(text, written) }
    }
}

/// What candidates are. A word of the language or a profile that differs by one letter is a typing
/// error; a name that differs by one letter may well be another machine, and one with two letters
/// swapped another person: Brian and Brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words of the language or of a profile.
    Words,
    /// Names that users choose.
    Names,
    /// Names of people, or of groups of people.
    People,
}

/// The closest candidate, or `None` if none is close enough. Ties go to the first by bytes, so the
/// answer does not depend on the order of candidates.
pub fn closest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    suggestion(Kind::Words, written, candidates).map(|suggestion| suggestion.text)
}

/// The closest candidate. It is safe to write if it differs by a typing error alone and no other
/// candidate is as close.
pub fn suggestion<'a>(
    kind: Kind,
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<Suggestion<'a>> {
    // A malicious name may be megabytes long, and computing the distance takes quadratic time.
    if written.len() > 120 {
        return None;
    }
    let length = written.chars().count();
    // Of one or two letters, any two names are one typing error apart.
    let allowed = if length < 3 { 0 } else { (length / 3).max(1) };
    let lower = written.to_lowercase();
    let mut best: Option<(usize, usize, &str)> = None;
    let mut tied = false;
    let meaning = folded(kind, written);
    let appearance = |text| look_alike::appearance(text, Case::Counts).to_lowercase();
    let seen = appearance(written);
    let mut with_meaning = 0;
    let opposite =
        |a: &str, b: &str| a.contains("disabled") && b == a.replace("disabled", "enabled");
    let near = |candidate: &&str| {
        if opposite(&lower, candidate) || opposite(candidate, &lower) {
            return false;
        }
        candidate.len() <= 4 * 120 && candidate.len().abs_diff(written.len()) <= 4 * allowed + 4
    };
    for candidate in candidates.into_iter().filter(near) {
        let case = usize::from(candidate != written);
        let distance = match candidate.rsplit('.').next() == Some(written) {
            true => 0,
            false => strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()),
        };
        if distance > allowed {
            continue;
        }
        let is_other = best.is_none_or(|known| known.2 != candidate);
        let may_be_meant = || folded(kind, candidate) == meaning || appearance(candidate) == seen;
        with_meaning += usize::from(is_other && may_be_meant());
        let found = (distance, case, candidate);
        match best {
            Some(known) if known.2 == candidate => {}
            Some(known) => {
                tied = if found.0 < known.0 { false } else { tied || found.0 == known.0 };
                best = Some(known.min(found));
            }
            None => best = Some(found),
        }
    }
    best.map(|(distance, _, text)| {
        let typo = match kind {
            Kind::Words => {
                distance == 0 || distance == 1 && length > 3 && digits(written) == digits(text)
            }
            Kind::Names => is_swap(&lower, &text.to_lowercase()),
            Kind::People => false,
        };
        let safe = match meaning == folded(kind, text) {
            true => !tied && with_meaning == 1,
            false => !tied && typo,
        };
        Suggestion::new(text, written, Applicability::safe_if(safe))
    })
}

/// The only candidate that has what was written as one of its words, such as `all_sessions` for
/// `all`.
pub fn containing<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let has_word = |candidate: &&str| candidate.split(['_', '.']).any(|word| word == written);
    let mut found = candidates.into_iter().filter(has_word);
    found.next().filter(|_| found.next().is_none())
}

/// Asks whether a known name is meant. Where both look the same, it says how they differ.
pub fn question(meant: &str, written: &str) -> String {
    let shown = escape_control_chars(meant);
    format!("did you mean `{shown}`?{}", unseen_difference(meant, written))
}

/// ` it has …`, if two names look the same where they are shown; else nothing.
pub fn unseen_difference(meant: &str, written: &str) -> String {
    let alike = look_alike::appearance(meant, Case::Counts)
        == look_alike::appearance(written, Case::Counts);
    if alike || escape_control_chars(meant) == escape_control_chars(written) {
        format!(" it has {}", look_alike::difference(meant, written))
    } else {
        String::new()
    }
}

/// The name among others that looks like the one written, or else the closest one.
pub fn closest_name<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let seen = look_alike::appearance(written, Case::Counts);
    let mut names = candidates.clone().into_iter();
    let is_shown_so = |name: &str| escape_control_chars(name) == escape_control_chars(written);
    let alike =
        names.find(|name| look_alike::appearance(name, Case::Counts) == seen || is_shown_so(name));
    alike.or_else(|| closest(written, candidates))
}

/// What means the same, however it is written: lower case; of words, without spaces, hyphens and
/// underscores; of names, with one space in place of each run of them between other characters.
fn folded(kind: Kind, text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let is_separator = |c: char| c.is_whitespace() || matches!(c, '-' | '_');
    match kind {
        Kind::Words => lower.replace(is_separator, ""),
        Kind::Names | Kind::People => {
            let mut name = String::with_capacity(lower.len());
            for character in lower.chars() {
                match is_separator(character) {
                    true if name.ends_with(' ') => {}
                    true => name.push(' '),
                    false => name.push(character),
                }
            }
            name
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether the texts differ only in two neighbouring letters that changed places.
fn is_swap(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return false };
    let swapped = match (&a[at..], &b[at..]) {
        ([x, y, rest @ ..], [v, w, other @ ..]) => x == w && y == v && rest == other,
        _ => false,
    };
    swapped && a[at].is_alphabetic() && b[at].is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_wrong_letters_wrong_case_and_a_missing_prefix() {
        let known = ["shell", "shell.commands", "screen_sharing", "screen_sharing.clipboard"];
        assert_eq!(closest("shel", known), Some("shell"));
        assert_eq!(closest("Shell", known), Some("shell"));
        assert_eq!(closest("clipboard", known), Some("screen_sharing.clipboard"));
        assert_eq!(closest("screen-sharing", known), Some("screen_sharing"));
        assert_eq!(closest("printing", known), None);
        assert_eq!(closest(&"x".repeat(1_000_000), known), None);
    }

    #[test]
    fn a_word_is_safe_where_a_letter_is_wrong_and_no_other_word_is_as_close() {
        let safe = |written, known: &[&'static str]| {
            suggestion(Kind::Words, written, known.iter().copied())
                .map(|found| found.applicability == Applicability::Safe)
        };
        assert_eq!(safe("shel", &["shell", "registry"]), Some(true));
        assert_eq!(safe("View-Only", &["view_only"]), Some(true));
        assert_eq!(safe("clipboard", &["screen_sharing.clipboard"]), Some(true));
        assert_eq!(safe("clipboard", &["a.clipboard", "b.clipboard"]), Some(false));
        assert_eq!(safe("user_session", &["user_sessions"]), Some(true));
        assert_eq!(safe("view_control", &["view_and_control"]), Some(false));
        assert_eq!(safe("teal", &["team", "teas"]), Some(false));
        assert_eq!(safe("level_3", &["level_2"]), Some(false));
    }

    #[test]
    fn a_name_that_differs_by_a_letter_may_be_another_one() {
        let safe = |written, known: &[&'static str]| {
            suggestion(Kind::Names, written, known.iter().copied())
                .map(|found| found.applicability == Applicability::Safe)
        };
        assert_eq!(safe("Vendro", &["Vendor"]), Some(true));
        let person = suggestion(Kind::People, "brain", ["brian"]).map(|found| found.applicability);
        assert_eq!(person, Some(Applicability::Unsafe));
        assert_eq!(safe("web 1", &["web-1", "Web 1"]), Some(false));
        assert_eq!(safe("ada-", &["ada"]), Some(false));
        assert_eq!(safe("a da", &["ada"]), Some(false));
        assert_eq!(safe("Le vel 2", &["Level 2"]), Some(false));
        assert_eq!(safe("level  2 ", &["Level 2"]), Some(true));
        assert_eq!(safe("vendor view-only", &["Vendor view only"]), Some(true));
        assert_eq!(safe("Level 3", &["Level 2"]), Some(false));
        assert_eq!(safe("jana.novak", &["jan.novak"]), Some(false));
        assert_eq!(safe("Vendors", &["Vendor"]), Some(false));
        assert_eq!(safe("db12", &["db21"]), Some(false));
        assert_eq!(safe("Vendor", &["VENDOR", "vendor"]), Some(false));
    }
}
