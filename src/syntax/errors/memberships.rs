//! What is wrong with a membership, and how it is meant.

use super::{as_meant, excerpt, slice};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileId;
use crate::syntax::ast::{MembershipKind, Range};
use crate::syntax::pieces::{Piece, is_whole, pieces};

/// What stands behind the name of a membership, wherever it stands.
#[derive(Clone, Copy, Default)]
pub(in crate::syntax) struct Clauses {
    pub role: Option<Range>,
    pub jump_policy: Option<Range>,
    pub until: Option<Range>,
}

/// The longest text that is read again, in bytes.
const MAX: usize = 500;

/// A membership whose clauses stand in another order, or with other words before them than the
/// language has: `team "T" member`, `jump group "J" role "R"`, `team "T" until 2026-12-31 as lead`.
/// `after` is what follows the name. `None` if there is no telling what it means.
pub(in crate::syntax) fn clauses(
    text: &str,
    file: FileId,
    kind: MembershipKind,
    after: Range,
) -> Option<(Diagnostic, Clauses)> {
    let written = slice(text, after);
    if written.len() > MAX {
        return None;
    }
    let clauses = read(kind, written, after.start)?;
    let part = |word: &str, range: Option<Range>| {
        range.map(|range| format!("{word} {}", slice(text, range)))
    };
    let right =
        [part("as", clauses.role), part("with", clauses.jump_policy), part("until", clauses.until)];
    let right = right.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let place = after.in_file(file);
    let message = format!("expected `{}`, found `{}`", excerpt(&right), excerpt(written));
    let found = Diagnostic::new(Code::UNEXPECTED, place, message)
        .help("a name is followed by `as` and a role, then `with` and a jump policy, then `until` and a date")
        .fix_replace(format!("write `{}`", excerpt(&right)), place, right);
    Some((found, clauses))
}

/// A membership with a `=`: `jump group = "Servers" as "Start"`, and where the sign stands.
pub(in crate::syntax) fn membership_with_sign(
    text: &str,
    file: FileId,
    range: Range,
) -> Option<(Diagnostic, u32)> {
    const KINDS: [&str; 5] =
        ["jump group", "team", "jumpoint", "vault account group", "vault account"];
    let written = slice(text, range);
    let (kind, rest) = written.split_once('=').filter(|_| written.len() <= MAX)?;
    let kind = kind.trim_end();
    let is_kind = KINDS.contains(&kind.strip_prefix("final ").unwrap_or(kind));
    let rest = rest.trim_start();
    let string = pieces(rest).next().filter(|(piece, at)| *piece == Piece::String && at.start == 0);
    let after = &rest[string?.1.end as usize..];
    let says_more = ["as", "with", "until"].contains(&after.split_whitespace().next()?);
    if !is_kind || !says_more {
        return None;
    }
    let sign = range.start + written.find('=')? as u32;
    let place = Range { start: sign, end: sign + 1 }.in_file(file);
    let start = range.start + kind.len() as u32;
    let end = range.start + (written.len() - rest.len()) as u32;
    let found = Diagnostic::new(Code::UNEXPECTED, place, "unexpected `=` in a membership")
        .help(format!("write `{kind} {}`", excerpt(rest)))
        .fix_replace("remove the `=`", Range { start, end }.in_file(file), " ");
    Some((found, sign))
}

fn read(kind: MembershipKind, written: &str, start: u32) -> Option<Clauses> {
    let mut clauses = Clauses::default();
    let mut slot = None;
    for word in words(written)? {
        let range = Range { start: start + word.start, end: start + word.end };
        let word = slice(written, word);
        let next = match word {
            "as" | "role" | "with" | "policy" | "until" => {
                // `as role "R"`, `with policy "P"`
                let follows =
                    matches!((slot, word), (Some("as"), "role") | (Some("with"), "policy"));
                if slot.is_some() && !follows {
                    return None;
                }
                slot = Some(match word {
                    "role" => "as",
                    "policy" => "with",
                    other => other,
                });
                continue;
            }
            "jump" if slot.is_none_or(|slot| slot == "with") => {
                slot = None;
                continue;
            }
            _ if slot.is_none() && is_role(kind, word) => "as",
            _ => slot.take()?,
        };
        let (place, fits) = match next {
            "as" => (&mut clauses.role, is_role(kind, word)),
            "with" => (&mut clauses.jump_policy, word.starts_with(['"', '\''])),
            _ => (&mut clauses.until, word.starts_with(|first: char| first.is_ascii_digit())),
        };
        if !fits || place.replace(range).is_some() {
            return None;
        }
    }
    slot.is_none().then_some(clauses)
}

fn is_role(kind: MembershipKind, word: &str) -> bool {
    match kind {
        MembershipKind::Team => ["member", "lead", "manager"].contains(&word),
        MembershipKind::JumpGroup => word.starts_with(['"', '\'']) || word == "default role",
        MembershipKind::Jumpoint => false,
        _ => ["inject", "inject_and_check_out"].contains(&word),
    }
}

/// The words and strings of a text, `default role` as one. `None` if it has a comment or a string
/// without an end.
fn words(text: &str) -> Option<Vec<Range>> {
    let mut words: Vec<Range> = Vec::new();
    let mut at = 0;
    let end = Range { start: text.len() as u32, end: text.len() as u32 };
    for (piece, range) in pieces(text).chain([(Piece::String, end)]) {
        if piece == Piece::Comment || range != end && !is_whole(slice(text, range)) {
            return None;
        }
        for (start, word) in as_meant::words(&text[at..range.start as usize]) {
            let start = (at + start) as u32;
            if !word.trim().is_empty() {
                words.push(Range { start, end: start + word.len() as u32 });
            }
        }
        words.extend(Some(range).filter(|range| *range != end));
        at = range.end as usize;
    }
    let is_default =
        |pair: &[Range]| slice(text, pair[0]) == "default" && slice(text, pair[1]) == "role";
    if let Some(at) = words.windows(2).position(is_default) {
        words[at].end = words[at + 1].end;
        words.remove(at + 1);
    }
    Some(words)
}
