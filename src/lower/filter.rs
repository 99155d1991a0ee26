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

/// A condition or expectation of an option of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What findings name as the place of the text: `--when`.
    pub option: &'static str,
    /// What may follow `when` or `expect`.
    pub text: String,
}

/// Reads a filter: lists of conditions, one of each of which must select, and expectations.
pub fn filter(ir: Ir, when: &[Vec<Asked>], holds: &[Asked]) -> Filtered {
    let mut sources = ir.sources.clone();
    let mut add = |asked: &Asked| sources.add(SourceFile::new(asked.option, &*asked.text));
    let conditions: Vec<Vec<_>> =
        when.iter().map(|any| any.iter().map(&mut add).collect()).collect();
    let expectations: Vec<_> = holds.iter().map(add).collect();
    let mut findings = Vec::new();
    let mut trees = (Vec::new(), Vec::new());
    for any in conditions {
        let mut list = Vec::new();
        for id in any {
            let (tree, found) = parse_condition(id, sources.file(id));
            findings.extend(found);
            list.extend(tree.map(|tree| (id, tree)));
        }
        trees.0.push(list);
    }
    for id in expectations {
        let (tree, found) = parse_expectation(id, sources.file(id));
        findings.extend(found);
        trees.1.extend(tree.map(|tree| (id, tree)));
    }
    let Ir { profile, sources: own, tables } = ir;
    let mut lower = Lower::new(&sources, &profile);
    lower.is_question = true;
    lower.names = Collected::declared_by(&tables);
    lower.tables = tables;
    let whole = |id| Range { start: 0, end: sources.file(id).text.len() as u32 };
    let mut filter = Filter::default();
    for any in &trees.0 {
        let any = any.iter().filter_map(|(id, tree)| lower.when(*id, tree, whole(*id)));
        filter.when.push(any.collect());
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
