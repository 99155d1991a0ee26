//! The tokens of a policy file, read apart from the compiler's own parser, and where something may
//! be put between them without another meaning.

use precedent::text::{duration, parse_duration, unquote};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What ends at a blank: keywords, paths, numbers.
    Word,
    /// With its quotes.
    String,
    /// Brackets, braces, commas and operators.
    Sign,
    Comment,
    LineEnd,
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    pub start: usize,
    /// How many `[` are open before it.
    pub brackets: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// The tokens of a text without a byte order mark.
pub fn scan(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    let mut brackets = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = match first {
            ' ' | '\t' => (None, 1),
            '\n' => (Some(Kind::LineEnd), 1),
            '\r' => (Some(Kind::LineEnd), 2),
            '#' => {
                let line = rest.split('\n').next().unwrap_or_default();
                (Some(Kind::Comment), line.trim_end().len())
            }
            '"' => {
                let mut escaped = false;
                let close = rest[1..].find(|next| {
                    let ends = next == '"' && !escaped;
                    escaped = next == '\\' && !escaped;
                    ends
                });
                (Some(Kind::String), close.expect("a closed string") + 2)
            }
            '\'' => (Some(Kind::String), rest[1..].find('\'').expect("a closed string") + 2),
            '[' | ']' | '{' | '}' | ',' => (Some(Kind::Sign), 1),
            '=' | '!' | '<' | '>' => {
                (Some(Kind::Sign), rest.find(|next| !"=!<>".contains(next)).unwrap_or(rest.len()))
            }
            _ => (
                Some(Kind::Word),
                rest.find(|next| " \t\r\n#\"'[]{},=!<>".contains(next)).unwrap_or(rest.len()),
            ),
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, text: &rest[..length], start: at, brackets });
            match &rest[..length] {
                "[" => brackets += 1,
                "]" => brackets -= 1,
                _ => {}
            }
        }
        // A comment may have blanks at its end, and white space that the language does not know.
        at += if kind == Some(Kind::Comment) {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            length
        };
    }
    tokens
}

/// Whether comments and line ends may stand between two tokens: in a list, but within an item.
pub fn is_list_gap(before: &Token<'_>, after: &Token<'_>) -> bool {
    let in_list = before.brackets > 0 && !before.is("]") || before.is("[");
    let in_list = in_list || before.is("]") && before.brackets > 1;
    let within_item = |token: &Token<'_>| matches!(token.kind, Kind::Word | Kind::String);
    in_list && !(within_item(before) && (within_item(after) || after.is("[")))
}

/// Whether two tokens need a blank between them.
pub fn is_spaced(before: &Token<'_>, after: &Token<'_>) -> bool {
    after.kind == Kind::Word && (before.kind == Kind::Word || after.is("from"))
}

/// What a text says, comments and their places among the words included: without line ends, with
/// the commas of lists, empty braces and the suffixes of orders left out, and with each value in
/// one form.
pub fn said(text: &str) -> Vec<String> {
    let tokens: Vec<Token<'_>> =
        scan(text).into_iter().filter(|token| token.kind != Kind::LineEnd).collect();
    let mut said: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |offset: usize| tokens.get(at + offset).map_or("", |token| token.text);
        at += match token.text {
            "{" if next(1) == "}" => 2,
            "," if [next(2), next(3)] == ["defined", "wins"] => 4,
            "," => 1,
            _ => {
                said.push(match token.kind {
                    Kind::String => {
                        unquote(token.text).map_or(token.text.into(), |text| format!("\"{text}\""))
                    }
                    Kind::Word if token.text.starts_with(|first: char| first.is_ascii_digit()) => {
                        let plain = || token.text.trim_start_matches('0').to_owned();
                        parse_duration(token.text).map_or_else(plain, duration)
                    }
                    _ => token.text.to_owned(),
                });
                1
            }
        };
    }
    said
}

/// Each comment, and whether it is at the end of a line with other text. The comma of an
/// item whose line has a comment already says nothing.
pub fn comments(text: &str) -> Vec<(String, bool)> {
    let tokens = scan(text);
    let trails = |at: usize| match tokens[..at].split_last() {
        Some((comma, before)) if comma.is(",") => before
            .iter()
            .rev()
            .find(|token| token.kind != Kind::LineEnd)
            .is_some_and(|item| item.kind != Kind::Comment),
        Some((before, _)) => before.kind != Kind::LineEnd,
        None => false,
    };
    let comments = tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Comment);
    comments.map(|(at, token)| (token.text.to_owned(), trails(at))).collect()
}
