//! Findings about headers of declarations, and about lines between declarations that are none.

use super::{Range, brace_alone, excerpt, slice, unterminated};
use crate::diagnostic::{Applicability, Code, Diagnostic, suggest};
use crate::source::FileId;
use crate::syntax::ast::DeclarationKind;
use crate::syntax::keywords::Form;

/// Terms of the products' documents, and the keyword for each.
const LEGACY: &[(&str, &str)] = &[
    ("asset", "jump item"),
    ("jump client", "jump item"),
    ("jump shortcut", "jump item"),
    ("asset group", "jump group"),
    ("asset policy", "jump policy"),
    ("representative", "user"),
    ("rep", "user"),
    ("access invite", "invite"),
    ("rep invite", "invite"),
    ("public portal", "portal"),
    ("public site", "portal"),
    ("global policy", "global default"),
];

/// Whether a line outside of every body looks like a statement of one.
pub(in crate::syntax) fn looks_like_setting(text: &str, range: Range) -> bool {
    let before_body = slice(text, range).split('{').next();
    before_body.is_some_and(|written| written.contains('='))
}

/// A line outside of any body that does not start a declaration.
pub(in crate::syntax) fn not_a_declaration(text: &str, file: FileId, range: Range) -> Diagnostic {
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let span = range.in_file(file);
    let head: String =
        written.chars().take_while(|c| !matches!(c, '"' | '\'' | '{' | '=' | '#')).collect();
    let words = head.split_whitespace().collect::<Vec<_>>().join(" ");
    if written == "{" {
        return brace_alone(file, range, Code::NOT_A_DECLARATION);
    }
    let found = Diagnostic::new(
        Code::NOT_A_DECLARATION,
        span,
        format!("expected a declaration, found `{}`", excerpt(written)),
    );
    if looks_like_setting(text, range) {
        return found.primary_message("this statement is outside of any body").help(
            "statements belong between the braces of a declaration; check whether a body \
             above was closed too early",
        );
    }
    // A term of the products' documents is more likely than a typing error.
    let legacy = LEGACY
        .iter()
        .find(|(word, _)| words.eq_ignore_ascii_case(word))
        .map(|(_, keyword)| *keyword);
    let legacy = legacy.map(|text| suggest::Suggestion::new(text, &words, Applicability::Safe));
    let suggestion = legacy.or_else(|| {
        suggest::suggestion(
            suggest::Kind::Words,
            &words,
            DeclarationKind::all().map(DeclarationKind::words),
        )
    });
    let place = Range { end: range.start + head.trim_end().len() as u32, ..range };
    let suggestion = suggestion.filter(|suggestion| suggestion.text != words).map(|found| {
        // A line of a patch may be one that was taken away.
        match written.starts_with(['-', '+']) {
            true => suggest::Suggestion { applicability: Applicability::Unsafe, ..found },
            false => found,
        }
    });
    found.did_you_mean(place.in_file(file), suggestion, || {
        "a declaration starts with its kind, such as `session policy \"Name\" {`, `user \"name\"` \
         or `global default {`"
            .to_owned()
    })
}

/// The rest of a header after its keywords cannot be parsed.
pub(in crate::syntax) fn header(
    text: &str,
    file: FileId,
    keyword: Range,
    range: Range,
    kind: DeclarationKind,
) -> Diagnostic {
    let keywords = slice(text, keyword);
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    let at = if range.start == range.end { keyword } else { range };
    let found = Diagnostic::new(Code::UNEXPECTED, at.in_file(file), String::new());
    match kind.form() {
        Form::Bare => Diagnostic {
            message: format!("expected `{{` after `{keywords}`"),
            ..found.help(format!("it has no name: write `{keywords} {{`, the statements, and `}}`"))
        },
        Form::Order(_) => Diagnostic {
            message: format!("expected `{{` after `{keywords}`"),
            ..found.help(format!("write `{keywords} {{`, one name per line, and `}}`"))
        },
        Form::Named => {
            let written = slice(text, range);
            let name = written.split('{').next().unwrap_or_default().trim_end();
            let found = Diagnostic {
                message: format!("expected a name in quotes after `{keywords}`"),
                ..found
            };
            let is_plain = |c: char| c.is_alphanumeric() || "_-.@ ".contains(c);
            // What begins like this is a membership, which belongs into a body.
            let is_membership = |word: &str| ["as", "until", "with"].contains(&word);
            let plain = !name.is_empty()
                && name.chars().all(is_plain)
                && !name.split(' ').any(is_membership);
            if plain {
                let place = Range { end: range.start + name.len() as u32, ..range };
                found
                    .help(format!("write the name in quotes: `{keywords} \"{}\"`", excerpt(name)))
                    .fix_replace(
                        "put the name in quotes",
                        place.in_file(file),
                        format!("\"{name}\""),
                    )
            } else {
                found.help(format!("write `{keywords} \"Name\"`"))
            }
        }
    }
}

/// Text between a complete header and its body or line end.
pub(in crate::syntax) fn header_tail(
    text: &str,
    file: FileId,
    range: Range,
    kind: DeclarationKind,
) -> Diagnostic {
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let before = text[..range.start as usize].trim_end_matches([' ', '\t']);
    let with_blanks = Range { start: before.len() as u32, ..range };
    let found = Diagnostic::new(
        Code::UNEXPECTED,
        range.in_file(file),
        format!("expected `{{` or the end of the line, found `{}`", excerpt(written)),
    );
    match (written, kind) {
        (";" | "," | ":" | "=", _) => found
            .help("a header has no sign after its name")
            .fix_replace("remove it", with_blanks.in_file(file), ""),
        (
            _,
            DeclarationKind::Team | DeclarationKind::JumpGroup | DeclarationKind::VaultAccountGroup,
        ) if written.starts_with("as") => {
            found.help("memberships belong in the body of a group policy or a user")
        }
        _ => found.help("a declaration is a kind, a name and, if needed, a body in braces"),
    }
}
