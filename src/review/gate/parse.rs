//! From the text of a gate to its parts: `WHAT [PATH] [on TARGET] [for SUBJECT] [outside
//! inventory]`.

use super::{Deny, Gate, Mistake, Scope, Selector};
use crate::diagnostic::suggest;
use crate::text::{characters, escape_control_chars, unquote};
use std::ops::Range;
use std::str::FromStr;

const FORM: &str =
    "for example `gained`, or `gained shell on jump group \"Production\" for user \"ada\"`";

/// The gates of a list, separated by the commas that are outside of quotes.
pub fn split(list: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(character) = list[at..].chars().next() {
        match character {
            '"' | '\'' => at += quoted(&list[at..]).unwrap_or(list.len() - at),
            _ => {
                if character == ',' {
                    found.push(&list[start..at]);
                    start = at + 1;
                }
                at += character.len_utf8();
            }
        }
    }
    found.push(&list[start..]);
    found
}

/// The length of the quoted string that a text begins with; `None` if it is not closed.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == quote {
            return Some(at + 1);
        } else {
            escaped = quote == '"' && character == '\\';
        }
    }
    None
}

/// Words and quoted strings, by their places.
fn tokens(text: &str) -> Result<Vec<Range<usize>>, Mistake> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let start = at;
        match character {
            blank if blank.is_whitespace() => {
                at += blank.len_utf8();
                continue;
            }
            '"' | '\'' => match quoted(&text[at..]) {
                Some(length) => at += length,
                None => {
                    return Err(Mistake::new(
                        at..text.len(),
                        "unterminated name",
                        "add the closing quote",
                    ));
                }
            },
            _ => {
                at += text[at..]
                    .find(|c: char| c.is_whitespace() || c == '"' || c == '\'')
                    .unwrap_or(text.len() - at)
            }
        }
        found.push(start..at);
    }
    Ok(found)
}

impl FromStr for Gate {
    type Err = Mistake;

    /// One gate, such as `gained shell on jump group "Production"`.
    fn from_str(text: &str) -> Result<Gate, Mistake> {
        parse(text)
    }
}

/// Reads a gate. Whether its names exist is checked by [`Gate::mistakes`].
pub fn parse(text: &str) -> Result<Gate, Mistake> {
    let wrong = |(_, character): &(usize, char)| {
        characters::quotation_mark(*character).is_some() || characters::is_odd_blank(*character)
    };
    // A name may contain such characters, and then stands in straight quotes.
    if let Some((at, character)) = text.char_indices().find(wrong)
        && !text[..at].contains(['"', '\''])
    {
        let what = characters::describe(character);
        let place = at..at + character.len_utf8();
        return Err(match characters::is_odd_blank(character) {
            true => Mistake::new(place, format!("{what} is not a space"), "write a space"),
            false => {
                let message = format!("{what} is not a quotation mark");
                Mistake::new(place, message, "names stand in straight quotes, such as `\"Name\"`")
            }
        });
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens };
    let Some(first) = parser.next() else {
        return Err(Mistake::new(0..text.len(), "empty gate", FORM));
    };
    let word = &text[first.clone()];
    let Some(deny) = Deny::find(word) else {
        let message = format!("invalid gate `{}`", escape_control_chars(word));
        // With a sign in it, the rest is most likely another gate, and no part of this one.
        if word.contains([',', ';', '+', '|', '&']) {
            let help = "each gate is a string of its own: `deny = [\"gained\", \"widened\"]`";
            return Err(Mistake::new(first, message, help));
        }
        let list = Deny::WORDS.map(|word| format!("`{word}`")).join(", ");
        return Err(Mistake::new(first, message, format!("a gate begins with one of {list}"))
            .suggestion(word, suggest::closest(word, Deny::WORDS)));
    };
    let mut gate = Gate { deny, path: None, target: None, subject: None, outside_inventory: false };
    while let Some(at) = parser.next() {
        match &text[at.clone()] {
            "on" if gate.target.is_none() && !gate.outside_inventory => {
                gate.target = Some(parser.scope(at, &Selector::TARGETS)?)
            }
            "for" if gate.subject.is_none() && !gate.outside_inventory => {
                gate.subject = Some(parser.scope(at, &Selector::SUBJECTS)?)
            }
            "outside" if !gate.outside_inventory => parser.inventory(at, &mut gate)?,
            path if is_path(path)
                && !gate.outside_inventory
                && gate.path.is_none()
                && gate.target.is_none()
                && gate.subject.is_none() =>
            {
                gate.path = Some((path.to_owned(), at));
            }
            other => {
                let message = format!("unexpected `{}`", escape_control_chars(other));
                return Err(Mistake::new(at, message, FORM));
            }
        }
    }
    Ok(gate)
}

fn is_path(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        && !["on", "for", "outside"].contains(&word)
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Range<usize>],
}

impl<'t> Parser<'t> {
    fn next(&mut self) -> Option<Range<usize>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    fn words(&self, count: usize) -> String {
        self.tokens
            .iter()
            .take(count)
            .map(|at| &self.text[at.clone()])
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Reads what comes after `outside`, whose place is given.
    fn inventory(&mut self, word: Range<usize>, gate: &mut Gate) -> Result<(), Mistake> {
        let found = self.next();
        gate.outside_inventory = true;
        match found.clone().map(|at| &self.text[at]) {
            Some("inventory") => Ok(()),
            _ => {
                let help = "for example `gained outside inventory`";
                let at = found.unwrap_or(word);
                Err(Mistake::new(at, "expected `inventory` after `outside`", help))
            }
        }
    }

    /// Reads what comes after `on` or `for`, whose place is given.
    fn scope(&mut self, word: Range<usize>, selectors: &[Selector]) -> Result<Scope, Mistake> {
        let list = selectors
            .iter()
            .map(|selector| format!("`{}`", selector.words()))
            .collect::<Vec<_>>()
            .join(", ");
        let Some(selector) =
            selectors.iter().copied().find(|found| self.words(words_of(*found)) == found.words())
        else {
            let written = &self.text[word.clone()];
            // One word, or two that may be a misspelled kind.
            let unquoted =
                self.tokens.iter().take_while(|at| !self.text[at.start..].starts_with(['"', '\'']));
            let count = unquoted.count().min(2);
            let at = self.tokens.first().map_or(word.clone(), |first| {
                first.start
                    ..self.tokens.get(count.saturating_sub(1)).map_or(first.end, |last| last.end)
            });
            let words = self.words(count);
            let suggestion =
                suggest::closest(&words, selectors.iter().map(|selector| selector.words()));
            let message = format!("expected one of {list} after `{written}`");
            return Err(Mistake::new(at, message, FORM).suggestion(&words, suggestion));
        };
        let mut last = word;
        for _ in 0..words_of(selector) {
            last = self.next().unwrap_or(last);
        }
        let Some(at) = self.next() else {
            let message = format!("expected a name after `{}`", selector.words());
            return Err(Mistake::new(last, message, FORM));
        };
        let written = &self.text[at.clone()];
        let name = match (selector, written.starts_with(['"', '\''])) {
            (Selector::Method, false) => written.to_owned(),
            (Selector::Method, true) => {
                return Err(Mistake::new(
                    at,
                    "expected a method without quotes",
                    "for example `on method shell_jump`",
                ));
            }
            (_, false) => {
                let message = format!("expected a name in quotes after `{}`", selector.words());
                return Err(Mistake::new(at, message, FORM));
            }
            (_, true) => unquote(written).map(|name| name.into_owned()).map_err(|bad| {
                let help = bad.first().map(|escape| escape.message.clone()).unwrap_or_default();
                Mistake::new(at.clone(), "invalid escape in a name", help)
            })?,
        };
        Ok(Scope { selector, name, at })
    }
}

fn words_of(selector: Selector) -> usize {
    selector.words().split(' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text).unwrap_or_else(|mistake| panic!("{text}: {}", mistake.message)).text()
    }

    fn wrong(text: &str) -> (&str, String) {
        let mistake = parse(text).expect_err("a mistake");
        (&text[mistake.at], mistake.message)
    }

    #[test]
    fn words_paths_and_scopes_are_read() {
        for text in [
            "any",
            "widened shell",
            "gained screen_sharing.clipboard on jump item \"web 01\"",
            "added on method shell_jump for invite \"a, \\\"b\\\"\"",
            "removed session_policy for directory group \"CN=x,OU=y\"",
            "gained outside inventory",
            "any start on tag \"pci\" for team \"Blue\" outside inventory",
        ] {
            assert_eq!(canonical(text), text);
        }
        assert_eq!(
            canonical("  gained\tfor  user 'C:\\x' on portal \"E\" "),
            r#"gained on portal "E" for user "C:\\x""#
        );
    }

    #[test]
    fn a_list_is_cut_at_commas_outside_of_quotes() {
        assert_eq!(split("gained,any"), ["gained", "any"]);
        assert_eq!(
            split("a for user \"x, \\\"y,\", b 'é,' ,"),
            ["a for user \"x, \\\"y,\"", " b 'é,' ", ""]
        );
        assert_eq!(split("a \"b,c"), ["a \"b,c"]);
        assert_eq!(split(""), [""]);
    }

    #[test]
    fn mistakes_have_their_place() {
        assert_eq!(wrong("").0, "");
        assert_eq!(wrong("gaind shell").0, "gaind");
        assert_eq!(wrong("gained shell file_transfer").0, "file_transfer");
        assert_eq!(wrong("gained on").0, "on");
        assert_eq!(wrong("gained on jump grop \"x\"").0, "jump grop");
        assert_eq!(wrong("gained on user \"x\"").0, "user");
        assert_eq!(wrong("gained outside").0, "outside");
        assert_eq!(wrong("gained outside stock").0, "stock");
        assert_eq!(wrong("gained outside inventory outside inventory").0, "outside");
        assert_eq!(wrong("gained outside inventory on portal \"E\"").0, "on");
        assert_eq!(wrong("gained on jump group").0, "group");
        assert_eq!(wrong("gained on jump group Production").0, "Production");
        assert_eq!(wrong("gained on method \"shell_jump\"").0, "\"shell_jump\"");
        assert_eq!(wrong("gained for user \"x").0, "\"x");
        assert_eq!(wrong("gained for user \"\\q\"").0, "\"\\q\"");
        assert_eq!(wrong("gained on portal \"E\" on portal \"F\"").0, "on");
        assert_eq!(wrong("gained \"Production\"").0, "\"Production\"");
        assert_eq!(parse("gaind").expect_err("a mistake").suggestion.as_deref(), Some("gained"));
        assert_eq!(
            parse("any on jump grop 'x'").expect_err("a mistake").suggestion.as_deref(),
            Some("jump group")
        );
    }
}
