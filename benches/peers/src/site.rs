//! What the peers are given: the checked policies of an organisation as plain tables, none of it
//! resolved. Names, orders and assignments are those of the text; which of them decides a cell is
//! for each engine to find out.

use precedent::ir::{Assignment, Ir, Policy as IrPolicy};
use precedent::profile::LayerKind;
use std::collections::HashMap;

pub struct Site {
    pub permissions: Vec<Permission>,
    /// Named, custom and the global default; names are unique.
    pub session_policies: Vec<SessionPolicy>,
    /// What applies where no layer defines a permission: the global default, and below it the
    /// product's own default.
    pub defaults: Vec<String>,
    /// In their order, top to bottom.
    pub group_policies: Vec<GroupPolicy>,
    pub directory_groups: Vec<DirectoryGroup>,
    pub users: Vec<User>,
    pub jump_items: Vec<JumpItem>,
}

pub struct Permission {
    pub path: String,
    /// All values that occur, as text; those that most policies define come first.
    pub values: Vec<String>,
    /// All permissions that it depends on, directly or not, with the values that they must have.
    pub requires: Vec<(usize, Vec<String>)>,
    /// Kinds of jump items that it does not apply to.
    pub not_for: Vec<String>,
    /// Kinds of jump items that fix its value.
    pub fixed: Vec<(String, String)>,
}

pub struct SessionPolicy {
    pub name: String,
    /// By permission; `None` is Not Defined.
    pub defines: Vec<Option<String>>,
}

pub struct GroupPolicy {
    pub name: String,
    pub users: Vec<usize>,
    pub directory_groups: Vec<usize>,
    /// A session policy, and whether the group policy says `final`.
    pub assigns: Option<(usize, bool)>,
}

pub struct DirectoryGroup {
    pub name: String,
    pub users: Vec<usize>,
}

pub struct User {
    pub name: String,
    pub session_policy: Option<usize>,
}

pub struct JumpItem {
    pub name: String,
    pub kind: String,
    pub session_policy: Option<usize>,
}

impl Site {
    pub fn new(ir: &Ir) -> Site {
        reject_what_is_not_modelled(ir);
        let tables = &ir.tables;
        let session_policies: Vec<SessionPolicy> = tables
            .policies
            .iter()
            .enumerate()
            .map(|(at, policy)| SessionPolicy {
                name: format!("{} {at}", policy.object.name),
                defines: defined(ir, policy),
            })
            .collect();
        let own = tables.global_default.map(|id| defined(ir, ir.policy(id))).unwrap_or_default();
        let defaults = ir.profile.permissions.iter().enumerate().map(|(at, entry)| {
            let own = own.get(at).cloned().flatten();
            own.unwrap_or_else(|| entry.ty.text(&entry.default))
        });
        let defaults: Vec<String> = defaults.collect();
        let group_policies = tables.group_policies.iter().map(|group| GroupPolicy {
            name: group.object.name.clone(),
            users: group.members.users.iter().map(|(user, _)| user.index()).collect(),
            directory_groups: group
                .members
                .directory_groups
                .iter()
                .map(|(group, _)| group.index())
                .collect(),
            assigns: group.grants.session_policy[0]
                .map(|assignment| (policy_of(&assignment), assignment.is_final)),
        });
        let directory_groups = tables.directory_groups.iter().map(|group| DirectoryGroup {
            name: group.object.name.clone(),
            users: group.members.iter().map(|(user, _)| user.index()).collect(),
        });
        let users = tables.users.iter().map(|user| User {
            name: user.object.name.clone(),
            session_policy: user.grants.session_policy[0].as_ref().map(policy_of),
        });
        let jump_items = tables.jump_items.iter().map(|item| JumpItem {
            name: item.object.name.clone(),
            kind: ir.profile.methods[item.method].id.clone(),
            session_policy: item.session_policy[0].as_ref().map(policy_of),
        });
        Site {
            permissions: permissions(ir, &session_policies, &defaults),
            group_policies: group_policies.collect(),
            directory_groups: directory_groups.collect(),
            users: users.collect(),
            jump_items: jump_items.collect(),
            session_policies,
            defaults,
        }
    }
}

/// The generator writes none of this, and the peers would have to be taught it.
fn reject_what_is_not_modelled(ir: &Ir) {
    let layers: Vec<LayerKind> = ir.profile.layers.iter().map(|layer| layer.kind).collect();
    let known = [
        LayerKind::Invite,
        LayerKind::JumpItem,
        LayerKind::GroupPolicy,
        LayerKind::User,
        LayerKind::GlobalDefault,
    ];
    assert_eq!(layers, known, "the layers that the peers are given");
    assert!(!ir.profile.split && ir.tables.embassies.is_empty() && ir.tables.portals.is_empty());
    assert!(ir.tables.guessed_order.is_none(), "the order of group policies is known");
    let mut names: Vec<&str> = ir.tables.jump_items.iter().map(|item| &*item.object.name).collect();
    names.dedup();
    assert_eq!(names.len(), ir.tables.jump_items.len(), "a jump item is known by its name");
}

/// The generator writes no `session_policy = none`.
fn policy_of(assignment: &Assignment) -> usize {
    assignment.policy.expect("a session policy").index()
}

fn defined(ir: &Ir, policy: &IrPolicy) -> Vec<Option<String>> {
    let entries = ir.profile.permissions.iter().enumerate();
    let text = |(at, entry): (usize, &precedent::profile::Entry)| {
        policy.definition(at).map(|definition| entry.ty.text(ir.value(definition.value)))
    };
    entries.map(text).collect()
}

fn permissions(ir: &Ir, policies: &[SessionPolicy], defaults: &[String]) -> Vec<Permission> {
    let entries = &ir.profile.permissions;
    let kind = |method: usize| ir.profile.methods[method].id.clone();
    let values: Vec<Vec<String>> = (0..entries.len())
        .map(|at| {
            let mut counts: HashMap<String, usize> = HashMap::new();
            let defined = policies.iter().filter_map(|policy| policy.defines[at].clone());
            let fixed = entries[at].fixed.iter().map(|(_, value)| entries[at].ty.text(value));
            for value in defined.chain(fixed).chain([defaults[at].clone()]) {
                *counts.entry(value).or_default() += 1;
            }
            let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
            counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            counts.into_iter().map(|(value, _)| value).collect()
        })
        .collect();
    let requires = |at: usize| {
        let mut found = Vec::new();
        let mut next = entries[at].requires.as_ref();
        while let Some(requirement) = next {
            let meets = |value: &&String| {
                let word = value.split(' ').next().unwrap_or_default();
                requirement.words.iter().any(|known| known == word)
            };
            let required = requirement.entry;
            found.push((required, values[required].iter().filter(meets).cloned().collect()));
            next = entries[required].requires.as_ref();
        }
        found
    };
    let permission = |at: usize| Permission {
        path: entries[at].path.clone(),
        values: values[at].clone(),
        requires: requires(at),
        not_for: entries[at].not_for.iter().map(|method| kind(*method)).collect(),
        fixed: entries[at]
            .fixed
            .iter()
            .map(|(method, value)| (kind(*method), entries[at].ty.text(value)))
            .collect(),
    };
    (0..entries.len()).map(permission).collect()
}
