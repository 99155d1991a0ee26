//! `invalid-pattern`: a list of patterns contains one that is not a regular expression. The
//! product's dialect is not documented, so this is no more than a warning.

use super::context::Context;
use super::doubtful_entries::report;
use super::sink::LintSink;
use crate::diagnostic::Diagnostic;
use crate::profile::EntryProblem;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    report(context, sink, EntryProblem::Pattern, |code, line, path, patterns, count| {
        let are = if count == 1 {
            "cannot be parsed as a regular expression"
        } else {
            "cannot be parsed as regular expressions"
        };
        Diagnostic::new(code, line.span, format!("{patterns} in `{path}` {are}")).help(
            "close its groups and classes, and put `\\` before characters that stand for \
             themselves",
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn patterns_that_cannot_be_parsed_are_found() {
        let policy =
            |list: &str| format!("session policy \"A\" {{\n  shell.commands = only {list}\n}}\n");
        assert_eq!(
            messages("invalid-pattern", &policy("['^ls', '(cat', '[a-z']")),
            ["`(cat`, `[a-z` in `shell.commands` cannot be parsed as regular expressions"]
        );
        assert_eq!(messages("invalid-pattern", &policy("['^ls(?! -R)', '\\w+']")), [""; 0]);
    }
}
