//! Colour and weight of text on a terminal. No report relies on colour alone.

use anstyle::{AnsiColor, Effects, Style as Ansi};

/// How text is shown. A library has no terminal: the caller chooses.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to write ANSI escapes.
    pub color: bool,
    /// Columns to fit lines into.
    pub width: usize,
}

impl Style {
    fn paint(self, style: Ansi, text: &str) -> String {
        if self.color {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_owned()
        }
    }

    /// Headings and names.
    pub fn bold(self, text: &str) -> String {
        self.paint(Ansi::new().effects(Effects::BOLD), text)
    }

    /// Text of less weight, such as an answer that a higher layer shadows.
    pub fn dim(self, text: &str) -> String {
        self.paint(Ansi::new().effects(Effects::DIMMED), text)
    }

    /// A value that allows something.
    pub fn grant(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// A value that denies something.
    pub fn deny(self, text: &str) -> String {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    /// Something that a reviewer must see.
    pub fn alarm(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
    }
}
