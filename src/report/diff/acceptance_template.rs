//! Entries for a file of acceptances, to be filled in by whoever reviews the rows.

use crate::report::diff::view::View;
use crate::text::count;
use crate::text::layout::width;
use crate::text::quote;

/// The most rows that get an entry.
const MAX_ENTRIES: usize = 20;

/// An entry for each row that fails a gate, without who accepts it and why; empty if there is none.
pub(super) fn acceptance_template(view: &View, columns: usize) -> String {
    let rows = view.sessions.iter().chain(&view.accounts);
    let rows = rows.filter(|row| row.review.fails_gate()).map(|row| {
        let target = row.target.as_ref().map(|target| format!(", {target}")).unwrap_or_default();
        let comment = format!("# {} in {}: {}{target}", row.direction.id(), row.counted(), row.who);
        (comment, &row.review)
    });
    let edits = view.edits.iter().filter_map(|edit| {
        let review = edit.review.as_ref().filter(|review| review.fails_gate())?;
        Some((format!("# changed: {}", edit.what), review))
    });
    let mut failing = rows.chain(edits);
    let mut out = String::new();
    for (comment, review) in failing.by_ref().take(MAX_ENTRIES) {
        out.push_str(&format!("\n{}\n[[accept]]\n", truncate(&comment, columns)));
        let fingerprint = quote(&review.fingerprint);
        out.push_str(&format!("row = {fingerprint}\nby = \"\"\nwhy = \"\"\n"));
    }
    let more = failing.count() as u64;
    if more > 0 {
        out.push_str(&format!("\n# and {} more\n", count(more, "row")));
    }
    out
}

/// A text that fits on one line.
fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if width(&out) + width(character.encode_utf8(&mut [0; 4])) >= columns {
            break;
        }
        out.push(character);
    }
    out + "…"
}
