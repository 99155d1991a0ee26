//! Source files, spans in them, and the line and column of a byte offset.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// How large a file may be, in bytes. Offsets are `u32`, and a policy file of this size is a
/// mistake.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// How large a manifest, a profile file or a file of acceptances may be, in bytes. The largest that
/// anyone wrote has a few thousand lines.
pub const MAX_TOML_BYTES: u64 = 1024 * 1024;

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(FileId, u32, u32)", into = "(FileId, u32, u32)")]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl From<(FileId, u32, u32)> for Span {
    fn from((file, start, end): (FileId, u32, u32)) -> Self {
        Span { file, start, end }
    }
}

impl From<Span> for (FileId, u32, u32) {
    fn from(span: Span) -> Self {
        (span.file, span.start, span.end)
    }
}

impl Span {
    /// The empty span at the start of a file, for findings about the file as a whole.
    pub fn file_start(file: FileId) -> Self {
        Span { file, start: 0, end: 0 }
    }

    /// The span from the start of `self` to the end of `other`, which lies in the same file.
    pub fn to(self, other: Span) -> Self {
        Span { end: other.end, ..self }
    }
}

/// A line and a column, both from 1; columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// One file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as reports show it: relative, with `/`.
    pub path: String,
    /// The text without a byte order mark, as the compiler reads it. It differs from what is
    /// written only where an error was reported whose fix leaves no doubt about what is meant.
    pub text: String,
    line_starts: Vec<u32>,
    written: Option<Box<Written>>,
}

/// The text of a file that is read in another way than it is written. Both have the same length,
/// and the same line ends.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    /// The lines that differ, by their bytes, in their order.
    lines: Vec<std::ops::Range<u32>>,
}

impl SourceFile {
    /// A file with a path and a text. A byte order mark is dropped, since it is not part of the
    /// text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let mut line_starts = vec![0];
        line_starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        SourceFile { path: path.into(), text, line_starts, written: None }
    }

    /// The same file, read as another text of the same length. `lines` are the bytes of the lines
    /// that differ, in their order.
    pub(crate) fn read_as(self, text: String, lines: Vec<std::ops::Range<u32>>) -> Self {
        debug_assert_eq!(self.text.len(), text.len());
        let written = self
            .written
            .unwrap_or_else(|| Box::new(Written { text: self.text, lines: Vec::new() }));
        SourceFile { text, written: Some(Box::new(Written { lines, ..*written })), ..self }
    }

    /// The text as it is written, without a byte order mark.
    pub fn written(&self) -> &str {
        self.written.as_ref().map_or(&self.text, |written| &written.text)
    }

    /// Whether the compiler reads some line of a range in another way than it is written.
    pub(crate) fn is_corrected(&self, start: u32, end: u32) -> bool {
        self.written.as_ref().is_some_and(|written| {
            let next = written.lines.partition_point(|line| line.end < start);
            written.lines.get(next).is_some_and(|line| line.start <= end)
        })
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset) as u32
    }

    /// The line and column of a byte offset. An offset inside a character counts as that
    /// character's.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.line_starts[line as usize - 1] as usize;
        let text = self.written().as_bytes();
        let end = (offset as usize).min(text.len());
        let column = text[start..end].iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        LineColumn { line, column: column as u32 + 1 }
    }

    /// The bytes of a line (from 1), without its line end.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let start = self.line_starts[line as usize - 1] as usize;
        let end =
            self.line_starts.get(line as usize).map_or(self.text.len(), |&next| next as usize - 1);
        let is_crlf = end > start && self.written().as_bytes()[end - 1] == b'\r';
        let end = if is_crlf { end - 1 } else { end };
        start..end
    }

    /// Whether lines end with CR LF. The first line decides; others are assumed to be alike.
    pub fn has_crlf(&self) -> bool {
        let text = self.written();
        memchr::memchr(b'\n', text.as_bytes()).is_some_and(|at| text[..at].ends_with('\r'))
    }

    /// A text with the line ends of this file in place of its own.
    pub fn with_line_ends<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.has_crlf() && text.contains('\n') {
            Cow::Owned(text.replace("\r\n", "\n").replace('\n', "\r\n"))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// The number of lines; at least 1.
    pub fn line_count(&self) -> u32 {
        self.line_starts.len() as u32
    }
}

/// All files of one compilation, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Shared, so that compiled policies can keep the texts without copying them.
    files: Vec<Arc<SourceFile>>,
}

impl Sources {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(Arc::new(file));
        FileId(self.files.len() as u32 - 1)
    }

    /// A file.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Takes a file out, which leaves an empty one until it is put back.
    pub(crate) fn take(&mut self, id: FileId) -> SourceFile {
        let empty = Arc::new(SourceFile::new("", ""));
        Arc::unwrap_or_clone(std::mem::replace(&mut self.files[id.0 as usize], empty))
    }

    /// Puts a file back that was taken out.
    pub(crate) fn put(&mut self, id: FileId, file: SourceFile) {
        self.files[id.0 as usize] = Arc::new(file);
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }

    /// The text of a span as it is written.
    pub fn written(&self, span: Span) -> &str {
        &self.file(span.file).written()[span.start as usize..span.end as usize]
    }

    /// All files, in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), &**file))
    }

    /// The same files with a folder before their paths. It is empty or ends in `/`. The folder of a
    /// workspace, which is a source where it has no file, is that folder itself then.
    pub fn with_prefix(mut self, folder: &str) -> Self {
        for file in &mut self.files {
            let path = &mut Arc::make_mut(file).path;
            match path == "." && !folder.is_empty() {
                true => *path = folder.trim_end_matches('/').to_owned(),
                false => path.insert_str(0, folder),
            }
        }
        self
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// `FILE:LINE` of the start of a span, which is how reports name a place.
    pub fn location(&self, span: Span) -> String {
        let file = self.file(span.file);
        format!("{}:{}", file.path, file.line(span.start))
    }

    /// Whether a span is inside one of the files, on character boundaries, which is not certain for
    /// compiled files.
    pub fn contains(&self, span: Span) -> bool {
        self.files.get(span.file.0 as usize).is_some_and(|file| {
            let (start, end) = (span.start as usize, span.end as usize);
            let text = file.written();
            start <= end && text.is_char_boundary(start) && text.is_char_boundary(end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_or_crlf_and_columns_count_characters() {
        let file = SourceFile::new("a.prec", "\u{feff}é = 1\r\nb\rc\n");
        assert_eq!(file.line_column(0), LineColumn { line: 1, column: 1 });
        assert_eq!(file.line_column(3), LineColumn { line: 1, column: 3 });
        assert_eq!(&file.text[file.line_range(1)], "é = 1");
        assert_eq!(&file.text[file.line_range(2)], "b\rc");
        assert_eq!(file.line_count(), 3);
        assert_eq!(file.line_column(file.text.len() as u32), LineColumn { line: 3, column: 1 });
    }
}
