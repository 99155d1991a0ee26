//! `permissive-above-restrictive`: the product documentation advises to place the least permissive
//! group policies first and more permissive ones below, since the last one that defines a setting
//! decides. Otherwise the upper line looks like a grant, and a line below takes it away.

use super::context::Context;
use super::lines::{GroupLine, Key, LineValue, group_text};
use super::sink::LintSink;
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

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    let mut inversions: BTreeMap<Source, Inversion> = BTreeMap::new();
    let accounts = context.accounts();
    for class in accounts.classes() {
        let mut pairs: BTreeMap<Source, Vec<(u16, Source, Span, Span)>> = BTreeMap::new();
        for lines in accounts.of_class(class) {
            let Key::Setting(setting) = lines.key() else { continue };
            // Anyone who writes `final` has thought about the order.
            for (above, below) in lines
                .iter()
                .zip(lines.iter().skip(1))
                .filter(|(above, below)| !above.line.is_final && !below.line.is_final)
            {
                let (line, later) = (above.line.span, below.line.span);
                if allows_more(context, setting, above, below) && !sink.is_suppressed(line) {
                    let places = (setting, below.source, line, later);
                    pairs.entry(above.source).or_default().push(places);
                }
            }
        }
        for (above, settings) in pairs {
            let inversion = inversions.entry(above).or_default();
            inversion.users += accounts.users(class);
            for (setting, below, line, later) in settings {
                inversion.below.insert(below);
                inversion.settings.entry(setting).or_insert((line, later));
            }
        }
    }
    for (above, inversion) in inversions {
        let Some(&(line, later)) = inversion.settings.values().next() else { continue };
        sink.add(line, |code| {
            let settings = inversion.settings.keys();
            let paths = settings.map(|&at| format!("`{}`", ir.profile.settings[at as usize].path));
            let message = format!(
                "{} is more permissive than {} below it, which {} it for {}: {}",
                group_text(ir, above),
                list(inversion.below.iter().map(|below| group_text(ir, *below))),
                if inversion.below.len() == 1 { "overrides" } else { "override" },
                count(inversion.users, &ir.profile.terminology.user),
                list(paths)
            );
            Diagnostic::new(code, line, message)
                .label(later, "this comes later, so it decides")
                .help(
                    "if these users are meant to get less, leave the order as it is and write \
                     `final` before the restrictive line; only if they are meant to get more, \
                     move the less permissive group policy up in `order group policies`",
                )
        });
    }
}

fn allows_more(context: &Context<'_>, setting: u16, above: &GroupLine, below: &GroupLine) -> bool {
    match (above.line.value, below.line.value) {
        (LineValue::Setting(above), LineValue::Setting(below)) => {
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
    fn the_documented_order_is_fine_and_the_reverse_is_not() {
        let text = |first: &str, second: &str| {
            format!(
                "user \"ada\"\n\
                 group policy \"A\" {{\n  members = [user \"ada\"]\n  reports.sessions = \
                 all_sessions\n}}\n\
                 group policy \"B\" {{\n  members = [user \"ada\"]\n  reports.sessions = \
                 user_sessions\n}}\n\
                 order group policies {{\n  \"{first}\"\n  \"{second}\"\n}}\n"
            )
        };
        let expected = "group policy `A` is more permissive than group policy `B` below it, which \
            overrides it for 1 user: `reports.sessions`";
        assert_eq!(messages("permissive-above-restrictive", &text("A", "B")), [expected]);
        assert_eq!(messages("permissive-above-restrictive", &text("B", "A")), [""; 0]);
    }
}
