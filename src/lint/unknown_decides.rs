//! `unknown-decides`: a declaration because of which permissions or settings are unknown. Together
//! these findings are what is left to read of a site that is brought into text step by step.

use super::context::Context;
use super::sink::LintSink;
use super::text::count;
use crate::diagnostic::Diagnostic;
use crate::matrix::Unknowns;
use crate::text::escape_control_chars;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let unknowns = Unknowns::new(&context.matrix);
    let all = unknowns.permissions + unknowns.settings;
    for holder in &unknowns.holders {
        sink.add(holder.span, |code| {
            let mut amount = Vec::new();
            if holder.permissions > 0 {
                amount.push(format!("{} of sessions", count(holder.permissions, "permission")));
            }
            if holder.settings > 0 {
                amount.push(format!("{} of accounts", count(holder.settings, "setting")));
            }
            let own = holder.permissions + holder.settings;
            let share = match own * 100 / all.max(1) {
                100 => "all that is unknown".to_owned(),
                0 => "less than 1% of all that is unknown".to_owned(),
                percent => format!("{percent}% of all that is unknown"),
            };
            let name = match &*holder.name {
                "" => format!("the {}", holder.kind),
                name => format!("{} `{}`", holder.kind, escape_control_chars(name)),
            };
            let message = format!("{name} leaves {} unknown: {share}", amount.join(" and "));
            Diagnostic::new(code, holder.span, message)
                .help("read it in the product, and write the values in place of `unknown`")
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    const LINT: &str = "unknown-decides";

    fn site(policy: &str, group: &str) -> String {
        format!(
            "session policy \"P\" {{\n{policy}}}\n\
             group policy \"G\" {{\n  members = [user \"ada\"]\n  \
             session_policy = \"P\"\n{group}}}\n\
             user \"ada\" {{\n  access.allowed = allow\n  jump.jump_client = allow\n}}\n\
             jump item \"web01\" {{\n  kind = jump_client\n}}\n"
        )
    }

    #[test]
    fn each_declaration_is_told_how_much_it_leaves_unknown() {
        assert_eq!(messages(LINT, &site("  shell = deny\n", "")), [""; 0]);
        assert_eq!(
            messages(LINT, &site("  shell = unknown\n", "  reports.sessions = unknown\n")),
            [
                "session policy `P` leaves 1 permission of sessions unknown: 50% of all that is \
                 unknown",
                "group policy `G` leaves 1 setting of accounts unknown: 50% of all that is unknown",
            ]
        );
    }

    #[test]
    fn what_only_follows_is_counted_where_it_comes_from() {
        let policy = "  screen_sharing = unknown\n  screen_sharing.clipboard = both_directions\n";
        let found = messages(LINT, &site(policy, ""));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("session policy `P` leaves "), "{found:?}");
        assert!(found[0].ends_with("unknown: all that is unknown"), "{found:?}");
    }

    #[test]
    fn an_assignment_counts_for_what_has_it_and_a_comment_suppresses_it() {
        let text = site("", "").replace("session_policy = \"P\"", "session_policy = unknown");
        let found = messages(LINT, &text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("group policy `G` leaves "), "{found:?}");
        let reason = "# allow(unknown-decides): read next month\ngroup policy \"G\"";
        assert_eq!(messages(LINT, &text.replace("group policy \"G\"", reason)), [""; 0]);
    }
}
