//! `final-hides`: a `final` keeps what a later group policy says from holding for their common members. That is what
//! a `final` is for, so the lint is off by default; it tells both places to whoever reviews one of them.

use super::context::Context;
use super::found::Found;
use super::lines::{Key, group_text, key_text, winner};
use super::text::{MOST_LABELS, count, list};
use crate::diagnostic::Diagnostic;
use crate::resolve::Source;
use crate::source::Span;
use std::collections::BTreeMap;

/// What a final line hides: its key, for how many users, and the lines that come too late.
type Hidden = (Key, u64, BTreeMap<Source, Span>);

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let mut hidden: BTreeMap<(Source, Span), Hidden> = BTreeMap::new();
    for class in context.accounts() {
        for (&key, lines) in &class.by_key {
            let first = winner(lines);
            let later = &lines[first + 1..];
            if later.is_empty() {
                continue;
            }
            let group = lines[first];
            let (_, users, places) =
                hidden.entry((group.source, group.line.span)).or_insert_with(|| (key, 0, BTreeMap::new()));
            *users += class.users;
            places.extend(later.iter().map(|group| (group.source, group.line.span)));
        }
    }
    for ((source, span), (key, users, places)) in hidden {
        found.add(span, |code| {
            let later = list(places.keys().map(|later| group_text(ir, *later)));
            let message = format!(
                "the final `{}` of {} hides what {later} says, for {}",
                key_text(ir, key),
                group_text(ir, source),
                count(users, "user")
            );
            let found = Diagnostic::new(code, span, message).help(
                "if the later one is meant to hold, remove `final` here or leave those users out of this group policy",
            );
            places
                .values()
                .take(MOST_LABELS)
                .fold(found, |found, later| found.label(*later, "this is too late for them"))
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn both_places_are_named() {
        let text = "user \"ada\"\nuser \"ben\"\n\
                    group policy \"A\" {\n  members = [user \"ada\"]\n  final reports.sessions = user_sessions\n}\n\
                    group policy \"B\" {\n  members = [user \"ada\", user \"ben\"]\n  reports.sessions = all_sessions\n}\n\
                    order group policies {\n  \"A\"\n  \"B\"\n}\n";
        let expected = "the final `reports.sessions` of group policy `A` hides what group policy `B` says, for 1 user";
        assert_eq!(messages("final-hides", text), [expected]);
    }
}
