//! `precedent show`

use super::error::{CliError, unknown};
use super::output::Output;
use super::{FINE, load};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use precedent::matrix::Matrix;
use precedent::report::show::{self, Filter, Page};
use precedent::text::json;
use std::path::PathBuf;

/// Show an object, or all of a kind: what it has, what uses it, and what it decides
#[derive(clap::Args)]
#[command(after_help = "\
Without NAME, all objects of the kind are listed, with counts. What nothing uses is marked: it can
be deleted without effect. Without KIND, all session policies and group policies are listed; with
`--unused` or `--find`, the objects of all kinds.

Examples:
  precedent show --path examples/acme
  precedent show --path examples/acme session-policy
  precedent show --path examples/acme session-policy \"Unix administration\"
  precedent show --path examples/acme group-policy \"Service desk\" --names
  precedent show --path examples/acme user amara.okafor --format markdown
  precedent show --path examples/acme jump-item lx-web01 --format json
  precedent show --path examples/acme --unused
  precedent show --path examples/acme jump-item --find payment")]
pub struct Arguments {
    /// What kind of object
    #[arg(value_parser = kinds())]
    kind: Option<show::Kind>,
    /// Its name; `global default` is one of a session policy
    name: Option<String>,
    /// List only what can be deleted
    #[arg(long, conflicts_with = "name")]
    unused: bool,
    /// List only objects with this in their name, display name, description, tag, comments or jump
    /// group; capital and small letters are the same
    #[arg(long, value_name = "TEXT", conflicts_with = "name")]
    find: Option<String>,
    /// A folder, a `.prec` file, a compiled file, or a git revision
    #[arg(long)]
    path: Option<PathBuf>,
    /// Show all rows, however many there are
    #[arg(long)]
    names: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// The kinds by their ids.
fn kinds() -> impl TypedValueParser<Value = show::Kind> {
    let ids = show::Kind::ALL.iter().map(|kind| kind.id());
    PossibleValuesParser::new(ids).try_map(|id| {
        let found = show::Kind::ALL.iter().find(|kind| kind.id() == id);
        found.copied().ok_or("there is no such kind")
    })
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let matrix = Matrix::new(&ir);
    let pages = pages(arguments, &matrix)?;
    let text = match arguments.format {
        Format::Text => {
            let texts = pages.iter().map(|page| show::text(page, arguments.names, output.style));
            texts.collect::<Vec<_>>().join("\n")
        }
        Format::Markdown => pages.iter().map(show::markdown).collect::<Vec<_>>().join("\n"),
        Format::Json => json::pretty(&show::json(&pages)).map_err(std::io::Error::from)?,
    };
    output.print(&text)?;
    if pages.is_empty() {
        output.finish()?;
        output.note(nothing_found(arguments));
    }
    Ok(FINE)
}

fn nothing_found(arguments: &Arguments) -> &'static str {
    match (arguments.unused, &arguments.find) {
        (true, None) => "nothing can be deleted without effect",
        (true, Some(_)) => "nothing with this text can be deleted without effect",
        (false, _) => "nothing has this text",
    }
}

fn pages(arguments: &Arguments, matrix: &Matrix) -> Result<Vec<Page>, CliError> {
    let filter = Filter { unused: arguments.unused, find: arguments.find.as_deref() };
    if filter != Filter::default() {
        let kinds = arguments.kind.as_ref().map_or(show::Kind::ALL, std::slice::from_ref);
        return Ok(show::found(matrix, kinds, filter));
    }
    let Some(kind) = arguments.kind else {
        let kinds = [show::Kind::SessionPolicy, show::Kind::GroupPolicy];
        return Ok(kinds.into_iter().map(|kind| show::list(matrix, kind)).collect());
    };
    let Some(name) = &arguments.name else { return Ok(vec![show::list(matrix, kind)]) };
    let pages = show::pages(matrix, kind, name);
    if pages.is_empty() {
        let known = show::all_names(matrix, kind);
        return Err(unknown(kind.words(), name, known.iter().map(String::as_str)));
    }
    Ok(pages)
}
