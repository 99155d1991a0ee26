//! Two revisions of policies side by side.

use super::Policies;
use crate::diff::Diff;
use crate::diff::rows::Rows;
use crate::review::Reviewed;
use crate::review::acceptance::Acceptances;
use crate::review::gate::Gate;
use std::sync::Arc;

/// OLD and NEW: who gains or loses what, and because of which edits. Cheap to clone; may be shared
/// between threads.
#[derive(Clone, Debug)]
pub struct Comparison {
    diff: Arc<Diff>,
    rows: Arc<Rows>,
}

impl Comparison {
    /// Compares two revisions. This finds the cause of each change, which is most of the work.
    pub fn new(old: &Policies, new: &Policies) -> Comparison {
        let diff = Arc::new(Diff::new(old.matrix(), new.matrix()));
        let rows = Arc::new(Rows::new(&diff));
        Comparison { diff, rows }
    }

    /// The two sides, what was edited between them, and each changed cell.
    pub fn diff(&self) -> &Arc<Diff> {
        &self.diff
    }

    /// The changed cells in rows: changes of the same kind with the same cause are one row.
    pub fn rows(&self) -> &Arc<Rows> {
        &self.rows
    }

    /// Applies gates, those that are given and those of both manifests, and acceptances. The result
    /// is what the reports of [`crate::report::diff`] take.
    pub fn review(&self, gates: &[Gate], acceptances: &Acceptances) -> Reviewed {
        Reviewed::new(Arc::clone(&self.diff), Arc::clone(&self.rows), gates, acceptances)
    }
}
