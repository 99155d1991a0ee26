//! Session policies: which of them are the same, and the lines that differ.

use super::super::align::{Aligned, Map, Pairs, by_content};
use super::super::{Side, Sided};
use super::groups::whole;
use super::{Edit, EditId, EditKind, Edits, same_value};
use crate::ir::{Assignment, Available, Definition, Group, Ir, Policy, PolicyId, PolicyKind};
use crate::profile::Value;
use crate::source::Span;
use rustc_hash::FxHashMap;

impl Edits {
    /// Named policies by id and name, custom ones by who has them, renamed ones by their content.
    pub(super) fn match_policies(&mut self, aligned: &Aligned) {
        let irs = self.irs();
        let (old, new) = (&irs.old.tables, &irs.new.tables);
        let named = |ir: &Ir, at: u32| ir.policy(PolicyId(at)).kind == PolicyKind::Named;
        let mut map: Map = aligned
            .policies
            .iter()
            .zip(0..)
            .map(|(found, at)| found.filter(|&found| named(&irs.old, at) && named(&irs.new, found)))
            .collect();
        if let (Some(a), Some(b)) = (old.global_default, new.global_default) {
            map[a.index()] = Some(b.0);
        }
        match_custom_policies(&irs.old, &irs.new, aligned, &mut map);
        let content = |ir: &Ir, at: u32| {
            named(ir, at).then(|| content(ir, ir.policy(PolicyId(at)))).flatten()
        };
        let renamed =
            by_content(&mut map, new.policies.len(), |side, at| content(self.ir(side), at));
        self.policies = Pairs::new(&map, new.policies.len());
        self.policy_map = map;
        for (a, b) in renamed {
            let (before, after) =
                (&old.policies[a as usize].object, &new.policies[b as usize].object);
            let id = self.add(Edit {
                kind: EditKind::Renamed,
                owner: irs.new.profile.terminology.session_policy.clone(),
                names: vec![after.name.clone()],
                detail: format!("was {}", crate::text::quote(&before.name)),
                lines: Sided { old: vec![before.span], new: vec![after.span] },
            });
            self.renamed_policies.insert(b, id);
        }
    }

    /// Pairs the policies without a name of a group policy that has another name on each side.
    pub(super) fn match_nameless(&mut self, groups: Sided<&Group>) {
        let policies = groups.map(|side, group| {
            group.grants.session_policy.map(|found| {
                let ir = self.ir(side);
                let id = found?.policy?;
                let nameless = [PolicyKind::Custom, PolicyKind::Unknown];
                nameless.contains(&ir.policy(id).kind).then_some(id)
            })
        });
        for (old, new) in policies.old.into_iter().zip(policies.new) {
            if let (Some(old), Some(new)) = (old, new) {
                self.policy_map[old.index()] = Some(new.0);
            }
        }
        self.policies = Pairs::new(&self.policy_map, self.new.tables.policies.len());
    }

    /// The lines of policies that differ. Lines that an implication shares are one edit.
    pub(super) fn definitions(&mut self) {
        let irs = self.irs();
        self.edited_policies = vec![false; self.policies.pairs.len()];
        let owners = irs.as_ref().map(|_, ir| custom_owners(ir));
        for number in 0..self.policies.pairs.len() as u32 {
            let pair = self.policies.pairs[number as usize];
            let policy = pair.map(|side, at| irs[side].policy(PolicyId(at)));
            // It has no lines but the assignment.
            if policy.latest().1.kind == PolicyKind::Unknown {
                continue;
            }
            let (side, at) = pair.latest();
            let (owner, names) = match policy.latest().1 {
                custom if custom.kind == PolicyKind::Custom => custom_words(&owners[side], at),
                policy => self.policy_words(policy),
            };
            let owner = whole(&pair, owner);
            let mut known: FxHashMap<Sided<Option<Span>>, EditId> = FxHashMap::default();
            for entry in 0..self.permissions.sides.len() as u16 {
                let line = policy
                    .options()
                    .map(|side, policy| self.definition(&irs[side], side, policy?, entry));
                if !self.is_edited(entry, line) {
                    continue;
                }
                let spans = line.map(|_, line| line.map(|(line, _)| line.span));
                let id = *known.entry(spans).or_insert_with(|| {
                    let (side, at) = self.permissions.sides[entry as usize].latest();
                    self.add(Edit {
                        kind: EditKind::Permission,
                        owner: owner.clone(),
                        names: names.clone(),
                        detail: irs[side].profile.permissions[at as usize].path.clone(),
                        lines: spans.map(|_, span| span.into_iter().collect()),
                    })
                });
                self.definitions.insert((number, entry), id);
                self.edited_policies[number as usize] = true;
            }
        }
    }

    /// Whether a line differs that a policy may have for a permission.
    fn is_edited(&self, entry: u16, line: Sided<Option<(&Definition, &Value)>>) -> bool {
        match (line.both(), self.permissions.sides[entry as usize].both()) {
            (Some(line), Some(at)) => {
                let ty = at.map(|side, at| &self.ir(side).profile.permissions[at as usize].ty);
                !same_value((ty.old, line.old.1), (ty.new, line.new.1))
            }
            _ => line.presence().is_some(),
        }
    }

    /// The line of a policy for a permission by its number, and its value.
    fn definition<'p>(
        &self,
        ir: &'p Ir,
        side: Side,
        policy: &'p Policy,
        entry: u16,
    ) -> Option<(&'p Definition, &'p Value)> {
        let found = policy.definition(self.permissions.on(side, entry)? as usize)?;
        Some((found, ir.value(found.value)))
    }

    fn policy_words(&self, policy: &Policy) -> (String, Vec<String>) {
        match policy.kind {
            PolicyKind::Named => (
                self.new.profile.terminology.session_policy.clone(),
                vec![policy.object.name.clone()],
            ),
            PolicyKind::Custom => ("custom policy".into(), Vec::new()),
            PolicyKind::Unknown => ("unknown policy".into(), Vec::new()),
            PolicyKind::GlobalDefault => ("global default".into(), Vec::new()),
        }
    }
}

/// Pairs the custom policies that the same object has in the same place.
fn match_custom_policies(old_ir: &Ir, new_ir: &Ir, aligned: &Aligned, map: &mut Map) {
    let (old, new) = (&old_ir.tables, &new_ir.tables);
    let mut slots = |a: &[Option<Assignment>], b: &[Option<Assignment>]| {
        let custom = |ir: &Ir, found: Option<Assignment>| {
            let policy = found.and_then(|found| found.policy);
            let nameless = [PolicyKind::Custom, PolicyKind::Unknown];
            policy.filter(|&id| nameless.contains(&ir.policy(id).kind))
        };
        for (a, b) in a.iter().zip(b) {
            if let (Some(a), Some(b)) = (custom(old_ir, *a), custom(new_ir, *b))
                && old_ir.policy(a).kind == new_ir.policy(b).kind
            {
                map[a.index()] = Some(b.0);
            }
        }
    };
    let both = |map: &Map| -> Vec<(usize, usize)> {
        map.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)? as usize))).collect()
    };
    let guessed = |ir: &Ir| {
        let guessed = ir.tables.guessed_order?;
        Some(Assignment { policy: Some(guessed.policy), is_final: false, span: guessed.span })
    };
    slots(&[guessed(old_ir)], &[guessed(new_ir)]);
    for (a, b) in both(&aligned.users) {
        slots(&old.users[a].grants.session_policy, &new.users[b].grants.session_policy);
    }
    for (a, b) in both(&aligned.group_policies) {
        let (a, b) = (&old.group_policies[a].grants, &new.group_policies[b].grants);
        slots(&a.session_policy, &b.session_policy);
    }
    for (a, b) in both(&aligned.embassies) {
        let (a, b) = (&old.embassies[a].grants, &new.embassies[b].grants);
        slots(&a.session_policy, &b.session_policy);
    }
    for (a, b) in both(&aligned.jump_items) {
        slots(&*old.jump_items[a].session_policy, &*new.jump_items[b].session_policy);
    }
    for (a, b) in both(&aligned.invites) {
        let (a, b) = (old.invites[a].session_policy, new.invites[b].session_policy);
        slots(&[Some(a)], &[Some(b)]);
    }
    for (a, b) in both(&aligned.portals) {
        slots(&[old.portals[a].session_policy], &[new.portals[b].session_policy]);
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
        .for_each(|item| of(&words.jump_item, &item.object.name, &*item.session_policy));
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

/// The lines of a policy, apart from its names; `None` for one without a line, and for one with an
/// id.
fn content(ir: &Ir, policy: &Policy) -> Option<String> {
    let lines = lines_text(ir, policy);
    let Available { users, invites, jump_items } = policy.available;
    let has_none = lines.is_empty() && users && invites && jump_items;
    let is_candidate = policy.object.id.is_none() && !has_none;
    is_candidate.then(|| format!("{:?}\n{lines}", policy.available))
}

/// What a policy sets, the same for policies that set the same.
pub(super) fn lines_text(ir: &Ir, policy: &Policy) -> String {
    let lines = policy.definitions.iter().map(|definition| {
        let entry = &ir.profile.permissions[definition.entry as usize];
        format!("{} = {}", entry.path, entry.ty.same_text(ir.value(definition.value)))
    });
    lines.collect::<Vec<_>>().join("\n")
}
