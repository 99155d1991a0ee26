//! What is compared, as plain text: sessions by their names, and the sides of a cell. Reports print
//! these texts, and fingerprints are made from them.

use super::joint::Joint;
use super::sessions::{CellSide, PermissionSide};
use super::{Diff, Side};
use crate::ir::Ir;
use crate::matrix::parties::presence_text;
use crate::matrix::{Decider, Source, StartCell};

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
    /// The group policy or embassy that brought it in; empty for other layers.
    pub via: String,
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
        match cell {
            CellSide::Start(value) => {
                let starts = self.matrix(side).starts.as_ref();
                starts.map(|starts| starts.text(*value)).unwrap_or_default()
            }
            CellSide::Permission(cell) => {
                let ty = &self.ir(side).profile.permissions[cell.permission].ty;
                let value = self.permission_value(side, cell);
                value.map_or_else(|| "n/a".into(), |value| ty.text(value))
            }
        }
    }

    /// A cell of a session on a side, with who decides it and where.
    pub fn decided_cell_text(
        &self,
        side: Side,
        session: (&Joint, &Joint),
        cell: Option<&CellSide>,
    ) -> CellText {
        let Some(cell) = cell else { return CellText::default() };
        let value = self.cell_text(side, cell);
        let cell = match cell {
            CellSide::Permission(cell) => cell,
            CellSide::Start(_) => return self.decided_start_text(side, session, value),
        };
        let ir = self.ir(side);
        let via = self.via(side, session, cell).map(|via| source_name(ir, via).to_owned());
        let layer = |at: usize| ir.profile.layers[at].kind.id().to_owned();
        match cell.decider {
            Decider::Policy(at, id) => {
                let policy = ir.policy(id);
                let location = policy
                    .definition(cell.permission)
                    .map(|definition| ir.location(definition.span))
                    .unwrap_or_default();
                CellText {
                    value,
                    layer: layer(at),
                    policy: policy.object.name.clone(),
                    via: via.unwrap_or_default(),
                    location,
                }
            }
            Decider::BuiltIn => {
                let layer = layer(ir.profile.layers.len() - 1);
                CellText { value, layer, ..CellText::default() }
            }
            Decider::Method => CellText { value, layer: "method".into(), ..CellText::default() },
        }
    }

    /// `start` of a session on a side, and who decides it; `None` where that side has none.
    pub fn start_cell(
        &self,
        side: Side,
        (subject, endpoint): (&Joint, &Joint),
    ) -> Option<StartCell> {
        let (subject, endpoint) = (subject.at.get(side)?, endpoint.at.get(side)?);
        self.matrix(side).start_cell(subject as usize, endpoint as usize)
    }

    fn decided_start_text(&self, side: Side, session: (&Joint, &Joint), value: String) -> CellText {
        let ir = self.ir(side);
        let Some(found) = self.start_cell(side, session) else { return CellText::default() };
        let location = found.by.span.map(|span| ir.location(span));
        CellText {
            value,
            layer: found.by.layer.id().into(),
            policy: source_name(ir, found.by.source).into(),
            via: String::new(),
            location: location.unwrap_or_default(),
        }
    }

    /// The group policy or embassy that brought in the policy that decides a cell, if one did.
    pub fn via(
        &self,
        side: Side,
        (subject, endpoint): (&Joint, &Joint),
        cell: &PermissionSide,
    ) -> Option<Source> {
        let matrix = self.matrix(side);
        let Decider::Policy(layer, _) = cell.decider else { return None };
        if !matrix.ir.profile.layers[layer].kind.is_of_groups() {
            return None;
        }
        let (_, class) = matrix.subjects[subject.at.get(side)? as usize];
        let (endpoint, _) = matrix.endpoints[endpoint.at.get(side)? as usize];
        let slot = matrix.ir.profile.slot_of(endpoint.method);
        matrix.subject_classes[class as usize].via[slot]
    }
}

impl Diff {
    /// What a cell would be on a side without what is unknown, of the joint subject and endpoint of
    /// a session; `None` where nothing is unknown, or where the side lacks the session.
    pub fn written_text(
        &self,
        side: Side,
        (subject, endpoint): (u32, u32),
        cell: &CellSide,
    ) -> Option<String> {
        let written = self.written.as_deref()?;
        let matrix = written.matrix(side);
        let subject = written.sessions.subjects[subject as usize].at.get(side)?;
        let endpoint = written.sessions.endpoints[endpoint as usize].at.get(side)?;
        let (_, subject) = matrix.subjects[subject as usize];
        let (endpoint, class) = matrix.endpoints[endpoint as usize];
        match cell {
            CellSide::Start(_) => Some(matrix.starts.as_ref()?.text(matrix.start(subject, class))),
            CellSide::Permission(cell) => {
                let (stack, cells) = matrix.resolve(subject, class);
                let found = cells.cell(&matrix.ir, &stack, endpoint.method, cell.permission);
                let ty = &matrix.ir.profile.permissions[cell.permission].ty;
                Some(found.value.map_or_else(|| "n/a".into(), |value| ty.text(value)))
            }
        }
    }
}

/// The name of the group policy or embassy of a source; empty for the others.
pub fn source_name(ir: &Ir, source: Source) -> &str {
    match source {
        Source::GroupPolicy(id) => &ir.tables[id].object.name,
        Source::Embassy(id) => &ir.tables[id].object.name,
        Source::User | Source::Profile | Source::GuessedOrder => "",
    }
}
