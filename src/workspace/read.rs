//! Files as they were found, and their text: what can be said of a file before it is parsed.

use super::near::NearMiss;
use super::not_text;
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{FileId, MAX_FILE_BYTES, MAX_TOML_BYTES, SourceFile, Sources, Span};
use crate::text::escape_control_chars;

/// A file as it was found: its path relative to the workspace, with `/`, and its bytes or why there
/// are none.
#[derive(Clone, Debug)]
pub struct RawFile {
    /// Relative to the workspace's folder.
    pub path: String,
    /// Its bytes, or why there are none.
    pub content: Result<Vec<u8>, ReadError>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The system's words.
    Unreadable(String),
    /// Its size in bytes.
    TooLarge(u64),
    /// A link to a folder that it lies in. Nothing is lost by passing over it.
    LinkLoop,
    /// A folder of the manifest's `include` that cannot be included.
    Include(BadInclude),
    /// A pattern of the manifest that takes in no file, and why.
    Pattern(NearMiss),
    /// A file that is not read, because its name differs in the case of letters, by a dot, or in
    /// what cannot be seen, from the one that it would have to have.
    NearlyNamed {
        /// The name that it would have to have; its path, where the name of a folder differs.
        name: String,
        /// Whether that is the name of the manifest.
        is_manifest: bool,
    },
}

impl RawFile {
    /// Whether it stands for a policy file, be it one that cannot be read; else it is what was
    /// noticed on the way.
    pub fn is_policy(&self) -> bool {
        !matches!(
            self.content,
            Err(ReadError::LinkLoop
                | ReadError::Include(_)
                | ReadError::Pattern(_)
                | ReadError::NearlyNamed { .. })
        )
    }
}

/// Why a folder cannot be included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadInclude {
    /// It is outside of the repository, or of the folder that the workspace is in.
    Outside,
    /// It contains the workspace, or is its folder.
    Circle,
    /// It is not there.
    Missing,
    /// It is there by another name too.
    Twice,
    /// It has no policy file that could be read.
    Empty,
}

impl BadInclude {
    /// What is wrong, after the name of the folder.
    pub fn words(self) -> &'static str {
        match self {
            BadInclude::Outside => "is outside of the repository",
            BadInclude::Circle => "contains the workspace itself",
            BadInclude::Missing => "is not a folder",
            BadInclude::Twice => "is included twice",
            BadInclude::Empty => "has no policy file",
        }
    }
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Policies.
    Policies,
    /// A manifest, a profile or acceptances, which are small.
    Toml,
}

impl Content {
    fn max_bytes(self) -> u64 {
        match self {
            Content::Policies => MAX_FILE_BYTES,
            Content::Toml => MAX_TOML_BYTES,
        }
    }
}

/// Adds a file to the sources: its id, unless it is not text at all, and what is wrong with it.
/// Bytes that are not UTF-8 are read as replacement characters, so that the names in the rest of
/// the file are known; a file with a NUL ends there.
pub fn add_file(
    sources: &mut Sources,
    raw: RawFile,
    content: Content,
) -> (Option<FileId>, Vec<Diagnostic>) {
    let path = raw.path;
    let bytes = match raw.content {
        Ok(bytes) if bytes.len() as u64 > content.max_bytes() => {
            let error = ReadError::TooLarge(bytes.len() as u64);
            return (None, vec![unread(sources, path, error, content)]);
        }
        Ok(bytes) => bytes,
        Err(error) => return (None, vec![unread(sources, path, error, content)]),
    };
    if let Some(kind) = not_text::recognize(&bytes) {
        let span = Span::file_start(sources.add(SourceFile::new(path, "")));
        let message = format!("this file {}", kind.what);
        return (None, vec![Diagnostic::new(Code::NOT_TEXT, span, message).help(kind.help)]);
    }
    if let Some(nul) = memchr::memchr(0, &bytes) {
        let text = String::from_utf8_lossy(&bytes[..nul]).into_owned();
        let file = sources.add(SourceFile::new(path, text));
        let end = sources.file(file).text.len() as u32;
        let span = Span { file, start: end, end };
        let message = "this file contains a NUL character, so it is not text";
        let found = Diagnostic::new(Code::NOT_TEXT, span, message).help("save the file as UTF-8");
        return (None, vec![found]);
    }
    let (text, broken) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => (
            String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Some(error.utf8_error().valid_up_to()),
        ),
    };
    let bom = u32::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8() as u32;
    let file = sources.add(SourceFile::new(path, text));
    let found = broken.map(|at| {
        let start = (at as u32).saturating_sub(bom);
        let end = start + char::REPLACEMENT_CHARACTER.len_utf8() as u32;
        let message = "invalid UTF-8 text";
        Diagnostic::new(Code::NOT_TEXT, Span { file, start, end }, message)
            .help("save the file as UTF-8")
    });
    (Some(file), found.into_iter().collect())
}

/// The finding of a file without a text. It is a source all the same, so that it has a place.
fn unread(sources: &mut Sources, path: String, error: ReadError, content: Content) -> Diagnostic {
    let span = Span::file_start(sources.add(SourceFile::new(path, "")));
    match error {
        ReadError::Unreadable(why) => {
            let message =
                format!("cannot read this file or folder: {}", escape_control_chars(&why));
            Diagnostic::new(Code::UNREADABLE, span, message).help(match content {
                Content::Policies => "the workspace is checked only if all of it can be read",
                Content::Toml => "check its name, and whether you may read it",
            })
        }
        ReadError::TooLarge(size) => {
            const MIB: u64 = 1024 * 1024;
            let (size, max) = (size.div_ceil(MIB), content.max_bytes() / MIB);
            let message = format!("this file is {size} MiB; the maximum is {max} MiB");
            Diagnostic::new(Code::TOO_LARGE, span, message).help(match content {
                Content::Policies => "split it: all files in a workspace share one namespace",
                Content::Toml => {
                    "manifests, profiles and acceptances are small: this is probably another file"
                }
            })
        }
        ReadError::Include(why) => {
            // Reported at the manifest's line, where there is one.
            let message = format!("this folder {}", why.words());
            Diagnostic::new(Code::BAD_GLOB, span, message)
        }
        ReadError::Pattern(_) => {
            let message = "this pattern matches no policy file";
            Diagnostic::new(Code::NO_FILES, span, message)
        }
        ReadError::NearlyNamed { name, is_manifest } => {
            nearly_named(sources, span, &name, is_manifest)
        }
        ReadError::LinkLoop => {
            let message = "this symbolic link points to a folder that contains it";
            Diagnostic::new(Code::LINK_LOOP, span, message)
                .help("the link is ignored: the files of that folder are read by their own paths")
        }
    }
}

/// The finding of a file that is not read on account of its name.
fn nearly_named(sources: &Sources, span: Span, name: &str, is_manifest: bool) -> Diagnostic {
    let path = &*sources.file(span.file).path;
    let written = match name.contains('/') {
        true => path,
        false => path.rsplit('/').next().unwrap_or(path),
    };
    // Where the two look the same, it takes code points to tell why.
    let unseen = suggest::unseen_difference(name, written);
    let unseen = unseen.replacen(" it", ", which", 1);
    let name = escape_control_chars(name);
    let (message, help) = match is_manifest {
        true => (
            format!("this file is not read: the manifest of a workspace is `{name}`"),
            format!("rename it to `{name}`{unseen}, or remove it"),
        ),
        false if unseen.is_empty() => (
            "this file is not read: policy files end in `.prec`, in lower case".to_owned(),
            format!("rename it to `{name}`"),
        ),
        false => (
            "this file is not read: its path looks like that of a policy file, and is another one"
                .to_owned(),
            format!("rename it to `{name}`{unseen}"),
        ),
    };
    Diagnostic::new(Code::NEARLY_NAMED, span, message).help(help)
}

/// Whether a line contains bytes that are not UTF-8, which explain whatever else is found there.
pub(super) fn is_on_broken_line(sources: &Sources, span: Span) -> bool {
    let file = sources.file(span.file);
    file.written()[file.line_range(file.line(span.start))].contains(char::REPLACEMENT_CHARACTER)
}
