//! Diagnostics as data, and the formats that they are written in.

pub mod code;
pub mod codeclimate;
mod fingerprint;
pub mod fix;
pub mod github;
pub mod json;
pub mod junit;
mod plain;
pub mod rdjson;
pub mod render;
pub mod sarif;
pub mod suggest;

use crate::source::{FileId, Span};
pub use code::Code;
use suggest::Suggestion;

/// How severe a diagnostic is, from the mildest to the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing has to change.
    Note,
    /// Probably a mistake.
    Warning,
    /// The policies cannot be used as they are.
    Error,
}

impl Severity {
    /// The word that reports use: `note`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place that a diagnostic points at, and what it says there. The message may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said there.
    pub message: String,
}

/// A replacement of a span by another text; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// The text to put there.
    pub replacement: String,
}

/// Whether a fix may be applied without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// The fix is what the author meant; `check --fix` applies it.
    Safe,
    /// The fix is a guess or a decision, so a person has to choose it.
    Unsafe,
}

impl Applicability {
    /// [`Applicability::Safe`] if a condition holds.
    pub fn safe_if(safe: bool) -> Self {
        if safe { Applicability::Safe } else { Applicability::Unsafe }
    }

    /// The word that the JSON output uses: `safe` or `unsafe`.
    pub fn as_str(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        }
    }
}

/// A fix: applying all of its edits resolves the diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the fix does, such as ``write `allow` ``.
    pub message: String,
    /// Edits that do not overlap, possibly in several files.
    pub edits: Vec<Edit>,
    /// Whether `check --fix` applies it.
    pub applicability: Applicability,
}

/// One diagnostic. Messages are in lower case without a full stop and quote the user's text in
/// backticks. How to fix the problem is said in `help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem it is.
    pub code: Code,
    /// How severe it is, which a manifest may set for lints.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The place that it is reported at.
    pub primary: Label,
    /// The other places, which may lie in other files.
    pub labels: Vec<Label>,
    /// How to fix it.
    pub help: Option<String>,
    /// Possible fixes, the best first.
    pub fixes: Vec<Fix>,
    /// How many diagnostics this one counts as: more than one where it summarizes others that were
    /// dropped.
    pub count: usize,
}

impl Diagnostic {
    /// A diagnostic at its code's default severity, with nothing but a message.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.default_severity(),
            message: truncate_quoted(message.into()),
            primary: Label { span, message: String::new() },
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
            count: 1,
        }
    }

    /// One diagnostic that counts others that were dropped, at the place of the first of them.
    pub fn overflow(span: Span, count: usize) -> Self {
        let message = format!("{count} more findings are not shown");
        Diagnostic {
            count,
            ..Diagnostic::new(Code::TOO_LARGE, span, message).help("fix the ones above first")
        }
    }

    /// Sets the message that is shown at the primary place.
    pub fn primary_message(mut self, message: impl Into<String>) -> Self {
        self.primary.message = truncate_quoted(message.into());
        self
    }

    /// Adds another place; a repeated label is dropped.
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        let label = Label { span, message: truncate_quoted(message.into()) };
        if !self.labels.contains(&label) {
            self.labels.push(label);
        }
        self
    }

    /// Sets the text that says how to fix the problem.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(truncate_quoted(help.into()));
        self
    }

    /// The same for a text with a command, which would say something else if it were shortened.
    pub fn help_in_full(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a fix that may be applied without asking.
    pub fn fix(self, message: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix_with(Applicability::Safe, message, edits)
    }

    /// Adds a fix.
    pub fn fix_with(
        mut self,
        applicability: Applicability,
        message: impl Into<String>,
        edits: Vec<Edit>,
    ) -> Self {
        self.fixes.push(Fix { message: message.into(), edits: joined(edits), applicability });
        self
    }

    /// Adds a safe fix that replaces one span.
    pub fn fix_replace(
        self,
        message: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.fix(message, vec![Edit { span, replacement: replacement.into() }])
    }

    /// Offers a known word that is close to the one written, as a help and a fix. If there is none,
    /// the help is `otherwise`.
    pub fn did_you_mean(
        self,
        span: Span,
        suggestion: Option<Suggestion<'_>>,
        otherwise: impl FnOnce() -> String,
    ) -> Self {
        match suggestion {
            Some(Suggestion { text, applicability, difference }) => {
                let help = format!("did you mean `{text}`?{difference}");
                self.help(help).fix_with(
                    applicability,
                    format!("did you mean `{text}`?"),
                    vec![Edit { span, replacement: text.into() }],
                )
            }
            None => self.help(otherwise()),
        }
    }
}

/// The edits of a fix in order, those that touch each other as one: whoever applies them may refuse
/// two edits at one place.
fn joined(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    edits.dedup_by(|next, last| {
        let touches = next.span.file == last.span.file && next.span.start == last.span.end;
        if touches {
            last.span.end = next.span.end;
            last.replacement.push_str(&next.replacement);
        }
        touches
    });
    edits
}

/// Shortens the texts in backticks, since a name or value of the policies may be megabytes long.
fn truncate_quoted(text: String) -> String {
    const MAX: usize = 80;
    if text.len() <= MAX || text.split('`').skip(1).step_by(2).all(|part| part.len() <= MAX) {
        return text;
    }
    let parts = text.split('`').enumerate().map(|(at, part)| match part.char_indices().nth(MAX) {
        Some((end, _)) if at % 2 == 1 => format!("{}…", &part[..end]),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// How many diagnostics are kept for one file, since a malicious file can cause millions.
pub const MAX_PER_FILE: usize = 1000;

/// Collects diagnostics. Those of a file beyond [`MAX_PER_FILE`] are counted instead of kept.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Diagnostic>,
    counts: std::collections::BTreeMap<FileId, Count>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    seen: usize,
    first_dropped: Option<Span>,
}

impl Findings {
    /// Adds a diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.push_with(diagnostic.primary.span, || diagnostic);
    }

    /// Adds a diagnostic that is only made if it is kept. Returns whether it was.
    pub fn push_with(&mut self, at: Span, make: impl FnOnce() -> Diagnostic) -> bool {
        if self.is_full(at.file) {
            self.drop_one(at);
            return false;
        }
        self.count(at.file).seen += 1;
        self.kept.push(make());
        true
    }

    /// Counts a diagnostic that is not made, because no more of its file are kept.
    pub fn drop_one(&mut self, at: Span) {
        let count = self.count(at.file);
        count.seen += 1;
        count.first_dropped.get_or_insert(at);
    }

    fn count(&mut self, file: FileId) -> &mut Count {
        self.counts.entry(file).or_insert(Count { seen: 0, first_dropped: None })
    }

    /// Adds a diagnostic that is kept however many there are.
    pub fn push_always(&mut self, diagnostic: Diagnostic) {
        self.kept.push(diagnostic);
    }

    /// Whether no more diagnostics of a file are kept.
    pub fn is_full(&self, file: FileId) -> bool {
        self.counts.get(&file).is_some_and(|count| count.seen >= MAX_PER_FILE)
    }

    /// Whether there is no diagnostic.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The diagnostic that was added last.
    pub fn last(&self) -> Option<&Diagnostic> {
        self.kept.last()
    }

    /// The diagnostics, and one more for each file that had too many, which counts the rest.
    pub fn into_vec(mut self) -> Vec<Diagnostic> {
        for count in self.counts.values() {
            if let Some(span) = count.first_dropped {
                let more = count.seen - MAX_PER_FILE;
                self.kept.push(Diagnostic::overflow(span, more));
            }
        }
        self.kept
    }
}

/// Splits diagnostics into at most `most` that are kept, the most severe first chosen, and the
/// others. Both parts keep the order.
pub(crate) fn most_severe<'d>(
    diagnostics: &[&'d Diagnostic],
    most: usize,
) -> (Vec<&'d Diagnostic>, Vec<&'d Diagnostic>) {
    let mut order: Vec<usize> = (0..diagnostics.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(diagnostics[at].severity));
    let kept: std::collections::BTreeSet<usize> = order.into_iter().take(most).collect();
    let (kept, others): (Vec<_>, Vec<_>) =
        diagnostics.iter().enumerate().partition(|(at, _)| kept.contains(at));
    let diagnostics = |part: Vec<(usize, &&'d Diagnostic)>| {
        part.into_iter().map(|(_, diagnostic)| *diagnostic).collect()
    };
    (diagnostics(kept), diagnostics(others))
}

/// Whether any of the diagnostics is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Sorts diagnostics by file path, place and code, so that the order of reading does not matter.
pub fn sort(diagnostics: &mut [Diagnostic], sources: &crate::source::Sources) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.primary.span.start, d.code.id(), d.primary.span.end);
        let path = |d: &Diagnostic| sources.file(d.primary.span.file).path.clone();
        path(a)
            .cmp(&path(b))
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.message.cmp(&b.message))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, Sources};

    #[test]
    fn the_most_severe_are_never_dropped() {
        let mut sources = Sources::new();
        let span = Span::file_start(sources.add(SourceFile::new("a.prec", "x\n")));
        let mut findings = vec![Diagnostic::new(Code::UNUSED_TEAM, span, "a note"); 1500];
        findings.push(Diagnostic::new(Code::UNKNOWN_NAME, span, "an error"));
        let drawn = render::render(
            &findings,
            &sources,
            render::Options { color: false, width: 80, extent: render::Extent::Full },
        );
        assert!(
            drawn.contains("an error") && drawn.ends_with("… and 1401 more findings in a.prec\n\n")
        );
        for text in [json::render(&findings, &sources), sarif::render(&findings, &sources)] {
            assert!(text.contains("an error") && text.contains("502 more findings are not shown"));
        }
    }
}
