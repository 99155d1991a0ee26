//! `expired`: a date of a membership, a member, a user or an invite lies before the day that was
//! asked for.

use super::context::Context;
use super::sink::LintSink;
use super::text::name;
use crate::diagnostic::Diagnostic;
use crate::ir::*;
use crate::text::escape_control_chars;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let Some(today) = context.as_of else { return };
    let (tables, terms) = (&context.ir.tables, &context.ir.profile.terminology);
    let mut found = |deadline: Option<Deadline>, what: &dyn Fn() -> String| {
        if let Some((date, span)) = deadline.filter(|(date, _)| *date < today) {
            sink.add(span, |code| {
                Diagnostic::new(code, span, format!("{} ended on {date}", what()))
                    .help("remove it, here and in the product, or write a later date")
            });
        }
    };
    for group in tables.group_policies.iter().chain(&tables.embassies) {
        for (user, deadline) in &group.members.users_until {
            let (user, group) = (&tables[*user].object, &group.object);
            found(Some(*deadline), &|| format!("the time of {} in {}", name(user), name(group)));
        }
        for (directory_group, deadline) in &group.members.directory_groups_until {
            let (member, group) = (&tables[*directory_group].object, &group.object);
            found(Some(*deadline), &|| format!("the time of {} in {}", name(member), name(group)));
        }
    }
    for user in &tables.users {
        found(user.expires, &|| format!("the {} {}", terms.user, name(&user.object)));
    }
    for invite in &tables.invites {
        found(invite.expires, &|| format!("the {} {}", terms.invite, name(&invite.object)));
    }
    let groups = tables.group_policies.iter().chain(&tables.embassies);
    let groups = groups.map(|group| (&group.object, &*group.grants));
    let users = tables.users.iter().map(|user| (&user.object, &*user.grants));
    for (owner, grants) in groups.chain(users) {
        for membership in &grants.memberships {
            found(membership.until, &|| {
                let text = context.ir.membership_text(membership.key);
                format!("the membership `{}` of {}", escape_control_chars(&text), name(owner))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    const TEXT: &str = "team \"T\"\ndirectory group \"D\" {\n  members = [\"ada\"]\n}\n\
        user \"ada\" {\n  expires = 2026-12-31\n  team \"T\" as lead until 2026-06-30\n}\n\
        session policy \"P\"\n\
        invite \"I\" {\n  session_policy = \"P\"\n  expires = 2026-12-30\n}\n\
        group policy \"G\" {\n  members = [user \"ada\" until 2027-01-01, \
        directory group \"D\" until 2020-01-01]\n}\n";

    #[test]
    fn dates_before_the_day_are_found() {
        assert_eq!(
            messages("expired", TEXT),
            [
                "the user `ada` ended on 2026-12-31",
                "the membership `team \"T\"` of `ada` ended on 2026-06-30",
                "the access invite `I` ended on 2026-12-30",
                "the time of `D` in `G` ended on 2020-01-01",
            ]
        );
    }

    #[test]
    fn a_date_that_is_the_day_or_later_is_fine() {
        let text = "user \"ada\" {\n  expires = 2027-01-01\n}\n\
            user \"ben\" {\n  expires = 2027-01-02\n}\n";
        assert_eq!(messages("expired", text), [""; 0]);
    }
}
