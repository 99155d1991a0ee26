//! Parses text into a tree, and prints a tree as canonical text. Parsing never fails: it returns a
//! tree of everything that could be parsed, and findings for the rest.

pub mod ast;
mod errors;
mod keywords;
mod mend;
mod parser;
pub mod pieces;
pub mod printer;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceFile, Sources};
pub(crate) use mend::{conflict_findings, settle};
pub use parser::{parse_condition, parse_expectation};

/// Parses a file. What cannot be parsed is left out of the tree and has a finding.
///
/// Where an error leaves no doubt about what is meant, the tree is of that text: see [`read`].
pub fn parse(id: FileId, file: &SourceFile) -> (ast::File, Vec<Diagnostic>) {
    match mend::mend(id, &file.text) {
        None => parser::parse(id, file),
        Some(mended) => {
            parse_mended(id, &file.clone().read_as(mended.text, mended.lines), mended.findings)
        }
    }
}

/// Parses a file of the sources, which then have the text that the tree is of.
pub fn read(sources: &mut Sources, id: FileId) -> (ast::File, Vec<Diagnostic>) {
    match mend::mend(id, &sources.file(id).text) {
        None => parser::parse(id, sources.file(id)),
        Some(mended) => {
            sources.read_as(id, mended.text, mended.lines);
            parse_mended(id, sources.file(id), mended.findings)
        }
    }
}

fn parse_mended(
    id: FileId,
    file: &SourceFile,
    mut findings: Vec<Diagnostic>,
) -> (ast::File, Vec<Diagnostic>) {
    let (tree, mut more) = parser::parse(id, file);
    more.iter_mut().for_each(|found| settle(found, |_| file));
    findings.extend(more);
    (tree, findings)
}
