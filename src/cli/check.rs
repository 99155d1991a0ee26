//! `precedent check`

use super::error::{CliError, usage};
use super::load::{self, Workspace};
use super::output::Output;
use super::tree::DISK;
use super::{fix, status_of};
use clap::ValueEnum;
use precedent::diagnostic::{github, json, junit, rdjson, render, sarif};
use precedent::workspace::Compiled;
use std::path::PathBuf;

/// Parse, check and lint the policies.
#[derive(clap::Args)]
#[command(after_help = "\
In `text` and `json`, paths are relative to the workspace's folder; in the other formats, which
other programs hold against the repository, to the current folder.

Examples:
  precedent check
  precedent check policies/ --format json
  precedent check --format sarif > precedent.sarif
  precedent check --diff            show the fixes that are certain, write nothing
  precedent check --fix             make them, and show what is left")]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file.
    path: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Make the fixes that are certain, then show the remaining findings.
    #[arg(long)]
    fix: bool,
    /// Show the fixes that are certain as a unified diff; write nothing.
    #[arg(long, conflicts_with = "format")]
    diff: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// The diagnostic format of reviewdog.
    Rdjson,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let mut workspace = match Workspace::at(DISK, load::locate(arguments.path.as_deref())?) {
        Ok(workspace) => workspace,
        Err(_) if arguments.fix || arguments.diff => {
            return Err(usage(
                "a compiled file cannot be fixed",
                "fix the folder that it was compiled from".to_owned(),
            ));
        }
        Err(path) => return show(arguments.format, load::compiled_file(DISK, &path)?, "", output),
    };
    let way = load::path_from_cwd(&workspace.root);
    if !arguments.fix && !arguments.diff {
        let input = std::mem::take(&mut workspace.input);
        return show(arguments.format, workspace.compile(input, None), &way, output);
    }
    let compiled = workspace.compile(workspace.input.clone(), None);
    let status = status_of(&compiled);
    let fixed = fix::fix(&workspace, compiled);
    if arguments.diff {
        // Standard output is a patch, so the rest goes elsewhere; and the files are as they were.
        output.print(&fixed.diff())?;
        output.note(&format!("{}, nothing written", fixed.summary()));
        return Ok(status);
    }
    fixed.write(&workspace.root)?;
    if arguments.format == Format::Text {
        output.print(&format!("{}\n", fixed.summary()))?;
    } else {
        output.note(&fixed.summary());
    }
    show(arguments.format, fixed.compiled, &way, output)
}

/// Prints the findings; `way` leads from the current folder to the one that paths are relative to.
fn show(
    format: Format,
    compiled: Compiled,
    way: &str,
    output: &mut Output,
) -> Result<u8, CliError> {
    let status = status_of(&compiled);
    let findings = &compiled.diagnostics;
    let text = match format {
        Format::Text => {
            let options = render::Options { color: output.style.color, width: output.style.width };
            let drawn = render::render(findings, &compiled.sources, options);
            let gravest = findings.iter().rev().max_by_key(|found| found.severity);
            let more = gravest.map(|found| {
                format!("more about a finding: `precedent explain {}`\n", found.code.id())
            });
            format!("{drawn}{}\n{}", summary(&compiled), more.unwrap_or_default())
        }
        Format::Json => json::render(findings, &compiled.sources),
        Format::Github => github::render(findings, &compiled.sources.with_prefix(way)),
        Format::Sarif => sarif::render(findings, &compiled.sources.with_prefix(way)),
        Format::Junit => junit::render(findings, &compiled.sources.with_prefix(way)),
        Format::Rdjson => rdjson::render(findings, &compiled.sources.with_prefix(way)),
    };
    output.print(&text)?;
    Ok(status)
}

fn summary(compiled: &Compiled) -> String {
    let findings = render::summary(&compiled.diagnostics).unwrap_or_else(|| "no findings".into());
    match &compiled.ir {
        Some(ir) => {
            let tables = &ir.tables;
            let counts = [
                (tables.users.len(), "user"),
                (tables.invites.len(), "invite"),
                (tables.jump_items.len(), "jump item"),
                (tables.portals.len(), "portal"),
            ];
            let named = counts.iter().filter(|(count, _)| *count > 0);
            let named = named.map(|(count, one)| {
                format!("{count} {one}{}, ", if *count == 1 { "" } else { "s" })
            });
            format!("{findings}: {}{}", named.collect::<String>(), ir.profile.label)
        }
        None => findings,
    }
}
