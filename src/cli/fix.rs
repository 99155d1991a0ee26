//! `precedent check --fix` and `--diff`: applies fixes in memory, round by round, and writes the
//! result.

use super::file_changes::{FileChanges, files_of};
use super::load::{STANDARD_INPUT, Workspace};
use precedent::diagnostic::{Applicability, Diagnostic, Fix, fix};
use precedent::source::FileId;
use precedent::text::count;
use precedent::workspace::manifest;
use precedent::workspace::{Compiled, Input, RawFile};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// How often a workspace is compiled, once per round at least. A fix can reveal a finding that has
/// a fix too, and of many findings only the first have one; a longer chain than this does not end.
const MAX_TRIALS: usize = 200;

/// How many bytes are compiled for that at most, though always once: each trial of a workspace of
/// many megabytes takes seconds, and there is one per round at least.
const MAX_TRIED: usize = 64_000_000;

/// The result of fixing. Nothing is written yet.
pub struct Fixed {
    pub fixes: usize,
    pub changes: FileChanges,
    /// How many fixes were left out, since the files would have more errors with them.
    rejected: usize,
    /// Whether the limit of trials was reached while there were others.
    is_cut: bool,
    /// The workspace as it is after the changes.
    pub compiled: Compiled,
}

/// Applies fixes until there are none, or the limit of trials is reached. A file that has other
/// errors gets its fixes too; a fix that would make matters worse is left out by itself.
pub fn fix(workspace: &Workspace<'_>, compiled: Compiled) -> Fixed {
    let mut state = State {
        input: Cow::Borrowed(&workspace.input),
        compiled,
        rejected: BTreeSet::new(),
        trials: trials(&workspace.input),
    };
    let mut fixes = 0;
    while state.trials > 0 {
        match state.round(workspace) {
            0 => break,
            count => fixes += count,
        }
    }
    let is_cut = state.trials == 0 && state.has_more();
    let changes = FileChanges::between(&workspace.input, &state.input);
    Fixed { fixes, changes, rejected: state.rejected.len(), is_cut, compiled: state.compiled }
}

/// How often a workspace may be compiled.
fn trials(input: &Input) -> usize {
    let length = |file: &RawFile| file.content.as_ref().map_or(0, Vec::len);
    let size: usize = files_of(input).map(length).sum();
    (MAX_TRIED / size.max(1)).clamp(1, MAX_TRIALS)
}

struct State<'w> {
    /// Large files are not kept twice before there is a change.
    input: Cow<'w, Input>,
    compiled: Compiled,
    /// Fixes that made matters worse, by what they change where.
    rejected: BTreeSet<Vec<u8>>,
    trials: usize,
}

impl State<'_> {
    /// Whether a fix is left that was not tried.
    fn has_more(&self) -> bool {
        let first = self.compiled.diagnostics.iter().filter_map(|found| found.fixes.first());
        let mut safe = first.filter(|fix| fix.applicability == Applicability::Safe);
        safe.any(|fix| !self.is_rejected(fix))
    }

    fn is_rejected(&self, fix: &Fix) -> bool {
        !self.rejected.is_empty() && self.rejected.contains(&self.key(fix))
    }

    /// Applies all compatible fixes that make nothing worse, and returns how many they were.
    fn round(&mut self, workspace: &Workspace<'_>) -> usize {
        let (sources, findings) = (&self.compiled.sources, &self.compiled.diagnostics);
        let editable = editable(&self.input);
        let ids: BTreeSet<FileId> = sources
            .iter()
            .filter(|(_, file)| editable.contains(&file.path))
            .map(|(id, _)| id)
            .collect();
        let offered: Vec<Diagnostic> = findings
            .iter()
            .filter(|found| {
                let first = found.fixes.first();
                first.is_none_or(|fix| !self.is_rejected(fix))
            })
            .cloned()
            .collect();
        let chosen = fix::choose(&offered, sources, &ids);
        let mut admission = Admission {
            state: self,
            workspace,
            admitted: Vec::new(),
            result: None,
            rejected: Vec::new(),
            trials: self.trials,
        };
        admission.admit(&chosen);
        let Admission { admitted, result, rejected, trials, .. } = admission;
        let count = admitted.len();
        let rejected: Vec<Vec<u8>> = rejected.into_iter().map(|fix| self.key(fix)).collect();
        let changed = result.map(|compiled| (self.with(&admitted), compiled));
        self.rejected.extend(rejected);
        self.trials = trials;
        if let Some((input, compiled)) = changed {
            (self.input, self.compiled) = (Cow::Owned(input), compiled);
        }
        count
    }

    /// What a fix changes where, as it can be told in the next round too: by the line around each
    /// edit, or the nearest part of one that is megabytes long.
    fn key(&self, fix: &Fix) -> Vec<u8> {
        const NEAR: usize = 200;
        let sources = &self.compiled.sources;
        let mut key = Vec::new();
        for edit in &fix.edits {
            let file = sources.file(edit.span.file);
            let line = file.line_range(file.line(edit.span.start));
            let (start, end) = (edit.span.start as usize, edit.span.end as usize);
            let before = line.start.max(start.saturating_sub(NEAR))..start;
            let after = end..line.end.max(end).min(end + NEAR);
            let text = file.written().as_bytes();
            let around = [before, start..end, after].map(|part| text.get(part).unwrap_or_default());
            let what = [file.path.as_bytes(), edit.replacement.as_bytes()];
            key.extend_from_slice(&[&around[..], &what[..]].concat().join(&0));
            key.push(0);
        }
        key
    }

    /// The workspace with some fixes made.
    fn with(&self, fixes: &[&Fix]) -> Input {
        let sources = &self.compiled.sources;
        let texts = fix::apply(fixes, sources)
            .into_iter()
            .map(|(id, text)| (sources.file(id).path.clone(), text))
            .collect();
        self.input.with_texts(&texts)
    }

    /// Whether no file has more errors than before.
    fn is_no_worse(&self, compiled: &Compiled) -> bool {
        let before = fix::errors(&self.compiled.diagnostics, &self.compiled.sources);
        let after = fix::errors(&compiled.diagnostics, &compiled.sources);
        fix::grown(&before, &after).is_empty()
    }
}

/// Finds the fixes of a round that can be made together: all of them, or else those of each half.
struct Admission<'a, 'w> {
    state: &'a State<'a>,
    workspace: &'a Workspace<'w>,
    admitted: Vec<&'a Fix>,
    /// What comes of the workspace with those that are admitted.
    result: Option<Compiled>,
    rejected: Vec<&'a Fix>,
    trials: usize,
}

impl<'a> Admission<'a, '_> {
    fn admit(&mut self, fixes: &[&'a Fix]) {
        if fixes.is_empty() {
            return;
        }
        // What is not tried is neither made nor rejected.
        let Some(trials) = self.trials.checked_sub(1) else { return };
        self.trials = trials;
        let together: Vec<&Fix> = self.admitted.iter().chain(fixes).copied().collect();
        let compiled = self.workspace.compile(self.state.with(&together), None);
        if self.state.is_no_worse(&compiled) {
            self.admitted.extend(fixes);
            self.result = Some(compiled);
        } else if let [fix] = fixes {
            self.rejected.push(fix);
        } else {
            let (first, second) = fixes.split_at(fixes.len() / 2);
            self.admit(first);
            self.admit(second);
        }
    }
}

/// The paths of the policy files and the manifest that are valid text. A path that is ambiguous
/// (not UTF-8, or shared by two files) is left out.
fn editable(input: &Input) -> BTreeSet<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files_of(input) {
        *seen.entry(&file.path).or_default() += 1;
    }
    let is_text = |bytes: &Vec<u8>| std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
    files_of(input)
        .filter(|file| {
            let is_policy = file.path.ends_with(".prec") || file.path == STANDARD_INPUT;
            is_policy || file.path == manifest::FILE_NAME
        })
        .filter(|file| {
            seen.get(&*file.path) == Some(&1) && !file.path.contains(char::REPLACEMENT_CHARACTER)
        })
        .filter(|file| file.content.as_ref().is_ok_and(is_text))
        .map(|file| file.path.clone())
        .collect()
}

impl Fixed {
    /// `3 fixes in 2 files`.
    pub fn summary(&self) -> String {
        let done = format!(
            "{} in {}",
            count(self.fixes as u64, "fix"),
            count(self.changes.len() as u64, "file")
        );
        let done = match self.rejected {
            0 => done,
            1 => format!("{done}; 1 more would have made other errors, and was left out"),
            more => format!("{done}; {more} more would have made other errors, and were left out"),
        };
        if self.is_cut { format!("{done}; there are more, which need another run") } else { done }
    }

    /// The same, with what came of the workspace afterwards.
    pub fn with_compiled(self, compiled: Compiled) -> Fixed {
        Fixed { compiled, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_workspace_is_compiled_a_few_times_and_others_often() {
        let of = |lengths: &[usize]| {
            let file = |length: &usize| RawFile {
                path: "a.prec".into(),
                content: Ok(vec![b'#'; *length]),
            };
            trials(&Input { manifest: None, files: lengths.iter().map(file).collect() })
        };
        assert_eq!([of(&[]), of(&[100_000, 100_000])], [MAX_TRIALS; 2]);
        assert_eq!([of(&[5_000_000, 5_000_000]), of(&[50_000_000]), of(&[70_000_000])], [6, 1, 1]);
    }
}
