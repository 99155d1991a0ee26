//! What the entries of a set or filter are: when two of them are the same, and when one includes
//! another.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What the entries of a set or filter are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Names of executables, without regard to case, or hashes (`sha256:…`) of their contents.
    FileNames,
    /// Absolute folders. A folder includes those below it.
    Folders,
    /// Regular expressions.
    Patterns,
    /// Any text. Compiled files of older versions have no other kind.
    #[default]
    Text,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryProblem {
    /// A file name is empty.
    Empty,
    /// A file name has a path.
    Path,
    /// An entry begins like a hash, and is none.
    Hash,
    /// A folder is not absolute.
    Relative,
    /// A pattern cannot be parsed.
    Pattern,
}

impl EntryProblem {
    /// Whether the value cannot be used. Otherwise the finding is a warning.
    pub fn is_error(self) -> bool {
        matches!(self, EntryProblem::Empty | EntryProblem::Path | EntryProblem::Hash)
    }
}

/// What the hash of a file begins with.
pub const HASH: &str = "sha256:";

impl EntryKind {
    /// All kinds.
    pub const ALL: [EntryKind; 4] =
        [EntryKind::FileNames, EntryKind::Folders, EntryKind::Patterns, EntryKind::Text];

    /// The word for it in profile files.
    pub fn id(self) -> &'static str {
        match self {
            EntryKind::FileNames => "file_names",
            EntryKind::Folders => "folders",
            EntryKind::Patterns => "patterns",
            EntryKind::Text => "text",
        }
    }

    /// The kind with an id.
    pub fn find(id: &str) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// What is wrong with an entry, if anything.
    pub fn problem(self, entry: &str) -> Option<EntryProblem> {
        match self {
            EntryKind::FileNames => file_name_problem(entry),
            EntryKind::Folders => (!is_absolute(entry)).then_some(EntryProblem::Relative),
            EntryKind::Patterns => (!is_pattern(entry)).then_some(EntryProblem::Pattern),
            EntryKind::Text => None,
        }
    }

    /// Sorts entries by bytes. Of those that are the same, the first one is kept.
    pub(super) fn canonical(self, mut entries: Vec<String>) -> Vec<String> {
        entries.sort_unstable();
        let mut seen = HashSet::with_capacity(entries.len());
        entries.retain(|entry| seen.insert(self.key(entry)));
        entries
    }

    /// Keys of the entries that say something, ascending: those that are inside of another one are
    /// left out. Lists allow the same where these are the same.
    pub(super) fn keys(self, entries: &[String]) -> Vec<String> {
        let all: HashSet<String> = entries.iter().map(|entry| self.key(entry)).collect();
        let is_inside = |key: &String| self.is_inside(key, &all);
        let mut kept: Vec<String> = all.iter().filter(|key| !is_inside(key)).cloned().collect();
        kept.sort_unstable();
        kept
    }

    /// Whether every entry is included in some entry of `outer`.
    pub(super) fn all_within(self, inner: &[String], outer: &[String]) -> bool {
        // An empty list is compared with a long one for each copy of a session policy.
        if inner.is_empty() || outer.is_empty() {
            return inner.is_empty();
        }
        let outer: HashSet<String> = outer.iter().map(|entry| self.key(entry)).collect();
        inner.iter().all(|entry| self.is_below(entry, &outer))
    }

    /// Whether it is certain that nothing is in an entry of both lists.
    pub(super) fn are_apart(self, a: &[String], b: &[String]) -> bool {
        let apart = match self {
            // A name and a hash may be those of the same file.
            EntryKind::FileNames => {
                let mut are_hashes = a.iter().chain(b).map(|entry| is_hash(entry));
                let first = are_hashes.next();
                a.is_empty() || b.is_empty() || are_hashes.all(|is_hash| Some(is_hash) == first)
            }
            // Different patterns may match the same text.
            EntryKind::Patterns => a.is_empty() || b.is_empty(),
            EntryKind::Folders | EntryKind::Text => true,
        };
        let keys = |list: &[String]| list.iter().map(|entry| self.key(entry)).collect();
        let (in_a, in_b): (HashSet<String>, HashSet<String>) = (keys(a), keys(b));
        apart
            && !a.iter().any(|entry| self.is_below(entry, &in_b))
            && !b.iter().any(|entry| self.is_below(entry, &in_a))
    }

    /// Two entries are the same where their keys are.
    fn key(self, entry: &str) -> String {
        match self {
            EntryKind::FileNames => entry.chars().flat_map(folded).collect(),
            EntryKind::Folders => folder_key(entry),
            EntryKind::Patterns | EntryKind::Text => entry.to_owned(),
        }
    }

    /// Whether one of the entries with these keys is the same, or a folder above it.
    fn is_below(self, entry: &str, keys: &HashSet<String>) -> bool {
        let key = self.key(entry);
        keys.contains(&key) || self.is_inside(&key, keys)
    }

    /// Whether one of the keys is that of a folder above the one with a key.
    fn is_inside(self, key: &str, keys: &HashSet<String>) -> bool {
        // Where `..` leads is not known, so such a folder is in no other one.
        // Windows takes `.. ` for the same.
        let leads_elsewhere =
            |part: &str| part.starts_with('.') && part.trim_matches(['.', ' ']).is_empty();
        if self != EntryKind::Folders || key.split('/').any(leads_elsewhere) {
            return false;
        }
        let root = key.len() - key.trim_start_matches('/').len();
        let ends = key.match_indices('/').map(|(at, _)| at).filter(|&at| at >= root);
        ends.into_iter().any(|end| keys.contains(&key[..end]))
            || (root == 1 && key != "/" && keys.contains("/"))
    }
}

fn is_hash(entry: &str) -> bool {
    entry.starts_with(HASH)
}

fn file_name_problem(entry: &str) -> Option<EntryProblem> {
    let looks_like_hash =
        entry.get(..HASH.len()).is_some_and(|start| start.eq_ignore_ascii_case(HASH));
    if looks_like_hash {
        let digits = entry.strip_prefix(HASH).unwrap_or_default();
        let sound = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return (!sound).then_some(EntryProblem::Hash);
    }
    if entry.trim().is_empty() {
        return Some(EntryProblem::Empty);
    }
    // Digits alone, or after the name of another function, are a hash that the product cannot use.
    let (function, digits) = entry.split_once(':').unwrap_or(("", entry));
    let is_hash = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_known = ["md5", "sha1", "sha-1", "sha256", "sha-256", "sha384", "sha512", "sha-512"]
        .contains(&&*function.to_ascii_lowercase());
    if is_known || function.is_empty() && is_hash {
        return Some(EntryProblem::Hash);
    }
    (entry.contains(['/', '\\', ':']) || entry == "." || entry == "..")
        .then_some(EntryProblem::Path)
}

fn is_separator(character: char) -> bool {
    matches!(character, '/' | '\\')
}

/// A character in small letters, as file systems that ignore case compare names: only one of a pair
/// of letters has another form. The Kelvin sign U+212A becomes a `k` and is none.
fn folded(character: char) -> impl Iterator<Item = char> {
    let small = character.to_lowercase();
    let is_pair = small.clone().flat_map(char::to_uppercase).eq(character.to_uppercase());
    let as_written = (!is_pair).then_some(character);
    as_written.into_iter().chain(small.filter(move |_| is_pair))
}

/// A folder without its differences of writing: separators are `/`, alone, and not at the end. The
/// root is `/`; a share begins with `//`.
fn folder_key(entry: &str) -> String {
    let rest = entry.trim_start_matches(is_separator);
    let root = match entry.len() - rest.len() {
        0 => "",
        2 if !rest.is_empty() => "//",
        _ => "/",
    };
    let parts: Vec<&str> = rest.split(is_separator).filter(|part| !part.is_empty()).collect();
    format!("{root}{}", parts.join("/"))
}

fn is_absolute(entry: &str) -> bool {
    let bytes = entry.as_bytes();
    let is_separator = |at: usize| matches!(bytes.get(at), None | Some(b'/' | b'\\'));
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    (!bytes.is_empty() && is_separator(0)) || (drive && is_separator(2))
}

/// Whether a text is a regular expression. The dialect of the product is not documented, so what
/// only some dialects have is none of our business.
fn is_pattern(entry: &str) -> bool {
    use regex_syntax::ast::ErrorKind;
    match regex_syntax::ast::parse::Parser::new().parse(entry) {
        Ok(_) => true,
        Err(error) => matches!(
            error.kind(),
            ErrorKind::UnsupportedBackreference | ErrorKind::UnsupportedLookAround
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| entry.to_string()).collect()
    }

    #[test]
    fn file_names_are_without_path_and_hashes_have_64_digits() {
        let hash = format!("sha256:{}", "0aF9".repeat(16));
        let problem = |entry: &str| EntryKind::FileNames.problem(entry);
        for sound in ["notepad.exe", "no extension", "*.exe", "sha256", &hash] {
            assert_eq!(problem(sound), None, "{sound}");
        }
        for path in ["C:\\calc.exe", "bin/sh", "\\calc.exe", "c:calc.exe", ".."] {
            assert_eq!(problem(path), Some(EntryProblem::Path), "{path}");
        }
        for empty in ["", " ", "\t"] {
            assert_eq!(problem(empty), Some(EntryProblem::Empty));
        }
        let upper = hash.replace("sha", "SHA");
        for broken in ["sha256:", "sha256:00", &hash[..70], &format!("{hash}0"), &upper] {
            assert_eq!(problem(broken), Some(EntryProblem::Hash), "{broken}");
        }
        let not_hex = hash.replace("F", "G");
        assert_eq!(problem(&not_hex), Some(EntryProblem::Hash));
    }

    #[test]
    fn folders_are_absolute() {
        let is_sound = |entry: &str| EntryKind::Folders.problem(entry).is_none();
        for absolute in ["C:\\", "C:/Logs", "C:", "/", "/var/log", "\\\\server\\share", "\\Logs"] {
            assert!(is_sound(absolute), "{absolute}");
        }
        for relative in ["", "Logs", "C:Logs", "..\\Logs", "%TEMP%\\x", "~/x", "CC:\\x", "1:\\x"] {
            assert!(!is_sound(relative), "{relative}");
        }
    }

    #[test]
    fn patterns_are_regular_expressions_of_some_dialect() {
        let is_sound = |entry: &str| EntryKind::Patterns.problem(entry).is_none();
        for sound in ["", "^ls( -l)?$", "\\w+\\d{2,3}", "[^;|&]*", "(?!rm)\\w+", "(a)\\1", "\\p{L}"]
        {
            assert!(is_sound(sound), "{sound}");
        }
        for broken in ["(", "a)", "[a-", "*a", "a{2,1}", "\\"] {
            assert!(!is_sound(broken), "{broken}");
        }
    }

    #[test]
    fn of_equal_entries_the_first_is_kept() {
        let names =
            EntryKind::FileNames.canonical(list(&["calc.exe", "CALC.exe", "Calc.EXE", "a"]));
        assert_eq!(names, ["CALC.exe", "a"]);
        let folders = list(&["C:\\Logs\\App", "C:/Logs", "C:\\Logs\\", "c:\\Logs"]);
        assert_eq!(
            EntryKind::Folders.canonical(folders),
            ["C:/Logs", "C:\\Logs\\App", "c:\\Logs"],
            "a folder inside of another stays"
        );
        assert_eq!(EntryKind::Text.canonical(list(&["b", "B", "b"])), ["B", "b"]);
        assert_eq!(EntryKind::Patterns.canonical(list(&["b", "B", "b"])), ["B", "b"]);
    }

    #[test]
    fn what_is_inside_of_another_entry_has_no_key() {
        let keys = |kind: EntryKind, entries: &[&str]| kind.keys(&list(entries));
        let folders = ["C:\\b", "C:/a/x", "C:\\a\\", "C:/a", "C:/a/..", "/", "/var", "//s/t"];
        assert_eq!(keys(EntryKind::Folders, &folders), ["/", "//s/t", "C:/a", "C:/a/..", "C:/b"]);
        assert_eq!(keys(EntryKind::FileNames, &["B", "a", "b"]), ["a", "b"]);
        // Not each entry with each other one: that would be a thousand million.
        let many: Vec<String> = (0..30_000).map(|at| format!("C:/a/{at}")).collect();
        assert_eq!(EntryKind::Folders.keys(&many).len(), 30_000);
    }

    #[test]
    fn names_and_hashes_may_be_of_the_same_file() {
        let apart = |a: &[&str], b: &[&str]| EntryKind::FileNames.are_apart(&list(a), &list(b));
        assert!(apart(&["a", "b"], &["c"]) && apart(&["sha256:0"], &["sha256:1"]));
        assert!(!apart(&["a", "sha256:0"], &["c"]) && !apart(&["a"], &["c", "sha256:0"]));
        assert!(!apart(&["a"], &["b", "A"]));
        assert!(apart(&["a", "sha256:0"], &[]) && apart(&[], &["a", "sha256:0"]));
    }

    #[test]
    fn a_folder_includes_what_is_below_it() {
        let within = |a: &str, b: &str| EntryKind::Folders.all_within(&list(&[a]), &list(&[b]));
        for (below, above) in [
            ("C:\\Logs\\App", "C:\\Logs"),
            ("C:/Logs/App/", "C:\\Logs\\"),
            ("C:\\Logs", "C:\\"),
            ("C:\\", "C:"),
            ("/var/log", "/"),
            ("/var/log", "/var"),
            ("/var//log", "/var/log/"),
            ("\\\\server\\share\\x", "//server/share"),
        ] {
            assert!(within(below, above), "{below} in {above}");
        }
        for (one, other) in [
            ("C:\\Logs", "C:\\Logs\\App"),
            ("C:\\Logs2", "C:\\Logs"),
            ("C:\\logs\\App", "C:\\Logs"),
            ("D:\\Logs", "C:\\"),
            ("C:\\Logs\\..\\Windows", "C:\\Logs"),
            ("\\\\server\\share", "/"),
            ("C:\\Logs", "/"),
            ("Logs", ""),
        ] {
            assert!(!within(one, other), "{one} in {other}");
        }
    }
}
