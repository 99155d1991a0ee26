//! `precedent blame`

mod versions;
mod walk;

use super::error::{CliError, unknown, usage};
use super::output::{Output, Progress};
use super::session::{Picked, endpoint, subject};
use super::{FINE, TextOrJson, checked_side, side};
use precedent::diff::trace::CellRef;
use precedent::matrix::{Matrix, SubjectRef};
use precedent::profile::START;
use precedent::report::blame;
use precedent::report::matrix::accounts;
use precedent::text::escape_control_chars;
use std::path::PathBuf;
use std::rc::Rc;
use versions::{Version, Versions};

/// Show which commit gave a permission or setting its value
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("subject").args(["user", "invite"]).required(true),
    group = clap::ArgGroup::new("target").args(["jump_item", "portal"]),
    after_help = "\
The commit that is shown is the newest one whose parent gives a different value, no matter what it
changed: a value, the order of group policies, a membership, or an assignment. If the parent does
not have the session or setting, that counts as a different value. Objects with the same `id`, or
else the same name, are the same object.

History is followed along first parents. If a merge brought the value, the search continues in the
merged branch. All commits are examined, because a value can change back and forth; commits that do
not change the workspace folder are skipped. If commits that do not compile hide the answer, they
are listed as candidates.

PATH is a folder or file in the working tree of a repository, or a revision, such as `v1.0` or
`main:policies`, at which the search begins.

Examples:
  precedent blame --user amara.okafor --jump-item db-erp01
  precedent blame --user amara.okafor --jump-item db-erp01 \\
    --permission shell examples/acme
  precedent blame --invite \"Audit firm walkthrough\" --jump-item lx-web01 \\
    --permission file_transfer
  precedent blame --user amara.okafor --setting reports.sessions
  precedent blame --user amara.okafor --setting 'jump group \"Workstations\"' \\
    --format json
  precedent blame --user amara.okafor --setting reports.sessions v1.0:policies"
)]
pub struct Arguments {
    /// A folder or a `.prec` file in a repository, or a git revision
    path: Option<PathBuf>,
    #[command(flatten)]
    picked: Picked,
    /// Show only this permission
    #[arg(long, value_name = "PERMISSION", requires = "target")]
    permission: Option<String>,
    /// Show only this setting or membership of the account
    #[arg(
        long,
        value_name = "SETTING",
        conflicts_with_all = ["target", "invite", "method", "presence"]
    )]
    setting: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub fn run(arguments: &Arguments, output: &mut Output) -> Result<u8, CliError> {
    let start = side::start(arguments.path.as_deref())?;
    let ir = match checked_side(&start.side, None, output)? {
        Ok(ir) => ir,
        Err(status) => return Ok(status),
    };
    let matrix = Matrix::new(&ir);
    let (followed, cells) = cells(arguments, &matrix)?;
    let newest = match start.commit {
        Some(commit) => Some(commit),
        None => start.repository.head()?,
    };
    let mut versions = Versions::new(&start.repository, start.place, newest);
    let mut progress = Progress::new();
    let version = Rc::new(Version::new(&ir));
    let begin = walk::Start { commit: start.commit, version, followed };
    let blamed = walk::blame(&mut versions, &mut progress, begin, &cells)?;
    drop(progress);
    versions.notes.iter().for_each(|note| output.note(&escape_control_chars(note)));
    let text = match arguments.format {
        TextOrJson::Text => blame::text(&matrix, followed, &blamed, output.style),
        TextOrJson::Json => blame::json(&matrix, followed, &blamed)
            .map_err(|error| CliError::Output(error.into()))?,
    };
    output.print(&text)?;
    // A permission has a value before anybody can start the session.
    let of_permission = arguments.permission.as_ref().is_some_and(|path| path != START);
    if of_permission && matrix.starts.is_some() && matches!(arguments.format, TextOrJson::Text) {
        output.finish()?;
        output.note("`--permission start` shows since when the session can be started");
    }
    Ok(FINE)
}

/// The session or account in question, and which of its cells to show.
fn cells(arguments: &Arguments, matrix: &Matrix) -> Result<(CellRef, Vec<String>), CliError> {
    let picked = &arguments.picked;
    let subject = subject(picked, matrix)?;
    if picked.jump_item.is_some() || picked.portal.is_some() {
        let followed = CellRef::Session { subject, endpoint: endpoint(picked, matrix)? };
        let start = matrix.starts.as_ref().map(|_| START.to_owned());
        let permissions = matrix.ir.profile.permissions.iter().map(|entry| entry.path.clone());
        let all = start.into_iter().chain(permissions);
        let cells = match &arguments.permission {
            Some(path) if path == START && matrix.starts.is_some() => vec![path.clone()],
            Some(path) => {
                super::permission(&matrix.ir, path)?;
                vec![path.clone()]
            }
            None => all.collect(),
        };
        return Ok((followed, cells));
    }
    let SubjectRef::User(user) = matrix.subjects[subject].0 else {
        let help = "an invite has no account, so its sessions need a target".to_owned();
        return Err(usage("give `--jump-item` or `--portal`", help));
    };
    let all: Vec<String> =
        accounts::lines(matrix, user).into_iter().map(|line| line.setting).collect();
    let cells = match &arguments.setting {
        Some(setting) if all.contains(setting) => vec![setting.clone()],
        Some(setting) => return Err(unknown("setting", setting, all.iter().map(String::as_str))),
        None => all,
    };
    Ok((CellRef::Account(user), cells))
}
