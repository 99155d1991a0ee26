//! Findings: built once, as data, and drawn in many ways.

pub mod code;
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
use suggest::Meant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place that takes part in a finding, and what part it takes. The message may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

/// A replacement of a span by another text; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

/// A mend: applying all edits removes the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub message: String,
    pub edits: Vec<Edit>,
    /// Whether it is what must be meant. `check --fix` makes these; others are for a person to
    /// choose.
    pub certain: bool,
}

/// One finding. Messages are lower case, without a full stop, with the user's text in backticks;
/// what to do about it stands in `help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    pub primary: Label,
    /// The other places, which may lie in other files.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
    /// How many findings this one counts as: more than one where it stands for others that are not
    /// kept.
    pub count: usize,
}

impl Diagnostic {
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.default_severity(),
            message: clip(message.into()),
            primary: Label { span, message: String::new() },
            labels: Vec::new(),
            help: None,
            fixes: Vec::new(),
            count: 1,
        }
    }

    /// One finding for a number of others, the first of which is at a place.
    pub fn rest(span: Span, count: usize) -> Self {
        let message = format!("{count} more findings are not shown");
        Diagnostic {
            count,
            ..Diagnostic::new(Code::TOO_LARGE, span, message).help("mend the ones above first")
        }
    }

    /// What is said at the primary place.
    pub fn here(mut self, message: impl Into<String>) -> Self {
        self.primary.message = clip(message.into());
        self
    }

    /// Another place; the same thing is said of it only once.
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        let label = Label { span, message: clip(message.into()) };
        if !self.labels.contains(&label) {
            self.labels.push(label);
        }
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clip(help.into()));
        self
    }

    /// A mend that is certain.
    pub fn fix(self, message: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix_if(true, message, edits)
    }

    /// A mend that may be certain or not.
    pub fn fix_if(mut self, certain: bool, message: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fixes.push(Fix { message: message.into(), edits, certain });
        self
    }

    pub fn fix_replace(
        self,
        message: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.fix(message, vec![Edit { span, replacement: replacement.into() }])
    }

    /// Points at a word that is much like the one written: a help and a fix; or else another help.
    pub fn did_you_mean(
        self,
        span: Span,
        meant: Option<Meant<'_>>,
        otherwise: impl FnOnce() -> String,
    ) -> Self {
        match meant {
            Some(Meant { text, certain }) => {
                let help = format!("did you mean `{text}`?");
                self.help(help.clone()).fix_if(
                    certain,
                    help,
                    vec![Edit { span, replacement: text.into() }],
                )
            }
            None => self.help(otherwise()),
        }
    }
}

/// Shortens what is quoted in backticks: a name or a value of the policies may be megabytes long.
fn clip(text: String) -> String {
    const MAX: usize = 80;
    if text.len() <= MAX {
        return text;
    }
    let parts = text.split('`').enumerate().map(|(at, part)| match part.char_indices().nth(MAX) {
        Some((cut, _)) if at % 2 == 1 => format!("{}…", &part[..cut]),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The most findings that are kept for one file: a hostile file can hold millions.
pub const MAX_PER_FILE: usize = 1000;

/// Collects findings, and counts those of a file beyond [`MAX_PER_FILE`] instead of keeping them.
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
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.push_with(diagnostic.primary.span, || diagnostic);
    }

    /// The same for a finding that is only made if it is kept. Whether it is.
    pub fn push_with(&mut self, at: Span, make: impl FnOnce() -> Diagnostic) -> bool {
        let count = self.counts.entry(at.file).or_insert(Count { seen: 0, first_dropped: None });
        count.seen += 1;
        if count.seen <= MAX_PER_FILE {
            self.kept.push(make());
        } else {
            count.first_dropped.get_or_insert(at);
        }
        count.seen <= MAX_PER_FILE
    }

    pub fn last(&self) -> Option<&Diagnostic> {
        self.kept.last()
    }

    /// The findings, with one more for each file that has some beyond the bound, which counts them.
    pub fn into_vec(mut self) -> Vec<Diagnostic> {
        for count in self.counts.values() {
            if let Some(span) = count.first_dropped {
                let more = count.seen - MAX_PER_FILE;
                self.kept.push(Diagnostic::rest(span, more));
            }
        }
        self.kept
    }
}

/// At most so many findings, in their order: the gravest ones, of equally grave ones the first. And
/// the others.
pub(crate) fn gravest<'d>(
    diagnostics: &[&'d Diagnostic],
    most: usize,
) -> (Vec<&'d Diagnostic>, Vec<&'d Diagnostic>) {
    let mut order: Vec<usize> = (0..diagnostics.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(diagnostics[at].severity));
    let kept: std::collections::BTreeSet<usize> = order.into_iter().take(most).collect();
    let (kept, cut): (Vec<_>, Vec<_>) =
        diagnostics.iter().enumerate().partition(|(at, _)| kept.contains(at));
    let found =
        |part: Vec<(usize, &&'d Diagnostic)>| part.into_iter().map(|(_, found)| *found).collect();
    (found(kept), found(cut))
}

pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Orders findings by file path, place and code, so that the order of files never shows.
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
    fn what_is_cut_is_never_the_gravest() {
        let mut sources = Sources::new();
        let span = Span::file_start(sources.add(SourceFile::new("a.prec", "x\n")));
        let mut findings = vec![Diagnostic::new(Code::UNUSED_TEAM, span, "a note"); 1500];
        findings.push(Diagnostic::new(Code::UNKNOWN_NAME, span, "an error"));
        let drawn =
            render::render(&findings, &sources, render::Options { color: false, width: 80 });
        assert!(
            drawn.contains("an error") && drawn.ends_with("… and 1401 more findings in a.prec\n\n")
        );
        for text in [json::render(&findings, &sources), sarif::render(&findings, &sources)] {
            assert!(text.contains("an error") && text.contains("502 more findings are not shown"));
        }
    }
}
