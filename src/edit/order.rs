//! `move`: the entries of the order of group policies.

use super::changes::{Changes, indent, indent_unit, line_start, next_line, with_own_comments};
use super::view::View;
use super::{Name, Refusal, Target};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileId;
use crate::syntax::ast::{Declaration, DeclarationKind, Range, What};

/// The order, and its entries from top to bottom.
pub(super) fn order<'v>(view: &'v View<'_>) -> Option<(FileId, &'v Declaration, Vec<Range>)> {
    let is_order = |one: &&Declaration| one.kind == DeclarationKind::OrderGroupPolicies;
    let (file, order) = view
        .trees()
        .find_map(|tree| tree.declarations.iter().find(is_order).map(|one| (tree.id, one)))?;
    let statements = order.body.iter().flat_map(|body| &body.statements);
    let entries = statements.filter_map(|statement| match &statement.what {
        What::Entry(name) => Some(*name),
        _ => None,
    });
    Some((file, order, entries.collect()))
}

pub(super) fn moved(view: &View<'_>, entry: &Name, to: &Target) -> Result<Changes, Refusal> {
    let Some((file, order, entries)) = order(view) else {
        let message = "there is no order of group policies";
        let help = "a workspace with one group policy needs none";
        return Err(Box::new(Diagnostic::new(Code::EDIT_REFUSED, entry.span, message).help(help)));
    };
    let position = |name: &Name| {
        let found = entries.iter().position(|at| view.unquoted(file, *at) == name.text);
        found.ok_or_else(|| view.unknown(DeclarationKind::GroupPolicy, &name.text, name.span))
    };
    let from = position(entry)?;
    // The place of the entry that it comes to stand above.
    let to = match to {
        Target::Above(other) => position(other)?,
        Target::Below(other) => position(other)? + 1,
        Target::Top => 0,
        Target::Bottom => entries.len(),
    };
    let mut changes = Changes::default();
    if to == from || to == from + 1 {
        return Ok(changes);
    }
    let text = &view.file(file).text;
    let lines = |at: usize| (line_start(text, entries[at].start), next_line(text, entries[at].end));
    // A comment directly above an entry goes with it.
    let (start, end) = lines(from);
    let start = changes.with_comments(text, file, start, end);
    let mut line = text[start as usize..end as usize].to_owned();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    let place = match entries.get(to) {
        Some(_) => {
            let (start, end) = lines(to);
            with_own_comments(text, start, end)
        }
        None => lines(entries.len() - 1).1,
    };
    debug_assert!(order.body.is_some());
    changes.remove(file, start, end);
    changes.insert(file, place, line);
    Ok(changes)
}

/// Lists a group policy in the order: behind another one, or at the bottom.
pub(super) fn listed(view: &View<'_>, name: &str, behind: Option<&str>, changes: &mut Changes) {
    let Some((file, order, entries)) = order(view) else { return declare(view, name, changes) };
    let text = &view.file(file).text;
    let is_it = |at: &&Range| Some(&*view.unquoted(file, **at)) == behind;
    match entries.iter().find(is_it).or(entries.last()) {
        Some(entry) => {
            let line = format!("{}{name}\n", indent(text, entry.start));
            changes.insert(file, next_line(text, entry.end), line);
        }
        None => {
            if let Some(body) = &order.body {
                changes.insert(file, body.open.end, format!("\n{}{name}", indent_unit(text)));
            }
        }
    }
}

/// Declares the order, behind the group policy that has none, where a second one joins it.
fn declare(view: &View<'_>, name: &str, changes: &mut Changes) {
    let kind = DeclarationKind::OrderGroupPolicies;
    let only = view.objects().find(|one| one.kind == DeclarationKind::GroupPolicy);
    let Some((only, written)) = only.and_then(|only| Some((only, only.name?))) else { return };
    let first = view.text(only.file, written);
    let suffix = kind.suffix().unwrap_or_default();
    let text = &view.file(only.file).text;
    let at = next_line(text, only.end());
    let end = if text[..at as usize].ends_with('\n') { "" } else { "\n" };
    let (head, unit) = (kind.words(), indent_unit(text));
    let block = format!("{end}\n{head}, {suffix} {{\n{unit}{first}\n{unit}{name}\n}}\n");
    changes.insert(only.file, at, block);
}
