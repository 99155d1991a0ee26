//! `precedent diff`

use super::error::CliError;
use super::output::Output;
use super::{FINDINGS, FINE, Of, Rows, TableFormat, checked, load};
use precedent::diff::{Deny, Diff};
use precedent::ir::Ir;
use precedent::report::diff_text::{Parts, Summary};
use precedent::report::{diff_csv, diff_json, diff_markdown, diff_text};
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
  precedent diff old/ new/ --of accounts --rows each --format csv")]
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
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
    /// What makes the diff fail.
    #[arg(long, value_delimiter = ',', value_parser = deny, value_name = "WHAT")]
    deny: Vec<Deny>,
}

fn deny(word: &str) -> Result<Deny, String> {
    Deny::parse(word)
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    // Both sides are read before either's errors end the run: all findings at once.
    let (old, new) = (side(&arguments.old, output)?, side(&arguments.new, output)?);
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(a), Err(b)) => return Ok(a.max(b)),
        (Err(status), _) | (_, Err(status)) => return Ok(status),
    };
    let denied = gate(&arguments.deny, &old, &new);
    let (old, new) = (Matrix::new(&old), Matrix::new(&new));
    let diff = Diff::new(&old, &new);
    let summary = summarize(&diff, &denied);
    let parts = Parts { sessions: arguments.of != Some(Of::Accounts), accounts: arguments.of != Some(Of::Sessions) };
    match arguments.format {
        TableFormat::Csv if arguments.of == Some(Of::Accounts) => diff_csv::accounts(&diff, output.writer())?,
        TableFormat::Csv => diff_csv::sessions(&diff, output.writer())?,
        TableFormat::Json => diff_json::json(&diff, &summary, parts, arguments.rows == Rows::Each, output.writer())?,
        TableFormat::Markdown => output.print(&diff_markdown::markdown(&diff, &summary, parts))?,
        TableFormat::Text => output.print(&diff_text::text(&diff, &summary, parts, output.style))?,
    }
    if let (TableFormat::Csv, Some(verdict), true) = (arguments.format, summary.verdict(), summary.fails()) {
        output.remark(&verdict);
    }
    Ok(if summary.fails() { FINDINGS } else { FINE })
}

fn side(path: &Path, output: &Output) -> Result<Result<Ir, u8>, CliError> {
    Ok(checked(load::load(Some(path))?, output))
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
    Summary { sessions, accounts, denied: denied.iter().map(|deny| deny.id().to_owned()).zip(hits).collect() }
}
