//! Edits that change no cell of the matrix: what decides on something that it does not show, and
//! words.

use super::super::align::Aligned;
use super::{Edit, Edits, Kind};
use crate::ir::{Available, JumpItem, MembershipKind, Object, ROLE_ACTIONS, Tables};
use crate::source::{Sources, Span};
use crate::text::quote;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Kinds of objects that are nothing but a name to the matrix.
const PLAIN: [&str; 6] =
    ["jump item role", "jump policy", "jump group", "team", "jumpoint", "vault account group"];

/// OLD's and NEW's objects of one kind.
type Sides<'t> = (Vec<&'t Object>, Vec<&'t Object>);
/// Indices of those that are the same.
type Same = Vec<(usize, usize)>;

/// Objects of one kind on both sides: what they are called, OLD's, NEW's, and which are the same.
type Kindred<'t> = (String, Vec<&'t Object>, Vec<&'t Object>, Same);

impl Edits {
    pub(super) fn rest(&mut self, aligned: &Aligned) {
        self.roles(aligned);
        self.jump_groups(aligned);
        self.availability();
        self.words(aligned);
        self.tests_and_manifest();
    }

    fn edit(&mut self, kind: Kind, owner: &str, name: &str, detail: String, spans: (Span, Span)) {
        self.add(Edit {
            kind,
            owner: owner.into(),
            names: vec![name.into()],
            detail,
            old: vec![spans.0],
            new: vec![spans.1],
        });
    }

    fn roles(&mut self, aligned: &Aligned) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        for (a, b) in both(&aligned.roles) {
            let (old, new) = (&old_ir.tables.roles[a], &new_ir.tables.roles[b]);
            if old.allows != new.allows {
                let words = |from: &[u8], other: &[u8]| -> Vec<&str> {
                    let only = from.iter().filter(|action| !other.contains(action));
                    only.map(|&action| ROLE_ACTIONS[action as usize]).collect()
                };
                let (gone, came) =
                    (words(&old.allows, &new.allows), words(&new.allows, &old.allows));
                let mut parts = Vec::new();
                if !came.is_empty() {
                    parts.push(format!("now allows {}", came.join(", ")));
                }
                if !gone.is_empty() {
                    parts.push(format!("no longer allows {}", gone.join(", ")));
                }
                self.edit(
                    Kind::Role,
                    "jump item role",
                    &new.object.name,
                    parts.join("; "),
                    (old.object.span, new.object.span),
                );
            }
        }
    }

    /// Jump items that moved from one jump group to another are one edit.
    fn jump_groups(&mut self, aligned: &Aligned) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        let mut known = FxHashMap::default();
        for (a, b) in both(&aligned.jump_items) {
            let (old, new): (&JumpItem, &JumpItem) =
                (&old_ir.tables.jump_items[a], &new_ir.tables.jump_items[b]);
            let same = match (old.group, new.group) {
                (Some(old), Some(new)) => aligned.jump_groups[old.index()] == Some(new.0),
                (old, new) => old == new,
            };
            if same {
                continue;
            }
            let text = |tables: &Tables, item: &JumpItem| {
                item.group.map_or_else(
                    || "none".into(),
                    |group| quote(&tables.jump_groups[group.index()].name),
                )
            };
            let detail =
                format!("jump group {} → {}", text(&old_ir.tables, old), text(&new_ir.tables, new));
            let edit = Edit {
                kind: Kind::JumpGroup,
                owner: new_ir.profile.terminology.jump_item.clone(),
                names: vec![new.object.name.clone()],
                detail: detail.clone(),
                old: vec![old.object.span],
                new: vec![new.object.span],
            };
            self.merge(&mut known, detail, edit);
        }
    }

    fn availability(&mut self) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        for number in 0..self.policies.pairs.len() {
            let (Some(a), Some(b)) = self.policies.pairs[number] else { continue };
            let (old, new) =
                (&old_ir.tables.policies[a as usize], &new_ir.tables.policies[b as usize]);
            if old.available != new.available {
                let text = |available: Available| {
                    let words = [
                        (available.users, "users"),
                        (available.invites, "invites"),
                        (available.jump_items, "jump_items"),
                    ];
                    words
                        .iter()
                        .filter(|(there, _)| *there)
                        .map(|(_, word)| *word)
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let detail =
                    format!("available [{}] → [{}]", text(old.available), text(new.available));
                let owner = new_ir.profile.terminology.session_policy.clone();
                self.edit(
                    Kind::Availability,
                    &owner,
                    &new.object.name,
                    detail,
                    (old.object.span, new.object.span),
                );
            }
        }
    }

    /// Descriptions and the like, and declarations that stand in another file.
    fn words(&mut self, aligned: &Aligned) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        let mut moved: Vec<(Span, Span, String)> = Vec::new();
        let kinds: Vec<Kindred<'_>> = kindred(&old_ir.tables, &new_ir.tables, self, aligned);
        for (owner, old, new, pairs) in kinds {
            if PLAIN.contains(&&*owner) {
                self.declared(&owner, &old, &new, &pairs);
            }
            for (a, b) in pairs {
                let (a, b) = (old[a], new[b]);
                if (&a.description, a.id) != (&b.description, b.id) {
                    let detail = if a.description == b.description { "id" } else { "description" };
                    self.edit(Kind::Words, &owner, &b.name, detail.into(), (a.span, b.span));
                }
                if path(&old_ir.sources, a.span) != path(&new_ir.sources, b.span) {
                    moved.push((a.span, b.span, b.name.clone()));
                }
            }
        }
        for (a, b) in both(&aligned.jump_items) {
            let (old, new) = (&old_ir.tables.jump_items[a], &new_ir.tables.jump_items[b]);
            if old.tag != new.tag {
                let owner = new_ir.profile.terminology.jump_item.clone();
                self.edit(
                    Kind::Words,
                    &owner,
                    &new.object.name,
                    "tag".into(),
                    (old.object.span, new.object.span),
                );
            }
        }
        for (a, b) in both(&aligned.users) {
            let (old, new) = (&old_ir.tables.users[a], &new_ir.tables.users[b]);
            if old.display_name != new.display_name {
                let owner = new_ir.profile.terminology.user.clone();
                let spans = (old.object.span, new.object.span);
                self.edit(Kind::Words, &owner, &new.object.name, "display_name".into(), spans);
            }
        }
        for number in 0..self.policies.pairs.len() {
            let (Some(a), Some(b)) = self.policies.pairs[number] else { continue };
            let (old, new) =
                (&old_ir.tables.policies[a as usize], &new_ir.tables.policies[b as usize]);
            if old.code_name != new.code_name {
                let owner = new_ir.profile.terminology.session_policy.clone();
                self.edit(
                    Kind::Words,
                    &owner,
                    &new.object.name,
                    "code_name".into(),
                    (old.object.span, new.object.span),
                );
            }
        }
        if !moved.is_empty() {
            self.add(Edit {
                kind: Kind::MovedFile,
                owner: "declaration".into(),
                names: moved.iter().map(|(_, _, name)| name.clone()).collect(),
                detail: "moved to another file".into(),
                old: moved.iter().map(|(old, _, _)| *old).collect(),
                new: moved.iter().map(|(_, new, _)| *new).collect(),
            });
        }
    }

    /// Objects that are nothing but a name to the matrix, declared in one side alone.
    fn declared(&mut self, owner: &str, old: &[&Object], new: &[&Object], pairs: &Same) {
        let alone = |objects: &[&Object], paired: &dyn Fn(usize) -> bool| -> Vec<(String, Span)> {
            let alone = objects.iter().enumerate().filter(|(at, _)| !paired(*at));
            alone.map(|(_, object)| (object.name.clone(), object.span)).collect()
        };
        let gone = alone(old, &|at| pairs.iter().any(|(a, _)| *a == at));
        let came = alone(new, &|at| pairs.iter().any(|(_, b)| *b == at));
        for (objects, is_new) in [(gone, false), (came, true)] {
            if objects.is_empty() {
                continue;
            }
            let (names, spans): (Vec<String>, Vec<Span>) = objects.into_iter().unzip();
            let (old, new) = if is_new { (Vec::new(), spans) } else { (spans, Vec::new()) };
            let detail = if is_new { "declared" } else { "no longer declared" };
            self.add(Edit {
                kind: Kind::Declaration,
                owner: owner.into(),
                names,
                detail: detail.into(),
                old,
                new,
            });
        }
    }

    fn tests_and_manifest(&mut self) {
        let (old_ir, new_ir) = (Arc::clone(&self.old), Arc::clone(&self.new));
        let tests = |ir: &crate::ir::Ir| -> Vec<(String, String)> {
            let text = |test: &crate::ir::Test| {
                let lines = test
                    .when
                    .iter()
                    .map(|when| when.span)
                    .chain(test.expect.iter().map(|expect| expect.span));
                lines.map(|span| ir.sources.text(span).to_owned()).collect::<Vec<_>>().join("\n")
            };
            ir.tables.tests.iter().map(|test| (test.object.name.clone(), text(test))).collect()
        };
        let (old, new) = (tests(&old_ir), tests(&new_ir));
        let changed = |test: &&(String, String), other: &[(String, String)]| !other.contains(test);
        let mut names: Vec<String> =
            new.iter().filter(|test| changed(test, &old)).map(|test| test.0.clone()).collect();
        names.extend(
            old.iter()
                .filter(|test| !new.iter().any(|other| other.0 == test.0))
                .map(|test| test.0.clone()),
        );
        if !names.is_empty() {
            self.add(Edit {
                kind: Kind::Test,
                owner: "test".into(),
                names,
                detail: "added, changed or removed".into(),
                old: Vec::new(),
                new: Vec::new(),
            });
        }
        let (a, b) = (&old_ir.tables, &new_ir.tables);
        if a.lints != b.lints || a.diff_deny != b.diff_deny {
            self.add(Edit {
                kind: Kind::Manifest,
                owner: String::new(),
                names: Vec::new(),
                detail: "lints or gates of precedent.toml".into(),
                old: Vec::new(),
                new: Vec::new(),
            });
        }
    }
}

fn both(map: &[Option<u32>]) -> Vec<(usize, usize)> {
    map.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)? as usize))).collect()
}

fn path(sources: &Sources, span: Span) -> &str {
    &sources.file(span.file).path
}

fn kindred<'t>(a: &'t Tables, b: &'t Tables, edits: &Edits, aligned: &Aligned) -> Vec<Kindred<'t>> {
    let words = &edits.new.profile.terminology;
    let pairs = |pairs: &super::Pairs| -> Vec<(usize, usize)> {
        pairs.pairs.iter().filter_map(|&(old, new)| Some((old? as usize, new? as usize))).collect()
    };
    let groups = |is_embassy: bool| -> Vec<(usize, usize)> {
        let of = edits.groups.iter().filter(|group| group.is_embassy == is_embassy);
        of.filter_map(|group| Some((group.old_at? as usize, group.new_at? as usize))).collect()
    };
    let member = |kind: MembershipKind| both(aligned.member_objects(kind));
    macro_rules! objects {
        ($table:ident) => {
            (
                a.$table.iter().map(|found| &found.object).collect(),
                b.$table.iter().map(|found| &found.object).collect(),
            )
        };
    }
    let rows: Vec<(&str, Sides<'_>, Same)> = vec![
        (&words.session_policy, objects!(policies), pairs(&edits.policies)),
        (&words.group_policy, objects!(group_policies), groups(false)),
        ("embassy", objects!(embassies), groups(true)),
        ("directory group", objects!(directory_groups), pairs(&edits.directory_groups)),
        (&words.user, objects!(users), pairs(&edits.users)),
        (&words.invite, objects!(invites), pairs(&edits.invites)),
        (&words.jump_item, objects!(jump_items), pairs(&edits.jump_items)),
        (&words.portal, objects!(portals), pairs(&edits.portals)),
        ("jump item role", objects!(roles), both(&aligned.roles)),
        (
            "jump policy",
            (a.jump_policies.iter().collect(), b.jump_policies.iter().collect()),
            both(&aligned.jump_policies),
        ),
        (
            "jump group",
            (a.jump_groups.iter().collect(), b.jump_groups.iter().collect()),
            both(&aligned.jump_groups),
        ),
        (
            "team",
            (a.teams.iter().collect(), b.teams.iter().collect()),
            member(MembershipKind::Team),
        ),
        (
            "jumpoint",
            (a.jumpoints.iter().collect(), b.jumpoints.iter().collect()),
            member(MembershipKind::Jumpoint),
        ),
        (
            "vault account group",
            (a.vault_account_groups.iter().collect(), b.vault_account_groups.iter().collect()),
            member(MembershipKind::VaultAccountGroup),
        ),
    ];
    rows.into_iter().map(|(owner, (old, new), pairs)| (owner.to_owned(), old, new, pairs)).collect()
}
