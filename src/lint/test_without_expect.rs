//! `test-without-expect`: a test without an expectation holds whatever the policies say.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Ir;
use crate::syntax::text::visible;

pub(super) fn lint(ir: &Ir) -> Vec<Diagnostic> {
    let empty = ir.tables.tests.iter().filter(|test| test.expect.is_empty());
    empty
        .map(|test| {
            let message = format!("the test `{}` expects nothing", visible(&test.object.name));
            Diagnostic::new(Code::TEST_WITHOUT_EXPECT, test.object.span, message)
                .help("add a line such as `expect shell == deny`, or remove the test")
        })
        .collect()
}
