//! Blocks for a file of acceptances, to be filled in by whoever reviews the edits.

use crate::report::diff::view::View;
use crate::review::{Parts, Reviewed};
use crate::text::quote;

/// A block for each edit that fails a gate, with what it does as a comment, and without who accepts
/// it and why. The number of blocks, and the text.
pub fn acceptance_template(reviewed: &Reviewed) -> (usize, String) {
    let view = View::new(reviewed);
    let entries = view.shown_entries(Parts::default()).into_iter().zip(1..);
    let failing = entries.filter(|(entry, _)| entry.review.fails_gate());
    let mut out = String::new();
    let mut blocks = 0;
    for (entry, number) in failing {
        blocks += 1;
        let separator = if blocks == 1 { "" } else { "\n" };
        out.push_str(&format!("{separator}# {number}. {}\n", entry.heading));
        entry.effect.iter().for_each(|line| out.push_str(&format!("#    {line}\n")));
        out.push_str(&format!("#    fails {}\n", entry.denied_by()));
        let fingerprint = quote(&entry.review.fingerprint);
        out.push_str(&format!("[[accept]]\nedit = {fingerprint}\nby = \"\"\nwhy = \"\"\n"));
    }
    (blocks, out)
}
