//! `names-look-alike`: two names of one kind that readers cannot tell apart, be they declared, tags
//! or entries of lists; and one that has a letter of another script among Latin ones. Names are
//! compared as they stand, so a policy may be about somebody else than it seems.

use super::context::Context;
use super::doubtful_entries::lines;
use super::sink::LintSink;
use crate::diagnostic::Diagnostic;
use crate::ir::{Ir, Object, PolicyKind, ValueId};
use crate::profile::{EntryKind, Strings, Value};
use crate::source::Span;
use crate::text::escape_control_chars;
use crate::text::look_alike::{difference, disguised, fingerprints, look_alike, seen};
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;

const DIRECTORY_GROUP: &str = "directory group";

/// A name, and where it stands.
#[derive(Clone, Copy)]
struct Name<'a> {
    text: &'a str,
    span: Span,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let (terms, tables) = (&context.ir.profile.terminology, &context.ir.tables);
    let mut look = |term: &str, names: Vec<&Object>| objects(term, names, sink);
    look(&terms.user, tables.users.iter().map(|user| &user.object).collect());
    let groups = tables.directory_groups.iter().map(|group| &group.object);
    look(DIRECTORY_GROUP, groups.collect());
    look(&terms.group_policy, tables.group_policies.iter().map(|group| &group.object).collect());
    look("embassy", tables.embassies.iter().map(|group| &group.object).collect());
    let named = tables.policies.iter().filter(|policy| policy.kind == PolicyKind::Named);
    look(&terms.session_policy, named.map(|policy| &policy.object).collect());
    look(&terms.invite, tables.invites.iter().map(|invite| &invite.object).collect());
    look(&terms.jump_item, tables.jump_items.iter().map(|item| &item.object).collect());
    look(&terms.portal, tables.portals.iter().map(|portal| &portal.object).collect());
    look("jump item role", tables.roles.iter().map(|role| &role.object).collect());
    look(&terms.jump_group, tables.jump_groups.iter().collect());
    look(&terms.jump_policy, tables.jump_policies.iter().collect());
    look("team", tables.teams.iter().collect());
    look("jumpoint", tables.jumpoints.iter().collect());
    look("vault account group", tables.vault_account_groups.iter().collect());
    look("vault account", tables.vault_accounts.iter().collect());
    report("tag", &tags(context.ir), sink);
    entries(context.ir, sink);
}

/// The tags of jump items, each where it is first used.
fn tags(ir: &Ir) -> Vec<Name<'_>> {
    let mut first: FxHashMap<&str, Span> = FxHashMap::default();
    for item in &ir.tables.jump_items {
        if let Some(tag) = &item.tag {
            let span = first.entry(tag).or_insert(item.object.span);
            *span = item.object.span.min(*span);
        }
    }
    let mut tags: Vec<Name<'_>> =
        first.into_iter().map(|(text, span)| Name { text, span }).collect();
    tags.sort_by_key(|tag| (tag.span, tag.text));
    tags
}

fn objects(term: &str, mut names: Vec<&Object>, sink: &mut LintSink<'_>) {
    // Of one name there may be items of several methods, which stand together.
    names.dedup_by(|later, first| later.name == first.name);
    names.sort_by_key(|object| object.span);
    let names = names.into_iter().map(|object| Name { text: &object.name, span: object.span });
    report(term, &names.collect::<Vec<_>>(), sink);
}

/// Reports each name that looks like an earlier one, or like a name in ASCII.
fn report(term: &str, names: &[Name<'_>], sink: &mut LintSink<'_>) {
    let mut is_told = FxHashSet::default();
    let compared: fn(&str) -> Cow<'_, str> = match term {
        DIRECTORY_GROUP => without_blanks_of_dn,
        _ => |name| Cow::Borrowed(name),
    };
    for (at, first) in alike(names, compared) {
        is_told.extend([at, first]);
        pair(term, names[at as usize], names[first as usize], sink);
    }
    for (name, at) in names.iter().zip(0u32..) {
        if !name.text.is_ascii() && !is_told.contains(&at) {
            mixed(term, *name, sink);
        }
    }
}

/// A distinguished name without the blanks around its commas, which a directory does not look at.
fn without_blanks_of_dn(name: &str) -> Cow<'_, str> {
    match memchr::memchr2(b' ', b'\t', name.as_bytes()).is_some() && name.contains(',') {
        true => Cow::Owned(name.split(',').map(str::trim).collect::<Vec<_>>().join(",")),
        false => Cow::Borrowed(name),
    }
}

fn pair(term: &str, name: Name<'_>, like: Name<'_>, sink: &mut LintSink<'_>) {
    sink.add(name.span, |code| {
        let what = match look_alike(name.text, like.text) {
            true => difference(name.text, like.text),
            false => "other blanks around its commas".to_owned(),
        };
        let message = format!(
            "{term} `{}` looks like {term} `{}`: it has {what}",
            escape_control_chars(name.text),
            escape_control_chars(like.text),
        );
        Diagnostic::new(code, name.span, message).label(like.span, "the other one").help(
            "if both are the same, keep one of the two; else give them names that readers can \
             tell apart",
        )
    });
}

/// Reports a name that has a letter of another script in a word of Latin ones.
fn mixed(term: &str, name: Name<'_>, sink: &mut LintSink<'_>) {
    let Some((letter, shape)) = disguised(name.text) else { return };
    sink.add(name.span, |code| {
        let letter = u32::from(letter);
        let text = escape_control_chars(name.text);
        let message = format!(
            "{term} `{text}` has U+{letter:04X} among Latin letters: it looks like `{shape}`"
        );
        Diagnostic::new(code, name.span, message).help(format!(
            "if `{shape}` is meant, write that; else it is another name than it seems"
        ))
    });
}

/// Reports entries of lists, for each permission and setting apart. Blanks and letters that only
/// look like others are all that counts here: `ls -l` and `ls -1` are different commands.
fn entries(ir: &Ir, sink: &mut LintSink<'_>) {
    let mut known: FxHashSet<(&str, ValueId)> = FxHashSet::default();
    let mut lists: FxHashMap<&str, (EntryKind, FxHashMap<&str, Span>)> = FxHashMap::default();
    let mut odd: FxHashSet<String> = FxHashSet::default();
    // Copies of a session policy have its lists, which may be long: each list is read once.
    for (entry, line) in lines(ir) {
        let Some(kind) = entry.ty.entries() else { continue };
        if !known.insert((&entry.path, line.value)) {
            continue;
        }
        let value = ir.value(line.value);
        let Value::Strings(Strings::Only(items) | Strings::Except(items)) = value else { continue };
        let (_, list) = lists.entry(&entry.path).or_insert_with(|| (kind, FxHashMap::default()));
        for item in items {
            let span = list.entry(item).or_insert(line.span);
            *span = line.span.min(*span);
            if !item.is_ascii() || item.trim() != item || item.contains("  ") {
                odd.insert(shape(kind, item));
            }
        }
    }
    if odd.is_empty() {
        return;
    }
    let mut lists: Vec<_> = lists.into_iter().collect();
    lists.sort_unstable_by_key(|(path, _)| *path);
    for (_, (kind, list)) in lists {
        let names = list.into_iter().map(|(text, span)| Name { text, span });
        let names = names.map(|name| (shape(kind, name.text), name));
        let mut names: Vec<_> = names.filter(|(seen, _)| odd.contains(seen)).collect();
        names.sort_unstable_by(|(a, x), (b, y)| (a, x.span, x.text).cmp(&(b, y.span, y.text)));
        for same in names.chunk_by(|a, b| a.0 == b.0) {
            let first = same[0].1;
            match &same[1..] {
                [] => mixed("entry", first, sink),
                others => others.iter().for_each(|(_, name)| pair("entry", *name, first, sink)),
            }
        }
    }
}

/// What a careful reader sees of an entry. Names of files are the same in any case.
fn shape(kind: EntryKind, entry: &str) -> String {
    match kind {
        EntryKind::FileNames => seen(&entry.to_lowercase()),
        _ => seen(entry),
    }
}

/// The places of names that look like an earlier one, ascending, each with the first of those.
/// Names are sorted by what stands for their appearance: a table of millions of names in a hash map
/// would take several times the memory.
fn alike(names: &[Name<'_>], compared: fn(&str) -> Cow<'_, str>) -> Vec<(u32, u32)> {
    let mut alike: Vec<(u32, usize, u32)> = Vec::new();
    for case in 0..2 {
        let places = names.iter().zip(0u32..);
        let mut numbers: Vec<(u64, u32)> =
            places.map(|(name, at)| (fingerprints(&compared(name.text))[case], at)).collect();
        numbers.sort_unstable();
        for same in numbers.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let first = same[0].1;
            let others = same[1..].iter().map(|(_, at)| *at);
            alike.extend(others.filter_map(|at| {
                let [one, other] = [first, at].map(|at| compared(names[at as usize].text));
                look_alike(&one, &other).then_some((at, case, first))
            }));
        }
    }
    alike.sort_unstable();
    alike.dedup_by_key(|(at, ..)| *at);
    alike.into_iter().map(|(at, _, first)| (at, first)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{compiled, messages};
    use rustc_hash::FxHashSet;

    const LINT: &str = "names-look-alike";

    #[test]
    fn names_that_look_the_same_are_found() {
        let text = "user \"Jos\u{e9}\"\nuser \"Jose\u{301}\"\nuser \"admin\"\n\
            user \"\u{430}dmin\"\nuser \"John.Doe\"\nuser \"john.doe\"\nteam \"web01\"\n\
            team \"web01 \"\nteam \"john.doe\"\n\
            directory group \"CN=Staff,OU=Groups\" {\n  members = []\n}\n\
            directory group \"cn=staff,ou=groups\" {\n  members = []\n}\n\
            directory group \"CN=A B, OU=Groups ,DC=x\"\ndirectory group \"CN=A B,OU=Groups,DC=x\"\n\
            team \"a, b\"\nteam \"a,b\"\n";
        assert_eq!(
            messages(LINT, text),
            [
                "user `Jose\u{301}` looks like user `Jos\u{e9}`: it has `e` U+0301 in place \
                 of U+00E9",
                "user `\u{430}dmin` looks like user `admin`: it has U+0430 in place of `a`",
                "user `john.doe` looks like user `John.Doe`: it has letters of another case",
                "team `web01 ` looks like team `web01`: it has U+0020 as well",
                "directory group `cn=staff,ou=groups` looks like directory group \
                 `CN=Staff,OU=Groups`: it has letters of another case",
                "directory group `CN=A B,OU=Groups,DC=x` looks like directory group \
                 `CN=A B, OU=Groups ,DC=x`: it has other blanks around its commas",
            ]
        );
    }

    #[test]
    fn items_of_one_name_are_one_name() {
        let text = "jump item \"db01\" {\n  kind = jump_client\n}\n\
            jump item \"db01\" {\n  kind = shell_jump\n}\n\
            jump item \"db02\" {\n  kind = shell_jump\n}\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_later_name() {
        let text = "user \"ada\"\nuser \"Ada\" # allow(names-look-alike): two people\n";
        assert_eq!(messages(LINT, text), [""; 0]);
    }

    #[test]
    fn each_name_is_compared_with_the_first_that_looks_like_it() {
        let mut state = 7u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize
        };
        let letters = ["I", "l", "i", "L", "1", "0", "O", "o"];
        let names: Vec<String> = (0..400)
            .map(|_| (0..1 + random() % 3).map(|_| letters[random() % letters.len()]).collect())
            .collect();
        let text: String = names.iter().map(|name| format!("user \"{name}\"\n")).collect();
        let mut seen = FxHashSet::default();
        let lines = text.lines().filter(|line| seen.insert(*line)).collect::<Vec<_>>().join("\n");
        let ir = compiled(&format!("{lines}\n"), "").ir.expect("an IR");
        let users = ir.tables.users.iter().map(|user| &user.object);
        let mut objects: Vec<Name<'_>> =
            users.map(|object| Name { text: &object.name, span: object.span }).collect();
        objects.sort_by_key(|object| object.span);
        let slowly = |at: usize| {
            let first = |case: usize| {
                let number = |of: usize| fingerprints(objects[of].text)[case];
                let first = (0..at).find(|of| number(*of) == number(at))?;
                look_alike(objects[first].text, objects[at].text).then_some(first)
            };
            first(0).or_else(|| first(1)).map(|first| (at as u32, first as u32))
        };
        let expected: Vec<(u32, u32)> = (0..objects.len()).filter_map(slowly).collect();
        assert!(expected.len() > 100);
        assert_eq!(alike(&objects, |name| Cow::Borrowed(name)), expected);
    }

    #[test]
    fn tags_and_entries_of_lists_are_names_too() {
        let item = |name: &str, tag: &str| {
            format!("jump item \"{name}\" {{\n  kind = jump_client\n  tag = \"{tag}\"\n}}\n")
        };
        let text =
            [item("a", "prod"), item("b", "prod"), item("c", "pr\u{43e}d"), item("d", "Prod")];
        assert_eq!(
            messages(LINT, &text.concat()),
            [
                "tag `pr\u{43e}d` looks like tag `prod`: it has U+043E in place of `o`",
                "tag `Prod` looks like tag `prod`: it has letters of another case",
            ]
        );
        let text = "session policy \"a\" {\n  shell.commands = only ['ls -l', 'ls -1']\n  \
            screen_sharing.applications = except [\"cmd.exe\", \"CMD.exe\", \"\u{437}\u{430}.exe\"]\n}\n\
            session policy \"b\" {\n  like \"a\"\n  \
            screen_sharing.applications = except [\"cmd.exe \", \"\u{441}md.exe\", \"\u{ff50}ing.exe\"]\n}\n";
        assert_eq!(
            messages(LINT, text),
            [
                "entry `cmd.exe ` looks like entry `CMD.exe`: it has U+0020 as well",
                "entry `\u{441}md.exe` looks like entry `CMD.exe`: it has U+0441 in place of `C`",
                "entry `\u{ff50}ing.exe` has U+FF50 among Latin letters: it looks like `p`",
            ]
        );
    }

    #[test]
    fn a_letter_of_another_script_is_told_without_a_counterpart() {
        let text = "user \"adm\u{456}n\"\nuser \"\u{414}\u{43c}\u{438}\u{442}\u{440}\u{438}\u{439} IT\"\n\
            user \"I\u{15f}\u{131}k\"\nteam \"\u{0430}da\"\nteam \"ada\"\n";
        assert_eq!(
            messages(LINT, text),
            [
                "user `adm\u{456}n` has U+0456 among Latin letters: it looks like `i`",
                "team `ada` looks like team `\u{430}da`: it has `a` in place of U+0430",
            ]
        );
    }
}
