//! Who takes part in sessions, and what they lead to.

use super::classes::Matrix;
use crate::ir::{InviteId, Ir, JumpItemId, PortalId, UserId};
use crate::profile::Target;
use crate::text::option_in_shell;
use rustc_hash::FxHashSet;

/// Who takes part in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubjectRef {
    /// An external person with an invite.
    Invite(InviteId),
    /// A user of the product.
    User(UserId),
}

/// What a session leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TargetRef {
    /// A jump item; its kind is the method.
    JumpItem(JumpItemId),
    /// A portal with one of the profile's portal methods.
    Portal(PortalId),
}

/// What a session goes to, and how: method, target and presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Index into the profile's methods.
    pub method: usize,
    /// Where it leads to.
    pub target: TargetRef,
    /// Whether a person is present, if the method distinguishes that.
    pub present: Option<bool>,
}

impl SubjectRef {
    /// `invite` or `user`, as the machine interface writes it.
    pub fn kind(self) -> &'static str {
        match self {
            SubjectRef::Invite(_) => "invite",
            SubjectRef::User(_) => "user",
        }
    }
}

impl TargetRef {
    /// `jump_item` or `portal`, as the machine interface writes it.
    pub fn kind(self) -> &'static str {
        match self {
            TargetRef::JumpItem(_) => "jump_item",
            TargetRef::Portal(_) => "portal",
        }
    }
}

/// `present` or `absent`; empty where the method does not tell the two apart.
pub fn presence_text(present: Option<bool>) -> &'static str {
    match present {
        Some(true) => "present",
        Some(false) => "absent",
        None => "",
    }
}

impl Matrix {
    /// How many jump items and portals classes of endpoints have. An item is one target, with and
    /// without a person present; so is a portal, by whatever method.
    pub fn target_count(&self, classes: impl IntoIterator<Item = u32>) -> u64 {
        let members = |class: u32| &self.endpoint_classes[class as usize].members;
        let members = classes.into_iter().flat_map(members);
        let targets: FxHashSet<TargetRef> =
            members.map(|at| self.endpoints[*at as usize].0.target).collect();
        targets.len() as u64
    }
}

/// The command that simulates a session, for whoever is in the folder of the workspace. There is
/// none where a name cannot be typed. Names come from the policies: a shell must not read them as
/// anything but names.
///
/// `ir` is of the endpoint; the subject is given by kind and name, since in a comparison it may be
/// of the other side.
pub fn simulate_command(ir: &Ir, who: (&str, &str), endpoint: Endpoint) -> Option<String> {
    let tables = &ir.tables;
    let (option, target, needs_method) = match endpoint.target {
        TargetRef::JumpItem(id) => {
            let name = &tables.jump_items[id.index()].object.name;
            ("jump-item", name, tables.has_namesake(id))
        }
        TargetRef::Portal(id) => ("portal", &tables.portals[id.index()].object.name, true),
    };
    let mut command = format!(
        "precedent simulate {} {}",
        option_in_shell(who.0, who.1)?,
        option_in_shell(option, target)?
    );
    if needs_method {
        command.push_str(&format!(" --method {}", ir.profile.methods[endpoint.method].id));
    }
    if endpoint.present.is_some() {
        command.push_str(&format!(" --presence {}", presence_text(endpoint.present)));
    }
    Some(command)
}

/// Endpoints in the order of the matrix: method, kind of target, name, presence, each by bytes.
pub(super) fn all_endpoints(ir: &Ir) -> Vec<Endpoint> {
    let methods = &ir.profile.methods;
    let mut endpoints = Vec::with_capacity(ir.tables.jump_items.len());
    let mut by_method: Vec<Vec<u32>> = vec![Vec::new(); methods.len()];
    for (index, item) in ir.tables.jump_items.iter().enumerate() {
        by_method[item.method].push(index as u32);
    }
    let mut order: Vec<usize> = (0..methods.len()).collect();
    order.sort_by(|&a, &b| methods[a].id.cmp(&methods[b].id));
    for method in order {
        let mut add = |target: TargetRef| {
            let presences: &[Option<bool>] =
                if methods[method].presence { &[Some(false), Some(true)] } else { &[None] };
            endpoints.extend(presences.iter().map(|&present| Endpoint { method, target, present }));
        };
        match methods[method].target {
            Target::JumpItem => by_method[method]
                .iter()
                .for_each(|&index| add(TargetRef::JumpItem(JumpItemId(index)))),
            target => {
                for (index, portal) in ir.tables.portals.iter().enumerate() {
                    if target == Target::Portal || portal.is_default {
                        add(TargetRef::Portal(PortalId(index as u32)));
                    }
                }
            }
        }
    }
    endpoints
}
