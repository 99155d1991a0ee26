//! `final-without-effect`: a `final` overrules group policies below it. Where none of them defines
//! the setting for a common member, it is a plain line that claims more.

use super::context::Context;
use super::found::Found;
use super::lines::{Key, group_text, key_text, winner};
use super::text::{MAX_LABELS, list};
use crate::diagnostic::Diagnostic;
use crate::matrix::Source;
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    let ir = context.ir;
    // A final line that never decides is not looked at here: `shadowed-setting` tells of it.
    let mut overrules: BTreeMap<(Source, Span), (Key, bool)> = BTreeMap::new();
    for class in context.accounts() {
        for (&key, lines) in &class.by_key {
            let at = winner(lines);
            let group = lines[at];
            if group.line.is_final {
                let (_, effect) =
                    overrules.entry((group.source, group.line.span)).or_insert((key, false));
                *effect |= at + 1 < lines.len();
            }
        }
    }
    let idle = overrules
        .into_iter()
        .filter(|((_, span), (_, effect))| !effect && !found.is_silenced(*span));
    let idle: Vec<_> = idle.map(|((source, span), (key, _))| (source, span, key)).collect();
    let Some(&(_, first, _)) = idle.first() else { return };
    found.add_anyway(first, |code| {
        let says =
            |(source, _, key): &(Source, Span, Key)| format!("`{}` of {}", key_text(ir, *key), group_text(ir, *source));
        let message = format!(
            "{}, as no group policy below sets the same for a common member: {}",
            match idle.len() {
                1 => "1 `final` overrules nothing".to_owned(),
                many => format!("{many} `final`s overrule nothing"),
            },
            list(idle.iter().map(says))
        );
        let found = Diagnostic::new(code, first, message)
            .help("remove `final`, or say in a comment what it guards against: `# allow(final-without-effect): …`");
        idle.iter().skip(1).take(MAX_LABELS).fold(found, |found, (_, span, _)| found.label(*span, "this too"))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_final_needs_something_below_it() {
        let text = |members: &str| {
            format!(
                "user \"ada\"\nuser \"ben\"\n\
                 group policy \"A\" {{\n  members = [user \"ada\"]\n  final reports.sessions = user_sessions\n}}\n\
                 group policy \"B\" {{\n  members = [{members}]\n  reports.sessions = all_sessions\n}}\n\
                 order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
            )
        };
        let expected = "1 `final` overrules nothing, as no group policy below sets the same for a common member: \
                        `reports.sessions` of group policy `A`";
        assert_eq!(messages("final-without-effect", &text("user \"ben\"")), [expected]);
        assert_eq!(messages("final-without-effect", &text("user \"ada\"")), [""; 0]);
    }
}
