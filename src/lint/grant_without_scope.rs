//! `grant-without-scope`: something is allowed in a session, but the list of what it is allowed for
//! is empty, so it has no effect. Usually someone allowed a permission and forgot its list.

use super::context::{Context, bits};
use super::sink::LintSink;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::PolicyId;
use crate::matrix::pairs::PolicyPair;
use crate::matrix::session::{MAX_LAYERS, NONE};
use crate::profile::{Entry, Strings, Type, Value};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// The line that allows, and those of the empty lists, as far as lines decide these permissions.
type Places = (Option<Span>, Vec<Span>);

/// By permission that has no effect and the set of its empty lists: the deciding lines, and the
/// number of sessions where they meet.
type Grants = BTreeMap<(usize, u128), BTreeMap<Places, u64>>;

fn is_empty_list(value: &Value) -> bool {
    matches!(value, Value::Strings(Strings::Only(items)) if items.is_empty())
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let block = ir.tables.global_default.map(|id: PolicyId| ir.policy(id).object.span);
    let elsewhere = block.unwrap_or(Span::file_start(FileId(0)));
    for ((parent, lists), places) in grants(context) {
        let place =
            |(allows, lists): &Places| allows.or(lists.first().copied()).unwrap_or(elsewhere);
        let places: Vec<_> =
            places.into_iter().filter(|(places, _)| !sink.is_suppressed(place(places))).collect();
        let Some((first, _)) = places.first() else { continue };
        sink.add_unsuppressed(place(first), |code| {
            let sessions = places.iter().map(|(_, sessions)| sessions).sum();
            let diagnostic = message(context, code, place(first), parent, lists, sessions);
            let empty = places
                .iter()
                .flat_map(|((_, lists), _)| lists)
                .map(|list| (*list, "this is empty"));
            let others =
                places.iter().skip(1).map(|(other, _)| (place(other), "this has no effect either"));
            let mut labels: Vec<_> =
                empty.chain(others).filter(|(span, _)| *span != place(first)).collect();
            labels.sort();
            labels.dedup_by_key(|(span, _)| *span);
            let labels = labels.into_iter().take(MAX_LABELS);
            labels.fold(diagnostic, |diagnostic, (span, text)| diagnostic.label(span, text))
        });
    }
}

fn message(
    context: &Context<'_>,
    code: Code,
    place: Span,
    parent: usize,
    lists: u128,
    sessions: u64,
) -> Diagnostic {
    let path = context.permission(parent);
    let join = |line: fn(&str) -> String| {
        let lines: Vec<String> = bits(lists).map(|list| line(context.permission(list))).collect();
        lines.join(" and ")
    };
    let message = format!(
        "`{path}` is allowed but has no effect in {}: {} {} empty",
        count(sessions, "session"),
        join(|list| format!("`{list}`")),
        if lists.count_ones() == 1 { "is" } else { "are" }
    );
    Diagnostic::new(code, place, message).help(format!(
        "set {}, or the list that you want, next to it; or deny `{path}`",
        join(|list| format!("`{list} = any`"))
    ))
}

/// The lists of the profile, and those of them that are empty by default.
fn lists(permissions: &[Entry]) -> (u128, u128) {
    let (mut lists, mut empty_by_default) = (0u128, 0u128);
    for (at, entry) in permissions.iter().enumerate() {
        if entry.requires.is_some() && matches!(entry.ty, Type::Set { .. } | Type::Filter { .. }) {
            lists |= 1 << at;
            empty_by_default |= u128::from(is_empty_list(&entry.default)) << at;
        }
    }
    (lists, empty_by_default)
}

fn grants(context: &Context<'_>) -> Grants {
    let (ir, rules) = (context.ir, &context.matrix.rules);
    let permissions = &ir.profile.permissions;
    let (lists, empty_by_default) = lists(permissions);
    let policies = ir.tables.policies.iter().map(|policy| {
        let empty = policy.definitions.iter().filter(|line| is_empty_list(ir.value(line.value)));
        empty.fold(0, |mask, line| mask | 1 << line.entry) & lists
    });
    let empty_in: Vec<u128> = policies.collect();
    let mut grants = Grants::new();
    context.each_pair(|pair, sessions| {
        let cells = &pair.cells;
        let mut undecided = rules.all();
        let mut empty = 0;
        for layer in (0..MAX_LAYERS).filter(|layer| pair.stack[*layer] != NONE) {
            empty |= cells.decided_by_layer[layer] & empty_in[pair.stack[layer] as usize];
            undecided &= !cells.decided_by_layer[layer];
        }
        empty |= undecided & empty_by_default;
        let mut by_parent: BTreeMap<usize, u128> = BTreeMap::new();
        for list in bits(empty & !cells.not_applicable & !cells.fixed) {
            if let Some(requirement) = &permissions[list].requires
                && !allows_something_else(context, pair, list)
            {
                *by_parent.entry(requirement.entry).or_default() |= 1 << list;
            }
        }
        for (parent, lists) in by_parent {
            let line = |permission: usize| {
                let cell = cells.cell(ir, &pair.stack, pair.method, permission);
                cell.definition.map(|line| line.span)
            };
            let places = (line(parent), bits(lists).filter_map(line).collect());
            *grants.entry((parent, lists)).or_default().entry(places).or_default() += sessions;
        }
    });
    grants
}

/// Whether a permission that depends on an empty list still allows something, such as the desktop
/// besides restricted applications. Then the empty list is not without effect.
fn allows_something_else(context: &Context<'_>, pair: &PolicyPair<'_>, list: usize) -> bool {
    let permissions = &context.ir.profile.permissions;
    let mut children = permissions.iter().enumerate().filter(|(_, entry)| {
        entry.requires.as_ref().is_some_and(|requirement| requirement.entry == list)
    });
    children.any(|(child, entry)| {
        let cell = pair.cells.cell(context.ir, &pair.stack, pair.method, child);
        cell.value.is_some_and(|value| entry.ty.least().as_ref() != Some(value))
    })
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    fn text(lines: &str) -> String {
        format!(
            "session policy \"A\" {{\n{lines}}}\nuser \"ada\" {{\n  session_policy = \"A\"\n}}\n\
             jump item \"web\" {{\n  kind = jump_client\n}}\njump item \"db\" {{\n  kind = \
             jump_client\n}}\n"
        )
    }

    #[test]
    fn a_permission_whose_lists_are_empty_is_found() {
        let reported = messages(
            "grant-without-scope",
            &text(
                "  file_transfer = both\n  file_transfer.endpoint_paths = any\n  \
                 file_transfer.user_paths = only []\n",
            ),
        );
        let expected = "`file_transfer` is allowed but has no effect in 2 sessions: \
            `file_transfer.user_paths` is empty";
        assert_eq!(reported, [expected]);
        let expected = "`file_transfer` is allowed but has no effect in 2 sessions: \
            `file_transfer.endpoint_paths` and `file_transfer.user_paths` are empty";
        let both =
            "  file_transfer.endpoint_paths = only []\n  file_transfer.user_paths = only []\n";
        let upload = format!("  file_transfer = upload\n{both}");
        assert_eq!(messages("grant-without-scope", &text(&upload)), [expected]);
        let denied = format!("  file_transfer = deny\n{both}");
        assert_eq!(messages("grant-without-scope", &text(&denied)), [""; 0]);
    }

    #[test]
    fn a_list_that_nobody_sets_restricts_nothing() {
        let lines = "  file_transfer = upload\n  screen_sharing = view_only\n";
        assert_eq!(messages("grant-without-scope", &text(lines)), [""; 0]);
    }

    #[test]
    fn the_desktop_besides_no_application_is_something() {
        let lines = "  screen_sharing = view_only\n  screen_sharing.applications = only []\n";
        assert_eq!(messages("grant-without-scope", &text(lines)).len(), 1);
        let lines = format!("{lines}  screen_sharing.desktop = allow\n");
        assert_eq!(messages("grant-without-scope", &text(&lines)), [""; 0]);
    }
}
