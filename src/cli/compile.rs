//! `precedent compile`

use super::error::{CliError, usage};
use super::output::Output;
use super::{FINE, checked_side, side, write};
use precedent::ir::file;
use std::path::PathBuf;

/// Write the checked policies to one JSON file, to use as PATH in later commands
#[derive(clap::Args)]
#[command(after_help = "\
The file contains the sources and the profile, so that it can still be compared years later.

Example:
  precedent compile examples/acme -o acme.json && precedent matrix acme.json")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a git revision
    path: Option<PathBuf>,
    /// The file to write; `-` means standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let extension = arguments.output.extension().map(|extension| extension.to_string_lossy());
    let extension = extension.map(|extension| extension.to_lowercase());
    if let Some(extension) = extension.filter(|found| ["prec", "toml"].contains(&&**found)) {
        let message = format!("`-o` names a `.{extension}` file, which a compiled file is not");
        let help = "name another file, such as `policies.json`: no policy, manifest or profile is \
                    overwritten";
        return Err(usage(message, help.to_owned()));
    }
    let side = side::at(arguments.path.as_deref())?;
    let ir = match checked_side(&side, None, output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    if arguments.output.as_os_str() == "-" {
        file::write(&ir, output.writer())?;
        return Ok(FINE);
    }
    write::refuse_input("-o", &arguments.output, &side.files_on_disk(&ir.sources))?;
    write::whole(&arguments.output, |out| file::write(&ir, out))?;
    Ok(FINE)
}
