//! Values of lines whose type the language itself fixes, such as `id` or `members`, that are of
//! another type.

use super::Lower;
use super::statements::with_date;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::FileId;
use crate::syntax::ast::{Range, Value};
use crate::text::{self, escape_control_chars};

/// How long an item may be that a help shows.
const MAX_SHOWN: usize = 80;

impl Lower<'_> {
    pub(super) fn wrong_type<T>(
        &mut self,
        file: FileId,
        path: Range,
        value: &Value,
        expected: &str,
    ) -> Option<T> {
        let found = match value {
            Value::String(range) if self.is_in_other_marks(range.in_file(file)) => return None,
            Value::String(_) => "a string",
            Value::Word(_) => "a word",
            Value::Number(_) => "a number or duration",
            Value::Date(_) => "a date",
            Value::NotDefined(_) => "`not defined`",
            Value::Strings { .. } => "a set of strings",
            Value::With { .. } => "jump policies",
            Value::List(_) => "a list",
            Value::Custom { .. } => "a `custom` body",
            Value::Broken(_) => return None,
        };
        let path = self.text(file, path);
        let message = format!("expected {expected} for `{path}`, found {found}");
        let mut finding = Diagnostic::new(Code::WRONG_TYPE, value.range().in_file(file), message);
        if let (Value::String(range), true) = (value, expected.starts_with("a date")) {
            let written = self.text(file, *range);
            finding = with_date(finding, range.in_file(file), written);
            self.findings.push(finding);
            return None;
        }
        if let (Value::Word(range) | Value::Number(range) | Value::Date(range), true) =
            (value, expected.contains("in quotes"))
        {
            let word = self.text(file, *range);
            finding = finding.help(format!("write `{path} = \"{word}\"`")).fix_replace(
                "put it in quotes",
                range.in_file(file),
                format!("\"{word}\""),
            );
        } else if let Some(number) = self.number_in_quotes(file, value, expected) {
            let range = value.range().in_file(file);
            finding = finding.help("numbers are written without quotes").fix_replace(
                format!("write `{number}`"),
                range,
                number,
            );
        } else if let Some(list) = self.in_brackets(file, value, expected) {
            let shown = escape_control_chars(&list);
            let help = format!("a list stands in square brackets: write `{shown}`");
            let range = value.range().in_file(file);
            finding = finding.help(help).fix_replace("add the brackets", range, list);
        } else if expected.contains(" after `") {
            finding = finding.help(format!("write {expected}"));
        } else {
            finding = finding.help(format!("write {expected} after `{path} =`"));
        }
        self.findings.push(finding);
        None
    }

    /// The number that a string consists of, where a number is expected.
    fn number_in_quotes(&self, file: FileId, value: &Value, expected: &str) -> Option<String> {
        let Value::String(range) = value else { return None };
        let content = self.text(file, *range).trim_matches(['"', '\'']);
        let is_number = text::parse_integer(content).is_some();
        (is_number && expected.starts_with("a number ")).then(|| content.to_owned())
    }

    /// The list of one item, where an item of the expected list stands without brackets.
    fn in_brackets(&self, file: FileId, value: &Value, expected: &str) -> Option<String> {
        let is_item = match value {
            Value::Word(_) => !expected.contains('"'),
            Value::String(_) => !expected.contains("words") && !expected.contains("user \""),
            _ => false,
        };
        let written = self.text(file, value.range());
        (expected.starts_with("a list ") && is_item && written.len() <= MAX_SHOWN)
            .then(|| format!("[{written}]"))
    }
}
