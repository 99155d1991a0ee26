//! Writes files: completely or not at all, never over content that was not read before, and never
//! over what the same command reads.

use super::error::{CliError, escaped, usage};
use precedent::workspace::manifest;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::{Builder, NamedTempFile};

/// How the names of temporary files begin and end. Being hidden, none is ever a policy file.
const PREFIX: &str = ".precedent-";
const SUFFIX: &str = ".tmp";

/// Nobody writes a file for so long, so a temporary file of this age is what a killed process left.
const LEFT_BEHIND: Duration = Duration::from_secs(60 * 60);

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
    stage(target, write).and_then(Staged::put).map_err(unwritable)
}

/// New content that is on the disk, but not in its place yet. It is removed if it never gets there.
struct Staged {
    file: NamedTempFile,
    target: PathBuf,
}

fn stage(target: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<Staged> {
    let linked = fs::symlink_metadata(target).is_ok_and(|found| found.is_symlink());
    let target = if linked { followed(target)? } else { target.to_owned() };
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => return Err(io::ErrorKind::IsADirectory.into()),
    };
    if target.file_name().is_none() || target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !folder.is_dir() {
        let why = format!("there is no folder `{}`", escaped(folder));
        return Err(io::Error::new(io::ErrorKind::NotFound, why));
    }
    let permissions = fs::metadata(&target).map(|found| found.permissions()).ok();
    remove_left_behind(folder);
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // A new file may be read by whom the user's mask lets read.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(|error| without_path(&error))?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    if let Some(permissions) = permissions {
        fs::set_permissions(file.path(), permissions)?;
    }
    Ok(Staged { file, target })
}

/// An error of a temporary file without the file's name, which is a random one.
fn without_path(error: &io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|error| error.source());
    let inner = inner.and_then(|error| error.downcast_ref::<io::Error>());
    match inner.and_then(io::Error::raw_os_error) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

/// Where a link leads, which may be a file that is not there yet.
fn followed(link: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(link) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = link.parent().unwrap_or(Path::new(""));
            Ok(folder.join(fs::read_link(link)?))
        }
        found => found,
    }
}

impl Staged {
    fn put(self) -> io::Result<()> {
        self.file.persist(&self.target).map(drop).map_err(|error| error.error)
    }

    /// The same, but never over a file that is there by now.
    fn put_new(self) -> io::Result<()> {
        self.file.persist_noclobber(&self.target).map(drop).map_err(|error| error.error)
    }
}

/// Removes the temporary files of processes that were killed, from a folder that is written to.
fn remove_left_behind(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(PREFIX) || !name.ends_with(SUFFIX) {
            continue;
        }
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_some_and(|age| age > LEFT_BEHIND) {
            // Whoever may write here need not be allowed to remove what somebody else left.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A file that was read and gets new content, or a new file.
pub struct Rewrite<'a> {
    pub path: PathBuf,
    /// `None` for a file that is not there yet.
    pub before: Option<&'a [u8]>,
    pub after: &'a [u8],
}

/// What came of replacing the content of files.
#[must_use]
pub enum Rewritten {
    All,
    /// A file has another content by now than the one that was read.
    Changed(PathBuf),
}

/// Replaces the content of files. All are checked, and the new contents are on the disk, before the
/// first file is replaced: where the disk is full, none is. A file that has the new content by now
/// is as it should be: another process has done the same.
pub fn rewrite(files: &[Rewrite<'_>]) -> Result<Rewritten, CliError> {
    let unwritable = |file: &Rewrite<'_>| {
        let path = file.path.clone();
        |error| CliError::Unwritable { path, error }
    };
    let mut targets = Vec::new();
    for file in files {
        let target = match file.before {
            Some(_) => fs::canonicalize(&file.path).map_err(unwritable(file))?,
            None => file.path.clone(),
        };
        match state(&target, file).map_err(unwritable(file))? {
            State::Old => targets.push((target, file)),
            State::New => {}
            State::Other => return Ok(Rewritten::Changed(file.path.clone())),
        }
    }
    for (target, file) in &targets {
        let is_read_only =
            fs::metadata(target).map(|found| found.permissions().readonly()).unwrap_or(false);
        if is_read_only {
            let error = io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only");
            return Err(unwritable(file)(error));
        }
    }
    let mut staged = Vec::new();
    for (target, file) in targets {
        if let (None, Some(folder)) = (file.before, target.parent()) {
            fs::create_dir_all(folder).map_err(unwritable(file))?;
        }
        let new = stage(&target, |out| out.write_all(file.after)).map_err(unwritable(file))?;
        staged.push((new, file));
    }
    let mut done: Vec<(PathBuf, &Rewrite<'_>)> = Vec::new();
    for (new, file) in staged {
        let target = new.target.clone();
        let put = match state(&target, file) {
            Ok(State::Old) if file.before.is_none() => new.put_new(),
            Ok(State::Old) => new.put(),
            Ok(State::New) => continue,
            Ok(State::Other) => {
                put_back(&done)?;
                return Ok(Rewritten::Changed(file.path.clone()));
            }
            Err(error) => Err(error),
        };
        if let Err(error) = put {
            put_back(&done)?;
            return Err(unwritable(file)(error));
        }
        done.push((target, file));
    }
    Ok(Rewritten::All)
}

/// Gives files that were replaced their old content again, since others cannot be replaced.
fn put_back(done: &[(PathBuf, &Rewrite<'_>)]) -> Result<(), CliError> {
    for (target, file) in done {
        let restored = match file.before {
            Some(before) => stage(target, |out| out.write_all(before)).and_then(Staged::put),
            None => fs::remove_file(target),
        };
        restored.map_err(|error| CliError::Unwritable {
            path: file.path.clone(),
            error: io::Error::new(
                error.kind(),
                format!("it has the new content, and others do not: {error}"),
            ),
        })?;
    }
    Ok(())
}

/// The error about a file that others keep changing.
pub fn keeps_changing(path: PathBuf) -> CliError {
    CliError::Unwritable { path, error: io::Error::other("it has changed since it was read") }
}

/// Which content a file has.
enum State {
    Old,
    New,
    Other,
}

fn state(target: &Path, file: &Rewrite<'_>) -> io::Result<State> {
    let now = match fs::read(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.before.is_none() => {
            return Ok(State::Old);
        }
        read => read?,
    };
    Ok(match &*now {
        now if Some(now) == file.before => State::Old,
        now if now == file.after => State::New,
        _ => State::Other,
    })
}

/// Refuses to write where an input is: a policy file, a manifest, or whatever else the command
/// reads, also by another name.
pub fn refuse_input(option: &str, target: &Path, inputs: &[PathBuf]) -> Result<(), CliError> {
    let resolved = followed(target).unwrap_or_else(|_| target.to_owned());
    let shown = target.display();
    for path in [target, &resolved] {
        let lower = |part: &std::ffi::OsStr| part.to_string_lossy().to_lowercase();
        let is_manifest =
            path.file_name().map(lower).is_some_and(|name| name == manifest::FILE_NAME);
        let what = match path.extension().map(lower) {
            _ if is_manifest => "the manifest of a workspace",
            Some(extension) if extension == "prec" => "a policy file",
            _ => continue,
        };
        let message = format!("`{option} {shown}` would write over {what}");
        return Err(usage(message, "name another file".to_owned()));
    }
    match inputs.iter().find(|input| is_same(input, target)) {
        Some(input) => {
            let message = format!("`{option} {shown}` would write over a file that is read");
            let help = match input == target {
                true => "name another file".to_owned(),
                false => format!("it is `{}`: name another file", input.display()),
            };
            Err(usage(message, help))
        }
        None => Ok(()),
    }
}

/// Whether two paths lead to one file: through links, by a hard link, or in another case where the
/// system makes no difference.
fn is_same(one: &Path, two: &Path) -> bool {
    let real = |path| fs::canonicalize(path).ok();
    if real(one).zip(real(two)).is_some_and(|(one, two)| one == two) {
        return true;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let id = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        id(one).zip(id(two)).is_some_and(|(one, two)| one == two)
    }
    #[cfg(not(unix))]
    false
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
            before: Some(before),
            after: b"new",
        };
        let done = match rewrite(&[file(0, b"a"), file(1, b"b")]) {
            Ok(Rewritten::All) => Ok(()),
            Ok(Rewritten::Changed(path)) => Err(keeps_changing(path).to_string()),
            Err(error) => Err(error.to_string()),
        };
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

    #[test]
    fn what_was_replaced_is_put_back() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("a.prec");
        fs::write(&path, "new").expect("a file");
        let file = Rewrite { path: path.clone(), before: Some(b"old"), after: b"new" };
        assert!(put_back(&[(path.clone(), &file)]).is_ok());
        assert_eq!(fs::read_to_string(&path).expect("a text"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
        let gone = folder.path().join("gone").join("a.prec");
        let lost = put_back(&[(gone, &file)]).expect_err("no such folder").to_string();
        assert!(lost.contains("it has the new content, and others do not"), "{lost}");
    }

    #[test]
    fn what_another_process_wrote_already_is_no_problem() {
        let (done, texts) = rewritten(|path| fs::write(path, "new").expect("a file"));
        assert_eq!((done, texts), (Ok(()), vec!["new".into(), "new".into()]));
    }

    #[test]
    fn what_a_killed_process_left_is_removed_when_it_is_old() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let at = |name: &str| folder.path().join(name);
        for (name, age) in
            [(".precedent-a.tmp", 7200), (".precedent-b.tmp", 60), (".other.tmp", 7200)]
        {
            let file = fs::File::create(at(name)).expect("a file");
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("a time");
        }
        assert!(whole(&at("out.json"), |out| out.write_all(b"x")).is_ok());
        let there = [".precedent-a.tmp", ".precedent-b.tmp", ".other.tmp", "out.json"]
            .map(|name| at(name).exists());
        assert_eq!(there, [false, true, true, true]);
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
        assert!(
            rewrite(&[Rewrite { path: path.clone(), before: Some(b"a"), after: b"new" }]).is_ok()
        );
        assert_eq!(mode(&path), 0o640);
        let (new, plain) = (folder.path().join("new"), folder.path().join("plain"));
        assert!(whole(&new, |out| out.write_all(b"x")).is_ok());
        fs::write(&plain, "x").expect("a file");
        assert_eq!(mode(&new), mode(&plain), "a new file is as the user's mask has it");
    }
}
