//! `test-without-expect`: a test without an expectation holds whatever the policies say.

use super::context::Context;
use super::found::Found;
use super::text::name;
use crate::diagnostic::Diagnostic;

pub(super) fn lint(context: &Context<'_>, found: &mut Found<'_>) {
    for test in context.ir.tables.tests.iter().filter(|test| test.expect.is_empty()) {
        let span = test.object.span;
        found.add(span, |code| {
            Diagnostic::new(code, span, format!("the test {} expects nothing", name(&test.object)))
                .help("add a line such as `expect shell == deny`, or remove the test")
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::messages;

    #[test]
    fn a_test_that_asks_nothing_is_found() {
        let text = "user \"ada\"\ntest \"t\" {\n  when user == \"ada\"\n}\n";
        assert_eq!(messages("test-without-expect", text), ["the test `t` expects nothing"]);
    }
}
