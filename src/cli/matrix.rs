//! `precedent matrix`

use super::error::CliError;
use super::output::Output;
use super::{FINE, Of, Rows, TableFormat, load};
use precedent::report::csv;
use precedent::resolve::Matrix;
use std::path::PathBuf;

/// Show who may do what on which machine, and which line decided it.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  precedent matrix examples/acme\n  precedent matrix examples/acme --of accounts\n  precedent matrix examples/acme --rows each --format csv > matrix.csv")]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file.
    path: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Of::Sessions)]
    of: Of,
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let matrix = Matrix::new(&ir);
    match (arguments.format, arguments.of, arguments.rows) {
        (TableFormat::Csv, Of::Sessions, Rows::Each) => csv::sessions(&matrix, output.writer())?,
        (TableFormat::Csv, Of::Accounts, Rows::Each) => csv::accounts(&matrix, output.writer())?,
        _ => {}
    }
    Ok(FINE)
}
