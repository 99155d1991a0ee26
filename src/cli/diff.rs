//! `precedent diff`

use super::error::CliError;
use super::output::Output;
use super::{FINDINGS, FINE, Of, Rows, checked, load};
use clap::ValueEnum;
use precedent::diff::{Deny, Diff, rows};
use precedent::ir::Ir;
use precedent::profile::Entry;
use precedent::report::diff_text::{Parts, Summary};
use precedent::report::diff_view::View;
use precedent::report::{diff_csv, diff_html, diff_json, diff_markdown, diff_text, source_diff};
use precedent::resolve::Matrix;
use std::path::{Path, PathBuf};

/// Show who gains or loses what between two revisions, and because of which line.
#[derive(clap::Args)]
#[command(after_help = "\
A gate makes the command exit with 1: --deny takes widened, narrowed, changed, added, removed,
follows, any, and gained (whatever is not proven to be no gain). The manifests' `[diff] deny`
of both sides count too. Gates look at sessions and accounts, whatever is shown.

Examples:
  precedent diff examples/acme examples/acme-next
  precedent diff old.json new/ --deny gained --format markdown
  precedent diff old/ new/ --format html > diff.html
  precedent diff old/ new/ --of accounts --rows each --format csv
  precedent diff site/ site/ --profile-old pra-25.2 --profile-new pra-25.3")]
pub struct Arguments {
    /// A folder, a `.prec` file, or a compiled file.
    old: PathBuf,
    /// The same, as it is to be.
    new: PathBuf,
    /// Only one of the two; without it both are shown, but in CSV.
    #[arg(long, value_enum)]
    of: Option<Of>,
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Compile OLD under this profile, whatever it names: what does an upgrade of the product change?
    #[arg(long, value_name = "PROFILE")]
    profile_old: Option<String>,
    /// Compile NEW under this profile.
    #[arg(long, value_name = "PROFILE")]
    profile_new: Option<String>,
    /// Also show where the value stays and only who decides it has changed.
    #[arg(long)]
    deciders: bool,
    /// What makes the diff fail.
    #[arg(long, value_delimiter = ',', value_parser = deny, value_name = "WHAT")]
    deny: Vec<Deny>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    /// A comment on a pull request.
    Markdown,
    /// A report in one file, for a browser.
    Html,
    Csv,
    Json,
}

fn deny(word: &str) -> Result<Deny, String> {
    Deny::parse(word)
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    // Both sides are read before either's errors end the run: all findings at once.
    let (old, new) = (
        side(&arguments.old, arguments.profile_old.as_deref(), output)?,
        side(&arguments.new, arguments.profile_new.as_deref(), output)?,
    );
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(a), Err(b)) => return Ok(a.max(b)),
        (Err(status), _) | (_, Err(status)) => return Ok(status),
    };
    let denied = gate(&arguments.deny, &old, &new);
    let (old, new) = (Matrix::new(&old), Matrix::new(&new));
    let diff = Diff::new(&old, &new);
    let summary = summarize(&diff, &denied);
    let sessions = arguments.of != Some(Of::Accounts);
    let parts =
        Parts { sessions, accounts: arguments.of != Some(Of::Sessions), deciders: sessions && arguments.deciders };
    match arguments.format {
        Format::Csv if arguments.of == Some(Of::Accounts) => diff_csv::accounts(&diff, output.writer())?,
        Format::Csv => diff_csv::sessions(&diff, output.writer())?,
        Format::Json if arguments.rows == Rows::Each => {
            diff_json::json(&diff, None, &summary, parts, output.writer())?;
        }
        format => {
            let rows = rows::Rows::new(&diff);
            let view = View::new(&diff, &rows);
            match format {
                Format::Json => {
                    diff_json::json(&diff, Some((&rows, &view)), &summary, parts, output.writer())?;
                }
                Format::Markdown => {
                    let files = source_diff::files(&diff.old_ir().sources, &diff.new_ir().sources);
                    output.print(&diff_markdown::markdown(&view, &files, &summary, parts))?;
                }
                Format::Html => output.print(&diff_html::html(&diff, &rows, &view, &summary, parts))?,
                _ => output.print(&diff_text::text(&view, &summary, parts, output.style))?,
            }
        }
    }
    if let (Format::Csv, Some(verdict), true) = (arguments.format, summary.verdict(), summary.fails()) {
        output.remark(&verdict);
    }
    Ok(if summary.fails() { FINDINGS } else { FINE })
}

fn side(path: &Path, profile: Option<&str>, output: &Output) -> Result<Result<Ir, u8>, CliError> {
    Ok(checked(load::load_under(Some(path), profile)?, output))
}

/// What is denied: by the command line, and by the manifests of both sides, so that a change cannot switch off
/// its own gate.
fn gate(asked: &[Deny], old: &Ir, new: &Ir) -> Vec<Deny> {
    let manifests = old.tables.diff_deny.iter().chain(&new.tables.diff_deny);
    let mut denied: Vec<Deny> = Vec::new();
    for deny in asked.iter().copied().chain(manifests.filter_map(|word| Deny::parse(word).ok())) {
        if !denied.contains(&deny) {
            denied.push(deny);
        }
    }
    denied
}

fn summarize(diff: &Diff<'_>, denied: &[Deny]) -> Summary {
    let (sessions, session_hits) = diff.session_counts(denied);
    let (accounts, account_hits) = diff.account_counts(denied);
    let hits = session_hits.iter().zip(&account_hits).map(|(a, b)| a + b);
    let lacks = |a: &[Entry], b: &[Entry]| -> Vec<String> {
        a.iter()
            .filter(|entry| !b.iter().any(|other| other.path == entry.path))
            .map(|entry| entry.path.clone())
            .collect()
    };
    let (old, new) = (&diff.old_ir().profile, &diff.new_ir().profile);
    let only_old = [lacks(&old.permissions, &new.permissions), lacks(&old.settings, &new.settings)].concat();
    let only_new = [lacks(&new.permissions, &old.permissions), lacks(&new.settings, &old.settings)].concat();
    Summary {
        only_old,
        only_new,
        sessions,
        accounts,
        denied: denied.iter().map(|deny| deny.id().to_owned()).zip(hits).collect(),
    }
}
