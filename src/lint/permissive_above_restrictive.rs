//! `permissive-above-restrictive`: the documents' tip on the order is to place the least permissive
//! group policies higher and more permissive ones lower, as the last one that defines a setting
//! decides. The other way round, the higher one's line looks granted and is taken away below.

use super::context::Context;
use super::found::Found;
use super::lines::{Given, GroupLine, Key, group_text};
use super::text::{count, list};
use crate::diagnostic::Diagnostic;
use crate::matrix::Source;
use crate::source::Span;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Inversion {
    users: u64,
    below: BTreeSet<Source>,
    /// By setting: the lines above and below.
    settings: BTreeMap<u16, (Span, Span)>,
}

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    let mut inversions: BTreeMap<Source, Inversion> = BTreeMap::new();
    for class in context.accounts() {
        let mut pairs: BTreeMap<Source, Vec<(u16, Source, Span, Span)>> = BTreeMap::new();
        for (&key, lines) in &class.by_key {
            let Key::Setting(setting) = key else { continue };
            // Whoever writes `final` has thought of the order.
            for pair in
                lines.windows(2).filter(|pair| !pair.iter().any(|group| group.line.is_final))
            {
                if gives_more(context, setting, pair) && !found.is_silenced(pair[0].line.span) {
                    let places = (setting, pair[1].source, pair[0].line.span, pair[1].line.span);
                    pairs.entry(pair[0].source).or_default().push(places);
                }
            }
        }
        for (above, settings) in pairs {
            let inversion = inversions.entry(above).or_default();
            inversion.users += class.users;
            for (setting, below, line, later) in settings {
                inversion.below.insert(below);
                inversion.settings.entry(setting).or_insert((line, later));
            }
        }
    }
    for (above, inversion) in inversions {
        let Some(&(line, later)) = inversion.settings.values().next() else { continue };
        found.add(line, |code| {
            let paths = list(inversion.settings.keys().map(|&at| format!("`{}`", ir.profile.settings[at as usize].path)));
            let message = format!(
                "{} gives more than {} below it, and what is below wins for {}: {paths}",
                group_text(ir, above),
                list(inversion.below.iter().map(|below| group_text(ir, *below))),
                count(inversion.users, "user")
            );
            Diagnostic::new(code, line, message).label(later, "this comes later, so it wins").help(
                "place the less permissive group policy higher in `order group policies`, or write `final` where the lower value must hold",
            )
        });
    }
}

fn gives_more(context: &Context<'_>, setting: u16, pair: &[GroupLine]) -> bool {
    match (pair[0].line.given, pair[1].line.given) {
        (Given::Setting(above), Given::Setting(below)) => {
            let ty = &context.ir.profile.settings[setting as usize].ty;
            ty.compare(context.ir.value(above), context.ir.value(below)) == Some(Ordering::Greater)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn the_order_of_the_documents_is_fine_and_the_other_is_not() {
        let text = |first: &str, second: &str| {
            format!(
                "user \"ada\"\n\
                 group policy \"A\" {{\n  members = [user \"ada\"]\n  reports.sessions = all_sessions\n}}\n\
                 group policy \"B\" {{\n  members = [user \"ada\"]\n  reports.sessions = user_sessions\n}}\n\
                 order group policies {{\n  \"{first}\"\n  \"{second}\"\n}}\n"
            )
        };
        let expected = "group policy `A` gives more than group policy `B` below it, and what is below wins for 1 user: \
                        `reports.sessions`";
        assert_eq!(messages("permissive-above-restrictive", &text("A", "B")), [expected]);
        assert_eq!(messages("permissive-above-restrictive", &text("B", "A")), [""; 0]);
    }
}
