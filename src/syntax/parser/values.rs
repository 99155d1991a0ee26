//! Values, lists and operators.

use super::super::ast::*;
use super::super::errors;
use super::{Builder, Rule, unexpected};
use pest::iterators::Pair;

impl Builder<'_> {
    pub(super) fn operator(&self, rule: Rule) -> Option<Operator> {
        Some(match rule {
            Rule::equal => Operator::Equal,
            Rule::not_equal => Operator::NotEqual,
            Rule::at_most => Operator::AtMost,
            Rule::at_least => Operator::AtLeast,
            Rule::in_word => Operator::In,
            Rule::not_in => Operator::NotIn,
            _ => return None,
        })
    }

    pub(super) fn value(&mut self, pair: Pair<'_, Rule>) -> Value {
        let range = self.range(&pair);
        match pair.as_rule() {
            Rule::string => Value::String(range),
            Rule::word => Value::Word(range),
            Rule::number => Value::Number(range),
            Rule::date => Value::Date(range),
            Rule::not_defined => Value::NotDefined(range),
            Rule::with_names | Rule::with_name => {
                let names = pair.into_inner().filter(|part| part.as_rule() == Rule::string);
                Value::With { range, names: names.map(|name| self.range(&name)).collect() }
            }
            Rule::list => {
                self.list(pair).map_or(Value::Broken(range), |list| Value::List(Box::new(list)))
            }
            Rule::strings | Rule::list_strings => {
                let mut word = range;
                let mut list = List { range, items: Vec::new() };
                if pair.as_rule() == Rule::list_strings {
                    list.range = range;
                    for part in pair.into_inner() {
                        match part.as_rule() {
                            Rule::strings_word => word = self.range(&part),
                            Rule::string => {
                                list.items.push(ListItem::Value(Value::String(self.range(&part))))
                            }
                            _ => {}
                        }
                    }
                    list.range.start = word.end;
                } else {
                    for part in pair.into_inner() {
                        match part.as_rule() {
                            Rule::strings_word => word = self.range(&part),
                            _ => match self.list(part) {
                                Some(found) => list = found,
                                None => return Value::Broken(range),
                            },
                        }
                    }
                }
                Value::Strings { word, list: Box::new(list) }
            }
            other => unexpected(other),
        }
    }

    /// `user "a" until 2026-12-31`
    fn member(&self, pair: Pair<'_, Rule>) -> Option<Member> {
        let mut parts = pair.into_inner().skip(1);
        let name = self.range(&parts.next()?);
        Some(Member { name, until: parts.next().and_then(|until| self.until(until)) })
    }

    /// A list, or `None` if it is not closed, since its items are not known then.
    fn list(&mut self, pair: Pair<'_, Rule>) -> Option<List> {
        let only_strings = pair.as_rule() == Rule::string_list;
        let mut range = self.range(&pair);
        let mut items = Vec::new();
        let mut open = range;
        let mut closed = true;
        // Where the last item ends.
        let mut last = range.start;
        // Whether a finding speaks of the next part, too.
        let mut is_told = false;
        for part in pair.into_inner() {
            let at = self.range(&part);
            if !matches!(part.as_rule(), Rule::unclosed | Rule::missing_comma | Rule::empty_item) {
                last = at.end;
            }
            // After an unterminated string, the rest of the line is not worth a second finding.
            let is_wrong = matches!(part.as_rule(), Rule::missing_comma | Rule::bad_list_item);
            if is_wrong && let Some(found) = errors::unterminated_on_line(self.text, self.id, at) {
                self.findings.push(found);
                return None;
            }
            if part.as_rule() == Rule::missing_comma
                && let Some(found) = errors::shifted_quotes(self.text, self.id, last, at.start)
            {
                self.findings.push(found);
                return None;
            }
            if std::mem::take(&mut is_told) && is_wrong {
                items.push(ListItem::Value(Value::Broken(at)));
                continue;
            }
            match part.as_rule() {
                Rule::open_bracket => open = at,
                Rule::close_bracket => range.end = at.end,
                Rule::wrong_close => {
                    range.end = at.end;
                    self.findings.push(errors::wrong_close(self.text, self.id, open, at));
                }
                Rule::member_user => items.extend(self.member(part).map(ListItem::User)),
                Rule::member_group => items.extend(self.member(part).map(ListItem::DirectoryGroup)),
                Rule::unclosed => {
                    closed = false;
                    let found = errors::unclosed_list(self.id, open, last, items.is_empty());
                    self.findings.push(found);
                }
                Rule::empty_item => {
                    let (text, id) = (self.text, self.id);
                    self.findings.push_with(at.in_file(id), || errors::empty_item(text, id, at));
                }
                Rule::missing_comma => {
                    // Behind the item, and not behind a comment that follows it.
                    let place = Range { start: last, end: last };
                    let (text, id) = (self.text, self.id);
                    is_told = errors::is_no_item(text, at.start);
                    self.findings.push_with(at.in_file(id), || {
                        errors::missing_comma(text, id, place, at.start)
                    });
                }
                Rule::bad_list_item => {
                    let at = self.broken(&part);
                    last = at.end;
                    let (text, id) = (self.text, self.id);
                    is_told = errors::has_sign(text, at);
                    let make = match only_strings {
                        true => errors::bad_string,
                        false => errors::bad_list_item,
                    };
                    self.findings.push_with(at.in_file(id), || make(text, id, at));
                    items.push(ListItem::Value(Value::Broken(at)));
                }
                _ => items.push(ListItem::Value(self.value(part))),
            }
        }
        items.shrink_to_fit();
        closed.then_some(List { range, items })
    }
}
