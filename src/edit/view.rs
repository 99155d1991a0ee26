//! The text of a workspace as an edit finds it: its trees, its objects, and where names are used.

use super::{Name, Object, Part, Refusal};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::lower::{self, Use};
use crate::profile::Profile;
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::ast::{Body, Declaration, DeclarationKind, File, Range, Statement, Value, What};
use crate::syntax::{self, KnownTrees};
use crate::text::{escape_control_chars, unquote};
use crate::workspace::manifest::{self, Manifest};
use crate::workspace::{Content, Input, RawFile, add_file};
use std::borrow::Cow;
use std::sync::Arc;

/// A workspace before an edit.
pub(super) struct View<'p> {
    /// The texts of the edits, then the policy files in the order of their paths, then the
    /// manifest.
    pub(super) sources: Sources,
    trees: Vec<Arc<File>>,
    pub(super) manifest: Option<(FileId, Manifest)>,
    pub(super) profile: &'p Profile,
}

/// An object in the text.
#[derive(Clone, Copy)]
pub(super) struct Found<'v> {
    pub(super) file: FileId,
    pub(super) kind: DeclarationKind,
    /// The first byte.
    pub(super) start: u32,
    /// The name, quotes included.
    pub(super) name: Option<Range>,
    /// Where a body begins, if there is none.
    pub(super) header_end: u32,
    pub(super) body: Option<&'v Body>,
    /// The block that an item stands in.
    pub(super) block: Option<&'v Declaration>,
}

impl Found<'_> {
    /// The byte after the last one.
    pub(super) fn end(&self) -> u32 {
        self.body
            .map_or(self.header_end, |body| body.close.map_or(body.open.end, |close| close.end))
    }

    /// Keywords and name.
    pub(super) fn header(&self) -> Span {
        Span { file: self.file, start: self.start, end: self.header_end }
    }

    /// The body of the block that an item stands in.
    pub(super) fn defaults(&self) -> Option<&Body> {
        self.block.and_then(|block| block.body.as_deref())
    }

    /// The lines of its body.
    pub(super) fn statements(&self) -> &[Statement] {
        self.body.map_or(&[], |body| &body.statements)
    }
}

impl<'p> View<'p> {
    pub(super) fn new(
        edits: &Sources,
        input: &Input,
        profile: &'p Profile,
        known: &mut KnownTrees,
    ) -> Self {
        let mut sources = edits.clone();
        let mut files: Vec<&RawFile> = input.files.iter().filter(|file| file.is_policy()).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut ids = Vec::new();
        for file in files {
            ids.extend(add_file(&mut sources, file.clone(), Content::Policies).0);
        }
        let trees = syntax::read(&mut sources, &ids, Some(known));
        let trees = trees.into_iter().map(|(tree, _)| tree).collect();
        let manifest = input.manifest.clone();
        let manifest = manifest.and_then(|raw| add_file(&mut sources, raw, Content::Toml).0);
        let manifest = manifest.map(|id| (id, manifest::read(id, sources.file(id)).0));
        View { sources, trees, manifest, profile }
    }

    pub(super) fn file(&self, id: FileId) -> &SourceFile {
        self.sources.file(id)
    }

    pub(super) fn text(&self, file: FileId, range: Range) -> &str {
        self.sources.text(range.in_file(file))
    }

    /// The name in a quoted string.
    pub(super) fn unquoted(&self, file: FileId, range: Range) -> Cow<'_, str> {
        unquote(self.text(file, range)).unwrap_or_default()
    }

    /// The trees of the policy files, in the order of their paths.
    pub(super) fn trees(&self) -> impl Iterator<Item = &File> {
        self.trees.iter().map(|tree| &**tree)
    }

    /// The tree of a file.
    pub(super) fn tree(&self, id: FileId) -> Option<&File> {
        self.trees().find(|tree| tree.id == id)
    }

    /// All declared objects, items of blocks as well.
    pub(super) fn objects(&self) -> impl Iterator<Item = Found<'_>> {
        self.trees().flat_map(|tree| {
            tree.declarations.iter().flat_map(move |declaration| {
                let items = declaration.body.iter().flat_map(|body| &body.statements);
                let items = items.filter_map(move |statement| match &statement.what {
                    What::Item { name, body } => Some(Found {
                        file: tree.id,
                        kind: DeclarationKind::JumpItem,
                        start: statement.range.start,
                        name: Some(*name),
                        header_end: name.end,
                        body: body.as_deref(),
                        block: Some(declaration),
                    }),
                    _ => None,
                });
                std::iter::once(of_declaration(tree.id, declaration)).chain(items)
            })
        })
    }

    /// The objects of one kind with a name, of which jump items may have several.
    pub(super) fn named(&self, kind: DeclarationKind, name: &str) -> Vec<Found<'_>> {
        let same = |found: &Found<'_>| {
            let is_name = |range| self.unquoted(found.file, range) == name;
            found.kind == kind && found.name.is_some_and(is_name)
        };
        self.objects().filter(same).collect()
    }

    /// The object that an edit names.
    pub(super) fn find(&self, object: &Object) -> Result<Found<'_>, Refusal> {
        let found = self.find_outer(object)?;
        match &object.part {
            Part::Whole => Ok(found),
            Part::Custom(setting) => self.custom(object, found, setting.as_deref()),
            Part::Defaults => match found.block {
                Some(block) => Ok(of_declaration(found.file, block)),
                None => {
                    let message = "it stands by itself, and not in a `jump items` block";
                    let refusal = Diagnostic::new(Code::EDIT_REFUSED, object.span, message)
                        .label(found.header(), "declared here")
                        .help("leave out `defaults of`");
                    Err(Box::new(refusal))
                }
            },
        }
    }

    fn find_outer(&self, object: &Object) -> Result<Found<'_>, Refusal> {
        let Some(name) = &object.name else {
            let declared = self.objects().find(|found| found.kind == object.kind);
            return declared.ok_or_else(|| {
                let message = format!("there is no `{}` block", object.kind.words());
                Box::new(Diagnostic::new(Code::EDIT_REFUSED, object.span, message))
            });
        };
        let all = self.named(object.kind, &name.text);
        let mut found = all.clone();
        if let Some(method) = &object.method {
            found.retain(|one| self.method(one) == Some(&*method.text));
            if found.is_empty() && !all.is_empty() {
                return Err(self.no_method(method, &all));
            }
        }
        match &found[..] {
            [] => Err(self.unknown(object.kind, &name.text, name.span)),
            [one] => Ok(*one),
            several => {
                let name = escape_control_chars(&name.text);
                let message = format!("there are {} jump items `{name}`", several.len());
                let methods = several.iter().filter_map(|one| self.method(one));
                let methods: Vec<String> =
                    methods.map(|method| format!("`method {method}`")).collect();
                let help = format!("write after the name which one: {}", methods.join(" or "));
                let found = Diagnostic::new(Code::EDIT_REFUSED, object.span, message).help(help);
                let labelled = several
                    .iter()
                    .fold(found, |found, one| found.label(one.header(), "declared here"));
                Err(Box::new(labelled))
            }
        }
    }

    /// That no jump item of a name has a method.
    fn no_method(&self, method: &Name, items: &[Found<'_>]) -> Refusal {
        let text = escape_control_chars(&method.text);
        let message = format!("no jump item of this name has the method `{text}`");
        let methods = items.iter().filter_map(|one| self.method(one));
        let methods: Vec<String> = methods.map(|method| format!("`{method}`")).collect();
        let found = Diagnostic::new(Code::EDIT_REFUSED, method.span, message);
        Box::new(found.help(format!("there is one of {}", methods.join(" and of "))))
    }

    /// Whether no object has a name yet; of jump items, none of a method, if that is given.
    pub(super) fn is_free(
        &self,
        kind: DeclarationKind,
        method: Option<&str>,
        name: &Name,
    ) -> Result<(), Refusal> {
        let taken = self.named(kind, &name.text);
        let other = taken.iter().find(|other| method.is_none() || self.method(other) == method);
        let Some(other) = other else { return Ok(()) };
        let (article, text) = (kind.with_article(), escape_control_chars(&name.text));
        let message = format!("there is {article} `{text}` already");
        let found = Diagnostic::new(Code::EDIT_REFUSED, name.span, message);
        Err(Box::new(found.label(other.header(), "declared here")))
    }

    /// That there is no object of a kind with a name.
    pub(super) fn unknown(&self, kind: DeclarationKind, name: &str, span: Span) -> Refusal {
        let words = kind.words();
        let message = format!("there is no {words} `{}`", escape_control_chars(name));
        let found = Diagnostic::new(Code::UNKNOWN_NAME, span, message);
        let of_kind = self.objects().filter(|found| found.kind == kind);
        let names: Vec<_> =
            of_kind.filter_map(|one| Some(self.unquoted(one.file, one.name?))).collect();
        Box::new(match suggest::closest_name(name, names.iter().map(|name| &**name)) {
            Some(close) => found.help(suggest::question(close, name)),
            None => found,
        })
    }

    /// The `custom` session policy of an object.
    fn custom<'v>(
        &self,
        object: &Object,
        owner: Found<'v>,
        setting: Option<&str>,
    ) -> Result<Found<'v>, Refusal> {
        let mut all = Vec::new();
        for statement in owner.body.map_or(&[][..], |body| &body.statements) {
            if let What::Assign { path, value: Value::Custom { word, body } } = &statement.what {
                let written = self.text(owner.file, *path);
                let last = written.rsplit('.').next();
                if setting.is_none() || setting == last {
                    let found = Found {
                        start: statement.range.start,
                        name: None,
                        header_end: word.end,
                        body: Some(body),
                        block: None,
                        kind: DeclarationKind::SessionPolicy,
                        ..owner
                    };
                    all.push(found);
                }
            }
        }
        let (message, help) = match all[..] {
            [one] => return Ok(one),
            [] => ("it has no `custom` session policy", "`assign … custom` gives it an empty one"),
            _ => (
                "it has several `custom` session policies",
                "write which one: `custom attended of …` or `custom unattended of …`",
            ),
        };
        let found = Diagnostic::new(Code::EDIT_REFUSED, object.span, message).help(help);
        Err(Box::new(found.label(owner.header(), "declared here")))
    }

    /// The kind of a jump item, which is its method.
    pub(super) fn method(&self, item: &Found<'_>) -> Option<&str> {
        let of_body = |body: &Body| {
            body.statements.iter().find_map(|statement| match &statement.what {
                What::Assign { path, value: Value::Word(word) }
                    if self.text(item.file, *path) == "kind" =>
                {
                    Some(*word)
                }
                _ => None,
            })
        };
        let word = item.body.and_then(of_body).or_else(|| item.defaults().and_then(of_body))?;
        Some(self.text(item.file, word))
    }

    /// The places in policy files where the name of an object is used.
    pub(super) fn uses(&self, kind: DeclarationKind, name: &str) -> Vec<Span> {
        let trees: Vec<&File> = self.trees().collect();
        let uses = lower::uses(&trees, &self.sources, self.profile);
        let is_it = |found: &Use| {
            let written = unquote(self.sources.text(found.span));
            found.kind == kind && written.is_ok_and(|written| written == name)
        };
        uses.into_iter().filter(is_it).map(|found| found.span).collect()
    }
}

fn of_declaration(file: FileId, declaration: &Declaration) -> Found<'_> {
    Found {
        file,
        kind: declaration.kind,
        start: declaration.keyword.start,
        name: declaration.name,
        header_end: declaration.header().end,
        body: declaration.body.as_deref(),
        block: None,
    }
}
