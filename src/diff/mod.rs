//! Two revisions compared: what is widened, narrowed, changed, added or removed, and because of
//! which edits.

pub mod accounts;
pub mod align;
pub mod causes;
pub mod changed;
pub mod counterfactual;
pub mod counterfactual_start;
pub mod cover;
pub mod edits;
pub mod entries;
pub mod joint;
pub mod rows;
pub mod sessions;
mod side;
pub mod texts;
pub mod trace;

use crate::ir::Ir;
use crate::matrix::Matrix;
use crate::profile::{Type, Value};
use crate::syntax::ast::DeclarationKind;
use align::Aligned;
use edits::Edits;
pub use side::{OneOrBoth, Side, Sided};
use std::cmp::Ordering;
use std::sync::Arc;

/// How a value moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// More privileged, by the type's order.
    Widened,
    /// Less privileged, by the type's order.
    Narrowed,
    /// The type's order does not say.
    Changed,
    /// Of a session or account that only NEW has.
    Added,
    /// Of a session or account that only OLD has.
    Removed,
    /// From or to `n/a`: it only follows from a change of the permission that this one depends on.
    Follows,
}

impl Direction {
    /// In the order of reports, which is that of the type.
    pub const ALL: [Direction; 6] = [
        Direction::Widened,
        Direction::Narrowed,
        Direction::Changed,
        Direction::Added,
        Direction::Removed,
        Direction::Follows,
    ];

    /// The word for it, in reports and gates.
    pub fn id(self) -> &'static str {
        match self {
            Direction::Widened => "widened",
            Direction::Narrowed => "narrowed",
            Direction::Changed => "changed",
            Direction::Added => "added",
            Direction::Removed => "removed",
            Direction::Follows => "follows",
        }
    }

    /// Of something that one side alone has.
    pub fn one_sided(side: Side) -> Direction {
        match side {
            Side::Old => Direction::Removed,
            Side::New => Direction::Added,
        }
    }

    /// Of two values that differ, each typed on its own side. Where both types can compare them and
    /// do not agree, it is not known: a new profile cannot turn a gain into a loss.
    fn of(before: (&Type, &Value), after: (&Type, &Value)) -> Direction {
        let by_new = translate(before.0, after.0, before.1)
            .and_then(|before| after.0.compare(&before, after.1));
        let by_old = if before.0 == after.0 {
            by_new
        } else {
            match translate(after.0, before.0, after.1) {
                Some(after) => before.0.compare(before.1, &after),
                // OLD's type does not know the value.
                None => by_new,
            }
        };
        match by_new.filter(|_| by_old == by_new) {
            Some(Ordering::Less) => Direction::Widened,
            Some(Ordering::Greater) => Direction::Narrowed,
            _ => Direction::Changed,
        }
    }
}

/// What a value is that comes to apply in NEW, or applied in OLD alone, although nothing that it
/// depends on moved: where it does not apply, nothing is granted.
fn by_itself(side: Side, own: &Type, other: &Type, value: &Value) -> Direction {
    match side {
        _ if is_least_of_both(own, Some(other), value) => Direction::Follows,
        Side::Old => Direction::Narrowed,
        Side::New if own.least().is_some() => Direction::Widened,
        Side::New => Direction::Changed,
    }
}

/// How many changes there are of each direction, in the order of [`Direction::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub [u64; 6]);

impl Counts {
    /// Counts changes of a direction.
    pub fn add(&mut self, direction: Direction, count: u64) {
        self.0[direction as usize] += count;
    }

    /// How many changes there are of a direction.
    pub fn of(&self, direction: Direction) -> u64 {
        self.0[direction as usize]
    }

    /// How many changes there are.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Whether a value is the least one of its type, and of the type that another profile has in place
/// of it, if that one knows the value.
fn is_least_of_both(own: &Type, other: Option<&Type>, value: &Value) -> bool {
    let least_of_other = other.filter(|other| *other != own).is_none_or(|other| {
        translate(own, other, value).is_none_or(|value| other.least() == Some(value))
    });
    own.least().as_ref() == Some(value) && least_of_other
}

/// A value of one profile's type as one of another's; the same where the types are.
fn translate(from: &Type, to: &Type, value: &Value) -> Option<Value> {
    if from == to {
        return Some(value.clone());
    }
    match value {
        Value::Word(_) => to.word(&from.text(value)),
        other => to.holds(other).then(|| other.clone()),
    }
}

/// OLD and NEW, with which of their objects are the same, and the edits between them.
#[derive(Debug)]
pub struct Diff {
    /// The revision to compare with.
    pub old: Arc<Matrix>,
    /// The revision that is looked at.
    pub new: Arc<Matrix>,
    /// Which objects are the same.
    pub aligned: Aligned,
    /// What was edited.
    pub edits: Edits,
    /// The subjects and endpoints of both.
    pub sessions: joint::Sessions,
    /// Whether pairs that cannot be started count as sessions, too.
    pub all_pairs: bool,
    /// Where both sides have something unknown: the same revisions without that. A cell that is
    /// unknown on both sides has changed if it has changed here, where nothing hides it. It has the
    /// same subjects, endpoints and edits.
    pub written: Option<Box<Diff>>,
}

impl Diff {
    /// The object of NEW that an object of OLD is, by its index; `None` for kinds that are not
    /// compared.
    pub fn partner(&self, kind: DeclarationKind, old: u32) -> Option<Option<u32>> {
        let of = |pairs: &align::Pairs| {
            let number = *pairs.of_old.get(old as usize)?;
            Some(pairs.pairs.get(number as usize)?.both().map(|pair| pair.new))
        };
        match kind {
            DeclarationKind::SessionPolicy => of(&self.edits.policies),
            DeclarationKind::DirectoryGroup => of(&self.edits.directory_groups),
            DeclarationKind::GroupPolicy => of(&self.edits.group_pairs[0]),
            DeclarationKind::Embassy => of(&self.edits.group_pairs[1]),
            _ => self.aligned.map(kind)?.get(old as usize).copied(),
        }
    }

    /// Compares two revisions. Rows and causes are found by [`rows::Rows::new`].
    pub fn new(old: &Arc<Matrix>, new: &Arc<Matrix>) -> Self {
        let aligned = Aligned::new(&old.ir, &new.ir);
        let edits = Edits::new(&old.ir, &new.ir, &aligned);
        let all_pairs = old.all_pairs || new.all_pairs;
        let both_unknown = old.ir.has_unknown() && new.ir.has_unknown();
        let matrices = Sided { old: Arc::clone(old), new: Arc::clone(new) };
        let written = both_unknown.then(|| Box::new(Diff::written(&matrices, &aligned, &edits)));
        let sessions = joint::Sessions::new(&matrices, &aligned, &edits, written.as_deref());
        let Sided { old, new } = matrices;
        Diff { old, new, aligned, edits, sessions, all_pairs, written }
    }

    /// The same revisions without what is unknown in them, and all pairs of them.
    fn written(matrices: &Sided<Arc<Matrix>>, aligned: &Aligned, edits: &Edits) -> Diff {
        let known = |ir: &Ir| Arc::new(Matrix::new(&Arc::new(ir.without_unknown())));
        let matrices = matrices.as_ref().map(|_, matrix| known(&matrix.ir));
        let irs = matrices.as_ref().map(|_, matrix| Arc::clone(&matrix.ir));
        let edits = edits.without_unknown(&irs);
        let aligned = aligned.clone();
        let sessions = joint::Sessions::new(&matrices, &aligned, &edits, None);
        let Sided { old, new } = matrices;
        Diff { old, new, aligned, edits, sessions, all_pairs: true, written: None }
    }

    /// The matrix of a side.
    pub fn matrix(&self, side: Side) -> &Matrix {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    /// The policies of a side.
    pub fn ir(&self, side: Side) -> &Ir {
        &self.matrix(side).ir
    }

    /// The policies of OLD.
    pub fn old_ir(&self) -> &Ir {
        &self.old.ir
    }

    /// The policies of NEW.
    pub fn new_ir(&self) -> &Ir {
        &self.new.ir
    }
}
