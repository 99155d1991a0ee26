//! Entries of lists that compile, but may not be what the product takes: what the lints about them
//! have in common.

use super::context::Context;
use super::sink::LintSink;
use super::text::list;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Definition, Ir, ValueId};
use crate::profile::{Entry, EntryKind, EntryProblem, Strings, Value};
use crate::text::escape_control_chars;
use rustc_hash::FxHashMap;

/// All lines that set a permission or setting, each with what it sets.
pub(super) fn lines(ir: &Ir) -> impl Iterator<Item = (&Entry, &Definition)> {
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
    // Copies of a session policy have its lists, which may be long: each list is read once.
    let mut known: FxHashMap<(ValueId, EntryKind), Option<Doubtful>> = FxHashMap::default();
    for (entry, line) in lines(context.ir) {
        let Some(kind) = entry.ty.entries() else { continue };
        let found = known.entry((line.value, kind));
        let found = found.or_insert_with(|| doubtful(context.ir.value(line.value), kind, problem));
        if let Some(Doubtful { listed, count }) = found {
            sink.add(line.span, |code| message(code, line, &entry.path, listed, *count));
        }
    }
}

/// The entries of a list that have a problem.
struct Doubtful {
    /// The first few, as messages name them.
    listed: String,
    count: usize,
}

/// `None` if no entry has the problem.
fn doubtful(value: &Value, kind: EntryKind, problem: EntryProblem) -> Option<Doubtful> {
    let Value::Strings(Strings::Only(items) | Strings::Except(items)) = value else { return None };
    let doubtful: Vec<String> = items
        .iter()
        // What an escape has made of a path has a finding of its own.
        .filter(|item| !item.contains(['\t', '\n']))
        .filter(|item| kind.problem(item) == Some(problem))
        .map(|item| format!("`{}`", escape_control_chars(item)))
        .collect();
    let count = doubtful.len();
    (count > 0).then(|| Doubtful { listed: list(doubtful), count })
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::findings;
    use std::fmt::Write;

    #[test]
    fn each_copy_of_a_long_list_is_reported_and_the_list_is_read_once() {
        let entries: String = (0..1_500).map(|at| format!("'(c{at}', ")).collect();
        let mut text =
            format!("session policy \"base\" {{\n  shell.commands = only [{entries}]\n}}\n");
        for copy in 0..1_500 {
            let _ = writeln!(text, "session policy \"copy {copy}\" {{\n  like \"base\"\n}}");
        }
        // Were the list read for each copy, these would be two million patterns.
        let found = findings("invalid-pattern", &text);
        let first = "`(c0`, `(c1`, `(c10` and 1497 more in `shell.commands` cannot be parsed as \
                     regular expressions";
        assert_eq!(found.iter().filter(|found| found.message == first).count(), 100);
        assert_eq!(found.iter().map(|found| found.count).sum::<usize>(), 1_501);
    }
}
