//! `precedent test`

use super::error::CliError;
use super::output::Output;
use super::{FINDINGS, FINE, load};
use clap::ValueEnum;
use precedent::policy_test;
use precedent::report::tests;
use precedent::resolve::Matrix;
use std::path::PathBuf;

/// Run the `test` blocks over every session or account that they select.
#[derive(clap::Args)]
#[command(
    after_help = "A test that selects nothing does not pass: it proves nothing.\n\nExamples:\n  precedent test examples/acme\n  precedent test --filter vendors --format junit > report.xml"
)]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a revision of git.
    path: Option<PathBuf>,
    /// Only the tests whose name holds this text.
    #[arg(long, default_value = "", value_name = "TEXT")]
    filter: String,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let matrix = Matrix::new(&ir);
    let outcomes = policy_test::run(&matrix, &arguments.filter);
    let text = match arguments.format {
        Format::Text => tests::text(&matrix, &outcomes, output.style),
        Format::Json => tests::json(&matrix, &outcomes).map_err(|error| CliError::Output(error.into()))?,
        Format::Junit => tests::junit(&matrix, &outcomes),
    };
    output.print(&text)?;
    Ok(if outcomes.iter().all(policy_test::Outcome::passed) { FINE } else { FINDINGS })
}
