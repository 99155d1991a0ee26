//! Draws findings for people: source excerpts with the places marked, by codespan-reporting.
//!
//! Each finding is drawn over an excerpt that contains only the lines with its places. Long lines
//! are truncated, and characters that would act on a terminal are replaced one for one.

use super::{Diagnostic, Label, Severity};
use crate::source::{FileId, LineColumn, SourceFile, Sources};
use crate::text::{escape_control_chars, is_invisible_or_control, layout};
use anstyle::{AnsiColor, Effects, Style};
use codespan_reporting::diagnostic as drawn;
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{self, termcolor};
use indexmap::IndexMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How findings are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much of a finding is drawn.
    pub extent: Extent,
}

/// How much of a finding is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Notes without source lines and help; of warnings, only the line that they are reported at,
    /// and a few other places by name.
    Brief,
    /// Everything.
    Full,
}

/// How many places of a finding are drawn in brief, besides the first.
const MAX_PLACES: usize = 3;

/// How many characters of such a place are shown.
const MAX_QUOTED: usize = 60;

/// How many findings of one file are drawn.
pub const MAX_DRAWN_PER_FILE: usize = 100;

/// Draws findings: the most severe ones first, and otherwise in the order given. Of a file that has
/// too many, the most severe ones are drawn and the rest are counted.
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
    let mut chosen: Vec<&Diagnostic> = Vec::new();
    for (found, more) in by_file.values_mut() {
        let (kept, others) = super::most_severe(found, MAX_DRAWN_PER_FILE);
        *more += others.len();
        chosen.extend(kept);
    }
    chosen.sort_by_key(|diagnostic| Reverse(diagnostic.severity));
    let mut is_brief = false;
    for diagnostic in chosen {
        if options.extent == Extent::Brief && diagnostic.severity == Severity::Note {
            out.push_str(&in_brief(diagnostic, sources, options));
            is_brief = true;
        } else {
            out.push_str(&draw(diagnostic, sources, options));
        }
    }
    if is_brief {
        out.push('\n');
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

/// A finding without source lines and help.
fn in_brief(diagnostic: &Diagnostic, sources: &Sources, options: Options) -> String {
    let file = sources.file(diagnostic.primary.span.file);
    let LineColumn { line, column } = file.line_column(diagnostic.primary.span.start);
    let mut place = format!("  ┌─ {}:{line}:{column}", escape_control_chars(&file.path));
    match diagnostic.labels.len() {
        0 => {}
        more => place.push_str(&format!(" and {more} more")),
    }
    place.push_str(&lint_name(diagnostic));
    let head = format!("{}[{}]", diagnostic.severity.as_str(), diagnostic.code.id());
    let message = escape_control_chars(&diagnostic.message);
    let (head, message, place) = if options.color {
        (painted(NOTE, &head), painted(BOLD, &format!(": {message}")), painted(GUTTER, &place))
    } else {
        (head, format!(": {message}"), place)
    };
    format!("{head}{message}\n{place}\n")
}

/// The name of a lint after the place, to suppress the lint or to set its level.
fn lint_name(diagnostic: &Diagnostic) -> String {
    let code = diagnostic.code;
    if code.is_lint() { format!(" ({})", code.name()) } else { String::new() }
}

/// The other places of a finding, each on a line.
fn places(diagnostic: &Diagnostic, sources: &Sources, width: usize) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for label in diagnostic.labels.iter().take(MAX_PLACES) {
        let text = sources.text(label.span).lines().next().unwrap_or_default();
        let text: String = text.chars().take(MAX_QUOTED + 1).collect();
        let place = escape_control_chars(&sources.location(label.span)).into_owned();
        let message = escape_control_chars(&label.message);
        let short = format!("{place}: {message}");
        let long = format!("{short}: `{}`", escape_control_chars(&text));
        let fits =
            (1..=MAX_QUOTED).contains(&text.chars().count()) && layout::width(&long) <= width;
        places.push(if fits { long } else { short });
    }
    match diagnostic.labels.len().saturating_sub(MAX_PLACES) {
        0 => {}
        1 => places.push("1 more place".to_owned()),
        more => places.push(format!("{more} more places")),
    }
    places
}

/// As the excerpts of other findings are drawn.
const NOTE: Style = AnsiColor::BrightGreen.on_default().effects(Effects::BOLD);
const BOLD: Style = Style::new().effects(Effects::BOLD);
const GUTTER: Style = AnsiColor::Cyan.on_default();

fn painted(style: Style, text: &str) -> String {
    format!("{}{text}{}", style.render(), style.render_reset())
}

fn draw(diagnostic: &Diagnostic, sources: &Sources, options: Options) -> String {
    let is_brief = options.extent == Extent::Brief && diagnostic.severity != Severity::Error;
    let drawn_labels = if is_brief { &[][..] } else { &diagnostic.labels };
    let excerpts = Excerpts::new(diagnostic, drawn_labels, sources);
    let severity = match diagnostic.severity {
        Severity::Error => drawn::Severity::Error,
        Severity::Warning => drawn::Severity::Warning,
        Severity::Note => drawn::Severity::Note,
    };
    let mut labels = vec![excerpts.label(drawn::LabelStyle::Primary, &diagnostic.primary, sources)];
    labels.extend(
        drawn_labels
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
    let names_lint = diagnostic.code.is_lint() && !is_brief;
    let lint = names_lint.then(|| format!("lint: {}", diagnostic.code.name()));
    let width = options.width.saturating_sub(6);
    let places = if is_brief { places(diagnostic, sources, width) } else { Vec::new() };
    let notes = places.into_iter().chain(help).chain(lint).map(|note| wrap(&note, width));
    let drawing = drawn::Diagnostic::new(severity)
        .with_code(diagnostic.code.id())
        .with_message(escape_control_chars(&diagnostic.message))
        .with_labels(labels)
        .with_notes(notes.collect());
    match emitted(&drawing, &excerpts, options) {
        Some(drawing) => {
            let mut drawing = tidy(&drawing);
            let at = drawing.match_indices('\n').nth(1).filter(|_| is_brief && !bare);
            if let Some((end_of_place, _)) = at {
                drawing.insert_str(end_of_place, &lint_name(diagnostic));
            }
            match drawing.split_once('\n').filter(|_| bare) {
                Some((message, notes)) => {
                    let notes: String =
                        notes.trim_end().lines().map(|line| format!(" {line}\n")).collect();
                    format!("{message}\n  ┌─ {}\n{notes}\n", escape_control_chars(&file.path))
                }
                None => drawing,
            }
        }
        // A finding is shown even if it cannot be drawn.
        None => {
            format!(
                "{}[{}]: {}\n\n",
                diagnostic.severity.as_str(),
                diagnostic.code.id(),
                escape_control_chars(&diagnostic.message)
            )
        }
    }
}

/// What codespan draws, unless it cannot.
fn emitted(
    drawing: &drawn::Diagnostic<FileId>,
    excerpts: &Excerpts,
    options: Options,
) -> Option<String> {
    let config = term::Config { tab_width: 2, ..term::Config::default() };
    let mut buffer =
        if options.color { termcolor::Buffer::ansi() } else { termcolor::Buffer::no_color() };
    let styles = term::Styles::default();
    let done = if options.color {
        term::emit_to_write_style(
            &mut term::StylesWriter::new(&mut buffer, &styles),
            &config,
            excerpts,
            drawing,
        )
    } else {
        term::emit_to_io_write(&mut buffer, &config, excerpts, drawing)
    };
    done.ok()?;
    Some(String::from_utf8_lossy(buffer.as_slice()).into_owned())
}

/// A drawing without trailing spaces, and without the empty lines around excerpts.
fn tidy(drawing: &str) -> String {
    let lines = drawing.split('\n').map(str::trim_end);
    let empty = |line: &&str| {
        // Escapes of colour end with `m`; nothing else here begins with the escape character.
        let mut parts = line.split('\u{1b}');
        let first = parts.next().unwrap_or_default();
        let rest = parts.filter_map(|part| part.split_once('m'));
        let text: String = std::iter::once(first).chain(rest.map(|(_, text)| text)).collect();
        text.trim() == "│"
    };
    lines.filter(|line| !empty(line)).collect::<Vec<_>>().join("\n")
}

/// Keeps the line breaks of a help, and escapes other control characters.
fn show_lines(text: &str) -> String {
    text.split('\n').map(|line| escape_control_chars(line)).collect::<Vec<_>>().join("\n")
}

/// Breaks lines between words. Lines that are indented are there to be copied, and stay whole.
pub fn wrap(text: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.max(20))
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    text.split('\n')
        .map(|line| match line.starts_with("  ") {
            true => line.to_owned(),
            false => textwrap::fill(line, options.clone()),
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
    fn new(diagnostic: &Diagnostic, labels: &[Label], sources: &Sources) -> Self {
        let mut wanted: BTreeMap<FileId, BTreeSet<u32>> = BTreeMap::new();
        let mut windows: BTreeMap<(FileId, u32), u32> = BTreeMap::new();
        for label in std::iter::once(&diagnostic.primary).chain(labels) {
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
