//! References of a profile file to its permissions and settings, with the values that matter.

use super::read::{Loader, Placed, RawLink};
use super::{Entry, Implication, Profile, Requirement, Type};
use crate::diagnostic::suggest;
use crate::source::Span;
use crate::text::escape_control_chars;

/// The permissions or the settings of a profile, with the word that messages use for one.
#[derive(Clone, Copy)]
pub(super) struct Entries<'p> {
    pub term: &'static str,
    pub all: &'p [Entry],
}

impl<'p> Entries<'p> {
    pub(super) fn permissions(profile: &'p Profile) -> Self {
        Entries { term: "permission", all: &profile.permissions }
    }

    pub(super) fn settings(profile: &'p Profile) -> Self {
        Entries { term: "setting", all: &profile.settings }
    }
}

/// The words that the values of a type begin with.
pub(super) fn first_words(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Set { .. } => vec!["only", "any"],
        Type::Filter { .. } => vec!["only", "except", "any"],
        ty => ty.words(),
    }
}

impl Loader {
    pub(super) fn entry_index(
        &mut self,
        entries: Entries<'_>,
        path: &str,
        span: Span,
    ) -> Option<usize> {
        let index = entries.all.iter().position(|entry| entry.path == path);
        if index.is_none() {
            let paths = entries.all.iter().map(|entry| &*entry.path);
            let help = suggest::closest(path, paths).map(|meant| suggest::question(meant, path));
            let message = format!("unknown {} `{}`", entries.term, escape_control_chars(path));
            self.reader.value_error(span, message).help = help;
        }
        index
    }

    /// Reports a word that no value of the entry begins with.
    pub(super) fn known_word(&mut self, entry: &Entry, word: &str, span: Span) {
        if !first_words(&entry.ty).contains(&word) {
            let word = escape_control_chars(word);
            let message = format!("invalid value `{word}` for `{}`", entry.path);
            self.reader.value_error(span, message).help =
                Some(format!("expected {}", entry.ty.expected()));
        }
    }

    pub(super) fn requirement(
        &mut self,
        entries: Entries<'_>,
        link: RawLink<'_, Placed<'_>>,
    ) -> Option<Requirement> {
        let (span, path) = link.path;
        let entry = self.entry_index(entries, path, span)?;
        let mut words = Vec::with_capacity(link.values.len());
        for (span, word) in link.values {
            self.known_word(&entries.all[entry], word, span);
            words.push(word.to_owned());
        }
        Some(Requirement { entry, words })
    }

    pub(super) fn implication(
        &mut self,
        entries: Entries<'_>,
        implied: usize,
        link: RawLink<'_, (Span, String, &str)>,
    ) -> Option<Implication> {
        let (span, path) = link.path;
        let entry = self.entry_index(entries, path, span)?;
        let mut values = Vec::with_capacity(link.values.len());
        for (span, word, written) in link.values {
            self.known_word(&entries.all[entry], &word, span);
            if let Some(value) = self.value_of(&entries.all[implied].ty, written, span) {
                values.push((word, value));
            }
        }
        Some(Implication { entry, values })
    }
}
