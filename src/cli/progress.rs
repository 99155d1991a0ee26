//! Progress of a long operation: one line on standard error, only on a terminal, that disappears
//! at the end.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// An operation that is shorter than this shows nothing.
const QUIET: Duration = Duration::from_secs(1);
/// The time between two updates of the line.
const PAUSE: Duration = Duration::from_millis(100);

/// The progress of one operation.
pub struct Progress {
    what: &'static str,
    whole: usize,
    terminal: bool,
    started: Instant,
    clock: Clock,
}

/// When to show the line, by the time since the start.
#[derive(Default)]
struct Clock {
    shown: Option<Duration>,
}

impl Clock {
    fn is_due(&mut self, now: Duration) -> bool {
        let due = now >= self.shown.map_or(QUIET, |shown| shown + PAUSE);
        if due {
            self.shown = Some(now);
        }
        due
    }
}

impl Progress {
    /// `what` is plural: `changes tried`.
    pub fn new(what: &'static str, whole: usize) -> Self {
        let terminal = io::stderr().is_terminal();
        Progress { what, whole, terminal, started: Instant::now(), clock: Clock::default() }
    }

    /// Shows how much is done.
    pub fn at(&mut self, done: usize) {
        if self.terminal && self.clock.is_due(self.started.elapsed()) {
            show(&line(self.what, done, self.whole));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.clock.shown.is_some() {
            show(&" ".repeat(line(self.what, self.whole, self.whole).len()));
            show("");
        }
    }
}

/// The line has the same length for every number, so that a later one covers an earlier one.
fn line(what: &str, done: usize, whole: usize) -> String {
    let whole = whole.to_string();
    format!("{done:>width$} of {whole} {what}", width = whole.len())
}

fn show(text: &str) {
    let mut out = io::stderr();
    // If standard error is closed, there is nowhere to report that.
    let _ = write!(out, "\r{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_operations_show_nothing_and_long_ones_not_too_much() {
        let mut clock = Clock::default();
        let due = [0, 999, 1000, 1050, 1099, 1100, 1199, 5000, 5001];
        let due = due.map(|millis| clock.is_due(Duration::from_millis(millis)));
        assert_eq!(due, [false, false, true, false, false, true, false, true, false]);
    }

    #[test]
    fn a_line_covers_the_one_before() {
        assert_eq!(line("changes tried", 7, 1200), "   7 of 1200 changes tried");
        assert_eq!(line("changes tried", 1200, 1200), "1200 of 1200 changes tried");
    }
}
