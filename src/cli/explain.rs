//! `precedent explain`

use super::FINE;
use super::error::{About, CliError, failure};
use super::output::Output;
use precedent::diagnostic::{Code, suggest};

/// Explain a diagnostic code: what it means, and how to fix it
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  precedent explain                        list all codes
  precedent explain P0204
  precedent explain requirement-not-met")]
pub struct Arguments {
    /// A code such as `P0204`, or its name; without one, all codes are listed
    code: Option<String>,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let Some(written) = &arguments.code else {
        let style = output.style;
        for code in Code::all() {
            let level = code.default_severity().as_str();
            let name = format!("{:<28}", code.name());
            output.print(&format!(
                "{}  {} {level:<8} {}\n",
                style.bold(code.id()),
                name,
                code.summary()
            ))?;
        }
        return Ok(FINE);
    };
    let Some(code) = Code::find(written) else {
        let known = Code::all().flat_map(|code| [code.id(), code.name()]);
        let help = match suggest::closest(written, known) {
            Some(known) => suggest::question(known, written),
            None => "`precedent explain` lists all codes".into(),
        };
        let message = format!("there is no diagnostic code `{written}`");
        return Err(failure(About::UnknownName, message, help));
    };
    output.print(code.page())?;
    Ok(FINE)
}
