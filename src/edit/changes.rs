//! Changes of texts, by lines: what stands around them stays as it is.

use super::view::{Found, View};
use crate::diagnostic::{Applicability, Edit, Fix, fix};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::ast::{Body, List, ListItem, Range, Statement, Value, What};
use crate::syntax::pieces::{Piece, pieces};
use crate::syntax::{self, KnownTrees, printer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Replacements of parts of the texts. Whatever lies in a part that is removed goes with it.
#[derive(Default)]
pub(super) struct Changes {
    edits: Vec<Edit>,
    /// What whoever makes the edit should know.
    pub(super) notes: Vec<String>,
    /// Comments above removed lines that stay, since they may be about what follows as well.
    pub(super) left: Vec<Span>,
    /// Whether it declares an object, and does nothing else.
    pub(super) declares: bool,
    /// A policy file that there is none of yet, by its path and its text.
    pub(super) created: Option<(String, String)>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.created.is_none()
    }

    /// Whether parts that one of several changes replaces overlap with those of another one, or are
    /// at one place.
    pub(super) fn touch<'c>(several: impl Iterator<Item = &'c Changes>) -> bool {
        let spans = several.enumerate().flat_map(|(at, changes)| {
            changes.edits.iter().map(move |edit| {
                (edit.span.file, edit.span.start, edit.span.end, at, changes.declares)
            })
        });
        let mut spans: Vec<_> = spans.collect();
        spans.sort_unstable();
        let mut last: Option<(FileId, u32, u32, usize, bool)> = None;
        for span in spans {
            if let Some((file, start, end, at, declares)) = last
                && at != span.3
                && file == span.0
                && (span.1 < end || span.1 == start)
                // New objects come one behind the other.
                && !(declares && span.4 && start == span.2)
            {
                return true;
            }
            last = match last {
                Some(before) if before.0 == span.0 && before.2 > span.2 => Some(before),
                _ => Some(span),
            };
        }
        false
    }

    /// Takes in changes that do not touch these.
    pub(super) fn join(&mut self, other: Changes) {
        self.edits.extend(other.edits);
        self.created = self.created.take().or(other.created);
    }

    /// Replaces a part by a text.
    pub(super) fn replace(&mut self, span: Span, text: impl Into<String>) {
        self.edits.push(Edit { span, replacement: text.into() });
    }

    /// Inserts a text.
    pub(super) fn insert(&mut self, file: FileId, at: u32, text: impl Into<String>) {
        self.replace(Span { file, start: at, end: at }, text);
    }

    /// Removes a part.
    pub(super) fn remove(&mut self, file: FileId, start: u32, end: u32) {
        self.replace(Span { file, start, end }, "");
    }

    /// Removes the lines of a part. A blank line after them goes too where one stands before them,
    /// and so do comments directly before them that can be about nothing else.
    pub(super) fn remove_lines(&mut self, view: &View<'_>, file: FileId, start: u32, end: u32) {
        let text = &view.file(file).text;
        let mut last = next_line(text, end);
        let first = self.with_comments(text, file, line_start(text, start), last);
        if is_blank_line(text, last) && (first == 0 || is_blank_before(text, first)) {
            last = next_line(text, last);
        }
        self.remove(file, first, last);
    }

    /// Where lines begin together with their own comments. Other comments directly before them stay,
    /// and are noted.
    pub(super) fn with_comments(&mut self, text: &str, file: FileId, first: u32, last: u32) -> u32 {
        let comments = comments_before(text, first, |_| true);
        let first = with_own_comments(text, first, last);
        if comments < first {
            self.left.push(Span { file, start: comments, end: first });
        }
        first
    }

    /// Inserts a line into the body of an object, after a statement of it or as the first one.
    pub(super) fn insert_line(
        &mut self,
        view: &View<'_>,
        found: &Found<'_>,
        after: Option<&Statement>,
        line: &str,
    ) {
        let text = &view.file(found.file).text;
        let outer = indent(text, found.start);
        let unit = indent_unit(text);
        let Some(body) = found.body else {
            self.insert(found.file, found.header_end, " {");
            let rest = next_line(text, found.header_end);
            let end = if text[..rest as usize].ends_with('\n') { "" } else { "\n" };
            let line = laid_out(line, &format!("{outer}{unit}"), unit);
            self.insert(found.file, rest, format!("{end}{outer}{unit}{line}\n{outer}}}\n"));
            return;
        };
        let first = body.statements.first();
        let inner =
            first.map_or(format!("{outer}{unit}"), |line| indent(text, line.range.start).into());
        let line = laid_out(line, &inner, unit);
        if after.is_none() && is_on_one_line(text, body) {
            self.insert(found.file, body.open.end, format!("\n{inner}{line}\n{outer}"));
            return;
        }
        let place = after.map_or(body.open.end, end_of);
        self.insert(found.file, next_line(text, place), format!("{inner}{line}\n"));
    }

    /// Replaces a statement by a line. Comments within it come before it.
    pub(super) fn replace_statement(
        &mut self,
        view: &View<'_>,
        file: FileId,
        statement: &Statement,
        line: &str,
    ) {
        let text = &view.file(file).text;
        let (start, end) = (statement.range.start, end_of(statement));
        let inner = &text[start as usize..end as usize];
        let indent = indent(text, start);
        let comments = pieces(inner).filter(|(piece, _)| *piece == Piece::Comment);
        let kept: String = comments
            .map(|(_, at)| format!("{}\n{indent}", &inner[at.start as usize..at.end as usize]))
            .collect();
        let line = laid_out(line, indent, indent_unit(text));
        self.replace(Span { file, start, end }, format!("{kept}{line}"));
    }

    /// Adds an item to a list: at its place in a list that is sorted, else behind one of its items,
    /// or at the end.
    pub(super) fn insert_item(
        &mut self,
        view: &View<'_>,
        file: FileId,
        list: &List,
        behind: Option<usize>,
        item: &str,
    ) {
        let text = &view.file(file).text;
        let behind = behind.or(list.items.len().checked_sub(1));
        let at = match sorted_place(text, list, item) {
            Some(0) => return self.insert_first(view, file, list, item),
            Some(place) => Some(place - 1),
            None => behind,
        };
        let Some(at) = at else {
            let close = list.range.end - 1;
            return self.insert(file, close, item);
        };
        let place = place_of(text, &list.items[at]);
        let is_last = at + 1 == list.items.len();
        let comma = comma_after(text, place.end);
        if !stands_alone(text, place) {
            return match (is_last, comma) {
                (true, Some(comma)) => self.insert(file, comma, format!(" {item},")),
                _ => self.insert(file, place.end, format!(", {item}")),
            };
        }
        if comma.is_none() {
            self.insert(file, place.end, ",");
        }
        let indent = indent(text, place.start);
        let line_end = next_line(text, comma.unwrap_or(place.end));
        self.insert(file, line_end, format!("{indent}{item},\n"));
    }

    /// Adds an item at the start of a list that has some.
    fn insert_first(&mut self, view: &View<'_>, file: FileId, list: &List, item: &str) {
        let text = &view.file(file).text;
        let first = place_of(text, &list.items[0]);
        if !stands_alone(text, first) {
            return self.insert(file, first.start, format!("{item}, "));
        }
        let last = next_line(text, comma_after(text, first.end).unwrap_or(first.end));
        let at = with_own_comments(text, line_start(text, first.start), last);
        self.insert(file, at, format!("{}{item},\n", indent(text, first.start)));
    }

    /// Removes items of a list.
    pub(super) fn remove_items(
        &mut self,
        view: &View<'_>,
        file: FileId,
        list: &List,
        gone: &[usize],
    ) {
        let text = &view.file(file).text;
        for &at in gone {
            let place = place_of(text, &list.items[at]);
            let comma = comma_after(text, place.end);
            if stands_alone(text, place) {
                let last = next_line(text, comma.unwrap_or(place.end));
                let first = self.with_comments(text, file, line_start(text, place.start), last);
                self.remove(file, first, last);
                continue;
            }
            let next = list.items.get(at + 1).map(|item| place_of(text, item));
            let kept_before = (0..at).rev().find(|before| !gone.contains(before));
            let before = kept_before.map(|before| place_of(text, &list.items[before]).end);
            let kept_after = (at + 1..list.items.len()).any(|after| !gone.contains(&after));
            // What stands between items on lines of their own, and every comment, stays.
            let is_bare =
                |start: u32, end: u32| !text[start as usize..end as usize].contains(['#', '\n']);
            match (next, before) {
                (Some(next), _) if kept_after && is_bare(place.end, next.start) => {
                    self.remove(file, place.start, next.start);
                }
                (_, Some(before)) if !kept_after && is_bare(before, place.start) => {
                    self.remove(file, before, place.end);
                }
                _ => {
                    self.remove(file, place.start, place.end);
                    if let Some(comma) = comma {
                        self.remove(file, comma - 1, comma);
                    }
                }
            }
        }
    }

    /// The new texts of the files, by their paths. A file in canonical layout stays in it.
    pub(super) fn texts(
        self,
        view: &View<'_>,
        layouts: &mut Layouts,
        known: &mut KnownTrees,
    ) -> BTreeMap<String, String> {
        let fix = Fix {
            message: String::new(),
            edits: apart(self.edits),
            applicability: Applicability::Safe,
        };
        let texts = fix::apply(&[&fix], &view.sources).into_iter();
        let of_file = |(id, text): (FileId, String)| {
            let before = view.file(id);
            let was_canonical = layouts.is_canonical(&before.path, || {
                let tree = view.tree(id);
                tree.is_some_and(|tree| printer::print(tree, before) == lines_of(&before.text))
            });
            let text = if was_canonical { canonical(id, before, text, known) } else { text };
            (before.path.clone(), text)
        };
        texts.map(of_file).collect()
    }
}

/// How many items of a sorted list come before a new one; `None` for a list in another order.
fn sorted_place(text: &str, list: &List, item: &str) -> Option<usize> {
    let items: Vec<&str> = list
        .items
        .iter()
        .map(|item| place_of(text, item))
        .map(|place| &text[place.start as usize..place.end as usize])
        .collect();
    // Two items are in order by chance.
    (items.len() > 2 && items.is_sorted()).then(|| items.partition_point(|other| *other < item))
}

/// Which files are in canonical layout, by their paths. An edit leaves that as it is.
#[derive(Default)]
pub(super) struct Layouts(BTreeMap<String, bool>);

impl Layouts {
    fn is_canonical(&mut self, path: &str, find_out: impl FnOnce() -> bool) -> bool {
        if let Some(known) = self.0.get(path) {
            return *known;
        }
        let found = find_out();
        self.0.insert(path.to_owned(), found);
        found
    }
}

/// A text with LF at the ends of its lines, as the printer writes them.
fn lines_of(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").into() } else { text.into() }
}

/// A text in canonical layout, unless it has an error, which is told when it is compiled. A text
/// that is in it already is not parsed again by the next edit.
fn canonical(id: FileId, before: &SourceFile, text: String, known: &mut KnownTrees) -> String {
    let file = SourceFile::new("", text);
    let (tree, findings) = syntax::parse(id, &file);
    if !findings.is_empty() {
        return file.text;
    }
    let printed = before.with_line_ends(&printer::print(&tree, &file)).into_owned();
    if printed == file.text {
        known.add(id, &file.text, tree);
    }
    printed
}

/// The edits in order, none of which touches another: those within a part that is removed are left
/// out, and parts that overlap are removed as one.
fn apart(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.span.file, edit.span.start, std::cmp::Reverse(edit.span.end)));
    let mut kept: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match kept.last_mut() {
            Some(last) if last.span.file == edit.span.file && edit.span.start < last.span.end => {
                last.span.end = last.span.end.max(edit.span.end);
            }
            _ => kept.push(edit),
        }
    }
    kept
}

/// Where a statement ends, its body or list included.
pub(super) fn end_of(statement: &Statement) -> u32 {
    let value_end = match &statement.what {
        What::Assign { value, .. } => match value {
            Value::Custom { body, .. } => end_of_body(body),
            value => value.range().end,
        },
        What::Item { body: Some(body), .. } => end_of_body(body),
        _ => 0,
    };
    statement.range.end.max(value_end)
}

fn end_of_body(body: &Body) -> u32 {
    body.close.map_or(body.open.end, |close| close.end)
}

/// The place of an item of a list, with the words before a name.
fn place_of(text: &str, item: &ListItem) -> Range {
    let (member, words): (_, &[&str]) = match item {
        ListItem::Value(value) => return value.range(),
        ListItem::User(member) => (member, &["user"]),
        ListItem::DirectoryGroup(member) => (member, &["group", "directory"]),
    };
    let before = &text[..member.name.start as usize];
    let start = words.iter().try_fold(before, |before, word| before.trim_end().strip_suffix(word));
    Range { start: start.map_or(member.name.start, |start| start.len() as u32), ..member.range() }
}

/// The first byte of the line of a place.
pub(super) fn line_start(text: &str, at: u32) -> u32 {
    text[..at as usize].rfind('\n').map_or(0, |end| end as u32 + 1)
}

/// The first byte of the next line, or the end of the text.
pub(super) fn next_line(text: &str, at: u32) -> u32 {
    text[at as usize..].find('\n').map_or(text.len() as u32, |end| at + end as u32 + 1)
}

/// The blanks at the start of the line of a place.
pub(super) fn indent(text: &str, at: u32) -> &str {
    let line = &text[line_start(text, at) as usize..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// What lines of a body are indented by: as the first one that stands in a body is, or two spaces.
pub(super) fn indent_unit(text: &str) -> &str {
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let pairs = text.lines().zip(text.lines().skip(1));
    let unit =
        pairs.filter(|(above, _)| above.trim_end().ends_with('{')).find_map(|(above, line)| {
            let unit = line[..blanks(line)].strip_prefix(&above[..blanks(above)])?;
            (!unit.is_empty() && !line.trim().is_empty()).then_some(unit)
        });
    unit.unwrap_or(INDENT)
}

/// What the rows of a new line are indented by.
pub(super) const INDENT: &str = "  ";

/// A line of several rows, in the layout of a file. The first row has its indent already.
pub(super) fn laid_out(line: &str, indent: &str, unit: &str) -> String {
    let row = |row: &str| {
        let bare = row.trim_start_matches(INDENT);
        let depth = (row.len() - bare.len()) / INDENT.len();
        format!("{indent}{}{bare}", unit.repeat(depth))
    };
    let rows = line.split('\n').enumerate();
    let rows = rows.map(|(at, text)| if at == 0 { text.to_owned() } else { row(text) });
    rows.collect::<Vec<_>>().join("\n")
}

/// The first byte of the line before the one that begins at a place.
fn before(text: &str, line: u32) -> u32 {
    line_start(text, line.saturating_sub(1))
}

fn line_at(text: &str, start: u32) -> Option<&str> {
    let rest = &text[start as usize..];
    (!rest.is_empty()).then(|| rest.split('\n').next().unwrap_or_default().trim())
}

fn is_blank_line(text: &str, start: u32) -> bool {
    line_at(text, start).is_some_and(str::is_empty)
}

/// Whether the line before the one that begins at a place is blank.
pub(super) fn is_blank_before(text: &str, line: u32) -> bool {
    is_blank_line(text, before(text, line))
}

/// Where the comments of a kind begin that stand directly before a line, each on a line of its own.
pub(super) fn comments_before(text: &str, line: u32, is_it: impl Fn(&str) -> bool) -> u32 {
    let mut first = line;
    while first > 0 {
        let above = before(text, first);
        if !line_at(text, above).is_some_and(|line| line.starts_with('#') && is_it(line)) {
            break;
        }
        first = above;
    }
    first
}

/// Where lines begin together with the comments directly before them, if these can be about nothing
/// else: another line would follow them directly. A suppression is about the next line alone.
pub(super) fn with_own_comments(text: &str, first: u32, last: u32) -> u32 {
    if is_gap(text, last) {
        return comments_before(text, first, |_| true);
    }
    comments_before(text, first, |line| {
        line.trim_start_matches('#').trim_start().starts_with("allow(")
    })
}

/// Whether nothing begins at a line that comments before it could be about: it is blank, or the end
/// of the text, a body or a list, or has a comment of its own.
fn is_gap(text: &str, line: u32) -> bool {
    line_at(text, line).is_none_or(|line| line.is_empty() || line.starts_with(['}', ']', '#']))
}

fn is_on_one_line(text: &str, body: &Body) -> bool {
    let close = body.close.map_or(body.open.end, |close| close.start);
    !text[body.open.end as usize..close as usize].contains('\n')
}

/// Where the comma after an item ends, if it has one. Comments may stand before it.
fn comma_after(text: &str, end: u32) -> Option<u32> {
    let mut at = end as usize;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        match text[at..].chars().next()? {
            ',' => return Some(at as u32 + 1),
            '#' => at = next_line(text, at as u32) as usize,
            _ => return None,
        }
    }
}

/// Whether nothing else of a list stands on the lines of an item.
fn stands_alone(text: &str, place: Range) -> bool {
    let before = &text[line_start(text, place.start) as usize..place.start as usize];
    let after = &text[place.end as usize..next_line(text, place.end) as usize];
    let after = after.trim_start();
    let after = after.strip_prefix(',').unwrap_or(after).trim_start();
    before.trim().is_empty() && (after.is_empty() || after.starts_with('#'))
}
