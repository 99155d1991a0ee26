//! `precedent compile`

use super::error::CliError;
use super::output::Output;
use super::{FINE, load};
use precedent::ir::file;
use std::fs;
use std::path::PathBuf;

/// Write the checked policies as one JSON file, readable wherever a PATH is.
#[derive(clap::Args)]
#[command(
    after_help = "The file carries the sources and the profile, so it can be compared years later.\n\nExample:\n  precedent compile examples/acme -o acme.json && precedent matrix acme.json"
)]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file.
    path: Option<PathBuf>,
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    if arguments.output.as_os_str() == "-" {
        file::write(&ir, output.writer())?;
        return Ok(FINE);
    }
    // Written beside its place and renamed, so that a reader never finds half of it.
    let target = &arguments.output;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = target.with_file_name(name);
    let unwritable = |error| CliError::Unwritable { path: target.clone(), error };
    let written = fs::File::create(&temporary).and_then(|out| {
        file::write(&ir, &out)?;
        out.sync_all()?;
        fs::rename(&temporary, target)
    });
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(unwritable)?;
    Ok(FINE)
}
