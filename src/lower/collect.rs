//! The first pass: collects the declarations by kind and name. Names are unique per kind across all
//! files.

use super::Lower;
use super::statements::MAX_NAME;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Object, PolicyKind, Tables};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Body, Declaration, DeclarationKind, Range, Statement, What};
use crate::text;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::hash::BuildHasher as _;
use std::rc::Rc;

/// A declared object, or an `item` of a `jump items` block.
#[derive(Clone)]
pub(super) struct Declared<'a> {
    pub name: Cow<'a, str>,
    pub file: FileId,
    pub header: Range,
    pub body: Option<&'a Body>,
    /// The block's body, for an `item`.
    pub block: Option<&'a Body>,
}

impl Declared<'_> {
    fn of(object: &Object) -> Self {
        let Span { file, start, end } = object.span;
        Declared {
            name: Cow::Owned(object.name.clone()),
            file,
            header: Range { start, end },
            body: None,
            block: None,
        }
    }
}

/// All declarations. Tables are sorted by name, and the index of an object is its position.
#[derive(Default)]
pub(super) struct Collected<'a> {
    /// Shared, since lowering changes itself while it iterates over a table.
    tables: FxHashMap<DeclarationKind, Rc<Vec<Declared<'a>>>>,
    /// Tables that are not complete yet.
    unsorted: FxHashMap<DeclarationKind, Vec<Declared<'a>>>,
    /// The places of names in the tables, found by the hash of a name.
    indices: FxHashMap<DeclarationKind, HashTable<u32>>,
    /// Declarations without a name: the global default and the orders.
    pub unnamed: Vec<(FileId, &'a Declaration)>,
    /// What `like` lines of `custom` bodies name.
    pub copied: Vec<(FileId, Range)>,
    /// Words of headers that could not be parsed: names that may be declared there.
    pub unparsed_headers: FxHashSet<String>,
}

impl<'a> Collected<'a> {
    /// The names that checked policies declare, for kinds that tests use. Their ids are those of
    /// the tables, but those of group policies, which have an order.
    pub(super) fn declared_by(tables: &Tables) -> Self {
        use DeclarationKind as Kind;
        let mut collected = Collected::default();
        let mut add = |kind: Kind, objects: &mut dyn Iterator<Item = &Object>| {
            let table: Vec<Declared<'a>> = objects.map(Declared::of).collect();
            collected.indices.insert(kind, indices_of(&table));
            collected.tables.insert(kind, Rc::new(table));
        };
        let named = tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Named);
        add(Kind::SessionPolicy, &mut named.map(|policy| &policy.object));
        add(Kind::User, &mut tables.users.iter().map(|user| &user.object));
        add(Kind::Invite, &mut tables.invites.iter().map(|invite| &invite.object));
        add(Kind::GroupPolicy, &mut tables.group_policies.iter().map(|group| &group.object));
        add(Kind::DirectoryGroup, &mut tables.directory_groups.iter().map(|group| &group.object));
        add(Kind::JumpItem, &mut tables.jump_items.iter().map(|item| &item.object));
        add(Kind::JumpItemRole, &mut tables.roles.iter().map(|role| &role.object));
        add(Kind::Portal, &mut tables.portals.iter().map(|portal| &portal.object));
        add(Kind::JumpGroup, &mut tables.jump_groups.iter());
        add(Kind::JumpPolicy, &mut tables.jump_policies.iter());
        add(Kind::Team, &mut tables.teams.iter());
        collected
    }

    pub(super) fn table(&self, kind: DeclarationKind) -> &[Declared<'a>] {
        self.tables.get(&kind).map_or(&[], |table| table.as_slice())
    }

    pub(super) fn shared(&self, kind: DeclarationKind) -> Rc<Vec<Declared<'a>>> {
        self.tables.get(&kind).cloned().unwrap_or_default()
    }

    pub(super) fn find(&self, kind: DeclarationKind, name: &str) -> Option<u32> {
        let (indices, table) = (self.indices.get(&kind)?, self.tables.get(&kind)?);
        let same = |index: &u32| table[*index as usize].name == name;
        indices.find(FxBuildHasher.hash_one(name), same).copied()
    }

    /// The declarations without a name of one kind, by place.
    pub(super) fn of(&self, kind: DeclarationKind) -> Vec<(FileId, &'a Declaration)> {
        self.unnamed.iter().filter(|(_, declaration)| declaration.kind == kind).copied().collect()
    }
}

/// The places of names. It has a number for each and not the name, since a site can have millions.
/// Of several jump items with one name it has the last.
fn indices_of(table: &[Declared<'_>]) -> HashTable<u32> {
    let hash = |index: &u32| FxBuildHasher.hash_one(&*table[*index as usize].name);
    let mut indices = HashTable::with_capacity(table.len());
    for index in 0..table.len() as u32 {
        let same = |other: &u32| table[*other as usize].name == table[index as usize].name;
        match indices.entry(hash(&index), same, hash) {
            Entry::Occupied(mut known) => *known.get_mut() = index,
            Entry::Vacant(place) => {
                place.insert(index);
            }
        }
    }
    indices
}

impl<'a> Lower<'a> {
    pub(super) fn collect(&mut self, files: &[&'a ast::File]) {
        for file in files {
            for header in &file.unparsed_headers {
                let text = self.text(file.id, *header);
                let words = text.split(['"', '\'']).chain(text.split_whitespace());
                self.names.unparsed_headers.extend(words.take(100).map(str::to_owned));
            }
            for declaration in &file.declarations {
                self.declaration(file.id, declaration);
            }
        }
        let mut twice = Vec::new();
        for (kind, mut table) in std::mem::take(&mut self.names.unsorted) {
            // The first declaration is kept; files are in the order of their paths.
            table.sort_by(|a, b| {
                (&a.name, a.file, a.header.start).cmp(&(&b.name, b.file, b.header.start))
            });
            // Jump items of different methods may have one name, and the method is not known yet.
            if kind != DeclarationKind::JumpItem {
                table.dedup_by(|later, first| {
                    let same = later.name == first.name;
                    if same {
                        twice.push((kind, later.file, later.header, first.file, first.header));
                    }
                    same
                });
            }
            table.shrink_to_fit();
            self.names.indices.insert(kind, indices_of(&table));
            self.names.tables.insert(kind, Rc::new(table));
        }
        twice.sort_by_key(|&(_, file, range, ..)| (file, range.start));
        for (kind, file, range, first_file, first) in twice {
            let words = kind.words();
            let written = text::escape_control_chars(self.text(file, range));
            let message = format!("`{written}` is declared twice");
            let found = Diagnostic::new(Code::DECLARED_TWICE, range.in_file(file), message)
                .primary_message("declared again here")
                .label(first.in_file(first_file), "first declared here")
                .help(format!(
                    "rename one of them or merge the two: the name of a {words} must be \
                 unique in the workspace"
                ));
            self.findings.push(found);
        }
    }

    fn declaration(&mut self, file: FileId, declaration: &'a Declaration) {
        let statements = declaration.body.iter().flat_map(|body| &body.statements);
        let inner = statements.filter_map(|statement| statement.what.body());
        self.names.copied.extend(inner.flat_map(|body| &body.statements).filter_map(|line| {
            match line.what {
                What::Like(name) => Some((file, name)),
                _ => None,
            }
        }));
        if self.not_in_profile(file, declaration) {
            return;
        }
        if declaration.kind == DeclarationKind::JumpItems {
            for statement in declaration.body.iter().flat_map(|body| &body.statements) {
                if let Statement { what: What::Item { name, body }, .. } = statement {
                    let block = declaration.body.as_deref();
                    self.declare(
                        DeclarationKind::JumpItem,
                        file,
                        *name,
                        Declared {
                            name: Cow::Borrowed(""),
                            file,
                            header: *name,
                            body: body.as_deref(),
                            block,
                        },
                    );
                }
            }
            self.names.unnamed.push((file, declaration));
            return;
        }
        match declaration.name {
            None => self.names.unnamed.push((file, declaration)),
            // The profile is chosen before lowering.
            Some(_) if declaration.kind == DeclarationKind::Profile => {
                self.profile_body(file, declaration);
            }
            Some(name) => self.declare(
                declaration.kind,
                file,
                name,
                Declared {
                    name: Cow::Borrowed(""),
                    file,
                    header: declaration.header(),
                    body: declaration.body.as_deref(),
                    block: None,
                },
            ),
        }
    }

    /// Reports the body of a `profile` line.
    fn profile_body(&mut self, file: FileId, declaration: &Declaration) {
        let (Some(body), Some(name)) = (&declaration.body, declaration.name) else { return };
        let span = body.open.in_file(file);
        let found = Diagnostic::new(Code::UNEXPECTED, span, "a `profile` line has no body")
            .label(declaration.header().in_file(file), "this names the product's profile")
            .help("remove the braces and what is between them");
        self.findings.push(match body.close {
            Some(close) if body.statements.is_empty() => {
                let braces = Range { start: name.end, end: close.end };
                // A comment between the braces would be lost with them.
                let text = self.text(file, braces);
                if text.contains('#') {
                    found
                } else {
                    found.fix_replace("remove the braces", braces.in_file(file), "")
                }
            }
            _ => found,
        });
    }

    fn declare(
        &mut self,
        kind: DeclarationKind,
        file: FileId,
        range: Range,
        declared: Declared<'a>,
    ) {
        let Some(name) = self.string(file, range) else {
            let raw = self.text(file, range);
            self.names.unparsed_headers.insert(raw[1..raw.len() - 1].to_owned());
            return;
        };
        let reserved = match &*name {
            "" => Some(("a name cannot be empty".to_owned(), "write a name in the quotes")),
            "custom" | "global default" if kind == DeclarationKind::SessionPolicy => Some((
                format!("a session policy cannot be named `{name}`"),
                "choose another name: reports use this one for something else",
            )),
            _ => None,
        };
        if let Some((message, help)) = reserved {
            let place = range.in_file(file);
            self.findings.push(Diagnostic::new(Code::RESERVED_NAME, place, message).help(help));
        }
        self.limit(range.in_file(file), "a name", name.chars().count(), MAX_NAME);
        self.names.unsorted.entry(kind).or_default().push(Declared { name, ..declared });
    }

    /// Reports portals and embassies where the product does not have them.
    fn not_in_profile(&mut self, file: FileId, declaration: &Declaration) -> bool {
        let has = match declaration.kind {
            DeclarationKind::Portal => self.profile.portals,
            DeclarationKind::Embassy => self.profile.embassies,
            _ => return false,
        };
        let what = declaration.kind.plural();
        if !has {
            let message = format!("{} has no {what}", self.profile.label);
            let found =
                Diagnostic::new(Code::NOT_IN_PROFILE, declaration.header().in_file(file), message)
                    .help(format!("remove it, or choose the profile of a product that has {what}"));
            self.findings.push(found);
        }
        !has
    }
}
