//! The patterns and folders of a manifest: which files `policies`, `exclude` and `[diff] inventory`
//! mean, and the folders of `include`.

use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::ir::inventory::glob;
use crate::source::{SourceFile, Span};
use crate::text::{escape_control_chars, quote};
use crate::toml_text::Reader;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// What patterns are of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `policies`, which lie below the manifest's folder.
    Policies,
    /// Others, which may also name files of included folders.
    Other,
}

/// All files that one of the patterns matches.
pub(super) fn set<'g>(globs: impl Iterator<Item = &'g Glob>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    globs.for_each(|glob| {
        set.add(glob.clone());
    });
    set.build().unwrap_or_default()
}

/// The patterns of a list, without a leading `./`. Invalid ones are reported and left out.
pub(super) fn read(
    reader: &mut Reader,
    source: &SourceFile,
    patterns: Vec<(Span, &str)>,
    key: Key,
) -> Vec<(Glob, Span)> {
    let is_only = patterns.len() == 1;
    // One fix at a time: each changes the list `exclude`.
    let first_negated = patterns.iter().position(|(_, pattern)| pattern.starts_with('!'));
    let mut found = Vec::new();
    for (at, (span, written)) in patterns.into_iter().enumerate() {
        let mut pattern = written;
        while let Some(rest) = pattern.strip_prefix("./") {
            pattern = rest.trim_start_matches('/');
        }
        let negation = (first_negated == Some(at)).then_some(is_only);
        if let Some(problem) = problem(source, span, pattern, key, negation) {
            reader.push(problem);
            continue;
        }
        match glob(pattern) {
            Ok(glob) => found.push((glob, span)),
            Err(error) => {
                let message = format!("invalid pattern `{}`", escape_control_chars(pattern));
                reader.push(Diagnostic::new(Code::BAD_GLOB, span, message).help(format!(
                    "{}; an example of a pattern is `policies/**/*.prec`",
                    escape_control_chars(&error.kind().to_string())
                )));
            }
        }
    }
    found
}

/// What is wrong with a pattern that could be read as one. `first_negation` is for the first one
/// with a `!`: whether it is the only pattern.
fn problem(
    source: &SourceFile,
    span: Span,
    pattern: &str,
    key: Key,
    first_negation: Option<bool>,
) -> Option<Diagnostic> {
    let shown = escape_control_chars(pattern);
    let found = |message: String| Diagnostic::new(Code::BAD_GLOB, span, message);
    if let Some(rest) = pattern.strip_prefix('!') {
        let found = found(format!("the pattern `{shown}` cannot exclude files"));
        let found = found.help(match key {
            Key::Policies => {
                "the key `exclude` takes patterns of files that are not part of the workspace"
            }
            _ => {
                "a `!` in a pattern has no meaning: write patterns of exactly the files that are \
                 meant"
            }
        });
        let edits = first_negation
            .filter(|_| key == Key::Policies)
            .and_then(|is_only| move_to_exclude(source, span, rest, is_only));
        return Some(match edits {
            Some(edits) => found.fix("move it to `exclude`", edits),
            None => found,
        });
    }
    if pattern.contains('\\') {
        let folders = pattern.split(['\\', '/']).enumerate();
        let folders = folders.filter(|(at, name)| *at == 0 || !name.is_empty());
        let fixed = folders.map(|(_, name)| name).collect::<Vec<_>>().join("/");
        return Some(
            found(format!("the pattern `{shown}` contains a backslash"))
                .help("folders are separated by `/` on every system")
                .fix_replace(format!("write `{fixed}`"), span, quote(&fixed)),
        );
    }
    if let Some(fixed) = tidied(pattern) {
        return Some(
            found(format!("the pattern `{shown}` has a name that no file or folder has"))
                .help("leave out `//`, `.`, `..`, and blanks around names")
                .fix_replace(format!("write `{fixed}`"), span, quote(&fixed)),
        );
    }
    let leads_outside = pattern.starts_with('/') || pattern.split('/').any(|part| part == "..");
    if leads_outside && (key == Key::Policies || pattern.starts_with('/')) {
        return Some(found(format!("the pattern `{shown}` leads outside of the workspace")).help(
            "patterns are relative to the manifest's folder; `include` takes other folders",
        ));
    }
    let folder = pattern.trim_end_matches('/');
    if key != Key::Policies && folder.trim_matches('.').is_empty() {
        return Some(
            found(format!("the pattern `{shown}` names no file"))
                .help("remove it; a pattern of all files of a folder is `drafts/**`"),
        );
    }
    let has_ending = |name: &str| name.find('.').is_some_and(|at| at > 0 && at + 1 < name.len());
    if !pattern.contains(['*', '?', '[', '{'])
        && !pattern.ends_with(".prec")
        && pattern.rsplit('/').next().is_some_and(has_ending)
    {
        return Some(found(format!("the pattern `{shown}` does not end in `.prec`")).help(
            format!("policy files end in `.prec`; if this is a folder, write `{folder}/**/*.prec`"),
        ));
    }
    // In `**/policies` only the last name matters: no policy file has it.
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let is_literal = !last.contains(['*', '?', '[', ']', '{', '}']);
    if pattern.ends_with('/') || is_literal && !folder.ends_with(".prec") {
        let files = if key == Key::Policies { "**/*.prec" } else { "**" };
        let fixed = match folder {
            "" | "." => files.to_owned(),
            folder => format!("{folder}/{files}"),
        };
        return Some(
            found(format!("the pattern `{shown}` names a folder"))
                .help("patterns match files")
                .fix_replace(format!("write `{fixed}`"), span, quote(&fixed)),
        );
    }
    None
}

/// A pattern without empty names, `.`, blanks around names, and ways into a folder and out again;
/// `None` if it has none of these.
fn tidied(pattern: &str) -> Option<String> {
    let (root, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", pattern),
    };
    let (rest, end) = match rest.strip_suffix('/') {
        Some(rest) => (rest, "/"),
        None => (rest, ""),
    };
    let mut names: Vec<&str> = Vec::new();
    for name in rest.split('/').map(str::trim) {
        match (name, names.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if !last.contains('*') && *last != ".." => {
                names.pop();
            }
            _ => names.push(name),
        }
    }
    let tidied = format!("{root}{}{end}", names.join("/"));
    (!names.is_empty() && tidied != pattern).then_some(tidied)
}

/// The edits that take a pattern out of `policies` and write it into `exclude`, which gets a line
/// before if there is none.
fn move_to_exclude(
    source: &SourceFile,
    span: Span,
    pattern: &str,
    is_only: bool,
) -> Option<Vec<Edit>> {
    let text = &*source.text;
    // To exclude everything was not meant.
    let is_everything =
        ["", "*", "**", "**/*", "**/*.prec", "*.prec"].contains(&pattern.trim_matches(['/', '.']));
    if is_everything {
        return None;
    }
    let (start, end) = (span.start as usize, span.end as usize);
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    // Where the list begins on another line, the place for a new key is not at hand.
    text[line..start].trim_start().strip_prefix("policies")?;
    let after = &text[end..];
    let in_list = add_to_exclude(source, span, pattern);
    let exclude = format!("exclude = [{}]", quote(pattern));
    if is_only {
        // An empty list would leave no policies at all; without the key, there are all.
        let close = after.trim_start_matches([' ', '\t', ',']).strip_prefix(']')?;
        let close = (text.len() - close.len()) as u32;
        let whole = Span { start: line as u32, end: close, ..span };
        let (replacement, added) = match in_list? {
            Some(added) => (String::new(), Some(added)),
            None => (exclude, None),
        };
        return Some(
            [Some(Edit { span: whole, replacement }), added].into_iter().flatten().collect(),
        );
    }
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let (start, end) = if after[blanks..].starts_with(',') {
        let rest = &after[blanks + 1..];
        let more = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        (start, end + blanks + 1 + more)
    } else {
        let before = text[..start].trim_end_matches([' ', '\t']);
        (before.strip_suffix(',').map_or(start, str::len), end)
    };
    let removed = Span { start: start as u32, end: end as u32, ..span };
    let at = Span { start: line as u32, end: line as u32, ..span };
    let added = in_list?.unwrap_or(Edit { span: at, replacement: format!("{exclude}\n") });
    Some(vec![added, Edit { span: removed, replacement: String::new() }])
}

/// The edit that adds a pattern to the list `exclude`: `Some(None)` if there is no such key, and
/// `None` if it is not a list on one line.
fn add_to_exclude(source: &SourceFile, span: Span, pattern: &str) -> Option<Option<Edit>> {
    let text = &*source.text;
    let is_key = |at: usize| {
        let before = text[..at].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    };
    let Some((start, key)) = text.match_indices("exclude").find(|(at, _)| is_key(*at)) else {
        return Some(None);
    };
    let line = text[start..].lines().next()?.trim_end();
    let list = line[key.len()..].trim_start().strip_prefix('=')?.trim_start();
    let items = list.strip_prefix('[')?.strip_suffix(']')?.trim_end();
    let is_plain = !items.contains(['#', '[', ']']);
    let close = start + line.len() - 1;
    let comma = if items.is_empty() || items.ends_with(',') { "" } else { ", " };
    let at = Span { start: close as u32, end: close as u32, ..span };
    let edit = Edit { span: at, replacement: format!("{comma}{}", quote(pattern)) };
    is_plain.then_some(Some(edit))
}

/// The folders of `include`, without a slash at the end. One that is absolute or stands there twice
/// is reported and left out.
pub(super) fn folders(reader: &mut Reader, folders: Vec<(Span, &str)>) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = Vec::new();
    for (span, written) in folders {
        let folder = written.trim_end_matches('/');
        let shown = escape_control_chars(written);
        let first = found.iter().find(|(known, _)| known == folder);
        let problem = if written.starts_with('/') || written.contains('\\') {
            let message = format!("the folder `{shown}` is not a relative path");
            let found = Diagnostic::new(Code::BAD_GLOB, span, message)
                .help("write the path from the manifest's folder, with `/`, such as `../shared`");
            let right = written.replace('\\', "/");
            Some(match right.starts_with('/') || right.contains(':') {
                true => found,
                false => found.fix_replace(format!("write `{right}`"), span, quote(&right)),
            })
        } else {
            first.map(|(_, first)| {
                let message = format!("the folder `{shown}` is included twice");
                Diagnostic::new(Code::BAD_GLOB, span, message)
                    .label(*first, "first included here")
                    .help("remove one of the two")
            })
        };
        match problem {
            Some(problem) => {
                reader.push(problem);
            }
            None => found.push((folder.to_owned(), span)),
        }
    }
    found
}

/// The most parts of a pattern that are looked at by themselves.
const MAX_PARTS: usize = 64;

/// The parts between the braces of a pattern, each with the pattern that has it alone, such as `a`
/// and `a/*.prec` of `{a,b}/*.prec`. Braces within braces stay as they are.
pub(super) fn parts(pattern: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut depth = 0;
    let (mut open, mut start) = (0, 0);
    let mut of_group: Vec<&str> = Vec::new();
    for (at, byte) in pattern.bytes().enumerate() {
        match byte {
            b'{' => {
                depth += 1;
                if depth == 1 {
                    (open, start) = (at, at + 1);
                }
            }
            b',' if depth == 1 => {
                of_group.push(&pattern[start..at]);
                start = at + 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    of_group.push(&pattern[start..at]);
                    let parts = of_group.drain(..);
                    let alone =
                        |part: &str| format!("{}{part}{}", &pattern[..open], &pattern[at + 1..]);
                    found.extend(parts.map(|part| (part, alone(part))));
                }
            }
            _ => {}
        }
    }
    found.truncate(MAX_PARTS);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_between_braces_is_found() {
        let of = |pattern| parts(pattern).into_iter().map(|(_, alone)| alone).collect::<Vec<_>>();
        assert_eq!(of("{a,b}/*.prec"), ["a/*.prec", "b/*.prec"]);
        assert_eq!(of("{a,b{c,d}}/{e,}"), ["a/{e,}", "b{c,d}/{e,}", "{a,b{c,d}}/e", "{a,b{c,d}}/"]);
        assert_eq!(of("a/*.prec"), [""; 0]);
        assert_eq!(of("}{a"), [""; 0]);
    }
}
