//! What is compared, as plain text: sessions by their names, and the sides of a cell. Reports print
//! these texts, and fingerprints are made from them.

use super::sessions::{CellSide, Joint};
use super::{Diff, Side};
use crate::matrix::Decider;
use crate::matrix::parties::presence_text;

/// Who and where, by the names of NEW (of OLD for what was removed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionText<'d> {
    /// `user` or `invite`.
    pub subject_kind: &'static str,
    /// The name of the user or invite.
    pub subject: &'d str,
    /// The id of the method.
    pub method: &'d str,
    /// `jump_item` or `portal`.
    pub target_kind: &'static str,
    /// The name of the jump item or portal.
    pub target: &'d str,
    /// Whether a person is present; empty where the method makes no difference of it.
    pub presence: &'static str,
}

impl<'d> SessionText<'d> {
    /// The fields in the order of their declaration.
    pub fn fields(&self) -> [&'d str; 6] {
        [self.subject_kind, self.subject, self.method, self.target_kind, self.target, self.presence]
    }
}

/// A cell on one side: its value and where that comes from. All is empty where the side has no such
/// cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CellText {
    /// The value, or `n/a`.
    pub value: String,
    /// The id of the deciding layer, or `method`.
    pub layer: String,
    /// The name of the deciding policy; empty for a default.
    pub policy: String,
    /// `FILE:LINE` of the deciding line; empty where there is none.
    pub location: String,
}

impl Diff {
    /// A session in words: a joint subject with a joint endpoint.
    pub fn session_text(&self, subject: &Joint, endpoint: &Joint) -> SessionText<'_> {
        let (side, subject) = self.subject(subject);
        let (_, at) = self.endpoint(endpoint);
        let (own, _) = endpoint.at.latest();
        SessionText {
            subject_kind: subject.kind(),
            subject: self.matrix(side).subject_name(subject),
            method: &self.ir(own).profile.methods[at.method].id,
            target_kind: at.target.kind(),
            target: self.target_name(endpoint),
            presence: presence_text(at.present),
        }
    }

    /// The value of a cell on a side, or `n/a`.
    pub fn cell_text(&self, side: Side, cell: &CellSide) -> String {
        let ty = &self.ir(side).profile.permissions[cell.permission].ty;
        self.cell_value(side, cell).map_or_else(|| "n/a".into(), |value| ty.text(value))
    }

    /// A cell on a side, with who decides it and where.
    pub fn decided_cell_text(&self, side: Side, cell: Option<&CellSide>) -> CellText {
        let Some(cell) = cell else { return CellText::default() };
        let ir = self.ir(side);
        let value = self.cell_text(side, cell);
        let layer = |at: usize| ir.profile.layers[at].kind.id().to_owned();
        match cell.decider {
            Decider::Policy(at, id) => {
                let policy = ir.policy(id);
                let location = policy
                    .definition(cell.permission)
                    .map(|definition| ir.location(definition.span))
                    .unwrap_or_default();
                CellText { value, layer: layer(at), policy: policy.object.name.clone(), location }
            }
            Decider::BuiltIn => {
                let layer = layer(ir.profile.layers.len() - 1);
                CellText { value, layer, ..CellText::default() }
            }
            Decider::Method => CellText { value, layer: "method".into(), ..CellText::default() },
        }
    }
}
