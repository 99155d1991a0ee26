//! `session_policy = …`: which policies can be assigned to which objects (docs/language.md, 3.1).

use super::Lower;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::*;
use crate::profile::{Terminology, UNKNOWN};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, DeclarationKind, Range, Statement};

/// The kind of object that a policy is assigned to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    User,
    GroupPolicy,
    Embassy,
    Invite,
    JumpItem,
    Portal,
}

impl Place {
    /// The product's term for it, with an article.
    fn words(self, words: &Terminology) -> String {
        let word = match self {
            Place::User => &words.user,
            Place::GroupPolicy => &words.group_policy,
            Place::Embassy => "embassy",
            Place::Invite => &words.invite,
            Place::JumpItem => &words.jump_item,
            Place::Portal => &words.portal,
        };
        let vowel = word.starts_with(|first: char| "aeioAEIO".contains(first));
        format!("{} {word}", if vowel { "an" } else { "a" })
    }

    fn takes_custom(self) -> bool {
        matches!(self, Place::User | Place::GroupPolicy | Place::Embassy)
    }
}

impl<'a> Lower<'a> {
    /// The value of a session policy line. `None` if it defines nothing or is invalid.
    pub(super) fn assignment(
        &mut self,
        place: Place,
        file: FileId,
        statement: &'a Statement,
        value: &'a ast::Value,
    ) -> Option<Assignment> {
        let span = statement_span(file, statement, value);
        let is_final = statement.is_final.is_some();
        let assignment = |policy| Some(Assignment { policy, is_final, span });
        let refuse = |lower: &mut Self, at: Range, message: String, help: &str| {
            lower
                .findings
                .push(Diagnostic::new(Code::ASSIGNMENT, at.in_file(file), message).help(help));
            None
        };
        match value {
            ast::Value::Broken(_) => None,
            ast::Value::String(range) => {
                let policy = PolicyId(self.name(DeclarationKind::SessionPolicy, file, *range)?);
                self.check_available(place, file, *range, policy);
                assignment(Some(policy))
            }
            ast::Value::Word(range) if self.text(file, *range) == UNKNOWN => {
                let policy = self.unknown_policy(span);
                assignment(Some(policy))
            }
            ast::Value::Word(range) if self.text(file, *range) == "none" => match place {
                Place::Invite => {
                    let message = format!(
                        "{} needs a declared session policy",
                        place.words(&self.profile.terminology)
                    );
                    refuse(self, *range, message, "write its name in quotes")
                }
                _ => assignment(None),
            },
            ast::Value::Custom { word, body } => {
                let complete = self.profile.custom_complete
                    && place.takes_custom()
                    && !self.any_available_to_users();
                let policy = self.custom_policy(file, *word, body, complete);
                if place.takes_custom() {
                    assignment(Some(policy))
                } else {
                    let message = format!(
                        "{} cannot have a `custom` session policy",
                        place.words(&self.profile.terminology)
                    );
                    refuse(
                        self,
                        *word,
                        message,
                        "declare a `session policy` and write its name in quotes",
                    )
                }
            }
            ast::Value::NotDefined(range) => match place {
                Place::GroupPolicy | Place::Embassy => None,
                _ => {
                    let message = format!(
                        "the session policy of {} cannot be `not defined`",
                        place.words(&self.profile.terminology)
                    );
                    refuse(
                        self,
                        *range,
                        message,
                        "write `none` or remove the line; only group policies can leave the \
                         choice to others",
                    )
                }
            },
            ast::Value::Word(range) => {
                let word = self.text(file, *range);
                let found = Diagnostic::new(
                    Code::WRONG_TYPE,
                    range.in_file(file),
                    format!("invalid value `{word}` for `session_policy`"),
                );
                let found = match word {
                    "custom" => found.help("`custom` needs a body: `session_policy = custom {`"),
                    _ => found.help(format!(
                        "write the name of a session policy in quotes, or {}",
                        forms(place)
                    )),
                };
                self.findings.push(found);
                None
            }
            _ => {
                let found = Diagnostic::new(
                    Code::WRONG_TYPE,
                    value.range().in_file(file),
                    "expected a session policy",
                )
                .help(format!("write the name of a session policy in quotes, or {}", forms(place)));
                self.findings.push(found);
                None
            }
        }
    }

    fn any_available_to_users(&self) -> bool {
        self.tables
            .policies
            .iter()
            .any(|policy| policy.kind == PolicyKind::Named && policy.available.users)
    }

    fn check_available(&mut self, place: Place, file: FileId, range: Range, id: PolicyId) {
        let policy = &self.tables.policies[id.index()];
        let (allowed, word) = match place {
            Place::User | Place::GroupPolicy | Place::Embassy => (policy.available.users, "users"),
            Place::Invite => (policy.available.invites, "invites"),
            Place::JumpItem => (policy.available.jump_items, "jump_items"),
            Place::Portal => (true, ""),
        };
        if allowed {
            return;
        }
        self.unavailable(id, word, range.in_file(file));
    }
}

fn forms(place: Place) -> &'static str {
    match place {
        Place::User => "`none`, or `custom {`",
        Place::GroupPolicy | Place::Embassy => "`none`, `custom {`, or `not defined`",
        Place::JumpItem | Place::Portal => "`none`",
        Place::Invite => "declare one first",
    }
}

/// The span of an assignment without its body.
fn statement_span(file: FileId, statement: &Statement, value: &ast::Value) -> Span {
    Range { start: statement.range.start, end: value.range().end.max(statement.range.start) }
        .in_file(file)
}
