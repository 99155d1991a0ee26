//! Turns the pairs of pest into the syntax tree. No other module uses the grammar's `Rule`.

use super::ast::*;
use super::errors;
use super::pieces::{Piece, pieces};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Findings};
use crate::parallel;
use crate::source::{FileId, SourceFile, Span};
use pest::Parser as _;
use pest::iterators::{Pair, Pairs};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

mod chunks;
mod conditions;
mod one_line;
mod statements;
mod values;

/// How many rules of the grammar may be tried for a few declarations, which bounds memory and time
/// on any input. A list with a line for each of a million users needs nearly all of it.
const MAX_CALLS: usize = 80_000_000;

/// How many items the rule `items` takes at most.
const ITEMS_OF_A_CALL: usize = 16;

/// How many lines outside of any declaration are read before the rest of a file is given up: it is
/// something else than policies.
const MAX_STRAY_LINES: usize = 100_000;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/precedent.pest"]
struct Grammar;

/// Parses a file. What cannot be parsed is left out of the tree and has a finding.
pub(super) fn parse(id: FileId, file: &SourceFile) -> (File, Vec<Diagnostic>) {
    parse_in_parts(id, file, chunks::LENGTH)
}

fn parse_in_parts(id: FileId, file: &SourceFile, length: usize) -> (File, Vec<Diagnostic>) {
    pest::set_call_limit(NonZeroUsize::new(MAX_CALLS));
    let parts = chunks::divide(&file.text, length);
    if parts.len() == 1 {
        return parse_from(id, file, 0, Vec::new());
    }
    let (at, declarations) = parse_chunks(id, file, parts);
    parse_from(id, file, at, declarations)
}

/// Parses the parts of a file at the same time, up to the first that has an error: what an error
/// means for the lines after it is known only to whoever read the lines before. Returns where the
/// rest starts, and the declarations before it.
fn parse_chunks(
    id: FileId,
    file: &SourceFile,
    parts: Vec<std::ops::Range<usize>>,
) -> (usize, Vec<Declaration>) {
    let first_with_error = AtomicUsize::new(usize::MAX);
    let numbered = parts.into_iter().enumerate().collect();
    let parsed = parallel::map(numbered, |(at, part): (usize, std::ops::Range<usize>)| {
        if first_with_error.load(Ordering::Relaxed) < at {
            return None;
        }
        let end = part.end;
        let mut builder = Builder::new(id, file);
        let mut declarations = Vec::new();
        builder.read(part, &mut declarations);
        if builder.findings.is_empty() {
            return Some((end, declarations));
        }
        first_with_error.fetch_min(at, Ordering::Relaxed);
        None
    });
    let mut all = Vec::new();
    let mut rest = 0;
    for (end, declarations) in parsed.into_iter().map_while(|part| part) {
        all.extend(declarations);
        rest = end;
    }
    (rest, all)
}

/// Parses the rest of a file, and adds its declarations to those before it.
fn parse_from(
    id: FileId,
    file: &SourceFile,
    start: usize,
    mut declarations: Vec<Declaration>,
) -> (File, Vec<Diagnostic>) {
    let mut builder = Builder::new(id, file);
    builder.read(start..file.text.len(), &mut declarations);
    declarations.shrink_to_fit();
    (
        File {
            id,
            declarations,
            unparsed_headers: builder.unparsed_headers,
            is_complete: builder.is_complete,
        },
        builder.findings.into_vec(),
    )
}

/// See [`super::parse_condition`].
pub(super) fn parse_condition(id: FileId, file: &SourceFile) -> (Option<When>, Vec<Diagnostic>) {
    let (statement, found) = argument(id, file, Rule::when_argument, errors::invalid_condition);
    match statement.map(|statement| statement.what) {
        Some(What::When(when)) if found.is_empty() => (Some(*when), found),
        _ => (None, found),
    }
}

/// See [`super::parse_expectation`].
pub(super) fn parse_expectation(
    id: FileId,
    file: &SourceFile,
) -> (Option<Expect>, Vec<Diagnostic>) {
    let (statement, found) = argument(id, file, Rule::expect_argument, errors::invalid_expectation);
    match statement.map(|statement| statement.what) {
        Some(What::Expect(expect)) if found.is_empty() => (Some(*expect), found),
        _ => (None, found),
    }
}

/// Whether a text is a condition or an expectation, as the rule says.
fn reads(rule: Rule, text: &str) -> bool {
    let pair = Grammar::parse(rule, text).ok().and_then(|mut pairs| pairs.next());
    pair.is_some_and(|pair| {
        let is_all = text[pair.as_span().end()..].trim().is_empty();
        let is_rest =
            |part: Pair<'_, Rule>| matches!(part.as_rule(), Rule::trailing | Rule::closing_here);
        is_all && !pair.into_inner().any(is_rest)
    })
}

/// A line that is not a statement may be a condition or an expectation in capitals.
fn statement_as_meant(found: Diagnostic, written: &str, span: Span) -> Diagnostic {
    let rule = match written.split_whitespace().next() {
        Some("when") => Rule::when_argument,
        Some("expect") => Rule::expect_argument,
        _ => return found,
    };
    as_meant(rule, found, written, span)
}

/// What a condition or an expectation was meant as that cannot be read.
fn as_meant(rule: Rule, found: Diagnostic, written: &str, span: Span) -> Diagnostic {
    let reads = |text: &str| reads(rule, text);
    let quoted = (rule == Rule::when_argument)
        .then(|| errors::name_in_quotes(written, span, reads))
        .flatten();
    quoted.unwrap_or_else(|| errors::as_meant(found, written, span, reads))
}

fn argument(
    id: FileId,
    file: &SourceFile,
    rule: Rule,
    invalid: fn(Span) -> Diagnostic,
) -> (Option<Statement>, Vec<Diagnostic>) {
    let mut builder = Builder::new(id, file);
    let text = file.text.trim_end();
    let whole = Range { start: 0, end: text.len() as u32 };
    let Some(pair) = Grammar::parse(rule, &file.text).ok().and_then(|mut pairs| pairs.next())
    else {
        let span = whole.in_file(id);
        let invalid = || as_meant(rule, invalid(span), text, span);
        let found = errors::unterminated(text, id, whole).unwrap_or_else(invalid);
        return (None, vec![found]);
    };
    let end = pair.as_span().end();
    let statement = match rule {
        Rule::when_argument => builder.when(whole, pair.into_inner()),
        _ => builder.expect(whole, pair.into_inner()),
    };
    if let Some(rest) = text.get(end..).filter(|rest| !rest.trim().is_empty()) {
        let range = Range { start: (text.len() - rest.trim_start().len()) as u32, ..whole };
        let message = "unexpected text on another line";
        builder.findings.push(Diagnostic::new(Code::UNEXPECTED, range.in_file(id), message));
    }
    (statement, builder.findings.into_vec())
}

struct Builder<'s> {
    id: FileId,
    text: &'s str,
    /// Where the text that pest parses starts in the file: pest's offsets count from here.
    base: u32,
    findings: Findings,
    /// Where the last line outside of any body ended, since adjacent lines are reported once.
    stray_end: Option<u32>,
    unparsed_headers: Vec<Range>,
    stray_lines: usize,
    /// Whether nothing was given up.
    is_complete: bool,
    /// The kind of declaration whose body is read.
    inside: Option<DeclarationKind>,
}

impl<'s> Builder<'s> {
    fn new(id: FileId, file: &'s SourceFile) -> Self {
        Builder {
            id,
            text: &file.text,
            base: 0,
            findings: Findings::default(),
            stray_end: None,
            unparsed_headers: Vec::new(),
            stray_lines: 0,
            is_complete: true,
            inside: None,
        }
    }
}

impl Builder<'_> {
    /// Reads a part of the text, from the end of one item to the end of another.
    fn read(&mut self, part: std::ops::Range<usize>, declarations: &mut Vec<Declaration>) {
        let mut at = part.start;
        // How many of the next items are parsed one by one.
        let mut alone = 0;
        while let Some(rest) = self.text.get(at..part.end) {
            self.base = at as u32;
            // Each call parses a few items. The last alternative of an item matches any line, so
            // parsing only fails at a declaration that is too long. Those before it are parsed by
            // themselves, since each try costs as many steps as there may be.
            let pairs = match alone {
                0 => Grammar::parse(Rule::items, rest).or_else(|_| {
                    alone = ITEMS_OF_A_CALL;
                    Grammar::parse(Rule::one_item, rest)
                }),
                _ => Grammar::parse(Rule::one_item, rest),
            };
            alone = alone.saturating_sub(1);
            let Ok(pairs) = pairs else {
                let message =
                    "this declaration is too long: it and the rest of the file are not read";
                self.unread_rest(rest, message, "write its lines as several declarations");
                break;
            };
            let Some(next) = self.items(pairs, declarations) else { break };
            at += next;
            if self.stray_lines > MAX_STRAY_LINES {
                let message =
                    "too many lines are no declarations: the rest of the file is not read";
                self.unread_rest(&rest[next..], message, "check what kind of file this is");
                break;
            }
        }
    }

    fn range(&self, pair: &Pair<'_, Rule>) -> Range {
        let span = pair.as_span();
        Range { start: self.base + span.start() as u32, end: self.base + span.end() as u32 }
    }

    /// A pair's range without trailing white space and line ends.
    fn trimmed(&self, pair: &Pair<'_, Rule>) -> Range {
        let range = self.range(pair);
        Range { end: range.start + pair.as_str().trim_end().len() as u32, ..range }
    }

    /// The place of text that could not be parsed: its first line, without a trailing comment.
    fn broken(&self, pair: &Pair<'_, Rule>) -> Range {
        let line = errors::first_line(self.trimmed(pair), self.text);
        let text = &self.text[line.start as usize..line.end as usize];
        match pieces(text).find(|(piece, _)| *piece == Piece::Comment) {
            Some((_, comment)) => Range {
                end: line.start + text[..comment.start as usize].trim_end().len() as u32,
                ..line
            },
            None => line,
        }
    }

    /// Reports the rest of the file rather than ignoring it.
    fn unread_rest(&mut self, rest: &str, message: &str, help: &str) {
        self.is_complete = false;
        let before = self.text.len() - rest.len();
        let start = before + (rest.len() - rest.trim_start().len());
        let line = self.text[start..].lines().next().unwrap_or_default();
        let range = Range { start: start as u32, end: (start + line.trim_end().len()) as u32 };
        let found = Diagnostic::new(Code::TOO_LARGE, range.in_file(self.id), message).help(help);
        self.findings.push_always(found);
    }

    /// Adds some items, and returns where they end, or `None` at the end of the file.
    fn items(
        &mut self,
        pairs: Pairs<'_, Rule>,
        declarations: &mut Vec<Declaration>,
    ) -> Option<usize> {
        let mut last = None;
        for pair in pairs {
            let end = pair.as_span().end();
            match pair.as_rule() {
                Rule::declaration => {
                    self.stray_end = None;
                    declarations.extend(self.declaration(pair));
                }
                Rule::stray_close => self.stray_line(&pair, true),
                Rule::bad_item_line => self.stray_line(&pair, false),
                Rule::EOI => return None,
                other => unexpected(other),
            }
            last = Some(end);
        }
        last
    }

    /// Reports a line outside of any body, or a `}` without an open body. Adjacent statements and
    /// braces have one cause, a body that was closed too early, and are reported once; each header
    /// is reported by itself.
    fn stray_line(&mut self, pair: &Pair<'_, Rule>, brace: bool) {
        self.stray_lines += 1;
        let range = self.trimmed(pair);
        let line = self.broken(pair);
        let header = !brace && !errors::looks_like_setting(self.text, line);
        let joined = self.stray_end.is_some_and(|end| {
            self.text[end as usize..range.start as usize].chars().all(char::is_whitespace)
        });
        // A brace after an invalid header belongs to the header.
        self.stray_end = Some(range.end);
        if joined && !header {
            return;
        }
        if !brace {
            self.unparsed_headers.push(line);
        }
        let (text, id) = (self.text, self.id);
        let make = if brace { errors::stray_brace } else { errors::not_a_declaration };
        self.findings.push_with(line.in_file(id), || make(text, id, line));
    }

    fn declaration(&mut self, pair: Pair<'_, Rule>) -> Option<Declaration> {
        let mut inner = pair.into_inner();
        let keyword = inner.next()?;
        let kind = DeclarationKind::find(keyword.as_str())
            .unwrap_or_else(|| unexpected(keyword.as_rule()));
        self.inside = Some(kind);
        let keyword = self.range(&keyword);
        let mut declaration = Declaration { kind, keyword, name: None, order: None, body: None };
        for part in inner {
            match part.as_rule() {
                Rule::string => declaration.name = Some(self.range(&part)),
                Rule::order_unknown => {
                    declaration.order.get_or_insert_default().unknown = Some(self.range(&part));
                }
                Rule::order_suffix => {
                    declaration.order.get_or_insert_default().suffix = Some(self.range(&part));
                }
                Rule::body => {
                    let header = declaration.header();
                    declaration.body = Some(Box::new(self.body(part, header)));
                }
                Rule::bare_name => {
                    let name = self.range(&part);
                    let line = errors::rest_of_line(self.text, name.start);
                    let found = errors::header(self.text, self.id, keyword, line, kind);
                    let is_certain = found.fixes.iter().any(|fix| {
                        let names = fix.edits.iter().any(|edit| edit.span.start == name.start);
                        fix.applicability == Applicability::Safe && names
                    });
                    self.findings.push(found);
                    if !is_certain {
                        self.unparsed_headers.push(line);
                        return None;
                    }
                    declaration.name = Some(name);
                }
                Rule::bad_header_tail => {
                    let range = self.broken(&part);
                    let found = errors::header_tail(self.text, self.id, range, kind);
                    self.findings.push(found);
                }
                Rule::bad_header => {
                    let range = self.broken(&part);
                    let found = errors::header(self.text, self.id, keyword, range, kind);
                    self.unparsed_headers.push(range);
                    self.findings.push(found);
                    return None;
                }
                other => unexpected(other),
            }
        }
        Some(declaration)
    }

    fn body(&mut self, pair: Pair<'_, Rule>, header: Range) -> Body {
        let mut body = empty_body(header);
        let whole = self.trimmed(&pair);
        let is_outer = pair.as_rule() == Rule::body;
        let parts = pair.into_inner();
        let mut statements = Vec::with_capacity(parts.len().saturating_sub(2));
        for part in parts {
            match part.as_rule() {
                Rule::open => body.open = self.range(&part),
                Rule::empty_close => body.close = Some(self.range(&part)),
                Rule::close => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::close_brace => body.close = Some(self.range(&part)),
                            // There is nothing left that a second brace could close, which is what
                            // the finding about it says.
                            Rule::closing_here if is_outer => {}
                            _ => self.after(part, "a closing `}` must be alone on its line"),
                        }
                    }
                }
                Rule::missing_close => {
                    body.statements = std::mem::take(&mut statements).into_boxed_slice();
                    self.missing_close(&part, &body, header);
                }
                Rule::one_line => {
                    let range = self.range(&part);
                    statements = self.one_line(range, body.open);
                    body.close = Some(Range { start: range.end - 1, end: range.end });
                }
                Rule::bad_open => {
                    let range = self.broken(&part);
                    statements.extend(self.after_open(range, body.open));
                }
                Rule::trailing | Rule::closing_here => {
                    self.after(part, "a closing `}` must be alone on its line")
                }
                _ => statements.extend(self.statement(part)),
            }
        }
        if !statements.is_empty() {
            body.statements = statements.into_boxed_slice();
        }
        debug_assert!(body.open.start >= header.start && whole.start <= body.open.start);
        body
    }

    fn missing_close(&mut self, part: &Pair<'_, Rule>, body: &Body, header: Range) {
        let at = self.range(part).start;
        // At the end of the file the brace that opens is shown, else the line that is there
        // instead.
        let line = self.text[at as usize..].lines().next().unwrap_or_default().trim_end();
        let place = match line.is_empty() {
            true => body.open,
            false => Range { start: at, end: at + line.len() as u32 },
        };
        let (text, id) = (self.text, self.id);
        self.findings
            .push_with(place.in_file(id), || missing_close(text, id, (at, line), body, header));
    }
}

/// That the body after a header is not closed where a declaration or the end of the file follows.
fn missing_close(
    text: &str,
    id: FileId,
    (at, line): (u32, &str),
    body: &Body,
    header: Range,
) -> Diagnostic {
    let open = body.open.in_file(id);
    let (found, help, replacement) = if line.is_empty() {
        let header = &text[header.start as usize..header.end as usize];
        let message =
            format!("the body of `{}` is never closed", crate::text::escape_control_chars(header));
        let found = Diagnostic::new(Code::MISSING_BRACE, open, message)
            .primary_message("this `{` is never closed");
        let replacement = if text.ends_with('\n') { "}\n" } else { "\n}\n" };
        (found, "close the body with a `}` on a line of its own", replacement)
    } else {
        let range = Range { start: at, end: at + line.trim_end().len() as u32 };
        let message = "expected `}` before this declaration";
        let found = Diagnostic::new(Code::MISSING_BRACE, range.in_file(id), message)
            .primary_message("this declaration starts inside a body")
            .label(open, "this body is not closed");
        (found, "close the body with a `}` on a line of its own before this declaration", "}\n")
    };
    let place = if line.is_empty() { at } else { end_of_lines(text, at) };
    // A `}` at the indentation of this body's header belongs to this body, so it is the inner
    // body that is not closed.
    let indent = |at: u32| errors::indent_of(text, at as usize).len();
    let inner = body.statements.iter().filter_map(|statement| statement.what.body());
    let mut taken = inner.filter_map(|inner| Some((inner.open, inner.close?)));
    let taken = taken.rfind(|(_, close)| indent(close.start) <= indent(header.start));
    let place = Range { start: place, end: place }.in_file(id);
    let edit = Edit { span: place, replacement: replacement.into() };
    match taken {
        Some((inner, close)) => found
            .label(inner.in_file(id), "the inner body starts here")
            .label(close.in_file(id), "and this `}` closes it")
            .help("close the inner body with a `}` of its own"),
        None => found.help(help).fix("add the missing `}`", vec![edit]),
    }
}

/// Where the lines of a body end before a declaration: above the comments that stand directly above
/// it, and belong to it since those of the body are indented, and above blank lines.
fn end_of_lines(text: &str, at: u32) -> u32 {
    let before = &text[..at as usize];
    let lines = before.split_inclusive('\n').rev();
    let comments: usize = lines.take_while(|line| line.starts_with('#')).map(str::len).sum();
    let before = &before[..before.len() - comments];
    let code = before.trim_end();
    let line_end = before[code.len()..].find('\n').map_or(0, |at| at + 1);
    (code.len() + line_end) as u32
}

fn empty_body(at: Range) -> Body {
    Body { open: at, statements: Box::default(), close: None }
}

pub(super) fn trailing_blanks(text: &str) -> u32 {
    (text.len() - text.trim_end().len()) as u32
}

fn subject_of(rule: Rule) -> Subject {
    match rule {
        Rule::user => Subject::User,
        Rule::invite => Subject::Invite,
        Rule::jump_item => Subject::JumpItem,
        Rule::portal => Subject::Portal,
        Rule::method_word => Subject::Method,
        Rule::presence_word => Subject::Presence,
        Rule::tag_word => Subject::Tag,
        other => unexpected(other),
    }
}

/// Reports a pair that the grammar does not have at this place. No input can cause this, only a
/// change of the grammar; the corpus and the property test over arbitrary bytes reach every rule.
#[track_caller]
fn unexpected(rule: Rule) -> ! {
    unreachable!("the grammar has no `{rule:?}` here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Declarations, right and wrong, some of which have a brace where a part may end.
    const PIECES: [&str; 14] = [
        "session policy \"A\" {\n  shell = deny\n}\n",
        "user \"u\" {\n  session_policy = custom {\n    shell = allow\n  }\n}\n",
        "user \"v\" {\nsession_policy = custom {\nshell = allow\n}\n}\n",
        "directory group \"D\" {\n  members = [\n    \"u\",\n    \"v\", # }\n  ]\n}\r\n",
        "jump item \"i\" {\n  kind = shell_jump\n",
        "jump item \"j\" {\n  comments = 'one\n}\n",
        "team \"T\"\n",
        "}\n",
        "}\n}\n",
        "# a comment\n\n",
        "  shell = allow\n",
        "jump items {\n  item \"k\" { kind = rdp }\n}\n",
        "group policy \"G\" { shell = deny }\n",
        "test \"t\" {\n  when user in \"G\"\n  expect shell == deny\n}",
    ];

    #[test]
    fn an_item_of_a_block_costs_two_pairs() {
        let pairs = |items: usize| {
            let text = format!("jump items {{\n{}}}\n", "  item \"a\"\n".repeat(items));
            Grammar::parse(Rule::items, &text).map_or(0, |pairs| pairs.flatten().count())
        };
        // A pair takes 80 bytes, and there may be millions of items.
        assert_eq!(pairs(101) - pairs(1), 200);
    }

    proptest! {
        #[test]
        fn a_file_is_read_alike_in_parts_and_as_a_whole(
            pieces in prop::collection::vec(prop::sample::select(&PIECES), 0..12),
            length in 0_usize..120,
        ) {
            let file = SourceFile::new("a.prec", pieces.concat());
            let whole = parse_in_parts(FileId(0), &file, usize::MAX / 2);
            let in_parts = parse_in_parts(FileId(0), &file, length);
            prop_assert_eq!(format!("{whole:?}"), format!("{in_parts:?}"));
        }
    }
}
