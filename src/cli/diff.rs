//! `precedent diff`

use super::accept;
use super::error::{CliError, usage};
use super::output::Output;
use super::side::{self, Asked};
use super::{FAILED, FINDINGS, FINE, Of, Rows, checked_side};
use clap::ValueEnum;
use precedent::diff::Diff;
use precedent::diff::rows;
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::report::diff::{self as diff_report, uncompared};
use precedent::review::gate::{self, Gate, Gates, Mistake};
use precedent::review::{Parts, Reviewed, Summary};
use precedent::text::escape_control_chars;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

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

A gate makes the command exit with 1. --deny takes widened, narrowed, changed, added, removed,
follows, any, and gained (whatever is not proven to be no gain); each may be said of one thing:
  WHAT [PERMISSION or SETTING] [on TARGET] [for SUBJECT]
  TARGET   jump item \"J\", jump group \"P\", portal \"E\", method M
  SUBJECT  user \"U\", invite \"I\", group policy \"G\", directory group \"D\"
The manifests' `[diff] deny` of both sides count too. Gates look at sessions and accounts,
whatever is shown. See docs/gates.md.

Exit status: 0 fine; 1 a gate failed, an accepted row does not occur, or OLD, NEW or a file of
acceptances has errors; 2 wrong usage, or something could not be read.

Examples:
  precedent diff HEAD                       what is not committed yet
  precedent diff --staged --deny gained     in a pre-commit hook
  precedent diff origin/main... --deny gained --format markdown
  precedent diff v1.0:policies v2.0:policies --of accounts
  precedent diff main HEAD --path policies/emea
  precedent diff examples/acme examples/acme-next
  precedent diff old.json new/ --rows each --format csv
  precedent diff old.json new/ --deny gained --format markdown
  precedent diff old/ new/ --deny 'gained shell on jump group \"Production\"' --accept ok.toml
  precedent diff old/ new/ --format html > diff.html
  precedent diff old/ new/ --of accounts --rows each --format csv
  precedent diff site/ site/ --profile-old pra-25.2 --profile-new pra-25.3")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, or a revision of git; or two revisions, as A..B
    /// or A...B.
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
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Compile OLD under this profile, whatever it names: what does an upgrade of the product
    /// change?
    #[arg(long, value_name = "PROFILE")]
    profile_old: Option<String>,
    /// Compile NEW under this profile.
    #[arg(long, value_name = "PROFILE")]
    profile_new: Option<String>,
    /// Also show where the value stays and only who decides it has changed.
    #[arg(long)]
    deciders: bool,
    /// What makes the diff fail: gates, with commas between them. May be repeated.
    #[arg(long, value_parser = deny, value_name = "GATES")]
    deny: Vec<Denials>,
    /// Rows that somebody has reviewed, which no gate denies any more (TOML). May be repeated.
    #[arg(long, value_name = "FILE")]
    accept: Vec<PathBuf>,
    /// Where OLD is there but does not compile or cannot be read, compare nothing, check no gate,
    /// say so, and exit with 0.
    #[arg(long)]
    allow_broken_old: bool,
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

/// The gates of one argument.
#[derive(Clone)]
struct Denials(Vec<Gate>);

/// Commas within quotes belong to a name.
fn deny(list: &str) -> Result<Denials, String> {
    let one = |text: &str| {
        gate::parse(text).map_err(|mistake| format!("{}; {}", mistake.message, mistake.help))
    };
    gate::split(list).into_iter().map(one).collect::<Result<_, _>>().map(Denials)
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let asked = Asked {
        old: arguments.old.as_deref(),
        new: arguments.new.as_deref(),
        staged: arguments.staged,
        path: arguments.path.as_deref(),
    };
    let [old_side, new_side] = side::sides(asked)?;
    // Everything is read before the errors of any of it end the run: all findings at once.
    let old = checked_side(&old_side, arguments.profile_old.as_deref(), output);
    let new = checked_side(&new_side, arguments.profile_new.as_deref(), output);
    let accepted = accept::read(&arguments.accept, output);
    let old = match old {
        Err(error) if arguments.allow_broken_old && !matches!(error, CliError::Usage { .. }) => {
            output.error(&error);
            Err(FAILED)
        }
        read => read?,
    };
    let new = new?;
    let (old, new, accepted) = match (old, new, accepted) {
        (Ok(old), Ok(new), Ok(accepted)) => (old, new, accepted),
        (Err(_), Ok(new), Ok(_)) if arguments.allow_broken_old => {
            return not_compared(arguments, &new, output);
        }
        (old, new, accepted) => {
            let statuses = [old.err(), new.err(), accepted.err()];
            return Ok(statuses.into_iter().flatten().max().unwrap_or(FINDINGS));
        }
    };
    let asked: Vec<Gate> =
        arguments.deny.iter().flat_map(|denials| denials.0.iter().cloned()).collect();
    let mistakes: Vec<Mistake> = asked.iter().flat_map(|gate| gate.mistakes(&old, &new)).collect();
    if !mistakes.is_empty() {
        mistakes
            .into_iter()
            .for_each(|mistake| output.error(&usage(mistake.message, mistake.help)));
        return Ok(FAILED);
    }
    let (old, new) = (Arc::new(Matrix::new(&old)), Arc::new(Matrix::new(&new)));
    let diff = Arc::new(Diff::new(&old, &new));
    let each = arguments.rows == Rows::Each && arguments.format == Format::Json;
    let shows_rows = arguments.format != Format::Csv && !each;
    // Acceptances are of rows, whatever is shown.
    let reviewed = (shows_rows || !accepted.list.is_empty()).then(|| {
        let rows = Arc::new(rows::Rows::new(&diff));
        Reviewed::new(Arc::clone(&diff), rows, &asked, &accepted)
    });
    let summary = match &reviewed {
        Some(reviewed) => reviewed.review.summary.clone(),
        None => Summary::new(&diff, &Gates::new(&diff, &asked)),
    };
    accept::tell_stale(&accepted, &summary.stale, output);
    let title = (old_side.of_git || new_side.of_git).then(|| {
        let (old, new) =
            (escape_control_chars(&old_side.label), escape_control_chars(&new_side.label));
        format!("{old} → {new}")
    });
    let shown = reviewed.as_ref().filter(|_| shows_rows);
    write(arguments, &diff, shown, &summary, title.as_deref(), output)?;
    Ok(if summary.fails() { FINDINGS } else { FINE })
}

/// Prints the diff: the rows of a reviewed one, or each cell.
fn write(
    arguments: &Arguments,
    diff: &Diff,
    reviewed: Option<&Reviewed>,
    summary: &Summary,
    title: Option<&str>,
    output: &mut Output,
) -> Result<(), CliError> {
    let sessions = arguments.of != Some(Of::Accounts);
    let parts = Parts {
        sessions,
        accounts: arguments.of != Some(Of::Sessions),
        deciders: sessions && arguments.deciders,
    };
    match (arguments.format, reviewed) {
        (Format::Csv, _) => {
            match arguments.of {
                Some(Of::Accounts) => diff_report::csv::accounts(diff, output.writer())?,
                _ => diff_report::csv::sessions(diff, output.writer())?,
            }
            if let (Some(verdict), true) = (summary.verdict(), summary.fails()) {
                output.note(&verdict.plain());
            }
        }
        (Format::Markdown, Some(reviewed)) => {
            output.print(&diff_report::markdown(reviewed, parts))?;
        }
        (Format::Html, Some(reviewed)) => output.print(&diff_report::html(reviewed, parts))?,
        (Format::Text, Some(reviewed)) => {
            if let Some(title) = title {
                output.print(&format!("{}\n", output.style.dim(title)))?;
            }
            output.print(&diff_report::text(reviewed, parts, output.style))?;
        }
        (_, Some(reviewed)) => diff_report::json(reviewed, parts, output.writer())?,
        (_, None) => diff_report::json_each(diff, summary, parts, output.writer())?,
    }
    Ok(())
}

/// OLD's findings were told; NEW is fine.
fn not_compared(arguments: &Arguments, new: &Ir, output: &mut Output) -> Result<u8, CliError> {
    match arguments.format {
        Format::Text => {
            let text = output.style.alarm(uncompared::TEXT);
            output.print(&format!("{text}\n"))?;
        }
        Format::Markdown => output.print(&uncompared::markdown())?,
        Format::Html => output.print(&uncompared::html())?,
        Format::Json => output.print(&uncompared::json(&new.profile.id))?,
        Format::Csv => {
            output.print(uncompared::csv(arguments.of == Some(Of::Accounts)))?;
            output.note(uncompared::TEXT);
        }
    }
    Ok(FINE)
}
