//! From the text of an edit to the edit.

use super::body::key_of;
use super::{Condition, Edit, Key, Line, Member, Name, Object, Part, Target, Verb};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax;
use crate::syntax::ast::{DeclarationKind, What};
use crate::syntax::keywords::Form;
use crate::syntax::pieces::{Piece, end_of_string, pieces};
use crate::text::{escape_control_chars, unquote};
use std::ops::Range;

/// The verbs, each with what comes after it.
const FORMS: [(&str, &str); 10] = [
    ("set", "set OBJECT LINE, such as `set user \"ada\" jump.shell_jump = allow`"),
    ("unset", "unset OBJECT PATH, such as `unset user \"ada\" jump.shell_jump`"),
    ("assign", "assign OBJECT POLICY, such as `assign group policy \"Staff\" \"Level 2\"`"),
    (
        "add-member",
        "add-member OBJECT MEMBER, such as `add-member group policy \"Staff\" user \"ada\"`",
    ),
    (
        "remove-member",
        "remove-member OBJECT MEMBER, such as `remove-member group policy \"Staff\" user \"ada\"`",
    ),
    ("move", "move group policy \"NAME\" above|below \"OTHER\", or `to top`, or `to bottom`"),
    ("rename", "rename OBJECT to \"NEW\", such as `rename user \"ada\" to \"ada.lovelace\"`"),
    ("remove", "remove OBJECT, such as `remove user \"ada\"`"),
    ("copy", "copy OBJECT to \"NEW\", such as `copy user \"ada\" to \"grace\"`"),
    ("add", "add OBJECT, such as `add user \"ada\"`, or `add user \"ada\" if missing`"),
];

/// The settings that can have a `custom` session policy of their own, by the last word.
const PARTS: [&str; 4] = ["attended", "unattended", "present", "absent"];

/// Findings are made late, and a line has seldom one.
type Wrong = Vec<Diagnostic>;

/// Reads one line. A line without an edit is `None`.
pub(super) fn edit(file: FileId, text: &str, line: Range<usize>) -> Result<Option<Edit>, Wrong> {
    let written = &text[line.clone()];
    let comment = pieces(written).find(|(piece, _)| *piece == Piece::Comment);
    let end = comment.map_or(written.len(), |(_, at)| at.start as usize);
    let written = written[..end].trim_end();
    let at = written.len() - written.trim_start().len();
    if written.trim().is_empty() {
        return Ok(None);
    }
    let start = line.start as u32;
    let (unconditional, condition) = without_condition(written);
    let mut words = Words { file, text: unconditional, at, start };
    let span = words.span(at..written.len());
    let verb = words.verb()?;
    if let Some((condition, text)) = condition.filter(|(condition, _)| !condition.is_for(&verb)) {
        let which = match condition {
            Condition::Missing => "`add` and `copy`",
            Condition::There => "`remove`, `remove-member` and `unset`",
        };
        let place = words.span(unconditional.trim_end().len()..written.len());
        let message = format!("`{text}` says nothing here");
        let found = Diagnostic::new(Code::EDIT_SYNTAX, place, message);
        return Err(vec![found.help(format!("only {which} can have it"))]);
    }
    Ok(Some(Edit { verb, condition: condition.map(|(condition, _)| condition), span }))
}

/// An edit without the words at its end that say when it is made.
fn without_condition(written: &str) -> (&str, Option<(Condition, &'static str)>) {
    for (condition, text) in Condition::ALL {
        let mut rest = written;
        let has_words = text.rsplit(' ').all(|word| {
            let before = rest.trim_end().strip_suffix(word).filter(|it| it.ends_with([' ', '\t']));
            rest = before.unwrap_or(rest);
            before.is_some()
        });
        if has_words {
            return (rest.trim_end(), Some((condition, text)));
        }
    }
    (written, None)
}

/// The words and names of an edit, one after the other.
struct Words<'t> {
    file: FileId,
    /// The line, without a comment.
    text: &'t str,
    /// The next byte of it.
    at: usize,
    /// Where the line begins in its file.
    start: u32,
}

impl<'t> Words<'t> {
    fn span(&self, at: Range<usize>) -> Span {
        Span {
            file: self.file,
            start: self.start + at.start as u32,
            end: self.start + at.end as u32,
        }
    }

    fn rest(&mut self) -> &'t str {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        self.at = self.text.len() - rest.len();
        rest
    }

    /// The next word, which is not read yet; nothing before a name in quotes.
    fn peek(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find([' ', '\t', '"', '\'']).unwrap_or(rest.len());
        &rest[..end]
    }

    /// Reads a word, if it is the next one.
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.peek() == word;
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Reads the next word.
    fn word(&mut self) -> Name {
        let word = self.peek();
        let span = self.span(self.at..self.at + word.len());
        self.at += word.len();
        Name { text: word.to_owned(), span }
    }

    /// What is not read yet, as a place; the place after the last word where nothing is left.
    fn place(&mut self) -> Span {
        let at = match self.rest() {
            "" => self.text.trim_end().len(),
            _ => self.at,
        };
        self.span(at..self.text.len())
    }

    fn wrong<T>(
        &mut self,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Result<T, Wrong> {
        let span = self.place();
        Err(vec![Diagnostic::new(Code::EDIT_SYNTAX, span, message).help(help)])
    }

    /// Expects that nothing is left.
    fn end(&mut self, help: &str) -> Result<(), Wrong> {
        match self.rest() {
            "" => Ok(()),
            rest => {
                let message = format!("unexpected `{}`", escape_control_chars(rest));
                self.wrong(message, help)
            }
        }
    }

    /// Reads a name in quotes.
    fn name(&mut self, what: &str) -> Result<Name, Wrong> {
        let rest = self.rest();
        if !rest.starts_with(['"', '\'']) {
            let found = match rest {
                "" => "nothing".to_owned(),
                rest => format!("`{}`", escape_control_chars(rest)),
            };
            let help = match rest.split_whitespace().next() {
                Some(word) => {
                    format!("names stand in quotes: `\"{}\"`", escape_control_chars(word))
                }
                None => "names stand in quotes".to_owned(),
            };
            return self.wrong(format!("expected {what} in quotes, found {found}"), help);
        }
        let Some(length) = end_of_string(rest, 0) else {
            return self.wrong("unterminated name", "add the closing quote");
        };
        let span = self.span(self.at..self.at + length);
        match unquote(&rest[..length]) {
            Ok(text) => {
                self.at += length;
                Ok(Name { text: text.into_owned(), span })
            }
            Err(bad) => {
                let message = bad.first().map(|bad| bad.message.clone()).unwrap_or_default();
                self.wrong(format!("invalid escape: {message}"), "in '…', a backslash is itself")
            }
        }
    }

    fn verb(&mut self) -> Result<Verb, Wrong> {
        let word = self.peek();
        let known = FORMS.iter().find(|(verb, _)| *verb == word);
        let Some((verb, form)) = known else {
            let verbs = FORMS.map(|(verb, _)| verb);
            let message = match word {
                "" => "expected a verb".to_owned(),
                word => format!("there is no edit `{}`", escape_control_chars(word)),
            };
            let list = || {
                let list = verbs.map(|verb| format!("`{verb}`")).join(", ");
                format!("an edit begins with one of {list}")
            };
            let help = suggest::closest(word, verbs).map(|close| suggest::question(close, word));
            return self.wrong(message, help.unwrap_or_else(list));
        };
        self.at += verb.len();
        let read = match *verb {
            "set" => Verb::Set { object: self.object(form)?, line: self.line(form)? },
            "unset" => Verb::Unset {
                object: self.object(form)?,
                only_final: self.takes("final"),
                line: self.path(form)?,
            },
            "assign" => Verb::Assign { object: self.object(form)?, line: self.assignment(form)? },
            "add-member" => {
                Verb::AddMember { object: self.object(form)?, member: self.member(form)? }
            }
            "remove-member" => {
                let (object, member) = (self.object(form)?, self.member(form)?);
                if member.until.is_some() {
                    return self
                        .wrong("a date says nothing here", "leave out `until` and the date");
                }
                Verb::RemoveMember { object, member }
            }
            "move" => self.moved(form)?,
            "rename" => Verb::Rename {
                object: self.object(form)?,
                to: self.to(form)?,
                without_id: self.takes_all(["without", "id"]),
            },
            "remove" => Verb::Remove { object: self.object(form)? },
            "copy" => Verb::Copy {
                object: self.object(form)?,
                to: self.to(form)?,
                by_like: self.takes_all(["by", "like"]),
            },
            _ => Verb::Add {
                object: self.object(form)?,
                file: match self.takes("in") {
                    true => Some(self.name("the path of a file")?),
                    false => None,
                },
            },
        };
        self.end(&format!("the form is {form}"))?;
        Ok(read)
    }

    /// Reads two words, if they are the next ones.
    fn takes_all(&mut self, words: [&str; 2]) -> bool {
        let before = self.at;
        let takes = words.iter().all(|word| self.takes(word));
        if !takes {
            self.at = before;
        }
        takes
    }

    /// `user "ada"`, `global default`, `jump item "db01" method shell_jump`, `custom of user
    /// "ada"`, `defaults of jump item "db01"`.
    fn object(&mut self, form: &str) -> Result<Object, Wrong> {
        self.rest();
        let start = self.at;
        let part = self.part()?;
        let kind = self.kind(form)?;
        let name = match kind.form() {
            Form::Named => Some(self.name(&format!("the name of {}", kind.with_article()))?),
            Form::Bare | Form::Order(_) => None,
        };
        if part == Part::Defaults && kind != DeclarationKind::JumpItem {
            let help = "for example `defaults of jump item \"db01\"`";
            return self.wrong("only jump items have the defaults of a block", help);
        }
        let mut method = None;
        if kind == DeclarationKind::JumpItem && self.takes("method") {
            method = Some(self.word());
        }
        let span = self.span(start..self.at);
        Ok(Object { kind, name, method, part, span })
    }

    /// `custom of`, `custom attended of`, `defaults of`, or nothing.
    fn part(&mut self) -> Result<Part, Wrong> {
        let (part, example) = if self.takes("custom") {
            let setting = PARTS.into_iter().find(|part| self.takes(part));
            (Part::Custom(setting.map(str::to_owned)), "custom of user \"ada\"")
        } else if self.takes("defaults") {
            (Part::Defaults, "defaults of jump item \"db01\"")
        } else {
            return Ok(Part::Whole);
        };
        match self.takes("of") {
            true => Ok(part),
            false => self.wrong("expected `of`", format!("for example `{example}`")),
        }
    }

    /// The keywords of a kind of object.
    fn kind(&mut self, form: &str) -> Result<DeclarationKind, Wrong> {
        let rest = self.rest();
        let can_change = |kind: &DeclarationKind| {
            *kind != DeclarationKind::Profile
                && (kind.form() == Form::Named || *kind == DeclarationKind::GlobalDefault)
        };
        let kinds: Vec<DeclarationKind> = DeclarationKind::all().filter(can_change).collect();
        let begins = |kind: &DeclarationKind| {
            let before = self.at;
            let mut words = Words { file: self.file, text: self.text, at: before, start: 0 };
            let all = kind.words().split(' ').all(|word| words.takes(word));
            all.then_some((words.at, *kind))
        };
        // `jump item role` begins with `jump item`.
        let found = kinds.iter().filter_map(begins).max_by_key(|(end, _)| *end);
        if let Some((end, kind)) = found {
            self.at = end;
            return Ok(kind);
        }
        let written = rest.split(['"', '\'', '=']).next().unwrap_or_default().trim();
        let message = match written {
            "" => "expected what to change".to_owned(),
            written => {
                format!("expected a kind of object, found `{}`", escape_control_chars(written))
            }
        };
        let close = suggest::closest(written, kinds.iter().map(|kind| kind.words()));
        let help = close.map(|close| suggest::question(close, written));
        self.wrong(message, help.unwrap_or_else(|| format!("the form is {form}")))
    }

    fn to(&mut self, form: &str) -> Result<Name, Wrong> {
        match self.takes("to") {
            true => self.name("the new name"),
            false => self.wrong("expected `to`", format!("the form is {form}")),
        }
    }

    /// `group policy "A" above "B"`
    fn moved(&mut self, form: &str) -> Result<Verb, Wrong> {
        self.rest();
        let start = self.at;
        let kind = self.kind(form)?;
        if kind != DeclarationKind::GroupPolicy {
            self.at = start;
            let help = "the order of session layers is the product's, and nothing else has one";
            return self.wrong("only group policies have an order that can change", help);
        }
        let entry = self.name("the name of a group policy")?;
        let to = if self.takes("above") {
            Target::Above(self.name("the name of a group policy")?)
        } else if self.takes("below") {
            Target::Below(self.name("the name of a group policy")?)
        } else if self.takes_all(["to", "top"]) {
            Target::Top
        } else if self.takes_all(["to", "bottom"]) {
            Target::Bottom
        } else {
            return self.wrong("expected where to", format!("the form is {form}"));
        };
        Ok(Verb::Move { entry, to })
    }

    /// `user "ada" until 2026-12-31`
    fn member(&mut self, form: &str) -> Result<Member, Wrong> {
        let kind = if self.takes("user") {
            DeclarationKind::User
        } else if self.takes_all(["directory", "group"]) {
            DeclarationKind::DirectoryGroup
        } else {
            return self
                .wrong("expected `user` or `directory group`", format!("the form is {form}"));
        };
        let name = self.name(&format!("the name of {}", kind.with_article()))?;
        let until = self.takes("until").then(|| self.word().text);
        Ok(Member { kind, name, until })
    }

    /// The rest as a line of a body.
    fn line(&mut self, form: &str) -> Result<Line, Wrong> {
        let rest = self.rest();
        if rest.is_empty() {
            return self.wrong("expected a line", format!("the form is {form}"));
        }
        let at = self.at;
        self.at = self.text.len();
        self.parsed(rest.to_owned(), at, form)
    }

    /// What `unset` names: a path, `like`, `default`, or a membership without what follows its
    /// name.
    fn path(&mut self, form: &str) -> Result<Line, Wrong> {
        let rest = self.rest();
        let span = self.place();
        let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let key = match rest {
            "" => return self.wrong("expected a path", format!("the form is {form}")),
            "like" => Key::Like,
            "default" => Key::Word(rest.to_owned()),
            path if path.chars().all(is_path) => Key::Path(path.to_owned()),
            _ => {
                let before = self.at;
                let line = self.line(form)?;
                if !line.is_key_alone {
                    self.at = before;
                    let help =
                        "write the path, `like`, or a membership without what follows its name";
                    return self.wrong("this says more than which line", help);
                }
                return Ok(line);
            }
        };
        self.at = self.text.len();
        Ok(Line { text: rest.to_owned(), key, span, is_key_alone: true })
    }

    /// `"Level 2"`, or `attended "Level 2"`.
    fn assignment(&mut self, form: &str) -> Result<Line, Wrong> {
        let part = PARTS.into_iter().find(|part| self.takes(part));
        let path =
            part.map_or("session_policy".to_owned(), |part| format!("session_policy.{part}"));
        let rest = self.rest();
        let value = match rest {
            "" => return self.wrong("expected a session policy", format!("the form is {form}")),
            "none" | "unknown" | "custom" => rest,
            _ if rest.split_whitespace().eq(["not", "defined"]) => "not defined",
            _ => {
                let before = self.at;
                self.name("the name of a session policy")?;
                &self.text[before..self.at]
            }
        };
        let span = self.place();
        self.at = if value == rest || value == "not defined" { self.text.len() } else { self.at };
        let value = if value == "custom" { "custom {\n}" } else { value };
        Ok(Line {
            text: format!("{path} = {value}"),
            key: Key::Path(path),
            span,
            is_key_alone: false,
        })
    }

    /// A line of a body, whose statement says what it sets.
    fn parsed(&mut self, line: String, at: usize, form: &str) -> Result<Line, Wrong> {
        // Indented: a line in the first column may begin a declaration.
        const BEFORE: &str = "user \"\" {\n  ";
        let source = SourceFile::new("", format!("{BEFORE}{line}\n}}\n"));
        let (tree, found) = syntax::parse(FileId(0), &source);
        let span = self.span(at..at + line.len());
        if !found.is_empty() {
            return Err(found
                .into_iter()
                .map(|found| shifted(found, BEFORE.len(), span))
                .collect());
        }
        let declaration = tree.declarations.first();
        let statements = declaration.and_then(|one| one.body.as_ref()).map(|body| &body.statements);
        let key = match statements.map(|statements| &**statements) {
            Some([statement]) => key_of(&source, statement),
            _ => None,
        };
        let Some(key) = key else {
            self.at = at;
            return self.wrong("this is not a line that can be set", format!("the form is {form}"));
        };
        let is_key_alone =
            statements.and_then(|all| all.first()).is_some_and(|one| match &one.what {
                What::Membership(membership) => {
                    membership.role.is_none()
                        && membership.jump_policy.is_none()
                        && membership.until.is_none()
                }
                _ => false,
            });
        Ok(Line { text: line, key, span, is_key_alone })
    }
}

/// A finding about a line that was read by itself, at the place where the line stands in the edit.
/// What was offered as a fix is for that text.
fn shifted(found: Diagnostic, before: usize, line: Span) -> Diagnostic {
    let length = line.end - line.start;
    let place = |at: u32| line.start + at.saturating_sub(before as u32).min(length);
    let (start, end) = (place(found.primary.span.start), place(found.primary.span.end));
    let mut moved = found;
    moved.primary.span = Span { file: line.file, start, end };
    moved.labels.clear();
    moved.fixes.clear();
    moved
}
