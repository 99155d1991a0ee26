//! What is wrong with a list.

use super::{excerpt, first_line, slice, unterminated, window};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::FileId;
use crate::syntax::ast::Range;
use crate::text::characters::quotation_mark;
use crate::text::quote;

/// Begins a date after a member.
const UNTIL: &str = "until ";

/// `last` is where the last item of the list ends. A list that would be empty may allow everything,
/// and is hardly meant.
pub(in crate::syntax) fn unclosed_list(
    file: FileId,
    open: Range,
    last: u32,
    is_empty: bool,
) -> Diagnostic {
    let end = Range { start: last, end: last }.in_file(file);
    Diagnostic::new(Code::UNCLOSED_LIST, open.in_file(file), "unclosed list")
        .primary_message("this `[` is never closed")
        .label(end, "the list is assumed to end here")
        .help("close the list with a `]`")
        .fix_with(
            Applicability::safe_if(!is_empty),
            "add the missing `]`",
            vec![Edit { span: end, replacement: "]".into() }],
        )
}

/// A list that another bracket closes.
pub(in crate::syntax) fn wrong_close(
    text: &str,
    file: FileId,
    open: Range,
    at: Range,
) -> Diagnostic {
    let place = at.in_file(file);
    let message = format!("expected `]` at the end of this list, found `{}`", slice(text, at));
    Diagnostic::new(Code::UNCLOSED_LIST, place, message)
        .label(open.in_file(file), "the list starts here")
        .help("a list stands in square brackets")
        .fix_replace("write `]`", place, "]")
}

/// A string that ends before a word that follows it without a blank: a quotation mark is missing
/// somewhere before it, and the strings after it are not what they seem.
pub(in crate::syntax) fn shifted_quotes(
    text: &str,
    file: FileId,
    last: u32,
    next: u32,
) -> Option<Diagnostic> {
    let ends_string = text[..last as usize].ends_with(['"', '\'']);
    let is_glued = last == next && text[next as usize..].starts_with(char::is_alphanumeric);
    (ends_string && is_glued).then(|| {
        let place = Range { start: last - 1, end: last }.in_file(file);
        Diagnostic::new(
            Code::UNTERMINATED_STRING,
            place,
            "a quotation mark is missing here or before",
        )
        .primary_message("a string ends here, and a word follows it without a blank")
        .help("write a quotation mark before and after each string")
    })
}

/// Items of a list without the brackets around them.
pub(in crate::syntax) fn no_brackets(
    text: &str,
    file: FileId,
    path: &str,
    whole: Range,
    items: Range,
) -> Diagnostic {
    let at = |offset: u32| Range { start: offset, end: offset }.in_file(file);
    let before = match items.start > whole.start && text[..items.start as usize].ends_with(' ') {
        _ if items.start == whole.start => "[",
        true => "[",
        false => " [",
    };
    let word = if items.start > whole.start { slice(text, whole).split(' ').next() } else { None };
    let right = match word {
        Some(word) => format!("{word} [{}]", slice(text, items)),
        None => format!("[{}]", slice(text, items)),
    };
    let edits = vec![
        Edit { span: at(items.start), replacement: before.into() },
        Edit { span: at(items.end), replacement: "]".into() },
    ];
    let message = format!("this list for `{path}` has no brackets");
    Diagnostic::new(Code::UNEXPECTED, whole.in_file(file), message)
        .help(format!("a list stands in square brackets: write `{}`", excerpt(&right)))
        .fix("add the brackets", edits)
}

/// A list in round brackets.
pub(in crate::syntax) fn round_brackets(
    file: FileId,
    path: &str,
    whole: Range,
    items: &str,
) -> Diagnostic {
    let place = whole.in_file(file);
    let right = format!("[{items}]");
    Diagnostic::new(Code::UNEXPECTED, place, format!("this list for `{path}` has round brackets"))
        .help(format!("a list stands in square brackets: write `{}`", excerpt(&right)))
        .fix_replace("write square brackets", place, right)
}

/// Strings after `only` or `except`, or what is nearly one of these, without brackets, and some of
/// them without quotes: `only notepad.exe, 'C:\Tools'`. `None` if they are anything else.
pub(in crate::syntax) fn bare_strings(
    text: &str,
    file: FileId,
    path: &str,
    whole: Range,
    items: Range,
) -> Option<Diagnostic> {
    // One of the brackets may be there.
    let list = slice(text, items).trim_start_matches(['[', '(', '{']);
    let list = quoted(list.trim_end_matches([']', ')', '}']))?;
    let word = slice(text, whole).split([' ', '\t']).next()?;
    let (word, applicability) = strings_word(word)?;
    let right = format!("{word} [{list}]");
    let message = format!("this list for `{path}` lacks brackets or quotes");
    let place = whole.in_file(file);
    let found = Diagnostic::new(Code::UNEXPECTED, place, message)
        .help(format!("a list of strings stands in square brackets: write `{}`", excerpt(&right)))
        .fix_with(
            applicability,
            "add brackets and quotes",
            vec![Edit { span: place, replacement: right }],
        );
    Some(found)
}

/// The longest list that is corrected as a whole, in bytes.
const MAX_LIST: usize = 1_000;

/// Items of a list of strings, separated by commas, each in quotes. `None` if they are anything
/// else.
fn quoted(items: &str) -> Option<String> {
    if items.len() > MAX_LIST {
        return None;
    }
    let is_plain = |c: char| c.is_alphanumeric() || "_-.*?@/\\:".contains(c);
    let list = items.split(',').map(str::trim).map(|item| {
        let is_quoted = ['"', '\''].iter().any(|quote| {
            let inner = item.strip_prefix(*quote).and_then(|item| item.strip_suffix(*quote));
            inner.is_some_and(|inner| !inner.contains(['"', '\'', '\\']))
        });
        let is_bare = item.chars().all(is_plain)
            && item.contains(char::is_alphanumeric)
            && !MEANS_ALL_OR_NOTHING.contains(&&*item.to_lowercase());
        match (is_quoted, item.contains('\\')) {
            (true, _) => Some(item.to_owned()),
            (false, true) => is_bare.then(|| format!("'{item}'")),
            (false, false) => is_bare.then(|| quote(item)),
        }
    });
    Some(list.collect::<Option<Vec<String>>>()?.join(", "))
}

/// A list after something that is nearly `only` or `except`, or in other brackets than it takes:
/// `exept ["a"]`, `Only: ["a"]`, `only ("a")`, `not ["a"]`. `is_list` says whether a text between
/// brackets is a list of strings. `None` if it is anything else.
pub(in crate::syntax) fn nearly_strings(
    text: &str,
    file: FileId,
    path: &str,
    whole: Range,
    is_list: impl Fn(&str) -> bool,
) -> Option<Diagnostic> {
    let written = slice(text, whole);
    if written.len() > MAX_LIST {
        return None;
    }
    let word_end = written.find(|c: char| !c.is_alphabetic() && !matches!(c, '_' | ' '))?;
    let (word, rest) = written.split_at(word_end);
    let rest = rest.trim_start_matches([':', '=', ' ', '\t']).trim_end_matches([';', ',', ' ']);
    let word = word.trim().to_lowercase().replace('_', " ");
    let message = format!("invalid value `{}` for `{path}`", excerpt(written));
    let place = whole.in_file(file);
    let found = Diagnostic::new(Code::UNEXPECTED, place, message);
    let right = match rest {
        // The list goes on below.
        "[" if word != "only" && word != "except" => "[".to_owned(),
        _ => {
            // Any bracket may stand for any other.
            let items = rest.strip_prefix(['[', '(', '{'])?.strip_suffix([']', ')', '}'])?.trim();
            let items = if is_list(items) { Some(items.to_owned()) } else { quoted(items) }?;
            format!("[{items}]")
        }
    };
    let Some((meant, applicability)) = strings_word(&word) else {
        return Some(found.help("write `only [\"…\"]` or `except [\"…\"]`"));
    };
    let right = format!("{meant} {right}");
    let help = format!("write `{}`", excerpt(&right));
    let edits = vec![Edit { span: place, replacement: right }];
    Some(found.help(help).fix_with(applicability, "write the list as it is meant", edits))
}

/// The word before a list that is meant by another one, and whether there is no doubt.
pub(in crate::syntax) fn strings_word(word: &str) -> Option<(&'static str, Applicability)> {
    let words = ["only", "except"];
    if let Some(meant) = words.iter().find(|meant| strsim::damerau_levenshtein(word, meant) <= 1) {
        return Some((meant, Applicability::Safe));
    }
    let meant = match word {
        "just" | "only in" | "none but" | "nothing but" => "only",
        "not" | "not in" | "unless" | "without" | "but not" | "all but" | "all except"
        | "any but" | "any except" | "except for" | "everything but" | "everything except" => {
            "except"
        }
        _ => return None,
    };
    Some((meant, Applicability::Unsafe))
}

/// Commas in a list without an item before them.
pub(in crate::syntax) fn empty_item(text: &str, file: FileId, at: Range) -> Diagnostic {
    // Whatever is on the lines before and after them stays there, comments above all.
    let blanks = [' ', '\t'];
    let before = text[..at.start as usize].trim_end_matches(blanks);
    let after = text[at.end as usize..].trim_start_matches(blanks);
    let is_first = before.is_empty() || before.ends_with('\n');
    let (start, end) = match is_first {
        true => (at.start, (text.len() - after.len()) as u32),
        false => (before.len() as u32, at.end),
    };
    let (message, help) = match slice(text, at).len() {
        1 => ("expected an item before this comma", "remove the comma"),
        _ => ("expected an item before these commas", "remove the commas"),
    };
    // They may stand on several lines, which stay lines.
    let lines = "\n".repeat(slice(text, at).matches('\n').count());
    Diagnostic::new(Code::UNEXPECTED, first_line(at, text).in_file(file), message)
        .help(help)
        .fix_replace(help, Range { start, end }.in_file(file), lines)
}

/// A word of a sentence between two items, in place of a comma: where it ends, blanks included.
fn conjunction(text: &str, next: u32) -> Option<u32> {
    let rest = window(text, next);
    let word = ["or ", "and ", "|| ", "| ", "&& ", "& "]
        .into_iter()
        .find(|word| rest.starts_with(word))?;
    let after = rest[word.len()..].trim_start();
    let is_item = after.starts_with(['"', '\''])
        || after.starts_with("user ")
        || after.starts_with("directory ");
    is_item.then(|| next + (rest.len() - after.len()) as u32)
}

/// Whether what follows an item is none itself: its own finding says what it is.
pub(in crate::syntax) fn is_no_item(text: &str, at: u32) -> bool {
    let rest = &text[at as usize..];
    rest.starts_with(';') || rest.starts_with(UNTIL) || conjunction(text, at).is_some()
}

/// Whether an item of a list begins with a dash, as in other languages.
fn has_dash(text: &str, item: Range) -> bool {
    slice(text, item).starts_with("- ")
}

/// Whether an item of a list begins with a sign of other languages, whose finding speaks of what
/// follows, too.
pub(in crate::syntax) fn has_sign(text: &str, item: Range) -> bool {
    has_dash(text, item) || slice(text, item).starts_with(';')
}

/// The finding of such an item.
fn wrong_sign(text: &str, file: FileId, item: Range) -> Option<Diagnostic> {
    if has_dash(text, item) {
        return Some(dash(text, file, item));
    }
    let sign = Range { end: item.start + 1, ..item };
    slice(text, item).starts_with(';').then(|| semicolon(file, sign))
}

/// An item that begins with a dash. It ends with its line, so that commas are missing as well.
fn dash(text: &str, file: FileId, item: Range) -> Diagnostic {
    let mark = Range { end: item.start + 2, ..item }.in_file(file);
    let end = Range { start: item.end, ..item }.in_file(file);
    let mut edits = vec![Edit { span: mark, replacement: String::new() }];
    if !text[item.end as usize..].trim_start().starts_with([',', ']']) {
        edits.push(Edit { span: end, replacement: ",".into() });
    }
    Diagnostic::new(Code::UNEXPECTED, item.in_file(file), "unexpected `-` before an item of a list")
        .help("items of a list have nothing before them, and are separated by commas")
        .fix("remove the `-`", edits)
}

fn semicolon(file: FileId, at: Range) -> Diagnostic {
    Diagnostic::new(Code::UNEXPECTED, at.in_file(file), "unexpected `;` in a list")
        .help("items of a list are separated by commas, and comments begin with `#`")
}

pub(in crate::syntax) fn missing_comma(
    text: &str,
    file: FileId,
    place: Range,
    next: u32,
) -> Diagnostic {
    let rest = &text[next as usize..];
    let after =
        Range { start: next, end: next + rest.chars().next().map_or(0, char::len_utf8) as u32 };
    if rest.starts_with(';') {
        // On lines of their own, it may begin a comment as in other languages, and what follows is
        // no entry.
        let line = text[..place.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let is_list_on_line = text[line..place.start as usize].contains('[')
            && !text[place.start as usize..next as usize].contains('\n')
            && window(text, next).contains(']');
        let edit = Edit { span: after.in_file(file), replacement: ",".into() };
        let applicability = Applicability::safe_if(is_list_on_line);
        return semicolon(file, after).fix_with(applicability, "write a comma", vec![edit]);
    }
    if let Some(end) = conjunction(text, next) {
        let word = Range { start: next, end }.in_file(file);
        let place = Range { start: place.start, end }.in_file(file);
        let written = slice(text, Range { start: next, end });
        let message = format!("unexpected `{}` in a list", written.trim_end());
        return Diagnostic::new(Code::UNEXPECTED, word, message)
            .help("items of a list are separated by commas")
            .fix_replace("write a comma", place, ", ");
    }
    if rest.starts_with(UNTIL) {
        let word = Range { start: next, end: next + UNTIL.len() as u32 };
        return Diagnostic::new(Code::UNEXPECTED, word.in_file(file), "this list takes no dates")
            .help(
                "a date stands after `user \"name\"` or `directory group \"name\"` in `members` \
                 of a group policy",
            );
    }
    Diagnostic::new(Code::UNEXPECTED, after.in_file(file), "expected a comma before this item")
        .help("items of a list are separated by commas")
        .fix("add the comma", vec![Edit { span: place.in_file(file), replacement: ",".into() }])
}

/// Words that may stand for everything or for nothing, and not for an entry of that name.
const MEANS_ALL_OR_NOTHING: [&str; 6] = ["any", "all", "everything", "none", "nothing", "unknown"];

/// An item of a list that takes strings alone.
pub(in crate::syntax) fn bad_string(text: &str, file: FileId, range: Range) -> Diagnostic {
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    if let Some(found) = wrong_sign(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let found = Diagnostic::new(Code::WRONG_TYPE, range.in_file(file), "expected a string");
    if written.contains(['"', '\'']) {
        return found.help("write the string alone, without a kind before it");
    }
    let quoted = match written.contains('\\') {
        true => format!("'{written}'"),
        false => quote(written),
    };
    // Several words may be several strings, some words were not meant as names, and with a mark or
    // a bracket in it, it is not known where the string was meant to end.
    let is_one = !written.contains(|c: char| {
        c.is_whitespace() || quotation_mark(c).is_some() || "[](){}".contains(c)
    }) && written.contains(char::is_alphanumeric)
        && !MEANS_ALL_OR_NOTHING.contains(&&*written.to_lowercase());
    let edit = Edit { span: range.in_file(file), replacement: quoted.clone() };
    found.help(format!("write `{}`", excerpt(&quoted))).fix_with(
        Applicability::safe_if(is_one),
        "put it in quotes",
        vec![edit],
    )
}

/// An item of a list that is nothing that any list takes.
pub(in crate::syntax) fn bad_list_item(text: &str, file: FileId, range: Range) -> Diagnostic {
    if let Some(found) = unterminated(text, file, range) {
        return found;
    }
    if let Some(found) = wrong_sign(text, file, range) {
        return found;
    }
    let written = slice(text, range);
    let message = format!("expected an item of a list, found `{}`", excerpt(written));
    let found = Diagnostic::new(Code::UNEXPECTED, range.in_file(file), message);
    for kind in ["user", "directory group"] {
        let name = written.strip_prefix(kind).filter(|name| name.starts_with([' ', '\t']));
        let Some(name) = name.map(str::trim) else { continue };
        if name.chars().all(|c| c.is_alphanumeric() || "_-.@".contains(c)) && !name.is_empty() {
            let right = format!("{kind} \"{name}\"");
            return found.help(format!("write the name in quotes: `{right}`")).fix_replace(
                "put the name in quotes",
                range.in_file(file),
                right,
            );
        }
    }
    let is_word = |word: &str| word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
    if written.contains([' ', '\t']) && written.split_whitespace().all(is_word) {
        let words: Vec<&str> = written.split_whitespace().collect();
        let right = words.join(", ");
        return found
            .help(format!("items of a list are separated by commas: `{}`", excerpt(&right)))
            .fix_with(
                Applicability::Unsafe,
                "write commas between the words",
                vec![Edit { span: range.in_file(file), replacement: right }],
            );
    }
    if written.contains(['"', '\'', '{', '=', '\\']) {
        return found.help(
            "an item is a string in quotes or a word; in `members` it is `user \"name\"` or \
             `directory group \"name\"`",
        );
    }
    let name = excerpt(written);
    found.help(format!(
        "names are written in quotes, such as `\"{name}\"`; in `members` of a group policy, \
         write `user \"{name}\"` or `directory group \"{name}\"`"
    ))
}
