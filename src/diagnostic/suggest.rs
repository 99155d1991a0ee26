//! "Did you mean": the candidate that is most like what was written, and whether it can only be
//! that one.

/// A candidate that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant<'a> {
    pub text: &'a str,
    /// Whether a fix may write it without asking anybody.
    pub certain: bool,
}

/// What candidates are. Two words of the language or a profile that differ by a letter are one word
/// and a slip; two names of people or machines may well be two people or machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Words,
    Names,
}

/// The closest candidate, or `None` if nothing is close enough to be meant. Ties go to the first in
/// order of bytes, so the answer does not depend on the order of candidates.
pub fn closest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    meant(Kind::Words, written, candidates).map(|meant| meant.text)
}

/// The same, with whether it is certain: a slip, and no other candidate is as close.
pub fn meant<'a>(
    kind: Kind,
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<Meant<'a>> {
    // A hostile name may be megabytes long; nobody means anything by it, and the distance is
    // quadratic.
    if written.len() > 120 {
        return None;
    }
    let length = written.chars().count();
    // In a name of one or two letters every other one is a slip away.
    let allowed = if length < 3 { 0 } else { (length / 3).max(1) };
    let lower = written.to_lowercase();
    let mut best: Option<(usize, usize, &str)> = None;
    let mut tied = false;
    let near = |candidate: &&str| {
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
        let slip = match kind {
            Kind::Words => {
                distance == 0 || distance == 1 && length > 3 && digits(written) == digits(text)
            }
            Kind::Names => is_swap(&lower, &text.to_lowercase()),
        };
        Meant { text, certain: !tied && (slip || folded(written) == folded(text)) }
    })
}

/// A name without what is easily written otherwise: capitals, blanks and what joins words.
fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether two letters that stand side by side changed places.
fn is_swap(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return false };
    let swapped = matches!((&a[at..], &b[at..]), ([x, y, rest @ ..], [v, w, other @ ..]) if x == w && y == v && rest == other);
    swapped && a[at].is_alphabetic() && b[at].is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_a_letter_case_and_a_missing_prefix() {
        let known = ["shell", "shell.commands", "screen_sharing", "screen_sharing.clipboard"];
        assert_eq!(closest("shel", known), Some("shell"));
        assert_eq!(closest("Shell", known), Some("shell"));
        assert_eq!(closest("clipboard", known), Some("screen_sharing.clipboard"));
        assert_eq!(closest("screen-sharing", known), Some("screen_sharing"));
        assert_eq!(closest("printing", known), None);
        assert_eq!(closest(&"x".repeat(1_000_000), known), None);
    }

    #[test]
    fn a_word_is_certain_where_a_letter_is_wrong_and_no_other_word_is_as_near() {
        let certain = |written, known: &[&'static str]| {
            meant(Kind::Words, written, known.iter().copied()).map(|m| m.certain)
        };
        assert_eq!(certain("shel", &["shell", "registry"]), Some(true));
        assert_eq!(certain("View-Only", &["view_only"]), Some(true));
        assert_eq!(certain("clipboard", &["screen_sharing.clipboard"]), Some(true));
        assert_eq!(certain("clipboard", &["a.clipboard", "b.clipboard"]), Some(false));
        assert_eq!(certain("user_session", &["user_sessions"]), Some(true));
        assert_eq!(certain("view_control", &["view_and_control"]), Some(false));
        assert_eq!(certain("teal", &["team", "teas"]), Some(false));
        assert_eq!(certain("level_3", &["level_2"]), Some(false));
    }

    #[test]
    fn a_name_that_differs_by_a_letter_may_be_another_one() {
        let certain = |written, known: &[&'static str]| {
            meant(Kind::Names, written, known.iter().copied()).map(|m| m.certain)
        };
        assert_eq!(certain("Vendro", &["Vendor"]), Some(true));
        assert_eq!(certain("vendor view-only", &["Vendor view only"]), Some(true));
        assert_eq!(certain("Level 3", &["Level 2"]), Some(false));
        assert_eq!(certain("jana.novak", &["jan.novak"]), Some(false));
        assert_eq!(certain("Vendors", &["Vendor"]), Some(false));
        assert_eq!(certain("db12", &["db21"]), Some(false));
        assert_eq!(certain("Vendor", &["VENDOR", "vendor"]), Some(false));
    }
}
