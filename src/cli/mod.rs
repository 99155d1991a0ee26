//! Commands and what they share: arguments, loading, output, exit statuses.

mod accept;
mod blame;
mod catalog;
mod check;
mod compile;
mod diff;
mod disk;
mod error;
mod explain;
mod fix;
mod fmt;
mod git;
mod load;
mod matrix;
mod output;
mod progress;
mod session;
mod side;
mod simulate;
mod test;
mod write;

use clap::{Parser, Subcommand, ValueEnum};
use error::CliError;
use output::Output;
use precedent::text::escape_control_chars;
use precedent::workspace::Compiled;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Exit statuses, as the machine interface says.
const FINE: u8 = 0;
/// The policies, the tests or the gate have findings of severity error.
const FINDINGS: u8 = 1;
/// Wrong usage, or something could not be read or written.
const FAILED: u8 = 2;

const AFTER_HELP: &str = "\
Examples:
  precedent check                          find mistakes in the workspace around here
  precedent matrix examples/acme           who may do what on which machine, and why
  precedent simulate examples/acme --user amara.okafor --jump-item web01
  precedent diff origin/main... --deny gained
  precedent blame --user ada --jump-item web01 --permission shell
  precedent explain P0204                  what a finding means and how to mend it

PATH is a folder, a `.prec` file, or a compiled file; without one, the nearest folder upward
that has a `precedent.toml`, else the current folder. Where nothing is written, it may be a
revision of git too, such as `main` or `v1.0:policies`.

Exit status: 0 fine; 1 findings of severity error, or a gate; 2 wrong usage, or something
could not be read or written.";

/// Compiles the session and group policies of privileged remote-access products.
#[derive(Parser)]
#[command(name = "precedent", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Arguments {
    /// Colour the output: on a terminal without NO_COLOR, always, or never.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Arguments),
    Matrix(matrix::Arguments),
    Simulate(simulate::Arguments),
    Diff(diff::Arguments),
    Blame(blame::Arguments),
    Compile(compile::Arguments),
    Catalog(catalog::Arguments),
    Explain(explain::Arguments),
    Fmt(fmt::Arguments),
    Test(test::Arguments),
}

/// What a matrix or a diff is of.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Of {
    Sessions,
    Accounts,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// What is equal stands together.
    Grouped,
    /// A row for each cell.
    Each,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    Text,
    Markdown,
    Csv,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    Text,
    Json,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; clap prints each where it belongs.
            let status = if error.use_stderr() { FAILED } else { FINE };
            return if error.print().is_ok() { status.into() } else { FAILED.into() };
        }
    };
    let mut output = Output::new(arguments.color);
    let done = match arguments.command {
        Command::Check(arguments) => check::run(&arguments, &mut output),
        Command::Matrix(arguments) => matrix::run(&arguments, &mut output),
        Command::Simulate(arguments) => simulate::run(&arguments, &mut output),
        Command::Diff(arguments) => diff::run(&arguments, &mut output),
        Command::Blame(arguments) => blame::run(&arguments, &mut output),
        Command::Compile(arguments) => compile::run(&arguments, &mut output),
        Command::Catalog(arguments) => catalog::run(&arguments, &mut output),
        Command::Explain(arguments) => explain::run(&arguments, &mut output),
        Command::Fmt(arguments) => fmt::run(&arguments, &mut output),
        Command::Test(arguments) => test::run(&arguments, &mut output),
    };
    let status = done.and_then(|status| output.finish().map(|()| status).map_err(CliError::from));
    match status {
        Ok(status) => status.into(),
        // Whoever reads the output has had enough of it.
        Err(CliError::ClosedPipe) => FINE.into(),
        Err(error) => {
            output.error(&error);
            FAILED.into()
        }
    }
}

/// Loads what a command works on. Errors in the policies are printed to standard error, and `Err`
/// is the exit status.
fn load(
    path: Option<&PathBuf>,
    output: &Output,
) -> Result<Result<Arc<precedent::ir::Ir>, u8>, CliError> {
    match path {
        Some(path) => checked_side(&side::one(path)?, None, output),
        None => Ok(checked(load::around_here()?, output)),
    }
}

/// The IR of a side, or the exit status after its errors were printed to standard error.
fn checked_side(
    side: &side::Side,
    profile: Option<&str>,
    output: &Output,
) -> Result<Result<Arc<precedent::ir::Ir>, u8>, CliError> {
    let compiled = side.compile(profile)?;
    side.remarks().iter().for_each(|remark| output.note(&escape_control_chars(remark)));
    if side.of_git && compiled.ir.is_none() {
        output.note(&format!("{} does not compile:", escape_control_chars(&side.label)));
    }
    Ok(checked(compiled, output))
}

/// The IR of a workspace, or the exit status after its errors were printed to standard error.
fn checked(compiled: Compiled, output: &Output) -> Result<Arc<precedent::ir::Ir>, u8> {
    let status = status_of(&compiled);
    match compiled.ir {
        Some(ir) => Ok(ir),
        None => {
            output.findings_to_stderr(&compiled.diagnostics, &compiled.sources);
            Err(status)
        }
    }
}

/// A permission of the profile by its path.
fn permission(ir: &precedent::ir::Ir, path: &str) -> Result<usize, CliError> {
    let known = ir.profile.permissions.iter().map(|entry| &*entry.path);
    ir.profile.permission(path).ok_or_else(|| error::unknown("permission", path, known))
}

fn status_of(compiled: &Compiled) -> u8 {
    if compiled.unreadable() {
        FAILED
    } else if precedent::diagnostic::has_errors(&compiled.diagnostics) {
        FINDINGS
    } else {
        FINE
    }
}
