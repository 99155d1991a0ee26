//! Collects the findings of a lint: at the lint's level, without suppressed ones, and no more than
//! anyone would read.

use super::suppression::Suppressions;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Span;

/// The most findings of one lint that are kept; the others are only counted.
const MAX_FINDINGS: usize = 100;

pub(super) struct LintSink<'s> {
    pub code: Code,
    severity: Severity,
    suppressions: &'s Suppressions,
    kept: Vec<Diagnostic>,
    /// How many are not kept, and where the first of them is.
    overflow: Option<(usize, Span)>,
}

impl<'s> LintSink<'s> {
    pub(super) fn new(code: Code, severity: Severity, suppressions: &'s Suppressions) -> Self {
        LintSink { code, severity, suppressions, kept: Vec::new(), overflow: None }
    }

    /// Whether a comment suppresses the lint at a place. A lint that reports several places in one
    /// finding asks for each of them.
    pub(super) fn is_suppressed(&self, span: Span) -> bool {
        self.suppressions.cover(self.code, span)
    }

    /// Adds a finding at a place, unless it is suppressed there.
    pub(super) fn add(&mut self, span: Span, make: impl FnOnce(Code) -> Diagnostic) {
        if !self.is_suppressed(span) {
            self.add_unsuppressed(span, make);
        }
    }

    /// Adds a finding that is known not to be suppressed.
    pub(super) fn add_unsuppressed(&mut self, span: Span, make: impl FnOnce(Code) -> Diagnostic) {
        if self.kept.len() < MAX_FINDINGS {
            self.kept.push(make(self.code));
        } else {
            self.overflow.get_or_insert((0, span)).0 += 1;
        }
    }

    pub(super) fn into_diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        let (code, severity) = (self.code, self.severity);
        let rest = self.overflow.map(|(count, span)| {
            let message = format!("{count} more findings of `{}` are not shown", code.name());
            let diagnostic =
                Diagnostic::new(code, span, message).help("fix the ones that are shown first");
            Diagnostic { count, ..diagnostic }
        });
        let all = self.kept.into_iter().chain(rest);
        all.map(move |diagnostic| Diagnostic { severity, ..diagnostic })
    }
}
