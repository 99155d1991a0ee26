//! `final-without-effect`: a `final` overrides group policies below it. Where none of them defines
//! the same setting for a common member, it only looks as if it did something.

use super::context::Context;
use super::lines::{GroupLine, Key, group_text, key_text};
use super::sink::LintSink;
use super::text::{MAX_LABELS, list};
use crate::diagnostic::Diagnostic;
use crate::matrix::Source;
use crate::source::Span;
use std::collections::BTreeMap;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    let ir = context.ir;
    // Final lines that never decide are reported by `shadowed-setting`.
    let mut finals: BTreeMap<(Source, Span), (Key, bool)> = BTreeMap::new();
    let accounts = context.accounts();
    // By number of the line: whether a line below it sets the same, if it decides.
    let mut deciding = vec![None; accounts.len()];
    for lines in accounts.classes().flat_map(|class| accounts.of_class(class)) {
        let Some(at) = lines.decider() else { continue };
        if lines.at(at).line.is_final {
            let effect = deciding[lines.numbers()[at] as usize].get_or_insert(false);
            *effect |= at + 1 < lines.len();
        }
    }
    for (has_effect, number) in deciding.into_iter().zip(0..) {
        let Some(has_effect) = has_effect else { continue };
        let GroupLine { source, line } = accounts.line(number);
        let (_, effect) = finals.entry((*source, line.span)).or_insert((line.key, false));
        *effect |= has_effect;
    }
    let no_effect =
        finals.into_iter().filter(|((_, span), (_, effect))| !effect && !sink.is_suppressed(*span));
    let no_effect: Vec<_> =
        no_effect.map(|((source, span), (key, _))| (source, span, key)).collect();
    let Some(&(_, first, _)) = no_effect.first() else { return };
    sink.add_unsuppressed(first, |code| {
        let lines = no_effect.iter().map(|(source, _, key)| {
            format!("`{}` of {}", key_text(ir, *key), group_text(ir, *source))
        });
        let message = format!(
            "{} no effect, because no {} below sets the same for a common member: {}",
            match no_effect.len() {
                1 => "1 `final` has".to_owned(),
                many => format!("{many} `final`s have"),
            },
            ir.profile.terminology.group_policy,
            list(lines)
        );
        let diagnostic = Diagnostic::new(code, first, message).help(
            "remove `final`, or explain what it guards against: `# allow(final-without-effect): …`",
        );
        let others = no_effect.iter().skip(1).take(MAX_LABELS);
        others.fold(diagnostic, |diagnostic, (_, span, _)| {
            diagnostic.label(*span, "this has no effect either")
        })
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
                 group policy \"A\" {{\n  members = [user \"ada\"]\n  final reports.sessions = \
                 user_sessions\n}}\n\
                 group policy \"B\" {{\n  members = [{members}]\n  reports.sessions = \
                 all_sessions\n}}\n\
                 order group policies {{\n  \"A\"\n  \"B\"\n}}\n"
            )
        };
        let expected = "1 `final` has no effect, because no group policy below sets the same for \
            a common member: `reports.sessions` of group policy `A`";
        assert_eq!(messages("final-without-effect", &text("user \"ben\"")), [expected]);
        assert_eq!(messages("final-without-effect", &text("user \"ada\"")), [""; 0]);
    }
}
