//! `add-member` and `remove-member`: the members of group policies, embassies and directory groups.

use super::changes::Changes;
use super::view::{Found, View};
use super::{Key, Member, Object, Refusal};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{self, DeclarationKind, List, ListItem, Value, What};
use crate::text::{escape_control_chars, quote};

/// The list of an object's members, if it has one.
pub(super) fn list_of<'v>(view: &View<'_>, found: &Found<'v>) -> Option<&'v List> {
    let statements = found.body.map_or(&[][..], |body| &body.statements);
    statements.iter().find_map(|statement| match &statement.what {
        What::Assign { path, value: Value::List(list) }
            if view.text(found.file, *path) == "members" =>
        {
            Some(&**list)
        }
        _ => None,
    })
}

/// Whether an object has a list of members.
fn has_members(kind: DeclarationKind) -> bool {
    use DeclarationKind as Kind;
    matches!(kind, Kind::GroupPolicy | Kind::Embassy | Kind::DirectoryGroup)
}

fn no_members(object: &Object, member: &Member) -> Refusal {
    let kind = object.kind;
    let message = format!("{} has no list of members", kind.with_article());
    let found = Diagnostic::new(Code::EDIT_REFUSED, object.span, message);
    let name = object.name.as_ref().map(|name| quote(&name.text)).unwrap_or_default();
    let member = quote(&member.name.text);
    Box::new(match kind {
        DeclarationKind::Team | DeclarationKind::JumpGroup | DeclarationKind::Jumpoint => {
            let line = format!("set user {member} {} {name} …", kind.words());
            found.help_in_full(format!(
                "a membership is a line of the user or the group policy: `{line}`"
            ))
        }
        _ => found.help("group policies, embassies and directory groups have members"),
    })
}

/// The places of a member in a list, which may name it more than once.
fn positions(view: &View<'_>, found: &Found<'_>, list: &List, member: &Member) -> Vec<usize> {
    let is_it = |item: &ListItem| {
        let (kind, name) = match item {
            ListItem::User(written) => (DeclarationKind::User, written.name),
            ListItem::Value(Value::String(name)) => (DeclarationKind::User, *name),
            ListItem::DirectoryGroup(written) => (DeclarationKind::DirectoryGroup, written.name),
            ListItem::Value(_) => return false,
        };
        kind == member.kind && view.unquoted(found.file, name) == member.name.text
    };
    (0..list.items.len()).filter(|at| is_it(&list.items[*at])).collect()
}

/// A member as a list of the object has it.
fn written(object: &Object, member: &Member) -> String {
    let name = quote(&member.name.text);
    let until = member.until.as_ref().map(|date| format!(" until {date}")).unwrap_or_default();
    match object.kind {
        DeclarationKind::DirectoryGroup if member.kind == DeclarationKind::User => name + &until,
        _ => format!("{} {name}{until}", member.kind.words()),
    }
}

pub(super) fn add(view: &View<'_>, object: &Object, member: &Member) -> Result<Changes, Refusal> {
    if !has_members(object.kind) {
        return Err(no_members(object, member));
    }
    let found = view.find(object)?;
    if view.named(member.kind, &member.name.text).is_empty() {
        let found = view.unknown(member.kind, &member.name.text, member.name.span);
        let add = format!("declare it first: `add {} …`", member.kind.words());
        return Err(Box::new(if found.help.is_some() { *found } else { found.help(add) }));
    }
    if object.kind == DeclarationKind::DirectoryGroup && member.until.is_some() {
        let message = "a member of a directory group has no end";
        let refusal = Diagnostic::new(Code::EDIT_REFUSED, member.name.span, message);
        return Err(Box::new(refusal.help(
            "leave out `until` and the date: members of group policies and embassies have ends, \
             and so have memberships",
        )));
    }
    let mut changes = Changes::default();
    let item = written(object, member);
    let Some(list) = list_of(view, &found) else {
        let text = format!("members = [{item}]");
        let line = super::Line {
            text,
            key: Key::Path("members".into()),
            span: object.span,
            is_key_alone: false,
        };
        return super::body::set(view, object, &line);
    };
    match &positions(view, &found, list, member)[..] {
        [] => changes.insert_item(view, found.file, list, None, &item),
        // An edit without a date is met by a member with one: an end never goes unasked.
        [..] if member.until.is_none() => {}
        [first, again @ ..] => {
            changes.remove_items(view, found.file, list, again);
            if let ListItem::User(old) | ListItem::DirectoryGroup(old) = &list.items[*first] {
                replace_date(view, &found, *old, member, &mut changes);
            }
        }
    }
    Ok(changes)
}

/// Gives a member the date that an edit has.
fn replace_date(
    view: &View<'_>,
    found: &Found<'_>,
    old: ast::Member,
    member: &Member,
    changes: &mut Changes,
) {
    let old_date = old.until.map(|date| view.text(found.file, date));
    if old_date != member.until.as_deref() {
        let date = member.until.as_ref().map(|date| format!(" until {date}"));
        let after_name = ast::Range { start: old.name.end, end: old.range().end };
        changes.replace(after_name.in_file(found.file), date.unwrap_or_default());
    }
}

/// Whether an object with a list of members does not name a member in it.
pub(super) fn lacks(view: &View<'_>, object: &Object, member: &Member) -> bool {
    has_members(object.kind)
        && view.find(object).is_ok_and(|found| {
            let list = list_of(view, &found);
            list.is_none_or(|list| positions(view, &found, list, member).is_empty())
        })
}

pub(super) fn remove(
    view: &View<'_>,
    object: &Object,
    member: &Member,
) -> Result<Changes, Refusal> {
    if !has_members(object.kind) {
        return Err(no_members(object, member));
    }
    let found = view.find(object)?;
    let list = list_of(view, &found);
    let mut changes = Changes::default();
    if let Some(list) = list {
        changes.remove_items(view, found.file, list, &positions(view, &found, list, member));
    }
    match changes.is_empty() {
        true => Err(no_member(view, &found, object, member)),
        false => Ok(changes),
    }
}

/// That an object does not list a member, with the directory group that brings it in if there is
/// one.
fn no_member(view: &View<'_>, found: &Found<'_>, object: &Object, member: &Member) -> Refusal {
    let words = member.kind.words();
    let name = escape_control_chars(&member.name.text);
    let of = object.name.as_ref().map(|name| escape_control_chars(&name.text)).unwrap_or_default();
    let kind = object.kind.words();
    let message = format!("{kind} `{of}` does not list the {words} `{name}` as a member");
    let refusal = Diagnostic::new(Code::EDIT_REFUSED, member.name.span, message)
        .label(found.header(), "declared here");
    if view.named(member.kind, &member.name.text).is_empty() {
        return view.unknown(member.kind, &member.name.text, member.name.span);
    }
    let items = list_of(view, found).map_or(&[][..], |list| &list.items);
    for item in items {
        let ListItem::DirectoryGroup(group) = item else { continue };
        let group = view.unquoted(found.file, group.name);
        for one in view.named(DeclarationKind::DirectoryGroup, &group) {
            let list = list_of(view, &one);
            if list.is_some_and(|list| !positions(view, &one, list, member).is_empty()) {
                let edit = format!(
                    "remove-member directory group {} {words} {}",
                    quote(&group),
                    quote(&member.name.text)
                );
                return Box::new(refusal.help_in_full(format!(
                    "the directory group `{}` brings this {words} in: `{edit}`",
                    escape_control_chars(&group)
                )));
            }
        }
    }
    Box::new(refusal)
}
