//! Prints the canonical layout: two spaces of indentation, one around `=`, one statement per line,
//! at most one blank line, long lists with one item per line, orders with their suffix, and every
//! comment at its place. Statements keep their order.

use super::ast::*;
use super::pieces::{Piece, pieces};
use crate::source::SourceFile;
use crate::text::{duration, parse_duration, parse_integer, quote, unquote};

/// How wide a line with a list may be, in characters.
const WIDTH: usize = 100;

/// Prints a file in the canonical layout. The text must not have syntax errors: see
/// [`super::parse`].
pub fn print(file: &File, source: &SourceFile) -> String {
    let mut printer = Printer {
        text: &source.text,
        comments: comments(&source.text),
        next: 0,
        out: String::new(),
        end: 0,
        opened: true,
    };
    for declaration in &file.declarations {
        printer.declaration(declaration);
    }
    printer.comments_before(source.text.len() as u32, 0);
    printer.out
}

/// The comments of a text, without their line ends.
pub fn comments(text: &str) -> Vec<Range> {
    let comments = pieces(text).filter(|(piece, _)| *piece == Piece::Comment);
    comments.map(|(_, place)| place).collect()
}

struct Printer<'s> {
    text: &'s str,
    comments: Vec<Range>,
    /// The first comment that has not been printed.
    next: usize,
    out: String,
    /// Where the part of the source that has been printed ends.
    end: u32,
    /// Whether no blank line may follow: at the start, and after a line that opens a body or a
    /// list.
    opened: bool,
}

impl Printer<'_> {
    fn slice(&self, range: Range) -> &str {
        &self.text[range.start as usize..range.end as usize]
    }

    /// Starts the line of a part of the source, after the comments and the blank line before it.
    fn line(&mut self, at: u32, indent: usize) {
        self.comments_before(at, indent);
        self.blank_before(at);
        self.out.push_str(&" ".repeat(indent));
    }

    /// Ends a line whose last part ends at `end`. A comment after it stays on the line.
    fn end_line(&mut self, end: u32) {
        self.end = end;
        self.opened = false;
        if let Some(&comment) = self.comments.get(self.next)
            && self.text.get(end as usize..comment.start as usize).is_some_and(stays_on_line)
        {
            self.out.push(' ');
            let comment_text = self.slice(comment).to_owned();
            self.out.push_str(&comment_text);
            self.end = comment.end;
            self.next += 1;
        }
        self.out.push('\n');
    }

    /// Ends a line that opens a body or a list.
    fn open_line(&mut self, end: u32) {
        self.end_line(end);
        self.opened = true;
    }

    /// Prints the comments before a place, each on a line of its own.
    fn comments_before(&mut self, at: u32, indent: usize) {
        while let Some(&comment) = self.comments.get(self.next).filter(|comment| comment.start < at)
        {
            self.blank_before(comment.start);
            self.out.push_str(&" ".repeat(indent));
            let comment_text = self.slice(comment).to_owned();
            self.out.push_str(&comment_text);
            self.out.push('\n');
            self.end = comment.end;
            self.opened = false;
            self.next += 1;
        }
    }

    /// Prints one blank line where the source has at least one, but not at the start of the file,
    /// of a body or of a list.
    fn blank_before(&mut self, at: u32) {
        let Some(between) = self.text.get(self.end as usize..at as usize) else { return };
        // Only whole lines count, not the rest of the previous line or the start of the next one.
        let lines = between.rsplit_once('\n').map_or("", |(lines, _)| lines);
        if !self.opened && lines.split('\n').skip(1).any(|line| line.trim().is_empty()) {
            self.out.push('\n');
        }
    }

    fn has_comments(&self, within: Range) -> bool {
        self.comments[self.next..]
            .iter()
            .take_while(|comment| comment.start < within.end)
            .any(|comment| comment.start > within.start)
    }

    fn declaration(&mut self, declaration: &Declaration) {
        self.line(declaration.keyword.start, 0);
        let mut header = declaration.kind.words().to_owned();
        if let Some(name) = declaration.name {
            header.push(' ');
            header.push_str(&self.string(name));
        }
        if declaration.order().unknown.is_some() {
            header.push_str(", unknown");
        }
        // A wrong suffix stays as it is, since formatting does not change what a file says; `check`
        // reports it.
        let written = declaration.order().suffix.map(|written| self.slice(written));
        let suffix = written.or_else(|| declaration.kind.suffix());
        if let Some(suffix) = suffix {
            let words: Vec<&str> = suffix.split_whitespace().collect();
            header.push_str(", ");
            header.push_str(&words.join(" "));
        }
        self.out.push_str(&header);
        let end = declaration.header().end;
        match &declaration.body {
            // A named declaration without statements does not need braces.
            Some(body) if declaration.name.is_some() && self.is_empty(body) => {
                self.end_line(body_end(body))
            }
            Some(body) => self.body(body, 0),
            None => self.end_line(end),
        }
    }

    fn is_empty(&self, body: &Body) -> bool {
        body.statements.is_empty()
            && !self.has_comments(Range { start: body.open.start, end: body_end(body) })
    }

    /// Prints a body after its header, which is on the line already.
    fn body(&mut self, body: &Body, indent: usize) {
        if self.is_empty(body) {
            self.out.push_str(" {}");
            self.end_line(body_end(body));
            return;
        }
        self.out.push_str(" {");
        self.open_line(body.open.end);
        for statement in &body.statements {
            self.statement(statement, indent + 2);
        }
        let close = body.close.map_or(body_end(body), |close| close.start);
        self.comments_before(close, indent + 2);
        self.out.push_str(&" ".repeat(indent));
        self.out.push('}');
        self.end_line(body_end(body));
    }

    fn statement(&mut self, statement: &Statement, indent: usize) {
        self.line(statement.range.start, indent);
        if statement.is_final.is_some() {
            self.out.push_str("final ");
        }
        match &statement.what {
            What::Assign { path, value } => {
                let path_text = self.slice(*path).to_owned();
                self.out.push_str(&path_text);
                self.out.push_str(" = ");
                self.value(value, indent);
            }
            What::Membership(membership) => {
                let words = membership.kind.declaration().words();
                let mut line = format!("{words} {}", self.string(membership.name));
                let mut end = membership.name.end;
                if let Some(role) = membership.role {
                    line.push_str(&format!(" as {}", self.word_or_string(role)));
                    end = role.end;
                }
                if let Some(policy) = membership.jump_policy {
                    line.push_str(&format!(" with {}", self.string(policy)));
                    end = policy.end;
                }
                if let Some(until) = membership.until {
                    line.push_str(&format!(" until {}", self.word_or_string(until)));
                    end = until.end;
                }
                self.out.push_str(&line);
                self.end_line(end);
            }
            What::Item { name, body } => {
                let line = format!("item {}", self.string(*name));
                self.out.push_str(&line);
                match body {
                    Some(body) if self.is_empty(body) => self.end_line(body_end(body)),
                    Some(body) => self.body(body, indent),
                    None => self.end_line(name.end),
                }
            }
            What::Like(range) => {
                let line = format!("like {}", self.string(*range));
                self.out.push_str(&line);
                self.end_line(range.end);
            }
            What::Entry(range) => {
                let name = self.string(*range);
                self.out.push_str(&name);
                self.end_line(range.end);
            }
            What::Word(range) => {
                let word = self.slice(*range).to_owned();
                self.out.push_str(&word);
                self.end_line(range.end);
            }
            What::When(when) => {
                let subject: Vec<&str> =
                    self.slice(when.subject_range).split_whitespace().collect();
                let scope = when
                    .scope
                    .map_or_else(String::new, |scope| format!("{} ", scope.declaration().words()));
                let operand = self.word_or_string(when.operand);
                let line = format!(
                    "when {} {} {scope}{operand}",
                    subject.join(" "),
                    self.words(when.operator_range)
                );
                self.out.push_str(&line);
                self.end_line(when.operand.end);
            }
            What::Expect(expect) => self.expect(expect, indent),
        }
    }

    fn expect(&mut self, expect: &Expect, indent: usize) {
        let line =
            format!("expect {} {} ", self.slice(expect.path), self.words(expect.operator_range));
        self.out.push_str(&line);
        let end = self.inline_or_broken(&expect.value, indent);
        let (from, end) = match expect.from {
            None => (String::new(), end),
            Some(FromClause::Layer(range)) => (format!(" from {}", self.slice(range)), range.end),
            Some(FromClause::SessionPolicy(range)) => {
                (format!(" from session policy {}", self.string(range)), range.end)
            }
            Some(FromClause::GroupPolicy(range)) => {
                (format!(" from group policy {}", self.string(range)), range.end)
            }
        };
        self.out.push_str(&from);
        self.end_line(end);
    }

    /// Words, of which the source may separate several by any blanks.
    fn words(&self, range: Range) -> String {
        self.slice(range).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Prints a value and ends its line.
    fn value(&mut self, value: &Value, indent: usize) {
        if let Value::Custom { body, .. } = value {
            self.out.push_str("custom");
            self.body(body, indent);
            return;
        }
        let end = self.inline_or_broken(value, indent);
        self.end_line(end);
    }

    /// Prints a value on the line, or a list on several lines. Returns where it ends in the source.
    fn inline_or_broken(&mut self, value: &Value, indent: usize) -> u32 {
        let range = value.range();
        let inline = self.inline(value);
        let column = self.out.len() - self.out.rfind('\n').map_or(0, |at| at + 1);
        let fits = column + inline.chars().count() <= WIDTH && !self.has_comments(range);
        match value {
            Value::List(list) if !fits => self.broken(list, indent),
            Value::Strings { word, list } if !fits => {
                let word = self.slice(*word).to_owned();
                self.out.push_str(&word);
                self.out.push(' ');
                self.broken(list, indent);
            }
            _ => self.out.push_str(&inline),
        }
        range.end
    }

    /// Prints a list with one item per line.
    fn broken(&mut self, list: &List, indent: usize) {
        self.out.push('[');
        self.open_line(list_open(self.text, list));
        for item in &list.items {
            let range = self.item_range(item);
            self.line(range.start, indent + 2);
            match item {
                ListItem::Value(value) if self.has_comments(range) => {
                    self.inline_or_broken(value, indent + 2);
                }
                item => {
                    let text = self.item(item);
                    self.out.push_str(&text);
                }
            }
            self.out.push(',');
            self.end_line(range.end);
        }
        self.comments_before(list.range.end, indent + 2);
        self.out.push_str(&" ".repeat(indent));
        self.out.push(']');
    }

    fn item_range(&self, item: &ListItem) -> Range {
        match item {
            ListItem::Value(value) => value.range(),
            ListItem::User(member) | ListItem::DirectoryGroup(member) => member.range(),
        }
    }

    fn item(&self, item: &ListItem) -> String {
        match item {
            ListItem::Value(value) => self.inline(value),
            ListItem::User(member) => self.member("user", *member),
            ListItem::DirectoryGroup(member) => self.member("directory group", *member),
        }
    }

    fn member(&self, kind: &str, member: Member) -> String {
        let name = self.string(member.name);
        match member.until {
            Some(until) => format!("{kind} {name} until {}", self.word_or_string(until)),
            None => format!("{kind} {name}"),
        }
    }

    /// A value on one line.
    fn inline(&self, value: &Value) -> String {
        match value {
            Value::String(range) => self.string(*range),
            Value::NotDefined(_) => "not defined".into(),
            Value::Number(range) => self.number(*range),
            Value::Word(range) | Value::Date(range) | Value::Broken(range) => {
                self.slice(*range).to_owned()
            }
            Value::Strings { word, list } => {
                format!("{} {}", self.slice(*word), self.inline_list(list))
            }
            Value::With { names, .. } => {
                let names: Vec<String> = names.iter().map(|name| self.string(*name)).collect();
                format!("with {}", names.join(", "))
            }
            Value::List(list) => self.inline_list(list),
            Value::Custom { .. } => "custom".into(),
        }
    }

    fn inline_list(&self, list: &List) -> String {
        let items: Vec<String> = list.items.iter().map(|item| self.item(item)).collect();
        format!("[{}]", items.join(", "))
    }

    fn number(&self, range: Range) -> String {
        let written = self.slice(range);
        match (parse_duration(written), parse_integer(written)) {
            (Some(seconds), _) => duration(seconds),
            (None, Some(number)) => number.to_string(),
            (None, None) => written.to_owned(),
        }
    }

    fn word_or_string(&self, range: Range) -> String {
        if self.slice(range).starts_with(['"', '\'']) {
            self.string(range)
        } else {
            self.words(range)
        }
    }

    /// A string in canonical form. One with an invalid escape stays as it is. Characters that are
    /// invisible in a review are written as escapes.
    fn string(&self, range: Range) -> String {
        let raw = self.slice(range);
        unquote(raw).map_or_else(|_| raw.to_owned(), |text| quote(&text))
    }
}

/// Whether a comment belongs to the line that is being printed, by the text between them: nothing,
/// or the comma of a list, which may be on the next line.
fn stays_on_line(between: &str) -> bool {
    match between.trim() {
        "" => !between.contains('\n'),
        "," => !between.trim_end_matches([' ', '\t']).ends_with('\n'),
        _ => false,
    }
}

fn body_end(body: &Body) -> u32 {
    body.close.map_or(body.open.end, |close| close.end)
}

/// Where the bracket that opens a list ends.
fn list_open(text: &str, list: &List) -> u32 {
    let start = list.range.start as usize;
    let inner = &text[start..list.range.end as usize];
    (start + inner.find('[').map_or(0, |at| at + 1)) as u32
}
