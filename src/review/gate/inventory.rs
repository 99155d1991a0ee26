//! `outside inventory`: what inventory alone explains is left out.
//!
//! Inventory files are those that the manifests of both sides call so. MIX is OLD with NEW's
//! inventory: compiled from the texts, which compiled files have too, under OLD's profile. A cell
//! in which MIX and NEW do not differ is one that the change of the inventory explains, so what
//! counts for a gate is what both a comparison of OLD and NEW and one of MIX and NEW find changed.

use super::evaluator::GateEvaluator;
use crate::diagnostic::has_errors;
use crate::diff::accounts::AccountChange;
use crate::diff::edits::LaterDate;
use crate::diff::joint::{Joint, JointClass};
use crate::diff::sessions::CellChange;
use crate::diff::{Diff, Side};
use crate::ir::Ir;
use crate::lower::{self, Scope};
use crate::matrix::Matrix;
use crate::source::{SourceFile, Sources};
use crate::syntax;
use crate::syntax::ast::{DeclarationKind, File};
use globset::GlobSet;
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::Hash;
use std::sync::Arc;

/// What is left when the inventory of OLD is NEW's.
#[derive(Debug)]
pub(super) struct OutsideInventory {
    /// MIX and NEW.
    rest: Diff,
    /// By joint class of subjects, and of endpoints.
    subjects: Vec<Vec<Part>>,
    endpoints: Vec<Vec<Part>>,
    /// By joint subject: the cells of its account in which MIX and NEW differ.
    accounts: FxHashMap<u32, FxHashSet<String>>,
    inventory: Inventory,
}

/// The members of a joint class that are of one joint class of MIX and NEW.
#[derive(Debug)]
struct Part {
    /// `None` if MIX lacks them, as NEW does.
    class: Option<u32>,
    members: Vec<u32>,
}

/// The patterns of both sides.
#[derive(Debug)]
struct Inventory([GlobSet; 2]);

impl Inventory {
    fn of(old: &Ir, new: &Ir) -> Inventory {
        Inventory([old.inventory(), new.inventory()])
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().all(|patterns| patterns.is_match(path))
    }

    /// OLD with NEW's inventory; `None` if that has errors.
    fn mix(&self, old: &Ir, new: &Ir) -> Option<Ir> {
        let is_policy = |file: &&SourceFile| file.path.ends_with(".prec");
        let of = |ir: &'_ Ir| -> Vec<SourceFile> {
            ir.sources.iter().map(|(_, file)| file).filter(is_policy).cloned().collect()
        };
        let kept = of(old).into_iter().filter(|file| !self.has(&file.path));
        let taken = of(new).into_iter().filter(|file| self.has(&file.path));
        let mut files: Vec<SourceFile> = kept.chain(taken).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut sources = Sources::new();
        let ids: Vec<_> = files.into_iter().map(|file| sources.add(file)).collect();
        let mut trees = Vec::new();
        for id in ids {
            let (tree, found) = syntax::parse(id, sources.file(id));
            // NEW's inventory may be for another product.
            let names_profile = |kind| kind == DeclarationKind::Profile;
            let mut kinds = tree.declarations.iter().map(|declaration| declaration.kind);
            let is_of_other = old.profile.id != new.profile.id && self.has(&sources.file(id).path);
            if has_errors(&found) || is_of_other && kinds.any(names_profile) {
                return None;
            }
            trees.push(tree);
        }
        let scope = Scope { is_complete: true, is_own_profile: false, mentions: &[] };
        let trees: Vec<&File> = trees.iter().collect();
        let (mut tables, found) = lower::lower(&trees, &sources, &old.profile, scope);
        if has_errors(&found) {
            return None;
        }
        tables.sessions = old.tables.sessions;
        Some(Ir { profile: old.profile.clone(), sources, tables })
    }
}

/// What a subject or endpoint is known by in both comparisons: its index in NEW, or what it is
/// called where NEW lacks it.
#[derive(PartialEq, Eq, Hash)]
enum Key<N> {
    New(u32),
    Old(N),
}

impl OutsideInventory {
    /// `None` if nothing is left out, because MIX has errors.
    pub(super) fn of(diff: &Diff) -> Option<OutsideInventory> {
        let inventory = Inventory::of(diff.old_ir(), diff.new_ir());
        let mix = inventory.mix(diff.old_ir(), diff.new_ir())?;
        let mut mix = Matrix::new(&Arc::new(mix));
        mix.all_pairs = diff.all_pairs;
        let rest = Diff::new(&Arc::new(mix), &diff.new);
        let (all, left) = (&diff.sessions, &rest.sessions);
        let subjects = parts(
            (&all.subjects, &all.subject_classes),
            &left.subjects,
            |joint| subject_key(diff, joint),
            |joint| subject_key(&rest, joint),
        );
        let endpoints = parts(
            (&all.endpoints, &all.endpoint_classes),
            &left.endpoints,
            |joint| endpoint_key(diff, joint),
            |joint| endpoint_key(&rest, joint),
        );
        let known: FxHashMap<_, u32> = all
            .subjects
            .iter()
            .zip(0..)
            .map(|(joint, at)| (subject_key(diff, joint), at))
            .collect();
        let mut accounts: FxHashMap<u32, FxHashSet<String>> = FxHashMap::default();
        let done: Result<(), std::convert::Infallible> = rest.each_account(|user, changes| {
            let key = subject_key(&rest, &rest.sessions.subjects[user as usize]);
            if let Some(&user) = known.get(&key) {
                accounts.insert(user, changes.iter().map(|found| found.setting.clone()).collect());
            }
            Ok(())
        });
        let Ok(()) = done;
        drop(known);
        Some(OutsideInventory { subjects, endpoints, accounts, inventory, rest })
    }

    /// How many cells of the sessions of a joint pair of classes are in the scope of a gate and not
    /// explained by inventory, of some changes.
    pub(super) fn cells(
        &self,
        gate: &GateEvaluator,
        (subject, endpoint): (u32, u32),
        changes: &[&CellChange],
    ) -> u64 {
        let mut cells = 0;
        for subjects in &self.subjects[subject as usize] {
            let who = gate.subjects.of_members(&subjects.members);
            for endpoints in &self.endpoints[endpoint as usize] {
                let sessions = who * gate.endpoints.of_members(&endpoints.members);
                let (Some(subject), Some(endpoint)) = (subjects.class, endpoints.class) else {
                    continue;
                };
                if sessions > 0 {
                    let left: Vec<Option<usize>> = (self.rest.changes(subject, endpoint).iter())
                        .map(CellChange::permission)
                        .collect();
                    let is_left = |change: &&&CellChange| left.contains(&change.permission());
                    cells += sessions * changes.iter().filter(is_left).count() as u64;
                }
            }
        }
        cells
    }

    /// Whether a changed cell of an account is not explained by inventory.
    pub(super) fn has_account(&self, user: u32, change: &AccountChange) -> bool {
        self.accounts.get(&user).is_some_and(|settings| settings.contains(&change.setting))
    }

    /// Whether a later date is not explained by inventory: where NEW writes it in another file, MIX
    /// does not have it.
    pub(super) fn has_date(&self, diff: &Diff, date: &LaterDate) -> bool {
        let mut lines = diff.edits.get(date.edit).lines.new.iter();
        lines.any(|span| !self.inventory.has(&diff.new_ir().sources.file(span.file).path))
    }
}

fn subject_key(diff: &Diff, joint: &Joint) -> Key<(&'static str, String)> {
    let (side, subject) = diff.subject(joint);
    match joint.at.get(Side::New) {
        Some(at) => Key::New(at),
        None => Key::Old((subject.kind(), diff.matrix(side).subject_name(subject).to_owned())),
    }
}

type EndpointName = (String, &'static str, String, Option<bool>);

fn endpoint_key(diff: &Diff, joint: &Joint) -> Key<EndpointName> {
    let (side, endpoint) = diff.endpoint(joint);
    match joint.at.get(Side::New) {
        Some(at) => Key::New(at),
        None => {
            let matrix = diff.matrix(side);
            let method = matrix.ir.profile.methods[endpoint.method].id.clone();
            let name = matrix.target_name(endpoint.target).to_owned();
            Key::Old((method, endpoint.target.kind(), name, endpoint.present))
        }
    }
}

/// Divides each joint class by the classes that its members are of in the other comparison.
fn parts<N: Hash + Eq>(
    (joints, classes): (&[Joint], &[JointClass]),
    others: &[Joint],
    key: impl Fn(&Joint) -> Key<N>,
    other_key: impl Fn(&Joint) -> Key<N>,
) -> Vec<Vec<Part>> {
    let class_of: FxHashMap<Key<N>, u32> =
        others.iter().map(|joint| (other_key(joint), joint.class)).collect();
    let of_class = |class: &JointClass| {
        let mut parts: Vec<Part> = Vec::new();
        let mut known: FxHashMap<Option<u32>, usize> = FxHashMap::default();
        for &member in &class.members {
            let class = class_of.get(&key(&joints[member as usize])).copied();
            let at = *known.entry(class).or_insert_with(|| {
                parts.push(Part { class, members: Vec::new() });
                parts.len() - 1
            });
            parts[at].members.push(member);
        }
        parts
    };
    classes.iter().map(of_class).collect()
}
