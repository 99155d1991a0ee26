//! Which definition of a setting decides for an account (docs/language.md, 4.3).

/// What decides among the definitions that were seen so far, from the top group policy down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deciding<T> {
    decided: Option<T>,
    is_final: bool,
}

impl<T> Default for Deciding<T> {
    fn default() -> Self {
        Deciding { decided: None, is_final: false }
    }
}

impl<T> Deciding<T> {
    /// Takes the definition of the next group policy below: the first final one decides, else the
    /// last one.
    pub fn add(&mut self, definition: T, is_final: bool) {
        if !self.is_final {
            *self = Deciding { decided: Some(definition), is_final };
        }
    }

    /// The definition that decides, if there is one.
    pub fn decided(self) -> Option<T> {
        self.decided
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
}
