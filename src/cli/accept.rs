//! `precedent diff --accept FILE` and `--accept-template FILE`: reads the files, reports what is
//! wrong with them, and writes new ones.

use super::disk::DISK;
use super::error::{CliError, escaped, usage};
use super::output::Output;
use super::{FAILED, FINDINGS};
use precedent::diagnostic::{self, Code, Diagnostic, has_errors};
use precedent::report::diff::acceptance_template;
use precedent::review::acceptance::{self, Acceptances};
use precedent::review::{Reviewed, StaleAcceptance};
use precedent::text::{Date, count};
use precedent::workspace::tree::Tree;
use precedent::workspace::{self, RawFile};
use std::fs::Metadata;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Reads the files, and leaves out what has ended before a day, which is reported. Findings are
/// printed to standard error; `Err` is the exit status if there are errors in the files.
pub fn read(paths: &[PathBuf], as_of: Option<Date>, output: &Output) -> Result<Acceptances, u8> {
    let mut accepted = Acceptances::default();
    let mut findings: Vec<Diagnostic> = Vec::new();
    for path in paths {
        let raw = RawFile { path: path.to_string_lossy().into_owned(), content: DISK.read(path) };
        let (id, more) = workspace::add_file(&mut accepted.sources, raw, workspace::Content::Toml);
        findings.extend(more);
        if let Some(id) = id {
            let (list, more) = acceptance::read(id, accepted.sources.file(id));
            accepted.list.extend(list);
            findings.extend(more);
        }
    }
    findings.extend(acceptance::twice(&accepted.list));
    if !has_errors(&findings) {
        if let Some(as_of) = as_of {
            let ended = accepted.expire(as_of);
            output.findings_to_stderr(&ended, &accepted.sources);
        }
        return Ok(accepted);
    }
    diagnostic::sort(&mut findings, &accepted.sources);
    output.findings_to_stderr(&findings, &accepted.sources);
    let unreadable = findings.iter().any(|found| found.code == Code::UNREADABLE);
    Err(if unreadable { FAILED } else { FINDINGS })
}

/// Writes a file with a block for each edit that fails a gate. Nothing is overwritten but an empty
/// file, and that only if it is none of the inputs.
pub fn write_template(
    path: &Path,
    inputs: &[PathBuf],
    reviewed: &Reviewed,
    output: &Output,
) -> Result<(), CliError> {
    if path.as_os_str() == "-" {
        let help = "standard output has the report: name a file, such as `accepted.toml`";
        return Err(usage("`--accept-template` needs the name of a file", help.to_owned()));
    }
    let has_content = |found: Metadata| !found.is_file() || found.len() > 0;
    if path.symlink_metadata().is_ok() && path.metadata().map_or(true, has_content) {
        let message = format!("`{}` exists already", escaped(path));
        let help = "name another file, or remove it first: no acceptance is overwritten";
        return Err(usage(message, help.to_owned()));
    }
    super::write::refuse_input("--accept-template", path, inputs)?;
    let (blocks, text) = acceptance_template(reviewed);
    if blocks == 0 {
        output.note("no edit fails a gate, so there is nothing to accept and no file is written");
        return Ok(());
    }
    super::write::whole(path, |out| out.write_all(text.as_bytes()))?;
    let edits = count(blocks as u64, "edit");
    output.note(&format!("wrote {edits} to review to {}", escaped(path)));
    Ok(())
}

/// Prints a finding to standard error for each accepted row that does not occur.
pub fn report_stale(accepted: &Acceptances, stale: &[StaleAcceptance], output: &Output) {
    if !stale.is_empty() {
        let findings: Vec<Diagnostic> =
            stale.iter().map(|found| acceptance::stale(&accepted.list[found.index])).collect();
        output.findings_to_stderr(&findings, &accepted.sources);
    }
}
