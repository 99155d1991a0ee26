//! `precedent matrix`

use super::error::{CliError, usage};
use super::output::Output;
use super::{FINE, Of, Rows, Sessions, TableFormat, load};
use precedent::matrix::Matrix;
use precedent::profile::START;
use precedent::report::matrix::{csv, json as matrix_json, markdown, text as matrix_text};
use precedent::report::words::start::none_can_be_started;
use std::path::PathBuf;

/// Show who can do what on which machine, and which line decides it
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  precedent matrix examples/acme
  precedent matrix examples/acme --permission shell,file_transfer
  precedent matrix examples/acme --of accounts
  precedent matrix examples/acme --rows each --format csv > matrix.csv")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a git revision
    path: Option<PathBuf>,
    /// What to show
    #[arg(long, value_enum, default_value_t = Of::Sessions)]
    of: Of,
    /// How to divide the report
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    /// Which pairs of a subject and a target to show; the default is what the manifest says, else
    /// those that can be started
    #[arg(long, value_enum)]
    sessions: Option<Sessions>,
    /// Show only these permissions, separated by commas; sessions are grouped by them alone
    #[arg(long, value_delimiter = ',', value_name = "PERMISSION")]
    permission: Vec<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    if !arguments.permission.is_empty() && arguments.of == Of::Accounts {
        let help = "accounts have settings; sessions have permissions".to_owned();
        return Err(usage("`--permission` cannot be combined with `--of accounts`", help));
    }
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let mut matrix = Matrix::new(&ir);
    if let Some(sessions) = arguments.sessions {
        matrix.all_pairs = sessions == Sessions::All;
    }
    if !arguments.permission.is_empty() {
        let paths = arguments.permission.iter().filter(|path| *path != START);
        let wanted = paths.map(|path| super::permission(&ir, path));
        matrix.retain_permissions(&wanted.collect::<Result<Vec<_>, _>>()?);
        matrix.shows_start &= arguments.permission.iter().any(|path| path == START);
    }
    if arguments.of == Of::Sessions
        && let Some(reason) = none_can_be_started(&matrix)
    {
        output.note(&reason);
    }
    let style = output.style;
    let out = output.writer();
    match (arguments.format, arguments.of, arguments.rows) {
        (TableFormat::Text, Of::Sessions, Rows::Grouped) => {
            matrix_text::sessions(&matrix, style, out)?
        }
        (TableFormat::Text, Of::Sessions, Rows::Each) => {
            matrix_text::sessions_each(&matrix, style, out)?
        }
        (TableFormat::Text, Of::Accounts, Rows::Grouped) => {
            matrix_text::accounts(&matrix, style, out)?
        }
        (TableFormat::Text, Of::Accounts, Rows::Each) => {
            matrix_text::accounts_each(&matrix, style, out)?
        }
        (TableFormat::Markdown, Of::Sessions, Rows::Grouped) => {
            markdown::sessions_grouped(&matrix, out)?
        }
        (TableFormat::Markdown, Of::Sessions, Rows::Each) => markdown::sessions_each(&matrix, out)?,
        (TableFormat::Markdown, Of::Accounts, Rows::Grouped) => {
            markdown::accounts_grouped(&matrix, out)?
        }
        (TableFormat::Markdown, Of::Accounts, Rows::Each) => markdown::accounts_each(&matrix, out)?,
        (TableFormat::Json, Of::Sessions, Rows::Grouped) => {
            matrix_json::sessions_grouped(&matrix, out)?
        }
        (TableFormat::Json, Of::Sessions, Rows::Each) => matrix_json::sessions_each(&matrix, out)?,
        (TableFormat::Json, Of::Accounts, Rows::Grouped) => {
            matrix_json::accounts_grouped(&matrix, out)?
        }
        (TableFormat::Json, Of::Accounts, Rows::Each) => matrix_json::accounts_each(&matrix, out)?,
        (TableFormat::Csv, Of::Sessions, Rows::Grouped) => csv::sessions_grouped(&matrix, out)?,
        (TableFormat::Csv, Of::Sessions, Rows::Each) => csv::sessions(&matrix, out)?,
        (TableFormat::Csv, Of::Accounts, Rows::Grouped) => csv::accounts_grouped(&matrix, out)?,
        (TableFormat::Csv, Of::Accounts, Rows::Each) => csv::accounts(&matrix, out)?,
    }
    Ok(FINE)
}
