//! Which definition of a setting decides for an account (docs/language.md, 4.3).

/// What a line of a group policy says, as far as it matters which line wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineKind {
    /// It overrides the group policies below.
    pub is_final: bool,
    /// Its value is `unknown`.
    pub is_unknown: bool,
}

/// What decides among the definitions that were seen so far, from the top group policy down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deciding<T> {
    /// Where the order is a guess: what decides if it would have to tell which definition wins.
    guess: Option<T>,
    decided: Option<T>,
    is_final: bool,
    /// Whether the definitions that could win differ: the final ones, or all if none is final.
    differ: bool,
    /// The first line that may define it, as final or not, or leave it: nobody has read which.
    open: Option<T>,
}

impl<T> Deciding<T> {
    /// Nothing was seen yet. `guess` is there if nobody knows which group policy stands above
    /// which: what decides in place of definitions that differ.
    pub fn new(guess: Option<T>) -> Self {
        Deciding { guess, decided: None, is_final: false, differ: false, open: None }
    }

    /// Takes the definition of the next group policy below: the first final one decides, else the
    /// last one. An unknown one that is not final may be anything, so it leaves the setting open,
    /// unless a final definition stands above it. `same` tells whether two definitions have the
    /// same value.
    pub fn add(&mut self, definition: T, line: LineKind, same: impl Fn(&T, &T) -> bool) {
        if line.is_unknown && !line.is_final {
            if self.open.is_none() && (self.guess.is_some() || !self.is_final) {
                self.open = Some(definition);
            }
            return;
        }
        if self.is_final && !line.is_final {
            return;
        }
        self.differ = match &self.decided {
            Some(decided) if self.guess.is_some() && self.is_final == line.is_final => {
                self.differ || !same(decided, &definition)
            }
            _ => false,
        };
        if !self.is_final {
            self.decided = Some(definition);
            self.is_final = line.is_final;
        }
    }

    /// What decides, if any group policy defines the setting or may do so.
    pub fn decided(self) -> Option<T> {
        self.open.or(if self.differ { self.guess } else { self.decided })
    }
}

/// The definition that decides among those of the group policies of a user, from top to bottom;
/// `guess` and `same` as in [`Deciding`].
pub fn decides<T>(
    definitions: impl IntoIterator<Item = (T, LineKind)>,
    guess: Option<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Option<T> {
    let mut deciding = Deciding::new(guess);
    definitions.into_iter().for_each(|(definition, line)| deciding.add(definition, line, &same));
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

    const PLAIN: LineKind = LineKind { is_final: false, is_unknown: false };
    const FINAL: LineKind = LineKind { is_final: true, ..PLAIN };
    const OPEN: LineKind = LineKind { is_unknown: true, ..PLAIN };
    const UNREAD_FINAL: LineKind = LineKind { is_unknown: true, ..FINAL };

    fn decided(guessed: bool, lines: &[(&'static str, LineKind)]) -> Option<&'static str> {
        let mut deciding = Deciding::new(guessed.then_some("?"));
        lines.iter().for_each(|&(value, line)| deciding.add(value, line, |a, b| a == b));
        deciding.decided()
    }

    #[test]
    fn the_first_final_definition_decides_and_else_the_last() {
        let known = |lines| decided(false, lines);
        assert_eq!(known(&[("a", PLAIN), ("b", PLAIN)]), Some("b"));
        let lines = [("a", PLAIN), ("b", FINAL), ("c", FINAL), ("d", PLAIN)];
        assert_eq!(known(&lines), Some("b"));
        assert_eq!(known(&[]), None);
    }

    #[test]
    fn what_nobody_has_read_leaves_a_setting_open_unless_a_final_stands_above() {
        let known = |lines| decided(false, lines);
        let lines = [("a", PLAIN), ("open", OPEN), ("b", PLAIN)];
        assert_eq!(known(&lines), Some("open"));
        assert_eq!(known(&[("open", OPEN), ("a", FINAL)]), Some("open"));
        let lines = [("a", PLAIN), ("b", FINAL), ("open", OPEN)];
        assert_eq!(known(&lines), Some("b"));
        let lines = [("unread", UNREAD_FINAL), ("a", FINAL)];
        assert_eq!(known(&lines), Some("unread"));
    }

    #[test]
    fn a_guessed_order_decides_nothing_that_depends_on_it() {
        let guessed = |lines| decided(true, lines);
        assert_eq!(guessed(&[("a", PLAIN), ("b", PLAIN)]), Some("?"));
        assert_eq!(guessed(&[("a", PLAIN), ("a", PLAIN)]), Some("a"));
        // One final definition wins wherever it stands.
        let one_final = [("a", PLAIN), ("b", FINAL), ("c", PLAIN)];
        assert_eq!(guessed(&one_final), Some("b"));
        assert_eq!(guessed(&[("a", FINAL), ("b", FINAL)]), Some("?"));
        // Nothing stands above anything.
        assert_eq!(guessed(&[("a", FINAL), ("open", OPEN)]), Some("open"));
    }
}
