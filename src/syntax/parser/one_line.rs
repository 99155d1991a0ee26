//! Bodies on the line of their header, and statements behind a `{`.

use super::*;
use crate::syntax::pieces::{is_whole, pieces};

impl Builder<'_> {
    /// Reports `{ a = b }`, and parses its statements all the same.
    pub(super) fn one_line(&mut self, range: Range, open: Range) -> Vec<Statement> {
        let text = self.text;
        let inner = &text[range.start as usize..range.end as usize - 1];
        let base = self.base;
        self.base = range.start;
        let mut statements = Vec::new();
        let mut lines: Vec<&str> = Vec::new();
        if let Ok(pairs) = Grammar::parse(Rule::one_line_statements, inner) {
            for pair in pairs
                .flat_map(Pair::into_inner)
                .filter(|pair| pair.as_rule() == Rule::inline_statement)
            {
                lines.push(pair.as_str().trim_end());
                statements.push(self.inline_statement(pair));
            }
        }
        self.base = base;
        if lines.is_empty() {
            for name in names(inner) {
                lines.push(&inner[name.start as usize..name.end as usize]);
                let at = Range { start: range.start + name.start, end: range.start + name.end };
                statements.push(Statement { range: at, is_final: None, what: What::Entry(at) });
            }
        }
        statements.shrink_to_fit();
        let whole = Range { start: open.start, end: range.end }.in_file(self.id);
        self.findings.push_with(whole, || {
            let message = "the body is on the same line as its header";
            let found = Diagnostic::new(Code::ONE_LINE_BODY, whole, message)
                .help("write each statement and the closing `}` on a line of its own");
            if lines.is_empty() {
                return found;
            }
            let indent = errors::indent_of(text, open.start as usize);
            let body: String = lines.iter().map(|line| format!("{indent}  {line}\n")).collect();
            let body = format!("{{\n{body}{indent}}}");
            found.fix_replace("split it into several lines", whole, body)
        });
        statements
    }

    /// Reports text after the `{` of a body that goes on below, and parses it if it is a statement.
    pub(super) fn after_open(&mut self, range: Range, open: Range) -> Option<Statement> {
        let text = self.text;
        let written = &text[range.start as usize..range.end as usize];
        let found =
            Diagnostic::new(Code::UNEXPECTED, range.in_file(self.id), "unexpected text after `{`")
                .label(open.in_file(self.id), "the body starts here")
                .help("start the first statement on the next line");
        let is_line = !written.contains(['{', '}']) && !written.ends_with('[');
        let pair =
            [Rule::assignment, Rule::membership].into_iter().filter(|_| is_line).find_map(|rule| {
                Grammar::parse(rule, written).ok()?.next().filter(|pair| pair.as_str() == written)
            });
        let Some(pair) = pair else {
            self.findings.push(found);
            return None;
        };
        let indent = errors::indent_of(text, open.start as usize);
        let blanks = Range { start: open.end, end: range.start }.in_file(self.id);
        let line = format!("\n{indent}  ");
        self.findings.push(found.fix_replace("move it to the next line", blanks, line));
        let base = std::mem::replace(&mut self.base, range.start);
        let statement = self.statement(pair);
        self.base = base;
        statement
    }

    fn inline_statement(&mut self, pair: Pair<'_, Rule>) -> Statement {
        let range = self.trimmed(&pair);
        let mut statement = self.assignment_like(range, pair.into_inner());
        if let What::Assign { value: Value::Custom { word, body }, .. } = &mut statement.what {
            body.open = *word;
        }
        statement
    }
}

/// The names that a text consists of, such as those of an order; none if there is anything else.
fn names(text: &str) -> Vec<Range> {
    let names: Vec<Range> = pieces(text).map(|(_, place)| place).collect();
    let is_name = |name: &Range| is_whole(&text[name.start as usize..name.end as usize]);
    let mut at = 0;
    let mut between = String::new();
    for name in &names {
        between.push_str(&text[at..name.start as usize]);
        at = name.end as usize;
    }
    between.push_str(&text[at..]);
    let are_apart = between.chars().all(|c| matches!(c, ' ' | '\t' | ',' | ';'));
    if are_apart && names.iter().all(is_name) { names } else { Vec::new() }
}
