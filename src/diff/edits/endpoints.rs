//! Jump items and portals, subjects and targets that were added or removed, and the profile.

use super::super::align::Aligned;
use super::super::{Side, Sided};
use super::{Assigned, Edit, EditId, EditKind, Edits, SessionPart, Versioned};
use crate::ir::{JumpItem, MembershipKey};
use crate::matrix::{Endpoint, TargetRef};
use crate::source::Span;
use crate::text::quote;
use rustc_hash::FxHashMap;

/// What the policies of an endpoint come from.
#[derive(Clone, Copy, Debug)]
pub struct EndpointFacts {
    /// The method's index in each profile.
    pub method: Sided<usize>,
    /// The number of the jump item; `None` for a portal.
    pub jump_item: Option<u32>,
    /// The session policy of the jump item.
    pub item: Versioned<Option<Assigned>>,
    /// The portal that the jump item names, or that is the target.
    pub portal: Versioned<Option<u32>>,
}

/// Where a jump item is, by the number of the jump group or of the user.
#[derive(PartialEq, Eq)]
enum PlaceNumber {
    JumpGroup(u32),
    Owner(u32),
    Open,
}

impl Edits {
    pub(super) fn targets(&mut self, aligned: &Aligned) {
        self.item_lines();
        self.portal_lines();
        self.item_kind_lines();
        self.item_place_lines(aligned);
    }

    /// The jump item of a pair on both sides.
    fn item_sides(&self, number: u32) -> Option<Sided<&JumpItem>> {
        let both = self.jump_items.pairs[number as usize].both()?;
        Some(both.map(|side, at| &self.ir(side).tables.jump_items[at as usize]))
    }

    fn item_edit(
        &self,
        kind: EditKind,
        item: &JumpItem,
        detail: String,
        lines: Sided<Option<Span>>,
    ) -> Edit {
        Edit {
            kind,
            owner: self.new.profile.terminology.jump_item.clone(),
            names: vec![item.object.name.clone()],
            detail,
            lines: lines.map(|_, line| line.into_iter().collect()),
        }
    }

    fn item_lines(&mut self) {
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            for slot in 0..2 {
                let Some(item) = self.item_sides(number) else { continue };
                let lines = item.map(|_, item| item.session_policy[slot]);
                let assigned = lines.map(|side, line| self.assigned(side, line));
                if !assigned.differs() {
                    continue;
                }
                let has_presence = self.new.profile.methods[item.new.method].presence;
                let detail = match (has_presence, slot) {
                    (true, 0) => "session_policy.present",
                    (true, _) => "session_policy.absent",
                    _ => "session_policy",
                };
                let edit = self.item_edit(
                    EditKind::Assignment,
                    item.new,
                    detail.into(),
                    lines.map(|_, line| line.map(|line| line.span)),
                );
                let id = self.merge(&mut known, format!("{detail} {assigned:?}"), edit);
                self.item_policies.insert((number, slot as u8), id);
            }
        }
    }

    fn portal_lines(&mut self) {
        self.portal_policy_lines();
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            let Some(item) = self.item_sides(number) else { continue };
            let portal = self.item_portal(number);
            if portal.old != portal.new {
                let edit = self.item_edit(
                    EditKind::Portal,
                    item.new,
                    "portal".into(),
                    item.map(|_, item| Some(item.object.span)),
                );
                let id = self.merge(&mut known, format!("{:?} {:?}", portal.old, portal.new), edit);
                self.item_portals.insert(number, id);
            }
        }
        self.default_portal_line();
    }

    fn portal_policy_lines(&mut self) {
        for number in 0..self.portals.pairs.len() as u32 {
            let pair = self.portals.pairs[number as usize];
            let line = pair
                .options()
                .map(|side, at| self.ir(side).tables.portals[at? as usize].session_policy);
            let assigned = line.map(|side, line| self.assigned(side, line));
            let edit = assigned.differs().then(|| {
                let (side, at) = pair.latest();
                let name = self.ir(side).tables.portals[at as usize].object.name.clone();
                Edit {
                    kind: EditKind::Assignment,
                    owner: self.new.profile.terminology.portal.clone(),
                    names: vec![name],
                    detail: "session_policy".into(),
                    lines: line.map(|_, line| line.map(|line| line.span).into_iter().collect()),
                }
            });
            let edit = edit.map(|edit| self.add(edit));
            self.portal_policies[number as usize] =
                Versioned { old: assigned.old, new: assigned.new, edit };
        }
    }

    fn default_portal_line(&mut self) {
        let at = Sided::from_fn(|side| {
            let portals = &self.ir(side).tables.portals;
            portals.iter().position(|portal| portal.is_default).map(|at| at as u32)
        });
        let number = at.map(|side, at| Some(self.portals.number(side, at?)));
        let edit = number.differs().then(|| Edit {
            kind: EditKind::DefaultPortal,
            owner: String::new(),
            names: Vec::new(),
            detail: "the default portal".into(),
            lines: at.map(|side, at| {
                let span = |at: u32| self.ir(side).tables.portals[at as usize].object.span;
                at.map(span).into_iter().collect()
            }),
        });
        let edit = edit.map(|edit| self.add(edit));
        self.default_portal = Versioned { old: number.old, new: number.new, edit };
    }

    /// The portal that a jump item names.
    fn item_portal(&self, number: u32) -> Versioned<Option<u32>> {
        let portal = self.jump_items.pairs[number as usize].options().map(|side, at| {
            let portal = self.ir(side).tables.jump_items[at? as usize].portal?;
            Some(self.portals.number(side, portal.0))
        });
        let edit = self.item_portals.get(&number).copied();
        Versioned { old: portal.old, new: portal.new, edit }
    }

    fn item_kind_lines(&mut self) {
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            let Some(item) = self.item_sides(number) else { continue };
            let kind = item.map(|side, item| &*self.ir(side).profile.methods[item.method].id);
            if kind.differs() {
                let detail = format!("kind {} → {}", kind.old, kind.new);
                let edit = self.item_edit(
                    EditKind::JumpItemKind,
                    item.new,
                    detail.clone(),
                    item.map(|_, item| Some(item.object.span)),
                );
                let id = self.merge(&mut known, detail, edit);
                self.item_kinds.insert(number, id);
            }
        }
    }

    /// Jump items that moved from one place to another, or that got another jump policy.
    fn item_place_lines(&mut self, aligned: &Aligned) {
        let mut known = FxHashMap::default();
        for number in 0..self.jump_items.pairs.len() as u32 {
            let Some(item) = self.item_sides(number) else { continue };
            let place = item.map(|side, item| self.place_of(aligned, side, item));
            if place.old.0 != place.new.0 {
                let detail = format!("{} → {}", place.old.1, place.new.1);
                let lines = item.map(|_, item| Some(item.object.span));
                let edit = self.item_edit(EditKind::JumpGroup, item.new, detail.clone(), lines);
                let id = self.merge(&mut known, detail, edit);
                self.item_places.insert(number, id);
            }
            let Some(item) = self.item_sides(number) else { continue };
            let policy = item.map(|_, item| item.jump_policy);
            if policy.map(|side, id| Some(self.jump_policies.number(side, id?.0))).differs() {
                let name = policy.map(|side, id| match id {
                    Some(id) => quote(&self.ir(side).tables[id].name),
                    None => "none".to_owned(),
                });
                let detail = format!("jump policy {} → {}", name.old, name.new);
                let lines = item.map(|_, item| Some(item.object.span));
                let edit = self.item_edit(EditKind::JumpPolicy, item.new, detail.clone(), lines);
                let id = self.merge(&mut known, detail, edit);
                self.item_jump_policies.insert(number, id);
            }
        }
    }

    /// The place of a jump item by numbers, and in words.
    fn place_of(&self, aligned: &Aligned, side: Side, item: &JumpItem) -> (PlaceNumber, String) {
        let tables = &self.ir(side).tables;
        match (item.group, item.owner) {
            (Some(group), _) => {
                let key = MembershipKey::JumpGroup(group);
                let number = aligned.member_object(side, &self.new, key).1;
                let name = quote(&tables[group].name);
                (PlaceNumber::JumpGroup(number), format!("jump group {name}"))
            }
            (None, Some((owner, _))) => {
                let name = quote(&tables[owner].object.name);
                let number = self.users.number(side, owner.0);
                (PlaceNumber::Owner(number), format!("owner {name}"))
            }
            (None, None) => (PlaceNumber::Open, "no jump group".into()),
        }
    }

    /// The edits of where an endpoint of NEW is found, and of its jump policy.
    pub fn place_edits(&self, endpoint: &Endpoint) -> [Option<EditId>; 2] {
        match endpoint.target {
            TargetRef::JumpItem(id) => {
                [self.item_places.get(&id.0).copied(), self.item_jump_policies.get(&id.0).copied()]
            }
            TargetRef::Portal(_) => [None; 2],
        }
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
                kind: EditKind::Profile,
                owner: String::new(),
                names: Vec::new(),
                detail: format!("profile {detail}"),
                lines: Sided::default(),
            };
            self.profile = Some(self.add(edit));
        }
    }

    /// What the policies of an endpoint of both sides come from.
    pub fn endpoint_facts(&self, old: &Endpoint, new: &Endpoint) -> EndpointFacts {
        let method = Sided { old: old.method, new: new.method };
        match new.target {
            TargetRef::JumpItem(id) => {
                let slot = usize::from(new.present == Some(false));
                let edit = self.item_policies.get(&(id.0, slot as u8)).copied();
                let item = match self.item_sides(id.0) {
                    Some(item) => Versioned {
                        old: self.assigned(Side::Old, item.old.session_policy[slot]),
                        new: self.assigned(Side::New, item.new.session_policy[slot]),
                        edit,
                    },
                    None => Versioned::fixed(None),
                };
                EndpointFacts {
                    method,
                    jump_item: Some(id.0),
                    item,
                    portal: self.item_portal(id.0),
                }
            }
            TargetRef::Portal(id) => EndpointFacts {
                method,
                jump_item: None,
                item: Versioned::fixed(None),
                portal: Versioned::fixed(Some(id.0)),
            },
        }
    }

    /// Why one side lacks an endpoint that the other has.
    pub fn why_endpoint(&self, side: Side, endpoint: &Endpoint) -> Option<EditId> {
        match endpoint.target {
            TargetRef::JumpItem(id) => {
                let number = self.jump_items.number(side, id.0);
                self.only_on(SessionPart::JumpItem, number)
                    .or_else(|| self.item_kinds.get(&number).copied().or(self.profile))
            }
            TargetRef::Portal(id) => {
                let number = self.portals.number(side, id.0);
                self.only_on(SessionPart::Portal, number)
                    .or_else(|| self.default_portal.edit.or(self.profile))
            }
        }
    }
}
