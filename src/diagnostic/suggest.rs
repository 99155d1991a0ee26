//! "Did you mean": the candidate that is most like what was written.

/// The closest candidate, or `None` if nothing is close enough to be meant. Ties go to the first in order of bytes,
/// so the answer does not depend on the order of candidates.
pub fn closest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A hostile name may be megabytes long; nobody means anything by it, and the distance is quadratic.
    if written.len() > 120 {
        return None;
    }
    let length = written.chars().count();
    // In a name of one or two letters every other one is a slip away.
    let allowed = if length < 3 { 0 } else { (length / 3).max(1) };
    let lower = written.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * 120 && candidate.len().abs_diff(written.len()) <= 4 * allowed + 4)
        .filter_map(|candidate| {
            let case = usize::from(candidate != written);
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            let last_part = candidate.rsplit('.').next() == Some(written);
            let distance = if last_part { 0 } else { distance };
            (distance <= allowed).then_some((distance, case, candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

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
}
