use super::error::CliError;
use super::output::Output;
/// x
#[derive(clap::Args)]
pub struct Arguments {}
pub fn run(_: &Arguments, _: &mut Output) -> Result<u8, CliError> { Ok(0) }
