//! `precedent check`

use super::disk::DISK;
use super::error::{CliError, usage};
use super::fix::{self, Fixed};
use super::load::{self, Workspace};
use super::output::Output;
use super::write::{self, Rewritten};
use super::{FINE, input, status_of};
use clap::ValueEnum;
use precedent::diagnostic::{github, json, junit, rdjson, render, sarif};
use precedent::text::{Date, count};
use precedent::workspace::files::Place;
use precedent::workspace::{self, Compiled};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Check the policies for errors, and lint them
#[derive(clap::Args)]
#[command(after_help = "\
Paths in `text` and `json` output are relative to the workspace folder, or to the current folder
where several workspaces are checked. In the other formats, they are relative to the current folder,
as the programs that read them expect.

A workspace is checked once, however many of the paths belong to it. The text of standard input
(`-`) is a workspace by itself; with --stdin-filename, it takes the place of that file in the
workspace of the file.

Examples:
  precedent check
  precedent check policies/ --format json
  precedent check sites/a sites/b
  precedent check - < draft.prec
  precedent check --format sarif > precedent.sarif
  precedent check --diff            show the safe fixes without applying them
  precedent check --fix             apply the safe fixes, and show the remaining findings")]
pub struct Arguments {
    /// Folders, `.prec` files and compiled files, or `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    format: CheckFormat,
    /// Apply safe fixes, then show the remaining findings
    #[arg(long)]
    fix: bool,
    /// Show safe fixes as a unified diff, without applying them
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// Report dates, such as `until 2026-12-31`, that lie before this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// The file whose text standard input is
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    Text,
    Json,
    /// Annotations for GitHub Actions
    Github,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML
    Junit,
    /// The diagnostic format of reviewdog
    Rdjson,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let inputs = inputs(arguments)?;
    if !arguments.fix && !arguments.diff {
        let checked = inputs.iter().map(|input| input.check()).collect::<Result<Vec<_>, _>>()?;
        return show(arguments.format, checked, output);
    }
    let workspaces = inputs.iter().map(Input::editable).collect::<Result<Vec<_>, _>>()?;
    if arguments.diff {
        return show_fixes(&workspaces, output);
    }
    let mut checked = Vec::new();
    for workspace in workspaces {
        let fixed = fix_files(workspace)?;
        if arguments.format == CheckFormat::Text {
            output.print(&format!("{}\n", fixed.summary()))?;
        } else {
            output.note(&fixed.summary());
        }
        checked.push((load::path_from_cwd(&workspace.root), fixed.compiled));
    }
    show(arguments.format, checked, output)
}

/// One thing to check.
enum Input {
    Workspace(Workspace<'static>),
    /// The text of standard input, in its workspace.
    Text(Workspace<'static>),
    Compiled(PathBuf, Option<Date>),
}

/// What the paths stand for, each workspace once.
fn inputs(arguments: &Arguments) -> Result<Vec<Input>, CliError> {
    if input::is_standard(&arguments.paths, arguments.stdin_filename.as_deref())? {
        let text = input::read_standard()?;
        let mut workspace = load::standard_input(text, arguments.stdin_filename.as_deref())?;
        workspace.as_of = arguments.as_of;
        return Ok(vec![Input::Text(workspace)]);
    }
    let places = match &arguments.paths[..] {
        [] => vec![load::locate(None)?],
        paths => paths.iter().map(|path| load::locate(Some(path))).collect::<Result<_, _>>()?,
    };
    let mut seen = BTreeSet::new();
    let mut inputs = Vec::new();
    for place in places {
        let (Place::Folder(path) | Place::File(path) | Place::CompiledFile(path)) = &place;
        if !seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())) {
            continue;
        }
        inputs.push(match Workspace::at(DISK, place) {
            Ok(mut workspace) => {
                workspace.as_of = arguments.as_of;
                Input::Workspace(workspace)
            }
            Err(path) => Input::Compiled(path, arguments.as_of),
        });
    }
    Ok(inputs)
}

impl Input {
    /// The way from the current folder to the one that paths are relative to, and what came of the
    /// check.
    fn check(&self) -> Result<(String, Compiled), CliError> {
        Ok(match self {
            Input::Workspace(workspace) | Input::Text(workspace) => {
                let compiled = workspace.compile(workspace.input.clone(), None);
                (load::path_from_cwd(&workspace.root), compiled)
            }
            Input::Compiled(path, as_of) => {
                (String::new(), load::compiled_file(DISK, path, *as_of)?)
            }
        })
    }

    /// The workspace whose files can be fixed.
    fn editable(&self) -> Result<&Workspace<'static>, CliError> {
        match self {
            Input::Workspace(workspace) => Ok(workspace),
            Input::Text(_) => Err(usage(
                "standard input cannot be fixed",
                "run `check --fix` on the file".to_owned(),
            )),
            Input::Compiled(..) => Err(usage(
                "a compiled file cannot be fixed",
                "run `check --fix` on the folder that it was compiled from".to_owned(),
            )),
        }
    }
}

/// Prints the fixes of workspaces as one patch. The summaries go elsewhere. No file has changed.
fn show_fixes(workspaces: &[&Workspace<'_>], output: &mut Output) -> Result<u8, CliError> {
    let mut status = FINE;
    let mut fixed = Vec::new();
    for workspace in workspaces {
        let compiled = workspace.compile(workspace.input.clone(), None);
        status = status.max(status_of(&compiled));
        fixed.push((workspace, fix::fix(workspace, compiled)));
    }
    output.verdict(status);
    for (workspace, fixed) in &fixed {
        // The paths of one workspace are relative to its folder.
        let several = workspaces.len() > 1;
        let prefix = if several { load::path_from_cwd(&workspace.root) } else { String::new() };
        output.print(&fixed.diff(&prefix))?;
        output.note(&format!("would make {}; nothing was written", fixed.summary()));
    }
    Ok(status)
}

/// Applies the safe fixes of a workspace. If its files change in the meantime, they are read again.
fn fix_files(workspace: &Workspace<'_>) -> Result<Fixed, CliError> {
    const ATTEMPTS: usize = 5;
    let mut input = workspace.input.clone();
    let mut attempts = 0;
    loop {
        let read = workspace.with(input);
        let compiled = read.compile(read.input.clone(), None);
        let fixed = fix::fix(&read, compiled);
        attempts += 1;
        match fixed.write(&workspace.root)? {
            // With another manifest, other files may belong to the workspace.
            Rewritten::All if fixed.changes_manifest() => {
                let place = Place::Folder(workspace.root.clone());
                let now = Workspace::at(DISK, place).map(|found| found.input);
                let now = now.unwrap_or_else(|_| workspace.read_again());
                return Ok(fixed.with_compiled(workspace.compile(now, None)));
            }
            Rewritten::All => return Ok(fixed),
            Rewritten::Changed(path) if attempts == ATTEMPTS => {
                return Err(write::keeps_changing(path));
            }
            Rewritten::Changed(_) => input = workspace.read_again(),
        }
    }
}

/// Prints the findings of workspaces, each with the way from the current folder to the one that
/// their paths are relative to.
fn show(
    format: CheckFormat,
    mut checked: Vec<(String, Compiled)>,
    output: &mut Output,
) -> Result<u8, CliError> {
    let (prefix, compiled) = match checked.len() {
        1 => checked.remove(0),
        _ => (String::new(), workspace::together(checked)),
    };
    let prefix = &*prefix;
    let status = status_of(&compiled);
    output.verdict(status);
    let findings = &compiled.diagnostics;
    let text = match format {
        CheckFormat::Text => {
            let options = render::Options { color: output.style.color, width: output.style.width };
            let drawn = render::render(findings, &compiled.sources, options);
            let most_severe = findings.iter().rev().max_by_key(|finding| finding.severity);
            let more = most_severe.map(|finding| {
                format!("for more about a finding, try `precedent explain {}`\n", finding.code.id())
            });
            format!("{drawn}{}\n{}", summary(&compiled), more.unwrap_or_default())
        }
        CheckFormat::Json => json::render(findings, &compiled.sources),
        CheckFormat::Github => github::render(findings, &compiled.sources.with_prefix(prefix)),
        CheckFormat::Sarif => sarif::render(findings, &compiled.sources.with_prefix(prefix)),
        CheckFormat::Junit => junit::render(findings, &compiled.sources.with_prefix(prefix)),
        CheckFormat::Rdjson => rdjson::render(findings, &compiled.sources.with_prefix(prefix)),
    };
    output.print(&text)?;
    Ok(status)
}

fn summary(compiled: &Compiled) -> String {
    let findings = render::summary(&compiled.diagnostics).unwrap_or_else(|| "no findings".into());
    match &compiled.ir {
        Some(ir) => {
            let tables = &ir.tables;
            let terms = &ir.profile.terminology;
            let counts = [
                (tables.users.len(), &terms.user),
                (tables.invites.len(), &terms.invite),
                (tables.jump_items.len(), &terms.jump_item),
                (tables.portals.len(), &terms.portal),
            ];
            let present = counts.iter().filter(|(number, _)| *number > 0);
            let present = present.map(|(number, one)| format!("{}, ", count(*number as u64, one)));
            format!("{findings}: {}{}", present.collect::<String>(), ir.profile.label)
        }
        None => findings,
    }
}
