//! The types and values of a profile file.

use super::EntryKind;
use super::read::Loader;
use super::types::{MAX_WORDS, Order, Type};
use super::value::{Strings, Value};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::text;
use crate::toml_text::{self, Table};

impl Loader {
    pub(super) fn ty(&mut self, table: &Table<'_>, whole: Span) -> Option<Type> {
        let id = self.required(table, "type", whole)?;
        let knows = |key: &str| match key {
            "values" => matches!(&*id, "choice" | "duration"),
            "order" => matches!(&*id, "choice" | "duration" | "switch"),
            _ => matches!(&*id, "set" | "filter"),
        };
        for key in ["values", "order", "entries"] {
            if !knows(key)
                && let Some(value) = table.get(key)
            {
                let span = self.reader.span(value);
                self.reader.key_error(
                    span,
                    format!("a {} has no `{key}`", text::escape_control_chars(&id)),
                );
            }
        }
        match &*id {
            "switch" => Some(Type::Switch { reversed: self.is_reversed(table)? }),
            "set" => Some(Type::Set { entries: self.entry_kind(table)? }),
            "filter" => Some(Type::Filter { entries: self.entry_kind(table)? }),
            "role" => Some(Type::Role),
            "integer" => Some(Type::Integer { range: self.range(table, text::parse_integer) }),
            "choice" => {
                let (words, order) = self.words_and_order(table, whole, false)?;
                if words.is_empty() {
                    self.reader.key_error(whole, "a choice needs `values`");
                    return None;
                }
                Some(Type::Choice { words, order })
            }
            "duration" => {
                let (words, order) = self.words_and_order(table, whole, true)?;
                Some(Type::Duration {
                    words,
                    order,
                    range: self.range(table, text::parse_duration),
                })
            }
            other => {
                let span = self.span_of(table, "type", whole);
                self.reader
                    .value_error(
                        span,
                        format!("unknown type `{}`", text::escape_control_chars(other)),
                    )
                    .help = Some(
                    "the types are `switch`, `choice`, `set`, `filter`, `duration`, \
                     `integer` and `role`"
                        .into(),
                );
                None
            }
        }
    }

    /// Whether the order of a switch is turned round.
    fn is_reversed(&mut self, table: &Table<'_>) -> Option<bool> {
        let Some(value) = table.get("order") else { return Some(false) };
        let words = |value: &toml_text::Value<'_>| match value {
            toml_text::Value::Array(words) => words
                .iter()
                .map(|word| word.get_ref().as_str().map(str::to_owned))
                .collect::<Option<Vec<String>>>(),
            _ => None,
        };
        let chains = match value.get_ref() {
            toml_text::Value::Array(chains) => {
                chains.iter().map(|chain| words(chain.get_ref())).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        let ascending = |first: &str, last: &str| {
            chains.as_deref() == Some(&[vec![first.to_owned(), last.to_owned()]])
        };
        if ascending("allow", "deny") {
            return Some(true);
        }
        let is_usual =
            matches!(value.get_ref(), toml_text::Value::String(text) if &**text == "chain");
        if is_usual || ascending("deny", "allow") {
            return Some(false);
        }
        let span = self.reader.span(value);
        self.reader.value_error(span, "invalid order of a switch").help = Some(
            "leave it out, or write `order = [[\"allow\", \"deny\"]]` if `deny` is the more \
             privileged value"
                .into(),
        );
        None
    }

    /// What the entries of a set or filter are.
    fn entry_kind(&mut self, table: &Table<'_>) -> Option<EntryKind> {
        let Some(value) = table.get("entries") else { return Some(EntryKind::Text) };
        let span = self.reader.span(value);
        let written = self.reader.string(value)?;
        let found = EntryKind::find(written);
        if found.is_none() {
            let message =
                format!("unknown kind of entries `{}`", text::escape_control_chars(written));
            let known = EntryKind::ALL.map(|kind| format!("`{}`", kind.id())).join(", ");
            self.reader.value_error(span, message).help = Some(format!("expected one of {known}"));
        }
        found
    }

    fn range(&mut self, table: &Table<'_>, parse: fn(&str) -> Option<u64>) -> Option<(u64, u64)> {
        let value = table.get("range")?;
        let span = self.reader.span(value);
        let bounds: Vec<Option<u64>> =
            self.reader.strings(value).into_iter().map(|(_, text)| parse(text)).collect();
        match bounds[..] {
            [Some(low), Some(high)] if low <= high => Some((low, high)),
            _ => {
                let help = "write `range = [\"5s\", \"10m\"]`, or `range = [\"1\", \"10\"]` for an \
                            integer";
                self.reader.value_error(span, "expected two strings, the lower bound first").help =
                    Some(help.into());
                None
            }
        }
    }

    fn words_and_order(
        &mut self,
        table: &Table<'_>,
        whole: Span,
        durations: bool,
    ) -> Option<(Vec<String>, Order)> {
        let written =
            table.get("values").map(|value| self.reader.strings(value)).unwrap_or_default();
        if written.len() > MAX_WORDS {
            let span = self.span_of(table, "values", whole);
            self.reader
                .value_error(span, format!("too many values: at most {MAX_WORDS} are supported"));
            return None;
        }
        let mut words: Vec<String> = Vec::new();
        for (span, word) in written {
            let seconds = durations.then(|| text::parse_duration(word)).flatten();
            if seconds.is_none() {
                self.identifier(word, span);
            }
            let word = seconds.map_or_else(|| word.to_owned(), text::duration);
            if words.contains(&word) {
                self.reader.value_error(
                    span,
                    format!("`{}` is listed twice", text::escape_control_chars(&word)),
                );
            } else {
                words.push(word);
            }
        }
        let Some(order) = table.get("order") else {
            if !words.is_empty() {
                self.reader.key_error(whole, "missing key `order`").help = Some(
                    "write `order = \"chain\"` if the values ascend as listed, `order = \
                     \"none\"`, or a list of ascending chains"
                        .into(),
                );
            }
            return Some((words, Order::default()));
        };
        let mut pairs = Vec::new();
        match order.get_ref() {
            toml_text::Value::String(text) if &**text == "chain" => {
                pairs.extend((1..words.len() as u16).map(|high| (high - 1, high)));
            }
            toml_text::Value::String(text) if &**text == "none" => {}
            toml_text::Value::Array(chains) => {
                for chain in chains.iter() {
                    let chain: Vec<u16> = self
                        .reader
                        .strings(chain)
                        .into_iter()
                        .filter_map(|(span, word)| {
                            let position = words.iter().position(|known| known == word);
                            if position.is_none() {
                                self.reader.value_error(
                                    span,
                                    format!(
                                        "`{}` is not among the values",
                                        text::escape_control_chars(word)
                                    ),
                                );
                            }
                            position.map(|at| at as u16)
                        })
                        .collect();
                    pairs.extend(chain.windows(2).map(|pair| (pair[0], pair[1])));
                }
            }
            _ => {
                let span = self.reader.span(order);
                self.reader.value_error(
                    span,
                    "expected `\"chain\"`, `\"none\"`, or a list of ascending chains",
                );
            }
        }
        let order_span = self.reader.span(order);
        let order = Order::new(pairs);
        if order.has_cycle() {
            self.reader.push(
                Diagnostic::new(Code::PROFILE_BROKEN, order_span, "this order is cyclic")
                    .help("a value cannot be both above and below another"),
            );
        }
        Some((words, order))
    }

    /// Types the canonical text of a value.
    pub(super) fn value_of(&mut self, ty: &Type, written: &str, span: Span) -> Option<Value> {
        let number = || {
            let number = match ty {
                Type::Duration { .. } => text::parse_duration(written).map(Value::Duration),
                Type::Integer { .. } => text::parse_integer(written).map(Value::Integer),
                _ => None,
            };
            number.filter(|number| ty.holds(number))
        };
        let empty =
            |prefix: &str| written.strip_prefix(prefix).is_some_and(|rest| rest.trim() == "[]");
        let value = ty.word(written).or_else(number).or_else(|| match ty {
            Type::Set { .. } | Type::Filter { .. } if empty("only") => {
                Some(Value::Strings(Strings::Only(Vec::new())))
            }
            _ => None,
        });
        if value.is_none() {
            self.reader
                .value_error(
                    span,
                    format!(
                        "invalid value `{}` for this type",
                        text::escape_control_chars(written)
                    ),
                )
                .help = Some(format!("expected {}", ty.expected()));
        }
        value
    }
}
