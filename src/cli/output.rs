//! Standard output and standard error: colour, width, and one look for errors.

use super::Color;
use super::error::CliError;
use miette::Diagnostic as _;
use precedent::diagnostic::{Diagnostic, render};
use precedent::report::Style;
use precedent::source::Sources;
use precedent::text::escape_control_chars;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

pub struct Output {
    out: io::BufWriter<io::Stdout>,
    pub style: Style,
    error_color: bool,
}

/// The width of text that goes into a file or a pipe.
const PLAIN_WIDTH: usize = 80;

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
        let width = if terminal { terminal_width() } else { PLAIN_WIDTH };
        Output {
            out: io::BufWriter::with_capacity(1 << 16, io::stdout()),
            style: Style { color: wanted(terminal), width },
            error_color: wanted(io::stderr().is_terminal()),
        }
    }

    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    pub fn print(&mut self, text: &str) -> Result<(), CliError> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    pub fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Findings to standard error, for commands whose output is something else.
    pub fn findings_to_stderr(&self, findings: &[Diagnostic], sources: &Sources) {
        let errors: Vec<Diagnostic> = findings
            .iter()
            .filter(|found| found.severity == precedent::diagnostic::Severity::Error)
            .cloned()
            .collect();
        let options = render::Options { color: self.error_color, width: self.style.width };
        let text = render::render(&errors, sources, options);
        let summary = render::summary(&errors).unwrap_or_default();
        // Nothing can be said about a standard error that is closed.
        let _ = writeln!(io::stderr(), "{text}{summary}");
    }

    /// An error of the process, in the look of a finding.
    pub fn error(&self, error: &CliError) {
        let (red, bold, off) =
            if self.error_color { ("\x1b[31;1m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
        let mut text =
            format!("{red}error{off}{bold}: {}{off}\n", escape_control_chars(&error.to_string()));
        if let Some(help) = error.help() {
            text.push_str(&format!("  = help: {}\n", escape_control_chars(&help.to_string())));
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// A remark to standard error, where standard output is for a program.
    pub fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Tells a person at a terminal that something is going on, once it takes long.
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

fn terminal_width() -> usize {
    terminal_size::terminal_size()
        .map_or(PLAIN_WIDTH, |(width, _)| usize::from(width.0))
        .clamp(40, 160)
}
