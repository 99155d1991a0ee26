//! What to compare, as it is written on the command line.

use crate::cli::error::{CliError, usage};
use crate::cli::git::name;
use std::ffi::OsStr;
use std::path::Path;

/// What to compare, as it is written on the command line.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub old: Option<&'a OsStr>,
    pub new: Option<&'a OsStr>,
    pub staged: bool,
    /// The workspace within revisions.
    pub path: Option<&'a Path>,
}

/// One side, as far as its own argument says.
pub(super) enum Spec<'a> {
    Path(&'a Path),
    /// A revision, if it exists.
    Name(&'a str),
    /// The best common ancestor of two revisions.
    MergeBase(&'a str, &'a str),
    Index,
    WorkTree,
}

/// Distinguishes paths from revisions, and fills in what is left out.
pub(super) fn specs<'a>(asked: Asked<'a>) -> Result<[Spec<'a>; 2], CliError> {
    let Some(old) = asked.old else {
        if asked.staged {
            return Ok([Spec::Name("HEAD"), Spec::Index]);
        }
        let help = "`precedent diff HEAD` compares the last commit with the working tree, \
                    and `--staged` with the index";
        return Err(usage("nothing to compare: give two revisions or folders", help.to_owned()));
    };
    let spec = |text: &'a OsStr| match (exists(text), text.to_str()) {
        (false, Some(text)) => Spec::Name(text),
        _ => Spec::Path(Path::new(text)),
    };
    let old = spec(old);
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    match (old, asked.new.map(spec), asked.staged) {
        (_, Some(_), true) => {
            let help = "`--staged` compares with the index, so leave NEW out".to_owned();
            Err(usage("NEW cannot be combined with `--staged`", help))
        }
        (Spec::Path(old), None, staged) => {
            let revision = if staged { "--staged" } else { "HEAD" };
            let help = format!(
                "give NEW as well, or compare with a revision: `{revision} --path {}`",
                shown(old)
            );
            Err(usage(
                format!(
                    "nothing to compare: `{}` is a path, and a path needs a NEW to compare with",
                    shown(old)
                ),
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

/// Whether the path exists. If that cannot be determined for lack of permission, it counts as
/// existing, so that the error is reported.
pub(super) fn exists(text: &OsStr) -> bool {
    match std::fs::symlink_metadata(text) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}
