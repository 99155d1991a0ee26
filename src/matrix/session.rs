//! Resolves one session: the first layer that defines a permission decides it (docs/language.md,
//! section 4.2).
//!
//! A set of permissions is a `u128` with one bit per permission. A policy is three masks: which
//! permissions it defines, for which ones it defines the required permission, and for which of
//! those its value satisfies the requirement. The layers of a session are then combined with a few
//! bit operations, and the decider of a permission is the layer whose mask has its bit.

use crate::ir::{Definition, Ir, Policy, PolicyId};
use crate::profile::{Profile, Value};
use crate::semantics::policy_lines;

/// The most layers that a sound profile has.
pub const MAX_LAYERS: usize = 7;

/// The policy that each layer of the profile contributes to a session; [`NONE`] where it has none.
pub type Stack = [u32; MAX_LAYERS];

/// No policy.
pub const NONE: u32 = u32::MAX;

/// A session in which no layer has a policy.
pub const EMPTY_STACK: Stack = [NONE; MAX_LAYERS];

/// The policies of a session, from those of its subject and of its endpoint.
pub fn merged(subject: &Stack, endpoint: &Stack) -> Stack {
    // A layer belongs to one of the two sides, and the other has `NONE` there, which is the largest
    // number.
    std::array::from_fn(|layer| subject[layer].min(endpoint[layer]))
}

/// The permissions of a mask.
pub fn bits(mut mask: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(next)
    })
}

/// A policy as masks over permissions.
#[derive(Clone, Copy, Debug, Default)]
struct PolicyMasks {
    defined: u128,
    /// Those of them whose value is unknown.
    unknown: u128,
    /// Permissions whose required permission it defines.
    parent_defined: u128,
    /// Those of them whose requirement its value satisfies.
    satisfies: u128,
}

/// What a method changes.
#[derive(Clone, Copy, Debug, Default)]
struct MethodMasks {
    not_for: u128,
    fixed: u128,
    /// Permissions whose required permission the method fixes.
    parent_fixed: u128,
    /// Those of them whose requirement the fixed value satisfies.
    satisfies: u128,
}

/// The profile and all policies of an IR, ready to resolve.
#[derive(Clone, Debug)]
pub struct Rules {
    layers: usize,
    all: u128,
    has_parent: u128,
    /// (permission, required one), parents before children.
    dependents: Vec<(u8, u8)>,
    rows: Vec<PolicyMasks>,
    built_in: PolicyMasks,
    methods: Vec<MethodMasks>,
}

/// Which layer decides each permission of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cells {
    /// By layer: the permissions that it decides. What no layer decides, the profile's built-in
    /// default decides.
    pub decided_by_layer: [u128; MAX_LAYERS],
    /// Permissions that do not apply.
    pub not_applicable: u128,
    /// Permissions that the method fixes.
    pub fixed: u128,
    /// Permissions whose value is unknown: because a policy says so, or because what they require
    /// is unknown.
    pub unknown: u128,
}

/// Who decided a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decider {
    /// The policy of a layer, by the layer's index.
    Policy(usize, PolicyId),
    /// The profile's own default, in the last layer.
    BuiltIn,
    /// The method, which fixes the permission.
    Method,
}

/// One permission of a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell<'a> {
    /// Who decided, also where the permission does not apply.
    pub decider: Decider,
    /// `None` is `n/a`.
    pub value: Option<&'a Value>,
    /// The line that decided.
    pub definition: Option<&'a Definition>,
}

impl Rules {
    /// Turns the policies into masks.
    pub fn new(ir: &Ir) -> Self {
        let profile = &ir.profile;
        let count = profile.permissions.len();
        let all = if count == 128 { u128::MAX } else { (1 << count) - 1 };
        let mut has_parent = 0;
        let mut dependents = Vec::new();
        for (child, entry) in profile.permissions.iter().enumerate() {
            if let Some(requirement) = &entry.requires {
                has_parent |= 1 << child;
                dependents.push((child as u8, requirement.entry as u8));
            }
        }
        // Parents first: by the number of ancestors.
        dependents
            .sort_by_key(|&(child, _)| policy_lines::ancestors(profile, child as usize).count());
        let built_in = row_of_defaults(profile);
        let methods =
            (0..profile.methods.len()).map(|method| method_row(profile, method)).collect();
        Rules {
            layers: profile.layers.len(),
            all,
            has_parent,
            dependents,
            rows: ir.tables.policies.iter().map(|policy| row_of(ir, policy)).collect(),
            built_in,
            methods,
        }
    }

    /// Resolves all permissions of a session.
    pub fn resolve(&self, stack: &Stack, method: usize) -> Cells {
        let mut decided_by_layer = [0; MAX_LAYERS];
        let mut undecided = self.all;
        let mut parent_undecided = self.has_parent;
        let mut satisfied = self.all & !self.has_parent;
        let mut unknown = 0;
        for layer in 0..self.layers {
            // `NONE` is not an index of the table.
            let Some(row) = self.rows.get(stack[layer] as usize) else { continue };
            decided_by_layer[layer] = row.defined & undecided;
            unknown |= row.unknown & undecided;
            undecided &= !row.defined;
            satisfied |= row.parent_defined & parent_undecided & row.satisfies;
            parent_undecided &= !row.parent_defined;
        }
        satisfied |= parent_undecided & self.built_in.satisfies;
        let method = &self.methods[method];
        satisfied = (satisfied & !method.parent_fixed) | method.satisfies;
        let mut not_applicable = (self.all & !satisfied) | method.not_for;
        unknown &= !method.fixed;
        for &(child, parent) in &self.dependents {
            let bit = 1 << child;
            if not_applicable >> parent & 1 == 1 {
                not_applicable |= bit;
            } else if unknown >> parent & 1 == 1 && method.not_for & bit == 0 {
                not_applicable &= !bit;
                unknown |= bit;
            }
        }
        unknown &= !not_applicable;
        Cells { decided_by_layer, not_applicable, fixed: method.fixed, unknown }
    }

    /// Replaces a policy of the IR by another one for all further calls.
    pub fn replace(&mut self, ir: &Ir, id: PolicyId, policy: &Policy) {
        self.rows[id.index()] = row_of(ir, policy);
    }

    /// What a policy defines; nothing for [`NONE`].
    pub fn defined(&self, policy: u32) -> u128 {
        self.rows.get(policy as usize).map_or(0, |row| row.defined)
    }

    /// The mask of all permissions.
    pub fn all(&self) -> u128 {
        self.all
    }
}

impl Cells {
    /// Who decides a permission.
    pub fn decider(&self, stack: &Stack, permission: usize) -> Decider {
        if self.fixed >> permission & 1 == 1 {
            return Decider::Method;
        }
        match self.decided_by_layer.iter().position(|decided| decided >> permission & 1 == 1) {
            Some(layer) => Decider::Policy(layer, PolicyId(stack[layer])),
            None => Decider::BuiltIn,
        }
    }

    /// A permission of the session, whose policies are `stack`.
    pub fn cell<'a>(
        &self,
        ir: &'a Ir,
        stack: &Stack,
        method: usize,
        permission: usize,
    ) -> Cell<'a> {
        self.cell_by(ir, stack, method, permission, |id| ir.policy(id))
    }

    /// The same, with policies that may differ from those of the IR.
    pub fn cell_by<'a>(
        &self,
        ir: &'a Ir,
        stack: &Stack,
        method: usize,
        permission: usize,
        policy: impl Fn(PolicyId) -> &'a Policy,
    ) -> Cell<'a> {
        let decider = self.decider(stack, permission);
        let applies = self.not_applicable >> permission & 1 == 0;
        let entry = &ir.profile.permissions[permission];
        let (value, definition) = match decider {
            Decider::Policy(_, id) => {
                let definition = policy(id).definition(permission);
                (definition.map(|definition| ir.value(definition.value)), definition)
            }
            Decider::BuiltIn => (Some(&entry.default), None),
            Decider::Method => (
                entry.fixed.iter().find(|(fixed, _)| *fixed == method).map(|(_, value)| value),
                None,
            ),
        };
        let value = match self.unknown >> permission & 1 == 1 {
            true => Some(&Value::Unknown),
            false => value.filter(|_| applies),
        };
        Cell { decider, value, definition }
    }

    /// The permissions that another policy decides in the other session, or that apply in only one
    /// of the two sessions.
    pub fn differing(&self, stack: &Stack, other: &Cells, other_stack: &Stack) -> u128 {
        let layers = (0..MAX_LAYERS).fold(0, |differing, layer| {
            let (here, there) = (self.decided_by_layer[layer], other.decided_by_layer[layer]);
            let same = stack[layer] == other_stack[layer];
            differing | if same { here ^ there } else { here | there }
        });
        layers
            | (self.not_applicable ^ other.not_applicable)
            | (self.fixed ^ other.fixed)
            | (self.unknown ^ other.unknown)
    }

    /// The stack without the policies that decide none of the given permissions. Sessions with
    /// equal effective stacks have identical values of these permissions. No layer decides what the
    /// method fixes.
    pub fn effective(&self, stack: &Stack, permissions: u128) -> Stack {
        let mut effective = EMPTY_STACK;
        for layer in 0..MAX_LAYERS {
            if self.decided_by_layer[layer] & permissions & !self.fixed != 0 {
                effective[layer] = stack[layer];
            }
        }
        effective
    }
}

fn row<'v>(profile: &Profile, values: impl Iterator<Item = (usize, &'v Value)>) -> PolicyMasks {
    let mut row = PolicyMasks::default();
    for (permission, value) in values {
        row.defined |= 1 << permission;
        row.unknown |= u128::from(*value == Value::Unknown) << permission;
        for (child, entry) in profile.permissions.iter().enumerate() {
            if entry.requires.as_ref().is_some_and(|requirement| requirement.entry == permission) {
                row.parent_defined |= 1 << child;
                row.satisfies |=
                    u128::from(policy_lines::satisfies(profile, child, value)) << child;
            }
        }
    }
    row
}

fn row_of(ir: &Ir, policy: &Policy) -> PolicyMasks {
    row(
        &ir.profile,
        policy.definitions.iter().map(|line| (line.entry as usize, ir.value(line.value))),
    )
}

fn row_of_defaults(profile: &Profile) -> PolicyMasks {
    row(profile, profile.permissions.iter().map(|entry| &entry.default).enumerate())
}

fn method_row(profile: &Profile, method: usize) -> MethodMasks {
    let mut found = MethodMasks::default();
    for (permission, entry) in profile.permissions.iter().enumerate() {
        found.not_for |= u128::from(entry.not_for.contains(&method)) << permission;
        found.fixed |=
            u128::from(entry.fixed.iter().any(|(fixed, _)| *fixed == method)) << permission;
    }
    let fixed = profile.permissions.iter().enumerate().filter_map(|(permission, entry)| {
        let (_, value) = entry.fixed.iter().find(|(fixed, _)| *fixed == method)?;
        Some((permission, value))
    });
    let row = row(profile, fixed);
    MethodMasks { parent_fixed: row.parent_defined, satisfies: row.satisfies, ..found }
}
