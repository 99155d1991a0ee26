//! The matrix as Markdown tables. No name from the policies can forge markup.

use crate::ir::UserId;
use crate::matrix::Matrix;
use crate::matrix::blocks::blocks;
use crate::profile::START;
use crate::report::matrix::accounts;
use crate::report::matrix::start::{self, StartLine, StartLines};
use crate::report::shown;
use crate::report::words::decider::{PRODUCT_DEFAULT, decider_via, source};
use crate::report::words::markup::{code, prose};
use crate::report::words::names::{Namer, grouping_text, session_text};
use crate::text::count;
use std::io::{self, Write};

/// A text for a table cell or a heading: on one line, of bounded length, with no markup in it.
pub fn cell(text: &str) -> String {
    prose(&shown(text))
}

const HEAD: &str = "| permission | value | decided by | at |\n| --- | --- | --- | --- |\n";

/// A path, a value, or a place: what may stand in a policy, or in a list of files.
fn literal(text: &str) -> String {
    code(&shown(text))
}

/// Some permissions of a session. One that does not apply has no decider to show.
pub(super) fn permissions(
    matrix: &Matrix,
    pair: (u32, u32),
    start: Option<&StartLine>,
    permissions: impl Iterator<Item = usize>,
) -> String {
    let ir = &matrix.ir;
    let (stack, cells) = &matrix.resolve(pair.0, pair.1);
    let method = matrix.endpoint_classes[pair.1 as usize].method;
    let via = matrix.via(pair, stack);
    let mut out = HEAD.to_owned();
    if let (Some(line), Some(starts)) = (start, &matrix.starts) {
        out.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            code(START),
            literal(&starts.text(line.cell.value)),
            cell(&start::decider(matrix, line)),
            literal(&start::place(matrix, line))
        ));
    }
    for permission in permissions {
        let entry = &ir.profile.permissions[permission];
        let found = cells.cell(ir, stack, method, permission);
        let value = found.value.map_or_else(|| "n/a".into(), |value| entry.ty.text(value));
        if found.value.is_none() {
            out.push_str(&format!("| {} | n/a | | |\n", literal(&entry.path)));
            continue;
        }
        let location =
            found.definition.map(|definition| ir.location(definition.span)).unwrap_or_default();
        out.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            literal(&entry.path),
            literal(&value),
            cell(&decider_via(ir, found.decider, via)),
            literal(&location)
        ));
    }
    out
}

/// Sessions in groups with identical permissions; `in_full` lists all names.
pub fn sessions_grouped(matrix: &Matrix, in_full: bool, mut out: impl Write) -> io::Result<()> {
    let blocks = blocks(matrix);
    let mut names = Namer::of_both(matrix, in_full);
    writeln!(out, "# {}\n", cell(&matrix.ir.profile.label))?;
    let number_of = blocks.iter().map(|block| block.sessions).sum();
    let grouping = grouping_text(number_of, "session", blocks.len(), "permissions");
    writeln!(out, "{grouping}.")?;
    let mut starts = StartLines::new(matrix);
    for (at, block) in blocks.iter().enumerate() {
        writeln!(out, "\n## {}. {}\n", at + 1, count(block.sessions, "session"))?;
        for rectangle in &block.rectangles {
            let who = names.0.describe(&rectangle.subject_classes);
            let target = names.1.describe(&rectangle.endpoint_classes);
            writeln!(out, "- {} × {}", cell(&who), cell(&target))?;
        }
        let start = starts.of_block(block);
        let visible = matrix.visible_permissions();
        write!(out, "\n{}", permissions(matrix, block.witness, start.as_ref(), visible))?;
    }
    Ok(())
}

/// Each session by itself.
pub fn sessions_each(matrix: &Matrix, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "# {}", cell(&matrix.ir.profile.label))?;
    let starts = StartLines::new(matrix);
    for (row, &(subject, subject_class)) in matrix.subjects.iter().enumerate() {
        for (column, &(endpoint, endpoint_class)) in matrix.endpoints.iter().enumerate() {
            let pair = (subject_class, endpoint_class);
            if !matrix.has_sessions(pair.0, pair.1) {
                continue;
            }
            let start = starts.of_session(row, column);
            writeln!(out, "\n## {}\n", cell(&session_text(matrix, subject, &endpoint)))?;
            let visible = matrix.visible_permissions();
            write!(out, "{}", permissions(matrix, pair, start.as_ref(), visible))?;
        }
    }
    Ok(())
}

/// The path of a setting as code, or the words for a membership.
fn setting(text: &str) -> String {
    match text.split_once(' ') {
        None => literal(text),
        Some(_) => cell(text),
    }
}

/// The settings that a policy or the account sets, and a count of the others, which are the same
/// for everyone.
fn account_lines(matrix: &Matrix, user: UserId) -> String {
    let (lines, defaults) = accounts::lines_set(matrix, user);
    let mut out = String::new();
    for line in lines {
        if out.is_empty() {
            out.push_str("| setting | value | decided by | at |\n| --- | --- | --- | --- |\n");
        }
        let by = source(&matrix.ir, line.source, line.is_final);
        out.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            setting(&line.setting),
            literal(&line.value),
            cell(&by),
            literal(&line.span.map(|span| matrix.ir.location(span)).unwrap_or_default())
        ));
    }
    if defaults > 0 {
        let blank = if out.is_empty() { "" } else { "\n" };
        let settings = count(defaults, "setting");
        out.push_str(&format!("{blank}{settings} with the {PRODUCT_DEFAULT}.\n"));
    }
    out
}

/// Accounts in groups with identical settings; `in_full` lists all names.
pub fn accounts_grouped(matrix: &Matrix, in_full: bool, mut out: impl Write) -> io::Result<()> {
    let groups = accounts::groups(matrix);
    let mut names = accounts::namer(matrix, &groups, in_full);
    writeln!(out, "# {}", cell(&matrix.ir.profile.label))?;
    for (at, group) in groups.iter().enumerate() {
        writeln!(
            out,
            "\n## {}. {}\n\n{}\n",
            at + 1,
            count(group.users.len() as u64, "account"),
            cell(&names.describe(&[at as u32]))
        )?;
        write!(out, "{}", account_lines(matrix, group.first()))?;
    }
    Ok(())
}

/// Each account by itself.
pub fn accounts_each(matrix: &Matrix, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "# {}", cell(&matrix.ir.profile.label))?;
    for user in accounts::users(matrix) {
        writeln!(out, "\n## {}\n", cell(accounts::name(matrix, user)))?;
        write!(out, "{}", account_lines(matrix, user))?;
    }
    Ok(())
}
