//! `precedent simulate`

use super::error::CliError;
use super::output::Output;
use super::session::{Picked, endpoint, subject};
use super::{FINE, TextOrJson, load};
use precedent::matrix::Matrix;
use precedent::profile::START;
use precedent::report::matrix::simulate::{self, Session, Shown};
use precedent::report::words::start::none_can_be_started;
use std::path::PathBuf;

/// Resolve one session: its permissions, and which layer decides each of them
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("subject").args(["user", "invite"]).required(true),
    group = clap::ArgGroup::new("target").args(["jump_item", "portal"]).required(true),
    after_help = "\
Examples:
  precedent simulate examples/acme --user amara.okafor --jump-item lx-web01
  precedent simulate examples/acme --user amara.okafor --jump-item lx-web01 \\
    --all-layers
  precedent simulate examples/acme --invite \"Audit firm walkthrough\" \\
    --jump-item lx-web01 --permission shell --format json"
)]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a git revision
    path: Option<PathBuf>,
    #[command(flatten)]
    picked: Picked,
    /// Show only these permissions, separated by commas, with what every layer answers
    #[arg(long, value_delimiter = ',', value_name = "PERMISSION")]
    permission: Vec<String>,
    /// Show what every layer answers, for all permissions
    #[arg(long)]
    all_layers: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let matrix = Matrix::new(&ir);
    let session = Session {
        subject: subject(&arguments.picked, &matrix)?,
        endpoint: endpoint(&arguments.picked, &matrix)?,
    };
    let paths = arguments.permission.iter().filter(|path| *path != START);
    let picked: Vec<usize> =
        paths.map(|path| super::permission(&ir, path)).collect::<Result<_, _>>()?;
    let only = (!arguments.permission.is_empty()).then_some(&picked[..]);
    if let Some(reason) = none_can_be_started(&matrix) {
        output.note(&reason);
    }
    let text = match arguments.format {
        TextOrJson::Json => simulate::json(&matrix, session, only)
            .map_err(|error| CliError::Output(error.into()))?,
        TextOrJson::Text => {
            let shown = match only {
                Some(only) => Shown::Permissions(only),
                None if arguments.all_layers => Shown::AllLayers,
                None => Shown::Deciders,
            };
            simulate::text(&matrix, session, shown, output.style)
        }
    };
    output.print(&text)?;
    Ok(FINE)
}
