//! Entries of lists that compile, but may not be what the product takes: what the lints about them
//! have in common.

use super::context::Context;
use super::sink::LintSink;
use super::text::list;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Definition, Ir};
use crate::profile::{Entry, EntryProblem, Strings, Value};
use crate::text::escape_control_chars;

/// All lines that set a permission or setting, each with what it sets.
fn lines(ir: &Ir) -> impl Iterator<Item = (&Entry, &Definition)> {
    let permissions = ir.tables.policies.iter().flat_map(|policy| &policy.definitions);
    let groups =
        ir.tables.group_policies.iter().chain(&ir.tables.embassies).map(|group| &*group.grants);
    let users = ir.tables.users.iter().map(|user| &*user.grants);
    let settings = groups.chain(users).flat_map(|grants| &grants.settings);
    let permission = |line: &Definition| &ir.profile.permissions[line.entry as usize];
    let setting = |line: &Definition| &ir.profile.settings[line.entry as usize];
    permissions
        .map(move |line| (permission(line), line))
        .chain(settings.map(move |line| (setting(line), line)))
}

/// Adds a finding for each line with such entries. `message` gets the path and the entries.
pub(super) fn report(
    context: &Context<'_>,
    sink: &mut LintSink<'_>,
    problem: EntryProblem,
    message: impl Fn(Code, &Definition, &str, &str, usize) -> Diagnostic,
) {
    for (entry, line) in lines(context.ir) {
        let Some(kind) = entry.ty.entries() else { continue };
        let Value::Strings(Strings::Only(items) | Strings::Except(items)) =
            context.ir.value(line.value)
        else {
            continue;
        };
        let doubtful: Vec<String> = items
            .iter()
            // What an escape has made of a path has a finding of its own.
            .filter(|item| !item.contains(['\t', '\n']))
            .filter(|item| kind.problem(item) == Some(problem))
            .map(|item| format!("`{}`", escape_control_chars(item)))
            .collect();
        if !doubtful.is_empty() {
            let count = doubtful.len();
            sink.add(line.span, |code| message(code, line, &entry.path, &list(doubtful), count));
        }
    }
}
