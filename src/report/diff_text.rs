//! A diff for people: counts first, then what is widened, narrowed, changed, added and removed, who and where, with
//! the deciders of both sides.

use super::decider::{decider, source};
use super::diff_csv::SideText;
use super::diff_groups::{self, AccountGroup, SessionGroup};
use super::layout::{hanging, width};
use super::names::{Namer, count, number, plain};
use super::{Style, shown};
use crate::diff::{Counts, Diff, Direction, accounts, sessions};
use crate::ir::Ir;

/// Which parts of a diff are shown.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub sessions: bool,
    pub accounts: bool,
}

/// The counts of a diff, and what its gate found.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub sessions: Counts,
    pub accounts: Counts,
    /// Permissions and settings that one of the two profiles alone has.
    pub only_old: Vec<String>,
    pub only_new: Vec<String>,
    /// By denied word: how many changes it hits.
    pub denied: Vec<(String, u64)>,
}

impl Summary {
    /// Whether the gate fails.
    pub fn fails(&self) -> bool {
        self.denied.iter().any(|(_, hits)| *hits > 0)
    }

    /// The gate's verdict, if there is a gate.
    pub fn verdict(&self) -> Option<String> {
        let failed: Vec<String> = self
            .denied
            .iter()
            .filter(|(_, hits)| *hits > 0)
            .map(|(word, hits)| format!("{word} ({})", count(*hits, "change")))
            .collect();
        let words: Vec<&str> = self.denied.iter().map(|(word, _)| &**word).collect();
        match (failed.is_empty(), words.is_empty()) {
            (_, true) => None,
            (true, _) => Some(format!("gate passed: nothing is {}", words.join(", or "))),
            (false, _) => Some(format!("gate FAILED: {}", failed.join(", "))),
        }
    }
}

fn counts(counts: &Counts) -> String {
    if counts.total() == 0 {
        return "no change".into();
    }
    let parts = Direction::ALL.into_iter().filter(|direction| counts.of(*direction) > 0);
    parts
        .map(|direction| format!("{} {}", number(counts.of(direction)), direction.id()))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The whole report.
pub fn text(diff: &Diff<'_>, summary: &Summary, parts: Parts, style: Style) -> String {
    let mut out = String::new();
    if parts.sessions {
        out.push_str(&style.bold(&hanging("sessions  ", &counts(&summary.sessions), style.width)));
        out.push('\n');
    }
    if parts.accounts {
        out.push_str(&style.bold(&hanging("accounts  ", &counts(&summary.accounts), style.width)));
        out.push('\n');
    }
    for (word, paths) in
        [("only OLD's product has  ", &summary.only_old), ("only NEW's product has  ", &summary.only_new)]
    {
        if !paths.is_empty() {
            out.push_str(&hanging(word, &paths.join(", "), style.width));
            out.push('\n');
        }
    }
    let sessions = if parts.sessions { diff_groups::sessions(diff) } else { Vec::new() };
    let accounts = if parts.accounts { diff_groups::accounts(diff) } else { Vec::new() };
    let mut names = (diff_groups::subject_namer(diff), diff_groups::endpoint_namer(diff));
    for direction in Direction::ALL {
        let title = |what: &str| {
            let text = format!("\n── {} {what} ──\n", direction.id());
            match direction {
                Direction::Widened => style.alarm(&text),
                _ => style.bold(&text),
            }
        };
        let of_sessions: Vec<_> = sessions.iter().filter(|group| group.direction == direction).collect();
        if !of_sessions.is_empty() {
            out.push_str(&title("in sessions"));
        }
        of_sessions.into_iter().for_each(|group| session_group(&mut out, diff, group, &mut names, style));
        let of_accounts: Vec<_> = accounts.iter().filter(|group| group.direction == direction).collect();
        if !of_accounts.is_empty() {
            out.push_str(&title("in accounts"));
        }
        of_accounts.into_iter().for_each(|group| account_group(&mut out, diff, group, style));
    }
    if let Some(verdict) = summary.verdict() {
        out.push('\n');
        let verdict = hanging("", &verdict, style.width);
        out.push_str(&if summary.fails() { style.alarm(&verdict) } else { style.bold(&verdict) });
        out.push('\n');
    }
    out
}

fn session_group(out: &mut String, diff: &Diff<'_>, group: &SessionGroup, names: &mut (Namer, Namer), style: Style) {
    out.push_str(&format!("\n{}\n", style.bold(&count(group.sessions, "session"))));
    super::matrix_text::who_and_where(out, &group.rectangles, names, style.width);
    match group.direction {
        Direction::Added | Direction::Removed => come_or_gone(out, diff, &group.changes, style),
        _ => group.changes.iter().for_each(|change| moved(out, diff, change, style)),
    }
}

/// A cell that both sides have: values and deciders.
fn moved(out: &mut String, diff: &Diff<'_>, change: &sessions::Change, style: Style) {
    let before = SideText::of(diff, false, change.old_permission, change.before.as_ref());
    let after = SideText::of(diff, true, change.permission, change.after.as_ref());
    let path = &diff.new_ir().profile.permissions[change.permission].path;
    let after_value = shown(&after.value);
    let after_value = match change.direction {
        Direction::Widened => style.grant(&after_value),
        Direction::Narrowed => style.deny(&after_value),
        _ => after_value,
    };
    let line = format!("   {}  {} → {after_value}", style.bold(path), shown(&before.value));
    let plain = format!("   {path}  {} → {}", shown(&before.value), shown(&after.value));
    value_line(out, &plain, line, style);
    for (word, ir, side, location) in
        [("was", diff.old_ir(), change.before, before.location), ("now", diff.new_ir(), change.after, after.location)]
    {
        if let Some(side) = side {
            decided(out, word, &decider(ir, side.decider), &location, style);
        }
    }
}

/// A line as painted where it fits, else as plain text broken between words.
fn value_line(out: &mut String, plain: &str, painted: String, style: Style) {
    if width(plain) <= style.width {
        out.push_str(&painted);
    } else {
        let broken = hanging("      ", plain.trim_start(), style.width);
        out.push_str("   ");
        out.push_str(broken.trim_start());
    }
    out.push('\n');
}

fn decided(out: &mut String, word: &str, by: &str, location: &str, style: Style) {
    let text = if location.is_empty() { by.to_owned() } else { format!("{by} · {}", shown(location)) };
    out.push_str(&style.dim(&hanging(&format!("      {word}  "), &text, style.width)));
    out.push('\n');
}

/// Whole sessions that one side lacks: what they grant, and how many permissions they do not.
fn come_or_gone(out: &mut String, diff: &Diff<'_>, changes: &[sessions::Change], style: Style) {
    let mut granted = Vec::new();
    let mut others = 0;
    for change in changes {
        let new = change.after.is_some();
        let (ir, permission, side) = match (new, change.after, change.before) {
            (true, Some(side), _) => (diff.new_ir(), change.permission, side),
            (_, _, Some(side)) => (diff.old_ir(), change.old_permission, side),
            _ => continue,
        };
        let entry = &ir.profile.permissions[permission];
        match diff.side_value(new, permission, &side) {
            Some(value) if entry.ty.least().as_ref() != Some(value) => {
                granted.push(format!("{} = {}", entry.path, shown(&entry.ty.text(value))));
            }
            _ => others += 1,
        }
    }
    let word = if changes.first().is_some_and(|change| change.after.is_some()) { "grants   " } else { "granted  " };
    let granted = if granted.is_empty() { "nothing".to_owned() } else { granted.join(", ") };
    out.push_str(&hanging(&format!("   {word}"), &granted, style.width));
    out.push('\n');
    if others > 0 {
        out.push_str(&style.dim(&format!("   {} deny or do not apply\n", count(others, "permission"))));
    }
}

fn account_group(out: &mut String, diff: &Diff<'_>, group: &AccountGroup, style: Style) {
    const MOST: usize = 6;
    let users: Vec<String> = group.users.iter().take(MOST).map(|user| plain(user)).collect();
    let more = group.users.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {} more", number(more as u64)) } else { String::new() };
    out.push_str(&format!("\n{}\n", style.bold(&count(group.users.len() as u64, "account"))));
    out.push_str(&hanging("   who    ", &format!("{}{more}", users.join(", ")), style.width));
    out.push('\n');
    for change in &group.changes {
        account_change(out, diff, change, style);
    }
}

fn account_change(out: &mut String, diff: &Diff<'_>, change: &accounts::Change, style: Style) {
    let value = |side: &Option<accounts::Side>| side.as_ref().map(|side| shown(&side.value));
    let moved = match (value(&change.before), value(&change.after)) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => after,
        (Some(before), None) => before,
        (None, None) => String::new(),
    };
    let plain = format!("   {}  {moved}", shown(&change.setting));
    value_line(out, &plain, format!("   {}  {moved}", style.bold(&shown(&change.setting))), style);
    let sides: [(&str, &Ir, &Option<accounts::Side>); 2] =
        [("was", diff.old_ir(), &change.before), ("now", diff.new_ir(), &change.after)];
    for (word, ir, side) in sides {
        if let Some(side) = side {
            let location = side.span.map(|span| ir.location(span)).unwrap_or_default();
            decided(out, word, &source(ir, side.source, side.is_final), &location, style);
        }
    }
}
