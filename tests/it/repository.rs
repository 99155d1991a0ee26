//! Real repositories, made by git in a scratch folder. Dates and names are the same in every run,
//! so ids are too.

use crate::cli::{Run, precedent_in, text};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Repository {
    folder: tempfile::TempDir,
    commits: Cell<u64>,
}

/// Gives git, or what calls it, a fixed identity and time, and no configuration but the
/// repository's.
pub fn fixed_git(command: &mut Command, minute: u64) {
    let date = format!("{} +0000", 1_767_225_600 + 60 * minute);
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_"))
    {
        command.env_remove(name);
    }
    command
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("LC_ALL", "C"),
        ])
        .envs([
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.com"),
            ("GIT_AUTHOR_DATE", &date),
        ])
        .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.com")])
        .env("GIT_COMMITTER_DATE", &date);
}

fn git(folder: &Path, minute: u64, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    fixed_git(&mut command, minute);
    command.args(arguments).current_dir(folder);
    command
}

/// Runs git, which must succeed, and says what it prints.
pub fn git_in(folder: &Path, minute: u64, arguments: &[&str]) -> String {
    let output = git(folder, minute, arguments).output().expect("git starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("git prints UTF-8").trim_end().to_owned()
}

/// What a reader of the tests' output must know.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn said(text: &str) {
    eprintln!("{text}");
}

impl Repository {
    /// An empty repository, or none on a machine without git, or with one that cannot make it so.
    pub fn new() -> Option<Repository> {
        Self::with(&[])
    }

    pub fn with(options: &[&str]) -> Option<Repository> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let made =
            git(folder.path(), 0, &[&["init", "--quiet", "-b", "main"], options].concat()).output();
        if !made.is_ok_and(|made| made.status.success()) {
            said(&format!(
                "git is not there, or cannot `init {}`: a test was left out",
                options.join(" ")
            ));
            return None;
        }
        Some(Repository { folder, commits: Cell::new(0) })
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git_in(self.folder.path(), self.commits.get(), arguments)
    }

    /// A command of git that may fail, or that reads something.
    pub fn git_command(&self, arguments: &[&str]) -> Command {
        git(self.folder.path(), self.commits.get(), arguments)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a path in the folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    #[cfg(unix)]
    pub fn link(&self, to: &str, from: &str) {
        std::os::unix::fs::symlink(to, self.path(from)).expect("a link");
    }

    /// Commits all that is there, and says which commit that makes.
    pub fn commit(&self, subject: &str) -> String {
        self.git(&["add", "--all"]);
        self.commit_staged(subject)
    }

    pub fn commit_staged(&self, subject: &str) -> String {
        self.commits.set(self.commits.get() + 1);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", subject]);
        self.git(&["rev-parse", "--short", "HEAD"])
    }

    pub fn precedent(&self, arguments: &[&str]) -> Run {
        precedent_in(self.folder.path(), arguments)
    }

    /// A diff as CSV of accounts, by which the tests tell revisions apart: its rows, and standard
    /// error.
    pub fn changes(&self, arguments: &[&str]) -> (Vec<String>, String) {
        changes_in(self.folder.path(), arguments)
    }

    pub fn url(&self) -> String {
        format!("file://{}", text(self.folder.path()))
    }
}

/// The rows of a diff of accounts, `user setting before after` each, and standard error.
pub fn changes_in(folder: &Path, arguments: &[&str]) -> (Vec<String>, String) {
    let csv = ["--of", "accounts", "--rows", "each", "--format", "csv"];
    let run = precedent_in(folder, &[&["diff"], arguments, &csv].concat());
    let row = |row: Vec<String>| row[..4].join(" ").trim_end().to_owned();
    let rows = if run.stdout.is_empty() { Vec::new() } else { crate::support::rows(&run.stdout) };
    (rows.into_iter().map(row).collect(), run.stderr)
}
