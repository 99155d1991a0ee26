//! Rows and edits of a diff as HTML.

use super::text::{escaped, prose};
use crate::diff::{Direction, Side};
use crate::report::diff::ALTERNATIVE;
use crate::report::diff::source_diff::FileDiff;
use crate::report::diff::view::{ChangeText, DeciderChange, EditText, RowText, View};
use crate::report::words::markup::truncate;
use crate::review::Accepted;
use crate::text::count;

/// The most changes and edits of a row, and the most characters of a value.
const MAX_CHANGES: usize = 200;
const MAX_EDITS: usize = 50;
const MAX_VALUE: usize = 500;

/// What a direction is known by besides its colour.
pub(super) fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Widened => "▲",
        Direction::Narrowed => "▼",
        Direction::Changed => "◆",
        Direction::Added => "+",
        Direction::Removed => "−",
        Direction::Follows => "↳",
    }
}

/// A row as a card. `attributes` are what it is filtered by, `members` who and where exactly.
pub(super) fn card(
    view: &View,
    row: &RowText,
    number: usize,
    attributes: &str,
    members: &str,
) -> String {
    let (direction, fingerprint) = (row.direction.id(), &row.review.fingerprint);
    let mut out = format!(
        "<article class=\"row {direction}\" id=\"r-{fingerprint}\" \
         data-direction=\"{direction}\"{attributes}>\n<header>\n\
         <span class=\"badge\"><span aria-hidden=\"true\">{}</span> \
         {direction}</span>\n<h3>{number}. {}</h3>\n\
         <a class=\"fingerprint\" href=\"#r-{fingerprint}\" title=\"link to this row, by its \
         fingerprint\">{fingerprint}</a>\n\
         </header>\n<dl class=\"scope\">\n<dt>who</dt><dd>{}</dd>\n",
        sign(row.direction),
        row.counted(),
        prose(&row.who),
    );
    if let Some(target) = &row.target {
        out.push_str(&format!("<dt>where</dt><dd>{}</dd>\n", prose(target)));
    }
    let denied_by = row.review.fails_gate().then(|| row.denied_by());
    out.push_str(&review(row.review.accepted.as_ref(), denied_by));
    out.push_str("</dl>\n");
    changes(&mut out, row);
    for id in row.alternative.iter().take(MAX_EDITS) {
        let what = prose(&view.edit(*id).what);
        out.push_str(&format!("<p class=\"also\"><span>{ALTERNATIVE}</span> {what}</p>\n"));
    }
    if row.alternative.len() > MAX_EDITS {
        let more = count((row.alternative.len() - MAX_EDITS) as u64, "more edit");
        out.push_str(&format!("<p class=\"cut\">{ALTERNATIVE} {more}</p>\n"));
    }
    if let Some(example) = &row.example {
        let label = if row.direction == Direction::Removed { "in OLD" } else { "example" };
        let example = escaped(example);
        out.push_str(&format!(
            "<p class=\"example\"><span>{label}</span> <code>{example}</code></p>\n"
        ));
    }
    out.push_str(members);
    out.push_str("</article>\n");
    out
}

fn changes(out: &mut String, row: &RowText) {
    let one = if row.target.is_some() { "permission" } else { "setting" };
    let sides: &[&str] = match row.direction {
        Direction::Added => &["granted"],
        Direction::Removed => &["was granted"],
        _ => &["before", "after"],
    };
    if row.changes.is_empty() {
        let granted =
            if row.direction == Direction::Removed { "granted nothing" } else { "grants nothing" };
        out.push_str(&format!("<p class=\"nothing\">{granted}</p>\n"));
    } else {
        out.push_str(&format!(
            "<table class=\"changes\">\n<thead><tr><th scope=\"col\">{one}</th>"
        ));
        sides.iter().for_each(|side| out.push_str(&format!("<th scope=\"col\">{side}</th>")));
        out.push_str("</tr></thead>\n<tbody>\n");
    }
    for change in row.changes.iter().take(MAX_CHANGES) {
        let path = if row.target.is_some() { escaped(&change.path) } else { prose(&change.path) };
        out.push_str(&format!("<tr><th scope=\"row\">{path}</th>"));
        match row.direction {
            Direction::Added => value(out, sides[0], change, Side::New),
            Direction::Removed => value(out, sides[0], change, Side::Old),
            _ => {
                value(out, sides[0], change, Side::Old);
                value(out, sides[1], change, Side::New);
            }
        }
        out.push_str("</tr>\n");
    }
    if !row.changes.is_empty() {
        out.push_str("</tbody>\n</table>\n");
    }
    if row.changes.len() > MAX_CHANGES {
        let more = count((row.changes.len() - MAX_CHANGES) as u64, &format!("more {one}"));
        out.push_str(&format!("<p class=\"cut\">and {more}</p>\n"));
    }
    if let Some(rest) = row.nothing_more() {
        out.push_str(&format!("<p class=\"nothing\">{rest}</p>\n"));
    }
}

/// A value and who decides it.
fn value(out: &mut String, label: &str, change: &ChangeText, side: Side) {
    let value = change.value(side).map(|value| truncate(value, MAX_VALUE));
    let value = value.map_or_else(
        || "<span class=\"nothing\">none</span>".into(),
        |value| format!("<code>{}</code>", escaped(&value)),
    );
    out.push_str(&format!("<td data-label=\"{label}\">{value}"));
    if let Some(decided) = change.decided(side) {
        let place = if decided.location.is_empty() {
            String::new()
        } else {
            format!(" · <span>{}</span>", escaped(&decided.location))
        };
        let example = if change.alike { "" } else { ", in the example" };
        out.push_str(&format!("<small>{}{place}{example}</small>", escaped(&decided.by)));
    }
    out.push_str("</td>");
}

/// Who accepted a row, or else which gates it fails.
pub(super) fn review(accepted: Option<&Accepted>, denied_by: Option<String>) -> String {
    match (accepted, denied_by) {
        (Some(Accepted { by, why, location, until }), _) => {
            let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
            let text = format!("by {by}{until}: {why} ({location})");
            format!("<dt>accepted</dt><dd>{}</dd>\n", escaped(&truncate(&text, MAX_VALUE)))
        }
        (None, Some(gates)) => {
            format!("<dt>fails</dt><dd><strong>{}</strong></dd>\n", prose(&gates))
        }
        (None, None) => String::new(),
    }
}

/// An edit with its lines.
pub(super) fn edit(edit: &EditText) -> String {
    let mut out = format!("<div class=\"edit\">\n<p>{}</p>\n", prose(&edit.what));
    if !edit.lines.is_empty() {
        out.push_str("<pre class=\"lines\">");
        for line in &edit.lines {
            let class = match line.side {
                _ if line.is_context => "same",
                Side::New => "ins",
                Side::Old => "del",
            };
            let sign = line.sign();
            let (location, text) = (escaped(&line.location), escaped(&line.text));
            out.push_str(&format!(
                "<span class=\"{class}\">{sign} {text}  <i>{location}</i></span>\n"
            ));
        }
        if edit.more > 0 {
            out.push_str(&format!(
                "<span class=\"cut\">  and {}</span>\n",
                count(edit.more as u64, "more line")
            ));
        }
        out.push_str("</pre>\n");
    }
    out.push_str("</div>\n");
    out
}

/// Sessions whose values stayed, with the permissions that another policy decides.
pub(super) fn decider_change(change: &DeciderChange) -> String {
    let mut out = format!(
        "<article class=\"decider-change\">\n<h3>{}</h3>\n<dl \
         class=\"scope\">\n<dt>who</dt><dd>{}</dd>\n<dt>where</dt><dd>{}</dd>\n</dl>\n\
         <table class=\"changes\">\n<thead><tr><th scope=\"col\">permissions</th><th \
         scope=\"col\">was decided by</th>\
         <th scope=\"col\">is decided by</th></tr></thead>\n<tbody>\n",
        count(change.count, "session"),
        prose(&change.who),
        prose(&change.target),
    );
    for (paths, by) in &change.changes {
        let is_one = paths.len() == 1;
        let paths: Vec<String> = paths.iter().map(|path| escaped(path)).collect();
        out.push_str(&format!("<tr><th scope=\"row\">{}</th>", paths.join("<br>")));
        for (label, decided) in [("was decided by", &by.old), ("is decided by", &by.new)] {
            // Several permissions are set on several lines.
            let location = if is_one { escaped(&decided.location) } else { String::new() };
            let by = escaped(&decided.by);
            out.push_str(&format!("<td data-label=\"{label}\">{by}<small>{location}</small></td>"));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</article>\n");
    out
}

/// A file of the source diff, with at most so many lines; returns how many it has in all.
pub(super) fn file(out: &mut String, file: &FileDiff, most: usize) -> usize {
    let title = match (&file.old, &file.new) {
        (Some(old), Some(new)) if old != new => format!("{} → {}", escaped(old), escaped(new)),
        (_, Some(path)) | (Some(path), None) => escaped(path),
        (None, None) => String::new(),
    };
    let what = match (&file.old, &file.new) {
        (None, _) => "new file, ",
        (_, None) => "removed file, ",
        (old, new) if old != new => "moved, ",
        _ => "",
    };
    out.push_str(&format!(
        "<h3>{title} <small>{what}+{} −{}</small></h3>\n<pre class=\"lines\">",
        file.added, file.removed
    ));
    let mut lines = 0;
    for hunk in &file.hunks {
        if lines < most {
            out.push_str(&format!("<span class=\"hunk\">{}</span>\n", escaped(&hunk.header)));
        }
        for (sign, line) in &hunk.lines {
            lines += 1;
            let class = match sign {
                '-' => "del",
                '+' => "ins",
                _ => "same",
            };
            if lines <= most {
                out.push_str(&format!("<span class=\"{class}\">{sign}{}</span>\n", escaped(line)));
            }
        }
    }
    out.push_str("</pre>\n");
    lines
}
