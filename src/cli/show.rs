//! `precedent show`

use super::error::{CliError, unknown, usage};
use super::output::Output;
use super::{FINE, load};
use clap::ValueEnum;
use precedent::diagnostic::suggest;
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

Kinds: session-policy, group-policy, embassy, user, directory-group, invite, jump-item, jump-group,
role, jump-policy, team, jumpoint, vault-account-group, vault-account, portal

Examples:
  precedent show --path examples/acme
  precedent show --path examples/acme session-policy
  precedent show --path examples/acme session policy \"Unix administration\"
  precedent show --path examples/acme group-policy \"Service desk\" --names
  precedent show --path examples/acme user amara.okafor --format markdown
  precedent show --path examples/acme jump-item lx-web01 --format json
  precedent show --path examples/acme --unused
  precedent show --path examples/acme jump-item --find payment")]
pub struct Arguments {
    /// The kind of object, as listed below or in the words of the language, and its name;
    /// `global default` is one of a session policy
    #[arg(value_name = "KIND [NAME]", num_args = 0..)]
    what: Vec<String>,
    /// List only what can be deleted
    #[arg(long)]
    unused: bool,
    /// List only objects with this in their name, display name, description, tag, comments or jump
    /// group; capital and small letters are the same
    #[arg(long, value_name = "TEXT")]
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

/// What the words of the command line name: a kind, in its own words or as its id, and an object.
fn named(what: &[String]) -> Result<(Option<show::Kind>, Option<&str>), CliError> {
    let Some(first) = what.first() else { return Ok((None, None)) };
    let kinds = || show::Kind::ALL.iter();
    // The longest: `jump item role` is not a jump item of the name `role`.
    let in_words = (1..=what.len()).rev().find_map(|count| {
        let words = what[..count].join(" ");
        kinds().find(|kind| kind.words() == words).map(|kind| (*kind, count))
    });
    let by_id = || kinds().find(|kind| kind.id() == first).map(|kind| (*kind, 1));
    let Some((kind, count)) = in_words.or_else(by_id) else {
        let ids: Vec<&str> = kinds().map(|kind| kind.id()).collect();
        let help = match suggest::closest(first, ids.iter().copied()) {
            Some(meant) => suggest::question(meant, first),
            None => format!("kinds are {}", ids.join(", ")),
        };
        return Err(usage(format!("there is no kind of object `{first}`"), help));
    };
    match &what[count..] {
        [] => Ok((Some(kind), None)),
        [name] => Ok((Some(kind), Some(name))),
        names => {
            let help = format!("a name of several words stands in quotes: \"{}\"", names.join(" "));
            Err(usage("expected one name after the kind", help))
        }
    }
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let (kind, name) = named(&arguments.what)?;
    if name.is_some() && (arguments.unused || arguments.find.is_some()) {
        return Err(usage("`--unused` and `--find` list objects, and take no name", None));
    }
    let ir = match load(arguments.path.as_ref(), output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let matrix = Matrix::new(&ir);
    let pages = pages(arguments, kind, name, &matrix)?;
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

fn pages(
    arguments: &Arguments,
    kind: Option<show::Kind>,
    name: Option<&str>,
    matrix: &Matrix,
) -> Result<Vec<Page>, CliError> {
    let filter = Filter { unused: arguments.unused, find: arguments.find.as_deref() };
    if filter != Filter::default() {
        let kinds = kind.as_ref().map_or(show::Kind::ALL, std::slice::from_ref);
        return Ok(show::found(matrix, kinds, filter));
    }
    let Some(kind) = kind else {
        let kinds = [show::Kind::SessionPolicy, show::Kind::GroupPolicy];
        return Ok(kinds.into_iter().map(|kind| show::list(matrix, kind)).collect());
    };
    let Some(name) = name else { return Ok(vec![show::list(matrix, kind)]) };
    let pages = show::pages(matrix, kind, name);
    if pages.is_empty() {
        let known = show::all_names(matrix, kind);
        return Err(unknown(kind.words(), name, known.iter().map(String::as_str)));
    }
    Ok(pages)
}
