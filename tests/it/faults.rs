//! What is left on the disk where a command that writes cannot finish: the old content or the new
//! one, never half a file, and no temporary files but those of a process that was killed.

#![cfg(unix)]

use crate::cli::{scratch, text};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_precedent");

/// The files of a folder, by their paths.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A command that writes, and the folder that it is run in.
struct Writer {
    name: &'static str,
    arguments: &'static [&'static str],
    prepare: fn() -> TempDir,
}

const WRITERS: [Writer; 5] = [
    Writer { name: "fmt", arguments: &["fmt"], prepare: messy },
    Writer { name: "check --fix", arguments: &["check", "--fix"], prepare: fixable },
    Writer {
        name: "compile over a file",
        arguments: &["compile", "-o", "out/old.json"],
        prepare: messy,
    },
    Writer {
        name: "compile into a new file",
        arguments: &["compile", "-o", "out/new.json"],
        prepare: messy,
    },
    Writer {
        name: "diff --accept-template",
        arguments: &[
            "diff",
            "sides/old",
            "sides/new",
            "--deny",
            "gained",
            "--accept-template",
            "out/accepted.toml",
        ],
        prepare: sides,
    },
];

/// Files of some kilobytes each, so that half of one can be written.
fn files(line: &str) -> Vec<(String, String)> {
    let user = |file: usize, user: usize| {
        let comment = "# ".to_owned() + &"a comment that makes this file longer ".repeat(6);
        format!("{comment}\nuser \"u{file}-{user}\" {{\n  {line}\n}}\n")
    };
    let file = |at: usize| {
        let text: String = (0..20).map(|one| user(at, one)).collect();
        (format!("policies/{at:02}.prec"), text)
    };
    (0..24).map(file).collect()
}

fn folder(files: Vec<(String, String)>) -> TempDir {
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (&**path, &**text)).collect();
    files.push(("precedent.toml", "policies = [\"policies/*.prec\"]\n"));
    files.push(("out/old.json", "what was there before"));
    scratch(&files)
}

fn messy() -> TempDir {
    folder(files("reports.sessions   =   not_allowed"))
}

fn fixable() -> TempDir {
    folder(files("reports.sessions: not_allowed"))
}

fn sides() -> TempDir {
    let settings = ["admin", "vault", "set_passwords", "edit_jump_groups", "edit_jumpoints"];
    let user = |setting: &str, value: &str| {
        let name = format!("{setting} {}", "n".repeat(200));
        format!("user \"{name}\" {{\n  administration.{setting} = {value}\n}}\n")
    };
    let side = |value: &str| settings.map(|setting| user(setting, value)).concat();
    let (old, new) = (side("deny"), side("allow"));
    scratch(&[("sides/old/a.prec", &old), ("sides/new/a.prec", &new), ("out/old.json", "")])
}

/// The files below a folder, and the temporary ones among them.
fn content(folder: &Path) -> (Files, Vec<PathBuf>) {
    let (mut files, mut temporary) = (Files::new(), Vec::new());
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if path.is_dir() {
                open.push(path);
            } else if name.starts_with(".precedent-") && name.ends_with(".tmp") {
                temporary.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("a path in the folder").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    (files, temporary)
}

impl Writer {
    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(BINARY);
        command.args(self.arguments);
        quiet(&mut command, folder);
        command
    }

    /// The command in a shell that does something before.
    fn command_after(&self, shell: &str, folder: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\""), BINARY]).args(self.arguments);
        quiet(&mut command, folder);
        command
    }

    /// What the files are before the command, and after it where nothing goes wrong.
    fn before_and_after(&self) -> (Files, Files) {
        let folder = (self.prepare)();
        let (before, _) = content(folder.path());
        let output = self.command(folder.path()).output().expect("the binary starts");
        assert!(output.status.code().is_some_and(|code| code < 2), "{}", said(&output));
        let (after, temporary) = content(folder.path());
        assert!(before != after && temporary.is_empty(), "{}: {temporary:?}", self.name);
        (before, after)
    }

    /// Checks that each file is as it was, or as it was to become.
    fn assert_whole(&self, folder: &Path, (before, after): &(Files, Files)) {
        let (now, _) = content(folder);
        for path in before.keys().chain(after.keys()).chain(now.keys()) {
            let found = now.get(path);
            assert!(
                found == before.get(path) || found == after.get(path),
                "{}: {} is neither the old file nor the new one",
                self.name,
                path.display()
            );
        }
    }
}

fn quiet(command: &mut Command, folder: &Path) {
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn left_out(why: &str) {
    eprintln!("{why}: a test was left out");
}

/// A limit on the size of files is met as a full disk is: in the middle of a file.
#[test]
fn where_no_more_can_be_written_nothing_has_changed() {
    for writer in &WRITERS {
        let both = writer.before_and_after();
        // Blocks of 512 bytes, or of 1,024 in some shells.
        for blocks in [0, 1, 2] {
            let folder = (writer.prepare)();
            let shell = format!("trap '' XFSZ; ulimit -f {blocks}");
            let output = writer.command_after(&shell, folder.path()).output().expect("sh starts");
            assert_eq!(output.status.code(), Some(2), "{}: {}", writer.name, said(&output));
            assert!(said(&output).contains("cannot be written"), "{}", said(&output));
            let (now, temporary) = content(folder.path());
            assert!(now == both.0, "{}: files have changed", writer.name);
            assert!(temporary.is_empty(), "{}: {temporary:?}", writer.name);
        }
    }
}

/// A real full disk, where this machine lets us make one.
#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let disk = tempfile::tempdir().expect("a scratch folder");
    let mount = format!("mount -t tmpfs -o size=512k tmpfs {}", text(disk.path()));
    let unshared = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-ec", script]);
        command.output().ok()
    };
    if !unshared(&mount).is_some_and(|output| output.status.success()) {
        left_out("a disk of a given size cannot be mounted here");
        return;
    }
    for writer in &WRITERS {
        let source = (writer.prepare)();
        let arguments = writer.arguments.join(" ");
        let script = format!(
            "{mount}\ncp -r {from}/. {disk}\ncd {disk}\n\
             dd if=/dev/zero of=filler bs=1024 count=600 2> /dev/null || true\n\
             status=0\n{BINARY} {arguments} > /dev/null 2> /dev/full || status=$?\n\
             rm filler\ndiff -r {from} {disk}\nexit $status",
            from = text(source.path()),
            disk = text(disk.path()),
        );
        let output = unshared(&script).expect("unshare starts");
        assert_eq!(output.status.code(), Some(2), "{}: {}", writer.name, said(&output));
        assert!(output.stdout.is_empty(), "{}: {}", writer.name, said(&output));
    }
}

#[test]
fn a_folder_that_nobody_may_write_to_stays_as_it_is() {
    // An administrator may write to any folder, so somebody else has to try.
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let is_administrator = {
        let folder = scratch(&[]);
        let closed = fs::Permissions::from_mode(0o555);
        fs::set_permissions(folder.path(), closed).expect("set");
        fs::write(folder.path().join("probe"), "").is_ok()
    };
    if is_administrator {
        let run = Command::new("setpriv").args(nobody).args([BINARY, "--version"]).output();
        if !run.is_ok_and(|output| output.status.success()) {
            left_out("an administrator may write everywhere, and nobody else can be tried");
            return;
        }
    }
    for writer in &WRITERS {
        let folder = (writer.prepare)();
        let (before, _) = content(folder.path());
        let set = |path: &Path, mode: u32| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
        };
        for path in before.keys() {
            set(&folder.path().join(path), 0o666);
        }
        let folders = ["out", "policies", "sides/old", "sides/new", "sides", "."];
        let folders = folders.map(|name| folder.path().join(name));
        folders.iter().filter(|path| path.is_dir()).for_each(|path| set(path, 0o555));
        let output = if is_administrator {
            let mut command = Command::new("setpriv");
            command.args(nobody).arg(BINARY).args(writer.arguments);
            quiet(&mut command, folder.path());
            command.output()
        } else {
            writer.command(folder.path()).output()
        };
        folders.iter().filter(|path| path.is_dir()).for_each(|path| set(path, 0o755));
        let output = output.expect("the binary starts");
        assert_eq!(output.status.code(), Some(2), "{}: {}", writer.name, said(&output));
        assert!(said(&output).contains("cannot be written"), "{}", said(&output));
        let (now, temporary) = content(folder.path());
        assert!(now == before && temporary.is_empty(), "{}: {temporary:?}", writer.name);
    }
}

/// Killed at points all over its run. What it leaves behind is no policy file, and the next command
/// that writes there removes it once it is old.
#[test]
fn a_killed_process_leaves_old_files_and_new_ones() {
    const POINTS: u32 = 20;
    for writer in &WRITERS {
        let both = writer.before_and_after();
        let folder = (writer.prepare)();
        let started = Instant::now();
        writer.command(folder.path()).output().expect("the binary starts");
        let whole = started.elapsed();
        for point in 0..POINTS {
            let folder = (writer.prepare)();
            let mut child = writer.command(folder.path()).spawn().expect("the binary starts");
            std::thread::sleep(whole * point / POINTS);
            // It may have ended by then.
            let _ = child.kill();
            child.wait().expect("the process has ended");
            writer.assert_whole(folder.path(), &both);
            assert_goes_on(writer, folder.path(), &both);
        }
    }
}

/// The same in the middle of the first file, at the same point in every run.
#[test]
fn a_process_that_is_killed_within_a_file_leaves_it_as_it_was() {
    for writer in &WRITERS {
        let both = writer.before_and_after();
        let folder = (writer.prepare)();
        let output =
            writer.command_after("ulimit -c 0; ulimit -f 1", folder.path()).output().expect("sh");
        assert_eq!(output.status.code(), None, "{}: it is not killed", writer.name);
        let (now, temporary) = content(folder.path());
        assert!(now == both.0, "{}: files have changed", writer.name);
        assert_eq!(temporary.len(), 1, "{}: {temporary:?}", writer.name);
        assert_goes_on(writer, folder.path(), &both);
    }
}

/// The command comes to its end afterwards, and what was left behind is removed once it is old.
fn assert_goes_on(writer: &Writer, folder: &Path, both: &(Files, Files)) {
    let (now, temporary) = content(folder);
    let is_done = now == both.1;
    for path in &temporary {
        let file = fs::File::options().append(true).open(path).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(2 * 60 * 60)).expect("a time");
    }
    let output = writer.command(folder).output().expect("the binary starts");
    let is_template = writer.arguments.contains(&"--accept-template");
    assert!(
        output.status.code().is_some_and(|code| code < 2) || is_template && is_done,
        "{}: {}",
        writer.name,
        said(&output)
    );
    let (now, left) = content(folder);
    assert!(now == both.1, "{}: run again, it comes to something else", writer.name);
    // Where nothing was left to be written, nobody looked.
    assert!(left.is_empty() || is_done, "{}: {left:?}", writer.name);
}

/// Several processes over the same files want the same: none of them fails.
#[test]
fn several_at_once_all_succeed() {
    for writer in WRITERS.iter().take(4) {
        let both = writer.before_and_after();
        for _ in 0..3 {
            let folder = (writer.prepare)();
            let start = |_| writer.command(folder.path()).spawn().expect("the binary starts");
            let children: Vec<_> = (0..4).map(start).collect();
            for child in children {
                let output = child.wait_with_output().expect("the process has ended");
                assert!(output.status.success(), "{}: {}", writer.name, said(&output));
            }
            let (now, temporary) = content(folder.path());
            assert!(now == both.1, "{}: the files are not as one alone makes them", writer.name);
            assert!(temporary.is_empty(), "{}: {temporary:?}", writer.name);
        }
    }
}
