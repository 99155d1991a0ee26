//! `precedent diff`

use super::error::CliError;
use super::output::Output;
use super::side::{self, Asked};
use super::{FINDINGS, FINE, Of, Rows, TableFormat, checked_side};
use precedent::diff::{Deny, Diff, rows};
use precedent::ir::Ir;
use precedent::profile::Entry;
use precedent::report::diff_text::{Parts, Summary};
use precedent::report::diff_view::View;
use precedent::report::{diff_csv, diff_json, diff_markdown, diff_text, source_diff};
use precedent::resolve::Matrix;
use precedent::syntax::text::visible;
use std::ffi::OsString;
use std::path::PathBuf;

/// Show who gains or loses what between two revisions, and because of which line.
#[derive(clap::Args)]
#[command(after_help = "\
OLD and NEW are paths or revisions of git; what exists as a path is one. A revision is read from
the object store, as it is stored, and the work tree is read as it stands, untracked files too:
  OLD NEW      two revisions, two paths, or one of each
  OLD          OLD against the work tree
  A..B         A against B, as OLD NEW
  A...B        the merge base of A and B against B: what B changed since it left A
  A... ...B    HEAD in place of what is left out
  --staged     HEAD, or OLD, against what is staged
A revision is asked for the workspace around the current folder. Another is named by --path, by
the other side, or as REV:PATH (from the root of the repository; REV:./PATH from here).
Submodules are left out.

A gate makes the command exit with 1: --deny takes widened, narrowed, changed, added, removed,
follows, any, and gained (whatever is not proven to be no gain). The manifests' `[diff] deny`
of both sides count too. Gates look at sessions and accounts, whatever is shown.

Examples:
  precedent diff HEAD                       what is not committed yet
  precedent diff --staged --deny gained     in a pre-commit hook
  precedent diff origin/main... --deny gained --format markdown
  precedent diff v1.0:policies v2.0:policies --of accounts
  precedent diff main HEAD --path policies/emea
  precedent diff examples/acme examples/acme-next
  precedent diff old.json new/ --rows each --format csv
  precedent diff site/ site/ --profile-old pra-25.2 --profile-new pra-25.3")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a revision of git; or two revisions, as A..B or A...B.
    old: Option<OsString>,
    /// The same, as it is to be; left out, the work tree.
    new: Option<OsString>,
    /// NEW is what is staged, and OLD the last commit if it is left out.
    #[arg(long, visible_alias = "cached")]
    staged: bool,
    /// The workspace in revisions; left out, the one around the current folder.
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Only one of the two; without it both are shown, but in CSV.
    #[arg(long, value_enum)]
    of: Option<Of>,
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    format: TableFormat,
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

fn deny(word: &str) -> Result<Deny, String> {
    Deny::parse(word)
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let asked = Asked {
        old: arguments.old.as_deref(),
        new: arguments.new.as_deref(),
        staged: arguments.staged,
        path: arguments.path.as_deref(),
    };
    let [old_side, new_side] = side::sides(asked)?;
    // Both sides are read before either's errors end the run: all findings at once.
    let (old, new) = (
        checked_side(&old_side, arguments.profile_old.as_deref(), output)?,
        checked_side(&new_side, arguments.profile_new.as_deref(), output)?,
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
        TableFormat::Csv if arguments.of == Some(Of::Accounts) => diff_csv::accounts(&diff, output.writer())?,
        TableFormat::Csv => diff_csv::sessions(&diff, output.writer())?,
        TableFormat::Json if arguments.rows == Rows::Each => {
            diff_json::json(&diff, None, &summary, parts, output.writer())?;
        }
        format => {
            let rows = rows::Rows::new(&diff);
            let view = View::new(&diff, &rows);
            match format {
                TableFormat::Json => {
                    diff_json::json(&diff, Some((&rows, &view)), &summary, parts, output.writer())?;
                }
                TableFormat::Markdown => {
                    let files = source_diff::files(&diff.old_ir().sources, &diff.new_ir().sources);
                    output.print(&diff_markdown::markdown(&view, &files, &summary, parts))?;
                }
                _ => {
                    if old_side.of_git || new_side.of_git {
                        let title = format!("{} → {}", visible(&old_side.label), visible(&new_side.label));
                        output.print(&format!(
                            "{}
",
                            output.style.dim(&title)
                        ))?;
                    }
                    output.print(&diff_text::text(&view, &summary, parts, output.style))?;
                }
            }
        }
    }
    if let (TableFormat::Csv, Some(verdict), true) = (arguments.format, summary.verdict(), summary.fails()) {
        output.remark(&verdict);
    }
    Ok(if summary.fails() { FINDINGS } else { FINE })
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
