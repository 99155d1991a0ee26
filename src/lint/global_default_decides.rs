//! `global-default-decides`: what no policy decides falls to the global default. The product's documents call this
//! a gap that an administrator should look at.

use super::context::{Context, bits};
use super::found::Found;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let (ir, matrix) = (context.ir, &context.matrix);
    let last = ir.profile.layers.len() - 1;
    let mut sessions_with_gap = 0u64;
    let mut by_permission = vec![0u64; ir.profile.permissions.len()];
    context.each_pair(|pair| {
        let cells = &pair.cells;
        let others = cells.taken[..last].iter().fold(0, |all, taken| all | taken);
        let gap = matrix.rules.all() & !others & !cells.not_applicable & !cells.fixed;
        sessions_with_gap += if gap == 0 { 0 } else { pair.sessions };
        bits(gap).for_each(|permission| by_permission[permission] += pair.sessions);
    });
    if sessions_with_gap == 0 {
        return;
    }
    let block = ir.tables.global_default.map(|id| ir.policy(id).object.span);
    let span = block.unwrap_or(Span::file_start(FileId(0)));
    let all = matrix.sessions();
    let message =
        format!("{sessions_with_gap} of {all} sessions get permissions that nobody but the global default decides");
    let mut most: Vec<(u64, usize)> = by_permission
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(entry, count)| (*count, entry))
        .collect();
    most.sort_by_key(|&(count, entry)| (std::cmp::Reverse(count), entry));
    let named: Vec<String> =
        most.iter().take(3).map(|&(count, entry)| format!("`{}` in {count}", context.permission(entry))).collect();
    let more = most.len().saturating_sub(3);
    let more = if more > 0 { format!(", and {more} permissions more") } else { String::new() };
    let help = format!(
        "most often {}{more}; define them in a policy of a layer above, or set `global-default-decides = \"allow\"` under `[lints]`",
        named.join(", ")
    );
    found.add(span, |code| Diagnostic::new(code, span, message).help(help));
}
