//! Jump items and portals, subjects and targets that came or are gone, and the profile.

use super::{Assigned, Edit, EditId, Edits, INVITES, JUMP_ITEMS, Kind, PORTALS, USERS, Versioned};
use crate::ir::{Assignment, Ir, JumpItem, Object};
use crate::matrix::{Endpoint, TargetRef};
use crate::source::Span;
use rustc_hash::FxHashMap;

/// What the policies of an endpoint come from.
#[derive(Clone, Copy, Debug)]
pub struct EndpointFacts {
    /// By side: the method's index.
    pub method: (usize, usize),
    pub item: Versioned<Option<Assigned>>,
    /// The portal that the jump item names, or that is the target.
    pub portal: Versioned<Option<u32>>,
}

impl Edits {
    pub(super) fn targets(&mut self) {
        self.item_lines();
        self.portal_lines();
        self.item_kind_lines();
    }

    /// The jump item of a pair on both sides.
    fn item_sides(&self, number: u32) -> Option<(&JumpItem, &JumpItem)> {
        let (old, new) = self.jump_items.pairs[number as usize];
        Some((
            &self.old.tables.jump_items[old? as usize],
            &self.new.tables.jump_items[new? as usize],
        ))
    }

    fn item_edit(
        &self,
        kind: Kind,
        item: &JumpItem,
        detail: String,
        spans: (Option<Span>, Option<Span>),
    ) -> Edit {
        Edit {
            kind,
            owner: self.new.profile.terminology.jump_item.clone(),
            names: vec![item.object.name.clone()],
            detail,
            old: spans.0.into_iter().collect(),
            new: spans.1.into_iter().collect(),
        }
    }

    fn item_lines(&mut self) {
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            for slot in 0..2 {
                let Some((old, new)) = self.item_sides(number) else { continue };
                let (before, after) = (old.session_policy[slot], new.session_policy[slot]);
                let (a, b) = (self.assigned(false, before), self.assigned(true, after));
                if a == b {
                    continue;
                }
                let span = |found: Option<Assignment>| found.map(|found| found.span);
                let tells = self.new.profile.methods[new.method].presence;
                let detail = match (tells, slot) {
                    (true, 0) => "session_policy.present",
                    (true, _) => "session_policy.absent",
                    _ => "session_policy",
                };
                let edit = self.item_edit(
                    Kind::Assignment,
                    new,
                    detail.into(),
                    (span(before), span(after)),
                );
                let id = self.merge(&mut known, format!("{detail} {a:?} {b:?}"), edit);
                self.item_policies.insert((number, slot as u8), id);
            }
        }
    }

    fn portal_lines(&mut self) {
        for number in 0..self.portals.pairs.len() as u32 {
            let (old, new) = self.portals.pairs[number as usize];
            let line = |ir: &Ir, at: Option<u32>| ir.tables.portals[at? as usize].session_policy;
            let (before, after) = (line(&self.old, old), line(&self.new, new));
            let (a, b) = (self.assigned(false, before), self.assigned(true, after));
            let edit = (a != b).then(|| {
                let name = match (new, old) {
                    (Some(at), _) => &self.new.tables.portals[at as usize].object.name,
                    (None, at) => {
                        &self.old.tables.portals[at.unwrap_or_default() as usize].object.name
                    }
                };
                Edit {
                    kind: Kind::Assignment,
                    owner: self.new.profile.terminology.portal.clone(),
                    names: vec![name.clone()],
                    detail: "session_policy".into(),
                    old: before.map(|found| found.span).into_iter().collect(),
                    new: after.map(|found| found.span).into_iter().collect(),
                }
            });
            let edit = edit.map(|edit| self.add(edit));
            self.portal_policies[number as usize] = Versioned { old: a, new: b, edit };
        }
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            let Some((old, new)) = self.item_sides(number) else { continue };
            let portal = self.item_portal(number);
            if portal.old != portal.new {
                let edit = self.item_edit(
                    Kind::Portal,
                    new,
                    "portal".into(),
                    (Some(old.object.span), Some(new.object.span)),
                );
                let id = self.merge(&mut known, format!("{:?} {:?}", portal.old, portal.new), edit);
                self.item_portals.insert(number, id);
            }
        }
        let default = |ir: &Ir| {
            ir.tables.portals.iter().position(|portal| portal.is_default).map(|at| at as u32)
        };
        let (old, new) = (default(&self.old), default(&self.new));
        let numbers = (old.map(|at| self.portals.number(false, at)), new);
        let edit = (numbers.0 != numbers.1).then(|| {
            let span =
                |ir: &Ir, at: Option<u32>| at.map(|at| ir.tables.portals[at as usize].object.span);
            Edit {
                kind: Kind::DefaultPortal,
                owner: String::new(),
                names: Vec::new(),
                detail: "the default portal".into(),
                old: span(&self.old, old).into_iter().collect(),
                new: span(&self.new, new).into_iter().collect(),
            }
        });
        let edit = edit.map(|edit| self.add(edit));
        self.default_portal = Versioned { old: numbers.0, new: numbers.1, edit };
    }

    /// The portal that a jump item names.
    fn item_portal(&self, number: u32) -> Versioned<Option<u32>> {
        let (old, new) = self.jump_items.pairs[number as usize];
        let portal = |is_new: bool, at: Option<u32>| {
            let item = at.map(|at| &self.ir(is_new).tables.jump_items[at as usize]);
            item.and_then(|item| item.portal).map(|portal| self.portals.number(is_new, portal.0))
        };
        Versioned {
            old: portal(false, old),
            new: portal(true, new),
            edit: self.item_portals.get(&number).copied(),
        }
    }

    fn item_kind_lines(&mut self) {
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            let Some((old, new)) = self.item_sides(number) else { continue };
            let kinds = (
                &*self.old.profile.methods[old.method].id,
                &*self.new.profile.methods[new.method].id,
            );
            if kinds.0 != kinds.1 {
                let detail = format!("kind {} → {}", kinds.0, kinds.1);
                let edit = self.item_edit(
                    Kind::JumpItemKind,
                    new,
                    detail.clone(),
                    (Some(old.object.span), Some(new.object.span)),
                );
                let id = self.merge(&mut known, detail, edit);
                self.item_kinds.insert(number, id);
            }
        }
    }

    /// Objects whose sessions one side lacks.
    pub(super) fn added_and_removed(&mut self) {
        let words = &self.new.profile.terminology;
        let owners = [
            words.user.clone(),
            words.invite.clone(),
            words.jump_item.clone(),
            words.portal.clone(),
        ];
        for (at, owner) in owners.into_iter().enumerate() {
            for new in [false, true] {
                let alone = self.one_sided(at, new);
                if alone.is_empty() {
                    continue;
                }
                let spans: Vec<Span> = alone.iter().map(|object| object.span).collect();
                let (old_spans, new_spans) =
                    if new { (Vec::new(), spans) } else { (spans, Vec::new()) };
                let edit = Edit {
                    kind: if new { Kind::Added } else { Kind::Removed },
                    owner: owner.clone(),
                    names: alone.iter().map(|object| object.name.clone()).collect(),
                    detail: if new { "added" } else { "removed" }.into(),
                    old: old_spans,
                    new: new_spans,
                };
                let id = self.add(edit);
                *if new { &mut self.added[at] } else { &mut self.removed[at] } = Some(id);
            }
        }
    }

    /// The objects of a kind that one side alone has.
    fn one_sided(&self, kind: usize, new: bool) -> Vec<&Object> {
        let tables = &self.ir(new).tables;
        let pairs = match kind {
            USERS => &self.users,
            INVITES => &self.invites,
            JUMP_ITEMS => &self.jump_items,
            _ => &self.portals,
        };
        let alone = pairs.pairs.iter().filter_map(|&pair| match (pair, new) {
            ((None, Some(at)), true) | ((Some(at), None), false) => Some(at as usize),
            _ => None,
        });
        alone
            .map(|at| match kind {
                USERS => &tables.users[at].object,
                INVITES => &tables.invites[at].object,
                JUMP_ITEMS => &tables.jump_items[at].object,
                _ => &tables.portals[at].object,
            })
            .collect()
    }

    pub(super) fn profile(&mut self) {
        let (old, new) = (&self.old.profile, &self.new.profile);
        if old != new {
            let detail = if old.id == new.id {
                old.id.clone()
            } else {
                format!("{} → {}", old.id, new.id)
            };
            let edit = Edit {
                kind: Kind::Profile,
                owner: String::new(),
                names: Vec::new(),
                detail: format!("profile {detail}"),
                old: Vec::new(),
                new: Vec::new(),
            };
            self.profile = Some(self.add(edit));
        }
    }

    /// What the policies of an endpoint of both sides come from.
    pub fn endpoint_facts(&self, old: &Endpoint, new: &Endpoint) -> EndpointFacts {
        let method = (old.method, new.method);
        match new.target {
            TargetRef::JumpItem(id) => {
                let slot = usize::from(new.present == Some(false));
                let edit = self.item_policies.get(&(id.0, slot as u8)).copied();
                let item = match self.item_sides(id.0) {
                    Some((old, new)) => Versioned {
                        old: self.assigned(false, old.session_policy[slot]),
                        new: self.assigned(true, new.session_policy[slot]),
                        edit,
                    },
                    None => Versioned::fixed(None),
                };
                EndpointFacts { method, item, portal: self.item_portal(id.0) }
            }
            TargetRef::Portal(id) => EndpointFacts {
                method,
                item: Versioned::fixed(None),
                portal: Versioned::fixed(Some(id.0)),
            },
        }
    }

    /// Why one side lacks an endpoint that the other has.
    pub fn why_endpoint(&self, new: bool, endpoint: &Endpoint) -> Option<EditId> {
        match endpoint.target {
            TargetRef::JumpItem(id) => {
                let number = self.jump_items.number(new, id.0);
                match self.jump_items.pairs[number as usize] {
                    (None, _) => self.added[JUMP_ITEMS],
                    (_, None) => self.removed[JUMP_ITEMS],
                    _ => self.item_kinds.get(&number).copied().or(self.profile),
                }
            }
            TargetRef::Portal(id) => {
                match self.portals.pairs[self.portals.number(new, id.0) as usize] {
                    (None, _) => self.added[PORTALS],
                    (_, None) => self.removed[PORTALS],
                    _ => self.default_portal.edit.or(self.profile),
                }
            }
        }
    }
}
