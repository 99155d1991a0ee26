//! Comments that silence a lint: `# allow(name): reason`, on the line before a statement or
//! declaration, or at the end of its first or last line, or between the items of its list. It
//! covers all of the statement or declaration, its body too, so that it makes no difference over
//! how many lines a list is written.
//!
//! Suppressions are read from the source texts, which a compiled file carries too, so they work the
//! same for both.

use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::ir::Ir;
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::ast::{Body, Range, Statement, What};
use crate::syntax::printer::comments;
use crate::text::escape_control_chars;
use std::cell::Cell;
use std::collections::BTreeMap;

/// All silences of a workspace.
#[derive(Default)]
pub(super) struct Suppressions {
    /// By lint and file, ascending by the place that they cover.
    by_lint: BTreeMap<(Code, FileId), Vec<Suppression>>,
    /// Comments that silence nothing because they give no reason.
    without_reason: Vec<Span>,
    /// Names that are no lint's.
    unknown: Vec<(String, Span)>,
}

struct Suppression {
    comment: Span,
    covers: Range,
    /// Where the farthest of this silence and those before it ends.
    reach: u32,
    used: Cell<bool>,
}

impl Suppressions {
    pub fn new(ir: &Ir) -> Self {
        let mut silences = Suppressions::default();
        let written =
            |file: &SourceFile| file.path.ends_with(".prec") && file.text.contains("allow(");
        for (id, file) in ir.sources.iter().filter(|(_, file)| written(file)) {
            silences.read(id, file);
        }
        for list in silences.by_lint.values_mut() {
            list.sort_by_key(|silence| (silence.covers.start, silence.comment.start));
            let mut reach = 0;
            for silence in list {
                reach = silence.covers.end.max(reach);
                silence.reach = reach;
            }
        }
        silences
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
                let silence =
                    Suppression { comment: span, covers, reach: 0, used: Cell::new(false) };
                self.by_lint.entry((code, id)).or_default().push(silence);
            }
        }
    }

    /// Whether a silence of a lint covers a place; it then counts as used.
    pub fn cover(&self, code: Code, span: Span) -> bool {
        let Some(list) = self.by_lint.get(&(code, span.file)) else { return false };
        let before = list.partition_point(|silence| silence.covers.start <= span.start);
        let mut covered = false;
        for silence in list[..before].iter().rev() {
            if silence.reach < span.start {
                break;
            }
            if silence.covers.end >= span.start {
                silence.used.set(true);
                covered = true;
                break;
            }
        }
        covered
    }

    pub fn without_reason(&self) -> Vec<Diagnostic> {
        let found = self.without_reason.iter().map(|&span| {
            Diagnostic::new(
                Code::SILENCE_WITHOUT_REASON,
                span,
                "this silence gives no reason, so it silences nothing",
            )
            .help("write why after a colon: `# allow(unused-team): filled next week`")
        });
        found.collect()
    }

    pub fn unknown(&self) -> Vec<Diagnostic> {
        let found = self.unknown.iter().map(|(name, span)| {
            let message = format!(
                "there is no lint `{}`, so this silences nothing",
                escape_control_chars(name)
            );
            let help = match suggest::closest(name, Code::lints().map(Code::name)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`precedent explain` lists the codes; lints begin with `P05`".into(),
            };
            Diagnostic::new(Code::UNKNOWN_LINT, *span, message).help(help)
        });
        found.collect()
    }

    /// Suppressions of the lints that ran, which nothing was silenced by.
    pub fn unused(&self, ran: impl Fn(Code) -> bool) -> Vec<Diagnostic> {
        let lists = self.by_lint.iter().filter(|((code, _), _)| ran(*code));
        let unused = lists.flat_map(|((code, _), list)| {
            list.iter()
                .filter(|silence| !silence.used.get())
                .map(move |silence| (*code, silence.comment))
        });
        let found = unused.map(|(code, span)| {
            let message = format!("`{}` has nothing to say here, so this silences nothing", code.name());
            Diagnostic::new(Code::UNUSED_SILENCE, span, message)
                .help("remove the comment, or put it on the line before the place that the finding points at")
        });
        found.collect()
    }
}

/// The names and the reason of a comment that silences.
fn parse(comment: &str) -> Option<(&str, &str)> {
    let text = comment.strip_prefix('#')?.trim_start().strip_prefix("allow(")?;
    let (names, rest) = text.split_once(')')?;
    let rest = rest.trim_start();
    Some((names, rest.strip_prefix(':').unwrap_or_default().trim()))
}

/// What a silence can cover.
#[derive(Default)]
struct Nodes {
    /// By line: the widest declaration or statement that begins there, its body included.
    begin: BTreeMap<u32, Range>,
    /// By line: the widest one that ends there.
    end: BTreeMap<u32, Range>,
    /// Statements without a body, ascending.
    plain: Vec<Range>,
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

    /// Outer ones come first, and stay.
    fn add(&mut self, file: &SourceFile, range: Range) {
        self.begin.entry(file.line(range.start)).or_insert(range);
        self.end.entry(file.line(range.end)).or_insert(range);
    }

    fn covered(&self, file: &SourceFile, comment: Range) -> Range {
        let before = self.plain.partition_point(|range| range.start < comment.start);
        let around = before
            .checked_sub(1)
            .map(|at| self.plain[at])
            .filter(|range| range.end > comment.start);
        let line = file.line(comment.start);
        let written_before = &file.text[file.line_range(line).start..comment.start as usize];
        let (line, beside) = if written_before.trim().is_empty() {
            // Alone on its line, it speaks of the next line that is no comment.
            let is_comment =
                |line: &u32| file.text[file.line_range(*line)].trim_start().starts_with('#');
            ((line + 1..=file.line_count()).find(|line| !is_comment(line)).unwrap_or(line), None)
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

    const SILENCED: &str = "# allow(unused-team): filled next week\nteam \"A\"\nteam \"B\" # allow(unused-team): later\n";

    #[test]
    fn a_silence_before_or_at_the_end_of_a_line_holds() {
        assert_eq!(messages("unused-team", SILENCED), [""; 0]);
        assert_eq!(messages("unused-silence", SILENCED), [""; 0]);
    }

    #[test]
    fn silences_hold_for_what_is_read_back() {
        assert_eq!(recheck_messages("unused-team", SILENCED), [""; 0]);
        assert_eq!(recheck_messages("unused-team", "team \"A\"\n"), ["team `A` has no members"]);
    }

    #[test]
    fn a_silence_needs_a_reason() {
        let text = "team \"A\" # allow(unused-team)\n";
        assert_eq!(messages("unused-team", text), ["team `A` has no members"]);
        let found = ["this silence gives no reason, so it silences nothing"];
        assert_eq!(messages("silence-without-reason", text), found);
    }

    #[test]
    fn a_silence_that_silences_nothing_is_found() {
        let text =
            "# allow(unused-team): kept\nteam \"A\"\nuser \"ada\" {\n  team \"A\" as lead\n}\n";
        let found = ["`unused-team` has nothing to say here, so this silences nothing"];
        assert_eq!(messages("unused-silence", text), found);
    }

    #[test]
    fn an_unknown_name_is_found() {
        let found = ["there is no lint `unused-taem`, so this silences nothing"];
        assert_eq!(messages("unknown-lint", "team \"A\" # allow(unused-taem): x\n"), found);
    }

    #[test]
    fn a_silence_in_or_after_a_list_covers_its_statement() {
        let silence = "# allow(dependent-without-parent): the jump item's policy allows the shell";
        let text =
            |list: &str| format!("session policy \"P\" {{\n  shell.commands = only {list}\n}}\n");
        for list in [
            format!("[\"a\"] {silence}"),
            format!("[\n    \"a\",\n  ] {silence}"),
            format!("[ {silence}\n    \"a\",\n  ]"),
            format!("[\n    \"a\",\n    {silence}\n  ]"),
        ] {
            assert_eq!(messages("dependent-without-parent", &text(&list)), [""; 0], "{list}");
            assert_eq!(messages("unused-silence", &text(&list)), [""; 0], "{list}");
        }
        assert_eq!(messages("dependent-without-parent", &text("[\"a\"]")).len(), 1);
    }

    #[test]
    fn a_silence_before_a_declaration_covers_its_body() {
        let text = "# allow(final-without-effect): a guard for later\ngroup policy \"G\" {\n  members = [user \"ada\"]\n  \
                    final reports.sessions = all_sessions\n}\nuser \"ada\"\n";
        assert_eq!(messages("final-without-effect", text), [""; 0]);
    }
}
