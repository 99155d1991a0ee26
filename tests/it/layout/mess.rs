//! A text that says the same, laid out as badly as the language allows.

use super::tokens::{Kind, Token, is_list_gap, is_spaced, scan};
use crate::dice::Dice;

/// What is put between the tokens beside blanks and the line ends of lists.
#[derive(Clone, Copy, PartialEq)]
pub enum Extra {
    /// Nothing that a canonical layout would keep.
    Nothing,
    /// Comments and blank lines, wherever they may stand.
    CommentsAndBlankLines,
}

pub fn mess(text: &str, extra: Extra, dice: &mut Dice) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tokens = scan(text);
    let crlf = [0, 0, 50, 100][dice.below(4)];
    let mut writer = Writer { dice, extra, crlf, out: String::new(), comments: 0 };
    if writer.dice.chance(20) {
        writer.out.push('\u{feff}');
    }
    writer.lines();
    let mut braces = 0usize;
    // The index of the first token of the line that is being written.
    let mut line = 0;
    let mut at = 0;
    while at < tokens.len() {
        let (token, next) = (&tokens[at], tokens.get(at + 1));
        if token.brackets == 0 && line == at {
            writer.indent(&tokens[at..], braces);
        }
        at += 1;
        match token.text {
            "{" => braces += 1,
            "}" => braces -= 1,
            // What an order's suffix says may be left unsaid.
            "," if token.brackets == 0 && writer.dice.chance(50) => {
                at += 3;
                continue;
            }
            _ => {}
        }
        if token.kind == Kind::LineEnd && token.brackets == 0 {
            writer.end_line(&tokens[line..at - 1], braces);
            line = at;
        } else if token.kind == Kind::LineEnd {
            let beside_comment = [tokens.get(at.wrapping_sub(2)), next].into_iter().flatten();
            let joined = !beside_comment.into_iter().any(|token| token.kind == Kind::Comment);
            if !joined || writer.dice.chance(70) {
                writer.line_end();
                writer.lines();
            }
            writer.blanks(0);
        } else {
            writer.out.push_str(token.text);
            let Some(next) = next else { continue };
            if is_list_gap(token, next) {
                writer.list_gap(token, next);
            } else if next.kind != Kind::LineEnd {
                writer.blanks(usize::from(is_spaced(token, next)));
            }
        }
    }
    let Writer { dice, mut out, .. } = writer;
    if dice.chance(30) {
        out.truncate(out.trim_end_matches(['\n', '\r']).len());
    }
    out
}

struct Writer<'d> {
    dice: &'d mut Dice,
    extra: Extra,
    /// How many of a hundred line ends are those of Windows.
    crlf: usize,
    out: String,
    comments: usize,
}

impl Writer<'_> {
    fn extra(&mut self, percent: usize) -> bool {
        self.extra != Extra::Nothing && self.dice.chance(percent)
    }

    fn blanks(&mut self, least: usize) {
        for _ in 0..least + [0, 0, 1, 3][self.dice.below(4)] {
            self.out.push(if self.dice.chance(20) { '\t' } else { ' ' });
        }
    }

    fn line_end(&mut self) {
        self.blanks(0);
        self.out.push_str(if self.dice.chance(self.crlf) { "\r\n" } else { "\n" });
    }

    /// A comment, each another one; what is in it must not matter.
    fn comment(&mut self) {
        const TAILS: [&str; 14] = [
            "",
            " plain words",
            " \"not closed",
            " it's",
            " }",
            " {",
            " [ \"a\", ] #",
            "#",
            " shell = deny",
            " user \"a\" {",
            " \u{1f510}\u{a0}é",
            "\ttab",
            " allow(unused-role, redundant-setting): for later",
            " allow(dependent-without-parent): another policy has it",
        ];
        self.comments += 1;
        let tail = TAILS[self.dice.below(TAILS.len())];
        let number = self.comments.to_string();
        // A suppression begins the comment.
        let text = if tail.contains("allow") {
            format!("#{tail} {number}")
        } else {
            format!("#{number}{tail}")
        };
        self.out.push_str(&text);
    }

    /// Blank lines and comments on lines of their own, at the beginning of a line.
    fn lines(&mut self) {
        while self.extra(25) {
            self.blanks(0);
            if self.dice.chance(50) {
                self.comment();
            }
            self.line_end();
        }
    }

    /// The beginning of a line. In a body, what could begin a declaration at the first column would
    /// do so.
    fn indent(&mut self, line: &[Token<'_>], braces: usize) {
        let declares =
            line[0].kind == Kind::Word && !line.get(1).is_some_and(|second| second.is("="));
        self.blanks(usize::from(braces > 0 && declares));
    }

    /// The end of a line outside of lists, given its content.
    fn end_line(&mut self, line: &[Token<'_>], braces: usize) {
        if may_be_empty(line, braces) && self.dice.chance(30) {
            self.blanks(0);
            self.out.push('{');
            if self.dice.chance(50) {
                if self.extra(30) {
                    self.blanks(0);
                    self.comment();
                }
                self.line_end();
                self.lines();
            }
            self.out.push('}');
        }
        if !line.last().is_some_and(|last| last.kind == Kind::Comment) && self.extra(15) {
            self.blanks(0);
            self.comment();
        }
        self.line_end();
        self.lines();
    }

    fn list_gap(&mut self, before: &Token<'_>, after: &Token<'_>) {
        // A comment that is there already stays on its line.
        if before.kind == Kind::Comment || matches!(after.kind, Kind::Comment | Kind::LineEnd) {
            return self.blanks(0);
        }
        if after.is("]") && !before.is("[") && !before.is(",") && self.dice.chance(30) {
            self.out.push(',');
        }
        self.blanks(0);
        if self.dice.chance(30) {
            if self.extra(30) {
                self.comment();
            }
            self.line_end();
            self.lines();
            self.blanks(0);
        }
    }
}

/// Whether a line is a declaration or an item without a body, which may have an empty one.
fn may_be_empty(line: &[Token<'_>], braces: usize) -> bool {
    let header = line.iter().all(|token| matches!(token.kind, Kind::Word | Kind::String));
    let named = line.last().is_some_and(|last| last.kind == Kind::String);
    header && named && (braces == 0 && !line[0].is("profile") || line[0].is("item"))
}
