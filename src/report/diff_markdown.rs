//! A diff as Markdown, for a comment on a pull request.

use super::decider::{decider, source};
use super::diff_csv::SideText;
use super::diff_groups;
use super::diff_text::{Parts, Summary};
use super::markdown::cell;
use super::names::{count, number, plain};
use crate::diff::{Diff, Direction, accounts, sessions};
use crate::ir::Ir;

/// The whole report.
pub fn markdown(diff: &Diff<'_>, summary: &Summary, parts: Parts) -> String {
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
    if parts.sessions {
        sessions_part(&mut out, diff);
    }
    if parts.accounts {
        accounts_part(&mut out, diff);
    }
    out
}

fn sessions_part(out: &mut String, diff: &Diff<'_>) {
    let mut names = (diff_groups::subject_namer(diff), diff_groups::endpoint_namer(diff));
    for group in diff_groups::sessions(diff) {
        out.push_str(&format!("\n### {}: {}\n\n", group.direction.id(), count(group.sessions, "session")));
        for rectangle in &group.rectangles {
            let who = names.0.describe(&rectangle.subject_classes);
            let target = names.1.describe(&rectangle.endpoint_classes);
            out.push_str(&format!("- {} × {}\n", cell(&who), cell(&target)));
        }
        out.push_str(
            "\n| permission | before | after | was decided by | is decided by |\n| --- | --- | --- | --- | --- |\n",
        );
        for change in &group.changes {
            session_row(out, diff, change);
        }
    }
}

fn session_row(out: &mut String, diff: &Diff<'_>, change: &sessions::Change) {
    let before = SideText::of(diff, false, change.old_permission, change.before.as_ref());
    let after = SideText::of(diff, true, change.permission, change.after.as_ref());
    let entry = match change.after {
        Some(_) => &diff.new_ir().profile.permissions[change.permission],
        None => &diff.old_ir().profile.permissions[change.old_permission],
    };
    let by = |ir: &Ir, side: Option<sessions::Side>, location: &str| match side {
        Some(side) => place(&decider(ir, side.decider), location),
        None => String::new(),
    };
    out.push_str(&format!(
        "| {} | {} | {} | {} | {} |\n",
        cell(&entry.path),
        cell(&before.value),
        cell(&after.value),
        by(diff.old_ir(), change.before, &before.location),
        by(diff.new_ir(), change.after, &after.location)
    ));
}

fn place(by: &str, location: &str) -> String {
    if location.is_empty() { cell(by) } else { format!("{} · {}", cell(by), cell(location)) }
}

fn accounts_part(out: &mut String, diff: &Diff<'_>) {
    for group in diff_groups::accounts(diff) {
        out.push_str(&format!("\n### {}: {}\n\n", group.direction.id(), count(group.users.len() as u64, "account")));
        let users: Vec<String> = group.users.iter().map(|user| cell(&plain(user))).collect();
        out.push_str(&format!("- {}\n", users.join(", ")));
        out.push_str(
            "\n| setting | before | after | was decided by | is decided by |\n| --- | --- | --- | --- | --- |\n",
        );
        for change in &group.changes {
            account_row(out, diff, change);
        }
    }
}

fn account_row(out: &mut String, diff: &Diff<'_>, change: &accounts::Change) {
    let value = |side: &Option<accounts::Side>| side.as_ref().map(|side| cell(&side.value)).unwrap_or_default();
    let by = |ir: &Ir, side: &Option<accounts::Side>| match side {
        Some(side) => {
            place(&source(ir, side.source, side.is_final), &side.span.map(|span| ir.location(span)).unwrap_or_default())
        }
        None => String::new(),
    };
    out.push_str(&format!(
        "| {} | {} | {} | {} | {} |\n",
        cell(&change.setting),
        value(&change.before),
        value(&change.after),
        by(diff.old_ir(), &change.before),
        by(diff.new_ir(), &change.after)
    ));
}
