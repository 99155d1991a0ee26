//! `precedent order`

use super::error::CliError;
use super::output::Output;
use super::repair::{progress, read};
use super::{FAILED, FINE, TextOrJson};
use precedent::repair::{self, Question, Workshop};
use std::path::PathBuf;

/// Show what the order of group policies and each `final` decide
#[derive(clap::Args)]
#[command(after_help = "\
Each pair of neighbours in `order group policies` is swapped, and each `final` is taken away, one at
a time, to see what would change. Neighbours that nobody is a member of together can be swapped
freely.

Examples:
  precedent order --path examples/acme
  precedent order --path examples/acme --format json")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file or a git revision; by default, the workspace of
    /// the current folder
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let read = match read(arguments.path.as_ref(), output)? {
        Ok(read) => read,
        Err(status) => return Ok(status),
    };
    let nothing = Question::Lines(Vec::new());
    let workshop = match Workshop::new(&read.input, read.profile.as_ref(), &nothing) {
        Ok(workshop) => workshop,
        Err((findings, sources)) => {
            output.findings_to_stderr(&findings, &sources);
            return Ok(FAILED);
        }
    };
    let progress = progress("changes tried");
    let report = repair::order(&workshop, &progress);
    drop(progress);
    match arguments.format {
        TextOrJson::Text => output.print(&repair::order_text(&report, output.style))?,
        TextOrJson::Json => output.print(&format!("{:#}\n", repair::order_json(&report)))?,
    }
    Ok(FINE)
}
