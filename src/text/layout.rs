//! Lays out text for a width: padding, tables, and lines broken between words.

use super::is_printable_ascii;
use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// How many columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    if is_printable_ascii(text) { text.len() } else { text.width() }
}

/// The spaces that fill a text up to a width.
pub fn pad(text: &str, to: usize) -> String {
    " ".repeat(to.saturating_sub(width(text)))
}

/// A label and a text after it, broken between words and indented to the end of the label.
pub fn hanging(label: &str, text: &str, columns: usize) -> String {
    let fits = label.len() + text.len() <= columns && is_printable_ascii(label);
    if fits && is_printable_ascii(text) && !text.is_empty() && !text.ends_with(' ') {
        return format!("{label}{text}");
    }
    let indent = " ".repeat(width(label));
    let options = textwrap::Options::new(columns.max(width(label) + 20))
        .initial_indent(label)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    textwrap::fill(text, options)
}

/// One cell of a [`Table`].
pub struct Cell<'t> {
    plain: Cow<'t, str>,
    painted: Option<String>,
    width: usize,
}

impl<'t> Cell<'t> {
    /// A cell without styles.
    pub fn new(plain: impl Into<Cow<'t, str>>) -> Self {
        let plain = plain.into();
        Cell { width: width(&plain), plain, painted: None }
    }

    /// A cell with styles, which `paint` adds to its text.
    pub fn painted(plain: impl Into<Cow<'t, str>>, paint: impl FnOnce(&str) -> String) -> Self {
        let cell = Cell::new(plain);
        Cell { painted: Some(paint(&cell.plain)), ..cell }
    }

    fn shown(&self) -> &str {
        self.painted.as_deref().unwrap_or(&self.plain)
    }
}

/// Rows of cells. A cell moves to a line of its own where the row would be too wide, and is broken
/// between words where it is too wide itself.
pub struct Table<'t> {
    indent: usize,
    columns: usize,
    rows: Vec<Vec<Cell<'t>>>,
}

impl<'t> Table<'t> {
    /// An empty table with an indentation and a width.
    pub fn new(indent: usize, columns: usize) -> Self {
        Table { indent, columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell<'t>>) {
        self.rows.push(cells);
    }

    /// Writes the rows.
    pub fn render(&self, out: &mut String) {
        let widths = self.widths();
        for row in &self.rows {
            let mut used = self.indent;
            let mut text_end = self.indent;
            spaces(out, self.indent);
            for (at, cell) in row.iter().enumerate() {
                if cell.plain.is_empty() {
                    continue;
                }
                let last = at + 1 == row.len();
                if at > 0 && used + cell.width > self.columns {
                    trim(out);
                    // The last cell may come nearer to the one before it than in other rows.
                    if last && text_end + 2 + cell.width <= self.columns {
                        spaces(out, self.columns - text_end - cell.width);
                        out.push_str(cell.shown());
                        continue;
                    }
                    out.push('\n');
                    used = self.indent + 4;
                    if used + cell.width > self.columns {
                        out.push_str(&hanging(&" ".repeat(used), &cell.plain, self.columns));
                        (used, text_end) = (self.columns, self.columns);
                        continue;
                    }
                    spaces(out, used);
                }
                out.push_str(cell.shown());
                if !last {
                    let fill = widths[at].saturating_sub(cell.width) + 2;
                    text_end = used + cell.width;
                    used = text_end + fill;
                    spaces(out, fill);
                }
            }
            trim(out);
            out.push('\n');
        }
    }

    fn widths(&self) -> Vec<usize> {
        /// Where the rows would be too wide with them, longer cells do not widen their column.
        const MAX: usize = 30;
        /// Wider rows than this are hard to follow, however much room there is.
        const MAX_ROW: usize = 160;
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |at: usize, max: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| cell.width).filter(|&width| width <= max).max().unwrap_or(0)
        };
        let whole: Vec<usize> = (0..count).map(|at| widest(at, usize::MAX)).collect();
        let row = whole.iter().fold(self.indent, |row, width| row.saturating_add(width + 2));
        if row <= self.columns.saturating_add(2).min(MAX_ROW) {
            return whole;
        }
        (0..count).map(|at| widest(at, MAX)).collect()
    }
}

fn spaces(out: &mut String, number_of: usize) {
    out.extend(std::iter::repeat_n(' ', number_of));
}

/// Removes trailing spaces.
fn trim(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}
