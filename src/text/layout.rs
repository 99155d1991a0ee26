//! Lays out text for a width: padding, tables, and lines broken between words.

use unicode_width::UnicodeWidthStr;

/// How many columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The spaces that fill a text up to a width.
pub fn pad(text: &str, to: usize) -> String {
    " ".repeat(to.saturating_sub(width(text)))
}

/// A label and a text after it, broken between words and indented to the end of the label.
pub fn hanging(label: &str, text: &str, columns: usize) -> String {
    let indent = " ".repeat(width(label));
    let options = textwrap::Options::new(columns.max(width(label) + 20))
        .initial_indent(label)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    textwrap::fill(text, options)
}

/// Rows of cells. A cell moves to a line of its own where the row would be too wide, and is broken
/// between words where it is too wide itself.
pub struct Table {
    indent: usize,
    columns: usize,
    rows: Vec<Vec<(String, String)>>,
}

impl Table {
    /// An empty table with an indentation and a width.
    pub fn new(indent: usize, columns: usize) -> Self {
        Table { indent, columns, rows: Vec::new() }
    }

    /// Adds a row of cells, each as plain text and with styles.
    pub fn row(&mut self, cells: Vec<(String, String)>) {
        self.rows.push(cells);
    }

    /// Writes the rows.
    pub fn render(&self, out: &mut String) {
        /// Longer cells do not widen the column for all rows.
        const MAX: usize = 30;
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count)
            .map(|at| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(at))
                    .map(|(plain, _)| width(plain))
                    .filter(|&w| w <= MAX)
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in &self.rows {
            let mut used = self.indent;
            let mut text_end = self.indent;
            out.push_str(&" ".repeat(self.indent));
            for (at, (plain, painted)) in row.iter().enumerate() {
                if plain.is_empty() {
                    continue;
                }
                let last = at + 1 == row.len();
                if at > 0 && used + width(plain) > self.columns {
                    trim(out);
                    // The last cell may come nearer to the one before it than in other rows.
                    if last && text_end + 2 + width(plain) <= self.columns {
                        out.push_str(&" ".repeat(self.columns - text_end - width(plain)));
                        out.push_str(painted);
                        continue;
                    }
                    out.push('\n');
                    let deeper = " ".repeat(self.indent + 4);
                    used = self.indent + 4;
                    if used + width(plain) > self.columns {
                        out.push_str(&hanging(&deeper, plain, self.columns));
                        (used, text_end) = (self.columns, self.columns);
                        continue;
                    }
                    out.push_str(&deeper);
                }
                out.push_str(painted);
                if !last {
                    let fill = pad(plain, widths[at]);
                    text_end = used + width(plain);
                    used = text_end + fill.len() + 2;
                    out.push_str(&fill);
                    out.push_str("  ");
                }
            }
            trim(out);
            out.push('\n');
        }
    }
}

/// Removes trailing spaces.
fn trim(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}
