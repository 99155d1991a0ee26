//! Filters of the command line: conditions and expectations as in a test, about policies that are
//! compiled already.

use super::Lower;
use super::collect::Collected;
use crate::diagnostic::Diagnostic;
use crate::ir::{Filter, Ir};
use crate::source::{SourceFile, Sources};
use crate::syntax::ast::Range;
use crate::syntax::{parse_condition, parse_expectation};

/// What came of the texts of a filter.
#[derive(Debug)]
pub struct Filtered {
    /// The policies, with the values that the filter compares with.
    pub ir: Ir,
    /// Complete only if there are no findings.
    pub filter: Filter,
    /// What is wrong with the texts.
    pub findings: Vec<Diagnostic>,
    /// The files of the policies, and each text as a file: its path is the option.
    pub sources: Sources,
}

/// Reads a filter: what may follow `when` and `expect` in a test.
pub fn filter(ir: Ir, when: &[String], holds: &[String]) -> Filtered {
    let mut sources = ir.sources.clone();
    let conditions: Vec<_> =
        when.iter().map(|text| sources.add(SourceFile::new("--when", text))).collect();
    let expectations: Vec<_> =
        holds.iter().map(|text| sources.add(SourceFile::new("--holds", text))).collect();
    let mut findings = Vec::new();
    let mut trees = (Vec::new(), Vec::new());
    for id in conditions {
        let (tree, found) = parse_condition(id, sources.file(id));
        findings.extend(found);
        trees.0.extend(tree.map(|tree| (id, tree)));
    }
    for id in expectations {
        let (tree, found) = parse_expectation(id, sources.file(id));
        findings.extend(found);
        trees.1.extend(tree.map(|tree| (id, tree)));
    }
    let Ir { profile, sources: own, tables } = ir;
    let mut lower = Lower::new(&sources, &profile);
    lower.names = Collected::declared_by(&tables);
    lower.tables = tables;
    let whole = |id| Range { start: 0, end: sources.file(id).text.len() as u32 };
    let mut filter = Filter::default();
    for (id, tree) in &trees.0 {
        filter.when.extend(lower.when(*id, tree, whole(*id)));
    }
    for (id, tree) in &trees.1 {
        filter.holds.extend(lower.expect(*id, tree, whole(*id)));
    }
    lower.report_unresolved_names();
    findings.extend(lower.findings.into_vec());
    let tables = lower.tables;
    crate::diagnostic::sort(&mut findings, &sources);
    Filtered { ir: Ir { profile, sources: own, tables }, filter, findings, sources }
}
