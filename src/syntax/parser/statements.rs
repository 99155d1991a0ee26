//! Statements, each of which is a line or a line with a body.

use super::*;
use crate::syntax::pieces::{is_whole, pieces};

impl Builder<'_> {
    pub(super) fn statement(&mut self, pair: Pair<'_, Rule>) -> Option<Statement> {
        let mut range = errors::first_line(self.trimmed(&pair), self.text);
        let is_commented = self.text[range.start as usize..range.end as usize].contains('#');
        // Few lines have a comment, and looking for where it starts takes time.
        if is_commented {
            range = self.broken(&pair);
        }
        let rule = pair.as_rule();
        match rule {
            Rule::assignment | Rule::inner_assignment => {
                // Nearly every line begins with another word, which is seen at once.
                let line = &self.text[range.start as usize..];
                let may_be =
                    ["team", "jumpoint", "final"].iter().any(|word| line.starts_with(word));
                match may_be.then(|| self.membership_with_sign(range)).flatten() {
                    Some(membership) => Some(membership),
                    None => Some(self.assignment_like(range, pair.into_inner())),
                }
            }
            Rule::membership => Some(self.membership(range, pair.into_inner())),
            Rule::item_line => Some(self.item_line(range, pair.into_inner())),
            Rule::entry | Rule::bare_word | Rule::like => {
                let is_like = rule == Rule::like;
                let mut what = None;
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::like_word => {}
                        Rule::string if is_like => what = Some(What::Like(self.range(&part))),
                        Rule::string => what = Some(What::Entry(self.range(&part))),
                        Rule::word => what = Some(What::Word(self.range(&part))),
                        Rule::trailing => what = self.after_entry(part, what),
                        _ => self.after(part, "the statement ends before this"),
                    }
                }
                let range = match what {
                    Some(What::Word(word)) => word,
                    _ => range,
                };
                what.map(|what| Statement { range, is_final: None, what })
            }
            Rule::when => self.when(range, pair.into_inner()),
            Rule::expect => self.expect(range, pair.into_inner()),
            Rule::bad_statement => {
                let range = self.broken(&pair);
                if let Some(membership) = self.membership_with_sign(range) {
                    return Some(membership);
                }
                let (text, id, inside) = (self.text, self.id, self.inside);
                let is_order = inside == Some(DeclarationKind::OrderGroupPolicies);
                let make = || match is_order {
                    true => errors::bad_entry(text, id, range),
                    false => {
                        let found = errors::bad_statement(text, id, range);
                        let written = &text[range.start as usize..range.end as usize];
                        statement_as_meant(found, written, range.in_file(id))
                    }
                };
                let is_kept = self.findings.push_with(range.in_file(id), make);
                if is_order {
                    if let Some((_, name)) = errors::numbered_entry(text, range) {
                        return Some(Statement { range, is_final: None, what: What::Entry(name) });
                    }
                    // The order is not known then, and says nothing about what it lacks.
                    let what = What::Assign { path: range, value: Value::Broken(range) };
                    return Some(Statement { range, is_final: None, what });
                }
                if !is_kept {
                    return None;
                }
                if let Some(path) = errors::spaced_path(text, id, range) {
                    return Some(self.spaced(path, range));
                }
                // The path counts as set, so that it is not reported as missing too.
                let word = errors::leading_path(self.text, range)?;
                Some(Statement {
                    range,
                    is_final: None,
                    what: What::Assign { path: word, value: Value::Broken(range) },
                })
            }
            other => unexpected(other),
        }
    }

    /// Reports a membership with a `=` after its kind, and reads it without.
    fn membership_with_sign(&mut self, range: Range) -> Option<Statement> {
        let (found, sign) = errors::membership_with_sign(self.text, self.id, range)?;
        self.findings.push(found);
        let mut line = self.text[range.start as usize..range.end as usize].to_owned();
        let sign = (sign - range.start) as usize;
        line.replace_range(sign..sign + 1, " ");
        let pair = Grammar::parse(Rule::membership, &line).ok()?.next()?;
        let base = std::mem::replace(&mut self.base, range.start);
        let membership = self.membership(range, pair.into_inner());
        self.base = base;
        Some(membership)
    }

    /// Text after a string that a line begins with, which may be a path in quotes.
    fn after_entry(&mut self, pair: Pair<'_, Rule>, what: Option<What>) -> Option<What> {
        if let Some(What::Entry(string)) = what {
            let after = self.broken(&pair);
            if let Some(found) = errors::quoted_path(self.text, self.id, string, after) {
                self.findings.push(found);
                let path = Range { start: string.start + 1, end: string.end - 1 };
                return Some(What::Assign { path, value: Value::Broken(after) });
            }
        }
        self.after(pair, AFTER_VALUE);
        what
    }

    /// A line whose path has blanks between its words. Lowering may know which path is meant.
    fn spaced(&mut self, path: Range, range: Range) -> Statement {
        let written = &self.text[path.start as usize..path.end as usize];
        let last = written.rfind([' ', '\t']).map_or(0, |at| at + 1);
        let start = path.start + last as u32;
        let text = &self.text[start as usize..range.end as usize];
        // What goes on below has been given up as a whole.
        let is_line = !text.ends_with(['[', '{']);
        let pair = is_line.then(|| Grammar::parse(Rule::assignment, text).ok()?.next()).flatten();
        let base = std::mem::replace(&mut self.base, start);
        let read = pair.map(|pair| self.assignment_like(range, pair.into_inner()));
        self.base = base;
        let value = match read.map(|read| read.what) {
            Some(What::Assign { value, .. }) => value,
            _ => Value::Broken(range),
        };
        Statement { range, is_final: None, what: What::Assign { path, value } }
    }

    /// `final? path = value`, in each of its forms in the grammar.
    pub(super) fn assignment_like(&mut self, range: Range, parts: Pairs<'_, Rule>) -> Statement {
        let mut is_final = None;
        let mut path = range;
        let mut value = None;
        for part in parts {
            match part.as_rule() {
                Rule::final_mark => is_final = Some(self.trimmed(&part)),
                Rule::path => path = self.range(&part),
                Rule::custom => {
                    value = Some(Value::Custom {
                        word: self.range(&part),
                        body: Box::new(empty_body(range)),
                    })
                }
                Rule::inner_body | Rule::inline_custom => {
                    let inline = part.as_rule() == Rule::inline_custom;
                    if let Some(Value::Custom { word, body }) = &mut value {
                        **body =
                            if inline { self.inline_custom(part) } else { self.body(part, *word) };
                    }
                }
                Rule::bad_value => {
                    let at = self.broken(&part);
                    let (text, id) = (self.text, self.id);
                    self.findings.push_with(at.in_file(id), || bad_value(text, id, path, at));
                    value = Some(Value::Broken(at));
                }
                Rule::below => value = self.value_below(part, path),
                Rule::trailing => self.after_value(part, path, &mut value),
                Rule::closing_here => self.closing_here(&part),
                _ => value = Some(self.value(part)),
            }
        }
        let value = value.unwrap_or(Value::Broken(range));
        Statement { range, is_final, what: What::Assign { path, value } }
    }

    /// Reports a value on the line after its path, and reads it.
    fn value_below(&mut self, pair: Pair<'_, Rule>, path: Range) -> Option<Value> {
        let start = self.range(&pair).start;
        let value = pair.into_inner().next().map(|value| self.value(value))?;
        let before = self.text[..start as usize].trim_end_matches([' ', '\t']).len() as u32;
        let place = Range { start: before, end: value.range().start }.in_file(self.id);
        let path = &self.text[path.start as usize..path.end as usize];
        let message = format!("the value of `{path}` stands on another line");
        self.findings.push(
            Diagnostic::new(Code::UNEXPECTED, value.range().in_file(self.id), message)
                .help("write it on the line of its path")
                .fix_replace("move it to the line above", place, " "),
        );
        Some(value)
    }

    fn inline_custom(&mut self, pair: Pair<'_, Rule>) -> Body {
        let range = self.range(&pair);
        let statements = pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::inline_plain)
            .map(|part| {
                let range = self.trimmed(&part);
                self.assignment_like(range, part.into_inner())
            })
            .collect();
        Body { open: range, statements, close: Some(range) }
    }

    fn membership(&mut self, range: Range, parts: Pairs<'_, Rule>) -> Statement {
        let mut is_final = None;
        let mut kind = MembershipKind::Team;
        let (mut keyword, mut name, mut role) = (range, range, None);
        let (mut jump_policy, mut until) = (None, None);
        let mut next = Slot::Name;
        for part in parts {
            match part.as_rule() {
                Rule::final_mark => is_final = Some(self.trimmed(&part)),
                Rule::jump_group
                | Rule::team
                | Rule::jumpoint
                | Rule::vault_account_group
                | Rule::vault_account => {
                    keyword = self.range(&part);
                    kind = match part.as_rule() {
                        Rule::jump_group => MembershipKind::JumpGroup,
                        Rule::jumpoint => MembershipKind::Jumpoint,
                        Rule::vault_account_group => MembershipKind::VaultAccountGroup,
                        Rule::vault_account => MembershipKind::VaultAccount,
                        _ => MembershipKind::Team,
                    };
                }
                Rule::until => until = self.until(part),
                Rule::as_word => next = Slot::Role,
                Rule::with_word => next = Slot::Policy,
                Rule::string | Rule::word | Rule::default_role => {
                    let range = self.range(&part);
                    match next {
                        Slot::Name => name = range,
                        Slot::Role => role = Some(range),
                        Slot::Policy => jump_policy = Some(range),
                    }
                }
                Rule::trailing => {
                    let after = Range { start: name.end, end: self.broken(&part).end };
                    let after = self.without_blanks(after);
                    match errors::clauses(self.text, self.id, kind, after) {
                        Some((found, meant)) => {
                            self.findings.push(found);
                            (role, jump_policy, until) =
                                (meant.role, meant.jump_policy, meant.until);
                        }
                        None => self.after(part, "the membership ends before this"),
                    }
                }
                _ => self.after(part, "the membership ends before this"),
            }
        }
        let membership = Membership { kind, keyword, name, role, jump_policy, until };
        Statement { range, is_final, what: What::Membership(Box::new(membership)) }
    }

    fn without_blanks(&self, range: Range) -> Range {
        let text = &self.text[range.start as usize..range.end as usize];
        Range { start: range.end - text.trim_start().len() as u32, ..range }
    }

    /// `until 2026-12-31`: the place of the date.
    pub(super) fn until(&self, pair: Pair<'_, Rule>) -> Option<Range> {
        pair.into_inner().nth(1).map(|date| self.range(&date))
    }

    fn item_line(&mut self, range: Range, parts: Pairs<'_, Rule>) -> Statement {
        let mut name = range;
        let mut body = None;
        for part in parts {
            match part.as_rule() {
                Rule::string => name = self.range(&part),
                Rule::inner_body => body = Some(Box::new(self.body(part, name))),
                Rule::trailing | Rule::closing_here => {
                    self.after(part, "the item ends before this")
                }
                _ => {}
            }
        }
        Statement { range, is_final: None, what: What::Item { name, body } }
    }

    /// Reports text after something complete.
    pub(super) fn after(&mut self, pair: Pair<'_, Rule>, message: &str) {
        if pair.as_rule() == Rule::closing_here {
            return self.closing_here(&pair);
        }
        let range = self.broken(&pair);
        let (text, id) = (self.text, self.id);
        self.findings.push_with(range.in_file(id), || errors::trailing(text, id, range, message));
    }

    /// Reports a `}` at the end of a statement's line.
    fn closing_here(&mut self, pair: &Pair<'_, Rule>) {
        let start = self.range(pair).start;
        let before = start - trailing_blanks(&self.text[..start as usize]);
        let brace = Range { start, end: start + 1 };
        let line = self.text[..start as usize].rfind('\n').map_or(0, |at| at + 1);
        let indent = errors::indent_of(self.text, line);
        let outer = indent.strip_suffix("  ").unwrap_or("");
        let edit = Edit {
            span: Range { start: before, end: start }.in_file(self.id),
            replacement: format!("\n{outer}"),
        };
        self.findings.push(
            Diagnostic::new(
                Code::UNEXPECTED,
                brace.in_file(self.id),
                "unexpected `}` on the line of a statement",
            )
            .help("write the closing `}` on a line of its own")
            .fix_with(
                Applicability::safe_if(!self.goes_on_below(start, indent)),
                "move it to a line of its own",
                vec![edit],
            ),
        );
    }

    /// Whether the line after a place, blank ones and comments aside, looks like one of the same
    /// body, so that the body may not end at the place.
    fn goes_on_below(&self, from: u32, indent: &str) -> bool {
        let lines = self.text[from as usize..].split('\n').skip(1);
        let mut next =
            lines.filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
        next.next().is_some_and(|line| {
            let own = line.len() - line.trim_start().len();
            own > 0 && own >= indent.len() && !line.trim_start().starts_with('}')
        })
    }

    /// Reports text after a value, which may be a part of an invalid value.
    fn after_value(&mut self, pair: Pair<'_, Rule>, path: Range, value: &mut Option<Value>) {
        let range = self.broken(&pair);
        let (text, id) = (self.text, self.id);
        // In `view-only`, the text belongs to the word before it.
        // And so in `0.5h`, of which the `0` alone would mean something else.
        let rest = &text[range.start as usize..range.end as usize];
        let is_glued = |next: char| "-.".contains(next) || next.is_alphanumeric();
        let is_group =
            rest.starts_with(',') && rest[1..].starts_with(|next: char| next.is_ascii_digit());
        if let Some(Value::Word(word) | Value::Number(word)) = value
            && word.end == range.start
            && (rest.starts_with(is_glued) || is_group)
        {
            let whole = Range { start: word.start, end: range.end };
            self.findings.push_with(whole.in_file(id), || bad_value(text, id, path, whole));
            *value = Some(Value::Broken(whole));
            return;
        }
        if let Some(name) = self.name_after_kind(value, path, range) {
            *value = Some(name);
            return;
        }
        if let Some(words) = self.words(value, range) {
            *value = Some(words);
            return;
        }
        let takes_list = LISTS.contains(&&text[path.start as usize..path.end as usize]);
        let found =
            value.as_ref().and_then(|value| self.split_value(path, value, range, takes_list));
        if let Some((found, whole)) = found {
            self.findings.push(found);
            *value = Some(Value::Broken(whole));
            return;
        }
        let value = value.as_ref();
        // The text after an unclosed list has been reported together with the list.
        let reported = self.findings.last().is_some_and(|last| {
            last.code == Code::UNCLOSED_LIST
                && value.is_some_and(|value| value.range().start <= last.primary.span.start)
        });
        if !reported {
            self.findings
                .push_with(range.in_file(id), || errors::trailing(text, id, range, AFTER_VALUE));
        }
    }
}

impl Builder<'_> {
    /// Reports the kind of an object before its name: `owner = user "ann"`. Returns the name.
    fn name_after_kind(
        &mut self,
        value: &Option<Value>,
        path: Range,
        rest: Range,
    ) -> Option<Value> {
        let (text, id) = (self.text, self.id);
        let Some(Value::Word(word)) = value else { return None };
        let path = &text[path.start as usize..path.end as usize];
        let is_name = errors::takes_text(path) || path.starts_with("session_policy");
        let (_, string) = pieces(&text[rest.start as usize..rest.end as usize]).next()?;
        let name = Range { start: rest.start + string.start, end: rest.start + string.end };
        let kind = text[word.start as usize..name.start as usize].trim_end();
        let is_kind = DeclarationKind::find(kind).is_some() && name.end == rest.end;
        if !is_name || !is_kind || !is_whole(&text[name.start as usize..name.end as usize]) {
            return None;
        }
        let place = Range { start: word.start, end: name.start }.in_file(id);
        let message = format!("unexpected `{kind}` before a name");
        self.findings.push(
            Diagnostic::new(Code::UNEXPECTED, place, message)
                .help(format!("write the name alone after `{path} =`"))
                .fix_replace("write the name alone", place, ""),
        );
        Some(Value::String(name))
    }

    /// A word and those after it as one value, of which lowering says that it does not exist, and
    /// perhaps what is meant: `view only`.
    pub(super) fn words(&self, value: &Option<Value>, rest: Range) -> Option<Value> {
        const MAX: u32 = 100;
        let Some(Value::Word(word)) = value else { return None };
        let whole = Range { start: word.start, end: rest.end };
        let is_one = whole.end - whole.start <= MAX
            && is_words(&self.text[rest.start as usize..rest.end as usize]);
        is_one.then_some(Value::Word(whole))
    }

    /// A value that is one with the text after it: a list without brackets, or a number and its
    /// unit. Returns the finding about both, and their place.
    pub(super) fn split_value(
        &self,
        path: Range,
        value: &Value,
        rest: Range,
        takes_list: bool,
    ) -> Option<(Diagnostic, Range)> {
        let (text, id) = (self.text, self.id);
        let whole = Range { start: value.range().start, end: rest.end };
        if let Value::Number(number) = value {
            return Some((errors::unit_apart(text, id, path, *number, rest)?, whole));
        }
        let word = match value {
            Value::Word(word) => &text[word.start as usize..word.end as usize],
            Value::String(_) => "",
            _ => return None,
        };
        let (rule, start) = match word {
            _ if errors::strings_word(word).is_some() => (Rule::string_list, rest.start),
            _ => (Rule::list, whole.start),
        };
        let place = path;
        let path = &text[path.start as usize..path.end as usize];
        let written = &text[whole.start as usize..whole.end as usize];
        if errors::takes_text(path) && !word.is_empty() && errors::is_bare_text(written) {
            return Some((errors::bad_value(text, id, place, whole), whole));
        }
        if let Some(found) = nearly_strings(text, id, path, whole).filter(|_| !takes_list) {
            return Some((found, whole));
        }
        let takes_list = takes_list || rule == Rule::string_list;
        let items = Range { start, end: rest.end };
        let written = &text[items.start as usize..items.end as usize];
        let is_exact = rule == Rule::list || matches!(word, "only" | "except");
        if takes_list && is_exact && is_list(rule, written) {
            return Some((errors::no_brackets(text, id, path, whole, items), whole));
        }
        let found = (rule == Rule::string_list)
            .then(|| errors::bare_strings(text, id, path, whole, items))
            .flatten()?;
        Some((found, whole))
    }
}

/// The text after `path =` is not a value.
fn bad_value(text: &str, id: FileId, path: Range, at: Range) -> Diagnostic {
    let path_text = &text[path.start as usize..path.end as usize];
    if LISTS.contains(&path_text) {
        let written = &text[at.start as usize..at.end as usize];
        let items = written.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        return match items.filter(|items| is_list(Rule::list, items)) {
            Some(items) => errors::round_brackets(id, path_text, at, items),
            None => errors::bad_value(text, id, path, at),
        };
    }
    nearly_strings(text, id, path_text, at).unwrap_or_else(|| errors::bad_value(text, id, path, at))
}

fn nearly_strings(text: &str, id: FileId, path: &str, whole: Range) -> Option<Diagnostic> {
    errors::nearly_strings(text, id, path, whole, |items| is_list(Rule::string_list, items))
}

/// Whether a text is a word, or two or three: more are a sentence.
fn is_words(text: &str) -> bool {
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    // A decider after a value begins with `from`.
    words.by_ref().take(3).all(|word| is_word(word) && word != "from") && words.next().is_none()
}

const AFTER_VALUE: &str = "a statement ends after its value";

/// Paths that take a list of words or names.
const LISTS: [&str; 3] = ["members", "available", "allows"];

/// Whether a text would be a list if it had brackets. One that ends with a comma goes on elsewhere.
fn is_list(rule: Rule, items: &str) -> bool {
    let is_wrong = |pair: &Pair<'_, Rule>| {
        use Rule::{bad_list_item, empty_item, missing_comma, unclosed};
        matches!(pair.as_rule(), bad_list_item | empty_item | missing_comma | unclosed)
    };
    let list = format!("[{items}]");
    !items.ends_with(',')
        && Grammar::parse(rule, &list).is_ok_and(|mut pairs| {
            let whole = pairs.next().filter(|pair| pair.as_str().len() == list.len());
            whole.is_some_and(|pair| !pair.into_inner().any(|part| is_wrong(&part)))
        })
}

enum Slot {
    Name,
    Role,
    Policy,
}
