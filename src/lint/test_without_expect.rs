//! `test-without-expect`: a test without expectations passes whatever the policies say.

use super::context::Context;
use super::sink::LintSink;
use super::text::name;
use crate::diagnostic::Diagnostic;

pub(super) fn lint(context: &Context<'_>, sink: &mut LintSink<'_>) {
    // Any permission serves as an example in the help.
    let entry = context.ir.profile.permissions.iter().find(|entry| entry.ty.least().is_some());
    let example = entry.map_or_else(String::new, |entry| {
        format!(" such as `expect {} == {}`", entry.path, entry.ty.text(&entry.default))
    });
    for test in context.ir.tables.tests.iter().filter(|test| test.expect.is_empty()) {
        let span = test.object.span;
        sink.add(span, |code| {
            let message = format!("test {} has no expectations", name(&test.object));
            Diagnostic::new(code, span, message)
                .help(format!("add a line{example}, or remove the test"))
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_test_without_expectations_is_found() {
        let text = "user \"ada\"\ntest \"t\" {\n  when user == \"ada\"\n}\n";
        assert_eq!(messages("test-without-expect", text), ["test `t` has no expectations"]);
    }
}
