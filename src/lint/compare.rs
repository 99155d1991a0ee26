//! Two session policies side by side, as masks over permissions.

use crate::ir::{Ir, PolicyId};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

#[derive(Clone, Copy, Default)]
pub(super) struct Sides {
    /// Permissions that both define, the first with the more privileged value.
    pub more: u128,
    /// Permissions that both define alike.
    pub equal: u128,
}

/// Compares each pair of policies once.
pub(super) struct Compare<'a> {
    ir: &'a Ir,
    known: FxHashMap<(u32, u32), Sides>,
}

impl<'a> Compare<'a> {
    pub fn new(ir: &'a Ir) -> Self {
        Compare { ir, known: FxHashMap::default() }
    }

    pub fn sides(&mut self, first: u32, second: u32) -> Sides {
        let ir = self.ir;
        *self.known.entry((first, second)).or_insert_with(|| {
            let other = ir.policy(PolicyId(second));
            let mut sides = Sides::default();
            for line in &ir.policy(PolicyId(first)).definitions {
                let entry = line.entry as usize;
                let Some(beside) = other.definition(entry) else { continue };
                let ty = &ir.profile.permissions[entry].ty;
                match ty.compare(ir.value(line.value), ir.value(beside.value)) {
                    Some(Ordering::Greater) => sides.more |= 1 << entry,
                    Some(Ordering::Equal) => sides.equal |= 1 << entry,
                    _ => {}
                }
            }
            sides
        })
    }
}
