//! Cells of NEW as they were in OLD: where a value comes from is found by following it from
//! revision to revision.

use super::Diff;
use crate::ir::UserId;
use crate::matrix::SubjectRef;

/// Whose cells are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellRef {
    /// By indices into the matrix.
    Session {
        subject: usize,
        endpoint: usize,
    },
    Account(UserId),
}

/// What a cell was in OLD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// The same. OLD may call it by another name: that of a membership has the name of an object.
    Same(String),
    Other(String),
    /// There was no such cell.
    Absent,
}

impl Diff {
    /// What is followed, as OLD has it, and what some of its cells were. Cells of a session are
    /// paths of permissions, those of an account what its lines begin with: `reports.sessions`,
    /// `team "Servers"`.
    pub fn follow(&self, followed: CellRef, cells: &[String]) -> (Option<CellRef>, Vec<Before>) {
        match followed {
            CellRef::Session { subject, endpoint } => self.follow_session(subject, endpoint, cells),
            CellRef::Account(user) => {
                let joints = &self.sessions.subjects;
                let is_it = |at: u32| self.new.subjects[at as usize].0 == SubjectRef::User(user);
                let old = joints
                    .iter()
                    .find(|joint| joint.new.is_some_and(is_it))
                    .and_then(|joint| joint.old);
                let old = old.and_then(|at| match self.old.subjects[at as usize].0 {
                    SubjectRef::User(user) => Some(user),
                    SubjectRef::Invite(_) => None,
                });
                let before = match old {
                    Some(old) => self.follow_account(old, user, cells),
                    None => vec![Before::Absent; cells.len()],
                };
                (old.map(CellRef::Account), before)
            }
        }
    }

    fn follow_session(
        &self,
        subject: usize,
        endpoint: usize,
        cells: &[String],
    ) -> (Option<CellRef>, Vec<Before>) {
        let joint = |joints: &[super::sessions::Joint], at: usize| {
            joints.iter().find(|joint| joint.new == Some(at as u32)).copied()
        };
        let subject = joint(&self.sessions.subjects, subject);
        let endpoint = joint(&self.sessions.endpoints, endpoint);
        let (Some(subject), Some(endpoint)) = (subject, endpoint) else {
            return (None, vec![Before::Absent; cells.len()]);
        };
        let (Some(old_subject), Some(old_endpoint)) = (subject.old, endpoint.old) else {
            return (None, vec![Before::Absent; cells.len()]);
        };
        let changes = self.changes(subject.class, endpoint.class);
        let before = cells.iter().map(|path| {
            let permission = self.new.ir.profile.permission(path);
            let in_both = self.aligned.permissions.iter().any(|&(_, new)| Some(new) == permission);
            if !in_both {
                return Before::Absent;
            }
            let Some(change) = changes.iter().find(|change| Some(change.permission) == permission)
            else {
                return Before::Same(path.clone());
            };
            let ty = &self.old.ir.profile.permissions[change.old_permission].ty;
            let value =
                change.before.and_then(|side| self.side_value(false, change.old_permission, &side));
            Before::Other(value.map_or_else(|| "n/a".into(), |value| ty.text(value)))
        });
        let followed =
            CellRef::Session { subject: old_subject as usize, endpoint: old_endpoint as usize };
        (Some(followed), before.collect())
    }
}
