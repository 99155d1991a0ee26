//! `global-default-decides`: what no policy decides falls to the global default. The product's documents call this
//! a gap that an administrator should look at.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Ir;
use crate::resolve::Matrix;
use crate::source::{FileId, Span};

pub(super) fn lint(ir: &Ir) -> Vec<Diagnostic> {
    let matrix = Matrix::new(ir);
    let last = ir.profile.layers.len() - 1;
    let mut sessions_with_gap = 0u64;
    let mut by_permission = vec![0u64; ir.profile.permissions.len()];
    for subject in 0..matrix.subject_classes.len() {
        for endpoint in 0..matrix.endpoint_classes.len() {
            let (_, cells) = matrix.resolve(subject as u32, endpoint as u32);
            let others = cells.taken[..last].iter().fold(0, |all, taken| all | taken);
            let mut gap = matrix.rules.all() & !others & !cells.not_applicable & !cells.fixed;
            if gap == 0 {
                continue;
            }
            let sessions = matrix.subject_classes[subject].members.len() as u64
                * matrix.endpoint_classes[endpoint].members.len() as u64;
            sessions_with_gap += sessions;
            while gap != 0 {
                by_permission[gap.trailing_zeros() as usize] += sessions;
                gap &= gap - 1;
            }
        }
    }
    if sessions_with_gap == 0 {
        return Vec::new();
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
    let named: Vec<String> = most
        .iter()
        .take(3)
        .map(|&(count, entry)| format!("`{}` in {count}", ir.profile.permissions[entry].path))
        .collect();
    let more = most.len().saturating_sub(3);
    let more = if more > 0 { format!(", and {more} permissions more") } else { String::new() };
    let help = format!(
        "most often {}{more}; define them in a policy of a layer above, or set `global-default-decides = \"allow\"` under `[lints]`",
        named.join(", ")
    );
    vec![Diagnostic::new(Code::GLOBAL_DEFAULT_DECIDES, span, message).help(help)]
}
