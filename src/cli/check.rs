//! `precedent check`

use super::disk::DISK;
use super::error::{CliError, usage};
use super::load::{self, Workspace};
use super::output::Output;
use super::{fix, status_of};
use clap::ValueEnum;
use precedent::diagnostic::{github, json, junit, rdjson, render, sarif};
use precedent::text::{Date, count};
use precedent::workspace::Compiled;
use std::path::PathBuf;

/// Check the policies for errors, and lint them
#[derive(clap::Args)]
#[command(after_help = "\
Paths in `text` and `json` output are relative to the workspace folder. In the other formats, they
are relative to the current folder, as the programs that read them expect.

Examples:
  precedent check
  precedent check policies/ --format json
  precedent check --format sarif > precedent.sarif
  precedent check --diff            show the safe fixes without applying them
  precedent check --fix             apply the safe fixes, and show the remaining findings")]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file
    path: Option<PathBuf>,
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
            return show(arguments.format, compiled, "", output);
        }
    };
    workspace.as_of = arguments.as_of;
    let prefix = load::path_from_cwd(&workspace.root);
    if !arguments.fix && !arguments.diff {
        let input = std::mem::take(&mut workspace.input);
        return show(arguments.format, workspace.compile(input, None), &prefix, output);
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
    show(arguments.format, fixed.compiled, &prefix, output)
}

/// Prints the findings; `prefix` leads from the current folder to the one that their paths are
/// relative to.
fn show(
    format: CheckFormat,
    compiled: Compiled,
    prefix: &str,
    output: &mut Output,
) -> Result<u8, CliError> {
    let status = status_of(&compiled);
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
