//! Which definition of a setting decides for an account (docs/language.md, 4.3).

/// What decides among the definitions that were seen so far, from the top group policy down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deciding<T> {
    decided: Option<T>,
    is_final: bool,
    /// The first line that may define it, as final or not, or leave it: nobody has read which.
    open: Option<T>,
}

impl<T> Default for Deciding<T> {
    fn default() -> Self {
        Deciding { decided: None, is_final: false, open: None }
    }
}

impl<T> Deciding<T> {
    /// Takes the definition of the next group policy below: the first final one decides, else the
    /// last one.
    pub fn add(&mut self, definition: T, is_final: bool) {
        if !self.is_final {
            self.decided = Some(definition);
            self.is_final = is_final;
        }
    }

    /// The same for a line that may say `unknown`. One that is not final may be anything, so it
    /// leaves the setting open, unless a final definition stands above it.
    pub fn add_line(&mut self, definition: T, is_final: bool, is_unknown: bool) {
        match is_unknown && !is_final {
            true if self.is_final || self.open.is_some() => {}
            true => self.open = Some(definition),
            false => self.add(definition, is_final),
        }
    }

    /// The definition that decides, if there is one.
    pub fn decided(self) -> Option<T> {
        self.open.or(self.decided)
    }
}

/// The definition that decides among those of the group policies of a user, from top to bottom,
/// each with whether it is final.
pub fn decides<T>(definitions: impl IntoIterator<Item = (T, bool)>) -> Option<T> {
    let mut deciding = Deciding::default();
    definitions.into_iter().for_each(|(definition, is_final)| deciding.add(definition, is_final));
    deciding.decided()
}

/// A setting or `session_policy`: what the group policies define wins over the account's own line.
pub fn setting<T>(of_groups: Option<T>, own: Option<T>) -> Option<T> {
    of_groups.or(own)
}

/// A membership: the account's own line, being the most specific, wins over the group policies.
pub fn membership<T>(of_groups: Option<T>, own: Option<T>) -> Option<T> {
    own.or(of_groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_final_definition_decides_and_else_the_last() {
        assert_eq!(decides([("a", false), ("b", false)]), Some("b"));
        assert_eq!(decides([("a", false), ("b", true), ("c", true), ("d", false)]), Some("b"));
        assert_eq!(decides::<&str>([]), None);
    }

    #[test]
    fn what_nobody_has_read_leaves_a_setting_open_unless_a_final_stands_above() {
        let decided = |lines: &[(&'static str, bool, bool)]| {
            let mut deciding = Deciding::default();
            lines.iter().for_each(|&(line, is_final, is_unknown)| {
                deciding.add_line(line, is_final, is_unknown);
            });
            deciding.decided()
        };
        let (plain, last) = (("plain", false, false), ("final", true, false));
        let (open, unread) = (("open", false, true), ("unread final", true, true));
        assert_eq!(decided(&[plain, open, plain]), Some("open"));
        assert_eq!(decided(&[open, last]), Some("open"));
        assert_eq!(decided(&[plain, last, open]), Some("final"));
        assert_eq!(decided(&[unread, last]), Some("unread final"));
    }
}
