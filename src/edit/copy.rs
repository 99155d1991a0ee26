//! `copy` and `add`: new objects.

use super::body::key_of;
use super::changes::{
    Changes, INDENT, comments_before, end_of, indent, indent_unit, is_blank_before, laid_out,
    line_start, next_line,
};
use super::view::{Found, View};
use super::{Key, Name, Object, Part, Refusal, members, order};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileId;
use crate::syntax::ast::{DeclarationKind, List, ListItem, Statement, Value};
use crate::text::{escape_control_chars, listed, quote};
use crate::workspace::manifest::Manifest;

/// The lines that two objects cannot both have.
fn is_unique(key: &Key) -> bool {
    match key {
        Key::Path(path) => path == "id" || path == "code_name",
        Key::Word(word) => word == "default",
        Key::Membership(..) | Key::Like => false,
    }
}

/// Writes a copy of an object behind it. A copied user is in all lists that the other one is in; a
/// copied group policy stands below the other one in the order.
pub(super) fn copy(
    view: &View<'_>,
    object: &Object,
    to: &Name,
    by_like: bool,
) -> Result<Changes, Refusal> {
    let found = view.find(object)?;
    let (Some(name), Some(written), Part::Whole) = (&object.name, found.name, &object.part) else {
        let message = "only objects with a name can be copied";
        return Err(Box::new(Diagnostic::new(Code::EDIT_REFUSED, object.span, message)));
    };
    view.is_free(object.kind, view.method(&found), to)?;
    if by_like && object.kind != DeclarationKind::SessionPolicy {
        let message = "only a session policy can be a copy by `like`";
        return Err(Box::new(Diagnostic::new(Code::EDIT_REFUSED, object.span, message)));
    }
    let file = view.file(found.file);
    let text = &file.text;
    let new = quote(&to.text);
    let mut out = text[found.start as usize..written.start as usize].to_owned() + &new;
    let keeps = |statement: &&Statement| match key_of(file, statement) {
        Some(key) if by_like => key == Key::Path("available".into()),
        Some(key) => !is_unique(&key),
        None => true,
    };
    let kept: Vec<&Statement> = found.statements().iter().filter(keeps).collect();
    let outer = indent(text, found.start);
    if by_like || !kept.is_empty() {
        out.push_str(" {\n");
        if by_like {
            out.push_str(&format!("{outer}{}like {}\n", indent_unit(text), quote(&name.text)));
        }
        let mut last = None;
        for statement in kept {
            let line = line_start(text, statement.range.start);
            let (start, end) = (comments_before(text, line, |_| true), end_of(statement));
            if last.is_some() && start > 0 && is_blank_before(text, start) {
                out.push('\n');
            }
            out.push_str(
                text[start as usize..next_line(text, end) as usize].trim_end_matches('\n'),
            );
            out.push('\n');
            last = Some(end);
        }
        out.push_str(&format!("{outer}}}"));
    }
    let mut changes = Changes::default();
    let is_short = found.body.is_none() && !out.contains('\n');
    let gap = if found.block.is_some() || is_short { "" } else { "\n" };
    put_behind(view, &found, &format!("{gap}{outer}{out}\n"), &mut changes);
    match object.kind {
        DeclarationKind::User => copy_member(view, &name.text, &to.text, &mut changes),
        DeclarationKind::GroupPolicy => order::listed(view, &new, Some(&name.text), &mut changes),
        _ => {}
    }
    Ok(changes)
}

/// Inserts lines behind an object.
fn put_behind(view: &View<'_>, found: &Found<'_>, lines: &str, changes: &mut Changes) {
    let text = &view.file(found.file).text;
    let at = next_line(text, found.end());
    let end = if text[..at as usize].ends_with('\n') { "" } else { "\n" };
    changes.insert(found.file, at, format!("{end}{lines}"));
}

/// Puts a user into each list that another user is in, behind that one.
fn copy_member(view: &View<'_>, name: &str, new: &str, changes: &mut Changes) {
    for object in view.objects() {
        let Some(list) = members::list_of(view, &object) else { continue };
        if let Some((at, item)) = as_member(view, object.file, list, name, new) {
            changes.insert_item(view, object.file, list, Some(at), &item);
        }
    }
}

/// The item for a new member that is like another one, and the place of that one.
fn as_member(
    view: &View<'_>,
    file: FileId,
    list: &List,
    name: &str,
    new: &str,
) -> Option<(usize, String)> {
    list.items.iter().enumerate().find_map(|(at, item)| match item {
        ListItem::User(member) if view.unquoted(file, member.name) == name => {
            let until = member.until.map(|date| format!(" until {}", view.text(file, date)));
            Some((at, format!("user {}{}", quote(new), until.unwrap_or_default())))
        }
        ListItem::Value(Value::String(member)) if view.unquoted(file, *member) == name => {
            Some((at, quote(new)))
        }
        _ => None,
    })
}

/// Declares an object, behind the last one of its kind. A group policy comes last in the order.
pub(super) fn add(
    view: &View<'_>,
    object: &Object,
    file: Option<&Name>,
) -> Result<Changes, Refusal> {
    let (Some(name), Part::Whole) = (&object.name, &object.part) else {
        let message = "only objects with a name can be added";
        return Err(Box::new(Diagnostic::new(Code::EDIT_REFUSED, object.span, message)));
    };
    view.is_free(object.kind, object.method.as_ref().map(|method| &*method.text), name)?;
    let place = place_of(view, object, file)?;
    let mut changes = Changes::default();
    changes.declares = true;
    let needs_body = needs_body(object.kind);
    let body = match &object.method {
        Some(method) => format!(" {{\n  kind = {}\n}}", method.text),
        None if needs_body => " {\n}".to_owned(),
        None => String::new(),
    };
    let unit = match place {
        Place::File(id) => indent_unit(&view.file(id).text),
        Place::New(_) => INDENT,
    };
    let body = laid_out(&body, "", unit);
    let line = format!("{} {}{body}\n", object.kind.words(), quote(&name.text));
    match place {
        Place::File(id) => declare(view, object, id, &line, needs_body, &mut changes),
        Place::New(path) => changes.created = Some((path, line)),
    }
    if object.kind == DeclarationKind::GroupPolicy {
        order::listed(view, &quote(&name.text), None, &mut changes);
    }
    Ok(changes)
}

/// Whether an object of a kind says nothing without a body.
pub(super) fn needs_body(kind: DeclarationKind) -> bool {
    !matches!(
        kind,
        DeclarationKind::User
            | DeclarationKind::JumpGroup
            | DeclarationKind::JumpPolicy
            | DeclarationKind::Team
            | DeclarationKind::Jumpoint
            | DeclarationKind::VaultAccountGroup
            | DeclarationKind::VaultAccount
    )
}

/// Writes a declaration behind the last one of its kind, or at the end of the file.
fn declare(
    view: &View<'_>,
    object: &Object,
    id: FileId,
    line: &str,
    needs_body: bool,
    changes: &mut Changes,
) {
    let last = view
        .objects()
        .filter(|one| one.file == id && one.kind == object.kind && one.block.is_none())
        .last();
    match last {
        Some(last) => {
            let gap = if last.body.is_none() && !needs_body { "" } else { "\n" };
            put_behind(view, &last, &format!("{gap}{line}"), changes);
        }
        None => {
            let text = &view.file(id).text;
            let gap = match text {
                text if text.is_empty() => "",
                text if text.ends_with('\n') => "\n",
                _ => "\n\n",
            };
            changes.insert(id, text.len() as u32, format!("{gap}{line}"));
        }
    }
}

/// Where a new object is declared.
enum Place {
    File(FileId),
    /// The path of a file that there is none of yet.
    New(String),
}

/// The file for a new object: the one that is named, the only one, or the one with most objects of
/// the kind.
fn place_of(view: &View<'_>, object: &Object, file: Option<&Name>) -> Result<Place, Refusal> {
    let paths: Vec<(FileId, &str)> =
        view.trees().map(|tree| (tree.id, &*view.file(tree.id).path)).collect();
    let all = || listed(&paths.iter().map(|(_, path)| *path).collect::<Vec<_>>(), 5);
    if let Some(file) = file {
        let found = paths.iter().find(|(_, path)| *path == file.text);
        return match (found, why_not_new(view, &file.text)) {
            (Some((id, _)), _) => Ok(Place::File(*id)),
            (None, None) => Ok(Place::New(file.text.clone())),
            (None, Some(why)) => {
                let path = escape_control_chars(&file.text);
                let message = format!("there is no policy file `{path}`, and {why}");
                let help = format!("the policy files are {}", all());
                Err(Box::new(Diagnostic::new(Code::EDIT_REFUSED, file.span, message).help(help)))
            }
        };
    }
    if let [(only, _)] = paths[..] {
        return Ok(Place::File(only));
    }
    let count =
        |id: FileId| view.objects().filter(|one| one.file == id && one.kind == object.kind).count();
    let counted = paths.iter().map(|(id, _)| (count(*id), *id)).filter(|(count, _)| *count > 0);
    // Of several with as many, the first.
    let most = counted.rev().max_by_key(|(count, _)| *count);
    most.map(|(_, id)| Place::File(id)).ok_or_else(|| {
        let message = format!("no policy file has {} yet", object.kind.with_article());
        let help =
            format!("write at the end which file: `in \"{}\"`; there are {}", paths[0].1, all());
        Box::new(Diagnostic::new(Code::EDIT_REFUSED, object.span, message).help(help))
    })
}

/// Why a file cannot be created, if it cannot: it has to be a policy file of the workspace.
fn why_not_new(view: &View<'_>, path: &str) -> Option<&'static str> {
    let is_name = |part: &str| !matches!(part, "" | "." | "..");
    let is_plain = path.split('/').all(is_name)
        && !path.contains(|c: char| c.is_control() || "\\:*?\"<>|".contains(c));
    let takes = match &view.manifest {
        Some((_, manifest)) => manifest.takes(path),
        None => Manifest::default().takes(path),
    };
    if !path.ends_with(".prec") {
        Some("the name of one ends in `.prec`")
    } else if !is_plain {
        Some("that is no path below the folder of the workspace")
    } else if !takes {
        Some("the workspace would not read one there: see `policies` and `exclude` of its manifest")
    } else {
        None
    }
}
