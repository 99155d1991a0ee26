//! Collects what a lint finds: at the lint's level, without what is silenced, and no more than a
//! reader would read.

use super::suppression::Suppressions;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Span;

/// The most findings of one lint that are kept; the rest is counted.
const MAX: usize = 100;

pub(super) struct Found<'s> {
    pub code: Code,
    severity: Severity,
    silences: &'s Suppressions,
    kept: Vec<Diagnostic>,
    /// How many are not kept, and where the first of them is.
    more: Option<(usize, Span)>,
}

impl<'s> Found<'s> {
    pub fn new(code: Code, severity: Severity, silences: &'s Suppressions) -> Self {
        Found { code, severity, silences, kept: Vec::new(), more: None }
    }

    /// Whether a comment silences the lint at a place. A lint that counts several places in one
    /// finding asks for each.
    pub fn is_silenced(&self, span: Span) -> bool {
        self.silences.cover(self.code, span)
    }

    /// Adds a finding at a place, unless it is silenced there.
    pub fn add(&mut self, span: Span, make: impl FnOnce(Code) -> Diagnostic) {
        if !self.is_silenced(span) {
            self.add_anyway(span, make);
        }
    }

    /// Adds a finding that is known not to be silenced.
    pub fn add_anyway(&mut self, span: Span, make: impl FnOnce(Code) -> Diagnostic) {
        if self.kept.len() < MAX {
            self.kept.push(make(self.code));
        } else {
            self.more.get_or_insert((0, span)).0 += 1;
        }
    }

    pub fn into_findings(self) -> impl Iterator<Item = Diagnostic> {
        let (code, severity) = (self.code, self.severity);
        let rest = self.more.map(|(count, span)| {
            let message = format!("{count} more findings of `{}` are not shown", code.name());
            let found =
                Diagnostic::new(code, span, message).help("mend the ones that are shown first");
            Diagnostic { count, ..found }
        });
        self.kept.into_iter().chain(rest).map(move |finding| Diagnostic { severity, ..finding })
    }
}
