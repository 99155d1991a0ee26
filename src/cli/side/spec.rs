//! What is to be compared, as it was written.

use crate::cli::error::{CliError, usage};
use crate::cli::git::name;
use std::ffi::OsStr;
use std::path::Path;

/// What is to be compared, as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub old: Option<&'a OsStr>,
    pub new: Option<&'a OsStr>,
    pub staged: bool,
    /// The workspace of revisions.
    pub path: Option<&'a Path>,
}

/// One side as far as its own words tell.
pub(super) enum Spec<'a> {
    Path(&'a Path),
    /// A revision, or nothing at all.
    Name(&'a str),
    /// The best common ancestor of two revisions.
    MergeBase(&'a str, &'a str),
    Index,
    WorkTree,
}

/// Tells paths from names, and what is left out.
pub(super) fn specs<'a>(asked: Asked<'a>) -> Result<[Spec<'a>; 2], CliError> {
    let Some(old) = asked.old else {
        if asked.staged {
            return Ok([Spec::Name("HEAD"), Spec::Index]);
        }
        let help = "`precedent diff HEAD` compares the work tree with the last commit, `--staged` what is staged";
        return Err(usage("it is not said what is to be compared", help.to_owned()));
    };
    let spec = |text: &'a OsStr| match (exists(text), text.to_str()) {
        (false, Some(text)) => Spec::Name(text),
        _ => Spec::Path(Path::new(text)),
    };
    let old = spec(old);
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    match (old, asked.new.map(spec), asked.staged) {
        (_, Some(_), true) => {
            Err(usage("with --staged, what is staged is NEW", "leave NEW out".to_owned()))
        }
        (Spec::Path(old), None, staged) => {
            let revision = if staged { "--staged" } else { "HEAD" };
            let help = format!(
                "give NEW too, or compare it with a revision: `{revision} --path {}`",
                shown(old)
            );
            Err(usage(
                format!("`{}` is a path, and there is nothing to compare it with", shown(old)),
                help,
            ))
        }
        (old, Some(new), false) => Ok([old, new]),
        (old, None, true) => Ok([old, Spec::Index]),
        (Spec::Name(old), None, false) => Ok(match name::range(old) {
            Some(range) => {
                let or_head = |text: &'a str| if text.is_empty() { "HEAD" } else { text };
                let (from, to) = (or_head(range.from), or_head(range.to));
                [
                    if range.from_merge_base {
                        Spec::MergeBase(from, to)
                    } else {
                        Spec::Name(from)
                    },
                    Spec::Name(to),
                ]
            }
            None => [Spec::Name(old), Spec::WorkTree],
        }),
        (old, None, false) => Ok([old, Spec::WorkTree]),
    }
}

/// Whether something has this path; what may not be looked at counts, and its error is told.
pub(super) fn exists(text: &OsStr) -> bool {
    match std::fs::symlink_metadata(text) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}
