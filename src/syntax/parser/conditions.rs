//! Conditions and expectations of policy tests.

use super::*;

impl Builder<'_> {
    pub(super) fn when(&mut self, range: Range, parts: Pairs<'_, Rule>) -> Option<Statement> {
        let mut subject = None;
        let mut operator = None;
        let mut scope = None;
        let mut operand = None;
        let mut is_told = false;
        for part in parts {
            let at = self.range(&part);
            match part.as_rule() {
                Rule::when_word => {}
                Rule::string | Rule::word => operand = Some(at),
                Rule::trailing | Rule::closing_here => {
                    let end = errors::rest_of_line(self.text, at.start).end;
                    match self.name_in_quotes(Range { start: range.start, end }) {
                        Some(found) => self.findings.push(found),
                        None => self.after(part, "the condition ends before this"),
                    }
                    is_told = true;
                }
                Rule::group_policy => scope = Some(Scope::GroupPolicy),
                Rule::directory_group => scope = Some(Scope::DirectoryGroup),
                Rule::jump_group => scope = Some(Scope::JumpGroup),
                Rule::team => scope = Some(Scope::Team),
                rule => match self.operator(rule) {
                    Some(found) => operator = Some((found, at)),
                    None => subject = Some((subject_of(rule), at)),
                },
            }
        }
        let ((subject, subject_range), (operator, operator_range)) = (subject?, operator?);
        let operand = operand?;
        let is_quoted = self.text[operand.start as usize..].starts_with(['"', '\'']);
        let takes_word = matches!(subject, Subject::Method | Subject::Presence);
        let lacks_quotes = !is_quoted && !takes_word && scope.is_none();
        if lacks_quotes
            && !is_told
            && let Some(found) = self.name_in_quotes(Range { end: operand.end, ..range })
        {
            self.findings.push(found);
            is_told = true;
        }
        if lacks_quotes && is_told {
            return None;
        }
        let when = When { subject, subject_range, operator, operator_range, scope, operand };
        Some(Statement { range, is_final: None, what: What::When(Box::new(when)) })
    }

    /// A condition at a place whose name stands without quotes.
    fn name_in_quotes(&self, at: Range) -> Option<Diagnostic> {
        let written = &self.text[at.start as usize..at.end as usize];
        let reads = |text: &str| super::reads(Rule::when_argument, text);
        errors::name_in_quotes(written, at.in_file(self.id), reads)
    }

    pub(super) fn expect(&mut self, range: Range, parts: Pairs<'_, Rule>) -> Option<Statement> {
        let (mut path, mut operator, mut value, mut from) = (None, None, None, None);
        for part in parts {
            let at = self.range(&part);
            match part.as_rule() {
                Rule::expect_word => {}
                Rule::path => path = Some(at),
                Rule::from => from = self.decider_clause(part),
                Rule::trailing if from.is_none() => {
                    let rest = self.broken(&part);
                    let is_in = matches!(operator, Some((Operator::In | Operator::NotIn, _)));
                    let split = value
                        .as_ref()
                        .and_then(|value| self.split_value(path?, value, rest, is_in));
                    match split {
                        None if self.words(&value, rest).is_some() => {
                            value = self.words(&value, rest);
                        }
                        Some((found, whole)) => {
                            self.findings.push(found);
                            value = Some(Value::Broken(whole));
                        }
                        None => self.after(part, "the expectation ends before this"),
                    }
                }
                Rule::trailing | Rule::closing_here => {
                    self.after(part, "the expectation ends before this")
                }
                rule => match self.operator(rule) {
                    Some(found) => operator = Some((found, at)),
                    None => value = Some(self.value(part)),
                },
            }
        }
        let (operator, operator_range) = operator?;
        let expect = Expect { path: path?, operator, operator_range, value: value?, from };
        Some(Statement { range, is_final: None, what: What::Expect(Box::new(expect)) })
    }

    fn decider_clause(&mut self, pair: Pair<'_, Rule>) -> Option<FromClause> {
        let mut make: fn(Range) -> FromClause = FromClause::Layer;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::session_policy => make = FromClause::SessionPolicy,
                Rule::group_policy => make = FromClause::GroupPolicy,
                Rule::word | Rule::string => return Some(make(self.range(&part))),
                _ => {}
            }
        }
        None
    }
}
