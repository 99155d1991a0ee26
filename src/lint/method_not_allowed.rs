//! `method-not-allowed`: a membership that lets users start sessions in a jump group, none of whom
//! may use a method that machines there have. What a method asks of an account, the profile says.

use super::alike::{Alike, alike, grants_something, written};
use super::context::Context;
use super::lines::group_text;
use super::sink::LintSink;
use super::text::{MAX_LABELS, count, either, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::*;
use crate::matrix::Source;
use crate::matrix::account::FoundRole;
use crate::profile::Value;
use crate::profile::start::{Condition, Start};
use crate::source::Span;
use crate::text::escape_control_chars;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A line that gives a membership in a jump group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Line {
    span: Span,
    source: Source,
    group: JumpGroupId,
}

/// The users who have a membership by one line, and may not use some methods of its group.
struct Barred<'p> {
    /// Ascending, each with the number of its items in the group, and what none of the users has.
    methods: Vec<(usize, u64, &'p Condition)>,
    example: UserId,
    users: u64,
}

/// The users of a line so far, none of whom may use one method.
#[derive(Clone, Copy)]
struct Lacking<'p> {
    /// What the first of them lacks.
    missing: Option<&'p Condition>,
    example: UserId,
    users: u64,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let Some(start) = &context.ir.profile.start else { return };
    let methods = methods_of_groups(context.ir);
    for mut lines in causes(barred(context, start, &methods)) {
        lines.retain(|(line, _)| !sink.is_suppressed(line.span));
        let Some((first, barred)) = lines.first() else { continue };
        let users = lines.iter().map(|(_, barred)| barred.users).sum();
        sink.add_unsuppressed(first.span, |code| {
            let items = methods[first.group.index()].iter().map(|(_, items)| items).sum();
            let message = message(context.ir, *first, barred, users, items);
            let found = Diagnostic::new(code, first.span, message);
            let found = explained(context, found, *first, barred);
            let others = lines.iter().skip(1).take(MAX_LABELS);
            others.fold(found, |found, (line, _)| found.label(line.span, "another one"))
        });
    }
}

/// Lines of users' own accounts that lack the same in the same jump group are one finding.
fn causes(lines: BTreeMap<Line, Barred<'_>>) -> Vec<Vec<(Line, Barred<'_>)>> {
    let mut causes: Vec<Vec<(Line, Barred<'_>)>> = Vec::new();
    let mut own: BTreeMap<(JumpGroupId, Vec<usize>), usize> = BTreeMap::new();
    for (line, barred) in lines {
        if line.source == Source::User {
            let methods = barred.methods.iter().map(|(method, ..)| *method).collect();
            let at = *own.entry((line.group, methods)).or_insert(causes.len());
            if let Some(known) = causes.get_mut(at) {
                known.push((line, barred));
                continue;
            }
        }
        causes.push(vec![(line, barred)]);
    }
    causes
}

/// `all` is the number of items in the group.
fn message(ir: &Ir, line: Line, barred: &Barred<'_>, users: u64, all: u64) -> String {
    let membership = ir.membership_text(MembershipKey::JumpGroup(line.group));
    let membership = format!("`{}`", escape_control_chars(&membership));
    let from = match line.source {
        Source::User if users == 1 => String::new(),
        Source::User => " in their own accounts".into(),
        source => format!(" from {}", group_text(ir, source)),
    };
    let methods = barred.methods.iter();
    let items: u64 = methods.clone().map(|(_, items, _)| items).sum();
    let what = format!(
        "{}, the {} of {items} of {} there",
        either(methods.map(|(at, ..)| format!("`{}`", ir.profile.methods[*at].id))),
        if barred.methods.len() == 1 { "method" } else { "methods" },
        count(all, &ir.profile.terminology.jump_item)
    );
    match users {
        1 => {
            let user = name(&ir.tables[barred.example].object);
            format!("{user} gets {membership}{from}, but may not use {what}")
        }
        several => {
            let users = count(several, &ir.profile.terminology.user);
            format!("none of the {users} who get {membership}{from} may use {what}")
        }
    }
}

/// Says which settings are missing, and points at the lines that deny them.
fn explained(
    context: &Context<'_>,
    mut found: Diagnostic,
    line: Line,
    barred: &Barred<'_>,
) -> Diagnostic {
    let ir = context.ir;
    let mut missing: Vec<String> = Vec::new();
    for part in barred.methods.iter().flat_map(|(_, _, missing)| &missing.any) {
        let entry = &ir.profile.settings[part.setting];
        let word = part.values.first().map_or("", |word| word);
        let text = format!("`{} = {word}`", entry.path);
        if missing.contains(&text) {
            continue;
        }
        missing.push(text);
        let decided = context.matrix.accounts.setting(barred.example, part.setting);
        if let Some(span) = decided.span {
            let here = format!("`{}` is `{}` here", entry.path, decided.text(&entry.ty));
            found = found.label(span, here);
        }
    }
    let place = match line.source {
        Source::User => "the account".to_owned(),
        source => group_text(ir, source),
    };
    let it = if missing.len() == 1 { "it" } else { "them" };
    found.help(format!(
        "add {} to {place}; or deny {it} there, which says that this is meant",
        list(missing)
    ))
}

fn barred<'p>(
    context: &Context<'_>,
    start: &'p Start,
    methods: &[Vec<(usize, u64)>],
) -> BTreeMap<Line, Barred<'p>> {
    // By membership, for each method of the group: what its users lack, or nothing if one of them
    // may use it. Of most lines that is soon known.
    let mut found: FxHashMap<Line, Vec<Option<Lacking<'p>>>> = FxHashMap::default();
    for Alike { example, users } in alike(context) {
        let account = context.matrix.accounts.account(example);
        for (source, membership) in account.memberships() {
            let MembershipKey::JumpGroup(group) = membership.key else { continue };
            let line = Line { span: membership.span, source, group };
            let known = found.get(&line);
            if known.is_some_and(|methods| methods.iter().all(Option::is_none)) {
                continue;
            }
            let starts = match account.role_of(&membership) {
                FoundRole::Role(role) => context.ir.allows_start(role),
                _ => false,
            };
            if !starts {
                continue;
            }
            let new = || {
                vec![
                    Some(Lacking { missing: None, example, users: 0 });
                    methods[group.index()].len()
                ]
            };
            let known = found.entry(line).or_insert_with(new);
            for (lacking, &(method, _)) in known.iter_mut().zip(&methods[group.index()]) {
                let Some(of_line) = lacking else { continue };
                match missing(context, start, source, example, method) {
                    Some(missing) => {
                        of_line.missing.get_or_insert(missing);
                        of_line.users += users;
                    }
                    None => *lacking = None,
                }
            }
        }
    }
    let mut by_line: BTreeMap<Line, Barred<'p>> = BTreeMap::new();
    for (line, found) in found {
        for (lacking, &(method, items)) in found.iter().zip(&methods[line.group.index()]) {
            let Some(Lacking { missing: Some(missing), example, users }) = *lacking else {
                continue;
            };
            let new = || Barred { methods: Vec::new(), example, users };
            by_line.entry(line).or_insert_with(new).methods.push((method, items, missing));
        }
    }
    by_line
}

/// By jump group: the methods of its items, each with their number.
fn methods_of_groups(ir: &Ir) -> Vec<Vec<(usize, u64)>> {
    let mut groups: Vec<BTreeMap<usize, u64>> = vec![BTreeMap::new(); ir.tables.jump_groups.len()];
    for item in &ir.tables.jump_items {
        if let Some(group) = item.group {
            *groups[group.index()].entry(item.method).or_default() += 1;
        }
    }
    groups.into_iter().map(|methods| methods.into_iter().collect()).collect()
}

/// What a method asks for itself and an account does not have. What every session asks for is left
/// aside: an account that is switched off may have its memberships. So is what the group or account
/// that gives the membership denies itself: whoever wrote both lines side by side meant it.
fn missing<'p>(
    context: &Context<'_>,
    start: &'p Start,
    source: Source,
    user: UserId,
    method: usize,
) -> Option<&'p Condition> {
    let ir = context.ir;
    let fails = |condition: &&Condition| {
        condition.any.iter().all(|part| {
            let setting = context.matrix.accounts.setting(user, part.setting);
            let grants = |source: Source| {
                let value = written(ir, user, source, part.setting)?;
                Some(grants_something(ir, part.setting, value))
            };
            let is_met = match setting.value {
                Some(value) => *value == Value::Unknown || part.is_met(&ir.profile.settings, value),
                // Where the account would have it but for another setting, `jump-needs-access`
                // tells.
                None => grants(setting.source) == Some(true),
            };
            !is_met && grants(source) != Some(false)
        })
    };
    start.methods.get(method)?.iter().find(fails)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{findings, messages};

    const LINT: &str = "method-not-allowed";

    fn text(lines: &str, own: &str) -> String {
        format!(
            "jump group \"Lab\"\njump item role \"Start\" {{\n  allows = [start]\n}}\n\
             user \"ada\" {{\n{own}}}\nuser \"ben\"\n\
             group policy \"G\" {{\n  members = [user \"ada\", user \"ben\"]\n  \
             access.allowed = allow\n{lines}  jump group \"Lab\" as \"Start\"\n}}\n\
             jump items {{\n  group = \"Lab\"\n  kind = shell_jump\n  item \"a\"\n  item \"b\"\n  \
             item \"c\" {{\n    kind = jump_client\n  }}\n}}\n"
        )
    }

    #[test]
    fn a_method_that_nobody_of_a_membership_may_use_is_found() {
        let found = findings(LINT, &text("  jump.jump_client = allow\n", ""));
        assert_eq!(found.len(), 1);
        let expected = "none of the 2 users who get `jump group \"Lab\"` from group policy `G` may \
            use `shell_jump`, the method of 2 of 3 jump items there";
        assert_eq!(found[0].message, expected);
        let expected = "add `jump.shell_jump = allow` to group policy `G`; or deny it there, which \
            says that this is meant";
        assert_eq!(found[0].help.as_deref(), Some(expected));
    }

    #[test]
    fn one_user_who_may_use_it_is_enough() {
        let lines = "  jump.jump_client = allow\n";
        assert_eq!(messages(LINT, &text(lines, "  jump.shell_jump = allow\n")), [""; 0]);
        let unread = "  jump.jump_client = allow\n  jump.shell_jump = unknown\n";
        assert_eq!(messages(LINT, &text(unread, "")), [""; 0]);
    }

    #[test]
    fn what_the_group_denies_itself_is_meant() {
        let lines = "  jump.jump_client = allow\n  jump.shell_jump = deny\n";
        assert_eq!(messages(LINT, &text(lines, "")), [""; 0]);
    }

    #[test]
    fn a_line_that_denies_it_elsewhere_is_shown() {
        let lines = "  jump.jump_client = allow\n  jump.shell_jump = deny\n";
        let own = "  jump group \"Lab\" as \"Start\"\n";
        let found = findings(LINT, &text(lines, own));
        let expected = "`ada` gets `jump group \"Lab\"`, but may not use `shell_jump`, the method \
                        of 2 of 3 jump items there";
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].message, expected);
        assert_eq!(found[0].labels[0].message, "`jump.shell_jump` is `deny` here");
    }

    #[test]
    fn what_several_users_have_in_their_own_accounts_is_one_finding() {
        let own = "  jump group \"Lab\" as \"Start\"\n";
        let text = text("  jump.jump_client = allow\n  jump.shell_jump = deny\n", own)
            .replace("user \"ben\"\n", &format!("user \"ben\" {{\n{own}}}\n"));
        let expected = "none of the 2 users who get `jump group \"Lab\"` in their own accounts may \
            use `shell_jump`, the method of 2 of 3 jump items there";
        assert_eq!(messages(LINT, &text), [expected]);
    }

    #[test]
    fn all_methods_of_a_membership_are_one_finding() {
        let text = text("  jump.jump_client = allow\n", "")
            + "jump items {\n  group = \"Lab\"\n  kind = mysql_tunnel\n  item \"x\"\n  \
               item \"y\" {\n    kind = postgresql_tunnel\n  }\n}\n";
        let found = findings(LINT, &text);
        assert_eq!(found.len(), 1, "{found:#?}");
        let end = "may use `shell_jump`, `mysql_tunnel` or `postgresql_tunnel`, the methods of 4 \
                   of 5 jump items there";
        assert!(found[0].message.ends_with(end), "{}", found[0].message);
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(
            help.starts_with("add `jump.shell_jump = allow`, `jump.protocol_tunnel = allow` to")
        );
    }

    #[test]
    fn a_comment_suppresses_it_at_the_membership() {
        let own = "  jump group \"Lab\" as \"Start\"\n";
        let text = text("  jump.jump_client = allow\n", own)
            .replace("\"Lab\" as \"Start\"\n", "\"Lab\" as \"Start\" # allow(P0536): not yet\n");
        assert_eq!(messages(LINT, &text), [""; 0]);
    }
}
