//! `set`, `unset` and `assign`: the lines of a body.

use super::changes::{Changes, end_of};
use super::view::{Found, View};
use super::{Key, Line, Object, Refusal};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::SourceFile;
use crate::syntax::ast::{DeclarationKind, Range, Statement, Value, What};
use crate::text::{escape_control_chars, quote, unquote};

/// What a statement sets; `None` for one that stands for itself, such as an entry of an order.
pub(super) fn key_of(file: &SourceFile, statement: &Statement) -> Option<Key> {
    let text = |range: Range| &file.text[range.start as usize..range.end as usize];
    Some(match &statement.what {
        What::Assign { path, .. } => Key::Path(text(*path).to_owned()),
        What::Membership(membership) => {
            let name = unquote(text(membership.name)).unwrap_or_default();
            Key::Membership(membership.kind, name.into_owned())
        }
        What::Like(_) => Key::Like,
        What::Word(word) => Key::Word(text(*word).to_owned()),
        What::Item { .. } | What::Entry(_) | What::When(_) | What::Expect(_) => return None,
    })
}

/// The statement of an object that sets the same as a line.
fn statement_of<'v>(view: &View<'_>, found: &Found<'v>, key: &Key) -> Option<&'v Statement> {
    let file = view.file(found.file);
    let statements = found.body.map_or(&[][..], |body| &body.statements);
    statements.iter().find(|statement| key_of(file, statement).as_ref() == Some(key))
}

/// Writes a line into the body of an object, in place of the one that sets the same.
pub(super) fn set(view: &View<'_>, object: &Object, line: &Line) -> Result<Changes, Refusal> {
    let found = view.find(object)?;
    Ok(written(view, &found, line))
}

fn written(view: &View<'_>, found: &Found<'_>, line: &Line) -> Changes {
    let mut changes = Changes::default();
    let file = view.file(found.file);
    match statement_of(view, found, &line.key) {
        Some(old) => {
            let old_text = &file.text[old.range.start as usize..end_of(old) as usize];
            if !old_text.split_whitespace().eq(line.text.split_whitespace()) {
                if old.is_final.is_some() && !line.text.starts_with("final ") {
                    changes.notes.push(no_longer_final(view, found, &line.key));
                }
                changes.replace_statement(view, found.file, old, &line.text);
            }
        }
        None => {
            let rank = rank(view, &line.key);
            let statements = found.body.map_or(&[][..], |body| &body.statements);
            let comes_before = |statement: &&Statement| {
                key_of(file, statement).is_some_and(|key| self::rank(view, &key) <= rank)
            };
            let after = statements.iter().rfind(comes_before);
            changes.insert_line(view, found, after, &line.text);
        }
    }
    changes
}

/// Where a line of a body stands among the others: what an object is, then what it may, in the
/// order of the profile, then its session policy and its memberships.
fn rank(view: &View<'_>, key: &Key) -> usize {
    const FIRST: [&str; 13] = [
        "id",
        "code_name",
        "display_name",
        "description",
        "available",
        "kind",
        "group",
        "owner",
        "jump_policy",
        "tag",
        "comments",
        "portal",
        "members",
    ];
    let paths = FIRST.len() + 1;
    let profile = view.profile;
    let entries = profile.permissions.len().max(profile.settings.len());
    match key {
        Key::Like | Key::Word(_) => 0,
        Key::Membership(kind, _) => paths + entries + 2 + *kind as usize,
        Key::Path(path) if path.split('.').next() == Some("session_policy") => paths + entries + 1,
        Key::Path(path) => {
            if let Some(at) = FIRST.iter().position(|first| first == path) {
                return at + 1;
            }
            let setting = profile.settings.iter().position(|entry| entry.path == *path);
            paths + profile.permission(path).or(setting).unwrap_or(entries)
        }
    }
}

/// Takes a line out of the body of an object, or its `final`.
pub(super) fn unset(
    view: &View<'_>,
    object: &Object,
    line: &Line,
    only_final: bool,
) -> Result<Changes, Refusal> {
    let found = view.find(object)?;
    let Some(statement) = statement_of(view, &found, &line.key) else {
        return Err(not_there(view, &found, line));
    };
    let mut changes = Changes::default();
    match (only_final, statement.is_final) {
        (false, _) => {
            changes.remove_lines(view, found.file, statement.range.start, end_of(statement));
        }
        (true, Some(word)) => {
            let rest = &view.file(found.file).text[word.end as usize..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            changes.remove(found.file, word.start, word.end + blanks as u32);
        }
        (true, None) => {
            let message = "that line is not final";
            let refusal = Diagnostic::new(Code::EDIT_REFUSED, line.span, message);
            let place = statement.range.in_file(found.file);
            return Err(Box::new(refusal.label(place, "this line")));
        }
    }
    Ok(changes)
}

/// Whether an object has no such line, or it is not final.
pub(super) fn lacks(view: &View<'_>, object: &Object, line: &Line, only_final: bool) -> bool {
    view.find(object).is_ok_and(|found| match statement_of(view, &found, &line.key) {
        Some(statement) => only_final && statement.is_final.is_none(),
        None => true,
    })
}

/// What a line sets, as it is written.
fn key_text(key: &Key) -> String {
    match key {
        Key::Path(path) => path.clone(),
        Key::Membership(kind, name) => format!("{} {}", kind.declaration().words(), quote(name)),
        Key::Like => "like".to_owned(),
        Key::Word(word) => word.clone(),
    }
}

/// That a body has no such line.
fn not_there(view: &View<'_>, found: &Found<'_>, line: &Line) -> Refusal {
    let file = view.file(found.file);
    let what = key_text(&line.key);
    let header = escape_control_chars(view.sources.text(found.header()));
    let message = format!("`{header}` does not set `{}`", escape_control_chars(&what));
    let refusal = Diagnostic::new(Code::EDIT_REFUSED, line.span, message)
        .label(found.header(), "declared here");
    let default = found.defaults().and_then(|block| {
        block.statements.iter().find(|one| key_of(file, one).as_ref() == Some(&line.key))
    });
    if let Some(default) = default {
        let help = "a default of the block sets it: give the item a line of its own with `set`, or \
                    write `defaults of` before `jump item` to change the default";
        return Box::new(refusal.label(default.range.in_file(found.file), "set here").help(help));
    }
    let paths: Vec<String> = found
        .statements()
        .iter()
        .filter_map(|statement| match key_of(file, statement)? {
            Key::Path(path) => Some(path),
            _ => None,
        })
        .collect();
    if let Some(help) = other_session_policies(&line.key, &paths) {
        return Box::new(refusal.help(help));
    }
    let close = suggest::closest(&what, paths.iter().map(String::as_str));
    Box::new(match close {
        Some(close) => refusal.help(suggest::question(close, &what)),
        None => refusal,
    })
}

/// What an object sets that has a session policy for the other kind of sessions, or for both.
fn other_session_policies(key: &Key, paths: &[String]) -> Option<String> {
    let Key::Path(path) = key else { return None };
    let is_set = |path: &str| paths.iter().any(|one| one == path);
    if path == BOTH {
        let parts = OTHERS.iter().map(|(part, _)| *part).filter(|part| is_set(part));
        let parts: Vec<String> = parts.map(|part| format!("`{part}`")).collect();
        return (!parts.is_empty()).then(|| {
            format!("it sets {}, for one kind of sessions: unset that", parts.join(" and "))
        });
    }
    let is_part = OTHERS.iter().any(|(part, _)| part == path);
    (is_part && is_set(BOTH)).then(|| {
        format!("it sets `{BOTH}`, for all sessions: unset that, or `assign` one kind another one")
    })
}

/// Gives an object another session policy. A `final` before the old one stays, if
/// there is still something that it can be about. Where the object has
/// one for both kinds of sessions and one kind gets another, the other kind keeps it.
pub(super) fn assign(view: &View<'_>, object: &Object, line: &Line) -> Result<Changes, Refusal> {
    let found = view.find(object)?;
    let mut line = line.clone();
    let Key::Path(path) = &line.key else { return Ok(Changes::default()) };
    let is_custom = line.text.ends_with(" = custom {\n}");
    if is_custom && !takes_custom(found.kind) {
        let message = "only users, group policies and embassies can have a `custom` session policy";
        let help = "`add` a session policy, and assign that by its name";
        return Err(Box::new(
            Diagnostic::new(Code::EDIT_REFUSED, line.span, message)
                .label(found.header(), "declared here")
                .help(help),
        ));
    }
    let of = |path: &str| statement_of(view, &found, &Key::Path(path.to_owned()));
    let other = OTHERS.iter().find(|(one, _)| one == path).map(|(_, other)| *other);
    if let (Some(other), None, Some(both)) = (other, of(path), of(BOTH)) {
        return Ok(split(view, &found, both, other, line));
    }
    let parts: Vec<&Statement> = OTHERS.iter().filter_map(|(part, _)| of(part)).collect();
    if path == BOTH && !parts.is_empty() {
        return joined(view, &found, &parts, line);
    }
    let old = of(path);
    let has_custom =
        |old: &Statement| matches!(&old.what, What::Assign { value: Value::Custom { .. }, .. });
    // What it has stays.
    if is_custom && old.is_some_and(has_custom) {
        return Ok(Changes::default());
    }
    if old.is_some_and(|old| old.is_final.is_some()) && can_be_final(&line) {
        line.text.insert_str(0, "final ");
    }
    Ok(written(view, &found, &line))
}

fn takes_custom(kind: DeclarationKind) -> bool {
    use DeclarationKind as Kind;
    matches!(kind, Kind::User | Kind::GroupPolicy | Kind::Embassy)
}

/// Whether `final` can stand before an assignment: what is not defined overrides nothing.
fn can_be_final(line: &Line) -> bool {
    !line.text.ends_with(" = not defined")
}

/// The note that an assignment has no `final` any more.
fn no_longer_final(view: &View<'_>, found: &Found<'_>, key: &Key) -> String {
    format!("{}: `{}` is no longer final", view.sources.text(found.header()), key_text(key))
}

/// The setting for both kinds of sessions.
const BOTH: &str = "session_policy";

/// The settings for one kind of sessions, each with that for the other.
const OTHERS: [(&str, &str); 4] = [
    ("session_policy.attended", "session_policy.unattended"),
    ("session_policy.unattended", "session_policy.attended"),
    ("session_policy.present", "session_policy.absent"),
    ("session_policy.absent", "session_policy.present"),
];

/// Divides a line for both kinds of sessions: the other kind keeps what it says.
fn split(
    view: &View<'_>,
    found: &Found<'_>,
    both: &Statement,
    other: &str,
    mut line: Line,
) -> Changes {
    let mut changes = Changes::default();
    let What::Assign { path, value } = &both.what else { return changes };
    let text = &view.file(found.file).text;
    let says_it_already = line.text.split_once(" = ").is_some_and(|(_, new)| {
        let range = value.range();
        !matches!(value, Value::Custom { .. })
            && text[range.start as usize..range.end as usize]
                .split_whitespace()
                .eq(new.split_whitespace())
    });
    if says_it_already {
        return changes;
    }
    if both.is_final.is_some() && !can_be_final(&line) {
        changes.notes.push(no_longer_final(view, found, &line.key));
    } else if both.is_final.is_some() {
        line.text.insert_str(0, "final ");
    }
    changes.replace(path.in_file(found.file), other);
    changes.insert_line(view, found, Some(both), &line.text);
    changes
}

/// Replaces the lines for each kind of sessions by one for both.
fn joined(
    view: &View<'_>,
    found: &Found<'_>,
    parts: &[&Statement],
    mut line: Line,
) -> Result<Changes, Refusal> {
    let mut changes = Changes::default();
    let finals = parts.iter().filter(|part| part.is_final.is_some()).count();
    if finals > 0 && !can_be_final(&line) {
        changes.notes.push(no_longer_final(view, found, &line.key));
    } else if finals == 2 {
        line.text.insert_str(0, "final ");
    } else if finals > 0 {
        let message = "one of the two session policies is final, and the other one is not";
        let refusal = Diagnostic::new(Code::EDIT_REFUSED, line.span, message)
            .help("assign each by itself, with `attended` and `unattended` before the name");
        return Err(Box::new(parts.iter().fold(refusal, |refusal, part| {
            refusal.label(part.range.in_file(found.file), "assigned here")
        })));
    }
    if let [first, rest @ ..] = parts {
        changes.replace_statement(view, found.file, first, &line.text);
        for part in rest {
            changes.remove_lines(view, found.file, part.range.start, end_of(part));
        }
    }
    Ok(changes)
}
