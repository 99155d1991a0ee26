//! `remove`: an object and the uses of its name, as far as it is plain what is left without them.

use super::changes::{Changes, end_of};
use super::view::View;
use super::{Object, Part, Refusal};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::syntax::ast::{
    Body, Declaration, DeclarationKind, File, List, ListItem, Operator, Range, Statement, Value,
    What,
};
use crate::text::{escape_control_chars, quote};
use std::collections::BTreeMap;

/// Why a name in a gate stays: edits are of policy files.
const IN_GATE: &str = "a gate names it: change the manifest";

/// A place where a name is used, by what stands around it.
struct Place<'v> {
    declaration: &'v Declaration,
    /// The item of a block that the statement belongs to.
    item: Option<&'v Statement>,
    statement: &'v Statement,
    /// The place of the name.
    name: Range,
}

pub(super) fn remove(view: &View<'_>, object: &Object) -> Result<Changes, Refusal> {
    let found = view.find(object)?;
    let mut changes = Changes::default();
    changes.remove_lines(view, found.file, found.start, found.end());
    let why_not = match object.part {
        Part::Whole => None,
        Part::Custom(_) => Some((
            "a `custom` session policy is a line of its object",
            "take the line away with `unset`, or replace it with `assign`",
        )),
        Part::Defaults => {
            Some(("defaults cannot be removed together", "take a line away with `unset`"))
        }
    };
    if let Some((message, help)) = why_not {
        let refusal = Diagnostic::new(Code::EDIT_REFUSED, object.span, message).help(help);
        return Err(Box::new(refusal));
    }
    let Some(name) = &object.name else { return Ok(changes) };
    // Tests and gates mean all jump items of a name, so that the others answer for it.
    if view.named(object.kind, &name.text).len() > 1 {
        return Ok(changes);
    }
    let mut kept = Vec::new();
    let mut items: BTreeMap<(FileId, u32), (&List, Vec<usize>)> = BTreeMap::new();
    for span in view.uses(object.kind, &name.text) {
        let within =
            span.file == found.file && span.start >= found.start && span.end <= found.end();
        let place = view.tree(span.file).and_then(|tree| place(tree, span));
        let Some(place) = place.filter(|_| !within) else { continue };
        match place.removal(view, span.file) {
            Removal::Item(list, at) => {
                let key = (span.file, list.range.start);
                items.entry(key).or_insert((list, Vec::new())).1.push(at);
            }
            Removal::Statement => {
                let start = place.statement.range.start;
                changes.remove_lines(view, span.file, start, end_of(place.statement));
            }
            Removal::None(value) => {
                changes.replace(value.in_file(span.file), "none");
            }
            Removal::Refused(why) => kept.push((span, why)),
        }
    }
    for ((file, _), (list, gone)) in items {
        changes.remove_items(view, file, list, &gone);
    }
    if let Some((file, manifest)) = &view.manifest {
        for denial in &manifest.deny {
            if let Some(span) = denial.place_of(object.kind, &name.text) {
                kept.push((Span { file: *file, ..span }, IN_GATE.to_owned()));
            }
        }
    }
    if kept.is_empty() { Ok(changes) } else { Err(refused(object, &kept)) }
}

/// That uses of a name cannot go without a decision.
fn refused(object: &Object, kept: &[(Span, String)]) -> Refusal {
    const MOST: usize = 8;
    let name = object.name.as_ref().map(|name| name.text.as_str()).unwrap_or_default();
    let message = format!(
        "the {} `{}` cannot be removed: some of its uses have to be decided first",
        object.kind.words(),
        escape_control_chars(name)
    );
    let refusal = Diagnostic::new(Code::EDIT_REFUSED, object.span, message);
    let labelled = kept
        .iter()
        .take(MOST)
        .fold(refusal, |refusal, (span, why)| refusal.label(*span, why.clone()));
    let more = kept.len().saturating_sub(MOST);
    let help = match more {
        0 if kept.iter().all(|(_, why)| why == IN_GATE) => "change the manifest first".to_owned(),
        0 => {
            "change these lines first: in policy files, edits before this one can do so".to_owned()
        }
        more => format!("change these lines, and {more} more, first"),
    };
    Box::new(labelled.help(help))
}

/// What becomes of a use of a name that is removed.
enum Removal<'v> {
    /// An item of a list goes.
    Item(&'v List, usize),
    /// The statement goes.
    Statement,
    /// The value becomes `none`.
    None(Range),
    /// It cannot go without a decision, and why.
    Refused(String),
}

impl<'v> Place<'v> {
    fn removal(&self, view: &View<'_>, file: FileId) -> Removal<'v> {
        let owner = match (self.item, self.declaration.name) {
            (Some(Statement { what: What::Item { name, .. }, .. }), _) => Some(*name),
            (_, name) => name,
        };
        let kind = match self.item {
            Some(_) => DeclarationKind::JumpItem,
            None => self.declaration.kind,
        };
        let this = match owner {
            Some(name) => {
                format!("{} {}", kind.words(), quote(&view.unquoted(file, name)))
            }
            None => kind.words().to_owned(),
        };
        let this = escape_control_chars(&this).into_owned();
        match &self.statement.what {
            What::Assign { value: Value::List(list), .. } => {
                match list.items.iter().position(|item| self.is_name_of(item)) {
                    Some(at) => Removal::Item(list, at),
                    None => Removal::Refused("used here".to_owned()),
                }
            }
            What::Entry(_) => Removal::Statement,
            What::Membership(membership) if membership.name == self.name => Removal::Statement,
            What::Membership(_) => {
                Removal::Refused(format!("`{this}` would have another membership: set it again"))
            }
            What::Assign { path, value } => {
                let path = view.text(file, *path);
                let is_policy = path.split('.').next() == Some("session_policy");
                match kind {
                    DeclarationKind::User
                    | DeclarationKind::GroupPolicy
                    | DeclarationKind::Embassy
                    | DeclarationKind::Portal
                        if is_policy =>
                    {
                        Removal::Statement
                    }
                    DeclarationKind::JumpItem | DeclarationKind::JumpItems if is_policy => {
                        Removal::None(value.range())
                    }
                    _ if is_policy => Removal::Refused(format!(
                        "`{this}` needs a session policy: `assign` it another one, or remove it"
                    )),
                    _ => Removal::Refused(format!(
                        "`{path}` of `{this}` would mean something else: set or unset it, or \
                         remove the object"
                    )),
                }
            }
            What::Like(_) => Removal::Refused(format!("`{this}` is a copy of it")),
            // Nothing is left that the condition could leave out.
            What::When(when) if matches!(when.operator, Operator::NotEqual | Operator::NotIn) => {
                Removal::Statement
            }
            What::When(_) | What::Expect(_) => Removal::Refused(format!(
                "`{this}` is about it: `remove {this}`, if it is no longer needed"
            )),
            What::Item { .. } | What::Word(_) => Removal::Refused("used here".to_owned()),
        }
    }

    fn is_name_of(&self, item: &ListItem) -> bool {
        match item {
            ListItem::User(member) | ListItem::DirectoryGroup(member) => member.name == self.name,
            ListItem::Value(value) => value.range() == self.name,
        }
    }
}

/// What stands around a name in a tree.
fn place(tree: &File, span: Span) -> Option<Place<'_>> {
    let name = Range { start: span.start, end: span.end };
    let next = tree.declarations.partition_point(|one| one.keyword.start <= span.start);
    let declaration = tree.declarations.get(next.checked_sub(1)?)?;
    let around = |body: &'_ Body| -> Option<usize> {
        let next = body.statements.partition_point(|one| one.range.start <= span.start);
        next.checked_sub(1)
    };
    let body = declaration.body.as_deref()?;
    let statement = &body.statements[around(body)?];
    if let What::Item { body: Some(inner), .. } = &statement.what
        && inner.open.start < span.start
    {
        let inner_statement = &inner.statements[around(inner)?];
        return Some(Place {
            declaration,
            item: Some(statement),
            statement: inner_statement,
            name,
        });
    }
    if let What::Assign { value: Value::Custom { body: inner, .. }, .. } = &statement.what {
        let inner_statement = &inner.statements[around(inner)?];
        return Some(Place { declaration, item: None, statement: inner_statement, name });
    }
    Some(Place { declaration, item: None, statement, name })
}
