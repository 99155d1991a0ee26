//! `precedent check`

use super::disk::DISK;
use super::error::{CliError, usage};
use super::load::{self, Workspace};
use super::output::Output;
use super::{fix, report_paths, status_of};
use clap::ValueEnum;
use precedent::diagnostic::{
    Diagnostic, Severity, codeclimate, github, json, junit, rdjson, render, sarif,
};
use precedent::text::{Date, count};
use precedent::workspace::Compiled;
use std::path::{Path, PathBuf};

/// Check the policies for errors, and lint them
#[derive(clap::Args)]
#[command(after_help = "\
Errors come first, then warnings, then notes, each by file and line; `json`, `sarif`, `junit`,
`rdjson` and `codeclimate` are in the order of the files. --level does not change the exit status,
since only errors make a check fail.

Paths in `text` and `json` output are relative to the workspace folder. In the other formats, they
are relative to the root of the repository, but in `rdjson` to the current folder, as the programs
that read them expect.

Examples:
  precedent check
  precedent check policies/ --format json
  precedent check --format sarif > precedent.sarif
  precedent check --level warning  leave notes out
  precedent check --diff           show the safe fixes without applying them
  precedent check --fix            apply the safe fixes, and show what remains")]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file
    path: Option<PathBuf>,
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
    let mut workspace = match Workspace::at(DISK, load::locate(arguments.path.as_deref())?) {
        Ok(workspace) => workspace,
        Err(_) if arguments.fix || arguments.diff => {
            return Err(usage(
                "a compiled file cannot be fixed",
                "run `check --fix` on the folder that it was compiled from".to_owned(),
            ));
        }
        Err(path) => {
            let compiled = load::compiled_file(DISK, &path, arguments.as_of)?;
            return show(arguments, compiled, None, output);
        }
    };
    workspace.as_of = arguments.as_of;
    if !arguments.fix && !arguments.diff {
        let input = std::mem::take(&mut workspace.input);
        return show(arguments, workspace.compile(input, None), Some(&workspace.root), output);
    }
    let compiled = workspace.compile(workspace.input.clone(), None);
    let status = status_of(&compiled);
    let fixed = fix::fix(&workspace, compiled);
    if arguments.diff {
        // Standard output is a patch, so the summary goes elsewhere. No file has changed.
        output.print(&fixed.diff())?;
        output.note(&format!("would make {}; nothing was written", fixed.summary()));
        return Ok(status);
    }
    fixed.write(&workspace.root)?;
    if arguments.format == CheckFormat::Text {
        output.print(&format!("{}\n", fixed.summary()))?;
    } else {
        output.note(&fixed.summary());
    }
    show(arguments, fixed.compiled, Some(&workspace.root), output)
}

/// Prints the findings. Their paths are relative to the folder `root`; those of a compiled file are
/// relative to a folder that nobody knows.
fn show(
    arguments: &Arguments,
    compiled: Compiled,
    root: Option<&Path>,
    output: &mut Output,
) -> Result<u8, CliError> {
    let status = status_of(&compiled);
    let least = arguments.level.severity();
    let findings: Vec<Diagnostic> =
        compiled.diagnostics.iter().filter(|found| found.severity >= least).cloned().collect();
    let from = |path_to: fn(&Path) -> String| {
        compiled.sources.clone().with_prefix(&root.map(path_to).unwrap_or_default())
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
