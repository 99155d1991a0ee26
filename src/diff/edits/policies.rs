//! Session policies: which of them are the same, and the lines that differ.

use super::super::align::{Aligned, Map, Pairs};
use super::groups::whole;
use super::{Edit, Edits, Kind, same_value};
use crate::ir::{Assignment, Definition, Ir, Policy, PolicyId, PolicyKind};
use crate::profile::Value;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;

impl Edits {
    /// Named policies by id and name, custom ones by who has them, renamed ones by their content.
    pub(super) fn match_policies(&mut self, aligned: &Aligned) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        let (old, new) = (&old_ir.tables, &new_ir.tables);
        let named = |ir: &Ir, at: u32| ir.policy(PolicyId(at)).kind == PolicyKind::Named;
        let mut map: Map = aligned
            .policies
            .iter()
            .zip(0..)
            .map(|(found, at)| found.filter(|&found| named(&old_ir, at) && named(&new_ir, found)))
            .collect();
        if let (Some(a), Some(b)) = (old.global_default, new.global_default) {
            map[a.index()] = Some(b.0);
        }
        let mut custom = |a: Option<Assignment>, b: Option<Assignment>| {
            let policy = |ir: &Ir, found: Option<Assignment>| {
                found
                    .and_then(|found| found.policy)
                    .filter(|&id| ir.policy(id).kind == PolicyKind::Custom)
            };
            if let (Some(a), Some(b)) = (policy(&old_ir, a), policy(&new_ir, b)) {
                map[a.index()] = Some(b.0);
            }
        };
        let mut slots = |a: &[Option<Assignment>; 2], b: &[Option<Assignment>; 2]| {
            a.iter().zip(b).for_each(|(a, b)| custom(*a, *b));
        };
        let both = |map: &Map| -> Vec<(usize, usize)> {
            map.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)? as usize))).collect()
        };
        both(&aligned.users).iter().for_each(|&(a, b)| {
            slots(&old.users[a].grants.session_policy, &new.users[b].grants.session_policy)
        });
        both(&aligned.group_policies).iter().for_each(|&(a, b)| {
            slots(
                &old.group_policies[a].grants.session_policy,
                &new.group_policies[b].grants.session_policy,
            );
        });
        both(&aligned.embassies).iter().for_each(|&(a, b)| {
            slots(&old.embassies[a].grants.session_policy, &new.embassies[b].grants.session_policy);
        });
        both(&aligned.jump_items).iter().for_each(|&(a, b)| {
            slots(&old.jump_items[a].session_policy, &new.jump_items[b].session_policy)
        });
        both(&aligned.invites).iter().for_each(|&(a, b)| {
            slots(
                &[Some(old.invites[a].session_policy), None],
                &[Some(new.invites[b].session_policy), None],
            );
        });
        both(&aligned.portals).iter().for_each(|&(a, b)| {
            slots(&[old.portals[a].session_policy, None], &[new.portals[b].session_policy, None]);
        });
        let content = |ir: &Ir, at: u32| {
            named(ir, at).then(|| content(ir, ir.policy(PolicyId(at)))).flatten()
        };
        let renamed = by_content(&mut map, new.policies.len(), |new, at| content(self.ir(new), at));
        self.policies = Pairs::new(&map, new.policies.len());
        for (a, b) in renamed {
            let (before, after) =
                (&old.policies[a as usize].object, &new.policies[b as usize].object);
            let id = self.add(Edit {
                kind: Kind::Renamed,
                owner: new_ir.profile.terminology.session_policy.clone(),
                names: vec![after.name.clone()],
                detail: format!("was {}", crate::text::quote(&before.name)),
                old: vec![before.span],
                new: vec![after.span],
            });
            self.renamed_policies.insert(b, id);
        }
    }

    /// The lines of policies that differ. Lines that an implication shares are one edit.
    pub(super) fn definitions(&mut self) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        self.edited_policies = vec![false; self.policies.pairs.len()];
        let owners = [custom_owners(&old_ir), custom_owners(&new_ir)];
        for number in 0..self.policies.pairs.len() as u32 {
            let (old, new) = self.policies.pairs[number as usize];
            let old = old.map(|at| old_ir.policy(PolicyId(at)));
            let new = new.map(|at| new_ir.policy(PolicyId(at)));
            let Some(object) = new.or(old) else { continue };
            let (owner, names) = match (object.kind, self.policies.pairs[number as usize]) {
                (PolicyKind::Custom, (_, Some(at))) => custom_words(&owners[1], at),
                (PolicyKind::Custom, (Some(at), None)) => custom_words(&owners[0], at),
                _ => self.policy_words(object),
            };
            let owner = whole((old.is_some(), new.is_some()), owner);
            let mut known: FxHashMap<(Option<Span>, Option<Span>), super::EditId> =
                FxHashMap::default();
            for entry in 0..self.permissions.sides.len() as u16 {
                let (before, after) =
                    (self.definition(false, old, entry), self.definition(true, new, entry));
                let same = match (before, after) {
                    (None, None) => true,
                    (Some((_, a)), Some((_, b))) => {
                        let (x, y) = self.permissions.sides[entry as usize];
                        let ty = |ir: &Ir, at: Option<u16>| {
                            ir.profile.permissions[at.unwrap_or_default() as usize].ty.clone()
                        };
                        same_value((&ty(&old_ir, x), a), (&ty(&new_ir, y), b))
                    }
                    _ => false,
                };
                if same {
                    continue;
                }
                let spans =
                    (before.map(|(found, _)| found.span), after.map(|(found, _)| found.span));
                let id = match known.get(&spans) {
                    Some(&id) => id,
                    None => {
                        let path = match self.permissions.sides[entry as usize] {
                            (_, Some(at)) => &new_ir.profile.permissions[at as usize].path,
                            (at, None) => {
                                &old_ir.profile.permissions[at.unwrap_or_default() as usize].path
                            }
                        };
                        let edit = Edit {
                            kind: Kind::Permission,
                            owner: owner.clone(),
                            names: names.clone(),
                            detail: path.clone(),
                            old: spans.0.into_iter().collect(),
                            new: spans.1.into_iter().collect(),
                        };
                        let id = self.add(edit);
                        known.insert(spans, id);
                        id
                    }
                };
                self.definitions.insert((number, entry), id);
                self.edited_policies[number as usize] = true;
            }
        }
    }

    /// The line of a policy for a permission by its number, and its value.
    fn definition<'p>(
        &'p self,
        new: bool,
        policy: Option<&'p Policy>,
        entry: u16,
    ) -> Option<(&'p Definition, &'p Value)> {
        let (old_at, new_at) = self.permissions.sides[entry as usize];
        let at = if new { new_at } else { old_at }?;
        let found = policy?.definition(at as usize)?;
        Some((found, self.ir(new).value(found.value)))
    }

    fn policy_words(&self, policy: &Policy) -> (String, Vec<String>) {
        match policy.kind {
            PolicyKind::Named => (
                self.new.profile.terminology.session_policy.clone(),
                vec![policy.object.name.clone()],
            ),
            PolicyKind::Custom => ("custom policy".into(), Vec::new()),
            PolicyKind::GlobalDefault => ("global default".into(), Vec::new()),
        }
    }
}

/// Who has each custom policy: what it is, and its name.
type Owners = FxHashMap<u32, (String, String)>;

fn custom_owners(ir: &Ir) -> Owners {
    let (tables, words) = (&ir.tables, &ir.profile.terminology);
    let mut owners = Owners::default();
    let mut of = |kind: &str, name: &str, lines: &[Option<Assignment>]| {
        for policy in lines.iter().flatten().filter_map(|line| line.policy) {
            if ir.policy(policy).kind == PolicyKind::Custom {
                owners.insert(policy.0, (kind.to_owned(), name.to_owned()));
            }
        }
    };
    tables
        .users
        .iter()
        .for_each(|user| of(&words.user, &user.object.name, &user.grants.session_policy));
    let groups = tables.group_policies.iter().map(|group| (&*words.group_policy, group));
    for (kind, group) in groups.chain(tables.embassies.iter().map(|group| ("embassy", group))) {
        of(kind, &group.object.name, &group.grants.session_policy);
    }
    tables
        .jump_items
        .iter()
        .for_each(|item| of(&words.jump_item, &item.object.name, &item.session_policy));
    tables
        .invites
        .iter()
        .for_each(|invite| of(&words.invite, &invite.object.name, &[Some(invite.session_policy)]));
    tables
        .portals
        .iter()
        .for_each(|portal| of(&words.portal, &portal.object.name, &[portal.session_policy]));
    owners
}

fn custom_words(owners: &Owners, policy: u32) -> (String, Vec<String>) {
    match owners.get(&policy) {
        Some((kind, name)) => (format!("custom policy of {kind}"), vec![name.clone()]),
        None => ("custom policy".into(), Vec::new()),
    }
}

/// What a policy says, apart from its names; nothing for one without a line.
fn content(ir: &Ir, policy: &Policy) -> Option<String> {
    let lines = policy.definitions.iter().map(|definition| {
        let entry = &ir.profile.permissions[definition.entry as usize];
        format!("{} = {}", entry.path, entry.ty.text(ir.value(definition.value)))
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("{:?}\n{}", policy.available, lines.join("\n")))
}

/// Matches what is gone with what came, where exactly one of each has the same content. Returns the
/// pairs.
pub(super) fn by_content(
    map: &mut Map,
    new: usize,
    content: impl Fn(bool, u32) -> Option<String>,
) -> Vec<(u32, u32)> {
    let mut came = vec![true; new];
    map.iter().flatten().for_each(|&at| came[at as usize] = false);
    let gone: Vec<u32> = (0..map.len() as u32).filter(|&at| map[at as usize].is_none()).collect();
    if gone.is_empty() || !came.contains(&true) {
        return Vec::new();
    }
    type Sides = (Vec<u32>, Vec<u32>);
    let mut known: std::collections::BTreeMap<String, Sides> = Default::default();
    for at in gone {
        if let Some(text) = content(false, at) {
            known.entry(text).or_default().0.push(at);
        }
    }
    for at in (0..new as u32).filter(|&at| came[at as usize]) {
        if let Some(text) = content(true, at) {
            known.entry(text).or_default().1.push(at);
        }
    }
    let mut pairs = Vec::new();
    for sides in known.into_values() {
        if let ([a], [b]) = (&sides.0[..], &sides.1[..]) {
            map[*a as usize] = Some(*b);
            pairs.push((*a, *b));
        }
    }
    pairs
}
