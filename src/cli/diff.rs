//! `precedent diff`

use super::accept;
use super::compared::{DiffFormat, Shown};
use super::error::CliError;
use super::output::Output;
use super::side::{self, Asked, SideInput};
use super::{FAILED, FINDINGS, FINE, Of, told_of_side};
use precedent::ir::Ir;
use precedent::report::diff::uncompared;
use precedent::review::Reviewed;
use precedent::text::layout::hanging;
use precedent::text::{Date, escape_control_chars};
use precedent::workspace::Compiled;
use std::ffi::OsString;
use std::path::PathBuf;

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
    #[command(flatten)]
    shown: Shown,
    /// Compile OLD with this profile instead of its own, to see what an upgrade changes
    #[arg(long, value_name = "PROFILE")]
    profile_old: Option<String>,
    /// Compile NEW with this profile instead of its own
    #[arg(long, value_name = "PROFILE")]
    profile_new: Option<String>,
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
    let Some(asked) = arguments.shown.gates(&old, &new, output) else { return Ok(FAILED) };
    let template = arguments.accept_template.as_deref();
    // Acceptances are of edits and rows, whatever is shown.
    let needs_rows = !accepted.list.is_empty() || template.is_some();
    let compared = arguments.shown.compare(&old, &new, &asked, &accepted, needs_rows);
    accept::report_stale(&accepted, &compared.summary.stale, output);
    let title = (old_side.of_git || new_side.of_git).then(|| {
        let (old, new) =
            (escape_control_chars(&old_side.label), escape_control_chars(&new_side.label));
        format!("{old} → {new}")
    });
    arguments.shown.print(&compared, title.as_deref(), output)?;
    if arguments.shown.format == DiffFormat::Text
        && compared.reviewed.as_ref().is_some_and(Reviewed::fails_gate)
    {
        let style = output.style;
        let how = hanging("", HOW_TO_ACCEPT, style.width);
        output.print(&format!("\n{}\n", style.dim(&how)))?;
    }
    if let (Some(template), Some(reviewed)) = (template, &compared.reviewed) {
        let mut inputs = arguments.accept.clone();
        inputs.extend(old_side.files_on_disk(&old.sources));
        inputs.extend(new_side.files_on_disk(&new.sources));
        accept::write_template(template, &inputs, reviewed, output)?;
    }
    Ok(compared.status())
}

const HOW_TO_ACCEPT: &str = "to accept edits after review, add --accept-template FILE, fill in \
                             the file, and pass it with --accept FILE";

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

/// Whether an error comes from the arguments: then `--allow-broken-old` does not apply, because OLD
/// may not exist at all.
fn is_about_arguments(error: &CliError) -> bool {
    matches!(error, CliError::Usage { .. } | CliError::Failure(_))
}

/// What is printed instead of a comparison. The findings of OLD were printed before; NEW has none.
fn not_compared(arguments: &Arguments, new: &Ir, output: &mut Output) -> Result<u8, CliError> {
    match arguments.shown.format {
        DiffFormat::Text => {
            let text = output.style.alarm(uncompared::TEXT);
            output.print(&format!("{text}\n"))?;
        }
        DiffFormat::Markdown => output.print(&uncompared::markdown())?,
        DiffFormat::Html => output.print(&uncompared::html())?,
        DiffFormat::Json => output.print(&uncompared::json(&new.profile.id))?,
        DiffFormat::Csv => {
            output.print(uncompared::csv(arguments.shown.of == Some(Of::Accounts)))?;
            output.note(uncompared::TEXT);
        }
    }
    Ok(FINE)
}
