//! `precedent blame`

mod versions;
mod walk;

use super::error::{CliError, unknown, usage};
use super::output::{Output, Progress};
use super::session::{Picked, endpoint, subject};
use super::{FINE, TextOrJson, checked_side, side};
use precedent::diff::trace::CellRef;
use precedent::matrix::{Matrix, SubjectRef};
use precedent::report::blame;
use precedent::report::matrix::accounts;
use precedent::text::escape_control_chars;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use versions::{Version, Versions};

/// Show which commit made a session's permissions, or an account's settings, what they are.
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("subject").args(["user", "invite"]).required(true),
    group = clap::ArgGroup::new("target").args(["jump_item", "portal"]),
    after_help = "\
The commit that made a value what it is, is the newest one whose parent resolves it otherwise,
whatever it touched: a value, the order of group policies, a membership, an assignment. A session
or setting that the parent does not have counts as another value. Objects with the same `id`, or
the same name, are the same.

History is walked along first parents. Where a merge brought the value, the walk goes on along the
branch that had it, and names the commit there. All commits are looked at, for a value may have
come and gone; those that leave the workspace's folder as it was are passed over unread. Commits
that do not compile are named where they hide which one it was.

PATH is a folder or file in a repository, as it stands in the work tree; or a revision, such as
`v1.0` or `main:policies`, to look back from there.

Examples:
  precedent blame --user amara.okafor --jump-item db-erp01
  precedent blame --user amara.okafor --jump-item db-erp01 --permission shell examples/acme
  precedent blame --invite \"Audit firm\" --jump-item web01 --permission file_transfer v1.0
  precedent blame --user amara.okafor --setting reports.sessions
  precedent blame --user amara.okafor --setting 'jump group \"Production\"' --format json"
)]
pub struct Arguments {
    /// A folder or a `.prec` file in a repository, or a revision of git.
    path: Option<PathBuf>,
    #[command(flatten)]
    picked: Picked,
    /// Only this permission.
    #[arg(long, value_name = "X", requires = "target")]
    permission: Option<String>,
    /// Of the account, only this setting or membership; without a target all of them.
    #[arg(long, value_name = "S", conflicts_with_all = ["target", "invite", "method", "presence"])]
    setting: Option<String>,
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
    let version = Rc::new(Version::Compiled(Arc::clone(&ir)));
    let begin = walk::Start { commit: start.commit, version, followed };
    let blamed = walk::blame(&mut versions, &mut progress, begin, &cells)?;
    drop(progress);
    versions.remarks.iter().for_each(|remark| output.note(&escape_control_chars(remark)));
    let text = match arguments.format {
        TextOrJson::Text => blame::text(&matrix, followed, &blamed, output.style),
        TextOrJson::Json => blame::json(&matrix, followed, &blamed)
            .map_err(|error| CliError::Output(error.into()))?,
    };
    output.print(&text)?;
    Ok(FINE)
}

/// Whose cells are asked for, and which.
fn cells(arguments: &Arguments, matrix: &Matrix) -> Result<(CellRef, Vec<String>), CliError> {
    let picked = &arguments.picked;
    let subject = subject(picked, matrix)?;
    if picked.jump_item.is_some() || picked.portal.is_some() {
        let followed = CellRef::Session { subject, endpoint: endpoint(picked, matrix)? };
        let all = matrix.ir.profile.permissions.iter().map(|entry| entry.path.clone());
        let cells = match &arguments.permission {
            Some(path) => {
                super::permission(&matrix.ir, path)?;
                vec![path.clone()]
            }
            None => all.collect(),
        };
        return Ok((followed, cells));
    }
    let SubjectRef::User(user) = matrix.subjects[subject].0 else {
        let help = "give --jump-item or --portal: only users have an account".to_owned();
        return Err(usage("it is not said which session is meant", help));
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
