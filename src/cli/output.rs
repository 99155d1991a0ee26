//! Standard output and standard error: colour, width, and how errors are shown.

use super::Color;
use super::error::{CliError, PlainHandler};
use miette::{GraphicalReportHandler, GraphicalTheme, ReportHandler, ThemeCharacters, ThemeStyles};
use precedent::diagnostic::{Diagnostic, render};
use precedent::report::Style;
use precedent::source::Sources;
use precedent::text::escape_in_lines;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Where a command writes, and how.
pub struct Output {
    out: io::BufWriter<io::Stdout>,
    /// Of standard output.
    pub style: Style,
    error_style: Style,
    /// For errors outside any source text.
    handler: Box<dyn ReportHandler>,
    verdict: u8,
}

/// The width of a terminal that does not tell its own.
const DEFAULT_WIDTH: usize = 80;
/// Narrower text is hard to read, however narrow the terminal is.
const MIN_WIDTH: usize = 40;
/// Errors outside any source text are short.
const MAX_DRAWN_WIDTH: usize = 160;

impl Output {
    pub fn new(color: Color) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !no_color && !dumb,
        };
        let terminal = io::stdout().is_terminal();
        let error_terminal = io::stderr().is_terminal();
        let style = |terminal| Style { color: wanted(terminal), width: width(terminal) };
        let error_style = style(error_terminal);
        Output {
            out: io::BufWriter::with_capacity(1 << 16, io::stdout()),
            style: style(terminal),
            error_style,
            handler: handler(error_terminal && !dumb, error_style),
            verdict: super::FINE,
        }
    }

    /// Says which exit status the command will have, before it prints the report: the status is the
    /// same where nobody reads that to its end, as with `head`.
    pub fn verdict(&mut self, status: u8) {
        self.verdict = status;
    }

    /// The exit status where the reader closed the output: success, unless the command had more to
    /// say.
    pub fn closed(&self) -> u8 {
        self.verdict
    }

    /// Standard output, for reports that are written as a stream.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Writes to standard output.
    pub fn print(&mut self, text: &str) -> Result<(), CliError> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Writes a patch to standard output, with escapes for what could not be seen in it.
    pub fn patch(&mut self, patch: &str) -> Result<(), CliError> {
        let shown = escape_in_lines(patch);
        self.print(&shown)?;
        self.finish()?;
        if shown != patch {
            self.note("the patch shows hidden characters as escapes, so it cannot be applied");
        }
        Ok(())
    }

    /// Writes what is still buffered.
    pub fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Prints the errors among some findings to standard error, for commands that print something
    /// else to standard output.
    pub fn findings_to_stderr(&self, findings: &[Diagnostic], sources: &Sources) {
        let errors: Vec<Diagnostic> = findings
            .iter()
            .filter(|finding| finding.severity == precedent::diagnostic::Severity::Error)
            .cloned()
            .collect();
        self.all_findings_to_stderr(&errors, sources);
    }

    /// Prints findings to standard error, warnings as well.
    pub fn all_findings_to_stderr(&self, findings: &[Diagnostic], sources: &Sources) {
        let Style { color, width } = self.error_style;
        let options = render::Options { color, width, extent: render::Extent::Brief };
        let text = render::render(findings, sources, options);
        let summary = render::summary(findings).unwrap_or_default();
        // If standard error is closed, there is nowhere to report that.
        let _ = writeln!(io::stderr(), "{text}{summary}");
    }

    /// Prints an error outside any source text.
    pub fn error(&self, error: &CliError) {
        let _ = write!(io::stderr(), "{}", Rendered { error, handler: &*self.handler });
    }

    /// Prints a note to standard error, which keeps standard output clean for programs.
    pub fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// How errors are shown: drawn for a person at a terminal, plain text for pipes and logs.
fn handler(terminal: bool, style: Style) -> Box<dyn ReportHandler> {
    if !terminal {
        return Box::new(PlainHandler { color: style.color });
    }
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    Box::new(handler.with_width(style.width.min(MAX_DRAWN_WIDTH)))
}

/// An error as a handler shows it.
struct Rendered<'a> {
    error: &'a CliError,
    handler: &'a dyn ReportHandler,
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.error, f)
    }
}

/// Shows a person at a terminal that a long operation is making progress.
pub struct Progress {
    started: Instant,
    shown: Option<Instant>,
}

impl Progress {
    const PATIENCE: Duration = Duration::from_secs(1);
    const PACE: Duration = Duration::from_millis(100);

    pub fn new() -> Self {
        Progress { started: Instant::now(), shown: None }
    }

    /// Shows the text, unless it is too early or the last one was shown just now.
    pub fn at(&mut self, text: impl FnOnce() -> String) {
        let due = match self.shown {
            Some(shown) => shown.elapsed() > Self::PACE,
            None => self.started.elapsed() > Self::PATIENCE && io::stderr().is_terminal(),
        };
        if due {
            self.shown = Some(Instant::now());
            let _ = write!(io::stderr(), "\r\x1b[K{}", text());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// How wide text may become: as wide as the terminal. In a file or a pipe no line is broken, unless
/// the variable COLUMNS says how wide the reader is.
fn width(terminal: bool) -> usize {
    let known = if terminal { terminal_width() } else { None };
    let set = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    let columns = known.or_else(set).or_else(|| terminal.then_some(DEFAULT_WIDTH));
    columns.map_or(usize::MAX, |columns| columns.max(MIN_WIDTH))
}

/// The columns of the terminal. Some terminals tell these and no lines.
#[cfg(unix)]
fn terminal_width() -> Option<usize> {
    let out = rustix::termios::tcgetwinsize(io::stdout());
    let size = out.or_else(|_| rustix::termios::tcgetwinsize(io::stderr())).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// The columns of the terminal.
#[cfg(not(unix))]
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
