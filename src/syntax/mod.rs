//! Parses text into a tree, and prints a tree as canonical text. Parsing never fails: it returns a
//! tree of everything that could be parsed, and findings for the rest.

pub mod ast;
mod correct;
mod errors;
pub mod keywords;
mod parser;
pub mod pieces;
pub mod printer;

use crate::diagnostic::{Code, Diagnostic};
use crate::parallel;
use crate::source::{FileId, SourceFile, Sources};
pub(crate) use correct::settle;
pub(crate) use errors::plain_word;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Parses a file. What cannot be parsed is left out of the tree and has a finding.
///
/// Where an error leaves no doubt about what is meant, the tree is of that text: see [`read`].
pub fn parse(id: FileId, file: &SourceFile) -> (ast::File, Vec<Diagnostic>) {
    match correct::correct(id, &file.text) {
        None => parser::parse(id, file),
        Some(corrected) => parse_corrected(
            id,
            &file.clone().read_as(corrected.text, corrected.lines),
            corrected.findings,
        ),
    }
}

/// The trees of files as they were read last, for a workspace that is read in many versions: from
/// one to the next, few files differ. Only files without findings are kept.
#[derive(Clone, Debug, Default)]
pub struct KnownTrees(FxHashMap<FileId, (Arc<str>, Arc<ast::File>)>);

impl KnownTrees {
    /// Adds the tree of a text without findings.
    pub(crate) fn add(&mut self, id: FileId, text: &str, tree: ast::File) {
        self.0.insert(id, (Arc::from(text), Arc::new(tree)));
    }

    fn get(&self, id: FileId, text: &str) -> Option<Arc<ast::File>> {
        let (known, tree) = self.0.get(&id)?;
        (**known == *text).then(|| Arc::clone(tree))
    }
}

/// Parses files of the sources, which then have the texts that the trees are of. Files that are
/// known are not parsed again.
pub fn read(
    sources: &mut Sources,
    ids: &[FileId],
    known: Option<&mut KnownTrees>,
) -> Vec<(Arc<ast::File>, Vec<Diagnostic>)> {
    let before = known.as_deref();
    let files = ids.iter().map(|&id| (id, sources.take(id))).collect();
    let trees = parallel::map(files, |(id, file): (FileId, SourceFile)| {
        if let Some(tree) = before.and_then(|known| known.get(id, &file.text)) {
            return (id, file, (tree, Vec::new()));
        }
        match correct::correct(id, &file.text) {
            None => {
                let (tree, found) = parser::parse(id, &file);
                (id, file, (Arc::new(tree), found))
            }
            Some(corrected) => {
                let file = file.read_as(corrected.text, corrected.lines);
                let (tree, found) = parse_corrected(id, &file, corrected.findings);
                (id, file, (Arc::new(tree), found))
            }
        }
    });
    if let Some(known) = known {
        let clean = trees.iter().filter(|(_, _, (_, found))| found.is_empty());
        let new = clean.filter(|(id, file, _)| known.get(*id, &file.text).is_none());
        let new: Vec<_> = new
            .map(|(id, file, (tree, _))| (*id, (Arc::from(&*file.text), Arc::clone(tree))))
            .collect();
        known.0.extend(new);
    }
    let put = |(id, file, read)| {
        sources.put(id, file);
        read
    };
    trees.into_iter().map(put).collect()
}

/// Parses what may follow `when` in a test, given by itself. `None` has findings.
pub fn parse_condition(id: FileId, file: &SourceFile) -> (Option<ast::When>, Vec<Diagnostic>) {
    match misread(id, &file.text) {
        found if found.is_empty() => parser::parse_condition(id, file),
        found => (None, found),
    }
}

/// Parses what may follow `expect` in a test, given by itself. `None` has findings.
pub fn parse_expectation(id: FileId, file: &SourceFile) -> (Option<ast::Expect>, Vec<Diagnostic>) {
    match misread(id, &file.text) {
        found if found.is_empty() => parser::parse_expectation(id, file),
        found => (None, found),
    }
}

/// The characters of a text that are not what they look like, and conflicts of a merge: what
/// explains that a text of another form, such as TOML, cannot be parsed.
pub(crate) fn misread(id: FileId, text: &str) -> Vec<Diagnostic> {
    let mut found =
        correct::correct(id, text).map(|corrected| corrected.findings).unwrap_or_default();
    found.retain(|found| matches!(found.code, Code::WRONG_CHARACTER | Code::MERGE_CONFLICT));
    found
}

fn parse_corrected(
    id: FileId,
    file: &SourceFile,
    mut findings: Vec<Diagnostic>,
) -> (ast::File, Vec<Diagnostic>) {
    let (tree, mut more) = parser::parse(id, file);
    more.iter_mut().for_each(|found| settle(found, |_| file));
    findings.extend(more);
    (tree, findings)
}
