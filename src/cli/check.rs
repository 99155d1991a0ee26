//! `precedent check`

use super::disk::DISK;
use super::error::{CliError, usage};
use super::fix::{self, Fixed};
use super::load::{self, Workspace};
use super::output::Output;
use super::write::{self, Rewritten};
use super::{FINE, input, report_paths, status_of};
use clap::ValueEnum;
use precedent::diagnostic::{
    Diagnostic, Severity, codeclimate, github, json, junit, rdjson, render, sarif,
};
use precedent::text::{Date, count, escape_control_chars};
use precedent::workspace::files::Place;
use precedent::workspace::{self, Compiled};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Check the policies for errors, and lint them
#[derive(clap::Args)]
#[command(after_help = "\
Errors come first, then warnings, then notes, each by file and line; `json`, `sarif`, `junit`,
`rdjson` and `codeclimate` are in the order of the files. --level does not change the exit status,
since only errors make a check fail.

Paths in `text` and `json` output are relative to the workspace folder, or to the current folder
where several workspaces are checked. In the other formats, they are relative to the root of the
repository, but in `rdjson` to the current folder, as the programs that read them expect.

A workspace is checked once, however many of the paths belong to it. The text of standard input
(`-`) is a workspace by itself; with --stdin-filename, it takes the place of that file in the
workspace of the file.

Examples:
  precedent check
  precedent check policies/ --format json
  precedent check sites/a sites/b
  precedent check - < draft.prec
  precedent check --format sarif > precedent.sarif
  precedent check --level warning  leave notes out
  precedent check --diff           show the safe fixes without applying them
  precedent check --fix            apply the safe fixes, and show what remains")]
pub struct Arguments {
    /// Folders, `.prec` files and compiled files, or `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    format: CheckFormat,
    /// Show only findings of this level and above
    #[arg(long, value_enum, default_value_t = ShownLevel::Note)]
    level: ShownLevel,
    /// Show the source lines of notes too, and all places of a finding
    #[arg(long)]
    details: bool,
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
    /// Code Climate issues, for the code quality report of GitLab
    Codeclimate,
}

/// The least severe findings that are shown.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShownLevel {
    Error,
    Warning,
    Note,
}

impl ShownLevel {
    fn severity(self) -> Severity {
        match self {
            ShownLevel::Error => Severity::Error,
            ShownLevel::Warning => Severity::Warning,
            ShownLevel::Note => Severity::Note,
        }
    }
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let inputs = inputs(arguments)?;
    if !arguments.fix && !arguments.diff {
        let checked = inputs.into_iter().map(Input::check).collect::<Result<Vec<_>, _>>()?;
        return show(arguments, checked, output);
    }
    if arguments.diff {
        let workspaces = inputs.iter().map(Input::readable).collect::<Result<Vec<_>, _>>()?;
        return show_fixes(&workspaces, output);
    }
    let workspaces = inputs.iter().map(Input::editable).collect::<Result<Vec<_>, _>>()?;
    let several = workspaces.len() > 1;
    let mut checked = Vec::new();
    for workspace in workspaces {
        let fixed = fix_files(workspace)?;
        let summary = of_workspace(several.then_some(workspace), &fixed.summary());
        if arguments.format == CheckFormat::Text {
            output.print(&format!("{summary}\n"))?;
        } else {
            output.note(&summary);
        }
        checked.push((Some(workspace.root.clone()), fixed.compiled));
    }
    show(arguments, checked, output)
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
        if text.trim_ascii().is_empty() {
            return Err(usage(
                "standard input is empty, so there is nothing to check",
                "perhaps the command before the pipe has failed".to_owned(),
            ));
        }
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
        inputs.push(match Workspace::on_disk(place) {
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
    /// The folder that paths are relative to, and what came of the check. Nobody knows the folder
    /// of a compiled file.
    fn check(self) -> Result<(Option<PathBuf>, Compiled), CliError> {
        Ok(match self {
            Input::Workspace(mut workspace) | Input::Text(mut workspace) => {
                // Files can be large: they are not kept twice.
                let input = std::mem::take(&mut workspace.input);
                let compiled = workspace.compile(input, None);
                (Some(workspace.root), compiled)
            }
            Input::Compiled(path, as_of) => (None, load::compiled_file(DISK, &path, as_of)?),
        })
    }

    /// The workspace whose files can be fixed.
    fn editable(&self) -> Result<&Workspace<'static>, CliError> {
        match self {
            Input::Text(_) => Err(usage(
                "standard input cannot be fixed",
                "run `check --fix` on the file, or show the fixes with `--diff`".to_owned(),
            )),
            other => other.readable(),
        }
    }

    /// The workspace whose fixes can be shown.
    fn readable(&self) -> Result<&Workspace<'static>, CliError> {
        match self {
            Input::Workspace(workspace) | Input::Text(workspace) => Ok(workspace),
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
    let several = workspaces.len() > 1;
    for (workspace, fixed) in &fixed {
        // The paths of one workspace are relative to its folder.
        let from_current = || report_paths::from_current(&workspace.root);
        let prefix = if several { from_current() } else { String::new() };
        output.patch(&fixed.changes.patch(&prefix))?;
        let note = format!("would make {}; nothing was written", fixed.summary());
        output.note(&of_workspace(several.then_some(workspace), &note));
    }
    Ok(status)
}

/// What there is to say of a workspace, with its folder if it has to be told from others.
fn of_workspace(workspace: Option<&Workspace<'_>>, text: &str) -> String {
    let folder = workspace.map(|workspace| report_paths::from_current(&workspace.root));
    match folder.as_deref().map(|folder| folder.trim_end_matches('/')) {
        None => text.to_owned(),
        Some("") => format!("`.`: {text}"),
        Some(folder) => format!("`{}`: {text}", escape_control_chars(folder)),
    }
}

/// Applies the safe fixes of a workspace. If its files change in the meantime, they are read again.
fn fix_files(workspace: &Workspace<'_>) -> Result<Fixed, CliError> {
    const ATTEMPTS: usize = 5;
    let mut read_again;
    let mut read = workspace;
    let mut attempts = 0;
    loop {
        let compiled = read.compile(read.input.clone(), None);
        let fixed = fix::fix(read, compiled);
        attempts += 1;
        match fixed.changes.write(&workspace.root)? {
            // With another manifest, other files may belong to the workspace.
            Rewritten::All if fixed.changes.change_manifest() => {
                let place = Place::Folder(workspace.root.clone());
                let now = Workspace::on_disk(place).map(|found| found.input);
                let now = now.unwrap_or_else(|_| workspace.read_again());
                return Ok(fixed.with_compiled(workspace.compile(now, None)));
            }
            Rewritten::All => return Ok(fixed),
            Rewritten::Changed(path) if attempts == ATTEMPTS => {
                return Err(write::keeps_changing(path));
            }
            Rewritten::Changed(_) => {
                read_again = workspace.with(workspace.read_again());
                read = &read_again;
            }
        }
    }
}

/// Prints the findings of workspaces, each with the folder that their paths are relative to.
fn show(
    arguments: &Arguments,
    mut checked: Vec<(Option<PathBuf>, Compiled)>,
    output: &mut Output,
) -> Result<u8, CliError> {
    let (root, compiled) = match checked.len() {
        1 => checked.remove(0),
        _ => {
            let from_current = |root: Option<PathBuf>| {
                root.map(|root| report_paths::from_current(&root)).unwrap_or_default()
            };
            let checked = checked.into_iter().map(|(root, one)| (from_current(root), one));
            (Some(PathBuf::from(".")), workspace::together(checked.collect()))
        }
    };
    let status = status_of(&compiled);
    output.verdict(status);
    let least = arguments.level.severity();
    let findings: Vec<Diagnostic> =
        compiled.diagnostics.iter().filter(|found| found.severity >= least).cloned().collect();
    let from = |path_to: fn(&Path) -> String| {
        let prefix = root.as_deref().map(path_to).unwrap_or_default();
        compiled.sources.clone().with_prefix(&prefix)
    };
    let from_repository = || from(report_paths::from_repository);
    let text = match arguments.format {
        CheckFormat::Text => text(arguments, &compiled, &findings, output),
        CheckFormat::Json => json::render(&findings, &compiled.sources),
        CheckFormat::Github => github::render(&findings, &from_repository()),
        CheckFormat::Sarif => sarif::render(&findings, &from_repository()),
        CheckFormat::Junit => junit::render(&findings, &from_repository()),
        CheckFormat::Rdjson => rdjson::render(&findings, &from(report_paths::from_current)),
        CheckFormat::Codeclimate => codeclimate::render(&findings, &from_repository()),
    };
    output.print(&text)?;
    Ok(status)
}

fn text(
    arguments: &Arguments,
    compiled: &Compiled,
    findings: &[Diagnostic],
    output: &Output,
) -> String {
    let options = render::Options {
        color: output.style.color,
        width: output.style.width,
        extent: if arguments.details { render::Extent::Full } else { render::Extent::Brief },
    };
    let mut text = render::render(findings, &compiled.sources, options);
    text.push_str(&format!("{}\n", summary(compiled)));
    let count_of = |findings: &[Diagnostic]| findings.iter().map(|found| found.count).sum();
    let (all, shown): (usize, usize) = (count_of(&compiled.diagnostics), count_of(findings));
    if all > shown {
        let level = arguments.level.severity().as_str();
        let hidden = count((all - shown) as u64, "finding");
        text.push_str(&format!("{hidden} below `--level {level}` not shown\n"));
    }
    if let Some(most_severe) = findings.iter().rev().max_by_key(|found| found.severity) {
        let code = most_severe.code.id();
        let has_notes = findings.iter().any(|found| found.severity == Severity::Note);
        let details = match has_notes && !arguments.details {
            true => "; for the lines of notes, `--details`",
            false => "",
        };
        let explain = format!("`precedent explain {code}`");
        text.push_str(&format!("for more about a finding, try {explain}{details}\n"));
    }
    text
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
