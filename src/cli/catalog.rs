//! `precedent catalog`

use super::error::{About, CliError, failure};
use super::output::Output;
use super::{FINDINGS, FINE, input};
use clap::ValueEnum;
use precedent::diagnostic::suggest;
use precedent::profile::{self, BUILTIN, DEFAULT_PROFILE, Profile};
use precedent::report::catalog;
use precedent::source::{FileId, MAX_TOML_BYTES, SourceFile, Sources};
use std::path::Path;

/// List the permissions and settings of a profile
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  precedent catalog
  precedent catalog pra-25.2 --format json
  precedent catalog rs-25.3 --format toml > our-product.toml
  precedent catalog our-product.toml")]
pub struct Arguments {
    /// A built-in profile, or the path of a profile file
    #[arg(default_value = DEFAULT_PROFILE)]
    profile: String,
    /// The output format
    #[arg(long, value_enum, default_value_t = CatalogFormat::Text)]
    format: CatalogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CatalogFormat {
    Text,
    Json,
    Markdown,
    /// The profile file itself, as a start for your own
    Toml,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let Some((profile, source)) = find(&arguments.profile, output)? else { return Ok(FINDINGS) };
    let text = match arguments.format {
        CatalogFormat::Text => catalog::text(&profile, output.style),
        CatalogFormat::Json => {
            catalog::json(&profile).map_err(|error| CliError::Output(error.into()))?
        }
        CatalogFormat::Markdown => catalog::markdown(&profile),
        CatalogFormat::Toml => source,
    };
    output.print(&text)?;
    Ok(FINE)
}

/// The profile and its source text, or `None` after its errors were printed.
fn find(name: &str, output: &Output) -> Result<Option<(Profile, String)>, CliError> {
    let text = BUILTIN.iter().find(|(id, _)| *id == name).map(|(_, text)| (*text).to_owned());
    if let (Some(profile), Some(text)) = (profile::builtin(name), text) {
        return Ok(Some((profile, text)));
    }
    if !name.ends_with(".toml") {
        let ids = BUILTIN.iter().map(|(id, _)| *id);
        let help = match suggest::closest(name, ids.clone()) {
            Some(known) => suggest::question(known, name),
            None => format!(
                "the built-in profiles are {}; the path of a profile file ends with `.toml`",
                ids.collect::<Vec<_>>().join(", ")
            ),
        };
        return Err(failure(About::UnknownName, format!("there is no profile `{name}`"), help));
    }
    let path = Path::new(name);
    let text = String::from_utf8(input::read_file(path, MAX_TOML_BYTES)?).map_err(|_| {
        let error = std::io::Error::other("it is not UTF-8 text");
        CliError::Unreadable { path: path.into(), error }
    })?;
    let file = SourceFile::new(name, text);
    let (profile, findings) = profile::load(FileId(0), &file);
    let mut sources = Sources::new();
    sources.add(file);
    if profile.is_none() {
        output.findings_to_stderr(&findings, &sources);
    }
    Ok(profile.map(|profile| (profile, sources.file(FileId(0)).text.clone())))
}
