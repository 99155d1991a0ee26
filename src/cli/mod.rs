//! The command line: arguments, and what the commands share.

mod accept;
#[cfg(feature = "git")]
mod blame;
mod catalog;
mod check;
mod compared;
mod compile;
mod diff;
mod disk;
mod edit;
mod error;
mod explain;
mod file_changes;
mod fix;
mod fmt;
#[cfg_attr(not(feature = "git"), path = "no_git.rs")]
mod git;
mod input;
mod load;
mod matrix;
mod order;
mod output;
mod progress;
mod repair;
mod report_paths;
mod selection;
mod session;
mod show;
mod side;
mod simulate;
mod sparse;

mod test;
mod texts;
mod write;

#[cfg(not(feature = "git"))]
use git::blame;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use error::CliError;
use output::Output;
use precedent::text::{escape_control_chars, escape_in_lines};
use precedent::workspace::Compiled;
use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Exit status: success.
const FINE: u8 = 0;
/// Exit status: the policies have errors, a test fails, or a gate fails.
const FINDINGS: u8 = 1;
/// Exit status: wrong usage, or something could not be read or written.
const FAILED: u8 = 2;

const AFTER_HELP: &str = "\
Examples:
  precedent check                   check the workspace of the current folder
  precedent matrix examples/acme    show who can do what on which machine
  precedent simulate examples/acme --user amara.okafor --jump-item lx-web01
  precedent diff origin/main... --deny gained
  precedent blame --user amara.okafor --jump-item lx-web01 --permission shell
  precedent explain P0204           explain a finding and how to fix it

PATH is a folder, a `.prec` file, or a compiled file. By default, it is the nearest folder with a
`precedent.toml`, looking upward from the current folder, or else the current folder. matrix,
simulate, diff, blame, compile and test also accept a git revision, such as `main` or
`v1.0:policies`.

Exit status:
  0  success
  1  the policies have errors, or a test, a gate, a threshold or a format check fails
  2  wrong usage, or something could not be read or written";

/// A compiler for the session and group policies of privileged remote-access products
#[derive(Parser)]
#[command(name = "precedent", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Arguments {
    /// When to use color; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

/// When to use color.
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
    Show(show::Arguments),
    Simulate(simulate::Arguments),
    Diff(diff::Arguments),
    Edit(edit::Arguments),
    Repair(repair::Arguments),
    Order(order::Arguments),
    #[cfg_attr(not(feature = "git"), command(hide = true))]
    Blame(blame::Arguments),
    Compile(compile::Arguments),
    Catalog(catalog::Arguments),
    Explain(explain::Arguments),
    Fmt(fmt::Arguments),
    Test(test::Arguments),
}

/// What a matrix or a diff is about.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// The permissions of sessions
    Sessions,
    /// The settings and memberships of accounts
    Accounts,
}

/// Which pairs of a subject and a target count as sessions.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sessions {
    /// Those that can be started
    Startable,
    /// All of them
    All,
}

/// How a report is divided.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// Combine identical sessions or accounts
    Grouped,
    /// Show each session or account by itself
    Each,
}

/// The formats of a table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    Text,
    Markdown,
    Csv,
    Json,
    /// A page to look at in a browser: a simulator, people, machines and policies
    Html,
    /// A workbook for an access review, with columns for decisions
    #[cfg_attr(not(feature = "xlsx"), value(hide = true))]
    Xlsx,
    /// A folder of tables for an engine that answers SQL
    #[cfg_attr(not(feature = "parquet"), value(hide = true))]
    Parquet,
}

/// The formats of a report on one session or account.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    Text,
    Json,
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let parsed = Arguments::command().try_get_matches().and_then(|matches| {
        let subcommand = matches.subcommand_name().unwrap_or_default().to_owned();
        Ok((Arguments::from_arg_matches(&matches)?, subcommand))
    });
    let (arguments, subcommand) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return print_clap_error(&error),
    };
    let color = arguments.color;
    let mut output = Output::new(arguments.color);
    let done = match arguments.command {
        Command::Check(arguments) => check::run(&arguments, &mut output),
        Command::Matrix(arguments) => matrix::run(&arguments, &mut output),
        Command::Show(arguments) => show::run(&arguments, &mut output),
        Command::Simulate(arguments) => simulate::run(&arguments, &mut output),
        Command::Diff(arguments) => diff::run(&arguments, &mut output),
        Command::Edit(arguments) => edit::run(&arguments, &mut output),
        Command::Repair(arguments) => repair::run(&arguments, &mut output),
        Command::Order(arguments) => order::run(&arguments, &mut output),
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
        // The reader of the output closed it on purpose, as `head` does.
        Err(CliError::ClosedPipe) => output.closed().into(),
        Err(CliError::Usage { message, help }) => {
            print_clap_error(&usage_error(&subcommand, color, message, help))
        }
        Err(error) => {
            output.error(&error);
            FAILED.into()
        }
    }
}

/// Prints an error of the argument parser. Its help and version are "errors" that go to standard
/// output and mean success.
fn print_clap_error(error: &clap::Error) -> ExitCode {
    let status = if error.use_stderr() { FAILED } else { FINE };
    let plain = error.render().to_string();
    let printed = match escape_in_lines(&plain) {
        // What was typed may have characters that change what else is shown.
        Cow::Owned(shown) if error.use_stderr() => std::io::stderr().write_all(shown.as_bytes()),
        _ => error.print().and_then(|()| std::io::stdout().flush()),
    };
    match printed.map_err(CliError::from) {
        Ok(()) | Err(CliError::ClosedPipe) => status.into(),
        Err(problem) => {
            // Where standard error is what cannot be written, this has no effect either.
            Output::new(Color::Auto).error(&problem);
            FAILED.into()
        }
    }
}

/// Wrong usage that only the command could see, in the form of the argument parser's own errors.
fn usage_error(
    subcommand: &str,
    color: Color,
    message: String,
    help: Option<String>,
) -> clap::Error {
    let mut command = Arguments::command().color(match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    });
    command.build();
    let text = match help {
        Some(help) => format!("{message}\n\n  tip: {help}"),
        None => message,
    };
    match command.find_subcommand_mut(subcommand) {
        Some(subcommand) => subcommand.error(ErrorKind::ArgumentConflict, text),
        None => command.error(ErrorKind::ArgumentConflict, text),
    }
}

/// Loads the policies that a command works on. The inner `Err` is the exit status after errors in
/// the policies were printed to standard error.
fn load(
    path: Option<&PathBuf>,
    output: &Output,
) -> Result<Result<Arc<precedent::ir::Ir>, u8>, CliError> {
    Ok(checked(compiled(path, output)?, output))
}

/// Compiles the policies that a command works on, and prints what there is to say about where they
/// come from.
fn compiled(path: Option<&PathBuf>, output: &Output) -> Result<Compiled, CliError> {
    let side = side::at(path.map(PathBuf::as_path))?;
    let compiled = side.compile(None)?;
    tell_of_side(&side, &compiled, output);
    Ok(compiled)
}

/// The checked policies of a side, or the exit status after its errors were printed to standard
/// error.
fn checked_side(
    side: &side::SideInput,
    profile: Option<&str>,
    output: &Output,
) -> Result<Result<Arc<precedent::ir::Ir>, u8>, CliError> {
    Ok(told_of_side(side, side.compile(profile)?, output))
}

/// The same of a side that is compiled.
fn told_of_side(
    side: &side::SideInput,
    compiled: Compiled,
    output: &Output,
) -> Result<Arc<precedent::ir::Ir>, u8> {
    tell_of_side(side, &compiled, output);
    checked(compiled, output)
}

/// Prints what there is to say about a compiled side besides its errors.
fn tell_of_side(side: &side::SideInput, compiled: &Compiled, output: &Output) {
    side.notes().iter().for_each(|note| output.note(&escape_control_chars(note)));
    if side.of_git && compiled.ir.is_none() {
        output.note(&format!("{} does not compile:", escape_control_chars(&side.label)));
    }
}

/// The checked policies of a workspace, or the exit status after its errors were printed to
/// standard error.
fn checked(compiled: Compiled, output: &Output) -> Result<Arc<precedent::ir::Ir>, u8> {
    let status = status_of(&compiled);
    let left_out = compiled.left_out();
    match compiled.ir {
        Some(ir) => {
            if !left_out.is_empty() {
                output.all_findings_to_stderr(&left_out, &compiled.sources);
            }
            Ok(ir)
        }
        None => {
            output.findings_to_stderr(&compiled.diagnostics, &compiled.sources);
            Err(status)
        }
    }
}

/// The index of a permission, by its path.
fn permission(ir: &precedent::ir::Ir, path: &str) -> Result<usize, CliError> {
    let known = ir.profile.permissions.iter().map(|entry| &*entry.path);
    ir.profile.permission(path).ok_or_else(|| error::unknown("permission", path, known))
}

/// The exit status that the findings of a workspace ask for.
fn status_of(compiled: &Compiled) -> u8 {
    if compiled.unreadable() {
        FAILED
    } else if precedent::diagnostic::has_errors(&compiled.diagnostics) {
        FINDINGS
    } else {
        FINE
    }
}
