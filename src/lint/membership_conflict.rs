//! `membership-conflict`: two group policies of a user give the same jump group with roles of which
//! only one allows starting sessions. Here the order of the group policies decides, but no document
//! says so of the product. Where the order is a guess, the membership is unknown anyway.

use super::context::Context;
use super::lines::{AccountLines, GroupLine, Key, LineValue, group_text};
use super::sink::LintSink;
use super::text::{MAX_PLACES, count, list, name};
use crate::diagnostic::Diagnostic;
use crate::ir::*;
use crate::matrix::Source;
use crate::matrix::account::FoundRole;
use crate::semantics::start::DEFAULT_ROLE;
use crate::semantics::start::Holds;
use crate::source::Span;
use crate::text::escape_control_chars;
use std::collections::BTreeMap;

/// Two lines for one jump group: the one that decides, and one that disagrees with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Lines {
    group: MembershipKey,
    decides: (Source, Span),
    other: (Source, Span),
    /// Whether the one that decides allows starting sessions.
    starts: bool,
}

/// Whom two lines apply to.
struct Affected {
    example: UserId,
    users: u64,
}

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    if ir.profile.start.is_none() {
        return;
    }
    // What two group policies say about several jump groups for the same users has one cause.
    type Cause = (Source, Source, bool, UserId, u64);
    let mut causes: BTreeMap<Cause, Vec<Lines>> = BTreeMap::new();
    for (lines, Affected { example, users }) in conflicts(context) {
        if !sink.is_suppressed(lines.decides.1) {
            let cause = (lines.decides.0, lines.other.0, lines.starts, example, users);
            causes.entry(cause).or_default().push(lines);
        }
    }
    for ((decides, other, starts, example, users), mut lines) in causes {
        lines.sort_by_key(|lines| (lines.decides.1.file, lines.decides.1.start));
        let span = lines[0].decides.1;
        sink.add_unsuppressed(span, |code| {
            let (decides, other) = (group_text(ir, decides), group_text(ir, other));
            let (lets, lets_not) = if starts { (&decides, &other) } else { (&other, &decides) };
            let users = match users {
                1 => name(&ir.tables[example].object),
                users => format!(
                    "{}, such as {},",
                    count(users, &ir.profile.terminology.user),
                    name(&ir.tables[example].object)
                ),
            };
            let groups = lines.iter().map(|lines| {
                format!("`{}`", escape_control_chars(&ir.membership_text(lines.group)))
            });
            let message = format!(
                "{lets} lets {users} start sessions in {}, and {lets_not} does not",
                list(groups),
            );
            let diagnostic = Diagnostic::new(code, span, message)
                .primary_message("this decides, by the order of the group policies")
                .help(
                    "no document says which of the two the product takes: remove one of them, or \
                     write the membership in the account of each user",
                );
            let labelled = lines.iter().take(MAX_PLACES).enumerate();
            labelled.fold(diagnostic, |diagnostic, (at, lines)| {
                let diagnostic = match at {
                    0 => diagnostic,
                    _ => diagnostic.label(lines.decides.1, "this decides here"),
                };
                diagnostic.label(lines.other.1, "this role differs in `start`")
            })
        });
    }
}

/// Users who get the same from their groups, and of whose default roles the same holds.
struct Alike {
    class: usize,
    default: Holds,
    users: Vec<UserId>,
}

fn conflicts(context: &Context<'_>) -> BTreeMap<Lines, Affected> {
    let ir = context.ir;
    let accounts = context.accounts();
    let with_two = accounts.classes().map(|class| with_two(accounts, class));
    let with_two: Vec<Vec<MembershipKey>> = with_two.collect();
    let mut conflicts: BTreeMap<Lines, Affected> = BTreeMap::new();
    for alike in alike(context, &with_two) {
        let mut own: BTreeMap<MembershipKey, u64> = BTreeMap::new();
        let of_users = alike.users.iter().flat_map(|user| &ir.tables[*user].grants.memberships);
        of_users.for_each(|membership| *own.entry(membership.key).or_default() += 1);
        for &group in &with_two[alike.class] {
            let lines = accounts.of_key(alike.class, Key::Membership(group));
            let Some(lines) = lines else { continue };
            let Some(at) = lines.decider() else { continue };
            let starts = |line: &GroupLine| starts(ir, line, alike.default);
            let own = own.get(&group).copied().unwrap_or(0);
            let users = alike.users.len() as u64 - own;
            // Whoever has a line of its own has no conflict. There are not more of them to pass
            // than such lines.
            let has_own = |user: &UserId| {
                let own = &ir.tables[*user].grants.memberships;
                own.binary_search_by_key(&group, |membership| membership.key).is_ok()
            };
            let Some(example) = alike.users.iter().copied().find(|user| !has_own(user)) else {
                continue;
            };
            let decides = lines.at(at);
            for other in lines.iter() {
                let allowed = match (starts(decides), starts(other)) {
                    (Holds::Yes, Holds::No) => true,
                    (Holds::No, Holds::Yes) => false,
                    _ => continue,
                };
                let place = |line: &GroupLine| (line.source, line.line.span);
                let lines =
                    Lines { group, decides: place(decides), other: place(other), starts: allowed };
                let known = conflicts.entry(lines).or_insert(Affected { example, users: 0 });
                known.users += users;
                known.example = known.example.min(example);
            }
        }
    }
    conflicts
}

/// The jump groups that several lines of a class give, ascending.
fn with_two(accounts: &AccountLines, class: usize) -> Vec<MembershipKey> {
    let several = accounts.of_class(class).filter(|lines| lines.len() > 1);
    let groups = several.filter_map(|lines| match lines.key() {
        Key::Membership(key @ MembershipKey::JumpGroup(_)) => Some(key),
        _ => None,
    });
    groups.collect()
}

fn alike(context: &Context<'_>, with_two: &[Vec<MembershipKey>]) -> Vec<Alike> {
    let mut alike: BTreeMap<(usize, Holds), Vec<UserId>> = BTreeMap::new();
    for user in (0..context.ir.tables.users.len() as u32).map(UserId) {
        let class = context.matrix.accounts.class_of(user) as usize;
        if !with_two[class].is_empty() {
            let default = default_starts(context, user);
            alike.entry((class, default)).or_default().push(user);
        }
    }
    let alike = alike.into_iter();
    alike.map(|((class, default), users)| Alike { class, default, users }).collect()
}

/// Whether the default role of a user allows starting sessions.
fn default_starts(context: &Context<'_>, user: UserId) -> Holds {
    let Some(at) = context.ir.profile.setting(DEFAULT_ROLE) else { return Holds::No };
    let account = context.matrix.accounts.account(user);
    match account.role_of_setting(&account.setting(at)) {
        FoundRole::Unknown => Holds::Unknown,
        FoundRole::Role(role) => context.ir.allows_start(role).into(),
        FoundRole::None | FoundRole::NoAccess => Holds::No,
    }
}

fn starts(ir: &Ir, line: &GroupLine, default: Holds) -> Holds {
    match line.line.value {
        LineValue::Membership(MemberRole::JumpItemRole(Some(role), _)) => {
            ir.allows_start(role).into()
        }
        LineValue::Membership(MemberRole::JumpItemRole(None, _)) => default,
        _ => Holds::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    /// Two group policies for ada, ben and cleo, with the roles that they give, and what ada's
    /// account says.
    fn text(first: &str, second: &str, own: &str) -> String {
        format!(
            "jump group \"Lab\"\njump item role \"Start\" {{\n  allows = [start]\n}}\n\
             jump item role \"Look\" {{\n  allows = [view_report]\n}}\n\
             user \"ada\" {{\n{own}}}\nuser \"ben\"\nuser \"cleo\"\n\
             group policy \"A\" {{\n  members = [user \"ada\", user \"ben\"]\n  \
             jump group \"Lab\" as {first}\n}}\n\
             group policy \"B\" {{\n  members = [user \"ada\", user \"ben\", user \"cleo\"]\n  \
             jump group \"Lab\" as {second}\n}}\n\
             order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
        )
    }

    #[test]
    fn roles_that_differ_in_start_are_one_finding_for_all_users() {
        assert_eq!(
            messages("membership-conflict", &text("\"Start\"", "\"Look\"", "")),
            ["group policy `A` lets 2 users, such as `ada`, start sessions in `jump group \
                 \"Lab\"`, and group policy `B` does not"]
        );
        assert_eq!(messages("membership-conflict", &text("\"Start\"", "\"Start\"", "")), [""; 0]);
    }

    #[test]
    fn who_has_a_line_of_its_own_has_no_conflict() {
        let own = "  jump group \"Lab\" as \"Look\"\n";
        assert_eq!(
            messages("membership-conflict", &text("\"Look\"", "\"Start\"", own)),
            ["group policy `B` lets `ben` start sessions in `jump group \"Lab\"`, and group \
                 policy `A` does not"]
        );
    }

    #[test]
    fn the_default_role_is_that_of_the_account() {
        let own = "  roles.default = \"Start\"\n";
        assert_eq!(
            messages("membership-conflict", &text("\"Start\"", "default role", own)).len(),
            1
        );
        let found = messages("membership-conflict", &text("\"Look\"", "default role", own));
        assert_eq!(
            found,
            ["group policy `B` lets `ada` start sessions in `jump group \"Lab\"`, and group \
                 policy `A` does not"]
        );
        let unread = "  roles.default = unknown\n";
        let found = messages("membership-conflict", &text("\"Look\"", "default role", unread));
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn a_comment_suppresses_it_at_the_line_that_decides() {
        let text = text("\"Start\"", "\"Look\" # allow(membership-conflict): only until May", "");
        assert_eq!(messages("membership-conflict", &text), [""; 0]);
    }

    #[test]
    fn several_jump_groups_of_the_same_users_are_one_finding() {
        let text = format!("jump group \"Web\"\n{}", text("\"Start\"", "\"Look\"", ""));
        let text = ["Start", "Look"].into_iter().fold(text, |text, role| {
            let line = format!("  jump group \"Lab\" as \"{role}\"\n");
            text.replace(&line, &format!("{line}{}", line.replace("Lab", "Web")))
        });
        assert_eq!(
            messages("membership-conflict", &text),
            ["group policy `A` lets 2 users, such as `ada`, start sessions in `jump group \
                 \"Lab\"`, `jump group \"Web\"`, and group policy `B` does not"]
        );
    }
}
