//! `precedent diff --accept FILE`: reads the files, and reports what is wrong with them.

use super::disk::DISK;
use super::output::Output;
use super::{FAILED, FINDINGS};
use precedent::diagnostic::{self, Code, Diagnostic, has_errors};
use precedent::review::StaleAcceptance;
use precedent::review::acceptance::{self, Acceptances};
use precedent::workspace::tree::Tree;
use precedent::workspace::{self, RawFile};
use std::path::PathBuf;

/// Reads the files. Errors in them are printed to standard error, and `Err` is the exit status.
pub fn read(paths: &[PathBuf], output: &Output) -> Result<Acceptances, u8> {
    let mut accepted = Acceptances::default();
    let mut findings: Vec<Diagnostic> = Vec::new();
    for path in paths {
        let raw = RawFile { path: path.to_string_lossy().into_owned(), content: DISK.read(path) };
        let (id, more) = workspace::add_file(&mut accepted.sources, raw);
        findings.extend(more);
        if let Some(id) = id {
            let (list, more) = acceptance::read(id, accepted.sources.file(id));
            accepted.list.extend(list);
            findings.extend(more);
        }
    }
    findings.extend(acceptance::twice(&accepted.list));
    if !has_errors(&findings) {
        return Ok(accepted);
    }
    diagnostic::sort(&mut findings, &accepted.sources);
    output.findings_to_stderr(&findings, &accepted.sources);
    let unreadable = findings.iter().any(|found| found.code == Code::UNREADABLE);
    Err(if unreadable { FAILED } else { FINDINGS })
}

/// Prints a finding to standard error for each accepted row that does not occur.
pub fn report_stale(accepted: &Acceptances, stale: &[StaleAcceptance], output: &Output) {
    if !stale.is_empty() {
        let findings: Vec<Diagnostic> =
            stale.iter().map(|found| acceptance::stale(&accepted.list[found.index])).collect();
        output.findings_to_stderr(&findings, &accepted.sources);
    }
}
