//! Cells of NEW as they were in OLD. Where a value comes from is found by tracing it back from
//! revision to revision.

use super::{Diff, Side};
use crate::ir::UserId;
use crate::matrix::SubjectRef;
use crate::profile::START;

/// The session or account whose cells are traced back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellRef {
    /// A session, by indices into the subjects and endpoints of the matrix.
    Session {
        /// Index into [`Matrix::subjects`](crate::matrix::Matrix::subjects).
        subject: usize,
        /// Index into [`Matrix::endpoints`](crate::matrix::Matrix::endpoints).
        endpoint: usize,
    },
    /// The account of a user.
    Account(UserId),
}

/// What a cell was in OLD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previous {
    /// The same value. OLD may call the cell by another name, which is given: a membership's name
    /// is that of an object, which may have been renamed.
    Same(String),
    /// Another value, which is given as text.
    Other(String),
    /// There was no such cell.
    Absent,
}

impl Diff {
    /// The session or account as OLD has it, and what some of its cells were there. Cells of a
    /// session are paths of permissions; those of an account are what its lines begin with:
    /// `reports.sessions`, `team "Servers"`.
    pub fn trace_back(&self, of: CellRef, cells: &[String]) -> (Option<CellRef>, Vec<Previous>) {
        match of {
            CellRef::Session { subject, endpoint } => self.trace_session(subject, endpoint, cells),
            CellRef::Account(user) => {
                let joints = &self.sessions.subjects;
                let is_it = |at: u32| self.new.subjects[at as usize].0 == SubjectRef::User(user);
                let old = joints
                    .iter()
                    .find(|joint| joint.at.in_new().is_some_and(is_it))
                    .and_then(|joint| joint.at.in_old());
                let old = old.and_then(|at| match self.old.subjects[at as usize].0 {
                    SubjectRef::User(user) => Some(user),
                    SubjectRef::Invite(_) => None,
                });
                let before = match old {
                    Some(old) => self.trace_account(old, user, cells),
                    None => vec![Previous::Absent; cells.len()],
                };
                (old.map(CellRef::Account), before)
            }
        }
    }

    fn trace_session(
        &self,
        subject: usize,
        endpoint: usize,
        cells: &[String],
    ) -> (Option<CellRef>, Vec<Previous>) {
        let joint = |joints: &[super::joint::Joint], at: usize| {
            joints.iter().find(|joint| joint.at.in_new() == Some(at as u32)).copied()
        };
        let subject = joint(&self.sessions.subjects, subject);
        let endpoint = joint(&self.sessions.endpoints, endpoint);
        let (Some(subject), Some(endpoint)) = (subject, endpoint) else {
            return (None, vec![Previous::Absent; cells.len()]);
        };
        let (Some(old_subject), Some(old_endpoint)) = (subject.at.in_old(), endpoint.at.in_old())
        else {
            return (None, vec![Previous::Absent; cells.len()]);
        };
        let changes = self.changes(subject.class, endpoint.class);
        let before = cells.iter().map(|path| {
            let permission = self.new.ir.profile.permission(path);
            let in_both = match path == START {
                true => self.old.starts.is_some() && self.new.starts.is_some(),
                false => self.aligned.permissions.iter().any(|&(_, new)| Some(new) == permission),
            };
            if !in_both {
                return Previous::Absent;
            }
            let change = changes.iter().find(|change| change.permission() == permission);
            let Some(before) = change.and_then(|change| change.sides.in_old()) else {
                return Previous::Same(path.clone());
            };
            Previous::Other(self.cell_text(Side::Old, &before))
        });
        let found =
            CellRef::Session { subject: old_subject as usize, endpoint: old_endpoint as usize };
        (Some(found), before.collect())
    }
}
