//! The matrix as text. Sessions with identical permissions form one block: who and where, then what
//! decided each permission.

use crate::ir::UserId;
use crate::matrix::blocks::{Rectangle, blocks};
use crate::matrix::{Decider, Matrix, StartValue};
use crate::parallel;
use crate::report::Style;
use crate::report::matrix::accounts::{self, Group};
use crate::report::matrix::start::{self, StartLine, StartLines};
use crate::report::words::decider::{PRODUCT_DEFAULT, decider_via, paint};
use crate::report::words::names::{self, Namer};
use crate::text::layout::{Cell, Table, hanging, width};
use crate::text::{count, number};
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// How many groups of accounts are put into words at a time.
const CHUNK: usize = 512;

/// The most combinations of who and where that a block lists.
const MAX_RECTANGLES: usize = 4;

/// Sessions in groups with identical permissions; `in_full` lists all names.
pub fn sessions(
    matrix: &Matrix,
    in_full: bool,
    style: Style,
    mut out: impl Write,
) -> io::Result<()> {
    let blocks = blocks(matrix);
    let mut names = Namer::of_both(matrix, in_full);
    let number_of = blocks.iter().map(|block| block.sessions).sum();
    let title = format!(
        "{} · {}",
        matrix.ir.profile.label,
        names::grouping_text(number_of, "session", blocks.len(), "permissions")
    );
    writeln!(out, "{}", style.bold(&hanging("", &title, style.width)))?;
    let mut text = String::new();
    let mut starts = StartLines::new(matrix);
    // Half of the blocks of a large site differ from others in `start` alone.
    let mut permissions: FxHashMap<u32, String> = FxHashMap::default();
    for (at, block) in blocks.iter().enumerate() {
        text.clear();
        text.push('\n');
        let heading = format!("{}. {}", at + 1, count(block.sessions, "session"));
        text.push_str(&style.bold(&heading));
        text.push('\n');
        who_and_where(&mut text, &block.rectangles, &mut names, style.width);
        if let Some(line) = starts.of_block(block) {
            start_line(&mut text, matrix, &line, style);
        }
        text.push_str(permissions.entry(block.permissions).or_insert_with(|| {
            let mut text = String::new();
            deciders(&mut text, matrix, block.witness, matrix.visible_permissions(), style);
            text
        }));
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Each session by itself.
pub fn sessions_each(matrix: &Matrix, style: Style, mut out: impl Write) -> io::Result<()> {
    let title = format!("{} · {}", matrix.ir.profile.label, count(matrix.sessions(), "session"));
    writeln!(out, "{}", style.bold(&hanging("", &title, style.width)))?;
    let starts = StartLines::new(matrix);
    for (row, &(subject, subject_class)) in matrix.subjects.iter().enumerate() {
        for (column, &(endpoint, endpoint_class)) in matrix.endpoints.iter().enumerate() {
            if !matrix.has_sessions(subject_class, endpoint_class) {
                continue;
            }
            let heading = names::session_text(matrix, subject, &endpoint);
            let mut text = format!("\n{}\n", style.bold(&hanging("", &heading, style.width)));
            if let Some(line) = starts.of_session(row, column) {
                start_line(&mut text, matrix, &line, style);
            }
            let pair = (subject_class, endpoint_class);
            deciders(&mut text, matrix, pair, matrix.visible_permissions(), style);
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

/// The subjects and endpoints of some rectangles, a pair of lines each.
pub(in crate::report) fn who_and_where(
    out: &mut String,
    rectangles: &[Rectangle],
    names: &mut (Namer, Namer),
    width: usize,
) {
    for rectangle in rectangles.iter().take(MAX_RECTANGLES) {
        out.push_str(&hanging("   who    ", &names.0.describe(&rectangle.subject_classes), width));
        out.push('\n');
        out.push_str(&hanging("   where  ", &names.1.describe(&rectangle.endpoint_classes), width));
        out.push('\n');
    }
    if rectangles.len() > MAX_RECTANGLES {
        let more = number((rectangles.len() - MAX_RECTANGLES) as u64);
        out.push_str(&format!("   and {more} more combinations of who and where\n"));
    }
}

/// Whether the sessions can be started, and who decides that.
pub(super) fn start_line(out: &mut String, matrix: &Matrix, line: &StartLine, style: Style) {
    let Some(starts) = &matrix.starts else { return };
    let value = crate::report::shown(&starts.text(line.cell.value));
    let painted = match line.cell.value {
        StartValue::Deny => style.deny(&value),
        _ => style.grant(&value),
    };
    let mut by = vec![start::decider(matrix, line)];
    by.extend(Some(start::place(matrix, line)).filter(|place| !place.is_empty()));
    let by = by.join(" · ");
    if width("   start  ") + width(&value) + 2 + width(&by) <= style.width {
        out.push_str(&format!("   start  {painted}  {}\n", style.dim(&by)));
    } else {
        let by = hanging("     ", &by, style.width);
        out.push_str(&format!("   start  {painted}\n{}\n", style.dim(&by)));
    }
}

/// Some permissions of a session by what decided them, highest layer first; then those that do not
/// apply.
pub(super) fn deciders(
    out: &mut String,
    matrix: &Matrix,
    pair: (u32, u32),
    permissions: impl Iterator<Item = usize>,
    style: Style,
) {
    let ir = &matrix.ir;
    let (stack, cells) = &matrix.resolve(pair.0, pair.1);
    let method = matrix.endpoint_classes[pair.1 as usize].method;
    let via = matrix.via(pair, stack);
    let mut order: Vec<(Decider, Vec<usize>)> = Vec::new();
    let mut not_applicable = Vec::new();
    for permission in permissions {
        if cells.not_applicable >> permission & 1 == 1 {
            not_applicable.push(ir.profile.permissions[permission].path.clone());
            continue;
        }
        let found = cells.decider(stack, permission);
        match order.iter_mut().find(|(known, _)| *known == found) {
            Some((_, permissions)) => permissions.push(permission),
            None => order.push((found, vec![permission])),
        }
    }
    order.sort_by_key(|(decider, _)| match decider {
        Decider::Method => 0,
        Decider::Policy(layer, _) => layer + 1,
        Decider::BuiltIn => usize::MAX,
    });
    for (found, permissions) in order {
        let heading = hanging("   ", &decider_via(ir, found, via), style.width);
        out.push_str(&format!("{}\n", style.bold(&heading)));
        let mut table = Table::new(5, style.width);
        // Values that no line decided have no location to show, so they share lines.
        let mut without_line = Vec::new();
        for permission in permissions {
            let entry = &ir.profile.permissions[permission];
            let cell = cells.cell(ir, stack, method, permission);
            let Some(value) = cell.value else { continue };
            let text = crate::report::shown(&entry.ty.text(value));
            let Some(definition) = cell.definition else {
                without_line.push(format!("{} = {text}", entry.path));
                continue;
            };
            let location = crate::report::shown(&ir.location(definition.span));
            table.row(vec![
                Cell::new(entry.path.as_str()),
                Cell::painted(text, |text| paint(style, &entry.ty, cell.value, text)),
                Cell::painted(location, |location| style.dim(location)),
            ]);
        }
        table.render(out);
        running(out, &without_line, style);
    }
    if !not_applicable.is_empty() {
        out.push_str(&style.dim("   not applicable (n/a)"));
        out.push('\n');
        running(out, &not_applicable, style);
    }
}

/// A list in running text, wrapped between its items.
pub(super) fn running(out: &mut String, items: &[String], style: Style) {
    const INDENT: &str = "     ";
    let mut line = INDENT.to_owned();
    for (at, item) in items.iter().enumerate() {
        let item = if at + 1 < items.len() { format!("{item},") } else { item.clone() };
        if line.len() > INDENT.len() && width(&line) + 1 + width(&item) > style.width {
            out.push_str(&style.dim(&line));
            out.push('\n');
            line = INDENT.to_owned();
        }
        if line.len() > INDENT.len() {
            line.push(' ');
        }
        line.push_str(&item);
    }
    if line.len() > INDENT.len() {
        out.push_str(&style.dim(&line));
        out.push('\n');
    }
}

/// Accounts in groups with identical settings; `in_full` lists all names.
pub fn accounts(
    matrix: &Matrix,
    in_full: bool,
    style: Style,
    mut out: impl Write,
) -> io::Result<()> {
    let groups = accounts::groups(matrix);
    let users = accounts::users(matrix).count() as u64;
    let title = format!(
        "{} · {}",
        matrix.ir.profile.label,
        names::grouping_text(users, "account", groups.len(), "settings")
    );
    writeln!(out, "{}", style.bold(&hanging("", &title, style.width)))?;
    let mut names = accounts::namer(matrix, &groups, in_full);
    let mut at = 0;
    for chunk in groups.chunks(CHUNK) {
        let settings = parallel::map(chunk.iter().collect(), |group: &Group| {
            let mut text = String::new();
            account(&mut text, matrix, group.first(), style);
            text
        });
        for (group, settings) in chunk.iter().zip(settings) {
            let who = hanging("   who    ", &names.describe(&[at]), style.width);
            at += 1;
            let heading = format!("{at}. {}", count(group.users.len() as u64, "account"));
            writeln!(out, "\n{}\n{who}", style.bold(&heading))?;
            out.write_all(settings.as_bytes())?;
        }
    }
    Ok(())
}

/// Each account by itself.
pub fn accounts_each(matrix: &Matrix, style: Style, mut out: impl Write) -> io::Result<()> {
    for user in accounts::users(matrix) {
        let mut text = format!("{}\n", style.bold(&names::plain(accounts::name(matrix, user))));
        account(&mut text, matrix, user, style);
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// The settings of an account that a policy or the account sets, and a count of the others.
fn account(text: &mut String, matrix: &Matrix, user: UserId, style: Style) {
    let (lines, defaults) = accounts::lines_set(matrix, user);
    let mut table = Table::new(3, style.width);
    for line in &lines {
        let by = crate::report::words::decider::source(&matrix.ir, line.source, line.is_final);
        let location = line
            .span
            .map(|span| crate::report::shown(&matrix.ir.location(span)))
            .unwrap_or_default();
        let decided = if location.is_empty() { by } else { format!("{by} · {location}") };
        table.row(vec![
            Cell::new(crate::report::shown(&line.setting)),
            Cell::painted(crate::report::shown(&line.value), |_| {
                accounts::paint(&matrix.ir, style, line)
            }),
            Cell::painted(decided, |decided| style.dim(decided)),
        ]);
    }
    table.render(text);
    if defaults > 0 {
        text.push_str(
            &style.dim(&format!("   {} with the {PRODUCT_DEFAULT}", count(defaults, "setting"))),
        );
        text.push('\n');
    }
}
