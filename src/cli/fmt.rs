//! `precedent fmt`

use super::error::{About, CliError, failure};
use super::output::Output;
use super::write::{self, Rewrite};
use super::{FAILED, FINDINGS, FINE, load};
use precedent::diagnostic::has_errors;
use precedent::source::{FileId, SourceFile, Sources};
use precedent::syntax::{self, printer};
use precedent::workspace::{self, RawFile};
use similar::TextDiff;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Format policy files
#[derive(clap::Args)]
#[command(after_help = "\
There is one canonical layout, without options. Comments are kept. A file with syntax errors is
reported and left unchanged.

Examples:
  precedent fmt                     format all files of the workspace
  precedent fmt --check             exit with status 1 if a file would change
  precedent fmt --diff              show what would change
  precedent fmt - < policy.prec     format standard input to standard output")]
pub struct Arguments {
    /// A folder or a `.prec` file; `-` means standard input
    path: Option<PathBuf>,
    /// List the files that would change, and exit with status 1 if there are any
    #[arg(long)]
    check: bool,
    /// Show what would change, without writing it
    #[arg(long)]
    diff: bool,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    if arguments.path.as_deref() == Some(Path::new("-")) {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| CliError::Unreadable { path: "-".into(), error })?;
        let raw = RawFile { path: "<stdin>".into(), content: Ok(bytes) };
        let Formatted::Text { before, after } = format(raw, output) else { return Ok(FINDINGS) };
        return show(arguments, output, "<stdin>", &before, &after, |output| output.print(&after));
    }
    let (root, files) = load::policy_files(arguments.path.as_deref())?;
    let mut status = FINE;
    for file in files {
        let name = file.path.clone();
        match format(file, output) {
            Formatted::Unreadable => status = FAILED,
            Formatted::Findings => status = status.max(FINDINGS),
            Formatted::Text { before, after } => {
                let path = root.join(&name);
                let done = show(arguments, output, &name, &before, &after, |_| {
                    if before == after {
                        Ok(())
                    } else {
                        write::rewrite(&[Rewrite {
                            path,
                            before: before.as_bytes(),
                            after: after.as_bytes(),
                        }])
                    }
                })?;
                status = status.max(done);
            }
        }
    }
    Ok(status)
}

enum Formatted {
    Text {
        before: String,
        after: String,
    },
    /// It has syntax errors; they were printed.
    Findings,
    Unreadable,
}

fn format(raw: RawFile, output: &Output) -> Formatted {
    let mut sources = Sources::new();
    let before = raw
        .content
        .as_ref()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .map_err(|_| ());
    let (id, mut findings) = workspace::add_file(&mut sources, raw, workspace::Content::Policies);
    let Some(id) = id else {
        output.findings_to_stderr(&findings, &sources);
        return if before.is_err() { Formatted::Unreadable } else { Formatted::Findings };
    };
    let (tree, more) = syntax::parse(id, sources.file(id));
    findings.extend(more);
    if has_errors(&findings) {
        output.findings_to_stderr(&findings, &sources);
        return Formatted::Findings;
    }
    let after = printer::print(&tree, sources.file(id));
    Formatted::Text { before: before.unwrap_or_default(), after }
}

/// Shows what would change, or writes it.
fn show(
    arguments: &Arguments,
    output: &mut Output,
    name: &str,
    before: &str,
    after: &str,
    write: impl FnOnce(&mut Output) -> Result<(), CliError>,
) -> Result<u8, CliError> {
    let name = precedent::text::escape_control_chars(name).into_owned();
    if !keeps_content(before, after) {
        return Err(failure(
            About::Internal,
            format!("`{name}` cannot be formatted safely; it is left unchanged"),
            "this is a bug: please report it".to_owned(),
        ));
    }
    if arguments.diff && before != after {
        let diff = TextDiff::from_lines(before, after);
        output.print(&diff.unified_diff().header(&name, &name).to_string())?;
    }
    if arguments.check && before != after {
        output.print(&format!("would change {name}\n"))?;
    }
    if arguments.check || arguments.diff {
        return Ok(if arguments.check && before != after { FINDINGS } else { FINE });
    }
    write(output)?;
    Ok(FINE)
}

/// A last check before a file is written: the new text has no syntax error, formatting it again
/// changes nothing, and no comment is lost.
fn keeps_content(before: &str, after: &str) -> bool {
    let file = SourceFile::new("", after);
    let (tree, findings) = syntax::parse(FileId(0), &file);
    let comments = |text: &str| -> Vec<String> {
        printer::comments(text)
            .iter()
            .map(|at| text[at.start as usize..at.end as usize].to_owned())
            .collect()
    };
    findings.is_empty()
        && printer::print(&tree, &file) == after
        && comments(before) == comments(after)
}
