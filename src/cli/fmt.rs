//! `precedent fmt`

use super::disk::DISK;
use super::error::{About, CliError, failure};
use super::load::{self, PolicyFiles, STANDARD_INPUT};
use super::output::Output;
use super::write::{self, Rewrite, Rewritten};
use super::{FAILED, FINDINGS, FINE, input, report_paths};
use precedent::diagnostic::{Code, Diagnostic, has_errors};
use precedent::source::{FileId, SourceFile, Sources};
use precedent::syntax::{self, printer};
use precedent::text::escape_control_chars;
use precedent::text::line_diff::patch;
use precedent::workspace::tree::raw_file;
use precedent::workspace::{self, Content, RawFile, ReadError};
use std::path::{Path, PathBuf};

/// Format policy files
#[derive(clap::Args)]
#[command(after_help = "\
There is one canonical layout, without options. Comments are kept, and so are the line ends of a
file: where its first line ends with CR LF, all lines do. A file with syntax errors is reported and
left unchanged.

Examples:
  precedent fmt                     format all files of the workspace
  precedent fmt a.prec b.prec       format these files
  precedent fmt --check             exit with status 1 if a file would change
  precedent fmt --diff              show what would change
  precedent fmt - < policy.prec     format standard input to standard output")]
pub struct Arguments {
    /// Folders and `.prec` files; a folder stands for its workspace, and `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// List the files that would change, and exit with status 1 if there are any
    #[arg(long)]
    check: bool,
    /// Show what would change, without writing it
    #[arg(long)]
    diff: bool,
    /// What messages call standard input
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    if input::is_standard(&arguments.paths, arguments.stdin_filename.as_deref())? {
        return standard_input(arguments, output);
    }
    let found = load::policy_files(&arguments.paths)?;
    // The paths of one workspace are relative to its folder, those of several to the current one.
    let several = found.len() > 1;
    let mut status = FINE;
    for PolicyFiles { root, files } in found {
        let prefix = if several { report_paths::from_current(&root) } else { String::new() };
        let named = |file: RawFile| RawFile { path: format!("{prefix}{}", file.path), ..file };
        let (files, others): (Vec<_>, Vec<_>) = files.into_iter().partition(RawFile::is_policy);
        tell_of(others.into_iter().map(named), output);
        for file in files {
            let path = root.join(&file.path);
            let file = named(file);
            // A file that cannot be written is no reason to leave others as they are.
            let done = match on_disk(arguments, &path, file, output) {
                Err(error @ (CliError::Unwritable { .. } | CliError::Failure(_))) => {
                    output.error(&error);
                    FAILED
                }
                done => done?,
            };
            status = status.max(done);
        }
    }
    Ok(status)
}

/// Says which files are not formatted, though they look as if they should be. What else is wrong
/// with a manifest is for `check` to say.
fn tell_of(others: impl Iterator<Item = RawFile>, output: &Output) {
    let mut sources = Sources::new();
    let others = others.filter(|file| matches!(file.content, Err(ReadError::NearlyNamed { .. })));
    let findings: Vec<Diagnostic> = others
        .flat_map(|file| workspace::add_file(&mut sources, file, Content::Policies).1)
        .collect();
    if !findings.is_empty() {
        output.all_findings_to_stderr(&findings, &sources);
    }
}

fn standard_input(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let name = arguments.stdin_filename.as_deref().map(Path::to_string_lossy);
    let name = name.unwrap_or(STANDARD_INPUT.into()).into_owned();
    let raw = RawFile { path: name.clone(), content: Ok(input::read_standard()?) };
    let Formatted::Text { before, after } = format(raw, output) else { return Ok(FINDINGS) };
    assert_content_is_kept(&name, &before, &after)?;
    if arguments.check || arguments.diff {
        return show(arguments, output, &name, &before, &after);
    }
    output.print(&after)?;
    Ok(FINE)
}

/// Formats a file on disk. If it changes in the meantime, it is read again.
fn on_disk(
    arguments: &Arguments,
    path: &Path,
    mut file: RawFile,
    output: &mut Output,
) -> Result<u8, CliError> {
    const ATTEMPTS: usize = 5;
    let name = file.path.clone();
    for _ in 0..ATTEMPTS {
        let (before, after) = match format(file, output) {
            Formatted::Unreadable => return Ok(FAILED),
            Formatted::Findings => return Ok(FINDINGS),
            Formatted::Text { before, after } => (before, after),
        };
        assert_content_is_kept(&name, &before, &after)?;
        if arguments.check || arguments.diff {
            return show(arguments, output, &name, &before, &after);
        }
        if before == after {
            return Ok(FINE);
        }
        let (before, after) = (before.as_bytes(), after.as_bytes());
        match write::rewrite(&[Rewrite { path: path.to_owned(), before: Some(before), after }])? {
            Rewritten::All => return Ok(FINE),
            Rewritten::Changed(_) => file = raw_file(DISK, path, name.clone()),
        }
    }
    Err(write::keeps_changing(path.to_owned()))
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
    let (id, mut findings) = workspace::add_file(&mut sources, raw, Content::Policies);
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
    let source = sources.file(id);
    let after = source.with_line_ends(&printer::print(&tree, source)).into_owned();
    Formatted::Text { before: before.unwrap_or_default(), after }
}

/// Shows what would change.
fn show(
    arguments: &Arguments,
    output: &mut Output,
    name: &str,
    before: &str,
    after: &str,
) -> Result<u8, CliError> {
    if before == after {
        return Ok(FINE);
    }
    let name = escape_control_chars(name);
    let status = if arguments.check { FINDINGS } else { FINE };
    output.verdict(status);
    if arguments.diff {
        output.patch(&patch(&name, before, after))?;
    }
    if arguments.check {
        output.print(&format!("would change {name}\n"))?;
    }
    Ok(status)
}

/// A last check before a file is written: the new text has no syntax error, formatting it again
/// changes nothing, and no comment is lost.
fn assert_content_is_kept(name: &str, before: &str, after: &str) -> Result<(), CliError> {
    let file = SourceFile::new("", after);
    let (tree, findings) = syntax::parse(FileId(0), &file);
    let comments = |text: &str| -> Vec<String> {
        printer::comments(text)
            .iter()
            .map(|at| text[at.start as usize..at.end as usize].to_owned())
            .collect()
    };
    let is_same = findings.is_empty()
        && file.with_line_ends(&printer::print(&tree, &file)) == after
        && comments(before) == comments(after);
    if is_same {
        return Ok(());
    }
    let name = escape_control_chars(name);
    // A list takes more of the parser's steps when each of its entries has a line of its own.
    if findings.iter().any(|found| found.code == Code::TOO_LARGE) {
        return Err(failure(
            About::TooLong,
            format!("`{name}` would have a declaration that is too long to be read"),
            "write its lines as several declarations".to_owned(),
        ));
    }
    Err(failure(
        About::Internal,
        format!("`{name}` cannot be formatted safely; it is left unchanged"),
        "this is a bug: please report it".to_owned(),
    ))
}
