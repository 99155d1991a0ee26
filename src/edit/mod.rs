//! Edits of policies as text: `set user "ada" shell = deny`, `remove user "ada"`. What an edit does
//! not touch stays as it is written: comments, order, layout.
//!
//! An edit is a line of text: a verb, an object, and what the verb needs. Edits are made one after
//! the other, each on what the ones before it left; those of different objects that cannot be in
//! each other's way are made in one go (`waves`), since each reads the whole workspace. Nothing
//! here decides whether the result is right: it is compiled and compared like any other change of
//! the text.

mod body;
mod changes;
mod copy;
mod members;
mod order;
mod parse;
mod remove;
mod rename;
mod view;
mod waves;

use crate::diagnostic::Diagnostic;
use crate::profile::Profile;
use crate::source::{SourceFile, Sources, Span};
use crate::syntax::KnownTrees;
use crate::syntax::ast::{DeclarationKind, MembershipKind};
use crate::workspace::{Input, RawFile};
use changes::{Changes, Layouts};
pub use rename::{Renamed, unpaired};
use view::View;

/// Edits that could be read.
#[derive(Clone, Debug)]
pub struct Edits {
    /// Their texts, as files.
    sources: Sources,
    list: Vec<Edit>,
}

/// One edit.
#[derive(Clone, Debug)]
struct Edit {
    verb: Verb,
    /// When it is passed over.
    condition: Option<Condition>,
    /// The place of the whole.
    span: Span,
}

#[derive(Clone, Debug)]
enum Verb {
    Set {
        object: Object,
        line: Line,
    },
    /// With `only_final`, the line stays, and is final no longer.
    Unset {
        object: Object,
        line: Line,
        only_final: bool,
    },
    Assign {
        object: Object,
        line: Line,
    },
    AddMember {
        object: Object,
        member: Member,
    },
    RemoveMember {
        object: Object,
        member: Member,
    },
    Move {
        entry: Name,
        to: Target,
    },
    Rename {
        object: Object,
        to: Name,
        without_id: bool,
    },
    Remove {
        object: Object,
    },
    Copy {
        object: Object,
        to: Name,
        by_like: bool,
    },
    Add {
        object: Object,
        file: Option<Name>,
    },
}

/// When an edit is made at all. Without one, an edit that finds nothing to do is refused, since its
/// names may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// `if missing`: what it adds is not there yet.
    Missing,
    /// `if there`: what it takes away is there.
    There,
}

impl Condition {
    const ALL: [(Condition, &str); 2] =
        [(Condition::Missing, "if missing"), (Condition::There, "if there")];

    /// Whether a verb can have it.
    fn is_for(self, verb: &Verb) -> bool {
        match self {
            Condition::Missing => matches!(verb, Verb::Add { .. } | Verb::Copy { .. }),
            Condition::There => {
                matches!(verb, Verb::Remove { .. } | Verb::RemoveMember { .. } | Verb::Unset { .. })
            }
        }
    }
}

/// How many edits may be refused until no other ones are tried: each of them tells of a workspace.
const MOST_REFUSED: usize = 100;

/// What an edit changes.
#[derive(Clone, Debug)]
struct Object {
    kind: DeclarationKind,
    /// `None` for the global default.
    name: Option<Name>,
    /// Which of several jump items with one name.
    method: Option<Name>,
    part: Part,
    span: Span,
}

/// What of an object an edit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// Its `custom` session policy, by the setting that has it if one is named.
    Custom(Option<String>),
    /// The defaults of the block that a jump item stands in.
    Defaults,
}

/// A name or a word, and where the edit says it.
#[derive(Clone, Debug)]
struct Name {
    text: String,
    span: Span,
}

/// A line for a body.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    key: Key,
    span: Span,
    /// Whether it says which line, and not what the line is.
    is_key_alone: bool,
}

/// What a line of a body sets: of lines with one key, a body has one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Path(String),
    Membership(MembershipKind, String),
    Like,
    /// A word on a line of its own: `default`.
    Word(String),
}

/// Who becomes a member, or is one no longer.
#[derive(Clone, Debug)]
struct Member {
    kind: DeclarationKind,
    name: Name,
    until: Option<String>,
}

/// Where an entry of the order moves to.
#[derive(Clone, Debug)]
enum Target {
    Above(Name),
    Below(Name),
    Top,
    Bottom,
}

/// What came of edits.
#[derive(Debug)]
pub struct Applied {
    /// The workspace with the edits.
    pub input: Input,
    /// The edits that change nothing, as they are written.
    pub without_effect: Vec<String>,
    /// What else whoever makes the edits should know.
    pub notes: Vec<String>,
    /// The objects that have another name now.
    pub renamed: Vec<Renamed>,
}

/// Why an edit cannot be read or made, and the files that the findings name places in.
#[derive(Debug)]
pub struct Refused {
    /// The findings.
    pub findings: Vec<Diagnostic>,
    /// The text of the edit, and the workspace before it.
    pub sources: Sources,
}

impl Edits {
    /// Reads texts with an edit on each line. Blank lines are free, and `#` begins a comment. A
    /// text is given with what findings call it.
    ///
    /// # Errors
    ///
    /// All lines that are no edits.
    pub fn read(texts: impl IntoIterator<Item = (String, String)>) -> Result<Edits, Refused> {
        let mut sources = Sources::new();
        for (name, text) in texts {
            sources.add(SourceFile::new(name, text));
        }
        let mut list = Vec::new();
        let mut findings = Vec::new();
        for (id, file) in sources.iter() {
            for line in 1..=file.line_count() {
                let range = file.line_range(line);
                match parse::edit(id, &file.text, range) {
                    Ok(edit) => list.extend(edit),
                    Err(found) => findings.extend(found),
                }
            }
        }
        match findings.is_empty() {
            true => Ok(Edits { sources, list }),
            false => Err(Refused { findings, sources }),
        }
    }

    /// How many edits there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The first edits.
    pub fn first(&self, count: usize) -> Edits {
        Edits {
            sources: self.sources.clone(),
            list: self.list.iter().take(count).cloned().collect(),
        }
    }

    /// An edit as it is written.
    pub fn text(&self, at: usize) -> Option<&str> {
        self.list.get(at).map(|edit| self.sources.text(edit.span))
    }

    /// Whether there is no edit.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Makes the edits. The workspace has no errors, and its profile is given.
    ///
    /// # Errors
    ///
    /// All edits that cannot be made, each by itself.
    pub fn apply(&self, input: &Input, profile: &Profile) -> Result<Applied, Vec<Refused>> {
        self.apply_with(input, profile, &mut KnownTrees::default())
    }

    /// The same for edits that are tried by the hundred: files that are known are not parsed again.
    /// The edits of a try are one text, so that the files have the same numbers.
    pub(crate) fn apply_with(
        &self,
        input: &Input,
        profile: &Profile,
        known: &mut KnownTrees,
    ) -> Result<Applied, Vec<Refused>> {
        let mut applied = Applied {
            input: input.clone(),
            without_effect: Vec::new(),
            notes: Vec::new(),
            renamed: Vec::new(),
        };
        let mut told = Told::default();
        let mut layouts = Layouts::default();
        let mut waves = waves::waves(&self.list);
        waves.reverse();
        while let Some(wave) = waves.pop() {
            if told.refused.len() >= MOST_REFUSED {
                break;
            }
            let view = View::new(&self.sources, &applied.input, profile, known);
            let change = |at: &usize| (*at, self.list[*at].changes(&view, &mut applied.renamed));
            let made: Vec<_> = wave.iter().map(change).collect();
            let Some(changes) = waves::together(made, &view, &mut told) else {
                waves.extend(wave.into_iter().rev().map(|at| vec![at]));
                continue;
            };
            let created = changes.created.clone();
            let texts = changes.texts(&view, &mut layouts, known);
            applied.input = applied.input.with_texts(&texts);
            applied.input.files.extend(
                created.map(|(path, text)| RawFile { path, content: Ok(text.into_bytes()) }),
            );
        }
        let written = |at: usize| self.sources.text(self.list[at].span).to_owned();
        applied.without_effect = in_order(told.without_effect).map(written).collect();
        applied.notes = in_order(told.notes).collect();
        let left = in_order(told.left);
        applied.notes.extend(left.filter_map(|comment| comment.note(&applied.input)));
        let refused: Vec<Refused> = in_order(told.refused).collect();
        if refused.is_empty() { Ok(applied) } else { Err(refused) }
    }
}

/// What is said about edits, each with the place of the edit.
#[derive(Default)]
struct Told {
    without_effect: Vec<(usize, usize)>,
    notes: Vec<(usize, String)>,
    left: Vec<(usize, LeftComment)>,
    refused: Vec<(usize, Refused)>,
}

/// What is said, in the order of the edits.
fn in_order<T>(mut said: Vec<(usize, T)>) -> impl Iterator<Item = T> {
    said.sort_by_key(|(at, _)| *at);
    said.into_iter().map(|(_, one)| one)
}

/// A comment that stays where a line below it was removed.
struct LeftComment {
    path: String,
    /// Its first line.
    text: String,
    /// Where that stood, from 1.
    line: usize,
}

impl LeftComment {
    fn new(view: &View<'_>, span: Span) -> LeftComment {
        let file = view.file(span.file);
        let text = view.sources.text(span).lines().next().unwrap_or_default().trim().to_owned();
        LeftComment { path: file.path.clone(), text, line: file.line(span.start) as usize }
    }

    /// What is said about it, if no other edit took it away.
    fn note(&self, after: &Input) -> Option<String> {
        let file = after.files.iter().find(|file| file.path == self.path)?;
        let text = String::from_utf8_lossy(file.content.as_ref().ok()?);
        let same = text.lines().zip(1..).filter(|(line, _)| line.trim() == self.text);
        let line = same.map(|(_, line)| line).min_by_key(|line| self.line.abs_diff(*line))?;
        Some(format!(
            "a comment that may have been about the removed line stays at {}:{line}: `{}`",
            self.path, self.text
        ))
    }
}

/// A finding in a box: it is large, and an edit seldom has one.
type Refusal = Box<Diagnostic>;

impl Edit {
    /// Whether there is nothing to do, by the condition of the edit. An object that it only passes
    /// by has to be there all the same.
    fn is_done(&self, view: &View<'_>) -> bool {
        let is_free = |object: &Object, name: &Name| {
            let method = object.method.as_ref().map(|method| &*method.text);
            view.is_free(object.kind, method, name).is_ok()
        };
        match (&self.verb, self.condition) {
            (_, None) => false,
            (Verb::Add { object, .. }, _) => {
                object.name.as_ref().is_some_and(|name| !is_free(object, name))
            }
            (Verb::Copy { object, to, .. }, _) => !is_free(object, to),
            (Verb::Remove { object }, _) => {
                object.name.as_ref().is_some_and(|name| is_free(object, name))
            }
            (Verb::RemoveMember { object, member }, _) => members::lacks(view, object, member),
            (Verb::Unset { object, line, only_final }, _) => {
                body::lacks(view, object, line, *only_final)
            }
            _ => false,
        }
    }

    /// How the edit changes the texts.
    fn changes(&self, view: &View<'_>, renamed: &mut Vec<Renamed>) -> Result<Changes, Refusal> {
        if self.is_done(view) {
            return Ok(Changes::default());
        }
        match &self.verb {
            Verb::Set { object, line } => body::set(view, object, line),
            Verb::Unset { object, line, only_final } => {
                body::unset(view, object, line, *only_final)
            }
            Verb::Assign { object, line } => body::assign(view, object, line),
            Verb::AddMember { object, member } => members::add(view, object, member),
            Verb::RemoveMember { object, member } => members::remove(view, object, member),
            Verb::Move { entry, to } => order::moved(view, entry, to),
            Verb::Rename { object, to, without_id } => {
                let changes = rename::rename(view, object, to)?;
                if !without_id && !changes.is_empty() {
                    renamed.push(Renamed::new(object, to, self.span, &view.sources));
                }
                Ok(changes)
            }
            Verb::Remove { object } => remove::remove(view, object),
            Verb::Copy { object, to, by_like } => copy::copy(view, object, to, *by_like),
            Verb::Add { object, file } => copy::add(view, object, file.as_ref()),
        }
    }
}
