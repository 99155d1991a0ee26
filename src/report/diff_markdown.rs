//! A diff as Markdown, for a comment on a pull request.

use super::diff_text::{Parts, Summary};
use super::diff_view::{Row, View};
use super::markdown::cell;
use super::names::{count, number};
use crate::diff::Direction;

/// The whole report.
pub fn markdown(view: &View, summary: &Summary, parts: Parts) -> String {
    let mut out = String::new();
    if let Some(verdict) = summary.verdict() {
        out.push_str(&format!("**{}**\n\n", cell(&verdict)));
    }
    out.push_str("| |");
    Direction::ALL.iter().for_each(|direction| out.push_str(&format!(" {} |", direction.id())));
    out.push_str("\n| --- |");
    Direction::ALL.iter().for_each(|_| out.push_str(" ---: |"));
    for (shown, name, counts) in
        [(parts.sessions, "sessions", &summary.sessions), (parts.accounts, "accounts", &summary.accounts)]
    {
        if shown {
            out.push_str(&format!("\n| {name} |"));
            Direction::ALL.iter().for_each(|direction| out.push_str(&format!(" {} |", number(counts.of(*direction)))));
        }
    }
    out.push('\n');
    for (word, paths) in [("Only OLD's product has", &summary.only_old), ("Only NEW's product has", &summary.only_new)]
    {
        if !paths.is_empty() {
            out.push_str(&format!(
                "\n{word} {}.\n",
                paths.iter().map(|path| cell(path)).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    for (there, rows) in [(parts.sessions, &view.sessions), (parts.accounts, &view.accounts)] {
        rows.iter().filter(|_| there).for_each(|found| row(&mut out, found));
    }
    out
}

fn row(out: &mut String, row: &Row) {
    let what = if row.target.is_some() { "session" } else { "account" };
    out.push_str(&format!("\n### {}: {}\n\n- {}", row.direction.id(), count(row.count, what), cell(&row.who)));
    if let Some(target) = &row.target {
        out.push_str(&format!(" × {}", cell(target)));
    }
    if let Some(accepted) = &row.accepted {
        out.push_str(&format!("\n- accepted by {}: {}", cell(&accepted.by), cell(&accepted.why)));
    } else if row.is_denied() {
        out.push_str(&format!("\n- **denied** by {}", cell(&row.denied_by())));
    }
    out.push_str("\n\n| permission | before | after |\n| --- | --- | --- |\n");
    for change in &row.changes {
        let value = |value: &Option<String>| value.as_deref().map(cell).unwrap_or_default();
        out.push_str(&format!("| {} | {} | {} |\n", cell(&change.path), value(&change.before), value(&change.after)));
    }
}
