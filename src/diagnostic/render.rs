//! Draws findings for people: source excerpts with the places marked, by codespan-reporting.
//!
//! Each finding is drawn over an excerpt that contains only the lines with its places. Long lines
//! are truncated, and characters that would act on a terminal are replaced one for one.

use super::{Diagnostic, Label, Severity};
use crate::source::{FileId, LineColumn, SourceFile, Sources};
use crate::text::{escape_control_chars, is_invisible_or_control};
use codespan_reporting::diagnostic as drawn;
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{self, termcolor};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How findings are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// How many findings of one file are drawn.
pub const MAX_DRAWN_PER_FILE: usize = 100;

/// Draws findings. Of a file that has too many, the most severe ones are drawn and the rest are
/// counted.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, options: Options) -> String {
    let mut out = String::new();
    let mut by_file: IndexMap<FileId, (Vec<&Diagnostic>, usize)> = IndexMap::new();
    for diagnostic in diagnostics {
        let (found, omitted) = by_file.entry(diagnostic.primary.span.file).or_default();
        match diagnostic.count {
            1 => found.push(diagnostic),
            more => *omitted += more,
        }
    }
    for (found, more) in by_file.values_mut() {
        let (drawn, others) = super::most_severe(found, MAX_DRAWN_PER_FILE);
        *more += others.len();
        drawn.iter().for_each(|diagnostic| out.push_str(&draw(diagnostic, sources, options)));
    }
    for (file, (_, more)) in by_file.into_iter().filter(|(_, (_, more))| *more > 0) {
        out.push_str(&format!(
            "… and {more} more findings in {}\n\n",
            escape_control_chars(&sources.file(file).path)
        ));
    }
    out
}

/// `3 errors and 1 warning`; `None` if there are no findings.
pub fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let count = |severity| -> usize {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .map(|diagnostic| diagnostic.count)
            .sum()
    };
    let parts: Vec<String> =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
            .into_iter()
            .map(|(severity, word)| (count(severity), word))
            .filter(|(count, _)| *count > 0)
            .map(
                |(count, word)| {
                    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
                },
            )
            .collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

fn draw(diagnostic: &Diagnostic, sources: &Sources, options: Options) -> String {
    let excerpts = Excerpts::new(diagnostic, sources);
    let severity = match diagnostic.severity {
        Severity::Error => drawn::Severity::Error,
        Severity::Warning => drawn::Severity::Warning,
        Severity::Note => drawn::Severity::Note,
    };
    let mut labels = vec![excerpts.label(drawn::LabelStyle::Primary, &diagnostic.primary, sources)];
    labels.extend(
        diagnostic
            .labels
            .iter()
            .map(|label| excerpts.label(drawn::LabelStyle::Secondary, label, sources)),
    );
    let file = sources.file(diagnostic.primary.span.file);
    // There is no excerpt of a file that could not be read.
    let bare = file.text.is_empty() && diagnostic.labels.is_empty();
    if bare {
        labels.clear();
    }
    let help = diagnostic.help.iter().map(|help| format!("help: {}", show_lines(help)));
    // The name is needed to suppress the lint or to set its level.
    let lint = diagnostic.code.is_lint().then(|| format!("lint: {}", diagnostic.code.name()));
    let notes = help.chain(lint).map(|note| wrap(&note, options.width.saturating_sub(6)));
    let drawing = drawn::Diagnostic::new(severity)
        .with_code(diagnostic.code.id())
        .with_message(escape_control_chars(&diagnostic.message))
        .with_labels(labels)
        .with_notes(notes.collect());
    let config = term::Config { tab_width: 2, ..term::Config::default() };
    let mut buffer =
        if options.color { termcolor::Buffer::ansi() } else { termcolor::Buffer::no_color() };
    let styles = term::Styles::default();
    let done = if options.color {
        term::emit_to_write_style(
            &mut term::StylesWriter::new(&mut buffer, &styles),
            &config,
            &excerpts,
            &drawing,
        )
    } else {
        term::emit_to_io_write(&mut buffer, &config, &excerpts, &drawing)
    };
    match done {
        Ok(()) => {
            let drawing = tidy(&String::from_utf8_lossy(buffer.as_slice()));
            match drawing.split_once('\n').filter(|_| bare) {
                Some((message, notes)) => {
                    let notes: String =
                        notes.trim_end().lines().map(|line| format!(" {line}\n")).collect();
                    format!("{message}\n  ┌─ {}\n  │\n{notes}\n", escape_control_chars(&file.path))
                }
                None => drawing,
            }
        }
        // A finding is shown even if it cannot be drawn.
        Err(_) => {
            format!(
                "{}[{}]: {}\n\n",
                diagnostic.severity.as_str(),
                diagnostic.code.id(),
                escape_control_chars(&diagnostic.message)
            )
        }
    }
}

/// A drawing without trailing spaces.
fn tidy(drawing: &str) -> String {
    drawing.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Keeps the line breaks of a help, and escapes other control characters.
fn show_lines(text: &str) -> String {
    text.split('\n').map(|line| escape_control_chars(line)).collect::<Vec<_>>().join("\n")
}

/// Breaks lines between words, and keeps their indentation.
pub fn wrap(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.max(20))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    text.split('\n')
        .map(|line| {
            let indent = line.len() - line.trim_start().len();
            let blanks = &line[..indent];
            textwrap::fill(line, options.clone().subsequent_indent(blanks))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// How many characters of a line are shown, and how many of them before the place.
const MAX_CHARACTERS: usize = 160;
const BEFORE: usize = 60;

/// One line of an excerpt.
struct Line {
    number: u32,
    /// Where it starts in the text of the excerpt.
    start: usize,
    /// Characters of the original line before the ones shown.
    skipped: usize,
    /// How many characters replace the skipped ones.
    lead: usize,
}

/// The lines of one file that contain the places of a finding.
struct Excerpt {
    path: String,
    text: String,
    lines: Vec<Line>,
}

struct Excerpts {
    files: BTreeMap<FileId, Excerpt>,
}

impl Excerpts {
    fn new(diagnostic: &Diagnostic, sources: &Sources) -> Self {
        let mut wanted: BTreeMap<FileId, BTreeSet<u32>> = BTreeMap::new();
        let mut windows: BTreeMap<(FileId, u32), u32> = BTreeMap::new();
        for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.labels) {
            let LineColumn { line, column } =
                sources.file(label.span.file).line_column(label.span.start);
            wanted.entry(label.span.file).or_default().insert(line);
            windows.entry((label.span.file, line)).or_insert(column);
        }
        let files = wanted
            .into_iter()
            .map(|(id, lines)| {
                let file = sources.file(id);
                let mut excerpt = Excerpt {
                    path: escape_control_chars(&file.path).into_owned(),
                    text: String::new(),
                    lines: Vec::new(),
                };
                for line in lines {
                    if excerpt.lines.last().is_some_and(|last| last.number + 1 < line) {
                        excerpt.gap();
                    }
                    excerpt.push(file, line, windows[&(id, line)]);
                }
                (id, excerpt)
            })
            .collect();
        Excerpts { files }
    }

    fn excerpt(&self, id: FileId) -> Result<&Excerpt, Error> {
        self.files.get(&id).ok_or(Error::FileMissing)
    }

    fn label(
        &self,
        style: drawn::LabelStyle,
        label: &Label,
        sources: &Sources,
    ) -> drawn::Label<FileId> {
        let range = self
            .files
            .get(&label.span.file)
            .map_or(0..0, |excerpt| excerpt.range(label, sources.file(label.span.file)));
        drawn::Label::new(style, label.span.file, range)
            .with_message(escape_control_chars(&label.message))
    }
}

impl Excerpt {
    /// Adds enough empty lines that codespan draws a break.
    fn gap(&mut self) {
        for _ in 0..3 {
            self.lines.push(Line { number: 0, start: self.text.len(), skipped: 0, lead: 0 });
            self.text.push('\n');
        }
    }

    fn push(&mut self, file: &SourceFile, number: u32, column: u32) {
        let line = &file.written()[file.line_range(number)];
        let start = self.text.len();
        let place = column as usize - 1;
        // A line may be megabytes long, so a long one is truncated around the place.
        let long = line.chars().nth(MAX_CHARACTERS).is_some();
        let skipped = if long { place.saturating_sub(BEFORE) } else { 0 };
        if skipped > 0 {
            self.text.push('…');
        }
        let shown = line.chars().skip(skipped).take(if long { MAX_CHARACTERS } else { usize::MAX });
        self.text.extend(shown.map(|character| match character {
            '\t' => '\t',
            control @ '\0'..='\x1f' => {
                char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}')
            }
            hostile if is_invisible_or_control(hostile) => '\u{fffd}',
            plain => plain,
        }));
        if long && line.chars().nth(skipped + MAX_CHARACTERS).is_some() {
            self.text.push('…');
        }
        self.text.push('\n');
        self.lines.push(Line { number, start, skipped, lead: usize::from(skipped > 0) });
    }

    /// The place of a label in the excerpt: the visible part of its first line.
    fn range(&self, label: &Label, file: &SourceFile) -> Range<usize> {
        let from = file.line_column(label.span.start);
        let Some(line) = self.lines.iter().find(|line| line.number == from.line) else {
            return 0..0;
        };
        let end = file
            .line_range(from.line)
            .end
            .min(label.span.end as usize)
            .max(label.span.start as usize);
        let length = file.written()[label.span.start as usize..end].chars().count();
        let at = |column: usize| {
            let text = &self.text[line.start..];
            let text = &text[..text.find('\n').unwrap_or(text.len())];
            let wanted = (column + line.lead).saturating_sub(line.skipped);
            line.start + text.char_indices().nth(wanted).map_or(text.len(), |(at, _)| at)
        };
        let column = from.column as usize - 1;
        at(column)..at(column + length)
    }
}

impl<'a> Files<'a> for Excerpts {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.excerpt(id)?.path)
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.excerpt(id)?.text)
    }

    fn line_index(&'a self, id: FileId, byte_index: usize) -> Result<usize, Error> {
        Ok(self
            .excerpt(id)?
            .lines
            .partition_point(|line| line.start <= byte_index)
            .saturating_sub(1))
    }

    fn line_number(&'a self, id: FileId, line_index: usize) -> Result<usize, Error> {
        let lines = &self.excerpt(id)?.lines;
        lines
            .get(line_index)
            .map(|line| line.number as usize)
            .ok_or(Error::LineTooLarge { given: line_index, max: lines.len() })
    }

    fn column_number(
        &'a self,
        id: FileId,
        line_index: usize,
        byte_index: usize,
    ) -> Result<usize, Error> {
        let excerpt = self.excerpt(id)?;
        let line = excerpt
            .lines
            .get(line_index)
            .ok_or(Error::LineTooLarge { given: line_index, max: excerpt.lines.len() })?;
        let characters = excerpt.text[line.start..byte_index.max(line.start)].chars().count();
        Ok(characters.saturating_sub(line.lead) + line.skipped + 1)
    }

    fn line_range(&'a self, id: FileId, line_index: usize) -> Result<Range<usize>, Error> {
        let excerpt = self.excerpt(id)?;
        let start = excerpt
            .lines
            .get(line_index)
            .ok_or(Error::LineTooLarge { given: line_index, max: excerpt.lines.len() })?
            .start;
        let end = excerpt.lines.get(line_index + 1).map_or(excerpt.text.len(), |next| next.start);
        Ok(start..end)
    }
}
