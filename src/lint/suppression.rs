//! Comments that suppress a lint: `# allow(name): reason`, on the line before a statement or
//! declaration, at the end of its first or last line, or between the items of its list. A
//! suppression covers the whole statement or declaration, including its body, so that it does not
//! matter over how many lines a list is written.
//!
//! Suppressions are read from the source texts. A compiled file contains these too, so suppressions
//! work the same there.

use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::ast::{Body, Range, Statement, What};
use crate::syntax::printer::comments;
use crate::text::escape_control_chars;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// All suppressions of a workspace.
#[derive(Default)]
pub(super) struct Suppressions {
    /// By lint and file, ascending by the place that they cover.
    by_lint: BTreeMap<(Code, FileId), Vec<Suppression>>,
    /// Comments without effect, because they give no reason.
    without_reason: Vec<Span>,
    /// Names that do not belong to any lint.
    unknown: Vec<(String, Span)>,
}

struct Suppression {
    comment: Span,
    covers: Range,
    /// The farthest end of this suppression and those before it, so that a search can stop early.
    reach: u32,
    /// Lints run side by side.
    used: AtomicBool,
}

impl Suppressions {
    pub(super) fn new(sources: &Sources) -> Self {
        let mut suppressions = Suppressions::default();
        let written =
            |file: &SourceFile| file.path.ends_with(".prec") && file.text.contains("allow(");
        for (id, file) in sources.iter().filter(|(_, file)| written(file)) {
            suppressions.read(id, file);
        }
        for list in suppressions.by_lint.values_mut() {
            list.sort_by_key(|suppression| (suppression.covers.start, suppression.comment.start));
            let mut reach = 0;
            for suppression in list {
                reach = suppression.covers.end.max(reach);
                suppression.reach = reach;
            }
        }
        suppressions
    }

    fn read(&mut self, id: FileId, file: &SourceFile) {
        let mut nodes: Option<Nodes> = None;
        for comment in comments(&file.text) {
            let span = comment.in_file(id);
            let Some((names, reason)) =
                parse(&file.text[comment.start as usize..comment.end as usize])
            else {
                continue;
            };
            let mut codes = Vec::new();
            for name in names.split(',').map(str::trim) {
                match Code::find(name).filter(|code| code.is_lint()) {
                    Some(code) => codes.push(code),
                    None => self.unknown.push((name.to_owned(), span)),
                }
            }
            if reason.is_empty() {
                self.without_reason.push(span);
                continue;
            }
            let covers = nodes.get_or_insert_with(|| Nodes::new(id, file)).covered(file, comment);
            for code in codes {
                let suppression =
                    Suppression { comment: span, covers, reach: 0, used: AtomicBool::new(false) };
                self.by_lint.entry((code, id)).or_default().push(suppression);
            }
        }
    }

    /// Whether a suppression of a lint covers a place. If so, it counts as used from then on.
    pub(super) fn cover(&self, code: Code, span: Span) -> bool {
        let Some(list) = self.by_lint.get(&(code, span.file)) else { return false };
        let before = list.partition_point(|suppression| suppression.covers.start <= span.start);
        let mut covered = false;
        for suppression in list[..before].iter().rev() {
            if suppression.reach < span.start {
                break;
            }
            if suppression.covers.end >= span.start {
                suppression.used.store(true, Ordering::Relaxed);
                covered = true;
                break;
            }
        }
        covered
    }

    pub(super) fn without_reason(&self) -> Vec<Diagnostic> {
        let diagnostics = self.without_reason.iter().map(|&span| {
            let message = "this suppression gives no reason, so it has no effect";
            Diagnostic::new(Code::SUPPRESSION_WITHOUT_REASON, span, message)
                .help("add the reason after a colon: `# allow(unused-team): filled next week`")
        });
        diagnostics.collect()
    }

    pub(super) fn unknown(&self) -> Vec<Diagnostic> {
        let diagnostics = self.unknown.iter().map(|(name, span)| {
            let message = format!("unknown lint `{}`", escape_control_chars(name));
            let help = match suggest::closest(name, Code::lints().map(Code::name)) {
                Some(meant) => suggest::question(meant, name),
                None => "`precedent explain` lists all codes; lints begin with `P05`".into(),
            };
            Diagnostic::new(Code::UNKNOWN_LINT, *span, message).help(help)
        });
        diagnostics.collect()
    }

    /// Suppressions that did not suppress anything, of the lints that ran.
    pub(super) fn unused(&self, ran: impl Fn(Code) -> bool) -> Vec<Diagnostic> {
        let lists = self.by_lint.iter().filter(|((code, _), _)| ran(*code));
        let unused = lists.flat_map(|((code, _), list)| {
            list.iter()
                .filter(|suppression| !suppression.used.load(Ordering::Relaxed))
                .map(move |suppression| (*code, suppression.comment))
        });
        let diagnostics = unused.map(|(code, span)| {
            let message = format!("unused suppression: `{}` reports nothing here", code.name());
            Diagnostic::new(Code::UNUSED_SUPPRESSION, span, message)
                .help("remove the comment, or move it to the line before the reported place")
        });
        diagnostics.collect()
    }
}

/// The names and the reason, if a comment is a suppression.
fn parse(comment: &str) -> Option<(&str, &str)> {
    let text = comment.strip_prefix('#')?.trim_start().strip_prefix("allow(")?;
    let (names, rest) = text.split_once(')')?;
    let rest = rest.trim_start();
    Some((names, rest.strip_prefix(':').unwrap_or_default().trim()))
}

/// What a suppression can cover.
#[derive(Default)]
struct Nodes {
    /// By line: the widest declaration or statement that begins there, its body included.
    begin: BTreeMap<u32, Range>,
    /// By line: the widest one that ends there.
    end: BTreeMap<u32, Range>,
    /// Statements without a body, ascending.
    plain: Vec<Range>,
    /// Lines with nothing but comments that follow each other: those looked at last, of which there
    /// may be millions.
    comments: std::ops::Range<u32>,
}

impl Nodes {
    fn new(id: FileId, file: &SourceFile) -> Self {
        let (tree, _) = crate::syntax::parse(id, file);
        let mut nodes = Nodes::default();
        for declaration in &tree.declarations {
            let header = declaration.header();
            let end =
                declaration.body.as_ref().map_or(header.end, |body| body_end(body).max(header.end));
            nodes.add(file, Range { start: header.start, end });
            declaration.body.iter().for_each(|body| nodes.add_statements(file, body));
        }
        nodes
    }

    fn add_statements(&mut self, file: &SourceFile, body: &Body) {
        for statement in &body.statements {
            let range = Range { start: statement.range.start, end: statement_end(statement) };
            self.add(file, range);
            match statement.what.body() {
                Some(inner) => self.add_statements(file, inner),
                None => self.plain.push(range),
            }
        }
    }

    /// Outer nodes are added first, and are kept.
    fn add(&mut self, file: &SourceFile, range: Range) {
        self.begin.entry(file.line(range.start)).or_insert(range);
        self.end.entry(file.line(range.end)).or_insert(range);
    }

    /// The next line after one that is not a comment; the line itself if there is none.
    fn next_line(&mut self, file: &SourceFile, line: u32) -> u32 {
        if !self.comments.contains(&(line + 1)) {
            let is_comment =
                |line: &u32| file.text[file.line_range(*line)].trim_start().starts_with('#');
            let end = (line + 1..=file.line_count()).find(|line| !is_comment(line));
            self.comments = line + 1..end.unwrap_or(file.line_count() + 1);
        }
        Some(self.comments.end).filter(|next| *next <= file.line_count()).unwrap_or(line)
    }

    fn covered(&mut self, file: &SourceFile, comment: Range) -> Range {
        let before = self.plain.partition_point(|range| range.start < comment.start);
        let around = before
            .checked_sub(1)
            .map(|at| self.plain[at])
            .filter(|range| range.end > comment.start);
        let line = file.line(comment.start);
        let written_before = &file.text[file.line_range(line).start..comment.start as usize];
        let (line, beside) = if written_before.trim().is_empty() {
            // Alone on its line, it applies to the next line that is not a comment.
            (self.next_line(file, line), None)
        } else {
            (line, self.end.get(&line))
        };
        let whole_line = file.line_range(line);
        let whole_line = Range { start: whole_line.start as u32, end: whole_line.end as u32 };
        around.or(self.begin.get(&line).or(beside).copied()).unwrap_or(whole_line)
    }
}

fn statement_end(statement: &Statement) -> u32 {
    let end = match &statement.what {
        What::Expect(expect) => expect.value.range().end,
        What::Assign { value, .. } => value.range().end,
        _ => 0,
    };
    statement.what.body().map_or(end, body_end).max(statement.range.end)
}

fn body_end(body: &Body) -> u32 {
    let last = body.statements.last().map_or(body.open.end, |statement| statement.range.end);
    body.close.map_or(last, |close| close.end)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{messages, recheck_messages};

    const SUPPRESSED: &str = "# allow(unused-team): filled next week\nteam \"A\"\n\
        team \"B\" # allow(unused-team): later\n";

    #[test]
    fn a_suppression_before_or_at_the_end_of_a_line_applies() {
        assert_eq!(messages("unused-team", SUPPRESSED), [""; 0]);
        assert_eq!(messages("unused-suppression", SUPPRESSED), [""; 0]);
    }

    #[test]
    fn suppressions_apply_to_what_is_read_back() {
        assert_eq!(recheck_messages("unused-team", SUPPRESSED), [""; 0]);
        assert_eq!(recheck_messages("unused-team", "team \"A\"\n"), ["team `A` has no members"]);
    }

    #[test]
    fn a_suppression_needs_a_reason() {
        let text = "team \"A\" # allow(unused-team)\n";
        assert_eq!(messages("unused-team", text), ["team `A` has no members"]);
        let expected = ["this suppression gives no reason, so it has no effect"];
        assert_eq!(messages("suppression-without-reason", text), expected);
    }

    #[test]
    fn an_unused_suppression_is_found() {
        let text =
            "# allow(unused-team): kept\nteam \"A\"\nuser \"ada\" {\n  team \"A\" as lead\n}\n";
        let expected = ["unused suppression: `unused-team` reports nothing here"];
        assert_eq!(messages("unused-suppression", text), expected);
    }

    #[test]
    fn an_unknown_name_is_found() {
        let expected = ["unknown lint `unused-taem`"];
        assert_eq!(messages("unknown-lint", "team \"A\" # allow(unused-taem): x\n"), expected);
    }

    #[test]
    fn a_suppression_in_or_after_a_list_covers_its_statement() {
        let suppression =
            "# allow(dependent-without-parent): the jump item's policy allows the shell";
        let text =
            |list: &str| format!("session policy \"P\" {{\n  shell.commands = only {list}\n}}\n");
        for list in [
            format!("[\"a\"] {suppression}"),
            format!("[\n    \"a\",\n  ] {suppression}"),
            format!("[ {suppression}\n    \"a\",\n  ]"),
            format!("[\n    \"a\",\n    {suppression}\n  ]"),
        ] {
            assert_eq!(messages("dependent-without-parent", &text(&list)), [""; 0], "{list}");
            assert_eq!(messages("unused-suppression", &text(&list)), [""; 0], "{list}");
        }
        assert_eq!(messages("dependent-without-parent", &text("[\"a\"]")).len(), 1);
    }

    #[test]
    fn a_suppression_before_a_declaration_covers_its_body() {
        let text = "# allow(final-without-effect): a guard for later\n\
            group policy \"G\" {\n  members = [user \"ada\"]\n  final reports.sessions = \
            all_sessions\n}\nuser \"ada\"\n";
        assert_eq!(messages("final-without-effect", text), [""; 0]);
    }
}
