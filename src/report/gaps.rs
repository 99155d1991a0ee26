//! What falls through to the global default.

use crate::matrix::pairs::{Policies, SubjectsAt};
use crate::matrix::{Decider, Matrix};
use crate::profile::LayerKind;
use crate::report::show::Table;
use crate::text::number;
use std::collections::BTreeMap;

/// What falls through to the global default: by permission and value, in how many sessions.
pub(in crate::report) fn table(matrix: &Matrix) -> Table {
    let ir = &matrix.ir;
    let policies = Policies::new(matrix);
    let subjects = SubjectsAt::new(matrix, &policies);
    let mut found: BTreeMap<(usize, String), u64> = BTreeMap::new();
    policies.each_pair(matrix, |pair| {
        let members = |class: usize| matrix.endpoint_classes[class].members.len() as u64;
        let sessions = subjects.sessions(matrix, &pair, members);
        if sessions == 0 {
            return;
        }
        for (entry, at) in ir.profile.permissions.iter().zip(0..) {
            let cell = pair.cells.cell(ir, &pair.stack, pair.method, at);
            let falls_through = match cell.decider {
                Decider::BuiltIn => true,
                Decider::Method => false,
                Decider::Policy(layer, _) => {
                    ir.profile.layers[layer].kind == LayerKind::GlobalDefault
                }
            };
            if let (true, Some(value)) = (falls_through, cell.value) {
                *found.entry((at, entry.ty.text(value))).or_default() += sessions;
            }
        }
    });
    let rows = found.into_iter().map(|((at, value), sessions)| {
        let entry = &ir.profile.permissions[at];
        vec![entry.path.clone(), entry.label.clone(), value, number(sessions)]
    });
    let columns = vec!["permission", "the product's term", "value", "sessions"];
    Table { title: "gaps", columns, rows: rows.collect() }
}
