//! `grant-without-scope`: something is granted in a session, and the list of what it is granted for
//! is empty, so the grant is none. Mostly a permission was allowed in one place and its list
//! forgotten in all.

use super::context::{Context, Pair, bits};
use super::found::Found;
use super::text::{MAX_LABELS, count};
use crate::diagnostic::Diagnostic;
use crate::ir::PolicyId;
use crate::matrix::session::{MAX_LAYERS, NONE};
use crate::profile::{Strings, Type, Value};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// The line that grants, and those of the empty lists, where lines decide.
type Places = (Option<Span>, Vec<Span>);

fn is_empty_list(value: &Value) -> bool {
    matches!(value, Value::Strings(Strings::Only(items)) if items.is_empty())
}

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let (ir, rules) = (context.ir, &context.matrix.rules);
    let permissions = &ir.profile.permissions;
    let mut lists = 0u128;
    let mut empty_by_default = 0u128;
    for (at, entry) in permissions.iter().enumerate() {
        if entry.requires.is_some() && matches!(entry.ty, Type::Set | Type::Filter) {
            lists |= 1 << at;
            empty_by_default |= u128::from(is_empty_list(&entry.default)) << at;
        }
    }
    let empty: Vec<u128> = ir
        .tables
        .policies
        .iter()
        .map(|policy| {
            let empty =
                policy.definitions.iter().filter(|line| is_empty_list(ir.value(line.value)));
            empty.fold(0, |mask, line| mask | 1 << line.entry) & lists
        })
        .collect();
    // By what is granted and its empty lists: the places, and in how many sessions they meet.
    let mut grants: BTreeMap<(usize, u128), BTreeMap<Places, u64>> = BTreeMap::new();
    context.each_pair(|pair| {
        let cells = &pair.cells;
        let mut open = rules.all();
        let mut bare = 0;
        for layer in (0..MAX_LAYERS).filter(|layer| pair.stack[*layer] != NONE) {
            bare |= cells.decided_by_layer[layer] & empty[pair.stack[layer] as usize];
            open &= !cells.decided_by_layer[layer];
        }
        bare |= open & empty_by_default;
        let mut by_parent: BTreeMap<usize, u128> = BTreeMap::new();
        for list in bits(bare & !cells.not_applicable & !cells.fixed) {
            if let Some(requirement) = &permissions[list].requires
                && !opens_something(context, pair, list)
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
            *grants.entry((parent, lists)).or_default().entry(places).or_default() += pair.sessions;
        }
    });
    let block = ir.tables.global_default.map(|id: PolicyId| ir.policy(id).object.span);
    let elsewhere = block.unwrap_or(Span::file_start(FileId(0)));
    for ((parent, lists), places) in grants {
        let place =
            |(granted, lists): &Places| granted.or(lists.first().copied()).unwrap_or(elsewhere);
        let places: Vec<_> =
            places.into_iter().filter(|(places, _)| !found.is_silenced(place(places))).collect();
        let Some((first, _)) = places.first() else { continue };
        found.add_anyway(place(first), |code| {
            let sessions = places.iter().map(|(_, sessions)| sessions).sum();
            let names: Vec<String> =
                bits(lists).map(|list| format!("`{}`", context.permission(list))).collect();
            let message = format!(
                "`{}` is granted for nothing in {}: {} {} `only []` there",
                context.permission(parent),
                count(sessions, "session"),
                names.join(" and "),
                if names.len() == 1 { "is" } else { "are" }
            );
            let found = Diagnostic::new(code, place(first), message).help(format!(
                "write {}, or the list that is meant, beside the grant; or withhold `{}`",
                bits(lists)
                    .map(|list| format!("`{} = any`", context.permission(list)))
                    .collect::<Vec<_>>()
                    .join(" and "),
                context.permission(parent)
            ));
            let empty = places
                .iter()
                .flat_map(|((_, lists), _)| lists)
                .map(|list| (*list, "the list is empty here"));
            let grants =
                places.iter().skip(1).map(|(other, _)| (place(other), "this grants nothing too"));
            let mut labels: Vec<_> =
                empty.chain(grants).filter(|(span, _)| *span != place(first)).collect();
            labels.sort();
            labels.dedup_by_key(|(span, _)| *span);
            labels
                .into_iter()
                .take(MAX_LABELS)
                .fold(found, |found, (span, says)| found.label(span, says))
        });
    }
}

/// Whether a permission that an empty list makes possible gives something beside it (the desktop
/// beside restricted applications): then the grant is not one of nothing.
fn opens_something(context: &Context<'_>, pair: &Pair, list: usize) -> bool {
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
             jump item \"web\" {{\n  kind = jump_client\n}}\njump item \"db\" {{\n  kind = jump_client\n}}\n"
        )
    }

    #[test]
    fn a_grant_whose_lists_are_empty_is_found() {
        let found = messages(
            "grant-without-scope",
            &text(
                "  file_transfer = both\n  file_transfer.endpoint_paths = any\n  file_transfer.user_paths = only []\n",
            ),
        );
        let expected = "`file_transfer` is granted for nothing in 2 sessions: `file_transfer.user_paths` is `only []` there";
        assert_eq!(found, [expected]);
        let expected = "`file_transfer` is granted for nothing in 2 sessions: `file_transfer.endpoint_paths` and \
                        `file_transfer.user_paths` are `only []` there";
        assert_eq!(
            messages("grant-without-scope", &text("  file_transfer = upload\n")),
            [expected]
        );
        assert_eq!(messages("grant-without-scope", &text("  file_transfer = deny\n")), [""; 0]);
    }

    #[test]
    fn the_desktop_beside_no_application_is_something() {
        let lines = "  screen_sharing = view_only\n  screen_sharing.applications = only []\n";
        assert_eq!(messages("grant-without-scope", &text(lines)).len(), 1);
        let lines = format!("{lines}  screen_sharing.desktop = allow\n");
        assert_eq!(messages("grant-without-scope", &text(&lines)), [""; 0]);
    }
}
