//! What the environment and the repository itself say about where things are, what git leaves out,
//! and what is said of a repository that is damaged.

use super::{ALL, NONE, OWN, change, user};
use crate::cli::{Run, run, text};
use crate::repository::{Repository, git_in};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Accounts that differ between a revision and something else, as CSV, with variables set.
fn diff(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_precedent"));
    command.arg("diff").args(arguments);
    command.args(["--of", "accounts", "--rows", "each", "--format", "csv"]);
    command.current_dir(folder).envs(variables.iter().copied());
    run(&mut command)
}

fn rows(run: &Run) -> Vec<String> {
    let row = |line: &str| line.split(',').take(4).collect::<Vec<_>>().join(" ");
    run.stdout.lines().skip(1).map(row).collect()
}

/// A repository with one account, which has another value in the working tree.
fn edited() -> Option<Repository> {
    let repository = Repository::new()?;
    repository.write("a.prec", user(NONE));
    repository.commit("begin");
    repository.write("a.prec", user(OWN));
    Some(repository)
}

#[test]
fn the_environment_names_the_repository_as_it_does_to_git() {
    let Some(repository) = edited() else { return };
    let elsewhere = tempfile::tempdir().expect("a scratch folder");
    let root = fs::canonicalize(repository.path(".")).expect("the repository");
    let moved = elsewhere.path().join("moved.git");
    fs::rename(root.join(".git"), &moved).expect("moved");
    let git_dir = ("GIT_DIR", text(&moved));
    let work_tree = ("GIT_WORK_TREE", text(&root));
    let wanted = change(NONE, OWN);
    // Without a word about the working tree, it is the current folder.
    assert_eq!(rows(&diff(&root, &[git_dir], &["HEAD"])), wanted);
    // From outside of it, git is as if at its root.
    assert_eq!(rows(&diff(elsewhere.path(), &[git_dir, work_tree], &["HEAD"])), wanted);
    let configure = |value: &str| {
        git_in(elsewhere.path(), 0, &["--git-dir", text(&moved), "config", "core.worktree", value]);
    };
    for value in [text(&root), &format!("../../{}", root.file_name().expect("a name").display())] {
        configure(value);
        for folder in [&*root, elsewhere.path()] {
            let found = diff(folder, &[git_dir], &["HEAD"]);
            assert_eq!(rows(&found), wanted, "{value}: {}", found.stderr);
        }
        // A relative path is the same repository.
        let name = elsewhere.path().file_name().expect("a name").display().to_string();
        let from_root = format!("../{name}/moved.git");
        for (folder, path) in [(&*root, &*from_root), (elsewhere.path(), "moved.git")] {
            let found = diff(folder, &[("GIT_DIR", path)], &["HEAD"]);
            assert_eq!(rows(&found), wanted, "{value}, {path}: {}", found.stderr);
        }
    }
    configure("/no/such/folder");
    let nowhere = diff(&root, &[git_dir], &["HEAD"]);
    assert_eq!(nowhere.status, 2);
    assert!(nowhere.stderr.contains("the working tree `/no/such/folder`"), "{}", nowhere.stderr);
}

#[test]
fn what_the_environment_names_and_is_no_repository_is_the_cause() {
    let Some(repository) = edited() else { return };
    let folder = repository.path(".");
    repository.write("note.txt", "no repository");
    let note = repository.path("note.txt");
    for wrong in ["/nonexistent", "", text(&note)] {
        for arguments in [&["HEAD"][..], &["--staged"], &["main", "HEAD"], &["main..."]] {
            let found = diff(&folder, &[("GIT_DIR", wrong)], arguments);
            assert_eq!(found.status, 2);
            let said = format!("`{wrong}`, which the environment variable GIT_DIR names");
            assert!(found.stderr.contains(&said), "{arguments:?}: {}", found.stderr);
        }
        // Nothing of git is asked for here.
        let found = diff(&folder, &[("GIT_DIR", wrong)], &["a.prec", "a.prec"]);
        assert_eq!(found.status, 0, "{}", found.stderr);
    }
    let index = diff(&folder, &[("GIT_INDEX_FILE", text(&note))], &["--staged"]);
    assert_eq!(index.status, 2);
    assert!(index.stderr.contains("the index cannot be read"), "{}", index.stderr);
}

#[test]
fn a_damaged_reference_is_told_with_its_line() {
    let Some(repository) = edited() else { return };
    repository.git(&["pack-refs", "--all"]);
    let path = repository.path(".git/packed-refs");
    let good = fs::read_to_string(&path).expect("references");
    let lines = good.lines().count();
    fs::write(&path, format!("{good}this is no reference\n")).expect("written");
    for name in ["HEAD", "main", "HEAD~1", "main...HEAD", "no-such-branch"] {
        let (_, said) = repository.changes(&[name]);
        let cause = "packed-refs` is not a reference: `this is no reference`";
        assert!(said.contains(cause), "{name}: {said}");
        assert!(said.contains(&format!("line {} of", lines + 1)), "{name}: {said}");
        assert!(!said.contains("did you mean"), "{name}: {said}");
    }
    fs::write(&path, good).expect("written");
    let (_, said) = repository.changes(&["no-such-branch"]);
    assert!(said.contains("neither a path nor a revision"), "{said}");
}

#[test]
fn what_git_ignores_is_no_part_of_a_comparison_with_git() {
    let Some(repository) = Repository::new() else { return };
    repository.write(".gitignore", "scratch/\n*.local.prec\n!kept.local.prec\n");
    repository.write("a.prec", user(NONE));
    repository.write("kept.local.prec", "user \"kept\"\n");
    repository.write("scratch/tracked.prec", "user \"tracked\"\n");
    repository.git(&["add", "--force", "scratch/tracked.prec"]);
    repository.commit("begin");
    repository.write("a.prec", user(ALL));
    repository.write("scratch/zoe.prec", "user \"zoe\"\n");
    repository.write("b.local.prec", "user \"b\"\n");
    repository.write(".git/info/exclude", "/own.prec\n");
    repository.write("own.prec", "user \"own\"\n");
    let expected = change(NONE, ALL);
    let note = "3 policy files that git ignores are left out: `b.local.prec`, `own.prec`, \
                `scratch/zoe.prec`";
    for arguments in [&["HEAD"][..], &["HEAD", "."], &["main", "--path", "."]] {
        let (rows, said) = repository.changes(arguments);
        assert_eq!(rows, expected, "{arguments:?}: {said}");
        assert!(said.contains(note), "{arguments:?}: {said}");
    }
    // What is not ignored counts, tracked or not; so does what is named itself.
    repository.write("new.prec", "user \"new\"\n");
    let names = |arguments: &[&str]| -> Vec<String> {
        let (rows, _) = repository.changes(arguments);
        let mut names: Vec<String> =
            rows.iter().map(|row| row.split(' ').next().unwrap_or_default().to_owned()).collect();
        names.dedup();
        names
    };
    assert_eq!(names(&["HEAD"]), ["new", "u"]);
    assert!(names(&["HEAD:a.prec", "own.prec"]).contains(&"own".to_owned()));
    // Without git, every file counts.
    let matrix = repository.precedent(&["matrix", "--of", "accounts", "--format", "csv"]);
    assert!(matrix.stdout.contains("zoe") && matrix.stderr.is_empty(), "{}", matrix.stderr);
    let (rows, said) = repository.changes(&["--staged"]);
    assert_eq!((rows.len(), &*said), (0, ""), "the index holds nothing that is ignored");
}

#[test]
fn the_users_own_list_of_ignored_files_counts() {
    let Some(repository) = edited() else { return };
    repository.write("b.prec", "user \"b\"\n");
    let home = tempfile::tempdir().expect("a scratch folder");
    fs::create_dir_all(home.path().join(".config/git")).expect("folders");
    fs::write(home.path().join(".config/git/ignore"), "b.prec\n").expect("written");
    let at_home = [("HOME", text(home.path())), ("XDG_CONFIG_HOME", "")];
    let folder = repository.path(".");
    let found = diff(&folder, &at_home[..1], &["HEAD"]);
    assert_eq!(rows(&found), change(NONE, OWN), "{}", found.stderr);
    let config = "[core]\n\texcludesFile = ~/mine\n[diff]\n\texternal = false\n";
    fs::write(home.path().join(".gitconfig"), config).expect("written");
    fs::write(home.path().join("mine"), "c.prec\n").expect("written");
    repository.write("c.prec", "user \"c\"\n");
    let found = diff(&folder, &at_home[..1], &["HEAD"]);
    assert!(found.stdout.contains("\nb,") && !found.stdout.contains("\nc,"), "{}", found.stdout);
}
