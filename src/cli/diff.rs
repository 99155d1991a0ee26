//! `precedent diff`

use super::accept;
use super::error::{About, CliError, failure};
use super::output::Output;
use super::side::{self, Asked, SideInput};
use super::{FAILED, FINDINGS, FINE, Of, Rows, Sessions, told_of_side};
use clap::ValueEnum;
use precedent::diff::Diff;
use precedent::diff::rows;
use precedent::ir::Ir;
use precedent::matrix::Matrix;
use precedent::report::diff::{self as diff_report, uncompared};
use precedent::review::gate::{self, Gate, Gates, Mistake};
use precedent::review::{Parts, Reviewed, Summary};
use precedent::text::{Date, escape_control_chars};
use precedent::workspace::Compiled;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// Compare two revisions: who gains or loses what, and because of which line
#[derive(clap::Args)]
#[command(after_help = "\
OLD and NEW are paths or git revisions; an argument that exists as a path is a path. A revision is
read from git's object store. The work tree is read as it is on disk, with untracked files, but
without those that git ignores. Two files or folders of one workspace are the sides by themselves.
  OLD NEW      two revisions, two paths, or one of each
  OLD          a revision and the working tree
  A..B         the same as A B
  A...B        the merge base of A and B, and B: what B changed since it branched off
  A... ...B    HEAD takes the place of the missing revision
  --staged     OLD, or HEAD, and the index
A revision is compared by the workspace of the current folder. Use --path or REV:PATH to name
another one (REV:PATH from the root of the repository, REV:./PATH from the current folder).
Submodules are left out.

Gates make the command exit with status 1. --deny takes widened, narrowed, changed, added, removed,
follows, any, and gained (anything that could give someone more). Each can be limited:
  WHAT [start, PERMISSION or SETTING] [on TARGET] [for SUBJECT] [outside inventory]
  TARGET   jump item \"J\", jump group \"P\", portal \"E\", tag \"X\", method M
  SUBJECT  user \"U\", invite \"I\", group policy \"G\", directory group \"D\", team \"T\"
`outside inventory` leaves out what a change of the files in `[diff] inventory` alone explains.
The gates in the manifests of both sides (`[diff] deny`) apply too. Gates always check sessions and
accounts, whatever is shown. See docs/gates.md.

Exit status:
  0  success
  1  a gate fails, what is accepted does not occur, or OLD, NEW or an acceptance file has errors
  2  wrong usage, or something could not be read

Examples:
  precedent diff HEAD                       show uncommitted changes
  precedent diff --staged --deny gained     for a pre-commit hook
  precedent diff origin/main... --deny gained --format markdown
  precedent diff v1.0:policies v2.0:policies --of accounts
  precedent diff main HEAD --path policies/emea
  precedent diff examples/acme examples/acme-next
  precedent diff old.json new/ --rows each --format csv
  precedent diff old.json new/ --deny gained --format markdown
  precedent diff old/ new/ --deny 'gained shell on jump group \"Databases\"' \\
    --accept ok.toml
  precedent diff origin/main... --deny gained --accept-template accepted.toml
  precedent diff old/ new/ --format html > diff.html
  precedent diff old/ new/ --of accounts --rows each --format csv
  precedent diff site/ site/ --profile-old pra-25.2 --profile-new pra-25.3")]
pub struct Arguments {
    /// A folder, a `.prec` file, a compiled file, a git revision, or two revisions as A..B or A...B
    old: Option<OsString>,
    /// What to compare with; by default, the working tree
    new: Option<OsString>,
    /// Compare with the index; OLD is HEAD by default
    #[arg(long, visible_alias = "cached")]
    staged: bool,
    /// The workspace within revisions; by default, that of the current folder
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// Show only sessions or only accounts; by default, both (in CSV, sessions)
    #[arg(long, value_enum)]
    of: Option<Of>,
    /// How to divide the report
    #[arg(long, value_enum, default_value_t = Rows::Grouped)]
    rows: Rows,
    /// The output format
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,
    /// Which pairs of a subject and a target to compare; the default is what the manifests say:
    /// all, if one of them does, else those that can be started
    #[arg(long, value_enum)]
    sessions: Option<Sessions>,
    /// Compile OLD with this profile instead of its own, to see what an upgrade changes
    #[arg(long, value_name = "PROFILE")]
    profile_old: Option<String>,
    /// Compile NEW with this profile instead of its own
    #[arg(long, value_name = "PROFILE")]
    profile_new: Option<String>,
    /// Also show sessions with unchanged values that another policy decides now
    #[arg(long)]
    deciders: bool,
    /// Show every row in full, with who decides it, not only what may be a gain
    #[arg(long)]
    details: bool,
    /// Fail if one of these gates matches; separate gates with commas, or repeat the option
    #[arg(long, value_parser = deny, value_name = "GATES")]
    deny: Vec<Denials>,
    /// Accept the reviewed edits and rows in this TOML file, so that no gate fails because of them;
    /// repeatable
    #[arg(long, value_name = "FILE")]
    accept: Vec<PathBuf>,
    /// Write a new file for --accept, with a block to fill in for each edit that fails a gate
    #[arg(long, value_name = "FILE")]
    accept_template: Option<PathBuf>,
    /// Leave out acceptances that ended (`until`) before this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// If OLD exists but cannot be read or compiled, exit with status 0 without checking any gate
    #[arg(long)]
    allow_broken_old: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    Text,
    /// A pull request comment
    Markdown,
    /// A single-file report for a browser
    Html,
    Csv,
    Json,
}

/// The gates of one argument.
#[derive(Clone)]
struct Denials(Vec<Gate>);

/// Reads a list of gates. Commas inside quotes belong to a name.
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
    // Read everything before failing, so that all findings are shown at once.
    let old = old_side.compile(arguments.profile_old.as_deref());
    // Where OLD has no policies, its gates would have nothing to look at.
    let is_empty = old.as_ref().is_ok_and(Compiled::has_no_files);
    let may_be_broken = arguments.allow_broken_old && !is_empty;
    let old = old.map(|compiled| told_of_side(&old_side, named(&old_side, compiled), output));
    let new = new_side.compile(arguments.profile_new.as_deref());
    let new = new.map(|compiled| told_of_side(&new_side, named(&new_side, compiled), output));
    let accepted = accept::read(&arguments.accept, arguments.as_of, output);
    let old = match old {
        Err(error) if may_be_broken && !is_about_arguments(&error) => {
            output.error(&error);
            Err(FAILED)
        }
        read => read?,
    };
    let new = new?;
    let (old, new, accepted) = match (old, new, accepted) {
        (Ok(old), Ok(new), Ok(accepted)) => (old, new, accepted),
        (Err(_), Ok(new), Ok(_)) if may_be_broken => {
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
        mistakes.into_iter().for_each(|mistake| {
            let help = mistake.help;
            output.error(&failure(About::InvalidGate, mistake.message, help));
        });
        return Ok(FAILED);
    }
    let matrix = |ir: &Arc<Ir>| {
        let mut matrix = Matrix::new(ir);
        if let Some(sessions) = arguments.sessions {
            matrix.all_pairs = sessions == Sessions::All;
        }
        Arc::new(matrix)
    };
    let diff = Arc::new(Diff::new(&matrix(&old), &matrix(&new)));
    let each = arguments.rows == Rows::Each && arguments.format == DiffFormat::Json;
    let shows_rows = arguments.format != DiffFormat::Csv && !each;
    // Acceptances are of edits and rows, whatever is shown.
    let template = arguments.accept_template.as_deref();
    let reviewed = (shows_rows || !accepted.list.is_empty() || template.is_some()).then(|| {
        let rows = Arc::new(rows::Rows::new(&diff));
        Reviewed::new(Arc::clone(&diff), rows, &asked, &accepted)
    });
    let summary = match &reviewed {
        Some(reviewed) => reviewed.review.summary.clone(),
        None => Summary::new(&diff, &Gates::new(&diff, &asked)),
    };
    accept::report_stale(&accepted, &summary.stale, output);
    let title = (old_side.of_git || new_side.of_git).then(|| {
        let (old, new) =
            (escape_control_chars(&old_side.label), escape_control_chars(&new_side.label));
        format!("{old} → {new}")
    });
    let status = if summary.fails() { FINDINGS } else { FINE };
    output.verdict(status);
    let shown = reviewed.as_ref().filter(|_| shows_rows);
    write(arguments, &diff, shown, &summary, title.as_deref(), output)?;
    if let (Some(template), Some(reviewed)) = (template, &reviewed) {
        let mut inputs = arguments.accept.clone();
        inputs.extend(old_side.files_on_disk(&old.sources));
        inputs.extend(new_side.files_on_disk(&new.sources));
        accept::write_template(template, &inputs, reviewed, output)?;
    }
    Ok(status)
}

/// A side whose findings name their files with the folder, since both sides may have files of the
/// same names. Of a side that is a revision, a note says which it is.
fn named(side: &SideInput, compiled: Compiled) -> Compiled {
    match side.of_git {
        true => compiled,
        false => {
            Compiled { sources: compiled.sources.with_prefix(&side.folder_on_disk()), ..compiled }
        }
    }
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
        details: arguments.details,
    };
    match (arguments.format, reviewed) {
        (DiffFormat::Csv, _) => {
            match arguments.of {
                Some(Of::Accounts) => diff_report::csv::accounts(diff, output.writer())?,
                _ => diff_report::csv::sessions(diff, output.writer())?,
            }
            if let (Some(verdict), true) = (summary.verdict(), summary.fails()) {
                output.note(&verdict.plain());
            }
        }
        (DiffFormat::Markdown, Some(reviewed)) => {
            output.print(&diff_report::markdown(reviewed, parts))?;
        }
        (DiffFormat::Html, Some(reviewed)) => output.print(&diff_report::html(reviewed, parts))?,
        (DiffFormat::Text, Some(reviewed)) => {
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

/// Whether an error comes from the arguments: then `--allow-broken-old` does not apply, because OLD
/// may not exist at all.
fn is_about_arguments(error: &CliError) -> bool {
    matches!(error, CliError::Usage { .. } | CliError::Failure(_))
}

/// What is printed instead of a comparison. The findings of OLD were printed before; NEW has none.
fn not_compared(arguments: &Arguments, new: &Ir, output: &mut Output) -> Result<u8, CliError> {
    match arguments.format {
        DiffFormat::Text => {
            let text = output.style.alarm(uncompared::TEXT);
            output.print(&format!("{text}\n"))?;
        }
        DiffFormat::Markdown => output.print(&uncompared::markdown())?,
        DiffFormat::Html => output.print(&uncompared::html())?,
        DiffFormat::Json => output.print(&uncompared::json(&new.profile.id))?,
        DiffFormat::Csv => {
            output.print(uncompared::csv(arguments.of == Some(Of::Accounts)))?;
            output.note(uncompared::TEXT);
        }
    }
    Ok(FINE)
}
