//! Edits that change no cell of the matrix: of what is outside it, and of words.

use super::super::align::{Aligned, Map};
use super::super::{Side, Sided};
use super::{Edit, EditId, EditKind, Edits, Pairs};
use crate::ir::{Available, Ir, MembershipKind, Object, ROLE_ACTIONS};
use crate::source::Span;
use std::sync::Arc;

/// The objects of one kind on both sides.
struct ObjectTable<'t> {
    /// What reports call an object of this kind.
    owner: String,
    /// Whether the matrix knows nothing but the names: then adding or removing one is an edit that
    /// nothing else tells of.
    is_name_only: bool,
    objects: Sided<Vec<&'t Object>>,
    /// Indices of those that are the same.
    pairs: Vec<Sided<u32>>,
}

impl Edits {
    pub(super) fn metadata(&mut self, aligned: &Aligned) {
        self.roles(aligned);
        self.availability();
        self.dates(aligned);
        self.lasting(aligned);
        self.words(aligned);
        self.tests_and_manifest();
    }

    /// An edit of one object that both sides have.
    fn object_edit(
        &mut self,
        kind: EditKind,
        owner: &str,
        object: Sided<&Object>,
        detail: String,
    ) -> EditId {
        self.add(Edit {
            kind,
            owner: owner.into(),
            names: vec![object.new.name.clone()],
            detail,
            lines: object.map(|_, object| vec![object.span]),
        })
    }

    fn roles(&mut self, aligned: &Aligned) {
        let irs = self.irs();
        for pair in both(&aligned.roles) {
            let role = pair.map(|side, at| &irs[side].tables.roles[at as usize]);
            let allows = role.map(|_, role| &role.allows);
            if !allows.differs() {
                continue;
            }
            let only = |side: Side| -> Vec<&str> {
                let only = allows[side].iter().filter(|at| !allows[side.other()].contains(at));
                only.map(|&action| ROLE_ACTIONS[action as usize]).collect()
            };
            let (removed, added) = (only(Side::Old), only(Side::New));
            let mut parts = Vec::new();
            if !added.is_empty() {
                parts.push(format!("now allows {}", added.join(", ")));
            }
            if !removed.is_empty() {
                parts.push(format!("no longer allows {}", removed.join(", ")));
            }
            let object = role.map(|_, role| &role.object);
            let id = self.object_edit(EditKind::Role, "jump item role", object, parts.join("; "));
            let lines = role.map(|_, role| role.allows_at.into_iter().collect::<Vec<_>>());
            if !lines.old.is_empty() || !lines.new.is_empty() {
                self.list[id.0 as usize].lines = lines;
            }
            self.role_edits.insert(pair.new, id);
        }
    }

    fn availability(&mut self) {
        let irs = self.irs();
        let text = |available: Available| {
            let words = [
                (available.users, "users"),
                (available.invites, "invites"),
                (available.jump_items, "jump_items"),
            ];
            let words = words.iter().filter(|(is_available, _)| *is_available);
            words.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
        };
        for pair in self.policies.in_both().collect::<Vec<_>>() {
            let policy = pair.map(|side, at| &irs[side].tables.policies[at as usize]);
            let available = policy.map(|_, policy| policy.available);
            if available.differs() {
                let detail =
                    format!("available [{}] → [{}]", text(available.old), text(available.new));
                let owner = &irs.new.profile.terminology.session_policy;
                let object = policy.map(|_, policy| &policy.object);
                self.object_edit(EditKind::Availability, owner, object, detail);
            }
        }
    }

    /// Descriptions and the like, and declarations that are in another file now.
    fn words(&mut self, aligned: &Aligned) {
        let irs = self.irs();
        let mut moved: Vec<Sided<&Object>> = Vec::new();
        for table in tables(&irs.old, &irs.new, self, aligned) {
            if table.is_name_only {
                self.declared(&table);
            }
            for pair in &table.pairs {
                let object = pair.map(|side, at| table.objects[side][at as usize]);
                let (old, new) = (object.old, object.new);
                if (&old.description, old.id) != (&new.description, new.id) {
                    let same = old.description == new.description;
                    let detail = if same { "id" } else { "description" };
                    self.object_edit(EditKind::Words, &table.owner, object, detail.into());
                }
                if old.code_name != new.code_name {
                    self.object_edit(EditKind::Words, &table.owner, object, "code_name".into());
                }
                let path =
                    object.map(|side, object| &irs[side].sources.file(object.span.file).path);
                if path.differs() {
                    moved.push(object);
                }
            }
        }
        self.labels(&irs, aligned);
        // Where each side is a single file, the two files are the sides.
        let is_one_file = |ir: &std::sync::Arc<Ir>| {
            let paths = ir.sources.iter().map(|(_, file)| &file.path);
            paths.filter(|path| path.ends_with(".prec")).count() == 1
        };
        let are_files = is_one_file(&irs.old) && is_one_file(&irs.new);
        if !moved.is_empty() && !are_files {
            let spans = |side: Side| -> Vec<Span> {
                moved.iter().map(|object| object[side].span).collect()
            };
            self.add(Edit {
                kind: EditKind::MovedFile,
                owner: "declaration".into(),
                names: moved.iter().map(|object| object.new.name.clone()).collect(),
                detail: "moved to another file".into(),
                lines: Sided::from_fn(spans),
            });
        }
    }

    /// Tags, comments and display names.
    fn labels(&mut self, irs: &Sided<std::sync::Arc<Ir>>, aligned: &Aligned) {
        let words = &irs.new.profile.terminology;
        for pair in both(&aligned.jump_items) {
            let item = pair.map(|side, at| &irs[side].tables.jump_items[at as usize]);
            if item.old.tag != item.new.tag {
                let object = item.map(|_, item| &item.object);
                self.object_edit(EditKind::Words, &words.jump_item, object, "tag".into());
            }
            if item.old.comments != item.new.comments {
                let object = item.map(|_, item| &item.object);
                self.object_edit(EditKind::Words, &words.jump_item, object, "comments".into());
            }
        }
        for pair in both(&aligned.users) {
            let user = pair.map(|side, at| &irs[side].tables.users[at as usize]);
            if user.old.display_name != user.new.display_name {
                let object = user.map(|_, user| &user.object);
                self.object_edit(EditKind::Words, &words.user, object, "display_name".into());
            }
        }
    }

    /// Objects that are nothing but a name to the matrix, declared on one side alone.
    fn declared(&mut self, table: &ObjectTable<'_>) {
        for side in Side::BOTH {
            let mut is_paired = vec![false; table.objects[side].len()];
            table.pairs.iter().for_each(|pair| is_paired[pair[side] as usize] = true);
            let alone = table.objects[side].iter().zip(is_paired).filter(|(_, paired)| !paired);
            let (names, spans): (Vec<String>, Vec<Span>) =
                alone.map(|(object, _)| (object.name.clone(), object.span)).unzip();
            if names.is_empty() {
                continue;
            }
            let mut lines = Sided::default();
            lines[side] = spans;
            let detail = match side {
                Side::Old => "no longer declared",
                Side::New => "declared",
            };
            self.add(Edit {
                kind: EditKind::Declaration,
                owner: table.owner.clone(),
                names,
                detail: detail.into(),
                lines,
            });
        }
    }

    fn tests_and_manifest(&mut self) {
        let irs = self.irs();
        let tests = irs.as_ref().map(|_, ir| tests_of(ir));
        let changed = tests.new.iter().filter(|test| !tests.old.contains(test));
        let removed =
            tests.old.iter().filter(|test| !tests.new.iter().any(|(name, _)| *name == test.0));
        let names: Vec<String> = changed.chain(removed).map(|(name, _)| name.clone()).collect();
        if !names.is_empty() {
            self.add(Edit {
                kind: EditKind::Test,
                owner: "test".into(),
                names,
                detail: "added, changed or removed".into(),
                lines: Sided::default(),
            });
        }
        self.manifest(&irs);
    }

    fn manifest(&mut self, irs: &Sided<Arc<Ir>>) {
        let (old, new) = (&irs.old.tables, &irs.new.tables);
        let only = |a: &[String], b: &[String]| -> Vec<String> {
            let only = a.iter().filter(|text| !b.contains(text));
            only.map(|text| format!("`{text}`")).collect()
        };
        let mut parts: Vec<String> = Vec::new();
        for (what, word, found) in [
            ("gates", "removed", only(&old.diff_deny, &new.diff_deny)),
            ("gates", "added", only(&new.diff_deny, &old.diff_deny)),
            ("inventory", "removed", only(&old.inventory, &new.inventory)),
            ("inventory", "added", only(&new.inventory, &old.inventory)),
        ] {
            if !found.is_empty() {
                parts.push(format!("{what} {word}: {}", found.join(", ")));
            }
        }
        if old.sessions != new.sessions {
            parts.push("sessions".into());
        }
        if old.lints != new.lints {
            parts.push("lint levels".into());
        }
        if !parts.is_empty() {
            self.add(Edit {
                kind: EditKind::Manifest,
                owner: "precedent.toml".into(),
                names: Vec::new(),
                detail: parts.join("; "),
                lines: Sided::default(),
            });
        }
    }
}

/// The name of each test, and its lines.
fn tests_of(ir: &Ir) -> Vec<(String, String)> {
    let text = |test: &crate::ir::Test| {
        let when = test.when.iter().map(|when| when.span);
        let lines = when.chain(test.expect.iter().map(|expect| expect.span));
        lines.map(|span| ir.sources.text(span).to_owned()).collect::<Vec<_>>().join("\n")
    };
    ir.tables.tests.iter().map(|test| (test.object.name.clone(), text(test))).collect()
}

fn both(map: &Map) -> Vec<Sided<u32>> {
    (0..).zip(map).filter_map(|(old, new)| Some(Sided { old, new: (*new)? })).collect()
}

/// All kinds of objects.
fn tables<'t>(old: &'t Ir, new: &'t Ir, edits: &Edits, aligned: &Aligned) -> Vec<ObjectTable<'t>> {
    let irs = Sided { old, new };
    let words = &new.profile.terminology;
    let paired = |pairs: &Pairs| pairs.in_both().collect();
    let groups = |is_embassy: bool| -> Vec<Sided<u32>> {
        let of = edits.groups.iter().filter(|group| group.is_embassy == is_embassy);
        of.filter_map(|group| group.at.both()).collect()
    };
    let table = |owner: &str, objects: fn(&Ir) -> Vec<&Object>, pairs: Vec<Sided<u32>>| {
        let objects = irs.map(|_, ir| objects(ir));
        ObjectTable { owner: owner.to_owned(), is_name_only: false, objects, pairs }
    };
    let name_only = |owner: &str, objects: fn(&Ir) -> Vec<&Object>, map: &Map| ObjectTable {
        is_name_only: true,
        ..table(owner, objects, both(map))
    };
    let member = |kind: MembershipKind| aligned.member_objects(kind);
    macro_rules! objects {
        ($table:ident) => {
            |ir| ir.tables.$table.iter().map(|found| &found.object).collect()
        };
    }
    vec![
        table(&words.session_policy, objects!(policies), paired(&edits.policies)),
        table(&words.group_policy, objects!(group_policies), groups(false)),
        table("embassy", objects!(embassies), groups(true)),
        table("directory group", objects!(directory_groups), paired(&edits.directory_groups)),
        table(&words.user, objects!(users), paired(&edits.users)),
        table(&words.invite, objects!(invites), paired(&edits.invites)),
        table(&words.jump_item, objects!(jump_items), paired(&edits.jump_items)),
        table(&words.portal, objects!(portals), paired(&edits.portals)),
        name_only("jump item role", objects!(roles), &aligned.roles),
        name_only(
            "jump policy",
            |ir| ir.tables.jump_policies.iter().collect(),
            &aligned.jump_policies,
        ),
        name_only("jump group", |ir| ir.tables.jump_groups.iter().collect(), &aligned.jump_groups),
        name_only("team", |ir| ir.tables.teams.iter().collect(), member(MembershipKind::Team)),
        name_only(
            "jumpoint",
            |ir| ir.tables.jumpoints.iter().collect(),
            member(MembershipKind::Jumpoint),
        ),
        name_only(
            "vault account group",
            |ir| ir.tables.vault_account_groups.iter().collect(),
            member(MembershipKind::VaultAccountGroup),
        ),
        name_only(
            "vault account",
            |ir| ir.tables.vault_accounts.iter().collect(),
            member(MembershipKind::VaultAccount),
        ),
    ]
}
