//! Advice on policies that compile: one lint a file. A lint's level is set in the manifest; each says what, why it
//! matters and how to mend, and costs one pass over classes.

mod global_default_decides;
mod test_without_expect;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Ir, Level};
use crate::workspace::level;

/// All lints, at the levels that the workspace gives them.
pub fn lint(ir: &Ir) -> Vec<Diagnostic> {
    type Lint = fn(&Ir) -> Vec<Diagnostic>;
    const LINTS: [(Code, Lint); 2] = [
        (Code::GLOBAL_DEFAULT_DECIDES, global_default_decides::lint),
        (Code::TEST_WITHOUT_EXPECT, test_without_expect::lint),
    ];
    let mut findings = Vec::new();
    for (code, lint) in LINTS {
        let severity = match level(ir, code) {
            Level::Allow => continue,
            Level::Warn => Severity::Warning,
            Level::Deny => Severity::Error,
        };
        findings.extend(lint(ir).into_iter().map(|finding| Diagnostic { severity, ..finding }));
    }
    findings
}
