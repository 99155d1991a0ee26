//! A diff as one HTML file that needs nothing else: see `docs/diff.md`.
//!
//! Everything is there without JavaScript; the script only hides the rows that do not match a
//! filter. Names are in text and attributes alone, never in the script, and a content security
//! policy permits no other style or script.

mod members;
mod picture;
mod rows;
mod text;

use super::{DECIDER_CHANGES, INVENTORY, NO_EFFECT, OUTSIDE_MATRIX, TOGETHER};
use crate::diff::edits::EditId;
use crate::diff::entries::{EntryKind, RowId};
use crate::diff::rows::{AccountRow, SessionRow};
use crate::diff::{Counts, Diff, Direction};
use crate::report::csp::hash;
use crate::report::diff::counts::{Tally, count_text};
use crate::report::diff::entry::EntryText;
use crate::report::diff::names::Names;
use crate::report::diff::source_diff::{self, FileDiff};
use crate::report::diff::view::{RowText, View};
use crate::report::words::unknown::unknown_change;
use crate::review::{Parts, READING_ORDER, Reviewed, Summary, VerdictLevel, VerdictText};
use crate::text::escape_control_chars;
use crate::text::{count, number};
use members::{Members, Of, of_rows};
use std::collections::HashMap;
use text::{escaped, prose};

const STYLE: &str = concat!(include_str!("../../base.css"), include_str!("page.css"));
const SCRIPT: &str = include_str!("page.js");

/// The most rows of a page, edits and groups of a list, and lines of the source diff.
const MAX_ROWS: usize = 2_000;
const MAX_LISTED: usize = 200;
const MAX_LINES: usize = 5_000;
/// The most entries that get a picture.
const MAX_PICTURES: usize = 20;

/// The whole report.
pub fn html(reviewed: &Reviewed, parts: Parts) -> String {
    let (diff, summary) = (&reviewed.diff, &reviewed.review.summary);
    let view = &View::new(reviewed);
    let cards = cards(reviewed, view, parts);
    let files = source_diff::files(&diff.old_ir().sources, &diff.new_ir().sources);
    let mut out = head(reviewed, parts);
    out.push_str("<main>\n");
    out.push_str(&outside_matrix(view));
    out.push_str(&filters(view, parts, &cards));
    let mut kind = EntryKind::Edit;
    for section in &cards.sections {
        if section.entry.kind != kind {
            kind = section.entry.kind;
            let title = if kind == EntryKind::Inventory { INVENTORY } else { TOGETHER };
            out.push_str(&format!("<h2 class=\"kind\">{title}</h2>\n"));
        }
        out.push_str(&section.html(view));
    }
    if cards.rows < cards.all {
        let more = count((cards.all - cards.rows) as u64, "more row");
        out.push_str(&format!(
            "<p class=\"cut\">and {more} not shown: <code>--format json</code> has all</p>\n"
        ));
    }
    out.push_str(&figures(view, summary, parts));
    out.push_str(&rest(view, &files, parts));
    out.push_str(&format!(
        "</main>\n{}<script>{SCRIPT}</script>\n</body>\n</html>\n",
        cards.members.datalists()
    ));
    out
}

fn head(reviewed: &Reviewed, parts: Parts) -> String {
    let diff = &reviewed.diff;
    let verdict = reviewed.verdict(parts);
    let (class, sign) = match verdict.level {
        VerdictLevel::Fail => ("fail", "✕"),
        VerdictLevel::Warn => ("warn", "!"),
        VerdictLevel::Pass => ("pass", "✓"),
    };
    let (old, new) = (&diff.old_ir().profile, &diff.new_ir().profile);
    let product = if old.id == new.id {
        escaped(&new.label)
    } else {
        format!("{} → {}", escaped(&old.label), escaped(&new.label))
    };
    let piece = |piece: &VerdictText| match piece {
        VerdictText::Words(words) => escaped(words),
        VerdictText::Code(text) => format!("<code>{}</code>", escaped(text)),
    };
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" \
         content=\"no-referrer\">\n\
         <title>Precedent diff: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header \
         class=\"top\">\n\
         <p class=\"product\">Precedent diff · {product}</p>\n\
         <h1 class=\"{class}\"><span aria-hidden=\"true\">{sign}</span> \
         {verdict}</h1>\n</header>\n",
        title = escaped(&verdict.plain()),
        verdict = verdict.text.iter().map(piece).collect::<String>(),
    )
}

/// How many cells changed: of each direction, then of each permission.
fn figures(view: &View, summary: &Summary, parts: Parts) -> String {
    let columns: Vec<Direction> = READING_ORDER
        .into_iter()
        .filter(|direction| summary.total(parts, *direction) > 0)
        .collect();
    let mut out = String::new();
    for (side, paths) in summary.only.as_ref().into_array() {
        if !paths.is_empty() {
            let paths: Vec<String> =
                paths.iter().map(|path| format!("<b>{}</b>", escaped(path))).collect();
            let (side, paths) = (side.label(), paths.join(", "));
            out.push_str(&format!("<p>only in {side}'s product: {paths}</p>\n"));
        }
    }
    if let Some(amounts) = summary.unknown {
        out.push_str(&format!("<p>unknown: {}</p>\n", escaped(&unknown_change(amounts))));
    }
    if columns.is_empty() {
        return out + "<p>No cell of the matrix changes.</p>\n";
    }
    out.push_str("<nav class=\"tiles\" aria-label=\"directions\">\n");
    for direction in &columns {
        let (id, sign) = (direction.id(), rows::sign(*direction));
        out.push_str(&format!(
            "<a class=\"tile {id}\" href=\"#direction={id}\"><span class=\"badge\"><span \
             aria-hidden=\"true\">{sign}</span> {id}</span> \
             <strong>{}</strong> <span>{}</span></a>\n",
            number(summary.total(parts, *direction)),
            count_text(summary, parts, *direction).replace(", ", "<br>"),
        ));
    }
    out.push_str(
        "</nav>\n<details class=\"figures\" open>\n<summary>by permission and \
     setting</summary>\n<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\">changed \
     cells</th>",
    );
    columns
        .iter()
        .for_each(|direction| out.push_str(&format!("<th scope=\"col\">{}</th>", direction.id())));
    out.push_str("</tr></thead>\n<tbody>\n");
    let mut line = |class: &str, title: &str, what: Option<usize>, counts: &Counts| {
        out.push_str(&format!("<tr{class}><th scope=\"row\">{title}</th>"));
        for direction in &columns {
            let (cells, id) = (counts.of(*direction), direction.id());
            let filter = what
                .map(|what| format!(" data-what=\"{what}\" data-direction=\"{id}\""))
                .unwrap_or_default();
            out.push_str(&if cells == 0 {
                "<td></td>".into()
            } else {
                format!("<td{filter}>{}</td>", number(cells))
            });
        }
        out.push_str("</tr>\n");
    };
    for (is_shown, title, counts) in [
        (parts.sessions, "all of sessions", &summary.sessions),
        (parts.accounts, "all of accounts", &summary.accounts),
    ] {
        if is_shown && counts.total() > 0 {
            line(" class=\"all\"", title, None, counts);
        }
    }
    for (at, tally) in shown_tallies(view, parts) {
        line("", &title_of(tally), Some(at), &tally.counts);
    }
    out.push_str("</tbody>\n</table>\n</div>\n</details>\n");
    out
}

fn title_of(tally: &Tally) -> String {
    if tally.of_accounts { prose(&tally.path) } else { escaped(&tally.path) }
}

/// The tallies of what is shown, each with its number in the page.
fn shown_tallies(view: &View, parts: Parts) -> impl Iterator<Item = (usize, &Tally)> {
    let is_shown =
        move |tally: &Tally| if tally.of_accounts { parts.accounts } else { parts.sessions };
    view.tallies.iter().enumerate().filter(move |(_, tally)| is_shown(tally))
}

fn outside_matrix(view: &View) -> String {
    if view.outside_matrix.is_empty() {
        return String::new();
    }
    let mut out = format!("<section class=\"outside-matrix\">\n<h2>{OUTSIDE_MATRIX}</h2>\n");
    listed(&mut out, view, &view.outside_matrix);
    out.push_str("</section>\n");
    out
}

fn listed(out: &mut String, view: &View, ids: &[EditId]) {
    ids.iter().take(MAX_LISTED).for_each(|id| out.push_str(&rows::edit(view.edit(*id))));
    left_out(out, ids.len(), "more edit");
}

fn left_out(out: &mut String, all: usize, one: &str) {
    if all > MAX_LISTED {
        out.push_str(&format!(
            "<p class=\"cut\">and {} not shown</p>\n",
            count((all - MAX_LISTED) as u64, one)
        ));
    }
}

/// An entry with its rows.
struct Section<'v> {
    number: usize,
    entry: &'v EntryText,
    /// The rows that may be gains, and all others.
    cards: [String; 2],
    others: usize,
    picture: String,
}

impl Section<'_> {
    fn html(&self, view: &View) -> String {
        let EntryText { heading, effect, edits, review, .. } = self.entry;
        let fingerprint = &review.fingerprint;
        let mut out = format!(
            "<section id=\"e-{fingerprint}\" class=\"rows entry\">\n<h2><span>{}. {}</span> \
             <small></small> <a class=\"fingerprint\" href=\"#e-{fingerprint}\" title=\"link to \
             this edit, by its fingerprint\">{fingerprint}</a></h2>\n<ul class=\"effect\">\n",
            self.number,
            prose(heading)
        );
        effect.iter().for_each(|line| out.push_str(&format!("<li>{}</li>\n", prose(line))));
        out.push_str("</ul>\n");
        let denied_by = review.fails_gate().then(|| self.entry.denied_by());
        let reviewed = rows::review(review.accepted.as_ref(), denied_by);
        if !reviewed.is_empty() {
            out.push_str(&format!("<dl class=\"scope\">\n{reviewed}</dl>\n"));
        }
        edits.iter().take(MAX_LISTED).for_each(|id| out.push_str(&rows::edit(view.edit(*id))));
        left_out(&mut out, edits.len(), "more edit");
        out.push_str(&self.picture);
        let [gains, others] = &self.cards;
        out.push_str(gains);
        if self.others > 0 {
            let rows = count(self.others as u64, "row");
            let what = match self.entry.kind {
                EntryKind::Inventory => "",
                EntryKind::Edit | EntryKind::Together => ", none of which is a gain",
            };
            out.push_str(&format!(
                "<details class=\"others\">\n<summary>{rows}{what}</summary>\n{others}</details>\n"
            ));
        }
        out.push_str("</section>\n");
        out
    }
}

struct Cards<'v> {
    sections: Vec<Section<'v>>,
    members: Members,
    /// How many rows are in the page, and how many there are.
    rows: usize,
    all: usize,
}

/// A row with what it is about and which tallies it counts for.
type Filterable<'v> = (&'v RowText, Of, String);

fn cards<'v>(reviewed: &Reviewed, view: &'v View, parts: Parts) -> Cards<'v> {
    let Reviewed { diff, rows, .. } = reviewed;
    let (of_sessions, of_accounts) = of_rows(diff, rows);
    let numbers: TallyNumbers<'_> = view
        .tallies
        .iter()
        .enumerate()
        .map(|(at, tally)| ((tally.of_accounts, &*tally.path), at))
        .collect();
    let row_of = |row: &RowId| -> Option<Filterable<'v>> {
        match *row {
            RowId::Session(at) => {
                let what = what_of_session(diff, &rows.sessions[at], &numbers);
                Some((&view.sessions[at], of_sessions[at].clone(), what))
            }
            RowId::Account(at) => {
                let what = what_of_account(&rows.accounts[at], &numbers);
                Some((&view.accounts[at], of_accounts[at].clone(), what))
            }
            RowId::Date(_) => None,
        }
    };
    let entries: Vec<(&EntryText, Vec<Filterable<'_>>)> = view
        .shown_entries(parts)
        .into_iter()
        .map(|entry| {
            let rows = entry.rows.iter().filter(|row| view.is_shown(**row, parts));
            (entry, rows.filter_map(row_of).collect())
        })
        .collect();
    let all = entries.iter().flat_map(|(_, rows)| rows);
    let mut members = Members::new(diff, all.clone().take(MAX_ROWS).map(|(_, of, _)| of));
    let names = Names::new(diff);
    let mut shown = 0;
    let mut sections = Vec::with_capacity(entries.len());
    for ((entry, of_entry), number) in entries.iter().zip(1..) {
        let mut section =
            Section { number, entry, cards: Default::default(), others: 0, picture: String::new() };
        if number <= MAX_PICTURES {
            let own = rows.entries.iter().find(|found| found.edits == entry.edits);
            section.picture =
                own.map(|own| picture::picture(diff, &names, rows, own)).unwrap_or_default();
        }
        for (row, of, what) in of_entry {
            if shown == MAX_ROWS {
                break;
            }
            shown += 1;
            let stands_with_others = entry.kind == EntryKind::Inventory;
            let is_other = !row.may_gain || stands_with_others;
            section.others += usize::from(is_other);
            let attributes = format!(" data-what=\"{what}\"{}", members.attributes(of));
            let lists = members.lists(of);
            let card = rows::card(view, row, shown, &attributes, &lists);
            section.cards[usize::from(is_other)].push_str(&card);
        }
        sections.push(section);
    }
    let all = entries.iter().map(|(_, rows)| rows.len()).sum();
    Cards { sections, members, rows: shown, all }
}

/// The number of a tally, by whether it is of accounts and its path.
type TallyNumbers<'v> = HashMap<(bool, &'v str), usize>;

/// The numbers of the tallies that a row counts for.
fn what_of_session(diff: &Diff, row: &SessionRow, numbers: &TallyNumbers<'_>) -> String {
    joined(row.changes.iter().filter_map(|cell| {
        let path = escape_control_chars(diff.path(&cell.change));
        numbers.get(&(false, &*path)).copied()
    }))
}

fn what_of_account(row: &AccountRow, numbers: &TallyNumbers<'_>) -> String {
    joined(row.changes.iter().filter_map(|change| {
        numbers.get(&(true, &*escape_control_chars(&change.setting))).copied()
    }))
}

fn joined(numbers: impl Iterator<Item = usize>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
}

/// The form that filters, which the script shows.
fn filters(view: &View, parts: Parts, cards: &Cards<'_>) -> String {
    if cards.rows == 0 {
        return String::new();
    }
    let mut options = String::from("<option value=\"\">any</option>\n");
    for (of_accounts, label) in [(false, "permissions of sessions"), (true, "settings of accounts")]
    {
        let found: Vec<_> = shown_tallies(view, parts)
            .filter(|(_, tally)| tally.of_accounts == of_accounts)
            .collect();
        if !found.is_empty() {
            options.push_str(&format!("<optgroup label=\"{label}\">\n"));
            for (at, tally) in found {
                options.push_str(&format!(
                    "<option value=\"{at}\">{}</option>\n",
                    escaped(&tally.path)
                ));
            }
            options.push_str("</optgroup>\n");
        }
    }
    let mut directions = String::from("<option value=\"\">any</option>\n");
    let shown = view.shown_entries(parts).into_iter().flat_map(|entry| view.rows_of(entry, parts));
    let shown: Vec<Direction> = shown.map(|row| row.direction).collect();
    for direction in READING_ORDER.into_iter().filter(|direction| shown.contains(direction)) {
        let id = direction.id();
        directions.push_str(&format!("<option value=\"{id}\">{id}</option>\n"));
    }
    let note = cards
        .members
        .note()
        .map(|note| format!("<p class=\"cut\">{note}</p>\n"))
        .unwrap_or_default();
    format!(
        "<form id=\"filter\" role=\"search\" aria-label=\"filter the rows\" hidden>\n\
         <label>user or invite <input id=\"f-who\" type=\"search\" list=\"who-names\" \
         autocomplete=\"off\" spellcheck=\"false\"></label>\n\
         <label>target <input id=\"f-where\" type=\"search\" list=\"where-names\" \
         autocomplete=\"off\" spellcheck=\"false\"></label>\n\
         <label>permission <select id=\"f-what\">\n{options}</select></label>\n\
         <label>direction <select id=\"f-direction\">\n{directions}</select></label>\n\
         <p class=\"found\"><output id=\"found\" aria-live=\"polite\">{} of {}</output> <button \
         type=\"reset\">clear</button></p>\n{note}</form>\n\
         <p id=\"none\" class=\"cut\" hidden>No row matches the filter.</p>\n",
        number(cards.rows as u64),
        count(cards.rows as u64, "row"),
    )
}

/// What is read last: folded.
fn rest(view: &View, files: &[FileDiff], parts: Parts) -> String {
    let mut out = String::new();
    let changes = &view.decider_changes;
    if parts.sessions && !changes.is_empty() {
        let groups = count(changes.len() as u64, "group");
        out.push_str(&format!(
            "<details class=\"more\">\n<summary>{DECIDER_CHANGES} <small>{groups} of \
             sessions</small></summary>\n",
        ));
        let shown = changes.iter().take(MAX_LISTED);
        shown.for_each(|change| out.push_str(&rows::decider_change(change)));
        left_out(&mut out, changes.len(), "more group");
        out.push_str("</details>\n");
    }
    if !view.no_effect.is_empty() {
        let edits = count(view.no_effect.len() as u64, "edit");
        out.push_str(&format!(
            "<details class=\"more\">\n<summary>{NO_EFFECT} <small>{edits}</small></summary>\n",
        ));
        listed(&mut out, view, &view.no_effect);
        out.push_str("</details>\n");
    }
    if !files.is_empty() {
        let sum = |of: fn(&FileDiff) -> usize| number(files.iter().map(of).sum::<usize>() as u64);
        let (added, removed) = (sum(|file| file.added), sum(|file| file.removed));
        let title = format!(
            "source <small>{}, +{added} −{removed} lines</small>",
            count(files.len() as u64, "file")
        );
        out.push_str(&format!("<details class=\"more source\">\n<summary>{title}</summary>\n"));
        let (mut room, mut left) = (MAX_LINES, 0);
        for file in files {
            let lines = rows::file(&mut out, file, room);
            left += lines.saturating_sub(room);
            room = room.saturating_sub(lines);
        }
        if left > 0 {
            out.push_str(&format!(
                "<p class=\"cut\">and {} not shown</p>\n",
                count(left as u64, "more line")
            ));
        }
        out.push_str("</details>\n");
    }
    out.push_str(LEGEND);
    out
}

const LEGEND: &str = "\
<details class=\"more legend\">
<summary>how to read this</summary>
<p>A <b>cell</b> is one permission of one session (who × where), or one setting of one account. Each
changed cell is in exactly one row; a row holds cells that changed in the same way because of the same edits, and
stands under those edits: a smallest set of them that causes it.</p>
<dl>
<dt>widened, narrowed</dt><dd>more, or less, privileged by the order of the values</dd>
<dt>changed</dt>
<dd>the order does not say which of the two values is more privileged: it may be a gain</dd>
<dt>added, removed</dt>
<dd>the session or account is new or no longer exists; what is added may be a gain</dd>
<dt>follows</dt>
<dd>the permission now applies, or no longer applies, because of the permission that it depends
on</dd>
<dt>would also suffice</dt><dd>edits that would cause the row without those that it stands under</dd>
<dt>pictures</dt><dd>of each person and jump group, how many sessions could be started before (upper bar) and
can be started after (lower bar)</dd>
</dl>
</details>
";
