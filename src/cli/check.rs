//! `precedent check`

use super::error::CliError;
use super::output::Output;
use super::{TextOrJson, load, status_of};
use precedent::diagnostic::{json, render};
use precedent::workspace::Compiled;
use std::path::PathBuf;

/// Parse, check and lint the policies.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  precedent check\n  precedent check policies/ --format json")]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file.
    path: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let compiled = load::load(arguments.path.as_deref())?;
    let text = match arguments.format {
        TextOrJson::Json => json::render(&compiled.diagnostics, &compiled.sources),
        TextOrJson::Text => {
            let options = render::Options { color: output.style.color, width: output.style.width };
            let findings = render::render(&compiled.diagnostics, &compiled.sources, options);
            format!("{findings}{}\n", summary(&compiled))
        }
    };
    output.print(&text)?;
    Ok(status_of(&compiled))
}

fn summary(compiled: &Compiled) -> String {
    let findings = render::summary(&compiled.diagnostics).unwrap_or_else(|| "no findings".into());
    match &compiled.ir {
        Some(ir) => {
            let tables = &ir.tables;
            let people = tables.users.len() + tables.invites.len();
            format!(
                "{findings}: {people} users and invites, {} jump items, {}",
                tables.jump_items.len(),
                ir.profile.label
            )
        }
        None => findings,
    }
}
