//! Writes files: completely or not at all, and never over content that was not read before.

use super::error::CliError;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a temporary file beside the target and renames it, so that a reader never sees half a
/// file. If the target is a link, the file that it leads to is replaced. A device or a pipe is
/// written directly.
pub fn whole(
    target: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), CliError> {
    let unwritable = |error| CliError::Unwritable { path: target.to_owned(), error };
    if fs::metadata(target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let out = fs::OpenOptions::new().write(true).open(target);
        return out.and_then(|mut out| write(&mut out)).map_err(unwritable);
    }
    let linked = fs::symlink_metadata(target).is_ok_and(|found| found.is_symlink());
    let target =
        &*if linked { fs::canonicalize(target).map_err(unwritable)? } else { target.to_owned() };
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = target.with_file_name(name);
    let permissions = fs::metadata(target).map(|metadata| metadata.permissions());
    let written = fs::File::create(&temporary).and_then(|mut out| {
        write(&mut out)?;
        out.sync_all()?;
        if let Ok(permissions) = permissions {
            fs::set_permissions(&temporary, permissions)?;
        }
        fs::rename(&temporary, target)
    });
    written.map_err(|error| {
        // Report the first error, not a later one of cleaning up.
        let _ = fs::remove_file(&temporary);
        CliError::Unwritable { path: target.to_owned(), error }
    })
}

/// A file that was read and gets new content.
pub struct Rewrite<'a> {
    pub path: PathBuf,
    pub before: &'a [u8],
    pub after: &'a [u8],
}

/// Replaces the content of files. All are checked first, so that most problems are found before
/// anything is written.
pub fn rewrite(files: &[Rewrite<'_>]) -> Result<(), CliError> {
    let targets: Vec<PathBuf> = files.iter().map(target).collect::<Result<_, _>>()?;
    for (target, file) in targets.iter().zip(files) {
        whole(target, |out| out.write_all(file.after))?;
    }
    Ok(())
}

/// The file to write: the target, if it is a link. It must still have the content that was read,
/// and must not be read-only.
fn target(file: &Rewrite<'_>) -> Result<PathBuf, CliError> {
    let target = fs::canonicalize(&file.path).and_then(|target| {
        if fs::read(&target)? != file.before {
            return Err(io::Error::other("it has changed since it was read"));
        }
        if fs::metadata(&target)?.permissions().readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
        }
        Ok(target)
    });
    target.map_err(|error| CliError::Unwritable { path: file.path.clone(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rewrites two files that were read as `a` and `b`, after something happened to the second.
    /// Returns the result and the contents.
    fn rewritten(spoil: impl FnOnce(&Path)) -> (Result<(), String>, Vec<String>) {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let paths = ["a.prec", "b.prec"].map(|name| folder.path().join(name));
        for (path, text) in paths.iter().zip(["a", "b"]) {
            fs::write(path, text).expect("a file");
        }
        spoil(&paths[1]);
        let file = |at: usize, before: &'static [u8]| Rewrite {
            path: paths[at].clone(),
            before,
            after: b"new",
        };
        let done = rewrite(&[file(0, b"a"), file(1, b"b")]).map_err(|error| error.to_string());
        let left = fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(left, 2, "no temporary file is left");
        (done, paths.iter().map(|path| fs::read_to_string(path).expect("a text")).collect())
    }

    #[test]
    fn all_files_are_written() {
        let (done, texts) = rewritten(|_| {});
        assert_eq!((done, texts), (Ok(()), vec!["new".into(), "new".into()]));
    }

    #[test]
    fn nothing_is_written_where_one_file_is_another_by_now() {
        let (done, texts) = rewritten(|path| fs::write(path, "edited").expect("a file"));
        assert!(done.is_err_and(
            |error| error.contains("b.prec") && error.contains("has changed since it was read")
        ));
        assert_eq!(texts, ["a", "edited"]);
    }

    #[test]
    fn nothing_is_written_where_one_file_is_read_only() {
        let (done, texts) = rewritten(|path| {
            let mut permissions = fs::metadata(path).expect("a file").permissions();
            permissions.set_readonly(true);
            fs::set_permissions(path, permissions).expect("set");
        });
        assert!(done.is_err_and(|error| error.contains("b.prec") && error.contains("read-only")));
        assert_eq!(texts, ["a", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_of_a_file_stays() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("a.prec");
        fs::write(&path, "a").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        assert!(rewrite(&[Rewrite { path: path.clone(), before: b"a", after: b"new" }]).is_ok());
        assert_eq!(mode(&path), 0o640);
    }
}
